//! The state database as an embedded SQLite file: the default, with nothing to set up.
//!
//! Write-ahead log with `synchronous=FULL`: what is committed survives a power cut. One bridge at a time has the file, by a
//! lock on `<file>.lock` that the operating system drops when the process dies; `ledgertap status` reads beside it.

mod along;
mod binlog;
mod books;
mod mirror;
mod opening;
mod operator;
mod outbox;
mod planned;
mod read;
#[cfg(test)]
mod tests;
pub(in crate::state) mod thread;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Notify;

use self::thread::Thread;
use super::{
    Attachment, Attempt, Begin, Begun, ClaimTerms, Commit, CustomerRecord, DirtyPage, EntryFilter, EntryHistory,
    EntryInfo, Gauges, HeldOrder, LoadedBooks, MirrorKey, Named, OrderRecord, PlannedEntry, Redelivered, RowUnder,
    Settled, Skipped, State, StateError, Summary, Undocumented, Which, schema,
};
use crate::change::{Footprint, Lookup, MirrorRow, Position, Row, RowChange, RowKey, TableId};
use crate::document::Item;
use crate::outbox::{Claimed, MissingItem, Rate, SkipHow, Transition};

mod migrations {
    refinery::embed_migrations!("schema/state/sqlite");
}

/// Readable by its owner only: it holds customers' names and addresses.
const PRIVATE: u32 = 0o600;

/// A file that must be there; the write-ahead log needs to be written even to read.
const EXISTING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Rows that are compared at once, at the most.
const COMPARED_MAX: usize = 500;

/// A SQLite file, bound to one stream.
#[derive(Debug)]
pub struct SqliteState {
    stream: Arc<str>,
    /// Table names and row widths, known once a session has begun.
    footprint: RwLock<Arc<Footprint>>,
    writer: Option<Thread>,
    reader: Thread,
    wake: Arc<Notify>,
    _lock: Option<File>,
}

impl SqliteState {
    /// Opens or makes the file for a bridge: takes its lock and brings its schema up to date.
    ///
    /// # Errors
    /// [`StateError::Locked`], [`StateError::Open`], or [`StateError::Version`] where a newer ledgertap has been here.
    pub fn open(path: &Path, stream: &str) -> Result<SqliteState, StateError> {
        let (lock, connection) = made(path)?;
        let reader = Connection::open(path).map_err(|e| open_error(path, e))?;
        settings(&reader).map_err(|e| open_error(path, e))?;
        Ok(SqliteState {
            stream: stream.into(),
            footprint: RwLock::default(),
            writer: Some(Thread::writer(connection)),
            reader: Thread::reader(reader),
            wake: Arc::new(Notify::new()),
            _lock: Some(lock),
        })
    }

    /// Opens an existing file to let a person change entries, beside a bridge that may be running: it takes no lock, and may
    /// call nothing that captures or relays.
    ///
    /// # Errors
    /// As [`SqliteState::open_to_read`].
    pub fn open_beside(path: &Path, stream: &str) -> Result<SqliteState, StateError> {
        let beside = SqliteState::open_to_read(path, stream)?;
        let writer = Connection::open_with_flags(path, EXISTING).map_err(|e| open_error(path, e))?;
        settings(&writer).map_err(|e| open_error(path, e))?;
        Ok(SqliteState { writer: Some(Thread::writer(writer)), ..beside })
    }

    /// Opens an existing file to read it, beside a bridge that may be running.
    ///
    /// # Errors
    /// [`StateError::Missing`] where there is no such file, [`StateError::Open`] where it is no state database,
    /// [`StateError::Version`] and [`StateError::Outdated`] where its schema is not this version's.
    pub fn open_to_read(path: &Path, stream: &str) -> Result<SqliteState, StateError> {
        let reader = found(path)?;
        Ok(SqliteState {
            stream: stream.into(),
            footprint: RwLock::default(),
            writer: None,
            reader: Thread::reader(reader),
            wake: Arc::new(Notify::new()),
            _lock: None,
        })
    }

