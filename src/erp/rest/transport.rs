//! Requests over kept-alive connections: who we are, the rate limit, and what must not show.
//!
//! Credentials that are refused are not tried again for a minute, whatever asks. A token of OAuth 2.0 is asked for when one is
//! needed, kept until shortly before its end, and asked for once more where the ERP refuses it. Redirects are not followed.

use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;

use super::classify::{Answer, classify};
use super::recipe::{fixed_header, secret_headers};
use super::settings::{Answers, Auth, OAuth2, Settings};
use crate::erp::bounds;
use crate::erp::failure::REFUSED_FOR;
use crate::erp::http::{self, Http};
use crate::erp::{Effect, Failure, Limit, Pace, Reply};

/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;
/// How long a token is believed to live whose answer does not say.
const TOKEN_LIFE: Duration = Duration::from_secs(300);
/// A token is not used in the last part of its life.
const TOKEN_MARGIN_MAX: Duration = Duration::from_secs(60);

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub effect: Effect,
    pub method: Method,
    pub url: Url,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Option<Value>,
}

/// The way to one ERP.
pub(super) struct Transport {
    answers: Answers,
    auth: Auth,
    http: Http,
    /// Where tokens come from.
    tokens_at: Option<Http>,
    pace: Pace,
    rate_per_minute: u32,
    /// The most requests of one delivery.
    requests_max: u32,
    /// The header that says who we are, where it does not change.
    credentials: Option<(HeaderName, HeaderValue)>,
    secrets: Vec<SecretString>,
    login: Mutex<Login>,
}

/// A token, and what was last said of the credentials.
#[derive(Default)]
struct Login {
    token: Option<Token>,
    refused: Option<(Instant, Failure)>,
}

#[derive(Clone)]
struct Token {
    value: SecretString,
    until: Instant,
}

impl Transport {
    /// Prepares the way; sends nothing.
    ///
    /// # Errors
    /// A sentence about the setting that is wrong.
    pub(super) fn new(settings: &Settings, requests_max: u32, pace: Pace) -> Result<Self, String> {
        let http = Http::new(settings.base()?, settings.request_timeout)?;
        let (credentials, own) = credentials(&settings.auth)?;
        let tokens_at = match &settings.auth {
            Auth::OAuth2(oauth2) => Some(Http::new(token_base(oauth2)?, settings.request_timeout)?),
            Auth::None | Auth::Basic { .. } | Auth::Bearer(_) | Auth::Header { .. } => None,
        };
        let mut secrets = secret_headers(settings);
        secrets.extend(own);
        Ok(Transport {
            answers: settings.answers.clone(),
            auth: settings.auth.clone(),
            http,
            tokens_at,
            pace,
            rate_per_minute: settings.rate_per_minute,
            requests_max,
            credentials,
            secrets,
            login: Mutex::default(),
        })
    }

    /// Scheme, host and port.
    pub(super) fn base(&self) -> &Url {
        &self.http.base
    }

    /// Sends a request.
    pub(super) async fn send(&self, request: &Request) -> Answer {
        let token = match self.token(None).await {
            Ok(token) => token,
            Err(failure) => return Answer::Failure(failure),
        };
        let answer = self.once(request, token.as_ref()).await;
        let answer = match (answer, token) {
            (Answer::Failure(Failure::SessionRefused(_)), Some(token)) => match self.token(Some(&token)).await {
                Ok(token) => self.once(request, token.as_ref()).await,
                Err(failure) => return Answer::Failure(failure),
            },
            (answer, _) => answer,
        };
        match answer {
            Answer::Failure(Failure::SessionRefused(reason) | Failure::Unauthorised(reason)) => {
                let failure = Failure::Unauthorised(format!("{reason}: check [erp.auth], and what the account may do"));
                self.login.lock().await.refused = Some((Instant::now(), failure.clone()));
                Answer::Failure(failure)
            }
            answer => answer,
        }
    }

    /// The token in use, where there are tokens; another one where that is too old, or is the one `refused`.
    async fn token(&self, refused: Option<&Token>) -> Result<Option<Token>, Failure> {
        let mut login = self.login.lock().await;
        if let Some((at, failure)) = &login.refused
            && at.elapsed() < REFUSED_FOR
        {
            return Err(failure.clone());
        }
        let (Auth::OAuth2(oauth2), Some(at)) = (&self.auth, &self.tokens_at) else { return Ok(None) };
        let is_refused =
            |token: &Token| refused.is_some_and(|refused| refused.value.expose_secret() == token.value.expose_secret());
        if let Some(token) = login.token.as_ref().filter(|t| Instant::now() < t.until && !is_refused(t)) {
            return Ok(Some(token.clone()));
        }
        login.token = None;
        match self.ask_for_token(oauth2, at).await {
            Ok(token) => {
                (login.token, login.refused) = (Some(token.clone()), None);
                Ok(Some(token))
            }
            Err(failure) => {
                if matches!(failure, Failure::Unauthorised(_)) {
                    login.refused = Some((Instant::now(), failure.clone()));
                }
                Err(failure)
            }
        }
    }

