//! The first pass: the mirror as it was where the range begins, and where parts of it do.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::ops::Range as Span;
use std::sync::Arc;

use anyhow::Context as _;
use foldhash::HashMap;
use foldhash::quality::RandomState;
use tokio::sync::mpsc;

use super::Range;
use super::span::{self, Known};
use crate::binlog::position;
use crate::bridge::still::Still;
use crate::capture::{Again, Ends, Met, PreparedBefore, joined};
use crate::change::{Batch, Position, Row, Transaction};
use crate::mapping::{Bound, ImageOf};
use crate::state::{MirrorKey, State};

/// Rows that are compared together.
const ROWS_MAX: usize = 2_000;

/// Changes of a step at the least: a part of the range is some of them.
const STEP_MIN: u64 = 64;

/// Steps at the least of many changes.
const STEPS: u64 = 32;

/// Planning a document takes as long as taking in so many changes.
const DOCUMENT: u64 = 6;

/// Batches that are read ahead of the noting.
const AHEAD: usize = 4;

/// What has changed since the range's start.
pub(super) struct Past {
    /// By part, the first image and the last of each row.
    parts: Arc<Vec<Met>>,
    /// By part, where its transactions come from.
    rows: Vec<Rows>,
    /// Row changes.
    pub changes: u64,
    cuts: Cuts,
}

/// The transactions that were met, with their steps, and later with their parts; by a hash.
#[derive(Default)]
struct Cuts {
    parts: HashMap<u64, usize>,
    hasher: RandomState,
}

impl Cuts {
    fn place_of(&self, id: &str) -> Option<usize> {
        self.parts.get(&self.hasher.hash_one(id)).copied()
    }
}

/// The transactions of a part; together, what is planned with one look at the state database.
pub(super) type Kept = Vec<Vec<Transaction>>;

/// Where the transactions of a part come from.
#[derive(Clone)]
pub(super) enum Rows {
    /// They have been kept since the first pass.
    Kept(Arc<Kept>),
    /// They are read again.
    Again {
        /// From here …
        from: Position,
        /// … to here.
        to: Position,
    },
}

/// How the range is made parts of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parting {
    /// Parts that are planned at once. There is a small one more, for whoever is the first to end.
    pub at_once: usize,
    /// Changes that are kept between the passes.
    pub kept_max: u64,
}

/// What is read, step by step.
struct Steps {
    steps: Vec<Step>,
    /// All changes.
    changes: u64,
    kept_max: u64,
}

/// Some transactions.
#[derive(Default)]
struct Step {
    /// Where they begin, where that is a place to read from.
    begins: Option<Position>,
    kept: Kept,
    /// How many changes they make.
    size: u64,
    /// How many documents were planned at them.
    documents: u64,
}

impl Step {
    /// What it takes to plan it again, in changes.
    fn weight(&self) -> u64 {
        self.size + DOCUMENT * self.documents
    }
}

/// What was read from the range's start to where the stream is.
pub(super) struct Read {
    ends: Ends,
    cuts: Cuts,
    steps: Steps,
    parting: Parting,
}

impl Read {
    /// Reads it.
    pub async fn through(
        still: &Still,
        span: &mut span::Span,
        range: &Range,
        parting: Parting,
    ) -> anyhow::Result<Read> {
        // What tables were like at the start takes another reading to know. Nearly always they have not changed since.
        match Read::with(still, span, range, parting, Known::AsKept).await {
            Ok(Some(read)) => Ok(read),
            Ok(None) | Err(_) => {
                let read = Read::with(still, span, range, parting, Known::Searched).await?;
                read.context("the tables' definitions where the range begins")
            }
        }
    }

