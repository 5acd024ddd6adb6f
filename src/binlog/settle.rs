//! What tables looked like at a position that is not the head of the binlog.
//!
//! A server only says what they look like now. That holds at the position where no statement between there and the head has
//! changed them; the binlog itself tells. Nothing else is guessed: a table that was changed in between is *pending* until its
//! last change has been read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use mysql_async::prelude::Queryable as _;

use super::error::{StoreError, from_driver};
use super::every::Every;
use super::position;
use super::range::Sources;
use super::selection::Selection;
use super::shapes::{Shapes, names};
use super::store::Store;
use super::stream::Limits;
use super::tables::Tables;
use super::variables::Flavour;
use crate::change::{Position, TableShape};

/// Tables as they are at a position, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    /// Those that are known.
    pub shapes: Vec<TableShape>,
    /// Those that a later statement has changed: the id of the last transaction that did, after which they are what they are
    /// today.
    pub pending: BTreeMap<String, String>,
    /// The charset of tables that will name none; `None` where it was changed since.
    pub charset: Option<String>,
    /// What text columns really are in, where the operator says that it is not what they say.
    pub really: Option<String>,
}

/// What one look at the binlog takes at once.
const LOOK: Limits = Limits { transactions: 10_000, rows: 10_000 };

impl Store {
    /// What these tables look like at `position`. `known` is what was kept with it, and is taken for granted; of the others the
    /// binlog from there to its head is searched for statements that change them.
    ///
    /// # Errors
    /// What the server or its binlog says, as [`Store::stream`].
    pub async fn definitions(
        &mut self,
        position: &Position,
        tables: &[String],
        known: Option<&[TableShape]>,
    ) -> Result<Definitions, StoreError> {
        self.definitions_through(&[], position, tables, known).await
    }

    /// The same, where the binlog from `position` on begins in archived files.
    pub(super) async fn definitions_through(
        &mut self,
        files: &[PathBuf],
        position: &Position,
        tables: &[String],
        known: Option<&[TableShape]>,
    ) -> Result<Definitions, StoreError> {
        let mut shapes = known.unwrap_or_default().to_vec();
        let is_known = |name: &String| shapes.iter().any(|shape| self.same_table(&shape.table, name));
        let missing: Vec<String> = tables.iter().filter(|name| !is_known(name)).cloned().collect();
        self.fill_in_engines(&mut shapes).await?;
        let now = self.shapes(&missing).await?;
        for shape in &now {
            self.wait_for_statement_on(&shape.table).await?;
        }
        let charset = self.default_charset().await?;
        let head = self.head_like(position).await?;
        if position::reached(position, &head) {
            shapes.extend(now);
            return Ok(Definitions { shapes, charset, ..Definitions::default() });
        }
        if missing.is_empty() {
            return Ok(Definitions { shapes, ..Definitions::default() });
        }
        let mut changes = self.changes_between(files, position, &head, &missing).await?;
        let charset = charset.filter(|_| changes.remove(DATABASE).is_none());
        shapes.extend(now.into_iter().filter(|shape| !changes.contains_key(&shape.table)));
        Ok(Definitions { shapes, pending: changes, charset, really: None })
    }

    pub(super) fn same_table(&self, a: &str, b: &str) -> bool {
        if self.variables.folds_table_names() { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    /// A table that was made by a statement without its engine has the server's default, which only the server knows.
    async fn fill_in_engines(&mut self, shapes: &mut [TableShape]) -> Result<(), StoreError> {
        let unknown: Vec<String> = shapes.iter().filter(|s| s.engine.is_empty()).map(|s| s.table.clone()).collect();
        for now in self.shapes(&unknown).await? {
            if let Some(shape) = shapes.iter_mut().find(|shape| self.same_table(&shape.table, &now.table)) {
                shape.engine = now.engine;
            }
        }
        Ok(())
    }

    /// Reading a table waits for a statement that is changing it, until that is in the binlog.
    async fn wait_for_statement_on(&mut self, table: &str) -> Result<(), StoreError> {
        let read = format!("SELECT 1 FROM {} LIMIT 0", self.name_of(table));
        self.conn.query_drop(read).await.map_err(|error| from_driver(&self.host, "read a mapped table", error))
    }

    async fn default_charset(&mut self) -> Result<Option<String>, StoreError> {
        let ask = "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = ?";
        let found: Vec<Option<String>> = self.rows(ask, (self.database.clone(),)).await?;
        Ok(found.into_iter().next().flatten())
    }

    /// The last transaction between two positions that changed each of these tables; under [`DATABASE`] the last that may have
    /// changed the database's default charset.
    async fn changes_between(
        &mut self,
        files: &[PathBuf],
        from: &Position,
        to: &Position,
        tables: &[String],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let statements = Tables::every(Every::new(Selection::of_statements(), Vec::new()));
        let database = self.database.clone();
        let shapes = Shapes::new(&database, &[], self.variables.flavour() == Flavour::MariaDb, 0);
        let shapes = shapes.folding_case(self.variables.folds_table_names());
        let mut changes = BTreeMap::new();
        let sources = Sources { store: Some(self), files, database: None };
        let mut range = sources.open_tables(from, to, statements, &Definitions::default()).await?;
        while let Some(batch) = range.next(&LOOK).await? {
            let logged = batch.transactions.iter().filter_map(|t| Some((&t.id, t.logged.as_ref()?)));
            for (id, (_, session, sql)) in logged.flat_map(|(id, l)| l.statements.iter().map(move |s| (id, s))) {
                let of = tables.iter().filter(|table| shapes.concerns(sql, session, table)).cloned();
                changes.extend(of.map(|table| (table, id.to_string())));
                if is_of_database(sql) && (session == &database || names(sql, &database)) {
                    changes.insert(DATABASE.to_owned(), id.to_string());
                }
            }
        }
        Ok(changes)
    }
}

/// No table is called so.
const DATABASE: &str = "";

/// True for statements that may change a database's defaults.
fn is_of_database(sql: &str) -> bool {
    let mut words = sql.split_whitespace().map(str::to_ascii_uppercase);
    let verb = words.next().is_some_and(|verb| verb == "ALTER" || verb == "CREATE");
    verb && words.next().is_some_and(|what| what == "DATABASE" || what == "SCHEMA")
}
