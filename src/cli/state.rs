//! `ledgertap state`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::say::say;
use super::{Failure, say_json};
use crate::bridge;
use crate::config::{self, StateUrl};
use crate::state::copy::Copied;

/// What is to be done next, and what not.
const AFTERWARDS: &str =
    "FROM is as it was: set state.url in the config to TO now, and do not run a bridge on FROM any more";

/// Move the state database; no bridge may be running on it.
#[derive(Debug, Args)]
pub(super) struct StateArgs {
    #[command(subcommand)]
    command: StateCommand,
}

#[derive(Debug, Subcommand)]
enum StateCommand {
    /// Copy a stream with its books, its outbox and its position to another state database, and compare both
    Copy(CopyArgs),
}

/// Copy a stream with its books, its outbox and its position to another state database, and compare both; FROM stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap state copy sqlite:ledgertap.db 'postgres://tap:${PGPASSWORD}@db:5432/erp?schema=ledgertap'
  ledgertap state copy 'postgres://tap:${PGPASSWORD}@db:5432/erp' sqlite:ledgertap.db --stream north

${NAME} is taken from the environment, so that a password need not stand on the command line (in single quotes).
Stop every bridge and relay that works on FROM first. All is copied in one transaction of TO, or nothing. Afterwards set state.url in
the config; a bridge on the copy looks up what is not known to be in the ERP before it sends anything.")]
struct CopyArgs {
    /// The state database to copy from: sqlite:PATH or postgres://user:${PASSWORD}@host:5432/database
    from: String,
    /// The state database to copy to; it is made where it is not there
    to: String,
    /// This stream alone; all of them without this
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn state(args: StateArgs) -> Result<ExitCode, Failure> {
    match args.command {
        StateCommand::Copy(args) => copy(args).await,
    }
}

async fn copy(args: CopyArgs) -> Result<ExitCode, Failure> {
    let (from, to) = (url("FROM", &args.from)?, url("TO", &args.to)?);
    let copied = bridge::copy_state(&from, &to, args.stream.as_deref()).await;
    let copied = copied.map_err(|error| match error.is_refusal() {
        true => Failure::unusable(error.into()),
        false => Failure::at_work(error.into()),
    })?;
    match args.json {
        true => say_json(&copied)?,
        false => print(&copied),
    }
    match copied.is_whole() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Failure::at_work(anyhow::anyhow!(
            "what lies in TO is not what was read in FROM: nothing was written; this is a bug in ledgertap"
        ))),
    }
}

fn url(argument: &str, text: &str) -> Result<StateUrl, Failure> {
    config::state_url(argument, text).map_err(|e| Failure::unusable(e.into()))
}

fn print(copied: &Copied) {
    say!("{:<16} {:>9}  {:<64}  ok", "table", "rows", "checksum");
    for table in &copied.tables {
        say!("{:<16} {:>9}  {}  {}", table.table, table.rows, table.checksum, if table.ok { "yes" } else { "NO" });
    }
    if !copied.is_whole() {
        return;
    }
    for account in &copied.kept_accounts {
        say!("TO knows the ERP account {account} already: its breaker and its pace were left as they are there");
    }
    if copied.renumbered {
        say!("TO has entries of other streams: the copied ones have new sequence numbers, in the same order");
    }
    say!("copied: {}", copied.streams.join(", "));
    say!("{AFTERWARDS}");
}
