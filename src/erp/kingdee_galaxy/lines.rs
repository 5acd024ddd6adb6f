//! A document's lines as entries of a form: one or two each, whose amounts the ERP computes to ours.
//!
//! With tax included in prices the ERP works out `amount = round(quantity × price with tax)` and takes
//! `round(amount × rate / (100 + rate))` of it as tax (assumption 1 of the module's). It keeps a price with the digits that the
//! currency says, so an entry carries a price with as few as give the amount. Where none does, or the tax is off by a rounding, the
//! pieces but a few have a price that fits and those take the rest; beside a single piece stands an amount. Each entry says in its
//! note which line it is for, with `*` for an amount without pieces: so a later return finds what it takes back, and what is read
//! back is compared line by line.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::document::{Amounts, Line, Minor};
use crate::erp::marked::Mark;

/// The most entries of one form. The vendor names no limit; a form of so many is saved in time.
pub(super) const ENTRIES_MAX: usize = 500;
/// How far a price is shifted until two parts fit, in steps.
const SHIFT_MAX: i64 = 100;
/// How many pieces may get a price of their own: of a hundred and one pieces a step of the others' price moves no tax.
const FEW_PIECES: [u32; 5] = [1, 2, 3, 5, 8];

/// How lines are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ruling<'a> {
    pub minor: Minor,
    /// Digits of a unit price after the point.
    pub price_digits: u32,
    /// The number of the service that carries amounts without pieces.
    pub allowance_sku: &'a str,
}

/// One row of a form; quantities and amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Which line of the document it is for.
    pub mark: Mark,
    /// The item's number.
    pub sku: String,
    /// The number of the unit of measure, where the line has one.
    pub unit: Option<String>,
    /// Pieces; one for an amount without pieces.
    pub quantity: Decimal,
    /// Unit price with tax.
    pub price: Decimal,
    /// Percent.
    pub rate: Decimal,
    /// What the ERP computes for it.
    pub amounts: Amounts,
    /// For a return: the entry that sold it.
    pub source: Option<Source>,
}

/// An entry of an earlier form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The form's id and its number.
    pub bill: String,
    pub number: String,
    /// The entry's id in it.
    pub entry: String,
}

/// An entry that sold pieces, and how many of them have not come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sold {
    pub source: Source,
    pub open: Decimal,
}

/// So many pieces, none for an amount alone, for so much with tax.
#[derive(Debug, Clone, Copy)]
struct Part {
    quantity: Decimal,
    price: Decimal,
    total: Decimal,
}

