//! Evaluates a bound expression over the rows of one FROM, with MySQL's three-valued logic.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::change::{Row, Value};

use super::arithmetic;
use super::datum::{Datum, fits_a_double, same_text};
use super::expr::{Comparison, Expr, Function, Kind, Slot};
use super::refusal::{Fault, Place};
use super::settings::Settings;
use super::temporal;
use super::text;

/// The rows that an expression sees, by position in FROM; `None` where a LEFT JOIN found nothing.
pub(super) struct Scope<'a> {
    pub rows: &'a [Option<Row>],
    /// Aggregates and subqueries that have been worked out.
    pub computed: &'a [Datum],
    /// The shop's zone.
    pub zone: &'a TimeZone,
}

impl<'a> Scope<'a> {
    /// These rows, and nothing worked out before.
    pub fn over(rows: &'a [Option<Row>], settings: &'a Settings) -> Scope<'a> {
        Scope::with(rows, &[], settings)
    }

    /// These rows, and what has been worked out over them.
    pub fn with(rows: &'a [Option<Row>], computed: &'a [Datum], settings: &'a Settings) -> Scope<'a> {
        Scope { rows, computed, zone: &settings.time_zone }
    }

    /// The value of an expression.
    pub fn eval(&self, expr: &Expr<Slot>) -> Result<Datum, Fault> {
        match &expr.kind {
            Kind::Column(slot) => Ok(self.column(*slot)),
            Kind::Literal(datum) => Ok(datum.clone()),
            Kind::Computed(i) => Ok(self.computed[*i].clone()),
            Kind::Call(function, args) => self.call(*function, args, expr.place),
        }
    }

    /// True where the expression is TRUE: neither FALSE nor unknown.
    pub fn holds(&self, expr: &Expr<Slot>) -> Result<bool, Fault> {
        Ok(self.truth(expr)? == Some(true))
    }

    fn column(&self, slot: Slot) -> Datum {
        let Some(row) = &self.rows[slot.from] else { return Datum::Null };
        match &row[slot.column] {
            Value::Time(printed) if slot.timestamp => Datum::Time(temporal::in_zone(printed, self.zone)),
            value => Datum::of(value),
        }
    }

    fn call(&self, function: Function, args: &[Expr<Slot>], place: Place) -> Result<Datum, Fault> {
        use Function::*;
        let located = |r: Result<Datum, &'static str>| r.map_err(|what| Fault::new(place, what));
        match function {
            Add | Subtract | Multiply => {
                located(arithmetic::combine(function, &self.eval(&args[0])?, &self.eval(&args[1])?))
            }
            Divide => located(arithmetic::divide(&self.eval(&args[0])?, &self.eval(&args[1])?)),
            Negate => located(arithmetic::negate(&self.eval(&args[0])?)),
            Abs => located(arithmetic::absolute(&self.eval(&args[0])?)),
            Round(places) => located(arithmetic::round(&self.eval(&args[0])?, places)),
            CastSigned => located(arithmetic::to_whole(&self.eval(&args[0])?, false)),
            CastUnsigned => located(arithmetic::to_whole(&self.eval(&args[0])?, true)),
            CastDecimal { precision, scale } => {
                located(arithmetic::to_decimal(&self.eval(&args[0])?, precision, scale))
            }
            Compare(_) | In | IsNull | IsTrue | IsFalse | And | Or | Not => {
                self.logic(function, args, place).map(Datum::truth)
            }
            Case { operand, otherwise } => self.case(operand, otherwise, args, place),
            If => self.eval(if self.holds(&args[0])? { &args[1] } else { &args[2] }),
            Coalesce => self.first_value(args),
            NullIf => self.null_if(args, place),
            Greatest => self.extreme(args, Ordering::Greater, place),
            Least => self.extreme(args, Ordering::Less, place),
            Concat | ConcatWs | Trim(_) | Lower | Upper | Left | Substring | Replace | CastChar | FromUnixtime
            | Date => self.text_call(function, args, place),
        }
    }

    fn logic(&self, function: Function, args: &[Expr<Slot>], place: Place) -> Result<Option<bool>, Fault> {
        match function {
            Function::IsNull => Ok(Some(matches!(self.eval(&args[0])?, Datum::Null))),
            Function::IsTrue => Ok(Some(self.truth(&args[0])? == Some(true))),
            Function::IsFalse => Ok(Some(self.truth(&args[0])? == Some(false))),
            Function::Not => Ok(self.truth(&args[0])?.map(|t| !t)),
            Function::And => self.chain(args, false),
            Function::Or => self.chain(args, true),
            Function::Compare(comparison) => compare(comparison, &self.eval(&args[0])?, &self.eval(&args[1])?, place),
            _ => self.among(args, place),
        }
    }

    /// AND (which FALSE decides) or OR (which TRUE decides).
    fn chain(&self, args: &[Expr<Slot>], decisive: bool) -> Result<Option<bool>, Fault> {
        let mut result = Some(!decisive);
        for arg in args {
            match self.truth(arg)? {
                Some(t) if t == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => result = None,
            }
        }
        Ok(result)
    }

    fn among(&self, args: &[Expr<Slot>], place: Place) -> Result<Option<bool>, Fault> {
        let sought = self.eval(&args[0])?;
        let mut result = Some(false);
        for candidate in &args[1..] {
            match compare(Comparison::Equal, &sought, &self.eval(candidate)?, place)? {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => result = None,
            }
        }
        Ok(result)
    }

    fn case(&self, operand: bool, otherwise: bool, args: &[Expr<Slot>], place: Place) -> Result<Datum, Fault> {
        let sought = if operand { Some(self.eval(&args[0])?) } else { None };
        let pairs = &args[usize::from(operand)..args.len() - usize::from(otherwise)];
        for pair in pairs.chunks_exact(2) {
            let met = match &sought {
                Some(sought) => compare(Comparison::Equal, sought, &self.eval(&pair[0])?, place)? == Some(true),
                None => self.holds(&pair[0])?,
            };
            if met {
                return self.eval(&pair[1]);
            }
        }
        if otherwise { self.eval(&args[args.len() - 1]) } else { Ok(Datum::Null) }
    }

    fn first_value(&self, args: &[Expr<Slot>]) -> Result<Datum, Fault> {
        for arg in args {
            let value = self.eval(arg)?;
            if !matches!(value, Datum::Null) {
                return Ok(value);
            }
        }
        Ok(Datum::Null)
    }

    fn null_if(&self, args: &[Expr<Slot>], place: Place) -> Result<Datum, Fault> {
        let (value, other) = (self.eval(&args[0])?, self.eval(&args[1])?);
        let equal = compare(Comparison::Equal, &value, &other, place)? == Some(true);
        Ok(if equal { Datum::Null } else { value })
    }

    fn extreme(&self, args: &[Expr<Slot>], wanted: Ordering, place: Place) -> Result<Datum, Fault> {
        let mut best = self.eval(&args[0])?;
        for arg in &args[1..] {
            let next = self.eval(arg)?;
            match ordering(&next, &best, place)? {
                None => return Ok(Datum::Null),
                Some(o) if o == wanted => best = next,
                Some(_) => {}
            }
        }
        Ok(best)
    }

    fn text_call(&self, function: Function, args: &[Expr<Slot>], place: Place) -> Result<Datum, Fault> {
        use Function::*;
        let mut texts = Vec::with_capacity(args.len());
        for arg in args {
            let value = self.eval(arg)?;
            match (value.to_text(), &value, function) {
                (Some(text), _, _) => texts.push(text),
                (None, Datum::Null, ConcatWs) if !texts.is_empty() => {}
                (None, Datum::Null, _) => return Ok(Datum::Null),
                (None, _, _) => return Err(Fault::new(arg.place, "a DOUBLE or binary value has no exact text")),
            }
        }
        let count = |i: usize| texts[i].parse::<i128>().map_err(|_| Fault::new(place, "a count is not an integer"));
        Ok(match function {
            Concat => Datum::text(texts.concat()),
            ConcatWs => Datum::text(texts[1..].join(&*texts[0])),
            Trim(side) => Datum::text(text::trim(&texts[0], &texts[1], side)),
            Lower => Datum::text(text::lower(&texts[0])),
            Upper => Datum::text(text::upper(&texts[0])),
            Left => Datum::text(text::left(&texts[0], count(1)?)),
            Substring => {
                let length = if texts.len() > 2 { Some(count(2)?) } else { None };
                Datum::text(text::substring(&texts[0], count(1)?, length))
            }
            Replace => Datum::text(text::replace(&texts[0], &texts[1], &texts[2])),
            FromUnixtime => temporal::from_unixtime(count(0)?, self.zone)
                .map_err(|what| Fault::new(place, what))?
                .map_or(Datum::Null, |t| Datum::Time(t.into())),
            Date => temporal::date_of(&texts[0])
                .map(|d| Datum::Time(d.into()))
                .ok_or_else(|| Fault::new(place, "the text is not a date"))?,
            _ => Datum::Text(texts[0].clone()),
        })
    }

    fn truth(&self, expr: &Expr<Slot>) -> Result<Option<bool>, Fault> {
        match self.eval(expr)? {
            Datum::Null => Ok(None),
            value => match value.to_decimal() {
                Some(n) => Ok(Some(!n.is_zero())),
                None => Err(Fault::new(expr.place, "the condition is not a number")),
            },
        }
    }
}

