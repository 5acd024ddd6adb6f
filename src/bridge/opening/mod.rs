//! A stream's first start: the store's tables are read into the mirror, and the books are opened at one position.
//!
//! ```text
//! read every table  →  rewind to the start  →  decide on each order  →  the stream has a position
//! ```
//!
//! The start is fixed before the first read, and what is read is as of it or newer ([`crate::binlog::Snapshot`]). Then the
//! binlog is read from the start to where it ended with the last read: the first before-image of each row that changed
//! meanwhile takes the row back to what it was at the start, so the mirror is the store of one moment, and nothing was locked
//! for that. What the store says then the ERP is taken to know, or is told, as the config says; whatever came after the start
//! comes to capture as the stream's own transactions, a refund during the reading included.
//!
//! Where the config opens no books, only customers and lookup tables are read, and nothing is rewound: full row images bring
//! them to the present.
//!
//! Several tables are read at the same time, each on a connection of its own, and what they find is committed in turn. How far
//! each has come is stored with its rows: a bridge that dies goes on where it was, from the same start.

mod deciding;
mod pace;
mod read;
mod rewind;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

pub use self::pace::Reading;
use self::pace::Throttle;
use super::{STORE_BACKOFF, left, load_mapping, store_source, unreachable_store};
use crate::binlog::{After, From, Source, Store, StoreError};
use crate::capture::{Decided, Opening};
use crate::change::{Position, RowKey, TableId};
use crate::config::Config;
use crate::document::Amounts;
use crate::mapping::{Bound, EvalError};
use crate::state::sqlite::SqliteState;
use crate::state::{Begin, Commit, Session, State, StateError};

/// How the books are opened.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What becomes of the store's orders.
    pub how: Opening,
    /// Every customer is to be told.
    pub tell_customers: bool,
    /// How hard the store is read.
    pub reading: Reading,
}

/// An opening under way.
pub(super) struct Books<'a> {
    pub state: &'a dyn State,
    pub bound: &'a Arc<Bound>,
    pub session: &'a Session,
    pub terms: &'a Terms,
    progress: Progress,
    throttle: Arc<Throttle>,
    tally: Tally,
    /// Only these tables are read, and no book is opened.
    only: Option<Vec<TableId>>,
    /// Told of every order's fate.
    witness: &'a (dyn Fn(&Decided) + Sync),
}

/// How far it has come; stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    start: Position,
    /// What [`Opening::name`] said when it began: what is read, and what is decided, follows from it.
    how: String,
    /// The head of the binlog before the first row was read.
    head: Option<Position>,
    step: Step,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// So far each table is read, by its name; one that is not there has not been begun.
    Reading { places: BTreeMap<String, Place> },
    /// All are read, and the binlog ended there.
    Rewinding { until: Position },
    /// The mirror is that of the start; orders are decided on, in the order of these tables.
    Deciding { table: usize, after: Option<RowKey> },
}

/// How far a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// Up to there.
    UpTo(After),
    /// To its end.
    End,
}

/// Orders and their amounts, by currency.
pub type Sums = BTreeMap<String, (u64, Amounts)>;

/// What has been decided so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Orders that the ERP is taken to know.
    pub opened: Sums,
    /// Orders that are told.
    pub told: Sums,
    /// Orders that are held.
    pub held: u64,
    /// Orders of which there is nothing to tell.
    pub nothing: u64,
}

/// Why an opening did not end.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpeningError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Row(#[from] EvalError),
    #[error("the table `{0}` was there when the mapping was checked, and is gone from the store")]
    Gone(String),
    #[error(
        "the books cannot be opened at {start}: {why}; what was read is forgotten: run it again, to begin at the store's head of then \
         (--from now)"
    )]
    NotRewound { start: Position, why: String },
    #[error(
        "books.opening has changed since the opening of the books began ({before}, now {now}; where it says nothing, --from now is \
         baseline, and another --from is none); what was read is forgotten: run it again, to begin anew"
    )]
    Otherwise { before: String, now: String },
}

/// A stream's beginning.
pub(super) struct Begun {
    pub position: Position,
    /// The head of the binlog before tables were read whose rows are newer than the position.
    pub filled_at: Option<Position>,
    pub tally: Tally,
}

impl<'a> Books<'a> {
    /// An opening at `start`, or the one that is under way already.
    pub fn open(
        state: &'a dyn State,
        bound: &'a Arc<Bound>,
        session: &'a Session,
        start: &Position,
        terms: &'a Terms,
        witness: &'a (dyn Fn(&Decided) + Sync),
    ) -> Self {
        // One that cannot be read is of another version, and no other can go on with it.
        let read = |json: &str| serde_json::from_str::<Progress>(json).unwrap_or_else(|_| Progress::unreadable(start));
        let known = session.opening.as_deref().map(read);
        if let Some(known) = known.as_ref().filter(|known| known.start != *start) {
            info!(position = %known.start, "the opening of the books goes on from where it began");
        }
        let progress = known.unwrap_or_else(|| Progress {
            start: start.clone(),
            how: terms.how.name(),
            head: None,
            step: Step::Reading { places: BTreeMap::new() },
        });
        let throttle = Arc::new(Throttle::new(terms.reading.rows_per_second_max));
        Books { state, bound, session, terms, progress, throttle, tally: Tally::default(), only: None, witness }
    }

