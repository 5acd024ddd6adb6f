//! A changed mapping changes no book by itself: it is shown, then posted or absorbed.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::world::{self, Over, Site, over_both};

over_both! {
    a_changed_tax_rate_is_shown_and_posted
    a_changed_tax_rate_is_shown_and_absorbed
    what_takes_a_parked_document_s_place_is_absorbed
    what_a_person_has_voided_is_not_posted_again
}

/// Three orders told, of which one was discounted since, and one that is held; then another tax rate.
async fn changed(over: Over) -> (ledgertap::sandbox::Sandbox, world::SmallShop, Site) {
    let (sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    for id in 1..=4 {
        shop.sell(id, "A-1").await;
    }
    shop.sql("UPDATE ecs_order_info SET goods_amount = 199.99 WHERE order_id = 4").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 3").await;
    site.run(&["run", "--once"]).await.went_well();
    site.profile = "tax_rate = '9'".into();
    site.run(&["run", "--once"]).await.says(2, &["rebuild --dry-run", "rebuild --post"]);
    (sandbox, shop, site)
}

async fn shown(site: &Site) -> Value {
    let told = site.run(&["rebuild", "--dry-run", "--json"]).await;
    told.went_well();
    serde_json::from_str(&told.stdout).unwrap()
}

async fn a_changed_tax_rate_is_shown_and_posted(over: Over) {
    let (sandbox, mut shop, site) = changed(over).await;
    let before = sandbox.books().documents.len();
    let seen = shown(&site).await;
    assert_eq!((&seen["orders"], &seen["differ"]), (&4.into(), &3.into()), "{seen}");
    let first = &seen["differences"][0];
    assert_eq!((&first["told"]["tax"], &first["would_be"]["tax"]), (&"23.01".into(), &"16.51".into()), "{first}");
    assert_eq!((&first["told"]["total"], &first["would_be"]["total"]), (&"200.00".into(), &"200.00".into()), "{first}");
    let kinds: Vec<&str> = first["documents"].as_array().unwrap().iter().map(|d| d["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["debit_note", "credit_note"]);
    assert_eq!(shown(&site).await, seen, "showing changes nothing");
    site.run(&["run", "--once"]).await.says(2, &["rebuild --dry-run"]);
    let text = site.run(&["rebuild", "--dry-run", "--order", "SN1"]).await;
    text.went_well();
    assert!(
        text.stdout.starts_with("order SN1: told 200.00, would be 200.00\n  debit note SN1-DN1: "),
        "{}",
        text.stdout
    );
    assert!(text.stdout.ends_with("1 of 1 orders differ; nothing was changed\n"), "{}", text.stdout);
    site.run(&["rebuild", "--dry-run", "--order", "SN9"]).await.says(2, &["no order SN9 was told or is held"]);
    assert_eq!(sandbox.books().documents.len(), before);

    site.run(&["rebuild", "--post"]).await.went_well();
    shop.sell(5, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let books = sandbox.books();
    assert_eq!(shown(&site).await["differ"], 0);
    assert_eq!((books.duplicates, books.rejected), (0, 0));
    let tax = |order: &str| -> Decimal {
        let all = books.documents.iter().filter(|d| d.counts && d.reference.as_deref() == Some(order));
        all.map(|d| if d.kind == "credit_note" { -d.tax } else { d.tax }).sum()
    };
    assert_eq!((tax("SN1"), tax("SN3"), tax("SN5")), (d("16.51"), d("14.86"), d("16.51")));
    assert_eq!(books.totals()["SN3"], d("180.00"));
}

async fn a_changed_tax_rate_is_shown_and_absorbed(over: Over) {
    let (sandbox, mut shop, site) = changed(over).await;
    let before = sandbox.books().documents.len();
    site.run(&["rebuild", "--absorb", " "]).await.says(2, &["--absorb: say why"]);
    site.run(&["rebuild", "--absorb", "mended by hand", "--order", "SN1"]).await.went_well();
    site.run(&["run", "--once"]).await.says(2, &["rebuild --dry-run"]);
    assert_eq!(shown(&site).await["differ"], 2);
    site.run(&["rebuild", "--absorb", "mended by hand"]).await.went_well();
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(sandbox.books().documents.len(), before, "nothing is posted");
    let status = site.status().await;
    assert_eq!((&status["absorbed"], &status["absorbed_amounts"]["total"]), (&3.into(), &"0.00".into()), "{status}");
    assert_eq!(status["absorbed_amounts"]["tax"], "-18.85");
    let traced = site.run(&["trace", "SN1"]).await.stdout;
    assert!(traced.contains("absorbed              net 6.50 + tax -6.50 = 0.00: mended by hand\n"), "{traced}");

    // What comes after is told against what was absorbed, which the ERP has by hand.
    sandbox.add_order("SN2", Decimal::ZERO);
    shop.sql("UPDATE ecs_order_info SET order_status = 2 WHERE order_id = 2").await;
    site.run(&["run", "--once"]).await.went_well();
    let books = sandbox.books();
    let note = books.find("credit_note", "SN2-CN1").unwrap();
    assert_eq!((note.total, note.tax), (d("200.00"), d("16.51")));
    assert_eq!((books.duplicates, books.rejected), (0, 0));
}

/// The ERP certainly lacks a document that it refused: absorbed is all that the order comes to, and the document goes.
async fn what_takes_a_parked_document_s_place_is_absorbed(over: Over) {
    let (sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "UNKNOWN-9").await;
    let run = site.run(&["run", "--once", "--from", &shop.from]).await;
    assert!(run.code == Some(1) && run.stderr.contains("document parked"), "{}", run.stderr);
    site.profile = "tax_rate = '9'".into();
    let seen = shown(&site).await;
    assert_eq!((&seen["differ"], &seen["differences"][1]["would_be"]["tax"]), (&2.into(), &"16.51".into()), "{seen}");
    let before = sandbox.books().documents.len();
    site.run(&["rebuild", "--absorb", "entered by hand"]).await.went_well();
    let status = site.status().await;
    // 200.00 that nobody was told of, and what 9 % leave of the other's tax.
    assert_eq!((&status["absorbed"], &status["absorbed_amounts"]["total"]), (&2.into(), &"200.00".into()), "{status}");
    assert_eq!(
        (&status["absorbed_amounts"]["tax"], &status["parked"]),
        (&"10.01".into(), &serde_json::json!([])),
        "{status}"
    );
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!((sandbox.books().documents.len(), &shown(&site).await["differ"]), (before, &0.into()));

    sandbox.add_order("SN2", d("200.00"));
    sandbox.add_item("UNKNOWN-9");
    shop.sql("UPDATE ecs_order_info SET order_status = 2 WHERE order_id = 2").await;
    site.run(&["run", "--once"]).await;
    let books = sandbox.books();
    let note = books.find("credit_note", "SN2-CN1").map(|note| (note.total, note.tax));
    assert_eq!(note, Some((d("200.00"), d("16.51"))));
}

/// A voided order waits for the store: no rebuild brings it back, unless it is named.
async fn what_a_person_has_voided_is_not_posted_again(over: Over) {
    let (sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "UNKNOWN-9").await;
    let run = site.run(&["run", "--once", "--from", &shop.from]).await;
    assert!(run.code == Some(1) && run.stderr.contains("document parked"), "{}", run.stderr);
    site.run(&["outbox", "skip", "SN2", "--void", "--reason", "a test order"]).await.went_well();
    site.profile = "tax_rate = '9'".into();
    let seen = shown(&site).await;
    assert_eq!((&seen["differ"], &seen["voided"]), (&1.into(), &1.into()), "{seen}");
    site.run(&["rebuild", "--post"]).await.went_well();
    sandbox.add_item("UNKNOWN-9");
    let run = site.run(&["run", "--once"]).await;
    assert!(run.stderr.contains("\"stopped\""), "{}", run.stderr);
    assert!(sandbox.books().find("sales_order", "SN2").is_none());
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}
