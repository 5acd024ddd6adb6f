//! A document's lines as entries: rows of quantity and unit price, from which the ERP computes our amounts by itself.
//!
//! The ERP works out `amount = round(quantity × price)`, halves away from zero. So a line carries the price that gives its amount,
//! or, where none does, a lower one and a second entry without pieces for the rest: the pieces of a line are in one row, so that
//! a credit note can name it, and none is credited above the price that it was sold at. An ERP that is given the tax
//! ([`TaxBy::Given`]) is given it by rate ([`taxes`]); for one that works it out for each entry the parts (three at most) are
//! chosen so that it comes to ours.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::settings::{Prices, TaxBy};
use crate::document::{Amounts, Line, Minor};

/// How far a price is lowered until the taxes of the two parts fit, in steps of its last digit.
const SHIFT_MAX: i64 = 200;

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The document's line that it is of.
    pub line: u32,
    /// False where it is an amount without pieces.
    pub pieces: bool,
    pub sku: String,
    /// What the customer was shown.
    pub name: String,
    /// The unit of measure, where it is not the item's own.
    pub unit: Option<String>,
    /// One, where it is an amount without pieces.
    pub quantity: Decimal,
    /// With or without tax, as the config says.
    pub price: Decimal,
    /// Quantity times price, rounded.
    pub amount: Decimal,
    /// Percent.
    pub rate: Decimal,
}

/// How entries are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ruling<'a> {
    pub minor: Minor,
    pub prices: &'a Prices,
}

/// The entries of lines; no piece of a line is priced above what `price_max` says.
///
/// # Errors
/// A sentence about what cannot be written exactly.
pub(super) fn entries(
    lines: &[Line],
    ruling: Ruling<'_>,
    price_max: impl Fn(&Line) -> Option<Decimal>,
) -> Result<Vec<Entry>, String> {
    if lines.is_empty() {
        return Err("it has no lines".into());
    }
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        entries.extend(ruling.line(line, price_max(line))?);
    }
    match ruling.prices.entries_max {
        Some(max) if entries.len() > max => Err(format!(
            "its {} lines need {} entries; the ERP takes {max} at most (erp.prices.entries_max): enter it by hand",
            lines.len(),
            entries.len()
        )),
        Some(_) | None => Ok(entries),
    }
}

/// What lines come to, by rate.
pub(super) fn taxes(lines: &[Line]) -> BTreeMap<Decimal, Amounts> {
    let mut taxes = BTreeMap::<Decimal, Amounts>::new();
    for line in lines {
        *taxes.entry(line.tax_rate.normalize()).or_default() += line.amounts;
    }
    taxes
}

