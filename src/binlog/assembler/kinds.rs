//! Every kind of event, made by hand: what it does to the transaction and the position, or how it stops.

use std::io::Write as _;

use super::*;
use crate::binlog::frames::{Frames, Step, Unreadable};
use crate::binlog::input::Input;
use crate::binlog::position::{GtidSet, MariaPosition};
use crate::change::{Footprint, Row, TableShape, TableUse, Value};

/// An event, and where it ends.
struct Made(Header, Vec<u8>);

fn made(code: u8, log_pos: u32, body: impl AsRef<[u8]>) -> Made {
    let size = u32::try_from(Header::BYTES + body.as_ref().len()).unwrap();
    Made(Header { seconds: 1_780_000_000, code, server_id: 7, size, log_pos, flags: 0 }, body.as_ref().to_vec())
}

fn query(log_pos: u32, sql: &str) -> Made {
    made(codes::QUERY, log_pos, query_body(sql.as_bytes()))
}

fn query_body(sql: &[u8]) -> Vec<u8> {
    [&[0; 8][..], &[4, 0, 0, 0, 0], b"shop\0", sql].concat()
}

fn xid(log_pos: u32) -> Made {
    made(codes::XID, log_pos, [0; 8])
}

/// A table map of `shop.t(id tinyint, n tinyint)` that describes itself.
fn table_map(log_pos: u32) -> Made {
    let head = [&[9, 0, 0, 0, 0, 0, 1, 0, 4][..], b"shop\0\x01t\0"].concat();
    made(codes::TABLE_MAP, log_pos, [&head[..], &[2, 1, 1, 0, 0, 1, 1, 0, 4, 5, 2], b"id\x01n"].concat())
}

/// A rows event of that table: what follows the column count, which is all that differs.
fn rows(code: u8, log_pos: u32, rest: &[u8]) -> Made {
    let extra: &[u8] = match code {
        23..=25 | 166..=168 => &[],
        // Extra data is passed over by its length.
        _ => &[5, 0, 9, 9, 9],
    };
    made(code, log_pos, [&[9, 0, 0, 0, 0, 0, 1, 0], extra, &[2], rest].concat())
}

/// MariaDB's compressed part of an event.
fn packed(plain: &[u8]) -> Vec<u8> {
    let mut packer =
        flate2::write::ZlibEncoder::new(vec![0x81, u8::try_from(plain.len()).unwrap()], flate2::Compression::fast());
    packer.write_all(plain).unwrap();
    packer.finish().unwrap()
}

fn tables() -> Tables {
    let uses = TableUse { table: "t".into(), columns: vec!["id".into(), "n".into()], key: vec![0] };
    let shape = TableShape { table: "t".into(), engine: "InnoDB".into(), ..TableShape::default() };
    Tables::new(&Footprint { tables: vec![uses] }, &[shape], Some("shop"), false)
}

fn at(progress: Progress) -> Assembler {
    Assembler::new("db:3306", tables(), progress)
}

fn at_file() -> Assembler {
    at(Progress::File { name: "bin.000001".into(), offset: 4, mark: None })
}

/// A position without its stamp.
fn plain(batch: &Batch) -> &str {
    batch.position.0.split('#').next().unwrap()
}

/// Feeds all and takes what is whole.
fn taken(mut assembler: Assembler, events: &[Made]) -> Result<Batch, String> {
    for Made(header, body) in events {
        assembler.feed(Event { header: *header, body }).map_err(|error| error.to_string())?;
    }
    assembler.take().map_err(|error| error.to_string())
}

fn row(id: i64, n: i64) -> Option<Row> {
    Some(vec![Value::Int(id), Value::Int(n)].into())
}

const ALL: u8 = 0b11;

