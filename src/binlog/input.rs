//! Bytes of a binlog file as they lie on disk, or as they come out of a file that was put away compressed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::ahead::{Ahead, Block};
use super::event::Format;

/// What is read at once, in bytes: the frames of most events lie in it whole.
const READ_BYTES: usize = 1 << 18;

/// Where bytes come from.
enum Bytes {
    Plain(File),
    Gzip(Box<flate2::read::MultiGzDecoder<File>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, io::BufReader<File>>>),
    /// Another thread reads them; of a file whose length tells what there is, that file.
    Ahead(Ahead, Option<File>),
    /// They have been given to another thread.
    None,
    #[cfg(test)]
    Memory(io::Cursor<Vec<u8>>),
}

/// A buffer over a file. What is in the buffer is looked at in place.
pub(super) struct Input {
    bytes: Bytes,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Up to here the buffer holds whole events whose checksums were found right.
    right: usize,
    /// Where the buffer ends in the file; counted where it is read ahead.
    at: u64,
}

/// The marks that compressed files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

impl Input {
    /// Opens a file, compressed by gzip or zstd or not at all: its first bytes tell.
    pub fn open(path: &Path) -> io::Result<Input> {
        let mut file = File::open(path)?;
        let mut first = [0; 4];
        let known = read_up_to(&mut file, &mut first)?;
        file.seek(SeekFrom::Start(0))?;
        let bytes = if first[..known].starts_with(&GZIP) {
            Bytes::Gzip(Box::new(flate2::read::MultiGzDecoder::new(file)))
        } else if first[..known] == ZSTD {
            Bytes::Zstd(Box::new(zstd::stream::read::Decoder::new(file)?))
        } else {
            Bytes::Plain(file)
        };
        Ok(Input { bytes, buffer: vec![0; READ_BYTES], start: 0, end: 0, right: 0, at: 0 })
    }

    /// Has another thread read from here on, where an event of this format begins, and check checksums.
    pub fn read_ahead(&mut self, format: Format) -> io::Result<()> {
        self.read_ahead_by(format, READ_BYTES)
    }

    fn read_ahead_by(&mut self, format: Format, block_bytes: usize) -> io::Result<()> {
        if matches!(self.bytes, Bytes::Ahead(..)) {
            return Ok(());
        }
        let begun = self.buffered().to_vec();
        let mut measured = None;
        if let Bytes::Plain(file) = &mut self.bytes {
            self.at = file.stream_position()? - begun.len() as u64;
            measured = Some(file.try_clone()?);
        }
        // Until the other one takes its place there is nothing to read.
        let bytes = std::mem::replace(&mut self.bytes, Bytes::None);
        self.bytes = Bytes::Ahead(Ahead::of(bytes, begun, format, block_bytes), measured);
        (self.buffer, self.start, self.end) = (Vec::new(), 0, 0);
        Ok(())
    }

    /// True where the next `n` bytes are whole events whose checksums were found right.
    pub fn is_right(&self, n: usize) -> bool {
        self.start + n <= self.right
    }

    /// Reads these bytes, with a buffer that even a small event outgrows.
    #[cfg(test)]
    pub fn of(bytes: Vec<u8>) -> Input {
        Input { bytes: Bytes::Memory(io::Cursor::new(bytes)), buffer: vec![0; 64], start: 0, end: 0, right: 0, at: 0 }
    }

    /// The same, read ahead by as little.
    #[cfg(test)]
    pub fn ahead_of(bytes: Vec<u8>, block_bytes: usize) -> Input {
        let mut input = Input::of(bytes);
        input.read_ahead_by(Format { sums: false }, block_bytes).expect("nothing is asked of a file");
        input
    }

