//! One column's bytes in a row image: how many there are, and what they mean.
//!
//! [`Wire`] comes from the table map's type and metadata alone and is all that is needed to pass over a value; [`Codec`]
//! is built only for columns that are in use. The encodings are those of MySQL's row events (`sql/log_event.cc`,
//! `mysys/decimal.cc`, `mysys/my_time.cc`), which MariaDB shares.

use std::fmt::Write as _;

use jiff::tz::Offset;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::charset::Charset;
use super::compressed;
use super::cursor::{Cursor, Malformed, big_endian, little_endian};
use super::json;
use crate::change::Value;

/// Type codes of the row format (`enum_field_types`); the last two are MariaDB's.
pub(super) mod types {
    pub const TINY: u8 = 1;
    pub const SHORT: u8 = 2;
    pub const LONG: u8 = 3;
    pub const FLOAT: u8 = 4;
    pub const DOUBLE: u8 = 5;
    pub const NULL: u8 = 6;
    pub const TIMESTAMP: u8 = 7;
    pub const LONGLONG: u8 = 8;
    pub const INT24: u8 = 9;
    pub const DATE: u8 = 10;
    pub const TIME: u8 = 11;
    pub const DATETIME: u8 = 12;
    pub const YEAR: u8 = 13;
    pub const NEWDATE: u8 = 14;
    pub const VARCHAR: u8 = 15;
    pub const BIT: u8 = 16;
    pub const TIMESTAMP2: u8 = 17;
    pub const DATETIME2: u8 = 18;
    pub const TIME2: u8 = 19;
    pub const TYPED_ARRAY: u8 = 20;
    pub const VECTOR: u8 = 242;
    pub const JSON: u8 = 245;
    pub const NEWDECIMAL: u8 = 246;
    pub const ENUM: u8 = 247;
    pub const SET: u8 = 248;
    pub const TINY_BLOB: u8 = 249;
    pub const MEDIUM_BLOB: u8 = 250;
    pub const LONG_BLOB: u8 = 251;
    pub const BLOB: u8 = 252;
    pub const VAR_STRING: u8 = 253;
    pub const STRING: u8 = 254;
    pub const GEOMETRY: u8 = 255;
    pub const BLOB_COMPRESSED: u8 = 140;
    pub const VARCHAR_COMPRESSED: u8 = 141;
}

/// A column's type as the table map gives it, ENUM and SET unpacked from STRING.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnType {
    /// The type code.
    pub code: u8,
    /// Precision, digits of the fraction, or bytes, as the type has it.
    pub size: usize,
    /// The scale of a DECIMAL.
    pub scale: usize,
    /// How a value lies in the row.
    pub wire: Wire,
}

/// How many bytes a value takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// Always as many.
    Fixed(usize),
    /// A little-endian length of this many bytes stands before them.
    Prefixed(usize),
}

impl Wire {
    /// Takes one value's bytes, its length prefix left out.
    pub fn take<'a>(self, row: &mut Cursor<'a>) -> Result<&'a [u8], Malformed> {
        match self {
            Wire::Fixed(n) => row.take(n),
            Wire::Prefixed(n) => {
                let length = usize::try_from(row.le(n)?).map_err(|_| row.malformed())?;
                row.take(length)
            }
        }
    }
}

