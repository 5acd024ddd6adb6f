//! `ledgertap erp check`

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::told;
use crate::bridge::{Checkup, check_erp};
use crate::cli::say::{self, say};
use crate::cli::{ConfigArgs, Failure, StoreArgs, preview, say_json};
use crate::document::{Document, Item};
use crate::state::{State, StateError};

/// So many of the newest documents are looked at for what they need.
const DOCUMENTS_MAX: usize = 200;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap erp check --config shop.toml
  ledgertap erp check --order 2026112300001 --json

Tax rates, units and items are those of the newest documents of the state database, and of the orders that are named, as the
store has them now. Nothing is written into the ERP. Exit code 1: something must be done first.")]
pub(super) struct CheckArgs {
    /// An order of the store, by its number or its key: what it needs is looked for too
    #[arg(long, value_name = "N")]
    order: Vec<String>,
    #[command(flatten)]
    config: ConfigArgs,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let (mut documents, items) = match told(&config).await? {
        Some(state) => known(state.as_ref()).await.map_err(|e| Failure::at_work(e.into()))?,
        None => Default::default(),
    };
    for order in &args.order {
        let store = StoreArgs { store: None, mapping: None, config: args.config.clone() };
        let preview = preview::of(&store, order).await?;
        if let Some(held) = preview.held {
            return Err(Failure::at_work(anyhow::anyhow!("the order {order} would be held: {}", held.reason)));
        }
        documents.extend(preview.documents);
    }
    let (kind, checkup) = check_erp(&config, items, &documents).await.map_err(Failure::at_work)?;
    if args.json {
        say_json(&as_json(kind, &checkup))?;
    } else {
        say!("erp {kind}");
        say::lines(&checkup.to_string());
        if documents.is_empty() {
            say!("     no document is known yet: with --order N it is looked for what an order of the store needs");
        }
    }
    Ok(if checkup.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The newest documents of the state database, and what it knows of items.
async fn known(state: &dyn State) -> Result<(Vec<Document>, BTreeMap<String, Item>), StateError> {
    let mut documents = Vec::new();
    for entry in state.planned(None, DOCUMENTS_MAX).await? {
        documents.extend(state.history(entry.seq).await?.and_then(|history| history.document));
    }
    Ok((documents, state.items().await?))
}

fn as_json(kind: &str, checkup: &Checkup) -> serde_json::Value {
    let guarantees: Vec<_> = checkup
        .guarantees
        .iter()
        .map(|g| json!({"kind": g.kind.as_str(), "guarantee": g.guarantee.to_string(), "why": g.why}))
        .collect();
    let findings: Vec<_> = checkup
        .findings
        .iter()
        .map(|f| json!({"ok": f.remedy.is_none(), "what": f.what, "remedy": f.remedy}))
        .collect();
    json!({
        "erp": kind, "account": checkup.account, "ok": checkup.is_good(), "guarantees": guarantees,
        "findings": findings,
    })
}
