//! The left loop over the recorded shop: the same documents, however the binlog is cut into batches and wherever it restarts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ledgertap::binlog::{FileReader, Limits};
use ledgertap::capture::Capture;
use ledgertap::change::{Batch, Phase, Position, RowChange, TableShape, Transaction, Value};
use ledgertap::mapping::{Bound, Mapping};
use ledgertap::state::sqlite::SqliteState;
use ledgertap::state::{Begin, EntryInfo, OrderRecord, State};

/// What a run leaves: outbox entries without their clock times, and the ledger.
#[derive(Debug, PartialEq)]
struct Left {
    entries: Vec<(String, String, String, String, Option<String>)>,
    orders: Vec<OrderRecord>,
}

/// When the recording is read: long after it was made, so that the wall clock plans nothing in between.
const LATER: i64 = 4_000_000_000;

#[tokio::test]
async fn batches_of_any_size_plan_the_same_documents() {
    let whole = read(512, usize::MAX).await;
    assert!(whole.entries.len() > 60 && whole.orders.len() > 30, "{} entries", whole.entries.len());
    assert!(whole.entries.iter().any(|e| e.0 == "debit_note"));
    for transactions in [1, 3, 50] {
        assert_eq!(read(transactions, usize::MAX).await, whole, "batches of {transactions}");
    }
}

#[tokio::test]
async fn a_restart_after_any_commit_plans_the_same_documents() {
    let whole = read(512, usize::MAX).await;
    for batches in [1, 2, 5] {
        assert_eq!(read(40, batches).await, whole, "a new process every {batches} batches of 40");
    }
}

#[tokio::test]
async fn a_wall_clock_that_was_ahead_holds_nothing_back_once_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (bound, shapes) = bound();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/recording/binlog.000001");
    let ahead = Timestamp::from_second(LATER).unwrap();
    let state: Arc<dyn State> = Arc::new(SqliteState::open(&folder.path().join("state.db"), "main").unwrap());
    let session =
        state.begin(Begin::new(bound.footprint(), bound.version(), Duration::ZERO)).await.unwrap().session().unwrap();
    let mut reader = FileReader::open(&file, bound.footprint(), &shapes).unwrap();
    let mut capture = Capture::new(state.clone(), bound.clone(), Arc::default(), &session, Duration::ZERO);
    while let Some(batch) = reader.next(&Limits { transactions: 50, rows: usize::MAX }).unwrap() {
        let _ = capture.batch(&batch, ahead, true).await.unwrap();
    }
    assert!(capture.settling() > 0, "what changed last is still settling");
    drop(capture);
    let mended = ahead - Duration::from_secs(30 * 86_400);
    let session =
        state.begin(Begin::new(bound.footprint(), bound.version(), Duration::ZERO)).await.unwrap().session().unwrap();
    let mut capture = Capture::new(state.clone(), bound.clone(), Arc::default(), &session, Duration::ZERO);
    for seconds in [0, 1] {
        let _ = capture.tick(mended + Duration::from_secs(seconds)).await.unwrap();
    }
    assert_eq!(capture.settling(), 0);
}

/// How one large transaction reaches capture.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Manner {
    Whole,
    /// In parts of so many rows.
    Parts(usize),
    /// In parts, with a process that dies after each and reads the transaction again from its start, one part further.
    Dying(usize),
    /// Prepared as an XA transaction in parts of so many rows, then committed; with a new process in between.
    Xa(usize),
}

#[tokio::test]
async fn a_large_transaction_plans_the_same_in_parts_as_at_once() {
    let whole = read_merged(Manner::Whole).await;
    assert!(whole.entries.len() > 20, "{} entries", whole.entries.len());
    for manner in [Manner::Parts(7), Manner::Parts(1000), Manner::Dying(11), Manner::Xa(9), Manner::Xa(usize::MAX)] {
        assert_eq!(read_merged(manner).await, whole, "{manner:?}");
    }
}

