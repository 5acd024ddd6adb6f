//! The live stream: a replication connection that yields whole transactions.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use mysql_async::BinlogStream;
use mysql_common::binlog::consts::BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32;
use mysql_common::binlog::events::Event as DriverEvent;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, timeout_at};

use super::assembler::Assembler;
use super::error::{Definite, READ_AGAIN, StoreError, Transient, from_driver, is_unreadable_event};
use super::event::{self, Event, Header, codes};
use super::position::parse;
use super::settle::Definitions;
use crate::change::{Batch, Position, TableId};

/// How often the server says that it is there when it has nothing else to say, where nothing else is asked for.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(5);
/// Without a word for so many heartbeats the connection is dead, whatever TCP says.
const HEARTBEATS_MISSED_MAX: u32 = 6;
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
    pub(super) assembler: Assembler,
    /// Bytes of a transaction payload whose events are still to come.
    payload_left: u64,
    place: String,
    heartbeat: Duration,
    /// When the server was last heard.
    heard: Instant,
    /// Since when the position has moved without a transaction to hand out.
    moved: Option<Instant>,
    /// What ended the stream, to be said once everything before it has been handed out.
    failed: Option<StoreError>,
}

impl Stream {
    pub(super) fn new(events: BinlogStream, assembler: Assembler, place: &str) -> Stream {
        let (place, heard) = (place.to_owned(), Instant::now());
        Stream { events, assembler, payload_left: 0, place, heartbeat: HEARTBEAT, heard, moved: None, failed: None }
    }

    /// How often the server was asked to say that it is there.
    pub(super) fn with_heartbeat(self, heartbeat: Duration) -> Stream {
        Stream { heartbeat, ..self }
    }

