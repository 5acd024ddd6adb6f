//! Rows on their way: how SQLite and PostgreSQL write the same thing, and sums of it.
//!
//! SQLite holds every text as it is. PostgreSQL writes the character 0 in another way, and cuts keys and owners that are too long
//! for its indexes (`postgres/text.rs`). So the form to compare in is PostgreSQL's, which each row of SQLite has exactly one of.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::CopyError;
use super::tables::{FULL_KEY, Part};
use crate::state::postgres::text::{indexed, read, written};

/// A value as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
}

/// Values in the order of [`Part::columns`].
pub(super) type Row = Vec<Cell>;

/// Texts that PostgreSQL keeps in an index, and cuts where they are long.
const INDEXED: &[(&str, &str)] = &[("mirror", "key"), ("owner", "owner"), ("owner", "key")];

/// Turns a row of SQLite's into PostgreSQL's form.
pub(super) fn to_postgres(part: &Part, row: &mut Row) -> Result<(), CopyError> {
    let full = text(part, row, "key").map(str::to_owned);
    for (column, cell) in part.columns.iter().zip(row.iter_mut()) {
        let Cell::Text(text) = cell else { continue };
        let place = (part.name(), column.name.as_str());
        *text = match place {
            ("mirror", "owners") => owners(part, text, |owner| Ok(indexed(owner).into_owned()))?,
            _ if INDEXED.contains(&place) => indexed(text).into_owned(),
            _ => written(text).into_owned(),
        };
    }
    if let Some(place) = part.place(FULL_KEY.1) {
        let full = full.unwrap_or_default();
        row[place] = match *indexed(&full) == full {
            true => Cell::Null,
            false => Cell::Text(written(&full).into_owned()),
        };
    }
    Ok(())
}

/// Turns a row of PostgreSQL's into SQLite's form.
///
/// # Errors
/// [`CopyError::Cut`] where PostgreSQL has kept only a part of an owner, and the row does not say the rest.
pub(super) fn to_sqlite(part: &Part, row: &mut Row) -> Result<(), CopyError> {
    let full = text(part, row, FULL_KEY.1).map(read);
    let values = text(part, row, "row").map(str::to_owned);
    let key = text(part, row, "key").map(str::to_owned).unwrap_or_default();
    for (column, cell) in part.columns.iter().zip(row.iter_mut()) {
        let Cell::Text(text) = cell else { continue };
        *text = match (part.name(), column.name.as_str()) {
            ("mirror", "owners") => owners(part, text, |owner| whole(owner, values.as_deref(), &key))?,
            ("mirror", "key") => full.clone().unwrap_or_else(|| read(text)),
            _ => read(text),
        };
    }
    Ok(())
}

/// What a row is compared by: PostgreSQL's form, its owners in order.
pub(super) fn settle(part: &Part, row: &mut Row) -> Result<(), CopyError> {
    let place = part.place("owners");
    if let Some(Cell::Text(text)) = place.map(|place| &mut row[place]) {
        *text = owners(part, text, |owner| Ok(owner.to_owned()))?;
    }
    Ok(())
}

/// The entries in the owner index that a mirrored row names: rows of the table `owner` by its columns' names.
pub(super) fn owner_rows(part: &Part, row: &Row, columns: &[String]) -> Result<Vec<Row>, CopyError> {
    let of_row = |name: &str| text(part, row, name).unwrap_or_default();
    let mut rows = Vec::new();
    for [index, owner] in parse_owners(part, of_row("owners"))? {
        let value = |name: &String| match name.as_str() {
            "idx" => Cell::Text(index.clone()),
            "owner" => Cell::Text(owner.clone()),
            name => Cell::Text(of_row(name).to_owned()),
        };
        rows.push(columns.iter().map(value).collect());
    }
    Ok(rows)
}

fn text<'a>(part: &Part, row: &'a Row, column: &str) -> Option<&'a str> {
    match &row[part.place(column)?] {
        Cell::Text(text) => Some(text),
        Cell::Null | Cell::Int(_) => None,
    }
}

fn parse_owners(part: &Part, json: &str) -> Result<BTreeSet<[String; 2]>, CopyError> {
    serde_json::from_str(json).map_err(|e| part.source.unknown(format!("its column owners cannot be read ({e})")))
}

fn owners(part: &Part, json: &str, turn: impl Fn(&str) -> Result<String, CopyError>) -> Result<String, CopyError> {
    let mut turned = BTreeSet::new();
    for [index, owner] in parse_owners(part, json)? {
        turned.insert([index, turn(&owner)?]);
    }
    Ok(serde_json::to_string(&turned).expect("texts are always JSON"))
}

/// The whole of an owner: where it was cut, the value of its row that is cut to the same.
fn whole(owner: &str, values: Option<&str>, key: &str) -> Result<String, CopyError> {
    let plain = read(owner);
    if *indexed(&plain) == *owner && !may_be_cut(owner) {
        return Ok(plain);
    }
    let values: Value = values.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let mut texts = Vec::new();
    leaves(&values, &mut texts);
    let same = |text: &String| *indexed(text) == *owner;
    match texts.into_iter().find(same) {
        Some(text) => Ok(text),
        None if !may_be_cut(owner) => Ok(plain),
        None => Err(CopyError::Cut { key: read(key) }),
    }
}

/// A cut text ends in a hash and has a length of its own.
fn may_be_cut(owner: &str) -> bool {
    let tail = owner.len().checked_sub(64).filter(|at| owner.is_char_boundary(*at)).map(|at| &owner[at..]);
    owner.len() > 500 && tail.is_some_and(|hash| hash.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The texts of a row, and what they are under the collations that make no difference of case or of blanks at the end.
fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.extend([
            text.clone(),
            text.trim_end_matches(' ').to_owned(),
            text.to_lowercase(),
            text.trim_end_matches(' ').to_lowercase(),
        ]),
        Value::Array(values) => values.iter().for_each(|value| leaves(value, into)),
        Value::Object(values) => values.values().for_each(|value| leaves(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The sum of rows: how many, and their SHA-256 added up, so that it is the same in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub rows: u64,
    lanes: [u64; 4],
}

impl Sum {
    /// Adds a row in the form to compare in.
    pub fn add(&mut self, row: &Row) {
        let mut hash = Sha256::new();
        for cell in row {
            match cell {
                Cell::Null => hash.update(b"n"),
                Cell::Int(number) => {
                    hash.update(b"i");
                    hash.update(number.to_be_bytes());
                }
                Cell::Text(text) => {
                    hash.update(b"t");
                    hash.update(text.len().to_be_bytes());
                    hash.update(text.as_bytes());
                }
            }
        }
        let digest = hash.finalize();
        for (lane, bytes) in self.lanes.iter_mut().zip(digest.chunks_exact(8)) {
            let number = u64::from_be_bytes(bytes.try_into().expect("a chunk is of eight bytes"));
            *lane = lane.wrapping_add(number);
        }
        self.rows += 1;
    }

    /// In hexadecimal digits.
    pub fn checksum(&self) -> String {
        self.lanes.iter().map(|lane| format!("{lane:016x}")).collect()
    }
}
