//! `ledgertap status`

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::{ConfigArgs, Failure, say, say_json, stream_to_read, time};
use crate::document::Amounts;
use crate::state::Summary;

/// Show position, outbox, held orders and parked documents; reads the state database only, also beside a running bridge.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap status --config shop.toml --json")]
pub(super) struct StatusArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn status(args: StatusArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let state = stream_to_read(&config).await?;
    let summary = state.summary().await.map_err(|e| Failure::at_work(e.into()))?;
    if args.json {
        say_json(&summary)?;
    } else {
        say::lines(&text(&summary));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(summary: &Summary) -> String {
    let mut out = String::new();
    let position = summary.position.as_ref().map_or("not started", |p| &p.0);
    let clock = summary.clock.map_or("-".to_owned(), time);
    let counts = |map: &std::collections::BTreeMap<String, u64>| {
        map.iter().map(|(name, n)| format!("{n} {}", name.replace('_', " "))).collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(out, "stream     {}", summary.stream);
    let _ = writeln!(out, "position   {position}");
    let _ = writeln!(out, "as of      {clock}");
    let _ = writeln!(out, "outbox     {}", counts(&summary.outbox));
    if let Some(since) = summary.waiting_since {
        let _ = writeln!(out, "oldest     waits since {}", time(since));
    }
    if let Some(until) = summary.erp_shut_until {
        let _ = writeln!(out, "erp        down or refusing us; tried again at {}", time(until));
    }
    let _ = writeln!(out, "told       {}", counts(&summary.documents));
    if summary.opened > 0 {
        let Amounts { net, tax, total } = summary.opened_amounts;
        let _ = writeln!(out, "opened     {} orders, net {net} + tax {tax} = {total}", summary.opened);
    }
    if summary.absorbed > 0 {
        let Amounts { net, tax, total } = summary.absorbed_amounts;
        let _ = writeln!(out, "absorbed   {} differences, net {net} + tax {tax} = {total}", summary.absorbed);
    }
    let _ = writeln!(out, "books      net {} + tax {} = {}", summary.told.net, summary.told.tax, summary.told.total);
    let _ = writeln!(out, "settling   {}", summary.settling);
    let _ = writeln!(out, "held       {}", summary.held_count);
    for held in &summary.held {
        let _ = writeln!(out, "  {}: {}", held.order, held.reason);
    }
    if summary.warned_count > 0 {
        let _ = writeln!(out, "warned     {} (used all the same, as the store's server does)", summary.warned_count);
    }
    for warned in &summary.warned {
        let _ = writeln!(out, "  {}: {}", warned.order, warned.reason);
    }
    let _ = writeln!(out, "parked     {}", summary.outbox.get("parked").copied().unwrap_or_default());
    for entry in &summary.parked {
        let _ = writeln!(out, "  {} {}: {}", entry.kind, entry.number, entry.said.as_deref().unwrap_or("-"));
    }
    if !summary.failing.is_empty() {
        let _ = writeln!(out, "failing    {} (tried again by itself)", summary.failing.len());
    }
    for entry in &summary.failing {
        let _ = writeln!(out, "  {} {}: {}", entry.kind, entry.number, entry.said.as_deref().unwrap_or("-"));
    }
    out
}
