//! Statements that change a mapped table, where rows do not describe themselves: whoever reads on after any of them, and with
//! however many of them ahead, reads each row as it was when it was written.

use std::time::Duration;

use ledgertap::binlog::{Definitions, Limits, Source, Store, StoreError, position, print};
use ledgertap::change::{Footprint, Position, TableShape, TableUse};
use ledgertap::sandbox::{self, Faults};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row};

use crate::world::{self, Own, Site, SmallShop};

const TABLE: &str = "CREATE TABLE orders (id INT PRIMARY KEY, sn VARCHAR(20) NOT NULL, x VARCHAR(20) NULL, price DECIMAL(8,2) NOT NULL, \
     tax DECIMAL(8,2) NOT NULL DEFAULT 7.77, state ENUM('new','paid') NOT NULL, note TEXT, paid TINYINT NOT NULL DEFAULT 1, \
     made DATETIME NULL) CHARSET=utf8mb4";

/// What is mapped.
const COLUMNS: [&str; 6] = ["id", "made", "note", "price", "sn", "state"];

/// Most of them leave the number of columns and their types as they were, so that nothing but the statement tells.
const ALTERS: [&str; 40] = [
    "ALTER TABLE orders MODIFY tax DECIMAL(8,2) NOT NULL DEFAULT 8.88 AFTER sn",
    "ALTER TABLE orders MODIFY x VARCHAR(20) NULL FIRST",
    "ALTER TABLE orders MODIFY price DECIMAL(8,2) NOT NULL AFTER id, MODIFY tax DECIMAL(8,2) NOT NULL DEFAULT 9.99 AFTER made",
    "ALTER TABLE orders ADD COLUMN a INT NULL",
    "ALTER TABLE orders CHANGE x sn2 VARCHAR(20) NULL AFTER sn",
    "ALTER TABLE orders DROP COLUMN a, ADD COLUMN b INT NULL FIRST",
    "ALTER TABLE orders MODIFY sn VARCHAR(40) NOT NULL",
    "ALTER TABLE orders MODIFY state ENUM('new','paid','sent') NOT NULL FIRST",
    "ALTER TABLE orders ADD (c DECIMAL(8,2) NULL, d DECIMAL(8,2) NULL)",
    "ALTER TABLE orders MODIFY c DECIMAL(8,2) NULL AFTER state",
    "ALTER TABLE orders RENAME COLUMN sn2 TO y",
    "ALTER TABLE orders DROP COLUMN c, MODIFY d DECIMAL(8,2) NULL AFTER state",
    "ALTER TABLE orders ADD INDEX by_sn (sn), ALGORITHM=INPLACE, LOCK=NONE",
    "ALTER TABLE orders MODIFY paid TINYINT NOT NULL DEFAULT 2 FIRST, MODIFY note TEXT AFTER paid",
    "ALTER TABLE orders ADD e ENUM('new','paid','sent') NOT NULL DEFAULT 'sent' FIRST",
    "ALTER TABLE orders MODIFY price DECIMAL(12,2) NOT NULL AFTER tax",
    "ALTER TABLE orders DROP INDEX by_sn, COMMENT='a, (b)'",
    "ALTER TABLE orders CHANGE d `price 2` DECIMAL(12,2) NULL AFTER tax",
    "ALTER TABLE orders DEFAULT CHARACTER SET latin1",
    "ALTER TABLE orders ADD f VARCHAR(40) NULL AFTER id",
    "ALTER TABLE orders MODIFY sn VARCHAR(40) CHARACTER SET utf8mb4 NOT NULL AFTER id",
    "ALTER TABLE orders MODIFY id BIGINT NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (id)",
    "CREATE TABLE _orders_gho LIKE orders",
    "ALTER TABLE _orders_gho ADD g BIGINT NOT NULL DEFAULT 3 FIRST, MODIFY f VARCHAR(40) NULL AFTER sn",
    "RENAME TABLE orders TO _orders_del, _orders_gho TO orders",
    "DROP TABLE _orders_del",
    "ALTER TABLE orders MODIFY note MEDIUMTEXT CHARACTER SET utf8mb4",
    "ALTER TABLE orders ADD h MEDIUMTEXT CHARACTER SET utf8mb4 FIRST",
    "ALTER TABLE orders ENGINE=InnoDB, ROW_FORMAT=DYNAMIC",
    "ALTER TABLE orders DROP e, ADD e2 DATETIME NULL FIRST",
    "ALTER TABLE orders MODIFY made DATETIME NULL FIRST",
    "ALTER TABLE orders DROP g /* not ours */",
    "/* by hand */ ALTER TABLE orders MODIFY `price 2` DECIMAL(12,2) NULL FIRST",
    "ALTER TABLE orders /*!50100 ADD i INT NULL FIRST */",
    "CREATE TABLE _orders_new LIKE orders",
    "ALTER TABLE `_orders_new` DROP COLUMN i, MODIFY COLUMN price DECIMAL(12,2) NOT NULL FIRST",
    "RENAME TABLE `orders` TO `_orders_old`, `_orders_new` TO `orders`",
    "DROP TABLE IF EXISTS `_orders_old`",
    "ALTER TABLE orders ADD j DECIMAL(12,2) NULL FIRST, ALTER `price 2` SET DEFAULT 1.11",
    "ALTER TABLE orders MODIFY made DATETIME NULL AFTER state, MODIFY e2 DATETIME NULL AFTER made",
];

