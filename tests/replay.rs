//! A part of the binlog planned again: with the same mapping all comes out the same; what differs is shown, and posted on demand;
//! what the ERP has lost is delivered again.

use std::collections::BTreeSet;
use std::time::Duration;

use ledgertap::sandbox::{Books, Sandbox};
use ledgertap::shop::{self, Engine, Pace, ShopConfig};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::crash::{seed, sell};
use crate::world::{self, Ended, Over, Site, over_both};

over_both! {
    with_the_same_mapping_a_living_shop_s_documents_come_out_the_same
    another_tax_rate_differs_in_its_fields_and_is_posted
    what_was_never_told_is_new
    parts_that_are_planned_at_once_come_to_the_same_as_one_after_the_other
    what_differs_in_one_part_goes_on_differing_in_the_next
    columns_that_changed_places_within_the_range_are_not_taken_for_each_other
    what_had_not_settled_where_the_range_ends_is_not_expected
    an_erp_that_lost_its_last_hour_has_it_again
    what_cannot_be_replayed_is_refused
}

/// How many orders the shop sells.
const ORDERS: u32 = 60;

async fn replayed(site: &Site, more: &[&str]) -> Value {
    let told = site.run(&[&["replay", "--json"], more].concat()).await;
    told.went_well();
    serde_json::from_str(&told.stdout).unwrap()
}

/// Same, differ, new, gone, not comparable.
fn counts(seen: &Value) -> [u64; 5] {
    ["same", "differ", "new", "gone", "not_comparable"].map(|what| seen[what].as_u64().unwrap())
}

async fn position(site: &Site) -> String {
    site.status().await["position"].as_str().expect("it has run").to_owned()
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn with_the_same_mapping_a_living_shop_s_documents_come_out_the_same(over: Over) {
    let seed = seed();
    println!("replay: repeat with LEDGERTAP_TEST_SEED={seed}");
    let server = if over == Over::Sqlite { world::mariadb() } else { world::mysql() };
    let (sandbox, shop, mut site) = world::small_shop_over(over, &server).await;
    drop(shop);
    let url = world::fresh_database(&server, "replay").await;
    shop::create_schema(&url, Engine::InnoDb).await.unwrap();
    site.store.clone_from(&url);
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;

    // It is followed while it sells, a catch-up between two lives included.
    let config = ShopConfig::new(&url, Engine::InnoDb, seed, ORDERS);
    let config = ShopConfig { pace: Pace::PerSecond(20.0), opens_at: jiff::Timestamp::now(), ..config };
    let selling = tokio::spawn(sell(config));
    let mut middle = Vec::new();
    while !selling.is_finished() {
        let mut running = site.start(&["run"]);
        running.until_said("binlog stream open", 1).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        running.terminate().await;
        middle.push(position(&site).await);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    selling.await.unwrap();
    site.run(&["run", "--once"]).await.went_well();
    let entries = site.kept.number("SELECT count(*) FROM outbox").await.unwrap().unsigned_abs();
    let all = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&all), [entries, 0, 0, 0, 0], "{all}");
    assert!(entries > 60 && all["changes"].as_u64().unwrap() > 300, "{all}");

    // Of each part, too.
    middle.push(position(&site).await);
    let mut sum = 0;
    let mut start = from.clone();
    for end in &middle {
        let part = replayed(&site, &["--from", &start, "--to", end]).await;
        assert_eq!(counts(&part)[1..], [0, 0, 0, 0], "{part}");
        sum += counts(&part)[0];
        start.clone_from(end);
    }
    assert_eq!(sum, entries);
    let text = site.run(&["replay", "--from", &from]).await;
    text.went_well();
    assert!(
        text.stdout.contains(&format!("documents: {entries} the same, 0 differ, 0 new, 0 gone\n")),
        "{}",
        text.stdout
    );
    assert!(text.stdout.ends_with("nothing was changed\n"), "{}", text.stdout);
    assert_eq!((sandbox.books().duplicates, sandbox.books().rejected), (0, 0));
}

