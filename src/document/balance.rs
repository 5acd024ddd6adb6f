//! The control that every order passes before it becomes a document: its parts add up to what the store says.

use std::fmt;

use rust_decimal::Decimal;

use super::money::Minor;
use super::view::{LineKind, OrderView, ViewLine};

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
pub fn check_balance(order: &OrderView, minor: Minor) -> Result<(), Imbalance> {
    for line in &order.lines {
        check_line(line, minor)?;
    }
    if !order.lines.iter().any(|l| l.kind == LineKind::Goods && !l.quantity.is_zero()) {
        return Err(Imbalance(NO_LINES.into()));
    }
    let goods = sum(order, LineKind::Goods);
    let uneven = order.lines.iter().filter(|l| !minor.holds(l.amount)).count();
    let tolerance = minor.half() * Decimal::from(uneven);
    if let Some(control) = order.goods_total
        && (goods - control).abs() > tolerance
    {
        return Err(Imbalance(format!("lines add up to {}, store says {}", minor.print(goods), minor.print(control))));
    }
    let (shipping, fees) = (sum(order, LineKind::Shipping), sum(order, LineKind::Fee));
    let total = goods + shipping + fees - order.discount;
    // An untaxed discount gets its tax as the lines do.
    let of_discount = if minor.holds(order.discount) { Decimal::ZERO } else { minor.half() };
    if (total - order.total).abs() > tolerance + of_discount {
        return Err(Imbalance(format!(
            "lines {} + shipping {} + fees {} − discount {} = {}, store says {}",
            minor.print(goods),
            minor.print(shipping),
            minor.print(fees),
            minor.print(order.discount),
            minor.print(total),
            minor.print(order.total)
        )));
    }
    if minor.round(order.total) < Decimal::ZERO {
        return Err(Imbalance(format!("its total is negative, {}", minor.print(order.total))));
    }
    if order.discount > goods {
        return Err(Imbalance(format!(
            "the discount {} exceeds the lines, {}",
            minor.print(order.discount),
            minor.print(goods)
        )));
    }
    if order.discount < Decimal::ZERO {
        return Err(Imbalance(format!("the discount is negative, {}", minor.print(order.discount))));
    }
    Ok(())
}

fn check_line(line: &ViewLine, minor: Minor) -> Result<(), Imbalance> {
    let (amount, tax) = (line.amount, line.tax.stated());
    if amount < Decimal::ZERO {
        return Err(Imbalance(format!("line {} has a negative amount, {}", line.key, minor.print(amount))));
    }
    if line.quantity < Decimal::ZERO {
        return Err(Imbalance(format!("line {} has a negative quantity, {}", line.key, line.quantity.normalize())));
    }
    if line.quantity.is_zero() && !amount.is_zero() {
        return Err(Imbalance(format!(
            "line {} has an amount of {} for a quantity of zero",
            line.key,
            minor.print(amount)
        )));
    }
    if tax < Decimal::ZERO || tax > amount {
        return Err(Imbalance(format!(
            "line {} has a tax of {} in an amount of {}",
            line.key,
            minor.print(tax),
            minor.print(amount)
        )));
    }
    Ok(())
}

fn sum(order: &OrderView, kind: LineKind) -> Decimal {
    order.lines.iter().filter(|l| l.kind == kind).map(|l| l.amount).sum()
}
