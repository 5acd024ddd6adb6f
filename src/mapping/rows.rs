//! The rows that a SELECT yields for one owner: candidates from the owner's index, joined, filtered, grouped.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::change::{Row, Value, row_key};
use crate::document::Tender;

use super::aggregate::{AggregateCall, Computed, Subquery, fold};
use super::bound::{Bound, BoundBranch, BoundQuery, BoundTable, Finder, locate};
use super::contract::{Source, TENDER};
use super::datum::Datum;
use super::eval::{Scope, Warning};
use super::expr::{Expr, Kind, Slot};
use super::index::{Canon, UNCLEAR, entry, may_be_unclear};
use super::refusal::{EvalError, Fault, Place};
use super::slice::{Loaded, Slice};
use super::temporal;

/// Amounts below it, and their products with rates and pieces, have fewer digits than a decimal holds.
const NUMBER_MAX: i64 = 10_000_000_000_000;

/// Why an evaluation stopped.
pub(super) enum Halt {
    Missing,
    Error(EvalError),
}

impl From<EvalError> for Halt {
    fn from(error: EvalError) -> Halt {
        Halt::Error(error)
    }
}

impl Halt {
    pub fn loaded<T>(self) -> Loaded<Result<T, EvalError>> {
        match self {
            Halt::Missing => Loaded::Missing,
            Halt::Error(error) => Loaded::Ready(Err(error)),
        }
    }
}

/// A question about one document.
pub(super) struct Ask<'a> {
    pub bound: &'a Bound,
    pub slice: &'a mut Slice,
    pub document: &'a str,
    /// What the store's server would warn of, each with its place.
    pub warnings: BTreeSet<String>,
}

/// The rows of FROM that belong together, by position; `None` where a LEFT JOIN found nothing.
type Joined = Vec<Option<Row>>;

