//! `ledgertap state copy`: a shop goes on selling while its state moves from a file to PostgreSQL, and back to another file.

use std::path::Path;

use ledgertap::sandbox::Sandbox;
use serde_json::Value;

use crate::world::{self, Kept, Over, Site, SmallShop};

/// What the sandbox has, without outbounds; nothing twice.
fn booked(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    assert_eq!(books.duplicates, 0);
    let named = books.documents.iter().filter(|d| d.kind != "outbound");
    let mut named: Vec<String> = named.map(|d| format!("{} {} {}", d.kind, d.number, d.total)).collect();
    named.sort();
    named
}

/// Copies the site's state to a place, and points the config there.
async fn move_to(site: &mut Site, to: Kept) {
    let before = site.status().await;
    let (from, url) = (site.kept.url(), to.url());
    let copied = run(&["state", "copy", &from, &url]).await;
    copied.went_well();
    let lines: Vec<&str> = copied.stdout.lines().collect();
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["table", "rows", "checksum", "ok"]);
    let tables: Vec<Vec<&str>> = lines[1..].iter().map(|l| l.split_whitespace().collect()).collect();
    let tables: Vec<&Vec<&str>> = tables.iter().filter(|words| words.len() == 4 && words[2].len() == 64).collect();
    assert!(tables.len() > 10 && tables.iter().all(|words| words[3] == "yes"), "{}", copied.stdout);
    assert!(copied.stdout.contains("set state.url in the config to TO now"), "{}", copied.stdout);
    site.kept = to;
    let after = site.status().await;
    for part in ["position", "outbox", "told", "held"] {
        assert_eq!(after[part], before[part], "{part}");
    }
}

async fn run(args: &[&str]) -> world::Ended {
    world::start(args, Path::new("none")).end().await
}

/// Goes on once, to the end of what the shop has done, with nothing left over.
async fn go_on(site: &Site) -> Value {
    site.run(&["run", "--once"]).await.went_well();
    site.status().await
}

async fn discount(shop: &mut SmallShop, id: u32, price: &str) {
    shop.sql("BEGIN").await;
    shop.sql(&format!("UPDATE ecs_order_goods SET goods_price = {price} WHERE order_id = {id}")).await;
    shop.sql(&format!("UPDATE ecs_order_info SET goods_amount = {price} WHERE order_id = {id}")).await;
    shop.sql("COMMIT").await;
}

async fn cancel(shop: &mut SmallShop, id: u32) {
    shop.sql(&format!("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = {id}")).await;
}

