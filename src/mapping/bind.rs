//! Binds a mapping to the store's tables: names to columns, joins to keys, expressions to types.

use std::collections::BTreeMap;

use crate::change::{Footprint, TableShape, TableUse};

use super::bound::{Bound, BoundBranch, BoundJoin, BoundQuery, BoundTable};
use super::contract::Source;
use super::expr::{Expr, Kind, Name, Slot};
use super::profile::Mapping;
use super::query::{Branch, Join, owner_elsewhere};
use super::refusal::{MappingError, Place, Refusals};
use super::suggest::did_you_mean;
use super::typing::{self, Class, Type};

impl Mapping {
    /// Checks the mapping against the store's tables, and works out what to mirror.
    ///
    /// # Errors
    /// Every missing table or column, ambiguous name, join that is not on the joined table's key, table without a key,
    /// and every expression whose types cannot be evaluated exactly.
    pub fn bind(&self, shapes: &[TableShape]) -> Result<Bound, MappingError> {
        let shapes: BTreeMap<&str, &TableShape> = shapes.iter().map(|s| (s.table.as_str(), s)).collect();
        let mut refusals = Refusals::default();
        let mut uses = BTreeMap::new();
        let mut resolved = Vec::new();
        for query in &self.queries {
            refusals.enter(query.source.file);
            for branch in &query.branches {
                let resolver = Resolver::new(query.source, branch, &shapes, &mut uses, &mut refusals);
                resolved.push((query.source, resolver.and_then(Resolver::branch)));
            }
        }
        refusals.finish()?;
        let footprint = footprint(&uses, &shapes);
        let used_at = uses.iter().flat_map(|(table, columns)| {
            columns.iter().map(move |(column, places)| ((table.clone(), column.clone()), places.clone()))
        });
        let used_at = used_at.collect();
        let mut queries: BTreeMap<&'static str, BoundQuery> = BTreeMap::new();
        for (source, branch) in resolved {
            if let Some(branch) = branch {
                let query = queries.entry(source.file).or_insert_with(|| BoundQuery { source, branches: Vec::new() });
                query.branches.push(branch.place_in(&footprint));
            }
        }
        Ok(Bound { settings: self.settings.clone(), version: self.version.clone(), footprint, used_at, queries })
    }
}

/// Every used column by table, the key's included, with the places of the SELECTs that name it.
type Uses = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// A column whose table and type are known.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    from: usize,
    table: String,
    column: String,
    timestamp: bool,
}

/// Whether it is a LEFT JOIN, and what the joined table's key has to equal.
type ResolvedJoin = (bool, Vec<Expr<Column>>);

struct ResolvedBranch {
    tables: Vec<(String, Option<ResolvedJoin>)>,
    outputs: Vec<Option<Expr<Column>>>,
    filter: Option<Expr<Column>>,
}

struct Resolver<'a> {
    source: &'static Source,
    branch: &'a Branch,
    shapes: Vec<&'a TableShape>,
    uses: &'a mut Uses,
    refusals: &'a mut Refusals,
}

