//! Documents as the ERP's forms: a line becomes one entry or two, whose amounts the ERP computes to ours.
//!
//! The ERP takes quantity, unit price with tax and rate, and works out `amount = round(qty × tax_price, 2)` and
//! `tax = round(amount × cess / (100 + cess), 2)` itself (assumption, as is that a unit price may have ten digits). So an
//! entry carries a price with as few digits as give the amount, and a line whose tax is off by a rounding is written in two
//! parts. Each entry says in its `comment` which line it is for, with `*` for an amount without pieces: that is how a
//! later return finds the entry it takes back, and how what is read back is compared line by line.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::settings::Allowance;
use crate::document::{CreditNote, DebitNote, Header, Line, Minor, SalesOrder, SoldBy, TaxedPart};
use crate::erp::marked::Mark;

/// The most entries of one form: the vendor saves no more rows at once.
pub(super) const ENTRIES_MAX: usize = 500;
/// How far two parts are shifted against each other until their taxes fit, in minor units.
const SHIFT_MAX: i64 = 100;

/// One row of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Which line of the document it is for.
    pub mark: Mark,
    /// The material's number.
    pub sku: String,
    /// The id of the unit of measure, where it is not the material's own.
    pub unit: Option<String>,
    /// Pieces; one for an amount without pieces.
    pub quantity: Decimal,
    /// Unit price with tax.
    pub price: Decimal,
    /// Percent.
    pub rate: Decimal,
    /// For a return: the entry that sold it.
    pub source: Option<Source>,
}

/// An entry of an earlier form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The form's id.
    pub bill: String,
    /// The entry's id in it.
    pub entry: String,
}

/// An entry that sold pieces, and how many of them have not come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sold {
    /// Where.
    pub source: Source,
    /// How many.
    pub open: Decimal,
}

/// What a material is in the ERP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Material {
    pub id: String,
    pub unit: String,
}

/// What entries are written with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account<'a> {
    /// The minor unit of the account's currency.
    pub minor: Minor,
    /// The number of the service that carries amounts without pieces.
    pub allowance_sku: &'a str,
    /// What a credit note's amounts without pieces become.
    pub allowance: Allowance,
}

/// Entries of a form that sells.
///
/// # Errors
/// A sentence about the line that cannot be written exactly.
pub(super) fn sold_entries(lines: &[Line], account: Account<'_>) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        for part in parts(line, account.minor)? {
            entries.push(entry(line, part, account, None)?);
        }
    }
    bounded(entries)
}

/// Entries of a form that takes back; `sold` has the entries of each line that sold something, in their order.
///
/// # Errors
/// A sentence about the line that cannot be written exactly, or that takes back more than is left.
pub(super) fn credited_entries(
    lines: &[Line],
    account: Account<'_>,
    sold: &BTreeMap<(String, u32), Vec<Sold>>,
) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        if line.quantity.is_zero() && account.allowance == Allowance::ByHand {
            return Err(format!(
                "line {} is an amount without pieces, and erp.allowance leaves those to people: enter the document in the ERP, then \
                 `ledgertap outbox skip --by-hand`",
                line.no
            ));
        }
        let sold_by = line.sold_by.as_ref().filter(|_| !line.quantity.is_zero());
        let Some(SoldBy { document, line: sold_line }) = sold_by else {
            // Amounts, and pieces of an order that the ERP had before we came: no form of ours sold them.
            for part in parts(line, account.minor)? {
                entries.push(entry(line, part, account, None)?);
            }
            continue;
        };
        let open = sold.get(&(document.to_string(), *sold_line)).map_or(&[][..], Vec::as_slice);
        let takes = take_back(line, open).ok_or_else(|| {
            let left: Decimal = open.iter().map(|s| s.open).sum();
            format!(
                "line {} returns {} of {}, but line {sold_line} of {document} has {} left in the ERP",
                line.no,
                line.quantity.normalize(),
                line.sku,
                left.normalize()
            )
        })?;
        let parts = match takes.as_slice() {
            [_] => parts(line, account.minor)?,
            _ => split(line, &takes, account.minor)?,
        };
        for (i, part) in parts.into_iter().enumerate() {
            let source = takes[i.min(takes.len() - 1)].0.clone();
            entries.push(entry(line, part, account, Some(source))?);
        }
    }
    bounded(entries)
}

/// The remark of an order and its outbound: `sales_order; order 2024…; original …`, with the buyer's name where many share the
/// customer, and the event's own date where it is posted on another.
pub(super) fn order_remark(order: &SalesOrder, posting: Date) -> String {
    remark("sales_order", &order.header, &order.header.number, posting)
}

/// The remark of a debit note and its outbound.
pub(super) fn debit_remark(note: &DebitNote, posting: Date) -> String {
    remark("debit_note", &note.header, &note.original, posting)
}

