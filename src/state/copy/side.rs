//! Either database, as a copy sees it: a catalogue, pages of rows to read, rows to write.

use std::collections::BTreeSet;

use super::form::{Cell, Row};
use super::postgres::Schema;
use super::sqlite::Opened;
use super::tables::{Kind, Part, Scope, Table};
use super::{CopyError, Place};
use crate::state::StateError;

/// Rows of a page.
pub(super) const PAGE_ROWS_MAX: usize = 256;

/// A state database that is copied from or to.
pub(super) enum Side {
    Sqlite(Opened),
    Postgres(Box<Schema>),
}

/// Calls the same method of whichever it is; SQLite's answer at once.
macro_rules! either {
    ($side:expr, $method:ident($($arg:expr),*)) => {
        match $side {
            Side::Sqlite(file) => file.$method($($arg),*),
            Side::Postgres(schema) => schema.$method($($arg),*).await,
        }
    };
}

impl Side {
    /// Opens what must be there, in a version that is ours.
    pub async fn source(place: &Place) -> Result<Side, StateError> {
        match place {
            Place::Sqlite(path) => Ok(Side::Sqlite(Opened::source(path)?)),
            Place::Postgres(url) => Ok(Side::Postgres(Box::new(Schema::source(url).await?))),
        }
    }

    /// Opens or makes it, and brings its schema up to date.
    pub async fn target(place: &Place) -> Result<Side, StateError> {
        match place {
            Place::Sqlite(path) => Ok(Side::Sqlite(Opened::target(path)?)),
            Place::Postgres(url) => Ok(Side::Postgres(Box::new(Schema::target(url).await?))),
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Side::Postgres(_))
    }

    /// Its tables, by name, but for the migrations' own.
    pub async fn tables(&self) -> Result<Vec<Table>, CopyError> {
        either!(self, tables())
    }

    /// Every stream that has a row in a table.
    pub async fn streams(&self, tables: &[Table]) -> Result<BTreeSet<String>, CopyError> {
        let mut streams = BTreeSet::new();
        for table in tables {
            let column = match table.scope()? {
                Scope::Name => "name",
                Scope::Stream => "stream",
                Scope::Entry | Scope::Account => continue,
            };
            let sql = format!("SELECT DISTINCT \"{column}\" FROM \"{}\"", table.name);
            streams.extend(either!(self, texts(&sql, &[]))?);
        }
        Ok(streams)
    }

    /// Begins the snapshot that is read, and shuts out whoever would change these streams.
    pub async fn begin_reading(&self, streams: &[String]) -> Result<(), CopyError> {
        either!(self, begin_reading(streams))
    }

    /// True where a table has a row that belongs to a stream, or to an account.
    pub async fn has(&self, table: &Table, owner: &str) -> Result<bool, CopyError> {
        let sql = format!("SELECT 'yes' FROM \"{}\" t WHERE {} LIMIT 1", table.name, belongs(table.scope()?));
        Ok(!either!(self, texts(&sql, &[owner]))?.is_empty())
    }

    /// The ERP account of a stream as it is stored; a stream that is not attached has one of its own.
    pub async fn account(&self, stream: &str) -> Result<String, CopyError> {
        let sql = "SELECT coalesce(account, name) FROM stream WHERE name = $1";
        Ok(either!(self, texts(sql, &[stream]))?.pop().unwrap_or_else(|| stream.to_owned()))
    }

    /// True where a stream is attached to an account.
    pub async fn attached(&self, account: &str) -> Result<bool, CopyError> {
        let sql = "SELECT name FROM stream WHERE coalesce(account, name) = $1 LIMIT 1";
        Ok(!either!(self, texts(sql, &[account]))?.is_empty())
    }

    /// The first and the last number of a stream in a table that draws them.
    pub async fn numbers(&self, table: &str, stream: &str) -> Result<Option<(i64, i64)>, CopyError> {
        let sql = format!("SELECT min(seq), max(seq) FROM \"{table}\" WHERE stream = $1");
        either!(self, range(&sql, stream))
    }

    /// No two copies draw numbers at once.
    pub async fn lock_out_copies(&self) -> Result<(), CopyError> {
        either!(self, lock_out_copies())
    }

    /// Keeps numbers free in a table that draws them; answers by how much they are higher than those asked for.
    pub async fn reserve(&self, table: &str, first: i64, last: i64) -> Result<i64, CopyError> {
        either!(self, reserve(table, first, last))
    }

    /// Begins the transaction that all is written in.
    pub async fn begin_writing(&self) -> Result<(), CopyError> {
        either!(self, begin_writing())
    }

    /// Rows of a table that belong to a stream, or to an account, in the order of their keys, from behind one on; none at the end.
    pub async fn page(
        &self,
        part: &Part,
        table: &Table,
        owner: &str,
        after: Option<&[Cell]>,
    ) -> Result<Vec<Row>, CopyError> {
        either!(self, page(part, table, owner, after))
    }

    /// Writes rows, in this database's form.
    pub async fn write(&self, part: &Part, rows: &[Row]) -> Result<(), CopyError> {
        if rows.is_empty() {
            return Ok(());
        }
        either!(self, write(part, rows))
    }

    pub async fn commit(&self) -> Result<(), CopyError> {
        either!(self, commit())
    }
}

/// The condition that a row belongs to `$1`.
pub(super) fn belongs(scope: Scope) -> &'static str {
    match scope {
        Scope::Name => "t.\"name\" = $1",
        Scope::Stream => "t.\"stream\" = $1",
        Scope::Entry => "EXISTS (SELECT 1 FROM outbox o WHERE o.seq = t.entry AND o.stream = $1)",
        Scope::Account => "t.\"account\" = $1",
    }
}

/// The columns of the primary key by which pages follow one another: all but that which says whose the rows are.
pub(super) fn paging(part: &Part) -> Vec<&str> {
    let fixed = match part.scope {
        Scope::Name => "name",
        Scope::Stream => "stream",
        Scope::Entry => "",
        Scope::Account => "account",
    };
    part.source.key.iter().map(String::as_str).filter(|name| *name != fixed).collect()
}

/// A page's statement: `select` for the columns, then the key of the page before from `$2` on.
pub(super) fn page_sql(part: &Part, table: &Table, select: &[String], is_first: bool) -> String {
    let by = paging(part);
    let key: Vec<String> = by.iter().map(|name| format!("t.\"{name}\"")).collect();
    // A key without the stream is to be read in its own order: an index on the stream would be sorted for each page.
    let belongs = match part.scope {
        Scope::Stream if !part.source.key.iter().any(|name| name == "stream") => "(t.\"stream\" || '') = $1",
        scope => belongs(scope),
    };
    let mut sql = format!("SELECT {} FROM \"{}\" t WHERE {belongs}", select.join(", "), table.name);
    if !is_first {
        // Behind the only row there is none.
        let cast = |name: &str| match part.source.column(name).map(|column| column.kind) {
            Some(Kind::Text) => "TEXT",
            _ => "BIGINT",
        };
        let places: Vec<String> =
            by.iter().enumerate().map(|(n, name)| format!("CAST(${} AS {})", n + 2, cast(name))).collect();
        match by.is_empty() {
            true => sql.push_str(" AND 1 = 0"),
            false => sql.push_str(&format!(" AND ({}) > ({})", key.join(", "), places.join(", "))),
        }
    }
    if !key.is_empty() {
        sql.push_str(&format!(" ORDER BY {}", key.join(", ")));
    }
    sql.push_str(&format!(" LIMIT {PAGE_ROWS_MAX}"));
    sql
}
