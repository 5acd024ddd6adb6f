//! Planning over rows and records that are not those of the state database: as they were, or as they would be.
//!
//! It is [`advance`](super::advance()) without transactions, over a slice that keeps what is laid over the mirror, and over
//! books in which records may be put. Nothing is stored.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::advance::{Input, Memory, Step, plan_all};
use super::{Books, CaptureError, Dirty, Terms};
use crate::change::{Changed, Row, RowChange, RowKey, TableId};
use crate::mapping::{Bound, EvalError, Loaded, Slice};
use crate::state::{Commit, CustomerRecord, DirtyKey, DirtyPage, OrderRecord, State};

/// The indexes that an order's rows are found by.
const ORDER_INDEXES: [&str; 3] = ["order.id", "order_line.order_id", "refund.order_id"];

/// The index of a customer's own row.
const CUSTOMER_ID: &str = "customer.id";

/// The mirror and the ledger with something laid over them.
pub struct Again {
    state: Arc<dyn State>,
    bound: Arc<Bound>,
    terms: Arc<Terms>,
    slice: Slice,
    books: Books,
}

impl Again {
    /// With nothing laid over them yet.
    pub fn new(state: Arc<dyn State>, bound: Arc<Bound>, terms: Arc<Terms>) -> Again {
        Again { state, bound, terms, slice: Slice::new(), books: Books::default() }
    }

    /// Lays a change over the rows.
    ///
    /// # Errors
    /// A row whose owners cannot be evaluated.
    pub fn change(&mut self, by: Changed, change: &RowChange) -> Result<(), EvalError> {
        self.slice.begin(by);
        self.slice.apply(&self.bound, change)
    }

    /// Lays a row over the mirror's, or its absence.
    ///
    /// # Errors
    /// A row whose owners cannot be evaluated.
    pub fn put_row(&mut self, table: TableId, key: RowKey, row: Option<Row>) -> Result<(), EvalError> {
        self.slice.put(&self.bound, table, key, row)
    }

