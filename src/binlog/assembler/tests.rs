//! The assembler on events made by hand: what real servers do not do on request.

use super::*;
use crate::binlog::position::{GtidSet, MariaPosition};
use crate::change::{Footprint, TableUse};

/// An event without a checksum that ends at `end`.
fn event(code: u8, flags: u16, end: u32, body: &[u8]) -> Event {
    read(&FormatDescriptionEvent::new(Version4), code, flags, end, body)
}

fn read(format: &FormatDescriptionEvent<'_>, code: u8, flags: u16, end: u32, body: &[u8]) -> Event {
    let size = u32::try_from(19 + body.len()).unwrap();
    let header = [&[1, 0, 0, 0, code, 7, 0, 0, 0][..], &size.to_le_bytes(), &end.to_le_bytes(), &flags.to_le_bytes()];
    Event::read(format, [&header.concat(), body].concat().as_slice()).unwrap()
}

fn query(end: u32, sql: &str) -> Event {
    let body = [&[0; 8][..], &[4, 0, 0, 0, 0], b"shop\0", sql.as_bytes()].concat();
    event(codes::QUERY, 0, end, &body)
}

fn maria_gtid(end: u32, sequence: u8, flags: u8) -> Event {
    event(codes::MARIADB_GTID, 0, end, &[sequence, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, flags, 0, 0, 0, 0, 0, 0])
}

/// A table map of `shop.t(id tinyint)` with signedness and names.
fn table_map(end: u32) -> Event {
    let body = [&[9, 0, 0, 0, 0, 0, 1, 0, 4][..], b"shop\0\x01t\0", &[1, 1, 0, 0, 1, 1, 0, 4, 3, 2], b"id"].concat();
    event(codes::TABLE_MAP, 0, end, &body)
}

fn insert(end: u32) -> Event {
    event(codes::WRITE_ROWS, 0, end, &[9, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1, 1, 0, 42])
}

fn assembler(progress: Progress) -> Assembler {
    let uses = TableUse { table: "t".into(), columns: vec!["id".into()], key: vec![0] };
    let tables = Tables::new(&Footprint { tables: vec![uses] }, &[], Some("shop"), false);
    Assembler::new("db:3306", tables, progress)
}

fn at_file() -> Assembler {
    assembler(Progress::File { name: "bin.000001".into(), offset: 4 })
}

/// Feeds all events and returns the first error.
fn stops(mut assembler: Assembler, events: &[Event]) -> String {
    events.iter().find_map(|e| assembler.feed(e).err()).expect("it stops").to_string()
}

#[test]
fn nothing_comes_out_before_the_end_and_the_position_waits_with_it() {
    let mut assembler = assembler(Progress::MariaDb(MariaPosition::default()));
    for event in [maria_gtid(100, 1, 0), table_map(150), insert(200)] {
        assembler.feed(&event).unwrap();
        assert_eq!((assembler.ready(), assembler.moved()), ((0, 0), false));
    }
    assembler.feed(&event(codes::XID, 0, 250, &[0; 8])).unwrap();
    let batch = assembler.take();
    assert_eq!(batch.position.0, "mariadb:5-7-1");
    assert_eq!((&*batch.transactions[0].id, batch.transactions[0].resolution_us), ("5-7-1", 1_000_000));
    assert_eq!(batch.transactions[0].changes.len(), 1);
}

#[test]
fn an_event_that_is_not_known_stops_unless_it_may_be_ignored() {
    let error = stops(at_file(), &[event(99, 0, 500, &[])]);
    assert!(error.starts_with("db:3306, bin.000001:500: an event of type 99 is not known"), "{error}");
    at_file().feed(&event(99, MAY_BE_IGNORED, 500, &[])).unwrap();
}

