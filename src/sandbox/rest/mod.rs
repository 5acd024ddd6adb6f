//! An ERP with a REST API, as `schema/erp/rest/examples/erpnext.toml` reaches it: Frappe's resource API with ERPNext's customers,
//! sales orders and sales invoices.
//!
//! An API key and secret come with each request. A record is `/api/resource/<DocType>/<name>`, a list the same without a name,
//! filtered; what is wrong is said by status and `exc_type`. What it knows of the shop's order numbers and of debit notes it reads from
//! the field `ledgertap_note` (`kind [reason]; order X; original Y`), which is what an accountant would have to do.

mod account;
mod form;
mod records;

use std::any::Any;

use axum::body::Bytes;
use axum::http::Method;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Config;
use super::books::{Booked, BookedLine};
use super::office::{Act, Letter, Office, Refusals, Reply};
use account::Account;
use form::Refusal;
use records::{CustomerRecord, Doc, DocType, Note, Row, Status};

/// The config that an operator would write.
const EXAMPLE: &str = include_str!("../../../schema/erp/rest/examples/erpnext.toml");
const RESOURCE: &str = "/api/resource/";
const WHO_AM_I: &str = "/api/method/frappe.auth.get_logged_in_user";
/// Rows of a list, where the request does not say.
const LIST_ROWS: usize = 20;

/// A site.
pub(super) struct Frappe {
    key: String,
    secret: String,
    account: Account,
    refused_duplicates: u64,
    rejected: u64,
}

impl Frappe {
    pub(super) fn new(config: &Config) -> Frappe {
        Frappe {
            key: config.derived("API key"),
            secret: config.derived("API secret"),
            account: Account::new(config.unique, config.services.clone()),
            refused_duplicates: 0,
            rejected: 0,
        }
    }

    /// `Authorization: token key:secret`.
    fn admit(&self, letter: &Letter) -> Result<(), Refusal> {
        let refused = || Refusal::new(401, "AuthenticationError", "Invalid API key or secret");
        let Some(header) = letter.headers.get("authorization").and_then(|value| value.to_str().ok()) else {
            return Err(Refusal::new(403, "PermissionError", "Guests may not do this"));
        };
        let given = header.strip_prefix("token ").and_then(|both| both.split_once(':')).ok_or_else(refused)?;
        match given == (self.key.as_str(), self.secret.as_str()) {
            true => Ok(()),
            false => Err(refused()),
        }
    }

    fn route(&mut self, letter: &Letter, now: Timestamp) -> Result<Value, Refusal> {
        let now_ms = now.as_millisecond();
        let today = now.to_zoned(TimeZone::UTC).date().to_string();
        if letter.path == WHO_AM_I {
            return Ok(json!({"message": "ledgertap@example.com"}));
        }
        let path = letter.path.strip_prefix(RESOURCE);
        let path = path.ok_or_else(|| Refusal::not_found("Page", "of this address"))?;
        let (doctype, name) = match path.split_once('/') {
            Some((doctype, name)) => (decode(doctype), Some(decode(name))),
            None => (decode(path), None),
        };
        let amounts = [DocType::SalesOrder, DocType::SalesInvoice].into_iter().find(|known| known.name() == doctype);
        let body = || {
            serde_json::from_slice::<Value>(&letter.body)
                .map_err(|_| Refusal::new(400, "JSONDecodeError", "the body is no JSON"))
        };
        let account = &mut self.account;
        let data = match (&letter.method, doctype.as_str(), amounts, name.as_deref()) {
            (&Method::GET, doctype, _, None) => {
                let query = Query::read(&letter.query)?;
                account.list(doctype, &query.filters, &query.fields, query.limit)
            }
            (&Method::GET, "Item", _, Some(name)) => account.item(name),
            (&Method::GET, "Customer", _, Some(name)) => account.customer(name),
            (&Method::GET, _, Some(amounts), Some(name)) => account.doc(amounts, name),
            (&Method::POST, "Customer", _, None) => account.create_customer(&body()?, now_ms),
            (&Method::POST, _, Some(amounts), None) => account.create(amounts, &body()?, &today, now_ms),
            (&Method::PUT, "Customer", _, Some(name)) => account.change_customer(name, &body()?),
            (&Method::PUT, _, Some(amounts), Some(name)) => account.change(amounts, name, &body()?),
            (_, "Customer" | "Item", ..) | (_, _, Some(_), _) => {
                Err(Refusal::new(405, "MethodNotAllowed", "not with this method"))
            }
            (_, other, None, _) => Err(Refusal::not_found("DocType", other)),
        };
        data.map(|data| json!({ "data": data }))
    }
}

