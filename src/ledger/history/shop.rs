//! A model shop with one order, and what may happen to it.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::document::{LineKind, Minor, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine};

/// How the shop knows its taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Prices include a tax of the line's rate.
    Included,
    /// Prices include the tax that the line states, with more digits than the currency.
    Stated,
    /// Prices are without tax.
    Net,
}

const RATES: [i64; 4] = [0, 6, 13, 19];

/// What may happen to an order in a shop. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op {
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
        units: u32,
    },
    Rate {
        line: usize,
        rate: u8,
    },
    /// The stated tax of a line changes by some ten-thousandths of a unit, its amount as well or not.
    TaxOnly {
        line: usize,
        off: i16,
    },
    Ship {
        line: usize,
        quantity: u32,
    },
    Add {
        sku: u8,
        quantity: u32,
        units: u32,
        rate: u8,
    },
    Remove {
        line: usize,
    },
    /// Another article in the same row.
    Exchange {
        line: usize,
        sku: u8,
    },
    /// The shop deletes and re-inserts its lines: new keys, the same content.
    Rekey,
    /// The shop takes pieces out of the row, and notes that they came back.
    Return {
        line: usize,
        quantity: u32,
    },
    /// A refund beside the rows: of a line, and of so much beyond it.
    Refund {
        line: usize,
        quantity: u32,
        units: u32,
        extra: u32,
    },
    RefundShipping(u32),
    CorrectRefund(u32),
    DropRefund,
}

impl Op {
    /// What it changes, where nothing else that is drawn changes that.
    pub fn subject(&self) -> Option<&'static str> {
        match self {
            Op::Discount(_) => Some("discount"),
            Op::Shipping(_) => Some("shipping"),
            Op::Fee(_) => Some("fee"),
            Op::Quantity { .. } => Some("quantity"),
            Op::Refund { quantity: 0, .. } => Some("refund"),
            Op::Price { .. } => Some("price"),
            Op::Ship { .. } => Some("ship"),
            _ => None,
        }
    }
}

pub(super) fn first_lines() -> impl Strategy<Value = Vec<(u8, u32, u32, u8)>> {
    prop::collection::vec((0u8..4, 1u32..6, 0u32..20_000, 0u8..4), 1..5)
}

/// What changes lines and charges, and is no discount and no refund.
pub(super) fn op_of_lines() -> impl Strategy<Value = Op> {
    let line = || 0usize..5;
    prop_oneof![
        1 => (0u32..3000).prop_map(Op::Shipping),
        1 => (0u32..500).prop_map(Op::Fee),
        3 => (line(), 0u32..9).prop_map(|(line, quantity)| Op::Quantity { line, quantity }),
        2 => (line(), 0u32..20_000).prop_map(|(line, units)| Op::Price { line, units }),
        1 => (line(), 0u8..4).prop_map(|(line, rate)| Op::Rate { line, rate }),
        1 => (line(), any::<i16>()).prop_map(|(line, off)| Op::TaxOnly { line, off }),
        1 => (line(), 0u32..6).prop_map(|(line, quantity)| Op::Ship { line, quantity }),
        2 => (0u8..4, 1u32..6, 0u32..20_000, 0u8..4)
            .prop_map(|(sku, quantity, units, rate)| Op::Add { sku, quantity, units, rate }),
        1 => line().prop_map(|line| Op::Remove { line }),
        1 => (line(), 0u8..4).prop_map(|(line, sku)| Op::Exchange { line, sku }),
    ]
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let state = prop_oneof![
        4 => Just(OrderState::Posted),
        1 => Just(OrderState::Cancelled),
        1 => Just(OrderState::Returned),
        1 => Just(OrderState::Open),
    ];
    let line = || 0usize..5;
    prop_oneof![
        14 => op_of_lines(),
        3 => state.prop_map(Op::State),
        3 => (0u32..8000).prop_map(Op::Discount),
        1 => Just(Op::Rekey),
        1 => (line(), 0u32..4).prop_map(|(line, quantity)| Op::Return { line, quantity }),
        2 => (line(), 0u32..4, 0u32..5000, 0u32..2000)
            .prop_map(|(line, quantity, units, extra)| Op::Refund { line, quantity, units, extra }),
        1 => (0u32..3000).prop_map(Op::RefundShipping),
        1 => (0u32..6000).prop_map(Op::CorrectRefund),
        1 => Just(Op::DropRefund),
    ]
}

