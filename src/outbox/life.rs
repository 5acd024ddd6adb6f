//! What changes of an entry while it lives, and the only functions that change it.
//!
//! A state database finds rows, reads a [`Life`], calls one of these and writes it back; the model and the simulation do the
//! same with lives in memory. So there is one protocol, and what is proven of it is what runs. All times are the state
//! database's.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{EntryState, MissingItem, Transition};
use crate::document::Amounts;

/// An entry's state and everything that moves with it. All of it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Life {
    /// Where it stands.
    pub state: EntryState,
    /// May be claimed from then on.
    pub not_before: Timestamp,
    /// The number of its latest claim; 0 before the first.
    pub claim: i64,
    /// While `sending`: when the claim's lease ends.
    pub lease_until: Option<Timestamp>,
    /// When it was first claimed, since a person last let it go on.
    pub first_claimed_at: Option<Timestamp>,
    /// True from the first claim on, for good: every later delivery begins with a look-up.
    pub maybe_sent: bool,
    /// True where the ERP certainly has nothing of it: its last answer was a definite refusal, or nothing was ever sent.
    pub absent: bool,
    /// Claims that counted, since a person last let it go on.
    pub attempts: u32,
    /// How many of them were answered with what is no answer of the ERP's.
    pub garbled: u32,
    /// The date on which it is posted, fixed at the first claim.
    pub posting_date: Option<Date>,
    /// What the last attempt, or a person, said.
    pub said: Option<String>,
    /// The item that it is parked for.
    pub waits_for: Option<MissingItem>,
    /// How it was skipped.
    pub skip: Option<SkipHow>,
    /// The ERP's own reference.
    pub reference: Option<String>,
    /// The ERP's own amounts.
    pub amounts: Option<Amounts>,
    /// When it was known to be in the ERP.
    pub delivered_at: Option<Timestamp>,
}

/// What a claim gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The claim's number: drawn anew for each, so that no claim of a state that was restored since has the same one.
    pub number: i64,
    /// Now.
    pub now: Timestamp,
    /// How long it holds.
    pub lease: Duration,
    /// The posting date, where none is fixed yet.
    pub posting_date: Date,
}

/// Whether a settlement counted.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// Written.
    Applied,
    /// The claim was no longer ours: someone else found the lease run out.
    Fenced,
}

/// How a person, or a newer plan, takes an entry out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipHow {
    /// A person has entered it in the ERP: it stays told.
    ByHand,
    /// It is not to be in the ERP: it is taken back in the ledger, and its order is held.
    Void,
    /// The ERP certainly lacks it, and a newer plan tells what it would have told.
    Superseded,
}

impl SkipHow {
    /// The name used in the state database and in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            SkipHow::ByHand => "by_hand",
            SkipHow::Void => "void",
            SkipHow::Superseded => "superseded",
        }
    }

    /// Reads [`SkipHow::as_str`] back.
    pub fn parse(name: &str) -> Option<SkipHow> {
        [SkipHow::ByHand, SkipHow::Void, SkipHow::Superseded].into_iter().find(|how| how.as_str() == name)
    }
}

/// What is said of an entry whose relay did not settle it.
const LAPSED: &str = "the bridge stopped, or its lease ran out, while the request was on its way";

/// What is said of an entry that was delivered and is doubted.
const REDELIVERED: &str = "delivered before; the ERP is asked whether it still has it";

impl Life {
    /// An entry as capture plans it.
    pub fn born(state: EntryState, not_before: Timestamp, said: Option<String>) -> Life {
        Life {
            state,
            not_before,
            claim: 0,
            lease_until: None,
            first_claimed_at: None,
            maybe_sent: state == EntryState::Unknown,
            absent: state != EntryState::Unknown,
            attempts: 0,
            garbled: 0,
            posting_date: None,
            said,
            waits_for: None,
            skip: None,
            reference: None,
            amounts: None,
            delivered_at: None,
        }
    }

