//! The seeds of the decoder's fuzz tests (`src/binlog/fuzz`): small binlogs as real servers write them, with what their tables
//! look like. They are kept in the repository; CONTRIBUTING.md says when and how to make them anew.

use std::path::Path;

use ledgertap::binlog::{Source, Store};
use ledgertap::change::Position;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

use crate::world::Own;

/// All seeds together, in bytes.
const SEEDS_BYTES_MAX: u64 = 150_000;

/// A column of each kind that both servers have.
const KINDS: &str = "CREATE TABLE kinds (id INT PRIMARY KEY, a_tiny TINYINT UNSIGNED, a_medium MEDIUMINT, a_big BIGINT UNSIGNED, \
     a_year YEAR, a_bit BIT(10), a_money DECIMAL(10,2), a_long DECIMAL(65,30), a_float FLOAT, a_double DOUBLE, a_date DATE, \
     a_time TIME(2), a_datetime DATETIME(6), a_stamp TIMESTAMP(3) NULL, a_char CHAR(60) CHARACTER SET utf8mb4, \
     a_varchar VARCHAR(300) CHARACTER SET gbk, a_text TEXT CHARACTER SET latin1, a_json JSON, a_binary BINARY(4), a_blob BLOB, \
     an_enum ENUM('red','绿') CHARACTER SET utf8mb4, a_set SET('a','b','c'), a_point POINT) CHARACTER SET utf8mb4";

/// What both servers write, in every metadata and image.
const BOTH: &[&str] = &[
    "INSERT INTO kinds VALUES (1, 255, -1, 18446744073709551615, 2026, 513, -12345678.90, \
     12345678901234567890123456789012345.5, 1.25, 1e300, '2026-11-20', '-00:00:01.25', '2026-11-20 08:15:00.000001', \
     '2026-11-20 08:15:00.120', '王', '上海', 'é', '{\"a\": [1, 2.5, null, \"x\"], \"b\": {\"c\": true}}', X'0100', X'00FF', \
     '绿', 'a,c', ST_GeomFromText('POINT(1 2)'))",
    "INSERT INTO kinds (id) VALUES (2), (3), (4)",
    "UPDATE kinds SET a_text = 'longer text', a_medium = 7 WHERE id < 4",
    "INSERT INTO orders VALUES (1, 'open', 10.00), (2, 'open', 20.00)",
    "BEGIN",
    "UPDATE orders SET total = total + 1",
    "SAVEPOINT s",
    "DELETE FROM orders WHERE id = 1",
    "ROLLBACK TO s",
    "INSERT INTO orders VALUES (3, 'paid', 30.00)",
    "COMMIT",
    "XA START 'x1'",
    "INSERT INTO orders VALUES (4, 'xa', 1.00)",
    "XA END 'x1'",
    "XA PREPARE 'x1'",
    "XA COMMIT 'x1'",
    "SET SESSION binlog_row_image = 'MINIMAL'",
    "INSERT INTO loose VALUES (1, 2, 3)",
    "UPDATE loose SET b = 5",
    "DELETE FROM loose",
    "SET SESSION binlog_row_image = 'FULL'",
    "CREATE TABLE passing (id INT AUTO_INCREMENT PRIMARY KEY, n DOUBLE)",
    "SET SESSION binlog_format = 'STATEMENT'",
    "SET @n = 7",
    "INSERT INTO passing (n) VALUES (@n + RAND())",
    "SET SESSION binlog_format = 'ROW'",
    "ALTER TABLE passing ADD COLUMN note VARCHAR(9) DEFAULT 'a,b', DROP COLUMN n",
    "DROP TABLE passing",
];

