//! What a join's equalities say: which columns of the joined table have to equal what, and whether that finds one row.

use crate::change::TableShape;

use super::bind::{Column, Pair};
use super::datum::Datum;
use super::expr::{Comparison, Expr, Function, Kind};
use super::index::Canon;
use super::refusal::Place;
use super::settings::Settings;

/// What tells a table's rows apart: its key, or else what the profile says.
pub(super) fn key_of(shape: &TableShape, settings: &Settings) -> Vec<String> {
    let declared = || settings.keys.get(&shape.table).cloned().unwrap_or_default();
    let key = if shape.key.is_empty() { declared() } else { shape.key.clone() };
    let is = |name: &String| shape.columns.iter().find(|c| c.name.eq_ignore_ascii_case(name)).map(|c| c.name.clone());
    key.iter().filter_map(is).collect()
}

/// `joined.column = value` of columns that a join compares; `None` for other conditions.
pub(super) fn pair(joined: usize, expr: &Expr<Column>, condition: usize) -> Option<Pair> {
    let Kind::Call(Function::Compare(Comparison::Equal), args) = &expr.kind else { return None };
    let [a, b] = args.as_slice() else { return None };
    let (a, b) = (plain(a), plain(b));
    let column = |e: &Expr<Column>| match &e.kind {
        Kind::Column(c) if c.from == joined => Some((c.column.clone(), c.canon.clone()?)),
        _ => None,
    };
    let ((name, canon), value) = match (column(a), column(b)) {
        (Some(found), None) => (found, b),
        (None, Some(found)) => (found, a),
        _ => return None,
    };
    let mut own = false;
    value.columns(&mut |c, _| own |= c.from == joined);
    let fits = match (&value.kind, &canon) {
        (Kind::Column(c), canon) => c.canon.as_ref() == Some(canon),
        (Kind::Literal(Datum::Int(_) | Datum::UInt(_)), Canon::Int) => true,
        (Kind::Literal(Datum::Text(_)), Canon::Text(_)) => true,
        (Kind::Call(Function::CastSigned | Function::CastUnsigned, _), Canon::Int) => true,
        (Kind::Call(function, _), Canon::Text(_)) => makes_text(*function),
        _ => false,
    };
    (fits && !own).then(|| Pair { column: name, canon, value: value.clone(), condition })
}

/// An equality of two columns that no join compares, and why.
pub(super) fn unlike(joined: usize, expr: &Expr<Column>) -> Option<(Place, String)> {
    let Kind::Call(Function::Compare(Comparison::Equal), args) = &expr.kind else { return None };
    let [a, b] = args.as_slice() else { return None };
    let (Kind::Column(a), Kind::Column(b)) = (&plain(a).kind, &plain(b).kind) else { return None };
    if (a.from == joined) == (b.from == joined) || a.canon == b.canon && a.canon.is_some() {
        return None;
    }
    let is = |column: &Column| match &column.canon {
        Some(Canon::Int) => format!("`{}` is an integer", column.column),
        Some(Canon::Text(Some(collation))) => format!("`{}` a text ({collation})", column.column),
        Some(Canon::Text(None)) => format!("`{}` a text", column.column),
        Some(Canon::Bytes) => format!("`{}` is binary", column.column),
        None => format!("`{}` is of a type that no join compares", column.column),
    };
    let what = format!(
        "{} and {}: a join compares integers, texts of one collation, or binary columns; write CAST(… AS UNSIGNED) on the side \
         of the earlier table, or join another column",
        is(a),
        is(b)
    );
    Some((expr.place, what))
}

/// True for functions whose result is a text; a comparison with a column follows the column's collation.
pub(super) fn makes_text(function: Function) -> bool {
    use Function::*;
    matches!(
        function,
        Concat | ConcatWs | Trim(_) | Lower | Upper | Left | Right | Substring | SubstringIndex | Replace | CastChar
    )
}

/// Without the collation that a comparison has given it.
pub(super) fn plain(expr: &Expr<Column>) -> &Expr<Column> {
    match &expr.kind {
        Kind::Call(Function::Collate(_), args) => &args[0],
        _ => expr,
    }
}

pub(super) fn pairs_cover(pairs: &[Pair], key: &[String]) -> bool {
    !key.is_empty() && key.iter().all(|k| pairs.iter().any(|p| p.column.eq_ignore_ascii_case(k)))
}

pub(super) fn mentions_columns(expr: &Expr<Column>) -> bool {
    let mut any = false;
    expr.columns(&mut |_, _| any = true);
    any
}

/// Every unique key of a table, the declared one among them.
pub(super) fn unique_of(shape: &TableShape, settings: &Settings) -> Vec<Vec<String>> {
    let mut unique = shape.unique.clone();
    let key = key_of(shape, settings);
    if !key.is_empty() && !unique.contains(&key) {
        unique.insert(0, key);
    }
    unique
}

pub(super) fn keys_in_words(unique: &[Vec<String>]) -> String {
    let key = |key: &Vec<String>| key.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(" and ");
    unique.iter().map(key).collect::<Vec<_>>().join(", or ")
}
