//! Rewind reads forward: what rows were at a position, from the transactions that came after it; pure.
//!
//! Row events carry before-images. Read forward from a position, the *first* image that is met of a key is what the row was
//! there: none, where it was inserted; a changed key is a delete and an insert. What is not met has not changed.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use crate::change::{Batch, Footprint, Phase, Row, RowChange, RowKey, TableId, Transaction};

/// The changes of transactions as they were committed: rows that an XA transaction has prepared come with its commit.
#[derive(Debug, Default)]
pub struct Committed {
    prepared: BTreeMap<Arc<str>, Vec<RowChange>>,
}

/// An XA transaction that was prepared before anything was read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("transaction {transaction} commits the XA transaction {xid}, which was prepared before")]
pub struct PreparedBefore {
    /// The transaction that commits it.
    pub transaction: Arc<str>,
    /// Its name.
    pub xid: Arc<str>,
}

impl Committed {
    /// True where no rows wait under the name of an XA transaction.
    pub fn is_empty(&self) -> bool {
        self.prepared.is_empty()
    }

    /// The changes that a transaction makes.
    ///
    /// # Errors
    /// The commit of an XA transaction whose rows are not known.
    pub fn take<'t>(&mut self, transaction: &'t Transaction) -> Result<Cow<'t, [RowChange]>, PreparedBefore> {
        match &transaction.phase {
            Phase::Whole | Phase::Part | Phase::LastPart => Ok(Cow::Borrowed(&transaction.changes)),
            Phase::Prepared { xid, part } => {
                let rows = self.prepared.entry(xid.clone()).or_default();
                if *part == 0 {
                    rows.clear();
                }
                rows.extend(transaction.changes.iter().cloned());
                Ok(Cow::default())
            }
            Phase::XaRollback(xid) => {
                self.prepared.remove(xid);
                Ok(Cow::default())
            }
            Phase::XaCommit(xid) => {
                let found = self.prepared.remove(xid);
                let before = || PreparedBefore { transaction: transaction.id.clone(), xid: xid.clone() };
                found.map(Cow::Owned).ok_or_else(before)
            }
        }
    }
}

/// The first image of each key that is met. It remembers which keys it has met by 64 bits of two hashes each, and no image.
#[derive(Debug, Default)]
pub struct Firsts {
    met: HashSet<(TableId, u64, u64)>,
    hashes: (RandomState, RandomState),
    committed: Committed,
}

/// What a row was: `None` where there was none.
pub type Image = ((TableId, RowKey), Option<Row>);

impl Firsts {
    /// The images of keys that are met here for the first time.
    ///
    /// # Errors
    /// An XA transaction that ends here and was prepared before.
    pub fn take(&mut self, footprint: &Footprint, batch: &Batch) -> Result<Vec<Image>, PreparedBefore> {
        let mut images = Vec::new();
        for transaction in &batch.transactions {
            for RowChange { table, before, after } in &*self.committed.take(transaction)? {
                let (table, uses) = (*table, &footprint.tables[*table]);
                for (row, image) in [(before, before.as_ref()), (after, None)] {
                    // Where the key stayed the same, its image from before is noted already.
                    let Some(key) = row.as_ref().map(|row| uses.key_of(row)) else { continue };
                    let (one, other) = (self.hashes.0.hash_one(&key), self.hashes.1.hash_one(&key));
                    if self.met.insert((table, one, other)) {
                        images.push(((table, key), image.cloned()));
                    }
                }
            }
        }
        Ok(images)
    }

    /// How many keys were met.
    pub fn met(&self) -> usize {
        self.met.len()
    }
}

/// The first image and the last of each key that is met, step by step; both are held.
#[derive(Debug)]
pub struct Ends {
    /// The steps that are over, and the one under way.
    steps: Vec<Met>,
    committed: Committed,
    /// More of a transaction is to come.
    part: bool,
}

/// The rows that were met.
pub type Met = foldhash::HashMap<(TableId, RowKey), End>;

/// What a row was before the first change of it that was met, and what it is after the last; `None` where there was none.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// Before the first.
    pub first: Option<Row>,
    /// After the last.
    pub last: Option<Row>,
}

impl Default for Ends {
    fn default() -> Ends {
        Ends { steps: vec![Met::default()], committed: Committed::default(), part: false }
    }
}

