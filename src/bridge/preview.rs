//! What one order would become: the customer and the documents that a stream would plan for it, from the live store and from
//! nothing told.

use super::live::Live;
use crate::binlog::StoreError;
use crate::document::{CustomerView, Document, OrderState, OrderView};
use crate::ledger::{Context, Outcome, Told, plan};
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
    pub held: Option<String>,
    /// What the store's server would warn of in the order's values, each with its place in the mapping.
    pub warnings: Vec<String>,
}

impl Live {
    /// The documents of an order; `None` where the store has no such order.
    ///
    /// # Errors
    /// The store's.
    pub async fn preview(&mut self, id: &str) -> Result<Option<Preview>, StoreError> {
        let mut slice = Slice::new();
        let view = self.ask(&mut slice, |bound, slice| bound.order(id, slice)).await?;
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
                preview.held = Some(error.to_string());
                return Ok(Some(preview));
            }
        };
        (preview.number, preview.state) = (Some(view.number.clone()), Some(view.state));
        preview.warnings.clone_from(&view.warnings);
        let customer = self.ask(&mut slice, |bound, slice| bound.customer(&view.customer, slice)).await?;
        match told(&view, customer) {
            Ok(documents) => preview.documents = documents,
            Err(held) => preview.held = Some(held),
        }
        Ok(Some(preview))
    }
}

/// What an order becomes of which nothing has been told; why it is held, else.
fn told(view: &OrderView, customer: Result<Option<CustomerView>, EvalError>) -> Result<Vec<Document>, String> {
    let number = match &customer {
        Ok(Some(view)) => view.customer.number.clone(),
        _ => String::new(),
    };
    match plan(&Told::default(), view, &Context { customer: number, event_date: view.date }) {
        Outcome::Nothing => Ok(Vec::new()),
        Outcome::Held(held) => Err(held.to_string()),
        Outcome::Planned(planned) => match customer {
            Ok(Some(customer)) => {
                Ok(std::iter::once(Document::Customer(customer.customer)).chain(planned.documents).collect())
            }
            Ok(None) => Err(format!("its customer {} is not in the store", view.customer)),
            Err(error) => Err(format!("its customer {}: {error}", view.customer)),
        },
    }
}
