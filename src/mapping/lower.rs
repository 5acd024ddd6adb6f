//! From the parser's expressions to ours; what lies outside the subset is refused with what to write instead.

use std::sync::Arc;

use rust_decimal::Decimal;
use sqlparser::ast::{
    self, BinaryOperator, CeilFloorKind, DateTimeField, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned as _,
    TrimWhereField, UnaryOperator,
};

use super::aggregate::{self, Computed};
use super::arithmetic::SCALE_MAX;
use super::condition;
use super::datum::Datum;
use super::expr::{Comparison, Expr, Function, Kind, Name, Side, Unit};
use super::query::From;
use super::refusal::{Place, Refusals};
use super::settings::Settings;
use super::suggest::did_you_mean;

/// Lowers the expressions of one SELECT.
pub(super) struct Lowering<'a> {
    pub settings: &'a Settings,
    pub refusals: &'a mut Refusals,
    /// The names that FROM gives to its tables.
    pub aliases: Vec<String>,
    /// How deep the present expression stands in others.
    pub depth: usize,
    /// What the SELECTs' table names start with; the store's own prefix takes its place.
    pub written_prefix: &'a str,
    /// Aggregates and subqueries met so far.
    pub computed: Vec<Computed<Name, From>>,
    /// Why an aggregate cannot stand here, if so.
    pub no_aggregates: Option<&'static str>,
    /// Within a subquery: its table's alias.
    pub outer: Option<String>,
    /// Names are a document's fields; there are no tables.
    pub in_condition: bool,
}

/// How deep expressions may be nested; a chain of operators counts each of them.
const DEPTH_MAX: usize = 200;

pub(super) type Lowered = Option<Expr<Name>>;

impl<'a> Lowering<'a> {
    /// For a SELECT whose FROM gives these names.
    pub fn new(
        settings: &'a Settings,
        written_prefix: &'a str,
        aliases: Vec<String>,
        refusals: &'a mut Refusals,
    ) -> Lowering<'a> {
        let (computed, no_aggregates, outer, in_condition) = (Vec::new(), None, None, false);
        Lowering { settings, refusals, aliases, depth: 0, written_prefix, computed, no_aggregates, outer, in_condition }
    }
}

