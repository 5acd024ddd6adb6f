//! Binds a mapping to the store's tables: names to columns, joins to keys, expressions to types.

use std::collections::BTreeMap;

use crate::change::{TableShape, TableUse};

use super::aggregate::{AggregateCall, Computed, NamedSubquery, Subquery};
use super::bound::Bound;
use super::collation::Collation;
use super::contract::{Kind as OutputKind, Source};
use super::equalities::{key_of, keys_in_words, mentions_columns, pair, pairs_cover, unique_of, unlike};
use super::expr::{Expr, Kind, Name};
use super::index::Canon;
use super::place::Placing;
use super::profile::Mapping;
use super::query::{Branch, From, Join, Query, owner_elsewhere};
use super::refusal::{MappingError, Place, Refusals};
use super::settings::Settings;
use super::suggest::did_you_mean;
use super::typing::{self, Resolve, Type};

impl Mapping {
    /// Checks the mapping against the store's tables, and works out what to mirror.
    ///
    /// # Errors
    /// Every missing table or column, ambiguous name, join that is not on the joined table's key, table without a key,
    /// and every expression whose types cannot be evaluated exactly.
    pub fn bind(&self, shapes: &[TableShape]) -> Result<Bound, MappingError> {
        let shapes: BTreeMap<&str, &TableShape> = shapes.iter().map(|s| (s.table.as_str(), s)).collect();
        let mut refusals = Refusals::at(&self.home);
        let mut uses = BTreeMap::new();
        let mut resolved = Vec::new();
        self.check_settings(&shapes, &mut refusals);
        for query in &self.queries {
            refusals.enter(&format!("{}{}", query.label, query.source.file));
            for branch in &query.branches {
                let store = Store { shapes: &shapes, settings: &self.settings };
                let resolver = Resolver::new(query.source, branch, store, &mut uses, &mut refusals);
                resolved.push((query, resolver.and_then(|r| r.branch(&query.extras))));
            }
            let branches = resolved.iter().filter(|(of, _)| of.source.file == query.source.file);
            shown_alike(query, &branches.filter_map(|(_, branch)| branch.as_ref()).collect::<Vec<_>>(), &mut refusals);
        }
        refusals.finish()?;
        let keys = uses.keys().map(|table| (table.clone(), key_of(shapes[table.as_str()], &self.settings)));
        let placing = Placing::new(&uses, &keys.collect(), &self.settings);
        let branches = resolved.into_iter().filter_map(|(query, branch)| Some((query, branch?)));
        let mut refusals = Refusals::at(&self.home);
        let bound = placing.place(branches.collect(), &uses, self, &mut refusals);
        refusals.finish()?;
        Ok(bound)
    }

    /// Tables that the settings name have to be mapped, and declared keys to be columns.
    fn check_settings(&self, shapes: &BTreeMap<&str, &TableShape>, refusals: &mut Refusals) {
        refusals.enter_settings();
        let mapped = self.tables();
        for table in self.settings.follow.iter().chain(self.settings.keys.keys()) {
            if !mapped.contains(table) {
                let hint = did_you_mean(table, mapped.iter().map(String::as_str));
                refusals.add(Place::default(), format!("no SELECT names the table `{table}`{hint}"));
            }
        }
        for (table, key) in &self.settings.keys {
            let Some(shape) = shapes.get(table.as_str()) else { continue };
            for column in key {
                if !shape.columns.iter().any(|c| c.name.eq_ignore_ascii_case(column)) {
                    let hint = did_you_mean(column, shape.columns.iter().map(|c| c.name.as_str()));
                    let what = format!("keys: the table `{table}` has no column `{column}`{hint}");
                    refusals.add(Place::default(), what);
                }
            }
        }
    }
}

