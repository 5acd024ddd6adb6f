//! The way to an ERP over HTTP, as far as it is the same for all of them.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Url, redirect};
use tokio::time::Instant;

/// A response is read no further than this.
const BODY_BYTES_MAX: usize = 8 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than the time after which a load balancer drops an idle connection, so that no request is sent into one.
const IDLE_MAX: Duration = Duration::from_secs(50);
/// The longest wait that is taken from `Retry-After`.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// How much of an answer is quoted, in characters.
const QUOTE_MAX: usize = 300;
/// Long enough where nobody waits for an end.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What came back.
#[derive(Debug, Clone)]
pub enum Reply<'a> {
    /// A whole response.
    Response {
        /// The HTTP status.
        status: u16,
        /// The header `Retry-After`, as it came.
        retry_after: Option<&'a str>,
        /// The body, shortened to what is read at all.
        body: &'a [u8],
    },
    /// The request never left: no name, no connection, no TLS.
    NotSent(String),
    /// It may have left, and there is no whole answer: a timeout, a reset, a response that breaks off.
    Lost(String),
}

tokio::task_local! {
    /// The delivery that a request belongs to.
    static DELIVERY: Bounds;
}

/// What bounds a delivery.
struct Bounds {
    /// When its claim runs out.
    until: Instant,
    requests: AtomicU32,
}

/// Runs a delivery that may change nothing any more once `until` has come.
pub(super) async fn within<F: Future>(until: Instant, delivery: F) -> F::Output {
    DELIVERY.scope(Bounds { until, requests: AtomicU32::new(0) }, delivery).await
}

/// When the delivery's claim runs out.
pub(super) fn until() -> Instant {
    DELIVERY.try_with(|delivery| delivery.until).unwrap_or_else(|_| Instant::now() + DAY)
}

/// Counts a request of the delivery; true where it has made `max` of them before.
pub(super) fn is_spent(max: u32) -> bool {
    DELIVERY.try_with(|delivery| delivery.requests.fetch_add(1, Ordering::Relaxed) >= max).unwrap_or(false)
}

/// Connections to one address.
#[derive(Debug)]
pub(super) struct Http {
    /// Scheme, host and port.
    pub base: Url,
    client: Client,
}

impl Http {
    /// Prepares the way; sends nothing. `base` is what [`base`] made of an address.
    ///
    /// # Errors
    /// What cannot be prepared.
    pub fn new(base: Url, request_timeout: Duration) -> Result<Http, String> {
        // Fails only where a provider is installed already, which will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .timeout(request_timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(request_timeout))
            .pool_idle_timeout(IDLE_MAX)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("ledgertap/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        if base.scheme() == "http" {
            // No certificate is looked at; a machine without any must still be able to reach its own server.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|e| format!("cannot prepare HTTPS: {}", chain(&e)))?;
        Ok(Http { base, client })
    }

    /// Begins a request.
    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }
}

/// The address that a setting gives: scheme, host and port, and plain HTTP only to this machine.
///
/// # Errors
/// A sentence that begins with the setting's name.
pub(super) fn base(setting: &str, url: &str, credentials: &str, path: &str) -> Result<Url, String> {
    let parsed = Url::parse(url).map_err(|e| format!("{setting} is not a URL: {e}"))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(format!("{setting} must not hold a user or a password: write {credentials}"));
    }
    if parsed.path() != "/" || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(format!("{setting} \"{url}\" must end after the host and port: {path}"));
    }
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if is_loopback(&parsed) => Ok(parsed),
        "http" => Err(format!("{setting} \"{url}\" must be https: http is only for this machine itself")),
        other => Err(format!("{setting} must be https, not {other}")),
    }
}

/// A whole answer: status, `Retry-After` and body.
pub(super) type Whole = (u16, Option<String>, Vec<u8>);

/// Sends a request and reads its answer to the end.
///
/// # Errors
/// Why there is no whole answer; without the URL, whose query may hold a signature.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Whole, Reply<'static>> {
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()).map(String::from);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Reply::Lost(format!("an answer of more than {} MiB", BODY_BYTES_MAX >> 20)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, retry_after, body))
}

/// The wait that `Retry-After` asks for, in seconds; a date is not read.
pub(super) fn retry_after(text: &str) -> Option<Duration> {
    text.trim().parse::<u64>().ok().map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

/// One line of what was said, shortened.
pub(super) fn quote(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().filter(|c| !c.is_control()).take(QUOTE_MAX).collect();
    if line.chars().count() > QUOTE_MAX {
        short.push('…');
    }
    short
}

/// A response that is none of the ERP's own, in words.
pub(super) fn said(status: u16, body: &[u8]) -> String {
    match body.is_empty() {
        true => format!("HTTP {status} with an empty body"),
        false => format!("HTTP {status}: {}", quote(&String::from_utf8_lossy(body))),
    }
}

/// The text without our secrets: a gateway may repeat what it was sent.
pub(super) fn redacted(mut text: String, secrets: &[&str]) -> String {
    for secret in secrets.iter().filter(|s| !s.is_empty()) {
        text = text.replace(secret, "***");
    }
    text
}

fn failed(error: reqwest::Error) -> Reply<'static> {
    let error = error.without_url();
    let reason = if error.is_timeout() { "it timed out".into() } else { chain(&error) };
    match error.is_connect() || error.is_builder() {
        true => Reply::NotSent(reason),
        false => Reply::Lost(reason),
    }
}

fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    host == "localhost"
        || host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str) -> Result<Url, String> {
        super::base("erp.url", url, "erp.user", "write erp.database")
    }

    #[test]
    fn plain_http_only_to_this_machine() {
        for good in ["https://erp.example", "http://127.0.0.1:80", "http://localhost:8080/", "http://[::1]:80"] {
            base(good).expect(good);
        }
        for (bad, why) in [
            ("http://erp.example", "must be https"),
            ("http://127.0.0.1.evil.example", "must be https"),
            ("ftp://127.0.0.1", "not ftp"),
            ("https://erp.example/erp", "must end after the host and port: write erp.database"),
            ("https://u:p@erp.example", "write erp.user"),
            ("erp.example", "is not a URL"),
        ] {
            let error = base(bad).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }

    #[test]
    fn a_wait_is_bounded_and_nonsense_is_ignored() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("999999999"), Some(RETRY_AFTER_MAX));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), None);
    }

    #[test]
    fn a_quoted_answer_is_one_short_line() {
        assert_eq!(quote(" a\n\tb\u{7} c "), "a b c");
        assert_eq!(quote(&"x".repeat(500)).chars().count(), QUOTE_MAX + 1);
    }

    #[tokio::test]
    async fn requests_of_a_delivery_are_counted() {
        assert!(!is_spent(0), "outside of a delivery nothing is");
        let end = Instant::now();
        within(end, async {
            assert_eq!([is_spent(2), is_spent(2), is_spent(2)], [false, false, true]);
            assert_eq!(until(), end);
        })
        .await;
    }
}
