//! Aggregates over the rows of a group, and scalar subqueries, which are an aggregate over the rows that refer to one row.
//!
//! Both are worked out before the expression that they stand in: there they are [`Kind::Computed`](super::expr::Kind), a
//! place in the SELECT's list of [`Computed`]s.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use sqlparser::ast::{
    self, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Spanned as _,
};

use super::arithmetic;
use super::collation::Collation;
use super::datum::Datum;
use super::eval::ordering;
use super::expr::{Aggregate, Expr, Function, Kind, Name};
use super::lower::Lowering;
use super::query::{From, table};
use super::refusal::{Fault, Place};

/// `group_concat_max_len` where it is smallest, in bytes: MySQL's default.
const CONCAT_BYTES_MAX: usize = 1024;

/// What is worked out before the expressions of a SELECT.
#[derive(Debug, Clone)]
pub(super) enum Computed<C, T> {
    /// Over the rows of a group.
    Aggregate(AggregateCall<C>),
    /// Over the rows of a table of its own.
    Subquery(Box<Subquery<C, T>>),
}

/// `SUM(expr)` and the like.
#[derive(Debug, Clone)]
pub(super) struct AggregateCall<C> {
    pub aggregate: Aggregate,
    /// `None` for `COUNT(*)`.
    pub arg: Option<Expr<C>>,
    /// Of GROUP_CONCAT: what its parts are sorted by, and whether downwards.
    pub order: Option<(Expr<C>, bool)>,
    /// Of GROUP_CONCAT.
    pub separator: String,
    /// What texts are compared under; known once it is bound.
    pub collation: Collation,
    pub place: Place,
}

/// `(SELECT aggregate FROM table WHERE …)`.
#[derive(Debug, Clone)]
pub(super) struct Subquery<C, T> {
    pub table: T,
    /// Joined by AND; equalities with the outer tables' columns among them.
    pub conditions: Vec<Expr<C>>,
    pub call: AggregateCall<C>,
    pub place: Place,
}

impl<C> AggregateCall<C> {
    /// Its expressions.
    pub fn parts(&self) -> impl Iterator<Item = &Expr<C>> {
        self.arg.iter().chain(self.order.iter().map(|(expr, _)| expr))
    }

    /// The same call over columns named otherwise.
    pub fn map<D>(self, rename: &mut impl FnMut(C) -> D) -> AggregateCall<D> {
        AggregateCall {
            aggregate: self.aggregate,
            arg: self.arg.map(|a| a.map(rename)),
            order: self.order.map(|(o, down)| (o.map(rename), down)),
            separator: self.separator,
            collation: self.collation,
            place: self.place,
        }
    }
}

/// Which aggregate has this name.
pub(super) fn named(name: &str) -> Option<Aggregate> {
    Some(match name {
        "SUM" => Aggregate::Sum,
        "COUNT" => Aggregate::Count,
        "MIN" => Aggregate::Min,
        "MAX" => Aggregate::Max,
        "GROUP_CONCAT" => Aggregate::GroupConcat,
        _ => return None,
    })
}

