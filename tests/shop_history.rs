//! The simulated shop: its own arithmetic against plain SQL, on both engines and both servers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ledgertap::shop::{Engine, Model, Op, Pace, Shop, ShopConfig, ShopError, create_schema, store_totals};
use mysql_async::prelude::Queryable;
use rust_decimal::Decimal;

use crate::world;

const ORDERS: u32 = 80;

#[tokio::test]
async fn a_myisam_shop_on_mariadb_agrees_with_its_tables() {
    agrees_with_its_tables(&world::mariadb(), Engine::MyIsam).await;
}

#[tokio::test]
async fn an_innodb_shop_on_mariadb_agrees_with_its_tables() {
    agrees_with_its_tables(&world::mariadb(), Engine::InnoDb).await;
}

#[tokio::test]
async fn a_myisam_shop_on_mysql_agrees_with_its_tables() {
    agrees_with_its_tables(&world::mysql(), Engine::MyIsam).await;
}

#[tokio::test]
async fn an_innodb_shop_on_mysql_agrees_with_its_tables() {
    agrees_with_its_tables(&world::mysql(), Engine::InnoDb).await;
}

#[tokio::test]
async fn forty_orders_hold_every_kind_of_document() {
    for seed in [1, 2, 3] {
        let (_, model) =
            open_shop(&world::mariadb(), Engine::InnoDb, |config| (config.seed, config.orders) = (seed, 40)).await;
        for op in
            [Op::Discount, Op::Raise, Op::FewerGoods, Op::MoreGoods, Op::Merge, Op::Rename, Op::Receive, Op::Refund]
        {
            assert!(model.count(op) > 0, "seed {seed}: nothing of {op}");
        }
        let ended_by =
            |op| model.orders.values().any(|o| o.was_posted && o.ops.contains(&op) && o.posted_total.is_zero());
        assert!(ended_by(Op::Return), "seed {seed}: no posted order came back");
        assert!(ended_by(Op::Cancel), "seed {seed}: no posted order was cancelled");
        assert!(model.customers_with_posted_orders().iter().any(|c| c.starts_with('G')), "seed {seed}: no guest");
    }
}

#[tokio::test]
async fn a_seed_repeats_to_the_statement() {
    let root = world::mariadb();
    let (_, first) = open_shop(&root, Engine::MyIsam, |_| {}).await;
    let (_, again) = open_shop(&root, Engine::MyIsam, |_| {}).await;
    let (_, slower) = open_shop(&root, Engine::MyIsam, |config| config.rest = Duration::from_millis(20)).await;
    let (_, other) = open_shop(&root, Engine::MyIsam, |config| config.seed += 1).await;
    assert_eq!(without_clock(first.clone()), without_clock(again));
    assert_eq!(without_clock(first.clone()), without_clock(slower), "a rest changes when, not what");
    assert_ne!(first.statements_sha256, other.statements_sha256);
}

#[tokio::test]
async fn a_correction_waits_for_its_rest() {
    let rest = Duration::from_millis(400);
    let (_, model) =
        open_shop(&world::mariadb(), Engine::InnoDb, |config| (config.orders, config.rest) = (12, rest)).await;
    let returned = model.orders.values().find(|o| o.ops.contains(&Op::Return) && o.was_posted).expect("a return");
    let gaps = returned.commits.windows(2).map(|w| w[0].duration_until(w[1]));
    let longest = gaps.max().expect("several commits");
    assert!(longest.unsigned_abs() >= rest, "its longest rest was {longest:?}");
}

#[tokio::test]
async fn a_pace_spreads_the_placing() {
    let begun = Instant::now();
    open_shop(&world::mariadb(), Engine::InnoDb, |config| (config.orders, config.pace) = (11, Pace::PerSecond(20.0)))
        .await;
    assert!(begun.elapsed() >= Duration::from_millis(500), "ten gaps of 50 ms, but it took {:?}", begun.elapsed());
}

