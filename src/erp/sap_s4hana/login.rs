//! Who we are there, and the token against forged requests.
//!
//! By OAuth 2.0 a token is asked for at the identity provider and kept until shortly before its end. The system gives out a token of
//! its own (`X-CSRF-Token: Fetch`) together with cookies that name its session; who changes something sends both. A token without
//! its cookies is worth nothing.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::erp::http;
use crate::erp::{Effect, Failure, Reply};

/// A token is replaced so long before it ends.
const TOKEN_MARGIN: Duration = Duration::from_secs(60);
/// How long a token lives whose answer does not say so.
const TOKEN_LIFE: Duration = Duration::from_secs(600);
const TOKEN_LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
/// More or longer cookies than a system gives are not kept.
const COOKIES_MAX: usize = 20;
const COOKIE_BYTES_MAX: usize = 4096;
const CSRF_BYTES_MAX: usize = 1024;

/// A token of the identity provider's.
#[derive(Clone)]
pub(super) struct Bearer {
    pub token: String,
    until: Instant,
}

impl Bearer {
    pub(super) fn is_good(&self, now: Instant) -> bool {
        now < self.until
    }
}

/// A session there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    /// The token against forged requests.
    pub csrf: String,
    /// The header `Cookie`; empty where the system gave none.
    pub cookies: String,
}

impl Session {
    /// From the answer to who fetched a token.
    ///
    /// # Errors
    /// Where there is none in it.
    pub(super) fn read(headers: &HeaderMap) -> Result<Session, Failure> {
        let csrf = headers.get("x-csrf-token").and_then(|value| value.to_str().ok()).map(str::trim).unwrap_or_default();
        let refused = csrf.is_empty() || csrf.len() > CSRF_BYTES_MAX || csrf.eq_ignore_ascii_case("required");
        if refused {
            let reason = "the answer to who fetches a token holds no x-csrf-token: does a proxy take headers away?";
            return Err(Failure::Garbled(reason.into()));
        }
        let pairs = headers.get_all("set-cookie").iter().filter_map(|value| {
            let pair = value.to_str().ok()?.split(';').next()?.trim();
            (pair.contains('=') && pair.len() <= COOKIE_BYTES_MAX).then_some(pair)
        });
        let cookies: Vec<&str> = pairs.take(COOKIES_MAX).collect();
        Ok(Session { csrf: csrf.to_owned(), cookies: cookies.join("; ") })
    }
}

/// The body of a request for a token.
pub(super) fn token_request(scope: Option<&str>) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let scope = scope.map(|scope| format!("&scope={}", utf8_percent_encode(scope, NON_ALPHANUMERIC)));
    format!("grant_type=client_credentials{}", scope.unwrap_or_default())
}

