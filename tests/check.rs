//! What a check finds on real servers, and that the servers do what it says.

use std::time::Duration;

use ledgertap::binlog::{Attached, Finding, From, Limits, Preflight, Source, Store, Stream};
use ledgertap::change::{Footprint, Position, TableUse};
use ledgertap::sandbox::{self, Faults};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};

use crate::bad_store::purge;
use crate::binlog_stream::read_to;
use crate::world::{self, Own, Relay, Site, SmallShop};

/// A database of this test's own.
struct Shop {
    conn: Conn,
    source: Source,
}

impl Shop {
    async fn on(root: &str, statements: &[&str]) -> Shop {
        let url = world::fresh_database(root, "check").await;
        let conn = Conn::new(Opts::from_url(&url).expect("it is a URL")).await.expect("connect");
        let mut shop = Shop { conn, source: Source::from_url(&url).expect("it is a URL") };
        shop.run(statements).await;
        shop
    }

    async fn run(&mut self, statements: &[&str]) {
        for statement in statements {
            self.conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    async fn store(&self) -> Store {
        Store::inspect(&self.source).await.expect("connect")
    }

    async fn check(&self, tables: &[&str], stream: &Attached) -> Preflight {
        let tables: Vec<String> = tables.iter().map(|t| (*t).to_owned()).collect();
        self.store().await.preflight(&tables, stream).await
    }

    async fn stream(&self, from: &Position, table: &str) -> Stream {
        let mut store = self.store().await;
        let shapes = store.shapes(&[table.to_owned()]).await.expect("look at the table");
        let uses = TableUse { table: table.to_owned(), columns: vec!["id".into()], key: vec![0] };
        store.stream(from, &Footprint { tables: vec![uses] }, &shapes).await.expect("open the binlog")
    }
}

fn at(position: &Position) -> Attached {
    Attached { position: Some(position.clone()), running: false }
}

/// The only finding that says this.
fn the<'a>(found: &'a Preflight, part: &str) -> &'a Finding {
    let all: Vec<&Finding> = found.findings.iter().filter(|f| f.what.contains(part)).collect();
    assert_eq!(all.len(), 1, "{part}: {:#?}", found.findings);
    all[0]
}

