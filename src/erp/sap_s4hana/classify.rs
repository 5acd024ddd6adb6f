//! What an answer of the system means: one function, total and pure.
//!
//! Three layers answer: the way there (no answer at all, a web dispatcher's page), SAP Gateway (an HTTP status, with
//! `{"error": {"code", "message": {"value"}, "innererror": {"errordetails"}}}` where it has got so far), and the application behind
//! it, whose refusals come as a 400 of the same form. A request is one unit of work: what is refused with a 4xx is rolled back. A 5xx
//! (a dump, a time-out of the work process) says nothing of what was committed before.
//!
//! From the vendor's documentation: the envelope, 403 with `x-csrf-token: Required`, 412 and 428 for entity tags, and the values of
//! `RepeatabilityResult`. Common knowledge is what [`BUSY`] lists.

use serde_json::Value;

use crate::erp::http::{self, quote};
use crate::erp::{Effect, Failure, Reply};

/// What the answer's headers say beside its body.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told<'a> {
    /// `x-csrf-token`, as it came.
    pub csrf: Option<&'a str>,
    /// `RepeatabilityResult`, as it came.
    pub repeatability: Option<&'a str>,
}

/// What it means.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; what `d` holds, null where there is no body.
    Done(Value),
    /// Refused for its content; nothing was done.
    Refused(String),
    /// The entity has been changed since it was read, or its tag was not sent: nothing was done.
    Stale(String),
    /// The token against forged requests is refused, or there was none; nothing was done.
    Forged(String),
    /// Anything else.
    Failure(Failure),
}

/// Codes of messages that say that somebody is at work on the same: the lock of any object, of a sales document, of a business
/// partner.
const BUSY: [&str; 3] = ["MC/601", "V1/042", "R1/411"];
/// The header's value with which the system asks for a token.
const REQUIRED: &str = "required";
/// A request's result is not known any more, though the request is.
const UNAVAILABLE: &str = "unavailable";
/// Requests are not repeated here.
const UNSUPPORTED: &str = "unsupported";

/// Says what `reply` means for a request of this `effect`.
pub fn classify(effect: Effect, reply: &Reply<'_>, told: Told<'_>) -> Answer {
    match reply {
        Reply::NotSent(reason) => Answer::Failure(Failure::NotSent(format!("not reached: {reason}"))),
        Reply::Lost(reason) => perhaps(effect, format!("no answer: {reason}")),
        Reply::Response { status, retry_after, body } => {
            let envelope = Envelope::read(body);
            if let Some(answer) = repeated(effect, *status, envelope.as_ref(), told, body) {
                return answer;
            }
            let wait = || retry_after.and_then(http::retry_after);
            match *status {
                204 => Answer::Done(Value::Null),
                200..=299 => done(*status, body),
                401 => Answer::Failure(match effect {
                    Effect::Login => Failure::Unauthorised(said(*status, envelope.as_ref(), body)),
                    Effect::Read | Effect::Write => Failure::SessionRefused(said(*status, envelope.as_ref(), body)),
                }),
                403 if told.csrf.is_some_and(|token| token.trim().eq_ignore_ascii_case(REQUIRED)) => {
                    Answer::Forged(said(*status, envelope.as_ref(), body))
                }
                403 => Answer::Failure(Failure::Unauthorised(said(*status, envelope.as_ref(), body))),
                412 | 428 if effect == Effect::Write => Answer::Stale(said(*status, envelope.as_ref(), body)),
                423 => not_done(said(*status, envelope.as_ref(), body), None),
                429 => not_done(said(*status, envelope.as_ref(), body), wait()),
                // Who says when to come again has done nothing; a page of a gateway's may stand for a work process that goes on.
                503 if retry_after.is_some() => not_done(said(*status, envelope.as_ref(), body), wait()),
                400 | 402 | 404..=407 | 410..=418 | 422 | 426 | 428 | 431 | 451 => match envelope {
                    Some(envelope) => envelope.refused(*status),
                    None => garbled(*status, body),
                },
                408 | 409 | 425 | 500..=599 => perhaps(effect, said(*status, envelope.as_ref(), body)),
                0..=199 | 300..=399 | 419..=421 | 424 | 427 | 430 | 432..=450 | 452..=499 | 600.. => {
                    garbled(*status, body)
                }
            }
        }
    }
}

/// What the system says about the request's id, where that decides.
fn repeated(effect: Effect, status: u16, envelope: Option<&Envelope>, told: Told<'_>, body: &[u8]) -> Option<Answer> {
    let result = told.repeatability.filter(|_| status >= 400)?.trim();
    let said = said(status, envelope, body);
    if result.eq_ignore_ascii_case(UNAVAILABLE) {
        return Some(perhaps(effect, format!("{said} (the system knows the request, and no longer its result)")));
    }
    result.eq_ignore_ascii_case(UNSUPPORTED).then(|| {
        Answer::Refused(format!("{said} (the system does not take requests with ids: write erp.request_ids = \"off\")"))
    })
}

