//! Values as the ERP's JSON shows them.
//!
//! Its numbers are binary fractions, written in as few digits as tell them apart. Here they are exact, and the look is made by
//! hand: `100.0`, `1e-05`, and for some amounts a last digit that binary arithmetic leaves behind (`2.3000000000000003`).

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::records::Cell;
use super::schema::{Field, Type};

/// The digits that a binary fraction of 64 bits can have.
const DIGITS: u32 = 17;

/// A field's value; `named` gives a reference with its name.
pub(super) fn json(holds: Type, cell: &Cell, named: &dyn Fn(i64) -> Value) -> Value {
    match (cell, holds) {
        (Cell::Empty, _) => json!(false),
        (Cell::Flag(is), _) => json!(is),
        (Cell::Int(number), _) => json!(number),
        (Cell::Number(number), Type::Money) => exact(&amount(*number)),
        (Cell::Number(number), _) => exact(&plain(*number)),
        (Cell::Text(text), Type::Html) => json!(format!("<p>{}</p>", escaped(text))),
        (Cell::Text(text), _) => json!(text),
        (Cell::One(id), _) => named(*id),
        (Cell::Many(ids), _) => json!(ids),
    }
}

/// What `fields_get` says of a field.
pub(super) fn description(field: &Field) -> Map<String, Value> {
    let mut about = Map::new();
    let (kind, relation) = match field.holds {
        Type::Char => ("char", None),
        Type::Text => ("text", None),
        Type::Html => ("html", None),
        Type::Flag => ("boolean", None),
        Type::Int => ("integer", None),
        Type::Float(_) | Type::Exact => ("float", None),
        Type::Money => ("monetary", None),
        Type::Day => ("date", None),
        Type::Moment => ("datetime", None),
        Type::Choice(_) => ("selection", None),
        Type::One(to) => ("many2one", Some(to)),
        Type::Children(to, _) => ("one2many", Some(to)),
        Type::Many(to) => ("many2many", Some(to)),
    };
    about.insert("type".into(), json!(kind));
    about.insert("string".into(), json!(field.label));
    about.insert("required".into(), json!(field.required));
    about.insert("readonly".into(), json!(field.computed));
    if let Some(to) = relation {
        about.insert("relation".into(), json!(to));
    }
    match field.holds {
        Type::Float(digits) => drop(about.insert("digits".into(), json!([16, digits]))),
        Type::Exact => drop(about.insert("digits".into(), json!(false))),
        _ => {}
    }
    if let Type::Choice(choices) = field.holds {
        about.insert("selection".into(), choices.iter().map(|choice| json!([choice, choice])).collect());
    }
    about
}

/// A number without noise.
fn plain(number: Decimal) -> String {
    let number = number.normalize();
    let small = number.abs() < Decimal::new(1, 4) && !number.is_zero();
    match number.scale() {
        0 => format!("{number}.0"),
        scale if small => {
            let digits = number.mantissa().to_string();
            let exponent = i64::from(scale) + 1 - i64::try_from(digits.trim_start_matches('-').len()).unwrap_or(1);
            let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
            let rest = if digits.len() > 1 { format!(".{}", &digits[1..]) } else { String::new() };
            format!("{sign}{}{rest}e-{exponent:02}", &digits[..1])
        }
        _ => number.to_string(),
    }
}

/// An amount: of those that are no binary fraction, one in three is off by a last digit.
fn amount(amount: Decimal) -> String {
    let cents = amount * Decimal::ONE_HUNDRED;
    let is_binary = (cents % Decimal::from(25)).is_zero();
    if is_binary || !(cents % Decimal::from(3)).is_zero() {
        return plain(amount);
    }
    let whole = amount.abs().trunc().to_string().len();
    let digits = if amount.abs() < Decimal::ONE { DIGITS - 1 } else { DIGITS - u32::try_from(whole).unwrap_or(1) };
    let off = Decimal::new(1, digits);
    (if amount.is_sign_negative() { amount - off } else { amount + off }).to_string()
}

fn exact(text: &str) -> Value {
    serde_json::from_str(text).expect("it is written as a JSON number")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_like_binary_fractions() {
        let d = |text: &str| text.parse::<Decimal>().unwrap();
        for (number, text) in
            [("100.00", "100.0"), ("0.00001", "1e-05"), ("-0.000012", "-1.2e-05"), ("0.5", "0.5"), ("0", "0.0")]
        {
            assert_eq!(plain(d(number)), text);
        }
        for (number, text) in [
            ("2.31", "2.3100000000000001"),
            ("2.32", "2.32"),
            ("115.05", "115.05000000000001"),
            ("0.75", "0.75"),
            ("0.03", "0.0300000000000001"),
        ] {
            assert_eq!(amount(d(number)), text);
        }
    }
}
