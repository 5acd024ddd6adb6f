//! The state database: mirror, ledger, outbox and position, which change in one commit or not at all.
//!
//! [`State`] is the contract; [`sqlite`] keeps it in an embedded file, [`postgres`] on a server that many
//! machines share. A `State` is bound to one stream; a database may hold
//! many. Two loops meet here and know nothing of each other: capture calls `load…` and `commit`, the relay calls `claim` and
//! `settle`.

mod claim;
mod commit;
#[cfg(test)]
mod conformance;
pub mod copy;
mod error;
mod footprint;
#[cfg(test)]
pub(crate) mod memory;
mod mirror;
mod planned;
pub mod postgres;
mod said;
mod schema;
pub mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub use commit::{AbsorbedOrder, Attempt, Commit, MirrorWrite, OpenedOrder, PreparedPart, Refill};
pub use error::StateError;
pub use mirror::{MirrorKey, RowUnder, rows_of_order};
pub use planned::{KeptTold, PlannedEntry, Redelivered};

use crate::change::{
    Footprint, Lookup, MirrorRow, Position, Row, RowChange, RowKey, ServerIdentity, TableId, TableShape,
};
use crate::document::{Amounts, Document, Item};
use crate::ledger::Told;
use crate::outbox::{Claimed, EntryState, MissingItem, Rate, SkipHow, Transition};

pub use crate::outbox::Settled;

/// A state database, bound to one stream.
///
/// # Contract
/// - `commit` writes everything in its [`Commit`] or nothing, and refuses a session whose epoch is not the latest.
/// - What `commit` has answered `Ok` to survives a crash of the process and of the machine.
/// - `claim` makes `sending` and `maybe_sent` durable before it answers; no entry is under two live claims.
/// - `settle` with a claim number that is no longer the entry's changes nothing.
/// - Within a lane, `claim` never gives out an entry while an earlier one is not final; nor one whose dependency is not final.
#[async_trait]
pub trait State: Send + Sync {
    /// Begins a capture session, unless another holder's lease is alive: the epoch rises, which shuts out every earlier session;
    /// it is never one that an older copy of this state could come to. Held orders count as changed, for the config that held
    /// them may be another by now, except those that a person has voided a document of.
    ///
    /// Where nobody but this process can be at work (an embedded file), entries left `sending` by a dead process become
    /// `unknown`, to be looked up once `late_max` has passed: their requests may still take effect. Elsewhere their leases run
    /// out.
    ///
    /// A stream without a position has not started: its mirror is emptied, because a first start that was broken off may
    /// have left a part of it, and its footprint may be another than before.
    async fn begin(&self, begin: Begin) -> Result<Begun, StateError>;

    /// Keeps the session's lease, which `commit` does too; refuses a session whose epoch is not the latest.
    async fn renew(&self, epoch: i64) -> Result<(), StateError>;

    /// Gives the session's lease back, so that another may begin at once; does nothing where it is another's by now.
    async fn end(&self, epoch: i64) -> Result<(), StateError>;

