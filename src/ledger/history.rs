//! `plan` under any history of an order: the equation holds after every step.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::document::{
    CreditReason, Document, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine, included_tax, round_minor,
};

/// What may happen to an order in a shop.
#[derive(Debug, Clone)]
enum Op {
    State(OrderState),
    Discount(u32),
    Shipping(u32),
    Fee(u32),
    Quantity {
        line: usize,
        quantity: u32,
    },
    Price {
        line: usize,
        cents: u32,
    },
    Add {
        sku: u8,
        quantity: u32,
        cents: u32,
    },
    Remove {
        line: usize,
    },
    /// The shop deletes and re-inserts its lines: new keys, the same content.
    Rekey,
    Refund {
        line: usize,
        quantity: u32,
        cents: u32,
        extra: u32,
    },
    DropRefund,
}

fn op() -> impl Strategy<Value = Op> {
    let state = prop_oneof![
        4 => Just(OrderState::Posted),
        1 => Just(OrderState::Cancelled),
        1 => Just(OrderState::Returned),
        1 => Just(OrderState::Open),
    ];
    prop_oneof![
        3 => state.prop_map(Op::State),
        3 => (0u32..8000).prop_map(Op::Discount),
        1 => (0u32..3000).prop_map(Op::Shipping),
        1 => (0u32..500).prop_map(Op::Fee),
        3 => (0usize..5, 0u32..9).prop_map(|(line, quantity)| Op::Quantity { line, quantity }),
        2 => (0usize..5, 0u32..20_000).prop_map(|(line, cents)| Op::Price { line, cents }),
        2 => (0u8..4, 1u32..6, 0u32..20_000).prop_map(|(sku, quantity, cents)| Op::Add { sku, quantity, cents }),
        1 => (0usize..5).prop_map(|line| Op::Remove { line }),
        1 => Just(Op::Rekey),
        2 => (0usize..5, 0u32..4, 0u32..5000, 0u32..2000)
            .prop_map(|(line, quantity, cents, extra)| Op::Refund { line, quantity, cents, extra }),
        1 => Just(Op::DropRefund),
    ]
}

/// A model shop with one order.
#[derive(Debug, Clone)]
struct Shop {
    view: OrderView,
    prices: BTreeMap<String, Decimal>,
    next: u32,
    shipping: u32,
    fee: u32,
    rate: Decimal,
}

impl Shop {
    fn new(rate: i64) -> Self {
        let view = OrderView {
            id: "7".into(),
            number: "20261123-7".into(),
            customer: "U1".into(),
            date: date(2026, 11, 20),
            currency: "CNY".into(),
            state: OrderState::Open,
            ship_to: None,
            lines: Vec::new(),
            discount: Decimal::ZERO,
            goods_total: None,
            total: Decimal::ZERO,
            refunds: Vec::new(),
            extra: BTreeMap::new(),
            warnings: Vec::new(),
        };
        Shop { view, prices: BTreeMap::new(), next: 1, shipping: 0, fee: 0, rate: Decimal::from(rate) }
    }

    fn apply(&mut self, op: &Op) {
        let goods = self.prices.len();
        let at = |line: usize| line % goods.max(1);
        match op {
            Op::State(state) => self.view.state = *state,
            Op::Discount(cents) => self.view.discount = Decimal::new((*cents).into(), 2),
            Op::Shipping(cents) => self.shipping = *cents,
            Op::Fee(cents) => self.fee = *cents,
            Op::Quantity { line, quantity } if goods > 0 => {
                self.view.lines[at(*line)].quantity = Decimal::from(*quantity);
            }
            Op::Price { line, cents } if goods > 0 => {
                let key = self.view.lines[at(*line)].key.clone();
                self.prices.insert(key, Decimal::new((*cents).into(), 2));
            }
            Op::Add { sku, quantity, cents } => self.add(*sku, *quantity, *cents),
            Op::Remove { line } if goods > 0 => {
                let gone = self.view.lines.remove(at(*line));
                self.prices.remove(&gone.key);
            }
            Op::Rekey => self.rekey(),
            Op::Refund { line, quantity, cents, extra } if goods > 0 => {
                let of = &self.view.lines[at(*line)];
                let amount = Decimal::new((*cents).into(), 2);
                let line = RefundLineView {
                    id: self.next.to_string(),
                    line: Some(of.key.clone()),
                    sku: of.sku.clone(),
                    quantity: Decimal::from(*quantity),
                    amount: Some(amount),
                    tax: None,
                };
                let amount = amount + Decimal::new((*extra).into(), 2);
                self.view.refunds.push(RefundView {
                    id: self.next.to_string(),
                    included: false,
                    amount,
                    lines: vec![line],
                });
                self.next += 1;
            }
            Op::DropRefund => drop(self.view.refunds.pop()),
            _ => {}
        }
        self.total();
    }

