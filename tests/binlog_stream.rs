//! The binlog of real servers: whole transactions, exact values, resumable positions, clear refusals.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ledgertap::binlog::{Attached, FileReader, From, Limits, Source, Store, StoreError, Stream, position, print};
use ledgertap::change::{Footprint, Position, TableUse, Transaction, Value};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row};

use crate::world;

/// A database of this test's own on one server.
pub struct Shop {
    pub conn: Conn,
    root: String,
    name: String,
    pub source: Source,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Shop {
    pub async fn on(root: String) -> Shop {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let name = format!("tap_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let source = Source::from_url(&format!("{root}/{name}")).unwrap();
        let mut conn = Conn::new(Opts::from_url(&root).unwrap()).await.unwrap();
        conn.query_drop(format!("CREATE DATABASE {name}")).await.unwrap();
        conn.query_drop(format!("USE {name}")).await.unwrap();
        // Strict modes refuse the zero dates that real shops hold.
        conn.query_drop("SET sql_mode = '', time_zone = '+00:00'").await.unwrap();
        Shop { conn, root, name, source }
    }

    pub async fn run(&mut self, statements: &[&str]) {
        for statement in statements {
            self.conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    pub async fn store(&self) -> Store {
        Store::connect(&self.source).await.unwrap()
    }

    pub async fn stream(&self, from: &Position, footprint: &Footprint) -> Result<Stream, StoreError> {
        let mut store = self.store().await;
        let tables: Vec<String> = footprint.tables.iter().map(|t| t.table.clone()).collect();
        let shapes = store.shapes(&tables).await?;
        store.stream(from, footprint, &shapes).await
    }

    pub async fn finish(mut self) {
        self.run(&[&format!("DROP DATABASE {}", self.name)]).await;
    }
}

fn footprint(tables: &[(&str, &[&str])]) -> Footprint {
    let uses = |(table, columns): &(&str, &[&str])| TableUse {
        table: (*table).to_owned(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        key: vec![0],
    };
    Footprint { tables: tables.iter().map(uses).collect() }
}

/// Reads until `target` is reached.
pub async fn read_to(stream: &mut Stream, target: &Position) -> (Vec<Transaction>, Position) {
    let mut all = Vec::new();
    let reading = async {
        loop {
            let batch = stream.next(&Limits::default()).await.unwrap();
            all.extend(batch.transactions);
            if position::reached(&batch.position, target) {
                return batch.position;
            }
        }
    };
    let at = tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the head is reached in time");
    (all, at)
}

/// What each row of each transaction became, first column only; `-` for a deletion.
fn ids(transactions: &[Transaction]) -> Vec<Vec<String>> {
    let id = |row: &Option<ledgertap::change::Row>| match row.as_ref().map(|row| &row[0]) {
        Some(Value::Int(i)) => i.to_string(),
        Some(Value::UInt(u)) => u.to_string(),
        other => format!("{other:?}").replace("None", "-"),
    };
    transactions.iter().map(|t| t.changes.iter().map(|c| id(&c.after)).collect()).collect()
}

async fn engines_by(root: String, by_file: bool) {
    let mut shop = Shop::on(root).await;
    shop.run(&[
        "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(20)) ENGINE=MyISAM",
        "CREATE TABLE paid (id INT PRIMARY KEY) ENGINE=InnoDB",
        "CREATE TABLE noise (id INT AUTO_INCREMENT PRIMARY KEY)",
    ])
    .await;
    let mut store = shop.store().await;
    let mut from = store.resolve(&From::Now).await.unwrap();
    if by_file {
        from = store.head_like(&Position("file:x:4".into())).await.unwrap();
        assert!(from.0.starts_with("file:"), "{from}");
    }
    shop.run(&[
        "INSERT INTO orders VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO noise VALUES ()",
        "BEGIN",
        "INSERT INTO paid VALUES (10)",
        "SAVEPOINT s",
        "INSERT INTO paid VALUES (11)",
        "ROLLBACK TO s",
        "INSERT INTO paid VALUES (12)",
        "COMMIT",
        "UPDATE orders SET note = 'c' WHERE id = 2",
        "BEGIN",
        "INSERT INTO paid VALUES (13)",
        "ROLLBACK",
        "FLUSH BINARY LOGS",
        "DELETE FROM orders WHERE id = 1",
    ])
    .await;
    // MyISAM rows survive a roll-back; MySQL refuses to mix engines where it has GTIDs.
    let mixed = !store.server().starts_with("MySQL");
    if mixed {
        let rolled_back = ["INSERT INTO paid VALUES (14)", "INSERT INTO orders VALUES (3, 'd')", "ROLLBACK"];
        shop.run(&["BEGIN"]).await;
        shop.run(&rolled_back).await;
    }
    let target = store.head_like(&from).await.unwrap();
    let uses = footprint(&[("orders", &["id", "note"]), ("paid", &["id"])]);
    let (all, at) = read_to(&mut shop.stream(&from, &uses).await.unwrap(), &target).await;
    let mut expected = vec![vec!["1", "2"], vec!["10", "12"], vec!["2"], vec!["-"]];
    expected.extend(mixed.then(|| vec!["3"]));
    assert_eq!(ids(&all), expected);
    assert_eq!(all[2].changes[0].before.as_deref(), Some(&[Value::Int(2), Value::text("b")][..]));
    assert_eq!(all[2].changes[0].after.as_deref(), Some(&[Value::Int(2), Value::text("c")][..]));
    let names: BTreeSet<&str> = all.iter().map(|t| &*t.id).collect();
    assert_eq!(names.len(), all.len(), "each transaction has its own name");
    assert_eq!(at.0.starts_with("file:"), by_file, "{at}");

    // From every batch boundary the rest follows, once.
    let mut stream = shop.stream(&from, &uses).await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..all.len() {
        let batch = loop {
            let batch = stream.next(&Limits { transactions: 1, rows: 1 }).await.unwrap();
            if !batch.transactions.is_empty() {
                break batch;
            }
        };
        seen.extend(batch.transactions);
        stream = shop.stream(&batch.position, &uses).await.unwrap();
    }
    assert_eq!(seen, all);
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_by_gtid_on_mariadb() {
    engines_by(world::mariadb(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_by_gtid_on_mysql() {
    engines_by(world::mysql(), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_by_file_on_mariadb() {
    engines_by(world::mariadb(), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_by_file_on_mysql() {
    engines_by(world::mysql(), true).await;
}

/// Columns of ECShop's kinds and their neighbours, each with values at its edges.
pub const TYPES: &[(&str, &str, &[&str])] = &[
    ("c_medium_u", "MEDIUMINT UNSIGNED", &["0", "16777215"]),
    ("c_medium", "MEDIUMINT", &["-1", "-8388608"]),
    ("c_int", "INT", &["-2147483648", "7"]),
    ("c_int_u", "INT UNSIGNED", &["4294967295", "1"]),
    ("c_small", "SMALLINT", &["-32768", "5"]),
    ("c_year", "YEAR", &["0", "2026"]),
    ("c_bit3", "BIT(3)", &["5", "0"]),
    ("c_tiny_u", "TINYINT UNSIGNED", &["255", "0"]),
    ("c_tiny", "TINYINT(1)", &["-128", "1"]),
    ("c_big_u", "BIGINT UNSIGNED", &["18446744073709551615", "0"]),
    ("c_big", "BIGINT", &["-9223372036854775808", "1"]),
    ("c_utf8", "VARCHAR(120) CHARACTER SET utf8mb3", &["'北京市朝阳区'", "''"]),
    ("c_utf8mb4", "VARCHAR(20) CHARACTER SET utf8mb4", &["'😀 ok'", "'é'"]),
    ("c_gbk", "VARCHAR(60) CHARACTER SET gbk", &["'上海，“朱镕基”—·'", "'a'"]),
    ("c_latin1", "VARCHAR(60) CHARACTER SET latin1", &["'€é'", "'a'"]),
    ("c_char", "CHAR(60) CHARACTER SET utf8mb4", &["'王小明'", "'x'"]),
    ("c_char_long", "CHAR(200) CHARACTER SET utf8mb3", &["'王'", "'  lead'"]),
    ("c_money", "DECIMAL(10,2)", &["-12345678.90", "0.00"]),
    ("c_odd", "DECIMAL(20,7)", &["1234567890123.1234567", "-0.0000001"]),
    ("c_text", "TEXT CHARACTER SET utf8mb4", &["'长文本'", "''"]),
    ("c_json", "JSON", &["'{\"a\": 1}'", "'[]'"]),
    ("c_long", "LONGTEXT CHARACTER SET gbk", &["'长文本'", "''"]),
    ("c_date", "DATE", &["'0000-00-00'", "'2026-11-20'"]),
    ("c_datetime", "DATETIME", &["'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'"]),
    ("c_datetime6", "DATETIME(6)", &["'2026-11-20 08:15:00.000001'", "'1000-01-01 00:00:00.999999'"]),
    ("c_datetime3", "DATETIME(3)", &["'2026-11-20 08:15:00.120'", "'1000-01-01 00:00:00.999'"]),
    ("c_stamp", "TIMESTAMP NULL", &["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'"]),
    ("c_stamp1", "TIMESTAMP(1) NULL", &["'2026-11-20 08:15:00.5'", "0"]),
    ("c_time", "TIME", &["'-838:59:59'", "'00:00:01'"]),
    ("c_time2", "TIME(2)", &["'-00:00:01.25'", "'12:00:00.01'"]),
    ("c_time6", "TIME(6)", &["'-00:00:00.000001'", "'25:00:00.5'"]),
    ("c_enum", "ENUM('red','绿色','blue''s') CHARACTER SET utf8mb4", &["'绿色'", "'blue''s'"]),
    ("c_enum_gbk", "ENUM('红','绿') CHARACTER SET gbk", &["'绿'", "'红'"]),
    ("c_set", "SET('a','b','c')", &["'a,c'", "''"]),
    ("c_odder", "DECIMAL(65,30)", &["12345678901234567890123456789012345.123456789012345678901234567890", "-0.5"]),
    ("c_float", "FLOAT", &["16777216", "-1.25e-10"]),
    ("c_double", "DOUBLE", &["1e300", "-0.1"]),
    ("c_double2", "DOUBLE", &["123456789012345680", "0.000000000000001"]),
    ("c_bit64", "BIT(64)", &["9223372036854775808", "1"]),
    ("c_bit", "BIT(10)", &["513", "0"]),
    ("c_geo", "POINT", &["ST_GeomFromText('POINT(1 2)')", "NULL"]),
    ("c_binary", "BINARY(4)", &["X'0100'", "X'FF'"]),
    ("c_blob", "BLOB", &["X'00FF'", "X''"]),
    ("c_last", "INT", &["-1", "1"]),
    ("c_last_u", "INT UNSIGNED", &["4294967295", "1"]),
];

/// A value as the server's text protocol prints it.
fn printed(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Int(i) => i.to_string(),
        Value::UInt(u) => u.to_string(),
        Value::Decimal(d) => d.to_string(),
        Value::Double(_) | Value::Float(_) => print::json(value)?,
        Value::BigDecimal(digits) => digits.to_string(),
        Value::Absent => return None,
        Value::Text(t) => t.to_string(),
        Value::Time(t) => t.to_string(),
        Value::Bytes(b) | Value::Garbled(b) => b.iter().map(|byte| format!("{byte:02X}")).collect(),
    })
}

/// How the column is asked for, so that its text is comparable.
fn asked(name: &str, ty: &str) -> String {
    match ty.split(['(', ' ']).next().unwrap() {
        "BINARY" | "BLOB" | "POINT" => format!("HEX({name})"),
        "BIT" | "YEAR" => format!("{name} + 0"),
        "DOUBLE" | "FLOAT" => name.to_owned(),
        _ => format!("CONVERT({name} USING utf8mb4)"),
    }
}

async fn types(root: String, metadata: &str) {
    let mut shop = Shop::on(root).await;
    shop.run(&[&format!("SET GLOBAL binlog_row_metadata = '{metadata}'")]).await;
    let mut columns: Vec<String> = TYPES.iter().map(|(name, ty, _)| format!("{name} {ty}")).collect();
    columns.insert(0, "id INT PRIMARY KEY".into());
    shop.run(&[&format!("CREATE TABLE kinds ({}) CHARACTER SET utf8mb4", columns.join(", "))]).await;
    let from = shop.store().await.head().await.unwrap();
    for row in 0..2 {
        let values: Vec<&str> = TYPES.iter().map(|(_, _, values)| values[row]).collect();
        shop.run(&[&format!("INSERT INTO kinds VALUES ({row}, {})", values.join(", "))]).await;
    }
    shop.run(&[
        "INSERT INTO kinds (id) VALUES (2)",
        "UPDATE kinds SET id = id + 10",
        "DELETE FROM kinds WHERE id = 12",
    ])
    .await;

    // One column stays unmapped, in the middle, to be passed over.
    let mapped: Vec<_> = TYPES.iter().filter(|(name, ..)| *name != "c_text").collect();
    let mut used: Vec<&str> = mapped.iter().map(|(name, ..)| *name).collect();
    used.push("id");
    let target = shop.store().await.head().await.unwrap();
    let (all, _) = read_to(&mut shop.stream(&from, &footprint(&[("kinds", &used)])).await.unwrap(), &target).await;

    let list: Vec<String> = mapped.iter().map(|(name, ty, _)| asked(name, ty)).collect();
    let said: Vec<Row> = shop.conn.query(format!("SELECT {} FROM kinds ORDER BY id", list.join(", "))).await.unwrap();
    assert_eq!(all.iter().map(|t| t.changes.len()).collect::<Vec<_>>(), [1, 1, 1, 3, 1]);
    for (row, said) in said.iter().enumerate() {
        let inserted = all[row].changes[0].after.as_ref().unwrap();
        let updated = &all[3].changes[row];
        for (i, (name, ..)) in mapped.iter().enumerate() {
            let said: Option<String> = said.get(i).unwrap();
            for image in [Some(inserted), updated.before.as_ref(), updated.after.as_ref()] {
                let value = &image.unwrap()[i];
                assert!(printed(value) == said, "{metadata} {name} row {row}: {value:?} against {said:?}");
            }
        }
    }
    let nulls = all[2].changes[0].after.as_ref().unwrap();
    assert!(nulls[..used.len() - 1].iter().all(Value::is_null));
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn types_are_what_the_servers_say() {
    // The setting is global: servers of this test's own.
    let server = world::Own::mariadb(&[]).await;
    for metadata in ["FULL", "MINIMAL", "NO_LOG"] {
        types(server.root(), metadata).await;
    }
    let server = world::Own::mysql(&[]).await;
    for metadata in ["MINIMAL", "FULL"] {
        types(server.root(), metadata).await;
    }
}

async fn definite(result: Result<impl Sized, StoreError>, parts: &[&str]) {
    let error = result.err().expect("this is refused");
    assert!(matches!(error, StoreError::Definite(_)), "{error}");
    let text = error.to_string();
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
}

async fn refusals(root: String) {
    let mut shop = Shop::on(root.clone()).await;
    shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY)", "INSERT INTO orders VALUES (1), (2)"]).await;
    let mut store = shop.store().await;
    let end = store.head_like(&Position("file:x:4".into())).await.unwrap();
    let (file, offset) = end.0["file:".len()..].rsplit_once(':').unwrap();
    let offset: u64 = offset.parse().unwrap();
    let events: Vec<Row> = shop.conn.query(format!("SHOW BINLOG EVENTS IN '{file}'")).await.unwrap();
    // Events within a compressed transaction, of a test beside this one, are said to begin and end where that ends.
    let xid = |row: &&Row| row.get::<String, _>(2).unwrap() == "Xid" && row.get::<u64, _>(1) < row.get(4);
    let commit: u64 = events.iter().find(xid).unwrap().get(1).unwrap();
    let mut at = async |text: String| store.resolve(&text.parse().unwrap()).await;
    definite(at(format!("{file}:{}", commit + 5)).await, &["not at an event's start", file]).await;
    definite(at(format!("{file}:{commit}")).await, &["within a transaction"]).await;
    definite(at(format!("{file}:{}", offset + 100_000_000)).await, &["ahead of the server"]).await;
    definite(at("gone.000001:4".into()).await, &["no such binlog file"]).await;
    definite(at("mysql:00000000-0000-0000-0000-000000000001:1-7".into()).await, &["`ledgertap resync`"]).await;
    definite(at("mariadb:77-1-5".into()).await, &["position"]).await;
    assert_eq!(at(format!("{file}:{offset}")).await.unwrap(), end);

    let opts = Opts::from_url(&root).unwrap();
    let wrong =
        |user: &str, database: &str| format!("mysql://{user}@{}:{}/{database}", opts.ip_or_hostname(), opts.tcp_port());
    let connect = async |url: String| Store::connect(&Source::from_url(&url).unwrap()).await;
    definite(connect(wrong("root:secret", &shop.name)).await, &["user name or the password"]).await;
    definite(connect(wrong("root", "no_such_database")).await, &["database does not exist"]).await;
    let nowhere = connect("mysql://root@127.0.0.1:1/shop".into()).await.err().unwrap();
    assert!(matches!(nowhere, StoreError::Transient(_)) && nowhere.to_string().contains("127.0.0.1:1"), "{nowhere}");
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_positions_and_accounts_are_refused() {
    refusals(world::mariadb()).await;
    refusals(world::mysql()).await;
}

/// Every place of a file is tried: those before a transaction are taken, those within one are refused.
async fn starts(server: &world::Own, tag: &[&str]) {
    let mut shop = Shop::on(server.root()).await;
    shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
    shop.run(tag).await;
    shop.run(&["BEGIN", "INSERT INTO orders VALUES (1)", "SAVEPOINT s", "INSERT INTO orders VALUES (2)"]).await;
    shop.run(&["SAVEPOINT t", "INSERT INTO orders VALUES (3)", "ROLLBACK TO t", "COMMIT"]).await;
    shop.run(&["XA START 'x'", "INSERT INTO orders VALUES (4)", "XA END 'x'", "XA PREPARE 'x'"]).await;
    shop.run(&["XA COMMIT 'x'", "INSERT INTO orders VALUES (5)", "DROP TABLE orders"]).await;
    let mut store = shop.store().await;
    let end = store.head_like(&Position("file:x:4".into())).await.unwrap();
    let (file, _) = end.0["file:".len()..].rsplit_once(':').unwrap();
    let events: Vec<Row> = shop.conn.query(format!("SHOW BINLOG EVENTS IN '{file}'")).await.unwrap();
    let mut within = false;
    for event in events {
        let text = |i: usize| event.get::<String, _>(i).unwrap();
        let (offset, kind, info) = (event.get::<u64, _>(1).unwrap(), text(2), text(5));
        let at = store.resolve(&format!("{file}:{offset}").parse().unwrap()).await;
        assert_eq!(at.is_err(), within, "{offset} {kind} {info}: {at:?}");
        within |= ["BEGIN", "XA START"].iter().any(|start| info.starts_with(start));
        within &= !matches!(kind.as_str(), "Xid" | "XA_prepare") && info != "COMMIT";
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_within_a_transaction_is_no_start() {
    starts(&world::Own::mariadb(&[]).await, &[]).await;
    starts(&world::Own::mysql(&[]).await, &["SET gtid_next = 'AUTOMATIC:shop'"]).await;
}

async fn killed_and_idle(root: String) {
    let mut shop = Shop::on(root).await;
    shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY)", "CREATE TABLE noise (id INT PRIMARY KEY)"]).await;
    let from = shop.store().await.head().await.unwrap();
    let uses = footprint(&[("orders", &["id"])]);
    let mut stream = shop.stream(&from, &uses).await.unwrap();
    shop.run(&["INSERT INTO noise VALUES (1)"]).await;
    let target = shop.store().await.head().await.unwrap();
    let (none, at) = read_to(&mut stream, &target).await;
    assert_eq!(none, []);
    assert_ne!(at, from, "traffic in other tables moves the position");

    let dumps = "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'";
    let before: Vec<u64> = shop.conn.query(dumps).await.unwrap();
    drop(stream);
    let mut stream = shop.stream(&at, &uses).await.unwrap();
    shop.run(&["INSERT INTO orders VALUES (1)"]).await;
    assert_eq!(ids(&stream.next(&Limits::default()).await.unwrap().transactions), [["1"]]);
    let now: Vec<u64> = shop.conn.query(dumps).await.unwrap();
    let ours = now.into_iter().filter(|id| !before.contains(id)).max().unwrap();
    shop.run(&[&format!("KILL {ours}")]).await;
    let error = loop {
        match stream.next(&Limits::default()).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Transient(_)), "{error}");
    shop.run(&["INSERT INTO orders VALUES (2)"]).await;
    let target = shop.store().await.head().await.unwrap();
    let (all, _) = read_to(&mut shop.stream(&at, &uses).await.unwrap(), &target).await;
    assert_eq!(ids(&all), [["1"], ["2"]]);
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_connection_is_transient_and_an_idle_position_moves() {
    killed_and_idle(world::mariadb()).await;
    killed_and_idle(world::mysql()).await;
}

/// Runs the statements after the start, and returns the error that the stream ends in.
async fn stops_at(root: String, statements: &[&str]) -> (String, Vec<Vec<String>>) {
    let mut shop = Shop::on(root).await;
    shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY, price INT)", "CREATE TABLE other (id INT PRIMARY KEY)"]).await;
    let from = shop.store().await.head().await.unwrap();
    let mut stream = shop.stream(&from, &footprint(&[("orders", &["id", "price"])])).await.unwrap();
    shop.run(&["INSERT INTO orders VALUES (1, 1)", "ALTER TABLE orders ADD note INT", "TRUNCATE other"]).await;
    shop.run(statements).await;
    let mut all = Vec::new();
    let error = loop {
        let next = tokio::time::timeout(Duration::from_secs(20), stream.next(&Limits { transactions: 1, rows: 1 }));
        match next.await.expect("it stops in time") {
            Ok(batch) => all.extend(batch.transactions),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Definite(_)), "{error}");
    shop.finish().await;
    (error.to_string(), ids(&all))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_rows_without_row_events_stops_with_its_place() {
    for root in [world::mariadb(), world::mysql()] {
        let cases: [(&[&str], &str); 5] = [
            (&["SET SESSION binlog_format = 'STATEMENT'", "UPDATE orders SET price = 2"], "UPDATE orders SET price"),
            (&["TRUNCATE TABLE orders"], "TRUNCATE TABLE orders"),
            (&["DROP TABLE orders"], "DROP TABLE orders"),
            (&["RENAME TABLE orders TO gone"], "RENAME TABLE orders TO"),
            (&["ALTER TABLE orders MODIFY price SMALLINT"], "values of the column `price`"),
        ];
        for (statements, part) in cases {
            let (error, read) = stops_at(root.clone(), statements).await;
            assert_eq!(read, [["1"]], "what came before is handed out");
            assert!(error.contains("`orders`") && error.contains(part), "{error}");
            assert!(error.contains("bin") && error.contains("`ledgertap resync`"), "{error}");
        }
        let minimal = ["SET SESSION binlog_row_image = 'MINIMAL'", "UPDATE orders SET note = 2"];
        let (error, _) = stops_at(root, &minimal).await;
        assert!(
            error.contains("`orders`") && (error.contains("lacks the mapped column") || error.contains("columns")),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_position_is_refused() {
    for server in [world::Own::mariadb(&[]).await, world::Own::mysql(&[]).await] {
        let mut shop = Shop::on(server.root()).await;
        let mut store = shop.store().await;
        let from = store.head().await.unwrap();
        let file = store.head_like(&Position("file:x:4".into())).await.unwrap();
        shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY)", "FLUSH BINARY LOGS", "FLUSH BINARY LOGS"]).await;
        crate::bad_store::purge(&mut server.conn().await).await;
        definite(store.resolve(&From::At(from)).await, &["purged", "--from"]).await;
        definite(store.resolve(&From::At(file)).await, &["purged", "--from"]).await;
        let earliest = store.resolve(&From::Earliest).await.unwrap();
        let head = store.head().await.unwrap();
        assert!(position::reached(&head, &earliest), "{head} {earliest}");
        shop.stream(&earliest, &footprint(&[])).await.unwrap();
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_tells_what_the_account_lacks() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = Shop::on(root).await;
        let user = shop.name.clone();
        shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY)", "CREATE TABLE secrets (id INT PRIMARY KEY)"]).await;
        // A server may know the loopback by name, and have an account without a name for it.
        for host in ["%", "localhost"] {
            let create = format!("CREATE USER '{user}'@'{host}' IDENTIFIED BY 'pw'");
            shop.run(&[&create, &format!("GRANT SELECT ON {}.orders TO '{user}'@'{host}'", shop.name)]).await;
        }
        let opts = Opts::from_url(&shop.root).unwrap();
        let url = format!("mysql://{user}:pw@{}:{}/{}", opts.ip_or_hostname(), opts.tcp_port(), shop.name);
        let source = Source::from_url(&url).unwrap();
        let tables = ["orders".to_owned(), "secrets".to_owned()];
        let remedies = async |source: &Source| -> Vec<String> {
            let found = Store::inspect(source).await.unwrap().preflight(&tables, &Attached::default()).await;
            found.findings.into_iter().filter(|f| !f.ok).map(|f| f.remedy).collect()
        };
        let mut tap = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
        let current: Option<String> = tap.query_first("SELECT CURRENT_USER()").await.unwrap();
        let account = format!("'{}'", current.unwrap().replace('@', "'@'"));
        let expected = [
            format!("GRANT REPLICATION SLAVE ON *.* TO {account};"),
            format!("GRANT {} ON *.* TO {account};", world::monitor(&shop.root)),
            format!("GRANT SELECT ON `{}`.`secrets` TO {account};", shop.name),
        ];
        assert_eq!(remedies(&source).await, expected);
        for grant in &expected {
            shop.run(&[grant]).await;
        }
        assert_eq!(remedies(&source).await, Vec::<String>::new());
        shop.run(&[&format!("DROP USER '{user}'@'%', '{user}'@'localhost'")]).await;
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_transaction_is_read_like_any_other() {
    let mut shop = Shop::on(world::mysql()).await;
    shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY, note TEXT)"]).await;
    let from = shop.store().await.head().await.unwrap();
    let text = "长".repeat(5_000);
    shop.run(&[
        "SET SESSION binlog_transaction_compression = ON",
        &format!("INSERT INTO orders VALUES (1, '{text}'), (2, '{text}')"),
        "SET SESSION binlog_transaction_compression = OFF",
        "INSERT INTO orders VALUES (3, '')",
    ])
    .await;
    let target = shop.store().await.head().await.unwrap();
    let uses = footprint(&[("orders", &["id", "note"])]);
    let (all, _) = read_to(&mut shop.stream(&from, &uses).await.unwrap(), &target).await;
    assert_eq!(ids(&all), [vec!["1", "2"], vec!["3"]]);
    assert_eq!(all[0].changes[1].after.as_ref().unwrap()[1], Value::text(text));
    assert_eq!(all[0].resolution_us, 1);
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_databases_table_of_the_same_name_is_not_ours() {
    for root in [world::mariadb(), world::mysql()] {
        let (mut ours, mut theirs) = (Shop::on(root.clone()).await, Shop::on(root).await);
        for shop in [&mut ours, &mut theirs] {
            shop.run(&["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
        }
        let from = ours.store().await.head().await.unwrap();
        theirs.run(&["INSERT INTO orders VALUES (66)", "TRUNCATE orders"]).await;
        ours.run(&["INSERT INTO orders VALUES (1)"]).await;
        let target = ours.store().await.head().await.unwrap();
        let (all, _) =
            read_to(&mut ours.stream(&from, &footprint(&[("orders", &["id"])])).await.unwrap(), &target).await;
        assert_eq!(ids(&all), [["1"]]);
        ours.finish().await;
        theirs.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_verified_unless_the_url_says_otherwise() {
    // MySQL makes itself a certificate that no authority has signed.
    let shop = Shop::on(world::mysql()).await;
    let url = |mode: &str| format!("{}/{}?ssl-mode={mode}", shop.root, shop.name);
    let connect = async |mode: &str| Store::connect(&Source::from_url(&url(mode)).unwrap()).await;
    definite(connect("verify-identity").await, &["certificate", "ssl-mode=required"]).await;
    connect("required").await.unwrap();
    shop.finish().await;
}

/// The server's current binlog file as a path, where the server shares this machine's files.
async fn binlog_path(shop: &mut Shop) -> Option<std::path::PathBuf> {
    let base: Option<String> = shop.conn.query_first("SELECT @@GLOBAL.log_bin_basename").await.unwrap();
    let head = shop.store().await.head_like(&Position("file:x:4".into())).await.unwrap();
    let (name, _) = head.0["file:".len()..].rsplit_once(':').unwrap();
    let path = std::path::Path::new(&base?).with_file_name(name);
    std::fs::File::open(&path).ok().map(|_| path)
}

fn read_file(mut reader: FileReader) -> Result<(Vec<Transaction>, Option<Position>), StoreError> {
    let (mut all, mut at) = (Vec::new(), None);
    while let Some(batch) = reader.next(&Limits { transactions: 2, rows: 100 })? {
        all.extend(batch.transactions);
        at = Some(batch.position);
    }
    Ok((all, at))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_holds_what_the_stream_says() {
    for (root, compress) in
        [(world::mariadb(), ""), (world::mysql(), "SET SESSION binlog_transaction_compression = ON")]
    {
        let mut shop = Shop::on(root).await;
        // Names of its own, because a file is read without knowing the database.
        let table = format!("orders_{}", shop.name);
        shop.run(&[&format!("CREATE TABLE {table} (id INT PRIMARY KEY, note VARCHAR(200)) ENGINE=InnoDB")]).await;
        if !compress.is_empty() {
            shop.run(&[compress]).await;
        }
        let from = shop.store().await.head_like(&Position("file:x:4".into())).await.unwrap();
        for i in 0..5 {
            shop.run(&[&format!("INSERT INTO {table} VALUES ({i}, REPEAT('北京', 40))")]).await;
        }
        let target = shop.store().await.head_like(&from).await.unwrap();
        let uses = footprint(&[(&table, &["id", "note"])]);
        let (streamed, _) = read_to(&mut shop.stream(&from, &uses).await.unwrap(), &target).await;
        let shapes = shop.store().await.shapes(&[table]).await.unwrap();
        let Some(live) = binlog_path(&mut shop).await else {
            eprintln!("the server's files are elsewhere: nothing to read");
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(live.file_name().unwrap());
        std::fs::copy(&live, &path).unwrap();
        let open = || FileReader::open(&path, &uses, &shapes).unwrap();

        let (all, end) = read_file(open()).unwrap();
        assert_eq!(all, streamed);
        assert!(position::reached(&end.unwrap(), &target));
        let first = open().next(&Limits { transactions: 2, rows: 100 }).unwrap().unwrap();
        let (rest, _) = read_file(open().start_at(&first.position).unwrap()).unwrap();
        assert_eq!([first.transactions, rest].concat(), streamed);

        // One bit, within the last whole transaction that we know of; then a tail that breaks off.
        let (_, offset) = target.0.rsplit_once(':').unwrap();
        let at: usize = offset.parse::<usize>().unwrap() - 70;
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let broken = read_file(open()).unwrap_err().to_string();
        assert!(broken.contains("checksum") || broken.contains("size"), "{broken}");
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes[..at]).unwrap();
        definite(read_file(open()), &["breaks off within it", "copy the file again"]).await;
        shop.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_id_in_use_is_named() {
    let mut shop = Shop::on(world::mysql()).await;
    shop.source = shop.source.clone().with_server_id(0xb000_0000);
    let from = shop.store().await.head().await.unwrap();
    let uses = footprint(&[]);
    let mut first = shop.stream(&from, &uses).await.unwrap();
    let mut second = shop.stream(&from, &uses).await.unwrap();
    shop.run(&["CREATE TABLE t (id INT)"]).await;
    second.next(&Limits::default()).await.unwrap();
    let error = loop {
        match tokio::time::timeout(Duration::from_secs(20), first.next(&Limits::default()))
            .await
            .expect("it ends in time")
        {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    definite(Err::<(), _>(error), &["uses our server id"]).await;
    shop.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gbk_is_what_the_servers_take_it_for() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = Shop::on(root).await;
        let mut differences = Vec::new();
        for lead in 0x81..=0xfe_u8 {
            let trails = (0x40..=0x7e_u8).chain(0x80..=0xfe);
            let asked: Vec<String> =
                trails.clone().map(|t| format!("CONVERT(_gbk X'{lead:02X}{t:02X}' USING utf8mb4)")).collect();
            let said: Row = shop.conn.query_first(format!("SELECT {}", asked.join(", "))).await.unwrap().unwrap();
            for (i, trail) in trails.enumerate() {
                let said: Option<String> = said.get(i).unwrap();
                let code = [lead, trail];
                let ours = encoding_rs::GBK.decode_without_bom_handling_and_without_replacement(&code);
                // Where the server has no character it says `?`; the private use area is nobody's text.
                let said = said.filter(|text| text != "?");
                let agrees = said.is_none() || said.as_deref() == ours.as_deref();
                if !agrees {
                    differences.push(format!("{lead:02X}{trail:02X}: {said:?} against {ours:?}"));
                }
            }
        }
        assert_eq!(differences, Vec::<String>::new());
        shop.finish().await;
    }
}
