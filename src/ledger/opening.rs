//! The opening balance of one order: what the ERP is taken to know of it without a document of ours.

use jiff::civil::Date;

use super::number::Numbering;
use super::plan::{Context, Outcome, plan};
use super::{Held, Told};
use crate::document::OrderView;

/// All that the store says of an order now, as told; `Told::default()` where there is nothing of it to know (it is open,
/// cancelled, or refunded whole). `reference` is what the ERP calls the order, where that is known.
///
/// No document of ours sold its lines, so what is credited later names none. Nor is the customer known by a number yet: it is
/// made sure of with the order's first note.
///
/// # Errors
/// Why the store does not say it exactly: what does not balance cannot be an opening balance.
pub fn opening(now: &OrderView, reference: Option<&str>) -> Result<Told, Held> {
    let numbering = Numbering::default();
    let context = Context { customer: String::new(), buyer: None, event_date: Date::ZERO, numbering: &numbering };
    let mut told = match plan(&Told::default(), now, &context) {
        Outcome::Planned(plan) => plan.told,
        Outcome::Nothing | Outcome::Noted(_) => return Ok(Told::default()),
        Outcome::Held(held) => return Err(held),
    };
    told.original = reference.unwrap_or(&now.number).to_owned();
    for line in &mut told.lines {
        line.sold.clear();
        line.origin = None;
    }
    Ok(told)
}
