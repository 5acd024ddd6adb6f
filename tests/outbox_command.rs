//! `ledgertap outbox`, `held` and `parked`: what a person sees of documents on their way, and does to them.

use ledgertap::sandbox::Sandbox;
use serde_json::{Value, json};

use crate::world::{self, Ended, Over, Site, SmallShop, erp_at, over_both};

/// Orders of more than 150.00 want a person.
const LARGE: &str = "[[rules]]\non = 'sales_order'\nrequire = 'total <= 150'\notherwise = 'park'\nmessage = 'large'\n";

/// What the sandbox has, without outbounds.
fn booked(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    assert_eq!(books.duplicates, 0);
    let named = books.documents.iter().filter(|d| d.kind != "outbound");
    let mut named: Vec<String> = named.map(|d| format!("{} {} {}", d.kind, d.number, d.total)).collect();
    named.sort();
    named
}

/// A shop that sold `orders` orders, each of which is parked; its customers are told.
async fn parked(over: Over, orders: u32) -> (Sandbox, SmallShop, Site) {
    let (sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    site.blocks = LARGE.into();
    for id in 1..=orders {
        shop.sell(id, "A-1").await;
    }
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(1));
    assert_eq!(site.status().await["outbox"], json!({"delivered": orders, "parked": orders}));
    (sandbox, shop, site)
}

/// An ERP's address where every answer is a page of a proxy's.
async fn behind_a_login() -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = socket.read(&mut asked).await;
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
            let _ = socket.write_all(page.as_bytes()).await;
        }
    });
    address
}

fn json_of(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).expect("it is JSON")
}

/// Numbers and states of all documents, by sequence number.
async fn outbox(site: &Site) -> Vec<String> {
    let listed = json_of(&site.run(&["outbox", "list", "--json"]).await);
    let text = |entry: &Value, key: &str| entry[key].as_str().expect("a text").to_owned();
    listed.as_array().expect("a list").iter().map(|e| format!("{} {}", text(e, "number"), text(e, "state"))).collect()
}

/// Net, tax and total of all that was told.
async fn told(site: &Site) -> Value {
    site.status().await["told"].clone()
}

over_both! {
    documents_are_listed_by_what_they_are
    one_document_is_shown_whole_and_the_buyer_only_on_request
    many_are_let_go_on_once_it_was_seen_which
    a_document_that_was_entered_by_hand_stays_told_and_is_never_sent
    a_voided_order_is_held_until_the_store_changes_it
    voiding_a_customer_parks_its_orders_and_voiding_an_order_takes_what_follows_it
}

async fn documents_are_listed_by_what_they_are(over: Over) {
    let (_sandbox, _shop, site) = parked(over, 2).await;
    let all = site.run(&["outbox", "list"]).await;
    let words: Vec<Vec<&str>> = all.stdout.lines().map(|line| line.split_whitespace().take(6).collect()).collect();
    assert_eq!(
        words,
        [
            ["seq", "state", "kind", "number", "order", "total"].as_slice(),
            &["1", "delivered", "customer", "U1", "0", "1"],
            &["2", "parked", "sales_order", "SN1", "SN1", "200.00"],
            &["3", "delivered", "customer", "U2", "0", "1"],
            &["4", "parked", "sales_order", "SN2", "SN2", "200.00"],
        ],
        "{}",
        all.stdout
    );
    assert!(all.stdout.contains("large"), "{}", all.stdout);
    let cases: [(&[&str], &[i64]); 8] = [
        (&["--state", "parked"], &[2, 4]),
        (&["--state", "parked,delivered", "--max", "3"], &[1, 2, 3]),
        (&["--state", "parked", "--state", "skipped", "--kind", "sales-order"], &[2, 4]),
        (&["--kind", "customer"], &[1, 3]),
        (&["--order", "SN2"], &[4]),
        (&["--number", "U2"], &[3]),
        (&["--lane", "order:1"], &[2]),
        (&["--order", "SN2", "--state", "delivered"], &[]),
    ];
    for (args, seqs) in cases {
        let listed = json_of(&site.run(&[&["outbox", "list", "--json"], args].concat()).await);
        let found: Vec<i64> = listed.as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()).collect();
        assert_eq!(found, seqs, "{args:?}");
    }
    let none = site.run(&["outbox", "list", "--number", "NOPE"]).await;
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), "no document is like that\n"));
    let wrong = site.run(&["outbox", "list", "--state", "sent"]).await;
    assert!(wrong.code == Some(2) && wrong.stderr.contains("write pending, sending"), "{}", wrong.stderr);

    let parked = site.run(&["parked"]).await;
    let lines: Vec<&str> = parked.stdout.lines().collect();
    assert!(matches!(lines[..], [one, _] if one.starts_with("sales order SN1 of 200.00: ")), "{lines:?}");
    let parked = json_of(&site.run(&["parked", "--json"]).await);
    assert_eq!(parked.as_array().map(Vec::len), Some(2), "{parked}");
    let held = site.run(&["held"]).await;
    assert_eq!((held.code, held.stdout.as_str()), (Some(0), "no order is held\n"));
    assert_eq!(json_of(&site.run(&["held", "--json"]).await), json!([]));
}