/// The SELECTs of a UNION ALL have one type a column: as texts, numbers and dates of several would show otherwise than alone.
fn shown_alike(query: &Query, branches: &[&ResolvedBranch], refusals: &mut Refusals) {
    for at in 0..branches.first().map_or(0, |branch| branch.outputs.len()) {
        let output = query.source.outputs.get(at);
        if !output.is_none_or(|o| matches!(o.kind, OutputKind::Key | OutputKind::Text)) {
            continue;
        }
        let found = branches.iter().filter_map(|b| Some((b.types[at]?, b.outputs[at].as_ref()?.place)));
        let found: Vec<(Type, Place)> = found.collect();
        if found.iter().any(|(found, _)| found.is_text()) {
            continue;
        }
        let other = found.iter().skip(1).find(|(other, _)| !other.shows_like(found[0].0));
        if let Some((_, place)) = other {
            let name = output.map_or_else(|| query.extras[at - query.source.outputs.len()].as_str(), |o| o.name);
            let what = format!(
                "`{name}` has other digits here than in the first SELECT, and UNION ALL shows those of both: write one CAST in \
                 each, CAST(… AS DECIMAL(20,2)) or CAST(… AS DATETIME)"
            );
            refusals.add(*place, what);
        }
    }
}

/// Every used column by table, the key's included, with the places of the SELECTs that name it.
pub(super) type Uses = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// A column whose table is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub from: usize,
    pub table: String,
    pub column: String,
    pub timestamp: bool,
    /// What makes two of its values equal; `None` where no join compares such.
    pub canon: Option<Canon>,
}

#[derive(Debug)]
pub(super) struct ResolvedBranch {
    pub tables: Vec<ResolvedTable>,
    pub outputs: Vec<Option<Expr<Column>>>,
    /// Of the outputs.
    pub types: Vec<Option<Type>>,
    pub filter: Option<Expr<Column>>,
    pub group: Vec<Column>,
    pub computed: Vec<Computed<Column, ResolvedTable>>,
}

#[derive(Debug)]
pub(super) struct ResolvedTable {
    pub name: String,
    pub join: Option<ResolvedJoin>,
}

/// How a table is joined. Every unique key of it is known by then.
#[derive(Debug)]
pub(super) struct ResolvedJoin {
    pub left: bool,
    /// Columns of the table, and what they have to equal.
    pub pairs: Vec<Pair>,
    /// All conditions of ON, or of a subquery's WHERE.
    pub conditions: Vec<Expr<Column>>,
    /// The table's key.
    pub key: Vec<String>,
    /// More than one row may be found.
    pub many: bool,
    /// The keys of the tables before it, by position.
    pub earlier: Vec<Vec<Vec<String>>>,
}

/// `joined.column = value`
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub column: String,
    pub canon: Canon,
    pub value: Expr<Column>,
    /// Which of the conditions it is.
    pub condition: usize,
}

#[derive(Clone, Copy)]
struct Store<'a> {
    shapes: &'a BTreeMap<&'a str, &'a TableShape>,
    settings: &'a Settings,
}

struct Resolver<'a> {
    source: &'static Source,
    branch: &'a Branch,
    settings: &'a Settings,
    /// Of FROM's tables, and within a subquery its own behind them.
    shapes: Vec<(&'a str, &'a TableShape)>,
    known: &'a BTreeMap<&'a str, &'a TableShape>,
    /// The types of what is worked out before.
    computed: Vec<Type>,
    uses: &'a mut Uses,
    refusals: &'a mut Refusals,
}