    /// Opens them, over reconnects to the store.
    ///
    /// # Errors
    /// What does not mend itself. Nothing has a position then.
    pub async fn run(mut self, source: &Source, store: &mut Store) -> anyhow::Result<Begun> {
        self.through(source, store).await?;
        let rewound = self.terms.how != Opening::None;
        let filled_at = self.progress.head.filter(|_| !rewound);
        Ok(Begun { position: self.progress.start, filled_at, tally: self.tally })
    }

    /// Makes the mirror of some tables as they were at the start, and opens no book.
    ///
    /// # Errors
    /// As [`Books::run`].
    pub async fn mirror(mut self, tables: Vec<TableId>, source: &Source, store: &mut Store) -> anyhow::Result<()> {
        self.only = Some(tables);
        self.through(source, store).await
    }

    async fn through(&mut self, source: &Source, store: &mut Store) -> anyhow::Result<()> {
        let mut failures = 0;
        loop {
            let before = self.progress.clone();
            let error = match self.go_on(store).await {
                Ok(()) => return Ok(()),
                Err(OpeningError::Store(StoreError::Transient(error))) => error,
                Err(error) => return Err(anyhow::Error::new(error).context("open the books")),
            };
            failures = if self.progress == before { failures + 1 } else { 0 };
            let wait = STORE_BACKOFF.wait(failures, rand::random_range(0..1000));
            warn!(%error, ?wait, "store lost while the books were being opened, will go on");
            tokio::time::sleep(wait).await;
            left::reconnect(source, store, None).await?;
        }
    }

    /// Goes on until the stream has its position.
    async fn go_on(&mut self, store: &mut Store) -> Result<(), OpeningError> {
        let now = self.terms.how.name();
        if self.progress.how != now {
            self.forget().await?;
            return Err(OpeningError::Otherwise { before: self.progress.how.clone(), now });
        }
        if let Step::Reading { .. } = self.progress.step {
            self.read(store).await?;
        }
        if let Step::Rewinding { until } = self.progress.step.clone() {
            self.rewind(store, &until).await?;
        }
        if self.only.is_some() {
            return Ok(());
        }
        if let Step::Deciding { table, after } = self.progress.step.clone() {
            self.decide(table, after).await?;
        }
        let position = Some(self.progress.start.clone());
        let unread_before = (self.terms.how == Opening::None).then_some(self.session.began_at);
        self.commit(Commit { position, unread_before, ..Commit::default() }).await?;
        Ok(())
    }

    /// The tables that are read, in their order.
    fn tables(&self) -> Vec<TableId> {
        if let Some(only) = &self.only {
            return only.clone();
        }
        match self.terms.how {
            Opening::None => self.bound.tables_to_fill(),
            Opening::Baseline | Opening::PostSince(_) | Opening::Import(_) => {
                (0..self.bound.footprint().tables.len()).collect()
            }
        }
    }

    /// Gives up what was read: the next session begins anew.
    async fn forget(&self) -> Result<(), StateError> {
        self.commit(Commit { opening: Some(String::new()), ..Commit::default() }).await
    }

    fn stored(&self) -> String {
        serde_json::to_string(&self.progress).expect("progress is always JSON")
    }

    async fn commit(&self, commit: Commit) -> Result<(), StateError> {
        let (clock, mapping) = (self.session.clock, self.bound.version().to_owned());
        self.state.commit(self.session.epoch, Commit { clock, mapping, ..commit }).await?;
        Ok(())
    }
}

impl Progress {
    /// One of which nothing is known, but that it is under way.
    fn unreadable(start: &Position) -> Progress {
        let how = "written by another version of ledgertap".to_owned();
        Progress { start: start.clone(), how, head: None, step: Step::Reading { places: BTreeMap::new() } }
    }
}

impl Tally {
    /// Says it, for a person who reads the log.
    pub fn tell(&self) {
        if *self == Tally::default() {
            return;
        }
        for (what, sums) in [("orders that the ERP is taken to know", &self.opened), ("orders to be told", &self.told)]
        {
            for (currency, (orders, amounts)) in sums {
                info!(orders, currency, net = %amounts.net, tax = %amounts.tax, total = %amounts.total, "{what}");
            }
        }
        info!(held = self.held, nothing = self.nothing, "the books are open");
    }
}

/// What a first start would do at `from`, into a state database that goes with it; `witness` is told of every order.
///
/// # Errors
/// As [`super::Bridge::open`] and a first start's own.
pub async fn dry_opening(
    config: &Config,
    from: &From,
    reading: Reading,
    witness: &(dyn Fn(&Decided) + Sync),
) -> anyhow::Result<(Position, Tally)> {
    let mapping = load_mapping(&config.store)?;
    let source = store_source(&config.store)?;
    let mut store = Store::connect(&source).await.map_err(unreachable_store)?;
    let mut shapes = store.shapes(&mapping.tables()).await?;
    mapping.settings().correct(&mut shapes);
    let bound = mapping.bind(&shapes).context("the mapping")?;
    let terms = super::opening_terms(config, Some(from), reading, &bound)?;
    let bound = Arc::new(bound);
    let position = store.resolve(from).await?;
    let folder = tempfile::tempdir().context("make a folder for the dry run")?;
    let state = SqliteState::open(&folder.path().join("dry-run.db"), &config.stream)?;
    let begin = Begin::new(bound.footprint(), bound.version(), Duration::ZERO);
    let session = state.begin(begin).await?.session().context("begin a dry run")?;
    let begun = Books::open(&state, &bound, &session, &position, &terms, witness).run(&source, &mut store).await?;
    Ok((begun.position, begun.tally))
}
