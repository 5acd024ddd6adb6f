//! What must hold before a bridge is attached, found out without changing anything.

use super::grants::{self, Grants};
use super::variables::Variables;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found, as a sentence without a full stop.
    pub what: String,
    /// True when nothing needs to be done.
    pub ok: bool,
    /// What to do about it; with `ok` at most a recommendation, mostly empty.
    pub remedy: String,
}

impl Finding {
    pub(super) fn of(ok: bool, good: &str, bad: &str, remedy: &str) -> Finding {
        let (what, remedy) = if ok { (good, "") } else { (bad, remedy) };
        Finding { what: what.to_owned(), ok, remedy: remedy.to_owned() }
    }
}

/// What the queries of a preflight brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub variables: Variables,
    /// `CURRENT_USER()`.
    pub account: String,
    pub grants: Grants,
    pub database: String,
    /// Could the binlog's files be listed?
    pub lists_binlogs: bool,
    /// The mapped tables that could not be read, and whether they exist as far as the account sees.
    pub unreadable: Vec<String>,
    pub tables: usize,
    /// `binlog_do_db` and `binlog_ignore_db`, as the binlog's status shows them.
    pub filters: (String, String),
}

/// All findings, in the order in which one would mend them.
pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let v = &facts.variables;
    let mut all = vec![login(facts)];
    all.extend(v.required(true));
    all.extend([v.compression(), v.partial_json(), v.metadata(), v.gtid(), v.retention()]);
    all.extend([replication(facts), monitor(facts), select(facts), filter(facts)]);
    all
}

fn login(facts: &Facts) -> Finding {
    let (server, account) = (facts.variables.server(), grants::account(&facts.account));
    let old = match facts.variables.flavour() {
        super::variables::Flavour::MySql => facts.variables.version() < (5, 7),
        super::variables::Flavour::MariaDb => facts.variables.version() < (10, 3),
    };
    Finding::of(
        !old,
        &format!("{account} is logged in to {server}"),
        &format!("{server} is older than what ledgertap reads"),
        "use MySQL 5.7 or MariaDB 10.3, or newer",
    )
}

fn replication(facts: &Facts) -> Finding {
    Finding::of(
        facts.grants.has_global(grants::REPLICATION),
        "the account may read the binlog (REPLICATION SLAVE)",
        "the account may not read the binlog",
        &format!("GRANT REPLICATION SLAVE ON *.* TO {};", grants::account(&facts.account)),
    )
}

fn monitor(facts: &Facts) -> Finding {
    Finding::of(
        facts.lists_binlogs || facts.grants.has_global(grants::MONITOR),
        "the account may ask for the binlog's head (REPLICATION CLIENT)",
        "the account may not ask for the binlog's head",
        &format!("GRANT REPLICATION CLIENT ON *.* TO {};", grants::account(&facts.account)),
    )
}

fn select(facts: &Facts) -> Finding {
    let (account, database) = (grants::account(&facts.account), &facts.database);
    let remedy: Vec<String> =
        facts.unreadable.iter().map(|table| format!("GRANT SELECT ON `{database}`.`{table}` TO {account};")).collect();
    Finding::of(
        facts.unreadable.is_empty(),
        &format!("the account may read the {} mapped tables", facts.tables),
        &format!("the account may not read {} (or they do not exist)", facts.unreadable.join(", ")),
        &remedy.join(" "),
    )
}

fn filter(facts: &Facts) -> Finding {
    let database = &facts.database;
    let among = |list: &str| list.split(',').any(|name| name.trim().eq_ignore_ascii_case(database));
    let (only, never) = &facts.filters;
    let hidden = (!only.is_empty() && !among(only)) || among(never);
    Finding::of(
        !hidden,
        &format!("no filter keeps `{database}` out of the binlog"),
        &format!("binlog_do_db or binlog_ignore_db keeps `{database}` out of the binlog"),
        "take the filter out of the server's configuration and restart it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let pairs = [("version", "10.11.19-MariaDB"), ("log_bin", "ON"), ("binlog_format", "ROW")];
        Facts {
            variables: pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            account: "tap@%".into(),
            grants: Grants::parse(&["GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `tap`@`%`"]),
            database: "shop".into(),
            lists_binlogs: true,
            tables: 2,
            ..Facts::default()
        }
    }

    #[test]
    fn a_good_server_has_nothing_to_mend() {
        let bad: Vec<Finding> = findings(&facts()).into_iter().filter(|f| !f.ok).collect();
        assert_eq!(bad, []);
    }

    #[test]
    fn an_old_server_is_told() {
        let variables = [("version".to_owned(), "5.6.51".to_owned())].into_iter().collect();
        assert!(!login(&Facts { variables, ..facts() }).ok);
        assert!(login(&facts()).what.contains("'tap'@'%' is logged in to MariaDB 10.11.19"));
    }

    #[test]
    fn a_missing_replication_privilege_comes_with_its_grant() {
        let finding = replication(&Facts { grants: Grants::default(), ..facts() });
        assert!(!finding.ok);
        assert_eq!(finding.remedy, "GRANT REPLICATION SLAVE ON *.* TO 'tap'@'%';");
        assert!(replication(&facts()).ok);
    }

    #[test]
    fn a_missing_monitor_privilege_comes_with_its_grant() {
        let finding = monitor(&Facts { grants: Grants::default(), lists_binlogs: false, ..facts() });
        assert_eq!((finding.ok, finding.remedy.as_str()), (false, "GRANT REPLICATION CLIENT ON *.* TO 'tap'@'%';"));
        assert!(monitor(&facts()).ok);
    }

    #[test]
    fn an_unreadable_table_comes_with_its_grant() {
        let finding = select(&Facts { unreadable: vec!["ecs_users".into()], ..facts() });
        assert_eq!((finding.ok, finding.remedy.as_str()), (false, "GRANT SELECT ON `shop`.`ecs_users` TO 'tap'@'%';"));
        assert!(select(&facts()).ok);
    }

    #[test]
    fn a_filter_that_hides_the_database_is_told() {
        let with = |only: &str, never: &str| filter(&Facts { filters: (only.into(), never.into()), ..facts() }).ok;
        assert!(with("", "") && with("other,shop", "") && with("", "other"));
        assert!(!with("other", "") && !with("", "other, shop"));
    }
}
