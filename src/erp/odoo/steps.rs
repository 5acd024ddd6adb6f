//! How each document is brought in: what is looked up, what is created, and where to go on after an interruption.
//!
//! An order goes from `draft` to `sale`, and its invoice, like a credit note, from `draft` to `posted`. What creates is `load` under an
//! external id; what is a step is done by the ERP at most once; what writes a move's lines puts them in the place of those that are
//! there. So whatever was cut off goes on from what the records say, and a request that comes late changes nothing. The amounts are
//! compared while it is a draft, before anything is confirmed or posted; what differs stays as it is, and is a person's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::account::{self, Account, Product, codes, done, failed, search};
use super::classify::Answer;
use super::external::Named;
use super::forms::{Form, MoveTerms, Terms, rates};
use super::read::{MOVE_FIELDS, ORDER_FIELDS, Record, Refusal, compare_lines, loaded};
use super::settings::Invoices;
use super::transport::Call;
use super::{Adapter, keys, table};
use crate::document::{Amounts, Customer, Document};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::priced::{self, Entry};
use crate::erp::{Start, Verdict, bounds};

const ORDER: &str = "sale.order";
const MOVE: &str = "account.move";
/// The first series of which it is known that drafts have no numbers.
const UNNUMBERED_DRAFTS: i64 = 19;
/// How often a move's lines are written before a refusal is believed.
const LINES_TRIES_MAX: usize = 3;
/// Shorter texts of a customer's stand in sentences by chance.
const REDACTED_MIN: usize = 3;

/// Creates a customer, or changes the one that has its number.
pub(super) async fn customer(
    adapter: &Adapter,
    document: &Document,
    customer: &Customer,
    day: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    let what = format!("customer {}", customer.number);
    let record = adapter.forms.customer(document, day).map_err(|e| rejected(e).absent())?;
    if start == Start::LookUp
        && let Some(id) = find_partner(adapter, &customer.number).await?
        && says(adapter, id, &record).await?
    {
        return Ok(Verdict::Delivered { reference: id.to_string(), amounts: None, found: true });
    }
    match load(adapter, "res.partner", &what, &record).await {
        Ok(id) => Ok(Verdict::Delivered { reference: id.to_string(), amounts: None, found: false }),
        Err(verdict) => Err(without(customer, verdict)),
    }
}

/// Whether the partner has what the body says.
async fn says(adapter: &Adapter, id: i64, record: &Value) -> Result<bool, Verdict> {
    let ours: BTreeMap<&String, &Value> =
        record.as_object().into_iter().flatten().filter(|(name, _)| *name != "id").collect();
    if ours.keys().any(|name| name.contains('/')) {
        return Ok(false);
    }
    let call = Call::on("res.partner", "read", json!([id]), vec![("fields", json!(ours.keys().collect::<Vec<_>>()))]);
    let there = done("to read a partner", adapter.transport.read(call).await)?;
    Ok(ours.into_iter().all(|(name, value)| there[0].get(name) == Some(value)))
}

/// The ERP repeats what it does not like: not in a reason.
fn without(customer: &Customer, verdict: Verdict) -> Verdict {
    let Customer { number: _, name, email, phone, address, tax_id, extra } = customer;
    let own: Vec<&str> = [email, phone, address, tax_id]
        .into_iter()
        .flatten()
        .chain([name])
        .chain(extra.values())
        .map(String::as_str)
        .filter(|text| text.len() >= REDACTED_MIN)
        .collect();
    let clean = |mut reason: String| {
        for text in &own {
            reason = reason.replace(text, "***");
        }
        reason
    };
    match verdict {
        Verdict::Rejected { reason, absent } => Verdict::Rejected { reason: clean(reason), absent },
        other => other,
    }
}

