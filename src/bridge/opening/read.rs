//! The first step: every table, in chunks in the order of its key, several tables at the same time.
//!
//! ```text
//! reader, a connection of its own: SELECT, rows to writes ─┐
//! reader, a connection of its own: SELECT, rows to writes ─┼─▶ parts ─▶ one commit, with each table's place
//! ```
//!
//! A reader takes the next table once it is through with one, and reads on while what it found is committed. What has been
//! read and not committed is bounded: a part that each reader holds, one on its way, and those of one commit.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::info;

use super::pace::{Stride, Throttle};
use super::{Books, OpeningError, Place, Step};
use crate::binlog::{After, Snapshot, Store};
use crate::capture::Opening;
use crate::change::{Position, Row, TableId, TableShape};
use crate::mapping::{Bound, EvalError};
use crate::state::{Commit, DirtyKey, MirrorWrite};

/// The index of a customer's own row.
const CUSTOMER_ID: &str = "customer.id";

/// How often a person is told how far it is.
const SAID_AGAIN: Duration = Duration::from_secs(5);

/// A commit takes no more parts once it has so many rows.
const COMMIT_ROWS: usize = 10_000;

/// Parts on their way to the commit, beside those that the readers hold.
const PARTS_MAX: usize = 1;

/// A table to read, or what is left of it.
#[derive(Debug)]
struct Work {
    table: TableId,
    shape: TableShape,
    after: Option<After>,
}

/// A chunk as it is written.
#[derive(Debug)]
struct Part {
    table: TableId,
    mirror: Vec<MirrorWrite>,
    dirty: Vec<(DirtyKey, Timestamp)>,
    place: Place,
    /// None of its rows was read before.
    fresh: bool,
    /// The longest that a SELECT of the table took, where writers had to wait for it.
    longest_lock: Option<Duration>,
}

/// What the readers share.
struct Reader {
    bound: Arc<Bound>,
    throttle: Arc<Throttle>,
    work: Mutex<VecDeque<Work>>,
    /// When customers count as changed; `None` where they are not told.
    customers_at: Option<Timestamp>,
    parts: Sender<Result<Part, OpeningError>>,
}

