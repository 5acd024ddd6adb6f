//! Texts as numbers: the server reads as much of a text as is one, and warns where something is left.

use rust_decimal::Decimal;

use super::arithmetic::TOO_LONG;

/// A number that a text begins with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numeral {
    pub number: Decimal,
    /// Nothing but blanks was left of the text; otherwise the server warns.
    pub whole: bool,
}

/// What a cut text is warned of with.
pub(super) const CUT: &str = "a text is cut to the number that it begins with";

/// As `CAST(text AS DECIMAL)`, before it is rounded; an exponent counts.
pub(super) fn decimal(text: &str) -> Result<Numeral, &'static str> {
    let (mut digits, mut rest) = scan(text.trim_start_matches(is_space));
    if digits.is_empty() {
        return Ok(Numeral { number: Decimal::ZERO, whole: false });
    }
    let mut exponent = 0;
    if let Some(after) = rest.strip_prefix(['e', 'E']) {
        let signed = after.strip_prefix(['-', '+']).unwrap_or(after);
        let length = signed.bytes().take_while(u8::is_ascii_digit).count();
        if length > 0 {
            exponent = signed[..length].parse::<i32>().map_err(|_| TOO_LONG)?;
            if after.starts_with('-') {
                exponent = -exponent;
            }
            rest = &signed[length..];
        } else if after.starts_with([' ', '\t', '-', '+']) {
            return Err("the text has an exponent without digits, which servers read differently");
        }
    }
    let whole = rest.trim_start_matches(is_space).is_empty();
    Ok(Numeral { number: digits.number(exponent)?, whole })
}

/// The number that a text begins with, as the server cuts it where a number is wanted; nothing where that would be a guess.
pub fn leading_number(text: &str) -> Option<Decimal> {
    decimal(text).ok().map(|numeral| numeral.number)
}

/// As `CAST(text AS SIGNED)`: digits and no more.
pub(super) fn integer(text: &str) -> Result<(i128, bool), &'static str> {
    let trimmed = text.trim_start_matches([' ', '\t']);
    if trimmed.starts_with(is_space) {
        return Err("the text begins with a line break, which servers read differently");
    }
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let whole = length > 0 && digits[length..].trim_start_matches(is_space).is_empty();
    if length == 0 {
        return Ok((0, false));
    }
    let number: i128 = digits[..length].parse().map_err(|_| "the integer is out of range")?;
    Ok((if trimmed.starts_with('-') { -number } else { number }, whole))
}

/// What the C library's `isspace` takes for a blank.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// Digits with their sign and point.
struct Digits<'a> {
    negative: bool,
    before: &'a str,
    after: &'a str,
}

impl Digits<'_> {
    fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    fn number(&mut self, exponent: i32) -> Result<Decimal, &'static str> {
        let digits = format!("{}{}", self.before, self.after);
        let digits = digits.trim_start_matches('0');
        let mantissa: i128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| TOO_LONG)? };
        let scale = i64::try_from(self.after.len()).map_err(|_| TOO_LONG)? - i64::from(exponent);
        let (mantissa, scale) = match u32::try_from(scale) {
            Ok(scale) => (mantissa, scale),
            Err(_) => {
                let zeros = u32::try_from(-scale).map_err(|_| TOO_LONG)?;
                let shifted = 10i128.checked_pow(zeros).and_then(|p| mantissa.checked_mul(p));
                (if mantissa == 0 { 0 } else { shifted.ok_or(TOO_LONG)? }, 0)
            }
        };
        let signed = if self.negative { -mantissa } else { mantissa };
        Decimal::try_from_i128_with_scale(signed, scale).map_err(|_| TOO_LONG)
    }
}

/// The sign, digits and point that a text begins with, and what follows.
fn scan(text: &str) -> (Digits<'_>, &str) {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let count = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let (before, mut rest) = unsigned.split_at(count(unsigned));
    let mut after = "";
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = count(fraction);
        if length > 0 || !before.is_empty() {
            (after, rest) = fraction.split_at(length);
        }
    }
    (Digits { negative: text.starts_with('-'), before, after }, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_as_is_a_number_is_read() {
        let read = |text: &str| decimal(text).map(|n| (n.number.to_string(), n.whole));
        let ok = |number: &str, whole: bool| Ok((number.to_owned(), whole));
        assert_eq!(read("12abc"), ok("12", false));
        assert_eq!(read(" \t-12.50 \n"), ok("-12.50", true));
        assert_eq!(read(""), ok("0", false));
        assert_eq!(read("."), ok("0", false));
        assert_eq!(read(".5"), ok("0.5", true));
        assert_eq!(read("5."), ok("5", true));
        assert_eq!(read("1e2"), ok("100", true));
        assert_eq!(read("1.25e-1x"), ok("0.125", false));
        assert_eq!(read("1e"), ok("1", false));
        assert_eq!(read("--1"), ok("0", false));
        assert!(read("1e99").is_err());
        assert!(read("1e-").is_err());
        assert_eq!(integer(" 12 "), Ok((12, true)));
        assert_eq!(integer("1e2"), Ok((1, false)));
        assert_eq!(integer("-1.9"), Ok((-1, false)));
        assert_eq!(integer("x"), Ok((0, false)));
    }
}
