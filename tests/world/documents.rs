//! Documents of one small shop for the ERPs' tests: an order, and what becomes of it.
//!
//! Amounts are in CNY with 13 % tax, names and numbers hold more than ASCII.

use std::time::Duration;

use jiff::civil::Date;
use ledgertap::document::{
    Amounts, CreditNote, CreditReason, Customer, DebitNote, Document, Header, Line, LineKind, Minor, SalesOrder, SoldBy,
};
use rust_decimal::Decimal;
use tokio::time::Instant;

/// A claim that does not run out in a test.
pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// The posting date.
pub fn day() -> Date {
    "2024-06-15".parse().unwrap()
}

/// A decimal.
pub fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The customer U7.
pub fn customer() -> Document {
    Document::Customer(Customer {
        number: "U7".into(),
        name: "王小明（北京）".into(),
        email: Some("xm@example.cn".into()),
        phone: Some("13800000000".into()),
        address: Some("北京市 朝阳区 1号 #2".into()),
        ..Customer::default()
    })
}

/// A line at 13 %, its tax included.
pub fn line(no: u32, sku: &str, quantity: &str, total: &str) -> Line {
    let rate = d("13");
    Line {
        no,
        key: no.to_string().into(),
        kind: LineKind::Goods,
        sku: sku.into(),
        options: None,
        name: "龙井茶".into(),
        quantity: d(quantity),
        unit: None,
        unit_price: None,
        discount: Decimal::ZERO,
        tax_rate: rate,
        amounts: Amounts::from_total(d(total), Minor::of("CNY").unwrap().included_tax(d(total), rate)),
        sold_by: None,
        extra: Default::default(),
    }
}

/// The line, as it was sold by this line of that document.
pub fn from(line: Line, document: &str, sold_line: u32) -> Line {
    Line { sold_by: Some(SoldBy { document: document.into(), line: sold_line }), ..line }
}

/// All that an order's documents have in common.
pub fn header(number: &str, order: &str, lines: Vec<Line>) -> Header {
    let amounts = lines.iter().map(|l| l.amounts).sum();
    Header {
        number: number.into(),
        order: order.into(),
        customer: "U7".into(),
        buyer: None,
        date: day(),
        currency: "CNY".into(),
        prices_include_tax: true,
        lines,
        amounts,
        extra: Default::default(),
    }
}

/// An order of these lines.
pub fn order_of(number: &str, lines: Vec<Line>) -> Document {
    Document::SalesOrder(SalesOrder {
        header: header(number, number, lines),
        ship_to: Some("王小明 北京市朝阳区".into()),
        tenders: Vec::new(),
    })
}

/// Three of A for 100.00, one of B for 20.00, freight 10.00.
pub fn order() -> Document {
    let freight = Line { kind: LineKind::Shipping, ..line(3, "SHIPPING", "1", "10.00") };
    order_of("S1", vec![line(1, "A 茶/1", "3", "100.00"), line(2, "B", "1", "20.00"), freight])
}

/// A credit note for S1.
pub fn credit(number: &str, reason: CreditReason, lines: Vec<Line>) -> Document {
    Document::CreditNote(CreditNote::over(header(number, "S1", lines), reason, "S1".into()))
}

/// One of the three A comes back.
pub fn one_back(number: &str, total: &str) -> Document {
    credit(number, CreditReason::Return, vec![from(line(1, "A 茶/1", "1", total), "S1", 1)])
}

/// A discount on the second line, given afterwards.
pub fn allowance(number: &str, total: &str) -> Document {
    credit(number, CreditReason::Discount, vec![from(line(1, "B", "0", total), "S1", 2)])
}

/// A debit note for S1.
pub fn debit(number: &str, lines: Vec<Line>) -> Document {
    Document::DebitNote(DebitNote { header: header(number, "S1", lines), original: "S1".into() })
}
