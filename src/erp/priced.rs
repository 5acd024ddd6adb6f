//! A document's lines as lines of quantity and unit price without tax: one or two each, whose amounts an ERP computes to ours.
//!
//! Such an ERP takes quantity and unit price, each with so many digits, and works out `amount = round(quantity × price)` and the
//! tax by the rate, rounded for each line or for all of a rate together ([`Arithmetic`]). So a line carries a price with as few
//! digits as give the net; where none does, or the tax is off by a rounding, the pieces but a few have a price that fits and those
//! take the rest. Beside a single piece stands an amount, and beside an odd number of pieces where the even part of it moves no
//! tax. With tax rounded by document no such split moves it: what differs then is refused before anything is sent.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::document::{Line, Minor};

/// How far a price is shifted until two parts fit, in steps.
const SHIFT_MAX: i64 = 100;
/// How many pieces may get a price of their own: of a hundred and one pieces a step of the others' price moves no tax.
const FEW_PIECES: [u32; 5] = [1, 2, 3, 5, 8];

/// How an ERP works lines out, and what its settings are called.
#[derive(Debug)]
pub(super) struct Arithmetic {
    /// Which way halves go.
    pub halves: RoundingStrategy,
    /// What the tax is a part of: the amount as it is rounded, or quantity times price.
    pub taxed: Taxed,
    /// Where its tax is set to be rounded by line.
    pub by_line: &'static str,
    /// Where its quantities are given more digits.
    pub finer: &'static str,
}

/// What a tax is worked out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taxed {
    Amount,
    Product,
}

/// Where the ERP rounds taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaxRounding {
    /// For each line.
    Line,
    /// For all lines of a rate together.
    Document,
}

/// How lines are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ruling<'a> {
    pub minor: Minor,
    pub arithmetic: &'static Arithmetic,
    pub rounding: TaxRounding,
    /// Digits of a unit price after the point.
    pub price_digits: u32,
    /// Digits of a quantity after the point, where all have the same.
    pub quantity_digits: Option<u32>,
    /// The code of the service that carries amounts without pieces.
    pub allowance_sku: &'a str,
}

/// A line there; quantities and amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The document's line that it is of, and which of its parts, from 1.
    pub line: u32,
    pub part: u32,
    /// The product's code.
    pub sku: String,
    /// What the customer was shown.
    pub name: String,
    /// The unit of measure, where it is not the product's own.
    pub unit: Option<String>,
    /// False where it is an amount alone.
    pub pieces: bool,
    pub quantity: Decimal,
    /// Unit price without tax.
    pub price: Decimal,
    /// Percent.
    pub rate: Decimal,
}

/// The lines there.
///
/// # Errors
/// A sentence about what cannot be written exactly.
pub(super) fn entries(lines: &[Line], ruling: Ruling<'_>) -> Result<Vec<Entry>, String> {
    if lines.is_empty() {
        return Err("it has no lines".into());
    }
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        entries.extend(ruling.line(line)?);
    }
    if ruling.rounding == TaxRounding::Document {
        let (ours, theirs) = (lines.iter().map(|l| l.amounts.tax).sum::<Decimal>(), ruling.document_tax(&entries));
        if ours != theirs {
            return Err(format!(
                "the ERP rounds tax by document and would compute {theirs}, where the shop has {ours}: {}, then `ledgertap outbox \
                 retry`",
                ruling.arithmetic.by_line
            ));
        }
    }
    Ok(entries)
}

