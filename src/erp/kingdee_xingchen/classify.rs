//! What an answer of the ERP means: one function, total and pure.
//!
//! The vendor answers in three layers, and each of them fails in its own way: the way there (no answer at all), the gateway
//! (an HTTP status, sometimes with HTML), and the application (HTTP 200 with `errcode`). The question for each is the
//! same: can the request have taken effect? Only where the answer is certainly "no" may the document be sent again
//! unseen. Codes are from the vendor's table of return codes; 519 and the meaning of 1030002006 at the token's address are
//! third-party notes (519 is said to stand for an address that the data centre does not have, too). A code that is not in the table is taken as a refusal: the ERP answered, and it did not say 0.

use serde_json::Value;

use crate::erp::http::{self, quote};
use crate::erp::{Effect, Failure, Reply};

/// What it means.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; the envelope's `data`.
    Done(Value),
    /// Another document of this kind has this number; nothing was saved.
    Duplicate(String),
    /// Nothing has this number or id.
    NotFound(String),
    /// Refused for its content.
    Refused(String),
    /// Anything else.
    Failure(Failure),
}

const BAD_APP_KEY: i64 = 1020002008;
const DUPLICATE: i64 = 1030002002;
const NOT_FOUND: i64 = 1030002003;
const BAD_FORMAT: i64 = 1030002006;
/// 20xx002000: "system error" of module xx.
const SYSTEM_ERROR: i64 = 2_000;
const BUSINESS_CODE_MIN: i64 = 1_000_000_000;

/// Says what `reply` means for a request of this `effect`.
pub fn classify(effect: Effect, reply: &Reply<'_>) -> Answer {
    match reply {
        Reply::NotSent(reason) => Answer::Failure(Failure::NotSent(format!("not reached: {reason}"))),
        Reply::Lost(reason) => perhaps(effect, format!("no answer: {reason}")),
        Reply::Response { status, retry_after, body } => {
            let envelope = Envelope::read(body);
            match *status {
                200..=299 => match envelope {
                    Some(envelope) => by_code(effect, envelope),
                    None if effect == Effect::Login && is_json(body) => unread(*status, body),
                    None => garbled(*status, body),
                },
                400 | 404 => match envelope {
                    Some(envelope) if envelope.code >= BUSINESS_CODE_MIN => by_code(effect, envelope),
                    // An address that is not there must never pass for a document that is not there.
                    Some(envelope) if *status == 400 => Answer::Refused(envelope.text(400)),
                    Some(_) | None => garbled(*status, body),
                },
                401 => {
                    let said = said(*status, envelope, body);
                    Answer::Failure(match effect {
                        Effect::Login => Failure::Unauthorised(said),
                        Effect::Read | Effect::Write => Failure::SessionRefused(said),
                    })
                }
                403 | 519 => Answer::Failure(Failure::Unauthorised(said(*status, envelope, body))),
                429 | 503 => Answer::Failure(Failure::NotDone {
                    reason: said(*status, envelope, body),
                    retry_after: retry_after.and_then(http::retry_after),
                }),
                408 | 500..=502 | 504..=518 | 520..=599 => perhaps(effect, said(*status, envelope, body)),
                0..=199 | 300..=399 | 402 | 405..=407 | 409..=428 | 430..=499 | 600.. => garbled(*status, body),
            }
        }
    }
}

/// By the application's own code.
fn by_code(effect: Effect, envelope: Envelope) -> Answer {
    let text = envelope.text(200);
    match envelope.code {
        0 => Answer::Done(envelope.data),
        DUPLICATE => Answer::Duplicate(text),
        NOT_FOUND => Answer::NotFound(text),
        BAD_APP_KEY => Answer::Failure(Failure::Unauthorised(text)),
        BAD_FORMAT if effect == Effect::Login => Answer::Failure(Failure::SessionRefused(text)),
        code if (2_000_000_000..=2_099_999_999).contains(&code) && code % 1_000_000 == SYSTEM_ERROR => {
            perhaps(effect, text)
        }
        _ => Answer::Refused(text),
    }
}

fn perhaps(effect: Effect, reason: String) -> Answer {
    Answer::Failure(Failure::perhaps(effect, reason))
}

/// An answer in JSON that is not this envelope: it may hold a token or a secret, and is not repeated.
fn unread(status: u16, body: &[u8]) -> Answer {
    let reason = format!("HTTP {status} with {} bytes of JSON that are no answer of this ERP's", body.len());
    Answer::Failure(Failure::Garbled(reason))
}

fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
}

fn garbled(status: u16, body: &[u8]) -> Answer {
    Answer::Failure(Failure::Garbled(said(status, None, body)))
}

fn said(status: u16, envelope: Option<Envelope>, body: &[u8]) -> String {
    match envelope {
        Some(envelope) => envelope.text(status),
        None => http::said(status, body),
    }
}

/// `{"errcode", "description", "data"}`.
struct Envelope {
    code: i64,
    description: String,
    data: Value,
}

