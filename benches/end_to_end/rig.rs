//! One store, one bridge, one ERP, put together as `ledgertap run` does from a config file; and what the state database says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use ledgertap::binlog::{From, Place as Where, Source, Store, position};
use ledgertap::bridge::{self, Bridge, Options, Rebuilt, Replay, Replayed, Replaying, Witness};
use ledgertap::change::Position;
use ledgertap::config::{self, Config};
use ledgertap::demo::server::{self, PrivateServer};
use ledgertap::demo::{Accounts, compare};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{self, Engine};
use ledgertap::state::{EntryFilter, EntryInfo, State, Summary};
use mysql_async::prelude::Queryable as _;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::place::{Place, clear};
use crate::shop::Written;

/// How long a part may wait for the bridge.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(10);

/// The server with the stores.
pub struct Server {
    url: String,
    private: Option<PrivateServer>,
}

impl Server {
    /// The server that the environment names, or a private one.
    pub async fn start() -> anyhow::Result<Server> {
        if let Ok(url) = std::env::var("LEDGERTAP_BENCH_STORE") {
            return Ok(Server { url, private: None });
        }
        let Some(program) = server::find() else {
            bail!("this machine has neither mariadbd nor mysqld: install one, or set LEDGERTAP_BENCH_STORE=mysql://…");
        };
        let private = PrivateServer::start(&program).await?;
        Ok(Server { url: private.url(), private: Some(private) })
    }

