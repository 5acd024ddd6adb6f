//! The remedy for all that writes no row events: the tables are read again, compared with the mirror, and the mirror is put
//! right under the ledger that is there.
//!
//! ```text
//! read the tables into a mirror of their own  →  rewind it to a position  →  compare  →  show  →  put right
//! ```
//!
//! *Some tables* are read as they were at the stream's own position, which stays: what differs there was changed without row
//! events, or was not mirrored before. A statement that lies between the position and the head, and that the mirror cannot
//! follow, cannot be rewound either: then *all tables* are read as they are at the head, which becomes the position, and what
//! was written in between is found by what it changed.
//!
//! The documents of what differs are planned by capture itself, once it runs again: here they are shown.

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tracing::{info, warn};

use self::compare::{ROWS_MAX, differences, page};
use super::opening::{Books, Reading, Terms as OpeningTerms};
use super::rebuild::{Rebuilt, rebuilt};
use super::still::Still;
use super::{reindex, unreachable_store};
use crate::binlog::{From, Read, Source, Store, StoreError, position};
use crate::capture::{self, Again, Opening};
use crate::change::{Changed, Position, RowChange, TableId, TableShape};
use crate::config::Config;
use crate::mapping::{Bound, EvalError};
use crate::outbox::Lane;
use crate::state::sqlite::SqliteState;
use crate::state::{Begin, Commit, DirtyKey, MirrorWrite, OrderRecord, RESYNC, Refill, Session, State};

/// The indexes of an order's and of a customer's own row.
const ORDER_ID: &str = "order.id";
const CUSTOMER_ID: &str = "customer.id";

/// Documents that are planned together.
const DOCUMENTS_MAX: usize = 200;

/// What is to be read again, and what becomes of it.
#[derive(Debug, Clone, Default)]
pub struct Resync {
    /// These tables, at the stream's own position; none means all of them, at the head of the binlog.
    pub tables: Vec<String>,
    /// What differs is shown, and nothing is changed.
    pub dry_run: bool,
    /// How hard the store is read.
    pub reading: Reading,
}

/// How a table differed from its mirror.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Differs {
    /// Rows that the mirror had not.
    pub added: u64,
    /// Rows that it had otherwise.
    pub changed: u64,
    /// Rows that the store has not.
    pub removed: u64,
}

/// What a resync came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resynced {
    /// Where the stream was.
    pub from: Position,
    /// Where it goes on.
    pub to: Position,
    /// The tables that were compared.
    pub tables: BTreeMap<String, Differs>,
    /// The tables that were not mirrored, or with other columns, and their rows.
    pub filled: BTreeMap<String, u64>,
    /// Orders that a row which differs is a part of.
    pub orders: u64,
    /// Those of them that are planned otherwise than they were told.
    pub differ: u64,
    /// Customers that are told again.
    pub customers: u64,
}

/// Reads tables again and compares them with the mirror; `witness` is told of each order that is planned otherwise.
///
/// # Errors
/// A bridge that has the stream, a table that is not mapped, a range of the binlog that cannot be rewound, the store's and the
/// state database's. Nothing is changed then, or, where the mirror was being written, nothing but a resync is let at it.
pub async fn resync(
    config: &Config,
    how: &Resync,
    witness: &mut (dyn FnMut(&Rebuilt) + Send),
) -> anyhow::Result<Resynced> {
    let still = if how.dry_run { Still::hold(config, "resync").await? } else { Still::to_resync(config).await? };
    let done = tokio::select! {
        done = within(config, &still, how, witness) => done,
        error = still.keep() => Err(error.into()),
    };
    still.end().await;
    done
}

async fn within(
    config: &Config,
    still: &Still,
    how: &Resync,
    witness: &mut (dyn FnMut(&Rebuilt) + Send),
) -> anyhow::Result<Resynced> {
    let named = named(&still.bound, &how.tables)?;
    let mut store = connect(still, !named.is_empty()).await?;
    let again = Again::new(still.state.clone(), still.bound.clone(), still.terms.clone());
    let work = Work { state: still.state.as_ref(), bound: &still.bound, session: &still.session, how, again };
    work.run(&config.stream, &still.source, &mut store, named, witness).await
}

