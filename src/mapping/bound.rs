//! A mapping bound to the store's tables: whose row is this?

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Footprint, Row, TableId};

use super::contract::{CUSTOMER, ORDER, Source};
use super::eval::Scope;
use super::expr::{Expr, Slot};
use super::refusal::{EvalError, Fault};
use super::settings::Settings;

/// A mapping whose names and types have been checked against the store's tables.
#[derive(Debug, Clone)]
pub struct Bound {
    pub(super) settings: Settings,
    pub(super) version: String,
    pub(super) footprint: Footprint,
    /// By table and column: the places of the SELECTs that name it, as `file:line:column`.
    pub(super) used_at: BTreeMap<(String, String), Vec<String>>,
    /// By the source's file name.
    pub(super) queries: BTreeMap<&'static str, BoundQuery>,
}

/// An entry of an owner index: where evaluation finds a row again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// One of `customer.id`, `order.id`, `order_line.order_id`, `refund.id`, `refund.order_id`, `refund_line.refund_id`.
    pub index: &'static str,
    /// The business key: an order's, a refund's or a customer's id.
    pub owner: String,
}

/// Whose documents a row is a root part of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Orders, by header, line or refund.
    pub orders: BTreeSet<String>,
    /// Refunds, by a line of theirs; [`Bound::order_of_refund`] knows the order.
    pub refunds: BTreeSet<String>,
    /// Customers.
    pub customers: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundQuery {
    pub source: &'static Source,
    pub branches: Vec<BoundBranch>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundBranch {
    pub tables: Vec<BoundTable>,
    /// By position in the contract.
    pub outputs: Vec<Option<Expr<Slot>>>,
    /// WHERE.
    pub filter: Option<Expr<Slot>>,
    /// The parts of WHERE that need the root row only.
    pub root_filter: Vec<Expr<Slot>>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundTable {
    pub table: TableId,
    pub name: String,
    /// `None` for the root.
    pub join: Option<BoundJoin>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundJoin {
    pub left: bool,
    /// The joined table's key, in the key's order.
    pub key: Vec<Expr<Slot>>,
}

impl BoundBranch {
    /// The first table of FROM.
    pub fn root(&self) -> &BoundTable {
        &self.tables[0]
    }
}

impl Bound {
    /// The tables and columns to decode and to mirror: sorted, keys included.
    pub fn footprint(&self) -> &Footprint {
        &self.footprint
    }

    /// The tables that the mirror is filled with at a stream's first start: all but those that orders, lines and refunds
    /// begin with (the first tables of their FROM).
    ///
    /// What remains are customers and lookup tables, whose rows say something about every order from now on and are no
    /// document by themselves. An order's own rows come with its changes: an order that is older than the stream is not in
    /// the mirror, and nothing is planned for it. A table that customers and orders both begin with counts as the orders'.
    pub fn tables_to_fill(&self) -> Vec<TableId> {
        let of_orders: BTreeSet<TableId> = self
            .queries
            .values()
            .filter(|q| q.source.file != CUSTOMER.file)
            .flat_map(|q| q.branches.iter().map(|b| b.root().table))
            .collect();
        (0..self.footprint.tables.len()).filter(|table| !of_orders.contains(table)).collect()
    }

    /// The places of the SELECTs that name a column, as `file:line:column`; none for a key that is used only as such.
    pub fn used_at(&self, table: &str, column: &str) -> &[String] {
        let is = |(key, _): &(&(String, String), &Vec<String>)| {
            key.0.eq_ignore_ascii_case(table) && key.1.eq_ignore_ascii_case(column)
        };
        self.used_at.iter().find(is).map_or(&[], |(_, places)| places)
    }

    /// The tables that orders begin with: the first tables of their FROM, sorted.
    pub fn order_tables(&self) -> Vec<TableId> {
        let of_orders = self.queries.values().filter(|q| q.source.file == ORDER.file);
        let tables: BTreeSet<TableId> = of_orders.flat_map(|q| q.branches.iter().map(|b| b.root().table)).collect();
        tables.into_iter().collect()
    }

    /// The resolved settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// SHA-256 in hex over the SELECTs' texts and the resolved settings.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The index entries of a row, as the root row of SELECTs.
    ///
    /// A row that a SELECT's WHERE excludes by the row's own columns has none.
    ///
    /// # Errors
    /// An owner column or a condition that cannot be evaluated exactly.
    pub fn owners(&self, table: TableId, row: &Row) -> Result<Vec<Owner>, EvalError> {
        let mut owners = BTreeSet::new();
        let rows = [Some(row.clone())];
        let scope = Scope::over(&rows, &self.settings);
        for query in self.queries.values() {
            for branch in query.branches.iter().filter(|b| b.root().table == table) {
                self.branch_owners(query.source, branch, &scope, &mut owners)
                    .map_err(|fault| self.row_error(query.source, branch, row, fault))?;
            }
        }
        Ok(owners.into_iter().collect())
    }

    /// Whose documents a row is a root part of.
    ///
    /// # Errors
    /// As [`Bound::owners`].
    pub fn touched(&self, table: TableId, row: &Row) -> Result<Touched, EvalError> {
        let mut touched = Touched::default();
        for Owner { index, owner } in self.owners(table, row)? {
            match index {
                "customer.id" => touched.customers.insert(owner),
                "refund_line.refund_id" => touched.refunds.insert(owner),
                "refund.id" => false,
                _ => touched.orders.insert(owner),
            };
        }
        Ok(touched)
    }

    fn branch_owners(
        &self,
        source: &Source,
        branch: &BoundBranch,
        scope: &Scope<'_>,
        owners: &mut BTreeSet<Owner>,
    ) -> Result<(), Fault> {
        for condition in &branch.root_filter {
            if !scope.holds(condition)? {
                return Ok(());
            }
        }
        for (output, expr) in source.outputs.iter().zip(&branch.outputs) {
            if let (Some(index), Some(expr)) = (output.index, expr)
                && let Some(owner) = scope.eval(expr)?.to_text()
            {
                owners.insert(Owner { index, owner: owner.to_string() });
            }
        }
        Ok(())
    }

    fn row_error(&self, source: &Source, branch: &BoundBranch, row: &Row, fault: Fault) -> EvalError {
        let key = self.footprint.tables[branch.root().table].key_of(row);
        locate(source, branch, format!("row {key}"), fault)
    }
}

/// Adds the file, the table and the document to a fault.
pub(super) fn locate(source: &Source, branch: &BoundBranch, document: String, fault: Fault) -> EvalError {
    EvalError {
        file: source.file.to_owned(),
        line: fault.place.line,
        column: fault.place.column,
        table: branch.root().name.clone(),
        document,
        what: fault.what,
    }
}
