//! Requests over kept-alive connections: who we are, the session, the rate limit, and what must not show.
//!
//! A change needs a token against forged requests and the cookies that came with it. Both are fetched once and kept; a 403 with
//! `x-csrf-token: Required` (the session has ended) has them fetched again, once a request: it is answered before anything is
//! done. Credentials that are refused are not tried again for a minute, whatever asks: the system locks a user after a few failed
//! log-ins.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Url};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::sync::Mutex;

use super::batch::{self, Change, Part, Section};
use super::classify::{Answer, Told, classify};
use super::login::{Bearer, Session, read_token, token_request};
use super::services::{self, Kind};
use super::settings::{Auth, Settings, token_url};
use crate::erp::bounds;
use crate::erp::failure::REFUSED_FOR;
use crate::erp::http::{self, Http};
use crate::erp::{Effect, Failure, Joined, Limit, Pace, Reply};

/// The most requests of one delivery, log-ins included; one that needs more goes on another time.
pub(super) const REQUESTS_MAX: u32 = 30;
/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;
/// How often a request is sent: once more with another token of the identity provider's, and once more with another session.
const TRIES_MAX: usize = 3;
const BATCH: &str = "$batch";

/// The id of a request, and the time at which it was made: the same whenever it is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId {
    /// 32 hexadecimal digits.
    pub id: String,
    /// `2026-11-30T00:00:00`.
    pub created: String,
}

/// What came of creating something.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub answer: Answer,
    /// True where the system says that it repeats no request of this id.
    pub acknowledged: bool,
}

/// One request.
#[derive(Clone)]
struct Call<'a> {
    effect: Effect,
    method: Method,
    service: &'a str,
    below: &'a str,
    headers: Vec<(&'static str, &'a str)>,
    /// Content type and body.
    body: Option<(String, String)>,
}

/// What was answered.
struct Heard {
    answer: Answer,
    headers: HeaderMap,
    /// Of a batch that was taken.
    sections: Vec<Vec<Part>>,
}

impl From<Answer> for Heard {
    fn from(answer: Answer) -> Heard {
        Heard { answer, headers: HeaderMap::new(), sections: Vec::new() }
    }
}

/// The way to one system.
pub(super) struct Transport {
    settings: Settings,
    http: Http,
    /// Where tokens are asked for.
    tokens: Option<(Url, Http)>,
    pace: Pace,
    state: Mutex<State>,
    orders: Joined<Value, Option<Made>>,
}

/// What is known of the log-in.
#[derive(Default)]
struct State {
    bearer: Option<Bearer>,
    session: Option<Session>,
    refused: Option<(Instant, Failure)>,
}

/// How a request says who sends it.
#[derive(Clone)]
enum Who {
    Basic,
    Bearer(String),
}

