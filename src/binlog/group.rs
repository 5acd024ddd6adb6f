//! A transaction being read.

use std::collections::BTreeSet;
use std::io;

use super::progress::Name;
use super::spool::Spool;
use super::tables::Tables;
use crate::change::{Logged, RowChange, TableId};

/// How many rows, and bytes of row events, are held in memory or handed out at once. What a transaction has beyond waits in
/// a spool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub rows: usize,
    pub bytes: usize,
}

/// The chunk that is used outside of tests.
pub(super) const CHUNK: Chunk = Chunk { rows: 2_000, bytes: 512 << 10 };

/// The events between a transaction's start and its end.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub name: Option<Name>,
    /// MySQL 8's commit time in microseconds of the Unix epoch.
    pub committed_us: Option<i64>,
    /// It has begun explicitly, so that only COMMIT, XID or ROLLBACK end it; otherwise its first statement does.
    pub begun: bool,
    /// Its statement does nothing yet, or never did.
    pub alters_nothing: bool,
    /// The rows at its beginning.
    pub changes: Vec<RowChange>,
    /// Row events in `changes`, in bytes.
    pub bytes: usize,
    /// The rows after those, where there are too many.
    pub spool: Option<Spool>,
    /// Tables that rows were of.
    pub touched: BTreeSet<TableId>,
    pub savepoints: Vec<(String, Mark)>,
    /// How it is logged, where that is kept.
    pub logged: Option<Box<Logged>>,
}

/// A place within a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    changes: usize,
    spooled: u64,
}

/// A roll-back whose effect on a mapped table the binlog does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecided(pub String);

impl Group {
    /// True where further rows go to the spool.
    pub fn is_full(&self, chunk: Chunk) -> bool {
        self.spool.is_some() || self.changes.len() >= chunk.rows || self.bytes >= chunk.bytes
    }

    /// Puts a row event that ends at `place` into the spool.
    pub fn spill(&mut self, code: u8, place: u64, body: &[u8]) -> io::Result<()> {
        let spool = match &mut self.spool {
            Some(spool) => spool,
            none => none.insert(Spool::new()?),
        };
        spool.push(code, place, body)
    }

    /// Marks a place to go back to.
    pub fn set_savepoint(&mut self, name: String) {
        self.savepoints.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        let spooled = self.spool.as_ref().map_or(0, Spool::end);
        self.savepoints.push((name, Mark { changes: self.changes.len(), spooled }));
    }

    /// Goes back to a savepoint; one that was set before the transaction's first logged event is its start.
    pub fn roll_back_to(&mut self, name: &str, tables: &Tables) -> Result<(), Undecided> {
        let found = self.savepoints.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let from = found.map_or(Mark::default(), |(_, at)| *at);
        self.roll_back(from, tables)
    }

    /// Drops what a roll-back undoes from a mark on. A rolled-back transaction is in the binlog only because it touched a
    /// table without transactions: rows of such tables stay.
    pub fn roll_back(&mut self, from: Mark, tables: &Tables) -> Result<(), Undecided> {
        if let Some(spool) = &mut self.spool {
            let unknown = self.touched.iter().find(|&&table| tables.is_transactional(table).is_none());
            if let Some(&table) = unknown {
                return Err(Undecided(tables.name(table).to_owned()));
            }
            spool.undo(from.spooled);
        }
        let undone = self.changes.split_off(from.changes.min(self.changes.len()));
        for change in undone {
            match tables.is_transactional(change.table) {
                Some(true) => {}
                Some(false) => self.changes.push(change),
                None => return Err(Undecided(tables.name(change.table).to_owned())),
            }
        }
        Ok(())
    }

    /// True where the loss of this transaction's end loses nothing: all its tables have transactions.
    pub fn is_transactional(&self, tables: &Tables) -> bool {
        self.touched.iter().all(|&table| tables.is_transactional(table) == Some(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Footprint, TableShape, TableUse};

    fn tables() -> Tables {
        let engines = [("a", "InnoDB"), ("b", "MyISAM"), ("c", "Unheard")];
        let uses = |(name, _): &(&str, &str)| TableUse { table: (*name).into(), columns: vec![], key: vec![] };
        let shape = |(name, engine): &(&str, &str)| TableShape {
            unique: Vec::new(),
            table: (*name).into(),
            engine: (*engine).into(),
            columns: vec![],
            key: vec![],
            charset: None,
        };
        let shapes: Vec<TableShape> = engines.iter().map(shape).collect();
        Tables::new(&Footprint { tables: engines.iter().map(uses).collect() }, &shapes, Some("shop"), false)
    }

    fn group(tables: &[usize]) -> Group {
        let change = |&table: &usize| RowChange { table, before: None, after: None };
        Group { changes: tables.iter().map(change).collect(), ..Group::default() }
    }

    fn left(group: &Group) -> Vec<usize> {
        group.changes.iter().map(|c| c.table).collect()
    }

    #[test]
    fn a_roll_back_leaves_what_has_no_transactions() {
        let mut rolled = group(&[0, 1, 0, 1]);
        rolled.roll_back(Mark::default(), &tables()).unwrap();
        assert_eq!(left(&rolled), [1, 1]);
    }

    #[test]
    fn a_savepoint_keeps_what_came_before_it() {
        let mut rolled = group(&[0, 1]);
        rolled.set_savepoint("s".into());
        rolled.changes.extend(group(&[0, 1]).changes);
        rolled.roll_back_to("S", &tables()).unwrap();
        assert_eq!(left(&rolled), [0, 1, 1]);
    }

    #[test]
    fn an_engine_that_is_not_known_decides_nothing() {
        assert_eq!(group(&[2]).roll_back(Mark::default(), &tables()), Err(Undecided("c".into())));
    }
}
