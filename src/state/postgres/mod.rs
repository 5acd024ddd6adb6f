//! The state database as a schema of a PostgreSQL server, which any number of bridges on any number of machines share.
//!
//! Four lines lead to the server, each a connection of its own, because each begins anew in its own way:
//!
//! - *capture*: made by `begin` and by nothing else. Once it is lost the session is over: a commit whose answer never came has
//!   either happened or not, and the next session, which waits for the stream's row, reads back which.
//! - *relay*: claims and settlements. A new connection may lead to an older state (a standby that was promoted, a backup
//!   that was restored), so what waits there is doubted first ([`crate::state::State::take_up`]).
//! - *listening*: wakes the relays of this process (`wake.rs`).
//! - *operator*: everything else.
//!
//! Every write is a statement over arrays: a commit of thousands of rows is some ten of them, most under way at once. All
//! times are the server's.

mod added;
pub(in crate::state) mod address;
mod binlog;
mod books;
mod breaker;
pub(in crate::state) mod connect;
mod fresh;
mod hand;
pub(in crate::state) mod link;
mod lives;
mod migrate;
mod mirror;
mod opening;
mod operator;
mod outbox;
mod planned;
mod read;
mod settle;
#[cfg(test)]
pub(crate) mod tests;
pub(in crate::state) mod text;
mod tls;
mod wake;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::Notify;

use self::address::Address;
use self::connect::Connector;
use self::link::{Line, Link, Makes};
use self::outbox::Settlement;
use self::settle::Settler;
use self::wake::Listener;
use self::write::Ours;
use super::{
    Attachment, Attempt, Begin, Begun, ClaimTerms, Commit, CustomerRecord, DirtyPage, EntryFilter, EntryHistory,
    EntryInfo, Gauges, HeldOrder, LoadedBooks, MirrorKey, Named, OrderRecord, PlannedEntry, Redelivered, RowUnder,
    Settled, Skipped, State, StateError, Summary, Undocumented, Which,
};
use crate::change::{Footprint, Lookup, MirrorRow, Position, Row, RowChange, RowKey, TableId};
use crate::document::Item;
use crate::outbox::{Claimed, MissingItem, Rate, SkipHow, Transition};

/// A schema of a PostgreSQL server, bound to one stream.
#[derive(Debug)]
pub struct PostgresState {
    stream: Arc<str>,
    connector: Arc<Connector>,
    /// What wakes the relays of this stream.
    woken: Arc<str>,
    capture: Line,
    relay: Line,
    operator: Line,
    settler: Settler,
    session: Mutex<Arc<Capturing>>,
    look_up_after: Arc<Mutex<Option<Duration>>>,
    wake: Arc<Notify>,
    listener: Mutex<Option<Listener>>,
}

/// What the latest session of this process was begun with.
#[derive(Debug, Default)]
struct Capturing {
    footprint: Footprint,
    lease: Duration,
    /// Rows that it has written.
    written: AtomicU64,
}

/// Once a session has written so many rows, and each time ten times as many up to [`GROWN_MAX`], the planner looks at the tables
/// anew: plans that were made for empty ones would read all of them for each key, until the server finds that out itself.
const GROWN_MIN: u64 = 1_000;

const GROWN_MAX: u64 = 1_000_000;

/// A small sample, because a commit waits for it: all that plans hang on is how many rows there are, and that keys differ.
pub(in crate::state) const ANALYZE: &str =
    "SET LOCAL default_statistics_target = 10; ANALYZE mirror, owner, dirty, ledger_order, outbox";

impl Capturing {
    /// Notes what was written; true where the planner should look again.
    fn has_grown(&self, commit: &Commit) -> bool {
        let rows = commit.mirror.len() + commit.outbox.len() + commit.orders.len() + commit.dirty.len();
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let before = self.written.fetch_add(rows, Ordering::Relaxed);
        let steps = std::iter::successors(Some(GROWN_MIN), |step| step.checked_mul(10));
        steps.take_while(|step| *step <= GROWN_MAX).any(|step| before < step && before.saturating_add(rows) >= step)
    }
}

