//! The demo: a shop sells, the bridge follows, an ERP books, and at the end the three are held against each other.
//!
//! The bridge is the one of `ledgertap run`; the sandbox is the one of `ledgertap sandbox`, in this process but reached over
//! HTTP; only the shop and the comparison belong to the demo. Where this machine has no MariaDB and no MySQL, a recorded
//! binlog of the same shop takes the store's place.

mod books;
mod recording;
pub mod server;

pub use books::{Accounts, Report, compare};
pub use recording::record;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use mysql_async::prelude::Queryable as _;
use rust_decimal::Decimal;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::books::Latency;
use crate::binlog::{From, Source, Store, position};
use crate::bridge::{Bridge, Options as BridgeOptions};
use crate::config::{self, Config};
use crate::sandbox::{self, Faults, Sandbox};
use crate::shop::{self, Engine, Model, Pace, Shop, ShopConfig, ShopEvent};
use crate::state::{EntryInfo, State, Summary};
use server::PrivateServer;

/// What the demo is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// An existing server; a private one otherwise.
    pub store: Option<String>,
    /// The built-in recording, even where there is a server.
    pub recorded: bool,
    /// The storage engine of the shop's tables.
    pub engine: Engine,
    /// How many orders are placed.
    pub orders: u32,
    /// Seeds the shop and the ERP's faults.
    pub seed: u64,
    /// What the ERP does on a bad day.
    pub faults: Faults,
    /// How long a document has to be quiet.
    pub settle: Duration,
}

/// New orders a second: the shop's life shows, and a run of the default length takes a quarter of a minute.
const ORDERS_PER_SECOND: f64 = 10.0;

/// How long the bridge may take for the rest once the shop has closed.
const REST_MAX: Duration = Duration::from_secs(300);

/// What the demo says while it runs.
pub type Say<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// A demo that has run, with everything still up.
pub struct Demo {
    /// What came of it.
    pub report: Report,
    /// The ERP.
    pub sandbox: Sandbox,
    /// The store's URL; `None` when recorded.
    pub store: Option<String>,
    bridge: Running,
    _server: Option<PrivateServer>,
    _folder: TempDir,
}

impl Demo {
    /// Stops the bridge and the sandbox.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.bridge.stop().await?;
        self.sandbox.stop().await;
        Ok(())
    }
}

/// Looks whether an existing server can be had for the demo; changes nothing.
///
/// # Errors
/// Why not, with its address.
pub async fn reach(server_url: &str) -> anyhow::Result<()> {
    Ok(connect(server_url).await?.disconnect().await?)
}

/// Runs the demo on a live store, or on the recording where there is none.
///
/// # Errors
/// What could not be started, or why the bridge stopped.
pub async fn run(options: &Options, say: Say<'_>) -> anyhow::Result<Demo> {
    if let Some(url) = &options.store {
        say(&format!("store: {}", host(url)?));
        return live(options, url.clone(), None, say).await;
    }
    if options.recorded {
        say("store: the built-in recording of a binlog");
        return recording::replay(options, say).await;
    }
    match server::find() {
        Some(program) => {
            say("store: starting a private server in a temporary directory");
            let server = PrivateServer::start(&program).await?;
            live(options, server.url(), Some(server), say).await
        }
        None => {
            say(
                "store: this machine has neither mariadbd nor mysqld, so a recorded binlog is read (install one to see it live)",
            );
            recording::replay(options, say).await
        }
    }
}

/// A bridge at work in this process.
struct Running {
    state: Arc<dyn State>,
    stop: watch::Sender<bool>,
    task: JoinHandle<anyhow::Result<Summary>>,
}

impl Running {
    fn start(bridge: Bridge) -> Running {
        let (stop, stops) = watch::channel(false);
        let state = bridge.state();
        Running { state, stop, task: tokio::spawn(bridge.run(stops)) }
    }

