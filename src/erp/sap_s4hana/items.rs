//! A document's lines as items, each priced so that the system arrives at our amounts.
//!
//! An item has a manual price without tax, an amount for a number of pieces (`ConditionRateValue` for `ConditionQuantity`), so that
//! any net comes out to the cent: 100.00 for 3. The system taxes the net of each item by itself and rounds, half away from zero. A
//! shop that takes the tax out of a price may be a cent off; then a second item, of the product for amounts without pieces, holds
//! as many cents as make both taxes add up. Pieces never stand in two items of a line: what comes back later names one.
//!
//! An item's number says what it is for: ten times the line's, plus 0 for pieces and 5 or 6 for amounts without pieces. So a return
//! finds the item that sold its goods, and what is read back is compared line by line.

use rust_decimal::Decimal;

use crate::document::{Line, Minor};

/// The most items of a document: an accounting document has no more lines.
pub(super) const ITEMS_MAX: usize = 999;
/// How far the two items of a line are shifted against each other until their taxes fit, in minor units.
const SHIFT_MAX: i64 = 200;
/// Pieces that a price can be for (`ConditionQuantity`, five digits).
const PRICED_PIECES_MAX: i64 = 99_999;
/// Digits after the point that a quantity has.
const QUANTITY_DIGITS: u32 = 3;
/// Item numbers of a line.
const PER_LINE: u32 = 10;
/// The first that has no pieces.
const VALUE: u32 = 5;

/// An item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The line that it is for.
    pub line: u32,
    /// Its number.
    pub item: u32,
    /// The product's number.
    pub sku: String,
    /// The unit of measure, where it is not the product's own.
    pub unit: Option<String>,
    /// Pieces; one for an amount without pieces.
    pub quantity: Decimal,
    /// Without tax.
    pub net: Decimal,
    /// What `per` pieces cost, without tax.
    pub price: Decimal,
    pub per: Decimal,
    /// Percent.
    pub rate: Decimal,
    /// In a credit note: what it takes back, or takes something off.
    pub source: Option<Source>,
}

/// An item of an earlier document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The document's number in the system.
    pub document: String,
    pub item: String,
    /// Its product.
    pub sku: String,
}

impl Entry {
    /// True for an amount without pieces.
    pub(super) fn value_only(&self) -> bool {
        is_value(self.item)
    }
}

/// True for the number of an item without pieces.
pub(super) fn is_value(item: u32) -> bool {
    item % PER_LINE >= VALUE
}

/// The line that an item of this number is for.
pub(super) fn line_of(item: u32) -> u32 {
    item / PER_LINE
}

/// The items of lines; `source` says what a line of a credit note refers to.
///
/// # Errors
/// A sentence about the line that cannot be written exactly.
pub(super) fn entries<'a>(
    lines: impl IntoIterator<Item = &'a Line>,
    minor: Minor,
    allowance_sku: &str,
    source: impl Fn(&Line) -> Option<Source>,
) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for line in lines {
        let source = source(line);
        for (i, net) in nets(line, minor)?.into_iter().enumerate() {
            entries.push(entry(line, i, net, minor, allowance_sku, source.clone())?);
        }
    }
    match entries.len() {
        0 => Err("it has no lines".into()),
        1..=ITEMS_MAX => Ok(entries),
        n => Err(format!("it needs {n} items; an accounting document has {ITEMS_MAX} at most")),
    }
}

fn entry(
    line: &Line,
    index: usize,
    net: Decimal,
    minor: Minor,
    allowance_sku: &str,
    source: Option<Source>,
) -> Result<Entry, String> {
    let pieces = line.quantity.normalize();
    let has_pieces = index == 0 && !pieces.is_zero();
    // A correction beside pieces is no part of what sold them.
    let source = source.filter(|_| index == 0 || pieces.is_zero());
    let quantity = if has_pieces { pieces } else { Decimal::ONE };
    if quantity.scale() > QUANTITY_DIGITS {
        return Err(format!("line {}: a quantity has {QUANTITY_DIGITS} digits, and {quantity} has more", line.no));
    }
    let (price, per) = price(quantity, net, minor).ok_or_else(|| {
        format!("line {}: no price for up to {PRICED_PIECES_MAX} pieces makes {quantity} cost {net}", line.no)
    })?;
    let sku = match (&source, has_pieces) {
        (_, true) => line.sku.to_string(),
        (Some(source), false) => source.sku.clone(),
        (None, false) => allowance_sku.to_owned(),
    };
    let of_line = match (has_pieces, pieces.is_zero()) {
        (true, _) => 0,
        (false, true) => VALUE + u32::try_from(index).unwrap_or(1),
        (false, false) => VALUE,
    };
    Ok(Entry {
        line: line.no,
        item: line.no * PER_LINE + of_line,
        sku,
        unit: line.unit.clone().filter(|_| has_pieces),
        quantity,
        net,
        price,
        per,
        rate: line.tax_rate,
        source,
    })
}