async fn there_and_back(root: &str) {
    let (sandbox, mut shop, mut site) = world::small_shop(root).await;
    for id in 1..=3 {
        shop.sell(id, "A-1").await;
    }
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let mut known: Vec<String> =
        (1..=3).flat_map(|n| [format!("customer U{n} 0.00"), format!("sales_order SN{n} 200.00")]).collect();
    known.sort();
    assert_eq!(booked(&sandbox), known);

    // What happens between the copy and the next start is read from the position that was copied.
    discount(&mut shop, 1, "150.00").await;
    move_to(&mut site, Kept::in_postgres()).await;
    shop.sell(4, "A-1").await;
    cancel(&mut shop, 2).await;
    let told = go_on(&site).await["told"]["total"].clone();
    assert_eq!(told, "550.00");
    let more =
        ["credit_note SN1-CN1 50.00", "credit_note SN2-CN1 200.00", "customer U4 0.00", "sales_order SN4 200.00"];
    known.extend(more.map(str::to_owned));
    known.sort();
    assert_eq!(booked(&sandbox), known);

    let file = Kept::File(site.path("again.db"));
    move_to(&mut site, file).await;
    shop.sell_to(5, 4, "A-1").await;
    cancel(&mut shop, 4).await;
    assert_eq!(go_on(&site).await["told"]["total"], "550.00");
    known.extend(["sales_order SN5 200.00", "credit_note SN4-CN1 200.00"].map(str::to_owned));
    known.sort();
    assert_eq!(booked(&sandbox), known);
    let entries = site.run(&["outbox", "list", "--json"]).await;
    let entries: Value = serde_json::from_str(&entries.stdout).expect("it is JSON");
    let seqs: Vec<i64> = entries.as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]) && seqs.len() == known.len(), "{seqs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_moves_to_a_server_and_back_and_nothing_is_told_twice() {
    there_and_back(&world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_on_mysql_moves_too() {
    there_and_back(&world::mysql()).await;
}

/// Documents that were on their way when the bridge died are in the copy, and are looked up before they are sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_is_looked_up_from_the_copy() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    // As a bridge leaves it that dies between the ERP's answer and its own commit.
    site.kept
        .sql("UPDATE outbox SET state = 'sending', lease_until_us = 1, delivered_us = NULL, reference = NULL")
        .await;
    let server = Kept::in_postgres();
    let copied = run(&["state", "copy", &site.kept.url(), &server.url()]).await;
    copied.went_well();
    site.kept = server;
    go_on(&site).await;
    assert_eq!(booked(&sandbox), ["customer U1 0.00", "sales_order SN1 200.00"]);
    assert_eq!(site.status().await["outbox"], serde_json::json!({"delivered": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_copied_is_refused_and_nothing_changes() {
    let (_sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let (from, server) = (site.kept.url(), Kept::in_postgres());
    let to = server.url();
    let other = format!("sqlite:{}", site.path("other.db").display());
    let missing = format!("sqlite:{}", site.path("missing.db").display());
    run(&["state", "copy", &missing, &to]).await.says(2, &["FROM: there is no state database", "missing.db"]);
    assert!(!site.path("missing.db").exists() && !site.path("missing.db.lock").exists());
    run(&["state", "copy", &to, &other]).await.says(2, &["FROM: there is no state database", "schema t_"]);
    run(&["state", "copy", &from, &from]).await.says(2, &["the same state database"]);
    run(&["state", "copy", &from, "ledgertap.db"]).await.says(2, &["TO", "must look like sqlite:"]);
    run(&["state", "copy", &from, "postgres://u:geheim@h/d?shcema=x"]).await.says(2, &["TO", "shcema"]);
    run(&["state", "copy", &from, "postgres://u:${NOT_SET_ANYWHERE}@h/d"]).await.says(2, &["TO", "NOT_SET_ANYWHERE"]);
    run(&["state", "copy", &from, &to, "--stream", "south"]).await.says(2, &["no stream \"south\"", "it has main"]);
    assert_eq!(server.number("SELECT count(*) FROM stream").await, None, "none of them made the schema");

    let json = run(&["state", "copy", &from, &to, "--json"]).await;
    json.went_well();
    let json: Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!((&json["streams"], &json["renumbered"]), (&serde_json::json!(["main"]), &Value::Bool(false)));
    let epoch = server.number("SELECT epoch FROM stream").await;
    run(&["state", "copy", &from, &to]).await.says(2, &["TO has stream \"main\" already", "nothing was changed"]);
    assert_eq!(server.number("SELECT epoch FROM stream").await, epoch);
    assert_eq!(server.number("SELECT count(*) FROM outbox").await, Some(2));

    site.kept.sql("UPDATE refinery_schema_history SET version = 99 WHERE version = 9").await;
    run(&["state", "copy", &from, &other]).await.says(2, &["FROM", "does not fit this version"]);
    site.kept.sql("DELETE FROM refinery_schema_history WHERE version = 99").await;
    run(&["state", "copy", &from, &other]).await.says(2, &["FROM", "older version"]);
    assert!(!site.path("other.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_a_bridge_works_on_is_refused_with_its_holder() {
    for over in [Over::Sqlite, Over::Postgres] {
        let (_sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
        shop.sell(1, "A-1").await;
        let mut running = site.start(&["run", "--from", &shop.from]);
        running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 2).await;
        let to = format!("sqlite:{}", site.path("other.db").display());
        let refused = run(&["state", "copy", &site.kept.url(), &to]).await;
        match over {
            Over::Sqlite => refused.says(2, &["FROM: state database", "in use by another ledgertap"]),
            Over::Postgres => refused.says(2, &["FROM is in use: ", "captures stream \"main\""]),
        }
        assert!(!site.path("other.db").exists());
        running.terminate().await.went_well();
        run(&["state", "copy", &site.kept.url(), &to]).await.went_well();
    }
}
