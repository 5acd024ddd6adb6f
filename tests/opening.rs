//! Opening the books of a store that has been selling: what the ERP is taken to know, and what comes after it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ledgertap::binlog::{Source, Store};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{self, Engine, Pace, ShopConfig, Tills};
use rusqlite::Connection;
use rust_decimal::Decimal;

use crate::crash::{seed, sell};
use crate::world::{self, Site};

/// How many orders there are when the books are opened, of how many in the end.
const BEFORE: usize = 120;
const ORDERS: u32 = 260;

#[tokio::test(flavor = "multi_thread")]
async fn a_living_shop_s_books_open_at_one_position_on_mariadb() {
    living_shop(&world::mariadb(), Engine::MyIsam).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_shop_s_books_open_at_one_position_on_mysql() {
    living_shop(&world::mysql(), Engine::InnoDb).await;
}

/// The books are opened while the shop sells, refunds and discounts, by a bridge that is killed three times meanwhile.
async fn living_shop(server: &str, engine: Engine) {
    let seed = seed();
    println!("opening: repeat with LEDGERTAP_TEST_SEED={seed}");
    let url = world::fresh_database(server, "opening").await;
    let beginning = head(&url).await;
    shop::create_schema(&url, engine).await.unwrap();
    let tills = Tills::default();
    let config = ShopConfig::new(&url, engine, seed, ORDERS);
    let config =
        ShopConfig { pace: Pace::PerSecond(25.0), tills: tills.clone(), opens_at: jiff::Timestamp::now(), ..config };
    let selling = tokio::spawn(sell(config));
    let closed = loop {
        if shop::store_totals(&url).await.unwrap().len() >= BEFORE {
            break tills.close().await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let (start, before) = (head(&url).await, shop::store_totals(&url).await.unwrap());
    drop(closed);

    let sandbox = quiet_sandbox().await;
    for (order, total) in before.iter().filter(|(_, total)| !total.is_zero()) {
        sandbox.add_order(order, *total);
    }
    let mut site = Site::new(&url);
    site.erp = sandbox.erp_block();
    site.blocks = "[books]\nopening = 'baseline'\n".into();
    for kill in 1..=3 {
        let was = progress(&site);
        let running = site.start(&["run", "--from", &start, "--max-rows-per-second", "300"]);
        let begun = Instant::now();
        while progress(&site) == was {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not go on after kill {kill}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running.kill().await;
        assert!(progress(&site).is_some(), "it was over before kill {kill}");
    }
    let model = selling.await.unwrap();
    site.run(&["run", "--from", &start, "--once"]).await.went_well();

    let after = shop::store_totals(&url).await.unwrap();
    let opened = opened(&site);
    for (order, total) in &opened {
        assert_eq!(before.get(order), Some(total), "{order} at the start");
    }
    let missed: Vec<&String> = before
        .iter()
        .filter(|(order, total)| !total.is_zero() && !opened.contains_key(*order))
        .map(|(o, _)| o)
        .collect();
    assert!(missed.len() <= 3, "only what was being written at the start is not opened: {missed:?}");
    let books = sandbox.books();
    let (told, totals) = (told(&site), books.totals());
    for (order, total) in &after {
        assert_eq!(told.get(order).copied().unwrap_or_default(), *total, "{order} in the ledger");
        let notes = totals.get(order).copied().unwrap_or_default();
        assert_eq!(opened.get(order).copied().unwrap_or_default() + notes, *total, "{order} in the ERP");
    }
    assert!(model.orders.len() > opened.len() && opened.values().sum::<Decimal>() > Decimal::ZERO);
    let noted = opened.keys().filter(|order| totals.get(*order).is_some_and(|t| !t.is_zero())).count();
    assert!(noted > 0, "none of the orders of before changed");
    assert_eq!((books.duplicates, held(&site)), (0, vec![]));

    // One that reads the shop's whole life from the binlog comes to the same mirror.
    let mut other = Site::new(&url);
    other.erp = quiet_sandbox().await.erp_block();
    other.run(&["run", "--from", &beginning, "--once"]).await;
    assert_eq!(mirror(&site), mirror(&other));
}

/// An order that is older than the opening is partly returned, discounted and cancelled after it.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_before_is_credited_correctly() {
    for server in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, site) = world::small_shop(&server).await;
        for id in 1..=3 {
            shop.sell(id, "SKU-1").await;
            sandbox.add_order(&format!("SN{id}"), "200.00".parse().unwrap());
        }
        site.run(&["run", "--from", "now", "--once"]).await.went_well();
        assert_eq!(summary(&site).await, (3, "600.00".into()));
        assert_eq!(sandbox.books().documents.len(), 0, "nothing is posted");

        shop.sell(4, "SKU-1").await;
        shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 1").await;
        shop.sql("UPDATE ecs_order_info SET order_status = 2 WHERE order_id = 2").await;
        site.run(&["run", "--once"]).await.went_well();
        let books = sandbox.books();
        let kinds: Vec<(String, u64)> = books.documents_by_kind().into_iter().collect();
        let expected = [("credit_note", 2), ("customer", 3), ("outbound", 1), ("sales_order", 1)];
        assert_eq!(kinds, expected.map(|(kind, n)| (kind.to_owned(), n)));
        let note = |number: &str| books.find("credit_note", number).unwrap();
        assert_eq!((note("SN1-CN1").total, note("SN1-CN1").reason.as_deref()), (d("20.00"), Some("discount")));
        let cancelled = note("SN2-CN1");
        assert_eq!((cancelled.total, cancelled.reason.as_deref()), (d("200.00"), Some("cancellation")));
        assert_eq!(cancelled.original.as_deref(), Some("SN2"));
        assert!(cancelled.lines.iter().any(|l| l.sku == "SKU-1" && l.source.is_none()));
        let traced = site.run(&["trace", "SN2"]).await.stdout;
        let opened = "opened                net 176.99 + tax 23.01 = 200.00: the ERP was taken to know it\n";
        assert!(traced.contains(opened), "{traced}");
        assert_eq!((books.rejected, books.duplicates), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_since_a_day_are_posted() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    for id in 1..=3 {
        shop.sell(id, "SKU-1").await;
    }
    shop.sql("UPDATE ecs_order_info SET add_time = add_time - 86400 WHERE order_id = 1").await;
    site.blocks = "[books]\nopening = 'post-since 2999-01-01'\n".into();
    let refused = site.run(&["run", "--from", "now", "--once"]).await;
    refused.says(2, &["books.opening: 2999-01-01 is in the future"]);
    site.blocks = "[books]\nopening = 'post-since 2026-05-29'\n".into();
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    assert_eq!(summary(&site).await, (1, "200.00".into()));
    let posted: Vec<String> = orders(&sandbox);
    assert_eq!(posted, ["SN2", "SN3"]);
    assert_eq!(held(&site), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_erp_s_own_list_says_what_it_knows() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    for id in 1..=4 {
        shop.sell(id, "SKU-1").await;
    }
    let file = site.path("known.csv");
    site.blocks = format!("[books]\nopening = 'import {}'\n", file.display());
    for (text, said) in [
        ("order,total\nSN1,200.00\nSN2,2o0\n", "known.csv:3: the total \"2o0\" is no amount"),
        ("order,total\nSN1,200.00\nSN1,200.00\n", "known.csv:3: the order SN1 is there twice"),
        ("order,amount\nSN1,200.00\n", "known.csv:1: has no column `total`"),
    ] {
        std::fs::write(&file, text).unwrap();
        site.run(&["run", "--from", "now", "--once"]).await.says(2, &[said]);
    }
    assert!(!site.path("dry.csv").exists(), "nothing was read");
    std::fs::write(&file, "order,total,tax,reference\nSN1,200.00,23.01,XSDD-0007\nSN2,180.00,,\nSN3,200.00,20.00,\n")
        .unwrap();

    let dry = site.path("dry.csv").display().to_string();
    let args = ["opening", "--dry-run", "--json", "--file", &dry];
    let told = site.run(&args).await;
    told.went_well();
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((&json["opened"]["CNY"]["orders"], &json["told"]["CNY"]["orders"]), (&1.into(), &1.into()), "{json}");
    assert_eq!((&json["held"], &json["opened"]["CNY"]["amounts"]["total"]), (&2.into(), &"200.00".into()), "{json}");
    let lines = std::fs::read_to_string(&dry).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[1], "1,SN1,known,XSDD-0007,176.99,23.01,200.00,CNY,");
    assert!(lines[2].starts_with("2,SN2,held,,,,,CNY,\"the file of the opening says"), "{}", lines[2]);
    assert_eq!(lines[4], "4,SN4,told,,176.99,23.01,200.00,CNY,");
    site.run(&args).await.says(2, &["dry.csv: cannot be made"]);
    assert!(orders(&sandbox).is_empty() && progress(&site).is_none(), "a dry run changes nothing");

    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    assert_eq!(summary(&site).await, (1, "200.00".into()));
    assert_eq!(orders(&sandbox), ["SN4"]);
    let held = held(&site);
    assert_eq!(held.len(), 2, "{held:?}");
    assert!(held[0].contains("the ERP has 180.00 of it, and the store says 200.00"), "{held:?}");
    assert!(held[1].contains("the ERP has a tax of 20.00 of it, and the store says 23.01"), "{held:?}");

    sandbox.add_order("SN1", d("200.00"));
    shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 1").await;
    site.run(&["run", "--once"]).await.went_well();
    let books = sandbox.books();
    assert_eq!(books.find("credit_note", "SN1-CN1").unwrap().original.as_deref(), Some("XSDD-0007"));
}

/// What cannot be taken back to the start stops with the statement, and the next run begins anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_cannot_be_rewound_is_refused() {
    for server in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, mut site) = world::small_shop(&server).await;
        shop.sell(1, "SKU-1").await;
        let start = shop.head().await;
        shop.sql("TRUNCATE ecs_back_order").await;
        shop.sell(2, "SKU-1").await;
        site.blocks = "[books]\nopening = 'baseline'\n".into();
        let refused = site.run(&["run", "--from", &start, "--once"]).await;
        refused.says(1, &["the books cannot be opened at", "TRUNCATE ecs_back_order", "--from now"]);
        site.run(&["run", "--from", "now", "--once"]).await.went_well();
        assert_eq!(summary(&site).await, (2, "400.00".into()));
        assert_eq!(orders(&sandbox), [""; 0]);
    }
}

