//! What each adapter makes of its ERP: the bridge's own time for a document, and documents a second from an ERP that takes its
//! time for every request, with the ERP's batches and without; before them, the relay alone.
//!
//! ```text
//! cargo bench --bench erp -- [--kind KIND] [--orders N] [--delay MS] [--concurrency N]
//! ```
//!
//! The ERP is the sandbox of the kind, in this process, and so takes some of the same processors. Its own time is measured and
//! taken off the time for a document, which is of one document at a time: claim, requests over loopback, settle, each durable.
//! What remains is the relay's (measured with an ERP inside the program that takes no time), the adapter's, and that of HTTP on
//! both sides.
//! The outbox lies in SQLite; each order is a customer and an order of two lines.

#![expect(clippy::float_arithmetic, reason = "durations and rates, no money")]

#[path = "../state/desk.rs"]
mod desk;
#[path = "../state/relay.rs"]
mod relay;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use desk::Desk;
use jiff::Timestamp;
use jiff::civil::date;
use ledgertap::bridge;
use ledgertap::change::{Footprint, Position, TableUse};
use ledgertap::config;
use ledgertap::document::{Amounts, Customer, Document, Header, Line, LineKind, Minor, SalesOrder};
use ledgertap::erp::Erp;
use ledgertap::ledger::Told;
use ledgertap::outbox::{Dependency, EntryState, Lane, NewEntry};
use ledgertap::sandbox::{self, Faults, Kind, Sandbox};
use ledgertap::state::sqlite::SqliteState;
use ledgertap::state::{Begin, Commit, CustomerRecord, OrderRecord, State};
use rust_decimal::Decimal;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Documents of one order.
const DOCUMENTS: usize = 2;

/// What turns an ERP's batches on, where it has them.
fn batches(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::KingdeeGalaxy => Some("saves_together = 50"),
        Kind::KingdeeXingchen => Some("outbounds_together = 50"),
        Kind::Rest => None,
        Kind::SapS4hana => Some("orders_together = 50"),
        Kind::Odoo | Kind::Tryton => None,
    }
}

struct Options {
    only: Option<Kind>,
    orders: usize,
    delay: Duration,
    concurrency: usize,
}

impl Options {
    fn read() -> anyhow::Result<Options> {
        let mut options = Options { only: None, orders: 1_000, delay: Duration::from_millis(50), concurrency: 64 };
        let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
        while let Some(argument) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{argument} needs a value"))?;
            match argument.as_str() {
                "--kind" => options.only = Some(value.parse().map_err(anyhow::Error::msg)?),
                "--orders" => options.orders = value.parse().context("--orders")?,
                "--delay" => options.delay = Duration::from_millis(value.parse().context("--delay")?),
                "--concurrency" => options.concurrency = value.parse().context("--concurrency")?,
                _ => anyhow::bail!("{argument} is not known: there are --kind, --orders, --delay and --concurrency"),
            }
        }
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let options = Options::read()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let state: Arc<dyn State> = Arc::new(SqliteState::open(&folder.path().join("relay.db"), "main")?);
    plan(&state, options.orders).await?;
    let documents = options.orders * DOCUMENTS;
    let took = relay::deliver(&state, Arc::new(Desk { takes: Duration::ZERO }), documents, 1).await?;
    println!("the relay alone   one at a time: {:.2} ms a document", took.as_secs_f64() * 1000.0 / documents as f64);
    for kind in Kind::ALL.into_iter().filter(|kind| options.only.is_none_or(|only| only == *kind)) {
        let rig = Rig::new(kind, Duration::ZERO, None, &folder.path().join(format!("{kind}-alone.db"))).await?;
        let (took, busy) = rig.deliver(options.orders, 1).await?;
        let each = |time: Duration| time.as_secs_f64() * 1000.0 / (options.orders * DOCUMENTS) as f64;
        println!(
            "{kind:17} one at a time: {:.2} ms a document, of which the ERP {:.2} ms: {:.2} ms are the bridge's",
            each(took),
            each(busy),
            each(took.saturating_sub(busy))
        );
        for (name, extra) in [("without batches", None), ("with batches", batches(kind))] {
            if name == "with batches" && extra.is_none() {
                println!("{kind:17} has no batches");
                continue;
            }
            let path = folder.path().join(format!("{kind}-{name}.db"));
            let rig = Rig::new(kind, options.delay, extra, &path).await?;
            let (took, _) = rig.deliver(options.orders, options.concurrency).await?;
            let requests = rig.sandbox.books().requests;
            println!(
                "{kind:17} {name:15}: {:>5.0} documents/s, {:.1} requests a document, {:?} each, {} at once",
                (options.orders * DOCUMENTS) as f64 / took.as_secs_f64(),
                requests as f64 / (options.orders * DOCUMENTS) as f64,
                options.delay,
                options.concurrency,
            );
        }
    }
    Ok(())
}

