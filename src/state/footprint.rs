//! Whether a mirror holds what a mapping uses.

use std::collections::BTreeMap;

use super::StateError;
use crate::change::Footprint;

/// Refuses other columns than a mirror was filled for, by name.
pub(super) fn same_footprint(stream: &str, known: &Footprint, now: &Footprint) -> Result<(), StateError> {
    if known == now {
        return Ok(());
    }
    let columns = |f: &Footprint| -> BTreeMap<String, Vec<String>> {
        f.tables.iter().map(|t| (t.table.clone(), t.columns.clone())).collect()
    };
    let (known, now) = (columns(known), columns(now));
    let new: Vec<String> = now
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |c| (table, c)))
        .filter(|(table, column)| !known.get(*table).is_some_and(|k| k.contains(column)))
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    let what = if new.is_empty() { "other columns or keys than before".to_owned() } else { new.join(", ") };
    Err(StateError::Footprint { stream: stream.to_owned(), what })
}
