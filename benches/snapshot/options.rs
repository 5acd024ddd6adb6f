//! The command line.

use std::num::NonZeroU32;

use anyhow::{Context as _, bail};
use ledgertap::bridge::Reading;

/// How much of what.
#[derive(Debug)]
pub struct Options {
    /// Orders that the shop has.
    pub orders: u32,
    /// How often each part is measured.
    pub rounds: u32,
    /// Tables that are read at the same time.
    pub parallel_tables: NonZeroU32,
    /// The one kind of state database to measure; both, where none is named.
    pub state: Option<String>,
    /// How often the program is killed; `None` where speed is measured.
    pub kills: Option<u32>,
    /// Orders a second of the shop that writes meanwhile.
    pub writes: u32,
}

impl Options {
    /// Reads the arguments; `--bench` is cargo's own.
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Options> {
        let mut options = Options {
            orders: 100_000,
            rounds: 3,
            parallel_tables: Reading::TABLES_AT_ONCE,
            state: None,
            kills: None,
            writes: 200,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            let number = |text: String| text.parse::<NonZeroU32>().context("not a number above zero");
            match argument.as_str() {
                "--bench" => {}
                "--orders" => options.orders = number(value()?)?.get(),
                "--rounds" => options.rounds = number(value()?)?.get(),
                "--parallel-tables" => options.parallel_tables = number(value()?)?,
                "--kills" => options.kills = Some(number(value()?)?.get()),
                "--writes" => options.writes = number(value()?)?.get(),
                "--state" => options.state = Some(value()?),
                other => bail!(
                    "{other} is not known: --orders, --rounds, --parallel-tables, --state, and --kills with --writes"
                ),
            }
        }
        Ok(options)
    }
}
