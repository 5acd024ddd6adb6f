//! Dates as the server prints them: `2026-11-20`, `2026-11-20 08:15:00`, `2026-11-20 08:15:00.250`.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::{Span, Timestamp};

use super::datum::Datum;
use super::expr::{Function, Unit};
use super::settings::zone_named;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// The last second that every supported server's FROM_UNIXTIME knows.
const UNIXTIME_MAX: i128 = i32::MAX as i128;
/// More units than any two dates lie apart.
const SHIFT_MAX: u64 = 1 << 40;
/// `2026-11-20 08:15:00`.
const DATETIME_CHARS: usize = 19;

const NO_DATE: &str = "the text is not a date";
const ZERO_DATE: &str = "this is a zero date, which is no day of the calendar";

/// `FROM_UNIXTIME(seconds)` in a session whose time zone is `zone`; `None` is NULL.
pub(super) fn from_unixtime(seconds: i128, zone: &TimeZone) -> Result<Option<String>, &'static str> {
    if seconds < 0 {
        return Ok(None);
    }
    if seconds == 0 {
        return Err(
            "servers differ in FROM_UNIXTIME(0), which is NULL on MariaDB from 11.5 on: write FROM_UNIXTIME(NULLIF(…, 0))",
        );
    }
    if seconds > UNIXTIME_MAX {
        return Err("the time lies after 2038-01-19, where servers differ");
    }
    let second = i64::try_from(seconds).map_err(|_| "the time is out of range")?;
    let moment = Timestamp::from_second(second).map_err(|_| "the time is out of range")?;
    Ok(Some(print(zone.to_datetime(moment))))
}

/// A TIMESTAMP column, kept in UTC, as a session in `zone` prints it; a zero date stays what it is.
pub(super) fn in_zone(printed: &Arc<str>, zone: &TimeZone) -> Arc<str> {
    let Some((datetime, fraction)) = civil(printed) else { return printed.clone() };
    let Ok(moment) = Offset::UTC.to_timestamp(datetime) else { return printed.clone() };
    format!("{}{fraction}", print(zone.to_datetime(moment))).into()
}

/// Calls a function of dates; its first argument is one, in print or as a text.
pub(super) fn call(function: Function, args: &[Datum], zone: &TimeZone) -> Result<Datum, &'static str> {
    if args.iter().any(|a| matches!(a, Datum::Null)) {
        return Ok(Datum::Null);
    }
    let text = args[0].to_text().ok_or(NO_DATE)?;
    if function == Function::FromUnixtime {
        let seconds = args[0].to_integer().ok_or("a Unix time is an integer")?;
        return Ok(from_unixtime(seconds, zone)?.map_or(Datum::Null, |t| Datum::Time(t.into())));
    }
    // A column may hold a date that no calendar has; a text that is none makes the server warn.
    if !shape(&text) || matches!(args[0], Datum::Text(_)) && moment(&text).is_none() {
        return Err(NO_DATE);
    }
    match function {
        Function::Date | Function::CastDate => Ok(Datum::Time(text[..10].into())),
        Function::CastDatetime => lengthen(&text, DATETIME_CHARS).map(Datum::Time),
        Function::Lengthen(chars) => lengthen(&text, chars as usize).map(Datum::Time),
        Function::Part(unit) => Ok(Datum::Int(part(&text, unit))),
        Function::DateFormat => {
            let format = args[1].to_text().ok_or("a format is a text")?;
            date_format(moment(&text).ok_or(ZERO_DATE)?, &text, &format).map(Datum::text)
        }
        Function::Shift(unit, back) => {
            let count = args[1].to_integer().ok_or("an INTERVAL is an integer number of units")?;
            shift(&text, if back { -count } else { count }, unit).map(Datum::Time)
        }
        Function::UnixTimestamp => unix_timestamp(&text, zone).map(Datum::Int),
        _ => convert_tz(&text, &args[1], &args[2]).map(Datum::Time),
    }
}

/// The calendar day; `None` for a zero date and for what is no date.
pub(super) fn day(printed: &str) -> Option<Date> {
    shape(printed).then(|| printed[..10].parse().ok()).flatten()
}

/// The calendar time, whole seconds; `None` for a zero date and for what is no date.
pub(super) fn moment(printed: &str) -> Option<DateTime> {
    let whole = complete(printed.get(..DATETIME_CHARS.min(printed.len()))?);
    shape(printed).then(|| whole[..DATETIME_CHARS].parse().ok()).flatten().filter(|m: &DateTime| m.year() > 0)
}

