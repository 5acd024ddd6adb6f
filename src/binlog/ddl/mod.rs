//! What a statement does to tables' columns: CREATE, ALTER, RENAME and DROP TABLE, as far as rows are decoded by it.
//!
//! sqlparser cuts a statement into tokens (its own grammar takes about three of five real ones). Of those only what concerns
//! columns is read; partitions, options, indexes, defaults and comments are passed over by their brackets. A statement that
//! is not understood is a [`Unread`], and whoever asked must not go on as if it had done nothing.

mod apply;
mod column;
mod words;

#[cfg(test)]
mod tests;

pub(super) use apply::{Catalogue, keeps_values};
pub(super) use column::{charset_named, charset_of_collation, is_text};
use words::Words;
pub(super) use words::may_move;

use crate::change::ColumnShape;

/// Which server wrote the statement: some words mean other things on one than on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Dialect {
    pub mariadb: bool,
    /// As in version comments: 90704, 101119. 0 where it is not known: then all of them count.
    pub version: u32,
}

/// A table's name as the statement has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub database: Option<String>,
    pub table: String,
}

/// What happens to tables.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effect {
    Create {
        table: Name,
        columns: Vec<ColumnShape>,
        /// `None` where the database's default is meant.
        charset: Option<String>,
        /// `None` where the server's default is meant.
        engine: Option<String>,
        key: Vec<String>,
        existing: Existing,
    },
    CreateLike {
        table: Name,
        like: Name,
        existing: Existing,
    },
    Alter {
        table: Name,
        clauses: Vec<Clause>,
    },
    Rename(Vec<(Name, Name)>),
    Drop(Vec<Name>),
    /// With all its tables.
    DropDatabase(String),
    /// A database is made, or its defaults for tables to come are changed; without a name it is the session's own.
    Database {
        name: Option<String>,
        charset: Option<String>,
        /// It was not there before.
        is_new: bool,
    },
}

/// What a CREATE does where the table is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// The server refuses it.
    Refused,
    /// `IF NOT EXISTS`
    Kept,
    /// `OR REPLACE`
    Replaced,
}

/// One clause of ALTER TABLE, as far as it concerns columns or rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Clause {
    Add {
        column: ColumnShape,
        place: Place,
        keeps_existing: bool,
    },
    /// MODIFY, or CHANGE with the same or another name.
    Change {
        old: String,
        column: ColumnShape,
        place: Place,
    },
    RenameColumn {
        old: String,
        new: String,
    },
    Drop(String),
    Key(Vec<String>),
    DropKey,
    RenameTable(Name),
    /// The default of columns to come.
    Charset(String),
    /// All text columns, too.
    Convert(String),
    Engine(String),
    /// Rows come or go without row events: partitions dropped, emptied or exchanged, tablespaces, IGNORE.
    MovesRows,
    /// So they do of another table: exchanged with a partition, made of one, or made one.
    MovesRowsOf(Name),
    /// This column's values become those of an expression.
    Computes(String),
}

/// Where a column goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The end, or where it was.
    Stay,
    First,
    After(String),
}

/// A statement that is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread;

impl Effect {
    /// Hands out every table's name in it.
    pub fn for_each_name(&mut self, f: &mut dyn FnMut(&mut Name)) {
        match self {
            Effect::Create { table, .. } => f(table),
            Effect::CreateLike { table, like, .. } => {
                f(table);
                f(like);
            }
            Effect::Alter { table, clauses } => {
                f(table);
                for clause in clauses {
                    if let Clause::RenameTable(name) | Clause::MovesRowsOf(name) = clause {
                        f(name);
                    }
                }
            }
            Effect::Rename(pairs) => pairs.iter_mut().for_each(|(old, new)| {
                f(old);
                f(new);
            }),
            Effect::Drop(names) => names.iter_mut().for_each(f),
            Effect::DropDatabase(_) | Effect::Database { .. } => {}
        }
    }
}

