//! The tables of collations, letter by letter: what a server sorts side by side is equal, or is not.

use ledgertap::change::{ColumnShape, Row, RowChange, TableShape, Value};
use ledgertap::mapping::{Bound, Loaded, Mapping, Slice};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};

use crate::world;

const OF_BOTH: &[(&str, &str)] = &[
    ("utf8mb4", "utf8mb4_general_ci"),
    ("utf8mb4", "utf8mb4_unicode_ci"),
    ("utf8mb4", "utf8mb4_unicode_520_ci"),
    ("utf8mb4", "utf8mb4_bin"),
    ("latin1", "latin1_swedish_ci"),
    ("latin1", "latin1_general_ci"),
    ("gbk", "gbk_chinese_ci"),
];
const OF_MYSQL: &[(&str, &str)] = &[
    ("utf8mb4", "utf8mb4_0900_ai_ci"),
    ("utf8mb4", "utf8mb4_0900_as_ci"),
    ("utf8mb4", "utf8mb4_0900_as_cs"),
    ("utf8mb4", "utf8mb4_0900_bin"),
];
const OF_MARIADB: &[(&str, &str)] = &[
    ("utf8mb4", "utf8mb4_uca1400_ai_ci"),
    ("utf8mb4", "utf8mb4_uca1400_as_ci"),
    ("utf8mb4", "utf8mb4_uca1400_as_cs"),
    ("utf8mb4", "utf8mb4_general_nopad_ci"),
];

/// Percent of all pairs, for which our answer is an error: combining marks, and scripts that have rules of their own.
const UNKNOWN_SHARE_MAX: usize = 12;

#[tokio::test]
async fn letters_are_equal_as_mysql_says() {
    letters(&world::mysql(), &[OF_BOTH, OF_MYSQL].concat()).await;
}

#[tokio::test]
async fn letters_are_equal_as_mariadb_says() {
    letters(&world::mariadb(), &[OF_BOTH, OF_MARIADB].concat()).await;
}

async fn letters(root: &str, collations: &[(&str, &str)]) {
    let opts = Opts::from_url(&world::fresh_database(root, "letters").await).unwrap();
    let mut conn = Conn::new(opts).await.unwrap();
    conn.query_drop("SET NAMES utf8mb4, sql_mode = ''").await.unwrap();
    let (mut wrong, mut pairs, mut unknown) = (Vec::new(), 0, 0);
    for (charset, collation) in collations {
        let compared = side_by_side(&mut conn, charset, collation).await;
        let ours = ours(charset, collation, &compared);
        for (pair, ours) in compared.iter().zip(ours) {
            pairs += 1;
            match ours {
                None => unknown += 1,
                Some(equal) if equal == pair.equal => {}
                Some(_) => wrong.push(format!("{collation}: {:?} = {:?} is {}", pair.a, pair.b, pair.equal)),
            }
        }
    }
    println!("{pairs} pairs of letters, {unknown} unknown");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unknown * 100 <= pairs * UNKNOWN_SHARE_MAX, "{unknown} of {pairs} pairs are unknown");
}

struct Pair {
    a: String,
    b: String,
    equal: bool,
}

fn characters() -> Vec<char> {
    let ranges = [0x20..=0x7e, 0xa0..=0x58f, 0x1e00..=0x2bff, 0x3000..=0x33ff, 0xff00..=0xffef, 0x1f300..=0x1f64f];
    let some = (0x3400..=0x9fffu32).step_by(37).chain((0xac00..=0xd7a3).step_by(37));
    ranges.into_iter().flatten().chain(some).filter_map(char::from_u32).collect()
}

