//! Rows that the mirror has not had yet, by COPY: the server takes them in at half of what arrays cost it, and looks nothing up.
//!
//! Where one is there after all, the server refuses the whole transaction ([`super::link::is_there_already`]), and the commit
//! is done once more with looking.

use std::borrow::Cow;
use std::io::Cursor;
use std::pin::Pin;

use futures_util::SinkExt as _;
use serde::Serialize;
use tokio_postgres::CopyInSink;

use super::link::{Link, failed};
use super::text::{indexed, written};
use crate::change::Footprint;
use crate::state::{MirrorWrite, StateError};

/// Bytes that go out at once, unless a single row has more: the server works on them while the next ones are put together.
const PIECE_BYTES: usize = 64 << 10;

const ACTION: &str = "write the mirror";

/// What a COPY in binary form begins with: its signature, no flags, and no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Stands where a row's number of columns would.
const NO_MORE: i16 = -1;

/// Stands where a value's length would.
const NULL: i32 = -1;

/// True where none of these takes a row away.
pub(super) fn can_take(writes: &[MirrorWrite]) -> bool {
    writes.iter().all(|write| write.row.is_some())
}

/// Writes rows with their owners.
pub(super) async fn write(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
    writes: &[MirrorWrite],
) -> Result<(), StateError> {
    if writes.is_empty() {
        return Ok(());
    }
    let mut last: Vec<&MirrorWrite> = writes.iter().collect();
    // Tables are in the order of their names. The last of several writes of a row counts, and comes first here.
    last.reverse();
    last.sort_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
    last.dedup_by(|a, b| (a.table, &a.key) == (b.table, &b.key));
    let rows: Vec<Fresh<'_>> = last.into_iter().map(|write| Fresh::of(footprint, write)).collect();
    let copy = mirror(link, stream, &rows).await?;
    // While the server is busy with the rows.
    let entries = entries(&rows);
    copy.end().await?;
    owner(link, stream, entries).await
}

/// A row with what it is found by, as it is stored.
struct Fresh<'a> {
    table: &'a str,
    key: Cow<'a, str>,
    /// Index and owner, in their order, none twice.
    owners: Vec<(&'static str, Cow<'a, str>)>,
    write: &'a MirrorWrite,
}

impl<'a> Fresh<'a> {
    fn of(footprint: &'a Footprint, write: &'a MirrorWrite) -> Fresh<'a> {
        let mut owners: Vec<_> = write.owners.iter().map(|(index, owner)| (*index, indexed(owner))).collect();
        owners.sort_unstable();
        owners.dedup();
        Fresh { table: &footprint.tables[write.table].table, key: indexed(&write.key), owners, write }
    }
}

/// Sends rows; the server may not have all of them in the table yet.
async fn mirror(link: &Link, stream: &str, rows: &[Fresh<'_>]) -> Result<Copying, StateError> {
    let sql = "COPY mirror (stream, tbl, key, full_key, row, owners, cut, changed_us) FROM STDIN (FORMAT binary)";
    let mut copy = Copying::begin(link, sql).await?;
    for row in rows {
        let full_key = (*row.key != *row.write.key).then(|| written(&row.write.key));
        let changed = row.write.changed.as_ref();
        let mut tuple = copy.tuple(8);
        tuple.text(stream);
        tuple.text(row.table);
        tuple.text(&row.key);
        tuple.some(full_key.as_deref().map(str::as_bytes));
        tuple.json(&row.write.row);
        tuple.json(&row.owners);
        tuple.some(changed.map(|changed| changed.transaction.as_bytes()));
        tuple.some(changed.map(|changed| changed.at.as_microsecond().to_be_bytes()).as_ref().map(|at| &at[..]));
        copy.send_if_full().await?;
    }
    copy.send().await?;
    Ok(copy)
}

/// An entry in the owner index: index, owner, table and key.
type Entry<'a> = [&'a str; 4];

/// The rows' entries, in the order of the index: pages are written that lie together.
fn entries<'a>(rows: &'a [Fresh<'_>]) -> Vec<Entry<'a>> {
    let of_row = |row: &'a Fresh<'_>| row.owners.iter().map(|(index, owner)| [*index, &**owner, row.table, &*row.key]);
    let mut entries: Vec<Entry<'a>> = rows.iter().flat_map(of_row).collect();
    entries.sort_unstable();
    entries
}

async fn owner(link: &Link, stream: &str, entries: Vec<Entry<'_>>) -> Result<(), StateError> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = "COPY owner (stream, idx, owner, tbl, key) FROM STDIN (FORMAT binary)";
    let mut copy = Copying::begin(link, sql).await?;
    for entry in entries {
        let mut tuple = copy.tuple(5);
        tuple.text(stream);
        for text in entry {
            tuple.text(text);
        }
        copy.send_if_full().await?;
    }
    copy.end().await
}

/// A COPY under way.
struct Copying {
    sink: Pin<Box<CopyInSink<Cursor<Vec<u8>>>>>,
    bytes: Vec<u8>,
}

impl Copying {
    async fn begin(link: &Link, sql: &'static str) -> Result<Copying, StateError> {
        let sink = Box::pin(link.copy_in(ACTION, sql).await?);
        Ok(Copying { sink, bytes: HEADER.to_vec() })
    }

    /// Begins a row.
    fn tuple(&mut self, columns: i16) -> Tuple<'_> {
        self.bytes.extend_from_slice(&columns.to_be_bytes());
        Tuple(&mut self.bytes)
    }

    async fn send_if_full(&mut self) -> Result<(), StateError> {
        if self.bytes.len() < PIECE_BYTES { Ok(()) } else { self.send().await }
    }

    async fn send(&mut self) -> Result<(), StateError> {
        let next = Vec::with_capacity(self.bytes.len());
        let piece = Cursor::new(std::mem::replace(&mut self.bytes, next));
        self.sink.send(piece).await.map_err(|e| failed(ACTION, &e))
    }

    /// Waits until all is in the table.
    async fn end(mut self) -> Result<(), StateError> {
        self.bytes.extend_from_slice(&NO_MORE.to_be_bytes());
        self.send().await?;
        self.sink.as_mut().finish().await.map(|_| ()).map_err(|e| failed(ACTION, &e))
    }
}

/// The columns of a row, one after the other: a length, and so many bytes.
struct Tuple<'b>(&'b mut Vec<u8>);

impl Tuple<'_> {
    fn text(&mut self, text: &str) {
        self.some(Some(text.as_bytes()));
    }

    fn some(&mut self, bytes: Option<&[u8]>) {
        self.0.extend_from_slice(&bytes.map_or(NULL, length).to_be_bytes());
        self.0.extend_from_slice(bytes.unwrap_or_default());
    }

    fn json(&mut self, value: &impl Serialize) {
        let at = self.0.len();
        self.0.extend_from_slice(&NULL.to_be_bytes());
        serde_json::to_writer(&mut *self.0, value).expect("what is kept is always JSON");
        let (before, json) = self.0.split_at_mut(at + NULL.to_be_bytes().len());
        before[at..].copy_from_slice(&length(json).to_be_bytes());
    }
}

/// The server takes no value of a gigabyte, nor a message: what no length says it refuses.
fn length(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).unwrap_or(i32::MAX)
}
