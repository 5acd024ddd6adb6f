//! Kingdee Cloud Xingchen V2: signatures, tokens, nonces, required fields, types, references, unique numbers and the limits of
//! returns are all checked.
//!
//! What it knows of the shop's order numbers and of debit notes it reads from the remarks (`kind [reason]; order X; original
//! Y`), which is what an accountant would have to do.

mod account;
mod form;
mod gate;
mod records;

use std::any::Any;

use axum::body::Bytes;
use axum::http::Method;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Config;
use super::books::{Booked, BookedLine};
use super::office::{Act, Letter, Office, Refusals, Reply};
use account::{Account, Refusal};
use gate::{AUTHORISE_PATH, Arrival, Credentials, Denied, Gate, TOKEN_PATH, decode_query};
use records::{Bill, CustomerRecord, Entity, Entry, Remark};

/// 组合值与其他表单重复.
const DUPLICATE: i64 = 1030002002;

/// The vendor's two halves: the gateway, and what is behind it.
pub(super) struct Xingchen {
    credentials: Credentials,
    domain: String,
    gate: Gate,
    account: Account,
}

impl Xingchen {
    pub(super) fn new(config: &Config, url: &str) -> Xingchen {
        let credentials = Credentials {
            client_id: "100001".into(),
            client_secret: config.derived("client secret"),
            app_key: "sandbox".into(),
            app_secret: config.derived("app secret"),
        };
        Xingchen {
            domain: url.to_owned(),
            gate: Gate::new(credentials.clone(), config.session_life),
            account: Account::new(config.unique, config.services.clone()),
            credentials,
        }
    }
}