    /// True where it may be claimed, as far as it is concerned itself: the head of its lane whose dependency is final.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, EntryState::Pending | EntryState::Unknown) && self.not_before <= now
    }

    /// Claims it. Answers whether it may have been sent before: then it is looked up before anything else.
    pub fn claim(&mut self, grant: &Grant) -> bool {
        debug_assert!(self.is_due(grant.now), "what is not due is not claimed");
        let before = self.maybe_sent;
        self.state = EntryState::Sending;
        self.claim = grant.number;
        self.lease_until = Some(after(grant.now, grant.lease));
        self.first_claimed_at.get_or_insert(grant.now);
        self.posting_date.get_or_insert(grant.posting_date);
        self.maybe_sent = true;
        self.absent = false;
        self.attempts = self.attempts.saturating_add(1);
        before
    }

    /// Turns a claim whose lease has run out into a doubt, to be looked up after `late_max`; true where it was one.
    pub fn lapse(&mut self, now: Timestamp, late_max: Duration) -> bool {
        let ran_out = self.state == EntryState::Sending && self.lease_until.is_none_or(|until| until < now);
        if ran_out {
            self.abandon(now, late_max);
        }
        ran_out
    }

    /// The same for a claim whose relay is known to be dead.
    pub fn abandon(&mut self, now: Timestamp, late_max: Duration) {
        self.state = EntryState::Unknown;
        self.wait(now, late_max);
        self.lease_until = None;
        self.said = Some(LAPSED.to_owned());
    }

    /// Doubts what is not final as far as this state knows: it may be an older state than one that has sent it since. Whatever
    /// becomes of it next, by a claim, a settlement or a person, it is not looked up before `from`.
    pub fn doubt(&mut self, from: Timestamp) {
        if self.state.is_final() {
            return;
        }
        if self.state == EntryState::Pending {
            self.state = EntryState::Unknown;
            self.maybe_sent = true;
            self.absent = false;
        }
        self.not_before = self.not_before.max(from);
    }

    /// Settles the claim of this number. Where it is `free`, the attempt does not count.
    pub fn settle(&mut self, claim: i64, transition: &Transition, free: bool, now: Timestamp) -> Settled {
        if self.state != EntryState::Sending || self.claim != claim {
            return Settled::Fenced;
        }
        self.state = transition.state();
        self.lease_until = None;
        self.said = transition.reason().map(str::to_owned);
        if free {
            self.attempts = self.attempts.saturating_sub(1);
        }
        match transition {
            Transition::Deliver { reference, amounts } => {
                (self.reference, self.amounts) = (Some(reference.clone()), *amounts);
                self.delivered_at = Some(now);
            }
            Transition::Retry { wait, .. } | Transition::Doubt { wait, .. } => self.wait(now, *wait),
            Transition::Park { waits_for, absent, wait, .. } => {
                self.waits_for.clone_from(waits_for);
                self.absent = *absent;
                self.wait(now, *wait);
            }
        }
        if matches!(transition, Transition::Doubt { garbled: true, .. }) {
            self.garbled = self.garbled.saturating_add(1);
        }
        Settled::Applied
    }

    /// Lets a parked entry go on, as a doubt; true where it was parked. Deadline, counts and posting date, which no ERP has
    /// taken, begin anew.
    pub fn retry(&mut self, now: Timestamp) -> bool {
        let parked = self.state == EntryState::Parked;
        if parked {
            self.state = EntryState::Unknown;
            self.maybe_sent = true;
            self.absent = false;
            (self.attempts, self.garbled) = (0, 0);
            (self.first_claimed_at, self.posting_date, self.waits_for) = (None, None, None);
            self.wait(now, Duration::ZERO);
        }
        parked
    }

    /// Lets a delivered entry go on as a doubt, for the ERP may have lost it; true where it was delivered. It is not looked up
    /// before `from`: a relay of an earlier life may be at work on it. Deadline and counts begin anew, and what the ERP called it
    /// counts no more. It keeps its posting date, on which the ERP has had it.
    pub fn redeliver(&mut self, from: Timestamp) -> bool {
        let delivered = self.state == EntryState::Delivered;
        if delivered {
            self.state = EntryState::Unknown;
            self.maybe_sent = true;
            self.absent = false;
            (self.attempts, self.garbled) = (0, 0);
            (self.first_claimed_at, self.reference, self.amounts, self.delivered_at) = (None, None, None, None);
            self.said = Some(REDELIVERED.to_owned());
            self.not_before = self.not_before.max(from);
        }
        delivered
    }

    /// Takes a parked entry out; true where it was parked.
    pub fn skip(&mut self, how: SkipHow, reason: &str) -> bool {
        let parked = self.state == EntryState::Parked;
        if parked {
            self.take_out(how, reason);
        }
        parked
    }

    /// Takes an entry out that waits behind one that is taken out, and so was never sent; true where it was not final.
    pub fn follow(&mut self, how: SkipHow, reason: &str) -> bool {
        let waits = matches!(self.state, EntryState::Pending | EntryState::Unknown | EntryState::Parked);
        if waits {
            self.take_out(how, reason);
        }
        waits
    }

    /// Parks an entry that waits for one that was voided; true where it waited.
    pub fn park(&mut self, reason: &str) -> bool {
        let waits = matches!(self.state, EntryState::Pending | EntryState::Unknown);
        if waits {
            self.state = EntryState::Parked;
            self.said = Some(reason.to_owned());
        }
        waits
    }

    /// Puts the next claim off, and never brings it forward: whoever put it off before knew of requests that may still be running.
    fn wait(&mut self, now: Timestamp, wait: Duration) {
        self.not_before = self.not_before.max(after(now, wait));
    }

    fn take_out(&mut self, how: SkipHow, reason: &str) {
        self.state = EntryState::Skipped;
        self.skip = Some(how);
        self.said = Some(reason.to_owned());
        self.waits_for = None;
    }
}

