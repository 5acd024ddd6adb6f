//! Both wires: what is called, and how it is answered.
//!
//! JSON-RPC (`/jsonrpc`) answers with HTTP 200 whatever happened, with `result`, `error`, or neither where a method gives nothing;
//! parameters go by their order, and after them by name. JSON-2 (`/json/2/<model>/<method>`, from 19 on) takes parameters by name
//! alone, answers with the result itself, and with a status and the exception where there was one.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::raised::Raised;
use crate::sandbox::office::{Act, Letter, Reply};

pub(super) const JSON_RPC: &str = "/jsonrpc";
const JSON_2: &str = "/json/2/";

/// Who calls.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Caller {
    /// A user's id and password.
    User { database: String, user: i64, password: String },
    /// The holder of a key.
    Key { database: Option<String>, key: String },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Asked {
    /// `common.version`
    Version,
    /// `common.authenticate`
    Authenticate { database: String, login: String, password: String },
    /// A method of a model.
    Call { caller: Caller, call: Call },
}

/// A method of a model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub model: String,
    pub method: String,
    /// By JSON-2, the records it is called on; by JSON-RPC they are among `ordered`.
    pub ids: Option<Value>,
    pub ordered: Vec<Value>,
    pub named: Map<String, Value>,
}

/// How to answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wire {
    /// With the request's own id.
    JsonRpc {
        id: Value,
        series: u8,
    },
    Json2,
}

/// A letter, read; else what is answered at once.
pub(super) fn read(letter: &Letter, series: u8) -> Result<(Wire, Result<Asked, Raised>), Reply> {
    let is_post = letter.method == Method::POST;
    match letter.path.strip_prefix(JSON_2).and_then(|rest| rest.split_once('/')) {
        _ if letter.path == JSON_RPC && is_post => rpc(letter, series),
        _ if letter.path == JSON_RPC => Err(Reply::html(405, "405 Method Not Allowed")),
        Some((model, method)) if series >= 19 && is_post && !method.contains('/') => {
            is_json(letter)?;
            Ok((Wire::Json2, by_name(letter, model, method)))
        }
        Some(_) if series >= 19 => {
            let raised = Raised::not_found("Did you mean POST /json/2/<model>/<method>?");
            Err(Wire::Json2.answer(Err(raised)))
        }
        Some(_) | None => Err(Reply::html(404, "404 Not Found")),
    }
}

fn is_json(letter: &Letter) -> Result<(), Reply> {
    let kind = letter.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().map(str::trim) {
        Some("application/json") => Ok(()),
        _ => Err(Reply::html(415, "415 Unsupported Media Type")),
    }
}

fn rpc(letter: &Letter, series: u8) -> Result<(Wire, Result<Asked, Raised>), Reply> {
    is_json(letter)?;
    let bad = || Reply::html(400, "400 Bad Request");
    let body: Value = serde_json::from_slice(&letter.body).map_err(|_| bad())?;
    let wire = Wire::JsonRpc { id: body.get("id").cloned().unwrap_or_default(), series };
    let parameters = body.get("params").and_then(Value::as_object).ok_or_else(bad)?;
    let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let args = parameters.get("args").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Ok((wire, asked(text("service"), text("method"), args)))
}

fn asked(service: &str, method: &str, args: &[Value]) -> Result<Asked, Raised> {
    let lacking = || Raised::kind(format!("{service}.{method}() is missing arguments, or they are of other types"));
    let text = |index: usize| args.get(index).and_then(Value::as_str).map(str::to_owned).ok_or_else(lacking);
    match (service, method) {
        ("common", "version") => Ok(Asked::Version),
        ("common", "authenticate") => {
            args.get(3).ok_or_else(lacking)?;
            Ok(Asked::Authenticate { database: text(0)?, login: text(1)?, password: text(2)? })
        }
        ("object", "execute_kw") => {
            let user = args.get(1).and_then(Value::as_i64).ok_or_else(lacking)?;
            let ordered = args.get(5).map_or(Some(Vec::new()), |list| list.as_array().cloned()).ok_or_else(lacking)?;
            let named = args.get(6).map_or(Some(Map::new()), |map| map.as_object().cloned()).ok_or_else(lacking)?;
            Ok(Asked::Call {
                caller: Caller::User { database: text(0)?, user, password: text(2)? },
                call: Call { model: text(3)?, method: text(4)?, ids: None, ordered, named },
            })
        }
        _ => Err(Raised::attribute(format!("Method not found: {service}.{method}"))),
    }
}

fn by_name(letter: &Letter, model: &str, method: &str) -> Result<Asked, Raised> {
    let header = |name: &str| letter.headers.get(name).and_then(|value| value.to_str().ok());
    let key = header("authorization").and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
    });
    let key = key.ok_or_else(|| {
        Raised::unauthorized("User not authenticated, use an API Key with a Bearer Authorization header.")
    })?;
    let body: Value = match letter.body.is_empty() {
        true => json!({}),
        false => serde_json::from_slice(&letter.body)
            .map_err(|e| Raised::bad_request(format!("could not parse the body as json: {e}")))?,
    };
    let Value::Object(mut named) = body else { return Err(Raised::bad_request("the body is no object")) };
    let ids = named.remove("ids");
    Ok(Asked::Call {
        caller: Caller::Key { database: header("x-odoo-database").map(str::to_owned), key },
        call: Call { model: model.to_owned(), method: method.to_owned(), ids, ordered: Vec::new(), named },
    })
}

