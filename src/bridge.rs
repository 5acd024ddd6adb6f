//! The composition root: builds the stages from the config, runs the two loops side by side, and shuts them down.
//!
//! ```text
//! reader task ─▶ channel ─▶ capture task ─▶ state ─▶ relay task ─▶ ERP
//! ```
//!
//! The reader only reads: neither a slow commit nor a slow ERP stops it from answering the store, until the channel is full.
//! A store that goes away is connected again from the last committed position, with backoff; what cannot mend itself ends the
//! run with its place and remedy. Beside the loops a probe looks whether the shop's new rows are in the binlog at all. A stream's
//! first start fills the mirror with what the store already has of customers and
//! lookup tables before it has a position.

mod beside;
mod checkup;
mod left;
mod live;
mod opening;
mod preview;
mod probe;
mod rebuild;
mod reindex;
mod replay;
mod resync;
mod states;
mod still;
mod terms;
mod verify;

pub use crate::capture::{Decided, Fate};
pub use checkup::{Checkup, check_erp};
pub use live::Live;
pub use opening::{Reading, Sums, Tally, Terms as OpeningTerms, dry_opening};
pub use preview::{Hold, Preview};
pub use rebuild::{Rebuild, Rebuilding, Rebuilt, rebuild};
pub use replay::{
    Compared, Field, KEPT_MAX, Redelivery, Replay, Replayed, Replaying, Witness, redeliver, replay, rewound,
};
pub use resync::{Differs, Resync, Resynced, resync};
pub use states::{copy_state, open_state, state_beside, state_is_in_use, state_to_change, state_to_read};
use terms::opening_terms;
pub use terms::{alone, attachment, shares_account, terms, terms_of};
pub use verify::{Difference, Sample, Verified};

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use self::beside::Beside;
use self::left::{Feed, Left};
use self::probe::Probe;
use crate::binlog::{FileReader, From, Source, Store, StoreError};
use crate::capture::Terms;
use crate::change::Position;
use crate::config::{Config, ErpConfig, StateUrl, StoreConfig};
use crate::document::DocumentKind;
use crate::erp::{Erp, Guarantee, Pace, kingdee_galaxy, kingdee_xingchen, odoo, rest, sap_s4hana, tryton};
use crate::mapping::{self, Bound, Mapping};
use crate::outbox::{Backoff, BreakerPolicy};
use crate::relay::{self, CrosswalkSource, Policy as RetryPolicy, Progress};
use crate::state::{Attachment, State, StateError, Summary};

/// How a run begins and ends.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the first start of a stream begins; later starts go on from the state database.
    pub from: Option<From>,
    /// End once the head of the binlog as it was at the start is reached and all that can be delivered is delivered.
    pub once: bool,
    /// Go on under a mapping that has changed since documents were told.
    pub accept_mapping: bool,
    /// Which loops run.
    pub role: Role,
    /// How hard the store is read while the books are opened.
    pub reading: Reading,
}

/// Failed attempts of one entry, with nothing delivered in between, after which `once` gives up.
const ONCE_ATTEMPTS_MAX: u32 = 10;

/// The pause after refused credentials.
const UNAUTHORISED_PAUSE: Duration = Duration::from_secs(60);

/// So many failures in a row, among all relays, and the ERP counts as down.
const ERP_FAILURES_MAX: u32 = 8;

/// Waits between attempts to reach the store.
const STORE_BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(30) };

/// Which of the two loops a process runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// Both.
    #[default]
    All,
    /// The left loop: one at a time has the stream, others wait for its lease.
    Capture,
    /// The right loop: any number of them.
    Relay,
}

/// A bridge that is ready to run.
pub struct Bridge {
    state: Arc<dyn State>,
    erp: Arc<dyn Erp>,
    left: Option<Left>,
    relay: Option<relay::Settings>,
    attachment: Attachment,
    once: bool,
    leads: watch::Receiver<bool>,
    /// What runs beside the loops, until it does.
    beside: Option<Beside>,
}

