//! Events of binlog files: frames cut out of bytes, checksums checked, transaction payloads unpacked as they are read.
//!
//! Nothing of a frame is looked at before it is there whole and its checksum is right. The exceptions are large: a rows event
//! of a table that nobody uses, and a transaction payload. Of those the checksum is worked out as they pass, and nothing that
//! was in them counts before it was found right.

use std::io::{self, Read};

use super::assembler::Assembler;
use super::error::StoreError;
use super::event::{self, Event, Format, Header, PAYLOAD_FRAME_BYTES_MAX, codes};
use super::input::Input;

/// The largest event that a server writes (its `max_allowed_packet` ends at 1 GiB) with its frame, in bytes.
const EVENT_BYTES_MAX: u32 = (1 << 30) + (1 << 16);
/// Up to here an event is read whole, whatever it is; in bytes.
const PASSING_BYTES_MIN: usize = 256 << 10;
/// A format description at the least: its fixed part, its checksum's kind and its checksum, in bytes.
const FORMAT_BYTES_MIN: usize = Header::BYTES + 57 + 5;
/// The size of a checksum, in bytes.
const SUM_BYTES: usize = 4;

/// Reads one file's events.
pub(super) struct Frames {
    input: Input,
    format: Format,
    /// A payload's events, one at a time; kept for its room.
    inner: Vec<u8>,
}

/// What reading one event came to.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// This event was handed on.
    Event(Header),
    /// The file ends between two events.
    End,
    /// The file ends within an event.
    BrokenOff,
}

/// Why an event cannot be read.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// The file itself.
    Io(io::Error),
    /// What is in it, as a sentence.
    Wrong(&'static str),
    /// What the event says.
    Stop(StoreError),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Unreadable::Io(error)
    }
}

impl From<StoreError> for Unreadable {
    fn from(error: StoreError) -> Self {
        Unreadable::Stop(error)
    }
}

const MALFORMED: Unreadable = Unreadable::Wrong("its bytes are not what the format says");

impl Frames {
    /// Reads from `input` on, which stands at an event's start.
    pub fn new(input: Input) -> Frames {
        Frames { input, format: Format { sums: false }, inner: Vec::new() }
    }

    /// Has another thread read ahead from here on, and check checksums.
    pub fn read_ahead(&mut self) -> io::Result<()> {
        self.input.read_ahead(self.format)
    }

    /// Passes over the events of the next `ahead` bytes; false where one of them goes beyond, or the file is not so long.
    pub fn pass_over(&mut self, mut ahead: u64) -> io::Result<bool> {
        while ahead > 0 {
            let head = self.input.fill(Header::BYTES)?.first_chunk::<{ Header::BYTES }>();
            let size = head.map_or(0, |head| u64::from(Header::read(head).size));
            if size < Header::BYTES as u64 || size > ahead || !self.input.skip(size)? {
                return Ok(false);
            }
            ahead -= size;
        }
        Ok(true)
    }

    /// Reads one event and hands it to the assembler.
    pub fn step(&mut self, assembler: &mut Assembler) -> Result<Step, Unreadable> {
        let head = self.input.fill(Header::BYTES)?;
        let Some(bytes) = head.first_chunk::<{ Header::BYTES }>() else {
            return Ok(if head.is_empty() { Step::End } else { Step::BrokenOff });
        };
        let header = Header::read(bytes);
        let sum = if self.format.sums { SUM_BYTES } else { 0 };
        let least = if header.code == codes::FORMAT_DESCRIPTION { FORMAT_BYTES_MIN } else { Header::BYTES + sum };
        let size = usize::try_from(header.size).map_err(|_| MALFORMED)?;
        if size < least || header.size > EVENT_BYTES_MAX {
            return Err(Unreadable::Wrong("its size is none that a server writes"));
        }
        if header.code == codes::TRANSACTION_PAYLOAD {
            return if self.input.has(size as u64)? { self.payload(header, assembler) } else { Ok(Step::BrokenOff) };
        }
        if size > PASSING_BYTES_MIN {
            let head = self.input.fill(Header::BYTES + 8)?;
            if !assembler.wants(header.code, head.get(Header::BYTES..).unwrap_or_default()) {
                return if self.input.has(size as u64)? { self.pass(header, assembler) } else { Ok(Step::BrokenOff) };
            }
        }
        self.whole(header, size, assembler)
    }

