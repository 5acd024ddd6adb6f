//! A small ECShop: its mapped tables, and orders that are whole in one transaction.

use ledgertap::binlog::{Source, Store};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};

const TABLES: &str = include_str!("../../src/shop/tables.sql");
const MAPPED: [&str; 6] =
    ["ecs_region", "ecs_users", "ecs_order_info", "ecs_order_goods", "ecs_back_order", "ecs_back_goods"];

/// A shop in a database of its own.
pub struct SmallShop {
    /// Its URL as root.
    pub url: String,
    /// The binlog's head before anything was sold.
    pub from: String,
    conn: Conn,
}

impl SmallShop {
    /// Makes the tables.
    pub async fn on(root: &str) -> SmallShop {
        let url = super::fresh_database(root, "bad").await;
        let mut conn = Conn::new(Opts::from_url(&url).expect("it is a URL")).await.expect("connect");
        conn.query_drop("SET sql_mode = '', time_zone = '+00:00'").await.expect("set the mode");
        let text = TABLES.replace("{engine}", "InnoDB").replace("{charset}", "utf8mb4");
        let text: Vec<&str> = text.lines().filter(|l| !l.starts_with("--")).collect();
        for statement in text.join("\n").split(';').map(str::trim) {
            if MAPPED.iter().any(|t| statement.starts_with(&format!("CREATE TABLE {t} "))) {
                conn.query_drop(statement).await.expect("create a table");
            }
        }
        let mut shop = SmallShop { url, from: String::new(), conn };
        shop.from = shop.head().await;
        shop
    }

    /// Where the binlog ends; empty where there is none.
    pub async fn head(&self) -> String {
        let source = Source::from_url(&self.url).expect("it is a URL");
        let mut store = Store::inspect(&source).await.expect("connect");
        store.head().await.map(|p| p.0).unwrap_or_default()
    }

    /// The number of the connection that it is run on.
    pub fn connection(&self) -> u32 {
        self.conn.id()
    }

    /// A name for an account of its own, which no other test and no earlier run has.
    ///
    /// A connection's number would not do: a server that was restarted begins to count anew.
    pub fn account(&self) -> String {
        let database = self.url.rsplit('/').next().expect("it names a database");
        database.replace("t_bad", "u")
    }

    /// Runs one statement.
    pub async fn sql(&mut self, statement: &str) {
        self.conn.query_drop(statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
    }

    /// Sells one piece of `sku` for 200.00 to a customer of its own: order `SN<id>` of customer `U<id>`.
    pub async fn sell(&mut self, id: u32, sku: &str) {
        self.sql("BEGIN").await;
        self.sql(&format!(
            "INSERT INTO ecs_users (user_id, user_name, email) VALUES ({id}, '客户{id}', 'c{id}@x.example')"
        ))
        .await;
        self.order(id, id, sku).await;
        self.sql("COMMIT").await;
    }

    /// The same to a customer that is there.
    pub async fn sell_to(&mut self, id: u32, customer: u32, sku: &str) {
        self.sql("BEGIN").await;
        self.order(id, customer, sku).await;
        self.sql("COMMIT").await;
    }

    async fn order(&mut self, id: u32, customer: u32, sku: &str) {
        self.sql(&format!(
            "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, goods_amount, \
             add_time) VALUES ({id}, 'SN{id}', {customer}, 1, 2, '王小明', 200.00, 1780000000)"
        ))
        .await;
        self.sql(&format!(
            "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, goods_number, goods_price) VALUES \
             ({id}, {id}, '商品', '{sku}', 1, 200.00)"
        ))
        .await;
    }
}
