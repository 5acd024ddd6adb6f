//! The probe row: is what the shop writes in its binlog at all?
//!
//! A stream that is silent may belong to a shop that sleeps, or to one whose rows never reach the binlog: written under
//! `sql_log_bin = 0`, hidden by a filter, logged as statements. The bridge cannot tell the two apart from what it reads. So it
//! looks, every so often and on a connection of its own, at the newest key of each table that orders begin with, and at the
//! binlog's head after that. Once the stream has committed up to that head, the mirror must hold the row.
//!
//! What may be otherwise for a good reason is left out: rows that were there when the session began, and rows that are gone
//! again. A row can show for a moment before the head covers it, so that one that is missing is looked for a second time, at a
//! head that was read after it had been seen again. The probe only asks; a store that is away is asked again later.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tracing::{debug, error, info};

use crate::binlog::{Source, Store, StoreError, position};
use crate::change::{Lookup, Position, RowKey, TableId, TableShape, Value, row_key};
use crate::mapping::Bound;
use crate::state::{State, StateError};

/// The longest between two looks at how far the stream is.
const LOOK_MAX: Duration = Duration::from_secs(1);

/// The longest that one round of questions may take.
const ROUND_MAX: Duration = Duration::from_secs(30);

/// A table whose newest row is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Watched {
    table: TableId,
    name: String,
    /// Its key, an integer.
    column: String,
}

/// The tables that orders begin with and that have a key of one integer column: only such a key has a newest row.
pub(super) fn watched(bound: &Bound, shapes: &[TableShape]) -> Vec<Watched> {
    let by_key = |table: TableId| {
        let uses = &bound.footprint().tables[table];
        let [key] = uses.key.as_slice() else { return None };
        let column = uses.columns.get(*key)?;
        let shape = shapes.iter().find(|shape| shape.table.eq_ignore_ascii_case(&uses.table))?;
        let is_key = shape.columns.iter().find(|c| c.name.eq_ignore_ascii_case(column))?;
        let integer = ["tinyint", "smallint", "mediumint", "int", "bigint"].contains(&is_key.data_type.as_str());
        integer.then(|| Watched { table, name: uses.table.clone(), column: column.clone() })
    };
    bound.order_tables().into_iter().filter_map(by_key).collect()
}

/// The bridge's end: it says how far the left loop is.
pub(super) struct Probe {
    /// `None`: never.
    every: Option<Duration>,
    watched: Vec<Watched>,
    reached: watch::Sender<Option<Reached>>,
}

/// How far the left loop is.
#[derive(Debug, Clone)]
struct Reached {
    /// What is committed.
    position: Position,
    /// The one server that it is read from.
    source: Source,
}

/// A probe at work; it ends with its holder.
pub(super) struct Looking(JoinHandle<()>);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Probe {
    pub fn new(every: Option<Duration>, watched: Vec<Watched>) -> Probe {
        Probe { every, watched, reached: watch::Sender::new(None) }
    }

    /// The stream goes on here, at this server.
    pub fn reads_from(&self, source: Source, position: &Position) {
        self.reached.send_replace(Some(Reached { position: position.clone(), source }));
    }

    /// The stream has committed up to here.
    pub fn reached(&self, position: &Position) {
        self.reached.send_modify(|reached| {
            if let Some(reached) = reached {
                reached.position = position.clone();
            }
        });
    }

    /// Begins to look, beside the two loops.
    pub fn start(&self, state: Arc<dyn State>) -> Option<Looking> {
        let every = self.every.filter(|_| !self.watched.is_empty())?;
        let rows = self.watched.iter().cloned().map(ProbeRow::new).collect();
        let mut look = Look { state, reached: self.reached.subscribe(), rows, store: None };
        Some(Looking(tokio::spawn(async move { look.run(every).await })))
    }
}

/// The probe's end.
struct Look {
    state: Arc<dyn State>,
    reached: watch::Receiver<Option<Reached>>,
    rows: Vec<ProbeRow>,
    /// The connection, and where it leads.
    store: Option<(String, Store)>,
}

/// Why a round of questions came to nothing.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("no answer for {} s", ROUND_MAX.as_secs())]
    Late,
}

impl Look {
    async fn run(&mut self, every: Duration) {
        let mut ask_at = Instant::now();
        loop {
            let reached = self.reached.borrow_and_update().clone();
            if let Some(reached) = reached {
                let ask = Instant::now() >= ask_at;
                if ask {
                    ask_at = Instant::now() + every;
                }
                let round = timeout(ROUND_MAX, self.round(&reached, ask)).await.unwrap_or(Err(Unanswered::Late));
                if let Err(error) = round {
                    // The stream meets the same fault, and says it.
                    debug!(%error, "the probe's questions were not answered, will ask again");
                    self.store = None;
                }
            }
            tokio::time::sleep(every.min(LOOK_MAX)).await;
        }
    }

