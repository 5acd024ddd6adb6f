//! What an answer of the ERP means: one function, total and pure.
//!
//! Every call has HTTP 200 and says in `Result.ResponseStatus` whether it was done; a query answers with rows alone, a log-in with
//! `LoginResultType`. What goes wrong beside that comes as a text that begins with `response_error:`, as a status wrapped in lists
//! (of a query), as 519 (the vendor's gateway), or as a page of whatever stands between. The question for each is the same: can the
//! request have taken effect? `IsSuccess` comes as a boolean or as its text. The meanings of `MsgCode` are the vendor's; a number
//! that is not known is taken as a refusal, since the ERP answered and did not say that it was done. So is a missing permission (2):
//! it is for one form, and no reason to doubt the credentials.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::erp::http::{self, quote};
use crate::erp::{Effect, Failure, Reply};

/// What it means.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Done: `Result`, the rows of a query, or what a log-in says.
    Done(Value),
    /// A request for several forms, of which some are done: `Result`, which says which.
    Partly(Value),
    /// Another form has this number; nothing was saved.
    Duplicate(String),
    /// Nothing has this number or id.
    NotFound(String),
    /// Refused for its content.
    Refused(String),
    /// Anything else.
    Failure(Failure),
}

const CONTEXT_LOST: i64 = 1;
const EXCEPTION: i64 = 4;
const DATABASE: i64 = 6;
const LICENCE: i64 = 7;
const NOT_FOUND: i64 = 10;
const NETWORK_CONTROL: i64 = 13;
const CALL_LIMIT: i64 = 14;

/// How long is waited for somebody who has the form open …
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// … and where too much was asked: the vendor says no time.
const LIMIT_WAIT: Duration = Duration::from_secs(2);

/// In `LoginResultType`.
const LOGGED_IN: i64 = 1;
/// Begins the text of an exception.
const RESPONSE_ERROR: &str = "response_error:";
/// "The session's information is lost".
const SESSION_LOST: &str = "会话信息已丢失";
/// "The demand that the field be unique".
const UNIQUENESS: &str = "字段唯一性要求";
/// The fields that hold a form's or a record's number.
const NUMBER_FIELDS: [&str; 2] = ["FBillNo", "FNumber"];
/// How deep a status may be wrapped in lists.
const WRAPS_MAX: usize = 4;

/// Says what `reply` means for a request of this `effect`.
pub fn classify(effect: Effect, reply: &Reply<'_>) -> Answer {
    match reply {
        Reply::NotSent(reason) => Answer::Failure(Failure::NotSent(format!("not reached: {reason}"))),
        Reply::Lost(reason) => perhaps(effect, format!("no answer: {reason}")),
        Reply::Response { status, retry_after, body } => match *status {
            200..=299 => match Said::read(body) {
                Said::Result(result) => by_result(effect, result),
                Said::Login(fields) if effect == Effect::Login => by_login(fields),
                Said::Rows(rows) if effect == Effect::Read => Answer::Done(rows),
                Said::Exception(text) => exception(effect, text),
                Said::Login(_) | Said::Rows(_) | Said::Nothing => garbled(*status, body),
            },
            401 => session_refused(effect, http::said(*status, body)),
            403 | 519 => Answer::Failure(Failure::Unauthorised(http::said(*status, body))),
            429 | 503 => Answer::Failure(Failure::NotDone {
                reason: http::said(*status, body),
                retry_after: retry_after.and_then(http::retry_after),
            }),
            408 | 500..=502 | 504..=518 | 520..=599 => match Said::read(body) {
                Said::Exception(text) => exception(effect, text),
                Said::Result(_) | Said::Login(_) | Said::Rows(_) | Said::Nothing => {
                    perhaps(effect, http::said(*status, body))
                }
            },
            0..=199 | 300..=400 | 402 | 404..=407 | 409..=428 | 430..=499 | 600.. => garbled(*status, body),
        },
    }
}

