//! A binlog file, read without a server.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use mysql_common::binlog::consts::{BinlogChecksumAlg, BinlogVersion::Version4, TransactionPayloadCompressionType};
use mysql_common::binlog::events::{
    BinlogEventHeader, Event, FormatDescriptionEvent, TransactionPayloadEvent, TransactionPayloadReader,
};

use super::assembler::Assembler;
use super::error::{Definite, StoreError};
use super::event::{self, codes};
use super::position::{Parsed, parse};
use super::progress::Progress;
use super::stream::Limits;
use super::tables::Tables;
use crate::change::{Batch, Footprint, Position, TableId, TableShape};

/// The four bytes that a binlog file begins with.
const MAGIC: [u8; 4] = *b"\xfebin";
/// The largest event that a server writes (its `max_allowed_packet` ends at 1 GiB) with its frame, in bytes.
const EVENT_BYTES_MAX: u32 = (1 << 30) + (1 << 16);

/// The fixed part of a format description, its checksum's kind and its checksum, in bytes.
const FORMAT_BYTES_MIN: u32 = 57 + 1 + 4;

/// Reads the transactions of one binlog file; positions are `file:<name>:<offset>`.
///
/// Without [`FileReader::of_database`] the mapped tables may be in any one database: the first that has rows of one of them
/// is taken for the store's.
pub struct FileReader {
    path: PathBuf,
    input: BufReader<File>,
    format: FormatDescriptionEvent<'static>,
    assembler: Assembler,
    done: bool,
}

impl FileReader {
    /// Opens the file at its beginning.
    pub fn open(path: &Path, footprint: &Footprint, shapes: &[TableShape]) -> Result<FileReader, StoreError> {
        let place = path.display().to_string();
        let unreadable =
            |error: std::io::Error| Definite::new(&place, format!("cannot read the file: {error}"), "check its path");
        let mut input = BufReader::new(File::open(path).map_err(unreadable)?);
        let mut magic = [0; 4];
        let is_binlog = input.read_exact(&mut magic).is_ok() && magic == MAGIC;
        if !is_binlog {
            let what = "the file is not a binlog: its first four bytes are others";
            return Err(Definite::new(place, what, "name a binlog file, not compressed and not encrypted").into());
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
        let tables = Tables::new(footprint, shapes, None, false);
        let progress = Progress::File { name, offset: 4 };
        let assembler = Assembler::new(if folder.is_empty() { "." } else { &folder }, tables, progress);
        let format = FormatDescriptionEvent::new(Version4);
        Ok(FileReader { path: path.to_owned(), input, format, assembler, done: false })
    }

    /// Says which mapped tables the mirror holds no row of: dropping, emptying or redefining one of those loses nothing, so
    /// that an installer's `DROP TABLE IF EXISTS` does not stop the stream. A table counts as filled from its first row on.
    #[must_use]
    pub fn assume_empty(mut self, tables: &BTreeSet<TableId>) -> Self {
        self.assembler.assume_empty(tables);
        self
    }

    /// Takes the tables of this database only.
    pub fn of_database(mut self, name: &str) -> FileReader {
        self.assembler.set_database(name);
        self
    }

    /// Goes on at a position that this file's reader has given before.
    pub fn start_at(mut self, position: &Position) -> Result<FileReader, StoreError> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let wanted = match parse(position) {
            Ok(Parsed::File { name: wanted, offset }) if wanted == name && offset >= 4 => offset,
            _ => return Err(self.stop(format!("the position {position} is none of this file"), "give one that is")),
        };
        let progress = Parsed::File { name: name.into_owned(), offset: wanted };
        // The format description stands first and is needed to read what follows.
        self.step()?;
        self.assembler.start_over(progress.into());
        self.input.seek(SeekFrom::Start(wanted)).map_err(|error| self.unreadable(&error))?;
        Ok(self)
    }

    /// The next whole transactions, `None` at the file's end. A file that breaks off within an event or a transaction
    /// ends in an error.
    pub fn next(&mut self, limits: &Limits) -> Result<Option<Batch>, StoreError> {
        while !self.done && !limits.reached(self.assembler.ready()) {
            self.step()?;
        }
        Ok(self.assembler.moved().then(|| self.assembler.take()))
    }