#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub view: OrderView,
    pub mode: Mode,
    /// The shop rounds each line and its tax.
    pub rounds: bool,
    prices: BTreeMap<SmolStr, (Decimal, Decimal)>,
    tax_off: BTreeMap<SmolStr, Decimal>,
    minor: Minor,
    next: u32,
    shipping: u32,
    fee: u32,
}

impl Shop {
    pub fn new(currency: &str, mode: Mode) -> Self {
        let view = OrderView {
            id: "7".into(),
            number: "20261123-7".into(),
            customer: "U1".into(),
            date: date(2026, 11, 20),
            currency: currency.into(),
            state: OrderState::Open,
            ship_to: None,
            prices_include_tax: mode != Mode::Net,
            lines: Vec::new(),
            discount: Decimal::ZERO,
            goods_total: None,
            total: Decimal::ZERO,
            refunds: Vec::new(),
            tenders: Vec::new(),
            extra: BTreeMap::new(),
            warnings: Vec::new(),
        };
        let minor = Minor::of(currency).unwrap();
        let (prices, tax_off) = (BTreeMap::new(), BTreeMap::new());
        Shop { view, mode, rounds: false, prices, tax_off, minor, next: 1, shipping: 0, fee: 0 }
    }

    pub fn apply(&mut self, op: &Op) {
        let goods = self.prices.len();
        let at = |line: usize| line % goods.max(1);
        match op {
            Op::State(state) => self.view.state = *state,
            Op::Discount(units) => self.view.discount = self.amount(*units),
            Op::Shipping(units) => self.shipping = *units,
            Op::Fee(units) => self.fee = *units,
            Op::Quantity { line, quantity } if goods > 0 => {
                self.view.lines[at(*line)].quantity = Decimal::from(*quantity);
            }
            Op::Price { line, units } if goods > 0 => self.price(at(*line)).0 = self.amount(*units),
            Op::Rate { line, rate } if goods > 0 => self.price(at(*line)).1 = RATES[usize::from(*rate)].into(),
            Op::TaxOnly { line, off } if goods > 0 => {
                let key = self.view.lines[at(*line)].key.clone();
                self.tax_off.insert(key, Decimal::new(i64::from(*off), self.minor.digits() + 2));
            }
            Op::Ship { line, quantity } if goods > 0 => {
                self.view.lines[at(*line)].shipped = Decimal::from(*quantity);
            }
            Op::Add { sku, quantity, units, rate } => self.add(*sku, *quantity, *units, *rate),
            Op::Remove { line } if goods > 0 => {
                let gone = self.view.lines.remove(at(*line));
                self.prices.remove(&gone.key);
            }
            Op::Exchange { line, sku } if goods > 0 => self.view.lines[at(*line)].sku = format!("SKU{sku}").into(),
            Op::Rekey => self.rekey(),
            Op::Return { line, quantity } if goods > 0 => {
                let of = &mut self.view.lines[at(*line)];
                let quantity = Decimal::from(*quantity).min(of.quantity);
                of.quantity -= quantity;
                let line = refund_line(self.next, of, quantity, None);
                self.refund(true, Decimal::ZERO, vec![line]);
            }
            Op::Refund { line, quantity, units, extra } if goods > 0 => {
                let amount = self.amount(*units);
                let line = refund_line(self.next, &self.view.lines[at(*line)], Decimal::from(*quantity), Some(amount));
                self.refund(false, amount + self.amount(*extra), vec![line]);
            }
            Op::RefundShipping(units) if self.shipping > 0 => {
                let amount = self.amount(*units);
                let shipping = self.view.lines.iter().find(|l| l.kind == LineKind::Shipping).unwrap();
                let line = refund_line(self.next, shipping, Decimal::ZERO, Some(amount));
                self.refund(false, amount, vec![line]);
            }
            Op::CorrectRefund(units) => {
                let amount = self.amount(*units);
                if let Some(refund) = self.view.refunds.last_mut().filter(|r| !r.included) {
                    refund.amount = amount;
                }
            }
            Op::DropRefund => drop(self.view.refunds.pop()),
            _ => {}
        }
        self.total();
    }

    fn amount(&self, units: u32) -> Decimal {
        Decimal::new(units.into(), self.minor.digits())
    }

