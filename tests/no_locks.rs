//! What opening the books does to a store that sells meanwhile: it reads, a little at a time. The server itself is asked what
//! our account ran (its general log), which locks it held and how old its transactions became.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ledgertap::sandbox::{self, Faults};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use rusqlite::Connection;

use crate::world::{Own, Site, SmallShop};

/// Orders, each with a number of lines.
const ORDERS: u32 = 2_000;
const LINES_OF_ONE: u32 = 10;
const LINES: u32 = ORDERS * LINES_OF_ONE;
/// So that reading them takes many times as long as a statement may.
const ROWS_PER_SECOND: u32 = 3_000;
/// The most rows that one SELECT asks for: those of a second.
const CHUNK_MAX: u32 = ROWS_PER_SECOND;
/// Seconds, by the server's clock, which counts whole ones.
const TRANSACTION_AGE_MAX: i64 = 2;
/// InnoDB shows its transactions as they were at an earlier look, where that was less than 100 ms ago.
const LOOK_AT_TRANSACTIONS: Duration = Duration::from_millis(150);
/// The lock of a SELECT in MySQL.
const PLAIN_READ: &str = "TABLE SHARED_READ TRANSACTION";

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_neither_locks_nor_writes_on_mariadb() {
    let own = Own::mariadb(&[]).await;
    let seen = watched_opening(&own, "InnoDB", "").await;
    assert_eq!(seen.locks, BTreeSet::new(), "MariaDB's InnoDB counts them in innodb_trx");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_neither_locks_nor_writes_on_mysql() {
    let own = Own::mysql(&[]).await;
    let seen = watched_opening(&own, "InnoDB", "").await;
    // What any SELECT takes for as long as it runs, and what information_schema takes to describe a table: none of them keeps
    // a writer out.
    let plain = [
        PLAIN_READ,
        "TABLE SHARED TRANSACTION",
        "TABLE SHARED_HIGH_PRIO TRANSACTION",
        "TABLE SHARED_HIGH_PRIO EXPLICIT",
        "SCHEMA INTENTION_EXCLUSIVE TRANSACTION",
        "SCHEMA INTENTION_EXCLUSIVE EXPLICIT",
        // The optimizer's, while it looks for a histogram.
        "COLUMN STATISTICS SHARED_READ EXPLICIT",
    ]
    .map(str::to_owned);
    assert!(seen.locks.is_subset(&plain.into()), "{:?}", seen.locks);
}

/// A SELECT on MyISAM keeps writers out while it runs: wide rows are asked for in small numbers, and what was held is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_reads_lock_is_read_in_short_statements() {
    let own = Own::mariadb(&["--max-allowed-packet=64M"]).await;
    let seen = watched_opening(&own, "MyISAM", &"长".repeat(2_000)).await;
    let wide = seen.limits("ecs_order_goods");
    assert!(wide.iter().all(|limit| *limit < ROWS_PER_SECOND), "of 6 kB a row: {wide:?}");
    assert!(wide.len() as u32 > LINES / ROWS_PER_SECOND * 2, "{wide:?}");
    let said = seen.said.lines().find(|l| l.contains("table read into the mirror") && l.contains("ecs_order_goods"));
    assert!(said.is_some_and(|line| line.contains("longest_lock_ms")), "{}", seen.said);
}

/// What the server saw of our account.
struct Seen {
    /// Each statement, as the general log has it.
    statements: Vec<String>,
    /// Locks that it held at any moment.
    locks: BTreeSet<String>,
    /// The bridge's log.
    said: String,
}

impl Seen {
    /// How many rows each SELECT of a table asked for.
    fn limits(&self, table: &str) -> Vec<u32> {
        let of_table = self.statements.iter().filter(|s| s.contains(&format!("FROM `{table}`")));
        of_table.filter_map(|s| s.rsplit_once(" LIMIT ")?.1.trim().parse().ok()).collect()
    }
}