/// A point in time so much later.
pub(super) fn after(now: Timestamp, wait: Duration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn claimed() -> Life {
        let mut life = Life::born(EntryState::Pending, at(0), None);
        let day = Date::constant(2026, 11, 27);
        assert!(!life.claim(&Grant { number: 7, now: at(10), lease: Duration::from_secs(30), posting_date: day }));
        life
    }

    fn park(wait: u64) -> Transition {
        let wait = Duration::from_secs(wait);
        Transition::Park { reason: "said".into(), waits_for: None, absent: false, wait }
    }

    #[test]
    fn a_person_brings_no_look_up_forward() {
        let mut life = claimed();
        assert_eq!(life.settle(7, &park(60), false, at(20)), Settled::Applied);
        assert!(life.retry(at(30)));
        assert_eq!((life.state, life.not_before), (EntryState::Unknown, at(80)));
        let mut life = claimed();
        assert_eq!(life.settle(7, &park(0), false, at(20)), Settled::Applied);
        assert!(life.retry(at(30)));
        assert_eq!(life.not_before, at(30));
    }

    #[test]
    fn whatever_an_older_state_does_next_it_waits() {
        let retry = Transition::Retry { wait: Duration::from_secs(1), reason: "busy".into() };
        let (mut settled, mut lapsed, mut parked) = (claimed(), claimed(), claimed());
        assert_eq!(parked.settle(7, &park(0), false, at(15)), Settled::Applied);
        let mut waiting = parked.clone();
        assert!(waiting.retry(at(16)));
        let mut by_a_rule = Life::born(EntryState::Parked, at(0), Some("a rule".into()));
        let mut pending = claimed();
        assert_eq!(pending.settle(7, &retry, false, at(15)), Settled::Applied);
        for life in [&mut settled, &mut lapsed, &mut parked, &mut by_a_rule, &mut waiting, &mut pending] {
            life.doubt(at(100));
        }
        assert_eq!(settled.settle(7, &retry, false, at(20)), Settled::Applied);
        assert!(lapsed.lapse(at(41), Duration::from_secs(5)));
        assert!(parked.retry(at(20)) && by_a_rule.retry(at(20)));
        assert_eq!(pending.state, EntryState::Unknown, "a newer state may have sent it");
        for life in [settled, lapsed, parked, by_a_rule, waiting, pending] {
            assert_eq!((life.not_before, life.maybe_sent), (at(100), true), "{:?}", life.state);
        }
    }

    #[test]
    fn what_is_final_is_not_doubted() {
        let mut life = claimed();
        let delivered = Transition::Deliver { reference: "7".into(), amounts: None };
        assert_eq!(life.settle(7, &delivered, false, at(20)), Settled::Applied);
        let before = life.clone();
        life.doubt(at(100));
        assert_eq!(life, before);
    }

    #[test]
    fn what_is_delivered_is_doubted_by_a_person_only() {
        let mut life = claimed();
        assert!(!life.redeliver(at(15)), "it is on its way");
        let amounts = Some(Amounts::from_total(rust_decimal::Decimal::ONE, rust_decimal::Decimal::ZERO));
        let delivered = Transition::Deliver { reference: "7".into(), amounts };
        assert_eq!(life.settle(7, &delivered, false, at(20)), Settled::Applied);
        assert!(life.redeliver(at(30)) && !life.redeliver(at(31)));
        assert_eq!((life.state, life.maybe_sent, life.absent), (EntryState::Unknown, true, false));
        assert_eq!((life.not_before, life.attempts, life.first_claimed_at), (at(30), 0, None));
        assert_eq!((&life.reference, life.amounts, life.delivered_at), (&None, None, None));
        let day = Date::constant(2026, 11, 27);
        assert_eq!(life.posting_date, Some(day), "the ERP has had it on that day");
        let grant =
            Grant { number: 8, now: at(40), lease: Duration::from_secs(30), posting_date: day.tomorrow().unwrap() };
        assert!(life.claim(&grant), "it is looked up");
        assert_eq!((life.posting_date, life.first_claimed_at), (Some(day), Some(at(40))));
        assert_eq!(life.settle(8, &delivered, false, at(41)), Settled::Applied);
        assert_eq!((life.state, life.reference.as_deref()), (EntryState::Delivered, Some("7")));
    }
}
