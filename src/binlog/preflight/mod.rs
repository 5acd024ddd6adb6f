//! What must hold before a bridge is attached, found out without changing anything.
//!
//! `gather` asks; everything else is a pure function from the [`Facts`] to a [`Finding`], a topic a file. What an account
//! may not see is a fact, too: it is said, and is no fault.

mod clock;
mod gather;
mod logs;
mod managed;
mod retention;
mod sessions;
mod tables;
mod topology;

use super::grants::{self, Grants};
use super::variables::{Flavour, Variables};
use crate::change::Position;

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

    /// Nothing to do.
    pub(super) fn good(what: impl Into<String>) -> Finding {
        Finding::advised(what, "")
    }

    /// Nothing that must be done.
    pub(super) fn advised(what: impl Into<String>, advice: impl Into<String>) -> Finding {
        Finding { what: what.into(), ok: true, remedy: advice.into() }
    }

    /// What would lose rows or stop the stream.
    pub(super) fn fix(what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { what: what.into(), ok: false, remedy: remedy.into() }
    }
}

/// What is known of the stream that the preflight is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached {
    /// Where it goes on; `None` before its first start.
    pub position: Option<Position>,
    /// Does a bridge run with its state database? Then it is among the server's replicas.
    pub running: bool,
}

/// What a preflight found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// In the order in which one would mend them.
    pub findings: Vec<Finding>,
    /// All that the account needs, as GRANT statements for this server; empty where the account is not known.
    pub grants: Vec<String>,
}

/// What the queries of a preflight brought. What is `None` could not be seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub variables: Variables,
    /// `CURRENT_USER()`.
    pub account: String,
    pub grants: Grants,
    pub database: String,
    /// The server's address, with its port.
    pub host: String,
    /// Could the binlog's files be listed?
    pub lists_binlogs: bool,
    /// The mapped tables that could not be read, and whether they exist as far as the account sees.
    pub unreadable: Vec<String>,
    pub tables: usize,
    /// `binlog_do_db` and `binlog_ignore_db`, as the binlog's status shows them.
    pub filters: (String, String),
    /// The mapped tables that can be read.
    pub mapped: Vec<tables::Mapped>,
    /// Triggers on mapped tables.
    pub triggers: Option<usize>,
    pub logs: retention::Logs,
    /// What RDS keeps, in hours; `Some(None)` where it keeps nothing for us.
    pub rds_hours: Option<Option<u64>>,
    /// What open sessions have set: variable, value, sessions.
    pub sessions: Option<Vec<(String, String, u64)>>,
    /// The ids of the replicas that are connected.
    pub replicas: Option<Vec<u32>>,
    /// Does the server follow another?
    pub follows: Option<bool>,
    /// The id that the bridge shows.
    pub server_id: u32,
    pub running: bool,
    /// The ids of our connection as the greeting and the server tell them.
    pub connection_ids: Option<(u32, u64)>,
    /// How much the server's clock is ahead of this machine's, in seconds.
    pub clock_ahead: Option<i64>,
}

impl Facts {
    /// All findings, in the order in which one would mend them.
    pub fn findings(&self) -> Vec<Finding> {
        let v = &self.variables;
        let mut all = vec![login(self)];
        all.extend(managed::service(self));
        all.extend(topology::proxy(self));
        all.extend(v.required());
        all.extend([v.compression(), v.partial_json(), v.encryption(), v.metadata(), v.gtid()]);
        all.extend(v.strict_gtids());
        all.extend(retention::findings(self));
        all.extend([replication(self), monitor(self)]);
        // Of a mapping that is not understood no table is known.
        all.extend((self.tables > 0).then(|| select(self)));
        all.push(filter(self));
        all.extend(tables::findings(self));
        all.extend(sessions::findings(self));
        all.extend(topology::findings(self));
        all.extend(clock::skew(self));
        all
    }

    /// The least that the account needs on this server.
    pub fn least_grants(&self, tables: &[String]) -> Vec<String> {
        let (account, database) = (grants::account(&self.account), &self.database);
        let mut all = vec![format!("GRANT REPLICATION SLAVE, {} ON *.* TO {account};", self.monitor_privilege())];
        all.extend(tables.iter().map(|table| format!("GRANT SELECT ON `{database}`.`{table}` TO {account};")));
        all
    }

    fn monitor_privilege(&self) -> &'static str {
        let v = &self.variables;
        let renamed = v.flavour() == Flavour::MariaDb && v.version() >= (10, 5);
        if renamed { "BINLOG MONITOR" } else { "REPLICATION CLIENT" }
    }
}

fn login(facts: &Facts) -> Finding {
    let (server, account) = (facts.variables.server(), grants::account(&facts.account));
    let old = match facts.variables.flavour() {
        Flavour::MySql => facts.variables.version() < (5, 6),
        Flavour::MariaDb => facts.variables.version() < (10, 3),
    };
    Finding::of(
        !old,
        &format!("{account} is logged in to {server}"),
        &format!("{server} is older than what ledgertap reads"),
        "use MySQL 5.6 or MariaDB 10.3, or newer",
    )
}

fn replication(facts: &Facts) -> Finding {
    Finding::of(
        facts.grants.has_global(grants::REPLICATION) || matches!(facts.logs.oldest, Some(Ok(_))),
        "the account may read the binlog (REPLICATION SLAVE)",
        "the account may not read the binlog",
        &format!("GRANT REPLICATION SLAVE ON *.* TO {};", grants::account(&facts.account)),
    )
}

fn monitor(facts: &Facts) -> Finding {
    let privilege = facts.monitor_privilege();
    Finding::of(
        facts.lists_binlogs || facts.grants.has_global(grants::MONITOR),
        &format!("the account may ask for the binlog's head ({privilege})"),
        "the account may not ask for the binlog's head",
        &format!("GRANT {privilege} ON *.* TO {};", grants::account(&facts.account)),
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
pub(super) mod tests {
    use super::*;

    /// As [`facts`], with these variables.
    pub fn with(pairs: &[(&str, &str)]) -> Facts {
        let variables = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Facts { variables, ..facts() }
    }

    /// A MariaDB on which nothing is wrong.
    pub fn facts() -> Facts {
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
        let bad: Vec<Finding> = facts().findings().into_iter().filter(|f| !f.ok).collect();
        assert_eq!(bad, []);
    }

    #[test]
    fn an_old_server_is_told() {
        let variables = [("version".to_owned(), "5.5.62".to_owned())].into_iter().collect();
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
        assert_eq!((finding.ok, finding.remedy.as_str()), (false, "GRANT BINLOG MONITOR ON *.* TO 'tap'@'%';"));
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

    #[test]
    fn the_least_grants_have_the_server_s_own_names() {
        let tables = ["a".to_owned(), "b".to_owned()];
        for (version, privilege) in [
            ("10.11.19-MariaDB", "BINLOG MONITOR"),
            ("10.4.34-MariaDB", "REPLICATION CLIENT"),
            ("5.7.44", "REPLICATION CLIENT"),
            ("9.7.4", "REPLICATION CLIENT"),
        ] {
            let expected = [
                format!("GRANT REPLICATION SLAVE, {privilege} ON *.* TO 'tap'@'%';"),
                "GRANT SELECT ON `shop`.`a` TO 'tap'@'%';".to_owned(),
                "GRANT SELECT ON `shop`.`b` TO 'tap'@'%';".to_owned(),
            ];
            assert_eq!(with(&[("version", version)]).least_grants(&tables), expected, "{version}");
        }
    }
}
