//! The left loop: transactions in, one commit out.
//!
//! ```text
//! load what the batch touches  →  advance (pure)  →  commit
//! ```
//!
//! [`advance`] evaluates documents after each source transaction, so that batches of any size plan the same documents. What
//! it needs of the mirror and the ledger it asks for ([`Step::Need`]): the shell loads it and runs `advance` again from the
//! start. Nothing moves until the commit.
//!
//! # The clock, and settling
//!
//! Shops write orders in pieces, each often in its own commit. A document that changed waits until it has been quiet for the
//! profile's settle time, by the capture clock: the binlog's own time, never going back and never ahead of the wall clock.
//! Where the binlog's time is whole seconds, a commit is taken to be as late as it can have been. Once the stream has caught
//! up the wall clock takes over. The id of the last transaction that a plan saw is stored with it (the *cut*).

mod advance;
mod again;
mod books;
mod dirty;
mod opening;
mod rewind;
mod rules;
mod terms;
mod writes;

pub use advance::{Input, Memory, Step, Stop, advance};
use advance::{PLANNED_MAX, plan_before, settled_before};
pub use again::Again;
pub use books::Books;
pub use dirty::Dirty;
use dirty::WINDOW_MAX;
pub use opening::{Decided, Fate, Known, Opened, Opening, decide};
pub use rewind::{Committed, End, Ends, Firsts, Image, Met, PreparedBefore, joined};
pub use rules::{Otherwise, Rule, RuleText, Violation, violations};
pub use terms::{Customers, Policy, Terms};
pub use writes::filled;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::change::{Batch, Lookup, Phase, ServerIdentity, Transaction};
use crate::mapping::{Bound, Slice};
use crate::state::{Commit, DirtyKey, DirtyPage, Session, State, StateError};

/// The cut before a stream's first transaction.
pub const NO_CUT: &str = "-";

/// The left loop's hands: what it remembers between batches, and the state database that it commits to.
pub struct Capture {
    state: Arc<dyn State>,
    bound: Arc<Bound>,
    terms: Arc<Terms>,
    memory: Memory,
    epoch: i64,
    /// Entries planned from older changes are born `unknown`.
    session_began: Timestamp,
    /// When an entry that is born `unknown` may be looked up: an earlier life's request may still take effect until then.
    look_up_from: Timestamp,
    cut: Arc<str>,
    /// The server that the stream goes on at, to be stored with the next position.
    server: Option<ServerIdentity>,
    /// The stream's first transaction is still to come, and the store's orders were not read before it.
    unread: bool,
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stepped {
    /// Documents planned.
    pub planned: usize,
    /// Row changes read.
    pub changes: usize,
}

/// Why capture stops.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The state database failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// The mapping cannot be evaluated at all.
    #[error(transparent)]
    Stop(#[from] Stop),
    /// Its rows were never seen.
    #[error(
        "transaction {transaction} commits the XA transaction {xid}, which was prepared before this stream began; its rows are \
         missing: `ledgertap resync` reads the tables again, with what it has committed"
    )]
    ForeignXa {
        /// The transaction's id.
        transaction: Arc<str>,
        /// The XA transaction's name.
        xid: Arc<str>,
    },
}

impl Capture {
    /// Takes up a session. `look_up_after` is how long an earlier life's requests may still take effect in the ERP.
    pub fn new(
        state: Arc<dyn State>,
        bound: Arc<Bound>,
        terms: Arc<Terms>,
        session: &Session,
        look_up_after: Duration,
    ) -> Self {
        Capture {
            state,
            bound,
            terms,
            memory: Memory::of(session),
            epoch: session.epoch,
            session_began: session.began_at,
            look_up_from: session.began_at.saturating_add(look_up_after).unwrap_or(session.began_at),
            cut: session.cut.as_deref().unwrap_or(NO_CUT).into(),
            server: None,
            unread: session.unread_before.is_some() && session.cut.is_none(),
        }
    }

    /// Notes which server the stream reads from now: it is stored with the next position.
    pub fn read_from(&mut self, server: ServerIdentity) {
        self.server = Some(server);
    }

    /// The transaction of which parts are in the mirror and the last is not: a server that the stream goes on at must have
    /// executed it.
    pub fn begun(&self) -> Option<&str> {
        self.memory.begun.as_deref()
    }

