//! `ledgertap trace`

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::say;
use super::{ConfigArgs, Failure, say_json, stream_to_read, time};
use crate::document::{Amounts, Document};
use crate::outbox::EntryState;
use crate::state::{EntryFilter, EntryHistory, OrderRecord, RowUnder, State, Undocumented, rows_of_order};

/// Show all that is kept of one order; reads the state database only, also beside a running bridge.
#[derive(Debug, Args)]
#[command(after_help = "Example: ledgertap trace 2026112300001 --config shop.toml")]
pub(super) struct TraceArgs {
    /// The order's number, its key in the store, or the number of one of its documents
    order: String,
    #[command(flatten)]
    config: ConfigArgs,
    /// A JSON array: one order's number may be another's key
    #[arg(long)]
    json: bool,
}

pub(super) async fn trace(args: TraceArgs) -> Result<ExitCode, Failure> {
    let config = args.config.load()?;
    let state = stream_to_read(&config).await?;
    let orders = find(state.as_ref(), &args.order).await.map_err(Failure::at_work)?;
    if orders.is_empty() {
        say::complain(format_args!(
            "ledgertap: stream \"{}\" knows no order {}: it was neither told to the ERP nor is it held. It may not have settled yet \
             (`ledgertap status`), or be older than the stream; `ledgertap preview --order {}` shows what the store has",
            config.stream, args.order, args.order
        ));
        return Ok(ExitCode::FAILURE);
    }
    let waits = Waits::read(state.as_ref()).await.map_err(Failure::at_work)?;
    let mut json = Vec::new();
    for order in &orders {
        let documents = documents(state.as_ref(), order).await.map_err(Failure::at_work)?;
        let rows = rows(state.as_ref(), order).await.map_err(Failure::at_work)?;
        let undocumented = state.undocumented(&order.id).await.map_err(|e| Failure::at_work(e.into()))?;
        match args.json {
            true => {
                let mut told = order_json(state.as_ref(), &waits, order, &documents).await.map_err(Failure::at_work)?;
                told["rows"] = rows.iter().map(row_json).collect();
                told["without_document"] = json!(undocumented);
                json.push(told);
            }
            false => {
                say::lines(&order_text(order));
                say::lines(&undocumented_text(&undocumented));
                say::lines(&rows_text(&rows));
                for entry in &documents {
                    say::lines(&format!(
                        "\n{}",
                        entry_text(state.as_ref(), &waits, entry).await.map_err(Failure::at_work)?
                    ));
                }
            }
        }
    }
    if args.json {
        say_json(&Value::Array(json))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Orders by number or key; else the order of the document with this number.
pub(super) async fn find(state: &dyn State, called: &str) -> anyhow::Result<Vec<OrderRecord>> {
    let found = state.orders_called(called).await?;
    if !found.is_empty() {
        return Ok(found);
    }
    let by_number = EntryFilter { number: Some(called.to_owned()), ..EntryFilter::default() };
    let entries = state.list(by_number).await?;
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry.lane.strip_prefix("order:")).collect();
    let mut orders = Vec::new();
    for id in ids {
        orders.extend(state.orders_called(id).await?.into_iter().filter(|order| order.id == id));
    }
    Ok(orders)
}

/// The rows that the order is made of, its customer's last; without their values.
async fn rows(state: &dyn State, order: &OrderRecord) -> anyhow::Result<Vec<RowUnder>> {
    let mut rows = rows_of_order(state, &order.id).await?;
    if !order.told.customer_id.is_empty() {
        rows.extend(state.under("customer.id", &order.told.customer_id).await?);
    }
    Ok(rows)
}

fn undocumented_text(undocumented: &Undocumented) -> String {
    let mut out = String::new();
    if let Some(opened) = &undocumented.opened {
        let called = opened.reference.as_ref().map_or(String::new(), |reference| format!(", as {reference}"));
        line(&mut out, "opened", &format!("{}: the ERP was taken to know it{called}", sum(&opened.amounts)));
    }
    for absorbed in &undocumented.absorbed {
        line(&mut out, "absorbed", &format!("{}: {}", sum(&absorbed.amounts), absorbed.reason));
    }
    out
}

fn row_json(row: &RowUnder) -> Value {
    let (transaction, at) = row.changed.clone().unzip();
    json!({"table": row.table, "key": row.key, "transaction": transaction, "at": at})
}

fn rows_text(rows: &[RowUnder]) -> String {
    let mut out = String::new();
    for row in rows {
        let changed = match &row.changed {
            Some((transaction, at)) => format!("{transaction} at {}", time(*at)),
            None => "read at the stream's start, unchanged since".to_owned(),
        };
        line(&mut out, "row", &format!("{} {}: {changed}", row.table, row.key));
    }
    out
}

/// The order's documents, oldest first, before them the customers that they wait for.
pub(super) async fn documents(state: &dyn State, order: &OrderRecord) -> anyhow::Result<Vec<EntryHistory>> {
    let lane = EntryFilter { lane: Some(format!("order:{}", order.id)), ..EntryFilter::default() };
    let mut own = Vec::new();
    for entry in state.list(lane).await? {
        own.extend(state.history(entry.seq).await?);
    }
    let seqs: BTreeSet<i64> = own.iter().filter_map(|entry| entry.depends_on).collect();
    let mut all = Vec::new();
    for seq in seqs {
        all.extend(state.history(seq).await?);
    }
    all.extend(own);
    Ok(all)
}

async fn order_json(
    state: &dyn State,
    waits: &Waits,
    order: &OrderRecord,
    documents: &[EntryHistory],
) -> anyhow::Result<Value> {
    let mut entries = Vec::new();
    for entry in documents {
        entries.push(entry_json(state, waits, entry, false).await?);
    }
    Ok(json!({
        "id": order.id,
        "number": order.number,
        "told": order.told.amounts(),
        "held": order.held,
        "waits_for_customer": order.waits_for,
        "older": order.older,
        "warning": order.warning,
        "documents": entries,
    }))
}

fn order_text(order: &OrderRecord) -> String {
    let number = if order.number.is_empty() { "without a number yet" } else { &order.number };
    let mut out = format!("order {number}, key {} in the store\n", order.id);
    line(&mut out, "told", &sum(&order.told.amounts()));
    if let Some(held) = &order.held {
        line(&mut out, "held", held);
    }
    if let Some(customer) = &order.waits_for {
        line(&mut out, "waits for", &format!("customer {customer}, who is not in the store's rows yet"));
    }
    if order.older {
        line(&mut out, "older", "it was there before the stream began: whether the ERP has it is not known");
    }
    if let Some(warning) = &order.warning {
        line(&mut out, "warning", warning);
    }
    out
}

/// One entry as JSON; the document itself only where it is asked for.
pub(super) async fn entry_json(
    state: &dyn State,
    waits: &Waits,
    entry: &EntryHistory,
    payload: bool,
) -> anyhow::Result<Value> {
    let mut json = serde_json::to_value(entry)?;
    json["pruned"] = entry.document.is_none().into();
    json["amounts"] = serde_json::to_value(amounts(entry))?;
    json["waits_for"] = waits.of(state, entry).await?.into();
    if let (false, Some(fields)) = (payload, json.as_object_mut()) {
        fields.remove("document");
    }
    Ok(json)
}

/// One entry for people: what it is, and what happened to it when.
pub(super) async fn entry_text(state: &dyn State, waits: &Waits, entry: &EntryHistory) -> anyhow::Result<String> {
    let info = &entry.entry;
    let reason = info.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let kind = info.kind.replace('_', " ");
    let mut out = format!("{kind} {}{reason}, entry {} in lane {}\n", info.number, info.seq, info.lane);
    line(&mut out, "state", &standing(entry));
    for what in waits.of(state, entry).await? {
        line(&mut out, "waits for", &what);
    }
    match amounts(entry) {
        Some(amounts) => line(&mut out, "amounts", &sum(&amounts)),
        // Its payload was forgotten; the ledger still has the total.
        None if !info.total.is_zero() => line(&mut out, "total", &info.total.to_string()),
        None => {}
    }
    if let Some(erp) = entry.erp_amounts {
        line(&mut out, "in the ERP", &sum(&erp));
    }
    if let Some(day) = entry.posting_date {
        line(&mut out, "posted on", &day.to_string());
    }
    let changed = format!("the store committed its last change; the plan saw transaction {}", info.cut);
    event(&mut out, entry.changed_at, &changed);
    event(&mut out, info.planned_at, "planned");
    for attempt in &entry.attempts_made {
        let said = attempt.said.as_ref().map(|said| format!(": {said}")).unwrap_or_default();
        event(&mut out, attempt.at, &format!("attempt of {} ms, {}{said}", attempt.ms, attempt.verdict));
    }
    if let Some(at) = info.delivered_at {
        event(&mut out, at, &format!("in the ERP as {}", info.reference.as_deref().unwrap_or("-")));
    }
    Ok(out)
}

/// The state, with what has to be known beside it.
fn standing(entry: &EntryHistory) -> String {
    let state = entry.entry.state;
    let said = entry.entry.said.as_deref().unwrap_or("-");
    match (state, entry.skip) {
        (EntryState::Skipped, Some(how)) => format!("skipped, {}: {said}", how.as_str().replace('_', " ")),
        (EntryState::Parked, _) => format!("parked: {said}"),
        (EntryState::Pending, _) if entry.maybe_sent => {
            "pending; it was sent before, and is looked up first".to_owned()
        }
        (state, _) => state.as_str().to_owned(),
    }
}

/// The document's own amounts; the ledger forgets those of a document that was voided.
fn amounts(entry: &EntryHistory) -> Option<Amounts> {
    entry.document.as_ref().and_then(Document::header).map(|header| header.amounts)
}

fn sum(amounts: &Amounts) -> String {
    format!("net {} + tax {} = {}", amounts.net, amounts.tax, amounts.total)
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<21} {text}");
}

