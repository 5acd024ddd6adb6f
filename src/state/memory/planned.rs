//! Plans as the outbox has kept them, and delivered documents that go back on their way.

use jiff::Timestamp;

use super::{Entry, Stream};
use crate::outbox::{EntryState, Lane, SkipHow};
use crate::state::planned::{Found, redelivered};
use crate::state::{CustomerRecord, KeptTold, PlannedEntry, Redelivered};

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

    pub(super) fn customers_before(&self, customers: Vec<String>, from: i64) -> Vec<CustomerRecord> {
        let customer = |id: String| {
            let lane = Lane::Customer(id.clone()).name();
            let before = self.outbox.range(..from).map(|(_, entry)| entry);
            let last = before.rev().find(|e| e.lane == lane && e.life.skip != Some(SkipHow::Void))?;
            let (number, fingerprint) = (last.info.number.clone(), last.fingerprint.clone());
            Some(CustomerRecord { id, number, fingerprint, entry: Some(last.seq), account: None })
        };
        customers.into_iter().filter_map(customer).collect()
    }
}

impl Entry {
    pub(super) fn planned(&self) -> PlannedEntry {
        PlannedEntry {
            seq: self.seq,
            lane: Lane::parse(&self.lane).expect("a lane was named"),
            kind: self.info.kind.as_str().into(),
            number: self.info.number.as_str().into(),
            fingerprint: self.fingerprint.clone(),
            state: self.life.state,
            skip: self.life.skip,
            told_before: self
                .told_before
                .as_ref()
                .map(|told| KeptTold::new(serde_json::to_string(told).expect("what is told is always JSON"))),
            pruned: self.document.is_none(),
            cut: self.info.cut.as_str().into(),
            changed_at: self.changed_at,
            delivered_at: self.life.delivered_at,
        }
    }
}
