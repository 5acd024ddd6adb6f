//! Copies streams from one state database to another, of the same kind or not: all of them in one transaction of the target, or
//! nothing; and compares what lies there then with what was read.
//!
//! The tables and columns are those of the databases' own catalogues (`tables.rs`). Rows go in pages, so memory is bounded by a
//! page. The source is read in one snapshot, with its file's lock taken, or its streams' rows locked: no capture can begin there
//! meanwhile. It stays as it is.
//!
//! A copy is no more than an older state that was restored: whoever takes it up looks up what is not final before it is sent,
//! and its capture sessions have newer epochs.

mod form;
mod postgres;
mod side;
mod sqlite;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use self::form::{Cell, Row, Sum};
use self::side::Side;
use self::tables::{Part, Scope};
use super::StateError;

/// A state database.
#[derive(Clone)]
pub enum Place {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL schema; it may hold a password.
    Postgres(String),
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// The streams, by name.
    pub streams: Vec<String>,
    /// The tables, in the order in which they were copied.
    pub tables: Vec<CopiedTable>,
    /// ERP accounts that the target knew already: what it knows of them was left as it is.
    pub kept_accounts: Vec<String>,
    /// True where the numbers of entries were taken in the target, so that the copied ones are all higher by the same amount.
    pub renumbered: bool,
}

impl Copied {
    /// True where all that was read lies in the target; where it is false the target is as it was.
    pub fn is_whole(&self) -> bool {
        self.tables.iter().all(|table| table.ok)
    }
}

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopiedTable {
    /// Its name.
    pub table: String,
    /// Rows that were read in the source.
    pub rows: u64,
    /// The sum of their SHA-256, in hexadecimal digits.
    pub checksum: String,
    /// True where the target has the same.
    pub ok: bool,
}

/// Why nothing was copied.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The state database from which it is copied.
    #[error("FROM: {0}")]
    From(#[source] StateError),
    /// The state database to which it is copied.
    #[error("TO: {0}")]
    To(#[source] StateError),
    /// A statement of either.
    #[error(transparent)]
    State(#[from] StateError),
    /// Both are one.
    #[error("FROM and TO are the same state database")]
    Same,
    /// There is nothing to copy.
    #[error("FROM has no stream yet: nothing is to be copied")]
    Empty,
    /// The stream is not in the source.
    #[error("FROM has no stream \"{stream}\"; it has {known}")]
    NoStream {
        /// The stream.
        stream: String,
        /// Those that are there.
        known: String,
    },
    /// A capture session is alive.
    #[error("FROM is in use: {holder} captures stream \"{stream}\" (its lease ends at {until}); stop that one first")]
    Captured {
        /// The stream.
        stream: String,
        /// Who has the lease.
        holder: String,
        /// When it ends, unless it is renewed.
        until: Timestamp,
    },
    /// A relay is delivering.
    #[error(
        "FROM is in use: documents of stream \"{stream}\" are being sent (until {until} at the latest); stop the relays first, or wait until then"
    )]
    Relayed {
        /// The stream.
        stream: String,
        /// When the last claim ends.
        until: Timestamp,
    },
    /// The target has it already.
    #[error(
        "TO has stream \"{stream}\" already (table {table}): nothing was changed; copy to a state database without it"
    )]
    Taken {
        /// The stream.
        stream: String,
        /// A table that has rows of it.
        table: String,
    },
    /// The databases' catalogues are not what this program knows.
    #[error("table {table} cannot be copied: {reason}; nothing was changed")]
    Unknown {
        /// The table.
        table: String,
        /// Why.
        reason: String,
    },
    /// PostgreSQL keeps only a part of a long owner.
    #[error(
        "the row with key {key} belongs to a document whose key is too long to be read back from PostgreSQL whole; nothing was changed: copy to another PostgreSQL schema"
    )]
    Cut {
        /// The mirrored row's key.
        key: String,
    },
}

impl CopyError {
    /// True where the command line or a database is not fit for it, so that nothing was begun.
    pub fn is_refusal(&self) -> bool {
        match self {
            CopyError::From(error) | CopyError::To(error) | CopyError::State(error) => !matches!(
                error,
                StateError::Lost { .. } | StateError::Database { .. } | StateError::Full { .. } | StateError::Stopped
            ),
            CopyError::Same
            | CopyError::Empty
            | CopyError::NoStream { .. }
            | CopyError::Captured { .. }
            | CopyError::Relayed { .. }
            | CopyError::Taken { .. } => true,
            CopyError::Unknown { .. } | CopyError::Cut { .. } => false,
        }
    }
}

