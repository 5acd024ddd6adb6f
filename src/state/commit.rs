//! What is written at once: a step of capture, and how an attempt went.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CustomerRecord, DirtyKey, OrderRecord};
use crate::change::{
    Changed, Footprint, OwnerKey, Position, Row, RowChange, RowKey, ServerIdentity, TableId, TableShape,
};
use crate::document::Amounts;
use crate::ledger::Told;
use crate::outbox::{BreakerPolicy, Health, NewEntry};

/// One step of capture: everything that moves together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commit {
    /// Where the stream goes on.
    pub position: Option<Position>,
    /// The capture clock.
    pub clock: Timestamp,
    /// The last source transaction of this step, where it has one.
    pub cut: Option<String>,
    /// Mirror rows that changed.
    pub mirror: Vec<MirrorWrite>,
    /// The mirror has none of these rows, as far as is known. It changes nothing of what is written: a state may leave out to
    /// look for them first, and looks where one is there after all.
    pub fresh: bool,
    /// Order records that changed.
    pub orders: Vec<OrderRecord>,
    /// Customer records that changed; `entry` is set from `customer_entries`.
    pub customers: Vec<CustomerRecord>,
    /// For each of `customers` the index of its entry in `outbox`.
    pub customer_entries: Vec<usize>,
    /// New outbox entries, in order.
    pub outbox: Vec<NewEntry>,
    /// Documents that became dirty, or dirty again.
    pub dirty: Vec<(DirtyKey, Timestamp)>,
    /// Documents that are dirty no more.
    pub clean: Vec<DirtyKey>,
    /// No document counts as changed after this time: the clock was set back. It comes before `dirty`.
    pub dirty_not_after: Option<Timestamp>,
    /// The mapping's version, noted with each ledger entry.
    pub mapping: String,
    /// The mirror's owners are this mapping's from now on: its version.
    pub indexed: Option<String>,
    /// The transaction of which this commit writes a part that is not the last. A commit that moves the position without it
    /// says that there is none.
    pub begun: Option<String>,
    /// The server that the stream reads from, where it is another than before.
    pub server: Option<ServerIdentity>,
    /// What the store's tables look like from `position` on, where that has changed.
    pub shapes: Option<Vec<TableShape>>,
    /// Rows of XA transactions that were prepared and wait.
    pub prepared: Vec<PreparedPart>,
    /// XA transactions that have ended: what waits under their names goes.
    pub xa_ended: Vec<String>,
    /// The [`super::LoadedBooks::hand`] that this was planned under; `None` where the ledger was not looked at.
    pub hand: Option<i64>,
    /// For entries of `outbox`, by index, that are the first of a plan: what their order was told before.
    pub told_before: Vec<(usize, Told)>,
    /// Documents that these take the place of: all of an order from this entry on. They go before `outbox` comes.
    pub superseded: Vec<(String, i64)>,
    /// How far the opening of the books has come. A first position ends it: until there is one, a session begins with an empty
    /// mirror unless an opening of its own mapping is under way.
    pub opening: Option<String>,
    /// Orders of the opening balance: what the ERP is taken to know without a document.
    pub opened: Vec<OpenedOrder>,
    /// Differences that the ledger takes over without a document.
    pub absorbed: Vec<AbsorbedOrder>,
    /// The mapping that a person has agreed to: its version.
    pub agreed: Option<String>,
    /// Where the store's orders were not read when the stream began: when that was, by its first transaction, and until that has
    /// come by the state database's clock.
    pub unread_before: Option<Timestamp>,
    /// Whatever XA transactions have prepared is forgotten: the position passes over what became of it.
    pub prepared_void: bool,
    /// The mirror is made for another footprint, before `mirror` is written.
    pub refill: Option<Refill>,
}

/// A mirror for another footprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refill {
    /// What it holds from now on.
    pub footprint: Footprint,
    /// The tables whose rows are forgotten, to be written anew.
    pub tables: Vec<String>,
}

/// A difference that a person let the ledger take over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AbsorbedOrder {
    /// The order's key in the store.
    pub order: String,
    /// Its number as the shop prints it.
    pub number: String,
    /// Why no document says it.
    pub reason: String,
    /// What is added to what the ERP is taken to know; may be negative.
    pub amounts: Amounts,
}

/// An order of the opening balance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenedOrder {
    /// Its key in the store.
    pub order: String,
    /// Its number as the shop prints it.
    pub number: String,
    /// What the ERP calls it, where that is known.
    pub reference: Option<String>,
    /// What the ERP is taken to know of it.
    pub amounts: Amounts,
}

/// A part of what an XA transaction has prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedPart {
    /// The XA transaction's name.
    pub xid: String,
    /// Counted from 0; part 0 takes the place of all parts under the name.
    pub part: u32,
    /// Its rows, in order; may be none.
    pub changes: Vec<RowChange>,
}

/// One mirror row's net change.
#[derive(Debug, Clone, PartialEq)]
pub struct MirrorWrite {
    /// Which table.
    pub table: TableId,
    /// The row's key.
    pub key: RowKey,
    /// Its image; `None` where it is gone.
    pub row: Option<Row>,
    /// Its entries in the owner indexes: index, owner.
    pub owners: Vec<(&'static str, OwnerKey)>,
    /// The transaction that left it so; `None` where it was only read.
    pub changed: Option<Changed>,
}

/// How an attempt went, for the entry's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The verdict's name.
    pub verdict: &'static str,
    /// How long it took.
    pub duration: Duration,
    /// What it says of the ERP itself.
    pub health: Health,
    /// When the ERP's breaker opens.
    pub breaker: BreakerPolicy,
}