    fn add(&mut self, sku: u8, quantity: u32, cents: u32) {
        let key = self.next.to_string();
        self.next += 1;
        self.prices.insert(key.clone(), Decimal::new(cents.into(), 2));
        let line = ViewLine {
            key,
            kind: LineKind::Goods,
            sku: format!("SKU{sku}"),
            name: format!("Thing {sku}"),
            quantity: Decimal::from(quantity),
            amount: Decimal::ZERO,
            tax: Tax::Included { rate: self.rate },
            shipped: Decimal::ZERO,
            extra: BTreeMap::new(),
        };
        self.view.lines.insert(self.prices.len() - 1, line);
    }

    fn rekey(&mut self) {
        for line in self.view.lines.iter_mut().filter(|l| l.kind == LineKind::Goods) {
            let price = self.prices.remove(&line.key).unwrap();
            line.key = self.next.to_string();
            self.next += 1;
            self.prices.insert(line.key.clone(), price);
        }
    }

    fn total(&mut self) {
        self.view.lines.retain(|l| l.kind == LineKind::Goods);
        for line in &mut self.view.lines {
            line.amount = self.prices[&line.key] * line.quantity;
        }
        for (key, kind, cents) in [("fee", LineKind::Fee, self.fee), ("shipping", LineKind::Shipping, self.shipping)] {
            if cents > 0 {
                self.view.lines.push(ViewLine {
                    key: key.into(),
                    kind,
                    sku: key.to_uppercase(),
                    name: key.into(),
                    quantity: Decimal::ONE,
                    amount: Decimal::new(cents.into(), 2),
                    tax: Tax::Included { rate: self.rate },
                    shipped: Decimal::ZERO,
                    extra: BTreeMap::new(),
                });
            }
        }
        self.view.total = self.view.lines.iter().map(|l| l.amount).sum::<Decimal>() - self.view.discount;
    }

    fn worth(&self) -> Decimal {
        match self.view.state {
            OrderState::Posted => {
                round_minor(self.view.total - self.view.refunds.iter().map(|r| r.amount).sum::<Decimal>())
            }
            _ => Decimal::ZERO,
        }
    }
}

/// The ERP's side: every document added up, line by line, as it arrives.
#[derive(Debug, Default)]
struct Erp {
    sold: BTreeMap<(String, u32), (Decimal, Decimal)>,
    balance: Amounts,
}

impl Erp {
    fn take(&mut self, document: &Document) {
        let header = document.header().unwrap();
        assert!(!header.lines.is_empty());
        assert_eq!(header.lines.iter().map(|l| l.amounts).sum::<Amounts>(), header.amounts);
        for line in &header.lines {
            assert_eq!(line.amounts.net + line.amounts.tax, line.amounts.total);
            assert!(line.amounts.total >= Decimal::ZERO && line.quantity >= Decimal::ZERO, "{line:?}");
            assert_eq!(round_minor(line.amounts.total), line.amounts.total);
        }
        match document {
            Document::CreditNote(_) => {
                for line in &header.lines {
                    self.credit(line);
                }
                self.balance -= header.amounts;
            }
            Document::SalesOrder(_) | Document::DebitNote(_) => {
                for line in &header.lines {
                    self.sold.insert((header.number.clone(), line.no), (line.quantity, Decimal::ZERO));
                }
                self.balance += header.amounts;
            }
            Document::Customer(_) => unreachable!(),
        }
        assert!(self.balance.total >= Decimal::ZERO, "credits exceed what was sold");
    }

    fn credit(&mut self, line: &crate::document::Line) {
        if line.quantity.is_zero() {
            return;
        }
        let by = line.sold_by.as_ref().expect("credited pieces name the line that sold them");
        let (sold, credited) = self.sold.get_mut(&(by.document.clone(), by.line)).expect("that line exists");
        *credited += line.quantity;
        assert!(credited <= sold, "line {} of {} is credited above what it sold", by.line, by.document);
    }
}

fn context() -> Context {
    Context { customer: "U1".into(), event_date: date(2026, 11, 23) }
}

