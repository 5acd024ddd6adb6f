//! Reads one SELECT, or a UNION ALL of several, into the shapes that evaluation knows.

use sqlparser::ast::{
    self, GroupByExpr, JoinConstraint, JoinOperator, Select, SelectItem, SetExpr, SetOperator, SetQuantifier,
    Spanned as _, TableFactor,
};
use sqlparser::tokenizer::{Location, Span};

use super::aggregate::Computed;
use super::contract::{Kind as OutputKind, Output, Source};
use super::datum::Datum;
use super::expr::{Expr, Function, Kind, Name};
use super::lower::Lowering;
use super::parse::{expression, hint, statement, with_room};
use super::refusal::{Place, Refusals};
use super::settings::{OwnColumn, Settings, is_currency};
use super::suggest::did_you_mean;
use super::written::{self, Written};

/// One file of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub source: &'static Source,
    /// What its file's name begins with in messages: the profile or folder that it is in.
    pub label: String,
    /// The names of outputs that the contract does not know, `extra_…`; in the SELECTs' order.
    pub extras: Vec<String>,
    /// The SELECTs of the UNION ALL.
    pub branches: Vec<Branch>,
}

/// One SELECT.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    /// FROM, the root table first.
    pub tables: Vec<From>,
    /// By position in the contract, and behind them the extras.
    pub outputs: Vec<Option<Expr<Name>>>,
    pub filter: Option<Expr<Name>>,
    /// GROUP BY; empty where there is none.
    pub group: Vec<Expr<Name>>,
    /// Aggregates and subqueries that the expressions refer to.
    pub computed: Vec<Computed<Name, From>>,
    pub written: Written,
}

/// One table of FROM.
#[derive(Debug, Clone)]
pub(super) struct From {
    /// Its name in the store.
    pub table: String,
    pub alias: String,
    pub place: Place,
    /// `None` for the root.
    pub join: Option<Join>,
}

/// ON, taken apart at its ANDs.
#[derive(Debug, Clone)]
pub(super) struct Join {
    pub left: bool,
    pub conditions: Vec<Expr<Name>>,
    pub place: Place,
}

/// Parses and lowers a file's text; refusals say what was wrong.
///
/// `written_prefix` is what the SELECTs' table names start with; the store's own prefix takes its place.
pub(super) fn read(
    source: &'static Source,
    text: &str,
    settings: &Settings,
    written_prefix: &str,
    overridden: Option<&Vec<OwnColumn>>,
    refusals: &mut Refusals,
) -> Option<Query> {
    with_room(|| read_here(source, text, settings, written_prefix, overridden, refusals))
}

fn read_here(
    source: &'static Source,
    text: &str,
    settings: &Settings,
    written_prefix: &str,
    overridden: Option<&Vec<OwnColumn>>,
    refusals: &mut Refusals,
) -> Option<Query> {
    if let Some(byte) = hint(text) {
        refusals.add(
            Place::at_byte(text, byte),
            "a comment with a hint is read by some servers and not by others: leave it out",
        );
        return None;
    }
    let mut query = statement(text, refusals)?;
    check_query(&query, refusals)?;
    for column in overridden.into_iter().flatten() {
        override_column(&mut query.body, column, refusals)?;
    }
    let mut selects = Vec::new();
    flatten(&query.body, &mut selects, refusals)?;
    let mut reader = Reader { source, settings, written_prefix, refusals };
    let names = reader.output_names(selects[0])?;
    let branches: Vec<Option<Branch>> = selects.iter().map(|s| reader.branch(s, &names)).collect();
    let mut branches = branches.into_iter().collect::<Option<Vec<Branch>>>()?;
    let own = overridden.map_or(&[][..], |own| own);
    let written = written::all(text, &selects, &names, own, written::Tables { settings, written_prefix });
    branches.iter_mut().zip(written).for_each(|(branch, written)| branch.written = written);
    let extras = names.into_iter().filter(|name| source.position(name).is_none()).collect();
    Some(Query { source, label: String::new(), extras, branches })
}

/// Puts an expression in the place of an output, in each SELECT of the UNION ALL, or behind the others.
fn override_column(body: &mut SetExpr, column: &OwnColumn, refusals: &mut Refusals) -> Option<()> {
    let expr = own_expr(column, refusals)?;
    let mut selects = Vec::new();
    selects_of(body, &mut selects);
    let named = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.to_lowercase()),
        SelectItem::UnnamedExpr(ast::Expr::Identifier(i)) => Some(i.value.to_lowercase()),
        SelectItem::UnnamedExpr(ast::Expr::CompoundIdentifier(parts)) => parts.last().map(|i| i.value.to_lowercase()),
        _ => None,
    };
    let first = selects.first()?;
    let position = first.projection.iter().position(|item| named(item).as_deref() == Some(&*column.name));
    for select in selects {
        let begin = column.place.shift(Location { line: 1, column: 1 });
        let alias = ast::Ident::with_span(Span { start: begin, end: begin }, column.name.as_str());
        let item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        match position {
            Some(position) if position < select.projection.len() => select.projection[position] = item,
            _ => select.projection.push(item),
        }
    }
    Some(())
}

