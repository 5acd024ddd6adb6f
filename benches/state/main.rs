//! How fast the state databases take what capture commits, and give out what relays deliver.
//!
//! ```text
//! cargo bench --bench state -- [--orders N] [--batch N] [--state sqlite|postgres]
//! ```
//!
//! SQLite lies in a file of its own; PostgreSQL is the server that `LEDGERTAP_BENCH_POSTGRES=postgres://…` names, and is left
//! out, with a word, where that is not set. Each order is six row changes, with two owners each: its header, two lines, its
//! customer, and each line once more; it tells a customer and a sales order, and writes ledger and settle times. Commits are
//! durable as far as the server is: look at its `fsync` and `synchronous_commit`. Then all documents are claimed and settled
//! with no ERP in between; and others are delivered by the relay itself to an ERP inside this process, which takes no time and
//! then 50 ms a document.

mod desk;
mod relay;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ledgertap::change::{Changed, Footprint, Position, Row, TableUse, Value};
use ledgertap::document::{Amounts, Customer, Document, Header, SalesOrder};
use ledgertap::ledger::Told;
use ledgertap::outbox::{Backoff, BreakerPolicy, Dependency, EntryState, Health, Lane, NewEntry, Transition};
use ledgertap::state::postgres::PostgresState;
use ledgertap::state::sqlite::SqliteState;
use ledgertap::state::{
    Attempt, Begin, ClaimTerms, Commit, CustomerRecord, DirtyKey, MirrorWrite, OrderRecord, Session, State,
};
use rust_decimal::Decimal;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Row changes of one order.
const CHANGES: usize = 6;

/// Documents of one order.
const DOCUMENTS: usize = 2;

/// Documents on their way at once.
const CONCURRENCY: usize = 64;

/// What the slow ERP takes for a document, and the orders that it is given.
const SLOW: Duration = Duration::from_millis(50);
const SLOW_ORDERS: usize = 4_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (mut orders, mut batch, mut only) = (20_000_usize, 340_usize, None);
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    while let Some(argument) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{argument} needs a value"))?;
        match argument.as_str() {
            "--orders" => orders = value.parse().context("--orders")?,
            "--batch" => batch = value.parse().context("--batch")?,
            "--state" => only = Some(value),
            _ => bail!("{argument} is not known: there are --orders, --batch and --state"),
        }
    }
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    if wanted("sqlite") {
        let sqlite: Arc<dyn State> = Arc::new(SqliteState::open(&folder.path().join("state.db"), "main")?);
        measure("SQLite", sqlite, orders, batch.max(1)).await?;
    }
    match std::env::var("LEDGERTAP_BENCH_POSTGRES") {
        _ if !wanted("postgres") => Ok(()),
        Ok(url) => {
            let mark = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{mark}schema=bench_{}", Timestamp::now().as_millisecond());
            let postgres: Arc<dyn State> = Arc::new(PostgresState::open(&url, "main").await?);
            measure("PostgreSQL", postgres, orders, batch.max(1)).await
        }
        Err(_) => {
            println!("PostgreSQL  left out: set LEDGERTAP_BENCH_POSTGRES=postgres://…");
            Ok(())
        }
    }
}

async fn measure(name: &str, state: Arc<dyn State>, orders: usize, batch: usize) -> anyhow::Result<()> {
    let begun = state.begin(Begin::new(&footprint(), "v1", Duration::ZERO)).await?;
    let session = begun.session().context("another capture has the stream")?;
    let began = Instant::now();
    for from in (0..orders).step_by(batch) {
        commit(state.as_ref(), &session, from..orders.min(from + batch)).await?;
    }
    let took = began.elapsed();
    println!("{name:11} committed  {:>7} row changes/s ({orders} orders in {took:.2?})", rate(orders * CHANGES, took));
    let began = Instant::now();
    deliver(&state, orders * DOCUMENTS).await?;
    let took = began.elapsed();
    println!("{name:11} delivered  {:>7} documents/s, {CONCURRENCY} at once", rate(orders * DOCUMENTS, took));
    relayed(name, &state, &session, orders, batch).await
}

/// What the relay makes of as many orders again, and then of some for an ERP that takes its time.
async fn relayed(
    name: &str,
    state: &Arc<dyn State>,
    session: &Session,
    orders: usize,
    batch: usize,
) -> anyhow::Result<()> {
    let mut next = orders;
    for (orders, takes) in [(orders, Duration::ZERO), (SLOW_ORDERS, SLOW)] {
        for from in (next..next + orders).step_by(batch) {
            commit(state.as_ref(), session, from..(from + batch).min(next + orders)).await?;
        }
        next += orders;
        let took = relay::deliver(state, Arc::new(desk::Desk { takes }), orders * DOCUMENTS, CONCURRENCY).await?;
        let delivered = rate(orders * DOCUMENTS, took);
        print!("{name:11} relayed    {delivered:>7} documents/s, {CONCURRENCY} at once to an ERP of {takes:?}");
        match CONCURRENCY as u128 * 1000 / takes.as_millis().max(1) {
            _ if takes.is_zero() => println!(),
            allowed => println!(": {} % of the {allowed} that this allows", delivered * 100 / allowed),
        }
    }
    Ok(())
}