/// Connects to a server that has all that was read, be it only now. Where the position stays there has to be one; else one that
/// takes in what others write may be late, and any other is what the store has become.
async fn connect(still: &Still, stays: bool) -> anyhow::Result<Store> {
    let session = &still.session;
    let position = session.position.as_ref().context("the stream has a position")?;
    let begun = session.begun.as_deref().filter(|begun| *begun != RESYNC);
    let read = Read { position, server: session.server.as_ref(), begun };
    match Store::connect_on(&still.source, read).await {
        Ok(store) => Ok(store),
        Err(error @ StoreError::Definite(_)) if stays => Err(anyhow::Error::new(error).context(WITHOUT_TABLE)),
        Err(StoreError::Definite(error)) => {
            warn!(%error, "the store has another history than what was read: the stream goes on at its head");
            Store::connect(&still.source).await.map_err(unreachable_store)
        }
        Err(error) => Err(unreachable_store(error)),
    }
}

const WITHOUT_TABLE: &str = "tables cannot be read as of the stream's position: where the binlog in between cannot be rewound, or is gone, \
     `ledgertap resync` without --table reads all of them and goes on from the head";

/// The tables that a person means.
fn named(bound: &Bound, names: &[String]) -> anyhow::Result<BTreeSet<TableId>> {
    let tables = &bound.footprint().tables;
    let find = |name: &String| {
        let exact = tables.iter().position(|t| t.table == *name);
        exact.or_else(|| tables.iter().position(|t| t.table.eq_ignore_ascii_case(name))).with_context(|| {
            let known: Vec<&str> = tables.iter().map(|t| t.table.as_str()).collect();
            format!("--table {name}: the mapping uses no such table; it uses {}", known.join(", "))
        })
    };
    names.iter().map(find).collect()
}

struct Work<'a> {
    state: &'a dyn State,
    bound: &'a Arc<Bound>,
    session: &'a Session,
    how: &'a Resync,
    again: Again,
}

/// Where the tables are read as of, and which.
struct Plan {
    at: Position,
    tables: BTreeSet<TableId>,
    /// Those of them whose mirror is made anew.
    filled: BTreeSet<TableId>,
    /// What all tables look like there, where the position moves.
    shapes: Option<Vec<TableShape>>,
}

