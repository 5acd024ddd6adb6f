//! Odoo, series 14 to 19, by JSON-RPC and from 19 on by JSON-2: a database with a company, its taxes and journals, in which customers,
//! orders and invoices are imported, written, confirmed and posted.
//!
//! Models and fields are those that a client of this kind has to do with, under the names of the series; what is not among them is
//! refused as the real server refuses what it has not. Products are there for the asking. It computes amounts by itself, taxes
//! rounded for each line. A request is one transaction. Stricter than the real one it is where `invoice.rs` says so.

mod base;
mod booked;
mod domain;
mod invoice;
mod load;
mod raised;
mod records;
mod rules;
mod sale;
mod schema;
mod shown;
#[cfg(test)]
mod tests;
mod wires;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Config;
use super::books::Booked;
use super::office::{Act, Letter, Office, Refusals, Reply};
use base::{Base, Values};
use raised::Raised;
use records::{Cell, Records};
use schema::Schema;
use wires::{Asked, Bound, Call, Caller, Wire};

const DATABASE: &str = "sandbox";
const LOGIN: &str = "bridge";
const USER_ID: i64 = 2;
/// Digits of amounts.
const CENTS: u32 = 2;
const COMPANY_ID: i64 = 1;
const CURRENCY_ID: i64 = 1;
const UNIT_ID: i64 = 1;
const TAX_ID: i64 = 1;
const JOURNAL_ID: i64 = 1;
const MISC_JOURNAL_ID: i64 = 3;
/// So many failed log-ins within so long, and nobody is let in until then (`res.users`).
const FAILURES_MAX: usize = 5;
const FAILURES_FOR_MS: i64 = 60_000;

/// The series that it can be.
pub(super) const SERIES: &[&str] = &["14", "15", "16", "17", "18", "19"];
const NEWEST: u8 = 19;

/// A server with one database.
pub(super) struct Odoo {
    password: String,
    failures_ms: Vec<i64>,
    base: Base,
}

impl Odoo {
    pub(super) fn new(config: &Config) -> Odoo {
        let named = config.version.as_deref().and_then(|name| name.parse().ok());
        let series = named.unwrap_or(NEWEST);
        let mut base = Base {
            schema: Arc::new(Schema::new(series)),
            records: Records::default(),
            now: Timestamp::now(),
            by_hand: BTreeMap::new(),
            services: config.services.clone(),
            added: BTreeSet::new(),
            rejected: 0,
            last_names: BTreeMap::new(),
            in_lines: false,
        };
        set_up(&mut base);
        Odoo { password: config.derived("password"), failures_ms: Vec::new(), base }
    }

    fn series(&self) -> u8 {
        self.base.schema.series
    }

    fn ask(&mut self, asked: Asked) -> Result<Value, Raised> {
        match asked {
            Asked::Version => {
                let series = self.series();
                Ok(json!({
                    "server_version": format!("{series}.0"),
                    "server_version_info": [series, 0, 0, "final", 0, ""],
                    "server_serie": format!("{series}.0"),
                    "protocol_version": 1,
                }))
            }
            Asked::Authenticate { database, login, password } => {
                is_database(&database)?;
                let is_right = login == LOGIN && password == self.password;
                Ok(if self.lets_in(is_right)? { json!(USER_ID) } else { json!(false) })
            }
            Asked::Call { caller, call } => {
                self.admit(&caller)?;
                self.call(&call, matches!(caller, Caller::Key { .. }))
            }
        }
    }

    fn admit(&mut self, caller: &Caller) -> Result<(), Raised> {
        match caller {
            Caller::User { database, user, password } => {
                is_database(database)?;
                let is_right = *user == USER_ID && *password == self.password;
                if self.lets_in(is_right)? { Ok(()) } else { Err(Raised::denied("Access Denied")) }
            }
            Caller::Key { key, .. } if *key == self.password => Ok(()),
            Caller::Key { .. } => Err(Raised::unauthorized("Invalid apikey")),
        }
    }

    /// Whether a password is right, unless too many were not.
    fn lets_in(&mut self, is_right: bool) -> Result<bool, Raised> {
        let now_ms = self.base.now.as_millisecond();
        self.failures_ms.retain(|at| now_ms - at < FAILURES_FOR_MS);
        if self.failures_ms.len() >= FAILURES_MAX {
            return Err(Raised::denied("Too many login failures, please wait a bit before trying again."));
        }
        match is_right {
            true => self.failures_ms.clear(),
            false => self.failures_ms.push(now_ms),
        }
        Ok(is_right)
    }

