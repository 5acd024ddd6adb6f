//! Where a range begins or ends, in a person's words.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::binlog::position::{From, NoPosition};
use crate::change::Position;

/// Where a range begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Before the first transaction that is still there.
    Earliest,
    /// After this position.
    At(Position),
    /// Before the first transaction that was committed at this time or later.
    Time(Timestamp),
    /// After the last transaction that is there now.
    Now,
}

/// A text that is neither a position nor a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}; or a time (2026-11-20T08:15:00Z, or 2026-11-20 08:15:00 or a day in UTC)")]
pub struct NoPlace(NoPosition);

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Place, NoPlace> {
        // A day has the form of a MariaDB GTID, too, which can be written mariadb:2026-11-20.
        if let Some(day) = day(text.trim()) {
            return Ok(Place::Time(day));
        }
        match text.parse::<From>() {
            Ok(From::Now) => Ok(Place::Now),
            Ok(From::Earliest) => Ok(Place::Earliest),
            Ok(From::At(position)) => Ok(Place::At(position)),
            Err(error) => time(text.trim()).map(Place::Time).ok_or(NoPlace(error)),
        }
    }
}

/// The beginning of a day in UTC, written 2026-11-20.
fn day(text: &str) -> Option<Timestamp> {
    let has_form = text.len() == "2026-11-20".len() && text.find('-') == Some("2026".len());
    let day: Date = text.parse().ok().filter(|_| has_form)?;
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A time with its zone, or one that is taken as UTC.
fn time(text: &str) -> Option<Timestamp> {
    let in_utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse().ok().or_else(in_utc)
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Earliest => f.write_str("earliest"),
            Place::At(position) => position.fmt(f),
            Place::Time(time) => time.fmt(f),
            Place::Now => f.write_str("now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_position_or_a_time() {
        let at = |text: &str| Ok(Place::At(Position(text.to_owned())));
        let morning = Ok(Place::Time("2026-11-20T08:15:00Z".parse().unwrap()));
        let uuid = "434510fa-e6db-11f1-93d7-02fc00000001";
        for (text, place) in [
            ("earliest", Ok(Place::Earliest)),
            ("now", Ok(Place::Now)),
            ("0-1-5,1-2-9", at("mariadb:0-1-5,1-2-9")),
            (&format!("{uuid}:1-5"), at(&format!("mysql:{uuid}:1-5"))),
            ("binlog.000007:154", at("file:binlog.000007:154")),
            ("file:binlog.000007:154#1-4-0000000a", at("file:binlog.000007:154#1-4-0000000a")),
            ("2026-11-20T08:15:00Z", morning.clone()),
            ("2026-11-20T09:15:00+01:00", morning.clone()),
            ("2026-11-20 08:15:00", morning.clone()),
            (" 2026-11-20 08:15 ", morning),
            ("2026-11-20", Ok(Place::Time("2026-11-20T00:00:00Z".parse().unwrap()))),
            ("mariadb:2026-11-20", at("mariadb:2026-11-20")),
            ("2026-11-200", at("mariadb:2026-11-200")),
        ] {
            assert_eq!(text.parse::<Place>(), place, "{text}");
        }
        for text in ["", "soon", "2026-13-20 08:15:00", "08:15:00", "binlog.000007"] {
            let error = text.parse::<Place>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no position: use ")) && error.contains("or a time"));
        }
    }
}
