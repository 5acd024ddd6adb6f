//! What is old is forgotten, and the books stay.

use serde_json::Value;

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn payloads_and_attempts_of_old_documents_go_and_the_books_stay() {
    let (_sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    site.blocks = "[outbox]\nkeep = '500ms'\n".into();
    shop.sell(1, "A-1").await;
    let mut running = site.start(&["run", "--from", &shop.from]);
    running.until("SELECT count(*) FROM outbox WHERE payload = '' AND state = 'delivered'", 2).await;
    running.terminate().await.went_well();
    let shown: Value = serde_json::from_str(&site.run(&["outbox", "show", "SN1", "--json"]).await.stdout).unwrap();
    assert_eq!(
        (shown[0]["pruned"].as_bool(), shown[0]["attempts_made"].as_array().map(Vec::len)),
        (Some(true), Some(0))
    );
    assert!(shown[0]["reference"].is_string() && shown[0]["total"] == "200.00", "{shown}");
    let payload = site.run(&["outbox", "show", "SN1", "--payload"]).await;
    assert!(payload.stdout.contains("its payload was forgotten"), "{}", payload.stdout);
    assert_eq!(site.status().await["told"]["total"], "200.00");
    // What was told is known without its payload: a change becomes the difference.
    shop.sql("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(0));
    assert_eq!(site.status().await["told"]["total"], "0.00");
}
