//! What can happen next, and what must hold.

use std::time::Duration;

use jiff::civil::date;
use ledgertap::document::{Customer, Document};
use ledgertap::erp::{Guarantee, Start, Verdict};
use ledgertap::outbox::{Backoff, Claimed, EntryState, Grant, Life, Settled};
use ledgertap::relay::{Policy, decide, look_up_after, start};
use stateright::{Model, Property};

use super::world::{
    Answer, Database, Faults, Forgets, Phase, Row, Session, Step, Task, World, at, now, number_of, ticks,
};

/// The protocol with one ERP and one set of rules.
#[derive(Debug, Clone)]
pub struct Protocol {
    pub guarantee: Guarantee,
    pub faults: Faults,
    pub rules: Rules,
    /// Ticks from a claim on in which its requests may leave.
    pub sends_for: i8,
    /// Ticks from its leaving on in which a request may take effect.
    pub late: i8,
    /// What the program takes `late` to be.
    pub late_max: i8,
    /// Whether what can only be refused is left out of the world.
    pub forgets: bool,
    pub document: Document,
}

/// Rules of the program; each can be broken.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// A commit is refused unless its session is the latest.
    pub epochs: bool,
    /// A settlement is refused unless its claim is the entry's.
    pub claims: bool,
    /// What may have been sent is looked up.
    pub look_up: bool,
    /// A relay with a new connection takes its work up.
    pub take_up: bool,
    /// Relays may be alive that work on a state which is no more.
    pub survivors: bool,
}

/// One step of the world; processes are named by their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The store logs its next change.
    Log,
    /// A capture begins a session: the lease is its own, or has run out.
    Begin(usize),
    /// It plans the next change and commits.
    Commit(usize),
    /// It does, and does not hear what came of it.
    CommitUnheard(usize),
    /// That commit takes effect, or is refused.
    Arrive,
    /// That commit is lost.
    Lose,
    /// A relay connects, or connects again.
    TakeUp(usize),
    Claim(usize),
    /// Its look-up is answered, or needs none.
    Start(usize),
    /// Its look-up is not answered.
    StartInVain(usize),
    /// Its create leaves.
    Send(usize),
    /// The ERP takes the create and answers.
    Take(usize),
    /// It gives up on the create, which is still on its way.
    GiveUp(usize),
    /// So it does, as a proxy answered with what is no answer of the ERP's.
    Garble(usize),
    /// The ERP does nothing, for now.
    Refuse(usize),
    /// The ERP does nothing, for good.
    Reject(usize),
    Settle(usize),
    CrashRelay(usize),
    /// A request that nobody waits for takes effect.
    TakeLate(usize),
    Backup,
    Restore,
    /// A person lets a parked entry go on.
    Retry(usize),
    /// The ERP loses a delivered document and what came after it, and a person has all of them delivered again.
    LoseDelivered(usize),
    /// A person has them delivered again, and the ERP has lost nothing.
    Redeliver(usize),
    Tick,
}

impl Protocol {
    pub fn new(guarantee: Guarantee, faults: Faults) -> Protocol {
        let customer = Customer { number: "U1".into(), ..Customer::default() };
        Protocol {
            guarantee,
            faults,
            rules: Rules { epochs: true, claims: true, look_up: true, take_up: true, survivors: true },
            sends_for: 2,
            late: 1,
            late_max: 1,
            forgets: true,
            document: Document::Customer(customer),
        }
    }

    fn policy(&self) -> Policy {
        Policy {
            backoff: Backoff { first: ticks(1), max: ticks(1) },
            late_max: ticks(self.late_max),
            unauthorised: ticks(1),
            garbled_max: 1,
            deadline: Duration::from_secs(100_000),
        }
    }

    fn look_up_after(&self) -> Duration {
        let sends_for = if self.rules.survivors { self.sends_for } else { 0 };
        look_up_after(self.guarantee, ticks(sends_for), ticks(self.late_max))
    }

    fn forgets(&self) -> Forgets {
        let (stale_sessions, stale_tasks) = (self.forgets && self.rules.epochs, self.forgets && self.rules.claims);
        Forgets { sends_for: self.sends_for, stale_sessions, stale_tasks }
    }

    fn is_unique(&self) -> bool {
        self.guarantee == Guarantee::Unique
    }

