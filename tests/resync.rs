//! What writes no row events, made to happen on real servers: nothing wrong is sent, and a resync mends it.

use std::time::Duration;

use ledgertap::binlog::{Source, Store};
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::{self, Engine, Pace, ShopConfig, Tills};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bad_store::purge;
use crate::crash::{seed, sell};
use crate::world::{self, Ended, Over, Own, Site, SmallShop, over_both};

over_both! {
    a_truncated_table_is_mended
    rows_that_were_changed_without_the_binlog_are_found
    newly_mapped_columns_and_tables_are_read
    a_resync_that_was_broken_off_lets_nothing_else_at_the_mirror
}

/// What the store has when the stream begins is read.
const BASELINE: &str = "[books]\nopening = 'baseline'\n";

/// Four orders told.
async fn told(over: Over, root: &str) -> (Sandbox, SmallShop, Site) {
    told_after(over, root, &[]).await
}

/// Four orders told, of a shop whose tables are as these statements leave them.
async fn told_after(over: Over, root: &str, statements: &[&str]) -> (Sandbox, SmallShop, Site) {
    let (sandbox, mut shop, mut site) = world::small_shop_over(over, root).await;
    site.blocks = BASELINE.into();
    for statement in statements {
        shop.sql(statement).await;
    }
    shop.from = shop.head().await;
    for id in 1..=4 {
        shop.sell(id, "A-1").await;
    }
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    assert_eq!(sandbox.books().totals().len(), 4);
    (sandbox, shop, site)
}

async fn resync(site: &Site, args: &[&str]) -> Value {
    let ended = site.run(&[&["resync", "--json"], args].concat()).await;
    ended.went_well();
    serde_json::from_str(&ended.stdout).unwrap()
}

/// A resync that shows, and one that does, say the same; the next finds nothing.
async fn mend(site: &Site, args: &[&str]) -> Value {
    let shown = resync(site, &[args, &["--dry-run"]].concat()).await;
    let done = resync(site, args).await;
    assert_eq!((&shown["tables"], &shown["differences"]), (&done["tables"], &done["differences"]));
    let again = resync(site, &["--dry-run"]).await;
    let rows =
        |table: &Value| ["added", "changed", "removed"].iter().map(|how| table[how].as_u64().unwrap()).sum::<u64>();
    assert!(again["tables"].as_object().unwrap().values().all(|table| rows(table) == 0), "{again}");
    done
}

fn rows(added: u64, changed: u64, removed: u64) -> Value {
    serde_json::json!({"added": added, "changed": changed, "removed": removed})
}

fn documents(sandbox: &Sandbox) -> usize {
    sandbox.books().documents.len()
}

/// The ERP's total of an order.
fn total(sandbox: &Sandbox, order: &str) -> String {
    sandbox.books().totals().get(order).map(Decimal::to_string).unwrap_or_default()
}

async fn held(site: &Site) -> u64 {
    site.status().await["held_count"].as_u64().unwrap()
}

