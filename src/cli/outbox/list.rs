//! `ledgertap outbox list`

use std::process::ExitCode;

use clap::Args;

use super::super::say::{self, say};
use super::super::{ConfigArgs, Failure, say_json, stream_to_read, time};
use super::FilterArgs;
use crate::outbox::EntryState;
use crate::state::EntryInfo;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: ledgertap outbox list --state parked,unknown --order 2026112300001 --config shop.toml"
)]
pub(super) struct ListArgs {
    /// In one of these states: pending, sending, unknown, delivered, parked, skipped
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',', value_parser = super::state)]
    states: Vec<EntryState>,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    config: ConfigArgs,
    /// A JSON array
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(args: ListArgs) -> Result<ExitCode, Failure> {
    let state = stream_to_read(&args.config.load()?).await?;
    let found = state.list(args.filter.in_states(args.states)).await.map_err(|e| Failure::at_work(e.into()))?;
    match (args.json, found.is_empty()) {
        (true, _) => say_json(&found)?,
        (false, true) => say!("no document is like that"),
        (false, false) => say::lines(&table(&found)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Columns as wide as what is in them.
pub(super) fn table(entries: &[EntryInfo]) -> String {
    let head = ["seq", "state", "kind", "number", "order", "total", "attempts", "planned", "said"].map(str::to_owned);
    let rows = entries.iter().map(|e| {
        let kind = match &e.reason {
            Some(reason) => format!("{} ({reason})", e.kind),
            None => e.kind.clone(),
        };
        let said = e.said.as_deref().or(e.reference.as_deref()).unwrap_or_default();
        let cells = [e.state.as_str(), &kind, &e.number, &e.order].map(str::to_owned);
        let [state, kind, number, order] = cells;
        let (seq, attempts) = (e.seq.to_string(), e.attempts.to_string());
        [seq, state, kind, number, order, e.total.to_string(), attempts, time(e.planned_at), said.to_owned()]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        line.push_str(&row[8]);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