    fn whole(&mut self, header: Header, size: usize, assembler: &mut Assembler) -> Result<Step, Unreadable> {
        self.input.fill(size)?;
        let Some(frame) = self.input.buffered().get(..size) else { return Ok(Step::BrokenOff) };
        let body = &frame[Header::BYTES..];
        if header.code == codes::FORMAT_DESCRIPTION {
            self.format = Format::read(body).map_err(|malformed| Unreadable::Wrong(malformed.0))?;
        }
        let body = match self.format.sums {
            true if self.input.is_right(size) => &body[..body.len() - SUM_BYTES],
            true => summed(header, frame)?,
            false => body,
        };
        if header.code == codes::START_ENCRYPTION {
            return Err(Unreadable::Wrong("the file is encrypted from here on: read it from the server"));
        }
        assembler.feed(Event { header, body })?;
        self.input.consume(size);
        Ok(Step::Event(header))
    }

    /// A large event that nobody needs: only its checksum is looked at, and the assembler hears that it was there.
    fn pass(&mut self, header: Header, assembler: &mut Assembler) -> Result<Step, Unreadable> {
        let sum = if self.format.sums { SUM_BYTES } else { 0 };
        let mut body = Passing::new(&mut self.input, header, sum);
        let mut head = [0; 8];
        if body.read_exact(&mut head).is_err() || !body.finish()? {
            return Ok(Step::BrokenOff);
        }
        assembler.feed(Event { header, body: &head })?;
        Ok(Step::Event(header))
    }

    /// A transaction payload: its events are handed on as they are unpacked.
    fn payload(&mut self, header: Header, assembler: &mut Assembler) -> Result<Step, Unreadable> {
        const WRONG: Unreadable = Unreadable::Wrong("a compressed transaction could not be decompressed completely");
        let head = self.input.fill(Header::BYTES + PAYLOAD_FRAME_BYTES_MAX)?;
        let head = head.get(Header::BYTES..).unwrap_or_default();
        let head = &head[..head.len().min(header.size as usize - Header::BYTES).min(PAYLOAD_FRAME_BYTES_MAX)];
        let Ok(frame) = event::payload(head) else {
            return if self.input.fill(header.size as usize)?.len() < header.size as usize {
                Ok(Step::BrokenOff)
            } else {
                Err(MALFORMED)
            };
        };
        assembler.feed(Event { header, body: &[] })?;
        let sum = if self.format.sums { SUM_BYTES } else { 0 };
        let mut body = Passing::new(&mut self.input, header, sum);
        let mut skipped = [0; PAYLOAD_FRAME_BYTES_MAX];
        body.read_exact(&mut skipped[..frame.frame])?;
        if body.left != frame.size {
            return Err(MALFORMED);
        }
        let unpacked = if frame.compressed {
            let events = zstd::stream::read::Decoder::new(&mut body)?.single_frame();
            feed_inner(events, frame.events_size, &mut self.inner, assembler)
        } else {
            feed_inner(&mut body, frame.events_size, &mut self.inner, assembler)
        };
        // What breaks off cannot be unpacked, nor can what is damaged; the checksum tells what it was.
        match (unpacked, body.finish()) {
            (_, Err(error)) => Err(error),
            (_, Ok(false)) => Ok(Step::BrokenOff),
            (Err(Unreadable::Io(_)), _) => Err(WRONG),
            (Err(error), _) => Err(error),
            (Ok(()), Ok(true)) => {
                assembler.close_payload()?;
                Ok(Step::Event(header))
            }
        }
    }
}

