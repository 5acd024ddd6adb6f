//! The left loop over the recorded shop: the same documents, however the binlog is cut into batches and wherever it restarts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ledgertap::binlog::{FileReader, Limits};
use ledgertap::capture::Capture;
use ledgertap::change::{Position, TableShape};
use ledgertap::mapping::{Bound, Mapping};
use ledgertap::state::sqlite::SqliteState;
use ledgertap::state::{EntryInfo, OrderRecord, State};

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
    let session = state.begin(bound.footprint(), bound.version(), Duration::ZERO).await.unwrap();
    let mut reader = FileReader::open(&file, bound.footprint(), &shapes).unwrap();
    let mut capture = Capture::new(state.clone(), bound.clone(), &session, Duration::ZERO);
    while let Some(batch) = reader.next(&Limits { transactions: 50, rows: usize::MAX }).unwrap() {
        let _ = capture.batch(&batch, ahead, true).await.unwrap();
    }
    assert!(capture.settling() > 0, "what changed last is still settling");
    drop(capture);
    let mended = ahead - Duration::from_secs(30 * 86_400);
    let session = state.begin(bound.footprint(), bound.version(), Duration::ZERO).await.unwrap();
    let mut capture = Capture::new(state.clone(), bound.clone(), &session, Duration::ZERO);
    for seconds in [0, 1] {
        let _ = capture.tick(mended + Duration::from_secs(seconds)).await.unwrap();
    }
    assert_eq!(capture.settling(), 0);
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
        let session = state.begin(bound.footprint(), bound.version(), Duration::ZERO).await.unwrap();
        let mut reader = FileReader::open(&file, bound.footprint(), &shapes).unwrap();
        if let Some(position) = &session.position {
            reader = reader.start_at(position).unwrap();
        }
        let mut capture = Capture::new(state.clone(), bound.clone(), &session, Duration::ZERO);
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
