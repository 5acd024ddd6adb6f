//! What a slice's changes come to in the mirror.

use crate::change::{Row, RowChange, TableId};
use crate::mapping::{Bound, EvalError, Slice};
use crate::state::MirrorWrite;

/// The mirror's part of a commit.
pub(super) fn writes(slice: &Slice) -> Vec<MirrorWrite> {
    let write = |w: crate::mapping::Write| MirrorWrite {
        table: w.table,
        key: w.key,
        row: w.row,
        owners: w.owners.into_iter().map(|o| (o.index, o.owner)).collect(),
        changed: w.changed,
    };
    slice.writes().map(write).collect()
}

/// Rows as the store has them now, for a mirror that has not got them: nothing becomes dirty by them.
///
/// # Errors
/// A row whose owners cannot be evaluated.
pub fn filled(bound: &Bound, table: TableId, rows: Vec<Row>) -> Result<Vec<MirrorWrite>, EvalError> {
    let mut slice = Slice::new();
    for row in rows {
        slice.apply(bound, &RowChange { table, before: None, after: Some(row) })?;
    }
    Ok(writes(&slice))
}
