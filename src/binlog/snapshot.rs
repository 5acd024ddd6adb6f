//! Rows as they are now, by plain SELECTs in the order of the key: what a mirror begins with where the store has a past.
//!
//! A row that is read here has the very [`Value`]s that the binlog would give it. The session asks for each column's own
//! bytes (`character_set_results = NULL`) and for UTC, texts and bits go through the binlog's codecs, and everything else
//! comes in the protocol's binary form, in which a FLOAT keeps its digits. Each chunk is a statement of its own: no lock and
//! no transaction outlives it.
//!
//! # Never older than the start
//!
//! A [`Snapshot`] is opened for a position, and what it reads is that position's row or a newer one, so that full row images
//! from there on make it converge. That takes care, because most positions move when a transaction is written to the binlog,
//! a little before others can read its rows (with a semi-synchronous replica: until that has answered). MySQL's executed
//! GTIDs count only what can be read. MariaDB says which binlog position a consistent snapshot has; we wait for that. By
//! file and offset on MySQL nothing says it, and we wait for as long as it can take.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Row as ServerRow, Value as ServerValue};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::charset::Charset;
use super::codec::{Codec, Undecodable, fraction, time};
use super::connect;
use super::error::{Definite, StoreError, from_driver};
use super::position::Parsed;
use super::rows::undecodable;
use super::source::Host;
use crate::change::{ColumnShape, Row, TableShape, TableUse, Value};

/// The longest wait for what is in the binlog to be readable.
pub(super) const LAG_MAX: Duration = Duration::from_secs(60);

/// Between two looks at a snapshot's position.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// When the rows of everything before a position can be read.
#[derive(Debug)]
pub(super) enum Lag {
    /// Now.
    None,
    /// Once a consistent snapshot is here (MariaDB).
    Until(Parsed),
    /// After this long.
    For(Duration),
}

/// A connection that reads the store's tables; it writes nothing.
pub struct Snapshot {
    conn: Conn,
    host: String,
}

/// The rows of a table between two keys.
#[derive(Debug)]
pub struct Chunk {
    /// The rows, in the order of the key.
    pub rows: Vec<Row>,
    /// Where the next chunk begins; `None` at the table's end.
    pub next: Option<After>,
    /// How long the statement took, until its last row was here.
    pub took: Duration,
}

/// A place in a table: after the row with this key, each part as an SQL literal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After(Vec<String>);

impl Snapshot {
    /// Connects, and waits until the lag is over.
    pub(super) async fn open(at: &Host, lag: Lag) -> Result<Snapshot, StoreError> {
        let host = at.name().to_owned();
        let conn = connect::first_conn(at).await?;
        let mut snapshot = Snapshot { conn, host };
        match lag {
            Lag::None => {}
            Lag::Until(end) => snapshot.wait_for(&end).await?,
            Lag::For(long) => tokio::time::sleep(long).await,
        }
        snapshot
            .run("SET SESSION sql_mode = '', time_zone = '+00:00', autocommit = 1, character_set_results = NULL")
            .await?;
        Ok(snapshot)
    }

