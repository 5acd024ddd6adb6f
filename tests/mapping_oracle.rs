//! The server is the oracle: the same SELECT, run by the server and by the evaluator, gives the same values.

use std::collections::BTreeMap;

use ledgertap::change::{ColumnShape, Lookup, MirrorRow, Row, TableShape, Value};
use ledgertap::document::{OrderState, OrderView};
use ledgertap::mapping::{Bound, Loaded, Mapping, Slice};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row as ServerRow, Value as ServerValue};
use rust_decimal::Decimal;

use crate::world;

/// Tables of ECShop 2.7.3, the columns that matter here.
const ECSHOP: &str = "
CREATE TABLE ecs_order_info (order_id mediumint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, order_sn varchar(20) NOT NULL DEFAULT '',
  user_id mediumint unsigned NOT NULL DEFAULT 0, order_status tinyint(1) unsigned NOT NULL DEFAULT 0,
  shipping_status tinyint(1) unsigned NOT NULL DEFAULT 0, pay_status tinyint(1) unsigned NOT NULL DEFAULT 0,
  consignee varchar(60) NOT NULL DEFAULT '', country smallint unsigned NOT NULL DEFAULT 0, province smallint unsigned NOT NULL DEFAULT 0,
  city smallint unsigned NOT NULL DEFAULT 0, district smallint unsigned NOT NULL DEFAULT 0, address varchar(255) NOT NULL DEFAULT '',
  zipcode varchar(60) NOT NULL DEFAULT '', tel varchar(60) NOT NULL DEFAULT '', mobile varchar(60) NOT NULL DEFAULT '',
  email varchar(60) NOT NULL DEFAULT '', goods_amount decimal(10,2) NOT NULL DEFAULT 0, shipping_fee decimal(10,2) NOT NULL DEFAULT 0,
  insure_fee decimal(10,2) NOT NULL DEFAULT 0, pay_fee decimal(10,2) NOT NULL DEFAULT 0, pack_fee decimal(10,2) NOT NULL DEFAULT 0,
  card_fee decimal(10,2) NOT NULL DEFAULT 0, money_paid decimal(10,2) NOT NULL DEFAULT 0, surplus decimal(10,2) NOT NULL DEFAULT 0,
  integral_money decimal(10,2) NOT NULL DEFAULT 0, bonus decimal(10,2) NOT NULL DEFAULT 0, add_time int unsigned NOT NULL DEFAULT 0,
  tax decimal(10,2) NOT NULL DEFAULT 0, discount decimal(10,2) NOT NULL DEFAULT 0, UNIQUE KEY order_sn (order_sn)) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3;
CREATE TABLE ecs_order_goods (rec_id mediumint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, order_id mediumint unsigned NOT NULL DEFAULT 0,
  goods_id mediumint unsigned NOT NULL DEFAULT 0, goods_name varchar(120) NOT NULL DEFAULT '', goods_sn varchar(60) NOT NULL DEFAULT '',
  product_id mediumint unsigned NOT NULL DEFAULT 0, goods_number smallint unsigned NOT NULL DEFAULT 1,
  market_price decimal(10,2) NOT NULL DEFAULT 0, goods_price decimal(10,2) NOT NULL DEFAULT 0, goods_attr text NOT NULL,
  send_number smallint unsigned NOT NULL DEFAULT 0, KEY order_id (order_id)) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3;
CREATE TABLE ecs_users (user_id mediumint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(60) NOT NULL DEFAULT '',
  user_name varchar(60) NOT NULL DEFAULT '', user_money decimal(10,2) NOT NULL DEFAULT 0, home_phone varchar(20) NOT NULL DEFAULT '',
  mobile_phone varchar(20) NOT NULL DEFAULT '') ENGINE=MyISAM DEFAULT CHARSET=utf8mb3;
CREATE TABLE ecs_region (region_id smallint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, parent_id smallint unsigned NOT NULL DEFAULT 0,
  region_name varchar(120) NOT NULL DEFAULT '', region_type tinyint(1) NOT NULL DEFAULT 2) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3;
