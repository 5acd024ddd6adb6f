//! What an answer of the ERP means: one function, total and pure.
//!
//! The server answers in three layers: the way there (no answer at all), HTTP, and the envelope `{"id", "result"}` or
//! `{"id", "error"}`, which comes with HTTP 200 (`trytond/protocols/jsonrpc.py`; series 6.0 to 8.2 agree). The question for each is
//! the same: can the request have taken effect? A request is one transaction of the database: what is raised within it is rolled
//! back, so a `UserError`, a `UserWarning` and a `ConcurrencyException` have changed nothing. Any other exception is shown as
//! its text and a traceback, and may come from what runs after the commit.

use serde_json::Value;

use crate::erp::http::{self, quote, said};
use crate::erp::{Effect, Failure, Reply};

/// What it means.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; the envelope's `result`.
    Done(Value),
    /// A `UserError`: refused for its content, nothing was done.
    Refused(String),
    /// A `UserWarning`: nothing was done; it is, once the warning of this key is skipped.
    Warning {
        /// A digest of the records and the warning's name, joined by a point.
        key: String,
        /// What a person would be asked.
        text: String,
    },
    /// No such address, or no such database.
    NotFound(String),
    /// Anything else.
    Failure(Failure),
}

/// Says what `reply` means for a request of this `effect`.
pub fn classify(effect: Effect, reply: &Reply<'_>) -> Answer {
    let (status, retry_after, body) = match reply {
        Reply::NotSent(reason) => return Answer::Failure(Failure::NotSent(format!("not reached: {reason}"))),
        Reply::Lost(reason) => return perhaps(effect, format!("no answer: {reason}")),
        Reply::Response { status, retry_after, body } => (*status, *retry_after, *body),
    };
    match status {
        200 => match Envelope::read(body) {
            Some(envelope) => by_envelope(effect, envelope),
            None => garbled(status, body),
        },
        400 | 413 => Answer::Refused(said(status, body)),
        401 => Answer::Failure(match effect {
            Effect::Login => Failure::Unauthorised(said(status, body)),
            Effect::Read | Effect::Write => Failure::SessionRefused(said(status, body)),
        }),
        403 => Answer::Failure(Failure::Unauthorised(said(status, body))),
        // 405: the address is there for another method, as a page of the web client is.
        404 | 405 => Answer::NotFound(said(status, body)),
        429 => Answer::Failure(Failure::NotDone {
            reason: said(status, body),
            retry_after: retry_after.and_then(http::retry_after),
        }),
        503 if was_rolled_back(&String::from_utf8_lossy(body)) => {
            Answer::Failure(Failure::NotDone { reason: said(status, body), retry_after: None })
        }
        408 | 500..=599 => perhaps(effect, said(status, body)),
        0..=199 | 201..=399 | 402 | 406 | 407 | 409..=412 | 414..=428 | 430..=499 | 600.. => garbled(status, body),
    }
}

fn by_envelope(effect: Effect, envelope: Envelope) -> Answer {
    match envelope {
        Envelope::Result(value) => Answer::Done(value),
        Envelope::User(text) => Answer::Refused(text),
        Envelope::Warning { key, text } => Answer::Warning { key, text },
        Envelope::Concurrency(text) => {
            Answer::Failure(Failure::NotDone { reason: format!("changed by another: {text}"), retry_after: None })
        }
        Envelope::Login(text) => Answer::Failure(match effect {
            Effect::Login => Failure::Unauthorised(format!("the log-in asks for more than a password: {text}")),
            Effect::Read | Effect::Write => Failure::SessionRefused(text),
        }),
        // In older series (7.0) the database's own words come in the envelope.
        Envelope::Fault(text) if was_rolled_back(&text) => {
            Answer::Failure(Failure::NotDone { reason: text, retry_after: None })
        }
        Envelope::Fault(text) => Answer::Failure(Failure::Garbled(format!("a fault in the ERP: {text}"))),
    }
}

