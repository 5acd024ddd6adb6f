//! The vocabulary of the left side: what the store's binlog says happened, in the store's own terms.
//!
//! A leaf: every stage between the binlog and the state database speaks these types, none of them does any work here.
//! Rows hold only the columns of a [`Footprint`], in its order.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::{SmolStr, SmolStrBuilder};

/// One column's value, decoded exactly.
///
/// Temporal values stay in the form in which the server prints them (`2026-11-20 08:15:00`), because a store may hold
/// values that no calendar type can (`0000-00-00`).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// Any signed integer type, and BIT/YEAR.
    Int(i64),
    /// An unsigned integer type.
    UInt(u64),
    /// DECIMAL, with the column's scale kept (`10.00` stays `10.00`).
    Decimal(Decimal),
    /// A DECIMAL of more digits than [`Value::Decimal`] holds, as the server prints it. Nothing can be calculated with it.
    BigDecimal(Arc<str>),
    /// DOUBLE; never money.
    Double(f64),
    /// FLOAT; never money.
    Float(f32),
    /// Text in any charset, as UTF-8. ENUM by its label, SET as labels joined by commas, JSON as the server prints it.
    Text(SmolStr),
    /// BINARY, VARBINARY, BLOB.
    Bytes(Arc<[u8]>),
    /// DATE, TIME, DATETIME as printed by the server; TIMESTAMP as printed with `time_zone = '+00:00'`.
    Time(Arc<str>),
    /// Bytes of a text that are not of its column's charset: what it says is not known. Only of mapped columns.
    Garbled(Arc<[u8]>),
    /// Not in the row's image. Only where whole tables are read: a mapped column is always there.
    Absent,
}

/// There are as many as all rows have columns: a second kind of text in place would make each of them a third larger.
const _: () = assert!(size_of::<Value>() == 24);

impl Value {
    /// Text from anything that holds a string.
    pub fn text(s: impl Into<SmolStr>) -> Self {
        Value::Text(s.into())
    }

    /// True for SQL NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// How a value is stored in the mirror where plain JSON is not exact: an object of one tag.
#[derive(Deserialize)]
enum Tagged {
    #[serde(rename = "d")]
    Decimal(Decimal),
    #[serde(rename = "f")]
    Double(String),
    #[serde(rename = "b")]
    Bytes(String),
    #[serde(rename = "t")]
    Time(Arc<str>),
    #[serde(rename = "u")]
    UInt(String),
    #[serde(rename = "D")]
    BigDecimal(Arc<str>),
    #[serde(rename = "F")]
    Float(String),
    #[serde(rename = "g")]
    Garbled(String),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        let base64 = |bytes: &[u8]| base64::prelude::BASE64_STANDARD.encode(bytes);
        match self {
            Value::Null | Value::Absent => serializer.serialize_unit(),
            Value::Int(i) => serializer.serialize_i64(*i),
            Value::Text(s) => serializer.serialize_str(s),
            Value::Decimal(d) => serializer.serialize_newtype_variant(TAGGED, 0, "d", d),
            Value::Double(f) => serializer.serialize_newtype_variant(TAGGED, 1, "f", &format!("{f:?}")),
            Value::Bytes(b) => serializer.serialize_newtype_variant(TAGGED, 2, "b", &base64(b)),
            Value::Time(t) => serializer.serialize_newtype_variant(TAGGED, 3, "t", t),
            Value::UInt(u) => serializer.serialize_newtype_variant(TAGGED, 4, "u", &u.to_string()),
            Value::BigDecimal(digits) => serializer.serialize_newtype_variant(TAGGED, 5, "D", digits),
            Value::Float(f) => serializer.serialize_newtype_variant(TAGGED, 6, "F", &format!("{f:?}")),
            Value::Garbled(b) => serializer.serialize_newtype_variant(TAGGED, 7, "g", &base64(b)),
        }
    }
}

/// The name of [`Tagged`], as serde asks for it.
const TAGGED: &str = "Tagged";

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Tells plain JSON from [`Tagged`] by the kind of JSON that is there. Serde's own way for an untagged enum tries one form
/// after the other and words an error for each that does not fit, which most of a row's loading would be spent on.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, an integer, a text, or an object of one tag")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E: de::Error>(self, i: i64) -> Result<Value, E> {
        Ok(Value::Int(i))
    }

    fn visit_u64<E: de::Error>(self, u: u64) -> Result<Value, E> {
        Ok(i64::try_from(u).map_or(Value::UInt(u), Value::Int))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        use base64::Engine as _;
        use de::Error as _;
        let failed = A::Error::custom::<base64::DecodeError>;
        let bytes = |text: String| base64::prelude::BASE64_STANDARD.decode(text).map_err(failed);
        Ok(match Tagged::deserialize(MapAccessDeserializer::new(map))? {
            Tagged::UInt(u) => Value::UInt(u.parse().map_err(A::Error::custom)?),
            Tagged::BigDecimal(digits) => Value::BigDecimal(digits),
            Tagged::Float(f) => Value::Float(f.parse().map_err(A::Error::custom)?),
            Tagged::Decimal(d) => Value::Decimal(d),
            Tagged::Double(f) => Value::Double(f.parse().map_err(A::Error::custom)?),
            Tagged::Bytes(b) => Value::Bytes(bytes(b)?.into()),
            Tagged::Garbled(b) => Value::Garbled(bytes(b)?.into()),
            Tagged::Time(t) => Value::Time(t),
        })
    }
}