impl Lowering<'_> {
    /// The expression, or `None` after a refusal.
    pub fn expr(&mut self, e: &ast::Expr) -> Lowered {
        if self.depth == DEPTH_MAX {
            return self.refuse(Place::of(e.span()), "the expression is nested too deeply: write fewer operators");
        }
        self.depth += 1;
        let lowered = self.shallow(e);
        self.depth -= 1;
        lowered
    }

    fn shallow(&mut self, e: &ast::Expr) -> Lowered {
        use ast::Expr as E;
        let place = Place::of(e.span());
        if self.in_condition
            && let Some(what) = condition::beyond_fields(e)
        {
            return self.refuse(place, what);
        }
        match e {
            E::Identifier(ident) => self.identifier(ident),
            E::CompoundIdentifier(parts) => self.qualified(parts, place),
            E::Value(value) => self.literal(&value.value, place),
            E::Nested(inner) => self.expr(inner),
            E::BinaryOp { left, op, right } => self.binary(left, op, right, place),
            E::UnaryOp { op, expr } => self.unary(*op, expr, place),
            E::IsNull(x) | E::IsUnknown(x) => self.test(Function::IsNull, false, x, place),
            E::IsNotNull(x) | E::IsNotUnknown(x) => self.test(Function::IsNull, true, x, place),
            E::IsTrue(x) => self.test(Function::IsTrue, false, x, place),
            E::IsNotTrue(x) => self.test(Function::IsTrue, true, x, place),
            E::IsFalse(x) => self.test(Function::IsFalse, false, x, place),
            E::IsNotFalse(x) => self.test(Function::IsFalse, true, x, place),
            E::InList { expr, list, negated } => self.in_list(expr, list, *negated, place),
            E::Between { expr, negated, low, high } => self.between(expr, *negated, low, high, place),
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), place)
            }
            E::Cast { kind: ast::CastKind::Cast, expr, data_type, format: None } => self.cast(expr, data_type, place),
            E::Trim { trim_where, trim_what, expr, trim_characters: None } => {
                self.trim(*trim_where, trim_what.as_deref(), expr, place)
            }
            E::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let args = [Some(&**expr), Some(&**from), substring_for.as_deref()];
                let args = self.all(args.into_iter().flatten())?;
                Some(Expr::call(Function::Substring, args, place))
            }
            E::Floor { expr, field } if is_plain(field) => {
                Some(Expr::call(Function::Floor, vec![self.expr(expr)?], place))
            }
            E::Ceil { expr, field } if is_plain(field) => {
                Some(Expr::call(Function::Ceiling, vec![self.expr(expr)?], place))
            }
            E::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(*negated, expr, pattern, escape_char.as_deref(), place)
            }
            E::Convert { .. } => self.convert(e, place),
            E::Function(f) => self.function(f, place),
            E::Subquery(query) => self.subquery(query, place),
            E::RLike { expr, .. } => self.refuse(Place::of(expr.span()), outside(e)),
            _ => self.refuse(place, outside(e)),
        }
    }

    pub(super) fn refuse(&mut self, place: Place, what: impl Into<String>) -> Lowered {
        self.refusals.add(place, what);
        None
    }

    /// All or none, but every refusal is found.
    pub(super) fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e ast::Expr>) -> Option<Vec<Expr<Name>>> {
        let lowered: Vec<Lowered> = exprs.into_iter().map(|e| self.expr(e)).collect();
        lowered.into_iter().collect()
    }

    fn identifier(&mut self, ident: &ast::Ident) -> Lowered {
        let place = Place::of(ident.span);
        if ident.quote_style.is_none()
            && let Some(variable) = ident.value.strip_prefix('@')
        {
            return self.variable(variable, place);
        }
        Some(Expr { kind: Kind::Column(Name { table: None, column: ident.value.clone() }), place })
    }

    fn qualified(&mut self, parts: &[ast::Ident], place: Place) -> Lowered {
        let [table, column] = parts else {
            return self.refuse(place, "a column is named by its table's alias and its name: write alias.column");
        };
        if !self.aliases.contains(&table.value) {
            let hint = did_you_mean(&table.value, self.aliases.iter().map(String::as_str));
            return self.refuse(place, format!("FROM names no table `{}`{hint}", table.value));
        }
        let name = Name { table: Some(table.value.clone()), column: column.value.clone() };
        Some(Expr { kind: Kind::Column(name), place })
    }

    fn literal(&mut self, value: &ast::Value, place: Place) -> Lowered {
        let datum = match value {
            ast::Value::Null => Datum::Null,
            ast::Value::Boolean(b) => Datum::Int(i64::from(*b)),
            ast::Value::SingleQuotedString(s) => Datum::text(Arc::from(s.as_str())),
            ast::Value::Number(digits, _) => match number(digits) {
                Ok(datum) => datum,
                Err(what) => return self.refuse(place, what),
            },
            ast::Value::DoubleQuotedString(s) => {
                return self.refuse(
                    place,
                    format!("double quotes mean a text or a name by the server's sql_mode: write '{s}' or `{s}`"),
                );
            }
            _ => return self.refuse(place, "this kind of literal is not supported: write a number or a text in '…'"),
        };
        Some(Expr { kind: Kind::Literal(datum), place })
    }

    fn binary(&mut self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr, place: Place) -> Lowered {
        use BinaryOperator::*;
        match (op, right) {
            (Plus, ast::Expr::Interval(interval)) => return self.shift(left, interval, false, place),
            (Minus, ast::Expr::Interval(interval)) => return self.shift(left, interval, true, place),
            (Arrow | LongArrow, _) => return self.arrow(left, op, right, place),
            _ => {}
        }
        let function = match op {
            Plus => Function::Add,
            Minus => Function::Subtract,
            Multiply => Function::Multiply,
            Divide => Function::Divide,
            Modulo => Function::Modulo,
            MyIntegerDivide => Function::IntegerDivide,
            Eq => Function::Compare(Comparison::Equal),
            NotEq => Function::Compare(Comparison::NotEqual),
            Lt => Function::Compare(Comparison::Less),
            LtEq => Function::Compare(Comparison::LessOrEqual),
            Gt => Function::Compare(Comparison::Greater),
            GtEq => Function::Compare(Comparison::GreaterOrEqual),
            Spaceship => Function::Compare(Comparison::NullSafeEqual),
            And => Function::And,
            Or => Function::Or,
            Xor => return self.refuse(place, "XOR is read differently by parsers: write (a <> 0) <> (b <> 0)"),
            other => return self.refuse(place, format!("the operator {other} is not supported")),
        };
        if matches!(function, Function::Compare(_)) {
            self.no_chain([left, right])?;
        }
        let args = self.all([left, right])?;
        Some(Expr::call(function, args, place))
    }

    /// `a = b = c` and the like mean something, but seldom what was meant.
    pub(super) fn no_chain<'e>(&mut self, operands: impl IntoIterator<Item = &'e ast::Expr>) -> Option<()> {
        match operands.into_iter().find(|e| is_test(e)) {
            Some(e) => {
                self.refusals
                    .add(Place::of(e.span()), "a comparison of a comparison: put the inner one in parentheses");
                None
            }
            None => Some(()),
        }
    }

    fn unary(&mut self, op: UnaryOperator, inner: &ast::Expr, place: Place) -> Lowered {
        match op {
            UnaryOperator::Plus => self.expr(inner),
            UnaryOperator::Minus => Some(Expr::call(Function::Negate, vec![self.expr(inner)?], place)),
            UnaryOperator::Not => Some(Expr::call(Function::Not, vec![self.expr(inner)?], place)),
            UnaryOperator::BangNot => self.refuse(place, "! binds tighter than NOT: write NOT (…)"),
            other => self.refuse(place, format!("the operator {other} is not supported")),
        }
    }

    fn test(&mut self, function: Function, negated: bool, inner: &ast::Expr, place: Place) -> Lowered {
        self.no_chain([inner])?;
        let test = Expr::call(function, vec![self.expr(inner)?], place);
        Some(if negated { Expr::call(Function::Not, vec![test], place) } else { test })
    }

    fn in_list(&mut self, inner: &ast::Expr, list: &[ast::Expr], negated: bool, place: Place) -> Lowered {
        self.no_chain([inner])?;
        let args = self.all(std::iter::once(inner).chain(list))?;
        let test = Expr::call(Function::In, args, place);
        Some(if negated { Expr::call(Function::Not, vec![test], place) } else { test })
    }

    fn between(
        &mut self,
        inner: &ast::Expr,
        negated: bool,
        low: &ast::Expr,
        high: &ast::Expr,
        place: Place,
    ) -> Lowered {
        self.no_chain([inner, low, high])?;
        let test = Expr::call(Function::Between, self.all([inner, low, high])?, place);
        Some(if negated { Expr::call(Function::Not, vec![test], place) } else { test })
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        place: Place,
    ) -> Lowered {
        let pairs = conditions.iter().flat_map(|c| [&c.condition, &c.result]);
        let args = self.all(operand.into_iter().chain(pairs).chain(otherwise))?;
        let function = Function::Case { operand: operand.is_some(), otherwise: otherwise.is_some() };
        Some(Expr::call(function, args, place))
    }

    fn trim(
        &mut self,
        side: Option<TrimWhereField>,
        what: Option<&ast::Expr>,
        inner: &ast::Expr,
        place: Place,
    ) -> Lowered {
        let side = match side {
            None | Some(TrimWhereField::Both) => Side::Both,
            Some(TrimWhereField::Leading) => Side::Leading,
            Some(TrimWhereField::Trailing) => Side::Trailing,
        };
        let blank = Expr { kind: Kind::Literal(Datum::text(" ")), place };
        let what = match what {
            Some(what) => self.expr(what),
            None => Some(blank),
        };
        let args = vec![self.expr(inner)?, what?];
        Some(Expr::call(Function::Trim(side), args, place))
    }

    fn function(&mut self, f: &ast::Function, place: Place) -> Lowered {
        let name = f.name.to_string().to_uppercase();
        if f.over.is_some() {
            return self.refuse(place, "window functions are not supported: a document is made of its own rows");
        }
        if let Some(aggregate) = aggregate::named(&name) {
            return self.aggregate(aggregate, f, place);
        }
        if AGGREGATES.contains(&name.as_str()) {
            let what = format!("the aggregate {name} is not supported: write SUM, COUNT, MIN, MAX or GROUP_CONCAT");
            return self.refuse(place, what);
        }
        let Some(&(_, function, least, most)) = FUNCTIONS.iter().find(|(n, ..)| *n == name) else {
            let hint = did_you_mean(&name, FUNCTIONS.iter().map(|(n, ..)| *n));
            return self.refuse(
                place,
                format!("the function {name} is not supported{hint} (schema/stores/README.md lists those that are)"),
            );
        };
        let FunctionArguments::List(list) = &f.args else {
            return self.refuse(place, format!("{name} needs arguments in parentheses"));
        };
        let args: Option<Vec<&ast::Expr>> = list
            .args
            .iter()
            .map(|a| if let FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) = a { Some(e) } else { None })
            .collect();
        let plain = list.duplicate_treatment.is_none() && list.clauses.is_empty();
        let Some(args) = args.filter(|a| plain && (least..=most).contains(&a.len())) else {
            return self.refuse(place, format!("{name} takes {}", arity(least, most)));
        };
        if let Function::Shift(_, back) = function {
            return self.date_add(&args, back, place);
        }
        let mut args = self.all(args)?;
        match function {
            Function::Round(_) => self.round(Function::Round, args, place),
            Function::Truncate(_) => self.round(Function::Truncate, args, place),
            Function::JsonExtract => self.extract(args, place),
            Function::Trim(_) => {
                args.push(Expr { kind: Kind::Literal(Datum::text(" ")), place });
                Some(Expr::call(function, args, place))
            }
            _ => Some(Expr::call(function, args, place)),
        }
    }

    fn round(&mut self, function: fn(u32) -> Function, mut args: Vec<Expr<Name>>, place: Place) -> Lowered {
        let places = match args.get(1).map(|a| &a.kind) {
            None => Some(0),
            Some(Kind::Literal(Datum::Int(n))) => u32::try_from(*n).ok().filter(|&n| n <= SCALE_MAX),
            Some(_) => None,
        };
        match places {
            Some(places) => {
                args.truncate(1);
                Some(Expr::call(function(places), args, place))
            }
            None => {
                self.refuse(place, "ROUND and TRUNCATE take a number of decimals from 0 to 28, written as a number")
            }
        }
    }
}