impl Ruling<'_> {
    fn line(&self, line: &Line, price_max: Option<Decimal>) -> Result<Vec<Entry>, String> {
        let amount = if self.prices.include_tax { line.amounts.total } else { line.amounts.net };
        if line.quantity.is_zero() && line.amounts.is_zero() {
            return Err(format!("line {} has neither pieces nor an amount", line.no));
        }
        let found = match line.quantity.is_zero() {
            true => [1, 2].into_iter().find_map(|rests| self.rests(line, Vec::new(), amount, rests)),
            false => self.pieces(line, amount, price_max),
        };
        found.ok_or_else(|| {
            format!(
                "line {}: no entries of {amount} in all at {} %, with unit prices of {} digits, have a tax of {}",
                line.no,
                line.tax_rate.normalize(),
                self.prices.digits,
                line.amounts.tax
            )
        })
    }

    /// The pieces at one price, and what that leaves in as few rows as can be.
    fn pieces(&self, line: &Line, amount: Decimal, price_max: Option<Decimal>) -> Option<Vec<Entry>> {
        let exact = amount.checked_div(line.quantity)?;
        let digits = self.prices.digits;
        let low = exact.min(price_max.unwrap_or(exact)).round_dp_with_strategy(digits, RoundingStrategy::ToZero);
        let near = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        let near = price_max.is_none_or(|max| near <= max).then_some(near);
        let lower = (0..=SHIFT_MAX).map(|step| low - Decimal::new(step, digits));
        let prices: Vec<Decimal> =
            near.into_iter().chain(lower).filter(|price| !price.is_sign_negative() || price.is_zero()).collect();
        (0..=2).find_map(|rests| {
            prices.iter().find_map(|price| {
                let pieces = self.entry(line, line.quantity, *price)?;
                let rest = amount - pieces.amount;
                self.rests(line, vec![pieces], rest, rests)
            })
        })
    }

    /// The parts with an amount beside them, in so many rows; `None` where they do not come to the line's tax.
    fn rests(&self, line: &Line, mut parts: Vec<Entry>, rest: Decimal, rows: u8) -> Option<Vec<Entry>> {
        match rows {
            0 if rest.is_zero() => self.taxed(&parts, line).then_some(parts),
            1 if rest > Decimal::ZERO || parts.is_empty() => {
                parts.push(self.rest(line, rest)?);
                self.taxed(&parts, line).then_some(parts)
            }
            2 if self.prices.tax == TaxBy::Entry => (1..=SHIFT_MAX).find_map(|units| {
                let first = self.minor.unit() * Decimal::from(units);
                if first >= rest {
                    return None;
                }
                let mut parts = parts.clone();
                parts.extend([self.rest(line, rest - first)?, self.rest(line, first)?]);
                self.taxed(&parts, line).then_some(parts)
            }),
            _ => None,
        }
    }

    /// An amount without pieces.
    fn rest(&self, line: &Line, amount: Decimal) -> Option<Entry> {
        self.entry(line, Decimal::ZERO, amount).filter(|entry| entry.amount == amount)
    }

    fn entry(&self, line: &Line, quantity: Decimal, price: Decimal) -> Option<Entry> {
        let name = match &line.options {
            Some(options) => format!("{} ({options})", line.name),
            None => line.name.to_string(),
        };
        let pieces = !quantity.is_zero();
        let quantity = if pieces { quantity.normalize() } else { Decimal::ONE };
        if price.normalize().scale() > self.prices.digits {
            return None;
        }
        Some(Entry {
            line: line.no,
            pieces,
            sku: if pieces { line.sku.to_string() } else { self.prices.allowance_sku.clone() },
            name,
            unit: line.unit.clone().filter(|_| pieces),
            amount: self.minor.round(quantity.checked_mul(price)?),
            quantity,
            price: price.normalize(),
            rate: line.tax_rate.normalize(),
        })
    }

    /// Whether the ERP comes to the line's tax.
    fn taxed(&self, parts: &[Entry], line: &Line) -> bool {
        match self.prices.tax {
            TaxBy::Given => true,
            TaxBy::Entry => parts.iter().map(|part| self.tax(part)).sum::<Decimal>() == line.amounts.tax,
        }
    }

    /// The tax of an entry, as the ERP works it out.
    pub(super) fn tax(&self, entry: &Entry) -> Decimal {
        match self.prices.include_tax {
            true => self.minor.included_tax(entry.amount, entry.rate),
            false => self.minor.round(entry.amount * entry.rate / Decimal::ONE_HUNDRED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::LineKind;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
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

    fn ruling(prices: &Prices) -> Ruling<'_> {
        Ruling { minor: Minor::of("CNY").unwrap(), prices }
    }

    fn said(line: &Line, prices: &Prices, price_max: Option<&str>) -> Result<Vec<String>, String> {
        let entries = entries(std::slice::from_ref(line), ruling(prices), |_| price_max.map(d))?;
        Ok(entries.iter().map(|e| format!("{} {} × {}", e.sku, e.quantity, e.price)).collect())
    }

    #[test]
    fn the_pieces_of_a_line_are_in_one_row() {
        let given = Prices::default();
        assert_eq!(said(&of("2", "100.00", "13.00"), &given, None).unwrap(), ["A 2 × 50"]);
        assert_eq!(said(&of("3", "100.00", "9.99"), &given, None).unwrap(), ["A 3 × 33.33", "ALLOWANCE 1 × 0.01"]);
        assert_eq!(
            said(&of("1", "33.34", "4.33"), &given, Some("33.33")).unwrap(),
            ["A 1 × 33.33", "ALLOWANCE 1 × 0.01"]
        );
        assert_eq!(said(&of("1", "30.00", "3.90"), &given, Some("33.33")).unwrap(), ["A 1 × 30"]);
        assert_eq!(said(&of("0", "5.00", "0.65"), &given, None).unwrap(), ["ALLOWANCE 1 × 5"]);
        assert_eq!(said(&of("1", "0.00", "0.00"), &given, None).unwrap(), ["A 1 × 0"]);
        assert_eq!(said(&of("1.50", "10.00", "1.30"), &given, None).unwrap(), ["A 1.5 × 6.66", "ALLOWANCE 1 × 0.01"]);
        let fine = Prices { digits: 3, ..Prices::default() };
        assert_eq!(said(&of("3", "100.00", "13.00"), &fine, None).unwrap(), ["A 3 × 33.333"]);
        assert!(said(&of("0", "0.00", "0.00"), &given, None).unwrap_err().contains("neither pieces"));
        let few = Prices { entries_max: Some(1), ..Prices::default() };
        assert!(said(&of("3", "100.00", "9.99"), &few, None).unwrap_err().contains("need 2 entries"));
    }

    #[test]
    fn a_tax_that_the_erp_works_out_is_met_in_two_rows_or_refused() {
        let by_entry = Prices { tax: TaxBy::Entry, ..Prices::default() };
        assert_eq!(said(&of("2", "100.00", "13.00"), &by_entry, None).unwrap(), ["A 2 × 50"]);
        assert_eq!(said(&of("1", "88.49", "11.51"), &by_entry, None).unwrap().len(), 2);
        assert!(said(&of("1", "100.00", "20.00"), &by_entry, None).unwrap_err().contains("a tax of 20.00"));
        let gross = Prices { include_tax: true, ..by_entry };
        assert_eq!(said(&of("3", "88.50", "11.50"), &gross, None).unwrap(), ["A 3 × 33.33", "ALLOWANCE 1 × 0.01"]);
    }

    #[test]
    fn where_a_price_moves_no_tax_the_rest_is_in_two_rows() {
        let by_entry = Prices { tax: TaxBy::Entry, ..Prices::default() };
        let line = line(d("100"), d("99.95"), d("13.00"), d("13"));
        assert_eq!(said(&line, &by_entry, None).unwrap().len(), 3);
    }

    #[test]
    fn taxes_are_added_up_by_rate() {
        let lines = [of("1", "10.00", "1.30"), of("1", "1.00", "0.13"), line(d("1"), d("2"), d("0"), d("0.00"))];
        let sums = taxes(&lines).into_iter().map(|(rate, a)| (rate.to_string(), a.tax.to_string()));
        assert_eq!(sums.collect::<Vec<_>>(), [("0".into(), "0".into()), ("13".into(), "1.43".into())]);
    }

    proptest! {
        /// What a shop with prices that include tax charges, an ERP that taxes each entry arrives at.
        #[test]
        fn what_a_shop_charges_is_met(
            total in 100i64..10_000_000,
            quantity in 1u32..2000,
            rate in prop::sample::select(vec![0i64, 6, 9, 13, 19, 25]),
            include_tax in any::<bool>(),
        ) {
            let prices = Prices { tax: TaxBy::Entry, include_tax, ..Prices::default() };
            let ruling = ruling(&prices);
            let (total, rate) = (Decimal::new(total, 2), Decimal::from(rate));
            let tax = ruling.minor.included_tax(total, rate);
            let line = line(Decimal::from(quantity), total - tax, tax, rate);
            let entries = entries(std::slice::from_ref(&line), ruling, |_| None).unwrap();
            prop_assert!(entries.len() <= 3 && entries.iter().skip(1).all(|e| !e.pieces));
            let amount: Decimal = entries.iter().map(|e| e.amount).sum();
            prop_assert_eq!(amount, if include_tax { total } else { total - tax });
            prop_assert_eq!(entries.iter().map(|e| ruling.tax(e)).sum::<Decimal>(), tax);
        }

        #[test]
        fn whatever_is_charged_the_rows_come_to_it(
            amount in 0i64..10_000_000,
            quantity in 1i64..2_000_000,
            digits in 2u32..6,
            price_max in prop::option::of(0i64..100_000),
        ) {
            let (amount, quantity) = (Decimal::new(amount, 2), Decimal::new(quantity, 3));
            let prices = Prices { digits, ..Prices::default() };
            let price_max = price_max.map(|max| Decimal::new(max, 2));
            let line = line(quantity, amount, Decimal::ZERO, Decimal::ZERO);
            let entries = entries(std::slice::from_ref(&line), ruling(&prices), |_| price_max).unwrap();
            prop_assert_eq!(entries.iter().map(|e| e.amount).sum::<Decimal>(), amount);
            prop_assert!(entries.len() <= 2 && entries.iter().all(|e| e.price.scale() <= digits && !e.amount.is_sign_negative()));
            prop_assert!(price_max.is_none_or(|max| entries[0].price <= max));
        }
    }
}