/// With so many characters: a date gets its midnight, a fraction more digits, or none where it is zero.
fn lengthen(printed: &str, chars: usize) -> Result<Arc<str>, &'static str> {
    let complete = complete(printed);
    if complete[chars..].trim_matches(['0', '.']).is_empty() || chars >= printed.len() {
        Ok(complete[..chars].into())
    } else {
        Err("servers differ in cutting fractions of a second: write LEFT(…, 19)")
    }
}

/// YEAR, MONTH, DAY, HOUR, MINUTE, SECOND.
fn part(printed: &str, unit: Unit) -> i64 {
    let digits = match unit {
        Unit::Year => 0..4,
        Unit::Month => 5..7,
        Unit::Day => 8..10,
        Unit::Hour => 11..13,
        Unit::Minute => 14..16,
        Unit::Second => 17..19,
    };
    complete(printed)[digits].parse().unwrap_or(0)
}

fn shift(printed: &str, count: i128, unit: Unit) -> Result<Arc<str>, &'static str> {
    const RANGE: &str = "the date that results is out of range";
    let at = moment(printed).ok_or(ZERO_DATE)?;
    let count = i64::try_from(count).ok().filter(|n| n.unsigned_abs() < SHIFT_MAX).ok_or(RANGE)?;
    let span = match unit {
        Unit::Second => Span::new().try_seconds(count),
        Unit::Minute => Span::new().try_minutes(count),
        Unit::Hour => Span::new().try_hours(count),
        Unit::Day => Span::new().try_days(count),
        Unit::Month => Span::new().try_months(count),
        Unit::Year => Span::new().try_years(count),
    };
    let moved = span.and_then(|s| at.checked_add(s)).map_err(|_| RANGE)?;
    if moved.year() < 1 {
        return Err(RANGE);
    }
    let whole_days = matches!(unit, Unit::Day | Unit::Month | Unit::Year);
    Ok(match printed.get(DATETIME_CHARS..) {
        Some(fraction) => format!("{}{fraction}", print(moved)),
        None if whole_days => moved.strftime("%Y-%m-%d").to_string(),
        None => print(moved),
    }
    .into())
}

/// DATE_FORMAT with English names.
fn date_format(at: DateTime, printed: &str, format: &str) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let hour = match at.hour() % 12 {
            0 => 12,
            h => h,
        };
        let half = if at.hour() < 12 { "AM" } else { "PM" };
        match chars.next() {
            Some('Y') => out += &format!("{:04}", at.year()),
            Some('y') => out += &format!("{:02}", at.year() % 100),
            Some('m') => out += &format!("{:02}", at.month()),
            Some('c') => out += &at.month().to_string(),
            Some('d') => out += &format!("{:02}", at.day()),
            Some('e') => out += &at.day().to_string(),
            Some('H') => out += &format!("{:02}", at.hour()),
            Some('k') => out += &at.hour().to_string(),
            Some('h' | 'I') => out += &format!("{hour:02}"),
            Some('l') => out += &hour.to_string(),
            Some('i') => out += &format!("{:02}", at.minute()),
            Some('s' | 'S') => out += &format!("{:02}", at.second()),
            Some('f') => out += &complete(printed)[DATETIME_CHARS + 1..],
            Some('p') => out += half,
            Some('T') => out += &at.strftime("%H:%M:%S").to_string(),
            Some('r') => out += &format!("{hour:02}:{:02}:{:02} {half}", at.minute(), at.second()),
            Some('M') => out += &at.strftime("%B").to_string(),
            Some('b') => out += &at.strftime("%b").to_string(),
            Some('W') => out += &at.strftime("%A").to_string(),
            Some('a') => out += &at.strftime("%a").to_string(),
            Some('w') => out += &at.weekday().to_sunday_zero_offset().to_string(),
            Some('j') => out += &format!("{:03}", at.day_of_year()),
            Some('%') => out.push('%'),
            _ => return Err("this format of DATE_FORMAT is not supported: write %Y %m %d %H %i %s and the like"),
        }
    }
    Ok(out)
}

fn unix_timestamp(printed: &str, zone: &TimeZone) -> Result<i64, &'static str> {
    let at = moment(printed).ok_or(ZERO_DATE)?;
    let seconds = in_utc(at, zone)?.as_second();
    if printed.len() > DATETIME_CHARS || !(1..=UNIXTIME_MAX).contains(&seconds.into()) {
        return Err("servers differ in UNIX_TIMESTAMP of a time outside 1970 to 2038, or with a fraction");
    }
    Ok(seconds)
}

