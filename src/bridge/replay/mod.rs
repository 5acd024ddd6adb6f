//! A part of the binlog, planned again: what would be told if the stream had read it today.
//!
//! ```text
//! first pass, to where the stream is:  first images  →  the mirror as of the range's start
//!                                      last images   →  the same as the mirror's, or refused
//! second pass, over the range:         each transaction, and at each stored cut its documents again
//! ```
//!
//! The second pass is made in parts at once, one a processor ([`parts`]).
//!
//! Documents are planned at the cuts that are stored with them, each order from what it was told before: with the mapping that
//! planned them they come out the same. What differs is shown field by field, and nothing is written, unless the orders that
//! differ are to be posted: then they are planned from the mirror of now, and corrected by credit and debit notes. A document
//! that went out is never changed.
//!
//! Documents that the ERP has lost are delivered again without any binlog ([`redeliver`]).

mod differences;
mod parts;
mod past;
mod plans;
mod quiet;
mod redeliver;
mod second;
mod span;

pub use differences::{Compared, Field, Replayed};
pub use redeliver::{Redelivery, redeliver};

use std::path::PathBuf;
use std::sync::Arc;

use self::past::{Parting, Read};
use self::span::Span;
use super::rebuild::{self, Rebuilding, Rebuilt};
use super::still::Still;
use crate::binlog::{Place, position};
use crate::change::Position;
use crate::config::Config;

/// Which part of the binlog is replayed, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Where it begins.
    pub from: Place,
    /// Where it ends; where the stream is, without this.
    pub to: Option<Place>,
    /// Binlog files, and folders of them, that the server may have no more.
    pub files: Vec<PathBuf>,
    /// Orders that differ are corrected.
    pub apply: bool,
    /// Row changes that are kept in memory between the two passes; where there are more of them, they are read again.
    pub kept_max: u64,
}

/// See [`Replay::kept_max`]: some hundreds of megabytes.
pub const KEPT_MAX: u64 = 400_000;

/// What a replay came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaying {
    /// Where it began.
    pub from: String,
    /// Where it ended.
    pub to: String,
    /// Row changes in it.
    pub changes: u64,
    /// Documents that come out the same.
    pub same: u64,
    /// Documents that come out otherwise.
    pub differ: u64,
    /// Documents that were never planned.
    pub new: u64,
    /// Documents that would not be planned.
    pub gone: u64,
    /// Documents of which too little is kept.
    pub not_comparable: u64,
    /// Orders that would be held.
    pub held: u64,
    /// What was posted of the orders that differ.
    pub applied: Option<Rebuilding>,
}

impl Replaying {
    /// Adds what an earlier part came to.
    fn add(&mut self, earlier: &Replaying) {
        self.changes += earlier.changes;
        self.same += earlier.same;
        self.differ += earlier.differ;
        self.new += earlier.new;
        self.gone += earlier.gone;
        self.not_comparable += earlier.not_comparable;
    }
}

/// Told of what is found.
pub trait Witness: Send {
    /// A document that does not come out the same.
    fn replayed(&mut self, replayed: &Replayed);

    /// An order that is corrected.
    fn corrected(&mut self, corrected: &Rebuilt);
}

/// Plans a part of the binlog again, and compares.
///
/// # Errors
/// A bridge that has the stream, a place that is no boundary of it, a range that cannot be read or does not lead to the mirror.
pub async fn replay(config: &Config, replay: &Replay, witness: &mut dyn Witness) -> anyhow::Result<Replaying> {
    let still = Arc::new(Still::hold(config, "replay").await?);
    let done = over(&still, replay, witness).await;
    still.end().await;
    done
}

async fn over(still: &Arc<Still>, replay: &Replay, witness: &mut dyn Witness) -> anyhow::Result<Replaying> {
    let mut span = Span::of(still, &replay.files).await?;
    let range = range(still, &mut span, replay).await?;
    let work = async {
        let (mut done, differ) = parts::compare(still, &mut span, &range, replay.kept_max, witness).await?;
        if replay.apply {
            let corrected = &mut |corrected: &Rebuilt| witness.corrected(corrected);
            done.applied = Some(rebuild::post(still, &differ, corrected).await?);
        }
        Ok(done)
    };
    tokio::select! {
        done = work => done,
        error = still.keep() => Err(error.into()),
    }
}

/// The part that is replayed, and where the stream is.
struct Range {
    from: Position,
    to: Position,
    until: Position,
}

async fn range(still: &Still, span: &mut Span, replay: &Replay) -> anyhow::Result<Range> {
    let session = &still.session;
    let Some(until) = session.position.clone() else {
        anyhow::bail!("this stream has not run yet: there is nothing to replay");
    };
    if let Some(begun) = &session.begun {
        anyhow::bail!(
            "the mirror holds a part of the large transaction {begun}: let the bridge run until the rest of it is there, and replay \
             then"
        );
    }
    let beginning = session.beginning.as_ref().filter(|beginning| position::parse(beginning).is_ok());
    let from = match (&replay.from, beginning) {
        (Place::Earliest, Some(beginning)) => beginning.clone(),
        (place, _) => span.resolve(place, &until).await?,
    };
    anyhow::ensure!(
        position::reached(&until, &from),
        "--from {from} is ahead of the stream, which is at {until}: there is nothing to replay"
    );
    let to = match &replay.to {
        None => until.clone(),
        Some(place) => span.resolve(place, &until).await?,
    };
    let to = if position::reached(&to, &until) { until.clone() } else { to };
    anyhow::ensure!(
        position::reached(&until, &to) && position::reached(&to, &from),
        "--to {to} is not between --from {from} and where the stream is, {until}"
    );
    if let Some(beginning) = beginning {
        anyhow::ensure!(
            position::reached(&from, beginning),
            "--from {from} is before the stream's beginning, {beginning}: before that it planned nothing, or its mirror was put right by a \
             resync since"
        );
    }
    Ok(Range { from, to, until })
}

/// The mirror as it was at a position, row by row: table, key, and the row as JSON.
///
/// # Errors
/// As [`replay`]'s.
pub async fn rewound(
    config: &Config,
    from: &Place,
    files: &[PathBuf],
) -> anyhow::Result<std::collections::BTreeMap<(String, String), String>> {
    let still = Still::hold(config, "rewind").await?;
    let done = async {
        let mut span = Span::of(&still, files).await?;
        let replay = Replay { from: from.clone(), to: None, files: files.to_vec(), apply: false, kept_max: 0 };
        let range = range(&still, &mut span, &replay).await?;
        let read = Read::through(&still, &mut span, &range, Parting { at_once: 1, kept_max: 0 }).await?;
        read.parted(&range, std::iter::empty()).await?.mirror(&still).await
    };
    let done = done.await;
    still.end().await;
    done
}