/// Reads a statement; `None` where it does nothing to any table's columns.
pub(super) fn read(sql: &str, dialect: Dialect) -> Result<Option<Effect>, Unread> {
    let mut words = Words::read(sql, dialect)?;
    if words.take_all(&["SET", "STATEMENT"]) {
        // MariaDB's settings for one statement, which follows.
        while !words.is_at_end() && !words.take("FOR") {
            if words.bracket().is_none() {
                words.next_text();
            }
        }
    }
    let first = words.keyword();
    match first.as_str() {
        "CREATE" => create(&mut words, dialect),
        "ALTER" => alter(&mut words, dialect),
        "RENAME" => rename(&mut words),
        "DROP" => drop_tables(&mut words),
        _ => Ok(None),
    }
}

fn create(words: &mut Words, dialect: Dialect) -> Result<Option<Effect>, Unread> {
    let replaces = words.take_all(&["OR", "REPLACE"]);
    if words.is_at("DATABASE") || words.is_at("SCHEMA") {
        return Ok(Some(database(words, true)));
    }
    if words.take("TEMPORARY") || !words.take("TABLE") {
        return Ok(None);
    }
    let existing = match (words.take_all(&["IF", "NOT", "EXISTS"]), replaces) {
        (true, _) => Existing::Kept,
        (false, true) => Existing::Replaced,
        (false, false) => Existing::Refused,
    };
    let table = words.name()?;
    if words.take("LIKE") {
        return Ok(Some(Effect::CreateLike { table, like: words.name()?, existing }));
    }
    let Some(mut inside) = words.bracket() else { return Err(Unread) };
    if inside.take("LIKE") {
        return Ok(Some(Effect::CreateLike { table, like: inside.name()?, existing }));
    }
    let (mut columns, mut key): (Vec<ColumnShape>, Vec<String>) = (Vec::new(), Vec::new());
    for mut part in inside.split_at_commas() {
        if let Some(columns) = primary_key(&mut part) {
            key = columns;
        } else if !is_index(&part) {
            let (column, is_key, _) = column::read(&mut part, dialect)?;
            if is_key {
                key = vec![column.name.clone()];
            }
            columns.push(column);
        }
    }
    // What a SELECT brings along is not in the text; a query's own columns come after those that are.
    if words.has_any(&["SELECT"]) || columns.is_empty() {
        return Err(Unread);
    }
    words.cut_before("PARTITION", "BY");
    let options = table_options(words);
    // Versioning brings columns that are not in the text, either.
    if words.has_any(&["VALUES", "WITH"]) {
        return Err(Unread);
    }
    let TableOptions { charset, engine } = options;
    Ok(Some(Effect::Create { table, columns, charset, engine, key, existing }))
}

/// The columns of `[CONSTRAINT name] PRIMARY KEY (…)`.
fn primary_key(part: &mut Words) -> Option<Vec<String>> {
    let mut words = part.clone();
    if words.take("CONSTRAINT") && !words.is_at("PRIMARY") {
        words.next_text();
    }
    if !words.take_all(&["PRIMARY", "KEY"]) {
        return None;
    }
    while !words.is_at("(") {
        words.next_text()?;
    }
    let columns = words.bracket()?.split_at_commas();
    columns.into_iter().map(|mut column| column.identifier()).collect()
}

/// True for a definition that is of no column.
fn is_index(part: &Words) -> bool {
    let words = ["INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL", "FOREIGN", "CONSTRAINT", "CHECK", "PERIOD", "VECTOR"];
    let Some(first) = words.iter().find(|word| part.is_at(word)) else { return false };
    // A column may be called so where the word is none of its grammar's: `check INT` is refused by the servers.
    !(matches!(*first, "PERIOD" | "VECTOR")
        && !part.second_is("FOR")
        && !part.second_is("INDEX")
        && !part.second_is("KEY"))
}