impl Ends {
    /// Takes in transactions; answers how many changes they make.
    ///
    /// # Errors
    /// An XA transaction that ends here and was prepared before.
    pub fn take(&mut self, footprint: &Footprint, transactions: &[Transaction]) -> Result<usize, PreparedBefore> {
        let mut taken = 0;
        for transaction in transactions {
            self.part = matches!(transaction.phase, Phase::Part);
            let changes = self.committed.take(transaction)?;
            taken += changes.len();
            if let Some(met) = self.steps.last_mut() {
                changes.iter().for_each(|change| note(met, footprint, change));
            }
        }
        Ok(taken)
    }

    /// Begins another step; not within a transaction, nor while one is prepared: then it is false.
    pub fn step(&mut self) -> bool {
        let between = !self.part && self.committed.is_empty();
        if between {
            self.steps.push(Met::default());
        }
        between
    }

    /// What was met, step by step.
    pub fn into_steps(self) -> Vec<Met> {
        self.steps
    }
}

fn note(met: &mut Met, footprint: &Footprint, RowChange { table, before, after }: &RowChange) {
    let uses = &footprint.tables[*table];
    let same_key = |(before, after): (&Row, &Row)| uses.key.iter().all(|&i| before[i] == after[i]);
    let stays = before.as_ref().zip(after.as_ref()).is_some_and(same_key);
    if let Some(before) = before {
        let key = (*table, uses.key_of(before));
        let end = met.entry(key).or_insert_with(|| End { first: Some(before.clone()), last: None });
        end.last = if stays { after.clone() } else { None };
    }
    if let Some(after) = after.as_ref().filter(|_| !stays) {
        let key = (*table, uses.key_of(after));
        met.entry(key).or_insert(End { first: None, last: None }).last = Some(after.clone());
    }
}

