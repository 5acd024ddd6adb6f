//! `plan(told, now)`: from a difference to documents.

use std::mem;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::lines::{Goal, Off, Piece, Side, difference};
use super::number::Numbering;
use super::target::{Target, Targets, targets};
use super::{Credited, Held, Told, ToldLine};
use crate::document::{
    Amounts, CreditNote, CreditReason, DebitNote, Document, Header, Line, LineKind, Minor, OrderState, OrderView,
    SalesOrder, SoldBy, check_balance,
};

/// What [`plan`] needs beside the two states.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The number of the order's customer in the ERP.
    pub customer: String,
    /// The buyer's name, where the customer is an account that many buyers share.
    pub buyer: Option<String>,
    /// The day of the change in the store's own zone: the date of credit and debit notes.
    pub event_date: Date,
    /// How documents are numbered.
    pub numbering: &'a Numbering,
}

/// What the difference comes to.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The ERP knows it already, or need not know it.
    Nothing,
    /// No document; the ledger has something to remember for the next one.
    Noted(Told),
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

impl Plan {
    /// The same, told of this customer: its number in the ERP, and the buyer's name where that is an account of many.
    pub fn told_of(mut self, customer: &str, buyer: Option<&str>) -> Plan {
        for header in self.documents.iter_mut().filter_map(Document::header_mut) {
            customer.clone_into(&mut header.customer);
            header.buyer = buyer.map(str::to_owned);
        }
        customer.clone_into(&mut self.told.customer);
        self.told.buyer = buyer.map(str::to_owned);
        self
    }
}

/// Compares what was told of an order with what the store says now.
pub fn plan(told: &Told, now: &OrderView, context: &Context<'_>) -> Outcome {
    let outcome = match now.state {
        OrderState::Open if told.is_live() => Err(Held::new(format!(
            "it is open again after {} was told to the ERP, with {} left of it: pay or cancel it in the shop, or credit it by hand",
            told.original,
            worth(told)
        ))),
        OrderState::Open => Ok(Outcome::Nothing),
        OrderState::Cancelled => close(told, now, context, CreditReason::Cancellation),
        OrderState::Returned => close(told, now, context, CreditReason::Return),
        OrderState::Posted => posted(told, now, context),
    };
    outcome.unwrap_or_else(Outcome::Held)
}

/// Takes everything back; an explicit end of an order needs no balance.
fn close(told: &Told, now: &OrderView, context: &Context<'_>, reason: CreditReason) -> Result<Outcome, Held> {
    if !told.is_live() {
        return Ok(Outcome::Nothing);
    }
    let minor = minor_of(&told.currency)?;
    let mut next = told.clone();
    let goal =
        Goal { quantity: Decimal::ZERO, total: Decimal::ZERO, tax: None, pieces: Off::All(reason), value: reason };
    let mut pieces = Vec::new();
    for (i, line) in next.lines.iter_mut().enumerate() {
        difference(i, line, &goal, minor, &mut pieces);
        line.list = Decimal::ZERO;
    }
    finish(next, pieces, now, context, minor)
}

fn posted(told: &Told, now: &OrderView, context: &Context<'_>) -> Result<Outcome, Held> {
    let minor = minor_of(&now.currency)?;
    if told.is_live() && !now.lines.iter().any(|l| l.kind == LineKind::Goods && !l.quantity.is_zero()) {
        return Err(Held::new(format!(
            "it has no lines any more after {} was told to the ERP, with {} left of it: cancel it in the shop, or credit it by hand",
            told.original,
            worth(told)
        )));
    }
    check_balance(now, minor).map_err(|imbalance| Held::new(imbalance.to_string()))?;
    if !told.is_live() {
        let targets = targets(&[], now, minor)?;
        if targets.lines.iter().all(Target::is_nothing) {
            // Everything has been refunded already.
            return Ok(Outcome::Nothing);
        }
        return tell(told, targets, now, context, minor);
    }
    if told.currency != now.currency {
        return Err(Held::new(format!(
            "it was told in {} and is now in {}: cancel it in the shop and enter it anew, or credit {} by hand",
            told.currency,
            now.currency,
            worth(told)
        )));
    }
    let mut next = told.clone();
    next.prices_include_tax = now.prices_include_tax;
    let targets = targets(&told.lines, now, minor)?;
    let mut wanted: Vec<Option<&Target<'_>>> = vec![None; next.lines.len()];
    for target in &targets.lines {
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
        match target {
            Some(target) => {
                line.shipped = line.shipped.max(target.line.shipped);
                // A refund that is gone takes its pieces with it.
                line.returned = line.returned.min(target.came_back);
                difference(i, line, &goal(target, line), minor, &mut pieces);
                line.follow(target);
                // The store's own words stand as before.
                line.shipped = line.shipped.max(target.line.shipped);
                line.returned = line.returned.min(target.came_back);
            }
            None => {
                difference(i, line, &gone(i, line, &targets), minor, &mut pieces);
                line.list = Decimal::ZERO;
            }
        }
    }
    if pieces.is_empty() {
        return Ok(if next == *told { Outcome::Nothing } else { Outcome::Noted(next) });
    }
    finish(next, pieces, now, context, minor)
}

