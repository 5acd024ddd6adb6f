//! Whether a stored schema is this program's; said the same way of every state database.

use super::StateError;

/// Refuses a schema that a newer program has written.
pub(super) fn not_newer(path: &str, found: i64, known: i64) -> Result<(), StateError> {
    match found <= known {
        true => Ok(()),
        false => Err(StateError::Version { path: path.to_owned(), reason: versions(found, known) }),
    }
}

/// Refuses a schema that a newer program has written, or one that is to be brought up to date first.
pub(super) fn current(path: &str, found: i64, known: i64) -> Result<(), StateError> {
    not_newer(path, found, known)?;
    match found == known {
        true => Ok(()),
        false => Err(StateError::Outdated { path: path.to_owned(), reason: versions(found, known) }),
    }
}

fn versions(found: i64, known: i64) -> String {
    format!("its schema is version {found}, this program's is {known}")
}