    /// Takes in a batch of transactions. `live` is true once the stream has caught up: then the wall clock counts.
    ///
    /// # Errors
    /// Nothing of the batch is stored where this fails.
    pub async fn batch(&mut self, batch: &Batch, wall: Timestamp, live: bool) -> Result<Stepped, CaptureError> {
        if let [Transaction { id, phase: Phase::XaCommit(xid), .. }] = batch.transactions.as_slice() {
            return self.xa_commit(batch, id, xid, wall, live).await;
        }
        self.step(Some(batch), wall, live).await
    }

    /// The rows that wait under the XA transaction's name, as if they were this transaction's own.
    async fn xa_commit(
        &mut self,
        batch: &Batch,
        id: &Arc<str>,
        xid: &Arc<str>,
        wall: Timestamp,
        live: bool,
    ) -> Result<Stepped, CaptureError> {
        let unknown = || CaptureError::ForeignXa { transaction: id.clone(), xid: xid.clone() };
        let mut changes = self.state.prepared(xid, 0).await?.ok_or_else(unknown)?;
        let mut stepped = Stepped::default();
        for part in 1.. {
            let following = self.state.prepared(xid, part).await?;
            let phase = match (&following, part) {
                (Some(_), _) => Phase::Part,
                (None, 1) => Phase::Whole,
                (None, _) => Phase::LastPart,
            };
            let rows = Transaction { changes, phase, ..batch.transactions[0].clone() };
            let Some(next) = following else {
                // The rows go from under the name in the commit that takes them in.
                let last = Batch { transactions: vec![rows, batch.transactions[0].clone()], ..batch.clone() };
                stepped.add(self.step(Some(&last), wall, live).await?);
                break;
            };
            stepped.add(self.advance(&[rows], None, wall, false).await?);
            changes = next;
        }
        Ok(stepped)
    }

    /// Lets the wall clock plan what has settled.
    ///
    /// # Errors
    /// Nothing is stored where this fails.
    pub async fn tick(&mut self, wall: Timestamp) -> Result<Stepped, CaptureError> {
        if self.memory.begun.is_some() {
            return Ok(Stepped::default());
        }
        self.step(None, wall, true).await
    }

    /// What planning these orders comes to, from the mirror as it is, as if all of them had settled; nothing is stored.
    ///
    /// # Errors
    /// The state database's, and a row that cannot be evaluated at all.
    pub async fn replan(&mut self, orders: &[String], wall: Timestamp) -> Result<Box<Commit>, CaptureError> {
        let settle = self.bound.settings().settle;
        let since = wall.saturating_sub(settle).unwrap_or(wall);
        let documents = orders.iter().map(|id| (DirtyKey::Order(id.clone()), since)).collect();
        let memory = Memory {
            clock: wall,
            dirty: Dirty::of(DirtyPage { documents, more_from: None }),
            waiting: self.memory.waiting.clone(),
            begun: None,
        };
        let kept = std::mem::replace(&mut self.memory, memory);
        let input = self.input(&[], wall, true);
        let planned = self.run(&input, false).await;
        self.memory = kept;
        planned.map(|(_, commit)| commit)
    }

