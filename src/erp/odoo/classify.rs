//! What an answer of the ERP means: one function, total and pure, for both of its wires.
//!
//! JSON-RPC answers with HTTP 200 always: `{"jsonrpc", "id", "result"}`, `{…, "error": {"code", "message", "data": {"name", "message",
//! "debug", …}}}`, or neither where the result is none (`odoo/http.py`, `JsonRequest._json_response` of 14 to `JsonRPCDispatcher` of
//! 19). JSON-2 answers with the result itself, or with a status and `{"name", "message", "arguments", "context", "debug"}`
//! (`Json2Dispatcher`). `name` is the exception's class, and the same on both: it decides where there is one.
//!
//! A request is one transaction: what is raised within is rolled back, and what the database could not serialise was tried five
//! times (`odoo/service/model.py`, `retrying`). Of a loss of the database itself nobody knows on which side of the commit it came.
//! What is no exception of the ERP's own is a fault of a module's, and its words hold what they like: only its class is
//! repeated. `debug` is a traceback, and is not read.

use serde_json::Value;

use crate::erp::http::{self, quote};
use crate::erp::{Effect, Failure, Reply};

/// What `check_object_reference` says of an external id that nothing has, in every series.
pub(super) const NOT_NAMED: &str = "External ID not found in the system";

/// How the ERP is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// `/jsonrpc`, up to 19.
    JsonRpc,
    /// `/json/2/<model>/<method>`, from 19 on.
    Json2,
}

/// What it means.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; the result, null where there is none.
    Done(Value),
    /// Refused for its content: nothing was done.
    Refused(String),
    /// Anything else.
    Failure(Failure),
}

/// Says what `reply` means for a request of this `effect`.
pub fn classify(wire: Wire, effect: Effect, reply: &Reply<'_>) -> Answer {
    let (status, retry_after, body) = match reply {
        Reply::NotSent(reason) => return Answer::Failure(Failure::NotSent(format!("not reached: {reason}"))),
        Reply::Lost(reason) => return perhaps(effect, format!("no answer: {reason}")),
        Reply::Response { status, retry_after, body } => (*status, *retry_after, *body),
    };
    match (Envelope::read(wire, status, body), status) {
        (Some(Envelope::Result(value)), _) => Answer::Done(value),
        (Some(Envelope::Error { name, message }), _) => by_name(effect, status, &name, &message),
        (None, 401) => Answer::Failure(Failure::Unauthorised(said(status))),
        (None, 429) => Answer::Failure(Failure::NotDone {
            reason: said(status),
            retry_after: retry_after.and_then(http::retry_after),
        }),
        // A page of the ERP's own: without the database there is no JSON-2.
        (None, 404) if wire == Wire::Json2 => Answer::Failure(Failure::NotDone {
            reason: "HTTP 404: no JSON-2 there; check erp.url, erp.database, and that the ERP is of 19 or later".into(),
            retry_after: None,
        }),
        // A proxy's, before the ERP has seen it: there is no such place, or the body is too large.
        (None, 404 | 405 | 413) => Answer::Failure(Failure::NotDone { reason: said(status), retry_after: None }),
        (None, 408 | 500..=599) => perhaps(effect, said(status)),
        (None, 0..=400 | 402 | 403 | 406 | 407 | 409..=412 | 414..=428 | 430..=499 | 600..) => {
            Answer::Failure(Failure::Garbled(what_came(status, body)))
        }
    }
}

