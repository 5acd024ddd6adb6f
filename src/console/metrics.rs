//! The numbers, in Prometheus' text format.
//!
//! A registry is made for each answer: what it holds is read at that moment, so nothing has to be kept in step.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, prometheus_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::Seen;
use crate::outbox::EntryState;
use crate::state::Gauges;
use crate::telemetry::Took;

/// States in which an entry is not final; a state without entries is a zero, not a gap.
const OPEN: [EntryState; 4] = [EntryState::Pending, EntryState::Sending, EntryState::Unknown, EntryState::Parked];

/// All of it; without `gauges` what the process knows by itself.
pub(super) fn text(stream: &str, seen: &Seen, gauges: Option<&Gauges>, now: Timestamp) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_labels([("stream".into(), stream.to_owned().into())].into_iter());
    let ours = registry.sub_registry_with_prefix("ledgertap");
    let up = i64::from(gauges.is_some());
    gauge(ours, "state_up", "1 where the state database answers", up);
    if let Some(gauges) = gauges {
        of_state(ours, gauges, now);
    }
    ours.register("delivered", "Documents delivered since the process began", ConstCounter::new(seen.delivered));
    ours.register("parked", "Documents parked since the process began", ConstCounter::new(seen.parked));
    let by_verdict = seen.attempts.by_verdict.iter().map(|(verdict, count)| (*verdict, *count)).collect();
    ours.register_collector(Box::new(Labelled {
        name: "attempts",
        help: "Attempts since the process began, by verdict",
        kind: MetricType::Counter,
        label: "verdict",
        counts: by_verdict,
    }));
    ours.register_collector(Box::new(Durations(seen.attempts.took.clone())));
    let mut out = String::new();
    prometheus_text::encode(&mut out, &registry)?;
    Ok(out)
}

fn of_state(ours: &mut Registry, gauges: &Gauges, now: Timestamp) {
    let count = |state: &EntryState| (state.as_str(), gauges.open.get(state).copied().unwrap_or_default());
    ours.register_collector(Box::new(Labelled {
        name: "entries",
        help: "Documents in the outbox that are not final, by state",
        kind: MetricType::Gauge,
        label: "state",
        counts: OPEN.iter().map(count).collect(),
    }));
    gauge(ours, "held", "Orders that are held", whole(gauges.held));
    gauge(ours, "settling", "Changed documents that wait for their settle time", whole(gauges.settling));
    let since = |at: Option<Timestamp>| at.map_or(0, |at| now.duration_since(at).as_secs().max(0));
    let oldest = "Seconds since the oldest document was planned that is not final";
    gauge(ours, "oldest_waiting_seconds", oldest, since(gauges.waiting_since));
    let shut = i64::from(gauges.erp_shut_until.is_some_and(|until| until > now));
    gauge(ours, "erp_shut", "1 while nothing is sent because the ERP is down or refuses us", shut);
    if let Some(epoch) = gauges.epoch {
        gauge(ours, "capture_epoch", "Number of the latest capture session", epoch);
    }
    if let Some(clock) = gauges.clock {
        let lag = "Seconds since the store's time of what was committed last; grows while the store is idle";
        gauge(ours, "capture_lag_seconds", lag, since(Some(clock)));
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    registry.register(name, help, ConstGauge::new(value));
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Counts under one name, told apart by a label; in their own order.
#[derive(Debug)]
struct Labelled {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    label: &'static str,
    counts: Vec<(&'static str, u64)>,
}

impl Collector for Labelled {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut metric = encoder.encode_descriptor(self.name, self.help, None, self.kind)?;
        for (value, count) in &self.counts {
            let label = [(self.label, *value)];
            let mut one = metric.encode_family(&label)?;
            match self.kind {
                MetricType::Counter => one.encode_counter::<NoLabelSet, _, u64>(count, None)?,
                _ => one.encode_gauge(&whole(*count))?,
            }
        }
        Ok(())
    }
}

/// The histogram of how long attempts took.
#[derive(Debug)]
struct Durations(Took);

impl Collector for Durations {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let seconds = |bound: Option<Duration>| bound.map_or(f64::INFINITY, |bound| bound.as_secs_f64());
        let buckets: Vec<(f64, u64)> = self.0.buckets().map(|(bound, count)| (seconds(bound), count)).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let (name, help) = ("attempt_duration_seconds", "How long attempts took");
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        metric.encode_histogram::<NoLabelSet>(self.0.sum().as_secs_f64(), count, &buckets, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_there_under_its_name() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let gauges = Gauges {
            position: None,
            clock: Some(at(90)),
            epoch: Some(4),
            open: [(EntryState::Parked, 2)].into(),
            waiting_since: Some(at(40)),
            erp_shut_until: Some(at(101)),
            held: 3,
            settling: 1,
        };
        let mut seen = Seen { delivered: 5, parked: 2, ..Seen::default() };
        seen.attempts.count("done", Duration::from_millis(40));
        seen.attempts.count("rejected", Duration::from_millis(400));
        let text = text("north", &seen, Some(&gauges), at(100)).unwrap();
        let wanted = [
            "ledgertap_state_up{stream=\"north\"} 1",
            "ledgertap_entries{stream=\"north\",state=\"parked\"} 2",
            "ledgertap_entries{stream=\"north\",state=\"pending\"} 0",
            "ledgertap_held{stream=\"north\"} 3",
            "ledgertap_settling{stream=\"north\"} 1",
            "ledgertap_oldest_waiting_seconds{stream=\"north\"} 60",
            "ledgertap_capture_lag_seconds{stream=\"north\"} 10",
            "ledgertap_capture_epoch{stream=\"north\"} 4",
            "ledgertap_erp_shut{stream=\"north\"} 1",
            "ledgertap_delivered_total{stream=\"north\"} 5",
            "ledgertap_parked_total{stream=\"north\"} 2",
            "ledgertap_attempts_total{stream=\"north\",verdict=\"done\"} 1",
            "ledgertap_attempt_duration_seconds_bucket{stream=\"north\",le=\"0.05\"} 1",
            "ledgertap_attempt_duration_seconds_bucket{stream=\"north\",le=\"+Inf\"} 2",
            "ledgertap_attempt_duration_seconds_count{stream=\"north\"} 2",
        ];
        for line in wanted {
            assert!(text.lines().any(|l| l == line), "{line} is not in:\n{text}");
        }
    }
}
