//! Where a stream is: the position as it grows, kept in parts, put into words once a batch.

use std::sync::Arc;

use super::position::{GtidSet, MariaPosition, Origin, Parsed, Stamp};
use crate::change::Position;

/// A transaction's own name, not yet in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    MySql(Origin, u64),
    MariaDb {
        domain: u32,
        server: u32,
        sequence: u64,
    },
    /// The server gives none.
    None,
}

/// The running position; it moves at the ends of transactions only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    MySql(GtidSet),
    MariaDb(MariaPosition),
    File { name: String, offset: u64, mark: Option<Stamp> },
}

/// Why a transaction cannot follow the position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It has no GTID where the position is made of them.
    Nameless,
    /// Its sequence number is not above its domain's last.
    OutOfOrder(String),
}

impl Progress {
    /// The position in words.
    pub fn to_position(&self) -> Position {
        self.to_parsed().to_position()
    }

    /// The position as it is now.
    pub fn to_parsed(&self) -> Parsed {
        match self {
            Progress::MySql(set) => Parsed::MySql(set.clone()),
            Progress::MariaDb(position) => Parsed::MariaDb(position.clone()),
            Progress::File { name, offset, mark } => Parsed::File { name: name.clone(), offset: *offset, mark: *mark },
        }
    }

    /// Moves past a transaction that ended at `offset` of `file`; false where nothing moved.
    pub fn pass(&mut self, name: &Name, file: &str, offset: u64, mark: Option<Stamp>) -> Result<bool, Unfit> {
        match (self, name) {
            (Progress::MySql(set), Name::MySql(origin, number)) => Ok(set.add(origin, *number)),
            (Progress::MariaDb(at), Name::MariaDb { domain, server, sequence }) => {
                let last = at.0.entry(*domain).or_insert((*server, 0));
                if *sequence <= last.1 {
                    return Err(Unfit::OutOfOrder(format!(
                        "{domain}-{server}-{sequence} after {domain}-{}-{}",
                        last.0, last.1
                    )));
                }
                *last = (*server, *sequence);
                Ok(true)
            }
            (progress @ Progress::File { .. }, _) => Ok(progress.move_to(file, offset, mark)),
            _ => Err(Unfit::Nameless),
        }
    }

    /// Moves a file position to a place between transactions; other positions stay. False where nothing moved.
    pub fn move_to(&mut self, file: &str, to: u64, at: Option<Stamp>) -> bool {
        let Progress::File { name, offset, mark } = self else { return false };
        if name == file && *offset >= to {
            return false;
        }
        if name != file {
            file.clone_into(name);
        }
        *offset = to;
        *mark = at;
        true
    }
}

impl From<Parsed> for Progress {
    fn from(parsed: Parsed) -> Self {
        match parsed {
            Parsed::MySql(set) => Progress::MySql(set),
            Parsed::MariaDb(position) => Progress::MariaDb(position),
            Parsed::File { name, offset, mark } => Progress::File { name, offset, mark },
        }
    }
}

impl Name {
    /// The name in words, or the place where the transaction ends.
    pub fn to_id(&self, file: &str, offset: u64) -> Arc<str> {
        match self {
            Name::MySql(origin, number) => format!("{origin}:{number}").into(),
            Name::MariaDb { domain, server, sequence } => format!("{domain}-{server}-{sequence}").into(),
            Name::None => format!("{file}:{offset}").into(),
        }
    }
}
