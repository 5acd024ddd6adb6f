//! Table maps and the rows that follow them, of every column type and every kind of rows event.

use super::*;
use crate::binlog::codec::types::*;
use crate::binlog::every::Every;
use crate::binlog::print;
use crate::binlog::tables::Tables;
use crate::change::{ColumnShape, Footprint, RowChange, TableUse};

/// What a byte may stand for at most, in bytes of memory: see the same of whole files. Tables are narrower here.
const ROWS_MULTIPLE: u64 = 1_024;
const COLUMNS_MAX: usize = 12;

/// Column types with metadata as a server gives them.
const COLUMNS: &[(u8, &[u8])] = &[
    (TINY, &[]),
    (SHORT, &[]),
    (INT24, &[]),
    (LONG, &[]),
    (LONGLONG, &[]),
    (FLOAT, &[4]),
    (DOUBLE, &[8]),
    (NULL, &[]),
    (TIMESTAMP, &[]),
    (DATE, &[]),
    (TIME, &[]),
    (DATETIME, &[]),
    (YEAR, &[]),
    (VARCHAR, &[40, 0]),
    (VARCHAR, &[0xff, 0xff]),
    (BIT, &[2, 1]),
    (TIMESTAMP2, &[3]),
    (DATETIME2, &[6]),
    (TIME2, &[2]),
    (TYPED_ARRAY, &[LONGLONG]),
    (VECTOR, &[4]),
    (JSON, &[4]),
    (NEWDECIMAL, &[65, 30]),
    (NEWDECIMAL, &[10, 2]),
    (STRING, &[ENUM, 1]),
    (STRING, &[SET, 8]),
    (STRING, &[STRING, 60]),
    (STRING, &[0xce, 0xfc]),
    (BLOB, &[2]),
    (GEOMETRY, &[4]),
    (BLOB_COMPRESSED, &[2]),
    (VARCHAR_COMPRESSED, &[40, 0]),
];

const ROWS: &[u8] = &[
    codes::WRITE_ROWS_V1,
    codes::UPDATE_ROWS_V1,
    codes::DELETE_ROWS_V1,
    codes::WRITE_ROWS,
    codes::UPDATE_ROWS,
    codes::DELETE_ROWS,
    codes::PARTIAL_UPDATE_ROWS,
    codes::WRITE_ROWS_COMPRESSED_V1,
    codes::UPDATE_ROWS_COMPRESSED_V1,
    168,
    codes::WRITE_ROWS_COMPRESSED,
    codes::UPDATE_ROWS_COMPRESSED,
    codes::DELETE_ROWS_COMPRESSED,
];

/// A table map of table 9, `shop.t`, and how many columns it has.
fn table_map(script: &mut Script<'_>) -> (Vec<u8>, usize) {
    let count = script.below(COLUMNS_MAX + 1);
    let mut body = [&[9, 0, 0, 0, 0, 0, 1, 0, 4][..], b"shop\0\x01t\0", &[count as u8]].concat();
    let (mut codes, mut metadata) = (Vec::new(), Vec::<u8>::new());
    for _ in 0..count {
        let (code, its) = COLUMNS[script.below(COLUMNS.len())];
        codes.push(code);
        metadata.extend(its);
    }
    body.extend(codes);
    body.push(metadata.len() as u8);
    body.extend(metadata);
    body.extend(vec![0; count.div_ceil(8)]);
    for _ in 0..script.below(4) {
        let field = optional(script, count);
        body.extend(field);
    }
    if script.one_in(4) {
        script.damage(&mut body);
    }
    (body, count)
}

/// A field of the optional metadata, right in its outer form.
fn optional(script: &mut Script<'_>, count: usize) -> Vec<u8> {
    let kind = script.one_of(&[1, 2, 3, 4, 4, 5, 6, 10, 11, 8]);
    let field = match kind {
        4 => (0..count).flat_map(|i| [2, b'c', b'a' + i as u8]).collect(),
        5 | 6 => (0..count).flat_map(|_| [2, 1, b'x', 3, b'y', b'y', b'y']).collect(),
        2 | 10 => vec![script.one_of(&[45, 28, 63, 8])],
        3 | 11 => (0..count).map(|_| script.one_of(&[45, 28, 63, 8])).collect(),
        _ => script.take(count.div_ceil(8)).to_vec(),
    };
    [vec![kind, field.len() as u8], field].concat()
}