async fn one_document_is_shown_whole_and_the_buyer_only_on_request(over: Over) {
    let (_sandbox, _shop, site) = parked(over, 1).await;
    let shown = site.run(&["outbox", "show", "U1"]).await;
    shown.went_well();
    for part in ["customer U1, entry 1 in lane customer:U1", "delivered", "planned", "attempt of ", "in the ERP as "] {
        assert!(shown.stdout.contains(part), "{part} is not in:\n{}", shown.stdout);
    }
    let by_seq = site.run(&["outbox", "show", "2"]).await;
    for part in ["sales order SN1, entry 2", "net ", " = 200.00", "a person: `ledgertap outbox retry SN1`"] {
        assert!(by_seq.stdout.contains(part), "{part} is not in:\n{}", by_seq.stdout);
    }
    let without = json_of(&site.run(&["outbox", "show", "U1", "--json"]).await);
    let entry = &without[0];
    assert_eq!(
        (&entry["number"], &entry["state"], &entry["maybe_sent"], &entry["pruned"]),
        (&json!("U1"), &json!("delivered"), &json!(true), &json!(false))
    );
    assert_eq!(entry["attempts_made"].as_array().map(Vec::len), Some(1), "{entry}");
    for ended in [shown, by_seq, site.run(&["outbox", "show", "U1", "--json"]).await] {
        assert!(!ended.stdout.contains("客户1") && !ended.stdout.contains("c1@x.example"), "{}", ended.stdout);
    }
    let with = json_of(&site.run(&["outbox", "show", "U1", "--payload", "--json"]).await);
    assert!(with[0]["document"].to_string().contains("c1@x.example"), "{with}");
    let none = site.run(&["outbox", "show", "NOPE"]).await;
    none.says(1, &["NOPE", "`ledgertap outbox list`"]);
}

async fn many_are_let_go_on_once_it_was_seen_which(over: Over) {
    let (sandbox, _shop, site) = parked(over, 3).await;
    let shown = site.run(&["outbox", "retry", "--kind", "sales_order", "--max", "2"]).await;
    let would = |n: u32| format!("SN{n} would be looked up and, where the ERP lacks it, sent\n");
    let told = format!("{}{}nothing was changed; --yes does it\n", would(1), would(2));
    assert_eq!((shown.code, shown.stdout), (Some(0), told));
    let dry = site.run(&["outbox", "retry", "SN3", "NOPE", "--dry-run"]).await;
    assert_eq!((dry.code, dry.stdout), (Some(1), format!("{}NOPE is not parked\n", would(3))));
    assert_eq!(site.status().await["outbox"]["parked"], 3);
    let done = site.run(&["outbox", "retry", "--kind", "sales_order", "--max", "2", "--yes"]).await;
    assert!(done.stdout.starts_with("SN1 will be looked up"), "{}", done.stdout);
    assert_eq!(site.status().await["outbox"]["parked"], 1);
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    assert!(booked(&sandbox).contains(&"sales_order SN2 200.00".to_owned()));
    for (args, part) in [
        (&["outbox", "retry"][..], "say which documents"),
        (&["outbox", "retry", "SN3", "--kind", "customer"], "in one way"),
    ] {
        site.run(args).await.says(2, &[part]);
    }
}

async fn a_document_that_was_entered_by_hand_stays_told_and_is_never_sent(over: Over) {
    let (sandbox, mut shop, site) = parked(over, 1).await;
    for (args, part) in [
        (&["outbox", "skip", "SN1", "--reason", "x"][..], "--by-hand"),
        (&["outbox", "skip", "SN1", "--by-hand"], "--reason"),
        (&["outbox", "skip", "SN1", "--by-hand", "--reason", "  "], "say why"),
        (&["outbox", "skip", "SN1", "--by-hand", "--void", "--reason", "x"], "cannot be used with"),
    ] {
        let refused = site.run(args).await;
        assert!(refused.code == Some(2) && refused.stderr.contains(part), "{args:?}: {}", refused.stderr);
    }
    let dry = site.run(&["outbox", "skip", "SN1", "--by-hand", "--reason", "voucher 4711", "--dry-run"]).await;
    assert_eq!((dry.code, dry.stdout.as_str()), (Some(0), "SN1 would be skipped: it counts as told\n"));
    assert_eq!(outbox(&site).await, ["U1 delivered", "SN1 parked"]);
    let skipped = site.run(&["outbox", "skip", "SN1", "NOPE", "--by-hand", "--reason", "voucher 4711"]).await;
    assert_eq!(
        (skipped.code, skipped.stdout.as_str()),
        (Some(1), "SN1 is skipped now: it counts as told\nNOPE is not parked\n")
    );
    let shown = site.run(&["outbox", "show", "SN1"]).await;
    assert!(shown.stdout.contains("skipped, by hand: voucher 4711"), "{}", shown.stdout);
    // The lane goes on: what follows is a document of its own.
    shop.sql("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = 1").await;
    let went_on = site.run(&["run", "--once"]).await;
    assert_eq!(outbox(&site).await[..2], ["U1 delivered", "SN1 skipped"], "{}", went_on.stderr);
    assert!(!booked(&sandbox).iter().any(|document| document.starts_with("sales_order")), "{:?}", booked(&sandbox));
    assert_eq!(told(&site).await["total"], "0.00", "the cancellation took back what counts as told");
}

