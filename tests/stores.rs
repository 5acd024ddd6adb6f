//! Every shipped profile against its storefront's real tables: a history in the shop's own statements, section by section,
//! with the documents that each section makes, and the books at the end.
//!
//! `stores/<shop>/tables.sql` are the shop's tables. `history.sql` has sections (`-- # title`); after the statements of a
//! section come the documents that are expected of it (`-- = sales_order 101 119.00 19.00`: number, total, tax; credit notes
//! with their reason; `-- = held 17 reason`). `books.sql` says by plain SQL what each told order comes to at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ledgertap::binlog::{Limits, Source, Store, Stream, position};
use ledgertap::capture::Capture;
use ledgertap::change::Position;
use ledgertap::mapping::Mapping;
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::state::sqlite::SqliteState;
use ledgertap::state::{Begin, State};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use rust_decimal::Decimal;

use crate::world::{self, Site};

/// Each story with the profile that it is for, and the currency that the shop's ERP keeps its books in.
const STORIES: &[(&str, &str, &str)] = &[
    ("ecshop-2.7", "ecshop", "CNY"),
    ("ecshop-2.7-gbk", "ecshop", "CNY"),
    ("ecshop-2.8", "ecshop", "CNY"),
    ("ecshop-4", "ecshop-4", "CNY"),
    ("magento2", "magento2", "EUR"),
    ("opencart", "opencart", "EUR"),
    ("opencart-3", "opencart-3", "EUR"),
    ("prestashop", "prestashop", "EUR"),
    ("prestashop-1.7", "prestashop-1.7", "EUR"),
    ("shops", "shops", "CNY"),
    ("woocommerce", "woocommerce", "EUR"),
    ("woocommerce-posts", "woocommerce-posts", "EUR"),
];

/// Between two sections: longer than any profile settles.
const SECTION: SignedDuration = SignedDuration::from_secs(600);

