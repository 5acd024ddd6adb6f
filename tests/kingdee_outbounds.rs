//! Outbounds that people make in Kingdee Xingchen, and forms that people have done something with.

use std::time::Duration;

use futures_util::StreamExt as _;
use ledgertap::document::{CreditNote, CreditReason, Document};
use ledgertap::erp::kingdee_xingchen::Outbounds;
use ledgertap::erp::{Erp as _, Needs, Start, Verdict};
use ledgertap::sandbox::Faults;
use serde_json::json;

use crate::world::documents::{credit, customer, d, from, header, line, one_back, order, order_of};
use crate::world::xingchen::{World, bring_home, delivered, rejected};

/// People ship.
async fn warehouse() -> World {
    World::with(|_| {}, |settings| settings.outbounds = Outbounds::Find).await
}

fn back(number: &str, pieces: &str, total: &str) -> Document {
    credit(number, CreditReason::Return, vec![from(line(1, "A 茶/1", pieces, total), "S1", 1)])
}

/// A document that waits for people, and why.
#[track_caller]
fn waits(verdict: Verdict) -> String {
    match verdict {
        Verdict::NotDone { reason, retry_after: Some(wait) } if wait == Duration::from_secs(600) => reason,
        other => panic!("it does not wait: {other:?}"),
    }
}

#[tokio::test]
async fn an_order_is_delivered_without_its_outbound_and_found_again() {
    let world = warehouse().await;
    world.set_up(&[&customer()]).await;
    let verdict = world.create(&order()).await;
    let (reference, amounts, found) = delivered(&verdict);
    assert_eq!((amounts, found), (Some(order().header().unwrap().amounts), false));
    assert!(!reference.contains('+'));
    for start in [Start::Create, Start::LookUp] {
        assert!(delivered(&world.deliver(&order(), start).await).2);
    }
    assert_eq!((world.count("sales_order"), world.count("outbound")), (1, 0));
    let said = world.adapter.check(&Needs::default()).await.unwrap();
    assert!(said.to_string().contains("outbounds are people's"), "{said}");
}

#[tokio::test]
async fn a_return_takes_from_the_outbounds_that_people_made() {
    let world = warehouse().await;
    world.set_up(&[&customer(), &order()]).await;
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-1", "pieces": {"1": 1, "2": 1}}));
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-2", "pieces": {"1": 2, "3": 1}}));
    world.set_up(&[&one_back("S1-C1", "33.33"), &back("S1-C2", "2", "66.67")]).await;
    let books = world.sandbox.books();
    let sources = |number: &str| -> Vec<(String, String)> {
        let lines = &books.find("credit_note", number).unwrap().lines;
        lines.iter().map(|l| (l.source.clone().unwrap(), l.quantity.normalize().to_string())).collect()
    };
    let pair = |source: &str, pieces: &str| (source.to_owned(), pieces.to_owned());
    assert_eq!(sources("S1-C1"), [pair("XSCK-1", "1")]);
    assert_eq!(sources("S1-C2"), [pair("XSCK-2", "2")]);
    assert_eq!((books.totals()["S1"], books.rejected), (d("30.00"), 0));
}

#[tokio::test]
async fn a_returned_line_is_split_over_the_outbounds_that_sold_it() {
    let world = warehouse().await;
    world.set_up(&[&customer(), &order()]).await;
    // One with the order's remark, one that only its entries connect with the order.
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-1", "pieces": {"1": 1}}));
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-2", "pieces": {"1": 2}, "remark": "急"}));
    world.set_up(&[&back("S1-C1", "3", "100.00")]).await;
    let books = world.sandbox.books();
    let note = books.find("credit_note", "S1-C1").unwrap();
    let lines: Vec<_> = note.lines.iter().map(|l| (l.source.as_deref(), l.quantity.normalize())).collect();
    assert_eq!(lines, [(Some("XSCK-1"), d("1")), (Some("XSCK-2"), d("2"))]);
    assert_eq!((note.total, note.tax), (d("100.00"), d("11.50")));
    let again = rejected(world.create(&back("S1-C2", "1", "1.00")).await);
    assert!(again.contains("has 0 left in the ERP"), "{again}");
}

