//! Requests over kept-alive connections: who we are, the rate limit, what is saved together, and what must not show.
//!
//! Every call is a `POST` below the site's path. By signature each request says who sends it, anew with its own nonce and time. By
//! session a log-in gives an id (`KDSVCSessionId`), which goes with each request (`kdservice-sessionid`); one that the ERP does not
//! know any more is replaced once, and where the new one is refused too, that is the end of it. Credentials that are refused are not
//! tried again for a minute, whatever asks: accounts get locked.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::classify::{Answer, classify};
use super::form;
use super::settings::{Clock, Login, Settings};
use super::sign::{Acting, Client, api_signature, login_signature};
use crate::erp::bounds;
use crate::erp::failure::REFUSED_FOR;
use crate::erp::http::{self, ClockOffset, Http};
use crate::erp::{Effect, Failure, Joined, Limit, Pace, Reply};

/// The most requests of one delivery, log-ins included: an order makes eleven, and each form that was there already a few more. One
/// that needs more goes on another time, from where the ERP says it is.
pub(super) const REQUESTS_MAX: u32 = 20;
/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;
/// Forms that go together have no more bytes than this: IIS takes 4 MiB unless it is told otherwise.
const TOGETHER_BYTES_MAX: usize = 2 << 20;
/// The most rows that a query is asked for; the vendor gives no more than 2000 at once.
pub(super) const ROWS_MAX: usize = 2000;
/// How far a signed time may be off: five minutes on the vendor's open platform; for this ERP's no number is documented.
const CLOCK_OFF_MAX: Duration = Duration::from_secs(300);
/// A sign of a clock that is off, which makes signatures worthless.
const CLOCK_HINT: &str = "a signature is also refused where this machine's clock is minutes off";

const AUTH_SERVICE: &str = "Kingdee.BOS.WebApi.ServicesStub.AuthService";
const FORM_SERVICE: &str = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService";

/// What is asked of a form, or of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    LoginBySign,
    ExecuteBillQuery,
    View,
    Save,
    BatchSave,
    Submit,
    Audit,
    UnAudit,
}

impl Call {
    fn name(self) -> &'static str {
        match self {
            Call::LoginBySign => "LoginBySign",
            Call::ExecuteBillQuery => "ExecuteBillQuery",
            Call::View => "View",
            Call::Save => "Save",
            Call::BatchSave => "BatchSave",
            Call::Submit => "Submit",
            Call::Audit => "Audit",
            Call::UnAudit => "UnAudit",
        }
    }

    fn effect(self) -> Effect {
        match self {
            Call::LoginBySign => Effect::Login,
            Call::ExecuteBillQuery | Call::View => Effect::Read,
            Call::Save | Call::BatchSave | Call::Submit | Call::Audit | Call::UnAudit => Effect::Write,
        }
    }

    /// Below the host.
    pub(super) fn path(self, settings: &Settings) -> String {
        let service = if self == Call::LoginBySign { AUTH_SERVICE } else { FORM_SERVICE };
        format!("{}/{service}.{}.common.kdsvc", settings.app_path, self.name())
    }
}

/// The body of a query.
pub(super) fn query(form: &str, keys: &[&str], filter: &str, order: &str) -> Value {
    json!({"data": {
        "FormId": form,
        "FieldKeys": keys.join(","),
        "FilterString": filter,
        "OrderString": order,
        "TopRowCount": 0,
        "StartRow": 0,
        "Limit": ROWS_MAX,
        "SubSystemId": "",
    }})
}

/// The body of what is done to one form as a whole.
pub(super) fn operation(form: &str, id: &str) -> Value {
    json!({"formid": form, "data": {"Ids": id}})
}

/// A text within a query's filter.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The way to one account.
pub(super) struct Transport {
    settings: Settings,
    http: Http,
    pace: Pace,
    client: Option<Client>,
    /// `X-Kd-Signature`, which is the same in each request, and as good as a secret.
    signature: String,
    session: Mutex<Session>,
    /// What is saved of each form.
    saves: Vec<(&'static str, Joined<Value, Option<Answer>>)>,
}

/// The session in use, and what was last said of the credentials.
#[derive(Default)]
struct Session {
    id: Option<String>,
    refused: Option<(Instant, Failure)>,
}

impl Session {
    /// What was said of the credentials a short while ago.
    fn refusal(&self) -> Option<Failure> {
        self.refused.as_ref().filter(|(at, _)| at.elapsed() < REFUSED_FOR).map(|(_, failure)| failure.clone())
    }
}

impl Transport {
    /// Prepares the way; sends nothing.
    ///
    /// # Errors
    /// A sentence about the setting that is wrong.
    pub(super) fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        settings.check()?;
        let client = Client::of(&settings.app_id)?;
        let http = Http::new(settings.base()?, settings.request_timeout)?;
        let signature = acting(&settings).signature(&settings.app_id, settings.app_secret.expose_secret());
        let saves = form::IDS.map(|id| (id, Joined::new(settings.saves_together))).into();
        Ok(Transport { settings, http, pace, client, signature, session: Mutex::default(), saves })
    }

