//! Signed requests over kept-alive connections: the token, the rate limit, and what must not show.
//!
//! Every request is signed anew, with its own nonce and time; one that is repeated (only after a 401, which the gateway
//! answers before it passes anything on) is signed again. The token lives about 24 h and may be asked for twice a minute
//! (third-party notes): it is kept, replaced an hour before its end or when it is refused, and never asked for more often.
//! Redirects are not followed: a signature is good for one path.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::classify::{Answer, classify};
use super::settings::Settings;
use super::sign::{Signed, app_signature, encode, request_signature};
use crate::erp::http::{self, Http};
use crate::erp::{Effect, Failure, Joined, Limit, Pace, Reply};

const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
const TOKEN_AGE_MAX: Duration = Duration::from_secs(23 * 3600);
const TOKEN_CALLS_MAX: usize = 2;
const TOKEN_CALLS_WINDOW: Duration = Duration::from_secs(60);
/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;

/// One request.
#[derive(Clone, Copy)]
struct Call<'a> {
    effect: Effect,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
}

/// The way to one account.
pub(super) struct Transport {
    settings: Settings,
    http: Http,
    pace: Pace,
    tokens: Mutex<Tokens>,
    outbounds: Joined<Value, Option<Answer>>,
}

impl Transport {
    /// Prepares the way; sends nothing.
    ///
    /// # Errors
    /// A sentence about the setting that is wrong.
    pub(super) fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        settings.check()?;
        let http = Http::new(settings.base()?, settings.request_timeout)?;
        let outbounds = Joined::new(settings.outbounds_together);
        Ok(Transport { settings, http, pace, tokens: Mutex::default(), outbounds })
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.call(Call { effect: Effect::Read, path, query, body: None }).await
    }

    /// Saves.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Call { effect: Effect::Write, path, query: &[], body: Some(body) }).await
    }

    /// Saves an outbound, in one request with others where several are to be saved at the same time.
    ///
    /// What is not saved so, for whatever reason, is saved by itself: that answers with a code that says why.
    pub(super) async fn post_outbound(&self, path: &str, batch_path: &str, body: Value) -> Answer {
        if self.settings.outbounds_together > 1 {
            let until = http::until();
            let send = |bodies, until| http::within(until, self.post_together(path, batch_path, bodies));
            match self.outbounds.send(body.clone(), until, send).await {
                Some(Some(answer)) => return answer,
                Some(None) => {}
                None => {
                    let reason = "the request that it was to be saved with was given up".to_owned();
                    return Answer::Failure(Failure::Unknown(reason));
                }
            }
        }
        self.post(path, &body).await
    }

    /// An answer for each of the bodies; `None` where it was certainly not saved.
    async fn post_together(&self, path: &str, batch_path: &str, bodies: Vec<Value>) -> Vec<Option<Answer>> {
        if let [body] = &bodies[..] {
            return vec![Some(self.post(path, body).await)];
        }
        let (count, numbers): (usize, Vec<_>) = (bodies.len(), bodies.iter().map(|b| b["bill_no"].clone()).collect());
        let answer = self.post(batch_path, &json!({ "rows": bodies })).await;
        tracing::debug!(count, "saved outbounds together");
        match answer {
            Answer::Done(data) => numbers.iter().map(|number| row(&data, number)).collect(),
            Answer::Duplicate(_) | Answer::NotFound(_) | Answer::Refused(_) => vec![None; count],
            Answer::Failure(failure) => vec![Some(Answer::Failure(failure)); count],
        }
    }

    async fn call(&self, call: Call<'_>) -> Answer {
        let token = match self.token(None).await {
            Ok(token) => token,
            Err(failure) => return Answer::Failure(failure),
        };
        let answer = self.send(call, Some(&token)).await;
        let Answer::Failure(Failure::SessionRefused(_)) = answer else { return answer };
        let token = match self.token(Some(&token.value)).await {
            Ok(token) => token,
            Err(failure) => return Answer::Failure(failure),
        };
        match self.send(call, Some(&token)).await {
            Answer::Failure(Failure::SessionRefused(reason)) => Answer::Failure(Failure::Unauthorised(format!(
                "{reason}: a token that was just issued is refused; check client_id, app_key and the account's authorisation"
            ))),
            answer => answer,
        }
    }

    /// The token in use; another one where that is too old, or is the one `refused`.
    async fn token(&self, refused: Option<&str>) -> Result<Token, Failure> {
        let mut tokens = self.tokens.lock().await;
        if let Some(token) = tokens.current.take_if(|t| Some(t.value.as_str()) == refused) {
            tracing::info!(age_s = token.issued.elapsed().as_secs(), "the ERP refuses its token; asking for another");
        }
        if let Some(token) = tokens.current.as_ref().filter(|t| t.issued.elapsed() < TOKEN_AGE_MAX) {
            return Ok(token.clone());
        }
        if let Some(wait) = tokens.wait(Instant::now()) {
            return Err(tokens.refusal.clone().unwrap_or(Failure::NotDone {
                reason: "no token: the ERP allows two requests for one a minute".into(),
                retry_after: Some(wait),
            }));
        }
        let asked_at = Instant::now();
        let signature = app_signature(self.settings.app_secret.expose_secret(), &self.settings.app_key);
        let query = [("app_key", self.settings.app_key.as_str()), ("app_signature", signature.as_str())];
        let answer = self.send(Call { effect: Effect::Login, path: TOKEN_PATH, query: &query, body: None }, None).await;
        if answered_by_erp(&answer) {
            tokens.calls.push_back(asked_at);
        }
        match read_token(answer) {
            Ok(token) => {
                tokens.refusal = None;
                tokens.current = Some(token.clone());
                Ok(token)
            }
            Err(failure) => {
                tokens.refusal = matches!(failure, Failure::Unauthorised(_)).then(|| failure.clone());
                Err(failure)
            }
        }
    }

    async fn send(&self, call: Call<'_>, token: Option<&Token>) -> Answer {
        if let Err(reason) = self.pace.permit(self.limit()).await {
            return Answer::Failure(Failure::NotSent(reason));
        }
        // Looked at last: the process may have been stopped at any point before.
        let too_late = tokio::time::Instant::now() >= http::until();
        if too_late && call.effect == Effect::Write {
            let reason = "the time for it had run out before it could be sent".to_owned();
            return Answer::Failure(Failure::Unknown(reason));
        }
        let request = self.request(call, token);
        let started = Instant::now();
        let answer = match http::exchange(request).await {
            Ok((status, retry_after, body)) => {
                let reply = Reply::Response { status, retry_after: retry_after.as_deref(), body: &body };
                classify(call.effect, &reply)
            }
            Err(reply) => classify(call.effect, &reply),
        };
        tracing::debug!(path = call.path, ms = started.elapsed().as_millis() as u64, "asked the ERP");
        self.redacted(answer, token)
    }

    /// The vendor counts all requests of an account together.
    fn limit(&self) -> Limit {
        let per_minute = self.settings.rate_per_minute;
        Limit { endpoint: "account", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) }
    }

    fn request(&self, call: Call<'_>, token: Option<&Token>) -> reqwest::RequestBuilder {
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        let nonce = (rand::random::<u64>() >> 14 | 1).to_string();
        let timestamp = Timestamp::now().as_millisecond().to_string();
        let signed = Signed {
            method: method.as_str(),
            path: call.path,
            query: call.query,
            nonce: &nonce,
            timestamp: &timestamp,
        };
        let signature = request_signature(self.settings.client_secret.expose_secret(), &signed);
        let mut url = self.http.base.clone();
        url.set_path(call.path);
        let query: Vec<String> = call.query.iter().map(|(k, v)| format!("{k}={}", encode(v))).collect();
        url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
        let mut request = self
            .http
            .request(method, url)
            .header("Content-Type", "application/json")
            .header("X-Api-ClientID", &self.settings.client_id)
            .header("X-Api-Auth-Version", "2.0")
            .header("X-Api-TimeStamp", &timestamp)
            .header("X-Api-Nonce", &nonce)
            .header("X-Api-SignHeaders", "X-Api-TimeStamp,X-Api-Nonce")
            .header("X-Api-Signature", signature);
        if let Some(token) = token {
            request = request.header("app-token", &token.value);
            if let Some(domain) = self.settings.router_addr.as_ref().or(token.domain.as_ref()) {
                request = request.header("X-GW-Router-Addr", domain);
            }
        }
        match call.body {
            Some(body) => request.body(body.to_string()),
            None => request,
        }
    }

    /// Takes our secrets out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer, token: Option<&Token>) -> Answer {
        let token = token.map_or("", |t| t.value.as_str());
        let secrets = [self.settings.client_secret.expose_secret(), self.settings.app_secret.expose_secret(), token];
        let clean = |text: String| http::redacted(text, &secrets);
        match answer {
            Answer::Done(data) => Answer::Done(data),
            Answer::Duplicate(text) => Answer::Duplicate(clean(text)),
            Answer::NotFound(text) => Answer::NotFound(clean(text)),
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Failure(failure) => Answer::Failure(failure.worded(clean)),
        }
    }
}