/// Opens a shop's books while it sells, and checks what holds for any engine.
async fn watched_opening(own: &Own, engine: &str, text: &str) -> Seen {
    let mut shop = SmallShop::on(&own.root()).await;
    for table in ["ecs_users", "ecs_order_info", "ecs_order_goods"] {
        shop.sql(&format!("ALTER TABLE {table} ENGINE = {engine}")).await;
    }
    fill(&mut shop, text).await;
    let config = sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 7);
    let sandbox = sandbox::start(config).await.unwrap();
    let tap = own.as_tap(&shop.url).await;
    let mut site = Site::new(&tap);
    site.erp = sandbox.erp_block();
    let mut eyes = own.conn().await;
    if engine == "InnoDB" {
        has_eyes(&mut eyes, &tap).await;
    }
    own.run(&["SET GLOBAL log_output = 'TABLE'", "SET GLOBAL general_log = 1"]).await;

    let over = Arc::new(AtomicBool::new(false));
    let selling = tokio::spawn(sell(shop.url.clone(), over.clone()));
    let watching = tokio::spawn(watch(eyes, over.clone()));
    let begun = Instant::now();
    let args =
        ["run", "--from", "now", "--max-rows-per-second", &ROWS_PER_SECOND.to_string(), "--parallel-tables", "2"];
    let mut running = site.start(&args);
    running.until_said("tables read; taking them back to the start", 1).await;
    let took = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    let (sold, watched) = (selling.await.unwrap(), watching.await.unwrap());
    own.run(&["SET GLOBAL general_log = 0"]).await;
    let state = Connection::open(site.state()).unwrap();
    let ended = running.terminate().await;
    ended.went_well();
    assert!(took > Duration::from_secs(3 * TRANSACTION_AGE_MAX as u64), "{took:?} is too short to say anything");
    assert!(watched.looks > 10 && sold > 100, "{} looks, {sold} sold: nobody was there", watched.looks);
    assert!(watched.oldest <= TRANSACTION_AGE_MAX, "open for {} s: {}", watched.oldest, watched.oldest_is);
    assert_eq!(watched.locked_or_written, 0, "rows that a transaction of ours locked or wrote");

    let statements = statements(own).await;
    statements.iter().for_each(|statement| harmless(statement));
    let count = |beginning: &str| statements.iter().filter(|s| s.starts_with(beginning)).count();
    assert_eq!(count("START TRANSACTION"), count("ROLLBACK"), "each look at a snapshot's position ends at once");
    let seen = Seen { statements, locks: watched.locks, said: ended.stderr };
    let limits = seen.limits("ecs_order_goods");
    assert!(limits.len() as u32 >= LINES / CHUNK_MAX && limits.iter().all(|limit| *limit <= CHUNK_MAX), "{limits:?}");
    let mirrored = "SELECT count(*) FROM mirror WHERE tbl = 'ecs_order_goods'";
    let mirrored: u32 = state.query_row(mirrored, [], |row| row.get(0)).unwrap();
    assert!((LINES..=LINES + sold).contains(&mirrored), "{mirrored} lines, of {LINES} and {sold}");
    seen
}

async fn fill(shop: &mut SmallShop, text: &str) {
    shop.sql("INSERT INTO ecs_users (user_id, user_name, email) VALUES (1, '客户', 'c@x.example')").await;
    let order = |id: u32| format!("({id}, 'SN{id}', 1, 1, 2, '王小明', 200.00, 1780000000)");
    let line = |id: u32| format!("({id}, {}, {id}, '商品', 'SKU-1', 1, 20.00, '{text}')", 1 + id % ORDERS);
    for from in (1..=LINES).step_by(1_000) {
        let lines: Vec<String> = (from..from + 1_000).map(line).collect();
        shop.sql(&format!("INSERT INTO ecs_order_goods ({LINE}) VALUES {}", lines.join(", "))).await;
    }
    let orders: Vec<String> = (1..=ORDERS).map(order).collect();
    shop.sql(&format!("INSERT INTO ecs_order_info ({ORDER}) VALUES {}", orders.join(", "))).await;
}

const ORDER: &str = "order_id, order_sn, user_id, order_status, pay_status, consignee, goods_amount, add_time";
const LINE: &str = "rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, goods_price, goods_attr";