    /// The mirror's answers.
    async fn load(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError>;

    /// The mirror's answers without the rows themselves.
    async fn keys(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorKey>)>, StateError>;

    /// Of these rows, each of them once and `None` for one that is not there, those that the mirror does not hold as they are here.
    async fn differing(&self, rows: Vec<(MirrorKey, Option<Row>)>) -> Result<Vec<MirrorKey>, StateError>;

    /// The tables of the footprint that the mirror holds at least one row of.
    async fn mirrored(&self) -> Result<BTreeSet<TableId>, StateError>;

    /// Mirrored rows of a table in the order of their keys, at most `rows_max` of them, from behind a key on.
    async fn rows(&self, table: TableId, after: Option<RowKey>, rows_max: usize) -> Result<Vec<MirrorRow>, StateError>;

    /// The documents that changed and are not planned yet, at most `documents_max` of them.
    async fn dirty(&self, documents_max: usize) -> Result<DirtyPage, StateError>;

    /// A part of what the XA transaction `xid` has prepared; `None` where there is no such part. Part 0 of a transaction
    /// that is known is always there.
    async fn prepared(&self, xid: &str, part: u32) -> Result<Option<Vec<RowChange>>, StateError>;

    /// The version of the mapping that told what was told, or that a person has agreed to since; `None` where nothing was told.
    async fn told_by(&self) -> Result<Option<String>, StateError>;

    /// The ledger's records of these orders and customers; what was never stored is answered by its default.
    /// For each of `numbers` it answers the order that was told under it.
    async fn load_books(
        &self,
        orders: Vec<String>,
        customers: Vec<String>,
        numbers: Vec<String>,
    ) -> Result<LoadedBooks, StateError>;

    /// Writes one step of capture. Answers the outbox sequence numbers of `outbox`, in its order. Refused with
    /// [`StateError::Moved`] where a person has changed the outbox since `hand` was read.
    async fn commit(&self, epoch: i64, commit: Commit) -> Result<Vec<i64>, StateError>;

    /// A relay takes up its work, or takes it up again after its connection was lost: the state may be an older one than that
    /// which it worked on before. What is not final is doubted ([`crate::outbox::Life::doubt`]), and not looked up before
    /// `look_up_after` has passed; an ERP that was down may be probed at once.
    async fn take_up(&self, look_up_after: Duration) -> Result<(), StateError>;

    /// Claims entries that may leave now, as far as the ERP's breaker lets them. Entries whose lease has run out become `unknown` first, to be looked up after
    /// `late_max`.
    async fn claim(&self, terms: ClaimTerms) -> Result<Vec<Claimed>, StateError>;

    /// Settles a claim.
    async fn settle(&self, claimed: &Claimed, transition: Transition, attempt: Attempt) -> Result<Settled, StateError>;

    /// Lets parked entries go on, as doubts: each is looked up before it is sent. Answers their numbers. May be called beside a
    /// running bridge.
    async fn retry(&self, which: Which) -> Result<Vec<String>, StateError>;

    /// Takes parked entries out. `Void` also takes out what follows them in their lanes, takes all of it back in the ledger,
    /// holds the order, and parks what depends on them. May be called beside a running bridge.
    ///
    /// # Errors
    /// [`StateError::NotVoid`] where a voided entry is not the first document of its plan; nothing is skipped then.
    async fn skip(&self, which: Which, how: SkipHow, reason: String) -> Result<Vec<Skipped>, StateError>;

    /// What [`State::skip`] would answer; nothing changes.
    ///
    /// # Errors
    /// As there.
    async fn would_skip(&self, which: Which, how: SkipHow) -> Result<Vec<Skipped>, StateError>;

    /// Lets delivered entries go on as doubts, and what follows them in their lanes: each is looked up, and sent where the ERP
    /// lacks it, once `look_up_after` has passed: as in [`State::take_up`], an earlier life's request may still take effect. May be
    /// called beside a running bridge.
    async fn redeliver(&self, entries: Vec<i64>, look_up_after: Duration) -> Result<Redelivered, StateError>;

    /// Entries as they were planned, newest first, at most `entries_max` of them, from before a sequence number on.
    async fn planned(&self, before: Option<i64>, entries_max: usize) -> Result<Vec<PlannedEntry>, StateError>;

    /// These customers as the last entry of theirs before `from` told them, where there is one.
    async fn customers_before(&self, customers: Vec<String>, from: i64) -> Result<Vec<CustomerRecord>, StateError>;

    /// Reserves requests to an endpoint of the stream's ERP account, among all relays. Answers how long they have to wait.
    async fn reserve(&self, endpoint: &str, rate: Rate, requests: u32) -> Result<Duration, StateError>;

    /// Forgets payloads and attempts of at most `entries_max` entries that have been final for longer than `age`. Answers of how
    /// many. Mirror, ledger and references stay.
    async fn prune(&self, age: Duration, entries_max: usize) -> Result<usize, StateError>;

    /// The ERP's items that a person has named for SKUs, by SKU.
    async fn items(&self) -> Result<BTreeMap<String, Item>, StateError>;

    /// Adds items, or takes others for the same SKUs, and lets the parked entries go on that wait for them. Answers their
    /// numbers. May be called beside a running bridge.
    async fn add_items(&self, items: BTreeMap<String, Item>) -> Result<Vec<String>, StateError>;

    /// Every customer that was told or for whom a person has named an account, by the key in the store.
    async fn accounts(&self) -> Result<Vec<CustomerRecord>, StateError>;

    /// Names accounts of the ERP for customers, by the key in the store. May be called beside a running bridge.
    async fn add_accounts(&self, accounts: BTreeMap<String, String>) -> Result<(), StateError>;

    /// Takes back what a person has named; true where it was named.
    async fn forget(&self, named: Named) -> Result<bool, StateError>;

    /// The items that parked entries wait for.
    async fn awaited_items(&self) -> Result<BTreeSet<MissingItem>, StateError>;

    /// Lets the parked entries go on that wait for these items, as [`State::retry`] does. Answers their numbers.
    async fn release(&self, items: Vec<MissingItem>) -> Result<Vec<String>, StateError>;

    /// Notes the ERP account that the stream is attached to, and whether its numbers have its name in them.
    async fn attach(&self, attachment: Attachment) -> Result<(), StateError>;

    /// The other streams of this database that are attached to the same account.
    async fn attached_to(&self, account: String) -> Result<Vec<Attachment>, StateError>;

    /// When the next entry may be claimed or the next lease runs out, as far as is known now; `None` where nothing waits
    /// for the clock.
    async fn next_due(&self) -> Result<Option<Timestamp>, StateError>;

    /// How long until then, by the state database's clock: zero where it is past. Where that clock is not this machine's, an
    /// implementation has to say so itself.
    async fn due_in(&self) -> Result<Option<Duration>, StateError> {
        let due = self.next_due().await?;
        Ok(due.map(|due| Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default()))
    }

    /// Woken by every commit that adds entries and every settlement that may free one.
    fn wake(&self) -> Arc<Notify>;

    /// The streams of this database, by name.
    async fn streams(&self) -> Result<Vec<String>, StateError>;

    /// What is measured every few seconds; cheap, however much the books hold.
    async fn gauges(&self) -> Result<Gauges, StateError>;

    /// Where the stream is; `None` before its first commit of a position.
    async fn position(&self) -> Result<Option<Position>, StateError>;

    /// What an operator sees.
    async fn summary(&self) -> Result<Summary, StateError>;

    /// Every outbox entry, oldest first, without its payload.
    async fn entries(&self) -> Result<Vec<EntryInfo>, StateError> {
        self.list(EntryFilter::default()).await
    }

    /// Outbox entries that pass a filter, oldest first, without their payloads.
    async fn list(&self, filter: EntryFilter) -> Result<Vec<EntryInfo>, StateError>;

    /// All that is kept of one entry; `None` where there is none of this stream.
    async fn history(&self, seq: i64) -> Result<Option<EntryHistory>, StateError>;

    /// The mirrored rows that an index has under an owner, without their values.
    async fn under(&self, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError>;

    /// What the ledger holds of an order without a document, by the order's key in the store.
    async fn undocumented(&self, order: &str) -> Result<Undocumented, StateError>;

    /// Those of these orders of which a person let the ledger take over a difference.
    async fn absorbed_of(&self, orders: Vec<String>) -> Result<BTreeSet<String>, StateError>;

    /// Orders by their key in the store or by their number.
    async fn orders_called(&self, called: &str) -> Result<Vec<OrderRecord>, StateError>;

    /// Every order that is held.
    async fn held(&self) -> Result<Vec<HeldOrder>, StateError>;

    /// Every order that was told or is held, by its key in the store.
    async fn orders(&self) -> Result<Vec<OrderRecord>, StateError>;
}

/// What the ledger holds of one order without a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Undocumented {
    /// What the ERP was taken to know when the books were opened.
    pub opened: Option<OpenedOrder>,
    /// Differences that a person let the ledger take over, oldest first.
    pub absorbed: Vec<AbsorbedOrder>,
}

/// What a capture session begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// The mirrored tables and columns.
    pub footprint: Footprint,
    /// The mapping's version.
    pub mapping: String,
    /// How long after its end a request may still take effect in the ERP.
    pub late_max: Duration,
    /// Who asks: host and process, for people.
    pub holder: String,
    /// How long the lease holds without being renewed.
    pub lease: Duration,
    /// The session is to put the mirror right: it may be another footprint's, and an earlier one may have been broken off while
    /// it did the same ([`RESYNC`]). Any other session is refused then.
    pub resync: bool,
}

