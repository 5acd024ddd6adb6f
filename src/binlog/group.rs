//! A transaction being read.

use super::progress::Name;
use super::tables::Tables;
use crate::change::RowChange;

/// The events between a transaction's start and its end.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub name: Option<Name>,
    /// MySQL 8's commit time in microseconds of the Unix epoch.
    pub committed_us: Option<i64>,
    /// It has begun explicitly, so that only COMMIT, XID or ROLLBACK end it; otherwise its first statement does.
    pub begun: bool,
    pub changes: Vec<RowChange>,
    pub savepoints: Vec<(String, usize)>,
}

/// A roll-back whose effect on a mapped table the binlog does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecided(pub String);

impl Group {
    /// Marks a place to go back to.
    pub fn set_savepoint(&mut self, name: String) {
        self.savepoints.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.savepoints.push((name, self.changes.len()));
    }

    /// Goes back to a savepoint; one that was set before the transaction's first logged event is its start.
    pub fn roll_back_to(&mut self, name: &str, tables: &Tables) -> Result<(), Undecided> {
        let found = self.savepoints.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let from = found.map_or(0, |(_, at)| *at);
        self.roll_back(from, tables)
    }

    /// Drops what a roll-back undoes from the change numbered `from` on. A rolled-back transaction is in the binlog only
    /// because it touched a table without transactions: rows of such tables stay.
    pub fn roll_back(&mut self, from: usize, tables: &Tables) -> Result<(), Undecided> {
        let undone = self.changes.split_off(from.min(self.changes.len()));
        for change in undone {
            match tables.is_transactional(change.table) {
                Some(true) => {}
                Some(false) => self.changes.push(change),
                None => return Err(Undecided(tables.name(change.table).to_owned())),
            }
        }
        Ok(())
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
            table: (*name).into(),
            engine: (*engine).into(),
            columns: vec![],
            key: vec![],
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
        rolled.roll_back(0, &tables()).unwrap();
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
        assert_eq!(group(&[2]).roll_back(0, &tables()), Err(Undecided("c".into())));
    }
}
