//! A shop with a past: customers, paid orders of three lines, and what they were shipped to.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use ledgertap::binlog::{Source, Store};
use ledgertap::demo::server::{self, PrivateServer};
use ledgertap::mapping::Mapping;
use ledgertap::shop::{Engine, create_schema};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};

/// Lines of an order.
pub const LINES: u32 = 3;
/// An order in so many is a customer's first.
const ORDERS_A_CUSTOMER: u32 = 10;
/// Orders of one statement.
const AT_ONCE: u32 = 500;
/// So that the server reads from memory, as one of this size would.
const MEMORY: &[&str] = &["--innodb-buffer-pool-size=512M", "--max-allowed-packet=64M"];

/// The store, full.
pub struct Filled {
    pub url: String,
    pub version: String,
    pub orders: u32,
    /// The mapped tables.
    pub tables: Vec<String>,
    /// Their rows.
    pub rows: u64,
    _private: Option<PrivateServer>,
}

impl Filled {
    /// Starts a server, or takes the one of the environment, and fills a database on it.
    pub async fn start(orders: u32) -> anyhow::Result<Filled> {
        let (root, private) = match std::env::var("LEDGERTAP_BENCH_STORE") {
            Ok(root) => (root.trim_end_matches('/').to_owned(), None),
            Err(_) => {
                let Some(program) = server::find() else {
                    bail!("there is neither mariadbd nor mysqld: install one, or set LEDGERTAP_BENCH_STORE=mysql://…");
                };
                let private = PrivateServer::start_with(&program, MEMORY).await?;
                (private.url(), Some(private))
            }
        };
        let name = format!("ledgertap_bench_{}", Timestamp::now().as_millisecond());
        let url = format!("{root}/{name}");
        let mut conn = connect(&root).await?;
        conn.query_drop(format!("CREATE DATABASE {name} DEFAULT CHARACTER SET utf8mb4")).await?;
        create_schema(&url, Engine::InnoDb).await?;
        conn.query_drop(format!("USE {name}")).await?;
        let version: Option<String> = conn.query_first("SELECT VERSION()").await?;
        fill(&mut conn, orders).await?;
        let mapping = Mapping::load("ecshop", &toml::Table::new())?;
        let mut store = Store::connect(&Source::from_url(&url)?).await?;
        let bound = mapping.bind(&store.shapes(&mapping.tables()).await?)?;
        let tables: Vec<String> = bound.footprint().tables.iter().map(|t| t.table.clone()).collect();
        let mut rows = 0;
        for table in &tables {
            conn.query_drop(format!("ANALYZE TABLE {table}")).await?;
            let counted: Option<u64> = conn.query_first(format!("SELECT COUNT(*) FROM {table}")).await?;
            rows += counted.unwrap_or_default();
        }
        conn.disconnect().await?;
        Ok(Filled { url, version: version.unwrap_or_default(), orders, tables, rows, _private: private })
    }

    /// Rows a second, if all take so long.
    pub fn rate(&self, took: Duration) -> f64 {
        self.rows as f64 / took.as_secs_f64()
    }

    /// Takes the database off the server again.
    pub async fn drop_database(&self) -> anyhow::Result<()> {
        let mut conn = connect(&self.url).await?;
        let name = Opts::from_url(&self.url)?.db_name().context("the URL names no database")?.to_owned();
        conn.query_drop(format!("DROP DATABASE {name}")).await?;
        Ok(conn.disconnect().await?)
    }
}

/// A connection with ECShop's session.
pub async fn connect(url: &str) -> anyhow::Result<Conn> {
    let opts = OptsBuilder::from_opts(Opts::from_url(url)?).prefer_socket(false).tcp_nodelay(true);
    let mut conn = Conn::new(opts).await.context("connect to the store")?;
    conn.query_drop("SET NAMES utf8mb4").await?;
    conn.query_drop("SET sql_mode = '', autocommit = 1, time_zone = '+00:00'").await?;
    Ok(conn)
}

async fn fill(conn: &mut Conn, orders: u32) -> anyhow::Result<()> {
    for from in (1..=orders).step_by(AT_ONCE as usize) {
        let ids = from..(from + AT_ONCE).min(orders + 1);
        conn.query_drop("START TRANSACTION").await?;
        for statement in statements(ids) {
            conn.query_drop(statement).await.context("write orders")?;
        }
        conn.query_drop("COMMIT").await?;
    }
    Ok(())
}

/// The statements that make these orders, with their lines and their customers.
pub fn statements(ids: std::ops::Range<u32>) -> Vec<String> {
    let (mut users, mut orders, mut lines) = (String::new(), String::new(), String::new());
    for id in ids {
        let user = 1 + id / ORDERS_A_CUSTOMER;
        if id % ORDERS_A_CUSTOMER == 0 || id == 1 {
            let _ = write!(
                users,
                ", ({user}, '张伟{user}', 'u{user}@shop.example', '1380{user:07}', '', '', '', '', '', 0)"
            );
        }
        let _ = write!(
            orders,
            ", ({id}, 'B{id:08}', {user}, 1, 2, '李娜', {}, {}, '人民路 {id} 号', '13900000000', 'u{user}@shop.example', 300.00, \
             10.00, {}, {}, 0, '', 0, 7.50)",
            1 + id % 30,
            1 + id % 50,
            1_780_000_000 + id / 100,
            1_780_000_000 + id / 100,
        );
        for line in 0..LINES {
            let _ = write!(
                lines,
                ", ({}, {id}, {line}, '西湖龙井茶 {line}', 'LT{line:04}', 2, 50.00, 50.00, '颜色: 红', 1)",
                id * LINES + line
            );
        }
    }
    let into =
        |what: &str, rows: String| (!rows.is_empty()).then(|| format!("INSERT INTO {what} VALUES {}", &rows[2..]));
    let users = into(
        "ecs_users (user_id, user_name, email, mobile_phone, alias, msn, qq, office_phone, home_phone, credit_line)",
        users,
    );
    let orders = into(
        "ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, province, city, address, mobile, \
         email, goods_amount, shipping_fee, add_time, pay_time, agency_id, inv_type, tax, discount)",
        orders,
    );
    let lines = into(
        "ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, market_price, goods_price, goods_attr, \
         is_real)",
        lines,
    );
    [users, orders, lines].into_iter().flatten().collect()
}
