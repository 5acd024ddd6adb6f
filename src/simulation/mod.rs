//! The whole bridge in simulated time: a shop, its binlog, two captures, the state, two relays, a network and an ERP, and all
//! that may happen to them, drawn from one seed.
//!
//! The captures and relays are the program's own ([`crate::capture::Capture`], [`crate::relay::run`]), and so is what they
//! call: mapping, ledger, `Life`, `decide`. Only the ends are simulated: transactions are made as values, the state keeps
//! everything in memory, the ERP is a list behind a network. A history takes minutes of tokio's paused clock and a few
//! milliseconds of ours; the same seed gives the same history, instant by instant.
//!
//! While the shop sells, processes die at any await point and are stopped for longer than their leases, captures take over
//! from one another, connections are lost before and after a commit, older states are put back, and the ERP is down, refuses,
//! answers late, never or nonsense, and does late what it was asked to. Then all faults end, the bridge comes to rest, and the
//! books have to agree.
//!
//! `LEDGERTAP_SIM_SEED=n` runs one seed, `LEDGERTAP_SIM_RUNS=n` so many from 0 on.

mod books;
mod dice;
mod erp;
mod process;
mod store;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use self::dice::Dice;
use self::erp::{Account, Booked, LATE_MAX};
use self::process::{Process, Role, World};
use self::store::{Binlog, Shop, offset};
use crate::erp::Guarantee;
use crate::state::memory::MemoryState;
use crate::state::{State as _, Which};

/// A rule that is broken on purpose: the simulation has to find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    /// A relay that takes its work up again believes the state.
    NoDoubt,
    /// A capture that begins believes that no earlier life has sent what it plans.
    BornPending,
    /// What may have been sent is not looked up.
    SentIsForgotten,
    /// Requests take effect later than they are assumed to.
    LaterThanLateMax,
}

/// How many faults of each kind there were.
#[derive(Clone, Default)]
struct Counts(Arc<Counted>);

#[derive(Default)]
struct Counted {
    erp: AtomicU64,
    connections: AtomicU64,
    sessions: AtomicU64,
    crashes: AtomicU64,
    pauses: AtomicU64,
    outages: AtomicU64,
    restores: AtomicU64,
    retries: AtomicU64,
    documents: AtomicU64,
    /// What must not be at all.
    broken: Mutex<Vec<String>>,
}

fn count(counter: &AtomicU64, so_many: bool) {
    counter.fetch_add(u64::from(so_many), Ordering::Relaxed);
}

impl Counts {
    fn erp(&self, fault: bool) {
        count(&self.0.erp, fault);
    }

    fn connection(&self, lost: bool) {
        count(&self.0.connections, lost);
    }

    fn stop(&self) {
        count(&self.0.pauses, true);
    }

    fn session(&self) {
        count(&self.0.sessions, true);
    }

    fn conflict(&self, number: &str, times: usize) {
        self.broken(match times {
            1 => format!("the ERP has another document with the number {number}"),
            _ => format!("the ERP has {number} {times} times"),
        });
    }