fn selects_of<'q>(body: &'q mut SetExpr, selects: &mut Vec<&'q mut Select>) {
    match body {
        SetExpr::Select(select) => selects.push(select),
        SetExpr::SetOperation { left, right, .. } => {
            selects_of(left, selects);
            selects_of(right, selects);
        }
        _ => {}
    }
}

/// The expression of an overridden column, its places those of the settings' file.
fn own_expr(column: &OwnColumn, refusals: &mut Refusals) -> Option<ast::Expr> {
    let refuse = |(_, what): (Place, String)| {
        refusals.add(column.place.in_settings(), format!("columns: `{}`: {what}", column.name));
    };
    expression(&column.expr, |at| column.place.shift(at)).map_err(refuse).ok()
}

pub(super) fn check_query(query: &ast::Query, refusals: &mut Refusals) -> Option<()> {
    let place = Place::of(query.span());
    let limit = match &query.limit_clause {
        Some(ast::LimitClause::LimitOffset { limit: Some(e), .. }) => Place::of(e.span()),
        Some(ast::LimitClause::OffsetCommaLimit { offset, .. }) => Place::of(offset.span()),
        _ => place,
    };
    let clauses: [(bool, Place, &str); 6] = [
        (
            query.with.is_some(),
            query.with.as_ref().map_or(place, |w| Place::of(w.span())),
            "WITH is not supported: join the tables directly",
        ),
        (
            query.order_by.is_some(),
            query.order_by.as_ref().map_or(place, |o| Place::of(o.span())),
            "ORDER BY has no effect on a document: leave it out",
        ),
        (query.limit_clause.is_some(), limit, "LIMIT is not supported: a document takes all its rows; leave it out"),
        (query.fetch.is_some(), place, "FETCH is not supported: leave it out"),
        (!query.locks.is_empty(), place, "FOR UPDATE and FOR SHARE are not supported: leave them out"),
        (
            query.for_clause.is_some()
                || query.settings.is_some()
                || query.format_clause.is_some()
                || !query.pipe_operators.is_empty(),
            place,
            "a clause after the SELECT is not MySQL's: leave it out",
        ),
    ];
    refuse_clauses(&clauses, refusals)
}

fn refuse_clauses(clauses: &[(bool, Place, &str)], refusals: &mut Refusals) -> Option<()> {
    let mut fine = Some(());
    for &(present, place, what) in clauses {
        if present {
            refusals.add(place, what);
            fine = None;
        }
    }
    fine
}

/// The SELECTs of a chain of UNION ALLs, in order.
fn flatten<'q>(body: &'q SetExpr, selects: &mut Vec<&'q Select>, refusals: &mut Refusals) -> Option<()> {
    let what = match body {
        SetExpr::Select(select) => {
            selects.push(select);
            return Some(());
        }
        SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier: SetQuantifier::All, right } => {
            flatten(left, selects, refusals)?;
            return flatten(right, selects, refusals);
        }
        SetExpr::SetOperation { op: SetOperator::Union, .. } => "UNION drops equal rows: write UNION ALL",
        SetExpr::SetOperation { .. } => "only UNION ALL combines SELECTs here",
        SetExpr::Query(_) => "a SELECT in parentheses is not supported: leave the parentheses out",
        _ => "this is not a SELECT",
    };
    refusals.add(Place::of(body.span()), what);
    None
}

struct Reader<'a> {
    source: &'static Source,
    settings: &'a Settings,
    written_prefix: &'a str,
    refusals: &'a mut Refusals,
}

