//! How each document is brought in: what is looked up, what is created, and where to go on after an interruption.
//!
//! A sale goes from `draft` over `quotation` and `confirmed` to `processing`, which makes its invoice, and that from `draft` to
//! `posted`. Each step is a request of its own and done by the ERP at most once, so whatever was cut off goes on from the state
//! that the sale and its invoice are in. The amounts are compared while it is a draft, before anything is confirmed, and those of
//! the invoice before that is posted; a sale that differs stays as it is, and is a person's.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Adapter;
use super::account::{Account, done, search};
use super::classify::Answer;
use super::forms::{SaleForm, Terms};
use super::read::{Invoice, LINE_FIELDS, SALE_FIELDS, Sale, compare, compare_lines, date, ids, read_date, related};
use super::settings::{InvoiceDates, Invoices};
use super::transport::warning_name;
use crate::document::{Amounts, Customer, Document, Header};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::priced::{self, Entry};
use crate::erp::{Start, Verdict};

/// What is written into a party as a list of records, and where these are.
const PARTY_LISTS: [(&str, &str); 3] = [
    ("addresses", "party.address"),
    ("contact_mechanisms", "party.contact_mechanism"),
    ("identifiers", "party.identifier"),
];

/// Creates a customer, or changes the one that has its number.
pub(super) async fn customer(
    adapter: &Adapter,
    document: &Document,
    customer: &Customer,
    day: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    let what = format!("customer {}", customer.number);
    let account = adapter.known_account().await?;
    let body = adapter.forms.customer(document, day).map_err(rejected)?;
    let create = json!([[body], context(&account)]);
    if start == Start::Create {
        match adapter.transport.write("model.party.party.create", create.clone()).await {
            Answer::Done(found) => return Ok(customer_delivered(&ids(&found), false)),
            // Most often that the number is there; in which words depends on the language.
            Answer::Refused(text) => match account.party(&adapter.transport, &customer.number).await? {
                Some(party) => return changed(adapter, &account, &what, party.id, &body).await,
                None => return Err(refused(&what, &text).absent()),
            },
            answer => return Err(failed(&what, answer).absent()),
        }
    }
    match account.party(&adapter.transport, &customer.number).await? {
        Some(party) => changed(adapter, &account, &what, party.id, &body).await,
        None => {
            let answer = adapter.transport.write("model.party.party.create", create).await;
            let found = done(&what, answer).map_err(Verdict::absent)?;
            Ok(customer_delivered(&ids(&found), false))
        }
    }
}

/// Makes a party that is there say what the body says; what the body does not name stays.
async fn changed(adapter: &Adapter, account: &Account, what: &str, id: i64, body: &Value) -> Result<Verdict, Verdict> {
    let ours = body.as_object().ok_or_else(|| rejected("the body of a customer is no object".into()))?;
    let fields: Vec<&str> = ours.iter().filter(|(_, v)| !v.is_array()).map(|(name, _)| name.as_str()).collect();
    let party = search(&adapter.transport, account.company, "party.party", json!([["id", "=", id]]), &fields).await?;
    let party = party.first().ok_or_else(|| garbled(what, "it is there and cannot be read"))?;
    let mut values: serde_json::Map<String, Value> = ours
        .iter()
        .filter(|(name, value)| !value.is_array() && party.get(name.as_str()) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, model) in PARTY_LISTS {
        let rows = ours.get(name).and_then(|list| list.pointer("/0/1")).and_then(Value::as_array);
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else { continue };
        let fields: Vec<&str> =
            rows.iter().filter_map(Value::as_object).flat_map(|r| r.keys()).map(String::as_str).collect();
        let there = search(&adapter.transport, account.company, model, json!([["party", "=", id]]), &fields).await?;
        let actions = actions(rows, &there);
        if !actions.is_empty() {
            values.insert(name.to_owned(), Value::Array(actions));
        }
    }
    if values.is_empty() {
        return Ok(customer_delivered(&[id], true));
    }
    let params = json!([[id], values, context(account)]);
    done(what, adapter.transport.write("model.party.party.write", params).await)?;
    Ok(customer_delivered(&[id], false))
}

