//! The left loop as it runs: sessions, over lost state databases and taken-over streams; within each the feed, over lost stores.
//!
//! A session is ours while we hold the stream's lease; it is renewed beside the loop. A session ends where another capture has
//! taken over (ours then waits like any other), where the connection to the state database is lost (what was under way has
//! happened or not: the next session reads the position back), and where the store cannot be reached for a while, so that a
//! capture that reaches it, or a replica of it, may go on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::opening::{Books, OpeningError, Terms as OpeningTerms};
use super::probe::Probe;
use super::{Options, STORE_BACKOFF, reindex, unreachable_store};
use crate::binlog::{Definitions, FileReader, Limits, Read, Source, Store, StoreError, position};
use crate::capture::{Capture, CaptureError, Opening, Terms};
use crate::change::{Batch, Position, TableId, TableShape};
use crate::erp::Erp;
use crate::mapping::Bound;
use crate::outbox::Backoff;
use crate::state::{Attachment, Begin, Begun, Commit, DIRTY_MAX, Session, State, StateError};

/// What one read of the binlog yields at most.
const LIMITS: Limits = Limits { transactions: 512, rows: 2_048 };

/// Batches that may wait between the reader and capture.
const BATCHES_MAX: usize = 2;

/// The longest that capture sleeps before it looks at the clock.
const TICK_MAX: Duration = Duration::from_secs(1);

/// How long a session's lease holds without being renewed.
const LEASE: Duration = Duration::from_secs(6);

/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(2);

/// How often a capture that waits for the lease asks for it.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Failed attempts to reach the store, after which another capture may have the stream.
const FAILURES_MAX: u32 = 4;

/// Waits between attempts to reach the state database.
const STATE_BACKOFF: Backoff = Backoff { first: Duration::from_millis(100), max: Duration::from_secs(5) };

/// Where transactions come from.
pub(super) enum Feed {
    /// A server.
    Live { source: Source, store: Box<Store> },
    /// A binlog file.
    Recorded(Option<Box<FileReader>>),
}

/// The left loop, ready to run.
pub(super) struct Left {
    pub state: Arc<dyn State>,
    pub erp: Arc<dyn Erp>,
    pub bound: Arc<Bound>,
    pub terms: Arc<Terms>,
    pub attachment: Attachment,
    pub feed: Feed,
    /// Where a stream that has not run yet begins.
    pub begin: Option<Position>,
    /// The head of the binlog when the mirror was filled; until the stream is open.
    pub filled_at: Option<Position>,
    /// How the books are opened.
    pub opening: OpeningTerms,
    /// What the mapped tables look like at the last committed position; `None` where that was never kept.
    pub shapes: Option<Vec<TableShape>>,
    pub options: Options,
    pub probe: Probe,
    /// How long an earlier life's requests may still take effect in an ERP that would not refuse a second one.
    pub look_up_after: Duration,
    /// True while a session is ours.
    pub leads: watch::Sender<bool>,
}

/// Why a session ended that another follows.
enum Over {
    /// Another capture has the stream.
    Replaced,
    /// The state database is not reached.
    Lost,
    /// The store is not reached.
    Yielded,
}

/// The store was not reached for a while, or not when a session began.
#[derive(Debug, thiserror::Error)]
#[error("the store was not reached")]
struct Unreached;

impl Left {
    /// Runs session after session until `stop` turns true, the work is done, or something fails that does not mend itself.
    ///
    /// # Errors
    /// What failed, with its place and remedy.
    pub async fn run(&mut self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let mut failures = 0;
        loop {
            let session = match self.session(&mut stop).await {
                Ok(Some(session)) => session,
                Ok(None) => return Ok(()),
                Err(error) if error.is_transient() => {
                    failures += 1;
                    self.pause(&error, failures, &mut stop).await;
                    continue;
                }
                Err(error) => return Err(anyhow::Error::new(error).context("begin a capture session")),
            };
            failures = 0;
            let epoch = session.epoch;
            self.leads.send_replace(true);
            let ended = self.one_session(session, stop.clone()).await;
            self.leads.send_replace(false);
            let Err(error) = ended else {
                // A standby need not wait for the lease to run out.
                let _ = self.state.end(epoch).await;
                return Ok(());
            };
            match over(&error) {
                Some(Over::Replaced) => info!("another capture has taken over the stream; waiting for its lease"),
                Some(Over::Yielded) => {
                    warn!("the store cannot be read from: another capture may have the stream");
                    let _ = self.state.end(epoch).await;
                    sleep(ASK_AGAIN * 2, &mut stop).await;
                }
                Some(Over::Lost) => {
                    failures += 1;
                    self.pause(&error, failures, &mut stop).await;
                }
                None => {
                    let _ = self.state.end(epoch).await;
                    return Err(error);
                }
            }
        }
    }