/// Sells, and writes to what is old, until it is over; answers how many were sold.
async fn sell(url: String, over: Arc<AtomicBool>) -> u32 {
    let mut conn = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
    conn.query_drop("SET sql_mode = '', time_zone = '+00:00'").await.unwrap();
    let mut sold = 0;
    while !over.load(Ordering::Relaxed) {
        sold += 1;
        let (id, old) = (LINES + sold, 1 + sold * 97 % ORDERS);
        for statement in [
            "BEGIN".to_owned(),
            format!("INSERT INTO ecs_order_info ({ORDER}) VALUES ({id}, 'SN{id}', 1, 1, 2, '王', 200.00, 1780000000)"),
            format!("INSERT INTO ecs_order_goods ({LINE}) VALUES ({id}, {id}, 1, '商品', 'SKU-1', 1, 200.00, '')"),
            "COMMIT".to_owned(),
            format!("UPDATE ecs_order_info SET consignee = '改{sold}' WHERE order_id = {old}"),
        ] {
            conn.query_drop(statement).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    conn.disconnect().await.unwrap();
    sold
}

#[derive(Default)]
struct Watched {
    looks: u32,
    /// The age of the oldest transaction of ours, in seconds.
    oldest: i64,
    /// What it was doing when it was the oldest.
    oldest_is: String,
    locked_or_written: u64,
    locks: BTreeSet<String>,
}

/// What a reader of ours has open is seen, for as long as it is.
async fn has_eyes(eyes: &mut Conn, tap: &str) {
    let mut reader = Conn::new(Opts::from_url(tap).unwrap()).await.unwrap();
    reader.query_drop("START TRANSACTION").await.unwrap();
    reader.query_drop("SELECT user_id FROM ecs_users").await.unwrap();
    assert_eq!(transactions(eyes).await.len(), 1);
    if says_locks(eyes).await {
        assert!(locks(eyes).await.iter().any(|lock| lock == PLAIN_READ));
    }
    reader.disconnect().await.unwrap();
    for looks in 0.. {
        tokio::time::sleep(LOOK_AT_TRANSACTIONS).await;
        if transactions(eyes).await.is_empty() {
            break;
        }
        assert!(looks < 100, "it does not end");
    }
}

/// Looks at our account's transactions and locks, again and again.
async fn watch(mut conn: Conn, over: Arc<AtomicBool>) -> Watched {
    let says_locks = says_locks(&mut conn).await;
    let (mut watched, mut next) = (Watched::default(), Instant::now());
    while !over.load(Ordering::Relaxed) {
        if Instant::now() >= next {
            for (age, rows, doing) in transactions(&mut conn).await {
                if age > watched.oldest {
                    (watched.oldest, watched.oldest_is) = (age, doing);
                }
                watched.locked_or_written += rows;
            }
            watched.looks += 1;
            next = Instant::now() + LOOK_AT_TRANSACTIONS;
        }
        if says_locks {
            watched.locks.extend(locks(&mut conn).await);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    watched
}

/// Those of our account: the age in seconds, how many rows each has locked or written, and what it is at.
async fn transactions(conn: &mut Conn) -> Vec<(i64, u64, String)> {
    const TRANSACTIONS: &str = "SELECT TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), \
         CAST(t.trx_rows_locked + t.trx_rows_modified AS UNSIGNED), \
         CONCAT_WS(', ', p.command, p.state, p.time, t.trx_started, NOW(), t.trx_query) \
         FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
         WHERE p.user = 'tap'";
    conn.query(TRANSACTIONS).await.unwrap()
}

/// Those of our account.
async fn locks(conn: &mut Conn) -> Vec<String> {
    const LOCKS: &str = "SELECT CONCAT_WS(' ', m.OBJECT_TYPE, m.LOCK_TYPE, m.LOCK_DURATION) \
         FROM performance_schema.metadata_locks m JOIN performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID \
         WHERE t.PROCESSLIST_USER = 'tap' AND m.OBJECT_SCHEMA LIKE 't\\_%' \
         UNION ALL SELECT CONCAT_WS(' ', 'data', d.OBJECT_SCHEMA, d.OBJECT_NAME, d.LOCK_TYPE, d.LOCK_MODE) \
         FROM performance_schema.data_locks d JOIN performance_schema.threads t ON t.THREAD_ID = d.THREAD_ID \
         WHERE t.PROCESSLIST_USER = 'tap'";
    conn.query(LOCKS).await.unwrap()
}

/// MariaDB has no such table.
async fn says_locks(conn: &mut Conn) -> bool {
    let version: Option<String> = conn.query_first("SELECT VERSION()").await.unwrap();
    !version.unwrap_or_default().contains("MariaDB")
}

/// Every statement of our account, in order.
async fn statements(own: &Own) -> Vec<String> {
    let sql = "SELECT CAST(command_type AS CHAR), CONVERT(argument USING utf8mb4) FROM mysql.general_log \
               WHERE user_host LIKE 'tap%' ORDER BY event_time";
    let all: Vec<(String, String)> = own.conn().await.query(sql).await.unwrap();
    assert!(all.len() > 20, "the general log has {} lines of ours", all.len());
    let mut statements = Vec::new();
    for (command, text) in all {
        match command.as_str() {
            "Query" | "Execute" => statements.push(text),
            // Its text comes again where it is executed.
            "Prepare" => {}
            "Connect" | "Quit" | "Close stmt" | "Reset stmt" | "Ping" | "Init DB" => {}
            dump => assert!(dump.starts_with("Binlog Dump") || dump.starts_with("Register"), "{dump}: {text}"),
        }
    }
    statements
}

/// Panics where a statement may lock, write, or change the server.
fn harmless(statement: &str) {
    const BEGINNINGS: &[&str] = &["SELECT ", "SHOW ", "SET ", "START TRANSACTION WITH CONSISTENT SNAPSHOT", "ROLLBACK"];
    const NEVER: &[&str] = &[
        "FOR UPDATE",
        "FOR SHARE",
        "LOCK IN SHARE MODE",
        "GET_LOCK",
        "LOCK TABLE",
        "FLUSH",
        "INTO OUTFILE",
        "SET GLOBAL",
        "SET PERSIST",
    ];
    let upper = statement.trim().to_uppercase();
    assert!(BEGINNINGS.iter().any(|b| upper.starts_with(b)), "{statement}");
    let offence = NEVER.iter().find(|never| upper.contains(**never));
    assert_eq!(offence, None, "{statement}");
}
