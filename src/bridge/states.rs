//! The state database that the config names: to run with, to be changed by a person, to be read.

use std::sync::Arc;

use crate::config::{Config, StateUrl};
use crate::state::State;
use crate::state::copy::{self, Copied, CopyError, Place};
use crate::state::postgres::PostgresState;
use crate::state::sqlite::SqliteState;

/// Opens or makes it for a bridge, and brings its schema up to date.
///
/// # Errors
/// Where it cannot be opened, or another bridge has the file.
pub async fn open_state(config: &Config) -> anyhow::Result<Arc<dyn State>> {
    match &config.state {
        StateUrl::Sqlite(path) => Ok(Arc::new(SqliteState::open(path, &config.stream)?)),
        StateUrl::Postgres(url) => Ok(Arc::new(PostgresState::open(url.expose(), &config.stream).await?)),
    }
}

/// Opens it to be changed by a person: beside a bridge that has it, or made where there is none yet.
///
/// # Errors
/// As [`open_state`].
pub async fn state_to_change(config: &Config) -> anyhow::Result<Arc<dyn State>> {
    match &config.state {
        StateUrl::Sqlite(path) if SqliteState::is_in_use(path) => {
            Ok(Arc::new(SqliteState::open_beside(path, &config.stream)?))
        }
        StateUrl::Sqlite(_) | StateUrl::Postgres(_) => open_state(config).await,
    }
}

/// Opens an existing one, beside a bridge that may be running; nothing is made.
///
/// # Errors
/// Where there is none, or it cannot be opened.
pub async fn state_beside(config: &Config) -> anyhow::Result<Arc<dyn State>> {
    match &config.state {
        StateUrl::Sqlite(path) => Ok(Arc::new(SqliteState::open_beside(path, &config.stream)?)),
        StateUrl::Postgres(url) => Ok(Arc::new(PostgresState::open_beside(url.expose(), &config.stream).await?)),
    }
}

/// Opens an existing one to read it, beside a bridge that may be running.
///
/// # Errors
/// As [`state_beside`].
pub async fn state_to_read(config: &Config) -> anyhow::Result<Arc<dyn State>> {
    match &config.state {
        StateUrl::Sqlite(path) => Ok(Arc::new(SqliteState::open_to_read(path, &config.stream)?)),
        StateUrl::Postgres(url) => Ok(Arc::new(PostgresState::open_beside(url.expose(), &config.stream).await?)),
    }
}

/// True where a bridge is at work with it: as a dump it would show among the store's connections.
pub async fn state_is_in_use(config: &Config) -> bool {
    match &config.state {
        StateUrl::Sqlite(path) => SqliteState::is_in_use(path),
        StateUrl::Postgres(_) => false,
    }
}

/// Copies a stream, or all of them, from one state database to another.
///
/// # Errors
/// As [`copy::copy`].
pub async fn copy_state(from: &StateUrl, to: &StateUrl, stream: Option<&str>) -> Result<Copied, CopyError> {
    copy::copy(&place(from), &place(to), stream).await
}

fn place(url: &StateUrl) -> Place {
    match url {
        StateUrl::Sqlite(path) => Place::Sqlite(path.clone()),
        StateUrl::Postgres(url) => Place::Postgres(url.expose().to_owned()),
    }
}