#[tokio::test(flavor = "multi_thread")]
async fn every_profile_tells_its_shops_history_on_mariadb() {
    all(&world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_profile_tells_its_shops_history_on_mysql() {
    all(&world::mysql()).await;
}

async fn all(root: &str) {
    let only = std::env::var("LEDGERTAP_TEST_STORE").ok();
    let mut wrong = Vec::new();
    for &(story, profile, currency) in STORIES.iter().filter(|(story, ..)| only.as_deref().is_none_or(|o| o == *story))
    {
        if let Err(what) = tell(root, story, profile, currency).await {
            wrong.push(format!("{story}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A section of a history.
#[derive(Debug, Default)]
struct Section {
    title: String,
    statements: Vec<String>,
    expected: Vec<String>,
}

async fn tell(root: &str, story: &str, profile: &str, currency: &str) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores").join(story);
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).expect("the story has the file");
    let url = world::fresh_database(root, "story").await;
    let mut conn = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
    conn.query_drop("SET NAMES utf8mb4").await.unwrap();
    conn.query_drop("SET sql_mode = '', time_zone = '+00:00'").await.unwrap();
    for statement in sections(&text("tables.sql")).iter().flat_map(|s| &s.statements) {
        run(&mut conn, statement).await?;
    }
    let sandbox = sandbox().await;
    let mut site = Site::new(&url);
    site.mapping = profile.to_owned();
    site.erp = format!("{}currency = '{currency}'\n", sandbox.erp_block());
    let mut told = Told::begin(&url, profile, &site.state()).await?;
    let mut wrong = Vec::new();
    for section in sections(&text("history.sql")) {
        for statement in &section.statements {
            run(&mut conn, statement).await?;
        }
        let mut expected = section.expected;
        let mut made = told.read_on().await?;
        let held: Vec<String> = made.extract_if(.., |line| line.starts_with("held ")).collect();
        let awaited: Vec<String> = expected.extract_if(.., |line| line.starts_with("held ")).collect();
        expected.sort();
        made.sort();
        let as_awaited = held.len() == awaited.len() && held.iter().zip(&awaited).all(|(h, a)| is_held_as(h, a));
        if made != expected || !as_awaited {
            wrong.push(format!(
                "  {}\n    expected {expected:?} {awaited:?}\n    made     {made:?} {held:?}",
                section.title
            ));
        }
    }
    // The store's own answers to the same SELECTs, for every order that is left.
    let verified = world::start(&["mapping", "verify", "--store", &url, "--mapping", profile, "--all"], &site.state());
    let verified = verified.end().await;
    if verified.code != Some(0) {
        wrong.push(format!("  mapping verify: {}{}", verified.stdout, verified.stderr));
    }
    let books: BTreeMap<String, Decimal> = rows(&mut conn, text("books.sql").trim().trim_end_matches(';')).await?;
    let ledger = told.end().await;
    wrong.extend(differences("the ledger", &books, &ledger));
    let ended = site.run(&["run", "--once"]).await;
    let parked = parked(&site.state());
    if ended.code != Some(0) && parked.is_empty() {
        wrong.push(format!("  run --once: {}", ended.stderr.lines().last().unwrap_or_default()));
    }
    // An account keeps its books in one currency: what is sold in another one is parked, with that reason.
    let (foreign, parked): (Vec<_>, Vec<_>) = parked
        .into_iter()
        .partition(|(_, said)| said.starts_with("it is in ") && said.contains("the account keeps its books in"));
    wrong.extend(parked.iter().map(|(number, said)| format!("  parked {number}: {said}")));
    let is_foreign = |number: &String| foreign.iter().any(|(parked, _)| parked == number);
    let books: BTreeMap<_, _> = books.into_iter().filter(|(number, _)| !is_foreign(number)).collect();
    // What is held stays in the ERP as it was told.
    let in_erp = sandbox.books().totals().into_iter().filter(|(number, _)| ledger.contains_key(number)).collect();
    wrong.extend(differences("the ERP", &books, &in_erp));
    sandbox.stop().await;
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}\n{}", url, wrong.join("\n"))) }
}

fn is_held_as(held: &str, awaited: &str) -> bool {
    let order = |line: &str| line.split(' ').nth(1).unwrap_or_default().to_owned();
    let reason = awaited.splitn(3, ' ').nth(2).unwrap_or_default();
    order(held) == order(awaited) && held.contains(reason)
}

fn differences(of: &str, store: &BTreeMap<String, Decimal>, told: &BTreeMap<String, Decimal>) -> Vec<String> {
    let numbers: BTreeSet<&String> = store.keys().chain(told.keys()).collect();
    let mut wrong = Vec::new();
    for number in numbers {
        let (store, told) = (store.get(number), told.get(number));
        if store.copied().unwrap_or_default() != told.copied().unwrap_or_default() {
            wrong.push(format!("  order {number}: the store says {store:?}, {of} {told:?}"));
        }
    }
    wrong
}

async fn run(conn: &mut Conn, statement: &str) -> Result<(), String> {
    conn.query_drop(statement).await.map_err(|e| format!("{statement}: {e}"))
}

async fn rows(conn: &mut Conn, select: &str) -> Result<BTreeMap<String, Decimal>, String> {
    let rows: Vec<(String, String)> = conn.query(select).await.map_err(|e| format!("books.sql: {e}"))?;
    rows.into_iter().map(|(number, total)| Ok((number, total.parse().map_err(|_| total)?))).collect()
}

/// What the ERP would not have.
fn parked(state: &Path) -> Vec<(String, String)> {
    let database = rusqlite::Connection::open(state).unwrap();
    let mut statement = database.prepare("SELECT number, said FROM outbox WHERE state = 'parked'").unwrap();
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, Option<String>>(1)?.unwrap_or_default())));
    rows.unwrap().map(Result::unwrap).collect()
}

async fn sandbox() -> Sandbox {
    let config = sandbox::Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), Faults::none(), 7);
    sandbox::start(config).await.expect("the sandbox starts")
}

/// The left loop over one story: what the shop wrote is read from its binlog, and everything settles between two sections.
struct Told {
    store: Store,
    stream: Stream,
    at: Position,
    capture: Capture,
    state: Arc<dyn State>,
    path: PathBuf,
    wall: Timestamp,
    seen: i64,
    held: BTreeSet<String>,
}

