//! What the store's tables look like, statement by statement.

use super::ddl::{self, Catalogue, Dialect, Effect, Name, Unread, keeps_values, may_move};
use crate::change::{ColumnShape, TableShape};

/// The tables of one database as of a place in the binlog; statements move them.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapes {
    catalogue: Catalogue,
    /// Empty where it is not known: then every name counts as of it.
    database: String,
    dialect: Dialect,
    fold_case: bool,
    /// The tables that are wanted, with those that may take their places; `None` for all.
    wanted: Option<Vec<String>>,
    /// What text columns really are in, where the operator says that it is not what they say.
    really: Option<String>,
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
        let (mut catalogue, dialect) = (Catalogue::of(shapes), Dialect { mariadb, version });
        catalogue.logs_kept = !mariadb;
        Shapes { catalogue, database: database.to_owned(), dialect, fold_case: false, wanted: None, really: None }
    }

    /// Compares table names without case (`lower_case_table_names`).
    #[must_use]
    pub fn folding_case(mut self, fold: bool) -> Shapes {
        let shapes: Vec<TableShape> = self.catalogue.tables().cloned().collect();
        self.fold_case = fold;
        let folded = shapes.into_iter().map(|shape| TableShape { table: self.folded(&shape.table), ..shape });
        let logs_kept = self.catalogue.logs_kept;
        self.catalogue = Catalogue::of(&folded.collect::<Vec<_>>());
        self.catalogue.logs_kept = logs_kept;
        self
    }

    /// Keeps these tables only, and the copies that tools for changing tables online make of them.
    pub(super) fn of_tables(mut self, wanted: Vec<String>) -> Shapes {
        self.wanted = Some(wanted.iter().map(|table| self.folded(table)).collect());
        self.keep_wanted();
        self
    }

    /// Names the database, where it was not known before.
    pub fn set_database(&mut self, name: &str) {
        name.clone_into(&mut self.database);
    }

    /// The charset of tables that name none.
    pub fn set_charset(&mut self, charset: &str) {
        self.catalogue.charset = Some(ddl::charset_named(charset));
    }

    /// Says what text columns really are in, whatever they say.
    pub(super) fn set_really(&mut self, charset: &str) {
        self.really = Some(charset.to_owned());
        self.catalogue.correct(charset);
    }

    /// The version of the server whose statements follow, as it prints it (`10.11.19-MariaDB-log`).
    pub(super) fn set_server(&mut self, version: &str) {
        let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0_u32).min(99);
        let version_number = next() * 10_000 + next() * 100 + next();
        self.dialect = Dialect { mariadb: version.contains("MariaDB"), version: version_number };
        self.catalogue.logs_kept = !self.dialect.mariadb;
    }

    /// True where MariaDB writes the statements, as far as that is known.
    pub(super) fn is_mariadb(&self) -> bool {
        self.dialect.mariadb
    }

    /// A table, where it is known.
    pub fn get(&self, table: &str) -> Option<&TableShape> {
        if self.fold_case { self.catalogue.get(&self.folded(table)) } else { self.catalogue.get(table) }
    }

    /// All that are known, by name.
    pub fn all(&self) -> Vec<TableShape> {
        self.catalogue.tables().cloned().collect()
    }

    /// Follows a statement of a session whose database is `session`.
    pub fn follow(&mut self, sql: &str, session: &str) -> Followed {
        match self.read(sql) {
            Ok(None) => Followed::Nothing,
            Ok(Some(effect)) => self.apply(&effect, session).unwrap_or_else(|Unread| self.lose(sql)),
            Err(Unread) => self.lose(sql),
        }
    }

    /// What a statement does; `None` where it does nothing to tables' columns.
    pub(super) fn read(&self, sql: &str) -> Result<Option<Effect>, Unread> {
        if !may_move(sql) {
            return Ok(None);
        }
        let mut effect = ddl::read(sql, self.dialect)?;
        if self.fold_case
            && let Some(effect) = &mut effect
        {
            effect.for_each_name(&mut |name| name.table = name.table.to_lowercase());
        }
        Ok(effect)
    }

    /// True where this name is of our database, for a session of `session`.
    pub(super) fn is_ours(&self, name: &Name, session: &str) -> bool {
        let database = name.database.as_deref().unwrap_or(session);
        self.database.is_empty()
            || database == self.database
            || (self.fold_case && database.eq_ignore_ascii_case(&self.database))
    }

    /// The table as it would be after `effect`; `None` where it is not known.
    ///
    /// # Errors
    /// Where the effect does not fit the tables as they are.
    pub(super) fn after(&self, effect: &Effect, session: &str, table: &str) -> Result<Option<TableShape>, Unread> {
        let mut next = self.catalogue.clone();
        next.apply(effect, &|name| self.is_ours(name, session))?;
        Ok(next.get(&self.folded(table)).cloned())
    }

    /// Does what a statement did.
    ///
    /// # Errors
    /// Where it does not fit the tables as they are; nothing has moved then.
    pub(super) fn apply(&mut self, effect: &Effect, session: &str) -> Result<Followed, Unread> {
        // Where ours has no name yet it may be any other's.
        if self.database.is_empty() && matches!(effect, Effect::DropDatabase(_)) {
            return Ok(Followed::Nothing);
        }
        let mut named = Vec::new();
        effect.clone().for_each_name(&mut |name| named.push(name.table.clone()));
        if let Effect::DropDatabase(_) = effect {
            named.extend(self.catalogue.tables().map(|shape| shape.table.clone()));
        }
        let before = self.shapes_of(&named);
        let mut catalogue = std::mem::take(&mut self.catalogue);
        let applied = catalogue.apply(effect, &|name| self.is_ours(name, session));
        self.really.iter().for_each(|charset| catalogue.correct(charset));
        self.catalogue = catalogue;
        applied?;
        self.keep_wanted();
        Ok(if self.shapes_of(&named) == before { Followed::Nothing } else { Followed::Moved })
    }

    fn shapes_of(&self, tables: &[String]) -> Vec<Option<TableShape>> {
        tables.iter().map(|table| self.catalogue.get(table).cloned()).collect()
    }

    /// Every table that the statement may name is not known any more.
    pub(super) fn lose(&mut self, sql: &str) -> Followed {
        let named = |table: &String| names(sql, table);
        let lost: Vec<String> = self.catalogue.tables().map(|s| s.table.clone()).filter(named).collect();
        lost.iter().for_each(|table| self.catalogue.forget(table));
        if lost.is_empty() { Followed::Nothing } else { Followed::Lost(lost) }
    }

    /// True where the statement makes, changes, renames or drops this table of ours, or may do so.
    pub(super) fn concerns(&self, sql: &str, session: &str, table: &str) -> bool {
        match self.read(sql) {
            Ok(None) => false,
            Err(Unread) => names(sql, table),
            Ok(Some(mut effect)) => {
                let (mut found, table) = (false, self.folded(table));
                effect.for_each_name(&mut |name| found |= name.table == table && self.is_ours(name, session));
                found
            }
        }
    }

    fn folded(&self, name: &str) -> String {
        if self.fold_case { name.to_lowercase() } else { name.to_owned() }
    }

    fn keep_wanted(&mut self) {
        let Some(wanted) = &self.wanted else { return };
        let is_wanted = |name: &str| wanted.iter().any(|table| table == name || is_online_copy(table, name));
        self.catalogue.retain(&is_wanted);
    }
}