fn event(out: &mut String, at: Timestamp, what: &str) {
    let _ = writeln!(out, "  {:<21} {what}", time(at));
}

/// What entries wait for, as far as the state database knows.
pub(super) struct Waits {
    now: Timestamp,
    /// While the ERP is down or refuses us: when it is tried next.
    shut_until: Option<Timestamp>,
}

impl Waits {
    /// As it is now.
    pub(super) async fn read(state: &dyn State) -> anyhow::Result<Waits> {
        let now = Timestamp::now();
        let shut_until = state.gauges().await?.erp_shut_until.filter(|until| *until > now);
        Ok(Waits { now, shut_until })
    }

    /// What this entry waits for, in words; nothing where it is final.
    async fn of(&self, state: &dyn State, entry: &EntryHistory) -> anyhow::Result<Vec<String>> {
        let info = &entry.entry;
        if info.state.is_final() {
            return Ok(Vec::new());
        }
        let mut waits = Vec::new();
        if info.state == EntryState::Parked {
            waits.push(format!(
                "a person: `ledgertap outbox retry {0}` lets it go on, `ledgertap outbox skip {0}` takes it out",
                info.number
            ));
        }
        let lane = EntryFilter { lane: Some(info.lane.clone()), ..EntryFilter::default() };
        let before = state.list(lane).await?;
        if let Some(head) = before.iter().find(|other| other.seq < info.seq && !other.state.is_final()) {
            waits.push(format!("{} {}, which is before it and {}", head.kind, head.number, head.state.as_str()));
        }
        if let Some(seq) = entry.depends_on
            && let Some(other) = state.history(seq).await?.map(|history| history.entry)
            && !other.state.is_final()
        {
            waits.push(format!(
                "{} {}, on which it depends and which is {}",
                other.kind,
                other.number,
                other.state.as_str()
            ));
        }
        match info.state {
            EntryState::Pending | EntryState::Unknown => {
                if entry.not_before > self.now {
                    waits.push(format!("its time, {}", time(entry.not_before)));
                }
                if let Some(until) = self.shut_until {
                    waits.push(format!("the ERP, which is down or refuses us and is tried again at {}", time(until)));
                }
                if waits.is_empty() {
                    waits.push("a relay: it may leave at any time".to_owned());
                }
            }
            EntryState::Sending => {
                let until = entry.lease_until.map_or("-".to_owned(), time);
                waits.push(format!("the ERP's answer; the claim holds until {until}"));
            }
            EntryState::Parked | EntryState::Delivered | EntryState::Skipped => {}
        }
        Ok(waits)
    }
}
