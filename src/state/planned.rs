//! What the outbox has kept of its plans, and which of its documents can go back on their way.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use smol_str::SmolStr;

use crate::ledger::Told;
use crate::outbox::{EntryState, Lane, SkipHow};

/// An outbox entry as it was planned, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEntry {
    /// Sequence number.
    pub seq: i64,
    /// Which lane.
    pub lane: Lane,
    /// The document's kind by name (`sales_order`).
    pub kind: SmolStr,
    /// The document's number.
    pub number: SmolStr,
    /// The document's content, as SHA-256.
    pub fingerprint: String,
    /// Where it stands.
    pub state: EntryState,
    /// How it was skipped.
    pub skip: Option<SkipHow>,
    /// What its order was told before it: of the first entry of an order's plan, as far as it is kept.
    pub told_before: Option<KeptTold>,
    /// True where its document is kept no more.
    pub pruned: bool,
    /// The last source transaction that its plan saw.
    pub cut: SmolStr,
    /// When the store committed the document's last change.
    pub changed_at: Timestamp,
    /// When it was known to be in the ERP.
    pub delivered_at: Option<Timestamp>,
}

/// What an order was told, in the form in which it is kept: of many entries it takes less room, and most of the time to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTold(Box<str>);

impl KeptTold {
    pub(super) fn new(json: impl Into<Box<str>>) -> KeptTold {
        KeptTold(json.into())
    }

    /// What was told.
    ///
    /// # Errors
    /// It was changed by hand, or is damaged.
    pub fn read(&self) -> serde_json::Result<Told> {
        serde_json::from_str(&self.0)
    }
}

/// What came of putting delivered documents back on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redelivered {
    /// Those that will be looked up, by sequence number, with their numbers.
    pub entries: Vec<(i64, String)>,
    /// Numbers of those that cannot be sent again: they, or what follows them in their lane, are kept no more.
    pub pruned: Vec<String>,
    /// Numbers of those in whose lane a request is on its way.
    pub busy: Vec<String>,
    /// Numbers of customers of whom a person has entered something newer in the ERP: what was sent before would take its place.
    pub by_hand: Vec<String>,
}

/// A delivered entry, one that is being sent, or a customer's that a person has entered by hand (skipped).
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub seq: i64,
    pub lane: String,
    pub number: String,
    pub state: EntryState,
    pub pruned: bool,
}

/// Which of the wanted entries go back on their way, with what follows them in their lanes: in a lane, what is not final comes
/// behind what is. `found` are the delivered ones and those that are being sent, from the first that is wanted on.
pub(super) fn redelivered(wanted: &[i64], found: &[Found]) -> Redelivered {
    let wanted: BTreeSet<i64> = wanted.iter().copied().collect();
    let mut lanes: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for entry in found {
        let lane = lanes.entry(&entry.lane).or_default();
        let asked = wanted.contains(&entry.seq) && entry.state == EntryState::Delivered;
        if asked || !lane.is_empty() {
            lane.push(entry);
        }
    }
    let mut done = Redelivered::default();
    for lane in lanes.into_values() {
        let delivered = lane.iter().filter(|entry| entry.state == EntryState::Delivered);
        let asked = lane.iter().filter(|entry| entry.state == EntryState::Delivered && wanted.contains(&entry.seq));
        if lane.iter().any(|entry| entry.state == EntryState::Skipped) {
            done.by_hand.extend(asked.map(|entry| entry.number.clone()));
            continue;
        }
        if lane.iter().any(|entry| entry.state == EntryState::Sending) {
            let asked = delivered.filter(|entry| wanted.contains(&entry.seq));
            done.busy.extend(asked.map(|entry| entry.number.clone()));
            continue;
        }
        let last_pruned = lane.iter().rposition(|entry| entry.pruned);
        let kept_from = last_pruned.map_or(0, |last| last + 1);
        let lost = lane[..kept_from].iter().filter(|entry| wanted.contains(&entry.seq));
        done.pruned.extend(lost.map(|entry| entry.number.clone()));
        done.entries.extend(lane[kept_from..].iter().map(|entry| (entry.seq, entry.number.clone())));
    }
    done.entries.sort_unstable();
    done
}