CREATE TABLE ecs_back_order (back_id mediumint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, order_id mediumint unsigned NOT NULL DEFAULT 0)
  ENGINE=MyISAM DEFAULT CHARSET=utf8mb3;
CREATE TABLE ecs_back_goods (rec_id mediumint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, back_id mediumint unsigned DEFAULT 0,
  goods_id mediumint unsigned NOT NULL DEFAULT 0, goods_sn varchar(60), send_number smallint unsigned DEFAULT 0) ENGINE=MyISAM DEFAULT CHARSET=utf8mb3";

#[tokio::test]
async fn ecshops_selects_on_mariadb() {
    ecshop(&world::mariadb()).await;
}

#[tokio::test]
async fn ecshops_selects_on_mysql() {
    ecshop(&world::mysql()).await;
}

#[tokio::test]
async fn expressions_on_mariadb() {
    expressions(&world::mariadb()).await;
}

#[tokio::test]
async fn expressions_on_mysql() {
    expressions(&world::mysql()).await;
}

async fn ecshop(url: &str) {
    let mut store = Store::new(url, "mapping_ecshop").await;
    store.run(ECSHOP).await;
    seed(&mut store).await;
    let bound = store.bind(&Mapping::load("ecshop", &toml::Table::new()).unwrap()).await;
    let mirror = store.mirror(&bound).await;
    let mut compared = 0;
    for mut row in store.outputs(include_str!("../schema/stores/ecshop/order.sql")).await {
        row.entry("placed_at".to_owned()).and_modify(|at| at.as_mut().unwrap().truncate(10));
        let order = mirror.order(&row["id"].clone().unwrap());
        assert_eq!(order_outputs(&order), row);
        compared += 1;
        let lines = store.outputs(include_str!("../schema/stores/ecshop/order_line.sql")).await;
        let lines: Vec<_> = lines.into_iter().filter(|l| l["order_id"].as_deref() == Some(&order.id)).collect();
        assert_eq!(line_outputs(&order), lines);
        let refunds = store.outputs(include_str!("../schema/stores/ecshop/refund.sql")).await;
        let refunds: Vec<_> = refunds.into_iter().filter(|r| r["order_id"].as_deref() == Some(&order.id)).collect();
        assert_eq!(refund_outputs(&order), refunds);
        let returned = store.outputs(include_str!("../schema/stores/ecshop/refund_line.sql")).await;
        let ids: Vec<_> = order.refunds.iter().map(|r| Some(r.id.clone())).collect();
        let returned: Vec<_> = returned.into_iter().filter(|l| ids.contains(&l["refund_id"])).collect();
        assert_eq!(refund_line_outputs(&order), returned);
    }
    assert_eq!(compared, ORDERS);
    let customers = store.outputs(include_str!("../schema/stores/ecshop/customer.sql")).await;
    assert!(customers.len() > 20);
    for row in customers {
        let view = mirror.customer(row["id"].as_deref().unwrap());
        let ours = outputs([
            ("id", Some(view.id)),
            ("name", Some(view.customer.name)),
            ("email", view.customer.email),
            ("phone", view.customer.phone),
            ("guest", Some(u8::from(view.guest).to_string())),
        ]);
        assert_eq!(ours, row);
    }
}

const ORDERS: usize = 36;

