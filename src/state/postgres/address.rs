//! Where the state database is: a `postgres://` URL, of which some parameters are ours and the rest tokio-postgres's.
//!
//! | parameter | default | |
//! |---|---|---|
//! | `schema` | `ledgertap` | whose tables they are; several state databases may share a database |
//! | `sslmode` | `require`; `disable` on loopback | `require` and `verify-full` both verify the certificate and its name |
//! | `sslrootcert` | the system's roots | a PEM file of certificates to trust instead |
//! | `target_session_attrs` | `read-write` | of several hosts, the first that takes writes |
//! | `connect_timeout` | 5 | seconds, for each host |
//!
//! A password is in no error and in no `Debug`.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::{Host, SslMode};

use crate::state::StateError;

/// The schema where the URL names none.
const SCHEMA_DEFAULT: &str = "ledgertap";

/// PostgreSQL cuts longer names.
const SCHEMA_BYTES_MAX: usize = 63;

/// How long one attempt at one host may take, where the URL does not say.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// A dead host is noticed within these: idle, then probes; or data that nobody takes.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
const KEEPALIVE_RETRIES: u32 = 3;
const UNANSWERED_MAX: Duration = Duration::from_secs(10);

/// What tokio-postgres is handed as it stands.
const PASSED_ON: &[&str] = &[
    "user",
    "password",
    "dbname",
    "options",
    "target_session_attrs",
    "channel_binding",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "tcp_user_timeout",
    "application_name",
];

/// Where the state database is, how it is reached, and which schema is ours.
#[derive(Clone)]
pub(in crate::state) struct Address {
    /// One for each host, in the order in which they are tried.
    pub hosts: Vec<tokio_postgres::Config>,
    pub schema: String,
    /// Certificates to trust instead of the system's.
    pub roots: Option<PathBuf>,
    /// How long one attempt at one host may take.
    pub connect_max: Duration,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Address").field(&self.server()).finish()
    }
}

impl Address {
    /// Reads a URL.
    pub fn parse(url: &str) -> Result<Address, StateError> {
        read(url).map_err(|reason| StateError::Url { reason })
    }

    /// Hosts, database and schema, for people: `db1:5432,db2:5432/shop, schema ledgertap`.
    pub fn server(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(host_name).collect();
        let database = self.hosts.first().and_then(tokio_postgres::Config::get_dbname).unwrap_or_default();
        format!("{}/{database}, schema {}", hosts.join(","), self.schema)
    }

    /// The schema's name as SQL has it.
    pub fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema)
    }
}

/// A host for people: `db1:5432`, or the folder of its socket.
pub(super) fn host_name(config: &tokio_postgres::Config) -> String {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first() {
        Some(Host::Tcp(name)) => format!("{name}:{port}"),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => String::new(),
    }
}

fn read(url: &str) -> Result<Address, String> {
    let rest = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://"));
    let rest = rest.ok_or("it does not begin with postgres://")?;
    let (base, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = base.split_once('/').unwrap_or((base, ""));
    if query.contains('@') || database.contains('@') || authority.matches('@').count() > 1 {
        return Err("the password has a character that must be percent-encoded: @ is %40, / is %2F, ? is %3F".into());
    }
    let parameters = Parameters::read(query)?;
    check_schema(&parameters.schema)?;
    let (user, names) = authority.split_once('@').map_or(("", authority), |(user, names)| (user, names));
    let user = if user.is_empty() { String::new() } else { format!("{user}@") };
    let mut hosts = Vec::new();
    for name in names.split(',') {
        let url = format!("postgres://{user}{name}/{database}?{}", parameters.passed.join("&"));
        // What it says of a failure may repeat a part of the password.
        let mut config: tokio_postgres::Config = url.parse().map_err(|_| {
            "it is not postgres://user:password@host:port/database?parameters (special characters are percent-encoded)"
                .to_owned()
        })?;
        if config.get_hosts().len() != 1 {
            return Err("it names no host".into());
        }
        settle(&mut config, &parameters);
        hosts.push(config);
    }
    let local = hosts.iter().all(|config| config.get_hosts().iter().all(is_loopback));
    let mode = ssl_mode(local, parameters.mode.as_deref())?;
    for config in &mut hosts {
        config.ssl_mode(mode);
    }
    Ok(Address { hosts, schema: parameters.schema, roots: parameters.roots, connect_max: parameters.connect_max })
}

/// What stands behind the question mark.
struct Parameters<'a> {
    schema: String,
    roots: Option<PathBuf>,
    mode: Option<String>,
    connect_max: Duration,
    /// Those of tokio-postgres, as they stand.
    passed: Vec<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str) -> Result<Parameters<'a>, String> {
        let mut read = Parameters {
            schema: SCHEMA_DEFAULT.to_owned(),
            roots: None,
            mode: None,
            connect_max: CONNECT_MAX,
            passed: Vec::new(),
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or("a parameter has no value")?;
            let decoded = percent_decode_str(value).decode_utf8().map(std::borrow::Cow::into_owned);
            let decoded = decoded.map_err(|_| format!("{} is not UTF-8", named(name)))?;
            match name {
                "schema" => read.schema = decoded,
                "sslrootcert" => read.roots = Some(PathBuf::from(decoded)),
                "sslmode" => read.mode = Some(decoded),
                "connect_timeout" => {
                    let seconds = decoded.parse().ok().filter(|seconds| *seconds > 0);
                    let seconds = seconds.ok_or("connect_timeout is not a number of seconds above 0")?;
                    read.connect_max = Duration::from_secs(seconds);
                }
                _ if PASSED_ON.contains(&name) => read.passed.push(pair),
                _ => return Err(format!("it has {} that ledgertap does not know", named(name))),
            }
        }
        Ok(read)
    }

    fn has(&self, name: &str) -> bool {
        self.passed.iter().any(|pair| pair.split_once('=').is_some_and(|(n, _)| n == name))
    }
}