    /// True where a bridge has the file; without a lock file nobody has.
    pub fn is_in_use(path: &Path) -> bool {
        let there = File::options().write(true).open(lock_path(path));
        there.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    fn writer(&self) -> Result<&Thread, StateError> {
        self.writer.as_ref().ok_or(StateError::Stopped)
    }

    /// What reads for capture: the writer, whose cache holds what was written a moment ago. Another connection forgets its own
    /// with each commit, and reads all of it from the file again.
    fn hot(&self) -> &Thread {
        self.writer.as_ref().unwrap_or(&self.reader)
    }

    fn footprint(&self) -> Arc<Footprint> {
        self.footprint.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl State for SqliteState {
    async fn begin(&self, begin: Begin) -> Result<Begun, StateError> {
        let footprint = Arc::new(begin.footprint.clone());
        *self.footprint.write().unwrap_or_else(std::sync::PoisonError::into_inner) = footprint;
        let stream = self.stream.clone();
        // The file's lock is the lease.
        let session = self.writer()?.run(move |c| write::begin(c, &stream, &begin)).await?;
        Ok(Begun::Session(Box::new(session)))
    }

    async fn renew(&self, epoch: i64) -> Result<(), StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| write::keeps(c, &stream, epoch).map(|_| ())).await
    }

    async fn end(&self, _epoch: i64) -> Result<(), StateError> {
        Ok(())
    }

    async fn load(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError> {
        let (stream, footprint) = (self.stream.clone(), self.footprint());
        self.hot().run(move |c| mirror::load(c, &stream, &footprint, lookups)).await
    }

    async fn keys(&self, lookups: Vec<Lookup>) -> Result<Vec<(Lookup, Vec<MirrorKey>)>, StateError> {
        let (stream, footprint) = (self.stream.clone(), self.footprint());
        // Who plans the past asks: nothing is written then, and what else is asked for comes from the writer meanwhile.
        self.reader.run(move |c| mirror::keys(c, &stream, &footprint, lookups)).await
    }

    async fn differing(&self, rows: Vec<(MirrorKey, Option<Row>)>) -> Result<Vec<MirrorKey>, StateError> {
        let (mut rows, mut differing) = (rows.into_iter(), Vec::new());
        loop {
            // Whoever else asks meanwhile has a turn after so few.
            let some: Vec<_> = rows.by_ref().take(COMPARED_MAX).collect();
            if some.is_empty() {
                return Ok(differing);
            }
            let (stream, footprint) = (self.stream.clone(), self.footprint());
            // So many rows that nothing is gained by the writer's cache, and capture would wait.
            differing.extend(self.reader.run(move |c| mirror::differing(c, &stream, &footprint, some)).await?);
        }
    }

    async fn mirrored(&self) -> Result<BTreeSet<TableId>, StateError> {
        let (stream, footprint) = (self.stream.clone(), self.footprint());
        self.reader.run(move |c| mirror::mirrored(c, &stream, &footprint)).await
    }

    async fn rows(&self, table: TableId, after: Option<RowKey>, rows_max: usize) -> Result<Vec<MirrorRow>, StateError> {
        let (stream, footprint) = (self.stream.clone(), self.footprint());
        self.reader.run(move |c| mirror::rows(c, &stream, &footprint, table, after.as_deref(), rows_max)).await
    }

    async fn dirty(&self, documents_max: usize) -> Result<DirtyPage, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| read::dirty(c, &stream, documents_max)).await
    }

    async fn prepared(&self, xid: &str, part: u32) -> Result<Option<Vec<RowChange>>, StateError> {
        let (stream, xid) = (self.stream.clone(), xid.to_owned());
        self.reader.run(move |c| binlog::prepared(c, &stream, &xid, part)).await
    }

