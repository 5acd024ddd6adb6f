//! Are our answers the store's? The same SELECTs, run by the server and evaluated by us, side by side.
//!
//! The server runs each SELECT's own text with one more condition, whose rows they are. We evaluate the same documents from the
//! rows of the same moment. Each value is compared as it prints; where documents take a number, as a number. Then the documents are made, to see which orders would be held.

use std::collections::{BTreeMap, BTreeSet};

use super::live::{Live, ROUNDS_MAX, offsets};
use super::preview::Hold;
use crate::binlog::StoreError;
use crate::mapping::{Bound, EvalError, Loaded, Printed, Slice, Which, leading_number};

/// Orders that are compared at one moment.
const ORDERS_MAX: usize = 100;

/// An index of owners, its SELECT, and the output that says whose row it is.
struct Select {
    index: &'static str,
    file: &'static str,
    owner: &'static str,
}

const CUSTOMERS: Select = Select { index: "customer.id", file: "customer.sql", owner: "id" };
const ORDERS: Select = Select { index: "order.id", file: "order.sql", owner: "id" };
const LINES: Select = Select { index: "order_line.order_id", file: "order_line.sql", owner: "order_id" };
const REFUNDS: Select = Select { index: "refund.order_id", file: "refund.sql", owner: "order_id" };
const REFUND_LINES: Select = Select { index: "refund_line.refund_id", file: "refund_line.sql", owner: "refund_id" };

/// Which orders are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sample {
    /// So many of the newest, and as many others by chance.
    Some(usize),
    /// These, by their keys.
    Orders(Vec<String>),
    /// Every one.
    All,
}

/// A value that the store says otherwise than we do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The SELECT's file.
    pub file: &'static str,
    /// Whose row it is.
    pub owner: String,
    /// The row's `id`.
    pub row: String,
    /// The output; `None` for a whole row that one of the two has and the other has not.
    pub output: Option<String>,
    /// What the store says.
    pub theirs: Option<String>,
    /// What we say.
    pub ours: Option<String>,
}

/// What came of a comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verified {
    /// Orders compared.
    pub orders: usize,
    /// Rows compared, by file.
    pub rows: BTreeMap<&'static str, usize>,
    /// Values compared.
    pub values: usize,
    /// Where the two differ.
    pub differences: Vec<Difference>,
    /// What we do not evaluate: such documents are held.
    pub refused: Vec<EvalError>,
    /// Orders that would be held, by their keys.
    pub held: Vec<(String, Hold)>,
    /// What the store's server would warn of, with the orders' keys.
    pub warnings: BTreeMap<String, Vec<String>>,
    /// Values that agree at an offset that the shop's zone has at another time of the year.
    pub otherwise: usize,
}

impl Live {
    /// Compares the orders of a sample, with their lines, refunds and customers.
    ///
    /// # Errors
    /// The store's.
    pub async fn verify(&mut self, sample: &Sample) -> Result<Verified, StoreError> {
        let orders: Vec<String> = self.sampled(sample).await?.into_iter().collect();
        let mut all = Verified::default();
        for chunk in orders.chunks(ORDERS_MAX) {
            self.begin().await?;
            let mut slice = Slice::new();
            let mut verified = self.compare(chunk, &mut slice).await?;
            if !verified.differences.is_empty() && !self.has_moments() {
                // Rows may have changed between the two looks at them: what differs twice is no chance.
                self.begin().await?;
                slice = Slice::new();
                let again = self.compare(chunk, &mut slice).await?;
                verified.differences.retain(|d| again.differences.contains(d));
            }
            if self.reading.is_nameless() {
                self.compare_at_other_offsets(chunk, &mut slice, &mut verified).await?;
            }
            self.plan(chunk, &mut slice, &mut verified).await?;
            all.add(verified);
        }
        Ok(all)
    }

    /// Takes out what the server says as we do when it is asked at another offset of the shop's zone: a session without the
    /// zone's name prints the whole year at one of them.
    async fn compare_at_other_offsets(
        &mut self,
        orders: &[String],
        slice: &mut Slice,
        verified: &mut Verified,
    ) -> Result<(), StoreError> {
        let offsets = offsets(&self.bound.settings().time_zone);
        for offset in offsets.iter().skip(1) {
            if verified.differences.is_empty() {
                return Ok(());
            }
            self.reading.set_offset(offset).await?;
            let again = self.compare(orders, slice).await?;
            let before = verified.differences.len();
            verified.differences.retain(|d| again.differences.iter().any(|a| a.is_at(d)));
            verified.otherwise += before - verified.differences.len();
            self.reading.set_offset(&offsets[0]).await?;
        }
        Ok(())
    }

    /// Makes the documents of orders, to see which would be held.
    async fn plan(&mut self, orders: &[String], slice: &mut Slice, verified: &mut Verified) -> Result<(), StoreError> {
        for order in orders {
            let Some(preview) = self.preview_in(order, slice).await? else { continue };
            verified.held.extend(preview.held.map(|hold| (order.clone(), hold)));
            for warning in preview.warnings {
                verified.warnings.entry(warning).or_default().push(order.clone());
            }
        }
        Ok(())
    }

