//! How fast a store is read: as fast as it likes, and no faster.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
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

/// Rows in a SELECT of a table without a key: where no index has the declared one, the server sorts the whole table for each.
const UNKEYED_MIN: u64 = 5_000;
const UNKEYED_MAX: u64 = 20_000;

/// A store that is so many times slower than it was is busy with something else.
const SLOWER: u64 = 4;

/// Engines whose reads shut writers out.
const LOCKING: &[&str] = &["myisam", "aria", "memory", "csv", "merge", "mrg_myisam"];

/// How hard a store is read while the books are opened.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Rows in a second at the most, of all tables together.
    pub rows_per_second_max: Option<NonZeroU32>,
    /// Tables at the same time at the most, each on a connection of its own.
    pub tables_at_once: NonZeroU32,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { rows_per_second_max: None, tables_at_once: Reading::TABLES_AT_ONCE }
    }
}

impl Reading {
    /// How many tables are read at the same time where nothing is said.
    pub const TABLES_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

    /// How many connections read.
    pub(super) fn readers(&self) -> usize {
        usize::try_from(self.tables_at_once.get()).unwrap_or(usize::MAX)
    }
}

/// How many rows the next SELECT of a table asks for.
#[derive(Debug)]
pub(super) struct Stride {
    rows: u64,
    rows_min: u64,
    rows_max: u64,
    took_max: Duration,
    /// The longest that one has taken.
    pub longest: Duration,
    /// Reads of this table shut writers out.
    pub locks: bool,
    /// Rows a second, at the best.
    best: u64,
}

impl Stride {
    /// Of a table of this engine, with a key of its own or without; one SELECT asks for no more than `rows_max`, if that is
    /// enough to measure by.
    pub fn new(engine: &str, keyed: bool, rows_max: u64) -> Stride {
        let locks = LOCKING.iter().any(|name| engine.eq_ignore_ascii_case(name));
        let took_max = if locks { LOCKED_MAX } else { UNLOCKED_MAX };
        let (min, first, max) =
            if keyed { (ROWS_MIN, ROWS_FIRST, ROWS_MAX) } else { (UNKEYED_MIN, UNKEYED_MIN, UNKEYED_MAX) };
        let rows_max = rows_max.clamp(ROWS_MIN, max);
        let (rows_min, rows) = (min.min(rows_max), first.min(rows_max));
        Stride { rows, rows_min, rows_max, took_max, longest: Duration::ZERO, locks, best: 0 }
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
            self.rows = fitting.clamp(self.rows_min, (self.rows * 2).min(self.rows_max));
        }
        let speed = rows.saturating_mul(1_000_000) / micros;
        self.best = self.best.max(speed);
        // A few rows say nothing of the store's speed.
        if rows >= ROWS_MIN && speed.saturating_mul(SLOWER) < self.best { took } else { Duration::ZERO }
    }
}

/// So many rows in a second at most, of all that are read.
#[derive(Debug)]
pub(super) struct Throttle {
    rows_per_second: Option<NonZeroU32>,
    /// When what was asked for so far has had its time.
    free_at: Mutex<Instant>,
}

impl Throttle {
    pub fn new(rows_per_second: Option<NonZeroU32>) -> Throttle {
        Throttle { rows_per_second, free_at: Mutex::new(Instant::now()) }
    }

    /// A second's rows: more at once would be a burst.
    pub fn rows_max(&self) -> u64 {
        self.rows_per_second.map_or(u64::MAX, |rate| rate.get().into())
    }

    /// Waits until so many more rows may be read.
    pub async fn wait(&self, rows: usize) {
        let Some(rate) = self.rows_per_second else { return };
        let cost = Duration::from_secs(1).saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX)) / rate.get();
        let turn = {
            let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*free_at).max(Instant::now());
            *free_at = turn + cost;
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_table_that_is_locked_by_reads_is_read_in_short_ones() {
        let mut stride = Stride::new("MyISAM", true, u64::MAX);
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
        assert!(stride.locks && !Stride::new("InnoDB", true, u64::MAX).locks);
    }

    #[test]
    fn a_table_that_is_sorted_for_each_statement_is_read_in_few() {
        let mut stride = Stride::new("MyISAM", false, u64::MAX);
        let _: Duration = stride.note(5_000, 900 * MS);
        assert_eq!(stride.rows(), 5_000);
        let _: Duration = stride.note(5_000, MS);
        assert_eq!(stride.rows(), 10_000);
        assert_eq!(Stride::new("MyISAM", false, 100).rows(), 100);
    }

    #[test]
    fn a_store_that_is_busy_is_left_alone_for_as_long() {
        let mut stride = Stride::new("InnoDB", true, u64::MAX);
        assert_eq!(stride.note(500, 10 * MS), Duration::ZERO);
        assert_eq!(stride.note(500, 39 * MS), Duration::ZERO);
        assert_eq!(stride.note(500, 60 * MS), 60 * MS);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_rows_than_allowed() {
        let (begun, throttle) = (Instant::now(), Throttle::new(NonZeroU32::new(1_000)));
        for _ in 0..5 {
            throttle.wait(500).await;
        }
        assert_eq!(begun.elapsed(), 2_000 * MS);
        // Two that read at the same time share it.
        tokio::join!(throttle.wait(500), throttle.wait(500));
        assert_eq!(begun.elapsed(), 3_000 * MS);
        assert_eq!(Stride::new("InnoDB", true, throttle.rows_max()).rows(), 500);
        assert_eq!(Stride::new("InnoDB", true, Throttle::new(NonZeroU32::new(1)).rows_max()).rows(), 20);
    }
}