/// More orders than capture keeps in mind at once settle together: it plans them all, in whatever steps.
#[tokio::test]
async fn a_transaction_of_very_many_orders_plans_every_one_of_them() {
    const ORDERS: i64 = 2_200;
    let (bound, _) = bound();
    let table = bound.footprint().tables.iter().position(|t| t.table == "ecs_order_info").unwrap();
    let recorded = merged();
    let header = recorded.iter().flat_map(|t| &t.changes).find(|c| c.table == table && c.after.is_some()).unwrap();
    let columns = &bound.footprint().tables[table].columns;
    let place = |name: &str| columns.iter().position(|c| c == name).unwrap();
    let order = |i: i64| {
        let mut row = header.after.as_ref().unwrap().to_vec();
        row[place("order_id")] = Value::Int(1_000_000 + i);
        row[place("order_sn")] = Value::text(format!("M{i}"));
        (row[place("order_status")], row[place("pay_status")]) = (Value::Int(1), Value::Int(2));
        RowChange { table, before: None, after: Some(row.into()) }
    };
    let large = Transaction { changes: (0..ORDERS).map(order).collect(), ..recorded[0].clone() };
    let later = Transaction {
        committed_at: large.committed_at + Duration::from_secs(60),
        changes: vec![order(ORDERS)],
        ..recorded[0].clone()
    };
    for batches in [vec![vec![large.clone(), later.clone()]], vec![vec![large], vec![later]]] {
        let folder = tempfile::tempdir().unwrap();
        let state: Arc<dyn State> = Arc::new(SqliteState::open(&folder.path().join("state.db"), "main").unwrap());
        let mut capture = session(&state, &bound).await;
        let wall = Timestamp::from_second(LATER).unwrap();
        for (i, transactions) in batches.into_iter().enumerate() {
            let _ = capture.batch(&batch(transactions, i + 4), wall, false).await.unwrap();
        }
        // One is still settling; a new process goes on with it, and looks at those again that are held.
        assert_eq!(state.summary().await.unwrap().settling, 1);
        capture = session(&state, &bound).await;
        assert_eq!(state.summary().await.unwrap().settling, u64::try_from(ORDERS).unwrap() + 1);
        let _ = capture.tick(wall).await.unwrap();
        assert_eq!((capture.settling(), state.summary().await.unwrap().settling), (0, 0));
        // None of them has lines.
        assert_eq!(state.summary().await.unwrap().held_count, u64::try_from(ORDERS).unwrap() + 1);
    }
}

#[tokio::test]
async fn the_end_of_an_xa_transaction_that_was_never_seen_stops_capture() {
    let folder = tempfile::tempdir().unwrap();
    let (bound, _) = bound();
    let state: Arc<dyn State> = Arc::new(SqliteState::open(&folder.path().join("state.db"), "main").unwrap());
    let mut capture = session(&state, &bound).await;
    let commit = transaction(&merged()[0], vec![], Phase::XaCommit("x'31',x'',1".into()));
    let wall = Timestamp::from_second(LATER).unwrap();
    let error = capture.batch(&batch(vec![commit], 5), wall, false).await.unwrap_err().to_string();
    assert!(error.contains("XA transaction x'31',x'',1") && error.contains("`ledgertap resync`"), "{error}");
}

/// The recording's transactions, every sixty of them as if the shop had made one.
fn merged() -> Vec<Transaction> {
    let (bound, shapes) = bound();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/recording/binlog.000001");
    let mut reader = FileReader::open(&file, bound.footprint(), &shapes).unwrap();
    let mut all = Vec::new();
    while let Some(batch) = reader.next(&Limits { transactions: 512, rows: usize::MAX }).unwrap() {
        all.extend(batch.transactions);
    }
    let merge = |some: &[Transaction]| Transaction {
        changes: some.iter().flat_map(|t| t.changes.clone()).collect(),
        ..some.last().unwrap().clone()
    };
    all.chunks(60).map(merge).collect()
}

fn transaction(of: &Transaction, changes: Vec<RowChange>, phase: Phase) -> Transaction {
    Transaction { changes, phase, ..of.clone() }
}

fn batch(transactions: Vec<Transaction>, at: usize) -> Batch {
    Batch { transactions, position: Position(format!("file:binlog.000001:{at}")), shapes: None }
}

/// The parts of one transaction, as the binlog hands them out.
fn parts(whole: &Transaction, rows: usize, prepares: Option<&Arc<str>>) -> Vec<Transaction> {
    let chunks: Vec<&[RowChange]> = whole.changes.chunks(rows.min(whole.changes.len())).collect();
    let phase = |i: usize| match prepares {
        Some(xid) => Phase::Prepared { xid: xid.clone(), part: u32::try_from(i).unwrap() },
        None if i + 1 < chunks.len() => Phase::Part,
        None if i == 0 => Phase::Whole,
        None => Phase::LastPart,
    };
    chunks.iter().enumerate().map(|(i, rows)| transaction(whole, rows.to_vec(), phase(i))).collect()
}

async fn session(state: &Arc<dyn State>, bound: &Arc<Bound>) -> Capture {
    let session =
        state.begin(Begin::new(bound.footprint(), bound.version(), Duration::ZERO)).await.unwrap().session().unwrap();
    Capture::new(state.clone(), bound.clone(), Arc::default(), &session, Duration::ZERO)
}

