//! `ledgertap binlog`: what it prints of each type is what the server itself prints, from the server and from its files.

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use ledgertap::binlog::{Source, Store};
use ledgertap::change::Position;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

use crate::world::Own;

/// How a column is asked for, so that the server prints what we do.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ask {
    Plain,
    /// Binary: in hex.
    Hex,
    /// As a number.
    Number,
}

use Ask::{Hex, Number, Plain};

/// Types with their edges.
const TYPES: &[(&str, Ask, &[&str])] = &[
    ("TINYINT", Plain, &["-128", "127", "0", "NULL"]),
    ("TINYINT UNSIGNED", Plain, &["255", "0"]),
    ("SMALLINT", Plain, &["-32768", "32767"]),
    ("SMALLINT UNSIGNED", Plain, &["65535"]),
    ("MEDIUMINT", Plain, &["-8388608", "-1", "8388607"]),
    ("MEDIUMINT UNSIGNED", Plain, &["16777215"]),
    ("INT", Plain, &["-2147483648", "2147483647"]),
    ("INT UNSIGNED", Plain, &["4294967295"]),
    ("BIGINT", Plain, &["-9223372036854775808", "9223372036854775807", "9007199254740992"]),
    ("BIGINT UNSIGNED", Plain, &["18446744073709551615", "9007199254740993"]),
    (
        "DECIMAL(65,30)",
        Plain,
        &[
            "99999999999999999999999999999999999.999999999999999999999999999999",
            "-99999999999999999999999999999999999.999999999999999999999999999999",
            "0",
            "-0.000000000000000000000000000001",
        ],
    ),
    ("DECIMAL(65,0)", Plain, &["99999999999999999999999999999999999999999999999999999999999999999", "-1"]),
    ("DECIMAL(30,30)", Plain, &["0.123456789012345678901234567890", "-0.000000000000000000000000000001"]),
    ("DECIMAL(18,9)", Plain, &["-123456789.123456789", "0.000000001"]),
    ("DECIMAL(10,2)", Plain, &["-12345678.90", "0.00", "0.05"]),
    ("DECIMAL(1,0)", Plain, &["-9", "0"]),
    (
        "FLOAT",
        Plain,
        &["0", "0.1", "-1.5", "16777216", "123456.789", "3.4e38", "1.17549e-38", "1e-10", "999999.5", "1e15", "0.0001"],
    ),
    (
        "DOUBLE",
        Plain,
        &[
            "0",
            "0.1",
            "-0.2",
            "1e300",
            "1.7976931348623157e308",
            "2.2250738585072014e-308",
            "123456789012345680",
            "1e14",
            "1e15",
            "1e16",
            "0.000000000000001",
            "1e-16",
            "0.30000000000000004",
        ],
    ),
    ("FLOAT(7,3)", Plain, &["1.5", "-0.001", "1234.567", "0"]),
    ("FLOAT(10,2)", Plain, &["123456.78", "-99999999.99", "0.005"]),
    ("DOUBLE(12,4)", Plain, &["1.5", "-0.00005", "12345678.1234", "NULL"]),
    ("DOUBLE(30,10) UNSIGNED", Plain, &["12345678901234567890.5", "0.1"]),
    ("BIT(1)", Number, &["1", "0"]),
    ("BIT(10)", Number, &["513", "1023"]),
    ("BIT(64)", Number, &["18446744073709551615", "0", "9223372036854775808"]),
    ("DATE", Plain, &["'0000-00-00'", "'2026-00-00'", "'2026-02-00'", "'9999-12-31'", "'1000-01-01'"]),
    ("TIME", Plain, &["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"]),
    ("TIME(1)", Plain, &["'-00:00:00.1'", "'12:34:56.7'"]),
    ("TIME(2)", Plain, &["'-00:00:01.25'", "'25:00:00.99'"]),
    ("TIME(3)", Plain, &["'-838:59:58.999'", "'00:00:00.001'"]),
    ("TIME(4)", Plain, &["'-00:00:00.0001'"]),
    ("TIME(5)", Plain, &["'-12:00:00.00001'"]),
    ("TIME(6)", Plain, &["'-00:00:00.000001'", "'838:59:58.999999'"]),
    ("DATETIME", Plain, &["'0000-00-00 00:00:00'", "'2026-00-00 10:00:00'", "'9999-12-31 23:59:59'"]),
    ("DATETIME(1)", Plain, &["'2026-11-20 08:15:00.9'"]),
    ("DATETIME(3)", Plain, &["'1000-01-01 00:00:00.001'"]),
    ("DATETIME(6)", Plain, &["'2026-11-20 08:15:00.000001'", "'9999-12-31 23:59:59.999999'"]),
    ("TIMESTAMP NULL", Plain, &["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "0"]),
    ("TIMESTAMP(2) NULL", Plain, &["'2026-11-20 08:15:00.05'", "0"]),
    ("TIMESTAMP(6) NULL", Plain, &["'2026-11-20 08:15:00.000009'"]),
    ("YEAR", Number, &["0", "1901", "2155"]),
    ("CHAR(10) CHARACTER SET utf8mb4", Plain, &["'😀x  '", "''", "'王小明'"]),
    ("CHAR(255) CHARACTER SET utf8mb4", Plain, &["REPEAT('王', 255)", "'a'"]),
    ("VARCHAR(40) CHARACTER SET utf8mb3", Plain, &["'北京  '", "''"]),
    ("VARCHAR(300) CHARACTER SET utf8mb4", Plain, &["REPEAT('é', 300)", "'\"\\\\\\n\\t'"]),
    ("VARCHAR(40) CHARACTER SET latin1", Plain, &["'€éÿ'", "'plain'"]),
    ("VARCHAR(40) CHARACTER SET gbk", Plain, &["'上海，“朱镕基”—·'", "'a'"]),
    ("TEXT CHARACTER SET gbk", Plain, &["'长文本'"]),
    ("VARCHAR(40) CHARACTER SET ascii", Plain, &["'plain ~'", "''"]),
    ("TINYTEXT CHARACTER SET utf8mb4", Plain, &["'x'"]),
    ("LONGTEXT CHARACTER SET utf8mb4", Plain, &["REPEAT('长', 30000)", "''"]),
    ("BINARY(4)", Hex, &["X'0100'", "X'FF'", "X'00000000'"]),
    ("VARBINARY(300)", Hex, &["X'00FF00'", "X''", "REPEAT('a', 300)"]),
    ("TINYBLOB", Hex, &["X'00'"]),
    ("BLOB", Hex, &["X'00FF'", "X''", "REPEAT('b', 60000)"]),
    ("LONGBLOB", Hex, &["REPEAT('c', 100000)"]),
    ("ENUM('red','绿色','blue''s','') CHARACTER SET utf8mb4", Plain, &["'绿色'", "'blue''s'", "''", "'none of them'"]),
    ("ENUM('红','绿') CHARACTER SET gbk", Plain, &["'绿'"]),
    ("SET('a','b','c')", Plain, &["'a,c'", "''", "'a,b,c'"]),
    (
        "JSON",
        Plain,
        &[
            "'{\"b\": [1, -2, 3.5, true, null, \"x\\\\n\\\\u0001\"], \"a\": {}, \"长\": \"文\"}'",
            "'[]'",
            "'\"text\"'",
            "'123456789012345678'",
            "'[1e20, 1.0, 0.1, -1e-7, 1e15, 18446744073709551615, -9223372036854775808, 65536, -32769]'",
            "'null'",
            "CONCAT('[\"', REPEAT('x', 70000), '\", 7, {\"k\": 1}]')",
        ],
    ),
    ("POINT", Hex, &["ST_GeomFromText('POINT(1 2)')", "NULL"]),
    ("GEOMETRY", Hex, &["ST_GeomFromText('LINESTRING(0 0, 1 1)')"]),
];

/// What one server has and the other has not.
const MYSQL_TYPES: &[(&str, Ask, &[&str])] = &[
    ("VARCHAR(40) CHARACTER SET gb18030", Plain, &["'朱镕基㐀😀'", "''"]),
    ("VECTOR(3)", Hex, &["TO_VECTOR('[1,2,3]')"]),
    (
        "JSON",
        Plain,
        &[
            "JSON_ARRAY(CAST('2026-11-20' AS DATE), CAST('-10:00:00.5' AS TIME(6)), CAST('2026-11-20 08:15:00' AS DATETIME), \
         CAST(12.50 AS DECIMAL(10,2)), CAST(X'00FF' AS BINARY), CAST(-0.05 AS DECIMAL(65,30)))",
        ],
    ),
];

/// Charsets in one table, behind types that may or may not have one for the server.
const SIDE_BY_SIDE: &str = "g GEOMETRY, j JSON, s BIT(9), y YEAR, p POINT, a VARCHAR(9) CHARACTER SET latin1, b VARCHAR(9) CHARACTER SET gbk, \
     c BINARY(4), d TEXT CHARACTER SET gbk, e ENUM('é') CHARACTER SET latin1";

const MARIADB_TYPES: &[(&str, Ask, &[&str])] = &[
    ("VARCHAR(200) COMPRESSED CHARACTER SET utf8mb4", Plain, &["REPEAT('压缩', 50)", "'x'", "''", "NULL"]),
    ("TEXT COMPRESSED CHARACTER SET gbk", Plain, &["REPEAT('压缩', 5000)", "'短'"]),
    ("BLOB COMPRESSED", Hex, &["REPEAT(X'00FF', 5000)", "X''"]),
    ("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE uca1400_ai_ci", Plain, &["'é'"]),
    ("UUID", Hex, &["'123e4567-e89b-12d3-a456-426655440000'"]),
    ("INET6", Hex, &["'::1'", "'2001:db8::ff00:42:8329'"]),
];

/// A table a type, with what the server printed of its rows.
struct Written {
    ty: &'static str,
    ask: Ask,
    printed: Vec<Option<String>>,
}

struct Shop {
    conn: Conn,
    url: String,
}

impl Shop {
    async fn on(server: &Own) -> Shop {
        let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
        for statement in
            ["CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", "SET sql_mode = '', time_zone = '+00:00'"]
        {
            conn.query_drop(statement).await.unwrap();
        }
        Shop { conn, url: format!("{}/shop", server.root()) }
    }

    async fn run(&mut self, statement: &str) {
        self.conn.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement:.200}: {error}"));
    }

    async fn write(&mut self, types: &[(&'static str, Ask, &[&str])], offset: usize) -> Vec<Written> {
        let mut all = Vec::new();
        for (i, (ty, ask, values)) in types.iter().enumerate() {
            let table = format!("t{}", i + offset);
            self.run(&format!("CREATE TABLE {table} (id INT PRIMARY KEY, v {ty}, n INT)")).await;
            for (row, value) in values.iter().enumerate() {
                self.run(&format!("INSERT INTO {table} VALUES ({row}, {value}, 0)")).await;
            }
            let list = match ask {
                Plain => "v".to_owned(),
                Hex => "HEX(v)".to_owned(),
                Number => "v + 0".to_owned(),
            };
            let printed = self.conn.query(format!("SELECT {list} FROM {table} ORDER BY id")).await.unwrap();
            self.run(&format!("UPDATE {table} SET n = 1 ORDER BY id")).await;
            self.run(&format!("DELETE FROM {table} ORDER BY id")).await;
            all.push(Written { ty, ask: *ask, printed });
        }
        all
    }
}

fn binlog(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ledgertap")).arg("binlog").args(arguments).output().expect("run the program")
}

fn printed(arguments: &[&str]) -> Vec<String> {
    let output = binlog(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// What is after `"v":` in an image, up to `,"n":`.
fn value<'a>(line: &'a str, image: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{image}\":{{\"id\":")).unwrap_or_else(|| panic!("no {image}: {line}"));
    let (_, rest) = rest.split_once(",\"v\":").unwrap_or_else(|| panic!("no v: {line}"));
    rest.split_once(",\"n\":").unwrap_or_else(|| panic!("no n: {line}")).0
}

fn same(raw: &str, ask: Ask, said: Option<&str>) -> bool {
    let Some(said) = said else { return raw == "null" };
    if !raw.starts_with('"') {
        return raw == said;
    }
    let text: String = serde_json::from_str(raw).unwrap();
    if ask == Hex {
        let bytes = base64::prelude::BASE64_STANDARD.decode(&text).unwrap();
        return bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>() == said;
    }
    text == said
}

/// Every image of every row is what the server printed.
fn check(lines: &[String], written: &[Written], offset: usize, what: &str) {
    for (i, Written { ty, ask, printed }) in written.iter().enumerate() {
        let table = format!("\"table\":\"t{}\",", i + offset);
        let rows: Vec<&String> = lines.iter().filter(|line| line.contains(&table)).collect();
        assert_eq!(rows.len(), 3 * printed.len(), "{what} {ty}");
        for (n, line) in rows.iter().enumerate() {
            let images: &[&str] = match n / printed.len() {
                0 => &["after"],
                1 => &["before", "after"],
                _ => &["before"],
            };
            let said = printed[n % printed.len()].as_deref();
            for image in images {
                let raw = value(line, image);
                assert!(same(raw, *ask, said), "{what} {ty} {image}: {raw:.300} against {said:?}");
            }
        }
    }
}

/// The rows of lines, without where they stand.
fn rows(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.split_once(",\"db\":")).map(|(_, row)| row).collect()
}

async fn every_type(server: Own, own_types: &[(&'static str, Ask, &[&str])], what: &str, full: bool) {
    let mut shop = Shop::on(&server).await;
    let written = shop.write(TYPES, 0).await;
    let own = shop.write(own_types, TYPES.len()).await;
    let own_first = if own_types == MYSQL_TYPES { "v VECTOR(3), " } else { "" };
    for statement in [
        format!("CREATE TABLE side_by_side (id INT PRIMARY KEY, {own_first}{SIDE_BY_SIDE})"),
        "INSERT INTO side_by_side (id, a, b, c, d, e) VALUES (1, 'é', '北京', X'00FF', '京', 'é')".to_owned(),
    ] {
        shop.run(&statement).await;
    }
    let lines = printed(&["--store", &shop.url, "--from", "earliest", "--json", "--tables", "shop.*"]);
    check(&lines, &written, 0, what);
    check(&lines, &own, TYPES.len(), what);
    let row = lines.iter().find(|line| line.contains("\"table\":\"side_by_side\"")).unwrap();
    assert!(row.contains(r#""a":"é","b":"北京","c":"AP8AAA==","d":"京","e":"é"}}"#), "{what}: {row}");
    if !full {
        return;
    }
    // What describes itself is read the same from the files, plain and compressed.
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let stored = server.binlogs();
    for entry in std::fs::read_dir(&stored).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let numbered = name.rsplit_once('.').is_some_and(|(base, n)| base == "binlog" && n.parse::<u64>().is_ok());
        if numbered {
            std::fs::copy(&path, folder.path().join(&name)).unwrap();
            files.push(folder.path().join(name));
        }
    }
    files.sort();
    let folder_text = folder.path().to_str().unwrap();
    let from_files = printed(&[folder_text, "--json", "--tables", "shop.*"]);
    assert_eq!(rows(&from_files), rows(&lines), "{what}");
    // As a shell names them, with what MariaDB 11.4 writes beside each.
    let mut named = Vec::new();
    for file in &files {
        let index = format!("{}.idx", file.display());
        std::fs::write(&index, [0xfe, 0xfe]).unwrap();
        named.extend([file.display().to_string(), index]);
    }
    let named: Vec<&str> = named.iter().map(String::as_str).chain(["--json", "--tables", "shop.*"]).collect();
    assert_eq!(printed(&named), from_files, "{what}");
    for (i, file) in files.iter().enumerate() {
        pack(file, i % 2 == 0);
    }
    assert_eq!(printed(&[folder_text, "--json", "--tables", "shop.*"]), from_files, "{what}");
    std::fs::write(&files[0], []).unwrap();
    let said = String::from_utf8(binlog(&[folder_text]).stderr).unwrap();
    assert!(said.contains("is there twice"), "{said}");
}

fn pack(file: &Path, gzip: bool) {
    let plain = std::fs::read(file).unwrap();
    let name = file.to_str().unwrap();
    if gzip {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, &plain).unwrap();
        std::fs::write(format!("{name}.gz"), packer.finish().unwrap()).unwrap();
    } else {
        std::fs::write(format!("{name}.zst"), zstd::encode_all(plain.as_slice(), 1).unwrap()).unwrap();
    }
    std::fs::remove_file(file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_is_what_mariadb_prints() {
    let server = Own::mariadb(&["--binlog-row-metadata=NO_LOG"]).await;
    every_type(server, MARIADB_TYPES, "MariaDB, NO_LOG", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_is_what_mariadb_prints_compressed() {
    let options = ["--log-bin-compress=ON", "--log-bin-compress-min-len=10", "--binlog-checksum=NONE"];
    let server = Own::mariadb(&options).await;
    every_type(server, MARIADB_TYPES, "MariaDB, FULL, compressed, without checksums", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_is_what_mysql_prints() {
    let server = Own::mysql(&["--binlog-row-metadata=MINIMAL"]).await;
    every_type(server, MYSQL_TYPES, "MySQL, MINIMAL", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_is_what_mysql_prints_compressed() {
    let options =
        ["--binlog-transaction-compression=ON", "--binlog-checksum=NONE", "--binlog-row-value-options=PARTIAL_JSON"];
    let server = Own::mysql(&options).await;
    every_type(server, MYSQL_TYPES, "MySQL, FULL, compressed, without checksums", true).await;
}

/// Updates of JSON that the server logs in parts.
const JSON_UPDATES: &[&str] = &[
    "j = JSON_SET(j, '$.a', 'a much shorter value')",
    "j = JSON_SET(j, '$.list[1]', -7)",
    "j = JSON_REMOVE(j, '$.b')",
    "j = JSON_REMOVE(j, '$.list[0]')",
    "j = JSON_SET(j, '$.deep.\"odd key\".x', JSON_OBJECT('y', 1.5, 'k', NULL))",
    "j = JSON_REPLACE(j, '$.a', 1), k = JSON_SET(k, '$[0]', 2)",
    "k = NULL",
    "j = JSON_SET(j, '$.deep.\"odd key\".x.y', TRUE)",
    "j = JSON_INSERT(j, '$.new', 1), k = '[3]'",
];

#[tokio::test(flavor = "multi_thread")]
async fn partial_updates_of_json_are_put_together() {
    let server = Own::mysql(&["--binlog-row-value-options=PARTIAL_JSON"]).await;
    let mut shop = Shop::on(&server).await;
    shop.run("CREATE TABLE docs (id INT PRIMARY KEY, j JSON, plain INT, k JSON, n INT)").await;
    let document =
        r#"{"a": "REPEATED", "b": [1, 2], "list": [10, 20, 30], "deep": {"odd key": {"x": {"y": 12345678}}}}"#;
    let document = document.replace("REPEATED", &"long ".repeat(60));
    shop.run(&format!("INSERT INTO docs VALUES (1, '{document}', 5, '[1, 2, 3]', 0)")).await;
    let mut said: Vec<(Option<String>, Option<String>)> = Vec::new();
    for update in JSON_UPDATES {
        shop.run(&format!("UPDATE docs SET {update}")).await;
        said.extend(shop.conn.query::<(Option<String>, Option<String>), _>("SELECT j, k FROM docs").await.unwrap());
    }
    let lines = printed(&["--store", &shop.url, "--from", "earliest", "--json", "--tables", "shop.docs"]);
    let updates: Vec<serde_json::Value> =
        lines.iter().filter(|l| l.contains("\"op\":\"update\"")).map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(updates.len(), said.len());
    for ((line, said), update) in updates.iter().zip(&said).zip(JSON_UPDATES) {
        let text = |column: &str| line["after"][column].as_str().map(str::to_owned);
        assert_eq!((text("j"), text("k")), *said, "{update}");
    }
    // They were logged in parts indeed.
    let events: Vec<mysql_async::Row> = shop.conn.query("SHOW BINLOG EVENTS LIMIT 1000").await.unwrap();
    let partial = events.iter().filter(|row| row.get::<String, _>(2).unwrap() == "Update_rows_partial").count();
    assert!(partial >= 5, "{partial}");
}

/// Images that leave out what has not changed, and tables of odd shapes.
#[tokio::test(flavor = "multi_thread")]
async fn images_that_are_not_whole_and_odd_tables_are_read() {
    for (server, invisible) in [(Own::mariadb(&[]).await, "INVISIBLE"), (Own::mysql(&[]).await, "INVISIBLE")] {
        let mut shop = Shop::on(&server).await;
        let wide: Vec<String> = (0..300).map(|i| format!("c{i} INT DEFAULT {i}")).collect();
        for statement in [
            "SET SESSION binlog_row_image = 'MINIMAL'",
            "CREATE TABLE small (id INT PRIMARY KEY, a INT, b INT)",
            "INSERT INTO small VALUES (1, 2, 3)",
            "UPDATE small SET b = 4",
            "DELETE FROM small",
            "SET SESSION binlog_row_image = 'FULL'",
            &format!("CREATE TABLE wide ({})", wide.join(", ")),
            "INSERT INTO wide (c0) VALUES (-1)",
            "CREATE TABLE keyless (a INT, b VARCHAR(5))",
            "INSERT INTO keyless VALUES (1, 'x'), (1, 'x')",
            "DELETE FROM keyless LIMIT 1",
            &format!(
                "CREATE TABLE made (a INT, v INT AS (a + 1) VIRTUAL, s INT AS (a * 2) STORED, h INT {invisible} DEFAULT 9)"
            ),
            "INSERT INTO made (a) VALUES (5)",
        ] {
            shop.run(statement).await;
        }
        let lines = printed(&["--store", &shop.url, "--from", "earliest", "--json", "--tables", "shop.*"]);
        let lines: Vec<serde_json::Value> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
        let of = |table: &str| -> Vec<String> {
            let rows = lines.iter().filter(|l| l["table"] == table);
            rows.map(|l| format!("{} {} {}", l["op"].as_str().unwrap(), l["before"], l["after"])).collect()
        };
        assert_eq!(
            of("small"),
            [r#"insert null {"a":2,"b":3,"id":1}"#, r#"update {"id":1} {"b":4,"id":1}"#, r#"delete {"id":1} null"#]
        );
        assert_eq!(of("keyless").len(), 3);
        assert!(of("made")[0].contains(r#""a":5"#) && of("made")[0].contains(r#""s":10"#), "{:?}", of("made"));
        assert!(of("made")[0].contains(r#""h":9"#), "{:?}", of("made"));
        let wide = lines.iter().find(|l| l["table"] == "wide").unwrap();
        assert_eq!((&wide["after"]["c0"], &wide["after"]["c299"]), (&(-1).into(), &299.into()));
    }
}

/// Where rows do not describe themselves, columns are called what they were called when the row was written, as far as statements
/// in the binlog tell, whatever charset they are in.
#[tokio::test(flavor = "multi_thread")]
async fn columns_have_the_names_that_they_had() {
    let options = ["NO_LOG", "MINIMAL"].map(|metadata| format!("--binlog-row-metadata={metadata}"));
    for server in [Own::mariadb(&[&options[0]]).await, Own::mysql(&[&options[1]]).await] {
        let mut shop = Shop::on(&server).await;
        shop.run("CREATE TABLE old (a INT, b INT)").await;
        let from = Store::connect(&Source::from_url(&shop.url).unwrap()).await.unwrap().head().await.unwrap();
        for statement in [
            "INSERT INTO old VALUES (1, 2)",
            "ALTER TABLE old MODIFY b INT FIRST",
            "CREATE TABLE gone (a INT UNSIGNED, b VARCHAR(9))",
            "INSERT INTO gone VALUES (4000000000, '北京')",
            "ALTER TABLE gone ADD c VARCHAR(9) FIRST",
            "INSERT INTO gone VALUES ('c', 1, 'b')",
            "RENAME TABLE gone TO away",
            "INSERT INTO away VALUES ('d', 2, 'e')",
            "DROP TABLE away",
            "SET NAMES gbk",
        ] {
            shop.run(statement).await;
        }
        let (gbk, ..) = encoding_rs::GBK.encode("CREATE TABLE 订单 (颜色 ENUM('红','绿'))");
        shop.conn.query_drop(gbk.into_owned()).await.unwrap();
        let (gbk, ..) = encoding_rs::GBK.encode("INSERT INTO 订单 VALUES ('绿')");
        shop.conn.query_drop(gbk.into_owned()).await.unwrap();
        let (gbk, ..) = encoding_rs::GBK.encode("DROP TABLE 订单");
        shop.conn.query_drop(gbk.into_owned()).await.unwrap();
        let output = binlog(&["--store", &shop.url, "--from", &from.0, "--json", "--tables", "shop.*"]);
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        let images: Vec<serde_json::Value> = lines
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .filter(|line| line["op"] == "insert" && line["table"] != "old")
            .map(|line| line["after"].clone())
            .collect();
        assert_eq!(
            images,
            [
                serde_json::json!({"a": 4_000_000_000_u32, "b": "北京"}),
                serde_json::json!({"c": "c", "a": 1, "b": "b"}),
                serde_json::json!({"c": "d", "a": 2, "b": "e"}),
                serde_json::json!({"颜色": "绿"}),
            ],
            "{said}"
        );
        // Of a table that was there before nothing tells: it is said.
        assert!(
            output.status.success() && said.contains("table=\"old\"") && said.contains("may have been others"),
            "{said}"
        );
    }
}

/// The options, and what ends badly.
#[tokio::test(flavor = "multi_thread")]
async fn the_reading_begins_and_ends_where_it_is_told() {
    let server = Own::mysql(&[]).await;
    let mut shop = Shop::on(&server).await;
    shop.run("CREATE TABLE orders (id INT PRIMARY KEY)").await;
    shop.run("CREATE TABLE other (id INT PRIMARY KEY)").await;
    let source = Source::from_url(&shop.url).unwrap();
    let before = Store::connect(&source).await.unwrap().head().await.unwrap();
    for i in 1..=3 {
        shop.run(&format!("INSERT INTO orders VALUES ({i})")).await;
    }
    let three = Store::connect(&source).await.unwrap().head().await.unwrap();
    shop.run("INSERT INTO orders VALUES (4)").await;
    shop.run("INSERT INTO other VALUES (4)").await;
    let url = shop.url.clone();
    let store = ["--store", &url, "--json", "--tables", "shop.orders"];
    let ids = |lines: Vec<String>| -> Vec<i64> {
        let parsed = lines.iter().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
        parsed.filter(|l| l["op"] == "insert").map(|l| l["after"]["id"].as_i64().unwrap()).collect()
    };
    let with = |more: &[&str]| ids(printed(&[&store[..], more].concat()));
    assert_eq!(with(&["--from", "earliest"]), [1, 2, 3, 4]);
    assert_eq!(with(&["--from", &before.0, "--to", &three.0]), [1, 2, 3]);
    assert_eq!(with(&["--from", "now"]), [0_i64; 0]);
    assert_eq!(with(&["--from", "earliest", "--since", "2100-01-01 00:00:00"]), [0_i64; 0]);

    let file = server.binlogs().join("binlog.000001");
    let last = std::fs::read_dir(server.binlogs()).unwrap().filter_map(|e| Some(e.ok()?.path()));
    let last = last.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("binlog.0")).max().unwrap_or(file);
    let last = last.to_str().unwrap();
    let files = |more: &[&str]| ids(printed(&[&[last, "--json", "--tables", "shop.orders"], more].concat()));
    assert_eq!(files(&[]), [1, 2, 3, 4]);
    assert_eq!(files(&["--from", &before.0, "--to", &three.0]), [1, 2, 3]);
    let lines = printed(&[last, "--json", "--tables", "shop.orders"]);
    let second: Vec<serde_json::Value> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
    let second = second.iter().filter(|l| l["op"] == "insert").nth(1).unwrap()["position"].as_str().unwrap().to_owned();
    assert_eq!((files(&["--from", &second]), files(&["--to", &second])), (vec![3, 4], vec![1, 2]));
    assert_eq!(with(&["--from", "earliest", "--to", second.split_once('#').unwrap().0]), [1, 2]);
    // The end of one file is the beginning of the next.
    shop.run("FLUSH BINARY LOGS").await;
    shop.run("INSERT INTO orders VALUES (5)").await;
    let (base, number) = last.rsplit_once('/').unwrap().1.rsplit_once('.').unwrap();
    let next = format!("{base}.{:06}:4", number.parse::<u32>().unwrap() + 1);
    let folder = server.binlogs();
    let all = |more: &[&str]| {
        ids(printed(&[&[folder.to_str().unwrap(), "--json", "--tables", "shop.orders"], more].concat()))
    };
    assert_eq!((all(&["--to", &next]), all(&["--from", &next])), (vec![1, 2, 3, 4], vec![5]));
    assert_eq!(with(&["--from", "earliest", "--to", &next]), [1, 2, 3, 4]);

    let stats: serde_json::Value = serde_json::from_str(&printed(&[last, "--stats", "--json"])[0]).unwrap();
    let orders = stats["tables"].as_array().unwrap().iter().find(|t| t["table"] == "orders").unwrap();
    assert_eq!((&orders["rows"], &orders["events"]), (&4.into(), &4.into()));
    assert!(stats["largest"].as_array().is_some_and(|l| !l.is_empty()));

    // Where only the end is given, and as a place in a file, the beginning is one, too.
    let file_head = Store::connect(&source).await.unwrap().head_like(&Position(second.clone())).await.unwrap();
    assert_eq!(with(&["--to", &file_head.0]), [1, 2, 3, 4, 5]);
    let ahead = format!("{},11111111-2222-3333-4444-555555555555:1-9", three.0);
    let within = format!("{}:150", Path::new(last).file_name().unwrap().to_string_lossy());
    for (arguments, code, part) in [
        (vec![], 2, "name binlog files"),
        (vec!["/no/such/file"], 1, "cannot read the file"),
        (vec!["/dev/null"], 1, "breaks off within its first four bytes"),
        (vec![last, "--from", "binlog.000001:9999999999"], 1, "is not in the file"),
        (vec![last, "--from", &within], 1, "within one of its events"),
        (vec![last, "--tables", "orders"], 2, "names no tables"),
        (vec![last, "--from", "yesterday"], 2, "is no position"),
        (vec!["--store", "mysql://root@127.0.0.1:1/x"], 1, "127.0.0.1:1"),
        (vec!["--store", &shop.url, "--from", &before.0, "--to", "binlog.000001:4"], 2, "of another kind"),
        (vec!["--store", &shop.url, "--to", &ahead], 1, "before --to"),
        (vec!["--store", &shop.url, "--from", "binlog.000001:4", "--to", "binlog.000099:4"], 1, "before --to"),
        (vec![last, "--to", "0-1-5"], 2, "of another kind"),
        (vec![last, "--from", "0-1-5"], 2, "of another kind"),
        (vec![last, "--to", "earliest"], 2, "nothing before it"),
    ] {
        let output = binlog(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.contains(part)), (Some(code), true), "{arguments:?}: {said}");
    }
}

/// A file that breaks off gives all that is whole, then says where; one that is damaged does, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_gives_what_is_whole_and_says_where() {
    let server = Own::mysql(&[]).await;
    let mut shop = Shop::on(&server).await;
    shop.run("CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(200))").await;
    shop.run("SET SESSION binlog_transaction_compression = ON").await;
    for i in 1..=3 {
        shop.run(&format!("INSERT INTO orders VALUES ({i}, REPEAT('x{i}', 90))")).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let names = std::fs::read_dir(server.binlogs()).unwrap().filter_map(|e| Some(e.ok()?.path()));
    let last = names.filter(|p| p.file_name().unwrap().to_string_lossy().starts_with("binlog.0")).max().unwrap();
    let path = folder.path().join(last.file_name().unwrap());
    let whole = std::fs::read(last).unwrap();
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let output = binlog(&[path.to_str().unwrap(), "--json", "--tables", "shop.orders"]);
        let rows = String::from_utf8_lossy(&output.stdout).matches("\"op\":\"insert\"").count();
        (output.status.code().unwrap(), rows, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(read(&whole).1, 3);
    // Cut at every byte of the last transaction: two rows, or three, never a part, and never a clean end within an event.
    let mut seen = std::collections::BTreeSet::new();
    for cut in (whole.len() - 260..whole.len()).step_by(7) {
        let (code, rows, said) = read(&whole[..cut]);
        assert!((2..=3).contains(&rows), "{rows} at {cut}");
        let named = code == 1 && said.contains("breaks off") && said.contains("binlog.0");
        assert!(named || (code == 0 && rows == 2), "at {cut}: {code} {said}");
        seen.insert(code);
    }
    assert!(seen.contains(&1));
    for at in (whole.len() - 200..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let (code, rows, said) = read(&damaged);
        assert!(code == 1 && rows == 2 && said.contains("binlog.0"), "at {at}: {code} {rows} {said}");
    }
}

/// Rows that do not describe themselves are named by the statements before them, whoever wrote these and however.
#[tokio::test(flavor = "multi_thread")]
async fn statements_name_the_columns_of_rows_that_do_not() {
    for folds in ["0", "1"] {
        let server =
            Own::mariadb(&["--binlog-row-metadata=NO_LOG", &format!("--lower-case-table-names={folds}")]).await;
        let mut shop = Shop::on(&server).await;
        for statement in [
            "CREATE TABLE T (id INT PRIMARY KEY, a VARCHAR(9), b VARCHAR(9))",
            "INSERT INTO T (id, a, b) VALUES (1, 'A', 'B')",
            "SET STATEMENT max_statement_time=60 FOR ALTER TABLE T MODIFY a VARCHAR(9) AFTER b",
            "INSERT INTO T (id, a, b) VALUES (2, 'A', 'B')",
            "DROP DATABASE shop",
            "CREATE DATABASE shop CHARACTER SET latin1",
            "CREATE TABLE IF NOT EXISTS shop.T (b VARCHAR(9), a VARCHAR(9), id INT PRIMARY KEY)",
            "INSERT INTO shop.T (id, a, b) VALUES (3, 'é', 'B')",
            "ALTER DATABASE shop CHARACTER SET gbk",
            "CREATE TABLE shop.U (id INT PRIMARY KEY)",
            "ALTER TABLE shop.U ADD a VARCHAR(9)",
            "INSERT INTO shop.U VALUES (4, '北京')",
            // Nobody can ask any more what they were.
            "DROP DATABASE shop",
        ] {
            shop.run(statement).await;
        }
        let lines = printed(&["--store", &server.root(), "--from", "earliest", "--json", "--tables", "shop.*"]);
        let after = |line: &String| line.split_once(r#""after":"#).map(|(_, after)| after.to_owned());
        let told = [
            r#"{"id":1,"a":"A","b":"B"}}"#,
            r#"{"id":2,"b":"B","a":"A"}}"#,
            r#"{"b":"B","a":"é","id":3}}"#,
            r#"{"id":4,"a":"北京"}}"#,
        ];
        assert_eq!(lines.iter().filter_map(after).collect::<Vec<_>>(), told, "lower_case_table_names={folds}");
    }
}