fn convert_tz(printed: &str, from: &Datum, to: &Datum) -> Result<Arc<str>, &'static str> {
    let zone = |name: &Datum| name.to_text().and_then(|n| zone_named(&n)).ok_or("CONVERT_TZ knows no such zone");
    let (from, to) = (zone(from)?, zone(to)?);
    let at = moment(printed).ok_or(ZERO_DATE)?;
    let moment = in_utc(at, &from)?;
    if !(1..=UNIXTIME_MAX).contains(&moment.as_second().into()) {
        return Err("servers differ in CONVERT_TZ of a time outside 1970 to 2038");
    }
    let fraction = printed.get(DATETIME_CHARS..).unwrap_or_default();
    Ok(format!("{}{fraction}", print(to.to_datetime(moment))).into())
}

/// The moment at which a zone's clocks show a time.
fn in_utc(at: DateTime, zone: &TimeZone) -> Result<Timestamp, &'static str> {
    zone.to_ambiguous_timestamp(at).unambiguous().map_err(|_| "the zone's clocks skip this time, or show it twice")
}

fn print(at: DateTime) -> String {
    format!("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", at.year(), at.month(), at.day(), at.hour(), at.minute(), at.second())
}

/// Order of two dates in print; `None` where either is none. A date is its midnight.
pub(super) fn order(a: &str, b: &str) -> Option<Ordering> {
    (shape(a) && shape(b)).then(|| complete(a).cmp(&complete(b)))
}

/// True for `YYYY-MM-DD`, with a time and a fraction or without.
fn shape(s: &str) -> bool {
    let digit_at = |i: usize| s.as_bytes()[i].is_ascii_digit();
    let plain = |pattern: &str| {
        s.len() >= pattern.len()
            && pattern.bytes().enumerate().all(|(i, p)| if p == b'9' { digit_at(i) } else { s.as_bytes()[i] == p })
    };
    match s.len() {
        10 => plain("9999-99-99"),
        19 => plain("9999-99-99 99:99:99"),
        21..=26 => plain("9999-99-99 99:99:99.9") && s.as_bytes()[20..].iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// With a time and six digits behind the second, so that the order of texts is the order of times.
fn complete(s: &str) -> String {
    const ZERO: &str = "0000-00-00 00:00:00.000000";
    format!("{s}{}", &ZERO[s.len()..])
}

/// A calendar time, and its fraction in print.
fn civil(printed: &str) -> Option<(DateTime, &str)> {
    if !shape(printed) || printed.len() < 19 {
        return None;
    }
    let datetime = printed[..19].parse().ok()?;
    Some((datetime, &printed[19..]))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    #[test]
    fn unixtime_is_printed_in_the_shops_zone() {
        let shanghai = &TimeZone::fixed(Offset::constant(8));
        assert_eq!(from_unixtime(1, &TimeZone::UTC).unwrap().unwrap(), "1970-01-01 00:00:01");
        assert_eq!(from_unixtime(1_795_420_800, shanghai).unwrap().unwrap(), "2026-11-23 16:00:00");
        assert_eq!(from_unixtime(-1, shanghai), Ok(None));
        assert!(from_unixtime(1 << 40, shanghai).is_err());
    }

    #[test]
    fn the_unix_time_0_is_refused_both_ways() {
        let shanghai = &TimeZone::fixed(Offset::constant(8));
        assert!(from_unixtime(0, shanghai).unwrap_err().contains("NULLIF"));
        assert!(unix_timestamp("1970-01-01 08:00:00", shanghai).is_err());
        assert_eq!(unix_timestamp("1970-01-01 08:00:01", shanghai), Ok(1));
    }

    #[test]
    fn summer_time_is_the_zones_own() {
        let paris = &TimeZoneDatabase::bundled().get("Europe/Paris").unwrap();
        assert_eq!(from_unixtime(1_774_745_999, paris).unwrap().unwrap(), "2026-03-29 01:59:59");
        assert_eq!(from_unixtime(1_774_746_000, paris).unwrap().unwrap(), "2026-03-29 03:00:00");
        assert_eq!(&*in_zone(&"2026-07-01 10:00:00.5".into(), paris), "2026-07-01 12:00:00.5");
    }

    #[test]
    fn a_timestamp_moves_and_a_zero_date_does_not() {
        let shanghai = &TimeZone::fixed(Offset::constant(8));
        assert_eq!(&*in_zone(&"2026-11-20 20:00:00.25".into(), shanghai), "2026-11-21 04:00:00.25");
        assert_eq!(&*in_zone(&"0000-00-00 00:00:00".into(), shanghai), "0000-00-00 00:00:00");
    }

    #[test]
    fn dates_compare_with_times() {
        assert_eq!(order("2026-11-20", "2026-11-20 00:00:00.0"), Some(Ordering::Equal));
        assert_eq!(order("2026-11-20", "2026-11-20 00:00:01"), Some(Ordering::Less));
        assert_eq!(order("2026-11-20", "20261120"), None);
        assert_eq!(day("0000-00-00 00:00:00"), None);
    }
}
