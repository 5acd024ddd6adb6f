//! What the range is read from: archived binlog files, and the server.

use std::path::PathBuf;

use crate::binlog::{Definitions, Limits, Place, Range, Source, Sources, Store};
use crate::bridge::still::Still;
use crate::bridge::unreachable_store;
use crate::change::{Batch, Position};

/// What one read of the binlog yields at most.
const LIMITS: Limits = Limits { transactions: 512, rows: 4_096 };

/// Where transactions come from.
pub(super) struct Span {
    source: Source,
    store: Store,
    files: Vec<PathBuf>,
    /// What the tables were like where the last pass began.
    known: Option<(Position, Definitions)>,
}

/// A pass over a range.
pub(super) struct Pass<'a>(Range<'a>);

impl Span {
    /// Files first, then the server.
    pub async fn of(still: &Still, files: &[PathBuf]) -> anyhow::Result<Span> {
        let source = still.source.clone();
        let store = Store::inspect(&source).await.map_err(unreachable_store)?;
        Ok(Span { source, store, files: files.to_vec(), known: None })
    }

    /// The position that is meant, in the kind of the stream's own.
    pub async fn resolve(&mut self, place: &Place, like: &Position) -> anyhow::Result<Position> {
        Ok(self.sources().resolve(place, like).await?)
    }

    /// The transactions that are in `to` and not in `from`.
    pub async fn open(&mut self, still: &Still, from: &Position, to: &Position) -> anyhow::Result<Pass<'_>> {
        let footprint = still.bound.footprint();
        let settings = still.bound.settings();
        let tables: Vec<String> = footprint.tables.iter().map(|t| t.table.clone()).collect();
        // A connection that a pass was read over is of no more use.
        self.store = Store::inspect(&self.source).await.map_err(unreachable_store)?;
        let known = match self.known.take() {
            Some((place, known)) if place == *from => known,
            Some(_) | None => {
                let known = self.sources().definitions(from, &tables, None).await?;
                let mut known = Definitions { really: settings.charset.clone(), ..known };
                settings.correct(&mut known.shapes);
                known
            }
        };
        let known = &self.known.insert((from.clone(), known)).1;
        let sources = Sources { store: Some(&mut self.store), files: &self.files, database: None };
        Ok(Pass(sources.open(from, to, footprint, known).await?))
    }

    fn sources(&mut self) -> Sources<'_> {
        Sources { store: Some(&mut self.store), files: &self.files, database: None }
    }
}

impl Pass<'_> {
    /// The next whole transactions; `None` at the range's end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Batch>> {
        Ok(self.0.next(&LIMITS).await?)
    }
}