    /// When the next document will have settled; `None` where nothing waits.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.memory.next_due(self.bound.settings().settle)
    }

    /// How many documents wait for their settle time.
    pub fn settling(&self) -> usize {
        self.memory.dirty.len()
    }

    /// Has enough of the documents that changed in memory, where there are more of them than it holds.
    async fn widen(&mut self, documents_max: usize) -> Result<(), StateError> {
        self.memory.dirty = Dirty::of(self.state.dirty(documents_max).await?);
        Ok(())
    }

    async fn step(&mut self, batch: Option<&Batch>, wall: Timestamp, live: bool) -> Result<Stepped, CaptureError> {
        let transactions = batch.map_or(&[][..], |b| &b.transactions);
        self.advance(transactions, batch, wall, live).await
    }

    /// Takes in transactions, and commits; with a batch the position moves.
    ///
    /// Where a person changed the outbox meanwhile, all of it is done again.
    async fn advance(
        &mut self,
        transactions: &[Transaction],
        batch: Option<&Batch>,
        wall: Timestamp,
        live: bool,
    ) -> Result<Stepped, CaptureError> {
        let mut planned = 0;
        loop {
            match self.advance_once(transactions, batch, wall, live, &mut planned).await {
                Err(CaptureError::State(StateError::Moved { .. })) => {}
                Err(error) => return Err(error),
                Ok(stepped) => return Ok(Stepped { planned: stepped.planned + planned, ..stepped }),
            }
        }
    }

    async fn advance_once(
        &mut self,
        transactions: &[Transaction],
        batch: Option<&Batch>,
        wall: Timestamp,
        live: bool,
        before: &mut usize,
    ) -> Result<Stepped, CaptureError> {
        let mut stepped = Stepped::default();
        loop {
            if self.memory.dirty.is_short() {
                self.widen(WINDOW_MAX).await?;
            }
            let input = self.input(transactions, wall, live);
            if settled_before(&self.bound, &self.memory, &input) <= PLANNED_MAX {
                break;
            }
            let (memory, commit) = self.run(&input, true).await?;
            let planned = commit.outbox.len();
            self.commit(commit, memory).await?;
            *before += planned;
        }
        let input = self.input(transactions, wall, live);
        let (memory, mut commit) = self.run(&input, false).await?;
        commit.position = batch.map(|b| b.position.clone());
        commit.shapes = batch.and_then(|b| b.shapes.clone());
        commit.cut = transactions.last().map(|t| t.id.to_string());
        if self.unread {
            commit.unread_before = transactions.first().map(|t| t.committed_at);
        }
        if commit.position.is_some() {
            commit.server.clone_from(&self.server);
        }
        stepped.planned += commit.outbox.len();
        stepped.changes = transactions.iter().map(|t| t.changes.len()).sum();
        let moved = commit.position.is_some()
            || commit.begun.is_some()
            || !commit.outbox.is_empty()
            || !commit.clean.is_empty()
            || commit.dirty_not_after.is_some()
            || !commit.orders.is_empty();
        let positioned = commit.position.is_some();
        if moved {
            self.commit(commit, memory).await?;
            if positioned {
                self.server = None;
            }
        } else {
            self.memory = memory;
        }
        if let Some(last) = transactions.last() {
            self.unread = false;
            self.cut = last.id.clone();
        }
        Ok(stepped)
    }

    fn input<'a>(&self, transactions: &'a [Transaction], wall: Timestamp, live: bool) -> Input<'a> {
        Input {
            transactions,
            terms: self.terms.clone(),
            cut: self.cut.clone(),
            wall,
            live,
            session_began: self.session_began,
            look_up_from: self.look_up_from,
        }
    }

    /// Runs the pure part as often as it takes to load what it needs.
    async fn run(&mut self, input: &Input<'_>, before: bool) -> Result<(Memory, Box<Commit>), CaptureError> {
        let mut slice = Slice::new();
        let mut books = Books::default();
        let mut window = WINDOW_MAX;
        loop {
            let step = if before {
                plan_before(&self.bound, &self.memory, &mut slice, &books, input)
            } else {
                advance(&self.bound, &self.memory, &mut slice, &books, input)?
            };
            match step {
                Step::Done { memory, commit } => return Ok((memory, commit)),
                Step::Need { lookups, orders, customers, numbers, dirty } => {
                    if dirty {
                        window *= 2;
                        self.widen(window).await?;
                    }
                    let asked = [orders, customers, numbers];
                    self.load(&mut slice, &mut books, lookups, asked).await?;
                }
            }
        }
    }

    async fn commit(&mut self, mut commit: Box<Commit>, memory: Memory) -> Result<(), CaptureError> {
        commit.mapping = self.bound.version().to_owned();
        self.state.commit(self.epoch, *commit).await?;
        self.memory = memory;
        Ok(())
    }

    async fn load(
        &self,
        slice: &mut Slice,
        books: &mut Books,
        lookups: BTreeSet<Lookup>,
        asked: [BTreeSet<String>; 3],
    ) -> Result<(), StateError> {
        if !lookups.is_empty() {
            for (lookup, rows) in self.state.load(lookups.into_iter().collect()).await? {
                slice.fill(lookup, rows);
            }
        }
        if asked.iter().any(|a| !a.is_empty()) {
            let [orders, customers, numbers] = asked.map(|a| a.into_iter().collect());
            books.fill(self.state.load_books(orders, customers, numbers).await?);
        }
        slice.restart();
        Ok(())
    }
}

impl Stepped {
    fn add(&mut self, other: Stepped) {
        self.planned += other.planned;
        self.changes += other.changes;
    }
}

impl Memory {
    fn of(session: &Session) -> Memory {
        let begun = session.begun.as_deref().map(Arc::from);
        let dirty = Dirty::of(session.dirty.clone());
        let mut memory = Memory { clock: session.clock, begun, dirty, ..Memory::default() };
        for (order, customer) in &session.waiting {
            memory.waiting.entry(customer.clone()).or_default().insert(order.clone());
        }
        memory
    }

    fn next_due(&self, settle: Duration) -> Option<Timestamp> {
        self.dirty.first().map(|since| since.saturating_add(settle).unwrap_or(since))
    }
}