    /// Calls a method, in one transaction.
    fn call(&mut self, call: &Call, by_name: bool) -> Result<Value, Raised> {
        let Call { model, method, .. } = call;
        if method.starts_with('_') {
            return Err(Raised::access(format!("Private methods (such as {method}) cannot be called remotely.")));
        }
        if by_name && self.base.schema.model(model).is_none() {
            return Err(Raised::not_found(format!("the model '{model}' does not exist")));
        }
        self.base.model(model)?;
        let signature = wires::signature(model, method, self.series()).ok_or_else(|| {
            let text = format!("The method '{model}.{method}' does not exist");
            if by_name { Raised::not_found(text) } else { Raised::attribute(text) }
        })?;
        if by_name && !signature.on_records && call.ids.as_ref().is_some_and(|ids| *ids != json!([])) {
            return Err(Raised::unprocessable(format!("cannot call {model}.{method} with ids")));
        }
        let raised = |text| if by_name { Raised::unprocessable(text) } else { Raised::kind(text) };
        let bound = wires::bind(call, &signature).map_err(raised)?;
        self.base.records.begin();
        let result = self.base.run(model, method, bound);
        if result.is_err() {
            self.base.records.roll_back();
        }
        result
    }
}

impl Base {
    fn run(&mut self, model: &str, method: &str, bound: Bound) -> Result<Value, Raised> {
        let Bound { ids, mut given } = bound;
        if let Some(domain) = given.remove("args") {
            given.insert("domain", domain);
        }
        let is_table = matches!(method, "search" | "search_count" | "search_read" | "read") && model == "ir.model.data";
        if is_table && !self.schema.shows_external_ids() {
            return Err(Raised::access(
                "You are not allowed to access 'Model Data' (ir.model.data) records.\n\nThis operation is allowed for the following \
                 groups:\n\t- Access Rights\n\nContact your administrator to request access if necessary.",
            ));
        }
        match method {
            "check_object_reference" => self.referenced(&given),
            "get_metadata" => Ok(self.metadata(model, &ids)),
            "search" => Ok(json!(self.search(model, &given)?)),
            "search_count" => Ok(json!(self.search(model, &given)?.len())),
            "search_read" => {
                let found = self.search(model, &given)?;
                self.read(model, &found, given.get("fields"))
            }
            "read" => self.read(model, &ids, given.get("fields")),
            "fields_get" => self.fields_get(model, &given),
            "load" => self.load(model, &given["fields"], &given["data"]),
            "create" => match &given["vals_list"] {
                Value::Array(list) => {
                    let ids = list.iter().map(|values| self.create(model, values_of(values)?));
                    Ok(json!(ids.collect::<Result<Vec<_>, _>>()?))
                }
                values => Ok(json!(self.create(model, values_of(values)?)?)),
            },
            "write" => {
                let values = given.get("vals").or_else(|| given.get("values"));
                self.write(model, &ids, values_of(values.unwrap_or(&Value::Null))?)?;
                Ok(json!(true))
            }
            "unlink" => self.unlink(model, &ids).map(|()| json!(true)),
            _ => {
                ids.iter().try_for_each(|id| self.step(method, *id))?;
                // A recordset, as the older series write it out.
                let is_text = method == "action_post" && self.schema.series <= 14;
                let records: Vec<String> = ids.iter().map(|id| format!("{id},")).collect();
                Ok(match method {
                    "action_post" if is_text => json!(format!("{model}({})", records.concat())),
                    "action_post" => json!(false),
                    "button_draft" | "button_cancel" => Value::Null,
                    _ => json!(true),
                })
            }
        }
    }

    fn step(&mut self, method: &str, id: i64) -> Result<(), Raised> {
        match method {
            "action_confirm" => self.confirm(id),
            "action_cancel" => self.set_order(id, &["draft", "sent", "sale"], "cancel"),
            "action_draft" => self.set_order(id, &["cancel", "sent"], "draft"),
            "action_post" => self.post(id),
            "button_draft" => self.set_move(id, &["posted", "cancel"], "draft"),
            _ => self.set_move(id, &["draft"], "cancel"),
        }
    }

    /// Takes the last line out of a list.
    fn lose_last(&mut self, model: &'static str, id: i64, list: &str, of: &'static str) {
        if let Some(last) = self.children(model, id, list).pop() {
            self.records.remove(of, last);
        }
        self.after(model, id).expect("what was right without a line less is right with it");
    }
}

fn values_of(values: &Value) -> Result<&Values, Raised> {
    values.as_object().ok_or_else(|| Raised::value(format!("Invalid values: {values}")))
}

fn is_database(name: &str) -> Result<(), Raised> {
    match name {
        DATABASE => Ok(()),
        _ => Err(Raised::database(format!("FATAL:  database \"{name}\" does not exist"))),
    }
}

