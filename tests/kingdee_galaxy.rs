//! The Kingdee Galaxy adapter against its sandbox, over HTTP: what the suite of all adapters (`erp_conformance.rs`) does not know of.

use std::time::Duration;

use futures_util::future::join_all;
use ledgertap::document::{CreditReason, Document};
use ledgertap::erp::kingdee_galaxy::{Adapter, Adjustments, Clock, Login, Settings};
use ledgertap::erp::{Delivery, Erp, Needs, Pace, Start, Verdict};
use ledgertap::sandbox::{Act, Config, Fault, Faults, Kind, Sandbox, start};

use crate::world::documents::{
    allowance, credit, customer, d, day, debit, from, line, one_back, order, order_of, soon,
};

struct World {
    sandbox: Sandbox,
    settings: Settings,
    adapter: Adapter,
}

impl World {
    async fn with(change: impl FnOnce(&mut Settings)) -> World {
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 3);
        config.kind = Kind::KingdeeGalaxy;
        let sandbox = start(config).await.unwrap();
        let block: toml::Table = sandbox.erp_block().parse().unwrap();
        let get = |name: &str| block["erp"][name].as_str().unwrap().to_owned();
        let app = (get("app_id"), get("app_secret").into());
        let mut settings =
            Settings::new(get("url"), (get("acct_id"), get("user")), app, (get("organization"), get("stock")));
        settings.rate_per_minute = 1_000_000;
        change(&mut settings);
        let adapter = Adapter::new(settings.clone(), Pace::free()).unwrap();
        World { sandbox, settings, adapter }
    }

    async fn deliver(&self, document: &Document, start: Start) -> Verdict {
        self.adapter.deliver(Delivery { document, posting_date: day(), start, until: soon() }).await
    }

    async fn create(&self, document: &Document) -> Verdict {
        self.deliver(document, Start::Create).await
    }

    /// Delivers what is expected to go well.
    async fn set_up(&self, documents: &[Document]) {
        for document in documents {
            let verdict = self.create(document).await;
            assert!(matches!(verdict, Verdict::Delivered { .. }), "{}: {verdict:?}", document.number());
        }
    }
}

/// An order, and all that can become of it.
fn life() -> [Document; 6] {
    [
        customer(),
        order(),
        one_back("S1-C1", "33.33"),
        allowance("S1-C2", "5.00"),
        debit("S1-D1", vec![line(1, "B", "2", "40.00")]),
        credit("S1-C3", CreditReason::Cancellation, vec![from(line(1, "B", "2", "40.00"), "S1-D1", 1)]),
    ]
}

#[tokio::test]
async fn both_log_ins_and_both_clocks() {
    for (login, clock) in
        [(Login::Signature, Clock::Seconds), (Login::Signature, Clock::Milliseconds), (Login::Session, Clock::Seconds)]
    {
        let world = World::with(|settings| (settings.login, settings.clock) = (login, clock)).await;
        let checkup = world.adapter.check(&Needs::of(&life())).await.unwrap();
        assert!(checkup.is_good() && checkup.to_string().contains("数据权限"), "{checkup}");
        world.set_up(&life()).await;
        assert_eq!(world.sandbox.books().totals()["S1"], d("91.67"));
        assert_eq!(world.sandbox.requests(Act::Login), u64::from(login == Login::Session));
    }
}

#[tokio::test]
async fn a_price_allowance_is_a_negative_receivable_of_either_form() {
    for adjustments in [Adjustments::Receivable, Adjustments::OtherReceivable] {
        let world = World::with(|settings| settings.adjustments = adjustments).await;
        world.set_up(&life()).await;
        let books = world.sandbox.books();
        let note = books.find("credit_note", "S1-C2").unwrap();
        assert_eq!((note.total, note.tax, note.audited), (d("5.00"), d("0.58"), true));
        assert_eq!((note.reason.as_deref(), note.reference.as_deref()), (Some("discount"), Some("S1")));
        assert_eq!(note.lines[0].sku.is_empty(), adjustments == Adjustments::OtherReceivable);
        let verdict = world.deliver(&allowance("S1-C2", "5.00"), Start::LookUp).await;
        assert!(matches!(verdict, Verdict::Delivered { found: true, .. }), "{verdict:?}");
    }
}

