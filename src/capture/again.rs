//! Planning over rows and records that are not those of the state database: as they were, or as they would be.
//!
//! It is [`advance`](super::advance()) without transactions, over a slice that keeps what is laid over the mirror, and over
//! books in which records may be put. Nothing is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tracing::warn;

use super::advance::{Input, Step, plan_these};
use super::{Books, CaptureError, Terms};
use crate::change::{Changed, Lookup, MirrorRow, Row, RowChange, RowKey, TableId};
use crate::mapping::{Bound, EvalError, ImageOf, Loaded, Slice, Touched};
use crate::state::{Commit, CustomerRecord, DirtyKey, LoadedBooks, MirrorKey, OrderRecord, State, StateError};

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
    /// What was known before where `books` knows nothing, the latest first. Nearly always nobody asks for it.
    inherited: Vec<Books>,
    /// It is the mirror and the ledger of the past.
    past: bool,
}

/// What is on its way from the state database.
#[must_use]
pub struct Foreseen(JoinHandle<Result<Found, StateError>>);

/// What the state database is asked for.
#[derive(Default)]
struct Asked {
    rows: Vec<Lookup>,
    /// Of which the keys are enough.
    keys: Vec<Lookup>,
    orders: Vec<String>,
    customers: Vec<String>,
    numbers: Vec<String>,
}

/// What it answered.
struct Found {
    rows: Vec<(Lookup, Vec<MirrorRow>)>,
    keys: Vec<(Lookup, Vec<MirrorKey>)>,
    books: Option<LoadedBooks>,
}

impl Asked {
    fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.keys.is_empty() && !self.asks_books()
    }

    fn asks_books(&self) -> bool {
        !(self.orders.is_empty() && self.customers.is_empty() && self.numbers.is_empty())
    }

    async fn of(self, state: Arc<dyn State>) -> Result<Found, StateError> {
        let asks_books = self.asks_books();
        let rows = async { if self.rows.is_empty() { Ok(Vec::new()) } else { state.load(self.rows).await } };
        let keys = async { if self.keys.is_empty() { Ok(Vec::new()) } else { state.keys(self.keys).await } };
        let books = async {
            match asks_books {
                true => state.load_books(self.orders, self.customers, self.numbers).await.map(Some),
                false => Ok(None),
            }
        };
        let (rows, keys, books) = tokio::try_join!(rows, keys, books)?;
        Ok(Found { rows, keys, books })
    }
}

impl Again {
    /// With nothing laid over them yet.
    pub fn new(state: Arc<dyn State>, bound: Arc<Bound>, terms: Arc<Terms>) -> Again {
        Again { state, bound, terms, slice: Slice::new(), books: Books::default(), inherited: Vec::new(), past: false }
    }

    /// The same over the mirror as it was at another time. Most of the rows that will be asked for have an image, or something is
    /// laid over them, and an order's record is put before it is planned: neither is loaded ahead.
    pub fn of_the_past(mut self, image_of: ImageOf) -> Again {
        self.slice.take_back(image_of);
        Again { past: true, ..self }
    }

    /// Lays a change over the rows; answers the orders and customers that the row is a part of, before it and after it.
    ///
    /// # Errors
    /// The state database's, and a row whose owners cannot be evaluated.
    pub async fn change(&mut self, by: Changed, change: &RowChange) -> Result<Vec<DirtyKey>, CaptureError> {
        let mut touched = match &change.before {
            Some(row) => self.touched(change.table, row).await?,
            None => Vec::new(),
        };
        self.slice.begin(by);
        let after = match self.slice.apply_touching(&self.bound, change).map_err(unreadable)? {
            Loaded::Ready(after) => self.keys(after)?,
            Loaded::Missing => Loaded::Missing,
        };
        match (after, &change.after) {
            (Loaded::Ready(keys), _) => touched.extend(keys),
            (Loaded::Missing, Some(row)) => {
                self.load_rows().await?;
                touched.extend(self.touched(change.table, row).await?);
            }
            (Loaded::Missing, None) => {}
        }
        Ok(touched)
    }

    /// Lays a row over the mirror's, or its absence.
    ///
    /// # Errors
    /// A row whose owners cannot be evaluated.
    pub fn put_row(&mut self, table: TableId, key: RowKey, row: Option<Row>) -> Result<(), EvalError> {
        self.slice.put(&self.bound, table, key, row)
    }

