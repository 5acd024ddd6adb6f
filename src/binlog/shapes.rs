//! What the store's tables look like, statement by statement.

use super::ddl::{self, Catalogue, Dialect, Effect, Name, keeps_values};
use crate::change::{ColumnShape, TableShape};

/// The tables of one database as of a place in the binlog; statements move them.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapes {
    catalogue: Catalogue,
    database: String,
    dialect: Dialect,
    fold_case: bool,
}

/// What following a statement came to.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// It does nothing to our tables' columns.
    Nothing,
    /// Tables are other than before.
    Moved,
    /// It was not understood, and names these tables: what they look like is not known any more.
    Lost(Vec<String>),
}

impl Shapes {
    /// The tables of `database`; `version` as in version comments (`80040`, `101119`), 0 where it is not known.
    pub fn new(database: &str, shapes: &[TableShape], mariadb: bool, version: u32) -> Shapes {
        let catalogue = Catalogue::of(shapes);
        Shapes { catalogue, database: database.to_owned(), dialect: Dialect { mariadb, version }, fold_case: false }
    }

    /// Compares table names without case (`lower_case_table_names`).
    #[must_use]
    pub fn folding_case(mut self, fold: bool) -> Shapes {
        self.fold_case = fold;
        self
    }

    /// Names the database, where it was not known before.
    pub fn set_database(&mut self, name: &str) {
        name.clone_into(&mut self.database);
    }

    /// The charset of tables that name none.
    pub fn set_charset(&mut self, charset: &str) {
        self.catalogue.charset = Some(charset.to_owned());
    }

    /// A table, where it is known.
    pub fn get(&self, table: &str) -> Option<&TableShape> {
        if !self.fold_case {
            return self.catalogue.get(table);
        }
        self.catalogue.tables().find(|shape| shape.table.eq_ignore_ascii_case(table))
    }

    /// All that are known, by name.
    pub fn all(&self) -> Vec<TableShape> {
        self.catalogue.tables().cloned().collect()
    }

    /// Follows a statement of a session whose database is `session`.
    pub fn follow(&mut self, sql: &str, session: &str) -> Followed {
        if !may_move(sql) {
            return Followed::Nothing;
        }
        match ddl::read(sql, self.dialect) {
            Ok(None) => Followed::Nothing,
            Ok(Some(effect)) => self.apply(&effect, session).unwrap_or_else(|| self.lose(sql)),
            Err(_) => self.lose(sql),
        }
    }

    /// What a statement would do, where it is understood.
    pub(super) fn read(&self, sql: &str) -> Option<Effect> {
        ddl::read(sql, self.dialect).ok().flatten()
    }

    /// True where this name is of our database, for a session of `session`.
    pub(super) fn is_ours(&self, name: &Name, session: &str) -> bool {
        let database = name.database.as_deref().unwrap_or(session);
        self.database.is_empty()
            || database == self.database
            || (self.fold_case && database.eq_ignore_ascii_case(&self.database))
    }

    fn apply(&mut self, effect: &Effect, session: &str) -> Option<Followed> {
        let before = self.catalogue.clone();
        let mut next = self.catalogue.clone();
        let scope = self.clone();
        next.apply(effect, &|name| scope.is_ours(name, session)).ok()?;
        self.catalogue = next;
        Some(if self.catalogue == before { Followed::Nothing } else { Followed::Moved })
    }

    /// Every table that the statement may name is not known any more.
    fn lose(&mut self, sql: &str) -> Followed {
        let folded = sql.to_lowercase();
        let named = |table: &str| {
            let table = table.to_lowercase();
            folded.match_indices(&table).any(|(at, _)| {
                let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
                !part(folded[..at].chars().next_back()) && !part(folded[at + table.len()..].chars().next())
            })
        };
        let lost: Vec<String> = self.catalogue.tables().map(|s| s.table.clone()).filter(|table| named(table)).collect();
        lost.iter().for_each(|table| self.catalogue.forget(table));
        if lost.is_empty() { Followed::Nothing } else { Followed::Lost(lost) }
    }
}

/// Most statements in a binlog are no DDL of tables, and say so with their first word.
fn may_move(sql: &str) -> bool {
    let first = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let head: String = first.chars().take(6).collect::<String>().to_ascii_uppercase();
    // A comment may stand before the verb.
    ["CREATE", "ALTER", "RENAME", "DROP"].iter().any(|verb| head.starts_with(verb))
        || head.starts_with("/*")
        || head.starts_with('#')
        || head.starts_with("--")
}

/// The column that the change from `before` to `after` takes away, or whose values it may rewrite, of those in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Harm {
    Takes(String),
    Rewrites(String),
}

/// What a change of a table does to the columns in use. `renames`: old and new names of one statement.
pub(super) fn harm(before: &TableShape, after: &TableShape, used: &[String]) -> Option<Harm> {
    let find = |shape: &TableShape, name: &str| -> Option<ColumnShape> {
        shape.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)).cloned()
    };
    used.iter().find_map(|name| {
        let before = find(before, name)?;
        match find(after, name) {
            None => Some(Harm::Takes(name.clone())),
            Some(after) if keeps_values(&before, &after) => None,
            Some(_) => Some(Harm::Rewrites(name.clone())),
        }
    })
}

/// True where `new` is the name that a tool for changing tables online gives the copy of `table` that it puts in its place.
pub(super) fn is_online_copy(table: &str, new: &str) -> bool {
    let names =
        [format!("_{table}_gho"), format!("_{table}_new"), format!("{table}_new"), format!("__osc_new_{table}")];
    names.iter().any(|name| name == new) || (new.starts_with("lhmn_") && new[5..] == *table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_is_not_understood_loses_the_tables_that_it_names() {
        let shape = |table: &str| TableShape { table: table.into(), ..TableShape::default() };
        let mut shapes = Shapes::new("shop", &[shape("orders"), shape("order")], false, 0);
        assert_eq!(shapes.follow("ALTER TABLE `orders` FROB x", "shop"), Followed::Lost(vec!["orders".into()]));
        assert_eq!(shapes.follow("ALTER TABLE elsewhere FROB x", "shop"), Followed::Nothing);
        assert_eq!(shapes.follow("INSERT INTO order VALUES (1)", "shop"), Followed::Nothing);
        assert!(shapes.get("orders").is_none() && shapes.get("order").is_some());
    }

    #[test]
    fn copies_of_online_tools_are_known_by_their_names() {
        for name in ["_orders_gho", "_orders_new", "__osc_new_orders", "lhmn_orders"] {
            assert!(is_online_copy("orders", name), "{name}");
        }
        assert!(!is_online_copy("orders", "orders_backup") && !is_online_copy("orders", "_users_gho"));
    }
}