impl<'a> Resolver<'a> {
    /// Finds the tables of FROM; `None` after a refusal.
    fn new(
        source: &'static Source,
        branch: &'a Branch,
        store: Store<'a>,
        uses: &'a mut Uses,
        refusals: &'a mut Refusals,
    ) -> Option<Resolver<'a>> {
        let (known, settings) = (store.shapes, store.settings);
        let (shapes, computed) = (Vec::new(), Vec::new());
        let mut resolver = Resolver { source, branch, settings, shapes, known, computed, uses, refusals };
        let mut fine = true;
        for table in &branch.tables {
            match resolver.table(table) {
                Some(shape) => resolver.shapes.push((&table.alias, shape)),
                None => fine = false,
            }
        }
        fine.then_some(resolver)
    }

    fn table(&mut self, table: &From) -> Option<&'a TableShape> {
        let Some(shape) = self.known.get(table.table.as_str()) else {
            let hint = did_you_mean(&table.table, self.known.keys().copied());
            let what = format!(
                "the store has no table `{}`{hint} (the setting table_prefix says what its names start with)",
                table.table
            );
            self.refusals.add(table.place, what);
            return None;
        };
        let key = key_of(shape, self.settings);
        if key.is_empty() && shape.engine.is_empty() && shape.unique.is_empty() && shape.charset.is_none() {
            let what =
                format!("`{}` is a view, and a view has no rows in the binlog: map the tables behind it", table.table);
            self.refusals.add(table.place, what);
            return None;
        }
        if key.is_empty() {
            let what = format!(
                "the table `{}` has neither a primary key nor a unique key without NULLs, so that its rows cannot be told \
                 apart: map another table, or say in {} which columns do: [keys] {} = [\"…\"]",
                table.table,
                super::settings::FILE,
                table.table,
            );
            self.refusals.add(table.place, what);
            return None;
        }
        let columns = self.uses.entry(shape.table.clone()).or_default();
        for key in key {
            columns.entry(key).or_default();
        }
        Some(shape)
    }

    fn branch(mut self, extras: &[String]) -> Option<ResolvedBranch> {
        let branch = self.branch;
        let mut tables = Vec::new();
        let mut fine = true;
        for (i, from) in branch.tables.iter().enumerate() {
            let join = match &from.join {
                None => None,
                Some(join) => {
                    let resolved = self.join(i, join);
                    fine &= resolved.is_some();
                    resolved
                }
            };
            tables.push(ResolvedTable { name: from.table.clone(), join });
        }
        let mut computed = Vec::new();
        for one in &branch.computed {
            match self.computed(one) {
                Some((one, found)) => {
                    computed.push(one);
                    self.computed.push(found);
                }
                None => {
                    fine = false;
                    self.computed.push(Type::NULL);
                }
            }
        }
        let (mut outputs, mut types) = (Vec::new(), Vec::new());
        for (i, expr) in branch.outputs.iter().enumerate() {
            let mut typed = expr.as_ref().map(|e| self.expr(e));
            if let Some((expr, found)) = &mut typed {
                let (name, kind, owner) = match self.source.outputs.get(i) {
                    Some(output) => (output.name, output.kind, output.index.is_some()),
                    None => {
                        let name = extras[i - self.source.outputs.len()].as_str();
                        (name, Source::extra_kind(name), false)
                    }
                };
                typing::output(name, kind, expr, *found, self.refusals);
                if owner {
                    self.root_only(name, expr);
                }
            }
            types.push(typed.as_ref().map(|(_, found)| *found));
            outputs.push(typed.map(|(expr, _)| expr));
        }
        let filter = branch.filter.as_ref().map(|e| self.expr(e));
        if let Some((expr, found)) = &filter {
            typing::condition(*found, expr.place, self.refusals);
        }
        let group: Vec<Column> = branch.group.iter().filter_map(|e| self.group_column(e)).collect();
        let filter = filter.map(|(expr, _)| expr);
        if !fine {
            return None;
        }
        let resolved = ResolvedBranch { tables, outputs, types, filter, group, computed };
        self.one_row_a_group(&resolved);
        Some(resolved)
    }

    fn group_column(&mut self, expr: &Expr<Name>) -> Option<Column> {
        let (expr, found) = self.expr(expr);
        let Kind::Column(column) = expr.kind else { return None };
        if let Some(what) = found.unshowable().filter(|_| column.canon.is_none()) {
            self.refusals.add(expr.place, format!("GROUP BY needs a value that can be told from others: {what}"));
            return None;
        }
        Some(column)
    }
}

