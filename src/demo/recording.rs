//! The recorded binlog: a life of the simulated shop, for machines without a server.
//!
//! Beside the binlog file lie the tables' shapes and what every order is worth by the shop's own model. All three are written by
//! `ledgertap demo --record FOLDER`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::books::{Accounts, compare};
use super::server::{self, PrivateServer};
use super::{
    Demo, Options, Report, Running, Say, config, engine_name, fresh_database, model_totals, seconds, start_sandbox,
};
use crate::binlog::{FileReader, Source, Store};
use crate::bridge::{Bridge, load_mapping};
use crate::change::TableShape;
use crate::shop::{self, Engine, Pace, Shop, ShopConfig};

const BINLOG: &[u8] = include_bytes!("recording/binlog.000001");
const FACTS: &str = include_str!("recording/facts.json");

/// The largest binlog that is shipped.
const BINLOG_BYTES_MAX: u64 = 2 << 20;

/// What is known of the recording.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    server: String,
    engine: String,
    seed: u64,
    database: String,
    shapes: Vec<TableShape>,
    /// What each order is worth, by the shop's own model.
    orders: BTreeMap<String, Decimal>,
}

/// Replays the recording into a sandbox.
pub(super) async fn replay(options: &Options, say: Say<'_>) -> anyhow::Result<Demo> {
    let begun = Instant::now();
    let facts: Facts = serde_json::from_str(FACTS).context("read the recording's facts")?;
    let folder = tempfile::tempdir().context("make a temporary directory")?;
    let file = folder.path().join("binlog.000001");
    std::fs::write(&file, BINLOG).context("unpack the recording")?;
    let sandbox = start_sandbox(options).await?;
    // The URL is never connected to: it names the database whose tables are read.
    let url = format!("mysql://nobody@127.0.0.1:3306/{}", facts.database);
    let config = config(&url, &folder, &sandbox, options.settle)?;
    let bound = Arc::new(load_mapping(&config.store)?.bind(&facts.shapes)?);
    let reader = FileReader::open(&file, bound.footprint(), &facts.shapes)?;
    let bridge = Running::start(Bridge::recorded(&config, bound, reader).await?);
    say(&format!("recorded on {} · ERP at http://{}/books", facts.server, sandbox.addr()));
    let state = bridge.state.clone();
    while !bridge.task.is_finished() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let summary = state.summary().await?;
    let (ledger, books) = (state.orders().await?, sandbox.books());
    let accounts = Accounts { model: &facts.orders, store: None, ledger: &ledger, erp: &books };
    let options = Options { engine: engine(&facts.engine), seed: facts.seed, ..options.clone() };
    let mut report = Report::new("recorded", &facts.server, &options, &compare(&accounts), facts.orders.len());
    report.count(&summary, &books);
    report.seconds = seconds(begun.elapsed());
    Ok(Demo { report, sandbox, store: None, bridge, _server: None, _folder: folder })
}

/// Records a life of the shop into `folder`.
///
/// # Errors
/// Where this machine has no server, or the recording would be too large to ship.
pub async fn record(options: &Options, folder: &Path, say: Say<'_>) -> anyhow::Result<()> {
    let Some(program) = server::find() else { bail!("recording needs mariadbd or mysqld on this machine") };
    let server = PrivateServer::start(&program).await?;
    let url = fresh_database(&server.url()).await?;
    shop::create_schema(&url, options.engine).await?;
    let config = ShopConfig {
        pace: Pace::PerSecond(super::ORDERS_PER_SECOND),
        // Binlog times are whole seconds: a change has to come more than a second after the settle time.
        rest: options.settle + Duration::from_millis(2100),
        ..ShopConfig::new(&url, options.engine, options.seed, options.orders)
    };
    say("the shop sells");
    let model = Shop::new(config).run(|_| {}).await?;
    let source = Source::from_url(&url)?;
    let mut store = Store::connect(&source).await?;
    let tables = crate::mapping::Mapping::load("ecshop", &toml::Table::new())?.tables();
    let facts = Facts {
        server: store.server().to_owned(),
        engine: engine_name(options.engine).to_owned(),
        seed: options.seed,
        database: source.database().to_owned(),
        shapes: store.shapes(&tables).await?,
        orders: model_totals(&model),
    };
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let binlog = std::fs::read(server.binlogs().join("binlog.000001")).context("read the server's binlog")?;
    if binlog.len() as u64 > BINLOG_BYTES_MAX {
        bail!("the binlog has {} bytes, {BINLOG_BYTES_MAX} is the most: record fewer orders", binlog.len());
    }
    std::fs::write(folder.join("binlog.000001"), &binlog)?;
    std::fs::write(folder.join("facts.json"), serde_json::to_string_pretty(&facts)? + "\n")?;
    say(&format!("{} orders in {} bytes", facts.orders.len(), binlog.len()));
    Ok(())
}

fn engine(name: &str) -> Engine {
    if name == "InnoDB" { Engine::InnoDb } else { Engine::MyIsam }
}
