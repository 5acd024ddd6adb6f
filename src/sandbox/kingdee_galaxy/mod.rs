//! Kingdee Cloud Galaxy (K3Cloud): both log-ins, the three steps of a form, numbers that are unique, links to sources, and the limits
//! of returns are all checked.
//!
//! What it knows of the shop's order numbers and of debit notes it reads from the remarks (`kind [reason]; order X; original Y`),
//! which is what an accountant would have to do.

mod account;
mod form;
mod gate;
mod query;
mod records;
mod rows;

use std::any::Any;

use axum::http::Method;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Config;
use super::books::{Booked, BookedLine};
use super::office::{Act, Letter, Office, Refusals, Reply};
use account::{Account, ORGANIZATION, STOCK, Saved, ids_of};
use form::{Form, Refusal};
use gate::{Credentials, Denied, Gate};
use query::Query;
use records::{Bill, Customer, Entity, Operation, Remark, Status};

/// Below the host.
const FORMS: &str = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.";
const LOGIN: &str = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginBySign.common.kdsvc";
const ENDING: &str = ".common.kdsvc";
/// Forms that one request saves.
const BATCH_MAX: usize = 200;

/// The application, and the gateway before it.
pub(super) struct Galaxy {
    gate: Gate,
    credentials: Credentials,
    account: Account,
}

impl Galaxy {
    pub(super) fn new(config: &Config) -> Galaxy {
        let credentials = Credentials {
            acct_id: config.derived("data centre")[..14].to_owned(),
            user: "bridge".into(),
            client_id: "100001".into(),
            client_secret: config.derived("client secret"),
            app_secret: config.derived("app secret"),
            lcid: 2052,
            organization: ORGANIZATION.into(),
        };
        Galaxy {
            gate: Gate::new(credentials.clone(), config.session_life),
            account: Account::new(config.unique, config.services.clone()),
            credentials,
        }
    }

    fn log_in(&mut self, letter: &Letter, now_ms: i64) -> Reply {
        let body = serde_json::from_slice(&letter.body).unwrap_or_default();
        match self.gate.log_in(&body, now_ms) {
            Ok(id) => Reply::json(200, &json!({"LoginResultType": 1, "Message": null, "KDSVCSessionId": id})),
            Err(said) => Reply::json(200, &json!({"LoginResultType": 0, "Message": said, "KDSVCSessionId": ""})),
        }
    }

    fn call(&mut self, name: &str, letter: &Letter, now_ms: i64) -> Reply {
        let body: Value = match serde_json::from_slice(&letter.body) {
            Ok(body) => body,
            Err(_) => return Reply::json(200, &refused(&Refusal::parameter("the body is no JSON"), 0)),
        };
        match name {
            "ExecuteBillQuery" => match Query::read(&body).and_then(|query| rows::answer(&self.account, &query)) {
                Ok(rows) => Reply::json(200, &rows),
                // What goes wrong with a query is wrapped as its rows would be.
                Err(refusal) => Reply::json(200, &json!([[refused(&refusal, 0)]])),
            },
            "View" => Reply::json(200, &self.view(&body).unwrap_or_else(|refusal| refused(&refusal, 0))),
            "Save" | "Draft" | "BatchSave" => self.save(name, &body, now_ms),
            "Submit" => self.operate(&body, Operation::Submit),
            "Audit" => self.operate(&body, Operation::Audit),
            "UnAudit" => self.operate(&body, Operation::UnAudit),
            _ => Reply::html(404, "404 - File or directory not found."),
        }
    }

    fn save(&mut self, name: &str, body: &Value, now_ms: i64) -> Reply {
        let form = body["formid"].as_str().unwrap_or_default();
        let models: Vec<&Value> = match (&body["data"]["Model"], name) {
            (Value::Array(models), "BatchSave") if models.len() <= BATCH_MAX => models.iter().collect(),
            (model @ Value::Object(_), "Save" | "Draft") => vec![model],
            _ => return Reply::json(200, &refused(&Refusal::parameter("data.Model is none that this call takes"), 0)),
        };
        let status = if name == "Draft" { Status::Draft } else { Status::Saved };
        let results = models.iter().map(|model| {
            let (data, model) = (Form::of("data", &body["data"])?, Form::of("Model", model)?);
            self.account.save(form, &data, &model, status, now_ms)
        });
        let results = results.collect();
        self.status_of(results)
    }

