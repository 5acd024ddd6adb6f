//! Requests over kept-alive connections: the session, the rate limit, and what must not show.
//!
//! A session is a token of the user's (`common.db.login`), good until it has been idle for the server's `[session] timeout`
//! (5 min without, else the user's), and sent as `Authorization: Session base64(user:id:token)`. Where it is refused (401, which is
//! answered before anything is done) another one is asked for, once; credentials that are refused are not tried again for a
//! minute: the server slows down who fails, and counts it.
//!
//! Series 8 answers at `/<database>/rpc/`, those before it at `/<database>/`: a 404 or 405 at the one leads to the other.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::classify::{Answer, classify};
use super::settings::Settings;
use crate::erp::bounds;
use crate::erp::failure::REFUSED_FOR;
use crate::erp::http::{self, Http};
use crate::erp::{Effect, Failure, Limit, Pace, Reply};

/// The most requests of one delivery, log-ins included: an order makes eleven, five more where the account is not known, and two
/// for each warning that is passed over (three for the first one in series 6.0). One that needs more goes on another time, from where the ERP says it is.
pub(super) const REQUESTS_MAX: u32 = 24;
/// The most warnings that one request is repeated for.
pub(super) const WARNINGS_MAX: usize = 3;
/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;
const LANGUAGE: &str = "en";

/// The way to one database.
pub(super) struct Transport {
    settings: Settings,
    http: Http,
    pace: Pace,
    session: Mutex<Session>,
}

/// The session in use, and what was last said of the credentials.
#[derive(Default)]
struct Session {
    /// The value of `Authorization`.
    current: Option<String>,
    /// Where the server answers.
    path: Option<String>,
    /// Whose it is: the user's id.
    user: i64,
    /// Whether the server said that warnings cannot be skipped by a method.
    lacks_skip: bool,
    refused: Option<(Instant, Failure)>,
}