    fn begin(&self, world: &mut World, capture: usize) {
        world.captures.iter_mut().flatten().for_each(|session| session.latest = false);
        if let Some(step) = &mut world.unheard {
            step.latest = false;
        }
        let look_up_from = i8::try_from(self.look_up_after().as_secs()).expect("a small wait");
        let (position, old) = (world.state.position, world.logged);
        world.captures[capture] = Some(Session { latest: true, position, old, look_up_from });
    }

    fn commit(&self, world: &mut World, step: Step) -> bool {
        if !step.latest && self.rules.epochs {
            return false;
        }
        world.stale_commit |= !step.latest;
        let life = Life::born(step.born, at(step.not_before), None);
        world.state.outbox.push(Row::of(step.position, &life));
        world.state.position = step.position + 1;
        true
    }

    fn take_up(&self, state: &mut Database) {
        if !self.rules.take_up {
            return;
        }
        let from = now() + self.look_up_after();
        for entry in 0..state.outbox.len() {
            if !state.outbox[entry].state.is_final() {
                state.change(entry, |life| life.doubt(from));
            }
        }
    }

    fn redeliver(&self, world: &mut World, first: usize) {
        world.faults.redeliveries -= 1;
        let from = now() + self.look_up_after();
        for entry in first..world.state.outbox.len() {
            world.state.change(entry, |life| life.redeliver(from));
        }
    }

    fn claim(&self, world: &mut World, relay: usize) -> bool {
        let mut lapsed = false;
        for entry in 0..world.state.outbox.len() {
            if world.state.outbox[entry].state == EntryState::Sending {
                lapsed |= world.state.change(entry, |life| life.lapse(now(), ticks(self.late_max)));
            }
        }
        let Some(entry) = world.state.claimable() else { return lapsed };
        let grant = Grant {
            number: number_of(relay).into(),
            now: now(),
            lease: ticks(self.sends_for),
            posting_date: date(2026, 11, 27),
        };
        let maybe_sent = world.state.change(entry, |life| life.claim(&grant));
        let document = world.state.outbox[entry].document;
        let entry = u8::try_from(entry).expect("a short outbox");
        // Without a look-up, nothing can happen between the claim and the moment before the create.
        let phase = if maybe_sent { Phase::Claimed } else { Phase::Ready };
        world.relays[relay].task = Some(Task { entry, document, maybe_sent, age: 0, phase });
        true
    }

    fn claimed(&self, task: &Task, relay: usize) -> Claimed {
        Claimed {
            seq: task.entry.into(),
            claim: number_of(relay).into(),
            lane: String::new(),
            document: self.document.clone(),
            posting_date: date(2026, 11, 27),
            maybe_sent: task.maybe_sent,
            attempts: 0,
            garbled: 0,
            first_claimed_at: at(-task.age),
            claimed_at: at(-task.age),
            probe: false,
            lease_until: now(),
        }
    }

    /// What comes of a delivery's beginning: a look-up in the ERP, where there is one.
    fn start(&self, world: &World, relay: usize, task: &Task) -> Phase {
        match start(&self.claimed(task, relay), self.guarantee) {
            Ok(Start::LookUp) if self.rules.look_up && world.erp.copies[usize::from(task.document)] > 0 => {
                Phase::Answered(Answer::Delivered)
            }
            Ok(_) => Phase::Ready,
            Err(_) => Phase::Answered(Answer::Ambiguous),
        }
    }

    fn settle(&self, world: &mut World, relay: usize, task: &Task, answer: Answer) {
        let entry = usize::from(task.entry);
        let claimed = self.claimed(task, relay);
        let transition = match verdict(answer) {
            Some(verdict) => decide(&claimed, verdict, &self.policy(), now(), 0),
            None => start(&claimed, self.guarantee).expect_err("what is ambiguous is parked"),
        };
        world.relays[relay].task = None;
        let fenced = self.rules.claims;
        if entry < world.state.outbox.len() {
            let settled = world.state.change(entry, |life| {
                let number = if fenced { claimed.claim } else { life.claim };
                life.settle(number, &transition, false, now())
            });
            debug_assert!(matches!(settled, Settled::Applied | Settled::Fenced));
        }
        world.forget_claim(relay);
    }

