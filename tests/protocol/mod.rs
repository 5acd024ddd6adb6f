//! The protocol as a model, tried exhaustively: every interleaving of two captures, two relays, the ERP, the network and the
//! clock, within the bounds below.
//!
//! What decides is the program's own: [`Life`](ledgertap::outbox::Life)'s `born`, `claim`, `lapse`, `doubt`, `settle`,
//! `retry` and `redeliver`, and the relay's `start`, `decide` and `look_up_after`. The model adds what stands around them: rows that a life is
//! read from and written to, as a state database does, sessions and their epochs, requests on their way, and time.
//!
//! # Bounds
//!
//! | what | how much |
//! |---|---|
//! | documents | an order and its credit note, in one lane, logged and planned at any time |
//! | captures | two; either begins a session at any time: its lease counts as run out whenever that is worst |
//! | commits of unknown outcome | any number, one at a time: each takes effect later, or never |
//! | relays | two, each stopped for as long as you like at any step |
//! | crashes | any number of captures, of the state database, and of relays that wait for no answer |
//! | creates without an answer | four: as two crashes of relays that wait for one, and two requests that are late or lost. Each takes effect at any time within `late`, or never |
//! | look-ups without an answer, lost connections | any number |
//! | refusals by the ERP, for now or for good | one, in a run of its own |
//! | restores | one, of the state as it was at any time before: mirror, ledger, outbox and position are the older ones, the ERP is not |
//! | a person | lets parked entries go on, at any time; once, in a run of its own, has delivered documents delivered again, which the ERP has lost or not |
//! | time | ticks, without end; a claim's requests leave within two of them, its lease holds as long, a request takes effect within one |
//!
//! Tried within them: 530,758 states for *probe*, 179,619 for *unique*, 116,595 for *none*; the tests below say the fewest that
//! they accept.
//!
//! # What is abstracted
//!
//! - Reading the store, mapping and planning: a change is a document. Documents never conflict, and their content is not
//!   compared.
//! - A delivery is a look-up, where there is one, and a create; adapters of several calls resume from what the ERP says.
//! - Epochs and claim numbers: drawn so that none comes twice, only equality matters. The comparison of epochs is the state
//!   database's SQL, and so a line of the model.
//! - A capture that has crashed is one that nothing is heard of before the next session begins; a relay that has crashed may
//!   go on before it has taken its work up again, which is worse than what it does.
//! - An ERP that is restored was away before: nothing is under way to it then, and what it was asked before it was never asked.
//!   The state is restored before that or never: a state of before knows nothing of the redelivery, which a person repeats.
//! - A restore cuts all connections, as the old server is gone: a capture begins anew, a relay takes up its work before it
//!   claims, and settles at any time. A server that was replaced and still answers somebody is not modelled.
//! - Backoff, jitter, counts of attempts, deadlines and the ERP's breaker: they put a claim off or park it, and the clock and a
//!   garbled answer do that at any time. Skipping is a person's word and not tried here; that a parked entry which the ERP
//!   lacks is superseded by a newer plan is not either, and holds only in a state that was not restored.
//! - What can only be refused (a session that is not the latest, an answer under a claim that is no more) is left out of the
//!   world; a smaller run keeps it, to the same end.

mod model;
mod world;

use ledgertap::erp::Guarantee;
use stateright::{Checker, HasDiscoveries, Model as _};

use self::model::{ONCE, PLANNED_ONCE, Protocol, Rules};
use self::world::Faults;

/// Two crashes and two late requests, and a restore.
const FAULTS: Faults = Faults { unanswered: 4, refusals: 0, restores: 1, redeliveries: 0 };

/// Enough for one rule to matter.
const FEW: Faults = Faults { unanswered: 1, refusals: 0, restores: 0, redeliveries: 0 };

#[test]
fn an_erp_that_refuses_a_second_one_holds_each_document_once() {
    holds(Protocol::new(Guarantee::Unique, FAULTS), 150_000);
}

#[test]
fn an_erp_that_can_be_asked_holds_each_document_once_while_no_request_is_too_late() {
    holds(Protocol::new(Guarantee::Probe, FAULTS), 500_000);
}