    async fn told_by(&self) -> Result<Option<String>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| read::told_by(c, &stream)).await
    }

    async fn load_books(
        &self,
        orders: Vec<String>,
        customers: Vec<String>,
        numbers: Vec<String>,
    ) -> Result<LoadedBooks, StateError> {
        let stream = self.stream.clone();
        self.hot().run(move |c| read::books(c, &stream, orders, customers, numbers)).await
    }

    async fn commit(&self, epoch: i64, commit: Commit) -> Result<Vec<i64>, StateError> {
        let (stream, footprint) = (self.stream.clone(), self.footprint());
        let news = !commit.outbox.is_empty();
        let seqs = self.writer()?.run(move |c| write::commit(c, &stream, &footprint, epoch, &commit)).await?;
        if news {
            self.wake.notify_one();
        }
        Ok(seqs)
    }

    async fn claim(&self, terms: ClaimTerms) -> Result<Vec<Claimed>, StateError> {
        let stream = self.stream.clone();
        self.writer()?.run(move |c| outbox::claim(c, &stream, &terms)).await
    }

    async fn settle(&self, claimed: &Claimed, transition: Transition, attempt: Attempt) -> Result<Settled, StateError> {
        let (stream, claimed) = (self.stream.clone(), claimed.clone());
        let settled = self.writer()?.run(move |c| outbox::settle(c, &stream, &claimed, &transition, &attempt)).await?;
        self.wake.notify_one();
        Ok(settled)
    }

    async fn take_up(&self, look_up_after: Duration) -> Result<(), StateError> {
        let stream = self.stream.clone();
        self.writer()?.run(move |c| outbox::take_up(c, &stream, look_up_after)).await
    }

    async fn retry(&self, which: Which) -> Result<Vec<String>, StateError> {
        let stream = self.stream.clone();
        let retried = self.writer()?.run(move |c| outbox::retry(c, &stream, &which)).await?;
        self.wake.notify_one();
        Ok(retried)
    }

    async fn skip(&self, which: Which, how: SkipHow, reason: String) -> Result<Vec<Skipped>, StateError> {
        let stream = self.stream.clone();
        let skipped = self.writer()?.run(move |c| outbox::skip(c, &stream, &which, how, &reason)).await?;
        self.wake.notify_one();
        Ok(skipped)
    }

    async fn would_skip(&self, which: Which, how: SkipHow) -> Result<Vec<Skipped>, StateError> {
        let stream = self.stream.clone();
        self.writer()?.run(move |c| outbox::would_skip(c, &stream, &which, how)).await
    }

    async fn redeliver(&self, entries: Vec<i64>, look_up_after: Duration) -> Result<Redelivered, StateError> {
        let stream = self.stream.clone();
        let redelivered = self.writer()?.run(move |c| planned::redeliver(c, &stream, &entries, look_up_after)).await?;
        self.wake.notify_one();
        Ok(redelivered)
    }

    async fn planned(&self, before: Option<i64>, entries_max: usize) -> Result<Vec<PlannedEntry>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| planned::planned(c, &stream, before, entries_max)).await
    }

    async fn customers_before(&self, customers: Vec<String>, from: i64) -> Result<Vec<CustomerRecord>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| planned::customers_before(c, &stream, customers, from)).await
    }

    async fn reserve(&self, endpoint: &str, rate: Rate, requests: u32) -> Result<Duration, StateError> {
        let (stream, endpoint) = (self.stream.clone(), endpoint.to_owned());
        self.writer()?.run(move |c| outbox::reserve(c, &stream, &endpoint, rate, requests)).await
    }

    async fn prune(&self, age: Duration, entries_max: usize) -> Result<usize, StateError> {
        let stream = self.stream.clone();
        self.writer()?.run(move |c| outbox::prune(c, &stream, age, entries_max)).await
    }

    async fn items(&self) -> Result<BTreeMap<String, Item>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| books::items(c, &stream)).await
    }

    async fn add_items(&self, items: BTreeMap<String, Item>) -> Result<Vec<String>, StateError> {
        let stream = self.stream.clone();
        let released = self.writer()?.run(move |c| books::add_items(c, &stream, &items)).await?;
        self.wake.notify_one();
        Ok(released)
    }

    async fn accounts(&self) -> Result<Vec<CustomerRecord>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| books::accounts(c, &stream)).await
    }

    async fn add_accounts(&self, accounts: BTreeMap<String, String>) -> Result<(), StateError> {
        let stream = self.stream.clone();
        self.writer()?.run(move |c| books::add_accounts(c, &stream, &accounts)).await
    }

    async fn forget(&self, named: Named) -> Result<bool, StateError> {
        let stream = self.stream.clone();
        self.writer()?.run(move |c| books::forget(c, &stream, &named)).await
    }

    async fn awaited_items(&self) -> Result<BTreeSet<MissingItem>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| books::awaited_items(c, &stream)).await
    }

    async fn release(&self, items: Vec<MissingItem>) -> Result<Vec<String>, StateError> {
        let stream = self.stream.clone();
        let released = self.writer()?.run(move |c| books::release(c, &stream, &items)).await?;
        self.wake.notify_one();
        Ok(released)
    }

    async fn attach(&self, attachment: Attachment) -> Result<(), StateError> {
        self.writer()?.run(move |c| books::attach(c, &attachment)).await
    }

    async fn attached_to(&self, account: String) -> Result<Vec<Attachment>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| books::attached_to(c, &stream, &account)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| read::next_due(c, &stream)).await
    }

    fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    async fn streams(&self) -> Result<Vec<String>, StateError> {
        self.reader.run(operator::streams).await
    }

    async fn position(&self) -> Result<Option<Position>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| read::position(c, &stream)).await
    }

    async fn gauges(&self) -> Result<Gauges, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| operator::gauges(c, &stream)).await
    }

    async fn summary(&self) -> Result<Summary, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| operator::summary(c, &stream)).await
    }

    async fn list(&self, filter: EntryFilter) -> Result<Vec<EntryInfo>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| operator::list(c, &stream, &filter)).await
    }

    async fn history(&self, seq: i64) -> Result<Option<EntryHistory>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| operator::history(c, &stream, seq)).await
    }

    async fn undocumented(&self, order: &str) -> Result<Undocumented, StateError> {
        let (stream, order) = (self.stream.clone(), order.to_owned());
        self.reader.run(move |c| opening::undocumented(c, &stream, &order)).await
    }

    async fn absorbed_of(&self, orders: Vec<String>) -> Result<BTreeSet<String>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| opening::absorbed_of(c, &stream, orders)).await
    }

    async fn under(&self, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError> {
        let (stream, index, owner) = (self.stream.clone(), index.to_owned(), owner.to_owned());
        self.reader.run(move |c| mirror::under(c, &stream, &index, &owner)).await
    }

    async fn orders_called(&self, called: &str) -> Result<Vec<OrderRecord>, StateError> {
        let (stream, called) = (self.stream.clone(), called.to_owned());
        self.reader.run(move |c| read::orders_called(c, &stream, &called)).await
    }

    async fn held(&self) -> Result<Vec<HeldOrder>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| operator::held(c, &stream)).await
    }

    async fn orders(&self) -> Result<Vec<OrderRecord>, StateError> {
        let stream = self.stream.clone();
        self.reader.run(move |c| read::orders(c, &stream)).await
    }
}

