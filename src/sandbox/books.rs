//! What is in the ERP's books, for people and for tests: the same as `GET /books`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::records::{Bill, CustomerRecord, Entity, Entry, Remark};

/// The books at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Everything stored, in the order of its arrival.
    pub documents: Vec<Booked>,
    /// Documents that have the kind and number of an earlier one. A strict ERP has none.
    pub duplicates: u64,
    /// Creates that were refused because the number was there.
    pub refused_duplicates: u64,
    /// Requests that were refused for any other reason of content.
    pub rejected: u64,
    /// Requests of the ERP's protocol that came in.
    pub requests: u64,
    /// Faults by name.
    pub faults: BTreeMap<String, u64>,
}

/// One document in the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// `customer`, `sales_order`, `debit_note`, `credit_note`, or `outbound` (of an order or a debit note).
    pub kind: String,
    /// Its number in the ERP.
    pub number: String,
    /// The customer's number.
    pub customer: String,
    /// The customer's name; only for customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The shop's order number, from the remark.
    pub reference: Option<String>,
    /// The sales order that it belongs to, from the remark.
    pub original: Option<String>,
    /// Of a credit note, from the remark.
    pub reason: Option<String>,
    /// Whether its amounts count when the books are added up: an outbound repeats its order's.
    pub counts: bool,
    /// Whether it is in force.
    pub audited: bool,
    /// Its entries.
    pub lines: Vec<BookedLine>,
    /// Without tax; positive for credit notes too.
    pub net: Decimal,
    /// The tax.
    pub tax: Decimal,
    /// With tax.
    pub total: Decimal,
    /// When it was stored, in milliseconds since 1970.
    pub stored_at_ms: i64,
    /// Counts what is stored, from 1.
    pub arrival: u64,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedLine {
    /// The material's number.
    pub sku: String,
    /// Pieces.
    pub quantity: Decimal,
    /// Unit price with tax.
    pub price: Decimal,
    /// With tax.
    pub amount: Decimal,
    /// The tax in it.
    pub tax: Decimal,
    /// What the client wrote beside it: the line of its document.
    pub comment: String,
    /// The number of the form whose entry it refers to.
    pub source: Option<String>,
}

impl Books {
    pub(super) fn of(account: &Account, requests: u64, faults: BTreeMap<String, u64>) -> Self {
        let mut documents: Vec<Booked> = account.customers.iter().map(customer).collect();
        documents.extend(account.bills.iter().map(|bill| booked(account, bill)));
        documents.sort_by_key(|d| d.arrival);
        let mut seen = BTreeMap::<(&str, &str), u64>::new();
        for document in &documents {
            *seen.entry((&document.kind, &document.number)).or_default() += 1;
        }
        let duplicates = seen.values().map(|n| n - 1).sum();
        Books {
            duplicates,
            refused_duplicates: account.refused_duplicates,
            rejected: account.rejected,
            requests,
            faults,
            documents,
        }
    }

    /// Sold and not taken back, by the shop's order number: orders + debit notes − credit notes.
    pub fn totals(&self) -> BTreeMap<String, Decimal> {
        let mut totals = BTreeMap::<String, Decimal>::new();
        for document in self.documents.iter().filter(|d| d.counts) {
            let sign = if document.kind == "credit_note" { -Decimal::ONE } else { Decimal::ONE };
            *totals.entry(document.reference.clone().unwrap_or_default()).or_default() += sign * document.total;
        }
        totals
    }

    /// How many documents there are of each kind.
    pub fn documents_by_kind(&self) -> BTreeMap<String, u64> {
        let mut kinds = BTreeMap::<String, u64>::new();
        for document in &self.documents {
            *kinds.entry(document.kind.clone()).or_default() += 1;
        }
        kinds
    }

    /// The first document of this kind and number.
    pub fn find(&self, kind: &str, number: &str) -> Option<&Booked> {
        self.documents.iter().find(|d| d.kind == kind && d.number == number)
    }
}

fn customer(record: &CustomerRecord) -> Booked {
    let zero = Decimal::new(0, 2);
    Booked {
        kind: "customer".into(),
        number: record.number.clone(),
        customer: record.number.clone(),
        name: Some(record.name.clone()),
        reference: None,
        original: None,
        reason: None,
        counts: false,
        audited: true,
        lines: Vec::new(),
        net: zero,
        tax: zero,
        total: zero,
        stored_at_ms: record.stored_at_ms,
        arrival: record.arrival,
    }
}

fn booked(account: &Account, bill: &Bill) -> Booked {
    let remark = Remark::read(&bill.remark);
    let kind = match bill.entity {
        Entity::Order if remark.kind == Some("debit_note") => "debit_note",
        Entity::Order => "sales_order",
        Entity::Outbound => "outbound",
        Entity::Inbound => "credit_note",
    };
    let tax: Decimal = bill.entries.iter().map(|e| e.tax).sum();
    Booked {
        kind: kind.into(),
        number: bill.number.clone(),
        customer: bill.customer.clone(),
        name: None,
        reference: remark.order.map(String::from),
        original: remark.original.map(String::from),
        reason: remark.reason.map(String::from),
        counts: bill.entity != Entity::Outbound,
        audited: bill.audited,
        lines: bill.entries.iter().map(|entry| line(account, entry)).collect(),
        net: bill.total() - tax,
        tax,
        total: bill.total(),
        stored_at_ms: bill.stored_at_ms,
        arrival: bill.arrival,
    }
}

fn line(account: &Account, entry: &Entry) -> BookedLine {
    let source = entry.source.as_ref().and_then(|(entity, id, _)| account.number_of(*entity, id));
    BookedLine {
        sku: entry.sku.clone(),
        quantity: entry.quantity,
        price: entry.price,
        amount: entry.amount,
        tax: entry.tax,
        comment: entry.comment.clone(),
        source: source.map(String::from),
    }
}