    async fn pause(&self, error: &impl std::fmt::Display, failures: u32, stop: &mut watch::Receiver<bool>) {
        let wait = STATE_BACKOFF.wait(failures, rand::random_range(0..1000));
        warn!(%error, ?wait, "state database lost, will go on from the position that it has");
        sleep(wait, stop).await;
    }

    /// Waits for the stream's lease; `None` where it is told to stop before.
    async fn session(&self, stop: &mut watch::Receiver<bool>) -> Result<Option<Session>, StateError> {
        let mut told = false;
        while !*stop.borrow() {
            let begin = Begin {
                holder: holder(),
                lease: LEASE,
                ..Begin::new(self.bound.footprint(), self.bound.version(), self.erp.late_max())
            };
            match self.state.begin(begin).await? {
                Begun::Session(session) => {
                    info!(epoch = session.epoch, "capture session begun");
                    return Ok(Some(*session));
                }
                Begun::Waits { holder, until } => {
                    if !std::mem::replace(&mut told, true) {
                        info!(holder, %until, "another capture has the stream; waiting for its lease");
                    }
                    sleep(ASK_AGAIN, stop).await;
                }
            }
        }
        Ok(None)
    }

    async fn one_session(&mut self, session: Session, stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        self.state.attach(self.attachment.clone()).await?;
        let (state, epoch) = (self.state.clone(), session.epoch);
        let keeping = async move {
            loop {
                tokio::time::sleep(RENEW).await;
                if let Err(error) = state.renew(epoch).await {
                    return error;
                }
            }
        };
        let capturing = async {
            if session.reindex {
                let done = reindex::run(self.state.as_ref(), &self.bound, &session).await;
                done.map_err(|e| e.context("work out the mirror's owners again"))?;
            }
            self.agree(&session).await?;
            self.capture(session, stop).await
        };
        tokio::select! {
            captured = capturing => captured,
            error = keeping => Err(error.into()),
        }
    }

    /// Notes the mapping that a person has started us with.
    async fn agree(&self, session: &Session) -> Result<(), StateError> {
        let version = self.bound.version();
        if self.state.told_by().await?.is_none_or(|told_by| told_by == version) {
            return Ok(());
        }
        let (clock, agreed) = (session.clock, Some(version.to_owned()));
        self.state.commit(session.epoch, Commit { clock, agreed, ..Commit::default() }).await.map(|_| ())
    }

