//! A first start on a shop that has been selling: old customers and regions are known, old orders are left alone.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ledgertap::binlog::{From, Source, Store};
use ledgertap::bridge::{Bridge, Options};
use ledgertap::change::Position;
use ledgertap::config::{self, Config};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{Engine, create_schema};
use ledgertap::state::{State, Summary};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::watch;

use crate::world;

/// Whole chunks: an empty one comes last.
const USERS: u32 = 3000;

#[tokio::test(flavor = "multi_thread")]
async fn an_old_customer_is_known_on_mariadb_with_myisam() {
    old_customer(&world::mariadb(), Engine::MyIsam).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_customer_is_known_on_mysql_with_innodb() {
    old_customer(&world::mysql(), Engine::InnoDb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_position_is_filled_too() {
    for root in [world::mariadb(), world::mysql()] {
        // After the shop's beginning, so that the binlog from there on has no row of a customer.
        let mut shop = Shop::open(&root, Engine::InnoDb, 5).await;
        let url = shop.url.clone();
        let mut store = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap();
        let by_file = store.head_like(&Position("file:x:4".into())).await.unwrap();
        shop.order(1, 5).await;
        let bridge = Bridge::open(&shop.config(), options(From::At(by_file), true)).await.unwrap();
        let summary = bridge.run(watch::channel(false).1).await.unwrap();
        assert_eq!((summary.documents.get("sales_order"), summary.held_count), (Some(&1), 0));
        assert_eq!(shop.name_in_erp("U5").as_deref(), Some("老客户5"));
    }
}

async fn old_customer(root: &str, engine: Engine) {
    let mut shop = Shop::open(root, engine, USERS).await;
    shop.config += "\n[books]\nopening = \"none\"\n";
    shop.order(1, 2).await;
    let bridge = Bridge::open(&shop.config(), options(From::Now, false)).await.unwrap();
    let state = bridge.state();
    let (stop, stops) = watch::channel(false);
    let running = tokio::spawn(bridge.run(stops));
    until(&state, |summary| summary.position.is_some()).await;
    assert_eq!(shop.mirrored("ecs_users"), i64::from(USERS));
    assert_eq!(shop.mirrored("ecs_order_info") + shop.mirrored("ecs_order_goods"), 0);
    assert_eq!(state.summary().await.unwrap().settling, 0, "what is filled is no change");

    shop.order(2, USERS).await;
    shop.run("UPDATE ecs_users SET user_name = '改名' WHERE user_id = 7").await;
    shop.order(3, 7).await;
    shop.run("UPDATE ecs_order_info SET consignee = '别人' WHERE order_id = 1").await;
    let summary = until(&state, |s| s.outbox.get("delivered") == Some(&4) && s.held_count == 1).await;

    assert_eq!(shop.name_in_erp(&format!("U{USERS}")), Some(format!("老客户{USERS}")));
    assert_eq!(shop.name_in_erp("U7").as_deref(), Some("改名"));
    assert_eq!(shop.name_in_erp("U2"), None, "a customer without a new order is not told");
    let [province, city]: [String; 2] =
        [2, 52].map(|id| format!("SELECT region_name FROM ecs_region WHERE region_id = {id}"));
    let (province, city) = (shop.ask(&province).await, shop.ask(&city).await);
    assert_eq!(shop.ship_to("SN2"), format!("王小明 {province}{city}人民路1号"));
    assert_eq!(summary.held[0].order, "SN1");
    assert!(summary.held[0].reason.contains("older than the stream's beginning"), "{}", summary.held[0].reason);
    assert_eq!(shop.sandbox.books().documents_by_kind().get("sales_order"), Some(&2));
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_was_emptied_before_it_was_read_loses_nothing() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = Shop::open(&root, Engine::InnoDb, 5).await;
        let from = Store::connect(&Source::from_url(&shop.url).unwrap()).await.unwrap().head().await.unwrap();
        shop.run("TRUNCATE ecs_users").await;
        shop.run("INSERT INTO ecs_users (user_id, user_name) VALUES (9, '新客户')").await;
        shop.order(1, 9).await;
        shop.order(2, 5).await;
        let run = async || {
            let bridge = Bridge::open(&shop.config(), options(From::At(from.clone()), true)).await.unwrap();
            let (_going, stops) = watch::channel(false);
            bridge.run(stops).await
        };
        let summary = run().await.unwrap();
        assert_eq!(summary.documents.get("sales_order"), Some(&1));
        assert!(summary.held[0].reason.contains("U5 is not in the mirror"), "{}", summary.held[0].reason);
        assert_eq!(shop.mirrored("ecs_users"), 1);

        // What was filled, and has had no event since, is not empty.
        let mut conn = Conn::from_url(&shop.url).await.unwrap();
        conn.query_drop("TRUNCATE ecs_region").await.unwrap();
        let error = format!("{:#}", run().await.unwrap_err());
        assert!(error.contains("TRUNCATE ecs_region"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_killed_goes_on() {
    const MANY: u32 = 40_000;
    let mut shop = Shop::open(&world::mariadb(), Engine::InnoDb, MANY).await;
    let start = |shop: &Shop, more: &[&str]| {
        let config = shop.folder.path().join("ledgertap.toml");
        std::fs::write(&config, &shop.config).unwrap();
        Command::new(env!("CARGO_BIN_EXE_ledgertap"))
            .args(["run", "--config", config.to_str().unwrap(), "--from", "now"])
            .args(more)
            .env("LEDGERTAP_LOG", "error")
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut process = start(&shop, &[]);
    let begun = Instant::now();
    while shop.mirrored("ecs_users") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing is read");
        std::thread::sleep(Duration::from_millis(5));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let read = shop.mirrored("ecs_users");
    assert!((1..i64::from(MANY)).contains(&read), "{read} were read before the kill");
    assert_eq!(shop.position(), None, "half a mirror has no position");

    // Read, and deleted before the next start: the binlog from the first start on says so.
    shop.run("DELETE FROM ecs_users WHERE user_id = 1").await;
    assert!(start(&shop, &["--once"]).wait().unwrap().success());
    assert!(shop.position().is_some());
    assert_eq!(shop.mirrored("ecs_users"), i64::from(MANY) - 1);
}

fn options(from: From, once: bool) -> Options {
    Options { from: Some(from), once, ..Options::default() }
}

async fn until(state: &std::sync::Arc<dyn State>, done: impl Fn(&Summary) -> bool) -> Summary {
    let begun = Instant::now();
    loop {
        let summary = state.summary().await.unwrap();
        if done(&summary) {
            return summary;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{summary:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A shop with a past, an ERP without one, and a place for the state between.
struct Shop {
    conn: Conn,
    url: String,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    config: String,
}

impl Shop {
    async fn open(root: &str, engine: Engine, users: u32) -> Shop {
        let url = world::fresh_database(root, "first_start").await;
        create_schema(&url, engine).await.unwrap();
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = write_config(folder.path(), &url, &sandbox);
        let mut shop = Shop { conn: Conn::from_url(&url).await.unwrap(), url, sandbox, folder, config };
        shop.run("SET sql_mode = ''").await;
        let ids: Vec<u32> = (1..=users).collect();
        for ids in ids.chunks(1000) {
            let rows: Vec<String> =
                ids.iter().map(|id| format!("({id}, '老客户{id}', 'u{id}@shop.example')")).collect();
            shop.run(&format!("INSERT INTO ecs_users (user_id, user_name, email) VALUES {}", rows.join(", "))).await;
        }
        shop
    }

    async fn run(&mut self, statement: &str) {
        self.conn.query_drop(statement).await.unwrap();
    }

    async fn ask(&mut self, question: &str) -> String {
        self.conn.query_first(question).await.unwrap().unwrap()
    }

    /// A paid order with one line.
    async fn order(&mut self, id: u32, user: u32) {
        let header = format!(
            "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, province, city, address, \
             goods_amount, money_paid, add_time) \
             VALUES ({id}, 'SN{id}', {user}, 1, 2, '王小明', 2, 52, '人民路1号', 30.00, 30.00, UNIX_TIMESTAMP())"
        );
        let line = format!(
            "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, goods_number, goods_price) \
             VALUES ({id}, 1, '茶', 'TEA', 3, 10.00)"
        );
        self.run(&header).await;
        self.run(&line).await;
    }

    fn config(&self) -> Config {
        config::parse("the test's config", &self.config, &|_| None).unwrap()
    }

    fn name_in_erp(&self, customer: &str) -> Option<String> {
        self.sandbox.books().find("customer", customer)?.name.clone()
    }

    fn ship_to(&self, number: &str) -> String {
        let sql = "SELECT json_extract(payload, '$.ship_to') FROM outbox WHERE kind = 'sales_order' AND number = ?1";
        self.state().query_row(sql, [number], |row| row.get(0)).unwrap()
    }

    fn mirrored(&self, table: &str) -> i64 {
        let count = "SELECT count(*) FROM mirror WHERE tbl = ?1";
        self.state().query_row(count, [table], |row| row.get(0)).unwrap_or_default()
    }

    fn position(&self) -> Option<String> {
        self.state().query_row("SELECT position FROM stream", [], |row| row.get(0)).unwrap()
    }

    /// The state database, beside the bridge; without tables where there is none yet.
    fn state(&self) -> Connection {
        let path = self.folder.path().join("state.db");
        let there = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
        there.unwrap_or_else(|_| Connection::open_in_memory().unwrap())
    }
}

fn write_config(folder: &Path, url: &str, sandbox: &Sandbox) -> String {
    format!(
        "[store]\nurl = \"{url}\"\nmapping = \"ecshop\"\n[store.profile]\nsettle = \"200ms\"\n[state]\nurl = \"sqlite:{}\"\n{}\n\
         [relay]\nconcurrency = 4\nrate_per_minute = 600000\nbackoff = \"50ms\"\nbackoff_max = \"1s\"\n",
        folder.join("state.db").display(),
        sandbox.erp_block()
    )
}