async fn read_merged(manner: Manner) -> Left {
    let folder = tempfile::tempdir().unwrap();
    let (bound, _) = bound();
    let state: Arc<dyn State> = Arc::new(SqliteState::open(&folder.path().join("state.db"), "main").unwrap());
    let wall = Timestamp::from_second(LATER).unwrap();
    let mut capture = session(&state, &bound).await;
    for (i, whole) in merged().iter().enumerate() {
        let (before, after) = (i + 4, i + 5);
        let take = async |capture: &mut Capture, parts: &[Transaction], last: bool| {
            for (n, part) in parts.iter().enumerate() {
                let at = if last && n + 1 == parts.len() { after } else { before };
                let _ = capture.batch(&batch(vec![part.clone()], at), wall, false).await.unwrap();
            }
        };
        match manner {
            Manner::Whole => take(&mut capture, &parts(whole, usize::MAX, None), true).await,
            Manner::Parts(rows) => take(&mut capture, &parts(whole, rows, None), true).await,
            Manner::Dying(rows) => {
                let all = parts(whole, rows, None);
                for until in 1..all.len() {
                    take(&mut capture, &all[..until], false).await;
                    capture = session(&state, &bound).await;
                    assert_eq!(capture.begun(), Some(&*whole.id));
                    let _ = capture.tick(wall).await.unwrap();
                }
                take(&mut capture, &all, true).await;
                assert_eq!(capture.begun(), None);
            }
            Manner::Xa(rows) => {
                let xid: Arc<str> = format!("x'{i}',x'',1").into();
                take(&mut capture, &parts(whole, rows, Some(&xid)), false).await;
                capture = session(&state, &bound).await;
                take(&mut capture, &[transaction(whole, vec![], Phase::XaCommit(xid.clone()))], true).await;
                assert_eq!(state.prepared(&xid, 0).await.unwrap(), None);
            }
        }
    }
    let _ = capture.tick(wall).await.unwrap();
    assert_eq!(capture.settling(), 0);
    left(&state).await
}

/// Reads the recording in batches of so many transactions, with a new session every `batches_a_session` batches.
async fn read(transactions: usize, batches_a_session: usize) -> Left {
    let folder = tempfile::tempdir().unwrap();
    let (bound, shapes) = bound();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/recording/binlog.000001");
    let limits = Limits { transactions, rows: usize::MAX };
    let wall = Timestamp::from_second(LATER).unwrap();
    let path = folder.path().join("state.db");
    loop {
        let state: Arc<dyn State> = Arc::new(SqliteState::open(&path, "main").unwrap());
        let session = state
            .begin(Begin::new(bound.footprint(), bound.version(), Duration::ZERO))
            .await
            .unwrap()
            .session()
            .unwrap();
        let mut reader = FileReader::open(&file, bound.footprint(), &shapes).unwrap();
        if let Some(position) = &session.position {
            reader = reader.start_at(position).unwrap();
        }
        let mut capture = Capture::new(state.clone(), bound.clone(), Arc::default(), &session, Duration::ZERO);
        let mut ended = false;
        for _ in 0..batches_a_session {
            match reader.next(&limits).unwrap() {
                Some(batch) => drop(capture.batch(&batch, wall, false).await.unwrap()),
                None => {
                    ended = true;
                    break;
                }
            }
        }
        if ended {
            let _ = capture.tick(wall).await.unwrap();
            assert_eq!(capture.settling(), 0);
            return left(&state).await;
        }
    }
}

async fn left(state: &Arc<dyn State>) -> Left {
    let entry = |e: EntryInfo| {
        // The cut of what the wall clock plans at the very end is not the binlog's.
        (e.kind, e.number, e.lane, e.total.to_string(), Some(e.cut))
    };
    let entries = state.entries().await.unwrap().into_iter().map(entry).collect();
    let summary = state.summary().await.unwrap();
    assert!(summary.position.is_some_and(|Position(p)| p.starts_with("file:binlog.000001:")));
    Left { entries, orders: state.orders().await.unwrap() }
}

fn bound() -> (Arc<Bound>, Vec<TableShape>) {
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/recording/facts.json");
    let facts: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(facts).unwrap()).unwrap();
    let shapes: Vec<TableShape> = serde_json::from_value(facts["shapes"].clone()).unwrap();
    let mut settings = toml::Table::new();
    settings.insert("settle".into(), "500ms".into());
    let mapping = Mapping::load("ecshop", &settings).unwrap();
    (Arc::new(mapping.bind(&shapes).unwrap()), shapes)
}
