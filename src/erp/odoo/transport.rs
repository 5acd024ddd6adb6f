//! Requests over kept-alive connections: who we are, the rate limit, and what must not show.
//!
//! By JSON-RPC every request holds the user's id and password (`execute_kw`); the id is asked for once (`authenticate`, which
//! answers `false` where it refuses). By JSON-2 every request holds a key. There is no session. Credentials that are refused are not
//! tried again for a minute, whatever asks: the server counts failed log-ins, and locks out who fails.

use std::time::Instant;

use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::classify::{Answer, Wire, classify};
use super::settings::Settings;
use crate::erp::bounds;
use crate::erp::failure::REFUSED_FOR;
use crate::erp::http::{self, Http};
use crate::erp::{Effect, Failure, Limit, Pace, Reply};

/// The most requests of one delivery, log-ins included: an order makes fourteen, one more where lines have units, three where
/// external ids are looked up one by one, and nine where nothing is known of the account yet. One that needs more goes on another time,
/// from where the ERP says it is.
pub(super) const REQUESTS_MAX: u32 = 30;
/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;

/// Parameters, each with its name, in the order that the method has them.
pub(super) type Parameters = Vec<(&'static str, Value)>;

/// A method of a model. Its parameters go by their order where that is possible: names are others in some models (`write` of
/// `sale.order` in 14).
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub model: &'a str,
    pub method: &'a str,
    /// The records that it is called on.
    pub ids: Option<Value>,
    pub parameters: Parameters,
}

impl<'a> Call<'a> {
    /// Of a model.
    pub(super) fn on_model(model: &'a str, method: &'a str, parameters: Parameters) -> Call<'a> {
        Call { model, method, ids: None, parameters }
    }

    /// Of records.
    pub(super) fn on(model: &'a str, method: &'a str, ids: impl Into<Value>, parameters: Parameters) -> Call<'a> {
        Call { ids: Some(ids.into()), ..Call::on_model(model, method, parameters) }
    }

    /// Writes these values.
    pub(super) fn write(model: &'a str, id: impl Into<Value>, values: Value) -> Call<'a> {
        Call::on(model, "write", vec![id.into()], vec![("vals", values)])
    }

    /// Path and body; whoever is called by JSON-RPC is named in the body.
    pub(super) fn request(&self, wire: Wire, who: &Who<'_>) -> (String, Value) {
        // Messages come in a language that can be read in a log, and times in the one that we send.
        let context = json!({"lang": "en_US", "tz": "UTC"});
        match wire {
            Wire::Json2 => {
                let mut fields: Map<String, Value> =
                    self.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
                fields.insert("context".into(), context);
                if let Some(ids) = &self.ids {
                    fields.insert("ids".into(), ids.clone());
                }
                (format!("/json/2/{}/{}", self.model, self.method), Value::Object(fields))
            }
            Wire::JsonRpc => {
                let own: Vec<&Value> = self.ids.iter().chain(self.parameters.iter().map(|(_, value)| value)).collect();
                let Who { database, user, password } = who;
                let args = json!([database, user, password, self.model, self.method, own, {"context": context}]);
                ("/jsonrpc".into(), envelope("object", "execute_kw", args))
            }
        }
    }
}

/// Who calls.
pub(super) struct Who<'a> {
    pub database: &'a str,
    pub user: Value,
    pub password: &'a str,
}

fn envelope(service: &str, method: &str, args: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": "call", "id": 1, "params": {"service": service, "method": method, "args": args}})
}

/// The way to one database.
pub(super) struct Transport {
    settings: Settings,
    http: Http,
    pace: Pace,
    login: Mutex<Login>,
}

