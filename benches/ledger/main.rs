//! How long `plan` takes: an order of 5 lines and 3 refunds, and one of 1,000 lines; told for the first time, with one refund
//! more than was told, and with nothing new.
//!
//! Each figure is the fastest and the median of some rounds, side by side because machines are noisy: `cargo bench --bench
//! ledger`, or with `-- --rounds 50`.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::civil::date;
use ledgertap::document::{LineKind, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine};
use ledgertap::ledger::{Context, Numbering, Outcome, Told, plan};
use rust_decimal::Decimal;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Plans in one round of a small order.
const PLANS: u32 = 20_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments.iter().position(|a| a == "--rounds").and_then(|i| arguments.get(i + 1)?.parse().ok());
    let rounds: u32 = rounds.unwrap_or(15);
    println!("{:<52} {:>12} {:>12}", "plan(told, now)", "fastest", "median");
    for (lines, limit) in [(5, "5 µs"), (1_000, "2 ms")] {
        let order = order(lines, 3);
        let before = OrderView { refunds: order.refunds[..2].to_vec(), ..order.clone() };
        let (nothing, told, whole) = (Told::default(), told_of(&before), told_of(&order));
        for (what, told) in [("first told", &nothing), ("a third refund", &told), ("nothing new", &whole)] {
            let plans = PLANS / lines;
            let mut took: Vec<Duration> = (0..rounds).map(|_| round(told, &order, plans)).collect();
            took.sort_unstable();
            let (fastest, median) = (took[0], took[took.len() / 2]);
            let what = format!("{lines} lines, 3 refunds, {what} (at most {limit})");
            println!("{what:<52} {fastest:>12.2?} {median:>12.2?}");
        }
    }
}

fn round(told: &Told, now: &OrderView, plans: u32) -> Duration {
    let numbering = Numbering::default();
    let begun = Instant::now();
    for _ in 0..plans {
        let _ = black_box(look(black_box(told), black_box(now), &numbering));
    }
    begun.elapsed() / plans
}

fn look(told: &Told, now: &OrderView, numbering: &Numbering) -> Outcome {
    let context = Context { customer: "U1".into(), buyer: None, event_date: date(2026, 11, 23), numbering };
    plan(told, now, &context)
}

fn told_of(now: &OrderView) -> Told {
    match look(&Told::default(), now, &Numbering::default()) {
        Outcome::Planned(plan) => plan.told,
        other => panic!("it is not told: {other:?}"),
    }
}

/// An order with a discount, freight, and refunds of single pieces.
fn order(lines: u32, refunds: u32) -> OrderView {
    let line = |key: String, kind: LineKind, at: u32| ViewLine {
        key: key.into(),
        kind,
        sku: format!("LT{at:04}").into(),
        options: None,
        name: "西湖龙井茶 250g".into(),
        quantity: Decimal::from(3),
        amount: Decimal::new(3 * (1990 + i64::from(at) * 37), 2),
        tax: Tax::Included { rate: Decimal::from(13) },
        shipped: Decimal::from(3),
        extra: BTreeMap::new(),
    };
    let mut all: Vec<ViewLine> = (1..=lines).map(|at| line(at.to_string(), LineKind::Goods, at)).collect();
    all.push(ViewLine { amount: Decimal::new(1000, 2), ..line("shipping".into(), LineKind::Shipping, 0) });
    let refund = |at: u32| RefundView {
        id: at.to_string(),
        included: false,
        amount: Decimal::new(1990, 2),
        lines: vec![RefundLineView {
            id: at.to_string(),
            line: Some(at.to_string()),
            sku: format!("LT{at:04}"),
            quantity: Decimal::ONE,
            amount: Some(Decimal::new(1990, 2)),
            tax: None,
        }],
    };
    let discount = Decimal::new(1234, 2);
    let total = all.iter().map(|l| l.amount).sum::<Decimal>() - discount;
    OrderView {
        id: "7".into(),
        number: "2026112300007".into(),
        customer: "1".into(),
        date: date(2026, 11, 20),
        currency: "CNY".into(),
        state: OrderState::Posted,
        ship_to: Some("浙江省 杭州市 龙井路 1 号".into()),
        prices_include_tax: true,
        lines: all,
        discount,
        goods_total: None,
        total,
        refunds: (1..=refunds).map(refund).collect(),
        tenders: Vec::new(),
        extra: BTreeMap::new(),
        warnings: Vec::new(),
    }
}
