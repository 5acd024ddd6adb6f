//! An outbox entry's life: its states, who sets them, and the transitions between them; pure.
//!
//! ```text
//!            ┌────────────── not done ──────────────┐
//!            ▼                                      │
//! capture ▶ pending ──claim──▶ sending ──settle──▶ delivered
//! capture ▶ unknown ──claim──▶    │ │ └──────────▶ parked ──a person──▶ pending, unknown or skipped
//!            ▲                    │ │
//!            └── may have arrived ┘ └ lease ran out ▶ unknown
//! ```
//!
//! A person may doubt what is delivered, too: an ERP that was restored from a backup may lack it.
//!
//! `maybe_sent` is set with the first claim and never taken back: from then on every delivery begins with a look-up in the
//! ERP. A claim is numbered; a relay whose lease ran out cannot settle, because its number is no longer the entry's. The
//! functions are [`Life`]'s; the state databases, the model and the simulation call these and no others.

mod breaker;
mod life;

pub use breaker::{Breaker, BreakerPolicy, Gate, Health, Rate};
pub use life::{Grant, Life, Settled, SkipHow};

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::document::{Amounts, Document};

/// Where an entry stands. All are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// May be sent from `not_before` on. Set by capture, and by the relay after a definite "not done".
    Pending,
    /// Claimed; a request may be on its way. Set by the relay before the first byte leaves.
    Sending,
    /// May or may not be in the ERP: looked up before anything else. Set by the relay, by the recovery of a lease that ran
    /// out, and by capture for what is planned from changes older than its session.
    Unknown,
    /// In the ERP, with the ERP's own total equal to ours. Set by the relay.
    Delivered,
    /// Needs a person. Set by the relay, and by capture for what breaks a rule of the config.
    Parked,
    /// Taken out by a person, with a reason.
    Skipped,
}

impl EntryState {
    /// The name used in the state database and in `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryState::Pending => "pending",
            EntryState::Sending => "sending",
            EntryState::Unknown => "unknown",
            EntryState::Delivered => "delivered",
            EntryState::Parked => "parked",
            EntryState::Skipped => "skipped",
        }
    }

    /// Reads [`EntryState::as_str`] back.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Sending, Self::Unknown, Self::Delivered, Self::Parked, Self::Skipped]
            .into_iter()
            .find(|s| s.as_str() == name)
    }

    /// True once the lane may go on: nothing more will happen to the entry by itself, and it is in the ERP or given up.
    pub fn is_final(self) -> bool {
        matches!(self, EntryState::Delivered | EntryState::Skipped)
    }
}

/// What a lane is about: its documents are delivered in order, one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// A customer, by the store's key.
    Customer(String),
    /// An order, by the store's key.
    Order(String),
}

impl Lane {
    /// The name used in the state database (`order:17`).
    pub fn name(&self) -> String {
        match self {
            Lane::Customer(id) => format!("customer:{id}"),
            Lane::Order(id) => format!("order:{id}"),
        }
    }

    /// Reads [`Lane::name`] back.
    pub fn parse(name: &str) -> Option<Lane> {
        match name.split_once(':')? {
            ("customer", id) => Some(Lane::Customer(id.to_owned())),
            ("order", id) => Some(Lane::Order(id.to_owned())),
            _ => None,
        }
    }
}

/// An entry that capture adds.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// Which lane.
    pub lane: Lane,
    /// What to deliver.
    pub document: Document,
    /// An entry that must be final before this one leaves.
    pub depends_on: Option<Dependency>,
    /// [`EntryState::Pending`], [`EntryState::Unknown`] where an earlier life may have sent it, or [`EntryState::Parked`] where
    /// a rule of the config wants a person to see it first.
    pub state: EntryState,
    /// May be claimed from then on.
    pub not_before: Timestamp,
    /// Why it is parked from the beginning.
    pub said: Option<String>,
    /// The id of the last source transaction that the plan has seen.
    pub cut: String,
    /// When the store committed the last change of the document, as the capture clock had it.
    pub changed_at: Timestamp,
}

/// Names an entry with a smaller sequence number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dependency {
    /// An entry of an earlier commit, by its sequence number.
    Stored(i64),
    /// An entry of the same commit, by its index there.
    New(usize),
}

/// An entry as the relay holds it under a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Sequence number in the outbox.
    pub seq: i64,
    /// The claim's number, the fence against a relay that came back too late.
    pub claim: i64,
    /// Which lane, by name.
    pub lane: String,
    /// What to deliver.
    pub document: Document,
    /// The date on which it is posted ([`posting_day`]), fixed at the first claim.
    pub posting_date: Date,
    /// True where an earlier claim, or an earlier life, may have sent it: look it up first.
    pub maybe_sent: bool,
    /// How many claims there were before this one.
    pub attempts: u32,
    /// How many of them were answered with what is no answer of the ERP's.
    pub garbled: u32,
    /// When the entry was first claimed.
    pub first_claimed_at: Timestamp,
    /// When this claim was made, by the state database's clock, as all times here.
    pub claimed_at: Timestamp,
    /// True where the ERP was down, and this entry alone may see whether it still is.
    pub probe: bool,
    /// The lease's end.
    pub lease_until: Timestamp,
}