    /// Reads at most `rows_max` rows that come after `after`, or the first ones.
    ///
    /// Where the table has no key and the profile declared one, the last row is read once more with the next chunk: rows that
    /// the declared key does not tell apart, or that have none, are an error and never one row.
    pub async fn chunk(
        &mut self,
        uses: &TableUse,
        shape: &TableShape,
        after: Option<&After>,
        rows_max: usize,
    ) -> Result<Chunk, StoreError> {
        let columns = columns(uses, shape).map_err(|(column, why)| self.unreadable(&uses.table, &column, &why))?;
        let declared = shape.key.is_empty();
        let rows_max = rows_max + usize::from(declared);
        let statement = select(uses, &columns, after, (rows_max, declared));
        let begun = Instant::now();
        let read = self.conn.exec::<ServerRow, _, _>(statement, ()).await;
        let read = read.map_err(|error| from_driver(&self.host, &format!("read the table `{}`", uses.table), error))?;
        let mut chunk = Chunk { rows: Vec::with_capacity(read.len()), next: None, took: begun.elapsed() };
        let full = read.len() == rows_max;
        let last = read.len().saturating_sub(1);
        let digits = read.first().map(|row| row.columns_ref().iter().map(|c| usize::from(c.decimals())).collect());
        let digits: Vec<usize> = digits.unwrap_or_default();
        let mut keys = HashSet::new();
        for (nth, row) in read.into_iter().enumerate() {
            let mut said: Vec<ServerValue> =
                row.unwrap_raw().into_iter().map(|v| v.unwrap_or(ServerValue::NULL)).collect();
            let key = (full && nth == last).then(|| key_of(uses, &columns, &said)).flatten();
            chunk.next = key.map(After);
            said.truncate(columns.len());
            let mut values = Vec::with_capacity(columns.len());
            for ((column, said), digits) in columns.iter().zip(said).zip(&digits) {
                let value = column.form.value(said, *digits);
                values.push(value.map_err(|why| self.undecodable(&uses.table, column.name, why))?);
            }
            let row: Row = values.into();
            if declared {
                if let Some(&part) = uses.key.iter().find(|&&part| row[part].is_null()) {
                    let why = format!("a row of the table `{}` has NULL in `{}`", uses.table, columns[part].name);
                    return Err(self.not_told_apart(&why));
                }
                if !keys.insert(uses.key_of(&row)) {
                    return Err(self.not_told_apart(&format!("two rows of the table `{}` are alike", uses.table)));
                }
            }
            chunk.rows.push(row);
        }
        if declared && chunk.next.is_some() && chunk.next.as_ref() == after {
            return Err(self.not_told_apart(&format!("too many rows of the table `{}` are alike", uses.table)));
        }
        Ok(chunk)
    }

    /// Waits until a snapshot begins at `end` or later, or as long as that can take.
    async fn wait_for(&mut self, end: &Parsed) -> Result<(), StoreError> {
        let until = Instant::now() + LAG_MAX;
        while !self.snapshot_position().await?.is_some_and(|at| at.covers(end)) && Instant::now() < until {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Which binlog position a consistent snapshot has that is taken now (`Binlog_snapshot_file` and `_position`).
    async fn snapshot_position(&mut self) -> Result<Option<Parsed>, StoreError> {
        self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT").await?;
        let said: Result<Vec<(String, String)>, _> = self.conn.query("SHOW STATUS LIKE 'binlog\\_snapshot\\_%'").await;
        let said = said.map_err(|error| from_driver(&self.host, "ask for a snapshot's position", error))?;
        self.run("ROLLBACK").await?;
        let find = |name: &str| said.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
        let (name, offset) = (find("binlog_snapshot_file"), find("binlog_snapshot_position"));
        Ok(name.zip(offset.and_then(|o| o.parse().ok())).map(|(name, offset)| Parsed::File {
            name,
            offset,
            mark: None,
        }))
    }

    async fn run(&mut self, statement: &str) -> Result<(), StoreError> {
        self.conn.query_drop(statement).await.map_err(|error| from_driver(&self.host, "prepare a snapshot", error))
    }

    fn unreadable(&self, table: &str, column: &str, why: &str) -> StoreError {
        let what = format!("column `{column}` of table `{table}` cannot be read: {why}");
        Definite::new(&self.host, what, "leave the column out of the mapping's SELECT, or convert it in the store")
            .into()
    }

    /// A key that was declared and is none.
    fn not_told_apart(&self, why: &str) -> StoreError {
        let what = format!("{why} in the columns that [keys] says tell its rows apart");
        let remedy = "name columns under [keys] that do, or give the table a primary key";
        Definite::new(&self.host, what, remedy).into()
    }

    fn undecodable(&self, table: &str, column: &str, why: Undecodable) -> StoreError {
        let fault = undecodable(table, column, why);
        Definite::new(&self.host, fault.what, fault.remedy).into()
    }
}

/// A column to read.
pub(super) struct Column<'a> {
    pub name: &'a str,
    pub form: Form,
    /// How its value is written in a comparison, where it is a part of the key.
    literal: Literal,
}

/// In which form a column's value comes.
pub(super) enum Form {
    Signed,
    Unsigned,
    Float,
    Decimal,
    Date,
    DateTime,
    Time,
    /// In its own bytes.
    Bytes(Codec),
}

/// How a key's value is written so that comparing it follows the order of the column.
#[derive(Clone, Copy, PartialEq)]
enum Literal {
    /// As a number.
    Number,
    /// Quoted, as it prints.
    Quoted,
    /// Its bytes in hex, with the column's charset before them where it is text: nothing is converted, and the column's
    /// collation decides.
    Hex,
    /// As a number which the server has to be asked for: an ENUM sorts by its label's place, and its label does not.
    Asked,
    /// Not at all.
    Never,
}

pub(super) fn columns<'a>(uses: &'a TableUse, shape: &'a TableShape) -> Result<Vec<Column<'a>>, (String, String)> {
    let read = |(place, name): (usize, &'a String)| {
        let failed = |why: String| (name.clone(), why);
        let found = shape.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name));
        let column = found.ok_or_else(|| failed("it is gone from the table".to_owned()))?;
        let form = form(column).map_err(failed)?;
        let literal = literal(column);
        if literal == Literal::Never && uses.key.contains(&place) {
            return Err(failed(format!("a key of type {} has no exact order to read in", column.data_type)));
        }
        Ok(Column { name, form, literal })
    };
    uses.columns.iter().enumerate().map(read).collect()
}

