//! What an answer means: one function, total and pure, over the conditions of the config.
//!
//! The operator says which answers mean what ([`Answers`]); what no condition knows is decided here, by one question: can the
//! request have taken effect? A change that was answered with 408, with 5xx, with a redirect or with a success that is none of the
//! declared ones may have been made. A page of HTML is no answer of an API, whatever its status.

use serde_json::Value;

use super::settings::{Answers, Condition};
use crate::erp::http::{self, quote};
use crate::erp::{Effect, Failure, Reply};

/// What it means.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done; the whole body, null where there is none.
    Done(Value),
    /// A record with our key is there.
    Duplicate(String),
    /// There is no such record, or no such address.
    NotFound(String),
    /// Refused for its content, nothing was done.
    Refused(String),
    /// Anything else.
    Failure(Failure),
}

/// Says what `reply` means for a request of this `effect`.
pub fn classify(answers: &Answers, effect: Effect, reply: &Reply<'_>) -> Answer {
    let (status, retry_after, body) = match reply {
        Reply::NotSent(reason) => return Answer::Failure(Failure::NotSent(format!("not reached: {reason}"))),
        Reply::Lost(reason) => return Answer::Failure(Failure::perhaps(effect, format!("no answer: {reason}"))),
        Reply::Response { status, retry_after, body } => (*status, *retry_after, *body),
    };
    let json = match body.iter().all(u8::is_ascii_whitespace) {
        true => Some(Value::Null),
        false => serde_json::from_slice::<Value>(body).ok(),
    };
    let said = said(answers, status, json.as_ref(), body);
    let given = Given { status, retry_after: retry_after.is_some(), json: json.as_ref().unwrap_or(&Value::Null) };
    let holds = |conditions: &[Condition]| conditions.iter().any(|condition| given.meets(condition));
    if holds(&answers.unauthorised) {
        return Answer::Failure(match (effect, status) {
            (Effect::Read | Effect::Write, 401) => Failure::SessionRefused(said),
            (Effect::Read | Effect::Write, _) | (Effect::Login, _) => Failure::Unauthorised(said),
        });
    }
    if holds(&answers.throttled) {
        let retry_after = retry_after.and_then(http::retry_after);
        return Answer::Failure(Failure::NotDone { reason: said, retry_after });
    }
    if holds(&answers.duplicate) {
        return Answer::Duplicate(said);
    }
    if holds(&answers.not_found) {
        return Answer::NotFound(said);
    }
    if holds(&answers.ok) {
        return match json {
            Some(json) => Answer::Done(json),
            None => Answer::Failure(Failure::Garbled(said)),
        };
    }
    if holds(&answers.rejected) {
        return Answer::Refused(said);
    }
    Answer::Failure(match status {
        202 | 408 | 500..=599 => Failure::perhaps(effect, said),
        0..=201 | 203..=407 | 409..=499 | 600.. => Failure::Garbled(said),
    })
}

/// Whether a record is as a condition says.
pub(super) fn is_so(record: &Value, condition: &Condition) -> bool {
    Given { status: 0, retry_after: false, json: record }.meets(condition)
}

/// What a condition is held against.
struct Given<'a> {
    status: u16,
    retry_after: bool,
    json: &'a Value,
}

impl Given<'_> {
    fn meets(&self, condition: &Condition) -> bool {
        let Condition { statuses, retry_after, at, is, contains } = condition;
        let right_status = statuses.is_empty() || statuses.contains(&i64::from(self.status));
        let waits = !retry_after || self.retry_after;
        right_status && waits && at.as_ref().is_none_or(|at| self.value_meets(at, is, contains))
    }

    fn value_meets(&self, at: &str, is: &[Value], contains: &[String]) -> bool {
        let Some(value) = self.json.pointer(at).filter(|value| !value.is_null()) else { return false };
        let one_of = is.is_empty() || is.iter().any(|wanted| plain(value).is_some_and(|v| Some(v) == plain(wanted)));
        let text = value.as_str().unwrap_or_default();
        one_of && (contains.is_empty() || contains.iter().any(|part| text.contains(part.as_str())))
    }
}