/// What the line's items cost, without tax.
fn nets(line: &Line, minor: Minor) -> Result<Vec<Decimal>, String> {
    let (net, tax) = (line.amounts.net, line.amounts.tax);
    if line.quantity.is_zero() && net.is_zero() && tax.is_zero() {
        return Err(format!("line {} has neither pieces nor an amount", line.no));
    }
    let taxed = |net: Decimal| minor.round(net * line.tax_rate / Decimal::ONE_HUNDRED);
    if taxed(net) == tax {
        return Ok(vec![net]);
    }
    for step in 1..=SHIFT_MAX {
        let moved = Decimal::new(step, minor.digits());
        if moved < net && taxed(net - moved) + taxed(moved) == tax {
            return Ok(vec![net - moved, moved]);
        }
    }
    Err(format!(
        "line {}: no two items of {net} in all at {} % have a tax of {tax}; the system computes {}",
        line.no,
        line.tax_rate.normalize(),
        taxed(net)
    ))
}

/// A price, and for how many pieces it is, as small as can be.
fn price(quantity: Decimal, net: Decimal, minor: Minor) -> Option<(Decimal, Decimal)> {
    let whole = |amount: Decimal| {
        let mut amount = amount;
        amount.rescale(amount.normalize().scale().max(minor.digits()));
        amount
    };
    let one = net.checked_div(quantity)?;
    if minor.holds(one) && one.checked_mul(quantity)? == net {
        return Some((whole(one), Decimal::ONE));
    }
    let scale = Decimal::from(10i64.pow(quantity.scale()));
    let per = (quantity * scale).normalize();
    (per <= Decimal::from(PRICED_PIECES_MAX)).then(|| (whole(net * scale), per))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::document::{Amounts, LineKind};

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn cent() -> Minor {
        Minor::of("CNY").unwrap()
    }

    fn line(quantity: &str, total: &str, tax: &str, rate: &str) -> Line {
        Line {
            no: 3,
            key: "1".into(),
            kind: LineKind::Goods,
            sku: "TEA".into(),
            options: None,
            name: "茶".into(),
            quantity: d(quantity),
            unit: Some("BAG".into()),
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: d(rate),
            amounts: Amounts::from_total(d(total), d(tax)),
            sold_by: None,
            extra: BTreeMap::new(),
        }
    }

    fn sold(line: &Line) -> Result<Vec<Entry>, String> {
        entries([line], cent(), "ALLOWANCE", |_| None)
    }

    /// What the system makes of an item.
    fn amounts(entries: &[Entry]) -> (Decimal, Decimal) {
        let nets: Vec<Decimal> = entries.iter().map(|e| cent().round(e.price * e.quantity / e.per)).collect();
        let taxes = entries.iter().zip(&nets).map(|(e, net)| cent().round(net * e.rate / Decimal::ONE_HUNDRED));
        (nets.iter().sum(), taxes.sum())
    }

    #[test]
    fn a_price_is_for_as_few_pieces_as_give_the_amount() {
        for (quantity, net, expected) in [
            ("2", "10.00", Some(("5.00", "1"))),
            ("3", "10.00", Some(("10.00", "3"))),
            ("1", "8.85", Some(("8.85", "1"))),
            ("0.5", "1.11", Some(("2.22", "1"))),
            ("1.5", "1.00", Some(("10.00", "15"))),
            ("200000", "100000.00", Some(("0.50", "1"))),
            ("200000", "100000.01", None),
            ("7", "0.00", Some(("0.00", "1"))),
        ] {
            let found = price(d(quantity), d(net), cent()).map(|(price, per)| (price.to_string(), per.to_string()));
            assert_eq!(found, expected.map(|(p, n)| (p.into(), n.into())), "{quantity} for {net}");
        }
    }

    #[test]
    fn a_tax_that_is_a_cent_off_takes_a_second_item_without_pieces() {
        // 88.50 at 13 % is 11.505, and the shop has 11.50.
        let entries = sold(&line("2", "100.00", "11.50", "13")).unwrap();
        let said: Vec<_> = entries.iter().map(|e| (e.item, e.sku.as_str(), e.quantity, e.unit.as_deref())).collect();
        assert_eq!(said, [(30, "TEA", d("2"), Some("BAG")), (35, "ALLOWANCE", d("1"), None)]);
        assert_eq!(amounts(&entries), (d("88.50"), d("11.50")));
        assert!(entries[1].value_only() && !entries[0].value_only() && line_of(entries[1].item) == 3);
    }

    #[test]
    fn an_amount_without_pieces_names_what_it_is_taken_off() {
        let source = Source { document: "5".into(), item: "30".into(), sku: "TEA".into() };
        let value = line("0", "100.00", "11.50", "13");
        let off = entries([&value], cent(), "ALLOWANCE", |_| Some(source.clone())).unwrap();
        let said: Vec<_> = off.iter().map(|e| (e.item, e.sku.as_str(), e.source.is_some())).collect();
        assert_eq!(said, [(35, "TEA", true), (36, "TEA", true)]);
        assert_eq!(amounts(&off), (d("88.50"), d("11.50")));
        let plain = sold(&line("0", "113.00", "13.00", "13")).unwrap();
        assert_eq!((plain.len(), plain[0].item, plain[0].sku.as_str()), (1, 35, "ALLOWANCE"));
        let back =
            entries([&line("1", "100.00", "11.50", "13")], cent(), "ALLOWANCE", |_| Some(source.clone())).unwrap();
        let said: Vec<_> = back.iter().map(|e| (e.item, e.sku.as_str(), e.source.is_some())).collect();
        assert_eq!(said, [(30, "TEA", true), (35, "ALLOWANCE", false)]);
    }

    #[test]
    fn what_cannot_be_written_is_said_in_a_sentence() {
        let said = |line: &Line| sold(line).unwrap_err();
        assert!(said(&line("1", "100.00", "50.00", "13")).contains("the system computes 6.50"));
        assert!(said(&line("0", "0.00", "0.00", "13")).contains("neither pieces nor an amount"));
        assert!(said(&line("1.0001", "113.00", "13.00", "13")).contains("3 digits"));
        assert_eq!(entries([], cent(), "ALLOWANCE", |_| None), Err("it has no lines".into()));
        let one = line("1", "1.13", "0.13", "13");
        let many = entries(std::iter::repeat_n(&one, 1000), cent(), "ALLOWANCE", |_| None).unwrap_err();
        assert_eq!(many, "it needs 1000 items; an accounting document has 999 at most");
    }

    proptest! {
        #[test]
        fn the_system_arrives_at_our_amounts(units in 0i64..10_000_000, quantity in 1u32..500, rate in 0usize..4, thirds in any::<bool>()) {
            let rate = [Decimal::ZERO, d("6"), d("13"), d("19")][rate];
            let total = Decimal::new(units, 2);
            let tax = cent().included_tax(total, rate);
            let mut line = line("1", "1.00", "0.00", "13");
            line.tax_rate = rate;
            line.quantity = if thirds { Decimal::new(quantity.into(), 3) } else { quantity.into() };
            line.amounts = Amounts::from_total(total, tax);
            match sold(&line) {
                Ok(entries) => {
                    prop_assert_eq!(amounts(&entries), (total - tax, tax));
                    let pieces: Decimal = entries.iter().filter(|e| !e.value_only()).map(|e| e.quantity).sum();
                    prop_assert_eq!(pieces, line.quantity);
                }
                // A few cents have no two parts.
                Err(said) => prop_assert!(units < 100, "{}: {}", total, said),
            }
        }
    }
}
