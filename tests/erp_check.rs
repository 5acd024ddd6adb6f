//! `ledgertap erp check`: what the account has and lacks is said before anything is sent to it.

use serde_json::Value;

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_before_anything_is_sent() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "UNKNOWN-2").await;

    let nothing_known = site.run(&["erp", "check"]).await;
    nothing_known.went_well();
    for part in [
        "erp kingdee-xingchen",
        "ok   logged in at http://127.0.0.1",
        "ok   guarantee of sales_order: unique: it refuses a second form with the same number",
        "is there",
        "with --order N",
    ] {
        assert!(nothing_known.stdout.contains(part), "{part} is not in {}", nothing_known.stdout);
    }
    let known = site.run(&["erp", "check", "--order", "SN1"]).await;
    known.went_well();
    assert!(known.stdout.contains("ok   1 items of the documents are there"), "{}", known.stdout);

    let lacking = site.run(&["erp", "check", "--order", "SN1", "--order", "SN2", "--json"]).await;
    assert_eq!(lacking.code, Some(1), "{}", lacking.stderr);
    let said: Value = serde_json::from_str(&lacking.stdout).expect("one JSON object");
    assert_eq!((&said["ok"], &said["erp"]), (&false.into(), &"kingdee-xingchen".into()));
    let wrong: Vec<&Value> = said["findings"].as_array().expect("a list").iter().filter(|f| f["ok"] == false).collect();
    let [finding] = wrong[..] else { panic!("{said:#}") };
    assert!(finding["what"].as_str().expect("a text").contains("UNKNOWN-2"), "{finding}");
    assert!(finding["remedy"].as_str().expect("a text").contains("ledgertap products add"), "{finding}");

    // What was planned is looked at too, without naming it.
    site.run(&["run", "--once", "--from", &shop.from]).await;
    let planned = site.run(&["erp", "check"]).await;
    assert_eq!(planned.code, Some(1), "{}", planned.stdout);
    assert!(planned.stdout.contains("FIX  item UNKNOWN-2"), "{}", planned.stdout);
    sandbox.add_item("UNKNOWN-2");
    site.run(&["erp", "check"]).await.went_well();

    // A setting that names what is not there.
    let there = site.erp.lines().find(|line| line.starts_with("stock_id")).expect("a warehouse").to_owned();
    site.erp = site.erp.replace(&there, "stock_id = \"17\"");
    let elsewhere = site.run(&["erp", "check"]).await;
    assert_eq!(elsewhere.code, Some(1));
    assert!(
        elsewhere.stdout.contains("FIX  erp.stock_id: the ERP has no warehouse with the id 17"),
        "{}",
        elsewhere.stdout
    );
    let checked = site.run(&["check"]).await;
    assert!(checked.stdout.contains("FIX  erp kingdee-xingchen: erp.stock_id"), "{}", checked.stdout);
}

/// A document that could not be sent at all is not passed over in silence.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_crosswalk_lacks_and_what_would_be_held_is_said() {
    let (_sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    std::fs::write(site.path("skus.csv"), "sku,item,unit\nB-2,M2,\n").expect("write the crosswalk");
    site.blocks = "[products]\ncrosswalk = 'skus.csv'\nunknown = 'park'\n".into();
    let lacking = site.run(&["erp", "check", "--order", "SN1"]).await;
    assert_eq!(lacking.code, Some(1), "{}{}", lacking.stdout, lacking.stderr);
    let wanted = "FIX  the crosswalk has no item for the SKU A-1: add it with `ledgertap products add 'A-1' ITEM`";
    assert!(lacking.stdout.contains(wanted), "{}", lacking.stdout);

    shop.sql("UPDATE ecs_order_info SET goods_amount = goods_amount + 1 WHERE order_sn = 'SN1'").await;
    site.run(&["erp", "check", "--order", "SN1"]).await.says(1, &["the order SN1 would be held: "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_cannot_be_looked_at_is_one_sentence() {
    let (_sandbox, _shop, mut site) = world::small_shop(&world::mariadb()).await;
    let secret = site.erp.lines().find(|line| line.starts_with("app_secret")).expect("a secret").to_owned();
    site.erp = site.erp.replace(&secret, "app_secret = \"hush-3\"");
    let refused = site.run(&["erp", "check"]).await;
    refused.says(1, &["erp kingdee-xingchen: the ERP refuses the credentials"]);
    assert!(!refused.stderr.contains("hush-3"));
}
