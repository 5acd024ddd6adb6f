//! `+ − * /`, ROUND and CAST with MySQL's rules for exact numbers: nothing is ever rounded in silence.
//!
//! Integers are 64 bits wide and unsigned where either operand is; DECIMALs keep the larger scale when added, the sum of
//! the scales when multiplied, and gain [`DIVISION_DIGITS`] when divided. Where the server would answer "out of range",
//! and where a result has more digits than a [`Decimal`] holds, the answer is an error.

use rust_decimal::{Decimal, RoundingStrategy};

use super::datum::{Datum, Number};
use super::expr::Function;

/// The server's `div_precision_increment`, at its default.
pub(super) const DIVISION_DIGITS: u32 = 4;
/// A DECIMAL is computed in groups of nine digits (`DIG_PER_DEC1` in the server's `decimal.c`).
const GROUP_DIGITS: u32 = 9;
/// The most decimals that a [`Decimal`] holds.
pub(super) const SCALE_MAX: u32 = 28;

const OUT_OF_RANGE: &str = "the integer is out of range";
pub(super) const TOO_LONG: &str = "the number has more digits than can be computed exactly";
const QUOTIENT: &str =
    "servers differ in the digits of a quotient that is computed with: write ROUND(… / …, 4) around it";
const FEWER_DECIMALS: &str =
    "servers differ in ROUND to more decimals than the number has: write CAST(… AS DECIMAL(20,n))";
const HALF: &str = "servers differ in the half of a DOUBLE: write CAST(… AS DECIMAL(20,4)) first";
const NOT_A_NUMBER: &str = "this is no exact number";

type Computed = Result<Datum, &'static str>;

/// An operator between two numbers; NULL where either is.
pub(super) fn binary(function: Function, a: &Datum, b: &Datum) -> Computed {
    match function {
        Function::Divide => divide(a, b),
        Function::Modulo => modulo(a, b),
        Function::IntegerDivide => integer_divide(a, b),
        _ => combine(function, a, b),
    }
}

/// A function of one number; NULL where it is.
pub(super) fn unary(function: Function, a: &Datum) -> Computed {
    match function {
        Function::Negate => negate(a),
        Function::Abs => absolute(a),
        Function::Round(places) => round(a, places),
        Function::Truncate(places) => truncate(a, places),
        Function::Floor => to_integer(a, false),
        Function::Ceiling => to_integer(a, true),
        Function::Rescale(scale) => rescale(a, scale),
        Function::Widen => Ok(widen(a)),
        Function::CastSigned => to_whole(a, false),
        Function::CastUnsigned => to_whole(a, true),
        Function::CastDecimal { precision, scale } => to_decimal(a, precision, scale),
        _ => Ok(a.clone()),
    }
}

/// `a + b`, `a − b` or `a * b`; NULL where either is.
pub(super) fn combine(function: Function, a: &Datum, b: &Datum) -> Computed {
    if matches!(a, Datum::Null) || matches!(b, Datum::Null) {
        return Ok(Datum::Null);
    }
    if let (Some(x), Some(y)) = (a.to_integer(), b.to_integer()) {
        let result = match function {
            Function::Add => x.checked_add(y),
            Function::Subtract => x.checked_sub(y),
            // The server takes the least integer for an overflow where it is a product.
            _ => x.checked_mul(y).filter(|product| *product != i64::MIN.into()),
        };
        let unsigned = matches!(a, Datum::UInt(_)) || matches!(b, Datum::UInt(_));
        return integer(result.ok_or(OUT_OF_RANGE)?, unsigned);
    }
    let (x, y) = (operand(a)?, operand(b)?);
    let (digits, scale) = match function {
        Function::Add => (add(x.digits, y.digits)?, x.scale.max(y.scale)),
        Function::Subtract => (add(x.digits, -y.digits)?, x.scale.max(y.scale)),
        _ => (multiply(x.digits, y.digits)?, x.scale + y.scale),
    };
    shown_with(digits, scale)
}

