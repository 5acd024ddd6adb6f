//! Dates as the server prints them: `2026-11-20`, `2026-11-20 08:15:00`, `2026-11-20 08:15:00.250`.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// The last second that every supported server's FROM_UNIXTIME knows.
const UNIXTIME_MAX: i128 = i32::MAX as i128;

/// `FROM_UNIXTIME(seconds)` in a session whose time zone is `zone`; `None` is NULL.
pub(super) fn from_unixtime(seconds: i128, zone: &TimeZone) -> Result<Option<String>, &'static str> {
    if seconds < 0 {
        return Ok(None);
    }
    if seconds > UNIXTIME_MAX {
        return Err("the time lies after 2038-01-19, where servers differ");
    }
    let second = i64::try_from(seconds).map_err(|_| "the time is out of range")?;
    let moment = Timestamp::from_second(second).map_err(|_| "the time is out of range")?;
    Ok(Some(zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S").to_string()))
}

/// A TIMESTAMP column, kept in UTC, as a session in `zone` prints it; a zero date stays what it is.
pub(super) fn in_zone(printed: &Arc<str>, zone: &TimeZone) -> Arc<str> {
    let Some((datetime, fraction)) = civil(printed) else { return printed.clone() };
    let Ok(moment) = Offset::UTC.to_timestamp(datetime) else { return printed.clone() };
    format!("{}{fraction}", zone.to_datetime(moment).strftime("%Y-%m-%d %H:%M:%S")).into()
}

/// `DATE(printed)`; `None` where the text is no date.
pub(super) fn date_of(printed: &str) -> Option<&str> {
    shape(printed).then(|| &printed[..10])
}

/// The calendar day; `None` for a zero date and for what is no date.
pub(super) fn day(printed: &str) -> Option<Date> {
    date_of(printed)?.parse().ok()
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
        assert_eq!(from_unixtime(0, &TimeZone::UTC).unwrap().unwrap(), "1970-01-01 00:00:00");
        assert_eq!(from_unixtime(1_795_420_800, shanghai).unwrap().unwrap(), "2026-11-23 16:00:00");
        assert_eq!(from_unixtime(-1, shanghai), Ok(None));
        assert!(from_unixtime(1 << 40, shanghai).is_err());
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
        assert_eq!(date_of("2026-11-20 08:15:00"), Some("2026-11-20"));
        assert_eq!(day("0000-00-00 00:00:00"), None);
    }
}