    fn step(&mut self) -> Result<(), StoreError> {
        let Some(event) = self.read_event()? else {
            self.done = true;
            if self.assembler.is_open() {
                return Err(self.stop("the file breaks off within a transaction", "copy the file again, completely"));
            }
            return Ok(());
        };
        let code = event.header().event_type_raw();
        if code == codes::FORMAT_DESCRIPTION {
            let format = event.read_event::<FormatDescriptionEvent<'_>>().map_err(|error| self.unreadable(&error))?;
            self.format = format.into_owned().with_footer(event.footer());
        }
        if code == codes::START_ENCRYPTION {
            return Err(self.stop("the file is encrypted", "read it from the server, or decrypt it first"));
        }
        self.assembler.feed(&event)?;
        if code == codes::TRANSACTION_PAYLOAD { self.feed_payload(&event) } else { Ok(()) }
    }

    /// Reads one event; nothing of it reaches the parser before all of its bytes are there.
    fn read_event(&mut self) -> Result<Option<Event>, StoreError> {
        let crc = self.format.footer().get_checksum_alg() == Ok(Some(BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32));
        match read_frame(&mut self.input, if crc { 4 } else { 0 }) {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => {
                Event::read(&self.format, frame.as_slice()).map(Some).map_err(|error| self.unreadable(&error))
            }
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    fn feed_payload(&mut self, outer: &Event) -> Result<(), StoreError> {
        let Ok(payload) = event::payload(outer.data()) else { return Ok(()) };
        let algorithm = if payload.compressed {
            TransactionPayloadCompressionType::ZSTD
        } else {
            TransactionPayloadCompressionType::NONE
        };
        let size = payload.bytes.len() as u64;
        let inner = TransactionPayloadEvent::new(size, algorithm, payload.events_size, payload.bytes);
        let mut events: TransactionPayloadReader<'_> = inner.decompressed().map_err(|error| self.unreadable(&error))?;
        // Events within a payload have no checksums of their own.
        let format = FormatDescriptionEvent::new(Version4);
        while let Some(frame) = read_frame(&mut events, 0).map_err(|error| self.unreadable(&error))? {
            let event = Event::read(&format, frame.as_slice()).map_err(|error| self.unreadable(&error))?;
            self.assembler.feed(&event)?;
        }
        Ok(())
    }

    fn unreadable(&self, error: &std::io::Error) -> StoreError {
        self.stop(format!("the next event cannot be read: {error}"), "copy the file again, completely")
    }

    fn stop(&self, what: impl Into<String>, remedy: &str) -> StoreError {
        Definite::new(self.assembler.place(), what, remedy).into()
    }
}

/// One event's bytes, or `None` at a clean end; `sum` is the size of its checksum.
fn read_frame(input: &mut impl Read, sum: u32) -> std::io::Result<Option<Vec<u8>>> {
    let mut frame = Vec::with_capacity(256);
    input.by_ref().take(BinlogEventHeader::LEN as u64).read_to_end(&mut frame)?;
    if frame.is_empty() {
        return Ok(None);
    }
    let invalid = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let size = frame.get(9..13).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let size =
        size.filter(|_| frame.len() == BinlogEventHeader::LEN).ok_or_else(|| invalid("its header breaks off"))?;
    // The driver takes for granted that the bytes of a checksum are there.
    let body = if frame[4] == codes::FORMAT_DESCRIPTION { FORMAT_BYTES_MIN } else { sum };
    let least = BinlogEventHeader::LEN as u32 + body;
    if size < least || size > EVENT_BYTES_MAX {
        return Err(invalid("its size is none that a server writes"));
    }
    input.by_ref().take(u64::from(size) - BinlogEventHeader::LEN as u64).read_to_end(&mut frame)?;
    if frame.len() as u64 == u64::from(size) { Ok(Some(frame)) } else { Err(invalid("its end is missing")) }
}