const MYSQL: &[&str] = &[
    "SET SESSION binlog_rows_query_log_events = ON",
    "INSERT INTO orders VALUES (10, 'told', 1.00)",
    "SET SESSION binlog_rows_query_log_events = OFF",
    "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'",
    "UPDATE kinds SET a_json = JSON_SET(a_json, '$.a[0]', 77), a_tiny = 1 WHERE id = 1",
    "UPDATE kinds SET a_json = JSON_REMOVE(a_json, '$.b.c') WHERE id = 1",
    "SET SESSION binlog_row_value_options = ''",
    "SET SESSION binlog_transaction_compression = ON",
    "INSERT INTO orders VALUES (11, REPEAT('z', 30), 1.00), (12, REPEAT('z', 30), 2.00)",
    "DELETE FROM kinds WHERE id > 1",
    "SET SESSION binlog_transaction_compression = OFF",
];

const MARIADB: &[&str] = &[
    "INSERT INTO packed VALUES (1, REPEAT('压缩', 50), REPEAT(X'00FF', 100)), (2, 'x', '')",
    "SET GLOBAL log_bin_compress_min_len = 10",
    "SET GLOBAL log_bin_compress = ON",
    "INSERT INTO orders VALUES (11, REPEAT('z', 30), 1.00), (12, REPEAT('z', 30), 2.00)",
    "UPDATE orders SET state = REPEAT('y', 20)",
    "DELETE FROM kinds WHERE id > 1",
    "ALTER TABLE loose ADD COLUMN a_name_that_is_long_enough_to_be_packed INT",
];

async fn make(name: &str, server: Own, created: &[&str], statements: &[&str]) {
    let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
    let made = [
        "CREATE DATABASE shop CHARACTER SET utf8mb4",
        "USE shop",
        "SET sql_mode = '', time_zone = '+00:00'",
        KINDS,
        "CREATE TABLE orders (id INT PRIMARY KEY, state VARCHAR(40), total DECIMAL(10,2))",
        "CREATE TABLE loose (id INT PRIMARY KEY, a INT, b INT)",
    ];
    for statement in made.iter().chain(created).chain(&["FLUSH BINARY LOGS"]) {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let source = Source::from_url(&format!("{}/shop", server.root())).unwrap();
    let mut store = Store::inspect(&source).await.unwrap();
    let tables = ["kinds", "loose", "orders", "packed"].map(str::to_owned);
    let shapes = store.shapes(&tables).await.unwrap();
    for statement in BOTH.iter().chain(statements) {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let head = store.head_like(&Position("file:x:4".into())).await.unwrap();
    let (file, _) = head.0["file:".len()..].rsplit_once(':').unwrap();
    conn.query_drop("FLUSH BINARY LOGS").await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/binlog/fuzz/seeds");
    std::fs::copy(server.binlogs().join(file), folder.join(format!("{name}.binlog"))).unwrap();
    std::fs::write(folder.join(format!("{name}.json")), serde_json::to_string(&shapes).unwrap() + "\n").unwrap();
    let sizes = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    assert!(sizes.sum::<u64>() <= SEEDS_BYTES_MAX, "seeds are to be small: they are read again and again");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes src/binlog/fuzz/seeds: CONTRIBUTING.md says when"]
async fn make_the_seeds() {
    let packed =
        ["CREATE TABLE packed (id INT PRIMARY KEY, t TEXT COMPRESSED CHARACTER SET utf8mb4, b BLOB COMPRESSED)"];
    let tagged = ["SET gtid_next = 'AUTOMATIC:shop'", "DELETE FROM orders WHERE id = 3", "SET gtid_next = 'AUTOMATIC'"];
    let gtids = [MYSQL, &tagged].concat();
    make("mysql-full", Own::mysql(&[]).await, &[], &gtids).await;
    let bare = [
        "--binlog-row-metadata=MINIMAL",
        "--binlog-checksum=NONE",
        "--gtid-mode=OFF",
        "--enforce-gtid-consistency=OFF",
    ];
    make("mysql-minimal", Own::mysql(&bare).await, &[], MYSQL).await;
    make("mariadb-full", Own::mariadb(&[]).await, &packed, MARIADB).await;
    let bare = ["--binlog-row-metadata=NO_LOG", "--binlog-checksum=NONE"];
    make("mariadb-minimal", Own::mariadb(&bare).await, &packed, MARIADB).await;
}
