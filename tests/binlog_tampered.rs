//! The live stream when what comes is not what the server sent: each ends in an error that names the place, and what is read
//! from there on again is neither lost nor doubled.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ledgertap::binlog::{Limits, Source, Store, StoreError, Stream, position};
use ledgertap::change::{Footprint, Position, TableUse, Transaction, Value};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

use crate::world::{Own, Proxy, Then};

const CODE: usize = 4;
const SIZE: std::ops::Range<usize> = 9..13;
const LOG_POS: std::ops::Range<usize> = 13..17;
const FLAGS: std::ops::Range<usize> = 17..19;
const HEADER_BYTES: usize = 19;

const ROTATE: u8 = 4;
const XID: u8 = 16;
const TABLE_MAP: u8 = 19;
const WRITE_ROWS_V1: u8 = 23;
const WRITE_ROWS: u8 = 30;
const PAYLOAD: u8 = 40;
/// No server has it.
const UNKNOWN: u8 = 99;

/// A server of its own, because the events that pass are counted.
struct Shop {
    server: Own,
    conn: Conn,
    /// The last order's id.
    last: i64,
}

impl Shop {
    async fn on(server: Own) -> Shop {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
        for statement in ["CREATE DATABASE shop", "USE shop", "CREATE TABLE orders (id INT PRIMARY KEY, note TEXT)"] {
            conn.query_drop(statement).await.unwrap();
        }
        Shop { server, conn, last: 0 }
    }

    async fn run(&mut self, statement: &str) {
        self.conn.query_drop(statement).await.unwrap_or_else(|error| panic!("{statement:.200}: {error}"));
    }

    async fn stream(&self, url: &str, from: &Position) -> Stream {
        let mut store = Store::connect(&Source::from_url(url).unwrap()).await.unwrap();
        let shapes = store.shapes(&["orders".to_owned()]).await.unwrap();
        let uses = TableUse { table: "orders".into(), columns: vec!["id".into(), "note".into()], key: vec![0] };
        store.stream(from, &Footprint { tables: vec![uses] }, &shapes).await.unwrap()
    }

    fn direct(&self) -> String {
        format!("{}/shop", self.server.root())
    }

    async fn head(&self) -> Position {
        Store::connect(&Source::from_url(&self.direct()).unwrap()).await.unwrap().head().await.unwrap()
    }

    /// Sells three orders, each in a transaction of its own, reads them through a proxy that tampers, and then goes on without
    /// it from where that ended.
    async fn sell(&mut self, tamper: impl FnMut(&mut Vec<Vec<u8>>) -> Then + Send + 'static) -> Told {
        let from = self.head().await;
        let first = self.last + 1;
        for id in first..first + 3 {
            self.run(&format!("INSERT INTO orders VALUES ({id}, REPEAT('secret note ', 20))")).await;
        }
        self.last += 3;
        let head = self.head().await;
        let proxy = Proxy::before(&self.server.root(), tamper).await;
        let mut stream = self.stream(&proxy.url("shop"), &from).await;
        let (mut rows, mut at, mut error) = (Vec::new(), from, None);
        while error.is_none() && !position::reached(&at, &head) {
            match next(&mut stream).await {
                Ok(batch) => (at, rows) = (batch.position, [rows, ids(&batch.transactions)].concat()),
                Err(told) => error = Some(told),
            }
        }
        let (mut rest, mut again) = (Vec::new(), self.stream(&self.direct(), &at).await);
        while !position::reached(&at, &head) {
            let batch = next(&mut again).await.unwrap();
            (at, rest) = (batch.position, [rest, ids(&batch.transactions)].concat());
        }
        let counted = |ids: Vec<i64>| ids.into_iter().map(|id| id - first + 1).collect();
        Told { rows: counted(rows), error, rest: counted(rest) }
    }
}

/// How a stream ended: rows before, the error, and rows after it, counted from 1.
#[derive(Debug)]
struct Told {
    rows: Vec<i64>,
    error: Option<StoreError>,
    rest: Vec<i64>,
}

