//! What the store says now: the mapping's output, and `ledger::plan`'s input.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Customer, Tender};

/// Where an order stands, by the mapping's `state` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Not yet for the books (unpaid, a draft).
    Open,
    /// In the books at its amounts.
    Posted,
    /// Explicitly cancelled: worth zero, goods never left.
    Cancelled,
    /// Explicitly returned: worth zero, goods came back.
    Returned,
}

impl OrderState {
    /// The word of the mapping's `state` column.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderState::Open => "open",
            OrderState::Posted => "posted",
            OrderState::Cancelled => "cancelled",
            OrderState::Returned => "returned",
        }
    }

    /// Reads the mapping's `state` column.
    pub fn parse(s: &str) -> Option<Self> {
        Some(match s {
            "open" => OrderState::Open,
            "posted" => OrderState::Posted,
            "cancelled" => OrderState::Cancelled,
            "returned" => OrderState::Returned,
            _ => return None,
        })
    }
}

/// One order as the store's rows say it, by the mapping of the store.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderView {
    /// The order's key in the store (`order_id`); the lane's name.
    pub id: String,
    /// The order's number as the shop prints it.
    pub number: String,
    /// The customer's key in the store.
    pub customer: String,
    /// When it was placed, in the store's own zone.
    pub date: Date,
    /// ISO 4217.
    pub currency: String,
    /// Where it stands.
    pub state: OrderState,
    /// Who receives the goods, in one line.
    pub ship_to: Option<String>,
    /// Whether the store's prices include tax. The amounts of this view include it either way.
    pub prices_include_tax: bool,
    /// Goods lines, then shipping and fees as lines of their own; sorted by key.
    pub lines: Vec<ViewLine>,
    /// The header's discount on goods, positive.
    pub discount: Decimal,
    /// The control total of the goods lines before the discount, where the store has one.
    pub goods_total: Option<Decimal>,
    /// The control total of the order as its own rows state it: what the customer owes for it, tax included.
    pub total: Decimal,
    /// Refunds, sorted by id.
    pub refunds: Vec<RefundView>,
    /// What it is paid with: information, and part of no amount.
    pub tenders: Vec<Tender>,
    /// The mapping's outputs called `extra_…`.
    pub extra: BTreeMap<String, String>,
    /// What the store's server would warn of in these values, each with its place in the mapping.
    pub warnings: Vec<String>,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Something with a SKU; shares the header's discount.
    Goods,
    /// Freight.
    Shipping,
    /// Packaging, insurance, payment fees.
    Fee,
}

/// How a line's tax is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tax {
    /// Prices include tax at this rate in percent; the store states no tax amount.
    Included {
        /// Percent.
        rate: Decimal,
    },
    /// The store states the line's tax amount; `amount` of the line includes it.
    Stated {
        /// Percent.
        rate: Decimal,
        /// The line's tax.
        tax: Decimal,
    },
}

impl Tax {
    /// The rate in percent.
    pub fn rate(&self) -> Decimal {
        match *self {
            Tax::Included { rate } | Tax::Stated { rate, .. } => rate,
        }
    }

    /// The tax that the store states; zero where it states none.
    pub fn stated(&self) -> Decimal {
        match *self {
            Tax::Included { .. } => Decimal::ZERO,
            Tax::Stated { tax, .. } => tax,
        }
    }
}

/// One line of an [`OrderView`].
#[derive(Debug, Clone, PartialEq)]
pub struct ViewLine {
    /// Unique within the order, stable while the store keeps the line (`rec_id`; `shipping`, `fee`).
    pub key: SmolStr,
    /// Goods, shipping, fee.
    pub kind: LineKind,
    /// Stock keeping unit.
    pub sku: SmolStr,
    /// The variant that was chosen (size, colour), where the SKU does not say it.
    pub options: Option<SmolStr>,
    /// What the customer was shown.
    pub name: SmolStr,
    /// Pieces.
    pub quantity: Decimal,
    /// The line's amount with tax, before the header's discount; may have more digits than the currency.
    pub amount: Decimal,
    /// The line's tax.
    pub tax: Tax,
    /// Pieces that have left the house, where the store says so.
    pub shipped: Decimal,
    /// The mapping's outputs called `extra_…`.
    pub extra: BTreeMap<String, String>,
}

/// One refund row.
#[derive(Debug, Clone, PartialEq)]
pub struct RefundView {
    /// The refund's key in the store.
    pub id: String,
    /// True where the order's own rows already contain it: then it is evidence (goods came back), not an amount.
    pub included: bool,
    /// The refunded amount with tax, positive; may exceed the sum of its lines (an amount-only part).
    pub amount: Decimal,
    /// What came back.
    pub lines: Vec<RefundLineView>,
}

/// One line of a [`RefundView`].
#[derive(Debug, Clone, PartialEq)]
pub struct RefundLineView {
    /// The line's key in the store.
    pub id: String,
    /// The key of the order's line, where the store knows it.
    pub line: Option<String>,
    /// Stock keeping unit.
    pub sku: String,
    /// Pieces that came back.
    pub quantity: Decimal,
    /// The amount with tax, positive; `None` where the store has none.
    pub amount: Option<Decimal>,
    /// The tax that the amount includes, where the store states it.
    pub tax: Option<Decimal>,
}

/// A customer as the store's rows say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerView {
    /// The customer's key in the store; also the lane's name.
    pub id: String,
    /// True where nobody registered: the row stands for one order's buyer.
    pub guest: bool,
    /// The document's content.
    pub customer: Customer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_back() {
        for word in ["open", "posted", "cancelled", "returned"] {
            assert_eq!(OrderState::parse(word).unwrap().as_str(), word);
        }
        assert_eq!(OrderState::parse("paid"), None);
        let stated = Tax::Stated { rate: Decimal::from(13), tax: Decimal::TWO };
        let included = Tax::Included { rate: Decimal::from(9) };
        assert_eq!((stated.rate(), stated.stated()), (Decimal::from(13), Decimal::TWO));
        assert_eq!((included.rate(), included.stated()), (Decimal::from(9), Decimal::ZERO));
    }
}
