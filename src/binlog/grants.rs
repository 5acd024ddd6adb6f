//! What an account may do, as `SHOW GRANTS` says it.

/// The privileges of one `GRANT … ON …` line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    privileges: Vec<String>,
    /// `*.*`, `db.*` or `db.table`, without quotes.
    on: String,
}

/// All lines of `SHOW GRANTS`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Grants(Vec<Grant>);

impl Grants {
    /// Reads the lines; those of another form (roles, proxies) give nothing.
    pub fn parse<S: AsRef<str>>(lines: &[S]) -> Grants {
        Grants(lines.iter().filter_map(|line| parse_line(line.as_ref())).collect())
    }

    /// True where one of these privileges is granted for everything.
    pub fn has_global(&self, any: &[&str]) -> bool {
        let named = |p: &String| p == "ALL PRIVILEGES" || p == "ALL" || p == "SUPER" || any.contains(&p.as_str());
        self.0.iter().any(|grant| grant.on == "*.*" && grant.privileges.iter().any(named))
    }

    /// True where this privilege is granted for everything, or for all of the database.
    pub fn has_on(&self, privilege: &str, database: &str) -> bool {
        let named = |p: &String| p == "ALL PRIVILEGES" || p == "ALL" || p == privilege;
        let all_of = format!("{database}.*");
        let covers = |on: &str| on == "*.*" || on.replace('\\', "") == all_of;
        self.0.iter().any(|grant| covers(&grant.on) && grant.privileges.iter().any(named))
    }
}

fn parse_line(line: &str) -> Option<Grant> {
    let (privileges, rest) = line.strip_prefix("GRANT ")?.split_once(" ON ")?;
    let (on, _) = rest.split_once(" TO ")?;
    let privileges = privileges.split(',').map(|p| p.trim().to_ascii_uppercase()).collect();
    Some(Grant { privileges, on: on.replace('`', "") })
}

/// What reading the binlog needs; MariaDB knows it by two names.
pub(super) const REPLICATION: &[&str] = &["REPLICATION SLAVE", "REPLICATION REPLICA"];

/// What asking for the binlog's head needs; MariaDB renamed it in 10.5.
pub(super) const MONITOR: &[&str] = &["REPLICATION CLIENT", "BINLOG MONITOR"];

/// `CURRENT_USER()` as a GRANT names it.
pub(super) fn account(current_user: &str) -> String {
    let (user, host) = current_user.rsplit_once('@').unwrap_or((current_user, "%"));
    format!("'{}'@'{}'", user.replace('\'', "''"), host.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read_from_both_servers() {
        let mysql = Grants::parse(&["GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `tap`@`%`"]);
        assert!(mysql.has_global(REPLICATION) && mysql.has_global(MONITOR));
        let maria = Grants::parse(&["GRANT BINLOG MONITOR ON *.* TO `tap`@`%` IDENTIFIED BY PASSWORD '*X'"]);
        assert!(maria.has_global(MONITOR) && !maria.has_global(REPLICATION));
        let root = Grants::parse(&["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"]);
        assert!(root.has_global(REPLICATION));
        let local = Grants::parse(&["GRANT ALL PRIVILEGES ON `shop`.* TO `tap`@`%`", "GRANT `role`@`%` TO `tap`@`%`"]);
        assert!(!local.has_global(REPLICATION));
    }

    #[test]
    fn a_privilege_on_the_database_counts_there() {
        let all = Grants::parse(&["GRANT SELECT, TRIGGER ON `my\\_shop`.* TO `tap`@`%`"]);
        assert!(all.has_on("TRIGGER", "my_shop") && !all.has_on("TRIGGER", "shop") && !all.has_on("EVENT", "my_shop"));
        let root = Grants::parse(&["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"]);
        assert!(root.has_on("TRIGGER", "shop"));
    }

    #[test]
    fn an_account_is_quoted() {
        assert_eq!(account("tap@10.0.%"), "'tap'@'10.0.%'");
    }
}
