//! The table map event: which table the following rows are of, and what their columns are.
//!
//! Its optional metadata (`binlog_row_metadata`) may name the columns, their charsets, signs and labels; what it leaves
//! out comes from a [`TableShape`], by the column's place, after both have been found to agree.

use smol_str::SmolStr;

use super::charset::{self, Charset};
use super::codec::{Codec, ColumnType, types};
use super::cursor::{Cursor, Malformed};
use super::ddl::is_text;
use crate::change::{ColumnShape, TableId, TableShape, TableUse};

/// Something about a table that cannot be read exactly, and what to do; the caller adds the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub what: String,
    pub remedy: String,
    /// The mapped column that it is about: its table and its name.
    pub column: Option<Box<(String, String)>>,
}

impl Fault {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Fault { what: what.into(), remedy: remedy.into(), column: None }
    }

    /// Says which mapped column it is about.
    pub fn about(self, table: &str, column: &str) -> Self {
        Fault { column: Some(Box::new((table.to_owned(), column.to_owned()))), ..self }
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Fault::new(
            format!("the bytes of {} are not what the format says", error.0),
            "this may be a server newer than ledgertap knows, or a damaged binlog; please report it",
        )
    }
}

/// The head of a table map: enough to tell whether anyone cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableName<'a> {
    pub id: u64,
    pub database: &'a [u8],
    pub table: &'a [u8],
}

/// The most columns that either server gives a table (`MAX_FIELDS`).
const COLUMNS_MAX: usize = 4_096;

/// Reads the head of a table map and leaves the cursor at its columns.
pub(super) fn name<'a>(body: &mut Cursor<'a>) -> Result<TableName<'a>, Malformed> {
    let id = body.le(6)?;
    body.take(2)?;
    let database = text_with_zero(body)?;
    let table = text_with_zero(body)?;
    Ok(TableName { id, database, table })
}

fn text_with_zero<'a>(body: &mut Cursor<'a>) -> Result<&'a [u8], Malformed> {
    let length = usize::from(body.u8()?);
    let text = body.take(length)?;
    body.take(1)?;
    Ok(text)
}

/// How to read the rows of one mapped table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    /// Which mapped table.
    pub table: TableId,
    /// The table's name, for errors.
    pub name: String,
    /// How many values a decoded row has.
    pub width: usize,
    /// All columns of the row image, in its order.
    pub columns: Vec<Column>,
    /// How many of them are MySQL's JSON.
    pub json: usize,
    /// Columns that an image does not hold are left out, where nobody needs them all.
    pub lenient: bool,
}

/// One column of the row image.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    pub ty: ColumnType,
    /// Where its value goes and how it is decoded; `None` where nobody uses it.
    pub used: Option<Used>,
}

/// A column that the footprint uses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Used {
    /// Its place in the decoded row.
    pub slot: usize,
    pub name: String,
    pub codec: Codec,
}

/// Plans the decoding of `table`'s rows from its table map (`rest` being what follows the name), which MariaDB wrote or MySQL.
pub(super) fn plan(
    rest: Cursor<'_>,
    table: (TableId, &TableUse),
    shape: Option<&TableShape>,
    mariadb: bool,
) -> Result<Plan, Fault> {
    let (id, uses) = table;
    let map = read_columns(rest, mariadb)?;
    if map.names.is_none() {
        agree(&map, &uses.table, shape)?;
    }
    let mut columns: Vec<Column> = map.types.iter().map(|&ty| Column { ty, used: None }).collect();
    for (slot, name) in uses.columns.iter().enumerate() {
        let place = map.find(name, shape).ok_or_else(|| missing(&uses.table, name))?;
        let described = shape.and_then(|s| s.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)));
        let codec = map.codec(place, described).map_err(|why| unreadable(&uses.table, name, &why))?;
        columns[place].used = Some(Used { slot, name: name.clone(), codec });
    }
    Ok(Plan {
        table: id,
        name: uses.table.clone(),
        width: uses.columns.len(),
        json: json_columns(&map),
        columns,
        lenient: false,
    })
}

