//! Where transactions begin and end: what a search for a place in the binlog sees of it.

use super::position::Parsed;
use super::progress::Name;

/// What one event has shown.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// What had happened before the file was begun, where the file says so.
    pub before: Option<Parsed>,
    /// The transaction that has ended.
    pub ended: Option<Ended>,
}

/// A transaction that was passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub name: Name,
    /// When it was committed, in microseconds of the Unix epoch: the last moment that this may mean.
    pub latest_us: i64,
    /// Where it begins in its file.
    pub begins: u64,
    /// Where it ends.
    pub ends: u64,
}
