//! What the config says about documents beside the mapping: their numbers, their customers, and the rules that they keep.

use super::rules::Rule;
use crate::document::{Customer, CustomerView};
use crate::ledger::{Numbering, Told};

/// How a stream's documents are made.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What documents are called.
    pub numbering: Numbering,
    /// Which customers are told.
    pub customers: Customers,
    /// What documents have to meet.
    pub rules: Vec<Rule>,
}

/// Which customers the ERP is told, and under which account orders are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customers {
    /// Whose account an order goes to.
    pub policy: Policy,
    /// The one account of all customers that the mapping calls guests; `None`: each is a customer like any other.
    pub guests: Option<String>,
    /// What stands before and after the mapping's number of a customer in the ERP.
    pub number: (String, String),
    /// The most characters that the ERP takes for a customer's number; `None`: any.
    pub number_max: Option<usize>,
}

/// Whose account an order goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Policy {
    /// Each customer has one, told with the first order.
    #[default]
    OnFirstOrder,
    /// Each customer has one, told as soon as the store has the customer.
    All,
    /// All orders go to this one, which is in the ERP; documents say the buyer's name.
    Shared(String),
}

impl Customers {
    /// The customer as the ERP is told it.
    pub fn told(&self, customer: Customer) -> Customer {
        let (before, after) = &self.number;
        match before.is_empty() && after.is_empty() {
            true => customer,
            false => Customer { number: format!("{before}{}{after}", customer.number), ..customer },
        }
    }

    /// Why the ERP would not take a customer's number.
    pub fn too_long(&self, number: &str) -> Option<String> {
        let (length, max) = (number.chars().count(), self.number_max.filter(|max| number.chars().count() > *max)?);
        Some(format!(
            "its customer would have the number {number}, which has {length} characters, and the ERP takes {max} at most: shorten \
             customers.number, or name an account with `ledgertap customers import`"
        ))
    }

    /// The account of many that a customer's orders go to; `None` where the customer has one of its own.
    pub fn account_of(&self, customer: Option<&CustomerView>) -> Option<String> {
        match &self.policy {
            Policy::Shared(number) => Some(number.clone()),
            Policy::OnFirstOrder | Policy::All => {
                self.guests.clone().filter(|_| customer.is_some_and(|view| view.guest))
            }
        }
    }
}

/// What warns of an order that the store has moved to another customer; the ERP keeps the one that it was told with.
pub(super) fn moved(told: &Told, customer: &str) -> Option<String> {
    let moved = told.is_live() && !told.customer_id.is_empty() && told.customer_id != customer;
    moved.then(|| {
        format!(
            "the store has it under the customer {customer} now, and the ERP under {}, with whom it was told: its notes go there, too",
            told.customer
        )
    })
}
