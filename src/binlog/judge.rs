//! What a statement that makes, changes, renames or drops tables does to those that are mapped, and how it is followed.
//!
//! A statement that was read is judged by what its columns were and will be. Of one that was not, only its first words and the
//! names in it are known (`statement`): where these tell nothing bad, the tables that it may be of count as not known until
//! their definition has been read again, which is the *barrier*.

use super::ddl::{Clause, Effect, Existing, Name, Unread};
use super::shapes::{Followed, Harm, harm, is_online_copy};
use super::statement::{self, Mapped as _, Statement};
use super::tables::Tables;

/// Half of a statement: the session's database, and what it does.
struct Judge<'a> {
    tables: &'a Tables,
    session: &'a str,
}

impl Tables {
    /// Follows a statement, which is all or a part of the transaction `id`; `None` for one that is not of tables. What it says
    /// of mapped rows is the answer: where that is bad, nothing has moved.
    pub fn follow(&mut self, sql: &str, session: &str, id: &str) -> Option<Statement> {
        let read = self.shapes.read(sql);
        self.met_statements |= !matches!(read, Ok(None));
        if let Some(every) = &mut self.every
            && every.follow(&read, sql, session, id)
        {
            self.moved();
        }
        // A name that was garbled on its way is none that can be relied on.
        let read = if sql.contains('\u{fffd}') {
            read.and_then(|effect| effect.map_or(Ok(None), |_| Err(Unread)))
        } else {
            read
        };
        match read {
            Ok(None) => None,
            Ok(Some(effect)) => Some(self.follow_effect(&effect, sql, session, id)),
            Err(Unread) if statement::is_of_tables(sql) => {
                let statement = statement::classify(sql, session, self);
                if statement == Statement::Harmless {
                    self.lose(sql);
                }
                Some(statement)
            }
            Err(Unread) => None,
        }
    }

    fn follow_effect(&mut self, effect: &Effect, sql: &str, session: &str, id: &str) -> Statement {
        let judged = Judge { tables: self, session }.of(effect);
        if judged != Statement::Harmless {
            return judged;
        }
        match self.shapes.apply(effect, session) {
            Ok(Followed::Nothing) => {}
            Ok(_) => self.moved(),
            Err(Unread) => self.lose(sql),
        }
        // After the last statement that changed it, a table that was not known can be read again.
        let settled = self.pending.extract_if(.., |_, last| last == id);
        let mut unknown: Vec<String> = settled.map(|(table, _)| table).collect();
        if let Effect::Create { table, .. } | Effect::CreateLike { table, .. } = effect {
            let is_ours = self.shapes.is_ours(table, session) && self.is_table(&table.table);
            unknown.extend((is_ours && !self.pending.contains_key(&table.table)).then(|| table.table.clone()));
        }
        self.barrier |= unknown.iter().any(|table| self.shapes.get(table).is_none());
        Statement::Harmless
    }

    fn lose(&mut self, sql: &str) {
        if let Followed::Lost(lost) = self.shapes.lose(sql) {
            self.barrier |= lost.iter().any(|table| self.is_table(table));
            self.moved();
        }
    }
}