async fn quiet_sandbox() -> Sandbox {
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.unwrap()
}

async fn head(url: &str) -> String {
    Store::connect(&Source::from_url(url).unwrap()).await.unwrap().head().await.unwrap().to_string()
}

fn open(site: &Site) -> Option<Connection> {
    let state = site.state();
    state.exists().then(|| Connection::open(state).unwrap())
}

/// How far the opening has come; `None` where there is none, or it is over.
fn progress(site: &Site) -> Option<String> {
    open(site)?.query_row("SELECT opening FROM stream", [], |r| r.get(0)).ok().flatten()
}

fn totals(site: &Site, sql: &str) -> BTreeMap<String, Decimal> {
    let conn = open(site).unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))).unwrap();
    rows.map(|row| row.unwrap()).map(|(order, total)| (order, total.parse().unwrap())).collect()
}

fn opened(site: &Site) -> BTreeMap<String, Decimal> {
    totals(site, "SELECT order_no, total FROM ledger_opening")
}

fn told(site: &Site) -> BTreeMap<String, Decimal> {
    totals(site, "SELECT number, total FROM ledger_order")
}

fn held(site: &Site) -> Vec<String> {
    let conn = open(site).unwrap();
    let mut statement = conn.prepare("SELECT held FROM ledger_order WHERE held IS NOT NULL ORDER BY number").unwrap();
    let rows = statement.query_map([], |r| r.get(0)).unwrap();
    rows.map(|row| row.unwrap()).collect()
}

fn mirror(site: &Site) -> Vec<(String, String, String)> {
    let conn = open(site).unwrap();
    let mut statement = conn.prepare("SELECT tbl, key, row FROM mirror ORDER BY tbl, key").unwrap();
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    rows.map(|row| row.unwrap()).collect()
}

/// Orders of the opening balance, and what they come to.
async fn summary(site: &Site) -> (u64, String) {
    let status = site.status().await;
    let total = status["opened_amounts"]["total"].as_str().unwrap().to_owned();
    (status["opened"].as_u64().unwrap(), total)
}

fn orders(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    let mut orders: Vec<String> =
        books.documents.iter().filter(|d| d.kind == "sales_order").map(|d| d.number.clone()).collect();
    orders.sort();
    orders
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}