impl ColumnType {
    /// Reads the type's own part of the table map's metadata.
    pub fn read(code: u8, metadata: &mut Cursor<'_>) -> Result<ColumnType, Malformed> {
        use types::*;
        let of = |size: usize, wire: Wire| ColumnType { code, size, scale: 0, wire };
        let fixed = |n: usize| of(n, Wire::Fixed(n));
        Ok(match code {
            NULL => fixed(0),
            TINY | YEAR => fixed(1),
            SHORT => fixed(2),
            INT24 | DATE | NEWDATE | TIME => fixed(3),
            LONG | TIMESTAMP => fixed(4),
            LONGLONG | DATETIME => fixed(8),
            FLOAT | DOUBLE => {
                let n = usize::from(metadata.u8()?);
                if n != 4 && n != 8 {
                    return Err(metadata.malformed());
                }
                fixed(n)
            }
            TIME2 => fractional(code, 3, metadata)?,
            TIMESTAMP2 => fractional(code, 4, metadata)?,
            DATETIME2 => fractional(code, 5, metadata)?,
            BIT => {
                let (bits, bytes) = (metadata.u8()?, metadata.u8()?);
                fixed(usize::from(bytes) + usize::from(bits > 0))
            }
            NEWDECIMAL => decimal(metadata)?,
            VARCHAR | VARCHAR_COMPRESSED => {
                let longest = usize::from(u16::from_le_bytes([metadata.u8()?, metadata.u8()?]));
                of(longest, Wire::Prefixed(if longest > 255 { 2 } else { 1 }))
            }
            TINY_BLOB | MEDIUM_BLOB | LONG_BLOB | BLOB | BLOB_COMPRESSED | JSON | GEOMETRY | VECTOR => {
                let n = usize::from(metadata.u8()?);
                if !(1..=4).contains(&n) {
                    return Err(metadata.malformed());
                }
                of(n, Wire::Prefixed(n))
            }
            STRING | ENUM | SET | VAR_STRING => string(code, metadata)?,
            // What a multi-valued index keeps: a type and its metadata, then a length of four bytes before each array.
            TYPED_ARRAY => {
                let of_type = metadata.u8()?;
                match of_type {
                    VARCHAR => drop(metadata.take(3)?),
                    other => drop(ColumnType::read(other, metadata)?),
                }
                of(0, Wire::Prefixed(4))
            }
            _ => return Err(Malformed("a column type that is not known")),
        })
    }

    /// True where the table map's charset metadata has an entry for this column: MySQL has one for VECTOR, MariaDB for GEOMETRY,
    /// and neither has the other's (measured).
    pub fn is_character(self, mariadb: bool) -> bool {
        use types::*;
        if self.code == if mariadb { GEOMETRY } else { VECTOR } {
            return true;
        }
        matches!(
            self.code,
            VARCHAR
                | STRING
                | VAR_STRING
                | BLOB
                | TINY_BLOB
                | MEDIUM_BLOB
                | LONG_BLOB
                | BLOB_COMPRESSED
                | VARCHAR_COMPRESSED
        )
    }

    /// True where the table map's signedness metadata has a bit for this column: YEAR has, BIT has not (measured on both
    /// servers).
    pub fn is_numeric(self) -> bool {
        use types::*;
        matches!(self.code, TINY | SHORT | INT24 | LONG | LONGLONG | FLOAT | DOUBLE | NEWDECIMAL | YEAR)
    }
}

fn fractional(code: u8, whole: usize, metadata: &mut Cursor<'_>) -> Result<ColumnType, Malformed> {
    let digits = usize::from(metadata.u8()?);
    if digits > 6 {
        return Err(metadata.malformed());
    }
    Ok(ColumnType { code, size: digits, scale: 0, wire: Wire::Fixed(whole + digits.div_ceil(2)) })
}

fn decimal(metadata: &mut Cursor<'_>) -> Result<ColumnType, Malformed> {
    let (precision, scale) = (usize::from(metadata.u8()?), usize::from(metadata.u8()?));
    if scale > precision || precision > 65 {
        return Err(metadata.malformed());
    }
    let bytes = |digits: usize| digits / 9 * 4 + GROUP_BYTES[digits % 9];
    let wire = Wire::Fixed(bytes(precision - scale) + bytes(scale));
    Ok(ColumnType { code: types::NEWDECIMAL, size: precision, scale, wire })
}

