//! The Kingdee Xingchen adapter against the sandbox, over HTTP: each document, each thing that goes wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt};
use ledgertap::document::{Amounts, CreditNote, CreditReason, Document, DocumentKind, Line};
use ledgertap::erp::kingdee_xingchen::{Adapter, Allowance, RATE_PER_MINUTE};
use ledgertap::erp::{Delivery, Erp, Guarantee, Limit, Needs, Pace, Start, Verdict};
use ledgertap::sandbox::{Act, Fault, Faults};
use tokio::sync::Mutex;

use crate::world::documents::{
    allowance, credit, customer, d, day, debit, from, header, line, one_back, order, order_of, soon,
};
use crate::world::xingchen::{World, bring_home, delivered, rejected};

#[tokio::test]
async fn the_shop_s_whole_life_once_each() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    let verdict = world.create(&order()).await;
    let (reference, amounts, found) = delivered(&verdict);
    assert_eq!(amounts, Some(order().header().unwrap().amounts));
    assert!(reference.contains('+') && !found);
    let supplement = debit("S1-D1", vec![line(1, "B", "2", "40.00"), line(2, "A 茶/1", "0", "3.30")]);
    let back = credit("S1-C3", CreditReason::Cancellation, vec![from(line(1, "B", "2", "40.00"), "S1-D1", 1)]);
    world.set_up(&[&one_back("S1-C1", "33.33"), &allowance("S1-C2", "5.00"), &supplement, &back]).await;

    let books = world.sandbox.books();
    assert_eq!(books.totals()["S1"], d("94.97"));
    let kinds: Vec<(String, u64)> = books.documents_by_kind().into_iter().collect();
    let expected = [("credit_note", 3), ("customer", 1), ("debit_note", 1), ("outbound", 2), ("sales_order", 1)];
    assert_eq!(kinds, expected.map(|(k, n)| (k.to_owned(), n)));
    assert_eq!((books.duplicates, books.refused_duplicates, books.rejected), (0, 0, 0));

    let outbound = books.find("outbound", "S1-CK").unwrap();
    assert!(outbound.audited && !outbound.counts);
    assert!(outbound.lines.iter().all(|l| l.source.as_deref() == Some("S1")));
    let returned = books.find("credit_note", "S1-C1").unwrap();
    assert_eq!((returned.reason.as_deref(), returned.original.as_deref()), (Some("return"), Some("S1")));
    assert_eq!(returned.lines[0].source.as_deref(), Some("S1-CK"));
    let discount = books.find("credit_note", "S1-C2").unwrap();
    assert_eq!((discount.lines[0].sku.as_str(), discount.lines[0].source.as_deref()), ("ALLOWANCE", None));
    assert_eq!(books.find("credit_note", "S1-C3").unwrap().lines[0].source.as_deref(), Some("S1-D1-CK"));
    assert_eq!(books.find("customer", "U7").unwrap().name.as_deref(), Some("王小明（北京）"));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn a_customer_is_created_found_and_changed() {
    let world = World::new().await;
    let verdict = world.create(&customer()).await;
    let (id, amounts, found) = delivered(&verdict);
    assert_eq!((id.is_empty(), amounts, found), (false, None, false));
    let verdict = world.create(&customer()).await;
    assert_eq!(delivered(&verdict), (id, None, true));
    let verdict = world.look_up(&customer()).await;
    assert_eq!(delivered(&verdict), (id, None, true));

    let Document::Customer(mut renamed) = customer() else { unreachable!() };
    renamed.name = "王晓明".into();
    let renamed = Document::Customer(renamed);
    let verdict = world.create(&renamed).await;
    assert_eq!(delivered(&verdict), (id, None, false));
    assert_eq!(world.sandbox.books().find("customer", "U7").unwrap().name.as_deref(), Some("王晓明"));
    assert_eq!(world.count("customer"), 1);
    let Document::Customer(mut other) = customer() else { unreachable!() };
    other.number = "G 8/金".into();
    assert!(!delivered(&world.look_up(&Document::Customer(other)).await).2);
    assert_eq!(world.count("customer"), 2);
}