impl Judge<'_> {
    fn of(&self, effect: &Effect) -> Statement {
        match effect {
            // A plain CREATE of a mapped table means that it was not there.
            Effect::Create { table, existing, .. } | Effect::CreateLike { table, existing, .. } => {
                touched(self.full(table).filter(|_| *existing == Existing::Replaced))
            }
            Effect::Drop(names) => touched(names.iter().find_map(|name| self.full(name))),
            Effect::DropDatabase(name) => {
                let ours = self.tables.is_known_database(name) && self.tables.any_may_hold_rows();
                touched(ours.then(|| name.clone()))
            }
            Effect::Database { .. } => Statement::Harmless,
            Effect::Rename(pairs) => self.rename(pairs),
            Effect::Alter { table, clauses } => self.alter(effect, table, clauses),
        }
    }

    /// Rows that go with a table, or come with one, were never logged, except where a tool has filled a copy with the same rows
    /// and puts it in the table's place.
    fn rename(&self, pairs: &[(Name, Name)]) -> Statement {
        let swaps = |table: &str| {
            let leaves = pairs.iter().any(|(old, _)| self.mapped(old).as_deref() == Some(table));
            let copy = pairs.iter().find(|(_, new)| self.mapped(new).as_deref() == Some(table)).map(|(old, _)| old);
            copy.filter(|copy| leaves && self.is_ours(copy) && is_online_copy(table, &copy.table))
        };
        for (old, new) in pairs {
            let of_rows = [self.full(old), self.mapped(new)];
            for table in of_rows.into_iter().flatten() {
                let Some(copy) = swaps(&table) else { return Statement::Touches(table) };
                let harm = match (self.tables.shapes.get(&table), self.tables.shapes.get(&copy.table)) {
                    (Some(before), Some(after)) => harm(before, after, self.tables.columns_of(&table)),
                    // What the copy's columns are was never seen.
                    _ => return Statement::Touches(table),
                };
                if let Some(harm) = harm {
                    return harmed(table, harm);
                }
            }
        }
        Statement::Harmless
    }

    fn alter(&self, effect: &Effect, name: &Name, clauses: &[Clause]) -> Statement {
        let renamed = clauses.iter().find_map(|clause| match clause {
            Clause::RenameTable(new) => Some(new),
            _ => None,
        });
        let arrives = renamed.and_then(|new| self.mapped(new));
        // Another table's rows go to a partition of this one, or come from it.
        let other = clauses.iter().find_map(|clause| match clause {
            Clause::MovesRowsOf(other) => self.mapped(other),
            _ => None,
        });
        if let Some(other) = other {
            return Statement::Touches(other);
        }
        let Some(table) = self.full(name) else { return touched(arrives) };
        if renamed.is_some() || clauses.contains(&Clause::MovesRows) {
            return Statement::Touches(table);
        }
        let used = self.tables.columns_of(&table);
        // A column of a used one's name may come in its place.
        if let Some(harm @ Harm::Takes(_)) = by_clauses(clauses, used) {
            return harmed(table, harm);
        }
        // Its type may stay as it was, and every value be another.
        let computed = clauses.iter().find_map(|clause| match clause {
            Clause::Computes(name) => used.iter().find(|used| used.eq_ignore_ascii_case(name)),
            _ => None,
        });
        if let Some(column) = computed {
            return harmed(table, Harm::Rewrites(column.clone()));
        }
        let before = self.tables.shapes.get(&table);
        let after = self.tables.shapes.after(effect, self.session, &table);
        let harm = match (before, after) {
            (Some(before), Ok(Some(after))) => harm(before, &after, used),
            _ => by_clauses(clauses, used),
        };
        harm.map_or(Statement::Harmless, |harm| harmed(table, harm))
    }

    fn is_ours(&self, name: &Name) -> bool {
        self.tables.shapes.is_ours(name, self.session)
    }

    /// The mapped table of this name.
    fn mapped(&self, name: &Name) -> Option<String> {
        (self.is_ours(name) && self.tables.is_table(&name.table)).then(|| name.table.clone())
    }

    /// The mapped table of this name, where the mirror may hold rows of it.
    fn full(&self, name: &Name) -> Option<String> {
        self.mapped(name).filter(|table| self.tables.may_hold_rows(table))
    }
}

fn touched(table: Option<String>) -> Statement {
    table.map_or(Statement::Harmless, Statement::Touches)
}

fn harmed(table: String, harm: Harm) -> Statement {
    match harm {
        Harm::Takes(column) => Statement::TakesColumn { table, column },
        Harm::Rewrites(column) => Statement::Rewrites { table, column },
    }
}

