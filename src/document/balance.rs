//! The control that every order passes before it becomes a document: its parts add up to what the store says.

use std::fmt;

use rust_decimal::Decimal;

use super::money::round_minor;
use super::view::{LineKind, OrderView};

/// Why an order is held, in one sentence with the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imbalance(String);

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an order of which a stream knows no lines is held.
pub const NO_LINES: &str =
    "it has no lines yet, or they are older than the stream's beginning and have not changed since";

/// Checks the parts of an order against its control totals.
///
/// Amounts with more digits than the currency may differ from the control total by half a minor unit each at most: lines, and
/// the discount.
///
/// # Errors
/// An [`Imbalance`] that names the first control that fails.
pub fn check_balance(order: &OrderView) -> Result<(), Imbalance> {
    if let Some(line) = order.lines.iter().find(|l| l.amount.is_sign_negative() && !l.amount.is_zero()) {
        return Err(Imbalance(format!("line {} has a negative amount, {}", line.key, line.amount)));
    }
    if let Some(line) = order.lines.iter().find(|l| l.quantity.is_sign_negative() && !l.quantity.is_zero()) {
        return Err(Imbalance(format!("line {} has a negative quantity, {}", line.key, line.quantity.normalize())));
    }
    if let Some(line) = order.lines.iter().find(|l| l.quantity.is_zero() && !l.amount.is_zero()) {
        return Err(Imbalance(format!("line {} has an amount of {} for a quantity of zero", line.key, line.amount)));
    }
    if !order.lines.iter().any(|l| l.kind == LineKind::Goods && !l.quantity.is_zero()) {
        return Err(Imbalance(NO_LINES.into()));
    }
    let goods = sum(order, LineKind::Goods);
    let uneven = order.lines.iter().filter(|l| has_sub_minor(l.amount)).count();
    let tolerance = Decimal::new(5, 3) * Decimal::from(uneven);
    if let Some(control) = order.goods_total
        && (goods - control).abs() > tolerance
    {
        return Err(Imbalance(format!("lines add up to {}, store says {}", show(goods), show(control))));
    }
    let shipping = sum(order, LineKind::Shipping);
    let fees = sum(order, LineKind::Fee);
    let total = goods + shipping + fees - order.discount;
    // An untaxed discount gets its tax as the lines do.
    let of_discount = if has_sub_minor(order.discount) { Decimal::new(5, 3) } else { Decimal::ZERO };
    if (total - order.total).abs() > tolerance + of_discount {
        return Err(Imbalance(format!(
            "lines {} + shipping {} + fees {} − discount {} = {}, store says {}",
            show(goods),
            show(shipping),
            show(fees),
            show(order.discount),
            show(total),
            show(order.total)
        )));
    }
    if round_minor(order.total).is_sign_negative() && !order.total.is_zero() {
        return Err(Imbalance(format!("its total is negative, {}", show(order.total))));
    }
    if order.discount > goods {
        return Err(Imbalance(format!("the discount {} exceeds the lines, {}", show(order.discount), show(goods))));
    }
    if order.discount.is_sign_negative() && !order.discount.is_zero() {
        return Err(Imbalance(format!("the discount is negative, {}", show(order.discount))));
    }
    Ok(())
}

fn sum(order: &OrderView, kind: LineKind) -> Decimal {
    order.lines.iter().filter(|l| l.kind == kind).map(|l| l.amount).sum()
}

fn has_sub_minor(amount: Decimal) -> bool {
    round_minor(amount) != amount
}

fn show(amount: Decimal) -> Decimal {
    if amount.scale() < 2 {
        let mut padded = amount;
        padded.rescale(2);
        padded
    } else {
        amount
    }
}