impl Wire {
    pub(super) fn answer(&self, result: Result<Value, Raised>) -> Reply {
        match (self, result) {
            (Wire::Json2, Ok(value)) => Reply::json(200, &value),
            (Wire::Json2, Err(raised)) => Reply::json(raised.status, &raised.to_json()),
            (Wire::JsonRpc { id, .. }, Ok(Value::Null)) => Reply::json(200, &json!({"jsonrpc": "2.0", "id": id})),
            (Wire::JsonRpc { id, .. }, Ok(value)) => {
                Reply::json(200, &json!({"jsonrpc": "2.0", "id": id, "result": value}))
            }
            (Wire::JsonRpc { id, series }, Err(raised)) => {
                let code = if *series >= 19 { 0 } else { 200 };
                let error = json!({"code": code, "message": "Odoo Server Error", "data": raised.to_json()});
                Reply::json(200, &json!({"jsonrpc": "2.0", "id": id, "error": error}))
            }
        }
    }
}

/// Methods that change nothing.
const READS: [&str; 7] =
    ["search", "search_read", "search_count", "read", "fields_get", "check_object_reference", "get_metadata"];

/// What a letter is for.
pub(super) fn act(letter: &Letter, series: u8) -> Act {
    match read(letter, series) {
        Ok((_, Ok(Asked::Authenticate { .. }))) => Act::Login,
        Ok((_, Ok(Asked::Call { call, .. }))) if !READS.contains(&call.method.as_str()) => Act::Write,
        Ok(_) | Err(_) => Act::Read,
    }
}

/// A method's parameters in their order, and how many of them must be there.
pub(super) struct Signature {
    /// Whether it is called on records.
    pub on_records: bool,
    pub names: &'static [&'static str],
    pub required: usize,
}

/// The public methods that are played.
pub(super) fn signature(model: &str, method: &str, series: u8) -> Option<Signature> {
    let of_model = |names, required| Some(Signature { on_records: false, names, required });
    let of_records = |names, required| Some(Signature { on_records: true, names, required });
    match (model, method) {
        (_, "search") if series < 17 => of_model(&["args", "offset", "limit", "order", "count"], 1),
        (_, "search") => of_model(&["domain", "offset", "limit", "order"], 1),
        (_, "search_count") if series < 16 => of_model(&["args"], 1),
        (_, "search_count") => of_model(&["domain", "limit"], 1),
        (_, "search_read") => of_model(&["domain", "fields", "offset", "limit", "order"], 0),
        (_, "fields_get") => of_model(&["allfields", "attributes"], 0),
        (_, "load") => of_model(&["fields", "data"], 2),
        (_, "create") => of_model(&["vals_list"], 1),
        ("ir.model.data", "check_object_reference") => of_model(&["module", "xml_id", "raise_on_access_error"], 2),
        (_, "get_metadata") => of_records(&[], 0),
        (_, "read") => of_records(&["fields", "load"], 0),
        ("sale.order" | "sale.order.line", "write") if series < 17 => of_records(&["values"], 1),
        (_, "write") => of_records(&["vals"], 1),
        (_, "unlink") => of_records(&[], 0),
        ("sale.order", "action_confirm" | "action_cancel" | "action_draft") => of_records(&[], 0),
        ("account.move", "action_post" | "button_draft" | "button_cancel") => of_records(&[], 0),
        _ => None,
    }
}

/// A call's records and parameters.
pub(super) struct Bound {
    pub ids: Vec<i64>,
    pub given: BTreeMap<&'static str, Value>,
}

/// Gives each parameter its name.
///
/// # Errors
/// What does not fit, in Python's words.
pub(super) fn bind(call: &Call, signature: &Signature) -> Result<Bound, String> {
    let mut ordered = call.ordered.iter().cloned();
    let ids = match (signature.on_records, &call.ids) {
        (true, Some(ids)) => Some(ids.clone()),
        (true, None) => ordered.next(),
        (false, _) => None,
    };
    let ids = match ids {
        None => Vec::new(),
        Some(Value::Number(id)) => vec![id.as_i64().ok_or("an id is no integer")?],
        Some(Value::Array(ids)) => ids.iter().map(Value::as_i64).collect::<Option<_>>().ok_or("an id is no integer")?,
        Some(other) => return Err(format!("{other} are no ids")),
    };
    let mut given = BTreeMap::new();
    for (index, value) in ordered.enumerate() {
        let most = signature.names.len() + 1;
        let name = signature
            .names
            .get(index)
            .ok_or_else(|| format!("{}() takes {most} positional arguments but more were given", call.method))?;
        given.insert(*name, value);
    }
    for (name, value) in call.named.iter().filter(|(name, _)| *name != "context") {
        let known = signature.names.iter().find(|known| *known == name);
        let known = known.ok_or_else(|| format!("got an unexpected keyword argument '{name}'"))?;
        if given.insert(*known, value.clone()).is_some() {
            return Err(format!("multiple values for argument '{name}'"));
        }
    }
    match signature.names[..signature.required].iter().find(|name| !given.contains_key(**name)) {
        Some(name) => Err(format!("missing a required argument: '{name}'")),
        None => Ok(Bound { ids, given }),
    }
}