/// A rows event of table 9 whose head is right.
fn rows(script: &mut Script<'_>, code: u8, count: usize) -> Vec<u8> {
    let mut body = vec![9, 0, 0, 0, 0, 0, 1, 0];
    if matches!(code, codes::WRITE_ROWS..=codes::PARTIAL_UPDATE_ROWS | codes::WRITE_ROWS_COMPRESSED..) {
        body.extend([2, 0]);
    }
    body.push(count as u8);
    let updates = matches!(code, 24 | 31 | 39 | 167 | 170);
    for _ in 0..if updates { 2 } else { 1 } {
        let present: Vec<u8> = match script.byte() % 4 {
            0 => script.take(count.div_ceil(8)).to_vec(),
            _ => vec![0xff; count.div_ceil(8)],
        };
        body.extend(present);
    }
    let images = script.rest();
    if code >= codes::WRITE_ROWS_COMPRESSED_V1 {
        body.extend(packed_part(images));
    } else {
        body.extend(images);
    }
    body
}

fn tables_of(names: &[String], whole: bool) -> Tables {
    let column = |name: &String| ColumnShape {
        name: name.clone(),
        data_type: "unheard".into(),
        charset: Some("utf8mb4".into()),
        labels: vec!["a".into(), "b".into()],
        nullable: true,
        ..ColumnShape::default()
    };
    let shape = TableShape { table: "t".into(), columns: names.iter().map(column).collect(), ..TableShape::default() };
    if whole {
        return Tables::every(Every::new("*.*".parse().expect("these are all tables"), vec![("shop".into(), shape)]));
    }
    // Every other column, so that some are passed over.
    let uses = TableUse { table: "t".into(), columns: names.iter().step_by(2).cloned().collect(), key: vec![] };
    Tables::new(&Footprint { tables: vec![uses] }, &[shape], Some("shop"), false)
}

fn learn_and_read(map: &[u8], code: u8, body: &[u8], mut tables: Tables) -> Vec<RowChange> {
    let mut changes = Vec::new();
    if tables.learn(map).is_ok() && tables.wants(body).is_ok() {
        let _ = tables.rows(code, body, &mut changes);
    }
    changes
}

/// Every row is as wide as its table, whatever else is said of it, and what is in it can be printed.
fn of_one_width(changes: &[RowChange]) {
    let rows = || changes.iter().flat_map(|change| [&change.before, &change.after]).flatten();
    for text in rows().flat_map(|row| row.iter()).filter_map(print::json) {
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }
    let widths = rows().map(|row| row.len());
    let widths: std::collections::BTreeSet<usize> = widths.collect();
    assert!(widths.len() <= 1, "{widths:?}");
}

#[test]
fn rows_of_every_type_are_read_or_refused() {
    target!(script => {
        let (map, count) = table_map(&mut script);
        let (code, whole, width) = (script.one_of(ROWS), script.one_in(2), script.byte());
        let count = if width % 8 == 0 { usize::from(width / 8) } else { count };
        let body = rows(&mut script, code, count);
        let names: Vec<String> = (0..count).map(|i| format!("c{}", char::from(b'a' + i as u8))).collect();
        let tables = tables_of(&names, whole);
        let changes = bounded(map.len() + body.len(), ROWS_MULTIPLE, || learn_and_read(&map, code, &body, tables));
        of_one_width(&changes);
    });
}

#[test]
fn damaged_rows_of_real_tables_are_read_or_refused() {
    let all = frames();
    let is_rows = |frame: &&Frame| ROWS.contains(&frame.header.code);
    let pairs: Vec<(&Frame, &Frame)> = all.windows(2).map(|pair| (&pair[0], &pair[1])).collect();
    let pairs: Vec<(&Frame, &Frame)> =
        pairs.into_iter().filter(|(map, rows)| map.header.code == codes::TABLE_MAP && is_rows(rows)).collect();
    assert!(pairs.len() > 40, "{}", pairs.len());
    target!(script => {
        let (map, rows) = pairs[script.below(pairs.len())];
        let (mut map, mut body) = (map.body.clone(), rows.body.clone());
        let code = if script.one_in(8) { script.one_of(ROWS) } else { rows.header.code };
        for _ in 0..script.times() {
            let damaged = if script.one_in(4) { &mut map } else { &mut body };
            script.damage(damaged);
        }
        let tables = Tables::every(Every::new("*.*".parse().expect("these are all tables"), vec![]));
        let changes = bounded(map.len() + body.len(), ROWS_MULTIPLE * 2, || learn_and_read(&map, code, &body, tables));
        of_one_width(&changes);
    });
}