impl Office for Xingchen {
    fn act(&self, letter: &Letter) -> Act {
        match (letter.path.as_str(), &letter.method) {
            (TOKEN_PATH | AUTHORISE_PATH, _) => Act::Login,
            (_, &Method::POST) => Act::Write,
            (_, _) => Act::Read,
        }
    }

    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        let now_ms = now.as_millisecond();
        let arrival =
            Arrival { method: &letter.method, path: &letter.path, query: &letter.query, headers: &letter.headers };
        if let Err(Denied(status, text)) = self.gate.admit(&arrival, now_ms) {
            return code(status, i64::from(status), &text);
        }
        let asked = match (letter.path.as_str(), &letter.method) {
            (TOKEN_PATH, &Method::GET) => Some(self.gate.issue(&letter.query, &self.domain)),
            (AUTHORISE_PATH, &Method::POST) => Some(self.gate.authorisations(&letter.query, &self.domain)),
            _ => None,
        };
        if let Some(asked) = asked {
            return match asked {
                Ok(data) => done(&data),
                Err(refusal) => code(200, refusal.code, &refusal.text),
            };
        }
        match route(&mut self.account, letter, now_ms) {
            Some(Ok(data)) => done(&data),
            Some(Err(refusal)) => {
                if letter.method == Method::POST {
                    self.account.count_refused(&refusal);
                }
                code(200, refusal.code, &refusal.text)
            }
            None => code(404, 404, "no such address"),
        }
    }

    fn throttled(&self) -> Reply {
        code(429, 429, "too many requests").with("retry-after", "1")
    }

    fn broken(&self) -> Reply {
        code(500, 500, "internal error")
    }

    fn halved(&self, letter: &Letter) -> Option<Letter> {
        let mut body: Value = serde_json::from_slice(&letter.body).unwrap_or_default();
        let forms = match body.get_mut("rows").and_then(Value::as_array_mut) {
            Some(rows) => rows.iter_mut().collect(),
            None => vec![&mut body],
        };
        for fields in forms.into_iter().filter_map(Value::as_object_mut) {
            fields.remove("operation_key");
        }
        Some(Letter { body: Bytes::from(body.to_string()), ..letter.clone() })
    }

    fn end_sessions(&mut self) {
        self.gate.expire_tokens();
    }

    fn booked(&self) -> Vec<Booked> {
        let customers = self.account.customers.iter().map(customer);
        customers.chain(self.account.bills.iter().map(|bill| booked(&self.account, bill))).collect()
    }

    fn refusals(&self) -> Refusals {
        Refusals { duplicates: self.account.refused_duplicates, rejected: self.account.rejected }
    }

    fn erp_block(&self, _: &str) -> String {
        let Credentials { client_id, client_secret, app_key, app_secret } = &self.credentials;
        format!(
            "client_id = \"{client_id}\"\nclient_secret = \"{client_secret}\"\napp_key = \"{app_key}\"\n\
             app_secret = \"{app_secret}\"\nstock_id = \"{}\"\n",
            account::STOCK_ID
        )
    }

    fn add_item(&mut self, number: &str) {
        self.account.add_material(number);
    }

    fn add_customer(&mut self, number: &str, name: &str) {
        let form = json!({"number": number, "name": name, "ignore_warn": false});
        let _ = self.account.save_customer(&form, 0);
    }

    fn add_order(&mut self, order: &str, total: Decimal) {
        self.account.add_order(order, total);
    }

    fn lose_line(&mut self, number: &str) {
        for bill in self.account.bills.iter_mut().filter(|bill| bill.number == number) {
            bill.entries.pop();
        }
    }

    /// `authorise`: the id of the instance that the application is authorised for. `rotate_secret`: the account's secret is
    /// another one from now on. `operate`: as `common_operate`. `ship`: an outbound of an order, as the ERP's own button makes
    /// it.
    fn by_hand(&mut self, act: &str, details: &Value, now: Timestamp) -> Result<Value, String> {
        let done = match act {
            "authorise" => Ok(json!({"outer_instance_id": gate::OUTER_INSTANCE_ID})),
            "rotate_secret" => {
                self.gate.rotate_secret();
                Ok(Value::Null)
            }
            "operate" => self.account.operate(details),
            "ship" => self.account.ship(details, now.as_millisecond()),
            _ => return Err(format!("nobody can {act:?} there")),
        };
        done.map_err(|refusal| format!("{} {}", refusal.code, refusal.text))
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

fn route(account: &mut Account, letter: &Letter, now_ms: i64) -> Option<Result<Value, Refusal>> {
    let parameters = decode_query(&letter.query);
    let get = |name: &str| parameters.iter().find(|(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.as_str());
    let (id, number) = (get("id"), get("number"));
    let body = || {
        serde_json::from_slice::<Value>(&letter.body)
            .map_err(|_| Refusal { code: 1030002001, text: "the body is no JSON".into() })
    };
    Some(match (letter.method.as_str(), letter.path.strip_prefix("/jdy/v2/")?) {
        ("POST", "bd/customer") => body().and_then(|b| account.save_customer(&b, now_ms)),
        ("GET", "bd/customer_detail") => account.customer_detail(id, number),
        ("GET", "bd/material_detail") => account.material_detail(number),
        ("GET", "bd/store_detail") => account.store_detail(id),
        ("GET", "bd/measure_unit") => Ok(Account::units()),
        ("POST", "scm/sal_order") => body().and_then(|b| account.save_bill(Entity::Order, &b, now_ms)),
        ("POST", "scm/sal_out_bound") => body().and_then(|b| account.save_bill(Entity::Outbound, &b, now_ms)),
        ("POST", "scm/sal_out_bound_batch") => body().and_then(|b| account.save_outbounds(&b, now_ms)),
        ("POST", "scm/sal_in_bound") => body().and_then(|b| account.save_bill(Entity::Inbound, &b, now_ms)),
        ("GET", "scm/sal_out_bound") => account.outbounds(&get),
        ("GET", "scm/sal_order_detail") => account.bill_detail(Entity::Order, id, number),
        ("GET", "scm/sal_out_bound_detail") => account.bill_detail(Entity::Outbound, id, number),
        ("GET", "scm/sal_in_bound_detail") => account.bill_detail(Entity::Inbound, id, number),
        ("POST", "sys/common_operate") => body().and_then(|b| account.operate(&b)),
        _ => return None,
    })
}

fn done(data: &Value) -> Reply {
    Reply::json(200, &json!({"errcode": 0, "description": "success", "data": data}))
}

fn code(status: u16, code: i64, text: &str) -> Reply {
    Reply::json(status, &json!({"errcode": code, "description": text}))
}

fn customer(record: &CustomerRecord) -> Booked {
    let zero = Decimal::new(0, 2);
    Booked {
        kind: "customer".into(),
        number: record.number.clone(),
        customer: record.number.clone(),
        name: Some(record.name.clone()),
        reference: None,
        original: None,
        reason: None,
        counts: false,
        audited: true,
        lines: Vec::new(),
        net: zero,
        tax: zero,
        total: zero,
        stored_at_ms: record.stored_at_ms,
        arrival: record.arrival,
    }
}

fn booked(account: &Account, bill: &Bill) -> Booked {
    let remark = Remark::read(&bill.remark);
    let kind = match bill.entity {
        Entity::Order if remark.kind == Some("debit_note") => "debit_note",
        Entity::Order => "sales_order",
        Entity::Outbound => "outbound",
        Entity::Inbound => "credit_note",
    };
    let tax: Decimal = bill.entries.iter().map(|e| e.tax).sum();
    Booked {
        kind: kind.into(),
        number: bill.number.clone(),
        customer: bill.customer.clone(),
        name: None,
        reference: remark.order.map(String::from),
        original: remark.original.map(String::from),
        reason: remark.reason.map(String::from),
        counts: bill.entity != Entity::Outbound,
        audited: bill.is_audited(),
        lines: bill.entries.iter().map(|entry| line(account, entry)).collect(),
        net: bill.total() - tax,
        tax,
        total: bill.total(),
        stored_at_ms: bill.stored_at_ms,
        arrival: bill.arrival,
    }
}

fn line(account: &Account, entry: &Entry) -> BookedLine {
    let source = entry.source.as_ref().and_then(|(entity, id, _)| account.number_of(*entity, id));
    BookedLine {
        sku: entry.sku.clone(),
        quantity: entry.quantity,
        price: entry.price,
        amount: entry.amount,
        tax: entry.tax,
        comment: entry.comment.clone(),
        source: source.map(String::from),
    }
}
