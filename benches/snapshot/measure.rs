//! A first start, in this process, and how long each of its steps takes.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ledgertap::binlog::From;
use ledgertap::bridge::{Bridge, Options, Reading};
use ledgertap::config;
use ledgertap::sandbox::{self, Faults};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::marks;
use crate::place::{Place, clear};
use crate::store::Filled;

/// An opening's steps.
#[derive(Debug)]
pub struct Phases {
    /// Every row from the store into the mirror.
    pub read: Duration,
    /// The mirror taken back to the start.
    pub rewound: Duration,
    /// Every order decided on, and taken for known.
    pub decided: Duration,
}

/// Opens the books into a new state database.
pub async fn open_books(filled: &Filled, place: &Place, parallel_tables: NonZeroU32) -> anyhow::Result<Phases> {
    let folder = folder()?;
    let sandbox = sandbox::start(sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 1)).await?;
    let state = place.fresh(folder.path());
    let text = config_text(&filled.url, &state, &sandbox.erp_block());
    let config = config::parse("the bench's config", &text, &|_| None)?;
    let reading = Reading { tables_at_once: parallel_tables, ..Reading::default() };
    let options = Options { from: Some(From::Now), once: true, reading, ..Options::default() };
    marks::clear();
    let bridge = Bridge::open(&config, options).await?;
    let (_stop, stops) = watch::channel(false);
    let summary = bridge.run(stops).await?;
    ensure!(
        summary.opened == u64::from(filled.orders),
        "{} of {} orders were taken for known",
        summary.opened,
        filled.orders
    );
    clear(&state).await?;
    sandbox.stop().await;
    let said = ["reading the store's tables", "tables read", "the mirror is that of", "stream begins"];
    let [begun, read, rewound, decided] = said.map(marks::when);
    let (begun, read, rewound, decided) = (begun?, read?, rewound?, decided?);
    Ok(Phases { read: read - begun, rewound: rewound - read, decided: decided - rewound })
}

/// A folder on the disk that the build is on: `/tmp` may be memory, on which nothing is durable.
pub fn folder() -> anyhow::Result<TempDir> {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).context("make a temporary directory")
}

/// The config of `ledgertap run`.
pub fn config_text(url: &str, state: &str, erp: &str) -> String {
    let text = |s: &str| toml::Value::String(s.to_owned()).to_string();
    format!(
        "[store]\nurl = {}\nmapping = \"ecshop\"\n[state]\nurl = {}\n{erp}[books]\nopening = \"baseline\"\n\
         [relay]\nconcurrency = 16\nrate_per_minute = 60000000\nbackoff = \"200ms\"\nbackoff_max = \"2s\"\n",
        text(url),
        text(state),
    )
}