#[tokio::test]
async fn an_order_takes_four_requests_and_a_second_create_finds_it() {
    let world = World::new().await;
    world.set_up(&[&customer(), &order()]).await;
    let before = world.requests();
    world.set_up(&[&order_of("S2", vec![line(1, "B", "1", "20.00")])]).await;
    assert_eq!(world.requests() - before, 4);

    let verdict = world.create(&order()).await;
    let (reference, amounts, found) = delivered(&verdict);
    assert!(found && reference.contains('+'));
    assert_eq!(amounts, Some(order().header().unwrap().amounts));
    let before = world.requests();
    assert!(delivered(&world.look_up(&order()).await).2);
    assert_eq!(world.requests() - before, 2);
    let books = world.sandbox.books();
    assert_eq!((books.duplicates, world.count("outbound")), (0, 2));
}

/// Orders whose outbounds may go together, created at the same time.
async fn at_once(world: &World, orders: &[Document]) -> Vec<Verdict> {
    futures_util::future::join_all(orders.iter().map(|order| world.create(order))).await
}

fn orders(count: u32) -> Vec<Document> {
    (1..=count).map(|n| order_of(&format!("S{n}"), vec![line(1, "B", "1", "20.00")])).collect()
}

#[tokio::test]
async fn outbounds_of_several_orders_go_in_one_request() {
    let world =
        World::with(|config| config.delay = Duration::from_millis(20), |settings| settings.outbounds_together = 10)
            .await;
    world.set_up(&[&customer(), &order()]).await;
    let (before, orders) = (world.requests(), orders(20).split_off(1));
    let verdicts = at_once(&world, &orders).await;
    assert!(verdicts.iter().all(|v| !delivered(v).2), "{verdicts:?}");
    let requests = world.requests() - before;
    assert!(requests <= 19 * 3 + 9, "{requests} requests, where 76 would be each by itself");
    let books = world.sandbox.books();
    assert_eq!((books.duplicates, world.count("outbound"), world.count("sales_order")), (0, 20, 20));
    assert!(books.documents.iter().all(|d| d.audited));
}

#[tokio::test]
async fn a_batch_that_is_not_answered_is_looked_up_piece_by_piece() {
    for fault in [Fault::HoldAfter, Fault::ResetAfter, Fault::ResetBefore, Fault::Draft] {
        let world = World::with(
            |config| {
                config.delay = Duration::from_millis(20);
                config.request_timeout = Duration::from_millis(900);
                config.late_max = Duration::from_millis(1300);
            },
            |settings| settings.outbounds_together = 10,
        )
        .await;
        world.set_up(&[&customer(), &order()]).await;
        world.sandbox.inject("/sal_out_bound_batch", fault);
        let orders = orders(9).split_off(1);
        let mut unknown = 0;
        for (order, verdict) in orders.iter().zip(at_once(&world, &orders).await) {
            let Verdict::Unknown { .. } = verdict else {
                delivered(&verdict);
                continue;
            };
            unknown += 1;
            tokio::time::sleep(world.adapter.late_max() / unknown).await;
            delivered(&world.look_up(order).await);
        }
        assert!(unknown > 1, "{fault:?}: {unknown} were in the batch");
        let books = world.sandbox.books();
        assert_eq!((books.duplicates, world.count("outbound"), world.count("sales_order")), (0, 9, 9), "{fault:?}");
        assert!(books.documents.iter().all(|d| d.audited), "{fault:?}");
    }
}

#[tokio::test]
async fn a_tax_that_is_a_cent_off_is_met_with_two_entries_and_can_be_taken_back() {
    let world = World::new().await;
    let odd = |mut line: Line, tax: &str| {
        line.amounts = Amounts::from_total(line.amounts.total, d(tax));
        line
    };
    let order =
        order_of("S1", vec![odd(line(1, "A", "3", "100.00"), "11.51"), odd(line(2, "B", "1", "50.00"), "5.76")]);
    world.set_up(&[&customer(), &order]).await;
    assert_eq!(world.sandbox.books().find("sales_order", "S1").unwrap().tax, d("17.27"));
    let all = vec![
        from(odd(line(1, "A", "3", "100.00"), "11.51"), "S1", 1),
        from(odd(line(2, "B", "1", "50.00"), "5.76"), "S1", 2),
    ];
    world.set_up(&[&credit("S1-C1", CreditReason::Return, all)]).await;
    let books = world.sandbox.books();
    assert_eq!((books.totals()["S1"], books.find("credit_note", "S1-C1").unwrap().tax), (d("0"), d("17.27")));
}

