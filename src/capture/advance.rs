//! `advance`: from transactions and what is known to one commit; pure.

mod customers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use self::customers::Ensured;
use super::books::{Books, CustomerEntry, Draft};
use super::dirty::Dirty;
use super::rules::{Otherwise, violations};
use super::terms::{Terms, moved};
use super::writes::writes;
use crate::change::{Changed, Lookup, Phase, RowChange, Transaction};
use crate::document::{Document, OrderState, OrderView};
use crate::ledger::{Context, Held, Outcome, Plan, plan};
use crate::mapping::{Bound, EvalError, Loaded, Slice};
use crate::outbox::{Dependency, EntryState, Lane, NewEntry};
use crate::state::{Commit, DirtyKey, MirrorWrite, OrderRecord, PreparedPart};

/// The coarsest clock that a store's commits have.
const COARSE: SignedDuration = SignedDuration::from_secs(1);

/// The index of an order's own row.
const ORDER_ID: &str = "order.id";

/// What capture remembers between batches; all of it is in the state database, too.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// The capture clock.
    pub clock: Timestamp,
    /// Documents that changed and are not planned yet.
    pub dirty: Dirty,
    /// Orders that are held until their customer is in the mirror: customer → orders.
    pub waiting: BTreeMap<String, BTreeSet<String>>,
    /// The transaction of which parts are in the mirror and the last is not. Nothing is planned before that has come.
    pub begun: Option<Arc<str>>,
}

/// One batch, and the time.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Whole transactions in binlog order.
    pub transactions: &'a [Transaction],
    /// How documents are made.
    pub terms: Arc<Terms>,
    /// The id of the transaction before the first of them.
    pub cut: Arc<str>,
    /// The wall clock.
    pub wall: Timestamp,
    /// True once the stream has caught up.
    pub live: bool,
    /// When this capture session began.
    pub session_began: Timestamp,
    /// When an entry that is born `unknown` may be looked up.
    pub look_up_from: Timestamp,
}

/// How far a run of [`advance`] came.
#[must_use]
#[derive(Debug)]
pub enum Step {
    /// These are needed first; nothing was done.
    Need {
        /// Of the mirror.
        lookups: BTreeSet<Lookup>,
        /// Of the ledger, orders.
        orders: BTreeSet<String>,
        /// Of the ledger, customers.
        customers: BTreeSet<String>,
        /// Of the ledger, order numbers.
        numbers: BTreeSet<String>,
        /// More of the documents that changed.
        dirty: bool,
    },
    /// Commit this, then remember that.
    Done {
        /// What to remember.
        memory: Memory,
        /// What to write; without its position.
        commit: Box<Commit>,
    },
}

/// A change whose documents cannot even be named: the stream stops.
#[derive(Debug, thiserror::Error)]
#[error("transaction {transaction}: {error}")]
pub struct Stop {
    /// The transaction's id.
    pub transaction: Arc<str>,
    /// Where and why.
    pub error: EvalError,
}

/// Plans the documents of a batch. See the module's essay.
///
/// # Errors
/// A [`Stop`] where a row's order or customer cannot be evaluated.
pub fn advance(
    bound: &Bound,
    memory: &Memory,
    slice: &mut Slice,
    books: &Books,
    input: &Input<'_>,
) -> Result<Step, Stop> {
    let mut run = Run::over(bound, memory, slice, books, input);
    run.set_back();
    for transaction in input.transactions {
        run.transaction(transaction)?;
    }
    if input.live {
        run.memory.clock = run.memory.clock.max(input.wall);
        // The rest is due at once: the next tick plans it.
        run.plan_some(PLANNED_MAX);
    }
    Ok(run.end())
}

/// How many documents one step plans before a batch begins; more of them, after a transaction that touched very many, are
/// planned in steps of their own.
pub(super) const PLANNED_MAX: usize = 500;

/// Plans at most [`PLANNED_MAX`] of the documents that have settled before the first of the input's transactions, which it does
/// not take in. Planning them there would give the same documents, all at once.
pub(super) fn plan_before(bound: &Bound, memory: &Memory, slice: &mut Slice, books: &Books, input: &Input<'_>) -> Step {
    let mut run = Run::over(bound, memory, slice, books, input);
    run.set_back();
    run.memory.clock = run.memory.clock.max(next_clock(memory, input));
    run.plan_some(PLANNED_MAX);
    run.end()
}

