//! `ledgertap outbox retry` and `ledgertap outbox skip`

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::{ArgGroup, Args};

use super::super::say::say;
use super::super::{ConfigArgs, Failure, outbox_to_change};
use super::FilterArgs;
use crate::outbox::{EntryState, SkipHow};
use crate::state::{EntryInfo, Skipped, State, Which};

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap outbox retry 2026112300001 --config shop.toml\n\n\
                        By number and with --all it acts at once; by --kind, --order, --number, --lane or --max it shows what it would \
                        do, until --yes is given.")]
pub(super) struct RetryArgs {
    /// Documents by number, as `ledgertap parked` shows them
    #[arg(conflicts_with = "all")]
    numbers: Vec<String>,
    /// Every parked document
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: FilterArgs,
    /// Do it for all that the filters find
    #[arg(long)]
    yes: bool,
    /// Only show what it would do
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("how").required(true),
    after_help = "Example: ledgertap outbox skip 2026112300001 --by-hand --reason 'entered by Li, voucher 4711' --config shop.toml\n\n\
                  By number it acts at once; with --all, --kind, --order, --number, --lane or --max it shows what it would do, until \
                  --yes is given."
)]
pub(super) struct SkipArgs {
    /// Documents by number, as `ledgertap parked` shows them
    #[arg(conflicts_with = "all")]
    numbers: Vec<String>,
    /// A person has entered it in the ERP: it counts as told
    #[arg(long, group = "how")]
    by_hand: bool,
    /// It is not to be in the ERP: what it told is taken back with all that follows it in its lane, its order is held until the
    /// store changes it, and what depends on it is parked
    #[arg(long, group = "how")]
    void: bool,
    /// Why, for whoever looks at it later
    #[arg(long, value_parser = reason)]
    reason: String,
    /// Every parked document
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: FilterArgs,
    /// Do it for all that --all or the filters find
    #[arg(long)]
    yes: bool,
    /// Only show what it would do
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn retry(args: RetryArgs) -> Result<ExitCode, Failure> {
    let bulk = is_bulk(&args.numbers, args.all, &args.filter)?;
    let state = outbox_to_change(&args.config.load()?).await?;
    let found = wanted(state.as_ref(), &args.numbers, &args.filter).await?;
    let shows = args.dry_run || (bulk && !args.all && !args.yes);
    if shows {
        for entry in &found {
            say!("{} would be looked up and, where the ERP lacks it, sent", entry.number);
        }
        tell_how_to_act(bulk && !args.dry_run && !found.is_empty());
        return Ok(code(&args.numbers, found.iter().map(|e| e.number.as_str())));
    }
    let which = Which::Entries(found.iter().map(|entry| entry.seq).collect());
    let retried = state.retry(which).await.map_err(|e| Failure::at_work(e.into()))?;
    for number in &retried {
        say!("{number} will be looked up and, where the ERP lacks it, sent");
    }
    Ok(code(&args.numbers, retried.iter().map(String::as_str)))
}

pub(super) async fn skip(args: SkipArgs) -> Result<ExitCode, Failure> {
    let bulk = is_bulk(&args.numbers, args.all, &args.filter)?;
    let how = if args.void { SkipHow::Void } else { SkipHow::ByHand };
    let state = outbox_to_change(&args.config.load()?).await?;
    let found = wanted(state.as_ref(), &args.numbers, &args.filter).await?;
    let meant: BTreeSet<i64> = found.iter().map(|entry| entry.seq).collect();
    let which = Which::Entries(meant.iter().copied().collect());
    let shows = args.dry_run || (bulk && !args.yes);
    let changed = match shows {
        true => state.would_skip(which, how).await,
        false => state.skip(which, how, args.reason).await,
    };
    let changed = changed.map_err(|e| Failure::at_work(e.into()))?;
    let (would, acts) = if shows { ("would be", "") } else { ("is", " now") };
    for entry in &changed {
        let Skipped { seq, number, state } = entry;
        match (state, meant.contains(seq)) {
            (EntryState::Skipped, true) => say!("{number} {would} skipped{acts}: {}", meaning(how)),
            (EntryState::Skipped, false) => {
                say!("{number} {would} skipped{acts}, because it follows one that is voided")
            }
            (state, _) => say!("{number} {would} {}{acts}, because it depends on one that is voided", state.as_str()),
        }
    }
    tell_how_to_act(bulk && shows && !args.dry_run && !changed.is_empty());
    Ok(code(&args.numbers, changed.iter().map(|entry| entry.number.as_str())))
}

fn meaning(how: SkipHow) -> &'static str {
    match how {
        SkipHow::ByHand => "it counts as told",
        SkipHow::Void => "what it told is taken back",
        SkipHow::Superseded => "a newer one takes its place",
    }
}

fn tell_how_to_act(is_needed: bool) {
    if is_needed {
        say!("nothing was changed; --yes does it");
    }
}

/// True where documents are not named one by one.
///
/// # Errors
/// Where none is named in either way, or in both.
fn is_bulk(numbers: &[String], all: bool, filter: &FilterArgs) -> Result<bool, Failure> {
    let ways = [!numbers.is_empty(), all, filter.is_given()].into_iter().filter(|way| *way).count();
    match ways {
        1 => Ok(numbers.is_empty()),
        0 => Err(Failure::unusable(anyhow::anyhow!(
            "say which documents: NUMBER..., --all, or --kind, --order, --number, --lane, --max"
        ))),
        _ => Err(Failure::unusable(anyhow::anyhow!(
            "say which documents in one way: by NUMBER..., with --all, or by --kind, --order, --number, --lane, --max"
        ))),
    }
}

/// The parked documents that are meant.
async fn wanted(state: &dyn State, numbers: &[String], filter: &FilterArgs) -> Result<Vec<EntryInfo>, Failure> {
    let parked = filter.in_states(vec![EntryState::Parked]);
    let found = state.list(parked).await.map_err(|e| Failure::at_work(e.into()))?;
    Ok(found.into_iter().filter(|entry| numbers.is_empty() || numbers.contains(&entry.number)).collect())
}

/// Failure where a document that was named is not parked, which is said.
fn code<'a>(numbers: &[String], done: impl Iterator<Item = &'a str>) -> ExitCode {
    let done: BTreeSet<&str> = done.collect();
    let mut code = ExitCode::SUCCESS;
    for number in numbers.iter().filter(|number| !done.contains(number.as_str())) {
        say!("{number} is not parked");
        code = ExitCode::FAILURE;
    }
    code
}

fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say why: it is kept with the document".to_owned()),
        text => Ok(text.to_owned()),
    }
}
