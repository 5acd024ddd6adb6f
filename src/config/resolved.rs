//! What each stage is given: checked, with defaults filled in and the environment's secrets in place.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::ConfigError;
use super::books::{self, BooksConfig};
use super::erp::{self, ErpConfig};
use super::raw::{RawConfig, RawConsole, RawOutbox, RawRelay, RawState, RawStore};
use crate::mapping;
use crate::outbox::Backoff;

/// The whole config.
#[derive(Debug, Clone)]
pub struct Config {
    /// The stream's name in the state database.
    pub stream: String,
    /// The store.
    pub store: StoreConfig,
    /// The state database.
    pub state: StateUrl,
    /// The ERP account, or what is wrong with it.
    erp: Result<ErpConfig, ConfigError>,
    /// The right loop.
    pub relay: RelayConfig,
    /// How long payloads and attempts of what is final are kept; `None`: for ever.
    pub keep: Option<Duration>,
    /// Where health and metrics are asked for, on loopback; `None`: nowhere.
    pub console: Option<SocketAddr>,
    /// The books.
    pub books: BooksConfig,
}

impl Config {
    /// The ERP account. Only who speaks with the ERP needs its secrets.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its place.
    pub fn erp(&self) -> Result<&ErpConfig, ConfigError> {
        self.erp.as_ref().map_err(Clone::clone)
    }
}

/// How the store is reached and read.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// `mysql://` URL, with its password.
    pub url: SecretString,
    /// A profile's name, or a folder as seen from the working directory.
    pub mapping: String,
    /// Settings of the profile that differ in this shop.
    pub profile: toml::Table,
    /// The id under which the bridge shows among the store's replicas; drawn at random where not given.
    pub server_id: Option<u32>,
    /// How often the server says that it is there when it has nothing else to say.
    pub heartbeat: Duration,
    /// How often the newest order in the store is looked for in what was read; `None`: never.
    pub probe: Option<Duration>,
}

/// Where the state database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateUrl {
    /// An embedded file.
    Sqlite(PathBuf),
    /// A PostgreSQL schema.
    Postgres(PostgresUrl),
}

/// A `postgres://` URL, with its password.
#[derive(Debug, Clone)]
pub struct PostgresUrl(SecretString);

impl PostgresUrl {
    /// The URL as it is.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for PostgresUrl {
    fn eq(&self, other: &PostgresUrl) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for PostgresUrl {}

/// The right loop's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayConfig {
    /// Documents on their way at once.
    pub concurrency: usize,
    /// Waits between attempts.
    pub backoff: Backoff,
    /// From planning to delivery; what fails after that is parked.
    pub deadline: Duration,
    /// How often the ERP is asked for items that parked documents wait for.
    pub items_again: Duration,
}

/// The ERP is asked for a missing item no more often than this.
const ITEMS_AGAIN_MIN: Duration = Duration::from_millis(100);

/// Long enough for a quarter's books to be closed and looked into.
const KEEP: Duration = Duration::from_secs(90 * 24 * 3600);

const CONCURRENCY_MAX: usize = 256;

/// A heartbeat that comes more often is traffic for nothing; with one that comes less often a dead connection is found too late.
const HEARTBEAT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60);

/// The store is asked no more often than this.
const PROBE_MIN: Duration = Duration::from_millis(100);

/// Checks what the file says.
pub(super) fn resolve(
    file: &str,
    text: &str,
    raw: RawConfig,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Config, ConfigError> {
    let at = Place { file, environment };
    let stream = raw.stream.unwrap_or_else(|| "main".into());
    if stream.is_empty() || !stream.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
        return Err(at.error("stream", "must be letters, digits, - and _"));
    }
    let Some(RawState { url }) = &raw.state else {
        return Err(at.error("state", "is missing: add [state] with url = \"sqlite:ledgertap.db\""));
    };
    let books = books::resolve(&at, &stream, raw.books, raw.customers, raw.products, raw.rules)?;
    let rate = raw.relay.rate_per_minute;
    let no_erp = || at.error("erp", "is missing: add the block of the ERP's account (`ledgertap sandbox` prints one)");
    Ok(Config {
        stream,
        store: store(&at, raw.store)?,
        state: state(&at, "state.url", url)?,
        erp: raw.erp.ok_or_else(no_erp).and_then(|_| erp::resolve(&at, text, rate)),
        relay: relay(&at, &raw.relay)?,
        keep: keep(&at, &raw.outbox)?,
        console: raw.console.map(|raw| console(&at, &raw)).transpose()?,
        books,
    })
}

