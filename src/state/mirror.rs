//! What the mirror is asked for, beside its rows.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{State, StateError};
use crate::change::{Row, RowKey, TableId, Value};

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

/// True where this is the JSON that a row is written as. Most texts are in JSON as they are: they are compared where they lie.
pub(super) fn is_written_as(row: &Row, json: &str, scratch: &mut Vec<u8>) -> bool {
    let mut rest = json.as_bytes();
    let mut before: &[u8] = b"[";
    for value in row.iter() {
        let after = rest.strip_prefix(before).and_then(|rest| match value {
            Value::Text(text) if !text.bytes().any(|b| matches!(b, b'"' | b'\\' | 0..0x20)) => {
                rest.strip_prefix(b"\"")?.strip_prefix(text.as_bytes())?.strip_prefix(b"\"")
            }
            other => {
                scratch.clear();
                serde_json::to_writer(&mut *scratch, other).ok()?;
                rest.strip_prefix(scratch.as_slice())
            }
        });
        let Some(after) = after else { return false };
        (rest, before) = (after, b",");
    }
    rest == b"]"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Int),
            (i64::MAX as u64..).prop_map(Value::UInt),
            (any::<i64>(), 0u32..6).prop_map(|(n, scale)| Value::Decimal(rust_decimal::Decimal::new(n, scale))),
            "[a\"\\\\n\n\u{0}北]{0,4}".prop_map(Value::text),
            Just(Value::Time("2026-11-28 08:15:00".into())),
        ]
    }

    fn row() -> impl Strategy<Value = Row> {
        proptest::collection::vec(value(), 1..4).prop_map(Row::from)
    }

    proptest! {
        #[test]
        fn a_row_is_written_as_its_json(one in row(), other in row(), beyond in value()) {
            let longer: Row = one.iter().cloned().chain([beyond]).collect();
            let said = |row: &Row| serde_json::to_string(row).unwrap();
            for row in [&one, &other, &longer] {
                for json in [&one, &other, &longer].map(said) {
                    prop_assert_eq!(is_written_as(row, &json, &mut Vec::new()), said(row) == json);
                    prop_assert!(!is_written_as(row, &json[..json.len() - 1], &mut Vec::new()));
                }
            }
        }
    }
}
