//! Tryton, series 6.0, 7.0 and 8.0: the JSON-RPC of its server, and of its modules what a shop's documents need: parties,
//! products, taxes, sales and their invoices, warnings, and the web shop's unique number.
//!
//! What it answers was recorded from real servers of the three series, with the words of each: [`series`] has what differs. It
//! goes beyond the server in three things, since a bridge is to be tried:
//! - a wrong type is refused (a float for a decimal, a text for a date), which the server forgives where Python does;
//! - nothing is credited beyond what was sold: the server has no such rule, and takes any negative sale;
//! - master data (products, taxes, terms) is read only. Every product is there by its code once it is asked for, has the unit
//!   `Unit` without digits and 13 % tax by itself.
//!
//! What it has not: shipments, other companies, payments, reports, access rights, locks (requests come one at a time), and the
//! seconds that the real one takes to answer who fails to log in.

mod booked;
mod change;
mod domain;
mod gate;
mod model;
mod series;
mod store;
#[cfg(test)]
mod tests;
mod trade;
mod value;

use std::any::Any;
use std::fmt::Write as _;

use axum::http::HeaderValue;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Config;
use super::books::Booked;
use super::office::{Act, Letter, Office, Refusals, Reply};
use gate::{Call, DATABASE, Gate, LOGIN};
use series::Series;
use store::{Refusal, Store};
use value::Data;

/// The names of the series that it can be.
pub(super) const SERIES: &[&str] = &Series::NAMES;
/// Marks a request of which only the first of its two transactions is done.
const HALF: &str = "x-sandbox-half";
/// What only reads, beside what every model has for that.
const READS: [&str; 3] = ["get_preferences", "default_get", "fields_get"];

/// One server with one database.
pub(super) struct Tryton {
    series: Series,
    gate: Gate,
    store: Store,
    refusals: Refusals,
}

impl Tryton {
    pub(super) fn new(config: &Config) -> Tryton {
        let series = Series::of(config.version.as_deref());
        Tryton {
            series,
            gate: Gate::new(series, config.derived("password"), config.session_life),
            store: Store::new(series, config.unique, config.services.clone()),
            refusals: Refusals::default(),
        }
    }

    fn call(&mut self, call: &Call, is_half: bool, now: Timestamp) -> Result<Value, Refusal> {
        let (today, now_ms) = (now.to_zoned(TimeZone::UTC).date(), now.as_millisecond());
        let outcome = self.dispatch(call, today, now_ms);
        self.store.end(&outcome);
        // What follows in a transaction of its own, and is nobody's to hear of where it fails.
        let (Ok(_), false) = (&outcome, is_half) else { return outcome };
        let ids = call.params.first().and_then(Data::ids).unwrap_or_default();
        let sales = match call.method.as_str() {
            "model.sale.sale.confirm" => ids,
            "model.account.invoice.post" => ids.into_iter().flat_map(|invoice| self.store.sales(invoice)).collect(),
            _ => return outcome,
        };
        let model = self.store.model("sale.sale")?;
        let follows = self.store.step(model, &sales, "process", today, now_ms);
        self.store.end(&follows);
        outcome
    }

    fn dispatch(&mut self, call: &Call, today: Date, now_ms: i64) -> Result<Value, Refusal> {
        let Some((kind, rest)) = call.method.split_once('.') else {
            return Err(Refusal::Fault("not enough values to unpack (expected 2, got 1)".to_owned()));
        };
        let (name, method) = rest.rsplit_once('.').unwrap_or(("", rest));
        if kind != "model" {
            return Err(Refusal::unknown(kind));
        }
        let model = self.store.model(name)?;
        if !model::has_method(model, method, self.series) {
            return Err(Refusal::Forbidden);
        }
        let Some((Data::Dict(_), params)) = call.params.split_last() else {
            return Err(match self.series {
                Series::V6_0 | Series::V7_0 => Refusal::Fault("Missing context argument".to_owned()),
                Series::V8_0 => Refusal::NoContext,
            });
        };
        let store = &mut self.store;
        let many = || Refusal::Fault(format!("{method}() takes other arguments than the {} given", params.len()));
        let ids = || params.first().and_then(Data::ids).ok_or_else(many);
        match (method, params) {
            ("get_preferences", []) | ("get_preferences", [_]) => {
                Ok(json!({"company": store::FIRST, "company.rec_name": "The Company", "language": "en"}))
            }
            ("read", [_, Data::List(fields)]) => {
                let (ids, fields) = (ids()?, names(fields));
                store.must_be_there(model, &ids, "read")?;
                ids.into_iter().map(|id| store.read(model, id, &fields)).collect()
            }
            ("search_read", [domain, offset, limit, order, Data::List(fields)]) => {
                let fields = names(fields);
                // Fields are looked up whether anything is found or not.
                fields.iter().try_for_each(|field| must_have(store, model, field))?;
                let found = cut(store.search(model, domain, order)?, offset, limit);
                found.into_iter().map(|id| store.read(model, id, &fields)).collect()
            }
            ("search", [domain, rest @ ..]) if rest.len() <= 3 => {
                let part = |index: usize| rest.get(index).unwrap_or(&Data::None);
                Ok(json!(cut(store.search(model, domain, part(2))?, part(0), part(1))))
            }
            ("search_count", [domain]) => Ok(json!(store.search(model, domain, &Data::None)?.len())),
            ("create", [records]) => Ok(json!(store.create(model, records, now_ms)?)),
            ("write", [_, values]) => store.write(model, &ids()?, values, now_ms).map(|()| Value::Null),
            ("delete", [_]) => store.delete(model, &ids()?).map(|()| Value::Null),
            ("skip", [Data::Text(name), Data::Bool(always)]) => {
                let warning = [
                    ("user", Data::Int(store::USER)),
                    ("name", Data::Text(name.clone())),
                    ("always", Data::Bool(*always)),
                ];
                store.add("res.user.warning", &warning);
                Ok(Value::Null)
            }
            (step, [_]) if !model::READS.contains(&step) => {
                store.step(model, &ids()?, step, today, now_ms).map(|()| Value::Null)
            }
            _ => Err(many()),
        }
    }
}