    fn relay_actions(&self, world: &World, relay: usize, actions: &mut Vec<Action>) {
        let it = world.relays[relay];
        let Some(task) = it.task else {
            actions.push(if it.connected { Action::Claim(relay) } else { Action::TakeUp(relay) });
            return;
        };
        if !it.connected {
            actions.push(Action::TakeUp(relay));
        }
        let (unanswered, refusals) = (world.faults.unanswered > 0, world.faults.refusals > 0);
        match task.phase {
            Phase::Claimed => {
                actions.push(Action::Start(relay));
                if self.guarantee != Guarantee::None {
                    actions.push(Action::StartInVain(relay));
                }
            }
            Phase::Ready => actions.push(Action::Send(relay)),
            Phase::Waiting(_) => {
                actions.push(Action::Take(relay));
                if unanswered {
                    actions.extend([Action::GiveUp(relay), Action::Garble(relay)]);
                }
                if refusals {
                    actions.extend([Action::Refuse(relay), Action::Reject(relay)]);
                }
            }
            Phase::Answered(_) => actions.push(Action::Settle(relay)),
        }
    }

    fn capture_actions(&self, world: &World, capture: usize, actions: &mut Vec<Action>) {
        let Some(session) = world.captures[capture] else {
            actions.push(Action::Begin(capture));
            return;
        };
        if session.position < world.logged || !session.latest {
            actions.push(Action::Commit(capture));
        }
        if session.position < world.logged && world.unheard.is_none() {
            actions.push(Action::CommitUnheard(capture));
        }
    }

    /// What nobody means to happen.
    fn fault_actions(&self, world: &World, actions: &mut Vec<Action>) {
        let connected = world.relays.iter().all(|relay| relay.connected);
        if connected {
            // Whoever it is, the state sees the same.
            actions.push(Action::TakeUp(0));
        }
        for (i, relay) in world.relays.iter().enumerate() {
            match relay.task {
                Some(Task { phase: Phase::Waiting(_), .. }) if world.faults.unanswered == 0 => {}
                Some(_) => actions.push(Action::CrashRelay(i)),
                None => {}
            }
        }
        if world.faults.redeliveries > 0 {
            let rows = world.state.outbox.iter().enumerate();
            for (i, _) in rows.filter(|(i, _)| may_redeliver(&world.state, *i)) {
                actions.push(Action::Redeliver(i));
                if world.faults.restores == 0 && world.relays.iter().all(|relay| relay.task.is_none()) {
                    actions.push(Action::LoseDelivered(i));
                }
            }
        }
        if world.faults.restores > 0 {
            actions.push(if world.backup.is_some() { Action::Restore } else { Action::Backup });
        }
    }

    /// The step that a capture's session is about to commit.
    fn step(&self, session: &Session) -> Step {
        let old = session.position < session.old;
        let (born, not_before) =
            if old { (EntryState::Unknown, session.look_up_from) } else { (EntryState::Pending, 0) };
        Step { latest: session.latest, position: session.position, born, not_before }
    }

    fn capture_next(&self, world: &mut World, action: Action) -> Option<()> {
        match action {
            Action::Begin(i) => self.begin(world, i),
            Action::Commit(i) => {
                let session = world.captures[i]?;
                let step = self.step(&session);
                let committed = session.position < world.logged && self.commit(world, step);
                let position = session.position + 1;
                world.captures[i] = committed.then_some(Session { position, ..session });
            }
            Action::CommitUnheard(i) => {
                let session = world.captures[i].take()?;
                world.unheard = Some(self.step(&session));
            }
            Action::Arrive => {
                let step = world.unheard.take()?;
                self.commit(world, step);
            }
            Action::Lose => world.unheard = None,
            _ => return None,
        }
        Some(())
    }

