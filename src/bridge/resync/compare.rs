//! Two mirrors of a table, row by row.

use std::collections::BTreeMap;

use crate::change::{Lookup, MirrorRow, Row, RowChange, RowKey, TableId, Value};
use crate::state::{State, StateError};

/// Rows that are compared, or written, together.
pub(super) const ROWS_MAX: usize = 1_000;

/// The next rows of a table, by key; `None` at its end.
///
/// # Errors
/// The state database's.
pub(super) async fn page(
    state: &dyn State,
    table: TableId,
    after: &mut Option<RowKey>,
) -> Result<Option<Vec<MirrorRow>>, StateError> {
    let rows = state.rows(table, after.take(), ROWS_MAX).await?;
    *after = rows.last().map(|row| row.key.clone());
    Ok((!rows.is_empty()).then_some(rows))
}

/// What would make a table's mirror the other.
///
/// # Errors
/// The state databases'.
pub(super) async fn differences(
    mirror: &dyn State,
    other: &dyn State,
    table: TableId,
) -> Result<Vec<RowChange>, StateError> {
    let mut changes = Vec::new();
    let mut after = None;
    while let Some(rows) = page(other, table, &mut after).await? {
        let ours = by_key(mirror, table, &rows).await?;
        for MirrorRow { key, row, .. } in rows {
            let before = ours.get(&key).cloned();
            if !before.as_ref().is_some_and(|before| same(before, &row)) {
                changes.push(RowChange { table, before, after: Some(row) });
            }
        }
    }
    let mut after = None;
    while let Some(rows) = page(mirror, table, &mut after).await? {
        let theirs = by_key(other, table, &rows).await?;
        let gone = rows.into_iter().filter(|row| !theirs.contains_key(&row.key));
        changes.extend(gone.map(|row| RowChange { table, before: Some(row.row), after: None }));
    }
    Ok(changes)
}

/// True where rows are the same to the last digit: 1.50 is not 1.5.
fn same(a: &Row, b: &Row) -> bool {
    a.len() == b.len()
        && a.iter().zip(b.iter()).all(|pair| match pair {
            (Value::Decimal(a), Value::Decimal(b)) => a == b && a.scale() == b.scale(),
            (a, b) => a == b,
        })
}

/// The rows that a mirror has under these keys.
async fn by_key(state: &dyn State, table: TableId, rows: &[MirrorRow]) -> Result<BTreeMap<RowKey, Row>, StateError> {
    let lookups = rows.iter().map(|row| Lookup::Row { table, key: row.key.clone() }).collect();
    let found = state.load(lookups).await?;
    Ok(found.into_iter().flat_map(|(_, rows)| rows).map(|row| (row.key, row.row)).collect())
}