impl PostgresState {
    /// Connects and brings the schema up to date.
    ///
    /// # Errors
    /// [`StateError::Url`]; [`StateError::Lost`] where no host can be reached; [`StateError::Refused`] where one refuses us or
    /// cannot be used; [`StateError::Version`] where a newer ledgertap has been here.
    pub async fn open(url: &str, stream: &str) -> Result<PostgresState, StateError> {
        let connector = Arc::new(Connector::new(Address::parse(url)?)?);
        let link = connector.migrate().await?;
        Ok(PostgresState::over(connector, link, stream))
    }

    /// Connects to a schema that is there, and changes nothing of it.
    ///
    /// # Errors
    /// As [`PostgresState::open`], [`StateError::Missing`] where there is no such schema, and [`StateError::Outdated`] where it
    /// is an older one.
    pub async fn open_beside(url: &str, stream: &str) -> Result<PostgresState, StateError> {
        let connector = Arc::new(Connector::new(Address::parse(url)?)?);
        let link = connector.existing().await?;
        Ok(PostgresState::over(connector, link, stream))
    }

    /// Where it is, for people: hosts, database and schema.
    pub fn server(&self) -> String {
        self.connector.address().server()
    }

    fn over(connector: Arc<Connector>, link: Link, stream: &str) -> PostgresState {
        let relay = Line::new(connector.clone(), Makes::Always);
        let stream: Arc<str> = stream.into();
        let woken: Arc<str> = wake::payload(&connector.address().schema, &stream).into();
        PostgresState {
            capture: Line::new(connector.clone(), Makes::OnRenewal),
            operator: Line::with(connector.clone(), link),
            settler: Settler::start(relay.clone(), stream.clone(), woken.clone()),
            relay,
            stream,
            connector,
            woken,
            session: Mutex::default(),
            look_up_after: Arc::default(),
            wake: Arc::new(Notify::new()),
            listener: Mutex::default(),
        }
    }

    fn capturing(&self) -> Arc<Capturing> {
        locked(&self.session).clone()
    }

    /// Reads over the operator's line.
    async fn look<T, F, Fut>(&self, read: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Link>, Arc<str>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, StateError>> + Send + 'static,
    {
        let stream = self.stream.clone();
        self.operator.run(move |link| read(link, stream)).await
    }

    /// Changes entries over the operator's line, in one transaction, and wakes the relays where it has changed some.
    async fn change<A, T, F>(&self, asked: A, change: F) -> Result<Vec<T>, StateError>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a Link, &'a str, &'a A) -> BoxFuture<'a, Result<Vec<T>, StateError>> + Send + Sync + 'static,
    {
        let woken = self.woken.clone();
        let work = move |link: Arc<Link>, stream: Arc<str>| async move {
            let run = || async {
                let changed = change(&link, &stream, &asked).await?;
                if !changed.is_empty() {
                    wake::notify(&link, &woken).await?;
                }
                Ok(changed)
            };
            link.transaction(run).await
        };
        let changed = self.look(work).await?;
        self.wake.notify_one();
        Ok(changed)
    }
}

/// Doubts what waits, where this connection has not done so yet.
async fn taken_up(
    link: &Link,
    stream: &str,
    look_up_after: &Mutex<Option<Duration>>,
    woken: &str,
) -> Result<(), StateError> {
    let look_up_after = *locked(look_up_after);
    let (true, Some(look_up_after)) = (link.is_fresh(), look_up_after) else { return Ok(()) };
    let mut after = Some(0);
    while let Some(behind) = after {
        after = link.transaction(|| outbox::doubt(link, stream, look_up_after, behind)).await?;
    }
    let probe = || async {
        let at = now(link).await?;
        breaker::change(link, stream, |breaker| {
            breaker.shut_until = breaker.shut_until.map(|_| at);
        })
        .await?;
        wake::notify(link, woken).await
    };
    link.transaction(probe).await?;
    link.take_up();
    Ok(())
}

#[async_trait]
impl State for PostgresState {
    async fn begin(&self, begin: Begin) -> Result<Begun, StateError> {
        let capturing =
            Capturing { footprint: begin.footprint.clone(), lease: begin.lease, written: AtomicU64::default() };
        let stream = self.stream.clone();
        let work = move |link: Arc<Link>| async move {
            let begun = link.transaction(|| write::begin(&link, &stream, &begin)).await?;
            if matches!(begun, Begun::Session(_)) {
                link.take_up();
            }
            Ok(begun)
        };
        let begun = self.capture.renew(work).await?;
        if matches!(begun, Begun::Session(_)) {
            *locked(&self.session) = Arc::new(capturing);
        }
        Ok(begun)
    }

