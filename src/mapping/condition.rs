//! Conditions: boolean expressions of the mapping's own SQL over the fields of one document.
//!
//! A condition is read, typed and evaluated as the SELECTs' expressions are; a field takes a column's place, and the one row
//! is the document. What the server would answer, it answers, for columns of these types:
//!
//! - a text is `utf8mb4_0900_bin`: case, accents and trailing blanks count;
//! - a number is `DECIMAL(28, 8)`, and shows eight decimals where it becomes a text;
//! - a date is a `DATE`. The session's zone is UTC, and no function tells the time.
//!
//! A SELECT cuts a text to the number that it begins with and records a warning. Nobody reads a condition's warnings, so
//! that here it is an error.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use sqlparser::ast::{
    self, BinaryOperator, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned as _, UnaryOperator,
};

use crate::change::{Row, Value};

use super::aggregate;
use super::arithmetic::{TOO_LONG, with_scale};
use super::collation::Collation;
use super::datum::Datum;
use super::eval::Scope;
use super::expr::{Expr, Function, Kind, Name, Slot};
use super::lower::{AGGREGATES, Lowering, is_test};
use super::numeral;
use super::parse::{expression, with_room};
use super::refusal::{MappingError, Place, Refusals};
use super::settings::Settings;
use super::suggest::did_you_mean;
use super::temporal;
use super::typing::{self, Class, Resolve, Scale, Type, Under};

/// How many decimals a field's number has.
const DECIMALS: u32 = 8;

const NO_CONDITION: &str = "this is no condition by itself: write … > 0, … <> '' or … IS NOT NULL";

/// Of a product of fields, whose decimals add up, and of what is divided by another.
const ROOM: &str = ": write CAST(… AS DECIMAL(28,4)) around a product, and go on with that";

/// Of what is no number behind the digits.
const CUT_OFF: &str = ": compare it as a text, or take off first what is no number";

/// Functions of the moment in which they are asked.
const CLOCK: &[&str] = &[
    "CURDATE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURTIME",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "NOW",
    "SYSDATE",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
];

/// What a field of a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A [`Value::Text`].
    Text,
    /// A [`Value::Decimal`] of at most eight decimals, or an integer.
    Number,
    /// A [`Value::Time`] that is a day of the calendar: `2026-11-20`.
    Date,
}

/// A field that conditions may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name; a condition may write it in capitals or not, as a column's.
    pub name: Cow<'static, str>,
    /// What it holds, where it is not NULL.
    pub kind: FieldKind,
}

/// A boolean expression of the mapping's own SQL over a document's fields.
#[derive(Debug, Clone)]
pub struct Condition {
    label: String,
    expr: Expr<Slot>,
    /// The row that the expression is evaluated over.
    used: Vec<Used>,
}

/// A field of a condition.
#[derive(Debug, Clone)]
struct Used {
    field: Field,
    /// Among the fields that the condition might have named.
    position: usize,
    /// Where it is named first.
    place: Place,
}

/// A document has a value that the condition cannot use exactly.
///
/// It names the expression and never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionError {
    /// What the condition's text is called.
    pub label: String,
    /// Line of the expression, from 1.
    pub line: u32,
    /// Column of the expression, from 1.
    pub column: u32,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for ConditionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConditionError { label, line, column, what } = self;
        write!(f, "{label}:{line}:{column}: {what}")
    }
}

impl std::error::Error for ConditionError {}

impl Condition {
    /// Reads a condition. `label` is what errors call its text: `rules[2].require`.
    ///
    /// # Errors
    /// Every fault of the text, with label, line and column, and what to write instead: what lies outside the mapping's SQL
    /// (`schema/stores/README.md`), unknown fields, types that cannot be compared exactly, what is no condition (a bare
    /// text or number), and aggregates, subqueries, variables and the clock, which a document alone does not know.
    pub fn parse(label: &str, text: &str, fields: &[Field]) -> Result<Condition, MappingError> {
        let mut refusals = Refusals::default();
        refusals.enter(label);
        let read = with_room(|| read(text, fields, &mut refusals));
        refusals.finish()?;
        let (expr, used) = read.expect("what is not refused is read");
        Ok(Condition { label: label.to_owned(), expr, used })
    }

    /// SQL's truth; `None` is unknown: a NULL was in the way. `values` are in the order of the fields that the condition was
    /// read with; those of fields that it does not use ([`Condition::fields`]) may be anything.
    ///
    /// # Errors
    /// A value that cannot be used exactly: of another kind than its field's, of too many digits, a text that is no number or
    /// date where the condition makes one of it, and whatever the servers disagree about.
    pub fn holds(&self, values: &[Value]) -> Result<Option<bool>, ConditionError> {
        let row: Row = self.used.iter().map(|used| self.value(used, values)).collect::<Result<_, _>>()?;
        let rows = [Some(row)];
        let scope = Scope::over(&rows, &UTC);
        let truth = scope.truth(&self.expr).map_err(|fault| {
            let remedy = if fault.what == TOO_LONG { ROOM } else { "" };
            self.error(fault.place, fault.what + remedy)
        })?;
        match scope.warnings.into_inner().first() {
            None => Ok(truth),
            Some(warning) => Err(self.error(warning.place, format!("{}{CUT_OFF}", warning.what))),
        }
    }