/// What makes the records that are there say what the rows say: the first of the row's type, or of no type, is the row's.
fn actions(rows: &[Value], there: &[Value]) -> Vec<Value> {
    let mut left: Vec<&Value> = there.iter().collect();
    let mut actions = Vec::new();
    for row in rows {
        let Some(place) =
            left.iter().position(|record| row.get("type").is_none() || record.get("type") == row.get("type"))
        else {
            actions.push(json!(["create", [row]]));
            continue;
        };
        let record = left.remove(place);
        let same = row.as_object().is_some_and(|row| row.iter().all(|(name, value)| record.get(name) == Some(value)));
        if !same {
            actions.push(json!(["write", [record["id"]], row]));
        }
    }
    actions
}

/// Creates a sale with all that follows from it, or what of that is missing.
pub(super) async fn sale(adapter: &Adapter, form: &SaleForm<'_>, start: Start) -> Result<Verdict, Verdict> {
    let header = form.header;
    let account = adapter.known_account().await?;
    let entries = priced::entries(&header.lines, adapter.ruling(account.rounding)).map_err(rejected);
    let work = Work { adapter, account: &account, form, what: format!("sale {}", header.number) };
    let there = match start {
        Start::LookUp => work.find().await?,
        Start::Create => None,
    };
    let entries = entries.map_err(|verdict| if there.is_none() { verdict.absent() } else { verdict })?;
    // What is there needs its original only where its invoice is still to be posted.
    let (sale, created, original) = match there {
        Some(found) => (work.checked(&found, &entries)?, false, None),
        None => {
            let original = work.original().await?;
            let (sale, created) = work.create(&entries, &original).await?;
            (sale, created, Some(original))
        }
    };
    let moved = work.advance(sale, created).await?;
    match adapter.settings.invoices {
        Invoices::Leave => Ok(delivered(&moved, &[], form.sign)),
        Invoices::Post => work.invoice(moved, original).await,
    }
}

/// A sale that is on its way, and whether we sent anything for it.
struct Moved {
    sale: Sale,
    sent: bool,
}

/// The sale that a note belongs to.
#[derive(Default)]
struct Original {
    id: Option<i64>,
    /// Its invoices' numbers.
    invoices: Vec<String>,
}

/// One sale's delivery.
struct Work<'a> {
    adapter: &'a Adapter,
    account: &'a Account,
    form: &'a SaleForm<'a>,
    what: String,
}

