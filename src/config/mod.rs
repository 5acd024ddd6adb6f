//! One TOML file, read in two steps: what the file says (`raw`), then what each stage is given (`resolved`).
//!
//! Every error names the file and the place, and says what would be right; none repeats a value that may be a secret.

mod raw;
mod resolved;

pub use resolved::{Config, ErpConfig, RelayConfig, StateUrl, StoreConfig};

use std::path::Path;

use thiserror::Error;

/// A config that cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
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
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| ConfigError {
        place: file.clone(),
        message: format!("cannot be read ({e}); name the config with --config FILE"),
    })?;
    parse(&file, &text, &|name| std::env::var(name).ok())
}

/// As [`load`], from text and with an environment of one's own.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(file: &str, text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let raw = raw::read(file, text)?;
    resolved::resolve(file, raw, environment)
}

#[cfg(test)]
mod tests;
