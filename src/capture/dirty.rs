//! Documents that changed and are not planned yet.
//!
//! All of them are in the state database. Here are those that have been quiet for longest, so that a transaction that touched
//! a million orders takes no more memory than one that touched a thousand: the *window*. What is not in it has changed no
//! earlier than what is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::state::{DIRTY_MAX, DirtyKey, DirtyPage};

/// The most documents in a window, unless more of them settle within one batch.
pub(super) const WINDOW_MAX: usize = DIRTY_MAX;

/// A window on the documents that changed, and what a run has changed in them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dirty {
    since: BTreeMap<DirtyKey, Timestamp>,
    by_time: BTreeSet<(Timestamp, DirtyKey)>,
    /// The state database has more, which have changed no earlier than this.
    more_from: Option<Timestamp>,
    /// What is to be written: documents that changed, with the time, and `None` for those that have been planned.
    changes: BTreeMap<DirtyKey, Option<Timestamp>>,
    /// All times after this are this one: the clock was set back.
    not_after: Option<Timestamp>,
}

impl Dirty {
    /// The window that the state database has read.
    pub fn of(page: DirtyPage) -> Dirty {
        let mut dirty = Dirty { more_from: page.more_from, ..Dirty::default() };
        for (key, since) in page.documents {
            dirty.put(key, since);
        }
        dirty
    }

    /// True where no document waits.
    pub fn is_empty(&self) -> bool {
        self.since.is_empty() && self.more_from.is_none()
    }

    /// How many documents wait; at least so many, where there are more than the window holds.
    pub fn len(&self) -> usize {
        self.since.len() + usize::from(self.more_from.is_some())
    }

    /// When the first of them changed last.
    pub fn first(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(since, _)| *since).or(self.more_from)
    }

    /// True where the window is empty, or nearly so, and the state database has more.
    pub fn is_short(&self) -> bool {
        self.more_from.is_some() && self.since.len() < WINDOW_MAX / 2
    }

    /// How many documents of the window have been quiet for `settle` at `clock`.
    pub fn settled(&self, clock: Timestamp, settle: SignedDuration) -> usize {
        self.by_time.iter().take_while(|(since, _)| clock.duration_since(*since) >= settle).count()
    }

    /// Notes that a document changed at `now`, which is no earlier than any change before.
    pub fn soil(&mut self, key: DirtyKey, now: Timestamp) {
        if let Some(since) = self.since.remove(&key) {
            self.by_time.remove(&(since, key.clone()));
        }
        self.changes.insert(key.clone(), Some(now));
        // Behind the window's end it is found where all of them are.
        if self.more_from.is_none() {
            self.put(key, now);
        }
    }

    /// Takes the documents that have been quiet for `settle`, at most `max` of them, with the time of their last change; by
    /// their keys. `None` where the window ends before they do.
    pub fn take_settled(
        &mut self,
        clock: Timestamp,
        settle: SignedDuration,
        max: usize,
    ) -> Option<BTreeMap<DirtyKey, Timestamp>> {
        let is_due = |since: Timestamp| clock.duration_since(since) >= settle;
        let mut due = BTreeMap::new();
        while self.by_time.first().is_some_and(|(since, _)| is_due(*since)) {
            let Some((since, key)) = self.by_time.pop_first() else { break };
            self.since.remove(&key);
            due.insert(key, since);
        }
        if due.len() <= max && self.by_time.is_empty() && self.more_from.is_some_and(is_due) {
            return None;
        }
        while due.len() > max {
            let Some((key, since)) = due.pop_last() else { break };
            self.put(key, since);
        }
        self.changes.extend(due.keys().map(|key| (key.clone(), None)));
        Some(due)
    }

    /// The wall clock was set back to `wall`: nothing has changed after it.
    pub fn set_back(&mut self, wall: Timestamp) {
        self.not_after = Some(wall);
        self.more_from = self.more_from.map(|since| since.min(wall));
        for since in self.since.values_mut() {
            *since = wall.min(*since);
        }
        self.by_time = self.since.iter().map(|(key, since)| (*since, key.clone())).collect();
    }

    /// What is to be written of it, which then counts as written, so that the window need hold no more than it can: documents that changed, those that have been planned, and the
    /// time after which none has changed.
    pub fn take_changes(&mut self) -> (Vec<(DirtyKey, Timestamp)>, Vec<DirtyKey>, Option<Timestamp>) {
        while self.since.len() > WINDOW_MAX {
            let Some((since, key)) = self.by_time.pop_last() else { break };
            self.since.remove(&key);
            self.more_from = Some(since);
        }
        let (mut dirty, mut clean) = (Vec::new(), Vec::new());
        for (key, since) in std::mem::take(&mut self.changes) {
            match since {
                Some(since) => dirty.push((key, since)),
                None => clean.push(key),
            }
        }
        (dirty, clean, self.not_after.take())
    }

    fn put(&mut self, key: DirtyKey, since: Timestamp) {
        self.by_time.insert((since, key.clone()));
        self.since.insert(key, since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn order(i: usize) -> DirtyKey {
        DirtyKey::Order(format!("{i:06}"))
    }

    const SETTLE: SignedDuration = SignedDuration::from_secs(2);

    #[test]
    fn a_document_that_changes_again_waits_again() {
        let mut dirty = Dirty::default();
        dirty.soil(order(1), at(10));
        dirty.soil(order(2), at(11));
        dirty.soil(order(1), at(12));
        assert_eq!(dirty.first(), Some(at(11)));
        assert_eq!(dirty.take_settled(at(12), SETTLE, 9), Some(BTreeMap::new()));
        assert_eq!(dirty.take_settled(at(13), SETTLE, 9), Some(BTreeMap::from([(order(2), at(11))])));
        let (changed, planned, _) = dirty.take_changes();
        assert_eq!((changed, planned), (vec![(order(1), at(12))], vec![order(2)]));
        assert_eq!((dirty.take_changes().0.len(), dirty.len()), (0, 1));
    }

    #[test]
    fn a_window_says_where_it_ends() {
        let mut dirty = Dirty::default();
        (0..WINDOW_MAX + 10).for_each(|i| dirty.soil(order(i), at(10)));
        assert_eq!((dirty.len(), dirty.take_changes().0.len()), (WINDOW_MAX + 10, WINDOW_MAX + 10));
        assert_eq!((dirty.len(), dirty.more_from), (WINDOW_MAX + 1, Some(at(10))));
        // One that is in the window goes behind its end, where the state database has it.
        dirty.soil(order(0), at(11));
        assert_eq!(dirty.since.len(), WINDOW_MAX - 1);
        assert_eq!(dirty.clone().take_settled(at(12), SETTLE, 100).map(|due| due.len()), Some(100));
        assert_eq!(dirty.take_settled(at(12), SETTLE, usize::MAX), None);
        let page = DirtyPage { documents: vec![(order(7), at(10))], more_from: Some(at(12)) };
        let mut short = Dirty::of(page);
        assert!(short.is_short() && !short.is_empty());
        assert_eq!(short.take_settled(at(13), SETTLE, 9), Some(BTreeMap::from([(order(7), at(10))])));
        assert_eq!((short.first(), short.is_empty()), (Some(at(12)), false));
        assert_eq!(short.take_settled(at(14), SETTLE, 9), None);
    }

    #[test]
    fn a_clock_that_is_set_back_takes_the_times_with_it() {
        let mut dirty = Dirty::default();
        dirty.soil(order(1), at(100));
        dirty.set_back(at(50));
        assert_eq!((dirty.first(), dirty.take_changes().2), (Some(at(50)), Some(at(50))));
    }
}
