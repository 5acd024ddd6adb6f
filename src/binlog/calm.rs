//! One transaction at a time, for a while after one that touched very many rows.
//!
//! What such a transaction touched settles together. A batch that reached from before to after that moment would have to plan
//! all of it at once; where batches are single transactions, it is planned in steps between two of them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Transactions of more rows count as large.
const ROWS_MAX: usize = 1_000;

/// Whether a large transaction was met a short while ago, by the binlog's own clock.
#[derive(Debug, Default)]
pub(super) struct Calm {
    /// How long what it touched takes to settle; `None` where nobody plans anything.
    wait: Option<SignedDuration>,
    until: Option<Timestamp>,
    /// The first transaction after that time is among those that are ready.
    passed: bool,
}

impl Calm {
    /// Keeps calm for so long after a large transaction.
    pub fn of(settle: Duration) -> Calm {
        // Whole seconds of the clock may hide up to one.
        let wait = SignedDuration::try_from(settle)
            .unwrap_or(SignedDuration::MAX)
            .saturating_add(SignedDuration::from_secs(2));
        Calm { wait: Some(wait), ..Calm::default() }
    }

    /// Notes a transaction of so many rows.
    pub fn note(&mut self, rows: usize, committed_at: Timestamp) {
        if let Some(wait) = self.wait.filter(|_| rows > ROWS_MAX) {
            let until = committed_at.saturating_add(wait).unwrap_or(Timestamp::MAX);
            self.until = self.until.max(Some(until));
            self.passed = false;
        } else if self.until.is_some_and(|until| committed_at > until) {
            self.passed = true;
        }
    }

    /// True where a batch is to hold no more than one transaction.
    pub fn is_kept(&self) -> bool {
        self.until.is_some()
    }

    /// Notes that what was ready has been taken.
    pub fn taken(&mut self) {
        if self.passed {
            self.until = None;
            self.passed = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_until_the_first_transaction_after_has_been_taken() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut calm = Calm::of(Duration::from_secs(1));
        calm.note(10, at(100));
        assert!(!calm.is_kept());
        calm.note(5_000, at(101));
        calm.taken();
        calm.note(1, at(104));
        calm.taken();
        assert!(calm.is_kept());
        calm.note(1, at(105));
        assert!(calm.is_kept());
        calm.taken();
        assert!(!calm.is_kept());
        let mut never = Calm::default();
        never.note(5_000, at(101));
        assert!(!never.is_kept());
    }
}