/// Brings in an order with its invoice, or a credit note; or what of that is missing.
pub(super) async fn document(adapter: &Adapter, form: &Form<'_>, start: Start) -> Result<Verdict, Verdict> {
    let header = form.header;
    let account = adapter.known_account().await?;
    let entries = priced::entries(&header.lines, adapter.ruling(&account)).map_err(rejected);
    let mut wanted = vec![keys::partner(&header.customer), form.move_key()];
    wanted.extend((!form.is_refund()).then(|| keys::order(&header.number)));
    wanted.extend(
        form.original().filter(|_| form.is_refund()).into_iter().flat_map(|n| [keys::order(n), keys::invoice(n)]),
    );
    let found = adapter.external.find(&adapter.transport, &wanted).await?;
    // What has been sent is found, and what has not is not there: who never sent anything must not take over.
    let there = found.contains_key(&form.move_key()) || found.contains_key(&keys::order(&header.number));
    if there {
        bounds::may_be_there();
    }
    let absent = |verdict: Verdict| if there { verdict } else { verdict.absent() };
    let entries = entries.map_err(absent)?;
    let partner = match found.get(&keys::partner(&header.customer)) {
        Some((_, id)) => *id,
        None => partner_by_reference(adapter, &header.customer).await.map_err(absent)?,
    };
    let names = Names::read(adapter, &account, &entries).await.map_err(absent)?;
    let work = Work { adapter, account: &account, form, entries: &entries, found, partner, names };
    if start == Start::Create && there {
        tracing::info!(number = header.number, "the ERP has the document already");
    }
    match form.is_refund() {
        true => work.refund().await,
        false => work.order().await,
    }
}

async fn find_partner(adapter: &Adapter, number: &str) -> Result<Option<i64>, Verdict> {
    let key = keys::partner(number);
    let found = adapter.external.find(&adapter.transport, std::slice::from_ref(&key)).await?;
    Ok(found.get(&key).map(|(_, id)| *id))
}

/// A customer whom we have not brought in may have been there before, with our number as its reference.
async fn partner_by_reference(adapter: &Adapter, number: &str) -> Result<i64, Verdict> {
    let found = search(&adapter.transport, "res.partner", json!([["ref", "=", number]]), &[]).await?;
    match &found[..] {
        [one] => super::read::id(one).map_err(|e| garbled("a partner", &e)),
        [] => Err(rejected(format!("the ERP has no partner with the reference {number}: add it there, then retry"))),
        several => Err(rejected(format!(
            "the ERP has {} partners with the reference {number}: leave it to one of them",
            several.len()
        ))),
    }
}

/// What entries name of the ERP.
struct Names {
    products: BTreeMap<String, Product>,
    units: BTreeMap<String, i64>,
    taxes: BTreeMap<Decimal, Option<i64>>,
}

impl Names {
    async fn read(adapter: &Adapter, account: &Account, entries: &[Entry]) -> Result<Names, Verdict> {
        let products = account::products_of(&adapter.transport, entries).await?;
        let units = account::units(&adapter.transport, entries).await?;
        let tax = |rate| Ok((rate, account.tax(rate, &adapter.settings).map_err(rejected)?));
        let taxes = rates(entries).into_iter().map(tax).collect::<Result<_, Verdict>>()?;
        Ok(Names { products, units, taxes })
    }

    fn product(&self, entry: &Entry) -> Value {
        self.products[&entry.sku].id.into()
    }

    fn unit(&self, entry: &Entry) -> Value {
        entry.unit.as_ref().map_or(self.products[&entry.sku].unit, |unit| self.units[unit]).into()
    }

    fn tax(&self, entry: &Entry) -> Value {
        self.taxes[&entry.rate.normalize()].into()
    }
}

/// A record that is where it should be, and whether we sent anything for it.
struct Moved {
    record: Record,
    sent: bool,
}

/// One document's delivery.
struct Work<'a> {
    adapter: &'a Adapter,
    account: &'a Account,
    form: &'a Form<'a>,
    entries: &'a [Entry],
    found: Named,
    partner: i64,
    names: Names,
}

