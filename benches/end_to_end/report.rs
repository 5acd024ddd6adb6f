//! What came of it, for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What no bridge can be faster than.
#[derive(Debug)]
pub struct Floor {
    /// Two durable commits, in microseconds.
    pub two_commits: i64,
    /// An order's four requests, in microseconds.
    pub requests: i64,
    /// Planning an order of five lines, in nanoseconds.
    pub plan: u64,
}

/// Orders a second.
#[derive(Debug)]
pub struct Throughput {
    pub orders: u32,
    /// From the first commit to the last delivery.
    pub took: Duration,
    /// From the first commit to the last: no bridge can be done earlier.
    pub written_in: Duration,
    pub requests: u64,
    pub delay: Duration,
    pub concurrency: usize,
    pub wrong: Option<String>,
}

/// From commit to ERP, in microseconds.
#[derive(Debug)]
pub struct Latency {
    pub orders: u32,
    /// Orders that the shop wrote in a second.
    pub per_second: u32,
    /// To the first request: the 50th, 90th, 99th percentile and the longest.
    pub asked: [i64; 4],
    /// To the last answer.
    pub p50: i64,
    pub p90: i64,
    pub p99: i64,
    pub max: i64,
    /// Medians of the stages: commit → planned, and first request → delivered.
    pub planned: i64,
    pub delivered: i64,
    pub wrong: Option<String>,
}

/// Reading what was committed before.
#[derive(Debug)]
pub struct CatchUp {
    pub orders: u32,
    pub changes: u64,
    pub settle: &'static str,
    pub took: Duration,
    pub wrong: Option<String>,
}

/// Planning again what was committed and planned before, from binlog files.
#[derive(Debug)]
pub struct Replayed {
    /// What has become of the orders.
    pub life: &'static str,
    pub changes: u64,
    pub documents: u64,
    /// Each time, in turn.
    pub took: Vec<Duration>,
    pub wrong: Option<String>,
}

/// Coming back after a kill, in microseconds, sorted.
#[derive(Debug)]
pub struct Restart {
    /// Customers in the mirror.
    pub rows: u32,
    /// The first start, which read them from the store.
    pub filled_in: Duration,
    /// From a process' start until it streams.
    pub streaming: Vec<i64>,
    /// From a process' start until an order is told that was written while it was dead.
    pub told: Vec<i64>,
}

/// All parts that ran.
#[derive(Debug, Default)]
pub struct Report {
    pub floor: Option<Floor>,
    pub throughput: Option<Throughput>,
    pub slow: Option<Throughput>,
    pub latency: Option<Latency>,
    pub catch_up: Vec<CatchUp>,
    pub replay: Vec<Replayed>,
    pub restart: Option<Restart>,
}

/// The value that so many per cent of a sorted list are not above; zero of an empty one.
pub fn percentile(sorted: &[i64], per_cent: usize) -> i64 {
    let index = sorted.len().saturating_sub(1) * per_cent / 100;
    sorted.get(index).copied().unwrap_or_default()
}

impl Throughput {
    fn rate(&self) -> Decimal {
        per_second(u64::from(self.orders), self.took)
    }

    fn requests_per_order(&self) -> Decimal {
        (Decimal::from(self.requests) / Decimal::from(self.orders)).round_dp(2)
    }

    /// concurrency ÷ (delay × requests an order); `None` where the ERP answers at once.
    fn allowed(&self) -> Option<Decimal> {
        let in_flight = Decimal::from(self.concurrency) * Decimal::from(1_000);
        let busy_ms = Decimal::from(self.delay.as_millis()) * Decimal::from(self.requests) / Decimal::from(self.orders);
        (!busy_ms.is_zero()).then(|| (in_flight / busy_ms).round_dp(1))
    }

