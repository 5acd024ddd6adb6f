//! What the server's settings say about its binlog: one pure function a finding.

use std::collections::HashMap;
use std::time::Duration;

use super::preflight::Finding;
use super::snapshot::LAG_MAX;

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    MySql,
    MariaDb,
}

/// The server's global variables, by name in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables(HashMap<String, String>);

impl FromIterator<(String, String)> for Variables {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(all: T) -> Self {
        Variables(all.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }
}

/// How long a commit may take between the binlog and the engine.
const DISK_LAG: Duration = Duration::from_secs(2);

impl Variables {
    /// The value; empty where the server has no such variable.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).eq_ignore_ascii_case(value)
    }

    pub fn flavour(&self) -> Flavour {
        if self.get("version").to_ascii_lowercase().contains("mariadb") { Flavour::MariaDb } else { Flavour::MySql }
    }

    /// `MariaDB 10.11.19`, `MySQL 9.7.4`.
    pub fn server(&self) -> String {
        let version = self.get("version");
        let number = version.split(|c: char| c != '.' && !c.is_ascii_digit()).next().unwrap_or(version);
        match self.flavour() {
            Flavour::MariaDb => format!("MariaDB {number}"),
            Flavour::MySql => format!("MySQL {number}"),
        }
    }

    /// Major and minor version.
    pub fn version(&self) -> (u32, u32) {
        let mut parts = self.get("version").split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }

    /// True where transactions are named by GTIDs.
    pub fn has_gtids(&self) -> bool {
        self.flavour() == Flavour::MariaDb || self.is("gtid_mode", "ON")
    }

    pub fn folds_table_names(&self) -> bool {
        !matches!(self.get("lower_case_table_names"), "" | "0")
    }

    /// How long a transaction in the binlog may at most not be readable yet: what a slow disk takes, and a semi-synchronous
    /// replica that does not answer.
    pub fn commit_lag(&self) -> Duration {
        let semi_sync = ["rpl_semi_sync_master", "rpl_semi_sync_source"]
            .into_iter()
            .filter(|prefix| self.is(&format!("{prefix}_enabled"), "ON"))
            .filter_map(|prefix| self.get(&format!("{prefix}_timeout")).parse().ok())
            .map(Duration::from_millis)
            .max();
        (DISK_LAG + semi_sync.unwrap_or_default()).min(LAG_MAX)
    }

    /// What must hold before a stream is read.
    pub fn required(&self) -> [Finding; 3] {
        [self.log_bin(), self.format(), self.row_image()]
    }

    pub fn log_bin(&self) -> Finding {
        Finding::of(
            self.is("log_bin", "ON"),
            "the binlog is on (log_bin)",
            "the binlog is off (log_bin=OFF)",
            "set log_bin in the server's configuration and restart it",
        )
    }

    pub fn format(&self) -> Finding {
        let format = self.get("binlog_format");
        // From MySQL 9 on the variable is on its way out, and ROW the only format left without it.
        Finding::of(
            format.is_empty() || format.eq_ignore_ascii_case("ROW"),
            "binlog_format is ROW",
            &format!("binlog_format is {format}: rows are not in the binlog"),
            "SET GLOBAL binlog_format = 'ROW', in the server's configuration too; sessions that are open keep the old one",
        )
    }

    pub fn row_image(&self) -> Finding {
        let image = self.get("binlog_row_image");
        Finding::of(
            image.is_empty() || image.eq_ignore_ascii_case("FULL"),
            "binlog_row_image is FULL",
            &format!("binlog_row_image is {image}: row images are not whole"),
            "SET GLOBAL binlog_row_image = 'FULL', in the server's configuration too; sessions that are open keep the old one",
        )
    }

    /// Compression is read, on either server; told because it costs time, and MySQL's memory.
    pub fn compression(&self) -> Finding {
        if self.is("binlog_transaction_compression", "ON") {
            return Finding::advised(
                "transactions in the binlog are compressed, which is read",
                "know that each is unpacked whole in memory, up to 1 GiB",
            );
        }
        let events = self.is("log_bin_compress", "ON");
        Finding::good(if events { "the binlog is compressed, which is read" } else { "the binlog is not compressed" })
    }

