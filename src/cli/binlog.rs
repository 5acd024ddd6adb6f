//! `ledgertap binlog`

mod lines;
mod stats;

use std::io::{BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::DateTime;
use tokio::sync::watch;

use super::{Failure, stop_signal};
use crate::binlog::{Described, FileReader, From, Limits, Selection, Source, Store, Stream, position};
use crate::bridge::unreachable_store;
use crate::change::{Batch, Position, Transaction};
use lines::Lines;
use stats::Stats;

/// Print what a binlog says, from files or from a server. It needs no config and keeps no state.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap binlog /backup/binlog.0000* --json
  ledgertap binlog --store mysql://tap@db.example --tables 'shop.*' --follow --json
  ledgertap binlog /backup/binlog.000017.zst --stats

A line is {\"position\",\"file\",\"offset\",\"gtid\",\"time\",\"db\",\"table\",\"op\",\"before\",\"after\"}; statements have the op
`statement`, and each transaction ends in a line with the op `commit`, `prepare`, `xa_commit` or `xa_rollback`. Numbers are
printed as the server prints them (DECIMAL, FLOAT(M,D) and integers beyond 2^53 as strings), TIMESTAMP in UTC, binary values as Base64,
BIT as a number. What a row image does not hold is left out.

Without --follow it ends at the head of the binlog as it was at the start. It ends with exit code 1, and says where, at an event
that cannot be read; everything that is whole before it has then been printed.")]
pub(super) struct BinlogArgs {
    /// Binlog files in their order, or a folder of them; plain, or compressed by gzip or zstd
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A server instead of files: mysql://user:password@host:port, with the privilege REPLICATION SLAVE
    #[arg(long, value_name = "URL", env = "LEDGERTAP_STORE_URL", hide_env_values = true, conflicts_with = "files")]
    store: Option<String>,
    /// Begin here: now, earliest, a MySQL GTID set, a MariaDB GTID position, or file:offset
    #[arg(long, value_name = "POS")]
    from: Option<From>,
    /// End here; a transaction that a file:offset lies within is printed whole
    #[arg(long, value_name = "POS")]
    to: Option<From>,
    /// Leave out what was committed before: 2026-11-20T08:15:00Z, or 2026-11-20 08:15:00 in UTC
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Only these tables: shop.orders,shop.*_meta
    #[arg(long, value_name = "TABLES")]
    tables: Option<Selection>,
    /// Go on when the end is reached, until interrupted
    #[arg(long)]
    follow: bool,
    /// JSON lines
    #[arg(long)]
    json: bool,
    /// Print totals by table and the largest transactions instead of rows
    #[arg(long)]
    stats: bool,
}

fn time(text: &str) -> Result<Timestamp, String> {
    let in_utc = || {
        let at: DateTime = text.parse().ok()?;
        at.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse().ok().or_else(in_utc).ok_or_else(|| "write 2026-11-20T08:15:00Z or 2026-11-20 08:15:00".to_owned())
}

const NOTHING_BEFORE: &str = "--to earliest: there is nothing before it";

/// One transaction a batch, so that each has its own position.
const ONE: Limits = Limits { transactions: 1, rows: usize::MAX };
/// How often a followed file is looked at.
const LOOK: Duration = Duration::from_millis(200);

pub(super) async fn binlog(args: BinlogArgs) -> Result<ExitCode, Failure> {
    let mut output = Output::new(&args);
    let read = match &args.store {
        Some(url) => read_server(&args, url, &mut output).await,
        None => read_files(&args, &mut output).await,
    };
    // What was read before a failure is what one wants to see.
    let ended = output.end();
    match (read, ended) {
        (Ok(()), Ok(())) => Ok(ExitCode::SUCCESS),
        (Err(Ended::Pipe), _) | (_, Err(Ended::Pipe)) => Ok(ExitCode::SUCCESS),
        (Err(Ended::Failed(failure)), _) | (_, Err(Ended::Failed(failure))) => Err(failure),
    }
}

/// Why the reading ended early.
enum Ended {
    Failed(Failure),
    /// Nobody reads on.
    Pipe,
}

impl<E: Into<anyhow::Error>> std::convert::From<E> for Ended {
    fn from(error: E) -> Self {
        Ended::Failed(Failure::at_work(error.into()))
    }
}

fn unusable(text: &str) -> Ended {
    Ended::Failed(Failure::unusable(anyhow::anyhow!("{text}")))
}

async fn read_server(args: &BinlogArgs, url: &str, output: &mut Output) -> Result<(), Ended> {
    let source = Source::of_server(url).map_err(|error| Ended::Failed(Failure::unusable(error.into())))?;
    let reach = |error| Ended::from(unreachable_store(error));
    let mut store = Store::connect_to_look(&source).await.map_err(reach)?;
    let first = args.from.clone().unwrap_or(if args.follow { From::Now } else { From::Earliest });
    let from = match (store.resolve(&first).await?, &args.to) {
        // Where the beginning is free, it is of the kind of the end.
        (_, Some(From::At(to))) if position::is_file(to) && first == From::Earliest => store.earliest_like(to).await?,
        (_, Some(From::At(to))) if position::is_file(to) && first == From::Now => store.head_like(to).await?,
        (from, _) => from,
    };
    let to = match &args.to {
        Some(From::At(to)) => Some(to.clone()),
        Some(From::Earliest) => return Err(unusable(NOTHING_BEFORE)),
        None if args.follow => None,
        None | Some(From::Now) => Some(store.head_like(&from).await?),
    };
    if let Some(to) = to.as_ref().filter(|to| !position::comparable(&from, to)) {
        return Err(unusable(&format!(
            "--to {to} is of another kind than where the reading begins, {from}: give both in the same kind"
        )));
    }
    let head = if args.follow { None } else { Some(store.head_like(&from).await?) };
    let selection = args.tables.clone().unwrap_or_default();
    let mut stop = stop_signal();
    let mut at = from.clone();
    'connected: loop {
        let mut stream: Stream = store.look(&at, &selection).await?;
        loop {
            if to.as_ref().is_some_and(|to| position::reached(&at, to)) || *stop.borrow() {
                return Ok(());
            }
            if let (Some(to), Some(_)) = (&to, head.as_ref().filter(|head| position::reached(&at, head))) {
                return Err(anyhow::anyhow!(
                    "the binlog ends at {at}, before --to {to}: check that position, or wait for it with --follow"
                )
                .into());
            }
            let batch = tokio::select! {
                batch = stream.next(&ONE) => batch,
                _ = stop.changed() => return Ok(()),
            };
            match batch {
                Ok(batch) => {
                    at = batch.position.clone();
                    output.batch(&batch, stream.described(), None, to.as_ref())?;
                }
                Err(error @ crate::binlog::StoreError::Transient(_)) if args.follow => {
                    tracing::warn!(%error, "server lost, will connect again from the last transaction");
                    store = again(&source, &mut stop).await?;
                    continue 'connected;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Connects again, as often as it takes.
async fn again(source: &Source, stop: &mut watch::Receiver<bool>) -> Result<Store, Ended> {
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return Err(Ended::Pipe),
        }
        match Store::connect_to_look(source).await {
            Ok(store) => return Ok(store),
            Err(error @ crate::binlog::StoreError::Transient(_)) => tracing::warn!(%error, "server not reached"),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn read_files(args: &BinlogArgs, output: &mut Output) -> Result<(), Ended> {
    if args.files.is_empty() {
        return Err(unusable("name binlog files, a folder of them, or a server with --store"));
    }
    let mut reader = FileReader::look(&args.files, &args.tables.clone().unwrap_or_default())?;
    let at = |from: &Option<From>| match from {
        Some(From::At(position)) => Some(position.clone()),
        _ => None,
    };
    let (from, to) = (at(&args.from), at(&args.to));
    match (&args.from, &from) {
        _ if args.to == Some(From::Earliest) => return Err(unusable(NOTHING_BEFORE)),
        (Some(From::Now), _) => return Err(unusable("--from now is for a server; files are read from a position")),
        (_, Some(position)) if position::is_file(position) => reader = reader.start_at(position)?,
        _ => {}
    }
    if args.follow {
        reader = reader.follow(&args.files);
    }
    let stop = stop_signal();
    let after = from.filter(|position| !position::is_file(position));
    while !*stop.borrow() {
        match reader.next(&ONE)? {
            Some(batch) => {
                if let Some(position) = after.iter().chain(&to).find(|at| is_of_others(at, &batch)) {
                    return Err(unusable(&format!(
                        "{position} is of another kind than the GTIDs in these files: give it in their kind, or as file:offset"
                    )));
                }
                output.batch(&batch, reader.described(), after.as_ref(), to.as_ref())?;
                if to.as_ref().is_some_and(|to| position::reached(&batch.position, to)) {
                    break;
                }
            }
            None if args.follow => tokio::time::sleep(LOOK).await,
            None => break,
        }
    }
    Ok(())
}

/// True where a position's kind is not that of these transactions' GTIDs.
fn is_of_others(position: &Position, batch: &Batch) -> bool {
    batch.transactions.iter().any(|transaction| position::is_foreign(position, &transaction.id))
}

/// Where what is read goes.
struct Output {
    out: BufWriter<std::io::Stdout>,
    lines: Lines,
    stats: Option<Stats>,
    since: Option<Timestamp>,
    json: bool,
    /// Someone waits for each line.
    live: bool,
}

impl Output {
    fn new(args: &BinlogArgs) -> Output {
        Output {
            out: BufWriter::with_capacity(64 << 10, std::io::stdout()),
            lines: Lines::new(args.json),
            stats: args.stats.then(Stats::default),
            since: args.since,
            json: args.json,
            live: args.follow,
        }
    }

    /// Prints a batch, except what is before `after`, beyond `to`, or too old.
    fn batch(
        &mut self,
        batch: &Batch,
        tables: &[Described],
        after: Option<&Position>,
        to: Option<&Position>,
    ) -> Result<(), Ended> {
        let beyond = |transaction: &Transaction, to: &Position| match &transaction.logged {
            Some(logged) if position::is_file(to) => position::is_beyond(to, &logged.file, logged.begins),
            _ => !position::is_file(to) && !position::includes(to, &transaction.id),
        };
        for transaction in &batch.transactions {
            let left_out = after.is_some_and(|after| position::includes(after, &transaction.id))
                || to.is_some_and(|to| beyond(transaction, to))
                || self.since.is_some_and(|since| transaction.committed_at < since);
            if left_out {
                continue;
            }
            match &mut self.stats {
                Some(stats) => stats.add(transaction, tables),
                None => {
                    let lines = self.lines.of(transaction, &batch.position, tables);
                    written(self.out.write_all(lines.as_bytes()))?;
                }
            }
        }
        if self.live { written(self.out.flush()) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), Ended> {
        if let Some(stats) = &self.stats {
            let text = if self.json { stats.to_json() } else { stats.to_text() };
            written(self.out.write_all(text.as_bytes()))?;
        }
        written(self.out.flush())
    }
}

fn written(result: std::io::Result<()>) -> Result<(), Ended> {
    result.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ended::Pipe,
        _ => Ended::from(anyhow::Error::new(error).context("write to standard output")),
    })
}