    /// One session, over reconnects to the store.
    async fn capture(&mut self, mut session: Session, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let mut position = tokio::select! {
            position = self.first_position(&session) => position?,
            _ = stop.changed() => return Ok(()),
        };
        if session.position.is_none() {
            // What the mirror was filled with may have to be told.
            session.dirty = self.state.dirty(DIRTY_MAX).await?;
            session.unread_before = (self.opening.how == Opening::None).then_some(session.began_at);
        }
        let look_up_after = self.look_up_after;
        let mut capture =
            Capture::new(self.state.clone(), self.bound.clone(), self.terms.clone(), &session, look_up_after);
        let mut server = session.server.clone();
        self.shapes.clone_from(&session.shapes);
        if session.position.is_some() {
            self.connect_on(Read { position: &position, server: server.as_ref(), begun: capture.begun() }).await?;
        }
        let mut failures = 0;
        let mut target = None;
        loop {
            if let Feed::Live { source, store } = &self.feed {
                self.probe.reads_from(store.only(source), &position);
            }
            if let Feed::Live { store, .. } = &self.feed
                && server.as_ref() != Some(&store.identity())
            {
                server = Some(store.identity());
                capture.read_from(store.identity());
            }
            let error = match self.feed_capture(&mut capture, &mut position, &mut target, &mut stop).await? {
                Fed::Stopped | Fed::Done => return Ok(()),
                Fed::Lost { error, progressed } => {
                    failures = if progressed { 0 } else { failures + 1 };
                    error
                }
            };
            if failures > FAILURES_MAX && !self.options.once {
                return Err(Unreached.into());
            }
            let wait = STORE_BACKOFF.wait(failures, rand::random_range(0..1000));
            warn!(%error, ?wait, "store lost, will connect again from the last committed position");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed() => return Ok(()),
            }
            if let Feed::Live { source, store } = &mut self.feed {
                let read = Read { position: &position, server: server.as_ref(), begun: capture.begun() };
                reconnect(source, store, Some(read)).await?;
            }
        }
    }

    /// Makes sure that the store that we are connected to has all that was read, or goes to another of its hosts.
    async fn connect_on(&mut self, read: Read<'_>) -> anyhow::Result<()> {
        let Feed::Live { source, store } = &mut self.feed else { return Ok(()) };
        if store.must_have(read).await.is_err() {
            **store = match Store::connect_on(source, read).await {
                Ok(store) => store,
                // It was reached when the process started: by a later session it may be away for a while.
                Err(StoreError::Transient(error)) if !self.options.once => {
                    warn!(%error, "store not reached, or not as far as the stream");
                    return Err(Unreached.into());
                }
                Err(error) => return Err(unreachable_store(error)),
            };
        }
        Ok(())
    }

    /// Where the stream begins. A first start's position is stored once the mirror is filled, and before any event is read.
    async fn first_position(&mut self, session: &Session) -> anyhow::Result<Position> {
        if let Some(position) = &session.position {
            if self.options.from.is_some() {
                info!(%position, "--from is for a stream's first start; this one goes on from its state database");
            }
            return Ok(position.clone());
        }
        // A recording begins where it begins.
        let Some(position) = self.begin.clone() else { return Ok(Position(String::new())) };
        if let Feed::Live { source, store } = &mut self.feed {
            let state = self.state.as_ref();
            let books = Books::open(state, &self.bound, session, &position, &self.opening, &|_| ());
            let begun = books.run(source, store).await?;
            begun.tally.tell();
            self.filled_at = begun.filled_at;
            info!(position = %begun.position, "stream begins");
            return Ok(begun.position);
        }
        info!(%position, "stream begins");
        Ok(position)
    }

    /// Feeds capture from one connection until it is lost, the work is done, or `stop`.
    async fn feed_capture(
        &mut self,
        capture: &mut Capture,
        position: &mut Position,
        target: &mut Option<Position>,
        stop: &mut watch::Receiver<bool>,
    ) -> anyhow::Result<Fed> {
        let Connected { mut batches, head, shapes, reader: _reader } = match self.connect(position).await {
            Ok(connected) => connected,
            Err(StoreError::Transient(error)) => return Ok(Fed::Lost { error: error.to_string(), progressed: false }),
            Err(error) => return Err(self.explained(error)),
        };
        if shapes.is_some() {
            // Kept before anything is read: a statement that comes later must not count for what came before it.
            self.shapes.clone_from(&shapes);
            let first = Batch { transactions: Vec::new(), position: position.clone(), shapes };
            let _ = capture.batch(&first, Timestamp::now(), false).await?;
        }
        let target = target.get_or_insert_with(|| head.clone());
        let mut caught_up = position::reached(position, &head);
        let mut progressed = false;
        loop {
            let reads_on = !(self.options.once && caught_up && position::reached(position, target));
            if !reads_on && capture.settling() == 0 {
                return Ok(Fed::Done);
            }
            let tick = next_tick(capture);
            tokio::select! {
                // A shop never stops: what comes after the target would keep `once` from ever ending.
                batch = batches.recv(), if reads_on => match batch {
                    Some(Ok(batch)) => {
                        progressed = true;
                        caught_up = caught_up || position::reached(&batch.position, &head);
                        let live = caught_up && batch.transactions.len() < LIMITS.transactions;
                        let stepped = capture.batch(&batch, Timestamp::now(), live).await?;
                        *position = batch.position;
                        self.shapes = batch.shapes.or(self.shapes.take());
                        self.probe.reached(position);
                        tracing::debug!(planned = stepped.planned, changes = stepped.changes, %position, "batch committed");
                    }
                    Some(Err(StoreError::Transient(error))) => {
                        return Ok(Fed::Lost { error: error.to_string(), progressed });
                    }
                    Some(Err(error)) => return Err(self.explained(error)),
                    // A recording has ended: from here on the wall clock counts.
                    None if matches!(self.feed, Feed::Recorded(_)) => return finish_recording(capture).await,
                    None => return Ok(Fed::Lost { error: "the reader ended".into(), progressed }),
                },
                () = tokio::time::sleep(tick), if caught_up => drop(capture.tick(Timestamp::now()).await?),
                _ = stop.changed() => return Ok(Fed::Stopped),
            }
        }
    }

    /// Connects the feed.
    async fn connect(&mut self, position: &Position) -> Result<Connected, StoreError> {
        let (send, batches) = mpsc::channel(BATCHES_MAX);
        let empty = self.empty_tables().await;
        match &mut self.feed {
            Feed::Live { store, .. } => {
                let head = store.head_like(position).await?;
                let known = store.definitions(position, &tables(&self.bound), self.shapes.as_deref()).await?;
                let mut known = Definitions { really: self.bound.settings().charset.clone(), ..known };
                self.bound.settings().correct(&mut known.shapes);
                let shapes = self.shapes.is_none().then(|| known.shapes.clone());
                let stream = store.stream(position, self.bound.footprint(), &known.shapes).await?;
                let settle = self.bound.settings().settle;
                let mut stream = stream.settling(&known).assume_empty(&empty).calm_after_large(settle);
                if let Some(head) = self.filled_at.take() {
                    stream = stream.assume_filled(&self.bound.tables_to_fill(), &head);
                }
                info!(%position, "binlog stream open");
                let task = tokio::spawn(async move {
                    loop {
                        let batch = stream.next(&LIMITS).await;
                        let ended = batch.is_err();
                        if send.send(batch).await.is_err() || ended {
                            return;
                        }
                    }
                });
                Ok(Connected { batches, head, shapes, reader: Reader(task) })
            }
            Feed::Recorded(reader) => {
                let reader = reader.take();
                let settle = self.bound.settings().settle;
                let task = tokio::task::spawn_blocking(move || {
                    let Some(reader) = reader else { return };
                    let mut reader = reader.assume_empty(&empty).calm_after_large(settle);
                    while let Some(batch) = reader.next(&LIMITS).transpose() {
                        let ended = batch.is_err();
                        if send.blocking_send(batch).is_err() || ended {
                            return;
                        }
                    }
                });
                Ok(Connected { batches, head: Position("file:~:0".into()), shapes: None, reader: Reader(task) })
            }
        }
    }

    /// A fault of the store, with the places of the SELECTs that use the column that it is about.
    fn explained(&self, error: StoreError) -> anyhow::Error {
        let StoreError::Definite(definite) = &error else { return error.into() };
        let Some((table, column)) = definite.column() else { return error.into() };
        let (places, column) = (self.bound.used_at(table, column).join(", "), column.to_owned());
        let error = anyhow::Error::new(error);
        if places.is_empty() { error } else { anyhow::anyhow!("{error:#} (`{column}` is used at {places})") }
    }

    /// The mapped tables of which the mirror holds no row.
    async fn empty_tables(&self) -> BTreeSet<TableId> {
        let all = 0..self.bound.footprint().tables.len();
        match self.state.mirrored().await {
            Ok(mirrored) => all.filter(|table| !mirrored.contains(table)).collect(),
            // Then every table counts as filled; the next commit meets the same error.
            Err(error) => {
                warn!(%error, "could not ask the mirror");
                BTreeSet::new()
            }
        }
    }
}

