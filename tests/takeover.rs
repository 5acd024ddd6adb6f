//! Several captures at one PostgreSQL: one has the stream, and where it dies or stands still another goes on within seconds.

use std::time::{Duration, Instant};

use ledgertap::sandbox::Sandbox;

use crate::world::{self, Kept, Running, Site, SmallShop};

/// From the end of the process that captures to an order, sold after that, in the ERP.
const TAKEOVER_MAX: Duration = Duration::from_secs(10);

const WAITS: &str = "another capture has the stream; waiting for its lease";
const BEGUN: &str = "capture session begun";

/// A shop, an ERP, a relay, and two captures of which the first has the stream.
struct Pair {
    sandbox: Sandbox,
    shop: SmallShop,
    site: Site,
    first: Running,
    second: Running,
    relay: Running,
    sold: u32,
}

impl Pair {
    async fn start() -> Pair {
        let (sandbox, shop, mut site) = world::small_shop(&world::mariadb()).await;
        site.kept = Kept::in_postgres();
        let capture = ["run", "--role", "capture", "--from", &shop.from];
        let mut first = site.start(&capture);
        first.until_said("binlog stream open", 1).await;
        let mut second = site.start(&capture);
        second.until_said(WAITS, 1).await;
        let relay = site.start(&["run", "--role", "relay"]);
        let mut pair = Pair { sandbox, shop, site, first, second, relay, sold: 0 };
        pair.sell_to_the_erp().await;
        pair
    }

    async fn sell(&mut self) {
        self.sold += 1;
        self.shop.sell(self.sold, "A-1").await;
    }

    /// Sells an order, and waits until the ERP has it and all before it.
    async fn sell_to_the_erp(&mut self) {
        self.sell().await;
        self.delivered().await;
    }

    async fn delivered(&mut self) {
        let documents = i64::from(self.sold) * 2;
        self.relay.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", documents).await;
    }

    /// An order that is sold now is in the ERP in time, and it was the second capture that told it.
    async fn taken_over(&mut self, how: &str, since: Instant) {
        self.sell_to_the_erp().await;
        let took = since.elapsed();
        println!("takeover: {how}: an order sold afterwards was in the ERP after {:.1} s", took.as_secs_f64());
        assert!(took < TAKEOVER_MAX, "{how}: it took {took:?}");
        self.second.until_said(BEGUN, 1).await;
    }

    /// Every order is in the ERP once, and nobody tried to send one twice.
    fn agrees(&self) {
        let books = self.sandbox.books();
        let mut orders: Vec<&str> =
            books.documents.iter().filter(|d| d.kind == "sales_order").map(|d| d.number.as_str()).collect();
        orders.sort_unstable();
        let mut sold: Vec<String> = (1..=self.sold).map(|id| format!("SN{id}")).collect();
        sold.sort_unstable();
        assert_eq!(orders, sold);
        assert_eq!((books.duplicates, books.refused_duplicates, books.rejected), (0, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_from_a_capture_that_is_killed() {
    let mut pair = Pair::start().await;
    pair.first.signal("KILL").await;
    pair.taken_over("killed", Instant::now()).await;
    pair.agrees();
    pair.second.terminate().await.went_well();
    pair.relay.terminate().await.went_well();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_stands_still_is_shut_out_when_it_goes_on() {
    let mut pair = Pair::start().await;
    pair.first.signal("STOP").await;
    pair.taken_over("standing still", Instant::now()).await;
    // What it slept through is in its connection to the store: it reads that, and may not commit it.
    pair.first.signal("CONT").await;
    pair.first.until_said("another capture has taken over the stream", 1).await;
    pair.first.until_said(WAITS, 1).await;
    pair.sell_to_the_erp().await;
    pair.agrees();
    // It is a standby like any other now.
    let second = std::mem::replace(&mut pair.second, pair.site.start(&["run", "--role", "capture"]));
    let since = Instant::now();
    second.terminate().await.went_well();
    pair.sell_to_the_erp().await;
    println!("takeover: ended: an order sold afterwards was in the ERP after {:.1} s", since.elapsed().as_secs_f64());
    pair.agrees();
}

/// Where it stands still within a commit, PostgreSQL itself has to let go of the stream's row.
#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_stands_still_within_a_commit_holds_nobody_up() {
    let mut pair = Pair::start().await;
    let client = pair.site.kept.client().await;
    client.batch_execute("BEGIN; LOCK TABLE outbox IN SHARE MODE").await.unwrap();
    pair.sell().await;
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass";
    while pair.site.kept.number(waits).await == Some(0) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    pair.first.signal("STOP").await;
    let since = Instant::now();
    client.batch_execute("COMMIT").await.unwrap();
    pair.taken_over("standing still within a commit", since).await;
    pair.first.signal("CONT").await;
    pair.first.until_said(WAITS, 1).await;
    pair.sell_to_the_erp().await;
    pair.agrees();
}