/// Each character with its next neighbour in the collation's order.
async fn side_by_side(conn: &mut Conn, charset: &str, collation: &str) -> Vec<Pair> {
    let column = format!("varchar(4) CHARACTER SET {charset} COLLATE {collation}");
    conn.query_drop(format!("CREATE TABLE {collation} (id int PRIMARY KEY, a {column}, b {column})")).await.unwrap();
    let rows: Vec<String> = characters()
        .into_iter()
        .filter(|&c| charset != "utf8mb3" || c <= '\u{ffff}')
        .map(|c| format!("({}, _utf8mb4 x'{}', '')", c as u32, hex(c)))
        .collect();
    conn.query_drop(format!("INSERT INTO {collation} VALUES {}", rows.join(","))).await.unwrap();
    // What the charset lacks has become a question mark.
    let sorted: Vec<(u32, String)> =
        conn.query(format!("SELECT id, CONVERT(a USING utf8mb4) FROM {collation} ORDER BY a, id")).await.unwrap();
    let kept: Vec<char> =
        sorted.into_iter().filter_map(|(id, a)| char::from_u32(id).filter(|c| a == c.to_string())).collect();
    conn.query_drop(format!("TRUNCATE {collation}")).await.unwrap();
    let pair = |(i, w): (usize, &[char])| format!("({i}, _utf8mb4 x'{}', _utf8mb4 x'{}')", hex(w[0]), hex(w[1]));
    let rows: Vec<String> = kept.windows(2).enumerate().map(pair).collect();
    conn.query_drop(format!("INSERT INTO {collation} VALUES {}", rows.join(","))).await.unwrap();
    let equal: Vec<(u32, bool)> = conn.query(format!("SELECT id, a = b FROM {collation} ORDER BY id")).await.unwrap();
    let pair = |(w, (_, equal)): (&[char], (u32, bool))| Pair { a: w[0].into(), b: w[1].into(), equal };
    kept.windows(2).zip(equal).map(pair).collect()
}

fn hex(c: char) -> String {
    c.to_string().bytes().map(|b| format!("{b:02x}")).collect()
}

/// Whether we take them for equal; `None` where that is an error.
fn ours(charset: &str, collation: &str, pairs: &[Pair]) -> Vec<Option<bool>> {
    let column = |name: &str, data_type: &str| ColumnShape {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        charset: (data_type == "varchar").then(|| charset.to_owned()),
        collation: (data_type == "varchar").then(|| collation.to_owned()),
        ..ColumnShape::default()
    };
    let columns = vec![column("a", "varchar"), column("b", "varchar"), column("id", "int")];
    let shape = TableShape { table: "t".into(), columns, key: vec!["id".into()], ..TableShape::default() };
    let bound = bind(&shape);
    let answer = |(id, pair): (usize, &Pair)| {
        let values: Row = [Value::text(&*pair.a), Value::text(&*pair.b), Value::Int(id as i64)].into();
        let mut slice = Slice::new();
        slice.apply(&bound, &RowChange { table: 0, before: None, after: Some(values) }).unwrap();
        loop {
            match bound.customer(&id.to_string(), &mut slice) {
                Loaded::Ready(Ok(found)) => return Some(found.unwrap().customer.address.as_deref() == Some("1")),
                Loaded::Ready(Err(_)) => return None,
                Loaded::Missing => {
                    for lookup in slice.missing().clone() {
                        slice.fill(lookup, Vec::new());
                    }
                }
            }
        }
    };
    pairs.iter().enumerate().map(answer).collect()
}

fn bind(shape: &TableShape) -> Bound {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("profile.toml", "time_zone = \"+08:00\"\ncurrency = \"CNY\"\ntax_rate = \"13\"\n"),
        ("customer.sql", "SELECT t.id AS id, 'x' AS name, t.a = t.b AS address FROM t"),
        (
            "order.sql",
            "SELECT id, 'x' AS number, 'x' AS customer_id, '2026-11-20' AS placed_at, 'open' AS state, 0 AS total FROM t \
             WHERE id < 0",
        ),
        (
            "order_line.sql",
            "SELECT id, id AS order_id, 'S' AS sku, 'x' AS name, 1 AS quantity, 0 AS amount FROM t WHERE id < 0",
        ),
    ];
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mapping = Mapping::load(folder.path().to_str().unwrap(), &toml::Table::new()).unwrap();
    mapping.bind(std::slice::from_ref(shape)).unwrap()
}