/// What the URL does not say.
fn settle(config: &mut tokio_postgres::Config, parameters: &Parameters<'_>) {
    config.connect_timeout(parameters.connect_max);
    if !parameters.has("target_session_attrs") {
        config.target_session_attrs(tokio_postgres::config::TargetSessionAttrs::ReadWrite);
    }
    if !parameters.has("application_name") {
        config.application_name("ledgertap");
    }
    if !parameters.has("keepalives_idle") {
        config.keepalives_idle(KEEPALIVE_IDLE);
    }
    if !parameters.has("keepalives_interval") {
        config.keepalives_interval(KEEPALIVE_INTERVAL);
    }
    if !parameters.has("keepalives_retries") {
        config.keepalives_retries(KEEPALIVE_RETRIES);
    }
    if !parameters.has("tcp_user_timeout") {
        config.tcp_user_timeout(UNANSWERED_MAX);
    }
}

/// Without TLS only where the URL says so, or where nothing leaves the machine.
fn ssl_mode(local: bool, said: Option<&str>) -> Result<SslMode, String> {
    match said {
        None if local => Ok(SslMode::Disable),
        None | Some("require" | "verify-full") => Ok(SslMode::Require),
        Some("disable") => Ok(SslMode::Disable),
        Some("allow" | "prefer") => {
            Err("sslmode would let the connection fall back to plain text: write require, or disable".into())
        }
        Some(_) => Err("sslmode is require (the certificate is verified), verify-full (the same), or disable".into()),
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn check_schema(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.is_empty() || name.len() > SCHEMA_BYTES_MAX || !name.chars().all(fits) || name.starts_with("pg_") {
        return Err(format!(
            "schema is 1 to {SCHEMA_BYTES_MAX} of a-z, 0-9, _ and -, and does not begin with pg_, which is PostgreSQL's own"
        ));
    }
    Ok(())
}

/// A parameter by name, unless it is a piece of something secret.
fn named(name: &str) -> String {
    if name.len() <= 24 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
        format!("the parameter {name}")
    } else {
        "a parameter".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_taken_out_and_the_rest_has_defaults() {
        let url =
            "postgres://u:p%40ss@db1:5433,db2:5434/shop?schema=eu_1&sslrootcert=/etc/ca%20s.pem&connect_timeout=2";
        let address = Address::parse(url).unwrap();
        assert_eq!(address.server(), "db1:5433,db2:5434/shop, schema eu_1");
        assert_eq!(address.roots, Some(PathBuf::from("/etc/ca s.pem")));
        let config = &address.hosts[1];
        assert_eq!(config.get_password(), Some(b"p@ss".as_slice()));
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(2)));
        assert_eq!(config.get_target_session_attrs(), tokio_postgres::config::TargetSessionAttrs::ReadWrite);
        assert_eq!(config.get_application_name(), Some("ledgertap"));
    }

    #[test]
    fn plain_text_stays_on_the_machine_unless_the_url_says_so() {
        let mode = |url: &str| Address::parse(url).unwrap().hosts[0].get_ssl_mode();
        for local in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://u@{local}/d")), SslMode::Disable, "{local}");
        }
        assert_eq!(mode("postgres://u@127.0.0.1,db2/d"), SslMode::Require);
        assert_eq!(mode("postgres://u@db2/d?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u@127.0.0.1/d?sslmode=verify-full"), SslMode::Require);
        let error = Address::parse("postgres://u@db2/d?sslmode=prefer").unwrap_err().to_string();
        assert!(error.contains("plain text"), "{error}");
    }

    #[test]
    fn what_cannot_be_read_is_named_without_the_password() {
        for (url, said) in [
            ("mysql://u:s3cret@db/d", "postgres://"),
            ("postgres://u:s3cret?more@db/d", "percent-encoded"),
            ("postgres://u:s3cret@db/d?shcema=x", "the parameter shcema"),
            ("postgres://u:s3cret@db:port/d", "percent-encoded"),
            ("postgres://u:s3cret@more@db/d", "percent-encoded"),
            ("postgres://u:/s3cret@db/d", "percent-encoded"),
            ("postgres://u:s3cret@db/d?schema=A%22b", "schema is 1 to 63"),
            ("postgres://u:s3cret@db/d?schema=pg_x", "schema is 1 to 63"),
            ("postgres://u:s3cret@db/d?connect_timeout=0", "connect_timeout"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains("s3cret"), "{url}: {error}");
        }
        let debug = format!("{:?}", Address::parse("postgres://u:s3cret@db/d").unwrap());
        assert!(!debug.contains("s3cret"), "{debug}");
    }
}
