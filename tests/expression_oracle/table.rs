//! The table that expressions are tried on: a column of each type, rows with the values that bite.

use ledgertap::change::{ColumnShape, Row, RowChange, TableShape, Value};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row as ServerRow, Value as ServerValue};

use super::grammar::T;
use crate::world;

/// One of the two servers, with what it calls its newest collation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavour {
    MySql,
    MariaDb,
}

/// The column of a type, as it is declared; `{native}` is the server's newest collation.
const COLUMNS: &[(&str, &str)] = &[
    ("id", "int NOT NULL PRIMARY KEY"),
    ("ti", "tinyint"),
    ("sm", "smallint"),
    ("me", "mediumint unsigned"),
    ("i", "int"),
    ("bi", "bigint"),
    ("bu", "bigint unsigned"),
    ("d2", "decimal(10,2)"),
    ("d6", "decimal(20,6)"),
    ("sg", "varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"),
    ("su", "varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"),
    ("sb", "varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
    ("sn", "varchar(60) CHARACTER SET utf8mb4 COLLATE {native}"),
    ("sl", "varchar(60) CHARACTER SET latin1 COLLATE latin1_swedish_ci"),
    ("sk", "varchar(60) CHARACTER SET gbk COLLATE gbk_chinese_ci"),
    ("ch", "char(12) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci"),
    ("en", "enum('new','paid','Sent') CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"),
    ("nt", "varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"),
    ("da", "date"),
    ("dt", "datetime"),
    ("d3", "datetime(3)"),
    ("ts", "timestamp NULL"),
    ("b4", "binary(4)"),
    ("vb", "varbinary(8)"),
    ("js", "json"),
];

/// One line a row, the columns' values without `id`.
const ROWS: &[&str] = &[
    "1, 300, 7, 42, 5, 3, 10.00, 1.234560, 'Hello', 'hello', 'hello', 'Hello', 'Hello', 'Hello', 'Hello', 'new', '12.50', '2026-11-20', '2026-11-20 08:15:00', '2026-11-20 08:15:00.250', '2026-11-20 08:15:00', x'61626364', x'6162', '{\"a\": \"x\", \"n\": 5}'",
    "-5, -300, 0, -7, -7, 0, -3.35, -0.000010, '北京市', '北京', '北京市', '北京市', 'Ümlaut', '北京市', '北京', 'paid', '-7', '2026-12-31', '2026-12-31 23:59:59', '2026-12-31 23:59:59.999', '2026-12-31 23:59:59', x'00000000', x'', '{\"a\": \"X y\", \"n\": -1}'",
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
    "0, 0, 0, 0, 0, 4294967295, 0.00, 99999.999990, '', '', '', '', '', '', '', 'Sent', '0', '2000-02-29', '2000-02-29 00:00:00', '2000-02-29 00:00:00.000', '2001-09-09 09:46:40', x'ff00ff00', x'ff', '{}'",
    "127, 32767, 16777215, 2147483647, 4611686018427387904, 9223372036854775807, 99999999.99, 0.500000, 'xxAbCxx', 'XXABCXX', 'xxabcxx', 'xxABCxx', 'xxABCxx', 'xxABCxx', 'xxABCxx', 'new', '12abc', '2038-01-18', '2038-01-18 03:04:05', '2026-01-31 12:00:00.001', '2037-12-31 23:59:59', x'41424344', x'4142', '{\"a\": \"\", \"n\": 0}'",
    "-128, -32768, 1, -2147483648, -4611686018427387904, 1, -99999999.99, 12345678901234.567891, 'été', 'ETE', 'ete', 'Été', 'été', 'ete', 'été', 'paid', ' 12 ', '1999-12-31', '1999-12-31 23:00:00', '1999-12-31 23:00:00.500', '1999-12-31 23:00:00', x'61000000', x'61', '{\"a\": \"10\", \"n\": 12}'",
    "3, 5, 100, 1795363200, 1795363200, 10, 0.01, -7.000000, 'a b  c', 'a  b', 'a b', 'a b', 'a b', 'a b', 'a_b%c', 'Sent', '1e2', '2026-03-29', '2026-03-29 02:30:00', '2026-03-29 02:30:00.100', '2026-03-29 02:30:00', x'20202020', x'20', '{\"a\": \"a b\", \"n\": 100}'",
    "10, 100, 5, 20261120, 12, 7, 12.50, 12.500000, '12.5', '12', '12.50', '12', '12', '12', '12', 'new', '12.5', '2024-02-29', '2024-02-29 12:30:45', '2024-02-29 12:30:45.123', '2024-02-29 12:30:45', x'31323334', x'3132', '{\"a\": \"12\", \"n\": 99}'",
    "2, 2, 2, 2, 2, 2, 2.00, 2.000000, 'a,b,c', 'B', 'b', 'b', 'b', 'b', 'b', 'paid', '', '2026-11-20', '2026-11-20 00:00:00', '2026-11-20 00:00:00.000', '2026-11-20 00:00:00', x'62000000', x'62', '{\"a\": \"b\", \"n\": 2}'",
    "-1, -1, 33, -1, -1, 18446744073709551615, -0.01, -12345.678901, 'straße', 'STRASSE', 'strasse', 'STRASSE', 'straße', 'strasse', 'STRASSE', 'Sent', 'x', '1970-01-02', '1970-01-02 00:00:00', '1970-01-02 00:00:00.900', '1970-01-02 08:00:01', x'63646566', x'6364', '{\"a\": \"ß\", \"n\": 7}'",
    "7, 7, 7, 7, 7, 7, 7.77, 0.000000, 'O''Brien', 'o''brien', 'O''BRIEN', 'O''brien', 'o''Brien', 'o''Brien', 'o''brien', 'new', '0.5', '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00.000', '2026-06-15 12:00:00', x'00000001', x'00', '{\"a\": \"q\\\\\"r\", \"n\": 3}'",
    "4, 4, 4, 4, 4, 4, 1.05, 2.675000, 'AbC', 'aBc', 'AbC', 'ABc', 'aBC', 'AbC', 'abc', 'paid', '007', '2026-05-31', '2026-05-31 13:05:09', '2026-05-31 13:05:09.010', '2026-05-31 13:05:09', x'0a0b0c0d', x'0a0b', '{\"a\": \"abc\", \"n\": 4}'",
    "9, -9, 65535, 9, 1000000007, 1000000007, 1234.56, 0.333333, 'ＡＢ', 'ab', 'ab', 'ab', 'ab', 'ａｂ', 'ＡＢ', 'Sent', '-0', '2026-02-28', '2026-02-28 23:59:59', '2026-02-28 23:59:59.001', '2026-02-28 23:59:59', x'41420000', x'41420000', '{\"a\": null}'",
    "-3, 1000, 1, 1000, -1000, 1000, -1000.10, -1000.100000, '%', '_', '\\\\', '%x_', 'a%', '_b', '%%', 'new', '1.5e1', '1970-01-01', '1970-01-01 08:00:00', '1970-01-01 08:00:00.000', '1970-01-01 08:00:01', x'255f5c25', x'25', '{\"a\": true, \"n\": 1}'",
    "1, 1, 1, 1, 1, 1, 1.00, 1.000000, '1', '1 ', '1', '1', '1', '1', '1', 'paid', '1', '2026-01-01', '2026-01-01 01:01:01', '2026-01-01 01:01:01.100', '2026-01-01 01:01:01', x'31000000', x'31', '{\"a\": \"1\", \"n\": 1}'",
    "6, 60, 600, 6000, 60000, 600000, 6.66, 66.666666, 'ёж', 'ЁЖ', 'Ёж', 'еж', 'oe', '中文', 'ß', 'Sent', '6,6', '2026-07-04', '2026-07-04 16:20:30', '2026-07-04 16:20:30.420', '2026-07-04 16:20:30', x'd0d0d0d0', x'd0', '{\"a\": \"é\", \"n\": 66}'",
    "-100, 12, 50, 300, 500, 500, 500.50, 250.250000, 'x', 'X', 'X', 'x ', 'x', 'x', 'x', 'new', '٣', '2026-10-25', '2026-10-25 02:30:00', '2026-10-25 02:30:00.750', '2026-10-25 02:30:00', x'78202020', x'78', '{\"b\": {\"c\": \"deep\"}}'",
];

/// How many rows there are.
pub const ROW_COUNT: usize = ROWS.len();

/// Which column holds a type; literals have none.
pub fn column(t: T) -> Option<&'static str> {
    Some(match t {
        T::Tiny => "ti",
        T::Small => "sm",
        T::UMedium => "me",
        T::Int => "i",
        T::Big => "bi",
        T::UBig => "bu",
        T::Dec2 => "d2",
        T::Dec6 => "d6",
        T::General => "sg",
        T::Unicode520 => "su",
        T::Bin => "sb",
        T::Native => "sn",
        T::Latin1 => "sl",
        T::Gbk => "sk",
        T::Char => "ch",
        T::Enum => "en",
        T::NumText => "nt",
        T::Date => "da",
        T::DateTime => "dt",
        T::Fine => "d3",
        T::Stamp => "ts",
        T::Binary => "b4",
        T::VarBinary => "vb",
        T::Json => "js",
        T::IntLit | T::DecLit | T::TextLit | T::DateLit => return None,
    })
}

