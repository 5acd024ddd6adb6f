//! The part of the mirror that a batch touches: as committed, and as the batch leaves it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};

use crate::change::{Changed, Lookup, MirrorRow, OwnerKey, Row, RowChange, RowKey, TableId};

use super::bound::{Bound, Owner, Touched};
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
    missing: HashSet<Lookup>,
    /// What rows are at the time that the slice is of, where the base is of another.
    past: Past,
}

/// What rows are at another time than the base is of, as far as that is known: a row, or that there is none.
pub type ImageOf = Arc<dyn Fn(&(TableId, RowKey)) -> Option<Option<Row>> + Send + Sync>;

#[derive(Clone, Default)]
struct Past(Option<ImageOf>);

impl fmt::Debug for Past {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Past").field(&self.0.is_some()).finish()
    }
}

impl Past {
    fn image(&self, id: &Id) -> Option<Option<Row>> {
        self.0.as_ref().and_then(|image_of| image_of(id))
    }
}

/// By index and owner, the rows.
type Indexes = HashMap<&'static str, HashMap<OwnerKey, Ids>>;

/// A row's table and key.
pub(super) type Id = (TableId, RowKey);

/// The rows that one owner has, each once, in order. Nearly always they are few.
#[derive(Debug, Clone, PartialEq)]
enum Ids {
    /// At most [`FEW`].
    Few(Vec<Id>),
    Many(BTreeSet<Id>),
}

/// What is looked through faster than a tree, and is a fraction of its size.
const FEW: usize = 32;

impl Ids {
    fn insert(&mut self, id: Id) {
        match self {
            Ids::Few(ids) => {
                let Err(place) = ids.binary_search(&id) else { return };
                if ids.len() < FEW {
                    ids.reserve_exact(1);
                    ids.insert(place, id);
                } else {
                    let many = std::mem::take(ids).into_iter().chain([id]).collect();
                    *self = Ids::Many(many);
                }
            }
            Ids::Many(ids) => drop(ids.insert(id)),
        }
    }

    fn contains(&self, id: &Id) -> bool {
        match self {
            Ids::Few(ids) => ids.binary_search(id).is_ok(),
            Ids::Many(ids) => ids.contains(id),
        }
    }

