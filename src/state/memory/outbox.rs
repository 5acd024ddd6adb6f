//! Entries' lives: found here, changed by the functions of `Life`.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Entry, Kept, Stream};
use crate::document::Item;
use crate::outbox::{Claimed, EntryState, Gate, Life, MissingItem, SkipHow, Transition};
use crate::state::claim::{Claiming, Head};
use crate::state::{Attempt, AttemptInfo, ClaimTerms, Settled, Skipped, StateError, Which, said};

impl Kept {
    pub(super) fn claim(
        &mut self,
        name: &str,
        terms: &ClaimTerms,
        now: Timestamp,
        mut number: impl FnMut() -> i64,
    ) -> Vec<Claimed> {
        let account = self.account(name);
        let stream = self.streams.entry(name.to_owned()).or_default();
        for entry in stream.outbox.values_mut() {
            entry.life.lapse(now, terms.late_max);
        }
        let due: Vec<i64> = stream.heads().filter(|e| e.life.is_due(now)).map(|e| e.seq).take(terms.max).collect();
        if due.is_empty() {
            return Vec::new();
        }
        let gate = self.breakers.entry(account).or_default().gate(now, terms.lease);
        let max = match gate {
            Gate::Open => terms.max,
            Gate::Probe => 1,
            Gate::Shut(_) => 0,
        };
        let claim = |seq| stream.claim(seq, terms, now, number(), gate == Gate::Probe);
        due.into_iter().take(max).map(claim).collect()
    }

    pub(super) fn settle(
        &mut self,
        name: &str,
        claimed: &Claimed,
        transition: &Transition,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Settled {
        let account = self.account(name);
        self.breakers.entry(account).or_default().note(attempt.health, claimed.probe, &attempt.breaker, now);
        let stream = self.streams.entry(name.to_owned()).or_default();
        let Some(entry) = stream.outbox.get_mut(&claimed.seq) else { return Settled::Fenced };
        entry.attempts.push(AttemptInfo {
            at: now,
            verdict: attempt.verdict.to_owned(),
            ms: u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
            said: transition.reason().map(str::to_owned),
        });
        entry.life.settle(claimed.claim, transition, claimed.probe, now)
    }

    pub(super) fn next_due(&self, name: &str) -> Option<Timestamp> {
        let stream = self.streams.get(name)?;
        let shut = self.breakers.get(&self.account(name)).and_then(|b| b.shut_until).unwrap_or(Timestamp::MIN);
        let waits = |e: &&Entry| matches!(e.life.state, EntryState::Pending | EntryState::Unknown);
        let heads = stream.heads().filter(waits).map(|e| e.life.not_before.max(shut));
        let leases = stream.outbox.values().filter(|e| e.life.state == EntryState::Sending);
        heads.chain(leases.filter_map(|e| e.life.lease_until)).min()
    }
}

impl Stream {
    /// The first that is not final of each lane, where what it depends on is final.
    fn heads(&self) -> impl Iterator<Item = &Entry> {
        let mut lanes = BTreeSet::new();
        let open = self.outbox.values().filter(|e| !e.life.state.is_final());
        let is_final = |seq: i64| self.outbox.get(&seq).is_some_and(|e| e.life.state.is_final());
        open.filter(move |e| lanes.insert(e.lane.as_str())).filter(move |e| e.depends_on.is_none_or(is_final))
    }

    fn claim(&mut self, seq: i64, terms: &ClaimTerms, now: Timestamp, number: i64, probe: bool) -> Claimed {
        let lane = self.outbox[&seq].lane.clone();
        let earlier = self.outbox.range(..seq).filter(|(_, e)| e.lane == lane);
        let posted = earlier.filter_map(|(_, e)| e.life.posting_date).max();
        let entry = self.outbox.get_mut(&seq).expect("a head is there");
        let document = entry.document.as_ref().expect("only what is final is pruned").as_ref().clone();
        let head = Head { seq, lane, document, posted };
        terms.take(head, &mut entry.life, &Claiming { at: now, number, probe })
    }

    pub(super) fn take_up(&mut self, from: Timestamp) {
        self.outbox.values_mut().for_each(|entry| entry.life.doubt(from));
    }

    pub(super) fn go_on(&mut self, now: Timestamp, wanted: impl Fn(&Entry) -> bool) -> Vec<String> {
        let mut numbers = Vec::new();
        for entry in self.outbox.values_mut() {
            if wanted(entry) && entry.life.retry(now) {
                numbers.push(entry.info.number.clone());
            }
        }
        self.hand += i64::from(!numbers.is_empty());
        numbers
    }

