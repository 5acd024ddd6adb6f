//! Values as the server prints them, and as JSON.

use base64::Engine as _;

use crate::change::Value;

/// From here on a reader that takes JSON numbers for doubles would lose digits.
const DOUBLE_EXACT_MAX: u64 = 1 << 53;
/// Where the decimal point may lie, in digits, before the server turns to an exponent (`my_gcvt`, `DBL_DIG`).
const POINT_MAX: i32 = 15;

/// The value as a JSON text: numbers as numbers where a double holds them, else (and every DECIMAL) as text; binary as Base64;
/// times as printed. `None` for a column that the row image does not hold.
pub fn json(value: &Value) -> Option<String> {
    Some(match value {
        Value::Absent => return None,
        Value::Null => "null".to_owned(),
        Value::Int(i) if i.unsigned_abs() <= DOUBLE_EXACT_MAX => i.to_string(),
        Value::Int(i) => text(&i.to_string()),
        Value::UInt(u) if *u <= DOUBLE_EXACT_MAX => u.to_string(),
        Value::UInt(u) => text(&u.to_string()),
        Value::Decimal(d) => text(&d.to_string()),
        Value::BigDecimal(digits) => text(digits),
        Value::Float(f) => float(*f),
        Value::Double(d) => double(*d),
        Value::Text(plain) => text(plain),
        Value::Time(plain) => text(plain),
        Value::Bytes(bytes) | Value::Garbled(bytes) => text(&base64::prelude::BASE64_STANDARD.encode(bytes)),
    })
}

/// A JSON string.
pub fn text(plain: &str) -> String {
    serde_json::Value::from(plain).to_string()
}

/// A DOUBLE: the fewest digits that tell it from its neighbours.
pub(super) fn double(value: f64) -> String {
    let fewest = format!("{value:e}");
    // Where two texts of as many digits are as near, the server takes the even one.
    let digits = fewest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let even = format!("{value:.0$e}", digits.saturating_sub(1));
    layout(if even.parse() == Ok(value) { &even } else { &fewest })
}

/// A FLOAT: six digits, of which the last is rounded.
pub(super) fn float(value: f32) -> String {
    layout(&format!("{:.5e}", f64::from(value)))
}

/// A double within a JSON document: one that is whole keeps a fraction.
pub(super) fn json_double(value: f64) -> String {
    let text = double(value);
    if text.contains(['.', 'e']) { text } else { text + ".0" }
}

/// Lays out `-1.25e-3` as the server does.
fn layout(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific.to_owned() };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |m| ("-", m));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let Ok(exponent) = exponent.parse::<i32>() else { return scientific.to_owned() };
    if digits.is_empty() {
        return format!("{sign}0");
    }
    let point = exponent + 1;
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Beyond it the point still stands among the digits where it is not behind all of them.
    if point < 1 - POINT_MAX || (point > POINT_MAX && point >= length) {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{dot}{rest}e{exponent}");
    }
    if point <= 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(point.unsigned_abs() as usize));
    }
    if point >= length {
        return format!("{sign}{digits}{}", "0".repeat((point - length).unsigned_abs() as usize));
    }
    let (whole, fraction) = digits.split_at(point.unsigned_abs() as usize);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_the_server_prints_them() {
        for (value, text) in [
            (0.1, "0.1"),
            (-0.0, "-0"),
            (1e14, "100000000000000"),
            (1e15, "1e15"),
            (1.5e300, "1.5e300"),
            (1e-15, "0.000000000000001"),
            (1.25e-16, "1.25e-16"),
            (123.456, "123.456"),
            (1_207_468_022_689_637.2, "1207468022689637.2"),
            (-2_821_783_241_598_001.5, "-2821783241598001.5"),
        ] {
            assert_eq!(double(value), text);
        }
        assert_eq!((float(16_777_216.0).as_str(), float(0.1).as_str()), ("16777200", "0.1"));
        assert_eq!((json_double(1.0).as_str(), json_double(1.5).as_str()), ("1.0", "1.5"));
    }

    #[test]
    fn json_keeps_every_digit() {
        let text = |value: Value| json(&value);
        assert_eq!(text(Value::UInt(u64::MAX)).as_deref(), Some("\"18446744073709551615\""));
        assert_eq!(text(Value::Int(-7)).as_deref(), Some("-7"));
        assert_eq!(text(Value::Decimal("10.00".parse().unwrap())).as_deref(), Some("\"10.00\""));
        assert_eq!(text(Value::Double(0.1)).as_deref(), Some("0.1"));
        assert_eq!(text(Value::Bytes([0, 255].as_slice().into())).as_deref(), Some("\"AP8=\""));
        assert_eq!((text(Value::Null).as_deref(), text(Value::Absent)), (Some("null"), None));
    }
}
