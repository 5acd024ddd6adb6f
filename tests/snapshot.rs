//! Rows by SELECT are the rows of the binlog, value for value, and a table is read whole in any chunks.

use ledgertap::binlog::{Snapshot, Store, StoreError};
use ledgertap::change::{Footprint, Position, Row, TableShape, TableUse};

use crate::binlog_stream::{Shop, TYPES, read_to};
use crate::world;

/// More values at the edges, beside those that every type has: column and value.
const MORE: &[(&str, &[&str])] = &[
    ("c_float", &["0.1", "16777217", "3.4028235e38", "-1e-38", "1.17549e-38"]),
    ("c_double", &["0.1", "123456789.123456789", "5e-324", "-1.7976931348623157e308"]),
    ("c_odd", &["9999999999999.9999999", "0", "-1"]),
    ("c_char", &["'trailing   '", "' '", "'a\\0b'"]),
    ("c_gbk", &["X'A2A1FE9F'", "X'80'", "'€'"]),
    ("c_latin1", &["X'818D'", "'ß'"]),
    ("c_binary", &["''", "X'00000000'", "X'20'"]),
    ("c_enum", &["'no such label'", "0", "1"]),
    ("c_set", &["'a,b,c'", "0"]),
    ("c_date", &["'2026-00-00'", "'0001-01-01'", "'9999-12-31'"]),
    ("c_datetime6", &["'0000-00-00 00:00:00'", "'2026-11-00 23:59:59.999999'"]),
    ("c_time", &["'838:59:59'", "'-00:00:01'", "'0'"]),
    ("c_time6", &["'-838:59:58.999999'", "'00:00:00'"]),
    ("c_stamp1", &["'1970-01-01 00:00:01.9'", "'2038-01-19 03:14:07.9'"]),
    ("c_year", &["1901", "2155"]),
    ("c_bit", &["1023"]),
    ("c_geo", &["ST_GeomFromText('POINT(-1.5 2.25)')"]),
];