/// Copies a stream, or all of them, to a database that has none of them.
///
/// # Errors
/// A [`CopyError`]; then the target is as it was, but for its schema, which is made or brought up to date.
pub async fn copy(from: &Place, to: &Place, stream: Option<&str>) -> Result<Copied, CopyError> {
    if is_same(from, to) {
        return Err(CopyError::Same);
    }
    let source = Side::source(from).await.map_err(CopyError::From)?;
    let tables = source.tables().await?;
    let streams = chosen(source.streams(&tables).await?, stream)?;
    source.begin_reading(&streams).await?;
    let target = Side::target(to).await.map_err(CopyError::To)?;
    let parts = tables::parts(tables, target.tables().await?)?;
    refuse_taken(&target, &parts, &streams).await?;
    let copy = Copy::prepare(source, target, parts, streams).await?;
    copy.run().await
}

fn is_same(from: &Place, to: &Place) -> bool {
    match (from, to) {
        (Place::Sqlite(a), Place::Sqlite(b)) => {
            a == b || a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
        }
        (Place::Postgres(a), Place::Postgres(b)) => a == b,
        _ => false,
    }
}

fn chosen(known: BTreeSet<String>, stream: Option<&str>) -> Result<Vec<String>, CopyError> {
    match stream {
        _ if known.is_empty() => Err(CopyError::Empty),
        None => Ok(known.into_iter().collect()),
        Some(stream) if known.contains(stream) => Ok(vec![stream.to_owned()]),
        Some(stream) => {
            let known: Vec<String> = known.into_iter().collect();
            Err(CopyError::NoStream { stream: stream.to_owned(), known: known.join(", ") })
        }
    }
}

async fn refuse_taken(target: &Side, parts: &[Part], streams: &[String]) -> Result<(), CopyError> {
    for stream in streams {
        for part in parts.iter().filter(|part| part.scope != Scope::Account) {
            if target.has(&part.target, stream).await? {
                return Err(CopyError::Taken { stream: stream.clone(), table: part.name().to_owned() });
            }
        }
    }
    Ok(())
}

/// A copy that is under way.
struct Copy {
    source: Side,
    target: Side,
    parts: Vec<Part>,
    streams: Vec<String>,
    /// Accounts whose rows are copied, and those that the target knows already.
    accounts: BTreeSet<String>,
    kept_accounts: BTreeSet<String>,
    /// By how much the numbers rise that a table draws.
    shifts: BTreeMap<&'static str, i64>,
}

impl Copy {
    async fn prepare(source: Side, target: Side, parts: Vec<Part>, streams: Vec<String>) -> Result<Copy, CopyError> {
        let (mut accounts, mut kept_accounts) = (BTreeSet::new(), BTreeSet::new());
        for stream in &streams {
            let account = source.account(stream).await?;
            let mut known = target.attached(&account).await?;
            for part in parts.iter().filter(|part| part.scope == Scope::Account) {
                known |= target.has(&part.target, &account).await?;
            }
            if known {
                kept_accounts.insert(account)
            } else {
                accounts.insert(account)
            };
        }
        target.lock_out_copies().await?;
        let mut shifts = BTreeMap::new();
        for table in tables::numbered() {
            let mut range: Option<(i64, i64)> = None;
            for stream in &streams {
                if let Some((first, last)) = source.numbers(table, stream).await? {
                    let (a, b) = range.unwrap_or((first, last));
                    range = Some((a.min(first), b.max(last)));
                }
            }
            if let Some((first, last)) = range {
                shifts.insert(table, target.reserve(table, first, last).await?);
            }
        }
        target.begin_writing().await?;
        Ok(Copy { source, target, parts, streams, accounts, kept_accounts, shifts })
    }

