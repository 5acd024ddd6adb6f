//! The difference of one line as document lines.

use rust_decimal::Decimal;

use super::{Sold, ToldLine};
use crate::document::{Amounts, CreditReason, LineKind, SoldBy, included_tax, parts_for_tax, round_minor};

/// One line of a document to be, before documents are put together.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Index of the told line.
    pub told: usize,
    pub quantity: Decimal,
    pub amounts: Amounts,
    pub sold_by: Option<SoldBy>,
    pub side: Side,
}

/// Where a [`Piece`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Credit(CreditReason),
    Debit,
}

/// Where a told line should stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    pub quantity: Decimal,
    pub total: Decimal,
    /// The tax where the store states it.
    pub stated_tax: Option<Decimal>,
    /// The reason for credited pieces.
    pub pieces: CreditReason,
    /// The reason for credited value.
    pub value: CreditReason,
}

/// What one line still has to move, as pieces and value.
struct Moves {
    credit_pieces: Option<(Decimal, Decimal)>,
    debit_pieces: Option<(Decimal, Decimal)>,
    credit_value: Decimal,
    debit_value: Decimal,
}

/// The pieces that take `line` (at index `told`) to `goal`; moves the line there, all but `sold` of debited pieces.
pub(super) fn difference(told: usize, line: &mut ToldLine, goal: &Goal) -> Vec<Piece> {
    let moves = moves(line, goal);
    let mut pieces = Vec::new();
    if let Some((quantity, total)) = moves.credit_pieces {
        for (sold_by, quantity, total) in take_sold(&mut line.sold, quantity, total) {
            pieces.push(credit(told, quantity, total, sold_by, goal.pieces));
        }
        line.quantity -= quantity;
    }
    if moves.credit_value > Decimal::ZERO {
        pieces.push(credit(told, Decimal::ZERO, moves.credit_value, None, goal.value));
    }
    if let Some((quantity, total)) = moves.debit_pieces {
        pieces.push(debit(told, quantity, total));
        line.quantity += quantity;
    }
    if moves.debit_value > Decimal::ZERO {
        pieces.push(debit(told, Decimal::ZERO, moves.debit_value));
    }
    tax_pieces(line, goal, &mut pieces);
    for piece in &pieces {
        match piece.side {
            Side::Credit(_) => line.amounts -= piece.amounts,
            Side::Debit => line.amounts += piece.amounts,
        }
    }
    pieces
}

fn moves(line: &ToldLine, goal: &Goal) -> Moves {
    let told = line.amounts.total;
    let mut moves =
        Moves { credit_pieces: None, debit_pieces: None, credit_value: Decimal::ZERO, debit_value: Decimal::ZERO };
    let mut rest = told - goal.total;
    let has_pieces = line.kind == LineKind::Goods || line.quantity.is_zero();
    if has_pieces {
        if goal.quantity < line.quantity {
            let quantity = line.quantity - goal.quantity;
            let at_told_price =
                if goal.quantity.is_zero() { told } else { round_minor(told * quantity / line.quantity) };
            moves.credit_pieces = Some((quantity, at_told_price));
            rest -= at_told_price;
        } else if goal.quantity > line.quantity {
            let quantity = goal.quantity - line.quantity;
            let at_told_price = if line.quantity.is_zero() {
                (goal.total - told).max(Decimal::ZERO)
            } else {
                round_minor(told * quantity / line.quantity)
            };
            moves.debit_pieces = Some((quantity, at_told_price));
            rest += at_told_price;
        }
    }
    if rest > Decimal::ZERO {
        moves.credit_value = rest;
    } else {
        moves.debit_value = -rest;
    }
    moves
}

fn credit(told: usize, quantity: Decimal, total: Decimal, sold_by: Option<SoldBy>, reason: CreditReason) -> Piece {
    Piece { told, quantity, amounts: Amounts::from_total(total, Decimal::ZERO), sold_by, side: Side::Credit(reason) }
}

fn debit(told: usize, quantity: Decimal, total: Decimal) -> Piece {
    Piece { told, quantity, amounts: Amounts::from_total(total, Decimal::ZERO), sold_by: None, side: Side::Debit }
}

/// Takes `quantity` pieces off what documents have sold, newest first, and shares `total` over them.
fn take_sold(sold: &mut Vec<Sold>, quantity: Decimal, total: Decimal) -> Vec<(Option<SoldBy>, Decimal, Decimal)> {
    let mut taken = Vec::new();
    let (mut left, mut money) = (quantity, total);
    while left > Decimal::ZERO {
        let Some(last) = sold.last_mut() else {
            taken.push((None, left, money));
            break;
        };
        let part = last.quantity.min(left);
        let amount = if part == left { money } else { round_minor(total * part / quantity) };
        taken.push((Some(SoldBy { document: last.document.clone(), line: last.line }), part, amount));
        last.quantity -= part;
        if last.quantity.is_zero() {
            sold.pop();
        }
        left -= part;
        money -= amount;
    }
    taken
}

/// Gives each piece the tax that its amount includes, then moves single cents where the line's remaining tax needs it.
///
/// What remains may differ by a cent from the tax of what remains, so that documents stay plain; a line that closes, or whose
/// tax the store states, ends exact.
fn tax_pieces(line: &ToldLine, goal: &Goal, pieces: &mut [Piece]) {
    let rate = line.tax_rate;
    for piece in pieces.iter_mut() {
        let total = piece.amounts.total;
        piece.amounts = Amounts::from_total(total, included_tax(total, rate));
    }
    let wanted = goal.stated_tax.unwrap_or_else(|| included_tax(goal.total, rate));
    let after = line.amounts.tax + pieces.iter().map(|p| p.sign() * p.amounts.tax).sum::<Decimal>();
    let cent = Decimal::new(1, 2);
    let exactly = goal.stated_tax.is_some() || goal.total.is_zero();
    let tolerance = if exactly { Decimal::ZERO } else { cent };
    let mut missing = wanted - after;
    pieces.sort_by_key(|p| std::cmp::Reverse(p.amounts.total));
    for piece in pieces.iter_mut() {
        if missing.abs() <= tolerance {
            break;
        }
        let step = if missing > Decimal::ZERO { cent } else { -cent };
        let tax = piece.amounts.tax + step * piece.sign();
        if parts_for_tax(piece.quantity, piece.amounts.total, tax, rate).is_some() {
            piece.amounts = Amounts::from_total(piece.amounts.total, tax);
            missing -= step;
        }
    }
    if exactly && let Some(biggest) = pieces.first_mut() {
        let tax = biggest.amounts.tax + missing * biggest.sign();
        biggest.amounts = Amounts::from_total(biggest.amounts.total, tax);
    }
}

impl Piece {
    /// What the piece does to the line: +1 adds, −1 takes away.
    fn sign(&self) -> Decimal {
        match self.side {
            Side::Credit(_) => -Decimal::ONE,
            Side::Debit => Decimal::ONE,
        }
    }
}