impl Work<'_> {
    /// The sale with our number, as it is with its lines and invoices.
    async fn find(&self) -> Result<Option<Value>, Verdict> {
        let number = &self.form.header.number;
        let fields: Vec<&str> = SALE_FIELDS.iter().chain(&LINE_FIELDS).copied().collect();
        let mut found = self.of_number(number, &fields).await?;
        if found.len() > 1 {
            let ids: Vec<_> = found.iter().filter_map(|sale| sale["id"].as_i64()).collect();
            let count = ids.len();
            return Err(Verdict::Conflict {
                reason: format!(
                    "the ERP has {count} sales with the reference {number} (ids {ids:?}): cancel all but one"
                ),
            });
        }
        Ok(found.pop())
    }

    async fn of_number(&self, number: &str, fields: &[&str]) -> Result<Vec<Value>, Verdict> {
        let domain = match self.account.web_shop {
            Some(shop) => json!([["web_shop", "=", shop], ["web_id", "=", number]]),
            None => json!([["company", "=", self.account.company], ["reference", "=", number]]),
        };
        search(&self.adapter.transport, self.account.company, "sale.sale", domain, fields).await
    }

    /// Nothing where the ERP had the order before us.
    async fn original(&self) -> Result<Original, Verdict> {
        let Some(number) = self.form.original else { return Ok(Original::default()) };
        let found = self.of_number(number, &["invoices.number"]).await?;
        let [sale] = &found[..] else { return Ok(Original::default()) };
        let unread = |e: String| garbled(&format!("sale {number}"), &e);
        let invoices = related(sale, "invoices").map_err(unread)?;
        let invoices = invoices.iter().filter_map(|i| i["number"].as_str()).map(String::from).collect();
        Ok(Original { id: sale["id"].as_i64(), invoices })
    }

    /// Creates it; where that is refused because it is there, takes it from there.
    async fn create(&self, entries: &[Entry], original: &Original) -> Result<(Sale, bool), Verdict> {
        let body = self.body(entries, original).await.map_err(Verdict::absent)?;
        let params = json!([[body], context(self.account)]);
        match self.adapter.transport.write("model.sale.sale.create", params).await {
            Answer::Done(found) => match ids(&found)[..] {
                [id] => Ok((self.read(id).await?, true)),
                _ => Err(Verdict::Unknown { reason: format!("{}: created, and the answer has no id", self.what) }),
            },
            Answer::Refused(text) => match self.find().await? {
                Some(found) => Ok((self.checked(&found, entries)?, false)),
                None => Err(refused(&self.what, &text).absent()),
            },
            answer => Err(failed(&self.what, answer).absent()),
        }
    }

    async fn body(&self, entries: &[Entry], original: &Original) -> Result<Value, Verdict> {
        let (adapter, account, header) = (self.adapter, self.account, self.form.header);
        let party = account.party(&adapter.transport, &header.customer).await?.ok_or_else(|| {
            rejected(format!("the ERP has no party with the code {}: add it there, then retry", header.customer))
        })?;
        let products = account.products(&adapter.transport, entries).await?;
        let units = account.units(&adapter.transport, entries).await?;
        let mut taxes = BTreeMap::new();
        for entry in entries {
            taxes.insert(entry.rate, account.tax(entry.rate, &adapter.settings).map_err(rejected)?);
        }
        let id = |id: i64| Value::from(id);
        let terms = Terms {
            company: id(account.company),
            currency: id(account.currency),
            party: id(party.id),
            address: party.address.into(),
            payment_term: account.payment_term.into(),
            web_shop: account.web_shop.into(),
            origin: original.id.map(|id| format!("sale.sale,{id}")).into(),
            product: &|entry| id(products[&entry.sku].id),
            unit: &|entry| id(entry.unit.as_ref().map_or(products[&entry.sku].unit, |unit| units[unit])),
            tax: &|entry| taxes[&entry.rate].into(),
        };
        adapter.forms.sale(self.form, entries, &terms).map_err(rejected)
    }

    /// One that was there before, compared with ours line by line.
    fn checked(&self, record: &Value, entries: &[Entry]) -> Result<Sale, Verdict> {
        let sale = self.taken(record)?;
        compare_lines(record, entries, self.form.sign).map_err(|differs| self.conflict(&differs))?;
        Ok(sale)
    }

    /// Reads it, and compares what it comes to.
    async fn read(&self, id: i64) -> Result<Sale, Verdict> {
        let params = json!([[id], SALE_FIELDS, context(self.account)]);
        let answer = self.adapter.transport.read("model.sale.sale.read", params).await;
        self.taken(&done(&self.what, answer)?[0])
    }

    fn taken(&self, record: &Value) -> Result<Sale, Verdict> {
        let sale = Sale::read(record).map_err(|e| garbled(&self.what, &e))?;
        sale.compare(self.form.header, self.form.sign).map_err(|differs| self.conflict(&differs))?;
        Ok(sale)
    }

    /// From whatever state it is in to the one in which it has its invoice.
    async fn advance(&self, mut sale: Sale, created: bool) -> Result<Moved, Verdict> {
        let mut sent = created;
        if sale.state == "draft" {
            self.step("model.sale.sale.quote", sale.id).await?;
            (sale.state, sent) = ("quotation".into(), true);
        }
        if sale.state == "quotation" {
            self.step("model.sale.sale.confirm", sale.id).await?;
            (sale, sent) = (self.read(sale.id).await?, true);
        }
        // Processed in the same request, unless the ERP has workers for that or was stopped in between.
        if sale.state == "confirmed" {
            self.step("model.sale.sale.process", sale.id).await?;
            (sale, sent) = (self.read(sale.id).await?, true);
        }
        match sale.state.as_str() {
            "processing" | "done" => Ok(Moved { sale, sent }),
            "cancelled" => Err(self.conflict("it was cancelled there")),
            state => {
                Err(Verdict::Unknown { reason: format!("{} is {state} in the ERP after it was confirmed", self.what) })
            }
        }
    }

    async fn step(&self, method: &str, id: i64) -> Result<(), Verdict> {
        let name = method.rsplit('.').next().unwrap_or(method);
        let answer = self.adapter.transport.write(method, json!([[id], context(self.account)])).await;
        done(&format!("to {name} {}", self.what), answer).map(drop)
    }

    /// Dates and posts the invoice.
    async fn invoice(&self, mut moved: Moved, original: Option<Original>) -> Result<Verdict, Verdict> {
        let open: Vec<i64> = self.invoices(&moved.sale)?.iter().filter(|i| !i.is_posted()).map(|i| i.id).collect();
        if !open.is_empty() {
            let original = match original {
                Some(original) => original,
                None => self.original().await?,
            };
            // What an earlier request of ours was still at may have been done meanwhile, and is refused to be done again.
            let refusal = match self.post(&open, &original).await {
                Ok(()) => None,
                Err(refusal @ Verdict::Rejected { .. }) => Some(refusal),
                Err(other) => return Err(other),
            };
            moved = Moved { sale: self.read(moved.sale.id).await?, sent: true };
            let is_open = self.invoices(&moved.sale)?.iter().any(|i| !i.is_posted());
            if let Some(refusal) = refusal.filter(|_| is_open) {
                return Err(refusal);
            }
        }
        let posted = self.invoices(&moved.sale)?;
        match posted.iter().find(|i| !i.is_posted()) {
            Some(open) => Err(Verdict::Unknown {
                reason: format!("the invoice of {} is {} in the ERP after it was posted", self.what, open.state),
            }),
            None => Ok(delivered(&moved, &posted, self.form.sign)),
        }
    }

    /// The sale's invoices that are in force, which come to what the document comes to.
    fn invoices<'a>(&self, sale: &'a Sale) -> Result<Vec<&'a Invoice>, Verdict> {
        let invoices: Vec<&Invoice> = sale.invoices.iter().filter(|invoice| invoice.state != "cancelled").collect();
        if invoices.is_empty() {
            return Err(match sale.invoices.is_empty() {
                true => Verdict::Unknown { reason: format!("{} has no invoice in the ERP yet", self.what) },
                false => self.conflict("its invoice was cancelled there"),
            });
        }
        let sum: Amounts = invoices.iter().map(|i| i.amounts).sum();
        compare(sum, self.form.header.amounts, self.form.sign)
            .map_err(|differs| self.conflict(&format!("of its invoice {differs}")))?;
        Ok(invoices)
    }

    async fn post(&self, invoices: &[i64], original: &Original) -> Result<(), Verdict> {
        let day = self.form.posting;
        let text = match self.post_on(invoices, original, day).await? {
            None => return Ok(()),
            Some(text) => text,
        };
        // Most often that one of a later date has its number already.
        if self.adapter.settings.invoice_dates == InvoiceDates::Forward
            && let Some(later) = self.last_date().await?.filter(|last| *last > day)
        {
            match self.post_on(invoices, original, later).await? {
                None => return Ok(()),
                Some(text) => return Err(self.not_posted(&text)),
            }
        }
        Err(self.not_posted(&text))
    }

    /// What the ERP says where it refuses.
    async fn post_on(&self, invoices: &[i64], original: &Original, day: Date) -> Result<Option<String>, Verdict> {
        let what = format!("to post the invoice of {}", self.what);
        let body = self.adapter.forms.invoice(self.form, day, &original.invoices).map_err(rejected)?;
        let write = json!([invoices, body, context(self.account)]);
        match self.adapter.transport.write("model.account.invoice.write", write).await {
            Answer::Done(_) => {}
            answer => return Err(failed(&what, answer)),
        }
        let post = json!([invoices, context(self.account)]);
        // Numbers are given under one lock there.
        let _turn = self.adapter.posting.lock().await;
        match self.adapter.transport.write("model.account.invoice.post", post).await {
            Answer::Done(_) => Ok(None),
            Answer::Refused(text) => Ok(Some(text)),
            answer => Err(failed(&what, answer)),
        }
    }

    /// The date of the last invoice that has a number, and not one that is still to come.
    async fn last_date(&self) -> Result<Option<Date>, Verdict> {
        let today = jiff::Zoned::now().date();
        let company = self.account.company;
        let domain = json!([
            ["company", "=", company],
            ["type", "=", "out"],
            ["number", "!=", null],
            ["invoice_date", "<=", date(today)],
        ]);
        let params = json!([domain, 0, 1, [["invoice_date", "DESC"]], ["invoice_date"], context(self.account)]);
        let answer = self.adapter.transport.read("model.account.invoice.search_read", params).await;
        let found = done("to look for the last invoice", answer)?;
        Ok(found.pointer("/0/invoice_date").and_then(read_date))
    }

    fn not_posted(&self, text: &str) -> Verdict {
        refused(&format!("to post the invoice of {}", self.what), text)
    }

    fn conflict(&self, differs: &str) -> Verdict {
        Verdict::Conflict { reason: format!("{} is in the ERP, but {differs}", self.what) }
    }
}