/// What the options after the columns say that concerns rows.
#[derive(Debug, Default)]
struct TableOptions {
    charset: Option<String>,
    engine: Option<String>,
}

fn table_options(words: &mut Words) -> TableOptions {
    let mut found = TableOptions::default();
    let mut rest = words.clone();
    while !rest.is_at_end() {
        if rest.is_at("PARTITION") || rest.is_at("SELECT") {
            break;
        }
        if let Some(charset) = charset_option(&mut rest) {
            found.charset = Some(charset);
        } else if rest.take("ENGINE") || (rest.is_at("TYPE") && rest.second_is("=") && rest.take("TYPE")) {
            rest.take("=");
            found.engine = rest.next_text();
        } else {
            drop(rest.next_text());
        }
    }
    found
}

impl TableOptions {
    fn into_clauses(self) -> impl Iterator<Item = Clause> {
        self.charset.map(Clause::Charset).into_iter().chain(self.engine.map(Clause::Engine))
    }
}

/// `[DEFAULT] {CHARACTER SET | CHARSET} [=] x`, `[DEFAULT] COLLATE [=] y`.
fn charset_option(words: &mut Words) -> Option<String> {
    let mut here = words.clone();
    here.take("DEFAULT");
    let by_name = here.take("CHARSET") || here.take_all(&["CHARACTER", "SET"]) || here.take_all(&["CHAR", "SET"]);
    let by_collation = !by_name && here.take("COLLATE");
    if !by_name && !by_collation {
        return None;
    }
    here.take("=");
    let name = here.next_text()?;
    *words = here;
    if by_name { Some(column::charset_named(&name)) } else { column::charset_of_collation(&name) }
}

fn alter(words: &mut Words, dialect: Dialect) -> Result<Option<Effect>, Unread> {
    if words.is_at("DATABASE") || words.is_at("SCHEMA") {
        return Ok(Some(database(words, false)));
    }
    words.skip_any(&["ONLINE", "OFFLINE"]);
    let ignores = words.take("IGNORE");
    if !words.take("TABLE") {
        return Ok(None);
    }
    words.take_all(&["IF", "EXISTS"]);
    let table = words.name()?;
    if words.take("WAIT") {
        words.next_text();
    }
    words.take("NOWAIT");
    // Rows that break a new key go without a word.
    let mut clauses = if ignores { vec![Clause::MovesRows] } else { Vec::new() };
    // Partitions stand last, and change no column.
    words.cut_before("PARTITION", "BY");
    let mut orders = false;
    for mut part in words.clone().split_at_commas() {
        // `ORDER BY a, b DESC` stands last, and its commas are its own.
        orders |= part.is_at("ORDER");
        if !orders {
            clause(&mut part, dialect, &mut clauses)?;
        }
    }
    Ok(Some(Effect::Alter { table, clauses }))
}