    fn len(&self) -> usize {
        match self {
            Ids::Few(ids) => ids.len(),
            Ids::Many(ids) => ids.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Id> {
        let (few, many) = match self {
            Ids::Few(ids) => (Some(ids.iter()), None),
            Ids::Many(ids) => (None, Some(ids.iter())),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten())
    }
}

impl FromIterator<Id> for Ids {
    fn from_iter<I: IntoIterator<Item = Id>>(ids: I) -> Ids {
        let mut few: Vec<Id> = ids.into_iter().collect();
        if few.len() > FEW {
            return Ids::Many(few.into_iter().collect());
        }
        few.sort_unstable();
        few.dedup();
        few.shrink_to_fit();
        Ids::Few(few)
    }
}

#[derive(Debug, Clone)]
struct Owned {
    row: Row,
    /// Where it will be written: of the past nothing is, and there are many.
    written: Option<Box<(Vec<Owner>, Option<Changed>)>>,
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

    /// Takes the keys of an index's rows into the base; the rows themselves are missing until they are filled.
    pub fn fill_keys(&mut self, index: &'static str, owner: OwnerKey, keys: Vec<(TableId, RowKey)>) {
        self.missing.remove(&Lookup::Owned { index, owner: owner.clone() });
        self.base_owned.entry(index).or_default().insert(owner, keys.into_iter().collect());
    }

    /// The base is of another time: rows are what their images say, where there are any. What is applied to it will not be written.
    pub fn take_back(&mut self, image_of: ImageOf) {
        self.past = Past(Some(image_of));
    }

    /// True where something is laid over a row.
    pub fn covers(&self, id: &(TableId, RowKey)) -> bool {
        self.overlay.contains_key(id)
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
        let owners = match &change.after {
            Some(row) => bound.owners(change.table, row)?,
            None => Vec::new(),
        };
        self.apply_owned(bound, change, owners);
        Ok(())
    }

    /// The same; answers whose documents the row after the change is a part of, as [`Bound::touched`].
    ///
    /// # Errors
    /// As [`Slice::apply`].
    pub fn apply_touching(&mut self, bound: &Bound, change: &RowChange) -> Result<Loaded<Touched>, EvalError> {
        let Some(row) = &change.after else {
            self.apply_owned(bound, change, Vec::new());
            return Ok(Loaded::Ready(Touched::default()));
        };
        let roots = bound.roots(change.table, row)?;
        self.apply_owned(bound, change, bound.with_entries(roots.clone(), change.table, row));
        match bound.touched_from(roots, change.table, row, self) {
            Loaded::Missing => Ok(Loaded::Missing),
            Loaded::Ready(touched) => touched.map(Loaded::Ready),
        }
    }

    /// The same of a row whose owners after the change have been evaluated.
    fn apply_owned(&mut self, bound: &Bound, change: &RowChange, owners: Vec<Owner>) {
        let table = change.table;
        let shape = &bound.footprint().tables[table];
        let stays = |before: &Row| {
            let after = change.after.as_ref();
            after.is_some_and(|after| shape.key.iter().all(|&i| before[i] == after[i]))
        };
        if let Some(before) = change.before.as_ref().filter(|before| !stays(before)) {
            self.overlay.insert((table, shape.key_of(before)), None);
        }
        let Some(row) = &change.after else { return };
        let id = (table, shape.key_of(row));
        for owner in &owners {
            let owned = self.overlay_owned.entry(owner.index).or_default();
            match owned.get_mut(&owner.owner) {
                Some(ids) => ids.insert(id.clone()),
                None => drop(owned.insert(owner.owner.clone(), Ids::from_iter([id.clone()]))),
            }
        }
        let written = self.past.0.is_none().then(|| Box::new((owners, self.transaction.clone())));
        self.overlay.insert(id, Some(Owned { row: row.clone(), written }));
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
    pub fn missing(&self) -> &HashSet<Lookup> {
        &self.missing
    }

    /// Takes what has to be filled for someone who will fill it later, in order: nobody else asks for it meanwhile.
    pub fn take_missing(&mut self) -> Vec<Lookup> {
        let mut missing: Vec<Lookup> = std::mem::take(&mut self.missing).into_iter().collect();
        missing.sort_unstable();
        missing
    }

    /// Makes room for so many rows that will be laid over the base.
    pub fn reserve(&mut self, rows: usize) {
        self.overlay.reserve(rows);
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
        overlay.into_iter().map(|((table, key), owned)| {
            let (owners, changed) = owned.as_ref().and_then(|o| o.written.as_deref().cloned()).unwrap_or_default();
            Write { table: *table, key: key.clone(), row: owned.as_ref().map(|o| o.row.clone()), owners, changed }
        })
    }

    /// A row by its key, or `Missing`, which is noted.
    pub fn row(&mut self, table: TableId, key: RowKey) -> Loaded<Option<Row>> {
        let id = (table, key);
        if let Some(owned) = self.overlay.get(&id) {
            return Loaded::Ready(owned.as_ref().map(|o| o.row.clone()));
        }
        if let Some(row) = self.past.image(&id) {
            return Loaded::Ready(row);
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
            self.missing.insert(Lookup::Owned { index, owner: owner.into() });
            return Loaded::Missing;
        };
        let mut rows = Vec::with_capacity(base.len());
        let mut whole = true;
        for id in base.iter() {
            let laid = self.overlay.get(id).map(|owned| owned.as_ref().map(|o| o.row.clone()));
            let Some(row) = laid.or_else(|| self.past.image(id)).or_else(|| self.base.get(id).cloned()) else {
                self.missing.insert(Lookup::Row { table: id.0, key: id.1.clone() });
                whole = false;
                continue;
            };
            rows.extend(row.map(|row| (id.0, row)));
        }
        if !whole {
            return Loaded::Missing;
        }
        let changed = self.overlay_owned.get(index).and_then(|owners| owners.get(owner));
        for id in changed.into_iter().flat_map(Ids::iter).filter(|id| !base.contains(id)) {
            let row = self.overlay.get(id).and_then(|owned| owned.as_ref().map(|o| o.row.clone()));
            rows.extend(row.map(|row| (id.0, row)));
        }
        Loaded::Ready(rows)
    }
}
