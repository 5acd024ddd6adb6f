//! A column's definition.

use super::words::Words;
use super::{Dialect, Place, Unread};
use crate::change::ColumnShape;

/// Reads `name type attributes`: the column, whether it is the primary key, and where it goes.
pub(super) fn read(words: &mut Words, dialect: Dialect) -> Result<(ColumnShape, bool, Place), Unread> {
    let name = words.identifier().ok_or(Unread)?;
    let mut column = of_type(name, words, dialect)?;
    let (mut is_key, mut place) = (false, Place::Stay);
    let mut named = None;
    while !words.is_at_end() {
        if let Some(charset) = charset(words) {
            // A charset's own name beats what a collation tells, which is the same one.
            named.get_or_insert(charset);
            continue;
        }
        let word = words.keyword();
        match word.as_str() {
            "UNSIGNED" | "ZEROFILL" => column.unsigned = true,
            "ASCII" => named = Some("latin1".to_owned()),
            "UNICODE" => named = Some("ucs2".to_owned()),
            "BYTE" => named = Some("binary".to_owned()),
            "NOT" => {
                words.take("NULL");
                column.nullable = false;
            }
            "PRIMARY" => {
                words.take("KEY");
                (is_key, column.nullable) = (true, false);
            }
            "KEY" => (is_key, column.nullable) = (true, false),
            "UNIQUE" => drop(words.take("KEY")),
            // What a foreign key does: SET DEFAULT, SET NULL.
            "SET" => drop(words.take("DEFAULT") || words.take("NULL")),
            "UPDATE" if words.is_at("SET") => {}
            "DEFAULT" | "UPDATE" => expression(words),
            "COMMENT"
            | "COLUMN_FORMAT"
            | "STORAGE"
            | "ENGINE_ATTRIBUTE"
            | "SECONDARY_ENGINE_ATTRIBUTE"
            | "SRID"
            | "REF_SYSTEM_ID" => {
                words.take("=");
                words.next_text();
            }
            "FIRST" => place = Place::First,
            "AFTER" => place = Place::After(words.identifier().ok_or(Unread)?),
            "AS" | "CHECK" | "REFERENCES" | "CONSTRAINT" | "GENERATED" | "ALWAYS" | "VIRTUAL" | "STORED"
            | "PERSISTENT" | "NULL" | "SIGNED" | "AUTO_INCREMENT" | "SERIAL" | "VALUE" | "ON" | "DELETE"
            | "CASCADE" | "RESTRICT" | "NO" | "ACTION" | "MATCH" | "FULL" | "PARTIAL" | "SIMPLE" | "INVISIBLE"
            | "VISIBLE" | "ENFORCED" | "BINARY" | "COMPRESSED" | "ROW" | "START" | "END" | "WITHOUT" | "WITH"
            | "SYSTEM" | "VERSIONING" | "USING" | "KEY_BLOCK_SIZE" | "ENCRYPTED" | "NOW" | "CURRENT_TIMESTAMP"
            | "LOCALTIME" | "LOCALTIMESTAMP" => {
                if word == "REFERENCES" {
                    drop(words.name()?);
                }
                if word == "CONSTRAINT" && !words.is_at("CHECK") && !words.is_at("REFERENCES") {
                    words.next_text();
                }
                words.bracket();
            }
            "" => drop(words.bracket()),
            _ => return Err(Unread),
        }
    }
    give_charset(&mut column, named);
    Ok((column, is_key, place))
}

/// A default: a literal, a name, a call, or an expression in brackets.
fn expression(words: &mut Words) {
    words.take("-");
    words.take("+");
    if words.bracket().is_some() {
        return;
    }
    // A literal may have an introducer: _utf8mb4 'x', b'0', DATE '2026-11-20'.
    let introducer = !words.is_at_text();
    words.next_text();
    if introducer && words.is_at_text() {
        words.next_text();
    }
    words.bracket();
}