impl Ruling<'_> {
    /// Entries of a form that sells, or that credits what no form of ours sold.
    ///
    /// # Errors
    /// A sentence about the line that cannot be written exactly.
    pub(super) fn entries(&self, lines: &[Line]) -> Result<Vec<Entry>, String> {
        let mut entries = Vec::with_capacity(lines.len());
        for line in lines {
            entries.extend(self.line(line, None)?);
        }
        bounded(entries)
    }

    /// Entries of a form that takes back; `sold` has what sold the pieces of a line, in its order.
    ///
    /// # Errors
    /// A sentence about the line that cannot be written exactly, or that takes back more than is left.
    pub(super) fn returned<'s>(
        &self,
        lines: &[Line],
        sold: impl Fn(&str, u32) -> &'s [Sold],
    ) -> Result<Vec<Entry>, String> {
        let mut entries = Vec::with_capacity(lines.len());
        for line in lines {
            let by = line.sold_by.as_ref().filter(|_| !line.quantity.is_zero());
            let Some(by) = by else {
                // Amounts, and pieces of an order that the ERP had before we came: no form of ours sold them.
                entries.extend(self.line(line, None)?);
                continue;
            };
            let open = sold(&by.document, by.line);
            let takes = take_back(line.quantity, open).ok_or_else(|| {
                let left: Decimal = open.iter().map(|s| s.open.max(Decimal::ZERO)).sum();
                format!(
                    "line {} returns {} of {}, but line {} of {} has {} left in the ERP",
                    line.no,
                    line.quantity.normalize(),
                    line.sku,
                    by.line,
                    by.document,
                    left.normalize()
                )
            })?;
            match &takes[..] {
                [(source, _)] => entries.extend(self.line(line, Some(source))?),
                _ => entries.extend(self.spread(line, &takes)?),
            }
        }
        bounded(entries)
    }

    fn line(&self, line: &Line, source: Option<&Source>) -> Result<Vec<Entry>, String> {
        let (quantity, total) = (line.quantity.normalize(), line.amounts.total);
        if quantity.is_zero() && total.is_zero() {
            return Err(format!("line {} has neither pieces nor an amount", line.no));
        }
        let one = self.part(quantity, total).map(|part| vec![part]).filter(|parts| self.taxed(parts, line));
        let parts = one.or_else(|| self.two(line, quantity)).ok_or_else(|| self.unwritable(line))?;
        Ok(parts.into_iter().map(|part| self.entry(line, part, source)).collect())
    }

    /// All but a few pieces, and those; else the pieces and an amount.
    fn two(&self, line: &Line, quantity: Decimal) -> Option<Vec<Part>> {
        let total = line.amounts.total;
        let few = FEW_PIECES.iter().map(|n| Decimal::from(*n)).filter(|few| quantity > *few);
        few.chain([Decimal::ZERO]).find_map(|last| {
            let first = quantity - last;
            let pieces = if first.is_zero() { Decimal::ONE } else { first };
            let middle = total.checked_div(if quantity.is_zero() { pieces } else { quantity })?;
            let digits = self.step_digits(pieces);
            let middle = middle.round_dp_with_strategy(digits, RoundingStrategy::ToZero);
            (0..=SHIFT_MAX).flat_map(|step| [step, -step]).find_map(|step| {
                let price = middle + Decimal::new(step, digits);
                let amount = self.amount(pieces, price)?;
                if price <= Decimal::ZERO || amount >= total {
                    return None;
                }
                let parts = vec![self.part(first, amount)?, self.part(last, total - amount)?];
                self.taxed(&parts, line).then_some(parts)
            })
        })
    }

    /// Spreads the line over several entries that sold it, by their pieces, so that the taxes add up too.
    fn spread(&self, line: &Line, takes: &[(Source, Decimal)]) -> Result<Vec<Entry>, String> {
        let weights: Vec<Decimal> = takes.iter().map(|(_, quantity)| *quantity).collect();
        let shares = self.minor.allocate(line.amounts.total, &weights).ok_or_else(|| self.unwritable(line))?;
        for step in (0..=SHIFT_MAX).flat_map(|step| [step, -step]) {
            let mut shifted = shares.clone();
            shifted[0] += Decimal::new(step, self.minor.digits());
            shifted[1] -= Decimal::new(step, self.minor.digits());
            if shifted.iter().any(Decimal::is_sign_negative) {
                continue;
            }
            let parts: Option<Vec<Part>> = takes.iter().zip(&shifted).map(|((_, q), t)| self.part(*q, *t)).collect();
            if let Some(parts) = parts.filter(|parts| self.taxed(parts, line)) {
                let entry = |(part, (source, _)): (Part, &(Source, Decimal))| self.entry(line, part, Some(source));
                return Ok(parts.into_iter().zip(takes).map(entry).collect());
            }
        }
        Err(self.unwritable(line))
    }

    /// The digits in which a price is shifted: the last of them moves the amount of so many pieces by a minor unit at least.
    fn step_digits(&self, pieces: Decimal) -> u32 {
        let minor = self.minor.digits().min(self.price_digits);
        let moves = |digits: &u32| pieces * Decimal::new(1, *digits) >= Decimal::new(1, self.minor.digits());
        (minor..=self.price_digits).rev().find(moves).unwrap_or(minor)
    }

    /// So many pieces for so much, if a price does it.
    fn part(&self, quantity: Decimal, total: Decimal) -> Option<Part> {
        let pieces = if quantity.is_zero() { Decimal::ONE } else { quantity };
        let exact = total.checked_div(pieces)?;
        let price = (0..=self.price_digits).find_map(|digits| {
            let price = exact.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
            (self.amount(pieces, price)? == total).then_some(price.normalize())
        })?;
        Some(Part { quantity, price, total })
    }

    fn taxed(&self, parts: &[Part], line: &Line) -> bool {
        let taxes: Decimal = parts.iter().map(|part| self.minor.included_tax(part.total, line.tax_rate)).sum();
        taxes == line.amounts.tax
    }

    fn amount(&self, quantity: Decimal, price: Decimal) -> Option<Decimal> {
        quantity.checked_mul(price).map(|amount| self.minor.round(amount))
    }

    fn entry(&self, line: &Line, part: Part, source: Option<&Source>) -> Entry {
        let value_only = part.quantity.is_zero();
        let total = self.minor.round(part.total);
        Entry {
            mark: Mark { line: line.no, value_only },
            sku: if value_only { self.allowance_sku.into() } else { line.sku.to_string() },
            unit: line.unit.clone().filter(|_| !value_only),
            quantity: if value_only { Decimal::ONE } else { part.quantity.normalize() },
            price: part.price,
            rate: line.tax_rate.normalize(),
            amounts: Amounts::from_total(total, self.minor.included_tax(total, line.tax_rate)),
            source: source.filter(|_| !value_only).cloned(),
        }
    }

    fn unwritable(&self, line: &Line) -> String {
        format!(
            "line {}: no two entries of {} in all at {} %, with unit prices of {} digits, have a tax of {}; the ERP computes {}",
            line.no,
            line.amounts.total,
            line.tax_rate.normalize(),
            self.price_digits,
            line.amounts.tax,
            self.minor.included_tax(line.amounts.total, line.tax_rate)
        )
    }
}

