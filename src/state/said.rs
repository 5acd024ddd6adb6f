//! What is said of entries that a person or a newer document takes out; the same for every state database.

use super::StateError;

/// Of an order's document that the ERP lacks, once a newer plan has been made.
pub(super) const SUPERSEDED: &str = "the ERP lacks it, and a newer document takes its place";

/// Of a customer's parked entry, once a newer one has come.
pub(super) const NEWER_CUSTOMER: &str = "superseded by a newer state of the customer";

/// Of what a voided entry takes with it, and of its order.
pub(super) fn voided(number: &str, reason: &str) -> String {
    format!("{number} was voided: {reason}")
}

/// Of what depends on what was taken out; `why` is what [`voided`] says.
pub(super) fn dependent(why: &str) -> String {
    format!("it depends on a document that is not to be in the ERP: {why}")
}

/// Of an entry that is not the first of its plan.
pub(super) fn not_void(number: &str) -> StateError {
    let reason = "it is not the first document of its change, and what came before it stays told".to_owned();
    StateError::NotVoid { number: number.to_owned(), reason }
}