    async fn run(self) -> Result<Copied, CopyError> {
        let mut tables = Vec::new();
        for part in &self.parts {
            let read = self.copy(part).await?;
            tables.push((part, read));
        }
        let mut compared = Vec::new();
        for (part, read) in tables {
            let there = self.sum(part).await?;
            let ok = there == read;
            compared.push(CopiedTable {
                table: part.name().to_owned(),
                rows: read.rows,
                checksum: read.checksum(),
                ok,
            });
        }
        let copied = Copied {
            streams: self.streams,
            tables: compared,
            kept_accounts: self.kept_accounts.into_iter().collect(),
            renumbered: self.shifts.get("outbox").is_some_and(|shift| *shift != 0),
        };
        if copied.is_whole() {
            self.target.commit().await?;
        }
        Ok(copied)
    }

    /// Whose rows of a table are copied, by what its scope names them.
    fn owners(&self, part: &Part) -> Vec<&String> {
        match part.scope {
            Scope::Account => self.accounts.iter().collect(),
            Scope::Name | Scope::Stream | Scope::Entry => self.streams.iter().collect(),
        }
    }

    /// Copies a table's rows; answers the sum of what was read.
    async fn copy(&self, part: &Part) -> Result<Sum, CopyError> {
        let mut sum = Sum::default();
        // Owners may be cut in PostgreSQL: SQLite's are made from the rows that name them.
        let by_mirror = self.source.is_postgres() && !self.target.is_postgres();
        for owner in self.owners(part) {
            let mut after = None;
            loop {
                let page = self.source.page(part, &part.source, owner, after.as_deref()).await?;
                let Some(last) = page.last() else { break };
                after = Some(key_of(part, last));
                let mut rows = Vec::with_capacity(page.len());
                for mut row in page {
                    self.renumber(part, &mut row);
                    sum.add(&self.compared(part, row.clone(), self.source.is_postgres())?);
                    rows.push(self.turned(part, row)?);
                }
                if !(by_mirror && part.name() == "owner") {
                    self.target.write(part, &rows).await?;
                }
                if by_mirror && part.name() == "mirror" {
                    self.write_owners(part, &rows).await?;
                }
            }
        }
        Ok(sum)
    }

    async fn write_owners(&self, mirror: &Part, rows: &[Row]) -> Result<(), CopyError> {
        let Some(part) = self.parts.iter().find(|part| part.name() == "owner") else { return Ok(()) };
        let columns: Vec<String> = part.columns.iter().map(|column| column.name.clone()).collect();
        for row in rows {
            self.target.write(part, &form::owner_rows(mirror, row, &columns)?).await?;
        }
        Ok(())
    }

    /// The sum of what lies in the target.
    async fn sum(&self, part: &Part) -> Result<Sum, CopyError> {
        let mut sum = Sum::default();
        for owner in self.owners(part) {
            let mut after = None;
            loop {
                let page = self.target.page(part, &part.target, owner, after.as_deref()).await?;
                let Some(last) = page.last() else { break };
                after = Some(key_of(part, last));
                for row in page {
                    sum.add(&self.compared(part, row, self.target.is_postgres())?);
                }
            }
        }
        Ok(sum)
    }

    fn renumber(&self, part: &Part, row: &mut Row) {
        for (column, cell) in part.columns.iter().zip(row) {
            let shift = part.source.numbering(&column.name).and_then(|table| self.shifts.get(table));
            if let (Cell::Int(number), Some(shift)) = (cell, shift) {
                *number += shift;
            }
        }
    }

    /// A row in the form to compare in.
    fn compared(&self, part: &Part, mut row: Row, of_postgres: bool) -> Result<Row, CopyError> {
        match of_postgres {
            true => form::settle(part, &mut row)?,
            false => form::to_postgres(part, &mut row)?,
        }
        Ok(row)
    }

    /// A row of the source in the target's form.
    fn turned(&self, part: &Part, mut row: Row) -> Result<Row, CopyError> {
        match (self.source.is_postgres(), self.target.is_postgres()) {
            (false, true) => form::to_postgres(part, &mut row)?,
            (true, false) => form::to_sqlite(part, &mut row)?,
            (true, true) | (false, false) => {}
        }
        Ok(row)
    }
}

/// What the next page begins behind.
fn key_of(part: &Part, row: &Row) -> Vec<Cell> {
    side::paging(part).iter().filter_map(|name| part.place(name)).map(|place| row[place].clone()).collect()
}