/// CHAR and BINARY, and the ENUM and SET that hide in them. Lengths above 255 borrow two inverted bits of the type byte.
fn string(code: u8, metadata: &mut Cursor<'_>) -> Result<ColumnType, Malformed> {
    let (first, second) = (metadata.u8()?, usize::from(metadata.u8()?));
    if matches!(first, types::ENUM | types::SET) || matches!(code, types::ENUM | types::SET) {
        let code = if matches!(first, types::ENUM | types::SET) { first } else { code };
        if !(1..=8).contains(&second) {
            return Err(metadata.malformed());
        }
        return Ok(ColumnType { code, size: second, scale: 0, wire: Wire::Fixed(second) });
    }
    let longest = second | (usize::from((first & 0x30) ^ 0x30) << 4);
    Ok(ColumnType {
        code: types::STRING,
        size: longest,
        scale: 0,
        wire: Wire::Prefixed(if longest > 255 { 2 } else { 1 }),
    })
}

/// What a mapped column's bytes mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Codec {
    /// Two's complement of any width.
    Signed,
    /// Unsigned of any width.
    Unsigned,
    /// FLOAT and DOUBLE, told apart by width.
    Float,
    /// FLOAT(M,D) and DOUBLE(M,D), as they are printed: with so many digits behind the point.
    Fixed(usize),
    /// MySQL's JSON.
    Json,
    /// MariaDB's COMPRESSED column, and what is in it.
    Compressed(Box<Codec>),
    /// Text where it is UTF-8, else bytes: nothing says what it is.
    Untold,
    /// DECIMAL(precision, scale).
    Decimal { precision: usize, scale: usize },
    /// YEAR: years since 1900, 0 being year 0.
    Year,
    /// BIT, big-endian.
    Bit,
    /// DATE.
    Date,
    /// TIME with so many digits of fraction.
    Time(usize),
    /// DATETIME with so many digits of fraction.
    DateTime(usize),
    /// TIMESTAMP with so many digits of fraction, printed in UTC.
    Timestamp(usize),
    /// TIMESTAMP of servers before 5.6.
    OldTimestamp,
    /// TIME of servers before 5.6.
    OldTime,
    /// DATETIME of servers before 5.6.
    OldDateTime,
    /// Text.
    Text(Charset),
    /// VARBINARY, BLOB, GEOMETRY, VECTOR.
    Bytes,
    /// BINARY(n): the row leaves its trailing zeros out.
    Binary(usize),
    /// ENUM: the labels in order, the first being 1.
    Enum(Vec<SmolStr>),
    /// SET: the labels in order, one bit each.
    Set(Vec<SmolStr>),
}

/// Why a value could not be decoded; never holds the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// Bytes that are not of the column's charset.
    Charset,

    /// A label number that the column does not have.
    Label,
    /// Bytes that mean nothing in this type.
    Malformed,
}

