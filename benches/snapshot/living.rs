//! A shop that goes on while its books are opened, by a program that is killed on the way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use ledgertap::binlog::{Source, Store};
use ledgertap::mapping::Mapping;
use ledgertap::sandbox::{self, Faults, Sandbox};
use ledgertap::shop::store_totals;
use mysql_async::prelude::Queryable as _;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use rust_decimal::Decimal;
use tokio::process::{Child, Command};

use crate::measure::{config_text, folder};
use crate::options::Options;
use crate::place::Place;
use crate::store::{Filled, connect, statements};

/// Rows that are compared together.
const COMPARED_AT_ONCE: usize = 10_000;
/// How long the program may take for the next commit, or for the end.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// True where all agrees at the end.
pub async fn run(filled: &Filled, place: &Place, kills: u32, options: &Options) -> anyhow::Result<bool> {
    ensure!(matches!(place, Place::Sqlite), "--kills looks into the state's file: --state sqlite");
    let folder = folder()?;
    let sandbox = sandbox::start(sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 1)).await?;
    let at_first = store_totals(&filled.url).await?;
    for (order, total) in &at_first {
        sandbox.add_order(order, *total);
    }
    let state = folder.path().join("ledgertap.db");
    let text = config_text(&filled.url, &place.fresh(folder.path()), &sandbox.erp_block());
    let config = folder.path().join("ledgertap.toml");
    std::fs::write(&config, text)?;
    let from = Store::connect(&Source::from_url(&filled.url)?).await?.head().await?.to_string();

    let over = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn(write(filled.url.clone(), filled.orders, options.writes, over.clone()));
    let began = Instant::now();
    for kill in 1..=kills {
        let mut child = start(&config, &["--from", &from])?;
        // Each time a little further into it.
        let at = commits(&mut child, &state, u64::from(kill) * 7).await?;
        child.kill().await?;
        println!("kill {kill}     after {:.1} s, at {at}", began.elapsed().as_secs_f64());
    }
    let mut child = start(&config, &["--from", &from])?;
    begun(&mut child, &state).await?;
    println!("opened     after {:.1} s", began.elapsed().as_secs_f64());
    over.store(true, Ordering::Relaxed);
    let written = writing.await??;
    child.kill().await?;
    let status = start(&config, &["--once"])?.wait().await?;
    ensure!(status.success(), "the program ended with {status}");
    println!("caught up  after {:.1} s, {written} writes of the shop", began.elapsed().as_secs_f64());
    let agrees = rows_agree(filled, &state).await? & sums_agree(filled, &state, &sandbox).await?;
    sandbox.stop().await;
    filled.drop_database().await?;
    Ok(agrees)
}

/// Sells, discounts and cancels, so often a second, until it is over; answers how often.
async fn write(url: String, orders: u32, a_second: u32, over: Arc<AtomicBool>) -> anyhow::Result<u32> {
    let mut conn = connect(&url).await?;
    let mut clock = tokio::time::interval(Duration::from_secs(1) / a_second);
    let (mut writes, mut id) = (0u32, orders);
    while !over.load(Ordering::Relaxed) {
        clock.tick().await;
        writes += 1;
        // Old ones, all over the table.
        let old = 1 + writes.wrapping_mul(7_919) % orders;
        let update = |what: &str| format!("UPDATE ecs_order_info SET {what} WHERE order_id = {old}");
        let statements = match writes % 4 {
            0 => vec![update("discount = discount + 5")],
            1 => vec![update("order_status = 2")],
            2 => vec![format!("UPDATE ecs_order_goods SET goods_name = '龙井 {writes}' WHERE order_id = {old}")],
            _ => {
                id += 1;
                [vec!["BEGIN".to_owned()], statements(id..id + 1), vec!["COMMIT".to_owned()]].concat()
            }
        };
        for statement in statements {
            conn.query_drop(statement).await.context("write to the shop")?;
        }
    }
    conn.disconnect().await?;
    Ok(writes)
}

fn start(config: &Path, args: &[&str]) -> anyhow::Result<Child> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
    command.arg("run").arg("--config").arg(config).args(args).env("LEDGERTAP_LOG", "error");
    Ok(command.stdout(Stdio::null()).kill_on_drop(true).spawn()?)
}