/// `a / b`: NULL where either is, or where `b` is zero.
///
/// The quotient is cut after a whole group of digits, as the servers do it (`do_div_mod` in `decimal.c`), and shown with
/// the dividend's scale and [`DIVISION_DIGITS`] more.
fn divide(a: &Datum, b: &Datum) -> Computed {
    if matches!(a, Datum::Null) || matches!(b, Datum::Null) {
        return Ok(Datum::Null);
    }
    let (x, y) = (operand(a)?, operand(b)?);
    if y.digits.is_zero() {
        return Ok(Datum::Null);
    }
    let (fraction_x, fraction_y) = (x.digits.scale(), y.digits.scale());
    let (padded_x, padded_y) = (fraction_x.next_multiple_of(GROUP_DIGITS), fraction_y.next_multiple_of(GROUP_DIGITS));
    let more = DIVISION_DIGITS.saturating_sub(padded_x - fraction_x + padded_y - fraction_y);
    let kept = (padded_x + padded_y + more).next_multiple_of(GROUP_DIGITS);
    let scale = x.scale + DIVISION_DIGITS;
    let (dividend, divisor) = (x.digits.normalize(), y.digits.normalize());
    let all = cut_quotient(dividend, divisor, kept);
    if let Some((digits, false)) = all
        && digits.is_zero()
        && dividend.is_sign_negative() != divisor.is_sign_negative()
        && kept <= scale
    {
        return Err("MariaDB shows a quotient of almost zero with a minus: write ROUND(… / …, 4)");
    }
    // A Decimal may lack room for all digits that the server keeps. Fewer decide all that those do, as long as they differ
    // from what is shown.
    let fewer = || (scale + 1..kept.min(SCALE_MAX + 1)).rev().find_map(|kept| cut_quotient(dividend, divisor, kept));
    let (digits, whole) = all.or_else(fewer).ok_or(TOO_LONG)?;
    let quotient = Number { digits, scale };
    if all.is_none() && !whole && quotient.settled().is_some() {
        return Err(TOO_LONG);
    }
    with_scale(quotient.shown(), scale)?;
    Ok(Datum::Decimal(quotient))
}

/// A quotient cut after so many decimals, and whether that is all of it; `None` where a [`Decimal`] does not hold so many.
fn cut_quotient(dividend: Decimal, divisor: Decimal, kept: u32) -> Option<(Decimal, bool)> {
    let shift = (kept + divisor.scale()).checked_sub(dividend.scale())?;
    let dividend = 10i128.checked_pow(shift).and_then(|p| dividend.mantissa().checked_mul(p))?;
    let divisor = divisor.mantissa();
    Some((decimal(dividend / divisor, kept).ok()?, dividend % divisor == 0))
}

/// `−a`.
fn negate(a: &Datum) -> Computed {
    match a {
        Datum::Null => Ok(Datum::Null),
        Datum::Int(_) | Datum::UInt(_) => integer(-a.to_integer().ok_or(NOT_A_NUMBER)?, false),
        _ => number(a).map(|n| Datum::Decimal(Number { digits: -n.digits, scale: n.scale })),
    }
}

/// `ABS(a)`.
fn absolute(a: &Datum) -> Computed {
    match a {
        Datum::Null | Datum::UInt(_) => Ok(a.clone()),
        Datum::Int(i) => i.checked_abs().map(Datum::Int).ok_or(OUT_OF_RANGE),
        _ => number(a).map(|n| Datum::Decimal(Number { digits: n.digits.abs(), scale: n.scale })),
    }
}

