//! What is PostgreSQL's alone: connections, schemas, and the server that goes away.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::connect::Connector;
use super::*;
use crate::outbox::{EntryState, Lane, NewEntry};

/// A schema that no other test has.
pub(in crate::state) struct FreshSchema {
    /// The state database's URL.
    pub url: String,
    name: String,
}

impl FreshSchema {
    /// Names one; whoever opens it makes it.
    pub fn new() -> FreshSchema {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{since}_{}_{count}", std::process::id());
        FreshSchema { url: format!("{}?schema={name}", server()), name }
    }

    /// A connection beside the state's own.
    pub async fn client(&self) -> tokio_postgres::Client {
        let connector = Connector::new(Address::parse(&self.url).unwrap()).unwrap();
        connector.open(Box::new(|_| ())).await.unwrap()
    }

    /// Takes it off the server.
    pub async fn drop(self) {
        self.client().await.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.name)).await.unwrap();
    }
}

/// The URL of the server: from the environment, else from what `scripts/services` wrote down.
fn server() -> String {
    let name = "LEDGERTAP_TEST_POSTGRES";
    if let Ok(url) = std::env::var(name) {
        return url;
    }
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into());
    let room = std::env::var_os("LEDGERTAP_SERVICES").map(PathBuf::from);
    let file = room.unwrap_or_else(|| PathBuf::from(home).join(".cache/ledgertap-services")).join("env");
    let lines = std::fs::read_to_string(&file).unwrap_or_default();
    let url = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    url.unwrap_or_else(|| panic!("{name} is neither set nor in {}: run scripts/services up postgres", file.display()))
        .to_owned()
}
