//! The part of the ledger that a batch touches: as loaded, overlaid with what the batch plans.

use std::collections::{BTreeMap, BTreeSet};

use crate::state::{CustomerRecord, LoadedBooks, OrderRecord};

/// Ledger records as loaded from the state database.
#[derive(Debug, Clone, Default)]
pub struct Books {
    orders: BTreeMap<String, OrderRecord>,
    customers: BTreeMap<String, CustomerRecord>,
}

impl Books {
    /// Takes in the state database's answer.
    pub fn fill(&mut self, loaded: LoadedBooks) {
        self.orders.extend(loaded.orders.into_iter().map(|o| (o.id.clone(), o)));
        self.customers.extend(loaded.customers.into_iter().map(|c| (c.id.clone(), c)));
    }
}

/// [`Books`] with one run's changes on top.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    base: &'a Books,
    pub orders: BTreeMap<String, OrderRecord>,
    /// With the index of the entry in the commit's outbox.
    pub customers: BTreeMap<String, (CustomerRecord, usize)>,
    pub missing_orders: BTreeSet<String>,
    pub missing_customers: BTreeSet<String>,
}

/// A customer's record, and whether its entry belongs to this very commit.
pub(super) enum CustomerEntry {
    Stored(CustomerRecord),
    New(CustomerRecord, usize),
}

impl<'a> Draft<'a> {
    pub fn over(base: &'a Books) -> Self {
        Draft {
            base,
            orders: BTreeMap::new(),
            customers: BTreeMap::new(),
            missing_orders: BTreeSet::new(),
            missing_customers: BTreeSet::new(),
        }
    }

    /// The order's record; `None`, and noted as missing, where it was not loaded.
    pub fn order(&mut self, id: &str) -> Option<OrderRecord> {
        let found = self.orders.get(id).or_else(|| self.base.orders.get(id)).cloned();
        if found.is_none() {
            self.missing_orders.insert(id.to_owned());
        }
        found
    }

    /// The customer's record; `None`, and noted as missing, where it was not loaded.
    pub fn customer(&mut self, id: &str) -> Option<CustomerEntry> {
        if let Some((record, index)) = self.customers.get(id) {
            return Some(CustomerEntry::New(record.clone(), *index));
        }
        let found = self.base.customers.get(id).cloned();
        if found.is_none() {
            self.missing_customers.insert(id.to_owned());
        }
        found.map(CustomerEntry::Stored)
    }

    /// True where everything asked for was there.
    pub fn is_whole(&self) -> bool {
        self.missing_orders.is_empty() && self.missing_customers.is_empty()
    }
}
