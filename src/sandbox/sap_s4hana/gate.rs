//! Who may come in: a user or a token, and for changes a session's token against forged requests.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::json;

use crate::sandbox::office::{Letter, Reply};

pub(super) const TOKEN_PATH: &str = "/oauth/token";
const COOKIE: &str = "SAP_SESSIONID_S4H_100";

/// What gets one in.
#[derive(Debug, Clone)]
pub(super) struct Credentials {
    pub user: String,
    pub password: String,
    pub client_id: String,
    pub client_secret: String,
}

/// The door.
pub(super) struct Gate {
    credentials: Credentials,
    life: Duration,
    issued: u64,
    /// Until when, by what names it.
    tokens: BTreeMap<String, Timestamp>,
    /// The token against forged requests, and until when, by the cookie.
    sessions: BTreeMap<String, (String, Timestamp)>,
    seed: String,
}

impl Gate {
    pub(super) fn new(credentials: Credentials, life: Duration, seed: String) -> Gate {
        Gate { credentials, life, issued: 0, tokens: BTreeMap::new(), sessions: BTreeMap::new(), seed }
    }

    pub(super) fn end_all(&mut self) {
        self.tokens.clear();
        self.sessions.clear();
    }

    fn name(&mut self) -> String {
        self.issued += 1;
        format!("{}{:06}", self.seed, self.issued)
    }

    fn end(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.life).unwrap_or(Timestamp::MAX)
    }

    /// RFC 6749, section 4.4.
    pub(super) fn token(&mut self, letter: &Letter, now: Timestamp) -> Reply {
        let Credentials { client_id, client_secret, .. } = &self.credentials;
        if basic(&letter.headers) != Some(format!("{client_id}:{client_secret}")) {
            return Reply::json(401, &json!({"error": "invalid_client"}));
        }
        let body = String::from_utf8_lossy(&letter.body);
        if !body.split('&').any(|field| field == "grant_type=client_credentials") {
            return Reply::json(400, &json!({"error": "unsupported_grant_type"}));
        }
        let token = self.name();
        self.tokens.insert(token.clone(), self.end(now));
        let seconds = self.life.as_secs();
        Reply::json(200, &json!({"access_token": token, "token_type": "Bearer", "expires_in": seconds}))
    }

    /// Lets in who may; else what is said to them.
    pub(super) fn admit(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), Box<Reply>> {
        let Credentials { user, password, .. } = &self.credentials;
        let bearer = text(headers, "authorization").and_then(|value| value.strip_prefix("Bearer "));
        let known = match bearer {
            Some(token) => self.tokens.get(token).is_some_and(|until| now < *until),
            None => basic(headers) == Some(format!("{user}:{password}")),
        };
        match known {
            true => Ok(()),
            false => Err(Box::new(
                Reply::html(401, "Anmeldung fehlgeschlagen").with("www-authenticate", "Basic realm=\"SAP NetWeaver\""),
            )),
        }
    }

    /// A new session's headers, for who fetches a token.
    pub(super) fn session(&mut self, now: Timestamp) -> [(&'static str, String); 2] {
        let (cookie, token) = (self.name(), format!("{}==", self.name()));
        self.sessions.insert(cookie.clone(), (token.clone(), self.end(now)));
        [("x-csrf-token", token), ("set-cookie", format!("{COOKIE}={cookie}; path=/; secure; HttpOnly"))]
    }

    /// Lets a change through that has its session's token.
    pub(super) fn unforged(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), Box<Reply>> {
        let cookie = text(headers, "cookie").unwrap_or_default().split("; ").find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name == COOKIE).then_some(value)
        });
        let session = cookie.and_then(|cookie| self.sessions.get(cookie)).filter(|(_, until)| now < *until);
        match session {
            Some((token, _)) if text(headers, "x-csrf-token") == Some(token) => Ok(()),
            Some(_) | None => Err(Box::new(Reply {
                status: 403,
                headers: vec![("x-csrf-token", "Required".into())],
                content_type: "text/plain",
                body: "CSRF token validation failed".into(),
            })),
        }
    }
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// True for who fetches a token against forged requests.
pub(super) fn fetches(headers: &HeaderMap) -> bool {
    text(headers, "x-csrf-token").is_some_and(|value| value.eq_ignore_ascii_case("fetch"))
}

fn basic(headers: &HeaderMap) -> Option<String> {
    let encoded = text(headers, "authorization")?.strip_prefix("Basic ")?;
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}