/// What [`Session::begun`] says while a resync writes the mirror. It ends with the commit of a position.
pub const RESYNC: &str = "resync";

impl Begin {
    /// With a lease that is nobody's in particular.
    pub fn new(footprint: &Footprint, mapping: &str, late_max: Duration) -> Begin {
        let (footprint, mapping) = (footprint.clone(), mapping.to_owned());
        Begin { footprint, mapping, late_max, holder: "-".into(), lease: Duration::ZERO, resync: false }
    }
}

/// What came of asking for a capture session.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is ours.
    Session(Box<Session>),
    /// Another holder's lease is alive.
    Waits {
        /// Who has it.
        holder: String,
        /// When it ends, unless it is renewed.
        until: Timestamp,
    },
}

impl Begun {
    /// The session, where it is ours.
    pub fn session(self) -> Option<Session> {
        match self {
            Begun::Session(session) => Some(*session),
            Begun::Waits { .. } => None,
        }
    }
}

/// Entries that a person means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those with these numbers.
    Numbers(Vec<String>),
    /// Those with these sequence numbers.
    Entries(Vec<i64>),
}

impl Which {
    /// True for an entry that is meant.
    pub fn has(&self, seq: i64, number: &str) -> bool {
        match self {
            Which::All => true,
            Which::Numbers(numbers) => numbers.iter().any(|n| n == number),
            Which::Entries(seqs) => seqs.contains(&seq),
        }
    }
}

