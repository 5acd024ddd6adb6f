//! The right loop: claim, deliver, settle.
//!
//! A claim is durable before the first byte leaves; what the ERP's answer means comes back as an `erp::Verdict`, what becomes
//! of the entry is decided by [`decide`], and a settlement is durable before the lane goes on. No database transaction is
//! open while a request is on its way. A relay that dies leaves its claims behind: their leases run out, and whoever finds
//! them looks the documents up before sending anything.

mod decide;
mod items;
mod pace;

pub use decide::{Policy, decide, look_up_after, start};
pub use items::CrosswalkSource;
pub use pace::shared_pace;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{debug, error, info, warn};

use self::items::Items;
use crate::document::UnknownItem;
use crate::erp::{Delivery, Erp, Verdict};
use crate::outbox::{Backoff, BreakerPolicy, Claimed, Health, MissingItem, Settled, Transition};
use crate::state::{Attempt, ClaimTerms, State, StateError};
use crate::telemetry::Attempts;

/// What the relay is told by the config.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Documents on their way at once.
    pub concurrency: usize,
    /// How verdicts become transitions.
    pub policy: Policy,
    /// The store's zone, for posting dates.
    pub zone: TimeZone,
    /// When nothing is sent for a while because the ERP is down or refuses us.
    pub breaker: BreakerPolicy,
    /// How long an earlier life's requests may still take effect in an ERP that would not refuse a second one.
    pub look_up_after: Duration,
    /// The last day of the books that is closed.
    pub closed_until: Option<Date>,
    /// How often the ERP is asked for items that parked documents wait for.
    pub items_again: Duration,
    /// What the ERP calls the store's items.
    pub crosswalk: CrosswalkSource,
    /// Spreads waits.
    pub jitter: Jitter,
}

/// Where a wait's jitter comes from: by chance, unless a run is to be repeatable.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> u16 + Send + Sync>);

impl Jitter {
    /// From what draws it, 0 to 999.
    pub fn new(draw: impl Fn() -> u16 + Send + Sync + 'static) -> Jitter {
        Jitter(Arc::new(draw))
    }

    fn draw(&self) -> u16 {
        (self.0)()
    }
}

impl Default for Jitter {
    fn default() -> Self {
        Jitter::new(|| rand::random_range(0..1000))
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}

/// What the relay reports while it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// True once what waited for items has been looked at.
    pub ready: bool,
    /// Documents delivered since the start.
    pub delivered: u64,
    /// Documents parked since the start.
    pub parked: u64,
    /// True while the ERP refuses our credentials, with what it said.
    pub unauthorised: Option<String>,
    /// Failed attempts of each entry since something was delivered last, by sequence number.
    pub failing: BTreeMap<i64, u32>,
    /// What the ERP said last when something failed.
    pub said: Option<String>,
    /// Attempts since the start.
    pub attempts: Attempts,
}

/// How long a relay sleeps at the longest before it looks again by itself.
const LOOK_AGAIN_MAX: Duration = Duration::from_secs(5);

/// Waits between attempts to reach the state database.
const STATE_BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), max: Duration::from_secs(2) };

/// How long it sleeps at the shortest.
const LOOK_AGAIN_MIN: Duration = Duration::from_millis(1);

/// How long documents on their way may take to end once the relay is told to stop.
const STOP_MAX: Duration = Duration::from_secs(10);

/// Entries whose failures are counted.
const FAILING_MAX: usize = 1024;

/// Added to a claim's lease beyond the sum of its requests' deadlines.
const LEASE_MARGIN: Duration = Duration::from_secs(10);