/// Plans the decoding of all columns, in their order. What neither the table map nor `shape` tells is made up so that nothing is
/// lost: columns are called `@1`, `@2` and so on, numbers are signed, labels are numbers, text is text where it is UTF-8 and
/// bytes elsewhere. Answers, too, whether the table map itself names the columns.
pub(super) fn plan_all(
    rest: Cursor<'_>,
    (id, name): (TableId, &str),
    shape: Option<&TableShape>,
    mariadb: bool,
) -> Result<(Plan, bool), Malformed> {
    let map = read_columns(rest, mariadb)?;
    let shape = shape.filter(|_| map.names.is_some() || agree(&map, name, shape).is_ok());
    let mut columns = Vec::new();
    for (place, &ty) in map.types.iter().enumerate() {
        let told = map.names.as_ref().and_then(|names| names.get(place));
        let told = told.map(|name| String::from_utf8_lossy(name).into_owned());
        let described = match &told {
            Some(told) => shape.and_then(|s| s.columns.iter().find(|c| c.name.eq_ignore_ascii_case(told))),
            None => shape.and_then(|s| s.columns.get(place)),
        };
        let name = told.or(described.map(|c| c.name.clone())).unwrap_or_else(|| format!("@{}", place + 1));
        let codec = map.codec(place, described).unwrap_or_else(|_| untold(ty));
        // The mapping calculates with the value, whoever looks sees what the server prints.
        let digits = described.and_then(|column| column.size.get(1)).and_then(|&digits| usize::try_from(digits).ok());
        let codec = digits.filter(|_| codec == Codec::Float).map_or(codec, Codec::Fixed);
        columns.push(Column { ty, used: Some(Used { slot: place, name, codec }) });
    }
    let (width, json) = (columns.len(), json_columns(&map));
    Ok((Plan { table: id, name: name.to_owned(), width, columns, json, lenient: true }, map.names.is_some()))
}

fn json_columns(map: &TableMap<'_>) -> usize {
    map.types.iter().filter(|ty| ty.code == types::JSON).count()
}

/// How a value is shown of which only the type is known.
fn untold(ty: ColumnType) -> Codec {
    use types::*;
    match ty.code {
        TINY | SHORT | INT24 | LONG | LONGLONG => Codec::Signed,
        ENUM | SET => Codec::Unsigned,
        BLOB_COMPRESSED | VARCHAR_COMPRESSED => Codec::Compressed(Box::new(Codec::Untold)),
        _ => Codec::Untold,
    }
}

fn missing(table: &str, column: &str) -> Fault {
    Fault::new(
        format!("the rows of table `{table}` no longer have the column `{column}` that the mapping uses"),
        "change the mapping's SELECT, or give the column back to the table, and run `ledgertap resync`",
    )
    .about(table, column)
}

fn unreadable(table: &str, column: &str, why: &str) -> Fault {
    Fault::new(
        format!("column `{column}` of table `{table}` cannot be decoded: {why}"),
        "leave the column out of the mapping's SELECT, or convert it in the store",
    )
    .about(table, column)
}

/// Column count and types of the rows against the shape that the names are to come from.
fn agree(map: &TableMap<'_>, table: &str, shape: Option<&TableShape>) -> Result<(), Fault> {
    let remedy = "set binlog_row_metadata=FULL on the server, so that rows describe themselves; rows written before need \
         the table's old definition: run `ledgertap resync`";
    let Some(shape) = shape else {
        let what = format!(
            "nothing describes the columns of table `{table}`: its rows do not, and it was changed by a statement that stands \
             after them or was not understood"
        );
        return Err(Fault::new(what, remedy));
    };
    if shape.columns.len() != map.types.len() {
        let (rows, now) = (map.types.len(), shape.columns.len());
        let what = format!("the rows of table `{table}` have {rows} columns and its definition has {now}");
        return Err(Fault::new(what, remedy));
    }
    for (ty, column) in map.types.iter().zip(&shape.columns) {
        if !compatible(ty.code, &column.data_type) {
            let (name, now) = (&column.name, &column.data_type);
            let what = format!(
                "column `{name}` of table `{table}` is {now} in its definition and of another type in the rows"
            );
            return Err(Fault::new(what, remedy));
        }
    }
    Ok(())
}

fn compatible(code: u8, data_type: &str) -> bool {
    use types::*;
    let codes: &[u8] = match data_type {
        "tinyint" => &[TINY],
        "smallint" => &[SHORT],
        "mediumint" => &[INT24],
        "int" => &[LONG],
        "bigint" => &[LONGLONG],
        "float" => &[FLOAT],
        "double" => &[DOUBLE],
        "decimal" => &[NEWDECIMAL],
        "varchar" | "varbinary" => &[VARCHAR, VARCHAR_COMPRESSED],
        "char" | "binary" => &[STRING],
        "enum" => &[ENUM],
        "set" => &[SET],
        "date" => &[DATE, NEWDATE],
        "datetime" => &[DATETIME2, DATETIME],
        "timestamp" => &[TIMESTAMP2, TIMESTAMP],
        "time" => &[TIME2, TIME],
        "year" => &[YEAR],
        "bit" => &[BIT],
        "tinytext" | "text" | "mediumtext" | "longtext" | "tinyblob" | "blob" | "mediumblob" | "longblob" => {
            &[BLOB, BLOB_COMPRESSED]
        }
        _ => return true,
    };
    codes.contains(&code)
}