/// Three orders told, one of them discounted since, and a customer with another name.
async fn small(over: Over) -> (Sandbox, world::SmallShop, Site, String) {
    let (sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;
    for id in 1..=3 {
        shop.sell(id, "A-1").await;
    }
    site.run(&["run", "--once"]).await.went_well();
    shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 3").await;
    shop.sql("UPDATE ecs_users SET user_name = '新名' WHERE user_id = 2").await;
    site.run(&["run", "--once"]).await.went_well();
    (sandbox, shop, site, from)
}

async fn another_tax_rate_differs_in_its_fields_and_is_posted(over: Over) {
    let (sandbox, mut shop, mut site, from) = small(over).await;
    let same = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&same), [8, 0, 0, 0, 0], "{same}");
    let before = sandbox.books().documents.len();
    site.profile = "tax_rate = '9'".into();
    let seen = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&seen), [4, 4, 0, 0, 0], "{seen}");
    let named: Vec<&str> =
        seen["differences"].as_array().unwrap().iter().map(|d| d["number"].as_str().unwrap()).collect();
    assert_eq!(named, ["SN1", "SN2", "SN3", "SN3-CN1"]);
    let first = &seen["differences"][0];
    let fields = first["fields"].as_array().unwrap();
    let paths: Vec<&str> = fields.iter().map(|f| f["path"].as_str().unwrap()).collect();
    let expected = ["amounts.net", "amounts.tax", "lines[0].amounts.net", "lines[0].amounts.tax", "lines[0].tax_rate"];
    assert_eq!(paths, expected, "{first}");
    assert_eq!((&fields[1]["stored"], &fields[1]["now"]), (&"23.01".into(), &"16.51".into()));
    let text = site.run(&["replay", "--from", &from]).await.stdout;
    assert!(text.starts_with("sales order SN1: differs\n  amounts.net: \"176.99\" -> \"183.49\"\n"), "{text}");
    assert_eq!(replayed(&site, &["--from", &from]).await, seen, "showing changes nothing");
    assert_eq!(sandbox.books().documents.len(), before);

    let applied = replayed(&site, &["--from", &from, "--apply"]).await;
    assert_eq!((&applied["applied"]["corrected"], &applied["differ"]), (&3.into(), &4.into()), "{applied}");
    let again = replayed(&site, &["--from", &from, "--apply"]).await;
    assert_eq!(
        (&again["applied"]["corrected"], &again["applied"]["documents"]),
        (&0.into(), &Value::Array(vec![])),
        "{again}"
    );
    site.run(&["rebuild", "--post"]).await.went_well();
    shop.sell(5, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let books = sandbox.books();
    assert_eq!((books.duplicates, books.rejected), (0, 0));
    let tax = |order: &str| -> Decimal {
        let all = books.documents.iter().filter(|d| d.counts && d.reference.as_deref() == Some(order));
        all.map(|d| if d.kind == "credit_note" { -d.tax } else { d.tax }).sum()
    };
    assert_eq!((tax("SN1"), tax("SN3"), tax("SN5")), (d("16.51"), d("14.86"), d("16.51")));
    assert_eq!((books.totals()["SN1"], books.totals()["SN3"]), (d("200.00"), d("180.00")));
}

