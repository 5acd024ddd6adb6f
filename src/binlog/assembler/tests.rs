//! The assembler on events made by hand: what real servers do not do on request.

use super::*;
use crate::binlog::position::{GtidSet, MariaPosition};
use crate::change::{Footprint, TableShape, TableUse};

/// An event made by hand.
struct Made {
    header: Header,
    body: Vec<u8>,
}

impl Made {
    fn view(&self) -> Event<'_> {
        Event { header: self.header, body: &self.body }
    }
}

/// An event that ends at `end`.
fn event(code: u8, flags: u16, end: u32, body: &[u8]) -> Made {
    let size = u32::try_from(Header::BYTES + body.len()).unwrap();
    Made { header: Header { seconds: 1, code, server_id: 7, size, log_pos: end, flags }, body: body.to_vec() }
}

fn query(end: u32, sql: &str) -> Made {
    let body = [&[0; 8][..], &[4, 0, 0, 0, 0], b"shop\0", sql.as_bytes()].concat();
    event(codes::QUERY, 0, end, &body)
}

fn maria_gtid(end: u32, sequence: u8, flags: u8) -> Made {
    event(codes::MARIADB_GTID, 0, end, &[sequence, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, flags, 0, 0, 0, 0, 0, 0])
}

/// A table map of `shop.t(id tinyint)` with signedness and names.
fn table_map(end: u32) -> Made {
    let body = [&[9, 0, 0, 0, 0, 0, 1, 0, 4][..], b"shop\0\x01t\0", &[1, 1, 0, 0, 1, 1, 0, 4, 3, 2], b"id"].concat();
    event(codes::TABLE_MAP, 0, end, &body)
}

fn insert(end: u32) -> Made {
    event(codes::WRITE_ROWS, 0, end, &[9, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1, 1, 0, 42])
}

fn assembler(progress: Progress) -> Assembler {
    let uses = TableUse { table: "t".into(), columns: vec!["id".into()], key: vec![0] };
    let tables = Tables::new(&Footprint { tables: vec![uses] }, &[], Some("shop"), false);
    Assembler::new("db:3306", tables, progress)
}

fn at_file() -> Assembler {
    assembler(Progress::File { name: "bin.000001".into(), offset: 4, mark: None })
}

/// Feeds all events and returns the first error.
fn stops(mut assembler: Assembler, events: &[Made]) -> String {
    events.iter().find_map(|e| assembler.feed(e.view()).err()).expect("it stops").to_string()
}

#[test]
fn nothing_comes_out_before_the_end_and_the_position_waits_with_it() {
    let mut assembler = assembler(Progress::MariaDb(MariaPosition::default()));
    for event in [maria_gtid(100, 1, 0), table_map(150), insert(200)] {
        assembler.feed(event.view()).unwrap();
        assert_eq!((assembler.is_ready(), assembler.moved()), (false, false));
    }
    assembler.feed(event(codes::XID, 0, 250, &[0; 8]).view()).unwrap();
    let batch = assembler.take().unwrap();
    assert_eq!(batch.position.0, "mariadb:5-7-1");
    assert_eq!((&*batch.transactions[0].id, batch.transactions[0].resolution_us), ("5-7-1", 1_000_000));
    assert_eq!(batch.transactions[0].changes.len(), 1);
}

#[test]
fn an_event_that_is_not_known_stops_unless_it_may_be_ignored() {
    let error = stops(at_file(), &[event(99, 0, 500, &[])]);
    assert!(error.starts_with("db:3306, bin.000001:500: an event of type 99 is not known"), "{error}");
    at_file().feed(event(99, MAY_BE_IGNORED, 500, &[]).view()).unwrap();
}

/// A payload event, its GTID before it.
fn open_payload(assembler: &mut Assembler) {
    assembler.feed(maria_gtid(400, 1, 0).view()).unwrap();
    assembler.feed(event(codes::TRANSACTION_PAYLOAD, 0, 500, &[]).view()).unwrap();
}

