//! The command line: one file a command. Exit code 0 is success, 1 a failure while working, 2 a wrong command line, config or
//! environment (nothing was done).

mod binlog;
mod check;
mod customers;
mod demo;
mod documents;
mod erp;
mod held;
mod init;
mod mapping;
mod opening;
mod outbox;
mod preview;
mod products;
mod rebuild;
mod replay;
mod resync;
mod run;
mod sandbox;
mod say;
mod shop;
mod state;
mod status;
mod trace;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use tokio::sync::watch;

use crate::binlog::Source;
use crate::bridge;
use crate::config::{self, BooksConfig, Config};
use crate::mapping::Mapping;
use crate::state::{State, StateError};
use crate::telemetry::{self, LogFormat};

/// Follows a web shop's binlog and keeps an ERP's books in step with it.
#[derive(Debug, Parser)]
#[command(name = "ledgertap", version, max_term_width = 100)]
pub struct Cli {
    /// How log lines are written to standard error; LEDGERTAP_LOG filters them
    #[arg(long, global = true, value_enum, default_value = "text")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Follow the store and deliver documents to the ERP
    Run(run::RunArgs),
    /// Show position, outbox, held orders and parked documents
    Status(status::StatusArgs),
    /// Show all that is kept of one order: what was told, its documents, attempts, and what waits and why
    Trace(trace::TraceArgs),
    /// List the orders that are held, and why
    Held(held::HeldArgs),
    /// List the documents that are parked, and why
    Parked(held::ParkedArgs),
    /// Show what opening the books of a store would do, or did
    Opening(opening::OpeningArgs),
    /// Show what a changed mapping says of told orders, and settle it
    Rebuild(rebuild::RebuildArgs),
    /// Plan a part of the binlog again and compare, correct orders, or deliver again what the ERP has lost
    Replay(replay::ReplayArgs),
    /// Read tables again after what wrote no row events, and put the mirror right
    Resync(resync::ResyncArgs),
    /// List documents on their way, show one, let parked ones go on or take them out
    Outbox(outbox::OutboxArgs),
    /// Name the ERP's accounts for customers, and see them
    Customers(customers::CustomersArgs),
    /// Name the ERP's items for SKUs, and see them
    Products(products::ProductsArgs),
    /// Move the state database to another place
    State(state::StateArgs),
    /// Print the JSON Schemas of the documents
    Documents(documents::DocumentsArgs),
    /// Show the requests that the ERP is sent, as they stand
    Erp(erp::ErpArgs),
    /// Check the config, the store, the mapping and the ERP before the first run
    Check(check::CheckArgs),
    /// Find out which storefront a store is, and write a config and a mapping for it
    Init(init::InitArgs),
    /// Explain a mapping, and compare its SELECTs with the store's own answers
    Mapping(mapping::MappingArgs),
    /// Show what one order would become, from the live store
    Preview(preview::PreviewArgs),
    /// Print what a binlog says: rows, statements, transactions, as JSON lines or for people
    Binlog(binlog::BinlogArgs),
    /// Do the whole job in front of one's eyes: a simulated shop, the bridge, a sandbox ERP
    Demo(demo::DemoArgs),
    /// Run an ERP simulator that speaks Kingdee Cloud Xingchen V2
    Sandbox(sandbox::SandboxArgs),
    /// Run a simulated ECShop in a database of its own
    Shop(shop::ShopArgs),
}

impl Command {
    /// What is logged where `LEDGERTAP_LOG` does not say.
    fn log_level(&self) -> &'static str {
        match self {
            Command::Opening(_) | Command::Resync(_) | Command::Run(_) | Command::Sandbox(_) => {
                "info,refinery_core=warn"
            }
            Command::State(_)
            | Command::Status(_)
            | Command::Binlog(_)
            | Command::Check(_)
            | Command::Customers(_)
            | Command::Documents(_)
            | Command::Erp(_)
            | Command::Held(_)
            | Command::Parked(_)
            | Command::Trace(_)
            | Command::Products(_)
            | Command::Rebuild(_)
            | Command::Replay(_)
            | Command::Init(_)
            | Command::Mapping(_)
            | Command::Outbox(_)
            | Command::Preview(_)
            | Command::Shop(_) => "warn",
            // On a bad day every second line would be a warning, and all of them are meant.
            Command::Demo(_) => "error",
        }
    }
}

#[derive(Debug, Clone, Args)]
struct ConfigArgs {
    /// The config file
    #[arg(long, short, default_value = "ledgertap.toml")]
    config: PathBuf,
}

impl ConfigArgs {
    fn load(&self) -> Result<Config, Failure> {
        config::load(&self.config).map_err(|e| Failure::unusable(e.into()))
    }

    /// Refuses to go on without a config, where that is one way among others to say what is needed.
    fn must_be_there(&self, instead: &str) -> Result<(), Failure> {
        if self.config.exists() {
            return Ok(());
        }
        let file = self.config.display();
        let what = format!("{instead}, or a config (--config FILE; `ledgertap init` writes one): {file} is not there");
        Err(Failure::unusable(anyhow::anyhow!("{what}")))
    }

    /// The store alone: no secret of the ERP's is asked for.
    fn store(&self) -> Result<Source, Failure> {
        let store = config::load_store(&self.config).map_err(|e| Failure::unusable(e.into()))?;
        bridge::store_source(&store).map_err(Failure::unusable)
    }

    /// The books' settings, where there is a config.
    fn books(&self) -> Result<Option<(String, BooksConfig)>, Failure> {
        match self.config.exists() {
            true => config::load_books(&self.config).map(Some).map_err(|e| Failure::unusable(e.into())),
            false => Ok(None),
        }
    }