    /// `None` where a statement was met that makes another matter of what was known.
    async fn with(
        still: &Still,
        span: &mut span::Span,
        range: &Range,
        mut parting: Parting,
        known: Known,
    ) -> anyhow::Result<Option<Read>> {
        if range.to != range.until {
            // What is read beyond the range's end is no part of it.
            parting = Parting { at_once: 1, kept_max: 0 };
        }
        let noting = Noting {
            bound: still.bound.clone(),
            ends: Ends::default(),
            cuts: Cuts::default(),
            steps: Steps::new(parting.kept_max, range),
        };
        let (send, batches) = mpsc::channel(AHEAD);
        let noting = tokio::task::spawn_blocking(move || noting.all(batches));
        let mut pass = span.open(still, &range.from, &range.until, known).await?;
        loop {
            let next = pass.next().await?;
            if known == Known::AsKept && pass.met_statements() {
                return Ok(None);
            }
            let Some(batch) = next else { break };
            if send.send(batch).await.is_err() {
                // Why it takes no more is its own answer.
                break;
            }
        }
        drop(send);
        let noted = noting.await.context("the reading of the range")?;
        let Noting { ends, cuts, steps, .. } =
            noted.map_err(|error| anyhow::anyhow!("--from {}: {error}; begin before its XA PREPARE", range.from))?;
        if known == Known::Searched && !steps.keeps() {
            // What tables are like is known at its beginning only.
            parting.at_once = 1;
        }
        Ok(Some(Read { ends, cuts, steps, parting }))
    }

    /// Makes parts of it. Documents were `planned` at these transactions.
    pub async fn parted<'p>(self, range: &Range, planned: impl Iterator<Item = &'p str>) -> anyhow::Result<Past> {
        let Read { ends, mut cuts, mut steps, parting } = self;
        for cut in planned {
            if let Some(step) = cuts.place_of(cut) {
                steps.steps[step].documents += 1;
            }
        }
        let changes = steps.changes;
        let (groups, rows) = steps.grouped(parting.at_once, range);
        let part_of = |step: usize| groups.partition_point(|group| group.end <= step);
        cuts.parts.values_mut().for_each(|step| *step = part_of(*step));
        let mut of_part: Vec<Vec<Met>> = groups.iter().map(|_| Vec::new()).collect();
        for (step, met) in ends.into_steps().into_iter().enumerate() {
            of_part[part_of(step)].push(met);
        }
        let joining: Vec<_> =
            of_part.into_iter().map(|steps| tokio::task::spawn_blocking(move || joined(steps))).collect();
        let mut parts = Vec::with_capacity(joining.len());
        for part in joining {
            parts.push(part.await.context("what changed in a part of the range")?);
        }
        Ok(Past { parts: Arc::new(parts), rows, changes, cuts })
    }
}

impl Past {
    /// How many parts the range has.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// By part, where its transactions come from.
    pub fn take_rows(&mut self) -> Vec<Rows> {
        std::mem::take(&mut self.rows)
    }

    /// Whether the transaction of this id came after the range's start; `None` where that cannot be told.
    pub fn came(&self, from: &Position, id: &str) -> Option<bool> {
        match self.part_of(id) {
            Some(_) => Some(true),
            None => position::has(from, id).map(|before| !before),
        }
    }

    /// Which part a transaction is in; `None` where it was not met.
    pub fn part_of(&self, id: &str) -> Option<usize> {
        self.cuts.place_of(id)
    }

    /// What was met, to make the mirror of.
    pub fn images(&self) -> Images {
        Images(self.parts.clone())
    }

    /// The mirror as it was, all of it.
    pub async fn mirror(self, still: &Still) -> anyhow::Result<BTreeMap<(String, String), String>> {
        let mut mirror = BTreeMap::new();
        let tables = &still.bound.footprint().tables;
        for (table, uses) in tables.iter().enumerate() {
            let mut after = None;
            loop {
                let rows = still.state.rows(table, after, ROWS_MAX).await?;
                let Some(last) = rows.last() else { break };
                after = Some(last.key.clone());
                for row in rows {
                    mirror.insert((uses.table.clone(), row.key.into()), serde_json::to_string(&row.row)?);
                }
            }
        }
        // The first image of a row is that of the first part in which it was met.
        for ((table, key), end) in self.parts.iter().rev().flatten() {
            let place = (tables[*table].table.clone(), key.to_string());
            match &end.first {
                Some(row) => drop(mirror.insert(place, serde_json::to_string(row)?)),
                None => drop(mirror.remove(&place)),
            }
        }
        Ok(mirror)
    }
}

/// Notes what is read, beside the reading.
struct Noting {
    bound: Arc<Bound>,
    ends: Ends,
    cuts: Cuts,
    steps: Steps,
}