impl Work<'_> {
    async fn order(&self) -> Result<Verdict, Verdict> {
        let what = format!("order {}", self.form.header.number);
        let order = self.confirmed(&what).await?;
        if self.adapter.settings.invoices == Invoices::None {
            return Ok(delivered(&order, None));
        }
        let own = keys::order(&self.form.header.number);
        let sold = Sold {
            // The lines are there since the order is.
            lines: self.entries.iter().map(|entry| keys::line_of(&self.form.header.number, entry)).collect(),
            known: Named::from([(own.clone(), (ORDER.to_owned(), order.record.id))]),
            orders: vec![own],
        };
        let terms = MoveTerms { origin: order.record.name.clone().into(), ..self.move_terms() };
        let invoice = self.moved(&format!("the invoice of {what}"), terms, sold).await?;
        Ok(delivered(&order, Some(&invoice)))
    }

    async fn refund(&self) -> Result<Verdict, Verdict> {
        let what = format!("credit note {}", self.form.header.number);
        let (original, invoice) = self.original().await?;
        let terms = MoveTerms {
            origin: original.into(),
            reversed: invoice.as_ref().map(|i| i.id).into(),
            reversed_number: invoice.map(|i| i.name),
            ..self.move_terms()
        };
        let sold_by = self.form.header.lines.iter().filter_map(|line| line.sold_by.as_ref());
        let orders: BTreeSet<String> = sold_by.map(|sold| keys::order(&sold.document)).collect();
        let sold = Sold {
            lines: self.entries.iter().filter_map(|entry| self.form.sold(entry)).flatten().collect(),
            orders: orders.into_iter().collect(),
            known: self.found.clone(),
        };
        let note = self.moved(&what, terms, sold).await?;
        Ok(delivered(&note, None))
    }

    fn move_terms(&self) -> MoveTerms {
        MoveTerms {
            journal: self.account.journal.into(),
            currency: self.account.currency.into(),
            ..MoveTerms::default()
        }
    }

    fn terms<'a>(&'a self, accessors: &'a Accessors<'a>) -> Terms<'a> {
        let Accessors { product, unit, tax } = accessors;
        Terms { series: self.account.series, partner: self.partner.into(), product, unit, tax }
    }

    /// The order, created where it is not there, and confirmed.
    async fn confirmed(&self, what: &str) -> Result<Moved, Verdict> {
        let header = self.form.header;
        let (order, mut sent) = match self.id_of(ORDER, &keys::order(&header.number))? {
            Some(id) => {
                let order = self.checked(ORDER, what, id).await?;
                self.compare_lines("sale.order.line", what, &order.lines).await?;
                (order, false)
            }
            None => {
                let names = &self.names;
                let (product, unit, tax) =
                    (|e: &Entry| names.product(e), |e: &Entry| names.unit(e), |e: &Entry| names.tax(e));
                let accessors = Accessors { product: &product, unit: &unit, tax: &tax };
                let record = self.adapter.forms.order(self.form, self.entries, &self.terms(&accessors));
                let record = record.map_err(|e| rejected(e).absent())?;
                let id = load(self.adapter, ORDER, what, &record).await?;
                (self.checked(ORDER, what, id).await?, true)
            }
        };
        let order = match order.state.as_str() {
            "draft" | "sent" => {
                sent = true;
                self.step(ORDER, what, order.id, "action_confirm", "to confirm").await?
            }
            "sale" | "done" => order,
            "cancel" => return Err(conflict(what, "it was cancelled there")),
            other => return Err(garbled(what, &format!("its state is {other:?}"))),
        };
        if !matches!(order.state.as_str(), "sale" | "done") {
            return Err(refused(&format!("to confirm {what}"), "it asks for something that only a person can answer"));
        }
        // Confirming dates it to the moment, also where nobody heard of it: what has no invoice yet may have come so far.
        let dated = format!("{} 12:00:00", self.form.posting);
        let is_new = sent || !self.found.contains_key(&self.form.move_key());
        if is_new && order.date != dated && order.state == "sale" {
            sent = true;
            let call = Call::write(ORDER, order.id, json!({"date_order": dated}));
            done(&format!("to date {what}"), self.adapter.transport.write(call).await)?;
        }
        Ok(Moved { record: order, sent })
    }

    /// The invoice or the credit note, created where it is not there, and posted where the config says so.
    async fn moved(&self, what: &str, terms: MoveTerms, sold: Sold) -> Result<Moved, Verdict> {
        // In 14 a draft already looks at the journal's last number: two at once are in each other's way. In 19 nothing does before it
        // is posted; of the series between it is not known.
        let mut alone = match self.account.series < UNNUMBERED_DRAFTS {
            true => Some(self.adapter.moves.lock().await),
            false => None,
        };
        let key = self.form.move_key();
        let (mut moved, mut sent) = match self.id_of(MOVE, &key)? {
            Some(id) => (self.read(MOVE, what, id).await?, false),
            None => {
                let record = self.adapter.forms.head(self.form, self.partner.into(), &terms).map_err(rejected)?;
                let loaded = load(self.adapter, MOVE, what, &record).await;
                // Of an order something is there by now.
                let id = loaded.map_err(|v| if self.form.is_refund() { v } else { present(v) })?;
                (self.read(MOVE, what, id).await?, true)
            }
        };
        if moved.move_type != self.form.move_type() {
            return Err(conflict(what, &format!("it is an {}", moved.move_type)));
        }
        let was_there = !moved.lines.is_empty();
        if moved.state == "draft" && !was_there {
            sent = true;
            self.write_lines(what, moved.id, sold).await?;
            moved = self.read(MOVE, what, moved.id).await?;
        }
        moved.compare(self.form.header, self.partner).map_err(|differs| conflict(what, &differs))?;
        if was_there {
            self.compare_lines("account.move.line", what, &moved.lines).await?;
        }
        match moved.state.as_str() {
            "posted" => {}
            "draft" if self.adapter.settings.invoices != Invoices::Post => {}
            "draft" => {
                sent = true;
                if alone.is_none() {
                    alone = Some(self.adapter.moves.lock().await);
                }
                moved = self.step(MOVE, what, moved.id, "action_post", "to post").await?;
                drop(alone);
                if moved.state != "posted" {
                    let why = "it asks for something that only a person can answer";
                    return Err(refused(&format!("to post {what}"), why));
                }
            }
            "cancel" => return Err(conflict(what, "it was cancelled there")),
            other => return Err(garbled(what, &format!("its state is {other:?}"))),
        }
        Ok(Moved { record: moved, sent })
    }

    async fn write_lines(&self, what: &str, id: i64, sold: Sold) -> Result<(), Verdict> {
        let adapter = self.adapter;
        let Sold { lines, orders, known } = sold;
        let sold = match lines.is_empty() {
            true => Named::new(),
            false => adapter.external.find_lines(&adapter.transport, &lines, &orders, &known).await?,
        };
        let names = &self.names;
        let (product, unit, tax) = (|e: &Entry| names.product(e), |e: &Entry| names.unit(e), |e: &Entry| names.tax(e));
        let accessors = Accessors { product: &product, unit: &unit, tax: &tax };
        let line_of = |entry: &Entry| {
            let keys = self.form.sold(entry).unwrap_or_default();
            keys.iter().find_map(|key| sold.get(key)).map(|(_, id)| *id).into()
        };
        let vals = adapter.forms.lines(self.form, self.entries, &self.terms(&accessors), &line_of).map_err(rejected)?;
        // Where another's invoice is in its way, 14 tries it again, but not as it was sent: what it refuses then is asked again.
        let mut answer = adapter.transport.write(Call::write(MOVE, id, vals.clone())).await;
        for _ in 1..LINES_TRIES_MAX {
            if !matches!(answer, Answer::Refused(_)) {
                break;
            }
            answer = adapter.transport.write(Call::write(MOVE, id, vals.clone())).await;
        }
        done(&format!("the lines of {what}"), answer).map(drop)
    }

    /// The original order's number there, and its invoice; nothing where the ERP had the order before us.
    async fn original(&self) -> Result<(Option<String>, Option<Record>), Verdict> {
        let Some(number) = self.form.original() else { return Ok((None, None)) };
        let order = match self.id_of(ORDER, &keys::order(number))? {
            Some(id) => Some(self.read(ORDER, &format!("order {number}"), id).await?),
            None => None,
        };
        let invoice = match (self.id_of(MOVE, &keys::invoice(number))?, &order) {
            (Some(id), _) => Some(id),
            // One that a person made of it.
            (None, Some(order)) => {
                let domain = json!([
                    ["move_type", "=", "out_invoice"],
                    ["state", "=", "posted"],
                    ["line_ids.sale_line_ids.order_id", "=", order.id],
                ]);
                search(&self.adapter.transport, MOVE, domain, &[]).await?.first().and_then(|m| m["id"].as_i64())
            }
            (None, None) => None,
        };
        let invoice = match invoice {
            Some(id) => Some(self.read(MOVE, &format!("the invoice of order {number}"), id).await?),
            None => None,
        };
        Ok((order.map(|order| order.name), invoice))
    }

    fn id_of(&self, model: &str, key: &str) -> Result<Option<i64>, Verdict> {
        match self.found.get(key) {
            None => Ok(None),
            Some((of, id)) if of == model => Ok(Some(*id)),
            Some((of, _)) => Err(conflict(key, &format!("it is a {of}, and no {model}"))),
        }
    }

    /// Takes a step, and reads what came of it.
    async fn step(&self, model: &str, what: &str, id: i64, method: &str, verb: &str) -> Result<Record, Verdict> {
        let answer = self.adapter.transport.write(Call::on(model, method, json!([id]), vec![])).await;
        done(&format!("{verb} {what}"), answer)?;
        self.checked(model, what, id).await
    }

    /// Reads it, and compares what it comes to.
    async fn checked(&self, model: &str, what: &str, id: i64) -> Result<Record, Verdict> {
        let record = self.read(model, what, id).await?;
        record.compare(self.form.header, self.partner).map_err(|differs| conflict(what, &differs))?;
        Ok(record)
    }

    async fn read(&self, model: &str, what: &str, id: i64) -> Result<Record, Verdict> {
        let fields = if model == ORDER { ORDER_FIELDS } else { MOVE_FIELDS };
        let answer =
            self.adapter.transport.read(Call::on(model, "read", json!([id]), vec![("fields", json!(fields))])).await;
        let records = done(what, answer)?;
        Record::read(&records[0], self.adapter.minor).map_err(|e| garbled(what, &e))
    }

    async fn compare_lines(&self, model: &str, what: &str, lines: &[i64]) -> Result<(), Verdict> {
        let quantity = if model == "account.move.line" { "quantity" } else { "product_uom_qty" };
        let fields = vec![("fields", json!(["product_id", quantity, "price_unit", "display_type"]))];
        let answer = self.adapter.transport.read(Call::on(model, "read", lines, fields)).await;
        let records = done(what, answer)?;
        let records = records.as_array().map_or(&[][..], Vec::as_slice);
        let products: Vec<i64> = records.iter().filter_map(|record| super::read::of(record, "product_id")).collect();
        let codes = codes(&self.adapter.transport, &products).await?;
        compare_lines(records, &codes, self.entries).map_err(|differs| conflict(what, &differs))
    }
}