/// The stream goes on: an order that is sold now is told, no document came twice, and none was refused.
async fn goes_on(sandbox: &Sandbox, shop: &mut SmallShop, site: &Site) {
    shop.sell(9, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let books = sandbox.books();
    assert_eq!(total(sandbox, "SN9"), "200.00");
    assert_eq!((books.duplicates, books.rejected), (0, 0));
}

fn stopped(run: &Ended, statement: &str) {
    run.says(1, &[statement, "without row events", "`ledgertap resync`"]);
}

async fn a_truncated_table_is_mended(over: Over) {
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, site) = told(over, &root).await;
        let before = documents(&sandbox);
        shop.sql("TRUNCATE ecs_order_goods").await;
        shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 1").await;
        shop.sell(5, "A-1").await;
        stopped(&site.run(&["run", "--once"]).await, "TRUNCATE ecs_order_goods");
        let table = site.run(&["resync", "--table", "ecs_order_goods"]).await;
        table.says(2, &["TRUNCATE ecs_order_goods", "`ledgertap resync` without --table"]);
        let shown = site.run(&["resync", "--dry-run"]).await;
        shown.went_well();
        assert!(shown.stdout.contains("ecs_order_goods: 0 rows added, 1 changed, 3 removed\n"), "{}", shown.stdout);
        assert!(shown.stdout.ends_with("nothing was changed\n"), "{}", shown.stdout);
        stopped(&site.run(&["run", "--once"]).await, "TRUNCATE ecs_order_goods");
        let done = mend(&site, &[]).await;
        // The server counts rows from 1 again.
        assert_eq!(done["tables"]["ecs_order_goods"], rows(0, 1, 3), "{done}");
        assert_eq!((&done["orders"], &done["differ"]), (&5.into(), &5.into()), "{done}");
        assert_ne!(done["from"], done["to"]);
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!((documents(&sandbox), held(&site).await), (before + 3, 4), "only order 5 is told");
        // The shop restores what it lost.
        for id in 1..=4 {
            let price = if id == 4 { "150.00" } else { "200.00" };
            shop.sql(&format!(
                "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, goods_number, goods_price) VALUES \
                 ({id}, {id}, '商品', 'A-1', 1, {price})"
            ))
            .await;
        }
        shop.sql("UPDATE ecs_order_info SET goods_amount = 150.00 WHERE order_id = 4").await;
        goes_on(&sandbox, &mut shop, &site).await;
        let totals = ["SN1", "SN2", "SN4", "SN5"].map(|order| total(&sandbox, order));
        assert_eq!((totals, held(&site).await), (["180.00", "200.00", "150.00", "200.00"].map(str::to_owned), 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_table_is_mended() {
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, site) = told(Over::Sqlite, &root).await;
        let before = documents(&sandbox);
        shop.sql("CREATE TABLE kept LIKE ecs_order_goods").await;
        shop.sql("INSERT INTO kept SELECT * FROM ecs_order_goods WHERE order_id <> 2").await;
        shop.sql("DROP TABLE ecs_order_goods").await;
        for command in [&["run", "--once"][..], &["resync"]] {
            site.run(command).await.says(2, &["the store has no table `ecs_order_goods`"]);
        }
        shop.sql("RENAME TABLE kept TO ecs_order_goods").await;
        stopped(&site.run(&["run", "--once"]).await, "DROP TABLE");
        let done = mend(&site, &[]).await;
        assert_eq!(done["tables"]["ecs_order_goods"], rows(0, 0, 1));
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!((documents(&sandbox), held(&site).await), (before, 1));
        goes_on(&sandbox, &mut shop, &site).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_come_and_go_are_mended() {
    let by_order = [
        "ALTER TABLE ecs_order_goods DROP PRIMARY KEY, ADD PRIMARY KEY (rec_id, order_id)",
        "ALTER TABLE ecs_order_goods PARTITION BY RANGE (order_id) \
         (PARTITION p0 VALUES LESS THAN (2), PARTITION p1 VALUES LESS THAN (3), PARTITION rest VALUES LESS THAN MAXVALUE)",
    ];
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, site) = told_after(Over::Sqlite, &root, &by_order).await;
        let before = documents(&sandbox);
        shop.sql("ALTER TABLE ecs_order_goods DROP PARTITION p0").await;
        stopped(&site.run(&["run", "--once"]).await, "ALTER TABLE ecs_order_goods");
        assert_eq!(mend(&site, &[]).await["tables"]["ecs_order_goods"], rows(0, 0, 1));
        // What is exchanged comes with other prices.
        shop.sql("CREATE TABLE other LIKE ecs_order_goods").await;
        shop.sql("ALTER TABLE other REMOVE PARTITIONING").await;
        shop.sql("INSERT INTO other SELECT * FROM ecs_order_goods WHERE order_id = 2").await;
        shop.sql("UPDATE other SET goods_price = 170.00").await;
        shop.sql("ALTER TABLE ecs_order_goods EXCHANGE PARTITION p1 WITH TABLE other").await;
        shop.sql("UPDATE ecs_order_info SET goods_amount = 170.00 WHERE order_id = 2").await;
        stopped(&site.run(&["run", "--once"]).await, "ALTER TABLE ecs_order_goods");
        assert_eq!(documents(&sandbox), before, "nothing wrong is sent");
        assert_eq!(mend(&site, &[]).await["tables"]["ecs_order_goods"], rows(0, 1, 0));
        goes_on(&sandbox, &mut shop, &site).await;
        assert_eq!((total(&sandbox, "SN2"), held(&site).await), ("170.00".into(), 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_a_statement_rewrote_are_mended() {
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, mut site) = world::small_shop_over(Over::Sqlite, &root).await;
        site.blocks = BASELINE.into();
        shop.sell(1, "A-1").await;
        shop.sell(2, "A-1").await;
        shop.sql("UPDATE ecs_order_info SET goods_amount = 150.40 WHERE order_id = 2").await;
        shop.sql("UPDATE ecs_order_goods SET goods_price = 150.40 WHERE order_id = 2").await;
        site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
        let before = documents(&sandbox);
        shop.sql("ALTER TABLE ecs_order_info MODIFY goods_amount DECIMAL(10,0) NOT NULL").await;
        let run = site.run(&["run", "--once"]).await;
        run.says(1, &["values of the column `goods_amount`", "`ledgertap resync`", "order.sql"]);
        shop.sql("ALTER TABLE ecs_order_goods MODIFY goods_price DECIMAL(10,0) NOT NULL").await;
        assert_eq!(documents(&sandbox), before);
        let done = mend(&site, &[]).await;
        // 200.00 and 200 are written otherwise, too.
        assert_eq!(done["tables"]["ecs_order_info"], rows(0, 2, 0), "{done}");
        assert_eq!(done["differ"], 1, "{done}");
        goes_on(&sandbox, &mut shop, &site).await;
        assert_eq!((total(&sandbox, "SN1"), total(&sandbox, "SN2")), ("200.00".into(), "150.00".into()));

        shop.sql("ALTER TABLE ecs_order_info CONVERT TO CHARACTER SET latin1").await;
        site.run(&["run", "--once"]).await.says(1, &["ecs_order_info CONVERT", "`ledgertap resync`"]);
        assert_eq!(mend(&site, &[]).await["tables"]["ecs_order_info"], rows(0, 3, 0));
        shop.sell(10, "A-1").await;
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!(total(&sandbox, "SN10"), "200.00");
    }
}

async fn rows_that_were_changed_without_the_binlog_are_found(over: Over) {
    let cascade =
        "ALTER TABLE ecs_order_goods ADD FOREIGN KEY (order_id) REFERENCES ecs_order_info (order_id) ON DELETE CASCADE";
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, site) = told_after(over, &root, &[cascade]).await;
        let before = documents(&sandbox);
        shop.sql("DELETE FROM ecs_order_info WHERE order_id = 2").await;
        shop.sql("SET sql_log_bin = 0").await;
        shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 3").await;
        shop.sell(6, "A-1").await;
        shop.sql("SET sql_log_bin = 1").await;
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!((documents(&sandbox), held(&site).await), (before, 1), "a deletion is no cancellation");
        let goods = mend_tables(&site, &["ecs_order_goods"]).await;
        // From 9.6 on MySQL logs what a foreign key deletes.
        let cascaded = u64::from(root == world::mariadb());
        let found = rows(1, 0, cascaded);
        assert_eq!((&goods["tables"]["ecs_order_goods"], &goods["differ"]), (&found, &0.into()), "{goods}");
        assert_eq!(goods["from"], goods["to"], "the position stays");
        // What comes meanwhile comes by the binlog.
        shop.sql("UPDATE ecs_order_info SET discount = 10.00 WHERE order_id = 1").await;
        let rest = mend_tables(&site, &["ecs_order_info", "ecs_users"]).await;
        assert_eq!(rest["tables"]["ecs_order_info"], rows(1, 1, 0), "{rest}");
        assert_eq!(rest["differ"], 2, "{rest}");
        goes_on(&sandbox, &mut shop, &site).await;
        let totals = ["SN1", "SN3", "SN6"].map(|order| total(&sandbox, order));
        assert_eq!((totals, held(&site).await), (["190.00", "180.00", "200.00"].map(str::to_owned), 1));
        let traced = site.run(&["trace", "SN3"]).await;
        assert!(traced.stdout.contains("resync"), "{}", traced.stdout);
    }
}

/// As [`mend`], of some tables at the stream's own position.
async fn mend_tables(site: &Site, tables: &[&str]) -> Value {
    let args: Vec<&str> = tables.iter().flat_map(|table| ["--table", table]).collect();
    let shown = resync(site, &[&args[..], &["--dry-run"]].concat()).await;
    let done = resync(site, &args).await;
    assert_eq!((&shown["tables"], &shown["differences"]), (&done["tables"], &done["differences"]));
    let again = resync(site, &[&args[..], &["--dry-run"]].concat()).await;
    assert!(again["tables"].as_object().unwrap().values().all(|table| *table == rows(0, 0, 0)), "{again}");
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_position_and_a_lost_end_of_the_binlog_are_mended() {
    for is_mysql in [false, true] {
        let own = if is_mysql { Own::mysql(&[]).await } else { Own::mariadb(&[]).await };
        let (sandbox, mut shop, site) = told(Over::Sqlite, &own.root()).await;
        shop.sell(5, "A-1").await;
        shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 1").await;
        shop.sell(6, "A-1").await;
        purge(&mut own.conn().await).await;
        site.run(&["run", "--once"]).await.says(1, &["purged", "`ledgertap resync`"]);
        site.run(&["resync", "--table", "ecs_users"]).await.says(2, &["purged", "`ledgertap resync` without --table"]);
        let done = mend(&site, &[]).await;
        assert_eq!(done["tables"]["ecs_order_info"], rows(2, 1, 0));
        goes_on(&sandbox, &mut shop, &site).await;
        let totals = ["SN1", "SN5", "SN6"].map(|order| total(&sandbox, order));
        assert_eq!(totals, ["180.00", "200.00", "200.00"]);

        // The server that is promoted never heard of the last order, nor of its transactions.
        let before = documents(&sandbox);
        shop.sql("SET sql_log_bin = 0").await;
        for (table, column) in
            [("ecs_order_info", "order_id"), ("ecs_order_goods", "order_id"), ("ecs_users", "user_id")]
        {
            shop.sql(&format!("DELETE FROM {table} WHERE {column} = 9")).await;
        }
        shop.sql("SET sql_log_bin = 1").await;
        shop.sql(if is_mysql { "RESET BINARY LOGS AND GTIDS" } else { "RESET MASTER" }).await;
        shop.sell(7, "A-1").await;
        let run = site.run(&["run", "--once"]).await;
        assert!(run.code != Some(0) && run.stderr.contains("`ledgertap resync`"), "{}", run.stderr);
        assert_eq!(documents(&sandbox), before, "nothing wrong is sent");
        let done = mend(&site, &[]).await;
        assert_eq!(done["tables"]["ecs_order_info"], rows(1, 0, 1), "{done}");
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!((total(&sandbox, "SN7"), held(&site).await), ("200.00".into(), 1));
    }
}

async fn newly_mapped_columns_and_tables_are_read(over: Over) {
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, mut site) = told(over, &root).await;
        shop.sql("CREATE TABLE pickup (order_id INT PRIMARY KEY, place VARCHAR(20) NOT NULL)").await;
        shop.sql("INSERT INTO pickup VALUES (1, 'east'), (5, 'west')").await;
        site.run(&["run", "--once"]).await.went_well();
        site.mapping = widened(&site);
        let refused = ["ecs_order_info.how_oos", "pickup.place", "`ledgertap resync`"];
        site.run(&["run", "--once"]).await.says(2, &["`ledgertap rebuild --dry-run`"]);
        site.run(&["run", "--once", "--accept-mapping"]).await.says(1, &refused);
        site.run(&["rebuild", "--dry-run"]).await.says(2, &refused);
        site.run(&["resync", "--dry-run"]).await.says(2, &refused);
        // What comes while it is not mapped yet comes by the binlog.
        shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 3").await;
        shop.sell(5, "A-1").await;
        shop.sql("UPDATE ecs_order_info SET how_oos = 'wait' WHERE order_id = 5").await;
        let done = resync(&site, &["--table", "pickup"]).await;
        assert_eq!(done["filled"], serde_json::json!({"ecs_order_info": 4, "pickup": 2}), "{done}");
        assert_eq!((&done["differ"], &done["from"]), (&0.into(), &done["to"]));
        site.run(&["run", "--once"]).await.says(2, &["rebuild --dry-run"]);
        site.run(&["rebuild", "--post"]).await.went_well();
        goes_on(&sandbox, &mut shop, &site).await;
        assert_eq!((total(&sandbox, "SN3"), total(&sandbox, "SN5")), ("180.00".into(), "200.00".into()));
        let told =
            "SELECT count(*) FROM outbox WHERE number = 'SN5' AND payload LIKE '%west%' AND payload LIKE '%wait%'";
        assert_eq!(site.kept.number(told).await, Some(1));
        // And back: what is not mapped any more is not kept. What changes meanwhile in a table that is made anew is no less told.
        shop.sell(7, "A-1").await;
        shop.sql("UPDATE ecs_order_info SET pay_status = 0 WHERE order_id = 7").await;
        site.run(&["run", "--once"]).await.went_well();
        shop.sql("UPDATE ecs_order_info SET pay_status = 2 WHERE order_id = 7").await;
        assert_eq!(total(&sandbox, "SN7"), "");
        site.mapping = "ecshop".into();
        site.run(&["rebuild", "--dry-run"]).await.says(2, &["`ledgertap resync`"]);
        resync(&site, &[]).await;
        site.run(&["rebuild", "--post"]).await.went_well();
        assert_eq!(site.kept.number("SELECT count(*) FROM mirror WHERE tbl = 'pickup'").await, Some(0));
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!(total(&sandbox, "SN7"), "200.00");
    }
}

