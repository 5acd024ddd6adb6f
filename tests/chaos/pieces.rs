//! The pieces of the chaos do what they say: a run that survives faults which never happen would show nothing.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{Own, OwnPostgres, Wire, fresh_database};
use mysql_async::prelude::Queryable as _;

const SOON: Duration = Duration::from_secs(10);
const NOT_YET: Duration = Duration::from_millis(150);

/// A server that says back whatever it hears.
async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            });
        }
    });
    addr
}

/// One byte there and back; none where the connection has ended.
async fn ping(stream: &mut TcpStream) -> Option<u8> {
    let mut byte = [0];
    stream.write_all(b"x").await.ok()?;
    match tokio::time::timeout(SOON, stream.read(&mut byte)).await.expect("an answer or an end") {
        Ok(1) => Some(byte[0]),
        Ok(_) | Err(_) => None,
    }
}

#[tokio::test]
async fn a_wire_passes_delays_and_falls_silent() {
    let wire = Wire::to(echo().await).await;
    let mut stream = TcpStream::connect(wire.addr()).await.unwrap();
    assert_eq!(ping(&mut stream).await, Some(b'x'));
    wire.delay(Duration::from_millis(60));
    let begun = std::time::Instant::now();
    assert_eq!(ping(&mut stream).await, Some(b'x'));
    assert!(begun.elapsed() >= Duration::from_millis(120), "{:?}", begun.elapsed());
    wire.silence();
    assert!(tokio::time::timeout(NOT_YET, ping(&mut stream)).await.is_err());
    wire.mend();
    let mut byte = [0];
    assert_eq!(tokio::time::timeout(SOON, stream.read(&mut byte)).await.unwrap().unwrap(), 1);
    assert_eq!((wire.taken(), wire.live(), wire.bytes()), (1, 1, 6));
}

#[tokio::test]
async fn a_wire_cuts_half_closes_and_refuses() {
    let wire = Wire::to(echo().await).await;
    let connect = async || TcpStream::connect(wire.addr()).await.unwrap();
    let mut cut = connect().await;
    assert_eq!(ping(&mut cut).await, Some(b'x'));
    wire.cut();
    assert_eq!(ping(&mut cut).await, None);
    let mut half = connect().await;
    assert_eq!(ping(&mut half).await, Some(b'x'));
    let before = wire.bytes();
    wire.half_close();
    let mut byte = [0];
    assert_eq!(tokio::time::timeout(SOON, half.read(&mut byte)).await.unwrap().unwrap(), 0);
    half.write_all(b"y").await.unwrap();
    while wire.bytes() == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(wire.were_cut() > 0 && wire.were_half_closed() == 1);
    wire.refuse();
    assert_eq!(ping(&mut half).await, None);
    assert_eq!(ping(&mut connect().await).await, None);
    assert_eq!(wire.refused(), 1);
    wire.mend();
    assert_eq!(ping(&mut connect().await).await, Some(b'x'));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postgres_has_answered_for_survives_a_crash_and_promotions() {
    let mut postgres = OwnPostgres::with_standby().await;
    let client = postgres.client().await;
    client.batch_execute("CREATE TABLE t (n INT)").await.unwrap();
    client.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
    postgres.restart_immediate().await;
    assert!(client.batch_execute("SELECT 1").await.is_err(), "the server had not crashed");
    postgres.client().await.batch_execute("INSERT INTO t VALUES (2)").await.unwrap();
    postgres.until_in_step().await;
    for n in [3, 4] {
        let insert = format!("INSERT INTO t VALUES ({n})");
        postgres.client().await.batch_execute(&insert).await.unwrap();
        let before = postgres.addrs();
        postgres.promote().await;
        assert_eq!(postgres.addrs(), [before[1], before[0]], "they have changed places");
    }
    let client = postgres.client().await;
    let row = client.query_one("SELECT string_agg(n::text, ',' ORDER BY n) FROM t", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "1,2,3,4");
    postgres.restart_immediate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_has_answered_for_survives_a_crash() {
    let mut store = Own::mariadb(&["--innodb-flush-log-at-trx-commit=2"]).await;
    let url = fresh_database(&store.root(), "restart").await;
    let connect = async || mysql_async::Conn::from_url(&url).await.unwrap();
    let mut conn = connect().await;
    conn.query_drop("CREATE TABLE t (n INT) ENGINE = InnoDB").await.unwrap();
    conn.query_drop("INSERT INTO t VALUES (1)").await.unwrap();
    store.restart().await;
    assert!(conn.ping().await.is_err(), "the server had not crashed");
    let found: Option<i64> = connect().await.query_first("SELECT n FROM t").await.unwrap();
    assert_eq!(found, Some(1));
}
