//! How long the binlog is kept, how far back it goes, and how long the stream's own place in it will last.

use super::managed::{Service, service_of};
use super::{Facts, Finding, topology};

/// Less than this much binlog is too little to mend anything at a weekend's end, in seconds.
const RETENTION_MIN: u64 = 24 * 3600;

/// As much as a long weekend takes is better.
const RETENTION_GOOD: u64 = 72 * 3600;

/// A place that is purged sooner than this needs a person now, in seconds.
const LEFT_MIN: i64 = 6 * 3600;

/// What the binlog's files say.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    /// The server's clock, in seconds of the Unix epoch.
    pub now: i64,
    /// When the oldest file was begun, or why its first event could not be read: what, and what to do about it. `None`
    /// where the account may not.
    pub oldest: Option<Result<i64, (String, String)>>,
    /// All files together.
    pub bytes: u64,
    /// Where the stream's position lies; `None` where it has none.
    pub place: Option<Place>,
}

/// Where a position lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file that the server writes to.
    Written,
    /// In a file that was closed at this time, in seconds of the Unix epoch.
    Closed(i64),
    /// Not in this server's binlog: what is wrong, and what to do about it.
    Lost(String, String),
    /// That could not be seen.
    Unseen,
}

/// For how long a server keeps what is in a file that it has closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Seconds(u64),
    Always,
    /// No longer than the service itself needs it.
    NotForUs,
    Unknown,
}

pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = vec![retention(facts)];
    all.extend(by_size(facts));
    all.extend(oldest(facts));
    all.extend(place(facts));
    all
}

fn kept(facts: &Facts) -> Kept {
    match (service_of(facts), facts.variables.retention_seconds()) {
        (Some(Service::Rds | Service::Aurora), _) => match facts.rds_hours {
            Some(Some(hours)) if hours > 0 => Kept::Seconds(hours * 3600),
            Some(_) => Kept::NotForUs,
            None => Kept::Unknown,
        },
        (Some(Service::Alibaba | Service::CloudSql), _) => Kept::Unknown,
        (Some(Service::Azure), 0) => Kept::NotForUs,
        (_, 0) => Kept::Always,
        (_, seconds) => Kept::Seconds(seconds),
    }
}

fn retention(facts: &Facts) -> Finding {
    let remedy = service_of(facts)
        .map_or("raise binlog_expire_logs_seconds (or expire_logs_days) to several days", Service::retention);
    match kept(facts) {
        Kept::Always => Finding::good("the binlog is kept without limit"),
        Kept::Seconds(seconds @ RETENTION_MIN..RETENTION_GOOD) => {
            Finding::advised(format!("the binlog is kept for {}", span(seconds)), format!("better: {remedy}"))
        }
        Kept::Seconds(seconds) => Finding::of(
            seconds >= RETENTION_MIN,
            &format!("the binlog is kept for {}", span(seconds)),
            &format!("the binlog is kept for {} only: a bridge that is down for longer loses its place", span(seconds)),
            remedy,
        ),
        Kept::NotForUs => Finding::fix("the service purges the binlog as soon as it needs it no more", remedy),
        Kept::Unknown => Finding::advised(
            "how long the service keeps the binlog cannot be seen from here",
            format!("better: {remedy}"),
        ),
    }
}

/// Percona Server and MariaDB 11.4 can purge by size, too, whatever the time says.
fn by_size(facts: &Facts) -> Option<Finding> {
    let limit =
        ["binlog_space_limit", "max_binlog_total_size"].iter().find_map(|name| facts.variables.get(name).parse().ok());
    let limit: u64 = limit.filter(|bytes| *bytes > 0)?;
    let what = format!("the binlog is purged by size, too, at {} MiB", limit >> 20);
    let remedy = "raise binlog_space_limit (max_binlog_total_size) to several days of binlog";
    let Some(age) = age(facts).filter(|_| facts.logs.bytes > 0) else {
        return Some(Finding::advised(what, format!("better: {remedy}")));
    };
    let lasts = u128::from(limit) * u128::from(age) / u128::from(facts.logs.bytes);
    let lasts = u64::try_from(lasts).unwrap_or(u64::MAX);
    let what = format!("{what}: {} at the pace of what is there", span(lasts));
    Some(Finding::of(lasts >= RETENTION_MIN, &what, &what, remedy))
}