impl Lowering<'_> {
    /// An aggregate, as a place among the SELECT's computed values.
    pub(super) fn aggregate(&mut self, aggregate: Aggregate, f: &ast::Function, place: Place) -> Option<Expr<Name>> {
        if let Some(why) = self.no_aggregates {
            self.refusals.add(place, why);
            return None;
        }
        let call = self.call(aggregate, f, place)?;
        self.computed.push(Computed::Aggregate(call));
        Some(Expr { kind: Kind::Computed(self.computed.len() - 1), place })
    }

    fn call(&mut self, mut aggregate: Aggregate, f: &ast::Function, place: Place) -> Option<AggregateCall<Name>> {
        let name = f.name.to_string().to_uppercase();
        let FunctionArguments::List(list) = &f.args else {
            self.refusals.add(place, format!("{name} needs an argument in parentheses"));
            return None;
        };
        if list.duplicate_treatment.is_some() {
            self.refusals.add(place, format!("{name}(DISTINCT …) is not supported: leave DISTINCT out"));
            return None;
        }
        let (order, separator) = self.concat_clauses(aggregate, list, place)?;
        let before = self.no_aggregates.replace("an aggregate of an aggregate is no SQL: take one of them out");
        let computed = self.computed.len();
        let arg = match list.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] if aggregate == Aggregate::Count => {
                aggregate = Aggregate::CountRows;
                Some(None)
            }
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(e))] => self.expr(e).map(Some),
            _ => {
                self.refusals.add(place, format!("{name} takes one argument"));
                None
            }
        };
        let order = match order {
            Some((e, down)) => self.expr(e).map(|e| Some((e, down))),
            None => Some(None),
        };
        self.no_aggregates = before;
        if self.computed.len() > computed {
            let what = format!(
                "{name} of a subquery is not supported: join the subquery's table, or write it outside of {name}(…)"
            );
            self.refusals.add(place, what);
            return None;
        }
        let collation = Collation::USUAL;
        Some(AggregateCall { aggregate, arg: arg?, order: order?, separator, collation, place })
    }

    fn concat_clauses<'e>(
        &mut self,
        aggregate: Aggregate,
        list: &'e FunctionArgumentList,
        place: Place,
    ) -> Option<(Option<(&'e ast::Expr, bool)>, String)> {
        let (mut order, mut separator) = (None, ",".to_owned());
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(by) if aggregate == Aggregate::GroupConcat && by.len() == 1 => {
                    order = Some((&by[0].expr, matches!(by[0].options.sort, Some(ast::OrderBySort::Desc))));
                }
                FunctionArgumentClause::Separator(text) if aggregate == Aggregate::GroupConcat => {
                    let ast::Value::SingleQuotedString(s) = &text.value else {
                        self.refusals.add(place, "SEPARATOR takes a text in '…'");
                        return None;
                    };
                    separator.clone_from(s);
                }
                _ => {
                    self.refusals.add(place, "this clause of an aggregate is not supported: leave it out");
                    return None;
                }
            }
        }
        if aggregate == Aggregate::GroupConcat && order.is_none() {
            self.refusals.add(
                place,
                "the order of GROUP_CONCAT's parts is the server's whim: write GROUP_CONCAT(… ORDER BY id) with a column that \
                 differs from row to row",
            );
            return None;
        }
        Some((order, separator))
    }

    /// `(SELECT aggregate FROM t WHERE t.x = outer.y)`, as a place among the SELECT's computed values.
    pub(super) fn subquery(&mut self, query: &ast::Query, place: Place) -> Option<Expr<Name>> {
        const SHAPE: &str = "a subquery is one aggregate of one table here, (SELECT SUM(t.x) FROM t WHERE t.y = outer.z): join \
                             other tables on their key";
        if self.outer.is_some() {
            self.refusals.add(place, "a subquery within a subquery is not supported: join the table on its key");
            return None;
        }
        let ast::SetExpr::Select(select) = &*query.body else {
            self.refusals.add(place, SHAPE);
            return None;
        };
        super::query::check_query(query, self.refusals)?;
        super::query::check_select(select, self.refusals)?;
        let grouped = !matches!(&select.group_by, ast::GroupByExpr::Expressions(e, _) if e.is_empty());
        let ([item], [from], false) = (select.projection.as_slice(), select.from.as_slice(), grouped) else {
            self.refusals.add(place, SHAPE);
            return None;
        };
        let expr = match item {
            ast::SelectItem::UnnamedExpr(e) | ast::SelectItem::ExprWithAlias { expr: e, .. } => e,
            _ => return self.refuse_shape(place, SHAPE),
        };
        let ast::Expr::Function(f) = expr else { return self.refuse_shape(Place::of(expr.span()), SHAPE) };
        let Some(aggregate) = named(&f.name.to_string().to_uppercase()).filter(|_| from.joins.is_empty()) else {
            return self.refuse_shape(Place::of(expr.span()), SHAPE);
        };
        let table = table(self, &from.relation, None)?;
        if self.aliases.contains(&table.alias) {
            let what = format!("FROM names `{}` twice: give the subquery's table its own alias", table.alias);
            self.refusals.add(table.place, what);
            return None;
        }
        let Some(condition) = &select.selection else { return self.refuse_shape(place, SHAPE) };
        self.aliases.push(table.alias.clone());
        self.outer = Some(table.alias.clone());
        let call = self.call(aggregate, f, Place::of(expr.span()));
        let before = self.no_aggregates.replace("an aggregate cannot stand in WHERE");
        let conditions = self.expr(condition).map(Expr::conjuncts);
        self.no_aggregates = before;
        self.outer = None;
        self.aliases.pop();
        let subquery = Subquery { table, conditions: conditions?, call: call?, place };
        self.computed.push(Computed::Subquery(Box::new(subquery)));
        Some(Expr { kind: Kind::Computed(self.computed.len() - 1), place })
    }

    fn refuse_shape(&mut self, place: Place, what: &str) -> Option<Expr<Name>> {
        self.refusals.add(place, what);
        None
    }
}