/// The orders' lines that a move is for, and their orders, by the names of their external ids.
struct Sold {
    lines: Vec<String>,
    orders: Vec<String>,
    known: Named,
}

/// How entries name products, units and taxes.
struct Accessors<'a> {
    product: &'a (dyn Fn(&Entry) -> Value + Sync),
    unit: &'a (dyn Fn(&Entry) -> Value + Sync),
    tax: &'a (dyn Fn(&Entry) -> Value + Sync),
}

/// Creates the record of an external id, or changes it.
async fn load(adapter: &Adapter, model: &str, what: &str, record: &Value) -> Result<i64, Verdict> {
    let table = table::load(record).map_err(|e| rejected(e).absent())?;
    match adapter.transport.write(Call::on_model(model, "load", table)).await {
        Answer::Done(result) => loaded(&result).map_err(|refusal| match refusal {
            Refusal::Busy(reason) => Verdict::NotDone { reason: format!("{what}: {reason}"), retry_after: None },
            Refusal::Content(text) => refused(what, &text).absent(),
        }),
        answer => Err(failed(what, answer).absent()),
    }
}

/// The same, said when a part of the document was in the ERP.
fn present(mut verdict: Verdict) -> Verdict {
    if let Verdict::Rejected { absent, .. } | Verdict::Lacking { absent, .. } = &mut verdict {
        *absent = false;
    }
    verdict
}