impl Reader<'_> {
    fn refuse<T>(&mut self, place: Place, what: impl Into<String>) -> Option<T> {
        self.refusals.add(place, what);
        None
    }

    /// The first SELECT names the outputs, in the order of its columns.
    fn output_names(&mut self, select: &Select) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut fine = true;
        for item in &select.projection {
            let Some((name, place)) = self.output_name(item) else {
                fine = false;
                continue;
            };
            if names.contains(&name) {
                fine = self.refuse(place, format!("the output `{name}` is there twice")).unwrap_or(false);
            } else if self.source.position(&name).is_none() && !self.source.takes_extra(&name) {
                fine = self.refuse(place, self.source.unknown(&name)).unwrap_or(false);
            } else {
                names.push(name);
            }
        }
        if fine {
            for output in self.source.outputs.iter().filter(|o| o.required) {
                if !names.iter().any(|n| n == output.name) {
                    let what = format!("the output `{}` ({}) is missing", output.name, output.kind.describe());
                    fine = self.refuse(Place::of(select.select_token.0.span), what).unwrap_or(false);
                }
            }
        }
        fine.then_some(names)
    }

    fn output_name(&mut self, item: &SelectItem) -> Option<(String, Place)> {
        let place = Place::of(item.span());
        match item {
            SelectItem::ExprWithAlias { alias, .. } if matches!(alias.quote_style, None | Some('`')) => {
                Some((alias.value.to_lowercase(), Place::of(alias.span)))
            }
            SelectItem::ExprWithAlias { alias, .. } => {
                self.refuse(place, format!("an output's name stands without quotes: write AS {}", alias.value))
            }
            SelectItem::UnnamedExpr(ast::Expr::Identifier(i)) => Some((i.value.to_lowercase(), Place::of(i.span))),
            SelectItem::UnnamedExpr(ast::Expr::CompoundIdentifier(parts)) => {
                parts.last().map(|i| (i.value.to_lowercase(), Place::of(i.span)))
            }
            SelectItem::UnnamedExpr(_) => self.refuse(place, "the expression has no name: write … AS name"),
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                self.refuse(place, "SELECT * is not supported: name each output")
            }
            SelectItem::ExprWithAliases { .. } => self.refuse(place, "one name for one output"),
        }
    }

    fn branch(&mut self, select: &Select, names: &[String]) -> Option<Branch> {
        let place = Place::of(select.select_token.0.span);
        check_select(select, self.refusals)?;
        if select.projection.len() != names.len() {
            let what =
                format!("this SELECT's outputs are {}, the first one's {}", select.projection.len(), names.len());
            return self.refuse(place, what);
        }
        let [from] = select.from.as_slice() else {
            let second = select.from.get(1).map_or(place, |f| Place::of(f.span()));
            return self.refuse(second, "FROM takes one table, and the others by JOIN … ON their key");
        };
        let aliases = self.aliases(from)?;
        let (source, settings, written_prefix) = (self.source, self.settings, self.written_prefix);
        let mut lowering = Lowering::new(settings, written_prefix, aliases, self.refusals);
        let tables = tables(&mut lowering, from);
        let group = group(&mut lowering, select);
        lowering.no_aggregates = group.as_ref().is_none_or(Vec::is_empty).then_some(NO_GROUP);
        let mut outputs: Vec<Option<Expr<Name>>> = vec![None; source.outputs.len()];
        let mut fine = true;
        for (item, name) in select.projection.iter().zip(names) {
            let position = source.position(name);
            let lowered = output(&mut lowering, item, name, position.map(|p| &source.outputs[p]));
            fine &= lowered.is_some();
            match position {
                Some(position) => outputs[position] = lowered,
                None => outputs.push(lowered),
            }
        }
        lowering.no_aggregates =
            Some("WHERE is asked row by row and knows no aggregate: write a CASE in the aggregate");
        let filter = match &select.selection {
            Some(e) => Some(lowering.expr(e)?),
            None => None,
        };
        let computed = lowering.computed;
        let written = Written::default();
        Some(Branch { tables: tables?, outputs, filter, group: group?, computed, written }).filter(|_| fine)
    }

    fn aliases(&mut self, from: &ast::TableWithJoins) -> Option<Vec<String>> {
        let mut aliases: Vec<String> = Vec::new();
        for factor in std::iter::once(&from.relation).chain(from.joins.iter().map(|j| &j.relation)) {
            let TableFactor::Table { name, alias, args: None, .. } = factor else {
                return self.refuse(
                    Place::of(factor.span()),
                    "subqueries in FROM are not supported: name a table, and join others on their key",
                );
            };
            let place = Place::of(factor.span());
            let [ast::ObjectNamePart::Identifier(table)] = name.0.as_slice() else {
                return self.refuse(place, "a table is named without its database");
            };
            let alias = alias.as_ref().map_or(&table.value, |a| &a.name.value);
            if aliases.contains(alias) {
                return self.refuse(place, format!("FROM names `{alias}` twice: give each its own alias"));
            }
            aliases.push(alias.clone());
        }
        Some(aliases)
    }
}