impl Books<'_> {
    /// Reads what is not read yet.
    pub(super) async fn read(&mut self, store: &mut Store) -> Result<(), OpeningError> {
        let (work, about) = self.work(store).await?;
        let count = self.terms.reading.readers().min(work.len()).max(1);
        let snapshots = store.snapshots(&self.progress.start, count).await?;
        if self.progress.head.is_none() {
            self.progress.head = Some(store.head_like(&self.progress.start).await?);
        }
        let mut said = Said::new(about);
        info!(tables = work.len(), at_once = snapshots.len(), about = said.all, "reading the store's tables");
        self.read_all(snapshots, work, &mut said).await?;
        if let Some(step) = self.after_reading(store).await? {
            self.progress.step = step;
            let opening = Some(self.stored());
            self.commit(Commit { opening, ..Commit::default() }).await?;
        }
        Ok(())
    }

    /// The tables that are not read to their end, and about how many rows each table has; the long ones come first, so that the
    /// short ones fill what time is left.
    async fn work(&self, store: &mut Store) -> Result<(VecDeque<Work>, BTreeMap<String, u64>), OpeningError> {
        let names: Vec<String> = self.tables().iter().map(|&table| self.name(table).to_owned()).collect();
        let mut about = store.about_rows(&names).await?;
        let mut work = Vec::new();
        for table in self.tables() {
            let name = self.name(table);
            let after = match self.places().get(name) {
                Some(Place::End) => continue,
                Some(Place::UpTo(after)) => Some(after.clone()),
                None => None,
            };
            work.push(Work { table, shape: self.shape(store, name).await?, after });
        }
        about.retain(|name, _| work.iter().any(|work: &Work| work.shape.table == *name));
        work.sort_by_key(|work| std::cmp::Reverse(about.get(self.name(work.table)).copied().unwrap_or_default()));
        Ok((work.into(), about))
    }

    /// Reads them all, and commits what is read.
    async fn read_all(
        &mut self,
        snapshots: Vec<Snapshot>,
        work: VecDeque<Work>,
        said: &mut Said,
    ) -> Result<(), OpeningError> {
        let (send, mut parts) = mpsc::channel(PARTS_MAX);
        let reader = Arc::new(Reader {
            bound: self.bound.clone(),
            throttle: self.throttle.clone(),
            work: Mutex::new(work),
            customers_at: self.terms.tell_customers.then_some(self.session.began_at),
            parts: send,
        });
        let mut readers: JoinSet<()> = snapshots.into_iter().map(|snapshot| reader.clone().run(snapshot)).collect();
        drop(reader);
        while let Some((some, failed)) = next_parts(&mut parts).await {
            self.commit_parts(some, said).await?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        while let Some(ended) = readers.join_next().await {
            if let Err(error) = ended
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
        Ok(())
    }

    /// Commits parts with the places of their tables.
    async fn commit_parts(&mut self, parts: Vec<Part>, said: &mut Said) -> Result<(), OpeningError> {
        // The mirror began empty, and with each row is stored that its table is read to there.
        let fresh = parts.iter().all(|part| part.fresh);
        let (mut commit, mut read) = (Commit { fresh, ..Commit::default() }, Vec::with_capacity(parts.len()));
        let mut places = self.places().clone();
        for part in parts {
            let name = self.name(part.table).to_owned();
            read.push((name.clone(), part.mirror.len(), part.place == Place::End, part.longest_lock));
            places.insert(name, part.place);
            commit.mirror.extend(part.mirror);
            commit.dirty.extend(part.dirty);
        }
        if read.is_empty() {
            return Ok(());
        }
        self.progress.step = Step::Reading { places };
        commit.opening = Some(self.stored());
        self.commit(commit).await?;
        for (table, rows, ended, longest_lock) in read {
            said.note(&table, rows);
            if ended {
                said.ended(&table, longest_lock);
            }
        }
        Ok(())
    }

    /// What follows; `None` where only the position does.
    async fn after_reading(&self, store: &mut Store) -> Result<Option<Step>, OpeningError> {
        if self.terms.how == Opening::None {
            return Ok(None);
        }
        let until: Position = store.head_like(&self.progress.start).await?;
        info!(start = %self.progress.start, %until, "tables read; taking them back to the start");
        Ok(Some(Step::Rewinding { until }))
    }

    fn places(&self) -> &BTreeMap<String, Place> {
        static NONE: BTreeMap<String, Place> = BTreeMap::new();
        match &self.progress.step {
            Step::Reading { places } => places,
            Step::Rewinding { .. } | Step::Deciding { .. } => &NONE,
        }
    }

    fn name(&self, table: TableId) -> &str {
        &self.bound.footprint().tables[table].table
    }

    async fn shape(&self, store: &mut Store, table: &str) -> Result<TableShape, OpeningError> {
        let mut shapes = store.shapes(&[table.to_owned()]).await?;
        self.bound.settings().correct(&mut shapes);
        shapes.into_iter().next().ok_or_else(|| OpeningError::Gone(table.to_owned()))
    }
}

/// Parts that are committed together, and why there are no more of them; `None` once all is read.
async fn next_parts(parts: &mut Receiver<Result<Part, OpeningError>>) -> Option<(Vec<Part>, Option<OpeningError>)> {
    let (mut some, mut rows) = (Vec::new(), 0);
    let mut next = Some(parts.recv().await?);
    while let Some(part) = next {
        match part {
            Ok(part) => {
                rows += part.mirror.len();
                some.push(part);
            }
            Err(error) => return Some((some, Some(error))),
        }
        next = if rows < COMMIT_ROWS { parts.try_recv().ok() } else { None };
    }
    Some((some, None))
}

impl Reader {
    /// Reads tables until there are no more, or one cannot be read.
    async fn run(self: Arc<Self>, mut snapshot: Snapshot) {
        while let Some(work) = self.next() {
            if let Err(error) = self.read(&mut snapshot, work).await {
                // Where nobody waits for it any more, another reader's error was there before it.
                let _ = self.parts.send(Err(error)).await;
                return;
            }
        }
    }

    fn next(&self) -> Option<Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Reads one table to its end.
    async fn read(&self, snapshot: &mut Snapshot, work: Work) -> Result<(), OpeningError> {
        let Work { table, shape, mut after } = work;
        let uses = &self.bound.footprint().tables[table];
        // Of a table with a declared key, the last row of a chunk is the first of the next one, too.
        let fresh = !shape.key.is_empty();
        let mut stride = Stride::new(&shape.engine, fresh, self.throttle.rows_max());
        loop {
            self.throttle.wait(stride.rows()).await;
            let chunk = snapshot.chunk(uses, &shape, after.as_ref(), stride.rows()).await?;
            let leave_alone = stride.note(chunk.rows.len(), chunk.took);
            let mirror = self.written(table, chunk.rows)?;
            let dirty = self.customers(&mirror);
            let place = chunk.next.clone().map_or(Place::End, Place::UpTo);
            let longest_lock = stride.locks.then_some(stride.longest);
            if self.parts.send(Ok(Part { table, mirror, dirty, place, fresh, longest_lock })).await.is_err() {
                return Ok(());
            }
            after = chunk.next;
            if after.is_none() {
                return Ok(());
            }
            tokio::time::sleep(leave_alone).await;
        }
    }

    /// Rows as the mirror has them, in the order of its keys, so that pages are written that lie together.
    fn written(&self, table: TableId, rows: Vec<Row>) -> Result<Vec<MirrorWrite>, EvalError> {
        let uses = &self.bound.footprint().tables[table];
        let write = |row: Row| {
            let owners = self.bound.owners(table, &row)?.into_iter().map(|o| (o.index, o.owner)).collect();
            Ok(MirrorWrite { table, key: uses.key_of(&row), row: Some(row), owners, changed: None })
        };
        let mut writes = rows.into_iter().map(write).collect::<Result<Vec<_>, _>>()?;
        writes.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(writes)
    }

    /// The customers that begin with these rows.
    fn customers(&self, mirror: &[MirrorWrite]) -> Vec<(DirtyKey, Timestamp)> {
        let Some(at) = self.customers_at else { return Vec::new() };
        let owners = mirror.iter().flat_map(|write| &write.owners);
        let customers = owners.filter(|(index, _)| *index == CUSTOMER_ID).map(|(_, owner)| owner.clone());
        customers.map(|id| (DirtyKey::Customer(id.into()), at)).collect()
    }
}

/// How far the reading is, for people.
struct Said {
    began: Instant,
    at: Instant,
    rows: u64,
    /// By table, the rows of this session.
    of_table: BTreeMap<String, u64>,
    /// About how many rows each table has.
    about: BTreeMap<String, u64>,
    /// About how many all have.
    all: u64,
}

impl Said {
    fn new(about: BTreeMap<String, u64>) -> Said {
        let (now, all) = (Instant::now(), about.values().sum());
        Said { began: now, at: now, rows: 0, of_table: BTreeMap::new(), about, all }
    }

    /// Notes rows, and says how far it is every few seconds.
    fn note(&mut self, table: &str, rows: usize) {
        self.rows += rows as u64;
        let of_table = self.of_table.entry(table.to_owned()).or_default();
        *of_table += rows as u64;
        if self.at.elapsed() < SAID_AGAIN {
            return;
        }
        self.at = Instant::now();
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rows_per_second = self.rows.saturating_mul(1000) / ms;
        let seconds_left = self.all.saturating_sub(self.rows) / rows_per_second.max(1);
        let about = self.about.get(table).copied().unwrap_or_default();
        info!(table, rows = *of_table, about, rows_per_second, seconds_left, "reading the store");
    }

    fn ended(&self, table: &str, longest_lock: Option<Duration>) {
        let rows = self.of_table.get(table).copied().unwrap_or_default();
        let longest_lock_ms = longest_lock.map(|longest| u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
        info!(table, rows, longest_lock_ms, "table read into the mirror");
    }
}