/// What a new database has, under the ids that are named above.
fn set_up(base: &mut Base) {
    let text = |text: &str| Cell::Text(text.to_owned());
    let (on, off) = (Cell::Flag(true), Cell::Flag(false));
    let mut add = |model: &'static str, values: Vec<(&'static str, Cell)>| {
        base.records.add(model, values.into_iter().collect(), 0);
    };
    add("res.currency", vec![("name", text("CNY")), ("symbol", text("¥")), ("active", on.clone())]);
    add("res.currency", vec![("name", text("USD")), ("symbol", text("$")), ("active", off.clone())]);
    add("res.partner", vec![("name", text("Sandbox Ltd")), ("active", on.clone())]);
    add("res.users", vec![("name", text("OdooBot")), ("login", text("__system__"))]);
    add("res.users", vec![("name", text("Bridge")), ("login", text(LOGIN))]);
    let company = vec![
        ("name", text("Sandbox Ltd")),
        ("currency_id", Cell::One(CURRENCY_ID)),
        ("partner_id", Cell::One(1)),
        ("tax_calculation_rounding_method", text("round_per_line")),
    ];
    add("res.company", company);
    for unit in ["Units", "Dozens", "kg", "件"] {
        add("uom.uom", vec![("name", text(unit))]);
    }
    for (name, rate, usage, included) in [
        ("13%", 13, "sale", false),
        ("0%", 0, "sale", false),
        ("13% (purchases)", 13, "purchase", false),
        ("13% (included)", 13, "sale", true),
    ] {
        let tax = vec![
            ("name", text(name)),
            ("type_tax_use", text(usage)),
            ("amount_type", text("percent")),
            ("amount", Cell::Number(Decimal::new(rate * 10_000, 4))),
            ("price_include", Cell::Flag(included)),
            ("active", on.clone()),
        ];
        add("account.tax", tax);
    }
    for (name, code, kind) in [
        ("Customer Invoices", "INV", "sale"),
        ("Vendor Bills", "BILL", "purchase"),
        ("Miscellaneous Operations", "MISC", "general"),
    ] {
        let journal = vec![("name", text(name)), ("code", text(code)), ("type", text(kind)), ("active", on.clone())];
        add("account.journal", journal);
    }
    for usage in ["Product Price", "Product Unit of Measure", "Discount"] {
        add("decimal.precision", vec![("name", text(usage)), ("digits", Cell::Int(2))]);
    }
}

impl Office for Odoo {
    fn act(&self, letter: &Letter) -> Act {
        wires::act(letter, self.series())
    }

    fn endpoint(&self, letter: &Letter) -> String {
        match wires::read(letter, self.series()) {
            Ok((_, Ok(Asked::Call { call, .. }))) => format!("{}/{}", call.model, call.method),
            Ok(_) | Err(_) => letter.path.clone(),
        }
    }

    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        self.base.now = now;
        let (wire, asked) = match wires::read(letter, self.series()) {
            Ok(read) => read,
            Err(reply) => return reply,
        };
        if let Ok(Asked::Call { caller: Caller::Key { database: Some(name), .. }, .. }) = &asked
            && name != DATABASE
        {
            // Without a database there is no JSON-2.
            return Reply::html(404, "404 Not Found");
        }
        let result = asked.and_then(|asked| self.ask(asked));
        if result.is_err() && wires::act(letter, self.series()) == Act::Write {
            self.base.rejected += 1;
        }
        wire.answer(result)
    }

    /// A hosted server's gateway.
    fn throttled(&self) -> Reply {
        Reply::html(429, "429 Too Many Requests").with("retry-after", "1")
    }

    /// It has lost its database: nobody knows on which side of the commit.
    fn broken(&self) -> Reply {
        let raised = Raised::database("server closed the connection unexpectedly");
        let wire = match self.series() {
            19.. => Wire::Json2,
            series => Wire::JsonRpc { id: json!(1), series },
        };
        wire.answer(Err(raised))
    }

    /// There are none: every request says who sends it.
    fn end_sessions(&mut self) {}

    fn booked(&self) -> Vec<Booked> {
        self.base.booked()
    }

    fn refusals(&self) -> Refusals {
        // A second `load` under an external id changes the first's record.
        Refusals { duplicates: 0, rejected: self.base.rejected }
    }

    fn erp_block(&self, _: &str) -> String {
        let password = &self.password;
        let login = match self.series() {
            19.. => format!("api = \"json-2\"\napi_key = \"{password}\"\n"),
            _ => format!("user = \"{LOGIN}\"\npassword = \"{password}\"\n"),
        };
        format!("database = \"{DATABASE}\"\n{login}currency = \"CNY\"\n")
    }

    fn add_item(&mut self, number: &str) {
        self.base.added.insert(number.to_owned());
    }

    fn add_customer(&mut self, number: &str, name: &str) {
        let text = |text: &str| Cell::Text(text.to_owned());
        let values = [("name", text(name)), ("ref", text(number)), ("active", Cell::Flag(true))];
        self.base.records.add("res.partner", values.into(), self.base.now.as_millisecond());
    }

    fn add_order(&mut self, order: &str, total: Decimal) {
        self.base.by_hand.insert(order.to_owned(), total);
    }

    fn lose_line(&mut self, number: &str) {
        let found = |model: &str, field: &str| self.base.records.found(model, field, number).unwrap_or_default();
        let (orders, moves) = (found("sale.order", "client_order_ref"), found("account.move", "ref"));
        orders.into_iter().for_each(|id| self.base.lose_last("sale.order", id, "order_line", "sale.order.line"));
        moves
            .into_iter()
            .for_each(|id| self.base.lose_last("account.move", id, "invoice_line_ids", "account.move.line"));
    }

    fn backup(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(self.base.clone())
    }

    fn restore(&mut self, backup: &(dyn Any + Send + Sync)) {
        if let Some(base) = backup.downcast_ref::<Base>() {
            self.base = base.clone();
        }
    }
}
