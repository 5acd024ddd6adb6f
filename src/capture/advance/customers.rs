//! Whose account an order goes to, and what the ERP is told of customers.

use jiff::Timestamp;

use super::{CustomerEntry, Planned, Run};
use crate::capture::terms::Policy;
use crate::document::{Customer, Document, OrderView};
use crate::ledger::{Context, Held, Outcome, plan};
use crate::mapping::Loaded;
use crate::outbox::{Dependency, Lane};
use crate::state::{CustomerRecord, OrderRecord};

/// What came of looking for an order's account.
pub(super) enum Ensured {
    Missing,
    Absent(String),
    Account { number: String, buyer: Option<String>, dependency: Option<Dependency> },
}

impl Run<'_> {
    /// A customer that was told and is not the same any more is told again, under the number that it was told with.
    pub(super) fn customer(&mut self, id: &str, since: Timestamp) -> Planned {
        let told = match self.books.customer(id) {
            None => return Planned::Missing,
            Some(CustomerEntry::Stored(record) | CustomerEntry::New(record, _)) => record,
        };
        let untold = told.fingerprint.is_empty();
        // An account that was imported is the ERP's own to keep.
        if told.account.is_some() || (untold && self.input.terms.customers.policy != Policy::All) {
            return Planned::Done;
        }
        match self.bound.customer(id, self.slice) {
            Loaded::Missing => Planned::Missing,
            // A customer that is gone, or cannot be evaluated, stays as it was told; its orders say so when they need it.
            Loaded::Ready(Err(_) | Ok(None)) => Planned::Done,
            Loaded::Ready(Ok(Some(view))) => {
                if untold && self.input.terms.customers.account_of(Some(&view)).is_some() {
                    return Planned::Done;
                }
                let document = Document::Customer(numbered(self.input.terms.customers.told(view.customer), &told));
                let fits = self.input.terms.customers.too_long(document.number()).is_none();
                if fits && document.fingerprint() != told.fingerprint {
                    self.tell_customer(id, document, since);
                }
                Planned::Done
            }
        }
    }

    /// The first note of an order of the opening balance: its customer, whom nobody has been told of, is made sure of.
    pub(super) fn first_note(
        &mut self,
        mut record: OrderRecord,
        view: &OrderView,
        context: Context<'_>,
        since: Timestamp,
    ) -> Planned {
        let id = if record.told.customer_id.is_empty() { &view.customer } else { &record.told.customer_id }.clone();
        let (entries, known) = (self.commit.outbox.len(), self.books.customers.contains_key(&id));
        let dependency = match self.ensure_customer(&id, since) {
            Ensured::Missing => return Planned::Missing,
            Ensured::Absent(reason) => {
                self.hold(record, Held::new(reason), Some(id));
                return Planned::Done;
            }
            Ensured::Account { number, buyer, dependency } => {
                (record.told.customer, record.told.buyer) = (number, buyer);
                dependency
            }
        };
        let Outcome::Planned(planned) = plan(&record.told, view, &context) else { return Planned::Done };
        if !self.tell_order(record, planned, since, dependency) && !known {
            // An order that a rule holds tells no customer.
            self.commit.outbox.truncate(entries);
            self.books.customers.remove(&id);
        }
        Planned::Done
    }

    /// The account that an order goes to; a customer that has none of its own yet is told before the order.
    pub(super) fn ensure_customer(&mut self, id: &str, since: Timestamp) -> Ensured {
        let (told, index) = match self.books.customer(id) {
            None => return Ensured::Missing,
            Some(CustomerEntry::Stored(record)) => (record, None),
            Some(CustomerEntry::New(record, index)) => (record, Some(index)),
        };
        let terms = &*self.input.terms;
        if let Policy::Shared(number) = &terms.customers.policy {
            return self.shared(id, number.clone());
        }
        if let Some(number) = told.account.clone() {
            return Ensured::Account { number, buyer: None, dependency: None };
        }
        // One whose document was voided has an entry, and is not told.
        let stored = told.entry.filter(|_| !told.fingerprint.is_empty());
        let dependency = index.map(Dependency::New).or(stored.map(Dependency::Stored));
        if dependency.is_some() {
            return Ensured::Account { number: told.number, buyer: None, dependency };
        }
        match self.bound.customer(id, self.slice) {
            Loaded::Missing => Ensured::Missing,
            Loaded::Ready(Ok(Some(view))) => {
                if let Some(number) = terms.customers.account_of(Some(&view)) {
                    return Ensured::Account { number, buyer: Some(view.customer.name), dependency: None };
                }
                let customer = numbered(terms.customers.told(view.customer), &told);
                let number = customer.number.clone();
                if let Some(reason) = terms.customers.too_long(&number) {
                    return Ensured::Absent(reason);
                }
                let index = self.tell_customer(id, Document::Customer(customer), since);
                Ensured::Account { number, buyer: None, dependency: Some(Dependency::New(index)) }
            }
            Loaded::Ready(Ok(None)) => Ensured::Absent(format!(
                "its customer {id} is not in the mirror: the store had no row of it when the stream began, and none came since"
            )),
            Loaded::Ready(Err(error)) => Ensured::Absent(format!("its customer {id}: {error}")),
        }
    }

    /// An account that many share, with the buyer's name, where the store has one.
    pub(super) fn shared(&mut self, id: &str, number: String) -> Ensured {
        match self.bound.customer(id, self.slice) {
            Loaded::Missing => Ensured::Missing,
            Loaded::Ready(Ok(view)) => {
                Ensured::Account { number, buyer: view.map(|view| view.customer.name), dependency: None }
            }
            Loaded::Ready(Err(error)) => Ensured::Absent(format!("its customer {id}: {error}")),
        }
    }

    pub(super) fn tell_customer(&mut self, id: &str, document: Document, since: Timestamp) -> usize {
        let record = CustomerRecord {
            id: id.to_owned(),
            number: document.number().to_owned(),
            fingerprint: document.fingerprint(),
            entry: None,
            account: None,
        };
        let index = self.push(Lane::Customer(id.to_owned()), document, None, since);
        self.books.customers.insert(id.to_owned(), (record, index));
        index
    }
}

/// A customer keeps the number that it was told with.
fn numbered(customer: Customer, told: &CustomerRecord) -> Customer {
    match told.number.is_empty() {
        true => customer,
        false => Customer { number: told.number.clone(), ..customer },
    }
}
