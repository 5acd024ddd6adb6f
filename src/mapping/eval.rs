//! Evaluates a bound expression over the rows of one FROM, with MySQL's three-valued logic.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::sync::Arc;

use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::change::{Row, Value};

use super::arithmetic;
use super::collation::{Charset, Collation};
use super::datum::{Datum, fits_a_double};
use super::expr::{Comparison, Expr, Function, Kind, Slot};
use super::json;
use super::numeral;
use super::pattern;
use super::refusal::{Fault, Place};
use super::settings::Settings;
use super::signature::collation_of;
use super::temporal;
use super::text;

/// The rows that an expression sees, by position in FROM; `None` where a LEFT JOIN found nothing.
pub(super) struct Scope<'a> {
    pub rows: &'a [Option<Row>],
    /// Aggregates and subqueries that have been worked out.
    pub computed: &'a [Datum],
    pub settings: &'a Settings,
    /// What the server warns of, too, in the order in which it was met; each once.
    pub warnings: RefCell<Vec<Warning>>,
}

const GARBLED: &str = "holds bytes that are not of its charset: mend the row in the store, or say in the setting `charset` what the \
                       store's texts are really in";

/// A value was cut, as the server does it with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Warning {
    pub place: Place,
    pub what: &'static str,
}

impl<'a> Scope<'a> {
    /// These rows, and nothing worked out before.
    pub fn over(rows: &'a [Option<Row>], settings: &'a Settings) -> Scope<'a> {
        Scope::with(rows, &[], settings)
    }

    /// These rows, and what has been worked out over them.
    pub fn with(rows: &'a [Option<Row>], computed: &'a [Datum], settings: &'a Settings) -> Scope<'a> {
        Scope { rows, computed, settings, warnings: RefCell::default() }
    }

    /// The value of an expression.
    pub fn eval(&self, expr: &Expr<Slot>) -> Result<Datum, Fault> {
        match &expr.kind {
            Kind::Column(slot) => self.column(*slot, expr.place),
            Kind::Literal(datum) => Ok(datum.clone()),
            Kind::Computed(i) => Ok(self.computed[*i].clone()),
            Kind::Call(function, args) => self.call(*function, args, expr.place),
        }
    }

    /// The same, looked at where it is: a literal is everybody's, and counting who has it takes longer than most calls.
    fn value<'e>(&'e self, expr: &'e Expr<Slot>) -> Result<Cow<'e, Datum>, Fault> {
        match &expr.kind {
            Kind::Literal(datum) => Ok(Cow::Borrowed(datum)),
            Kind::Computed(i) => Ok(Cow::Borrowed(&self.computed[*i])),
            _ => self.eval(expr).map(Cow::Owned),
        }
    }

    /// True where the expression is TRUE: neither FALSE nor unknown.
    pub fn holds(&self, expr: &Expr<Slot>) -> Result<bool, Fault> {
        Ok(self.truth(expr)? == Some(true))
    }

    fn column(&self, slot: Slot, place: Place) -> Result<Datum, Fault> {
        let Some(row) = &self.rows[slot.from] else { return Ok(Datum::Null) };
        match &row[slot.column] {
            Value::Time(printed) if slot.timestamp => {
                Ok(Datum::Time(temporal::in_zone(printed, &self.settings.time_zone)))
            }
            Value::Garbled(_) => Err(Fault { row: Some((slot, row.clone())), ..Fault::new(place, GARBLED) }),
            value => Ok(Datum::of(value)),
        }
    }

    fn warn(&self, place: Place, what: &'static str) {
        let warning = Warning { place, what };
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    fn call(&self, function: Function, args: &[Expr<Slot>], place: Place) -> Result<Datum, Fault> {
        use Function::*;
        match function {
            Add | Subtract | Multiply | Divide | Modulo | IntegerDivide => {
                let (a, b) = (self.eval(&args[0])?, self.eval(&args[1])?);
                located(place, arithmetic::binary(function, &a, &b))
            }
            Negate | Abs | Round(_) | Truncate(_) | Floor | Ceiling | Rescale(_) | Widen => {
                located(place, arithmetic::unary(function, &self.eval(&args[0])?))
            }
            CastSigned | CastUnsigned | CastDecimal { .. } | CastNumber => {
                let value = self.eval(&args[0])?;
                self.cast(function, &value, place)
            }
            Compare(_) | In | Between | IsNull | IsTrue | IsFalse | And | Or | Not | Like { .. } => {
                self.logic(function, args, place).map(Datum::truth)
            }
            Case { operand, otherwise } => self.case(operand, otherwise, args, place),
            If => self.eval(if self.holds(&args[0])? { &args[1] } else { &args[2] }),
            Coalesce => self.first_value(args),
            NullIf => self.null_if(args, place),
            Greatest => self.extreme(args, Ordering::Greater, place),
            Least => self.extreme(args, Ordering::Less, place),
            Collate(_) => self.eval(&args[0]),
            Hex => self.hex(&args[0], place),
            Unhex => Ok(self.eval(&args[0])?.to_text().and_then(|t| unhex(&t)).map_or(Datum::Null, Datum::Bytes)),
            FindInSet => {
                let (Some(item), Some(list)) = (self.text(&args[0])?, self.text(&args[1])?) else {
                    return Ok(Datum::Null);
                };
                located(place, pattern::find_in_set(&item, &list, collation_of(&args[0])).map(Datum::Int))
            }
            JsonExtract | JsonUnquote => {
                let values: Result<Vec<Datum>, Fault> = args.iter().map(|a| self.eval(a)).collect();
                located(place, json::call(function, &values?))
            }
            FromUnixtime | UnixTimestamp | Date | CastDate | CastDatetime | DateFormat | Shift(..) | ConvertTz
            | Part(_) | Lengthen(_) => {
                let values: Result<Vec<Datum>, Fault> = args.iter().map(|a| self.eval(a)).collect();
                located(place, temporal::call(function, &values?, &self.settings.time_zone))
            }
            Concat | ConcatWs | Trim(_) | Lower | Upper | Left | Right | Substring | SubstringIndex | LeftPad
            | RightPad | CharLength | Replace | CastChar => self.text_call(function, args, place),
        }
    }

    /// A text is cast by the number that it begins with.
    fn cast(&self, function: Function, value: &Datum, place: Place) -> Result<Datum, Fault> {
        let Datum::Text(text) = value else { return located(place, arithmetic::unary(function, value)) };
        if let Function::CastSigned | Function::CastUnsigned = function {
            let (number, whole) = located(place, numeral::integer(text))?;
            if !whole {
                self.warn(place, numeral::CUT);
            }
            return located(place, arithmetic::integer(number, function == Function::CastUnsigned));
        }
        let numeral = located(place, numeral::decimal(text))?;
        if !numeral.whole {
            self.warn(place, numeral::CUT);
        }
        located(place, arithmetic::unary(function, &Datum::Decimal(numeral.number.into())))
    }

    fn text<'e>(&'e self, arg: &'e Expr<Slot>) -> Result<Option<Cow<'e, SmolStr>>, Fault> {
        match self.value(arg)? {
            Cow::Borrowed(Datum::Text(text)) => Ok(Some(Cow::Borrowed(text))),
            Cow::Owned(Datum::Text(text)) => Ok(Some(Cow::Owned(text))),
            value if matches!(*value, Datum::Null) => Ok(None),
            value => value.to_text().map(|text| Some(Cow::Owned(text))).ok_or_else(|| Fault::new(arg.place, NO_TEXT)),
        }
    }

    fn hex(&self, arg: &Expr<Slot>, place: Place) -> Result<Datum, Fault> {
        let bytes = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02X}")).collect::<String>();
        Ok(match self.eval(arg)? {
            Datum::Null => Datum::Null,
            Datum::Int(i) => Datum::text(format!("{i:X}")),
            Datum::UInt(u) => Datum::text(format!("{u:X}")),
            Datum::Bytes(b) => Datum::text(bytes(&b)),
            value => {
                let text = value.to_text().ok_or_else(|| Fault::new(place, NO_TEXT))?;
                let known = match collation_of(arg).charset() {
                    Charset::Utf8mb4 | Charset::Utf8mb3 => true,
                    Charset::Latin1 | Charset::Gbk | Charset::Ascii => text.is_ascii(),
                    Charset::Other => false,
                };
                if !known {
                    return Err(Fault::new(place, "the bytes of this text depend on its column's charset"));
                }
                Datum::text(bytes(text.as_bytes()))
            }
        })
    }

    fn logic(&self, function: Function, args: &[Expr<Slot>], place: Place) -> Result<Option<bool>, Fault> {
        match function {
            Function::IsNull => Ok(Some(matches!(self.eval(&args[0])?, Datum::Null))),
            Function::IsTrue => Ok(Some(self.truth(&args[0])? == Some(true))),
            Function::IsFalse => Ok(Some(self.truth(&args[0])? == Some(false))),
            Function::Not => Ok(self.truth(&args[0])?.map(|t| !t)),
            Function::And => self.chain(args, false),
            Function::Or => self.chain(args, true),
            Function::Compare(comparison) => {
                let (a, b) = (self.eval(&args[0])?, self.eval(&args[1])?);
                self.compare(comparison, &a, &b, collation_of(&args[1]), place)
            }
            Function::Between => {
                let value = self.eval(&args[0])?;
                let (low, high) = (self.eval(&args[1])?, self.eval(&args[2])?);
                let collation = collation_of(&args[1]);
                let above = self.compare(Comparison::GreaterOrEqual, &value, &low, collation, place)?;
                let below = self.compare(Comparison::LessOrEqual, &value, &high, collation, place)?;
                Ok(match (above, below) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                })
            }
            Function::Like { escape } => {
                let (Some(text), Some(pattern)) = (self.text(&args[0])?, self.text(&args[1])?) else { return Ok(None) };
                located(place, pattern::like(&text, &pattern, escape, collation_of(&args[0]))).map(Some)
            }
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
            match self.among_equal(&sought, candidate, place)? {
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
                Some(sought) => self.among_equal(sought, &pair[0], place)? == Some(true),
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
        let value = self.eval(&args[0])?;
        Ok(if self.equal(&value, &args[1], place)? == Some(true) { Datum::Null } else { value })
    }

    fn extreme(&self, args: &[Expr<Slot>], wanted: Ordering, place: Place) -> Result<Datum, Fault> {
        let values: Vec<Datum> = args.iter().map(|a| self.eval(a)).collect::<Result<_, _>>()?;
        if values.iter().any(|v| matches!(v, Datum::Null)) {
            return Ok(Datum::Null);
        }
        let mut best = 0;
        for next in 1..values.len() {
            match self.ordering(&values[next], &values[best], collation_of(&args[next]), place)? {
                Some(o) if o == wanted => best = next,
                Some(Ordering::Equal) if values[next] != values[best] && matches!(values[next], Datum::Text(_)) => {
                    return Err(Fault::new(
                        place,
                        "which of two equal texts is the greatest or least is the server's whim",
                    ));
                }
                _ => {}
            }
        }
        Ok(values[best].clone())
    }

    fn text_call(&self, function: Function, args: &[Expr<Slot>], place: Place) -> Result<Datum, Fault> {
        let mut texts = Vec::with_capacity(args.len());
        let mut null = false;
        for arg in args {
            match self.text(arg)? {
                Some(text) => texts.push(text),
                None if function == Function::ConcatWs && !texts.is_empty() => {}
                // What is out of range is so beside a NULL, too: the others are looked at all the same.
                None => null = true,
            }
        }
        if null {
            return Ok(Datum::Null);
        }
        if let Function::Lower | Function::Upper = function {
            let charset = collation_of(&args[0]).charset();
            return located(place, text::in_case(&texts[0], function == Function::Upper, charset).map(Datum::text));
        }
        located(place, text::call(function, &texts))
    }

    /// The expression's truth; `None` is unknown.
    pub fn truth(&self, expr: &Expr<Slot>) -> Result<Option<bool>, Fault> {
        match self.eval(expr)? {
            Datum::Null => Ok(None),
            Datum::Int(i) => Ok(Some(i != 0)),
            value => match value.to_decimal() {
                Some(n) => Ok(Some(!n.is_zero())),
                None => Err(Fault::new(expr.place, "the condition is not a number")),
            },
        }
    }

    fn equal(&self, a: &Datum, b: &Expr<Slot>, place: Place) -> Result<Option<bool>, Fault> {
        self.compare(Comparison::Equal, a, &*self.value(b)?, collation_of(b), place)
    }

    /// As IN and CASE compare.
    fn among_equal(&self, a: &Datum, b: &Expr<Slot>, place: Place) -> Result<Option<bool>, Fault> {
        let value = self.value(b)?;
        if let (Datum::Int(i), Datum::UInt(u)) | (Datum::UInt(u), Datum::Int(i)) = (a, &*value)
            && *i < 0
            && i64::try_from(*u).is_err()
        {
            let what = "MySQL takes a negative integer for a large unsigned one in IN and CASE: write … = … OR … = …";
            return Err(Fault::new(place, what));
        }
        self.compare(Comparison::Equal, a, &value, collation_of(b), place)
    }

    /// A comparison's truth; unknown where either side is NULL, but for `<=>`.
    fn compare(
        &self,
        comparison: Comparison,
        a: &Datum,
        b: &Datum,
        collation: Collation,
        place: Place,
    ) -> Result<Option<bool>, Fault> {
        if comparison == Comparison::NullSafeEqual {
            return match (a, b) {
                (Datum::Null, Datum::Null) => Ok(Some(true)),
                (Datum::Null, _) | (_, Datum::Null) => Ok(Some(false)),
                _ => self.compare(Comparison::Equal, a, b, collation, place),
            };
        }
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let ordering = match (a, b) {
            (Datum::Text(a), Datum::Text(b)) if equality => {
                let same = located(place, collation.same(a, b))?;
                Some(if same { Ordering::Equal } else { Ordering::Less })
            }
            _ => self.ordering(a, b, collation, place)?,
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

    fn ordering(&self, a: &Datum, b: &Datum, collation: Collation, place: Place) -> Result<Option<Ordering>, Fault> {
        if let (Datum::Int(_) | Datum::UInt(_), Datum::Int(_) | Datum::UInt(_)) = (a, b) {
            return Ok(a.to_integer().zip(b.to_integer()).map(|(a, b)| a.cmp(&b)));
        }
        let text = |d: &Datum| matches!(d, Datum::Text(_));
        let number = |d: &Datum| d.to_decimal().is_some();
        if !(text(a) && number(b) || number(a) && text(b)) {
            return ordering(a, b, collation, place);
        }
        let (a, b) = (self.double(a, place)?, self.double(b, place)?);
        Ok(Some(a.cmp(&b)))
    }

    /// A side of a comparison between a text and a number.
    fn double(&self, value: &Datum, place: Place) -> Result<Decimal, Fault> {
        let number = match value {
            Datum::Text(text) => {
                let numeral = located(place, numeral::decimal(text))?;
                if !numeral.whole {
                    self.warn(place, numeral::CUT);
                }
                numeral.number
            }
            _ => value.to_decimal().unwrap_or_default(),
        };
        if !fits_a_double(number) {
            return Err(Fault::new(place, "a text and a number of more than 15 digits cannot be compared exactly"));
        }
        Ok(number)
    }
}

const NO_TEXT: &str = "this value has no text that all servers show: write ROUND(…), or CAST(…)";

fn located<T>(place: Place, result: Result<T, &'static str>) -> Result<T, Fault> {
    result.map_err(|what| Fault::new(place, what))
}

/// The order of two values of one kind; `None` where either is NULL.
///
/// # Errors
/// Texts whose order under the collation is not known, and what is no date where the other side is one.
pub(super) fn ordering(a: &Datum, b: &Datum, collation: Collation, place: Place) -> Result<Option<Ordering>, Fault> {
    let dates = |a: &str, b: &str| {
        temporal::order(a, b).map(Some).ok_or_else(|| Fault::new(place, "one side of the comparison is no date"))
    };
    match (a, b) {
        (Datum::Null, _) | (_, Datum::Null) => Ok(None),
        (Datum::Text(a), Datum::Text(b)) => located(place, collation.order(a, b)).map(Some),
        (Datum::Bytes(a), Datum::Bytes(b)) => Ok(Some(a.cmp(b))),
        (Datum::Time(a), Datum::Time(b)) => dates(a, b),
        (Datum::Time(a), Datum::Text(b)) => dates(a, b),
        (Datum::Text(a), Datum::Time(b)) => dates(a, b),
        _ => match (a.to_decimal(), b.to_decimal()) {
            (Some(a), Some(b)) => Ok(Some(a.cmp(&b))),
            _ => Err(Fault::new(place, "these values cannot be compared exactly")),
        },
    }
}

fn unhex(digits: &str) -> Option<Arc<[u8]>> {
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() };
    let nibble = |b: u8| (b as char).to_digit(16);
    let byte = |pair: &[u8]| u8::try_from(nibble(pair[0])? * 16 + nibble(pair[1])?).ok();
    digits.as_bytes().chunks_exact(2).map(byte).collect()
}
