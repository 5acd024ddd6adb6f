//! `plan(told, now)`: from a difference to documents.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::lines::{Goal, Piece, Side, difference};
use super::target::{Target, targets};
use super::{Held, Sold, Told, ToldLine};
use crate::document::{
    Amounts, CreditNote, CreditReason, DebitNote, Document, Header, Line, OrderState, OrderView, SalesOrder,
    check_balance,
};

/// What [`plan`] needs beside the two states.
#[derive(Debug, Clone)]
pub struct Context {
    /// The number of the order's customer in the ERP.
    pub customer: String,
    /// The day of the change in the store's own zone: the date of credit and debit notes.
    pub event_date: Date,
}

/// What the difference comes to.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The ERP knows it already, or need not know it.
    Nothing,
    /// These documents bring the ERP in step.
    Planned(Plan),
    /// Not a document: the operator sees why.
    Held(Held),
}

/// The documents of one difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// In the order in which the ERP has to see them; never empty.
    pub documents: Vec<Document>,
    /// The ledger once they are in the outbox.
    pub told: Told,
}

/// Compares what was told of an order with what the store says now.
pub fn plan(told: &Told, now: &OrderView, context: &Context) -> Outcome {
    match now.state {
        OrderState::Open if told.is_live() => Outcome::Held(Held::new("it is open again after it was told to the ERP")),
        OrderState::Open => Outcome::Nothing,
        OrderState::Cancelled => close(told, now, context, CreditReason::Cancellation),
        OrderState::Returned => close(told, now, context, CreditReason::Return),
        OrderState::Posted => match posted(told, now, context) {
            Ok(outcome) => outcome,
            Err(held) => Outcome::Held(held),
        },
    }
}

/// Takes everything back; an explicit end of an order needs no balance.
fn close(told: &Told, now: &OrderView, context: &Context, reason: CreditReason) -> Outcome {
    if !told.is_live() {
        return Outcome::Nothing;
    }
    let mut next = told.clone();
    let goal = Goal { quantity: Decimal::ZERO, total: Decimal::ZERO, stated_tax: None, pieces: reason, value: reason };
    let pieces = next.lines.iter_mut().enumerate().flat_map(|(i, line)| difference(i, line, &goal)).collect::<Vec<_>>();
    finish(next, pieces, now, context)
}

fn posted(told: &Told, now: &OrderView, context: &Context) -> Result<Outcome, Held> {
    check_balance(now).map_err(|imbalance| Held::new(imbalance.to_string()))?;
    if told.is_live() && told.currency != now.currency {
        return Err(Held::new(format!("it was told in {} and is now in {}", told.currency, now.currency)));
    }
    let first = !told.is_live();
    let mut next = told.clone();
    if first {
        next.lines.clear();
    }
    let targets = targets(&next.lines, now)?;
    if first && targets.iter().all(|t| t.quantity.is_zero() && t.total.is_zero()) {
        // Everything has been refunded already.
        return Ok(Outcome::Nothing);
    }
    if first {
        return Ok(tell(next, targets, now, context));
    }
    let mut wanted: Vec<Option<&Target>> = vec![None; next.lines.len()];
    for target in &targets {
        match target.told {
            Some(i) => wanted[i] = Some(target),
            None => {
                next.lines.push(new_line(target));
                wanted.push(Some(target));
            }
        }
    }
    let mut pieces = Vec::new();
    for (i, (line, target)) in next.lines.iter_mut().zip(&wanted).enumerate() {
        pieces.extend(difference(i, line, &goal(*target)));
        if let Some(target) = target {
            line.key.clone_from(&target.key);
            line.list = target.list;
            line.extra.clone_from(&target.extra);
        } else {
            line.list = Decimal::ZERO;
        }
    }
    Ok(finish(next, pieces, now, context))
}

fn goal(target: Option<&Target>) -> Goal {
    let gone = Goal {
        quantity: Decimal::ZERO,
        total: Decimal::ZERO,
        stated_tax: None,
        pieces: CreditReason::Cancellation,
        value: CreditReason::Discount,
    };
    let Some(target) = target else { return gone };
    Goal {
        quantity: target.quantity,
        total: target.total,
        stated_tax: target.stated_tax(),
        pieces: if target.moved { CreditReason::Return } else { CreditReason::Cancellation },
        value: CreditReason::Discount,
    }
}

