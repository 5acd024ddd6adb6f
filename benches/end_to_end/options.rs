//! The command line.

use anyhow::{Context as _, bail};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What no bridge can be faster than.
    Floor,
    /// Orders a second with an ERP that answers at once.
    Throughput,
    /// Orders a second with an ERP that takes its time.
    Slow,
    /// From commit to ERP at a steady rate.
    Latency,
    /// Reading what was committed before.
    CatchUp,
    /// Planning again what was planned before.
    Replay,
    /// Coming back after a kill.
    Restart,
}

const PARTS: [(&str, Part); 7] = [
    ("floor", Part::Floor),
    ("throughput", Part::Throughput),
    ("slow", Part::Slow),
    ("latency", Part::Latency),
    ("catch-up", Part::CatchUp),
    ("replay", Part::Replay),
    ("restart", Part::Restart),
];

/// How much of it.
#[derive(Debug)]
pub struct Options {
    /// Orders of the throughput part.
    pub orders: u32,
    /// Orders of the slow part.
    pub slow_orders: u32,
    /// Length of the latency part.
    pub seconds: u32,
    /// Orders of the catch-up part and of the replay part.
    pub catch_up: u32,
    /// Mirrored rows of the restart part.
    pub rows: u32,
    /// The one kind of state database to measure; both, where none is named.
    pub state: Option<String>,
    /// Print one JSON object.
    pub json: bool,
    only: Vec<Part>,
}

impl Options {
    /// Reads the arguments; `--bench` is cargo's own.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
        let mut options = Options {
            orders: 2_000,
            slow_orders: 400,
            seconds: 10,
            catch_up: 20_000,
            rows: 1_000_000,
            state: None,
            json: false,
            only: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            let number = |text: String| text.parse::<u32>().ok().filter(|n| *n > 0).context("not a number above zero");
            match argument.as_str() {
                "--bench" => {}
                "--json" => options.json = true,
                "--orders" => options.orders = number(value()?)?,
                "--slow-orders" => options.slow_orders = number(value()?)?,
                "--seconds" => options.seconds = number(value()?)?,
                "--catch-up" => options.catch_up = number(value()?)?,
                "--rows" => options.rows = number(value()?)?,
                "--state" => options.state = Some(value()?),
                "--only" => options.only = value()?.split(',').map(part).collect::<anyhow::Result<_>>()?,
                other => bail!(
                    "{other} is not known: --orders, --slow-orders, --seconds, --catch-up, --rows, --state, --only, --json"
                ),
            }
        }
        Ok(options)
    }

    /// Whether this part is asked for.
    pub fn runs(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

fn part(name: &str) -> anyhow::Result<Part> {
    let found = PARTS.iter().find(|(known, _)| *known == name);
    found
        .map(|(_, part)| *part)
        .with_context(|| format!("{name} is no part: floor, throughput, slow, latency, catch-up, replay, restart"))
}