    /// Makes room for so many rows that will be laid over the mirror's.
    pub fn reserve(&mut self, rows: usize) {
        self.slice.reserve(rows);
    }

    /// True where something is laid over a row.
    pub fn covers(&self, id: &MirrorKey) -> bool {
        self.slice.covers(id)
    }

    /// True where a number was told for another order by what was planned `before` this: after that, this would not have been
    /// planned so.
    pub fn contradicts(&self, before: &Again) -> bool {
        std::iter::once(&before.books).chain(&before.inherited).any(|before| self.books.contradict(before))
    }

    /// Takes over the records of what was planned `before` this, where there are none here.
    pub fn inherit(&mut self, before: &mut Again) {
        self.inherited.push(std::mem::take(&mut before.books));
        self.inherited.append(&mut before.inherited);
    }

    /// Has all that is known in one place.
    fn gather(&mut self) {
        self.inherited.drain(..).for_each(|before| self.books.inherit(before));
    }

    /// What it takes long to let go of, and nobody has to wait for.
    pub fn into_spent(self) -> Box<dyn Send> {
        Box::new((self.slice, self.books, self.inherited))
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
        self.gather();
        if self.books.order(id).is_none() {
            let loaded = self.state.load_books(vec![id.to_owned()], Vec::new(), Vec::new()).await?;
            self.books.fill(loaded);
        }
        let none = || OrderRecord { id: id.to_owned(), ..OrderRecord::default() };
        Ok(self.books.order(id).cloned().unwrap_or_else(none))
    }

    /// The order's record, where it was put here or planned.
    pub fn known(&mut self, id: &str) -> Option<&OrderRecord> {
        self.gather();
        self.books.order(id)
    }

    /// The orders and customers that a row is a part of, as rows are now.
    async fn touched(&mut self, table: TableId, row: &Row) -> Result<Vec<DirtyKey>, CaptureError> {
        loop {
            if let Loaded::Ready(keys) = self.now_touched(table, row)? {
                return Ok(keys);
            }
            self.load_rows().await?;
        }
    }

    fn now_touched(&mut self, table: TableId, row: &Row) -> Result<Loaded<Vec<DirtyKey>>, CaptureError> {
        match self.bound.touched(table, row, &mut self.slice) {
            Loaded::Missing => Ok(Loaded::Missing),
            Loaded::Ready(touched) => self.keys(touched.map_err(unreadable)?),
        }
    }

    fn keys(&mut self, touched: Touched) -> Result<Loaded<Vec<DirtyKey>>, CaptureError> {
        let mut keys: Vec<DirtyKey> = touched.orders.into_iter().map(DirtyKey::Order).collect();
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

    /// Loads at once what [`Again::change`] and [`Again::plan`] will ask for of these changes and documents, of which orders are to
    /// be told under these numbers, so that neither has to wait for the state database each time.
    ///
    /// # Errors
    /// The state database's, and a row whose owners cannot be evaluated.
    pub async fn foresee<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c RowChange> + Clone,
        documents: &[DirtyKey],
        numbers: &[String],
    ) -> Result<(), CaptureError> {
        loop {
            let asked = self.ask(changes.clone(), documents, numbers)?;
            if asked.is_nothing() {
                return Ok(());
            }
            let found = asked.of(self.state.clone()).await?;
            self.fill(found);
        }
    }