#[test]
fn what_a_payload_holds_counts_when_it_is_closed() {
    let mut assembler = at_file();
    open_payload(&mut assembler);
    for event in [table_map(0), insert(0), event(codes::XID, 0, 0, &[0; 8])] {
        assembler.feed_inner(event.view()).unwrap();
        assert_eq!((assembler.is_ready(), assembler.moved()), (false, false));
    }
    assembler.close_payload().unwrap();
    let batch = assembler.take().unwrap();
    assert_eq!((batch.position.0.as_str(), batch.transactions.len()), ("file:bin.000001:500", 1));
}

#[test]
fn a_payload_without_an_end_or_with_more_stops() {
    let mut unfinished = at_file();
    open_payload(&mut unfinished);
    unfinished.feed_inner(table_map(0).view()).unwrap();
    assert!(unfinished.close_payload().unwrap_err().to_string().contains("a compressed transaction"));
    let mut longer = at_file();
    open_payload(&mut longer);
    longer.feed_inner(event(codes::XID, 0, 0, &[0; 8]).view()).unwrap();
    assert!(longer.feed_inner(insert(0).view()).is_err());
    let mut overtaken = at_file();
    open_payload(&mut overtaken);
    assert!(overtaken.feed(query(600, "BEGIN").view()).is_err());
}

#[test]
fn a_start_within_a_transaction_stops() {
    assert!(stops(at_file(), &[insert(500)]).contains("lies within a statement"));
    assert!(stops(at_file(), &[table_map(400), insert(500)]).contains("lies within a transaction"));
}

/// A format description of a file that was begun at this time.
fn format(created: u8) -> Made {
    let mut body = [0; 100];
    body[52] = created;
    event(codes::FORMAT_DESCRIPTION, 0, 120, &body)
}

#[test]
fn a_transaction_that_breaks_off_stops() {
    assert!(stops(at_file(), &[query(400, "BEGIN"), format(0)]).contains("breaks off"));
    assert!(stops(at_file(), &[maria_gtid(400, 1, 0), maria_gtid(500, 2, 0)]).contains("breaks off"));
}