fn form(column: &ColumnShape) -> Result<Form, String> {
    Ok(match column.data_type.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" if column.unsigned => Form::Unsigned,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Form::Signed,
        "float" | "double" => Form::Float,
        "decimal" => Form::Decimal,
        "date" => Form::Date,
        "datetime" | "timestamp" => Form::DateTime,
        "time" => Form::Time,
        "bit" => Form::Bytes(Codec::Bit),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" => {
            let name = column.really.as_deref().or(column.charset.as_deref()).unwrap_or("binary");
            match Charset::named(name) {
                None => return Err(format!("the charset {name} is not supported")),
                Some(Charset::Binary) => Form::Bytes(Codec::Bytes),
                Some(charset) => Form::Bytes(Codec::Text(charset)),
            }
        }
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => {
            Form::Bytes(Codec::Bytes)
        }
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" | "geomcollection" => Form::Bytes(Codec::Bytes),
        // The server sends it as text.
        "json" => Form::Bytes(Codec::Text(Charset::Utf8)),
        other => return Err(format!("its type {other} is not known")),
    })
}

fn literal(column: &ColumnShape) -> Literal {
    match column.data_type.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" => Literal::Number,
        "date" | "datetime" | "timestamp" | "time" | "year" => Literal::Quoted,
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "binary" | "varbinary" | "tinyblob"
        | "blob" | "mediumblob" | "longblob" => Literal::Hex,
        "enum" | "set" | "bit" => Literal::Asked,
        _ => Literal::Never,
    }
}