impl Noting {
    fn all(mut self, mut batches: mpsc::Receiver<Batch>) -> Result<Noting, PreparedBefore> {
        while let Some(batch) = batches.blocking_recv() {
            self.take(batch)?;
        }
        Ok(self)
    }

    fn take(&mut self, batch: Batch) -> Result<(), PreparedBefore> {
        let Noting { bound, ends, cuts, steps } = self;
        let mut rest = batch.transactions;
        while !rest.is_empty() {
            let later = rest.split_off(steps.fits(&rest));
            for transaction in &rest {
                cuts.parts.insert(cuts.hasher.hash_one(&*transaction.id), steps.last());
            }
            let taken = ends.take(bound.footprint(), &rest)?;
            let at = later.is_empty().then_some(&batch.position);
            steps.take(rest, taken as u64, ends, at);
            rest = later;
        }
        Ok(())
    }
}

impl Steps {
    fn new(kept_max: u64, range: &Range) -> Steps {
        let first = Step { begins: Some(range.from.clone()), ..Step::default() };
        Steps { steps: vec![first], changes: 0, kept_max }
    }

    /// The one under way.
    fn last(&self) -> usize {
        self.steps.len() - 1
    }

    /// Changes after which the step under way ends.
    fn size(&self) -> u64 {
        STEP_MIN.max(self.changes / STEPS)
    }

    /// True as long as transactions are kept.
    fn keeps(&self) -> bool {
        self.changes <= self.kept_max
    }

    /// How many of these transactions belong to the step under way; one at the least.
    fn fits(&self, transactions: &[Transaction]) -> usize {
        if !self.keeps() {
            // What is read again begins where a batch does.
            return transactions.len();
        }
        let mut room = self.size().saturating_sub(self.steps[self.last()].size);
        let fits = transactions.iter().take_while(|transaction| {
            let fits = room > 0;
            room = room.saturating_sub(transaction.changes.len() as u64);
            fits
        });
        fits.count().max(1)
    }

    /// Takes transactions that make so many changes, and end `at` a place to read from.
    fn take(&mut self, transactions: Vec<Transaction>, taken: u64, ends: &mut Ends, at: Option<&Position>) {
        let kept_before = self.keeps();
        self.changes += taken;
        if kept_before && !self.keeps() {
            self.steps.iter_mut().for_each(|step| step.kept.clear());
        }
        let (keeps, size_max, last) = (self.keeps(), self.size(), self.last());
        let step = &mut self.steps[last];
        step.size += taken;
        if keeps {
            step.kept.push(transactions);
        }
        if step.size >= size_max && ends.step() {
            self.steps.push(Step { begins: at.cloned(), ..Step::default() });
        }
    }

    /// Makes parts of about one weight, and a small one last; each of some steps, with where their transactions come from.
    fn grouped(self, at_once: usize, range: &Range) -> (Vec<Span<usize>>, Vec<Rows>) {
        let weight = self.steps.iter().map(Step::weight).sum();
        let (keeps, ends, mut sum) = (self.keeps(), ends(weight, at_once as u64), 0);
        let mut parts: Vec<(Span<usize>, Step)> = Vec::new();
        for (number, step) in self.steps.into_iter().enumerate() {
            // The last one may be empty.
            let begins = step.size > 0 && (keeps || step.begins.is_some());
            let is_over = parts.len().checked_sub(1).and_then(|last| ends.get(last)).is_some_and(|end| sum >= *end);
            sum += step.weight();
            match parts.last_mut() {
                Some((steps, part)) if !is_over || !begins => {
                    steps.end = number + 1;
                    part.kept.extend(step.kept);
                    part.size += step.size;
                }
                _ => parts.push((number..number + 1, step)),
            }
        }
        let ends = parts.iter().skip(1).map(|(_, part)| part.begins.clone()).collect::<Vec<_>>();
        let ends = ends.into_iter().chain([Some(range.to.clone())]);
        let parts = parts.into_iter().zip(ends);
        let rows = parts.map(|((steps, part), end)| match (part.begins, end) {
            (Some(from), Some(to)) if !keeps => (steps, Rows::Again { from, to }),
            _ => (steps, Rows::Kept(Arc::new(part.kept))),
        });
        rows.unzip()
    }
}