    /// Partial JSON is read, too: its updates are completed from the row before.
    pub fn partial_json(&self) -> Finding {
        let partial = self.get("binlog_row_value_options").to_ascii_uppercase().contains("PARTIAL_JSON");
        let what = if partial {
            "updates of JSON columns are logged in parts (PARTIAL_JSON), which are put together"
        } else {
            "JSON columns are logged whole (binlog_row_value_options)"
        };
        Finding { what: what.to_owned(), ok: true, remedy: String::new() }
    }

    pub fn metadata(&self) -> Finding {
        let (what, remedy) = match self.get("binlog_row_metadata") {
            "" => {
                ("rows do not describe themselves on this server: an ALTER of a mapped table may stop the stream", "")
            }
            full if full.eq_ignore_ascii_case("FULL") => ("binlog_row_metadata is FULL: rows describe themselves", ""),
            _ => (
                "binlog_row_metadata is not FULL: an ALTER of a mapped table may stop the stream",
                "better: SET GLOBAL binlog_row_metadata = 'FULL', in the server's configuration too",
            ),
        };
        Finding { what: what.to_owned(), ok: true, remedy: remedy.to_owned() }
    }

    /// An encrypted binlog is decrypted by the server that sends it; its files are not ours to read.
    pub fn encryption(&self) -> Finding {
        let on = ["binlog_encryption", "encrypt_binlog"].iter().any(|name| self.is(name, "ON"));
        Finding::good(if on {
            "the binlog is encrypted: it is read from the server, and its files cannot be read by `ledgertap binlog`"
        } else {
            "the binlog's files are not encrypted"
        })
    }

    /// Without GTIDs nothing is lost, but the stream is tied to this server.
    pub fn gtid(&self) -> Finding {
        if self.has_gtids() {
            return Finding::good("transactions have GTIDs");
        }
        let mode = self.get("gtid_mode");
        let mode = if mode.is_empty() { "not ON" } else { mode };
        Finding::advised(
            format!(
                "transactions have no GTIDs (gtid_mode is {mode}): positions are file and offset, which no other server shares"
            ),
            "better: enforce_gtid_consistency = ON, then gtid_mode = ON step by step; without it a failover needs a new state database",
        )
    }

    /// MariaDB lets a domain's sequence numbers go back unless told otherwise.
    pub fn strict_gtids(&self) -> Option<Finding> {
        if self.flavour() != Flavour::MariaDb {
            return None;
        }
        Some(if self.is("gtid_strict_mode", "ON") {
            Finding::good("GTIDs only grow (gtid_strict_mode)")
        } else {
            Finding::advised(
                "gtid_strict_mode is off: two servers that are written to may give transactions numbers that go back",
                "better: SET GLOBAL gtid_strict_mode = ON on every server of the topology, in the configuration too",
            )
        })
    }

