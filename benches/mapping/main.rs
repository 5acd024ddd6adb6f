//! What the documents of a changed order cost, and what the store itself takes for the same SELECTs.
//!
//! A private server (or the one that `LEDGERTAP_BENCH_STORE=mysql://…` names) gets ECShop's tables and paid orders of five lines. Their rows are read as the mirror has them, and then, in
//! one run:
//!
//! | part | what it does |
//! |---|---|
//! | evaluate | one order again and again, its rows at hand: header, lines, refunds and its customer |
//! | plan | every order once: evaluated, with its customer, and planned against nothing told, as documents |
//! | server | the same SELECTs by key, prepared, over one connection on this machine |
//!
//! ```text
//! cargo bench --bench mapping -- [--orders N] [--asked N]
//! ```
//!
//! Figures of one run compare with one another and with nothing else. An order that came out as anything but a sales order
//! ends the bench in an error.

#![expect(clippy::float_arithmetic, reason = "durations and rates, no money")]

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::civil::date;
use ledgertap::binlog::{Source, Store};
use ledgertap::change::{Lookup, MirrorRow, TableShape};
use ledgertap::demo::server::{self, PrivateServer};
use ledgertap::ledger::{Context, Numbering, Outcome, Told, plan};
use ledgertap::mapping::{Bound, Loaded, Mapping, Slice};
use ledgertap::shop::{Engine, create_schema};
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const LINES: usize = 5;
/// Rows of one statement.
const ROWS: usize = 1000;
/// Customers and regions are shared by orders.
const CUSTOMERS: usize = 500;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mapping: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let (mut orders, mut asked) = (100_000, 5_000);
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|v| v.parse().ok()).with_context(|| format!("{name} takes a number"))?;
        match name.as_str() {
            "--orders" => orders = value,
            "--asked" => asked = value,
            _ => bail!("{name} is unknown: write --orders N or --asked N"),
        }
    }
    let (root, _private) = match std::env::var("LEDGERTAP_BENCH_STORE") {
        Ok(root) => (root.trim_end_matches('/').to_owned(), None),
        Err(_) => {
            let Some(program) = server::find() else {
                bail!(
                    "this machine has neither mariadbd nor mysqld: install one, or set LEDGERTAP_BENCH_STORE=mysql://…"
                );
            };
            let private = PrivateServer::start(&program).await?;
            (private.url(), Some(private))
        }
    };
    let name = format!("ledgertap_bench_{}", jiff::Timestamp::now().as_millisecond());
    let url = format!("{root}/{name}");
    let mut conn = Conn::from_url(format!("{root}?prefer_socket=false")).await?;
    conn.query_drop(format!("CREATE DATABASE {name} DEFAULT CHARACTER SET utf8mb4")).await?;
    create_schema(&url, Engine::InnoDb).await?;
    conn.query_drop(format!("USE {name}")).await?;
    let version: Option<String> = conn.query_first("SELECT VERSION()").await?;
    write(&mut conn, orders).await.context("write the shop")?;
    let mapping = Mapping::load("ecshop", &toml::Table::new())?;
    let mut store = Store::connect(&Source::from_url(&url)?).await?;
    let shapes = store.shapes(&mapping.tables()).await?;
    let bound = mapping.bind(&shapes)?;
    let mirror = Mirror::read(&mut store, &bound, &shapes).await.context("read the mirror")?;

    let (evaluated, fastest) = evaluate(&bound, &mirror)?;
    println!("store      {}, {orders} orders of {LINES} lines", version.unwrap_or_default());
    println!(
        "evaluate   {:>8.1} µs an order of {LINES} lines and its customer, rows at hand (fastest round {:.1})",
        micros(evaluated),
        micros(fastest)
    );
    let (documents, planned) = plan_all(&bound, &mirror, orders)?;
    println!(
        "plan       {:>8.0} documents a second: {documents} of {orders} orders in {:.2} s ({:.1} µs an order)",
        documents as f64 / planned.as_secs_f64(),
        planned.as_secs_f64(),
        micros(planned) / orders as f64
    );
    let by_server = ask(&mut conn, &bound, &shapes, orders, asked).await.context("ask the server")?;
    println!("server     {:>8.1} µs an order for the same SELECTs by key, {asked} orders", micros(by_server));
    println!("ratio      {:>8.1} × the server", micros(by_server) / micros(evaluated));
    conn.query_drop(format!("DROP DATABASE {name}")).await?;
    Ok(())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

