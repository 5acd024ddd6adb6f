//! Transactions of very many rows: nothing of one counts before its end, and its size is no matter of memory.

use std::time::Duration;

use ledgertap::binlog::{Limits, Read, Source, Store, StoreError, position};
use ledgertap::change::{Footprint, TableUse, Value};
use ledgertap::sandbox::{self, Faults};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

use crate::world::{Own, Proxy, Site, SmallShop, Then};

/// What a large transaction may take beside what the program has without, in bytes. The allocator takes memory in large pieces, for
/// each thread its own: 35 to 54 MiB were seen, however large the transaction; held whole, this one takes more than 90.
const MEMORY_MAX: u64 = 72 << 20;

/// Rows are doubled so often: 65,536 customers.
const DOUBLED: u32 = 16;

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
    let before = running.peak_memory();
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
    assert!(
        peak - before <= MEMORY_MAX,
        "it took {} MiB more than the {} MiB before",
        (peak - before) >> 20,
        before >> 20
    );
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

/// The primary dies while it sends a large transaction that its replica never had: the stream goes on at the replica, and
/// nothing of the transaction is left.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_dies_in_its_middle_leaves_nothing_of_it() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (mut primary, replica) = (Own::mysql(&[]).await, Own::mysql(&["--server-id=72"]).await);
    let connection = async |server: &Own| Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
    let (mut on_primary, mut on_replica) = (connection(&primary).await, connection(&replica).await);
    let port = primary.root().rsplit_once(':').unwrap().1.to_owned();
    for statement in ["CREATE DATABASE shop", "USE shop", "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(99))"]
    {
        on_primary.query_drop(statement).await.unwrap();
    }
    let follow = format!(
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='root', SOURCE_AUTO_POSITION=1, \
         SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1"
    );
    for statement in [follow.as_str(), "START REPLICA"] {
        on_replica.query_drop(statement).await.unwrap();
    }
    on_primary.query_drop("INSERT INTO orders VALUES (1, 'both have it')").await.unwrap();
    while on_replica.query_drop("SELECT 1 FROM shop.orders WHERE id = 1").await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    on_replica.query_drop("STOP REPLICA").await.unwrap();

    // The connection ends within the transaction, after thousands of its rows.
    let mut passed = 0;
    let proxy = Proxy::before(&primary.root(), move |events: &mut Vec<Vec<u8>>| {
        passed += events.iter().map(Vec::len).sum::<usize>();
        if passed > 1_000_000 { Then::Close } else { Then::GoOn }
    })
    .await;
    let hosts = format!(
        "mysql://root@127.0.0.1:{},127.0.0.1:{}/shop",
        proxy.url("").split(':').nth(2).unwrap().trim_end_matches('/'),
        replica.root().rsplit_once(':').unwrap().1
    );
    let source = Source::from_url(&hosts).unwrap();
    let uses = TableUse { table: "orders".into(), columns: vec!["id".into()], key: vec![0] };
    let footprint = Footprint { tables: vec![uses] };
    let mut store = Store::connect(&source).await.unwrap();
    let from = store.head().await.unwrap();
    let shapes = store.shapes(&["orders".to_owned()]).await.unwrap();
    let mut reading = store.stream(&from, &footprint, &shapes).await.unwrap();
    on_primary.query_drop("BEGIN").await.unwrap();
    on_primary.query_drop("INSERT INTO orders VALUES (1000000, REPEAT('x', 90))").await.unwrap();
    for i in 0..15 {
        let double = format!("INSERT INTO orders SELECT id + {}, note FROM orders WHERE id >= 1000000", 1 << i);
        on_primary.query_drop(double).await.unwrap();
    }
    on_primary.query_drop("COMMIT").await.unwrap();
    let mut at = from;
    let lost = loop {
        match reading.next(&Limits::default()).await {
            Ok(batch) => {
                assert_eq!(batch.transactions, []);
                at = batch.position;
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(lost, StoreError::Transient(_)), "{lost}");
    let was = store.identity();
    primary.kill();
    drop(proxy);
    for statement in ["RESET REPLICA ALL", "USE shop", "INSERT INTO orders VALUES (2, 'the replica alone')"] {
        on_replica.query_drop(statement).await.unwrap();
    }
    let mut store = Store::connect_on(&source, Read { position: &at, server: Some(&was), begun: None }).await.unwrap();
    assert_ne!(store.identity(), was);
    let head = store.head().await.unwrap();
    let mut reading = store.stream(&at, &footprint, &shapes).await.unwrap();
    let mut ids = Vec::new();
    while !position::reached(&at, &head) {
        let batch = reading.next(&Limits::default()).await.unwrap();
        ids.extend(batch.transactions.iter().flat_map(|t| &t.changes).map(|c| c.after.as_ref().unwrap()[0].clone()));
        at = batch.position;
    }
    assert_eq!(ids, [Value::Int(2)]);
}
