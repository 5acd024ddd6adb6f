//! The second pass in parts, all at once.
//!
//! Each begins with the rows of its own start and with what the stream had told by then. That is where the part before it ends
//! as long as everything in that comes out the same. From the first part on in which something does not, each goes on from
//! where the one before it ended, and what was done ahead is done again.
//!
//! One part is planned a processor. A small one more is left for whoever is the first to end, since no two take the same time.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tracing::info;

use super::past::{Images, Kept, Parting, Read, Rows};
use super::plans::{Pages, Planned, Plans};
use super::quiet::Quiet;
use super::second::Second;
use super::span::{Known, Pass, Span};
use super::{Range, Replaying, Witness};
use crate::bridge::still::Still;
use crate::change::{Batch, Transaction};

/// Parts that are planned at once, at the most.
const AT_ONCE_MAX: usize = 8;

/// Compares; answers the orders that differ, too.
pub(super) async fn compare(
    still: &Arc<Still>,
    span: &mut Span,
    range: &Range,
    kept_max: u64,
    witness: &mut dyn Witness,
) -> anyhow::Result<(Replaying, BTreeSet<String>)> {
    let at_once = std::thread::available_parallelism().map_or(1, |n| n.get()).min(AT_ONCE_MAX);
    let pages = Task(tokio::spawn(Pages::ahead(still.state.clone(), range.from.clone())));
    let read = Read::through(still, span, range, Parting { at_once, kept_max }).await?;
    let pages = pages.end().await?;
    let mut past = read.parted(range, pages.cuts()).await?;
    let Planned { parts, later } = Planned::of(pages, range, &past).await?;
    let documents: usize = parts.iter().map(Plans::len).sum();
    info!(changes = past.changes, documents, parts = parts.len(), "the mirror is that of the range's start");
    let images = past.images();
    let mut shown = Shown { witness, verified: Some(Task(tokio::spawn(images.clone().stranger(still.state.clone())))) };
    let mut parts: VecDeque<(Plans, Rows)> = parts.into_iter().zip(past.take_rows()).collect();
    drop(past);
    let (plans, rows) = parts.pop_front().context("a range has one part at the least")?;
    let seats = Arc::new(Semaphore::new(at_once - 1));
    let begun = parts.iter().enumerate().map(|(i, (plans, rows))| {
        let part = Part { still: still.clone(), images: images.clone(), number: i + 1 };
        let seat = seats.clone().try_acquire_owned().ok();
        let (seats, plans, rows, span) = (seats.clone(), plans.clone(), rows.clone(), span.beside(&range.from));
        Task(tokio::spawn(async move {
            let _seat = match seat {
                Some(seat) => seat,
                None => seats.acquire_owned().await?,
            };
            part.ahead(plans, rows, span).await
        }))
    });
    let mut ahead: VecDeque<Ahead> = begun.collect();
    let mut second = Part { still: still.clone(), images: images.clone(), number: 0 }.second(plans).await?;
    shown.pass(&mut second, &rows, span, still, range, &mut ahead).await?;
    second.spend(rows);
    seats.add_permits(1);
    while let Some((plans, rows)) = parts.pop_front() {
        let next = match ahead.pop_front() {
            Some(task) => task.end().await?,
            None => None,
        };
        if next.is_none_or(|next| !second.take_over(*next)) {
            ahead.clear();
            second.extend(plans);
            shown.pass(&mut second, &rows, span, still, range, &mut ahead).await?;
        }
        second.spend(rows);
    }
    // Only where the stream is does the state database hold the rows as they are where the range ends.
    let quiet = (range.to == range.until).then(|| Quiet::of(still, &images, at_once));
    second.spend(images);
    second.end(range, later, still.bound.settings().settle, quiet).await?;
    shown.show(&mut second, still, range).await?;
    shown.verified(still, range).await?;
    Ok(second.done(range))
}

/// A pass that is made over a part ahead of the parts before it; `None` where something does not come out the same.
type Ahead = Task<anyhow::Result<Option<Box<Second>>>>;

/// A part of the range.
struct Part {
    still: Arc<Still>,
    images: Images,
    number: usize,
}

impl Part {
    /// A pass over it, from what the stream had told where it begins.
    async fn second(&self, plans: Plans) -> anyhow::Result<Second> {
        let again = self.images.again(&self.still, self.number)?;
        Second::over(self.still.state.clone(), again, plans).await
    }