/// What became of an entry when another was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Sequence number.
    pub seq: i64,
    /// The document's number.
    pub number: String,
    /// The state that it is in now: skipped, or parked because it depends on one that was voided.
    pub state: EntryState,
}

/// Which entries to list; each part that is given narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// In one of these states; any, where there is none.
    pub states: Vec<EntryState>,
    /// Of this kind (`sales_order`).
    pub kind: Option<String>,
    /// Of the order with this number, as the shop prints it.
    pub order: Option<String>,
    /// With this number.
    pub number: Option<String>,
    /// In this lane.
    pub lane: Option<String>,
    /// At most so many.
    pub max: Option<usize>,
}

/// All that is kept of one entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryHistory {
    /// What a list shows.
    #[serde(flatten)]
    pub entry: EntryInfo,
    /// The document; `None` once it was pruned.
    pub document: Option<Document>,
    /// The document's content, as SHA-256.
    pub fingerprint: String,
    /// The entry that has to be final before it.
    pub depends_on: Option<i64>,
    /// Not claimed before then.
    pub not_before: Timestamp,
    /// While it is sent: when the claim runs out.
    pub lease_until: Option<Timestamp>,
    /// True where a request may have left.
    pub maybe_sent: bool,
    /// True where the ERP certainly lacks it.
    pub absent: bool,
    /// The day on which it is posted, once that is fixed.
    pub posting_date: Option<Date>,
    /// How it was skipped.
    pub skip: Option<SkipHow>,
    /// The ERP's own amounts.
    pub erp_amounts: Option<Amounts>,
    /// When the store committed the document's last change.
    pub changed_at: Timestamp,
    /// The attempts, oldest first.
    pub attempts_made: Vec<AttemptInfo>,
}

/// One attempt to deliver an entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttemptInfo {
    /// When it ended.
    pub at: Timestamp,
    /// The verdict's name.
    pub verdict: String,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// Something that a person has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// The account of a customer, by the key in the store.
    Account(String),
    /// The item of a SKU.
    Item(String),
}

