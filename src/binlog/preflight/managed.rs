//! Managed services: recognised by their variables and host names, and what is different there.

use super::{Facts, Finding};

/// A service that runs the server for its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Rds,
    Aurora,
    Alibaba,
    Azure,
    CloudSql,
}

/// Which service this is; `None` where nothing says so.
pub fn service_of(facts: &Facts) -> Option<Service> {
    let v = &facts.variables;
    let address = facts.host.rsplit_once(':').map_or(facts.host.as_str(), |(name, _)| name).to_ascii_lowercase();
    let amazon = address.contains(".rds.amazonaws.com") || v.get("basedir").starts_with("/rdsdbbin");
    let aurora = ["aurora_version", "aurora_server_id"].iter().any(|name| !v.get(name).is_empty());
    let google = v.get("version").contains("-google") || v.get("version_comment").contains("(Google)");
    match address.as_str() {
        _ if aurora || (amazon && address.contains(".cluster-")) => Some(Service::Aurora),
        _ if amazon => Some(Service::Rds),
        _ if google => Some(Service::CloudSql),
        name if name.ends_with(".rds.aliyuncs.com") || name.contains(".polardb.") => Some(Service::Alibaba),
        name if name.contains(".database.azure.com") || name.contains(".database.chinacloudapi.cn") => {
            Some(Service::Azure)
        }
        _ => None,
    }
}

impl Service {
    /// How the binlog's retention is set there.
    pub fn retention(self) -> &'static str {
        match self {
            Service::Rds | Service::Aurora => "CALL mysql.rds_set_configuration('binlog retention hours', 72)",
            Service::Alibaba => {
                "set the local log retention to several days in the console, under backup and restoration"
            }
            Service::Azure => "set the server parameter binlog_expire_logs_seconds to several days",
            Service::CloudSql => "keep the transaction logs for several days (--retained-transaction-log-days)",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Service::Rds => {
                "the server is Amazon RDS: settings are its parameter group's, not SET GLOBAL's; the binlog is on while automated \
                 backups are; RDS Proxy carries no binlog"
            }
            Service::Aurora => {
                "the server is Amazon Aurora: settings are the cluster parameter group's, and binlog_format = ROW there turns the \
                 binlog on at a restart; store.url names the cluster's writer, because readers have no binlog and RDS Proxy \
                 carries none"
            }
            Service::Alibaba => {
                "the server is Alibaba Cloud RDS or PolarDB: settings are the console's, not SET GLOBAL's; store.url names the \
                 primary endpoint, because the proxy's carries no binlog; binlogs that were moved to OSS are out of reach"
            }
            Service::Azure => "the server is Azure Database: settings are server parameters, not SET GLOBAL's",
            Service::CloudSql => {
                "the server is Cloud SQL: settings are database flags, not SET GLOBAL's; the binlog is on while point-in-time \
                 recovery is"
            }
        }
    }
}

pub fn service(facts: &Facts) -> Vec<Finding> {
    let Some(service) = service_of(facts) else { return Vec::new() };
    let mut all = vec![Finding::good(service.what())];
    if service == Service::Aurora && facts.variables.is("innodb_read_only", "ON") {
        all.push(Finding::fix(
            "this is a reader of the Aurora cluster, which has no binlog",
            "name the cluster's writer endpoint in store.url",
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::with;
    use super::*;

    #[test]
    fn services_are_known_by_variables_and_host_names() {
        let on = |host: &str, pairs: &[(&str, &str)]| service_of(&Facts { host: host.into(), ..with(pairs) });
        for (host, pairs, service) in [
            ("shop.c1.eu-west-1.rds.amazonaws.com:3306", &[][..], Some(Service::Rds)),
            ("shop.c1.rds.cn-north-1.rds.amazonaws.com.cn:3306", &[], Some(Service::Rds)),
            ("10.0.0.7:3306", &[("basedir", "/rdsdbbin/mysql-8.0.40.R2/")], Some(Service::Rds)),
            ("10.0.0.7:3306", &[("aurora_version", "3.08.0"), ("basedir", "/rdsdbbin/oscar/")], Some(Service::Aurora)),
            ("shop.cluster-c1.eu-west-1.rds.amazonaws.com:3306", &[], Some(Service::Aurora)),
            ("rm-abc.mysql.rds.aliyuncs.com:3306", &[], Some(Service::Alibaba)),
            ("pc-abc.mysql.polardb.rds.aliyuncs.com:3306", &[], Some(Service::Alibaba)),
            ("shop.mysql.database.azure.com:3306", &[], Some(Service::Azure)),
            ("10.0.0.7:3306", &[("version", "8.0.41-google")], Some(Service::CloudSql)),
            ("db.example:3306", &[("version", "9.7.4"), ("basedir", "/usr/")], None),
            ("rds.amazonaws.com.example:3306", &[], None),
        ] {
            assert_eq!(on(host, pairs), service, "{host} {pairs:?}");
        }
    }

    #[test]
    fn a_service_says_what_is_different_there() {
        assert!(service(&with(&[])).is_empty());
        let rds = service(&with(&[("basedir", "/rdsdbbin/mysql/")]));
        assert!(rds.len() == 1 && rds[0].ok && rds[0].what.contains("parameter group"), "{rds:?}");
        let reader = service(&with(&[("aurora_version", "3.08.0"), ("innodb_read_only", "ON")]));
        assert!(reader.len() == 2 && reader[0].ok && !reader[1].ok, "{reader:?}");
    }
}
