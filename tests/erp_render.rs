//! Bodies of one's own, and `ledgertap erp render`: what is shown is what is sent, and a broken body stops everything at once.

use serde_json::{Value, json};

use crate::world;

const ORDER: &str = include_str!("../schema/erp/kingdee-xingchen/order.json");

#[tokio::test(flavor = "multi_thread")]
async fn an_order_s_requests_are_shown_before_it_is_told_and_after() {
    let (_sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    let mut order: Value = serde_json::from_str(ORDER).unwrap();
    order["F_SHOP"] = "{{ order }} of {{ lines|length }}".into();
    std::fs::create_dir(site.path("erp")).unwrap();
    std::fs::write(site.path("erp/order.json"), order.to_string()).unwrap();

    let render = ["erp", "render", "--order", "SN1", "--kind", "sales-order", "--json"];
    let before = site.run(&render).await;
    before.went_well();
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let after = site.run(&render).await;
    after.went_well();
    let requests = |text: &str| serde_json::from_str::<Vec<Value>>(text).unwrap();
    let (before, after) = (requests(&before.stdout), requests(&after.stdout));
    assert_eq!(before, after);
    let seen: Vec<_> = after.iter().map(|r| (&r["kind"], &r["number"], &r["method"], &r["path"])).collect();
    let [kind, number, post] = [json!("sales_order"), json!("SN1"), json!("POST")];
    let paths = [json!("/jdy/v2/scm/sal_order"), json!("/jdy/v2/scm/sal_out_bound")];
    assert_eq!(seen, [(&kind, &number, &post, &paths[0]), (&kind, &number, &post, &paths[1])]);
    let body = &after[0]["body"];
    let lines = body["material_entity"].as_array().unwrap().len();
    assert_eq!(body["F_SHOP"], format!("SN1 of {lines}"));
    assert_eq!(body["material_entity"][0]["material_id"], "<id of the material A-1>");
    assert_eq!(after[1]["body"]["material_entity"][0]["src_inter_id"], "<id of the order>");

    let shown = async |args: &[&str], parts: &[&str]| {
        let ended = site.run(args).await;
        ended.went_well();
        for part in parts {
            assert!(ended.stdout.contains(part), "{part} is not in {}", ended.stdout);
        }
    };
    let parts = [
        "customer U1, posted on ",
        "POST /jdy/v2/bd/customer\n",
        "sales order SN1, posted on ",
        "\"bill_no\": \"SN1-CK\"",
    ];
    shown(&["erp", "render", "--order", "SN1"], &parts).await;
    for kind in ["customer", "sales_order", "credit_note", "debit_note"] {
        shown(&["erp", "render", "--sample", kind], &["POST /jdy/v2/", "Ada Sample"]).await;
    }
    site.run(&["erp", "render", "--order", "SN1", "--number", "SN2"]).await.says(1, &["there is no such document"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_body_is_refused_before_anything_is_done() {
    let (_sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "A-1").await;
    std::fs::create_dir(site.path("erp")).unwrap();
    let file = site.path("erp/order.json");
    for (body, said) in [
        (ORDER.replace("{{ remark }}", "{{ remrak }}"), "order.json: /remark: `remrak` is not known; there are"),
        (
            ORDER.replace("entry.quantity", "entry.qty"),
            "order.json: /material_entity/0/qty: `entry.qty` is not known; there are line, ",
        ),
        ("{\n  \"bill_no\": \n}".to_owned(), "order.json:3:1: is no JSON: expected value"),
    ] {
        std::fs::write(&file, body).unwrap();
        let checked = site.run(&["check"]).await;
        assert_eq!(checked.code, Some(1));
        assert!(checked.stdout.contains("FIX  the ERP: ") && checked.stdout.contains(said), "{}", checked.stdout);
        site.run(&["run", "--once", "--from", &shop.from]).await.says(2, &[said]);
    }
    std::fs::rename(&file, site.path("erp/orders.json")).unwrap();
    site.run(&["run", "--once", "--from", &shop.from])
        .await
        .says(2, &["orders.json: kingdee-xingchen has no such body: there are customer.json, order.json, outbound.json, return.json"]);
    assert!(!site.state().exists());
}