async fn what_was_never_told_is_new(over: Over) {
    let (sandbox, _shop, site, from) = small(over).await;
    // One order's document is lost with all that the ledger knows of it, another's note from the outbox alone.
    site.kept
        .sql(
            "DELETE FROM attempt WHERE entry IN (SELECT seq FROM outbox WHERE number IN ('SN2', 'SN3-CN1'));
             DELETE FROM ledger_entry WHERE number IN ('SN2', 'SN3-CN1'); DELETE FROM ledger_order WHERE number = 'SN2';
             DELETE FROM outbox WHERE number IN ('SN2', 'SN3-CN1')",
        )
        .await;
    let seen = replayed(&site, &["--from", &from]).await;
    // Its customer would be told with it, by the name of now.
    assert_eq!(counts(&seen), [5, 0, 2, 1, 0], "{seen}");
    let found: BTreeSet<(&str, &str)> = seen["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["what"].as_str().unwrap(), d["number"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("new", "SN2"), ("new", "SN3-CN1"), ("gone", "U2")].into());
    // Retention forgets the payloads: of orders that is too little.
    site.kept.sql("UPDATE outbox SET payload = '', told_before = NULL").await;
    let seen = replayed(&site, &["--from", &from]).await;
    let [same, differ, new, gone, lost] = counts(&seen);
    assert_eq!((same, differ, new, gone + lost), (1, 0, 1, 5), "{seen}");
    assert_eq!(sandbox.books().duplicates, 0);
}

async fn parts_that_are_planned_at_once_come_to_the_same_as_one_after_the_other(over: Over) {
    let (sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;
    for round in 0..4 {
        for id in 1..=30 {
            shop.sell(round * 30 + id, "A-1").await;
        }
        site.run(&["run", "--once"]).await.went_well();
        // Orders and customers of this round and of the first are told of once more.
        for id in [round * 30 + 7, 5] {
            shop.sql(&format!("UPDATE ecs_order_info SET discount = discount + 3.00 WHERE order_id = {id}")).await;
            shop.sql(&format!("UPDATE ecs_users SET user_name = '新名{round}-{id}' WHERE user_id = {id}")).await;
        }
        site.run(&["run", "--once"]).await.went_well();
    }
    // The ERP is told nothing of what is shipped; it is noted with the order.
    shop.sql("UPDATE ecs_order_goods SET send_number = goods_number").await;
    // By the binlog's clock of whole seconds, all of that has settled where the range ends.
    shop.sql("DO SLEEP(2.2)").await;
    shop.sell(150, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let documents = site.kept.number("SELECT count(*) FROM outbox").await.unwrap().unsigned_abs();
    let shipped = "SELECT count(*) FROM ledger_order WHERE told LIKE '%\"shipped\"%'";
    assert_eq!(site.kept.number(shipped).await, Some(120));
    let end = position(&site).await;
    let all = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&all), [documents, 0, 0, 0, 0], "{all}");
    assert!(all["changes"].as_u64().unwrap() > 250, "{all}");
    let lose = async |number: &str| {
        let lost = format!(
            "DELETE FROM attempt WHERE entry IN (SELECT seq FROM outbox WHERE number = '{number}');
             DELETE FROM ledger_entry WHERE number = '{number}'; DELETE FROM outbox WHERE number = '{number}'"
        );
        site.kept.sql(&lost).await;
    };
    // What is new in the last part, then in the first, and of an order that was told of again: that says what it goes on from.
    let mut at_once = vec![all];
    for number in ["SN97-CN1", "SN7-CN1", "SN5-CN1"] {
        lose(number).await;
        at_once.push(replayed(&site, &["--from", &from]).await);
        let again = replayed(&site, &["--from", &from, "--keep", "0"]).await;
        assert_eq!(Some(&again), at_once.last(), "read again instead of kept");
    }
    assert_eq!(at_once.iter().map(|seen| counts(seen)[2]).collect::<Vec<_>>(), [0, 1, 2, 2], "{at_once:?}");
    // A range that ends before the stream is read in one part.
    shop.sell(200, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let last = replayed(&site, &["--from", &from, "--to", &end]).await;
    let mut expected = at_once.pop().unwrap();
    expected["to"] = last["to"].clone();
    assert_eq!(last, expected);
    assert_eq!((sandbox.books().duplicates, sandbox.books().rejected), (0, 0));
}

async fn what_differs_in_one_part_goes_on_differing_in_the_next(over: Over) {
    let (_sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;
    for id in 1..=40 {
        shop.sell(id, "A-1").await;
    }
    site.run(&["run", "--once"]).await.went_well();
    // The second half of the changes: each order's notes name the customer that the order was told for.
    for discount in 1..=3 {
        for id in 1..=40 {
            shop.sql(&format!("UPDATE ecs_order_info SET discount = {discount} WHERE order_id = {id}")).await;
        }
        site.run(&["run", "--once"]).await.went_well();
    }
    let same = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&same), [200, 0, 0, 0, 0], "{same}");
    site.blocks = "[customers]\nnumber = 'V-{customer}'\n".to_owned();
    let seen = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&seen), [0, 200, 0, 0, 0], "{seen}");
}

