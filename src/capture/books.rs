//! The part of the ledger that a batch touches: as loaded, overlaid with what the batch plans.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;

use crate::state::{Commit, CustomerRecord, Lacking, LoadedBooks, OrderRecord};

/// Ledger records as loaded from the state database.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Records are large: moved about, they would take most of what planning takes.
    orders: HashMap<String, Box<OrderRecord>>,
    customers: BTreeMap<String, CustomerRecord>,
    numbers: HashMap<String, Option<String>>,
    lacking: BTreeMap<String, Lacking>,
    hand: Option<i64>,
}

impl Books {
    /// Takes in the state database's answer.
    pub fn fill(&mut self, loaded: LoadedBooks) {
        self.orders.extend(loaded.orders.into_iter().map(|o| (o.id.clone(), Box::new(o))));
        self.customers.extend(loaded.customers.into_iter().map(|c| (c.id.clone(), c)));
        self.numbers.extend(loaded.numbers);
        self.lacking.extend(loaded.lacking.into_iter().map(|l| (l.order.clone(), l)));
        // The first of several: what was loaded under another is refused with the commit.
        self.hand.get_or_insert(loaded.hand);
    }

    /// Takes in what of an answer is not known yet: something may have been put since it was asked for.
    pub(super) fn fill_unknown(&mut self, mut loaded: LoadedBooks) {
        loaded.lacking.retain(|l| !self.orders.contains_key(&l.order));
        loaded.orders.retain(|o| !self.orders.contains_key(&o.id));
        loaded.customers.retain(|c| !self.customers.contains_key(&c.id));
        loaded.numbers.retain(|(number, _)| !self.numbers.contains_key(number));
        self.fill(loaded);
    }

    /// The order's record, where it was loaded.
    pub(super) fn order(&self, id: &str) -> Option<&OrderRecord> {
        self.orders.get(id).map(Box::as_ref)
    }

    /// True where the customer's record was loaded.
    pub(super) fn has_customer(&self, id: &str) -> bool {
        self.customers.contains_key(id)
    }

    /// True where it is known what was told under the number.
    pub(super) fn has_number(&self, number: &str) -> bool {
        self.numbers.contains_key(number)
    }

    /// Puts a record in the place of the ledger's: whatever its last documents came to is no matter then.
    pub(super) fn put_order(&mut self, record: OrderRecord) {
        self.lacking.remove(&record.id);
        self.orders.insert(record.id.clone(), Box::new(record));
    }

    /// Puts a record in the place of the ledger's.
    pub(super) fn put_customer(&mut self, record: CustomerRecord) {
        self.customers.insert(record.id.clone(), record);
    }

    /// Takes a commit's records for stored; where it is `spent`, of an order only its id and what holds it are left in it.
    pub(super) fn take(&mut self, commit: &mut Commit, spent: bool) {
        for record in &mut commit.orders {
            if record.told.was_told() {
                self.numbers.insert(record.told.original.clone(), Some(record.id.clone()));
            }
            let kept = if spent {
                let left = OrderRecord { id: record.id.clone(), held: record.held.clone(), ..OrderRecord::default() };
                std::mem::replace(record, left)
            } else {
                record.clone()
            };
            self.put_order(kept);
        }
        for (record, entry) in commit.customers.iter().zip(&commit.customer_entries) {
            // Only that there is one counts.
            let entry = i64::try_from(*entry).ok();
            self.put_customer(CustomerRecord { entry, ..record.clone() });
        }
    }

    /// True where a number is another order's than it was before.
    pub(super) fn contradict(&self, before: &Books) -> bool {
        before.numbers.iter().any(|(number, order)| {
            let now = self.numbers.get(number).and_then(Option::as_ref);
            order.as_ref().zip(now).is_some_and(|(before, now)| before != now)
        })
    }

    /// Takes over what was known before where nothing is known here.
    pub(super) fn inherit(&mut self, before: Books) {
        let Books { orders, customers, numbers, lacking, hand } = before;
        self.orders.reserve(orders.len());
        self.numbers.reserve(numbers.len());
        for (id, lacks) in lacking {
            // Of a record that was put here nothing lacks.
            if !self.orders.contains_key(&id) {
                self.lacking.insert(id, lacks);
            }
        }
        for (id, record) in orders {
            self.orders.entry(id).or_insert(record);
        }
        for (id, record) in customers {
            self.customers.entry(id).or_insert(record);
        }
        for (number, order) in numbers {
            self.numbers.entry(number).or_insert(order);
        }
        self.hand = self.hand.or(hand);
    }

    /// See [`LoadedBooks::hand`]; `None` where nothing was loaded.
    pub fn hand(&self) -> Option<i64> {
        self.hand
    }
}

/// [`Books`] with one run's changes on top.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    base: &'a Books,
    pub orders: BTreeMap<String, OrderRecord>,
    /// With the index of the entry in the commit's outbox.
    pub customers: BTreeMap<String, (CustomerRecord, usize)>,
    /// Numbers that this run tells, with their orders.
    pub numbers: BTreeMap<String, String>,
    /// Orders whose last documents this run takes the place of, from which entry on.
    pub superseded: BTreeMap<String, i64>,
    pub missing_orders: BTreeSet<String>,
    pub missing_customers: BTreeSet<String>,
    pub missing_numbers: BTreeSet<String>,
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
            numbers: BTreeMap::new(),
            superseded: BTreeMap::new(),
            missing_orders: BTreeSet::new(),
            missing_customers: BTreeSet::new(),
            missing_numbers: BTreeSet::new(),
        }
    }

    /// The order's record; `None`, and noted as missing, where it was not loaded.
    pub fn order(&mut self, id: &str) -> Option<OrderRecord> {
        let found = self.orders.get(id).or_else(|| self.base.order(id)).cloned();
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

    /// The order that a number was told for; `None`, and noted as missing, where it was not loaded.
    pub fn told_under(&mut self, number: &str) -> Option<Option<String>> {
        if let Some(order) = self.numbers.get(number) {
            return Some(Some(order.clone()));
        }
        let found = self.base.numbers.get(number).cloned();
        if found.is_none() {
            self.missing_numbers.insert(number.to_owned());
        }
        found
    }

    /// What the order's last documents are that the ERP certainly lacks, and that nothing takes the place of yet.
    pub fn lacking(&self, id: &str) -> Option<&'a Lacking> {
        self.base.lacking.get(id).filter(|_| !self.superseded.contains_key(id))
    }

    /// How often a person had changed the outbox when it was read.
    pub fn hand(&self) -> Option<i64> {
        self.base.hand
    }

    /// True where everything asked for was there.
    pub fn is_whole(&self) -> bool {
        self.missing_orders.is_empty() && self.missing_customers.is_empty() && self.missing_numbers.is_empty()
    }
}
