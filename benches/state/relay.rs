//! The relay itself, at work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use ledgertap::erp::Erp;
use ledgertap::outbox::{Backoff, BreakerPolicy};
use ledgertap::relay::{CrosswalkSource, Jitter, Policy, Progress, Settings, run};
use ledgertap::state::State;
use tokio::sync::watch;

const SECOND: Duration = Duration::from_secs(1);

/// Delivers what is in the outbox, so many `documents`; answers how long that took.
pub async fn deliver(
    state: &Arc<dyn State>,
    erp: Arc<dyn Erp>,
    documents: usize,
    concurrency: usize,
) -> anyhow::Result<Duration> {
    let (progress, mut seen) = watch::channel(Progress::default());
    let (stop, stops) = watch::channel(false);
    let began = Instant::now();
    let relay = tokio::spawn(run(state.clone(), erp, settings(concurrency), progress, stops));
    let all = u64::try_from(documents)?;
    // Its end is seen below.
    let _ = seen.wait_for(|progress| progress.delivered >= all).await;
    let took = began.elapsed();
    let _ = stop.send(true);
    relay.await.context("run the relay")??;
    Ok(took)
}

fn settings(concurrency: usize) -> Settings {
    let backoff = Backoff { first: SECOND, max: SECOND };
    Settings {
        concurrency,
        policy: Policy {
            backoff,
            late_max: SECOND * 10,
            unauthorised: SECOND,
            garbled_max: 5,
            deadline: SECOND * 3600,
        },
        zone: TimeZone::UTC,
        breaker: BreakerPolicy { failures_max: 8, pause: backoff, refused: SECOND },
        look_up_after: Duration::ZERO,
        closed_until: None,
        items_again: SECOND * 60,
        crosswalk: CrosswalkSource::default(),
        jitter: Jitter::default(),
    }
}
