//! The difference of one line as document lines.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Sold, ToldLine};
use crate::document::{Amounts, CreditReason, LineKind, Minor, SoldBy};

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
    pub tax: Option<Decimal>,
    /// Why pieces come off.
    pub pieces: Off,
    /// The reason for credited value.
    pub value: CreditReason,
}

/// Why pieces come off a line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Off {
    /// All of them for one reason.
    All(CreditReason),
    /// Some came back; others never left.
    CameBack {
        /// Pieces that refund rows name, counted from the line's beginning.
        named: Decimal,
        /// Pieces that had left the house.
        out: Decimal,
    },
}

/// Adds the pieces that take `line` (at index `told`) to `goal`; moves the line there, all but `sold` of debited pieces.
pub(super) fn difference(told: usize, line: &mut ToldLine, goal: &Goal, minor: Minor, pieces: &mut Vec<Piece>) {
    let from = pieces.len();
    let before = line.amounts.total;
    let mut rest = before - goal.total;
    let has_pieces = line.kind == LineKind::Goods || line.quantity.is_zero();
    if has_pieces && goal.quantity < line.quantity {
        let quantity = line.quantity - goal.quantity;
        let total = at_told_price(line, quantity, rest, minor);
        credit_pieces(told, line, goal, (quantity, total), minor, pieces);
        rest -= total;
    } else if has_pieces && goal.quantity > line.quantity {
        let quantity = goal.quantity - line.quantity;
        let total = match line.quantity.is_zero() {
            true => (goal.total - before).max(Decimal::ZERO),
            false => at_told_price(line, quantity, -rest, minor),
        };
        pieces.push(Piece::new(told, quantity, total, None, Side::Debit));
        line.quantity += quantity;
        rest += total;
    }
    if rest > Decimal::ZERO {
        pieces.push(Piece::new(told, Decimal::ZERO, rest, line.origin.clone(), Side::Credit(goal.value)));
    } else if rest < Decimal::ZERO {
        pieces.push(Piece::new(told, Decimal::ZERO, -rest, None, Side::Debit));
    }
    give_tax(told, line, goal, minor, from, pieces);
    for piece in &pieces[from..] {
        line.book(piece);
    }
}

/// What so many pieces of the line come to at the told price: `wanted`, where that is the same but for the rounding of each piece.
fn at_told_price(line: &ToldLine, quantity: Decimal, wanted: Decimal, minor: Minor) -> Decimal {
    let exact = line.amounts.total * quantity / line.quantity;
    let rounding = minor.half() * quantity.max(Decimal::TWO);
    if wanted >= Decimal::ZERO && (wanted - exact).abs() <= rounding { wanted } else { minor.round(exact) }
}

/// Takes pieces off, those that came back apart from those that never left.
fn credit_pieces(
    told: usize,
    line: &mut ToldLine,
    goal: &Goal,
    (quantity, total): (Decimal, Decimal),
    minor: Minor,
    pieces: &mut Vec<Piece>,
) {
    let (returned, rest) = match goal.pieces {
        Off::All(CreditReason::Return) => (quantity, CreditReason::Cancellation),
        Off::All(reason) => (Decimal::ZERO, reason),
        Off::CameBack { named, out } => {
            // Pieces that refund rows name and that were not taken back for them before; else what is out and not sold any more.
            let came_back = (named - line.returned).max(out - goal.quantity);
            (came_back.clamp(Decimal::ZERO, quantity), CreditReason::Cancellation)
        }
    };
    let of_returned = if returned == quantity { total } else { minor.round(total * returned / quantity) };
    for (quantity, total, reason) in
        [(returned, of_returned, CreditReason::Return), (quantity - returned, total - of_returned, rest)]
    {
        take_sold(told, line, (quantity, total), reason, minor, pieces);
    }
    line.quantity -= quantity;
    line.returned += returned;
    line.shipped = (line.shipped - returned).max(Decimal::ZERO);
}

/// Takes pieces off what documents have sold, newest first, and shares `total` over them.
fn take_sold(
    told: usize,
    line: &mut ToldLine,
    (quantity, total): (Decimal, Decimal),
    reason: CreditReason,
    minor: Minor,
    pieces: &mut Vec<Piece>,
) {
    let (mut left, mut money) = (quantity, total);
    while left > Decimal::ZERO {
        let Some(last) = line.sold.last_mut() else {
            pieces.push(Piece::new(told, left, money, line.origin.clone(), Side::Credit(reason)));
            return;
        };
        let part = last.quantity.min(left);
        let amount = if part == left { money } else { minor.round(total * part / quantity) };
        let sold_by = SoldBy { document: last.document.clone(), line: last.line };
        pieces.push(Piece::new(told, part, amount, Some(sold_by), Side::Credit(reason)));
        last.quantity -= part;
        if last.quantity.is_zero() {
            line.sold.pop();
        }
        left -= part;
        money -= amount;
    }
}

