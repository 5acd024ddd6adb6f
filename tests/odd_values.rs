//! Values that a mapping cannot use as they are: bytes that are no text, numbers with letters behind them.

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_of_its_charset_holds_its_order_and_no_other() {
    let (sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    // What the profile says that texts are in holds for all of them.
    shop.sql("ALTER TABLE ecs_order_goods MODIFY goods_name varchar(120) CHARACTER SET latin1 NOT NULL DEFAULT ''")
        .await;
    let from = shop.head().await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "A-2").await;
    for plain in ["ecs_order_info SET consignee = 'Li'", "ecs_users SET user_name = CONCAT('Li', user_id)"] {
        shop.sql(&format!("UPDATE {plain}")).await;
    }
    // No character of gbk begins with this byte.
    shop.sql("UPDATE ecs_order_goods SET goods_name = x'FFFF' WHERE order_id = 1").await;
    shop.sql("UPDATE ecs_order_goods SET goods_name = x'CEB0' WHERE order_id = 2").await;
    let config = site.config().replace("settle = '50ms'", "settle = '50ms'\ncharset = 'gbk'");
    std::fs::write(site.path("shop.toml"), &config).unwrap();
    let ended = site.start_as_it_is(&["run", "--once", "--from", &from]).end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let status = site.start_as_it_is(&["status", "--json"]).end().await;
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    let reason = status["held"][0]["reason"].as_str().unwrap();
    assert!(
        reason
            .contains("the column `goods_name` of `ecs_order_goods`, row [1], holds bytes that are not of its charset"),
        "{reason}"
    );
    assert!(reason.starts_with("order_line.sql:") && status["held_count"] == 1, "{status}");
    assert!(sandbox.books().find("sales_order", "SN2").is_some());
    shop.sql("UPDATE ecs_order_goods SET goods_name = x'CEB0' WHERE order_id = 1").await;
    assert_eq!(site.start_as_it_is(&["run", "--once"]).end().await.code, Some(0));
    assert!(sandbox.books().find("sales_order", "SN1").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_cut_from_a_text_is_used_and_said() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    let folder = site.path("mapping");
    std::fs::create_dir(&folder).unwrap();
    let profile =
        "extends = \"ecshop\"\n[columns.\"order_line.sql\"]\nquantity = \"CAST(g.goods_attr AS DECIMAL(10,0))\"\n";
    std::fs::write(folder.join("profile.toml"), profile).unwrap();
    site.mapping = folder.display().to_string();
    let from = shop.head().await;
    shop.sell(1, "A-1").await;
    shop.sql("UPDATE ecs_order_goods SET goods_attr = '2 pieces' WHERE order_id = 1").await;
    let ended = site.run(&["run", "--once", "--from", &from]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let line = sandbox.books().find("sales_order", "SN1").unwrap().lines[0].clone();
    assert_eq!(line.quantity.to_string(), "2");
    let status = site.status().await;
    let warning = status["warned"][0]["reason"].as_str().unwrap();
    assert!(warning.starts_with("profile.toml:3:") && status["warned_count"] == 1, "{status}");
    let text = site.run(&["status"]).await.stdout;
    assert!(text.contains("warned     1 (used all the same") && !text.contains("pieces"), "{text}");
    assert!(ended.stderr.contains("\"warned\":1"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_order_under_a_number_is_held_and_names_the_first() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    let folder = site.path("mapping");
    std::fs::create_dir(&folder).unwrap();
    let profile = "extends = \"ecshop\"\n[columns.\"order.sql\"]\nnumber = \"LEFT(o.order_sn, 2)\"\n";
    std::fs::write(folder.join("profile.toml"), profile).unwrap();
    site.mapping = folder.display().to_string();
    let from = shop.head().await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "A-2").await;
    let ended = site.run(&["run", "--once", "--from", &from]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(sandbox.books().find("sales_order", "SN").is_some());
    let status = site.status().await;
    let reason = status["held"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("its number SN was told to the ERP for another order, which has the key 1"), "{reason}");
    assert_eq!(status["held_count"], 1);
}
