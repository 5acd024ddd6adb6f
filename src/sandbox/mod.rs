//! ERPs to try ledgertap against: each kind's own protocol, strictly, with books that can be looked into, and bad days on
//! demand.
//!
//! A sandbox listens on loopback, keeps everything in memory, and its credentials are derived from its seed. Who may come in,
//! required fields, types, references, unique numbers and the limits of returns are all checked; amounts are computed by
//! itself. One folder holds one kind, behind the trait `Office`; what is in it is written from the protocol's description and
//! shares nothing with the adapter.
//!
//! `GET /books` answers with [`Books`] as JSON, and `GET /` with a page, to anybody.
//!
//! A request that has arrived takes effect even when its client is gone: that is what makes timeouts worth testing. See
//! [`Fault`] for what it does on a bad day.

mod books;
mod faults;
mod kingdee_galaxy;
mod kingdee_xingchen;
mod odoo;
mod office;
mod page;
mod rest;
mod sap_s4hana;
mod tryton;
mod wire;

pub use books::{Booked, BookedLine, Books};
pub use faults::{Fault, Faults};
pub use office::Act;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use axum::response::Html;
use axum::routing::get;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use faults::Dice;
use office::{Letter, Office, Reply};
use wire::{Cut, Door};

const BODY_BYTES_MAX: usize = 8 << 20;
/// How long [`Sandbox::stop`] waits for requests that are being held.
const STOP_MAX: Duration = Duration::from_secs(1);

/// Whose protocol it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Kingdee Cloud Galaxy.
    KingdeeGalaxy,
    /// Kingdee Cloud Xingchen V2.
    KingdeeXingchen,
    /// Odoo; its client is told to speak JSON-2 from 19 on.
    Odoo,
    /// A REST API: ERPNext's.
    Rest,
    /// SAP S/4HANA.
    SapS4hana,
    /// Tryton.
    Tryton,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] =
        [Kind::KingdeeGalaxy, Kind::KingdeeXingchen, Kind::Odoo, Kind::Rest, Kind::SapS4hana, Kind::Tryton];

    /// The name that a config has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::KingdeeGalaxy => "kingdee-galaxy",
            Kind::KingdeeXingchen => "kingdee-xingchen",
            Kind::Odoo => "odoo",
            Kind::Rest => "rest",
            Kind::SapS4hana => "sap-s4hana",
            Kind::Tryton => "tryton",
        }
    }

    /// The versions of the ERP that it can be, the newest last; none where it is one alone.
    pub fn versions(self) -> &'static [&'static str] {
        match self {
            Kind::KingdeeGalaxy | Kind::KingdeeXingchen | Kind::Rest | Kind::SapS4hana => &[],
            Kind::Odoo => odoo::SERIES,
            Kind::Tryton => tryton::SERIES,
        }
    }

    /// How many requests the vendor takes of one account in a minute, where its documentation says so.
    pub fn requests_per_minute(self) -> Option<u32> {
        match self {
            Kind::KingdeeXingchen => Some(500),
            Kind::KingdeeGalaxy | Kind::Odoo | Kind::Rest | Kind::SapS4hana | Kind::Tryton => None,
        }
    }

    fn open(self, config: &Config, url: &str) -> Box<dyn Office> {
        match self {
            Kind::KingdeeGalaxy => Box::new(kingdee_galaxy::Galaxy::new(config)),
            Kind::KingdeeXingchen => Box::new(kingdee_xingchen::Xingchen::new(config, url)),
            Kind::Odoo => Box::new(odoo::Odoo::new(config)),
            Kind::Rest => Box::new(rest::Frappe::new(config)),
            Kind::SapS4hana => Box::new(sap_s4hana::S4hana::new(config)),
            Kind::Tryton => Box::new(tryton::Tryton::new(config)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("there is no sandbox of the kind \"{text}\"; there are {}", names.join(", "))
        })
    }
}

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whose protocol it speaks.
    pub kind: Kind,
    /// Which of [`Kind::versions`]; the newest where none is named.
    pub version: Option<String>,
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
    /// How long a session or a token is good for.
    pub session_life: Duration,
    /// Answers more requests in one second with what this ERP says to who asks too often; without a limit by default.
    pub requests_per_second: Option<u32>,
    /// The same for any 60 seconds.
    pub requests_per_minute: Option<u32>,
    /// Refuses a second document with the same number. Only an ERP worse than the real one does not.
    pub unique: bool,
    /// Items that are services: a return of one needs no source.
    pub services: Vec<String>,
    /// How far its clock is ahead of this machine's.
    pub clock_ahead: SignedDuration,
}