impl Bridge {
    /// Opens the state database, loads the mapping, connects to the store and compares them; finds where a stream that has
    /// not run yet begins.
    ///
    /// # Errors
    /// The first stage that is not as it should be, with its place and remedy.
    pub async fn open(config: &Config, options: Options) -> anyhow::Result<Bridge> {
        // What the config lacks shows before anything is made.
        let account = config.erp()?;
        config.books.products.crosswalk()?;
        let beside = Beside::open(config)?;
        if options.role != Role::All && matches!(config.state, StateUrl::Sqlite(_)) {
            anyhow::bail!(
                "--role capture and --role relay are for several processes at one state database, and SQLite has one process: give \
                 state.url a PostgreSQL (postgres://user:${{PASSWORD}}@host/database), or leave --role away"
            );
        }
        let state = open_state(config).await?;
        let erp = paced_erp(account, relay::shared_pace(state.clone()))?;
        if options.role == Role::Relay {
            return Bridge::only_relay(config, options, erp, state, beside).await;
        }
        let known = state.position().await?;
        let mapping = load_mapping(&config.store)?;
        let source = store_source(&config.store)?;
        if known.is_none() && options.from.is_none() {
            anyhow::bail!(
                "this stream has not run yet: say where to begin with --from now, --from earliest or --from POSITION"
            );
        }
        let mut store = Store::connect(&source).await.map_err(unreachable_store)?;
        let mut shapes = store.shapes(&mapping.tables()).await?;
        mapping.settings().correct(&mut shapes);
        let bound = mapping.bind(&shapes).context("the mapping")?;
        if !options.accept_mapping {
            same_mapping(state.as_ref(), &bound).await?;
        }
        let begin = match &options.from {
            Some(from) if known.is_none() => {
                let position = store.resolve(from).await?;
                // As when the stream is opened: what the account lacks for it shows before anything is stored.
                Some(store.resolve(&From::At(position)).await?)
            }
            Some(_) | None => None,
        };
        let terms = Arc::new(terms(config, erp.as_ref(), &bound)?);
        let attachment = attachment(config, erp.as_ref());
        alone(state.as_ref(), &attachment).await?;
        let probe = Probe::new(config.store.probe, probe::watched(&bound, &shapes));
        let bound = Arc::new(bound);
        let relay = relay_settings(config, erp.as_ref(), bound.settings());
        info!(server = store.server(), store = %source.host(), database = source.database(), "store connected");
        let feed = Feed::Live { source, store: Box::new(store) };
        let relay = (options.role == Role::All).then_some(relay);
        let opening = opening_terms(config, begin.as_ref().and(options.from.as_ref()), options.reading, &bound)?;
        let parts = Parts { bound, terms, opening, feed, begin, options, probe, beside };
        Ok(Bridge::of(state, erp, attachment, parts, relay))
    }

    /// A bridge that only delivers: it needs no store.
    async fn only_relay(
        config: &Config,
        options: Options,
        erp: Arc<dyn Erp>,
        state: Arc<dyn State>,
        beside: Beside,
    ) -> anyhow::Result<Bridge> {
        let mapping = load_mapping(&config.store)?;
        let attachment = attachment(config, erp.as_ref());
        alone(state.as_ref(), &attachment).await?;
        let relay = Some(relay_settings(config, erp.as_ref(), mapping.settings()));
        let leads = watch::channel(false).1;
        Ok(Bridge { state, erp, left: None, relay, attachment, once: options.once, leads, beside: Some(beside) })
    }

    fn of(
        state: Arc<dyn State>,
        erp: Arc<dyn Erp>,
        attachment: Attachment,
        parts: Parts,
        relay: Option<relay::Settings>,
    ) -> Bridge {
        let Parts { bound, terms, opening, feed, begin, options, probe, beside } = parts;
        let (send, leads) = watch::channel(false);
        let once = options.once;
        let left = Left {
            state: state.clone(),
            look_up_after: look_up_after(erp.as_ref()),
            erp: erp.clone(),
            bound,
            terms,
            attachment: attachment.clone(),
            feed,
            begin,
            filled_at: None,
            opening,
            shapes: None,
            options,
            probe,
            leads: send,
        };
        Bridge { state, erp, left: Some(left), relay, attachment, once, leads, beside: Some(beside) }
    }

    /// A bridge that reads a recorded binlog to its end.
    ///
    /// # Errors
    /// As [`Bridge::open`], less the store's.
    pub async fn recorded(config: &Config, bound: Arc<Bound>, reader: FileReader) -> anyhow::Result<Bridge> {
        let state = open_state(config).await?;
        let erp = paced_erp(config.erp()?, relay::shared_pace(state.clone()))?;
        let relay = relay_settings(config, erp.as_ref(), bound.settings());
        let options = Options { once: true, ..Options::default() };
        let feed = Feed::Recorded(Some(Box::new(reader)));
        let probe = Probe::new(None, Vec::new());
        let attachment = attachment(config, erp.as_ref());
        let terms = Arc::new(terms(config, erp.as_ref(), &bound)?);
        let beside = Beside::open(config)?;
        let opening = opening_terms(config, None, Reading::default(), &bound)?;
        let parts = Parts { bound, terms, opening, feed, begin: None, options, probe, beside };
        Ok(Bridge::of(state, erp, attachment, parts, Some(relay)))
    }