/// True where a statement that was not understood has this name somewhere.
pub(super) fn names(sql: &str, table: &str) -> bool {
    let (sql, table) = (sql.to_lowercase(), table.to_lowercase());
    sql.match_indices(&table).any(|(at, _)| {
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
        !part(sql[..at].chars().next_back()) && !part(sql[at + table.len()..].chars().next())
    })
}

/// The column that the change from `before` to `after` takes away, or whose values it may rewrite, of those in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Harm {
    Takes(String),
    Rewrites(String),
}

/// What a change of a table does to the columns in use.
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
    let is = |before: &str, after: &str| {
        new.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|middle| middle == table)
    };
    // pt-online-schema-change puts more underscores before it where the name is taken.
    let lead = new.strip_suffix("_new").and_then(|rest| rest.strip_suffix(table));
    let by_percona = lead.is_some_and(|lead| !lead.is_empty() && lead.chars().all(|c| c == '_'));
    is("_", "_gho") || is("__osc_new_", "") || is("lhmn_", "") || by_percona
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
        for name in ["_orders_gho", "_orders_new", "___orders_new", "__osc_new_orders", "lhmn_orders"] {
            assert!(is_online_copy("orders", name), "{name}");
        }
        for name in ["orders_backup", "_users_gho", "orders_new", "_orders_old", "_my_orders_new", "_orders_new_new"] {
            assert!(!is_online_copy("orders", name), "{name}");
        }
        assert!(is_online_copy("_orders", "__orders_new"));
    }

    #[test]
    fn only_wanted_tables_and_their_copies_are_kept() {
        let mut shapes = Shapes::new("shop", &[], false, 0).folding_case(true).of_tables(vec!["Orders".into()]);
        for sql in
            ["CREATE TABLE ORDERS (id INT)", "CREATE TABLE users (id INT)", "CREATE TABLE _orders_gho LIKE orders"]
        {
            let _ = shapes.follow(sql, "shop");
        }
        assert_eq!(shapes.all().iter().map(|s| s.table.as_str()).collect::<Vec<_>>(), ["_orders_gho", "orders"]);
        assert!(shapes.get("oRders").is_some() && shapes.concerns("DROP TABLE x, SHOP.Orders", "other", "orders"));
        assert!(!shapes.concerns("DROP TABLE x, orders", "other", "orders"));
    }

    #[test]
    fn a_version_is_read_as_servers_print_it() {
        let mut shapes = Shapes::new("shop", &[], false, 0);
        for (text, mariadb, version) in
            [("10.11.19-MariaDB-log", true, 101_119), ("9.7.4", false, 90_704), ("", false, 0)]
        {
            shapes.set_server(text);
            assert_eq!(shapes.dialect, Dialect { mariadb, version }, "{text}");
        }
    }
}