/// What PostgreSQL says of a transaction that it did not let through: invoices are numbered without gaps, under a lock that nobody
/// waits for, and two that are posted at the same moment get in each other's way. (In a server that speaks another language it
/// is looked up instead.)
fn was_rolled_back(text: &str) -> bool {
    ["could not obtain lock", "could not serialize access", "deadlock detected"].iter().any(|said| text.contains(said))
}

fn perhaps(effect: Effect, reason: String) -> Answer {
    Answer::Failure(Failure::perhaps(effect, reason))
}

fn garbled(status: u16, body: &[u8]) -> Answer {
    Answer::Failure(Failure::Garbled(said(status, body)))
}

/// What a body says.
enum Envelope {
    Result(Value),
    User(String),
    Warning { key: String, text: String },
    Concurrency(String),
    Login(String),
    Fault(String),
}

impl Envelope {
    /// `None` where the body is no object with `id` and one of `result` and `error`.
    fn read(body: &[u8]) -> Option<Envelope> {
        let Value::Object(mut fields) = serde_json::from_slice(body).ok()? else { return None };
        fields.get("id")?;
        match (fields.remove("result"), fields.remove("error")) {
            (Some(result), None) => Some(Envelope::Result(result)),
            (None, Some(error)) => Some(Envelope::error(&error)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// `[class, [arguments]]`, else `[text, traceback]`.
    fn error(error: &Value) -> Envelope {
        let class = error.get(0).and_then(Value::as_str).unwrap_or_default();
        let arguments = error.get(1).unwrap_or(&Value::Null);
        let text = |index: usize| arguments.get(index).and_then(Value::as_str).unwrap_or_default();
        let both = |a: usize, b: usize| match (text(a), text(b)) {
            ("", only) | (only, "") => quote(only),
            (message, description) => quote(&format!("{message} {description}")),
        };
        match class {
            "UserError" if arguments.is_array() => Envelope::User(both(0, 1)),
            "UserWarning" if !text(0).is_empty() => Envelope::Warning { key: text(0).to_owned(), text: both(1, 2) },
            "ConcurrencyException" => Envelope::Concurrency(quote(arguments.as_str().unwrap_or_default())),
            "LoginException" => Envelope::Login(both(0, 1)),
            _ => Envelope::Fault(quote(if class.is_empty() { "without a word" } else { class })),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use proptest::prelude::*;

    const EFFECTS: [Effect; 3] = [Effect::Login, Effect::Read, Effect::Write];
    const BODIES: [&str; 14] = [
        "",
        "<html>Bad gateway</html>",
        "null",
        "[]",
        r#"{"id":1}"#,
        r#"{"result":1}"#,
        r#"{"id":1,"result":[7]}"#,
        r#"{"id":1,"result":null}"#,
        r#"{"id":1,"error":["UserError",["The code on party must be unique.","",null]]}"#,
        r#"{"id":1,"error":["UserWarning",["9f.invoice_date_future","It is in the future.",""]]}"#,
        r#"{"id":1,"error":["ConcurrencyException","This record has been modified."]}"#,
        r#"{"id":1,"error":["LoginException",["totp","Code","char"]]}"#,
        r#"{"id":1,"error":["'coode'",""]}"#,
        r#"{"id":1,"error":7,"result":7}"#,
    ];

    fn of(effect: Effect, status: u16, body: &str) -> Answer {
        classify(effect, &Reply::Response { status, retry_after: Some("7"), body: body.as_bytes() })
    }

    /// Every status with every envelope: a name a line, so that a change shows.
    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Done(_) => "done",
            Answer::Refused(_) => "refused",
            Answer::Warning { .. } => "warning",
            Answer::NotFound(_) => "not found",
            Answer::Failure(Failure::NotSent(_)) => "not sent",
            Answer::Failure(Failure::NotDone { .. }) => "not done",
            Answer::Failure(Failure::Unknown(_)) => "unknown",
            Answer::Failure(Failure::SessionRefused(_)) => "session",
            Answer::Failure(Failure::Unauthorised(_)) => "unauthorised",
            Answer::Failure(Failure::Garbled(_)) => "garbled",
        }
    }

    #[test]
    fn an_envelope_decides_with_200_alone() {
        let expected = [
            "garbled", "garbled", "garbled", "garbled", "garbled", "garbled", "done", "done", "refused", "warning",
            "not done", "session", "garbled", "garbled",
        ];
        let said: Vec<_> = BODIES.iter().map(|body| name(&of(Effect::Write, 200, body))).collect();
        assert_eq!(said, expected);
        assert_eq!(name(&of(Effect::Login, 200, BODIES[11])), "unauthorised");
    }

    #[test]
    fn every_other_status_speaks_for_itself() {
        for status in (0..=1000).filter(|s| *s != 200) {
            for effect in EFFECTS {
                let expected = match (status, effect) {
                    (400 | 413, _) => "refused",
                    (401, Effect::Login) | (403, _) => "unauthorised",
                    (401, _) => "session",
                    (404 | 405, _) => "not found",
                    (429, _) => "not done",
                    (408 | 500..=599, Effect::Write) => "unknown",
                    (408 | 500..=599, _) => "not done",
                    _ => "garbled",
                };
                for body in BODIES {
                    assert_eq!(name(&of(effect, status, body)), expected, "{status} {effect:?} {body}");
                }
            }
        }
    }

    #[test]
    fn a_lock_that_was_not_had_has_changed_nothing() {
        let body =
            "<h1>Service Unavailable</h1><p>could not obtain lock on row in relation &#34;ir_sequence_strict&#34;</p>";
        assert_eq!(name(&of(Effect::Write, 503, body)), "not done");
        assert_eq!(name(&of(Effect::Write, 500, body)), "unknown");
        let envelope = r#"{"id":1,"error":["could not obtain lock on row in relation \"ir_sequence_strict\"\n",""]}"#;
        assert_eq!(name(&of(Effect::Write, 200, envelope)), "not done");
    }

    #[test]
    fn what_was_said_is_kept() {
        assert_eq!(of(Effect::Write, 200, BODIES[8]), Answer::Refused("The code on party must be unique.".into()));
        let warning = Answer::Warning { key: "9f.invoice_date_future".into(), text: "It is in the future.".into() };
        assert_eq!(of(Effect::Write, 200, BODIES[9]), warning);
        let wait = Failure::NotDone {
            reason: "HTTP 429 with an empty body".into(),
            retry_after: Some(Duration::from_secs(7)),
        };
        assert_eq!(of(Effect::Login, 429, ""), Answer::Failure(wait));
    }

    #[test]
    fn without_an_answer_a_change_may_have_been_made() {
        for (effect, expected) in EFFECTS.into_iter().zip(["not done", "not done", "unknown"]) {
            assert_eq!(name(&classify(effect, &Reply::Lost("reset".into()))), expected);
            assert_eq!(name(&classify(effect, &Reply::NotSent("refused".into()))), "not sent");
        }
    }

    proptest! {
        /// Whatever comes back: no panic, and a change that may have been made is never taken for one that was not.
        #[test]
        fn nothing_is_beyond_it(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200), effect in 0usize..3) {
            let answer = classify(EFFECTS[effect], &Reply::Response { status, retry_after: None, body: &body });
            if (500..600).contains(&status) && status != 503 && EFFECTS[effect] == Effect::Write {
                prop_assert_eq!(name(&answer), "unknown");
            }
        }

        #[test]
        fn nor_is_any_json(error in prop::sample::select(vec!["UserError", "UserWarning", "x", ""]), args in "[\\[\\]{}\",:a-z0-9]{0,40}") {
            let body = format!(r#"{{"id":1,"error":["{error}",{args}]}}"#);
            let answer = of(Effect::Write, 200, &body);
            prop_assert!(!matches!(answer, Answer::Done(_)));
        }
    }
}