impl Codec {
    /// The value of these bytes.
    pub fn decode(&self, bytes: &[u8]) -> Result<Value, Undecodable> {
        Ok(match self {
            Codec::Signed => Value::Int(signed(bytes)),
            Codec::Unsigned => Value::UInt(little_endian(bytes)),
            Codec::Float => float(bytes)?,
            Codec::Fixed(digits) => fixed(&float(bytes)?, *digits),
            Codec::Decimal { precision, scale } => decode_decimal(bytes, *precision, *scale)?,
            Codec::Json => Value::Text(json::read(bytes)?.to_text()?.into()),
            Codec::Compressed(codec) => codec.decode(&compressed::value(bytes).ok_or(Undecodable::Malformed)?)?,
            Codec::Untold => match std::str::from_utf8(bytes) {
                Ok(text) => Value::Text(text.into()),
                Err(_) => Value::Bytes(bytes.into()),
            },
            Codec::Year => Value::Int(match little_endian(bytes) {
                0 => 0,
                since_1900 => 1900 + i64::try_from(since_1900).map_err(|_| Undecodable::Malformed)?,
            }),
            Codec::Bit => {
                let bits = big_endian(bytes);
                i64::try_from(bits).map_or(Value::UInt(bits), Value::Int)
            }
            Codec::Date => {
                let n = little_endian(bytes);
                let mut text = Printed::new();
                text.date(n >> 9, (n >> 5) & 15, n & 31);
                text.value()
            }
            Codec::Time(digits) => decode_time(bytes, *digits)?,
            Codec::DateTime(digits) => decode_datetime(bytes, *digits)?,
            Codec::Timestamp(digits) => decode_timestamp(bytes, *digits)?,
            Codec::OldTimestamp => {
                let seconds: Vec<u8> = bytes.iter().rev().copied().collect();
                decode_timestamp(&seconds, 0)?
            }
            Codec::OldTime => {
                let n = signed(bytes);
                let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
                time(format!("{sign}{:02}:{:02}:{:02}", n / 10_000, n / 100 % 100, n % 100))
            }
            Codec::OldDateTime => {
                let n = little_endian(bytes);
                let (d, t) = (n / 1_000_000, n % 1_000_000);
                let (date, clock) = ((d / 10_000, d / 100 % 100, d % 100), (t / 10_000, t / 100 % 100, t % 100));
                time(format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", date.0, date.1, date.2, clock.0, clock.1, clock.2))
            }
            Codec::Text(_) if bytes.is_empty() => Value::Text(SmolStr::default()),
            Codec::Text(charset) => Value::Text(charset.decode(bytes).ok_or(Undecodable::Charset)?.into()),
            Codec::Bytes => Value::Bytes(bytes.into()),
            Codec::Binary(length) => {
                let mut padded = bytes.to_vec();
                padded.resize((*length).max(bytes.len()), 0);
                Value::Bytes(padded.into())
            }
            Codec::Enum(labels) => match usize::try_from(little_endian(bytes)).map_err(|_| Undecodable::Label)? {
                // The server's mark of a value that was not one of the labels; it prints as the empty text.
                0 => Value::Text("".into()),
                n => Value::Text(labels.get(n - 1).ok_or(Undecodable::Label)?.clone()),
            },
            Codec::Set(labels) => decode_set(little_endian(bytes), labels)?,
        })
    }
}

/// A temporal value from its printed form.
pub(super) fn time(text: String) -> Value {
    Value::Time(text.into())
}

/// Little-endian two's complement of 1 to 8 bytes, MEDIUMINT's three included.
fn signed(bytes: &[u8]) -> i64 {
    let unused = 64 - 8 * u32::try_from(bytes.len().clamp(1, 8)).unwrap_or(8);
    (little_endian(bytes) << unused).cast_signed() >> unused
}

/// A floating point number with so many digits behind its point. The server fills up with zeros what the shortest text of the
/// number has not, and rounds what it has more.
fn fixed(value: &Value, digits: usize) -> Value {
    let number = match value {
        Value::Float(number) => f64::from(*number),
        Value::Double(number) => *number,
        other => return other.clone(),
    };
    let mut text = number.to_string();
    let there = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if there > digits || !number.is_finite() {
        text = format!("{number:.digits$}");
    } else if digits > 0 {
        text.push_str(if there == 0 { "." } else { "" });
        text.extend(std::iter::repeat_n('0', digits - there));
    }
    Value::BigDecimal(text.into())
}

fn float(bytes: &[u8]) -> Result<Value, Undecodable> {
    // No server stores what is not a number.
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(f32::from_le_bytes(four))
            .filter(|f| f.is_finite())
            .map(Value::Float)
            .ok_or(Undecodable::Malformed);
    }
    let eight = <[u8; 8]>::try_from(bytes).map_err(|_| Undecodable::Malformed)?;
    Some(f64::from_le_bytes(eight)).filter(|d| d.is_finite()).map(Value::Double).ok_or(Undecodable::Malformed)
}

