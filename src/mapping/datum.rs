//! A value during evaluation, and how MySQL turns it into text, a number or a truth.

use std::sync::Arc;

use rust_decimal::{Decimal, RoundingStrategy};
use smol_str::{SmolStr, ToSmolStr as _};

use crate::change::{OwnerKey, Value};

/// A [`Value`] whose DECIMALs know how they are shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Datum {
    Null,
    Int(i64),
    UInt(u64),
    Decimal(Number),
    Text(SmolStr),
    /// DATE or DATETIME as printed.
    Time(Arc<str>),
    /// FLOAT and DOUBLE: only CAST may read them.
    Double(f64),
    /// Binary data.
    Bytes(Arc<[u8]>),
    /// What cannot be calculated with: nothing but IS NULL may read it.
    Opaque,
}

/// An exact DECIMAL.
///
/// A branch of COALESCE may have fewer digits than it shows. A quotient has more digits than it shows. MariaDB goes on with all of them, MySQL with those that it shows; we go on only
/// where that makes no difference ([`Number::settled`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub digits: Decimal,
    pub scale: u32,
}

impl Number {
    /// As the server prints it.
    pub fn shown(self) -> Decimal {
        let mut shown = self.digits;
        if shown.scale() == self.scale && !shown.is_zero() {
            return shown;
        }
        if shown.scale() > self.scale {
            shown = shown.round_dp_with_strategy(self.scale, RoundingStrategy::MidpointAwayFromZero);
        }
        if shown.is_zero() {
            shown.set_sign_positive(true);
        }
        shown.rescale(self.scale);
        shown
    }

    /// The number that every server goes on with; `None` for a quotient that shows only a part of its digits.
    pub fn settled(self) -> Option<Decimal> {
        if self.digits.scale() == self.scale {
            return Some(self.shown());
        }
        let shown = self.shown();
        (shown == self.digits).then_some(shown)
    }
}

impl From<Decimal> for Number {
    fn from(digits: Decimal) -> Number {
        Number { digits, scale: digits.scale() }
    }
}

impl Datum {
    /// A literal text.
    pub fn text(s: impl Into<SmolStr>) -> Datum {
        Datum::Text(s.into())
    }

    /// SQL's TRUE, FALSE or unknown.
    pub fn truth(truth: Option<bool>) -> Datum {
        truth.map_or(Datum::Null, |t| Datum::Int(i64::from(t)))
    }

    /// A mirrored value.
    pub fn of(value: &Value) -> Datum {
        match value {
            Value::Null => Datum::Null,
            Value::Int(i) => Datum::Int(*i),
            Value::UInt(u) => Datum::UInt(*u),
            Value::Decimal(d) => Datum::Decimal((*d).into()),
            Value::Double(f) => Datum::Double(*f),
            Value::Float(f) => Datum::Double(f64::from(*f)),
            Value::Text(s) => Datum::Text(s.clone()),
            Value::Bytes(b) => Datum::Bytes(b.clone()),
            // More digits than can be calculated with are refused where they are used.
            Value::BigDecimal(_) | Value::Absent | Value::Garbled(_) => Datum::Opaque,
            Value::Time(t) => Datum::Time(t.clone()),
        }
    }

    /// The text that the server prints; `None` for NULL and for what has no exact text.
    pub fn to_text(&self) -> Option<SmolStr> {
        match self {
            Datum::Null | Datum::Double(_) | Datum::Bytes(_) | Datum::Opaque => None,
            Datum::Int(i) => Some(i.to_smolstr()),
            Datum::UInt(u) => Some(u.to_smolstr()),
            Datum::Decimal(n) => Some(n.shown().to_smolstr()),
            Datum::Text(s) => Some(s.clone()),
            Datum::Time(s) => Some((&**s).into()),
        }
    }

    /// The same as what rows are found by.
    pub fn to_key(&self) -> Option<OwnerKey> {
        match self {
            Datum::Int(i) => Some(i.to_smolstr()),
            Datum::UInt(u) => Some(u.to_smolstr()),
            Datum::Decimal(n) => Some(n.shown().to_smolstr()),
            Datum::Text(s) => Some(s.clone()),
            Datum::Time(s) => Some((&**s).into()),
            Datum::Null | Datum::Double(_) | Datum::Bytes(_) | Datum::Opaque => None,
        }
    }

    /// True where the server prints this.
    pub fn prints_as(&self, text: &str) -> bool {
        use std::io::Write as _;
        let mut digits = [0; 20];
        let integer = |digits: &mut [u8; 20], written: &dyn std::fmt::Display| {
            let mut rest = &mut digits[..];
            let left = if write!(rest, "{written}").is_ok() { rest.len() } else { 0 };
            20 - left
        };
        let length = match self {
            Datum::Int(i) => integer(&mut digits, i),
            Datum::UInt(u) => integer(&mut digits, u),
            Datum::Text(s) => return s == text,
            Datum::Time(s) => return **s == *text,
            other => return other.to_text().as_deref() == Some(text),
        };
        &digits[..length] == text.as_bytes()
    }

    /// The exact number that comparisons see; `None` where there is none, and for a text ([`numeral`](super::numeral)).
    pub fn to_decimal(&self) -> Option<Decimal> {
        match self {
            Datum::Int(i) => Some(Decimal::from(*i)),
            Datum::UInt(u) => Some(Decimal::from(*u)),
            Datum::Decimal(n) => Some(n.shown()),
            Datum::Null | Datum::Text(_) | Datum::Time(_) | Datum::Double(_) | Datum::Bytes(_) | Datum::Opaque => None,
        }
    }

    /// The integer behind an integer type.
    pub fn to_integer(&self) -> Option<i128> {
        match self {
            Datum::Int(i) => Some((*i).into()),
            Datum::UInt(u) => Some((*u).into()),
            _ => None,
        }
    }
}

/// MySQL compares a text with a number as doubles. Within 15 digits that is the same as comparing exactly.
pub(super) const DOUBLE_DIGITS_MAX: u32 = 15;

/// True where a double tells this number from its neighbours of as many digits.
pub(super) fn fits_a_double(number: Decimal) -> bool {
    number.normalize().mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) < DOUBLE_DIGITS_MAX
}