/// Checks what the file says of the store.
pub(super) fn resolve_store(
    file: &str,
    raw: RawStore,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<StoreConfig, ConfigError> {
    store(&Place { file, environment }, raw)
}

/// Checks where a state database is said to be on the command line, by its argument.
pub(super) fn resolve_state(
    argument: &str,
    url: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<StateUrl, ConfigError> {
    state(&Place { file: "the command line", environment }, argument, url)
}

/// Checks what the file says of the books.
pub(super) fn resolve_books(file: &str, raw: RawConfig) -> Result<(String, BooksConfig), ConfigError> {
    let stream = raw.stream.unwrap_or_else(|| "main".into());
    let at = Place { file, environment: &|_| None };
    let books = books::resolve(&at, &stream, raw.books, raw.customers, raw.products, raw.rules)?;
    Ok((stream, books))
}

/// Checks what the file says of the mapping.
pub(super) fn resolve_mapping(file: &str, raw: RawStore) -> Result<(String, toml::Table), ConfigError> {
    let mapping = mapping_place(&Place { file, environment: &|_| None }, &raw.mapping)?;
    Ok((mapping, raw.profile))
}

fn mapping_place(at: &Place<'_>, written: &str) -> Result<String, ConfigError> {
    if written.trim().is_empty() {
        return Err(at.error("store.mapping", "must be a profile's name (ecshop) or a folder"));
    }
    let place = at.path(written);
    // A name that is no folder is a profile's, or meant to be one.
    if mapping::profile_names().any(|name| name == written) || !(written.contains('/') || place.exists()) {
        return Ok(written.to_owned());
    }
    Ok(place.display().to_string())
}

fn store(at: &Place<'_>, raw: RawStore) -> Result<StoreConfig, ConfigError> {
    at.refuse_bare_account("store.url", &raw.url)?;
    let url = at.text("store.url", &raw.url)?;
    if !url.starts_with("mysql://") {
        return Err(at.error("store.url", "must look like mysql://user:${PASSWORD}@host:3306/database"));
    }
    let mapping = mapping_place(at, &raw.mapping)?;
    if raw.server_id == Some(0) {
        return Err(at.error("store.server_id", "must not be 0"));
    }
    let heartbeat = at.duration("store.heartbeat", raw.heartbeat.as_ref(), Duration::from_secs(5))?;
    if !HEARTBEAT.contains(&heartbeat) {
        return Err(at.error("store.heartbeat", "must be \"1s\" to \"60s\""));
    }
    let probe = at.duration("store.probe", raw.probe.as_ref(), Duration::from_secs(60))?;
    let probe = (!probe.is_zero()).then_some(probe);
    if probe.is_some_and(|every| every < PROBE_MIN) {
        return Err(at.error("store.probe", "must be \"100ms\" or more, or \"0s\" for never"));
    }
    let (profile, server_id) = (raw.profile, raw.server_id);
    Ok(StoreConfig { url: url.into(), mapping, profile, server_id, heartbeat, probe })
}

pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Place<'_> {
    pub(super) fn error(&self, key: &str, message: impl Into<String>) -> ConfigError {
        ConfigError { place: format!("{}: {key}", self.file), message: message.into() }
    }

    /// A path as the file means it: from its own folder, or from the working directory where only that has such a thing.
    pub(super) fn path(&self, written: &str) -> PathBuf {
        let beside = self.beside(written);
        if !beside.exists() && Path::new(written).exists() { written.into() } else { beside }
    }

    /// A path in the file's own folder.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        Path::new(self.file).parent().unwrap_or(Path::new("")).join(name)
    }

    /// Puts the environment's values in place of `${NAME}`.
    pub(super) fn text(&self, key: &str, text: &str) -> Result<String, ConfigError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}').map(|e| start + e) else {
                return Err(self.error(key, "has a ${ without its }"));
            };
            let name = &rest[start + 2..end];
            let value = (self.environment)(name)
                .ok_or_else(|| self.error(key, format!("needs the environment variable {name}, which is not set")))?;
            out.push_str(&rest[..start]);
            out.push_str(&value);
            rest = &rest[end + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Refuses a variable that stands for a URL's user or password and would end it early: what follows would be taken for the
    /// host, and be shown as such.
    fn refuse_bare_account(&self, key: &str, url: &str) -> Result<(), ConfigError> {
        let account = url.rsplit_once('@').map_or("", |(account, _)| account);
        let names = account.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        for name in names {
            if (self.environment)(name).is_some_and(|value| value.contains(['/', '?', '#'])) {
                let what = format!(
                    "the value of {name} has characters that must be percent-encoded in a URL: write / as %2F, ? as %3F, # as \
                     %23, @ as %40 and % as %25"
                );
                return Err(self.error(key, what));
            }
        }
        Ok(())
    }

    pub(super) fn duration(
        &self,
        key: &str,
        value: Option<&String>,
        default: Duration,
    ) -> Result<Duration, ConfigError> {
        let Some(text) = value else { return Ok(default) };
        parse_duration(text)
            .ok_or_else(|| self.error(key, "must be a duration like \"500ms\", \"30s\", \"5m\", \"24h\" or \"90d\""))
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    match text[digits..].trim() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        "h" => number.checked_mul(3600).map(Duration::from_secs),
        "d" => number.checked_mul(24 * 3600).map(Duration::from_secs),
        _ => None,
    }
}