/// Bytes that hold 0 to 8 decimal digits; a full group of nine takes four.
const GROUP_BYTES: [usize; 9] = [0, 1, 1, 2, 2, 3, 3, 4, 4];

/// The packed decimal: groups of nine digits in big-endian binary, the short group outermost on either side, the sign
/// in the inverted first bit, negative numbers with all bits inverted. Gives each group with its number of digits.
fn groups(bytes: &[u8], whole: usize, scale: usize, mut take: impl FnMut(u32, usize)) -> Result<bool, Undecodable> {
    let negative = bytes.first().ok_or(Undecodable::Malformed)? & 0x80 == 0;
    let mut at = 0;
    let full = whole / 9 + scale / 9;
    for i in 0..full + 2 {
        let digits = if i == 0 {
            whole % 9
        } else if i <= full {
            9
        } else {
            scale % 9
        };
        let width = if digits == 9 { 4 } else { GROUP_BYTES[digits] };
        let mut group: u32 = 0;
        for i in at..at + width {
            let byte = bytes.get(i).ok_or(Undecodable::Malformed)? ^ if i == 0 { 0x80 } else { 0 };
            group = (group << 8) | u32::from(if negative { !byte } else { byte });
        }
        at += width;
        if group >= POWERS[digits] {
            return Err(Undecodable::Malformed);
        }
        if digits > 0 {
            take(group, digits);
        }
    }
    Ok(negative)
}

/// Ten to the power of 0 to 9.
const POWERS: [u32; 10] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

fn decode_decimal(bytes: &[u8], precision: usize, scale: usize) -> Result<Value, Undecodable> {
    let whole = precision - scale;
    if precision <= 18 {
        let mut mantissa: i64 = 0;
        let negative = groups(bytes, whole, scale, |group, digits| {
            mantissa = mantissa * i64::from(POWERS[digits]) + i64::from(group);
        })?;
        let scale = u32::try_from(scale).unwrap_or(u32::MAX);
        return Ok(Value::Decimal(Decimal::new(if negative { -mantissa } else { mantissa }, scale)));
    }
    let text = decimal_text(bytes, precision, scale)?;
    // Its digits, not only its value, must survive.
    match Decimal::from_str_exact(&text) {
        Ok(number) if number.to_string() == text => Ok(Value::Decimal(number)),
        _ => Ok(Value::BigDecimal(text.into())),
    }
}

/// A packed decimal as the server prints it.
pub(super) fn decimal_text(bytes: &[u8], precision: usize, scale: usize) -> Result<String, Undecodable> {
    let mut digits = String::with_capacity(precision);
    let negative = groups(bytes, precision - scale, scale, |group, width| {
        let _ = write!(digits, "{group:0width$}");
    })?;
    let (whole, fraction) = digits.split_at(precision - scale);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let (sign, dot) = (if negative { "-" } else { "" }, if scale == 0 { "" } else { "." });
    Ok(format!("{sign}{whole}{dot}{fraction}"))
}

/// The longest temporal value: `-838:59:59.000000`, `9999-12-31 23:59:59.999999`.
const PRINTED_BYTES_MAX: usize = 32;

/// A temporal value being printed, without asking for memory.
struct Printed {
    bytes: [u8; PRINTED_BYTES_MAX],
    length: usize,
}

impl Printed {
    fn new() -> Printed {
        Printed { bytes: [0; PRINTED_BYTES_MAX], length: 0 }
    }

    fn push(&mut self, byte: u8) {
        if let Some(next) = self.bytes.get_mut(self.length) {
            *next = byte;
            self.length += 1;
        }
    }

    /// At least `width` digits.
    fn number(&mut self, n: u64, width: u32) {
        for place in (0..width.max(n.checked_ilog10().unwrap_or(0) + 1)).rev() {
            self.push(b'0' + u8::try_from(n / 10_u64.pow(place) % 10).unwrap_or(0));
        }
    }