/// A text, number or truth in letters: APIs do not agree with themselves on which it is.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The answer in words: what it says is wrong where the config knows where that stands; of other JSON nothing is quoted, since
/// it may repeat what was sent.
fn said(answers: &Answers, status: u16, json: Option<&Value>, body: &[u8]) -> String {
    let Some(json) = json else { return http::said(status, body) };
    let message = answers.message.iter().filter_map(|at| json.pointer(at)).find_map(Value::as_str);
    match message.filter(|text| !text.trim().is_empty()) {
        Some(text) => format!("HTTP {status}: {}", quote(text)),
        None if body.is_empty() => format!("HTTP {status} with an empty body"),
        None => format!("HTTP {status} with {} bytes of JSON, and no text where erp.answers.message looks", body.len()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const EFFECTS: [Effect; 3] = [Effect::Login, Effect::Read, Effect::Write];
    const BODIES: [&str; 7] = [
        "",
        "<html>Bad gateway</html>",
        "null",
        "[1]",
        r#"{"data":{"name":"SO-1"}}"#,
        r#"{"exc_type":"UniqueValidationError","exception":"x"}"#,
        r#"{"code":7,"message":"no"}"#,
    ];

    fn of(answers: &Answers, effect: Effect, status: u16, retry_after: Option<&str>, body: &str) -> Answer {
        classify(answers, effect, &Reply::Response { status, retry_after, body: body.as_bytes() })
    }

    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Done(_) => "done",
            Answer::Duplicate(_) => "duplicate",
            Answer::NotFound(_) => "not found",
            Answer::Refused(_) => "refused",
            Answer::Failure(Failure::NotSent(_)) => "not sent",
            Answer::Failure(Failure::NotDone { .. }) => "not done",
            Answer::Failure(Failure::Unknown(_)) => "unknown",
            Answer::Failure(Failure::SessionRefused(_)) => "session",
            Answer::Failure(Failure::Unauthorised(_)) => "unauthorised",
            Answer::Failure(Failure::Garbled(_)) => "garbled",
        }
    }

    #[test]
    fn without_a_word_in_the_config_every_status_has_its_usual_meaning() {
        let answers = Answers::default();
        for status in 0..=1000 {
            for effect in EFFECTS {
                for body in BODIES {
                    let expected = match (status, effect) {
                        (200 | 201 | 204, _) if body.starts_with('<') => "garbled",
                        (200 | 201 | 204, _) => "done",
                        (401, Effect::Read | Effect::Write) => "session",
                        (401 | 403, _) => "unauthorised",
                        (429, _) => "not done",
                        (409, _) => "duplicate",
                        (404, _) => "not found",
                        (400 | 413 | 422, _) => "refused",
                        (202 | 408 | 500..=599, Effect::Write) => "unknown",
                        (202 | 408 | 500..=599, _) => "not done",
                        _ => "garbled",
                    };
                    let answer = of(&answers, effect, status, None, body);
                    assert_eq!(name(&answer), expected, "{status} {effect:?} {body}");
                }
            }
        }
        let waits = Failure::NotDone {
            reason: "HTTP 503 with an empty body".into(),
            retry_after: Some(Duration::from_secs(7)),
        };
        assert_eq!(of(&answers, Effect::Write, 503, Some("7"), ""), Answer::Failure(waits));
    }

    #[test]
    fn no_answer_at_all() {
        let answers = Answers::default();
        for (effect, lost) in EFFECTS.into_iter().zip(["not done", "not done", "unknown"]) {
            assert_eq!(name(&classify(&answers, effect, &Reply::Lost("reset".into()))), lost);
            assert_eq!(name(&classify(&answers, effect, &Reply::NotSent("refused".into()))), "not sent");
        }
    }

    #[test]
    fn the_body_decides_where_the_config_says_so() {
        let at = |at: &str, is: Value| Condition { at: Some(at.into()), is: vec![is], ..Condition::default() };
        let answers = Answers {
            ok: vec![Condition { statuses: vec![200], ..at("/code", json!(0)) }],
            duplicate: vec![Condition { contains: vec!["taken".into()], ..at("/message", json!("is taken")) }],
            rejected: vec![Condition { at: Some("/code".into()), ..Condition::default() }],
            ..Answers::default()
        };
        for (body, expected) in [
            (r#"{"code":0}"#, "done"),
            (r#"{"code":"0"}"#, "done"),
            (r#"{"code":9,"message":"is taken"}"#, "duplicate"),
            (r#"{"code":9,"message":"no"}"#, "refused"),
            (r#"{"code":null}"#, "garbled"),
            ("[]", "garbled"),
        ] {
            assert_eq!(name(&of(&answers, Effect::Write, 200, None, body)), expected, "{body}");
        }
        let refused = of(&answers, Effect::Write, 200, None, r#"{"code":9,"message":"no\n way","sent":"Ada"}"#);
        assert_eq!(refused, Answer::Refused("HTTP 200: no way".into()));
        let silent = of(&answers, Effect::Write, 500, None, r#"{"sent":"Ada"}"#);
        let Answer::Failure(Failure::Unknown(text)) = silent else { panic!("{silent:?}") };
        assert!(!text.contains("Ada"), "{text}");
    }

    proptest! {
        /// Whatever comes back: no panic, and a change that may have been made is never taken for one that was not.
        #[test]
        fn nothing_is_beyond_it(status in 0u16..1000, body in prop::collection::vec(any::<u8>(), 0..200), effect in 0usize..3, asked in any::<bool>()) {
            let reply = Reply::Response { status, retry_after: asked.then_some("1"), body: &body };
            let answer = classify(&Answers::default(), EFFECTS[effect], &reply);
            if EFFECTS[effect] == Effect::Write && name(&answer) == "not done" {
                prop_assert!(status == 429 || (status == 503 && asked));
            }
            if matches!(answer, Answer::Done(_)) {
                prop_assert!([200, 201, 204].contains(&status));
            }
        }
    }
}