/// Steps, one after the other, as one.
pub fn joined(steps: impl IntoIterator<Item = Met>) -> Met {
    let mut steps: Vec<Met> = steps.into_iter().collect();
    if steps.len() == 1 {
        return steps.remove(0);
    }
    let mut all = Met::default();
    all.reserve(steps.iter().map(Met::len).sum());
    for (id, end) in steps.into_iter().flatten() {
        match all.entry(id) {
            Entry::Occupied(mut met) => met.get_mut().last = end.last,
            Entry::Vacant(new) => drop(new.insert(end)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Position, TableUse, Value};

    fn footprint() -> Footprint {
        let columns = vec!["id".to_owned(), "text".to_owned()];
        Footprint { tables: vec![TableUse { table: "t".into(), columns, key: vec![0] }] }
    }

    fn row(id: i64, text: &str) -> Row {
        vec![Value::Int(id), Value::text(text)].into()
    }

    fn batch(phase: Phase, changes: &[(Option<Row>, Option<Row>)]) -> Batch {
        let changes = changes.iter().cloned().map(|(before, after)| RowChange { table: 0, before, after }).collect();
        let transaction = Transaction {
            id: "1".into(),
            committed_at: jiff::Timestamp::UNIX_EPOCH,
            resolution_us: 1,
            changes,
            phase,
            logged: None,
        };
        Batch { transactions: vec![transaction], position: Position("x".into()), shapes: None }
    }

    fn transactions(phase: Phase, changes: &[(Option<Row>, Option<Row>)]) -> Vec<Transaction> {
        batch(phase, changes).transactions
    }

    fn found(images: Vec<Image>) -> BTreeMap<String, Option<Row>> {
        images.into_iter().map(|((_, key), row)| (key.into(), row)).collect()
    }

    #[test]
    fn the_first_image_counts() {
        let mut first = Firsts::default();
        let changes = [
            (Some(row(1, "a")), Some(row(1, "b"))),
            (Some(row(1, "b")), None),
            (None, Some(row(1, "c"))),
            (None, Some(row(2, "x"))),
            (Some(row(2, "x")), Some(row(2, "y"))),
            // Key 3 becomes 4, where another row was before.
            (Some(row(4, "old")), None),
            (Some(row(3, "z")), Some(row(4, "z"))),
        ];
        let images = first.take(&footprint(), &batch(Phase::Whole, &changes)).unwrap();
        let expected =
            [("[1]", Some(row(1, "a"))), ("[2]", None), ("[3]", Some(row(3, "z"))), ("[4]", Some(row(4, "old")))];
        assert_eq!((images.len(), first.met()), (4, 4));
        assert_eq!(found(images), expected.map(|(key, row)| (key.to_owned(), row)).into());
        let again = first.take(&footprint(), &batch(Phase::Whole, &[(Some(row(1, "c")), None)])).unwrap();
        assert!(again.is_empty());
    }

    #[test]
    fn the_last_image_is_what_is_there() {
        let mut ends = Ends::default();
        let changes = [
            (Some(row(1, "a")), Some(row(1, "b"))),
            (Some(row(1, "b")), None),
            (None, Some(row(2, "x"))),
            (Some(row(2, "x")), Some(row(2, "y"))),
            // Key 3 becomes 4, where another row was before.
            (Some(row(4, "old")), None),
            (Some(row(3, "z")), Some(row(4, "z"))),
            (None, Some(row(1, "c"))),
        ];
        assert_eq!(ends.take(&footprint(), &transactions(Phase::Whole, &changes)).unwrap(), 7);
        let end = |first: Option<Row>, last: Option<Row>| End { first, last };
        let expected = [
            ("[1]", end(Some(row(1, "a")), Some(row(1, "c")))),
            ("[2]", end(None, Some(row(2, "y")))),
            ("[3]", end(Some(row(3, "z")), None)),
            ("[4]", end(Some(row(4, "old")), Some(row(4, "z")))),
        ];
        let found: BTreeMap<String, End> =
            ends.into_steps().remove(0).into_iter().map(|((_, key), end)| (key.into(), end)).collect();
        assert_eq!(found, expected.map(|(key, end)| (key.to_owned(), end)).into());
    }

    #[test]
    fn steps_that_are_joined_are_as_one() {
        let changes = [
            (Some(row(1, "a")), Some(row(1, "b"))),
            (None, Some(row(2, "x"))),
            (Some(row(1, "b")), None),
            (Some(row(2, "x")), Some(row(2, "y"))),
            (Some(row(2, "y")), Some(row(3, "y"))),
            (None, Some(row(1, "c"))),
        ];
        let mut whole = Ends::default();
        let _ = whole.take(&footprint(), &transactions(Phase::Whole, &changes)).unwrap();
        let whole = whole.into_steps().remove(0);
        for at in 0..=changes.len() {
            let mut ends = Ends::default();
            let _ = ends.take(&footprint(), &transactions(Phase::Whole, &changes[..at])).unwrap();
            assert!(ends.step());
            let _ = ends.take(&footprint(), &transactions(Phase::Whole, &changes[at..])).unwrap();
            assert_eq!(joined(ends.into_steps()), whole, "{at}");
        }
    }

    #[test]
    fn no_step_begins_within_a_transaction() {
        let (mut ends, one) = (Ends::default(), [(None, Some(row(1, "a")))]);
        let prepared = Phase::Prepared { xid: "a".into(), part: 0 };
        for (phase, between) in [
            (Phase::Part, false),
            (Phase::LastPart, true),
            (prepared, false),
            (Phase::Whole, false),
            (Phase::XaCommit("a".into()), true),
        ] {
            let _ = ends.take(&footprint(), &transactions(phase.clone(), &one)).unwrap();
            assert_eq!(ends.step(), between, "{phase:?}");
        }
    }

    #[test]
    fn what_was_prepared_counts_where_it_is_committed() {
        let (mut first, footprint) = (Firsts::default(), footprint());
        let prepared = |xid: &str| Phase::Prepared { xid: xid.into(), part: 0 };
        let mut images = Vec::new();
        for (xid, id) in [("a", 1), ("b", 2), ("c", 3)] {
            let batch = batch(prepared(xid), &[(Some(row(id, "before")), None)]);
            images.extend(first.take(&footprint, &batch).unwrap());
        }
        assert!(images.is_empty());
        images.extend(first.take(&footprint, &batch(Phase::Whole, &[(None, Some(row(4, "x")))])).unwrap());
        images.extend(first.take(&footprint, &batch(Phase::XaCommit("a".into()), &[])).unwrap());
        images.extend(first.take(&footprint, &batch(Phase::XaRollback("b".into()), &[])).unwrap());
        let foreign = first.take(&footprint, &batch(Phase::XaCommit("d".into()), &[])).unwrap_err().to_string();
        assert!(foreign.contains("XA transaction d"), "{foreign}");
        let expected = [("[1]", Some(row(1, "before"))), ("[4]", None)];
        assert_eq!(found(images), expected.map(|(key, row)| (key.to_owned(), row)).into());
        assert_eq!(first.committed.prepared.keys().map(|xid| &**xid).collect::<Vec<_>>(), ["c"]);
    }
}