async fn write(conn: &mut Conn, orders: usize) -> anyhow::Result<()> {
    conn.query_drop("SET sql_mode = ''").await?;
    let mut insert = async |table: &str, columns: &str, rows: Vec<String>| -> anyhow::Result<()> {
        for some in rows.chunks(ROWS) {
            conn.query_drop(format!("REPLACE INTO {table} ({columns}) VALUES {}", some.join(","))).await?;
        }
        Ok(())
    };
    let regions = (1..=300).map(|i| format!("({i}, '区域{i}')")).collect();
    insert("ecs_region", "region_id, region_name", regions).await?;
    let user = |i: usize| format!("({i}, 'u{i}@x.example', '客户{i}', '1380000{i:04}')");
    insert("ecs_users", "user_id, email, user_name, mobile_phone", (1..=CUSTOMERS).map(user).collect()).await?;
    let order = |i: usize| {
        let (user, region) = (i % CUSTOMERS + 1, i % 100 + 1);
        format!(
            "({i}, '2026{i:08}', {user}, 1, 2, '王小明', {region}, {}, {}, '建设街{i}号', 120.00, 10.00, 7.50, {})",
            region + 100,
            region + 200,
            1_780_000_000 + i
        )
    };
    insert(
        "ecs_order_info",
        "order_id, order_sn, user_id, order_status, pay_status, consignee, province, city, district, address, goods_amount, \
         shipping_fee, discount, add_time",
        (1..=orders).map(order).collect(),
    )
    .await?;
    let line = |i: usize| {
        let (order, nth) = (i / LINES + 1, i % LINES);
        format!("({}, {order}, {}, '西湖龙井茶', 'LT{nth:04}', 2, 12.00, '颜色:绿')", i + 1, nth + 1)
    };
    insert(
        "ecs_order_goods",
        "rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, goods_price, goods_attr",
        (0..orders * LINES).map(line).collect(),
    )
    .await
}

/// Every row of the mapped tables, by what it is found by.
struct Mirror {
    rows: HashMap<Lookup, Vec<MirrorRow>>,
}

