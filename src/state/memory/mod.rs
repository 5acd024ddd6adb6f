//! A state database in memory, for the simulation: what it keeps can be copied and put back, and its clock is tokio's.
//!
//! Each call is one step without an await point in it, so it is done whole or not at all, as a transaction is. A connection
//! that is lost, slow or cut is the simulation's business.

mod capture;
mod operator;
mod outbox;
mod planned;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{
    AbsorbedOrder, Attachment, Attempt, AttemptInfo, Begin, Begun, ClaimTerms, Commit, CustomerRecord, DirtyKey,
    DirtyPage, EntryFilter, EntryHistory, EntryInfo, Gauges, HeldOrder, LoadedBooks, MirrorKey, Named, OpenedOrder,
    OrderRecord, PlannedEntry, Redelivered, RowUnder, Settled, Skipped, State, StateError, Summary, Undocumented,
    Which,
};
use crate::change::{
    Changed, Footprint, Lookup, MirrorRow, OwnerKey, Position, Row, RowChange, RowKey, ServerIdentity, TableId,
    TableShape,
};
use crate::document::{Document, Item};
use crate::ledger::Told;
use crate::outbox::{Breaker, Claimed, Life, MissingItem, Rate, SkipHow, Transition};

/// A database, and a connection to it that is bound to one stream.
pub struct MemoryState {
    database: Arc<Database>,
    stream: String,
    wake: Arc<Notify>,
}

struct Database {
    kept: Mutex<Kept>,
    /// Not in what is kept: a copy that is put back must not come to the same numbers.
    numbers: Mutex<ChaCha8Rng>,
    began: (Instant, Timestamp),
    /// True where nobody but one process can be at work on it, as with an embedded file.
    embedded: bool,
    connections: Mutex<Vec<Weak<Notify>>>,
}