#[tokio::test]
async fn goods_that_have_not_left_are_waited_for_and_then_taken_back() {
    let world = warehouse().await;
    world.set_up(&[&customer(), &order()]).await;
    let reason = waits(world.create(&one_back("S1-C1", "33.33")).await);
    assert!(
        reason.contains("0 of 3 pieces of line 1 of order S1 have left") && reason.contains("audit the"),
        "{reason}"
    );
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-1", "audit": false}));
    let reason = waits(world.look_up(&one_back("S1-C1", "33.33")).await);
    assert!(reason.contains("(1 not audited: XSCK-1)"), "{reason}");
    let audit = json!({"entity_number": "sal_bill_outbound", "numbers": ["XSCK-1"], "operate_type": "audit"});
    world.by_hand("operate", audit);
    assert!(!delivered(&world.look_up(&one_back("S1-C1", "33.33")).await).2);
    assert_eq!((world.count("credit_note"), world.sandbox.books().rejected), (1, 0));
}

#[tokio::test]
async fn goods_of_a_closed_order_that_never_left_are_no_return() {
    let world = warehouse().await;
    world.set_up(&[&customer(), &order()]).await;
    let close = json!({"entity_number": "sal_bill_order", "numbers": ["S1"], "operate_type": "close_donothing"});
    world.by_hand("operate", close);
    let verdict = world.create(&one_back("S1-C1", "33.33")).await;
    let Verdict::Rejected { reason, absent: true } = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("the order is closed there") && reason.contains("--by-hand"), "{reason}");
}

/// Hundreds of outbounds of one customer: looked through in bounded steps, each once.
#[tokio::test]
async fn an_outbound_is_found_among_those_of_a_customer_whom_many_orders_share() {
    let world = warehouse().await;
    world.set_up(&[&customer(), &order()]).await;
    for n in 0..12 {
        let number = format!("T{n}");
        world.set_up(&[&order_of(&number, vec![line(1, "A 茶/1", "1", "33.33")])]).await;
        world.by_hand("ship", json!({"order": number, "number": format!("XSCK-{n:02}"), "remark": "急"}));
    }
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-99", "remark": "急"}));
    let before = world.requests();
    let (mut steps, mut verdict) = (0, world.create(&one_back("S1-C1", "33.33")).await);
    while let Verdict::NotDone { retry_after: Some(Duration::ZERO), reason } = verdict {
        assert_eq!(reason, "outbounds of order S1 are still being looked for");
        steps += 1;
        verdict = world.look_up(&one_back("S1-C1", "33.33")).await;
    }
    delivered(&verdict);
    assert_eq!(steps, 1, "eight at a time");
    let first = world.requests() - before;
    assert!(first < 30, "{first} requests");
    let before = world.requests();
    world.set_up(&[&one_back("S1-C2", "33.33")]).await;
    assert_eq!(
        world.requests() - before,
        4,
        "the order, the outbound that is known by now, the return, and its reading back"
    );
}

/// What was seen to be another order's is found when that order asks for it, by either list.
#[tokio::test]
async fn an_outbound_that_was_looked_at_for_one_order_is_found_for_its_own() {
    let world = warehouse().await;
    world.set_up(&[&customer(), &order()]).await;
    for (number, remark) in [("S10", None), ("S11", Some("急"))] {
        world.set_up(&[&order_of(number, vec![line(1, "A 茶/1", "1", "33.33")])]).await;
        let mut ship = json!({"order": number, "number": format!("XSCK-{number}")});
        if let Some(remark) = remark {
            ship["remark"] = json!(remark);
        }
        world.by_hand("ship", ship);
    }
    waits(world.create(&one_back("S1-C1", "33.33")).await);
    for number in ["S10", "S11"] {
        let row = from(line(1, "A 茶/1", "1", "33.33"), number, 1);
        let header = header(&format!("{number}-C1"), number, vec![row]);
        let note = Document::CreditNote(CreditNote::over(header, CreditReason::Return, number.to_owned()));
        delivered(&world.create(&note).await);
    }
    let before = world.requests();
    waits(world.look_up(&one_back("S1-C1", "33.33")).await);
    assert_eq!(world.requests() - before, 4, "the return, the order and two lists: no outbound is read again");
}

#[tokio::test]
async fn where_a_person_has_shipped_an_order_before_us_that_is_found() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    world.sandbox.inject("/sal_out_bound", ledgertap::sandbox::Fault::ErrorBefore);
    assert!(matches!(world.create(&order()).await, Verdict::Unknown { .. }));
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-1", "pieces": {"1": 3}}));
    let reason = waits(world.look_up(&order()).await);
    assert!(reason.contains("not of all of it"), "{reason}");
    world.by_hand("ship", json!({"order": "S1", "number": "XSCK-2"}));
    let verdict = world.look_up(&order()).await;
    let (reference, amounts, found) = delivered(&verdict);
    assert_eq!((reference.matches('+').count(), amounts), (2, Some(order().header().unwrap().amounts)));
    assert!(found);
    world.set_up(&[&one_back("S1-C1", "33.33")]).await;
    let books = world.sandbox.books();
    assert_eq!(books.find("credit_note", "S1-C1").unwrap().lines[0].source.as_deref(), Some("XSCK-1"));
    assert_eq!((world.count("sales_order"), world.count("outbound")), (1, 2));
}

