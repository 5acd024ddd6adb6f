//! The live stream: a replication connection that yields whole transactions.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use mysql_async::BinlogStream;
use mysql_common::binlog::events::Event;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, timeout_at};

use super::assembler::Assembler;
use super::error::{StoreError, Transient, from_driver};
use super::position::parse;
use crate::change::{Batch, Position, TableId};

/// How often the server says that it is there when it has nothing else to say.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);
/// Without a word for so long the connection is dead, whatever TCP says.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How long a position that moves through other tables' traffic waits for a transaction to travel with.
const MOVED_WAIT_MAX: Duration = Duration::from_millis(250);
/// Events that one batch reads at most, however few of them are of mapped tables.
const BATCH_EVENTS_MAX: usize = 20_000;

/// How much one batch holds; the transaction that crosses a limit is still in it, whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Transactions of mapped tables.
    pub transactions: usize,
    /// Rows in them.
    pub rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { transactions: 1_000, rows: 10_000 }
    }
}

impl Limits {
    pub(super) fn reached(&self, (transactions, rows): (usize, usize)) -> bool {
        transactions >= self.transactions || rows >= self.rows
    }
}

/// A store's binlog from a position on. Dropping it ends the connection.
pub struct Stream {
    events: BinlogStream,
    assembler: Assembler,
    place: String,
    /// When the server was last heard.
    heard: Instant,
    /// Since when the position has moved without a transaction to hand out.
    moved: Option<Instant>,
}

impl Stream {
    pub(super) fn new(events: BinlogStream, assembler: Assembler, place: &str) -> Stream {
        Stream { events, assembler, place: place.to_owned(), heard: Instant::now(), moved: None }
    }

    /// Says which mapped tables the mirror holds no row of: dropping, emptying or redefining one of those loses nothing, so
    /// that an installer's `DROP TABLE IF EXISTS` does not stop the stream. A table counts as filled from its first row on.
    #[must_use]
    pub fn assume_empty(mut self, tables: &BTreeSet<TableId>) -> Self {
        self.assembler.assume_empty(tables);
        self
    }

    /// Says which mapped tables were read into the mirror when the binlog's head was at `head`: until the stream has got
    /// there, and until a row of it is met, such a table counts as empty. Its rows are from after what happened to it.
    #[must_use]
    pub fn assume_filled(mut self, tables: &[TableId], head: &Position) -> Self {
        if let Ok(head) = parse(head) {
            self.assembler.assume_filled(tables, head);
        }
        self
    }

    /// Waits for a committed transaction of mapped tables, or for a position that moved without one, then takes what else
    /// is there without waiting. A batch without transactions only moves the position.
    ///
    /// Dropping the future loses nothing: what was read stays for the next call. After an error the stream is over.
    pub async fn next(&mut self, limits: &Limits) -> Result<Batch, StoreError> {
        // The caller may have been away for longer than the silence that is allowed.
        self.heard = self.heard.max(Instant::now() - (SILENCE_MAX - HEARTBEAT));
        while self.assembler.ready().0 == 0 {
            let deadline = match self.moved {
                Some(since) if !self.assembler.is_open() => since + MOVED_WAIT_MAX,
                _ => self.heard + SILENCE_MAX,
            };
            match timeout_at(deadline, self.events.next()).await {
                Ok(event) => self.take_event(event)?,
                Err(_) if self.moved.is_some() => return Ok(self.take()),
                Err(_) => return Err(self.silent()),
            }
            if self.moved.is_some_and(|since| since.elapsed() >= MOVED_WAIT_MAX) {
                return Ok(self.take());
            }
        }
        for _ in 0..BATCH_EVENTS_MAX {
            if limits.reached(self.assembler.ready()) {
                break;
            }
            // Not counted against the task's turn: the limits bound it.
            let Some(event) = unconstrained(self.events.next()).now_or_never() else { break };
            self.take_event(event)?;
        }
        Ok(self.take())
    }

    fn take(&mut self) -> Batch {
        self.moved = None;
        self.assembler.take()
    }

    fn take_event(&mut self, event: Option<mysql_async::Result<Event>>) -> Result<(), StoreError> {
        self.heard = Instant::now();
        match event {
            Some(Ok(event)) => self.assembler.feed(&event)?,
            Some(Err(error)) => return Err(from_driver(&self.assembler.place(), "read the binlog", error)),
            None => return Err(Transient::new(&self.place, "the server ended the binlog stream").into()),
        }
        if self.assembler.moved() {
            self.moved.get_or_insert(self.heard);
        }
        Ok(())
    }

    fn silent(&self) -> StoreError {
        let seconds = SILENCE_MAX.as_secs();
        Transient::new(&self.place, format!("the server has sent neither event nor heartbeat for {seconds} s")).into()
    }
}
