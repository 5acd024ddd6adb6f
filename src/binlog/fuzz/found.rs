//! What was found, each by itself: these bytes once were taken for something, or cost too much.

use super::*;
use crate::binlog::assembler::Assembler;
use crate::binlog::codec::{Codec, Undecodable, types};
use crate::binlog::cursor::{Cursor, Malformed};
use crate::binlog::event::Event;
use crate::binlog::every::Every;
use crate::binlog::frames::{Frames, Step, Unreadable};
use crate::binlog::input::Input;
use crate::binlog::json::{self, Json};
use crate::binlog::position::{GtidSet, parse};
use crate::binlog::progress::Progress;
use crate::binlog::table_map::plan_all;
use crate::binlog::tables::Tables;
use crate::change::Position;

fn at_file() -> Assembler {
    let tables = Tables::every(Every::new("*.*".parse().unwrap(), vec![]));
    Assembler::new("db:3306", tables, Progress::File { name: "bin.000001".into(), offset: 4, mark: None })
}

fn event(code: u8, log_pos: u32, body: &[u8]) -> Event<'_> {
    let size = u32::try_from(Header::BYTES + body.len()).unwrap();
    Event { header: Header { seconds: 1, code, server_id: 7, size, log_pos, flags: 0 }, body }
}

/// A GTID event of server 1…1 with this number.
fn gtid(number: u64) -> Vec<u8> {
    [&[0][..], &[1; 16], &number.to_le_bytes(), &[0; 17]].concat()
}

/// Numbers end below 2^63, and sets that hold others cannot be read again; the largest of all overflowed.
#[test]
fn a_gtid_number_that_no_server_gives_is_refused() {
    for number in [0, i64::MAX as u64, u64::MAX] {
        assert_eq!(event::gtid(codes::GTID, &gtid(number)), Err(Malformed("a GTID event")), "{number}");
    }
    assert!(event::gtid(codes::GTID, &gtid(i64::MAX as u64 - 1)).is_ok());
    // An anonymous one has none.
    assert!(event::gtid(codes::ANONYMOUS_GTID, &gtid(0)).is_ok());
    let mut set = GtidSet::parse("01010101-0101-0101-0101-010101010101:9223372036854775806").unwrap();
    let origin = set.runs().next().unwrap().0.clone();
    assert!(!set.add(&origin, i64::MAX as u64 - 1));
}

#[test]
fn a_rotate_to_where_no_file_reaches_is_refused() {
    let body = [&u64::MAX.to_le_bytes()[..], b"bin.000002"].concat();
    assert_eq!(event::rotate(&body), Err(Malformed("a Rotate event")));
}

/// A position with such a name could not be read again.
#[test]
fn a_rotate_to_a_name_that_no_position_can_hold_is_refused() {
    for name in ["", "bin 2", "../bin.000002", "a:4"] {
        let body = [&4_u64.to_le_bytes()[..], name.as_bytes()].concat();
        let error = at_file().feed(event(codes::ROTATE, 100, &body)).unwrap_err().to_string();
        assert!(error.contains("the bytes of a Rotate event"), "{name}: {error}");
    }
}

#[test]
fn a_file_name_may_have_a_number_sign() {
    for text in ["file:a#b.000001:4", "file:a#b.000001:4#1-4-0000000f", "file:#.1:4#1-4-0000000f"] {
        let at = Position(text.to_owned());
        assert_eq!(parse(&at).map(|parsed| parsed.to_position()), Ok(at));
    }
}

/// A file that begins with a format description, and then has this.
fn read(code: u8, body: &[u8]) -> Result<Step, Unreadable> {
    let format = SEEDS.iter().find(|seed| !seed.sums).unwrap().frames[0].clone();
    let (head, event) = (Header { log_pos: 100, ..format.header }, event(code, 200, body));
    let file = [&head.to_bytes()[..], &format.body, &event.header.to_bytes(), body].concat();
    let (mut frames, mut assembler) = (Frames::new(Input::of(file)), at_file());
    assert!(matches!(frames.step(&mut assembler), Ok(Step::Event(_))));
    assembler.feed(self::event(codes::MARIADB_GTID, 150, &[1; 19])).unwrap();
    frames.step(&mut assembler)
}

