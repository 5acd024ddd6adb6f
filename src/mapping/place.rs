//! The last step of binding: columns become places in mirrored rows, joins the indexes that find their rows, and the ways
//! from joined rows back to their documents are worked out.

use std::collections::BTreeMap;

use crate::change::{Footprint, TableId};

use super::aggregate::{Computed, Subquery};
use super::bind::{Column, Pair, ResolvedBranch, ResolvedJoin, ResolvedTable, Uses, table_uses};
use super::bound::{Bound, BoundBranch, BoundJoin, BoundQuery, BoundTable, Finder};
use super::contract::Source;
use super::equalities::mentions_columns;
use super::expr::{Expr, Kind, Slot};
use super::index::{self, Canon, Index};
use super::profile::Mapping;
use super::query::Query;
use super::reach::{By, End, Reach, Step};
use super::refusal::{Place, Refusals};
use super::settings::Settings;

/// What is being put together.
pub(super) struct Placing<'a> {
    footprint: Footprint,
    settings: &'a Settings,
    indexes: Vec<Vec<Index>>,
    reaches: Vec<Vec<Reach>>,
}

/// A joined table, on the way back to the first one.
struct Joined<'r> {
    table: TableId,
    join: &'r ResolvedJoin,
}

impl<'a> Placing<'a> {
    pub fn new(uses: &Uses, keys: &BTreeMap<String, Vec<String>>, settings: &'a Settings) -> Placing<'a> {
        let tables = table_uses(uses, keys);
        let (indexes, reaches) = (vec![Vec::new(); tables.len()], vec![Vec::new(); tables.len()]);
        Placing { footprint: Footprint { tables }, settings, indexes, reaches }
    }

    /// The bound mapping of resolved SELECTs.
    pub fn place(
        mut self,
        branches: Vec<(&Query, ResolvedBranch)>,
        uses: &Uses,
        mapping: &Mapping,
        refusals: &mut Refusals,
    ) -> Bound {
        refusals.enter_settings();
        let mut queries: BTreeMap<&'static str, BoundQuery> = BTreeMap::new();
        for (query, branch) in branches {
            let of = queries.get(query.source.file).map_or(0, |q| q.branches.len());
            self.reach(query.source, of, &branch, refusals);
            let placed = self.branch(branch);
            let bound = queries.entry(query.source.file).or_insert_with(|| BoundQuery {
                source: query.source,
                extras: query.extras.clone(),
                branches: Vec::new(),
                written: query.branches.iter().map(|b| b.written.clone()).collect(),
            });
            bound.branches.push(placed);
        }
        let used_at = uses.iter().flat_map(|(table, columns)| {
            columns.iter().map(move |(column, places)| ((table.clone(), column.clone()), places.clone()))
        });
        Bound {
            settings: mapping.settings.clone(),
            version: mapping.version.clone(),
            footprint: self.footprint,
            used_at: used_at.collect(),
            queries,
            indexes: self.indexes,
            reaches: self.reaches,
        }
    }

    fn branch(&mut self, branch: ResolvedBranch) -> BoundBranch {
        let (mut root_filter, mut plain, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for condition in branch.filter.map(Expr::conjuncts).unwrap_or_default() {
            let condition = condition.map(&mut |c| self.slot(&c));
            match (is_root_only(&condition), is_computed(&condition)) {
                (true, false) => root_filter.push(condition),
                (false, false) => plain.push(condition),
                (_, true) => others.push(condition),
            }
        }
        let filter_plain = plain.len();
        plain.extend(others);
        let group = branch.group.iter().map(|c| (self.slot(c), c.canon.clone())).collect();
        let computed = branch.computed.into_iter().map(|one| match one {
            Computed::Aggregate(call) => Computed::Aggregate(call.map(&mut |c| self.slot(&c))),
            Computed::Subquery(subquery) => {
                let Subquery { table, call, place, .. } = *subquery;
                let table = self.table(table);
                let call = call.map(&mut |c| self.slot(&c));
                Computed::Subquery(Box::new(Subquery { table, conditions: Vec::new(), call, place }))
            }
        });
        let computed = computed.collect();
        let outputs = branch.outputs.into_iter().map(|o| o.map(|e| e.map(&mut |c| self.slot(&c)))).collect();
        BoundBranch {
            outputs,
            tables: branch.tables.into_iter().map(|t| self.table(t)).collect(),
            root_filter,
            filter: plain,
            filter_plain,
            group: if branch.group.is_empty() { None } else { Some(group) },
            computed,
        }
    }

    fn table(&mut self, table: ResolvedTable) -> BoundTable {
        let id = self.table_id(&table.name);
        let join = table.join.map(|join| {
            let (finder, consumed) = self.finder(id, &join);
            let conditions = join.conditions.into_iter().enumerate().filter(|(i, _)| !consumed.contains(i));
            let conditions = conditions.map(|(_, e)| e.map(&mut |c| self.slot(&c))).collect();
            BoundJoin { left: join.left, finder, conditions }
        });
        BoundTable { table: id, name: table.name, join }
    }

    /// How a joined table's rows are found, and which conditions need not be looked at again.
    fn finder(&mut self, table: TableId, join: &ResolvedJoin) -> (Finder, Vec<usize>) {
        let by_key = self.by_key(&join.pairs, &join.key);
        if let Some(pairs) = by_key {
            let values = pairs.iter().map(|p| p.value.clone().map(&mut |c| self.slot(&c))).collect();
            return (Finder::Key(values), pairs.iter().map(|p| p.condition).collect());
        }
        let mut pairs: Vec<&Pair> = join.pairs.iter().filter(|p| mentions_columns(&p.value)).collect();
        if pairs.is_empty() {
            pairs = join.pairs.iter().collect();
        }
        let columns: Vec<(String, Canon)> = pairs.iter().map(|p| (p.column.clone(), p.canon.clone())).collect();
        let index = self.index(table, &columns);
        let values = pairs.iter().map(|p| (p.value.clone().map(&mut |c| self.slot(&c)), p.canon.clone()));
        (Finder::Index(index, values.collect()), Vec::new())
    }

    /// The pairs in the key's order, where they are all of it, and integers.
    fn by_key<'p>(&self, pairs: &'p [Pair], key: &[String]) -> Option<Vec<&'p Pair>> {
        let of = |k: &String| pairs.iter().find(|p| p.canon == Canon::Int && p.column.eq_ignore_ascii_case(k));
        key.iter().map(of).collect()
    }

