//! What the mirror is asked for, beside its rows.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{State, StateError};
use crate::change::{RowKey, TableId};

/// Which mirrored row: its table and its key.
pub type MirrorKey = (TableId, RowKey);

/// A mirrored row, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowUnder {
    /// Its table.
    pub table: String,
    /// Its key.
    pub key: RowKey,
    /// Its entries in the owner indexes: index, owner.
    pub owners: Vec<(String, String)>,
    /// The transaction that left it so, and when the store committed it; `None` where it was only read.
    pub changed: Option<(String, Timestamp)>,
}

/// The rows that an order is made of: its own, its lines', its refunds' and theirs, each once.
///
/// # Errors
/// The state database's.
pub async fn rows_of_order(state: &dyn State, order: &str) -> Result<Vec<RowUnder>, StateError> {
    let mut rows = Vec::new();
    for index in ["order.id", "order_line.order_id", "refund.order_id"] {
        rows.extend(state.under(index, order).await?);
    }
    let refunds: BTreeSet<String> =
        rows.iter().flat_map(|row| &row.owners).filter(|(i, _)| i == "refund.id").map(|(_, id)| id.clone()).collect();
    for refund in refunds {
        rows.extend(state.under("refund_line.refund_id", &refund).await?);
    }
    rows.sort_by(|a, b| (&a.table, &a.key).cmp(&(&b.table, &b.key)));
    rows.dedup();
    Ok(rows)
}
