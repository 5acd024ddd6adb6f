//! The way in: addresses, sessions, and the envelope of an answer.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::series::Series;
use super::store::{Refusal, USER};
use super::value::Data;
use crate::sandbox::office::{Letter, Reply};

/// The database's name.
pub(super) const DATABASE: &str = "erp";
/// Who logs in.
pub(super) const LOGIN: &str = "bridge";
/// The server's own `[session]` defaults: so many attempts fail before it refuses to look, and for so long.
const ATTEMPTS_MAX: usize = 5;
const ATTEMPTS_MS: i64 = 300_000;
/// An answer that is longer says that it is compressed, whether it is or not.
const PLAIN_BYTES_MAX: usize = 1400;

/// Who may come in.
#[derive(Debug)]
pub(super) struct Gate {
    series: Series,
    pub password: String,
    session_ms: i64,
    /// When each was last used.
    sessions: BTreeMap<String, i64>,
    tokens: u64,
    failed: Vec<i64>,
}

/// A call as it came.
#[derive(Debug)]
pub(super) struct Call {
    pub method: String,
    pub params: Vec<Data>,
    /// None where the request had other keys than `id`, `method` and `params`: such is answered without an envelope.
    id: Option<Value>,
}

impl Gate {
    pub(super) fn new(series: Series, password: String, session_life: Duration) -> Gate {
        Gate {
            series,
            password,
            session_ms: i64::try_from(session_life.as_millis()).unwrap_or(i64::MAX),
            sessions: BTreeMap::new(),
            tokens: 0,
            failed: Vec::new(),
        }
    }

    /// What is asked.
    ///
    /// # Errors
    /// The answer, where that is decided by address and form alone.
    pub(super) fn open(&self, letter: &Letter) -> Result<Call, Reply> {
        let expected = self.series.path(DATABASE);
        if letter.path != expected {
            // Of another database; anything else is an address for OPTIONS alone.
            let place = self.series.path("\0");
            let (before, after) = place.split_once('\0').unwrap_or_default();
            let name = letter.path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).unwrap_or_default();
            let is_database = !name.is_empty() && !name.contains('/');
            return Err(page(if is_database && letter.method == "POST" { 404 } else { 405 }));
        }
        if letter.method != "POST" {
            return Err(page(405));
        }
        let is_json = |kind: &str| kind.contains("json");
        if !letter.headers.get("content-type").and_then(|kind| kind.to_str().ok()).is_some_and(is_json) {
            return Err(page(500));
        }
        Call::read(&letter.body).ok_or_else(|| page(self.series.unreadable()))
    }

    /// `common.db.login [user, {"password": …}, language]`.
    pub(super) fn log_in(&mut self, call: &Call, now_ms: i64) -> Reply {
        let (user, given) = match call.params.as_slice() {
            [Data::Text(user), Data::Dict(given)] | [Data::Text(user), Data::Dict(given), _] => (user, given),
            other => {
                let text = format!("login() takes 3 positional arguments but {} were given", other.len());
                return call.refused(&Refusal::Fault(text));
            }
        };
        self.failed.retain(|at| now_ms - at < ATTEMPTS_MS);
        if self.failed.len() > ATTEMPTS_MAX {
            self.failed.push(now_ms);
            return page(429);
        }
        let Some(password) = given.get("password") else {
            return call.refused(&Refusal::Login("password", "Password for bridge"));
        };
        if user != LOGIN || password.as_text() != Some(self.password.as_str()) {
            self.failed.push(now_ms);
            return page(401);
        }
        self.failed.clear();
        self.tokens += 1;
        let token = format!("{:064x}", u128::from(self.tokens) * 0x9E37_79B9_7F4A_7C15_F39C_0C5D);
        self.sessions.insert(token.clone(), now_ms);
        let session = match self.series {
            Series::V6_0 | Series::V7_0 => json!([USER, token]),
            Series::V8_0 => json!([USER, token, null]),
        };
        call.done(self.series, &session)
    }

    /// Whether `Authorization: Session base64(user:id:token)` names a session that is good; it is good for longer then.
    pub(super) fn admits(&mut self, headers: &HeaderMap, now_ms: i64) -> bool {
        let Some(token) = token_of(headers) else { return false };
        let life = self.session_ms;
        self.sessions.retain(|_, used| now_ms - *used <= life);
        match self.sessions.get_mut(&token) {
            Some(used) => {
                *used = now_ms;
                true
            }
            None => false,
        }
    }

    pub(super) fn log_out(&mut self, headers: &HeaderMap) {
        token_of(headers).map(|token| self.sessions.remove(&token));
    }

    pub(super) fn end_sessions(&mut self) {
        self.sessions.clear();
    }
}

impl Call {
    fn read(body: &[u8]) -> Option<Call> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let fields = body.as_object()?;
        let Data::List(params) = Data::decode(fields.get("params")?)? else { return None };
        let is_whole = fields.len() == 3 && fields.contains_key("id");
        Some(Call {
            method: fields.get("method")?.as_str()?.to_owned(),
            params,
            id: fields.get("id").filter(|_| is_whole).cloned(),
        })
    }

    /// The method alone, whatever else is wrong.
    pub(super) fn method(body: &[u8]) -> Option<String> {
        let body: Value = serde_json::from_slice(body).ok()?;
        Some(body.get("method")?.as_str()?.to_owned())
    }

    pub(super) fn done(&self, series: Series, result: &Value) -> Reply {
        let reply = match &self.id {
            Some(id) => Reply::json(200, &json!({"id": id, "result": result})),
            None => Reply::json(200, result),
        };
        match series == Series::V8_0 && reply.body.len() > PLAIN_BYTES_MAX {
            true => reply.with("content-encoding", "gzip"),
            false => reply,
        }
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> Reply {
        let (status, error) = match refusal {
            Refusal::User(text) | Refusal::Duplicate(text) => (400, json!(["UserError", [text, "", null]])),
            Refusal::Warning { key, text } => (409, json!(["UserWarning", [key, text, ""]])),
            Refusal::Login(name, message) => (403, json!(["LoginException", [name, message, "password"]])),
            Refusal::Fault(text) => (500, json!([text, ""])),
            Refusal::Forbidden => return page(403),
            Refusal::NoContext => return page(422),
        };
        match &self.id {
            Some(id) => Reply::json(200, &json!({"id": id, "error": error})),
            None => page(status),
        }
    }
}

/// A page of the library that serves it.
pub(super) fn page(status: u16) -> Reply {
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    let title = status.canonical_reason().unwrap_or_default();
    let body =
        format!("<!doctype html>\n<html lang=en>\n<title>{} {title}</title>\n<h1>{title}</h1>\n", status.as_str());
    Reply { status: status.as_u16(), headers: Vec::new(), content_type: "text/html; charset=utf-8", body }
}

/// What is said to who has no session: nothing.
pub(super) fn no_session() -> Reply {
    Reply { status: 401, headers: Vec::new(), content_type: "text/plain; charset=utf-8", body: String::new() }
}

fn token_of(headers: &HeaderMap) -> Option<String> {
    let given = headers.get("authorization")?.to_str().ok()?.strip_prefix("Session ")?;
    let text = String::from_utf8(BASE64.decode(given).ok()?).ok()?;
    match text.split(':').collect::<Vec<_>>()[..] {
        [LOGIN, id, token] if id == USER.to_string() => Some(token.to_owned()),
        _ => None,
    }
}