/// A comparison's truth; unknown where either side is NULL, but for `<=>`.
fn compare(comparison: Comparison, a: &Datum, b: &Datum, place: Place) -> Result<Option<bool>, Fault> {
    if comparison == Comparison::NullSafeEqual {
        return match (a, b) {
            (Datum::Null, Datum::Null) => Ok(Some(true)),
            (Datum::Null, _) | (_, Datum::Null) => Ok(Some(false)),
            _ => compare(Comparison::Equal, a, b, place),
        };
    }
    let ordering = match (a, b) {
        (Datum::Text(a), Datum::Text(b)) => {
            let same = same_text(a, b).ok_or_else(|| {
                Fault::new(place, "texts that differ in trailing blanks only: write TRIM(…) around them")
            })?;
            Some(if same { Ordering::Equal } else { Ordering::Less })
        }
        _ => ordering(a, b, place)?,
    };
    Ok(ordering.map(|o| match comparison {
        Comparison::Equal | Comparison::NullSafeEqual => o.is_eq(),
        Comparison::NotEqual => o.is_ne(),
        Comparison::Less => o.is_lt(),
        Comparison::LessOrEqual => o.is_le(),
        Comparison::Greater => o.is_gt(),
        Comparison::GreaterOrEqual => o.is_ge(),
    }))
}

/// The order of two numbers or two dates; `None` where either is NULL.
pub(super) fn ordering(a: &Datum, b: &Datum, place: Place) -> Result<Option<Ordering>, Fault> {
    match (a, b) {
        (Datum::Null, _) | (_, Datum::Null) => Ok(None),
        (Datum::Time(a) | Datum::Text(a), Datum::Time(b)) | (Datum::Time(a), Datum::Text(b)) => {
            temporal::order(a, b).map(Some).ok_or_else(|| Fault::new(place, "one side of the comparison is no date"))
        }
        _ => {
            let loose = matches!(a, Datum::Text(_)) || matches!(b, Datum::Text(_));
            let (a, b) = (comparable(a, loose, place)?, comparable(b, loose, place)?);
            Ok(Some(a.cmp(&b)))
        }
    }
}

fn comparable(value: &Datum, loose: bool, place: Place) -> Result<Decimal, Fault> {
    let number = value
        .to_decimal()
        .ok_or_else(|| Fault::new(place, "a value compared with a number is not a number from beginning to end"))?;
    if loose && !fits_a_double(number) {
        return Err(Fault::new(place, "a text and a number of more than 15 digits cannot be compared exactly"));
    }
    Ok(number)
}