    fn operate(&mut self, body: &Value, operation: Operation) -> Reply {
        let form = body["formid"].as_str().unwrap_or_default();
        let ids = Form::of("data", &body["data"]).and_then(|data| ids_of(&data));
        let results = match ids {
            Ok(ids) => ids.into_iter().map(|id| self.account.operate(form, id, operation)).collect(),
            Err(refusal) => vec![Err(refusal)],
        };
        self.status_of(results)
    }

    /// The envelope over what came of each; what is refused is counted.
    fn status_of(&mut self, results: Vec<Result<Saved, Refusal>>) -> Reply {
        let (mut entities, mut errors, mut code) = (Vec::new(), Vec::new(), 0);
        for (index, result) in results.into_iter().enumerate() {
            match result {
                Ok(saved) => entities.push(json!({"Id": saved.id, "Number": saved.number, "DIndex": index})),
                Err(refusal) => {
                    self.account.count_refused(&refusal);
                    code = refusal.code;
                    errors.push(error(&refusal, index));
                }
            }
        }
        Reply::json(200, &envelope(errors.is_empty(), code, errors, entities))
    }

    fn view(&self, body: &Value) -> Result<Value, Refusal> {
        let form = body["formid"].as_str().unwrap_or_default();
        let number = Form::of("data", &body["data"])?.required_text("Number")?;
        let none = || Refusal::not_found(format!("{number}不存在"));
        let found = match Entity::of(form) {
            Some(entity) => {
                let bill = self.account.bills_of(entity, number).next().ok_or_else(none)?;
                json!({"Id": bill.id, "BillNo": bill.number, "DocumentStatus": bill.status.letter()})
            }
            None => {
                let customer = self.account.customers.iter().find(|customer| customer.number == number);
                let customer = customer.filter(|_| form == "BD_Customer").ok_or_else(none)?;
                json!({"Id": customer.id, "Number": customer.number, "DocumentStatus": customer.status.letter()})
            }
        };
        let mut answer = envelope(true, 0, vec![], vec![]);
        answer["Result"]["Result"] = found;
        Ok(answer)
    }
}

impl Office for Galaxy {
    fn act(&self, letter: &Letter) -> Act {
        match letter.path.as_str() {
            LOGIN => Act::Login,
            path if path.contains(".ExecuteBillQuery.") || path.contains(".View.") => Act::Read,
            _ => Act::Write,
        }
    }

    fn answer(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        let now_ms = now.as_millisecond();
        if letter.method != Method::POST {
            return Reply::html(405, "405 - HTTP verb used to access this page is not allowed.");
        }
        if letter.path == LOGIN {
            return self.log_in(letter, now_ms);
        }
        let name = letter.path.strip_prefix(FORMS).and_then(|rest| rest.strip_suffix(ENDING));
        let Some(name) = name else { return Reply::html(404, "404 - File or directory not found.") };
        match self.gate.admit(&letter.path, &letter.headers, now_ms) {
            Ok(()) => self.call(name, letter, now_ms),
            Err(Denied::Gateway(said)) => Reply::json(519, &json!({"errcode": 519, "description": said})),
            Err(Denied::SessionLost) => {
                let lost = refused(&Refusal { code: 1, field: None, text: "会话信息已丢失，请重新登录".into() }, 0);
                // As a query's rows are wrapped, so is this.
                Reply::json(200, &if name == "ExecuteBillQuery" { json!([[lost]]) } else { lost })
            }
        }
    }

    fn throttled(&self) -> Reply {
        Reply::json(200, &refused(&Refusal { code: 14, field: None, text: "超出调用次数限制".into() }, 0))
    }

    fn broken(&self) -> Reply {
        Reply {
            status: 200,
            headers: Vec::new(),
            content_type: "text/plain; charset=utf-8",
            body: "response_error:{\"Message\":\"未将对象引用设置到对象的实例。\"}".into(),
        }
    }