#[tokio::test]
async fn what_took_effect_unanswered_is_found() {
    let faults = [Fault::HoldAfter, Fault::Late, Fault::ResetAfter, Fault::ErrorAfter, Fault::Draft];
    futures_util::future::join_all(faults.map(found_after)).await;
}

/// Each save meets the fault once; what is then looked up is there, and nothing is sent twice.
async fn found_after(fault: Fault) {
    let world = World::impatient().await;
    for save in ["/sal_order", "/sal_out_bound", "/sal_in_bound", "/customer"] {
        if (save, fault) != ("/customer", Fault::Draft) {
            world.sandbox.inject(save, fault);
        }
    }
    for document in [customer(), order(), one_back("S1-C1", "33.33")] {
        let mut verdict = world.create(&document).await;
        let mut unknowns = 0;
        while let Verdict::Unknown { .. } = verdict {
            unknowns += 1;
            tokio::time::sleep(world.adapter.late_max()).await;
            verdict = world.look_up(&document).await;
        }
        let (_, _, found) = delivered(&verdict);
        let expected = match (document.kind(), fault) {
            (DocumentKind::SalesOrder, _) => (2, fault != Fault::Draft),
            (DocumentKind::Customer, Fault::Draft) => (0, false),
            _ => (1, fault != Fault::Draft),
        };
        assert_eq!((unknowns, found), expected, "{} {fault:?}", document.number());
    }
    let books = world.sandbox.books();
    assert_eq!((books.documents.len(), books.duplicates, books.refused_duplicates), (4, 0, 0), "{fault:?}");
    assert!(books.documents.iter().all(|d| d.audited), "{fault:?}");
}

#[tokio::test]
async fn what_did_not_take_effect_is_sent_again() {
    for fault in [Fault::HoldBefore, Fault::ResetBefore, Fault::ErrorBefore] {
        let world = World::impatient().await;
        world.set_up(&[&customer()]).await;
        world.sandbox.inject("/sal_order", fault);
        let verdict = world.create(&order()).await;
        assert!(matches!(verdict, Verdict::Unknown { .. }), "{fault:?}: {verdict:?}");
        assert_eq!(world.count("sales_order"), 0);
        assert!(!delivered(&world.look_up(&order()).await).2);
        assert_eq!((world.count("sales_order"), world.count("outbound")), (1, 1));
    }
}

#[tokio::test]
async fn after_a_kill_between_order_and_outbound_the_outbound_follows() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    world.sandbox.inject("/sal_out_bound", Fault::HoldBefore);
    let document = order();
    let killed = tokio::time::timeout(Duration::from_millis(500), world.create(&document)).await;
    assert!(killed.is_err());
    assert_eq!((world.count("sales_order"), world.count("outbound")), (1, 0));
    assert!(!delivered(&world.look_up(&document).await).2);
    assert_eq!((world.count("sales_order"), world.count("outbound")), (1, 1));
    assert_eq!(world.sandbox.books().refused_duplicates, 0);
}

#[tokio::test]
async fn throttled_and_unavailable_mean_not_done() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    world.sandbox.inject("/sal_order", Fault::Throttle);
    let Verdict::NotDone { retry_after, .. } = world.create(&order()).await else { panic!() };
    assert_eq!(retry_after, Some(Duration::from_secs(1)));
    world.sandbox.inject("/sal_order", Fault::Unavailable);
    let Verdict::NotDone { reason, retry_after: None } = world.create(&order()).await else { panic!() };
    assert!(reason.contains("503"), "{reason}");
    assert_eq!(world.count("sales_order"), 0);

    let slow = World::with(|config| config.requests_per_second = Some(1), |_| {}).await;
    let Verdict::NotDone { retry_after: Some(_), .. } = slow.create(&customer()).await else { panic!() };
}

#[tokio::test]
async fn html_is_garbled_and_slow_is_fine() {
    let world = World::new().await;
    world.sandbox.inject("/customer", Fault::Html);
    let Verdict::Garbled { reason } = world.create(&customer()).await else { panic!() };
    assert!(reason.contains("Please log in"), "{reason}");
    let world = World::impatient().await;
    world.sandbox.inject("/customer", Fault::Slow);
    let started = Instant::now();
    delivered(&world.create(&customer()).await);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn an_expired_token_is_replaced_twice_a_minute_and_no_more() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    world.sandbox.end_sessions();
    world.set_up(&[&order()]).await;
    world.sandbox.end_sessions();
    let Verdict::NotDone { reason, retry_after: Some(wait) } = world.create(&one_back("S1-C1", "33.33")).await else {
        panic!()
    };
    assert!(reason.contains("two requests") && wait > Duration::from_secs(50), "{reason} {wait:?}");
}