/// By the exception's class.
fn by_name(effect: Effect, status: u16, name: &str, message: &str) -> Answer {
    let (module, class) = name.rsplit_once('.').unwrap_or(("", name));
    let ours = matches!(module, "odoo.exceptions" | "odoo.http" | "werkzeug.exceptions" | "openerp.exceptions");
    let quoted = without_row(message);
    match class {
        "AccessDenied" | "SessionExpiredException" | "Unauthorized" if ours => {
            Answer::Failure(Failure::Unauthorised(quoted))
        }
        "UserError"
        | "ValidationError"
        | "AccessError"
        | "MissingError"
        | "RedirectWarning"
        | "Warning"
        | "except_orm"
        | "CacheMiss"
        | "UnprocessableEntity"
        | "BadRequest"
        | "NotFound"
            if ours =>
        {
            Answer::Refused(quoted)
        }
        "LockError" | "ConcurrencyError" | "TooManyRequests" if ours => {
            Answer::Failure(Failure::NotDone { reason: quoted, retry_after: None })
        }
        "ValueError" if module == "builtins" && message.starts_with(NOT_NAMED) => Answer::Refused(quoted),
        // What PostgreSQL rolls back by itself, and what a later try may find free.
        "SerializationFailure"
        | "TransactionRollbackError"
        | "DeadlockDetected"
        | "LockNotAvailable"
        | "QueryCanceled"
        | "PoolError" => {
            Answer::Failure(Failure::NotDone { reason: format!("its database is busy: {class}"), retry_after: None })
        }
        // What PostgreSQL refuses. Its words hold the row's values.
        "IntegrityError" | "UniqueViolation" | "ForeignKeyViolation" | "NotNullViolation" | "CheckViolation" => {
            Answer::Refused(format!("its database refuses it: {class}"))
        }
        "OperationalError" | "InterfaceError" | "AdminShutdown" => {
            perhaps(effect, format!("its database fails: {class}"))
        }
        _ => Answer::Failure(Failure::Garbled(format!(
            "a fault in the ERP: {}{} (HTTP {status})",
            quote(name),
            lone_name(message).map(|field| format!(" {field}")).unwrap_or_default()
        ))),
    }
}

/// What is said, without the row that a database repeats: in a line of its own, `DETAIL:` in PostgreSQL's words and `Detail:` in
/// those that 19 has for a value that is there already.
pub(super) fn without_row(text: &str) -> String {
    let is_row = |line: &&str| line.trim_start().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("detail:"));
    let said: Vec<&str> = text.lines().take_while(|line| !is_row(line)).collect();
    quote(&said.join("\n"))
}

/// A field that is not there is a name and nothing else (`KeyError: 'x_studio_shop'`), or stands first in a sentence that says so
/// (`Invalid field name 'x_studio_shop'`, of a `load` in 19).
fn lone_name(message: &str) -> Option<&str> {
    let name = match message.strip_prefix("Invalid field ") {
        Some(rest) => rest.trim_start_matches("name ").strip_prefix('\'')?.split('\'').next()?,
        None => message.trim_matches('\''),
    };
    let is_of_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let is_name =
        name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(is_of_name);
    is_name.then_some(name)
}

fn perhaps(effect: Effect, reason: String) -> Answer {
    Answer::Failure(Failure::perhaps(effect, reason))
}

fn said(status: u16) -> String {
    format!("HTTP {status}")
}

/// What it is that is no answer of the ERP's; JSON may hold anyone's data.
fn what_came(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.trim_start().chars().next() {
        None => format!("HTTP {status} with an empty body"),
        Some('{' | '[' | '"') => format!("HTTP {status} with JSON of another form"),
        Some(_) => format!("HTTP {status}: {}", quote(&text)),
    }
}

/// What a body says.
enum Envelope {
    Result(Value),
    Error { name: String, message: String },
}

impl Envelope {
    /// `None` where it is none of the wire's.
    fn read(wire: Wire, status: u16, body: &[u8]) -> Option<Envelope> {
        let mut json: Value = serde_json::from_slice(body).ok()?;
        match (wire, status) {
            (Wire::JsonRpc, 200) => {
                json.get("jsonrpc")?;
                let result = json.get_mut("result").map(Value::take);
                match (json.get("error"), result) {
                    (None, result) => Some(Envelope::Result(result.unwrap_or_default())),
                    (Some(error), None) => Envelope::error(error.get("data")?),
                    (Some(_), Some(_)) => None,
                }
            }
            (Wire::Json2, 200) => Some(Envelope::Result(json)),
            (Wire::Json2, 400..=599) => Envelope::error(&json),
            (Wire::JsonRpc | Wire::Json2, _) => None,
        }
    }

