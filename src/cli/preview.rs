//! `ledgertap preview`

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;

use super::say::{self, say};
use super::{Failure, StoreArgs};
use crate::bridge::{Live, Preview, terms_of};
use crate::document::{Customer, Document, Header};

/// Show what one order would become, from the live store: read only, and with no state.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap preview --store mysql://tap@db.example/shop --mapping ecshop --order 2026112300001
  ledgertap preview --order 17 --json

Exit code 0: these are its documents, or it is not for the books yet. 1: it would be held, and why.")]
pub(super) struct PreviewArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// The order, by its key in the store or by its number
    #[arg(long, value_name = "KEY")]
    order: String,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn preview(args: PreviewArgs) -> Result<ExitCode, Failure> {
    let preview = of(&args.store, &args.order).await?;
    if args.json {
        let json = serde_json::json!({
            "order": preview.id,
            "number": preview.number,
            "state": preview.state,
            "held": preview.held.as_ref().map(|held| &held.reason),
            "warnings": preview.warnings,
            "documents": preview.documents,
        });
        say!("{json:#}");
    } else {
        say::lines(&text(&preview));
    }
    Ok(if preview.held.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// What an order would become, by its key in the store or by its number.
pub(super) async fn of(store: &StoreArgs, order: &str) -> Result<Preview, Failure> {
    let (source, mapping) = store.load()?;
    let mut live = Live::open(&source, &mapping).await.map_err(Failure::unusable)?;
    if let Some((stream, books)) = store.config.books()? {
        live.terms = terms_of(&stream, &books, usize::MAX, &live.bound).map_err(Failure::unusable)?;
    }
    let at_work = |error: crate::binlog::StoreError| Failure::at_work(error.into());
    let unusable = |what: String| Failure::unusable(anyhow::anyhow!("{what}"));
    let called = live.orders_called(order).await.map_err(at_work)?;
    let id = match called.as_slice() {
        [id] => id,
        [] => return Err(unusable(format!("no order of order.sql has the id or the number {order}"))),
        several => {
            let ids = several.join(", ");
            return Err(unusable(format!("several orders have the number {order}: name one by its id: {ids}")));
        }
    };
    let preview = live.preview(id).await.map_err(at_work)?;
    let preview = preview.ok_or_else(|| unusable(format!("order {id} went from the store meanwhile")))?;
    Ok(preview)
}

fn text(preview: &Preview) -> String {
    let mut out = String::new();
    let number = preview.number.as_deref().unwrap_or("-");
    let state = preview.state.map_or("unknown", |s| s.as_str());
    let _ = writeln!(out, "order {}, number {number}, {state}", preview.id);
    for document in &preview.documents {
        match document {
            Document::Customer(customer) => customer_text(&mut out, customer),
            Document::SalesOrder(order) => {
                header_text(&mut out, document.kind().as_str(), &order.header);
                if let Some(ship_to) = &order.ship_to {
                    let _ = writeln!(out, "  ship_to {ship_to}");
                }
            }
            Document::CreditNote(note) => header_text(&mut out, document.kind().as_str(), &note.header),
            Document::DebitNote(note) => header_text(&mut out, document.kind().as_str(), &note.header),
        }
    }
    for warning in &preview.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    match &preview.held {
        Some(held) => drop(writeln!(out, "held: {}", held.reason)),
        None if preview.documents.is_empty() => drop(writeln!(out, "no document: there is nothing to tell the ERP")),
        None => {}
    }
    out
}

fn customer_text(out: &mut String, customer: &Customer) {
    let _ = writeln!(out, "customer {}: {}", customer.number, customer.name);
    let details = [
        ("email", &customer.email),
        ("phone", &customer.phone),
        ("address", &customer.address),
        ("tax id", &customer.tax_id),
    ];
    for (name, value) in details {
        if let Some(value) = value {
            let _ = writeln!(out, "  {name} {value}");
        }
    }
    extras(out, &customer.extra);
}

fn header_text(out: &mut String, kind: &str, header: &Header) {
    let Header { number, customer, date, currency, lines, amounts, extra, .. } = header;
    let _ = writeln!(out, "{} {number} of {date}, customer {customer}, {currency}", kind.replace('_', " "));
    let row = |cells: [String; 7]| {
        let [no, sku, name, quantity, rate, tax, total] = cells;
        format!("  {no:>3}  {sku:<16}  {quantity:>8}  {rate:>6}  {tax:>10}  {total:>12}  {name}\n")
    };
    let titles = ["no", "sku", "name", "quantity", "tax %", "tax", "total"];
    out.push_str(&row(titles.map(str::to_owned)));
    for line in lines {
        out.push_str(&row([
            line.no.to_string(),
            line.sku.to_string(),
            line.name.to_string(),
            line.quantity.normalize().to_string(),
            line.tax_rate.normalize().to_string(),
            line.amounts.tax.to_string(),
            line.amounts.total.to_string(),
        ]));
    }
    let sum = ["", "", "", "", "", &amounts.tax.to_string(), &amounts.total.to_string()].map(str::to_owned);
    out.push_str(row(sum).trim_end());
    out.push('\n');
    extras(out, extra);
}

fn extras(out: &mut String, extra: &std::collections::BTreeMap<String, String>) {
    for (name, value) in extra {
        let _ = writeln!(out, "  {name} {value}");
    }
}
