//! Logging: readable sentences with stable fields, never a row's values; and what is counted while a process runs.

mod attempts;

pub use attempts::{Attempts, Took};

use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends log lines to standard error. `LEDGERTAP_LOG` filters them; without it `default` does.
pub fn init(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_env("LEDGERTAP_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    // A second call (in tests) finds logging set up, which is what it wants.
    let _ = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
}
