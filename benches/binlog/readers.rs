//! The readers that are compared.

use std::io::Read as _;

use anyhow::bail;
use futures_util::StreamExt as _;
use ledgertap::binlog::{FileReader, Limits, Store, position};
use mysql_async::prelude::Queryable as _;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, Opts, OptsBuilder};
use mysql_common::binlog::events::EventData;

use crate::reference::{Reference, footprint};

/// What a reader saw of the mapped tables.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub rows: u64,
}

/// The reference's first file on the server, and where its last one ends.
async fn stream(reference: &Reference) -> anyhow::Result<(BinlogStream, String, u64)> {
    let opts = OptsBuilder::from_opts(Opts::from_url(&reference.url)?)
        .prefer_socket(false)
        .tcp_nodelay(true)
        .max_allowed_packet(Some(1 << 30));
    let mut conn = Conn::new(opts).await?;
    conn.query_drop("SET @master_binlog_checksum = @@global.binlog_checksum, @mariadb_slave_capability = 4").await?;
    let name =
        |path: &std::path::PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let (Some(first), Some(last)) = (reference.files.first(), reference.files.last()) else { bail!("no files") };
    let (name, end) = (name(first), last.metadata()?.len());
    if reference.files.len() > 1 {
        bail!("the reference has more than one file: ask for fewer megabytes");
    }
    let request = BinlogStreamRequest::new(4_000_000_001).with_filename(name.as_bytes()).with_pos(4);
    Ok((conn.get_binlog_stream(request).await?, name.clone(), end))
}

/// The driver's stream, no event looked into.
pub async fn driver_events(reference: &Reference) -> anyhow::Result<Seen> {
    let (mut events, _, end) = stream(reference).await?;
    while let Some(event) = events.next().await {
        if u64::from(event?.header().log_pos()) >= end {
            return Ok(Seen { rows: 0 });
        }
    }
    bail!("the stream ended")
}

/// The same, every row decoded.
pub async fn driver_rows(reference: &Reference) -> anyhow::Result<Seen> {
    let (mut events, _, end) = stream(reference).await?;
    let mut rows = 0;
    while let Some(event) = events.next().await {
        let event = event?;
        if let Some(EventData::RowsEvent(data)) = event.read_data()?
            && let Some(map) = events.get_tme(data.table_id())
        {
            let mapped = map.table_name().starts_with("order");
            for row in data.rows(map) {
                std::hint::black_box(row?);
                rows += u64::from(mapped);
            }
        }
        if u64::from(event.header().log_pos()) >= end {
            return Ok(Seen { rows });
        }
    }
    bail!("the stream ended")
}

/// As a bridge reads.
pub async fn server(reference: &Reference) -> anyhow::Result<Seen> {
    let mut store = Store::connect(&reference.source).await?;
    let mut stream = store.stream(&reference.from, &footprint(), &reference.shapes).await?;
    let mut rows = 0;
    loop {
        let batch = stream.next(&Limits::default()).await?;
        rows += batch.transactions.iter().map(|t| t.changes.len() as u64).sum::<u64>();
        if position::reached(&batch.position, &reference.to) {
            return Ok(Seen { rows });
        }
    }
}

/// The same from the server's files.
pub fn files(reference: &Reference) -> anyhow::Result<Seen> {
    let mut rows = 0;
    for file in &reference.files {
        let mut reader = FileReader::open(file, &footprint(), &reference.shapes)?.of_database("shop");
        while let Some(batch) = reader.next(&Limits::default())? {
            rows += batch.transactions.iter().map(|t| t.changes.len() as u64).sum::<u64>();
        }
    }
    Ok(Seen { rows })
}

/// Every byte read and summed, which no reader that checks checksums can do without.
pub fn bytes(reference: &Reference) -> anyhow::Result<Seen> {
    let mut buffer = vec![0; 1 << 20];
    let mut sum = crc32fast::Hasher::new();
    for file in &reference.files {
        let mut file = std::fs::File::open(file)?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                n => sum.update(&buffer[..n]),
            }
        }
    }
    std::hint::black_box(sum.finalize());
    Ok(Seen { rows: 0 })
}