    /// Asks for fields of forms; answers with their rows.
    pub(super) async fn query(&self, form: &str, keys: &[&str], filter: &str, order: &str) -> Answer {
        match self.call(Call::ExecuteBillQuery, &query(form, keys, filter, order)).await {
            Answer::Done(rows) if rows.as_array().is_some_and(|rows| rows.len() < ROWS_MAX) => Answer::Done(rows),
            Answer::Done(Value::Array(_)) => Answer::Refused(format!(
                "a query of {form} finds {ROWS_MAX} rows, which are more than it gives at once"
            )),
            Answer::Done(_) => Answer::Failure(Failure::Garbled(format!("a query of {form} gives no rows"))),
            answer => answer,
        }
    }

    /// Looks at the form of this number as a whole.
    pub(super) async fn view(&self, form: &str, number: &str) -> Answer {
        self.call(Call::View, &json!({"formid": form, "data": {"Number": number}})).await
    }

    /// Submits, audits or reopens the form of this id.
    pub(super) async fn operate(&self, call: Call, form: &str, id: &str) -> Answer {
        self.call(call, &operation(form, id)).await
    }

    /// Saves a form, in one request with others of its kind where several are to be saved at the same time.
    ///
    /// What is certainly not saved so is saved by itself: that answers with what is wrong with it.
    pub(super) async fn save(&self, form: &'static str, data: Value) -> Answer {
        let joined = self.saves.iter().find(|(id, _)| *id == form).map(|(_, joined)| joined);
        if let Some(joined) = joined.filter(|_| self.settings.saves_together > 1) {
            bounds::may_be_there();
            let send = |forms, until| bounds::within(until, self.save_together(form, forms));
            match joined.send(data.clone(), bounds::until(), send).await {
                Some(Some(answer)) => return answer,
                Some(None) => {}
                None => {
                    let reason = "the request that it was to be saved with was given up".to_owned();
                    return Answer::Failure(Failure::Unknown(reason));
                }
            }
        }
        self.save_alone(form, data).await
    }

    async fn save_alone(&self, form: &str, data: Value) -> Answer {
        self.call(Call::Save, &json!({"formid": form, "data": data})).await
    }

    /// An answer for each of the forms; `None` where it was certainly not saved.
    async fn save_together(&self, form: &str, mut forms: Vec<Value>) -> Vec<Option<Answer>> {
        if forms.len() == 1 {
            return vec![Some(self.save_alone(form, forms.remove(0)).await)];
        }
        let batch = batch(&forms);
        let mut answers = vec![None; forms.len()];
        if batch.places.len() < 2 {
            return answers;
        }
        let answer = self.call(Call::BatchSave, &json!({"formid": form, "data": batch.data})).await;
        tracing::debug!(form, count = batch.places.len(), "saved forms together");
        for (index, place) in batch.places.into_iter().enumerate() {
            answers[place] = one_of(&answer, index);
        }
        answers
    }

    async fn call(&self, call: Call, body: &Value) -> Answer {
        if let Some(failure) = self.session.lock().await.refusal() {
            return Answer::Failure(failure);
        }
        let answer = match self.settings.login {
            Login::Signature => self.send(call, body, None).await,
            Login::Session => self.call_by_session(call, body).await,
        };
        match answer {
            Answer::Failure(Failure::SessionRefused(reason) | Failure::Unauthorised(reason)) => {
                Answer::Failure(self.note(&mut *self.session.lock().await, reason))
            }
            answer => answer,
        }
    }