/// What a batch's answer says of the form with this number.
fn row(data: &Value, number: &Value) -> Option<Answer> {
    let rows = data.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match rows.iter().find(|row| row.get("number") == Some(number)) {
        Some(row) => match row.get("success").and_then(Value::as_bool) {
            Some(true) => Some(Answer::Done(json!({"ids": [row.get("id")]}))),
            Some(false) => None,
            None => unclear(),
        },
        None => unclear(),
    }
}

fn unclear() -> Option<Answer> {
    let reason = "the answer to a batch does not say whether it was saved".to_owned();
    Some(Answer::Failure(Failure::Unknown(reason)))
}

/// A token and where it leads.
#[derive(Clone)]
struct Token {
    value: String,
    domain: Option<String>,
    issued: Instant,
}

/// The token in use, and when tokens were asked for.
#[derive(Default)]
struct Tokens {
    current: Option<Token>,
    calls: VecDeque<Instant>,
    refusal: Option<Failure>,
}

impl Tokens {
    /// How long to wait before the next request for a token; `None` where it may be sent now.
    fn wait(&mut self, now: Instant) -> Option<Duration> {
        while self.calls.front().is_some_and(|&at| now.duration_since(at) >= TOKEN_CALLS_WINDOW) {
            self.calls.pop_front();
        }
        let first = self.calls.front().filter(|_| self.calls.len() >= TOKEN_CALLS_MAX)?;
        Some(TOKEN_CALLS_WINDOW - now.duration_since(*first))
    }
}