impl Mirror {
    async fn read(store: &mut Store, bound: &Bound, shapes: &[TableShape]) -> anyhow::Result<Mirror> {
        let position = store.head().await?;
        let mut snapshot = store.snapshot(&position).await?;
        let mut rows: HashMap<Lookup, Vec<MirrorRow>> = HashMap::new();
        for (table, uses) in bound.footprint().tables.iter().enumerate() {
            let shape = shapes.iter().find(|s| s.table == uses.table).context("a mapped table is there")?;
            let mut after = None;
            loop {
                let chunk = snapshot.chunk(uses, shape, after.as_ref(), 10_000).await?;
                for row in chunk.rows {
                    let key = uses.key_of(&row);
                    let found = MirrorRow { table, key: key.clone(), row: row.clone() };
                    for owner in bound.owners(table, &row)? {
                        let lookup = Lookup::Owned { index: owner.index, owner: owner.owner };
                        rows.entry(lookup).or_default().push(found.clone());
                    }
                    rows.insert(Lookup::Row { table, key }, vec![found]);
                }
                after = chunk.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(Mirror { rows })
    }

    /// Gives a slice what it lacks.
    fn fill(&self, slice: &mut Slice) {
        for lookup in slice.missing().clone() {
            let rows = self.rows.get(&lookup).cloned().unwrap_or_default();
            slice.fill(lookup, rows);
        }
    }

    /// Asks until nothing is missing.
    fn ask<T>(&self, slice: &mut Slice, question: impl Fn(&mut Slice) -> Loaded<T>) -> T {
        loop {
            match question(slice) {
                Loaded::Ready(answer) => return answer,
                Loaded::Missing => self.fill(slice),
            }
        }
    }
}

/// What one order with its customer takes on average: in the median of some rounds, and in the fastest, when the machine had
/// least else to do.
fn evaluate(bound: &Bound, mirror: &Mirror) -> anyhow::Result<(Duration, Duration)> {
    const ROUNDS: usize = 41;
    const TIMES: u32 = 1_000;
    let mut slice = Slice::new();
    let once = |slice: &mut Slice| -> anyhow::Result<()> {
        let order = mirror.ask(slice, |s| bound.order("7", s))?.context("order 7 is there")?;
        let customer = mirror.ask(slice, |s| bound.customer(&order.customer, s))?.context("its customer is there")?;
        ensure!(order.lines.len() == LINES + 1, "order 7 has {} lines", order.lines.len());
        std::hint::black_box((order, customer));
        Ok(())
    };
    once(&mut slice)?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..TIMES {
            once(&mut slice)?;
        }
        rounds.push(began.elapsed() / TIMES);
    }
    rounds.sort();
    Ok((rounds[ROUNDS / 2], rounds[0]))
}

/// How many documents all orders make, and how long that takes once their rows are at hand.
fn plan_all(bound: &Bound, mirror: &Mirror, orders: usize) -> anyhow::Result<(usize, Duration)> {
    let ids: Vec<String> = (1..=orders).map(|i| i.to_string()).collect();
    let mut slice = Slice::new();
    // Three rounds ask for all that can be missing: rows of the order, what they refer to, its customer.
    for _ in 0..3 {
        for id in &ids {
            if let Loaded::Ready(Ok(Some(order))) = bound.order(id, &mut slice) {
                let _ = bound.customer(&order.customer, &mut slice);
            }
        }
        mirror.fill(&mut slice);
    }
    ensure!(slice.missing().is_empty(), "rows are still missing");
    let numbering = Numbering::default();
    let (mut documents, mut told) = (0, HashMap::new());
    let began = Instant::now();
    for id in &ids {
        let Loaded::Ready(order) = bound.order(id, &mut slice) else { bail!("order {id} lacks rows") };
        let order = order?.with_context(|| format!("order {id} is there"))?;
        let Loaded::Ready(customer) = bound.customer(&order.customer, &mut slice) else {
            bail!("a customer lacks rows")
        };
        let customer = customer?.context("its customer is there")?;
        let context = Context {
            customer: customer.customer.number.clone(),
            buyer: None,
            event_date: date(2026, 11, 26),
            numbering: &numbering,
        };
        let Outcome::Planned(planned) = plan(&Told::default(), &order, &context) else {
            bail!("order {id} is no document");
        };
        documents += planned.documents.len();
        documents += usize::from(told.insert(customer.id.clone(), customer).is_none());
        std::hint::black_box(planned);
    }
    Ok((documents, began.elapsed()))
}

/// What the server takes for an order and its customer, on average.
async fn ask(
    conn: &mut Conn,
    bound: &Bound,
    shapes: &[TableShape],
    orders: usize,
    asked: usize,
) -> anyhow::Result<Duration> {
    const KEY: &str = "987654321";
    conn.query_drop("SET time_zone = '+08:00', @clock_offset = 28800").await?;
    let prepared = |index: &'static str, owner: &str| -> Vec<String> {
        let selects = bound.selects(index, &[owner.to_owned()], shapes);
        selects.iter().map(|s| s.replace(&format!("'{KEY}'"), "?").replace(KEY, "?")).collect()
    };
    let mut by_order = Vec::new();
    for index in ["order.id", "order_line.order_id", "refund.order_id"] {
        for select in prepared(index, KEY) {
            ensure!(select.matches('?').count() == 1, "one key in {select}");
            by_order.push(conn.prep(select).await?);
        }
    }
    let mut by_customer = Vec::new();
    for select in prepared("customer.id", "U987654321").into_iter().filter(|s| s.contains("ecs_users")) {
        ensure!(select.matches('?').count() == 1, "one key in {select}");
        by_customer.push(conn.prep(select).await?);
    }
    let began = Instant::now();
    let mut rows = 0;
    for i in 0..asked {
        let id = i * (orders / asked).max(1) % orders + 1;
        for statement in &by_order {
            rows += conn.exec::<mysql_async::Row, _, _>(statement, (id,)).await?.len();
        }
        for statement in &by_customer {
            rows += conn.exec::<mysql_async::Row, _, _>(statement, (id % CUSTOMERS + 1,)).await?.len();
        }
    }
    let took = began.elapsed();
    ensure!(rows == asked * (LINES + 2), "the server gave {rows} rows for {asked} orders");
    Ok(took / u32::try_from(asked)?)
}
