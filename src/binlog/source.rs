//! How to reach a store: its URL, understood once.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use mysql_async::{Opts, OptsBuilder, SslOpts};
use rand::Rng as _;

use super::error::{Definite, StoreError};
use super::stream::HEARTBEAT;

/// The largest packet that we take, in bytes: the protocol's own limit, so that no event is refused for its size.
const PACKET_BYTES_MAX: usize = 1 << 30;

/// A store's addresses, account and database.
///
/// The URL is `mysql://user:password@host:port/database`, special characters percent-encoded; several hosts of one replication
/// topology stand with commas between them (`db1:3306,db2:3306`) and are tried in this order. Options after `?`: `ssl-mode` as
/// MySQL names it (`disabled`, `preferred`, `required`, `verify-ca`, `verify-identity`; by default `verify-identity` off
/// loopback and `disabled` on it), `ssl-ca=FILE`, and those of the driver.
#[derive(Clone)]
pub struct Source {
    /// At least one.
    hosts: Vec<Host>,
    database: String,
    server_id: u32,
    heartbeat: Duration,
}

/// One of a store's servers.
#[derive(Clone)]
pub(super) struct Host {
    opts: Opts,
    name: String,
    /// Without TLS where the server has none.
    fallback: bool,
    /// The file of the authority that the server's certificate is of.
    ca: Option<String>,
}

impl Host {
    /// Host and port, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn opts(&self) -> Opts {
        self.opts.clone()
    }

    /// The file of the authority that the server's certificate is of, where the URL names one.
    pub fn ca(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// How to reach it without TLS, where that is allowed.
    pub fn plain_opts(&self) -> Option<Opts> {
        self.fallback.then(|| OptsBuilder::from_opts(self.opts.clone()).ssl_opts(None).into())
    }
}

impl Source {
    /// Understands a URL; a text that is none, or has no database, is definite.
    pub fn from_url(url: &str) -> Result<Source, StoreError> {
        Source::understood(url, true)
    }

    /// As [`Source::from_url`], for a server as a whole: a database may be named or not.
    pub fn of_server(url: &str) -> Result<Source, StoreError> {
        Source::understood(url, false)
    }

    fn understood(url: &str, needs_database: bool) -> Result<Source, StoreError> {
        let wrong = |what: &str, remedy: &str| Definite::new("the store's URL", what, remedy);
        let shape = "write mysql://user:password@host:port/database, special characters percent-encoded";
        let (plain, tls) = Tls::cut(url)?;
        let mut hosts = Vec::new();
        let mut database = String::new();
        for plain in one_host_each(&plain) {
            let opts = Opts::from_url(&plain).map_err(|error| wrong(&error.to_string(), shape))?;
            database = match opts.db_name() {
                Some(name) if !name.is_empty() => name.to_owned(),
                _ if !needs_database => String::new(),
                _ => return Err(wrong("it names no database", shape).into()),
            };
            let name = format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port());
            let (ssl, fallback) = tls.options(&opts);
            let opts = OptsBuilder::from_opts(opts)
                .ssl_opts(ssl)
                .max_allowed_packet(Some(PACKET_BYTES_MAX))
                .prefer_socket(false)
                .tcp_nodelay(true);
            hosts.push(Host { opts: opts.into(), name, fallback, ca: tls.ca.clone() });
        }
        let server_id = rand::rng().random_range(0xc000_0000..=0xffff_fffe);
        Ok(Source { hosts, database, server_id, heartbeat: HEARTBEAT })
    }

    /// Sets the server id that we show to the server, 1 to 2³²−1. It must be no other replica's; without this it is random
    /// and above 3 × 2³⁰.
    pub fn with_server_id(mut self, id: u32) -> Self {
        self.server_id = id;
        self
    }

    /// Sets how often the server says that it is there when it has nothing else to say, above zero; 5 s without this. After
    /// six times as long without a word the connection counts as dead.
    pub fn with_heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat;
        self
    }

    /// The store's database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Hosts and ports, for messages.
    pub fn host(&self) -> String {
        self.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(",")
    }

    /// With this host alone.
    pub(super) fn at(&self, host: Host) -> Source {
        Source { hosts: vec![host], ..self.clone() }
    }

    pub(super) fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    pub(super) fn heartbeat(&self) -> Duration {
        self.heartbeat
    }

    pub(super) fn server_id(&self) -> u32 {
        self.server_id
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut source = f.debug_struct("Source");
        source.field("host", &self.host()).field("database", &self.database).field("server_id", &self.server_id);
        source.finish_non_exhaustive()
    }
}

/// The URL once for each of its hosts.
fn one_host_each(url: &str) -> Vec<String> {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let end = url[begin..].find(['/', '?']).map_or(url.len(), |at| begin + at);
    let (account, hosts) = url[begin..end].rsplit_once('@').map_or(("", &url[begin..end]), |(a, h)| (a, h));
    let at = if account.is_empty() && !url[begin..end].contains('@') { "" } else { "@" };
    hosts.split(',').map(|host| format!("{}{account}{at}{}{}", &url[..begin], host.trim(), &url[end..])).collect()
}

/// The TLS options that we take out of the URL ourselves.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tls {
    mode: Option<Mode>,
    ca: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disabled,
    Preferred,
    Required,
    VerifyCa,
    VerifyIdentity,
}