/// The remark of a return form.
pub(super) fn credit_remark(note: &CreditNote, posting: Date) -> String {
    remark(&format!("credit_note {}", note.reason.as_str()), &note.header, &note.original, posting)
}

fn remark(kind: &str, header: &Header, original: &str, posting: Date) -> String {
    let mut remark = format!("{kind}; order {}; original {original}", header.order);
    if posting != header.date {
        remark = format!("{remark}; event {}", header.date);
    }
    match &header.buyer {
        Some(buyer) => format!("{remark}; buyer {}", buyer.replace("; ", ", ")),
        None => remark,
    }
}

fn bounded(entries: Vec<Entry>) -> Result<Vec<Entry>, String> {
    match entries.len() {
        0 => Err("it has no lines".into()),
        1..=ENTRIES_MAX => Ok(entries),
        n => Err(format!("it needs {n} entries; the ERP saves {ENTRIES_MAX} at most")),
    }
}

fn parts(line: &Line, minor: Minor) -> Result<Vec<TaxedPart>, String> {
    let amounts = line.amounts;
    if line.quantity.is_zero() && amounts.total.is_zero() {
        return Err(format!("line {} has neither pieces nor an amount", line.no));
    }
    minor.parts_for_tax(line.quantity, amounts.total, amounts.tax, line.tax_rate).ok_or_else(|| untaxable(line, minor))
}

fn untaxable(line: &Line, minor: Minor) -> String {
    format!(
        "line {}: no two entries of {} in all at {} % have a tax of {}; the ERP computes {}",
        line.no,
        line.amounts.total,
        line.tax_rate.normalize(),
        line.amounts.tax,
        minor.included_tax(line.amounts.total, line.tax_rate)
    )
}

fn entry(line: &Line, part: TaxedPart, account: Account<'_>, source: Option<Source>) -> Result<Entry, String> {
    let value_only = part.quantity.is_zero();
    let quantity = if value_only { Decimal::ONE } else { part.quantity };
    let price = account.minor.unit_price(quantity, part.total).ok_or_else(|| {
        format!(
            "line {}: no unit price of ten digits makes {} pieces cost {}",
            line.no,
            quantity.normalize(),
            part.total
        )
    })?;
    Ok(Entry {
        mark: Mark { line: line.no, value_only },
        sku: if value_only { account.allowance_sku.into() } else { line.sku.to_string() },
        unit: line.unit.clone().filter(|_| !value_only),
        quantity,
        price,
        rate: line.tax_rate,
        source: source.filter(|_| !value_only),
    })
}