    fn date(&mut self, year: u64, month: u64, day: u64) {
        self.number(year, 4);
        self.push(b'-');
        self.number(month, 2);
        self.push(b'-');
        self.number(day, 2);
    }

    fn clock(&mut self, hour: u64, minute: u64, second: u64, micros: u64, digits: usize) {
        self.number(hour, 2);
        self.push(b':');
        self.number(minute, 2);
        self.push(b':');
        self.number(second, 2);
        if digits > 0 {
            self.push(b'.');
            let digits = u32::try_from(digits.min(6)).unwrap_or(6);
            self.number(micros / 10_u64.pow(6 - digits), digits);
        }
    }

    fn value(&self) -> Value {
        Value::Time(String::from_utf8_lossy(&self.bytes[..self.length]).as_ref().into())
    }
}

/// The fraction's bytes (big-endian, an even number of digits) as microseconds.
fn micros(bytes: &[u8]) -> u64 {
    match bytes.len() {
        0 => 0,
        1 => big_endian(bytes) * 10_000,
        2 => big_endian(bytes) * 100,
        _ => big_endian(bytes),
    }
}

/// `.25` for 250,000 µs and two digits; nothing for none.
pub(super) fn fraction(micros: u64, digits: usize) -> String {
    if digits == 0 { String::new() } else { format!(".{}", &format!("{micros:06}")[..digits]) }
}

/// TIME2: sign and hour in the top 12 bits of 24, biased by 2^23, then the fraction, which counts upwards even when
/// the whole is negative.
fn decode_time(bytes: &[u8], digits: usize) -> Result<Value, Undecodable> {
    let (whole, rest) = bytes.split_at_checked(3).ok_or(Undecodable::Malformed)?;
    let biased = i64::try_from(big_endian(whole)).map_err(|_| Undecodable::Malformed)? - 0x80_0000;
    // Both parts in one number of 24 + 8 × bytes bits, so that the borrow from the whole comes by itself.
    let width = 8 * rest.len();
    let part = i64::try_from(big_endian(rest)).map_err(|_| Undecodable::Malformed)?;
    let packed = (biased << width) + part;
    let (negative, packed) = (packed < 0, packed.unsigned_abs());
    let whole = packed >> width;
    let fine = packed & ((1 << width) - 1);
    let micros = match rest.len() {
        0 => 0,
        1 => fine * 10_000,
        2 => fine * 100,
        _ => fine,
    };
    let (hour, minute, second) = ((whole >> 12) & 0x3ff, (whole >> 6) & 63, whole & 63);
    if minute > 59 || second > 59 || micros > 999_999 {
        return Err(Undecodable::Malformed);
    }
    let mut text = Printed::new();
    if negative {
        text.push(b'-');
    }
    text.clock(hour, minute, second, micros, digits);
    Ok(text.value())
}

/// DATETIME2: 40 bits biased by 2^39: year × 13 + month, day, hour, minute, second; then the fraction.
fn decode_datetime(bytes: &[u8], digits: usize) -> Result<Value, Undecodable> {
    let (whole, rest) = bytes.split_at_checked(5).ok_or(Undecodable::Malformed)?;
    let n = big_endian(whole).checked_sub(0x80_0000_0000).ok_or(Undecodable::Malformed)?;
    let (months, day, hour, minute, second) = (n >> 22, (n >> 17) & 31, (n >> 12) & 31, (n >> 6) & 63, n & 63);
    let micros = micros(rest);
    if months / 13 > 9999 || hour > 23 || minute > 59 || second > 59 || micros > 999_999 {
        return Err(Undecodable::Malformed);
    }
    let (year, month) = (months / 13, months % 13);
    let mut text = Printed::new();
    text.date(year, month, day);
    text.push(b' ');
    text.clock(hour, minute, second, micros, digits);
    Ok(text.value())
}