/// `a % b`, with the sign of `a`: NULL where either is, or where `b` is zero.
fn modulo(a: &Datum, b: &Datum) -> Computed {
    if matches!(a, Datum::Null) || matches!(b, Datum::Null) {
        return Ok(Datum::Null);
    }
    if let (Some(x), Some(y)) = (a.to_integer(), b.to_integer()) {
        return if y == 0 { Ok(Datum::Null) } else { integer(x % y, matches!(a, Datum::UInt(_))) };
    }
    let (x, y) = (operand(a)?, operand(b)?);
    if y.digits.is_zero() {
        return Ok(Datum::Null);
    }
    let (m, n, scale) = aligned(x.digits, y.digits)?;
    if m < 0 && m % n == 0 {
        return Err("MariaDB shows a remainder of zero with a minus: write ABS(…), or CASE … END");
    }
    shown_with(decimal(m % n, scale)?, x.scale.max(y.scale))
}

/// `a DIV b`, towards zero: NULL where either is, or where `b` is zero.
fn integer_divide(a: &Datum, b: &Datum) -> Computed {
    if matches!(a, Datum::Null) || matches!(b, Datum::Null) {
        return Ok(Datum::Null);
    }
    let unsigned = matches!(a, Datum::UInt(_)) || matches!(b, Datum::UInt(_));
    let (x, y) = (operand(a)?.digits, operand(b)?.digits);
    if y.is_zero() {
        return Ok(Datum::Null);
    }
    let (x, y, _) = aligned(x, y)?;
    integer(x / y, unsigned)
}

/// `ROUND(a, places)`, halves away from zero; an integer stays as it is.
fn round(a: &Datum, places: u32) -> Computed {
    to_places(a, places, RoundingStrategy::MidpointAwayFromZero)
}

/// `TRUNCATE(a, places)`.
fn truncate(a: &Datum, places: u32) -> Computed {
    to_places(a, places, RoundingStrategy::ToZero)
}

fn to_places(a: &Datum, places: u32, strategy: RoundingStrategy) -> Computed {
    match a {
        Datum::Null | Datum::Int(_) | Datum::UInt(_) => Ok(a.clone()),
        Datum::Decimal(n) if n.scale < places => Err(FEWER_DECIMALS),
        _ => Ok(Datum::Decimal(rounded(a, places, strategy)?.into())),
    }
}

/// `FLOOR(a)` or `CEILING(a)`.
fn to_integer(a: &Datum, up: bool) -> Computed {
    let strategy = if up { RoundingStrategy::ToPositiveInfinity } else { RoundingStrategy::ToNegativeInfinity };
    match a {
        Datum::Null | Datum::Int(_) | Datum::UInt(_) => Ok(a.clone()),
        _ => integer(rounded(a, 0, strategy)?.mantissa(), false),
    }
}

/// The same number with so many decimals in print, which are no fewer than it has.
fn rescale(a: &Datum, scale: u32) -> Computed {
    match a {
        Datum::Null => Ok(Datum::Null),
        Datum::Decimal(n) if n.scale >= scale => Ok(a.clone()),
        _ => shown_with(operand(a)?.digits, scale),
    }
}

/// An integer that comes from a signed or an unsigned one: the server has a signed type for both.
fn widen(a: &Datum) -> Datum {
    match a {
        Datum::UInt(u) => i64::try_from(*u).map_or(Datum::Decimal(Decimal::from(*u).into()), Datum::Int),
        _ => a.clone(),
    }
}

/// `CAST(a AS SIGNED)` or `UNSIGNED`: a DECIMAL is rounded.
fn to_whole(a: &Datum, unsigned: bool) -> Computed {
    let whole = match a {
        Datum::Null => return Ok(Datum::Null),
        Datum::Int(_) | Datum::UInt(_) => a.to_integer().ok_or(NOT_A_NUMBER)?,
        // A DOUBLE's halves are rounded to the even neighbour.
        Datum::Double(_) if number(a)?.digits.fract().abs() == Decimal::new(5, 1) => return Err(HALF),
        _ => rounded(a, 0, RoundingStrategy::MidpointAwayFromZero)?.mantissa(),
    };
    integer(whole, unsigned)
}