/// Waits for so many commits of the opening; answers which step it is at.
async fn commits(child: &mut Child, state: &Path, wanted: u64) -> anyhow::Result<String> {
    let (until, mut seen, mut last) = (Instant::now() + WAIT_MAX, 0, opening(state)?);
    while seen < wanted {
        ensure!(Instant::now() < until, "the opening does not go on");
        if let Some(status) = child.try_wait()? {
            bail!("the program ended with {status} before it was killed");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = opening(state)?;
        seen += u64::from(now != last);
        last = now;
        ensure!(!has_begun(state)?, "the books were open before the kill: there are too few orders");
    }
    let step = last.unwrap_or_default();
    Ok(step.split("\"step\":{\"").nth(1).and_then(|s| s.split('"').next()).unwrap_or_default().to_owned())
}

/// Waits until the books are open.
async fn begun(child: &mut Child, state: &Path) -> anyhow::Result<()> {
    let until = Instant::now() + WAIT_MAX;
    while !has_begun(state)? {
        ensure!(Instant::now() < until, "the books do not open");
        if let Some(status) = child.try_wait()? {
            bail!("the program ended with {status}");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn look(state: &Path) -> anyhow::Result<Option<Connection>> {
    let path: PathBuf = state.to_owned();
    Ok(path.exists().then(|| Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)).transpose()?)
}

fn opening(state: &Path) -> anyhow::Result<Option<String>> {
    let Some(connection) = look(state)? else { return Ok(None) };
    // Its tables may not be there yet.
    Ok(connection
        .query_row("SELECT opening FROM stream", [], |row| row.get(0))
        .optional()
        .unwrap_or_default()
        .flatten())
}

fn has_begun(state: &Path) -> anyhow::Result<bool> {
    let Some(connection) = look(state)? else { return Ok(false) };
    let sql = "SELECT position IS NOT NULL FROM stream";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional().unwrap_or_default().unwrap_or_default())
}

/// Compares each row of the store with the mirror's.
async fn rows_agree(filled: &Filled, state: &Path) -> anyhow::Result<bool> {
    let mapping = Mapping::load("ecshop", &toml::Table::new())?;
    let mut store = Store::connect(&Source::from_url(&filled.url)?).await?;
    let shapes = store.shapes(&mapping.tables()).await?;
    let bound = mapping.bind(&shapes)?;
    let head = store.head().await?;
    let mut snapshot = store.snapshot(&head).await?;
    let mirror = look(state)?.context("there is no state")?;
    let mut find =
        mirror.prepare("SELECT row FROM mirror WHERE stream = (SELECT name FROM stream) AND tbl = ?1 AND key = ?2")?;
    let (mut compared, mut differ) = (0, 0);
    for uses in &bound.footprint().tables {
        let shape = shapes.iter().find(|s| s.table == uses.table).context("a mapped table is there")?;
        let (mut after, mut rows) = (None, 0);
        loop {
            let chunk = snapshot.chunk(uses, shape, after.as_ref(), COMPARED_AT_ONCE).await?;
            for row in &chunk.rows {
                let found: Option<String> = find
                    .query_row([uses.table.as_str(), uses.key_of(row).as_str()], |found| found.get(0))
                    .optional()?;
                differ += u64::from(found != Some(serde_json::to_string(row)?));
            }
            rows += chunk.rows.len() as u64;
            after = chunk.next;
            if after.is_none() {
                break;
            }
        }
        let counted = "SELECT count(*) FROM mirror WHERE stream = (SELECT name FROM stream) AND tbl = ?1";
        let mirrored: i64 = mirror.query_row(counted, [&uses.table], |row| row.get(0))?;
        differ += mirrored.unsigned_abs().abs_diff(rows);
        compared += rows;
    }
    println!("mirror     {compared} rows compared with the store's, {differ} differ");
    Ok(differ == 0)
}

/// Compares the orders with the ledger, and with what the ERP was taken to know and was told.
async fn sums_agree(filled: &Filled, state: &Path, sandbox: &Sandbox) -> anyhow::Result<bool> {
    let state = look(state)?.context("there is no state")?;
    let sums = |sql: &str| -> anyhow::Result<BTreeMap<String, Decimal>> {
        let mut statement = state.prepare(sql)?;
        let rows = statement.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?;
        rows.map(|row| row.map_err(anyhow::Error::from).and_then(|(order, sum)| Ok((order, sum.parse()?)))).collect()
    };
    let opened = sums("SELECT order_no, total FROM ledger_opening")?;
    let told = sums("SELECT number, total FROM ledger_order")?;
    let held: i64 = state.query_row("SELECT count(*) FROM ledger_order WHERE held IS NOT NULL", [], |r| r.get(0))?;
    let books = sandbox.books();
    let (store, documents) = (store_totals(&filled.url).await?, books.totals());
    let of = |sums: &BTreeMap<String, Decimal>, order: &String| sums.get(order).copied().unwrap_or_default();
    let (mut ledger_differs, mut erp_differs) = (0, 0);
    for (order, total) in &store {
        ledger_differs += u64::from(of(&told, order) != *total);
        erp_differs += u64::from(of(&opened, order) + of(&documents, order) != *total);
    }
    println!(
        "books      {} orders: {} taken for known, then {:?}; {ledger_differs} differ in the ledger, {erp_differs} in the ERP, \
         {held} held, {} doubled",
        store.len(),
        opened.len(),
        books.documents_by_kind(),
        books.duplicates
    );
    Ok(ledger_differs + erp_differs + books.duplicates == 0 && held == 0)
}