#[tokio::test]
async fn a_return_names_the_row_that_sold_it() {
    let world = World::with(|_| {}).await;
    world.set_up(&life()[..3]).await;
    let books = world.sandbox.books();
    assert_eq!(books.find("credit_note", "S1-C1").unwrap().lines[0].source.as_deref(), Some("S1-CK"));
    assert_eq!(books.find("outbound", "S1-CK").unwrap().lines[0].source.as_deref(), Some("S1"));
    let all = credit("S1-C9", CreditReason::Return, vec![from(line(1, "A 茶/1", "3", "100.00"), "S1", 1)]);
    let Verdict::Rejected { reason, .. } = world.create(&all).await else { panic!("more came back than was sold") };
    assert_eq!(reason, "line 1 returns 3 of A 茶/1, but line 1 of S1 has 2 left in the ERP");
}

/// What is missing in the account is said, each with what to do.
#[tokio::test]
async fn a_check_says_what_is_missing() {
    let world = World::with(|settings| {
        settings.stock = "CK009".into();
        settings.unit = Some("Box".into());
        settings.allowance_sku = "UNKNOWN-1".into();
    })
    .await;
    let checkup = world.adapter.check(&Needs::of(&life())).await.unwrap();
    let wrong: Vec<&str> = checkup.findings.iter().filter(|f| f.remedy.is_some()).map(|f| f.what.as_str()).collect();
    let expected = [
        "erp.stock: no CK009 in BD_STOCK",
        "unit of measure: no Box in BD_UNIT",
        "erp.allowance_sku: the item UNKNOWN-1 is not there",
    ];
    assert_eq!(wrong, expected);
}

/// Goods of an order that was in the ERP before the books were opened.
#[tokio::test]
async fn what_the_erp_had_before_comes_back_without_a_source() {
    let world = World::with(|_| {}).await;
    world.set_up(&[customer()]).await;
    world.sandbox.add_order("S1", d("50.00"));
    let old = credit("S1-C1", CreditReason::Return, vec![line(1, "A 茶/1", "1", "33.33")]);
    world.set_up(&[old]).await;
    assert_eq!(world.sandbox.books().find("credit_note", "S1-C1").unwrap().lines[0].source, None);
}

/// Orders that are saved at the same time go in few requests; one of them whose number is taken, and one that is refused, leave the
/// others alone.
#[tokio::test]
async fn saves_go_together_and_fail_apart() {
    let world = World::with(|settings| settings.saves_together = 20).await;
    let numbers: Vec<String> = (0..12).map(|n| format!("S{n}")).collect();
    let order_of = |number: &str| order_of(number, vec![line(1, "A", "3", "100.00")]);
    world.set_up(&[customer(), order_of("S3")]).await;
    let writes = world.sandbox.requests(Act::Write);
    let mut orders: Vec<Document> = numbers.iter().map(|number| order_of(number)).collect();
    let Document::SalesOrder(stranger) = &mut orders[7] else { unreachable!() };
    stranger.header.customer = "NOBODY".into();
    let verdicts = join_all(orders.iter().map(|order| world.create(order))).await;
    for (number, verdict) in numbers.iter().zip(&verdicts) {
        match (number.as_str(), verdict) {
            ("S7", Verdict::Rejected { reason, absent: true }) => assert!(reason.contains("NOBODY"), "{reason}"),
            ("S3", Verdict::Delivered { found: true, .. }) => {}
            (_, Verdict::Delivered { found: false, .. }) => {}
            other => panic!("{other:?}"),
        }
    }
    let books = world.sandbox.books();
    let kinds = books.documents_by_kind();
    assert_eq!((kinds["sales_order"], kinds["outbound"], books.duplicates), (11, 11, 0));
    assert!(books.documents.iter().all(|document| document.audited));
    // Each by itself: a save, a submission and an audit of two forms each for ten orders, and two saves that were refused.
    let written = world.sandbox.requests(Act::Write) - writes;
    assert!(written < 60, "{written} requests that write");
}

