//! An ERP to try ledgertap against: Kingdee Cloud Xingchen V2's protocol, strictly, with books that can be looked into, and
//! bad days on demand.
//!
//! It listens on loopback, keeps everything in memory, and its credentials are derived from its seed. Signatures, tokens,
//! nonces, required fields, types, references, unique numbers and the limits of returns are all checked; amounts are computed
//! by itself. What it knows of the shop's order numbers and of debit notes it reads from the remarks (`kind [reason]; order X;
//! original Y`), which is what an accountant would have to do.
//!
//! `GET /books` answers with [`Books`] as JSON, to anybody.
//!
//! A request that has arrived takes effect even when its client is gone: that is what makes timeouts worth testing. See
//! [`Fault`] for what it does on a bad day.

mod account;
mod books;
mod faults;
mod form;
mod gate;
mod records;
mod wire;

pub use books::{Booked, BookedLine, Books};
pub use faults::{Fault, Faults};

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use account::{Account, Refusal};
use faults::Dice;
use gate::{Arrival, Credentials, Denied, Gate, TOKEN_PATH, decode_query};
use records::Entity;
use wire::{Cut, Door};

/// 组合值与其他表单重复.
const DUPLICATE: i64 = 1030002002;
const BODY_BYTES_MAX: usize = 8 << 20;
/// How long [`Sandbox::stop`] waits for requests that are being held.
const STOP_MAX: Duration = Duration::from_secs(1);

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How often it misbehaves.
    pub faults: Faults,
    /// Seeds the faults and the credentials.
    pub seed: u64,
    /// How long it takes for every request.
    pub delay: Duration,
    /// The deadline that its clients are told to give a request ([`Sandbox::erp_block`]); held requests outlast it.
    pub request_timeout: Duration,
    /// By when a request has taken effect or never will.
    pub late_max: Duration,
    /// How long a token is good for.
    pub token_life: Duration,
    /// Answers more requests in one second with 429; none by default.
    pub requests_per_second: Option<u32>,
    /// Refuses a second document with the same number. Only an ERP worse than the real one does not.
    pub unique: bool,
    /// Materials that are services: a return of one needs no source.
    pub services: Vec<String>,
}

impl Config {
    /// A strict sandbox that answers at once; with faults, one whose clients lose patience after half a second.
    pub fn new(listen: SocketAddr, faults: Faults, seed: u64) -> Self {
        let (request_timeout, late_max) = match faults.is_none() {
            true => (Duration::from_secs(30), Duration::from_secs(35)),
            false => (Duration::from_millis(500), Duration::from_secs(1)),
        };
        Config {
            listen,
            faults,
            seed,
            delay: Duration::ZERO,
            request_timeout,
            late_max,
            token_life: Duration::from_secs(24 * 3600),
            requests_per_second: None,
            unique: true,
            services: vec!["ALLOWANCE".into()],
        }
    }
}

/// A running sandbox.
pub struct Sandbox {
    addr: SocketAddr,
    desk: Arc<Desk>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

/// An ERP's books at one moment.
pub struct Backup(Account);

/// Starts a sandbox.
///
/// # Errors
/// Where the address cannot be listened at.
pub async fn start(config: Config) -> io::Result<Sandbox> {
    let listener = TcpListener::bind(config.listen).await?;
    let addr = listener.local_addr()?;
    let credentials = Credentials::of(config.seed);
    let desk = Arc::new(Desk {
        domain: format!("http://{addr}"),
        books: Mutex::new(Account::new(config.unique, config.services.clone())),
        gate: Mutex::new(Gate::new(credentials.clone(), config.token_life, config.requests_per_second)),
        dice: Mutex::new(Dice::new(config.faults.clone(), config.seed)),
        requests: Mutex::new(0),
        credentials,
        config,
    });
    let app = Router::new().route("/books", get(show_books)).fallback(serve).with_state(Arc::clone(&desk));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = axum::serve(Door(listener), app.into_make_service_with_connect_info::<Cut>())
        .with_graceful_shutdown(async move { drop(stopped.await) });
    Ok(Sandbox { addr, desk, stop, serving: tokio::spawn(serving.into_future()) })
}

impl Sandbox {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The `[erp]` block of a config that fits it.
    pub fn erp_block(&self) -> String {
        let (credentials, config) = (&self.desk.credentials, &self.desk.config);
        format!(
            "[erp]\nkind = \"kingdee-xingchen\"\nurl = \"http://{}\"\nclient_id = \"{}\"\nclient_secret = \"{}\"\n\
             app_key = \"{}\"\napp_secret = \"{}\"\nstock_id = \"{}\"\nrequest_timeout = \"{}\"\nlate_max = \"{}\"\n",
            self.addr,
            credentials.client_id,
            credentials.client_secret,
            credentials.app_key,
            credentials.app_secret,
            account::STOCK_ID,
            duration(config.request_timeout),
            duration(config.late_max),
        )
    }