    /// True where every mapped table is read as of one moment.
    fn has_moments(&self) -> bool {
        self.shapes.iter().all(|s| s.engine.eq_ignore_ascii_case("InnoDB"))
    }

    async fn sampled(&mut self, sample: &Sample) -> Result<BTreeSet<String>, StoreError> {
        let count = match sample {
            Sample::Orders(orders) => return Ok(orders.iter().cloned().collect()),
            Sample::All => {
                let statements = self.bound.orders(&Which::All);
                return self.ids(&statements).await;
            }
            Sample::Some(count) => *count,
        };
        let newest = self.bound.orders(&Which::Newest(count));
        let mut ids = self.ids(&newest).await?;
        let mut ranges = Vec::new();
        for statement in self.bound.key_ranges(&self.shapes) {
            for row in self.reading.printed(&statement, "order.sql").await? {
                let end = |name: &str| row.get(name)?.as_ref()?.parse::<i128>().ok();
                ranges.extend(end("low").zip(end("high")));
            }
        }
        let range = ranges.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        for _ in 0..range.map_or(0, |_| count) {
            let Some((low, high)) = range else { break };
            let from = self.bound.orders(&Which::From(rand::random_range(low..=high)));
            ids.extend(self.ids(&from).await?);
        }
        Ok(ids)
    }

    async fn compare(&mut self, orders: &[String], slice: &mut Slice) -> Result<Verified, StoreError> {
        let mut verified = Verified { orders: orders.len(), ..Verified::default() };
        let headers = self.side_by_side(&ORDERS, orders, slice, &mut verified).await?;
        self.side_by_side(&LINES, orders, slice, &mut verified).await?;
        let refunds = self.side_by_side(&REFUNDS, orders, slice, &mut verified).await?;
        self.side_by_side(&REFUND_LINES, &named(&refunds, "id"), slice, &mut verified).await?;
        self.side_by_side(&CUSTOMERS, &named(&headers, "customer_id"), slice, &mut verified).await?;
        Ok(verified)
    }

    /// Compares the rows of some owners; answers the store's.
    async fn side_by_side(
        &mut self,
        select: &Select,
        owners: &[String],
        slice: &mut Slice,
        verified: &mut Verified,
    ) -> Result<Vec<Printed>, StoreError> {
        let mut theirs: BTreeMap<&str, Vec<Printed>> = owners.iter().map(|o| (o.as_str(), Vec::new())).collect();
        for statement in self.bound.selects(select.index, owners, &self.shapes) {
            for row in self.reading.printed(&statement, select.file).await? {
                let owner = row.get(select.owner).cloned().flatten().unwrap_or_default();
                if let Some(rows) = theirs.get_mut(owner.as_str()) {
                    rows.push(row);
                }
            }
        }
        let ours = self.ours(select.index, owners, slice).await?;
        for (owner, theirs) in &theirs {
            match &ours[*owner] {
                Ok(ours) => verified.rows_of(&self.bound, select.file, owner, theirs, ours),
                Err(error) => verified.refused.push(error.clone()),
            }
        }
        Ok(theirs.into_values().flatten().collect())
    }

    /// Our rows of these owners.
    async fn ours(
        &mut self,
        index: &'static str,
        owners: &[String],
        slice: &mut Slice,
    ) -> Result<BTreeMap<String, Result<Vec<Printed>, EvalError>>, StoreError> {
        let mut answers = BTreeMap::new();
        let mut rounds = 0;
        loop {
            for owner in owners.iter().filter(|owner| !answers.contains_key(*owner)).collect::<Vec<_>>() {
                if let Loaded::Ready(rows) = self.bound.printed(index, owner, slice) {
                    answers.insert(owner.clone(), rows);
                }
            }
            if answers.len() == owners.len() {
                break;
            }
            rounds += 1;
            assert!(rounds < ROUNDS_MAX, "a question that has all rows it asked for asks on");
            self.load(slice).await?;
        }
        Ok(answers)
    }
}

impl Difference {
    /// True of another answer to the same question.
    fn is_at(&self, other: &Difference) -> bool {
        let place = |d: &Difference| (d.file, d.owner.clone(), d.row.clone(), d.output.clone());
        place(self) == place(other)
    }
}

impl Verified {
    fn add(&mut self, other: Verified) {
        self.orders += other.orders;
        self.values += other.values;
        for (file, rows) in other.rows {
            *self.rows.entry(file).or_default() += rows;
        }
        self.differences.extend(other.differences);
        self.held.extend(other.held);
        self.otherwise += other.otherwise;
        for (warning, orders) in other.warnings {
            self.warnings.entry(warning).or_default().extend(orders);
        }
        for error in other.refused {
            if !self.refused.contains(&error) {
                self.refused.push(error);
            }
        }
    }

