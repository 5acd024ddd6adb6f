//! An ERP account's limits, shared by all relays through the state database.
//!
//! Requests are reserved there a tenth of a second's worth at a time (one by one below 600 a minute): an account with a low
//! limit is kept to the request, and one with a high limit costs few commits. What a relay has reserved and does not use is
//! at most that much.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::debug;

use super::{Jitter, STATE_BACKOFF};
use crate::erp::{Limit, Pace};
use crate::outbox::Rate;
use crate::state::{State, StateError};

/// Blocks of requests in a minute.
const BLOCKS_PER_MINUTE: u32 = 600;

/// The account's permits, from the state database. While that is not reached nothing leaves.
pub fn shared_pace(state: Arc<dyn State>) -> Pace {
    let permits = Arc::new(Permits { state, blocks: Mutex::default() });
    Pace::new(move |limit| {
        let permits = permits.clone();
        async move { permits.take(limit).await.map_err(|error| error.to_string()) }.boxed()
    })
}

struct Permits {
    state: Arc<dyn State>,
    blocks: Mutex<BTreeMap<&'static str, Block>>,
}

/// Requests that are reserved and have not left yet.
struct Block {
    left: u32,
    from: Instant,
}

impl Permits {
    async fn take(&self, limit: Limit) -> Result<(), StateError> {
        let from = {
            let mut blocks = self.blocks.lock().await;
            let block = match blocks.remove(limit.endpoint) {
                Some(block) if block.left > 0 => block,
                _ => self.reserve(limit).await?,
            };
            let from = block.from;
            blocks.insert(limit.endpoint, Block { left: block.left - 1, from });
            from
        };
        tokio::time::sleep_until(from).await;
        Ok(())
    }

    async fn reserve(&self, limit: Limit) -> Result<Block, StateError> {
        let rate = Rate { per_minute: limit.per_minute, burst: limit.burst };
        let requests = block(&limit);
        let mut failures = 0;
        loop {
            match self.state.reserve(limit.endpoint, rate, requests).await {
                Ok(wait) => return Ok(Block { left: requests, from: Instant::now() + wait }),
                Err(error) if error.is_transient() => {
                    debug!(%error, "the state database is not reached, requests wait");
                    tokio::time::sleep(STATE_BACKOFF.wait(failures, Jitter::default().draw())).await;
                    failures += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// How many requests are reserved together.
fn block(limit: &Limit) -> u32 {
    (limit.per_minute / BLOCKS_PER_MINUTE).clamp(1, limit.burst.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erp::kingdee_xingchen::Settings;
    use crate::state::memory::MemoryState;

    const SLOW: Limit = Limit { endpoint: "account", per_minute: 60, burst: 2 };

    #[test]
    fn blocks_are_small() {
        let of = |per_minute, burst| block(&Limit { endpoint: "account", per_minute, burst });
        assert_eq!([of(1, 1), of(400, 40), of(6_000, 600), of(6_000, 4), of(600_000, 60_000)], [1, 1, 10, 4, 1000]);
    }

    /// Kingdee's 500 a minute hold for any minute, not for one of the clock's.
    #[tokio::test(start_paused = true)]
    async fn no_minute_has_more_requests_than_kingdee_takes() {
        let one = MemoryState::new("main", jiff::Timestamp::UNIX_EPOCH, 1, false);
        let other = one.connect("main");
        let paces = [shared_pace(Arc::new(one)), shared_pace(Arc::new(other))];
        let settings = Settings::new("https://api.kingdee.com", ("1", "s".into()), ("k", "s".into()), "1");
        let limit = settings.limit();
        let left = paces.iter().flat_map(|pace| {
            (0..600).map(move |n| async move {
                // A pause, and everything at once: the worst that a bridge does.
                tokio::time::sleep(std::time::Duration::from_secs(if n < 200 { 0 } else { 90 })).await;
                pace.permit(limit).await.unwrap();
                Instant::now()
            })
        });
        let mut left = futures_util::future::join_all(left).await;
        left.sort();
        let minute = std::time::Duration::from_secs(60);
        let in_a_minute = |from: &Instant| left.iter().filter(|at| (*from..*from + minute).contains(at)).count();
        let most = left.iter().map(in_a_minute).max().unwrap();
        assert_eq!(left.len(), 1200);
        assert!((430..=440).contains(&most), "{most}: a minute's 400, and the 40 that may leave at once");
    }

    #[tokio::test(start_paused = true)]
    async fn two_relays_have_one_limit() {
        let one = MemoryState::new("main", jiff::Timestamp::UNIX_EPOCH, 1, false);
        let other = one.connect("main");
        let began = Instant::now();
        let permits = [shared_pace(Arc::new(one)), shared_pace(Arc::new(other))];
        let all = permits.iter().flat_map(|pace| (0..5).map(|_| pace.permit(SLOW)));
        assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok));
        assert_eq!(began.elapsed().as_secs(), 8, "two at once, and one a second after them");
        permits[0].permit(Limit { endpoint: "elsewhere", ..SLOW }).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 8, "another endpoint has its own");
    }
}