/// TIMESTAMP2: big-endian seconds of the Unix epoch (unsigned from MariaDB 11.5 on), then the fraction; 0 is the zero
/// date. The older TIMESTAMP has little-endian seconds and no fraction.
fn decode_timestamp(bytes: &[u8], digits: usize) -> Result<Value, Undecodable> {
    let (whole, rest) = bytes.split_at_checked(4).ok_or(Undecodable::Malformed)?;
    let seconds = i64::try_from(big_endian(whole)).map_err(|_| Undecodable::Malformed)?;
    let micros = micros(rest);
    if micros > 999_999 {
        return Err(Undecodable::Malformed);
    }
    let fraction = fraction(micros, digits);
    if seconds == 0 && micros == 0 {
        return Ok(time(format!("0000-00-00 00:00:00{fraction}")));
    }
    let at = jiff::Timestamp::from_second(seconds).map_err(|_| Undecodable::Malformed)?;
    let at = Offset::UTC.to_datetime(at);
    let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
    let mut text = Printed::new();
    text.date(unsigned(at.year().into()), unsigned(at.month().into()), unsigned(at.day().into()));
    text.push(b' ');
    text.clock(unsigned(at.hour().into()), unsigned(at.minute().into()), unsigned(at.second().into()), micros, digits);
    Ok(text.value())
}