/// Rows with every state, guests, missing regions, empty and odd texts, amounts of all sizes.
async fn seed(store: &mut Store) {
    store
        .run("INSERT INTO ecs_region VALUES (1,0,'中国',0),(2,1,'北京',1),(52,2,'北京市',2),(500,52,' 朝阳区 ',3)")
        .await;
    for user in 1..=12 {
        let name = ["王五", "O''Brien", "  ", "李 四  ", "x", "ÉÈ"][user % 6];
        let phone = if user % 3 == 0 { "13800138000" } else { "" };
        store
            .run(&format!(
                "INSERT INTO ecs_users VALUES ({user},'u{user}@example.test','{name}',1.5,'010-{user}','{phone}')"
            ))
            .await;
    }
    for i in 1..=ORDERS {
        let (user, status, pay) = (if i % 3 == 0 { 0 } else { i % 12 + 1 }, i % 7, (i / 7) % 3);
        let (province, city, district) = (2 + i % 2, [52, 0][i % 2], [500, 501][i % 2]);
        let consignee = ["赵六", "", "  ", "Ann B"][i % 4];
        store
            .run(&format!(
                "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, province, city, \
                 district, address, tel, mobile, email, goods_amount, shipping_fee, insure_fee, pay_fee, pack_fee, card_fee, \
                 add_time, tax, discount) VALUES ({i}, '2026{i:09}', {user}, {status}, {pay}, '{consignee}', {province}, {city}, \
                 {district}, '路{i}号', '010-{i}', '{}', '', {}.{:02}, {}, 0.10, {}, 0, 0.05, {}, {}, {})",
                if i % 2 == 0 { "" } else { "139" },
                i * 1111,
                i * 7 % 100,
                i % 5,
                i % 3,
                1_700_000_000 + i * 98_765,
                i % 4,
                i % 6,
            ))
            .await;
        for line in 0..i % 4 {
            let sn = if line == 2 { "" } else { "SN-1" };
            store
                .run(&format!(
                    "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, goods_number, goods_price, goods_attr, \
                     send_number) VALUES ({i}, {line}, '茶 {line}', '{sn}', {}, {}.99, '{}', {line})",
                    line * 3 + 1,
                    i * 13,
                    if line == 1 { "颜色:绿\\r\\n大小:L \\n" } else { "" },
                ))
                .await;
        }
        if i % 7 == 4 {
            store.run(&format!("INSERT INTO ecs_back_order VALUES ({i},{i})")).await;
            store
                .run(&format!("INSERT INTO ecs_back_goods VALUES ({i},{i},7,'SN-1',2),(100+{i},{i},8,NULL,NULL)"))
                .await;
        }
    }
}

/// What the expressions are evaluated over; the row's id, and columns of each type, with NULLs and edges.
const TABLE: &str = "
CREATE TABLE t (id int NOT NULL PRIMARY KEY, order_id int NOT NULL, i int, u int unsigned, d decimal(10,2), e decimal(12,5), s varchar(60),
  n varchar(20), dt datetime, da date, f double, en enum('a','b')) DEFAULT CHARSET=utf8mb4;
INSERT INTO t VALUES
 (1,1,5,3,10.00,1.23456,'Hello ','12.50','2026-11-20 08:15:00','2026-11-20',0.1,'a'),
 (2,1,-7,0,-3.35,-0.00001,'北京市','-7','2026-12-31 23:59:59','2026-02-28',2.5,'b'),
 (3,1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL),
 (4,1,0,4294967295,0.00,99999.99999,'','0','1970-01-01 00:00:00','1970-01-01',1234567.891,'a'),
 (5,1,2147483647,1,99999999.99,0.5,'xxAbCxx','3','2026-11-20 00:00:00','2026-11-20',-0.005,'b')";