/// The parameters of a list.
struct Query {
    filters: Vec<(String, Value)>,
    fields: Vec<String>,
    limit: usize,
}

impl Query {
    fn read(query: &str) -> Result<Query, Refusal> {
        let invalid = |what: &str| Refusal::invalid(format!("{what} is not what it should be"));
        let mut read = Query { filters: Vec::new(), fields: vec!["name".to_owned()], limit: LIST_ROWS };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(&value.replace('+', " "));
            match name {
                "filters" => {
                    let filters: Vec<(String, String, Value)> =
                        serde_json::from_str(&value).map_err(|_| invalid("filters"))?;
                    for (field, operator, value) in filters {
                        if operator != "=" {
                            return Err(invalid("an operator that this sandbox does not know"));
                        }
                        read.filters.push((field, value));
                    }
                }
                "fields" => read.fields = serde_json::from_str(&value).map_err(|_| invalid("fields"))?,
                "limit_page_length" => read.limit = value.parse().map_err(|_| invalid("limit_page_length"))?,
                other => return Err(invalid(other)),
            }
        }
        Ok(read)
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn said(refusal: &Refusal) -> Reply {
    let exception = format!("frappe.exceptions.{}: {}", refusal.exception, refusal.text);
    let message = json!({"message": refusal.text, "indicator": "red"}).to_string();
    let body = json!({
        "exception": exception,
        "exc_type": refusal.exception,
        "exc": json!(["Traceback (most recent call last):\n  …"]).to_string(),
        "_server_messages": json!([message]).to_string(),
    });
    Reply::json(refusal.status, &body)
}

impl Office for Frappe {
    fn act(&self, letter: &Letter) -> Act {
        match letter.method {
            Method::GET => Act::Read,
            _ => Act::Write,
        }
    }

    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        if let Err(refusal) = self.admit(letter) {
            return said(&refusal);
        }
        match self.route(letter, now) {
            Ok(body) => Reply::json(200, &body),
            Err(refusal) => {
                match (letter.method == Method::GET, refusal.exception) {
                    (true, _) => {}
                    (false, "UniqueValidationError") => self.refused_duplicates += 1,
                    (false, _) => self.rejected += 1,
                }
                said(&refusal)
            }
        }
    }

    fn throttled(&self) -> Reply {
        let body = "Too Many Requests".to_owned();
        let reply = Reply { status: 429, headers: Vec::new(), content_type: "text/plain; charset=utf-8", body };
        reply.with("retry-after", "1")
    }

    fn broken(&self) -> Reply {
        said(&Refusal::new(500, "InternalError", "(1205, 'Lock wait timeout exceeded')"))
    }

    fn halved(&self, letter: &Letter) -> Option<Letter> {
        let mut body: Value = serde_json::from_slice(&letter.body).ok()?;
        let is_document = letter.method == Method::POST && body.get("items").is_some();
        body.as_object_mut().filter(|_| is_document)?.remove("docstatus");
        Some(Letter { body: Bytes::from(body.to_string()), ..letter.clone() })
    }

    /// A key and a secret are good until somebody makes others.
    fn end_sessions(&mut self) {}