impl Tls {
    /// Splits a URL into what the driver understands and what we do.
    fn cut(url: &str) -> Result<(String, Tls), StoreError> {
        let mut tls = Tls::default();
        let Some((base, query)) = url.split_once('?') else { return Ok((url.to_owned(), tls)) };
        let mut kept = Vec::new();
        for option in query.split('&') {
            match option.split_once('=').unwrap_or((option, "")) {
                ("ssl-mode" | "ssl_mode", mode) => tls.mode = Some(Mode::parse(mode)?),
                ("ssl-ca" | "ssl_ca", file) => {
                    tls.ca = Some(percent_encoding::percent_decode_str(file).decode_utf8_lossy().into_owned());
                }
                _ => kept.push(option),
            }
        }
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        Ok((format!("{base}{query}"), tls))
    }

    /// The driver's options, and whether it may go on without TLS where the server has none.
    fn options(&self, opts: &Opts) -> (Option<SslOpts>, bool) {
        let mode = match (self.mode, opts.ssl_opts()) {
            (Some(mode), _) => mode,
            // The driver's own options (require_ssl, verify_ca, …) say it.
            (None, Some(given)) => return (Some(given.clone()), false),
            (None, None) if self.ca.is_some() => Mode::VerifyIdentity,
            (None, None) if is_loopback(opts.ip_or_hostname()) => Mode::Disabled,
            (None, None) => Mode::VerifyIdentity,
        };
        let mut ssl = SslOpts::default();
        if let Some(ca) = &self.ca {
            ssl = ssl.with_root_certs(vec![std::path::PathBuf::from(ca).into()]);
        }
        let anyone = |ssl: SslOpts| ssl.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true);
        match mode {
            Mode::Disabled => (None, false),
            Mode::Preferred => (Some(anyone(ssl)), true),
            Mode::Required => (Some(anyone(ssl)), false),
            Mode::VerifyCa => (Some(ssl.with_danger_skip_domain_validation(true)), false),
            Mode::VerifyIdentity => (Some(ssl), false),
        }
    }
}

/// The driver's own test does not see addresses in a URL of our scheme.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Mode {
    fn parse(text: &str) -> Result<Mode, StoreError> {
        Ok(match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "disabled" => Mode::Disabled,
            "preferred" => Mode::Preferred,
            "required" => Mode::Required,
            "verify-ca" => Mode::VerifyCa,
            "verify-identity" => Mode::VerifyIdentity,
            _ => {
                let remedy = "use disabled, preferred, required, verify-ca or verify-identity";
                return Err(Definite::new("the store's URL", format!("ssl-mode `{text}` is not known"), remedy).into());
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_gives_host_and_database_and_hides_the_password() {
        let source = Source::from_url("mysql://tap:s%40cret@db.example:3307/ecshop").unwrap();
        assert_eq!((source.host().as_str(), source.database()), ("db.example:3307", "ecshop"));
        assert!(!format!("{source:?}").contains("cret"));
        assert!(source.server_id() >= 0xc000_0000);
        assert_eq!(source.with_server_id(7).server_id(), 7);
    }

    #[test]
    fn tls_is_on_off_loopback_unless_the_url_says_otherwise() {
        let ssl = |url: &str| Source::from_url(url).unwrap().hosts()[0].opts().ssl_opts().cloned();
        assert_eq!(ssl("mysql://u@127.0.0.1/d"), None);
        assert_eq!(ssl("mysql://u@db.example/d"), Some(SslOpts::default()));
        assert_eq!(ssl("mysql://u@db.example/d?ssl-mode=disabled"), None);
        assert!(ssl("mysql://u@127.0.0.1/d?ssl-mode=REQUIRED&tcp_nodelay=true").unwrap().accept_invalid_certs());
        assert!(ssl("mysql://u@db.example/d?ssl-mode=verify_ca").unwrap().skip_domain_validation());
        assert_eq!(ssl("mysql://u@db.example/d?ssl-ca=%2Fca.pem").unwrap().root_certs().len(), 1);
    }

    #[test]
    fn several_hosts_share_the_rest_of_the_url() {
        let source = Source::from_url("mysql://tap:p%40,w@db1:3307, db2/shop?ssl-mode=preferred").unwrap();
        assert_eq!((source.host().as_str(), source.database()), ("db1:3307,db2:3306", "shop"));
        assert!(source.hosts().iter().all(|host| host.opts().pass() == Some("p@,w")));
        let plain = source.hosts()[1].plain_opts().unwrap();
        assert!(plain.ssl_opts().is_none() && source.hosts()[1].opts().ssl_opts().is_some());
        assert!(Source::from_url("mysql://u@h/d?ssl-mode=required").unwrap().hosts()[0].plain_opts().is_none());
        assert_eq!(one_host_each("mysql://a,b"), ["mysql://a", "mysql://b"]);
    }

    #[test]
    fn a_wrong_url_is_one_sentence_without_the_password() {
        for (url, part) in [
            ("postgres://u:secret@h/d", "scheme"),
            ("mysql://u:secret@h", "names no database"),
            ("mysql://u:secret@h/", "names no database"),
            ("mysql://u:secret@h/d?ssl-mode=perhaps", "`perhaps` is not known"),
            ("mysql://u:secret@h/d?frobnicate=1", "frobnicate"),
            ("", "URL"),
        ] {
            let error = Source::from_url(url).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("secret"), "{error}");
        }
    }
}