    /// The state database, to look at while the bridge runs.
    pub fn state(&self) -> Arc<dyn State> {
        self.state.clone()
    }

    /// True while this process has the stream's lease.
    pub fn leads(&self) -> watch::Receiver<bool> {
        self.leads.clone()
    }

    /// Runs until `stop` turns true, the work is done (`once`), or something fails that does not mend itself.
    ///
    /// # Errors
    /// What failed, with its place and remedy; nothing that was committed is lost.
    pub async fn run(mut self, stop: watch::Receiver<bool>) -> anyhow::Result<Summary> {
        let (stop_relay, relay_stops) = watch::channel(false);
        let (progress, seen) = watch::channel(Progress::default());
        let loops = (self.relay.is_some().then(|| seen.clone()), self.left.is_some().then(|| self.leads.clone()));
        let _beside = self.beside.take().map(|beside| beside.start(&self.state, loops.0, loops.1)).transpose()?;
        let mut relay = self.relay.take().map(|settings| {
            tokio::spawn(relay::run(self.state.clone(), self.erp.clone(), settings, progress, relay_stops))
        });
        let captured = tokio::select! {
            captured = left(self.left.as_mut(), &self.state, &self.attachment, self.once, stop.clone()) => captured,
            relayed = ended(&mut relay) => {
                relayed?;
                anyhow::bail!("the relay ended before it was told to");
            }
        };
        let delivered = match captured {
            // A relay that ends with an error would never deliver what is waited for.
            Ok(()) if self.once && relay.is_some() => tokio::select! {
                waited = self.wait_delivered(seen, stop) => waited,
                relayed = ended(&mut relay) => {
                    relayed?;
                    anyhow::bail!("the relay ended before it was told to");
                }
            },
            other => other,
        };
        // The relay lets what is on its way end, whatever ended the left loop.
        let _ = stop_relay.send(true);
        if relay.is_some() {
            ended(&mut relay).await?;
        }
        delivered?;
        Ok(self.state.summary().await?)
    }

    /// Waits until nothing is left that can be delivered by itself.
    async fn wait_delivered(
        &self,
        mut progress: watch::Receiver<Progress>,
        mut stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        loop {
            let seen = progress.borrow_and_update().clone();
            if seen.ready && self.state.next_due().await?.is_none() {
                return Ok(());
            }
            if let Some(said) = seen.unauthorised {
                anyhow::bail!("the ERP refuses the credentials: {said}");
            }
            if seen.failing.values().any(|&n| n >= ONCE_ATTEMPTS_MAX) {
                let said = seen.said.unwrap_or_default();
                anyhow::bail!(
                    "the ERP has not taken a document in {ONCE_ATTEMPTS_MAX} attempts ({said}); the rest waits in the outbox"
                );
            }
            tokio::select! {
                _ = progress.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
                _ = stop.changed() => return Ok(()),
            }
        }
    }
}

/// What the left loop is made from.
struct Parts {
    bound: Arc<Bound>,
    terms: Arc<Terms>,
    opening: OpeningTerms,
    feed: Feed,
    begin: Option<Position>,
    options: Options,
    probe: Probe,
    beside: Beside,
}

/// Runs the left loop; without one it waits until it is told to stop, or has nothing to wait for.
async fn left(
    left: Option<&mut Left>,
    state: &Arc<dyn State>,
    attachment: &Attachment,
    once: bool,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let Some(left) = left else {
        state.attach(attachment.clone()).await?;
        if !once {
            // An error means that nobody can tell us to stop any more.
            let _ = stop.wait_for(|stop| *stop).await;
        }
        return Ok(());
    };
    // A run that ends at the head ends before a second look.
    let _looking = if once { None } else { left.probe.start(state.clone()) };
    left.run(stop).await
}

/// Waits for the relay's end; for ever where there is none.
async fn ended(relay: &mut Option<JoinHandle<Result<(), StateError>>>) -> anyhow::Result<()> {
    match relay {
        Some(relay) => Ok(relay.await.context("run the relay")??),
        None => std::future::pending().await,
    }
}

