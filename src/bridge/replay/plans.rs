//! What the stream has planned since the range's start.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use smol_str::SmolStr;

use super::Range;
use super::past::Past;
use crate::binlog::position;
use crate::change::Position;
use crate::outbox::Lane;
use crate::state::{CustomerRecord, PlannedEntry, State};

/// Entries that are read together.
const ENTRIES_MAX: usize = 1_000;

/// Entries that come after the range's start, in their order.
#[derive(Clone, Default)]
pub(super) struct Plans {
    /// Those of the range.
    within: VecDeque<Arc<PlannedEntry>>,
    /// How many entries of it are left of each cut.
    cuts: HashMap<SmolStr, usize>,
    /// The first of them and of those that come later, and the customers that were told by them.
    since: Option<(i64, Vec<String>)>,
}

/// What was planned after the range's start.
pub(super) struct Planned {
    /// By part of the range.
    pub parts: Vec<Plans>,
    /// Lanes that were planned after the range.
    pub later: HashSet<Lane>,
}

/// The outbox, from the newest entry back.
pub(super) struct Pages {
    state: Arc<dyn State>,
    /// Pages that have been loaded already.
    ready: VecDeque<Page>,
    /// The last entry that was loaded.
    last: Option<i64>,
}

/// Entries that were read together, the newest first.
type Page = Vec<Arc<PlannedEntry>>;

impl Pages {
    /// Loads those of which it can be told that they come after the range's start before anything of the range is read.
    pub async fn ahead(state: Arc<dyn State>, from: Position) -> anyhow::Result<Pages> {
        let mut pages = Pages { state, ready: VecDeque::new(), last: None };
        loop {
            let page = pages.load().await?;
            let ends = page.len() < ENTRIES_MAX;
            let comes_after = |entry: &Arc<PlannedEntry>| position::has(&from, &entry.cut) == Some(false);
            let goes_on = !ends && page.iter().any(comes_after);
            pages.ready.push_back(page);
            if !goes_on {
                return Ok(pages);
            }
        }
    }

    /// The transactions at which those were planned that have been loaded.
    pub fn cuts(&self) -> impl Iterator<Item = &str> {
        self.ready.iter().flatten().map(|entry| entry.cut.as_str())
    }

    /// The entries from the newest back to the range's start. What cannot be told apart came before it.
    async fn since(mut self, came: impl Fn(&str) -> Option<bool>) -> anyhow::Result<Page> {
        let mut since = Vec::new();
        loop {
            let page = match self.ready.pop_front() {
                Some(page) => page,
                None => self.load().await?,
            };
            let (whole, read) = (page.len() == ENTRIES_MAX, since.len());
            since.extend(page.into_iter().filter(|entry| came(&entry.cut) == Some(true)));
            // Entries are in the order of their cuts.
            if !whole || since.len() == read {
                return Ok(since);
            }
        }
    }

    async fn load(&mut self) -> anyhow::Result<Page> {
        let page = self.state.planned(self.last, ENTRIES_MAX).await?;
        self.last = page.last().map(|entry| entry.seq);
        Ok(page.into_iter().map(Arc::new).collect())
    }
}

impl Planned {
    /// Takes what is of the range, and what came after it.
    pub async fn of(pages: Pages, range: &Range, past: &Past) -> anyhow::Result<Planned> {
        let since = pages.since(|id| past.came(&range.from, id)).await?;
        let mut parts: Vec<Plans> = vec![Plans::default(); past.parts()];
        let (mut later, mut told, mut part) = (HashSet::default(), BTreeSet::new(), past.parts() - 1);
        // From the newest back: at a cut that was not met, an entry is planned with what follows.
        for entry in since {
            let is_within = is_within(range, &entry.cut) != Some(false);
            let of = past.part_of(&entry.cut).filter(|of| is_within && *of < part);
            if let Some(of) = of {
                parts[part].begin(&told);
                part = of;
            }
            if let Lane::Customer(id) = &entry.lane {
                told.insert(id.clone());
            }
            parts[part].since = Some((entry.seq, Vec::new()));
            match is_within {
                false => drop(later.insert(entry.lane.clone())),
                true => {
                    *parts[part].cuts.entry(entry.cut.clone()).or_default() += 1;
                    parts[part].within.push_front(entry);
                }
            }
        }
        parts[part].begin(&told);
        Ok(Planned { parts, later })
    }
}

