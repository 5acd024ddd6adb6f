//! A document's lines as lines of a sale: one or two each, whose amounts the ERP computes to ours.
//!
//! The ERP takes quantity and unit price, without tax and with four digits, and works out `amount = round(quantity × price)` and
//! the tax as `quantity × price × rate`, rounded for each line or for all lines of a rate together (`tax_rounding` of its accounting
//! configuration); both round halves to even (`currency.round`, `account.tax.compute`). So a line carries a price with as few
//! digits as give the net; where no price does, or the tax is off by a rounding, one piece of it gets a price of its own, and
//! a single piece an amount beside it. With tax rounded by document no such split moves it: what differs then is refused before
//! anything is sent.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::document::{Line, Minor};

/// How far two parts are shifted against each other until they fit, in minor units.
const SHIFT_MAX: i64 = 1000;
/// How many pieces may get a price of their own: one does nearly always, of some thousand pieces not each time.
const FEW_PIECES: [u32; 5] = [1, 2, 3, 5, 8];

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
    pub rounding: TaxRounding,
    /// Digits of a unit price after the point.
    pub price_digits: u32,
    /// The code of the service that carries amounts without pieces.
    pub allowance_sku: &'a str,
}

/// A line of a sale; quantities are positive here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The product's code.
    pub sku: String,
    /// What the customer was shown.
    pub name: String,
    /// The unit of measure, where it is not the product's own.
    pub unit: Option<String>,
    pub quantity: Decimal,
    /// Unit price without tax.
    pub price: Decimal,
    /// Percent.
    pub rate: Decimal,
}

/// The lines of a sale.
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
                "the ERP rounds tax by document and would compute {theirs}, where the shop has {ours}: set \"Tax Rounding\" in its \
                 accounting configuration to \"Per Line\", then `ledgertap outbox retry`"
            ));
        }
    }
    Ok(entries)
}

impl Ruling<'_> {
    fn line(&self, line: &Line) -> Result<Vec<Entry>, String> {
        let (quantity, net) = (line.quantity, line.amounts.net);
        if quantity.is_zero() && net.is_zero() {
            return Err(format!("line {} has neither pieces nor an amount", line.no));
        }
        let one = self.part(line, quantity, net);
        if let Some(one) = one.filter(|one| self.taxed(&[one], line)) {
            return Ok(vec![one]);
        }
        self.two(line).ok_or_else(|| {
            format!(
                "line {}: no two lines of {net} in all at {} %, with unit prices of {} digits, have a tax of {}",
                line.no,
                line.tax_rate.normalize(),
                self.price_digits,
                line.amounts.tax
            )
        })
    }

    /// All but a few pieces, and those; of a single piece, the piece and an amount.
    fn two(&self, line: &Line) -> Option<Vec<Entry>> {
        let (quantity, net) = (line.quantity, line.amounts.net);
        let few = FEW_PIECES.iter().map(|n| Decimal::from(*n)).filter(|few| quantity > *few);
        let seconds: Vec<Decimal> = if quantity > Decimal::ONE { few.collect() } else { vec![Decimal::ZERO] };
        seconds.into_iter().find_map(|second| {
            let middle = if second.is_zero() { second } else { self.minor.round(net / quantity * second) };
            (0..=SHIFT_MAX).flat_map(|step| [step, -step]).find_map(|step| {
                let moved = middle + Decimal::new(step, self.minor.digits());
                let rest = net - moved;
                if moved <= Decimal::ZERO || rest <= Decimal::ZERO {
                    return None;
                }
                let (a, b) = (self.part(line, quantity - second, rest)?, self.part(line, second, moved)?);
                self.taxed(&[&a, &b], line).then(|| vec![a, b])
            })
        })
    }

    /// So many pieces for so much; without pieces, an amount.
    fn part(&self, line: &Line, quantity: Decimal, net: Decimal) -> Option<Entry> {
        let name = match &line.options {
            Some(options) => format!("{} ({options})", line.name),
            None => line.name.to_string(),
        };
        let pieces = !quantity.is_zero();
        let quantity = if pieces { quantity } else { Decimal::ONE };
        let exact = net.checked_div(quantity)?;
        let price = (self.minor.digits()..=self.price_digits).find_map(|digits| {
            let price = even(exact, digits);
            (self.amount(quantity, price)? == net).then_some(price.normalize())
        })?;
        Some(Entry {
            sku: if pieces { line.sku.to_string() } else { self.allowance_sku.into() },
            name,
            unit: line.unit.clone().filter(|_| pieces),
            quantity: quantity.normalize(),
            price,
            rate: line.tax_rate,
        })
    }

    /// Whether the parts of the line come to its tax, as far as parts decide that.
    fn taxed(&self, parts: &[&Entry], line: &Line) -> bool {
        match self.rounding {
            TaxRounding::Line => parts.iter().map(|p| self.round(tax(p))).sum::<Decimal>() == line.amounts.tax,
            TaxRounding::Document => true,
        }
    }

    fn document_tax(&self, entries: &[Entry]) -> Decimal {
        let mut taxes = BTreeMap::<Decimal, Decimal>::new();
        for entry in entries {
            *taxes.entry(entry.rate.normalize()).or_default() += tax(entry);
        }
        taxes.into_values().map(|tax| self.round(tax)).sum()
    }

    fn amount(&self, quantity: Decimal, price: Decimal) -> Option<Decimal> {
        quantity.checked_mul(price).map(|amount| self.round(amount))
    }

    fn round(&self, amount: Decimal) -> Decimal {
        even(amount, self.minor.digits())
    }
}