/// A subquery as it was written.
pub(super) type NamedSubquery = Subquery<Name, From>;

/// The value of an aggregate over these values of its argument, each with what GROUP_CONCAT sorts by.
pub(super) fn fold<C>(call: &AggregateCall<C>, values: Vec<(Datum, Datum)>) -> Result<Datum, Fault> {
    let given = || values.iter().map(|(value, _)| value).filter(|v| !matches!(v, Datum::Null));
    let place = call.place;
    match call.aggregate {
        Aggregate::CountRows => Ok(count(values.len())),
        Aggregate::Count => Ok(count(given().count())),
        Aggregate::Sum => {
            let mut sum = Datum::Null;
            for value in given() {
                let before = if matches!(sum, Datum::Null) { Datum::Decimal(Decimal::ZERO.into()) } else { sum };
                sum = arithmetic::combine(Function::Add, &before, value).map_err(|what| Fault::new(place, what))?;
            }
            Ok(sum)
        }
        Aggregate::Min => extreme(given(), Ordering::Less, call.collation, place),
        Aggregate::Max => extreme(given(), Ordering::Greater, call.collation, place),
        Aggregate::GroupConcat => concat(call, values),
    }
}

fn count(rows: usize) -> Datum {
    Datum::Int(i64::try_from(rows).unwrap_or(i64::MAX))
}

fn extreme<'d>(
    values: impl Iterator<Item = &'d Datum>,
    wanted: Ordering,
    collation: Collation,
    place: Place,
) -> Result<Datum, Fault> {
    let mut best: Option<&Datum> = None;
    // Which of several texts that count as equal the server takes depends on the order in which it reads their rows.
    let mut several = false;
    for value in values {
        let order = match best {
            None => Some(wanted),
            Some(best) if best == value => continue,
            Some(best) => ordering(value, best, collation, place)?,
        };
        if order == Some(wanted) {
            (best, several) = (Some(value), false);
        } else if order == Some(Ordering::Equal) {
            several |= matches!(value, Datum::Text(_));
        }
    }
    if several {
        return Err(Fault::new(
            place,
            "the least or greatest text is written in several ways: write LOWER(…) around it",
        ));
    }
    Ok(best.cloned().unwrap_or(Datum::Null))
}

fn concat<C>(call: &AggregateCall<C>, values: Vec<(Datum, Datum)>) -> Result<Datum, Fault> {
    let mut parts: Vec<(Datum, Datum)> = values.into_iter().filter(|(v, _)| !matches!(v, Datum::Null)).collect();
    if parts.is_empty() {
        return Ok(Datum::Null);
    }
    let mut fault = None;
    let downwards = call.order.as_ref().is_some_and(|(_, down)| *down);
    parts.sort_by(|(a, x), (b, y)| {
        let order = match (x, y) {
            (Datum::Null, Datum::Null) => Some(Ordering::Equal),
            (Datum::Null, _) => Some(Ordering::Less),
            (_, Datum::Null) => Some(Ordering::Greater),
            _ => ordering(x, y, Collation::USUAL, call.place).unwrap_or_else(|f| {
                fault.get_or_insert(f);
                None
            }),
        };
        if order == Some(Ordering::Equal) && a != b {
            fault.get_or_insert(Fault::new(call.place, "two parts of GROUP_CONCAT have the same place in its order"));
        }
        let order = order.unwrap_or(Ordering::Equal);
        if downwards { order.reverse() } else { order }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    let texts: Vec<_> = parts.iter().filter_map(|(value, _)| value.to_text()).collect();
    let whole = texts.join(call.separator.as_str());
    if texts.len() < parts.len() || whole.len() > CONCAT_BYTES_MAX {
        let what = format!("GROUP_CONCAT holds a value without an exact text, or more than {CONCAT_BYTES_MAX} bytes");
        return Err(Fault::new(call.place, what));
    }
    Ok(Datum::text(whole))
}