/// Which entries the line's pieces are taken from: one that has them all, else the first ones that do together.
fn take_back(line: &Line, open: &[Sold]) -> Option<Vec<(Source, Decimal)>> {
    if let Some(one) = open.iter().find(|s| s.open >= line.quantity) {
        return Some(vec![(one.source.clone(), line.quantity)]);
    }
    let mut left = line.quantity;
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

/// Spreads the line's amount over several entries by their pieces, so that the taxes add up too.
fn split(line: &Line, takes: &[(Source, Decimal)], minor: Minor) -> Result<Vec<TaxedPart>, String> {
    let weights: Vec<Decimal> = takes.iter().map(|(_, quantity)| *quantity).collect();
    let shares = minor.allocate(line.amounts.total, &weights).ok_or_else(|| untaxable(line, minor))?;
    let taxes = |shares: &[Decimal]| -> Decimal { shares.iter().map(|s| minor.included_tax(*s, line.tax_rate)).sum() };
    for step in (0..=SHIFT_MAX).flat_map(|s| [s, -s]) {
        let mut shifted = shares.clone();
        shifted[0] += Decimal::new(step, minor.digits());
        shifted[1] -= Decimal::new(step, minor.digits());
        if shifted.iter().all(|s| !s.is_sign_negative()) && taxes(&shifted) == line.amounts.tax {
            let part = |(total, quantity): (&Decimal, &Decimal)| TaxedPart { quantity: *quantity, total: *total };
            return Ok(shifted.iter().zip(&weights).map(part).collect());
        }
    }
    Err(untaxable(line, minor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Amounts, LineKind};
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn cent() -> Minor {
        Minor::of("CNY").unwrap()
    }

    fn account() -> Account<'static> {
        Account { minor: cent(), allowance_sku: "ALLOWANCE", allowance: Allowance::ReturnOfService }
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

    fn sold(open: &[&str]) -> BTreeMap<(String, u32), Vec<Sold>> {
        let entries = open
            .iter()
            .enumerate()
            .map(|(i, open)| Sold { source: Source { bill: "9".into(), entry: i.to_string() }, open: d(open) });
        BTreeMap::from([(("S1".into(), 3), entries.collect())])
    }

    fn amounts(entries: &[Entry]) -> (Decimal, Decimal) {
        let totals: Vec<Decimal> = entries.iter().map(|e| cent().round(e.quantity * e.price)).collect();
        let taxes = entries.iter().zip(&totals).map(|(e, t)| cent().included_tax(*t, e.rate)).sum();
        (totals.iter().sum(), taxes)
    }

    #[test]
    fn a_remark_says_the_buyer_and_the_events_own_date_where_they_are_not_plain() {
        let header = Header {
            number: "S1-DN1".into(),
            order: "S1".into(),
            customer: "SHOP".into(),
            buyer: Some("王; 小明".into()),
            date: jiff::civil::date(2026, 10, 30),
            currency: "CNY".into(),
            prices_include_tax: true,
            lines: vec![],
            amounts: Amounts::default(),
            extra: BTreeMap::new(),
        };
        let note = DebitNote { header, original: "S1".into() };
        let posted = debit_remark(&note, jiff::civil::date(2026, 11, 1));
        assert_eq!(posted, "debit_note; order S1; original S1; event 2026-10-30; buyer 王, 小明");
        let plain = DebitNote { header: Header { buyer: None, ..note.header }, ..note };
        assert_eq!(debit_remark(&plain, plain.header.date), "debit_note; order S1; original S1");
    }

    #[test]
    fn marks_come_back() {
        for mark in [Mark { line: 7, value_only: false }, Mark { line: 12, value_only: true }] {
            assert_eq!(Mark::parse(&mark.note()), Some(mark));
        }
        assert_eq!(Mark::parse("hello"), None);
        assert_eq!(Mark::parse(""), None);
    }

    #[test]
    fn a_tax_that_is_a_cent_off_takes_two_entries() {
        let entries = sold_entries(&[line("1", "100.00", "11.51", "13")], account()).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(amounts(&entries), (d("100.00"), d("11.51")));
        assert_eq!((entries[0].sku.as_str(), entries[1].sku.as_str()), ("A", "ALLOWANCE"));
        assert!(entries[1].mark.value_only);
    }

    #[test]
    fn a_line_that_cannot_be_written_is_refused_in_a_sentence() {
        let error = sold_entries(&[line("1", "100.00", "50.00", "13")], account()).unwrap_err();
        assert_eq!(
            error,
            "line 1: no two entries of 100.00 in all at 13 % have a tax of 50.00; the ERP computes 11.50"
        );
        assert!(sold_entries(&[], account()).is_err());
        assert!(sold_entries(&[line("0", "0.00", "0.00", "13")], account()).unwrap_err().contains("neither"));
    }

    #[test]
    fn a_return_takes_from_one_entry_where_it_can_and_from_two_where_it_must() {
        let one = credited_entries(&[line("2", "20.00", "2.30", "13")], account(), &sold(&["1", "2"])).unwrap();
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].source.as_ref().unwrap().entry, "1");
        let two = credited_entries(&[line("3", "30.00", "3.45", "13")], account(), &sold(&["1", "2"])).unwrap();
        assert_eq!(two.iter().map(|e| e.quantity).collect::<Vec<_>>(), [d("1"), d("2")]);
        assert_eq!(amounts(&two), (d("30.00"), d("3.45")));
        let error = credited_entries(&[line("4", "40.00", "4.60", "13")], account(), &sold(&["1", "2"])).unwrap_err();
        assert_eq!(error, "line 1 returns 4 of A, but line 3 of S1 has 3 left in the ERP");
    }

    #[test]
    fn an_amount_without_pieces_has_no_source() {
        let entries = credited_entries(&[line("0", "5.00", "0.58", "13")], account(), &BTreeMap::new()).unwrap();
        assert_eq!((entries.len(), entries[0].source.clone(), entries[0].quantity), (1, None, d("1")));
        let by_hand = Account { allowance: Allowance::ByHand, ..account() };
        let error = credited_entries(&[line("0", "5.00", "0.58", "13")], by_hand, &BTreeMap::new()).unwrap_err();
        assert!(error.starts_with("line 1 is an amount without pieces") && error.contains("--by-hand"), "{error}");
        credited_entries(&[line("2", "20.00", "2.30", "13")], by_hand, &sold(&["2"])).unwrap();
    }

    proptest! {
        #[test]
        fn the_erp_arrives_at_our_amounts(cents in 0i64..10_000_000, quantity in 1u32..500, off in -1i64..=1) {
            let total = Decimal::new(cents, 2);
            let tax = cent().included_tax(total, d("13")) + Decimal::new(off, 2);
            let mut line = line("1", "1.00", "0.12", "13");
            line.quantity = quantity.into();
            line.amounts = Amounts::from_total(total, tax);
            if let Ok(entries) = sold_entries(&[line], account()) {
                prop_assert_eq!(amounts(&entries), (total, tax));
                let pieces: Decimal = entries.iter().filter(|e| !e.mark.value_only).map(|e| e.quantity).sum();
                prop_assert_eq!(pieces, Decimal::from(quantity));
            } else {
                prop_assert!(off != 0);
            }
        }
    }
}