    async fn renew(&self, epoch: i64) -> Result<(), StateError> {
        let (stream, lease) = (self.stream.clone(), self.capturing().lease);
        self.capture.run(move |link| async move { write::renew(&link, &stream, epoch, lease).await }).await
    }

    async fn end(&self, epoch: i64) -> Result<(), StateError> {
        let stream = self.stream.clone();
        self.capture.run(move |link| async move { write::end(&link, &stream, epoch).await }).await
    }

    async fn load(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError> {
        let (stream, session) = (self.stream.clone(), self.capturing());
        self.capture
            .run(move |link| async move { mirror::load(&link, &stream, &session.footprint, lookups).await })
            .await
    }

    async fn keys(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorKey>)>, StateError> {
        let (stream, session) = (self.stream.clone(), self.capturing());
        self.capture
            .run(move |link| async move { mirror::keys(&link, &stream, &session.footprint, lookups).await })
            .await
    }

    async fn differing(&self, rows: Vec<(MirrorKey, Option<Row>)>) -> Result<Vec<MirrorKey>, StateError> {
        let (stream, session) = (self.stream.clone(), self.capturing());
        self.capture
            .run(move |link| async move { mirror::differing(&link, &stream, &session.footprint, rows).await })
            .await
    }

    async fn mirrored(&self) -> Result<BTreeSet<TableId>, StateError> {
        let (stream, session) = (self.stream.clone(), self.capturing());
        self.capture.run(move |link| async move { mirror::mirrored(&link, &stream, &session.footprint).await }).await
    }

    async fn rows(&self, table: TableId, after: Option<RowKey>, rows_max: usize) -> Result<Vec<MirrorRow>, StateError> {
        let (stream, session) = (self.stream.clone(), self.capturing());
        let read = move |link: Arc<Link>| async move {
            mirror::rows(&link, &stream, &session.footprint, table, after.as_deref(), rows_max).await
        };
        self.capture.run(read).await
    }

    async fn dirty(&self, documents_max: usize) -> Result<DirtyPage, StateError> {
        let stream = self.stream.clone();
        self.capture.run(move |link| async move { read::dirty(&link, &stream, documents_max).await }).await
    }

    async fn prepared(&self, xid: &str, part: u32) -> Result<Option<Vec<RowChange>>, StateError> {
        let (stream, xid) = (self.stream.clone(), xid.to_owned());
        self.capture.run(move |link| async move { binlog::prepared(&link, &stream, &xid, part).await }).await
    }

    async fn told_by(&self) -> Result<Option<String>, StateError> {
        self.look(|link, stream| async move { read::told_by(&link, &stream).await }).await
    }

    async fn load_books(
        &self,
        orders: Vec<String>,
        customers: Vec<String>,
        numbers: Vec<String>,
    ) -> Result<LoadedBooks, StateError> {
        let stream = self.stream.clone();
        self.capture.run(move |link| async move { read::books(&link, &stream, orders, customers, numbers).await }).await
    }

    async fn commit(&self, epoch: i64, commit: Commit) -> Result<Vec<i64>, StateError> {
        let (stream, woken, session) = (self.stream.clone(), self.woken.clone(), self.capturing());
        let ours = Ours { footprint: session.footprint.clone(), epoch, lease: session.lease };
        let news = !commit.outbox.is_empty();
        let work = move |link: Arc<Link>| async move {
            let write = |fresh| {
                let (link, woken, stream, ours, commit) = (&link, &*woken, &*stream, &ours, &commit);
                link.transaction(move || write::commit(link, woken, stream, ours, commit, fresh))
            };
            let seqs = match write(commit.fresh).await {
                Err(error) if commit.fresh && link::is_there_already(&error) => write(false).await?,
                done => done?,
            };
            if session.has_grown(&commit) {
                // What was written stands, whatever comes of this.
                let _ = link.batch("look at the tables", ANALYZE).await;
            }
            Ok(seqs)
        };
        let seqs = self.capture.run(work).await?;
        if news {
            self.wake.notify_one();
        }
        Ok(seqs)
    }

    async fn take_up(&self, look_up_after: Duration) -> Result<(), StateError> {
        *locked(&self.look_up_after) = Some(look_up_after);
        let (stream, after, woken) = (self.stream.clone(), self.look_up_after.clone(), self.woken.clone());
        self.relay.renew(move |link| async move { taken_up(&link, &stream, &after, &woken).await }).await
    }

    async fn claim(&self, terms: ClaimTerms) -> Result<Vec<Claimed>, StateError> {
        let (stream, after, woken) = (self.stream.clone(), self.look_up_after.clone(), self.woken.clone());
        let work = move |link: Arc<Link>| async move {
            taken_up(&link, &stream, &after, &woken).await?;
            link.transaction(|| outbox::claim(&link, &stream, &terms)).await
        };
        self.relay.run(work).await
    }

    async fn settle(&self, claimed: &Claimed, transition: Transition, attempt: Attempt) -> Result<Settled, StateError> {
        let Claimed { seq, claim, probe, .. } = *claimed;
        let settled = self.settler.settle(Settlement { seq, claim, probe, transition, attempt }).await?;
        self.wake.notify_one();
        Ok(settled)
    }

    async fn retry(&self, which: Which) -> Result<Vec<String>, StateError> {
        self.change(which, |link, stream, which| Box::pin(hand::retry(link, stream, which))).await
    }

    async fn skip(&self, which: Which, how: SkipHow, reason: String) -> Result<Vec<Skipped>, StateError> {
        let skip = (which, how, reason);
        self.change(skip, |link, stream, (which, how, reason)| Box::pin(hand::skip(link, stream, which, *how, reason)))
            .await
    }

    async fn redeliver(&self, entries: Vec<i64>, look_up_after: Duration) -> Result<Redelivered, StateError> {
        let change = (entries, look_up_after);
        let changed = self
            .change(change, |link, stream, (entries, after)| {
                Box::pin(planned::redeliver(link, stream, entries, *after))
            })
            .await?;
        Ok(changed.into_iter().next().unwrap_or_default())
    }

    async fn planned(&self, before: Option<i64>, entries_max: usize) -> Result<Vec<PlannedEntry>, StateError> {
        self.look(move |link, stream| async move { planned::planned(&link, &stream, before, entries_max).await }).await
    }

    async fn customers_before(&self, customers: Vec<String>, from: i64) -> Result<Vec<CustomerRecord>, StateError> {
        let read = move |link: Arc<Link>, stream: Arc<str>| async move {
            planned::customers_before(&link, &stream, &customers, from).await
        };
        self.look(read).await
    }

    async fn reserve(&self, endpoint: &str, rate: Rate, requests: u32) -> Result<Duration, StateError> {
        let endpoint = endpoint.to_owned();
        let work = move |link: Arc<Link>, stream: Arc<str>| async move {
            link.transaction(|| breaker::reserve(&link, &stream, &endpoint, rate, requests)).await
        };
        self.look(work).await
    }

    async fn prune(&self, age: Duration, entries_max: usize) -> Result<usize, StateError> {
        let work = move |link: Arc<Link>, stream: Arc<str>| async move {
            link.transaction(|| write::prune(&link, &stream, age, entries_max)).await
        };
        self.look(work).await
    }

    async fn items(&self) -> Result<BTreeMap<String, Item>, StateError> {
        self.look(|link, stream| async move { books::items(&link, &stream).await }).await
    }

    async fn add_items(&self, items: BTreeMap<String, Item>) -> Result<Vec<String>, StateError> {
        self.change(items, |link, stream, items| Box::pin(books::add_items(link, stream, items))).await
    }

    async fn accounts(&self) -> Result<Vec<CustomerRecord>, StateError> {
        self.look(|link, stream| async move { books::accounts(&link, &stream).await }).await
    }

    async fn add_accounts(&self, accounts: BTreeMap<String, String>) -> Result<(), StateError> {
        self.look(move |link, stream| async move { books::add_accounts(&link, &stream, &accounts).await }).await
    }

    async fn forget(&self, named: Named) -> Result<bool, StateError> {
        self.look(move |link, stream| async move { books::forget(&link, &stream, &named).await }).await
    }

    async fn awaited_items(&self) -> Result<BTreeSet<MissingItem>, StateError> {
        self.look(|link, stream| async move { books::awaited_items(&link, &stream).await }).await
    }

    async fn release(&self, items: Vec<MissingItem>) -> Result<Vec<String>, StateError> {
        self.change(items, |link, stream, items| Box::pin(outbox::release(link, stream, items))).await
    }

    async fn attach(&self, attachment: Attachment) -> Result<(), StateError> {
        self.look(move |link, _| async move { books::attach(&link, &attachment).await }).await
    }

    async fn attached_to(&self, account: String) -> Result<Vec<Attachment>, StateError> {
        self.look(move |link, stream| async move { books::attached_to(&link, &stream, &account).await }).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StateError> {
        let stream = self.stream.clone();
        self.relay.run(move |link| async move { read::next_due(&link, &stream).await }).await
    }

    async fn due_in(&self) -> Result<Option<Duration>, StateError> {
        let stream = self.stream.clone();
        let work = move |link: Arc<Link>| async move {
            let Some(due) = read::next_due(&link, &stream).await? else { return Ok(None) };
            let wait = due.duration_since(now(&link).await?);
            Ok(Some(Duration::try_from(wait).unwrap_or_default()))
        };
        self.relay.run(work).await
    }

    fn wake(&self) -> Arc<Notify> {
        // Who waits for work hears of it from other machines, too.
        locked(&self.listener)
            .get_or_insert_with(|| Listener::start(self.connector.clone(), self.woken.to_string(), self.wake.clone()));
        self.wake.clone()
    }

    async fn would_skip(&self, which: Which, how: SkipHow) -> Result<Vec<Skipped>, StateError> {
        let work = move |link: Arc<Link>, stream: Arc<str>| async move {
            let run = || async { hand::would_skip(&link, &stream, &which, how).await };
            link.transaction(run).await
        };
        self.look(work).await
    }

    async fn streams(&self) -> Result<Vec<String>, StateError> {
        self.look(|link, _| async move { operator::streams(&link).await }).await
    }

    async fn position(&self) -> Result<Option<Position>, StateError> {
        self.look(|link, stream| async move { read::position(&link, &stream).await }).await
    }

    async fn gauges(&self) -> Result<Gauges, StateError> {
        self.look(|link, stream| async move { operator::gauges(&link, &stream).await }).await
    }

    async fn summary(&self) -> Result<Summary, StateError> {
        self.look(|link, stream| async move { operator::summary(&link, &stream).await }).await
    }

    async fn list(&self, filter: EntryFilter) -> Result<Vec<EntryInfo>, StateError> {
        self.look(move |link, stream| async move { operator::list(&link, &stream, &filter).await }).await
    }

    async fn history(&self, seq: i64) -> Result<Option<EntryHistory>, StateError> {
        self.look(move |link, stream| async move { operator::history(&link, &stream, seq).await }).await
    }

    async fn undocumented(&self, order: &str) -> Result<Undocumented, StateError> {
        let order = order.to_owned();
        self.look(move |link, stream| async move { opening::undocumented(&link, &stream, &order).await }).await
    }

    async fn absorbed_of(&self, orders: Vec<String>) -> Result<BTreeSet<String>, StateError> {
        self.look(move |link, stream| async move { opening::absorbed_of(&link, &stream, &orders).await }).await
    }

    async fn under(&self, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError> {
        let (index, owner) = (index.to_owned(), owner.to_owned());
        self.look(move |link, stream| async move { mirror::under(&link, &stream, &index, &owner).await }).await
    }

    async fn orders_called(&self, called: &str) -> Result<Vec<OrderRecord>, StateError> {
        let called = called.to_owned();
        self.look(move |link, stream| async move { read::orders_called(&link, &stream, &called).await }).await
    }

    async fn held(&self) -> Result<Vec<HeldOrder>, StateError> {
        self.look(|link, stream| async move { operator::held(&link, &stream).await }).await
    }

    async fn orders(&self) -> Result<Vec<OrderRecord>, StateError> {
        self.look(|link, stream| async move { read::orders(&link, &stream).await }).await
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Now, by the server's clock, in whole microseconds.
async fn now(link: &Link) -> Result<Timestamp, StateError> {
    let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    Ok(from_us(link.one("read the clock", sql, &[]).await?.get(0)))
}

/// Reads a stored time.
pub(in crate::state) fn from_us(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or_default()
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn damaged(stream: &str, what: impl Into<String>, reason: impl ToString) -> StateError {
    StateError::Damaged { stream: stream.to_owned(), what: what.into(), reason: reason.to_string() }
}