impl<'a> Ask<'a> {
    pub fn new(bound: &'a Bound, slice: &'a mut Slice, document: &'a str) -> Ask<'a> {
        Ask { bound, slice, document, warnings: BTreeSet::new() }
    }

    /// The rows that a SELECT yields for one owner. Every lookup that is missing is noted before it stops.
    pub fn rows(&mut self, source: &Source, index: &'static str, owner: &str) -> Result<Vec<Found<'a>>, Halt> {
        let Some(query) = self.bound.queries.get(source.file) else { return Ok(Vec::new()) };
        let Loaded::Ready(candidates) = self.slice.owned(index, owner) else { return Err(Halt::Missing) };
        let owner_at = query.source.outputs.iter().position(|o| o.index == Some(index)).unwrap_or_default();
        let mut found = Vec::new();
        let mut halt = None;
        for branch in &query.branches {
            let roots = candidates.iter().filter(|(table, _)| *table == branch.root().table).map(|(_, row)| row);
            match self.branch(query, branch, (owner_at, owner), roots) {
                Ok(rows) => found.extend(rows),
                Err(Halt::Missing) => halt = Some(Halt::Missing),
                Err(error) => halt = halt.or(Some(error)),
            }
        }
        halt.map_or(Ok(found), Err)
    }

    fn branch<'r>(
        &mut self,
        query: &'a BoundQuery,
        branch: &'a BoundBranch,
        owner: (usize, &str),
        roots: impl Iterator<Item = &'r Row>,
    ) -> Result<Vec<Found<'a>>, Halt> {
        let mut joined: Vec<Joined> = Vec::new();
        let mut missing = false;
        for root in roots {
            let is_his = self.is_his(branch, owner, root).map_err(|f| self.error(query, branch, f))?;
            if is_his {
                let mut from = Joining { ask: self, query, branch, pending: Vec::new(), done: &mut joined };
                missing |= from.join(&mut vec![Some(root.clone())], 1)?;
            }
        }
        if missing {
            return Err(Halt::Missing);
        }
        let Some(group) = &branch.group else { return self.each(query, branch, joined) };
        let mut groups: Vec<(Vec<Joined>, Vec<Datum>)> = Vec::new();
        let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
        for rows in joined {
            let subqueries = match self.filtered(query, branch, &rows) {
                Ok(Some(subqueries)) => subqueries,
                Ok(None) => continue,
                Err(Halt::Missing) => {
                    missing = true;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let key = self.group_key(group, &rows).map_err(|f| self.error(query, branch, f))?;
            match by_key.get(&key) {
                Some(&group) => groups[group].0.push(rows),
                None => {
                    by_key.insert(key, groups.len());
                    groups.push((vec![rows], subqueries));
                }
            }
        }
        if missing {
            return Err(Halt::Missing);
        }
        groups.into_iter().map(|(rows, computed)| self.found(query, branch, &rows, computed)).collect()
    }

    /// Without GROUP BY every row of FROM is a row of the result.
    fn each(
        &mut self,
        query: &'a BoundQuery,
        branch: &'a BoundBranch,
        joined: Vec<Joined>,
    ) -> Result<Vec<Found<'a>>, Halt> {
        let mut found = Vec::with_capacity(joined.len());
        let mut missing = false;
        for rows in joined {
            match self.filtered(query, branch, &rows) {
                Ok(None) => {}
                Ok(Some(computed)) => found.push(self.found(query, branch, std::slice::from_ref(&rows), computed)?),
                Err(Halt::Missing) => missing = true,
                Err(error) => return Err(error),
            }
        }
        if missing { Err(Halt::Missing) } else { Ok(found) }
    }

    /// True where WHERE does not exclude a first row by itself, and it is this owner's.
    fn is_his(&self, branch: &BoundBranch, (owner_at, owner): (usize, &str), root: &Row) -> Result<bool, Fault> {
        let alone = [Some(root.clone())];
        let scope = Scope::over(&alone, &self.bound.settings);
        for condition in &branch.root_filter {
            if !scope.holds(condition)? {
                return Ok(false);
            }
        }
        let Some(expr) = &branch.outputs[owner_at] else { return Ok(false) };
        Ok(scope.eval(expr)?.prints_as(owner))
    }

    /// The values of the subqueries, where WHERE holds.
    fn filtered(
        &mut self,
        query: &BoundQuery,
        branch: &BoundBranch,
        rows: &Joined,
    ) -> Result<Option<Vec<Datum>>, Halt> {
        let (plain, others) = branch.filter.split_at(branch.filter_plain);
        if !self.hold(query, plain, rows, &[]).map_err(|f| self.error(query, branch, f))? {
            return Ok(None);
        }
        let mut computed = vec![Datum::Null; branch.computed.len()];
        let mut missing = false;
        for (value, one) in computed.iter_mut().zip(&branch.computed) {
            if let Computed::Subquery(subquery) = one {
                match self.subquery(query, branch, subquery, rows) {
                    Ok(found) => *value = found,
                    Err(Halt::Missing) => missing = true,
                    Err(error) => return Err(error),
                }
            }
        }
        if missing {
            return Err(Halt::Missing);
        }
        let holds = self.hold(query, others, rows, &computed).map_err(|f| self.error(query, branch, f))?;
        Ok(holds.then_some(computed))
    }

    fn hold(
        &mut self,
        query: &BoundQuery,
        conditions: &[Expr<Slot>],
        rows: &Joined,
        computed: &[Datum],
    ) -> Result<bool, Fault> {
        let scope = Scope::with(rows, computed, &self.bound.settings);
        let mut all = true;
        for condition in conditions {
            all = scope.holds(condition)?;
            if !all {
                break;
            }
        }
        self.note(query, scope);
        Ok(all)
    }

    /// Keeps what the server would warn of.
    fn note(&mut self, query: &BoundQuery, scope: Scope<'_>) {
        for Warning { place, what } in scope.warnings.into_inner() {
            let file = place.file(query.source.file);
            self.warnings.insert(format!("{file}:{}:{}: {what}", place.line, place.column));
        }
    }

    fn subquery(
        &mut self,
        query: &BoundQuery,
        branch: &BoundBranch,
        subquery: &Subquery<Slot, BoundTable>,
        outer: &Joined,
    ) -> Result<Datum, Halt> {
        let Some(join) = &subquery.table.join else { return Ok(Datum::Null) };
        let Loaded::Ready(found) = self.find(query, branch, &subquery.table, &join.finder, outer)? else {
            return Err(Halt::Missing);
        };
        let mut rows = outer.clone();
        rows.push(None);
        let mut values = Vec::with_capacity(found.len());
        for row in found {
            *rows.last_mut().expect("it was pushed") = Some(row);
            if self.hold(query, &join.conditions, &rows, &[]).map_err(|f| self.error(query, branch, f))? {
                values.push(self.argument(query, &subquery.call, &rows).map_err(|f| self.error(query, branch, f))?);
            }
        }
        fold(&subquery.call, values).map_err(|f| self.error(query, branch, f))
    }

    fn argument(
        &mut self,
        query: &BoundQuery,
        call: &AggregateCall<Slot>,
        rows: &Joined,
    ) -> Result<(Datum, Datum), Fault> {
        let scope = Scope::over(rows, &self.bound.settings);
        let value = call.arg.as_ref().map_or(Ok(Datum::Null), |e| scope.eval(e))?;
        let order = call.order.as_ref().map_or(Ok(Datum::Null), |(e, _)| scope.eval(e))?;
        self.note(query, scope);
        Ok((value, order))
    }

    /// The rows of a joined table that its finder leads to; those of an index may have been otherwise before.
    fn find(
        &mut self,
        query: &BoundQuery,
        branch: &BoundBranch,
        table: &BoundTable,
        finder: &Finder,
        rows: &Joined,
    ) -> Result<Loaded<Vec<Row>>, Halt> {
        let scope = Scope::over(rows, &self.bound.settings);
        let located = |fault| Halt::Error(self.bound.located(query.source, branch, self.document.to_owned(), fault));
        match finder {
            Finder::Key(values) => {
                let mut key = Vec::with_capacity(values.len());
                for expr in values {
                    key.push(match scope.eval(expr).map_err(located)? {
                        Datum::Int(i) => Value::Int(i),
                        Datum::UInt(u) => Value::UInt(u),
                        _ => return Ok(Loaded::Ready(Vec::new())),
                    });
                }
                Ok(match self.slice.row(table.table, row_key(&key.iter().collect::<Vec<_>>())) {
                    Loaded::Ready(row) => Loaded::Ready(row.into_iter().collect()),
                    Loaded::Missing => Loaded::Missing,
                })
            }
            Finder::Index(index, values) => {
                let mut parts = Vec::with_capacity(values.len());
                for (expr, canon) in values {
                    let value = scope.eval(expr).map_err(located)?;
                    parts.push(canon.text(&value).map_err(|what| located(Fault::new(expr.place, what)))?);
                }
                let Ok(Some(owner)) = entry(parts.into_iter().map(Ok)) else { return Ok(Loaded::Ready(Vec::new())) };
                let found = self.slice.owned(index, &owner);
                let unclear = match may_be_unclear(values.iter().map(|(_, canon)| canon)) {
                    true => self.slice.owned(index, UNCLEAR),
                    false => Loaded::Ready(Vec::new()),
                };
                let (Loaded::Ready(found), Loaded::Ready(unclear)) = (found, unclear) else {
                    return Ok(Loaded::Missing);
                };
                let of_table = found.into_iter().chain(unclear).filter(|(id, _)| *id == table.table);
                Ok(Loaded::Ready(of_table.map(|(_, row)| row).collect()))
            }
        }
    }

    fn group_key(&self, group: &[(Slot, Option<Canon>)], rows: &Joined) -> Result<String, Fault> {
        let scope = Scope::over(rows, &self.bound.settings);
        let mut key = Vec::with_capacity(group.len());
        for (slot, canon) in group {
            let value = scope.eval(&Expr { kind: Kind::Column(*slot), place: Place::default() })?;
            key.push(match canon {
                Some(canon) => canon.text(&value).map_err(|what| Fault::new(Place::default(), what))?,
                None => value.to_key(),
            });
        }
        Ok(serde_json::to_string(&key).expect("texts are always JSON"))
    }

    /// Refuses a group whose texts the server shows as in whichever row it reads first.
    fn one_text(&self, branch: &BoundBranch, rows: &[Joined]) -> Result<(), Fault> {
        let texts = branch.group.iter().flatten().filter(|(_, canon)| matches!(canon, Some(Canon::Text(_))));
        for (slot, _) in texts {
            let value = |rows: &Joined| rows[slot.from].as_ref().map(|row| row[slot.column].clone());
            let first = value(&rows[0]);
            if rows.iter().all(|rows| value(rows) == first) {
                continue;
            }
            let mut shown = None;
            let mut look =
                |expr: &Expr<Slot>| expr.columns(&mut |s, place| shown = shown.or((s == slot).then_some(place)));
            branch.outputs.iter().flatten().for_each(&mut look);
            for one in &branch.computed {
                if let Computed::Subquery(subquery) = one {
                    let join = subquery.table.join.iter();
                    join.clone().flat_map(|join| join.finder.values()).for_each(&mut look);
                    join.flat_map(|join| &join.conditions).chain(subquery.call.parts()).for_each(&mut look);
                }
            }
            if let Some(place) = shown {
                let what = "a text of GROUP BY is written in several ways within a group: write MIN(LOWER(…)) here";
                return Err(Fault::new(place, what));
            }
        }
        Ok(())
    }

    /// One row of the result; of a group, its first row stands for all.
    fn found(
        &mut self,
        query: &'a BoundQuery,
        branch: &'a BoundBranch,
        rows: &[Joined],
        mut computed: Vec<Datum>,
    ) -> Result<Found<'a>, Halt> {
        self.one_text(branch, rows).map_err(|f| self.error(query, branch, f))?;
        for (value, one) in computed.iter_mut().zip(&branch.computed) {
            if let Computed::Aggregate(call) = one {
                let values: Result<Vec<_>, Fault> = rows.iter().map(|rows| self.argument(query, call, rows)).collect();
                *value = values.and_then(|v| fold(call, v)).map_err(|f| self.error(query, branch, f))?;
            }
        }
        let scope = Scope::with(&rows[0], &computed, &self.bound.settings);
        let mut values = Vec::with_capacity(branch.outputs.len());
        for output in &branch.outputs {
            let value = output.as_ref().map_or(Ok(Datum::Null), |expr| scope.eval(expr));
            values.push(value.map_err(|f| self.error(query, branch, f))?);
        }
        self.note(query, scope);
        Ok(Found { query, branch, values, document: self.document })
    }