    fn relay_next(&self, world: &mut World, relay: usize, action: Action) -> Option<()> {
        if matches!(action, Action::TakeUp(_)) {
            world.relays[relay].connected = true;
            self.take_up(&mut world.state);
            return Some(());
        }
        if matches!(action, Action::Claim(_)) {
            return self.claim(world, relay).then_some(());
        }
        let task = world.relays[relay].task?;
        let phase = match (action, task.phase) {
            (Action::Start(_), _) => self.start(world, relay, &task),
            (Action::StartInVain(_), _) => Phase::Answered(Answer::Unknown),
            // The adapter looks at the clock right before.
            (Action::Send(_), _) if task.age >= self.sends_for => Phase::Answered(Answer::Unknown),
            (Action::Send(_), _) => Phase::Waiting(0),
            (Action::Take(_), _) => {
                world.take(task.document, self.is_unique());
                Phase::Answered(Answer::Delivered)
            }
            (Action::GiveUp(_) | Action::Garble(_), Phase::Waiting(age)) => {
                world.faults.unanswered -= 1;
                world.set_loose(task.document, age);
                let garbled = matches!(action, Action::Garble(_));
                Phase::Answered(if garbled { Answer::Garbled } else { Answer::Unknown })
            }
            (Action::Refuse(_) | Action::Reject(_), _) => {
                world.faults.refusals -= 1;
                let refused = matches!(action, Action::Refuse(_));
                Phase::Answered(if refused { Answer::NotDone } else { Answer::Rejected })
            }
            (Action::Settle(_), Phase::Answered(answer)) => {
                self.settle(world, relay, &task, answer);
                return Some(());
            }
            _ => return None,
        };
        world.relays[relay].task = Some(Task { phase, ..task });
        Some(())
    }

    fn world_next(&self, world: &mut World, action: Action) -> Option<()> {
        match action {
            Action::Log => world.logged += 1,
            Action::CrashRelay(i) => {
                if let Some(Task { phase: Phase::Waiting(age), document, .. }) = world.relays[i].task {
                    world.faults.unanswered -= 1;
                    world.set_loose(document, age);
                }
                world.relays[i].task = None;
                world.forget_claim(i);
            }
            Action::TakeLate(i) => {
                let request = world.loose.remove(i);
                world.take(request.document, self.is_unique());
            }
            Action::Backup => world.backup = Some(self.kept(&world.state)),
            Action::Restore => {
                world.faults.restores -= 1;
                world.state = world.backup.take()?;
                // It was on its way to the state that is gone.
                world.unheard = None;
                disconnect(world);
            }
            Action::Retry(i) => {
                world.state.change(i, |life| life.retry(now()));
            }
            Action::LoseDelivered(i) => {
                // What it was asked before it was restored, it was never asked.
                world.loose.clear();
                world.erp.copies[usize::from(world.state.outbox[i].document)..].fill(0);
                self.redeliver(world, i);
            }
            Action::Redeliver(i) => self.redeliver(world, i),
            Action::Tick => return world.tick(self.sends_for, self.late).then_some(()),
            _ => return None,
        }
        Some(())
    }

    fn meant_actions(&self, world: &World, actions: &mut Vec<Action>) {
        if world.logged < 2 {
            actions.push(Action::Log);
        }
        for i in 0..2 {
            self.capture_actions(world, i, actions);
            self.relay_actions(world, i, actions);
        }
        if world.unheard.is_some() {
            actions.extend([Action::Arrive, Action::Lose]);
        }
        actions.extend((0..world.loose.len()).map(Action::TakeLate));
        let parked = world.state.outbox.iter().enumerate().filter(|(_, row)| row.state == EntryState::Parked);
        actions.extend(parked.map(|(i, _)| Action::Retry(i)));
        actions.push(Action::Tick);
    }

    /// As a backup is told apart.
    fn kept(&self, state: &Database) -> Database {
        state.kept(self.forgets && self.rules.take_up && self.rules.survivors && !self.is_unique())
    }

    /// True where nothing but faults can happen any more.
    fn is_stuck(&self, world: &World) -> bool {
        // These can always go on.
        let under_way = world.logged < 2 || !world.loose.is_empty() || world.relays.iter().any(|r| r.task.is_some());
        // Here only what changes the state is tried: the same world without the backup is stuck or not.
        if under_way || world.backup.as_ref().is_some_and(|backup| *backup == self.kept(&world.state)) {
            return false;
        }
        let mut actions = Vec::new();
        self.meant_actions(world, &mut actions);
        actions.into_iter().all(|action| self.next_state(world, action).is_none())
    }
}

/// What is delivered is doubted only with all that comes after it in its lane, and while nothing of that is on its way.
fn may_redeliver(state: &Database, entry: usize) -> bool {
    let mut later = state.outbox[entry..].iter();
    state.outbox[entry].state == EntryState::Delivered && later.all(|row| row.state != EntryState::Sending)
}

/// Every connection to the state database is lost.
fn disconnect(world: &mut World) {
    world.captures = [None; 2];
    world.relays.iter_mut().for_each(|relay| relay.connected = false);
}

