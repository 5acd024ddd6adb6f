//! Which server a position may go on at: the same, or another that has executed all that was read.

use std::time::Duration;

use ledgertap::binlog::{From, Limits, Read, Source, Store, StoreError, Stream, position};
use ledgertap::change::{Footprint, Phase, Position, TableUse, Transaction, Value};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};

use crate::world::Own;

fn orders() -> Footprint {
    Footprint { tables: vec![TableUse { table: "orders".into(), columns: vec!["id".into()], key: vec![0] }] }
}

async fn connection(server: &Own) -> Conn {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap()
}

async fn run(conn: &mut Conn, statements: &[&str]) {
    for statement in statements {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// The database alone, on a server that has never written a word of it.
const UNLOGGED: &[&str] = &["SET sql_log_bin = 0", "CREATE DATABASE shop"];

const SHOP: &[&str] = &["CREATE DATABASE shop", "USE shop", "CREATE TABLE orders (id INT PRIMARY KEY)"];

fn port(server: &Own) -> String {
    server.root().rsplit_once(':').unwrap().1.to_owned()
}

fn source_of(servers: &[&Own]) -> Source {
    let hosts: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", port(server))).collect();
    Source::from_url(&format!("mysql://root@{}/shop", hosts.join(","))).unwrap()
}

async fn stream(store: &mut Store, from: &Position) -> Result<Stream, StoreError> {
    let shapes = store.shapes(&["orders".to_owned()]).await?;
    store.stream(from, &orders(), &shapes).await
}

fn ids(transactions: &[Transaction]) -> Vec<i64> {
    let id = |row: &ledgertap::change::Row| match row[0] {
        Value::Int(i) => i,
        _ => panic!("{row:?}"),
    };
    transactions.iter().flat_map(|t| t.changes.iter().filter_map(|c| c.after.as_ref().map(id))).collect()
}

/// Reads until `n` rows are there.
async fn read(stream: &mut Stream, n: usize) -> (Vec<i64>, Position) {
    let (mut all, mut at) = (Vec::new(), Position(String::new()));
    let reading = async {
        while all.len() < n {
            let batch = stream.next(&Limits::default()).await.unwrap();
            all.extend(ids(&batch.transactions));
            at = batch.position;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the rows come in time");
    (all, at)
}

/// From a primary that dies to its replica, with nothing lost or doubled; and not to one that lacks what was read.
async fn failover(mut primary: Own, replica: Own, empty: Own, mysql: bool) {
    let (mut on_primary, mut on_replica) = (connection(&primary).await, connection(&replica).await);
    run(&mut on_primary, SHOP).await;
    run(&mut connection(&empty).await, UNLOGGED).await;
    replica.follow(&primary).await;
    let both = source_of(&[&primary, &replica]);
    let mut store = Store::connect(&both).await.unwrap();
    let from = store.resolve(&From::Earliest).await.unwrap();
    let mut reading = stream(&mut store, &from).await.unwrap();
    run(&mut on_primary, &["INSERT INTO orders VALUES (1)", "INSERT INTO orders VALUES (2)"]).await;
    let (seen, at) = read(&mut reading, 2).await;
    assert_eq!(seen, [1, 2]);
    // Read by nobody yet when the primary dies.
    run(&mut on_primary, &["INSERT INTO orders VALUES (3)"]).await;
    replica.until_in_step(&primary).await;
    let was = store.identity();
    primary.kill();
    let lost = loop {
        match reading.next(&Limits::default()).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(lost, StoreError::Transient(_)), "{lost}");

    let has_read = |begun| Read { position: &at, server: Some(&was), begun };
    let mut store = Store::connect_on(&both, has_read(None)).await.unwrap();
    assert_ne!(store.identity(), was);
    let mut reading = stream(&mut store, &at).await.unwrap();
    replica.promote().await;
    run(&mut on_replica, &["USE shop", "INSERT INTO orders VALUES (4)"]).await;
    assert_eq!(read(&mut reading, 2).await.0, [3, 4]);

    // A transaction that was begun must be there, too.
    let unheard = if mysql { "00000000-0000-0000-0000-0000000000ff:7" } else { "99-1-7" };
    let error = Store::connect_on(&source_of(&[&replica]), has_read(Some(unheard))).await.err().unwrap().to_string();
    assert!(error.contains(unheard) && error.contains("never executed"), "{error}");
    // A server that never had any of it.
    let error = Store::connect_on(&source_of(&[&empty]), has_read(None)).await.err().unwrap();
    let text = error.to_string();
    let missing = at.0.split_once(':').unwrap().1.split([':', ',']).next().unwrap();
    assert!(matches!(error, StoreError::Definite(_)) && text.contains("never") && text.contains(missing), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_at_the_replica_of_a_dead_mysql() {
    let servers = (Own::mysql(&[]).await, Own::mysql(&["--server-id=72"]).await, Own::mysql(&["--server-id=73"]).await);
    failover(servers.0, servers.1, servers.2, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_goes_on_at_the_replica_of_a_dead_mariadb() {
    let options = ["--server-id=72", "--log-slave-updates"];
    let (primary, replica) = (Own::mariadb(&[]).await, Own::mariadb(&options).await);
    failover(primary, replica, Own::mariadb(&["--server-id=73"]).await, false).await;
}

/// A history that went another way: the same sequence numbers, written by another server.
#[tokio::test(flavor = "multi_thread")]
async fn a_mariadb_that_went_another_way_is_refused() {
    let (one, other) = (Own::mariadb(&[]).await, Own::mariadb(&["--server-id=72"]).await);
    let (mut on_one, mut on_other) = (connection(&one).await, connection(&other).await);
    run(&mut on_one, SHOP).await;
    run(&mut on_other, SHOP).await;
    run(&mut on_other, &["INSERT INTO orders VALUES (1)"]).await;
    let store = &mut Store::connect(&source_of(&[&one])).await.unwrap();
    let (at, was) = (store.head().await.unwrap(), store.identity());
    let has_read = Read { position: &at, server: Some(&was), begun: None };
    let error = Store::connect_on(&source_of(&[&other]), has_read).await.err().unwrap().to_string();
    assert!(error.contains("never wrote 7-71-"), "{error}");
}

/// By file: the same name and offset after RESET MASTER is another place, and so is another server.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_position_is_of_one_file_of_one_server() {
    let server = Own::mysql(&["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]).await;
    let other = Own::mysql(&["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF", "--server-id=72"]).await;
    run(&mut connection(&other).await, UNLOGGED).await;
    let mut conn = connection(&server).await;
    run(&mut conn, &SHOP[..1]).await;
    run(&mut conn, &["RESET BINARY LOGS AND GTIDS", "USE shop", SHOP[2]]).await;
    let source = source_of(&[&server]);
    let mut store = Store::connect(&source).await.unwrap();
    let from = store.resolve(&From::Earliest).await.unwrap();
    run(&mut conn, &["INSERT INTO orders VALUES (1)", "INSERT INTO orders VALUES (2)"]).await;
    let (seen, at) = read(&mut stream(&mut store, &from).await.unwrap(), 2).await;
    assert_eq!(seen, [1, 2]);
    assert!(at.0.starts_with("file:binlog.000001:") && at.0.contains('#'), "{at}");
    run(&mut conn, &["INSERT INTO orders VALUES (3)", "FLUSH BINARY LOGS", "INSERT INTO orders VALUES (4)"]).await;
    let (seen, later) = read(&mut stream(&mut store, &at).await.unwrap(), 2).await;
    assert_eq!(seen, [3, 4]);
    assert!(later.0.starts_with("file:binlog.000002:"), "{later}");
    // A person writes it without what stands behind the #.
    let plain: From = at.0.split_once('#').unwrap().0.parse().unwrap();
    let plain = store.resolve(&plain).await.unwrap();
    assert_eq!(read(&mut stream(&mut store, &plain).await.unwrap(), 2).await.0, [3, 4]);

    let was = store.identity();
    let elsewhere =
        Store::connect_on(&source_of(&[&other]), Read { position: &at, server: Some(&was), begun: None }).await;
    let error = elsewhere.err().unwrap().to_string();
    assert!(error.contains("of another server (mysql:"), "{error}");

    // The same statements again: the same name and the same offsets, a second later.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    run(&mut conn, &["DELETE FROM orders", "DROP TABLE orders", "RESET BINARY LOGS AND GTIDS", SHOP[2]]).await;
    run(
        &mut conn,
        &["INSERT INTO orders VALUES (11)", "INSERT INTO orders VALUES (12)", "INSERT INTO orders VALUES (13)"],
    )
    .await;
    let mut reading = stream(&mut store, &at).await.unwrap();
    let error = reading.next(&Limits::default()).await.unwrap_err().to_string();
    assert!(error.contains("RESET MASTER") && error.contains("binlog.000001"), "{error}");
}

/// `PURGE BINARY LOGS` under a stopped stream, and under one that is idle.
async fn purged(server: Own) {
    let mut conn = connection(&server).await;
    run(&mut conn, SHOP).await;
    let source = source_of(&[&server]);
    let mut store = Store::connect(&source).await.unwrap();
    let from = store.head().await.unwrap();
    run(&mut conn, &["INSERT INTO orders VALUES (1)"]).await;
    let mut idle = stream(&mut store, &from).await.unwrap();
    let (_, mut at) = read(&mut idle, 1).await;
    // Traffic in other tables only, and all binlogs but the last gone.
    run(&mut conn, &["CREATE TABLE noise (id INT)", "INSERT INTO noise VALUES (1)", "FLUSH BINARY LOGS"]).await;
    run(&mut conn, &["INSERT INTO noise VALUES (2)"]).await;
    let head = store.head().await.unwrap();
    while !position::reached(&at, &head) {
        let next = tokio::time::timeout(Duration::from_secs(20), idle.next(&Limits::default())).await;
        at = next.expect("an idle position moves").unwrap().position;
    }
    run(&mut conn, &["FLUSH BINARY LOGS"]).await;
    let logs: Vec<mysql_async::Row> = conn.query("SHOW BINARY LOGS").await.unwrap();
    let last: String = logs.last().unwrap().get(0).unwrap();
    // A log that is being sent is not purged.
    drop(idle);
    for _ in 0..100 {
        run(&mut conn, &[&format!("PURGE BINARY LOGS TO '{last}'")]).await;
        let left: Vec<mysql_async::Row> = conn.query("SHOW BINARY LOGS").await.unwrap();
        if left.len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    run(&mut conn, &["INSERT INTO orders VALUES (2)"]).await;
    let error = stream(&mut store, &from).await.err().unwrap();
    let text = error.to_string();
    assert!(matches!(error, StoreError::Definite(_)) && text.contains("purged") && text.contains("--from"), "{text}");
    assert_eq!(read(&mut stream(&mut store, &at).await.unwrap(), 1).await.0, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_position_is_refused_and_an_idle_one_survives() {
    purged(Own::mariadb(&[]).await).await;
    purged(Own::mysql(&[]).await).await;
}

/// Another connection with our server id is named, on either server.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_id_that_is_used_twice_is_named() {
    for server in [Own::mariadb(&[]).await, Own::mysql(&[]).await] {
        let mut conn = connection(&server).await;
        run(&mut conn, SHOP).await;
        let source = source_of(&[&server]).with_server_id(4_000_000_123);
        let mut store = Store::connect(&source).await.unwrap();
        let from = store.head().await.unwrap();
        let mut first = stream(&mut store, &from).await.unwrap();
        let mut second = stream(&mut store, &from).await.unwrap();
        run(&mut conn, &["INSERT INTO orders VALUES (1)"]).await;
        assert_eq!(read(&mut second, 1).await.0, [1]);
        let ended = async {
            loop {
                if let Err(error) = first.next(&Limits::default()).await {
                    return error.to_string();
                }
            }
        };
        let error = tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it ends in time");
        assert!(error.contains("server id"), "{}: {error}", store.server());
    }
}

/// XA transactions: committed, rolled back, and prepared in one life and committed in another.
async fn xa(server: Own) {
    let mut conn = connection(&server).await;
    run(&mut conn, SHOP).await;
    let mut store = Store::connect(&source_of(&[&server])).await.unwrap();
    let from = store.head().await.unwrap();
    let one = |id: u8| {
        [
            format!("XA START 'x{id}'"),
            format!("INSERT INTO orders VALUES ({id})"),
            format!("XA END 'x{id}'"),
            format!("XA PREPARE 'x{id}'"),
        ]
    };
    for statement in one(1).iter().chain(&["XA COMMIT 'x1'".to_owned()]) {
        run(&mut conn, &[statement]).await;
    }
    for statement in one(2).iter().chain(&["XA ROLLBACK 'x2'".to_owned()]) {
        run(&mut conn, &[statement]).await;
    }
    let mut other = connection(&server).await;
    run(&mut other, &["USE shop"]).await;
    for statement in one(3) {
        run(&mut other, &[&statement]).await;
    }
    drop(other);
    run(&mut conn, &["INSERT INTO orders VALUES (4)"]).await;
    for statement in &one(5)[..3] {
        run(&mut conn, &[statement]).await;
    }
    run(&mut conn, &["XA COMMIT 'x5' ONE PHASE"]).await;
    let mut steps = Vec::new();
    let mut reading = stream(&mut store, &from).await.unwrap();
    let mut at = from.clone();
    let head = store.head().await.unwrap();
    while !position::reached(&at, &head) {
        let batch = reading.next(&Limits::default()).await.unwrap();
        steps.extend(batch.transactions.iter().map(|t| (t.phase.clone(), ids(std::slice::from_ref(t)))));
        at = batch.position;
    }
    drop(reading);
    // Its session has ended, and it is committed after a restart of the stream.
    for _ in 0..100 {
        if conn.query_drop("XA COMMIT 'x3'").await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut reading = stream(&mut store, &at).await.unwrap();
    let batch = reading.next(&Limits::default()).await.unwrap();
    steps.extend(batch.transactions.iter().map(|t| (t.phase.clone(), ids(std::slice::from_ref(t)))));
    let name = |id: u8| -> std::sync::Arc<str> { format!("x'783{id}',x'',1").into() };
    let prepared = |id: u8| (Phase::Prepared { xid: name(id), part: 0 }, vec![i64::from(id)]);
    assert_eq!(
        steps,
        [
            prepared(1),
            (Phase::XaCommit(name(1)), vec![]),
            prepared(2),
            (Phase::XaRollback(name(2)), vec![]),
            prepared(3),
            (Phase::Whole, vec![4]),
            (Phase::Whole, vec![5]),
            (Phase::XaCommit(name(3)), vec![]),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn xa_transactions_come_with_what_becomes_of_them() {
    xa(Own::mariadb(&[]).await).await;
    xa(Own::mysql(&[]).await).await;
}

/// A transaction that is larger than a chunk comes in parts, and its position with the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_transaction_comes_in_parts() {
    for server in [Own::mariadb(&[]).await, Own::mysql(&[]).await] {
        let mut conn = connection(&server).await;
        run(&mut conn, SHOP).await;
        let mut store = Store::connect(&source_of(&[&server])).await.unwrap();
        let from = store.head().await.unwrap();
        run(
            &mut conn,
            &["CREATE TABLE digits (d INT)", "INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)"],
        )
        .await;
        let large = "INSERT INTO orders SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d \
                     FROM digits a, digits b, digits c, digits d, digits e WHERE e.d < 4";
        run(&mut conn, &[large, "INSERT INTO orders VALUES (-1)"]).await;
        let mut reading = stream(&mut store, &from).await.unwrap();
        let (mut rows, mut phases, mut positions) = (0, Vec::new(), std::collections::BTreeSet::new());
        while rows < 40_001 {
            let batch = reading.next(&Limits::default()).await.unwrap();
            for transaction in &batch.transactions {
                rows += transaction.changes.len();
                phases.push(transaction.phase.clone());
                if transaction.phase == Phase::Part {
                    positions.insert(batch.position.0.clone());
                }
            }
        }
        assert_eq!(rows, 40_001);
        assert!(phases.len() >= 5 && phases[..phases.len() - 2].iter().all(|p| *p == Phase::Part), "{phases:?}");
        assert_eq!(phases[phases.len() - 2..], [Phase::LastPart, Phase::Whole]);
        assert_eq!(positions.len(), 1, "the position waits at the transaction's start");
    }
}
