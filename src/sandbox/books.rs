//! What is in the ERP's books, for people and for tests: the same as `GET /books`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::office::Refusals;

/// The books at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// `customer`, `sales_order`, `debit_note`, `credit_note`, or what comes beside them (`outbound`, `invoice`).
    pub kind: String,
    /// Its number in the ERP.
    pub number: String,
    /// The customer's number.
    pub customer: String,
    /// The customer's name; only for customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The shop's order number, from what the client wrote.
    pub reference: Option<String>,
    /// The sales order that it belongs to, from what the client wrote.
    pub original: Option<String>,
    /// Of a credit note, from what the client wrote.
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Puts together what an office has, oldest first.
    pub(super) fn of(
        mut documents: Vec<Booked>,
        refusals: Refusals,
        requests: u64,
        faults: BTreeMap<String, u64>,
    ) -> Self {
        documents.sort_by_key(|d| d.arrival);
        let mut seen = BTreeMap::<(&str, &str), u64>::new();
        for document in &documents {
            *seen.entry((&document.kind, &document.number)).or_default() += 1;
        }
        let duplicates = seen.values().map(|n| n - 1).sum();
        let Refusals { duplicates: refused_duplicates, rejected } = refusals;
        Books { duplicates, refused_duplicates, rejected, requests, faults, documents }
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