impl Resolve for Resolver<'_> {
    type Column = Column;

    fn type_of_computed(&self, position: usize) -> Type {
        self.computed[position]
    }

    fn refusals(&mut self) -> &mut Refusals {
        self.refusals
    }

    fn column(&mut self, name: &Name, place: Place) -> Option<(Column, Type)> {
        let tables = self.shapes.iter().enumerate();
        let candidates: Vec<(usize, &TableShape)> = tables
            .filter(|(_, (alias, _))| name.table.as_ref().is_none_or(|wanted| wanted == alias))
            .map(|(i, (_, shape))| (i, *shape))
            .collect();
        let mut found: Vec<_> = candidates
            .iter()
            .filter_map(|(i, s)| {
                s.columns.iter().find(|c| c.name.eq_ignore_ascii_case(&name.column)).map(|c| (*i, *s, c))
            })
            .collect();
        // Within a subquery its own table comes first.
        if let Some(own) = found.iter().position(|(i, ..)| *i >= self.branch.tables.len()) {
            found = vec![found[own]];
        }
        match found.as_slice() {
            [(from, shape, column)] => {
                let columns = self.uses.entry(shape.table.clone()).or_default();
                let places = columns.entry(column.name.clone()).or_default();
                let here = format!("{}:{}:{}", place.file(self.source.file), place.line, place.column);
                if !places.contains(&here) {
                    places.push(here);
                }
                let found = Type::of_column(column);
                let timestamp = column.data_type == "timestamp";
                let (table, name) = (shape.table.clone(), column.name.clone());
                let canon = Canon::of(column);
                Some((Column { from: *from, table, column: name, timestamp, canon }, found))
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
                let alias = |i: usize| self.shapes[i].0;
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
}

impl<'a> Resolver<'a> {
    fn join(&mut self, joined: usize, join: &Join) -> Option<ResolvedJoin> {
        let conditions = self.conditions(&join.conditions);
        let resolved = self.equalities(joined, join.left, conditions, join.place)?;
        if resolved.many && self.branch.group.is_empty() {
            let shape = self.shapes[joined].1;
            let what = format!(
                "a join finds one row by its key: write ON with {} of `{}`; or, where it may find several rows, GROUP BY the \
                 first table's key and take them together with SUM, MAX, …",
                keys_in_words(&unique_of(shape, self.settings)),
                shape.table
            );
            self.refusals.add(join.place, what);
            return None;
        }
        Some(resolved)
    }

    fn conditions(&mut self, conditions: &[Expr<Name>]) -> Vec<Expr<Column>> {
        let mut resolved = Vec::new();
        for condition in conditions {
            let (expr, found) = self.expr(condition);
            typing::condition(found, expr.place, self.refusals);
            resolved.push(expr);
        }
        resolved
    }

    /// What the rows of a joined table are found by.
    fn equalities(
        &mut self,
        joined: usize,
        left: bool,
        conditions: Vec<Expr<Column>>,
        place: Place,
    ) -> Option<ResolvedJoin> {
        let shape = self.shapes[joined].1;
        let alias = self.shapes[joined].0;
        let later = conditions.iter().any(|c| {
            let mut later = false;
            c.columns(&mut |column, _| later |= column.from > joined);
            later
        });
        let mut pairs: Vec<Pair> = Vec::new();
        for (condition, expr) in conditions.iter().enumerate() {
            if let Some(pair) = pair(joined, expr, condition)
                && !pairs.iter().any(|p| p.column == pair.column)
            {
                pairs.push(pair);
            }
        }
        if later
            || !pairs.iter().any(|p| mentions_columns(&p.value) || pairs_cover(&pairs, &key_of(shape, self.settings)))
        {
            if let Some((place, what)) = conditions.iter().find_map(|c| unlike(joined, c)) {
                self.refusals.add(place, what);
                return None;
            }
            let what = format!(
                "rows of `{alias}` are found by an equality of one of its columns (an integer, or a text) with a column of a \
                 table before it: write ON {alias}.… = …"
            );
            self.refusals.add(place, what);
            return None;
        }
        for pair in pairs.iter().filter(|pair| mentions_columns(&pair.value)) {
            if let Canon::Text(Some(collation)) = &pair.canon
                && !Collation::named(collation).is_known()
            {
                let what = format!(
                    "which texts {collation} takes for equal is not known, so that rows of `{alias}` cannot be found by `{}`: \
                     write ON with an integer column, or with one under …_bin or …_general_ci",
                    pair.column
                );
                self.refusals.add(place, what);
                return None;
            }
        }
        let unique = unique_of(shape, self.settings);
        let many = !unique.iter().any(|key| pairs_cover(&pairs, key));
        let earlier = self.shapes[..joined].iter().map(|(_, s)| unique_of(s, self.settings)).collect();
        let key = key_of(shape, self.settings);
        Some(ResolvedJoin { left, pairs, conditions, key, many, earlier })
    }

    fn computed(&mut self, one: &'a Computed<Name, From>) -> Option<(Computed<Column, ResolvedTable>, Type)> {
        match one {
            Computed::Aggregate(call) => {
                let (call, found) = self.call(call)?;
                Some((Computed::Aggregate(call), found))
            }
            Computed::Subquery(subquery) => {
                let (subquery, found) = self.subquery(subquery)?;
                Some((Computed::Subquery(Box::new(subquery)), found))
            }
        }
    }

    fn call(&mut self, call: &AggregateCall<Name>) -> Option<(AggregateCall<Column>, Type)> {
        let before = self.refusals.count();
        let arg = call.arg.as_ref().map(|a| self.expr(a));
        let order = call.order.as_ref().map(|(o, down)| (self.expr(o).0, *down));
        let argument = arg.as_ref().map_or(Type::NULL, |(_, found)| *found);
        let found = typing::aggregate(call.aggregate, argument, call.place, self.refusals);
        let resolved = AggregateCall {
            aggregate: call.aggregate,
            arg: arg.map(|(a, _)| a),
            order,
            separator: call.separator.clone(),
            collation: argument.under.collation().unwrap_or(Collation::USUAL),
            place: call.place,
        };
        (self.refusals.count() == before).then_some((resolved, found))
    }

    fn subquery(&mut self, subquery: &'a NamedSubquery) -> Option<(Subquery<Column, ResolvedTable>, Type)> {
        let shape = self.table(&subquery.table)?;
        self.shapes.push((&subquery.table.alias, shape));
        let conditions = self.conditions(&subquery.conditions);
        let resolved = self.equalities(self.shapes.len() - 1, false, conditions, subquery.place);
        let call = self.call(&subquery.call);
        if let Some((call, _)) = &call {
            self.own_aggregate(call);
        }
        self.shapes.pop();
        let (join, (call, found)) = (resolved?, call?);
        let table = ResolvedTable { name: subquery.table.table.clone(), join: Some(join) };
        Some((Subquery { table, conditions: Vec::new(), call, place: subquery.place }, found))
    }

    /// An aggregate of a subquery that names columns of the outer tables alone is the outer SELECT's.
    fn own_aggregate(&mut self, call: &AggregateCall<Column>) {
        let own = self.shapes.len() - 1;
        let (mut any, mut only_outer) = (false, true);
        if let Some(arg) = &call.arg {
            arg.columns(&mut |column, _| {
                any = true;
                only_outer &= column.from != own;
            });
        }
        if any && only_outer {
            let what = "over columns of the outer tables alone, this is an aggregate of the outer SELECT: write the column \
                        outside, as in o.x * (SELECT COUNT(*) FROM …)";
            self.refusals.add(call.place, what);
        }
    }

    fn root_only(&mut self, output: &str, expr: &Expr<Column>) {
        let root = self.shapes[0].0;
        expr.columns(&mut |column, place| {
            if column.from != 0 {
                self.refusals.add(place, owner_elsewhere(output, root));
            }
        });
    }

    /// Outside of an aggregate a column has to be the same for all rows of a group.
    fn one_row_a_group(&mut self, resolved: &ResolvedBranch) {
        if resolved.group.is_empty() {
            return;
        }
        let in_group =
            |column: &Column| resolved.group.iter().any(|g| g.from == column.from && g.column == column.column);
        // A text of GROUP BY may be written in several ways within a group.
        let same = |column: &Column| in_group(column) && !matches!(column.canon, Some(Canon::Text(_)));
        let mut certain: Vec<bool> = Vec::new();
        for (i, table) in resolved.tables.iter().enumerate() {
            let shape = self.shapes[i].1;
            let key = key_of(shape, self.settings);
            // A unique key takes any number of NULLs, which are one group.
            let nullable = |k: &String| shape.columns.iter().any(|c| c.nullable && c.name.eq_ignore_ascii_case(k));
            let by_group = unique_of(shape, self.settings).iter().any(|unique| {
                (*unique == key || !unique.iter().any(nullable))
                    && unique
                        .iter()
                        .all(|k| resolved.group.iter().any(|g| g.from == i && g.column.eq_ignore_ascii_case(k)))
            });
            let by_join = table.join.as_ref().is_some_and(|join| {
                let sure = |expr: &Expr<Column>| {
                    let mut sure = true;
                    expr.columns(&mut |c, _| sure &= c.from == i || certain[c.from] || same(c));
                    sure
                };
                // Both columns have one collation.
                let pure = |expr: &Expr<Column>| matches!(&expr.kind, Kind::Column(c) if in_group(c));
                // Where LEFT JOIN finds nothing, the rest of ON has decided so, too.
                let rest = |condition: usize| join.pairs.iter().all(|pair| pair.condition != condition);
                !join.many
                    && join.pairs.iter().all(|pair| sure(&pair.value) || pure(&pair.value))
                    && (!join.left || join.conditions.iter().enumerate().all(|(at, c)| !rest(at) || sure(c)))
            });
            certain.push(by_group || by_join);
        }
        let owners = self.source.outputs.iter().enumerate().filter(|(_, output)| output.index.is_some());
        let mut blurred = Vec::new();
        for (output, expr) in owners.filter_map(|(i, output)| Some((output, resolved.outputs[i].as_ref()?))) {
            expr.columns(&mut |column, place| {
                if in_group(column) && !certain[column.from] && !same(column) {
                    blurred.push((place, column.column.clone(), output.name));
                }
            });
        }
        for (place, column, output) in blurred {
            let what = format!(
                "GROUP BY takes texts for one that `{output}` tells apart (by case, accents or trailing blanks): make `{output}` of \
                 a number, or of a table's key that is in GROUP BY, and not of `{column}`"
            );
            self.refusals.add(place, what);
        }
        let mut varying = Vec::new();
        let mut check = |expr: &Expr<Column>| {
            expr.columns(&mut |column, place| {
                if column.from < certain.len() && !certain[column.from] && !in_group(column) {
                    varying.push((place, column.column.clone()));
                }
            });
        };
        resolved.outputs.iter().flatten().for_each(&mut check);
        for one in &resolved.computed {
            if let Computed::Subquery(subquery) = one {
                subquery.table.join.iter().flat_map(|j| &j.conditions).for_each(&mut check);
                subquery.call.parts().for_each(&mut check);
            }
        }
        for (place, column) in varying {
            let what = format!(
                "`{column}` may differ from row to row of a group: put it into an aggregate (MAX(…)), or its table's key into \
                 GROUP BY"
            );
            self.refusals.add(place, what);
        }
    }
}

/// The tables and columns to mirror.
pub(super) fn table_uses(uses: &Uses, keys: &BTreeMap<String, Vec<String>>) -> Vec<TableUse> {
    let of = |(table, columns): (&String, &BTreeMap<String, Vec<String>>)| {
        let columns: Vec<String> = columns.keys().cloned().collect();
        let key = keys[table].iter().filter_map(|k| columns.binary_search(k).ok()).collect();
        TableUse { table: table.clone(), columns, key }
    };
    uses.iter().map(of).collect()
}
