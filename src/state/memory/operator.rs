//! What an operator sees.

use super::{Entry, Kept, Stream};
use crate::outbox::EntryState;
use crate::state::{EntryFilter, EntryHistory, EntryInfo, Gauges, HeldOrder, LISTED_MAX, OrderRecord, Summary};

impl Kept {
    pub(super) fn gauges(&self, name: &str) -> Gauges {
        let summary = self.summary(name);
        let mut gauges = Gauges {
            position: summary.position,
            clock: summary.clock,
            waiting_since: summary.waiting_since,
            erp_shut_until: summary.erp_shut_until,
            held: summary.held_count,
            settling: summary.settling,
            ..Gauges::default()
        };
        for entry in self.streams.get(name).into_iter().flat_map(|stream| stream.outbox.values()) {
            if !entry.life.state.is_final() {
                *gauges.open.entry(entry.life.state).or_default() += 1;
            }
        }
        gauges
    }

    pub(super) fn summary(&self, name: &str) -> Summary {
        let empty = Stream::default();
        let stream = self.streams.get(name).unwrap_or(&empty);
        let mut summary = Summary {
            stream: name.to_owned(),
            position: stream.position.clone(),
            clock: (stream.clock != jiff::Timestamp::UNIX_EPOCH).then_some(stream.clock),
            erp_shut_until: self.breakers.get(&self.account(name)).and_then(|b| b.shut_until),
            settling: stream.dirty.len() as u64,
            told: stream.orders.values().map(|o| o.told.amounts()).sum(),
            opened: stream.opened.len() as u64,
            opened_amounts: stream.opened.iter().map(|o| o.amounts).sum(),
            absorbed: stream.absorbed.len() as u64,
            absorbed_amounts: stream.absorbed.iter().map(|o| o.amounts).sum(),
            ..Summary::default()
        };
        for entry in stream.outbox.values() {
            *summary.outbox.entry(entry.life.state.as_str().to_owned()).or_default() += 1;
            if entry.told() && entry.life.skip != Some(crate::outbox::SkipHow::Void) {
                let reason = entry.info.reason.as_ref().map(|reason| format!("credit_note_{reason}"));
                *summary.documents.entry(reason.unwrap_or_else(|| entry.info.kind.clone())).or_default() += 1;
            }
        }
        summary.documents.insert("customer".into(), stream.customers.len() as u64);
        summary.waiting_since = stream.outbox.values().find(|e| !e.life.state.is_final()).map(|e| e.info.planned_at);
        (summary.held, summary.held_count) = some(stream.listed(|o| o.held.as_ref()));
        (summary.warned, summary.warned_count) = some(stream.listed(|o| o.warning.as_ref()));
        let in_state = |states: &[EntryState]| {
            let filter = EntryFilter { states: states.to_vec(), max: Some(LISTED_MAX), ..EntryFilter::default() };
            stream.list(&filter)
        };
        summary.parked = in_state(&[EntryState::Parked]);
        summary.failing = in_state(&[EntryState::Pending, EntryState::Unknown]);
        summary.failing.retain(|e| e.said.is_some());
        summary
    }
}

impl Stream {
    pub(super) fn list(&self, filter: &EntryFilter) -> Vec<EntryInfo> {
        let is = |wanted: &Option<String>, value: &String| wanted.as_ref().is_none_or(|wanted| wanted == value);
        let passes = |e: &EntryInfo| {
            (filter.states.is_empty() || filter.states.contains(&e.state))
                && is(&filter.kind, &e.kind)
                && is(&filter.order, &e.order)
                && is(&filter.number, &e.number)
                && is(&filter.lane, &e.lane)
        };
        self.outbox.values().map(Entry::seen).filter(passes).take(filter.max.unwrap_or(usize::MAX)).collect()
    }

    pub(super) fn listed<'a>(&'a self, of: impl Fn(&'a OrderRecord) -> Option<&'a String>) -> Vec<HeldOrder> {
        let called = |o: &OrderRecord| if o.number.is_empty() { o.id.clone() } else { o.number.clone() };
        let listed = self.orders.values().filter_map(|o| Some((called(o), of(o)?.clone())));
        listed.map(|(order, reason)| HeldOrder { order, reason }).collect()
    }
}

impl Entry {
    pub(super) fn seen(&self) -> EntryInfo {
        EntryInfo {
            state: self.life.state,
            attempts: self.life.attempts,
            said: self.life.said.clone(),
            reference: self.life.reference.clone(),
            delivered_at: self.life.delivered_at,
            ..self.info.clone()
        }
    }

    pub(super) fn history(&self) -> EntryHistory {
        EntryHistory {
            entry: self.seen(),
            document: self.document.as_deref().cloned(),
            fingerprint: self.fingerprint.clone(),
            depends_on: self.depends_on,
            not_before: self.life.not_before,
            lease_until: self.life.lease_until,
            maybe_sent: self.life.maybe_sent,
            absent: self.life.absent,
            posting_date: self.life.posting_date,
            skip: self.life.skip,
            erp_amounts: self.life.amounts,
            changed_at: self.changed_at,
            attempts_made: self.attempts.clone(),
        }
    }
}

fn some(mut listed: Vec<HeldOrder>) -> (Vec<HeldOrder>, u64) {
    let count = listed.len() as u64;
    listed.truncate(LISTED_MAX);
    (listed, count)
}