/// One row, holding the columns of its table's [`TableUse`] in that order.
pub type Row = Arc<[Value]>;

/// Index of a table within a [`Footprint`].
pub type TableId = usize;

/// The part of the store that a mapping uses: what the binlog reader decodes and the mirror keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// The mapped tables, sorted by name.
    pub tables: Vec<TableUse>,
}

/// One mapped table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableUse {
    /// The table's name in the store, prefix included, without the database.
    pub table: String,
    /// The columns in use, sorted by name; always includes the key's.
    pub columns: Vec<String>,
    /// The table's key, as indexes into `columns`.
    pub key: Vec<usize>,
}

impl TableUse {
    /// The row's key in text form: a JSON array of the key's values.
    pub fn key_of(&self, row: &Row) -> RowKey {
        let values: Vec<&Value> = self.key.iter().map(|&i| &row[i]).collect();
        row_key(&values)
    }
}

/// A row's key in text form; equal keys have equal text, signed or unsigned. Nearly all are short enough to be kept in place.
pub type RowKey = SmolStr;

/// The business key that rows are found by in an index, in text form.
pub type OwnerKey = SmolStr;

/// The text form of a key with these values.
pub fn row_key(values: &[&Value]) -> RowKey {
    use fmt::Write as _;
    let mut key = SmolStrBuilder::new();
    key.push('[');
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            key.push(',');
        }
        let _: fmt::Result = match value {
            Value::Int(i) => write!(key, "{i}"),
            Value::UInt(u) => write!(key, "{u}"),
            other => key.write_str(&serde_json::to_string(other).expect("a value is always JSON")),
        };
    }
    key.push(']');
    key.finish()
}

/// A table as the store describes it: all columns in order, and the primary (or first unique NOT NULL) key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableShape {
    /// The table's name without the database.
    pub table: String,
    /// The storage engine's name as the server gives it; empty where it is unknown (a recorded binlog).
    pub engine: String,
    /// Every column, in the order of the row image.
    pub columns: Vec<ColumnShape>,
    /// The key's column names; empty where the table has none.
    pub key: Vec<String>,
    /// The charset of text columns to come, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// The columns of every unique key, the primary one among them; only of tables as the store describes them now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique: Vec<Vec<String>>,
}

/// One column of a [`TableShape`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnShape {
    /// The column's name.
    pub name: String,
    /// The type's name in lower case, as `information_schema.columns.data_type` prints it (`mediumint`).
    pub data_type: String,
    /// True for unsigned integers and decimals.
    pub unsigned: bool,
    /// The charset of a text column (`utf8mb4`, `gbk`), `None` for others.
    pub charset: Option<String>,
    /// Labels of an ENUM or SET, in order; empty for others.
    pub labels: Vec<String>,
    /// What a text column's bytes really are in, where the operator says that the column's own charset is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub really: Option<String>,
    /// The numbers in the type's brackets where values depend on them: length, or precision and scale. Empty where unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub size: Vec<u32>,
    /// True where it may hold NULL.
    #[serde(default)]
    pub nullable: bool,
    /// The collation of a text column (`utf8mb4_general_ci`); only of tables as the store describes them now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
}

/// A place in the binlog, always at a transaction boundary, in canonical text form.
///
/// `mysql:<gtid set>`, `mariadb:<gtid position>` or `file:<name>:<offset>`. Its algebra (parse, covers, contains) belongs to
/// `binlog::position`; everyone else stores and shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(pub String);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One row's before and after image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowChange {
    /// Which mapped table.
    pub table: TableId,
    /// The row before: `None` for an insert.
    pub before: Option<Row>,
    /// The row after: `None` for a delete.
    pub after: Option<Row>,
}

/// Which server a position was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerIdentity {
    /// `mysql` or `mariadb`.
    pub flavour: String,
    /// MySQL's `server_uuid`; MariaDB has none: its `server_id`.
    pub id: String,
}

