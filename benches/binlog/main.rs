//! How fast the binlog is read, beside what reads the same bytes with less or with more work.
//!
//! A private server writes one reference binlog: orders and their lines in small transactions, and three times as many bytes of
//! other tables' traffic, one statement a transaction, as shops write it. Then it is read several times over, in turns:
//!
//! | reader | what it does |
//! |---|---|
//! | driver, events | mysql_async's stream, no event looked into |
//! | driver, rows | the same, every row of every table decoded to its values |
//! | ledgertap, server | two tables mapped, as a bridge reads |
//! | ledgertap, file | the same from the server's files |
//! | bytes | the files read and their bytes summed (CRC32), nothing else |
//!
//! ```text
//! cargo bench --bench binlog -- [--megabytes N] [--rounds N] [--only READER] [--mysqld PROGRAM]
//! cargo bench --bench binlog -- --large ROWS [--compressed] [--mysqld PROGRAM]
//! ```
//!
//! The second form writes one transaction of so many rows instead, reads it from the server and from its file, and says what that
//! took. The memory is the whole process's, and its most at any moment; the spool's file lies in `TMPDIR`.
//!
//! Figures of one run compare with one another and with nothing else. A reader that saw another number of rows than was
//! written ends the bench in an error.

#![expect(clippy::float_arithmetic, reason = "durations and rates, no money")]

mod large;
mod readers;
mod reference;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use readers::Seen;
use reference::Reference;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("binlog: {error:#}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    megabytes: u64,
    rounds: usize,
    mysqld: Option<String>,
    only: Option<String>,
    large: Option<u64>,
    compressed: bool,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
        let mut options =
            Options { megabytes: 300, rounds: 3, mysqld: None, only: None, large: None, compressed: false };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--bench" => {}
                "--megabytes" => options.megabytes = value()?.parse().context("--megabytes is a number")?,
                "--rounds" => options.rounds = value()?.parse().context("--rounds is a number")?,
                "--mysqld" => options.mysqld = Some(value()?),
                "--only" => options.only = Some(value()?),
                "--large" => options.large = Some(value()?.parse().context("--large is a number of rows")?),
                "--compressed" => options.compressed = true,
                _ => bail!(
                    "{argument} is not known: --megabytes N, --rounds N, --only READER, --large ROWS, --compressed, --mysqld PROGRAM"
                ),
            }
        }
        Ok(options)
    }
}

const READERS: [&str; 5] = ["driver, events", "driver, rows", "ledgertap, server", "ledgertap, file", "bytes"];

async fn run() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options::parse(std::env::args().skip(1))?;
    if let Some(rows) = options.large {
        return large::run(rows, options.compressed, options.mysqld.as_deref()).await;
    }
    eprintln!("writing {} MB of binlog …", options.megabytes);
    let reference = Reference::write(options.megabytes, options.mysqld.as_deref()).await?;
    let megabytes = reference.bytes as f64 / 1e6;
    println!("{}: {megabytes:.0} MB, {} rows of two mapped tables", reference.server, reference.rows);
    let mut times = vec![Vec::new(); READERS.len()];
    let mut peak = 0;
    for _ in 0..options.rounds {
        for (reader, times) in times.iter_mut().enumerate() {
            if options.only.as_ref().is_some_and(|only| only != READERS[reader]) {
                continue;
            }
            let (began, processor) = (Instant::now(), processor_time());
            let seen = match reader {
                0 => readers::driver_events(&reference).await?,
                1 => readers::driver_rows(&reference).await?,
                2 => readers::server(&reference).await?,
                3 => readers::files(&reference)?,
                _ => readers::bytes(&reference)?,
            };
            times.push((began.elapsed(), processor_time().saturating_sub(processor)));
            let expected = if matches!(reader, 1..=3) { reference.rows } else { 0 };
            if seen != (Seen { rows: expected }) {
                bail!("{} saw {} rows, and {expected} were written", READERS[reader], seen.rows);
            }
            peak = peak.max(peak_memory());
        }
    }
    report(&times, megabytes, reference.rows);
    println!("peak memory of the process: {:.0} MiB", peak as f64 / 1048576.0);
    Ok(())
}

fn report(times: &[Vec<(Duration, Duration)>], megabytes: f64, rows: u64) {
    let best = |i: usize| times[i].iter().map(|t| t.0.as_secs_f64()).fold(f64::MAX, f64::min);
    let busy = |i: usize| times[i].iter().map(|t| t.1.as_secs_f64()).fold(f64::MAX, f64::min);
    println!("{:<20} {:>8} {:>10} {:>12} {:>16}", "reader", "s, best", "MB/s", "rows/s", "MB/s of one core");
    for (i, name) in READERS.iter().enumerate().filter(|(i, _)| !times[*i].is_empty()) {
        let rows = if matches!(i, 1..=3) { format!("{:.0}", rows as f64 / best(i)) } else { "-".to_owned() };
        println!("{name:<20} {:>8.2} {:>10.0} {rows:>12} {:>16.0}", best(i), megabytes / best(i), megabytes / busy(i));
    }
    if times.iter().any(Vec::is_empty) {
        return;
    }
    println!("ledgertap from the server / driver's events: {:.2}", best(0) / best(2));
    println!("ledgertap from the server / driver's rows: {:.2}", best(1) / best(2));
    println!("ledgertap from files / bytes: {:.2}", best(4) / best(3));
}

/// What this process has kept a processor busy with.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    // Field 14 and 15 of the whole line, in hundredths of a second.
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}

/// The most memory that was resident, in bytes.
pub fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}
