//! How fast a store is read: as fast as it likes, and no faster.

use std::time::Duration;

use tokio::time::Instant;

/// The longest that a SELECT may hold a table's own lock, where reads hold one.
const LOCKED_MAX: Duration = Duration::from_millis(20);

/// How long a SELECT may take elsewhere.
const UNLOCKED_MAX: Duration = Duration::from_millis(200);

/// Rows in a SELECT.
const ROWS_MIN: u64 = 20;
const ROWS_MAX: u64 = 5_000;
const ROWS_FIRST: u64 = 500;

/// A store that is so many times slower than it was is busy with something else.
const SLOWER: u64 = 4;

/// Engines whose reads shut writers out.
const LOCKING: &[&str] = &["myisam", "aria", "memory", "csv", "merge", "mrg_myisam"];

/// How many rows the next SELECT of a table asks for.
#[derive(Debug)]
pub(super) struct Stride {
    rows: u64,
    took_max: Duration,
    /// The longest that one has taken.
    pub longest: Duration,
    /// Reads of this table shut writers out.
    pub locks: bool,
    /// Rows a second, at the best.
    best: u64,
}

impl Stride {
    pub fn new(engine: &str) -> Stride {
        let locks = LOCKING.iter().any(|name| engine.eq_ignore_ascii_case(name));
        let took_max = if locks { LOCKED_MAX } else { UNLOCKED_MAX };
        Stride { rows: ROWS_FIRST, took_max, longest: Duration::ZERO, locks, best: 0 }
    }

    pub fn rows(&self) -> usize {
        usize::try_from(self.rows).unwrap_or(usize::MAX)
    }

    /// Notes how long so many rows took. Answers how long to leave the store alone: as long again, where it was much slower
    /// than it can be.
    pub fn note(&mut self, rows: usize, took: Duration) -> Duration {
        self.longest = self.longest.max(took);
        let (rows, micros) = (rows as u64, u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1));
        let wanted = u64::try_from(self.took_max.as_micros()).unwrap_or(u64::MAX) / 2;
        if rows == self.rows {
            // Half of what is allowed, so that an unlucky one still keeps to it; at most twice as many as before.
            let fitting = rows.saturating_mul(wanted) / micros;
            self.rows = fitting.clamp(ROWS_MIN, (self.rows * 2).min(ROWS_MAX));
        }
        let speed = rows.saturating_mul(1_000_000) / micros;
        self.best = self.best.max(speed);
        // A few rows say nothing of the store's speed.
        if rows >= ROWS_MIN && speed.saturating_mul(SLOWER) < self.best { took } else { Duration::ZERO }
    }
}

/// So many rows in a second, at most.
#[derive(Debug)]
pub(super) struct Throttle {
    rows_per_second: Option<u32>,
    free_at: Instant,
}

impl Throttle {
    pub fn new(rows_per_second: Option<u32>) -> Throttle {
        Throttle { rows_per_second, free_at: Instant::now() }
    }

    /// Waits until so many more rows may be read.
    pub async fn wait(&mut self, rows: usize) {
        let Some(rate) = self.rows_per_second else { return };
        tokio::time::sleep_until(self.free_at).await;
        let cost = Duration::from_secs(1).saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX)) / rate.max(1);
        self.free_at = Instant::now() + cost;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_table_that_is_locked_by_reads_is_read_in_short_ones() {
        let mut stride = Stride::new("MyISAM");
        // A millisecond for 50 rows: ten milliseconds are half of what is allowed.
        let _: Duration = stride.note(500, 10 * MS);
        assert_eq!(stride.rows(), 500);
        let _: Duration = stride.note(500, 100 * MS);
        assert_eq!(stride.rows(), 50);
        for _ in 0..20 {
            let _: Duration = stride.note(stride.rows(), MS);
        }
        assert_eq!((stride.rows(), stride.longest), (5_000, 100 * MS));
        let _: Duration = stride.note(3, 100 * MS);
        assert_eq!(stride.rows(), 5_000, "a table's end says nothing");
        assert!(stride.locks && !Stride::new("InnoDB").locks);
    }

    #[test]
    fn a_store_that_is_busy_is_left_alone_for_as_long() {
        let mut stride = Stride::new("InnoDB");
        assert_eq!(stride.note(500, 10 * MS), Duration::ZERO);
        assert_eq!(stride.note(500, 39 * MS), Duration::ZERO);
        assert_eq!(stride.note(500, 60 * MS), 60 * MS);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_rows_than_allowed() {
        let (begun, mut throttle) = (Instant::now(), Throttle::new(Some(1_000)));
        for _ in 0..5 {
            throttle.wait(500).await;
        }
        assert_eq!(begun.elapsed(), 2_000 * MS);
    }
}