const EXPRESSIONS: &[&str] = &[
    "t.i + 1",
    "t.i - t.d",
    "t.d * t.e",
    "t.d * 3",
    "t.d / 3",
    "t.i / 7",
    "t.e / 3",
    "t.d / t.e",
    "t.i / 0",
    "ROUND(t.d / 1.13, 2) * 1.13",
    "ROUND(1 / 3, 4) * 3",
    "2.00000 / 3",
    "-t.d",
    "- t.i * 2",
    "t.u + 5",
    "t.d + 0.005",
    "(t.i + 1) * 0.10",
    "t.e * t.e * 2",
    "t.i * t.i",
    "ROUND(t.d / 7, 5) / 3",
    "t.e / 0.007",
    "ROUND(t.d / 100, 6) + t.e",
    "ROUND(t.d / 3, 2) * 3",
    "t.i = 5",
    "t.i <> 5",
    "t.i <=> NULL",
    "t.i <=> 5",
    "t.d < t.e",
    "t.d >= 0",
    "t.i > '3'",
    "t.n = 12.5",
    "t.n > t.i",
    "t.d = '10'",
    "TRIM(t.s) = 'HELLO'",
    "TRIM(t.s) <> 'hello'",
    "t.s = '北京市'",
    "t.s IN ('', 'xxabcxx')",
    "t.i IN (5, NULL)",
    "t.i NOT IN (1, NULL)",
    "t.i IN (5, 0)",
    "t.d BETWEEN -5 AND 10",
    "t.i NOT BETWEEN 1 AND 6",
    "t.dt > '2026-11-20'",
    "t.dt = t.da",
    "t.da = '2026-11-20 00:00:00'",
    "t.dt BETWEEN '2026-01-01' AND '2026-12-31 23:59:59'",
    "t.i IS NULL",
    "t.s IS NOT NULL",
    "(t.i > 0) IS TRUE",
    "(t.i > 0) IS NOT TRUE",
    "(t.i > 0) IS FALSE",
    "(t.i > 0) IS UNKNOWN",
    "t.i > 0 AND t.d > 0",
    "t.i > 0 OR t.d > 0",
    "NOT t.i > 0",
    "NOT t.i",
    "t.i AND NULL",
    "t.i OR NULL",
    "NOT (t.i = 5 AND t.s = 'x')",
    "1 / 3 = 0.3333",
    "COALESCE(t.dt, FROM_UNIXTIME(1))",
    "IF(t.i > 0, t.da, DATE(t.dt))",
    "GREATEST(t.dt, FROM_UNIXTIME(1))",
    "LEAST(t.da, DATE(t.dt))",
    "IF(t.i > 0, t.dt, t.s)",
    "t.i / 3 > 1.6667",
    "COALESCE(t.d / 3, 1.00) > 3",
    "- (t.d / 3)",
    "CASE WHEN t.i > 0 THEN 'plus' WHEN t.i < 0 THEN 'minus' END",
    "CASE t.i WHEN 5 THEN 'five' ELSE t.i END",
    "CASE TRIM(t.s) WHEN 'hello' THEN 1 ELSE 0 END",
    "IF(t.i > 0, t.s, t.n)",
    "IF(t.i, 'y', 'n')",
    "COALESCE(t.i, 0)",
    "COALESCE(t.s, t.n, '-')",
    "IFNULL(t.i, t.s)",
    "NULLIF(t.i, 5)",
    "NULLIF(t.s, '')",
    "NULLIF(t.d, 0)",
    "GREATEST(t.i, 3)",
    "LEAST(t.i, t.u)",
    "GREATEST(t.d, 5.00) > 5",
    "ABS(t.i)",
    "ABS(t.d)",
    "ABS(t.e)",
    "ROUND(t.d)",
    "ROUND(t.e, 2)",
    "ROUND(t.d, 1)",
    "CAST(t.d AS DECIMAL(20,4))",
    "ROUND(t.i, 2)",
    "ROUND(-2.5)",
    "ROUND(t.e, 0)",
    "CONCAT(t.i, ':', t.d, ':', t.s)",
    "CONCAT(t.dt, ' ', t.da)",
    "CONCAT_WS('-', t.i, t.s, t.d)",
    "CONCAT_WS(NULL, t.i, t.s)",
    "CONCAT_WS('', t.s)",
    "TRIM(t.s)",
    "TRIM(LEADING 'x' FROM t.s)",
    "TRIM(TRAILING 'x' FROM t.s)",
    "TRIM(BOTH 'xx' FROM t.s)",
    "LOWER(t.s)",
    "UPPER(t.s)",
    "LEFT(t.s, 2)",
    "LEFT(t.s, t.i)",
    "SUBSTRING(t.s, 2)",
    "SUBSTRING(t.s, -3, 2)",
    "SUBSTRING(t.s FROM 2 FOR 3)",
    "SUBSTR(t.s, 0, 2)",
    "SUBSTRING(t.s, 9)",
    "REPLACE(t.s, 'x', '')",
    "REPLACE(t.s, 'l', 'LL')",
    "CAST(t.n AS DECIMAL(10,2))",
    "CAST(t.n AS DECIMAL(10,1)) / 3",
    "CAST(t.d AS SIGNED)",
    "CAST(t.e AS DECIMAL(9,3))",
    "CAST(t.f AS DECIMAL(20,2))",
    "CAST(t.f AS DECIMAL(20,4))",
    "CAST(t.i AS CHAR)",
    "CAST(t.d AS CHAR)",
    "CAST(t.u AS SIGNED) - 5",
    "CAST(t.i AS DECIMAL)",
    "CAST(t.dt AS CHAR)",
    "FROM_UNIXTIME(NULLIF(t.i, 0))",
    "FROM_UNIXTIME(NULLIF(t.u, 4294967295) + 28800)",
    "FROM_UNIXTIME(1)",
    "DATE(t.dt)",
    "DATE(FROM_UNIXTIME(1795363200))",
    "t.en = 'A'",
    "IF(t.en = 'b', t.d, NULL)",
    "CONCAT(t.en, '!')",
    "TRUE",
    "FALSE + 1",
    "NULL",
    "'it''s'",
    "'a\\'b'",
    "1.50",
    ".5",
    "18446744073709551615",
    "t.d - t.d",
    "t.i - -3",
    "@clock_offset + 1",
    "COALESCE(t.d, 0)",
    "CASE WHEN t.i > 0 THEN t.d ELSE t.e END * 1",
    "IF(t.i > 0, t.i, 1.5) / 7",
    "GREATEST(t.d, t.e)",
    "COALESCE(t.d, t.e) / 3",
    "COALESCE(t.dt, t.da)",
    "IF(t.i > 0, t.da, t.dt)",
    "ROUND(t.d, 4) + 1 > 0",
    "TRUNCATE(t.e, 2)",
    "FLOOR(t.d)",
    "CEILING(t.e)",
    "CEIL(t.d)",
    "t.d % 3",
    "MOD(t.e, t.d)",
    "t.i DIV 2",
    "t.d DIV 1.5",
    "t.s LIKE '%abc%'",
    "t.s NOT LIKE 'h_llo%'",
    "t.s LIKE '北%'",
    "t.s LIKE 'Hello|%' ESCAPE '|'",
    "LPAD(t.i, 5, '0')",
    "RPAD(t.s, 9, 'ab')",
    "LTRIM(t.s)",
    "RTRIM(t.s)",
    "RIGHT(t.s, 3)",
    "CHAR_LENGTH(t.s)",
    "SUBSTRING_INDEX(t.n, '.', 1)",
    "FIND_IN_SET(t.i, '1,5,-7')",
    "FIND_IN_SET('B', 'a,b')",
    "CONVERT(t.d USING utf8mb4)",
    "CONVERT(t.n, DECIMAL(10,1))",
    "CAST(t.s AS DECIMAL(10,2))",
    "CAST(CONCAT(t.n, 'x') AS SIGNED)",
    "CAST('1e2' AS SIGNED)",
    "t.s = 0",
    "CAST(t.dt AS DATE)",
    "CAST(t.da AS DATETIME)",
    "DATE_FORMAT(t.dt, '%Y-%m-%d %H:%i:%s %y%c%e%k%h%l%p %W %a %M %b %j %w %T %r%%')",
    "DATE_ADD(t.dt, INTERVAL 1 MONTH)",
    "DATE_SUB(t.da, INTERVAL NULLIF(t.i, 2147483647) DAY)",
    "t.dt + INTERVAL 90 MINUTE",
    "t.da + INTERVAL 1 HOUR",
    "t.da - INTERVAL 1 YEAR",
    "CONVERT_TZ(NULLIF(t.dt, '1970-01-01 00:00:00'), '+08:00', '-05:30')",
    "YEAR(t.dt) * 100 + MONTH(t.da)",
    "HOUR(t.dt) + MINUTE(t.dt) + SECOND(t.dt) + DAY(t.da)",
    "UNIX_TIMESTAMP(FROM_UNIXTIME(1795363200))",
    "HEX(t.i)",
    "HEX(t.s)",
    "HEX(UNHEX(t.i))",
    "UNHEX('4d') = UNHEX('4D')",
    "JSON_UNQUOTE(JSON_EXTRACT('{\"a\": [1, \"x\"]}', '$.a[1]'))",
];