/// A stream and the ERP account that it is attached to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The stream.
    pub stream: String,
    /// See `Erp::account`.
    pub account: String,
    /// True where all numbers of its documents have the stream's name in them.
    pub names_stream: bool,
}

/// What a relay asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimTerms {
    /// At most this many entries.
    pub max: usize,
    /// How long each claim holds.
    pub lease: Duration,
    /// How long after its end a request may still take effect in the ERP.
    pub late_max: Duration,
    /// The store's zone, in which a customer's posting date is the day of its first claim.
    pub zone: TimeZone,
    /// The last day of the books that is closed: nothing is posted on it or before.
    pub closed_until: Option<Date>,
}

/// A capture session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The fence: commits of an older epoch are refused.
    pub epoch: i64,
    /// When this session began, by the state database's clock.
    pub began_at: Timestamp,
    /// Where the stream goes on; `None` before the first commit.
    pub position: Option<Position>,
    /// The first position that the stream had, where that was noted.
    pub beginning: Option<Position>,
    /// The capture clock as of the last commit.
    pub clock: Timestamp,
    /// The last source transaction that was committed.
    pub cut: Option<String>,
    /// Documents that changed and are not planned yet: at most [`DIRTY_MAX`] of them.
    pub dirty: DirtyPage,
    /// Orders that are held because their customer is not in the mirror: order, customer.
    pub waiting: Vec<(String, String)>,
    /// The transaction of which parts are in the mirror already and the last is not: its id. A server that the stream goes
    /// on at must have executed it.
    pub begun: Option<String>,
    /// The server that `position` was read from.
    pub server: Option<ServerIdentity>,
    /// What the store's tables looked like at `position`; `None` where nothing was kept.
    pub shapes: Option<Vec<TableShape>>,
    /// The mirror's owners are those of another mapping: they have to be worked out again before anything else is
    /// ([`Commit::indexed`]).
    pub reindex: bool,
    /// How far the opening of the books has come ([`Commit::opening`]), where it is under way.
    pub opening: Option<String>,
    /// Where the store's orders were not read when the stream began: when that was. One that is not mirrored may be older.
    pub unread_before: Option<Timestamp>,
    /// What the mirror holds, where that is not what was asked for.
    pub mirrored: Option<Footprint>,
}

/// How many of the documents that changed a [`Session`] brings.
pub const DIRTY_MAX: usize = 2_000;

/// Documents that changed and are not planned yet, those first that have been quiet for longest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DirtyPage {
    /// Each with the time of its last change.
    pub documents: Vec<(DirtyKey, Timestamp)>,
    /// Where there are more: when the first of those changed.
    pub more_from: Option<Timestamp>,
}

/// A document that changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DirtyKey {
    /// A customer, by the store's key.
    Customer(String),
    /// An order, by the store's key.
    Order(String),
}

/// The ledger's record of one order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderRecord {
    /// The order's key in the store.
    pub id: String,
    /// Its number as the shop prints it; empty while unknown.
    pub number: String,
    /// What the ERP has been told.
    pub told: Told,
    /// Why it is held.
    pub held: Option<String>,
    /// The customer that it is held for, where that is the reason.
    pub waits_for: Option<String>,
    /// True where the order was there before the stream began: whether the ERP has it is not known.
    pub older: bool,
    /// What the store's server would warn of in the values that it is made of.
    #[serde(default)]
    pub warning: Option<String>,
}

/// The ledger's record of one customer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CustomerRecord {
    /// The customer's key in the store.
    pub id: String,
    /// The number in the ERP.
    pub number: String,
    /// The fingerprint of what was last told; empty where nothing was.
    pub fingerprint: String,
    /// The outbox entry that told it.
    pub entry: Option<i64>,
    /// The account in the ERP that a person has named for it; then the ERP's account is left as it is.
    #[serde(default)]
    pub account: Option<String>,
}

