//! An ERP that is down is asked by one request at a time, and an account's requests are spread over time: both shared by all
//! relays through the state database; pure.

use std::time::Duration;

use jiff::Timestamp;

use super::Backoff;
use super::life::after;

/// What an attempt says of the ERP itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Health {
    /// It answered as itself.
    Up,
    /// It was not reached, or did not answer as itself.
    Down,
    /// It refuses our credentials: each further request may lock the account.
    Refused,
    /// Nothing.
    Silent,
}

/// Whether requests may leave to one ERP account. Stored beside the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Breaker {
    /// Attempts in a row after which the ERP was not there.
    pub failures: u32,
    /// Open: nothing leaves before then, and then one entry alone.
    pub shut_until: Option<Timestamp>,
}

/// When a breaker opens and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// So many failures in a row open it.
    pub failures_max: u32,
    /// How long it stays open, by the failures since.
    pub pause: Backoff,
    /// How long it stays open after refused credentials.
    pub refused: Duration,
}

/// What may be claimed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// As many entries as there is room for.
    Open,
    /// One entry, to see whether the ERP is there again.
    Probe,
    /// Nothing before then.
    Shut(Timestamp),
}

impl Breaker {
    /// What may be claimed now. A probe shuts the way for all others for `lease`, until it is settled.
    pub fn gate(&mut self, now: Timestamp, lease: Duration) -> Gate {
        match self.shut_until {
            None => Gate::Open,
            Some(until) if now < until => Gate::Shut(until),
            Some(_) => {
                self.shut_until = Some(after(now, lease));
                Gate::Probe
            }
        }
    }

    /// Notes what an attempt said; `probe` where it was the one that was let through.
    pub fn note(&mut self, health: Health, probe: bool, policy: &BreakerPolicy, now: Timestamp) {
        match health {
            Health::Up => *self = Breaker::default(),
            Health::Refused => self.shut_until = Some(after(now, policy.refused)),
            // What was on its way when it opened says the same thing again.
            Health::Down if self.shut_until.is_some() && !probe => {}
            Health::Down => {
                self.failures = self.failures.saturating_add(1);
                if self.failures >= policy.failures_max {
                    let wait = policy.pause.wait(self.failures - policy.failures_max, 0);
                    self.shut_until = Some(after(now, wait));
                }
            }
            // The next one may go through at once.
            Health::Silent if probe => self.shut_until = Some(now),
            Health::Silent => {}
        }
    }
}

/// So many requests in a minute, and so many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a minute; above zero.
    pub per_minute: u32,
    /// Requests at once; above zero.
    pub burst: u32,
}

impl Rate {
    /// Reserves `requests` by the generic cell rate algorithm (ITU-T I.371): `arrival` is the theoretical arrival time that
    /// is stored. Answers the one to store, and how long the requests have to wait.
    pub fn reserve(&self, arrival: Option<Timestamp>, requests: u32, now: Timestamp) -> (Timestamp, Duration) {
        let interval = Duration::from_secs(60) / self.per_minute.max(1);
        let from = arrival.map_or(now, |arrival| arrival.max(now));
        let next = after(from, interval.saturating_mul(requests));
        let tolerance = interval.saturating_mul(self.burst.max(1));
        let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default().saturating_sub(tolerance);
        (next, wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: BreakerPolicy = BreakerPolicy {
        failures_max: 3,
        pause: Backoff { first: Duration::from_secs(1), max: Duration::from_secs(8) },
        refused: Duration::from_secs(60),
    };
    const LEASE: Duration = Duration::from_secs(30);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_lets_one_through_at_a_time() {
        let mut breaker = Breaker::default();
        breaker.note(Health::Down, false, &POLICY, at(0));
        breaker.note(Health::Down, false, &POLICY, at(0));
        breaker.note(Health::Up, false, &POLICY, at(0));
        assert_eq!(breaker, Breaker::default(), "not in a row");
        for _ in 0..9 {
            breaker.note(Health::Down, false, &POLICY, at(0));
        }
        assert_eq!(
            (breaker.failures, breaker.gate(at(0), LEASE)),
            (3, Gate::Shut(at(1))),
            "what was on its way adds nothing"
        );
        assert_eq!(breaker.gate(at(1), LEASE), Gate::Probe);
        assert_eq!(breaker.gate(at(1), LEASE), Gate::Shut(at(31)), "one at a time");
        breaker.note(Health::Down, true, &POLICY, at(2));
        assert_eq!(breaker.gate(at(3), LEASE), Gate::Shut(at(4)), "longer each time");
        assert_eq!(breaker.gate(at(4), LEASE), Gate::Probe);
        // The one that probes has died with its relay.
        assert_eq!(breaker.gate(at(34), LEASE), Gate::Probe);
        breaker.note(Health::Up, true, &POLICY, at(35));
        assert_eq!(breaker.gate(at(35), LEASE), Gate::Open);
    }

    #[test]
    fn refused_credentials_shut_it_at_once() {
        let mut breaker = Breaker::default();
        breaker.note(Health::Refused, false, &POLICY, at(0));
        assert_eq!(breaker.gate(at(59), LEASE), Gate::Shut(at(60)));
        assert_eq!(breaker.gate(at(60), LEASE), Gate::Probe);
        breaker.note(Health::Silent, true, &POLICY, at(61));
        assert_eq!(breaker.gate(at(61), LEASE), Gate::Probe);
    }

    #[test]
    fn requests_are_spread_and_some_may_leave_at_once() {
        let rate = Rate { per_minute: 60, burst: 2 };
        let mut stored = None;
        let mut waits = Vec::new();
        for _ in 0..4 {
            let (next, wait) = rate.reserve(stored, 1, at(100));
            stored = Some(next);
            waits.push(wait.as_secs());
        }
        assert_eq!(waits, [0, 0, 1, 2]);
        assert_eq!(
            rate.reserve(stored, 1, at(200)).1,
            Duration::ZERO,
            "what was not used is not saved up beyond the burst"
        );
        assert_eq!(rate.reserve(None, 5, at(0)).1, Duration::from_secs(3));
    }
}