impl Transport {
    /// Prepares the way; sends nothing.
    ///
    /// # Errors
    /// A sentence about the setting that is wrong.
    pub(super) fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        settings.check()?;
        let http = Http::new(settings.base()?, settings.request_timeout)?;
        let tokens = match token_url(&settings)? {
            Some(url) => Some((url.clone(), Http::new(url, settings.request_timeout)?)),
            None => None,
        };
        let orders = Joined::new(settings.orders_together);
        Ok(Transport { settings, http, tokens, pace, state: Mutex::default(), orders })
    }

    /// Reads what is at a path, with its query, below a service.
    pub(super) async fn get(&self, service: &str, below: &str) -> Answer {
        let call = Call { effect: Effect::Read, method: Method::GET, service, below, headers: Vec::new(), body: None };
        self.call(call).await.answer
    }

    /// Reads several of one service, in one request where the settings say so.
    pub(super) async fn get_all(&self, service: &str, below: &[String]) -> Vec<Answer> {
        if !self.settings.batch || below.len() < 2 {
            let mut answers = Vec::with_capacity(below.len());
            for one in below {
                answers.push(self.get(service, one).await);
            }
            return answers;
        }
        let sections: Vec<Section> = below.iter().cloned().map(Section::Read).collect();
        let heard = self.batch(Effect::Read, service, &sections).await;
        match heard.answer {
            Answer::Done(_) => heard.sections.iter().map(|parts| self.one(Effect::Read, parts, 1)).collect(),
            answer => vec![answer; below.len()],
        }
    }

    /// Creates a document.
    pub(super) async fn create(&self, kind: Kind, body: &Value, id: Option<&RequestId>) -> Made {
        if kind != services::ORDER || self.settings.orders_together < 2 {
            return self.post(kind.service, kind.set, body, id).await;
        }
        bounds::may_be_there();
        let until = bounds::until();
        let send = |bodies, until| bounds::within(until, self.create_together(kind, bodies));
        match self.orders.send(body.clone(), until, send).await {
            Some(Some(made)) => made,
            // Certainly not done, and why not is said to who sends it alone.
            Some(None) => self.post(kind.service, kind.set, body, id).await,
            None => {
                let reason = "the request that it was to be created with was given up".to_owned();
                Made { answer: Answer::Failure(Failure::Unknown(reason)), acknowledged: false }
            }
        }
    }

    /// Creates an entity.
    pub(super) async fn post(&self, service: &str, set: &str, body: &Value, id: Option<&RequestId>) -> Made {
        let mut headers = Vec::new();
        if let Some(RequestId { id, created }) = id {
            headers.extend([("RequestID", id.as_str()), ("RepeatabilityCreation", created.as_str())]);
        }
        let body = Some((JSON.to_owned(), body.to_string()));
        let call = Call { effect: Effect::Write, method: Method::POST, service, below: set, headers, body };
        let heard = self.call(call).await;
        let result = heard.headers.get("repeatabilityresult").and_then(|value| value.to_str().ok());
        let acknowledged = id.is_some() && result.is_some_and(|r| r.trim().eq_ignore_ascii_case("accepted"));
        Made { answer: heard.answer, acknowledged }
    }

    /// Changes several entities of one service: all or none in a batch, where the settings say so; else one after the other, up to
    /// the first that is not done.
    pub(super) async fn change(&self, service: &str, changes: &[Change]) -> Answer {
        if self.settings.batch && changes.len() > 1 {
            let heard = self.batch(Effect::Write, service, &[Section::Changes(changes.to_vec())]).await;
            return match (heard.answer, heard.sections.first()) {
                (Answer::Done(_), Some(parts)) => self.one(Effect::Write, parts, changes.len()),
                (Answer::Done(_), None) => unclear(Effect::Write),
                (answer, _) => answer,
            };
        }
        for change in changes {
            let method = if change.method == "PATCH" { Method::PATCH } else { Method::POST };
            let headers = change.etag.iter().map(|etag| ("If-Match", etag.as_str())).collect();
            let body = Some((JSON.to_owned(), change.body.to_string()));
            let call = Call { effect: Effect::Write, method, service, below: &change.path, headers, body };
            match self.call(call).await.answer {
                Answer::Done(_) => {}
                answer => return answer,
            }
        }
        Answer::Done(Value::Null)
    }

    /// What came of each; `None` where it was certainly not done.
    async fn create_together(&self, kind: Kind, bodies: Vec<Value>) -> Vec<Option<Made>> {
        if let [body] = &bodies[..] {
            return vec![Some(self.post(kind.service, kind.set, body, None).await)];
        }
        let count = bodies.len();
        let create = |body| Change { method: "POST", path: kind.set.to_owned(), etag: None, body };
        let sections: Vec<Section> = bodies.into_iter().map(|body| Section::Changes(vec![create(body)])).collect();
        let heard = self.batch(Effect::Write, kind.service, &sections).await;
        tracing::debug!(count, "created orders together");
        match heard.answer {
            Answer::Done(_) => {
                let answers = heard.sections.iter().map(|parts| self.one(Effect::Write, parts, 1));
                answers.map(|answer| Some(Made { answer, acknowledged: false })).collect()
            }
            Answer::Refused(_) | Answer::Stale(_) | Answer::Forged(_) => vec![None; count],
            answer @ Answer::Failure(_) => vec![Some(Made { answer, acknowledged: false }); count],
        }
    }

    /// Sends a batch; where it is done, each section has its parts.
    async fn batch(&self, effect: Effect, service: &str, sections: &[Section]) -> Heard {
        let boundary = format!("batch_{:016x}", rand::random::<u64>());
        let body = batch::write(sections, &boundary);
        let body = Some((format!("multipart/mixed; boundary={boundary}"), body));
        let call = Call { effect, method: Method::POST, service, below: BATCH, headers: Vec::new(), body };
        let heard = self.call(call).await;
        match heard.answer {
            Answer::Done(_) if heard.sections.len() != sections.len() => unclear(effect).into(),
            _ => heard,
        }
    }

    /// What a section's answer means, where that of one that is done has so many parts.
    fn one(&self, effect: Effect, parts: &[Part], count: usize) -> Answer {
        let of = |part: &Part| {
            let retry_after = part.header("retry-after");
            let reply = Reply::Response { status: part.status, retry_after, body: &part.body };
            let told = Told { csrf: part.header("x-csrf-token"), repeatability: part.header("repeatabilityresult") };
            classify(effect, &reply, told)
        };
        let mut answers: Vec<Answer> = parts.iter().map(of).collect();
        let done = answers.iter().filter(|answer| matches!(answer, Answer::Done(_))).count();
        match answers.pop() {
            Some(answer) if done == count && parts.len() == count => answer,
            // None or all: one answer for the whole section.
            Some(answer) if done == 0 && parts.len() == 1 => self.redacted(answer, &[]),
            Some(_) | None => unclear(effect),
        }
    }

    /// Sends a request, with another token or another session where those are what is refused.
    async fn call(&self, call: Call<'_>) -> Heard {
        let mut refused: Option<Who> = None;
        let mut stale: Option<Session> = None;
        for _ in 0..TRIES_MAX {
            let who = match self.who(refused.as_ref()).await {
                Ok(who) => who,
                Err(failure) => return Answer::Failure(failure).into(),
            };
            let session = match self.session(&call, &who, stale.as_ref()).await {
                Ok(session) => session,
                Err(Failure::SessionRefused(reason)) => match self.refused(&who, refused.is_some(), &reason).await {
                    Some(failure) => return Answer::Failure(failure).into(),
                    None => {
                        refused = Some(who);
                        continue;
                    }
                },
                Err(failure) => return Answer::Failure(failure).into(),
            };
            let heard = self.send(&call, &who, session.as_ref()).await;
            match &heard.answer {
                Answer::Forged(_) if stale.is_none() && session.is_some() => stale = session,
                Answer::Forged(reason) => {
                    let reason = format!(
                        "{reason}: a token that was just fetched is refused; does a proxy take the system's cookies away?"
                    );
                    return Answer::Failure(Failure::NotDone { reason, retry_after: None }).into();
                }
                Answer::Failure(Failure::SessionRefused(reason)) => {
                    match self.refused(&who, refused.is_some(), reason).await {
                        Some(failure) => return Answer::Failure(failure).into(),
                        None => refused = Some(who),
                    }
                }
                Answer::Done(_) | Answer::Refused(_) | Answer::Stale(_) | Answer::Failure(_) => return heard,
            }
        }
        let reason = "tokens and sessions end faster than they can be used".to_owned();
        Answer::Failure(Failure::NotDone { reason, retry_after: None }).into()
    }

    /// How we say who we are; by another token than the one that was refused.
    async fn who(&self, refused: Option<&Who>) -> Result<Who, Failure> {
        let mut state = self.state.lock().await;
        if let Some((at, failure)) = &state.refused
            && at.elapsed() < REFUSED_FOR
        {
            return Err(failure.clone());
        }
        let Auth::OAuth2 { client_id, client_secret, scope, .. } = &self.settings.auth else { return Ok(Who::Basic) };
        if let Some(Who::Bearer(token)) = refused {
            state.bearer.take_if(|bearer| bearer.token == *token);
        }
        if let Some(bearer) = state.bearer.as_ref().filter(|bearer| bearer.is_good(Instant::now())) {
            return Ok(Who::Bearer(bearer.token.clone()));
        }
        let (url, http) = self.tokens.as_ref().expect("with OAuth 2.0 there is a token's server");
        self.leave(Effect::Login).await?;
        let request = http
            .request(Method::POST, url.clone())
            .basic_auth(client_id, Some(client_secret.expose_secret()))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", JSON)
            .body(token_request(scope.as_deref()));
        let asked_at = Instant::now();
        let read = match http::exchange(request).await {
            Ok((status, retry_after, body)) => {
                read_token(&Reply::Response { status, retry_after: retry_after.as_deref(), body: &body }, asked_at)
            }
            Err(reply) => read_token(&reply, asked_at),
        };
        match read {
            Ok(bearer) => {
                (state.bearer, state.refused) = (Some(bearer.clone()), None);
                Ok(Who::Bearer(bearer.token))
            }
            Err(failure) => {
                let failure = failure.worded(|text| http::redacted(text, &[client_secret.expose_secret()]));
                if let Failure::Unauthorised(_) = failure {
                    state.refused = Some((Instant::now(), failure.clone()));
                }
                Err(failure)
            }
        }
    }

    /// Says what to do about a refusal of who we are; `None` where another token may do.
    async fn refused(&self, who: &Who, again: bool, reason: &str) -> Option<Failure> {
        let mut state = self.state.lock().await;
        state.session = None;
        let failure = match (who, &self.settings.auth) {
            (Who::Bearer(_), _) if !again => return None,
            (Who::Bearer(_), _) => Failure::Unauthorised(format!(
                "{reason}: a token that was just issued is refused; check that the client is known to the system as a user"
            )),
            (Who::Basic, Auth::Basic { user, .. }) => Failure::Unauthorised(format!(
                "{reason}: check erp.password and erp.client, and that the user {user} is neither locked nor expired"
            )),
            (Who::Basic, Auth::OAuth2 { .. }) => Failure::Unauthorised(reason.to_owned()),
        };
        state.refused = Some((Instant::now(), failure.clone()));
        Some(failure)
    }

    /// The session for a request: any for one that reads, another than the stale one for one that does not.
    async fn session(&self, call: &Call<'_>, who: &Who, stale: Option<&Session>) -> Result<Option<Session>, Failure> {
        let mut state = self.state.lock().await;
        if let Some(session) = state.session.as_ref().filter(|session| Some(*session) != stale) {
            return Ok(Some(session.clone()));
        }
        if call.method == Method::GET {
            return Ok(None);
        }
        state.session = None;
        let headers = vec![("X-CSRF-Token", "Fetch")];
        let fetch =
            Call { effect: Effect::Read, method: Method::GET, service: call.service, below: "", headers, body: None };
        let heard = self.send(&fetch, who, None).await;
        match heard.answer {
            Answer::Done(_) => {
                let session = Session::read(&heard.headers)?;
                state.session = Some(session.clone());
                Ok(Some(session))
            }
            Answer::Refused(reason) | Answer::Stale(reason) | Answer::Forged(reason) => {
                let hint = format!("{reason}: is the service {} activated (/IWFND/MAINT_SERVICE)?", call.service);
                Err(Failure::NotDone { reason: hint, retry_after: None })
            }
            Answer::Failure(failure) => Err(failure),
        }
    }

    /// Logs in, and fetches a session as changes of this service need it.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn open(&self, service: &str) -> Result<(), Failure> {
        let who = self.who(None).await?;
        let call =
            Call { effect: Effect::Read, method: Method::POST, service, below: "", headers: Vec::new(), body: None };
        match self.session(&call, &who, None).await {
            Ok(_) => Ok(()),
            Err(Failure::SessionRefused(reason)) => match self.refused(&who, true, &reason).await {
                Some(failure) => Err(failure),
                None => Ok(()),
            },
            Err(failure) => Err(failure),
        }
    }

    /// Waits until a request may leave.
    async fn leave(&self, effect: Effect) -> Result<(), Failure> {
        if bounds::is_spent(REQUESTS_MAX) {
            return Err(Failure::perhaps(effect, format!("it takes more than {REQUESTS_MAX} requests at once")));
        }
        bounds::leave(effect, &self.pace, self.limit()).await
    }

    async fn send(&self, call: &Call<'_>, who: &Who, session: Option<&Session>) -> Heard {
        if let Err(failure) = self.leave(call.effect).await {
            return Answer::Failure(failure).into();
        }
        let started = Instant::now();
        let heard = match http::exchange_with_headers(self.request(call, who, session)).await {
            Ok((status, headers, body)) => read(call, status, headers, &body),
            Err(reply) => classify(call.effect, &reply, Told::default()).into(),
        };
        tracing::debug!(
            service = call.service,
            method = %call.method,
            ms = started.elapsed().as_millis() as u64,
            "asked the ERP"
        );
        let token = match who {
            Who::Basic => "",
            Who::Bearer(token) => token,
        };
        let secrets = [token, session.map_or("", |s| s.csrf.as_str()), session.map_or("", |s| s.cookies.as_str())];
        Heard { answer: self.redacted(heard.answer, &secrets), ..heard }
    }

    fn limit(&self) -> Limit {
        let per_minute = self.settings.rate_per_minute;
        Limit { endpoint: "system", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) }
    }

    fn request(&self, call: &Call<'_>, who: &Who, session: Option<&Session>) -> RequestBuilder {
        let url = services::address(&self.http.base, call.service, call.below, self.settings.client.as_deref());
        let accept = if call.below == BATCH { "multipart/mixed" } else { JSON };
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .header("Accept", accept)
            .header("Accept-Language", self.settings.language.to_ascii_lowercase());
        request = match (who, &self.settings.auth) {
            (Who::Bearer(token), _) => request.bearer_auth(token),
            (Who::Basic, Auth::Basic { user, password }) => request.basic_auth(user, Some(password.expose_secret())),
            (Who::Basic, Auth::OAuth2 { .. }) => request,
        };
        if let Some(Session { csrf, cookies }) = session {
            if call.method != Method::GET {
                request = request.header("X-CSRF-Token", csrf);
            }
            if !cookies.is_empty() {
                request = request.header("Cookie", cookies);
            }
        }
        for (name, value) in &call.headers {
            request = request.header(*name, *value);
        }
        match &call.body {
            Some((kind, body)) => request.header("Content-Type", kind).body(body.clone()),
            None => request,
        }
    }

    /// Takes our secrets out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer, more: &[&str]) -> Answer {
        let (own, basic) = match &self.settings.auth {
            Auth::Basic { user, password } => {
                let password = password.expose_secret();
                (password, STANDARD.encode(format!("{user}:{password}")))
            }
            Auth::OAuth2 { client_secret, .. } => (client_secret.expose_secret(), String::new()),
        };
        let secrets: Vec<&str> = [own, &basic].into_iter().chain(more.iter().copied()).collect();
        let clean = |text: String| http::redacted(text, &secrets);
        match answer {
            Answer::Done(data) => Answer::Done(data),
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Stale(text) => Answer::Stale(clean(text)),
            Answer::Forged(text) => Answer::Forged(clean(text)),
            Answer::Failure(failure) => Answer::Failure(failure.worded(clean)),
        }
    }
}

const JSON: &str = "application/json";

fn read(call: &Call<'_>, status: u16, headers: HeaderMap, body: &[u8]) -> Heard {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = text("content-type").unwrap_or_default();
    if call.below == BATCH && (200..300).contains(&status) {
        return match batch::read(kind, body) {
            Ok(sections) => Heard { answer: Answer::Done(Value::Null), headers, sections },
            Err(what) => {
                Answer::Failure(Failure::Garbled(format!("the answer to a batch: HTTP {status}: {what}"))).into()
            }
        };
    }
    let reply = Reply::Response { status, retry_after: text("retry-after"), body };
    let told = Told { csrf: text("x-csrf-token"), repeatability: text("repeatabilityresult") };
    Heard { answer: classify(call.effect, &reply, told), headers, sections: Vec::new() }
}

fn unclear(effect: Effect) -> Answer {
    let reason = "the answer to a batch does not say of everything whether it was done".to_owned();
    Answer::Failure(Failure::perhaps(effect, reason))
}
