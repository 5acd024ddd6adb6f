//! All chance of one history: drawn from its seed, in an order that only the simulated clock decides.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Dice that all who act in a history throw.
#[derive(Clone)]
pub(super) struct Dice(Arc<Mutex<ChaCha8Rng>>);

impl Dice {
    pub fn of(seed: u64) -> Dice {
        Dice(Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed))))
    }

    /// A number from 0 to `below`, without `below`.
    pub fn below(&self, below: u64) -> u64 {
        self.between(0, below)
    }

    /// A number from `from` to `to`, without `to`.
    pub fn between(&self, from: u64, to: u64) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).random_range(from..to)
    }

    /// True so many times in a thousand.
    pub fn chance(&self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// So many milliseconds.
    pub fn ms(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.between(from, to))
    }

    /// One of these.
    pub fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap_or_default()]
    }
}