impl Told {
    async fn begin(url: &str, profile: &str, path: &Path) -> Result<Told, String> {
        let mapping = Mapping::load(profile, &toml::Table::new()).map_err(|e| e.to_string())?;
        let mut store = Store::connect(&Source::from_url(url).unwrap()).await.map_err(|e| e.to_string())?;
        let shapes = store.shapes(&mapping.tables()).await.map_err(|e| e.to_string())?;
        let bound = Arc::new(mapping.bind(&shapes).map_err(|e| format!("\n{e}"))?);
        let from = store.head().await.map_err(|e| e.to_string())?;
        let stream = store.stream(&from, bound.footprint(), &shapes).await.map_err(|e| e.to_string())?;
        let state: Arc<dyn State> = Arc::new(SqliteState::open(path, "main").unwrap());
        let session = state
            .begin(Begin::new(bound.footprint(), bound.version(), Duration::ZERO))
            .await
            .unwrap()
            .session()
            .unwrap();
        let capture = Capture::new(state.clone(), bound, Arc::default(), &session, Duration::ZERO);
        let (wall, path) = (Timestamp::now(), path.to_owned());
        Ok(Told { store, stream, at: from, capture, state, path, wall, seen: 0, held: BTreeSet::new() })
    }

    /// Reads to the binlog's head, lets it settle, and says which documents that made and which orders are held now.
    async fn read_on(&mut self) -> Result<Vec<String>, String> {
        let head: Position = self.store.head().await.map_err(|e| e.to_string())?;
        while !position::reached(&self.at, &head) {
            let reading = self.stream.next(&Limits { transactions: 500, rows: 10_000 });
            let batch = tokio::time::timeout(Duration::from_secs(30), reading).await.map_err(|e| e.to_string())?;
            let batch = batch.map_err(|e| e.to_string())?;
            let _ = self.capture.batch(&batch, self.wall, false).await.map_err(|e| e.to_string())?;
            self.at = batch.position;
        }
        self.wall += SECTION;
        let _ = self.capture.tick(self.wall).await.map_err(|e| e.to_string())?;
        let database = rusqlite::Connection::open(&self.path).unwrap();
        let mut statement =
            database.prepare("SELECT seq, kind, number, payload FROM outbox WHERE seq > ?1 ORDER BY seq").unwrap();
        let entries = statement.query_map([self.seen], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))).unwrap();
        let mut made = Vec::new();
        for entry in entries {
            let (seq, kind, number, payload): (i64, String, String, String) = entry.unwrap();
            self.seen = seq;
            let document: serde_json::Value = serde_json::from_str(&payload).unwrap();
            let amount = |name: &str| document["amounts"][name].as_str().unwrap_or_default().to_owned();
            made.push(match (kind.as_str(), document["reason"].as_str()) {
                ("customer", _) => format!("customer {number}"),
                (_, Some(reason)) => format!("{kind} {number} {reason} {} {}", amount("total"), amount("tax")),
                (_, None) => format!("{kind} {number} {} {}", amount("total"), amount("tax")),
            });
        }
        let orders = self.state.orders().await.unwrap();
        let held: BTreeMap<String, String> = orders.into_iter().filter_map(|o| Some((o.id, o.held?))).collect();
        made.extend(held.iter().filter(|(id, _)| !self.held.contains(*id)).map(|(id, why)| format!("held {id} {why}")));
        self.held = held.into_keys().collect();
        Ok(made)
    }

    /// What was told of each order that is not held, by number.
    async fn end(self) -> BTreeMap<String, Decimal> {
        let orders = self.state.orders().await.unwrap();
        let told = orders.into_iter().filter(|o| o.told.was_told() && o.held.is_none());
        told.map(|o| (o.number.clone(), o.told.amounts().total)).collect()
    }
}

/// The sections of a file; what comes before the first title is one, too.
fn sections(text: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut statement = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("-- # ") {
            sections.push(Section { title: title.to_owned(), ..Section::default() });
        } else if let Some(expected) = line.strip_prefix("-- = ") {
            sections.last_mut().unwrap().expected.push(expected.split("  ").next().unwrap().trim().to_owned());
        } else if !line.trim_start().starts_with("--") && !line.trim().is_empty() {
            statement.push_str(line);
            statement.push('\n');
            if line.trim_end().ends_with(';') {
                let whole = std::mem::take(&mut statement);
                sections.last_mut().unwrap().statements.push(whole.trim_end().trim_end_matches(';').to_owned());
            }
        }
    }
    sections
}
