//! What has to be true once all has come to rest.

use std::collections::BTreeMap;

use super::erp::Booked;
use super::store::Shop;
use crate::document::{Amounts, Document, DocumentKind};
use crate::outbox::{EntryState, SkipHow};
use crate::state::memory::MemoryState;
use crate::state::{EntryHistory, State as _};

/// Compares the shop, the ledger and the ERP; customers' last states only where they are to be there. Each difference is a
/// sentence.
pub(super) async fn differences(shop: &Shop, state: &MemoryState, erp: &[Booked], customers_last: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut entries = Vec::new();
    for entry in state.entries().await.expect("memory does not fail") {
        entries.extend(state.history(entry.seq).await.expect("memory does not fail"));
    }
    // A customer's newer state takes the place of one that was parked.
    entries.retain(|e| e.skip != Some(SkipHow::Superseded) || e.entry.kind != DocumentKind::Customer.as_str());
    for entry in entries.iter().filter(|e| e.entry.state != EntryState::Delivered) {
        found.push(format!("{} is {:?}: {:?}", entry.entry.number, entry.entry.state, entry.entry.said));
    }
    for held in state.held().await.expect("memory does not fail") {
        found.push(format!("order {} is held: {}", held.order, held.reason));
    }
    once(&entries, erp, &mut found);
    in_order(&entries, erp, &mut found);
    if customers_last {
        customers(&entries, shop, erp, &mut found);
    }
    totals(shop, state, erp, &mut found).await;
    found
}

/// Each document is in the ERP once, and no other.
fn once(entries: &[EntryHistory], erp: &[Booked], found: &mut Vec<String>) {
    let mut times: BTreeMap<(DocumentKind, &str), usize> = BTreeMap::new();
    for booked in erp {
        *times.entry((booked.document.kind(), booked.document.number())).or_default() += 1;
    }
    for ((kind, number), times) in &times {
        if *times != 1 {
            found.push(format!("the ERP has {} {number} {times} times", kind.as_str()));
        }
        if !entries.iter().any(|e| e.entry.kind == kind.as_str() && e.entry.number == *number) {
            found.push(format!("the ERP has {} {number}, which nobody planned", kind.as_str()));
        }
    }
    for document in entries.iter().filter_map(|e| e.document.as_ref()) {
        if !times.contains_key(&(document.kind(), document.number())) {
            found.push(format!("the ERP lacks {} {}", document.kind().as_str(), document.number()));
        }
        let same = |b: &&Booked| b.document.kind() == document.kind() && b.document.number() == document.number();
        if document.kind() != DocumentKind::Customer && erp.iter().filter(same).any(|b| b.document != *document) {
            found.push(format!("the ERP has another {} than was planned", document.number()));
        }
    }
}

/// Within a lane in the order of the plan, and after what they depend on.
fn in_order(entries: &[EntryHistory], erp: &[Booked], found: &mut Vec<String>) {
    let place = |entry: &EntryHistory| {
        erp.iter()
            .position(|b| b.document.kind().as_str() == entry.entry.kind && b.document.number() == entry.entry.number)
    };
    for (index, entry) in entries.iter().enumerate() {
        let before = entries[..index].iter().rfind(|e| e.entry.lane == entry.entry.lane);
        let needed = entries[..index].iter().find(|e| Some(e.entry.seq) == entry.depends_on);
        for earlier in [before, needed].into_iter().flatten() {
            if place(earlier) > place(entry) {
                found.push(format!("the ERP got {} before {}", entry.entry.number, earlier.entry.number));
            }
        }
    }
}

/// The ERP knows each customer that it was told as the shop does.
fn customers(entries: &[EntryHistory], shop: &Shop, erp: &[Booked], found: &mut Vec<String>) {
    for booked in erp {
        let Document::Customer(customer) = &booked.document else { continue };
        let id = customer.number.trim_start_matches('U').parse().unwrap_or(0);
        if shop.users.get(&id) != Some(&customer.name) {
            found.push(format!("the ERP calls {} \"{}\"", customer.number, customer.name));
        }
        let last = entries.iter().rev().filter_map(|e| e.document.as_ref()).find(|d| d.number() == customer.number);
        if last != Some(&booked.document) {
            found.push(format!("the ERP has not the last state of {}", customer.number));
        }
    }
}

/// For each order, to the cent: what the shop says, what the ledger says, what the ERP's documents come to.
async fn totals(shop: &Shop, state: &MemoryState, erp: &[Booked], found: &mut Vec<String>) {
    let told: BTreeMap<String, Amounts> = state
        .orders()
        .await
        .expect("memory does not fail")
        .into_iter()
        .map(|order| (order.number.clone(), order.told.amounts()))
        .collect();
    for order in &shop.orders {
        let number = order.number();
        let mut booked = Amounts::default();
        for document in erp.iter().map(|b| &b.document) {
            match document {
                Document::SalesOrder(d) if d.header.order == number => booked += d.header.amounts,
                Document::DebitNote(d) if d.header.order == number => booked += d.header.amounts,
                Document::CreditNote(d) if d.header.order == number => booked -= d.header.amounts,
                _ => {}
            }
        }
        let told = told.get(&number).copied().unwrap_or_default();
        let worth = order.worth();
        if booked.total != worth || told != booked {
            found.push(format!("order {number}: the shop says {worth}, the ledger {told:?}, the ERP {booked:?}"));
        }
    }
}