/// `SELECT` of the columns, then of what [`Literal::Asked`] asks for, in the key's order; with the row that it comes after
/// where that is asked for.
fn select(
    uses: &TableUse,
    columns: &[Column<'_>],
    after: Option<&After>,
    (rows_max, with_it): (usize, bool),
) -> String {
    let mut list: Vec<String> = columns.iter().map(|c| quoted(c.name)).collect();
    let key: Vec<&Column<'_>> = uses.key.iter().map(|&i| &columns[i]).collect();
    let asked = key.iter().filter(|c| c.literal == Literal::Asked);
    list.extend(asked.map(|c| format!("CAST({} AS UNSIGNED)", quoted(c.name))));
    let order: Vec<String> = key.iter().map(|c| quoted(c.name)).collect();
    let mut statement = format!("SELECT {} FROM {}", list.join(", "), quoted(&uses.table));
    if let Some(After(literals)) = after {
        let later = (0..order.len()).rev().map(|last| {
            let than = if with_it && last + 1 == order.len() { ">=" } else { ">" };
            let mut all: Vec<String> = (0..last).map(|i| format!("{} = {}", order[i], literals[i])).collect();
            all.push(format!("{} {than} {}", order[last], literals[last]));
            format!("({})", all.join(" AND "))
        });
        statement += &format!(" WHERE {}", later.collect::<Vec<_>>().join(" OR "));
    }
    statement + &format!(" ORDER BY {} LIMIT {rows_max}", order.join(", "))
}

/// A name as a statement has it, between back-ticks.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// The row's key as literals; `None` where the server said something else than was asked.
fn key_of(uses: &TableUse, columns: &[Column<'_>], said: &[ServerValue]) -> Option<Vec<String>> {
    let mut asked = said[columns.len()..].iter();
    let part = |&place: &usize| {
        let column = &columns[place];
        match (column.literal, &said[place]) {
            (Literal::Asked, _) => asked.next().map(|number| number.as_sql(true)),
            (Literal::Number, ServerValue::Bytes(digits)) => String::from_utf8(digits.clone()).ok(),
            (Literal::Number, number) => Some(number.as_sql(true)),
            (Literal::Hex, ServerValue::Bytes(bytes)) => Some(hex(&column.form, bytes)),
            (Literal::Quoted, value) => match column.form.value(value.clone(), MICROS) {
                Ok(Value::Time(text)) => Some(format!("'{text}'")),
                Ok(Value::Int(year)) => Some(format!("'{year:04}'")),
                _ => None,
            },
            _ => None,
        }
    };
    uses.key.iter().map(part).collect()
}

/// The most digits that a time's fraction has.
const MICROS: usize = 6;

fn hex(form: &Form, bytes: &[u8]) -> String {
    let introducer = match form {
        Form::Bytes(Codec::Text(charset)) => charset.introducer(),
        _ => "",
    };
    bytes.iter().fold(format!("{introducer}X'"), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    }) + "'"
}

impl Form {
    /// The value as the binlog would give it; `digits` are those of a time's fraction.
    pub fn value(&self, said: ServerValue, digits: usize) -> Result<Value, Undecodable> {
        use ServerValue as S;
        let strange = Err(Undecodable::Malformed);
        match (self, said) {
            (_, S::NULL) => Ok(Value::Null),
            (Form::Signed, S::Int(i)) => Ok(Value::Int(i)),
            (Form::Signed, S::UInt(u)) => i64::try_from(u).map_or(strange, |i| Ok(Value::Int(i))),
            (Form::Unsigned, S::UInt(u)) => Ok(Value::UInt(u)),
            (Form::Unsigned, S::Int(i)) => u64::try_from(i).map_or(strange, |u| Ok(Value::UInt(u))),
            (Form::Float, S::Float(f)) => Ok(Value::Float(f)),
            (Form::Float, S::Double(d)) => Ok(Value::Double(d)),
            (Form::Decimal, S::Bytes(text)) => {
                let text = std::str::from_utf8(&text).map_err(|_| Undecodable::Malformed)?;
                match Decimal::from_str_exact(text) {
                    Ok(number) if prints_as(number, text) => Ok(Value::Decimal(number)),
                    _ => Ok(Value::BigDecimal(text.into())),
                }
            }
            (Form::Date, S::Date(year, month, day, ..)) => Ok(time(format!("{year:04}-{month:02}-{day:02}"))),
            (Form::DateTime, S::Date(year, month, day, hour, minute, second, micros)) => {
                let fraction = fraction(micros.into(), digits.min(MICROS));
                Ok(time(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}")))
            }
            (Form::Time, S::Time(negative, days, hours, minute, second, micros)) => {
                let (sign, hour) = (if negative { "-" } else { "" }, days * 24 + u32::from(hours));
                let fraction = fraction(micros.into(), digits.min(MICROS));
                Ok(time(format!("{sign}{hour:02}:{minute:02}:{second:02}{fraction}")))
            }
            (Form::Bytes(codec), S::Bytes(bytes)) => match codec.decode(&bytes) {
                Err(Undecodable::Charset) => Ok(Value::Garbled(bytes.into())),
                decoded => decoded,
            },
            _ => strange,
        }
    }
}

/// True where a number has just these digits.
fn prints_as(number: Decimal, text: &str) -> bool {
    use std::io::Write as _;
    let mut digits = [0; DIGITS_MAX];
    let mut rest = &mut digits[..];
    let written = write!(rest, "{number}");
    let left = rest.len();
    written.is_ok() && digits[..DIGITS_MAX - left] == *text.as_bytes()
}

/// More than a [`Decimal`] prints as: 29 digits, a point and a sign.
const DIGITS_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> (TableUse, TableShape) {
        let column = |name: &str, data_type: &str| ColumnShape {
            collation: None,
            really: None,
            size: vec![],
            nullable: true,
            name: name.into(),
            data_type: data_type.into(),
            unsigned: false,
            charset: (data_type != "int").then(|| "gbk".into()),
            labels: vec![],
        };
        let columns = ["id", "lang", "name"].map(str::to_owned).to_vec();
        let shape = TableShape {
            unique: Vec::new(),
            table: "t`x".into(),
            engine: String::new(),
            columns: vec![column("name", "varchar"), column("lang", "enum"), column("id", "int")],
            key: vec![],
            charset: None,
        };
        (TableUse { table: "t`x".into(), columns, key: vec![0, 1, 2] }, shape)
    }

    #[test]
    fn a_chunk_goes_on_after_the_last_key() {
        let (uses, shape) = table();
        let columns = columns(&uses, &shape).unwrap();
        let said = [ServerValue::Int(-7), ServerValue::Bytes(b"de".into()), ServerValue::Bytes(b"a'\xb1".into())];
        let after = After(key_of(&uses, &columns, &[&said[..], &[ServerValue::UInt(2)]].concat()).unwrap());
        assert_eq!(after.0, ["-7", "2", "_gbk X'6127B1'"]);
        assert_eq!(
            select(&uses, &columns, Some(&after), (9, false)),
            "SELECT `id`, `lang`, `name`, CAST(`lang` AS UNSIGNED) FROM `t``x` WHERE \
             (`id` = -7 AND `lang` = 2 AND `name` > _gbk X'6127B1') OR (`id` = -7 AND `lang` > 2) OR (`id` > -7) \
             ORDER BY `id`, `lang`, `name` LIMIT 9"
        );
        let with_it = select(&uses, &columns, Some(&after), (9, true));
        assert!(with_it.contains("`name` >= _gbk X'6127B1') OR (`id` = -7 AND `lang` > 2)"), "{with_it}");
    }

    #[test]
    fn what_has_no_exact_order_is_no_key() {
        let (mut uses, mut shape) = table();
        shape.columns[1].data_type = "float".into();
        let (column, why) = columns(&uses, &shape).err().unwrap();
        assert_eq!((column.as_str(), why.as_str()), ("lang", "a key of type float has no exact order to read in"));
        uses.key = vec![0];
        assert!(columns(&uses, &shape).is_ok());
        uses.columns[2] = "nick".into();
        assert_eq!(columns(&uses, &shape).err().unwrap().1, "it is gone from the table");
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        assert_eq!(Form::Unsigned.value(ServerValue::Int(-1), 0), Err(Undecodable::Malformed));
        assert_eq!(Form::Date.value(ServerValue::Bytes(b"x".into()), 0), Err(Undecodable::Malformed));
        let digits = b"12345678901234567890123456789012345678".to_vec();
        let long = Value::BigDecimal("12345678901234567890123456789012345678".into());
        assert_eq!(Form::Decimal.value(ServerValue::Bytes(digits), 0), Ok(long));
    }
}