    fn error(&self, query: &BoundQuery, branch: &BoundBranch, fault: Fault) -> Halt {
        Halt::Error(self.bound.located(query.source, branch, self.document.to_owned(), fault))
    }

    pub fn without_place(&self, source: &Source, what: String) -> EvalError {
        let branch = &self.bound.queries[source.file].branches[0];
        locate(source, branch, self.document.to_owned(), Fault::new(Place::default(), what))
    }
}

/// One SELECT's FROM, on the way from its first table to its last.
struct Joining<'s, 'a, 'd> {
    ask: &'s mut Ask<'a>,
    query: &'a BoundQuery,
    branch: &'a BoundBranch,
    /// Tables whose rows are not loaded yet.
    pending: Vec<usize>,
    done: &'d mut Vec<Joined>,
}

impl Joining<'_, '_, '_> {
    /// Joins the table at `at`, and those behind it. True where rows are missing; what can be asked for has been.
    fn join(&mut self, rows: &mut Joined, at: usize) -> Result<bool, Halt> {
        let Some(table) = self.branch.tables.get(at) else {
            if self.pending.is_empty() {
                self.done.push(rows.clone());
            }
            return Ok(!self.pending.is_empty());
        };
        let Some(join) = &table.join else { return Ok(false) };
        let values = join.finder.values();
        let waits = values.into_iter().chain(&join.conditions).any(|e| self.is_pending(e));
        let found =
            if waits { Loaded::Missing } else { self.ask.find(self.query, self.branch, table, &join.finder, rows)? };
        let Loaded::Ready(found) = found else {
            self.pending.push(at);
            rows.push(None);
            self.join(rows, at + 1)?;
            rows.pop();
            self.pending.pop();
            return Ok(true);
        };
        let (mut matched, mut missing) = (false, false);
        for row in found {
            rows.push(Some(row));
            let holds = self.ask.hold(self.query, &join.conditions, rows, &[]);
            if holds.map_err(|f| self.ask.error(self.query, self.branch, f))? {
                matched = true;
                missing |= self.join(rows, at + 1)?;
            }
            rows.pop();
        }
        if !matched && join.left {
            rows.push(None);
            missing |= self.join(rows, at + 1)?;
            rows.pop();
        }
        Ok(missing)
    }

    fn is_pending(&self, expr: &Expr<Slot>) -> bool {
        let mut pending = false;
        expr.columns(&mut |slot, _| pending |= self.pending.contains(&slot.from));
        pending
    }
}

