//! Whole files, through frames and assembler.

use std::collections::BTreeSet;

use super::*;
use crate::binlog::assembler::Assembler;
use crate::binlog::compressed;
use crate::binlog::every::Every;
use crate::binlog::frames::{Frames, Step};
use crate::binlog::group::{CHUNK, Chunk};
use crate::binlog::input::Input;
use crate::binlog::position;
use crate::binlog::progress::Progress;
use crate::binlog::tables::Tables;
use crate::change::{Footprint, RowChange, TableUse, Transaction};

/// What a byte may stand for at most, in bytes of memory. A row of NULLs takes a bit a column, and an image that leaves columns
/// out less; zeros at the end of a BINARY and the labels of a SET are longer than what stands for them.
const FILE_MULTIPLE: u64 = 2_048;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Every table, every column.
    Whole,
    /// A footprint of some.
    Mapped,
}

fn footprint(shapes: &[TableShape]) -> Footprint {
    let uses = |shape: &TableShape| {
        let mut columns: Vec<String> = shape.columns.iter().map(|column| column.name.clone()).collect();
        columns.sort();
        TableUse { table: shape.table.clone(), key: vec![0], columns }
    };
    // `loose` has images that are not whole.
    Footprint { tables: shapes.iter().filter(|shape| shape.table != "loose").map(uses).collect() }
}

fn tables(seed: &Seed, reading: Reading) -> Tables {
    let shapes = &seed.shapes;
    match reading {
        Reading::Whole => {
            let shapes = shapes.iter().map(|shape| ("shop".to_owned(), shape.clone())).collect();
            Tables::every(Every::new("*.*".parse().expect("these are all tables"), shapes))
        }
        Reading::Mapped => Tables::new(&footprint(shapes), shapes, None, false),
    }
}

/// What was read before the end, or the first error.
#[derive(Debug, PartialEq)]
struct Outcome {
    transactions: Vec<Transaction>,
    position: String,
    /// Why it ended, where that was not between two events.
    stopped: Option<String>,
}

fn read(bytes: Vec<u8>, tables: Tables, chunk: Chunk) -> Outcome {
    let size = bytes.len();
    read_input(Input::of(bytes), size, tables, chunk)
}

fn read_input(input: Input, size: usize, tables: Tables, chunk: Chunk) -> Outcome {
    let progress = Progress::File { name: "bin.000001".into(), offset: 4, mark: None };
    let mut assembler = Assembler::new("seeds", tables, progress).with_chunk(chunk);
    let mut frames = Frames::new(input);
    let mut outcome = Outcome { transactions: Vec::new(), position: String::new(), stopped: None };
    // A step takes at least a header.
    for _ in 0..=size / Header::BYTES {
        let step = frames.step(&mut assembler);
        while assembler.is_ready() || assembler.moved() {
            match assembler.take() {
                Ok(batch) => {
                    assert!(batch.position.0.starts_with("file:"), "{}", batch.position);
                    outcome.position = batch.position.0;
                    outcome.transactions.extend(batch.transactions);
                }
                Err(error) => {
                    outcome.stopped = Some(error.to_string());
                    return outcome;
                }
            }
        }
        outcome.stopped = match step {
            Ok(Step::Event(_)) => continue,
            Ok(Step::End) if assembler.is_open() => Some("within a transaction".to_owned()),
            Ok(Step::End) => None,
            Ok(Step::BrokenOff) => Some("within an event".to_owned()),
            Err(why) => Some(format!("{why:?}")),
        };
        return outcome;
    }
    panic!("more events than there is room for");
}

/// Writes events as a file, their sizes and ends made right again; with `sums` the checksums, too.
fn write(frames: &[Frame], sums: bool) -> Vec<u8> {
    let mut file = Vec::new();
    for Frame { header, body } in frames {
        let sum = if sums { 4 } else { 0 };
        let size = u32::try_from(Header::BYTES + body.len() + sum).expect("seeds are small");
        let log_pos = u32::try_from(4 + file.len()).expect("seeds are small") + size;
        let header = Header { size, log_pos, ..*header }.to_bytes();
        file.extend(header);
        file.extend(body);
        if sums {
            file.extend(event::checksum(&header, &[body]).to_le_bytes());
        }
    }
    file
}

