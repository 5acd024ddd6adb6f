//! Where a site keeps its state: in a file, or in a schema of a PostgreSQL server; and a look into it by plain SQL.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio_postgres::{Client, NoTls};

/// A state database.
#[derive(Debug, Clone)]
pub enum Kept {
    /// A SQLite file.
    File(PathBuf),
    /// A schema of the server with this URL.
    Schema { server: String, name: String },
}

/// Which state database a test is run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A SQLite file.
    Sqlite,
    /// A schema of the tests' PostgreSQL.
    Postgres,
}

/// Runs tests over each state database: each is a function of [`Over`].
macro_rules! over_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::Over::Sqlite).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::Over::Postgres).await;
            })*
        }
    };
}
pub(crate) use over_both;

impl Kept {
    /// A schema of the tests' PostgreSQL that no other test and no other run has.
    ///
    /// It stays on the server, for a look after a failure, until `scripts/services down`.
    pub fn in_postgres() -> Kept {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_millis();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Kept::Schema { server: super::postgres(), name: format!("t_{since_epoch}_{}_{count}", std::process::id()) }
    }

    /// As the config names it.
    pub fn url(&self) -> String {
        match self {
            Kept::File(path) => format!("sqlite:{}", path.display()),
            Kept::Schema { server, name } => {
                format!("{server}{}schema={name}", if server.contains('?') { '&' } else { '?' })
            }
        }
    }

    /// The number that a query gives; none while there is none, or no such table.
    pub async fn number(&self, query: &str) -> Option<i64> {
        match self {
            Kept::File(path) => {
                let database = rusqlite::Connection::open(path);
                database.and_then(|d| d.query_row(query, [], |row| row.get(0))).ok()
            }
            Kept::Schema { .. } => self.client().await.query_opt(query, &[]).await.ok()??.get(0),
        }
    }

    /// Changes it by hand.
    pub async fn sql(&self, statements: &str) {
        let done = match self {
            Kept::File(path) => {
                let database = rusqlite::Connection::open(path).expect("open it");
                database.execute_batch(statements).map_err(|e| e.to_string())
            }
            Kept::Schema { .. } => self.client().await.batch_execute(statements).await.map_err(|e| format!("{e:?}")),
        };
        done.unwrap_or_else(|e| panic!("{statements}: {e}"));
    }

    /// A connection to the schema.
    pub async fn client(&self) -> Client {
        let Kept::Schema { server, name } = self else { panic!("a file has no connections") };
        let (client, connection) =
            tokio_postgres::connect(server, NoTls).await.unwrap_or_else(|e| panic!("{server}: {e}"));
        tokio::spawn(connection);
        client.batch_execute(&format!("SET search_path TO \"{name}\"")).await.expect("go to the schema");
        client
    }
}
