//! Which tables and columns are copied: those of the databases' own catalogues, so that none can be forgotten.

use std::collections::BTreeMap;

use super::CopyError;

/// What the migrations keep for themselves.
pub(super) const HISTORY: &str = "refinery_schema_history";

/// Columns that say who is at work on a database: nobody is at work on a copy.
const OF_A_SESSION: &[(&str, &str)] = &[("stream", "holder"), ("stream", "lease_until_us"), ("stream", "connection")];

/// The whole of a key that is too long for PostgreSQL's index; in SQLite the key itself is whole.
pub(super) const FULL_KEY: (&str, &str) = ("mirror", "full_key");

/// Tables that draw numbers for their rows, which all streams of a database share, and the columns that hold such a number.
const NUMBERED: &[(&str, &[(&str, &str)])] = &[
    (
        "outbox",
        &[
            ("outbox", "seq"),
            ("outbox", "depends_on"),
            ("attempt", "entry"),
            ("ledger_entry", "entry"),
            ("ledger_customer", "entry"),
        ],
    ),
    ("shape", &[("shape", "seq")]),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Bool,
    Text,
}

/// A column, as its database's catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    /// The type by its name in SQL.
    pub sql_type: String,
}

/// A table, as its database's catalogue has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// The primary key's columns, in their order.
    pub key: Vec<String>,
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// How its rows belong to a stream.
    pub fn scope(&self) -> Result<Scope, CopyError> {
        let has = |name: &str| self.column(name).is_some();
        match self.name.as_str() {
            "stream" => Ok(Scope::Name),
            _ if has("stream") => Ok(Scope::Stream),
            _ if has("entry") => Ok(Scope::Entry),
            _ if has("account") => Ok(Scope::Account),
            _ => Err(self.unknown("it is not known how its rows belong to a stream")),
        }
    }

    /// The table that draws the numbers of a column.
    pub fn numbering(&self, column: &str) -> Option<&'static str> {
        let holds = |columns: &[(&str, &str)]| columns.contains(&(self.name.as_str(), column));
        NUMBERED.iter().find(|(_, columns)| holds(columns)).map(|(table, _)| *table)
    }

    pub fn unknown(&self, reason: impl Into<String>) -> CopyError {
        CopyError::Unknown { table: self.name.clone(), reason: reason.into() }
    }
}

/// How a table's rows belong to a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The row that has the stream's name.
    Name,
    /// By a column `stream`.
    Stream,
    /// By an entry of the outbox.
    Entry,
    /// They are of the stream's ERP account.
    Account,
}

/// The tables that draw numbers.
pub(super) fn numbered() -> impl Iterator<Item = &'static str> {
    NUMBERED.iter().map(|(table, _)| *table)
}

/// A table to be copied.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// As the source has it.
    pub source: Table,
    /// As the target has it.
    pub target: Table,
    /// The columns of a row on its way, in order; where only one side has a column, the other has the same in another form.
    pub columns: Vec<Column>,
    pub scope: Scope,
}

impl Part {
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The place of a column in a row on its way.
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
}

/// The tables to be copied: the stream's own row first, the others by their names.
///
/// # Errors
/// Where one side has a table or a column that the other has not, and it is not known to have its place there in another form.
pub(super) fn parts(source: Vec<Table>, target: Vec<Table>) -> Result<Vec<Part>, CopyError> {
    let mut targets: BTreeMap<String, Table> = target.into_iter().map(|table| (table.name.clone(), table)).collect();
    let mut parts = Vec::new();
    for source in source {
        let Some(target) = targets.remove(&source.name) else {
            return Err(source.unknown("the target has no such table"));
        };
        parts.push(part(source, target)?);
    }
    if let Some(left) = targets.values().next() {
        return Err(left.unknown("the source has no such table"));
    }
    parts.sort_by(|a, b| (a.scope != Scope::Name, a.name()).cmp(&(b.scope != Scope::Name, b.name())));
    Ok(parts)
}

fn part(source: Table, target: Table) -> Result<Part, CopyError> {
    let scope = source.scope()?;
    let is = |column: &Column, list: &[(&str, &str)]| list.contains(&(source.name.as_str(), column.name.as_str()));
    let all = source.columns.iter().chain(target.columns.iter().filter(|c| source.column(&c.name).is_none()));
    let mut columns = Vec::new();
    for column in all.filter(|column| !is(column, OF_A_SESSION)) {
        let sides = [source.column(&column.name), target.column(&column.name)];
        let numbers = source.numbering(&column.name).is_some();
        if sides.contains(&None) && !is(column, &[FULL_KEY]) {
            return Err(source.unknown(format!("only one side has its column {}", column.name)));
        }
        if !numbers && matches!(column.name.as_str(), "seq" | "entry") {
            return Err(source.unknown(format!("it is not known whose numbers its column {} has", column.name)));
        }
        // SQLite has no booleans of its own: what the other side says counts.
        let kind = if sides.iter().flatten().any(|c| c.kind == Kind::Bool) { Kind::Bool } else { column.kind };
        if sides.iter().flatten().any(|c| (c.kind == Kind::Text) != (kind == Kind::Text)) {
            return Err(source.unknown(format!("its column {} is text on one side only", column.name)));
        }
        columns.push(Column { kind, ..column.clone() });
    }
    // A row's checksum is the same whichever way it goes.
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Part { columns, scope, source, target })
}