    async fn ask_for_token(&self, oauth2: &OAuth2, at: &Http) -> Result<Token, Failure> {
        self.leave(Effect::Login).await?;
        let (id, secret) = (oauth2.client_id.as_str(), oauth2.client_secret.expose_secret());
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(oauth2.scope.as_deref().map(|scope| ("scope", scope)));
        if oauth2.in_body {
            form.extend([("client_id", id), ("client_secret", secret)]);
        }
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let url = Url::parse(&oauth2.token_url).unwrap_or_else(|_| at.base.clone());
        let request = at
            .request(Method::POST, url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("Accept", "application/json");
        // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
        let request = match oauth2.in_body {
            true => request,
            false => request.basic_auth(encode(id), Some(encode(secret))),
        };
        // Its answers are the protocol's own (section 5): what the config says of the API's does not count.
        let answers = Answers { message: vec!["/error_description".into(), "/error".into()], ..Answers::default() };
        let asked = Instant::now();
        let answer = match http::exchange(request.body(form.join("&"))).await {
            Ok((status, retry_after, body)) => {
                let reply = Reply::Response { status, retry_after: retry_after.as_deref(), body: &body };
                classify(&answers, Effect::Login, &reply)
            }
            Err(reply) => classify(&answers, Effect::Login, &reply),
        };
        match self.redacted(answer, None) {
            Answer::Done(json) => read_token(&json, asked),
            Answer::Refused(text) => {
                Err(Failure::Unauthorised(format!("no token: {text}: check erp.auth.client_id, its secret and scope")))
            }
            Answer::Duplicate(text) | Answer::NotFound(text) => Err(Failure::NotDone {
                reason: format!("no token: {text}: check erp.auth.token_url"),
                retry_after: None,
            }),
            Answer::Failure(failure) => Err(failure.worded(|text| format!("no token: {text}"))),
        }
    }

    async fn leave(&self, effect: Effect) -> Result<(), Failure> {
        if bounds::is_spent(self.requests_max) {
            return Err(Failure::perhaps(effect, format!("it takes more than {} requests at once", self.requests_max)));
        }
        let per_minute = self.rate_per_minute;
        let limit = Limit { endpoint: "account", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) };
        bounds::leave(effect, &self.pace, limit).await
    }

    async fn once(&self, request: &Request, token: Option<&Token>) -> Answer {
        if let Err(failure) = self.leave(request.effect).await {
            return Answer::Failure(failure);
        }
        let mut built = self.http.request(request.method.clone(), request.url.clone());
        if !request.headers.iter().any(|(name, _)| name.as_str() == "accept") {
            built = built.header("Accept", "application/json");
        }
        for (name, value) in request.headers.iter().chain(&self.credentials) {
            built = built.header(name, value);
        }
        if let Some(token) = token {
            built = built.bearer_auth(token.value.expose_secret());
        }
        if let Some(body) = &request.body {
            if !request.headers.iter().any(|(name, _)| *name == CONTENT_TYPE) {
                built = built.header(CONTENT_TYPE, "application/json");
            }
            built = built.body(body.to_string());
        }
        let started = Instant::now();
        let answer = match http::exchange(built).await {
            Ok((status, retry_after, body)) => {
                let reply = Reply::Response { status, retry_after: retry_after.as_deref(), body: &body };
                classify(&self.answers, request.effect, &reply)
            }
            Err(reply) => classify(&self.answers, request.effect, &reply),
        };
        tracing::debug!(method = request.method.as_str(), ms = started.elapsed().as_millis() as u64, "asked the ERP");
        self.redacted(answer, token)
    }

    /// Takes our secrets out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer, token: Option<&Token>) -> Answer {
        let secrets = self.secrets.iter().chain(token.map(|token| &token.value));
        let secrets: Vec<&str> = secrets.map(|secret| secret.expose_secret()).collect();
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

/// The header that says who we are, where it does not change, and what of it must not show.
type Credentials = (Option<(HeaderName, HeaderValue)>, Vec<SecretString>);

fn credentials(auth: &Auth) -> Result<Credentials, String> {
    let authorization =
        |setting: &str, text: &str| Ok::<_, String>((AUTHORIZATION, fixed_header(setting, text, true)?));
    Ok(match auth {
        Auth::None => (None, vec![]),
        Auth::Basic { user, password } => {
            let both = base64(&format!("{user}:{}", password.expose_secret()));
            let header = authorization("erp.auth", &format!("Basic {both}"))?;
            (Some(header), vec![password.clone(), both.into()])
        }
        Auth::Bearer(token) => {
            let header = authorization("erp.auth.token", &format!("Bearer {}", token.expose_secret()))?;
            (Some(header), vec![token.clone()])
        }
        Auth::Header { name, value } => {
            let known = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| format!("erp.auth.name: \"{name}\" is no header's name"))?;
            let header = fixed_header("erp.auth.secret", value.expose_secret(), true)?;
            // `token KEY:SECRET`: a gateway may repeat a part of it.
            let parts = value.expose_secret().split([' ', ':']).filter(|part| part.len() > 7);
            let secrets = std::iter::once(value.expose_secret()).chain(parts).map(SecretString::from);
            (Some((known, header)), secrets.collect())
        }
        Auth::OAuth2(oauth2) => (None, vec![oauth2.client_secret.clone()]),
    })
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The token endpoint's host, checked.
fn token_base(oauth2: &OAuth2) -> Result<Url, String> {
    let url = Url::parse(&oauth2.token_url).map_err(|e| format!("erp.auth.token_url is not a URL: {e}"))?;
    let origin = url.origin().ascii_serialization();
    http::base("erp.auth.token_url", &origin, "erp.auth.client_id", "it is a whole address")?;
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(url),
        false => Err("erp.auth.token_url must not hold a user or a password".into()),
    }
}

fn read_token(json: &Value, asked: Instant) -> Result<Token, Failure> {
    let value = json.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let value = value.ok_or_else(|| Failure::Garbled("the answer to a request for a token holds none".into()))?;
    let life = json.get("expires_in").and_then(|life| match life {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    });
    let life = life.map_or(TOKEN_LIFE, Duration::from_secs);
    let until = asked + (life - TOKEN_MARGIN_MAX.min(life / 10)).min(Duration::from_secs(24 * 3600));
    Ok(Token { value: value.into(), until })
}
