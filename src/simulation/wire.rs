//! One process's connection to the state database, and what may happen to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::Notify;

use super::dice::Dice;
use super::{Counts, Mistake};
use crate::change::{Lookup, MirrorRow, Position, Row, RowChange, RowKey, TableId};
use crate::document::Item;
use crate::outbox::{Claimed, MissingItem, Rate, SkipHow, Transition};
use crate::state::memory::MemoryState;
use crate::state::{
    Attachment, Attempt, Begin, Begun, ClaimTerms, Commit, CustomerRecord, DirtyPage, EntryFilter, EntryHistory,
    EntryInfo, Gauges, HeldOrder, LoadedBooks, MirrorKey, Named, OrderRecord, PlannedEntry, Redelivered, RowUnder,
    Settled, Skipped, State, StateError, Summary, Undocumented, Which,
};

/// A number that changes, and that many may wait for; they are woken in the order in which they came, whereas a channel of
/// tokio's draws lots.
#[derive(Default)]
pub(super) struct Signal {
    value: AtomicU64,
    changed: Notify,
}

impl Signal {
    pub fn set(&self, value: u64) {
        self.value.store(value, Ordering::Relaxed);
        self.changed.notify_waiters();
    }

    pub fn get(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }

    /// Waits until it is so.
    pub async fn until(&self, so: impl Fn(u64) -> bool) {
        while !so(self.get()) {
            self.changed.notified().await;
        }
    }
}

/// What a stopped process (SIGSTOP) does not get past.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<Signal>);

impl Gate {
    /// Stops the process for a while.
    pub fn shut_for(&self, pause: Duration) {
        let gate = self.clone();
        gate.0.set(1);
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            gate.let_through();
        });
    }

    pub fn is_shut(&self) -> bool {
        self.0.get() != 0
    }

    fn let_through(&self) {
        self.0.set(0);
    }

    /// Waits until the process goes on.
    pub async fn open(&self) {
        self.0.until(|shut| shut == 0).await;
    }
}

/// A connection of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Claims,
    Rest,
}

/// The connections of one process.
pub(super) struct Wire {
    pub state: MemoryState,
    pub gate: Gate,
    pub dice: Dice,
    /// How often an older state was put back; a connection does not outlive it.
    pub restored: Arc<AtomicU64>,
    /// The same as each line of this process has it: one for claims, one for the rest, made again when they are lost.
    pub since: [AtomicU64; 2],
    /// Connections are lost so many times in a thousand calls.
    pub losses: Arc<AtomicU64>,
    /// The process is stopped so many times in a thousand calls.
    pub stops: Arc<AtomicU64>,
    pub mistake: Option<Mistake>,
    pub faults: Counts,
}

impl Wire {
    /// On the way there.
    async fn go(&self, line: Line) -> Result<(), StateError> {
        self.gate.open().await;
        tokio::time::sleep(self.dice.ms(0, 15)).await;
        self.gate.open().await;
        self.pass(line, "before it was done")
    }

    /// On the way back: what was done is done.
    async fn back<T>(&self, line: Line, answer: Result<T, StateError>) -> Result<T, StateError> {
        self.pass(line, "after it was done")?;
        if self.dice.chance(self.stops.load(Ordering::Relaxed)) {
            self.faults.stop();
            self.gate.shut_for(self.dice.ms(1000, 120_000));
        }
        if self.dice.chance(300) {
            tokio::time::sleep(self.dice.ms(1, 15)).await;
        }
        self.gate.open().await;
        if self.is_stale(line) { Err(lost("while it was answered")) } else { answer }
    }

    fn pass(&self, line: Line, when: &'static str) -> Result<(), StateError> {
        let cut = self.dice.chance(self.losses.load(Ordering::Relaxed));
        self.faults.connection(cut);
        if self.is_stale(line) || cut { Err(lost(when)) } else { Ok(()) }
    }

    /// True once after an older state was put back.
    fn is_stale(&self, line: Line) -> bool {
        let now = self.restored.load(Ordering::Relaxed);
        self.since[line as usize].swap(now, Ordering::Relaxed) != now
    }

    async fn claimed(&self, terms: ClaimTerms) -> Result<Vec<Claimed>, StateError> {
        let mut claimed = self.state.claim(terms).await?;
        if self.mistake == Some(Mistake::SentIsForgotten) {
            claimed.iter_mut().for_each(|c| c.maybe_sent = false);
        }
        Ok(claimed)
    }

    async fn taken_up(&self, look_up_after: Duration) -> Result<(), StateError> {
        match self.mistake {
            Some(Mistake::NoDoubt) => Ok(()),
            _ => self.state.take_up(look_up_after).await,
        }
    }

    async fn begun(&self, begin: Begin) -> Result<Begun, StateError> {
        let begun = self.state.begin(begin).await?;
        Ok(match begun {
            // As if nothing could have been sent by an earlier life.
            Begun::Session(mut session) if self.mistake == Some(Mistake::BornPending) => {
                session.began_at = Timestamp::MIN;
                Begun::Session(session)
            }
            other => other,
        })
    }
}

