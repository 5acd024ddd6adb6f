//! What the ERP keeps.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Entity {
    Order,
    Outbound,
    Inbound,
}

impl Entity {
    /// The name in `entity_number` and `src_bill_type_id`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Entity::Order => "sal_bill_order",
            Entity::Outbound => "sal_bill_outbound",
            Entity::Inbound => "sal_bill_inbound",
        }
    }
}

/// What has become of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Saved, and without effect.
    Saved,
    /// In force.
    Audited,
    /// Made void (作废): its number stays taken.
    Invalid,
}

impl Status {
    /// The value of `bill_status`: `C` and `Z` are the vendor's, the third is this sandbox's choice.
    pub(super) fn code(self) -> &'static str {
        match self {
            Status::Saved => "Z",
            Status::Audited => "C",
            Status::Invalid => "I",
        }
    }
}

/// A customer.
#[derive(Debug, Clone)]
pub(super) struct CustomerRecord {
    pub id: String,
    pub number: String,
    pub name: String,
    pub fields: Map<String, Value>,
    pub stored_at_ms: i64,
    pub arrival: u64,
}

/// An order, outbound or return.
#[derive(Debug, Clone)]
pub(super) struct Bill {
    pub entity: Entity,
    pub id: String,
    pub number: String,
    pub date: String,
    pub customer: String,
    pub remark: String,
    pub status: Status,
    /// Of an order: nothing more of it will be shipped.
    pub closed: bool,
    pub entries: Vec<Entry>,
    pub stored_at_ms: i64,
    pub arrival: u64,
}

impl Bill {
    pub(super) fn is_audited(&self) -> bool {
        self.status == Status::Audited
    }

    pub(super) fn total(&self) -> Decimal {
        self.entries.iter().map(|e| e.amount).sum()
    }
}

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: String,
    pub sku: String,
    pub quantity: Decimal,
    pub price: Decimal,
    pub rate: Decimal,
    pub amount: Decimal,
    pub tax: Decimal,
    pub comment: String,
    pub stock_id: Option<String>,
    /// Entity, form's id, entry's id.
    pub source: Option<(Entity, String, String)>,
}

/// A remark of the form `kind [reason]; order X; original Y`, which is all that the sandbox knows of the shop's side.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remark<'a> {
    pub kind: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub order: Option<&'a str>,
    pub original: Option<&'a str>,
}

impl<'a> Remark<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut parts = text.split("; ");
        let mut words = parts.next().unwrap_or_default().split(' ').filter(|w| !w.is_empty());
        let mut remark = Remark { kind: words.next(), reason: words.next(), ..Remark::default() };
        for part in parts {
            match part.split_once(' ') {
                Some(("order", number)) => remark.order = Some(number),
                Some(("original", number)) => remark.original = Some(number),
                Some(_) | None => {}
            }
        }
        remark
    }
}