    /// The books now.
    pub fn books(&self) -> Books {
        self.desk.books_now()
    }

    /// Puts a material into the catalogue that was not in it.
    pub fn add_material(&self, number: &str) {
        locked(&self.desk.books).add_material(number);
    }

    /// Notes an order of the shop that a person has entered under a number of the ERP's own: credits up to its total are
    /// taken, and need not name what sold the goods.
    pub fn add_order(&self, order: &str, total: rust_decimal::Decimal) {
        locked(&self.desk.books).add_order(order, total);
    }

    /// Notes a customer that the ERP has by itself.
    pub fn add_customer(&self, number: &str, name: &str) {
        let form = serde_json::json!({"number": number, "name": name, "ignore_warn": false});
        let _ = locked(&self.desk.books).save_customer(&form, 0);
    }

    /// All that is in the books, to be put back later.
    pub fn backup(&self) -> Backup {
        Backup(locked(&self.desk.books).clone())
    }

    /// Puts a backup back: what came since was never there.
    pub fn restore(&self, backup: &Backup) {
        *locked(&self.desk.books) = backup.0.clone();
    }

    /// Orders a fault for the next request whose path ends with `path_end`.
    pub fn inject(&self, path_end: &str, fault: Fault) {
        locked(&self.desk.dice).inject(path_end, fault);
    }

    /// Ends every token now.
    pub fn expire_tokens(&self) {
        locked(&self.desk.gate).expire_tokens();
    }

