//! The documents that accountants know, the same for every store and every ERP; pure.
//!
//! A mapping yields [`OrderView`]s (what the store says now); `ledger::plan` turns the difference between a view and what
//! has been told into [`Document`]s; an ERP adapter writes a document down in its ERP's own form.
//!
//! Money is exact: a [`Decimal`] in the currency's major unit. Every amount that leaves the ledger has the currency's minor
//! digits ([`Minor`]), every document's amounts are the sums of its lines', and `net + tax = total` holds for each line.
//! `schema/documents/` describes them as JSON Schemas, which a test keeps in step with these types.

mod balance;
mod currency;
mod items;
mod money;
mod price;
mod sample;
mod schema;
mod tax;
mod view;

pub use balance::{Imbalance, NO_LINES, PIECES_LIMIT, check_balance, pieces_fit};
pub use items::{Crosswalk, Item, UnknownItem};
pub use money::{Amounts, Minor};
pub use sample::samples;
pub use schema::{SCHEMAS, schema};
pub use tax::TaxedPart;
pub use view::{CustomerView, LineKind, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine};

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

/// What most documents take as JSON, in bytes.
const JSON_BYTES: usize = 2_048;

/// What goes to the ERP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Document {
    /// A customer, created or brought up to date.
    Customer(Customer),
    /// An order told for the first time.
    SalesOrder(SalesOrder),
    /// Less than what was told.
    CreditNote(CreditNote),
    /// More than what was told.
    DebitNote(DebitNote),
}

/// A [`Document`] without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// See [`Customer`].
    Customer,
    /// See [`SalesOrder`].
    SalesOrder,
    /// See [`CreditNote`].
    CreditNote,
    /// See [`DebitNote`].
    DebitNote,
}

impl DocumentKind {
    /// The name used in the state database, in logs and in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Customer => "customer",
            DocumentKind::SalesOrder => "sales_order",
            DocumentKind::CreditNote => "credit_note",
            DocumentKind::DebitNote => "debit_note",
        }
    }
}

/// A buyer as the ERP knows them. Its number is its key in the ERP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// The customer's number in the ERP, unique there (`U1001`, `G77` for a guest).
    pub number: String,
    /// Display name; never empty.
    pub name: String,
    /// E-mail address, if the store has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number, if the store has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Postal address in one line, if the store has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Tax number, if the store has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// The mapping's outputs called `extra_…`, for the ERP's templates; no part of any amount.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// What an order's documents have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The document's own number, unique in the ERP.
    pub number: String,
    /// The order's number as the shop prints it: what accountants look for.
    pub order: String,
    /// The customer's number.
    pub customer: String,
    /// The buyer's name, where the customer is an account that many buyers share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// The date of the event in the store's own zone: the order's date, or the day of the change.
    pub date: Date,
    /// ISO 4217; its minor unit is what every amount is whole in.
    pub currency: String,
    /// Whether unit prices and discounts of lines include tax.
    #[serde(default = "with_tax")]
    pub prices_include_tax: bool,
    /// The lines, numbered from 1 without gaps.
    pub lines: Vec<Line>,
    /// The sums of the lines.
    pub amounts: Amounts,
    /// The mapping's outputs called `extra_…`, for the ERP's templates; no part of any amount.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// What documents that were written before they said it are taken for; no amount follows from it.
fn with_tax() -> bool {
    true
}

/// An order, told for the first time (or again, after everything told before was credited).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SalesOrder {
    /// Number, customer, date, lines.
    #[serde(flatten)]
    pub header: Header,
    /// Who receives the goods, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_to: Option<String>,
    /// What it is paid with beside money (points, balance, a gift card): information, and part of no amount.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenders: Vec<Tender>,
}

/// A way of paying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tender {
    /// As the mapping calls it: its output `tender_points` is `points`.
    pub kind: String,
    /// What it pays, positive.
    pub amount: Decimal,
}

/// Why a credit note exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CreditReason {
    /// Goods come back.
    Return,
    /// The same quantity for less.
    Discount,
    /// Goods that never left.
    Cancellation,
}

impl CreditReason {
    /// The name used in the state database, in logs and in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            CreditReason::Return => "return",
            CreditReason::Discount => "discount",
            CreditReason::Cancellation => "cancellation",
        }
    }
}