/// The profile with a column and a table more.
fn widened(site: &Site) -> String {
    let folder = site.path("widened");
    std::fs::create_dir(&folder).unwrap();
    let profile = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/stores/ecshop");
    for file in std::fs::read_dir(profile).unwrap() {
        let file = file.unwrap();
        let mut text = std::fs::read_to_string(file.path()).unwrap();
        if file.file_name() == "order.sql" {
            text = text.replace(
                "  o.discount AS discount,",
                "  o.discount AS discount,\n  o.how_oos AS extra_oos,\n  k.place AS extra_place,",
            );
            text = text.replace(
                "FROM ecs_order_info o\n",
                "FROM ecs_order_info o\nLEFT JOIN pickup k ON k.order_id = o.order_id\n",
            );
        }
        std::fs::write(folder.join(file.file_name()), text).unwrap();
    }
    folder.display().to_string()
}

async fn a_resync_that_was_broken_off_lets_nothing_else_at_the_mirror(over: Over) {
    let (sandbox, mut shop, site) = told(over, &world::mariadb()).await;
    // As a resync leaves it that is killed between two of its commits.
    site.kept
        .sql("UPDATE stream SET begun = 'resync'; DELETE FROM mirror WHERE tbl = 'ecs_order_goods' AND key = '[2]'; DELETE FROM owner WHERE tbl = 'ecs_order_goods' AND key = '[2]'")
        .await;
    let refused = ["was broken off", "run `ledgertap resync` again"];
    site.run(&["run", "--once"]).await.says(1, &refused);
    for command in ["rebuild", "resync"] {
        site.run(&[command, "--dry-run"]).await.says(2, &refused);
    }
    let done = resync(&site, &["--table", "ecs_users"]).await;
    assert_eq!(done["tables"]["ecs_order_goods"], rows(1, 0, 0), "all tables are read: {done}");
    goes_on(&sandbox, &mut shop, &site).await;
    assert_eq!(held(&site).await, 0);
}

