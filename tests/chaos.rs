//! Exactly once on the real thing: everything that can fail does, while the shop sells, and at the end the books agree.
//!
//! A run is drawn from its seed (`LEDGERTAP_TEST_SEED`) and lasts `LEDGERTAP_CHAOS_MINUTES`; `scripts/chaos` sets both. What
//! happens follows from the seed; when exactly it meets what else goes on does not, for it is real processes that it meets.

mod faults;
mod fleet;
mod pieces;
mod scene;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ledgertap::binlog::{Source, Store};
use ledgertap::demo::{Accounts, compare};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{self, Engine, Model, Pace, ShopConfig, Tills};
use ledgertap::state::State;
use ledgertap::state::postgres::PostgresState;
use ledgertap::state::sqlite::SqliteState;
use tokio::task::JoinSet;

use self::faults::{Fault, plan};
use self::scene::{SCHEMA, Scene, Shared, start_fleet, wired_erp, wired_store};
use crate::crash::{agree, in_order, seed, sell};
use crate::world::{self, Own};

/// How long faults go on, where nobody says how many minutes.
const SHORT: Duration = Duration::from_secs(36);

/// The same, for what has half as many kinds.
const SHORTER: Duration = Duration::from_secs(22);

const ORDERS_PER_SECOND: u32 = 7;

const SETTLE: Duration = Duration::from_millis(200);