/// How feeding capture from one connection ended.
enum Fed {
    Done,
    Stopped,
    Lost { error: String, progressed: bool },
}

/// Connects to the store again; one that is not reached is tried again later.
pub(super) async fn reconnect(source: &Source, store: &mut Store, read: Option<Read<'_>>) -> anyhow::Result<()> {
    let connected = match read {
        Some(read) => Store::connect_on(source, read).await,
        None => Store::connect(source).await,
    };
    match connected {
        Ok(again) => *store = again,
        Err(StoreError::Transient(error)) => warn!(%error, "store not reached"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// A feed that has been connected.
struct Connected {
    batches: mpsc::Receiver<Result<Batch, StoreError>>,
    /// Where its binlog ended then.
    head: Position,
    /// What the mapped tables look like where it begins, where that is to be kept first.
    shapes: Option<Vec<TableShape>>,
    /// Ends the reading when dropped.
    reader: Reader,
}

/// The reading task; it ends with its holder.
struct Reader(JoinHandle<()>);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a session's end means, where another session follows it.
fn over(error: &anyhow::Error) -> Option<Over> {
    let state = error.chain().find_map(|cause| {
        let direct = cause.downcast_ref::<StateError>();
        let captured = || match cause.downcast_ref::<CaptureError>() {
            Some(CaptureError::State(error)) => Some(error),
            _ => None,
        };
        let filled = || match cause.downcast_ref::<OpeningError>() {
            Some(OpeningError::State(error)) => Some(error),
            _ => None,
        };
        direct.or_else(captured).or_else(filled)
    });
    match state {
        Some(StateError::Fenced { .. }) => Some(Over::Replaced),
        Some(error) if error.is_transient() => Some(Over::Lost),
        Some(_) => None,
        None => error.is::<Unreached>().then_some(Over::Yielded),
    }
}

async fn sleep(wait: Duration, stop: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        _ = stop.changed() => {}
    }
}

/// Who we are, for the person who looks at who has the stream.
fn holder() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = if host.trim().is_empty() { "host" } else { host.trim() };
    format!("{host} process {}", std::process::id())
}

fn tables(bound: &Bound) -> Vec<String> {
    bound.footprint().tables.iter().map(|t| t.table.clone()).collect()
}

fn next_tick(capture: &Capture) -> Duration {
    let Some(due) = capture.next_due() else { return TICK_MAX };
    Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO).min(TICK_MAX)
}

async fn finish_recording(capture: &mut Capture) -> anyhow::Result<Fed> {
    while capture.settling() > 0 {
        tokio::time::sleep(next_tick(capture)).await;
        let _ = capture.tick(Timestamp::now()).await?;
    }
    Ok(Fed::Done)
}