fn step(told: &mut Told, shop: &Shop, erp: &mut Erp) {
    match plan(told, &shop.view, &context()) {
        Outcome::Held(_) => {}
        Outcome::Nothing => assert_eq!(told.amounts().total, shop.worth()),
        Outcome::Planned(plan) => {
            let before = told.amounts();
            let change: Amounts = plan
                .documents
                .iter()
                .map(|d| match d {
                    Document::CreditNote(c) => -c.header.amounts,
                    other => other.header().unwrap().amounts,
                })
                .sum();
            assert_eq!(before + change, plan.told.amounts());
            *told = plan.told;
            plan.documents.iter().for_each(|d| erp.take(d));
            assert_eq!(told.amounts().total, shop.worth());
            assert_eq!(told.amounts(), erp.balance);
            if !told.is_live() {
                assert!(told.amounts().is_zero(), "closed at {:?}", told.amounts());
            }
            for line in &told.lines {
                let off = line.amounts.tax - included_tax(line.amounts.total, line.tax_rate);
                assert!(off.abs() <= Decimal::new(2, 2), "tax of {line:?} drifts by {off}");
            }
            assert!(
                matches!(super::plan(told, &shop.view, &context()), Outcome::Nothing),
                "planning twice plans nothing"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
    #[test]
    fn told_minus_credits_plus_debits_is_what_the_store_says(
        rate in prop::sample::select(vec![0i64, 6, 13, 19]),
        first in prop::collection::vec((0u8..4, 1u32..6, 0u32..20_000), 1..4),
        ops in prop::collection::vec(op(), 1..25),
    ) {
        let mut shop = Shop::new(rate);
        for (sku, quantity, cents) in first {
            shop.apply(&Op::Add { sku, quantity, cents });
        }
        shop.apply(&Op::State(OrderState::Posted));
        let (mut told, mut erp) = (Told::default(), Erp::default());
        step(&mut told, &shop, &mut erp);
        for op in &ops {
            shop.apply(op);
            step(&mut told, &shop, &mut erp);
        }
        // Whatever happened, an explicit cancellation closes the books of the order at exactly zero.
        shop.apply(&Op::State(OrderState::Cancelled));
        step(&mut told, &shop, &mut erp);
        prop_assert!(told.amounts().is_zero() && erp.balance.is_zero());
    }
}

fn posted(lines: &[(u32, u32)]) -> (Shop, Told, Erp) {
    let mut shop = Shop::new(13);
    for (i, (quantity, cents)) in lines.iter().enumerate() {
        shop.apply(&Op::Add { sku: i as u8, quantity: *quantity, cents: *cents });
    }
    shop.apply(&Op::State(OrderState::Posted));
    let (mut told, mut erp) = (Told::default(), Erp::default());
    step(&mut told, &shop, &mut erp);
    (shop, told, erp)
}

fn documents(told: &Told, shop: &Shop) -> Vec<Document> {
    match plan(told, &shop.view, &context()) {
        Outcome::Planned(plan) => plan.documents,
        other => panic!("{other:?}"),
    }
}

fn reason(document: &Document) -> Option<CreditReason> {
    match document {
        Document::CreditNote(c) => Some(c.reason),
        _ => None,
    }
}

#[test]
fn a_discount_raised_by_ten_credits_ten_and_debits_nothing() {
    let (mut shop, mut told, mut erp) = posted(&[(3, 3333), (1, 4999), (2, 1001)]);
    shop.apply(&Op::Discount(1000));
    step(&mut told, &shop, &mut erp);
    shop.apply(&Op::Discount(2000));
    let documents = documents(&told, &shop);
    assert_eq!(documents.len(), 1);
    assert_eq!(reason(&documents[0]), Some(CreditReason::Discount));
    assert_eq!(documents[0].header().unwrap().amounts.total, Decimal::new(1000, 2));
}

#[test]
fn a_return_after_a_discount_credits_what_is_left() {
    let (mut shop, mut told, mut erp) = posted(&[(2, 5000)]);
    shop.apply(&Op::Discount(1500));
    step(&mut told, &shop, &mut erp);
    shop.apply(&Op::State(OrderState::Returned));
    let documents = documents(&told, &shop);
    let header = documents[0].header().unwrap();
    assert_eq!(reason(&documents[0]), Some(CreditReason::Return));
    assert_eq!((header.amounts.total, header.lines[0].quantity), (Decimal::new(8500, 2), Decimal::TWO));
}

#[test]
fn an_order_that_lives_again_is_told_under_a_new_number() {
    let (mut shop, mut told, mut erp) = posted(&[(1, 5000)]);
    for state in [OrderState::Cancelled, OrderState::Posted, OrderState::Returned, OrderState::Posted] {
        shop.apply(&Op::State(state));
        let number = documents(&told, &shop)[0].number().to_owned();
        step(&mut told, &shop, &mut erp);
        if state == OrderState::Posted {
            assert_eq!(number, format!("20261123-7-R{}", told.orders - 1));
        }
    }
    assert_eq!((told.orders, told.credit_notes), (3, 2));
}

#[test]
fn fewer_pieces_and_a_higher_price_go_to_separate_documents() {
    let (mut shop, told, _) = posted(&[(3, 1000)]);
    shop.apply(&Op::Quantity { line: 0, quantity: 2 });
    shop.apply(&Op::Price { line: 0, cents: 1200 });
    let documents = documents(&told, &shop);
    let totals: Vec<_> = documents.iter().map(|d| (d.number().to_owned(), d.header().unwrap().amounts.total)).collect();
    assert_eq!(
        totals,
        [("20261123-7-DN1".into(), Decimal::new(400, 2)), ("20261123-7-CN1".into(), Decimal::new(1000, 2))]
    );
    assert_eq!(reason(&documents[1]), Some(CreditReason::Cancellation));
}

#[test]
fn a_told_order_that_opens_again_or_loses_its_lines_is_held() {
    let (mut shop, told, _) = posted(&[(1, 5000)]);
    shop.apply(&Op::State(OrderState::Open));
    assert!(matches!(plan(&told, &shop.view, &context()), Outcome::Held(_)));
    shop.apply(&Op::State(OrderState::Posted));
    shop.apply(&Op::Remove { line: 0 });
    let Outcome::Held(held) = plan(&told, &shop.view, &context()) else { panic!("not held") };
    assert!(held.to_string().starts_with("it has no lines yet"), "{held}");
}

/// A shop that says how many came back and what was paid, and not what for.
#[test]
fn pieces_without_an_amount_come_back_at_their_price() {
    let (mut shop, told, _) = posted(&[(1, 3000), (2, 5000)]);
    shop.apply(&Op::Refund { line: 1, quantity: 1, cents: 0, extra: 5000 });
    let refund = shop.view.refunds.last_mut().unwrap();
    refund.lines[0].amount = None;
    let documents = documents(&told, &shop);
    assert_eq!(documents.len(), 1, "{documents:?}");
    assert_eq!(reason(&documents[0]), Some(CreditReason::Return));
    let line = &documents[0].header().unwrap().lines[0];
    assert_eq!((line.quantity, line.amounts.total), (Decimal::ONE, Decimal::new(5000, 2)));
}

/// Every piece of a line comes back for nothing, and the other line is worth less than a discount has taken off it.
#[test]
fn what_is_left_of_an_order_goes_to_lines_that_have_pieces() {
    let (mut shop, mut told, mut erp) = posted(&[(4, 0), (1, 6516)]);
    for op in [
        Op::Refund { line: 0, quantity: 0, cents: 0, extra: 674 },
        Op::Price { line: 0, cents: 1549 },
        Op::Discount(7973),
        Op::Price { line: 0, cents: 139 },
        Op::Refund { line: 1, quantity: 1, cents: 0, extra: 0 },
        Op::Discount(0),
    ] {
        shop.apply(&op);
        step(&mut told, &shop, &mut erp);
    }
    assert_eq!(told.lines.iter().map(|l| l.amounts.total).collect::<Vec<_>>(), [Decimal::new(6398, 2), Decimal::ZERO]);
}

#[test]
fn an_unbalanced_order_is_held_with_its_numbers() {
    let (mut shop, told, _) = posted(&[(3, 9900)]);
    shop.apply(&Op::Shipping(1000));
    shop.view.total = Decimal::new(30699, 2);
    let Outcome::Held(held) = plan(&told, &shop.view, &context()) else { panic!("not held") };
    assert_eq!(
        held.to_string(),
        "lines 297.00 + shipping 10.00 + fees 0.00 − discount 0.00 = 307.00, store says 306.99"
    );
}

#[test]
fn new_keys_with_the_same_content_plan_nothing() {
    let (mut shop, told, _) = posted(&[(3, 3333), (1, 4999)]);
    shop.apply(&Op::Rekey);
    assert_eq!(plan(&told, &shop.view, &context()), Outcome::Nothing);
}
