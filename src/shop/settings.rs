//! What a simulated shop is told, and what can go wrong with it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Which ECShop it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// 2.7.3: MyISAM tables in three-byte `utf8`.
    MyIsam,
    /// 2.8: InnoDB tables in `utf8mb4`; still no transactions.
    InnoDb,
}

/// How fast people come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// As fast as the store answers.
    Burst,
    /// New orders a second; what else happens to orders comes in between. Must be above zero.
    PerSecond(f64),
}

/// A shop, and what is to happen in it.
#[derive(Debug, Clone)]
pub struct ShopConfig {
    /// `mysql://user:password@host:port/database`; the tables must have been made by [`create_schema`](super::create_schema).
    pub url: String,
    /// Must be the engine the tables were made with.
    pub engine: Engine,
    /// Everything follows from it, except the pace.
    pub seed: u64,
    /// How many orders are placed; merging two makes one more.
    pub orders: u32,
    /// How fast they come.
    pub pace: Pace,
    /// How long, by the wall clock, an order is left alone before a change that takes it (or a part of it) back: a discount,
    /// another quantity, a cancellation or a return. Zero for none. Above the bridge's settle time, each such change finds
    /// the order told; below it, it may be folded into the first document. It does not change what happens, only when.
    pub rest: Duration,
    /// The shop's own clock when it opens. It runs by what happens, not by the wall clock, so that a seed repeats.
    pub opens_at: Timestamp,
    /// Lets somebody close the tills for a while.
    pub tills: Tills,
}

/// A hold on the tills of a shop that is open: while they are closed no statement is on its way to the store, which may be
/// restarted then; each till connects again before its next statement. What is sold stays the same.
#[derive(Debug, Clone, Default)]
pub struct Tills(Arc<RwLock<u64>>);

impl Tills {
    /// Closes them, once the statements on their way are done, until the answer is dropped.
    pub async fn close(&self) -> OwnedRwLockWriteGuard<u64> {
        let mut closed = self.0.clone().write_owned().await;
        *closed += 1;
        closed
    }

    /// Waits until they are open, and keeps them so until the answer is dropped; it is how often they were closed.
    pub(super) async fn open(&self) -> OwnedRwLockReadGuard<u64> {
        self.0.clone().read_owned().await
    }
}

impl ShopConfig {
    /// A burst of `orders` without rests, on a fixed day.
    pub fn new(url: impl Into<String>, engine: Engine, seed: u64, orders: u32) -> Self {
        let opens_at = Timestamp::from_second(1_793_491_200).expect("a date in 2026");
        ShopConfig {
            url: url.into(),
            engine,
            seed,
            orders,
            pace: Pace::Burst,
            rest: Duration::ZERO,
            opens_at,
            tills: Tills::default(),
        }
    }
}

/// Why the shop had to close.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The URL cannot be used.
    #[error("the shop's URL is not usable: {0}")]
    Url(String),
    /// The store did not do what it was asked; the statement is named by its first words.
    #[error("the store refused `{statement}`")]
    Store {
        /// The statement's first words.
        statement: String,
        /// What the store said.
        #[source]
        source: mysql_async::Error,
    },
    /// There is something already.
    #[error("table {0} exists already: the simulated shop only ever works in an empty database")]
    TableExists(String),
    /// A total that is no amount.
    #[error("order {order_sn} has the total {total:?} in the store, which is not an amount")]
    Total {
        /// Which order.
        order_sn: String,
        /// What stands there.
        total: String,
    },
}