/// A batch that is not answered may be in the books: each of its orders is looked up.
#[tokio::test]
async fn a_batch_that_is_not_answered_is_looked_up() {
    let world = World::with(|settings| settings.saves_together = 20).await;
    world.set_up(&[customer()]).await;
    world.sandbox.inject("BatchSave.common.kdsvc", Fault::ErrorAfter);
    let orders: Vec<Document> = (0..6).map(|n| order_of(&format!("S{n}"), vec![line(1, "A", "3", "100.00")])).collect();
    let verdicts = join_all(orders.iter().map(|order| world.create(order))).await;
    assert!(verdicts.iter().any(|verdict| matches!(verdict, Verdict::Unknown { .. })), "{verdicts:?}");
    for (order, verdict) in orders.iter().zip(&verdicts) {
        if !matches!(verdict, Verdict::Delivered { .. }) {
            let verdict = world.deliver(order, Start::LookUp).await;
            assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
        }
    }
    let books = world.sandbox.books();
    assert_eq!((books.documents_by_kind()["sales_order"], books.refused_duplicates), (6, 0));
}

#[tokio::test]
async fn sessions_are_opened_once_for_all() {
    let world = World::with(|settings| (settings.login, settings.saves_together) = (Login::Session, 1)).await;
    world.set_up(&[customer()]).await;
    world.sandbox.end_sessions();
    let orders: Vec<Document> = (0..6).map(|n| order_of(&format!("S{n}"), vec![line(1, "A", "1", "10.00")])).collect();
    for verdict in join_all(orders.iter().map(|order| world.create(order))).await {
        assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    }
    assert_eq!(world.sandbox.requests(Act::Login), 2);
}

/// What a gateway says of a wrong signature, and that it may be the clock.
#[tokio::test]
async fn a_refused_signature_says_what_to_look_at() {
    let world = World::with(|_| {}).await;
    let wrong = Settings { app_id: "100001_AAAAep/E6Q4zWH2ix+wRNluApcrvFDle".into(), ..world.settings.clone() };
    let adapter = Adapter::new(wrong, Pace::free()).unwrap();
    let before = world.sandbox.books().requests;
    for _ in 0..3 {
        let delivery = Delivery { document: &customer(), posting_date: day(), start: Start::Create, until: soon() };
        let Verdict::Unauthorised { reason } = adapter.deliver(delivery).await else { panic!() };
        assert!(reason.contains("519") && reason.contains("clock") && reason.contains("erp.app_id"), "{reason}");
    }
    assert_eq!(world.sandbox.books().requests - before, 1);
}

/// Many deliveries at once on a rough day: each once, whatever becomes of single requests.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_orders_on_a_rough_day() {
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::rough(), 11);
    config.kind = Kind::KingdeeGalaxy;
    let sandbox = start(config).await.unwrap();
    sandbox.add_customer("U7", "王小明");
    let block: toml::Table = sandbox.erp_block().parse().unwrap();
    let get = |name: &str| block["erp"][name].as_str().unwrap().to_owned();
    let app = (get("app_id"), get("app_secret").into());
    let mut settings =
        Settings::new(get("url"), (get("acct_id"), get("user")), app, (get("organization"), get("stock")));
    (settings.login, settings.rate_per_minute) = (Login::Session, 1_000_000);
    (settings.request_timeout, settings.late_max) = (Duration::from_millis(500), Duration::from_secs(1));
    let adapter = &Adapter::new(settings, Pace::free()).unwrap();
    let orders: Vec<Document> =
        (0..40).map(|n| order_of(&format!("S{n}"), vec![line(1, "A", "3", "100.00")])).collect();
    let home = |order| async move {
        let mut begin = Start::Create;
        for _ in 0..40 {
            let delivery = Delivery { document: order, posting_date: day(), start: begin, until: soon() };
            match adapter.deliver(delivery).await {
                Verdict::Delivered { .. } => return,
                Verdict::NotDone { .. } | Verdict::Unknown { .. } | Verdict::Garbled { .. } => {}
                other => panic!("{}: {other:?}", order.number()),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            begin = Start::LookUp;
        }
        panic!("{} is not there", order.number());
    };
    join_all(orders.iter().map(home)).await;
    let books = sandbox.books();
    let kinds = books.documents_by_kind();
    assert_eq!((kinds["sales_order"], kinds["outbound"], books.duplicates), (40, 40, 0));
    assert!(books.documents.iter().all(|document| document.audited));
    assert!(books.totals().values().all(|total| *total == d("100.00")));
}
