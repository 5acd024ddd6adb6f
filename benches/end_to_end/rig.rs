//! One store, one bridge, one ERP, put together as `ledgertap run` does from a config file; and what the state database says.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use ledgertap::binlog::{From, Source, Store, position};
use ledgertap::bridge::{Bridge, Options};
use ledgertap::change::Position;
use ledgertap::config;
use ledgertap::demo::server::{self, PrivateServer};
use ledgertap::demo::{Accounts, compare};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{self, Engine};
use ledgertap::state::{State, Summary};
use mysql_async::prelude::Queryable as _;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::shop::Written;

/// How long a part may wait for the bridge.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(10);

/// The server with the stores.
pub struct Server {
    url: String,
    _private: Option<PrivateServer>,
}

impl Server {
    /// The server that the environment names, or a private one.
    pub async fn start() -> anyhow::Result<Server> {
        if let Ok(url) = std::env::var("LEDGERTAP_BENCH_STORE") {
            return Ok(Server { url, _private: None });
        }
        let Some(program) = server::find() else {
            bail!("this machine has neither mariadbd nor mysqld: install one, or set LEDGERTAP_BENCH_STORE=mysql://…");
        };
        let private = PrivateServer::start(&program).await?;
        Ok(Server { url: private.url(), _private: Some(private) })
    }

    /// A database of its own with ECShop's tables, and the position before them.
    pub async fn store(&self) -> anyhow::Result<(String, Position)> {
        let options = mysql_async::Opts::from_url(&self.url).context("LEDGERTAP_BENCH_STORE is no mysql:// URL")?;
        let name = format!("ledgertap_bench_{}", Timestamp::now().as_millisecond());
        let builder = mysql_async::OptsBuilder::from_opts(options).db_name(None::<String>).prefer_socket(false);
        let mut conn = mysql_async::Conn::new(builder).await.context("connect to the store")?;
        conn.query_drop(format!("CREATE DATABASE {name} DEFAULT CHARACTER SET utf8mb4")).await?;
        conn.disconnect().await?;
        let (before, query) =
            self.url.split_once('?').map_or((self.url.as_str(), String::new()), |(b, q)| (b, format!("?{q}")));
        let host_at = before.find("://").map_or(0, |i| i + 3);
        let host_end = before[host_at..].find('/').map_or(before.len(), |i| host_at + i);
        let url = format!("{}/{name}{query}", &before[..host_end]);
        let from = head(&url).await?;
        shop::create_schema(&url, Engine::InnoDb).await?;
        Ok((url, from))
    }
}

/// Where the store's binlog ends now.
pub async fn head(url: &str) -> anyhow::Result<Position> {
    Ok(Store::connect(&Source::from_url(url)?).await?.head().await?)
}

/// What differs between the parts.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What the ERP takes for each request.
    pub delay: Duration,
    /// Documents on their way at once.
    pub concurrency: usize,
    /// The profile's settle time.
    pub settle: &'static str,
}

/// A bridge at work.
pub struct Rig {
    url: String,
    sandbox: Sandbox,
    state: Arc<dyn State>,
    books: Connection,
    stop: watch::Sender<bool>,
    task: JoinHandle<anyhow::Result<Summary>>,
    _folder: TempDir,
}

/// An ERP that answers after `delay`; a client that is not answered in two seconds gives up.
pub async fn erp(delay: Duration) -> anyhow::Result<Sandbox> {
    let mut config = sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 1);
    config.delay = delay;
    config.request_timeout = Duration::from_secs(2);
    sandbox::start(config).await.context("start the sandbox")
}

/// A folder on the disk that the build is on: `/tmp` may be memory, on which nothing is durable.
pub fn folder() -> anyhow::Result<TempDir> {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("make a temporary directory")
}

impl Rig {
    /// Begins a new stream at `from`.
    pub async fn start(url: &str, from: Position, terms: Terms) -> anyhow::Result<Rig> {
        let sandbox = erp(terms.delay).await?;
        let folder = folder()?;
        let path = folder.path().join("ledgertap.db");
        let config = config::parse("the bench's config", &config_text(url, &path, &sandbox, terms), &|_| None)?;
        let bridge = Bridge::open(&config, Options { from: Some(From::At(from)), ..Options::default() }).await?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let books = Connection::open_with_flags(&path, flags).context("look into the state database")?;
        books.execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000")?;
        let (stop, stops) = watch::channel(false);
        let state = bridge.state();
        let task = tokio::spawn(bridge.run(stops));
        Ok(Rig { url: url.to_owned(), sandbox, state, books, stop, task, _folder: folder })
    }

