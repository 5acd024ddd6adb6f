//! Where each line should stand: lines matched to what was told, amounts spread to the store's total.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Held, ToldLine};
use crate::document::{LineKind, OrderView, RefundLineView, Tax, ViewLine, allocate, round_minor};

/// What a shop that sells with more digits than it refunds may refund too much.
const HALF_A_CENT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// Where one line should stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    /// The told line that it continues, as an index.
    pub told: Option<usize>,
    pub key: String,
    pub kind: LineKind,
    pub sku: String,
    pub name: String,
    pub quantity: Decimal,
    /// The store's amount before the header's discount, less refunds of this very line.
    pub list: Decimal,
    /// The amount with tax that it should stand at, in minor units.
    pub total: Decimal,
    pub tax: Tax,
    /// True where goods of it have left the house or have come back.
    pub moved: bool,
    pub extra: BTreeMap<String, String>,
}

/// The targets of a posted order that balances, given the told lines.
///
/// # Errors
/// [`Held`] where refunds exceed the order or an amount has no line to go to.
pub(super) fn targets(told: &[ToldLine], now: &OrderView) -> Result<Vec<Target>, Held> {
    let matches = match_lines(told, &now.lines);
    let mut targets: Vec<Target> =
        now.lines.iter().zip(matches).map(|(line, told)| Target::from_view(line, told)).collect();
    let refunded = take_refunds(&mut targets, now)?;
    let total = round_minor(now.total - refunded);
    if total < Decimal::ZERO {
        return Err(Held::new(format!("refunds of {refunded} exceed the order's total of {}", now.total)));
    }
    let mut fixed = Decimal::ZERO;
    for target in targets.iter_mut().filter(|t| t.kind != LineKind::Goods) {
        target.total = round_minor(target.list);
        fixed += target.total;
    }
    spread(&mut targets, told, total - fixed)?;
    Ok(targets)
}

impl Target {
    fn from_view(line: &ViewLine, told: Option<usize>) -> Self {
        Target {
            told,
            key: line.key.clone(),
            kind: line.kind,
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity,
            list: line.amount,
            total: Decimal::ZERO,
            tax: line.tax,
            moved: line.shipped > Decimal::ZERO,
            extra: line.extra.clone(),
        }
    }

    /// Takes a refund of this very line off it, with the tax that the refund states or else its share of the line's.
    fn take(&mut self, refund: &RefundLineView, amount: Decimal) {
        if let Tax::Stated { tax, .. } = &mut self.tax {
            let share = if self.list.is_zero() { Decimal::ZERO } else { *tax * amount / self.list };
            *tax -= refund.tax.unwrap_or(share);
        }
        self.quantity -= refund.quantity;
        self.list = (self.list - amount).max(Decimal::ZERO);
    }

    /// The line's tax where the store states it: its share after the spread.
    pub fn stated_tax(&self) -> Option<Decimal> {
        match self.tax {
            Tax::Included { .. } => None,
            Tax::Stated { tax, .. } if self.list.is_zero() => Some(round_minor(tax)),
            Tax::Stated { tax, .. } => Some(round_minor(tax * self.total / self.list)),
        }
    }
}

/// For each line of the view the told line that it continues: by key, else by SKU in order; never across SKUs or tax rates.
fn match_lines(told: &[ToldLine], now: &[ViewLine]) -> Vec<Option<usize>> {
    let same = |t: &ToldLine, n: &ViewLine| t.sku == n.sku && t.tax_rate == n.tax.rate() && t.kind == n.kind;
    let mut taken = vec![false; told.len()];
    let mut matches = vec![None; now.len()];
    for by_key in [true, false] {
        for (n, line) in now.iter().enumerate() {
            if matches[n].is_some() {
                continue;
            }
            let found = told.iter().enumerate().position(|(i, t)| {
                !taken[i]
                    && same(t, line)
                    && if by_key { t.key == line.key } else { !t.amounts.is_zero() || t.holds_pieces() }
            });
            if let Some(i) = found {
                taken[i] = true;
                matches[n] = Some(i);
            }
        }
    }
    matches
}

/// Takes refunds that the order's own rows do not include off their lines; returns the sum of all such refunds.
fn take_refunds(targets: &mut [Target], now: &OrderView) -> Result<Decimal, Held> {
    let mut refunded = Decimal::ZERO;
    for refund in &now.refunds {
        let stated: Decimal = refund.lines.iter().filter_map(|l| l.amount).sum();
        let mut left = (refund.amount - stated).max(Decimal::ZERO);
        for line in &refund.lines {
            let found = targets.iter_mut().find(|t| match &line.line {
                Some(key) => t.key == *key,
                None => {
                    t.kind == LineKind::Goods && t.sku == line.sku && (refund.included || t.quantity >= line.quantity)
                }
            });
            let Some(target) = found else {
                if refund.included {
                    continue;
                }
                return Err(Held::new(format!("refund {} names a line that the order does not have", refund.id)));
            };
            target.moved |= line.quantity > Decimal::ZERO;
            if refund.included {
                continue;
            }
            // Pieces without an amount come back at what each is sold for, as far as the refund goes.
            let at_price = || match target.quantity.is_zero() {
                true => Decimal::ZERO,
                false => round_minor(target.list * line.quantity / target.quantity),
            };
            let amount = line.amount.unwrap_or_else(|| at_price().min(left));
            left = (left - if line.amount.is_none() { amount } else { Decimal::ZERO }).max(Decimal::ZERO);
            if line.quantity > target.quantity || amount - target.list > HALF_A_CENT {
                return Err(Held::new(format!("refunds of line {} exceed what it sold", target.key)));
            }
            target.take(line, amount);
        }
        if !refund.included {
            refunded += refund.amount;
        }
    }
    Ok(refunded)
}

/// Lets the goods lines follow their own list amounts, then spreads what is missing to `goods_total` over them.
fn spread(targets: &mut [Target], told: &[ToldLine], goods_total: Decimal) -> Result<(), Held> {
    let mut goods: Vec<&mut Target> = targets.iter_mut().filter(|t| t.kind == LineKind::Goods).collect();
    for target in &mut goods {
        let own = match target.told {
            Some(i) if !told[i].amounts.total.is_zero() || told[i].holds_pieces() => {
                told[i].amounts.total + target.list - told[i].list
            }
            _ => target.list,
        };
        let gone = target.quantity.is_zero();
        target.total = if gone { Decimal::ZERO } else { round_minor(own.max(Decimal::ZERO)) };
    }
    let excess = goods.iter().map(|t| t.total).sum::<Decimal>() - goods_total;
    if excess.is_zero() {
        return Ok(());
    }
    let mut weights: Vec<Decimal> = goods.iter().map(|t| t.total).collect();
    if excess < Decimal::ZERO && weights.iter().all(Decimal::is_zero) {
        // Lines without pieces take it only where no other can: at the next look they would not keep it.
        let list = |t: &&mut Target, gone: bool| {
            if gone == t.quantity.is_zero() { t.list.max(Decimal::ZERO) } else { Decimal::ZERO }
        };
        weights = goods.iter().map(|t| list(t, false)).collect();
        if weights.iter().all(Decimal::is_zero) {
            weights = goods.iter().map(|t| list(t, true)).collect();
        }
    }
    let shares = allocate(excess, &weights).ok_or_else(|| Held::new(format!("{} has no line to go to", -excess)))?;
    for (target, share) in goods.iter_mut().zip(shares) {
        target.total -= share;
        if target.total < Decimal::ZERO {
            return Err(Held::new(format!("the discounts exceed line {}", target.key)));
        }
    }
    Ok(())
}