    fn broken(&self, what: String) {
        self.0.broken.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    fn all_broken(&self) -> Vec<String> {
        self.0.broken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, other: &Counts) {
        for (sum, more) in self.counters().into_iter().zip(other.counters()) {
            sum.fetch_add(more.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    fn counters(&self) -> [&AtomicU64; 9] {
        let c = &self.0;
        let of_ends = [&c.documents, &c.erp, &c.outages, &c.connections];
        let of_processes = [&c.crashes, &c.pauses, &c.restores, &c.sessions, &c.retries];
        let mut all = of_ends.into_iter().chain(of_processes);
        std::array::from_fn(|_| all.next().expect("there are nine"))
    }

    fn said(&self) -> String {
        let [documents, erp, outages, connections, crashes, pauses, restores, sessions, retries] =
            self.counters().map(|counter| counter.load(Ordering::Relaxed));
        format!(
            "{documents} documents; {erp} faults of the ERP and {outages} outages, {connections} lost connections, {crashes} \
             crashes, {pauses} stops, {restores} older states put back, {sessions} capture sessions, {retries} retries by hand"
        )
    }
}

/// What a history ends with; the same for the same seed.
#[derive(Debug, PartialEq)]
struct Rest {
    /// What the ERP has, and when it got it.
    erp: Vec<Booked>,
    /// How long it took.
    took: Duration,
}

/// A history's clock begins here.
const BEGAN: &str = "2026-11-20T02:00:00Z";

/// How long the bridge may take to come to rest once all faults have ended.
const REST_MAX: Duration = Duration::from_secs(3600);

/// Runs one history.
///
/// # Errors
/// What is wrong at its end.
fn run(seed: u64, mistake: Option<Mistake>, counts: &Counts) -> Result<Rest, String> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime of one thread");
    runtime.block_on(async { History::new(seed, mistake, counts.clone()).run().await })
}

struct History {
    world: Arc<World>,
    /// Older states are put back only where the store's transactions come at once and with exact times: otherwise documents
    /// that were planned by the wall clock are planned otherwise by the binlog's, which is a conflict and needs a person.
    restores: bool,
    processes: Vec<Process>,
}

impl History {
    fn new(seed: u64, mistake: Option<Mistake>, faults: Counts) -> History {
        let dice = Dice::of(seed);
        let restores = mistake.is_some() || dice.chance(500);
        let guarantee = match mistake.is_some() || dice.chance(500) {
            true => Guarantee::Probe,
            false => Guarantee::Unique,
        };
        let beyond = match mistake {
            Some(Mistake::LaterThanLateMax) => LATE_MAX * 4,
            _ => Duration::ZERO,
        };
        let (resolution_us, lag_ms) = match restores {
            true => (1, 0),
            false => (dice.pick(&[1, 1_000_000]), dice.pick(&[0, 100, 2500])),
        };
        let began = BEGAN.parse::<Timestamp>().expect("a time");
        let world = Arc::new(World {
            state: MemoryState::new("main", began, seed, false),
            account: Arc::new(Account::new(guarantee, beyond, dice.clone(), faults.clone())),
            log: Arc::new(Binlog::new(resolution_us)),
            guarantee,
            lag_ms,
            restored: Arc::default(),
            losses: Arc::default(),
            stops: Arc::new(AtomicU64::new(dice.pick(&[0, 5, 20]))),
            mistake,
            faults,
            dice,
        });
        let roles = [Role::Capture("a"), Role::Capture("b"), Role::Relay, Role::Relay];
        let processes = roles.map(|role| Process::start(&world, role, world.dice.ms(0, 3000)));
        History { world, restores, processes: processes.into() }
    }

    async fn run(mut self) -> Result<Rest, String> {
        let began = Instant::now();
        let shop = tokio::spawn(sell(self.world.clone()));
        let mut copies = Vec::new();
        while !shop.is_finished() {
            tokio::time::sleep(self.world.dice.ms(100, 9000)).await;
            self.happens(&mut copies);
        }
        let shop = shop.await.map_err(|error| format!("the shop: {error}"))?;
        self.comes_to_rest(&shop).await?;
        let erp = self.world.account.books();
        self.world.faults.0.documents.fetch_add(erp.len() as u64, Ordering::Relaxed);
        Ok(Rest { erp, took: began.elapsed() })
    }

    /// One thing that may happen.
    fn happens(&mut self, copies: &mut Vec<crate::state::memory::Kept>) {
        let world = self.world.clone();
        let (dice, faults) = (&world.dice, &world.faults.0);
        let process = usize::try_from(dice.below(self.processes.len() as u64)).unwrap_or_default();
        match dice.below(100) {
            0..25 => {
                self.processes[process].crash(&world, dice.ms(0, 8000));
                count(&faults.crashes, true);
            }
            25..40 => {
                self.processes[process].pause(dice.ms(1000, 60_000));
                world.faults.stop();
            }
            40..50 => {
                count(&faults.outages, true);
                let (account, until) = (world.account.clone(), dice.ms(1000, 60_000));
                account.set_down(true);
                tokio::spawn(async move {
                    tokio::time::sleep(until).await;
                    account.set_down(false);
                });
            }
            50..60 => world.losses.store(dice.pick(&[0, 10, 50, 200]), Ordering::Relaxed),
            60..80 => copies.push(world.state.copy()),
            80..95 if self.restores && !copies.is_empty() => {
                let older = usize::try_from(dice.below(copies.len() as u64)).unwrap_or_default();
                world.state.put_back(copies[older].clone());
                // What was copied after it never was.
                copies.truncate(older + 1);
                world.restored.fetch_add(1, Ordering::Relaxed);
                count(&faults.restores, true);
            }
            95..97 => {
                let (state, look_up_after) = (world.state.connect("main"), world.look_up_after());
                tokio::spawn(async move {
                    // A person has the ERP asked for what was delivered from some document on.
                    let entries = state.planned(None, usize::MAX).await.unwrap_or_default();
                    let from = entries.len() / 2;
                    state.redeliver(entries[..from].iter().map(|entry| entry.seq).collect(), look_up_after).await
                });
            }
            97.. => {
                let state = world.state.connect("main");
                tokio::spawn(async move { state.retry(Which::All).await });
            }
            _ => {}
        }
    }

    async fn comes_to_rest(&mut self, shop: &Shop) -> Result<(), String> {
        let world = self.world.clone();
        world.account.calm();
        world.losses.store(0, Ordering::Relaxed);
        world.stops.store(0, Ordering::Relaxed);
        // What is stopped goes on by itself, up to two minutes later.
        let began = Instant::now();
        let mut rested = false;
        let rests = loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            for process in &mut self.processes {
                if let Some(ended) = process.ended().await {
                    return Err(ended);
                }
            }
            let broken = world.faults.all_broken();
            if !broken.is_empty() {
                return Err(broken.join("; "));
            }
            // A person looks at what is parked, and lets it go on.
            let retried = world.state.retry(Which::All).await.map_err(|error| error.to_string())?;
            world.faults.0.retries.fetch_add(retried.len() as u64, Ordering::Relaxed);
            let stopped = self.processes.iter().any(Process::is_stopped);
            let rests = self.rests().await && !world.account.awaits_effects() && !stopped;
            // Twice in a row: who has just gone on may still do something.
            if (rests && rested) || began.elapsed() > REST_MAX {
                break rests;
            }
            rested = rests;
        };
        // An ERP that refuses a second document takes a second state of a customer: after a restore, one that was on its way
        // may arrive last.
        let customers_last = world.guarantee == Guarantee::Probe || !self.restores;
        let erp = world.account.books();
        let mut differences = books::differences(shop, &world.state, &erp, customers_last).await;
        if !rests {
            differences.push("it does not come to rest".into());
        }
        match differences.is_empty() {
            true => Ok(()),
            false => Err(format!("{} ({}, restores: {})", differences.join("; "), world.guarantee, self.restores)),
        }
    }

    async fn rests(&self) -> bool {
        let world = &self.world;
        let (Ok(summary), Ok(due)) = (world.state.summary().await, world.state.next_due().await) else { return false };
        let read = offset(summary.position.as_ref()) == world.log.head();
        read && summary.settling == 0 && due.is_none() && summary.waiting_since.is_none()
    }
}

/// The shop's day.
async fn sell(world: Arc<World>) -> Shop {
    let dice = &world.dice;
    let mut shop = Shop::new(dice.clone(), world.log.clone());
    let (orders_max, acts) = (usize::try_from(dice.between(1, 5)).unwrap_or(1), dice.between(4, 16));
    for _ in 0..acts {
        shop.act(orders_max, world.state.now());
        while shop.commit_next(world.state.now()) {
            tokio::time::sleep(dice.ms(0, 300)).await;
        }
        let pause = if dice.chance(400) { dice.ms(1, 2500) } else { dice.ms(2500, 12_000) };
        tokio::time::sleep(pause).await;
    }
    shop
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Histories of a plain test run.
    const RUNS: u64 = 2000;

    /// Within so many histories each mistake has to be found.
    const FOUND_WITHIN: u64 = 400;

    fn asked(name: &str) -> Option<u64> {
        std::env::var(name).ok().and_then(|text| text.parse().ok())
    }

    #[test]
    fn whatever_happens_the_books_agree() {
        let seeds = match asked("LEDGERTAP_SIM_SEED") {
            Some(seed) => seed..seed + 1,
            None => 0..asked("LEDGERTAP_SIM_RUNS").unwrap_or(RUNS),
        };
        let (counts, next, began) = (Counts::default(), AtomicU64::new(seeds.start), std::time::Instant::now());
        let failed: Mutex<Vec<String>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if !seeds.contains(&seed) || failed.lock().unwrap().len() >= 5 {
                            return;
                        }
                        let own = Counts::default();
                        if let Err(error) = run(seed, None, &own) {
                            failed.lock().unwrap().push(format!("LEDGERTAP_SIM_SEED={seed}: {error}"));
                        }
                        counts.add(&own);
                    }
                });
            }
        });
        eprintln!("{} histories in {:?}: {}", seeds.end - seeds.start, began.elapsed(), counts.said());
        let failed = failed.into_inner().unwrap();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }

    #[test]
    fn a_seed_gives_the_same_history_again() {
        for seed in 0..8 {
            let [once, again] = [(); 2].map(|()| run(seed, None, &Counts::default()));
            assert_eq!(once.map(told), again.map(told), "LEDGERTAP_SIM_SEED={seed}");
        }
    }

    /// What can be compared between two runs, whose clocks began at different times.
    fn told(rest: Rest) -> (Duration, Vec<(String, Duration)>) {
        let first = rest.erp.first().map(|b| b.at);
        let since = |b: &Booked| first.map_or(Duration::ZERO, |first| b.at.duration_since(first));
        (rest.took, rest.erp.iter().map(|b| (b.document.fingerprint(), since(b))).collect())
    }

    #[test]
    fn each_mistake_is_found() {
        for mistake in [Mistake::NoDoubt, Mistake::BornPending, Mistake::SentIsForgotten, Mistake::LaterThanLateMax] {
            let wrong = (0..FOUND_WITHIN).find_map(|seed| {
                let error = run(seed, Some(mistake), &Counts::default()).err()?;
                error.contains(" times").then_some((seed, error))
            });
            let (seed, error) =
                wrong.unwrap_or_else(|| panic!("{mistake:?} was not found in {FOUND_WITHIN} histories"));
            eprintln!("{mistake:?} found at seed {seed}: {error}");
        }
    }
}
