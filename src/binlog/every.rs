//! Whole tables, of whatever database, as far as they are selected: the binlog by itself, without a mapping.

use std::collections::{BTreeSet, HashMap};

use super::cursor::{Cursor, Malformed};
use super::ddl::{Effect, Unread};
use super::selection::Selection;
use super::shapes::{Followed, Shapes, names};
use super::table_map::{self, Plan};
use crate::change::TableShape;

/// A table by its database and its name.
type TableName = (String, String);

/// The selected tables, as they are met.
pub(super) struct Every {
    selection: Selection,
    /// What the server says that they look like now.
    now: HashMap<TableName, TableShape>,
    /// The charset of a database's tables that name none.
    charsets: HashMap<String, String>,
    /// What statements that were met have made of tables, by database.
    followed: HashMap<String, Shapes>,
    /// Tables whose rows were read by what they look like now.
    assumed: BTreeSet<TableName>,
    /// Table names are compared without case (`lower_case_table_names`); those in rows are in lower case then.
    fold_case: bool,
    /// The version of the server that wrote the file.
    version: String,
    met: Vec<Described>,
}

/// A table that was met in the binlog, as its rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its database.
    pub database: String,
    /// Its name.
    pub table: String,
    /// All its columns, in order.
    pub columns: Vec<String>,
    pub(super) engine: Option<String>,
}

impl Every {
    /// `now` is what the server says of each table at present, with its database. It is used where rows do not describe
    /// themselves, agree with it, and no statement that made the table was met.
    pub fn new(selection: Selection, now: Vec<(String, TableShape)>) -> Every {
        Every {
            selection,
            now: now.into_iter().map(|(database, shape)| ((database, shape.table.clone()), shape)).collect(),
            charsets: HashMap::new(),
            followed: HashMap::new(),
            assumed: BTreeSet::new(),
            fold_case: false,
            version: String::new(),
            met: Vec::new(),
        }
    }

    /// Says the charset of each database's tables that name none.
    pub fn with_charsets(mut self, charsets: Vec<(String, String)>) -> Every {
        self.charsets = charsets.into_iter().collect();
        self
    }

    /// Compares names without case.
    pub fn folding_case(self, fold_case: bool) -> Every {
        Every { fold_case, ..self }
    }

    fn folded(&self, name: &str) -> String {
        if self.fold_case { name.to_lowercase() } else { name.to_owned() }
    }

    /// Says which server wrote what follows.
    pub fn set_server(&mut self, version: &str) {
        version.clone_into(&mut self.version);
        self.followed.values_mut().for_each(|shapes| shapes.set_server(version));
    }

    /// The tables that were met, by [`TableId`](crate::change::TableId).
    pub fn met(&self) -> &[Described] {
        &self.met
    }

    /// True where statements of a session in this database are wanted.
    pub fn has_database(&self, database: &str) -> bool {
        self.selection.has_database(database)
    }

    /// Plans the decoding of a table's rows; `None` where it is not selected.
    pub fn plan(&mut self, name: table_map::TableName<'_>, columns: Cursor<'_>) -> Result<Option<Plan>, Malformed> {
        let (database, table) = (String::from_utf8_lossy(name.database), String::from_utf8_lossy(name.table));
        if !self.selection.has(&database, &table) {
            return Ok(None);
        }
        let key = (database.into_owned(), table.into_owned());
        let followed = self.followed.get(&self.folded(&key.0)).and_then(|shapes| shapes.get(&key.1));
        let shape = followed.or_else(|| self.now.get(&key));
        let (plan, names_itself) = table_map::plan_all(columns, (0, &key.1), shape, self.version.contains("MariaDB"))?;
        if followed.is_none() && shape.is_some() && !names_itself {
            self.assumed.insert(key.clone());
        }
        let named = plan.columns.iter().filter_map(|column| column.used.as_ref().map(|used| used.name.clone()));
        let engine = shape.map(|shape| shape.engine.clone());
        let described = Described { database: key.0, columns: named.collect(), table: key.1, engine };
        let known = self.met.iter().position(|met| *met == described);
        let id = known.unwrap_or_else(|| {
            self.met.push(described);
            self.met.len() - 1
        });
        Ok(Some(Plan { table: id, ..plan }))
    }

    /// Follows a statement; true where tables are other than before.
    pub fn follow(&mut self, read: &Result<Option<Effect>, Unread>, sql: &str, session: &str, id: &str) -> bool {
        match read {
            Ok(None) => false,
            // A name or label that was garbled on its way is not what it was.
            Ok(Some(effect)) if !(sql.contains('\u{fffd}') && format!("{effect:?}").contains('\u{fffd}')) => {
                self.follow_effect(effect, sql, session, id)
            }
            Ok(Some(_)) | Err(Unread) => {
                self.doubt(|(_, table)| names(sql, table), id);
                let lose = |shapes: &mut Shapes| shapes.lose(sql) != Followed::Nothing;
                self.followed.values_mut().fold(false, |moved, shapes| lose(shapes) | moved)
            }
        }
    }

    fn follow_effect(&mut self, effect: &Effect, sql: &str, session: &str, id: &str) -> bool {
        let mut effect = effect.clone();
        if self.fold_case {
            effect.for_each_name(&mut |name| name.table = name.table.to_lowercase());
        }
        let mut named = BTreeSet::new();
        effect.clone().for_each_name(&mut |name| {
            let database = name.database.as_deref().unwrap_or(session);
            named.insert((self.folded(database), self.folded(&name.table)));
        });
        let of_database = match &effect {
            Effect::DropDatabase(name) => Some(name.as_str()),
            Effect::Database { name, .. } => Some(name.as_deref().unwrap_or(session)),
            _ => None,
        };
        let of_database = of_database.map(|name| self.folded(name));
        if let (Effect::DropDatabase(_), Some(dropped)) = (&effect, &of_database) {
            named.extend(self.assumed.iter().filter(|(database, _)| database == dropped).cloned());
        }
        self.doubt(|table| named.contains(table), id);
        let databases: BTreeSet<String> = named.into_iter().map(|(database, _)| database).chain(of_database).collect();
        let mut moved = false;
        for database in databases {
            let shapes = self.followed.entry(database.clone()).or_insert_with(|| {
                let mut shapes = Shapes::new(&database, &[], false, 0).folding_case(self.fold_case);
                shapes.set_server(&self.version);
                if let Some(charset) = self.charsets.get(&database) {
                    shapes.set_charset(charset);
                }
                shapes
            });
            moved |= shapes.apply(&effect, session).unwrap_or_else(|Unread| shapes.lose(sql)) != Followed::Nothing;
        }
        moved
    }

    /// Says of which tables it is now known that they may have looked otherwise when rows of theirs were read.
    fn doubt(&mut self, is_changed: impl Fn(&TableName) -> bool, id: &str) {
        let doubtful: Vec<TableName> = self.assumed.iter().filter(|table| is_changed(table)).cloned().collect();
        for (database, table) in doubtful {
            tracing::warn!(
                database,
                table,
                at = id,
                "rows of this table do not describe themselves, and it is changed here: columns before it were named by what it \
                 looks like now, and may have been others (binlog_row_metadata=FULL would tell)"
            );
            self.assumed.remove(&(database, table));
        }
    }
}