fn decode_set(bits: u64, labels: &[SmolStr]) -> Result<Value, Undecodable> {
    let chosen = (0..64).filter(|bit| bits >> bit & 1 == 1).map(|bit| labels.get(bit).map(|label| &**label));
    let chosen: Option<Vec<&str>> = chosen.collect();
    Ok(Value::Text(chosen.ok_or(Undecodable::Label)?.join(",").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(code: u8, metadata: &[u8]) -> ColumnType {
        ColumnType::read(code, &mut Cursor::new(metadata, "metadata")).unwrap()
    }

    fn text(value: &str) -> Value {
        Value::Time(value.into())
    }

    #[test]
    fn integers_keep_their_sign_at_every_width() {
        assert_eq!(Codec::Signed.decode(&[0xff, 0xff, 0xff]), Ok(Value::Int(-1)));
        assert_eq!(Codec::Signed.decode(&[0, 0, 0x80]), Ok(Value::Int(-8_388_608)));
        assert_eq!(Codec::Unsigned.decode(&[0xff, 0xff, 0xff]), Ok(Value::UInt(16_777_215)));
        assert_eq!(Codec::Signed.decode(&[0x80]), Ok(Value::Int(-128)));
        assert_eq!(Codec::Signed.decode(&[0, 0, 0, 0, 0, 0, 0, 0x80]), Ok(Value::Int(i64::MIN)));
        assert_eq!(Codec::Unsigned.decode(&[0xff; 8]), Ok(Value::UInt(u64::MAX)));
    }

    #[test]
    fn decimals_keep_their_scale() {
        // 1234567890.1234 and its negative: the example of the server's own decimal.cc.
        let ten_four = Codec::Decimal { precision: 14, scale: 4 };
        let bytes = [0x81, 0x0d, 0xfb, 0x38, 0xd2, 0x04, 0xd2];
        assert_eq!(column(types::NEWDECIMAL, &[14, 4]).wire, Wire::Fixed(7));
        assert_eq!(ten_four.decode(&bytes), Ok(Value::Decimal("1234567890.1234".parse().unwrap())));
        let negative = bytes.map(|b| !b);
        assert_eq!(ten_four.decode(&negative), Ok(Value::Decimal("-1234567890.1234".parse().unwrap())));
        let Ok(Value::Decimal(zero)) = (Codec::Decimal { precision: 10, scale: 2 }).decode(&[0x80, 0, 0, 0, 0]) else {
            panic!("zero")
        };
        assert_eq!(zero.to_string(), "0.00");
    }

    #[test]
    fn a_decimal_of_more_than_28_digits_keeps_them() {
        let codec = Codec::Decimal { precision: 36, scale: 0 };
        let nines = [0xbb, 0x9a, 0xc9, 0xff, 0x3b, 0x9a, 0xc9, 0xff, 0x3b, 0x9a, 0xc9, 0xff, 0x3b, 0x9a, 0xc9, 0xff];
        assert_eq!(codec.decode(&nines), Ok(Value::BigDecimal("999999999999999999999999999999999999".into())));
        assert_eq!(codec.decode(&nines[..8]), Err(Undecodable::Malformed));
    }

    #[test]
    fn times_below_zero_borrow_from_the_whole() {
        assert_eq!(Codec::Time(0).decode(&[0x80, 0, 1]), Ok(text("00:00:01")));
        assert_eq!(Codec::Time(0).decode(&[0x7f, 0xff, 0xff]), Ok(text("-00:00:01")));
        // '-00:00:01.25': whole -2, fraction 75 of 100 upwards, as 256 - 25.
        assert_eq!(Codec::Time(2).decode(&[0x7f, 0xff, 0xfe, 0xe7]), Ok(text("-00:00:01.25")));
        assert_eq!(Codec::Time(0).decode(&[0xb4, 0x6e, 0xfb]), Ok(text("838:59:59")));
    }

    #[test]
    fn zero_dates_stay_zero() {
        assert_eq!(Codec::Date.decode(&[0, 0, 0]), Ok(text("0000-00-00")));
        assert_eq!(Codec::DateTime(0).decode(&[0x80, 0, 0, 0, 0]), Ok(text("0000-00-00 00:00:00")));
        assert_eq!(Codec::Timestamp(0).decode(&[0, 0, 0, 0]), Ok(text("0000-00-00 00:00:00")));
        assert_eq!(
            Codec::Timestamp(3).decode(&[0xff, 0xff, 0xff, 0xff, 0x26, 0x16]),
            Ok(text("2106-02-07 06:28:15.975"))
        );
        assert_eq!(Codec::Year.decode(&[0]), Ok(Value::Int(0)));
        assert_eq!(Codec::Year.decode(&[126]), Ok(Value::Int(2026)));
    }

    #[test]
    fn labels_come_from_the_column() {
        let labels: Vec<SmolStr> = vec!["red".into(), "绿".into()];
        assert_eq!(Codec::Enum(labels.clone()).decode(&[2]), Ok(Value::text("绿")));
        assert_eq!(Codec::Enum(labels.clone()).decode(&[0]), Ok(Value::text("")));
        assert_eq!(Codec::Enum(labels.clone()).decode(&[3]), Err(Undecodable::Label));
        assert_eq!(Codec::Set(labels.clone()).decode(&[3]), Ok(Value::text("red,绿")));
        assert_eq!(Codec::Set(labels).decode(&[4]), Err(Undecodable::Label));
    }

    #[test]
    fn binary_gets_its_zeros_back_and_bit_reads_from_the_left() {
        assert_eq!(Codec::Binary(4).decode(&[1, 2]), Ok(Value::Bytes(vec![1, 2, 0, 0].into())));
        assert_eq!(column(types::BIT, &[2, 1]).wire, Wire::Fixed(2));
        assert_eq!(Codec::Bit.decode(&[2, 1]), Ok(Value::Int(513)));
    }

    #[test]
    fn long_chars_borrow_bits_of_the_type() {
        let short = column(types::STRING, &[254, 60]);
        assert_eq!((short.code, short.wire), (types::STRING, Wire::Prefixed(1)));
        let long = column(types::STRING, &[0xce, 0xfc]);
        assert_eq!((long.size, long.wire), (1020, Wire::Prefixed(2)));
        assert_eq!(column(types::STRING, &[247, 1]).code, types::ENUM);
        assert_eq!(column(types::STRING, &[248, 8]).wire, Wire::Fixed(8));
    }
}