/// Answer of [`State::load_books`], in the order of the questions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoadedBooks {
    /// The orders asked for.
    pub orders: Vec<OrderRecord>,
    /// The customers asked for.
    pub customers: Vec<CustomerRecord>,
    /// The numbers asked for, each with the order that was told under it, by its key in the store.
    pub numbers: Vec<(String, Option<String>)>,
    /// How often a person has changed the outbox: what was read here is good for a commit while that stays.
    pub hand: i64,
    /// Of the orders asked for, those whose last documents the ERP certainly lacks.
    pub lacking: Vec<Lacking>,
}

/// Documents of one order that wait in vain: the first is parked and the ERP certainly lacks it, and so were never sent those
/// that follow it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lacking {
    /// The order's key in the store.
    pub order: String,
    /// The first of them.
    pub from: i64,
    /// What the order was told before it.
    pub told: Told,
}

/// What `ledgertap status` shows of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The stream's name.
    pub stream: String,
    /// Where the binlog goes on.
    pub position: Option<Position>,
    /// The capture clock: how far the store's own time is covered.
    pub clock: Option<Timestamp>,
    /// Outbox entries by state.
    pub outbox: std::collections::BTreeMap<String, u64>,
    /// Documents in the ledger by kind.
    pub documents: std::collections::BTreeMap<String, u64>,
    /// When the oldest entry was planned that is not final yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// While the ERP is down or refuses us: when it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erp_shut_until: Option<Timestamp>,
    /// Changed documents that wait for their settle time.
    pub settling: u64,
    /// Told amounts over all orders.
    pub told: Amounts,
    /// Orders of the opening balance.
    #[serde(default)]
    pub opened: u64,
    /// What the ERP was taken to know of them then.
    #[serde(default)]
    pub opened_amounts: Amounts,
    /// Differences that a person let the ledger take over without a document.
    #[serde(default)]
    pub absorbed: u64,
    /// What they come to.
    #[serde(default)]
    pub absorbed_amounts: Amounts,
    /// Orders that are not documents yet, with the reason (at most [`LISTED_MAX`]).
    pub held: Vec<HeldOrder>,
    /// How many orders are held.
    pub held_count: u64,
    /// Orders with values that the store's server would warn of, with the place (at most [`LISTED_MAX`]).
    pub warned: Vec<HeldOrder>,
    /// How many there are.
    pub warned_count: u64,
    /// Entries that need a person (at most [`LISTED_MAX`]).
    pub parked: Vec<EntryInfo>,
    /// Entries that have failed and will be tried again (at most [`LISTED_MAX`]).
    pub failing: Vec<EntryInfo>,
}

/// What is measured of a stream while it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gauges {
    /// Where the binlog goes on.
    pub position: Option<Position>,
    /// The capture clock.
    pub clock: Option<Timestamp>,
    /// The latest capture session's number; `None` before the first.
    pub epoch: Option<i64>,
    /// Entries that are not final, by state; a state that has none is missing.
    pub open: BTreeMap<EntryState, u64>,
    /// When the oldest of them was planned.
    pub waiting_since: Option<Timestamp>,
    /// While the ERP is down or refuses us: when it is tried next.
    pub erp_shut_until: Option<Timestamp>,
    /// Orders that are held.
    pub held: u64,
    /// Changed documents that wait for their settle time.
    pub settling: u64,
}

/// How many held orders and parked entries a [`Summary`] lists.
pub const LISTED_MAX: usize = 100;

/// An order that is held, or used with a warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOrder {
    /// Its number, or its key in the store while the number is unknown.
    pub order: String,
    /// Why.
    pub reason: String,
}

/// An outbox entry as an operator sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryInfo {
    /// Sequence number.
    pub seq: i64,
    /// Lane by name.
    pub lane: String,
    /// Document kind.
    pub kind: String,
    /// A credit note's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The document's number.
    pub number: String,
    /// The shop's order number; empty for customers.
    pub order: String,
    /// Our total; zero for customers.
    pub total: rust_decimal::Decimal,
    /// Where it stands.
    pub state: EntryState,
    /// Claims so far.
    pub attempts: u32,
    /// What the last attempt said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// The ERP's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When it was known to be in the ERP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// The last source transaction that its plan saw.
    pub cut: String,
}
