//! A binlog file's bytes, read ahead in a thread of their own. It works out the checksums of the events in them, too, so that
//! whoever takes the events in has a processor for nothing else.
//!
//! What it finds is no more than a hint: where it cannot tell that an event is right, the event is looked at as if nobody had
//! read ahead.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::event::{Format, Header, codes};
use super::frames::summed;

/// Blocks that are read and not yet asked for, at the most.
const BLOCKS_MAX: usize = 4;

/// Bytes that follow one another in the file.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// None at the file's end.
    pub bytes: Vec<u8>,
    /// So many of them, from the first on, are whole events whose checksums are right.
    pub right: usize,
}

/// A file that is read ahead.
pub(super) struct Ahead {
    /// Under a lock so that it may be looked at from several threads; there is never a wait for it.
    blocks: Mutex<Receiver<io::Result<Block>>>,
    /// Blocks that are done with, for their room.
    spare: SyncSender<Vec<u8>>,
    ended: bool,
}

/// The reading itself.
struct Reading<R> {
    bytes: R,
    /// What is read at once, in bytes.
    block_bytes: usize,
    /// What the events' frames are like; `None` since something was met that is none, or is larger than a block.
    format: Option<Format>,
    /// The beginning of an event whose end is not read yet.
    begun: Vec<u8>,
    /// Why no more can be read than has been.
    failed: Option<io::Error>,
}

impl Ahead {
    /// Reads what follows `begun`, which stands at an event's start and is of the given format.
    pub fn of(bytes: impl Read + Send + 'static, begun: Vec<u8>, format: Format, block_bytes: usize) -> Ahead {
        let (send, blocks) = sync_channel(BLOCKS_MAX);
        let (spare, spared) = sync_channel(BLOCKS_MAX);
        let mut reading = Reading { bytes, block_bytes, format: Some(format), begun, failed: None };
        thread::spawn(move || {
            loop {
                let block = reading.block(spared.try_recv().unwrap_or_default());
                let over = block.as_ref().map_or(true, |block| block.bytes.is_empty());
                // Nobody asks any more where it cannot be handed on.
                if send.send(block).is_err() || over {
                    return;
                }
            }
        });
        Ahead { blocks: Mutex::new(blocks), spare, ended: false }
    }

    /// The next bytes, for which the room of others is no more needed.
    ///
    /// # Errors
    /// The file's.
    pub fn next(&mut self, done_with: Vec<u8>) -> io::Result<Block> {
        if self.ended {
            return Ok(Block::default());
        }
        let _ = self.spare.try_send(done_with);
        let blocks = self.blocks.get_mut().unwrap_or_else(PoisonError::into_inner);
        let block = blocks.recv().map_err(|_| io::Error::other("the reading of the file broke off"))??;
        self.ended = block.bytes.is_empty();
        Ok(block)
    }
}

impl<R: Read> Reading<R> {
    /// The next block, which ends with an event wherever that can be told.
    fn block(&mut self, room: Vec<u8>) -> io::Result<Block> {
        let mut bytes = room;
        bytes.clear();
        bytes.append(&mut self.begun);
        let before = bytes.len();
        bytes.resize(before + self.block_bytes, 0);
        let mut filled = before;
        while filled < bytes.len() && self.failed.is_none() {
            match self.bytes.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
        bytes.truncate(filled);
        if bytes.is_empty()
            && let Some(error) = self.failed.take()
        {
            return Err(error);
        }
        let right = self.right(&bytes);
        if self.format.is_some() && right > 0 {
            self.begun.extend_from_slice(&bytes[right..]);
            bytes.truncate(right);
        }
        Ok(Block { bytes, right })
    }

    /// How many of these bytes are whole events whose checksums are right.
    fn right(&mut self, bytes: &[u8]) -> usize {
        let mut right = 0;
        while let Some(format) = &mut self.format {
            let rest = &bytes[right..];
            let Some(head) = rest.first_chunk::<{ Header::BYTES }>() else { break };
            let header = Header::read(head);
            let size = header.size as usize;
            let is_one = match rest.get(..size) {
                // It may end in the next block.
                None if size <= self.block_bytes => break,
                None => false,
                Some(frame) => {
                    let described = match (header.code, frame.get(Header::BYTES..)) {
                        (codes::FORMAT_DESCRIPTION, Some(body)) => {
                            Format::read(body).map(|read| *format = read).is_ok()
                        }
                        (_, body) => body.is_some(),
                    };
                    described && (!format.sums || summed(header, frame).is_ok())
                }
            };
            if !is_one {
                self.format = None;
                break;
            }
            right += size;
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::checksum;
    use super::*;

    /// Bytes that end in an error.
    struct Failing(io::Cursor<Vec<u8>>);

    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::other("the disk is gone")),
                read => Ok(read),
            }
        }
    }

    fn event(body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(Header::BYTES + body.len() + 4).unwrap();
        let header = Header { seconds: 1, code: codes::QUERY, server_id: 1, size, log_pos: 9, flags: 0 };
        let sum = checksum(&header.to_bytes(), &[body]);
        [&header.to_bytes()[..], body, &sum.to_le_bytes()].concat()
    }

    fn blocks(file: Vec<u8>, block_bytes: usize) -> Vec<(usize, usize)> {
        let mut ahead = Ahead::of(io::Cursor::new(file), Vec::new(), Format { sums: true }, block_bytes);
        let mut blocks = Vec::new();
        loop {
            let block = ahead.next(Vec::new()).unwrap();
            if block.bytes.is_empty() {
                return blocks;
            }
            blocks.push((block.bytes.len(), block.right));
        }
    }

    #[test]
    fn blocks_end_with_events_that_are_right() {
        let one = event(b"COMMIT");
        let file = [one.clone(), one.clone(), one.clone()].concat();
        assert_eq!(blocks(file.clone(), 2 * one.len() + 3), [(2 * one.len(), 2 * one.len()), (one.len(), one.len())]);
        // From what is wrong on all is looked at by who takes it in, as is what is larger than a block.
        let mut wrong = file.clone();
        wrong[one.len() + Header::BYTES] ^= 1;
        assert_eq!(blocks(wrong, 1_000), [(3 * one.len(), one.len())]);
        let larger = [one.clone(), event(&[7; 100]), one.clone()].concat();
        let of_them: Vec<usize> = blocks(larger.clone(), one.len() + 2).iter().map(|(_, right)| *right).collect();
        assert_eq!((of_them[0], of_them[1..].iter().sum::<usize>()), (one.len(), 0));
        // The end of a file that breaks off is there, too.
        assert_eq!(blocks(file[..2 * one.len() + 5].to_vec(), 1_000), [(2 * one.len(), 2 * one.len()), (5, 0)]);
    }

    #[test]
    fn an_error_of_the_file_is_told_where_it_comes() {
        let one = event(b"COMMIT");
        let failing = Failing(io::Cursor::new(one.repeat(3)));
        let mut ahead = Ahead::of(failing, Vec::new(), Format { sums: true }, 2 * one.len());
        for events in [2, 1] {
            assert_eq!(ahead.next(Vec::new()).unwrap().bytes, one.repeat(events));
        }
        assert_eq!(ahead.next(Vec::new()).unwrap_err().to_string(), "the disk is gone");
    }
}