    async fn round(&mut self, reached: &Reached, ask: bool) -> Result<(), Unanswered> {
        for i in 0..self.rows.len() {
            if let Some(key) = self.rows[i].due(&reached.position) {
                self.settle(i, key, reached).await?;
            }
        }
        if ask && self.rows.iter().any(|row| row.step == Step::Rest) {
            self.ask(reached).await?;
        }
        Ok(())
    }

    /// The newest rows, and the head after them.
    async fn ask(&mut self, reached: &Reached) -> Result<(), Unanswered> {
        let mut newest = Vec::new();
        for i in 0..self.rows.len() {
            let Watched { name, column, .. } = self.rows[i].of.clone();
            newest.push(self.store(reached).await?.newest(&name, &column).await?);
        }
        let head = self.store(reached).await?.head_like(&reached.position).await?;
        let first = self.rows.iter().any(|row| row.oldest.is_none());
        for (row, newest) in self.rows.iter_mut().zip(newest) {
            row.seen(newest, &head);
        }
        if first {
            let tables: Vec<&str> = self.rows.iter().map(|row| row.of.name.as_str()).collect();
            info!(tables = tables.join(","), "new rows are looked for in the binlog from now on");
        }
        Ok(())
    }

    /// The stream is where the row must have been met.
    async fn settle(&mut self, i: usize, key: i128, reached: &Reached) -> Result<(), Unanswered> {
        let Watched { table, name, column } = self.rows[i].of.clone();
        let lookup = Lookup::Row { table, key: key_text(key) };
        let mirrored = self.state.load(vec![lookup]).await?.iter().any(|(_, rows)| !rows.is_empty());
        let mut still = None;
        if !mirrored {
            let store = self.store(reached).await?;
            if store.has(&name, &column, key).await? {
                still = Some(store.head_like(&reached.position).await?);
            }
        }
        let position = &reached.position;
        match self.rows[i].found(mirrored, still) {
            Said::Nothing => {}
            Said::Missing => error!(
                table = name,
                %position,
                "rows reach this table without being in the binlog: its newest row is in the store and was not in what was read up \
                 to here (sql_log_bin = 0, a filter or statement format hides it); its documents are missing, and `ledgertap check` \
                 looks for the cause; then `ledgertap resync --table {name}` reads them"
            ),
            Said::Well => info!(
                table = name,
                %position,
                "new rows of this table come through the binlog again; `ledgertap resync --table {name}` reads those that did not"
            ),
        }
        Ok(())
    }

    /// The connection to the server that the stream reads from.
    async fn store(&mut self, reached: &Reached) -> Result<&mut Store, StoreError> {
        let host = reached.source.host();
        let connected = match self.store.take() {
            Some((to, store)) if to == host => store,
            _ => {
                let mut store = Store::connect(&reached.source).await?;
                store.ask_only().await?;
                store
            }
        };
        Ok(&mut self.store.insert((host, connected)).1)
    }
}

/// What is known of one table's newest row.
#[derive(Debug)]
struct ProbeRow {
    of: Watched,
    /// The newest key when the session began, or `None` of an empty table: what is not above it may be older than the stream.
    oldest: Option<Option<i128>>,
    step: Step,
    /// An alarm has been raised, and nothing has come through since.
    missing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Rest,
    /// The row must be in the mirror once the stream is at `head`.
    Wait {
        key: i128,
        head: Position,
        /// It was not, once.
        again: bool,
    },
}

/// What there is to say.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Missing,
    Well,
}

impl ProbeRow {
    fn new(of: Watched) -> ProbeRow {
        ProbeRow { of, oldest: None, step: Step::Rest, missing: false }
    }

    /// The store's newest key, and the head that was read after it.
    fn seen(&mut self, newest: Option<i128>, head: &Position) {
        let Some(oldest) = self.oldest else {
            self.oldest = Some(newest);
            return;
        };
        if let (Step::Rest, Some(key)) = (&self.step, newest.filter(|_| newest > oldest)) {
            self.step = Step::Wait { key, head: head.clone(), again: false };
        }
    }