#[test]
fn rows_of_every_version_are_the_same() {
    let (insert, update, delete) = ([ALL, 0, 1, 2], [ALL, ALL, 0, 1, 2, 0, 1, 3], [ALL, 0, 1, 2]);
    let compressed = |bitmaps: usize, rest: &[u8]| [&rest[..bitmaps], &packed(&rest[bitmaps..])].concat();
    for (code, rest, expected) in [
        (codes::WRITE_ROWS_V1, insert.to_vec(), (None, row(1, 2))),
        (codes::UPDATE_ROWS_V1, update.to_vec(), (row(1, 2), row(1, 3))),
        (codes::DELETE_ROWS_V1, delete.to_vec(), (row(1, 2), None)),
        (codes::WRITE_ROWS, insert.to_vec(), (None, row(1, 2))),
        (codes::UPDATE_ROWS, update.to_vec(), (row(1, 2), row(1, 3))),
        (codes::DELETE_ROWS, delete.to_vec(), (row(1, 2), None)),
        // Without JSON columns nothing in it can be partial.
        (codes::PARTIAL_UPDATE_ROWS, [&update[..5], &[0][..], &update[5..]].concat(), (row(1, 2), row(1, 3))),
        (codes::WRITE_ROWS_COMPRESSED_V1, compressed(1, &insert), (None, row(1, 2))),
        (codes::UPDATE_ROWS_COMPRESSED_V1, compressed(2, &update), (row(1, 2), row(1, 3))),
        (168, compressed(1, &delete), (row(1, 2), None)),
        (codes::WRITE_ROWS_COMPRESSED, compressed(1, &insert), (None, row(1, 2))),
        (codes::UPDATE_ROWS_COMPRESSED, compressed(2, &update), (row(1, 2), row(1, 3))),
        (codes::DELETE_ROWS_COMPRESSED, compressed(1, &delete), (row(1, 2), None)),
    ] {
        let batch = taken(at_file(), &[query(100, "BEGIN"), table_map(200), rows(code, 300, &rest), xid(400)]).unwrap();
        let changes: Vec<_> =
            batch.transactions[0].changes.iter().map(|c| (c.before.clone(), c.after.clone())).collect();
        assert_eq!(changes, [expected], "{code}");
    }
}

/// MariaDB's FULL_NODUP: the image after an update holds what has changed, the one before it everything.
#[test]
fn an_image_of_what_has_changed_is_completed_from_the_one_before() {
    let update = |rest: &[u8]| {
        let events = [query(100, "BEGIN"), table_map(200), rows(codes::UPDATE_ROWS_V1, 300, rest), xid(400)];
        taken(at_file(), &events).map(|batch| batch.transactions[0].changes[0].after.clone())
    };
    assert_eq!(update(&[ALL, 0b10, 0, 1, 2, 0, 3]), Ok(row(1, 3)));
    assert_eq!(update(&[ALL, 0b01, 0, 1, 2, 0, 4]), Ok(row(4, 2)));
    // What became NULL has changed, too.
    assert_eq!(update(&[ALL, 0b10, 0, 1, 2, 1]), Ok(Some(vec![Value::Int(1), Value::Null].into())));
    let lacking = update(&[0b01, ALL, 0, 1, 0, 1, 3]).unwrap_err();
    assert!(
        lacking.starts_with("db:3306, bin.000001:300: ") && lacking.contains("lacks the mapped column `n`"),
        "{lacking}"
    );
}

#[test]
fn events_that_change_no_rows_are_passed_over() {
    for code in [
        codes::STOP,
        codes::INTVAR,
        codes::APPEND_BLOCK,
        codes::DELETE_FILE,
        codes::RAND,
        codes::USER_VAR,
        codes::BEGIN_LOAD_QUERY,
        codes::IGNORABLE,
        codes::ROWS_QUERY,
        codes::PREVIOUS_GTIDS,
        codes::TRANSACTION_CONTEXT,
        codes::VIEW_CHANGE,
        codes::ANNOTATE_ROWS,
        codes::BINLOG_CHECKPOINT,
        codes::MARIADB_GTID_LIST,
        codes::START_ENCRYPTION,
    ] {
        // Whatever is in them.
        for body in [&b""[..], b"INSERT INTO t VALUES (1, 2)"] {
            let between = taken(at_file(), &[made(code, 150, body)]).unwrap();
            assert_eq!((between.transactions.len(), plain(&between)), (0, "file:bin.000001:150"), "{code}");
            let insert = rows(codes::WRITE_ROWS, 300, &[ALL, 0, 1, 2]);
            let events =
                [query(100, "BEGIN"), made(code, 150, body), table_map(200), insert, made(code, 350, body), xid(400)];
            let within = taken(at_file(), &events).unwrap();
            let changes = &within.transactions[0].changes;
            assert_eq!((changes.len(), plain(&within)), (1, "file:bin.000001:400"), "{code}");
        }
    }
}

