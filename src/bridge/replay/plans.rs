//! What the stream has planned since the range's start.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::Range;
use super::past::Past;
use crate::binlog::position;
use crate::bridge::still::Still;
use crate::outbox::Lane;
use crate::state::{CustomerRecord, PlannedEntry, State, ToldBefore};

/// Entries that are read together.
const ENTRIES_MAX: usize = 1_000;

/// Entries that come after the range's start, in their order.
pub(super) struct Plans {
    /// Those of the range.
    within: VecDeque<PlannedEntry>,
    /// How many entries of it are left of each cut.
    cuts: HashMap<String, usize>,
    /// Lanes that were planned after it.
    pub later: HashSet<Lane>,
    /// Customers as they were told where the range begins, of those that were told again since.
    pub customers: Vec<CustomerRecord>,
}

impl Plans {
    /// Loads them.
    pub async fn load(still: &Still, range: &Range, past: &Past) -> anyhow::Result<Plans> {
        let since = since(still.state.as_ref(), |id| past.came(&range.from, id)).await?;
        let mut plans = Plans {
            within: VecDeque::new(),
            cuts: HashMap::new(),
            later: HashSet::new(),
            customers: customers(still.state.as_ref(), &since).await?,
        };
        for entry in since {
            match is_within(range, &entry.cut) {
                Some(false) => drop(plans.later.insert(entry.lane)),
                Some(true) | None => {
                    *plans.cuts.entry(entry.cut.clone()).or_default() += 1;
                    plans.within.push_back(entry);
                }
            }
        }
        Ok(plans)
    }

    /// How many of the range are left.
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
    pub fn take(&mut self) -> Vec<PlannedEntry> {
        let mut taken: Vec<PlannedEntry> = Vec::new();
        let mut lanes: HashSet<Lane> = HashSet::new();
        while let Some(entry) = self.within.front() {
            let same_cut = taken.first().is_none_or(|first| first.cut == entry.cut);
            // In an order's plan only the first says what it was told before.
            let again = lanes.contains(&entry.lane) && (entry.first || matches!(entry.lane, Lane::Customer(_)));
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
    pub fn upcoming(&self, max: usize) -> impl Iterator<Item = &PlannedEntry> {
        self.within.iter().take(max)
    }

    /// Those whose cut was never met: where the range ends before the stream, they may have come after it.
    pub fn rest(&mut self, range: &Range) -> Vec<PlannedEntry> {
        let decided = |entry: &PlannedEntry| range.to == range.until || is_within(range, &entry.cut).is_some();
        let (rest, later) = self.within.drain(..).partition(decided);
        let later: Vec<PlannedEntry> = later;
        self.later.extend(later.into_iter().map(|entry| entry.lane));
        rest
    }

    /// Puts back what is to be planned next.
    pub fn put_back(&mut self, entries: Vec<PlannedEntry>) {
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

/// The entries from the newest back to the range's start, oldest first. What cannot be told apart came before it.
async fn since(state: &dyn State, came: impl Fn(&str) -> Option<bool>) -> anyhow::Result<Vec<PlannedEntry>> {
    let (mut since, mut before) = (Vec::new(), None);
    loop {
        let page = state.planned(before, ENTRIES_MAX).await?;
        before = page.last().map(|entry| entry.seq);
        let (whole, read) = (page.len() == ENTRIES_MAX, since.len());
        since.extend(page.into_iter().filter(|entry| came(&entry.cut) == Some(true)));
        // Entries are in the order of their cuts.
        if !whole || since.len() == read {
            break;
        }
    }
    since.reverse();
    Ok(since)
}

/// Customers as they were told before the first of these entries, of those that are among them.
async fn customers(state: &dyn State, since: &[PlannedEntry]) -> anyhow::Result<Vec<CustomerRecord>> {
    let Some(first) = since.first() else { return Ok(Vec::new()) };
    let of = |entry: &PlannedEntry| match &entry.lane {
        Lane::Customer(id) => Some(id.clone()),
        Lane::Order(_) => None,
    };
    let ids: BTreeSet<String> = since.iter().filter_map(of).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let mut records = Vec::with_capacity(ids.len());
    for some in ids.chunks(ENTRIES_MAX) {
        let ToldBefore { customers, .. } = state.told_before(Vec::new(), some.to_vec(), first.seq).await?;
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