/// Gives each new piece the tax that its amount includes, then moves single units where the line's remaining tax needs it.
///
/// What remains may differ by a unit from the tax of what remains, so that documents stay plain; a line that closes, whose tax
/// the store states, or of which an ERP that taxes by itself could not take back what remains, ends exact.
fn give_tax(told: usize, line: &ToldLine, goal: &Goal, minor: Minor, from: usize, pieces: &mut Vec<Piece>) {
    let rate = line.tax_rate;
    if let (None, true, [piece]) = (goal.tax, line.amounts.is_zero(), &mut pieces[from..]) {
        // Told for the first time: the tax of the piece is that of the line.
        piece.amounts = Amounts::from_total(piece.amounts.total, minor.included_tax(piece.amounts.total, rate));
        return;
    }
    let mut after = line.amounts.tax;
    for piece in &mut pieces[from..] {
        let total = piece.amounts.total;
        piece.amounts = Amounts::from_total(total, minor.included_tax(total, rate));
        after += piece.sign() * piece.amounts.tax;
    }
    let wanted = goal.tax.unwrap_or_else(|| minor.included_tax(goal.total, rate));
    let mut missing = wanted - after;
    if missing.is_zero() {
        return;
    }
    // What an ERP that taxes by itself could never take back must not be left.
    let stuck = || minor.parts_for_tax(goal.quantity, goal.total, after, rate).is_none();
    if goal.tax.is_none() && !goal.total.is_zero() && !stuck() {
        return;
    }
    let unit = minor.unit();
    pieces[from..].sort_by_key(|p| std::cmp::Reverse(p.amounts.total));
    for piece in &mut pieces[from..] {
        if missing.is_zero() {
            break;
        }
        let step = if missing > Decimal::ZERO { unit } else { -unit };
        let tax = piece.amounts.tax + step * piece.sign();
        if minor.parts_for_tax(piece.quantity, piece.amounts.total, tax, rate).is_some() {
            piece.amounts = Amounts::from_total(piece.amounts.total, tax);
            missing -= step;
        }
    }
    for piece in &mut pieces[from..] {
        let tax = (piece.amounts.tax + missing * piece.sign()).clamp(Decimal::ZERO, piece.amounts.total);
        missing -= (tax - piece.amounts.tax) * piece.sign();
        piece.amounts = Amounts::from_total(piece.amounts.total, tax);
    }
    if !missing.is_zero() {
        shift_tax(told, line, goal, missing, pieces);
    }
}

/// Moves `missing` between a line's net and its tax while its total stays: one amount goes out, all tax or all net, and the
/// same comes in as the other.
fn shift_tax(told: usize, line: &ToldLine, goal: &Goal, missing: Decimal, pieces: &mut Vec<Piece>) {
    let amount = missing.abs();
    let as_tax = |side, sold_by, is_tax: bool| {
        let mut piece = Piece::new(told, Decimal::ZERO, amount, sold_by, side);
        piece.amounts = Amounts::from_total(amount, if is_tax { amount } else { Decimal::ZERO });
        piece
    };
    pieces.push(as_tax(Side::Debit, None, missing > Decimal::ZERO));
    pieces.push(as_tax(Side::Credit(goal.value), line.origin.clone(), missing < Decimal::ZERO));
}

impl ToldLine {
    fn book(&mut self, piece: &Piece) {
        match piece.side {
            Side::Debit => self.amounts += piece.amounts,
            Side::Credit(_) => {
                self.amounts -= piece.amounts;
                self.credited.quantity += piece.quantity;
                match piece.quantity.is_zero() {
                    true => self.credited.by_value += piece.amounts,
                    false => self.credited.by_quantity += piece.amounts,
                }
            }
        }
    }

    /// Notes the pieces that a line of a document sells.
    pub(super) fn sells(&mut self, document: &Arc<str>, line: u32, quantity: Decimal) {
        if self.origin.is_none() {
            self.origin = Some(SoldBy { document: document.clone(), line });
        }
        if !quantity.is_zero() {
            self.sold.push(Sold { document: document.clone(), line, quantity });
        }
    }
}

impl Piece {
    fn new(told: usize, quantity: Decimal, total: Decimal, sold_by: Option<SoldBy>, side: Side) -> Piece {
        Piece { told, quantity, amounts: Amounts::from_total(total, Decimal::ZERO), sold_by, side }
    }

