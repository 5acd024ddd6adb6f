//! Attempts to deliver, counted.

use std::collections::BTreeMap;
use std::time::Duration;

/// How attempts ended since the process began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts {
    /// By the verdict's name.
    pub by_verdict: BTreeMap<&'static str, u64>,
    /// How long they took.
    pub took: Took,
}

impl Attempts {
    /// Counts one.
    pub fn count(&mut self, verdict: &'static str, took: Duration) {
        *self.by_verdict.entry(verdict).or_default() += 1;
        self.took.count(took);
    }
}

/// How many of them took how long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Took {
    counts: [u64; Took::BOUNDS.len() + 1],
    sum: Duration,
}

impl Took {
    /// Upper bounds, in milliseconds: from an answer over loopback to the longest time that a request has by default.
    const BOUNDS: [u64; 12] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

    fn count(&mut self, took: Duration) {
        let at = Took::BOUNDS.iter().position(|bound| took <= Duration::from_millis(*bound));
        self.counts[at.unwrap_or(Took::BOUNDS.len())] += 1;
        self.sum = self.sum.saturating_add(took);
    }

    /// All of them together.
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// How many lie between each upper bound and the one before it; the last has none.
    pub fn buckets(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = Took::BOUNDS.iter().map(|bound| Some(Duration::from_millis(*bound))).chain([None]);
        bounds.zip(self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_is_in_the_bucket_of_the_first_bound_that_is_not_below_it() {
        let mut attempts = Attempts::default();
        for (verdict, ms) in [("done", 5), ("done", 6), ("unknown", 30_001)] {
            attempts.count(verdict, Duration::from_millis(ms));
        }
        assert_eq!(attempts.by_verdict, BTreeMap::from([("done", 2), ("unknown", 1)]));
        assert_eq!(attempts.took.sum(), Duration::from_millis(30_012));
        let counts: Vec<u64> = attempts.took.buckets().map(|(_, count)| count).collect();
        assert_eq!(counts, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
}