    fn price(&mut self, line: usize) -> &mut (Decimal, Decimal) {
        self.prices.get_mut(&self.view.lines[line].key).unwrap()
    }

    fn refund(&mut self, included: bool, amount: Decimal, lines: Vec<RefundLineView>) {
        self.view.refunds.push(RefundView { id: self.next.to_string(), included, amount, lines });
        self.next += 1;
    }

    fn add(&mut self, sku: u8, quantity: u32, units: u32, rate: u8) {
        let key: SmolStr = self.next.to_string().into();
        self.next += 1;
        self.prices.insert(key.clone(), (self.amount(units), RATES[usize::from(rate)].into()));
        let line = ViewLine {
            key,
            kind: LineKind::Goods,
            sku: format!("SKU{sku}").into(),
            options: (sku == 3).then(|| "red".into()),
            name: format!("Thing {sku}").into(),
            quantity: Decimal::from(quantity),
            amount: Decimal::ZERO,
            tax: Tax::Included { rate: Decimal::ZERO },
            shipped: Decimal::ZERO,
            extra: BTreeMap::new(),
        };
        self.view.lines.insert(self.prices.len() - 1, line);
    }

    fn rekey(&mut self) {
        for line in self.view.lines.iter_mut().filter(|l| l.kind == LineKind::Goods) {
            let price = self.prices.remove(&line.key).unwrap();
            line.key = self.next.to_string().into();
            self.next += 1;
            self.prices.insert(line.key.clone(), price);
        }
    }

    /// An amount as the shop has it, with the tax that it includes or adds.
    fn taxed(&self, key: &str, amount: Decimal, rate: Decimal) -> (Decimal, Tax) {
        let off = self.tax_off.get(key).copied().unwrap_or_default();
        let hundred = Decimal::ONE_HUNDRED;
        let rounded = |amount| if self.rounds { self.minor.round(amount) } else { amount };
        match self.mode {
            Mode::Included => (amount, Tax::Included { rate }),
            Mode::Stated => {
                let exact = (amount * rate / (hundred + rate)).round_dp(self.minor.digits() + 4);
                let tax = rounded((exact + off).clamp(Decimal::ZERO, amount));
                (amount, Tax::Stated { rate, tax })
            }
            Mode::Net => {
                let tax = rounded((amount * rate / hundred + off).max(Decimal::ZERO));
                let tax = if amount.is_zero() { Decimal::ZERO } else { tax };
                (amount + tax, Tax::Stated { rate, tax })
            }
        }
    }

    fn total(&mut self) {
        self.view.lines.retain(|l| l.kind == LineKind::Goods);
        for i in 0..self.view.lines.len() {
            let line = &self.view.lines[i];
            let (price, rate) = self.prices[&line.key];
            let (amount, tax) = self.taxed(&line.key, price * line.quantity, rate);
            (self.view.lines[i].amount, self.view.lines[i].tax) = (amount, tax);
        }
        for (key, kind, units) in [("fee", LineKind::Fee, self.fee), ("shipping", LineKind::Shipping, self.shipping)] {
            if units > 0 {
                let (amount, tax) = self.taxed(key, self.amount(units), Decimal::from(13));
                self.view.lines.push(ViewLine {
                    key: key.into(),
                    kind,
                    sku: key.to_uppercase().into(),
                    options: None,
                    name: key.into(),
                    quantity: Decimal::ONE,
                    amount,
                    tax,
                    shipped: Decimal::ZERO,
                    extra: BTreeMap::new(),
                });
            }
        }
        let sum: Decimal = self.view.lines.iter().map(|l| l.amount).sum();
        self.view.total = self.minor.round(sum - self.view.discount);
    }

    /// What the order is worth by the shop's own arithmetic.
    pub fn worth(&self) -> Decimal {
        let refunds = self.view.refunds.iter().filter(|r| !r.included);
        match self.view.state {
            OrderState::Posted => self.minor.round(self.view.total - refunds.map(|r| r.amount).sum::<Decimal>()),
            _ => Decimal::ZERO,
        }
    }
}

fn refund_line(id: u32, of: &ViewLine, quantity: Decimal, amount: Option<Decimal>) -> RefundLineView {
    RefundLineView {
        id: id.to_string(),
        line: Some(of.key.to_string()),
        sku: of.sku.to_string(),
        quantity,
        amount,
        tax: None,
    }
}