/// They say where the server is, which is not where we are: what lies between may have been filtered.
#[test]
fn heartbeats_move_nothing() {
    for (code, body) in [(codes::HEARTBEAT, &b"bin.000001"[..]), (codes::HEARTBEAT_V2, &[1, 10, b'b', 0][..])] {
        for log_pos in [0, 900] {
            let mut assembler = at_file();
            let Made(header, body) = made(code, log_pos, body);
            assembler.feed(Event { header, body: &body }).unwrap();
            assert_eq!((assembler.moved(), assembler.offset(), assembler.is_open()), (false, 4, false), "{code}");
        }
    }
}

/// A GTID event of server 1…1: flags, uuid, number, logical clock, and the time of its commit.
fn mysql_gtid(code: u8, number: u64) -> Made {
    let time = 1_780_000_000_123_456_u64.to_le_bytes();
    made(code, 50, [&[1][..], &[1; 16], &number.to_le_bytes(), &[2], &[0; 16], &time[..7]].concat())
}

#[test]
fn a_transaction_has_the_name_that_its_gtid_gives_it() {
    let mysql = || at(Progress::MySql(GtidSet::default()));
    let maria = || at(Progress::MariaDb(MariaPosition::default()));
    let maria_gtid =
        |flags: u8| made(codes::MARIADB_GTID, 50, [&[5, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, flags][..], &[0; 6]].concat());
    // A tagged one is a message of numbered fields, as MySQL 9.7 writes it.
    let tagged = crate::binlog::fuzz::tagged_gtid();
    let uuid = "01010101-0101-0101-0101-010101010101";
    let insert = || vec![query(60, "BEGIN"), table_map(200), rows(codes::WRITE_ROWS, 300, &[ALL, 0, 1, 2]), xid(400)];
    let told = |assembler: Assembler, gtid: Made| {
        let batch = taken(assembler, &joined([vec![gtid], insert()])).unwrap();
        let transaction = &batch.transactions[0];
        (transaction.id.to_string(), plain(&batch).to_owned(), transaction.resolution_us)
    };
    let name = |number: u64| format!("{uuid}:{number}");
    assert_eq!(told(mysql(), mysql_gtid(codes::GTID, 9)), (name(9), format!("mysql:{uuid}:9"), 1));
    let at_place = ("bin.000001:400".to_owned(), "file:bin.000001:400".to_owned(), 1);
    assert_eq!(told(at_file(), mysql_gtid(codes::ANONYMOUS_GTID, 0)), at_place);
    assert_eq!(told(maria(), maria_gtid(0)), ("3-7-5".to_owned(), "mariadb:3-7-5".to_owned(), 1_000_000));
    let (id, position, resolution) = told(mysql(), made(codes::GTID_TAGGED, 50, tagged));
    assert!(id.contains(":shop:") && position == format!("mysql:{id}") && resolution == 1, "{id} {position}");
    // A position of GTIDs cannot hold what has none.
    let nameless = taken(mysql(), &joined([vec![mysql_gtid(codes::ANONYMOUS_GTID, 0)], insert()]));
    assert!(nameless.unwrap_err().contains("no GTID"));
    // A statement by itself ends its transaction, and a BEGIN of MariaDB's own does not.
    let alone = taken(maria(), &[maria_gtid(1), query(100, "CREATE TABLE x (id INT)")]).unwrap();
    assert_eq!(plain(&alone), "mariadb:3-7-5");
    let open = taken(maria(), &[maria_gtid(0), query(100, "CREATE TABLE x (id INT)")]).unwrap();
    assert_eq!(plain(&open), "mariadb:");
}

