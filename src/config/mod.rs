//! One TOML file, read in two steps: what the file says (`raw`), then what each stage is given (`resolved`).
//!
//! Every error names the file and the place, and says what would be right; none repeats a value that may be a secret.

mod books;
mod erp;
mod raw;
mod resolved;

pub use books::{BooksConfig, OpeningConfig, ProductsConfig, read_accounts, read_items, read_known_orders};
pub use erp::ErpConfig;
pub use resolved::{Config, PostgresUrl, RelayConfig, StateUrl, StoreConfig};

use std::path::Path;

use thiserror::Error;

/// A config that cannot be used.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("{place}: {message}")]
pub struct ConfigError {
    /// File and line, or file and key.
    pub place: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Reads and checks a config file; `${NAME}` in a value is taken from the environment.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let (file, text) = text_of(path)?;
    parse(&file, &text, &environment)
}

/// The store of a config file: for those who need neither a state database nor an ERP, and none of their secrets.
///
/// # Errors
/// The first thing that is wrong with it, with its place.
pub fn load_store(path: &Path) -> Result<StoreConfig, ConfigError> {
    let (file, text) = text_of(path)?;
    resolved::resolve_store(&file, raw::read(&file, &text)?.store, &environment)
}

/// The books of a config file: for those who need neither a state database nor an ERP. Answers the stream's name, too.
///
/// # Errors
/// The first thing that is wrong with them, with its place.
pub fn load_books(path: &Path) -> Result<(String, BooksConfig), ConfigError> {
    let (file, text) = text_of(path)?;
    resolved::resolve_books(&file, raw::read(&file, &text)?)
}

/// Where a state database is, as an argument of the command line says it; `${NAME}` is taken from the environment, as in a file.
///
/// # Errors
/// What is wrong with it, with the argument's name.
pub fn state_url(argument: &str, url: &str) -> Result<StateUrl, ConfigError> {
    resolved::resolve_state(argument, url, &environment)
}

/// The mapping of a config file and its overrides: for those who have the store's URL from elsewhere.
///
/// # Errors
/// The first thing that is wrong with it, with its place.
pub fn load_mapping(path: &Path) -> Result<(String, toml::Table), ConfigError> {
    let (file, text) = text_of(path)?;
    resolved::resolve_mapping(&file, raw::read(&file, &text)?.store)
}

fn text_of(path: &Path) -> Result<(String, String), ConfigError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(error) => {
            let message = format!("cannot be read ({error}); name the config with --config FILE");
            Err(ConfigError { place: file, message })
        }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// As [`load`], from text and with an environment of one's own.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(file: &str, text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let raw = raw::read(file, text)?;
    resolved::resolve(file, text, raw, environment)
}

#[cfg(test)]
mod tests;