#[tokio::test]
async fn a_form_that_a_person_made_void_is_a_conflict() {
    let world = World::new().await;
    world.set_up(&[&customer(), &order()]).await;
    for what in ["unaudit", "invalid"] {
        let operate = json!({"entity_number": "sal_bill_outbound", "numbers": ["S1-CK"], "operate_type": what});
        world.by_hand("operate", operate);
    }
    let Verdict::Conflict { reason } = world.look_up(&order()).await else { panic!() };
    assert!(reason.contains("outbound S1-CK is in the ERP already, but its status is I"), "{reason}");
}

#[tokio::test]
async fn a_form_that_a_person_took_back_is_audited_again() {
    let world = World::new().await;
    world.set_up(&[&customer(), &order()]).await;
    let unaudit = json!({"entity_number": "sal_bill_outbound", "numbers": ["S1-CK"], "operate_type": "unaudit"});
    world.by_hand("operate", unaudit);
    let reason = waits(world.create(&one_back("S1-C1", "33.33")).await);
    assert!(reason.contains("S1-CK"), "{reason}");
    assert!(!delivered(&world.look_up(&order()).await).2, "it was put in force");
    world.set_up(&[&one_back("S1-C1", "33.33")]).await;
}

#[tokio::test]
async fn an_order_that_a_person_closed_before_it_was_shipped_is_a_conflict() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    world.sandbox.inject("/sal_out_bound", ledgertap::sandbox::Fault::ErrorBefore);
    assert!(matches!(world.create(&order()).await, Verdict::Unknown { .. }));
    let close = json!({"entity_number": "sal_bill_order", "numbers": ["S1"], "operate_type": "close_donothing"});
    world.by_hand("operate", close);
    let Verdict::Conflict { reason } = world.look_up(&order()).await else { panic!() };
    assert!(reason.contains("order S1 is closed in the ERP") && reason.contains("反关闭"), "{reason}");
    assert_eq!(world.count("outbound"), 0);
}

/// Orders that a warehouse ships in two parts, with a return over both and one of the rest, on a bad day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_bad_day_each_return_is_there_once_and_names_what_people_shipped() {
    let world = World::with(
        |config| {
            config.faults = Faults::rough();
            config.seed = 13;
            config.request_timeout = Duration::from_millis(300);
            config.late_max = Duration::from_millis(600);
        },
        |settings| settings.outbounds = Outbounds::Find,
    )
    .await;
    let at_home = async |document: &Document| drop(delivered(&bring_home(&world.adapter, document).await).0.to_owned());
    at_home(&customer()).await;
    let lane = |n: u32| {
        let (world, at_home) = (&world, &at_home);
        async move {
            let number = format!("R{n}");
            at_home(&order_of(&number, vec![line(1, "A", "3", "100.00"), line(2, "B", "1", "20.00")])).await;
            let ship = |part: u32, pieces| json!({"order": number, "number": format!("X{n}-{part}"), "pieces": pieces});
            world.by_hand("ship", ship(1, json!({"1": 1})));
            world.by_hand("ship", ship(2, json!({"1": 2, "2": 1})));
            for (suffix, row) in [("C1", line(1, "A", "2", "66.67")), ("C2", line(1, "A", "1", "33.33"))] {
                let header = header(&format!("{number}-{suffix}"), &number, vec![from(row, &number, 1)]);
                at_home(&Document::CreditNote(CreditNote::over(header, CreditReason::Return, number.clone()))).await;
            }
        }
    };
    futures_util::stream::iter((1..=12).map(lane)).buffer_unordered(6).collect::<Vec<()>>().await;
    let books = world.sandbox.books();
    assert_eq!((books.duplicates, books.documents.len()), (0, 1 + 12 * 5));
    assert!(books.totals().values().all(|total| *total == d("20.00")), "{:?}", books.totals());
    let returns = books.documents.iter().filter(|document| document.kind == "credit_note");
    assert!(returns.flat_map(|document| &document.lines).all(|row| row.source.as_deref().unwrap().starts_with('X')));
    assert!(books.faults.values().sum::<u64>() > 10, "{:?}", books.faults);
}
