//! What sessions have set for themselves: a global setting says nothing of those that are open, or that set their own.

use super::{Facts, Finding};
use crate::binlog::variables::Flavour;

/// What of a session decides whether its changes are in the binlog, and how.
pub const WATCHED: [&str; 3] = ["binlog_format", "binlog_row_image", "sql_log_bin"];

pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = vec![sessions(facts)];
    all.extend(init_connect(facts));
    all
}

fn sessions(facts: &Facts) -> Finding {
    let Some(set) = &facts.sessions else { return unseen(facts) };
    let odd: Vec<String> = set
        .iter()
        .filter(|(name, value, _)| is_odd(name, value))
        .map(|(name, value, n)| format!("{n} with {name} = {value}"))
        .collect();
    Finding::of(
        odd.is_empty(),
        "no open session has a binlog format, a row image or sql_log_bin of its own that hides rows",
        &format!("open sessions change rows that are not whole in the binlog, or not there at all: {}", odd.join(", ")),
        "end them, and find what sets it: SELECT * FROM performance_schema.variables_by_thread JOIN \
         performance_schema.threads USING (thread_id) WHERE variable_name IN ('binlog_format', 'binlog_row_image', \
         'sql_log_bin')",
    )
}

fn is_odd(name: &str, value: &str) -> bool {
    let is = |wanted: &str| value.eq_ignore_ascii_case(wanted);
    match name.to_ascii_lowercase().as_str() {
        "binlog_format" => !is("ROW"),
        "binlog_row_image" => !is("FULL"),
        "sql_log_bin" => is("OFF") || is("0"),
        _ => false,
    }
}

fn unseen(facts: &Facts) -> Finding {
    let v = &facts.variables;
    let why = match v.flavour() {
        Flavour::MariaDb => "MariaDB does not show it",
        Flavour::MySql if v.is("performance_schema", "OFF") => "performance_schema is off",
        Flavour::MySql => "that takes SELECT on performance_schema.variables_by_thread, which is not needed otherwise",
    };
    Finding::good(format!(
        "whether a session has set binlog_format, binlog_row_image or sql_log_bin for itself cannot be seen ({why})"
    ))
}

/// Every session of an ordinary account begins with it.
fn init_connect(facts: &Facts) -> Option<Finding> {
    let statement = facts.variables.get("init_connect").to_ascii_lowercase();
    let set = WATCHED.into_iter().find(|name| statement.contains(name))?;
    Some(Finding::fix(
        format!("init_connect sets {set} in every session"),
        "take it out: SET GLOBAL init_connect = …, in the server's configuration too",
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::with;
    use super::*;

    fn set(all: &[(&str, &str, u64)]) -> Finding {
        let sessions = all.iter().map(|(name, value, n)| ((*name).to_owned(), (*value).to_owned(), *n)).collect();
        sessions_of(&Facts { sessions: Some(sessions), ..Facts::default() })
    }

    fn sessions_of(facts: &Facts) -> Finding {
        super::sessions(facts)
    }

    #[test]
    fn sessions_that_hide_rows_are_counted() {
        assert!(set(&[]).ok);
        assert!(set(&[("binlog_format", "ROW", 9), ("binlog_row_image", "FULL", 9), ("sql_log_bin", "ON", 9)]).ok);
        for odd in [
            ("binlog_format", "STATEMENT", 2),
            ("binlog_format", "MIXED", 2),
            ("binlog_row_image", "MINIMAL", 2),
            ("sql_log_bin", "OFF", 2),
        ] {
            let finding = set(&[("sql_log_bin", "ON", 9), odd]);
            let part = format!("2 with {} = {}", odd.0, odd.1);
            assert!(!finding.ok && finding.what.ends_with(&part), "{finding:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_said_and_is_no_fault() {
        for (pairs, part) in [
            (&[("version", "10.11.19-MariaDB")][..], "MariaDB does not show it"),
            (&[("version", "9.7.4"), ("performance_schema", "OFF")], "performance_schema is off"),
            (
                &[("version", "9.7.4"), ("performance_schema", "ON")],
                "takes SELECT on performance_schema.variables_by_thread",
            ),
        ] {
            let finding = sessions_of(&with(pairs));
            assert!(finding.ok && finding.what.contains(part), "{finding:?}");
        }
    }

    #[test]
    fn init_connect_may_not_touch_the_binlog() {
        let of = |statement| init_connect(&with(&[("init_connect", statement)]));
        assert_eq!(of(""), None);
        assert_eq!(of("SET NAMES utf8mb4"), None);
        let finding = of("SET SQL_LOG_BIN=0").unwrap();
        assert!(!finding.ok && finding.what.contains("sets sql_log_bin"), "{finding:?}");
    }
}
