//! A part of the binlog: the transactions between two positions, from archived files, from the live server, or from the one
//! and then the other.
//!
//! A person says where it begins and ends: `place` reads that, `sources` makes positions of it, and a `search` finds the
//! boundary between two transactions that is meant. `archive` decides by the heads of archived files which of them are read,
//! and whether any is missing. `reading` reads. What would come out of order, or not at all, is refused: a range is whole.

mod archive;
mod place;
mod reading;
pub(super) mod search;
mod sources;

pub use place::{NoPlace, Place};
pub use reading::Range;
pub use sources::Sources;