impl Plans {
    fn begin(&mut self, told: &BTreeSet<String>) {
        if let Some((_, customers)) = &mut self.since {
            *customers = told.iter().cloned().collect();
        }
    }

    /// Customers as they were told where the part begins, of those that were told again since.
    pub async fn customers(&self, state: &dyn State) -> anyhow::Result<Vec<CustomerRecord>> {
        match &self.since {
            Some((first, ids)) => customers(state, *first, ids).await,
            None => Ok(Vec::new()),
        }
    }

    /// Adds what was planned next.
    pub fn extend(&mut self, next: Plans) {
        for (cut, count) in next.cuts {
            *self.cuts.entry(cut).or_default() += count;
        }
        self.within.extend(next.within);
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.within.len()
    }

    /// True where something was planned at this cut that is not taken yet.
    pub fn has(&self, cut: &str) -> bool {
        self.cuts.contains_key(cut)
    }

    /// The cut of the next.
    pub fn next_cut(&self) -> Option<&str> {
        self.within.front().map(|entry| entry.cut.as_str())
    }

    /// The next that were planned together: at one cut, and no lane of them twice.
    pub fn take(&mut self) -> Vec<Arc<PlannedEntry>> {
        let mut taken: Vec<Arc<PlannedEntry>> = Vec::new();
        let mut lanes: HashSet<Lane> = HashSet::default();
        while let Some(entry) = self.within.front() {
            let same_cut = taken.first().is_none_or(|first| first.cut == entry.cut);
            // In an order's plan only the first says what it was told before.
            let again =
                lanes.contains(&entry.lane) && (entry.told_before.is_some() || matches!(entry.lane, Lane::Customer(_)));
            if !same_cut || again {
                break;
            }
            let Some(entry) = self.within.pop_front() else { break };
            lanes.insert(entry.lane.clone());
            if let Some(left) = self.cuts.get_mut(&entry.cut) {
                *left -= 1;
                if *left == 0 {
                    self.cuts.remove(&entry.cut);
                }
            }
            taken.push(entry);
        }
        taken
    }

    /// The first `max` that are left.
    pub fn upcoming(&self, max: usize) -> impl Iterator<Item = &Arc<PlannedEntry>> {
        self.within.iter().take(max)
    }

    /// Those whose cut was never met: where the range ends before the stream, they may have come `later`.
    pub fn rest(&mut self, range: &Range, later: &mut HashSet<Lane>) -> Vec<Arc<PlannedEntry>> {
        let decided = |entry: &Arc<PlannedEntry>| range.to == range.until || is_within(range, &entry.cut).is_some();
        let (rest, undecided) = self.within.drain(..).partition::<Vec<_>, _>(decided);
        later.extend(undecided.iter().map(|entry| entry.lane.clone()));
        rest
    }

    /// Puts back what is to be planned next.
    pub fn put_back(&mut self, entries: Vec<Arc<PlannedEntry>>) {
        self.cuts.clear();
        for entry in &entries {
            *self.cuts.entry(entry.cut.clone()).or_default() += 1;
        }
        self.within = entries.into();
    }
}

fn is_within(range: &Range, cut: &str) -> Option<bool> {
    if range.to == range.until { Some(true) } else { position::has(&range.to, cut) }
}

/// Customers as they were told before an entry.
async fn customers(state: &dyn State, first: i64, ids: &[String]) -> anyhow::Result<Vec<CustomerRecord>> {
    let mut records = Vec::with_capacity(ids.len());
    for some in ids.chunks(ENTRIES_MAX) {
        let customers = state.customers_before(some.to_vec(), first).await?;
        let now = state.load_books(Vec::new(), some.to_vec(), Vec::new()).await?.customers;
        let mut before: HashMap<String, CustomerRecord> =
            customers.into_iter().map(|record| (record.id.clone(), record)).collect();
        records.extend(now.into_iter().map(|now| {
            let untold = || CustomerRecord { id: now.id.clone(), ..CustomerRecord::default() };
            let before = before.remove(&now.id).unwrap_or_else(untold);
            CustomerRecord { account: now.account, ..before }
        }));
    }
    Ok(records)
}
