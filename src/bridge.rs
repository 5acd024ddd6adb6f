//! The composition root: builds the stages from the config, runs the two loops side by side, and shuts them down.
//!
//! ```text
//! reader task ─▶ channel ─▶ capture task ─▶ state ─▶ relay task ─▶ ERP
//! ```
//!
//! The reader only reads: neither a slow commit nor a slow ERP stops it from answering the store, until the channel is full.
//! A store that goes away is connected again from the last committed position, with backoff; what cannot mend itself ends the
//! run with its place and remedy. Beside the loops a probe looks whether the shop's new rows are in the binlog at all. A stream's
//! first start fills the mirror with what the store already has of customers and
//! lookup tables before it has a position.

mod fill;
mod live;
mod preview;
mod probe;
mod reindex;
mod terms;
mod verify;

pub use live::Live;
pub use preview::{Hold, Preview};
pub use terms::{alone, attachment, shares_account, terms, terms_of};
pub use verify::{Difference, Sample, Verified};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use self::fill::Fill;
use self::probe::Probe;
use crate::binlog::{Definitions, FileReader, From, Limits, Read, Source, Store, StoreError, position};
use crate::capture::{Capture, Policy, Terms};
use crate::change::{Batch, Position, TableId, TableShape};
use crate::config::{Config, ErpConfig, StateUrl, StoreConfig};
use crate::document::DocumentKind;
use crate::erp::{Erp, Guarantee, kingdee_xingchen};
use crate::mapping::{Bound, Mapping};
use crate::outbox::{Backoff, BreakerPolicy};
use crate::relay::{self, CrosswalkSource, Policy as RetryPolicy, Progress};
use crate::state::sqlite::SqliteState;
use crate::state::{Attachment, Begin, DIRTY_MAX, Session, State, Summary};

/// How a run begins and ends.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the first start of a stream begins; later starts go on from the state database.
    pub from: Option<From>,
    /// End once the head of the binlog as it was at the start is reached and all that can be delivered is delivered.
    pub once: bool,
    /// Go on under a mapping that has changed since documents were told.
    pub accept_mapping: bool,
}

/// What one read of the binlog yields at most.
const LIMITS: Limits = Limits { transactions: 512, rows: 2_048 };

/// Batches that may wait between the reader and capture.
const BATCHES_MAX: usize = 2;

/// Failed attempts of one entry, with nothing delivered in between, after which `once` gives up.
const ONCE_ATTEMPTS_MAX: u32 = 10;

/// The longest that capture sleeps before it looks at the clock.
const TICK_MAX: Duration = Duration::from_secs(1);

/// The pause after refused credentials.
const UNAUTHORISED_PAUSE: Duration = Duration::from_secs(60);

/// So many failures in a row, among all relays, and the ERP counts as down.
const ERP_FAILURES_MAX: u32 = 8;

/// Waits between attempts to reach the store.
const STORE_BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(30) };

/// Where transactions come from.
enum Feed {
    /// A server.
    Live { source: Source, store: Box<Store> },
    /// A binlog file.
    Recorded(Option<Box<FileReader>>),
}

/// A bridge that is ready to run.
pub struct Bridge {
    state: Arc<dyn State>,
    erp: Arc<dyn Erp>,
    bound: Arc<Bound>,
    terms: Arc<Terms>,
    attachment: Attachment,
    feed: Feed,
    relay: relay::Settings,
    /// Where a stream that has not run yet begins.
    begin: Option<Position>,
    /// The head of the binlog when the mirror was filled; until the stream is open.
    filled_at: Option<Position>,
    /// What the mapped tables look like at the last committed position; `None` where that was never kept.
    shapes: Option<Vec<TableShape>>,
    options: Options,
    probe: Probe,
}

