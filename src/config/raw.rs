//! What the file says, key by key; nothing is interpreted here.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::ConfigError;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    /// A name for this store and ERP account within the state database.
    pub stream: Option<String>,
    pub store: RawStore,
    pub state: Option<RawState>,
    /// Each kind has keys of its own, which `erp` reads.
    pub erp: Option<IgnoredAny>,
    #[serde(default)]
    pub relay: RawRelay,
    #[serde(default)]
    pub outbox: RawOutbox,
    pub console: Option<RawConsole>,
    #[serde(default)]
    pub books: RawBooks,
    #[serde(default)]
    pub customers: RawCustomers,
    #[serde(default)]
    pub products: RawProducts,
    #[serde(default)]
    pub rules: Vec<RawRule>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBooks {
    pub sales_order: Option<String>,
    pub again: Option<String>,
    pub credit_note: Option<String>,
    pub debit_note: Option<String>,
    pub closed_until: Option<String>,
    pub opening: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCustomers {
    pub policy: Option<String>,
    pub shared: Option<String>,
    pub guests: Option<String>,
    pub number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProducts {
    pub crosswalk: Option<String>,
    pub unknown: Option<String>,
    pub unit: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub on: Option<String>,
    pub each: Option<String>,
    pub require: String,
    pub otherwise: String,
    pub message: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStore {
    pub url: String,
    pub mapping: String,
    /// The id under which the bridge shows among the store's replicas.
    pub server_id: Option<u32>,
    /// How often the server says that it is there.
    pub heartbeat: Option<String>,
    /// How often the newest order is looked for in what was read.
    pub probe: Option<String>,
    /// Settings of the profile that differ in this shop.
    #[serde(default)]
    pub profile: toml::Table,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawState {
    pub url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRelay {
    pub concurrency: Option<usize>,
    pub rate_per_minute: Option<u32>,
    pub backoff: Option<String>,
    pub backoff_max: Option<String>,
    pub deadline: Option<String>,
    /// How often the ERP is asked for items that parked documents wait for.
    pub items_again: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutbox {
    /// How long payloads and attempts of what is final are kept.
    pub keep: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConsole {
    /// Address and port, on loopback.
    pub listen: String,
}

/// Reads the file's text.
pub(super) fn read(file: &str, text: &str) -> Result<RawConfig, ConfigError> {
    toml::from_str(text).map_err(|error| located(file, text, &error))
}

/// Reads one block of it, less the keys that `others` are.
pub(super) fn read_block<T: DeserializeOwned>(
    file: &str,
    text: &str,
    block: &str,
    others: &[&str],
) -> Result<T, ConfigError> {
    let read = || {
        let whole = DeTable::parse(text)?;
        let found = whole.get_ref().get(block).cloned();
        let mut found = found.unwrap_or_else(|| Spanned::new(0..0, DeValue::Table(DeTable::new())));
        if let DeValue::Table(keys) = found.get_mut() {
            for key in others {
                keys.remove(*key);
            }
        }
        T::deserialize(ValueDeserializer::from(found))
    };
    read().map_err(|error| located(file, text, &error))
}

fn located(file: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let place = match error.span() {
        Some(span) => {
            let before = &text[..span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            format!("{file}:{line}:{column}")
        }
        None => file.to_owned(),
    };
    // The message alone: the rendered error would repeat the line, and with it whatever secret stands there.
    ConfigError { place, message: without_value(error.message().trim_end()).replace('\n', ", ") }
}

/// `invalid type: integer `987`, expected a string` without the value, which may be a secret.
fn without_value(message: &str) -> String {
    match (
        message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: ")),
        message.find(", expected "),
    ) {
        (Some(found), Some(expected)) => {
            let kind: String = found.chars().take_while(|c| c.is_ascii_alphabetic() || *c == ' ').collect();
            format!("invalid type: {}{}", kind.trim_end(), &message[expected..])
        }
        _ => message.to_owned(),
    }
}