/// Makes the file or opens it, takes its lock and brings its schema up to date.
pub(in crate::state) fn made(path: &Path) -> Result<(File, Connection), StateError> {
    let lock = take_lock(path)?;
    make_private(path)?;
    let mut connection = Connection::open(path).map_err(|e| open_error(path, e))?;
    settings(&connection).and_then(|()| connection.execute_batch(WRITER)).map_err(|e| open_error(path, e))?;
    migrate(path, &mut connection)?;
    Ok((lock, connection))
}

/// Opens a file to read that is there and of this version.
pub(in crate::state) fn found(path: &Path) -> Result<Connection, StateError> {
    if !path.exists() {
        return Err(StateError::Missing { path: path.display().to_string() });
    }
    let reader = Connection::open_with_flags(path, EXISTING).map_err(|e| open_error(path, e))?;
    reader.execute_batch("PRAGMA query_only = ON; PRAGMA busy_timeout = 5000;").map_err(|e| open_error(path, e))?;
    reader.query_row("SELECT count(*) FROM stream", [], |_| Ok(())).map_err(|e| open_error(path, e))?;
    schema::current(&path.display().to_string(), schema_of(path, &reader)?, newest_schema())?;
    Ok(reader)
}

/// Brings the schema up to date.
fn migrate(path: &Path, connection: &mut Connection) -> Result<(), StateError> {
    let begun: bool = connection
        .query_row("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history')", [], |r| {
            r.get(0)
        })
        .map_err(|e| open_error(path, e))?;
    if begun {
        schema::not_newer(&path.display().to_string(), schema_of(path, connection)?, newest_schema())?;
    }
    migrations::migrations::runner().run(connection).map(|_| ()).map_err(|e| schema_error(path, e))
}