fn joined(parts: [Vec<Made>; 2]) -> Vec<Made> {
    parts.into_iter().flatten().collect()
}

#[test]
fn a_compressed_query_is_the_query() {
    let compressed =
        |log_pos: u32, sql: &str| made(codes::QUERY_COMPRESSED, log_pos, query_body(&packed(sql.as_bytes())));
    let insert = rows(codes::WRITE_ROWS, 300, &[ALL, 0, 1, 2]);
    let events = [compressed(100, "BEGIN"), table_map(200), insert, compressed(400, "COMMIT")];
    assert_eq!(taken(at_file(), &events).unwrap().transactions[0].changes.len(), 1);
    let stopped = taken(at_file(), &[compressed(100, "TRUNCATE TABLE t")]).unwrap_err();
    assert!(stopped.contains("changed `t` without row events"), "{stopped}");
    let damaged = made(codes::QUERY_COMPRESSED, 100, query_body(b"\x81\x05BEGIN"));
    assert!(taken(at_file(), &[damaged]).unwrap_err().contains("a compressed Query event"));
}

#[test]
fn statements_that_change_mapped_rows_stop_and_others_do_not() {
    let load = |sql: &str| {
        let body = query_body(sql.as_bytes());
        // What a LOAD DATA has between the fixed part and its variables.
        made(codes::EXECUTE_LOAD_QUERY, 100, [&body[..13], &[0; 13], &body[13..]].concat())
    };
    let dml =
        ["INSERT INTO t VALUES (1, 2)", "UPDATE t SET n = 1", "DELETE FROM shop.t", "REPLACE INTO `t` VALUES (1, 2)"];
    let stopping = dml.map(|sql| query(100, sql)).into_iter().chain([load("LOAD DATA INFILE 'x' INTO TABLE t")]);
    for event in stopping {
        let sql = String::from_utf8_lossy(&event.1).into_owned();
        for framed in [vec![], vec![query(50, "BEGIN")]] {
            let stopped = taken(at_file(), &joined([framed, vec![made(event.0.code, 100, &event.1)]])).unwrap_err();
            let place = stopped.starts_with("db:3306, bin.000001:100: ");
            assert!(place && stopped.contains("changed `t` without row events"), "{sql}: {stopped}");
        }
    }
    for harmless in [query(100, "INSERT INTO other VALUES (1)"), load("LOAD DATA INFILE 'x' INTO TABLE other")] {
        assert_eq!(plain(&taken(at_file(), &[harmless]).unwrap()), "file:bin.000001:100");
    }
}

#[test]
fn what_nobody_can_read_on_from_stops() {
    for (event, part) in [
        (made(codes::INCIDENT, 500, [1, 0, 0]), "the server reports that it lost events (an incident)"),
        (made(0, 500, []), "an event of type 0 is not known"),
        (made(1, 500, []), "an event of type 1 is not known"),
        (made(20, 500, []), "an event of type 20 is not known"),
        (made(43, 500, []), "an event of type 43 is not known"),
        (made(172, 500, []), "an event of type 172 is not known"),
        (made(255, 500, []), "an event of type 255 is not known"),
    ] {
        let stopped = taken(at_file(), &[event]).unwrap_err();
        assert!(stopped.starts_with(&format!("db:3306, bin.000001:500: {part}")), "{stopped}");
    }
}

/// A format description with this algorithm, and its checksum where it is right.
fn format(algorithm: u8, right: bool) -> Vec<u8> {
    let mut body = vec![4, 0];
    body.extend([0; 50 + 4]);
    body.push(19);
    body.extend([0; 40]);
    let size = u32::try_from(Header::BYTES + body.len() + 5).unwrap();
    let header =
        Header { seconds: 1, code: codes::FORMAT_DESCRIPTION, server_id: 7, size, log_pos: 4 + size, flags: 0 };
    body.push(algorithm);
    let sum = event::checksum(&header.to_bytes(), &[&body]);
    [&header.to_bytes()[..], &body, &if right { sum } else { !sum }.to_le_bytes()].concat()
}

