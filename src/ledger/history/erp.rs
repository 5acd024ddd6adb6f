//! The ERP's side: every document added up, line by line, as it arrives, with its own limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::date;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::shop::{Mode, Shop};
use crate::document::{Amounts, Document, Header, Line, Minor, OrderState, ViewLine};
use crate::ledger::{Context, Numbering, Outcome, Told, plan};

#[derive(Debug, Default)]
pub(super) struct Erp {
    /// Sold and credited pieces of each line of each document that sells.
    sold: BTreeMap<(Arc<str>, u32), (Decimal, Decimal)>,
    /// What each item stands at, by SKU and rate.
    items: BTreeMap<(SmolStr, Decimal), (Decimal, Amounts)>,
    numbers: Vec<String>,
    pub balance: Amounts,
}

impl Erp {
    fn take(&mut self, document: &Document) {
        let header = document.header().unwrap();
        let minor = Minor::of(&header.currency).unwrap();
        assert!(!self.numbers.contains(&header.number), "{} is there twice", header.number);
        self.numbers.push(header.number.clone());
        assert!(!header.lines.is_empty());
        assert_eq!(header.lines.iter().map(|l| l.amounts).sum::<Amounts>(), header.amounts);
        for line in &header.lines {
            check(line, header, minor);
        }
        match document {
            Document::CreditNote(note) => {
                for line in &header.lines {
                    self.credit(line);
                }
                assert_eq!(note.by_quantity + note.by_value, header.amounts);
                self.balance -= header.amounts;
            }
            Document::SalesOrder(_) | Document::DebitNote(_) => {
                for line in &header.lines {
                    self.sold.insert((header.number.as_str().into(), line.no), (line.quantity, Decimal::ZERO));
                    let item = self.items.entry((line.sku.clone(), line.tax_rate)).or_default();
                    item.0 += line.quantity;
                    item.1 += line.amounts;
                }
                self.balance += header.amounts;
            }
            Document::Customer(_) => unreachable!(),
        }
        let Amounts { net, tax, total } = self.balance;
        assert!([net, tax, total].iter().all(|a| *a >= Decimal::ZERO), "credits exceed what was sold");
    }

    fn credit(&mut self, line: &Line) {
        // The tax goes back at the rate at which it was sold, for no other has the item.
        let item = self.items.get_mut(&(line.sku.clone(), line.tax_rate)).expect("the item was sold at this rate");
        item.0 -= line.quantity;
        item.1 -= line.amounts;
        let Amounts { net, tax, total } = item.1;
        assert!([item.0, net, tax, total].iter().all(|a| *a >= Decimal::ZERO), "{item:?} after {line:?}");
        let by = line.sold_by.as_ref().expect("a credited line names the line that it takes back from");
        let (sold, credited) = self.sold.get_mut(&(by.document.clone(), by.line)).expect("that line exists");
        *credited += line.quantity;
        assert!(credited <= sold, "line {} of {} is credited above what it sold", by.line, by.document);
    }

    /// Pieces that are sold and not credited, by SKU and rate.
    pub fn pieces(&self) -> Vec<(SmolStr, Decimal, Decimal)> {
        let left = self.items.iter().filter(|(_, (pieces, _))| !pieces.is_zero());
        left.map(|((sku, rate), (pieces, _))| (sku.clone(), rate.normalize(), pieces.normalize())).collect()
    }
}

fn check(line: &Line, header: &Header, minor: Minor) {
    let Amounts { net, tax, total } = line.amounts;
    assert_eq!(net + tax, total);
    for amount in [net, tax, total, line.discount] {
        assert!(amount >= Decimal::ZERO && minor.holds(amount), "{line:?}");
    }
    assert!(line.quantity >= Decimal::ZERO && !(line.quantity.is_zero() && total.is_zero()), "{line:?}");
    let Some(price) = line.unit_price else {
        assert!(line.quantity.is_zero(), "{line:?}");
        return;
    };
    let told = if header.prices_include_tax { total } else { net };
    assert_eq!(minor.round(price * line.quantity) - line.discount, told, "{line:?}");
}

/// What the difference comes to.
pub(super) fn taken(told: &Told, shop: &Shop) -> Outcome {
    let numbering = Numbering::default();
    let context = Context { customer: "U1".into(), buyer: None, event_date: date(2026, 11, 23), numbering: &numbering };
    plan(told, &shop.view, &context)
}

/// One look at the shop; answers the documents that it made.
pub(super) fn step(told: &mut Told, shop: &Shop, erp: &mut Erp) -> Vec<Document> {
    match taken(told, shop) {
        Outcome::Held(held) => {
            assert!(!held.to_string().contains("would be credited above"), "{held}");
            Vec::new()
        }
        Outcome::Nothing => {
            assert_eq!(told.amounts().total, shop.worth());
            Vec::new()
        }
        Outcome::Noted(noted) => {
            assert_eq!((noted.amounts(), noted.credit_notes), (told.amounts(), told.credit_notes));
            *told = noted;
            settled(told, shop);
            Vec::new()
        }
        Outcome::Planned(plan) => {
            let before = told.amounts();
            let change: Amounts = plan
                .documents
                .iter()
                .map(|d| match d {
                    Document::CreditNote(c) => -c.header.amounts,
                    other => other.header().unwrap().amounts,
                })
                .sum();
            assert_eq!(before + change, plan.told.amounts());
            *told = plan.told;
            plan.documents.iter().for_each(|d| erp.take(d));
            assert_eq!(told.amounts(), erp.balance);
            settled(told, shop);
            plan.documents
        }
    }
}

/// Where the store states a line's tax and no refund says otherwise, it is told as it is, less the discount's share.
fn stated(told: &Told, shop: &Shop, line: &ViewLine, minor: Minor) {
    let known: Vec<_> = told.lines.iter().filter(|t| t.key == line.key && t.sku == line.sku && t.is_live()).collect();
    let ([known], OrderState::Posted, []) = (&known[..], shop.view.state, &shop.view.refunds[..]) else { return };
    if line.amount.is_zero() {
        return;
    }
    let share = line.tax.stated() * known.amounts.total / line.amount;
    assert_eq!(known.amounts.tax, minor.round(share).min(known.amounts.total), "{line:?} is told as {known:?}");
}

fn settled(told: &Told, shop: &Shop) {
    assert_eq!(told.amounts().total, shop.worth());
    if !told.is_live() {
        assert!(told.amounts().is_zero(), "closed at {:?}", told.amounts());
    }
    let minor = Minor::of(shop.view.currency.as_str()).unwrap();
    if shop.mode == Mode::Included {
        for line in &told.lines {
            let off = line.amounts.tax - minor.included_tax(line.amounts.total, line.tax_rate);
            assert!(off.abs() <= minor.unit() * Decimal::TWO, "tax of {line:?} drifts by {off}");
        }
    } else {
        for line in &shop.view.lines {
            stated(told, shop, line, minor);
        }
    }
    assert_eq!(taken(told, shop), Outcome::Nothing, "planning twice plans nothing");
    let credited: Amounts = told.lines.iter().map(|l| l.credited.by_quantity + l.credited.by_value).sum();
    assert!(credited.total >= Decimal::ZERO);
}
