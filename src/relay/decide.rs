//! From a verdict to a transition: the one retry table of the program; pure.
//!
//! | verdict | becomes | because |
//! |---|---|---|
//! | delivered | delivered | the ERP's own total equals ours |
//! | not done | pending, after what the ERP asks for or a backoff | nothing was done |
//! | unknown | unknown, looked up after `late_max` | the request may still be running |
//! | garbled | unknown, a few times; then parked | a proxy in the way mends itself, a wrong URL does not |
//! | unauthorised | pending, after a long pause | accounts get locked |
//! | rejected, conflict | parked | sending it again changes nothing |
//! | lacking | parked, until the item is there | sending it again changes nothing before |
//! | any other failure past the deadline | parked | a person should know, unless the whole ERP is down |

use std::time::Duration;

use jiff::Timestamp;

use crate::erp::{Guarantee, Start, Verdict};
use crate::outbox::{Backoff, Claimed, Health, MissingItem, Transition};

/// The settings of the retry table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Waits between attempts.
    pub backoff: Backoff,
    /// How long a request may still take effect after its end.
    pub late_max: Duration,
    /// The pause after refused credentials.
    pub unauthorised: Duration,
    /// Answers that are none, before an entry is parked.
    pub garbled_max: u32,
    /// From the first claim to delivery; an entry that fails after that is parked.
    pub deadline: Duration,
}

/// What becomes of `entry` after `verdict`, by the state database's clock. `jitter` is 0 to 999.
pub fn decide(entry: &Claimed, verdict: Verdict, policy: &Policy, now: Timestamp, jitter: u16) -> Transition {
    let wait = policy.backoff.wait(entry.attempts, jitter);
    let late = now.duration_since(entry.first_claimed_at) > policy.deadline.try_into().unwrap_or_default();
    // Refused credentials say nothing about the entry: it waits for as long as it takes to mend them.
    let late = late && !entry.probe && !matches!(verdict, Verdict::Unauthorised { .. });
    let transition = match verdict {
        Verdict::Delivered { reference, amounts, .. } => Transition::Deliver { reference, amounts },
        Verdict::NotDone { reason, retry_after } => {
            let wait = retry_after.map_or(wait, |asked| asked.max(wait.min(Duration::from_secs(1))));
            Transition::Retry { wait, reason }
        }
        Verdict::Unknown { reason } => Transition::Doubt { wait: policy.late_max.max(wait), reason, garbled: false },
        Verdict::Garbled { reason } if entry.garbled + 1 >= policy.garbled_max => Transition::Park {
            reason: format!(
                "{reason}; after {} such answers: check the ERP's URL and any proxy, then `ledgertap outbox retry`",
                entry.garbled + 1
            ),
            waits_for: None,
            absent: false,
            wait: policy.late_max,
        },
        Verdict::Garbled { reason } => Transition::Doubt { wait: policy.late_max.max(wait), reason, garbled: true },
        Verdict::Unauthorised { reason } => Transition::Retry { wait: policy.unauthorised, reason },
        Verdict::Rejected { reason, absent } => {
            Transition::Park { reason, waits_for: None, absent, wait: Duration::ZERO }
        }
        Verdict::Conflict { reason } => {
            Transition::Park { reason, waits_for: None, absent: false, wait: Duration::ZERO }
        }
        Verdict::Lacking { item, reason, absent } => {
            Transition::Park { reason, waits_for: Some(MissingItem::Item(item)), absent, wait: Duration::ZERO }
        }
    };
    match transition {
        Transition::Retry { reason, wait } | Transition::Doubt { reason, wait, .. } if late => Transition::Park {
            reason: format!(
                "not delivered within {:?} of its first attempt: {reason}; see to the cause, then `ledgertap outbox retry`",
                policy.deadline
            ),
            waits_for: None,
            absent: false,
            wait,
        },
        other => other,
    }
}