/// How long ago the oldest file was begun, in seconds.
fn age(facts: &Facts) -> Option<u64> {
    match facts.logs.oldest {
        Some(Ok(began)) => Some(u64::try_from(facts.logs.now - began).unwrap_or(0)),
        _ => None,
    }
}

fn oldest(facts: &Facts) -> Option<Finding> {
    match (&facts.logs.oldest, age(facts)) {
        (_, Some(age)) => {
            Some(Finding::good(format!("the oldest binlog that is still there begins {} ago", span(age))))
        }
        // Then the proxy is what there is to mend.
        (Some(Err(_)), _) if topology::is_proxied(facts) => None,
        (Some(Err((what, remedy))), _) => Some(Finding::fix(what.clone(), remedy.clone())),
        (None, _) if !facts.variables.is("log_bin", "ON") => None,
        _ => Some(Finding::good("how old the oldest binlog is cannot be seen without the privileges for the binlog")),
    }
}

fn place(facts: &Facts) -> Option<Finding> {
    let (place, kept) = (facts.logs.place.as_ref()?, kept(facts));
    let down = if facts.running { "if the bridge falls behind" } else { "start the bridge" };
    Some(match (place, kept) {
        (Place::Lost(what, remedy), _) => Finding::fix(what.clone(), remedy.clone()),
        (Place::Unseen, _) => Finding::good("where the stream's position lies in the binlog cannot be seen"),
        (Place::Written, Kept::Seconds(seconds)) => Finding::good(format!(
            "the stream's position is in the binlog that is being written: it lasts {} at the least",
            span(seconds)
        )),
        (Place::Written, _) => Finding::good("the stream's position is in the binlog that is being written"),
        (_, Kept::Always) => Finding::good("the stream's position is in the binlog, which is kept without limit"),
        (Place::Closed(at), Kept::Seconds(seconds)) => {
            let left = at + i64::try_from(seconds).unwrap_or(i64::MAX - at) - facts.logs.now;
            let lasts = u64::try_from(left).unwrap_or(0);
            let what = match lasts {
                0 => "the stream's position may be purged at any moment".to_owned(),
                _ => format!("the stream's position lasts {} more before its binlog is purged", span(lasts)),
            };
            let remedy =
                format!("raise the binlog's retention now, then {down}: what is purged before it is read is lost");
            Finding::of(left >= LEFT_MIN, &what, &what, &remedy)
        }
        (Place::Closed(at), Kept::NotForUs | Kept::Unknown) => {
            let since = span(u64::try_from(facts.logs.now - at).unwrap_or(0));
            Finding::advised(
                format!("the stream's position is in a binlog that was closed {since} ago, and may be purged"),
                "better: start the bridge soon",
            )
        }
    })
}

