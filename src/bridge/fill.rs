//! A stream's first start: the mirror is filled with what the store already has of customers and lookup tables, and only
//! then does the stream have a position.
//!
//! What is read is as of the position or newer, and nothing of it is a change: no document becomes dirty. The binlog from
//! the position on overlays it with full row images. A row that was changed twice in between goes back to its first change
//! and forward again; one that was deleted before it was read is missing, as it is in the store. A bridge that dies in the
//! middle leaves no position, and the next one begins from scratch, with a position of its own.

use std::time::Duration;

use jiff::Timestamp;
use tracing::{info, warn};

use crate::binlog::{After, Source, Store, StoreError};
use crate::capture;
use crate::change::{Position, TableId, TableShape};
use crate::mapping::{Bound, EvalError};
use crate::state::{Commit, DirtyKey, MirrorWrite, Session, State, StateError};

/// Rows in one SELECT, and in one commit: a MyISAM table is locked for no longer than that takes.
const CHUNK_ROWS_MAX: usize = 1000;

/// The index of a customer's own row.
const CUSTOMER_ID: &str = "customer.id";

/// A fill under way.
pub(super) struct Fill<'a> {
    state: &'a dyn State,
    bound: &'a Bound,
    session: &'a Session,
    position: &'a Position,
    /// The head of the binlog before the first row was read.
    head: Option<Position>,
    /// Tables that are not done yet, the one under way last.
    todo: Vec<TableId>,
    /// How far the table under way is.
    after: Option<After>,
    /// Rows read of it.
    rows: usize,
    /// Every customer is to be told.
    tell_customers: bool,
}

/// Why a fill did not end.
#[derive(Debug, thiserror::Error)]
pub(super) enum FillError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Row(#[from] EvalError),
    #[error("the table `{0}` was there when the mapping was checked, and is gone from the store")]
    Gone(String),
}

impl<'a> Fill<'a> {
    pub fn new(state: &'a dyn State, bound: &'a Bound, session: &'a Session, position: &'a Position) -> Self {
        let todo = bound.tables_to_fill().into_iter().rev().collect();
        Fill { state, bound, session, position, head: None, todo, after: None, rows: 0, tell_customers: false }
    }

    /// Every customer that is read is to be told to the ERP.
    pub fn telling_customers(self, tell_customers: bool) -> Self {
        Fill { tell_customers, ..self }
    }

    /// How much there is left to do: a fill that was interrupted and has another value now has moved.
    pub fn progress(&self) -> (usize, usize) {
        (self.todo.len(), self.rows)
    }

    /// Goes on until all is read, and stores the position with that. Answers the head of the binlog before the first row was
    /// read: what emptied or redefined a table before it is in the rows already.
    ///
    /// # Errors
    /// After a transient fault of the store it can be called again, with a connection to a server that has the position.
    pub async fn go_on(&mut self, store: &mut Store) -> Result<Position, FillError> {
        let mut snapshot = store.snapshot(self.position).await?;
        let head = match &self.head {
            Some(head) => head.clone(),
            None => store.head_like(self.position).await?,
        };
        self.head = Some(head.clone());
        while let Some(&table) = self.todo.last() {
            let uses = &self.bound.footprint().tables[table];
            let shape = self.shape(store, &uses.table).await?;
            loop {
                let chunk = snapshot.chunk(uses, &shape, self.after.as_ref(), CHUNK_ROWS_MAX).await?;
                let read = chunk.rows.len();
                let mirror = capture::filled(self.bound, table, chunk.rows)?;
                let dirty = if self.tell_customers { self.customers(&mirror) } else { Vec::new() };
                self.commit(Commit { mirror, dirty, ..Commit::default() }).await?;
                self.rows += read;
                self.after = chunk.next;
                if self.after.is_none() {
                    break;
                }
            }
            info!(table = uses.table, rows = self.rows, "table read into the mirror");
            self.rows = 0;
            self.todo.pop();
        }
        self.commit(Commit { position: Some(self.position.clone()), ..Commit::default() }).await?;
        Ok(head)
    }

    /// The customers that begin with these rows, as changed when the session began.
    fn customers(&self, mirror: &[MirrorWrite]) -> Vec<(DirtyKey, Timestamp)> {
        let owners = mirror.iter().flat_map(|write| &write.owners);
        let customers = owners.filter(|(index, _)| *index == CUSTOMER_ID).map(|(_, owner)| owner.clone());
        customers.map(|id| (DirtyKey::Customer(id), self.session.began_at)).collect()
    }

    async fn shape(&self, store: &mut Store, table: &str) -> Result<TableShape, FillError> {
        let mut shapes = store.shapes(&[table.to_owned()]).await?;
        self.bound.settings().correct(&mut shapes);
        shapes.into_iter().next().ok_or_else(|| FillError::Gone(table.to_owned()))
    }

    async fn commit(&self, commit: Commit) -> Result<(), FillError> {
        let (clock, mapping) = (self.session.clock, self.bound.version().to_owned());
        self.state.commit(self.session.epoch, Commit { clock, mapping, ..commit }).await?;
        Ok(())
    }
}

/// Fills the mirror, over reconnects; answers as [`Fill::go_on`].
///
/// # Errors
/// What does not mend itself. Nothing has a position then.
pub(super) async fn run(mut fill: Fill<'_>, source: &Source, store: &mut Store) -> anyhow::Result<Position> {
    let mut failures = 0;
    loop {
        let before = fill.progress();
        let error = match fill.go_on(store).await {
            Ok(head) => return Ok(head),
            Err(FillError::Store(StoreError::Transient(error))) => error,
            Err(error) => return Err(anyhow::Error::new(error).context("fill the mirror")),
        };
        failures = if fill.progress() == before { failures + 1 } else { 0 };
        let wait: Duration = super::STORE_BACKOFF.wait(failures, rand::random_range(0..1000));
        warn!(%error, ?wait, "store lost while the mirror was being filled, will go on");
        tokio::time::sleep(wait).await;
        super::left::reconnect(source, store, None).await?;
    }
}