/// A shop whose table has been changed forty times.
struct Changed {
    _server: Own,
    source: Source,
    /// Before the first row.
    from: Position,
    /// What the table looked like there.
    first: Vec<TableShape>,
    head: Position,
    /// Each row as the server printed it right after it was written.
    said: Vec<Vec<Option<String>>>,
}

fn footprint() -> Footprint {
    let columns = COLUMNS.iter().map(|c| (*c).to_owned()).collect();
    Footprint { tables: vec![TableUse { table: "orders".into(), columns, key: vec![0] }] }
}

impl Changed {
    async fn on(server: Own) -> Changed {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
        for statement in ["CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", "SET sql_mode = ''", TABLE] {
            conn.query_drop(statement).await.unwrap();
        }
        let source = Source::from_url(&format!("{}/shop", server.root())).unwrap();
        let mut store = Store::connect(&source).await.unwrap();
        let from = store.head().await.unwrap();
        let first = store.definitions(&from, &["orders".to_owned()], None).await.unwrap().shapes;
        let mut said = vec![sell(&mut conn, 0).await];
        for (i, alter) in ALTERS.iter().enumerate() {
            conn.query_drop(*alter).await.unwrap_or_else(|error| panic!("{alter}: {error}"));
            if alter.starts_with("RENAME") {
                // What such a tool has copied by then.
                continue;
            }
            said.push(sell(&mut conn, i + 1).await);
        }
        let head = store.head().await.unwrap();
        Changed { _server: server, source, from, first, head, said }
    }

    /// What is known at `at` when `kept` was kept with it.
    async fn definitions(&self, at: &Position, kept: Option<&[TableShape]>) -> (Store, Definitions) {
        let mut store = Store::connect(&self.source).await.unwrap();
        let known = store.definitions(at, &["orders".to_owned()], kept).await.unwrap();
        (store, known)
    }

    /// Reads to the head, with a new connection after every `until_new` batches of one transaction.
    async fn read(&self, until_new: usize) -> Vec<Vec<Option<String>>> {
        let (mut at, mut kept, mut rows) = (self.from.clone(), self.first.clone(), Vec::new());
        while !position::reached(&at, &self.head) {
            let (mut store, known) = self.definitions(&at, Some(&kept)).await;
            let mut stream = store.stream(&at, &footprint(), &known.shapes).await.unwrap().settling(&known);
            for _ in 0..until_new {
                let next = stream.next(&Limits { transactions: 1, rows: 1 });
                let batch = tokio::time::timeout(Duration::from_secs(20), next).await.unwrap().unwrap();
                rows.extend(
                    batch.transactions.iter().flat_map(|t| &t.changes).map(|change| printed(change.after.as_ref())),
                );
                at = batch.position;
                // As the state database keeps them.
                let stored = batch.shapes.map(|shapes| serde_json::to_string(&shapes).unwrap());
                kept = stored.map_or(kept, |text| serde_json::from_str(&text).unwrap());
                if position::reached(&at, &self.head) {
                    break;
                }
            }
        }
        rows
    }
}