/// Hands on the events within a payload, which must be as many bytes as announced.
fn feed_inner(
    mut events: impl Read,
    size: u64,
    buffer: &mut Vec<u8>,
    assembler: &mut Assembler,
) -> Result<(), Unreadable> {
    let mut left = size;
    while left > 0 {
        let mut head = [0; Header::BYTES];
        events.read_exact(&mut head)?;
        let header = Header::read(&head);
        let body = u64::from(header.size).checked_sub(Header::BYTES as u64).ok_or(MALFORMED)?;
        // What unpacks to very much would otherwise be taken in for its announced size.
        if header.size > EVENT_BYTES_MAX {
            return Err(MALFORMED);
        }
        left = left.checked_sub(u64::from(header.size)).ok_or(MALFORMED)?;
        buffer.clear();
        events.by_ref().take(body.min(8)).read_to_end(buffer)?;
        if assembler.wants(header.code, buffer) || body <= PASSING_BYTES_MIN as u64 {
            events.by_ref().take(body - buffer.len() as u64).read_to_end(buffer)?;
            if buffer.len() as u64 != body {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        } else {
            let rest = body - buffer.len() as u64;
            if io::copy(&mut events.by_ref().take(rest), &mut io::sink())? != rest {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        assembler.feed_inner(Event { header, body: buffer })?;
        if buffer.capacity() > PASSING_BYTES_MIN {
            *buffer = Vec::new();
        }
    }
    // The decoder checks the frame's own end.
    if events.read(&mut [0])? != 0 { Err(MALFORMED) } else { Ok(()) }
}

/// The body of a frame, its checksum cut off and checked.
pub(super) fn summed(header: Header, frame: &[u8]) -> Result<&[u8], Unreadable> {
    let Some((covered, sum)) = frame.split_last_chunk::<SUM_BYTES>() else { return Err(MALFORMED) };
    let Some((_, body)) = covered.split_at_checked(Header::BYTES) else { return Err(MALFORMED) };
    // In one go where all of it counts.
    let summed = if header.flags & event::IN_USE == 0 {
        crc32fast::hash(covered)
    } else {
        event::checksum(&header.to_bytes(), &[body])
    };
    if summed == u32::from_le_bytes(*sum) { Ok(body) } else { Err(WRONG_SUM) }
}

const WRONG_SUM: Unreadable = Unreadable::Wrong("its checksum is wrong");

/// An event's body passing by, its checksum worked out on the way.
struct Passing<'a> {
    input: &'a mut Input,
    /// Bytes before the checksum that have not passed.
    left: u64,
    sum_bytes: usize,
    sum: crc32fast::Hasher,
}

impl<'a> Passing<'a> {
    /// `sum`: the size of the checksum.
    fn new(input: &'a mut Input, header: Header, sum: usize) -> Self {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&header.to_bytes());
        input.consume(Header::BYTES);
        let left = u64::from(header.size).saturating_sub((Header::BYTES + sum) as u64);
        Passing { input, left, sum_bytes: sum, sum: hasher }
    }

    /// Lets the rest pass; false where the file ends before it, an error where the checksum is wrong.
    fn finish(mut self) -> Result<bool, Unreadable> {
        io::copy(&mut self, &mut io::sink())?;
        if self.left > 0 {
            return Ok(false);
        }
        if self.sum_bytes == 0 {
            return Ok(true);
        }
        let Some(sum) = self.input.fill(SUM_BYTES)?.first_chunk::<SUM_BYTES>().copied() else { return Ok(false) };
        self.input.consume(SUM_BYTES);
        if self.sum.finalize() == u32::from_le_bytes(sum) { Ok(true) } else { Err(WRONG_SUM) }
    }
}

impl Read for Passing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.input.read(&mut into[..most])?;
        self.sum.update(&into[..read]);
        self.left -= read as u64;
        Ok(read)
    }
}
