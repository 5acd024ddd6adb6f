//! A shop that writes a whole paid order, header and three lines, in one InnoDB transaction.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};
use rust_decimal::Decimal;

/// Lines of an order.
pub const LINES: u32 = 3;
/// Registered customers; all of them are told before anything is measured.
pub const CUSTOMERS: u32 = 40;
const ARTICLES: u32 = 60;
/// Connections that write at once.
const WRITERS: u32 = 2;

/// What was written: each order's worth, and when its COMMIT returned.
#[derive(Debug, Default)]
pub struct Written {
    pub totals: BTreeMap<String, Decimal>,
    pub commits: BTreeMap<String, Timestamp>,
}

impl Written {
    /// From the first commit to the last.
    pub fn span(&self) -> Duration {
        let (first, last) = (self.commits.values().min(), self.commits.values().max());
        let span = first.zip(last).map(|(first, last)| last.duration_since(*first));
        span.and_then(|s| Duration::try_from(s).ok()).unwrap_or_default()
    }
}

/// How fast orders are written.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each as soon as the one before is committed.
    Flat,
    /// So many a second, over all connections.
    PerSecond(u32),
}

/// Makes the customers, with one order each, so that every customer and every article is known to the ERP afterwards.
pub async fn open(url: &str) -> anyhow::Result<Written> {
    let mut conn = connect(url).await?;
    for user in 1..=CUSTOMERS {
        let sql = format!(
            "INSERT INTO ecs_users (user_id, user_name, email, mobile_phone, alias, msn, qq, office_phone, home_phone, credit_line) \
             VALUES ({user}, '张伟{user}', 'u{user}@shop.example', '1380000{user:04}', '', '', '', '', '', 0)"
        );
        conn.query_drop(sql).await.context("make a customer")?;
    }
    conn.disconnect().await?;
    sell(url, 1..CUSTOMERS + 1, Pace::Flat).await
}

/// Writes the orders with these ids.
pub async fn sell(url: &str, ids: std::ops::Range<u32>, pace: Pace) -> anyhow::Result<Written> {
    let mut tasks = Vec::new();
    for writer in 0..WRITERS {
        let mut conn = connect(url).await?;
        let mine: Vec<u32> = ids.clone().skip(writer as usize).step_by(WRITERS as usize).collect();
        tasks.push(tokio::spawn(async move {
            let mut written = Written::default();
            let mut clock = match pace {
                Pace::Flat => None,
                Pace::PerSecond(rate) => {
                    let period = Duration::from_secs(1) / rate;
                    let first = tokio::time::Instant::now() + period * writer;
                    Some(tokio::time::interval_at(first, period * WRITERS))
                }
            };
            for id in mine {
                if let Some(clock) = &mut clock {
                    clock.tick().await;
                }
                let (number, total, sql) = order(id);
                conn.query_drop(sql).await.context("write an order")?;
                written.commits.insert(number.clone(), Timestamp::now());
                written.totals.insert(number, total);
            }
            conn.disconnect().await?;
            anyhow::Ok(written)
        }));
    }
    let mut all = Written::default();
    for task in tasks {
        let written = task.await??;
        all.totals.extend(written.totals);
        all.commits.extend(written.commits);
    }
    Ok(all)
}

/// Has these orders shipped, and later received: three transactions each, of which a document says nothing.
pub async fn ship(url: &str, ids: std::ops::Range<u32>) -> anyhow::Result<()> {
    let mut conn = connect(url).await?;
    for id in ids.clone() {
        let sql = format!(
            "UPDATE ecs_order_goods SET send_number = goods_number WHERE order_id = {id}; \
             UPDATE ecs_order_info SET shipping_status = 1, invoice_no = 'SF{id:010}' WHERE order_id = {id}"
        );
        conn.query_drop(sql).await.context("ship an order")?;
    }
    for id in ids {
        let sql = format!("UPDATE ecs_order_info SET shipping_status = 2 WHERE order_id = {id}");
        conn.query_drop(sql).await.context("have an order received")?;
    }
    conn.disconnect().await?;
    Ok(())
}

/// An order's number, its total, and the statements of its transaction.
fn order(id: u32) -> (String, Decimal, String) {
    let number = format!("B{id:08}");
    let mut goods_amount = Decimal::ZERO;
    let mut lines = String::new();
    for line in 0..LINES {
        let article = (id * LINES + line) % ARTICLES;
        let (price, pieces) = (Decimal::new(1990 + i64::from(article) * 137, 2), 1 + (id + line) % 4);
        goods_amount += price * Decimal::from(pieces);
        let _ = write!(
            lines,
            "INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, market_price, \
             goods_price, goods_attr, is_real) VALUES ({}, {id}, {article}, '西湖龙井茶 {article}', 'LT{article:04}', {pieces}, \
             {price}, {price}, '颜色: 红', 1); ",
            id * LINES + line,
        );
    }
    let (discount, shipping) = (Decimal::new(i64::from(id % 7) * 50, 2), Decimal::from(10));
    let total = goods_amount - discount + shipping;
    let now = Timestamp::now().as_second() - 28_800;
    let sql = format!(
        "START TRANSACTION; INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, \
         address, mobile, goods_amount, shipping_fee, money_paid, add_time, confirm_time, pay_time, agency_id, inv_type, tax, \
         discount) VALUES ({id}, '{number}', {}, 1, 2, '李娜', '人民路 {id} 号', '13900000000', {goods_amount}, {shipping}, \
         {total}, {now}, {now}, {now}, 0, '', 0, {discount}); {lines}COMMIT",
        1 + id % CUSTOMERS,
    );
    (number, total, sql)
}

/// A connection with ECShop's session.
pub async fn connect(url: &str) -> anyhow::Result<Conn> {
    let options = OptsBuilder::from_opts(Opts::from_url(url)?).prefer_socket(false).tcp_nodelay(true);
    let mut conn = Conn::new(options).await.context("connect to the store")?;
    conn.query_drop("SET NAMES utf8mb4").await?;
    conn.query_drop("SET sql_mode = '', autocommit = 1, time_zone = '+00:00'").await?;
    Ok(conn)
}