fn new_line(target: &Target) -> ToldLine {
    ToldLine {
        key: target.key.clone(),
        kind: target.kind,
        sku: target.sku.clone(),
        name: target.name.clone(),
        tax_rate: target.tax.rate(),
        quantity: Decimal::ZERO,
        list: Decimal::ZERO,
        amounts: Amounts::default(),
        sold: Vec::new(),
        extra: target.extra.clone(),
    }
}

/// Tells an order for the first time, or again after everything was credited.
fn tell(mut next: Told, targets: Vec<Target>, now: &OrderView, context: &Context) -> Outcome {
    let number = if next.orders == 0 { now.number.clone() } else { format!("{}-R{}", now.number, next.orders) };
    next.orders += 1;
    next.original.clone_from(&number);
    next.customer.clone_from(&context.customer);
    next.currency.clone_from(&now.currency);
    next.date = Some(now.date);
    let mut pieces = Vec::new();
    for target in &targets {
        let mut line = new_line(target);
        line.list = target.list;
        pieces.extend(difference(next.lines.len(), &mut line, &goal(Some(target))));
        next.lines.push(line);
    }
    let lines = document_lines(&mut next, &number, &pieces);
    let document = Document::SalesOrder(SalesOrder {
        header: header(&next, number, now, now.date, lines),
        ship_to: now.ship_to.clone(),
    });
    Outcome::Planned(Plan { documents: vec![document], told: next })
}

/// Puts pieces together: the debit note first, so that credits never exceed what is sold at any moment, then the credit
/// notes by reason.
fn finish(mut next: Told, pieces: Vec<Piece>, now: &OrderView, context: &Context) -> Outcome {
    let date = next.date.map_or(context.event_date, |ordered| ordered.max(context.event_date));
    let mut documents = Vec::new();
    let mine: Vec<Piece> = pieces.iter().filter(|p| p.side == Side::Debit).cloned().collect();
    if !mine.is_empty() {
        next.debit_notes += 1;
        let number = format!("{}-DN{}", now.number, next.debit_notes);
        let lines = document_lines(&mut next, &number, &mine);
        documents.push(Document::DebitNote(DebitNote {
            header: header(&next, number, now, date, lines),
            original: next.original.clone(),
        }));
    }
    for reason in [CreditReason::Return, CreditReason::Cancellation, CreditReason::Discount] {
        let mine: Vec<Piece> = pieces.iter().filter(|p| p.side == Side::Credit(reason)).cloned().collect();
        if mine.is_empty() {
            continue;
        }
        next.credit_notes += 1;
        let number = format!("{}-CN{}", now.number, next.credit_notes);
        let lines = document_lines(&mut next, &number, &mine);
        documents.push(Document::CreditNote(CreditNote {
            header: header(&next, number, now, date, lines),
            reason,
            original: next.original.clone(),
        }));
    }
    if documents.is_empty() { Outcome::Nothing } else { Outcome::Planned(Plan { documents, told: next }) }
}

/// Numbers the pieces as lines of document `number`, and notes pieces that it sells.
fn document_lines(next: &mut Told, number: &str, pieces: &[Piece]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(pieces.len());
    for (no, piece) in (1u32..).zip(pieces) {
        let told = &mut next.lines[piece.told];
        if piece.side == Side::Debit && !piece.quantity.is_zero() {
            told.sold.push(Sold { document: number.to_owned(), line: no, quantity: piece.quantity });
        }
        lines.push(Line {
            no,
            key: told.key.clone(),
            kind: told.kind,
            sku: told.sku.clone(),
            name: told.name.clone(),
            quantity: piece.quantity,
            tax_rate: told.tax_rate,
            amounts: piece.amounts.in_print(),
            sold_by: piece.sold_by.clone(),
            extra: told.extra.clone(),
        });
    }
    lines
}

fn header(told: &Told, number: String, now: &OrderView, date: Date, lines: Vec<Line>) -> Header {
    Header {
        number,
        order: now.number.clone(),
        customer: told.customer.clone(),
        date,
        currency: told.currency.clone(),
        amounts: lines.iter().map(|l| l.amounts).sum::<Amounts>().in_print(),
        lines,
        extra: now.extra.clone(),
    }
}