fn done(status: u16, body: &[u8]) -> Answer {
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut fields)) => match fields.remove("d") {
            Some(data @ (Value::Object(_) | Value::Array(_))) => Answer::Done(data),
            Some(_) | None => garbled(status, body),
        },
        Ok(_) | Err(_) => garbled(status, body),
    }
}

fn perhaps(effect: Effect, reason: String) -> Answer {
    Answer::Failure(Failure::perhaps(effect, reason))
}

fn not_done(reason: String, retry_after: Option<std::time::Duration>) -> Answer {
    Answer::Failure(Failure::NotDone { reason, retry_after })
}

fn garbled(status: u16, body: &[u8]) -> Answer {
    Answer::Failure(Failure::Garbled(http::said(status, body)))
}

fn said(status: u16, envelope: Option<&Envelope>, body: &[u8]) -> String {
    match envelope {
        Some(envelope) => envelope.text(status),
        None => http::said(status, body),
    }
}

/// `{"error": {…}}`.
struct Envelope {
    code: String,
    message: String,
    /// Further messages, each with its code.
    details: Vec<(String, String)>,
}

impl Envelope {
    /// `None` where the body is none.
    fn read(body: &[u8]) -> Option<Envelope> {
        let json: Value = serde_json::from_slice(body).ok()?;
        let error = json.get("error")?.as_object()?;
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let message = error.get("message")?;
        let message = text(Some(message)).or_else(|| text(message.get("value")))?;
        let details = error.get("innererror").and_then(|inner| inner.get("errordetails")).and_then(Value::as_array);
        let details = details
            .into_iter()
            .flatten()
            .filter_map(|detail| Some((text(detail.get("code")).unwrap_or_default(), text(detail.get("message"))?)));
        Some(Envelope {
            code: text(error.get("code")).unwrap_or_default(),
            details: details.filter(|(_, said)| *said != message).collect(),
            message,
        })
    }

    fn refused(&self, status: u16) -> Answer {
        match BUSY.contains(&self.code.as_str()) {
            true => not_done(self.text(status), None),
            false => Answer::Refused(self.text(status)),
        }
    }