/// A table map's columns, as far as it tells.
#[derive(Default)]
struct TableMap<'a> {
    mariadb: bool,
    types: Vec<ColumnType>,
    names: Option<Vec<&'a [u8]>>,
    /// One a numeric column.
    unsigned: Option<Vec<bool>>,
    /// One a character column.
    collations: Option<Vec<u64>>,
    /// One an ENUM or SET column.
    label_collations: Option<Vec<u64>>,
    /// One an ENUM column.
    enums: Option<Vec<Vec<&'a [u8]>>>,
    /// One a SET column.
    sets: Option<Vec<Vec<&'a [u8]>>>,
}

fn read_columns(mut body: Cursor<'_>, mariadb: bool) -> Result<TableMap<'_>, Malformed> {
    let count = body.length()?;
    // What is done for a column may look at all others.
    if count > COLUMNS_MAX {
        return Err(body.malformed());
    }
    let codes = body.take(count)?;
    let mut metadata = Cursor::new(body.lenenc_bytes()?, "a table map's column metadata");
    let types = codes.iter().map(|&code| ColumnType::read(code, &mut metadata)).collect::<Result<Vec<_>, _>>()?;
    body.take(count.div_ceil(8))?;
    let mut map = TableMap { mariadb, types, ..TableMap::default() };
    while !body.is_empty() {
        let kind = body.u8()?;
        let field = Cursor::new(body.lenenc_bytes()?, "a table map's optional metadata");
        map.read_optional(kind, field)?;
    }
    Ok(map)
}

impl<'a> TableMap<'a> {
    /// One field of the optional metadata (`Table_map_event::Optional_metadata_field_type`); others than these do not
    /// concern decoding.
    fn read_optional(&mut self, kind: u8, field: Cursor<'a>) -> Result<(), Malformed> {
        match kind {
            1 => self.unsigned = Some(bits(field, self.count(ColumnType::is_numeric))?),
            2 => self.collations = Some(with_default(field, self.count(self.is_character()))?),
            3 => self.collations = Some(numbers(field)?),
            4 => self.names = Some(names(field, self.types.len())?),
            5 => self.sets = Some(label_lists(field)?),
            6 => self.enums = Some(label_lists(field)?),
            10 => self.label_collations = Some(with_default(field, self.count(is_labelled))?),
            11 => self.label_collations = Some(numbers(field)?),
            _ => {}
        }
        Ok(())
    }

    fn is_character(&self) -> fn(ColumnType) -> bool {
        if self.mariadb { |ty| ty.is_character(true) } else { |ty| ty.is_character(false) }
    }

    fn count(&self, belongs: fn(ColumnType) -> bool) -> usize {
        self.types.iter().filter(|ty| belongs(**ty)).count()
    }

    /// The how-manieth of its kind the column at `place` is.
    fn ordinal(&self, place: usize, belongs: fn(ColumnType) -> bool) -> usize {
        self.types[..place].iter().filter(|ty| belongs(**ty)).count()
    }

    fn find(&self, name: &str, shape: Option<&TableShape>) -> Option<usize> {
        match &self.names {
            Some(names) => names.iter().position(|n| n.eq_ignore_ascii_case(name.as_bytes())),
            None => shape?.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name)),
        }
    }

    /// How the column at `place` is decoded, or why it cannot be.
    fn codec(&self, place: usize, shape: Option<&ColumnShape>) -> Result<Codec, String> {
        use types::*;
        let ty = self.types[place];
        Ok(match ty.code {
            TINY | SHORT | INT24 | LONG | LONGLONG => {
                if self.is_unsigned(place, shape)? {
                    Codec::Unsigned
                } else {
                    Codec::Signed
                }
            }
            FLOAT | DOUBLE => Codec::Float,
            NEWDECIMAL => Codec::Decimal { precision: ty.size, scale: ty.scale },
            YEAR => Codec::Year,
            BIT => Codec::Bit,
            DATE | NEWDATE => Codec::Date,
            TIME2 => Codec::Time(ty.size),
            DATETIME2 => Codec::DateTime(ty.size),
            TIMESTAMP2 => Codec::Timestamp(ty.size),
            TIMESTAMP => Codec::OldTimestamp,
            TIME => Codec::OldTime,
            DATETIME => Codec::OldDateTime,
            GEOMETRY | VECTOR => Codec::Bytes,
            VARCHAR | TINY_BLOB | MEDIUM_BLOB | LONG_BLOB | BLOB | STRING => match self.charset(place, shape)? {
                Charset::Binary if ty.code == STRING => Codec::Binary(ty.size),
                Charset::Binary => Codec::Bytes,
                text => Codec::Text(text),
            },
            ENUM => Codec::Enum(self.labels(place, is_enum, self.enums.as_ref(), shape)?),
            SET => Codec::Set(self.labels(place, is_set, self.sets.as_ref(), shape)?),
            JSON => Codec::Json,
            BLOB_COMPRESSED | VARCHAR_COMPRESSED => Codec::Compressed(Box::new(match self.charset(place, shape)? {
                Charset::Binary => Codec::Bytes,
                text => Codec::Text(text),
            })),
            TYPED_ARRAY => Codec::Bytes,
            code => return Err(format!("its type (code {code}) is not known")),
        })
    }

    fn is_unsigned(&self, place: usize, shape: Option<&ColumnShape>) -> Result<bool, String> {
        let told = self.unsigned.as_ref().and_then(|u| u.get(self.ordinal(place, ColumnType::is_numeric)).copied());
        told.or(shape.map(|s| s.unsigned)).ok_or_else(|| "nothing says whether it is unsigned".to_owned())
    }

    fn charset(&self, place: usize, shape: Option<&ColumnShape>) -> Result<Charset, String> {
        let told = self.collations.as_ref().and_then(|c| c.get(self.ordinal(place, self.is_character())));
        let told = told.and_then(|&id| charset::of_collation(id));
        // information_schema has no charset for binary columns, and we have a shape of every mapped table.
        let really = shape.and_then(|s| s.really.as_deref());
        let binary = shape.filter(|s| !is_text(&s.data_type)).map(|_| "binary");
        let declared = told.or(shape.and_then(|s| s.charset.as_deref())).or(binary);
        let name = really.or(declared).ok_or("its charset is not known")?;
        Charset::named(name).ok_or_else(|| format!("the charset {name} is not supported"))
    }

    fn labels(
        &self,
        place: usize,
        kind: fn(ColumnType) -> bool,
        told: Option<&Vec<Vec<&'a [u8]>>>,
        shape: Option<&ColumnShape>,
    ) -> Result<Vec<SmolStr>, String> {
        let Some(told) = told.and_then(|lists| lists.get(self.ordinal(place, kind))) else {
            let labels = shape.map(|s| s.labels.iter().map(SmolStr::from).collect::<Vec<_>>());
            return labels.filter(|l| !l.is_empty()).ok_or_else(|| "its labels are not known".to_owned());
        };
        let collation = self.label_collations.as_ref().and_then(|c| c.get(self.ordinal(place, is_labelled)));
        let name = collation.and_then(|&id| charset::of_collation(id)).or(shape.and_then(|s| s.charset.as_deref()));
        let name = name.ok_or("the charset of its labels is not known")?;
        let charset = Charset::named(name).ok_or_else(|| format!("the charset {name} is not supported"))?;
        let decode = |label: &&[u8]| charset.decode(label).map(SmolStr::from);
        told.iter().map(decode).collect::<Option<_>>().ok_or_else(|| format!("its labels are not {name}"))
    }
}