#[test]
fn a_wrong_checksum_stops() {
    let crc = BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32;
    let format = FormatDescriptionEvent::new(Version4).with_footer(BinlogEventFooter::new(crc));
    let broken = read(&format, codes::STOP, 0, 500, &[1, 2, 3, 4]);
    assert!(stops(at_file(), &[broken]).contains("checksum is wrong"));
}

#[test]
fn a_payload_that_does_not_unpack_stops_at_the_next_event() {
    let payload = event(codes::TRANSACTION_PAYLOAD, 0, 500, &[1, 1, 2, 2, 1, 0, 3, 1, 99, 0, 7, 8]);
    let error = stops(at_file(), &[query(400, "BEGIN"), payload, query(600, "BEGIN")]);
    assert!(error.contains("could not be decompressed"), "{error}");
}

#[test]
fn a_start_within_a_transaction_stops() {
    assert!(stops(at_file(), &[insert(500)]).contains("lies within a statement"));
    assert!(stops(at_file(), &[table_map(400), insert(500)]).contains("lies within a transaction"));
}

#[test]
fn a_transaction_that_breaks_off_stops() {
    let events = [query(400, "BEGIN"), event(codes::FORMAT_DESCRIPTION, 0, 500, &[0; 100])];
    assert!(stops(at_file(), &events).contains("breaks off"));
}

#[test]
fn a_sequence_number_that_goes_back_stops() {
    let at = assembler(Progress::MariaDb(MariaPosition::parse("5-7-3").unwrap()));
    let error = stops(at, &[maria_gtid(100, 3, 1), query(200, "CREATE TABLE x (id INT)")]);
    assert!(error.contains("5-7-3 after 5-7-3") && error.contains("gtid_strict_mode"), "{error}");
}

#[test]
fn a_transaction_without_a_gtid_stops_where_the_position_needs_one() {
    let at = assembler(Progress::MySql(GtidSet::default()));
    assert!(stops(at, &[query(100, "BEGIN"), event(codes::XID, 0, 200, &[0; 8])]).contains("no GTID"));
}

#[test]
fn incidents_compressed_statements_and_foreign_xa_stop() {
    for (event, part) in [
        (event(codes::INCIDENT, 0, 500, &[1, 0, 0]), "incident"),
        (event(codes::QUERY_COMPRESSED, 0, 500, &[]), "log_bin_compress"),
        (query(500, "XA COMMIT X'31',X'',1"), "XA"),
    ] {
        assert!(stops(at_file(), &[event]).contains(part));
    }
    let prepared =
        [query(100, "XA START X'31',X'',1"), table_map(200), insert(300), event(codes::XA_PREPARE, 0, 400, &[0])];
    assert!(stops(at_file(), &prepared).contains("XA transaction with rows of table `t`"));
}

#[test]
fn an_unmapped_xa_transaction_passes() {
    let mut assembler = at_file();
    for (end, sql) in [(100, "XA START X'31',X'',1"), (200, "XA END X'31',X'',1")] {
        assembler.feed(&query(end, sql)).unwrap();
    }
    assembler.feed(&event(codes::XA_PREPARE, 0, 300, &[0])).unwrap();
    assembler.feed(&query(400, "XA COMMIT X'31',X'',1")).unwrap();
    assert_eq!(assembler.take().position.0, "file:bin.000001:400");
}

#[test]
fn a_file_position_goes_past_4_gib_and_over_a_rotate() {
    let mut assembler = at_file();
    for end in [0x9000_0000, 0xf000_0000, 0x10] {
        assembler.feed(&query(end, "CREATE TABLE x (id INT)")).unwrap();
    }
    assert_eq!(assembler.take().position.0, format!("file:bin.000001:{}", (1_u64 << 32) + 16));
    let rotate = [&4_u64.to_le_bytes()[..], b"bin.000002"].concat();
    assembler.feed(&event(codes::ROTATE, 0, 0x40, &rotate)).unwrap();
    assert_eq!(assembler.take().position.0, "file:bin.000002:4");
}