impl Transport {
    /// Prepares the way; sends nothing.
    ///
    /// # Errors
    /// A sentence about the setting that is wrong.
    pub(super) fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        settings.check()?;
        let http = Http::new(settings.base()?, settings.request_timeout)?;
        Ok(Transport { settings, http, pace, session: Mutex::default() })
    }

    /// Calls what only reads.
    pub(super) async fn read(&self, method: &str, params: Value) -> Answer {
        self.call(Effect::Read, method, &params).await
    }

    /// Calls what changes something, and passes over the warnings that the config names.
    pub(super) async fn write(&self, method: &str, params: Value) -> Answer {
        let mut answer = self.call(Effect::Write, method, &params).await;
        for _ in 0..WARNINGS_MAX {
            let Answer::Warning { key, .. } = &answer else { break };
            let name = warning_name(key);
            if !self.settings.warnings.iter().any(|w| w == name) {
                break;
            }
            tracing::info!(warning = name, method, "passed over a warning of the ERP");
            match self.skip(key).await {
                Answer::Done(_) => answer = self.call(Effect::Write, method, &params).await,
                other => return other,
            }
        }
        answer
    }

    /// Skips a warning once. The first series has no method for that, which is a 403 there: a record of the user's does it.
    async fn skip(&self, key: &str) -> Answer {
        if !self.session.lock().await.lacks_skip {
            match self.call(Effect::Write, "model.res.user.warning.skip", &json!([key, false, {}])).await {
                Answer::Failure(Failure::Unauthorised(_)) => self.session.lock().await.lacks_skip = true,
                answer => return answer,
            }
        }
        let user = self.session.lock().await.user;
        let warning = json!({"user": user, "name": key, "always": false});
        self.call(Effect::Write, "model.res.user.warning.create", &json!([[warning], {}])).await
    }

    async fn call(&self, effect: Effect, method: &str, params: &Value) -> Answer {
        let (path, session) = match self.session(None).await {
            Ok(session) => session,
            Err(failure) => return Answer::Failure(failure),
        };
        let answer = self.send(effect, &path, Some(&session), method, params).await;
        let Answer::Failure(Failure::SessionRefused(_)) = answer else { return answer };
        let (path, session) = match self.session(Some(&session)).await {
            Ok(session) => session,
            Err(failure) => return Answer::Failure(failure),
        };
        match self.send(effect, &path, Some(&session), method, params).await {
            Answer::Failure(Failure::SessionRefused(reason)) => Answer::Failure(Failure::Unauthorised(format!(
                "{reason}: a session that was just opened is refused; check erp.user and its rights in the ERP"
            ))),
            answer => answer,
        }
    }

    /// Where to send to and the session in use; another one where that is the one `refused`.
    async fn session(&self, refused: Option<&str>) -> Result<(String, String), Failure> {
        let mut session = self.session.lock().await;
        if session.current.take_if(|s| Some(s.as_str()) == refused).is_some() {
            tracing::info!("the ERP refuses its session; logging in again");
        }
        if let (Some(path), Some(current)) = (&session.path, &session.current) {
            return Ok((path.clone(), current.clone()));
        }
        if let Some((at, failure)) = &session.refused
            && at.elapsed() < REFUSED_FOR
        {
            return Err(failure.clone());
        }
        let (path, user, token) = match self.log_in(session.path.as_deref()).await {
            Ok(done) => done,
            Err(failure) => {
                session.refused =
                    matches!(failure, Failure::Unauthorised(_)).then(|| (Instant::now(), failure.clone()));
                return Err(failure);
            }
        };
        let current = format!("Session {}", BASE64.encode(format!("{}:{user}:{token}", self.settings.user)));
        let (path_now, current_now) = (Some(path.clone()), Some(current.clone()));
        *session = Session { current: current_now, path: path_now, user, lacks_skip: false, refused: None };
        Ok((path, current))
    }

    /// Logs in at the address that is known to answer, else at each that there is.
    ///
    /// Gives the address, the user's id and the token.
    async fn log_in(&self, known: Option<&str>) -> Result<(String, i64, String), Failure> {
        let Settings { database, user, password, .. } = &self.settings;
        let params = json!([user, {"password": password.expose_secret()}, LANGUAGE]);
        let mut paths = vec![format!("/{database}/rpc/"), format!("/{database}/")];
        paths.sort_by_key(|path| Some(path.as_str()) != known);
        let mut said = String::new();
        for path in paths {
            match self.send(Effect::Login, &path, None, "common.db.login", &params).await {
                // `[user's id, token, …]`.
                Answer::Done(result) => {
                    let (id, token) = (result.get(0).and_then(Value::as_i64), result.get(1).and_then(Value::as_str));
                    let lacking = || Failure::Garbled("the answer to the log-in holds no session".into());
                    return id.zip(token).map(|(id, token)| (path, id, token.to_owned())).ok_or_else(lacking);
                }
                Answer::NotFound(reason) => said = reason,
                Answer::Refused(reason) | Answer::Warning { text: reason, .. } => {
                    return Err(Failure::Unauthorised(reason));
                }
                Answer::Failure(Failure::Unauthorised(reason)) => {
                    let what = format!("{reason}: the log-in of {user} is refused; check erp.user and erp.password");
                    return Err(Failure::Unauthorised(what));
                }
                Answer::Failure(failure) => return Err(failure),
            }
        }
        Err(Failure::NotDone {
            reason: format!(
                "{said}: there is no database {database} at {}, or the server cannot reach it; check erp.url and erp.database",
                self.settings.url
            ),
            retry_after: None,
        })
    }

    async fn send(&self, effect: Effect, path: &str, session: Option<&str>, method: &str, params: &Value) -> Answer {
        if bounds::is_spent(REQUESTS_MAX) {
            let reason = format!("it takes more than {REQUESTS_MAX} requests at once");
            return classify(effect, &Reply::Lost(reason));
        }
        if let Err(failure) = bounds::leave(effect, &self.pace, self.limit()).await {
            return Answer::Failure(failure);
        }
        let mut url = self.http.base.clone();
        url.set_path(path);
        let body = json!({"id": 1, "method": method, "params": params}).to_string();
        let mut request = self.http.request(Method::POST, url).header("Content-Type", "application/json").body(body);
        if let Some(session) = session {
            request = request.header("Authorization", session);
        }
        let started = Instant::now();
        let answer = match http::exchange(request).await {
            Ok((status, retry_after, body)) => {
                classify(effect, &Reply::Response { status, retry_after: retry_after.as_deref(), body: &body })
            }
            Err(reply) => classify(effect, &reply),
        };
        tracing::debug!(method, ms = started.elapsed().as_millis() as u64, "asked the ERP");
        self.redacted(answer, session)
    }

    fn limit(&self) -> Limit {
        let per_minute = self.settings.rate_per_minute;
        Limit { endpoint: "database", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) }
    }

    /// Takes our secrets out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer, session: Option<&str>) -> Answer {
        let session = session.and_then(|s| s.strip_prefix("Session ")).unwrap_or_default();
        let secrets = [self.settings.password.expose_secret(), session];
        let clean = |text: String| http::redacted(text, &secrets);
        match answer {
            Answer::Done(data) => Answer::Done(data),
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Warning { key, text } => Answer::Warning { key, text: clean(text) },
            Answer::NotFound(text) => Answer::NotFound(clean(text)),
            Answer::Failure(failure) => Answer::Failure(failure.worded(clean)),
        }
    }
}

/// `invoice_date_future` of `9f….invoice_date_future`: `res.user.warning.format` puts a digest of the records before it. In series
/// 6.0 the record's id comes behind it (`invoice_payment_term_12`).
pub(super) fn warning_name(key: &str) -> &str {
    if let Some((_, name)) = key.split_once('.') {
        return name;
    }
    match key.rsplit_once('_') {
        Some((name, id)) if !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(url: String) -> Transport {
        Transport::new(Settings::new(url, "erp", ("bridge", "geheim".into())), Pace::free()).unwrap()
    }

    #[test]
    fn what_is_quoted_holds_no_secret() {
        let answer = Answer::Failure(Failure::Garbled("you sent geheim and c2Vzc2lvbg==".into()));
        let clean = transport("https://erp.example".into()).redacted(answer, Some("Session c2Vzc2lvbg=="));
        assert_eq!(clean, Answer::Failure(Failure::Garbled("you sent *** and ***".into())));
    }

    #[test]
    fn a_warning_is_known_by_its_name() {
        assert_eq!(warning_name("0cc175b9.invoice_date_future"), "invoice_date_future");
        assert_eq!(warning_name("invoice_payment_term_12"), "invoice_payment_term");
        assert_eq!(warning_name("invoice_taxes"), "invoice_taxes");
    }

    #[tokio::test]
    async fn a_closed_port_is_a_request_that_never_left() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let answer = transport(format!("http://{address}")).write("model.x.create", json!([])).await;
        assert!(matches!(answer, Answer::Failure(Failure::NotSent(_))), "{answer:?}");
    }
}