async fn same_values(root: String) {
    let mut shop = Shop::on(root).await;
    let mysql = shop.store().await.server().starts_with("MySQL");
    let kinds = || TYPES.iter().filter(|(name, ..)| !(mysql && *name == "c_json"));
    let defined: Vec<String> = kinds().map(|(name, ty, _)| format!("{name} {ty}")).collect();
    shop.run(&[&format!("CREATE TABLE kinds (id INT PRIMARY KEY, {}) CHARACTER SET utf8mb4", defined.join(", "))])
        .await;
    let from = shop.store().await.head().await.unwrap();
    let mut id = 0;
    for row in 0..2 {
        let values: Vec<&str> = kinds().map(|(_, _, values)| values[row]).collect();
        shop.run(&[&format!("INSERT INTO kinds VALUES ({id}, {})", values.join(", "))]).await;
        id += 1;
    }
    shop.run(&["INSERT INTO kinds (id) VALUES (2)"]).await;
    for (column, values) in MORE {
        for value in *values {
            id += 1;
            shop.run(&[&format!("INSERT INTO kinds (id, {column}) VALUES ({id} + 1, {value})")]).await;
        }
    }
    let mut columns: Vec<String> = kinds().map(|(name, ..)| (*name).to_owned()).collect();
    columns.push("id".to_owned());
    let uses = TableUse { table: "kinds".into(), key: vec![columns.len() - 1], columns };
    let logged = logged(&shop, &from, &uses).await;
    let read = read(&shop, &from, &uses, 7).await;
    assert_eq!(read.len(), logged.len());
    for (read, logged) in read.iter().zip(&logged) {
        for (i, column) in uses.columns.iter().enumerate() {
            assert_eq!(read[i], logged[i], "{column} of row {:?}", logged.last());
        }
    }
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_has_the_values_of_its_binlog_event_on_mariadb() {
    same_values(world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_has_the_values_of_its_binlog_event_on_mysql() {
    same_values(world::mysql()).await;
}

/// Keys in which the order of the column, of its print and of its bytes differ.
const KEYS: &[(&str, &[&str])] = &[
    ("BIGINT UNSIGNED", &["18446744073709551615", "0", "9223372036854775808"]),
    ("DECIMAL(12,3)", &["-1.5", "10.25", "9"]),
    ("VARCHAR(20) CHARACTER SET gbk", &["'b'", "'A'", "'上海'", "''", "'C''x'"]),
    ("VARCHAR(20) CHARACTER SET latin1", &["'é'", "'z'", "'E'"]),
    ("CHAR(8) CHARACTER SET utf8mb4", &["'😀'", "'a b'", "'a'"]),
    ("ENUM('z','a','m')", &["'a'", "'m'", "'z'"]),
    ("SET('z','a','m')", &["'a,m'", "''", "'z'", "'z,m'"]),
    ("BIT(64)", &["b'1'", "X'FFFFFFFFFFFFFFFF'", "0"]),
    ("VARBINARY(8)", &["X'00'", "X'FF'", "''", "X'0001'"]),
    ("BINARY(3)", &["X'00'", "X'FF'", "X'0102'"]),
    ("DATE", &["'2026-11-23'", "'0000-00-00'", "'1000-01-01'"]),
    ("DATETIME(3)", &["'2026-11-23 10:00:00.120'", "'2026-11-23 10:00:00.121'", "'0000-00-00 00:00:00'"]),
    ("TIMESTAMP(2)", &["'2026-11-23 10:00:00.12'", "'2026-11-23 10:00:00.13'"]),
    ("TIME(1)", &["'-10:00:00.5'", "'00:00:00'", "'100:00:00'"]),
    ("YEAR", &["2026", "1901", "'0000'", "2000"]),
];

async fn any_chunks(root: String) {
    for (ty, values) in KEYS {
        let mut shop = Shop::on(root.clone()).await;
        shop.run(&[&format!("CREATE TABLE t (n INT, k {ty} NOT NULL, m INT, PRIMARY KEY (m, k, n))")]).await;
        let from = shop.store().await.head().await.unwrap();
        let mut n = 0;
        for value in *values {
            for m in [2, 1] {
                n += 1;
                shop.run(&[&format!("INSERT INTO t VALUES ({n}, {value}, {m}), (-{n}, {value}, {m})")]).await;
            }
        }
        let columns = ["k", "m", "n"].map(str::to_owned).to_vec();
        let uses = TableUse { table: "t".into(), columns, key: vec![1, 0, 2] };
        let sorted = |rows: Vec<Row>| {
            let mut keys: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
            keys.sort();
            keys
        };
        let logged = sorted(logged(&shop, &from, &uses).await);
        for rows_max in [1, 3, 4, 1000] {
            assert_eq!(sorted(read(&shop, &from, &uses, rows_max).await), logged, "{ty} by {rows_max}");
        }
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_read_whole_in_any_chunks_on_mariadb() {
    any_chunks(world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_read_whole_in_any_chunks_on_mysql() {
    any_chunks(world::mysql()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_exactly_is_named() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = Shop::on(root).await;
        shop.run(&[
            "CREATE TABLE t (id INT PRIMARY KEY, ucs VARCHAR(9) CHARACTER SET utf16)",
            "INSERT INTO t VALUES (1, 'x')",
        ])
        .await;
        let at = shop.store().await.head().await.unwrap();
        let mut store = shop.store().await;
        let shape = shape(&mut store, "t").await;
        let mut snapshot = store.snapshot(&at).await.unwrap();
        for (column, part) in [("ucs", "charset utf16 is not supported"), ("x", "gone")] {
            let uses = TableUse { table: "t".into(), columns: vec!["id".into(), column.into()], key: vec![0] };
            let error = snapshot.chunk(&uses, &shape, None, 9).await.unwrap_err();
            assert!(matches!(error, StoreError::Definite(_)), "{error}");
            let text = error.to_string();
            assert!(text.contains(&format!("`{column}`")) && text.contains(part), "{text}");
        }
        shop.finish().await;
    }
}

/// The rows that the binlog says were inserted after `from`.
async fn logged(shop: &Shop, from: &Position, uses: &TableUse) -> Vec<Row> {
    let footprint = Footprint { tables: vec![uses.clone()] };
    let target = shop.store().await.head().await.unwrap();
    let (all, _) = read_to(&mut shop.stream(from, &footprint).await.unwrap(), &target).await;
    all.into_iter().flat_map(|t| t.changes).filter_map(|c| c.after).collect()
}

/// The table's rows by SELECT.
async fn read(shop: &Shop, from: &Position, uses: &TableUse, rows_max: usize) -> Vec<Row> {
    let mut store = shop.store().await;
    let shape = shape(&mut store, &uses.table).await;
    let mut snapshot: Snapshot = store.snapshot(from).await.unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let chunk = snapshot.chunk(uses, &shape, after.as_ref(), rows_max).await.unwrap();
        assert!(chunk.rows.len() <= rows_max);
        all.extend(chunk.rows);
        after = chunk.next;
        if after.is_none() {
            return all;
        }
    }
}

async fn shape(store: &mut Store, table: &str) -> TableShape {
    store.shapes(&[table.to_owned()]).await.unwrap().remove(0)
}