/// A charset, or the one that a collation belongs to.
fn charset(words: &mut Words) -> Option<String> {
    let mut here = words.clone();
    if here.take("CHARSET") || here.take_all(&["CHARACTER", "SET"]) || here.take_all(&["CHAR", "SET"]) {
        let name = here.next_text()?;
        *words = here;
        return Some(charset_named(&name));
    }
    if here.take("COLLATE") {
        let name = here.next_text()?;
        *words = here;
        // MariaDB's own collations stand for any charset.
        return charset_of_collation(&name).or(Some(String::new()));
    }
    None
}

/// A charset's one name: what newer servers' information_schema calls `utf8mb3` is `utf8` in MySQL before 8.0.28 and in MariaDB
/// before 10.6.
pub(in crate::binlog) fn charset_named(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "utf8" => "utf8mb3".to_owned(),
        other => other.to_owned(),
    }
}

/// A collation's name begins with its charset's; MariaDB's `uca1400_…` belong to several.
pub(in crate::binlog) fn charset_of_collation(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    if name.starts_with("uca1400") {
        return None;
    }
    Some(charset_named(name.split('_').next().unwrap_or(&name)))
}

/// The types that have a charset, and what they are where it is `binary`.
const TEXTS: [(&str, &str); 6] = [
    ("char", "binary"),
    ("varchar", "varbinary"),
    ("tinytext", "tinyblob"),
    ("text", "blob"),
    ("mediumtext", "mediumblob"),
    ("longtext", "longblob"),
];

/// True for types that have a charset.
pub(in crate::binlog) fn is_text(data_type: &str) -> bool {
    TEXTS.iter().any(|(text, _)| *text == data_type) || matches!(data_type, "enum" | "set")
}

/// Gives a text column its charset; `None` leaves it to the table's default.
pub(super) fn give_charset(column: &mut ColumnShape, charset: Option<String>) {
    if !is_text(&column.data_type) {
        return;
    }
    match charset.as_deref() {
        Some("binary") => {
            if let Some((_, binary)) = TEXTS.iter().find(|(text, _)| *text == column.data_type) {
                column.data_type = (*binary).to_owned();
                column.charset = None;
            } else {
                column.charset = Some("binary".to_owned());
            }
        }
        Some("") | None => {}
        Some(name) => column.charset = Some(name.to_owned()),
    }
}

fn of_type(name: String, words: &mut Words, dialect: Dialect) -> Result<ColumnShape, Unread> {
    let first = words.keyword().to_ascii_lowercase();
    let mut column = ColumnShape { name, nullable: true, ..ColumnShape::default() };
    let mut plain = |data_type: &str| column.data_type = data_type.to_owned();
    match first.as_str() {
        "tinyint" | "int1" => plain("tinyint"),
        "bool" | "boolean" => plain("tinyint"),
        "smallint" | "int2" => plain("smallint"),
        "mediumint" | "int3" | "middleint" => plain("mediumint"),
        "int" | "integer" | "int4" => plain("int"),
        "bigint" | "int8" => plain("bigint"),
        "serial" => {
            plain("bigint");
            (column.unsigned, column.nullable) = (true, false);
        }
        "decimal" | "numeric" | "dec" | "fixed" | "number" => plain("decimal"),
        "float" | "float4" => plain("float"),
        "double" | "real" | "float8" => {
            plain("double");
            words.take("PRECISION");
        }
        "char" | "character" | "nchar" => {
            plain(if words.take("VARYING") { "varchar" } else { "char" });
        }
        "varchar" | "varchar2" | "varcharacter" | "nvarchar" => plain("varchar"),
        "national" => {
            let varying = words.take("VARCHAR") || words.take("VARCHARACTER");
            let varying = varying || ((words.take("CHAR") || words.take("CHARACTER")) && words.take("VARYING"));
            plain(if varying { "varchar" } else { "char" });
            column.charset = Some("utf8mb3".to_owned());
        }
        "long" => {
            if words.take("VARBINARY") {
                plain("mediumblob");
            } else {
                words.skip_any(&["VARCHAR", "VARCHARACTER", "CHAR", "VARYING"]);
                plain("mediumtext");
            }
        }
        "json" if dialect.mariadb => {
            plain("longtext");
            column.charset = Some("utf8mb4".to_owned());
        }
        "clob" if dialect.mariadb => plain("longtext"),
        "raw" if dialect.mariadb => plain("varbinary"),
        "geomcollection" if !dialect.mariadb => plain("geomcollection"),
        "geometrycollection" if !dialect.mariadb => plain("geomcollection"),
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "tinytext" | "text"
        | "mediumtext" | "longtext" | "enum" | "set" | "date" | "time" | "datetime" | "timestamp" | "year" | "bit"
        | "json" | "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
        | "multipolygon" | "geometrycollection" | "vector" | "uuid" | "inet4" | "inet6" => plain(&first),
        _ => return Err(Unread),
    }
    if matches!(first.as_str(), "nchar" | "nvarchar") {
        column.charset = Some("utf8mb3".to_owned());
    }
    if let Some(inside) = words.bracket() {
        arguments(&mut column, inside, &first)?;
    } else if matches!(column.data_type.as_str(), "char" | "binary" | "bit") {
        column.size = vec![1];
    } else if column.data_type == "decimal" {
        column.size = vec![10, 0];
    }
    Ok(column)
}