fn conflict(what: &str, differs: &str) -> Verdict {
    Verdict::Conflict { reason: format!("{what} is in the ERP, but {differs}") }
}

/// The ERP's own numbers, joined by `+`.
fn delivered(first: &Moved, second: Option<&Moved>) -> Verdict {
    let amounts: Amounts = first.record.amounts;
    let name = |moved: &Moved| match moved.record.name.as_str() {
        "" | "/" => moved.record.id.to_string(),
        name => name.to_owned(),
    };
    let reference = match second {
        Some(second) => format!("{}+{}", name(first), name(second)),
        None => name(first),
    };
    let sent = first.sent || second.is_some_and(|second| second.sent);
    Verdict::Delivered { reference, amounts: Some(amounts), found: !sent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_customer_says_stays_out_of_reasons() {
        let customer = Customer {
            number: "U1".into(),
            name: "王小明".into(),
            tax_id: Some("DE1234".into()),
            phone: Some("1".into()),
            ..Customer::default()
        };
        let refused = refused("customer U1", "the VAT number DE1234 of 王小明 is not valid").absent();
        let expected = "the ERP refuses customer U1: the VAT number *** of *** is not valid".to_owned();
        assert_eq!(without(&customer, refused), Verdict::Rejected { reason: expected, absent: true });
    }
}