/// Damages events, or their order, and leaves the frames whole around them.
fn behind_the_frames(script: &mut Script<'_>, frames: &mut Vec<Frame>) {
    for _ in 0..script.times() {
        let at = script.below(frames.len().max(1));
        if frames.is_empty() {
            return;
        }
        match script.byte() % 12 {
            0..=5 => script.damage(&mut frames[at].body),
            6 => frames[at].header.flags = u16::from(script.byte()),
            7 => {
                frames[at].header.code =
                    script.one_of(&[2, 4, 15, 16, 19, 29, 30, 31, 32, 33, 38, 39, 40, 42, 99, 162, 166, 169])
            }
            8 => drop(frames.remove(at)),
            9 => {
                let other = script.below(frames.len());
                frames.swap(at, other);
            }
            10 => {
                let other = &SEEDS[script.below(SEEDS.len())].frames;
                frames.insert(at, other[script.below(other.len())].clone());
            }
            _ => inside_what_is_packed(script, frames),
        }
    }
}

/// Unpacks what one of the compressed events holds, damages it, and packs it again.
fn inside_what_is_packed(script: &mut Script<'_>, frames: &mut [Frame]) {
    let mut packed: Vec<&mut Frame> =
        frames.iter_mut().filter(|frame| matches!(frame.header.code, codes::TRANSACTION_PAYLOAD | 165..=171)).collect();
    let at = script.below(packed.len().max(1));
    let Some(frame) = packed.get_mut(at) else { return };
    if frame.header.code == codes::TRANSACTION_PAYLOAD {
        inside_a_payload(script, &mut frame.body);
    } else {
        inside_a_part(script, &mut frame.body);
    }
}

fn inside_a_payload(script: &mut Script<'_>, body: &mut Vec<u8>) {
    let Ok(head) = event::payload(body) else { return };
    let Ok(mut inner) = zstd::decode_all(&body[head.frame..]) else { return };
    script.damage(&mut inner);
    let packed = zstd::encode_all(inner.as_slice(), 1).expect("memory takes it");
    let number = |field: u8, n: usize| [&[field, 9, 0xfe][..], &(n as u64).to_le_bytes()].concat();
    // A field that is yet to come, seldom a long one.
    let new = vec![7; if script.one_in(4) { script.below(600) } else { 0 }];
    let new = [&[4, 0xfc][..], &(new.len() as u16).to_le_bytes(), &new].concat();
    *body = [number(1, packed.len()), vec![2, 1, 0], new, number(3, inner.len()), vec![0], packed].concat();
}

/// MariaDB packs the end of an event, and says its length before it.
fn inside_a_part(script: &mut Script<'_>, body: &mut Vec<u8>) {
    let parts = (0..body.len()).filter(|&at| matches!(body[at], 0x81..=0x84));
    let Some((at, mut plain)) = { parts }.find_map(|at| compressed::event_part(&body[at..]).map(|plain| (at, plain)))
    else {
        return;
    };
    script.damage(&mut plain);
    body.truncate(at);
    body.extend(packed_part(&plain));
}

/// The format description and a few transactions: what is damaged is reached sooner.
fn some_transactions(script: &mut Script<'_>, seed: &Seed) -> Vec<Frame> {
    let begins = |frame: &Frame| {
        matches!(frame.header.code, codes::GTID | codes::ANONYMOUS_GTID | codes::GTID_TAGGED | codes::MARIADB_GTID)
    };
    let starts: Vec<usize> = (0..seed.frames.len()).filter(|&at| begins(&seed.frames[at])).collect();
    let first = script.below(starts.len());
    let end = starts.get(first + 1 + script.below(4)).copied().unwrap_or(seed.frames.len());
    [&seed.frames[..1], &seed.frames[starts[first]..end]].concat()
}