/// Where the books were opened with no order, what the store sold before the stream is no news, however it is read.
#[tokio::test(flavor = "multi_thread")]
async fn orders_of_before_the_stream_stay_untold() {
    for root in [world::mariadb(), world::mysql()] {
        let (sandbox, mut shop, mut site) = world::small_shop(&root).await;
        for id in 1..=3 {
            shop.sell(id, "A-1").await;
        }
        shop.from = shop.head().await;
        shop.sell(4, "A-1").await;
        site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
        let before = documents(&sandbox);
        shop.sql("TRUNCATE ecs_region").await;
        // It is sold after the stream began, by its date, and read with the others.
        shop.sell(5, "A-1").await;
        shop.sql("UPDATE ecs_order_info SET add_time = 2147000000 WHERE order_id = 5").await;
        let done = mend(&site, &[]).await;
        assert_eq!((&done["tables"]["ecs_order_info"], &done["differ"]), (&rows(4, 0, 0), &1.into()), "{done}");
        site.run(&["run", "--once"]).await.went_well();
        assert_eq!(
            (documents(&sandbox), held(&site).await, total(&sandbox, "SN5").as_str()),
            (before + 3, 0, "200.00")
        );
        // Nor where their rows come with a column that is mapped newly.
        site.mapping = widened(&site);
        shop.sql("CREATE TABLE pickup (order_id INT PRIMARY KEY, place VARCHAR(20) NOT NULL)").await;
        site.run(&["run", "--once", "--accept-mapping"]).await.says(1, &["`ledgertap resync`"]);
        resync(&site, &["--table", "pickup"]).await;
        site.run(&["rebuild", "--post"]).await.went_well();
        shop.sql("UPDATE ecs_order_info SET shipping_fee = 1.00 WHERE order_id = 1").await;
        site.run(&["run", "--once"]).await;
        assert_eq!((documents(&sandbox), held(&site).await), (before + 3, 1), "one that changes is held");
    }
}

