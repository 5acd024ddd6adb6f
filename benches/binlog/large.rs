//! One transaction of very many rows.

use std::time::Instant;

use anyhow::{Context as _, bail};
use ledgertap::binlog::{FileReader, From, Limits, Source, Store, position};
use ledgertap::change::{Footprint, Phase, TableUse};
use ledgertap::demo::server::{self, PrivateServer, Program};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

const QUICK: [&str; 4] = [
    "--sync-binlog=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=256M",
    "--max-binlog-size=1073741824",
];

const TABLE: &str = "CREATE TABLE orders (id INT UNSIGNED PRIMARY KEY, sn VARCHAR(20) NOT NULL, amount DECIMAL(10,2) NOT NULL, \
     made DATETIME NOT NULL, note VARCHAR(60) NOT NULL)";

/// Reads a transaction of `rows` rows, and says what it took.
pub async fn run(rows: u64, compressed: bool, mysqld: Option<&str>) -> anyhow::Result<()> {
    let program = match mysqld {
        Some(path) => Program::mysql(path.into()),
        None => {
            server::find().context("this machine has neither mariadbd nor mysqld: install one, or give --mysqld")?
        }
    };
    let mut options = QUICK.to_vec();
    if compressed && mysqld.is_some() {
        options.push("--binlog-transaction-compression=ON");
    } else if compressed {
        // MariaDB looks at the length of a row, not of an event.
        options.extend(["--log-bin-compress=ON", "--log-bin-compress-min-len=10"]);
    }
    let private = PrivateServer::start_with(&program, &options).await?;
    let mut conn = Conn::new(Opts::from_url(&format!("{}?prefer_socket=false", private.url()))?).await?;
    for statement in ["CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop", TABLE, "FLUSH BINARY LOGS"] {
        conn.query_drop(statement).await?;
    }
    let source = Source::from_url(&format!("{}/shop", private.url()))?;
    let mut store = Store::connect(&source).await?;
    let from = store.resolve(&From::Now).await?;
    eprintln!("writing {rows} rows in one transaction on {} …", store.server());
    write(&mut conn, rows).await?;
    let to = store.head().await?;
    let last: Vec<mysql_async::Row> = conn.query("SHOW BINARY LOGS").await?;
    let file = last.last().and_then(|row| row.get::<String, _>(0)).context("the server lists its binlog")?;
    let file = private.binlogs().join(file);
    println!("{}: {rows} rows, {} MB of binlog", store.server(), file.metadata()?.len() / 1_000_000);

    let uses = TableUse {
        table: "orders".to_owned(),
        columns: ["amount", "id", "note", "sn"].map(str::to_owned).to_vec(),
        key: vec![1],
    };
    let footprint = Footprint { tables: vec![uses] };
    let shapes = store.shapes(&["orders".to_owned()]).await?;
    let before = crate::peak_memory();
    let began = Instant::now();
    let mut stream = store.stream(&from, &footprint, &shapes).await?;
    let (mut seen, mut parts, mut at) = (0, 0, from);
    while !position::reached(&at, &to) {
        let batch = stream.next(&Limits::default()).await?;
        seen += batch.transactions.iter().map(|t| t.changes.len() as u64).sum::<u64>();
        parts += batch.transactions.iter().filter(|t| t.phase != Phase::Whole).count();
        at = batch.position;
    }
    report("from the server", rows, (seen, parts), began, before)?;
    drop(stream);
    let began = Instant::now();
    let mut reader = FileReader::open(&file, &footprint, &shapes)?.of_database("shop");
    let (mut seen, mut parts) = (0, 0);
    while let Some(batch) = reader.next(&Limits::default())? {
        seen += batch.transactions.iter().map(|t| t.changes.len() as u64).sum::<u64>();
        parts += batch.transactions.iter().filter(|t| t.phase != Phase::Whole).count();
    }
    report("from its file", rows, (seen, parts), began, before)
}

/// Doubles the rows until there are enough.
async fn write(conn: &mut Conn, rows: u64) -> anyhow::Result<()> {
    conn.query_drop("BEGIN").await?;
    conn.query_drop(
        "INSERT INTO orders VALUES (0, 'SN', 129.90, '2026-11-20 08:15:00', '北京市海淀区中关村大街 27 号')",
    )
    .await?;
    let mut there = 1;
    while there < rows {
        let more = there.min(rows - there);
        conn.query_drop(format!(
            "INSERT INTO orders SELECT id + {there}, CONCAT('2026112', id + {there}), amount, made, note FROM orders WHERE id < {more}"
        ))
        .await?;
        there += more;
    }
    Ok(conn.query_drop("COMMIT").await?)
}

fn report(how: &str, rows: u64, (seen, parts): (u64, usize), began: Instant, before: u64) -> anyhow::Result<()> {
    if seen != rows {
        bail!("{seen} rows were read {how}, and {rows} were written");
    }
    let seconds = began.elapsed().as_secs_f64();
    let (peak, mib) = (crate::peak_memory(), 1 << 20);
    println!(
        "{how}: {seconds:.1} s, {:.0} rows/s, {parts} parts; peak memory {} MiB ({} MiB before)",
        rows as f64 / seconds,
        peak / mib,
        before / mib
    );
    Ok(())
}