    /// How long the binlog is kept, in seconds; 0 is without limit.
    pub fn retention_seconds(&self) -> u64 {
        if self.is("binlog_expire_logs_auto_purge", "OFF") {
            return 0;
        }
        let seconds = self.get("binlog_expire_logs_seconds").parse().unwrap_or(0);
        if seconds > 0 {
            return seconds;
        }
        // MariaDB has fractions of days.
        let (days, part) = self.get("expire_logs_days").split_once('.').unwrap_or((self.get("expire_logs_days"), "0"));
        let millionths: u64 = format!("{part:0<6}").get(..6).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        days.parse::<u64>().unwrap_or(0) * 86_400 + millionths * 864 / 10_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The finding is ok with the first settings and not with the second, and then has a remedy.
    fn told_apart(finding: fn(&Variables) -> Finding, good: &[(&str, &str)], bad: &[(&str, &str)], part: &str) {
        let (good, bad) = (finding(&with(good)), finding(&with(bad)));
        assert!(good.ok && good.remedy.is_empty(), "{good:?}");
        assert!(!bad.ok && bad.what.contains(part) && !bad.remedy.is_empty(), "{bad:?}");
    }

    #[test]
    fn the_binlog_is_on() {
        told_apart(Variables::log_bin, &[("log_bin", "ON")], &[("log_bin", "OFF")], "off");
    }

    #[test]
    fn the_format_is_row() {
        told_apart(Variables::format, &[("binlog_format", "ROW")], &[("binlog_format", "MIXED")], "MIXED");
        assert!(!with(&[("binlog_format", "STATEMENT")]).format().ok);
        assert!(with(&[]).format().ok);
    }

    #[test]
    fn the_row_image_is_full() {
        told_apart(
            Variables::row_image,
            &[("binlog_row_image", "FULL")],
            &[("binlog_row_image", "MINIMAL")],
            "MINIMAL",
        );
        assert!(!with(&[("binlog_row_image", "FULL_NODUP")]).row_image().ok);
    }

    #[test]
    fn events_are_not_compressed() {
        let compressed = with(&[("log_bin_compress", "ON")]).compression();
        assert!(compressed.ok && compressed.what.contains("is compressed") && compressed.remedy.is_empty());
        let whole = with(&[("binlog_transaction_compression", "ON")]).compression();
        assert!(whole.ok && whole.what.contains("are compressed") && whole.remedy.contains("1 GiB"));
    }

    #[test]
    fn json_is_whole() {
        let options = "binlog_row_value_options";
        let partial = with(&[(options, "PARTIAL_JSON")]).partial_json();
        assert!(partial.ok && partial.what.contains("PARTIAL_JSON"));
    }

    #[test]
    fn metadata_is_recommended_only() {
        let minimal = with(&[("binlog_row_metadata", "MINIMAL")]).metadata();
        assert!(minimal.ok && !minimal.remedy.is_empty());
        assert!(with(&[("binlog_row_metadata", "FULL")]).metadata().remedy.is_empty());
        // MySQL before 8.0 and MariaDB before 10.5 have no such variable to set.
        let none = with(&[]).metadata();
        assert!(none.ok && none.remedy.is_empty() && none.what.contains("on this server"));
    }

    #[test]
    fn gtids_are_recommended_only() {
        let off = with(&[("gtid_mode", "ON_PERMISSIVE")]).gtid();
        assert!(
            off.ok && off.what.contains("gtid_mode is ON_PERMISSIVE") && off.remedy.starts_with("better: "),
            "{off:?}"
        );
        let on = Finding::good("transactions have GTIDs");
        assert_eq!(with(&[("gtid_mode", "ON")]).gtid(), on);
        assert_eq!(with(&[("version", "10.11.19-MariaDB-log")]).gtid(), on);
    }

    #[test]
    fn strict_gtids_are_recommended_on_mariadb() {
        let maria = |strict| with(&[("version", "10.11.19-MariaDB"), ("gtid_strict_mode", strict)]).strict_gtids();
        let (on, off) = (maria("ON").unwrap(), maria("OFF").unwrap());
        assert!(on.ok && on.remedy.is_empty() && off.ok && off.remedy.starts_with("better: "), "{off:?}");
        assert_eq!(with(&[("version", "9.7.4")]).strict_gtids(), None);
    }

    #[test]
    fn an_encrypted_binlog_is_read_from_the_server() {
        for name in ["binlog_encryption", "encrypt_binlog"] {
            let encrypted = with(&[(name, "ON")]).encryption();
            assert!(encrypted.ok && encrypted.what.contains("is encrypted"), "{encrypted:?}");
        }
        assert!(with(&[("encrypt_binlog", "OFF")]).encryption().what.contains("not encrypted"));
    }

    #[test]
    fn the_server_names_itself() {
        let maria = with(&[("version", "10.11.19-MariaDB-0+deb12u1-log")]);
        assert_eq!((maria.server().as_str(), maria.version()), ("MariaDB 10.11.19", (10, 11)));
        assert_eq!(with(&[("version", "9.7.4-2")]).server(), "MySQL 9.7.4");
    }
}