fn clause(part: &mut Words, dialect: Dialect, clauses: &mut Vec<Clause>) -> Result<(), Unread> {
    if charset_option(&mut part.clone()).is_some() || part.is_at("ENGINE") {
        clauses.extend(table_options(part).into_clauses());
        return Ok(());
    }
    if moves_rows(part) {
        clauses.push(Clause::MovesRows);
        // EXCHANGE PARTITION p WITH TABLE t, CONVERT PARTITION p TO TABLE t, CONVERT TABLE t TO PARTITION p …
        if part.is_at("EXCHANGE") || part.is_at("CONVERT") {
            while !part.is_at_end() && !part.take("TABLE") {
                part.next_text();
            }
            clauses.push(Clause::MovesRowsOf(part.name()?));
        }
        return Ok(());
    }
    let first = part.keyword();
    match first.as_str() {
        "ADD" => add(part, dialect, clauses)?,
        "MODIFY" => {
            part.take("COLUMN");
            part.take_all(&["IF", "EXISTS"]);
            let computes = part.has_outside(&["AS"]);
            let (column, is_key, place) = column::read(part, dialect)?;
            clauses.extend(is_key.then(|| Clause::Key(vec![column.name.clone()])));
            clauses.extend(computes.then(|| Clause::Computes(column.name.clone())));
            clauses.push(Clause::Change { old: column.name.clone(), column, place });
        }
        "CHANGE" => {
            part.take("COLUMN");
            part.take_all(&["IF", "EXISTS"]);
            let old = part.identifier().ok_or(Unread)?;
            let computes = part.has_outside(&["AS"]);
            let (column, is_key, place) = column::read(part, dialect)?;
            clauses.extend(computes.then(|| Clause::Computes(old.clone())));
            clauses.push(Clause::Change { old, place, column: column.clone() });
            clauses.extend(is_key.then(|| Clause::Key(vec![column.name])));
        }
        "DROP" => drop_clause(part, clauses)?,
        "RENAME" => rename_clause(part, clauses)?,
        "CONVERT" => {
            if !part.take("TO") {
                return Err(Unread);
            }
            let charset = charset_option(part).ok_or(Unread)?;
            let collation = charset_option(part);
            clauses.push(Clause::Convert(collation.unwrap_or(charset)));
        }
        // Defaults, indexes, options and maintenance.
        "ALTER"
        | "ALGORITHM"
        | "LOCK"
        | "FORCE"
        | "ENABLE"
        | "DISABLE"
        | "COMMENT"
        | "AUTO_INCREMENT"
        | "ROW_FORMAT"
        | "AVG_ROW_LENGTH"
        | "CHECKSUM"
        | "TABLE_CHECKSUM"
        | "COMPRESSION"
        | "CONNECTION"
        | "DATA"
        | "INDEX"
        | "DELAY_KEY_WRITE"
        | "ENCRYPTION"
        | "INSERT_METHOD"
        | "KEY_BLOCK_SIZE"
        | "MAX_ROWS"
        | "MIN_ROWS"
        | "PACK_KEYS"
        | "PASSWORD"
        | "STATS_AUTO_RECALC"
        | "STATS_PERSISTENT"
        | "STATS_SAMPLE_PAGES"
        | "TABLESPACE"
        | "UNION"
        | "PAGE_CHECKSUM"
        | "PAGE_COMPRESSED"
        | "PAGE_COMPRESSION_LEVEL"
        | "ENCRYPTED"
        | "ENCRYPTION_KEY_ID"
        | "TRANSACTIONAL"
        | "SEQUENCE"
        | "ITEF_QUOTES"
        | "WITH"
        | "WITHOUT"
        | "REMOVE"
        | "COALESCE"
        | "REORGANIZE"
        | "ANALYZE"
        | "CHECK"
        | "OPTIMIZE"
        | "REBUILD"
        | "REPAIR"
        | "SECONDARY_LOAD"
        | "SECONDARY_UNLOAD"
        | "SECONDARY_ENGINE"
        | "AUTOEXTEND_SIZE"
        | "ENGINE_ATTRIBUTE"
        | "SECONDARY_ENGINE_ATTRIBUTE"
        | "TYPE"
        | "START"
        | "" => {
            // Options may follow one another without commas.
            clauses.extend(table_options(part).into_clauses());
        }
        _ => return Err(Unread),
    }
    Ok(())
}

/// Clauses by which rows come or go.
fn moves_rows(part: &Words) -> bool {
    ["DROP", "TRUNCATE", "EXCHANGE", "CONVERT"].iter().any(|verb| part.is_at(verb) && part.second_is("PARTITION"))
        || (part.is_at("CONVERT") && part.second_is("TABLE"))
        || part.is_at("DISCARD")
        || part.is_at("IMPORT")
}