/// What a file that begins so, and goes on with this, comes to.
fn steps(format: Vec<u8>, code: u8, sum: impl Fn(&[u8]) -> Vec<u8>) -> Result<(Step, Step), Unreadable> {
    let end = u32::try_from(4 + format.len()).unwrap();
    let Made(header, body) = made(code, end + 27, [7; 8]);
    let plain = [&header.to_bytes()[..], &body].concat();
    let mut frames = Frames::new(Input::of([format, plain.clone(), sum(&plain)].concat()));
    let mut assembler = at_file();
    let first = frames.step(&mut assembler)?;
    Ok((first, frames.step(&mut assembler)?))
}

#[test]
fn a_format_says_whether_events_have_checksums() {
    let without = steps(format(0, false), codes::STOP, |_| vec![]);
    assert!(matches!(without, Ok((Step::Event(_), Step::Event(_)))), "{without:?}");
    // With one the event is four bytes longer than it says here, so that the wrong bytes are taken for it.
    let with = steps(format(1, true), codes::STOP, |_| vec![]);
    assert!(matches!(with, Err(Unreadable::Wrong("its checksum is wrong"))), "{with:?}");
    let wrong = steps(format(1, false), codes::STOP, |_| vec![]);
    assert!(matches!(wrong, Err(Unreadable::Wrong("its checksum is wrong"))), "{wrong:?}");
    let unknown = steps(format(2, true), codes::STOP, |_| vec![]);
    assert!(matches!(unknown, Err(Unreadable::Wrong(what)) if what.contains("checksum that is not known")));
    for (at, byte) in [(0, 3), (56, 13)] {
        let mut older = format(0, true);
        older[Header::BYTES + at] = byte;
        let older = steps(older, codes::STOP, |_| vec![]);
        assert!(matches!(older, Err(Unreadable::Wrong(what)) if what.contains("older than MySQL 5.6")), "{older:?}");
    }
}

/// A file holds encrypted events after this one; a server decrypts them for a stream.
#[test]
fn an_encrypted_file_is_to_be_read_from_its_server() {
    let encrypted = steps(format(0, false), codes::START_ENCRYPTION, |_| vec![]);
    assert!(
        matches!(encrypted, Err(Unreadable::Wrong(what)) if what.contains("read it from the server")),
        "{encrypted:?}"
    );
}

/// The protocol cannot ask for a place past 4 GiB: the file is read from its beginning, and counted along.
#[test]
fn a_start_past_4_gib_is_found_by_counting() {
    let begins = (1_u64 << 32) + 1_000;
    let mut far = at(Progress::File { name: "bin.000001".into(), offset: begins, mark: None });
    far.read_from_beginning();
    let insert = |id: u8| rows(codes::WRITE_ROWS, 0, &[ALL, 0, id, 2]).1;
    let transaction = |id: u8, end: u32| {
        let event = |code, log_pos, body: Vec<u8>| made(code, log_pos, body);
        vec![query(end - 300, "BEGIN"), table_map(end - 200), event(codes::WRITE_ROWS, end - 100, insert(id)), xid(end)]
    };
    let ends = [0x7000_0000, 0xe000_0000, 1_000, 0x1000_0000];
    let events: Vec<Made> = ends.into_iter().zip(1..).flat_map(|(end, id)| transaction(id, end)).collect();
    let batch = taken(far, &events).unwrap();
    let ids: Vec<&Value> = batch.transactions.iter().map(|t| &t.changes[0].after.as_ref().unwrap()[0]).collect();
    assert_eq!(ids, [&Value::Int(4)]);
    assert_eq!(plain(&batch), format!("file:bin.000001:{}", (1_u64 << 32) + 0x1000_0000));
}