/// Plans these documents, by key, over a slice whose changes are no writes of this run.
pub(super) fn plan_these(
    bound: &Bound,
    documents: &BTreeMap<DirtyKey, Timestamp>,
    slice: &mut Slice,
    books: &Books,
    input: &Input<'_>,
) -> Step {
    let memory = Memory { clock: input.wall, ..Memory::default() };
    let mut run = Run::over(bound, &memory, slice, books, input);
    documents.iter().for_each(|(key, since)| run.plan_one(key, *since));
    run.planned()
}

/// How many documents have settled before the first of the input's transactions.
pub(super) fn settled_before(bound: &Bound, memory: &Memory, input: &Input<'_>) -> usize {
    if memory.begun.is_some() {
        return 0;
    }
    let settle = SignedDuration::try_from(bound.settings().settle).unwrap_or(SignedDuration::MAX);
    let clock = memory.clock.min(input.wall).max(next_clock(memory, input));
    memory.dirty.settled(clock, settle)
}

/// The capture clock as the first transaction finds it, or as the wall clock moves it.
fn next_clock(memory: &Memory, input: &Input<'_>) -> Timestamp {
    let next = input.transactions.first().map(|t| committed(t, input.wall).0);
    next.or(input.live.then_some(input.wall)).unwrap_or(memory.clock.min(input.wall))
}

struct Run<'a> {
    bound: &'a Bound,
    slice: &'a mut Slice,
    books: Draft<'a>,
    memory: Memory,
    /// More documents have settled than the memory's window shows.
    short: bool,
    commit: Commit,
    cut: Arc<str>,
    input: &'a Input<'a>,
}

/// What planning one document came to.
enum Planned {
    /// Something has to be loaded first.
    Missing,
    Done,
}

