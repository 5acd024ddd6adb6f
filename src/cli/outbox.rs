//! `ledgertap outbox`

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::say::say;
use super::{ConfigArgs, Failure};
use crate::state::Which;

/// Work on the outbox by hand, also beside a running bridge.
#[derive(Debug, Args)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// Let parked documents go on; each is looked up in the ERP before it is sent
    Retry(RetryArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap outbox retry 2026112300001 --config shop.toml")]
struct RetryArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Documents by number, as `ledgertap status` shows them
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    numbers: Vec<String>,
    /// Every parked document
    #[arg(long)]
    all: bool,
}

pub(super) async fn outbox(args: OutboxArgs) -> Result<ExitCode, Failure> {
    let OutboxCommand::Retry(args) = args.command;
    let config = args.config.load()?;
    let state = crate::bridge::state_beside(&config).await.map_err(Failure::unusable)?;
    let wanted = if args.all { Which::All } else { Which::Numbers(args.numbers.clone()) };
    let retried = state.retry(wanted).await.map_err(|e| Failure::at_work(e.into()))?;
    for number in &retried {
        say!("{number} will be looked up and, where the ERP lacks it, sent");
    }
    let missing: Vec<&String> = args.numbers.iter().filter(|n| !retried.contains(n)).collect();
    for number in &missing {
        say!("{number} is not parked");
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