fn lost(when: &'static str) -> StateError {
    StateError::Lost { action: "a simulated call", source: when.into() }
}

macro_rules! over_the_wire {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty = $($by:ident).+ over $line:ident;)*) => {
        #[async_trait]
        impl State for Wire {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StateError> {
                self.go(Line::$line).await?;
                let answer = self.$($by).+($($argument),*).await;
                self.back(Line::$line, answer).await
            })*

            fn wake(&self) -> Arc<Notify> {
                self.state.wake()
            }
        }
    };
}

over_the_wire! {
    begin(begin: Begin) -> Begun = begun over Rest;
    renew(epoch: i64) -> () = state.renew over Rest;
    end(epoch: i64) -> () = state.end over Rest;
    load(lookups: Vec<Lookup>) -> Vec<(Lookup, Vec<MirrorRow>)> = state.load over Rest;
    keys(lookups: Vec<Lookup>) -> Vec<(Lookup, Vec<MirrorKey>)> = state.keys over Rest;
    differing(rows: Vec<(MirrorKey, Option<Row>)>) -> Vec<MirrorKey> = state.differing over Rest;
    mirrored() -> BTreeSet<TableId> = state.mirrored over Rest;
    rows(table: TableId, after: Option<RowKey>, rows_max: usize) -> Vec<MirrorRow> = state.rows over Rest;
    dirty(documents_max: usize) -> DirtyPage = state.dirty over Rest;
    prepared(xid: &str, part: u32) -> Option<Vec<RowChange>> = state.prepared over Rest;
    told_by() -> Option<String> = state.told_by over Rest;
    load_books(orders: Vec<String>, customers: Vec<String>, numbers: Vec<String>) -> LoadedBooks = state.load_books over Rest;
    commit(epoch: i64, commit: Commit) -> Vec<i64> = state.commit over Rest;
    take_up(look_up_after: Duration) -> () = taken_up over Claims;
    claim(terms: ClaimTerms) -> Vec<Claimed> = claimed over Claims;
    settle(claimed: &Claimed, transition: Transition, attempt: Attempt) -> Settled = state.settle over Rest;
    retry(which: Which) -> Vec<String> = state.retry over Rest;
    skip(which: Which, how: SkipHow, reason: String) -> Vec<Skipped> = state.skip over Rest;
    redeliver(entries: Vec<i64>, look_up_after: Duration) -> Redelivered = state.redeliver over Rest;
    planned(before: Option<i64>, entries_max: usize) -> Vec<PlannedEntry> = state.planned over Rest;
    customers_before(customers: Vec<String>, from: i64) -> Vec<CustomerRecord> = state.customers_before over Rest;
    reserve(endpoint: &str, rate: Rate, requests: u32) -> Duration = state.reserve over Rest;
    prune(age: Duration, entries_max: usize) -> usize = state.prune over Rest;
    items() -> BTreeMap<String, Item> = state.items over Rest;
    add_items(items: BTreeMap<String, Item>) -> Vec<String> = state.add_items over Rest;
    accounts() -> Vec<CustomerRecord> = state.accounts over Rest;
    add_accounts(accounts: BTreeMap<String, String>) -> () = state.add_accounts over Rest;
    forget(named: Named) -> bool = state.forget over Rest;
    awaited_items() -> BTreeSet<MissingItem> = state.awaited_items over Rest;
    release(items: Vec<MissingItem>) -> Vec<String> = state.release over Rest;
    attach(attachment: Attachment) -> () = state.attach over Rest;
    attached_to(account: String) -> Vec<Attachment> = state.attached_to over Rest;
    next_due() -> Option<Timestamp> = state.next_due over Rest;
    due_in() -> Option<Duration> = state.due_in over Rest;
    summary() -> Summary = state.summary over Rest;
    list(filter: EntryFilter) -> Vec<EntryInfo> = state.list over Rest;
    history(seq: i64) -> Option<EntryHistory> = state.history over Rest;
    undocumented(order: &str) -> Undocumented = state.undocumented over Rest;
    absorbed_of(orders: Vec<String>) -> BTreeSet<String> = state.absorbed_of over Rest;
    under(index: &str, owner: &str) -> Vec<RowUnder> = state.under over Rest;
    orders_called(called: &str) -> Vec<OrderRecord> = state.orders_called over Rest;
    held() -> Vec<HeldOrder> = state.held over Rest;
    orders() -> Vec<OrderRecord> = state.orders over Rest;
    would_skip(which: Which, how: SkipHow) -> Vec<Skipped> = state.would_skip over Rest;
    streams() -> Vec<String> = state.streams over Rest;
    gauges() -> Gauges = state.gauges over Rest;
    position() -> Option<Position> = state.position over Rest;
}
