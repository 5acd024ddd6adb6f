//! `ledgertap outbox show`

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::super::say::{self, say};
use super::super::trace::{self, Waits};
use super::super::{ConfigArgs, Failure, say_json, stream_to_read};
use crate::state::{EntryFilter, EntryHistory, State};

#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap outbox show 2026112300001 --config shop.toml\n\n\
                        The document itself, which names the buyer, is printed only with --payload.")]
pub(super) struct ShowArgs {
    /// The document's number, or its sequence number
    document: String,
    /// The document itself, too: it names the buyer
    #[arg(long)]
    payload: bool,
    #[command(flatten)]
    config: ConfigArgs,
    /// A JSON array: there may be several with one number
    #[arg(long)]
    json: bool,
}

pub(super) async fn show(args: ShowArgs) -> Result<ExitCode, Failure> {
    let state = stream_to_read(&args.config.load()?).await?;
    let found = find(state.as_ref(), &args.document).await.map_err(Failure::at_work)?;
    if found.is_empty() {
        say::complain(format_args!(
            "ledgertap: no document has the number or sequence number {}; `ledgertap outbox list` shows all of them",
            args.document
        ));
        return Ok(ExitCode::FAILURE);
    }
    let waits = Waits::read(state.as_ref()).await.map_err(Failure::at_work)?;
    let mut json = Vec::new();
    for entry in &found {
        if args.json {
            json.push(trace::entry_json(state.as_ref(), &waits, entry, args.payload).await.map_err(Failure::at_work)?);
            continue;
        }
        say::lines(&trace::entry_text(state.as_ref(), &waits, entry).await.map_err(Failure::at_work)?);
        if args.payload {
            match &entry.document {
                Some(document) => say_json(document)?,
                None => say!("its payload was forgotten, as `outbox.keep` says"),
            }
        }
    }
    if args.json {
        say_json(&Value::Array(json))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Those with this number; else the one with this sequence number.
async fn find(state: &dyn State, called: &str) -> anyhow::Result<Vec<EntryHistory>> {
    let by_number = EntryFilter { number: Some(called.to_owned()), ..EntryFilter::default() };
    let mut seqs: Vec<i64> = state.list(by_number).await?.iter().map(|entry| entry.seq).collect();
    if seqs.is_empty() {
        seqs.extend(called.parse::<i64>());
    }
    let mut found = Vec::new();
    for seq in seqs {
        found.extend(state.history(seq).await?);
    }
    Ok(found)
}
