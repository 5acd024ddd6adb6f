//! The store: its connection, its binlog as whole transactions, positions, and what must hold before we attach.
//!
//! A [`Store`] is an ordinary connection that answers questions (where is the head, what do the tables look like, may we
//! read). A [`Stream`] is a replication connection of its own that yields [`Batch`](crate::change::Batch)es; a
//! [`FileReader`] yields the same from a binlog file, a [`Range`] what lies between two positions, wherever it is kept; a
//! [`Snapshot`] reads rows as they are now. Between the bytes and the batches stand three steps, each in its own
//! file: `rows` decodes the columns that a footprint uses and skips everything else by its length, `table_map` plans that
//! decoding once a table, and `assembler` puts events together into transactions and moves the position at their ends,
//! never elsewhere.
//!
//! Nothing is guessed. An event that may carry rows of a mapped table and is not understood, a value that cannot be exact,
//! a statement that changes rows without writing row events: each ends in a [`StoreError::Definite`] that names the place
//! and the remedy. What may pass by itself (a dropped connection, a restart) is a [`StoreError::Transient`].
//!
//! Protocol facts are from MySQL's "Replication Protocol" and `libs/mysql/binlog/event` documentation, and MariaDB's
//! "Replication Protocol" pages in its knowledge base; each was checked against MySQL 9.7 and MariaDB 10.11.

mod ahead;
mod assembler;
mod bounds;
mod calm;
mod catalogue;
mod charset;
mod codec;
mod compressed;
mod connect;
mod cursor;
mod ddl;
mod drain;
mod error;
mod event;
mod every;
mod file;
mod frames;
#[cfg(test)]
mod fuzz;
mod grants;
mod group;
mod heads;
mod input;
mod json;
mod judge;
mod log;
mod newest;
pub mod position;
mod preflight;
pub mod print;
mod progress;
mod range;
mod reading;
mod rows;
mod selection;
mod settle;
mod shapes;
mod snapshot;
mod source;
mod spool;
mod statement;
mod stop;
mod store;
mod stream;
mod table_map;
mod tables;
mod variables;
mod watch;

pub use connect::Read;
pub use error::{Definite, StoreError, Transient};
pub use every::Described;
pub use file::FileReader;
pub use position::From;
pub use preflight::{Attached, Finding, Preflight};
pub use range::{NoPlace, Place, Range, Sources};
pub use reading::{Reading, Session};
pub use selection::{NoSelection, Selection};
pub use settle::Definitions;
pub use shapes::{Followed, Shapes};
pub use snapshot::{After, Chunk, Snapshot};
pub use source::Source;
pub use store::Store;
pub use stream::{Limits, Stream};