fn is_enum(ty: ColumnType) -> bool {
    ty.code == types::ENUM
}

fn is_set(ty: ColumnType) -> bool {
    ty.code == types::SET
}

fn is_labelled(ty: ColumnType) -> bool {
    is_enum(ty) || is_set(ty)
}

/// `count` bits, the first in the highest place of the first byte.
fn bits(mut field: Cursor<'_>, count: usize) -> Result<Vec<bool>, Malformed> {
    let bytes = field.take(count.div_ceil(8))?;
    Ok((0..count).map(|i| bytes[i / 8] & (0x80 >> (i % 8)) != 0).collect())
}

/// One collation a column.
fn numbers(mut field: Cursor<'_>) -> Result<Vec<u64>, Malformed> {
    let mut all = Vec::new();
    while !field.is_empty() {
        all.push(field.lenenc()?);
    }
    Ok(all)
}

/// The collation of most columns, then pairs of place and collation for the others.
fn with_default(mut field: Cursor<'_>, count: usize) -> Result<Vec<u64>, Malformed> {
    let mut all = vec![field.lenenc()?; count];
    while !field.is_empty() {
        let place = field.length()?;
        let collation = field.lenenc()?;
        *all.get_mut(place).ok_or(field.malformed())? = collation;
    }
    Ok(all)
}

fn names(mut field: Cursor<'_>, count: usize) -> Result<Vec<&[u8]>, Malformed> {
    (0..count).map(|_| field.lenenc_bytes()).collect()
}

fn label_lists(mut field: Cursor<'_>) -> Result<Vec<Vec<&[u8]>>, Malformed> {
    let mut lists = Vec::new();
    while !field.is_empty() {
        let count = field.length()?;
        let mut labels = Vec::new();
        for _ in 0..count {
            labels.push(field.lenenc_bytes()?);
        }
        lists.push(labels);
    }
    Ok(lists)
}