    /// A form that is put away unchecked (暂存) instead of saved.
    fn halved(&self, letter: &Letter) -> Option<Letter> {
        let path = letter.path.strip_suffix(&format!("Save{ENDING}"))?;
        let path = path.strip_suffix("Batch").is_none().then(|| format!("{path}Draft{ENDING}"))?;
        Some(Letter { path, ..letter.clone() })
    }

    fn end_sessions(&mut self) {
        self.gate.end_sessions();
    }

    fn booked(&self) -> Vec<Booked> {
        let customers = self.account.customers.iter().map(customer);
        customers.chain(self.account.bills.iter().map(|bill| booked(&self.account, bill))).collect()
    }

    fn refusals(&self) -> Refusals {
        Refusals { duplicates: self.account.refused_duplicates, rejected: self.account.rejected }
    }

    fn erp_block(&self, _: &str) -> String {
        let Credentials { acct_id, user, app_secret, .. } = &self.credentials;
        format!(
            "acct_id = \"{acct_id}\"\nuser = \"{user}\"\napp_id = \"{}\"\napp_secret = \"{app_secret}\"\n\
             organization = \"{ORGANIZATION}\"\nstock = \"{STOCK}\"\nlogin = \"session\"\n",
            self.credentials.app_id()
        )
    }

    fn add_item(&mut self, number: &str) {
        self.account.add_item(number);
    }

    fn add_customer(&mut self, number: &str, name: &str) {
        self.account.add_customer(number, name);
    }

    fn add_order(&mut self, order: &str, total: Decimal) {
        self.account.add_order(order, total);
    }

    fn lose_line(&mut self, number: &str) {
        for bill in self.account.bills.iter_mut().filter(|bill| bill.number == number) {
            bill.entries.pop();
        }
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

fn error(refusal: &Refusal, index: usize) -> Value {
    json!({"FieldName": refusal.field, "Message": refusal.text, "DIndex": index})
}

fn refused(refusal: &Refusal, index: usize) -> Value {
    envelope(false, refusal.code, vec![error(refusal, index)], vec![])
}

fn envelope(is_success: bool, code: i64, errors: Vec<Value>, entities: Vec<Value>) -> Value {
    let mut status = json!({
        "IsSuccess": is_success,
        "Errors": errors,
        "SuccessEntitys": entities,
        "SuccessMessages": [],
        "MsgCode": code,
    });
    if !is_success {
        status["ErrorCode"] = 500.into();
    }
    json!({"Result": {"ResponseStatus": status}})
}

fn customer(customer: &Customer) -> Booked {
    let zero = Decimal::new(0, 2);
    Booked {
        kind: "customer".into(),
        number: customer.number.clone(),
        customer: customer.number.clone(),
        name: Some(customer.name.clone()),
        audited: customer.status == Status::Audited,
        net: zero,
        tax: zero,
        total: zero,
        stored_at_ms: customer.stored_at_ms,
        arrival: customer.arrival,
        ..Booked::default()
    }
}

fn booked(account: &Account, bill: &Bill) -> Booked {
    let remark = Remark::read(&bill.remark);
    let kind = match bill.entity {
        Entity::Order if remark.kind == "debit_note" => "debit_note",
        Entity::Order => "sales_order",
        Entity::Outbound => "outbound",
        Entity::Return | Entity::Receivable | Entity::OtherReceivable => "credit_note",
    };
    let tax: Decimal = bill.entries.iter().map(|entry| entry.tax).sum();
    let line = |entry: &records::Entry| BookedLine {
        sku: entry.sku.clone(),
        quantity: entry.quantity,
        price: entry.price,
        amount: entry.amount,
        tax: entry.tax,
        comment: entry.note.clone(),
        source: entry.source.and_then(|(id, _)| account.bill(id)).map(|source| source.number.clone()),
    };
    Booked {
        kind: kind.into(),
        number: bill.number.clone(),
        customer: bill.customer.clone(),
        name: None,
        reference: remark.order.map(String::from),
        original: remark.original.map(String::from),
        reason: remark.reason.map(String::from),
        counts: bill.entity != Entity::Outbound,
        audited: bill.status == Status::Audited,
        lines: bill.entries.iter().map(line).collect(),
        net: bill.total() - tax,
        tax,
        total: bill.total(),
        stored_at_ms: bill.stored_at_ms,
        arrival: bill.arrival,
    }
}
