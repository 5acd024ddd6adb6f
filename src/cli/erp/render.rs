//! `ledgertap erp render`

use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::told;
use crate::bridge::open_erp;
use crate::cli::say::{self, say};
use crate::cli::{ConfigArgs, Failure, StoreArgs, preview, say_json, trace};
use crate::config::Config;
use crate::document::{Crosswalk, Document, DocumentKind, samples};
use crate::outbox::posting_day;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ledgertap erp render --order 2026112300001 --config shop.toml
  ledgertap erp render --order 2026112300001 --kind sales_order --json
  ledgertap erp render --sample credit_note --config shop.toml

The documents are those of the state database, or, for an order that has none yet, those that `ledgertap preview` shows. They
name the buyer. What only the ERP knows is shown as <id of the order>.")]
pub(super) struct RenderArgs {
    /// The order, by its number or its key in the store
    #[arg(long, value_name = "N", required_unless_present = "sample")]
    order: Option<String>,
    /// Only documents of this kind: customer, sales_order, credit_note, debit_note
    #[arg(long, value_parser = kind, requires = "order")]
    kind: Option<DocumentKind>,
    /// Only the document with this number
    #[arg(long, value_name = "NUMBER", requires = "order")]
    number: Option<String>,
    /// A made-up document of this kind, with all that may be absent
    #[arg(long, value_name = "KIND", value_parser = kind, conflicts_with = "order")]
    sample: Option<DocumentKind>,
    #[command(flatten)]
    config: ConfigArgs,
    /// A JSON array, an object for each request
    #[arg(long)]
    json: bool,
}

fn kind(text: &str) -> Result<DocumentKind, String> {
    let kinds = [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    let name = text.replace('-', "_");
    let found = kinds.into_iter().find(|kind| kind.as_str() == name);
    found.ok_or_else(|| "write customer, sales_order, credit_note or debit_note".to_owned())
}

pub(super) async fn render(args: RenderArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let account = config.erp().map_err(|e| Failure::unusable(e.into()))?;
    let erp = open_erp(account).map_err(Failure::unusable)?;
    let documents = match (&args.order, args.sample) {
        (Some(order), _) => documents(&args, &config, order).await?,
        (None, Some(kind)) => sample(kind, account.currency()),
        (None, None) => Vec::new(),
    };
    let wanted = |document: &Document| {
        args.kind.is_none_or(|kind| document.kind() == kind)
            && args.number.as_ref().is_none_or(|number| document.number() == number)
    };
    let documents: Vec<_> = documents.into_iter().filter(|(document, _)| wanted(document)).collect();
    if documents.is_empty() {
        say::complain(format_args!(
            "ledgertap: there is no such document; `ledgertap trace` lists those that there are"
        ));
        return Ok(ExitCode::FAILURE);
    }
    let mut all = Vec::new();
    for (document, day) in &documents {
        let what = format!("{} {}", document.kind().as_str().replace('_', " "), document.number());
        let requests = erp.render(document, *day).map_err(|e| Failure::at_work(anyhow::anyhow!("{what}: {e}")))?;
        if !args.json {
            say!("{what}, posted on {day}");
        }
        for request in requests {
            if args.json {
                let (kind, number) = (document.kind().as_str(), document.number());
                all.push(json!({
                    "kind": kind, "number": number, "method": request.method, "path": request.path, "body": request.body,
                }));
            } else {
                say!("\n{} {}", request.method, request.path);
                say_json(&request.body)?;
            }
        }
        if !args.json {
            say!("");
        }
    }
    if args.json {
        say_json(&Value::Array(all))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The full ones: samples come as plain as they can be, then full.
fn sample(kind: DocumentKind, currency: &str) -> Vec<(Document, Date)> {
    let mut all = samples(kind, currency);
    let full = all.split_off(all.len() / 2);
    let dated = |document: Document| {
        let day = document.header().map_or_else(today, |header| header.date);
        (document, day)
    };
    full.into_iter().map(dated).collect()
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The order's documents with the ERP's own item numbers, each with the day that it is posted on.
async fn documents(args: &RenderArgs, config: &Config, order: &str) -> Result<Vec<(Document, Date)>, Failure> {
    let at_work = Failure::at_work;
    let mut crosswalk = config.books.products.crosswalk().map_err(|e| Failure::unusable(e.into()))?;
    let mut found = Vec::new();
    if let Some(state) = told(config).await? {
        crosswalk = crosswalk.with(state.items().await.map_err(|e| at_work(e.into()))?);
        for record in trace::find(state.as_ref(), order).await.map_err(at_work)? {
            for entry in trace::documents(state.as_ref(), &record).await.map_err(at_work)? {
                match entry.document {
                    Some(document) => found.push((document, entry.posting_date)),
                    None => say::complain(format_args!(
                        "ledgertap: what {} said was forgotten, as `outbox.keep` says",
                        entry.entry.number
                    )),
                }
            }
        }
    }
    if found.is_empty() {
        let store = StoreArgs { store: None, mapping: None, config: args.config.clone() };
        let preview = preview::of(&store, order).await?;
        if let Some(held) = preview.held {
            return Err(at_work(anyhow::anyhow!("the order would be held: {}", held.reason)));
        }
        found.extend(preview.documents.into_iter().map(|document| (document, None)));
    }
    found.into_iter().map(|(document, day)| written(&document, day, &crosswalk, config)).collect()
}

fn written(
    document: &Document,
    day: Option<Date>,
    crosswalk: &Crosswalk,
    config: &Config,
) -> Result<(Document, Date), Failure> {
    let event = document.header().map_or_else(today, |header| header.date);
    let day = day.unwrap_or_else(|| posting_day(event, config.books.closed_until, None));
    match crosswalk.written(document) {
        Ok(written) => Ok((written, day)),
        Err(unknown) => Err(Failure::at_work(anyhow::anyhow!(
            "the crosswalk has no item for the SKU {0}: add it with `ledgertap products add '{0}' ITEM`",
            unknown.sku
        ))),
    }
}
