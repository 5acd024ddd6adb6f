//! The decoder under arbitrary and damaged bytes: it neither panics nor loops nor asks for more memory than a small multiple of
//! what it reads, and nothing that it hands out contradicts itself.
//!
//! Each target takes bytes and reads them as a [`Script`]: which seed, and what is done to it. Under a plain `cargo test` the
//! engine draws them at random for [`TARGET_TIME`] a target, and prints the seed of what fails; CONTRIBUTING.md says how to replay it
//! and how to run for longer. What was found has become a plain test in `found`.

mod events;
mod files;
mod found;
mod json;
mod rows;
mod texts;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::event::{self, Header, codes};
use crate::change::TableShape;

/// How long each target runs.
const TARGET_TIME: Duration = Duration::from_millis(2_500);
/// A script's bytes at most: a few dozen changes.
const SCRIPT_BYTES_MAX: usize = 512;
/// An input that takes longer than this loops, however slow the machine: all are of a few kilobytes.
const INPUT_TIME_MAX: Duration = Duration::from_secs(20);
/// What any input may ask for beside its multiple, in bytes: first buffers, and what grows by doubling.
const MEMORY_MIN: u64 = 64 << 10;

/// Runs a target on scripts drawn by the engine.
macro_rules! target {
    ($script:ident => $body:expr) => {
        bolero::check!().with_test_time(super::TARGET_TIME).with_max_len(super::SCRIPT_BYTES_MAX).for_each(
            |bytes: &[u8]| {
                let mut $script = super::Script::new(bytes);
                $body
            },
        )
    };
}
use target;

/// Decisions, read from bytes; after their end every decision is 0.
#[derive(Clone)]
struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    fn new(rest: &'a [u8]) -> Script<'a> {
        Script { rest }
    }

    fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        byte
    }

    /// True once in `n` times.
    fn one_in(&mut self, n: u8) -> bool {
        self.byte().is_multiple_of(n)
    }

    /// A number below `n`, which is not 0 and below 2^24.
    fn below(&mut self, n: usize) -> usize {
        let drawn = (0..3).fold(0, |drawn, _| (drawn << 8) | usize::from(self.byte()));
        drawn % n
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// Up to `n` bytes as they are.
    fn take(&mut self, n: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(n.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    fn rest(&mut self) -> &'a [u8] {
        self.take(usize::MAX)
    }

    /// Numbers that lengths and counts are wrong by.
    fn odd_number(&mut self) -> u64 {
        let edges = [0, 1, 0x7f, 0x80, 0xfa, 0xfb, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];
        edges[self.below(edges.len())]
    }

    /// How often something is done: once at least, seldom often.
    fn times(&mut self) -> usize {
        1 + self.below(4) * self.below(4)
    }

    /// Does one thing to some bytes: flips, writes a number, cuts, takes out, doubles.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            bytes.extend(self.take(4));
            return;
        }
        let at = self.below(bytes.len());
        match self.byte() % 8 {
            0..=2 => bytes[at] = self.byte(),
            3 => bytes[at] ^= 1 << (self.byte() % 8),
            4 => {
                let (width, number) = (self.one_of(&[1, 2, 3, 4, 8]), self.odd_number().to_le_bytes());
                bytes.iter_mut().skip(at).zip(&number[..width]).for_each(|(byte, new)| *byte = *new);
            }
            5 => bytes.truncate(at),
            6 => {
                let end = (at + 1 + self.below(16)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                let end = (at + 1 + self.below(64)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
}

/// Runs it, and sees that it asks for no more than `multiple` times `bytes` at any moment, and comes to an end.
fn bounded<T>(bytes: usize, multiple: u64, run: impl FnOnce() -> T) -> T {
    let (begun, mut answer) = (Instant::now(), None);
    // The counter counts its own depth, which a panic on its way through would leave behind.
    let info = allocation_counter::measure(|| answer = Some(catch_unwind(AssertUnwindSafe(run))));
    let answer = answer.expect("it was run").unwrap_or_else(|panic| resume_unwind(panic));
    let most = bytes as u64 * multiple + MEMORY_MIN;
    assert!(info.bytes_max <= most, "{} bytes were asked for to read {bytes}: more than {most}", info.bytes_max);
    let took = begun.elapsed();
    assert!(took <= INPUT_TIME_MAX, "reading {bytes} bytes took {took:?}");
    answer
}

/// A binlog as a real server wrote it, without the four bytes that it begins with, and what its tables look like.
struct Seed {
    name: &'static str,
    bytes: &'static [u8],
    shapes: Vec<TableShape>,
    /// Its events.
    frames: Vec<Frame>,
    /// Whether they have checksums.
    sums: bool,
}

macro_rules! seed {
    ($name:literal) => {
        Seed::of(
            $name,
            include_bytes!(concat!("seeds/", $name, ".binlog")),
            include_str!(concat!("seeds/", $name, ".json")),
        )
    };
}

static SEEDS: LazyLock<Vec<Seed>> = LazyLock::new(|| {
    vec![seed!("mysql-full"), seed!("mysql-minimal"), seed!("mariadb-full"), seed!("mariadb-minimal")]
});

/// One event, without its checksum.
#[derive(Clone)]
struct Frame {
    header: Header,
    body: Vec<u8>,
}

impl Seed {
    fn of(name: &'static str, file: &'static [u8], shapes: &str) -> Seed {
        let bytes = &file[4..];
        let (mut frames, mut sums, mut rest) = (Vec::new(), false, bytes);
        while let Some(head) = rest.first_chunk::<{ Header::BYTES }>() {
            let header = Header::read(head);
            let (frame, after) = rest.split_at(header.size as usize);
            if header.code == codes::FORMAT_DESCRIPTION {
                sums = event::Format::read(&frame[Header::BYTES..]).expect("a seed has a format").sums;
            }
            let sum = if sums { 4 } else { 0 };
            frames.push(Frame { header, body: frame[Header::BYTES..frame.len() - sum].to_vec() });
            rest = after;
        }
        let shapes = serde_json::from_str(shapes).expect("a seed's shapes are JSON");
        Seed { name, bytes, shapes, frames, sums }
    }
}

/// All events of all seeds.
fn frames() -> Vec<Frame> {
    SEEDS.iter().flat_map(|seed| seed.frames.iter().cloned()).collect()
}

/// MariaDB's compressed part of an event.
fn packed_part(plain: &[u8]) -> Vec<u8> {
    let length = u16::try_from(plain.len()).expect("it is small").to_be_bytes();
    let mut packer = flate2::write::ZlibEncoder::new(vec![0x82, length[0], length[1]], flate2::Compression::fast());
    packer.write_all(plain).expect("memory takes it");
    packer.finish().expect("memory takes it")
}

/// A tagged GTID's body as a server wrote it.
pub(super) fn tagged_gtid() -> Vec<u8> {
    let tagged = frames().into_iter().find(|frame| frame.header.code == codes::GTID_TAGGED);
    tagged.expect("there is one among the seeds").body
}