impl Config {
    /// A strict sandbox of Kingdee Xingchen that answers at once; with faults, one whose clients lose patience after half a
    /// second.
    pub fn new(listen: SocketAddr, faults: Faults, seed: u64) -> Self {
        let (request_timeout, late_max) = match faults.is_none() {
            true => (Duration::from_secs(30), Duration::from_secs(35)),
            false => (Duration::from_millis(500), Duration::from_secs(1)),
        };
        Config {
            kind: Kind::KingdeeXingchen,
            version: None,
            listen,
            faults,
            seed,
            delay: Duration::ZERO,
            request_timeout,
            late_max,
            session_life: Duration::from_secs(24 * 3600),
            requests_per_second: None,
            requests_per_minute: None,
            unique: true,
            services: vec!["ALLOWANCE".into()],
            clock_ahead: SignedDuration::ZERO,
        }
    }

    /// A secret that is worth nothing anywhere else: 32 hexadecimal digits, derived from the seed and a name.
    fn derived(&self, name: &str) -> String {
        let digest = Sha256::digest(format!("ledgertap sandbox {name} {}", self.seed));
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
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
pub struct Backup(Box<dyn Any + Send + Sync>);

/// Starts a sandbox.
///
/// # Errors
/// Where the address cannot be listened at, or there is no such version.
pub async fn start(config: Config) -> io::Result<Sandbox> {
    let versions = config.kind.versions();
    if let Some(wanted) = config.version.as_deref().filter(|wanted| !versions.contains(wanted)) {
        let text = match versions {
            [] => format!("{} is of one version alone: leave it away", config.kind),
            versions => format!("there is no version {wanted} of {}: there are {}", config.kind, versions.join(", ")),
        };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let listener = TcpListener::bind(config.listen).await?;
    let addr = listener.local_addr()?;
    let desk = Arc::new(Desk {
        office: Mutex::new(config.kind.open(&config, &format!("http://{addr}"))),
        dice: Mutex::new(Dice::new(config.faults.clone(), config.seed)),
        counter: Mutex::default(),
        busy: Mutex::default(),
        config,
    });
    let app = Router::new()
        .route("/", get(show_page))
        .route("/books", get(show_books))
        .fallback(serve)
        .with_state(Arc::clone(&desk));
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
        let config = &self.desk.config;
        format!(
            "[erp]\nkind = \"{}\"\nurl = \"http://{}\"\nrequest_timeout = \"{}\"\nlate_max = \"{}\"\n{}",
            config.kind.as_str(),
            self.addr,
            duration(config.request_timeout),
            duration(config.late_max),
            locked(&self.desk.office).erp_block(&format!("http://{}", self.addr)),
        )
    }

    /// The books now.
    pub fn books(&self) -> Books {
        self.desk.books_now()
    }

    /// How many requests of this sort came in.
    pub fn requests(&self, act: Act) -> u64 {
        locked(&self.desk.counter).by_act.get(&act).copied().unwrap_or_default()
    }

    /// How long it was at work itself, without the waits that it was asked for.
    pub fn busy(&self) -> Duration {
        *locked(&self.desk.busy)
    }

    /// Puts an item into the catalogue that was not in it.
    pub fn add_item(&self, number: &str) {
        locked(&self.desk.office).add_item(number);
    }

    /// Notes an order of the shop that a person has entered under a number of the ERP's own: credits up to its total are
    /// taken, and need not name what sold the goods.
    pub fn add_order(&self, order: &str, total: rust_decimal::Decimal) {
        locked(&self.desk.office).add_order(order, total);
    }

    /// Notes a customer that the ERP has by itself.
    pub fn add_customer(&self, number: &str, name: &str) {
        locked(&self.desk.office).add_customer(number, name);
    }

    /// Takes the last line out of the document of this number, as a person might.
    pub fn lose_line(&self, number: &str) {
        locked(&self.desk.office).lose_line(number);
    }

    /// Does what a person or the vendor does beside the protocol: an act of this kind of ERP, and what it needs to be told.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn by_hand(&self, act: &str, details: &Value) -> Result<Value, String> {
        locked(&self.desk.office).by_hand(act, details, self.desk.now())
    }

    /// All that is in the books, to be put back later.
    pub fn backup(&self) -> Backup {
        Backup(locked(&self.desk.office).backup())
    }

    /// Puts a backup back: what came since was never there.
    pub fn restore(&self, backup: &Backup) {
        locked(&self.desk.office).restore(&*backup.0);
    }

    /// Orders a fault for the next request whose path ends with `path_end`.
    pub fn inject(&self, path_end: &str, fault: Fault) {
        locked(&self.desk.dice).inject(path_end, fault);
    }

    /// Orders a fault for a request of this sort: the next one for 0, the one after it for 1.
    pub fn inject_nth(&self, act: Act, nth: u64, fault: Fault) {
        locked(&self.desk.dice).inject_nth(act, nth, fault);
    }

    /// Takes back the faults that were ordered and have befallen nobody; how many.
    pub fn take_back(&self) -> usize {
        locked(&self.desk.dice).take_back()
    }

    /// Ends every session and token now.
    pub fn end_sessions(&self) {
        locked(&self.desk.office).end_sessions();
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
    office: Mutex<Box<dyn Office>>,
    dice: Mutex<Dice>,
    counter: Mutex<Counter>,
    busy: Mutex<Duration>,
}

/// Counts requests.
#[derive(Default)]
struct Counter {
    all: u64,
    by_act: BTreeMap<Act, u64>,
    /// The second since 1970, and the requests of it; the last 60.
    seconds: BTreeMap<i64, u32>,
}

impl Counter {
    /// Counts a request; false where it is one too many.
    fn count(&mut self, act: Act, config: &Config, now: Timestamp) -> bool {
        self.all += 1;
        *self.by_act.entry(act).or_default() += 1;
        let second = now.as_second();
        self.seconds.retain(|at, _| second - at < 60);
        let minute: u32 = self.seconds.values().sum();
        let count = self.seconds.entry(second).or_default();
        if config.requests_per_second.is_some_and(|max| *count >= max)
            || config.requests_per_minute.is_some_and(|max| minute >= max)
        {
            return false;
        }
        *count += 1;
        true
    }
}

async fn show_page(State(desk): State<Arc<Desk>>) -> Html<String> {
    Html(page::page(desk.config.kind.as_str(), &desk.books_now()))
}

async fn show_books(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let body = serde_json::to_string_pretty(&desk.books_now()).expect("books are always JSON");
    Reply { status: 200, headers: Vec::new(), content_type: "application/json", body }.into_response()
}

async fn serve(State(desk): State<Arc<Desk>>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_BYTES_MAX).await else {
        return Reply::html(413, "413 Request Entity Too Large").into_response();
    };
    let letter = Letter {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    };
    // In a task of its own, so that it takes effect even when the connection is gone.
    let answering = tokio::spawn(async move {
        let reply = desk.answer(&letter, &cut).await;
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&desk.now());
        date.map_or(reply.clone(), |date| reply.with("date", date))
    });
    match answering.await {
        Ok(reply) => reply.into_response(),
        Err(_) => Reply::json(500, &json!({"message": "the sandbox failed"})).into_response(),
    }
}

