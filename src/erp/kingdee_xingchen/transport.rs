//! Signed requests over kept-alive connections: the token, the rate limit, and what must not show.
//!
//! Every request is signed anew, with its own nonce and time; one that is repeated (only after a 401, which the gateway
//! answers before it passes anything on) is signed again. Which token it carries is `login.rs`'s. Redirects are not followed:
//! a signature is good for one path.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::classify::{Answer, classify};
use super::login::{Login, Next, Token};
use super::settings::{AppSecret, Settings};
use super::sign::{Signed, app_signature, encode, request_signature};
use super::{REQUESTS_MAX, batch};
use crate::erp::bounds;
use crate::erp::failure::REFUSED_FOR;
use crate::erp::http::{self, ClockOffset, Http};
use crate::erp::{Effect, Failure, Joined, Pace, Reply};

const TOKEN_PATH: &str = "/jdyconnector/app_management/kingdee_auth_token";
const AUTHORISE_PATH: &str = "/jdyconnector/app_management/push_app_authorize";
/// How far a request's time may be from the vendor's.
const CLOCK_OFF_MAX: Duration = Duration::from_secs(5 * 60);
/// How long a delivery rests that needs more requests than one may make.
const SPENT_PAUSE: Duration = Duration::from_secs(5);
/// HTTP status of a signature that does not fit (third-party notes).
const BAD_SIGNATURE: u16 = 519;

/// One request.
#[derive(Clone, Copy)]
struct Call<'a> {
    effect: Effect,
    path: &'a str,
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    /// The account's data centre, where it is known.
    domain: Option<&'a str>,
}