fn goal(target: &Target<'_>, line: &ToldLine) -> Goal {
    Goal {
        quantity: target.quantity,
        total: target.total,
        tax: target.tax,
        pieces: Off::CameBack { named: target.came_back, out: line.shipped },
        value: CreditReason::Discount,
    }
}

/// The goal of a told line that the store has no more.
fn gone(i: usize, line: &ToldLine, targets: &Targets<'_>) -> Goal {
    let named: Decimal = targets.gone_came_back.iter().filter(|(at, _)| *at == i).map(|(_, quantity)| *quantity).sum();
    Goal {
        quantity: Decimal::ZERO,
        total: Decimal::ZERO,
        tax: None,
        pieces: Off::CameBack { named, out: line.shipped },
        value: CreditReason::Discount,
    }
}

fn new_line(target: &Target<'_>) -> ToldLine {
    let line = target.line;
    ToldLine {
        key: line.key.clone(),
        kind: line.kind,
        sku: line.sku.clone(),
        options: line.options.clone(),
        name: line.name.clone(),
        tax_rate: line.tax.rate(),
        quantity: Decimal::ZERO,
        list: Decimal::ZERO,
        amounts: Amounts::default(),
        shipped: line.shipped,
        returned: Decimal::ZERO,
        credited: Credited::default(),
        origin: None,
        sold: Vec::new(),
        extra: line.extra.clone(),
    }
}

impl Told {
    /// The order's number that its notes are called after.
    fn number_of<'a>(&'a self, now: &'a OrderView) -> &'a str {
        if self.number.is_empty() { &now.number } else { &self.number }
    }
}

impl ToldLine {
    /// Takes over what the store says of the line and no document needs to.
    fn follow(&mut self, target: &Target<'_>) {
        if self.key != target.line.key {
            self.key.clone_from(&target.line.key);
        }
        self.extra.clone_from(&target.line.extra);
        if self.options.is_none() {
            self.options.clone_from(&target.line.options);
        }
        // A line that was told before the ledger noted it was first told by the oldest that sold it.
        if self.origin.is_none() {
            let oldest = self.sold.first();
            self.origin = oldest.map(|sold| SoldBy { document: sold.document.clone(), line: sold.line });
        }
        self.list = target.list;
    }
}