/// What the adapter answers with, where it was asked at all.
fn verdict(answer: Answer) -> Option<Verdict> {
    let reason = String::new();
    Some(match answer {
        Answer::Ambiguous => return None,
        Answer::Delivered => Verdict::Delivered { reference: "7".into(), amounts: None, found: false },
        Answer::Unknown => Verdict::Unknown { reason },
        Answer::Garbled => Verdict::Garbled { reason },
        Answer::NotDone => Verdict::NotDone { reason, retry_after: None },
        Answer::Rejected => Verdict::Rejected { reason, absent: true },
    })
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self.faults)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.meant_actions(world, actions);
        self.fault_actions(world, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        let mut next = world.clone();
        match action {
            Action::Begin(_) | Action::Commit(_) | Action::CommitUnheard(_) | Action::Arrive | Action::Lose => {
                self.capture_next(&mut next, action)?
            }
            Action::TakeUp(i)
            | Action::Claim(i)
            | Action::Start(i)
            | Action::StartInVain(i)
            | Action::Send(i)
            | Action::Take(i)
            | Action::GiveUp(i)
            | Action::Garble(i)
            | Action::Refuse(i)
            | Action::Reject(i)
            | Action::Settle(i) => self.relay_next(&mut next, i, action)?,
            _ => self.world_next(&mut next, action)?,
        }
        // A backup is made at the last moment before a change: at any moment since the change before, it is the same.
        let unchanged = |next: &World| next.backup.is_some() && next.state == world.state;
        if action != Action::Backup && unchanged(&next) && world.backup == Some(self.kept(&world.state)) {
            return None;
        }
        let next = next.named(&self.forgets());
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(ONCE, |_, world: &World| world.erp.copies.iter().all(|copies| *copies <= 1)),
            Property::always(IN_ORDER, |_, world: &World| !world.erp.credit_first),
            Property::always(PLANNED_ONCE, |_, world: &World| {
                let planned = (0..world.state.position).eq(world.state.outbox.iter().map(|row| row.document));
                planned && !world.stale_commit
            }),
            Property::always(DELIVERED_IS_THERE, |_, world: &World| {
                let mut delivered = world.state.outbox.iter().filter(|row| row.state == EntryState::Delivered);
                delivered.all(|row| world.erp.copies[usize::from(row.document)] > 0)
            }),
            Property::always(ABSENT_IS_NOT_THERE, |model: &Protocol, world: &World| {
                let restored = world.faults.restores < model.faults.restores;
                let mut absent = world.state.outbox.iter().filter(|row| row.state == EntryState::Parked && row.absent);
                restored || absent.all(|row| world.erp.copies[usize::from(row.document)] == 0)
            }),
        ];
        if self.guarantee == Guarantee::None {
            properties.push(Property::sometimes(PARKED, |_, world: &World| {
                world.state.outbox.iter().any(|row| row.state == EntryState::Parked)
            }));
            properties.push(Property::sometimes(NO_FAULT, |_, world: &World| is_done(world)));
        } else {
            properties.push(Property::always(STUCK_IS_DONE, |model: &Protocol, world: &World| {
                is_done(world) || !model.is_stuck(world)
            }));
            properties.push(Property::sometimes(ALL_FAULTS, |_, world: &World| {
                let Faults { unanswered, refusals, restores, redeliveries } = world.faults;
                is_done(world) && [unanswered, refusals, restores, redeliveries] == [0; 4]
            }));
        }
        properties
    }
}

pub const ONCE: &str = "the ERP holds no document twice";
pub const IN_ORDER: &str = "no credit note comes before its order";
pub const PLANNED_ONCE: &str = "each change is planned once, by the latest session";
pub const DELIVERED_IS_THERE: &str = "what counts as delivered is in the ERP";
pub const ABSENT_IS_NOT_THERE: &str = "in a state that was not restored, what is parked as absent is not in the ERP";
pub const STUCK_IS_DONE: &str = "where nothing can happen any more, all is delivered";
pub const ALL_FAULTS: &str = "all can be delivered after every fault";
pub const NO_FAULT: &str = "all can be delivered";
pub const PARKED: &str = "an ambiguous create can be parked";

/// Both documents are in the ERP once, and the state knows.
fn is_done(world: &World) -> bool {
    let delivered = world.state.outbox.iter().filter(|row| row.state == EntryState::Delivered).count();
    delivered == 2 && world.erp.copies == [1, 1]
}