    /// The row to look for, where the stream is far enough.
    fn due(&self, committed: &Position) -> Option<i128> {
        match &self.step {
            Step::Wait { key, head, .. } if position::reached(committed, head) => Some(*key),
            Step::Wait { .. } | Step::Rest => None,
        }
    }

    /// Whether the mirror holds the row, and, where it does not, a head that was read after the store was seen to hold it still.
    fn found(&mut self, mirrored: bool, still: Option<Position>) -> Said {
        let (step, missing) = (std::mem::replace(&mut self.step, Step::Rest), self.missing);
        match (step, mirrored, still) {
            (Step::Wait { .. }, true, _) if missing => {
                self.missing = false;
                Said::Well
            }
            (Step::Wait { key, again: false, .. }, false, Some(head)) => {
                self.step = Step::Wait { key, head, again: true };
                Said::Nothing
            }
            (Step::Wait { again: true, .. }, false, Some(_)) if !missing => {
                self.missing = true;
                Said::Missing
            }
            _ => Said::Nothing,
        }
    }
}

/// The key as the mirror has it.
fn key_text(key: i128) -> RowKey {
    match (i64::try_from(key), u64::try_from(key)) {
        (Ok(key), _) => row_key(&[&Value::Int(key)]),
        (Err(_), Ok(key)) => row_key(&[&Value::UInt(key)]),
        (Err(_), Err(_)) => row_key(&[&Value::Null]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sequence: u64) -> Position {
        Position(format!("mariadb:0-1-{sequence}"))
    }

    fn row() -> ProbeRow {
        ProbeRow::new(Watched { table: 0, name: "orders".into(), column: "id".into() })
    }

    /// Looks for the newest key, and answers for the mirror and the store.
    fn look(row: &mut ProbeRow, key: i128, mirrored: bool, stored: bool) -> Vec<Said> {
        row.seen(Some(key), &at(10));
        let mut said = Vec::new();
        while let Some(due) = row.due(&at(10)) {
            assert_eq!(due, key);
            said.push(row.found(mirrored, stored.then(|| at(10))));
        }
        said
    }

    #[test]
    fn rows_from_before_the_session_are_not_looked_for() {
        let mut row = row();
        assert!(look(&mut row, 5, false, true).is_empty(), "the newest at the beginning");
        assert!(look(&mut row, 5, false, true).is_empty());
        assert!(look(&mut row, 4, false, true).is_empty(), "the newest was deleted");
        let mut empty = self::row();
        empty.seen(None, &at(1));
        assert_eq!(look(&mut empty, 1, true, true), [Said::Nothing], "the first of a table that was empty");
    }

    #[test]
    fn a_row_is_looked_for_when_the_stream_is_at_the_head() {
        let mut row = row();
        row.seen(Some(5), &at(1));
        row.seen(Some(6), &at(9));
        assert_eq!((row.due(&at(8)), row.due(&at(9))), (None, Some(6)));
        row.seen(Some(7), &at(12));
        assert_eq!(row.due(&at(9)), Some(6), "one at a time");
        assert_eq!(row.found(true, None), Said::Nothing);
        assert_eq!(row.due(&at(99)), None);
    }

    #[test]
    fn an_alarm_is_raised_once_and_taken_back_once() {
        let mut row = row();
        row.seen(Some(5), &at(1));
        assert_eq!(look(&mut row, 6, false, true), [Said::Nothing, Said::Missing], "not at the first look");
        assert_eq!(look(&mut row, 6, false, true), [Said::Nothing, Said::Nothing]);
        assert_eq!(look(&mut row, 7, false, true), [Said::Nothing, Said::Nothing]);
        assert_eq!(look(&mut row, 8, true, true), [Said::Well]);
        assert_eq!(look(&mut row, 9, true, true), [Said::Nothing]);
        assert_eq!(look(&mut row, 10, false, true), [Said::Nothing, Said::Missing]);
    }

    #[test]
    fn a_row_that_is_gone_again_is_no_alarm() {
        let mut row = row();
        row.seen(Some(5), &at(1));
        assert_eq!(look(&mut row, 6, false, false), [Said::Nothing]);
        row.seen(Some(7), &at(10));
        assert_eq!(row.found(false, Some(at(10))), Said::Nothing);
        assert_eq!(row.found(false, None), Said::Nothing, "deleted between the two looks");
        assert!(!row.missing && row.step == Step::Rest);
    }

    #[test]
    fn keys_are_the_mirror_s() {
        assert_eq!(
            [key_text(-1), key_text(7), key_text(i128::from(u64::MAX))],
            ["[-1]", "[7]", "[18446744073709551615]"]
        );
    }
}