#[tokio::test]
async fn wrong_secrets_are_unauthorised_and_not_hammered() {
    for (field, said) in [("client_secret", "Signature"), ("app_secret", "every 24 h"), ("app_key", "appKey")] {
        let world = World::with(
            |_| {},
            |settings| match field {
                "client_secret" => settings.client_secret = "wrong".into(),
                "app_secret" => settings.app_secret = "wrong".into(),
                _ => settings.app_key = "wrong".into(),
            },
        )
        .await;
        for _ in 0..5 {
            let Verdict::Unauthorised { reason } = world.create(&customer()).await else { panic!("{field}") };
            assert!(reason.contains(said) && !reason.contains("wrong"), "{field}: {reason}");
        }
        let error = world.adapter.check(&Needs::default()).await.unwrap_err();
        assert!(error.contains("refuses the credentials"), "{error}");
        assert_eq!((world.requests(), world.sandbox.requests(Act::Login)), (1, 1), "{field}");
        assert!(world.sandbox.books().documents.is_empty());
    }
}

#[tokio::test]
async fn check_reads_the_warehouse_and_the_service() {
    let world = World::new().await;
    let said = world.adapter.check(&Needs::of([&order()])).await.unwrap();
    assert!(said.is_good(), "{said}");
    for part in [
        "guarantee of credit_note: unique: it refuses a second form with the same number (bill_no of the return",
        "guarantee of customer: unique: it refuses a second customer",
        "outbounds are made with their orders",
        "outer_instance_id in its place has it fetched",
        "1000000 requests a minute are more than the 450",
    ] {
        assert!(said.to_string().contains(part), "{part} is not in {said}");
    }
    let units = Needs { units: ["3000001", "件", "7"].map(String::from).into(), ..Needs::default() };
    let said = world.adapter.check(&units).await.unwrap().to_string();
    for part in
        ["ok   unit 3000001 is there", "FIX  unit 件: that is its name", "3000001", "FIX  unit 7: the ERP has no unit"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    let wrong = World::with(|_| {}, |settings| settings.stock_id = "1".into()).await;
    let said = wrong.adapter.check(&Needs::default()).await.unwrap();
    assert!(!said.is_good() && said.to_string().contains("no warehouse with the id 1"), "{said}");
    let wrong = World::with(|_| {}, |settings| settings.allowance_sku = "UNKNOWN-1".into()).await;
    let said = wrong.adapter.check(&Needs::default()).await.unwrap();
    assert!(!said.is_good() && said.to_string().contains("no material with the number UNKNOWN-1"), "{said}");
    let goods = World::with(|_| {}, |settings| settings.allowance_sku = "A".into()).await;
    let said = goods.adapter.check(&Needs::default()).await.unwrap();
    assert!(said.to_string().contains("FIX  service A: it is no service in the ERP (its check_type is 1)"), "{said}");
}

#[tokio::test]
async fn content_that_is_refused_says_why() {
    let world = World::new().await;
    let reason = rejected(world.create(&order()).await);
    assert!(reason.contains("customer_number") && reason.contains("U7"), "{reason}");
    world.set_up(&[&customer()]).await;
    let lacking = world.create(&order_of("S2", vec![line(1, "UNKNOWN-9", "1", "5.00")])).await;
    let Verdict::Lacking { item, reason, absent: true } = lacking else { panic!("it lacks nothing: {lacking:?}") };
    assert_eq!(item, "UNKNOWN-9");
    assert!(reason.contains("no material with the number UNKNOWN-9"), "{reason}");
    let reason = rejected(world.create(&one_back("S1-C1", "33.33")).await);
    assert!(reason.starts_with("neither order S1") && reason.contains("outbound S1-CK"), "{reason}");
    world.set_up(&[&order()]).await;
    let reason = rejected(world.create(&allowance("S1-C2", "130.01")).await);
    assert!(reason.contains("2016043025") && reason.contains("130.00 sold"), "{reason}");
    let many = credit("S1-C3", CreditReason::Return, vec![from(line(1, "A 茶/1", "4", "99.00"), "S1", 1)]);
    let reason = rejected(world.create(&many).await);
    assert!(reason.contains("returns 4 of A 茶/1") && reason.contains("3 left"), "{reason}");
    let mut dollars = order();
    if let Document::SalesOrder(order) = &mut dollars {
        order.header.currency = "USD".into();
    }
    assert!(rejected(world.create(&dollars).await).contains("USD"));
    assert_eq!(world.count("credit_note"), 0);
}

#[tokio::test]
async fn another_document_under_our_number_is_a_conflict() {
    let world = World::new().await;
    world.set_up(&[&customer(), &order()]).await;
    let dearer = order_of("S1", vec![line(1, "A 茶/1", "3", "130.01")]);
    for start in [Start::Create, Start::LookUp] {
        let Verdict::Conflict { reason } = world.deliver(&dearer, start).await else { panic!() };
        assert_eq!(reason, "order S1 is in the ERP already, but its total is 130.00, ours is 130.01");
    }
    let regrouped = order_of("S1", vec![line(1, "A 茶/1", "3", "100.00"), line(2, "B", "1", "30.00")]);
    let Verdict::Conflict { reason } = world.create(&regrouped).await else { panic!() };
    assert!(reason.contains("tax") || reason.contains("line 2"), "{reason}");
    world.set_up(&[&allowance("S1-C1", "5.00")]).await;
    let Verdict::Conflict { reason } = world.create(&allowance("S1-C1", "6.00")).await else { panic!() };
    assert!(reason.contains("5.00, ours is 6.00"), "{reason}");
    assert_eq!(world.sandbox.books().duplicates, 0);
}

#[tokio::test]
async fn an_order_of_many_materials_looks_them_up_in_bounded_steps() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    let lines = (1..=20).map(|no| line(no, &format!("SKU-{no}"), "1", "1.00")).collect();
    let order = order_of("S9", lines);
    let mut verdict = world.create(&order).await;
    let mut steps = 0;
    while let Verdict::NotDone { retry_after: Some(Duration::ZERO), .. } = verdict {
        steps += 1;
        verdict = world.create(&order).await;
    }
    delivered(&verdict);
    assert_eq!(steps, 2);
}