/// A replica that is late would take the stream back to what it has.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_late_is_not_read() {
    let (primary, replica) = (Own::mariadb(&[]).await, Own::mariadb(&["--server-id=72", "--log-slave-updates"]).await);
    replica.follow(&primary).await;
    let (sandbox, mut shop, mut site) = told(Over::Sqlite, &primary.root()).await;
    replica.until_in_step(&primary).await;
    replica.stop_hearing().await;
    shop.sell(5, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let (before, at) = (documents(&sandbox), site.status().await["position"].clone());
    site.store = shop.url.replace(&primary.addr().to_string(), &replica.addr().to_string());
    for args in [&["resync"][..], &["resync", "--dry-run"], &["resync", "--table", "ecs_users"]] {
        site.run(args).await.says(2, &["this replica has not executed", "which has been read elsewhere"]);
    }
    assert_eq!(site.status().await["position"], at);
    replica.hear_again().await;
    replica.until_in_step(&primary).await;
    let done = mend(&site, &[]).await;
    assert_eq!(done["differ"], 0, "{done}");
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!((documents(&sandbox), held(&site).await), (before, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_resynced_is_refused() {
    let (_sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    site.run(&["resync"]).await.says(2, &["has not run yet"]);
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    site.run(&["resync", "--table", "nosuch"]).await.says(2, &["--table nosuch", "it uses ecs_", "ecs_users"]);
    let mut running = site.start(&["run"]);
    running.until_said("binlog stream open", 1).await;
    site.run(&["resync", "--dry-run"]).await.says(2, &["is in use by another ledgertap"]);
    running.terminate().await.went_well();
}

/// The shop sells on while its tables are read again, by a resync that is killed three times.
#[tokio::test(flavor = "multi_thread")]
async fn a_living_shop_is_resynced() {
    for (root, engine) in [(world::mariadb(), Engine::MyIsam), (world::mysql(), Engine::InnoDb)] {
        let seed = seed();
        println!("resync: repeat with LEDGERTAP_TEST_SEED={seed}");
        let url = world::fresh_database(&root, "resync").await;
        let from = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap().head().await.unwrap().0;
        shop::create_schema(&url, engine).await.unwrap();
        let sandbox =
            sandbox::start(sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 7)).await.unwrap();
        let mut site = Site::new(&url);
        site.erp = sandbox.erp_block();
        site.blocks = BASELINE.into();
        let tills = Tills::default();
        let config = ShopConfig {
            pace: Pace::PerSecond(30.0),
            tills: tills.clone(),
            ..ShopConfig::new(&url, engine, seed, 220)
        };
        let selling = tokio::spawn(sell(config));
        let mut running = site.start(&["run", "--from", &from]);
        running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 60).await;
        let closed = tills.close().await;
        world_sql(&url, "TRUNCATE ecs_region").await;
        drop(closed);
        let stopped = running.end().await;
        stopped.says(1, &["TRUNCATE ecs_region", "`ledgertap resync`"]);
        for kill in 1..=3 {
            let running = site.start(&["resync", "--max-rows-per-second", "3000"]);
            tokio::time::sleep(Duration::from_millis(rand::random_range(50..400 * kill))).await;
            running.kill().await;
        }
        site.run(&["resync"]).await.went_well();
        let mut running = site.start(&["run"]);
        running.until_said("binlog stream open", 1).await;
        let model = selling.await.unwrap();
        running.terminate().await.went_well();
        site.run(&["run", "--once"]).await.went_well();

        let (store, totals) = (shop::store_totals(&url).await.unwrap(), sandbox.books().totals());
        assert!(store.len() > 150 && model.orders.len() >= store.len(), "{}", store.len());
        for (order, total) in &store {
            assert_eq!(totals.get(order).copied().unwrap_or_default(), *total, "{order} in the ERP");
        }
        assert_eq!((sandbox.books().duplicates, held(&site).await), (0, 0));
        let rest = resync(&site, &["--dry-run"]).await;
        assert!(rest["tables"].as_object().unwrap().values().all(|table| *table == rows(0, 0, 0)), "{rest}");
    }
}

async fn world_sql(url: &str, statement: &str) {
    use mysql_async::prelude::Queryable as _;
    let mut conn = mysql_async::Conn::from_url(url).await.unwrap();
    conn.query_drop(statement).await.unwrap();
}

/// An XA transaction that was prepared before the stream began, and is committed after it: its rows never came.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_prepared_before_the_stream_began_is_mended() {
    // Every stream of a server meets its XA transactions: servers of this test's own.
    for own in [Own::mariadb(&[]).await, Own::mysql(&[]).await] {
        let (sandbox, mut shop, site) = world::small_shop(&own.root()).await;
        let xid = "'parked'";
        shop.sql(&format!("XA START {xid}")).await;
        shop.sql("INSERT INTO ecs_users (user_id, user_name, email) VALUES (1, '客户', 'c@x.example')").await;
        shop.sql(
            "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, goods_amount, add_time) \
             VALUES (1, 'SN1', 1, 1, 2, '王小明', 200.00, 1780000000)",
        )
        .await;
        shop.sql(
            "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, goods_number, goods_price) VALUES \
             (1, 1, '商品', 'A-1', 1, 200.00)",
        )
        .await;
        shop.sql(&format!("XA END {xid}")).await;
        shop.sql(&format!("XA PREPARE {xid}")).await;
        site.run(&["run", "--once", "--from", "now"]).await.went_well();
        shop.sql(&format!("XA COMMIT {xid}")).await;
        site.run(&["run", "--once"]).await.says(1, &["was prepared before this stream began", "`ledgertap resync`"]);
        assert_eq!(documents(&sandbox), 0);
        let done = mend(&site, &[]).await;
        assert_eq!(done["tables"]["ecs_order_info"], rows(1, 0, 0));
        goes_on(&sandbox, &mut shop, &site).await;
        assert_eq!(total(&sandbox, "SN1"), "200.00");
    }
}
