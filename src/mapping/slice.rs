//! The part of the mirror that a batch touches: as committed, and as the batch leaves it.

use std::collections::{BTreeSet, HashMap};

use crate::change::{Changed, Lookup, MirrorRow, Row, RowChange, RowKey, TableId};

use super::bound::{Bound, Owner};
use super::refusal::EvalError;

/// An answer, or the news that the slice lacks rows for it: they are in [`Slice::missing`].
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded<T> {
    /// The answer.
    Ready(T),
    /// Fill what [`Slice::missing`] asks for, and ask again.
    Missing,
}

/// Mirror rows: a base as loaded from the state database, overlaid with a batch's changes.
#[derive(Debug, Clone, Default)]
pub struct Slice {
    /// Rows by key; `None` is known to be absent.
    base: HashMap<Id, Option<Row>>,
    /// Loaded owner indexes, by index and owner.
    base_owned: Indexes,
    overlay: HashMap<Id, Option<Owned>>,
    /// What the changes belong to that are applied now.
    transaction: Option<Changed>,
    /// Entries of every image that a change of the overlay left behind.
    overlay_owned: Indexes,
    missing: BTreeSet<Lookup>,
}

/// By index and owner, the rows.
type Indexes = HashMap<&'static str, HashMap<String, BTreeSet<Id>>>;

/// A row's table and key.
pub(super) type Id = (TableId, RowKey);

#[derive(Debug, Clone)]
struct Owned {
    row: Row,
    owners: Vec<Owner>,
    changed: Option<Changed>,
}

/// What a batch did to one mirrored row, all its changes taken together.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Which table.
    pub table: TableId,
    /// The row's key.
    pub key: RowKey,
    /// The row as the batch leaves it; `None` where it is gone.
    pub row: Option<Row>,
    /// The index entries of that row; they take the place of all that the key had before.
    pub owners: Vec<Owner>,
    /// The transaction that left it so; `None` where it was only read.
    pub changed: Option<Changed>,
}

impl Slice {
    /// A slice that knows nothing yet.
    pub fn new() -> Slice {
        Slice::default()
    }

    /// Takes the state database's answer to a lookup into the base.
    pub fn fill(&mut self, lookup: Lookup, rows: Vec<MirrorRow>) {
        self.missing.remove(&lookup);
        match lookup {
            Lookup::Row { table, key } => {
                let row = rows.into_iter().find(|r| r.table == table && r.key == key).map(|r| r.row);
                self.base.insert((table, key), row);
            }
            Lookup::Owned { index, owner } => {
                let ids = rows.iter().map(|r| (r.table, r.key.clone())).collect();
                self.base.extend(rows.into_iter().map(|r| ((r.table, r.key), Some(r.row))));
                self.base_owned.entry(index).or_default().insert(owner, ids);
            }
        }
    }

    /// The changes that are applied from now on belong to this transaction.
    pub fn begin(&mut self, transaction: Changed) {
        self.transaction = Some(transaction);
    }

    /// Applies one change on top of the base. A change of the key is a delete and an insert.
    ///
    /// # Errors
    /// The owners of the row after the change cannot be evaluated; the slice is as before.
    pub fn apply(&mut self, bound: &Bound, change: &RowChange) -> Result<(), EvalError> {
        let table = change.table;
        let shape = &bound.footprint().tables[table];
        let after = match &change.after {
            Some(row) => {
                let owners = bound.owners(table, row)?;
                Some(Owned { row: row.clone(), owners, changed: self.transaction.clone() })
            }
            None => None,
        };
        if let Some(before) = &change.before {
            self.overlay.insert((table, shape.key_of(before)), None);
        }
        if let Some(after) = after {
            let id = (table, shape.key_of(&after.row));
            for owner in &after.owners {
                let owners = self.overlay_owned.entry(owner.index).or_default();
                match owners.get_mut(&owner.owner) {
                    Some(ids) => drop(ids.insert(id.clone())),
                    None => drop(owners.insert(owner.owner.clone(), BTreeSet::from([id.clone()]))),
                }
            }
            self.overlay.insert(id, Some(after));
        }
        Ok(())
    }

    /// Puts a row in its place on top of the base as it was at some time, or its absence.
    ///
    /// # Errors
    /// The row's owners cannot be evaluated; the slice is as before.
    pub fn put(&mut self, bound: &Bound, table: TableId, key: RowKey, row: Option<Row>) -> Result<(), EvalError> {
        match row {
            Some(row) => self.apply(bound, &RowChange { table, before: None, after: Some(row) })?,
            None => drop(self.overlay.insert((table, key), None)),
        }
        Ok(())
    }

    /// What has to be filled before the last question can be answered.
    pub fn missing(&self) -> &BTreeSet<Lookup> {
        &self.missing
    }

    /// Takes what has to be filled for someone who will fill it later: nobody else asks for it meanwhile.
    pub fn take_missing(&mut self) -> Vec<Lookup> {
        std::mem::take(&mut self.missing).into_iter().collect()
    }

    /// Drops the changes and the open lookups, and keeps the base: the batch starts again.
    pub fn restart(&mut self) {
        self.overlay.clear();
        self.overlay_owned.clear();
        self.missing.clear();
    }

    /// The net effect of the changes, one entry a row, sorted by table and key.
    pub fn writes(&self) -> impl Iterator<Item = Write> + '_ {
        let mut overlay: Vec<_> = self.overlay.iter().collect();
        overlay.sort_unstable_by_key(|(id, _)| *id);
        overlay.into_iter().map(|((table, key), owned)| Write {
            table: *table,
            key: key.clone(),
            row: owned.as_ref().map(|o| o.row.clone()),
            owners: owned.as_ref().map(|o| o.owners.clone()).unwrap_or_default(),
            changed: owned.as_ref().and_then(|o| o.changed.clone()),
        })
    }

    /// A row by its key, or `Missing`, which is noted.
    pub fn row(&mut self, table: TableId, key: RowKey) -> Loaded<Option<Row>> {
        let id = (table, key);
        if let Some(owned) = self.overlay.get(&id) {
            return Loaded::Ready(owned.as_ref().map(|o| o.row.clone()));
        }
        if let Some(row) = self.base.get(&id) {
            return Loaded::Ready(row.clone());
        }
        self.missing.insert(Lookup::Row { table: id.0, key: id.1 });
        Loaded::Missing
    }

    /// Notes what an index has under an owner as missing, where it is not known yet.
    pub fn foresee(&mut self, index: &'static str, owner: &str) {
        let _: Loaded<Vec<(TableId, Row)>> = self.owned(index, owner);
    }

    /// The rows that an index has under an owner, or had: each one's owner has to be looked at again.
    pub(super) fn owned(&mut self, index: &'static str, owner: &str) -> Loaded<Vec<(TableId, Row)>> {
        let Some(base) = self.base_owned.get(index).and_then(|owners| owners.get(owner)) else {
            self.missing.insert(Lookup::Owned { index, owner: owner.to_owned() });
            return Loaded::Missing;
        };
        let mut rows = Vec::with_capacity(base.len());
        let mut put = |id: &Id| {
            let row = match self.overlay.get(id) {
                Some(owned) => owned.as_ref().map(|o| o.row.clone()),
                None => self.base.get(id).cloned().flatten(),
            };
            rows.extend(row.map(|row| (id.0, row)));
        };
        base.iter().for_each(&mut put);
        let changed = self.overlay_owned.get(index).and_then(|owners| owners.get(owner));
        changed.into_iter().flatten().filter(|id| !base.contains(*id)).for_each(&mut put);
        Loaded::Ready(rows)
    }
}