async fn expressions(url: &str) {
    let mut store = Store::new(url, "mapping_expressions").await;
    store.run(TABLE).await;
    let mut wrong = Vec::new();
    for expr in EXPRESSIONS {
        let shown = format!(
            "SELECT t.id AS id, t.order_id AS order_id, 'S' AS sku, COALESCE(CONCAT('[', {expr}, ']'), 'NULL') AS name, \
                             1 AS quantity, 0 AS amount FROM t"
        );
        let expected: Vec<_> = match store.try_outputs(&shown).await {
            Ok(rows) => rows.into_iter().map(|r| r["name"].clone().unwrap()).collect(),
            Err(e) => {
                wrong.push(format!("{expr}: the server says {e}"));
                continue;
            }
        };
        let ours = match store.evaluate(&shown).await {
            Ok(order) => order.lines.into_iter().map(|l| l.name.to_string()).collect(),
            Err(e) => vec![e],
        };
        if ours != expected {
            wrong.push(format!("{expr}\n   ours   {ours:?}\n   server {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), EXPRESSIONS.len(), wrong.join("\n"));
}

/// A database of its own on a real server.
struct Store {
    conn: Conn,
    name: String,
}

/// One row of a SELECT, in print.
type Outputs = BTreeMap<String, Option<String>>;

impl Store {
    async fn new(root: &str, label: &str) -> Store {
        let opts = Opts::from_url(&world::fresh_database(root, label).await).unwrap();
        let name = opts.db_name().unwrap().to_owned();
        let mut conn = Conn::new(opts).await.unwrap();
        conn.query_drop("SET NAMES utf8mb4").await.unwrap();
        conn.query_drop("SET time_zone = '+08:00', @clock_offset = 28800, sql_mode = ''").await.unwrap();
        Store { conn, name }
    }

    async fn run(&mut self, statements: &str) {
        for statement in statements.split(";\n") {
            self.conn.query_drop(statement).await.unwrap();
        }
    }

    async fn outputs(&mut self, select: &str) -> Vec<Outputs> {
        self.try_outputs(select.trim_end().trim_end_matches(';')).await.unwrap()
    }

    async fn try_outputs(&mut self, select: &str) -> Result<Vec<Outputs>, String> {
        let rows: Vec<ServerRow> = self.conn.query(select).await.map_err(|e| e.to_string())?;
        let print = |v: &ServerValue| match v {
            ServerValue::NULL => None,
            ServerValue::Bytes(bytes) => Some(String::from_utf8(bytes.clone()).unwrap()),
            other => panic!("the text protocol yields text, not {other:?}"),
        };
        let row = |row: ServerRow| {
            let names: Vec<String> = row.columns_ref().iter().map(|c| c.name_str().into_owned()).collect();
            names.into_iter().zip(row.unwrap_raw().iter().map(|v| print(v.as_ref().unwrap()))).collect()
        };
        Ok(rows.into_iter().map(row).collect())
    }

    async fn shapes(&mut self) -> Vec<TableShape> {
        type Column =
            (String, String, String, String, Option<String>, Option<String>, String, Option<u32>, Option<u32>);
        let columns: Vec<Column> = self
            .conn
            .query(format!(
                "SELECT table_name, column_name, LOWER(data_type), column_type, character_set_name, collation_name, \
                 column_key, IF(data_type = 'decimal', numeric_precision, NULL), \
                 IF(data_type = 'decimal', numeric_scale, datetime_precision) FROM information_schema.columns WHERE table_schema = '{}' ORDER BY table_name, ordinal_position",
                self.name
            ))
            .await
            .unwrap();
        let mut shapes: Vec<TableShape> = Vec::new();
        for (table, name, data_type, column_type, charset, collation, key, precision, scale) in columns {
            if shapes.last().is_none_or(|s| s.table != table) {
                shapes.push(TableShape { table, ..TableShape::default() });
            }
            let shape = shapes.last_mut().unwrap();
            if key == "PRI" {
                shape.key.push(name.clone());
            }
            let unsigned = column_type.contains("unsigned");
            let size = precision.into_iter().chain(scale).collect();
            let column = ColumnShape { name, data_type, unsigned, charset, collation, size, ..ColumnShape::default() };
            shape.columns.push(column);
        }
        shapes
    }

    async fn bind(&mut self, mapping: &Mapping) -> Bound {
        mapping.bind(&self.shapes().await).unwrap()
    }

    /// The rows of a bound mapping's tables, as the binlog would bring them.
    async fn mirror(&mut self, bound: &Bound) -> Mirror {
        let shapes = self.shapes().await;
        let mut rows = Vec::new();
        for (table, used) in bound.footprint().tables.iter().enumerate() {
            let shape = shapes.iter().find(|s| s.table == used.table).unwrap();
            let columns: Vec<_> =
                used.columns.iter().map(|c| shape.columns.iter().find(|s| s.name == *c).unwrap()).collect();
            for printed in self.outputs(&format!("SELECT {} FROM {}", used.columns.join(", "), used.table)).await {
                let row: Row = columns.iter().map(|c| value(c, printed[&c.name].as_deref())).collect();
                rows.push(MirrorRow { table, key: used.key_of(&row), row });
            }
        }
        Mirror { bound: bound.clone(), rows }
    }

    /// Order 1 of a mapping whose order_line.sql is this, or why there is none.
    async fn evaluate(&mut self, order_line: &str) -> Result<OrderView, String> {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("profile.toml", "time_zone = \"+08:00\"\nclock_offset = 28800\ncurrency = \"CNY\"\ntax_rate = \"13\"\n"),
            ("customer.sql", "SELECT id, 'x' AS name FROM t"),
            (
                "order.sql",
                "SELECT order_id AS id, 'x' AS number, 'x' AS customer_id, '2026-11-20' AS placed_at, 'open' AS state, 0 AS total \
                 FROM t WHERE id = 1",
            ),
            ("order_line.sql", order_line),
        ];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mapping = Mapping::load(folder.path().to_str().unwrap(), &toml::Table::new()).map_err(|e| e.to_string())?;
        let bound = mapping.bind(&self.shapes().await).map_err(|e| e.to_string())?;
        self.mirror(&bound).await.try_order("1")
    }
}

fn value(column: &ColumnShape, printed: Option<&str>) -> Value {
    let Some(printed) = printed else { return Value::Null };
    match column.data_type.as_str() {
        "decimal" => Value::Decimal(printed.parse().unwrap()),
        "double" => Value::Double(printed.parse().unwrap()),
        "datetime" | "date" => Value::Time(printed.into()),
        t if t.ends_with("int") && column.unsigned => Value::UInt(printed.parse().unwrap()),
        t if t.ends_with("int") => Value::Int(printed.parse().unwrap()),
        _ => Value::text(printed),
    }
}

struct Mirror {
    bound: Bound,
    rows: Vec<MirrorRow>,
}

impl Mirror {
    fn order(&self, id: &str) -> OrderView {
        self.try_order(id).unwrap()
    }

    fn try_order(&self, id: &str) -> Result<OrderView, String> {
        let order = self.ask(|bound, slice| bound.order(id, slice));
        order.map_err(|e| e.to_string())?.ok_or_else(|| "no such order".to_owned())
    }

    fn customer(&self, id: &str) -> ledgertap::document::CustomerView {
        self.ask(|bound, slice| bound.customer(id, slice)).unwrap().unwrap()
    }

    fn ask<T>(&self, question: impl Fn(&Bound, &mut Slice) -> Loaded<T>) -> T {
        let mut slice = Slice::new();
        loop {
            if let Loaded::Ready(answer) = question(&self.bound, &mut slice) {
                return answer;
            }
            for lookup in slice.missing().clone() {
                let rows = self.rows.iter().filter(|r| self.answers(r, &lookup)).cloned().collect();
                slice.fill(lookup, rows);
            }
        }
    }

    fn answers(&self, row: &MirrorRow, lookup: &Lookup) -> bool {
        match lookup {
            Lookup::Row { table, key } => row.table == *table && row.key == *key,
            Lookup::Owned { index, owner } => {
                let owners = self.bound.owners(row.table, &row.row).unwrap();
                owners.iter().any(|o| o.index == *index && o.owner == *owner)
            }
        }
    }
}

fn outputs<const N: usize>(outputs: [(&str, Option<String>); N]) -> Outputs {
    outputs.map(|(name, value)| (name.to_owned(), value)).into()
}

/// A view's columns as order.sql prints them.
fn order_outputs(order: &OrderView) -> Outputs {
    let charge = |key: &str| {
        let line = order.lines.iter().find(|l| *l.key == *key);
        Some(line.map_or(Decimal::new(0, 2), |l| l.amount).to_string())
    };
    let tender = |kind: &str| {
        let mut amount = order.tenders.iter().find(|t| t.kind == kind).map_or(Decimal::ZERO, |t| t.amount);
        amount.rescale(2);
        Some(amount.to_string())
    };
    let state = match order.state {
        OrderState::Open => "open",
        OrderState::Posted => "posted",
        OrderState::Cancelled => "cancelled",
        OrderState::Returned => "returned",
    };
    outputs([
        ("id", Some(order.id.clone())),
        ("number", Some(order.number.clone())),
        ("customer_id", Some(order.customer.clone())),
        ("placed_at", Some(order.date.to_string())), // the day of the datetime that the server prints
        ("state", Some(state.to_owned())),
        ("ship_to", Some(order.ship_to.clone().unwrap_or_default())),
        ("discount", Some(order.discount.to_string())),
        ("shipping", charge("shipping")),
        ("fee", charge("fee")),
        ("goods_total", order.goods_total.map(|g| g.to_string())),
        ("total", Some(order.total.to_string())),
        ("tender_balance", tender("balance")),
        ("tender_points", tender("points")),
        ("tender_bonus", tender("bonus")),
    ])
}

fn line_outputs(order: &OrderView) -> Vec<Outputs> {
    let goods = order.lines.iter().filter(|l| &*l.key != "shipping" && &*l.key != "fee");
    goods
        .map(|l| {
            outputs([
                ("id", Some(l.key.to_string())),
                ("order_id", Some(order.id.clone())),
                ("sku", Some(l.sku.to_string())),
                ("name", Some(l.name.to_string())),
                ("options", l.options.as_ref().map(|o| o.to_string())),
                ("quantity", Some(l.quantity.to_string())),
                ("amount", Some(l.amount.to_string())),
                ("shipped", Some(l.shipped.to_string())),
            ])
        })
        .collect()
}

fn refund_outputs(order: &OrderView) -> Vec<Outputs> {
    let refund = |r: &ledgertap::document::RefundView| {
        outputs([
            ("id", Some(r.id.clone())),
            ("order_id", Some(order.id.clone())),
            ("included", Some(u8::from(r.included).to_string())),
            ("amount", Some(r.amount.to_string())),
        ])
    };
    order.refunds.iter().map(refund).collect()
}

fn refund_line_outputs(order: &OrderView) -> Vec<Outputs> {
    let mut lines = Vec::new();
    for refund in &order.refunds {
        lines.extend(refund.lines.iter().map(|l| {
            outputs([
                ("id", Some(l.id.clone())),
                ("refund_id", Some(refund.id.clone())),
                ("sku", Some(l.sku.clone())),
                ("quantity", Some(l.quantity.to_string())),
            ])
        }));
    }
    lines
}