/// By the status that the application gives.
fn by_result(effect: Effect, result: Map<String, Value>) -> Answer {
    let status = match result.get("ResponseStatus") {
        Some(Value::Object(status)) => Status::read(status),
        // A form that was looked at comes without one.
        Some(Value::Null) | None if effect == Effect::Read && result.contains_key("Result") => {
            return Answer::Done(Value::Object(result));
        }
        Some(_) | None => None,
    };
    let Some(status) = status else {
        let said =
            format!("an answer that does not say whether it was done: {}", quote(&Value::Object(result).to_string()));
        return Answer::Failure(Failure::Garbled(said));
    };
    let text = status.text();
    match status.code {
        // A log-in's own answer has another form.
        _ if status.is_success && effect == Effect::Login => Answer::Failure(Failure::Garbled(text)),
        _ if status.is_success => Answer::Done(Value::Object(result)),
        _ if status.session_is_lost => session_refused(effect, text),
        CALL_LIMIT => Answer::Failure(Failure::NotDone { reason: text, retry_after: Some(LIMIT_WAIT) }),
        _ if effect == Effect::Login => Answer::Failure(Failure::Unauthorised(text)),
        _ if effect == Effect::Write && status.saved_some => Answer::Partly(Value::Object(result)),
        _ if effect == Effect::Write && status.names_the_number => Answer::Duplicate(text),
        LICENCE => Answer::Failure(Failure::Unauthorised(text)),
        EXCEPTION | DATABASE => perhaps(effect, text),
        NOT_FOUND => Answer::NotFound(text),
        // Before anything was done. That the ERP answers is no fault of its own: it is waited for, and not taken for down.
        NETWORK_CONTROL => Answer::Failure(Failure::NotDone { reason: text, retry_after: Some(LOCK_WAIT) }),
        _ => Answer::Refused(text),
    }
}

fn by_login(fields: Map<String, Value>) -> Answer {
    let session = fields.get("KDSVCSessionId").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
    let kind = fields.get("LoginResultType").and_then(integer);
    let message = fields.get("Message").and_then(Value::as_str).unwrap_or_default();
    match kind {
        Some(LOGGED_IN) if session => Answer::Done(Value::Object(fields)),
        Some(LOGGED_IN) => Answer::Failure(Failure::Garbled("the log-in's answer holds no session".into())),
        Some(kind) => Answer::Failure(Failure::Unauthorised(format!("LoginResultType {kind} {}", quote(message)))),
        None => Answer::Failure(Failure::Garbled("the log-in's answer does not say what came of it".into())),
    }
}

/// It broke within the ERP, or it knows nobody of this session.
fn exception(effect: Effect, text: String) -> Answer {
    match text.contains(SESSION_LOST) {
        true => session_refused(effect, text),
        false => perhaps(effect, text),
    }
}

fn session_refused(effect: Effect, text: String) -> Answer {
    Answer::Failure(match effect {
        Effect::Login => Failure::Unauthorised(text),
        Effect::Read | Effect::Write => Failure::SessionRefused(text),
    })
}

fn perhaps(effect: Effect, reason: String) -> Answer {
    Answer::Failure(Failure::perhaps(effect, reason))
}

fn garbled(status: u16, body: &[u8]) -> Answer {
    Answer::Failure(Failure::Garbled(http::said(status, body)))
}

/// What a body is.
enum Said {
    /// `{"Result": {…}}`, also within lists.
    Result(Map<String, Value>),
    /// `{"LoginResultType": …}`.
    Login(Map<String, Value>),
    /// A list of lists of plain values.
    Rows(Value),
    /// `response_error:…`, shortened.
    Exception(String),
    Nothing,
}

impl Said {
    fn read(body: &[u8]) -> Said {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        // It may come as JSON's text, too.
        let error = text.trim_start_matches('"').strip_prefix(RESPONSE_ERROR);
        if let Some(error) = error {
            return Said::Exception(quote(error));
        }
        let Ok(mut json) = serde_json::from_str::<Value>(text) else { return Said::Nothing };
        for _ in 0..WRAPS_MAX {
            match json {
                Value::Array(mut list) if list.len() == 1 && (list[0].is_object() || is_wrap(&list[0])) => {
                    json = list.remove(0);
                }
                other => {
                    json = other;
                    break;
                }
            }
        }
        match json {
            Value::Object(mut fields) => match fields.remove("Result") {
                Some(Value::Object(result)) => Said::Result(result),
                Some(_) => Said::Nothing,
                None if fields.contains_key("LoginResultType") => Said::Login(fields),
                None => Said::Nothing,
            },
            Value::Array(rows) if rows.iter().all(is_row) => Said::Rows(Value::Array(rows)),
            Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Said::Nothing,
        }
    }
}

/// A list of one that holds a status.
fn is_wrap(json: &Value) -> bool {
    json.as_array().is_some_and(|list| list.len() == 1 && (list[0].is_object() || is_wrap(&list[0])))
}

fn is_row(json: &Value) -> bool {
    json.as_array().is_some_and(|row| row.iter().all(|value| !value.is_array() && !value.is_object()))
}

/// `ResponseStatus`, as far as it matters.
struct Status {
    is_success: bool,
    code: i64,
    errors: String,
    session_is_lost: bool,
    saved_some: bool,
    /// True where an error says that the number is there.
    names_the_number: bool,
}