#[test]
fn an_erp_that_can_neither_holds_no_document_twice() {
    holds(Protocol::new(Guarantee::None, FAULTS), 100_000);
}

#[test]
fn refusals_change_nothing() {
    let faults = Faults { unanswered: 2, refusals: 1, ..FEW };
    holds(Protocol::new(Guarantee::Probe, faults), 20_000);
    holds(Protocol::new(Guarantee::Unique, faults), 5_000);
    holds(Protocol::new(Guarantee::None, faults), 1_000);
}

#[test]
fn what_the_erp_has_lost_is_there_once_again() {
    for restores in [0, 1] {
        let faults = Faults { unanswered: 1, refusals: 0, restores, redeliveries: 1 };
        holds(Protocol::new(Guarantee::Probe, faults), 1_000);
        holds(Protocol::new(Guarantee::Unique, faults), 1_000);
        holds(Protocol::new(Guarantee::None, faults), 1_000);
    }
    let faults = Faults { refusals: 1, redeliveries: 1, ..FEW };
    holds(Protocol::new(Guarantee::Probe, faults), 1_000);
}

#[test]
fn what_can_only_be_refused_may_be_left_out() {
    let none = Faults { unanswered: 0, ..FEW };
    holds(Protocol { forgets: false, ..Protocol::new(Guarantee::Probe, none) }, 10_000);
}

#[test]
fn a_request_that_is_later_than_assumed_makes_a_second_document() {
    fails(Protocol { late: 4, ..Protocol::new(Guarantee::Probe, FEW) }, &[ONCE]);
    let unique = Protocol { late: 4, ..Protocol::new(Guarantee::Unique, FEW) };
    holds(unique, 1_000);
}

#[test]
fn without_waiting_for_late_requests_a_document_comes_twice() {
    fails(Protocol { late_max: 0, ..Protocol::new(Guarantee::Probe, FEW) }, &[ONCE]);
}

#[test]
fn without_a_look_up_a_document_comes_twice() {
    fails(broken(FEW, |rules| rules.look_up = false), &[ONCE]);
}

#[test]
fn without_claim_numbers_a_document_comes_twice() {
    fails(broken(FEW, |rules| rules.claims = false), &[ONCE]);
}

#[test]
fn without_epochs_a_change_is_planned_twice() {
    fails(broken(FEW, |rules| rules.epochs = false), &[PLANNED_ONCE]);
}

#[test]
fn without_doubt_a_restored_state_sends_a_document_again() {
    fails(broken(FAULTS, |rules| rules.take_up = false), &[ONCE]);
}

#[test]
fn a_restored_state_waits_for_relays_that_are_still_at_work() {
    fails(broken(FAULTS, |rules| rules.survivors = false), &[ONCE]);
}

fn broken(faults: Faults, breaks: impl FnOnce(&mut Rules)) -> Protocol {
    let mut protocol = Protocol::new(Guarantee::Probe, faults);
    breaks(&mut protocol.rules);
    protocol
}

/// Tries everything: no property may fail, and there must have been so much to try.
fn holds(protocol: Protocol, states_min: usize) {
    let (guarantee, faults) = (protocol.guarantee, protocol.faults);
    let checker = protocol.checker().threads(2).spawn_bfs().join();
    checker.assert_properties();
    let (states, steps) = (checker.unique_state_count(), checker.state_count());
    eprintln!("{guarantee}, {faults:?}: {states} states, {steps} steps, at most {} in a row", checker.max_depth());
    assert!(states >= states_min, "only {states} states: the model does less than it did");
}

/// Tries until one of these properties fails.
fn fails(protocol: Protocol, names: &[&'static str]) {
    let until = HasDiscoveries::AnyOf(names.iter().copied().collect());
    let checker = protocol.checker().threads(2).finish_when(until).spawn_bfs().join();
    let found = names.iter().find_map(|name| checker.discovery(name));
    let states = checker.unique_state_count();
    let path = found.unwrap_or_else(|| panic!("nothing of {names:?} fails in {states} states"));
    eprintln!("{names:?} fails after {states} states: {:?}", path.into_actions());
}
