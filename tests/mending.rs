//! What mends itself, what a person mends, and what is refused until a person has decided.

use ledgertap::sandbox::{self, Faults, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world;
use crate::world::{Site, SmallShop, erp_at};

async fn started() -> (Sandbox, SmallShop, Site) {
    let listen = "127.0.0.1:0".parse().unwrap();
    let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.unwrap();
    let shop = SmallShop::on(&world::mariadb()).await;
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    (sandbox, shop, site)
}

fn booked(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    let mut names: Vec<String> = books
        .documents
        .iter()
        .filter(|d| d.kind != "outbound")
        .map(|d| format!("{} {} {}", d.kind, d.number, d.total))
        .collect();
    names.sort();
    names
}

/// A proxy's page, whatever is asked.
async fn html_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                let _ = socket.read(&mut asked).await;
                let page = "<html>Please log in</html>";
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", page.len());
                let _ = socket.write_all(format!("{head}{page}").as_bytes()).await;
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parked_document_goes_on_when_it_is_told_to() {
    let (sandbox, mut shop, mut site) = started().await;
    let good = std::mem::replace(&mut site.erp, erp_at(&html_server().await));
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(1));
    assert_eq!(site.status().await["outbox"]["parked"], 1);
    site.erp = good;
    let none = site.run(&["outbox", "retry", "NOPE"]).await;
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), "NOPE is not parked\n"));
    let retried = site.run(&["outbox", "retry", "--all"]).await;
    assert_eq!(
        (retried.code, retried.stdout.starts_with("U1 will be looked up")),
        (Some(0), true),
        "{}",
        retried.stderr
    );
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(0));
    assert_eq!(booked(&sandbox), ["customer U1 0.00", "sales_order SN1 200.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_erp_certainly_lacks_gives_way_to_what_the_store_says_by_now() {
    let (sandbox, mut shop, site) = started().await;
    shop.sell(1, "UNKNOWN-7").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(1));
    // What changes nothing of the document leaves it where it is.
    shop.sql("UPDATE ecs_order_info SET consignee = '王大明' WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    assert_eq!(site.status().await["outbox"], serde_json::json!({"delivered": 1, "parked": 1}));
    shop.sql("UPDATE ecs_order_goods SET goods_sn = 'A-1' WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(0));
    assert_eq!(booked(&sandbox), ["customer U1 0.00", "sales_order SN1 200.00"]);
    let status = site.status().await;
    assert_eq!(status["outbox"], serde_json::json!({"delivered": 2, "skipped": 1}));
    assert_eq!(
        (&status["documents"]["sales_order"], &status["told"]["total"]),
        (&1.into(), &"200.00".into()),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_older_than_the_stream_is_held_when_it_is_cancelled() {
    let (sandbox, mut shop, site) = started().await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "A-1").await;
    let from = shop.head().await;
    // Every row of it changes, as a return in ECShop does, before the header says what happened.
    shop.sql("UPDATE ecs_order_goods SET send_number = 1").await;
    shop.sql("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = 1").await;
    shop.sell(3, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &from]).await.code, Some(0));
    let status = site.status().await;
    let reasons: Vec<_> =
        status["held"].as_array().unwrap().iter().map(|h| (h["order"].as_str(), h["reason"].as_str())).collect();
    assert!(
        matches!(reasons[..], [(Some("SN1"), Some(reason))] if reason.contains("older than the stream's beginning")),
        "{status}"
    );
    assert_eq!(booked(&sandbox), ["customer U3 0.00", "sales_order SN3 200.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_told_for_another_order_is_held_and_stops_nobody() {
    let (sandbox, mut shop, site) = started().await;
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(0));
    shop.sql("DELETE FROM ecs_order_info WHERE order_id = 1").await;
    // The shop draws the same number again.
    shop.sql("ALTER TABLE ecs_order_info DROP INDEX order_sn").await;
    shop.sell(2, "A-1").await;
    shop.sql("UPDATE ecs_order_info SET order_sn = 'SN1' WHERE order_id = 2").await;
    shop.sell(3, "A-1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(0));
    let status = site.status().await;
    let held: Vec<&str> = status["held"].as_array().unwrap().iter().map(|h| h["reason"].as_str().unwrap()).collect();
    assert!(held.iter().any(|r| r.contains("told to the ERP for another order")), "{status}");
    assert!(held.iter().any(|r| r.contains("gone from the store")), "{status}");
    assert_eq!(
        booked(&sandbox),
        ["customer U1 0.00", "customer U3 0.00", "sales_order SN1 200.00", "sales_order SN3 200.00"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_mapping_waits_for_a_person() {
    let (sandbox, mut shop, site) = started().await;
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(0));
    let changed = |line: &str| site.config().replace("settle = '50ms'", line);
    let file = site.path("shop.toml");
    std::fs::write(&file, changed("settle = '50ms'\ntax_rate = '9'")).unwrap();
    let refused = site.start_as_it_is(&["run", "--once"]).end().await;
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("--accept-mapping"), "{}", refused.stderr);
    let checked = site.start_as_it_is(&["check"]).end().await;
    let told = checked.stdout.lines().find(|l| l.starts_with("FIX  the mapping against the state database: "));
    assert!(told.is_some_and(|l| l.ends_with("`ledgertap run --accept-mapping`")), "{}", checked.stdout);
    // The settle time shapes no document.
    std::fs::write(&file, changed("settle = '60ms'")).unwrap();
    assert_eq!(site.start_as_it_is(&["run", "--once"]).end().await.code, Some(0));
    std::fs::write(&file, changed("settle = '50ms'\ntax_rate = '9'")).unwrap();
    assert_eq!(site.start_as_it_is(&["run", "--once", "--accept-mapping"]).end().await.code, Some(0));
    assert_eq!(booked(&sandbox), ["customer U1 0.00", "sales_order SN1 200.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_in_a_column_that_says_another_charset_is_read_as_the_profile_says() {
    let (sandbox, mut shop, site) = started().await;
    for column in ["user_name varchar(60)", "email varchar(60)"] {
        shop.sql(&format!("ALTER TABLE ecs_users MODIFY {column} CHARACTER SET latin1 NOT NULL DEFAULT ''")).await;
    }
    let from = shop.head().await;
    // 张伟 in gbk.
    shop.sql("INSERT INTO ecs_users (user_id, user_name) VALUES (1, x'D5C5CEB0')").await;
    shop.sql(
        "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, goods_amount, add_time) \
         VALUES (1, 'SN1', 1, 1, 2, 200.00, 1780000000)",
    )
    .await;
    shop.sql(
        "INSERT INTO ecs_order_goods (order_id, goods_sn, goods_name, goods_number, goods_price) \
         VALUES (1, 'A-1', 'Thing', 1, 200.00)",
    )
    .await;
    let config = site.config().replace("settle = '50ms'", "settle = '50ms'\ncharset = 'gbk'");
    std::fs::write(site.path("shop.toml"), config).unwrap();
    let ended = site.start_as_it_is(&["run", "--once", "--from", &from]).end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(sandbox.books().find("customer", "U1").and_then(|c| c.name.clone()).as_deref(), Some("张伟"));
}