    pub(super) fn release(&mut self, items: &[MissingItem], now: Timestamp) -> Vec<String> {
        self.go_on(now, |entry| entry.life.waits_for.as_ref().is_some_and(|item| items.contains(item)))
    }

    pub(super) fn awaited(&self) -> BTreeSet<MissingItem> {
        let parked = self.outbox.values().filter(|e| e.life.state == EntryState::Parked);
        parked.filter_map(|e| e.life.waits_for.clone()).collect()
    }

    pub(super) fn add_items(&mut self, items: std::collections::BTreeMap<String, Item>, now: Timestamp) -> Vec<String> {
        let lacking = self.awaited().into_iter().filter(|item| matches!(item, MissingItem::Item(_)));
        let named: Vec<MissingItem> = items.keys().cloned().map(MissingItem::Sku).chain(lacking).collect();
        self.items.extend(items);
        self.release(&named, now)
    }

    pub(super) fn skip(&mut self, which: &Which, how: SkipHow, reason: &str) -> Result<Vec<Skipped>, StateError> {
        let parked = |e: &&Entry| e.life.state == EntryState::Parked && which.has(e.seq, &e.info.number);
        let parked: Vec<i64> = self.outbox.values().filter(parked).map(|e| e.seq).collect();
        let mut skipped: Vec<Skipped> = Vec::new();
        for seq in parked {
            // It may have gone with one before it.
            if skipped.iter().any(|s| s.seq == seq) {
                continue;
            }
            self.life(seq).skip(how, reason);
            skipped.push(self.seen(seq));
            if how == SkipHow::Void {
                self.void(seq, reason, &mut skipped)?;
            }
        }
        self.hand += i64::from(!skipped.is_empty());
        Ok(skipped)
    }

    fn life(&mut self, seq: i64) -> &mut Life {
        &mut self.outbox.get_mut(&seq).expect("it was found before").life
    }

    fn seen(&self, seq: i64) -> Skipped {
        let entry = &self.outbox[&seq];
        Skipped { seq, number: entry.info.number.clone(), state: entry.life.state }
    }

    /// Takes back what an entry has told, with all that follows it in its lane.
    fn void(&mut self, voided: i64, reason: &str, skipped: &mut Vec<Skipped>) -> Result<(), StateError> {
        let (lane, number) = (self.outbox[&voided].lane.clone(), self.outbox[&voided].info.number.clone());
        let why = said::voided(&number, reason);
        let mut gone = vec![voided];
        let later: Vec<i64> = self.lane(&lane).filter(|e| e.seq > voided).map(|e| e.seq).collect();
        for seq in later {
            if self.life(seq).follow(SkipHow::Void, &why) {
                gone.push(seq);
                skipped.push(self.seen(seq));
            }
        }
        let depends = |e: &&Entry| !e.life.state.is_final() && e.depends_on.is_some_and(|on| gone.contains(&on));
        let dependents: Vec<i64> = self.outbox.values().filter(depends).map(|e| e.seq).collect();
        for seq in dependents {
            // One that is parked already stays as it is, and may be skipped in the same breath.
            if self.life(seq).park(&said::dependent(&why)) {
                skipped.push(self.seen(seq));
            }
        }
        if let Some(customer) = lane.strip_prefix("customer:") {
            self.customers.entry(customer.to_owned()).and_modify(|c| c.fingerprint.clear());
            return Ok(());
        }
        let (Some(told), Some(order)) = (self.outbox[&voided].told_before.clone(), lane.strip_prefix("order:")) else {
            return Err(said::not_void(&number));
        };
        if let Some(record) = self.orders.get_mut(order) {
            (record.told, record.held, record.waits_for) = (told, Some(why), None);
            self.voided.insert(order.to_owned());
        }
        Ok(())
    }

    pub(super) fn prune(&mut self, before: Timestamp, entries_max: usize) -> usize {
        let old = |e: &&mut Entry| {
            let ended = e.life.delivered_at.unwrap_or(e.info.planned_at);
            e.life.state.is_final() && e.document.is_some() && e.info.planned_at.max(ended) < before
        };
        let mut pruned = 0;
        for entry in self.outbox.values_mut().filter(old).take(entries_max) {
            (entry.document, entry.told_before) = (None, None);
            entry.attempts.clear();
            pruned += 1;
        }
        pruned
    }
}