/// What becomes of a claimed entry.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub enum Transition {
    /// In the ERP.
    Deliver {
        /// The ERP's own reference.
        reference: String,
        /// The ERP's own amounts.
        amounts: Option<Amounts>,
    },
    /// Not done: once more, after `wait`.
    Retry {
        /// From now to the earliest next claim.
        wait: Duration,
        /// Why.
        reason: String,
    },
    /// May have arrived: look it up after `wait`.
    Doubt {
        /// From now to the earliest next claim.
        wait: Duration,
        /// Why.
        reason: String,
        /// True where it was answered with what is no answer of the ERP's.
        garbled: bool,
    },
    /// Needs a person.
    Park {
        /// What is wrong and what to do.
        reason: String,
        /// The item that it lacks: it goes on by itself once the item is known.
        waits_for: Option<MissingItem>,
        /// True where the ERP certainly has nothing of it.
        absent: bool,
        /// From now to the earliest next claim, should a person let it go on at once: its request may still be running.
        wait: Duration,
    },
}

impl Transition {
    /// The state that the entry is in afterwards.
    pub fn state(&self) -> EntryState {
        match self {
            Transition::Deliver { .. } => EntryState::Delivered,
            Transition::Retry { .. } => EntryState::Pending,
            Transition::Doubt { .. } => EntryState::Unknown,
            Transition::Park { .. } => EntryState::Parked,
        }
    }

    /// Why; `None` for a delivery.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Transition::Deliver { .. } => None,
            Transition::Retry { reason, .. } | Transition::Doubt { reason, .. } | Transition::Park { reason, .. } => {
                Some(reason)
            }
        }
    }
}

/// An item that a parked entry waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MissingItem {
    /// A SKU of the store that the crosswalk does not have.
    Sku(String),
    /// An item number that the ERP does not have.
    Item(String),
}

impl MissingItem {
    /// The name used in the state database (`sku:A-1`, `item:M-001`).
    pub fn name(&self) -> String {
        match self {
            MissingItem::Sku(sku) => format!("sku:{sku}"),
            MissingItem::Item(item) => format!("item:{item}"),
        }
    }

    /// Reads [`MissingItem::name`] back.
    pub fn parse(name: &str) -> Option<MissingItem> {
        match name.split_once(':')? {
            ("sku", sku) => Some(MissingItem::Sku(sku.to_owned())),
            ("item", item) => Some(MissingItem::Item(item.to_owned())),
            _ => None,
        }
    }
}

/// The day on which a document is posted: the event's own, unless the books are closed then, or an earlier document of the same
/// order was posted later.
pub fn posting_day(event: Date, closed_until: Option<Date>, earlier: Option<Date>) -> Date {
    let open = closed_until.map(|closed| closed.tomorrow().unwrap_or(closed));
    [open, earlier].into_iter().flatten().fold(event, Date::max)
}

/// Exponential backoff with jitter and a ceiling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The first wait.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Backoff {
    /// How long to wait after `attempts` failures: doubled each time up to the ceiling, of which `jitter` (0 to 999) takes
    /// away up to half, so that many waiters do not come back at once.
    pub fn wait(&self, attempts: u32, jitter: u16) -> Duration {
        let full = self.first.saturating_mul(1 << attempts.min(20)).min(self.max);
        full - full / 2 * u32::from(jitter.min(999)) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_ceiling_and_jitter_halves_it_at_most() {
        let backoff = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(60) };
        let waits: Vec<u64> = [0, 1, 2, 5, 6, 40].iter().map(|&n| backoff.wait(n, 0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 32, 60, 60]);
        assert!(backoff.wait(40, 999) > Duration::from_secs(30));
    }

    #[test]
    fn what_happened_in_a_closed_month_is_posted_on_the_next_open_day() {
        use jiff::civil::date;
        let event = date(2026, 10, 30);
        let cases = [
            (None, None, event),
            (Some(date(2026, 9, 30)), None, event),
            (Some(date(2026, 10, 29)), None, event),
            (Some(date(2026, 10, 30)), None, date(2026, 10, 31)),
            (Some(date(2026, 10, 31)), None, date(2026, 11, 1)),
            (None, Some(date(2026, 11, 3)), date(2026, 11, 3)),
            (Some(date(2026, 10, 31)), Some(date(2026, 10, 2)), date(2026, 11, 1)),
        ];
        for (closed, earlier, day) in cases {
            assert_eq!(posting_day(event, closed, earlier), day, "{closed:?} {earlier:?}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for state in ["pending", "sending", "unknown", "delivered", "parked", "skipped"] {
            assert_eq!(EntryState::parse(state).unwrap().as_str(), state);
        }
        assert_eq!(EntryState::parse("sent"), None);
        for item in [MissingItem::Sku("A:1".into()), MissingItem::Item("M".into())] {
            assert_eq!(MissingItem::parse(&item.name()), Some(item));
        }
        assert_eq!(MissingItem::parse("A"), None);
        for lane in [Lane::Customer("7:1".into()), Lane::Order(String::new())] {
            assert_eq!(Lane::parse(&lane.name()), Some(lane));
        }
    }
}