#[tokio::test]
async fn tables_that_are_there_are_left_alone() {
    let url = world::fresh_database(&world::mysql(), "shop_taken").await;
    create_schema(&url, Engine::MyIsam).await.expect("an empty database");
    let refused = create_schema(&url, Engine::InnoDb).await;
    assert!(matches!(refused, Err(ShopError::TableExists(ref table)) if table.starts_with("ecs_")), "{refused:?}");
}

async fn agrees_with_its_tables(root: &str, engine: Engine) {
    let (url, model) = open_shop(root, engine, |_| {}).await;
    let left: BTreeMap<String, Decimal> = model
        .orders
        .iter()
        .filter(|(_, order)| order.merged_into.is_none())
        .map(|(sn, order)| (sn.clone(), order.posted_total))
        .collect();
    assert_eq!(left, store_totals(&url).await.expect("the store answers"));
    assert!(model.posted_total() > Decimal::ZERO);
    nothing_is_in_limbo(&url).await;
}

/// Lines add up to the header's goods, what is paid adds up to its total, and nobody's account is overdrawn.
async fn nothing_is_in_limbo(url: &str) {
    let mut conn = mysql_async::Conn::from_url(url).await.expect("connect");
    let questions = [
        (
            "an order whose lines do not add up",
            "SELECT COUNT(*) FROM ecs_order_info o WHERE o.goods_amount <> (SELECT COALESCE(SUM(g.goods_price * g.goods_number), 0) \
             FROM ecs_order_goods g WHERE g.order_id = o.order_id)",
        ),
        (
            "a paid order with something due",
            "SELECT COUNT(*) FROM ecs_order_info WHERE pay_status = 2 AND pay_name <> '货到付款' AND (order_amount <> 0 OR \
             money_paid < 0 OR goods_amount - discount + tax + shipping_fee + insure_fee + pay_fee + pack_fee + card_fee \
             > money_paid + surplus + integral_money + bonus)",
        ),
        (
            "a shipped order that is unpaid",
            "SELECT COUNT(*) FROM ecs_order_info WHERE order_status = 5 AND pay_status <> 2",
        ),
        ("an overdrawn account", "SELECT COUNT(*) FROM ecs_users WHERE user_money < 0 OR pay_points > 100000"),
        (
            "a line without an order",
            "SELECT COUNT(*) FROM ecs_order_goods g LEFT JOIN ecs_order_info o ON o.order_id = g.order_id WHERE o.order_id IS NULL",
        ),
        (
            "an order that cost less than nothing, or a discount above its goods",
            "SELECT COUNT(*) FROM ecs_order_info WHERE discount > goods_amount OR discount < 0 OR order_amount < 0 OR goods_amount <= 0",
        ),
        (
            "an address that lost a character",
            "SELECT COUNT(*) FROM ecs_order_info WHERE consignee LIKE '%?%' OR consignee = '' OR CHAR_LENGTH(address) < 4",
        ),
        ("something left in a cart", "SELECT COUNT(*) FROM ecs_cart"),
    ];
    for (what, sql) in questions {
        let count: Option<u64> = conn.query_first(sql).await.expect("the store answers");
        assert_eq!(count, Some(0), "there is {what} in {url}");
    }
    conn.disconnect().await.expect("disconnect");
}

async fn open_shop(root: &str, engine: Engine, adjust: impl FnOnce(&mut ShopConfig)) -> (String, Model) {
    let url = world::fresh_database(root, "shop").await;
    create_schema(&url, engine).await.expect("an empty database");
    let mut config = ShopConfig::new(&url, engine, 20_261_120, ORDERS);
    adjust(&mut config);
    let mut events = 0;
    let model = Shop::new(config).run(|_| events += 1).await.expect("the shop's day ends well");
    assert_eq!(events, model.ops.values().sum::<u32>(), "an event for each thing that happened");
    (url, model)
}

fn without_clock(mut model: Model) -> Model {
    for order in model.orders.values_mut() {
        order.commits.clear();
    }
    model
}
