//! Where the bridge keeps its state: a SQLite file of its own, or a schema of its own in PostgreSQL.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

/// A kind of state database.
#[derive(Debug, Clone)]
pub enum Place {
    /// A file.
    Sqlite,
    /// The server with this URL.
    Postgres(String),
}

impl Place {
    /// Both kinds, or the one that is named; PostgreSQL only where the environment names a server.
    pub fn all(only: Option<&str>) -> anyhow::Result<Vec<Place>> {
        let server = std::env::var("LEDGERTAP_BENCH_POSTGRES").ok().map(Place::Postgres);
        match only {
            None => Ok(std::iter::once(Place::Sqlite).chain(server).collect()),
            Some("sqlite") => Ok(vec![Place::Sqlite]),
            Some("postgres") => Ok(vec![server.context("set LEDGERTAP_BENCH_POSTGRES=postgres://…")?]),
            Some(other) => bail!("--state {other}: there are sqlite and postgres"),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Place::Sqlite => "sqlite",
            Place::Postgres(_) => "postgres",
        }
    }

    /// The URL of a state database that nothing was written to yet.
    pub fn fresh(&self, folder: &Path) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        match self {
            Place::Sqlite => format!("sqlite:{}", folder.join("ledgertap.db").display()),
            Place::Postgres(server) => {
                let mark = if server.contains('?') { '&' } else { '?' };
                let (at, count) = (Timestamp::now().as_millisecond(), COUNT.fetch_add(1, Ordering::Relaxed));
                format!("{server}{mark}schema=bench_{at}_{count}")
            }
        }
    }
}

/// Takes a schema off the server again; a file goes with its folder.
pub async fn clear(url: &str) -> anyhow::Result<()> {
    let Some((server, schema)) = url.rsplit_once("schema=").filter(|_| url.starts_with("postgres")) else {
        return Ok(());
    };
    let server = server.trim_end_matches(['?', '&']);
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(&format!("SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE")).await?;
    drop(client);
    connection.await?.context("drop a schema")
}