#[test]
fn a_server_that_starts_again_takes_back_what_it_had_not_finished() {
    let with = |engine: &str| {
        let shape = TableShape { table: "t".into(), engine: engine.into(), ..TableShape::default() };
        let uses = TableUse { table: "t".into(), columns: vec!["id".into()], key: vec![0] };
        let tables = Tables::new(&Footprint { tables: vec![uses] }, &[shape], Some("shop"), false);
        Assembler::new("db:3306", tables, Progress::File { name: "bin.000001".into(), offset: 4, mark: None })
    };
    let torn = [query(100, "BEGIN"), table_map(200), insert(300), format(7)];
    let mut crashed = with("InnoDB");
    torn.iter().for_each(|e| crashed.feed(e.view()).unwrap());
    assert_eq!(crashed.take().unwrap().transactions, []);
    assert!(stops(with("MyISAM"), &torn).contains("has kept a part of it"));
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
fn a_start_behind_a_transactions_first_rows_stops() {
    let ends = [query(200, "COMMIT"), query(200, "ROLLBACK"), event(codes::XID, 0, 200, &[0; 8]), xa_prepare(200, 0)];
    let middles = ["SAVEPOINT s", "ROLLBACK TO s", "XA END X'31',X'',1"].map(|sql| query(200, sql));
    for first in ends.into_iter().chain(middles) {
        assert!(stops(at_file(), &[first]).contains("the position lies within a transaction"));
    }
}

#[test]
fn an_incident_stops() {
    assert!(stops(at_file(), &[event(codes::INCIDENT, 0, 500, &[1, 0, 0])]).contains("incident"));
}

/// `XA PREPARE` of `X'31',X'',1`.
fn xa_prepare(end: u32, one_phase: u8) -> Made {
    event(codes::XA_PREPARE, 0, end, &[one_phase, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, b'1'])
}

#[test]
fn prepared_rows_come_with_their_name_and_its_end_names_them_again() {
    let mut assembler = at_file();
    let start = [query(100, "XA START X'31',X'',1"), table_map(200), insert(300)];
    let prepared = [query(350, "XA END X'31',X'',1"), xa_prepare(400, 0), query(500, "XA COMMIT X'31',X'',1")];
    start.iter().chain(&prepared).for_each(|e| assembler.feed(e.view()).unwrap());
    let name = || "x'31',x'',1".into();
    // Its end comes alone, because the receiver has to look up what waits under the name.
    let expected = [(1, Phase::Prepared { xid: name(), part: 0 }, false), (0, Phase::XaCommit(name()), true)];
    assert_eq!(taken(&mut assembler), expected);
    assembler.feed(query(600, "XA ROLLBACK X'AB',X'',1").view()).unwrap();
    assert_eq!(taken(&mut assembler)[0].1, Phase::XaRollback("x'ab',x'',1".into()));
    assert_eq!(assembler.progress.to_position().0, "file:bin.000001:600");
}

#[test]
fn an_xa_transaction_of_one_phase_is_committed_at_once() {
    let mut assembler = at_file();
    for event in [query(100, "XA START X'31',X'',1"), table_map(200), insert(300), xa_prepare(400, 1)] {
        assembler.feed(event.view()).unwrap();
    }
    let batch = assembler.take().unwrap();
    assert_eq!((&batch.transactions[0].phase, batch.transactions[0].changes.len()), (&Phase::Whole, 1));
}

/// Takes batch after batch: each one's rows, phase, and whether the position has moved by it.
fn taken(assembler: &mut Assembler) -> Vec<(usize, Phase, bool)> {
    let mut all = Vec::new();
    while assembler.is_ready() {
        let before = assembler.progress.to_position();
        let batch = assembler.take().unwrap();
        let moved = batch.position != before;
        all.extend(batch.transactions.into_iter().map(|t| (t.changes.len(), t.phase, moved)));
    }
    all
}

#[test]
fn a_large_transaction_comes_in_parts_and_the_position_moves_with_the_last() {
    let mut assembler = at_file().with_chunk(Chunk { rows: 2, bytes: 1 << 20 });
    assembler.feed(query(100, "BEGIN").view()).unwrap();
    assembler.feed(table_map(150).view()).unwrap();
    for end in [200, 210, 220, 230, 240] {
        assembler.feed(insert(end).view()).unwrap();
        assert!(!assembler.is_ready());
    }
    assembler.feed(event(codes::XID, 0, 300, &[0; 8]).view()).unwrap();
    assert!(assembler.is_full(&Limits::default()));
    let expected = [(2, Phase::Part, false), (2, Phase::Part, false), (1, Phase::LastPart, true)];
    assert_eq!(taken(&mut assembler), expected);
}

#[test]
fn what_was_rolled_back_does_not_come_out_of_the_spool() {
    let uses = TableUse { table: "t".into(), columns: vec!["id".into()], key: vec![0] };
    let shape = TableShape { table: "t".into(), engine: "InnoDB".into(), ..TableShape::default() };
    let tables = Tables::new(&Footprint { tables: vec![uses] }, &[shape], Some("shop"), false);
    let progress = Progress::File { name: "bin.000001".into(), offset: 4, mark: None };
    let mut assembler = Assembler::new("db", tables, progress).with_chunk(Chunk { rows: 1, bytes: 1 << 20 });
    let events = [
        query(100, "BEGIN"),
        table_map(150),
        insert(200),
        insert(210),
        query(220, "SAVEPOINT s"),
        insert(230),
        query(240, "ROLLBACK TO s"),
        insert(250),
        query(300, "COMMIT"),
    ];
    events.iter().for_each(|e| assembler.feed(e.view()).unwrap());
    let rows: usize = taken(&mut assembler).iter().map(|(rows, ..)| rows).sum();
    assert_eq!(rows, 3);
}

#[test]
fn a_file_position_goes_past_4_gib_and_over_a_rotate() {
    let mut assembler = at_file();
    for end in [0x9000_0000, 0xf000_0000, 0x10] {
        assembler.feed(query(end, "CREATE TABLE x (id INT)").view()).unwrap();
    }
    assert_eq!(assembler.take().unwrap().position.0, format!("file:bin.000001:{}", (1_u64 << 32) + 16));
    let rotate = [&4_u64.to_le_bytes()[..], b"bin.000002"].concat();
    assembler.feed(event(codes::ROTATE, 0, 0x40, &rotate).view()).unwrap();
    assert_eq!(assembler.take().unwrap().position.0, "file:bin.000002:4");
}