impl Status {
    /// `None` where it does not say whether it was done.
    fn read(status: &Map<String, Value>) -> Option<Status> {
        let is_success = match status.get("IsSuccess")? {
            Value::Bool(is) => *is,
            Value::String(text) if text.eq_ignore_ascii_case("true") => true,
            Value::String(text) if text.eq_ignore_ascii_case("false") => false,
            _ => return None,
        };
        let code = status.get("MsgCode").and_then(integer).unwrap_or_default();
        let errors = status.get("Errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let of = |error: &Value, name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_number = |error: &Value| {
            let field = of(error, "FieldName");
            NUMBER_FIELDS.iter().any(|name| field.eq_ignore_ascii_case(name))
        };
        let texts: Vec<String> = errors
            .iter()
            .map(|error| match of(error, "FieldName") {
                field if field.is_empty() => of(error, "Message"),
                field => format!("{field}: {}", of(error, "Message")),
            })
            .collect();
        let errors_text = texts.join("; ");
        Some(Status {
            is_success,
            code,
            session_is_lost: code == CONTEXT_LOST || errors_text.contains(SESSION_LOST),
            saved_some: status.get("SuccessEntitys").and_then(Value::as_array).is_some_and(|list| !list.is_empty()),
            // Beside other refusals it counts as one only where it says so.
            names_the_number: !errors.is_empty()
                && (errors.iter().all(is_number)
                    || errors.iter().any(|error| is_number(error) && of(error, "Message").contains(UNIQUENESS))),
            errors: errors_text,
        })
    }

