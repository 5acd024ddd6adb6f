//! A SQLite file that is copied from or to.

use std::fs::File;
use std::path::Path;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, params_from_iter};

use super::CopyError;
use super::form::{Cell, Row};
use super::side::page_sql;
use super::tables::{Column, HISTORY, Kind, Part, Table};
use crate::state::StateError;
use crate::state::sqlite::thread::{database, placed};
use crate::state::sqlite::{found, made, take_lock};

/// A page ends once it has so many bytes.
const PAGE_BYTES_MAX: usize = 8 << 20;

/// A file whose lock is ours: no bridge has it.
pub(super) struct Opened {
    connection: Connection,
    path: String,
    _lock: File,
}

impl Opened {
    pub fn source(path: &Path) -> Result<Opened, StateError> {
        // A lock is made only beside a file.
        let connection = found(path)?;
        let lock = take_lock(path)?;
        Ok(Opened { connection, path: path.display().to_string(), _lock: lock })
    }

    pub fn target(path: &Path) -> Result<Opened, StateError> {
        let (lock, connection) = made(path)?;
        Ok(Opened { connection, path: path.display().to_string(), _lock: lock })
    }

    pub fn tables(&self) -> Result<Vec<Table>, CopyError> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let names = self.texts(sql, &[])?;
        names.into_iter().filter(|name| name != HISTORY).map(|name| self.table(name)).collect()
    }

    fn table(&self, name: String) -> Result<Table, CopyError> {
        let read = || {
            let mut statement =
                self.connection.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
            let rows = statement.query_map([&name], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            rows.collect::<rusqlite::Result<Vec<(String, String, i64)>>>()
        };
        let found = read().map_err(|e| self.failed("read the catalogue", e))?;
        let mut table = Table { name, columns: Vec::new(), key: Vec::new() };
        let mut key: Vec<(i64, String)> = Vec::new();
        for (name, sql_type, place) in found {
            let kind = match sql_type.as_str() {
                "TEXT" => Kind::Text,
                "INTEGER" => Kind::Int,
                _ => return Err(table.unknown(format!("its column {name} is of type {sql_type}"))),
            };
            if place > 0 {
                key.push((place, name.clone()));
            }
            table.columns.push(Column { name, kind, sql_type });
        }
        key.sort();
        table.key = key.into_iter().map(|(_, name)| name).collect();
        Ok(table)
    }

    pub fn texts(&self, sql: &str, params: &[&str]) -> Result<Vec<String>, CopyError> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map(params_from_iter(params), |r| r.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|e| self.failed("read what is there", e))
    }

    pub fn range(&self, sql: &str, stream: &str) -> Result<Option<(i64, i64)>, CopyError> {
        let read = |r: &rusqlite::Row<'_>| Ok(r.get::<_, Option<i64>>(0)?.zip(r.get(1)?));
        self.connection.query_row(sql, [stream], read).map_err(|e| self.failed("read its numbers", e))
    }

    pub fn begin_reading(&self, _streams: &[String]) -> Result<(), CopyError> {
        self.batch("begin", "BEGIN DEFERRED")
    }

    /// The file's lock does.
    #[expect(clippy::unnecessary_wraps, reason = "the other database's can fail")]
    pub fn lock_out_copies(&self) -> Result<(), CopyError> {
        Ok(())
    }

    /// Nobody else draws any: SQLite goes on behind the highest that is written.
    pub fn reserve(&self, table: &str, first: i64, _last: i64) -> Result<i64, CopyError> {
        let sql = format!("SELECT coalesce(max(seq), 0) FROM \"{table}\"");
        let taken: i64 =
            self.connection.query_row(&sql, [], |r| r.get(0)).map_err(|e| self.failed("read its numbers", e))?;
        Ok(if taken < first { 0 } else { taken + 1 - first })
    }

    pub fn begin_writing(&self) -> Result<(), CopyError> {
        // An entry may wait for one that was written later, or is on a later page.
        self.batch("begin", "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON")
    }

    pub fn page(&self, part: &Part, table: &Table, owner: &str, after: Option<&[Cell]>) -> Result<Vec<Row>, CopyError> {
        let select = |column: &Column| match table.column(&column.name) {
            Some(_) => format!("t.\"{}\"", column.name),
            None => "NULL".to_owned(),
        };
        let select: Vec<String> = part.columns.iter().map(select).collect();
        let sql = page_sql(part, table, &select, after.is_none());
        let mut values: Vec<&dyn ToSql> = vec![&owner];
        // Behind the only row there is none, and no key is asked for.
        values.extend(after.unwrap_or_default().iter().map(|cell| cell as &dyn ToSql));
        let read = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let (mut rows, mut page, mut bytes) = (statement.query(&*values)?, Vec::new(), 0);
            while bytes < PAGE_BYTES_MAX
                && let Some(row) = rows.next()?
            {
                let row = (0..part.columns.len()).map(|at| cell(row, at)).collect::<rusqlite::Result<Row>>()?;
                bytes += row.iter().map(|cell| if let Cell::Text(text) = cell { text.len() } else { 8 }).sum::<usize>();
                page.push(row);
            }
            Ok(page)
        };
        read().map_err(|e: rusqlite::Error| self.failed("read rows", e))
    }

    pub fn write(&self, part: &Part, rows: &[Row]) -> Result<(), CopyError> {
        let ours: Vec<usize> =
            (0..part.columns.len()).filter(|at| part.target.column(&part.columns[*at].name).is_some()).collect();
        let names: Vec<String> = ours.iter().map(|at| format!("\"{}\"", part.columns[*at].name)).collect();
        let marks = vec!["?"; ours.len()].join(", ");
        let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", part.name(), names.join(", "));
        let write = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            rows.iter()
                .try_for_each(|row| statement.execute(params_from_iter(ours.iter().map(|at| &row[*at]))).map(|_| ()))
        };
        write().map_err(|e| self.failed("write rows", e))
    }

    pub fn commit(&self) -> Result<(), CopyError> {
        self.batch("commit", "COMMIT")
    }

    fn batch(&self, action: &'static str, sql: &str) -> Result<(), CopyError> {
        self.connection.execute_batch(sql).map_err(|e| self.failed(action, e))
    }

    fn failed(&self, action: &'static str, error: rusqlite::Error) -> CopyError {
        CopyError::State(placed(database(action, error), &self.path))
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn cell(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Cell> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        // What is neither, or no text, is named by its column.
        ValueRef::Text(_) | ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Text(row.get(at)?),
    })
}