const ARGUMENTS_MAX: usize = 64;

/// Name, meaning, least and most arguments.
const FUNCTIONS: &[(&str, Function, usize, usize)] = &[
    ("ABS", Function::Abs, 1, 1),
    ("CEILING", Function::Ceiling, 1, 1),
    ("CHARACTER_LENGTH", Function::CharLength, 1, 1),
    ("CHAR_LENGTH", Function::CharLength, 1, 1),
    ("COALESCE", Function::Coalesce, 1, ARGUMENTS_MAX),
    ("CONCAT", Function::Concat, 1, ARGUMENTS_MAX),
    ("CONCAT_WS", Function::ConcatWs, 2, ARGUMENTS_MAX),
    ("CONVERT_TZ", Function::ConvertTz, 3, 3),
    ("DATE", Function::Date, 1, 1),
    ("DATE_ADD", Function::Shift(Unit::Day, false), 2, 2),
    ("DATE_FORMAT", Function::DateFormat, 2, 2),
    ("DATE_SUB", Function::Shift(Unit::Day, true), 2, 2),
    ("DAY", Function::Part(Unit::Day), 1, 1),
    ("DAYOFMONTH", Function::Part(Unit::Day), 1, 1),
    ("FIND_IN_SET", Function::FindInSet, 2, 2),
    ("FROM_UNIXTIME", Function::FromUnixtime, 1, 1),
    ("GREATEST", Function::Greatest, 2, ARGUMENTS_MAX),
    ("HEX", Function::Hex, 1, 1),
    ("HOUR", Function::Part(Unit::Hour), 1, 1),
    ("IF", Function::If, 3, 3),
    ("IFNULL", Function::Coalesce, 2, 2),
    ("JSON_EXTRACT", Function::JsonExtract, 2, 2),
    ("JSON_UNQUOTE", Function::JsonUnquote, 1, 1),
    ("LCASE", Function::Lower, 1, 1),
    ("LEAST", Function::Least, 2, ARGUMENTS_MAX),
    ("LEFT", Function::Left, 2, 2),
    ("LOWER", Function::Lower, 1, 1),
    ("LPAD", Function::LeftPad, 3, 3),
    ("LTRIM", Function::Trim(Side::Leading), 1, 1),
    ("MINUTE", Function::Part(Unit::Minute), 1, 1),
    ("MOD", Function::Modulo, 2, 2),
    ("MONTH", Function::Part(Unit::Month), 1, 1),
    ("NULLIF", Function::NullIf, 2, 2),
    ("REPLACE", Function::Replace, 3, 3),
    ("RIGHT", Function::Right, 2, 2),
    ("ROUND", Function::Round(0), 1, 2),
    ("RPAD", Function::RightPad, 3, 3),
    ("RTRIM", Function::Trim(Side::Trailing), 1, 1),
    ("SECOND", Function::Part(Unit::Second), 1, 1),
    ("SUBSTR", Function::Substring, 2, 3),
    ("SUBSTRING", Function::Substring, 2, 3),
    ("SUBSTRING_INDEX", Function::SubstringIndex, 3, 3),
    ("TRUNCATE", Function::Truncate(0), 2, 2),
    ("UCASE", Function::Upper, 1, 1),
    ("UNHEX", Function::Unhex, 1, 1),
    ("UNIX_TIMESTAMP", Function::UnixTimestamp, 1, 1),
    ("UPPER", Function::Upper, 1, 1),
    ("YEAR", Function::Part(Unit::Year), 1, 1),
];