/// One row of a SELECT's result.
pub(super) struct Found<'a> {
    query: &'a BoundQuery,
    branch: &'a BoundBranch,
    values: Vec<Datum>,
    document: &'a str,
}

impl Found<'_> {
    /// A text that may be missing; an empty one is.
    pub fn text<T: From<SmolStr>>(&self, name: &str) -> Option<T> {
        self.value(name).to_text().filter(|t| !t.is_empty()).map(T::from)
    }

    /// A text that is there and not empty.
    pub fn key<T: From<SmolStr>>(&self, name: &str) -> Result<T, EvalError> {
        self.text(name).ok_or_else(|| self.error(name, "is NULL or empty"))
    }

    /// A number that may be NULL, as the server prints it.
    pub fn number(&self, name: &str) -> Result<Option<Decimal>, EvalError> {
        self.number_in(name, self.value(name))
    }

    fn number_in(&self, name: &str, value: &Datum) -> Result<Option<Decimal>, EvalError> {
        let number = match value {
            Datum::Null => return Ok(None),
            Datum::Decimal(n) => n.shown(),
            value => value.to_decimal().ok_or_else(|| self.error(name, "is not a number from beginning to end"))?,
        };
        if number.abs() >= Decimal::from(NUMBER_MAX) {
            return Err(self.error(name, "has more than 13 digits before the point"));
        }
        Ok(Some(number))
    }

    pub fn required_number(&self, name: &str) -> Result<Decimal, EvalError> {
        self.number(name)?.ok_or_else(|| self.error(name, "is NULL"))
    }

    pub fn flag(&self, name: &str) -> Result<bool, EvalError> {
        match self.number(name)? {
            Some(n) if n.is_zero() => Ok(false),
            Some(n) if n == Decimal::ONE => Ok(true),
            _ => Err(self.error(name, "is neither 0 nor 1")),
        }
    }

    pub fn day(&self, name: &str) -> Result<Date, EvalError> {
        let printed = self.value(name).to_text();
        printed.and_then(|p| temporal::day(&p)).ok_or_else(|| self.error(name, "is no date"))
    }

    /// The outputs called `extra_…`, by name, without those that are NULL.
    pub fn extras(&self) -> BTreeMap<String, String> {
        let texts = self.beyond().filter(|(name, _)| !name.starts_with(TENDER));
        texts.filter_map(|(name, value)| Some((name.to_owned(), value.to_text()?.to_string()))).collect()
    }

    /// The outputs called `tender_…`, by what follows, without those that are NULL or zero.
    pub fn tenders(&self) -> Result<Vec<Tender>, EvalError> {
        let mut tenders = Vec::new();
        for (name, value) in self.beyond() {
            let Some(kind) = name.strip_prefix(TENDER) else { continue };
            let amount = self.number_in(name, value)?.filter(|amount| !amount.is_zero());
            tenders.extend(amount.map(|amount| Tender { kind: kind.to_owned(), amount: amount.normalize() }));
        }
        Ok(tenders)
    }

    /// The outputs behind those of the contract.
    fn beyond(&self) -> impl Iterator<Item = (&str, &Datum)> {
        let values = &self.values[self.query.source.outputs.len()..];
        self.query.extras.iter().map(String::as_str).zip(values)
    }

    /// Every output that the SELECT has, by name, as the server prints it.
    pub fn printed(&self) -> BTreeMap<String, Option<String>> {
        let known = self.query.source.outputs.iter().map(|o| o.name);
        let names = known.chain(self.query.extras.iter().map(String::as_str));
        let there = names.zip(self.branch.outputs.iter().zip(&self.values)).filter(|(_, (expr, _))| expr.is_some());
        there.map(|(name, (_, value))| (name.to_owned(), value.to_text().map(|t| t.to_string()))).collect()
    }

    pub fn value(&self, name: &str) -> &Datum {
        let position = self.query.source.position(name);
        position.map_or(&Datum::Null, |p| &self.values[p])
    }

    pub fn error(&self, name: &str, what: &str) -> EvalError {
        let expr = self.query.source.position(name).and_then(|p| self.branch.outputs[p].as_ref());
        let place = expr.map(|e| e.place).unwrap_or_default();
        locate(self.query.source, self.branch, self.document.to_owned(), Fault::new(place, format!("`{name}` {what}")))
    }
}
