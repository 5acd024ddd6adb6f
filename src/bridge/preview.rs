//! What one order would become: the customer and the documents that a stream would plan for it, from the live store and from
//! nothing told.

use super::live::Live;
use crate::binlog::StoreError;
use crate::capture::{Otherwise, Terms, violations};
use crate::document::{CustomerView, Document, NO_LINES, OrderState, OrderView};
use crate::ledger::{Context, Held, Outcome, Told, plan};
use crate::mapping::{EvalError, Slice};

/// An order as it would be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The order's key in the store.
    pub id: String,
    /// As the shop prints it; nothing where the order cannot be evaluated.
    pub number: Option<String>,
    /// Where it stands; nothing where the order cannot be evaluated.
    pub state: Option<OrderState>,
    /// In the order in which the ERP would see them.
    pub documents: Vec<Document>,
    /// Why the order would be held.
    pub held: Option<Hold>,
    /// What the store's server would warn of in the order's values, each with its place in the mapping.
    pub warnings: Vec<String>,
}

/// Why an order would be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// In one sentence.
    pub reason: String,
    /// The same without what is this order's own: orders that are held for the same cause have it in common.
    pub cause: String,
    /// Its amounts do not fit together as they are now: it may be in the middle of being written.
    pub may_pass: bool,
}

impl Live {
    /// The documents of an order; `None` where the store has no such order.
    ///
    /// # Errors
    /// The store's.
    pub async fn preview(&mut self, id: &str) -> Result<Option<Preview>, StoreError> {
        self.preview_in(id, &mut Slice::new()).await
    }

    /// As [`Live::preview`], with what has been loaded.
    pub(super) async fn preview_in(&mut self, id: &str, slice: &mut Slice) -> Result<Option<Preview>, StoreError> {
        let view = self.ask(slice, |bound, slice| bound.order(id, slice)).await?;
        let mut preview = Preview {
            id: id.to_owned(),
            number: None,
            state: None,
            documents: Vec::new(),
            held: None,
            warnings: Vec::new(),
        };
        let view = match view {
            Ok(None) => return Ok(None),
            Ok(Some(view)) => view,
            Err(error) => {
                preview.held = Some(Hold::refused("", &error));
                return Ok(Some(preview));
            }
        };
        (preview.number, preview.state) = (Some(view.number.clone()), Some(view.state));
        preview.warnings.clone_from(&view.warnings);
        let customer = self.ask(slice, |bound, slice| bound.customer(&view.customer, slice)).await?;
        match told(&view, customer, &self.terms) {
            Ok((documents, warnings)) => {
                preview.documents = documents;
                preview.warnings.extend(warnings);
            }
            Err(held) => preview.held = Some(held),
        }
        Ok(Some(preview))
    }
}

/// What an order becomes of which nothing has been told, and what warns of it; why it is held, else.
fn told(
    view: &OrderView,
    customer: Result<Option<CustomerView>, EvalError>,
    terms: &Terms,
) -> Result<(Vec<Document>, Vec<String>), Hold> {
    let customer =
        customer.map(|found| found.map(|view| CustomerView { customer: terms.customers.told(view.customer), ..view }));
    let known = customer.as_ref().ok().and_then(Option::as_ref);
    let account = terms.customers.account_of(known);
    let (number, buyer) = match (&account, known) {
        (Some(shared), known) => (shared.clone(), known.map(|view| view.customer.name.clone())),
        (None, Some(view)) => (view.customer.number.clone(), None),
        (None, None) => (String::new(), None),
    };
    let context = Context { customer: number, buyer, event_date: view.date, numbering: &terms.numbering };
    let planned = match plan(&Told::default(), view, &context) {
        Outcome::Nothing | Outcome::Noted(_) => return Ok((Vec::new(), Vec::new())),
        Outcome::Held(held) => return Err(Hold::unbalanced(&held)),
        Outcome::Planned(planned) => planned.documents,
    };
    let mut warnings = Vec::new();
    for violation in planned.iter().flat_map(|document| violations(&terms.rules, document)) {
        match violation.otherwise {
            Otherwise::Hold => {
                let cause = without_numbers(&violation.message);
                return Err(Hold { reason: violation.message, cause, may_pass: false });
            }
            Otherwise::Park => warnings.push(format!("it would be parked: {}", violation.message)),
            Otherwise::Warn => warnings.push(violation.message),
        }
    }
    if account.is_some() {
        return Ok((planned, warnings));
    }
    match customer {
        Ok(Some(customer)) => {
            Ok((std::iter::once(Document::Customer(customer.customer)).chain(planned).collect(), warnings))
        }
        Ok(None) => Err(Hold {
            reason: format!("its customer {} is not in the store", view.customer),
            cause: "its customer is not in the store (no row of customer.sql has this id)".to_owned(),
            may_pass: false,
        }),
        Err(error) => Err(Hold::refused(&format!("its customer {}: ", view.customer), &error)),
    }
}

impl Hold {
    /// What cannot be evaluated.
    fn refused(whose: &str, error: &EvalError) -> Hold {
        let EvalError { file, line, column, what, .. } = error;
        let cause = format!("{file}:{line}:{column}: {}", without_numbers(what));
        Hold { reason: format!("{whose}{error}"), cause, may_pass: false }
    }

    /// What does not add up.
    fn unbalanced(held: &Held) -> Hold {
        let said = held.to_string();
        // There is no stream that could have begun too late.
        let reason = if said == NO_LINES { "it has no lines".to_owned() } else { said };
        Hold { cause: without_numbers(&reason), reason, may_pass: true }
    }
}

/// A text with an ellipsis for each number.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let length = rest[begin..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len() - begin);
        let number = rest[begin..begin + length].trim_end_matches('.');
        out.push_str(rest[..begin].strip_suffix('-').unwrap_or(&rest[..begin]));
        out.push('…');
        rest = &rest[begin + number.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_has_no_numbers() {
        let said = "lines 1.50 + shipping -2 = 3., store says 12.00";
        assert_eq!(without_numbers(said), "lines … + shipping … = …., store says …");
        assert_eq!(without_numbers("`state` is NULL"), "`state` is NULL");
    }
}
