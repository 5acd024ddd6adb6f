//! What no bridge can be faster than: two durable commits and an order's requests; and what `plan` costs.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::civil::date;
use ledgertap::bridge::open_erp;
use ledgertap::config;
use ledgertap::document::{Customer, Document, LineKind, OrderState, OrderView, Tax, ViewLine};
use ledgertap::erp::{Delivery, Erp, Start, Verdict};
use ledgertap::ledger::{Context, Numbering, Outcome, Told, plan};
use rusqlite::Connection;
use rust_decimal::Decimal;

use crate::report::{Floor, percentile};
use crate::rig::{erp, folder};

/// Pairs of commits.
const COMMITS: usize = 200;
/// Orders that are sent one after another.
const ORDERS: u32 = 200;
/// Orders that are planned.
const PLANS: u32 = 20_000;
/// What one insert of the commits holds, in bytes: about an order's document.
const ROW_BYTES: usize = 1_000;

/// Measures all three.
pub async fn measure() -> anyhow::Result<Floor> {
    Ok(Floor { two_commits: two_commits()?, requests: requests().await?, plan: plan_one()? })
}

/// The median of two durable commits of one insert each, with the settings of the state database, in microseconds.
fn two_commits() -> anyhow::Result<i64> {
    let folder = folder()?;
    let connection = Connection::open(folder.path().join("floor.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)",
    )?;
    let row = "x".repeat(ROW_BYTES);
    let mut took = Vec::with_capacity(COMMITS);
    for _ in 0..COMMITS {
        let began = Instant::now();
        for _ in 0..2 {
            connection.prepare_cached("INSERT INTO t (x) VALUES (?1)")?.execute([&row])?;
        }
        took.push(micros(began.elapsed()));
    }
    took.sort_unstable();
    Ok(percentile(&took, 50))
}

/// The median of an order's four requests to a sandbox that answers at once, in microseconds.
async fn requests() -> anyhow::Result<i64> {
    let sandbox = erp(Duration::ZERO).await?;
    let text = format!(
        "[store]\nurl = \"mysql://nobody@127.0.0.1/none\"\nmapping = \"ecshop\"\n[state]\nurl = \"sqlite:none.db\"\n{}\
         [relay]\nrate_per_minute = 60000000\n",
        sandbox.erp_block()
    );
    let erp = open_erp(config::parse("the bench's config", &text, &|_| None)?.erp()?)?;
    let customer = Customer {
        number: "U1".into(),
        name: "张伟".into(),
        email: None,
        phone: None,
        address: None,
        ..Customer::default()
    };
    deliver(erp.as_ref(), &Document::Customer(customer)).await?;
    let mut took = Vec::new();
    for number in 0..ORDERS {
        let document = planned(&view(number, 3))?;
        let began = Instant::now();
        deliver(erp.as_ref(), &document).await?;
        took.push(micros(began.elapsed()));
    }
    sandbox.stop().await;
    took.sort_unstable();
    Ok(percentile(&took, 50))
}

/// What planning an order of five lines takes on average, in nanoseconds.
fn plan_one() -> anyhow::Result<u64> {
    let view = view(1, 5);
    let began = Instant::now();
    for _ in 0..PLANS {
        std::hint::black_box(planned(std::hint::black_box(&view))?);
    }
    Ok(u64::try_from(began.elapsed().as_nanos())? / u64::from(PLANS))
}

async fn deliver(erp: &dyn Erp, document: &Document) -> anyhow::Result<()> {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    let delivery = Delivery { document, posting_date: date(2026, 1, 1), start: Start::Create, until };
    match erp.deliver(delivery).await {
        Verdict::Delivered { .. } => Ok(()),
        other => bail!("the sandbox did not take {}: {other:?}", document.number()),
    }
}

fn planned(view: &OrderView) -> anyhow::Result<Document> {
    let numbering = Numbering::default();
    let context = Context { customer: "U1".into(), buyer: None, event_date: date(2026, 1, 1), numbering: &numbering };
    match plan(&Told::default(), view, &context) {
        Outcome::Planned(mut plan) => plan.documents.pop().context("nothing was planned"),
        other => bail!("no order was planned: {other:?}"),
    }
}

fn view(number: u32, lines: u32) -> OrderView {
    let rate = Decimal::from(13);
    let line = |at: u32| ViewLine {
        key: at.to_string().into(),
        kind: LineKind::Goods,
        sku: format!("LT{at:04}").into(),
        options: None,
        name: "西湖龙井茶".into(),
        quantity: Decimal::from(at + 1),
        amount: Decimal::new(1990 + i64::from(at) * 137, 2) * Decimal::from(at + 1),
        tax: Tax::Included { rate },
        shipped: Decimal::ZERO,
        extra: Default::default(),
    };
    let lines: Vec<ViewLine> = (0..lines).map(line).collect();
    let goods: Decimal = lines.iter().map(|l| l.amount).sum();
    let discount = Decimal::new(150, 2);
    OrderView {
        id: number.to_string(),
        number: format!("F{number:08}"),
        customer: "U1".into(),
        date: date(2026, 1, 1),
        currency: "CNY".into(),
        state: OrderState::Posted,
        ship_to: Some("李娜 人民路 1 号".into()),
        prices_include_tax: true,
        lines,
        discount,
        goods_total: Some(goods),
        total: goods - discount,
        refunds: Vec::new(),
        tenders: Vec::new(),
        extra: Default::default(),
        warnings: Vec::new(),
    }
}

fn micros(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}