    /// Compares the rows of one owner.
    fn rows_of(&mut self, bound: &Bound, file: &'static str, owner: &str, theirs: &[Printed], ours: &[Printed]) {
        let is_number = |output: &str| bound.is_number(file, output);
        *self.rows.entry(file).or_default() += theirs.len();
        self.values += theirs.iter().map(Printed::len).sum::<usize>();
        self.differences.extend(differences(file, owner, theirs, ours, &is_number));
    }
}

/// The values of one output, without NULLs, each once.
fn named(rows: &[Printed], output: &str) -> Vec<String> {
    let values: BTreeSet<String> = rows.iter().filter_map(|row| row.get(output).cloned().flatten()).collect();
    values.into_iter().collect()
}

/// Where two results differ. Rows belong together by their `id`.
fn differences(
    file: &'static str,
    owner: &str,
    theirs: &[Printed],
    ours: &[Printed],
    is_number: &dyn Fn(&str) -> bool,
) -> Vec<Difference> {
    let by_id = |rows: &[Printed]| {
        let mut by_id: BTreeMap<String, Vec<Printed>> = BTreeMap::new();
        for row in rows {
            let id = row.get("id").cloned().flatten().unwrap_or_default();
            by_id.entry(id).or_default().push(row.clone());
        }
        by_id.values_mut().for_each(|rows| rows.sort());
        by_id
    };
    let (theirs, ours) = (by_id(theirs), by_id(ours));
    let ids: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    let mut found = Vec::new();
    for id in ids {
        let none = Vec::new();
        let (theirs, ours) = (theirs.get(id).unwrap_or(&none), ours.get(id).unwrap_or(&none));
        let differs = |output: Option<String>, theirs: Option<String>, ours: Option<String>| Difference {
            file,
            owner: owner.to_owned(),
            row: id.clone(),
            output,
            theirs,
            ours,
        };
        if theirs.len() != ours.len() {
            let count = |rows: &[Printed]| Some(format!("{} rows", rows.len()));
            found.push(differs(None, count(theirs), count(ours)));
            continue;
        }
        for (theirs, ours) in theirs.iter().zip(ours) {
            let outputs: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for output in outputs {
                let (a, b) = (theirs.get(output).cloned().flatten(), ours.get(output).cloned().flatten());
                if !is_same(a.as_deref(), b.as_deref(), is_number(output)) {
                    found.push(differs(Some(output.clone()), a, b));
                }
            }
        }
    }
    found
}

fn is_same(theirs: Option<&str>, ours: Option<&str>, number: bool) -> bool {
    match (theirs, ours) {
        (Some(a), Some(b)) if number => a == b || leading_number(a).zip(leading_number(b)).is_some_and(|(a, b)| a == b),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    fn row(values: &[(&str, &str)]) -> Printed {
        values.iter().map(|(n, v)| ((*n).to_owned(), (*v != "NULL").then(|| (*v).to_owned()))).collect()
    }

    fn compared(theirs: &[Printed], ours: &[Printed]) -> Vec<String> {
        let number = |output: &str| output == "amount";
        let all = differences("order_line.sql", "7", theirs, ours, &number);
        let shown = |d: &Difference| {
            let said = |value: &Option<String>| value.as_deref().unwrap_or("NULL").to_owned();
            format!("{} {} {} {}", d.row, d.output.as_deref().unwrap_or("-"), said(&d.theirs), said(&d.ours))
        };
        all.iter().map(shown).collect()
    }

    #[test]
    fn every_value_that_differs_is_told() {
        let one = row(&[("id", "1"), ("amount", "1.50"), ("name", "a")]);
        let two = row(&[("id", "2"), ("amount", "NULL"), ("name", "b")]);
        assert_eq!(compared(&[one.clone(), two.clone()], &[two.clone(), one.clone()]), [""; 0]);
        let other = row(&[("id", "2"), ("amount", "0.00"), ("name", "B")]);
        assert_eq!(compared(&[one.clone(), two.clone()], &[one.clone(), other]), ["2 amount NULL 0.00", "2 name b B"]);
        assert_eq!(compared(&[one.clone(), two.clone()], from_ref(&one)), ["2 - 1 rows 0 rows"]);
        assert_eq!(compared(from_ref(&one), &[one.clone(), one.clone()]), ["1 - 1 rows 2 rows"]);
    }

    #[test]
    fn numbers_are_compared_as_such_and_texts_as_they_print() {
        let ours = [row(&[("id", "1"), ("amount", "1.5"), ("sku", "1.5")])];
        assert_eq!(compared(&[row(&[("id", "1"), ("amount", "1.500"), ("sku", "1.5")])], &ours), [""; 0]);
        assert_eq!(compared(&[row(&[("id", "1"), ("amount", "1.5"), ("sku", "1.50")])], &ours), ["1 sku 1.50 1.5"]);
        assert_eq!(compared(&[row(&[("id", "1"), ("amount", "1.51"), ("sku", "1.5")])], &ours), ["1 amount 1.51 1.5"]);
        // Where a number is wanted the server takes what a text begins with.
        assert_eq!(compared(&[row(&[("id", "1"), ("amount", "1.5 kg"), ("sku", "1.5")])], &ours), [""; 0]);
    }
}