    async fn ahead(self, plans: Plans, rows: Rows, mut span: Span) -> anyhow::Result<Option<Box<Second>>> {
        let mut second = self.second(plans).await?;
        let mut feed = Feed::of(&rows, &mut span, &self.still).await?;
        while let Some((now, next)) = feed.next().await? {
            second.take(now, next).await?;
            if second.differs() {
                return Ok(None);
            }
        }
        Ok(Some(Box::new(second)))
    }
}

/// A part's transactions, some after some.
enum Feed<'a> {
    Kept { kept: &'a Kept, taken: usize },
    Again(Box<Reading<'a>>),
}

/// A reading under way: one batch is known ahead.
struct Reading<'a> {
    pass: Pass<'a>,
    now: Option<Batch>,
    next: Option<Batch>,
    begun: bool,
}

/// Some transactions, and what follows them.
type Following<'f> = (&'f [Transaction], Option<&'f [Transaction]>);

impl<'a> Feed<'a> {
    async fn of(rows: &'a Rows, span: &'a mut Span, still: &Still) -> anyhow::Result<Feed<'a>> {
        Ok(match rows {
            Rows::Kept(kept) => Feed::Kept { kept, taken: 0 },
            Rows::Again { from, to } => {
                *span = span.beside(from);
                let pass = span.open(still, from, to, Known::AsKept).await?;
                Feed::Again(Box::new(Reading { pass, now: None, next: None, begun: false }))
            }
        })
    }

    async fn next(&mut self) -> anyhow::Result<Option<Following<'_>>> {
        match self {
            Feed::Kept { kept, taken } => {
                *taken += 1;
                let some = |at: usize| kept.get(at).map(Vec::as_slice);
                Ok(some(*taken - 1).map(|now| (now, some(*taken))))
            }
            Feed::Again(reading) => {
                let Reading { pass, now, next, begun } = reading.as_mut();
                *now = if *begun { next.take() } else { pass.next().await? };
                *begun = true;
                if now.is_some() {
                    *next = pass.next().await?;
                }
                Ok(now
                    .as_ref()
                    .map(|now| (now.transactions.as_slice(), next.as_ref().map(|next| next.transactions.as_slice()))))
            }
        }
    }
}

/// What is shown to whoever asked for the replay.
struct Shown<'w> {
    witness: &'w mut dyn Witness,
    /// Whether what was read is of this stream; nothing is shown before that is known.
    verified: Option<Task<anyhow::Result<Option<usize>>>>,
}

impl Shown<'_> {
    /// Goes on over a part's transactions. What is planned ahead of what differs is no more what would be told: it is given up.
    async fn pass(
        &mut self,
        second: &mut Second,
        rows: &Rows,
        span: &mut Span,
        still: &Still,
        range: &Range,
        ahead: &mut VecDeque<Ahead>,
    ) -> anyhow::Result<()> {
        let mut feed = Feed::of(rows, span, still).await?;
        while let Some((now, next)) = feed.next().await? {
            second.take(now, next).await?;
            if second.differs() {
                ahead.clear();
            }
            self.show(second, still, range).await?;
        }
        Ok(())
    }

    async fn show(&mut self, second: &mut Second, still: &Still, range: &Range) -> anyhow::Result<()> {
        let found = second.take_found();
        if !found.is_empty() {
            self.verified(still, range).await?;
        }
        found.iter().for_each(|replayed| self.witness.replayed(replayed));
        Ok(())
    }

    /// Refuses what was read where the mirror is not what it leads to.
    async fn verified(&mut self, still: &Still, range: &Range) -> anyhow::Result<()> {
        let Some(task) = self.verified.take() else { return Ok(()) };
        let Some(table) = task.end().await? else { return Ok(()) };
        anyhow::bail!(
            "a row of `{}` is not in the mirror as it is after the last change of it between {} and {}: what was read is of \
             another server, or rows were changed without row events; `ledgertap resync` reads the table again",
            still.bound.footprint().tables[table].table,
            range.from,
            range.until
        )
    }
}

/// What goes on beside this, and is given up with it.
struct Task<T>(JoinHandle<T>);

impl<T> Task<anyhow::Result<T>> {
    async fn end(mut self) -> anyhow::Result<T> {
        (&mut self.0).await.context("a part of the replay")?
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
