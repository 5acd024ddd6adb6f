//! The first step: every table, in chunks in the order of its key.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::info;

use super::pace::Stride;
use super::{Books, OpeningError, Step};
use crate::binlog::{After, Store};
use crate::capture::{self, Opening};
use crate::change::{Position, TableId, TableShape};
use crate::state::{Commit, DirtyKey, MirrorWrite};

/// The index of a customer's own row.
const CUSTOMER_ID: &str = "customer.id";

/// How often a person is told how far it is.
const SAID_AGAIN: Duration = Duration::from_secs(5);

/// How far the reading is, for people.
struct Said {
    began: Instant,
    at: Instant,
    rows: u64,
    /// About how many rows each table has.
    about: BTreeMap<String, u64>,
}

impl Books<'_> {
    /// Reads what is not read yet; the next step begins with the commit of the last chunk.
    pub(super) async fn read(&mut self, store: &mut Store) -> Result<(), OpeningError> {
        let mut snapshot = store.snapshot(&self.progress.start).await?;
        if self.progress.head.is_none() {
            self.progress.head = Some(store.head_like(&self.progress.start).await?);
        }
        let tables = self.tables();
        let names: Vec<String> = tables.iter().map(|&t| self.bound.footprint().tables[t].table.clone()).collect();
        let (began, about) = (Instant::now(), store.about_rows(&names).await?);
        let mut said = Said { began, at: began, rows: 0, about };
        while let Step::Reading { table, after } = self.progress.step.clone() {
            let Some(&id) = tables.get(table) else {
                let Some(step) = self.after_reading(store).await? else { return Ok(()) };
                self.progress.step = step;
                let opening = Some(self.stored());
                self.commit(Commit { opening, ..Commit::default() }).await?;
                return Ok(());
            };
            self.read_table(store, &mut snapshot, (table, id), after, &mut said).await?;
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

    async fn read_table(
        &mut self,
        store: &mut Store,
        snapshot: &mut crate::binlog::Snapshot,
        (nth, table): (usize, TableId),
        mut after: Option<After>,
        said: &mut Said,
    ) -> Result<(), OpeningError> {
        let uses = &self.bound.footprint().tables[table];
        let shape = self.shape(store, &uses.table).await?;
        let mut stride = Stride::new(&shape.engine);
        let mut rows = 0;
        loop {
            self.throttle.wait(stride.rows()).await;
            let begun = Instant::now();
            let chunk = snapshot.chunk(uses, &shape, after.as_ref(), stride.rows()).await?;
            let leave_alone = stride.note(chunk.rows.len(), begun.elapsed());
            rows += chunk.rows.len();
            let mirror = capture::filled(self.bound, table, chunk.rows)?;
            let dirty = if self.terms.tell_customers { self.customers(&mirror) } else { Vec::new() };
            after = chunk.next;
            self.progress.step = match &after {
                Some(_) => Step::Reading { table: nth, after: after.clone() },
                None => Step::Reading { table: nth + 1, after: None },
            };
            let opening = Some(self.stored());
            let read = mirror.len();
            self.commit(Commit { mirror, dirty, opening, ..Commit::default() }).await?;
            said.note(&uses.table, read, rows);
            if after.is_none() {
                break;
            }
            tokio::time::sleep(leave_alone).await;
        }
        let longest_lock_ms = stride.locks.then_some(stride.longest.as_millis() as u64);
        info!(table = uses.table, rows, longest_lock_ms, "table read into the mirror");
        Ok(())
    }

    /// The customers that begin with these rows, as changed when the session began.
    fn customers(&self, mirror: &[MirrorWrite]) -> Vec<(DirtyKey, Timestamp)> {
        let owners = mirror.iter().flat_map(|write| &write.owners);
        let customers = owners.filter(|(index, _)| *index == CUSTOMER_ID).map(|(_, owner)| owner.clone());
        customers.map(|id| (DirtyKey::Customer(id), self.session.began_at)).collect()
    }

    async fn shape(&self, store: &mut Store, table: &str) -> Result<TableShape, OpeningError> {
        let mut shapes = store.shapes(&[table.to_owned()]).await?;
        self.bound.settings().correct(&mut shapes);
        shapes.into_iter().next().ok_or_else(|| OpeningError::Gone(table.to_owned()))
    }
}

impl Said {
    /// Notes rows, and says how far it is every few seconds.
    fn note(&mut self, table: &str, read: usize, of_table: usize) {
        self.rows += read as u64;
        if self.at.elapsed() < SAID_AGAIN {
            return;
        }
        self.at = Instant::now();
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rows_per_second = self.rows.saturating_mul(1000) / ms;
        let all: u64 = self.about.values().sum();
        let seconds_left = all.saturating_sub(self.rows) / rows_per_second.max(1);
        let about = self.about.get(table).copied().unwrap_or_default();
        info!(table, rows = of_table, about, rows_per_second, seconds_left, "reading the store");
    }
}
