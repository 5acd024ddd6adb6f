//! What the ERP keeps.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// A document type that takes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum DocType {
    SalesOrder,
    SalesInvoice,
}

impl DocType {
    pub(super) fn name(self) -> &'static str {
        match self {
            DocType::SalesOrder => "Sales Order",
            DocType::SalesInvoice => "Sales Invoice",
        }
    }

    /// The name of its rows' type.
    pub(super) fn row_name(self) -> &'static str {
        match self {
            DocType::SalesOrder => "Sales Order Item",
            DocType::SalesInvoice => "Sales Invoice Item",
        }
    }

    /// What its names begin with.
    pub(super) fn series(self) -> &'static str {
        match self {
            DocType::SalesOrder => "SAL-ORD",
            DocType::SalesInvoice => "ACC-SINV",
        }
    }
}

/// A customer.
#[derive(Debug, Clone)]
pub(super) struct CustomerRecord {
    pub name: String,
    pub key: Option<String>,
    pub fields: Map<String, Value>,
    pub stored_at_ms: i64,
    pub arrival: u64,
}

/// Draft, submitted, cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Draft,
    Submitted,
    Cancelled,
}

impl Status {
    pub(super) fn of(number: i64) -> Option<Status> {
        match number {
            0 => Some(Status::Draft),
            1 => Some(Status::Submitted),
            2 => Some(Status::Cancelled),
            _ => None,
        }
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Status::Draft => 0,
            Status::Submitted => 1,
            Status::Cancelled => 2,
        }
    }
}

/// An order or an invoice.
#[derive(Debug, Clone)]
pub(super) struct Doc {
    pub doctype: DocType,
    pub name: String,
    pub key: Option<String>,
    pub customer: String,
    /// The order's or the posting date.
    pub date: String,
    pub note: String,
    pub po_no: Option<String>,
    pub is_return: bool,
    pub return_against: Option<String>,
    pub status: Status,
    pub rows: Vec<Row>,
    pub stored_at_ms: i64,
    pub arrival: u64,
}

/// One row; quantities and amounts of a return are below zero.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub name: String,
    pub item: String,
    pub item_name: String,
    pub quantity: Decimal,
    /// Without tax.
    pub rate: Decimal,
    pub amount: Decimal,
    /// Percent.
    pub tax_rate: Decimal,
    pub tax: Decimal,
    pub line: Option<i64>,
    /// The order's row that it bills.
    pub order_row: Option<String>,
    /// The invoice's row that it takes back.
    pub invoice_row: Option<String>,
}

impl Doc {
    pub(super) fn net(&self) -> Decimal {
        self.rows.iter().map(|row| row.amount).sum()
    }

    pub(super) fn tax(&self) -> Decimal {
        self.rows.iter().map(|row| row.tax).sum()
    }

    pub(super) fn total(&self) -> Decimal {
        self.net() + self.tax()
    }

    pub(super) fn is_in_force(&self) -> bool {
        self.status == Status::Submitted
    }
}

/// A note of the form `kind [reason]; order X; original Y`, which is all that the sandbox knows of the shop's side.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Note<'a> {
    pub kind: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub order: Option<&'a str>,
    pub original: Option<&'a str>,
}

impl<'a> Note<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut parts = text.split("; ");
        let mut words = parts.next().unwrap_or_default().split(' ').filter(|word| !word.is_empty());
        let mut note = Note { kind: words.next(), reason: words.next(), ..Note::default() };
        for part in parts {
            match part.split_once(' ') {
                Some(("order", number)) => note.order = Some(number),
                Some(("original", number)) => note.original = Some(number),
                Some(_) | None => {}
            }
        }
        note
    }
}