/// Runs until `stop` turns true, then lets what is on its way end, for ten seconds at most.
///
/// # Errors
/// Only the state database's: the ERP's failures are verdicts.
pub async fn run(
    state: Arc<dyn State>,
    erp: Arc<dyn Erp>,
    settings: Settings,
    progress: watch::Sender<Progress>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), StateError> {
    let deadline = erp.request_max() * erp.requests_max();
    let items = Items::new(state.clone(), erp.clone(), settings.crosswalk.clone(), settings.items_again);
    let (at_erp, answered) = (AtomicUsize::new(0), Notify::new());
    let relay = Arc::new(Relay { state: state.clone(), erp, deadline, settings, items, at_erp, answered });
    relay.take_up(&mut stop).await?;
    progress.send_modify(|p| p.ready = true);
    let watching = relay.clone();
    let _watching = Watching(tokio::spawn(async move { watching.items.watch().await }));
    let wake = state.wake();
    let mut under_way = JoinSet::new();
    while !*stop.borrow() {
        // All that has ended by now makes room for one claim together: a claim costs a durable commit.
        while let Some(done) = under_way.try_join_next() {
            relay.ended(done, &progress)?;
        }
        if relay.free(under_way.len()) > 0 {
            // Whatever it was woken for until now, this claim sees.
            let _ = wake.notified().now_or_never();
            // From before the lease begins, by our own clock: who is stopped here for longer than that must send nothing.
            let asked = Instant::now();
            match state.claim(relay.terms(relay.free(under_way.len()))).await {
                Ok(claims) => {
                    for claimed in claims {
                        let (relay, place) = (relay.clone(), Place::taken(&relay));
                        under_way.spawn(async move { relay.one(claimed, asked, place).await });
                    }
                }
                Err(error) if error.is_transient() => {
                    warn!(%error, "the state database is lost, will take up the outbox again");
                    relay.take_up(&mut stop).await?;
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        let full = relay.free(under_way.len()) == 0;
        tokio::select! {
            // In this order, so that a run can be repeated; what comes first is the loop's own condition.
            biased;
            Some(done) = under_way.join_next() => relay.ended(done, &progress)?,
            () = relay.answered.notified(), if full => {}
            () = wake.notified(), if !full => {}
            () = sleep_until_due(&state), if !full => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    let rest = async {
        while let Some(done) = under_way.join_next().await {
            relay.ended(done, &progress)?;
        }
        Ok(())
    };
    // What is cut off here is left as `sending`: the next start looks it up.
    tokio::time::timeout(STOP_MAX, rest).await.unwrap_or(Ok(()))
}

/// How one delivery ended.
struct Ended {
    claimed: Claimed,
    transition: Transition,
    unauthorised: bool,
    verdict: &'static str,
    took: Duration,
}

struct Relay {
    state: Arc<dyn State>,
    erp: Arc<dyn Erp>,
    deadline: Duration,
    settings: Settings,
    items: Items,
    /// Documents at the ERP.
    at_erp: AtomicUsize,
    /// One of them left it.
    answered: Notify,
}

/// A document's place among those at the ERP; given up once that has answered: the next is claimed while this one is settled.
struct Place(Arc<Relay>);

impl Place {
    fn taken(relay: &Arc<Relay>) -> Place {
        relay.at_erp.fetch_add(1, Ordering::Relaxed);
        Place(relay.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.at_erp.fetch_sub(1, Ordering::Relaxed);
        self.0.answered.notify_one();
    }
}

/// A task that ends with its holder.
struct Watching(JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Relay {
    /// Takes up the outbox, however long it takes to reach the state database.
    async fn take_up(&self, stop: &mut watch::Receiver<bool>) -> Result<(), StateError> {
        let mut failures = 0;
        while !*stop.borrow() {
            let begun = async {
                self.state.take_up(self.settings.look_up_after).await?;
                self.items.read().await?;
                self.items.release(true).await
            };
            match begun.await {
                Err(error) if error.is_transient() => {
                    warn!(%error, "the state database is not reached, will try again");
                    failures += 1;
                    tokio::select! {
                        biased;
                        () = tokio::time::sleep(STATE_BACKOFF.wait(failures, self.settings.jitter.draw())) => {}
                        _ = stop.changed() => {}
                    }
                }
                other => return other,
            }
        }
        Ok(())
    }

    /// How many documents may be claimed with so many under way: as many as the ERP may be asked for at once, and no more than
    /// that wait to be settled.
    fn free(&self, under_way: usize) -> usize {
        let concurrency = self.settings.concurrency;
        let places = concurrency.saturating_sub(self.at_erp.load(Ordering::Relaxed));
        places.min((concurrency * 2).saturating_sub(under_way))
    }

    fn terms(&self, max: usize) -> ClaimTerms {
        ClaimTerms {
            max,
            lease: self.deadline + LEASE_MARGIN,
            late_max: self.erp.late_max(),
            zone: self.settings.zone.clone(),
            closed_until: self.settings.closed_until,
        }
    }

    /// Delivers what was claimed, `begun` being when the claim was asked for.
    async fn one(&self, claimed: Claimed, begun: Instant, place: Place) -> Result<Ended, StateError> {
        let written = persist(&claimed, begun, &self.settings.jitter, || self.items.written(&claimed.document)).await?;
        let document = match written {
            Ok(document) => document,
            Err(item) => return self.park_for(claimed, item, begun).await,
        };
        let start = match start(&claimed, self.erp.guarantee(claimed.document.kind())) {
            Ok(start) => start,
            Err(transition) => {
                let attempt = self.attempt("ambiguous", begun, Health::Silent);
                return self.settle(claimed, transition, attempt, false).await;
            }
        };
        let until = begun + self.deadline;
        let delivery = Delivery { document: &document, posting_date: claimed.posting_date, start, until };
        let verdict = match tokio::time::timeout_at(until, self.erp.deliver(delivery)).await {
            Ok(verdict) => verdict,
            Err(_) => Verdict::Unknown { reason: format!("the ERP had not answered after {:?}", self.deadline) },
        };
        drop(place);
        let unauthorised = matches!(verdict, Verdict::Unauthorised { .. });
        let attempt = self.attempt(decide::verdict_name(&verdict), begun, decide::health(&verdict));
        let jitter = self.settings.jitter.draw();
        let now = claimed.claimed_at.saturating_add(begun.elapsed()).unwrap_or(claimed.claimed_at);
        let transition = decide(&claimed, verdict, &self.settings.policy, now, jitter);
        self.settle(claimed, transition, attempt, unauthorised).await
    }

    fn attempt(&self, verdict: &'static str, begun: Instant, health: Health) -> Attempt {
        Attempt { verdict, duration: begun.elapsed(), health, breaker: self.settings.breaker }
    }

    /// Nothing was sent: the document waits for an item.
    async fn park_for(&self, claimed: Claimed, item: UnknownItem, begun: Instant) -> Result<Ended, StateError> {
        let reason = items::unknown(&item);
        let (waits_for, absent) = (Some(MissingItem::Sku(item.sku)), !claimed.maybe_sent);
        let transition = Transition::Park { reason, waits_for, absent, wait: Duration::ZERO };
        let attempt = self.attempt("unknown_sku", begun, Health::Silent);
        self.settle(claimed, transition, attempt, false).await
    }

    async fn settle(
        &self,
        claimed: Claimed,
        transition: Transition,
        attempt: Attempt,
        unauthorised: bool,
    ) -> Result<Ended, StateError> {
        let (verdict, took) = (attempt.verdict, attempt.duration);
        tell(&claimed, verdict, &transition, took);
        let begun = Instant::now();
        let settle = || self.state.settle(&claimed, transition.clone(), attempt.clone());
        // Where the first of several was written and its answer lost, the second is fenced, and nothing is amiss.
        if persist(&claimed, begun, &self.settings.jitter, settle).await? == Settled::Fenced {
            warn!(document = claimed.document.number(), "lease had run out: another claim of this entry decides");
        }
        Ok(Ended { claimed, transition, unauthorised, verdict, took })
    }

    /// Notes how a delivery ended.
    fn ended(
        &self,
        done: Result<Result<Ended, StateError>, tokio::task::JoinError>,
        progress: &watch::Sender<Progress>,
    ) -> Result<(), StateError> {
        let ended = match done {
            Ok(Ok(ended)) => ended,
            Ok(Err(error)) if error.is_transient() => {
                warn!(%error, "a delivery could not be settled: once its lease has run out, it is looked up");
                return Ok(());
            }
            Ok(Err(error)) => return Err(error),
            Err(error) => {
                // A bug in an adapter must not stop the others: the lease runs out, and the entry is looked up.
                error!(%error, "delivery was cut off");
                return Ok(());
            }
        };
        progress.send_modify(|p| note(p, &ended));
        Ok(())
    }
}

/// Asks the state database again while it is not reached and the claim holds.
async fn persist<T, F>(
    claimed: &Claimed,
    begun: Instant,
    jitter: &Jitter,
    mut ask: impl FnMut() -> F,
) -> Result<T, StateError>
where
    F: Future<Output = Result<T, StateError>>,
{
    let held = claimed.lease_until.duration_since(claimed.claimed_at);
    let until = begun + Duration::try_from(held).unwrap_or_default();
    let mut failures = 0;
    loop {
        match ask().await {
            Err(error) if error.is_transient() && Instant::now() < until => {
                debug!(%error, "the state database is not reached, will ask again");
                tokio::time::sleep(STATE_BACKOFF.wait(failures, jitter.draw())).await;
                failures += 1;
            }
            other => return other,
        }
    }
}

fn note(progress: &mut Progress, ended: &Ended) {
    progress.attempts.count(ended.verdict, ended.took);
    match &ended.transition {
        Transition::Deliver { .. } => {
            progress.delivered += 1;
            progress.unauthorised = None;
            progress.failing.clear();
        }
        Transition::Park { reason, .. } => {
            progress.parked += 1;
            progress.failing.remove(&ended.claimed.seq);
            progress.said = Some(reason.clone());
        }
        Transition::Retry { reason, .. } | Transition::Doubt { reason, .. } => {
            let seq = ended.claimed.seq;
            if progress.failing.len() < FAILING_MAX || progress.failing.contains_key(&seq) {
                *progress.failing.entry(seq).or_default() += 1;
            }
            progress.said = Some(reason.clone());
            if ended.unauthorised {
                progress.unauthorised = Some(reason.clone());
            }
        }
    }
}

fn tell(claimed: &Claimed, verdict: &str, transition: &Transition, took: Duration) {
    let (document, kind) = (claimed.document.number(), claimed.document.kind().as_str());
    match transition {
        Transition::Deliver { .. } => info!(document, kind, ?took, "document delivered"),
        Transition::Retry { wait, .. } => {
            warn!(document, kind, verdict, ?wait, "document not taken, will try again")
        }
        Transition::Doubt { wait, .. } => {
            warn!(document, kind, verdict, ?wait, "document may have arrived, will look it up");
        }
        Transition::Park { .. } => {
            error!(document, kind, verdict, "document parked: it needs a person; `ledgertap status` says why");
        }
    }
    // The ERP's own words may name a customer: they are in the state database, and here only for who asks.
    if let Some(reason) = transition.reason() {
        debug!(document, reason, "the ERP said");
    }
}

/// Sleeps until an entry may be claimed, as far as is known now.
async fn sleep_until_due(state: &Arc<dyn State>) {
    // Under load something else happens sooner, and the question is not asked at all.
    tokio::time::sleep(LOOK_AGAIN_MIN).await;
    let due = match state.due_in().await {
        Ok(Some(due)) => due,
        Ok(None) => LOOK_AGAIN_MAX,
        Err(error) => {
            debug!(%error, "could not look for the next entry");
            LOOK_AGAIN_MAX
        }
    };
    tokio::time::sleep(due.clamp(LOOK_AGAIN_MIN, LOOK_AGAIN_MAX)).await;
}