    /// As [`Again::foresee`], while other things are done: what comes of it is taken in with [`Again::take_in`].
    ///
    /// # Errors
    /// A row whose owners cannot be evaluated.
    pub async fn foresee_meanwhile<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c RowChange>,
        documents: &[DirtyKey],
        numbers: &[String],
    ) -> Result<Foreseen, CaptureError> {
        let asked = self.ask(changes, documents, numbers)?;
        let asking = tokio::spawn(asked.of(self.state.clone()));
        // What is begun here begins when this thread has nothing else to do, unless it is given a turn.
        tokio::task::yield_now().await;
        Ok(Foreseen(asking))
    }

    /// Takes in what was loaded meanwhile.
    ///
    /// # Errors
    /// The state database's.
    pub async fn take_in(&mut self, foreseen: Foreseen) -> Result<(), CaptureError> {
        match foreseen.0.await {
            Ok(found) => self.fill(found?),
            // It is asked for again by whoever needs it.
            Err(broken) => warn!(%broken, "what was to be loaded ahead was not"),
        }
        Ok(())
    }

    /// What is not known yet of these.
    fn ask<'c>(
        &mut self,
        changes: impl Iterator<Item = &'c RowChange>,
        documents: &[DirtyKey],
        numbers: &[String],
    ) -> Result<Asked, CaptureError> {
        self.gather();
        let mut asked = Asked::default();
        for key in documents {
            match key {
                DirtyKey::Order(id) => {
                    ORDER_INDEXES.iter().for_each(|index| self.slice.foresee(index, id));
                    let is_asked = !self.past && self.books.order(id).is_none();
                    asked.orders.extend(is_asked.then(|| id.clone()));
                }
                DirtyKey::Customer(id) => {
                    self.slice.foresee(CUSTOMER_ID, id);
                    asked.customers.extend((!self.books.has_customer(id)).then(|| id.clone()));
                }
            }
        }
        asked.numbers.extend(numbers.iter().filter(|number| !self.books.has_number(number)).cloned());
        let follows: Vec<bool> = (0..self.bound.footprint().tables.len()).map(|t| self.bound.follows(t)).collect();
        for change in changes.filter(|change| follows[change.table]) {
            for row in change.before.iter().chain(&change.after) {
                let _: Loaded<_> = self.now_touched(change.table, row)?;
            }
        }
        let is_owned = |lookup: &Lookup| self.past && matches!(lookup, Lookup::Owned { .. });
        (asked.keys, asked.rows) = self.slice.take_missing().into_iter().partition(is_owned);
        Ok(asked)
    }

    fn fill(&mut self, found: Found) {
        for (lookup, rows) in found.rows {
            self.slice.fill(lookup, rows);
        }
        for (lookup, keys) in found.keys {
            if let Lookup::Owned { index, owner } = lookup {
                self.slice.fill_keys(index, owner, keys);
            }
        }
        if let Some(books) = found.books {
            self.books.fill_unknown(books);
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

    /// Plans documents as if they had settled, each with the time of its last change. What is planned is laid over the ledger; of the
    /// past, the commit has no more of an order than its id and what holds it.
    ///
    /// # Errors
    /// The state database's.
    pub async fn plan(
        &mut self,
        documents: Vec<(DirtyKey, Timestamp)>,
        cut: &Arc<str>,
    ) -> Result<Box<Commit>, CaptureError> {
        self.gather();
        let documents = documents.into_iter().collect();
        let input = self.settled(&documents, cut);
        loop {
            match plan_these(&self.bound, &documents, &mut self.slice, &self.books, &input) {
                Step::Done { mut commit, .. } => {
                    self.books.take(&mut commit, self.past);
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

    /// True where nothing is to be told of an order that has this record, and it is not held: whatever else was told or planned, that
    /// is so. Nothing is laid over the ledger.
    ///
    /// # Errors
    /// The state database's.
    pub async fn comes_to_nothing(
        &mut self,
        record: OrderRecord,
        since: Timestamp,
        cut: &Arc<str>,
    ) -> Result<bool, CaptureError> {
        let documents = BTreeMap::from([(DirtyKey::Order(record.id.clone()), since)]);
        let input = self.settled(&documents, cut);
        let mut books = Books::default();
        books.put_order(record);
        loop {
            match plan_these(&self.bound, &documents, &mut self.slice, &books, &input) {
                Step::Done { commit, .. } => {
                    return Ok(commit.outbox.is_empty() && commit.orders.iter().all(|order| order.held.is_none()));
                }
                // It would be told for the first time.
                Step::Need { orders, customers, numbers, .. }
                    if !(orders.is_empty() && customers.is_empty() && numbers.is_empty()) =>
                {
                    return Ok(false);
                }
                Step::Need { .. } => self.load_rows().await?,
            }
        }
    }

    /// What planning these documents goes by, when they have settled.
    fn settled(&self, documents: &BTreeMap<DirtyKey, Timestamp>, cut: &Arc<str>) -> Input<'static> {
        let settle = SignedDuration::try_from(self.bound.settings().settle).unwrap_or(SignedDuration::MAX);
        let last = documents.values().max().copied().unwrap_or(Timestamp::UNIX_EPOCH);
        Input {
            transactions: &[],
            terms: self.terms.clone(),
            cut: cut.clone(),
            wall: last.saturating_add(settle).unwrap_or(last),
            live: true,
            session_began: Timestamp::MIN,
            look_up_from: Timestamp::UNIX_EPOCH,
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