    async fn call_by_session(&self, call: Call, body: &Value) -> Answer {
        let session = match self.session(None).await {
            Ok(session) => session,
            Err(failure) => return Answer::Failure(failure),
        };
        let answer = self.send(call, body, Some(&session)).await;
        let Answer::Failure(Failure::SessionRefused(_)) = answer else { return answer };
        let session = match self.session(Some(&session)).await {
            Ok(session) => session,
            Err(failure) => return Answer::Failure(failure),
        };
        match self.send(call, body, Some(&session)).await {
            Answer::Failure(Failure::SessionRefused(reason)) => {
                let reason = format!("{reason}: a session that was just opened is not known");
                Answer::Failure(Failure::Unauthorised(reason))
            }
            answer => answer,
        }
    }

    /// The session in use; another one where there is none, or it is the one `lost`.
    async fn session(&self, lost: Option<&str>) -> Result<String, Failure> {
        let mut session = self.session.lock().await;
        if session.id.take_if(|id| Some(id.as_str()) == lost).is_some() {
            tracing::info!("the ERP does not know its session any more; logging in again");
        }
        if let Some(failure) = session.refusal() {
            return Err(failure);
        }
        if let Some(id) = &session.id {
            return Ok(id.clone());
        }
        let Settings { acct_id, user, app_id, app_secret, lcid, .. } = &self.settings;
        let seconds = Timestamp::now().as_second().to_string();
        let signature = login_signature(acct_id, user, app_id, app_secret.expose_secret(), &seconds);
        let body = json!({"parameters": [acct_id, user, app_id, seconds, signature, lcid]});
        let id = match self.send(Call::LoginBySign, &body, None).await {
            Answer::Done(fields) => fields["KDSVCSessionId"].as_str().map(str::to_owned),
            Answer::Failure(Failure::Unauthorised(reason)) => return Err(self.note(&mut session, reason)),
            Answer::Failure(failure) => return Err(failure),
            Answer::Partly(_) | Answer::Duplicate(_) | Answer::NotFound(_) | Answer::Refused(_) => None,
        };
        let id = id.ok_or_else(|| Failure::Garbled("the answer to the log-in is none".into()))?;
        (session.id, session.refused) = (Some(id.clone()), None);
        Ok(id)
    }

    /// Remembers what was said of the credentials.
    fn note(&self, session: &mut Session, reason: String) -> Failure {
        if let Some(failure) = session.refusal() {
            return failure;
        }
        let Settings { user, acct_id, .. } = &self.settings;
        let failure = Failure::Unauthorised(format!(
            "{reason}: check erp.acct_id ({acct_id}), erp.app_id, erp.app_secret and erp.user, whether the third-party \
             authorisation is enabled for this machine, and that {user} is active; {CLOCK_HINT}"
        ));
        *session = Session { id: None, refused: Some((Instant::now(), failure.clone())) };
        failure
    }

    async fn send(&self, call: Call, body: &Value, session: Option<&str>) -> Answer {
        if bounds::is_spent(REQUESTS_MAX) {
            let reason = format!("it takes more than {REQUESTS_MAX} requests at once");
            return classify(call.effect(), &Reply::NotSent(reason));
        }
        if let Err(failure) = bounds::leave(call.effect(), &self.pace, self.limit()).await {
            return Answer::Failure(failure);
        }
        let started = Instant::now();
        let exchanged = http::exchange_and_clock(self.request(call, session).body(body.to_string())).await;
        let answer = match exchanged {
            Ok(((status, retry_after, body), clock)) => {
                let reply = Reply::Response { status, retry_after: retry_after.as_deref(), body: &body };
                with_clock(classify(call.effect(), &reply), clock)
            }
            Err(reply) => classify(call.effect(), &reply),
        };
        tracing::debug!(call = call.name(), ms = millis(started.elapsed()), "asked the ERP");
        self.redacted(answer, session)
    }