fn add(part: &mut Words, dialect: Dialect, clauses: &mut Vec<Clause>) -> Result<(), Unread> {
    if let Some(key) = primary_key(part) {
        clauses.push(Clause::Key(key));
        return Ok(());
    }
    if part.is_at("PARTITION") || part.is_at("SYSTEM") || is_index(part) {
        return Ok(());
    }
    part.take("COLUMN");
    let keeps_existing = part.take_all(&["IF", "NOT", "EXISTS"]);
    let parts = match part.bracket() {
        Some(inside) => inside.split_at_commas(),
        None => vec![part.clone()],
    };
    for mut part in parts {
        if let Some(key) = primary_key(&mut part) {
            clauses.push(Clause::Key(key));
        } else if !is_index(&part) {
            let (column, is_key, place) = column::read(&mut part, dialect)?;
            clauses.extend(is_key.then(|| Clause::Key(vec![column.name.clone()])));
            clauses.push(Clause::Add { column, place, keeps_existing });
        }
    }
    Ok(())
}

fn drop_clause(part: &mut Words, clauses: &mut Vec<Clause>) -> Result<(), Unread> {
    if part.take("PRIMARY") {
        clauses.push(Clause::DropKey);
        return Ok(());
    }
    let others = ["INDEX", "KEY", "FOREIGN", "CONSTRAINT", "CHECK", "SYSTEM"];
    let other = others.iter().any(|word| part.is_at(word) && !part.second_is_end());
    if other || (part.is_at("PERIOD") && part.second_is("FOR")) {
        return Ok(());
    }
    part.take("COLUMN");
    part.take_all(&["IF", "EXISTS"]);
    clauses.push(Clause::Drop(part.identifier().ok_or(Unread)?));
    Ok(())
}

fn rename_clause(part: &mut Words, clauses: &mut Vec<Clause>) -> Result<(), Unread> {
    if part.take("COLUMN") {
        part.take_all(&["IF", "EXISTS"]);
        let old = part.identifier().ok_or(Unread)?;
        if !part.take("TO") {
            return Err(Unread);
        }
        clauses.push(Clause::RenameColumn { old, new: part.identifier().ok_or(Unread)? });
    } else if !part.is_at("INDEX") && !part.is_at("KEY") {
        part.skip_any(&["TO", "AS", "="]);
        clauses.push(Clause::RenameTable(part.name()?));
    }
    Ok(())
}

fn rename(words: &mut Words) -> Result<Option<Effect>, Unread> {
    if !words.take("TABLE") && !words.take("TABLES") {
        return Ok(None);
    }
    let mut pairs = Vec::new();
    for mut part in words.clone().split_at_commas() {
        part.take_all(&["IF", "EXISTS"]);
        let old = part.name()?;
        if part.take("WAIT") {
            part.next_text();
        }
        part.take("NOWAIT");
        if !part.take("TO") {
            return Err(Unread);
        }
        pairs.push((old, part.name()?));
    }
    Ok(Some(Effect::Rename(pairs)))
}

/// `{CREATE | ALTER} DATABASE [name] …`
fn database(words: &mut Words, creates: bool) -> Effect {
    words.next_text();
    let may_be_there = words.take_all(&["IF", "NOT", "EXISTS"]);
    let named = !words.is_at_end() && charset_option(&mut words.clone()).is_none();
    let name = if named { words.identifier() } else { None };
    Effect::Database { name, charset: table_options(words).charset, is_new: creates && !may_be_there }
}

fn drop_tables(words: &mut Words) -> Result<Option<Effect>, Unread> {
    if words.take("DATABASE") || words.take("SCHEMA") {
        words.take_all(&["IF", "EXISTS"]);
        return Ok(Some(Effect::DropDatabase(words.identifier().ok_or(Unread)?)));
    }
    if words.take("TEMPORARY") || !(words.take("TABLE") || words.take("TABLES")) {
        return Ok(None);
    }
    words.take_all(&["IF", "EXISTS"]);
    let names = words.clone().split_at_commas().into_iter().map(|mut part| part.name());
    Ok(Some(Effect::Drop(names.collect::<Result<_, _>>()?)))
}