/// Tells an order for the first time, or again after everything was credited.
fn tell(
    told: &Told,
    targets: Targets<'_>,
    now: &OrderView,
    context: &Context<'_>,
    minor: Minor,
) -> Result<Outcome, Held> {
    let number = context.numbering.sales_order(&now.number, told.orders)?;
    // A second life begins when it begins: after the credit that ended the first.
    let date = if told.orders == 0 { now.date } else { now.date.max(context.event_date) };
    let mut next = Told {
        original: number.clone(),
        number: now.number.clone(),
        warned: told.warned.clone(),
        customer: context.customer.clone(),
        customer_id: now.customer.clone(),
        buyer: context.buyer.clone(),
        currency: now.currency.clone(),
        prices_include_tax: now.prices_include_tax,
        date: Some(date),
        orders: told.orders + 1,
        credit_notes: told.credit_notes,
        debit_notes: told.debit_notes,
        lines: Vec::with_capacity(targets.lines.len()),
    };
    let mut pieces = Vec::with_capacity(targets.lines.len());
    for (i, target) in targets.lines.iter().enumerate() {
        let mut line = new_line(target);
        let goal = goal(target, &line);
        difference(i, &mut line, &goal, minor, &mut pieces);
        line.follow(target);
        next.lines.push(line);
    }
    let lines = document_lines(&mut next, &number, &pieces, |line, told| {
        price_before_discount(line, &targets.lines[told], now.prices_include_tax, minor);
    });
    let document = Document::SalesOrder(SalesOrder {
        header: header(&next, number, now, date, lines, minor),
        ship_to: now.ship_to.clone(),
        tenders: now.tenders.clone(),
    });
    check_limits(&next, minor)?;
    Ok(Outcome::Planned(Plan { documents: vec![document], told: next }))
}

/// A line of a sales order says what it cost before the order's discount, and its share of that.
fn price_before_discount(line: &mut Line, target: &Target<'_>, with_tax: bool, minor: Minor) {
    let list = minor.round(if with_tax { target.list } else { target.net_list() });
    let told = if with_tax { line.amounts.total } else { line.amounts.net };
    // Sub-unit remainders may make a line dearer by a unit than the store's own amount is.
    let list = list.max(told);
    line.unit_price = minor.unit_price(line.quantity, list);
    line.discount = list - told;
}

/// Puts pieces together: the debit note first, so that credits never exceed what is sold at any moment, then the credit
/// notes by reason.
fn finish(
    mut next: Told,
    mut pieces: Vec<Piece>,
    now: &OrderView,
    context: &Context<'_>,
    minor: Minor,
) -> Result<Outcome, Held> {
    if pieces.is_empty() {
        return Ok(Outcome::Nothing);
    }
    let date = next.date.map_or(context.event_date, |ordered| ordered.max(context.event_date));
    let with_tax = next.prices_include_tax;
    let mut documents = Vec::with_capacity(1);
    let debits = extract(&mut pieces, Side::Debit);
    if !debits.is_empty() {
        next.debit_notes += 1;
        let number = context.numbering.debit_note(next.number_of(now), next.debit_notes)?;
        let lines = document_lines(&mut next, &number, &debits, |line, _| price(line, with_tax, minor));
        let original = next.original.clone();
        documents
            .push(Document::DebitNote(DebitNote { header: header(&next, number, now, date, lines, minor), original }));
    }
    for reason in [CreditReason::Return, CreditReason::Cancellation, CreditReason::Discount] {
        let credits = extract(&mut pieces, Side::Credit(reason));
        if credits.is_empty() {
            continue;
        }
        next.credit_notes += 1;
        let number = context.numbering.credit_note(next.number_of(now), next.credit_notes)?;
        let lines = document_lines(&mut next, &number, &credits, |line, _| price(line, with_tax, minor));
        let header = header(&next, number, now, date, lines, minor);
        documents.push(Document::CreditNote(CreditNote::over(header, reason, next.original.clone())));
    }
    check_limits(&next, minor)?;
    Ok(Outcome::Planned(Plan { documents, told: next }))
}

/// The pieces of one side, in their order.
fn extract(pieces: &mut Vec<Piece>, side: Side) -> Vec<Piece> {
    if pieces.iter().all(|p| p.side == side) {
        return mem::take(pieces);
    }
    pieces.extract_if(.., |p| p.side == side).collect()
}

/// What a piece of a note's line comes to.
fn price(line: &mut Line, with_tax: bool, minor: Minor) {
    let amount = if with_tax { line.amounts.total } else { line.amounts.net };
    line.unit_price = minor.unit_price(line.quantity, amount);
}