    /// The index of a table over these columns.
    fn index(&mut self, table: TableId, columns: &[(String, Canon)]) -> &'static str {
        let uses = &self.footprint.tables[table];
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let name = index::name(&uses.table, &names);
        if !self.indexes[table].iter().any(|index| index.name == name) {
            let columns = columns.iter().map(|(column, canon)| (self.column_id(table, column), canon.clone()));
            let index = Index { name, columns: columns.collect() };
            self.indexes[table].push(index);
        }
        name
    }

    /// Notes for every joined table of a SELECT whose documents its rows are parts of.
    fn reach(&mut self, source: &'static Source, number: usize, branch: &ResolvedBranch, refusals: &mut Refusals) {
        let root = self.table_id(&branch.tables[0].name);
        let mut joined: Vec<Joined<'_>> = Vec::new();
        for table in &branch.tables[1..] {
            let Some(join) = &table.join else { continue };
            joined.push(Joined { table: self.table_id(&table.name), join });
        }
        let own = joined.len();
        for one in &branch.computed {
            if let Computed::Subquery(subquery) = one
                && let Some(join) = &subquery.table.join
            {
                joined.push(Joined { table: self.table_id(&subquery.table.name), join });
            }
        }
        for at in 0..joined.len() {
            let table = joined[at].table;
            let followed = self.settings.follow.contains(&self.footprint.tables[table].table);
            let way = match self.back(source, branch, root, &joined[..own], &joined[at], false) {
                None if followed => {
                    self.back(source, branch, root, &joined[..own], &joined[at], true).map(|way| (way, true))
                }
                way => way.map(|way| (way, false)),
            };
            match way {
                Some(((steps, end), followed)) => {
                    self.reaches[table].push(Reach { file: source.file, branch: number, steps, end, followed });
                }
                None if followed => {
                    let what = format!(
                        "follow: a changed row of `{}` leads to no document of {}, which compares its columns with constants or \
                         expressions only: write ON with a column of a table before it, or leave it out of follow",
                        self.footprint.tables[table].table, source.file
                    );
                    refusals.add(Place::default(), what);
                }
                None => {}
            }
        }
    }

    /// The way from a joined row back to the first table; `None` where the row is a lookup that nobody follows.
    fn back(
        &mut self,
        source: &Source,
        branch: &ResolvedBranch,
        root: TableId,
        joined: &[Joined<'_>],
        from: &Joined<'_>,
        followed: bool,
    ) -> Option<(Vec<Step>, End)> {
        if let Some(end) = self.direct(source, branch, root, from) {
            return Some((Vec::new(), end));
        }
        let mut earlier: BTreeMap<usize, Vec<(&Pair, &Column)>> = BTreeMap::new();
        for pair in &from.join.pairs {
            if let Kind::Column(column) = &pair.value.kind {
                earlier.entry(column.from).or_default().push((pair, column));
            }
        }
        for (position, pairs) in earlier {
            let whole = from.join.earlier[position]
                .iter()
                .any(|key| key.iter().all(|k| pairs.iter().any(|(_, column)| column.column.eq_ignore_ascii_case(k))));
            if !whole && !followed {
                continue;
            }
            let table = if position == 0 { root } else { joined.get(position - 1)?.table };
            let step = self.step(from.table, table, &pairs);
            if position == 0 {
                return Some((vec![step], End::Root));
            }
            if let Some((mut steps, end)) = self.back(source, branch, root, joined, &joined[position - 1], followed) {
                steps.insert(0, step);
                return Some((steps, end));
            }
        }
        None
    }

    /// The owner of a row that has all columns that the owner is made of.
    fn direct(&self, source: &Source, branch: &ResolvedBranch, root: TableId, from: &Joined<'_>) -> Option<End> {
        let mut columns: Vec<(usize, usize)> = Vec::new();
        let mut has = BTreeMap::new();
        for pair in &from.join.pairs {
            if let (Kind::Column(column), Canon::Int) = (&pair.value.kind, &pair.canon)
                && column.from == 0
            {
                has.insert(column.column.clone(), self.column_id(from.table, &pair.column));
            }
        }
        let mut outputs = Vec::new();
        for (i, output) in source.outputs.iter().enumerate() {
            let Some(expr) = output.index.filter(|index| *index != "refund.id").and(branch.outputs[i].as_ref()) else {
                continue;
            };
            let mut all = true;
            let mut any = false;
            expr.columns(&mut |c, _| {
                any = true;
                all &= has.contains_key(&c.column);
            });
            if all && any {
                outputs.push(i);
                expr.columns(&mut |c, _| columns.push((self.column_id(root, &c.column), has[&c.column])));
            }
        }
        (!outputs.is_empty()).then_some(End::Direct { outputs, columns })
    }

    fn step(&mut self, from: TableId, to: TableId, pairs: &[(&Pair, &Column)]) -> Step {
        let key: Vec<String> =
            self.footprint.tables[to].key.iter().map(|&k| self.footprint.tables[to].columns[k].clone()).collect();
        let of = |k: &String| {
            let found = pairs.iter().find(|(pair, column)| pair.canon == Canon::Int && column.column == *k);
            found.map(|(pair, _)| self.column_id(from, &pair.column))
        };
        if let Some(columns) = key.iter().map(of).collect::<Option<Vec<usize>>>() {
            return Step { table: to, by: By::Key(columns) };
        }
        let columns: Vec<(String, Canon)> =
            pairs.iter().map(|(pair, column)| (column.column.clone(), pair.canon.clone())).collect();
        let index = self.index(to, &columns);
        let own = pairs.iter().map(|(pair, _)| (self.column_id(from, &pair.column), pair.canon.clone()));
        Step { table: to, by: By::Index(index, own.collect()) }
    }

    fn table_id(&self, name: &str) -> TableId {
        let found = self.footprint.tables.binary_search_by(|t| t.table.as_str().cmp(name));
        found.expect("a used table is in the footprint")
    }

    fn column_id(&self, table: TableId, column: &str) -> usize {
        let columns = &self.footprint.tables[table].columns;
        columns.iter().position(|c| c.eq_ignore_ascii_case(column)).expect("a used column is in the footprint")
    }

    fn slot(&self, column: &Column) -> Slot {
        let id = self.column_id(self.table_id(&column.table), &column.column);
        Slot { from: column.from, column: id, timestamp: column.timestamp }
    }
}

fn is_root_only(expr: &Expr<Slot>) -> bool {
    let mut root_only = true;
    expr.columns(&mut |slot, _| root_only &= slot.from == 0);
    root_only
}

fn is_computed(expr: &Expr<Slot>) -> bool {
    match &expr.kind {
        Kind::Computed(_) => true,
        Kind::Call(_, args) => args.iter().any(is_computed),
        Kind::Column(_) | Kind::Literal(_) => false,
    }
}
