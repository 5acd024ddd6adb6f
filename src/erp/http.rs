//! The way to an ERP over HTTP, as far as it is the same for all of them.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, Url, redirect};
/// A response is read no further than this.
const BODY_BYTES_MAX: usize = 8 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than the time after which a load balancer drops an idle connection, so that no request is sent into one.
const IDLE_MAX: Duration = Duration::from_secs(50);
/// The longest wait that is taken from `Retry-After`.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// How much of an answer is quoted, in characters.
const QUOTE_MAX: usize = 300;

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

/// What every account's settings must say of rate and times.
///
/// # Errors
/// A sentence about the setting.
pub(super) fn check_times(rate_per_minute: u32, request_timeout: Duration, late_max: Duration) -> Result<(), String> {
    if rate_per_minute == 0 {
        return Err("the rate limit must be at least 1 request a minute".into());
    }
    if request_timeout.is_zero() {
        return Err("erp.request_timeout must not be zero".into());
    }
    if late_max <= request_timeout {
        return Err("erp.late_max must be longer than erp.request_timeout".into());
    }
    Ok(())
}

/// A whole answer: status, `Retry-After` and body.
pub(super) type Whole = (u16, Option<String>, Vec<u8>);

/// Sends a request and reads its answer to the end.
///
/// # Errors
/// Why there is no whole answer; without the URL, whose query may hold a signature.
pub(super) async fn exchange(request: RequestBuilder) -> Result<Whole, Reply<'static>> {
    exchange_and_clock(request).await.map(|(whole, _)| whole)
}

/// The same, and what the answer's `Date` says of our clock, where it has one.
///
/// # Errors
/// See [`exchange`].
pub(super) async fn exchange_and_clock(
    request: RequestBuilder,
) -> Result<(Whole, Option<ClockOffset>), Reply<'static>> {
    let sent = Timestamp::now();
    let Answered { status, headers, received, body } = answered(request).await?;
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let clock = header("date").and_then(|date| ClockOffset::read(date, sent, received));
    Ok(((status, header("retry-after").map(String::from), body), clock))
}

/// The same, where more than one header says something: status, headers and body.
///
/// # Errors
/// See [`exchange`].
pub(super) async fn exchange_with_headers(
    request: RequestBuilder,
) -> Result<(u16, HeaderMap, Vec<u8>), Reply<'static>> {
    answered(request).await.map(|Answered { status, headers, body, .. }| (status, headers, body))
}

/// All of an answer, and when it began.
struct Answered {
    status: u16,
    headers: HeaderMap,
    received: Timestamp,
    body: Vec<u8>,
}

async fn answered(request: RequestBuilder) -> Result<Answered, Reply<'static>> {
    let mut response = request.send().await.map_err(failed)?;
    let received = Timestamp::now();
    let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(Reply::Lost(format!("an answer of more than {} MiB", BODY_BYTES_MAX >> 20)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answered { status, headers, received, body })
}

/// How far this machine's clock is ahead of a server's; negative where it is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockOffset(SignedDuration);

impl ClockOffset {
    /// From the header `Date` (RFC 9110, in whole seconds) of an answer to a request that was sent and answered at these
    /// moments of our own clock: the least that explains both.
    pub fn read(date: &str, sent: Timestamp, received: Timestamp) -> Option<ClockOffset> {
        let theirs = rfc2822::parse(date.trim()).ok()?.timestamp();
        let (earliest, latest) = (theirs, theirs.checked_add(SignedDuration::from_secs(1)).ok()?);
        Some(ClockOffset(if sent > latest {
            sent.duration_since(latest)
        } else if received < earliest {
            received.duration_since(earliest)
        } else {
            SignedDuration::ZERO
        }))
    }

    /// What to say where the clock is further off than a server lets pass: by how much, and what to do.
    pub fn beyond(self, max: Duration) -> Option<String> {
        (self.0.unsigned_abs() > max).then(|| {
            let side = if self.0.is_negative() { "behind" } else { "ahead of" };
            format!(
                "this machine's clock is {} {side} the ERP's, by the date of its answer, and {} is the most that signatures may be \
                 off: set the clock (`timedatectl set-ntp true`), then it goes on by itself",
                in_words(self.0.unsigned_abs()),
                in_words(max)
            )
        })
    }
}

/// As `2 h 5 min`, `7 min 3 s` or `12 s`.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let words: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).take(2).map(|(count, unit)| format!("{count} {unit}")).collect();
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
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
    let reason = if error.is_timeout() { "it timed out".into() } else { with_remedy(chain(&error)) };
    match error.is_connect() || error.is_builder() {
        true => Reply::NotSent(reason),
        false => Reply::Lost(reason),
    }
}

/// What to do where TLS fails for its certificate. The words before the colon are rustls's own.
fn with_remedy(reason: String) -> String {
    let remedy = match reason.split_once("invalid peer certificate: ") {
        None => return reason,
        Some((_, why)) if why.starts_with("certificate not valid for name") || why.starts_with("NotValidForName") => {
            "the server at erp.url shows a certificate for another name: correct erp.url, or see who answers there"
        }
        Some((_, why)) if why.contains("xpired") => {
            "the certificate of the server at erp.url has run out: have it renewed there, and see that this machine's clock is right"
        }
        Some(_) => {
            "no authority that this machine trusts has signed the certificate of the server at erp.url: add the authority's to the \
             system's certificates, or name its file in the environment (SSL_CERT_FILE), and see whether a proxy answers in its place"
        }
    };
    format!("{reason}: {remedy}")
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

    #[test]
    fn a_clock_that_is_off_is_said_with_how_much() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let date = "Fri, 27 Nov 2026 13:53:54 GMT";
        let read = |sent: &str, received: &str| ClockOffset::read(date, at(sent), at(received)).unwrap();
        for (sent, received) in [
            ("2026-11-27T13:53:54.2Z", "2026-11-27T13:53:54.4Z"),
            ("2026-11-27T13:53:54.9Z", "2026-11-27T13:53:55.4Z"),
            ("2026-11-27T13:53:30Z", "2026-11-27T13:54:20Z"),
        ] {
            assert_eq!(read(sent, received), ClockOffset(SignedDuration::ZERO), "{sent} to {received}");
        }
        let max = Duration::from_secs(300);
        let ahead = read("2026-11-27T14:00:58Z", "2026-11-27T14:00:59Z").beyond(max).unwrap();
        assert!(
            ahead.contains("clock is 7 min 3 s ahead of the ERP's") && ahead.contains("5 min is the most"),
            "{ahead}"
        );
        let behind = read("2026-11-27T11:53:53Z", "2026-11-27T11:53:54Z").beyond(max).unwrap();
        assert!(behind.contains("clock is 2 h behind the ERP's"), "{behind}");
        assert_eq!(read("2026-11-27T13:58:54Z", "2026-11-27T13:58:55Z").beyond(max), None);
        assert_eq!(ClockOffset::read("yesterday", at("2026-11-27T13:53:54Z"), at("2026-11-27T13:53:54Z")), None);
        assert_eq!([0, 61, 90_000].map(|s| in_words(Duration::from_secs(s))), ["0 s", "1 min 1 s", "1 d 1 h"]);
    }
}