impl<'a> Resolver<'a> {
    /// Finds the tables of FROM; `None` after a refusal.
    fn new(
        source: &'static Source,
        branch: &'a Branch,
        known: &BTreeMap<&str, &'a TableShape>,
        uses: &'a mut Uses,
        refusals: &'a mut Refusals,
    ) -> Option<Resolver<'a>> {
        let mut shapes = Vec::new();
        for table in &branch.tables {
            match known.get(table.table.as_str()) {
                None => {
                    let hint = did_you_mean(&table.table, known.keys().copied());
                    let what = format!(
                        "the store has no table `{}`{hint} (the setting table_prefix says what its names start with)",
                        table.table
                    );
                    refusals.add(table.place, what);
                }
                Some(shape) if shape.key.is_empty() => refusals.add(
                    table.place,
                    format!(
                        "the table `{}` has neither a primary key nor a unique key without NULLs, so that its rows \
                         cannot be told apart: map another table",
                        table.table
                    ),
                ),
                Some(shape) => {
                    let columns = uses.entry(shape.table.clone()).or_default();
                    for key in &shape.key {
                        columns.entry(key.clone()).or_default();
                    }
                    shapes.push(*shape);
                }
            }
        }
        let found = shapes.len() == branch.tables.len();
        found.then_some(Resolver { source, branch, shapes, uses, refusals })
    }

    fn branch(mut self) -> Option<ResolvedBranch> {
        let branch = self.branch;
        let mut tables = Vec::new();
        let mut fine = true;
        for (i, from) in branch.tables.iter().enumerate() {
            let join = match &from.join {
                None => None,
                Some(join) => match self.join(i, join) {
                    Some(key) => Some((join.left, key)),
                    None => {
                        fine = false;
                        None
                    }
                },
            };
            tables.push((from.table.clone(), join));
        }
        let mut outputs = Vec::new();
        for (output, expr) in self.source.outputs.iter().zip(&branch.outputs) {
            let mut typed = expr.as_ref().map(|e| self.expr(e));
            if let Some((expr, found)) = &mut typed {
                typing::output(output, expr, *found, self.refusals);
                if output.index.is_some() {
                    self.root_only(output.name, expr);
                }
            }
            outputs.push(typed.map(|(expr, _)| expr));
        }
        let filter = branch.filter.as_ref().map(|e| self.expr(e));
        if let Some((expr, found)) = &filter {
            typing::condition(*found, expr.place, self.refusals);
        }
        fine.then_some(ResolvedBranch { tables, outputs, filter: filter.map(|(expr, _)| expr) })
    }

    /// Resolves and types; a refused part becomes NULL, so that the rest is checked, too.
    fn expr(&mut self, expr: &Expr<Name>) -> (Expr<Column>, Type) {
        let place = expr.place;
        match &expr.kind {
            Kind::Literal(datum) => (Expr { kind: Kind::Literal(datum.clone()), place }, Type::of_literal(datum)),
            Kind::Column(name) => match self.column(name, place) {
                Some((column, found)) => (Expr { kind: Kind::Column(column), place }, found),
                None => (Expr { kind: Kind::Literal(super::datum::Datum::Null), place }, Type::NULL),
            },
            Kind::Computed(i) => (Expr { kind: Kind::Computed(*i), place }, Type::NULL),
            Kind::Call(function, args) => {
                let (mut args, types): (Vec<_>, Vec<_>) = args.iter().map(|a| self.expr(a)).unzip();
                let found = typing::call(*function, &mut args, &types, place, self.refusals);
                (Expr::call(*function, args, place), found)
            }
        }
    }

    fn column(&mut self, name: &Name, place: Place) -> Option<(Column, Type)> {
        let tables = self.branch.tables.iter().zip(&self.shapes).enumerate();
        let candidates: Vec<(usize, &TableShape)> = tables
            .filter(|(_, (t, _))| name.table.as_ref().is_none_or(|alias| *alias == t.alias))
            .map(|(i, (_, shape))| (i, *shape))
            .collect();
        let found: Vec<_> = candidates
            .iter()
            .filter_map(|(i, s)| {
                s.columns.iter().find(|c| c.name.eq_ignore_ascii_case(&name.column)).map(|c| (*i, *s, c))
            })
            .collect();
        match found.as_slice() {
            [(from, shape, column)] => {
                let columns = self.uses.entry(shape.table.clone()).or_default();
                let places = columns.entry(column.name.clone()).or_default();
                let here = format!("{}:{}:{}", self.source.file, place.line, place.column);
                if !places.contains(&here) {
                    places.push(here);
                }
                let found = Type::of_column(column);
                let timestamp = column.data_type == "timestamp";
                let (table, name) = (shape.table.clone(), column.name.clone());
                Some((Column { from: *from, table, column: name, timestamp }, found))
            }
            [] => {
                let columns = candidates.iter().flat_map(|(_, s)| s.columns.iter().map(|c| c.name.as_str()));
                let hint = did_you_mean(&name.column, columns);
                let tables: Vec<String> = candidates.iter().map(|(_, s)| format!("`{}`", s.table)).collect();
                let tables = tables.join(", ");
                self.refusals.add(place, format!("the table {tables} has no column `{}`{hint}", name.column));
                None
            }
            [(first, ..), (second, ..), ..] => {
                let alias = |i: usize| &self.branch.tables[i].alias;
                let what = format!(
                    "the name `{0}` is ambiguous: write {1}.{0} or {2}.{0}",
                    name.column,
                    alias(*first),
                    alias(*second)
                );
                self.refusals.add(place, what);
                None
            }
        }
    }

    /// The joined table's key, in the key's order, from the equalities of ON.
    fn join(&mut self, joined: usize, join: &Join) -> Option<Vec<Expr<Column>>> {
        let shape = self.shapes[joined];
        let mut key: BTreeMap<String, Expr<Column>> = BTreeMap::new();
        let mut fine = true;
        for (a, b) in &join.pairs {
            let (a, b) = (self.expr(a), self.expr(b));
            let Some((column, value)) = sides(joined, a, b) else {
                let alias = &self.branch.tables[joined].alias;
                let what = format!(
                    "each equality of ON has a column of `{alias}` on one side and an earlier table's on the other"
                );
                self.refusals.add(join.place, what);
                return None;
            };
            if shape.key.contains(&column.0.column) {
                fine &= self.join_types(&column, &value);
            }
            if key.insert(column.0.column.clone(), value.0).is_some() {
                self.refusals.add(join.place, format!("ON gives `{}` twice", column.0.column));
                return None;
            }
        }
        let whole = key.len() == shape.key.len() && shape.key.iter().all(|k| key.contains_key(k));
        if !whole {
            let what = format!(
                "a join finds one row by its key: write ON with {} of `{}`, no more and no less (other conditions go to \
                 WHERE)",
                shape.key.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(" and "),
                shape.table
            );
            self.refusals.add(join.place, what);
        }
        (fine && whole).then(|| shape.key.iter().filter_map(|k| key.remove(k)).collect())
    }

    fn join_types(&mut self, column: &(Column, Type, Place), value: &(Expr<Column>, Type)) -> bool {
        let integer = |t: Type| matches!(t.class, Class::Int | Class::Null);
        let fine = integer(column.1) && integer(value.1);
        if !fine {
            self.refusals.add(
                column.2,
                "joins are on integer columns: texts match by their collation, which is not known; join another key",
            );
        }
        fine
    }

    fn root_only(&mut self, output: &str, expr: &Expr<Column>) {
        let root = &self.branch.tables[0].alias;
        expr.columns(&mut |column, place| {
            if column.from != 0 {
                self.refusals.add(place, owner_elsewhere(output, root));
            }
        });
    }
}