/// Takes back a part of what was told. Amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditNote {
    /// Number, customer, date, lines.
    #[serde(flatten)]
    pub header: Header,
    /// Why.
    pub reason: CreditReason,
    /// The number of the sales order that this belongs to.
    pub original: String,
    /// The sums of the lines with pieces: goods that are not sold any more.
    #[serde(default)]
    pub by_quantity: Amounts,
    /// The sums of the lines without pieces: allowances, which leave as many pieces to come back as before.
    #[serde(default)]
    pub by_value: Amounts,
}

impl CreditNote {
    /// A note over these lines; counts goods and allowances apart.
    pub fn over(header: Header, reason: CreditReason, original: String) -> CreditNote {
        let sum = |value: bool| -> Amounts {
            header.lines.iter().filter(|l| l.quantity.is_zero() == value).map(|l| l.amounts).sum()
        };
        let (by_quantity, by_value) = (sum(false), sum(true));
        let print = |amounts: Amounts| Minor::of(&header.currency).map_or(amounts, |minor| amounts.in_print(minor));
        let (by_quantity, by_value) = (print(by_quantity), print(by_value));
        CreditNote { header, reason, original, by_quantity, by_value }
    }
}

/// Adds to what was told. Amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DebitNote {
    /// Number, customer, date, lines.
    #[serde(flatten)]
    pub header: Header,
    /// The number of the sales order that this belongs to.
    pub original: String,
}

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Position in the document, from 1.
    pub no: u32,
    /// The line's key in the store, unique within the order; the ledger matches lines by it.
    pub key: SmolStr,
    /// Goods, shipping or a fee.
    pub kind: LineKind,
    /// Stock keeping unit; for shipping and fees the profile's service SKU.
    pub sku: SmolStr,
    /// The variant that was chosen (size, colour), where the SKU does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<SmolStr>,
    /// What the customer was shown.
    pub name: SmolStr,
    /// How many pieces are sold, credited or debited; zero where only the value changes.
    pub quantity: Decimal,
    /// The unit of measure that the ERP counts the item in, where it is not the ERP's own default for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What one piece costs before the discount, with as few digits as give the amount; absent where there are no pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// The line's share of the order's discount: `quantity × unit_price − discount`, rounded, is `total`, or `net` where prices
    /// are without tax. Zero in notes, whose unit price is the one after discounts.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub discount: Decimal,
    /// Tax rate in percent (`13` is 13 %).
    pub tax_rate: Decimal,
    /// Net, tax and total of the line, positive.
    pub amounts: Amounts,
    /// In a credit note: the line that sold the pieces, or that first told the line whose value changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_by: Option<SoldBy>,
    /// The mapping's outputs called `extra_…`, for the ERP's templates; no part of any amount.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// A line of a document that sold goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SoldBy {
    /// The number of the sales order or debit note.
    pub document: Arc<str>,
    /// The line's number in it.
    pub line: u32,
}

impl Document {
    /// The document's number: its key in the ERP.
    pub fn number(&self) -> &str {
        match self {
            Document::Customer(c) => &c.number,
            _ => &self.header().expect("all but customers have a header").number,
        }
    }

    /// Which document this is.
    pub fn kind(&self) -> DocumentKind {
        match self {
            Document::Customer(_) => DocumentKind::Customer,
            Document::SalesOrder(_) => DocumentKind::SalesOrder,
            Document::CreditNote(_) => DocumentKind::CreditNote,
            Document::DebitNote(_) => DocumentKind::DebitNote,
        }
    }

    /// The header; `None` for a customer.
    pub fn header(&self) -> Option<&Header> {
        match self {
            Document::Customer(_) => None,
            Document::SalesOrder(d) => Some(&d.header),
            Document::CreditNote(d) => Some(&d.header),
            Document::DebitNote(d) => Some(&d.header),
        }
    }

    /// The same, to change it.
    pub(crate) fn header_mut(&mut self) -> Option<&mut Header> {
        match self {
            Document::Customer(_) => None,
            Document::SalesOrder(d) => Some(&mut d.header),
            Document::CreditNote(d) => Some(&mut d.header),
            Document::DebitNote(d) => Some(&mut d.header),
        }
    }