/// A sandbox, an adapter for it, and an outbox.
struct Rig {
    sandbox: Sandbox,
    erp: Arc<dyn Erp>,
    state: Arc<dyn State>,
}

impl Rig {
    async fn new(kind: Kind, delay: Duration, extra: Option<&str>, path: &Path) -> anyhow::Result<Rig> {
        let mut wanted = sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 1);
        (wanted.kind, wanted.delay) = (kind, delay);
        let sandbox = sandbox::start(wanted).await?;
        let text = format!(
            "[store]\nurl = \"mysql://root@127.0.0.1/shop\"\nmapping = \"ecshop\"\n[state]\nurl = \"sqlite:x.db\"\n\
             [relay]\nrate_per_minute = 100000000\n{}{}\n",
            sandbox.erp_block(),
            extra.unwrap_or_default()
        );
        let config = config::parse("bench.toml", &text, &|_| None)?;
        let erp = bridge::open_erp(config.erp()?)?;
        Ok(Rig { sandbox, erp, state: Arc::new(SqliteState::open(path, "main")?) })
    }

    /// Delivers the documents of so many orders; how long that took, and how long the sandbox was at work for it.
    async fn deliver(&self, orders: usize, concurrency: usize) -> anyhow::Result<(Duration, Duration)> {
        plan(&self.state, orders).await?;
        let busy = self.sandbox.busy();
        let took = relay::deliver(&self.state, self.erp.clone(), orders * DOCUMENTS, concurrency).await?;
        let books = self.sandbox.books();
        let there = books.documents.iter().filter(|d| d.kind == "customer" || d.counts).count();
        ensure!(there == orders * DOCUMENTS && books.duplicates == 0, "{there} of {} are there", orders * DOCUMENTS);
        Ok((took, self.sandbox.busy() - busy))
    }
}

/// Puts the documents of so many orders into the outbox.
async fn plan(state: &Arc<dyn State>, orders: usize) -> anyhow::Result<()> {
    let session = state.begin(Begin::new(&footprint(), "v1", Duration::ZERO)).await?;
    let session = session.session().context("another capture has the stream")?;
    let mut commit = Commit {
        position: Some(Position(format!("mariadb:0-1-{orders}"))),
        clock: Timestamp::now(),
        mapping: "v1".into(),
        ..Commit::default()
    };
    for id in 1..=orders {
        add(&mut commit, id);
    }
    state.commit(session.epoch, commit).await?;
    Ok(())
}

fn add(commit: &mut Commit, id: usize) {
    let order = id.to_string();
    let customer = commit.outbox.len();
    commit.outbox.push(entry(Lane::Customer(order.clone()), buyer(id), None));
    commit.outbox.push(entry(Lane::Order(order.clone()), sale(id), Some(Dependency::New(customer))));
    commit.told_before.push((customer + 1, Told::default()));
    let told = Told { original: order.clone(), customer: format!("U{id}"), orders: 1, ..Told::default() };
    commit.orders.push(OrderRecord { id: order.clone(), number: format!("SN{id}"), told, ..OrderRecord::default() });
    commit.customers.push(CustomerRecord { id: order, number: format!("U{id}"), ..CustomerRecord::default() });
    commit.customer_entries.push(customer);
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
    let lines = vec![line(1, "TEA-500", 3, 10_000), line(2, "CUP-1", 1, 2_000)];
    let header = Header {
        number: format!("SN{id}"),
        order: format!("SN{id}"),
        customer: format!("U{id}"),
        buyer: None,
        date: date(2026, 11, 27),
        currency: "CNY".into(),
        prices_include_tax: true,
        amounts: lines.iter().map(|line| line.amounts).sum(),
        lines,
        extra: Default::default(),
    };
    Document::SalesOrder(SalesOrder { header, ship_to: None, tenders: Vec::new() })
}

/// At 13 %, its tax included.
fn line(no: u32, sku: &str, pieces: i64, cents: i64) -> Line {
    let (rate, total) = (Decimal::from(13), Decimal::new(cents, 2));
    let tax = Minor::of("CNY").expect("it has a minor unit").included_tax(total, rate);
    Line {
        no,
        key: no.to_string().into(),
        kind: LineKind::Goods,
        sku: sku.into(),
        options: None,
        name: "龙井茶".into(),
        quantity: pieces.into(),
        unit: None,
        unit_price: None,
        discount: Decimal::ZERO,
        tax_rate: rate,
        amounts: Amounts::from_total(total, tax),
        sold_by: None,
        extra: Default::default(),
    }
}

fn footprint() -> Footprint {
    let table = TableUse { table: "order_info".into(), columns: vec!["id".into()], key: vec![0] };
    Footprint { tables: vec![table] }
}