    /// What the piece does to the line: +1 adds, −1 takes away.
    fn sign(&self) -> Decimal {
        match self.side {
            Side::Credit(_) => -Decimal::ONE,
            Side::Debit => Decimal::ONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Credited;
    use super::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    /// Two pieces for 10.00 at 13 %, of which so much is tax, sold by the documents named.
    fn line(tax: &str, sold: &[&str]) -> ToldLine {
        let share = Decimal::TWO / Decimal::from(sold.len());
        let sold = sold.iter().map(|document| Sold { document: (*document).into(), line: 1, quantity: share });
        ToldLine {
            key: "1".into(),
            kind: LineKind::Goods,
            sku: "A".into(),
            options: None,
            name: "x".into(),
            tax_rate: d("13"),
            quantity: Decimal::TWO,
            list: d("10.00"),
            amounts: Amounts::from_total(d("10.00"), d(tax)),
            shipped: Decimal::ZERO,
            returned: Decimal::ZERO,
            credited: Credited::default(),
            origin: Some(SoldBy { document: "S1".into(), line: 1 }),
            sold: sold.collect(),
            extra: BTreeMap::new(),
        }
    }

    fn goal(quantity: &str, total: &str, tax: Option<&str>) -> Goal {
        Goal {
            quantity: d(quantity),
            total: d(total),
            tax: tax.map(d),
            pieces: Off::All(CreditReason::Return),
            value: CreditReason::Discount,
        }
    }

    /// The pieces as `side quantity total tax`, and the line's tax afterwards.
    fn moved(mut line: ToldLine, goal: &Goal) -> (Vec<String>, String) {
        let (mut pieces, cent) = (Vec::new(), Minor::of("CNY").unwrap());
        difference(0, &mut line, goal, cent, &mut pieces);
        let shown = pieces.iter().map(|p| {
            let sign = if p.side == Side::Debit { '+' } else { '-' };
            format!("{sign} {} {} {}", p.quantity.normalize(), cent.print(p.amounts.total), cent.print(p.amounts.tax))
        });
        (shown.collect(), line.amounts.tax.to_string())
    }

    #[test]
    fn tax_is_plain_until_it_cannot_be() {
        let cases: [(&str, Goal, &[&str], &str); 7] = [
            // A unit off is left on a line that stays open.
            ("1.15", goal("1", "5.00", None), &["- 1 5.00 0.58"], "0.57"),
            // What no two parts of 5.00 have as their tax is not left.
            ("1.14", goal("1", "5.00", None), &["- 1 5.00 0.56"], "0.58"),
            ("1.17", goal("1", "5.00", None), &["- 1 5.00 0.59"], "0.58"),
            // Stated, it is exact.
            ("1.15", goal("2", "9.00", Some("1.04")), &["- 0 1.00 0.11"], "1.04"),
            ("1.15", goal("2", "10.00", Some("1.17")), &["+ 0 0.02 0.02", "- 0 0.02 0.00"], "1.17"),
            ("1.15", goal("2", "10.00", Some("1.13")), &["+ 0 0.02 0.00", "- 0 0.02 0.02"], "1.13"),
            // What closes takes what is left, whatever it is.
            ("1.50", goal("0", "0", None), &["- 2 10.00 1.50"], "0.00"),
        ];
        for (tax, goal, pieces, after) in cases {
            let (made, left) = moved(line(tax, &["S1"]), &goal);
            assert_eq!(
                (made, left.as_str()),
                (pieces.iter().map(|p| (*p).to_owned()).collect(), after),
                "{tax} {goal:?}"
            );
        }
    }

    #[test]
    fn what_two_documents_sold_shares_the_odd_units() {
        let close = |tax: &str| {
            let mut line = line(tax, &["S1", "S1-DN1"]);
            (line.quantity, line.sold[0].quantity) = (d("3"), Decimal::TWO);
            line.amounts = Amounts::from_total(d("15.00"), d(tax));
            moved(line, &goal("0", "0", None)).0
        };
        assert_eq!(close("1.73"), ["- 1 5.00 0.58", "- 2 10.00 1.15"]);
        // A cent more: no two parts of 5.00 have 0.59, of 10.00 two have 1.16.
        assert_eq!(close("1.74"), ["- 2 10.00 1.16", "- 1 5.00 0.58"]);
        // A cent less: of 10.00 no two have 1.14, of 5.00 two have 0.57.
        assert_eq!(close("1.72"), ["- 2 10.00 1.15", "- 1 5.00 0.57"]);
        // More than can be written is the largest's.
        assert_eq!(close("1.76"), ["- 2 10.00 1.18", "- 1 5.00 0.58"]);
    }
}
