//! Bodies of the small events, by themselves and one after another through the assembler.

use super::*;
use crate::binlog::assembler::Assembler;
use crate::binlog::event::Event;
use crate::binlog::every::Every;
use crate::binlog::position::{self, GtidSet, MariaPosition};
use crate::binlog::progress::{Name, Progress};
use crate::binlog::tables::Tables;
use crate::change::{Footprint, Position, TableUse};

const BODY_MULTIPLE: u64 = 64;
const EVENTS_MULTIPLE: u64 = 2_048;

/// Everything that reads a body by itself.
fn read_every_way(code: u8, body: &[u8]) {
    if let Ok(gtid) = event::gtid(code, body)
        && let Name::MySql(origin, number) = gtid.name
    {
        let mut set = GtidSet::default();
        assert!(set.add(&origin, number));
        assert_eq!(GtidSet::parse(&set.to_string()), Some(set));
    }
    if let Ok(payload) = event::payload(body) {
        assert!(payload.frame <= body.len());
    }
    if let Ok(query) = event::query(body, 0) {
        assert!(query.sql.len() < body.len());
    }
    let _ = (event::query(body, 13), event::maria_gtid(body), event::rotate(body));
    let _ = (event::xa_prepare(body), event::created(body), event::Format::read(body));
}

#[test]
fn bodies_are_read_or_refused() {
    let all = frames();
    target!(script => {
        let frame = &all[script.below(all.len())];
        let mut body = frame.body.clone();
        let code = if script.one_in(4) { script.one_of(&[33, 34, 42]) } else { frame.header.code };
        for _ in 0..script.times() {
            script.damage(&mut body);
        }
        bounded(body.len(), BODY_MULTIPLE, || read_every_way(code, &body));
    });
}

#[test]
fn arbitrary_bodies_are_read_or_refused() {
    target!(script => {
        let code = script.one_of(&[33, 34, 42]);
        let body = script.rest();
        bounded(body.len(), BODY_MULTIPLE, || read_every_way(code, body));
    });
}

fn assembler(script: &mut Script<'_>) -> Assembler {
    let uses = TableUse { table: "orders".into(), columns: vec!["id".into(), "state".into()], key: vec![0] };
    let tables = match script.byte() % 2 {
        0 => Tables::new(&Footprint { tables: vec![uses] }, &SEEDS[0].shapes, Some("shop"), false),
        _ => Tables::every(Every::new("*.*".parse().expect("these are all tables"), vec![])),
    };
    let progress = match script.byte() % 3 {
        0 => Progress::MySql(GtidSet::default()),
        1 => Progress::MariaDb(MariaPosition::default()),
        _ => Progress::File { name: "bin.000001".into(), offset: 4, mark: None },
    };
    Assembler::new("seeds", tables, progress)
}

/// Feeds events in an order that no server has, inner ones too; each batch has a position that can be gone on from.
fn feed(script: &mut Script<'_>, all: &[Frame], mut assembler: Assembler) {
    let mut end: u32 = 4;
    let mut at = script.below(all.len());
    while !script.is_at_end() {
        // Mostly on, now and then elsewhere.
        at = if script.one_in(8) { script.below(all.len()) } else { (at + 1) % all.len() };
        let mut frame = all[at].clone();
        if script.one_in(8) {
            script.damage(&mut frame.body);
        }
        let step = if script.byte() == 0 { 0x9000_0000 } else { 100 };
        end = end.wrapping_add(step);
        let header = Header { log_pos: end, ..frame.header };
        let fed = match script.byte() % 32 {
            0 => assembler.feed_inner(Event { header: Header { log_pos: 0, ..header }, body: &frame.body }),
            1 => assembler.close_payload(),
            _ => assembler.feed(Event { header, body: &frame.body }),
        };
        while assembler.is_ready() || assembler.moved() {
            let Ok(batch) = assembler.take() else { return };
            let Position(text) = &batch.position;
            assert!(position::parse(&batch.position).is_ok(), "{text} cannot be gone on from");
        }
        if fed.is_err() {
            return;
        }
    }
}

#[test]
fn events_in_any_order_are_taken_or_refused() {
    let all = frames();
    let bytes: usize = all.iter().map(|frame| frame.body.len()).max().unwrap_or(0);
    target!(script => {
        let assembler = assembler(&mut script);
        let events = script.rest.len() / 4;
        bounded(bytes + 64 * events, EVENTS_MULTIPLE, || feed(&mut script, &all, assembler));
    });
}