async fn cascade(server: &Own, logged: bool) {
    let mut shop = Shop::on(
        &server.root(),
        &[
            "CREATE TABLE orders (id INT PRIMARY KEY) ENGINE=InnoDB",
            "CREATE TABLE notes (id INT PRIMARY KEY, order_id INT, FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE \
             CASCADE ON UPDATE SET NULL) ENGINE=InnoDB",
            "INSERT INTO orders VALUES (1), (2)",
            "INSERT INTO notes VALUES (10, 1), (20, 2)",
        ],
    )
    .await;
    let found = shop.check(&["notes", "orders"], &Attached::default()).await;
    let finding = the(&found, "`notes` follows `orders` (ON DELETE CASCADE ON UPDATE SET NULL)");
    assert_eq!((finding.ok, finding.remedy.is_empty()), (logged, logged), "{finding:?}");

    let from = shop.store().await.resolve(&From::Now).await.expect("there is a head");
    shop.run(&["DELETE FROM orders WHERE id = 1", "UPDATE orders SET id = 3 WHERE id = 2"]).await;
    let target = shop.store().await.head().await.expect("there is a head");
    let (all, _) = read_to(&mut shop.stream(&from, "notes").await, &target).await;
    assert_eq!(all.len(), if logged { 2 } else { 0 }, "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_key_is_a_fault_where_the_server_does_not_log_what_it_does() {
    cascade(&Own::mariadb(&[]).await, false).await;
    cascade(&Own::mysql(&[]).await, true).await;
    cascade(&Own::mysql(&["--innodb-native-foreign-keys=ON"]).await, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_hide_their_rows_are_named() {
    for root in [world::mariadb(), world::mysql()] {
        let shop = Shop::on(
            &root,
            &[
                "CREATE TABLE orders (id INT PRIMARY KEY) ENGINE=InnoDB",
                "CREATE TABLE users (id INT PRIMARY KEY) ENGINE=MyISAM",
                "CREATE TABLE carts (id INT PRIMARY KEY) ENGINE=MEMORY",
                "CREATE VIEW paid AS SELECT * FROM orders",
                "CREATE TRIGGER seen AFTER INSERT ON orders FOR EACH ROW SET @seen = NEW.id",
            ],
        )
        .await;
        let found = shop.check(&["orders", "users", "carts", "paid"], &Attached::default()).await;
        assert!(the(&found, "`users` (MyISAM)").ok && the(&found, "1 triggers").ok);
        assert!(!the(&found, "the engine of `carts` is MEMORY").ok && !the(&found, "`paid` is a view").ok);
        assert!(the(&found, "no foreign key").ok && the(&found, "clock and this machine's agree").ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_hide_rows_are_found_where_the_server_shows_them() {
    let server = Own::mysql(&[]).await;
    let mut shop = Shop::on(&server.root(), &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
    let hides = "sql_log_bin of its own that hides rows";
    assert!(the(&shop.check(&["orders"], &Attached::default()).await, hides).ok);
    shop.run(&["SET SESSION sql_log_bin = 0", "SET SESSION binlog_row_image = 'MINIMAL'"]).await;
    let found = shop.check(&["orders"], &Attached::default()).await;
    let finding = the(&found, "open sessions change rows");
    assert!(!finding.ok && finding.what.ends_with("1 with binlog_row_image = MINIMAL, 1 with sql_log_bin = OFF"));

    let server = Own::mariadb(&["--performance-schema=ON"]).await;
    let mut shop = Shop::on(&server.root(), &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
    shop.run(&["SET SESSION sql_log_bin = 0"]).await;
    assert!(the(&shop.check(&["orders"], &Attached::default()).await, "MariaDB does not show it").ok);
}

async fn headroom(server: &Own) {
    let mut shop = Shop::on(&server.root(), &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
    shop.run(&["SET GLOBAL binlog_expire_logs_seconds = 37000"]).await;
    let mut store = shop.store().await;
    let by_gtid = store.head().await.expect("there is a head");
    let by_file = store.head_like(&Position("file:x:4".into())).await.expect("there is a head");
    for place in [&by_gtid, &by_file] {
        let found = shop.check(&["orders"], &at(place)).await;
        assert!(the(&found, "binlog that is being written: it lasts 10 h at the least").ok);
        assert!(the(&found, "the oldest binlog that is still there begins 0 min ago").ok);
    }
    shop.run(&["INSERT INTO orders VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO orders VALUES (2)"]).await;
    for place in [&by_gtid, &by_file] {
        assert!(the(&shop.check(&["orders"], &at(place)).await, "position lasts 10 h more").ok, "{place}");
    }
    let now = shop.store().await.head().await.expect("there is a head");
    assert!(the(&shop.check(&["orders"], &at(&now)).await, "is being written").ok);
    shop.run(&["SET GLOBAL binlog_expire_logs_seconds = 7000"]).await;
    for place in [&by_gtid, &by_file] {
        let found = shop.check(&["orders"], &at(place)).await;
        let finding = the(&found, "position lasts 116 min more");
        assert!(!finding.ok && finding.remedy.contains("start the bridge"), "{finding:?}");
    }
    purge(&mut shop.conn).await;
    for place in [&by_gtid, &by_file] {
        let found = shop.check(&["orders"], &at(place)).await;
        assert!(!the(&found, "the stream's position: the position is purged").ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_s_position_has_hours_left_on_mariadb() {
    headroom(&Own::mariadb(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_s_position_has_hours_left_on_mysql() {
    headroom(&Own::mysql(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_with_our_id_is_a_fault_unless_it_is_us() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = Shop::on(&root, &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
        let id = 1_000_000_000 + std::process::id();
        shop.source = shop.source.clone().with_server_id(id);
        let from = shop.store().await.head().await.expect("there is a head");
        assert!(the(&shop.check(&["orders"], &Attached::default()).await, "has our server id").ok);
        let mut stream = shop.stream(&from, "orders").await;
        let clash = shop.check(&["orders"], &Attached::default()).await;
        assert!(!the(&clash, &format!("another replica is connected as {id}")).ok);
        let us = shop.check(&["orders"], &Attached { position: None, running: true }).await;
        assert!(the(&us, &format!("the bridge is connected as replica {id}")).ok);
        // A check does not throw the bridge out.
        shop.run(&["INSERT INTO orders VALUES (1)"]).await;
        let target = shop.store().await.head().await.expect("there is a head");
        assert_eq!(read_to(&mut stream, &target).await.0.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_does_not_log_what_it_receives_is_a_fault() {
    let mysql = "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1";
    let mariadb = "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1";
    for (server, follow) in
        [(Own::mariadb(&[]).await, mariadb), (Own::mysql(&["--log-replica-updates=OFF"]).await, mysql)]
    {
        let mut shop = Shop::on(&server.root(), &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
        assert!(the(&shop.check(&["orders"], &Attached::default()).await, "the server is no replica").ok);
        shop.run(&[follow]).await;
        assert!(!the(&shop.check(&["orders"], &Attached::default()).await, "the server is a replica and log_").ok);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_after_a_run_says_how_long_the_position_lasts() {
    let shop = SmallShop::on(&world::mysql()).await;
    let listen = "127.0.0.1:0".parse().expect("an address");
    let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.expect("start a sandbox");
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    let before = site.run(&["check"]).await.stdout;
    assert!(!before.contains("the stream's position"), "{before}");
    site.run(&["run", "--once", "--from", "now"]).await.went_well();
    let after = site.run(&["check"]).await.stdout;
    let lines: Vec<&str> = after.lines().filter(|l| l.contains("the stream's position")).collect();
    assert!(lines.len() == 1 && lines[0].starts_with("ok   "), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_between_is_told_and_is_a_fault_where_it_carries_no_binlog() {
    for root in [world::mariadb(), world::mysql()] {
        let relay = Relay::to(&root).await;
        let mut shop = Shop::on(&root, &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
        shop.source = Source::from_url(&relay.url(shop.source.database())).expect("it is a URL");
        let proxy = "a proxy (ProxySQL, MaxScale, RDS Proxy) stands between";
        let plain = shop.check(&["orders"], &Attached::default()).await;
        assert!(!plain.findings.iter().any(|f| f.what.contains(proxy)), "one that only passes bytes on is none");
        relay.greet_as_a_proxy();
        let through = shop.check(&["orders"], &Attached::default()).await;
        assert!(the(&through, proxy).ok && the(&through, "and lets the binlog through").ok);
        relay.refuse_dumps();
        let blocked = shop.check(&["orders"], &Attached::default()).await;
        assert!(!the(&blocked, "and carries no binlog").ok);
        // What other tests' sessions do on this server is theirs.
        let bad: Vec<_> = blocked.findings.iter().filter(|f| !f.ok && !f.what.starts_with("open sessions")).collect();
        assert_eq!(bad.len(), 1, "{bad:#?}");
    }
}

async fn silence(root: &str) {
    let relay = Relay::to(root).await;
    let mut shop = Shop::on(root, &["CREATE TABLE orders (id INT PRIMARY KEY)"]).await;
    let source = Source::from_url(&relay.url(shop.source.database())).expect("it is a URL");
    shop.source = source.with_heartbeat(Duration::from_secs(1));
    let from = shop.store().await.head().await.expect("there is a head");
    let mut stream = shop.stream(&from, "orders").await;
    shop.run(&["INSERT INTO orders VALUES (1)"]).await;
    let target = shop.store().await.head().await.expect("there is a head");
    read_to(&mut stream, &target).await;
    // As long as the server speaks the stream lives, however little there is to read.
    let quiet = tokio::time::timeout(Duration::from_secs(7), end_of(&mut stream)).await;
    assert!(quiet.is_err(), "{quiet:?}");
    relay.mute();
    let dead = tokio::time::timeout(Duration::from_secs(15), end_of(&mut stream)).await.expect("it is found in time");
    assert!(dead.ends_with("the server has sent neither event nor heartbeat for 6 s"), "{dead}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_six_heartbeats_of_a_mariadb_is_dead() {
    silence(&world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_six_heartbeats_of_a_mysql_is_dead() {
    silence(&world::mysql()).await;
}

/// Reads until the stream ends; what it says.
async fn end_of(stream: &mut Stream) -> String {
    loop {
        if let Err(error) = stream.next(&Limits::default()).await {
            return error.to_string();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_and_an_account_of_two_currencies_are_told_before_the_first_order_is_parked() {
    let shop = SmallShop::on(&world::mariadb()).await;
    let mut site = Site::new(&shop.url);
    site.erp += "currency = 'EUR'\n";
    let told = site.run(&["check"]).await;
    let line = "FIX  orders are in CNY, and the ERP's account keeps its books in EUR: set erp.currency";
    assert!(told.code == Some(1) && told.stdout.contains(line), "{}", told.stdout);
}
