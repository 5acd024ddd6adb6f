//! `ledgertap resync`

use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::rebuild::{order_json, say_order};
use super::say::say;
use super::{ConfigArgs, Failure, say_json, stop_signal};
use crate::bridge::{self, Reading, Rebuilt, Resync, Resynced};

/// Read the store's tables again, after something that wrote no row events, and put the mirror right.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap resync --dry-run --config shop.toml
  ledgertap resync --config shop.toml
  ledgertap resync --table ecs_order_goods --config shop.toml

The bridge must not be capturing meanwhile; relays may. All tables are read as they are at the head of the binlog, where the stream
then goes on: that mends a TRUNCATE, a DROP, a statement that rewrote values, a purged position, a failover that lost
transactions. With --table only these are read, as they were at the stream's own position, which stays: for rows that were
changed without the binlog (sql_log_bin=0, cascades of foreign keys), and for tables and columns that a mapping uses newly. What
differs becomes documents when the bridge runs again; until then the ERP is told nothing.")]
pub(super) struct ResyncArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only this table, at the stream's own position; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Show what differs; nothing is changed
    #[arg(long)]
    dry_run: bool,
    /// Read so many rows of the store in a second at the most
    #[arg(long, value_name = "N")]
    max_rows_per_second: Option<NonZeroU32>,
    /// Read so many tables at the same time at the most
    #[arg(long, value_name = "N", default_value_t = Reading::TABLES_AT_ONCE)]
    parallel_tables: NonZeroU32,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn resync(args: ResyncArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let how = Resync {
        tables: args.tables,
        dry_run: args.dry_run,
        reading: Reading { rows_per_second_max: args.max_rows_per_second, tables_at_once: args.parallel_tables },
    };
    let mut orders = Vec::new();
    let mut failed = None;
    let json = args.json;
    let mut witness = |rebuilt: &Rebuilt| match json {
        true => orders.push(order_json(rebuilt)),
        false => failed = failed.take().or(say_order(rebuilt).err()),
    };
    // What was read goes with it, however it ends.
    let mut stop = stop_signal();
    let done = tokio::select! {
        done = bridge::resync(&config, &how, &mut witness) => done.map_err(Failure::unusable)?,
        _ = stop.changed() => {
            return Err(Failure::at_work(anyhow::anyhow!("interrupted: run it again; nothing was told meanwhile")));
        }
    };
    if let Some(failure) = failed {
        return Err(failure);
    }
    match json {
        true => say_json(&json!({
            "from": done.from.0,
            "to": done.to.0,
            "tables": done.tables.iter().map(|(table, d)| {
                (table.clone(), json!({"added": d.added, "changed": d.changed, "removed": d.removed}))
            }).collect::<serde_json::Value>(),
            "filled": done.filled,
            "orders": done.orders,
            "differ": done.differ,
            "customers": done.customers,
            "differences": orders,
        }))?,
        false => say_sum(args.dry_run, &done)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn say_sum(dry_run: bool, done: &Resynced) -> Result<(), Failure> {
    for (table, d) in &done.tables {
        say!("{table}: {} rows added, {} changed, {} removed", d.added, d.changed, d.removed);
    }
    for (table, rows) in &done.filled {
        say!("{table}: {rows} rows, which were not mirrored so far");
    }
    let (orders, differ, customers) = (done.orders, done.differ, done.customers);
    say!("{orders} orders have rows that differ; {differ} of them, and {customers} customers, would be told otherwise");
    match dry_run {
        true => say!("nothing was changed"),
        false => say!("the mirror is right as of {}; `ledgertap run` tells the differences", done.to),
    }
    Ok(())
}