pub(super) fn check_select(select: &Select, refusals: &mut Refusals) -> Option<()> {
    let place = Place::of(select.select_token.0.span);
    let at = |e: Option<&ast::Expr>| e.map_or(place, |e| Place::of(e.span()));
    let modified = match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(_, modifiers) => !modifiers.is_empty(),
    };
    let clauses: [(bool, Place, &str); 6] = [
        (select.distinct.is_some(), place, "DISTINCT is not supported: each row has its own id; leave it out"),
        (modified, place, "GROUP BY takes columns: leave WITH ROLLUP and the like out"),
        (
            select.having.is_some(),
            at(select.having.as_ref()),
            "HAVING is not supported: what it leaves out says nothing; let the state or an amount say it",
        ),
        (select.into.is_some(), place, "INTO is not supported: leave it out"),
        (!select.named_window.is_empty(), place, "window functions are not supported"),
        (
            select.top.is_some()
                || !select.optimizer_hints.is_empty()
                || select.select_modifiers.is_some()
                || !select.lateral_views.is_empty()
                || select.prewhere.is_some()
                || select.qualify.is_some()
                || !select.connect_by.is_empty()
                || select.exclude.is_some()
                || select.value_table_mode.is_some(),
            place,
            "a modifier or clause of this SELECT is not supported: leave it out",
        ),
    ];
    refuse_clauses(&clauses, refusals)
}

fn output(lowering: &mut Lowering<'_>, item: &SelectItem, name: &str, output: Option<&Output>) -> Option<Expr<Name>> {
    let (expr, alias) = match item {
        SelectItem::UnnamedExpr(e) => (e, None),
        SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
        _ => {
            lowering.refusals.add(Place::of(item.span()), "SELECT * is not supported: name each output");
            return None;
        }
    };
    if let Some(alias) = alias.filter(|a| a.value.to_lowercase() != name) {
        let what = format!("the first SELECT has `{name}` in this place: keep the order of the outputs");
        lowering.refusals.add(Place::of(alias.span), what);
        return None;
    }
    let lowered = lowering.expr(expr)?;
    let Some(output) = output else { return Some(lowered) };
    check_literal(&lowered, output, lowering.refusals);
    if let Some(words) = output.kind.words() {
        check_words(&lowered, words, output.name, lowering.refusals);
    }
    if let (Some(_), Some(root)) = (output.index, lowering.aliases.first().cloned()) {
        let mut fine = true;
        lowered.columns(&mut |name, place| {
            if name.table.as_ref().is_some_and(|t| *t != root) {
                lowering.refusals.add(place, owner_elsewhere(output.name, &root));
                fine = false;
            }
        });
        return Some(lowered).filter(|_| fine);
    }
    Some(lowered)
}

/// Why an owner column may not look at a joined table.
pub(super) fn owner_elsewhere(output: &str, root: &str) -> String {
    format!(
        "`{output}` says whose row this is, so it may only use columns of the first table of FROM (`{root}`): write the \
         column of `{root}` that refers to it, or put the other table first"
    )
}

/// A literal that can never be what the output has to hold.
fn check_literal(expr: &Expr<Name>, output: &Output, refusals: &mut Refusals) {
    let Kind::Literal(datum) = &expr.kind else { return };
    let wrong = match (output.kind, datum) {
        (OutputKind::Flag, Datum::Int(i)) if !(0..=1).contains(i) => {
            Some("this is neither 0 nor 1: write TRUE or FALSE")
        }
        (_, Datum::Text(text)) if output.name == "currency" && !is_currency(text) => {
            Some("this is no ISO 4217 code: write 'EUR'")
        }
        _ => None,
    };
    if let Some(what) = wrong {
        refusals.add(expr.place, format!("`{}`: {what}", output.name));
    }
}

/// The literals that such an output can come out as are words that it may be.
fn check_words(expr: &Expr<Name>, words: &[&str], name: &str, refusals: &mut Refusals) {
    match &expr.kind {
        Kind::Literal(Datum::Text(s)) if !words.contains(&&**s) => {
            let hint = did_you_mean(s, words.iter().copied());
            let what = format!("'{s}' is no `{name}` ({}){hint}", words.join(", "));
            refusals.add(expr.place, what);
        }
        Kind::Call(Function::Case { operand, otherwise }, args) => {
            let pairs = &args[usize::from(*operand)..args.len() - usize::from(*otherwise)];
            pairs.chunks_exact(2).for_each(|p| check_words(&p[1], words, name, refusals));
            if *otherwise {
                check_words(&args[args.len() - 1], words, name, refusals);
            }
        }
        Kind::Call(Function::If, args) => args[1..].iter().for_each(|a| check_words(a, words, name, refusals)),
        Kind::Call(Function::Coalesce, args) => args.iter().for_each(|a| check_words(a, words, name, refusals)),
        _ => {}
    }
}