/// Its frame was read into a room of a fixed size.
#[test]
fn a_payload_whose_frame_is_longer_than_any_is_refused() {
    let body = [&[9, 0xfc, 0x2c, 1][..], &[0; 300], &[2, 3, 0xfc, 255, 0, 1, 1, 0, 0]].concat();
    assert!(matches!(read(codes::TRANSACTION_PAYLOAD, &body), Err(Unreadable::Wrong(_))));
}

/// Zeros are packed so well that a few kilobytes could have stood for an event of 4 GiB.
#[test]
fn an_event_within_a_payload_is_no_larger_than_one_outside() {
    let header = Header { seconds: 1, code: codes::TABLE_MAP, server_id: 7, size: 3 << 30, log_pos: 0, flags: 0 };
    let zeros = std::io::Read::take(std::io::repeat(0), 8 << 20);
    let head = header.to_bytes();
    let inner = std::io::Read::chain(&head[..], zeros);
    let packed = zstd::encode_all(inner, 1).unwrap();
    let mut body = vec![2, 1, 0, 1, 9, 0xfe];
    body.extend((packed.len() as u64).to_le_bytes());
    body.extend([3, 9, 0xfe]);
    body.extend((3_u64 << 30).to_le_bytes());
    body.push(0);
    body.extend(packed);
    // What unpacks has a buffer of its own.
    let step = bounded(body.len() + (256 << 10), 1, || read(codes::TRANSACTION_PAYLOAD, &body));
    assert!(matches!(step, Err(Unreadable::Wrong(_))), "{step:?}");
}

/// Neither can be stored, and JSON has no word for them.
#[test]
fn a_number_that_is_none_is_refused() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let stored = [&[11][..], &number.to_le_bytes()].concat();
        assert_eq!(json::read(&stored), Err(Undecodable::Malformed));
        assert_eq!(Codec::Float.decode(&number.to_le_bytes()), Err(Undecodable::Malformed));
    }
    assert_eq!(Codec::Float.decode(&f32::NAN.to_le_bytes()), Err(Undecodable::Malformed));
}

/// `[[[…]]]`, so many deep.
fn nested(depth: usize) -> Vec<u8> {
    let mut value = vec![0, 0, 4, 0];
    for _ in 1..depth {
        let size = u16::try_from(value.len() + 7).unwrap().to_le_bytes();
        value = [&[1, 0, size[0], size[1], 2, 7, 0][..], &value].concat();
    }
    [vec![2], value].concat()
}

/// A stack has an end, and each update could put its value below the last one's.
#[test]
fn updates_nest_a_document_no_deeper_than_the_server_does() {
    assert!(json::read(&nested(100)).is_ok());
    let mut diffs = Vec::new();
    for depth in [60_usize, 39] {
        let path = format!("${}", "[0]".repeat(60 * usize::from(depth != 60)));
        let (operation, value) = (u8::from(depth != 60), nested(depth));
        diffs.push(
            [
                vec![operation, path.len() as u8],
                path.into_bytes(),
                vec![0xfc],
                (value.len() as u16).to_le_bytes().to_vec(),
                value,
            ]
            .concat(),
        );
    }
    let short = json::patch(&[4, 0], &diffs.concat());
    let mut longer = diffs.concat();
    let path = format!("${}", "[0]".repeat(80));
    longer.extend(
        [
            vec![1, path.len() as u8],
            path.into_bytes(),
            vec![0xfc],
            (nested(30).len() as u16).to_le_bytes().to_vec(),
            nested(30),
        ]
        .concat(),
    );
    assert!(short.is_ok(), "{short:?}");
    assert_eq!(json::patch(&[4, 0], &longer), Err(Undecodable::Malformed));
}