#[tokio::test]
async fn free_goods_and_fractions_of_a_cent_a_piece() {
    let world = World::new().await;
    let lines = vec![
        line(1, "GIFT", "2", "0.00"),
        line(2, "SCREW", "1000", "3.33"),
        line(3, "CLOTH", "2.5", "9.99"),
        line(4, "A", "7", "0.10"),
    ];
    let order = order_of("S1", lines.clone());
    world.set_up(&[&customer(), &order]).await;
    let back = lines.into_iter().map(|l| from(l.clone(), "S1", l.no)).collect();
    world.set_up(&[&credit("S1-C1", CreditReason::Return, back)]).await;
    assert_eq!(world.sandbox.books().totals()["S1"], d("0"));
}

#[tokio::test]
async fn the_contract_s_bounds_hold() {
    let world = World::new().await;
    let adapter = &world.adapter;
    assert_eq!((adapter.kind(), adapter.guarantee(DocumentKind::CreditNote)), ("kingdee-xingchen", Guarantee::Unique));
    assert!(adapter.late_max() > adapter.request_max());
    world.set_up(&[&customer()]).await;
    let lines = (1..=8).map(|no| line(no, &format!("SKU-{no}"), "1", "1.00")).collect();
    let before = world.requests();
    delivered(&world.look_up(&order_of("S3", lines)).await);
    assert!(world.requests() - before <= u64::from(adapter.requests_max()));
    world.sandbox.stop().await;
}

#[tokio::test]
async fn an_amount_without_pieces_can_be_left_to_people() {
    let world = World::with(|_| {}, |settings| settings.allowance = Allowance::ByHand).await;
    world.set_up(&[&customer(), &order(), &one_back("S1-C1", "33.33")]).await;
    let Verdict::Rejected { reason, absent: true } = world.create(&allowance("S1-C2", "5.00")).await else { panic!() };
    assert!(reason.contains("amount without pieces") && reason.contains("--by-hand"), "{reason}");
    assert_eq!(world.count("credit_note"), 1);
}