fn rate(count: usize, took: Duration) -> u128 {
    count as u128 * 1000 / took.as_millis().max(1)
}

async fn commit(state: &dyn State, session: &Session, ids: std::ops::Range<usize>) -> anyhow::Result<()> {
    let mut commit = Commit {
        position: Some(Position(format!("mariadb:0-1-{}", ids.end))),
        clock: Timestamp::now(),
        mapping: "v1".into(),
        ..Commit::default()
    };
    for id in ids {
        add(&mut commit, id);
    }
    state.commit(session.epoch, commit).await?;
    Ok(())
}

fn add(commit: &mut Commit, id: usize) {
    let order = id.to_string();
    let row =
        |key: String| -> Row { vec![Value::text(key), Value::text("what a shop writes down of an order")].into() };
    let changed = Changed { transaction: format!("0-1-{id}").into(), at: commit.clock };
    for part in 0..CHANGES {
        let key = format!("[{}]", id * CHANGES + part);
        let owners = vec![("order.id", order.as_str().into()), ("order_line.order_id", order.as_str().into())];
        commit.mirror.push(MirrorWrite {
            table: part % 3,
            key: key.as_str().into(),
            row: Some(row(key)),
            owners,
            changed: Some(changed.clone()),
        });
    }
    let customer = commit.outbox.len();
    commit.outbox.push(entry(Lane::Customer(order.clone()), buyer(id), None));
    commit.outbox.push(entry(Lane::Order(order.clone()), sale(id), Some(Dependency::New(customer))));
    commit.told_before.push((customer + 1, Told::default()));
    let told = Told { original: order.clone(), customer: format!("U{id}"), orders: 1, ..Told::default() };
    commit.orders.push(OrderRecord { id: order.clone(), number: format!("SN{id}"), told, ..OrderRecord::default() });
    commit.customers.push(CustomerRecord { id: order.clone(), number: format!("U{id}"), ..CustomerRecord::default() });
    commit.customer_entries.push(customer);
    commit.dirty.push((DirtyKey::Order(order), commit.clock));
}

fn entry(lane: Lane, document: Document, depends_on: Option<Dependency>) -> NewEntry {
    NewEntry {
        lane,
        document,
        depends_on,
        state: EntryState::Pending,
        not_before: Timestamp::UNIX_EPOCH,
        said: None,
        cut: "0-1-7".into(),
        changed_at: Timestamp::UNIX_EPOCH,
    }
}

fn buyer(id: usize) -> Document {
    Document::Customer(Customer { number: format!("U{id}"), name: format!("客户{id}"), ..Customer::default() })
}

fn sale(id: usize) -> Document {
    let header = Header {
        number: format!("SN{id}"),
        order: format!("SN{id}"),
        customer: format!("U{id}"),
        buyer: None,
        date: jiff::civil::date(2026, 11, 27),
        currency: "CNY".into(),
        prices_include_tax: true,
        lines: Vec::new(),
        amounts: Amounts::from_total(Decimal::ONE, Decimal::ZERO),
        extra: Default::default(),
    };
    Document::SalesOrder(SalesOrder { header, ship_to: None, tenders: Vec::new() })
}

/// Claims and settles until all are delivered, as a relay does whose ERP takes no time.
async fn deliver(state: &Arc<dyn State>, documents: usize) -> anyhow::Result<()> {
    let second = Duration::from_secs(1);
    let breaker = BreakerPolicy { failures_max: 8, pause: Backoff { first: second, max: second }, refused: second };
    let terms = || ClaimTerms {
        max: CONCURRENCY,
        lease: second * 60,
        late_max: second,
        zone: TimeZone::UTC,
        closed_until: None,
    };
    let mut delivered = 0;
    while delivered < documents {
        let claims = state.claim(terms()).await?;
        if claims.is_empty() {
            bail!("{delivered} of {documents} documents were given out, and no more are");
        }
        let settled = claims.iter().map(|claimed| {
            let transition = Transition::Deliver { reference: "7".into(), amounts: None };
            let duration = Duration::from_millis(1);
            let attempt = Attempt { verdict: "delivered", duration, health: Health::Up, breaker };
            state.settle(claimed, transition, attempt)
        });
        for settled in futures_util::future::join_all(settled).await {
            let _ = settled?;
        }
        delivered += claims.len();
    }
    Ok(())
}

fn footprint() -> Footprint {
    let columns = vec!["id".to_owned(), "text".to_owned()];
    let tables = ["order_info", "order_goods", "users"];
    let tables = tables.map(|table| TableUse { table: table.into(), columns: columns.clone(), key: vec![0] });
    Footprint { tables: tables.to_vec() }
}
