//! How to reach a store: its URL, understood once.

use std::fmt;
use std::net::IpAddr;

use mysql_async::{Opts, OptsBuilder, SslOpts};
use rand::Rng as _;

use super::error::{Definite, StoreError};

/// The largest packet that we take, in bytes: the protocol's own limit, so that no event is refused for its size.
const PACKET_BYTES_MAX: usize = 1 << 30;

/// A store's address, account and database.
///
/// The URL is `mysql://user:password@host:port/database`, special characters percent-encoded. Options after `?`:
/// `ssl-mode` as MySQL names it (`disabled`, `required`, `verify-ca`, `verify-identity`; by default `verify-identity`
/// off loopback and `disabled` on it), `ssl-ca=FILE`, and those of the driver.
#[derive(Clone)]
pub struct Source {
    opts: Opts,
    host: String,
    database: String,
    server_id: u32,
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
        let opts = Opts::from_url(&plain).map_err(|error| wrong(&error.to_string(), shape))?;
        let database = match opts.db_name() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ if !needs_database => String::new(),
            _ => return Err(wrong("it names no database", shape).into()),
        };
        let host = format!("{}:{}", opts.ip_or_hostname(), opts.tcp_port());
        let ssl = tls.options(&opts);
        let opts = OptsBuilder::from_opts(opts)
            .ssl_opts(ssl)
            .max_allowed_packet(Some(PACKET_BYTES_MAX))
            .prefer_socket(false)
            .tcp_nodelay(true);
        let server_id = rand::rng().random_range(0xc000_0000..=0xffff_fffe);
        Ok(Source { opts: opts.into(), host, database, server_id })
    }

    /// Sets the server id that we show to the server, 1 to 2³²−1. It must be no other replica's; without this it is random
    /// and above 3 × 2³⁰.
    pub fn with_server_id(mut self, id: u32) -> Self {
        self.server_id = id;
        self
    }

    /// The store's database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Host and port, for messages.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn opts(&self) -> Opts {
        self.opts.clone()
    }

    pub(super) fn server_id(&self) -> u32 {
        self.server_id
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut source = f.debug_struct("Source");
        source.field("host", &self.host).field("database", &self.database).field("server_id", &self.server_id);
        source.finish_non_exhaustive()
    }
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

    fn options(&self, opts: &Opts) -> Option<SslOpts> {
        let mode = match (self.mode, opts.ssl_opts()) {
            (Some(mode), _) => mode,
            // The driver's own options (require_ssl, verify_ca, …) say it.
            (None, Some(given)) => return Some(given.clone()),
            (None, None) if self.ca.is_some() => Mode::VerifyIdentity,
            (None, None) if is_loopback(opts.ip_or_hostname()) => Mode::Disabled,
            (None, None) => Mode::VerifyIdentity,
        };
        let mut ssl = SslOpts::default();
        if let Some(ca) = &self.ca {
            ssl = ssl.with_root_certs(vec![std::path::PathBuf::from(ca).into()]);
        }
        match mode {
            Mode::Disabled => None,
            Mode::Required => Some(ssl.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true)),
            Mode::VerifyCa => Some(ssl.with_danger_skip_domain_validation(true)),
            Mode::VerifyIdentity => Some(ssl),
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
            "required" => Mode::Required,
            "verify-ca" => Mode::VerifyCa,
            "verify-identity" => Mode::VerifyIdentity,
            _ => {
                let remedy = "use disabled, required, verify-ca or verify-identity";
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
        assert_eq!((source.host(), source.database()), ("db.example:3307", "ecshop"));
        assert!(!format!("{source:?}").contains("cret"));
        assert!(source.server_id() >= 0xc000_0000);
        assert_eq!(source.with_server_id(7).server_id(), 7);
    }

    #[test]
    fn tls_is_on_off_loopback_unless_the_url_says_otherwise() {
        let ssl = |url: &str| Source::from_url(url).unwrap().opts().ssl_opts().cloned();
        assert_eq!(ssl("mysql://u@127.0.0.1/d"), None);
        assert_eq!(ssl("mysql://u@db.example/d"), Some(SslOpts::default()));
        assert_eq!(ssl("mysql://u@db.example/d?ssl-mode=disabled"), None);
        assert!(ssl("mysql://u@127.0.0.1/d?ssl-mode=REQUIRED&tcp_nodelay=true").unwrap().accept_invalid_certs());
        assert!(ssl("mysql://u@db.example/d?ssl-mode=verify_ca").unwrap().skip_domain_validation());
        assert_eq!(ssl("mysql://u@db.example/d?ssl-ca=%2Fca.pem").unwrap().root_certs().len(), 1);
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