    /// What lies in the buffer.
    pub fn buffered(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Has at least `n` bytes in the buffer, or as many as there are.
    pub fn fill(&mut self, n: usize) -> io::Result<&[u8]> {
        if self.end - self.start < n {
            self.refill(n)?;
        }
        Ok(self.buffered())
    }

    fn refill(&mut self, n: usize) -> io::Result<()> {
        if matches!(self.bytes, Bytes::Ahead(..)) {
            return self.take_blocks(n);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        while self.end < n {
            // A length that lies must not take more memory than there are bytes: the buffer grows as they come.
            if self.end == self.buffer.len() {
                let larger = (self.buffer.len() * 2).min(n.next_multiple_of(READ_BYTES));
                self.buffer.resize(larger, 0);
            }
            let room = &mut self.buffer[self.end..];
            match read_some(&mut self.bytes, room)? {
                0 => break,
                read => self.end += read,
            }
        }
        Ok(())
    }

    /// As [`Input::refill`], of what is read ahead: a block whose beginning is needed takes the buffer's place.
    fn take_blocks(&mut self, n: usize) -> io::Result<()> {
        while self.end - self.start < n {
            let Bytes::Ahead(ahead, _) = &mut self.bytes else { break };
            let is_used_up = self.start == self.end;
            let done_with = if is_used_up { std::mem::take(&mut self.buffer) } else { Vec::new() };
            let Block { bytes, right } = ahead.next(done_with)?;
            let is_over = bytes.is_empty();
            self.at += bytes.len() as u64;
            if is_used_up {
                (self.buffer, self.right) = (bytes, right);
            } else {
                self.buffer.copy_within(self.start..self.end, 0);
                self.buffer.truncate(self.end - self.start);
                self.buffer.extend_from_slice(&bytes);
                self.right = self.right.saturating_sub(self.start);
            }
            (self.start, self.end) = (0, self.buffer.len());
            if is_over {
                break;
            }
        }
        Ok(())
    }

    /// False where the file is known to end before `n` more bytes. Of a compressed one that is not known.
    pub fn has(&self, n: u64) -> io::Result<bool> {
        let (mut file, end) = match &self.bytes {
            Bytes::Plain(file) => (file, None),
            Bytes::Ahead(_, Some(file)) => (file, Some(self.at)),
            _ => return Ok(true),
        };
        let end = end.map_or_else(|| file.stream_position(), Ok)?;
        let at = end - self.buffered().len() as u64;
        Ok(file.metadata()?.len().saturating_sub(at) >= n)
    }

    /// Leaves `n` bytes of the buffer behind.
    pub fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
        // One large event must not keep its memory.
        if self.start == self.end && self.buffer.len() > READ_BYTES {
            self.buffer.truncate(READ_BYTES);
            self.buffer.shrink_to_fit();
            (self.start, self.end, self.right) = (0, 0, 0);
        }
    }

    /// Leaves `n` bytes behind, buffered or not; false where there are not so many.
    pub fn skip(&mut self, n: u64) -> io::Result<bool> {
        let buffered = (self.end - self.start) as u64;
        if n <= buffered {
            self.consume(usize::try_from(n).unwrap_or(usize::MAX));
            return Ok(true);
        }
        let beyond = n - buffered;
        (self.start, self.end, self.right) = (0, 0, 0);
        if let Bytes::Plain(file) = &mut self.bytes {
            let at = file.stream_position()?;
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(at.saturating_add(beyond)))?;
            return Ok(at.saturating_add(beyond) <= size);
        }
        Ok(io::copy(&mut self.take(beyond), &mut io::sink())? == beyond)
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let buffered = self.fill(1)?;
        let n = buffered.len().min(into.len());
        into[..n].copy_from_slice(&buffered[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Bytes::Plain(file) => file.read(into),
            Bytes::Gzip(file) => file.read(into),
            Bytes::Zstd(file) => file.read(into),
            Bytes::Ahead(..) | Bytes::None => Ok(0),
            #[cfg(test)]
            Bytes::Memory(bytes) => bytes.read(into),
        }
    }
}

fn read_some(bytes: &mut Bytes, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match bytes.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn read_up_to(file: &mut File, into: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match file.read(&mut into[read..])? {
            0 => break,
            n => read += n,
        }
    }
    Ok(read)
}