/// A database of its own, with the table filled.
pub struct Table {
    conn: Conn,
    pub shape: TableShape,
    pub rows: Vec<RowChange>,
}

/// What the server says a column of a result is.
#[derive(Clone, Debug)]
pub struct Meta {
    pub decimal: bool,
    pub decimals: u8,
}

/// The printed values of one row.
pub type Printed = Vec<Option<Vec<u8>>>;

impl Table {
    pub async fn new(flavour: Flavour) -> Table {
        let (root, native) = match flavour {
            Flavour::MySql => (world::mysql(), "utf8mb4_0900_ai_ci"),
            Flavour::MariaDb => (world::mariadb(), "utf8mb4_uca1400_ai_ci"),
        };
        let opts = Opts::from_url(&world::fresh_database(&root, "expressions").await).unwrap();
        let mut conn = Conn::new(opts).await.unwrap();
        conn.query_drop("SET NAMES utf8mb4").await.unwrap();
        conn.query_drop("SET time_zone = '+08:00', @clock_offset = 28800, @v = 'Vienna', @n = 7, sql_mode = ''")
            .await
            .unwrap();
        let columns: Vec<String> = COLUMNS.iter().map(|(name, t)| format!("{name} {t}")).collect();
        let create = format!("CREATE TABLE t ({})", columns.join(", ")).replace("{native}", native);
        conn.query_drop(create).await.unwrap();
        for (i, row) in ROWS.iter().enumerate() {
            conn.query_drop(format!("INSERT INTO t VALUES ({}, {row})", i + 1)).await.unwrap();
        }
        conn.query_drop("SET time_zone = '+00:00'").await.unwrap();
        let shape = shape(flavour, native);
        let printed = query(&mut conn, "SELECT * FROM t ORDER BY id").await.unwrap().1;
        let rows = printed
            .into_iter()
            .map(|row| {
                let values: Row = shape.columns.iter().zip(row).map(|(c, printed)| value(c, printed)).collect();
                RowChange { table: 0, before: None, after: Some(values) }
            })
            .collect();
        conn.query_drop("SET time_zone = '+08:00'").await.unwrap();
        Table { conn, shape, rows }
    }

