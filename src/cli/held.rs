//! `ledgertap held` and `ledgertap parked`

use std::process::ExitCode;

use clap::Args;

use super::say::say;
use super::{ConfigArgs, Failure, say_json, stream_to_read};
use crate::outbox::EntryState;
use crate::state::{EntryFilter, EntryInfo};

/// List the orders that are not documents yet, and why; each mends itself when the store changes.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap held --config shop.toml --json")]
pub(super) struct HeldArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// A JSON array
    #[arg(long)]
    json: bool,
}

/// List the documents that need a person, and why; `ledgertap outbox retry` lets them go on, `outbox skip` takes them out.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap parked --config shop.toml --json")]
pub(super) struct ParkedArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// A JSON array
    #[arg(long)]
    json: bool,
}

pub(super) async fn held(args: HeldArgs) -> Result<ExitCode, Failure> {
    let state = stream_to_read(&args.config.load()?).await?;
    let held = state.held().await.map_err(|e| Failure::at_work(e.into()))?;
    if args.json {
        say_json(&held)?;
        return Ok(ExitCode::SUCCESS);
    }
    for order in &held {
        say!("{}: {}", order.order, order.reason);
    }
    if held.is_empty() {
        say!("no order is held");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn parked(args: ParkedArgs) -> Result<ExitCode, Failure> {
    let state = stream_to_read(&args.config.load()?).await?;
    let filter = EntryFilter { states: vec![EntryState::Parked], ..EntryFilter::default() };
    let parked = state.list(filter).await.map_err(|e| Failure::at_work(e.into()))?;
    if args.json {
        say_json(&parked)?;
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &parked {
        say!("{}: {}", named(entry), entry.said.as_deref().unwrap_or("-"));
    }
    if parked.is_empty() {
        say!("no document is parked");
    }
    Ok(ExitCode::SUCCESS)
}

/// A document for people: its kind and number, and the order where that is another.
fn named(entry: &EntryInfo) -> String {
    let kind = entry.kind.replace('_', " ");
    match entry.order.as_str() {
        "" => format!("{kind} {}", entry.number),
        order if order == entry.number => format!("{kind} {} of {}", entry.number, entry.total),
        order => format!("{kind} {} of {} (order {order})", entry.number, entry.total),
    }
}