impl Ruling<'_> {
    fn line(&self, line: &Line) -> Result<Vec<Entry>, String> {
        let (quantity, net) = (line.quantity.normalize(), line.amounts.net);
        if quantity.is_zero() && net.is_zero() {
            return Err(format!("line {} has neither pieces nor an amount", line.no));
        }
        if let Some(digits) = self.quantity_digits.filter(|digits| quantity.scale() > *digits) {
            return Err(format!(
                "line {}: the ERP's quantities have {digits} digits, and {quantity} has more: {}, then `ledgertap outbox retry`",
                line.no, self.arithmetic.finer
            ));
        }
        let one = self.part(line, 1, quantity, net);
        if let Some(one) = one.filter(|one| self.taxed(&[one], line)) {
            return Ok(vec![one]);
        }
        self.two(line, quantity).ok_or_else(|| {
            format!(
                "line {}: no two lines of {net} in all at {} %, with unit prices of {} digits, have a tax of {}",
                line.no,
                line.tax_rate.normalize(),
                self.price_digits,
                line.amounts.tax
            )
        })
    }

    /// All but a few pieces, and those; else the pieces and an amount.
    fn two(&self, line: &Line, quantity: Decimal) -> Option<Vec<Entry>> {
        let net = line.amounts.net;
        let few = FEW_PIECES.iter().map(|n| Decimal::from(*n)).filter(|few| quantity > *few);
        few.chain([Decimal::ZERO]).find_map(|last| {
            let first = quantity - last;
            let pieces = if first.is_zero() { Decimal::ONE } else { first };
            let middle = net.checked_div(if quantity.is_zero() { pieces } else { quantity })?;
            let digits = self.step_digits(pieces);
            let middle = middle.round_dp_with_strategy(digits, RoundingStrategy::ToZero);
            (0..=SHIFT_MAX).flat_map(|step| [step, -step]).find_map(|step| {
                let price = middle + Decimal::new(step, digits);
                let amount = self.amount(pieces, price)?;
                if price <= Decimal::ZERO || amount >= net {
                    return None;
                }
                let (a, b) = (self.part(line, 1, first, amount)?, self.part(line, 2, last, net - amount)?);
                self.taxed(&[&a, &b], line).then(|| vec![a, b])
            })
        })
    }

    /// The digits in which a price is shifted: the last of them moves the amount of so many pieces by a minor unit at least.
    fn step_digits(&self, pieces: Decimal) -> u32 {
        let minor = self.minor.digits().min(self.price_digits);
        let moves = |digits: &u32| pieces * Decimal::new(1, *digits) >= Decimal::new(1, self.minor.digits());
        (minor..=self.price_digits).rev().find(moves).unwrap_or(minor)
    }

    /// So many pieces for so much; without pieces, an amount.
    fn part(&self, line: &Line, part: u32, quantity: Decimal, net: Decimal) -> Option<Entry> {
        let name = match &line.options {
            Some(options) => format!("{} ({options})", line.name),
            None => line.name.to_string(),
        };
        let pieces = !quantity.is_zero();
        let quantity = if pieces { quantity } else { Decimal::ONE };
        let exact = net.checked_div(quantity)?;
        let price = (0..=self.price_digits).find_map(|digits| {
            let price = exact.round_dp_with_strategy(digits, self.arithmetic.halves);
            (self.amount(quantity, price)? == net).then_some(price.normalize())
        })?;
        Some(Entry {
            line: line.no,
            part,
            sku: if pieces { line.sku.to_string() } else { self.allowance_sku.into() },
            name,
            unit: line.unit.clone().filter(|_| pieces),
            pieces,
            quantity: quantity.normalize(),
            price,
            rate: line.tax_rate,
        })
    }

    /// Whether the parts of the line come to its tax, as far as parts decide that.
    fn taxed(&self, parts: &[&Entry], line: &Line) -> bool {
        match self.rounding {
            TaxRounding::Line => parts.iter().map(|p| self.round(self.tax(p))).sum::<Decimal>() == line.amounts.tax,
            TaxRounding::Document => true,
        }
    }

    fn document_tax(&self, entries: &[Entry]) -> Decimal {
        let mut taxes = BTreeMap::<Decimal, Decimal>::new();
        for entry in entries {
            *taxes.entry(entry.rate.normalize()).or_default() += self.tax(entry);
        }
        taxes.into_values().map(|tax| self.round(tax)).sum()
    }

    /// The tax of a line before it is rounded.
    fn tax(&self, entry: &Entry) -> Decimal {
        let product = entry.quantity * entry.price;
        let taxed = if self.arithmetic.taxed == Taxed::Amount { self.round(product) } else { product };
        taxed * entry.rate / Decimal::ONE_HUNDRED
    }

    fn amount(&self, quantity: Decimal, price: Decimal) -> Option<Decimal> {
        quantity.checked_mul(price).map(|amount| self.round(amount))
    }

    /// As the ERP does.
    fn round(&self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.minor.digits(), self.arithmetic.halves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Amounts, LineKind};
    use proptest::prelude::*;

    /// As Odoo has it.
    static AWAY: Arithmetic = Arithmetic {
        halves: RoundingStrategy::MidpointAwayFromZero,
        taxed: Taxed::Amount,
        by_line: "set it by line",
        finer: "make them finer",
    };
    /// As Tryton has it.
    static EVEN: Arithmetic =
        Arithmetic { halves: RoundingStrategy::MidpointNearestEven, taxed: Taxed::Product, by_line: "", finer: "" };

    fn by_line() -> Ruling<'static> {
        Ruling {
            minor: Minor::of("CNY").unwrap(),
            arithmetic: &AWAY,
            rounding: TaxRounding::Line,
            price_digits: 2,
            quantity_digits: Some(2),
            allowance_sku: "ALLOWANCE",
        }
    }

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn line(quantity: Decimal, net: Decimal, tax: Decimal, rate: Decimal) -> Line {
        Line {
            no: 1,
            key: "1".into(),
            kind: LineKind::Goods,
            sku: "A".into(),
            options: None,
            name: "Tea".into(),
            quantity,
            unit: None,
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: rate,
            amounts: Amounts { net, tax, total: net + tax },
            sold_by: None,
            extra: BTreeMap::new(),
        }
    }

    fn of(quantity: &str, net: &str, tax: &str) -> Line {
        line(d(quantity), d(net), d(tax), d("13"))
    }

    fn said(lines: &[Line], ruling: Ruling<'_>) -> Vec<String> {
        let entries = entries(lines, ruling).unwrap();
        entries.into_iter().map(|e| format!("{} {} × {}", e.sku, e.quantity, e.price)).collect()
    }

    #[test]
    fn a_price_has_as_few_digits_as_give_the_net() {
        assert_eq!(said(&[of("2", "100.00", "13.00")], by_line()), ["A 2 × 50"]);
        assert_eq!(said(&[of("3", "100.00", "13.00")], by_line()), ["A 2 × 33.33", "A 1 × 33.34"]);
        let finer = Ruling { price_digits: 4, ..by_line() };
        assert_eq!(said(&[of("3", "100.00", "13.00")], finer), ["A 3 × 33.333"]);
        assert_eq!(said(&[of("0", "5.00", "0.65")], by_line()), ["ALLOWANCE 1 × 5"]);
        assert_eq!(said(&[of("1", "0.00", "0.00")], by_line()), ["A 1 × 0"]);
        assert_eq!(said(&[of("1.50", "10.00", "1.30")], by_line()), ["A 0.5 × 6.66", "A 1 × 6.67"]);
        assert_eq!(said(&[of("700", "33.33", "4.33")], by_line()).len(), 2);
    }

    #[test]
    fn a_tax_that_is_a_cent_off_is_met_in_two_lines() {
        assert_eq!(said(&[of("1", "88.49", "11.51")], by_line()).len(), 2);
        assert_eq!(said(&[of("3", "88.49", "11.51")], by_line()).len(), 2);
        assert_eq!(said(&[of("0", "88.49", "11.51")], by_line()).len(), 2);
        let odd = line(d("3"), d("9513.98"), d("2378.49"), d("25"));
        assert_eq!(said(&[odd], by_line()), ["A 3 × 3171.31", "ALLOWANCE 1 × 0.05"]);
        let fine = Ruling { price_digits: 4, ..by_line() };
        let odd = line(d("1"), d("82041.92"), d("15587.97"), d("19"));
        assert_eq!(entries(&[odd], fine).unwrap().len(), 2);
        let refused = entries(&[of("1", "100.00", "20.00")], by_line()).unwrap_err();
        assert!(refused.contains("a tax of 20.00"), "{refused}");
        let refused = entries(&[of("0.125", "1.00", "0.13")], by_line()).unwrap_err();
        assert!(refused.contains("2 digits") && refused.contains("make them finer"), "{refused}");
        let any = Ruling { quantity_digits: None, ..by_line() };
        assert_eq!(said(&[of("0.125", "1.00", "0.13")], any), ["A 0.125 × 8"]);
    }

    #[test]
    fn halves_go_the_erps_way() {
        // 0.5 × 0.01, and 13 % of 0.50.
        let half = Ruling { quantity_digits: None, ..by_line() };
        assert_eq!(half.amount(d("0.5"), d("0.01")), Some(d("0.01")));
        let even = Ruling { arithmetic: &EVEN, ..half };
        assert_eq!(even.amount(d("0.5"), d("0.01")), Some(d("0.00")));
        let tax = |ruling: Ruling<'_>, tax: &str| entries(&[of("1", "0.50", tax)], ruling).map(|e| e.len());
        assert_eq!((tax(half, "0.07"), tax(even, "0.06")), (Ok(1), Ok(1)));
        assert_ne!(tax(even, "0.07"), Ok(1));
        // Of an amount that was rounded up, or of what it was rounded from: 13 % of 3.85 or of 3.8462.
        let third = Ruling { price_digits: 4, ..half };
        let entry = third.part(&of("1", "3.85", "0.50"), 1, d("0.5"), d("3.85")).unwrap();
        let entry = Entry { price: d("7.6924"), ..entry };
        assert_eq!(
            (third.tax(&entry), Ruling { arithmetic: &EVEN, ..third }.tax(&entry)),
            (d("0.5005"), d("0.500006"))
        );
    }

    #[test]
    fn by_document_a_difference_is_refused_with_the_remedy() {
        let by_document = Ruling { rounding: TaxRounding::Document, ..by_line() };
        let lines = [of("1", "10.04", "1.31"), of("1", "10.04", "1.31"), of("1", "10.04", "1.31")];
        assert_eq!(entries(&lines, by_line()).unwrap().len(), 3);
        let refused = entries(&lines, by_document).unwrap_err();
        assert!(refused.contains("would compute 3.92") && refused.contains("3.93: set it by line"), "{refused}");
        assert_eq!(entries(&lines[..1], by_document).unwrap().len(), 1);
    }

    proptest! {
        /// Whatever a shop with prices that include tax charges, the ERP arrives at it, with two digits or more.
        #[test]
        fn what_a_shop_charges_is_met(
            total in 100i64..10_000_000,
            quantity in 1u32..2000,
            rate in prop::sample::select(vec![0i64, 6, 9, 13, 19, 25]),
            price_digits in 2u32..5,
            arithmetic in prop::sample::select(vec![&AWAY, &EVEN]),
        ) {
            let ruling = Ruling { price_digits, arithmetic, ..by_line() };
            let (total, rate) = (Decimal::new(total, 2), Decimal::from(rate));
            let tax = ruling.minor.included_tax(total, rate);
            let line = line(Decimal::from(quantity), total - tax, tax, rate);
            prop_assume!(line.amounts.net >= Decimal::from(quantity) / Decimal::TEN);
            let entries = entries(std::slice::from_ref(&line), ruling).unwrap();
            prop_assert!(entries.len() <= 2);
            let net: Decimal = entries.iter().map(|e| ruling.amount(e.quantity, e.price).unwrap()).sum();
            prop_assert_eq!(net, line.amounts.net);
            prop_assert_eq!(entries.iter().map(|e| ruling.round(ruling.tax(e))).sum::<Decimal>(), line.amounts.tax);
            prop_assert!(entries.iter().all(|e| e.price.scale() <= price_digits));
        }
    }
}
