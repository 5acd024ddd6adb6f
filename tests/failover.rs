//! The store fails over: a standby capture reads from a replica, and goes on there by GTID, first beside the primary and then
//! without it.

use std::time::{Duration, Instant};

use ledgertap::binlog::{Source, Store};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{self, Engine, Pace, ShopConfig, Tills};
use ledgertap::state::State;
use ledgertap::state::postgres::PostgresState;
use mysql_async::prelude::Queryable as _;

use crate::chaos::delivered;
use crate::crash::{agree, in_order, seed, sell};
use crate::world::{self, Kept, Own, Running, Site, SmallShop, Wire};

const ORDERS: u32 = 260;
const ORDERS_PER_SECOND: f64 = 11.0;

/// How long everything may take to be delivered once the shop is closed.
const REST_MAX: Duration = Duration::from_secs(120);

const WAITS: &str = "another capture has the stream; waiting for its lease";
const BEGUN: &str = "capture session begun";
const DELIVERED: &str = "SELECT count(*) FROM outbox WHERE state = 'delivered'";

async fn mariadb() -> (Own, Own) {
    (Own::mariadb(&[]).await, Own::mariadb(&["--server-id=72", "--log-slave-updates"]).await)
}

async fn mysql() -> (Own, Own) {
    (Own::mysql(&[]).await, Own::mysql(&["--server-id=72"]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_after_a_failover_of_mariadb() {
    let (primary, replica) = mariadb().await;
    failover("MariaDB", primary, replica).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_after_a_failover_of_mysql() {
    let (primary, replica) = mysql().await;
    failover("MySQL", primary, replica).await;
}

async fn failover(name: &str, mut primary: Own, replica: Own) {
    let seed = seed();
    println!("failover of {name}: repeat with LEDGERTAP_TEST_SEED={seed}");
    replica.follow(&primary).await;
    let url = world::fresh_database(&primary.root(), "failover").await;
    let from = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap().head().await.unwrap().to_string();
    shop::create_schema(&url, Engine::InnoDb).await.unwrap();
    replica.until_in_step(&primary).await;
    let on_replica = url.replace(&primary.addr().to_string(), &replica.addr().to_string());

    let sandbox = rough_sandbox(seed).await;
    let kept = Kept::in_postgres();
    let (first, second) = (site(&url, &sandbox, kept.clone()), site(&on_replica, &sandbox, kept.clone()));
    let capture = ["run", "--role", "capture", "--from", &from];
    let mut at_primary = first.start(&capture);
    at_primary.until_said("binlog stream open", 1).await;
    let mut at_replica = second.start(&capture);
    at_replica.until_said(WAITS, 1).await;
    let mut relay = first.start(&["run", "--role", "relay"]);

    // The shop's address moves with the primary.
    let (wire, tills) = (Wire::to(primary.addr()).await, Tills::default());
    let selling = tokio::spawn(sell(ShopConfig {
        pace: Pace::PerSecond(ORDERS_PER_SECOND),
        rest: Duration::from_millis(400),
        tills: tills.clone(),
        ..ShopConfig::new(wire.instead_of(primary.addr(), &url), Engine::InnoDb, seed, ORDERS)
    }));
    relay.until(DELIVERED, 20).await;

    at_primary.signal("KILL").await;
    let killed = Instant::now();
    at_replica.until_said(BEGUN, 1).await;
    at_replica.until_said("this is another server than before", 1).await;
    println!("failover of {name}: the standby had the stream {:.1} s later", killed.elapsed().as_secs_f64());
    relay.until(DELIVERED, kept.number(DELIVERED).await.unwrap() + 20).await;

    let closed = tills.close().await;
    replica.until_in_step(&primary).await;
    primary.kill();
    replica.promote().await;
    wire.lead_to(replica.addr());
    let sold = orders(&replica, &on_replica).await;
    drop(closed);
    assert!(!selling.is_finished(), "the shop was closed before the primary died");
    let model = selling.await.unwrap();
    let after = orders(&replica, &on_replica).await - sold;
    println!("failover of {name}: {sold} orders were sold on the primary, {after} on what was its replica");
    assert!(after > 0);

    let state = PostgresState::open_beside(&kept.url(), "main").await.unwrap();
    let begun = Instant::now();
    while let Err(open) = delivered(&state, &model, &sandbox).await {
        assert!(begun.elapsed() < REST_MAX, "{open}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    at_replica.terminate().await.went_well();
    relay.terminate().await.went_well();
    let books = sandbox.books();
    agree(&model, &shop::store_totals(&on_replica).await.unwrap(), &state, &books).await;
    in_order(&state.entries().await.unwrap(), &books);
}

/// A capture whose replica is behind what was read from the primary: the replica of a store that is under load.
struct Behind {
    sandbox: Sandbox,
    primary: Own,
    replica: Own,
    shop: SmallShop,
    kept: Kept,
    relay: Running,
    standby: Running,
    /// The config that the processes were started with.
    _sites: [Site; 2],
}

impl Behind {
    /// Order 1 was read from the primary by a capture that is dead, and the replica lacks it.
    async fn by_one_order((primary, replica): (Own, Own)) -> Behind {
        replica.follow(&primary).await;
        let config = sandbox::Config::new(std::net::SocketAddr::from(([127, 0, 0, 1], 0)), Faults::none(), 7);
        let sandbox = sandbox::start(config).await.unwrap();
        let mut shop = SmallShop::on(&primary.root()).await;
        // MariaDB does not tell it whether the replica follows.
        let url = primary.as_tap(&shop.url).await;
        replica.until_in_step(&primary).await;
        let first = site(&url, &sandbox, Kept::in_postgres());
        let on_replica = url.replace(&primary.addr().to_string(), &replica.addr().to_string());
        let second = site(&on_replica, &sandbox, first.kept.clone());
        let capture = ["run", "--role", "capture", "--from", &shop.from];
        let mut at_primary = first.start(&capture);
        at_primary.until_said("binlog stream open", 1).await;
        let mut standby = second.start(&capture);
        standby.until_said(WAITS, 1).await;
        let mut relay = first.start(&["run", "--role", "relay"]);
        replica.stop_hearing().await;
        shop.sell(1, "A-1").await;
        relay.until(DELIVERED, 2).await;
        at_primary.signal("KILL").await;
        standby.until_said("this replica has not executed ", 1).await;
        let kept = first.kept.clone();
        Behind { sandbox, primary, replica, shop, kept, relay, standby, _sites: [first, second] }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_waits_for_a_replica_that_is_behind() {
    for servers in [mariadb().await, mysql().await] {
        let mut behind = Behind::by_one_order(servers).await;
        behind.shop.sell(2, "A-1").await;
        behind.replica.hear_again().await;
        behind.relay.until(DELIVERED, 4).await;
        let books = behind.sandbox.books();
        assert_eq!(books.documents.iter().filter(|d| d.kind == "sales_order").count(), 2);
        assert_eq!((books.duplicates, books.refused_duplicates), (0, 0));
        behind.standby.terminate().await.went_well();
    }
}

/// A replica that was promoted without what had been read goes on with another history: that is for a person to settle.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_that_lost_what_was_read_is_refused() {
    for servers in [mariadb().await, mysql().await] {
        let mut behind = Behind::by_one_order(servers).await;
        behind.primary.kill();
        behind.replica.promote().await;
        let ended = behind.standby.end().await;
        ended.says(1, &["the position is ahead of the server, which never ", "after a lossy failover"]);
        // Another capture need not wait for its lease.
        assert_eq!(behind.kept.number("SELECT count(*) FROM stream WHERE holder IS NOT NULL").await, Some(0));
    }
}

fn site(store: &str, sandbox: &Sandbox, kept: Kept) -> Site {
    let mut site = Site::new(store);
    (site.erp, site.kept) = (sandbox.erp_block(), kept);
    site
}

async fn rough_sandbox(seed: u64) -> Sandbox {
    let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let mut config = sandbox::Config::new(listen, Faults::rough(), seed);
    config.request_timeout = Duration::from_millis(300);
    config.late_max = Duration::from_millis(700);
    sandbox::start(config).await.unwrap()
}

async fn orders(server: &Own, url: &str) -> u64 {
    let database = url.rsplit('/').next().expect("it names a database");
    let count = format!("SELECT COUNT(*) FROM `{database}`.ecs_order_info");
    server.conn().await.query_first(count).await.unwrap().expect("a count")
}
