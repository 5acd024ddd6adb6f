//! Finding mirrored rows by other columns than their key: join columns of 1:N joins, and of lookup tables that are followed.
//!
//! An index has one entry a row, a text that is equal for equal values: integers whatever their width and sign, texts that
//! their collation takes for equal. A row with a NULL in it has none, because NULL equals nothing.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::change::{ColumnShape, OwnerKey, Row};

use super::datum::Datum;

/// What makes two values of a column equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Canon {
    Int,
    /// A text with its collation, where that is known.
    Text(Option<String>),
    Bytes,
}

impl Canon {
    /// Of a column; `None` for types that no join compares.
    pub fn of(column: &ColumnShape) -> Option<Canon> {
        match column.data_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" => Some(Canon::Int),
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
                Some(Canon::Text(column.collation.clone()))
            }
            "binary" | "varbinary" => Some(Canon::Bytes),
            _ => None,
        }
    }

    /// The text of a value; `None` for NULL.
    pub fn text(&self, value: &Datum) -> Result<Option<OwnerKey>, &'static str> {
        match (self, value) {
            (_, Datum::Null) => Ok(None),
            (Canon::Text(collation), Datum::Text(text)) => {
                super::collation::key_of(text, collation.as_deref()).map(|key| Some(key.into()))
            }
            (_, value) => value.to_key().map(Some).ok_or("a value of a join has no exact text"),
        }
    }
}

/// The entry of rows with a text of which it is not known what its collation takes it for. Whoever looks for a text looks at
/// them, too, and is held where they may be meant.
pub(super) const UNCLEAR: &str = "\u{0}unclear";

/// One index of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    /// Unique among all tables: `wp_postmeta(post_id)`.
    pub name: &'static str,
    /// Columns, as indexes into the table's row.
    pub columns: Vec<(usize, Canon)>,
}

impl Index {
    /// The row's entry; `None` where it has none.
    pub fn entry(&self, row: &Row) -> Option<OwnerKey> {
        let values = self.columns.iter().map(|(column, canon)| canon.text(&Datum::of(&row[*column])));
        entry(values).unwrap_or_else(|_| Some(UNCLEAR.into()))
    }
}

/// True where rows may have an entry that says nothing.
pub(super) fn may_be_unclear<'c>(mut columns: impl Iterator<Item = &'c Canon>) -> bool {
    columns.any(|canon| *canon != Canon::Int)
}

/// One entry of these parts; `None` where one is NULL.
pub(super) fn entry(
    parts: impl Iterator<Item = Result<Option<OwnerKey>, &'static str>>,
) -> Result<Option<OwnerKey>, &'static str> {
    let parts: Option<Vec<OwnerKey>> = parts.collect::<Result<Option<_>, _>>()?;
    Ok(parts.map(|mut parts| match parts.len() {
        1 => parts.remove(0),
        _ => serde_json::to_string(&parts).expect("texts are always JSON").into(),
    }))
}

/// The name of the index over these columns. Names are few, and live as long as the process.
pub(super) fn name(table: &str, columns: &[&str]) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let name = format!("{table}({})", columns.join(","));
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Value;

    #[test]
    fn a_row_whose_text_is_not_known_is_found_by_all_who_look_for_a_text() {
        let canon = Canon::Text(Some("utf8mb4_0900_ai_ci".into()));
        let index = Index { name: "t(code)", columns: vec![(0, canon.clone())] };
        let entry = |value: Value| index.entry(&vec![value].into());
        assert_eq!(entry(Value::text("Ab")), entry(Value::text("aB")));
        assert_eq!((entry(Value::text("ไทย")).as_deref(), entry(Value::Null)), (Some(UNCLEAR), None));
        assert!(may_be_unclear([&Canon::Int, &canon].into_iter()) && !may_be_unclear([&Canon::Int].into_iter()));
    }
}
