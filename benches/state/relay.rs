//! The relay itself, at work for an ERP inside this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_trait::async_trait;
use jiff::tz::TimeZone;
use ledgertap::document::{Document, DocumentKind};
use ledgertap::erp::{Checkup, Delivery, Erp, Guarantee, Needs, Rendered, Verdict};
use ledgertap::outbox::{Backoff, BreakerPolicy};
use ledgertap::relay::{CrosswalkSource, Jitter, Policy, Progress, Settings, run};
use ledgertap::state::State;
use tokio::sync::watch;

const SECOND: Duration = Duration::from_secs(1);

/// An ERP that takes every document with one request, and its time for that.
struct Desk {
    takes: Duration,
}

#[async_trait]
impl Erp for Desk {
    fn kind(&self) -> &'static str {
        "desk"
    }

    fn guarantee(&self, _: DocumentKind) -> Guarantee {
        Guarantee::Unique
    }

    fn late_max(&self) -> Duration {
        SECOND * 10
    }

    fn request_max(&self) -> Duration {
        SECOND * 10
    }

    fn requests_max(&self) -> u32 {
        1
    }

    fn account(&self) -> String {
        "desk".into()
    }

    fn number_max(&self, _: DocumentKind) -> usize {
        64
    }

    async fn has_item(&self, _: &str) -> Option<bool> {
        Some(true)
    }

    async fn deliver(&self, _: Delivery<'_>) -> Verdict {
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        Verdict::Delivered { reference: "7".into(), amounts: None, found: false }
    }

    fn render(&self, _: &Document, _: jiff::civil::Date) -> Result<Vec<Rendered>, String> {
        Ok(Vec::new())
    }

    async fn check(&self, _: &Needs) -> Result<Checkup, String> {
        Ok(Checkup::new("simulated"))
    }
}

/// Delivers what is in the outbox, so many `documents`; answers how long that took.
pub async fn deliver(
    state: &Arc<dyn State>,
    documents: usize,
    concurrency: usize,
    takes: Duration,
) -> anyhow::Result<Duration> {
    let (progress, mut seen) = watch::channel(Progress::default());
    let (stop, stops) = watch::channel(false);
    let began = Instant::now();
    let relay = tokio::spawn(run(state.clone(), Arc::new(Desk { takes }), settings(concurrency), progress, stops));
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
