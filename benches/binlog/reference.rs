//! The reference binlog: a shop's tables, and a private server that wrote them.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use ledgertap::binlog::{From, Source, Store};
use ledgertap::change::{Footprint, Position, TableShape, TableUse};
use ledgertap::demo::server::{self, PrivateServer, Program};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

/// Written once, read many times.
pub struct Reference {
    pub source: Source,
    pub url: String,
    pub server: String,
    pub from: Position,
    pub to: Position,
    pub files: Vec<PathBuf>,
    pub shapes: Vec<TableShape>,
    /// Rows of the mapped tables, one an image or pair of images.
    pub rows: u64,
    pub bytes: u64,
    _server: PrivateServer,
}

/// Nothing of this is measured: it only has to be written soon.
const QUICK: [&str; 4] = [
    "--sync-binlog=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=256M",
    "--max-binlog-size=1073741824",
];

/// Writers at once.
const WRITERS: u64 = 2;

/// What one order leaves in the binlog with all that goes on beside it, about, in bytes.
const ORDER_BYTES: u64 = 6_400;

const TABLES: &[&str] = &[
    "CREATE TABLE orders (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, sn VARCHAR(20) NOT NULL, user_id INT UNSIGNED NOT NULL, \
     order_status TINYINT UNSIGNED NOT NULL, pay_status TINYINT UNSIGNED NOT NULL, consignee VARCHAR(60) NOT NULL, \
     country SMALLINT UNSIGNED NOT NULL, address VARCHAR(255) NOT NULL, tel VARCHAR(60) NOT NULL, email VARCHAR(60) NOT NULL, \
     postscript VARCHAR(255) NOT NULL, goods_amount DECIMAL(10,2) NOT NULL, shipping_fee DECIMAL(10,2) NOT NULL, \
     discount DECIMAL(10,2) NOT NULL, tax DECIMAL(10,2) NOT NULL, add_time INT UNSIGNED NOT NULL, pay_time DATETIME NULL, \
     referer VARCHAR(255) NOT NULL, agent VARCHAR(255) NULL, note VARCHAR(255) NULL)",
    "CREATE TABLE order_lines (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, order_id INT UNSIGNED NOT NULL, \
     goods_name VARCHAR(120) NOT NULL, sku VARCHAR(60) NOT NULL, number SMALLINT UNSIGNED NOT NULL, \
     price DECIMAL(10,2) NOT NULL, attributes TEXT NOT NULL, is_gift TINYINT NOT NULL)",
    "CREATE TABLE sessions (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, expiry INT UNSIGNED NOT NULL, data TEXT NOT NULL)",
    "CREATE TABLE visits (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, at DATETIME NOT NULL, page VARCHAR(255) NOT NULL, \
     agent TEXT NOT NULL)",
    "CREATE PROCEDURE fill(IN orders INT) BEGIN DECLARE i INT DEFAULT 0; DECLARE o INT; WHILE i < orders DO START TRANSACTION; \
     INSERT INTO orders VALUES (NULL, CONCAT('2026112', 100000 + i), i % 5000, 1, 2, CONCAT('收货人', i % 5000), 1, \
     '北京市海淀区中关村大街 27 号 1101 室', '13800138000', CONCAT('u', i % 5000, '@example.com'), '请尽快发货', 129.90, 10, \
     0, 0, 1700000000 + i, '2026-11-20 08:15:00', 'https://shop.example/category/17', NULL, NULL); SET o = LAST_INSERT_ID(); \
     INSERT INTO order_lines VALUES (NULL, o, '棉质长袖衬衫', CONCAT('SKU-', i % 900), 1, 59.95, '颜色:蓝 尺码:L', 0), \
     (NULL, o, '羊毛围巾', CONCAT('SKU-', i % 700), 2, 29.95, '颜色:灰', 0), \
     (NULL, o, '赠品袜子', 'SKU-1', 1, 0, '', 1); COMMIT; \
     INSERT INTO sessions VALUES (NULL, i, REPEAT('s:4:\"cart\";a:3;', 70)); SET o = LAST_INSERT_ID(); \
     UPDATE sessions SET expiry = expiry + 1 WHERE id = o; \
     INSERT INTO visits VALUES (NULL, NOW(), '/goods.php?id=17', REPEAT('Mozilla/5.0 (X11; Linux) ', 40)); \
     SET i = i + 1; END WHILE; END",
];

impl Reference {
    pub async fn write(megabytes: u64, mysqld: Option<&str>) -> anyhow::Result<Reference> {
        let program = match mysqld {
            Some(path) => Program::mysql(path.into()),
            None => {
                server::find().context("this machine has neither mariadbd nor mysqld: install one, or give --mysqld")?
            }
        };
        let private = PrivateServer::start_with(&program, &QUICK).await?;
        let mut root = Conn::new(Opts::from_url(&format!("{}?prefer_socket=false", private.url()))?).await?;
        root.query_drop("CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4").await?;
        root.query_drop("USE shop").await?;
        for statement in TABLES {
            root.query_drop(*statement).await?;
        }
        root.query_drop("FLUSH BINARY LOGS").await?;
        let url = format!("{}/shop", private.url());
        let source = Source::from_url(&url)?;
        let from = Store::connect(&source).await?.resolve(&From::Now).await?;
        let orders = megabytes * 1_000_000 / ORDER_BYTES / WRITERS;
        let writers = (0..WRITERS).map(|_| write(url.clone(), orders));
        for written in futures_util::future::join_all(writers).await {
            written?;
        }
        let mut store = Store::connect(&source).await?;
        let to = store.head().await?;
        let shapes = store.shapes(&footprint().tables.iter().map(|t| t.table.clone()).collect::<Vec<_>>()).await?;
        let server = store.server().to_owned();
        // The files that hold it: all after the one that the tables were made in.
        let logs: Vec<mysql_async::Row> = root.query("SHOW BINARY LOGS").await?;
        let named = logs.iter().filter_map(|row| Some((row.get::<String, _>(0)?, row.get::<u64, _>(1)?)));
        let named: Vec<(String, u64)> = named.collect();
        let Some(first) = named.iter().rposition(|(_, bytes)| *bytes < 100_000).filter(|i| i + 1 < named.len()) else {
            bail!("the server's binlog files are not what was written: {named:?}");
        };
        let files = named[first + 1..].iter().map(|(name, _)| private.binlogs().join(name)).collect();
        let bytes = named[first + 1..].iter().map(|(_, bytes)| bytes).sum();
        let rows = orders * WRITERS * 4;
        Ok(Reference { source, url, server, from, to, files, shapes, rows, bytes, _server: private })
    }
}

async fn write(url: String, orders: u64) -> anyhow::Result<()> {
    let mut conn = Conn::new(Opts::from_url(&format!("{url}?prefer_socket=false"))?).await?;
    Ok(conn.query_drop(format!("CALL fill({orders})")).await?)
}

/// The columns that a mapping of these two tables would use.
pub fn footprint() -> Footprint {
    let uses = |table: &str, columns: &[&str]| TableUse {
        table: table.to_owned(),
        columns: columns.iter().map(|c| (*c).to_owned()).collect(),
        key: vec![columns.iter().position(|c| *c == "id").unwrap_or(0)],
    };
    let orders = [
        "add_time",
        "consignee",
        "discount",
        "goods_amount",
        "id",
        "order_status",
        "pay_status",
        "shipping_fee",
        "sn",
        "tax",
        "user_id",
    ];
    let lines = ["goods_name", "id", "is_gift", "number", "order_id", "price", "sku"];
    Footprint { tables: vec![uses("order_lines", &lines), uses("orders", &orders)] }
}