/// An integer of 64 bits.
pub(super) fn integer(value: i128, unsigned: bool) -> Computed {
    let fits =
        if unsigned { u64::try_from(value).map(Datum::UInt).ok() } else { i64::try_from(value).map(Datum::Int).ok() };
    fits.ok_or(OUT_OF_RANGE)
}

/// `CAST(a AS DECIMAL(precision, scale))`, halves away from zero; what does not fit is an error.
fn to_decimal(a: &Datum, precision: u32, scale: u32) -> Computed {
    if matches!(a, Datum::Null) {
        return Ok(Datum::Null);
    }
    let digits = rounded(a, scale, RoundingStrategy::MidpointAwayFromZero)?;
    if digits.mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) >= precision {
        return Err("the number does not fit the DECIMAL that it is cast to");
    }
    Ok(Datum::Decimal(digits.into()))
}

/// To so many places; an error where it matters whether all digits of a quotient are cut or those that it shows.
fn rounded(a: &Datum, places: u32, strategy: RoundingStrategy) -> Result<Decimal, &'static str> {
    let number = number(a)?;
    let digits = number.shown().round_dp_with_strategy(places, strategy);
    if digits == number.digits.round_dp_with_strategy(places, strategy) {
        with_scale(digits, places)
    } else {
        Err(QUOTIENT)
    }
}

/// An operand that every server computes with alike. It may have fewer digits than it shows, which matters where it is
/// divided.
fn operand(a: &Datum) -> Result<Number, &'static str> {
    let n = number(a)?;
    if n.digits.scale() <= n.scale {
        return Ok(n);
    }
    n.settled().map(Number::from).ok_or(QUOTIENT)
}

/// A number that is shown with so many decimals, no fewer than it has.
fn shown_with(digits: Decimal, scale: u32) -> Computed {
    with_scale(digits, scale)?;
    Ok(Datum::Decimal(Number { digits, scale }))
}

/// An operand as an exact number. A DOUBLE is taken by its shortest decimal form, as the server does.
fn number(a: &Datum) -> Result<Number, &'static str> {
    match a {
        Datum::Decimal(n) => Ok(*n),
        Datum::Double(f) => Decimal::from_str_exact(&f.to_string()).map(Number::from).map_err(|_| TOO_LONG),
        Datum::Time(_) | Datum::Bytes(_) | Datum::Opaque => Err("a date or binary data is not a number"),
        _ => a.to_decimal().map(Number::from).ok_or(NOT_A_NUMBER),
    }
}

fn add(a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    let (a, b, scale) = aligned(a, b)?;
    decimal(a.checked_add(b).ok_or(TOO_LONG)?, scale)
}

/// Two numbers in units of their last decimal place, and how many places that are.
fn aligned(a: Decimal, b: Decimal) -> Result<(i128, i128, u32), &'static str> {
    let scale = a.scale().max(b.scale());
    let lift = |d: Decimal| 10i128.checked_pow(scale - d.scale()).and_then(|p| d.mantissa().checked_mul(p));
    Ok((lift(a).ok_or(TOO_LONG)?, lift(b).ok_or(TOO_LONG)?, scale))
}

fn multiply(a: Decimal, b: Decimal) -> Result<Decimal, &'static str> {
    let product = a.mantissa().checked_mul(b.mantissa()).ok_or(TOO_LONG)?;
    decimal(product, a.scale() + b.scale())
}

/// Adds zeros behind the point; refuses where they do not fit, for `rescale` would drop digits.
pub(super) fn with_scale(mut digits: Decimal, scale: u32) -> Result<Decimal, &'static str> {
    digits.rescale(scale);
    if digits.scale() == scale { Ok(digits) } else { Err(TOO_LONG) }
}

