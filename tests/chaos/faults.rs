//! What befalls a run, and when: drawn from its seed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// One kind of misfortune.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The process that captures is killed, and started again.
    CaptureKilled,
    /// A process that relays is killed, and started again.
    RelayKilled,
    /// The process that captures stands still for longer than its lease.
    CaptureStopped,
    /// A process that relays stands still for longer than the leases of its claims.
    RelayStopped,
    /// PostgreSQL crashes and recovers.
    PostgresCrashed,
    /// PostgreSQL's machine is gone, its synchronous standby takes over, and a new one comes.
    StandbyPromoted,
    /// Connections to the state database are cut.
    StateCut,
    /// The state database's side of connections is closed: a commit may have happened, and its answer is lost.
    StateHalfClosed,
    /// Nothing comes from the state database for a while.
    StateSilent,
    /// The state database is far away for a while.
    StateDelayed,
    /// Connections to the store are cut.
    StoreCut,
    /// The store's side of connections is closed.
    StoreHalfClosed,
    /// The store crashes and is started again.
    StoreCrashed,
    /// The ERP does not answer for a while.
    ErpSilent,
    /// The ERP takes no connections for a while.
    ErpRefuses,
    /// Connections to the ERP are cut.
    ErpCut,
}

impl Fault {
    /// What befalls one process with its state in a file.
    pub const ALONE: [Fault; 8] = [
        Fault::RelayStopped,
        Fault::RelayKilled,
        Fault::StoreCut,
        Fault::StoreHalfClosed,
        Fault::StoreCrashed,
        Fault::ErpSilent,
        Fault::ErpRefuses,
        Fault::ErpCut,
    ];

    /// What befalls several processes that share a state database.
    pub const SHARED: [Fault; 16] = [
        Fault::RelayStopped,
        Fault::CaptureStopped,
        Fault::CaptureKilled,
        Fault::RelayKilled,
        Fault::PostgresCrashed,
        Fault::StandbyPromoted,
        Fault::StateCut,
        Fault::StateHalfClosed,
        Fault::StateSilent,
        Fault::StateDelayed,
        Fault::StoreCut,
        Fault::StoreHalfClosed,
        Fault::StoreCrashed,
        Fault::ErpSilent,
        Fault::ErpRefuses,
        Fault::ErpCut,
    ];

    /// It lasts so long that it comes early.
    fn is_long(self) -> bool {
        matches!(self, Fault::RelayStopped | Fault::CaptureStopped)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("{self:?}");
        let mut words = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !words.is_empty() {
                words.push(' ');
            }
            words.extend(letter.to_lowercase());
        }
        f.write_str(&words)
    }
}

/// A fault that is to come.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// After the beginning.
    pub at: Duration,
    /// Which.
    pub fault: Fault,
    /// What it draws its own chances from.
    pub seed: u64,
}

/// Every kind once, spread over the first part; then any, until the end.
pub fn plan(kinds: &[Fault], length: Duration, seed: u64) -> Vec<Planned> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut each: Vec<Fault> = kinds.to_vec();
    each.shuffle(&mut dice);
    each.sort_by_key(|fault| !fault.is_long());
    let gap = (length / u32::try_from(kinds.len() + 1).expect("a few")).min(Duration::from_secs(6));
    let (mut at, mut planned) = (gap / 2, Vec::new());
    let mut first = each.into_iter();
    while at < length {
        let fault = first.next().unwrap_or_else(|| kinds[dice.random_range(0..kinds.len())]);
        planned.push(Planned { at, fault, seed: dice.random() });
        at += gap.mul_f64(dice.random_range(0.4..1.4));
    }
    // A short run may have drawn long gaps.
    planned.extend(first.map(|fault| Planned { at: length, fault, seed: dice.random() }));
    planned
}

/// How many of each were survived.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<Fault, u32>>);

impl Tally {
    /// One more.
    pub fn count(&self, fault: Fault) {
        *self.0.lock().expect("nobody panics with it").entry(fault).or_default() += 1;
    }

    /// All kinds that occurred.
    pub fn all(&self) -> BTreeMap<Fault, u32> {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

#[test]
fn every_kind_is_in_every_plan_and_a_seed_repeats() {
    for seconds in [40, 600] {
        for seed in 0..200 {
            let length = Duration::from_secs(seconds);
            let planned = plan(&Fault::SHARED, length, seed);
            for fault in Fault::SHARED {
                assert!(planned.iter().any(|p| p.fault == fault), "{fault} is not in {planned:?}");
            }
            assert_eq!(format!("{planned:?}"), format!("{:?}", plan(&Fault::SHARED, length, seed)));
        }
    }
}