fn bounded(entries: Vec<Entry>) -> Result<Vec<Entry>, String> {
    match entries.len() {
        0 => Err("it has no lines".into()),
        1..=ENTRIES_MAX => Ok(entries),
        n => Err(format!("it needs {n} entries; {ENTRIES_MAX} is the most that is sent in one form: enter it by hand")),
    }
}

/// Which entries the pieces are taken from: one that has them all, else the first ones that do together.
fn take_back(quantity: Decimal, open: &[Sold]) -> Option<Vec<(Source, Decimal)>> {
    if let Some(one) = open.iter().find(|s| s.open >= quantity) {
        return Some(vec![(one.source.clone(), quantity)]);
    }
    let mut left = quantity;
    let mut takes = Vec::new();
    for sold in open.iter().filter(|s| s.open > Decimal::ZERO) {
        let taken = sold.open.min(left);
        takes.push((sold.source.clone(), taken));
        left -= taken;
        if left.is_zero() {
            return Some(takes);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::document::{LineKind, SoldBy};
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn cent() -> Minor {
        Minor::of("CNY").unwrap()
    }

    fn ruling(price_digits: u32) -> Ruling<'static> {
        Ruling { minor: cent(), price_digits, allowance_sku: "ALLOWANCE" }
    }

    fn line(quantity: &str, total: &str, tax: &str, rate: &str) -> Line {
        Line {
            no: 1,
            key: "1".into(),
            kind: LineKind::Goods,
            sku: "A".into(),
            options: None,
            name: "茶".into(),
            quantity: d(quantity),
            unit: None,
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: d(rate),
            amounts: Amounts::from_total(d(total), d(tax)),
            sold_by: Some(SoldBy { document: "S1".into(), line: 3 }),
            extra: BTreeMap::new(),
        }
    }

    fn sold(open: &[&str]) -> Vec<Sold> {
        let source = |i: usize| Source { bill: "9".into(), number: "S1-CK".into(), entry: i.to_string() };
        open.iter().enumerate().map(|(i, open)| Sold { source: source(i), open: d(open) }).collect()
    }

    /// What the ERP computes.
    fn amounts(entries: &[Entry]) -> (Decimal, Decimal) {
        let totals: Vec<Decimal> = entries.iter().map(|e| cent().round(e.quantity * e.price)).collect();
        let taxes = entries.iter().zip(&totals).map(|(e, t)| cent().included_tax(*t, e.rate)).sum();
        (totals.iter().sum(), taxes)
    }

    #[test]
    fn marks_come_back() {
        for mark in [Mark { line: 7, value_only: false }, Mark { line: 12, value_only: true }] {
            assert_eq!(Mark::parse(&mark.note()), Some(mark));
        }
        assert_eq!([Mark::parse("hello"), Mark::parse("")], [None, None]);
    }

    #[test]
    fn a_price_has_the_digits_that_it_needs_and_no_more_than_the_account_keeps() {
        let entries = ruling(6).entries(&[line("3", "10.00", "1.15", "13")]).unwrap();
        assert_eq!((entries.len(), entries[0].price), (1, d("3.333")));
        let entries = ruling(2).entries(&[line("3", "10.00", "1.15", "13")]).unwrap();
        assert_eq!(
            entries.iter().map(|e| (e.quantity, e.price)).collect::<Vec<_>>(),
            [(d("2"), d("3.33")), (d("1"), d("3.34"))]
        );
        assert_eq!(amounts(&entries), (d("10.00"), d("1.15")));
    }

    #[test]
    fn a_tax_that_is_a_cent_off_takes_two_entries() {
        let entries = ruling(6).entries(&[line("1", "100.00", "11.51", "13")]).unwrap();
        assert_eq!(amounts(&entries), (d("100.00"), d("11.51")));
        let said: Vec<_> = entries.iter().map(|e| (e.sku.as_str(), e.mark.value_only, e.quantity)).collect();
        assert_eq!(said, [("A", false, d("1")), ("ALLOWANCE", true, d("1"))]);
    }

    #[test]
    fn a_line_that_cannot_be_written_is_refused_in_a_sentence() {
        let error = ruling(6).entries(&[line("1", "100.00", "50.00", "13")]).unwrap_err();
        assert!(error.starts_with("line 1: no two entries of 100.00 in all at 13 %"), "{error}");
        assert_eq!(ruling(6).entries(&[]).unwrap_err(), "it has no lines");
        assert!(ruling(6).entries(&[line("0", "0.00", "0.00", "13")]).unwrap_err().contains("neither"));
        let many = vec![line("1", "1.00", "0.12", "13"); 501];
        assert!(ruling(6).entries(&many).unwrap_err().contains("501 entries"));
    }

    #[test]
    fn a_return_takes_from_one_entry_where_it_can_and_from_two_where_it_must() {
        let open = sold(&["1", "2"]);
        let one = ruling(6).returned(&[line("2", "20.00", "2.30", "13")], |_, _| &open).unwrap();
        assert_eq!(one.iter().map(|e| e.source.as_ref().unwrap().entry.as_str()).collect::<Vec<_>>(), ["1"]);
        let two = ruling(6).returned(&[line("3", "30.00", "3.45", "13")], |_, _| &open).unwrap();
        assert_eq!(two.iter().map(|e| e.quantity).collect::<Vec<_>>(), [d("1"), d("2")]);
        assert_eq!(amounts(&two), (d("30.00"), d("3.45")));
        let error = ruling(6).returned(&[line("4", "40.00", "4.60", "13")], |_, _| &open).unwrap_err();
        assert_eq!(error, "line 1 returns 4 of A, but line 3 of S1 has 3 left in the ERP");
    }

    #[test]
    fn an_amount_without_pieces_and_pieces_that_nobody_sold_have_no_source() {
        let mut old = line("2", "20.00", "2.30", "13");
        old.sold_by = None;
        let entries = ruling(6).returned(&[line("0", "5.00", "0.58", "13"), old], |_, _| &[]).unwrap();
        let said: Vec<_> = entries.iter().map(|e| (e.source.clone(), e.quantity)).collect();
        assert_eq!(said, [(None, d("1")), (None, d("2"))]);
    }

    proptest! {
        #[test]
        fn the_erp_arrives_at_our_amounts(cents in 1i64..10_000_000, quantity in 1u32..500, digits in 2u32..8, off in -1i64..=1) {
            let total = Decimal::new(cents, 2);
            let tax = cent().included_tax(total, d("13")) + Decimal::new(off, 2);
            let mut line = line("1", "1.00", "0.12", "13");
            line.quantity = quantity.into();
            line.amounts = Amounts::from_total(total, tax);
            if let Ok(entries) = ruling(digits).entries(&[line]) {
                prop_assert_eq!(amounts(&entries), (total, tax));
                let ours: Amounts = entries.iter().map(|e| e.amounts).sum();
                prop_assert_eq!((ours.total, ours.tax), (total, tax));
                let pieces: Decimal = entries.iter().filter(|e| !e.mark.value_only).map(|e| e.quantity).sum();
                prop_assert_eq!(pieces, Decimal::from(quantity));
                prop_assert!(entries.iter().all(|e| e.price.scale() <= digits));
            } else {
                prop_assert!(off != 0 || total < Decimal::from(quantity), "a plain line must be written");
            }
        }
    }
}