/// Permits as the relays share them, for this process alone: `burst` at once, and the rest at the rate.
fn paced() -> Pace {
    let next = Arc::new(Mutex::new(None::<tokio::time::Instant>));
    Pace::new(move |limit: Limit| {
        let next = next.clone();
        async move {
            let step = Duration::from_secs(60) / limit.per_minute;
            let now = tokio::time::Instant::now();
            let at = {
                let mut next = next.lock().await;
                let earliest = now.checked_sub(step * limit.burst).unwrap_or(now);
                let at = next.unwrap_or(earliest).max(earliest) + step;
                *next = Some(at);
                at
            };
            tokio::time::sleep_until(at).await;
            Ok(())
        }
        .boxed()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_documents_stays_below_the_vendor_s_limit() {
    let world = World::with(|config| config.requests_per_minute = Some(500), |_| {}).await;
    let mut settings = world.settings();
    settings.rate_per_minute = RATE_PER_MINUTE;
    let adapter = Adapter::new(settings, paced()).unwrap();
    let deliver = |document: Document| {
        let adapter = &adapter;
        async move {
            adapter
                .deliver(Delivery { document: &document, posting_date: day(), start: Start::Create, until: soon() })
                .await
        }
    };
    delivered(&deliver(customer()).await);
    let begun = Instant::now();
    let orders = (1..=24).map(|n| order_of(&format!("S{n}"), vec![line(1, "B", "1", "20.00")]));
    let verdicts: Vec<Verdict> = futures_util::stream::iter(orders.map(deliver)).buffer_unordered(8).collect().await;
    verdicts.iter().for_each(|verdict| assert!(!delivered(verdict).2));
    let (requests, books) = (world.requests(), world.sandbox.books());
    // A token, the customer, the material as often as it was asked for at once, and four an order.
    assert!(
        (2 + 1 + 24 * 4..=2 + 8 + 24 * 4).contains(&requests),
        "{requests}: nothing was sent twice, so nothing met a 429"
    );
    assert_eq!(world.count("outbound"), 24);
    assert!(
        begun.elapsed() > Duration::from_secs(8),
        "100 requests, of which 40 may leave at once: {:?}",
        begun.elapsed()
    );
    assert!(books.faults.is_empty());
}

#[tokio::test]
async fn an_account_that_is_used_by_others_too_makes_us_wait() {
    let world = World::with(|config| config.requests_per_minute = Some(6), |_| {}).await;
    world.set_up(&[&customer()]).await;
    let verdict = world.create(&order()).await;
    let Verdict::NotDone { retry_after: Some(wait), reason } = verdict else { panic!("{verdict:?}") };
    assert!(wait >= Duration::from_secs(1) && reason.contains("429"), "{reason}");
}

/// 40 orders with a return and an allowance each, eight lanes at once, on a bad day.
async fn a_bad_day(unique: bool, seed: u64) {
    let world = World::with(
        |config| {
            config.faults = Faults::rough();
            config.seed = seed;
            config.unique = unique;
            config.request_timeout = Duration::from_millis(300);
            config.late_max = Duration::from_millis(600);
        },
        |_| {},
    )
    .await;
    delivered(&bring_home(&world.adapter, &customer()).await);
    let lane = |n: u32| {
        let adapter = &world.adapter;
        async move {
            let number = format!("R{n}");
            let note = |suffix: &str, line: Line| {
                let header = header(&format!("{number}-{suffix}"), &number, vec![from(line, &number, 1)]);
                Document::CreditNote(CreditNote::over(header, CreditReason::Return, number.clone()))
            };
            let order = order_of(&number, vec![line(1, "A", "3", "100.00"), line(2, "B", "1", "20.00")]);
            let documents = [order, note("C1", line(1, "A", "1", "33.33")), note("C2", line(1, "A", "0", "6.67"))];
            for document in documents {
                delivered(&bring_home(adapter, &document).await);
            }
        }
    };
    futures_util::stream::iter((1..=40).map(lane)).buffer_unordered(8).collect::<Vec<()>>().await;
    let books = world.sandbox.books();
    assert_eq!(books.duplicates, 0, "seed {seed}");
    assert_eq!(books.totals().len(), 40);
    assert!(books.totals().values().all(|total| *total == d("80.00")), "seed {seed}: {:?}", books.totals());
    assert_eq!(books.documents.len(), 1 + 40 * 4);
    assert!(books.faults.values().sum::<u64>() > 40, "{:?}", books.faults);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_bad_day_every_document_is_there_once() {
    a_bad_day(true, 11).await;
}

/// An ERP that accepts a number twice: the look-up alone keeps the books single.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_bad_day_with_an_erp_that_does_not_mind_duplicates_too() {
    a_bad_day(false, 12).await;
}