    async fn stop(self) -> anyhow::Result<Summary> {
        // Where the bridge has ended by itself, nobody listens: its result says why.
        let _ = self.stop.send(true);
        self.task.await.context("run the bridge")?
    }
}

async fn live(
    options: &Options,
    server_url: String,
    server: Option<PrivateServer>,
    say: Say<'_>,
) -> anyhow::Result<Demo> {
    let begun = Instant::now();
    let url = fresh_database(&server_url).await?;
    let mut store = Store::connect(&Source::from_url(&url)?).await?;
    // The bridge begins before the tables are made, so that it sees every row that there ever was.
    let from = From::At(store.head().await?);
    shop::create_schema(&url, options.engine).await?;
    let sandbox = start_sandbox(options).await?;
    let folder = tempfile::tempdir().context("make a temporary directory")?;
    let config = config(&url, &folder, &sandbox, options.settle)?;
    let bridge = Bridge::open(&config, BridgeOptions { from: Some(from), ..BridgeOptions::default() }).await?;
    let bridge = Running::start(bridge);
    say(&format!("{} · ERP at http://{}/books", store.server(), sandbox.addr()));
    let model = sell(options, &url, &bridge, say).await?;
    say("shop closed; waiting for the last documents");
    let head = store.head().await?;
    let summary = wait_quiet(&bridge, &head).await?;
    let totals = shop::store_totals(&url).await?;
    let entries = bridge.state.entries().await?;
    let ledger = bridge.state.orders().await?;
    let books = sandbox.books();
    let expected = model_totals(&model);
    let accounts = Accounts { model: &expected, store: Some(&totals), ledger: &ledger, erp: &books };
    let mut report = Report::new("live", store.server(), options, &compare(&accounts), expected.len());
    report.count(&summary, &books);
    report.latency_ms = latency(&model, &entries);
    report.seconds = seconds(begun.elapsed());
    Ok(Demo { report, sandbox, store: Some(url), bridge, _server: server, _folder: folder })
}

/// Lets the shop sell, and shows how the bridge keeps up.
async fn sell(options: &Options, url: &str, bridge: &Running, say: Say<'_>) -> anyhow::Result<Model> {
    let config = ShopConfig {
        pace: Pace::PerSecond(ORDERS_PER_SECOND),
        // Above the settle time, so that a change finds its order told.
        rest: options.settle * 2 + Duration::from_millis(500),
        ..ShopConfig::new(url, options.engine, options.seed, options.orders)
    };
    let mut shop = Shop::new(config);
    let mut events = 0u64;
    let mut spoken = Instant::now();
    let mut last = String::new();
    let mut on_event = |event: &ShopEvent| {
        events += 1;
        last = match &event.order_sn {
            Some(order) => format!("{} {order}", event.op),
            None => event.op.to_string(),
        };
        if spoken.elapsed() >= Duration::from_secs(1) {
            spoken = Instant::now();
            say(&format!("shop: {events} events, last: {last}"));
        }
    };
    let model = shop.run(&mut on_event).await?;
    if bridge.task.is_finished() {
        bail!("the bridge stopped while the shop was selling");
    }
    Ok(model)
}