    /// Its binlog files, where they are on this machine.
    pub fn binlogs(&self) -> anyhow::Result<Vec<PathBuf>> {
        let Some(private) = &self.private else { return Ok(Vec::new()) };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(private.binlogs())? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = name.rsplit_once('.').map(|(_, number)| number).unwrap_or_default();
            if name.contains("bin") && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
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

/// What a replay's config says beside the store and the state.
const CAPTURED: Terms = Terms { delay: Duration::ZERO, concurrency: 1, settle: "0s" };

/// Nobody looks at what differs one by one.
struct Nobody;

impl Witness for Nobody {
    fn replayed(&mut self, _: &Replayed) {}

    fn corrected(&mut self, _: &Rebuilt) {}
}

/// A bridge at work.
pub struct Rig {
    url: String,
    sandbox: Sandbox,
    terms: Terms,
    state: Arc<dyn State>,
    state_url: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<anyhow::Result<Summary>>,
    _folder: TempDir,
}

/// A replay that was made several times: what it came to, how long it took each time, and what the bridge before it did wrong.
pub struct Played {
    pub done: Replaying,
    pub took: Vec<Duration>,
    pub wrong: Option<String>,
}

/// How often: the first one finds the server at work still on what was written to it.
const REPLAYS: usize = 5;

/// A bridge's state, what stops it, and what it comes to.
type Running = (Arc<dyn State>, watch::Sender<bool>, JoinHandle<anyhow::Result<Summary>>);

async fn run(config: &Config, options: Options) -> anyhow::Result<Running> {
    let bridge = Bridge::open(config, options).await?;
    let (stop, stops) = watch::channel(false);
    let state = bridge.state();
    Ok((state, stop, tokio::spawn(bridge.run(stops))))
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
    pub async fn start(place: &Place, url: &str, from: Position, terms: Terms) -> anyhow::Result<Rig> {
        let sandbox = erp(terms.delay).await?;
        let folder = folder()?;
        let state_url = place.fresh(folder.path());
        let config = config::parse("the bench's config", &config_text(url, &state_url, &sandbox, terms), &|_| None)?;
        let options = Options { from: Some(From::At(from)), ..Options::default() };
        let (state, stop, task) = run(&config, options).await?;
        Ok(Rig { url: url.to_owned(), sandbox, terms, state, state_url, stop, task, _folder: folder })
    }

    /// Waits until so many entries are in the outbox and none is open.
    pub async fn delivered(&self, entries: u64) -> anyhow::Result<()> {
        let done = || async {
            if !self.state.gauges().await?.open.is_empty() {
                return Ok(false);
            }
            Ok(self.state.summary().await?.outbox.values().sum::<u64>() >= entries)
        };
        self.wait("delivered everything", done).await
    }

    /// Waits until the bridge has committed everything up to `head` and planned it.
    pub async fn read_up_to(&self, head: &Position) -> anyhow::Result<()> {
        let done = || async {
            let gauges = self.state.gauges().await?;
            Ok(gauges.settling == 0 && gauges.position.is_some_and(|at| position::reached(&at, head)))
        };
        self.wait("read the binlog", done).await
    }

    async fn wait<F>(&self, what: &str, done: impl Fn() -> F) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<bool>>,
    {
        let until = Instant::now() + WAIT_MAX;
        while !done().await.unwrap_or(false) {
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

    /// When each order of `written` was planned, had its first request stored by the ERP (at the latest: the ERP counts whole
    /// milliseconds) and was known to be delivered, in microseconds after its commit.
    pub async fn stages(&self, written: &Written) -> anyhow::Result<Vec<[i64; 3]>> {
        let books = self.sandbox.books();
        let orders = books.documents.iter().filter(|document| document.kind == "sales_order");
        let stored: BTreeMap<_, _> = orders.map(|d| (d.reference.as_deref(), d.stored_at_ms * 1000 + 999)).collect();
        let mut stages = Vec::new();
        for entry in self.told().await? {
            let stored = stored.get(&Some(entry.order.as_str()));
            let (Some(commit), Some(delivered)) = (written.commits.get(&entry.order), entry.delivered_at) else {
                continue;
            };
            let stored = *stored.with_context(|| format!("the ERP lacks {}", entry.order))?;
            let at = [entry.planned_at.as_microsecond(), stored, delivered.as_microsecond()];
            stages.push(at.map(|us| us - commit.as_microsecond()));
        }
        Ok(stages)
    }

    /// When the last document was known to be in the ERP.
    pub async fn last_delivery(&self) -> anyhow::Result<Timestamp> {
        self.told().await?.iter().filter_map(|entry| entry.delivered_at).max().context("nothing was delivered")
    }

    async fn told(&self) -> anyhow::Result<Vec<EntryInfo>> {
        Ok(self.state.list(EntryFilter { kind: Some("sales_order".into()), ..EntryFilter::default() }).await?)
    }

    /// Ends the bridge, plans everything from `from` on again, and begins the bridge anew.
    pub async fn replayed(
        self,
        from: &Position,
        files: Vec<PathBuf>,
        written: &[&Written],
    ) -> anyhow::Result<(Rig, Played)> {
        let Rig { url, sandbox, terms, state, state_url, stop, task, _folder } = self;
        let _ = stop.send(true);
        let summary = task.await.context("run the bridge")??;
        drop(state);
        let config =
            |terms| config::parse("the bench's config", &config_text(&url, &state_url, &sandbox, terms), &|_| None);
        let (captured, config) = (config(CAPTURED)?, config(terms)?);
        let replay =
            Replay { from: Where::At(from.clone()), to: None, files, apply: false, kept_max: bridge::KEPT_MAX };
        let (mut done, mut took) = (Replaying::default(), Vec::with_capacity(REPLAYS));
        for _ in 0..REPLAYS {
            let began = Instant::now();
            let again = bridge::replay(&captured, &replay, &mut Nobody).await?;
            took.push(began.elapsed());
            anyhow::ensure!(took.len() == 1 || again == done, "a replay came to {again:?}, and before to {done:?}");
            done = again;
        }
        let told = written.iter().map(|w| w.totals.len() as u64).sum::<u64>();
        let documents = summary.documents.get("sales_order").copied().unwrap_or_default();
        let wrong = (documents != told).then(|| format!("{documents} of {told} orders were told"));
        let (state, stop, task) = run(&config, Options::default()).await?;
        Ok((Rig { url, sandbox, terms, state, state_url, stop, task, _folder }, Played { done, took, wrong }))
    }

    /// Ends the bridge, and keeps nothing.
    pub async fn discard(self) -> anyhow::Result<()> {
        let _ = self.stop.send(true);
        self.task.await.context("run the bridge")??;
        self.sandbox.stop().await;
        drop(self.state);
        clear(&self.state_url).await
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
        drop(self.state);
        clear(&self.state_url).await?;
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

/// The config of `ledgertap run`.
pub fn config_text(url: &str, state: &str, sandbox: &Sandbox, terms: Terms) -> String {
    let text = |s: String| toml::Value::String(s).to_string();
    format!(
        "[store]\nurl = {}\nmapping = \"ecshop\"\n[store.profile]\nsettle = \"{}\"\none_transaction = true\n[state]\nurl = {}\n{}\
         [relay]\nconcurrency = {}\nrate_per_minute = 60000000\nbackoff = \"200ms\"\nbackoff_max = \"2s\"\n",
        text(url.to_owned()),
        terms.settle,
        text(state.to_owned()),
        sandbox.erp_block(),
        terms.concurrency,
    )
}