/// How a claimed entry is taken on in an ERP that gives this guarantee for it; what may be in an ERP that can neither be asked
/// for it nor refuses it a second time is parked.
///
/// # Errors
/// The transition that parks it.
pub fn start(entry: &Claimed, guarantee: Guarantee) -> Result<Start, Transition> {
    match (entry.maybe_sent, guarantee) {
        (false, _) => Ok(Start::Create),
        (true, Guarantee::Unique | Guarantee::Probe) => Ok(Start::LookUp),
        (true, Guarantee::None) => Err(Transition::Park {
            reason: "it may be in the ERP, which can neither be asked for it nor refuses a second one: look for it there; enter \
                     it where it is missing, then `ledgertap outbox skip --by-hand`; or skip it with `--void`"
                .to_owned(),
            waits_for: None,
            absent: false,
            wait: Duration::ZERO,
        }),
    }
}

/// How long what an earlier life may have sent is left alone: a relay of that life that is still running sends for `sends_for`
/// from its claim on, and each request may take effect for `late_max` from its leaving on. Nothing, where a second one is
/// refused.
pub fn look_up_after(guarantee: Guarantee, sends_for: Duration, late_max: Duration) -> Duration {
    match guarantee {
        Guarantee::Unique => Duration::ZERO,
        Guarantee::Probe | Guarantee::None => sends_for + late_max,
    }
}

/// The verdict's name in the attempts' history.
pub(super) fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered { found: true, .. } => "found",
        Verdict::Delivered { found: false, .. } => "delivered",
        Verdict::NotDone { .. } => "not_done",
        Verdict::Unknown { .. } => "unknown",
        Verdict::Rejected { .. } => "rejected",
        Verdict::Lacking { .. } => "lacking",
        Verdict::Conflict { .. } => "conflict",
        Verdict::Unauthorised { .. } => "unauthorised",
        Verdict::Garbled { .. } => "garbled",
    }
}