fn state(at: &Place<'_>, key: &str, url: &str) -> Result<StateUrl, ConfigError> {
    at.refuse_bare_account(key, url)?;
    let url = at.text(key, url)?;
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
            let written = path.strip_prefix("//").unwrap_or(path);
            let (found, here) = (at.path(written), Path::new(written));
            // Two streams that began apart must not take turns.
            if here.exists() && found.canonicalize().ok() != here.canonicalize().ok() {
                let what =
                    format!("{written} is in this file's folder and in the working directory: write the whole path");
                return Err(at.error(key, what));
            }
            Ok(StateUrl::Sqlite(found))
        }
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            Ok(StateUrl::Postgres(PostgresUrl(url.into())))
        }
        _ => Err(at.error(key, "must look like sqlite:ledgertap.db or postgres://user:${PASSWORD}@host:5432/database")),
    }
}

fn relay(at: &Place<'_>, raw: &RawRelay) -> Result<RelayConfig, ConfigError> {
    let concurrency = raw.concurrency.unwrap_or(4);
    if !(1..=CONCURRENCY_MAX).contains(&concurrency) {
        return Err(at.error("relay.concurrency", format!("must be 1 to {CONCURRENCY_MAX}")));
    }
    let first = at.duration("relay.backoff", raw.backoff.as_ref(), Duration::from_secs(1))?;
    let max = at.duration("relay.backoff_max", raw.backoff_max.as_ref(), Duration::from_secs(60))?;
    if first.is_zero() || max < first {
        return Err(at.error("relay.backoff", "must be above zero and at most relay.backoff_max"));
    }
    let deadline = at.duration("relay.deadline", raw.deadline.as_ref(), Duration::from_secs(24 * 3600))?;
    let items_again = at.duration("relay.items_again", raw.items_again.as_ref(), Duration::from_secs(60))?;
    if items_again < ITEMS_AGAIN_MIN {
        return Err(at.error("relay.items_again", "must be \"100ms\" or more"));
    }
    Ok(RelayConfig { concurrency, backoff: Backoff { first, max }, deadline, items_again })
}

fn keep(at: &Place<'_>, raw: &RawOutbox) -> Result<Option<Duration>, ConfigError> {
    let keep = at.duration("outbox.keep", raw.keep.as_ref(), KEEP)?;
    Ok((!keep.is_zero()).then_some(keep))
}

/// Health and metrics are for this machine's own agents: there is no password and no TLS.
fn console(at: &Place<'_>, raw: &RawConsole) -> Result<SocketAddr, ConfigError> {
    let key = "console.listen";
    let Ok(listen) = raw.listen.parse::<SocketAddr>() else {
        return Err(at.error(key, "must be an address and a port like \"127.0.0.1:9187\""));
    };
    match listen.ip().is_loopback() {
        true => Ok(listen),
        false => Err(at.error(
            key,
            format!(
                "{} is not a loopback address, and what is said there is for this machine alone: write \"127.0.0.1:{}\"",
                listen.ip(),
                listen.port()
            ),
        )),
    }
}
