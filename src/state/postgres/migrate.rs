//! The schema: made where it is missing, brought up to date where it is older, refused where a newer ledgertap wrote it.

use refinery::error::Kind;
use tokio_postgres::Client;

use super::address::Address;
use super::link::{chain, failed};
use crate::state::{StateError, schema};

mod migrations {
    refinery::embed_migrations!("schema/state/postgres");
}

/// Where the migrations that were applied are listed.
const HISTORY: &str = "refinery_schema_history";

/// Brings the schema up to date, one ledgertap at a time.
pub(super) async fn run(client: &mut Client, address: &Address) -> Result<(), StateError> {
    // Where nothing is to be done, a role that may write rows and make no tables is enough.
    match applied(client, address).await? {
        Some(applied) if applied == known() => return Ok(()),
        Some(applied) => judge(address, &applied, schema::not_newer)?,
        None => {}
    }
    let action = "bring the schema up to date";
    let lock = "SELECT pg_advisory_lock(hashtextextended('ledgertap ' || $1, 0))";
    client.execute(lock, &[&address.schema]).await.map_err(|e| failed(action, &e))?;
    let done = locked(client, address).await;
    // A lock that cannot be given back goes with the connection.
    let unlock = "SELECT pg_advisory_unlock(hashtextextended('ledgertap ' || $1, 0))";
    let unlocked = client.execute(unlock, &[&address.schema]).await.map_err(|e| failed(action, &e));
    done.and(unlocked.map(|_| ()))
}

async fn locked(client: &mut Client, address: &Address) -> Result<(), StateError> {
    let action = "make the schema";
    let there = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
    let there: bool = client.query_one(there, &[&address.schema]).await.map_err(|e| failed(action, &e))?.get(0);
    if !there {
        let make = format!("CREATE SCHEMA IF NOT EXISTS {}", address.quoted_schema());
        client.batch_execute(&make).await.map_err(|e| failed(action, &e))?;
    }
    match migrations::migrations::runner().run_async(client).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(address, &error)),
    }
}

/// Refuses a schema that is not there, or is another version's.
pub(super) async fn check(client: &Client, address: &Address) -> Result<(), StateError> {
    let Some(applied) = applied(client, address).await? else {
        return Err(StateError::Missing { path: address.server() });
    };
    judge(address, &applied, schema::current)
}

/// Judges what was applied by its newest version; what has another content is another program's, whatever its number.
fn judge(
    address: &Address,
    applied: &Migrations,
    by: fn(&str, i64, i64) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let (server, known) = (address.server(), known());
    let newest = |all: &Migrations| all.last().map_or(0, |(version, _)| i64::from(*version));
    by(&server, newest(applied), newest(&known))?;
    match known.starts_with(applied) {
        true => Ok(()),
        false => Err(StateError::Version { path: server, reason: "its migrations are not this program's".to_owned() }),
    }
}

/// Versions and checksums, oldest first.
type Migrations = Vec<(i32, String)>;

/// The migrations that were applied; `None` where there is no schema of ours.
async fn applied(client: &Client, address: &Address) -> Result<Option<Migrations>, StateError> {
    let action = "read the schema's version";
    let table = format!("{}.{HISTORY}", address.quoted_schema());
    let there = "SELECT to_regclass($1) IS NOT NULL";
    let there: bool = client.query_one(there, &[&table]).await.map_err(|e| failed(action, &e))?.get(0);
    if !there {
        return Ok(None);
    }
    let sql = format!("SELECT version, checksum FROM {table} ORDER BY version");
    let rows = client.query(&sql, &[]).await.map_err(|e| failed(action, &e))?;
    Ok(Some(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
}

fn known() -> Migrations {
    let mut known = migrations::migrations::runner().get_migrations().clone();
    known.sort();
    known.iter().map(|migration| (migration.version(), migration.checksum().to_string())).collect()
}

fn refused(address: &Address, error: &refinery::Error) -> StateError {
    match error.kind() {
        Kind::DivergentVersion(..) | Kind::MissingVersion(_) => {
            StateError::Version { path: address.server(), reason: error.to_string() }
        }
        Kind::Connection(_, source) => match source.downcast_ref::<tokio_postgres::Error>() {
            Some(error) => failed("bring the schema up to date", error),
            None => StateError::Database { action: "bring the schema up to date", source: chain(error).into() },
        },
        _ => StateError::Database { action: "bring the schema up to date", source: chain(error).into() },
    }
}
