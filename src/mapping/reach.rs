//! Whose documents a joined row is a part of: the way from it back to the first table of FROM.
//!
//! A row is a *part* of an earlier table's row where the equalities of its join name the whole key of that table (an item's
//! meta row, an order's address), or all the columns that the owner is made of. Otherwise it is a *lookup* (a region's name),
//! which many rows look at and which concerns none of them, unless the profile follows its table.

use std::collections::BTreeSet;

use crate::change::{Row, RowKey, TableId, Value, row_key};

use super::bound::Bound;
use super::datum::Datum;
use super::eval::Scope;
use super::index::{Canon, UNCLEAR, entry, may_be_unclear};
use super::refusal::EvalError;
use super::slice::{Loaded, Slice};

/// From a row of one table to the documents of one SELECT.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// The SELECT's file.
    pub file: &'static str,
    /// Which SELECT of it.
    pub branch: usize,
    /// Towards the first table of FROM.
    pub steps: Vec<Step>,
    pub end: End,
    /// The way leads through a lookup table that the profile follows.
    pub followed: bool,
}

/// To the rows of an earlier table.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub table: TableId,
    pub by: By,
}

/// How rows are found, by columns of the row at hand.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// By the key; columns in the key's order.
    Key(Vec<usize>),
    /// By an index.
    Index(&'static str, Vec<(usize, Canon)>),
}

/// What the row at the end is.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The row of the first table.
    Root,
    /// It has all columns that these outputs need: (column of the first table, column of the row).
    Direct { outputs: Vec<usize>, columns: Vec<(usize, usize)> },
}

impl Reach {
    /// Puts the owners that the row is a part of into `owners`.
    pub fn follow(
        &self,
        bound: &Bound,
        row: &Row,
        slice: &mut Slice,
        owners: &mut BTreeSet<super::bound::Owner>,
    ) -> Loaded<Result<(), EvalError>> {
        let mut rows = vec![row.clone()];
        for step in &self.steps {
            let mut next = Vec::new();
            let mut missing = false;
            for row in &rows {
                match step.take(row, slice) {
                    Loaded::Ready(found) => next.extend(found),
                    Loaded::Missing => missing = true,
                }
            }
            if missing {
                return Loaded::Missing;
            }
            rows = next;
        }
        let query = &bound.queries[self.file];
        let branch = &query.branches[self.branch];
        for row in rows {
            let found = match &self.end {
                End::Root => bound.branch_owners(query.source, branch, &row, owners),
                End::Direct { outputs, columns } => {
                    let width = bound.footprint.tables[branch.root().table].columns.len();
                    let mut root = vec![Value::Null; width];
                    columns.iter().for_each(|&(to, from)| root[to] = row[from].clone());
                    let rows = [Some(root.into())];
                    let scope = Scope::over(&rows, &bound.settings);
                    bound.some_owners(query.source, branch, outputs.iter().copied(), &scope, owners)
                }
            };
            if let Err(fault) = found {
                let what = format!("row of {}", branch.root().name);
                return Loaded::Ready(Err(bound.located(query.source, branch, what, fault)));
            }
        }
        Loaded::Ready(Ok(()))
    }
}

impl Step {
    fn take(&self, row: &Row, slice: &mut Slice) -> Loaded<Vec<Row>> {
        match &self.by {
            By::Key(columns) => {
                let key: Vec<&Value> = columns.iter().map(|&c| &row[c]).collect();
                if key.iter().any(|v| v.is_null()) {
                    return Loaded::Ready(Vec::new());
                }
                let key: RowKey = row_key(&key);
                match slice.row(self.table, key) {
                    Loaded::Ready(found) => Loaded::Ready(found.into_iter().collect()),
                    Loaded::Missing => Loaded::Missing,
                }
            }
            By::Index(index, columns) => {
                let parts = columns.iter().map(|(column, canon)| canon.text(&Datum::of(&row[*column])));
                let owner = entry(parts).unwrap_or_else(|_| Some(UNCLEAR.into()));
                let unclear = may_be_unclear(columns.iter().map(|(_, canon)| canon)).then(|| UNCLEAR.into());
                let mut rows = Vec::new();
                let mut missing = false;
                for owner in owner.into_iter().chain(unclear) {
                    match slice.owned(index, &owner) {
                        Loaded::Ready(found) => rows.extend(found.into_iter().map(|(_, row)| row)),
                        Loaded::Missing => missing = true,
                    }
                }
                if missing { Loaded::Missing } else { Loaded::Ready(rows) }
            }
        }
    }
}