/// Writes a row, and says what the server makes of it.
async fn sell(conn: &mut Conn, i: usize) -> Vec<Option<String>> {
    let state = ["new", "paid"][i % 2];
    conn.query_drop(format!(
        "INSERT INTO orders (id, sn, price, state, note, made) VALUES ({i}, 'SN{i}', {i}.25, '{state}', '说明 {i}', \
         '2026-11-20 08:15:{i:02}')"
    ))
    .await
    .unwrap();
    let row: Option<Row> =
        conn.query_first(format!("SELECT {} FROM orders WHERE id = {i}", COLUMNS.join(", "))).await.unwrap();
    let row = row.unwrap();
    (0..COLUMNS.len()).map(|column| row.get::<Option<String>, _>(column).unwrap()).collect()
}

fn printed(row: Option<&ledgertap::change::Row>) -> Vec<Option<String>> {
    let value = |value| print::json(value).map(|text| text.trim_matches('"').to_owned()).filter(|text| text != "null");
    row.unwrap().iter().map(value).collect()
}

async fn restarts(server: Own) {
    let shop = Changed::on(server).await;
    // All forty while nobody reads; then with a restart at every boundary, and at every third.
    for until_new in [usize::MAX, 1, 3] {
        assert_eq!(shop.read(until_new).await, shop.said, "a new connection every {until_new} transactions");
    }
    // Without what was kept, a row from before the last change is refused, never read as if it were from after it.
    let (mut store, known) = shop.definitions(&shop.from, None).await;
    assert_eq!((known.shapes.len(), known.pending.len()), (0, 1));
    let mut stream = store.stream(&shop.from, &footprint(), &known.shapes).await.unwrap().settling(&known);
    let error = loop {
        match stream.next(&Limits::default()).await {
            Ok(batch) => assert_eq!(batch.transactions, []),
            Err(error) => break error,
        }
    };
    let text = error.to_string();
    assert!(matches!(error, StoreError::Definite(_)) && text.contains("nothing describes the columns"), "{text}");
    // After its last change it is known again.
    let (_, known) = shop.definitions(&shop.head, None).await;
    assert_eq!((known.shapes.len(), known.pending.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_between_forty_alters_are_read_as_they_were_on_mariadb() {
    restarts(Own::mariadb(&["--binlog-row-metadata=NO_LOG"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_between_forty_alters_are_read_as_they_were_on_mysql() {
    restarts(Own::mysql(&["--binlog-row-metadata=MINIMAL"]).await).await;
}

/// A statement that is not understood: the definition is read again, once nothing more of it is ahead.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_not_understood_is_a_barrier() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Own::mariadb(&["--binlog-row-metadata=NO_LOG"]).await;
    let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
    for statement in ["CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", TABLE] {
        conn.query_drop(statement).await.unwrap();
    }
    let source = Source::from_url(&format!("{}/shop", server.root())).unwrap();
    let mut store = Store::connect(&source).await.unwrap();
    let mut at = store.head().await.unwrap();
    let first = sell(&mut conn, 1).await;
    // With ANSI_QUOTES and plain backslashes a statement may be one that we cannot cut into words.
    for statement in [
        "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "ALTER TABLE orders ADD z VARCHAR(9) NULL DEFAULT 'a\\' FIRST, ADD y INT NULL COMMENT ', DROP sn, '",
        "SET SESSION sql_mode = ''",
    ] {
        conn.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let second = sell(&mut conn, 2).await;
    let head = store.head().await.unwrap();
    let mut kept = store.definitions(&at, &["orders".to_owned()], None).await.unwrap();
    assert_eq!(kept.pending.len(), 1, "what it looks like now is not what it looked like");
    kept.shapes = vec![shape_before()];
    let (mut rows, mut reopened) = (Vec::new(), 0);
    while !position::reached(&at, &head) {
        let known = store.definitions(&at, &["orders".to_owned()], Some(&kept.shapes)).await.unwrap();
        let mut stream = store.stream(&at, &footprint(), &known.shapes).await.unwrap().settling(&known);
        kept.shapes = known.shapes;
        loop {
            match stream.next(&Limits::default()).await {
                Ok(batch) => {
                    rows.extend(batch.transactions.iter().flat_map(|t| &t.changes).map(|c| printed(c.after.as_ref())));
                    at = batch.position;
                    kept.shapes = batch.shapes.unwrap_or(kept.shapes);
                }
                Err(StoreError::Transient(error)) => {
                    assert!(error.to_string().contains("its definition is read again"), "{error}");
                    reopened += 1;
                    break;
                }
                Err(error) => panic!("{error}"),
            }
            if position::reached(&at, &head) {
                break;
            }
        }
    }
    assert_eq!((rows, reopened), (vec![first, second], 1));
}

/// The table as it was made.
fn shape_before() -> TableShape {
    let mut shapes = ledgertap::binlog::Shapes::new("shop", &[], true, 101_119);
    let _ = shapes.follow(TABLE, "shop");
    shapes.get("orders").unwrap().clone()
}

/// The whole bridge: columns of one type change places while it is down, and their values do not.
#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_was_down_while_columns_changed_places_tells_the_right_amounts() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = SmallShop::on(&root).await;
        let listen = "127.0.0.1:0".parse().unwrap();
        let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.unwrap();
        let mut site = Site::new(&shop.url);
        site.erp = sandbox.erp_block();
        shop.sell(1, "A-1").await;
        site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
        shop.sell(2, "A-1").await;
        for alter in [
            "MODIFY goods_amount DECIMAL(10,2) NOT NULL DEFAULT '0.00' AFTER shipping_fee",
            "MODIFY tax DECIMAL(10,2) NOT NULL DEFAULT '0.00' FIRST, MODIFY discount DECIMAL(10,2) NOT NULL DEFAULT '0.00' FIRST",
            "ADD COLUMN extra DECIMAL(10,2) NOT NULL DEFAULT '9.99' FIRST",
        ] {
            shop.sql(&format!("ALTER TABLE ecs_order_info {alter}")).await;
        }
        shop.sell(3, "A-1").await;
        site.run(&["run", "--once"]).await.went_well();
        shop.sql("ALTER TABLE ecs_order_info DROP COLUMN extra").await;
        shop.sell(4, "A-1").await;
        site.run(&["run", "--once"]).await.went_well();
        let orders = sandbox.books().documents.into_iter().filter(|d| d.kind == "sales_order");
        let mut told: Vec<_> = orders.map(|d| (d.reference.unwrap_or_default(), d.total.to_string())).collect();
        told.sort();
        let said = ["SN1", "SN2", "SN3", "SN4"].map(|sn| (sn.to_owned(), "200.00".to_owned()));
        assert_eq!(told, said);
        assert_eq!(site.status().await["held"], serde_json::json!([]));
    }
}

/// MariaDB may log an ALTER where it begins and where it ends, or was given up; rows in between are of the table as it was.
#[tokio::test(flavor = "multi_thread")]
async fn an_alter_in_two_phases_counts_where_it_ends() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Own::mariadb(&["--binlog-row-metadata=NO_LOG"]).await;
    let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
    for statement in ["CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", TABLE, "SET binlog_alter_two_phase = 1"]
    {
        conn.query_drop(statement).await.unwrap();
    }
    let source = Source::from_url(&format!("{}/shop", server.root())).unwrap();
    let mut store = Store::connect(&source).await.unwrap();
    let at = store.head().await.unwrap();
    let known = store.definitions(&at, &["orders".to_owned()], None).await.unwrap();
    let mut said = vec![sell(&mut conn, 1).await];
    let given_up = "ALTER TABLE orders MODIFY tax DECIMAL(8,2) NOT NULL DEFAULT 7.77 FIRST, MODIFY price DECIMAL(8,2) NOT NULL AFTER made, \
         ADD UNIQUE (tax)";
    said.push(sell(&mut conn, 2).await);
    assert!(conn.query_drop(given_up).await.is_err(), "two rows have the same tax");
    said.push(sell(&mut conn, 3).await);
    conn.query_drop("ALTER TABLE orders MODIFY tax DECIMAL(8,2) NOT NULL DEFAULT 8.88 AFTER sn, ADD z INT")
        .await
        .unwrap();
    said.push(sell(&mut conn, 4).await);
    let head = store.head().await.unwrap();
    let mut stream = store.stream(&at, &footprint(), &known.shapes).await.unwrap().settling(&known);
    let mut rows = Vec::new();
    loop {
        let batch = stream.next(&Limits::default()).await.unwrap();
        rows.extend(batch.transactions.iter().flat_map(|t| &t.changes).map(|c| printed(c.after.as_ref())));
        if position::reached(&batch.position, &head) {
            break;
        }
    }
    assert_eq!(rows, said);
}