/// Waits until the bridge has read up to `head` and nothing is left that moves by itself.
async fn wait_quiet(bridge: &Running, head: &crate::change::Position) -> anyhow::Result<Summary> {
    let until = Instant::now() + REST_MAX;
    loop {
        let summary = bridge.state.summary().await?;
        let read = summary.position.as_ref().is_some_and(|at| position::reached(at, head));
        if read && summary.settling == 0 && bridge.state.next_due().await?.is_none() {
            return Ok(summary);
        }
        if bridge.task.is_finished() {
            bail!("the bridge stopped before everything was delivered; LEDGERTAP_LOG=info says why");
        }
        if Instant::now() > until {
            bail!("not everything was delivered within {REST_MAX:?}: {:?}", summary.outbox);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn start_sandbox(options: &Options) -> anyhow::Result<Sandbox> {
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let config = sandbox::Config::new(listen, options.faults.clone(), options.seed);
    sandbox::start(config).await.context("start the sandbox")
}

/// The config of a bridge between this store and this sandbox: the same text that a person would write.
fn config(url: &str, folder: &TempDir, sandbox: &Sandbox, settle: Duration) -> anyhow::Result<Config> {
    let text = |s: String| toml::Value::String(s).to_string();
    let state = text(format!("sqlite:{}", folder.path().join("ledgertap.db").display()));
    let file = format!(
        "[store]\nurl = {}\nmapping = \"ecshop\"\n[store.profile]\nsettle = \"{}ms\"\n[state]\nurl = {state}\n{}\n\
         [relay]\nconcurrency = 8\nrate_per_minute = 600000\nbackoff = \"200ms\"\nbackoff_max = \"2s\"\n",
        text(url.to_owned()),
        settle.as_millis(),
        sandbox.erp_block()
    );
    Ok(config::parse("the demo's config", &file, &|_| None)?)
}

/// Makes a database of the demo's own on the server.
async fn fresh_database(server_url: &str) -> anyhow::Result<String> {
    let name = format!("ledgertap_demo_{}", Timestamp::now().as_millisecond());
    let mut connection = connect(server_url).await?;
    connection.query_drop(format!("CREATE DATABASE {name} DEFAULT CHARACTER SET utf8mb4")).await?;
    connection.disconnect().await?;
    let (before, query) = server_url.split_once('?').map_or((server_url, None), |(b, q)| (b, Some(q)));
    let authority_end = before.find("://").map_or(0, |i| i + 3);
    let path = before[authority_end..].find('/').map_or(before.len(), |i| authority_end + i);
    let query = query.map_or(String::new(), |q| format!("?{q}"));
    Ok(format!("{}/{name}{query}", &before[..path]))
}

async fn connect(server_url: &str) -> anyhow::Result<mysql_async::Conn> {
    let place = host(server_url)?;
    let options = mysql_async::Opts::from_url(server_url).context("--store is not a mysql:// URL")?;
    let builder = mysql_async::OptsBuilder::from_opts(options).db_name(None::<String>).prefer_socket(false);
    mysql_async::Conn::new(builder)
        .await
        .with_context(|| format!("cannot connect to the store {place}; check --store, and that a server runs there"))
}

/// Host and port of a URL that may lack a database.
fn host(url: &str) -> anyhow::Result<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let whole = if rest.contains('/') { url.to_owned() } else { format!("{url}/ledgertap_demo") };
    Ok(Source::from_url(&whole)?.host().to_owned())
}

fn model_totals(model: &Model) -> BTreeMap<String, Decimal> {
    model.orders.iter().map(|(number, order)| (number.clone(), order.posted_total)).collect()
}

/// From the last commit of an order that a document can have seen to the ERP's answer.
fn latency(model: &Model, entries: &[EntryInfo]) -> Option<Latency> {
    let mut micros: Vec<i64> = entries
        .iter()
        .filter_map(|entry| {
            let commits = &model.orders.get(&entry.order)?.commits;
            let commit = commits.iter().rev().find(|c| **c <= entry.planned_at)?;
            Some(entry.delivered_at?.duration_since(*commit).as_micros() as i64)
        })
        .collect();
    micros.sort_unstable();
    let at = |per_cent: usize| {
        let index = (micros.len().checked_sub(1)?) * per_cent / 100;
        Some(Decimal::new(micros[index], 3).round_dp(1))
    };
    Some(Latency { p50: at(50)?, p99: at(99)? })
}

fn seconds(elapsed: Duration) -> Decimal {
    Decimal::new(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX), 3).round_dp(1)
}

/// The engine's name as the server prints it.
fn engine_name(engine: Engine) -> &'static str {
    match engine {
        Engine::MyIsam => "MyISAM",
        Engine::InnoDb => "InnoDB",
    }
}