    /// The names of the fields that it uses, each once.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(|used| used.field.name.as_ref())
    }

    /// The value of a field as its column would hold it.
    fn value(&self, used: &Used, values: &[Value]) -> Result<Value, ConditionError> {
        let value = values.get(used.position).unwrap_or(&Value::Absent);
        let held = match (used.field.kind, value) {
            (_, Value::Null) => Ok(Value::Null),
            (FieldKind::Text, Value::Text(_)) => Ok(value.clone()),
            (FieldKind::Text, _) => Err("is no text"),
            (FieldKind::Number, Value::Decimal(n)) => number(*n),
            (FieldKind::Number, Value::Int(i)) => number((*i).into()),
            (FieldKind::Number, Value::UInt(u)) => number((*u).into()),
            (FieldKind::Number, _) => Err("is no number"),
            (FieldKind::Date, Value::Time(day)) if day.len() == 10 && temporal::moment(day).is_some() => {
                Ok(value.clone())
            }
            (FieldKind::Date, _) => Err("is no day of the calendar"),
        };
        held.map_err(|what| self.error(used.place, format!("`{}` {what}", used.field.name)))
    }

    fn error(&self, place: Place, what: String) -> ConditionError {
        ConditionError { label: self.label.clone(), line: place.line, column: place.column, what }
    }
}

fn number(given: Decimal) -> Result<Value, &'static str> {
    if given.scale() > DECIMALS && given.normalize().scale() > DECIMALS {
        return Err("has more than eight decimals");
    }
    with_scale(given, DECIMALS).map(Value::Decimal).map_err(|_| "has more than twenty digits before the point")
}

/// Nothing but the zone of these is ever asked for.
static UTC: LazyLock<Settings> = LazyLock::new(|| Settings {
    table_prefix: String::new(),
    time_zone: TimeZone::UTC,
    clock_offset: 0,
    settle: Duration::ZERO,
    currency: String::new(),
    tax_rate: Decimal::ZERO,
    shipping_sku: String::new(),
    fee_sku: String::new(),
    charset: None,
    prices_include_tax: true,
    follow: Vec::new(),
    keys: BTreeMap::new(),
    variables: BTreeMap::new(),
});

/// The expression and the fields that are its row; `None` after a refusal.
fn read(text: &str, fields: &[Field], refusals: &mut Refusals) -> Option<(Expr<Slot>, Vec<Used>)> {
    let parsed = parse(text).map_err(|(place, what)| refusals.add(place, what)).ok()?;
    let mut lowering = Lowering::new(&UTC, "", Vec::new(), refusals);
    lowering.in_condition = true;
    let lowered = lowering.expr(&parsed)?;
    let before = refusals.count();
    let mut document = Document { fields, used: Vec::new(), refusals };
    let (expr, _) = document.expr(&lowered);
    let used = document.used;
    if refusals.count() == before {
        undecided(&parsed, false, &mut |e| refusals.add(Place::of(e.span()), NO_CONDITION));
    }
    Some((expr, used))
}

fn parse(text: &str) -> Result<ast::Expr, (Place, String)> {
    let Some(first) = text.split_whitespace().next() else {
        return Err((Place::default(), "the condition is empty: write a comparison, such as total >= 0".to_owned()));
    };
    if let Some(word) = ["SELECT", "WHERE"].into_iter().find(|word| first.eq_ignore_ascii_case(word)) {
        let place = Place::at_byte(text, text.len() - text.trim_start().len());
        return Err((place, format!("write the condition alone, without {word}")));
    }
    expression(text, |at| at)
}

/// Why an expression that a SELECT may have cannot stand in a condition, if so.
pub(super) fn beyond_fields(e: &ast::Expr) -> Option<String> {
    match e {
        ast::Expr::Identifier(name) if name.quote_style.is_none() && name.value.starts_with('@') => {
            Some(format!("a condition knows no variables: write what `{}` holds in its place", name.value))
        }
        ast::Expr::CompoundIdentifier(parts) => {
            let field = parts.last().map_or("", |part| part.value.as_str());
            Some(format!("a condition knows fields and no tables: write `{field}`"))
        }
        ast::Expr::Subquery(_) | ast::Expr::InSubquery { .. } | ast::Expr::Exists { .. } => Some(
            "a condition knows the fields of one document and no tables: name a field in place of the SELECT"
                .to_owned(),
        ),
        ast::Expr::Function(f) => {
            let name = f.name.to_string().to_uppercase();
            if aggregate::named(&name).is_some() || AGGREGATES.contains(&name.as_str()) {
                return Some(format!(
                    "{name} is of many rows, and a condition sees one document: name a field in its place"
                ));
            }
            if CLOCK.contains(&name.as_str()) {
                return Some(format!(
                    "{name} changes while a document does not: compare with another field, or with a date, '2026-11-20'"
                ));
            }
            (name == "DATEDIFF")
                .then(|| "DATEDIFF is not supported: compare dates, as in due <= date + INTERVAL 30 DAY".to_owned())
        }
        _ => None,
    }
}