    /// The mirrored rows that something is laid over: each as it is then.
    pub fn rows(&self) -> impl Iterator<Item = (TableId, RowKey, Option<Row>)> + '_ {
        self.slice.writes().map(|write| (write.table, write.key, write.row))
    }

    /// Lays a record over the ledger's.
    pub fn put_order(&mut self, record: OrderRecord) {
        self.books.put_order(record);
    }

    /// Lays a record over the ledger's.
    pub fn put_customer(&mut self, record: CustomerRecord) {
        self.books.put_customer(record);
    }

    /// The order's record as planning finds it.
    ///
    /// # Errors
    /// The state database's.
    pub async fn order(&mut self, id: &str) -> Result<OrderRecord, CaptureError> {
        if self.books.order(id).is_none() {
            let loaded = self.state.load_books(vec![id.to_owned()], Vec::new(), Vec::new()).await?;
            self.books.fill(loaded);
        }
        let none = || OrderRecord { id: id.to_owned(), ..OrderRecord::default() };
        Ok(self.books.order(id).cloned().unwrap_or_else(none))
    }

    /// The orders and customers that a row is a part of, as rows are now: of a row that changes, asked before the change is laid
    /// over them and after it.
    ///
    /// # Errors
    /// The state database's, and a row whose owners cannot be evaluated.
    pub async fn touched(&mut self, table: TableId, row: &Row) -> Result<BTreeSet<DirtyKey>, CaptureError> {
        loop {
            if let Loaded::Ready(keys) = self.now_touched(table, row)? {
                return Ok(keys);
            }
            self.load_rows().await?;
        }
    }

    fn now_touched(&mut self, table: TableId, row: &Row) -> Result<Loaded<BTreeSet<DirtyKey>>, CaptureError> {
        let touched = match self.bound.touched(table, row, &mut self.slice) {
            Loaded::Missing => return Ok(Loaded::Missing),
            Loaded::Ready(touched) => touched.map_err(unreadable)?,
        };
        let mut keys: BTreeSet<DirtyKey> = touched.orders.into_iter().map(DirtyKey::Order).collect();
        keys.extend(touched.customers.into_iter().map(DirtyKey::Customer));
        let mut missing = false;
        for refund in touched.refunds {
            match self.bound.order_of_refund(&refund, &mut self.slice) {
                Loaded::Missing => missing = true,
                Loaded::Ready(order) => keys.extend(order.map_err(unreadable)?.map(DirtyKey::Order)),
            }
        }
        Ok(if missing { Loaded::Missing } else { Loaded::Ready(keys) })
    }

    /// Loads at once what [`Again::touched`] and [`Again::plan`] will ask for of these changes and documents, of which orders are to
    /// be told under these numbers, so that neither has to wait for the state database each time.
    ///
    /// # Errors
    /// The state database's, and a row whose owners cannot be evaluated.
    pub async fn foresee<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c RowChange> + Clone,
        documents: &[DirtyKey],
        numbers: Vec<String>,
    ) -> Result<(), CaptureError> {
        let (mut orders, mut customers) = (Vec::new(), Vec::new());
        for key in documents {
            match key {
                DirtyKey::Order(id) => orders.push(id),
                DirtyKey::Customer(id) => customers.push(id),
            }
        }
        let owned = ORDER_INDEXES.iter().flat_map(|index| orders.iter().map(move |id| (*index, *id)));
        let lookups: Vec<(&'static str, &String)> =
            owned.chain(customers.iter().map(|id| (CUSTOMER_ID, *id))).collect();
        for (index, owner) in lookups {
            self.slice.foresee(index, owner);
        }
        let unknown = |ids: Vec<&String>, known: &dyn Fn(&str) -> bool| -> Vec<String> {
            ids.into_iter().filter(|id| !known(id)).cloned().collect()
        };
        let orders = unknown(orders, &|id| self.books.order(id).is_some());
        let customers = unknown(customers, &|id| self.books.has_customer(id));
        if !(orders.is_empty() && customers.is_empty() && numbers.is_empty()) {
            self.books.fill(self.state.load_books(orders, customers, numbers).await?);
        }
        loop {
            let mut missing = !self.slice.missing().is_empty();
            for change in changes.clone() {
                for row in change.before.iter().chain(&change.after) {
                    missing |= matches!(self.now_touched(change.table, row)?, Loaded::Missing);
                }
            }
            if !missing {
                return Ok(());
            }
            self.load_rows().await?;
        }
    }

    /// The day of an order, as rows are now; `None` where there is none, or it cannot be evaluated.
    ///
    /// # Errors
    /// The state database's.
    pub async fn date(&mut self, order: &str) -> Result<Option<Date>, CaptureError> {
        loop {
            match self.bound.order(order, &mut self.slice) {
                Loaded::Ready(view) => return Ok(view.ok().flatten().map(|view| view.date)),
                Loaded::Missing => self.load_rows().await?,
            }
        }
    }

    /// Plans documents as if they had settled, each with the time of its last change. What is planned is laid over the ledger.
    ///
    /// # Errors
    /// The state database's.
    pub async fn plan(
        &mut self,
        documents: Vec<(DirtyKey, Timestamp)>,
        cut: &Arc<str>,
    ) -> Result<Box<Commit>, CaptureError> {
        let settle = SignedDuration::try_from(self.bound.settings().settle).unwrap_or(SignedDuration::MAX);
        let last = documents.iter().map(|(_, since)| *since).max().unwrap_or(Timestamp::UNIX_EPOCH);
        let clock = last.saturating_add(settle).unwrap_or(last);
        let dirty = Dirty::of(DirtyPage { documents, more_from: None });
        let memory = Memory { clock, dirty, ..Memory::default() };
        let input = Input {
            transactions: &[],
            terms: self.terms.clone(),
            cut: cut.clone(),
            wall: clock,
            live: true,
            session_began: Timestamp::MIN,
            look_up_from: Timestamp::UNIX_EPOCH,
        };
        loop {
            match plan_all(&self.bound, &memory, &mut self.slice, &self.books, &input) {
                Step::Done { commit, .. } => {
                    self.books.take(&commit);
                    return Ok(commit);
                }
                Step::Need { orders, customers, numbers, .. } => {
                    self.load_rows().await?;
                    if !(orders.is_empty() && customers.is_empty() && numbers.is_empty()) {
                        let [orders, customers, numbers] =
                            [orders, customers, numbers].map(|asked| asked.into_iter().collect());
                        self.books.fill(self.state.load_books(orders, customers, numbers).await?);
                    }
                }
            }
        }
    }

    /// Loads the rows that were asked for.
    async fn load_rows(&mut self) -> Result<(), CaptureError> {
        let missing: Vec<_> = self.slice.missing().iter().cloned().collect();
        if !missing.is_empty() {
            for (lookup, rows) in self.state.load(missing).await? {
                self.slice.fill(lookup, rows);
            }
        }
        Ok(())
    }
}

fn unreadable(error: EvalError) -> CaptureError {
    CaptureError::Stop(super::Stop { transaction: "-".into(), error })
}