/// What clauses do to used columns, whatever these are like: the first that goes, else the first that may be rewritten.
fn by_clauses(clauses: &[Clause], used: &[String]) -> Option<Harm> {
    let uses = |name: &str| used.iter().find(|column| column.eq_ignore_ascii_case(name)).cloned();
    let taken = clauses.iter().find_map(|clause| match clause {
        Clause::Drop(name) | Clause::RenameColumn { old: name, .. } => uses(name),
        Clause::Change { old, column, .. } => uses(old).filter(|used| !used.eq_ignore_ascii_case(&column.name)),
        _ => None,
    });
    let rewritten = || {
        clauses.iter().find_map(|clause| match clause {
            Clause::Change { old, .. } => uses(old),
            Clause::Convert(_) => used.first().cloned(),
            _ => None,
        })
    };
    taken.map(Harm::Takes).or_else(|| rewritten().map(Harm::Rewrites))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::change::{Footprint, TableShape, TableUse};

    const ORDERS: &str = "CREATE TABLE orders (id INT PRIMARY KEY, sn VARCHAR(20) NOT NULL, note TEXT, paid TINYINT) ENGINE=InnoDB CHARSET=utf8mb4";

    fn tables(first: &[&str]) -> Tables {
        let uses = TableUse { table: "orders".into(), columns: vec!["id".into(), "sn".into()], key: vec![0] };
        let mut tables = Tables::new(&Footprint { tables: vec![uses] }, &[], Some("shop"), false);
        for sql in first {
            assert_eq!(tables.follow(sql, "shop", "-"), Some(Statement::Harmless), "{sql}");
        }
        tables
    }

    fn columns(tables: &Tables) -> String {
        let names = |shape: &TableShape| shape.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(" ");
        tables.shapes.get("orders").map_or("-".into(), names)
    }

    fn takes(column: &str) -> Statement {
        Statement::TakesColumn { table: "orders".into(), column: column.into() }
    }

    fn rewrites(column: &str) -> Statement {
        Statement::Rewrites { table: "orders".into(), column: column.into() }
    }

    #[test]
    fn statements_are_judged_by_what_they_do_to_used_columns() {
        let touches = Statement::Touches("orders".into());
        for (sql, judged) in [
            ("ALTER TABLE orders ADD x INT FIRST, DROP note", Statement::Harmless),
            ("ALTER TABLE orders MODIFY sn VARCHAR(40) NOT NULL AFTER note", Statement::Harmless),
            ("ALTER TABLE orders MODIFY id BIGINT", Statement::Harmless),
            ("ALTER TABLE orders MODIFY note VARCHAR(3), ENGINE=MyISAM", Statement::Harmless),
            ("ALTER TABLE orders MODIFY sn VARCHAR(10) NOT NULL", rewrites("sn")),
            ("ALTER TABLE orders CONVERT TO CHARACTER SET gbk", rewrites("sn")),
            ("ALTER TABLE shop.orders DROP COLUMN sn", takes("sn")),
            ("ALTER TABLE orders RENAME COLUMN sn TO number, RENAME COLUMN note TO sn", takes("sn")),
            ("ALTER TABLE orders DROP sn, ADD sn VARCHAR(20) NOT NULL", takes("sn")),
            ("ALTER TABLE orders CHANGE sn number VARCHAR(20) NOT NULL", takes("sn")),
            ("ALTER TABLE orders DROP PARTITION p0", touches.clone()),
            ("ALTER TABLE orders EXCHANGE PARTITION p0 WITH TABLE x", touches.clone()),
            ("ALTER TABLE orders DISCARD TABLESPACE", touches.clone()),
            ("ALTER TABLE archive EXCHANGE PARTITION p0 WITH TABLE orders WITHOUT VALIDATION", touches.clone()),
            ("ALTER TABLE archive CONVERT PARTITION p0 TO TABLE shop.orders", touches.clone()),
            ("ALTER TABLE archive CONVERT TABLE orders TO PARTITION p0 VALUES LESS THAN (7)", touches.clone()),
            ("ALTER TABLE archive EXCHANGE PARTITION p0 WITH TABLE other.orders", Statement::Harmless),
            (
                "ALTER TABLE orders MODIFY sn VARCHAR(20) GENERATED ALWAYS AS (LEFT(note, 20)) STORED NOT NULL",
                rewrites("sn"),
            ),
            ("ALTER TABLE orders CHANGE sn sn VARCHAR(20) AS (LEFT(note, 20)) PERSISTENT", rewrites("sn")),
            ("ALTER TABLE orders MODIFY sn VARCHAR(20) NOT NULL DEFAULT (CAST(7 AS CHAR))", Statement::Harmless),
            ("ALTER TABLE orders MODIFY note TEXT AS (sn) VIRTUAL", Statement::Harmless),
            ("ALTER IGNORE TABLE orders ADD UNIQUE (sn)", touches.clone()),
            ("ALTER TABLE orders RENAME TO orders_old", touches.clone()),
            ("ALTER TABLE other RENAME TO orders", touches.clone()),
            ("RENAME TABLE orders TO orders_old, orders_new TO orders", touches.clone()),
            ("RENAME TABLE other.orders TO orders_old", Statement::Harmless),
            ("DROP TABLE x, orders", touches.clone()),
            ("CREATE OR REPLACE TABLE orders (id INT)", touches.clone()),
            ("CREATE TABLE IF NOT EXISTS orders (id INT)", Statement::Harmless),
            (
                "ALTER TABLE orders REORGANIZE PARTITION p0 INTO (PARTITION p1 VALUES LESS THAN (7))",
                Statement::Harmless,
            ),
        ] {
            assert_eq!(tables(&[ORDERS]).follow(sql, "shop", "-"), Some(judged), "{sql}");
        }
        assert_eq!(tables(&[ORDERS]).follow("INSERT INTO orders VALUES (1)", "shop", "-"), None);
    }

    #[test]
    fn a_float_that_is_to_be_rounded_otherwise_is_rewritten() {
        for (ty, judged) in
            [("FLOAT(10,4)", Statement::Harmless), ("FLOAT(10,2)", rewrites("sn")), ("FLOAT", rewrites("sn"))]
        {
            let mut tables = tables(&["CREATE TABLE orders (id INT PRIMARY KEY, sn FLOAT(10,4))"]);
            assert_eq!(tables.follow(&format!("ALTER TABLE orders MODIFY sn {ty}"), "shop", "-"), Some(judged), "{ty}");
        }
    }

    #[test]
    fn a_copy_takes_the_tables_place_where_it_keeps_the_used_values() {
        for (alter, swap, judged) in [
            (
                "ALTER TABLE _orders_gho ADD x INT FIRST",
                "RENAME TABLE orders TO _orders_del, _orders_gho TO orders",
                Statement::Harmless,
            ),
            (
                "ALTER TABLE _orders_gho DROP sn",
                "RENAME TABLE orders TO _orders_del, _orders_gho TO orders",
                takes("sn"),
            ),
            (
                "ALTER TABLE _orders_gho MODIFY sn INT",
                "RENAME TABLE orders TO _orders_del, _orders_gho TO orders",
                rewrites("sn"),
            ),
            (
                "ALTER TABLE _orders_gho ADD x INT",
                "RENAME TABLE _orders_gho TO orders",
                Statement::Touches("orders".into()),
            ),
            (
                "ALTER TABLE _orders_gho ADD x INT",
                "RENAME TABLE orders TO a, b TO orders",
                Statement::Touches("orders".into()),
            ),
        ] {
            let mut tables = tables(&[ORDERS, "CREATE TABLE _orders_gho LIKE orders", alter]);
            assert_eq!(tables.follow(swap, "shop", "-"), Some(judged.clone()), "{alter}; {swap}");
            if judged == Statement::Harmless {
                assert_eq!(columns(&tables), "x id sn note paid");
            }
        }
        let mut unseen = tables(&[ORDERS]);
        let swap = "RENAME TABLE orders TO _orders_del, _orders_gho TO orders";
        assert_eq!(unseen.follow(swap, "shop", "-"), Some(Statement::Touches("orders".into())));
    }

    #[test]
    fn a_table_that_the_mirror_holds_nothing_of_may_be_anything() {
        for sql in
            ["DROP TABLE orders", "ALTER TABLE orders MODIFY sn INT", "CREATE OR REPLACE TABLE orders (sn INT, id INT)"]
        {
            let mut tables = tables(&[ORDERS]);
            tables.assume_empty(&BTreeSet::from([0]));
            assert_eq!(tables.follow(sql, "shop", "-"), Some(Statement::Harmless), "{sql}");
            assert!(!tables.barrier);
        }
        // A database that is made anew has none of the old one's tables.
        let mut tables = tables(&[ORDERS]);
        let anew = ["DROP DATABASE shop", "CREATE DATABASE shop CHARACTER SET gbk"];
        assert_eq!(tables.follow(anew[0], "", "-"), Some(Statement::Touches("shop".into())));
        tables.assume_empty(&BTreeSet::from([0]));
        let orders = "CREATE TABLE IF NOT EXISTS orders (sn VARCHAR(20), id INT PRIMARY KEY)";
        for (sql, session) in [(anew[0], ""), (anew[1], ""), (orders, "shop")] {
            assert_eq!(tables.follow(sql, session, "-"), Some(Statement::Harmless), "{sql}");
        }
        assert_eq!(columns(&tables), "sn id");
        assert_eq!(tables.shapes.get("orders").unwrap().columns[0].charset.as_deref(), Some("gbk"));
        for sql in [
            "ALTER DATABASE CHARACTER SET latin1",
            "ALTER TABLE orders DROP id",
            "CREATE OR REPLACE TABLE orders (id INT, sn TEXT)",
        ] {
            assert_eq!(tables.follow(sql, "shop", "-"), Some(Statement::Harmless), "{sql}");
        }
        assert_eq!(tables.shapes.get("orders").unwrap().columns[1].charset.as_deref(), Some("latin1"));
    }

    #[test]
    fn what_is_not_understood_is_a_barrier_and_what_may_be_bad_is_refused() {
        let mut lost = tables(&[ORDERS]);
        assert_eq!(lost.follow("ALTER TABLE orders ADD x FROB", "shop", "-"), Some(Statement::Harmless));
        assert!(lost.barrier && columns(&lost) == "-");
        let mut refused = tables(&[ORDERS]);
        let frob = refused.follow("ALTER TABLE orders FROB x", "shop", "-");
        assert_eq!(frob, Some(Statement::Touches("orders".into())));
        let mut garbled = tables(&[ORDERS]);
        assert_eq!(garbled.follow("ALTER TABLE orders ADD \u{fffd} INT", "shop", "-"), Some(Statement::Harmless));
        assert!(garbled.barrier);
        let mut misfit = tables(&[ORDERS]);
        assert_eq!(misfit.follow("ALTER TABLE orders ADD note INT", "shop", "-"), Some(Statement::Harmless));
        assert!(misfit.barrier && columns(&misfit) == "-");
        assert_eq!(misfit.follow("ALTER TABLE orders MODIFY sn INT", "shop", "-"), Some(rewrites("sn")));
        let mut elsewhere = tables(&[ORDERS]);
        assert_eq!(elsewhere.follow("CREATE PROCEDURE p() BEGIN DROP TABLE orders; SELECT 'x; END", "shop", "-"), None);
        assert!(!elsewhere.barrier);
    }

    #[test]
    fn a_table_that_was_changed_later_is_read_again_after_its_last_change() {
        let mut pending = tables(&[]);
        pending.pending = BTreeMap::from([("orders".into(), "u:9".into())]);
        assert_eq!(pending.follow("ALTER TABLE orders ADD x INT", "shop", "u:8"), Some(Statement::Harmless));
        assert!(!pending.barrier);
        assert_eq!(pending.follow("ALTER TABLE orders ADD y INT", "shop", "u:9"), Some(Statement::Harmless));
        assert!(pending.barrier);
        let mut made = tables(&[]);
        made.pending = BTreeMap::from([("orders".into(), "u:9".into())]);
        assert_eq!(made.follow(ORDERS, "shop", "u:9"), Some(Statement::Harmless));
        assert!(!made.barrier && columns(&made) == "id sn note paid");
    }
}