impl Told {
    /// It stopped within the second transaction, for good.
    fn stopped(&self, part: &str) {
        assert!(matches!(self.error, Some(StoreError::Definite(_))), "{self:?}");
        self.ended(part);
    }

    /// It broke off within the second transaction, and may be tried again.
    fn broke_off(&self, part: &str) {
        assert!(matches!(self.error, Some(StoreError::Transient(_))), "{self:?}");
        self.ended(part);
    }

    fn ended(&self, part: &str) {
        assert_eq!((&self.rows[..], &self.rest[..]), (&[1][..], &[2, 3][..]), "{self:?}");
        let (text, debug) = (self.error.as_ref().unwrap().to_string(), format!("{self:?}"));
        assert!(text.contains(part) && text.contains("127.0.0.1:") && text.contains(", binlog.0"), "{text}");
        assert!(!text.contains("secret") && !debug.contains("secret"), "{debug}");
    }
}

async fn next(stream: &mut Stream) -> Result<ledgertap::change::Batch, StoreError> {
    let limits = Limits::default();
    let next = tokio::time::timeout(Duration::from_secs(20), stream.next(&limits));
    next.await.expect("it comes or ends in time")
}

fn ids(transactions: &[Transaction]) -> Vec<i64> {
    let id = |row: &ledgertap::change::Row| match row[0] {
        Value::Int(i) => i,
        _ => panic!("{row:?}"),
    };
    transactions.iter().flat_map(|t| t.changes.iter().filter_map(|c| c.after.as_ref().map(id))).collect()
}

/// Does something with the second event of these kinds.
fn second(
    codes: &'static [u8],
    mut tamper: impl FnMut(&mut Vec<Vec<u8>>) -> Then + Send + 'static,
) -> impl FnMut(&mut Vec<Vec<u8>>) -> Then + Send + 'static {
    let mut seen = 0;
    move |events| {
        seen += usize::from(codes.contains(&events[0][CODE]));
        if seen == 2 && codes.contains(&events[0][CODE]) { tamper(events) } else { Then::GoOn }
    }
}

const ROWS: &[u8] = &[WRITE_ROWS, WRITE_ROWS_V1];

fn alter(
    codes: &'static [u8],
    mut how: impl FnMut(&mut Vec<u8>) + Send + 'static,
) -> impl FnMut(&mut Vec<Vec<u8>>) -> Then + Send {
    second(codes, move |events| {
        how(&mut events[0]);
        Then::GoOn
    })
}

fn set_size(event: &mut [u8]) {
    let size = u32::try_from(event.len()).unwrap().to_le_bytes();
    event[SIZE].copy_from_slice(&size);
}

/// Makes the checksum right again.
fn sum(event: &mut [u8]) {
    let (covered, sum) = event.split_last_chunk_mut::<4>().unwrap();
    *sum = crc32fast::hash(covered).to_le_bytes();
}

