//! `ledgertap trace`: one order, from the store's transaction to the ERP's reference.

use serde_json::{Value, json};

use crate::world::{self, Over, erp_at, over_both};

over_both! {
    an_order_is_followed_from_its_transaction_to_the_erp
    what_waits_says_for_what
    a_held_order_and_one_that_is_not_there
}

async fn an_order_is_followed_from_its_transaction_to_the_erp(over: Over) {
    let (_sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(0));
    shop.sql("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(0));
    let traced = site.run(&["trace", "SN1"]).await;
    traced.went_well();
    let at = |part: &str| traced.stdout.find(part).unwrap_or_else(|| panic!("{part} is not in:\n{}", traced.stdout));
    let parts = [
        "order SN1, key 1 in the store",
        "told                  net 0.00 + tax 0.00 = 0.00",
        "row                   ecs_order_goods [1]: ",
        "customer U1, entry 1 in lane customer:U1",
        "sales order SN1, entry 2 in lane order:1",
        "credit note SN1-CN1 (cancellation), entry 3 in lane order:1",
    ];
    let places: Vec<usize> = parts.iter().map(|part| at(part)).collect();
    assert!(places.is_sorted(), "{}", traced.stdout);
    for (part, times) in [
        ("the store committed its last change; the plan saw transaction ", 3),
        (" planned\n", 3),
        ("attempt of ", 3),
        ("in the ERP as ", 3),
        ("  in the ERP            net ", 2),
        ("waits for", 0),
    ] {
        assert_eq!(traced.stdout.matches(part).count(), times, "{part} in:\n{}", traced.stdout);
    }
    // The key, and the number of one of its documents, name it too.
    for called in ["1", "SN1-CN1"] {
        assert_eq!(site.run(&["trace", called]).await.stdout, traced.stdout);
    }
    let json = site.run(&["trace", "SN1", "--json"]).await;
    assert!(!json.stdout.contains("王小明") && !json.stdout.contains("c1@x.example"), "{}", json.stdout);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let order = &json[0];
    assert_eq!((&order["id"], &order["number"], &order["held"]), (&json!("1"), &json!("SN1"), &Value::Null));
    let rows: Vec<&Value> = order["rows"].as_array().unwrap().iter().collect();
    let seen: Vec<_> = rows.iter().map(|r| (r["table"].as_str().unwrap(), r["key"].as_str().unwrap())).collect();
    assert_eq!(seen, [("ecs_order_goods", "[1]"), ("ecs_order_info", "[1]"), ("ecs_users", "[1]")]);
    let sold = &rows[0]["transaction"];
    assert!(sold.as_str().is_some_and(|id| id.contains('-')) && rows[0]["at"].is_string(), "{order}");
    assert!(
        rows[2]["transaction"] == *sold && rows[1]["transaction"] != *sold,
        "the order's row has changed since: {order}"
    );
    let documents = order["documents"].as_array().unwrap();
    let seen: Vec<_> =
        documents.iter().map(|d| (d["number"].as_str().unwrap(), d["state"].as_str().unwrap())).collect();
    assert_eq!(seen, [("U1", "delivered"), ("SN1", "delivered"), ("SN1-CN1", "delivered")]);
    for document in documents {
        assert!(document["cut"].as_str().is_some_and(|cut| cut.contains('-')), "{document}");
        assert_eq!((document["waits_for"].as_array().map(Vec::len), document.get("document")), (Some(0), None));
        assert!(document["attempts_made"][0]["ms"].is_u64() && document["reference"].is_string(), "{document}");
    }
    assert_eq!(documents[1]["amounts"]["total"], "200.00");
    assert_eq!(documents[1]["depends_on"], 1);
}

async fn what_waits_says_for_what(over: Over) {
    let (_sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    site.erp = erp_at("127.0.0.1:9");
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(1), "the ERP is not there");
    shop.sql("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    let traced: Value = serde_json::from_str(&site.run(&["trace", "SN1", "--json"]).await.stdout).unwrap();
    let waits = |document: usize| traced[0]["documents"][document]["waits_for"].to_string();
    assert!(waits(1).contains("customer U1, on which it depends"), "{traced}");
    assert!(waits(2).contains("sales_order SN1, which is before it"), "{traced}");
    let attempts = traced[0]["documents"][0]["attempts_made"].as_array().unwrap();
    assert!(attempts.len() > 1 && attempts.iter().all(|attempt| attempt["said"].is_string()), "{traced}");
}

async fn a_held_order_and_one_that_is_not_there(over: Over) {
    let (_sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    shop.sell(1, "A-1").await;
    shop.sql("UPDATE ecs_order_info SET goods_amount = 190.00 WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(0));
    let traced = site.run(&["trace", "SN1"]).await;
    assert!(traced.stdout.contains("\n  held                  "), "{}", traced.stdout);
    let held = site.run(&["held", "--json"]).await;
    let held: Value = serde_json::from_str(&held.stdout).unwrap();
    assert_eq!(held[0]["order"], "SN1");
    assert!(site.run(&["held"]).await.stdout.starts_with("SN1: "));
    site.run(&["trace", "NOPE"])
        .await
        .says(1, &["stream \"main\" knows no order NOPE", "ledgertap preview --order NOPE"]);
}
