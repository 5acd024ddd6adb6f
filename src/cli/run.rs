//! `ledgertap run`

use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use tracing::{info, warn};

use super::{ConfigArgs, Failure, stop_signal};
use crate::binlog::From as Begin;
use crate::bridge::{Bridge, Options, Reading, Role};
use crate::state::Summary;

/// Follow the store and deliver documents to the ERP.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap run --config shop.toml --from now")]
pub(super) struct RunArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Where a stream's first start begins: now, earliest, a GTID set, a MariaDB GTID position, or file:offset. Later starts
    /// go on from the state database
    #[arg(long, value_name = "now|earliest|POSITION")]
    from: Option<String>,
    /// End when the head of the binlog as it was at the start is reached and all that can be delivered is delivered
    #[arg(long)]
    once: bool,
    /// Go on although the mapping or its settings have changed since documents were told: each told order is corrected to the
    /// new ones at its next change
    #[arg(long)]
    accept_mapping: bool,
    /// While the books are opened, at a first start: read so many rows of the store in a second at the most
    #[arg(long, value_name = "N")]
    max_rows_per_second: Option<NonZeroU32>,
    /// While the books are opened, at a first start: read so many tables at the same time at the most, each on a connection of
    /// its own
    #[arg(long, value_name = "N", default_value_t = Reading::TABLES_AT_ONCE)]
    parallel_tables: NonZeroU32,
    /// Which part of the work this process does: capture reads the store (one at a time has the stream, others stand by), relay
    /// delivers to the ERP (any number of them). Parts of their own need PostgreSQL as state database
    #[arg(long, value_enum, default_value = "all")]
    role: RoleArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    All,
    Capture,
    Relay,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Role {
        match role {
            RoleArg::All => Role::All,
            RoleArg::Capture => Role::Capture,
            RoleArg::Relay => Role::Relay,
        }
    }
}

pub(super) async fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    let from = match &args.from {
        Some(text) => {
            Some(text.parse::<Begin>().map_err(|e| Failure::unusable(anyhow::anyhow!("--from {text}: {e}")))?)
        }
        None => None,
    };
    let config = args.config.load()?;
    let options = Options {
        from,
        once: args.once,
        accept_mapping: args.accept_mapping,
        role: args.role.into(),
        reading: Reading { rows_per_second_max: args.max_rows_per_second, tables_at_once: args.parallel_tables },
    };
    let bridge = Bridge::open(&config, options).await.map_err(Failure::unusable)?;
    let summary = bridge.run(stop_signal()).await.map_err(Failure::at_work)?;
    Ok(tell(&summary))
}

/// Says how it ended; exit code 1 where a document needs a person.
fn tell(summary: &Summary) -> ExitCode {
    let position = summary.position.as_ref().map_or("", |p| &p.0);
    let delivered = summary.outbox.get("delivered").copied().unwrap_or_default();
    let parked = summary.outbox.get("parked").copied().unwrap_or_default();
    info!(position, delivered, parked, held = summary.held_count, warned = summary.warned_count, "stopped");
    for order in &summary.held {
        warn!(order = order.order, "order held; `ledgertap status` says why");
    }
    for order in &summary.warned {
        warn!(
            order = order.order,
            warning = order.reason,
            "an order's number was cut from a text, as the store's server does"
        );
    }
    for entry in &summary.parked {
        warn!(document = entry.number, kind = entry.kind, "document parked; `ledgertap status` says why");
    }
    if parked > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
