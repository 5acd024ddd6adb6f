//! What the model's world is made of. Times count in ticks from now, and stop mattering where nothing can tell them apart.

use std::time::Duration;

use jiff::Timestamp;
use ledgertap::outbox::{EntryState, Life};

/// Everything that there is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// Changes that the store has logged: the order, then its refund.
    pub logged: u8,
    pub captures: [Option<Session>; 2],
    /// A commit that was sent, of which its capture will not hear.
    pub unheard: Option<Step>,
    pub state: Database,
    /// An older state, to be restored.
    pub backup: Option<Database>,
    pub relays: [Relay; 2],
    /// Requests that nobody waits for any more, and that may still take effect.
    pub loose: Vec<Request>,
    pub erp: Erp,
    pub faults: Faults,
    /// True once a commit of a session that was not the latest took effect.
    pub stale_commit: bool,
}

/// The state database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Database {
    /// How many changes are planned.
    pub position: u8,
    pub outbox: Vec<Row>,
}

/// An entry as it is stored. Where the entry stands in the outbox says its sequence number, `document` what it delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub document: u8,
    pub state: EntryState,
    pub not_before: i8,
    /// Whose claim is the latest, as [`number_of`]; 0 where its holder has none any more.
    pub claim: u8,
    pub lease_until: Option<i8>,
    pub maybe_sent: bool,
    pub absent: bool,
}

/// A capture session. An epoch is never drawn twice, so that all that matters of it is whether it is the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Session {
    pub latest: bool,
    pub position: u8,
    /// What was logged when it began.
    pub old: u8,
    /// When what is older than the session may be looked up.
    pub look_up_from: i8,
}

/// A commit on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Step {
    pub latest: bool,
    pub position: u8,
    pub born: EntryState,
    pub not_before: i8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Relay {
    /// Has a connection that it has taken its work up by.
    pub connected: bool,
    pub task: Option<Task>,
}

/// A delivery under a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Task {
    /// The entry's place in the outbox, and what it delivers.
    pub entry: u8,
    pub document: u8,
    pub maybe_sent: bool,
    /// Ticks since the claim, up to where no request may leave any more.
    pub age: i8,
    pub phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Claimed, and nothing left yet.
    Claimed,
    /// The create is what leaves next.
    Ready,
    /// The create left so many ticks ago.
    Waiting(i8),
    /// The adapter has answered.
    Answered(Answer),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    Delivered,
    Unknown,
    Garbled,
    NotDone,
    Rejected,
    /// It was not asked: what may be there can neither be looked up nor sent.
    Ambiguous,
}

/// A create that left so many ticks ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    pub document: u8,
    pub age: i8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Erp {
    /// How often it holds the order and the credit note; more than twice counts as twice.
    pub copies: [u8; 2],
    /// True once it took a credit note of an order that it lacked.
    pub credit_first: bool,
}

/// How many faults of each kind may still happen. Any other may happen at any time: crashes of captures, and of relays while no
/// request of theirs is on its way, lost connections, look-ups without an answer, commits of unknown outcome one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Faults {
    /// Creates that nobody hears the answer of, because it is late or lost, or because the relay has crashed.
    pub unanswered: u8,
    /// Creates that the ERP refuses, for now or for good.
    pub refusals: u8,
    /// Restores of an older state.
    pub restores: u8,
    /// Times that a person doubts what is delivered, because the ERP has lost it or may have.
    pub redeliveries: u8,
}

/// Now, for the program's functions.
pub fn now() -> Timestamp {
    at(0)
}

/// So many ticks from now.
pub fn at(ticks: i8) -> Timestamp {
    Timestamp::from_second(1_000 + i64::from(ticks)).expect("a time")
}

/// Ticks as a duration.
pub fn ticks(ticks: i8) -> Duration {
    Duration::from_secs(ticks.unsigned_abs().into())
}

/// Ticks from now.
fn from_now(time: Timestamp) -> i8 {
    i8::try_from(time.as_second() - 1_000).expect("a time near now")
}

/// The number of the claim that a relay holds. It is drawn anew for each claim, so none but the relay's own task and what the
/// state remembers of it can have it.
pub fn number_of(relay: usize) -> u8 {
    u8::try_from(relay + 1).expect("a small number")
}

impl Row {
    pub fn of(document: u8, life: &Life) -> Row {
        let sending = life.state == EntryState::Sending;
        // What is final is never looked at again; a person who doubts it waits for longer than it does.
        let past = life.state.is_final();
        Row {
            document,
            state: life.state,
            not_before: if past { 0 } else { from_now(life.not_before).max(0) },
            claim: if sending { u8::try_from(life.claim).expect("a small number") } else { 0 },
            lease_until: life.lease_until.map(|until| from_now(until).max(-1)),
            maybe_sent: life.maybe_sent || past,
            absent: life.absent,
        }
    }

    pub fn life(&self) -> Life {
        Life {
            claim: self.claim.into(),
            lease_until: self.lease_until.map(at),
            maybe_sent: self.maybe_sent,
            absent: self.absent,
            ..Life::born(self.state, at(self.not_before), None)
        }
    }
}

impl Database {
    /// Changes an entry by a function of its life.
    pub fn change<T>(&mut self, entry: usize, change: impl FnOnce(&mut Life) -> T) -> T {
        let row = &mut self.outbox[entry];
        let mut life = row.life();
        let answer = change(&mut life);
        *row = Row::of(row.document, &life);
        answer
    }

    /// The head of the lane, where it may be claimed.
    pub fn claimable(&self) -> Option<usize> {
        let head = self.outbox.iter().position(|row| !row.state.is_final())?;
        self.outbox[head].life().is_due(now()).then_some(head)
    }