/// Calls `found` with whatever stands where a truth is wanted and is none. The server takes a number for one, which is seldom
/// meant (`kind = 1 OR 2`); as a `result` of CASE and the like, 0 and 1 are how it writes FALSE and TRUE.
fn undecided(e: &ast::Expr, result: bool, found: &mut impl FnMut(&ast::Expr)) {
    match e {
        ast::Expr::Nested(inner) => undecided(inner, result, found),
        ast::Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            undecided(left, false, found);
            undecided(right, false, found);
        }
        ast::Expr::UnaryOp { op: UnaryOperator::Not, expr } => undecided(expr, false, found),
        ast::Expr::Case { conditions, else_result, .. } => {
            conditions.iter().map(|c| &c.result).chain(else_result.as_deref()).for_each(|e| undecided(e, true, found));
        }
        ast::Expr::Function(f) => match results(f) {
            Some(results) => results.into_iter().for_each(|e| undecided(e, true, found)),
            None => found(e),
        },
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Boolean(_) => {}
            ast::Value::Null if result => {}
            ast::Value::Number(digits, _) if result && (digits == "0" || digits == "1") => {}
            _ => found(e),
        },
        e if is_test(e) => {}
        e => found(e),
    }
}

/// The arguments of which a function yields one.
fn results(f: &ast::Function) -> Option<Vec<&ast::Expr>> {
    let FunctionArguments::List(list) = &f.args else { return None };
    let args = list.args.iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => Some(e),
        _ => None,
    });
    Some(match f.name.to_string().to_uppercase().as_str() {
        "COALESCE" | "IFNULL" => args.collect(),
        "IF" => args.skip(1).collect(),
        "NULLIF" => args.take(1).collect(),
        _ => return None,
    })
}

/// Gives names their fields.
struct Document<'a> {
    fields: &'a [Field],
    used: Vec<Used>,
    refusals: &'a mut Refusals,
}

impl Resolve for Document<'_> {
    type Column = Slot;

    fn column(&mut self, name: &Name, place: Place) -> Option<(Slot, Type)> {
        let Some(position) = self.fields.iter().position(|f| f.name.eq_ignore_ascii_case(&name.column)) else {
            let names = self.fields.iter().map(|f| f.name.as_ref());
            let list = names.clone().collect::<Vec<_>>().join(", ");
            let hint = did_you_mean(&name.column, names);
            self.refusals.add(place, format!("there is no field `{}` (the fields are {list}){hint}", name.column));
            return None;
        };
        let field = &self.fields[position];
        let column = self.used.iter().position(|used| used.position == position).unwrap_or_else(|| {
            self.used.push(Used { field: field.clone(), position, place });
            self.used.len() - 1
        });
        let found = match field.kind {
            FieldKind::Text => Type::text_under(Under::Column(Collation::named("utf8mb4_0900_bin"))),
            FieldKind::Number => Type::decimal(Scale::Exact(DECIMALS)),
            FieldKind::Date => Type::DATE,
        };
        Some((Slot { from: 0, column, timestamp: false }, found))
    }

    fn type_of_computed(&self, _: usize) -> Type {
        unreachable!("a condition has neither aggregates nor subqueries")
    }

    fn refusals(&mut self) -> &mut Refusals {
        self.refusals
    }

    fn type_of_call(&mut self, function: Function, args: &mut [Expr<Slot>], types: &[Type], place: Place) -> Type {
        match function {
            Function::And | Function::Or | Function::Not => {
                for (arg, found) in args.iter().zip(types) {
                    if !matches!(found.class, Class::Null | Class::Int | Class::Decimal) {
                        self.refusals.add(arg.place, NO_CONDITION);
                    }
                }
                return Type::INT;
            }
            Function::Compare(_) => self.literals(args, |i| types[1 - i]),
            Function::In | Function::Between => self.literals(args, |_| types[0]),
            _ => {}
        }
        typing::call(function, args, types, place, self.refusals)
    }
}

impl Document<'_> {
    /// Refuses texts in '…' that are compared with a number or a date and are none: every document would meet the error.
    fn literals(&mut self, args: &[Expr<Slot>], beside: impl Fn(usize) -> Type) {
        for (i, arg) in args.iter().enumerate() {
            let Kind::Literal(Datum::Text(text)) = &arg.kind else { continue };
            let remedy = match beside(i).class {
                Class::Time if temporal::moment(text).is_none() => "date: write '2026-11-20'",
                Class::Int | Class::Decimal if !numeral::decimal(text).is_ok_and(|n| n.whole) => {
                    "number: write 100 or 0.5, without quotes"
                }
                _ => continue,
            };
            self.refusals.add(arg.place, format!("'{text}' is no {remedy}"));
        }
    }
}