    /// Stops listening; what is held for longer than a second is dropped.
    pub async fn stop(mut self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(STOP_MAX, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

/// What all connections share.
struct Desk {
    config: Config,
    credentials: Credentials,
    domain: String,
    books: Mutex<Account>,
    gate: Mutex<Gate>,
    dice: Mutex<Dice>,
    requests: Mutex<u64>,
}

/// A request, read whole.
struct Letter {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
}

/// What is answered.
struct Reply {
    status: u16,
    retry_after: Option<u64>,
    content_type: &'static str,
    body: String,
}

async fn show_books(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let body = serde_json::to_string_pretty(&desk.books_now()).expect("books are always JSON");
    Reply { status: 200, retry_after: None, content_type: "application/json", body }.into_response()
}

async fn serve(State(desk): State<Arc<Desk>>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return Reply::code(413, 413, "the body is too long").into_response();
    };
    let letter = Letter {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    // In a task of its own, so that it takes effect even when the connection is gone.
    let answering = tokio::spawn(async move { desk.answer(&letter, &cut).await });
    match answering.await {
        Ok(reply) => reply.into_response(),
        Err(_) => Reply::code(500, 500, "the sandbox failed").into_response(),
    }
}

impl Desk {
    fn books_now(&self) -> Books {
        let faults = locked(&self.dice).counts();
        let requests = *locked(&self.requests);
        Books::of(&locked(&self.books), requests, faults)
    }

    async fn answer(&self, letter: &Letter, cut: &Cut) -> Reply {
        *locked(&self.requests) += 1;
        if !self.config.delay.is_zero() {
            tokio::time::sleep(self.config.delay).await;
        }
        let drawn = locked(&self.dice).draw(&letter.path, letter.path == TOKEN_PATH, Instant::now());
        let Some(fault) = drawn else { return self.handle(letter) };
        let patience = self.config.request_timeout;
        let beyond = patience + (self.config.late_max.saturating_sub(patience)) / 2;
        match fault {
            Fault::HoldAfter => {
                let reply = self.handle(letter);
                tokio::time::sleep(beyond).await;
                reply
            }
            Fault::Late => {
                tokio::time::sleep(beyond).await;
                self.handle(letter)
            }
            Fault::HoldBefore => {
                tokio::time::sleep(beyond).await;
                Reply::code(504, 504, "gateway timeout")
            }
            Fault::ResetAfter => {
                let reply = self.handle(letter);
                cut.cut();
                reply
            }
            Fault::ResetBefore => {
                cut.cut();
                Reply::code(500, 500, "never seen")
            }
            Fault::Throttle => Reply::throttled("too many requests"),
            Fault::ErrorBefore => Reply::code(500, 500, "internal error"),
            Fault::ErrorAfter => {
                self.handle(letter);
                Reply::code(500, 500, "internal error")
            }
            Fault::Unavailable => Reply::html(503, "503 Service Temporarily Unavailable"),
            Fault::Html => Reply::html(200, "Please log in to this network"),
            Fault::ExpireTokens => {
                locked(&self.gate).expire_tokens();
                self.handle(letter)
            }
            Fault::Slow => {
                tokio::time::sleep(patience / 2).await;
                self.handle(letter)
            }
            Fault::Draft => {
                self.handle(&letter.without_audit());
                Reply::code(500, 500, "internal error")
            }
        }
    }

    /// One request, at one moment.
    fn handle(&self, letter: &Letter) -> Reply {
        let now_ms = Timestamp::now().as_millisecond();
        let arrival =
            Arrival { method: &letter.method, path: &letter.path, query: &letter.query, headers: &letter.headers };
        if let Err(Denied(status, text)) = locked(&self.gate).admit(&arrival, now_ms) {
            return match status {
                429 => Reply::throttled(&text),
                _ => Reply::code(status, i64::from(status), &text),
            };
        }
        if letter.path == TOKEN_PATH {
            return match locked(&self.gate).issue(&letter.query, &self.domain) {
                Ok(data) => Reply::done(&data),
                Err(refusal) => Reply::code(200, refusal.code, &refusal.text),
            };
        }
        let mut account = locked(&self.books);
        match route(&mut account, letter, now_ms) {
            Some(Ok(data)) => Reply::done(&data),
            Some(Err(refusal)) => {
                if letter.method == Method::POST {
                    account.count_refused(&refusal);
                }
                Reply::code(200, refusal.code, &refusal.text)
            }
            None => Reply::code(404, 404, "no such address"),
        }
    }
}

fn route(account: &mut Account, letter: &Letter, now_ms: i64) -> Option<Result<Value, Refusal>> {
    let parameters = decode_query(&letter.query);
    let get = |name: &str| parameters.iter().find(|(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.as_str());
    let (id, number) = (get("id"), get("number"));
    let body = || {
        serde_json::from_slice::<Value>(&letter.body)
            .map_err(|_| Refusal { code: 1030002001, text: "the body is no JSON".into() })
    };
    Some(match (letter.method.as_str(), letter.path.strip_prefix("/jdy/v2/")?) {
        ("POST", "bd/customer") => body().and_then(|b| account.save_customer(&b, now_ms)),
        ("GET", "bd/customer_detail") => account.customer_detail(id, number),
        ("GET", "bd/material_detail") => account.material_detail(number),
        ("GET", "bd/store_detail") => account.store_detail(id),
        ("POST", "scm/sal_order") => body().and_then(|b| account.save_bill(Entity::Order, &b, now_ms)),
        ("POST", "scm/sal_out_bound") => body().and_then(|b| account.save_bill(Entity::Outbound, &b, now_ms)),
        ("POST", "scm/sal_out_bound_batch") => body().and_then(|b| account.save_outbounds(&b, now_ms)),
        ("POST", "scm/sal_in_bound") => body().and_then(|b| account.save_bill(Entity::Inbound, &b, now_ms)),
        ("GET", "scm/sal_order_detail") => account.bill_detail(Entity::Order, id, number),
        ("GET", "scm/sal_out_bound_detail") => account.bill_detail(Entity::Outbound, id, number),
        ("GET", "scm/sal_in_bound_detail") => account.bill_detail(Entity::Inbound, id, number),
        ("POST", "sys/common_operate") => body().and_then(|b| account.operate(&b)),
        _ => return None,
    })
}

impl Letter {
    fn without_audit(&self) -> Letter {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let forms = match body.get_mut("rows").and_then(Value::as_array_mut) {
            Some(rows) => rows.iter_mut().collect(),
            None => vec![&mut body],
        };
        for fields in forms.into_iter().filter_map(Value::as_object_mut) {
            fields.remove("operation_key");
        }
        Letter {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: Bytes::from(body.to_string()),
        }
    }
}

impl Reply {
    fn done(data: &Value) -> Self {
        let body = json!({"errcode": 0, "description": "success", "data": data}).to_string();
        Reply { status: 200, retry_after: None, content_type: "application/json", body }
    }

    fn code(status: u16, code: i64, text: &str) -> Self {
        let body = json!({"errcode": code, "description": text}).to_string();
        Reply { status, retry_after: None, content_type: "application/json", body }
    }

    fn throttled(text: &str) -> Self {
        Reply { retry_after: Some(1), ..Reply::code(429, 429, text) }
    }

    fn html(status: u16, title: &str) -> Self {
        let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
        Reply { status, retry_after: None, content_type: "text/html", body }
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).expect("statuses here are in range"))
            .header("content-type", self.content_type);
        if let Some(seconds) = self.retry_after {
            response = response.header("retry-after", seconds);
        }
        response.body(Body::from(self.body)).expect("headers here are valid")
    }
}

/// As the config reads it: `30s`, `500ms`.
fn duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is locked")
}
