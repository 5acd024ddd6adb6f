//! `ledgertap rebuild`

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::say::say;
use super::{ConfigArgs, Failure, say_json};
use crate::bridge::{self, Rebuild, Rebuilding, Rebuilt};
use crate::document::Document;

/// Show what a changed mapping or tax rate says of orders that were told or are held, and settle it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap rebuild --dry-run --config shop.toml
  ledgertap rebuild --post --config shop.toml
  ledgertap rebuild --absorb 'the ERP was corrected by hand' --order 2026112300001 --config shop.toml

The bridge must not be capturing meanwhile. With --post, differences become sales orders, credit notes and debit notes; with --absorb the
ledger takes them over, and the ERP is taken to know them. After either, for all orders, `run` goes on with the new mapping.")]
pub(super) struct RebuildArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    how: How,
    /// Only this order, by its number or its key in the store
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct How {
    /// Show the differences; nothing is changed
    #[arg(long)]
    dry_run: bool,
    /// Let the differences become documents
    #[arg(long)]
    post: bool,
    /// Let the ledger take the differences over without documents, for this reason
    #[arg(long, value_name = "REASON")]
    absorb: Option<String>,
}

pub(super) async fn rebuild(args: RebuildArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let how = match (&args.how.absorb, args.how.post) {
        (Some(reason), _) if reason.trim().is_empty() => {
            return Err(Failure::unusable(anyhow::anyhow!("--absorb: say why, for whoever reads the books later")));
        }
        (Some(reason), _) => Rebuild::Absorb(reason.clone()),
        (None, true) => Rebuild::Post,
        (None, false) => Rebuild::Show,
    };
    let mut orders = Vec::new();
    let mut failed = None;
    let json = args.json;
    let mut witness = |rebuilt: &Rebuilt| match json {
        true => orders.push(order_json(rebuilt)),
        false => failed = failed.take().or(say_order(rebuilt).err()),
    };
    let done = bridge::rebuild(&config, &how, args.order.as_deref(), &mut witness).await.map_err(Failure::unusable)?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    match args.json {
        true => say_json(&json!({
            "orders": done.orders,
            "differ": done.differ,
            "settling": done.settling,
            "voided": done.voided,
            "differences": orders,
        }))?,
        false => say_sum(&how, &done)?,
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn say_order(rebuilt: &Rebuilt) -> Result<(), Failure> {
    let name = match rebuilt.after.number.is_empty() {
        true => &rebuilt.after.id,
        false => &rebuilt.after.number,
    };
    say!("order {name}: told {}, would be {}", rebuilt.before.told.amounts().total, rebuilt.after.told.amounts().total);
    for document in &rebuilt.documents {
        let what = document.kind().as_str().replace('_', " ");
        match document.header() {
            Some(header) => {
                let a = header.amounts;
                say!("  {what} {}: net {} + tax {} = {}", document.number(), a.net, a.tax, a.total);
            }
            None => say!("  {what} {}", document.number()),
        }
    }
    match (&rebuilt.before.held, &rebuilt.after.held) {
        (before, Some(after)) if before.as_ref() != Some(after) => say!("  held: {after}"),
        (Some(before), None) => say!("  no longer held: {before}"),
        _ => {}
    }
    Ok(())
}

fn say_sum(how: &Rebuild, done: &Rebuilding) -> Result<(), Failure> {
    let did = match how {
        Rebuild::Show => "nothing was changed",
        Rebuild::Post => "the differences are documents now",
        Rebuild::Absorb(_) => "the ledger has taken the differences over",
    };
    say!("{} of {} orders differ; {did}", done.differ, done.orders);
    if done.voided > 0 {
        say!(
            "{} had a document voided, and wait for a change in the store; --order N plans one all the same",
            done.voided
        );
    }
    if done.settling > 0 {
        say!("{} have changed in the store a moment ago: the stream plans them when it runs", done.settling);
    }
    Ok(())
}

pub(super) fn order_json(rebuilt: &Rebuilt) -> Value {
    let documents = rebuilt.documents.iter().map(|document: &Document| {
        json!({
            "kind": document.kind().as_str(),
            "number": document.number(),
            "amounts": document.header().map(|header| header.amounts),
        })
    });
    json!({
        "order": rebuilt.after.id,
        "number": rebuilt.after.number,
        "told": rebuilt.before.told.amounts(),
        "would_be": rebuilt.after.told.amounts(),
        "documents": documents.collect::<Value>(),
        "held": rebuilt.before.held,
        "would_be_held": rebuilt.after.held,
    })
}