/// After what weight parts end, without the last one, that is for whoever is the first to end: a quarter of the others' weight.
fn ends(weight: u64, at_once: u64) -> Vec<u64> {
    let parts = if at_once > 1 { at_once } else { 0 };
    (1..=parts).map(|part| (weight * 4 * part).div_ceil(4 * at_once + 1).max(1)).collect()
}

/// The images of the rows that were met, by part.
#[derive(Clone)]
pub(super) struct Images(Arc<Vec<Met>>);

impl Images {
    /// The mirror as it was where a part begins, to plan over.
    pub fn again(&self, still: &Still, part: usize) -> anyhow::Result<Again> {
        let parts = self.0.clone();
        // What is not inserted only later is laid over the mirror.
        let came: ImageOf = Arc::new(move |id: &MirrorKey| {
            let met = parts[part..].iter().find_map(|met| met.get(id))?;
            met.first.is_none().then_some(None)
        });
        let again = Again::new(still.state.clone(), still.bound.clone(), still.terms.clone());
        let mut again = again.of_the_past(came.clone());
        again.reserve(self.0[part].len());
        // What was there and is otherwise now: in the parts' order, the first image counts.
        for (id, end) in self.0[part..].iter().flatten() {
            if let Some(first) = &end.first
                && !again.covers(id)
                && came(id).is_none()
            {
                again.put_row(id.0, id.1.clone(), Some(first.clone()))?;
            }
        }
        Ok(again)
    }

    /// The mirror as it is where all that was met ends, which is what the state database holds: few of its rows have to be loaded.
    pub fn in_the_end(&self, still: &Still) -> Again {
        let parts = self.0.clone();
        let last: ImageOf = Arc::new(move |id: &MirrorKey| {
            let met = parts.iter().rev().find_map(|met| met.get(id))?;
            Some(met.last.clone())
        });
        Again::new(still.state.clone(), still.bound.clone(), still.terms.clone()).of_the_past(last)
    }

    /// The last image of each row, as they lie in the mirror.
    fn last(&self) -> Vec<(&MirrorKey, &Option<Row>)> {
        let parts = &self.0;
        let is_last = |part: usize, id: &MirrorKey| !parts[part + 1..].iter().any(|later| later.contains_key(id));
        let mut rows = Vec::with_capacity(parts.iter().map(Met::len).sum());
        for (part, met) in parts.iter().enumerate() {
            rows.extend(met.iter().filter(|(id, _)| is_last(part, id)).map(|(id, end)| (id, &end.last)));
        }
        rows.sort_unstable_by_key(|(id, _)| *id);
        rows
    }

    /// The table of a row whose last image is not what the mirror holds; then what was read is another store's.
    pub async fn stranger(self, state: Arc<dyn State>) -> anyhow::Result<Option<usize>> {
        for some in self.last().chunks(ROWS_MAX) {
            let some = some.iter().map(|(id, row)| ((*id).clone(), (*row).clone())).collect();
            let differing = state.differing(some).await.context("look at the mirror")?;
            if let Some((table, _)) = differing.first() {
                return Ok(Some(*table));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_parts_as_are_planned_at_once_are_of_one_weight_and_one_more_is_small() {
        assert_eq!(ends(900, 2), [400, 800]);
        assert_eq!(ends(17, 4), [4, 8, 12, 16]);
        assert!(ends(900, 1).is_empty());
        assert_eq!(ends(0, 2), [1, 1]);
    }

    #[test]
    fn parts_are_of_one_weight_by_their_documents_too() {
        let place = || Position("mariadb:0-1-1".into());
        let range = Range { from: place(), to: place(), until: place() };
        let parted = |documents: [u64; 9]| {
            let step = |documents| Step { begins: Some(place()), size: 64, documents, ..Step::default() };
            let steps = Steps { steps: documents.map(step).into(), changes: 9 * 64, kept_max: 1_000 };
            steps.grouped(2, &range).0
        };
        assert_eq!(parted([0; 9]), [0..4, 4..8, 8..9]);
        assert_eq!(parted([64, 64, 0, 0, 0, 0, 0, 0, 0]), [0..2, 2..7, 7..9]);
    }
}