async fn columns_that_changed_places_within_the_range_are_not_taken_for_each_other(over: Over) {
    let (_sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;
    shop.sell(1, "A-1").await;
    shop.sql("UPDATE ecs_order_info SET shipping_fee = 1.50 WHERE order_id = 1").await;
    site.run(&["run", "--once"]).await.went_well();
    shop.sql("ALTER TABLE ecs_order_info MODIFY goods_amount decimal(10,2) NOT NULL DEFAULT 0.00 AFTER shipping_fee")
        .await;
    shop.sell(2, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    // The table as it is now would fit the rows from before, with one amount in the other's place.
    for keep in ["400000", "0"] {
        let ended = site.run(&["replay", "--from", &from, "--keep", keep]).await;
        refused(&ended, &["nothing describes the columns of table `ecs_order_info`", "binlog_row_metadata=FULL"]);
    }
    let from = position(&site).await;
    shop.sell(3, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let seen = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&seen), [2, 0, 0, 0, 0], "{seen}");
}

async fn what_had_not_settled_where_the_range_ends_is_not_expected(over: Over) {
    let (sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;
    // Cancelled before it has settled, however long this takes here: it is never told.
    shop.sql("SET timestamp = UNIX_TIMESTAMP() - 60").await;
    shop.sell(1, "A-1").await;
    let sold = shop.head().await;
    shop.sql("UPDATE ecs_order_info SET order_status = 2 WHERE order_id = 1").await;
    shop.sql("SET timestamp = DEFAULT").await;
    shop.sell(2, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    for (range, same) in [(&["--from", &*from, "--to", &*sold][..], 0), (&["--from", &*from][..], 2)] {
        let seen = replayed(&site, range).await;
        assert_eq!(counts(&seen), [same, 0, 0, 0, 0], "{seen}");
    }
    assert_eq!(sandbox.books().totals().len(), 1);
}

/// Documents as they are in the books, whenever they came.
fn kept(books: &Books) -> BTreeSet<(String, String, Decimal, Option<String>)> {
    books.documents.iter().map(|d| (d.kind.clone(), d.number.clone(), d.total, d.name.clone())).collect()
}

async fn an_erp_that_lost_its_last_hour_has_it_again(over: Over) {
    let (sandbox, mut shop, site, from) = small(over).await;
    let (backup, at) = (sandbox.backup(), jiff::Timestamp::now());
    let place = position(&site).await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for id in 4..=6 {
        shop.sell(id, "A-1").await;
    }
    shop.sql("UPDATE ecs_order_info SET discount = 10.00 WHERE order_id = 1").await;
    shop.sql("UPDATE ecs_order_info SET order_status = 2 WHERE order_id = 2").await;
    site.run(&["run", "--once"]).await.went_well();
    shop.sql("UPDATE ecs_order_info SET order_status = 4 WHERE order_id = 4").await;
    site.run(&["run", "--once"]).await.went_well();
    let whole = kept(&sandbox.books());
    let delivered = site.kept.number("SELECT count(*) FROM outbox WHERE state = 'delivered'").await;

    for args in [["--from", &at.to_string()], ["--from", &place]] {
        sandbox.restore(&backup);
        assert!(kept(&sandbox.books()).len() < whole.len());
        let done = replayed(&site, &[&args[..], &["--redeliver"]].concat()).await;
        let named: BTreeSet<&str> =
            done["redelivered"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        let expected = ["SN1-CN1", "SN2-CN1", "SN4", "SN4-CN1", "SN5", "SN6", "U4", "U5", "U6"];
        assert_eq!(named, expected.into(), "{done}");
        let status = site.status().await;
        assert_eq!(status["outbox"]["unknown"], 9, "{status}");
        site.run(&["run", "--once"]).await.went_well();
        let books = sandbox.books();
        assert_eq!(kept(&books), whole);
        assert_eq!((books.duplicates, books.rejected, books.refused_duplicates), (0, 0, 0));
        assert_eq!(site.kept.number("SELECT count(*) FROM outbox WHERE state = 'delivered'").await, delivered);
    }

    // All of them are there: none is sent, beside a bridge that runs.
    let arrivals = |books: &Books| books.documents.iter().map(|d| (d.number.clone(), d.arrival)).collect::<Vec<_>>();
    let before = sandbox.books();
    let mut running = site.start(&["run"]);
    running.until_said("binlog stream open", 1).await;
    let done = replayed(&site, &["--from", "earliest", "--redeliver"]).await;
    let count = i64::try_from(done["redelivered"].as_array().unwrap().len()).unwrap();
    assert_eq!(Some(count), delivered, "{done}");
    running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", count).await;
    running.terminate().await;
    let after = sandbox.books();
    assert_eq!((arrivals(&after), after.refused_duplicates), (arrivals(&before), 0));
    assert_eq!(kept(&after), whole);
    let again = replayed(&site, &["--from", &from]).await;
    assert_eq!(counts(&again)[1..], [0, 0, 0, 0], "{again}");
    // What retention has forgotten is named.
    site.kept.sql("UPDATE outbox SET payload = '' WHERE number = 'SN5'").await;
    let text = site.run(&["replay", "--from", &place, "--redeliver"]).await.stdout;
    assert!(text.contains("1 cannot be sent again, for retention has forgotten them: SN5\n"), "{text}");
}

fn refused(ended: &Ended, parts: &[&str]) {
    ended.says(2, parts);
}

async fn what_cannot_be_replayed_is_refused(over: Over) {
    let (_sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    let before = shop.from.clone();
    let run = async |args: &[&str]| site.run(&[&["replay"], args].concat()).await;
    refused(&run(&["--from", &before]).await, &["has not run yet"]);
    shop.sell(1, "A-1").await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let from = position(&site).await;
    shop.sell(2, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    shop.sell(3, "A-1").await;
    let head = shop.head().await;
    refused(&run(&["--from", &head]).await, &["ahead of the stream"]);
    refused(&run(&["--from", &before]).await, &["before the stream's beginning"]);
    let uuid = "434510fa-e6db-11f1-93d7-02fc00000001:1-5";
    refused(&run(&["--from", uuid]).await, &["another kind"]);
    refused(&run(&["--from", uuid, "--redeliver"]).await, &["another kind"]);
    refused(&run(&["--from", &head, "--redeliver"]).await, &["ahead of the stream"]);
    let soon = site.run(&["replay", "--from", "soon"]).await;
    assert!(soon.code == Some(2) && soon.stderr.contains("is no position"), "{}", soon.stderr);
    let clash = site.run(&["replay", "--from", &from, "--apply", "--redeliver"]).await;
    assert_eq!(clash.code, Some(2), "{}", clash.stderr);
    // What an order was told before, changed by hand.
    let kept = "UPDATE outbox SET told_before = 'x' || told_before WHERE told_before IS NOT NULL";
    site.kept.sql(kept).await;
    refused(
        &run(&["--from", &from]).await,
        &["the ledger before outbox entry", "cannot be read back", "restore a backup"],
    );
    site.kept.sql("UPDATE outbox SET told_before = substr(told_before, 2) WHERE told_before IS NOT NULL").await;
    // A row that is not as its last event says.
    let rows = "UPDATE mirror SET row = replace(row, '200.00', '200.01') WHERE tbl = 'ecs_order_info' AND key = '[2]'";
    site.kept.sql(rows).await;
    let told = run(&["--from", &from]).await;
    refused(&told, &["a row of `ecs_order_info`", "another server", "ledgertap resync"]);
    assert!(!told.stderr.contains("王小明") && !told.stderr.contains("[2]"));
    let mut running = site.start(&["run"]);
    running.until_said("binlog stream open", 1).await;
    let told = run(&["--from", &from]).await;
    assert!(
        told.code == Some(2) && (told.stderr.contains("another") || told.stderr.contains("has the stream")),
        "{}",
        told.stderr
    );
    running.terminate().await;
}
