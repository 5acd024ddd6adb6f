//! `ledgertap replay`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::say::say;
use super::{ConfigArgs, Failure, outbox_to_change, say_json};
use crate::binlog::Place;
use crate::bridge::{self, Compared, Field, Rebuilt, Redelivery, Replay, Replayed, Replaying, Witness};
use crate::document::Document;
use crate::state::Redelivered;

/// Plan a part of the binlog again and show what would come out otherwise; post it, or deliver again what the ERP has lost.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap replay --from 0-1-4711 --config shop.toml
  ledgertap replay --from '2026-11-20 08:15:00' --files /backup/binlog --config shop.toml
  ledgertap replay --from 0-1-4711 --to 0-1-4800 --json --config shop.toml
  ledgertap replay --from 0-1-4711 --apply --config shop.toml
  ledgertap replay --from '2026-11-20 08:15:00' --redeliver --config shop.toml

A place is a GTID or a set of them, FILE:OFFSET, or a time (UTC, where it names no zone); it is a boundary between transactions, not
before the stream's beginning and not ahead of it. Without --apply and --redeliver nothing is changed. The bridge must not be
capturing meanwhile; --redeliver may be called beside it.

With --apply, orders that come out otherwise are planned from the store of now, and corrected by credit and debit notes. With
--redeliver, delivered documents of the range go back on their way, with all that follows them in their order: each is looked up in
the ERP, and sent where it is not there. Where --from is a time and there is no --to, so do those that were planned before it and
delivered after it. Give the time of the backup that the ERP was restored from. What was skipped stays so, and what retention has
forgotten cannot be sent again.")]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Where the range begins
    #[arg(long, value_name = "POSITION|TIME")]
    from: Place,
    /// Where it ends; where the stream is, without this
    #[arg(long, value_name = "POSITION|TIME")]
    to: Option<Place>,
    /// Archived binlog files, or folders of them, that the server may have no more
    #[arg(long, value_name = "FILE|FOLDER", num_args = 1.., conflicts_with = "redeliver")]
    files: Vec<PathBuf>,
    /// Row changes that are kept in memory between the two times that the range is gone through; more are read twice
    #[arg(long, value_name = "CHANGES", default_value_t = bridge::KEPT_MAX, conflicts_with = "redeliver")]
    keep: u64,
    /// Correct the orders that come out otherwise
    #[arg(long, conflicts_with = "redeliver")]
    apply: bool,
    /// Deliver the range's documents again where the ERP lacks them
    #[arg(long)]
    redeliver: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn replay(args: ReplayArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    if args.redeliver {
        let state = outbox_to_change(&config).await?;
        let redelivery = Redelivery { from: args.from, to: args.to };
        let done = bridge::redeliver(&config, state.as_ref(), &redelivery).await.map_err(Failure::unusable)?;
        return say_redelivered(&done, args.json);
    }
    let (from, to, files, apply, kept_max) = (args.from, args.to, args.files, args.apply, args.keep);
    let replay = Replay { from, to, files, apply, kept_max };
    let mut said = Said { json: args.json.then(Vec::new), corrections: Vec::new(), failed: None };
    let done = bridge::replay(&config, &replay, &mut said).await.map_err(Failure::unusable)?;
    if let Some(failure) = said.failed {
        return Err(failure);
    }
    match said.json {
        Some(differences) => say_json(&whole(&done, differences, said.corrections))?,
        None => say_sum(&done)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What has been found so far: said at once, or kept for the JSON.
struct Said {
    json: Option<Vec<Value>>,
    corrections: Vec<Value>,
    failed: Option<Failure>,
}

impl Witness for Said {
    fn replayed(&mut self, replayed: &Replayed) {
        match &mut self.json {
            Some(differences) => differences.push(difference_json(replayed)),
            None => self.failed = self.failed.take().or(say_difference(replayed).err()),
        }
    }

    fn corrected(&mut self, corrected: &Rebuilt) {
        match &self.json {
            Some(_) => self.corrections.extend(corrected.documents.iter().map(document_json)),
            None => self.failed = self.failed.take().or(say_correction(corrected).err()),
        }
    }
}

fn say_difference(replayed: &Replayed) -> Result<(), Failure> {
    let what = format!("{} {}", replayed.kind.replace('_', " "), replayed.number);
    match &replayed.compared {
        Compared::Differs(fields) => {
            say!("{what}: differs");
            for Field { path, stored, now } in fields {
                say!("  {path}: {} -> {}", value(stored.as_ref()), value(now.as_ref()));
            }
        }
        Compared::New(document) => match document.header() {
            Some(header) => {
                let a = header.amounts;
                say!("{what}: new, net {} + tax {} = {}", a.net, a.tax, a.total);
            }
            None => say!("{what}: new"),
        },
        Compared::Gone(None) => say!("{what}: would not be planned"),
        Compared::Gone(Some(why)) => say!("{what}: would not be planned: {why}"),
    }
    Ok(())
}

fn value(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

fn say_correction(corrected: &Rebuilt) -> Result<(), Failure> {
    for document in &corrected.documents {
        let what = document.kind().as_str().replace('_', " ");
        match document.header() {
            Some(header) => {
                let a = header.amounts;
                say!("posted: {what} {}: net {} + tax {} = {}", document.number(), a.net, a.tax, a.total);
            }
            None => say!("posted: {what} {}", document.number()),
        }
    }
    Ok(())
}

fn say_sum(done: &Replaying) -> Result<(), Failure> {
    say!("replayed {} row changes from {} to {}", done.changes, done.from, done.to);
    say!("documents: {} the same, {} differ, {} new, {} gone", done.same, done.differ, done.new, done.gone);
    if done.not_comparable > 0 {
        say!("{} cannot be compared: retention has forgotten them", done.not_comparable);
    }
    if done.held > 0 {
        say!("{} orders would be held", done.held);
    }
    match &done.applied {
        None => say!("nothing was changed"),
        Some(applied) => {
            say!("{} of {} orders that come out otherwise were corrected", applied.differ, applied.orders);
            if applied.settling > 0 {
                say!("{} have changed in the store a moment ago: the stream plans them when it runs", applied.settling);
            }
        }
    }
    Ok(())
}

fn whole(done: &Replaying, differences: Vec<Value>, corrections: Vec<Value>) -> Value {
    let applied = done.applied.as_ref().map(|applied| {
        json!({ "orders": applied.orders, "corrected": applied.differ, "settling": applied.settling, "documents": corrections })
    });
    json!({
        "from": done.from,
        "to": done.to,
        "changes": done.changes,
        "same": done.same,
        "differ": done.differ,
        "new": done.new,
        "gone": done.gone,
        "not_comparable": done.not_comparable,
        "held": done.held,
        "differences": differences,
        "applied": applied,
    })
}

fn difference_json(replayed: &Replayed) -> Value {
    let mut json = json!({ "kind": replayed.kind, "number": replayed.number, "lane": replayed.lane });
    match &replayed.compared {
        Compared::Differs(fields) => {
            json["what"] = "differs".into();
            let field = |f: &Field| json!({ "path": f.path, "stored": f.stored, "now": f.now });
            json["fields"] = fields.iter().map(field).collect();
        }
        Compared::New(document) => {
            json["what"] = "new".into();
            json["document"] = json!(document);
        }
        Compared::Gone(why) => {
            json["what"] = "gone".into();
            json["why"] = json!(why);
        }
    }
    json
}

fn document_json(document: &Document) -> Value {
    json!({
        "kind": document.kind().as_str(),
        "number": document.number(),
        "amounts": document.header().map(|header| header.amounts),
    })
}

fn say_redelivered(done: &Redelivered, json: bool) -> Result<ExitCode, Failure> {
    let numbers: Vec<&str> = done.entries.iter().map(|(_, number)| number.as_str()).collect();
    if json {
        say_json(
            &json!({ "redelivered": numbers, "pruned": done.pruned, "busy": done.busy, "by_hand": done.by_hand }),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    say!(
        "{} documents go back on their way: each is looked up in the ERP, and sent where it is not there",
        numbers.len()
    );
    if !done.pruned.is_empty() {
        say!(
            "{} cannot be sent again, for retention has forgotten them: {}",
            done.pruned.len(),
            done.pruned.join(", ")
        );
    }
    if !done.by_hand.is_empty() {
        let numbers = done.by_hand.join(", ");
        say!("{} stay as they are, for a person has entered something newer in the ERP: {numbers}", done.by_hand.len());
    }
    if !done.busy.is_empty() {
        let busy = done.busy.join(", ");
        say!("{} stay as they are, for a document of their order is on its way; say it again: {busy}", done.busy.len());
    }
    Ok(ExitCode::SUCCESS)
}