    fn limit(&self) -> Limit {
        let per_minute = self.settings.rate_per_minute;
        Limit { endpoint: "account", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) }
    }

    fn request(&self, call: Call, session: Option<&str>) -> RequestBuilder {
        let path = call.path(&self.settings);
        let mut url = self.http.base.clone();
        url.set_path(&path);
        let request = self.http.request(Method::POST, url).header("Content-Type", "application/json; charset=utf-8");
        match (self.settings.login, session) {
            (Login::Session, Some(id)) => request.header("kdservice-sessionid", id),
            (Login::Session, None) => request,
            (Login::Signature, _) => self.signed(request, &path),
        }
    }

    fn signed(&self, mut request: RequestBuilder, path: &str) -> RequestBuilder {
        let Settings { app_id, clock, .. } = &self.settings;
        if let Some(client) = &self.client {
            let nonce = (rand::random::<u64>() >> 14 | 1).to_string();
            let now = Timestamp::now();
            let timestamp = match clock {
                Clock::Seconds => now.as_second(),
                Clock::Milliseconds => now.as_millisecond(),
            }
            .to_string();
            request = request
                .header("X-Api-ClientID", &client.id)
                .header("X-Api-Auth-Version", "2.0")
                .header("X-Api-Timestamp", &timestamp)
                .header("X-Api-Nonce", &nonce)
                .header("X-Api-SignHeaders", "X-Api-Timestamp,X-Api-Nonce")
                .header("X-Api-Signature", api_signature(client, path, &nonce, &timestamp));
        }
        request
            .header("X-Kd-Appkey", app_id)
            .header("X-Kd-Appdata", acting(&self.settings).app_data())
            .header("X-Kd-Signature", &self.signature)
    }

    /// Takes our secrets out of what was answered: a gateway may repeat what it was sent.
    fn redacted(&self, answer: Answer, session: Option<&str>) -> Answer {
        let client = self.client.as_ref().map_or("", |client| client.secret.as_str());
        let secrets = [self.settings.app_secret.expose_secret(), client, &self.signature, session.unwrap_or_default()];
        let clean = |text: String| http::redacted(text, &secrets);
        match answer {
            Answer::Done(data) => Answer::Done(data),
            Answer::Partly(data) => Answer::Partly(data),
            Answer::Duplicate(text) => Answer::Duplicate(clean(text)),
            Answer::NotFound(text) => Answer::NotFound(clean(text)),
            Answer::Refused(text) => Answer::Refused(clean(text)),
            Answer::Failure(failure) => Answer::Failure(failure.worded(clean)),
        }
    }
}

/// Says of a refusal that the clock is off, where the answer's own date shows it.
fn with_clock(answer: Answer, clock: Option<ClockOffset>) -> Answer {
    let off = clock.and_then(|clock| clock.beyond(CLOCK_OFF_MAX));
    match (answer, off) {
        (Answer::Failure(Failure::Unauthorised(reason)), Some(off)) => {
            Answer::Failure(Failure::Unauthorised(format!("{reason}; {off}")))
        }
        (Answer::Failure(Failure::SessionRefused(reason)), Some(off)) => {
            Answer::Failure(Failure::SessionRefused(format!("{reason}; {off}")))
        }
        (answer, _) => answer,
    }
}

fn acting(settings: &Settings) -> Acting<'_> {
    let Settings { acct_id, user, lcid, organization, .. } = settings;
    Acting { acct_id, user, lcid: *lcid, organization }
}

/// Forms that one request can save.
struct Batch {
    /// What is said for all of them, with their models as a list.
    data: Value,
    /// Which of the forms they are.
    places: Vec<usize>,
}

/// The first form, and those after it that say the same beside their model and are not too long together.
fn batch(forms: &[Value]) -> Batch {
    let parts = |form: &Value| -> Option<(Map<String, Value>, Value)> {
        let mut rest = form.as_object()?.clone();
        let model = rest.remove("Model").filter(Value::is_object)?;
        Some((rest, model))
    };
    let (mut common, mut models, mut places, mut bytes) = (None, Vec::new(), Vec::new(), 0);
    for (place, form) in forms.iter().enumerate() {
        let Some((rest, model)) = parts(form) else { continue };
        let length = model.to_string().len();
        if bytes + length <= TOGETHER_BYTES_MAX && *common.get_or_insert_with(|| rest.clone()) == rest {
            bytes += length;
            models.push(model);
            places.push(place);
        }
    }
    let mut data = common.unwrap_or_default();
    data.insert("Model".into(), models.into());
    Batch { data: data.into(), places }
}