    fn text(&self, status: u16) -> String {
        let mut text = format!("HTTP {status}, {} {}", self.code, self.message);
        for (code, message) in &self.details {
            text.push_str(&format!("; {code} {message}"));
        }
        quote(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EFFECTS: [Effect; 3] = [Effect::Login, Effect::Read, Effect::Write];

    fn response(effect: Effect, status: u16, body: &str, told: Told<'_>) -> Answer {
        classify(effect, &Reply::Response { status, retry_after: Some("7"), body: body.as_bytes() }, told)
    }

    /// The variant's name, and whether a wait was taken over.
    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Done(_) => "done",
            Answer::Refused(_) => "refused",
            Answer::Stale(_) => "stale",
            Answer::Forged(_) => "forged",
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
        EFFECTS.map(|effect| name(&response(effect, status, body, Told::default())))
    }

    fn error(code: &str) -> String {
        format!(
            r#"{{"error":{{"code":"{code}","message":{{"lang":"en","value":"It is not so"}},
                "innererror":{{"errordetails":[{{"code":"V1/382","message":"No TEA","severity":"error"}}]}}}}}}"#
        )
    }

    const AMBIGUOUS: [&str; 3] = ["not done", "not done", "unknown"];

    #[test]
    fn every_status_with_the_systems_own_envelope() {
        let body = error("V4/117");
        for (status, expected) in [
            (400, ["refused"; 3]),
            (401, ["unauthorised", "session refused", "session refused"]),
            (403, ["unauthorised"; 3]),
            (404, ["refused"; 3]),
            (405, ["refused"; 3]),
            (408, AMBIGUOUS),
            (409, AMBIGUOUS),
            (412, ["refused", "refused", "stale"]),
            (413, ["refused"; 3]),
            (415, ["refused"; 3]),
            (423, ["not done"; 3]),
            (428, ["refused", "refused", "stale"]),
            (429, ["not done, wait"; 3]),
            (500, AMBIGUOUS),
            (501, AMBIGUOUS),
            (502, AMBIGUOUS),
            (503, ["not done, wait"; 3]),
            (504, AMBIGUOUS),
            (200, ["garbled"; 3]),
            (302, ["garbled"; 3]),
        ] {
            assert_eq!(row(status, &body), expected, "{status}");
        }
        for code in BUSY {
            assert_eq!(row(400, &error(code)), ["not done"; 3], "{code}");
        }
        let Answer::Refused(text) = response(Effect::Write, 400, &error("V4/117"), Told::default()) else { panic!() };
        assert_eq!(text, "HTTP 400, V4/117 It is not so; V1/382 No TEA");
    }

    #[test]
    fn every_status_with_what_is_no_envelope() {
        let bodies = ["", "<html>oops</html>", "<error><code>x</code></error>", r#"{"error":"x"}"#, "[1]", "null"];
        for body in bodies {
            assert_eq!(row(401, body), ["unauthorised", "session refused", "session refused"], "{body}");
            assert_eq!(row(403, body), ["unauthorised"; 3], "{body}");
            assert_eq!(row(429, body), ["not done, wait"; 3], "{body}");
            for status in [408, 409, 500, 502, 504, 599] {
                assert_eq!(row(status, body), AMBIGUOUS, "{status} {body}");
            }
            for status in [200, 201, 202, 301, 302, 400, 404, 405, 413, 100, 600] {
                assert_eq!(row(status, body), ["garbled"; 3], "{status} {body}");
            }
            assert_eq!(row(412, body), ["garbled", "garbled", "stale"], "{body}");
        }
        let gateway = Reply::Response { status: 503, retry_after: None, body: b"<html>" };
        assert_eq!(EFFECTS.map(|e| name(&classify(e, &gateway, Told::default()))), AMBIGUOUS);
    }

    #[test]
    fn what_is_done_has_a_d() {
        assert_eq!(row(200, r#"{"d":{"results":[]}}"#), ["done"; 3]);
        assert_eq!(row(201, r#"{"d":{"SalesOrder":"5"}}"#), ["done"; 3]);
        assert_eq!(row(204, ""), ["done"; 3]);
        for body in [r#"{"d":null}"#, r#"{"d":7}"#, r#"{"value":[]}"#, "{}", "\u{feff}{}"] {
            assert_eq!(row(200, body), ["garbled"; 3], "{body}");
        }
    }

    #[test]
    fn a_token_against_forged_requests_is_asked_for() {
        let told = Told { csrf: Some("Required"), repeatability: None };
        let of = |status| EFFECTS.map(|effect| name(&response(effect, status, "CSRF token validation failed", told)));
        assert_eq!(of(403), ["forged"; 3]);
        assert_eq!(of(400), ["garbled"; 3]);
        let told = Told { csrf: Some("abc=="), repeatability: None };
        assert_eq!(name(&response(Effect::Write, 403, "", told)), "unauthorised");
    }

    #[test]
    fn what_is_said_of_a_requests_id() {
        let of = |result, status| {
            let told = Told { csrf: None, repeatability: Some(result) };
            EFFECTS.map(|effect| name(&response(effect, status, &error("x"), told)))
        };
        assert_eq!(of("accepted", 400), ["refused"; 3]);
        assert_eq!(of("unavailable", 400), AMBIGUOUS);
        assert_eq!(of("Unsupported", 400), ["refused"; 3]);
        assert_eq!(of("unavailable", 200), ["garbled"; 3]);
    }

    #[test]
    fn no_answer_at_all() {
        let of = |reply: Reply<'_>| EFFECTS.map(|effect| name(&classify(effect, &reply, Told::default())));
        assert_eq!(of(Reply::NotSent("connection refused".into())), ["not sent"; 3]);
        assert_eq!(of(Reply::Lost("timeout".into())), AMBIGUOUS);
    }

    proptest! {
        #[test]
        fn noise_is_never_a_success(status in 0u16..700, body in prop::collection::vec(any::<u8>(), 1..200)) {
            for effect in EFFECTS {
                let reply = Reply::Response { status, retry_after: None, body: &body };
                let answer = classify(effect, &reply, Told::default());
                prop_assert!(status == 204 || !matches!(answer, Answer::Done(_) | Answer::Refused(_)));
            }
        }

        /// What may have been done is never said to be undone.
        #[test]
        fn a_write_is_undone_only_where_the_system_says_so(
            status in 0u16..700, code in "[A-Z0-9/]{0,8}", text in ".{0,300}", result in "[a-z]{0,12}", wait in any::<bool>(),
        ) {
            let body = serde_json::json!({"error": {"code": code, "message": {"value": text}}}).to_string();
            let retry_after = wait.then_some("1");
            let reply = Reply::Response { status, retry_after, body: body.as_bytes() };
            let told = Told { csrf: None, repeatability: Some(&result) };
            if let Answer::Failure(Failure::NotDone { .. }) = classify(Effect::Write, &reply, told) {
                prop_assert!(
                    [423, 429].contains(&status) || (status == 503 && wait) || BUSY.contains(&code.as_str()),
                    "{status} {code}"
                );
            }
        }
    }
}