/// Those that are not supported.
pub(super) const AGGREGATES: &[&str] = &["ANY_VALUE", "AVG", "BIT_AND", "BIT_OR", "JSON_ARRAYAGG", "JSON_OBJECTAGG"];

/// What an expression outside the subset is called, and what to write instead.
fn outside(e: &ast::Expr) -> &'static str {
    use ast::Expr::*;
    match e {
        InSubquery { .. } | Exists { .. } => {
            "IN (SELECT …) and EXISTS are not supported: join the table on its key, or write (SELECT COUNT(*) FROM …) > 0"
        }
        Like { .. } | RLike { .. } | ILike { .. } | SimilarTo { .. } => {
            "REGEXP is not supported: write LIKE, or compare with = or LEFT(…, n)"
        }
        Wildcard(_) | QualifiedWildcard(..) => "* is not supported: name each column",
        Prefixed { .. } | Collate { .. } => "charset introducers and COLLATE are not supported: leave them out",
        Interval(_) => "an INTERVAL is added to a date: write DATE_ADD(…, INTERVAL 1 DAY)",
        MatchAgainst { .. } => "MATCH … AGAINST is not supported",
        JsonAccess { .. } => "this JSON form is not supported: write JSON_UNQUOTE(JSON_EXTRACT(…, '$.…'))",
        _ => "this expression is not supported (schema/stores/README.md lists those that are)",
    }
}

