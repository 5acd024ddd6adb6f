//! The opening balance: which orders the ERP is taken to know, and which are to be told; pure.
//!
//! It looks at the mirror of one position. What comes after that position is capture's business, by the same ledger: a refund
//! that was made while the store was still being read is a credit note.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::change::Lookup;
use crate::document::{Amounts, Minor, OrderState, OrderView};
use crate::ledger::opening;
use crate::mapping::{Bound, Loaded, Slice};
use crate::state::{OpenedOrder, OrderRecord};

/// What becomes of the orders that a store has when its books are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// They are not read: one that changes later is held.
    None,
    /// The ERP knows all of them.
    Baseline,
    /// The ERP knows those before this day, by the store's date of the order; the others are told.
    PostSince(Date),
    /// The ERP knows these, by their numbers; the others are told.
    Import(BTreeMap<String, Known>),
}

impl Opening {
    /// What tells it from any other: the config's own words, and of an imported file its content's SHA-256.
    pub fn name(&self) -> String {
        match self {
            Opening::None => "none".to_owned(),
            Opening::Baseline => "baseline".to_owned(),
            Opening::PostSince(day) => format!("post-since {day}"),
            Opening::Import(known) => {
                let lines = known.iter().map(|(order, known)| format!("{order:?} {known:?}\n"));
                let digest = Sha256::digest(lines.collect::<String>());
                format!("import {}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
        }
    }
}

/// What the ERP has of an order, by its own books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it calls the order.
    pub reference: Option<String>,
    /// Its amounts; net and tax only where they were said.
    pub total: rust_decimal::Decimal,
    /// The tax in it, where that was said.
    pub tax: Option<rust_decimal::Decimal>,
}

/// What becomes of one order.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// The ERP is taken to know it.
    Opened(OpenedOrder),
    /// It is told.
    Told(Amounts),
    /// Nobody can say: why.
    Held(String),
    /// There is nothing of it to tell: it is open, cancelled, or refunded whole.
    Nothing,
}

/// Orders, decided.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decided {
    /// The ledger's records of those that were opened or are held.
    pub records: Vec<OrderRecord>,
    /// Every order's fate: its key, its number, its currency.
    pub fates: Vec<(String, String, String, Fate)>,
}

/// How far [`decide`] came.
#[must_use]
#[derive(Debug)]
pub enum Opened {
    /// These rows are needed first.
    Need(BTreeSet<Lookup>),
    /// All are decided.
    Done(Decided),
}

/// Decides on orders by their keys in the store. An order of `today` that does not balance is still being written: the stream
/// tells it once it does.
pub fn decide(bound: &Bound, slice: &mut Slice, how: &Opening, today: Date, orders: &[String]) -> Opened {
    let mut decided = Decided::default();
    for id in orders {
        let Loaded::Ready(view) = bound.order(id, slice) else { continue };
        let mut record = OrderRecord { id: id.clone(), ..OrderRecord::default() };
        let (currency, fate) = match view {
            Ok(None) => continue,
            Err(error) => (String::new(), Fate::Held(error.to_string())),
            Ok(Some(view)) => {
                record.number.clone_from(&view.number);
                record.warning = (!view.warnings.is_empty()).then(|| view.warnings.join("; "));
                let fate = match fate(&mut record, &view, how) {
                    Fate::Held(_) if view.date >= today => Fate::Told(Amounts::default()),
                    fate => fate,
                };
                (view.currency.clone(), fate)
            }
        };
        if let Fate::Held(why) = &fate {
            // Whether the ERP has it is not known: once it balances, a person has to say so.
            (record.held, record.older) = (Some(why.clone()), true);
        }
        decided.fates.push((id.clone(), record.number.clone(), currency, fate));
        if record.held.is_some() || record.told.was_told() {
            decided.records.push(record);
        }
    }
    match slice.missing().is_empty() {
        true => Opened::Done(decided),
        false => Opened::Need(slice.missing().iter().cloned().collect()),
    }
}

fn fate(record: &mut OrderRecord, view: &OrderView, how: &Opening) -> Fate {
    let known = match how {
        Opening::None => return Fate::Nothing,
        Opening::Baseline => None,
        Opening::PostSince(day) if view.date < *day => None,
        Opening::PostSince(_) => return told(view),
        Opening::Import(known) => match known.get(&view.number) {
            Some(known) => Some(known),
            None => return told(view),
        },
    };
    let told = match opening(view, known.and_then(|k| k.reference.as_deref())) {
        Ok(told) => told,
        Err(held) => return Fate::Held(held.to_string()),
    };
    let amounts = told.amounts();
    if let Some(known) = known
        && let Some(differs) = differs(known, amounts, &view.currency)
    {
        return Fate::Held(differs);
    }
    if !told.was_told() {
        return Fate::Nothing;
    }
    record.told = told;
    Fate::Opened(OpenedOrder {
        order: record.id.clone(),
        number: view.number.clone(),
        reference: known.and_then(|k| k.reference.clone()),
        amounts,
    })
}

/// One that the stream tells like any other, once it balances.
fn told(view: &OrderView) -> Fate {
    if view.state != OrderState::Posted {
        return Fate::Nothing;
    }
    match opening(view, None) {
        Ok(told) if told.was_told() => Fate::Told(told.amounts()),
        Ok(_) => Fate::Nothing,
        // The stream holds it for the same reason.
        Err(_) => Fate::Told(Amounts::default()),
    }
}

/// Why what the ERP has of an order is not what the store says.
fn differs(known: &Known, amounts: Amounts, currency: &str) -> Option<String> {
    let print =
        |amount| Minor::of(currency).map_or_else(|| format!("{amount}"), |minor| minor.print(amount).to_string());
    let (what, theirs, ours) = match known.tax {
        _ if known.total != amounts.total => ("", known.total, amounts.total),
        Some(tax) if tax != amounts.tax => ("a tax of ", tax, amounts.tax),
        _ => return None,
    };
    Some(format!(
        "the file of the opening says that the ERP has {what}{} of it, and the store says {}: correct the file, the ERP or the shop",
        print(theirs),
        print(ours)
    ))
}