    /// Waits until so many entries are in the outbox and none is open.
    pub async fn delivered(&self, entries: i64) -> anyhow::Result<()> {
        let sql = "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'outbox') >= ?1 AND NOT EXISTS
                          (SELECT 1 FROM outbox WHERE stream = 'main' AND state NOT IN ('delivered', 'skipped'))";
        self.wait("delivered everything", || {
            let done: Option<bool> = self.books.prepare_cached(sql)?.query_row([entries], |r| r.get(0))?;
            Ok(done == Some(true))
        })
        .await
    }

    /// Waits until the bridge has committed everything up to `head` and planned it.
    pub async fn read_up_to(&self, head: &Position) -> anyhow::Result<()> {
        let sql = "SELECT coalesce(position, ''), EXISTS (SELECT 1 FROM dirty) FROM stream";
        self.wait("read the binlog", || {
            let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?));
            let (at, settling) = self.books.prepare_cached(sql)?.query_row([], row)?;
            Ok(!settling && position::reached(&Position(at), head))
        })
        .await
    }

    async fn wait(&self, what: &str, done: impl Fn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
        let until = Instant::now() + WAIT_MAX;
        while !done().unwrap_or(false) {
            if self.task.is_finished() {
                bail!("the bridge stopped before it had {what}; LEDGERTAP_LOG=info says why");
            }
            if Instant::now() > until {
                let outbox = self.state.summary().await?.outbox;
                bail!("the bridge had not {what} within {WAIT_MAX:?}: {outbox:?}");
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Requests that the ERP has had.
    pub fn requests(&self) -> u64 {
        self.sandbox.books().requests
    }

    /// When each order of `written` was planned, claimed and delivered, in microseconds after its commit.
    pub fn stages(&self, written: &Written) -> anyhow::Result<Vec<[i64; 3]>> {
        let sql = "SELECT l.order_no, o.planned_us, o.claimed_us, o.delivered_us FROM outbox o
                   JOIN ledger_entry l ON l.entry = o.seq WHERE o.state = 'delivered' AND o.kind = 'sales_order'";
        let mut statement = self.books.prepare(sql)?;
        let rows = statement.query_map([], |r| Ok((r.get::<_, String>(0)?, [r.get(1)?, r.get(2)?, r.get(3)?])))?;
        let mut stages = Vec::new();
        for row in rows {
            let (order, at): (String, [i64; 3]) = row?;
            if let Some(commit) = written.commits.get(&order) {
                stages.push(at.map(|us| us - commit.as_microsecond()));
            }
        }
        Ok(stages)
    }

    /// When the last document was known to be in the ERP.
    pub fn last_delivery(&self) -> anyhow::Result<Timestamp> {
        let us = self.books.query_row("SELECT max(delivered_us) FROM outbox", [], |r| r.get(0))?;
        Ok(Timestamp::from_microsecond(us)?)
    }

    /// Ends the bridge and compares model, store, ledger and (where `delivered`) ERP. `None` where all agree.
    pub async fn close(self, written: &[&Written], delivered: bool) -> anyhow::Result<Option<String>> {
        let _ = self.stop.send(true);
        let summary = self.task.await.context("run the bridge")??;
        let model = written.iter().flat_map(|w| w.totals.clone()).collect();
        let store = shop::store_totals(&self.url).await?;
        let (ledger, erp) = (self.state.orders().await?, self.sandbox.books());
        let accounts = Accounts { model: &model, store: Some(&store), ledger: &ledger, erp: &erp };
        let compared = compare(&accounts);
        self.sandbox.stop().await;
        let parked = summary.outbox.get("parked").copied().unwrap_or_default();
        let told = ledger.len() == model.len() && compared.ledger_total == compared.store_total;
        let agrees = if delivered { compared.disagreements.is_empty() && compared.difference.is_zero() } else { told };
        if agrees && erp.duplicates == 0 && summary.held_count == 0 && parked == 0 {
            return Ok(None);
        }
        Ok(Some(format!(
            "store {}, ledger {}, ERP {}; {} orders differ, {} held, {parked} parked, {} doubled",
            compared.store_total,
            compared.ledger_total,
            compared.erp_total,
            compared.disagreements.len(),
            summary.held_count,
            erp.duplicates,
        )))
    }
}

fn config_text(url: &str, state: &Path, sandbox: &Sandbox, terms: Terms) -> String {
    let text = |s: String| toml::Value::String(s).to_string();
    format!(
        "[store]\nurl = {}\nmapping = \"ecshop\"\n[store.profile]\nsettle = \"{}\"\none_transaction = true\n[state]\nurl = {}\n{}\
         [relay]\nconcurrency = {}\nrate_per_minute = 60000000\nbackoff = \"200ms\"\nbackoff_max = \"2s\"\n",
        text(url.to_owned()),
        terms.settle,
        text(format!("sqlite:{}", state.display())),
        sandbox.erp_block(),
        terms.concurrency,
    )
}
