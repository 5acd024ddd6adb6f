//! Standard output, which may be closed before all is said (`ledgertap … | head`): then the program ends as if it were done.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// Like `println!`, and ends the program quietly where nobody reads on.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::say::line(format_args!($($text)*))
    };
}

pub(super) use say;

/// Writes a line; see [`say!`].
pub(super) fn line(text: Arguments<'_>) {
    if !is_heard(format_args!("{text}\n")) {
        std::process::exit(0);
    }
}

/// Writes lines that end in a line feed of their own; see [`say!`].
pub(super) fn lines(text: &str) {
    if !is_heard(format_args!("{text}")) {
        std::process::exit(0);
    }
}

/// Writes a text; false where nobody reads on.
pub(super) fn is_heard(text: Arguments<'_>) -> bool {
    match std::io::stdout().write_fmt(text) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => false,
        Err(error) => {
            tracing::error!(%error, "cannot write to standard output");
            std::process::exit(1);
        }
    }
}

/// Writes a line to standard error, if anybody listens.
pub(super) fn complain(text: Arguments<'_>) {
    let _ = std::io::stderr().write_fmt(format_args!("{text}\n"));
}
