//! Numbers of bodies: exact decimals, which an expression compares, adds and prints digit by digit; and its filters.
//!
//! A decimal is an object of its own in the expressions' language, whose operators would turn numbers into floats: `a + b` is
//! refused, and `a|plus(b)` is exact.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Environment, Error, ErrorKind, Value};
use rust_decimal::{Decimal, RoundingStrategy};

/// A decimal within an expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exact(pub(super) Decimal);

impl Object for Exact {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.0.is_zero()
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Exact>()?.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A decimal as an expression's value.
pub(super) fn value(decimal: Decimal) -> Value {
    Value::from_object(Exact(decimal))
}

/// A number's text with each of its digits; `None` where it has more than a decimal holds.
pub(super) fn parse(text: &str) -> Option<Decimal> {
    match text.contains(['e', 'E']) {
        true => Decimal::from_scientific(text).ok(),
        false => Decimal::from_str_exact(text).ok(),
    }
}

/// The decimal that a value is, if it is one.
///
/// # Errors
/// Where it is a float.
pub(super) fn decimal(value: &Value) -> Result<Option<Decimal>, Error> {
    if let Some(exact) = value.downcast_object_ref::<Exact>() {
        return Ok(Some(exact.0));
    }
    match value.is_number() {
        true if value.is_integer() => Ok(parse(&value.to_string())),
        true => Err(refused("a float is not exact")),
        false => Ok(None),
    }
}

/// The filters that this house has: `minijinja`'s own take numbers for floats, and nothing for the word "none".
pub(super) fn add_filters(env: &mut Environment<'static>) {
    env.add_filter("neg", |a: Value| Ok::<_, Error>(value(-number(&a)?)));
    env.add_filter("plus", |a: Value, b: Value| compute(&a, &b, Decimal::checked_add));
    env.add_filter("minus", |a: Value, b: Value| compute(&a, &b, Decimal::checked_sub));
    env.add_filter("times", |a: Value, b: Value| compute(&a, &b, Decimal::checked_mul));
    env.add_filter("round", round);
    env.add_filter("short", |a: Value| Ok::<_, Error>(value(number(&a)?.normalize())));
    env.add_filter("number", to_number);
    env.add_filter("text", |a: Value| if a.is_none() { a } else { Value::from(a.to_string()) });
    env.add_filter("upper", |a: Value| on_text(&a, str::to_uppercase));
    env.add_filter("lower", |a: Value| on_text(&a, str::to_lowercase));
    env.add_filter("trim", |a: Value| on_text(&a, |text| text.trim().to_owned()));
    env.add_filter("left", |a: Value, n: Value| {
        let n = count(&n)?;
        on_text(&a, |text| text.chars().take(n).collect())
    });
    env.add_filter("replace", |a: Value, from: String, to: String| on_text(&a, |text| text.replace(&from, &to)));
    env.add_filter("default", |a: Value, b: Value| if a.is_undefined() || a.is_none() { b } else { a });
    env.add_filter("join", join);
    env.add_filter("length", |a: Value| match a.len() {
        Some(n) => Ok(value(n.into())),
        None => Err(refused("|length wants a text or a list")),
    });
    env.add_filter("date", date);
    env.add_filter("millis", millis);
    env.add_filter("json", |a: Value| match super::template::json(&a) {
        Ok(json) => Ok(json.unwrap_or_default().to_string()),
        Err(what) => Err(refused(what)),
    });
}

fn refused(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.into())
}

fn number(a: &Value) -> Result<Decimal, Error> {
    decimal(a)?.ok_or_else(|| match a.as_str() {
        Some(_) => refused("a number is wanted, and this is text: |number reads it"),
        None => refused(format!("a number is wanted, and this is {}", a.kind())),
    })
}

fn count(a: &Value) -> Result<usize, Error> {
    usize::try_from(number(a)?).map_err(|_| refused("a count is wanted: 0, 1, 2 …"))
}

fn compute(a: &Value, b: &Value, with: fn(Decimal, Decimal) -> Option<Decimal>) -> Result<Value, Error> {
    let (a, b) = (number(a)?, number(b)?);
    let Some(result) = with(a, b) else { return Err(refused("the result has more digits than a number holds")) };
    Ok(value(result))
}

/// Half away from zero, as money is rounded everywhere here, and with so many digits even where they are zeros.
fn round(a: &Value, digits: &Value) -> Result<Value, Error> {
    let digits = u32::try_from(count(digits)?).map_err(|_| refused("so many digits are not there"))?;
    let mut rounded = number(a)?.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(digits);
    match rounded.scale() == digits {
        true => Ok(value(rounded)),
        false => Err(refused("the result has more digits than a number holds")),
    }
}

fn to_number(a: Value) -> Result<Value, Error> {
    match a.as_str() {
        Some(text) => match parse(text.trim()) {
            Some(number) => Ok(value(number)),
            None => Err(refused("|number wants a text like \"12.50\"")),
        },
        None if a.is_none() => Ok(a),
        None => number(&a).map(value),
    }
}

fn on_text(a: &Value, with: impl Fn(&str) -> String) -> Result<Value, Error> {
    if a.is_none() {
        return Ok(a.clone());
    }
    match a.as_str() {
        Some(text) => Ok(Value::from(with(text))),
        None => Err(refused(format!("a text is wanted, and this is {}: |text makes one", kind(a)))),
    }
}

/// What a value is, in a word.
pub(super) fn kind(a: &Value) -> String {
    match a.downcast_object_ref::<Exact>() {
        Some(_) => "number".to_owned(),
        None => a.kind().to_string(),
    }
}

fn join(a: &Value, by: String) -> Result<Value, Error> {
    let items = a.try_iter()?.filter(|item| !item.is_none() && !item.is_undefined());
    Ok(Value::from(items.map(|item| item.to_string()).collect::<Vec<_>>().join(&by)))
}

fn day(a: &Value) -> Result<Option<Date>, Error> {
    if a.is_none() {
        return Ok(None);
    }
    let day = a.as_str().and_then(|text| text.parse::<Date>().ok());
    day.map(Some).ok_or_else(|| refused("a date is wanted, as a text like \"2026-11-20\""))
}

fn date(a: &Value, format: String) -> Result<Value, Error> {
    let Some(day) = day(a)? else { return Ok(Value::from(())) };
    let text = strtime::format(format, day);
    text.map(Value::from).map_err(|_| refused("|date wants a form like '%Y%m%d'"))
}

/// Midnight in UTC, in milliseconds since 1970.
fn millis(a: &Value) -> Result<Value, Error> {
    let Some(day) = day(a)? else { return Ok(Value::from(())) };
    let midnight = day.to_zoned(TimeZone::UTC).map_err(|_| refused("the date is too far away"))?;
    Ok(value(midnight.timestamp().as_millisecond().into()))
}