    /// SHA-256 in hex over the content: two documents with the same fingerprint say the same.
    pub fn fingerprint(&self) -> String {
        let mut json = Vec::with_capacity(JSON_BYTES);
        serde_json::to_writer(&mut json, self).expect("a document is always JSON");
        let digits =
            |byte: u8| [byte >> 4, byte & 0xf].map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)]));
        Sha256::digest(&json).iter().flat_map(|byte| digits(*byte)).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn line(no: u32, quantity: &str, total: &str, tax: &str) -> Line {
        Line {
            no,
            key: no.to_string().into(),
            kind: LineKind::Goods,
            sku: "A".into(),
            options: None,
            name: "x".into(),
            quantity: d(quantity),
            unit: None,
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: d("13"),
            amounts: Amounts::from_total(d(total), d(tax)),
            sold_by: None,
            extra: BTreeMap::new(),
        }
    }

    fn header(number: &str) -> Header {
        let lines = vec![line(1, "2", "100.00", "11.50"), line(2, "0", "5.00", "0.58"), line(3, "1", "3.0", "0.35")];
        Header {
            number: number.into(),
            order: "S1".into(),
            customer: "U1".into(),
            buyer: None,
            date: date(2026, 11, 20),
            currency: "CNY".into(),
            prices_include_tax: true,
            amounts: lines.iter().map(|l| l.amounts).sum(),
            lines,
            extra: BTreeMap::new(),
        }
    }

    fn all() -> [Document; 4] {
        let customer = Customer { number: "U1".into(), name: "x".into(), ..Customer::default() };
        let order = SalesOrder { header: header("S1"), ship_to: None, tenders: vec![] };
        [
            Document::Customer(customer),
            Document::SalesOrder(order),
            Document::CreditNote(CreditNote::over(header("S1-CN1"), CreditReason::Return, "S1".into())),
            Document::DebitNote(DebitNote { header: header("S1-DN1"), original: "S1".into() }),
        ]
    }

    #[test]
    fn every_document_has_a_number_a_kind_and_a_name_for_it() {
        let said: Vec<_> = all().iter().map(|d| (d.number().to_owned(), d.kind().as_str())).collect();
        let expected = [("U1", "customer"), ("S1", "sales_order"), ("S1-CN1", "credit_note"), ("S1-DN1", "debit_note")];
        assert_eq!(said, expected.map(|(number, kind)| (number.to_owned(), kind)));
        let headers = all().map(|d| d.header().map(|h| h.number.clone()));
        assert_eq!(headers, [None, Some("S1".into()), Some("S1-CN1".into()), Some("S1-DN1".into())]);
        let reasons =
            [CreditReason::Return, CreditReason::Discount, CreditReason::Cancellation].map(CreditReason::as_str);
        assert_eq!(reasons, ["return", "discount", "cancellation"]);
    }

    #[test]
    fn a_credit_note_counts_goods_and_allowances_apart() {
        let note = CreditNote::over(header("S1-CN1"), CreditReason::Return, "S1".into());
        assert_eq!(note.by_quantity, Amounts::from_total(d("103.00"), d("11.85")));
        assert_eq!(note.by_value, Amounts::from_total(d("5.00"), d("0.58")));
        assert_eq!(note.by_quantity.total.to_string(), "103.00");
    }

    /// What is stored today is found again tomorrow: the content's JSON decides, and nothing else.
    #[test]
    fn a_fingerprint_is_the_contents_own() {
        let [customer, order, ..] = all();
        assert_eq!(customer.fingerprint(), "87ca2836c451c5361158095b81a0393e0db9f79b268784a1d67f911fe4f73ec3");
        assert_eq!(order.fingerprint(), all()[1].fingerprint());
        let mut other = header("S1");
        other.lines[1].amounts.tax = d("0.57");
        let other = Document::SalesOrder(SalesOrder { header: other, ship_to: None, tenders: vec![] });
        assert_ne!(order.fingerprint(), other.fingerprint());
    }

    /// What waits in an outbox when the program is replaced has to be read by the new one.
    #[test]
    fn documents_of_the_first_version_are_read() {
        let line = r#"{"no":1,"key":"1","kind":"goods","sku":"A","name":"x","quantity":"1","tax_rate":"13",
            "amounts":{"net":"1","tax":"0","total":"1"}}"#;
        let header = format!(
            r#""number":"S1","order":"S1","customer":"U1","date":"2026-11-20","currency":"CNY","lines":[{line}],
            "amounts":{{"net":"1","tax":"0","total":"1"}}"#
        );
        let order: Document = serde_json::from_str(&format!(r#"{{"kind":"sales_order",{header}}}"#)).unwrap();
        assert!(order.header().unwrap().prices_include_tax);
        let note = format!(r#"{{"kind":"credit_note",{header},"reason":"return","original":"S1"}}"#);
        assert_eq!(serde_json::from_str::<Document>(&note).unwrap().number(), "S1");
    }

    #[test]
    fn documents_are_read_back_from_their_json() {
        for document in all() {
            let json = serde_json::to_string(&document).unwrap();
            assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
        }
    }
}