/// The ERP's own rounding.
fn even(amount: Decimal, digits: u32) -> Decimal {
    amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven)
}

/// The tax of a line before it is rounded.
fn tax(entry: &Entry) -> Decimal {
    entry.quantity * entry.price * entry.rate / Decimal::ONE_HUNDRED
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Amounts, LineKind};
    use proptest::prelude::*;

    fn ruling(rounding: TaxRounding) -> Ruling<'static> {
        Ruling { minor: Minor::of("CNY").unwrap(), rounding, price_digits: 4, allowance_sku: "ALLOWANCE" }
    }

    fn by_line() -> Ruling<'static> {
        ruling(TaxRounding::Line)
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

    fn said(lines: &[Line], ruling: Ruling<'_>) -> Vec<(String, String, String)> {
        let entries = entries(lines, ruling).unwrap();
        entries.into_iter().map(|e| (e.sku, e.quantity.to_string(), e.price.to_string())).collect()
    }

    fn row(sku: &str, quantity: &str, price: &str) -> (String, String, String) {
        (sku.into(), quantity.into(), price.into())
    }

    #[test]
    fn a_price_has_as_few_digits_as_give_the_net() {
        assert_eq!(said(&[of("2", "100.00", "13.00")], by_line()), [row("A", "2", "50")]);
        assert_eq!(said(&[of("3", "100.00", "13.00")], by_line()), [row("A", "3", "33.333")]);
        assert_eq!(said(&[of("0", "5.00", "0.65")], by_line()), [row("ALLOWANCE", "1", "5")]);
        assert_eq!(said(&[of("1", "0.00", "0.00")], by_line()), [row("A", "1", "0")]);
    }

    /// Of 700 pieces four digits are too few: one of them takes the rest.
    #[test]
    fn many_pieces_leave_one_with_a_price_of_its_own() {
        let entries = entries(&[of("700", "33.33", "4.33")], by_line()).unwrap();
        let sums: (Decimal, Decimal) = (
            entries.iter().map(|e| e.quantity).sum(),
            entries.iter().map(|e| by_line().amount(e.quantity, e.price).unwrap()).sum(),
        );
        assert_eq!((entries.len(), sums), (2, (d("700"), d("33.33"))));
    }

    #[test]
    fn a_tax_that_is_a_cent_off_is_met_in_two_lines() {
        assert_eq!(said(&[of("1", "88.49", "11.51")], by_line()).len(), 2);
        assert_eq!(said(&[of("3", "88.49", "11.51")], by_line()).len(), 2);
        let refused = entries(&[of("1", "100.00", "20.00")], by_line()).unwrap_err();
        assert!(refused.contains("a tax of 20.00"), "{refused}");
    }

    #[test]
    fn by_document_a_difference_is_refused_with_the_remedy() {
        let by_document = ruling(TaxRounding::Document);
        let lines = [of("1", "10.04", "1.31"), of("1", "10.04", "1.31"), of("1", "10.04", "1.31")];
        assert_eq!(entries(&lines, by_line()).unwrap().len(), 3);
        let refused = entries(&lines, by_document).unwrap_err();
        assert!(
            refused.contains("would compute 3.92") && refused.contains("3.93") && refused.contains("Per Line"),
            "{refused}"
        );
        assert_eq!(entries(&lines[..1], by_document).unwrap().len(), 1);
    }

    proptest! {
        /// Whatever a shop with prices that include tax charges, the ERP arrives at it.
        #[test]
        fn what_a_shop_charges_is_met(total in 100i64..10_000_000, quantity in 1u32..2000, rate in prop::sample::select(vec![0i64, 6, 9, 13, 19, 25])) {
            let (total, rate) = (Decimal::new(total, 2), Decimal::from(rate));
            let tax_of = by_line().minor.included_tax(total, rate);
            let line = line(Decimal::from(quantity), total - tax_of, tax_of, rate);
            prop_assume!(line.amounts.net >= Decimal::from(quantity) / Decimal::TEN);
            let entries = entries(std::slice::from_ref(&line), by_line()).unwrap();
            prop_assert!(entries.len() <= 2);
            prop_assert_eq!(entries.iter().map(|e| by_line().amount(e.quantity, e.price).unwrap()).sum::<Decimal>(), line.amounts.net);
            prop_assert_eq!(entries.iter().map(|e| by_line().round(tax(e))).sum::<Decimal>(), line.amounts.tax);
            prop_assert!(entries.iter().all(|e| e.price.scale() <= 4));
        }
    }
}