/// How long everything may take to be delivered once nothing fails any more.
const REST_MAX: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_after_chaos() {
    chaos(Shared::postgres().await, &folder("postgres"), &Fault::SHARED, length(SHORT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_after_chaos_with_a_state_in_a_file() {
    let folder = folder("file");
    let state = Shared::File(folder.join("state.db"));
    chaos(state, &folder, &Fault::ALONE, length(SHORTER)).await;
}

async fn chaos(state: Shared, folder: &Path, kinds: &[Fault], length: Duration) {
    let seed = seed();
    println!("chaos: repeat with LEDGERTAP_TEST_SEED={seed}; logs in {}", folder.display());
    let store = own_store().await;
    let url = world::fresh_database(&store.root(), "chaos").await;
    let from = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap().head().await.unwrap().to_string();
    shop::create_schema(&url, Engine::InnoDb).await.unwrap();
    let sandbox = start_sandbox(seed).await;
    let (store_wire, store_url) = wired_store(&url).await;
    let (erp_wire, erp_block) = wired_erp(&sandbox).await;
    let config = write_config(folder, &store_url, &state.url(), &erp_block);

    let tills = Tills::default();
    let selling = tokio::spawn(sell(shop_of(&url, seed, length, tills.clone())));
    let fleet = start_fleet(&state, folder, &config, &from);
    // Minutes in a long run.
    let outage_max = (length / 10).clamp(Duration::from_secs(4), Duration::from_secs(120));
    let scene = Arc::new(Scene::new(state, fleet, (store, store_wire), tills, erp_wire, outage_max));
    direct(&scene, kinds, length, seed).await;
    let model = selling.await.unwrap();
    let state = look(&scene.state).await;
    until_delivered(state.as_ref(), &model, &sandbox, &scene).await;

    let scene = Arc::into_inner(scene).expect("all faults are over");
    let (ended, traffic) = (scene.fleet.sound(), scene.traffic());
    scene.fleet.stop().await;
    finish(&config, &from).await;
    let books = sandbox.books();
    agree(&model, &shop::store_totals(&url).await.unwrap(), state.as_ref(), &books).await;
    in_order(&state.entries().await.unwrap(), &books);
    let (survived, takeovers) = (scene.tally.all(), scene.takeovers.into_inner());
    println!(
        "chaos: {} orders, {} documents, the ERP's own faults {:?}",
        model.orders.len(),
        books.documents.len(),
        books.faults
    );
    println!("chaos: {traffic}; {ended} starts found the store or the state database away");
    println!("chaos: survived {}", survived.iter().map(|(f, n)| format!("{n} x {f}")).collect::<Vec<_>>().join(", "));
    println!("chaos: another process captured after {takeovers:.1?}");
    for kind in kinds {
        assert!(survived.contains_key(kind), "{kind} has not occurred");
    }
    sandbox.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

/// Lets every planned fault happen in its time, beside those that last, and waits until all have passed.
async fn direct(scene: &Arc<Scene>, kinds: &[Fault], length: Duration, seed: u64) {
    let begun = Instant::now();
    let mut under_way = JoinSet::new();
    for planned in plan(kinds, length, seed) {
        tokio::time::sleep(planned.at.saturating_sub(begun.elapsed())).await;
        println!("chaos: {:>6.1} s {}", begun.elapsed().as_secs_f64(), planned.fault);
        let scene = scene.clone();
        under_way.spawn(async move { scene.inflict(planned).await });
        while let Some(done) = under_way.try_join_next() {
            done.unwrap();
        }
    }
    while let Some(done) = under_way.join_next().await {
        done.unwrap();
    }
    println!("chaos: {:>6.1} s nothing fails any more", begun.elapsed().as_secs_f64());
}

/// Waits until the processes have delivered everything by themselves.
async fn until_delivered(state: &dyn State, model: &Model, sandbox: &Sandbox, scene: &Scene) {
    let begun = Instant::now();
    loop {
        scene.fleet.sound();
        let Err(open) = delivered(state, model, sandbox).await else { break };
        assert!(begun.elapsed() < REST_MAX, "after {REST_MAX:?} of peace: {open}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("chaos: everything was delivered {:.1} s later", begun.elapsed().as_secs_f64());
}

/// What is not delivered or does not agree yet.
pub async fn delivered(state: &dyn State, model: &Model, sandbox: &Sandbox) -> Result<(), String> {
    let summary = state.summary().await.map_err(|e| e.to_string())?;
    if summary.settling > 0 || summary.outbox.keys().any(|k| k != "delivered") {
        return Err(format!("{} settle, outbox {:?}, {:?}", summary.settling, summary.outbox, summary.failing));
    }
    let expected = model.orders.iter().map(|(number, order)| (number.clone(), order.posted_total)).collect();
    let ledger = state.orders().await.map_err(|e| e.to_string())?;
    let compared = compare(&Accounts { model: &expected, store: None, ledger: &ledger, erp: &sandbox.books() });
    if compared.disagreements.is_empty() { Ok(()) } else { Err(format!("{:#?}", compared.disagreements)) }
}

/// A last run, to the head of the binlog, finds nothing left to do.
async fn finish(config: &Path, from: &str) {
    let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_ledgertap"))
        .args(["run", "--once", "--config", config.to_str().unwrap(), "--from", from])
        .env("LEDGERTAP_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status();
    let status = tokio::time::timeout(REST_MAX, run).await.expect("the last run ends").unwrap();
    assert!(status.success(), "the last run ended with {status}");
}

/// The state database, to look into; past the wires.
async fn look(state: &Shared) -> Arc<dyn State> {
    match state {
        Shared::File(path) => Arc::new(SqliteState::open_to_read(path, "main").unwrap()),
        Shared::Postgres { servers, .. } => {
            let url = format!("{}&schema={SCHEMA}", servers.lock().await.url());
            Arc::new(PostgresState::open_beside(&url, "main").await.unwrap())
        }
    }
}

/// A crash must lose nothing that the store has answered for: its log is written at each commit, if not synced.
async fn own_store() -> Own {
    let durable = ["--innodb-flush-log-at-trx-commit=2"];
    match std::env::var("LEDGERTAP_CHAOS_STORE").as_deref() {
        Ok("mysql") => Own::mysql(&durable).await,
        Ok("mariadb") | Err(_) => Own::mariadb(&durable).await,
        Ok(other) => panic!("LEDGERTAP_CHAOS_STORE is mariadb or mysql, not {other}"),
    }
}

async fn start_sandbox(seed: u64) -> Sandbox {
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = sandbox::Config::new(listen, Faults::rough(), seed);
    config.request_timeout = Duration::from_millis(300);
    config.late_max = Duration::from_millis(700);
    sandbox::start(config).await.unwrap()
}

/// It sells from the first fault to the last.
fn shop_of(url: &str, seed: u64, length: Duration, tills: Tills) -> ShopConfig {
    let orders =
        u32::try_from(length.as_millis() * u128::from(ORDERS_PER_SECOND) / 1000).expect("a run has an end").max(1);
    ShopConfig {
        pace: Pace::PerSecond(f64::from(ORDERS_PER_SECOND)),
        rest: SETTLE * 3,
        tills,
        ..ShopConfig::new(url, Engine::InnoDb, seed, orders)
    }
}

fn write_config(folder: &Path, store: &str, state: &str, erp: &str) -> PathBuf {
    let config = format!(
        "[store]\nurl = \"{store}\"\nmapping = \"ecshop\"\n[store.profile]\nsettle = \"{}ms\"\n[state]\nurl = \"{state}\"\n{erp}\noutbounds_together = 8\n\
         [relay]\nconcurrency = 16\nrate_per_minute = 600000\nbackoff = \"50ms\"\nbackoff_max = \"1s\"\n",
        SETTLE.as_millis(),
    );
    let path = folder.join("ledgertap.toml");
    std::fs::write(&path, config).unwrap();
    path
}

fn length(short: Duration) -> Duration {
    match std::env::var("LEDGERTAP_CHAOS_MINUTES") {
        Ok(minutes) => {
            Duration::from_secs(60) * minutes.parse::<u32>().expect("LEDGERTAP_CHAOS_MINUTES is a whole number")
        }
        Err(_) => short,
    }
}

/// A folder that stays where a run fails.
fn folder(label: &str) -> PathBuf {
    let prefix = format!("ledgertap-chaos-{label}-");
    tempfile::Builder::new().prefix(&prefix).tempdir().expect("make a folder").keep()
}