/// The version of the schema that a file has.
fn schema_of(path: &Path, connection: &Connection) -> Result<i64, StateError> {
    let found: Option<i64> = connection
        .query_row("SELECT max(version) FROM refinery_schema_history", [], |r| r.get(0))
        .map_err(|e| open_error(path, e))?;
    Ok(found.unwrap_or_default())
}

fn newest_schema() -> i64 {
    migrations::migrations::runner().get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or_default()
}

fn lock_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

pub(in crate::state) fn take_lock(path: &Path) -> Result<File, StateError> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE)
        .open(lock_path(path))
        .map_err(|e| StateError::Open { path: path.display().to_string(), source: Box::new(e) })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StateError::Locked { path: path.display().to_string() }),
        Err(TryLockError::Error(e)) => Err(StateError::Open { path: path.display().to_string(), source: Box::new(e) }),
    }
}

/// Makes the file, where there is none, for its owner only; SQLite gives its log the same permissions.
fn make_private(path: &Path) -> Result<(), StateError> {
    match File::options().create_new(true).write(true).mode(PRIVATE).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StateError::Open { path: path.display().to_string(), source: Box::new(error) }),
    }
}

fn schema_error(path: &Path, error: refinery::Error) -> StateError {
    let path = path.display().to_string();
    match error.kind() {
        _ if thread::is_full(&error) => StateError::Full { path, action: "make its tables", source: Box::new(error) },
        // What the file system or SQLite refuses is no matter of versions.
        refinery::error::Kind::Connection(..) => StateError::Open { path, source: error.to_string().into() },
        _ => StateError::Version { path, reason: error.to_string() },
    }
}

fn open_error(path: &Path, error: rusqlite::Error) -> StateError {
    if thread::is_full(&error) {
        return StateError::Full { path: path.display().to_string(), action: "open", source: Box::new(error) };
    }
    StateError::Open { path: path.display().to_string(), source: Box::new(error) }
}

/// Pages that a commit changes stay in memory until it ends, and several commits are copied into the file together: what they
/// have in common, once.
///
/// What is read between two commits is read over this connection, too, and mostly near what was read before.
const WRITER: &str = "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000;";

fn settings(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(64);
    // Else a statement whose plan might use a partial index is prepared anew each time that a value is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;",
    )
}

/// Reads a stored time.
fn from_us(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or_default()
}

fn damaged(stream: &str, what: impl Into<String>, reason: impl ToString) -> StateError {
    StateError::Damaged { stream: stream.to_owned(), what: what.into(), reason: reason.to_string() }
}

fn now() -> Timestamp {
    // Whole microseconds, as they are stored.
    from_us(Timestamp::now().as_microsecond())
}