/// FLOOR and CEIL without a unit of time or a scale.
fn is_plain(field: &CeilFloorKind) -> bool {
    matches!(field, CeilFloorKind::DateTimeField(DateTimeField::NoDateTime))
}

/// True for a comparison and the like.
pub(super) fn is_test(e: &ast::Expr) -> bool {
    use ast::Expr::*;
    match e {
        BinaryOp { op, .. } => {
            use BinaryOperator::*;
            matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq | Spaceship)
        }
        InList { .. }
        | Between { .. }
        | IsNull(_)
        | IsNotNull(_)
        | IsTrue(_)
        | IsNotTrue(_)
        | IsFalse(_)
        | IsNotFalse(_)
        | IsUnknown(_)
        | IsNotUnknown(_)
        | Like { .. } => true,
        _ => false,
    }
}

fn number(digits: &str) -> Result<Datum, &'static str> {
    if let Ok(i) = digits.parse::<i64>() {
        return Ok(Datum::Int(i));
    }
    if let Ok(u) = digits.parse::<u64>() {
        return Ok(Datum::UInt(u));
    }
    if digits.contains(['e', 'E']) {
        return Err("a number with an exponent is a DOUBLE in MySQL: write all its digits");
    }
    let padded = if digits.starts_with('.') { format!("0{digits}") } else { digits.to_owned() };
    Decimal::from_str_exact(padded.trim_end_matches('.'))
        .map(|d| Datum::Decimal(d.into()))
        .map_err(|_| "the number has more than 28 digits")
}

fn arity(least: usize, most: usize) -> String {
    match (least, most) {
        (1, 1) => "one argument".to_owned(),
        (a, b) if a == b => format!("{a} arguments"),
        (a, ARGUMENTS_MAX) => format!("{a} arguments or more"),
        (a, b) => format!("{a} to {b} arguments"),
    }
}