    fn booked(&self) -> Vec<Booked> {
        let docs = self.account.docs.iter().filter(|doc| doc.status != Status::Cancelled);
        let docs = docs.map(|doc| booked(&self.account, doc));
        self.account.customers.iter().map(customer).chain(docs).collect()
    }

    fn refusals(&self) -> Refusals {
        Refusals { duplicates: self.refused_duplicates, rejected: self.rejected }
    }

    fn erp_block(&self, _: &str) -> String {
        let own = EXAMPLE.split_once("\ncurrency = ").map(|(_, own)| format!("currency = {own}"));
        let own = own.expect("the example has a currency");
        own.replace("${ERPNEXT_KEY}", &self.key).replace("${ERPNEXT_SECRET}", &self.secret)
    }

    fn add_item(&mut self, number: &str) {
        self.account.add_item(number);
    }

    fn add_customer(&mut self, number: &str, name: &str) {
        let form = json!({"customer_name": name, "ledgertap_key": number});
        let _ = self.account.create_customer(&form, 0);
    }

    fn add_order(&mut self, order: &str, total: Decimal) {
        self.account.add_order(order, total);
    }

    fn lose_line(&mut self, number: &str) {
        self.account.lose_line(number);
    }

    fn backup(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(self.account.clone())
    }

    fn restore(&mut self, backup: &(dyn Any + Send + Sync)) {
        if let Some(account) = backup.downcast_ref::<Account>() {
            self.account = account.clone();
        }
    }
}

fn customer(record: &CustomerRecord) -> Booked {
    let number = record.key.clone().unwrap_or_else(|| record.name.clone());
    let name = record.fields.get("customer_name").and_then(Value::as_str);
    Booked {
        kind: "customer".into(),
        customer: number.clone(),
        number,
        name: name.map(String::from),
        audited: true,
        net: Decimal::new(0, 2),
        tax: Decimal::new(0, 2),
        total: Decimal::new(0, 2),
        stored_at_ms: record.stored_at_ms,
        arrival: record.arrival,
        ..Booked::default()
    }
}

fn booked(account: &Account, doc: &Doc) -> Booked {
    let note = Note::read(&doc.note);
    let kind = match doc.doctype {
        DocType::SalesOrder if note.kind == Some("debit_note") => "debit_note",
        DocType::SalesOrder => "sales_order",
        DocType::SalesInvoice if doc.is_return => "credit_note",
        DocType::SalesInvoice => "invoice",
    };
    let customer = account.customers.iter().find(|customer| customer.name == doc.customer);
    Booked {
        kind: kind.into(),
        number: doc.key.clone().unwrap_or_else(|| doc.name.clone()),
        customer: customer.and_then(|c| c.key.clone()).unwrap_or_else(|| doc.customer.clone()),
        name: None,
        reference: note.order.map(String::from),
        original: note.original.map(String::from),
        reason: note.reason.map(String::from),
        counts: kind != "invoice",
        audited: doc.is_in_force(),
        lines: doc.rows.iter().map(|row| line(account, row)).collect(),
        net: doc.net().abs(),
        tax: doc.tax().abs(),
        total: doc.total().abs(),
        stored_at_ms: doc.stored_at_ms,
        arrival: doc.arrival,
    }
}

fn line(account: &Account, row: &Row) -> BookedLine {
    let of = row.order_row.as_ref().or(row.invoice_row.as_ref());
    let source = account.docs.iter().find(|doc| doc.rows.iter().any(|sold| Some(&sold.name) == of));
    BookedLine {
        sku: row.item.clone(),
        quantity: row.quantity.abs(),
        price: row.rate + row.rate * row.tax_rate / Decimal::ONE_HUNDRED,
        amount: (row.amount + row.tax).abs(),
        tax: row.tax.abs(),
        comment: row.line.map(|line| line.to_string()).unwrap_or_default(),
        source: source.and_then(|doc| doc.key.clone()),
    }
}

#[cfg(test)]
mod tests;