/// What a batch's answer says of the form at this place in it; `None` where it was certainly not saved.
fn one_of(answer: &Answer, index: usize) -> Option<Answer> {
    let result = match answer {
        Answer::Done(result) | Answer::Partly(result) => result,
        Answer::Duplicate(_) | Answer::NotFound(_) | Answer::Refused(_) => return None,
        Answer::Failure(failure) => return Some(Answer::Failure(failure.clone())),
    };
    let of = |list: &str| -> Option<Value> {
        let list = result.pointer(&format!("/ResponseStatus/{list}"))?.as_array()?;
        list.iter().find(|one| one["DIndex"].as_u64() == u64::try_from(index).ok()).cloned()
    };
    match (of("SuccessEntitys"), of("Errors")) {
        (Some(saved), _) => {
            Some(Answer::Done(json!({"ResponseStatus": {"IsSuccess": true, "SuccessEntitys": [saved]}})))
        }
        (None, Some(_)) => None,
        (None, None) => {
            let reason = "the answer to a batch does not say whether it was saved".to_owned();
            Some(Answer::Failure(Failure::Unknown(reason)))
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(url: String) -> Transport {
        let app = ("100001_CzBVep/E6Q4zWH2ix+wRNluApcrvFDle", "geheim".into());
        let settings = Settings::new(url, ("65f0", "bridge"), app, ("100", "CK001"));
        Transport::new(settings, Pace::free()).unwrap()
    }

    #[test]
    fn each_call_has_its_address() {
        let settings = transport("https://erp.example".into()).settings;
        let path = |call: Call| call.path(&settings);
        assert_eq!(
            path(Call::LoginBySign),
            "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginBySign.common.kdsvc"
        );
        assert_eq!(
            path(Call::BatchSave),
            "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.BatchSave.common.kdsvc"
        );
    }

    #[test]
    fn a_text_of_a_filter_ends_where_it_should() {
        assert_eq!(literal("S1' or '1'='1"), "'S1'' or ''1''=''1'");
    }

    #[test]
    fn what_is_quoted_holds_no_secret() {
        let transport = transport("https://erp.example".into());
        let client = transport.client.clone().unwrap().secret;
        let said = format!("you sent geheim, {client}, {} and abc", transport.signature);
        let clean = transport.redacted(Answer::Failure(Failure::Garbled(said)), Some("abc"));
        assert_eq!(clean, Answer::Failure(Failure::Garbled("you sent ***, ***, *** and ***".into())));
    }

    #[test]
    fn a_clock_that_is_off_is_said_with_the_refusal() {
        let date = "Fri, 27 Nov 2026 12:00:00 GMT";
        let at = |time: &str| ClockOffset::read(date, time.parse().unwrap(), time.parse().unwrap());
        let refused = || Answer::Failure(Failure::Unauthorised("519".into()));
        let Answer::Failure(Failure::Unauthorised(said)) = with_clock(refused(), at("2026-11-27T12:10:00Z")) else {
            panic!()
        };
        assert!(said.starts_with("519; this machine's clock is"), "{said}");
        assert_eq!(with_clock(refused(), at("2026-11-27T12:01:00Z")), refused());
        assert_eq!(with_clock(Answer::Done(json!([])), at("2026-11-27T13:00:00Z")), Answer::Done(json!([])));
    }

    #[test]
    fn a_batch_has_what_says_the_same() {
        let form = |flag: &str, number: &str| json!({"IsDeleteEntry": flag, "Model": {"FBillNo": number}});
        let batch = batch(&[form("false", "A"), form("true", "B"), form("false", "C"), json!({"Model": 7})]);
        assert_eq!(batch.places, [0, 2]);
        assert_eq!(batch.data, json!({"IsDeleteEntry": "false", "Model": [{"FBillNo": "A"}, {"FBillNo": "C"}]}));
        let long = json!({"Model": {"x": "x".repeat(TOGETHER_BYTES_MAX / 2)}});
        assert_eq!(super::batch(&[long.clone(), long.clone(), form("false", "A")]).places, [0]);
    }

    #[test]
    fn a_batch_is_taken_apart_by_its_places() {
        let status = json!({"IsSuccess": false, "SuccessEntitys": [{"Id": 7, "Number": "A", "DIndex": 0}],
            "Errors": [{"FieldName": "FBillNo", "Message": "x", "DIndex": 1}]});
        let answer = Answer::Partly(json!({"ResponseStatus": status}));
        let Some(Answer::Done(saved)) = one_of(&answer, 0) else { panic!("not saved") };
        assert_eq!(saved.pointer("/ResponseStatus/SuccessEntitys/0/Id"), Some(&json!(7)));
        assert_eq!(one_of(&answer, 1), None);
        assert!(matches!(one_of(&answer, 2), Some(Answer::Failure(Failure::Unknown(_)))));
        assert_eq!(one_of(&Answer::Refused("x".into()), 0), None);
        let lost = Answer::Failure(Failure::Unknown("x".into()));
        assert_eq!(one_of(&lost, 1), Some(lost));
    }

    #[tokio::test]
    async fn a_closed_port_is_a_request_that_never_left() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let answer = transport(format!("http://{address}")).save("SAL_SaleOrder", json!({"Model": {}})).await;
        assert!(matches!(answer, Answer::Failure(Failure::NotSent(_))), "{answer:?}");
    }
}