/// Numbers the pieces as lines of document `number`, notes pieces that it sells, and has each line priced, given the index of
/// its told line.
fn document_lines(next: &mut Told, number: &str, pieces: &[Piece], price: impl Fn(&mut Line, usize)) -> Vec<Line> {
    let number: Arc<str> = number.into();
    let mut lines = Vec::with_capacity(pieces.len());
    for (no, piece) in (1u32..).zip(pieces) {
        let told = &mut next.lines[piece.told];
        if piece.side == Side::Debit {
            told.sells(&number, no, piece.quantity);
        }
        let mut line = Line {
            no,
            key: told.key.clone(),
            kind: told.kind,
            sku: told.sku.clone(),
            options: told.options.clone(),
            name: told.name.clone(),
            quantity: piece.quantity.normalize(),
            unit: None,
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: told.tax_rate.normalize(),
            amounts: piece.amounts,
            sold_by: piece.sold_by.clone(),
            extra: told.extra.clone(),
        };
        price(&mut line, piece.told);
        lines.push(line);
    }
    lines
}

fn header(told: &Told, number: String, now: &OrderView, date: Date, mut lines: Vec<Line>, minor: Minor) -> Header {
    for line in &mut lines {
        line.amounts = line.amounts.in_print(minor);
    }
    Header {
        number,
        order: now.number.clone(),
        customer: told.customer.clone(),
        buyer: told.buyer.clone(),
        date,
        currency: told.currency.clone(),
        prices_include_tax: told.prices_include_tax,
        amounts: lines.iter().map(|l| l.amounts).sum::<Amounts>().in_print(minor),
        lines,
        extra: now.extra.clone(),
    }
}

/// No line may have been credited above what it sold, in pieces, net, tax or total. It cannot have been, by the way in which
/// pieces are made; should that ever be wrong, nothing is sent.
fn check_limits(told: &Told, minor: Minor) -> Result<(), Held> {
    let over = |line: &&ToldLine| {
        let Amounts { net, tax, total } = line.amounts;
        [line.quantity, net, tax, total].iter().any(|left| *left < Decimal::ZERO)
    };
    let Some(line) = told.lines.iter().find(over) else { return Ok(()) };
    let Amounts { net, tax, total } = line.amounts;
    Err(Held::new(format!(
        "line {} ({}) would be credited above what it sold: {} pieces, net {}, tax {}, total {} would be left",
        line.key,
        line.sku,
        line.quantity.normalize(),
        minor.print(net),
        minor.print(tax),
        minor.print(total)
    )))
}

fn minor_of(currency: &str) -> Result<Minor, Held> {
    Minor::of(currency).ok_or_else(|| Held::new(format!("its currency {currency:?} is no ISO 4217 code")))
}

/// What is left of a told order, for people.
fn worth(told: &Told) -> String {
    let total = told.amounts().total;
    format!("{} {}", Minor::of(&told.currency).map_or(total, |minor| minor.print(total)), told.currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the way in which pieces are made it cannot be; the gate holds all the same.
    #[test]
    fn a_line_that_is_credited_above_what_it_sold_is_not_told() {
        let minor = Minor::of("CNY").unwrap();
        let line = |quantity: i64, net: i64, tax: i64, total: i64| -> Told {
            let decimal = |units| Decimal::new(units, 2);
            let amounts = Amounts { net: decimal(net), tax: decimal(tax), total: decimal(total) };
            let json = serde_json::json!({
                "key": "7", "kind": "goods", "sku": "A", "name": "x", "tax_rate": "13", "quantity": quantity.to_string(),
                "list": "0", "amounts": amounts, "sold": [],
            });
            Told { lines: vec![serde_json::from_value(json).unwrap()], ..Told::default() }
        };
        let held = |told: Told| check_limits(&told, minor).err().map(|held| held.to_string());
        assert_eq!(held(line(1, 100, 13, 113)), None);
        assert_eq!(held(line(0, 0, 0, 0)), None);
        let over = "line 7 (A) would be credited above what it sold: ";
        for (told, left) in [
            (line(-1, 0, 0, 0), "-1 pieces, net 0.00, tax 0.00, total 0.00 would be left"),
            (line(0, -1, 1, 0), "0 pieces, net -0.01, tax 0.01, total 0.00 would be left"),
            (line(0, 1, -1, 0), "0 pieces, net 0.01, tax -0.01, total 0.00 would be left"),
            (line(0, 0, 0, -1), "0 pieces, net 0.00, tax 0.00, total -0.01 would be left"),
        ] {
            assert_eq!(held(told), Some(format!("{over}{left}")));
        }
    }
}
