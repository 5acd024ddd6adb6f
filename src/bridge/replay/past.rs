//! The first pass: the mirror as it was where the range begins.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use anyhow::Context as _;

use super::Range;
use super::span::Span;
use crate::binlog::position;
use crate::bridge::still::Still;
use crate::capture::{Again, End, Ends};
use crate::change::{Lookup, Position, RowKey, TableId};

/// Rows that are compared together.
const ROWS_MAX: usize = 2_000;

/// What has changed since the range's start.
pub(super) struct Past {
    /// The first image and the last of each row.
    rows: Vec<((TableId, RowKey), End)>,
    /// Row changes.
    pub changes: u64,
    met: Met,
}

/// The transactions that were met; by a hash.
#[derive(Default)]
struct Met {
    ids: HashSet<u64>,
    hasher: RandomState,
}

impl Past {
    /// Reads from the range's start to where the stream is.
    pub async fn read(still: &Still, span: &mut Span, range: &Range) -> anyhow::Result<Past> {
        let footprint = still.bound.footprint();
        let (mut ends, mut changes, mut met) = (Ends::default(), 0, Met::default());
        let mut pass = span.open(still, &range.from, &range.until).await?;
        while let Some(batch) = pass.next().await? {
            for transaction in &batch.transactions {
                met.ids.insert(met.hasher.hash_one(&*transaction.id));
            }
            let taken = ends
                .take(footprint, batch)
                .map_err(|error| anyhow::anyhow!("--from {}: {error}; begin before its XA PREPARE", range.from))?;
            changes += taken as u64;
        }
        let mut rows: Vec<_> = ends.into_met().collect();
        // As they lie in the mirror.
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        is_of_this_stream(still, &rows, range).await?;
        Ok(Past { rows, changes, met })
    }

    /// Whether the transaction of this id came after the range's start; `None` where that cannot be told.
    pub fn came(&self, from: &Position, id: &str) -> Option<bool> {
        match self.met.ids.contains(&self.met.hasher.hash_one(id)) {
            true => Some(true),
            false => position::has(from, id).map(|before| !before),
        }
    }

    /// The mirror as it was, to plan over.
    pub fn again(self, still: &Still) -> anyhow::Result<Again> {
        let mut again = Again::new(still.state.clone(), still.bound.clone(), still.terms.clone()).of_put_orders();
        for ((table, key), end) in self.rows {
            again.put_row(table, key, end.first)?;
        }
        Ok(again)
    }

    /// The mirror as it was, all of it.
    pub async fn mirror(self, still: &Still) -> anyhow::Result<BTreeMap<(String, String), String>> {
        let mut mirror = BTreeMap::new();
        let tables = &still.bound.footprint().tables;
        for (table, uses) in tables.iter().enumerate() {
            let mut after = None;
            loop {
                let rows = still.state.rows(table, after, ROWS_MAX).await?;
                let Some(last) = rows.last() else { break };
                after = Some(last.key.clone());
                for row in rows {
                    mirror.insert((uses.table.clone(), row.key), serde_json::to_string(&row.row)?);
                }
            }
        }
        for ((table, key), end) in self.rows {
            let place = (tables[table].table.clone(), key);
            match end.first {
                Some(row) => drop(mirror.insert(place, serde_json::to_string(&row)?)),
                None => drop(mirror.remove(&place)),
            }
        }
        Ok(mirror)
    }
}

/// The last image of each row is what the mirror holds, or what was read is another store's.
async fn is_of_this_stream(still: &Still, rows: &[((TableId, RowKey), End)], range: &Range) -> anyhow::Result<()> {
    let load = |some: &[((TableId, RowKey), End)]| {
        let lookups = some.iter().map(|((table, key), _)| Lookup::Row { table: *table, key: key.clone() });
        let (state, lookups) = (still.state.clone(), lookups.collect());
        tokio::spawn(async move { state.load(lookups).await })
    };
    let mut some = rows.chunks(ROWS_MAX);
    let mut next = some.next().map(|some| (some, load(some)));
    while let Some((those, loading)) = next {
        // The next are loaded while these are compared.
        next = some.next().map(|some| (some, load(some)));
        let found = loading.await.context("look at the mirror")??;
        for (((table, _), end), (_, there)) in those.iter().zip(&found) {
            let there = there.first().map(|row| &row.row);
            anyhow::ensure!(
                there == end.last.as_ref(),
                "a row of `{}` is not in the mirror as it is after the last change of it between {} and {}: what was read is of \
                 another server, or rows were changed without row events; `ledgertap resync` reads the table again",
                still.bound.footprint().tables[*table].table,
                range.from,
                range.until
            );
        }
    }
    Ok(())
}
