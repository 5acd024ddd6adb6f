//! What the ERP says of a record, and whether that is our document.

use rust_decimal::Decimal;
use serde_json::Value;

use super::classify::{is_so, plain};
use super::recipe::{Fields, Pointer, Record, Same};
use crate::document::{Amounts, Minor};
use crate::erp::body::Context;

/// What a record is to come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub amounts: Amounts,
    /// As templates see them.
    pub lines: &'a [Value],
    pub entries: &'a [Value],
}

/// Compares a record with what we have.
///
/// # Errors
/// What differs, or what cannot be read: the latter has no numbers to compare.
pub(super) fn compare(
    record: &Record,
    json: &Value,
    context: &Context,
    expected: Option<Expected<'_>>,
    minor: Minor,
) -> Result<(), Differs> {
    if record.cancelled.iter().any(|condition| is_so(json, condition)) {
        return Err(Differs::Content("it is cancelled there".into()));
    }
    says(json, &record.same, context, "it")?;
    let Some(expected) = expected else { return Ok(()) };
    let Fields { total, tax, net, lines, entries, .. } = &record.fields;
    let Amounts { net: our_net, tax: our_tax, total: our_total } = expected.amounts;
    for (name, at, ours) in [("total", total, our_total), ("tax", tax, our_tax), ("net amount", net, our_net)] {
        let Some(at) = at else { continue };
        let theirs = amount(at, json, record.negative, minor).map_err(Differs::Unread)?;
        if theirs != ours {
            return Err(Differs::Content(format!("its {name} is {theirs}, ours is {ours}")));
        }
    }
    for (at, ours, name, same) in [
        (lines, expected.lines, "line", &record.same_lines),
        (entries, expected.entries, "entry", &record.same_entries),
    ] {
        let Some(at) = at else { continue };
        let theirs = match at.of(json) {
            None => &[],
            Some(Value::Array(rows)) => &rows[..],
            Some(_) => return Err(Differs::Unread(format!("there is no list at {}", at.shown()))),
        };
        if theirs.len() != ours.len() {
            return Err(Differs::Content(format!("it has {} rows, ours has {}", theirs.len(), ours.len())));
        }
        for (no, (row, ours)) in theirs.iter().zip(ours).enumerate() {
            says(row, same, &context.clone().with(name, ours.clone()), &format!("row {}", no + 1))?;
        }
    }
    Ok(())
}

/// Whether something says what it must; numbers are compared as such.
fn says(json: &Value, same: &Same, context: &Context, what: &str) -> Result<(), Differs> {
    for (at, wanted) in same {
        let wanted = wanted.render(context, str::to_owned).map_err(Differs::Unread)?;
        let found = at.of(json).and_then(plain).unwrap_or_default();
        let number = |text: &str| text.parse::<Decimal>().ok();
        if found != wanted && (number(&found).is_none() || number(&found) != number(&wanted)) {
            return Err(Differs::Content(match found.is_empty() {
                true => format!("{what} has nothing at {}", at.shown()),
                false => format!("{what} says something else than we do at {}", at.shown()),
            }));
        }
    }
    Ok(())
}

/// Why a record is not taken for ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Differs {
    /// It says something else.
    Content(String),
    /// It cannot be read.
    Unread(String),
}

/// The record's amounts, positive; `None` where the config names no total.
pub(super) fn amounts(record: &Record, json: &Value, expected: Amounts, minor: Minor) -> Option<Amounts> {
    let at = |at: &Option<Pointer>| at.as_ref().map(|at| amount(at, json, record.negative, minor).ok());
    let total = at(&record.fields.total)??;
    let tax = match (at(&record.fields.tax), at(&record.fields.net)) {
        (Some(Some(tax)), _) => tax,
        (_, Some(Some(net))) => total - net,
        _ => expected.tax,
    };
    Some(Amounts::from_total(total, tax))
}

/// A number, exactly, from JSON's or from its text.
fn amount(at: &Pointer, json: &Value, negative: bool, minor: Minor) -> Result<Decimal, String> {
    let value = decimal(at, json)?.ok_or_else(|| format!("there is no amount at {}", at.shown()))?;
    let value = minor.round(if negative { -value } else { value });
    Ok(if value.is_zero() { value.abs() } else { value })
}

/// A number; `None` where nothing is there.
///
/// # Errors
/// Where something else is.
pub(super) fn decimal(at: &Pointer, json: &Value) -> Result<Option<Decimal>, String> {
    let text = match at.of(json) {
        None => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(format!("there is no number at {}", at.shown()));
        }
    };
    let value = text.parse().or_else(|_| Decimal::from_scientific(&text));
    value.map(Some).map_err(|_| format!("there is no number at {}", at.shown()))
}

/// Whether a record says already all that a body would write.
pub(super) fn says_already(record: &Value, body: &Value) -> bool {
    match (record, body) {
        (Value::Object(there), Value::Object(ours)) => {
            ours.iter().all(|(key, ours)| there.get(key).is_some_and(|there| says_already(there, ours)))
        }
        (there, ours) => there == ours || plain(there).is_some_and(|there| plain(ours) == Some(there)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_come_as_numbers_text_and_powers_of_ten() {
        let cent = Minor::of("CNY").unwrap();
        let at = Pointer::new("x", "/a").unwrap();
        for text in ["2", "2.000", "\"2\"", "2e0", "\" 2.0 \"", "1.9999999999999998"] {
            let json: Value = serde_json::from_str(&format!("{{\"a\":{text}}}")).unwrap();
            assert_eq!(amount(&at, &json, false, cent).unwrap().to_string(), "2.00", "{text}");
        }
        assert_eq!(amount(&at, &json!({"a": "-0.00"}), false, cent).unwrap().to_string(), "0.00");
        assert_eq!(amount(&at, &json!({"a": -7}), true, cent).unwrap().to_string(), "7.00");
        assert_eq!(decimal(&at, &json!({"a": true})).unwrap_err(), "there is no number at /a");
        assert_eq!(decimal(&at, &json!({"a": "x"})).unwrap_err(), "there is no number at /a");
        assert_eq!(decimal(&at, &json!({})).unwrap(), None);
    }

    #[test]
    fn a_body_is_said_already_where_each_of_its_fields_is() {
        let there = json!({"name": "Ada", "phone": "1", "address": {"city": "X", "zip": 1}, "id": 7});
        assert!(says_already(&there, &json!({"name": "Ada", "address": {"zip": "1"}})));
        assert!(!says_already(&there, &json!({"name": "Ada B"})));
        assert!(!says_already(&there, &json!({"email": "a"})));
    }
}
