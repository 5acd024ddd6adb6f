//! A mapping bound to the store's tables: whose row is this?

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Footprint, OwnerKey, Row, TableId};

use super::aggregate::Computed;
use super::contract::{CUSTOMER, EXTRA, ORDER, ORDER_LINE, REFUND_LINE, Source};
use super::eval::Scope;
use super::expr::{Expr, Slot};
use super::index::{Canon, Index};
use super::reach::Reach;
use super::refusal::{EvalError, Fault};
use super::settings::Settings;
use super::slice::{Loaded, Slice};
use super::written::Written;

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
    /// By table: the indexes that joins find its rows by.
    pub(super) indexes: Vec<Vec<Index>>,
    /// By table: the documents that a joined row of it is a part of.
    pub(super) reaches: Vec<Vec<Reach>>,
}

/// An entry of an owner index: where evaluation finds a row again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// One of `customer.id`, `order.id`, `order_line.order_id`, `refund.id`, `refund.order_id`, `refund_line.refund_id`, or
    /// a table and its columns: `wp_postmeta(post_id)`.
    pub index: &'static str,
    /// The business key: an order's, a refund's or a customer's id; or the columns' values.
    pub owner: OwnerKey,
}

/// Whose documents a row is a root part of, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Orders, by header, line or refund.
    pub orders: Vec<String>,
    /// Refunds, by a line of theirs; [`Bound::order_of_refund`] knows the order.
    pub refunds: Vec<String>,
    /// Customers.
    pub customers: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundQuery {
    pub source: &'static Source,
    /// The names of outputs behind those of the contract.
    pub extras: Vec<String>,
    pub branches: Vec<BoundBranch>,
    /// By branch: the SELECT's own words.
    pub written: Vec<Written>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundBranch {
    pub tables: Vec<BoundTable>,
    /// By position in the contract, and behind them the extras.
    pub outputs: Vec<Option<Expr<Slot>>>,
    /// The parts of WHERE that need the root row only.
    pub root_filter: Vec<Expr<Slot>>,
    /// The others: those that need no subquery first.
    pub filter: Vec<Expr<Slot>>,
    /// How many of `filter` need no subquery.
    pub filter_plain: usize,
    /// GROUP BY; `None` where there is none.
    pub group: Option<Vec<(Slot, Option<Canon>)>>,
    pub computed: Vec<Computed<Slot, BoundTable>>,
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
    pub finder: Finder,
    /// What a found row has to meet.
    pub conditions: Vec<Expr<Slot>>,
}

/// How the rows of a joined table are found, by columns of the tables before it.
#[derive(Debug, Clone)]
pub(super) enum Finder {
    /// The one with this key, whose columns are integers; in the key's order.
    Key(Vec<Expr<Slot>>),
    /// Those that an index has.
    Index(&'static str, Vec<(Expr<Slot>, Canon)>),
}

impl Finder {
    /// The expressions that say what is looked for.
    pub fn values(&self) -> Vec<&Expr<Slot>> {
        match self {
            Finder::Key(values) => values.iter().collect(),
            Finder::Index(_, values) => values.iter().map(|(e, _)| e).collect(),
        }
    }
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
    /// begin with (the first tables of their FROM) or whose rows are parts of theirs (an item's meta rows).
    ///
    /// What remains are customers and lookup tables, whose rows say something about every order from now on and are no
    /// document by themselves. An order's own rows come with its changes: an order that is older than the stream is not in
    /// the mirror, and nothing is planned for it. A table that customers and orders both begin with counts as the orders'.
    pub fn tables_to_fill(&self) -> Vec<TableId> {
        let of_orders = self.queries.values().filter(|q| q.source.file != CUSTOMER.file);
        let roots: BTreeSet<TableId> = of_orders.flat_map(|q| q.branches.iter().map(|b| b.root().table)).collect();
        let is_part =
            |table: &TableId| self.reaches[*table].iter().any(|reach| reach.file != CUSTOMER.file && !reach.followed);
        (0..self.footprint.tables.len()).filter(|table| !roots.contains(table) && !is_part(table)).collect()
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

    /// The outputs called `extra_…` of orders, and of their lines.
    pub fn extras(&self) -> [Vec<String>; 2] {
        [&ORDER, &ORDER_LINE].map(|source| {
            let extras = self.queries.get(source.file).map(|query| query.extras.as_slice()).unwrap_or_default();
            extras.iter().filter(|name| name.starts_with(EXTRA)).cloned().collect()
        })
    }

    /// The resolved settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// SHA-256 in hex over the SELECTs' texts and the resolved settings.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The index entries of a row: as the root row of SELECTs, and those that joins find it by.
    ///
    /// A row that a SELECT's WHERE excludes by the row's own columns has none of the former.
    ///
    /// # Errors
    /// An owner column or a condition that cannot be evaluated exactly.
    pub fn owners(&self, table: TableId, row: &Row) -> Result<Vec<Owner>, EvalError> {
        Ok(self.with_entries(self.roots(table, row)?, table, row))
    }

    /// The index entries of a row as the root row of SELECTs.
    pub(super) fn roots(&self, table: TableId, row: &Row) -> Result<BTreeSet<Owner>, EvalError> {
        let mut owners = BTreeSet::new();
        for query in self.queries.values() {
            for branch in query.branches.iter().filter(|b| b.root().table == table) {
                self.branch_owners(query.source, branch, row, &mut owners)
                    .map_err(|fault| self.row_error(query.source, branch, row, fault))?;
            }
        }
        Ok(owners)
    }

    /// These, and the entries that joins find the row by.
    pub(super) fn with_entries(&self, mut owners: BTreeSet<Owner>, table: TableId, row: &Row) -> Vec<Owner> {
        for index in &self.indexes[table] {
            owners.extend(index.entry(row).map(|owner| Owner { index: index.name, owner }));
        }
        owners.into_iter().collect()
    }

    /// True where [`Bound::touched`] may ask for other rows than the one that it is given, or [`Bound::order_of_refund`] follows
    /// it.
    pub fn follows(&self, table: TableId) -> bool {
        let of_refunds = self.queries.get(REFUND_LINE.file).into_iter().flat_map(|query| &query.branches);
        !self.reaches[table].is_empty() || of_refunds.clone().any(|branch| branch.root().table == table)
    }

    /// Whose documents a row is a part of: as a first row of FROM, or joined to one.
    ///
    /// # Errors
    /// As [`Bound::owners`].
    pub fn touched(&self, table: TableId, row: &Row, slice: &mut Slice) -> Loaded<Result<Touched, EvalError>> {
        match self.roots(table, row) {
            Ok(roots) => self.touched_from(roots, table, row, slice),
            Err(error) => Loaded::Ready(Err(error)),
        }
    }

    /// As [`Bound::touched`], of a row whose entries as a root row are known.
    pub(super) fn touched_from(
        &self,
        roots: BTreeSet<Owner>,
        table: TableId,
        row: &Row,
        slice: &mut Slice,
    ) -> Loaded<Result<Touched, EvalError>> {
        let (mut owners, mut missing) = (roots, false);
        for reach in &self.reaches[table] {
            match reach.follow(self, row, slice, &mut owners) {
                Loaded::Ready(Ok(())) => {}
                Loaded::Ready(Err(error)) => return Loaded::Ready(Err(error)),
                Loaded::Missing => missing = true,
            }
        }
        if missing {
            return Loaded::Missing;
        }
        let mut touched = Touched::default();
        for Owner { index, owner } in owners {
            match index {
                "customer.id" => touched.customers.push(owner.into()),
                "refund_line.refund_id" => touched.refunds.push(owner.into()),
                "refund.id" => {}
                // By its header and by a line.
                _ if touched.orders.iter().any(|order| *order == *owner) => {}
                _ => touched.orders.push(owner.into()),
            }
        }
        Loaded::Ready(Ok(touched))
    }

    /// The owners of a first row of FROM.
    pub(super) fn branch_owners(
        &self,
        source: &Source,
        branch: &BoundBranch,
        row: &Row,
        owners: &mut BTreeSet<Owner>,
    ) -> Result<(), Fault> {
        let rows = [Some(row.clone())];
        let scope = Scope::over(&rows, &self.settings);
        for condition in &branch.root_filter {
            if !scope.holds(condition)? {
                return Ok(());
            }
        }
        self.some_owners(source, branch, 0..source.outputs.len(), &scope, owners)
    }

    /// The owners that these outputs say.
    pub(super) fn some_owners(
        &self,
        source: &Source,
        branch: &BoundBranch,
        outputs: impl Iterator<Item = usize>,
        scope: &Scope<'_>,
        owners: &mut BTreeSet<Owner>,
    ) -> Result<(), Fault> {
        for position in outputs {
            if let (Some(index), Some(expr)) = (source.outputs[position].index, &branch.outputs[position])
                && let Some(owner) = scope.eval(expr)?.to_key()
            {
                owners.insert(Owner { index, owner });
            }
        }
        Ok(())
    }

    fn row_error(&self, source: &Source, branch: &BoundBranch, row: &Row, fault: Fault) -> EvalError {
        let key = self.footprint.tables[branch.root().table].key_of(row);
        self.located(source, branch, format!("row {key}"), fault)
    }

    /// Adds the file, the table and the document to a fault, and the row and the column where they are to blame.
    pub(super) fn located(&self, source: &Source, branch: &BoundBranch, document: String, fault: Fault) -> EvalError {
        let Some((slot, row)) = &fault.row else { return locate(source, branch, document, fault) };
        let subquery = branch.computed.iter().find_map(|one| match one {
            Computed::Subquery(subquery) => Some(&subquery.table),
            Computed::Aggregate(_) => None,
        });
        let Some(table) = branch.tables.get(slot.from).or(subquery) else {
            return locate(source, branch, document, fault);
        };
        let uses = &self.footprint.tables[table.table];
        let column = &uses.columns[slot.column];
        let what = format!("the column `{column}` of `{}`, row {}, {}", uses.table, uses.key_of(row), fault.what);
        EvalError { what, ..locate(source, branch, document, fault) }
    }
}

/// Adds the file, the table and the document to a fault.
pub(super) fn locate(source: &Source, branch: &BoundBranch, document: String, fault: Fault) -> EvalError {
    EvalError {
        file: fault.place.file(source.file).to_owned(),
        line: fault.place.line,
        column: fault.place.column,
        table: branch.root().name.clone(),
        document,
        what: fault.what,
    }
}