impl Envelope {
    /// `None` where the body is no JSON object with an `errcode` that is a whole number (or its text).
    fn read(body: &[u8]) -> Option<Envelope> {
        let Value::Object(mut fields) = serde_json::from_slice(body).ok()? else { return None };
        let code = match fields.get("errcode")? {
            Value::Number(number) => number.as_i64()?,
            Value::String(text) => text.parse().ok()?,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        let description = match fields.remove("description") {
            Some(Value::String(text)) => text,
            Some(_) | None => String::new(),
        };
        Some(Envelope { code, description, data: fields.remove("data").unwrap_or(Value::Null) })
    }

    fn text(&self, status: u16) -> String {
        let description = quote(&self.description);
        match status {
            200..=299 => format!("{} {description}", self.code),
            0..=199 | 300.. => format!("HTTP {status}, {} {description}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EFFECTS: [Effect; 3] = [Effect::Login, Effect::Read, Effect::Write];

    fn response(effect: Effect, status: u16, body: &str) -> Answer {
        classify(effect, &Reply::Response { status, retry_after: Some("7"), body: body.as_bytes() })
    }

    /// The variant's name, and whether a wait was taken over.
    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Done(_) => "done",
            Answer::Duplicate(_) => "duplicate",
            Answer::NotFound(_) => "not found",
            Answer::Refused(_) => "refused",
            Answer::Failure(Failure::NotSent(_)) => "not sent",
            Answer::Failure(Failure::NotDone { retry_after: None, .. }) => "not done",
            Answer::Failure(Failure::NotDone { retry_after: Some(_), .. }) => "not done, wait",
            Answer::Failure(Failure::Unknown(_)) => "unknown",
            Answer::Failure(Failure::SessionRefused(_)) => "session refused",
            Answer::Failure(Failure::Unauthorised(_)) => "unauthorised",
            Answer::Failure(Failure::Garbled(_)) => "garbled",
        }
    }

    fn row(status: u16, body: &str) -> [&'static str; 3] {
        EFFECTS.map(|effect| name(&response(effect, status, body)))
    }

    #[test]
    fn every_code_of_the_application() {
        let code = |code: i64| format!(r#"{{"errcode":{code},"description":"…","data":{{}}}}"#);
        for (errcode, expected) in [
            (0, ["done"; 3]),
            (1030002002, ["duplicate"; 3]),
            (1030002003, ["not found"; 3]),
            (1020002008, ["unauthorised"; 3]),
            (1030002006, ["session refused", "refused", "refused"]),
            (1030002000, ["refused"; 3]),
            (1030002001, ["refused"; 3]),
            (2016043014, ["refused"; 3]),
            (2016043025, ["refused"; 3]),
            (2016002000, ["not done", "not done", "unknown"]),
            (2001002000, ["not done", "not done", "unknown"]),
            (-1, ["refused"; 3]),
        ] {
            assert_eq!(row(200, &code(errcode)), expected, "{errcode}");
        }
        assert_eq!(row(200, r#"{"errcode":"0","description":"success"}"#), ["done"; 3]);
        assert_eq!(row(404, &code(1030002003)), ["not found"; 3]);
        assert_eq!(row(400, &code(1030002000)), ["refused"; 3]);
    }

    #[test]
    fn every_status_of_the_gateway_with_every_kind_of_body() {
        let bodies =
            ["", "<html>oops</html>", r#"{"errcode":401,"description":"x"}"#, r#"{"message":"x"}"#, "[1]", "null"];
        for body in bodies {
            assert_eq!(row(401, body), ["unauthorised", "session refused", "session refused"], "{body}");
            assert_eq!(row(403, body), ["unauthorised"; 3], "{body}");
            assert_eq!(row(519, body), ["unauthorised"; 3], "{body}");
            assert_eq!(row(429, body), ["not done, wait"; 3], "{body}");
            assert_eq!(row(503, body), ["not done, wait"; 3], "{body}");
            for status in [408, 500, 502, 504, 599] {
                assert_eq!(row(status, body), ["not done", "not done", "unknown"], "{status} {body}");
            }
            for status in [301, 302, 404, 405, 413] {
                assert_eq!(row(status, body), ["garbled"; 3], "{status} {body}");
            }
        }
        for body in ["", "<html>", "{}", r#"{"errcode":null}"#, r#"{"errcode":1.5}"#, "[]", "\u{feff}{}"] {
            assert_eq!(row(200, body), ["garbled"; 3], "{body}");
            assert_eq!(row(400, body), ["garbled"; 3], "{body}");
        }
        assert_eq!(row(400, r#"{"errcode":400,"description":"bad"}"#), ["refused"; 3]);
    }

    #[test]
    fn a_secret_in_an_unknown_envelope_is_not_repeated() {
        let body = r#" {"code":200,"data":[{"appSecret":"geheim"}]}"#;
        let Answer::Failure(Failure::Garbled(said)) = response(Effect::Login, 200, body) else { panic!() };
        assert!(!said.contains("geheim") && said.contains("bytes of JSON"), "{said}");
    }

    #[test]
    fn no_answer_at_all() {
        let of = |reply: Reply<'_>| EFFECTS.map(|effect| name(&classify(effect, &reply)));
        assert_eq!(of(Reply::NotSent("connection refused".into())), ["not sent"; 3]);
        assert_eq!(of(Reply::Lost("timeout".into())), ["not done", "not done", "unknown"]);
    }

    proptest! {
        #[test]
        fn noise_is_never_a_success(status in 0u16..700, body in prop::collection::vec(any::<u8>(), 0..200)) {
            for effect in EFFECTS {
                let answer = classify(effect, &Reply::Response { status, retry_after: None, body: &body });
                prop_assert!(!matches!(answer, Answer::Done(_) | Answer::Duplicate(_) | Answer::NotFound(_)));
            }
        }

        #[test]
        fn any_json_and_any_code_has_a_meaning(status in 0u16..700, code in any::<i64>(), text in ".{0,300}") {
            let body = serde_json::json!({ "errcode": code, "description": text }).to_string();
            for effect in EFFECTS {
                let answer = response(effect, status, &body);
                if let Answer::Done(_) = answer {
                    prop_assert!(code == 0 && (200..300).contains(&status));
                }
                // Only what asks us to come again is certain not to have been done.
                if effect == Effect::Write && matches!(answer, Answer::Failure(Failure::NotDone { .. })) {
                    prop_assert!(matches!(status, 429 | 503), "{} {}", status, code);
                }
            }
        }
    }
}
