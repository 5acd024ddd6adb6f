//! `ledgertap opening`

use std::fs::File;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::Args;
use serde_json::json;

use super::say::say;
use super::{ConfigArgs, Failure, say_json, stop_signal, stream_to_read};
use crate::binlog::From;
use crate::bridge::{self, Decided, Fate, Reading, Tally};

/// Show what opening the books would do, or what it did; nothing is changed, and nothing is told to the ERP.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap opening --dry-run --config shop.toml --file opening.csv
  ledgertap opening --config shop.toml

A dry run reads the store as the first `run` would (books.opening says how), into a state database of its own that goes with it.
The file has a line for each order: order,number,fate,reference,net,tax,total,currency,reason.")]
pub(super) struct OpeningArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Read the store, and say what its first start would take for known, tell and hold
    #[arg(long)]
    dry_run: bool,
    /// Where the first start would begin: now, earliest, or a position
    #[arg(long, value_name = "now|earliest|POSITION", default_value = "now", requires = "dry_run")]
    from: String,
    /// A CSV file for every order's fate; one that is there already is not written over
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    file: Option<PathBuf>,
    /// Read so many rows of the store in a second at the most
    #[arg(long, value_name = "N", requires = "dry_run")]
    max_rows_per_second: Option<NonZeroU32>,
    /// Read so many tables at the same time at the most, each on a connection of its own
    #[arg(long, value_name = "N", default_value_t = Reading::TABLES_AT_ONCE, requires = "dry_run")]
    parallel_tables: NonZeroU32,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn opening(args: OpeningArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    if !args.dry_run {
        let state = stream_to_read(&config).await?;
        let summary = state.summary().await.map_err(|e| Failure::at_work(e.into()))?;
        match args.json {
            true => say_json(&json!({"orders": summary.opened, "amounts": summary.opened_amounts}))?,
            false => {
                let a = summary.opened_amounts;
                say!("opened with {} orders: net {} + tax {} = {}", summary.opened, a.net, a.tax, a.total);
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let from: From = args.from.parse().map_err(|e| Failure::unusable(anyhow::anyhow!("--from {}: {e}", args.from)))?;
    let file = args.file.as_ref().map(|path| {
        let made = File::create_new(path).and_then(|file| {
            let mut file = csv::Writer::from_writer(file);
            file.write_record(["order", "number", "fate", "reference", "net", "tax", "total", "currency", "reason"])?;
            Ok(Mutex::new(file))
        });
        made.map_err(|e| Failure::unusable(anyhow::anyhow!("--file {}: cannot be made ({e})", path.display())))
    });
    let file = file.transpose()?;
    let failed = Mutex::new(None);
    let witness = |decided: &Decided| {
        if let Some(file) = &file
            && let Err(error) = write(file, decided)
        {
            *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
        }
    };
    let reading = Reading { rows_per_second_max: args.max_rows_per_second, tables_at_once: args.parallel_tables };
    let mut stop = stop_signal();
    // What was read goes with it, however it ends.
    let (position, tally) = tokio::select! {
        done = bridge::dry_opening(&config, &from, reading, &witness) => done.map_err(Failure::at_work)?,
        _ = stop.changed() => return Err(Failure::at_work(anyhow::anyhow!("interrupted"))),
    };
    if let Some(error) = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(Failure::at_work(anyhow::anyhow!("--file: cannot be written ({error})")));
    }
    match args.json {
        true => say_json(&json!({
            "position": position.0,
            "opened": sums(&tally.opened),
            "told": sums(&tally.told),
            "held": tally.held,
            "nothing": tally.nothing,
        }))?,
        false => text(&position.0, &tally)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn text(position: &str, tally: &Tally) -> Result<(), Failure> {
    say!("the books would open at {position}");
    for (what, sums) in [("taken for known by the ERP", &tally.opened), ("told to the ERP", &tally.told)] {
        if sums.is_empty() {
            say!("  {what}: nothing");
        }
        for (currency, (orders, a)) in sums {
            say!("  {what}: {orders} orders, net {} + tax {} = {} {currency}", a.net, a.tax, a.total);
        }
    }
    say!("  held, because it does not balance or the file says otherwise: {}", tally.held);
    say!("  nothing to tell (open, cancelled, refunded whole): {}", tally.nothing);
    Ok(())
}

fn sums(sums: &bridge::Sums) -> serde_json::Value {
    sums.iter()
        .map(|(currency, (orders, amounts))| (currency.clone(), json!({"orders": orders, "amounts": amounts})))
        .collect()
}

fn write(file: &Mutex<csv::Writer<File>>, decided: &Decided) -> csv::Result<()> {
    let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (order, number, currency, fate) in &decided.fates {
        let (name, reference, amounts, reason) = match fate {
            Fate::Opened(opened) => ("known", opened.reference.as_deref(), Some(opened.amounts), ""),
            Fate::Told(amounts) => ("told", None, Some(*amounts), ""),
            Fate::Held(why) => ("held", None, None, why.as_str()),
            Fate::Nothing => ("nothing", None, None, ""),
        };
        let [net, tax, total] = match amounts {
            Some(a) => [a.net, a.tax, a.total].map(|amount| amount.to_string()),
            None => Default::default(),
        };
        file.write_record([order, number, name, reference.unwrap_or_default(), &net, &tax, &total, currency, reason])?;
    }
    file.flush()?;
    Ok(())
}