/// A changed mapping must not turn what was told into corrections by itself.
///
/// # Errors
/// Where documents were told with another one, with what to do.
pub async fn same_mapping(state: &dyn State, bound: &Bound) -> anyhow::Result<()> {
    let told_by = state.told_by().await?;
    if told_by.is_none_or(|version| version == bound.version()) {
        return Ok(());
    }
    anyhow::bail!(
        "the mapping or its settings have changed since documents were told with them: each told order would be corrected \
         to the new ones at its next change. `ledgertap rebuild --dry-run` shows what that comes to, and `rebuild --post` or \
         `rebuild --absorb REASON` settles it; or go back to the old ones, or start once with `ledgertap run --accept-mapping`"
    )
}

/// Builds the adapter that the config names, for a few requests on a person's behalf.
///
/// # Errors
/// Where its settings cannot work.
pub fn open_erp(config: &ErpConfig) -> anyhow::Result<Arc<dyn Erp>> {
    paced_erp(config, Pace::free())
}

/// Builds it for a relay: its requests leave as `pace` lets them.
fn paced_erp(config: &ErpConfig, pace: Pace) -> anyhow::Result<Arc<dyn Erp>> {
    match config {
        ErpConfig::KingdeeGalaxy(settings) => opened(kingdee_galaxy::Adapter::new(settings.as_ref().clone(), pace)),
        ErpConfig::KingdeeXingchen(settings) => opened(kingdee_xingchen::Adapter::new(settings.clone(), pace)),
        ErpConfig::Odoo(settings) => opened(odoo::Adapter::new(settings.clone(), pace)),
        ErpConfig::Rest(settings) => opened(rest::Adapter::new(settings.as_ref().clone(), pace)),
        ErpConfig::SapS4hana(settings) => opened(sap_s4hana::Adapter::new(settings.as_ref().clone(), pace)),
        ErpConfig::Tryton(settings) => opened(tryton::Adapter::new(settings.clone(), pace)),
    }
}

fn opened(adapter: Result<impl Erp + 'static, String>) -> anyhow::Result<Arc<dyn Erp>> {
    Ok(Arc::new(adapter.map_err(anyhow::Error::msg)?))
}

/// Loads the mapping that the config names.
///
/// # Errors
/// Every refusal, with file, line and column.
pub fn load_mapping(config: &StoreConfig) -> anyhow::Result<Mapping> {
    Mapping::load(&config.mapping, &config.profile).context("the mapping")
}

/// The store that the config names.
///
/// # Errors
/// Where the URL is not one.
pub fn store_source(config: &StoreConfig) -> anyhow::Result<Source> {
    use secrecy::ExposeSecret as _;
    let source = Source::from_url(config.url.expose_secret())?.with_heartbeat(config.heartbeat);
    Ok(match config.server_id {
        Some(id) => source.with_server_id(id),
        None => source,
    })
}

/// A store that is not reached at the start: while running it would be tried again, here a person is told what to look at.
pub fn unreachable_store(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Transient(error) => {
            anyhow::anyhow!(
                "{:#}; check that the server runs and that store.url names its host and port",
                anyhow::Error::new(error)
            )
        }
        StoreError::Definite(error) => error.into(),
    }
}

fn relay_settings(whole: &Config, erp: &dyn Erp, mapping: &mapping::Settings) -> relay::Settings {
    let (config, products) = (&whole.relay, whole.books.products.clone());
    let crosswalk = CrosswalkSource::new(move || {
        let read = products.crosswalk();
        if let Err(error) = &read {
            warn!(%error, "the crosswalk cannot be used, what was read of it before still is");
        }
        read.ok()
    });
    relay::Settings {
        jitter: relay::Jitter::default(),
        crosswalk,
        closed_until: whole.books.closed_until,
        items_again: config.items_again,
        concurrency: config.concurrency,
        policy: RetryPolicy {
            backoff: config.backoff,
            late_max: erp.late_max(),
            unauthorised: UNAUTHORISED_PAUSE,
            garbled_max: 5,
            deadline: config.deadline,
        },
        zone: mapping.time_zone.clone(),
        breaker: BreakerPolicy { failures_max: ERP_FAILURES_MAX, pause: config.backoff, refused: UNAUTHORISED_PAUSE },
        look_up_after: look_up_after(erp),
    }
}

/// How long an earlier life's requests may still take effect in an ERP that would not refuse a second one.
fn look_up_after(erp: &dyn Erp) -> Duration {
    let kinds = [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    let weakest = kinds.iter().map(|kind| erp.guarantee(*kind)).min().unwrap_or(Guarantee::None);
    relay::look_up_after(weakest, erp.request_max() * erp.requests_max(), erp.late_max())
}