/// Who we are there, and what was last said of the credentials.
#[derive(Default)]
struct Login {
    user: Option<i64>,
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
        Ok(Transport { settings, http, pace, login: Mutex::default() })
    }

    /// Calls what only reads.
    pub(super) async fn read(&self, call: Call<'_>) -> Answer {
        self.call(Effect::Read, &call).await
    }

    /// Calls what changes something.
    pub(super) async fn write(&self, call: Call<'_>) -> Answer {
        self.call(Effect::Write, &call).await
    }

    /// The server's series: 14 to 19. Who speaks JSON-2 is of 19 at least.
    pub(super) async fn series(&self) -> Answer {
        match self.settings.wire {
            Wire::Json2 => Answer::Done(json!(19)),
            Wire::JsonRpc => {
                let answer = self.send(Effect::Read, "/jsonrpc", &envelope("common", "version", json!([]))).await;
                let Answer::Done(version) = answer else { return answer };
                match version.pointer("/server_version_info/0").and_then(series_of) {
                    Some(series) => Answer::Done(json!(series)),
                    None => Answer::Failure(Failure::Garbled("the answer holds no version".into())),
                }
            }
        }
    }

    async fn call(&self, effect: Effect, call: &Call<'_>) -> Answer {
        let user = match self.user().await {
            Ok(user) => user,
            Err(failure) => return Answer::Failure(failure),
        };
        let Settings { database, password, wire, .. } = &self.settings;
        let who = Who { database, user: json!(user), password: password.expose_secret() };
        let (path, body) = call.request(*wire, &who);
        let started = Instant::now();
        let answer = self.send(effect, &path, &body).await;
        tracing::debug!(
            model = call.model,
            method = call.method,
            ms = started.elapsed().as_millis() as u64,
            "asked the ERP"
        );
        match answer {
            Answer::Failure(Failure::Unauthorised(reason)) => Answer::Failure(self.refused(&reason).await),
            answer => answer,
        }
    }

    /// Our id there; by JSON-2 none is needed.
    async fn user(&self) -> Result<Option<i64>, Failure> {
        let mut login = self.login.lock().await;
        if let Some((at, failure)) = &login.refused
            && at.elapsed() < REFUSED_FOR
        {
            return Err(failure.clone());
        }
        if self.settings.wire == Wire::Json2 || login.user.is_some() {
            return Ok(login.user);
        }
        let Settings { database, user, password, .. } = &self.settings;
        let args = json!([database, user, password.expose_secret(), {}]);
        match self.send(Effect::Read, "/jsonrpc", &envelope("common", "authenticate", args)).await {
            Answer::Done(Value::Bool(false)) | Answer::Failure(Failure::Unauthorised(_)) => {
                let failure = self.credentials("the log-in is refused");
                login.refused = Some((Instant::now(), failure.clone()));
                Err(failure)
            }
            Answer::Done(id) => match id.as_i64() {
                Some(id) => {
                    (login.user, login.refused) = (Some(id), None);
                    Ok(Some(id))
                }
                None => Err(Failure::Garbled("the answer to the log-in holds no user's id".into())),
            },
            // Without the database there is nothing to be refused by.
            Answer::Failure(Failure::Garbled(reason) | Failure::NotDone { reason, .. }) | Answer::Refused(reason) => {
                let reason = format!(
                    "{reason}: no log-in at {}, database {database}; check erp.url and erp.database",
                    self.settings.url
                );
                Err(Failure::NotDone { reason, retry_after: None })
            }
            Answer::Failure(failure) => Err(failure),
        }
    }

    /// Remembers that the credentials are refused.
    async fn refused(&self, reason: &str) -> Failure {
        let failure = self.credentials(reason);
        let mut login = self.login.lock().await;
        *login = Login { user: None, refused: Some((Instant::now(), failure.clone())) };
        failure
    }

    fn credentials(&self, reason: &str) -> Failure {
        Failure::Unauthorised(match self.settings.wire {
            Wire::JsonRpc => {
                format!(
                    "{reason}: check erp.database, erp.password, and that the user {} is active",
                    self.settings.user
                )
            }
            Wire::Json2 => format!("{reason}: check erp.database and erp.api_key, and that the key has not expired"),
        })
    }

    async fn send(&self, effect: Effect, path: &str, body: &Value) -> Answer {
        let wire = self.settings.wire;
        if bounds::is_spent(REQUESTS_MAX) {
            return classify(wire, effect, &Reply::Lost(format!("it takes more than {REQUESTS_MAX} requests at once")));
        }
        if let Err(failure) = bounds::leave(effect, &self.pace, self.limit()).await {
            return Answer::Failure(failure);
        }
        let mut url = self.http.base.clone();
        url.set_path(path);
        let mut request =
            self.http.request(Method::POST, url).header("Content-Type", "application/json").body(body.to_string());
        if wire == Wire::Json2 {
            request = request
                .bearer_auth(self.settings.password.expose_secret())
                .header("X-Odoo-Database", &self.settings.database);
        }
        let answer = match http::exchange(request).await {
            Ok((status, retry_after, body)) => {
                let reply = Reply::Response { status, retry_after: retry_after.as_deref(), body: &body };
                classify(wire, effect, &reply)
            }
            Err(reply) => classify(wire, effect, &reply),
        };
        self.redacted(answer)
    }

    fn limit(&self) -> Limit {
        let per_minute = self.settings.rate_per_minute;
        Limit { endpoint: "database", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) }
    }

    /// Takes our secret out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer) -> Answer {
        let clean = |text: String| http::redacted(text, &[self.settings.password.expose_secret()]);
        match answer {
            Answer::Done(data) => Answer::Done(data),
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Failure(failure) => Answer::Failure(failure.worded(clean)),
        }
    }
}

/// `14`, or `"saas~18"` where it is hosted.
fn series_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.rsplit('~').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(url: String) -> Transport {
        Transport::new(Settings::new(url, "erp", ("bridge", "geheim".into())), Pace::free()).unwrap()
    }

    #[test]
    fn a_call_has_one_meaning_on_both_wires() {
        let call = Call::on("sale.order", "read", json!([7]), vec![("fields", json!(["state"]))]);
        let who = Who { database: "erp", user: json!(2), password: "geheim" };
        let context = json!({"lang": "en_US", "tz": "UTC"});
        let (path, body) = call.request(Wire::Json2, &who);
        assert_eq!(path, "/json/2/sale.order/read");
        assert_eq!(body, json!({"ids": [7], "fields": ["state"], "context": context}));
        let (path, body) = call.request(Wire::JsonRpc, &who);
        assert_eq!((path.as_str(), &body["params"]["method"]), ("/jsonrpc", &json!("execute_kw")));
        let args = json!(["erp", 2, "geheim", "sale.order", "read", [[7], ["state"]], {"context": context}]);
        assert_eq!(body["params"]["args"], args);
    }

    #[test]
    fn what_is_quoted_holds_no_secret() {
        let answer = Answer::Failure(Failure::Garbled("you sent geheim".into()));
        let clean = transport("https://erp.example".into()).redacted(answer);
        assert_eq!(clean, Answer::Failure(Failure::Garbled("you sent ***".into())));
    }

    #[test]
    fn a_series_is_a_number() {
        let said = [json!(14), json!("saas~18"), json!("17"), json!("x"), Value::Null].map(|v| series_of(&v));
        assert_eq!(said, [Some(14), Some(18), Some(17), None, None]);
    }

    #[tokio::test]
    async fn a_closed_port_is_a_request_that_never_left() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let call = Call::on_model("x", "create", vec![]);
        let answer = transport(format!("http://{address}")).write(call).await;
        assert!(matches!(answer, Answer::Failure(Failure::NotSent(_))), "{answer:?}");
    }
}
