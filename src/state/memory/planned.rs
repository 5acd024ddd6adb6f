//! Plans as the outbox has kept them, and delivered documents that go back on their way.

use jiff::Timestamp;

use super::{Entry, Stream};
use crate::outbox::{EntryState, Lane, SkipHow};
use crate::state::planned::{Found, redelivered};
use crate::state::{CustomerRecord, PlannedEntry, Redelivered, ToldBefore};

impl Stream {
    pub(super) fn redeliver(&mut self, wanted: &[i64], from: Timestamp) -> Redelivered {
        let Some(first) = wanted.iter().min() else { return Redelivered::default() };
        let there = self.outbox.range(first..).map(|(_, entry)| entry);
        let found: Vec<Found> = there
            .filter(|entry| match entry.life.state {
                EntryState::Delivered | EntryState::Sending => true,
                EntryState::Skipped => entry.lane.starts_with("customer:") && entry.life.skip == Some(SkipHow::ByHand),
                _ => false,
            })
            .map(|entry| Found {
                seq: entry.seq,
                lane: entry.lane.clone(),
                number: entry.info.number.clone(),
                state: entry.life.state,
                pruned: entry.document.is_none(),
            })
            .collect();
        let done = redelivered(wanted, &found);
        for (seq, _) in &done.entries {
            if let Some(entry) = self.outbox.get_mut(seq) {
                entry.life.redeliver(from);
            }
        }
        self.hand += i64::from(!done.entries.is_empty());
        done
    }

    pub(super) fn told_before(&self, orders: &[i64], customers: Vec<String>, from: i64) -> ToldBefore {
        let told = |seq: &i64| Some((*seq, self.outbox.get(seq)?.told_before.clone()?));
        let customer = |id: String| {
            let lane = Lane::Customer(id.clone()).name();
            let before = self.outbox.range(..from).map(|(_, entry)| entry);
            let last = before.rev().find(|e| e.lane == lane && e.life.skip != Some(SkipHow::Void))?;
            let (number, fingerprint) = (last.info.number.clone(), last.fingerprint.clone());
            Some(CustomerRecord { id, number, fingerprint, entry: Some(last.seq), account: None })
        };
        ToldBefore {
            orders: orders.iter().filter_map(told).collect(),
            customers: customers.into_iter().filter_map(customer).collect(),
        }
    }
}

impl Entry {
    pub(super) fn planned(&self) -> PlannedEntry {
        PlannedEntry {
            seq: self.seq,
            lane: Lane::parse(&self.lane).expect("a lane was named"),
            kind: self.info.kind.clone(),
            number: self.info.number.clone(),
            fingerprint: self.fingerprint.clone(),
            state: self.life.state,
            skip: self.life.skip,
            first: self.told_before.is_some(),
            pruned: self.document.is_none(),
            cut: self.info.cut.clone(),
            changed_at: self.changed_at,
            delivered_at: self.life.delivered_at,
        }
    }
}
