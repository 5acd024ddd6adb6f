//! ERPs that misbehave: what cannot be delivered is kept with its reason, everything else goes on, and nothing is sent
//! twice once the ERP is itself again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ledgertap::sandbox::{self, Faults, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::{self, Ended, Site, SmallShop, erp_at};

/// A shop that has sold one order, and a site for it.
async fn sold(erp: String) -> (SmallShop, Site) {
    let mut shop = SmallShop::on(&world::mariadb()).await;
    let mut site = Site::new(&shop.url);
    site.erp = erp;
    shop.sell(1, "A-1").await;
    (shop, site)
}

async fn sandbox(faults: &str) -> Sandbox {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let mut config = sandbox::Config::new(listen, faults.parse::<Faults>().expect("a fault plan"), 1);
    if faults != "none" {
        (config.request_timeout, config.late_max) = (Duration::from_millis(200), Duration::from_millis(300));
    }
    sandbox::start(config).await.expect("start a sandbox")
}

/// Something that is no ERP, and how many connections it took.
async fn answering(answer: Option<&'static str>) -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
    let address = listener.local_addr().expect("it has an address").to_string();
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut connection, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let Some(answer) = answer else {
                silent.push(connection);
                continue;
            };
            let mut request = [0; 16 * 1024];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    (address, count)
}

const HTML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 45\r\nConnection: close\r\n\r\n\
                    <html><h1>Please log in to WiFi</h1></html>\r\n";

/// Kind and number of what is in the ERP, each once.
fn booked(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    assert_eq!(books.duplicates, 0);
    let named = books.documents.iter().filter(|d| d.kind != "outbound").map(|d| format!("{} {}", d.kind, d.number));
    let mut named: Vec<String> = named.collect();
    named.sort();
    named
}

/// What is parked: number and reason.
fn parked(status: &Value) -> Vec<(&str, &str)> {
    let entries = status["parked"].as_array().expect("a list");
    entries.iter().map(|e| (e["number"].as_str().unwrap_or("-"), e["said"].as_str().unwrap_or("-"))).collect()
}