    fn error(data: &Value) -> Option<Envelope> {
        let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Envelope::Error { name: text("name")?, message: text("message").unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use proptest::prelude::*;

    const EFFECTS: [Effect; 2] = [Effect::Read, Effect::Write];
    const WIRES: [Wire; 2] = [Wire::JsonRpc, Wire::Json2];
    /// Classes, and what each means to a request that writes.
    const NAMES: [(&str, &str); 16] = [
        ("odoo.exceptions.UserError", "refused"),
        ("odoo.exceptions.ValidationError", "refused"),
        ("odoo.exceptions.AccessError", "refused"),
        ("odoo.exceptions.MissingError", "refused"),
        ("odoo.exceptions.AccessDenied", "unauthorised"),
        ("werkzeug.exceptions.Unauthorized", "unauthorised"),
        ("werkzeug.exceptions.UnprocessableEntity", "refused"),
        ("odoo.exceptions.LockError", "not done"),
        ("psycopg2.errors.SerializationFailure", "not done"),
        ("psycopg2.errors.UniqueViolation", "refused"),
        ("psycopg2.OperationalError", "unknown"),
        ("psycopg2.errors.AdminShutdown", "unknown"),
        ("builtins.ValueError", "garbled"),
        ("builtins.UserError", "garbled"),
        ("x", "garbled"),
        ("", "garbled"),
    ];
    const OTHER: [&str; 8] =
        ["", "<html>Bad gateway</html>", "nul", "\u{fffd}", "{", "[1", r#"{"error":}"#, "Internal Server Error"];

    fn of(wire: Wire, effect: Effect, status: u16, body: &str) -> Answer {
        classify(wire, effect, &Reply::Response { status, retry_after: Some("7"), body: body.as_bytes() })
    }

    fn error(wire: Wire, name: &str) -> String {
        let data = serde_json::json!({"name": name, "message": "It is locked.", "debug": "Traceback geheim", "arguments": ["geheim"]});
        match wire {
            Wire::Json2 => data.to_string(),
            Wire::JsonRpc => {
                serde_json::json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "data": data}}).to_string()
            }
        }
    }

    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Done(_) => "done",
            Answer::Refused(_) => "refused",
            Answer::Failure(Failure::NotSent(_)) => "not sent",
            Answer::Failure(Failure::NotDone { .. }) => "not done",
            Answer::Failure(Failure::Unknown(_)) => "unknown",
            Answer::Failure(Failure::SessionRefused(_)) => "session refused",
            Answer::Failure(Failure::Unauthorised(_)) => "unauthorised",
            Answer::Failure(Failure::Garbled(_)) => "garbled",
        }
    }

    /// What a status alone means.
    fn alone(status: u16, effect: Effect) -> &'static str {
        match (status, effect) {
            (401, _) => "unauthorised",
            (404 | 405 | 413 | 429, _) => "not done",
            (408 | 500..=599, Effect::Write) => "unknown",
            (408 | 500..=599, Effect::Read) => "not done",
            _ => "garbled",
        }
    }

    #[test]
    fn every_status_has_a_meaning_with_every_body() {
        for status in 0..=1000 {
            for (wire, effect) in WIRES.into_iter().flat_map(|w| EFFECTS.map(|e| (w, e))) {
                for body in OTHER {
                    let answer = of(wire, effect, status, body);
                    assert_eq!(name(&answer), alone(status, effect), "{wire:?} {effect:?} {status} {body}");
                }
                for (class, meaning) in NAMES {
                    let said = match (wire, status) {
                        (Wire::JsonRpc, 200) | (Wire::Json2, 400..=599) if effect == Effect::Write => meaning,
                        (Wire::JsonRpc, 200) | (Wire::Json2, 400..=599) => {
                            meaning.replace("unknown", "not done").leak()
                        }
                        (Wire::Json2, 200) => "done",
                        _ => alone(status, effect),
                    };
                    let answer = of(wire, effect, status, &error(wire, class));
                    assert_eq!(name(&answer), said, "{wire:?} {effect:?} {status} {class}");
                    assert!(status == 200 || !format!("{answer:?}").contains("geheim"), "{answer:?}");
                }
            }
        }
    }

    #[test]
    fn a_result_may_be_none() {
        let done = |body: &str| of(Wire::JsonRpc, Effect::Write, 200, body);
        assert_eq!(done(r#"{"jsonrpc":"2.0","id":1}"#), Answer::Done(Value::Null));
        assert_eq!(done(r#"{"jsonrpc":"2.0","id":1,"result":false}"#), Answer::Done(Value::Bool(false)));
        assert_eq!(name(&done(r#"{"id":1,"result":false}"#)), "garbled");
        assert_eq!(name(&done(r#"{"jsonrpc":"2.0","error":{"data":{}}}"#)), "garbled");
        assert_eq!(of(Wire::Json2, Effect::Read, 200, "null"), Answer::Done(Value::Null));
    }

    #[test]
    fn what_was_said_is_kept_but_for_a_faults_words() {
        let said = |name: &str| of(Wire::JsonRpc, Effect::Write, 200, &error(Wire::JsonRpc, name));
        assert_eq!(said("odoo.exceptions.UserError"), Answer::Refused("It is locked.".into()));
        let fault = "a fault in the ERP: builtins.KeyError (HTTP 200)";
        assert_eq!(said("builtins.KeyError"), Answer::Failure(Failure::Garbled(fault.into())));
        assert_eq!(lone_name("'x_shop'"), Some("x_shop"));
        assert_eq!(lone_name("Invalid field name 'x_shop'"), Some("x_shop"));
        assert_eq!(lone_name("Invalid field 'x_shop2' on 'sale.order'"), Some("x_shop2"));
        let none = ["王小明", "a b", "", "13800000000", "Invalid field 王", "Invalid field '王'"];
        assert_eq!(none.map(lone_name), [None; 6]);
        let wait = Failure::NotDone { reason: "HTTP 429".into(), retry_after: Some(Duration::from_secs(7)) };
        assert_eq!(of(Wire::Json2, Effect::Write, 429, ""), Answer::Failure(wait));
    }

    #[test]
    fn an_external_id_that_nothing_has_is_no_fault() {
        let body = |text: &str| serde_json::json!({"name": "builtins.ValueError", "message": text}).to_string();
        let said = "External ID not found in the system: ledgertap.order-S1";
        assert_eq!(of(Wire::Json2, Effect::Read, 500, &body(said)), Answer::Refused(said.into()));
        assert_eq!(name(&of(Wire::Json2, Effect::Read, 500, &body("geheim"))), "garbled");
    }

    #[test]
    fn without_its_database_a_server_has_no_json_2() {
        let page = "<!DOCTYPE html><title>404 Not Found</title><p>No database is selected</p>";
        let Answer::Failure(Failure::NotDone { reason, .. }) = of(Wire::Json2, Effect::Write, 404, page) else {
            panic!()
        };
        assert!(reason.contains("erp.database"), "{reason}");
    }

    #[test]
    fn a_row_that_the_database_repeats_is_not() {
        let said = |text: &str| {
            let data = serde_json::json!({"name": "odoo.exceptions.ValidationError", "message": text});
            of(Wire::Json2, Effect::Write, 422, &data.to_string())
        };
        let known = "The operation cannot be completed: The value for 'ref' (Reference) already exists.";
        let in_19 = format!("{known}\n\nDetail: Key (ref)=(王小明) already exists.\n");
        assert_eq!(said(&in_19), Answer::Refused(known.into()));
        let in_14 = "violates \"x\"\nDETAIL:  Failing row contains (王).";
        assert_eq!(said(in_14), Answer::Refused("violates \"x\"".into()));
        assert_eq!(said("no detail: none"), Answer::Refused("no detail: none".into()));
    }

    #[test]
    fn without_an_answer_a_change_may_have_been_made() {
        for (effect, expected) in EFFECTS.into_iter().zip(["not done", "unknown"]) {
            assert_eq!(name(&classify(Wire::Json2, effect, &Reply::Lost("reset".into()))), expected);
            assert_eq!(name(&classify(Wire::Json2, effect, &Reply::NotSent("refused".into()))), "not sent");
        }
    }

    proptest! {
        /// Whatever comes back: no panic, and a change that may have been made is never taken for one that was not.
        #[test]
        fn nothing_is_beyond_it(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200), wire in 0usize..2, effect in 0usize..2) {
            let (wire, effect) = (WIRES[wire], EFFECTS[effect]);
            let answer = classify(wire, effect, &Reply::Response { status, retry_after: None, body: &body });
            if (500..600).contains(&status) && effect == Effect::Write {
                prop_assert_eq!(name(&answer), "unknown");
            }
            prop_assert!(status == 200 || name(&answer) != "done");
        }

        #[test]
        fn nor_is_any_json(class in "[a-zA-Z.]{0,30}", rest in "[\\[\\]{}\",:a-z0-9]{0,40}", wire in 0usize..2, status in 400u16..600) {
            let body = format!(r#"{{"jsonrpc":"2.0","error":{{"data":{{"name":"{class}","message":"{rest}"}}}}}}"#);
            prop_assert!(name(&of(WIRES[0], Effect::Write, 200, &body)) != "done");
            prop_assert!(name(&of(WIRES[wire], Effect::Write, status, &body)) != "done");
        }
    }
}