impl Bridge {
    /// Opens the state database, loads the mapping, connects to the store and compares them; finds where a stream that has
    /// not run yet begins.
    ///
    /// # Errors
    /// The first stage that is not as it should be, with its place and remedy.
    pub async fn open(config: &Config, options: Options) -> anyhow::Result<Bridge> {
        // What the config lacks shows before anything is made.
        let erp = open_erp(config.erp()?)?;
        config.books.products.crosswalk()?;
        let state = open_state(config)?;
        let known = state.summary().await?.position;
        let mapping = load_mapping(&config.store)?;
        let source = store_source(&config.store)?;
        if known.is_none() && options.from.is_none() {
            anyhow::bail!(
                "this stream has not run yet: say where to begin with --from now, --from earliest or --from POSITION"
            );
        }
        let mut store = Store::connect(&source).await.map_err(unreachable_store)?;
        let mut shapes = store.shapes(&mapping.tables()).await?;
        mapping.settings().correct(&mut shapes);
        let bound = mapping.bind(&shapes).context("the mapping")?;
        if !options.accept_mapping {
            same_mapping(state.as_ref(), &bound).await?;
        }
        let begin = match &options.from {
            Some(from) if known.is_none() => {
                let position = store.resolve(from).await?;
                // As when the stream is opened: what the account lacks for it shows before anything is stored.
                Some(store.resolve(&From::At(position)).await?)
            }
            Some(_) | None => None,
        };
        let terms = Arc::new(terms(config, erp.as_ref(), &bound)?);
        let attachment = attachment(config, erp.as_ref());
        alone(state.as_ref(), &attachment).await?;
        let probe = Probe::new(config.store.probe, probe::watched(&bound, &shapes));
        let bound = Arc::new(bound);
        let relay = relay_settings(config, erp.as_ref(), &bound);
        info!(server = store.server(), store = %source.host(), database = source.database(), "store connected");
        let feed = Feed::Live { source, store: Box::new(store) };
        Ok(Bridge {
            state,
            erp,
            bound,
            terms,
            attachment,
            feed,
            relay,
            begin,
            filled_at: None,
            shapes: None,
            options,
            probe,
        })
    }

    /// A bridge that reads a recorded binlog to its end.
    ///
    /// # Errors
    /// As [`Bridge::open`], less the store's.
    pub fn recorded(config: &Config, bound: Arc<Bound>, reader: FileReader) -> anyhow::Result<Bridge> {
        let erp = open_erp(config.erp()?)?;
        let relay = relay_settings(config, erp.as_ref(), &bound);
        let options = Options { from: None, once: true, accept_mapping: false };
        let feed = Feed::Recorded(Some(Box::new(reader)));
        let (state, probe) = (open_state(config)?, Probe::new(None, Vec::new()));
        let attachment = attachment(config, erp.as_ref());
        let terms = Arc::new(terms(config, erp.as_ref(), &bound)?);
        Ok(Bridge {
            state,
            erp,
            bound,
            terms,
            attachment,
            feed,
            relay,
            begin: None,
            filled_at: None,
            shapes: None,
            options,
            probe,
        })
    }

    /// The state database, to look at while the bridge runs.
    pub fn state(&self) -> Arc<dyn State> {
        self.state.clone()
    }

    /// Runs until `stop` turns true, the work is done (`once`), or something fails that does not mend itself.
    ///
    /// # Errors
    /// What failed, with its place and remedy; nothing that was committed is lost.
    pub async fn run(mut self, stop: watch::Receiver<bool>) -> anyhow::Result<Summary> {
        let session = self
            .state
            .begin(Begin::new(self.bound.footprint(), self.bound.version(), self.erp.late_max()))
            .await
            .context("begin a capture session")?
            .session()
            .context("another capture has the stream")?;
        self.state.attach(self.attachment.clone()).await?;
        if session.reindex {
            reindex::run(self.state.as_ref(), &self.bound, &session)
                .await
                .context("work out the mirror's owners again")?;
        }
        let (stop_relay, relay_stops) = watch::channel(false);
        let (progress, seen) = watch::channel(Progress::default());
        let mut relay =
            tokio::spawn(relay::run(self.state.clone(), self.erp.clone(), self.relay.clone(), progress, relay_stops));
        // A run that ends at the head ends before a second look.
        let _looking = if self.options.once { None } else { self.probe.start(self.state.clone()) };
        let captured = tokio::select! {
            captured = self.capture(session, stop.clone()) => captured,
            relayed = &mut relay => {
                relayed.context("run the relay")??;
                anyhow::bail!("the relay ended before it was told to");
            }
        };
        let delivered = match captured {
            Ok(()) if self.options.once => self.wait_delivered(seen, stop).await,
            other => other,
        };
        // The relay lets what is on its way end, whatever ended the left loop.
        let _ = stop_relay.send(true);
        relay.await.context("run the relay")??;
        delivered?;
        Ok(self.state.summary().await?)
    }

