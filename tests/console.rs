//! Health and metrics over HTTP.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{self, Over, Site, erp_at, over_both};

/// A port that nobody had a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn with_console(site: &mut Site) -> u16 {
    let port = free_port();
    site.blocks = format!("[console]\nlisten = '127.0.0.1:{port}'\n");
    port
}

/// Status and body; `None` where nobody listens.
async fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// Asks until the answer has this in it.
async fn until(port: u16, path: &str, wanted: &str) -> String {
    let begun = Instant::now();
    loop {
        let answer = get(port, path).await;
        match &answer {
            Some((_, body)) if body.contains(wanted) => return body.clone(),
            _ => assert!(begun.elapsed() < Duration::from_secs(30), "{wanted} is not in {answer:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

over_both! {
    a_running_bridge_says_that_it_is_well_and_what_it_did
    an_erp_that_is_down_shows_and_makes_nobody_unready
    a_state_database_that_does_not_answer_makes_it_unready
}

async fn a_running_bridge_says_that_it_is_well_and_what_it_did(over: Over) {
    let (_sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    let port = with_console(&mut site);
    shop.sell(1, "A-1").await;
    let running = site.start(&["run", "--from", &shop.from]);
    let metrics = until(port, "/metrics", "ledgertap_delivered_total{stream=\"main\"} 2").await;
    for line in [
        "ledgertap_state_up{stream=\"main\"} 1",
        "ledgertap_entries{stream=\"main\",state=\"parked\"} 0",
        "ledgertap_held{stream=\"main\"} 0",
        "ledgertap_erp_shut{stream=\"main\"} 0",
        "ledgertap_parked_total{stream=\"main\"} 0",
        "ledgertap_attempt_duration_seconds_count{stream=\"main\"} 2",
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line} is not in:\n{metrics}");
    }
    for name in [
        "ledgertap_capture_epoch{",
        "ledgertap_capture_lag_seconds{",
        "ledgertap_attempts_total{stream=\"main\",verdict=",
    ] {
        assert!(metrics.lines().any(|l| l.starts_with(name)), "{name} is not in:\n{metrics}");
    }
    for secret in ["客户", "U1", "SN1", "x.example"] {
        assert!(!metrics.contains(secret), "{secret} is in:\n{metrics}");
    }
    let (status, ready) = get(port, "/readyz").await.unwrap();
    assert_eq!((status, ready.starts_with("ready: stream main at ")), (200, true), "{ready}");
    assert_eq!(get(port, "/healthz").await, Some((200, "alive\n".into())));
    assert_eq!(get(port, "/").await.map(|(status, _)| status), Some(404));
    running.terminate().await.went_well();
    assert_eq!(get(port, "/healthz").await, None);
}

async fn an_erp_that_is_down_shows_and_makes_nobody_unready(over: Over) {
    let (_sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    site.erp = erp_at("127.0.0.1:9");
    let port = with_console(&mut site);
    shop.sell(1, "A-1").await;
    let running = site.start(&["run", "--from", &shop.from]);
    let metrics = until(port, "/metrics", "ledgertap_erp_shut{stream=\"main\"} 1").await;
    assert!(metrics.contains("ledgertap_delivered_total{stream=\"main\"} 0"), "{metrics}");
    let open = metrics.lines().filter(|l| l.starts_with("ledgertap_entries{") && !l.ends_with(" 0")).count();
    assert!(open > 0, "{metrics}");
    assert_eq!(get(port, "/readyz").await.map(|(status, _)| status), Some(200));
    assert_eq!(get(port, "/healthz").await.map(|(status, _)| status), Some(200));
    running.terminate().await.went_well();
}

async fn a_state_database_that_does_not_answer_makes_it_unready(over: Over) {
    let (_sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    let port = with_console(&mut site);
    shop.sell(1, "A-1").await;
    let running = site.start(&["run", "--from", &shop.from]);
    until(port, "/metrics", "ledgertap_delivered_total{stream=\"main\"} 2").await;
    site.kept.sql("ALTER TABLE outbox RENAME TO elsewhere").await;
    let (status, said) = get(port, "/readyz").await.unwrap();
    assert_eq!((status, said.starts_with("not ready: state database: ")), (503, true), "{said}");
    until(port, "/metrics", "ledgertap_state_up{stream=\"main\"} 0").await;
    drop(running);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_on_loopback_and_nowhere_else() {
    let (_sandbox, shop, mut site) = world::small_shop(&world::mariadb()).await;
    for (listen, part) in [
        ("0.0.0.0:9187", "0.0.0.0 is not a loopback address"),
        ("192.168.1.7:9187", "write \"127.0.0.1:9187\""),
        ("9187", "must be an address and a port like \"127.0.0.1:9187\""),
    ] {
        site.blocks = format!("[console]\nlisten = '{listen}'\n");
        site.run(&["run", "--once", "--from", &shop.from]).await.says(2, &["console.listen", part]);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    site.blocks = format!("[console]\nlisten = '{}'\n", taken.local_addr().unwrap());
    site.run(&["run", "--once", "--from", &shop.from])
        .await
        .says(2, &["cannot listen at 127.0.0.1:", "console.listen"]);
}
