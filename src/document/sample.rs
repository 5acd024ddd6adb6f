//! Documents to try something with: what a shop could say, of each kind, with all that may be absent and without it.

use std::collections::BTreeMap;

use jiff::civil::date;
use rust_decimal::Decimal;

use super::{
    Amounts, CreditNote, CreditReason, Customer, DebitNote, Document, DocumentKind, Header, Line, LineKind, Minor,
    SalesOrder, SoldBy, Tender,
};

/// Samples of a kind in a currency: each as plain as it can be, then as full.
pub fn samples(kind: DocumentKind, currency: &str) -> Vec<Document> {
    [false, true].into_iter().flat_map(|full| variants(kind, currency, full)).collect()
}

fn variants(kind: DocumentKind, currency: &str, full: bool) -> Vec<Document> {
    let sold = || vec![goods(1, "TEA-500", 2, 226, full), goods(2, "CUP", 1, 113, full), shipping(3, 113)];
    let (first, again) = ("SAMPLE-1".to_owned(), "SAMPLE-1-CN1");
    match kind {
        DocumentKind::Customer => vec![Document::Customer(customer(full))],
        DocumentKind::SalesOrder => {
            let header = header("SAMPLE-1", currency, sold(), full);
            let tenders = vec![Tender { kind: "points".into(), amount: Decimal::from(10) }];
            let ship_to = full.then(|| "Ada Sample, 1 Sample Street, 10000 Sampleton".to_owned());
            vec![Document::SalesOrder(SalesOrder { header, ship_to, tenders: if full { tenders } else { vec![] } })]
        }
        DocumentKind::CreditNote => {
            let returned = vec![sold_by(goods(1, "TEA-500", 1, 113, full), 1)];
            let adjusted = vec![sold_by(value(1, "TEA-500", 113), 1)];
            vec![
                Document::CreditNote(CreditNote::over(
                    header(again, currency, returned, full),
                    CreditReason::Return,
                    first.clone(),
                )),
                Document::CreditNote(CreditNote::over(
                    header("SAMPLE-1-CN2", currency, adjusted, full),
                    CreditReason::Discount,
                    first,
                )),
            ]
        }
        DocumentKind::DebitNote => {
            let lines = vec![goods(1, "TEA-500", 1, 113, full), value(2, "CUP", 113)];
            let header = header("SAMPLE-1-DN1", currency, lines, full);
            vec![Document::DebitNote(DebitNote { header, original: first })]
        }
    }
}

fn customer(full: bool) -> Customer {
    let some = |text: &str| full.then(|| text.to_owned());
    Customer {
        number: "U1001".into(),
        name: "Ada Sample".into(),
        email: some("ada@shop.example"),
        phone: some("+1 555 0100"),
        address: some("1 Sample Street, 10000 Sampleton"),
        tax_id: some("XX123456789"),
        extra: BTreeMap::new(),
    }
}

fn header(number: &str, currency: &str, lines: Vec<Line>, full: bool) -> Header {
    let minor = Minor::of(currency);
    let print = |amounts: Amounts| minor.map_or(amounts, |minor| amounts.in_print(minor));
    let lines: Vec<Line> = lines.into_iter().map(|line| Line { amounts: print(line.amounts), ..line }).collect();
    Header {
        number: number.into(),
        order: "SAMPLE-1".into(),
        customer: "U1001".into(),
        buyer: full.then(|| "Ada Sample".to_owned()),
        date: date(2026, 11, 20),
        currency: currency.into(),
        prices_include_tax: true,
        amounts: print(lines.iter().map(|line| line.amounts).sum()),
        lines,
        extra: BTreeMap::new(),
    }
}

/// Amounts are whole in every currency: 113 with 13 of tax.
fn line(no: u32, kind: LineKind, sku: &str, pieces: i64, total: i64) -> Line {
    let (quantity, total) = (Decimal::from(pieces), Decimal::from(total));
    let tax = total / Decimal::from(113) * Decimal::from(13);
    Line {
        no,
        key: no.to_string().into(),
        kind,
        sku: sku.into(),
        options: None,
        name: "A sample".into(),
        quantity,
        unit: None,
        unit_price: (pieces != 0).then(|| total / quantity),
        discount: Decimal::ZERO,
        tax_rate: Decimal::from(13),
        amounts: Amounts::from_total(total, tax),
        sold_by: None,
        extra: BTreeMap::new(),
    }
}

fn goods(no: u32, sku: &str, pieces: i64, total: i64, full: bool) -> Line {
    let line = line(no, LineKind::Goods, sku, pieces, total);
    match full {
        true => Line { options: Some("green, large".into()), unit: Some("BAG".into()), ..line },
        false => line,
    }
}

fn shipping(no: u32, total: i64) -> Line {
    line(no, LineKind::Shipping, "SHIPPING", 1, total)
}

fn value(no: u32, sku: &str, total: i64) -> Line {
    line(no, LineKind::Goods, sku, 0, total)
}

fn sold_by(line: Line, of: u32) -> Line {
    Line { sold_by: Some(SoldBy { document: "SAMPLE-1".into(), line: of }), ..line }
}