impl Desk {
    fn books_now(&self) -> Books {
        let faults = locked(&self.dice).counts();
        let requests = locked(&self.counter).all;
        let office = locked(&self.office);
        Books::of(office.booked(), office.refusals(), requests, faults)
    }

    async fn answer(&self, letter: &Letter, cut: &Cut) -> Reply {
        let act = locked(&self.office).act(letter);
        let is_in_time = locked(&self.counter).count(act, &self.config, Timestamp::now());
        if !self.config.delay.is_zero() {
            tokio::time::sleep(self.config.delay).await;
        }
        if !is_in_time {
            return locked(&self.office).throttled();
        }
        let endpoint = locked(&self.office).endpoint(letter);
        let drawn = locked(&self.dice).draw(&letter.path, &endpoint, act, Instant::now());
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
                Reply::html(504, "504 Gateway Timeout")
            }
            Fault::ResetAfter => {
                let reply = self.handle(letter);
                cut.cut();
                reply
            }
            Fault::ResetBefore => {
                cut.cut();
                Reply::html(500, "never seen")
            }
            Fault::Throttle => locked(&self.office).throttled(),
            Fault::ErrorBefore => locked(&self.office).broken(),
            Fault::ErrorAfter => {
                self.handle(letter);
                locked(&self.office).broken()
            }
            Fault::Unavailable => Reply::html(503, "503 Service Temporarily Unavailable"),
            Fault::Html => Reply::html(200, "Please log in to this network"),
            Fault::ExpireTokens => {
                locked(&self.office).end_sessions();
                self.handle(letter)
            }
            Fault::Slow => {
                tokio::time::sleep(patience / 2).await;
                self.handle(letter)
            }
            Fault::Draft => {
                let halved = locked(&self.office).halved(letter);
                if let Some(halved) = halved {
                    self.handle(&halved);
                }
                locked(&self.office).broken()
            }
        }
    }

    /// One request, at one moment.
    fn handle(&self, letter: &Letter) -> Reply {
        let began = Instant::now();
        let reply = locked(&self.office).answer(letter, self.now());
        *locked(&self.busy) += began.elapsed();
        reply
    }

    /// By its own clock.
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.config.clock_ahead).unwrap_or(now)
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
