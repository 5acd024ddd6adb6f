//! `ledgertap demo`, the real program: it does the whole job, says so in numbers, and fails where the books do not agree.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use ledgertap::demo::server::{PrivateServer, find};
use mysql_async::prelude::Queryable;
use serde_json::Value;

use crate::world;

const ORDERS: &str = "40";

#[tokio::test]
async fn the_recording_agrees_without_a_server() {
    let report = agrees(&["--recorded"]).await;
    assert_eq!(report["source"], "recorded");
    assert_eq!(report["latency_ms"], Value::Null);
}

#[tokio::test]
async fn a_private_myisam_shop_agrees() {
    let report = live(&["--orders", ORDERS], world::mariadb).await;
    assert_eq!(report["engine"], "MyISAM");
    assert_eq!(report["faults"], serde_json::json!({}));
}

#[tokio::test]
async fn a_private_innodb_shop_agrees_with_an_erp_on_a_bad_day() {
    let report = live(&["--orders", ORDERS, "--engine", "innodb", "--faults", "rough"], world::mariadb).await;
    assert_eq!(report["engine"], "InnoDB");
    assert!(report["faults"].as_object().is_some_and(|f| !f.is_empty()), "the ERP made no faults: {report}");
}

#[tokio::test]
async fn a_shop_on_an_existing_mysql_agrees() {
    let store = world::mysql();
    let report =
        agrees(&["--store", &store, "--orders", ORDERS, "--engine", "innodb", "--faults", "rough", "--seed", "2"])
            .await;
    assert_eq!((&report["source"], &report["seed"]), (&Value::from("live"), &Value::from(2)));
    assert!(report["server"].as_str().is_some_and(|s| s.starts_with("MySQL")), "{report}");
}

/// Somebody writes into the store what its binlog does not say: the demo has to notice.
#[tokio::test]
async fn books_that_do_not_agree_are_exit_code_1() {
    world::init();
    let Some(program) = find() else {
        panic!("this needs a server of its own: install mariadb-server-core (scripts/services up does)")
    };
    let server = PrivateServer::start(&program).await.expect("a private server starts");
    let url = server.url();
    let store = url.clone();
    let demo = tokio::spawn(async move { demo(&["--store", &store, "--orders", "12"]).await });
    let mut conn = mysql_async::Conn::from_url(format!("{url}?prefer_socket=false")).await.expect("connect");
    conn.query_drop("SET sql_log_bin = 0").await.expect("root may");
    while !demo.is_finished() {
        tamper(&mut conn).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let output = demo.await.expect("the demo ran");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("the books are shown all the same");
    assert_ne!(report["difference"], "0", "{report}");
    assert!(report["disagreements"].as_array().is_some_and(|d| !d.is_empty()), "{report}");
}

/// A cent more on every order, as far as there are orders.
async fn tamper(conn: &mut mysql_async::Conn) {
    let database: Option<String> =
        conn.query_first("SHOW DATABASES LIKE 'ledgertap_demo_%'").await.expect("the server answers");
    if let Some(database) = database {
        // The table may not be there yet.
        let _ = conn
            .query_drop(format!("UPDATE {database}.ecs_order_info SET insure_fee = 0.01 WHERE insure_fee = 0"))
            .await;
    }
}

/// On a server that the demo starts for itself; on ours where this machine has none to start.
async fn live(args: &[&str], ours: fn() -> String) -> Value {
    let mut args = args.to_vec();
    let store;
    if find().is_none() {
        store = ours();
        args.extend(["--store", &store]);
    }
    let report = agrees(&args).await;
    assert_eq!(report["source"], "live");
    assert!(report["latency_ms"]["p50"].is_string(), "{report}");
    report
}

/// Runs the demo to its end and holds its report against what it must always say.
async fn agrees(args: &[&str]) -> Value {
    let output = demo(args).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("--json prints one object and nothing else");
    for nothing in ["held", "parked", "erp_duplicates"] {
        assert_eq!(report[nothing], 0, "{nothing}: {report}");
    }
    assert_eq!(report["difference"], "0", "{report}");
    assert_eq!(report["disagreements"], serde_json::json!([]));
    assert_eq!(report["store_total"], report["erp_total"], "{report}");
    assert_eq!(report["store_total"], report["ledger_total"], "{report}");
    assert_ne!(report["store_total"], "0");
    let some = |value: &Value| value.as_u64().is_some_and(|n| n > 0);
    for kind in ["return", "discount", "cancellation"] {
        assert!(some(&report["credit_notes"][kind]), "no credit note for a {kind}: {report}");
    }
    for kind in ["customers", "sales_orders", "debit_notes"] {
        assert!(some(&report[kind]), "no {kind}: {report}");
    }
    assert!(report["orders"].as_u64().is_some_and(|n| n >= 40), "{report}");
    report
}

async fn demo(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
    command.args(["demo", "--once", "--json"]).args(args).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output()).await.expect("it is waited for").expect("the program starts")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
