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
use crate::change::{Lookup, MirrorRow, RowChange, RowKey, TableId};
use crate::document::Item;
use crate::outbox::{Claimed, MissingItem, Rate, SkipHow, Transition};
use crate::state::memory::MemoryState;
use crate::state::{
    Attachment, Attempt, Begin, Begun, ClaimTerms, Commit, CustomerRecord, DirtyPage, EntryFilter, EntryHistory,
    EntryInfo, HeldOrder, LoadedBooks, Named, OrderRecord, Settled, Skipped, State, StateError, Summary, Which,
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

    pub fn let_through(&self) {
        self.0.set(0);
    }

    /// Waits until the process goes on.
    pub async fn open(&self) {
        self.0.until(|shut| shut == 0).await;
    }
}

/// The connection.
pub(super) struct Wire {
    pub state: MemoryState,
    pub gate: Gate,
    pub dice: Dice,
    /// How often an older state was put back; a connection does not outlive it.
    pub restored: Arc<AtomicU64>,
    pub since: u64,
    /// Connections are lost so many times in a thousand calls.
    pub losses: Arc<AtomicU64>,
    /// The process is stopped so many times in a thousand calls.
    pub stops: Arc<AtomicU64>,
    pub mistake: Option<Mistake>,
    pub faults: Counts,
}

impl Wire {
    /// On the way there.
    async fn go(&self) -> Result<(), StateError> {
        self.gate.open().await;
        tokio::time::sleep(self.dice.ms(0, 8)).await;
        self.gate.open().await;
        self.pass("before it was done")
    }

    /// On the way back: what was done is done.
    async fn back<T>(&self, answer: Result<T, StateError>) -> Result<T, StateError> {
        self.pass("after it was done")?;
        if self.dice.chance(self.stops.load(Ordering::Relaxed)) {
            self.faults.stop();
            self.gate.shut_for(self.dice.ms(1000, 60_000));
        }
        tokio::time::sleep(self.dice.ms(0, 8)).await;
        self.gate.open().await;
        if self.is_stale() { Err(lost("while it was answered")) } else { answer }
    }

    fn pass(&self, when: &'static str) -> Result<(), StateError> {
        let cut = self.dice.chance(self.losses.load(Ordering::Relaxed));
        self.faults.connection(cut);
        if cut || self.is_stale() { Err(lost(when)) } else { Ok(()) }
    }

    fn is_stale(&self) -> bool {
        self.restored.load(Ordering::Relaxed) != self.since
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
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty = $($by:ident).+;)*) => {
        #[async_trait]
        impl State for Wire {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StateError> {
                self.go().await?;
                let answer = self.$($by).+($($argument),*).await;
                self.back(answer).await
            })*

            fn wake(&self) -> Arc<Notify> {
                self.state.wake()
            }
        }
    };
}

over_the_wire! {
    begin(begin: Begin) -> Begun = begun;
    renew(epoch: i64) -> () = state.renew;
    end(epoch: i64) -> () = state.end;
    load(lookups: Vec<Lookup>) -> Vec<(Lookup, Vec<MirrorRow>)> = state.load;
    mirrored() -> BTreeSet<TableId> = state.mirrored;
    rows(table: TableId, after: Option<RowKey>, rows_max: usize) -> Vec<MirrorRow> = state.rows;
    dirty(documents_max: usize) -> DirtyPage = state.dirty;
    prepared(xid: &str, part: u32) -> Option<Vec<RowChange>> = state.prepared;
    told_by() -> Option<String> = state.told_by;
    load_books(orders: Vec<String>, customers: Vec<String>, numbers: Vec<String>) -> LoadedBooks = state.load_books;
    commit(epoch: i64, commit: Commit) -> Vec<i64> = state.commit;
    take_up(look_up_after: Duration) -> () = taken_up;
    claim(terms: ClaimTerms) -> Vec<Claimed> = claimed;
    settle(claimed: &Claimed, transition: Transition, attempt: Attempt) -> Settled = state.settle;
    retry(which: Which) -> Vec<String> = state.retry;
    skip(which: Which, how: SkipHow, reason: String) -> Vec<Skipped> = state.skip;
    reserve(endpoint: &str, rate: Rate, requests: u32) -> Duration = state.reserve;
    prune(age: Duration, entries_max: usize) -> usize = state.prune;
    items() -> BTreeMap<String, Item> = state.items;
    add_items(items: BTreeMap<String, Item>) -> Vec<String> = state.add_items;
    accounts() -> Vec<CustomerRecord> = state.accounts;
    add_accounts(accounts: BTreeMap<String, String>) -> () = state.add_accounts;
    forget(named: Named) -> bool = state.forget;
    awaited_items() -> BTreeSet<MissingItem> = state.awaited_items;
    release(items: Vec<MissingItem>) -> Vec<String> = state.release;
    attach(attachment: Attachment) -> () = state.attach;
    attached_to(account: String) -> Vec<Attachment> = state.attached_to;
    next_due() -> Option<Timestamp> = state.next_due;
    due_in() -> Option<Duration> = state.due_in;
    summary() -> Summary = state.summary;
    list(filter: EntryFilter) -> Vec<EntryInfo> = state.list;
    history(seq: i64) -> Option<EntryHistory> = state.history;
    orders_called(called: &str) -> Vec<OrderRecord> = state.orders_called;
    held() -> Vec<HeldOrder> = state.held;
    orders() -> Vec<OrderRecord> = state.orders;
}