async fn a_voided_order_is_held_until_the_store_changes_it(over: Over) {
    let (sandbox, mut shop, site) = parked(over, 2).await;
    assert_eq!(told(&site).await["total"], "400.00");
    let shown = site.run(&["outbox", "skip", "--order", "SN1", "--void", "--reason", "a test order"]).await;
    assert_eq!(
        shown.stdout, "SN1 would be skipped: what it told is taken back\nnothing was changed; --yes does it\n",
        "{}",
        shown.stderr
    );
    assert_eq!(told(&site).await["total"], "400.00");
    let voided = site.run(&["outbox", "skip", "SN1", "--void", "--reason", "a test order"]).await;
    assert_eq!(
        (voided.code, voided.stdout.as_str()),
        (Some(0), "SN1 is skipped now: what it told is taken back\n"),
        "{}",
        voided.stderr
    );
    let held = "SN1: SN1 was voided: a test order\n";
    assert_eq!(site.run(&["held"]).await.stdout, held);
    assert_eq!(told(&site).await["total"], "200.00");
    // A restart sends nothing of it, and does not look at it again by itself.
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    assert_eq!(site.run(&["held"]).await.stdout, held);
    assert_eq!(outbox(&site).await, ["U1 delivered", "SN1 skipped", "U2 delivered", "SN2 parked"]);
    shop.sql("BEGIN").await;
    shop.sql("UPDATE ecs_order_goods SET goods_price = 100.00 WHERE order_id = 1").await;
    shop.sql("UPDATE ecs_order_info SET goods_amount = 100.00 WHERE order_id = 1").await;
    shop.sql("COMMIT").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    assert_eq!(outbox(&site).await[4..], ["SN1 delivered"]);
    assert_eq!(site.run(&["held"]).await.stdout, "no order is held\n");
    assert_eq!(booked(&sandbox), ["customer U1 0.00", "customer U2 0.00", "sales_order SN1 100.00"]);
    assert_eq!(told(&site).await["total"], "300.00");
}

async fn voiding_a_customer_parks_its_orders_and_voiding_an_order_takes_what_follows_it(over: Over) {
    let (sandbox, mut shop, mut site) = world::small_shop_over(over, &world::mariadb()).await;
    let good = std::mem::replace(&mut site.erp, erp_at(&behind_a_login().await));
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(1));
    // The order, which waits for its customer, is told; so its end is a credit note.
    shop.sql("UPDATE ecs_order_info SET order_status = 2, pay_status = 0 WHERE order_id = 1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    let before = ["U1 parked", "SN1 unknown", "SN1-CN1 unknown"];
    assert_eq!(outbox(&site).await, before);
    let args = ["outbox", "skip", "U1", "--void", "--reason", "a robot"];
    let dry = site.run(&[&args[..], &["--dry-run"]].concat()).await;
    assert_eq!(
        dry.stdout,
        "U1 would be skipped: what it told is taken back\nSN1 would be parked, because it depends on one that is voided\n"
    );
    assert_eq!(outbox(&site).await, before);
    assert_eq!(site.run(&args).await.code, Some(0));
    assert_eq!(outbox(&site).await, ["U1 skipped", "SN1 parked", "SN1-CN1 unknown"]);
    let parked = site.run(&["parked"]).await;
    assert!(parked.stdout.contains("it depends on a document that is not to be in the ERP: U1 was voided: a robot"));
    let voided = site.run(&["outbox", "skip", "--all", "--void", "--reason", "a robot", "--yes"]).await;
    assert_eq!(
        voided.stdout,
        "SN1 is skipped now: what it told is taken back\nSN1-CN1 is skipped now, because it follows one that is voided\n"
    );
    assert_eq!(told(&site).await["total"].as_str().map(|t| t.trim_end_matches(['0', '.'])), Some(""));
    // The customer's next order tells it anew.
    site.erp = good;
    shop.sell_to(2, 1, "A-1").await;
    let ended = site.run(&["run", "--once"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(booked(&sandbox), ["customer U1 0.00", "sales_order SN2 200.00"]);
}
