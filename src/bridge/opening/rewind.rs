//! The second step: the mirror as it was at the start.

use tracing::info;

use super::{Books, OpeningError, Step};
use crate::binlog::{Definitions, Limits, Store, StoreError, position};
use crate::capture::{self, Firsts, Image};
use crate::change::Position;
use crate::state::{Commit, MirrorWrite};

/// What one read of the binlog yields at most.
const LIMITS: Limits = Limits { transactions: 512, rows: 4_096 };

/// Rows in one commit.
const ROWS_MAX: usize = 1_000;

impl Books<'_> {
    /// Takes the mirror back to the start. A bridge that dies on the way finds the same images again.
    pub(super) async fn rewind(&mut self, store: &mut Store, until: &Position) -> Result<(), OpeningError> {
        let mut first = Firsts::default();
        let mut at = self.progress.start.clone();
        while !position::reached(&at, until) {
            match self.read_on(store, &mut first, &mut at, until).await {
                Err(OpeningError::Store(StoreError::Definite(why))) => {
                    return Err(self.not_rewound(why.to_string()).await?);
                }
                Err(OpeningError::NotRewound { why, .. }) => return Err(self.not_rewound(why).await?),
                other => other?,
            }
        }
        info!(rows = first.met(), "the mirror is that of the start");
        self.progress.step = Step::Deciding { table: 0, after: None };
        let opening = Some(self.stored());
        self.commit(Commit { opening, ..Commit::default() }).await?;
        Ok(())
    }

    /// Reads from one connection.
    async fn read_on(
        &self,
        store: &mut Store,
        first: &mut Firsts,
        at: &mut Position,
        until: &Position,
    ) -> Result<(), OpeningError> {
        let footprint = self.bound.footprint();
        let tables: Vec<String> = footprint.tables.iter().map(|t| t.table.clone()).collect();
        let known = store.definitions(at, &tables, None).await?;
        let mut known = Definitions { really: self.bound.settings().charset.clone(), ..known };
        self.bound.settings().correct(&mut known.shapes);
        let mut stream = store.stream(at, footprint, &known.shapes).await?.settling(&known);
        while !position::reached(at, until) {
            let batch = stream.next(&LIMITS).await?;
            let images = first.take(footprint, &batch).map_err(|error| OpeningError::NotRewound {
                start: self.progress.start.clone(),
                why: error.to_string(),
            })?;
            self.write_back(images).await?;
            *at = batch.position;
        }
        Ok(())
    }

    /// Writes rows as they were.
    async fn write_back(&self, mut images: Vec<Image>) -> Result<(), OpeningError> {
        // In an order of its own, so that pages are written that lie together.
        images.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for some in images.chunks(ROWS_MAX) {
            let mut mirror = Vec::with_capacity(some.len());
            for ((table, key), row) in some {
                let (table, key) = (*table, key.clone());
                match row {
                    None => mirror.push(MirrorWrite { table, key, row: None, owners: Vec::new(), changed: None }),
                    Some(row) => mirror.extend(capture::filled(self.bound, table, vec![row.clone()])?),
                }
            }
            self.commit(Commit { mirror, ..Commit::default() }).await?;
        }
        Ok(())
    }

    /// What cannot be taken back is forgotten.
    async fn not_rewound(&mut self, why: String) -> Result<OpeningError, OpeningError> {
        self.forget().await?;
        Ok(OpeningError::NotRewound { start: self.progress.start.clone(), why })
    }
}