/// A row's entries in the owner indexes: index, owner.
type Owners = Vec<(&'static str, OwnerKey)>;

#[derive(Clone)]
struct Mirrored {
    row: Row,
    owners: Owners,
    changed: Option<Changed>,
}

/// All that a database keeps.
#[derive(Clone, Default)]
pub struct Kept {
    streams: BTreeMap<String, Stream>,
    last_seq: i64,
    breakers: BTreeMap<String, Breaker>,
    pace: BTreeMap<(String, String), Timestamp>,
}

#[derive(Clone, Default)]
struct Stream {
    epoch: i64,
    hand: i64,
    holder: String,
    lease_until: Option<Timestamp>,
    lease: Duration,
    attachment: Option<Attachment>,
    footprint: Footprint,
    mapping: String,
    position: Option<Position>,
    beginning: Option<Position>,
    unread_before: Option<Timestamp>,
    clock: Timestamp,
    cut: Option<String>,
    begun: Option<String>,
    server: Option<ServerIdentity>,
    shapes: Option<Vec<TableShape>>,
    mirror: BTreeMap<MirrorKey, Mirrored>,
    owners: BTreeMap<(&'static str, OwnerKey), BTreeSet<MirrorKey>>,
    prepared: BTreeMap<(String, u32), Vec<RowChange>>,
    dirty: BTreeMap<DirtyKey, Timestamp>,
    orders: BTreeMap<String, OrderRecord>,
    voided: BTreeSet<String>,
    customers: BTreeMap<String, CustomerRecord>,
    accounts: BTreeMap<String, String>,
    items: BTreeMap<String, Item>,
    opening: Option<String>,
    opened: Vec<OpenedOrder>,
    absorbed: Vec<AbsorbedOrder>,
    agreed: Option<String>,
    outbox: BTreeMap<i64, Entry>,
}

#[derive(Clone)]
struct Entry {
    seq: i64,
    lane: String,
    /// `None` once it was pruned.
    document: Option<Arc<Document>>,
    info: EntryInfo,
    fingerprint: String,
    depends_on: Option<i64>,
    life: Life,
    changed_at: Timestamp,
    told_before: Option<Told>,
    attempts: Vec<AttemptInfo>,
}

impl MemoryState {
    /// A new database, with numbers drawn from a seed.
    pub fn new(stream: &str, began: Timestamp, seed: u64, embedded: bool) -> MemoryState {
        let database = Database {
            kept: Mutex::default(),
            numbers: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            began: (Instant::now(), began),
            embedded,
            connections: Mutex::default(),
        };
        MemoryState::over(Arc::new(database), stream)
    }

    /// Another connection to the same database.
    pub fn connect(&self, stream: &str) -> MemoryState {
        MemoryState::over(self.database.clone(), stream)
    }

    /// The database's clock.
    pub fn now(&self) -> Timestamp {
        let (began, at) = self.database.began;
        at.saturating_add(began.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// A copy of all that is kept.
    pub fn copy(&self) -> Kept {
        self.kept().clone()
    }

    /// Puts a copy back.
    pub fn put_back(&self, kept: Kept) {
        *self.kept() = kept;
    }

    fn over(database: Arc<Database>, stream: &str) -> MemoryState {
        let wake = Arc::new(Notify::new());
        lock(&database.connections).push(Arc::downgrade(&wake));
        MemoryState { database, stream: stream.to_owned(), wake }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.database.kept)
    }

    /// Does something with the stream as it is kept.
    fn stream<T>(&self, act: impl FnOnce(&mut Stream) -> T) -> T {
        act(self.kept().streams.entry(self.stream.clone()).or_default())
    }

    /// Wakes the relays behind all connections.
    fn news(&self) {
        lock(&self.database.connections).retain(|connection| match connection.upgrade() {
            Some(wake) => {
                wake.notify_one();
                true
            }
            None => false,
        });
    }
}

impl Kept {
    /// The ERP account of a stream; one that is not attached yet has one of its own.
    fn account(&self, stream: &str) -> String {
        let attachment = self.streams.get(stream).and_then(|s| s.attachment.as_ref());
        attachment.map_or(stream, |a| a.account.as_str()).to_owned()
    }
}

#[async_trait]
impl State for MemoryState {
    async fn begin(&self, begin: Begin) -> Result<Begun, StateError> {
        let (now, embedded) = (self.now(), self.database.embedded);
        self.stream(|stream| stream.begin(&self.stream, begin, now, embedded))
    }

    async fn renew(&self, epoch: i64) -> Result<(), StateError> {
        let now = self.now();
        self.stream(|stream| stream.keeps(&self.stream, epoch, now))
    }

    async fn end(&self, epoch: i64) -> Result<(), StateError> {
        self.stream(|stream| {
            if stream.epoch == epoch {
                stream.lease_until = None;
            }
        });
        Ok(())
    }

    async fn load(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError> {
        Ok(self.stream(|stream| lookups.into_iter().map(|l| (l.clone(), stream.look_up(&l))).collect()))
    }

    async fn keys(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorKey>)>, StateError> {
        let keys = |rows: Vec<MirrorRow>| rows.into_iter().map(|row| (row.table, row.key)).collect();
        Ok(self.load(lookups).await?.into_iter().map(|(lookup, rows)| (lookup, keys(rows))).collect())
    }

    async fn differing(&self, mut rows: Vec<(MirrorKey, Option<Row>)>) -> Result<Vec<MirrorKey>, StateError> {
        self.stream(|stream| rows.retain(|(key, row)| stream.mirror.get(key).map(|there| &there.row) != row.as_ref()));
        Ok(rows.into_iter().map(|(key, _)| key).collect())
    }

    async fn mirrored(&self) -> Result<BTreeSet<TableId>, StateError> {
        Ok(self.stream(|stream| stream.mirror.keys().map(|(table, _)| *table).collect()))
    }

    async fn rows(&self, table: TableId, after: Option<RowKey>, rows_max: usize) -> Result<Vec<MirrorRow>, StateError> {
        Ok(self.stream(|stream| {
            let behind = |key: &RowKey| after.as_ref().is_none_or(|after| key > after);
            let rows = stream.mirror.iter().filter(|((of, key), _)| *of == table && behind(key)).take(rows_max);
            rows.map(|((table, key), there)| MirrorRow { table: *table, key: key.clone(), row: there.row.clone() })
                .collect()
        }))
    }

    async fn dirty(&self, documents_max: usize) -> Result<DirtyPage, StateError> {
        Ok(self.stream(|stream| stream.dirty(documents_max)))
    }

    async fn prepared(&self, xid: &str, part: u32) -> Result<Option<Vec<RowChange>>, StateError> {
        Ok(self.stream(|stream| stream.prepared.get(&(xid.to_owned(), part)).cloned()))
    }

    async fn told_by(&self) -> Result<Option<String>, StateError> {
        Ok(self.stream(|stream| {
            let told = !stream.opened.is_empty() || stream.outbox.values().any(Entry::told);
            told.then(|| stream.agreed.clone().unwrap_or_else(|| stream.mapping.clone()))
        }))
    }

    async fn load_books(
        &self,
        orders: Vec<String>,
        customers: Vec<String>,
        numbers: Vec<String>,
    ) -> Result<LoadedBooks, StateError> {
        Ok(self.stream(|stream| stream.books(orders, customers, numbers)))
    }

    async fn commit(&self, epoch: i64, commit: Commit) -> Result<Vec<i64>, StateError> {
        let now = self.now();
        let seqs = {
            let mut kept = self.kept();
            let mut draft = kept.streams.get(&self.stream).cloned().unwrap_or_default();
            let mut last_seq = kept.last_seq;
            let seqs = draft.commit(&self.stream, epoch, commit, now, &mut last_seq)?;
            kept.last_seq = last_seq;
            kept.streams.insert(self.stream.clone(), draft);
            seqs
        };
        if !seqs.is_empty() {
            self.news();
        }
        Ok(seqs)
    }

    async fn take_up(&self, look_up_after: Duration) -> Result<(), StateError> {
        let now = self.now();
        let mut kept = self.kept();
        let account = kept.account(&self.stream);
        if let Some(breaker) = kept.breakers.get_mut(&account)
            && breaker.shut_until.is_some()
        {
            breaker.shut_until = Some(now);
        }
        let stream = kept.streams.entry(self.stream.clone()).or_default();
        stream.take_up(now.saturating_add(look_up_after).unwrap_or(now));
        Ok(())
    }

    async fn claim(&self, terms: ClaimTerms) -> Result<Vec<Claimed>, StateError> {
        let now = self.now();
        let mut numbers = lock(&self.database.numbers);
        Ok(self.kept().claim(&self.stream, &terms, now, || numbers.random_range(1..i64::MAX)))
    }

    async fn settle(&self, claimed: &Claimed, transition: Transition, attempt: Attempt) -> Result<Settled, StateError> {
        let now = self.now();
        let settled = self.kept().settle(&self.stream, claimed, &transition, &attempt, now);
        self.news();
        Ok(settled)
    }

    async fn retry(&self, which: Which) -> Result<Vec<String>, StateError> {
        let now = self.now();
        let retried = self.stream(|stream| stream.go_on(now, |e| which.has(e.seq, &e.info.number)));
        self.news();
        Ok(retried)
    }

    async fn skip(&self, which: Which, how: SkipHow, reason: String) -> Result<Vec<Skipped>, StateError> {
        let skipped = {
            let mut kept = self.kept();
            let mut draft = kept.streams.get(&self.stream).cloned().unwrap_or_default();
            let skipped = draft.skip(&which, how, &reason)?;
            kept.streams.insert(self.stream.clone(), draft);
            skipped
        };
        self.news();
        Ok(skipped)
    }

    async fn would_skip(&self, which: Which, how: SkipHow) -> Result<Vec<Skipped>, StateError> {
        self.kept().streams.get(&self.stream).cloned().unwrap_or_default().skip(&which, how, "")
    }

    async fn redeliver(&self, entries: Vec<i64>, look_up_after: Duration) -> Result<Redelivered, StateError> {
        let now = self.now();
        let from = now.saturating_add(look_up_after).unwrap_or(now);
        let redelivered = self.stream(|stream| stream.redeliver(&entries, from));
        self.news();
        Ok(redelivered)
    }

    async fn planned(&self, before: Option<i64>, entries_max: usize) -> Result<Vec<PlannedEntry>, StateError> {
        Ok(self.stream(|stream| {
            let entries = stream.outbox.range(..before.unwrap_or(i64::MAX)).rev().take(entries_max);
            entries.map(|(_, entry)| entry.planned()).collect()
        }))
    }

    async fn customers_before(&self, customers: Vec<String>, from: i64) -> Result<Vec<CustomerRecord>, StateError> {
        Ok(self.stream(|stream| stream.customers_before(customers, from)))
    }

    async fn streams(&self) -> Result<Vec<String>, StateError> {
        Ok(self.kept().streams.keys().map(ToString::to_string).collect())
    }

    async fn position(&self) -> Result<Option<Position>, StateError> {
        Ok(self.kept().streams.get(&self.stream).and_then(|stream| stream.position.clone()))
    }

    async fn gauges(&self) -> Result<Gauges, StateError> {
        let kept = self.kept();
        let mut gauges = kept.gauges(&self.stream);
        gauges.epoch = kept.streams.get(&self.stream).map(|stream| stream.epoch);
        Ok(gauges)
    }

    async fn reserve(&self, endpoint: &str, rate: Rate, requests: u32) -> Result<Duration, StateError> {
        let now = self.now();
        let mut kept = self.kept();
        let key = (kept.account(&self.stream), endpoint.to_owned());
        let (next, wait) = rate.reserve(kept.pace.get(&key).copied(), requests, now);
        kept.pace.insert(key, next);
        Ok(wait)
    }

    async fn prune(&self, age: Duration, entries_max: usize) -> Result<usize, StateError> {
        let before = self.now().saturating_sub(age).unwrap_or(Timestamp::MIN);
        Ok(self.stream(|stream| stream.prune(before, entries_max)))
    }

    async fn items(&self) -> Result<BTreeMap<String, Item>, StateError> {
        Ok(self.stream(|stream| stream.items.clone()))
    }

    async fn add_items(&self, items: BTreeMap<String, Item>) -> Result<Vec<String>, StateError> {
        let now = self.now();
        let released = self.stream(|stream| stream.add_items(items, now));
        self.news();
        Ok(released)
    }

    async fn accounts(&self) -> Result<Vec<CustomerRecord>, StateError> {
        Ok(self.stream(|stream| {
            let ids: BTreeSet<&String> = stream.customers.keys().chain(stream.accounts.keys()).collect();
            ids.into_iter().map(|id| stream.customer(id)).collect()
        }))
    }

    async fn add_accounts(&self, accounts: BTreeMap<String, String>) -> Result<(), StateError> {
        self.stream(|stream| stream.accounts.extend(accounts));
        Ok(())
    }

    async fn forget(&self, named: Named) -> Result<bool, StateError> {
        Ok(self.stream(|stream| match &named {
            Named::Account(customer) => stream.accounts.remove(customer).is_some(),
            Named::Item(sku) => stream.items.remove(sku).is_some(),
        }))
    }

    async fn awaited_items(&self) -> Result<BTreeSet<MissingItem>, StateError> {
        Ok(self.stream(|stream| stream.awaited()))
    }

    async fn release(&self, items: Vec<MissingItem>) -> Result<Vec<String>, StateError> {
        let now = self.now();
        let released = self.stream(|stream| stream.release(&items, now));
        self.news();
        Ok(released)
    }

    async fn attach(&self, attachment: Attachment) -> Result<(), StateError> {
        let mut kept = self.kept();
        let stream = attachment.stream.clone();
        kept.streams.entry(stream).or_default().attachment = Some(attachment);
        Ok(())
    }

    async fn attached_to(&self, account: String) -> Result<Vec<Attachment>, StateError> {
        let kept = self.kept();
        let others = kept.streams.values().filter_map(|s| s.attachment.clone());
        Ok(others.filter(|a| a.account == account && a.stream != self.stream).collect())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StateError> {
        Ok(self.kept().next_due(&self.stream))
    }

    async fn due_in(&self) -> Result<Option<Duration>, StateError> {
        let now = self.now();
        let due = self.kept().next_due(&self.stream);
        Ok(due.map(|due| Duration::try_from(due.duration_since(now)).unwrap_or_default()))
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    async fn summary(&self) -> Result<Summary, StateError> {
        Ok(self.kept().summary(&self.stream))
    }

    async fn list(&self, filter: EntryFilter) -> Result<Vec<EntryInfo>, StateError> {
        Ok(self.stream(|stream| stream.list(&filter)))
    }

    async fn history(&self, seq: i64) -> Result<Option<EntryHistory>, StateError> {
        Ok(self.stream(|stream| stream.outbox.get(&seq).map(Entry::history)))
    }

    async fn undocumented(&self, order: &str) -> Result<Undocumented, StateError> {
        Ok(self.stream(|stream| Undocumented {
            opened: stream.opened.iter().find(|o| o.order == order).cloned(),
            absorbed: stream.absorbed.iter().filter(|o| o.order == order).cloned().collect(),
        }))
    }

    async fn absorbed_of(&self, orders: Vec<String>) -> Result<BTreeSet<String>, StateError> {
        let is_absorbed = |stream: &mut Stream, order: &String| stream.absorbed.iter().any(|o| o.order == *order);
        Ok(self.stream(|stream| orders.into_iter().filter(|order| is_absorbed(stream, order)).collect()))
    }

    async fn under(&self, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError> {
        Ok(self.stream(|stream| stream.under(index, owner)))
    }

    async fn orders_called(&self, called: &str) -> Result<Vec<OrderRecord>, StateError> {
        Ok(self.stream(|stream| {
            stream.orders.values().filter(|o| o.id == called || o.number == called).cloned().collect()
        }))
    }

    async fn held(&self) -> Result<Vec<HeldOrder>, StateError> {
        Ok(self.stream(|stream| stream.listed(|order| order.held.as_ref())))
    }

    async fn orders(&self) -> Result<Vec<OrderRecord>, StateError> {
        Ok(self.stream(|stream| stream.orders.values().cloned().collect()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