/// Hours, or minutes where it is less than two.
fn span(seconds: u64) -> String {
    if seconds < 2 * 3600 { format!("{} min", seconds / 60) } else { format!("{} h", seconds / 3600) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::with;
    use super::*;

    const HOUR: i64 = 3600;

    fn kept_for(pairs: &[(&str, &str)]) -> Finding {
        retention(&with(pairs))
    }

    #[test]
    fn the_binlog_is_kept_for_a_day() {
        let seconds = "binlog_expire_logs_seconds";
        let short = kept_for(&[(seconds, "3600")]);
        assert!(!short.ok && short.what.contains("for 60 min only") && short.remedy.contains(seconds), "{short:?}");
        assert!(kept_for(&[(seconds, "2592000")]).ok);
        assert_eq!(
            kept_for(&[(seconds, "0"), ("expire_logs_days", "0")]),
            Finding::good("the binlog is kept without limit")
        );
        assert_eq!(kept_for(&[("expire_logs_days", "10")]), Finding::good("the binlog is kept for 240 h"));
        let short = kept_for(&[("expire_logs_days", "2")]);
        assert!(short.ok && short.what.contains("48 h") && short.remedy.starts_with("better: raise"), "{short:?}");
        assert!(!kept_for(&[("expire_logs_days", "0.500000")]).ok);
        assert!(kept_for(&[(seconds, "60"), ("binlog_expire_logs_auto_purge", "OFF")]).ok);
    }

    #[test]
    fn a_service_that_keeps_the_binlog_itself_is_asked_in_its_own_way() {
        let rds = |rds_hours| retention(&Facts { rds_hours, ..with(&[("basedir", "/rdsdbbin/mysql-8.0.40/")]) });
        assert_eq!(rds(Some(Some(72))), Finding::good("the binlog is kept for 72 h"));
        for short in [rds(Some(None)), rds(Some(Some(0))), rds(Some(Some(3)))] {
            assert!(!short.ok && short.remedy.contains("mysql.rds_set_configuration"), "{short:?}");
        }
        let unseen = rds(None);
        assert!(unseen.ok && unseen.remedy.contains("mysql.rds_set_configuration"), "{unseen:?}");
        let azure = |seconds| {
            let facts = with(&[("binlog_expire_logs_seconds", seconds)]);
            retention(&Facts { host: "shop.mysql.database.azure.com:3306".into(), ..facts })
        };
        assert!(azure("172800").ok && !azure("0").ok);
    }

    #[test]
    fn a_limit_by_size_is_told_in_hours() {
        let limited = |bytes, age| {
            let logs = Logs { now: 1_000_000, oldest: Some(Ok(1_000_000 - age)), bytes, place: None };
            by_size(&Facts { logs, ..with(&[("binlog_space_limit", "1073741824")]) }).unwrap()
        };
        let (enough, short) = (limited(1 << 28, 10 * HOUR), limited(1 << 30, 10 * HOUR));
        assert_eq!((enough.ok, short.ok), (true, false));
        assert!(short.what.contains("at 1024 MiB: 10 h at the pace"), "{short:?}");
        assert_eq!(by_size(&with(&[("binlog_space_limit", "0")])), None);
    }

    #[test]
    fn the_oldest_binlog_has_an_age() {
        let aged = |oldest| oldest_of(Logs { now: 100 * HOUR, oldest, ..Logs::default() });
        assert_eq!(
            aged(Some(Ok(63 * HOUR))),
            Some(Finding::good("the oldest binlog that is still there begins 37 h ago"))
        );
        let refused = aged(Some(Err(("the binlog cannot be opened".into(), "mend it".into()))));
        assert_eq!(refused, Some(Finding::fix("the binlog cannot be opened", "mend it")));
        assert!(aged(None).unwrap().ok, "a missing privilege has its own line");
    }

    fn oldest_of(logs: Logs) -> Option<Finding> {
        oldest(&Facts { logs, ..with(&[("log_bin", "ON")]) })
    }

    #[test]
    fn a_position_has_hours_left() {
        let day = [("binlog_expire_logs_seconds", "86400")];
        let of = |place: Place, pairs: &[(&str, &str)]| {
            let logs = Logs { now: 100 * HOUR, place: Some(place), ..Logs::default() };
            place_of(&Facts { logs, ..with(pairs) })
        };
        for (place, ok, part) in [
            (Place::Written, true, "it lasts 24 h at the least"),
            (Place::Closed(90 * HOUR), true, "lasts 14 h more"),
            (Place::Closed(80 * HOUR), false, "lasts 4 h more"),
            (Place::Closed(77 * HOUR), false, "lasts 60 min more"),
            (Place::Closed(60 * HOUR), false, "may be purged at any moment"),
            (Place::Lost("the position is purged".into(), "begin anew".into()), false, "is purged"),
            (Place::Unseen, true, "cannot be seen"),
        ] {
            let finding = of(place, &day);
            assert!(finding.ok == ok && finding.what.contains(part) && finding.remedy.is_empty() == ok, "{finding:?}");
        }
        assert!(of(Place::Closed(0), &[]).what.contains("without limit"));
        let rds = of(Place::Closed(90 * HOUR), &[("basedir", "/rdsdbbin/mysql/")]);
        assert!(rds.ok && rds.what.contains("closed 10 h ago"), "{rds:?}");
        assert_eq!(place(&with(&day)), None, "before the first start there is none");
    }

    fn place_of(facts: &Facts) -> Finding {
        place(facts).unwrap()
    }
}