/// What both servers send alike.
async fn both(shop: &mut Shop) {
    let whole = shop.sell(|_| Then::GoOn).await;
    assert_eq!((whole.rows.as_slice(), whole.error.is_none()), (&[1, 2, 3][..], true), "{whole:?}");

    let half = alter(ROWS, |event| event.truncate(event.len() / 2));
    shop.sell(half).await.stopped("the bytes of the next event");
    for left in [HEADER_BYTES, HEADER_BYTES + 2] {
        let small = alter(ROWS, move |event| {
            event.truncate(left);
            set_size(event);
        });
        shop.sell(small).await.stopped("the bytes of the next event");
    }
    let cut = alter(ROWS, |event| {
        event.truncate(event.len() / 2);
        set_size(event);
    });
    shop.sell(cut).await.stopped("checksum is wrong");
    shop.sell(alter(ROWS, |event| event[HEADER_BYTES + 20] ^= 1)).await.stopped("checksum is wrong");
    shop.sell(alter(ROWS, |event| event.truncate(10))).await.stopped("the bytes of the next event");
    shop.sell(alter(ROWS, Vec::clear)).await.broke_off("ended the binlog stream");
    let foreign = alter(&[TABLE_MAP], |event| {
        event.truncate(HEADER_BYTES + 20);
        set_size(event);
        sum(event);
    });
    shop.sell(foreign).await.stopped("the bytes of the next event");

    for then in [Then::Close, Then::BreakOff, Then::HalfClose] {
        shop.sell(second(ROWS, move |_| then)).await.broke_off("the connection failed");
    }
    shop.sell(second(ROWS, |_| Then::End)).await.broke_off("ended the binlog stream");

    let unknown = |flags: u16| {
        second(&[TABLE_MAP], move |events| {
            let mut event = events[0].clone();
            event.truncate(HEADER_BYTES + 4);
            // MariaDB 11.8 says no place within a transaction.
            let ends = u32::from_le_bytes(events[0][LOG_POS].try_into().unwrap());
            let begins = ends.saturating_sub(u32::try_from(events[0].len()).unwrap());
            event[CODE] = UNKNOWN;
            event[LOG_POS].copy_from_slice(&begins.to_le_bytes());
            event[FLAGS].copy_from_slice(&flags.to_le_bytes());
            set_size(&mut event);
            sum(&mut event);
            events.insert(0, event);
            Then::GoOn
        })
    };
    shop.sell(unknown(0)).await.stopped("an event of type 99 is not known");
    let ignored = shop.sell(unknown(0x80)).await;
    assert_eq!((ignored.rows.as_slice(), ignored.error.is_none()), (&[1, 2, 3][..], true), "{ignored:?}");

    // The end of a transaction is missing, and the next one begins.
    let endless = second(&[XID], |events| {
        events.clear();
        Then::GoOn
    });
    shop.sell(endless).await.stopped("breaks off without an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_mariadb_sent_stops_with_its_place() {
    let mut shop = Shop::on(Own::mariadb(&[]).await).await;
    both(&mut shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_mysql_sent_stops_with_its_place() {
    let mut shop = Shop::on(Own::mysql(&[]).await).await;
    both(&mut shop).await;
}

/// A payload's frame without its fields' lengths: where its compressed bytes begin, and how many there are unpacked.
fn repack(event: &mut Vec<u8>, announced: Option<u64>, how: impl FnOnce(&mut Vec<u8>)) {
    let body = &event[HEADER_BYTES..event.len() - 4];
    let at = body.windows(4).position(|four| four == [0x28, 0xb5, 0x2f, 0xfd]).expect("it is zstd");
    let mut unpacked = zstd::decode_all(&body[at..]).unwrap();
    how(&mut unpacked);
    let packed = zstd::encode_all(unpacked.as_slice(), 1).unwrap();
    set_payload(event, announced.unwrap_or(unpacked.len() as u64), &packed);
}

fn set_payload(event: &mut Vec<u8>, unpacked: u64, packed: &[u8]) {
    let number = |field: u8, n: u64| [&[field, 9, 0xfe][..], &n.to_le_bytes()].concat();
    event.truncate(HEADER_BYTES);
    event.extend(
        [number(1, packed.len() as u64), vec![2, 1, 0], number(3, unpacked), vec![0], packed.to_vec(), vec![0; 4]]
            .concat(),
    );
    set_size(event);
    sum(event);
}

/// A compressed transaction that cannot be unpacked does not vanish: the driver says nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_transaction_that_is_not_whole_stops() {
    let mut shop = Shop::on(Own::mysql(&[]).await).await;
    shop.run("SET SESSION binlog_transaction_compression = ON").await;
    const NOT_WHOLE: &str = "could not be decompressed completely";
    let payload = |how: fn(&mut Vec<u8>)| alter(&[PAYLOAD], how);
    let again = shop.sell(payload(|event| repack(event, None, |_| {}))).await;
    assert_eq!((again.rows.as_slice(), again.error.is_none()), (&[1, 2, 3][..], true), "{again:?}");

    let damaged = payload(|event| {
        let at = event.len() - 20;
        event[at..at + 10].fill(0xff);
        sum(event);
    });
    shop.sell(damaged).await.stopped(NOT_WHOLE);
    shop.sell(payload(|event| set_payload(event, 300, b"this is not zstd"))).await.stopped(NOT_WHOLE);
    shop.sell(payload(|event| set_payload(event, 0, &[]))).await.stopped(NOT_WHOLE);
    let frameless = payload(|event| {
        event.truncate(HEADER_BYTES + 12);
        set_size(event);
        sum(event);
    });
    shop.sell(frameless).await.stopped(NOT_WHOLE);
    // Less than was announced, at an event's end and elsewhere; more than was announced.
    shop.sell(payload(|event| repack(event, None, |inner| inner.truncate(inner.len() - 27))))
        .await
        .stopped("a compressed transaction");
    shop.sell(payload(|event| repack(event, None, |inner| inner.truncate(inner.len() - 5))))
        .await
        .stopped("the bytes of the next event");
    shop.sell(payload(|event| repack(event, Some(4_000), |_| {}))).await.stopped("a compressed transaction");
    shop.sell(payload(|event| repack(event, Some(100), |_| {}))).await.stopped(NOT_WHOLE);
    // An event with a place of its own is none of a payload's.
    shop.sell(payload(|event| repack(event, None, |inner| inner[LOG_POS.start] = 4))).await.stopped(NOT_WHOLE);
}

/// The first event of a dump is made up and names the file, with a checksum at its end that nothing has announced.
#[tokio::test(flavor = "multi_thread")]
async fn the_checksum_behind_a_files_name_is_not_a_part_of_it() {
    for server in [Own::mariadb(&[]).await, Own::mysql(&["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]).await] {
        let mut shop = Shop::on(server).await;
        let from = Store::connect(&Source::from_url(&shop.direct()).unwrap()).await.unwrap();
        let from = { from }.head_like(&Position("file:x:4".into())).await.unwrap();
        shop.run("INSERT INTO orders VALUES (1, '')").await;
        let first: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
        let seen = first.clone();
        let proxy = Proxy::before(&shop.server.root(), move |events| {
            seen.lock().unwrap().get_or_insert_with(|| events[0].clone());
            Then::GoOn
        })
        .await;
        let mut stream = shop.stream(&proxy.url("shop"), &from).await;
        let batch = next(&mut stream).await.unwrap();
        assert_eq!(ids(&batch.transactions), [1]);
        let first = first.lock().unwrap().clone().unwrap();
        let (covered, glued) = first.split_last_chunk::<4>().unwrap();
        assert_eq!((first[CODE], u32::from_le_bytes(*glued)), (ROTATE, crc32fast::hash(covered)));
        let name = String::from_utf8(covered[HEADER_BYTES + 8..].to_vec()).unwrap();
        assert!(batch.position.0.starts_with(&format!("file:{name}:")), "{} {name}", batch.position);
    }
}

/// The server's `max_allowed_packet` is its own affair: a row may be larger.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_larger_than_the_servers_packets_is_read() {
    for server in [Own::mariadb(&["--max-allowed-packet=1M"]).await, Own::mysql(&["--max-allowed-packet=1M"]).await] {
        let mut shop = Shop::on(server).await;
        shop.run("CREATE TABLE large (id INT PRIMARY KEY, a MEDIUMTEXT, b MEDIUMTEXT, c MEDIUMTEXT, d MEDIUMTEXT)")
            .await;
        let from = shop.head().await;
        let text = |letter: char| format!("REPEAT('{letter}', 900000)");
        let values: Vec<String> = ['a', 'b', 'c', 'd'].map(text).to_vec();
        shop.run(&format!("INSERT INTO large VALUES (1, {})", values.join(", "))).await;
        let mut store = Store::connect(&Source::from_url(&shop.direct()).unwrap()).await.unwrap();
        let shapes = store.shapes(&["large".to_owned()]).await.unwrap();
        let uses = TableUse { table: "large".into(), columns: vec!["d".into(), "id".into()], key: vec![1] };
        let mut stream = store.stream(&from, &Footprint { tables: vec![uses] }, &shapes).await.unwrap();
        let batch = next(&mut stream).await.unwrap();
        let row = batch.transactions[0].changes[0].after.clone().unwrap();
        assert_eq!(&row[..], &[Value::text("d".repeat(900_000)), Value::Int(1)]);
    }
}
