//! The second step: the mirror as it was at the start.
//!
//! Row events carry before-images. Read forward from the start, the *first* image that is met of a key is what the row was
//! at the start: none, where it was inserted; a changed key is a delete and an insert. What was not met has not changed.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tracing::info;

use super::{Books, OpeningError, Step};
use crate::binlog::{Definitions, Limits, Store, StoreError, position};
use crate::capture;
use crate::change::{Batch, Footprint, Phase, Position, Row, RowChange, RowKey, TableId};
use crate::state::{Commit, MirrorWrite};

/// What one read of the binlog yields at most.
const LIMITS: Limits = Limits { transactions: 512, rows: 4_096 };

/// Rows in one commit.
const ROWS_MAX: usize = 1_000;

/// The first image of each key that was met.
#[derive(Debug, Default)]
pub(super) struct First {
    rows: HashMap<(TableId, RowKey), Option<Row>>,
    /// Rows of XA transactions that were prepared in the range and have not ended in it yet.
    prepared: BTreeMap<Arc<str>, Vec<RowChange>>,
}

impl First {
    /// Takes in what comes next.
    ///
    /// # Errors
    /// An XA transaction that ends here and was prepared before the range.
    pub fn take(&mut self, footprint: &Footprint, batch: Batch) -> Result<(), String> {
        for transaction in batch.transactions {
            match transaction.phase {
                Phase::Whole | Phase::Part | Phase::LastPart => self.note(footprint, &transaction.changes),
                Phase::Prepared { xid, part } => {
                    let rows = self.prepared.entry(xid).or_default();
                    if part == 0 {
                        rows.clear();
                    }
                    rows.extend(transaction.changes);
                }
                Phase::XaRollback(xid) => drop(self.prepared.remove(&xid)),
                Phase::XaCommit(xid) => match self.prepared.remove(&xid) {
                    Some(changes) => self.note(footprint, &changes),
                    None => {
                        return Err(format!(
                            "transaction {} commits the XA transaction {xid}, which was prepared before",
                            transaction.id
                        ));
                    }
                },
            }
        }
        Ok(())
    }

    fn note(&mut self, footprint: &Footprint, changes: &[RowChange]) {
        for RowChange { table, before, after } in changes {
            let uses = &footprint.tables[*table];
            if let Some(row) = before
                && let Entry::Vacant(entry) = self.rows.entry((*table, uses.key_of(row)))
            {
                entry.insert(Some(row.clone()));
            }
            if let Some(row) = after {
                // Where the key stayed the same, its image from before is noted already.
                self.rows.entry((*table, uses.key_of(row))).or_insert(None);
            }
        }
    }

    /// What was found.
    pub fn rows(self) -> impl Iterator<Item = ((TableId, RowKey), Option<Row>)> {
        self.rows.into_iter()
    }
}

impl Books<'_> {
    /// Takes the mirror back to the start. A bridge that dies on the way finds the same images again.
    pub(super) async fn rewind(&mut self, store: &mut Store, until: &Position) -> Result<(), OpeningError> {
        let mut first = First::default();
        let mut at = self.progress.start.clone();
        while !position::reached(&at, until) {
            match self.read_on(store, &mut first, &mut at, until).await {
                Err(OpeningError::Store(StoreError::Definite(why))) => {
                    return Err(self.not_rewound(why.to_string()).await?);
                }
                Err(OpeningError::NotRewound { why, .. }) => return Err(self.not_rewound(why).await?),
                other => other?,
            }
        }
        let mut rewound: Vec<_> = first.rows().collect();
        // In an order of its own, so that pages are written that lie together.
        rewound.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let rows = rewound.len();
        for some in rewound.chunks(ROWS_MAX) {
            let mut mirror = Vec::with_capacity(some.len());
            for ((table, key), row) in some {
                match row {
                    None => mirror.push(MirrorWrite {
                        table: *table,
                        key: key.clone(),
                        row: None,
                        owners: Vec::new(),
                        changed: None,
                    }),
                    Some(row) => mirror.extend(capture::filled(self.bound, *table, vec![row.clone()])?),
                }
            }
            self.commit(Commit { mirror, ..Commit::default() }).await?;
        }
        info!(rows, "the mirror is that of the start");
        self.progress.step = Step::Deciding { table: 0, after: None };
        let opening = Some(self.stored());
        self.commit(Commit { opening, ..Commit::default() }).await?;
        Ok(())
    }

    /// Reads from one connection.
    async fn read_on(
        &self,
        store: &mut Store,
        first: &mut First,
        at: &mut Position,
        until: &Position,
    ) -> Result<(), OpeningError> {
        let footprint = self.bound.footprint();
        let tables: Vec<String> = footprint.tables.iter().map(|t| t.table.clone()).collect();
        let known = store.definitions(at, &tables, None).await?;
        let mut known = Definitions { really: self.bound.settings().charset.clone(), ..known };
        self.bound.settings().correct(&mut known.shapes);
        let mut stream = store.stream(at, footprint, &known.shapes).await?.settling(&known);
        while !position::reached(at, until) {
            let batch = stream.next(&LIMITS).await?;
            let next = batch.position.clone();
            first
                .take(footprint, batch)
                .map_err(|why| OpeningError::NotRewound { start: self.progress.start.clone(), why })?;
            *at = next;
        }
        Ok(())
    }

    /// What cannot be taken back is forgotten.
    async fn not_rewound(&mut self, why: String) -> Result<OpeningError, OpeningError> {
        self.forget().await?;
        Ok(OpeningError::NotRewound { start: self.progress.start.clone(), why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{TableUse, Transaction, Value};

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

    fn found(first: First) -> BTreeMap<String, Option<Row>> {
        first.rows().map(|((_, key), row)| (key, row)).collect()
    }

    #[test]
    fn the_first_image_counts() {
        let mut first = First::default();
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
        first.take(&footprint(), batch(Phase::Whole, &changes)).unwrap();
        let expected =
            [("[1]", Some(row(1, "a"))), ("[2]", None), ("[3]", Some(row(3, "z"))), ("[4]", Some(row(4, "old")))];
        assert_eq!(found(first), expected.map(|(key, row)| (key.to_owned(), row)).into());
    }

    #[test]
    fn what_was_prepared_counts_where_it_is_committed() {
        let (mut first, footprint) = (First::default(), footprint());
        let prepared = |xid: &str| Phase::Prepared { xid: xid.into(), part: 0 };
        for (xid, id) in [("a", 1), ("b", 2), ("c", 3)] {
            first.take(&footprint, batch(prepared(xid), &[(Some(row(id, "before")), None)])).unwrap();
        }
        first.take(&footprint, batch(Phase::Whole, &[(None, Some(row(4, "x")))])).unwrap();
        first.take(&footprint, batch(Phase::XaCommit("a".into()), &[])).unwrap();
        first.take(&footprint, batch(Phase::XaRollback("b".into()), &[])).unwrap();
        let foreign = first.take(&footprint, batch(Phase::XaCommit("d".into()), &[])).unwrap_err();
        assert!(foreign.contains("XA transaction d"), "{foreign}");
        let expected = [("[1]", Some(row(1, "before"))), ("[4]", None)];
        assert_eq!(found(first), expected.map(|(key, row)| (key.to_owned(), row)).into());
    }
}