impl Office for Tryton {
    fn act(&self, letter: &Letter) -> Act {
        let method = Call::method(&letter.body).unwrap_or_default();
        match method.rsplit('.').next() {
            _ if method == "common.db.login" => Act::Login,
            Some(last) if model::READS.contains(&last) || READS.contains(&last) || last.is_empty() => Act::Read,
            Some(_) | None => Act::Write,
        }
    }

    fn endpoint(&self, letter: &Letter) -> String {
        Call::method(&letter.body).unwrap_or_default()
    }

    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        let call = match self.gate.open(letter) {
            Ok(call) => call,
            Err(reply) => return reply,
        };
        if call.method == "common.db.login" {
            return self.gate.log_in(&call, now.as_millisecond());
        }
        if !self.gate.admits(&letter.headers, now.as_millisecond()) {
            return gate::no_session();
        }
        if call.method == "common.db.logout" {
            self.gate.log_out(&letter.headers);
            return call.done(self.series, &Value::Null);
        }
        match self.call(&call, letter.headers.contains_key(HALF), now) {
            Ok(result) => call.done(self.series, &result),
            Err(refusal) => {
                match (&refusal, self.act(letter)) {
                    (Refusal::Duplicate(_), _) => self.refusals.duplicates += 1,
                    (Refusal::User(_), Act::Write) => self.refusals.rejected += 1,
                    _ => {}
                }
                call.refused(&refusal)
            }
        }
    }

    /// The server has no limit of its own; what stands before it says this.
    fn throttled(&self) -> Reply {
        gate::page(429).with("retry-after", "1")
    }

    fn broken(&self) -> Reply {
        gate::page(500)
    }

    /// A confirmed sale that its server did not come to process.
    fn halved(&self, letter: &Letter) -> Option<Letter> {
        let method = Call::method(&letter.body)?;
        let mut half = letter.clone();
        half.headers.insert(HALF, HeaderValue::from_static("1"));
        (method == "model.sale.sale.confirm").then_some(half)
    }

    fn end_sessions(&mut self) {
        self.gate.end_sessions();
    }

    fn booked(&self) -> Vec<Booked> {
        self.store.booked()
    }

    fn refusals(&self) -> Refusals {
        self.refusals
    }

    fn erp_block(&self, _: &str) -> String {
        let mut block = format!(
            "database = \"{DATABASE}\"\nuser = \"{LOGIN}\"\npassword = \"{}\"\ncurrency = \"CNY\"\npayment_term = \"Direct\"\n\
             warnings = [\"invoice_payment_term\", \"invoice_taxes\"]\n",
            self.gate.password
        );
        if self.store.has_web_shop {
            let _ = writeln!(block, "web_shop = \"Shop\"");
        }
        block
    }

    fn add_item(&mut self, number: &str) {
        self.store.added.push(number.to_owned());
    }

    fn add_customer(&mut self, number: &str, name: &str) {
        let text = |text: &str| Data::Text(text.to_owned());
        let values = [("code", text(number)), ("name", text(name)), ("active", Data::Bool(true))];
        let party = self.store.add_in_turn("party.party", &values, 0);
        let address = [("party", Data::Int(party)), ("invoice", Data::Bool(true)), ("delivery", Data::Bool(true))];
        self.store.add("party.address", &address);
        self.store.end(&Ok(()));
    }

    fn add_order(&mut self, order: &str, total: Decimal) {
        self.store.by_hand.insert(order.to_owned(), total);
    }

    fn lose_line(&mut self, number: &str) {
        for sale in self.store.sales_of(number) {
            if let Some(last) = self.store.children("sale.line", "sale", sale).pop() {
                self.store.remove("sale.line", last);
            }
        }
        self.store.end(&Ok(()));
    }

    fn backup(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(self.store.clone())
    }

    fn restore(&mut self, backup: &(dyn Any + Send + Sync)) {
        if let Some(store) = backup.downcast_ref::<Store>() {
            self.store = store.clone();
        }
    }
}

fn names(fields: &[Data]) -> Vec<&str> {
    fields.iter().filter_map(Data::as_text).collect()
}

/// Whether there is such a field, through however many records.
fn must_have(store: &Store, model: &model::Model, field: &str) -> Result<(), Refusal> {
    match field.split_once('.') {
        Some((relation, rest)) => must_have(store, store.target(model, relation)?, rest),
        None if field == "id" || model.field(field).is_some() => Ok(()),
        None => Err(Refusal::unknown(field)),
    }
}

fn cut(found: Vec<i64>, offset: &Data, limit: &Data) -> Vec<i64> {
    let count = |data: &Data| data.as_int().and_then(|count| usize::try_from(count).ok());
    found.into_iter().skip(count(offset).unwrap_or(0)).take(count(limit).unwrap_or(usize::MAX)).collect()
}