    fn json(&self) -> Value {
        json!({
            "orders": self.orders, "seconds": seconds(self.took), "orders_per_second": self.rate(),
            "written_per_second": per_second(u64::from(self.orders), self.written_in),
            "requests_per_order": self.requests_per_order(), "delay_ms": self.delay.as_millis() as u64,
            "concurrency": self.concurrency, "allowed_per_second": self.allowed(),
            "of_allowed": self.allowed().map(|a| (self.rate() / a).round_dp(3)), "wrong": self.wrong,
        })
    }

    fn text(&self, out: &mut String, title: &str) {
        let _ = writeln!(out, "{title}: {} orders/s ({} orders in {} s)", self.rate(), self.orders, seconds(self.took));
        let written = per_second(u64::from(self.orders), self.written_in);
        let _ = writeln!(out, "  the shop wrote {written} orders/s; {} requests an order", self.requests_per_order());
        if let Some(allowed) = self.allowed() {
            let share = (self.rate() * Decimal::ONE_HUNDRED / allowed).round_dp(1);
            let _ = writeln!(
                out,
                "  {} at once and {:?} a request allow {allowed} orders/s: {share} % of that",
                self.concurrency, self.delay
            );
        }
    }
}

impl Replayed {
    /// Of the middle one.
    fn rate(&self) -> Decimal {
        let mut took = self.took.clone();
        took.sort_unstable();
        per_second(self.changes, took.get(took.len() / 2).copied().unwrap_or_default()).round()
    }

    fn seconds(&self) -> Vec<Decimal> {
        self.took.iter().map(|took| seconds(*took)).collect()
    }

    fn json(&self) -> Value {
        json!({
            "life": self.life, "row_changes": self.changes, "documents": self.documents, "seconds": self.seconds(),
            "row_changes_per_second": self.rate(), "wrong": self.wrong,
        })
    }
}

impl Latency {
    fn json(&self) -> Value {
        json!({
            "orders": self.orders, "orders_per_second": self.per_second, "to_request_ms": self.asked.map(ms), "p50_ms": ms(self.p50), "p90_ms": ms(self.p90), "p99_ms": ms(self.p99), "max_ms": ms(self.max),
            "stages_p50_ms": {"planned": ms(self.planned), "delivered": ms(self.delivered)},
            "wrong": self.wrong,
        })
    }
}

impl CatchUp {
    fn rate(&self) -> Decimal {
        per_second(self.changes, self.took).round()
    }

    fn json(&self) -> Value {
        json!({
            "orders": self.orders, "row_changes": self.changes, "settle": self.settle, "seconds": seconds(self.took),
            "row_changes_per_second": self.rate(), "wrong": self.wrong,
        })
    }
}

impl Latency {
    fn text(&self, out: &mut String) {
        let [p50, p90, p99, max] = self.asked.map(ms);
        let _ = writeln!(out, "{} orders at {} a second", self.orders, self.per_second);
        let _ = writeln!(out, "  commit → first request: p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, max {max} ms");
        let [p50, p90, p99, max] = [self.p50, self.p90, self.p99, self.max].map(ms);
        let _ = writeln!(out, "  commit → delivered: p50 {p50} ms, p90 {p90} ms, p99 {p99} ms, max {max} ms");
        let (planned, delivered) = (ms(self.planned), ms(self.delivered));
        let _ = writeln!(out, "  medians: commit → planned {planned} ms, first request → delivered {delivered} ms");
    }
}

impl Restart {
    fn json(&self) -> Value {
        let all = |times: &[i64]| times.iter().map(|us| ms(*us)).collect::<Vec<_>>();
        json!({
            "rows": self.rows, "filled_in_seconds": seconds(self.filled_in), "streaming_ms": all(&self.streaming),
            "told_ms": all(&self.told),
        })
    }

    fn text(&self, out: &mut String) {
        let both =
            |times: &[i64]| format!("median {} ms, max {} ms", ms(percentile(times, 50)), ms(percentile(times, 100)));
        let _ = writeln!(
            out,
            "restart after SIGKILL, {} rows in the mirror (read in {} s): streams after {}; told what it had missed after {}",
            self.rows,
            seconds(self.filled_in),
            both(&self.streaming),
            both(&self.told),
        );
    }
}