fn context(account: &Account) -> Value {
    json!({"company": account.company})
}

fn delivered(moved: &Moved, invoices: &[&Invoice], sign: Decimal) -> Verdict {
    let mut reference = moved.sale.id.to_string();
    for invoice in invoices {
        reference = format!("{reference}+{}", invoice.number.clone().unwrap_or_else(|| invoice.id.to_string()));
    }
    let Amounts { net, tax, total } = moved.sale.amounts;
    let amounts = Amounts { net: net * sign, tax: tax * sign, total: total * sign };
    Verdict::Delivered { reference, amounts: Some(amounts), found: !moved.sent }
}

fn customer_delivered(ids: &[i64], found: bool) -> Verdict {
    let reference = ids.first().map(i64::to_string).unwrap_or_default();
    Verdict::Delivered { reference, amounts: None, found }
}

/// What a request that gave nothing means for the document.
pub(super) fn failed(what: &str, answer: Answer) -> Verdict {
    match answer {
        Answer::Done(_) => garbled(what, "an answer that was not expected"),
        Answer::Refused(text) => refused(what, &text),
        Answer::Warning { key, text } => {
            let name = warning_name(&key);
            rejected(format!(
                "the ERP warns of {what}: {text}; to go on in spite of it, add \"{name}\" to erp.warnings, then `ledgertap outbox \
                 retry`"
            ))
        }
        Answer::NotFound(reason) => Verdict::NotDone { reason: format!("{what}: {reason}"), retry_after: None },
        Answer::Failure(failure) => failure.verdict(what),
    }
}