fn decimal(mantissa: i128, scale: u32) -> Result<Decimal, &'static str> {
    Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| TOO_LONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(s: &str) -> Datum {
        Datum::Decimal(s.parse::<Decimal>().unwrap().into())
    }

    fn shown(d: Computed) -> String {
        d.map(|d| d.to_text().map_or("NULL".to_owned(), |t| t.to_string())).unwrap_or_else(str::to_owned)
    }

    #[test]
    fn scales_follow_the_server() {
        assert_eq!(shown(combine(Function::Add, &n("1.5"), &n("2.25"))), "3.75");
        assert_eq!(shown(combine(Function::Multiply, &n("1.50"), &n("2.25"))), "3.3750");
        assert_eq!(shown(combine(Function::Multiply, &n("19.90"), &Datum::UInt(3))), "59.70");
        assert_eq!(shown(divide(&n("10.00"), &Datum::Int(3))), "3.333333");
        assert_eq!(shown(divide(&Datum::Int(2), &Datum::Int(3))), "0.6667");
        assert_eq!(shown(divide(&n("2.00000"), &Datum::Int(3))), "0.666666666");
        assert_eq!(shown(divide(&Datum::Int(2), &n("0.00"))), "NULL");
    }

    #[test]
    fn a_quotient_is_used_only_where_servers_agree() {
        let third = divide(&Datum::Int(1), &Datum::Int(3)).unwrap();
        assert_eq!(shown(round(&third, 4)), "0.3333");
        assert_eq!(shown(round(&third, 2)), "0.33");
        assert_eq!(round(&third, 5), Err(FEWER_DECIMALS));

        assert_eq!(combine(Function::Multiply, &third, &Datum::Int(3)), Err(QUOTIENT));
        let quarter = divide(&Datum::Int(1), &Datum::Int(4)).unwrap();
        assert_eq!(shown(combine(Function::Multiply, &quarter, &Datum::Int(3))), "0.7500");
    }

    #[test]
    fn a_quotient_of_many_decimals_is_cut_where_nothing_depends_on_the_rest() {
        let long = divide(&n("1000.00000000"), &n("3.00000000")).unwrap();
        assert_eq!(shown(Ok(long.clone())), "333.333333333333");
        assert_eq!(shown(round(&long, 2)), "333.33");
        assert_eq!(combine(Function::Add, &long, &Datum::Int(1)), Err(QUOTIENT));
        let product = combine(Function::Multiply, &n("75000000.16000000"), &n("13.00000000")).unwrap();
        assert_eq!(shown(round(&divide(&product, &n("113.00000000")).unwrap(), 2)), "8628318.60");
        assert_eq!(shown(divide(&n("1000.00000000"), &n("-8.00000000"))), "-125.000000000000");
        // What is cut off is all that tells it from 5000000.
        assert_eq!(divide(&n("499999999999999.95000001"), &n("99999999.99999999")), Err(TOO_LONG));
    }

    #[test]
    fn what_is_not_exact_is_an_error() {
        let long = n("0.1234567890123456789");
        assert_eq!(combine(Function::Multiply, &long, &long), Err(TOO_LONG));
        assert_eq!(combine(Function::Add, &n("79228162514264337593543950335"), &n("0.1")), Err(TOO_LONG));
        assert_eq!(combine(Function::Subtract, &Datum::UInt(1), &Datum::Int(2)), Err(OUT_OF_RANGE));
        assert_eq!(combine(Function::Add, &Datum::Int(i64::MAX), &Datum::Int(1)), Err(OUT_OF_RANGE));
        assert!(to_decimal(&n("1000"), 3, 0).is_err());
        assert!(to_whole(&Datum::Int(-1), true).is_err());
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(shown(round(&n("2.345"), 2)), "2.35");
        assert_eq!(shown(round(&n("-2.345"), 2)), "-2.35");
        assert_eq!(shown(to_whole(&n("-2.5"), false)), "-3");
        assert_eq!(shown(to_decimal(&n("1.005"), 10, 2)), "1.01");
        assert_eq!(shown(to_decimal(&Datum::Double(0.1), 10, 4)), "0.1000");
    }
}