type Typed = (Expr<Column>, Type);

/// The joined table's column, and what it has to equal; `None` where the sides are otherwise.
fn sides(joined: usize, a: Typed, b: Typed) -> Option<((Column, Type, Place), Typed)> {
    let of_joined = |e: &Expr<Column>| matches!(&e.kind, Kind::Column(c) if c.from == joined);
    let earlier = |e: &Expr<Column>| match &e.kind {
        Kind::Column(c) => c.from < joined,
        _ => true,
    };
    let (column, value) = if of_joined(&a.0) { (a, b) } else { (b, a) };
    let place = column.0.place;
    match column.0.kind {
        Kind::Column(c) if c.from == joined && earlier(&value.0) => Some(((c, column.1, place), value)),
        _ => None,
    }
}

fn footprint(uses: &Uses, shapes: &BTreeMap<&str, &TableShape>) -> Footprint {
    let tables = uses
        .iter()
        .map(|(table, columns)| {
            let columns: Vec<String> = columns.keys().cloned().collect();
            let key = &shapes[table.as_str()].key;
            let key = key.iter().filter_map(|k| columns.binary_search(k).ok()).collect();
            TableUse { table: table.clone(), columns, key }
        })
        .collect();
    Footprint { tables }
}

impl ResolvedBranch {
    /// Columns as indexes into the rows of the footprint.
    fn place_in(self, footprint: &Footprint) -> BoundBranch {
        let table_id = |name: &str| {
            footprint.tables.binary_search_by(|t| t.table.as_str().cmp(name)).expect("a used table is in the footprint")
        };
        let mut slot = |c: Column| {
            let columns = &footprint.tables[table_id(&c.table)].columns;
            let column = columns.binary_search(&c.column).expect("a used column is in the footprint");
            Slot { from: c.from, column, timestamp: c.timestamp }
        };
        let filter = self.filter.map(|f| f.map(&mut slot));
        let root_filter = filter.clone().map(Expr::conjuncts).unwrap_or_default();
        let root_filter = root_filter.into_iter().filter(is_root_only).collect();
        BoundBranch {
            outputs: self.outputs.into_iter().map(|o| o.map(|e| e.map(&mut slot))).collect(),
            tables: self
                .tables
                .into_iter()
                .map(|(name, join)| BoundTable {
                    table: table_id(&name),
                    join: join.map(|(left, key)| BoundJoin {
                        left,
                        key: key.into_iter().map(|e| e.map(&mut slot)).collect(),
                    }),
                    name,
                })
                .collect(),
            filter,
            root_filter,
        }
    }
}

fn is_root_only(expr: &Expr<Slot>) -> bool {
    let mut root_only = true;
    expr.columns(&mut |slot, _| root_only &= slot.from == 0);
    root_only
}