    /// Takes a claim number that its holder has given up out of what is remembered.
    fn forget(&mut self, number: u8) {
        self.outbox.iter_mut().filter(|row| row.claim == number).for_each(|row| row.claim = 0);
    }

    /// As a backup is told apart: whoever takes it up waits for longer than any entry does, where `waits`.
    pub fn kept(&self, waits: bool) -> Database {
        let mut kept = self.clone();
        if waits {
            kept.outbox.iter_mut().for_each(|row| row.not_before = 0);
        }
        kept
    }

    fn swap(&mut self) {
        self.outbox.iter_mut().for_each(|row| row.claim = [0, 2, 1][usize::from(row.claim)]);
    }

    fn tick(&mut self) {
        for row in &mut self.outbox {
            row.not_before = (row.not_before - 1).max(0);
            row.lease_until = row.lease_until.map(|until| (until - 1).max(-1));
        }
    }
}

impl World {
    pub fn new(faults: Faults) -> World {
        World {
            logged: 0,
            captures: [None; 2],
            unheard: None,
            state: Database::default(),
            backup: None,
            relays: [Relay { connected: true, task: None }; 2],
            loose: Vec::new(),
            erp: Erp::default(),
            faults,
            stale_commit: false,
        }
    }

    /// One tick later. `sends_for` is how long a claim's requests may leave, `late` how long each may take effect. Answers false
    /// where a request would be late that may not be.
    pub fn tick(&mut self, sends_for: i8, late: i8) -> bool {
        self.state.tick();
        if let Some(backup) = &mut self.backup {
            backup.tick();
        }
        for session in self.captures.iter_mut().flatten() {
            session.look_up_from = (session.look_up_from - 1).max(0);
        }
        if let Some(step) = &mut self.unheard {
            step.not_before = (step.not_before - 1).max(0);
        }
        self.loose.iter_mut().for_each(|request| request.age = (request.age + 1).min(late));
        self.loose.retain(|request| request.age < late);
        for task in self.relays.iter_mut().filter_map(|relay| relay.task.as_mut()) {
            task.age = (task.age + 1).min(sends_for);
            let Phase::Waiting(age) = task.phase else { continue };
            if age + 1 < late {
                task.phase = Phase::Waiting(age + 1);
            } else if self.faults.unanswered > 0 {
                // It got lost.
                self.faults.unanswered -= 1;
                task.phase = Phase::Answered(Answer::Unknown);
            } else {
                return false;
            }
        }
        true
    }

    /// The ERP takes a create; a unique key is refused the second time, and the adapter finds what is there.
    pub fn take(&mut self, document: u8, unique: bool) {
        let before = self.erp.copies;
        let copies = &mut self.erp.copies[usize::from(document)];
        if !(unique && *copies > 0) {
            *copies = (*copies + 1).min(2);
        }
        self.erp.credit_first |= document == 1 && before[0] == 0;
    }

    pub fn set_loose(&mut self, document: u8, age: i8) {
        self.loose.push(Request { document, age });
    }

    /// A relay has given its claim up, by an end or a crash.
    pub fn forget_claim(&mut self, relay: usize) {
        self.state.forget(number_of(relay));
        if let Some(backup) = &mut self.backup {
            backup.forget(number_of(relay));
        }
    }

    /// The one of all worlds that nothing which can happen tells apart.
    pub fn named(mut self, forgets: &Forgets) -> World {
        self.forget_sessions(forgets);
        (0..2).for_each(|relay| self.forget_task(relay, forgets));
        self.captures.sort_unstable();
        self.loose.sort_unstable();
        if self.relays[0] > self.relays[1] {
            self.relays.swap(0, 1);
            self.state.swap();
            if let Some(backup) = &mut self.backup {
                backup.swap();
            }
        }
        self
    }

    /// A session that is not the latest can do nothing but be refused; one that has caught up plans nothing that is older than
    /// itself.
    fn forget_sessions(&mut self, forgets: &Forgets) {
        for held in &mut self.captures {
            let Some(session) = held else { continue };
            if session.old <= session.position {
                (session.old, session.look_up_from) = (0, 0);
            }
            if forgets.stale_sessions && !session.latest {
                *held = None;
            }
        }
        if forgets.stale_sessions && self.unheard.is_some_and(|step| !step.latest) {
            self.unheard = None;
        }
    }

    /// A task that may neither send nor settle any more has ended, and one that only settles has no age.
    fn forget_task(&mut self, relay: usize, forgets: &Forgets) {
        let Some(task) = &mut self.relays[relay].task else { return };
        let number = number_of(relay);
        let known = |state: &Database| state.outbox.iter().any(|row| row.claim == number);
        let holds = known(&self.state) || self.backup.as_ref().is_some_and(known);
        let sends = match task.phase {
            Phase::Claimed | Phase::Ready => task.age < forgets.sends_for,
            Phase::Waiting(_) => true,
            Phase::Answered(_) => false,
        };
        if !sends && !holds && forgets.stale_tasks {
            self.relays[relay].task = None;
        } else if task.phase == Phase::Ready && !sends {
            (task.phase, task.age) = (Phase::Answered(Answer::Unknown), 0);
        } else if matches!(task.phase, Phase::Waiting(_) | Phase::Answered(_)) {
            task.age = 0;
        }
    }
}

/// What makes no difference to a protocol's future.
#[derive(Debug, Clone, Copy)]
pub struct Forgets {
    /// Ticks from a claim on in which its requests may leave.
    pub sends_for: i8,
    /// A session that is not the latest.
    pub stale_sessions: bool,
    /// A task whose claim no state remembers.
    pub stale_tasks: bool,
}
