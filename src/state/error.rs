//! What can go wrong with the state database, with the remedy.

use thiserror::Error;

/// An error of the state database. None of them loses anything: what was not committed is read from the binlog again.
#[derive(Debug, Error)]
pub enum StateError {
    /// Another bridge has the database.
    #[error(
        "state database {path} is in use by another ledgertap (its lock {path}.lock is held): stop that one first, or give this one a state of its own"
    )]
    Locked {
        /// The file.
        path: String,
    },
    /// There is no such file.
    #[error("there is no state database {path} yet: the first `ledgertap run` makes it, or state.url names another")]
    Missing {
        /// The file.
        path: String,
    },
    /// The file cannot be opened or made.
    #[error("cannot open state database {path}: {source}; check the path, its permissions and the free space")]
    Open {
        /// The file.
        path: String,
        /// What the operating system or SQLite said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The schema is not one that this version knows.
    #[error(
        "state database {path} does not fit this version of ledgertap ({reason}): use the version that wrote it, or a newer one"
    )]
    Version {
        /// The file.
        path: String,
        /// What differs.
        reason: String,
    },
    /// The URL of a PostgreSQL state database cannot be read. It may hold a password and is not repeated.
    #[error("state.url is no URL of a PostgreSQL state database: {reason}")]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// A server refuses us, or is none that can be used.
    #[error("cannot use state database {server}: {reason}")]
    Refused {
        /// The hosts, the database and the schema.
        server: String,
        /// What the server said, and what to do.
        reason: String,
    },
    /// The schema is one that this version has moved on from, and this command does not bring it up to date.
    #[error(
        "state database {path} was written by an older version of ledgertap ({reason}): keep a copy of it, and start `ledgertap run` once, which brings it up to date"
    )]
    Outdated {
        /// The file.
        path: String,
        /// What differs.
        reason: String,
    },
    /// The database has streams, and ours is none of them.
    #[error(
        "stream \"{stream}\" is not in this state database, which has {known}: check `stream` and state.url in the config"
    )]
    NoStream {
        /// The stream.
        stream: String,
        /// Those that are there.
        known: String,
    },
    /// Another session has taken over.
    #[error(
        "another capture session (epoch {latest}) has taken over stream \"{stream}\" from this one (epoch {ours}): nothing was written"
    )]
    Fenced {
        /// The stream.
        stream: String,
        /// Our epoch.
        ours: i64,
        /// The latest epoch.
        latest: i64,
    },
    /// The mirror was filled for other columns.
    #[error(
        "the mapping now uses {what}, which the mirror of stream \"{stream}\" does not hold: `ledgertap resync` with a --table for each of them reads them, or go on with the old mapping"
    )]
    Footprint {
        /// The stream.
        stream: String,
        /// What is new.
        what: String,
    },
    /// A resync was broken off while it wrote the mirror.
    #[error("a resync of stream \"{stream}\" was broken off while it wrote the mirror: run `ledgertap resync` again")]
    Unfinished {
        /// The stream.
        stream: String,
    },
    /// A person has changed the outbox since it was read: it is read again.
    #[error(
        "the outbox of stream \"{stream}\" was changed by a person while documents were planned: nothing was written"
    )]
    Moved {
        /// The stream.
        stream: String,
    },
    /// What was told cannot be taken back alone.
    #[error(
        "document {number} cannot be voided: {reason}; skip it with --by-hand once a person has settled it in the ERP, or let it go on with `ledgertap outbox retry`"
    )]
    NotVoid {
        /// The document's number.
        number: String,
        /// Why.
        reason: String,
    },
    /// The connection is gone: whether what was under way is done, the next session reads back.
    #[error("state database: {action}: the connection is lost: {source}")]
    Lost {
        /// What was being done.
        action: &'static str,
        /// What was said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something stored cannot be read back.
    #[error(
        "state database: {what} of stream \"{stream}\" cannot be read back ({reason}); it was changed by hand or is damaged: restore a backup"
    )]
    Damaged {
        /// The stream.
        stream: String,
        /// What.
        what: String,
        /// Why.
        reason: String,
    },
    /// There is no room to write.
    #[error(
        "state database {path}: the disk is full ({action}: {source}); nothing was written by halves: make room there and start ledgertap again, it goes on where it was"
    )]
    Full {
        /// The file.
        path: String,
        /// What was being done.
        action: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database refused a statement.
    #[error("state database: {action}: {source}")]
    Database {
        /// What was being done.
        action: &'static str,
        /// What the database said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The writer thread is gone.
    #[error("state database: the writer has stopped after an earlier error")]
    Stopped,
}

impl StateError {
    /// True where the same may succeed over a new connection.
    pub fn is_transient(&self) -> bool {
        matches!(self, StateError::Lost { .. })
    }
}
