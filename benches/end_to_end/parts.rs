//! The parts that need a store.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::place::Place;
use crate::report::{CatchUp, Latency, Replayed, Throughput, percentile};
use crate::rig::{Played, Rig, Server, Terms, head};
use crate::shop::{self, CUSTOMERS, LINES, Pace, Written};

const CONCURRENCY: usize = 16;
/// An ERP that answers at once.
pub const AT_ONCE: Terms = Terms { delay: Duration::ZERO, concurrency: CONCURRENCY, settle: "0s" };
/// An ERP that takes 50 ms for a request.
pub const SLOW: Terms = Terms { delay: Duration::from_millis(50), ..AT_ONCE };
/// An ERP that never answers, asked one thing at a time: capture is alone.
const CAPTURE_ALONE: Terms = Terms { delay: Duration::from_secs(3600), concurrency: 1, settle: "0s" };
/// Documents from changes of a session's first second are looked up before they are sent: those are not measured.
const SESSION_AGE: Duration = Duration::from_millis(1500);
/// Orders a second of the latency part.
const STEADY: u32 = 100;
/// Orders that the latency part's warming up writes at that rate.
const WARM: u32 = 100;

/// A bridge whose ERP knows all customers and articles, and the orders that told it.
async fn warm(server: &Server, place: &Place, terms: Terms) -> anyhow::Result<(String, Rig, Written)> {
    let (url, from) = server.store().await?;
    let rig = Rig::start(place, &url, from, terms).await?;
    let first = shop::open(&url).await?;
    rig.delivered(u64::from(CUSTOMERS) * 2).await?;
    tokio::time::sleep(SESSION_AGE).await;
    Ok((url, rig, first))
}

/// Orders a second from the first commit to the last delivery.
pub async fn throughput(server: &Server, place: &Place, orders: u32, terms: Terms) -> anyhow::Result<Throughput> {
    let (url, rig, first) = warm(server, place, terms).await?;
    let before = rig.requests();
    let written = shop::sell(&url, CUSTOMERS + 1..CUSTOMERS + 1 + orders, Pace::Flat).await?;
    rig.delivered(u64::from(CUSTOMERS) * 2 + u64::from(orders)).await?;
    let requests = rig.requests() - before;
    let began = written.commits.values().min().context("nothing was written")?;
    let last = rig.stages(&written).await?.len();
    anyhow::ensure!(last == orders as usize, "{last} of {orders} orders were delivered");
    let ended = rig.last_delivery().await?;
    let took = Duration::try_from(ended.duration_since(*began))?;
    Ok(Throughput {
        orders,
        took,
        written_in: written.span(),
        requests,
        delay: terms.delay,
        concurrency: terms.concurrency,
        wrong: rig.close(&[&first, &written], true).await?,
    })
}

/// From COMMIT's return to the ERP's first request and to its last answer, at a steady rate.
pub async fn latency(server: &Server, place: &Place, seconds: u32) -> anyhow::Result<Latency> {
    let (url, rig, first) = warm(server, place, AT_ONCE).await?;
    let from = CUSTOMERS + 1;
    let warming = shop::sell(&url, from..from + WARM, Pace::PerSecond(STEADY)).await?;
    let orders = STEADY * seconds;
    let written = shop::sell(&url, from + WARM..from + WARM + orders, Pace::PerSecond(STEADY)).await?;
    rig.delivered(u64::from(CUSTOMERS) * 2 + u64::from(WARM + orders)).await?;
    let stages = rig.stages(&written).await?;
    anyhow::ensure!(stages.len() == orders as usize, "{} of {orders} orders were delivered", stages.len());
    let sorted = |of: fn(&[i64; 3]) -> i64| {
        let mut all: Vec<i64> = stages.iter().map(of).collect();
        all.sort_unstable();
        all
    };
    let (total, asked) = (sorted(|s| s[2]), sorted(|s| s[1]));
    Ok(Latency {
        orders,
        per_second: STEADY,
        asked: [50, 90, 99, 100].map(|per_cent| percentile(&asked, per_cent)),
        p50: percentile(&total, 50),
        p90: percentile(&total, 90),
        p99: percentile(&total, 99),
        max: percentile(&total, 100),
        planned: percentile(&sorted(|s| s[0]), 50),
        delivered: percentile(&sorted(|s| s[2] - s[1]), 50),
        wrong: rig.close(&[&first, &warming, &written], true).await?,
    })
}

/// Row changes a second from an old position to the head, with and without a settle time.
pub async fn catch_up(server: &Server, place: &Place, orders: u32) -> anyhow::Result<Vec<CatchUp>> {
    let (url, from) = server.store().await?;
    let first = shop::open(&url).await?;
    let written = shop::sell(&url, CUSTOMERS + 1..CUSTOMERS + 1 + orders, Pace::Flat).await?;
    let head = head(&url).await?;
    let changes = u64::from(CUSTOMERS + (CUSTOMERS + orders) * (LINES + 1));
    let mut runs = Vec::new();
    for settle in ["0s", "2s"] {
        let began = Instant::now();
        let rig = Rig::start(place, &url, from.clone(), Terms { settle, ..CAPTURE_ALONE }).await?;
        rig.read_up_to(&head).await?;
        let took = began.elapsed();
        runs.push(CatchUp { orders, changes, settle, took, wrong: rig.close(&[&first, &written], false).await? });
    }
    Ok(runs)
}

/// Row changes a second of a replay from binlog files: from where the shop was empty to the head, all documents the same. First of
/// orders that were placed, and that is all; then of orders that were shipped and received, too, of which the ERP is told no more.
pub async fn replay(server: &Server, place: &Place, orders: u32) -> anyhow::Result<Vec<Replayed>> {
    let (url, from) = server.store().await?;
    let empty = head(&url).await?;
    let rig = Rig::start(place, &url, from, CAPTURE_ALONE).await?;
    let ids = 1..CUSTOMERS + 1 + orders;
    let first = shop::open(&url).await?;
    let written = shop::sell(&url, CUSTOMERS + 1..ids.end, Pace::Flat).await?;
    rig.read_up_to(&head(&url).await?).await?;
    let documents = u64::from(CUSTOMERS) * 2 + u64::from(orders);
    let replayed = |life, Played { done, took, wrong: untold }: Played| {
        let all_same = done.same == documents && [done.differ, done.new, done.gone, done.not_comparable] == [0; 4];
        let wrong = untold.or_else(|| (!all_same).then(|| format!("of {documents} documents: {done:?}")));
        Replayed { life, changes: done.changes, documents, took, wrong }
    };
    let (rig, placed) = rig.replayed(&empty, server.binlogs()?, &[&first, &written]).await?;
    let placed = replayed("placed", placed);
    shop::ship(&url, ids).await?;
    rig.read_up_to(&head(&url).await?).await?;
    let (rig, shipped) = rig.replayed(&empty, server.binlogs()?, &[&first, &written]).await?;
    rig.discard().await?;
    Ok(vec![placed, replayed("placed, shipped and received", shipped)])
}