    fn text(&self) -> String {
        format!("{} {}", self.code, quote(&self.errors))
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const EFFECTS: [Effect; 3] = [Effect::Login, Effect::Read, Effect::Write];

    fn response(effect: Effect, status: u16, body: &str) -> Answer {
        classify(effect, &Reply::Response { status, retry_after: Some("7"), body: body.as_bytes() })
    }

    /// The variant's name, and whether a wait was taken over.
    fn name(answer: &Answer) -> &'static str {
        match answer {
            Answer::Done(_) => "done",
            Answer::Partly(_) => "partly",
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

    fn refusal(code: i64, field: Option<&str>, message: &str) -> String {
        let errors = json!([{"FieldName": field, "Message": message, "DIndex": 0}]);
        let status = json!({"ErrorCode": 500, "IsSuccess": false, "Errors": errors, "SuccessEntitys": [],
            "SuccessMessages": [], "MsgCode": code});
        json!({"Result": {"ResponseStatus": status}}).to_string()
    }

    #[test]
    fn every_code_of_the_application() {
        for (code, expected) in [
            (0, ["unauthorised", "refused", "refused"]),
            (1, ["unauthorised", "session refused", "session refused"]),
            (2, ["unauthorised", "refused", "refused"]),
            (3, ["unauthorised", "refused", "refused"]),
            (4, ["unauthorised", "not done", "unknown"]),
            (5, ["unauthorised", "refused", "refused"]),
            (6, ["unauthorised", "not done", "unknown"]),
            (7, ["unauthorised"; 3]),
            (8, ["unauthorised", "refused", "refused"]),
            (9, ["unauthorised", "refused", "refused"]),
            (10, ["unauthorised", "not found", "not found"]),
            (11, ["unauthorised", "refused", "refused"]),
            (12, ["unauthorised", "refused", "refused"]),
            (13, ["unauthorised", "not done, wait", "not done, wait"]),
            (14, ["not done, wait"; 3]),
            (99, ["unauthorised", "refused", "refused"]),
        ] {
            let body = refusal(code, Some("FMaterialId"), "字段“物料编码”是必填项");
            assert_eq!(row(200, &body), expected, "{code}");
            assert_eq!(row(200, &format!("[[{body}]]")), expected, "{code} in lists");
        }
    }

    #[test]
    fn a_number_that_is_there() {
        let text = "违反字段唯一性要求：编码唯一。[S1]在当前系统中已经被使用。";
        for field in ["FBillNo", "FNumber", "FNUMBER"] {
            assert_eq!(row(200, &refusal(11, Some(field), text)), ["unauthorised", "refused", "duplicate"], "{field}");
        }
        assert_eq!(row(200, &refusal(6, Some("FBillNo"), text))[2], "duplicate");
        // Said beside another refusal it is there all the same; a number that is wrong is not.
        let both = |text: &str| {
            let errors = json!([{"FieldName": "FQty", "Message": "x"}, {"FieldName": "FBillNo", "Message": text}]);
            json!({"Result": {"ResponseStatus": {"IsSuccess": false, "Errors": errors, "MsgCode": 11}}}).to_string()
        };
        assert_eq!((row(200, &both(text))[2], row(200, &both("编码过长"))[2]), ("duplicate", "refused"));
        let Answer::Duplicate(said) = response(Effect::Write, 200, &refusal(11, Some("FBillNo"), text)) else {
            panic!()
        };
        assert_eq!(said, format!("11 FBillNo: {text}"));
    }

    #[test]
    fn success_and_what_goes_for_it() {
        let done = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"Errors":[],"SuccessEntitys":[{"Id":1,"Number":"S1","DIndex":0}],"MsgCode":0}}}"#;
        assert_eq!(row(200, done), ["garbled", "done", "done"]);
        assert_eq!(row(200, &done.replace("true", "\"true\"")), ["garbled", "done", "done"]);
        assert_eq!(row(200, &format!("[[{done}]]")), ["garbled", "done", "done"]);
        let partly = done.replace("\"IsSuccess\":true", "\"IsSuccess\":\"False\"");
        assert_eq!(row(200, &partly), ["unauthorised", "refused", "partly"]);
        assert_eq!(row(200, r#"{"Result":{"ResponseStatus":null,"Result":{"Id":1}}}"#), ["garbled", "done", "garbled"]);
        for rows in ["[]", "[[1,\"S1\",null,true,1.5]]", "[[1],[2]]"] {
            assert_eq!(row(200, rows), ["garbled", "done", "garbled"], "{rows}");
        }
        let session = r#"{"LoginResultType":1,"KDSVCSessionId":"x"}"#;
        assert_eq!(row(200, session), ["done", "garbled", "garbled"]);
        for refused in [r#"{"LoginResultType":0,"Message":"密码错误"}"#, r#"{"LoginResultType":-5}"#] {
            assert_eq!(row(200, refused), ["unauthorised", "garbled", "garbled"]);
        }
        assert_eq!(row(200, r#"{"LoginResultType":1,"KDSVCSessionId":""}"#)[0], "garbled");
    }

    #[test]
    fn exceptions_come_as_text() {
        let lost = "response_error:{\"Message\":\"会话信息已丢失，请重新登录\"}";
        assert_eq!(row(200, lost), ["unauthorised", "session refused", "session refused"]);
        for status in [200, 500] {
            assert_eq!(row(status, "response_error:未将对象引用设置到对象的实例"), ["not done", "not done", "unknown"]);
            assert_eq!(row(status, "\"response_error: x\""), ["not done", "not done", "unknown"]);
        }
    }

    #[test]
    fn every_status_with_every_kind_of_body() {
        let bodies =
            ["", "<html>oops</html>", r#"{"errcode":401,"description":"x"}"#, r#"{"message":"x"}"#, "[1]", "null"];
        for body in bodies {
            assert_eq!(row(200, body), ["garbled"; 3], "{body}");
            assert_eq!(row(401, body), ["unauthorised", "session refused", "session refused"], "{body}");
            assert_eq!(row(403, body), ["unauthorised"; 3], "{body}");
            assert_eq!(row(519, body), ["unauthorised"; 3], "{body}");
            assert_eq!(row(429, body), ["not done, wait"; 3], "{body}");
            assert_eq!(row(503, body), ["not done, wait"; 3], "{body}");
            for status in [408, 500, 502, 504, 518, 520, 599] {
                assert_eq!(row(status, body), ["not done", "not done", "unknown"], "{status} {body}");
            }
            for status in [100, 301, 302, 400, 404, 405, 413, 600] {
                assert_eq!(row(status, body), ["garbled"; 3], "{status} {body}");
            }
        }
        for body in
            ["{}", r#"{"Result":7}"#, r#"{"Result":{}}"#, r#"{"Result":{"ResponseStatus":{}}}"#, "[[[[[[{}]]]]]]"]
        {
            assert_eq!(row(200, body), ["garbled"; 3], "{body}");
        }
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
                prop_assert!(!matches!(answer, Answer::Done(_) | Answer::Partly(_) | Answer::Duplicate(_) | Answer::NotFound(_)));
            }
        }

        #[test]
        fn any_status_and_any_code_has_a_meaning(
            status in 0u16..700,
            code in any::<i64>(),
            is_success in any::<bool>(),
            field in prop::option::of("[A-Za-z]{0,8}|FBillNo"),
            text in ".{0,300}",
            saved in any::<bool>(),
        ) {
            let entities = if saved { json!([{"Id": 1, "Number": "S1", "DIndex": 0}]) } else { json!([]) };
            let status_of = json!({"IsSuccess": is_success, "MsgCode": code, "SuccessEntitys": entities,
                "Errors": [{"FieldName": field, "Message": text, "DIndex": 0}]});
            let body = json!({"Result": {"ResponseStatus": status_of}}).to_string();
            for effect in EFFECTS {
                let answer = response(effect, status, &body);
                if let Answer::Done(_) = answer {
                    prop_assert!(is_success && (200..300).contains(&status));
                }
                // What may have been done is never said not to have been.
                if effect == Effect::Write && matches!(answer, Answer::Failure(Failure::NotDone { .. })) {
                    let early = matches!(status, 429 | 503) || matches!(code, NETWORK_CONTROL | CALL_LIMIT);
                    prop_assert!(early && (!is_success || status == 429 || status == 503) , "{answer:?}");
                }
            }
        }
    }
}