    /// The left loop, over reconnects.
    async fn capture(&mut self, mut session: Session, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let mut position = tokio::select! {
            position = self.first_position(&session) => position?,
            _ = stop.changed() => return Ok(()),
        };
        if session.position.is_none() {
            // What the mirror was filled with may have to be told.
            session.dirty = self.state.dirty(DIRTY_MAX).await?;
        }
        let look_up_after = look_up_after(self.erp.as_ref());
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
            **store = Store::connect_on(source, read).await.map_err(unreachable_store)?;
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
            let fill = Fill::new(self.state.as_ref(), &self.bound, session, &position)
                .telling_customers(self.terms.customers.policy == Policy::All);
            self.filled_at = Some(fill::run(fill, source, store).await?);
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

    /// Waits until nothing is left that can be delivered by itself.
    async fn wait_delivered(
        &self,
        mut progress: watch::Receiver<Progress>,
        mut stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        loop {
            let seen = progress.borrow_and_update().clone();
            if seen.ready && self.state.next_due().await?.is_none() {
                return Ok(());
            }
            if let Some(said) = seen.unauthorised {
                anyhow::bail!("the ERP refuses the credentials: {said}");
            }
            if seen.failing.values().any(|&n| n >= ONCE_ATTEMPTS_MAX) {
                let said = seen.said.unwrap_or_default();
                anyhow::bail!(
                    "the ERP has not taken a document in {ONCE_ATTEMPTS_MAX} attempts ({said}); the rest waits in the outbox"
                );
            }
            tokio::select! {
                _ = progress.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
                _ = stop.changed() => return Ok(()),
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
async fn reconnect(source: &Source, store: &mut Store, read: Option<Read<'_>>) -> anyhow::Result<()> {
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

/// A changed mapping must not turn what was told into corrections by itself.
///
/// # Errors
/// Where documents were told with another one, with what to do.
pub async fn same_mapping(state: &dyn State, bound: &Bound) -> anyhow::Result<()> {
    let told_by = state.told_by().await?;
    if told_by.is_none_or(|version| version == bound.version()) {
        return Ok(());
    }
    anyhow::bail!(
        "the mapping or its settings have changed since documents were told with them: each told order would be corrected \
         to the new ones at its next change; go back to the old ones, or start once with `ledgertap run --accept-mapping`"
    )
}

/// Opens the state database that the config names.
///
/// # Errors
/// Where it cannot be opened or another bridge has it.
pub fn open_state(config: &Config) -> anyhow::Result<Arc<dyn State>> {
    match &config.state {
        StateUrl::Sqlite(path) => Ok(Arc::new(SqliteState::open(path, &config.stream)?)),
    }
}

/// Builds the adapter that the config names.
///
/// # Errors
/// Where its settings cannot work.
pub fn open_erp(config: &ErpConfig) -> anyhow::Result<Arc<dyn Erp>> {
    match config {
        ErpConfig::KingdeeXingchen(settings) => {
            let adapter = kingdee_xingchen::Adapter::new(settings.clone()).map_err(anyhow::Error::msg)?;
            Ok(Arc::new(adapter))
        }
    }
}

/// Loads the mapping that the config names.
///
/// # Errors
/// Every refusal, with file, line and column.
pub fn load_mapping(config: &StoreConfig) -> anyhow::Result<Mapping> {
    Mapping::load(&config.mapping, &config.profile).context("the mapping")
}

/// The store that the config names.
///
/// # Errors
/// Where the URL is not one.
pub fn store_source(config: &StoreConfig) -> anyhow::Result<Source> {
    use secrecy::ExposeSecret as _;
    let source = Source::from_url(config.url.expose_secret())?.with_heartbeat(config.heartbeat);
    Ok(match config.server_id {
        Some(id) => source.with_server_id(id),
        None => source,
    })
}

/// A store that is not reached at the start: while running it would be tried again, here a person is told what to look at.
pub fn unreachable_store(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::Transient(error) => {
            anyhow::anyhow!(
                "{:#}; check that the server runs and that store.url names its host and port",
                anyhow::Error::new(error)
            )
        }
        StoreError::Definite(error) => error.into(),
    }
}

fn relay_settings(whole: &Config, erp: &dyn Erp, bound: &Bound) -> relay::Settings {
    let (config, products) = (&whole.relay, whole.books.products.clone());
    let crosswalk = CrosswalkSource::new(move || {
        let read = products.crosswalk();
        if let Err(error) = &read {
            warn!(%error, "the crosswalk cannot be used, what was read of it before still is");
        }
        read.ok()
    });
    relay::Settings {
        jitter: relay::Jitter::default(),
        crosswalk,
        closed_until: whole.books.closed_until,
        items_again: config.items_again,
        concurrency: config.concurrency,
        policy: RetryPolicy {
            backoff: config.backoff,
            late_max: erp.late_max(),
            unauthorised: UNAUTHORISED_PAUSE,
            garbled_max: 5,
            deadline: config.deadline,
        },
        zone: bound.settings().time_zone.clone(),
        breaker: BreakerPolicy { failures_max: ERP_FAILURES_MAX, pause: config.backoff, refused: UNAUTHORISED_PAUSE },
        look_up_after: look_up_after(erp),
    }
}

/// How long an earlier life's requests may still take effect in an ERP that would not refuse a second one.
fn look_up_after(erp: &dyn Erp) -> Duration {
    let kinds = [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    let unique = kinds.iter().all(|k| erp.guarantee(*k) == Guarantee::Unique);
    if unique { Duration::ZERO } else { erp.late_max() }
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