impl Work<'_> {
    async fn run(
        mut self,
        stream: &str,
        source: &Source,
        store: &mut Store,
        named: BTreeSet<TableId>,
        witness: &mut (dyn FnMut(&Rebuilt) + Send),
    ) -> anyhow::Result<Resynced> {
        let from = self.session.position.clone().context("the stream has a position")?;
        let plan = self.plan(&from, store, named).await?;
        let folder = tempfile::tempdir().context("make a folder for what is read (TMPDIR names another place)")?;
        let scratch = SqliteState::open(&folder.path().join("resync.db"), stream)?;
        let begin = Begin::new(self.bound.footprint(), self.bound.version(), Duration::ZERO);
        let reading = scratch.begin(begin).await?.session().context("begin to read")?;
        let terms = OpeningTerms { how: Opening::Baseline, tell_customers: false, reading: self.how.reading };
        let books = Books::open(&scratch, self.bound, &reading, &plan.at, &terms, &|_| ());
        let tables: Vec<TableId> = plan.tables.iter().copied().collect();
        books.mirror(tables, source, store).await.map_err(|error| match plan.shapes {
            Some(_) => error.context("read all tables as of the head of the binlog"),
            None => error.context(WITHOUT_TABLE),
        })?;
        let mut done = Resynced {
            from,
            to: plan.at.clone(),
            tables: BTreeMap::new(),
            filled: BTreeMap::new(),
            orders: 0,
            differ: 0,
            customers: 0,
        };
        if self.session.mirrored.is_some() {
            done.filled = self.fill(&scratch, &plan).await?;
        }
        if self.session.reindex && !self.how.dry_run {
            // Whose a row is has to be found by this mapping.
            reindex::run(self.state, self.bound, self.session).await?;
        }
        if self.session.mirrored.is_some() || self.session.begun.is_some() {
            self.note_older_of_mirror().await?;
        }
        let mut changes = Vec::new();
        for &table in plan.tables.difference(&plan.filled) {
            let found = differences(self.state, &scratch, table).await?;
            let differs = found.iter().fold(Differs::default(), Differs::and);
            done.tables.insert(self.name(table), differs);
            changes.extend(found);
        }
        let mut touched = self.lay_over(&changes).await?;
        let older = self.older(&changes).await?;
        let is_older = |key: &DirtyKey| order_of(key).is_some_and(|id| older.contains_key(id));
        touched.iter_mut().for_each(|keys| keys.retain(|key| !is_older(key)));
        let all: BTreeSet<DirtyKey> = touched.iter().flatten().cloned().collect();
        self.show(&all, &mut done, witness).await?;
        if !self.how.dry_run {
            self.note_older(older.into_values().collect()).await?;
            self.put_right(&changes, &touched).await?;
            let moves = plan.shapes.is_some();
            if moves && (self.session.mirrored.is_some() || self.session.begun.is_some()) {
                self.soil_all().await?;
            }
            self.end(store, plan).await?;
        }
        Ok(done)
    }

    fn name(&self, table: TableId) -> String {
        self.bound.footprint().tables[table].table.clone()
    }

    async fn plan(&self, from: &Position, store: &mut Store, named: BTreeSet<TableId>) -> anyhow::Result<Plan> {
        let all = 0..self.bound.footprint().tables.len();
        let uses = &self.bound.footprint().tables;
        let mirrored = self.session.mirrored.as_ref().unwrap_or(self.bound.footprint());
        let filled: BTreeSet<TableId> = all.clone().filter(|&table| !mirrored.tables.contains(&uses[table])).collect();
        let broken_off = self.session.begun.as_deref() == Some(RESYNC);
        if let (Some(begun), false, false) = (&self.session.begun, broken_off, named.is_empty()) {
            anyhow::bail!(
                "the transaction {begun} is in the mirror by half: run the bridge once more, or resync without --table"
            );
        }
        if broken_off && !named.is_empty() {
            warn!("a resync was broken off while it wrote the mirror: all tables are read");
        }
        if !broken_off && !named.is_empty() {
            let tables = named.union(&filled).copied().collect();
            return Ok(Plan { at: from.clone(), tables, filled, shapes: None });
        }
        let at = store.resolve(&From::Now).await?;
        if position::comparable(&at, from) && !position::reached(&at, from) {
            warn!(%from, to = %at, "the stream's position moves back: this server lacks what was read elsewhere");
        }
        let names: Vec<String> = all.clone().map(|table| self.name(table)).collect();
        let known = store.definitions(&at, &names, None).await?;
        anyhow::ensure!(known.pending.is_empty(), "a table was changed by a statement a moment ago: run it again");
        let mut shapes = known.shapes;
        self.bound.settings().correct(&mut shapes);
        Ok(Plan { at, tables: all.collect(), filled, shapes: Some(shapes) })
    }

    /// Makes the mirror of tables that it had not, or with other columns.
    async fn fill(&mut self, scratch: &SqliteState, plan: &Plan) -> anyhow::Result<BTreeMap<String, u64>> {
        let ours: BTreeSet<&String> = self.bound.footprint().tables.iter().map(|t| &t.table).collect();
        let before = self.session.mirrored.iter().flat_map(|mirrored| &mirrored.tables);
        let unused = before.map(|t| &t.table).filter(|table| !ours.contains(table)).cloned();
        let tables = plan.filled.iter().map(|&table| self.name(table)).chain(unused).collect();
        let refill = Some(Refill { footprint: self.bound.footprint().clone(), tables });
        self.commit(Commit { refill, ..Commit::default() }).await?;
        let mut filled = BTreeMap::new();
        for &table in &plan.filled {
            let (mut after, mut rows) = (None, 0);
            while let Some(some) = page(scratch, table, &mut after).await? {
                rows += some.len() as u64;
                let mirror = capture::filled(self.bound, table, some.into_iter().map(|row| row.row).collect())?;
                self.commit(Commit { mirror, ..Commit::default() }).await?;
            }
            info!(table = self.name(table), rows, "table read into the mirror");
            filled.insert(self.name(table), rows);
        }
        Ok(filled)
    }

    /// The keys of the orders whose own rows come with these changes.
    fn headers(&self, changes: &[RowChange]) -> Result<Vec<String>, EvalError> {
        let mut headers = Vec::new();
        for RowChange { table, before, after } in changes {
            if let (None, Some(row)) = (before, after) {
                let owners = self.bound.owners(*table, row)?;
                headers
                    .extend(owners.into_iter().filter(|owner| owner.index == ORDER_ID).map(|owner| owner.owner.into()));
            }
        }
        Ok(headers)
    }

    /// Records of those of these orders of which the ledger knows nothing, as older than the stream.
    async fn unknown(&self, orders: &[String]) -> anyhow::Result<Vec<OrderRecord>> {
        let mut unknown = Vec::new();
        for some in orders.chunks(ROWS_MAX) {
            let records = self.state.load_books(some.to_vec(), Vec::new(), Vec::new()).await?.orders;
            let unknown_ones = records.into_iter().filter(|record| record.number.is_empty() && !record.told.was_told());
            unknown.extend(unknown_ones.map(|record| OrderRecord { older: true, ..record }));
        }
        Ok(unknown)
    }

    /// Where the store's orders were not read when the stream began: the orders that are found now and are of before, by the
    /// store's date of them. Whether the ERP has them is not known, and they are told no more than they were.
    async fn older(&mut self, changes: &[RowChange]) -> anyhow::Result<BTreeMap<String, OrderRecord>> {
        let headers = self.headers(changes)?;
        self.older_of(&headers).await
    }

    /// The same of all that the mirror holds, where rows of orders have come into it unseen.
    async fn note_older_of_mirror(&mut self) -> anyhow::Result<()> {
        if self.session.unread_before.is_none() {
            return Ok(());
        }
        for table in self.bound.order_tables().to_vec() {
            let mut after = None;
            while let Some(rows) = page(self.state, table, &mut after).await? {
                let rows = rows.into_iter().map(|row| RowChange { table, before: None, after: Some(row.row) });
                let headers = self.headers(&rows.collect::<Vec<_>>())?;
                let older = self.older_of(&headers).await?;
                self.note_older(older.into_values().collect()).await?;
            }
        }
        Ok(())
    }

    async fn older_of(&mut self, headers: &[String]) -> anyhow::Result<BTreeMap<String, OrderRecord>> {
        let Some(began) = self.session.unread_before else { return Ok(BTreeMap::new()) };
        let began = self.bound.settings().time_zone.to_datetime(began).date();
        let mut older = BTreeMap::new();
        for record in self.unknown(headers).await? {
            if self.again.date(&record.id).await?.is_none_or(|date| date <= began) {
                older.insert(record.id.clone(), record);
            }
        }
        Ok(older)
    }

    async fn note_older(&self, mut older: Vec<OrderRecord>) -> anyhow::Result<()> {
        while !older.is_empty() {
            let rest = older.split_off(older.len().min(ROWS_MAX));
            let orders = std::mem::replace(&mut older, rest);
            self.commit(Commit { orders, ..Commit::default() }).await?;
        }
        Ok(())
    }

    /// Has every order and customer of the mirror looked at again: what changed in tables that were made anew is not known, nor
    /// what one that was broken off had found.
    async fn soil_all(&self) -> anyhow::Result<()> {
        for table in 0..self.bound.footprint().tables.len() {
            let mut after = None;
            while let Some(rows) = page(self.state, table, &mut after).await? {
                let mut orders = BTreeSet::new();
                let mut keys = BTreeSet::new();
                for row in &rows {
                    for owner in self.bound.owners(table, &row.row)? {
                        match owner.index {
                            ORDER_ID => drop(orders.insert(owner.owner.into())),
                            CUSTOMER_ID => drop(keys.insert(DirtyKey::Customer(owner.owner.into()))),
                            _ => {}
                        }
                    }
                }
                let asked = orders.into_iter().collect();
                let known = self.state.load_books(asked, Vec::new(), Vec::new()).await?.orders;
                // One that is older than the stream and was never looked at stays so.
                let known = known.into_iter().filter(|order| !order.older || order.held.is_some());
                keys.extend(known.map(|order| DirtyKey::Order(order.id)));
                let dirty = keys.into_iter().map(|key| (key, self.session.began_at)).collect();
                self.commit(Commit { dirty, ..Commit::default() }).await?;
            }
        }
        Ok(())
    }

    /// Lays what differs over the mirror; answers whose documents each of it touches.
    async fn lay_over(&mut self, changes: &[RowChange]) -> anyhow::Result<Vec<BTreeSet<DirtyKey>>> {
        let mut touched = Vec::with_capacity(changes.len());
        for (nth, change) in changes.iter().enumerate() {
            if nth % ROWS_MAX == 0 {
                let some = changes[nth..].iter().take(ROWS_MAX);
                self.again.foresee(some, &[], &[]).await?;
            }
            let mut keys: BTreeSet<DirtyKey> = self.again.change(self.changed(), change).await?.into_iter().collect();
            let waits = |customer: &String| keys.contains(&DirtyKey::Customer(customer.clone()));
            let waiting = self.session.waiting.iter().filter(|(_, customer)| waits(customer));
            let waiting: Vec<DirtyKey> = waiting.map(|(order, _)| DirtyKey::Order(order.clone())).collect();
            keys.extend(waiting);
            touched.push(keys);
        }
        Ok(touched)
    }

    /// Plans what is touched, and shows it.
    async fn show(
        &mut self,
        touched: &BTreeSet<DirtyKey>,
        done: &mut Resynced,
        witness: &mut (dyn FnMut(&Rebuilt) + Send),
    ) -> anyhow::Result<()> {
        done.orders = touched.iter().filter_map(order_of).count() as u64;
        let cut: Arc<str> = RESYNC.into();
        for some in touched.iter().collect::<Vec<_>>().chunks(DOCUMENTS_MAX) {
            let keys: Vec<DirtyKey> = some.iter().map(|&key| key.clone()).collect();
            self.again.foresee([].iter(), &keys, &[]).await?;
            let mut before = Vec::new();
            for id in some.iter().copied().filter_map(order_of) {
                before.push(self.again.order(id).await?);
            }
            let documents = keys.into_iter().map(|key| (key, self.session.began_at)).collect();
            let commit = self.again.plan(documents, &cut).await?;
            let rebuilt = rebuilt(&before, &commit);
            done.differ += rebuilt.len() as u64;
            done.customers += commit.outbox.iter().filter(|e| matches!(e.lane, Lane::Customer(_))).count() as u64;
            rebuilt.iter().for_each(&mut *witness);
        }
        Ok(())
    }

    /// Writes what differs. Each part of it comes with the documents that it touches: one that is broken off forgets none.
    async fn put_right(&self, changes: &[RowChange], touched: &[BTreeSet<DirtyKey>]) -> anyhow::Result<()> {
        for (changes, touched) in changes.chunks(ROWS_MAX).zip(touched.chunks(ROWS_MAX)) {
            let mut mirror = Vec::with_capacity(changes.len());
            for change in changes {
                match &change.after {
                    Some(row) => mirror.extend(capture::filled(self.bound, change.table, vec![row.clone()])?),
                    None => mirror.extend(change.before.as_ref().map(|row| MirrorWrite {
                        table: change.table,
                        key: self.bound.footprint().tables[change.table].key_of(row),
                        row: None,
                        owners: Vec::new(),
                        changed: None,
                    })),
                }
            }
            mirror.iter_mut().for_each(|write| write.changed = Some(self.changed()));
            let keys: BTreeSet<&DirtyKey> = touched.iter().flatten().collect();
            let dirty = keys.into_iter().map(|key| (key.clone(), self.session.began_at)).collect();
            self.commit(Commit { mirror, dirty, ..Commit::default() }).await?;
        }
        Ok(())
    }

    /// The commit that ends it: from here on any session may go on.
    async fn end(&self, store: &Store, plan: Plan) -> anyhow::Result<()> {
        let moves = plan.shapes.is_some();
        let server = moves.then(|| store.identity());
        // What is planned before the next transaction has seen all that is before the position.
        let cut = moves.then(|| position::last_of(&plan.at));
        let commit = Commit {
            position: Some(plan.at),
            shapes: plan.shapes,
            server,
            cut,
            prepared_void: moves,
            ..Commit::default()
        };
        let (clock, mapping) = (self.session.clock, self.bound.version().to_owned());
        self.state.commit(self.session.epoch, Commit { clock, mapping, ..commit }).await?;
        Ok(())
    }

    fn changed(&self) -> Changed {
        Changed { transaction: RESYNC.into(), at: self.session.began_at }
    }

    /// Writes a part of it.
    async fn commit(&self, commit: Commit) -> anyhow::Result<()> {
        let (clock, mapping) = (self.session.clock, self.bound.version().to_owned());
        let begun = Some(RESYNC.to_owned());
        self.state.commit(self.session.epoch, Commit { clock, mapping, begun, ..commit }).await?;
        Ok(())
    }
}

impl Differs {
    /// With one more.
    fn and(self, change: &RowChange) -> Differs {
        let Differs { added, changed, removed } = self;
        match (&change.before, &change.after) {
            (None, _) => Differs { added: added + 1, ..self },
            (Some(_), Some(_)) => Differs { changed: changed + 1, ..self },
            (Some(_), None) => Differs { removed: removed + 1, ..self },
        }
    }
}

fn order_of(key: &DirtyKey) -> Option<&str> {
    match key {
        DirtyKey::Order(id) => Some(id),
        DirtyKey::Customer(_) => None,
    }
}
