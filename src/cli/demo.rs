//! `ledgertap demo`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use tokio::sync::Notify;

use super::say::is_heard;
use super::shop::EngineArg;
use super::{Failure, stop_signal};
use crate::demo::{self, Options};
use crate::sandbox::Faults;

/// Do the whole job in front of one's eyes: a simulated ECShop sells, its binlog is followed, a sandbox ERP books.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap demo --once --orders 200 --engine innodb --faults rough")]
pub(super) struct DemoArgs {
    /// An existing MySQL or MariaDB with its binlog on (mysql://user:password@host:port); a database of its own is made there
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The shop's storage engine: myisam is ECShop 2.7.3, innodb is 2.8
    #[arg(long, value_enum, default_value = "myisam")]
    engine: EngineArg,
    /// How many orders are placed
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    orders: u32,
    /// Seeds the shop and the ERP's faults, so that a run can be repeated
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// none, or rough: the ERP times out, resets, answers 429 and 500, before and after storing
    #[arg(long, default_value = "none")]
    faults: Faults,
    /// How long an order has to be quiet before it becomes a document, in milliseconds
    #[arg(long, default_value_t = 500, value_name = "MS")]
    settle: u64,
    /// End by itself; otherwise it stays up after the books were shown
    #[arg(long)]
    once: bool,
    /// Print the books as one JSON object, and nothing else
    #[arg(long)]
    json: bool,
    /// Read the built-in recording even where this machine has a server
    #[arg(long, conflicts_with = "store")]
    recorded: bool,
    /// Record the shop's binlog into a folder instead (how the built-in recording was made)
    #[arg(long, value_name = "FOLDER", hide = true)]
    record: Option<PathBuf>,
}

pub(super) async fn demo(args: DemoArgs) -> Result<ExitCode, Failure> {
    let options = Options {
        store: args.store,
        recorded: args.recorded,
        engine: args.engine.into(),
        orders: args.orders,
        seed: args.seed,
        faults: args.faults,
        settle: Duration::from_millis(args.settle),
    };
    let json = args.json;
    // What runs is ended in order also where nobody reads on.
    let unheard = Notify::new();
    let say = |line: &str| {
        if !json && !is_heard(format_args!("{line}\n")) {
            unheard.notify_one();
        }
    };
    if let Some(folder) = &args.record {
        demo::record(&options, folder, &say).await.map_err(Failure::at_work)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(url) = &options.store {
        demo::reach(url).await.map_err(Failure::unusable)?;
    }
    let demo = tokio::select! {
        demo = demo::run(&options, &say) => demo.map_err(Failure::at_work)?,
        () = unheard.notified() => return Ok(ExitCode::SUCCESS),
    };
    let books = if json {
        serde_json::to_string_pretty(&demo.report).map_err(|e| Failure::at_work(e.into()))? + "\n"
    } else {
        demo.report.text()
    };
    let heard = is_heard(format_args!("{books}"));
    let agrees = demo.report.agrees();
    if !args.once && heard {
        say(&format!(
            "still up: http://{}/books · {}",
            demo.sandbox.addr(),
            demo.store.as_deref().unwrap_or("recorded")
        ));
        say("Ctrl-C ends it");
        // The sender lives as long as the process.
        let _ = stop_signal().wait_for(|stopped| *stopped).await;
    }
    demo.stop().await.map_err(Failure::at_work)?;
    Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