impl<'a> Run<'a> {
    fn over(
        bound: &'a Bound,
        memory: &Memory,
        slice: &'a mut Slice,
        books: &'a Books,
        input: &'a Input<'a>,
    ) -> Run<'a> {
        Run {
            bound,
            slice,
            books: Draft::over(books),
            memory: memory.clone(),
            short: false,
            commit: Commit::default(),
            cut: input.cut.clone(),
            input,
        }
    }

    /// A wall clock that was ahead and has been mended takes the capture clock, and what waits by it, back with it: otherwise
    /// nothing would settle until the mended clock has caught up.
    fn set_back(&mut self) {
        let wall = self.input.wall;
        if self.memory.clock <= wall {
            return;
        }
        self.memory.clock = wall;
        self.memory.dirty.set_back(wall);
    }

    fn transaction(&mut self, transaction: &Transaction) -> Result<(), Stop> {
        let (earliest, latest) = committed(transaction, self.input.wall);
        self.memory.clock = self.memory.clock.max(earliest);
        self.plan_settled();
        self.memory.clock = self.memory.clock.max(latest);
        match &transaction.phase {
            Phase::Whole | Phase::Part | Phase::LastPart => self.apply(transaction)?,
            Phase::Prepared { xid, part } => self.commit.prepared.push(PreparedPart {
                xid: xid.to_string(),
                part: *part,
                changes: transaction.changes.clone(),
            }),
            Phase::XaCommit(xid) | Phase::XaRollback(xid) => self.commit.xa_ended.push(xid.to_string()),
        }
        let ours = self.memory.begun.as_ref() == Some(&transaction.id);
        match &transaction.phase {
            Phase::Part => self.memory.begun = Some(transaction.id.clone()),
            Phase::Whole | Phase::LastPart if ours => self.memory.begun = None,
            _ => {}
        }
        self.cut = transaction.id.clone();
        if self.bound.settings().settle.is_zero() {
            self.plan_settled();
        }
        Ok(())
    }

    fn apply(&mut self, transaction: &Transaction) -> Result<(), Stop> {
        let stop = |error| Stop { transaction: transaction.id.clone(), error };
        self.slice.begin(Changed { transaction: transaction.id.clone(), at: transaction.committed_at });
        for change in &transaction.changes {
            self.note_older(change).map_err(stop)?;
            let mut dirty = BTreeSet::new();
            self.touched(change.table, change.before.as_ref(), &mut dirty).map_err(stop)?;
            self.slice.apply(self.bound, change).map_err(stop)?;
            self.touched(change.table, change.after.as_ref(), &mut dirty).map_err(stop)?;
            // An UPDATE of columns that no SELECT uses changes no document.
            let same = change.before == change.after;
            if same {
                dirty.retain(|key| self.is_waited_for(key));
            }
            for key in dirty {
                self.memory.dirty.soil(key, self.memory.clock);
            }
        }
        Ok(())
    }

    /// An order whose header changes and was never read is older than the stream: whether the ERP has it is not known.
    fn note_older(&mut self, change: &RowChange) -> Result<(), EvalError> {
        let (Some(before), Some(_)) = (&change.before, &change.after) else { return Ok(()) };
        for owner in self.bound.owners(change.table, before)?.into_iter().filter(|o| o.index == ORDER_ID) {
            let key = self.bound.footprint().tables[change.table].key_of(before);
            if let Loaded::Ready(None) = self.slice.row(change.table, key)
                && let Some(mut record) = self.books.order(&owner.owner)
                && !record.told.was_told()
            {
                record.older = true;
                self.books.orders.insert(record.id.clone(), record);
            }
        }
        Ok(())
    }

    /// The documents that a row is a part of.
    fn touched(
        &mut self,
        table: usize,
        row: Option<&crate::change::Row>,
        dirty: &mut BTreeSet<DirtyKey>,
    ) -> Result<(), EvalError> {
        let Some(row) = row else { return Ok(()) };
        let Loaded::Ready(touched) = self.bound.touched(table, row, self.slice) else { return Ok(()) };
        let touched = touched?;
        dirty.extend(touched.orders.into_iter().map(DirtyKey::Order));
        for refund in touched.refunds {
            if let Loaded::Ready(order) = self.bound.order_of_refund(&refund, self.slice) {
                dirty.extend(order?.map(DirtyKey::Order));
            }
        }
        for customer in touched.customers {
            if let Some(orders) = self.memory.waiting.get(&customer) {
                dirty.extend(orders.iter().cloned().map(DirtyKey::Order));
            }
            dirty.insert(DirtyKey::Customer(customer));
        }
        Ok(())
    }

    /// True for an order that is held until its customer is in the mirror.
    fn is_waited_for(&self, key: &DirtyKey) -> bool {
        matches!(key, DirtyKey::Order(id) if self.memory.waiting.values().any(|orders| orders.contains(id)))
    }

    /// Plans every document that has been quiet for the settle time, by key.
    fn plan_settled(&mut self) {
        self.plan_some(usize::MAX);
    }

    fn plan_some(&mut self, max: usize) {
        // The mirror holds a part of a transaction: what it says now the store never said.
        if self.memory.begun.is_some() {
            return;
        }
        let settle = SignedDuration::try_from(self.bound.settings().settle).unwrap_or(SignedDuration::MAX);
        let Some(due) = self.memory.dirty.take_settled(self.memory.clock, settle, max) else {
            // The run is repeated with more of them.
            self.short = true;
            return;
        };
        due.iter().for_each(|(key, since)| self.plan_one(key, *since));
    }

    fn plan_one(&mut self, key: &DirtyKey, since: Timestamp) {
        // What is missing is noted where it is asked for; the run is repeated once it is loaded.
        let _: Planned = match key {
            DirtyKey::Customer(id) => self.customer(id, since),
            DirtyKey::Order(id) => self.order(id, since),
        };
    }

    fn order(&mut self, id: &str, since: Timestamp) -> Planned {
        let Some(mut record) = self.books.order(id) else { return Planned::Missing };
        let view = match self.bound.order(id, self.slice) {
            Loaded::Missing => return Planned::Missing,
            Loaded::Ready(Ok(view)) => view,
            Loaded::Ready(Err(error)) => {
                self.hold(record, Held::new(error.to_string()), None);
                return Planned::Done;
            }
        };
        let Some(view) = view else {
            if record.told.is_live() {
                let reason = "it is gone from the store after it was told to the ERP; a deletion is not a cancellation";
                self.hold(record, Held::new(reason), None);
            } else if record.held.is_some() {
                self.release(record);
            }
            return Planned::Done;
        };
        record.number.clone_from(&view.number);
        let warned = view.warnings.iter().chain(&record.told.warned).cloned();
        let warnings: Vec<String> = warned.chain(moved(&record.told, &view.customer)).collect();
        let warning = (!warnings.is_empty()).then(|| warnings.join("; "));
        let warned_anew = record.warning != warning;
        record.warning = warning;
        if warned_anew {
            self.books.orders.insert(record.id.clone(), record.clone());
        }
        self.compare(record, &view, since)
    }

    /// Plans the difference between what was told of an order and what the store says.
    fn compare(&mut self, record: OrderRecord, view: &OrderView, since: Timestamp) -> Planned {
        if record.older && view.state != OrderState::Open {
            let reason = "it is older than the stream's beginning, and whether the ERP has it is not known: enter there by hand \
                          what it lacks";
            self.hold(record, Held::new(reason), None);
            return Planned::Done;
        }
        // Only a first telling uses the customer.
        let terms = &*self.input.terms;
        let context =
            Context { customer: String::new(), buyer: None, event_date: self.day(since), numbering: &terms.numbering };
        let (record, rebased) = self.rebased(record, view, &context);
        let planned = match plan(&record.told, view, &context) {
            Outcome::Nothing => {
                if record.held.is_some() || rebased {
                    self.release(record);
                }
                return Planned::Done;
            }
            Outcome::Noted(told) => {
                self.release(OrderRecord { told, ..record });
                return Planned::Done;
            }
            Outcome::Held(held) => {
                self.hold(record, held, None);
                return Planned::Done;
            }
            Outcome::Planned(_) if record.told.is_live() && record.told.customer.is_empty() => {
                return self.first_note(record, view, context, since);
            }
            Outcome::Planned(planned) if record.told.is_live() => {
                let _: bool = self.tell_order(record, planned, since, None);
                return Planned::Done;
            }
            Outcome::Planned(planned) => planned,
        };
        let number = planned.told.original.clone();
        match self.books.told_under(&number) {
            None => return Planned::Missing,
            Some(Some(other)) if other != record.id => {
                let reason = format!(
                    "its number {number} was told to the ERP for another order, which has the key {other} in the store"
                );
                self.hold(record, Held::new(reason), None);
                return Planned::Done;
            }
            Some(_) => {}
        }
        let (entries, known) = (self.commit.outbox.len(), self.books.customers.contains_key(&view.customer));
        let (planned, dependency) = match self.ensure_customer(&view.customer, since) {
            Ensured::Missing => return Planned::Missing,
            Ensured::Absent(reason) => {
                self.hold(record, Held::new(reason), Some(view.customer.clone()));
                return Planned::Done;
            }
            Ensured::Account { number, buyer, dependency } => (planned.told_of(&number, buyer.as_deref()), dependency),
        };
        let id = record.id.clone();
        if self.tell_order(record, planned, since, dependency) {
            self.books.numbers.insert(number, id);
        } else if !known {
            // An order that a rule holds tells no customer.
            self.commit.outbox.truncate(entries);
            self.books.customers.remove(&view.customer);
        }
        Planned::Done
    }

    /// The order as it was told before its last documents, where the ERP certainly lacks them and the store says something else
    /// by now: what is planned from there takes their place. True where it is so.
    fn rebased(&mut self, record: OrderRecord, view: &OrderView, context: &Context<'_>) -> (OrderRecord, bool) {
        let Some(lacking) = self.books.lacking(&record.id) else { return (record, false) };
        let differs = matches!(plan(&record.told, view, context), Outcome::Planned(_));
        if !differs || matches!(plan(&lacking.told, view, context), Outcome::Held(_)) {
            return (record, false);
        }
        let from = lacking.from;
        let before = OrderRecord { told: lacking.told.clone(), ..record };
        self.books.superseded.insert(before.id.clone(), from);
        (before, true)
    }

    /// Tells the documents of a plan; false where a rule holds the order instead.
    fn tell_order(
        &mut self,
        mut record: OrderRecord,
        planned: Plan,
        since: Timestamp,
        first: Option<Dependency>,
    ) -> bool {
        let lane = Lane::Order(record.id.clone());
        let terms = &*self.input.terms;
        let mut parked = Vec::with_capacity(planned.documents.len());
        let mut warnings: Vec<String> = Vec::new();
        for document in &planned.documents {
            let mut park = None;
            for violation in violations(&terms.rules, document) {
                match violation.otherwise {
                    Otherwise::Hold => {
                        self.hold(record, Held::new(violation.message), None);
                        return false;
                    }
                    Otherwise::Park => park = park.or(Some(violation.message)),
                    Otherwise::Warn => warnings.push(violation.message),
                }
            }
            parked.push(park);
        }
        let before = std::mem::replace(&mut record.told, planned.told);
        if !planned.documents.is_empty() {
            self.commit.told_before.push((self.commit.outbox.len(), before));
        }
        for (document, park) in planned.documents.into_iter().zip(parked) {
            let entry = self.push(lane.clone(), document, first, since);
            if let Some(message) = park {
                let entry = &mut self.commit.outbox[entry];
                (entry.state, entry.said) = (EntryState::Parked, Some(message));
            }
        }
        if !warnings.is_empty() {
            record.warning =
                Some(record.warning.into_iter().chain(warnings.iter().cloned()).collect::<Vec<_>>().join("; "));
            record.told.warned.extend(warnings);
        }
        self.release(record);
        true
    }

    fn push(&mut self, lane: Lane, document: Document, depends_on: Option<Dependency>, since: Timestamp) -> usize {
        // A change's time may be up to a second later than its commit was.
        let old = since < self.input.session_began.saturating_add(COARSE).unwrap_or(since);
        let (state, not_before) = if old {
            (EntryState::Unknown, self.input.look_up_from)
        } else {
            (EntryState::Pending, Timestamp::UNIX_EPOCH)
        };
        self.commit.outbox.push(NewEntry {
            lane,
            document,
            depends_on,
            state,
            not_before,
            said: None,
            cut: self.cut.to_string(),
            changed_at: since,
        });
        self.commit.outbox.len() - 1
    }

    fn hold(&mut self, mut record: OrderRecord, held: Held, waits_for: Option<String>) {
        self.forget_waiting(&record);
        if let Some(customer) = &waits_for {
            self.memory.waiting.entry(customer.clone()).or_default().insert(record.id.clone());
        }
        record.held = Some(held.to_string());
        record.waits_for = waits_for;
        self.books.orders.insert(record.id.clone(), record);
    }

    fn release(&mut self, mut record: OrderRecord) {
        self.forget_waiting(&record);
        record.held = None;
        record.waits_for = None;
        self.books.orders.insert(record.id.clone(), record);
    }

    fn forget_waiting(&mut self, record: &OrderRecord) {
        let Some(customer) = &record.waits_for else { return };
        if let Some(orders) = self.memory.waiting.get_mut(customer) {
            orders.remove(&record.id);
            if orders.is_empty() {
                self.memory.waiting.remove(customer);
            }
        }
    }

    /// The day of an event in the store's own zone.
    fn day(&self, at: Timestamp) -> Date {
        self.bound.settings().time_zone.to_datetime(at).date()
    }

    /// What this run came to, with the slice's changes as the mirror's part.
    fn end(self) -> Step {
        if !self.is_whole() {
            return self.need();
        }
        let mirror = writes(self.slice);
        self.done(mirror)
    }

    /// What was planned, without the mirror's part.
    fn planned(self) -> Step {
        if self.is_whole() { self.done(Vec::new()) } else { self.need() }
    }

    fn is_whole(&self) -> bool {
        self.slice.missing().is_empty() && self.books.is_whole() && !self.short
    }

    fn need(self) -> Step {
        Step::Need {
            dirty: self.short,
            lookups: self.slice.missing().iter().cloned().collect(),
            orders: self.books.missing_orders,
            customers: self.books.missing_customers,
            numbers: self.books.missing_numbers,
        }
    }

    fn done(mut self, mirror: Vec<MirrorWrite>) -> Step {
        let mut commit = self.commit;
        commit.clock = self.memory.clock;
        commit.begun = self.memory.begun.as_deref().map(str::to_owned);
        commit.mirror = mirror;
        commit.hand = self.books.hand();
        commit.superseded = self.books.superseded.into_iter().collect();
        commit.orders = self.books.orders.into_values().collect();
        for (record, index) in self.books.customers.into_values() {
            commit.customers.push(record);
            commit.customer_entries.push(index);
        }
        (commit.dirty, commit.clean, commit.dirty_not_after) = self.memory.dirty.take_changes();
        Step::Done { memory: self.memory, commit: Box::new(commit) }
    }
}

/// When a transaction was committed at the earliest and at the latest, by the store's clock; never ahead of the wall clock.
fn committed(transaction: &Transaction, wall: Timestamp) -> (Timestamp, Timestamp) {
    let tick = SignedDuration::from_micros(i64::from(transaction.resolution_us) - 1);
    let latest = transaction.committed_at.saturating_add(tick).unwrap_or(transaction.committed_at);
    (transaction.committed_at.min(wall), latest.min(wall))
}
