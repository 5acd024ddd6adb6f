//! How fast the books of a store with a past are opened, beside what a dump of the same tables takes.
//!
//! A private MariaDB (or the server that `LEDGERTAP_BENCH_STORE=mysql://…` names) gets ECShop's tables, and paid orders of three
//! lines, in InnoDB. Then, in turns:
//!
//! | part | what it does |
//! |---|---|
//! | dump | `mariadb-dump --single-transaction` (or `mysqldump`) of the mapped tables, thrown away |
//! | sqlite | a bridge's first start at the store's head, its state in a new SQLite file on disk |
//! | postgres | the same in a new schema of `LEDGERTAP_BENCH_POSTGRES=postgres://…`; left out where that is not set |
//!
//! ```text
//! cargo bench --bench snapshot -- [--orders N] [--rounds N] [--parallel-tables N] [--state sqlite|postgres]
//! cargo bench --bench snapshot -- --kills N [--orders N] [--writes N] [--state sqlite|postgres]
//! ```
//!
//! The second form opens the books with the program itself, while a shop writes so many orders a second, refunds and discounts
//! among them, and kills it so many times on the way. At the end each mirrored row is compared with the store's, and the ledger
//! with the orders; the exit code is 0 only where all agree.
//!
//! Figures of one run compare with one another and with nothing else. A mirror with another number of rows than the store
//! ends the bench in an error.

#![expect(clippy::float_arithmetic, reason = "durations and rates, no money")]

mod dump;
mod living;
mod marks;
mod measure;
mod options;
#[path = "../end_to_end/place.rs"]
mod place;
mod store;

use std::process::ExitCode;

use anyhow::Context as _;

use options::Options;
use place::Place;
use store::Filled;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    marks::listen();
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("snapshot: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// True where all agrees.
async fn run() -> anyhow::Result<bool> {
    let options = Options::parse(std::env::args().skip(1))?;
    let places = Place::all(options.state.as_deref())?;
    let filled = Filled::start(options.orders).await.context("fill the shop")?;
    println!("store      {}: {} orders, {} rows in mapped tables", filled.version, options.orders, filled.rows);
    if let Some(kills) = options.kills {
        return living::run(&filled, &places[0], kills, &options).await;
    }
    for round in 1..=options.rounds {
        println!("round {round}");
        let dump = dump::measure(&filled).await?;
        match dump {
            Some(took) => println!("  dump     {:>8.2} s {:>9.0} rows/s", took.as_secs_f64(), filled.rate(took)),
            None => println!("  dump     this machine has neither mariadb-dump nor mysqldump"),
        }
        for place in &places {
            let phases = measure::open_books(&filled, place, options.parallel_tables).await?;
            let ratio = dump.map_or(String::new(), |dump| {
                format!(", reading {:.2} × the dump's time", phases.read.as_secs_f64() / dump.as_secs_f64())
            });
            println!(
                "  {:<8} {:>8.2} s {:>9.0} rows/s read into the mirror{ratio}; rewound in {:.2} s, decided in {:.2} s",
                place.name(),
                phases.read.as_secs_f64(),
                filled.rate(phases.read),
                phases.rewound.as_secs_f64(),
                phases.decided.as_secs_f64(),
            );
        }
    }
    filled.drop_database().await?;
    Ok(true)
}
