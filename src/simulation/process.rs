//! The bridge's processes: two captures and two relays, each of which may die, be stopped, and be started again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::dice::Dice;
use super::erp::{Account, Adapter, LATE_MAX};
use super::store::{BOUND, Binlog, offset, position};
use super::wire::{Gate, Wire};
use super::{Counts, Mistake};
use crate::capture::{Capture, CaptureError, Terms};
use crate::erp::Guarantee;
use crate::outbox::{Backoff, BreakerPolicy};
use crate::relay::{self, Jitter, Policy, Progress};
use crate::state::memory::MemoryState;
use crate::state::{Begin, State as _, StateError};

/// How long a capture's lease holds.
const LEASE: Duration = Duration::from_secs(6);

/// How often it is kept.
const RENEW: Duration = Duration::from_secs(2);

/// The longest sleep of a capture.
const TICK_MAX: Duration = Duration::from_secs(1);

/// All that the processes share.
pub(super) struct World {
    pub dice: Dice,
    pub state: MemoryState,
    pub account: Arc<Account>,
    pub log: Arc<Binlog>,
    pub guarantee: Guarantee,
    /// How late the store's transactions may come, in milliseconds.
    pub lag_ms: u64,
    pub restored: Arc<AtomicU64>,
    pub losses: Arc<AtomicU64>,
    pub stops: Arc<AtomicU64>,
    pub mistake: Option<Mistake>,
    pub faults: Counts,
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Capture(&'static str),
    Relay,
}

/// A process, which ends with its holder.
pub(super) struct Process {
    role: Role,
    gate: Gate,
    task: JoinHandle<()>,
}

impl Process {
    pub fn start(world: &Arc<World>, role: Role, after: Duration) -> Process {
        let own = Gate::default();
        let (world, gate) = (world.clone(), own.clone());
        let task = tokio::spawn(async move {
            tokio::time::sleep(after).await;
            match role {
                Role::Capture(holder) => world.capture(holder, gate).await,
                Role::Relay => world.relay(gate).await,
            }
        });
        Process { role, gate: own, task }
    }

    /// Kills it wherever it stands, and starts another in its place.
    pub fn crash(&mut self, world: &Arc<World>, after: Duration) {
        self.task.abort();
        *self = Process::start(world, self.role, after);
    }

    /// Stops it for a while, after which it goes on by itself.
    pub fn pause(&self, pause: Duration) {
        self.gate.shut_for(pause);
    }

    /// True until it goes on.
    pub fn is_stopped(&self) -> bool {
        self.gate.is_shut()
    }

    /// Why it has ended, where it has: a process of ours never ends by itself.
    pub async fn ended(&mut self) -> Option<String> {
        if !self.task.is_finished() {
            return None;
        }
        let ended = (&mut self.task).await;
        Some(format!("{:?} has ended: {ended:?}", self.role))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl World {
    fn wire(&self, gate: &Gate) -> Arc<Wire> {
        Arc::new(Wire {
            state: self.state.connect("main"),
            gate: gate.clone(),
            dice: self.dice.clone(),
            since: [(); 2].map(|()| AtomicU64::new(self.restored.load(Ordering::Relaxed))),
            restored: self.restored.clone(),
            losses: self.losses.clone(),
            stops: self.stops.clone(),
            mistake: self.mistake,
            faults: self.faults.clone(),
        })
    }

    async fn relay(&self, gate: Gate) {
        let (progress, _progress) = watch::channel(Progress::default());
        let (_stop, stop) = watch::channel(false);
        let erp = Arc::new(Adapter { account: self.account.clone(), gate: gate.clone() });
        let ended = relay::run(self.wire(&gate), erp, self.settings(), progress, stop).await;
        self.faults.broken(format!("a relay has ended: {ended:?}"));
    }

    fn settings(&self) -> relay::Settings {
        let pause = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(20) };
        let dice = self.dice.clone();
        relay::Settings {
            concurrency: 4,
            policy: Policy {
                backoff: Backoff { first: Duration::from_millis(500), max: Duration::from_secs(20) },
                late_max: LATE_MAX,
                unauthorised: Duration::from_secs(60),
                garbled_max: 2,
                deadline: Duration::from_secs(40),
            },
            zone: TimeZone::UTC,
            breaker: BreakerPolicy { failures_max: 5, pause, refused: Duration::from_secs(60) },
            look_up_after: self.look_up_after(),
            closed_until: None,
            items_again: Duration::from_secs(600),
            crosswalk: relay::CrosswalkSource::default(),
            jitter: Jitter::new(move || u16::try_from(dice.below(1000)).unwrap_or_default()),
        }
    }

    /// As the bridge has it.
    pub fn look_up_after(&self) -> Duration {
        if self.guarantee == Guarantee::Unique { Duration::ZERO } else { LATE_MAX }
    }

    async fn capture(&self, holder: &str, gate: Gate) {
        loop {
            match self.session(holder, &gate).await {
                Ok(())
                | Err(CaptureError::State(
                    StateError::Lost { .. } | StateError::Fenced { .. } | StateError::Moved { .. },
                )) => {}
                Err(error) => self.faults.broken(format!("a capture has ended: {error}")),
            }
            tokio::time::sleep(self.dice.ms(200, 3000)).await;
        }
    }

    /// One session of a capture, until its connection or its lease is lost.
    async fn session(&self, holder: &str, gate: &Gate) -> Result<(), CaptureError> {
        let wire = self.wire(gate);
        let begin = Begin {
            holder: holder.to_owned(),
            lease: LEASE,
            ..Begin::new(BOUND.footprint(), BOUND.version(), LATE_MAX)
        };
        let Some(session) = wire.begin(begin).await?.session() else { return Ok(()) };
        self.faults.session();
        let terms = Arc::new(Terms::default());
        let mut capture = Capture::new(wire.clone(), BOUND.clone(), terms, &session, self.look_up_after());
        let mut at = offset(session.position.as_ref());
        if session.position.is_none() {
            let first = crate::change::Batch { transactions: Vec::new(), position: position(0), shapes: None };
            let _ = capture.batch(&first, self.state.now(), false).await?;
        }
        let target = self.log.head();
        let mut renewed = Instant::now();
        loop {
            if renewed.elapsed() >= RENEW {
                wire.renew(session.epoch).await?;
                renewed = Instant::now();
            }
            if at < self.log.head() {
                tokio::time::sleep(self.dice.ms(0, self.lag_ms + 1)).await;
                let batch = self.log.batch(at, usize::try_from(self.dice.between(1, 4)).unwrap_or(1));
                let after = at + batch.transactions.len();
                let live = after >= target && after == self.log.head();
                let _ = capture.batch(&batch, self.state.now(), live).await?;
                at = after;
                continue;
            }
            let due = capture.next_due().map(|due| due.duration_since(self.state.now()));
            let tick = due.map_or(TICK_MAX, |due| Duration::try_from(due).unwrap_or_default().min(TICK_MAX));
            tokio::select! {
                biased;
                () = self.log.longer_than(at) => {}
                () = tokio::time::sleep(tick) => {
                    gate.open().await;
                    if at == self.log.head() {
                        let _ = capture.tick(self.state.now()).await?;
                    }
                }
            }
        }
    }
}
