//! Rows that a shop writes past its binlog are noticed while the bridge runs.

use ledgertap::sandbox::{self, Faults};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};

use crate::world::{self, Site, SmallShop};

const ALARM: &str = "rows reach this table without being in the binlog";
const WELL: &str = "new rows of this table come through the binlog again";

/// An order that the binlog never hears of.
async fn sell_unlogged(shop: &mut SmallShop, id: u32) {
    shop.sql("SET SESSION sql_log_bin = 0").await;
    shop.sell(id, "A-1").await;
    shop.sql("SET SESSION sql_log_bin = 1").await;
}

/// Ends every connection that the bridge has to the shop's database, and its stream.
async fn cut(root: &str, shop: &SmallShop) {
    let database = shop.url.rsplit('/').next().expect("it names a database");
    let mut conn = Conn::new(Opts::from_url(root).expect("it is a URL")).await.expect("connect");
    let own = shop.connection();
    let all = "SELECT id FROM information_schema.processlist WHERE db = ? AND id <> ?";
    let ids: Vec<u64> = conn.exec(all, (database, own)).await.expect("list them");
    assert!(ids.len() >= 2, "the probe has a connection beside the stream's: {ids:?}");
    for id in ids {
        // It may have ended by itself.
        let _ = conn.query_drop(format!("KILL {id}")).await;
    }
}

async fn unlogged(root: String) {
    let mut shop = SmallShop::on(&root).await;
    let listen = "127.0.0.1:0".parse().expect("an address");
    let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.expect("start a sandbox");
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    site.more = "probe = '100ms'".into();
    sell_unlogged(&mut shop, 1).await;
    let mut running = site.start(&["run", "--from", &shop.from]);
    // What is older than the session may be missing.
    running.until_said("new rows are looked for in the binlog from now on", 1).await;
    for id in 2..=21 {
        shop.sell(id, "A-1").await;
    }
    running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 40).await;
    sell_unlogged(&mut shop, 22).await;
    running.until_said(ALARM, 1).await;
    sell_unlogged(&mut shop, 23).await;
    shop.sell(24, "A-1").await;
    running.until_said(WELL, 1).await;

    cut(&root, &shop).await;
    running.until_said("binlog stream open", 2).await;
    sell_unlogged(&mut shop, 25).await;
    running.until_said(ALARM, 2).await;
    shop.sell(26, "A-1").await;
    running.until_said(WELL, 2).await;
    running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 44).await;

    let ended = running.terminate().await;
    ended.went_well();
    let alarms: Vec<&str> = ended.stderr.lines().filter(|l| l.contains(ALARM)).collect();
    assert_eq!((alarms.len(), ended.stderr.matches(WELL).count()), (2, 2), "{}", ended.stderr);
    for alarm in alarms {
        let line: serde_json::Value = serde_json::from_str(alarm).expect("a line is JSON");
        assert_eq!((&line["level"], &line["fields"]["table"]), (&"ERROR".into(), &"ecs_order_info".into()));
        let kind = if root == world::mysql() { "mysql:" } else { "mariadb:" };
        assert!(line["fields"]["position"].as_str().is_some_and(|at| at.starts_with(kind)), "{alarm}");
        let fields: Vec<&String> = line["fields"].as_object().expect("it has fields").keys().collect();
        assert_eq!(fields, ["message", "position", "table"], "no row's values");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_past_the_binlog_of_a_mariadb_raises_an_alarm() {
    unlogged(world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_past_the_binlog_of_a_mysql_raises_an_alarm() {
    unlogged(world::mysql()).await;
}