/// Whether a request for a token counts against the ERP's limit: one that never left, or that something else than the ERP
/// answered, does not.
fn answered_by_erp(answer: &Answer) -> bool {
    !matches!(answer, Answer::Failure(Failure::NotSent(_) | Failure::Garbled(_)))
}

fn read_token(answer: Answer) -> Result<Token, Failure> {
    let data = match answer {
        Answer::Done(data) => data,
        Answer::Duplicate(text) | Answer::NotFound(text) => return Err(Failure::Unauthorised(text)),
        Answer::Refused(text) => return Err(Failure::Unauthorised(text)),
        Answer::Failure(failure) => return Err(failure),
    };
    let text = |name: &str| data.get(name).and_then(Value::as_str).filter(|t| !t.is_empty()).map(String::from);
    let value = text("app-token").or_else(|| text("app_token"));
    let value = value.ok_or_else(|| Failure::Garbled("the answer to a request for a token holds none".into()))?;
    Ok(Token { value, domain: text("domain"), issued: Instant::now() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_asked_for_twice_a_minute_at_most() {
        let mut tokens = Tokens::default();
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        assert_eq!(tokens.wait(at(0)), None);
        tokens.calls.push_back(at(0));
        assert_eq!(tokens.wait(at(10)), None);
        tokens.calls.push_back(at(10));
        assert_eq!(tokens.wait(at(20)), Some(Duration::from_secs(40)));
        assert_eq!(tokens.wait(at(60)), None);
    }

    #[test]
    fn a_batch_answers_row_by_row() {
        let data = json!({"rows": [
            {"index": 0, "id": "7", "number": "S1-CK", "success": true, "errors": []},
            {"index": 1, "id": null, "number": "S2-CK", "success": false, "errors": [{"code": 1030002002}]},
            {"index": 2, "number": "S3-CK"},
        ]});
        let of = |number: &str| row(&data, &number.into());
        assert_eq!(of("S1-CK"), Some(Answer::Done(json!({"ids": ["7"]}))));
        assert_eq!(of("S2-CK"), None, "saved by itself, which says why not");
        for number in ["S3-CK", "S4-CK"] {
            assert!(matches!(of(number), Some(Answer::Failure(Failure::Unknown(_)))), "{number}");
        }
        assert!(matches!(row(&Value::Null, &"S1-CK".into()), Some(Answer::Failure(Failure::Unknown(_)))));
    }

    #[test]
    fn what_is_quoted_holds_no_secret() {
        let settings =
            Settings::new("https://api.kingdee.com", ("1", "geheim-1".into()), ("k", "geheim-2".into()), "1");
        let transport = Transport::new(settings, Pace::free()).unwrap();
        let answer = Answer::Failure(Failure::Garbled("you sent geheim-1 and geheim-2".into()));
        assert_eq!(transport.redacted(answer, None), Answer::Failure(Failure::Garbled("you sent *** and ***".into())));
    }

    #[tokio::test]
    async fn a_closed_port_is_a_request_that_never_left() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let settings = Settings::new(format!("http://{address}"), ("1", "s".into()), ("k", "s".into()), "1");
        let answer =
            Transport::new(settings, Pace::free()).unwrap().post("/jdy/v2/bd/customer", &serde_json::json!({})).await;
        assert!(matches!(answer, Answer::Failure(Failure::NotSent(_))), "{answer:?}");
    }
}
