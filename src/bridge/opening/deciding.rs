//! The third step: what becomes of each order, some hundred at a time. While one lot is committed, the next ones are loaded and
//! worked out.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use jiff::civil::Date;

use super::{Books, OpeningError, Step, Sums};
use crate::capture::{Decided, Fate, Opened, Opening, decide};
use crate::change::{MirrorRow, RowKey};
use crate::document::Amounts;
use crate::mapping::{Bound, Slice};
use crate::state::{Commit, DirtyKey, State, StateError};

/// Orders that are decided on together.
const ORDERS_MAX: usize = 500;

/// Lots of orders that are worked out at the same time.
const LOTS_MAX: usize = 3;

/// The index of an order's own row.
const ORDER_ID: &str = "order.id";

/// Orders that are decided on together, and how far that comes.
type Lot<'a> = BoxFuture<'a, Result<(Step, Decided), OpeningError>>;

/// What deciding needs; it changes nothing.
struct Judge<'a> {
    state: &'a dyn State,
    bound: &'a Arc<Bound>,
    how: &'a Opening,
    today: Date,
}

impl<'a> Books<'a> {
    /// Decides on every order that comes after `after`, in the order of the tables.
    pub(super) async fn decide(&mut self, mut table: usize, mut after: Option<RowKey>) -> Result<(), OpeningError> {
        let today = self.bound.settings().time_zone.to_datetime(self.session.began_at).date();
        let judge: Arc<Judge<'a>> =
            Arc::new(Judge { state: self.state, bound: self.bound, how: &self.terms.how, today });
        let mut lots: FuturesOrdered<Lot<'a>> = FuturesOrdered::new();
        loop {
            while lots.len() < LOTS_MAX
                && let Some(&order_table) = self.bound.order_tables().get(table)
            {
                let rows = self.state.rows(order_table, after, ORDERS_MAX).await?;
                let Some(last) = rows.last() else {
                    (table, after) = (table + 1, None);
                    continue;
                };
                after = Some(last.key.clone());
                let step = Step::Deciding { table, after: after.clone() };
                let judge = judge.clone();
                lots.push_back(Box::pin(async move { Ok((step, judge.decide(&rows).await?)) }));
            }
            let Some(lot) = lots.next().await else { return Ok(()) };
            let (step, decided) = lot?;
            self.commit_lot(step, decided).await?;
        }
    }

    async fn commit_lot(&mut self, step: Step, decided: Decided) -> Result<(), OpeningError> {
        let (mut opened, mut dirty) = (Vec::new(), Vec::new());
        for (id, _, currency, fate) in &decided.fates {
            match fate {
                Fate::Opened(order) => {
                    add(&mut self.tally.opened, currency, order.amounts);
                    opened.push(order.clone());
                }
                Fate::Told(amounts) => {
                    add(&mut self.tally.told, currency, *amounts);
                    dirty.push((DirtyKey::Order(id.clone()), self.session.began_at));
                }
                Fate::Held(_) => self.tally.held += 1,
                Fate::Nothing => self.tally.nothing += 1,
            }
        }
        (self.witness)(&decided);
        self.progress.step = step;
        let opening = Some(self.stored());
        self.commit(Commit { opened, dirty, orders: decided.records, opening, ..Commit::default() }).await?;
        Ok(())
    }
}

impl Judge<'_> {
    async fn decide(&self, rows: &[MirrorRow]) -> Result<Decided, OpeningError> {
        let mut orders = Vec::with_capacity(rows.len());
        for row in rows {
            let owners = self.bound.owners(row.table, &row.row)?;
            orders.extend(owners.into_iter().filter(|owner| owner.index == ORDER_ID).map(|owner| owner.owner.into()));
        }
        Ok(self.decided(&orders).await?)
    }

    async fn decided(&self, orders: &[String]) -> Result<Decided, StateError> {
        let mut slice = Slice::new();
        loop {
            match decide(self.bound, &mut slice, self.how, self.today, orders) {
                Opened::Done(decided) => return Ok(decided),
                Opened::Need(lookups) => {
                    for (lookup, rows) in self.state.load(lookups.into_iter().collect()).await? {
                        slice.fill(lookup, rows);
                    }
                    slice.restart();
                }
            }
        }
    }
}

fn add(sums: &mut Sums, currency: &str, amounts: Amounts) {
    let sum = sums.entry(currency.to_owned()).or_default();
    sum.0 += 1;
    sum.1 += amounts;
}