/// What a verdict says of the ERP itself.
pub(super) fn health(verdict: &Verdict) -> Health {
    match verdict {
        Verdict::Delivered { .. } | Verdict::Rejected { .. } | Verdict::Lacking { .. } | Verdict::Conflict { .. } => {
            Health::Up
        }
        // Who asks us to wait is there.
        Verdict::NotDone { retry_after: Some(_), .. } => Health::Silent,
        Verdict::NotDone { retry_after: None, .. } | Verdict::Unknown { .. } | Verdict::Garbled { .. } => Health::Down,
        Verdict::Unauthorised { .. } => Health::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Customer, Document};
    use crate::outbox::EntryState;
    use jiff::civil::date;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn policy() -> Policy {
        Policy {
            backoff: Backoff { first: Duration::from_secs(1), max: Duration::from_secs(60) },
            late_max: Duration::from_secs(35),
            unauthorised: Duration::from_secs(60),
            garbled_max: 5,
            deadline: Duration::from_secs(3600),
        }
    }

    fn entry(attempts: u32) -> Claimed {
        Claimed {
            seq: 1,
            claim: 1,
            lane: "customer:U1".into(),
            document: Document::Customer(Customer {
                number: "U1".into(),
                name: "x".into(),
                email: None,
                phone: None,
                address: None,
                ..Customer::default()
            }),
            posting_date: date(2026, 11, 23),
            maybe_sent: attempts > 0,
            attempts,
            garbled: attempts,
            first_claimed_at: NOW,
            claimed_at: NOW,
            probe: false,
            lease_until: NOW,
        }
    }

    fn seconds(transition: &Transition) -> i64 {
        match transition {
            Transition::Retry { wait, .. } | Transition::Doubt { wait, .. } => wait.as_secs().cast_signed(),
            _ => -1,
        }
    }

    #[test]
    fn the_retry_table() {
        let reason = || "said".to_owned();
        let delivered = Verdict::Delivered { reference: "7".into(), amounts: None, found: false };
        let not_done = |s: Option<u64>| Verdict::NotDone { reason: reason(), retry_after: s.map(Duration::from_secs) };
        let garbled = || Verdict::Garbled { reason: reason() };
        let unauthorised = Verdict::Unauthorised { reason: reason() };
        let cases = [
            (delivered, 0, EntryState::Delivered, -1),
            (not_done(None), 0, EntryState::Pending, 1),
            (not_done(None), 3, EntryState::Pending, 8),
            (not_done(None), 30, EntryState::Pending, 60),
            (not_done(Some(7)), 30, EntryState::Pending, 7),
            (Verdict::Unknown { reason: reason() }, 0, EntryState::Unknown, 35),
            (Verdict::Unknown { reason: reason() }, 9, EntryState::Unknown, 60),
            (garbled(), 3, EntryState::Unknown, 35),
            (garbled(), 4, EntryState::Parked, -1),
            (unauthorised, 0, EntryState::Pending, 60),
            (Verdict::Rejected { reason: reason(), absent: false }, 0, EntryState::Parked, -1),
            (Verdict::Conflict { reason: reason() }, 0, EntryState::Parked, -1),
            (Verdict::Lacking { item: "M-1".into(), reason: reason(), absent: false }, 0, EntryState::Parked, -1),
        ];
        for (verdict, attempts, state, wait) in cases {
            let transition = decide(&entry(attempts), verdict.clone(), &policy(), NOW, 0);
            assert_eq!((transition.state(), seconds(&transition)), (state, wait), "{verdict:?} after {attempts}");
        }
    }

    #[test]
    fn a_failure_past_the_deadline_is_parked_and_a_delivery_is_not() {
        let late = NOW + Duration::from_secs(3601);
        let unknown = Verdict::Unknown { reason: "no answer".into() };
        assert_eq!(decide(&entry(9), unknown, &policy(), late, 0).state(), EntryState::Parked);
        let refused = Verdict::Unauthorised { reason: "no".into() };
        assert_eq!(decide(&entry(9), refused, &policy(), late, 0).state(), EntryState::Pending);
        let delivered = Verdict::Delivered { reference: "7".into(), amounts: None, found: true };
        assert_eq!(decide(&entry(9), delivered, &policy(), late, 0).state(), EntryState::Delivered);
    }

    #[test]
    fn an_ambiguous_park_says_how_long_its_request_may_run() {
        let late = NOW + Duration::from_secs(3601);
        let wait = |verdict, attempts, now| match decide(&entry(attempts), verdict, &policy(), now, 0) {
            Transition::Park { wait, .. } => wait.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(Verdict::Unknown { reason: "no answer".into() }, 0, late), 35);
        assert_eq!(wait(Verdict::Garbled { reason: "HTML".into() }, 4, NOW), 35);
        assert_eq!(wait(Verdict::Rejected { reason: "no".into(), absent: true }, 0, NOW), 0);
    }

    #[test]
    fn what_may_be_in_an_erp_that_cannot_be_asked_is_parked() {
        for guarantee in [Guarantee::None, Guarantee::Probe, Guarantee::Unique] {
            assert_eq!(start(&entry(0), guarantee), Ok(Start::Create));
        }
        assert_eq!(start(&entry(1), Guarantee::Probe), Ok(Start::LookUp));
        assert_eq!(start(&entry(1), Guarantee::Unique), Ok(Start::LookUp));
        let parked = start(&entry(1), Guarantee::None).unwrap_err();
        assert_eq!(parked.state(), EntryState::Parked);
        assert!(parked.reason().unwrap().contains("--by-hand"));
    }

    #[test]
    fn an_older_state_waits_for_what_a_living_relay_may_still_send() {
        let (sends_for, late_max) = (Duration::from_secs(60), Duration::from_secs(35));
        assert_eq!(look_up_after(Guarantee::Unique, sends_for, late_max), Duration::ZERO);
        assert_eq!(look_up_after(Guarantee::Probe, sends_for, late_max), Duration::from_secs(95));
    }
}
