//! Documents that the ERP has lost: they go back on their way, and each is looked up before it is sent.

use jiff::Timestamp;

use crate::binlog::{Place, position};
use crate::bridge::{look_up_after, open_erp};
use crate::capture::NO_CUT;
use crate::change::Position;
use crate::config::Config;
use crate::outbox::EntryState;
use crate::state::{PlannedEntry, Redelivered, State};

/// Entries that are read together.
const ENTRIES_MAX: usize = 1_000;

/// Which documents are delivered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redelivery {
    /// Those planned from changes after this place.
    pub from: Place,
    /// And not after this one; to the last, without it.
    pub to: Option<Place>,
}

/// Lets the delivered documents of a range go on as doubts. May be called beside a running bridge.
///
/// With a time, by when the store committed the changes that documents were planned from; those that were delivered after it
/// count, too, where the range has no end: an ERP that was restored from a backup of then lacks them. With a position, by the
/// cuts that are stored with them.
///
/// # Errors
/// A position of another kind than the stream's; the state database's.
pub async fn redeliver(config: &Config, state: &dyn State, redelivery: &Redelivery) -> anyhow::Result<Redelivered> {
    let look_up_after = look_up_after(open_erp(config.erp()?)?.as_ref());
    let Some(at) = state.position().await? else {
        anyhow::bail!("this stream has not run yet: there is nothing to deliver again");
    };
    let begins = Edge::of(&redelivery.from, "--from", &at)?;
    let ends = redelivery.to.as_ref().map(|to| Edge::of(to, "--to", &at)).transpose()?;
    let (mut wanted, mut before) = (Vec::new(), None);
    loop {
        let page = state.planned(before, ENTRIES_MAX).await?;
        before = page.last().map(|entry| entry.seq);
        for entry in page.iter().filter(|entry| entry.state == EntryState::Delivered) {
            let after = begins.is_before(entry)? || (ends.is_none() && begins.is_before_delivery(entry));
            let within = match &ends {
                Some(ends) => !ends.is_before(entry)?,
                None => true,
            };
            if after && within {
                wanted.push(entry.seq);
            }
        }
        if page.len() < ENTRIES_MAX {
            break;
        }
    }
    Ok(state.redeliver(wanted, look_up_after).await?)
}

/// Where the range begins or ends.
enum Edge {
    Position(Position),
    Time(Timestamp),
    /// Before everything.
    Earliest,
}

impl Edge {
    fn of(place: &Place, argument: &str, like: &Position) -> anyhow::Result<Edge> {
        match place {
            Place::Earliest => Ok(Edge::Earliest),
            Place::Now => Ok(Edge::Position(like.clone())),
            Place::Time(time) => Ok(Edge::Time(*time)),
            Place::At(position) => {
                anyhow::ensure!(
                    position::comparable(position, like),
                    "{argument} {position} is of another kind than the stream's position, {like}: give one of that kind, or a time"
                );
                anyhow::ensure!(
                    position::reached(like, position),
                    "{argument} {position} is ahead of the stream, which is at {like}"
                );
                Ok(Edge::Position(position.clone()))
            }
        }
    }

    /// True where the entry was planned from changes after it.
    fn is_before(&self, entry: &PlannedEntry) -> anyhow::Result<bool> {
        match self {
            Edge::Earliest => Ok(true),
            Edge::Time(time) => Ok(entry.changed_at >= *time),
            // Of what was planned before the first transaction.
            Edge::Position(_) if entry.cut == NO_CUT => Ok(false),
            Edge::Position(position) => position::has(position, &entry.cut).map(|has| !has).ok_or_else(|| {
                anyhow::anyhow!(
                    "{} was planned at the transaction {}, which cannot be compared with {position}: give a time",
                    entry.number,
                    entry.cut
                )
            }),
        }
    }

    fn is_before_delivery(&self, entry: &PlannedEntry) -> bool {
        match self {
            Edge::Time(time) => entry.delivered_at.is_some_and(|at| at >= *time),
            Edge::Position(_) | Edge::Earliest => false,
        }
    }
}