/// What the identity provider's answer means (RFC 6749, sections 5.1 and 5.2): total and pure, but for the clock.
///
/// # Errors
/// Why there is no token.
pub(super) fn read_token(reply: &Reply<'_>, now: Instant) -> Result<Bearer, Failure> {
    let (status, retry_after, body) = match reply {
        Reply::NotSent(reason) => return Err(Failure::NotSent(format!("the token's server is not reached: {reason}"))),
        Reply::Lost(reason) => {
            return Err(Failure::perhaps(Effect::Login, format!("no answer from the token's server: {reason}")));
        }
        Reply::Response { status, retry_after, body } => (*status, *retry_after, *body),
    };
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    match status {
        200..=299 => {
            // It becomes a header.
            let token = text("access_token").filter(|token| token.bytes().all(|b| b.is_ascii_graphic()));
            let token =
                token.ok_or_else(|| Failure::Garbled("the answer to a request for a token holds none".into()))?;
            let seconds = match json.get("expires_in") {
                Some(Value::Number(number)) => number.as_u64(),
                Some(Value::String(text)) => text.parse().ok(),
                Some(_) | None => None,
            };
            let life = seconds.map_or(TOKEN_LIFE, Duration::from_secs).min(TOKEN_LIFE_MAX);
            Ok(Bearer { token: token.to_owned(), until: now + life.saturating_sub(TOKEN_MARGIN.min(life / 2)) })
        }
        400 | 401 | 403 if status != 400 || text("error").is_some() => {
            let said = text("error").map_or_else(|| format!("HTTP {status}"), http::quote);
            Err(Failure::Unauthorised(format!(
                "the token's server refuses the client ({said}): check erp.client_id, erp.client_secret, erp.scope and erp.token_url"
            )))
        }
        429 | 503 => Err(Failure::NotDone {
            reason: format!("the token's server: HTTP {status}"),
            retry_after: retry_after.and_then(http::retry_after),
        }),
        500..=599 => Err(Failure::NotDone { reason: format!("the token's server: HTTP {status}"), retry_after: None }),
        0..=199 | 300..=499 | 600.. => {
            Err(Failure::Garbled(format!("the token's server, which erp.token_url names: HTTP {status}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(status: u16, body: &str) -> Result<Bearer, Failure> {
        let reply = Reply::Response { status, retry_after: Some("7"), body: body.as_bytes() };
        read_token(&reply, Instant::now())
    }

    #[test]
    fn a_token_is_kept_until_shortly_before_its_end() {
        let now = Instant::now();
        let bearer = token(200, r#"{"access_token":"abc","token_type":"Bearer","expires_in":3600}"#).unwrap();
        assert!(bearer.is_good(now + Duration::from_secs(3500)) && !bearer.is_good(now + Duration::from_secs(3541)));
        let brief = token(200, r#"{"access_token":"abc","expires_in":"20"}"#).unwrap();
        assert!(brief.is_good(now + Duration::from_secs(9)) && !brief.is_good(now + Duration::from_secs(11)));
        assert!(token(200, r#"{"access_token":"abc"}"#).unwrap().is_good(now + Duration::from_secs(500)));
    }

    #[test]
    fn what_a_tokens_server_says() {
        let name = |status, body: &str| match token(status, body) {
            Ok(_) => "token",
            Err(Failure::Unauthorised(_)) => "unauthorised",
            Err(Failure::NotDone { retry_after: Some(_), .. }) => "wait",
            Err(Failure::NotDone { retry_after: None, .. }) => "not done",
            Err(Failure::Garbled(_)) => "garbled",
            Err(other) => panic!("{other:?}"),
        };
        let invalid = r#"{"error":"invalid_client"}"#;
        for (status, body, expected) in [
            (200, r#"{"access_token":"a b"}"#, "garbled"),
            (200, "<html>", "garbled"),
            (302, "", "garbled"),
            (400, invalid, "unauthorised"),
            (400, "<html>", "garbled"),
            (401, invalid, "unauthorised"),
            (401, "", "unauthorised"),
            (403, "", "unauthorised"),
            (404, "", "garbled"),
            (429, "", "wait"),
            (503, "", "wait"),
            (500, "", "not done"),
        ] {
            assert_eq!(name(status, body), expected, "{status} {body}");
        }
        let Err(Failure::Unauthorised(reason)) = token(401, invalid) else { panic!() };
        assert!(reason.contains("(invalid_client)") && reason.contains("erp.client_secret"), "{reason}");
        for status in 0..700 {
            let _ = token(status, "{}");
        }
    }

    #[test]
    fn a_session_is_a_token_and_its_cookies() {
        let mut headers = HeaderMap::new();
        headers.insert("x-csrf-token", "abc==".parse().unwrap());
        headers.append("set-cookie", "sap-usercontext=sap-client=100; path=/".parse().unwrap());
        headers.append("set-cookie", "SAP_SESSIONID_S4H_100=x%3d; path=/; secure; HttpOnly".parse().unwrap());
        headers.append("set-cookie", "nonsense".parse().unwrap());
        let session = Session::read(&headers).unwrap();
        let cookies = "sap-usercontext=sap-client=100; SAP_SESSIONID_S4H_100=x%3d";
        assert_eq!(session, Session { csrf: "abc==".into(), cookies: cookies.into() });
        for token in ["Required", ""] {
            headers.insert("x-csrf-token", token.parse().unwrap());
            assert!(matches!(Session::read(&headers), Err(Failure::Garbled(_))), "{token}");
        }
    }

    #[test]
    fn a_scope_is_encoded() {
        assert_eq!(token_request(None), "grant_type=client_credentials");
        assert_eq!(token_request(Some("API A")), "grant_type=client_credentials&scope=API%20A");
    }
}