/// Ended with exit code 1 because something is parked: no sentence but the log's.
fn ended_with_something_parked(ended: &Ended) {
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("document parked"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn html_on_everything_parks_after_a_few_attempts_and_others_go_on() {
    let (address, count) = answering(Some(HTML)).await;
    let (mut shop, mut site) = sold(erp_at(&address)).await;
    ended_with_something_parked(&site.run(&["run", "--once", "--from", &shop.from]).await);
    let status = site.status().await;
    assert_eq!(status["outbox"], json!({"parked": 1, "unknown": 1}), "the order waits for its customer");
    let [("U1", reason)] = parked(&status)[..] else { panic!("{status}") };
    assert!(
        reason.contains("Please log in to WiFi") && reason.contains("check the ERP's URL and any proxy"),
        "{reason}"
    );
    assert_eq!(count.load(Ordering::Relaxed), 5);

    // What is parked stays until a person decides; what is new goes to the ERP that is right.
    let good = sandbox("none").await;
    site.erp = good.erp_block();
    shop.sell(2, "A-1").await;
    ended_with_something_parked(&site.run(&["run", "--once"]).await);
    assert_eq!(booked(&good), ["customer U2", "sales_order SN2"]);
    let later = site.status().await;
    assert_eq!(parked(&later), [("U1", reason)]);
    assert_eq!(later["outbox"], json!({"delivered": 2, "parked": 1, "unknown": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erp_that_never_answers_leaves_everything_where_it_is() {
    let (address, _) = answering(None).await;
    let (shop, mut site) = sold(erp_at(&address)).await;
    let mut running = site.start(&["run", "--from", &shop.from]);
    running.until("SELECT count(*) FROM attempt", 1).await;
    running.terminate().await.went_well();
    let status = site.status().await;
    assert_eq!((&status["outbox"], parked(&status)), (&json!({"pending": 1, "unknown": 1}), vec![]), "{status}");
    let good = sandbox("none").await;
    site.erp = good.erp_block();
    let database = rusqlite::Connection::open(site.state()).expect("open it");
    let first = "SELECT said FROM attempt ORDER BY claim LIMIT 1";
    let said: String = database.query_row(first, [], |r| r.get(0)).expect("a reason");
    assert!(said.contains("timed out"), "{said}");
    // Two requests for a token a minute is all that the ERP allows; a test does not wait for the minute to pass.
    database.execute("UPDATE outbox SET not_before_us = 0 WHERE state = 'pending'", []).expect("let it pass");
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(booked(&good), ["customer U1", "sales_order SN1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erp_that_holds_every_request_is_given_up_and_met_again() {
    let deaf = sandbox("hold_before=1000").await;
    let (shop, mut site) = sold(deaf.erp_block()).await;
    let given_up = site.run(&["run", "--once", "--from", &shop.from]).await;
    given_up.says(1, &["in 10 attempts", "timed out", "waits in the outbox"]);
    assert_eq!(parked(&site.status().await), []);
    let good = sandbox("none").await;
    site.erp = good.erp_block();
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(booked(&good), ["customer U1", "sales_order SN1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erp_that_does_not_listen_is_given_up_and_met_again() {
    let (shop, mut site) = sold(erp_at("127.0.0.1:1")).await;
    for arguments in [&["run", "--once", "--from", &shop.from][..], &["run", "--once"]] {
        let given_up = site.run(arguments).await;
        given_up.says(1, &["in 10 attempts", "not reached", "Connection refused", "waits in the outbox"]);
    }
    let status = site.status().await;
    assert_eq!((&status["outbox"], parked(&status)), (&json!({"pending": 1, "unknown": 1}), vec![]), "{status}");
    let database = rusqlite::Connection::open(site.state()).expect("open it");
    let attempts: u32 = database.query_row("SELECT count(*) FROM attempt", [], |r| r.get(0)).expect("a number");
    assert_eq!(attempts, 20, "each run has its attempts");
    // An ERP that is down is not the document's fault.
    let counted: u32 = database.query_row("SELECT max(attempts) FROM outbox", [], |r| r.get(0)).expect("a number");
    assert_eq!(counted, 8);
    let good = sandbox("none").await;
    site.erp = good.erp_block();
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(booked(&good), ["customer U1", "sales_order SN1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_end_it_after_few_requests() {
    let good = sandbox("none").await;
    let right = good.erp_block();
    let wrong = |key: &str| -> String {
        let line = |l: &str| if l.starts_with(key) { format!("{key} = 'hush-3'") } else { l.to_owned() };
        right.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let (shop, mut site) = sold(wrong("app_secret")).await;
    site.run(&["run", "--once", "--from", &shop.from])
        .await
        .says(1, &["the ERP refuses the credentials: ", "app_secret"]);
    let (other, elsewhere) = sold(wrong("client_secret")).await;
    let refused = elsewhere.run(&["run", "--once", "--from", &other.from]).await;
    refused.says(1, &["the ERP refuses the credentials: ", "X-Api-Signature"]);
    assert!(good.books().requests <= 4, "{} requests: accounts get locked", good.books().requests);
    let checked = site.run(&["check"]).await;
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stdout.contains("FIX  erp kingdee-xingchen: the ERP refuses the credentials"),
        "{}",
        checked.stdout
    );
    site.erp = right.clone();
    // The pause after refused credentials outlives a restart; a test does not wait for its minute to pass.
    let database = rusqlite::Connection::open(site.state()).expect("open it");
    database.execute("UPDATE outbox SET not_before_us = 0 WHERE state = 'pending'", []).expect("let it pass");
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(booked(&good), ["customer U1", "sales_order SN1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sku_parks_its_order_and_no_other() {
    let good = sandbox("none").await;
    let (mut shop, site) = sold(good.erp_block()).await;
    shop.sell(2, "UNKNOWN-7").await;
    shop.sell(3, "A-1").await;
    ended_with_something_parked(&site.run(&["run", "--once", "--from", &shop.from]).await);
    let status = site.status().await;
    let [("SN2", reason)] = parked(&status)[..] else { panic!("{status}") };
    assert!(
        reason.contains("UNKNOWN-7") && reason.contains("add it there") && reason.contains("then it goes on by itself"),
        "{reason}"
    );
    assert_eq!(booked(&good), ["customer U1", "customer U2", "customer U3", "sales_order SN1", "sales_order SN3"]);
    // A parked entry is not sent again by itself: the ERP is asked whether it has the item by now, with a token of its own.
    let attempts = || -> i64 {
        let database = rusqlite::Connection::open(site.state()).expect("open it");
        database.query_row("SELECT count(*) FROM attempt", [], |r| r.get(0)).expect("a number")
    };
    let (requests, before) = (good.books().requests, attempts());
    ended_with_something_parked(&site.run(&["run", "--once"]).await);
    assert_eq!(attempts(), before);
    assert!(good.books().requests >= requests + 2, "the ERP was not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_ends_it_well_and_nothing_is_lost() {
    let good = sandbox("none").await;
    let (mut shop, site) = sold(good.erp_block()).await;
    let mut running = site.start(&["run", "--from", &shop.from]);
    running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 2).await;
    shop.sell(2, "A-1").await;
    running.terminate().await.went_well();
    shop.sell(3, "A-1").await;
    site.run(&["run", "--once"]).await.went_well();
    let customers = ["customer U1", "customer U2", "customer U3"];
    assert_eq!(booked(&good), [&customers[..], &["sales_order SN1", "sales_order SN2", "sales_order SN3"]].concat());
}