impl fmt::Display for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.flavour, self.id)
    }
}

/// What a [`Transaction`] is a step of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Phase {
    /// A committed transaction, all of it.
    #[default]
    Whole,
    /// Rows of a committed transaction that is too large for one step; more with the same id follow.
    Part,
    /// The last rows of one of which parts went before.
    LastPart,
    /// An XA transaction was prepared: its rows wait until it is known what becomes of it. A large one comes in parts,
    /// counted from 0; part 0 takes the place of all that was kept under the name.
    Prepared {
        /// The XA transaction's name as the binlog prints it.
        xid: Arc<str>,
        /// Which part.
        part: u32,
    },
    /// An XA transaction that was prepared before is committed now; the rows are those that wait under its name.
    XaCommit(Arc<str>),
    /// An XA transaction that was prepared before is rolled back.
    XaRollback(Arc<str>),
}

/// The changes that the store committed together.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// The transaction's own name: its GTID, or `<file>:<end offset>` where there is none.
    pub id: Arc<str>,
    /// When the store committed it, by the store's clock.
    pub committed_at: Timestamp,
    /// How coarse `committed_at` is, in microseconds: 1 (MySQL 8's commit timestamp) or 1,000,000 (an event's header).
    pub resolution_us: u32,
    /// The rows of mapped tables, in the binlog's order; never empty in a [`Phase::Whole`] that is handed to capture.
    pub changes: Vec<RowChange>,
    /// Whether that is all of it.
    pub phase: Phase,
    /// Where it stands in the binlog and what else it was; only where whole tables are read.
    pub logged: Option<Box<Logged>>,
}

/// Where a row event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The first of its changes.
    pub change: usize,
    /// Where it begins in its file; within a compressed transaction, where that begins.
    pub begins: u64,
    /// Its length without the header, unpacked, in bytes.
    pub bytes: usize,
}

/// How a transaction was logged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logged {
    /// The file that it is in.
    pub file: Arc<str>,
    /// Where it begins in it.
    pub begins: u64,
    /// Where it ends in it.
    pub end: u64,
    /// Its row events, in bytes.
    pub bytes: u64,
    /// Its row events.
    pub places: Vec<Place>,
    /// Statements that it holds: how many changes come before each, its session's database, its text.
    pub statements: Vec<(usize, String, String)>,
}

/// Whole transactions in binlog order, and the position after the last of them.
///
/// `transactions` may be empty: traffic in unmapped tables and heartbeats move the position, too.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The transactions that touch mapped tables.
    pub transactions: Vec<Transaction>,
    /// Resume from here once this batch is committed. After a [`Phase::Part`] it is still the start of its transaction.
    pub position: Position,
    /// What the mapped tables look like at `position`, as far as that is known, where it has changed since the last batch; with
    /// the first batch always. A table that is not known is left out.
    pub shapes: Option<Vec<TableShape>>,
}

/// What changed a row last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The transaction's id.
    pub transaction: Arc<str>,
    /// When the store committed it.
    pub at: Timestamp,
}

/// A question to the mirror. Index names are the mapping's own (`order_line.order_id`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lookup {
    /// The row of a table by its key.
    Row {
        /// Which table.
        table: TableId,
        /// Its key.
        key: RowKey,
    },
    /// The rows that an owner has in an index.
    Owned {
        /// The index's name.
        index: &'static str,
        /// The owner's business key (an order's id, a refund's id, a customer's id).
        owner: OwnerKey,
    },
}

/// A mirrored row as the answer to a [`Lookup`].
#[derive(Debug, Clone, PartialEq)]
pub struct MirrorRow {
    /// Which table.
    pub table: TableId,
    /// The row's key.
    pub key: RowKey,
    /// The row's latest image.
    pub row: Row,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_the_mirror() {
        let row: Row = vec![
            Value::Null,
            Value::Int(-7),
            Value::UInt(u64::MAX),
            Value::Decimal("10.00".parse().unwrap()),
            Value::Double(0.1),
            Value::Float(0.1),
            Value::BigDecimal("123456789012345678901234567890.5".into()),
            Value::text("北京"),
            Value::Bytes(vec![0, 255].into()),
            Value::Garbled(vec![254, 255].into()),
            Value::Time("0000-00-00 00:00:00".into()),
        ]
        .into();
        let text = serde_json::to_string(&row).unwrap();
        let back: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(row.as_ref(), back.as_slice(), "{text}");
    }

    #[test]
    fn a_key_is_the_same_signed_or_unsigned() {
        assert_eq!(row_key(&[&Value::Int(7)]), row_key(&[&Value::UInt(7)]));
        assert_ne!(row_key(&[&Value::Int(7)]), row_key(&[&Value::text("7")]));
    }
}
