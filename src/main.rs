//! The program: exit code and error chain; everything else is in the library.

use std::io::Write as _;
use std::process::ExitCode;

use ledgertap::cli;

/// Rows go from the thread that decodes them to those that plan and write: an allocator that is made for that saves a fifth.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::main() {
        Ok(code) => code,
        Err(failure) => {
            // Nobody may listen any more.
            let _ = writeln!(std::io::stderr(), "ledgertap: {}", chain(&failure.error));
            ExitCode::from(failure.code)
        }
    }
}

/// The error and its causes in one line; a cause that the line already says is not said again.
fn chain(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}