    /// The mapping's place and its overrides.
    fn mapping(&self) -> Result<(String, toml::Table), Failure> {
        config::load_mapping(&self.config).map_err(|e| Failure::unusable(e.into()))
    }
}

/// The state database, to be changed by a person.
async fn state_to_change(config: &Config) -> Result<Arc<dyn State>, Failure> {
    bridge::state_to_change(config).await.map_err(Failure::unusable)
}

/// The state database, to be read.
async fn state_to_read(config: &Config) -> Result<Arc<dyn State>, Failure> {
    bridge::state_to_read(config).await.map_err(Failure::unusable)
}

/// The state database, to be read by a person who means this very stream.
async fn stream_to_read(config: &Config) -> Result<Arc<dyn State>, Failure> {
    let state = state_to_read(config).await?;
    let known = state.streams().await.map_err(|e| Failure::at_work(e.into()))?;
    // A state database without any has been made and not begun.
    if known.is_empty() || known.contains(&config.stream) {
        return Ok(state);
    }
    let no_stream = StateError::NoStream { stream: config.stream.clone(), known: known.join(", ") };
    Err(Failure::unusable(no_stream.into()))
}

/// The state database, to work on its outbox beside a bridge that may be running; there must be one.
async fn outbox_to_change(config: &Config) -> Result<Arc<dyn State>, Failure> {
    stream_to_read(config).await?;
    bridge::state_beside(config).await.map_err(Failure::unusable)
}

/// Prints a value as JSON for people and programs.
fn say_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|e| Failure::at_work(e.into()))?;
    say::line(format_args!("{json}"));
    Ok(())
}

/// A point in time as the commands print it.
fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A store and a mapping, where a command needs no more of a config.
#[derive(Debug, Args)]
struct StoreArgs {
    /// The store: mysql://user:password@host:port/database; the config's without this
    #[arg(long, value_name = "URL", env = "LEDGERTAP_STORE_URL", hide_env_values = true)]
    store: Option<String>,
    /// A profile that ships with ledgertap, or a folder; the config's without this
    #[arg(long, value_name = "PROFILE|FOLDER")]
    mapping: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

impl StoreArgs {
    /// The store, and the mapping with its overrides.
    fn load(&self) -> Result<(Source, Mapping), Failure> {
        if self.store.is_none() || self.mapping.is_none() {
            self.config.must_be_there("give --store and --mapping")?;
        }
        let source = match &self.store {
            Some(url) => Source::from_url(url).map_err(|e| Failure::unusable(e.into()))?,
            None => self.config.store()?,
        };
        let (place, overrides) = match &self.mapping {
            Some(place) => (place.clone(), toml::Table::new()),
            None => self.config.mapping()?,
        };
        let mapping = Mapping::load(&place, &overrides)
            .map_err(|e| Failure::unusable(anyhow::Error::new(e).context("the mapping")))?;
        Ok((source, mapping))
    }
}

/// Why a command ended, and with which exit code.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub error: anyhow::Error,
    /// See [`cli`](self).
    pub code: u8,
}

impl Failure {
    /// A wrong command line, config or environment: nothing was done.
    fn unusable(error: anyhow::Error) -> Failure {
        Failure { error, code: 2 }
    }

    /// A failure while working.
    fn at_work(error: anyhow::Error) -> Failure {
        Failure { error, code: 1 }
    }
}

/// Reads the command line and does what it says.
///
/// # Errors
/// A [`Failure`], for `main` to print.
pub fn main() -> Result<ExitCode, Failure> {
    let cli = Cli::parse();
    telemetry::init(cli.log_format, cli.command.log_level());
    // A second provider in the process would be refused; the first is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().map_err(|e| Failure::at_work(e.into()))?;
    let done = runtime.block_on(async {
        match cli.command {
            Command::Rebuild(args) => rebuild::rebuild(args).await,
            Command::Replay(args) => replay::replay(args).await,
            Command::Resync(args) => resync::resync(args).await,
            Command::Run(args) => run::run(args).await,
            Command::Status(args) => status::status(args).await,
            Command::Trace(args) => trace::trace(args).await,
            Command::Held(args) => held::held(args).await,
            Command::Parked(args) => held::parked(args).await,
            Command::Opening(args) => opening::opening(args).await,
            Command::Outbox(args) => outbox::outbox(args).await,
            Command::Customers(args) => customers::customers(args).await,
            Command::Products(args) => products::products(args).await,
            Command::State(args) => state::state(args).await,
            Command::Documents(args) => documents::documents(args),
            Command::Erp(args) => erp::erp(args).await,
            Command::Binlog(args) => binlog::binlog(args).await,
            Command::Check(args) => check::check(args).await,
            Command::Init(args) => init::init(args).await,
            Command::Mapping(args) => mapping::mapping(args).await,
            Command::Preview(args) => preview::preview(args).await,
            Command::Demo(args) => demo::demo(args).await,
            Command::Sandbox(args) => sandbox::sandbox(args).await,
            Command::Shop(args) => shop::shop(args).await,
        }
    });
    // What still runs (a dropped connection, a held request of the sandbox) has nothing left to say.
    runtime.shutdown_background();
    done
}

/// Turns true at the first SIGINT or SIGTERM.
fn stop_signal() -> watch::Receiver<bool> {
    let (send, stop) = watch::channel(false);
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
            return send.closed().await;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        let _ = send.send(true);
        send.closed().await;
    });
    stop
}