    /// The results of some expressions over all rows, or the number of the server's error.
    pub async fn select(
        &mut self,
        exprs: &[&str],
        condition: &str,
    ) -> Result<(Vec<Meta>, Vec<Printed>), (u16, String)> {
        query(&mut self.conn, &format!("SELECT {} FROM t {condition} ORDER BY t.id", exprs.join(", "))).await
    }
}

async fn query(conn: &mut Conn, text: &str) -> Result<(Vec<Meta>, Vec<Printed>), (u16, String)> {
    let rows: Vec<ServerRow> = conn.query(text).await.map_err(|e| match e {
        mysql_async::Error::Server(e) => (e.code, e.message),
        other => panic!("{other}"),
    })?;
    let meta = |row: &ServerRow| {
        let decimal = |c: &mysql_async::Column| format!("{:?}", c.column_type()).contains("DECIMAL");
        row.columns_ref().iter().map(|c| Meta { decimal: decimal(c), decimals: c.decimals() }).collect()
    };
    let metas = rows.first().map(meta).unwrap_or_default();
    let print = |v: mysql_async::Value| match v {
        ServerValue::NULL => None,
        ServerValue::Bytes(bytes) => Some(bytes),
        other => panic!("the text protocol yields text, not {other:?}"),
    };
    Ok((metas, rows.into_iter().map(|row| row.unwrap().into_iter().map(print).collect()).collect()))
}

fn shape(flavour: Flavour, native: &str) -> TableShape {
    let mut columns: Vec<ColumnShape> = COLUMNS
        .iter()
        .map(|(name, declared)| {
            let declared = declared.replace("{native}", native);
            let words: Vec<&str> = declared.split(' ').collect();
            let data_type = words[0].split('(').next().unwrap().to_owned();
            let after = |word: &str| words.iter().position(|w| *w == word).map(|at| words[at + 1].to_owned());
            let sized = ["decimal", "datetime", "timestamp"].contains(&data_type.as_str());
            let brackets =
                words[0].split_once('(').filter(|_| sized).map_or("", |(_, size)| size.trim_end_matches(')'));
            ColumnShape {
                name: (*name).to_owned(),
                data_type,
                unsigned: declared.contains("unsigned"),
                charset: after("SET"),
                collation: after("COLLATE"),
                size: brackets.split(',').filter_map(|n| n.parse().ok()).collect(),
                nullable: *name != "id",
                ..ColumnShape::default()
            }
        })
        .collect();
    if flavour == Flavour::MariaDb {
        // JSON is a text there.
        let json = columns.iter_mut().find(|c| c.name == "js").unwrap();
        json.data_type = "longtext".to_owned();
        (json.charset, json.collation) = (Some("utf8mb4".to_owned()), Some("utf8mb4_bin".to_owned()));
    }
    TableShape { table: "t".to_owned(), columns, key: vec!["id".to_owned()], ..TableShape::default() }
}

fn value(column: &ColumnShape, printed: Option<Vec<u8>>) -> Value {
    let Some(bytes) = printed else { return Value::Null };
    if column.data_type.ends_with("binary") {
        return Value::Bytes(bytes.into());
    }
    let printed = String::from_utf8(bytes).unwrap();
    match column.data_type.as_str() {
        "decimal" => Value::Decimal(printed.parse().unwrap()),
        "datetime" | "date" | "timestamp" => Value::Time(printed.into()),
        t if t.ends_with("int") && column.unsigned => Value::UInt(printed.parse().unwrap()),
        t if t.ends_with("int") => Value::Int(printed.parse().unwrap()),
        _ => Value::text(printed),
    }
}