    fn silence_max(&self) -> Duration {
        self.heartbeat * HEARTBEATS_MISSED_MAX
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

    /// Says what else is known of tables. Where one is pending the stream ends in a transient error after its last change, so
    /// that whoever opens it again can read its definition.
    #[must_use]
    pub fn settling(mut self, definitions: &Definitions) -> Self {
        self.assembler.settle(definitions);
        self
    }

    /// Hands out one transaction at a time for so long after one of very many rows, by the binlog's own clock: what it touched
    /// is planned in between, and not all at once.
    #[must_use]
    pub fn calm_after_large(mut self, settle: Duration) -> Self {
        self.assembler.keep_calm(settle);
        self
    }

    /// Waits for a committed transaction of mapped tables, or for a position that moved without one, then takes what else
    /// is there without waiting. A batch without transactions only moves the position.
    ///
    /// Dropping the future loses nothing: what was read stays for the next call. After an error the stream is over.
    pub async fn next(&mut self, limits: &Limits) -> Result<Batch, StoreError> {
        // The caller may have been away for longer than the silence that is allowed.
        self.heard = self.heard.max(Instant::now() - (self.silence_max() - self.heartbeat));
        loop {
            if self.failed.is_none() {
                self.failed = self.read_ahead(limits).err();
            }
            let at_barrier = self.assembler.is_at_barrier();
            if at_barrier && !self.assembler.is_ready() && !self.assembler.moved() {
                return Err(Transient::new(self.assembler.place(), READ_AGAIN).into());
            }
            let at_end = self.assembler.is_at_end() && self.assembler.moved();
            let waited = at_end || self.moved.is_some_and(|since| since.elapsed() >= MOVED_WAIT_MAX);
            if at_barrier || self.assembler.is_ready() || waited {
                return self.take();
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let deadline = match self.moved {
                Some(since) if !self.assembler.is_open() => since + MOVED_WAIT_MAX,
                _ => self.heard + self.silence_max(),
            };
            match timeout_at(deadline, polled(&mut self.events)).await {
                Ok(event) => self.take_event(event)?,
                Err(_) if self.moved.is_some() => return self.take(),
                Err(_) => return Err(self.silent()),
            }
            self.heard = Instant::now();
        }
    }

    /// Waits for one event.
    pub(super) async fn one(&mut self) -> Result<(), StoreError> {
        let event = timeout_at(Instant::now() + self.silence_max(), polled(&mut self.events)).await;
        self.take_event(event.map_err(|_| self.silent())?)?;
        self.assembler.pass_barrier();
        Ok(())
    }

    /// Takes what is there without waiting, up to a batch.
    fn read_ahead(&mut self, limits: &Limits) -> Result<(), StoreError> {
        for read in 0..BATCH_EVENTS_MAX {
            if self.assembler.is_full(limits) {
                return Ok(());
            }
            // Not counted against the task's turn: the limits bound it.
            let Some(event) = unconstrained(polled(&mut self.events)).now_or_never() else {
                if read > 0 {
                    self.heard = Instant::now();
                }
                return Ok(());
            };
            self.take_event(event)?;
        }
        self.heard = Instant::now();
        Ok(())
    }

    fn take(&mut self) -> Result<Batch, StoreError> {
        self.moved = None;
        self.assembler.take()
    }

    fn take_event(&mut self, event: Polled) -> Result<(), StoreError> {
        match event {
            Ok(Some(Ok(event))) => self.feed(&event)?,
            Ok(Some(Err(error))) if is_unreadable_event(&error) => return Err(self.stop(UNREADABLE)),
            Ok(Some(Err(error))) => return Err(from_driver(&self.assembler.place(), "read the binlog", error)),
            Ok(None) => return Err(Transient::new(self.assembler.place(), "the server ended the binlog stream").into()),
            Err(_) => return Err(self.stop(UNREADABLE)),
        }
        if self.assembler.moved() && self.moved.is_none() {
            self.moved = Some(Instant::now());
        }
        Ok(())
    }

    /// Hands one event to the assembler. The driver unpacks a payload's events and lets them follow it; where it cannot, it
    /// lets nothing follow and says nothing, which the next event shows.
    fn feed(&mut self, event: &DriverEvent) -> Result<(), StoreError> {
        let view = view(event);
        if self.payload_left > 0 {
            let left = self.payload_left.checked_sub(u64::from(view.header.size));
            let Some(left) = left.filter(|_| view.header.log_pos == 0) else { return Err(self.stop(UNPACKED)) };
            self.assembler.feed_inner(view)?;
            self.payload_left = left;
            return if left == 0 { self.assembler.close_payload() } else { Ok(()) };
        }
        if !sum_is_right(event, &view) {
            return Err(self.stop(WRONG_SUM));
        }
        if view.header.code == codes::TRANSACTION_PAYLOAD {
            let payload = event::payload(view.body).ok().filter(|payload| payload.events_size > 0);
            self.payload_left = payload.ok_or_else(|| self.stop(UNPACKED))?.events_size;
        }
        self.assembler.feed(view)
    }

    fn stop(&self, (what, remedy): (&str, &str)) -> StoreError {
        Definite::new(self.assembler.place(), what, remedy).into()
    }

    fn silent(&self) -> StoreError {
        let seconds = self.silence_max().as_secs();
        Transient::new(&self.place, format!("the server has sent neither event nor heartbeat for {seconds} s")).into()
    }
}

/// What the driver has to say; an error is the panic that it ended in.
type Polled = Result<Option<mysql_async::Result<DriverEvent>>, Box<dyn Any + Send>>;

/// The driver's next event. It takes the length in an event's header for granted, and panics where the bytes are fewer: here
/// that becomes an error with its place, where it would end the task and leave whoever waits for it waiting. What it prints names
/// lengths, no bytes; and it is not polled again, because every error ends the stream.
async fn polled(events: &mut BinlogStream) -> Polled {
    AssertUnwindSafe(events.next()).catch_unwind().await
}

const UNREADABLE: (&str, &str) = (
    "the bytes of the next event are not what it says that they are",
    "check the binlog with mysqlbinlog; if the server can read it, look at what lies between it and us",
);

const UNPACKED: (&str, &str) = (
    "a compressed transaction could not be decompressed completely",
    "check the binlog with mysqlbinlog; if the server can read it, please report this",
);

const WRONG_SUM: (&str, &str) = (
    "an event's checksum is wrong",
    "check the server's disk and the binlog with mysqlbinlog --verify-binlog-checksum",
);

/// The driver's event as ours.
fn view(event: &DriverEvent) -> Event<'_> {
    let header = event.header();
    let header = Header {
        seconds: header.timestamp(),
        code: header.event_type_raw(),
        server_id: header.server_id(),
        size: header.event_size(),
        log_pos: header.log_pos(),
        flags: header.flags_raw(),
    };
    Event { header, body: event.data() }
}

/// The driver cuts checksums off without looking at them.
fn sum_is_right(event: &DriverEvent, view: &Event<'_>) -> bool {
    if event.footer().get_checksum_alg() != Ok(Some(BINLOG_CHECKSUM_ALG_CRC32)) {
        return true;
    }
    let Some(sum) = event.checksum() else { return true };
    let algorithm: &[u8] = if view.header.code == codes::FORMAT_DESCRIPTION { &[1] } else { &[] };
    event::checksum(&view.header.to_bytes(), &[view.body, algorithm]) == u32::from_le_bytes(sum)
}
