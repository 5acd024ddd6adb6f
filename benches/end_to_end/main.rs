//! How fast orders go from the store's commit into the ERP, measured through the code of `ledgertap run`.
//!
//! A private MariaDB or MySQL (or the server that `LEDGERTAP_BENCH_STORE=mysql://…` names), a shop that writes each paid
//! order in one InnoDB transaction, the bridge with its state in SQLite on disk, and the sandbox over HTTP, all in this
//! process and on this machine. Each part has a database, a state and an ERP of its own, and ends with a comparison of the
//! books: figures of a bridge that lost or doubled something are not printed as if they were worth anything.
//!
//! ```text
//! cargo bench --bench end_to_end -- [--orders N] [--slow-orders N] [--seconds S] [--catch-up N] [--only PART,…] [--json]
//! ```

mod floor;
mod options;
mod parts;
mod report;
mod rig;
mod shop;

use std::process::ExitCode;

use options::{Options, Part};
use report::Report;
use rig::Server;

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
    let mut report = Report::default();
    if options.runs(Part::Floor) {
        report.floor = Some(floor::measure().await?);
    }
    if options.runs(Part::Throughput) {
        report.throughput = Some(parts::throughput(&server, options.orders, parts::AT_ONCE).await?);
    }
    if options.runs(Part::Slow) {
        report.slow = Some(parts::throughput(&server, options.slow_orders, parts::SLOW).await?);
    }
    if options.runs(Part::Latency) {
        report.latency = Some(parts::latency(&server, options.seconds).await?);
    }
    if options.runs(Part::CatchUp) {
        report.catch_up = parts::catch_up(&server, options.catch_up).await?;
    }
    println!("{}", if options.json { report.json() } else { report.text() });
    Ok(report.agrees())
}