const NO_GROUP: &str = "an aggregate needs GROUP BY with the first table's key, or a subquery of its own: (SELECT SUM(t.x) FROM t \
                        WHERE t.y = outer.z)";

/// What an output of this name is, where that is not a column of the same name.
fn output_called(select: &Select, name: &ast::Ident) -> Option<String> {
    select.projection.iter().find_map(|item| match item {
        SelectItem::ExprWithAlias { expr, alias } if alias.value.eq_ignore_ascii_case(&name.value) => match expr {
            ast::Expr::Identifier(column) if column.value.eq_ignore_ascii_case(&name.value) => None,
            ast::Expr::CompoundIdentifier(parts) => Some(parts.last())
                .flatten()
                .filter(|column| !column.value.eq_ignore_ascii_case(&name.value))
                .map(|_| expr.to_string()),
            _ => Some("the columns that it is made of".to_owned()),
        },
        _ => None,
    })
}

/// The columns of GROUP BY.
fn group(lowering: &mut Lowering<'_>, select: &Select) -> Option<Vec<Expr<Name>>> {
    let GroupByExpr::Expressions(exprs, _) = &select.group_by else { return None };
    let mut group = Vec::new();
    for expr in exprs {
        if let ast::Expr::Identifier(name) = expr
            && let Some(column) = output_called(select, name)
        {
            let what = format!("GROUP BY takes columns, not outputs: write {column}");
            lowering.refusals.add(Place::of(name.span), what);
            return None;
        }
        let lowered = lowering.expr(expr)?;
        if !matches!(lowered.kind, Kind::Column(_)) {
            lowering
                .refusals
                .add(lowered.place, "GROUP BY takes columns: name the columns that the expression is made of");
            return None;
        }
        group.push(lowered);
    }
    Some(group)
}

fn tables(lowering: &mut Lowering<'_>, from: &ast::TableWithJoins) -> Option<Vec<From>> {
    let mut tables = vec![table(lowering, &from.relation, None)?];
    for relation in &from.joins {
        let place = Place::of(relation.relation.span());
        let (left, constraint) = match &relation.join_operator {
            JoinOperator::Join(c) | JoinOperator::Inner(c) => (false, c),
            JoinOperator::Left(c) | JoinOperator::LeftOuter(c) => (true, c),
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => {
                lowering.refusals.add(place, "RIGHT JOIN is not supported: swap the tables and write LEFT JOIN");
                return None;
            }
            _ => {
                lowering.refusals.add(place, "only JOIN and LEFT JOIN … ON are supported");
                return None;
            }
        };
        let JoinConstraint::On(on) = constraint else {
            lowering.refusals.add(place, "a join needs ON: write ON joined.key = other.column");
            return None;
        };
        let before = (lowering.no_aggregates.replace("ON knows no aggregate"), lowering.computed.len());
        let conditions = lowering.expr(on)?.conjuncts();
        lowering.no_aggregates = before.0;
        if lowering.computed.len() > before.1 {
            lowering.refusals.add(Place::of(on.span()), "ON knows no subquery: write the condition in WHERE");
            return None;
        }
        let join = Join { left, conditions, place: Place::of(on.span()) };
        tables.push(table(lowering, &relation.relation, Some(join))?);
    }
    Some(tables)
}

/// A table by its name in the store.
pub(super) fn table(lowering: &mut Lowering<'_>, factor: &TableFactor, join: Option<Join>) -> Option<From> {
    let place = Place::of(factor.span());
    let TableFactor::Table { name, alias, with_hints, version, partitions, sample, index_hints, args: None, .. } =
        factor
    else {
        lowering
            .refusals
            .add(place, "subqueries in FROM are not supported: name a table, and join others on their key");
        return None;
    };
    if !with_hints.is_empty()
        || version.is_some()
        || !partitions.is_empty()
        || sample.is_some()
        || !index_hints.is_empty()
    {
        lowering.refusals.add(place, "hints and partitions of a table are not supported: leave them out");
        return None;
    }
    let [ast::ObjectNamePart::Identifier(written)] = name.0.as_slice() else {
        lowering.refusals.add(place, "a table is named without its database");
        return None;
    };
    let alias = alias.as_ref().map_or(&written.value, |a| &a.name.value).clone();
    let table = lowering.settings.table_named(&written.value, lowering.written_prefix);
    Some(From { table, alias, place, join })
}
