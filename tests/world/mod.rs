//! Real servers for the tests: the ones that `scripts/services up` starts.
//!
//! A test asks for a server's root URL and makes itself a database of its own with [`fresh_database`], so that tests run
//! side by side on one server. Without a server a test fails with the command that starts one; it never skips.

#![allow(dead_code, reason = "each behaviour uses a part of the world")]

pub mod documents;
mod kept;
mod odoo;
mod own;
mod postgres;
mod program;
mod proxy;
mod relay;
mod shop;
mod tryton;
mod wire;
pub mod xingchen;

pub(crate) use kept::over_both;
pub use kept::{Kept, Over};
pub use odoo::{Odoo, Spoken, Written};
pub use own::Own;
pub use postgres::{OwnPostgres, url_of as postgres_url};
pub use program::{Ended, Running, Site, erp_at, start};
pub use proxy::{Proxy, Then};
pub use relay::Relay;
pub use shop::SmallShop;
pub use tryton::{Booked, Tryton};
pub use wire::Wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use ledgertap::sandbox::{self, Faults, Sandbox};
use mysql_async::prelude::Queryable;

/// The URL of a MariaDB as root, without a database.
pub fn mariadb() -> String {
    service("LEDGERTAP_TEST_MARIADB")
}

/// The URL of a MySQL as root, without a database.
pub fn mysql() -> String {
    service("LEDGERTAP_TEST_MYSQL")
}

/// The privilege to ask for the binlog's head, by the name that the server has for it.
pub fn monitor(root: &str) -> &'static str {
    if root == mariadb() { "BINLOG MONITOR" } else { "REPLICATION CLIENT" }
}

/// The URL of a PostgreSQL as its superuser (`scripts/services up postgres`).
pub fn postgres() -> String {
    service("LEDGERTAP_TEST_POSTGRES")
}

/// A small shop on a server, a sandbox ERP without faults, and a site that joins them.
pub async fn small_shop(root: &str) -> (Sandbox, SmallShop, Site) {
    small_shop_over(Over::Sqlite, root).await
}

/// The same with its state over the one database or the other.
pub async fn small_shop_over(over: Over, root: &str) -> (Sandbox, SmallShop, Site) {
    let config = sandbox::Config::new(SocketAddr::from(([127, 0, 0, 1], 0)), Faults::none(), 7);
    let sandbox = sandbox::start(config).await.unwrap();
    let shop = SmallShop::on(root).await;
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    if over == Over::Postgres {
        site.kept = Kept::in_postgres();
    }
    (sandbox, shop, site)
}

/// Prepares the process: one TLS provider for everything in it. Any number of calls is fine.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Creates a database that no other test and no other run has, and returns its URL.
///
/// It stays on the server, for a look after a failure, until `scripts/services down`.
pub async fn fresh_database(root_url: &str, label: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    init();
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("t_{label}_{}_{}_{count}", since_epoch.as_millis(), std::process::id());
    let pool = mysql_async::Pool::from_url(root_url).expect("the server's URL is well-formed");
    let mut conn = pool.get_conn().await.unwrap_or_else(|e| panic!("{root_url}: {e}; run scripts/services up"));
    conn.query_drop(format!("CREATE DATABASE `{name}` DEFAULT CHARACTER SET utf8mb4"))
        .await
        .expect("create a database");
    drop(conn);
    pool.disconnect().await.expect("disconnect");
    format!("{}/{name}", root_url.trim_end_matches('/'))
}

/// From the environment, else from what `scripts/services` wrote down.
fn service(name: &str) -> String {
    if let Ok(url) = std::env::var(name) {
        return url;
    }
    let file = services_room().join("env");
    let lines = std::fs::read_to_string(&file).unwrap_or_default();
    let url = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    url.unwrap_or_else(|| {
        panic!("{name} is neither set nor in {}: run scripts/services up{}", file.display(), by_name(name))
    })
    .to_owned()
}

/// What has to be asked for by its name.
fn by_name(name: &str) -> &'static str {
    match name {
        "LEDGERTAP_TEST_POSTGRES" => " postgres",
        "LEDGERTAP_TEST_TRYTON" => " tryton",
        "LEDGERTAP_TEST_ODOO" => " odoo",
        "LEDGERTAP_TEST_ODOO_19" => " odoo-19",
        _ => "",
    }
}

/// The same folder as in `scripts/services`.
fn services_room() -> PathBuf {
    if let Some(room) = std::env::var_os("LEDGERTAP_SERVICES") {
        return room.into();
    }
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into());
    PathBuf::from(home).join(".cache/ledgertap-services")
}