/// Objects whose values are all the same object, again and again, with keys that have no bytes.
#[test]
fn keys_are_read_once_however_often_they_are_pointed_at() {
    let count = 5_000_usize;
    let size = 8 + count * 11;
    let number = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let mut bytes = [&[1][..], &number(count), &number(size)].concat();
    (0..count).for_each(|_| bytes.extend([0; 6]));
    (0..count).for_each(|_| bytes.extend([1, 0, 0, 0, 0]));
    assert_eq!(bounded(bytes.len(), 32, || json::read(&bytes)), Err(Undecodable::Malformed));
    assert_eq!(json::read(&[0, 0, 0, 4, 0]), Ok(Json::Object(vec![])));
}

/// Columns without metadata cost a byte each in a table map, and each looked at all before it.
#[test]
fn a_table_has_no_more_columns_than_a_server_gives_it() {
    let map = |count: u32| {
        let head = [&[0xfe][..], &u64::from(count).to_le_bytes()].concat();
        let columns = vec![types::LONG; count as usize];
        [head, columns, vec![0], vec![0; count.div_ceil(8) as usize]].concat()
    };
    let planned =
        |count| plan_all(Cursor::new(&map(count), "a table map"), (0, "t"), None, false).map(|(plan, _)| plan.width);
    assert_eq!(planned(4_096), Ok(4_096));
    assert_eq!(bounded(200_000, 256, || planned(200_000)), Err(Malformed("a table map")));
}

/// Where whole tables are read every table has a plan, and temporary ones come and go under new numbers.
#[test]
fn table_numbers_are_forgotten_where_there_are_very_many() {
    let mut tables = Tables::every(Every::new("*.*".parse().unwrap(), vec![]));
    let map = |id: u32| {
        let head = [&id.to_le_bytes()[..], &[0, 0, 1, 0, 4], b"shop\0\x01t\0"].concat();
        [&head[..], &[1, types::LONG, 0, 0]].concat()
    };
    let info = allocation_counter::measure(|| {
        for id in 1..=30_000 {
            tables.learn(&map(id)).unwrap();
            tables.trim();
        }
    });
    assert!(info.bytes_max < 12 << 20, "{}", info.bytes_max);
    tables.learn(&map(7)).unwrap();
    assert_eq!(tables.wants(&map(7)), Ok(true));
}

/// A table of 4,000 columns, and rows that hold one of them: a byte stood for 96 kilobytes of what is not there.
#[test]
fn what_images_leave_out_has_a_bound() {
    let count = 4_000_u16;
    let mut map = [&[9, 0, 0, 0, 0, 0, 1, 0, 4][..], b"shop\0\x01t\0", &[0xfc], &count.to_le_bytes()].concat();
    map.extend(vec![types::TINY; count.into()]);
    map.extend(vec![0; 1 + usize::from(count).div_ceil(8)]);
    let rows = |rows: usize| {
        let mut body = [&[9, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0xfc][..], &count.to_le_bytes()].concat();
        body.push(1);
        body.extend(vec![0; usize::from(count).div_ceil(8) - 1]);
        body.extend(vec![0xff; rows]);
        body
    };
    let read = |n: usize| {
        let (body, mut tables, mut changes) =
            (rows(n), Tables::every(Every::new("*.*".parse().unwrap(), vec![])), Vec::new());
        tables.learn(&map).unwrap();
        let read = tables.rows(codes::WRITE_ROWS, &body, &mut changes);
        (read.map_err(|fault| fault.what), changes.len())
    };
    assert_eq!(read(1_000), (Ok(()), 1_000));
    let (refused, _) = bounded(128 << 20, 1, || read(20_000));
    assert!(refused.unwrap_err().contains("leave out"));
}