/// The document's header and what of it a sale is made from.
pub(super) fn form<'a>(document: &'a Document, header: &'a Header, posting: Date) -> SaleForm<'a> {
    let (sign, original) = match document {
        Document::CreditNote(note) => (Decimal::NEGATIVE_ONE, Some(note.original.as_str())),
        Document::DebitNote(note) => (Decimal::ONE, Some(note.original.as_str())),
        Document::SalesOrder(_) | Document::Customer(_) => (Decimal::ONE, None),
    };
    SaleForm { document, header, sign, original, posting }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_is_changed_where_it_differs() {
        let rows = [json!({"type": "email", "value": "a@b.example"}), json!({"type": "phone", "value": "1"})];
        let there = [
            json!({"id": 5, "type": "phone", "value": "2"}),
            json!({"id": 6, "type": "email", "value": "a@b.example"}),
        ];
        assert_eq!(actions(&rows, &there), [json!(["write", [5], {"type": "phone", "value": "1"}])]);
        assert_eq!(actions(&rows, &there[1..]), [json!(["create", [{"type": "phone", "value": "1"}]])]);
        let street = [json!({"street": "x"})];
        assert_eq!(actions(&street, &[json!({"id": 9, "street": "x"})]), Vec::<Value>::new());
    }

    #[test]
    fn a_warning_names_its_remedy() {
        let warning = Answer::Warning { key: "0c.invoice_taxes".into(), text: "Taxes differ.".into() };
        let Verdict::Rejected { reason, absent: false } = failed("to post S1", warning) else { panic!("not rejected") };
        assert!(reason.contains("Taxes differ.") && reason.contains("\"invoice_taxes\" to erp.warnings"), "{reason}");
    }
}