/// The way to one account.
pub(super) struct Transport {
    settings: Settings,
    http: Http,
    pace: Pace,
    login: tokio::sync::Mutex<Login>,
    /// When credentials were refused, and how.
    refused: Mutex<Option<(Instant, Failure)>>,
    /// What the last answer said of our clock.
    clock: Mutex<Option<ClockOffset>>,
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
        let login = Login::new(match &settings.app_secret {
            AppSecret::Fixed(secret) => Some(secret.clone()),
            AppSecret::Fetched { .. } => None,
        });
        let (refused, clock) = (Mutex::default(), Mutex::default());
        Ok(Transport { settings, http, pace, login: login.into(), refused, clock, outbounds })
    }

    /// Reads.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.call(Call { effect: Effect::Read, path, query, body: None, domain: None }).await
    }

    /// Saves.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Call { effect: Effect::Write, path, query: &[], body: Some(body), domain: None }).await
    }

    /// Saves an outbound, in one request with others where several are to be saved at the same time.
    ///
    /// What is not saved so, for whatever reason, is saved by itself: that answers with a code that says why.
    pub(super) async fn post_outbound(&self, path: &str, batch_path: &str, body: Value) -> Answer {
        if self.settings.outbounds_together > 1 {
            bounds::may_be_there();
            let until = bounds::until();
            let send = |bodies, until| bounds::within(until, self.post_together(path, batch_path, bodies));
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
            Answer::Done(data) => batch::answers(&data, &numbers),
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
            Answer::Failure(Failure::SessionRefused(reason)) => {
                let failure = Failure::Unauthorised(format!(
                    "{reason}: a token that was just issued is refused; check client_id, app_key and the account's authorisation"
                ));
                self.remember_refusal(&failure);
                Answer::Failure(failure)
            }
            answer => answer,
        }
    }

    /// The token in use; another one where that is too old, or is the one `refused`.
    async fn token(&self, refused: Option<&str>) -> Result<Token, Failure> {
        let mut login = self.login.lock().await;
        self.refusal().map_or(Ok(()), Err)?;
        login.forget(refused);
        loop {
            let asked = Instant::now();
            let answered = match login.next(asked) {
                Next::Use(token) => return Ok(token),
                Next::Wait(failure) => return Err(failure),
                Next::FetchSecret => {
                    let answer = self.fetch_secret().await;
                    login.secret_answered(asked, answer, &self.settings.app_key)
                }
                Next::AskForToken(secret) => {
                    let signature = app_signature(secret.value.expose_secret(), &self.settings.app_key);
                    let query = [("app_key", self.settings.app_key.as_str()), ("app_signature", signature.as_str())];
                    let domain = secret.domain.as_deref();
                    let call = Call { effect: Effect::Login, path: TOKEN_PATH, query: &query, body: None, domain };
                    let answer = self.send(call, None).await;
                    login.token_answered(asked, answer)
                }
            };
            let secret = login.secret().map_or("", |secret| secret.expose_secret());
            answered.map_err(|failure| {
                let failure = failure.worded(|text| http::redacted(text, &[secret]));
                self.remember_refusal(&failure);
                failure
            })?;
        }
    }

    /// Asks for the secrets of the application's authorisations.
    async fn fetch_secret(&self) -> Answer {
        let AppSecret::Fetched { outer_instance_id } = &self.settings.app_secret else {
            return Answer::Failure(Failure::Unauthorised(
                "there is neither an app_secret nor a way to fetch it".into(),
            ));
        };
        let (query, body) = ([("outerInstanceId", outer_instance_id.as_str())], json!({}));
        let call = Call { effect: Effect::Login, path: AUTHORISE_PATH, query: &query, body: Some(&body), domain: None };
        self.send(call, None).await
    }

    /// What was said when the credentials were refused, for as long as they are not tried again.
    fn refusal(&self) -> Option<Failure> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.as_ref().filter(|(at, _)| at.elapsed() < REFUSED_FOR).map(|(_, failure)| failure.clone())
    }

    fn remember_refusal(&self, failure: &Failure) {
        if let Failure::Unauthorised(_) = failure {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), failure.clone()));
        }
    }

    /// What the last answer says of our clock, where that is further off than signatures may be.
    fn clock_is_off(&self) -> Option<String> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).and_then(|clock| clock.beyond(CLOCK_OFF_MAX))
    }

    async fn send(&self, call: Call<'_>, token: Option<&Token>) -> Answer {
        if bounds::is_spent(REQUESTS_MAX) {
            let reason = format!("it takes more than {REQUESTS_MAX} requests at once: it goes on from there");
            return Answer::Failure(Failure::NotDone { reason, retry_after: Some(SPENT_PAUSE) });
        }
        if let Err(failure) = bounds::leave(call.effect, &self.pace, self.settings.limit()).await {
            return Answer::Failure(failure);
        }
        let request = self.request(call, token);
        let started = Instant::now();
        let (answer, signature_refused) = match http::exchange_and_clock(request).await {
            Ok(((status, retry_after, body), clock)) => {
                *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = clock;
                let reply = Reply::Response { status, retry_after: retry_after.as_deref(), body: &body };
                (classify(call.effect, &reply), status == BAD_SIGNATURE)
            }
            Err(reply) => (classify(call.effect, &reply), false),
        };
        tracing::debug!(path = call.path, ms = started.elapsed().as_millis() as u64, "asked the ERP");
        match self.redacted(answer, token) {
            // Whatever is sent next is signed with the same secret and the same clock.
            Answer::Failure(failure @ Failure::Unauthorised(_)) if signature_refused => {
                let failure = failure.worded(|text| match self.clock_is_off() {
                    Some(off) => format!("{text}: {off}"),
                    None => format!("{text}: check erp.client_id, erp.client_secret and erp.router_addr"),
                });
                self.remember_refusal(&failure);
                Answer::Failure(failure)
            }
            answer => answer,
        }
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
        }
        let domain = call.domain.or_else(|| token.and_then(|token| token.domain.as_deref()));
        if let Some(domain) = self.settings.router_addr.as_deref().or(domain) {
            request = request.header("X-GW-Router-Addr", domain);
        }
        match call.body {
            Some(body) => request.body(body.to_string()),
            None => request,
        }
    }

    /// Takes our secrets out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer, token: Option<&Token>) -> Answer {
        let token = token.map_or("", |t| t.value.as_str());
        let fixed = match &self.settings.app_secret {
            AppSecret::Fixed(secret) => secret.expose_secret(),
            AppSecret::Fetched { .. } => "",
        };
        let secrets = [self.settings.client_secret.expose_secret(), fixed, token];
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

#[cfg(test)]
mod tests {
    use super::*;

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