fn check(script: &mut Script<'_>, reading: Reading) {
    let seed = &SEEDS[script.below(SEEDS.len())];
    let mut frames = if script.one_in(8) { seed.frames.clone() } else { some_transactions(script, seed) };
    let as_it_is = script.one_in(8);
    let bytes = if as_it_is {
        // Sizes, checksums and all.
        let mut bytes = seed.bytes.to_vec();
        for _ in 0..script.times() {
            script.damage(&mut bytes);
        }
        bytes
    } else {
        behind_the_frames(script, &mut frames);
        let mut bytes = write(&frames, seed.sums);
        if script.byte() == 7 {
            let cut = script.below(bytes.len().max(1));
            bytes.truncate(cut);
        }
        bytes
    };
    let in_parts = script.one_in(4).then(|| read(bytes.clone(), tables(seed, reading), SMALL));
    let ahead = script.one_in(4).then(|| {
        let input = Input::ahead_of(bytes.clone(), 1 + script.below(2_000));
        read_input(input, bytes.len(), tables(seed, reading), CHUNK)
    });
    let (size, tables) = (bytes.len(), tables(seed, reading));
    let outcome = bounded(size, FILE_MULTIPLE, || read(bytes, tables, CHUNK));
    if let Some(ahead) = ahead {
        assert_eq!(ahead, outcome, "read ahead");
    }
    if let Some(in_parts) = in_parts.filter(|in_parts| in_parts.stopped.is_none() && outcome.stopped.is_none()) {
        // A damaged map that names a column otherwise makes another table of it for a reader of whole tables, from some row
        // on; no row may be lost or altered by it.
        let images = |outcome: &Outcome| -> Vec<_> {
            let plain = |c: &&RowChange| (reading == Reading::Mapped).then_some(c.table);
            rows(outcome).iter().map(|c| (plain(c), c.before.clone(), c.after.clone())).collect()
        };
        assert_eq!(images(&in_parts), images(&outcome), "rows that waited on disk");
    }
    let position = crate::change::Position(outcome.position.clone());
    assert!(position.0.is_empty() || position::parse(&position).is_ok(), "{position} cannot be gone on from");
    rows(&outcome).into_iter().for_each(same_width);
}

/// So few rows are held in memory that every transaction of two waits on disk.
const SMALL: Chunk = Chunk { rows: 1, bytes: 1 << 20 };

fn rows(outcome: &Outcome) -> Vec<&RowChange> {
    outcome.transactions.iter().flat_map(|transaction| &transaction.changes).collect()
}

fn same_width(change: &RowChange) {
    if let (Some(before), Some(after)) = (&change.before, &change.after) {
        assert_eq!(before.len(), after.len());
    }
}

#[test]
fn damaged_files_of_whole_tables_end_in_an_error_or_at_their_end() {
    target!(script => check(&mut script, Reading::Whole));
}

#[test]
fn damaged_files_of_mapped_tables_end_in_an_error_or_at_their_end() {
    target!(script => check(&mut script, Reading::Mapped));
}

/// How many rows a seed has, as the server was told.
#[test]
fn the_seeds_themselves_are_read_whole() {
    let mut counts = Vec::new();
    for seed in SEEDS.iter() {
        for reading in [Reading::Whole, Reading::Mapped] {
            let outcome = read(seed.bytes.to_vec(), tables(seed, reading), CHUNK);
            assert_eq!(outcome.stopped, None, "{} {reading:?}", seed.name);
            counts.push((seed.name, rows(&outcome).len()));
            let in_parts = read(seed.bytes.to_vec(), tables(seed, reading), SMALL);
            assert_eq!(rows(&in_parts), rows(&outcome), "{} {reading:?} in parts", seed.name);
            for block_bytes in [1, 64, 1_000, 1 << 18] {
                let input = Input::ahead_of(seed.bytes.to_vec(), block_bytes);
                let ahead = read_input(input, seed.bytes.len(), tables(seed, reading), CHUNK);
                assert_eq!(ahead, outcome, "{} {reading:?} read ahead by {block_bytes} bytes", seed.name);
            }
            let again = read(write(&seed.frames, seed.sums), tables(seed, reading), CHUNK);
            assert_eq!(again.transactions, outcome.transactions, "{} {reading:?} written again", seed.name);
        }
    }
    let expected = [("mysql-full", 25), ("mysql-minimal", 24), ("mariadb-full", 29), ("mariadb-minimal", 29)];
    // `loose`, which is not mapped, has three.
    let expected: Vec<(&str, usize)> = expected.into_iter().flat_map(|(name, n)| [(name, n), (name, n - 3)]).collect();
    assert_eq!(counts, expected);
    let there: BTreeSet<u8> = frames().iter().map(|frame| frame.header.code).collect();
    let wanted =
        BTreeSet::from([2, 4, 15, 16, 19, 23, 24, 25, 29, 30, 31, 32, 33, 34, 38, 39, 40, 42, 162, 165, 166, 167, 168]);
    assert_eq!(wanted.difference(&there).collect::<Vec<_>>(), Vec::<&u8>::new(), "kinds of events that no seed has");
}
