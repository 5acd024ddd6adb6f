//! What the ERP has been told of each order, and the documents that bring it in step with the store; pure.
//!
//! For every order the ledger keeps [`Told`]: the lines as the ERP knows them after all documents so far. [`plan`] compares
//! it with what the store says now and returns the documents that make up the difference, together with the `Told` that
//! holds once they are in the outbox. Nothing is inferred from the statements that a shop ran: only the two states count.
//! After every plan, line by line: `told before − credits + debits = told after`, in net, tax and total, and the total of
//! `told after` is what the store says.
//!
//! # How amounts find their lines
//!
//! The header's discount (and the amount-only part of refunds) is spread over the goods lines by largest remainder when the
//! order is first told. Later only the *change* is spread: a line first follows its own list amount, then what is missing to
//! the store's total is spread over the lines that are left; what a discount gives back goes to the lines that bore it. So an unchanged order plans nothing, and a discount raised by
//! ten credits ten, never eleven against a debit of one.
//!
//! # How a difference becomes lines
//!
//! A line continues the told line with its key, else the next one with its SKU and options, and never one of another SKU,
//! variant or tax rate: there the old line goes and a new one comes. Pieces come off at the told amount per piece; what is left of the
//! difference is value. Value comes off as a discount, and opposite signs go to separate documents. Shipping and fees have no
//! pieces: they change by value only.
//!
//! Pieces that come off are a *return* as far as refund rows name them, or as the store has said that more had left the house
//! than are left of the line; the others are a *cancellation*.
//!
//! # Tax
//!
//! Where prices include tax, each line of a document carries the tax that its own amount includes, as an ERP that taxes by
//! itself computes it. The last credit of a line takes what is left of the line's tax, so that a line credited in full closes
//! at zero in net, tax and total. Where the store states the tax of its lines, each line stands at that, rounded.
//!
//! # Limits
//!
//! A plan after which a line would have been credited above what it sold, in pieces, net, tax or total, is not a plan: the
//! order is held.

mod lines;
mod number;
mod opening;
mod plan;
mod target;

pub use number::{AGAIN, CREDIT_NOTE, DEBIT_NOTE, Numbering, SALES_ORDER, TemplateError, Templates};
pub use opening::opening;
pub use plan::{Context, Outcome, Plan, plan};

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::document::{Amounts, LineKind, SoldBy};

/// What the ERP has been told of one order: what it owes us to know after every document in the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The number of the sales order that is in force; empty until the order is told.
    pub original: String,
    /// The order's number as the shop printed it when it was told: notes are numbered by it.
    #[serde(default)]
    pub number: String,
    /// What rules of the config warned of when its documents were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warned: Vec<String>,
    /// The customer's number that the order was told with; empty for an order of the opening balance without notes yet.
    pub customer: String,
    /// The same customer's key in the store.
    #[serde(default)]
    pub customer_id: String,
    /// The buyer's name that the order was told with, where the customer is an account that many share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// ISO 4217; empty until the order is told.
    pub currency: String,
    /// Whether the store's prices include tax.
    #[serde(default = "with_tax")]
    pub prices_include_tax: bool,
    /// The order's date.
    pub date: Option<Date>,
    /// How many sales orders were told (more than one after a full credit and a new life).
    pub orders: u32,
    /// How many credit notes were told.
    pub credit_notes: u32,
    /// How many debit notes were told.
    pub debit_notes: u32,
    /// The lines as they stand after all of them.
    pub lines: Vec<ToldLine>,
}

/// What orders that were told before the ledger noted it are taken for: it decides no amount.
fn with_tax() -> bool {
    true
}

/// One line of [`Told`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLine {
    /// The line's key in the store.
    pub key: SmolStr,
    /// Goods, shipping or a fee.
    pub kind: LineKind,
    /// Stock keeping unit.
    pub sku: SmolStr,
    /// The variant that was chosen, where the SKU does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<SmolStr>,
    /// What the customer was shown.
    pub name: SmolStr,
    /// Tax rate in percent.
    pub tax_rate: Decimal,
    /// Pieces that are sold and not credited; of shipping and fees, whether they were ever told.
    pub quantity: Decimal,
    /// The store's amount for the line before the header's discount, when it was last told.
    pub list: Decimal,
    /// What is sold and not credited.
    pub amounts: Amounts,
    /// Pieces that the store has said had left the house, less those that came back.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub shipped: Decimal,
    /// Pieces that were credited because refund rows name them.
    #[serde(default, skip_serializing_if = "Decimal::is_zero")]
    pub returned: Decimal,
    /// What was credited of the line.
    #[serde(default, skip_serializing_if = "Credited::is_none")]
    pub credited: Credited,
    /// The document line that told the line first: what a change of its value refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<SoldBy>,
    /// The document lines that sold the pieces, oldest first, with what is not yet credited of each.
    pub sold: Vec<Sold>,
    /// The mapping's outputs called `extra_…`, when it was last told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}

/// What was credited of a line: pieces and value apart, for value leaves as many pieces to come back as before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// Pieces.
    pub quantity: Decimal,
    /// What they came to.
    pub by_quantity: Amounts,
    /// Credits without pieces.
    pub by_value: Amounts,
}

impl Credited {
    /// True where nothing was credited.
    pub fn is_none(&self) -> bool {
        *self == Credited::default()
    }
}

/// Pieces that one document line sold and that no credit note has taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sold {
    /// The document's number.
    pub document: Arc<str>,
    /// The line in it.
    pub line: u32,
    /// Pieces left.
    pub quantity: Decimal,
}

/// Why an order is not a document yet, in one sentence with the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(String);

impl Held {
    /// A reason, as a sentence without its full stop.
    pub fn new(reason: impl Into<String>) -> Self {
        Held(reason.into())
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Told {
    /// The sums over all lines.
    pub fn amounts(&self) -> Amounts {
        self.lines.iter().map(|l| l.amounts).sum()
    }

    /// True while the ERP holds anything of this order: pieces or money.
    pub fn is_live(&self) -> bool {
        self.lines.iter().any(ToldLine::is_live)
    }

    /// True once a sales order was told.
    pub fn was_told(&self) -> bool {
        self.orders > 0
    }
}

impl ToldLine {
    /// True while the ERP holds anything of this line: pieces or money.
    pub fn is_live(&self) -> bool {
        !self.amounts.is_zero() || self.holds_pieces()
    }

    /// True while goods of this line are sold and not credited.
    pub fn holds_pieces(&self) -> bool {
        self.kind == LineKind::Goods && !self.quantity.is_zero()
    }
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod history;
