//! What the range is read from: archived binlog files, and the server.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::binlog::{Definitions, Limits, Place, Range, Source, Sources, Store};
use crate::bridge::still::Still;
use crate::bridge::unreachable_store;
use crate::change::{Batch, Position};

/// What one read of the binlog yields at most.
const LIMITS: Limits = Limits { transactions: 512, rows: 4_096 };

/// For how long nothing need be asked over a connection: a server's `wait_timeout` may be little more.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Where transactions come from.
pub(super) struct Span {
    source: Source,
    /// With when it was connected to.
    store: Option<(Store, Instant)>,
    files: Vec<PathBuf>,
    /// What the tables were like where the last pass began.
    known: Option<(Position, Definitions)>,
}

/// A pass over a range.
pub(super) struct Pass<'a>(Range<'a>);

/// What is known of the tables where a pass begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// They are taken to be as they are where the stream is: that holds where no statement is met on the way there.
    AsKept,
    /// The binlog has been searched for statements that changed them since.
    Searched,
}

impl Span {
    /// Files first, then the server.
    pub async fn of(still: &Still, files: &[PathBuf]) -> anyhow::Result<Span> {
        let source = still.source.clone();
        let store = Store::inspect(&source).await.map_err(unreachable_store)?;
        Ok(Span { source, store: Some((store, Instant::now())), files: files.to_vec(), known: None })
    }

    /// The same for a pass that begins at a place between which and the last pass's beginning no statement was met.
    pub fn beside(&self, place: &Position) -> Span {
        let known = self.known.clone().map(|(_, known)| (place.clone(), known));
        Span { source: self.source.clone(), store: None, files: self.files.clone(), known }
    }

    /// The position that is meant, in the kind of the stream's own.
    pub async fn resolve(&mut self, place: &Place, like: &Position) -> anyhow::Result<Position> {
        Ok(self.sources().resolve(place, like).await?)
    }

    /// The transactions that are in `to` and not in `from`; what tables were like there is `known` as said, or better.
    pub async fn open(
        &mut self,
        still: &Still,
        from: &Position,
        to: &Position,
        known: Known,
    ) -> anyhow::Result<Pass<'_>> {
        let footprint = still.bound.footprint();
        let settings = still.bound.settings();
        let tables: Vec<String> = footprint.tables.iter().map(|t| t.table.clone()).collect();
        // While files were read the server may have given up a connection that nothing was asked over.
        if self.store.as_ref().is_none_or(|(_, connected)| connected.elapsed() > IDLE_MAX) {
            let store = Store::inspect(&self.source).await.map_err(unreachable_store)?;
            self.store = Some((store, Instant::now()));
        }
        let kept = still.session.shapes.as_deref().filter(|_| known == Known::AsKept);
        let known = match self.known.take().filter(|(place, _)| known == Known::AsKept && place == from) {
            Some((_, known)) => known,
            None => {
                let known = self.sources().definitions(from, &tables, kept).await?;
                let mut known = Definitions { really: settings.charset.clone(), ..known };
                settings.correct(&mut known.shapes);
                known
            }
        };
        let known = &self.known.insert((from.clone(), known)).1;
        let sources =
            Sources { store: self.store.as_mut().map(|(store, _)| store), files: &self.files, database: None };
        Ok(Pass(sources.open(from, to, footprint, known).await?))
    }

    fn sources(&mut self) -> Sources<'_> {
        Sources { store: self.store.as_mut().map(|(store, _)| store), files: &self.files, database: None }
    }
}

impl Pass<'_> {
    /// True where what tables were like where the pass began may be other than what it took them for.
    pub fn met_statements(&self) -> bool {
        self.0.met_statements()
    }

    /// The next whole transactions; `None` at the range's end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        Ok(self.0.next(&LIMITS).await?)
    }
}
