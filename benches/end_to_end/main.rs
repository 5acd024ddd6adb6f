//! How fast orders go from the store's commit into the ERP, measured through the code of `ledgertap run`.
//!
//! A private MariaDB or MySQL (or the server that `LEDGERTAP_BENCH_STORE=mysql://…` names), a shop that writes each paid
//! order in one InnoDB transaction, the bridge with its state in SQLite on disk and then in the PostgreSQL that
//! `LEDGERTAP_BENCH_POSTGRES=postgres://…` names (left out where that is not set), and the sandbox over HTTP, all in this
//! process and on this machine; only the program that is killed is a process of its own. Each part has a database, a state and an ERP of its own, and ends with a comparison of the
//! books: figures of a bridge that lost or doubled something are not printed as if they were worth anything.
//!
//! ```text
//! cargo bench --bench end_to_end -- [--orders N] [--slow-orders N] [--seconds S] [--catch-up N] [--rows N]
//!     [--state sqlite|postgres] [--only PART,…] [--json]
//! ```

mod floor;
mod options;
mod parts;
mod place;
mod report;
mod restart;
mod rig;
mod shop;

use std::process::ExitCode;

use options::{Options, Part};
use place::Place;
use report::Report;
use rig::Server;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    ledgertap::telemetry::init(ledgertap::telemetry::LogFormat::Text, "error");
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("end_to_end: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// True where the books of every part agree.
async fn run() -> anyhow::Result<bool> {
    let options = Options::parse(std::env::args().skip(1))?;
    let server = Server::start().await?;
    let mut reports = Vec::new();
    for place in Place::all(options.state.as_deref())? {
        let report = measure(&options, &server, &place).await?;
        if !options.json {
            println!("== state in {}\n{}", place.name(), report.text());
        }
        reports.push((place.name(), report));
    }
    if options.json {
        let all: serde_json::Map<_, _> = reports.iter().map(|(name, r)| ((*name).to_owned(), r.json())).collect();
        println!("{:#}", serde_json::Value::Object(all));
    }
    Ok(reports.iter().all(|(_, report)| report.agrees()))
}

async fn measure(options: &Options, server: &Server, place: &Place) -> anyhow::Result<Report> {
    let mut report = Report::default();
    if options.runs(Part::Floor) && matches!(place, Place::Sqlite) {
        report.floor = Some(floor::measure().await?);
    }
    if options.runs(Part::Throughput) {
        report.throughput = Some(parts::throughput(server, place, options.orders, parts::AT_ONCE).await?);
    }
    if options.runs(Part::Slow) {
        report.slow = Some(parts::throughput(server, place, options.slow_orders, parts::SLOW).await?);
    }
    if options.runs(Part::Latency) {
        report.latency = Some(parts::latency(server, place, options.seconds).await?);
    }
    if options.runs(Part::CatchUp) {
        report.catch_up = parts::catch_up(server, place, options.catch_up).await?;
    }
    if options.runs(Part::Replay) {
        report.replay = parts::replay(server, place, options.catch_up).await?;
    }
    if options.runs(Part::Restart) {
        report.restart = Some(restart::restart(server, place, options.rows).await?);
    }
    Ok(report)
}
