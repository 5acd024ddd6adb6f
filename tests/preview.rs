//! `preview`: what an order would become, from the live store, with an account that may only SELECT.

use serde_json::Value;

use crate::world::{self, Ended, SmallShop};

/// Runs the program on a shop as an account of its own.
async fn preview(url: &str, args: &[&str]) -> Ended {
    preview_by("ecshop", url, args).await
}

async fn preview_by(mapping: &str, url: &str, args: &[&str]) -> Ended {
    let state = std::path::Path::new("/nowhere");
    let args = [&["preview", "--store", url, "--mapping", mapping], args].concat();
    world::start(&args, state).end().await
}

/// The shop's URL as an account that may read and nothing else.
async fn reader(shop: &mut SmallShop) -> String {
    let (host, database) = shop.url.rsplit_once('/').expect("it names a database");
    let (host, database) = (host.rsplit_once('@').expect("it names a user").1.to_owned(), database.to_owned());
    let user = shop.account();
    shop.sql(&format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'geheim'")).await;
    shop.sql(&format!("GRANT SELECT ON `{database}`.* TO '{user}'@'%'")).await;
    format!("mysql://{user}:geheim@{host}/{database}?ssl-mode=preferred")
}

async fn previewed(root: &str) {
    let mut shop = SmallShop::on(root).await;
    for id in 1..=4 {
        shop.sell(id, "SKU-1").await;
    }
    shop.sql("UPDATE ecs_order_info SET order_status = 0, pay_status = 0 WHERE order_id = 2").await;
    shop.sql("UPDATE ecs_order_info SET goods_amount = 199.99 WHERE order_id = 3").await;
    shop.sql("DELETE FROM ecs_users WHERE user_id = 4").await;
    let url = reader(&mut shop).await;

    let told = preview(&url, &["--order", "1"]).await;
    told.went_well();
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines[0], "order 1, number SN1, posted");
    assert_eq!(lines[1], "customer U1: 客户1");
    assert!(lines.iter().any(|l| l.starts_with("sales order SN1 of 2026-")), "{}", told.stdout);
    assert!(
        lines.iter().any(|l| l.contains("SKU-1") && l.contains("23.01") && l.contains("200.00")),
        "{}",
        told.stdout
    );

    let told = preview(&url, &["--order", "SN1", "--json"]).await;
    told.went_well();
    let json: Value = serde_json::from_str(&told.stdout).expect("it is JSON");
    assert_eq!((&json["order"], &json["state"], &json["held"]), (&"1".into(), &"posted".into(), &Value::Null));
    let kinds: Vec<&str> = json["documents"].as_array().unwrap().iter().map(|d| d["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["customer", "sales_order"]);
    assert_eq!(json["documents"][1]["amounts"]["total"], "200.00");

    let open = preview(&url, &["--order", "2"]).await;
    open.went_well();
    assert_eq!(open.stdout, "order 2, number SN2, open\nno document: there is nothing to tell the ERP\n");

    shop.sell(5, "SKU-1").await;
    shop.sql("DELETE FROM ecs_order_goods WHERE order_id = 5").await;
    for (order, reason) in
        [("3", "held: "), ("4", "held: its customer U4 is not in the store"), ("5", "held: it has no lines")]
    {
        let held = preview(&url, &["--order", order]).await;
        assert_eq!(held.code, Some(1), "{held:?}");
        assert!(held.stdout.lines().last().is_some_and(|l| l.starts_with(reason)), "{}", held.stdout);
        assert!(!held.stdout.contains("stream"), "{}", held.stdout);
    }

    // A number that the server cuts from a text.
    let folder = tempfile::tempdir().expect("make a folder");
    let text = "extends = 'ecshop'\n[columns.'order.sql']\nfee = 'CAST(o.zipcode AS DECIMAL(10,2))'\n";
    std::fs::write(folder.path().join("profile.toml"), text).expect("write a file");
    shop.sql("UPDATE ecs_order_info SET zipcode = '0 Beijing' WHERE order_id = 1").await;
    let told = preview_by(folder.path().to_str().expect("it is text"), &url, &["--order", "1"]).await;
    told.went_well();
    let warned: Vec<&str> = told.stdout.lines().filter(|l| l.starts_with("warning: ")).collect();
    assert!(warned.len() == 1 && !warned[0].contains("Beijing"), "{}", told.stdout);

    preview(&url, &["--order", "SN9"]).await.says(2, &["no order of order.sql has the id or the number SN9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_previewed_on_mariadb() {
    previewed(&world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_previewed_on_mysql() {
    previewed(&world::mysql()).await;
}