impl Report {
    /// True where the books of every part agree.
    pub fn agrees(&self) -> bool {
        self.wrongs().is_empty()
    }

    fn wrongs(&self) -> Vec<&String> {
        let throughputs = [&self.throughput, &self.slow].into_iter().flatten().map(|t| &t.wrong);
        let latency = self.latency.iter().map(|l| &l.wrong);
        let replay = self.replay.iter().map(|r| &r.wrong);
        throughputs.chain(latency).chain(self.catch_up.iter().map(|c| &c.wrong)).chain(replay).flatten().collect()
    }

    /// How many times the floor the median latency is.
    fn over_floor(&self) -> Option<Decimal> {
        let (floor, latency) = (self.floor.as_ref()?, self.latency.as_ref()?);
        Some((Decimal::from(latency.p50) / Decimal::from((floor.two_commits + floor.requests).max(1))).round_dp(2))
    }

    /// One object.
    pub fn json(&self) -> Value {
        let floor = self.floor.as_ref().map(|f| {
            json!({"two_commits_p50_ms": ms(f.two_commits), "order_requests_p50_ms": ms(f.requests), "plan_ns": f.plan})
        });
        json!({
            "floor": floor,
            "throughput": self.throughput.as_ref().map(Throughput::json),
            "slow": self.slow.as_ref().map(Throughput::json),
            "latency": self.latency.as_ref().map(Latency::json),
            "latency_over_floor": self.over_floor(),
            "catch_up": self.catch_up.iter().map(CatchUp::json).collect::<Vec<_>>(),
            "replay": self.replay.iter().map(Replayed::json).collect::<Vec<_>>(),
            "restart": self.restart.as_ref().map(Restart::json),
            "agrees": self.agrees(),
        })
    }

    /// A short table.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if let Some(f) = &self.floor {
            let (commits, requests) = (ms(f.two_commits), ms(f.requests));
            let _ = writeln!(
                out,
                "floor: two durable commits {commits} ms, an order's four requests {requests} ms (medians)"
            );
            let _ = writeln!(out, "plan of an order of five lines: {} ns", f.plan);
        }
        if let Some(throughput) = &self.throughput {
            throughput.text(&mut out, "ERP answers at once");
        }
        if let Some(slow) = &self.slow {
            slow.text(&mut out, "ERP takes its time");
        }
        if let Some(l) = &self.latency {
            l.text(&mut out);
        }
        if let Some(ratio) = self.over_floor() {
            let _ = writeln!(out, "  {ratio} times the floor");
        }
        for c in &self.catch_up {
            let _ = writeln!(
                out,
                "catching up, settle {}: {} row changes/s ({} in {} s, {} orders planned)",
                c.settle,
                c.rate(),
                c.changes,
                seconds(c.took),
                c.orders
            );
        }
        for r in &self.replay {
            let _ = writeln!(
                out,
                "replaying, orders {}: {} row changes/s, the median ({} and {} documents in {} s)",
                r.life,
                r.rate(),
                r.changes,
                r.documents,
                r.seconds().iter().map(Decimal::to_string).collect::<Vec<_>>().join(", "),
            );
        }
        if let Some(restart) = &self.restart {
            restart.text(&mut out);
        }
        let wrongs = self.wrongs();
        for wrong in &wrongs {
            let _ = writeln!(out, "WRONG: {wrong}");
        }
        out.push_str(if wrongs.is_empty() { "the books agree" } else { "the books do NOT agree" });
        out
    }
}

fn per_second(count: u64, took: Duration) -> Decimal {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    (Decimal::from(count) * Decimal::from(1_000_000) / Decimal::from(micros)).round_dp(1)
}

fn seconds(took: Duration) -> Decimal {
    Decimal::new(i64::try_from(took.as_millis()).unwrap_or(i64::MAX), 3)
}

fn ms(micros: i64) -> Decimal {
    Decimal::new(micros, 3).round_dp(2)
}
