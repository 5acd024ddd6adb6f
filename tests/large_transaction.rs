//! Transactions of very many rows: nothing of one counts before its end, and its size is no matter of memory.

use ledgertap::sandbox::{self, Faults};

use crate::world::{Own, Site, SmallShop};

/// What any run may take, in bytes.
const MEMORY_MAX: u64 = 64 << 20;

/// Rows are doubled so often: 32,768 customers.
const DOUBLED: u32 = 15;

/// Customers and one order of theirs, in one transaction, by the whole program.
async fn passes(server: Own) {
    let mut shop = SmallShop::on(&server.root()).await;
    let listen = "127.0.0.1:0".parse().expect("an address");
    let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.expect("start a sandbox");
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    let mut running = site.start(&["run", "--from", &shop.from]);
    shop.sell(1, "A-1").await;
    running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 2).await;
    shop.sql("BEGIN").await;
    shop.sql("INSERT INTO ecs_users (user_id, user_name, email) VALUES (10000000, REPEAT('客', 20), 'c@x.example')")
        .await;
    for i in 0..DOUBLED {
        let more = 1 << i;
        shop.sql(&format!(
            "INSERT INTO ecs_users (user_id, user_name, email) SELECT user_id + {more}, CONCAT('客户', user_id + {more}), email FROM ecs_users \
             WHERE user_id >= 10000000"
        ))
        .await;
    }
    shop.sql(
        "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, goods_amount, add_time) \
         VALUES (2, 'SN2', 10000007, 1, 2, '王小明', 200.00, 1780000000)",
    )
    .await;
    shop.sql(
        "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, goods_number, goods_price) VALUES \
         (2, 2, '商品', 'A-1', 1, 200.00)",
    )
    .await;
    shop.sql("COMMIT").await;
    shop.sell(3, "A-1").await;
    running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 6).await;
    running.until("SELECT count(*) = 0 FROM dirty", 1).await;
    let peak = running.peak_memory();
    running.terminate().await.went_well();
    assert!(peak <= MEMORY_MAX, "it took {} MiB", peak >> 20);
    let mut orders: Vec<_> = sandbox.books().documents.into_iter().filter(|d| d.kind == "sales_order").collect();
    orders.sort_by(|a, b| a.reference.cmp(&b.reference));
    let told: Vec<_> = orders.iter().map(|d| (d.reference.as_deref(), d.total.to_string())).collect();
    assert_eq!(told, [Some("SN1"), Some("SN2"), Some("SN3")].map(|sn| (sn, "200.00".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_passes_in_bounded_memory_on_mariadb() {
    passes(Own::mariadb(&["--binlog-row-metadata=NO_LOG"]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_passes_in_bounded_memory_on_mysql_compressed_or_not() {
    passes(Own::mysql(&[]).await).await;
    passes(Own::mysql(&["--binlog-transaction-compression=ON"]).await).await;
}
