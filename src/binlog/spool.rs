//! Row events of an unfinished transaction that has outgrown memory: on disk, in an unnamed file that ends with us.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// How much is written and read at once, in bytes.
const BUFFER_BYTES: usize = 256 << 10;

/// A frame's own bytes: code (1), place (8), length (4).
const FRAME_BYTES: u64 = 13;

/// Row events as they were read, in order.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    end: u64,
    /// Stretches that a roll-back has undone.
    undone: Vec<(u64, u64)>,
}

impl Spool {
    /// An empty spool in the system's folder for temporary files (`TMPDIR`), readable by nobody else.
    pub fn new() -> io::Result<Spool> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?);
        Ok(Spool { file, end: 0, undone: Vec::new() })
    }

    /// Where the next event goes.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Adds an event that ends at `place` of its file.
    pub fn push(&mut self, code: u8, place: u64, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len()).map_err(|_| io::Error::other("an event of more than 4 GiB"))?;
        self.file.write_all(&[code])?;
        self.file.write_all(&place.to_le_bytes())?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(body)?;
        self.end += FRAME_BYTES + u64::from(length);
        Ok(())
    }

    /// Notes that everything from `from` on was rolled back.
    pub fn undo(&mut self, from: u64) {
        if from < self.end {
            self.undone.push((from, self.end));
        }
    }

    /// Turns to reading it from the start.
    pub fn read(self) -> io::Result<SpoolReader> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        let file = BufReader::with_capacity(BUFFER_BYTES, file);
        Ok(SpoolReader { file, at: 0, end: self.end, undone: self.undone })
    }
}

/// A spool being read.
#[derive(Debug)]
pub(super) struct SpoolReader {
    file: BufReader<File>,
    at: u64,
    end: u64,
    undone: Vec<(u64, u64)>,
}

/// One event of a spool; its body is in the buffer that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spooled {
    pub code: u8,
    /// Where it ends in its file.
    pub place: u64,
    /// It was rolled back.
    pub undone: bool,
}

impl SpoolReader {
    /// True where nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// The next event, its body into `body`; `None` at the end.
    pub fn next(&mut self, body: &mut Vec<u8>) -> io::Result<Option<Spooled>> {
        if self.is_at_end() {
            return Ok(None);
        }
        let (mut code, mut place, mut length) = ([0; 1], [0; 8], [0; 4]);
        self.file.read_exact(&mut code)?;
        self.file.read_exact(&mut place)?;
        self.file.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        body.clear();
        self.file.by_ref().take(length).read_to_end(body)?;
        if body.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let undone = self.undone.iter().any(|&(from, to)| from <= self.at && self.at < to);
        self.at += FRAME_BYTES + length;
        Ok(Some(Spooled { code: code[0], place: u64::from_le_bytes(place), undone }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spooled_comes_back_in_order_and_says_what_was_undone() {
        let mut spool = Spool::new().unwrap();
        spool.push(30, 100, b"first").unwrap();
        let savepoint = spool.end();
        spool.push(31, 200, b"").unwrap();
        spool.undo(savepoint);
        spool.push(32, 300, &[7; 70_000]).unwrap();
        let mut reader = spool.read().unwrap();
        let (mut body, mut seen) = (Vec::new(), Vec::new());
        while let Some(event) = reader.next(&mut body).unwrap() {
            seen.push((event.code, event.place, event.undone, body.len()));
        }
        assert_eq!(seen, [(30, 100, false, 5), (31, 200, true, 0), (32, 300, false, 70_000)]);
        assert!(reader.is_at_end());
    }
}
