//! Exactly once, whatever crashes: the real process is killed thirty times while the shop sells and the ERP misbehaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ledgertap::binlog::{Source, Store};
use ledgertap::demo::{Accounts, compare};
use ledgertap::sandbox::{self, Books, Faults, Sandbox};
use ledgertap::shop::{self, Engine, Model, Pace, Shop, ShopConfig};
use ledgertap::state::sqlite::SqliteState;
use ledgertap::state::{EntryInfo, State};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::world;

const KILLS: u32 = 30;
const ORDERS: u32 = 300;
const ORDERS_PER_SECOND: f64 = 14.0;
const SETTLE: Duration = Duration::from_millis(200);
const REST_MAX: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread")]
async fn thirty_kills_on_mariadb_with_myisam() {
    thirty_kills(&world::mariadb(), Engine::MyIsam, "crash_maria").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_kills_on_mysql_with_innodb() {
    thirty_kills(&world::mysql(), Engine::InnoDb, "crash_mysql").await;
}

async fn thirty_kills(server: &str, engine: Engine, label: &str) {
    let seed = seed();
    println!("{label}: repeat with LEDGERTAP_TEST_SEED={seed}");
    let url = world::fresh_database(server, label).await;
    let from = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap().head().await.unwrap();
    shop::create_schema(&url, engine).await.unwrap();
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::rough(), seed)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge { config: write_config(folder.path(), &url, &sandbox), from: from.to_string() };

    let selling = tokio::spawn(sell(ShopConfig {
        pace: Pace::PerSecond(ORDERS_PER_SECOND),
        rest: SETTLE * 3,
        ..ShopConfig::new(&url, engine, seed, ORDERS)
    }));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    for kill in 1..=KILLS {
        let mut process = bridge.start(&[]);
        tokio::time::sleep(Duration::from_millis(dice.random_range(60..1500))).await;
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none(), "the bridge ended by itself before kill {kill}: {ended:?}");
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let model = selling.await.unwrap();
    finish(&bridge);

    let books = sandbox.books();
    println!("{label}: {} documents, faults {:?}", books.documents.len(), books.faults);
    let state = SqliteState::open_to_read(&folder.path().join("state.db"), "main").unwrap();
    agree(&model, &shop::store_totals(&url).await.unwrap(), &state, &books).await;
    in_order(&state.entries().await.unwrap(), &books);
    sandbox.stop().await;
}

/// The last start: to the head of the binlog, until all is delivered.
fn finish(bridge: &Bridge) {
    let mut last = bridge.start(&["--once"]);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = last.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > REST_MAX {
            last.kill().unwrap();
            panic!("not everything was delivered within {REST_MAX:?}");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "the last run ended with {status}");
}

/// Every order agrees to the cent in model, store, ledger and ERP; nothing is doubled, held or parked.
pub async fn agree(model: &Model, store: &BTreeMap<String, rust_decimal::Decimal>, state: &dyn State, books: &Books) {
    let expected = model.orders.iter().map(|(number, order)| (number.clone(), order.posted_total)).collect();
    let ledger = state.orders().await.unwrap();
    let compared = compare(&Accounts { model: &expected, store: Some(store), ledger: &ledger, erp: books });
    assert!(compared.disagreements.is_empty(), "{:#?}", compared.disagreements);
    assert!(compared.store_total > rust_decimal::Decimal::ZERO);
    assert_eq!(books.duplicates, 0);
    let summary = state.summary().await.unwrap();
    assert_eq!((summary.held, summary.parked), (vec![], vec![]));
    assert_eq!(summary.outbox.keys().collect::<Vec<_>>(), ["delivered"]);
    for kind in ["credit_note_return", "credit_note_discount", "credit_note_cancellation", "debit_note"] {
        assert!(summary.documents.get(kind).is_some_and(|n| *n > 0), "no {kind} in {:?}", summary.documents);
    }
    assert!(books.faults.len() > 5, "the ERP was not rough: {:?}", books.faults);
}

/// Each lane arrived in order, and each order after its customer.
pub fn in_order(entries: &[EntryInfo], books: &Books) {
    let arrival: BTreeMap<(&str, &str), u64> = books
        .documents
        .iter()
        .filter(|d| d.kind != "outbound")
        .map(|d| ((d.kind.as_str(), d.number.as_str()), d.arrival))
        .collect();
    let customers: BTreeMap<&str, &str> =
        books.documents.iter().map(|d| (d.number.as_str(), d.customer.as_str())).collect();
    let mut lanes: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in entries.iter().filter(|e| e.kind != "customer") {
        let arrived = arrival[&(entry.kind.as_str(), entry.number.as_str())];
        let before = lanes.insert(&entry.lane, arrived).unwrap_or_default();
        assert!(arrived > before, "{} arrived before its lane's earlier document", entry.number);
        let customer = customers[entry.number.as_str()];
        assert!(arrival[&("customer", customer)] < arrived, "{} arrived before {customer}", entry.number);
    }
}

pub async fn sell(config: ShopConfig) -> Model {
    Shop::new(config).run(|_| {}).await.unwrap()
}

pub fn seed() -> u64 {
    match std::env::var("LEDGERTAP_TEST_SEED") {
        Ok(seed) => seed.parse().expect("LEDGERTAP_TEST_SEED is a number"),
        Err(_) => rand::rng().random_range(1..1_000_000),
    }
}

struct Bridge {
    config: PathBuf,
    from: String,
}

impl Bridge {
    fn start(&self, more: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_ledgertap"))
            .args(["run", "--config", self.config.to_str().unwrap(), "--from", &self.from])
            .args(more)
            .env("LEDGERTAP_LOG", "error")
            .stdin(Stdio::null())
            .spawn()
            .unwrap()
    }
}

fn write_config(folder: &Path, url: &str, sandbox: &Sandbox) -> PathBuf {
    let config = format!(
        "[store]\nurl = \"{url}\"\nmapping = \"ecshop\"\n[store.profile]\nsettle = \"{}ms\"\n[state]\nurl = \"sqlite:{}\"\n{}\n\
         [relay]\nconcurrency = 16\nrate_per_minute = 600000\nbackoff = \"50ms\"\nbackoff_max = \"1s\"\n",
        SETTLE.as_millis(),
        folder.join("state.db").display(),
        sandbox.erp_block()
    );
    let path = folder.join("ledgertap.toml");
    std::fs::write(&path, config).unwrap();
    path
}