fn arguments(column: &mut ColumnShape, inside: Words, first: &str) -> Result<(), Unread> {
    let parts = inside.split_at_commas();
    if matches!(column.data_type.as_str(), "enum" | "set") {
        // Blanks at a label's end do not count.
        let label = |mut part: Words| {
            while !part.is_at_text() && !part.is_at_end() {
                part.next_text();
            }
            // What digits stand for depends on the column's charset.
            if part.is_at_bits() {
                return Err(Unread);
            }
            part.next_text().ok_or(Unread)
        };
        column.labels = parts.into_iter().map(label).collect::<Result<_, _>>()?;
        return Ok(());
    }
    let numbers: Vec<u32> = parts.into_iter().filter_map(|mut part| part.next_text()?.parse().ok()).collect();
    match (column.data_type.as_str(), numbers.first()) {
        // FLOAT(p) without a scale tells by p which of the two it is.
        ("float", Some(&precision)) if numbers.len() == 1 && first == "float" => {
            column.data_type = if precision > 24 { "double" } else { "float" }.to_owned();
        }
        ("blob", Some(&length)) => column.data_type = smallest(u64::from(length), "blob"),
        // How many bytes its characters take the charset tells, which may be the table's.
        ("text", Some(&length)) => column.size = vec![length],
        // FLOAT(7,2) rounds; DOUBLE takes no other brackets.
        ("float" | "double", Some(_)) => column.size = numbers,
        ("decimal", Some(&precision)) => column.size = vec![precision, numbers.get(1).copied().unwrap_or(0)],
        (
            "char" | "varchar" | "binary" | "varbinary" | "bit" | "time" | "datetime" | "timestamp" | "vector",
            Some(&n),
        ) => {
            column.size = vec![n];
        }
        _ => {}
    }
    Ok(())
}

/// TEXT(n) and BLOB(n) become the smallest of their kind that holds so many bytes.
fn smallest(bytes: u64, kind: &str) -> String {
    let size = match bytes {
        0..=255 => "tiny",
        256..=65_535 => "",
        65_536..=16_777_215 => "medium",
        _ => "long",
    };
    format!("{size}{kind}")
}

/// Gives a TEXT(n) its size, once its charset is known.
pub(super) fn give_size(column: &mut ColumnShape) {
    let binary = column.data_type == "blob";
    if !(binary || column.data_type == "text") {
        return;
    }
    if let Some(length) = column.size.pop() {
        let each = column.charset.as_deref().map_or(if binary { 1 } else { 4 }, bytes_max);
        column.data_type = smallest(u64::from(length) * u64::from(each), if binary { "blob" } else { "text" });
    }
}

/// The bytes that a character of this charset takes at most.
pub(super) fn bytes_max(charset: &str) -> u8 {
    match charset {
        "utf8mb4" | "gb18030" | "utf16" | "utf16le" | "utf32" => 4,
        "utf8mb3" | "ujis" | "eucjpms" => 3,
        "gbk" | "gb2312" | "big5" | "euckr" | "sjis" | "cp932" | "ucs2" => 2,
        _ => 1,
    }
}
