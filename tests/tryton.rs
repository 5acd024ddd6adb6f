//! Tryton, a real server of it: each document, each thing that goes wrong, and a shop's whole life through the real program
//! while that is killed and its connections are cut.
//!
//! `scripts/services up tryton` starts the server; its database stays between runs, so that each test has numbers of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use ledgertap::document::{
    CreditNote, CreditReason, Customer, DebitNote, Document, Header, Line, LineKind, SalesOrder,
};
use ledgertap::erp::tryton::{Adapter, InvoiceDates, Invoices, Settings};
use ledgertap::erp::{Delivery, Erp, Guarantee, Needs, Pace, Start, Verdict};

use crate::world::documents::{d, line};
use crate::world::{self, Booked, Running, Site, SmallShop, Tryton, Wire};

fn day() -> Date {
    jiff::Zoned::now().date()
}

/// An adapter, and the numbers that its test has.
struct World {
    tryton: Tryton,
    adapter: Adapter,
}

impl World {
    fn new() -> World {
        World::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> World {
        let tryton = Tryton::new();
        let mut settings = tryton.settings(tryton.addr);
        change(&mut settings);
        World { adapter: Adapter::new(settings, Pace::free()).unwrap(), tryton }
    }

    /// Another adapter for the same numbers.
    fn other(&self, change: impl FnOnce(&mut Settings)) -> Adapter {
        let mut settings = self.tryton.settings(self.tryton.addr);
        change(&mut settings);
        Adapter::new(settings, Pace::free()).unwrap()
    }

    fn number(&self) -> String {
        self.tryton.number(1)
    }

    fn customer(&self) -> Document {
        Document::Customer(Customer {
            number: format!("C{}", self.number()),
            name: "王小明（北京）".into(),
            email: Some("xm@example.cn".into()),
            phone: Some("13800000000".into()),
            address: Some("北京市 朝阳区 1号 #2".into()),
            ..Customer::default()
        })
    }

    fn header(&self, number: String, lines: Vec<Line>) -> Header {
        Header {
            number,
            order: self.number(),
            customer: format!("C{}", self.number()),
            buyer: None,
            date: day(),
            currency: "CNY".into(),
            prices_include_tax: true,
            amounts: lines.iter().map(|l| l.amounts).sum(),
            lines,
            extra: BTreeMap::new(),
        }
    }

    fn order_of(&self, lines: Vec<Line>) -> Document {
        let header = self.header(self.number(), lines);
        Document::SalesOrder(SalesOrder {
            header, ship_to: Some("王小明 北京市朝阳区".into()), tenders: Vec::new()
        })
    }

    /// Three of A for 100.00, one of B for 20.00, freight 10.00; tax included.
    fn order(&self) -> Document {
        let freight = Line { kind: LineKind::Shipping, ..line(3, "SHIPPING", "1", "10.00") };
        self.order_of(vec![line(1, "SKU-A", "3", "100.00"), line(2, "SKU-B", "1", "20.00"), freight])
    }

    fn credit(&self, suffix: &str, reason: CreditReason, lines: Vec<Line>) -> Document {
        let header = self.header(format!("{}-{suffix}", self.number()), lines);
        Document::CreditNote(CreditNote::over(header, reason, self.number()))
    }

    fn debit(&self, suffix: &str, lines: Vec<Line>) -> Document {
        let header = self.header(format!("{}-{suffix}", self.number()), lines);
        Document::DebitNote(DebitNote { header, original: self.number() })
    }

    async fn set_up(&self, documents: &[&Document]) {
        for document in documents {
            let verdict = deliver(&self.adapter, document, Start::Create).await;
            assert!(matches!(verdict, Verdict::Delivered { found: false, .. }), "{}: {verdict:?}", document.number());
        }
    }
}

async fn deliver(adapter: &Adapter, document: &Document, start: Start) -> Verdict {
    deliver_on(day(), adapter, document, start).await
}

/// Again where another test was posting an invoice at that moment.
async fn deliver_on(posting_date: Date, adapter: &Adapter, document: &Document, mut start: Start) -> Verdict {
    let until = tokio::time::Instant::now() + Duration::from_secs(120);
    loop {
        match adapter.deliver(Delivery { document, posting_date, start, until }).await {
            Verdict::NotDone { reason, .. }
                if ["could not obtain lock", "could not serialize"].iter().any(|said| reason.contains(said)) =>
            {
                start = Start::LookUp;
            }
            verdict => return verdict,
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[track_caller]
fn found(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Delivered { found, .. } => *found,
        other => panic!("not delivered: {other:?}"),
    }
}

#[track_caller]
fn rejected(verdict: Verdict) -> String {
    match verdict {
        Verdict::Rejected { reason, .. } => reason,
        other => panic!("not rejected: {other:?}"),
    }
}

/// A sale of one invoice, by our numbers and to the cent.
fn booked(reference: String, customer: String, origin: Option<String>, amounts: [&str; 3]) -> Booked {
    let total = amounts[2].to_owned();
    Booked {
        reference,
        state: "processing".into(),
        customer,
        origin,
        amounts: amounts.map(String::from),
        invoices: vec![["posted".into(), total.clone(), total]],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_and_its_notes_are_booked_once_each() {
    let world = World::new();
    let all = [
        world.customer(),
        world.order(),
        world.credit("CN1", CreditReason::Return, vec![line(1, "SKU-A", "1", "33.33")]),
        world.credit("CN2", CreditReason::Discount, vec![line(1, "SKU-B", "0", "5.00")]),
        world.debit("DN1", vec![line(1, "SKU-B", "2", "40.00"), line(2, "SKU-A", "0", "3.30")]),
    ];
    world.set_up(&all.each_ref()).await;
    for document in &all {
        for start in [Start::LookUp, Start::Create] {
            let verdict = deliver(&world.adapter, document, start).await;
            assert!(found(&verdict), "{}: {verdict:?}", document.number());
            let Verdict::Delivered { amounts, .. } = verdict else { unreachable!() };
            assert_eq!(amounts, document.header().map(|h| h.amounts), "{}", document.number());
        }
    }
    let (number, customer) = (world.number(), format!("C{}", world.number()));
    let of =
        |suffix: &str, amounts| booked(format!("{number}-{suffix}"), customer.clone(), Some(number.clone()), amounts);
    let expected = [
        booked(number.clone(), customer.clone(), None, ["115.05", "14.95", "130.00"]),
        of("CN1", ["-29.50", "-3.83", "-33.33"]),
        of("CN2", ["-4.42", "-0.58", "-5.00"]),
        of("DN1", ["38.32", "4.98", "43.30"]),
    ];
    assert_eq!(world.tryton.booked().await, expected);
    let query = "SELECT n.description FROM account_invoice n WHERE n.reference = $1";
    let invoice = world.tryton.text("SELECT number FROM account_invoice WHERE reference = $1", &number).await;
    let note = world.tryton.text(query, &format!("{number}-CN1")).await;
    assert_eq!(note, format!("credit_note return; order {number}; original {number}; invoice {invoice}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_created_found_and_changed() {
    let world = World::new();
    world.set_up(&[&world.customer()]).await;
    assert!(found(&deliver(&world.adapter, &world.customer(), Start::LookUp).await));
    let Document::Customer(mut renamed) = world.customer() else { unreachable!() };
    (renamed.name, renamed.address, renamed.phone) =
        ("王晓明".into(), Some("上海市 2号".into()), Some("13900000000".into()));
    let number = renamed.number.clone();
    let renamed = Document::Customer(renamed);
    assert!(!found(&deliver(&world.adapter, &renamed, Start::Create).await));
    assert!(found(&deliver(&world.adapter, &renamed, Start::Create).await));
    let query = "SELECT p.name || '; ' || (SELECT string_agg(m.value, ', ' ORDER BY m.value) FROM party_contact_mechanism m WHERE \
                 m.party = p.id) || '; ' || (SELECT count(*) FROM party_address a WHERE a.party = p.id) FROM party_party p WHERE \
                 p.code = $1";
    assert_eq!(world.tryton.text(query, &number).await, "王晓明; 13900000000, xm@example.cn; 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_ended_from_where_it_is() {
    let world = World::new();
    world.set_up(&[&world.customer()]).await;
    let leaving = world.other(|s| s.invoices = Invoices::Leave);
    assert!(!found(&deliver(&leaving, &world.order(), Start::Create).await));
    assert_eq!(world.tryton.booked().await[0].invoices[0][0], "draft");
    assert!(found(&deliver(&leaving, &world.order(), Start::LookUp).await));
    // The same order, once the config says that invoices are posted.
    assert!(!found(&deliver(&world.adapter, &world.order(), Start::LookUp).await));
    assert!(found(&deliver(&world.adapter, &world.order(), Start::LookUp).await));
    assert_eq!(world.tryton.booked().await[0].invoices, [["posted", "130.00", "130.00"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_under_our_number_is_a_conflict_and_is_left_alone() {
    let world = World::new();
    world.set_up(&[&world.customer(), &world.order()]).await;
    let before = world.tryton.booked().await;
    let dearer = world.order_of(vec![line(1, "SKU-A", "3", "100.01")]);
    let other = world.order_of(vec![
        line(1, "SKU-C", "3", "100.00"),
        line(2, "SKU-B", "1", "20.00"),
        line(3, "FEE", "1", "10.00"),
    ]);
    for start in [Start::LookUp, Start::Create] {
        let verdict = deliver(&world.adapter, &dearer, start).await;
        let Verdict::Conflict { reason } = verdict else { panic!("{verdict:?}") };
        assert!(reason.contains("total 130.00") && reason.contains("total 100.01"), "{reason}");
        let verdict = deliver(&world.adapter, &other, start).await;
        let Verdict::Conflict { reason } = verdict else { panic!("{verdict:?}") };
        assert!(reason.contains("a line of"), "{reason}");
    }
    assert_eq!(world.tryton.booked().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_web_shop_the_reference_is_asked_for() {
    let world = World::with(|s| s.web_shop = None);
    let kinds = [world.customer().kind(), world.order().kind()];
    assert_eq!(kinds.map(|kind| world.adapter.guarantee(kind)), [Guarantee::Unique, Guarantee::Probe]);
    world.set_up(&[&world.customer(), &world.order()]).await;
    assert!(found(&deliver(&world.adapter, &world.order(), Start::LookUp).await));
    // Nothing stops a late duplicate, which is seen then.
    let leaving = world.other(|s| (s.web_shop, s.invoices) = (None, Invoices::Leave));
    assert!(!found(&deliver(&leaving, &world.order(), Start::Create).await));
    let verdict = deliver(&world.adapter, &world.order(), Start::LookUp).await;
    assert!(
        matches!(&verdict, Verdict::Conflict { reason } if reason.contains("2 sales with the reference")),
        "{verdict:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_erp_lacks_is_named_before_anything_is_there() {
    let world = World::new();
    let lacking = world.order_of(vec![line(1, "SKU-NONE", "1", "10.00")]);
    let reason = rejected(deliver(&world.adapter, &world.order(), Start::Create).await);
    assert!(reason.contains("no party with the code"), "{reason}");
    world.set_up(&[&world.customer()]).await;
    let verdict = deliver(&world.adapter, &lacking, Start::Create).await;
    assert!(matches!(&verdict, Verdict::Lacking { item, absent: true, .. } if item == "SKU-NONE"), "{verdict:?}");
    let odd = world.order_of(vec![Line { tax_rate: d("17"), ..line(1, "SKU-A", "1", "10.00") }]);
    assert!(matches!(deliver(&world.adapter, &odd, Start::Create).await, Verdict::Rejected { absent: true, .. }));
    assert_eq!(world.adapter.has_item("SKU-A").await, Some(true));
    assert_eq!(world.adapter.has_item("SKU-NONE").await, Some(false));
    assert_eq!(world.tryton.booked().await, []);
}

/// A payment that was due before today is something that the ERP asks a person about.
#[tokio::test(flavor = "multi_thread")]
async fn a_warning_is_passed_over_only_where_the_config_names_it() {
    let world = World::with(|s| s.payment_term = Some("Direct".into()));
    world.set_up(&[&world.customer()]).await;
    let (order, past) = (world.order(), "2025-01-05".parse().unwrap());
    let reason = rejected(deliver_on(past, &world.adapter, &order, Start::Create).await);
    assert!(reason.contains("\"invoice_payment_term\" to erp.warnings"), "{reason}");
    assert_eq!(world.tryton.booked().await[0].invoices[0][0], "draft");
    let told = world.other(|s| s.warnings.push("invoice_payment_term".into()));
    assert!(!found(&deliver_on(past, &told, &order, Start::LookUp).await));
    assert_eq!(world.tryton.booked().await[0].invoices, [["posted", "130.00", "130.00"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_that_comes_after_a_later_one_is_dated_like_that() {
    let world = World::new();
    world.set_up(&[&world.customer()]).await;
    let (order, january) = (world.order(), "2026-01-05".parse().unwrap());
    // Today's invoice, which the one of January would have to precede.
    let first = World::new();
    first.set_up(&[&first.customer(), &first.order()]).await;
    let exact = world.other(|s| s.invoice_dates = InvoiceDates::Exact);
    let reason = rejected(deliver_on(january, &exact, &order, Start::Create).await);
    assert!(reason.contains("refuses to post the invoice"), "{reason}");
    assert!(!found(&deliver_on(january, &world.adapter, &order, Start::LookUp).await));
    let query = "SELECT invoice_date::text FROM account_invoice WHERE reference = $1";
    assert_eq!(world.tryton.text(query, &world.number()).await, day().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_not_tried_again_at_once() {
    let world = World::new();
    let wire = Wire::to(world.tryton.addr).await;
    let mut settings = world.tryton.settings(wire.addr());
    settings.password = "geheim".into();
    let adapter = Adapter::new(settings, Pace::free()).unwrap();
    let bytes = || wire.bytes();
    for _ in 0..3 {
        let verdict = deliver(&adapter, &world.order(), Start::Create).await;
        let Verdict::Unauthorised { reason } = verdict else { panic!("{verdict:?}") };
        assert!(reason.contains("erp.password") && !reason.contains("geheim"), "{reason}");
    }
    let after_three = bytes();
    assert!(matches!(deliver(&adapter, &world.order(), Start::Create).await, Verdict::Unauthorised { .. }));
    assert_eq!(bytes(), after_three);
    assert!(adapter.check(&Needs::default()).await.unwrap_err().contains("refuses the credentials"));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_there() {
    let world = World::new();
    let needs = Needs::of([&world.order()]);
    let said = world.adapter.check(&needs).await.unwrap();
    assert!(said.is_good(), "{said}");
    let said = said.to_string();
    assert!(said.contains("rounded by line") && said.contains("guarantee of sales_order: unique"), "{said}");
    let needs = Needs { rates: [d("99")].into(), units: ["Ell".to_owned()].into(), ..Needs::default() };
    let said = world.adapter.check(&needs).await.unwrap().to_string();
    assert!(said.contains("FIX  tax of 99 % on sales") && said.contains("FIX  unit of measure \"Ell\""), "{said}");
    let wrong = world.other(|s| s.web_shop = Some("Nowhere".into())).check(&Needs::default()).await.unwrap_err();
    assert!(wrong.contains("erp.web_shop") && wrong.contains("Nowhere"), "{wrong}");
}

/// A cut connection leaves a sale in any state; what is looked up then goes on from there.
#[tokio::test(flavor = "multi_thread")]
async fn cut_anywhere_it_is_booked_once() {
    let world = World::new();
    world.set_up(&[&world.customer()]).await;
    let wire = Wire::to(world.tryton.addr).await;
    let mut settings = world.tryton.settings(wire.addr());
    settings.request_timeout = Duration::from_secs(5);
    let adapter = Adapter::new(settings, Pace::free()).unwrap();
    let order = world.order();
    let mut start = Start::Create;
    let mut cuts = 0;
    loop {
        let delivery = deliver(&adapter, &order, start);
        // A little later each time, until it is through.
        let cutting = async {
            tokio::time::sleep(Duration::from_millis(20 + 25 * cuts)).await;
            wire.cut();
            std::future::pending::<()>().await;
        };
        let verdict = tokio::select! { verdict = delivery => verdict, () = cutting => unreachable!() };
        match verdict {
            Verdict::Delivered { .. } => break,
            Verdict::Unknown { .. } => start = Start::LookUp,
            Verdict::NotDone { .. } => {}
            other => panic!("{other:?}"),
        }
        // What the server was at when it was cut off.
        tokio::time::sleep(Duration::from_millis(700)).await;
        cuts += 1;
        assert!(cuts < 120, "it does not come through");
    }
    assert!(cuts > 2, "it was cut {cuts} times");
    let sales = world.tryton.booked().await;
    assert_eq!(sales.len(), 1);
    assert_eq!(sales[0].invoices, [["posted", "130.00", "130.00"]]);
}

/// A shop's orders in the real program.
struct Life {
    tryton: Tryton,
    wire: Wire,
    shop: SmallShop,
    site: Site,
}

impl Life {
    /// With a bridge that waits so long for an answer, and for what was not answered.
    async fn new(times: (&str, &str)) -> Life {
        let tryton = Tryton::new();
        let (wire, shop) = (Wire::to(tryton.addr).await, SmallShop::on(&world::mariadb()).await);
        let mut site = Site::new(&shop.url);
        // The ERP's day: by Shanghai's, documents would be of tomorrow for a third of each day, which it warns of.
        site.profile = "time_zone = '+00:00'".into();
        site.erp = tryton.block(wire.addr(), times);
        Life { tryton, wire, shop, site }
    }

    /// Sells three of A at 66.00 and one of B at 20.00, with freight of 10.00: 228.00 in all.
    async fn sell(&mut self, n: u32) {
        let (id, number) = (self.tryton.base + n, self.tryton.number(n));
        for statement in [
            "BEGIN".to_owned(),
            format!("INSERT INTO ecs_users (user_id, user_name, email) VALUES ({id}, '客户{id}', 'c{id}@x.example')"),
            format!(
                "INSERT INTO ecs_order_info (order_id, order_sn, user_id, order_status, pay_status, consignee, goods_amount, \
                 shipping_fee, add_time) VALUES ({id}, '{number}', {id}, 1, 2, '王小明', 218.00, 10.00, 1780000000)"
            ),
            format!(
                "INSERT INTO ecs_order_goods (rec_id, order_id, goods_id, goods_name, goods_sn, goods_number, goods_price) VALUES \
                 ({0}, {id}, 1, '龙井茶', 'SKU-A', 3, 66.00), ({0} + 1, {id}, 2, '茶壶', 'SKU-B', 1, 20.00)",
                2 * id
            ),
            "COMMIT".to_owned(),
        ] {
            self.shop.sql(&statement).await;
        }
    }

    /// One of A comes back.
    async fn return_one(&mut self, n: u32) {
        let id = self.tryton.base + n;
        for statement in [
            "BEGIN".to_owned(),
            format!("UPDATE ecs_order_goods SET goods_number = goods_number - 1 WHERE rec_id = {}", 2 * id),
            format!("UPDATE ecs_order_info SET goods_amount = goods_amount - 66.00 WHERE order_id = {id}"),
            "COMMIT".to_owned(),
        ] {
            self.shop.sql(&statement).await;
        }
    }

    async fn change(&mut self, n: u32, what: &str) {
        let id = self.tryton.base + n;
        self.shop.sql(&format!("UPDATE ecs_order_info SET {what} WHERE order_id = {id}")).await;
    }

    fn run(&self, from: bool) -> Running {
        let args: &[&str] = if from { &["run", "--from", &self.shop.from] } else { &["run"] };
        self.site.start(args)
    }

    /// What is booked, by our number: total, origin.
    async fn books(&self) -> Vec<(String, String, Option<String>)> {
        let booked = self.tryton.booked().await;
        for sale in &booked {
            let total = sale.amounts[2].clone();
            assert_eq!(sale.state, "processing", "{sale:?}");
            assert_eq!(sale.invoices, [["posted".to_owned(), total.clone(), total]], "{sale:?}");
        }
        booked.into_iter().map(|sale| (sale.reference, sale.amounts[2].clone(), sale.origin)).collect()
    }

    fn entry(&self, n: u32, suffix: &str, total: &str) -> (String, String, Option<String>) {
        let number = self.tryton.number(n);
        match suffix {
            "" => (number, total.into(), None),
            suffix => (format!("{number}{suffix}"), total.into(), Some(number)),
        }
    }
}

/// Time for a claim's lease, and for a server that others ask as well: a document took it 15 s, and one whose invoice is posted
/// beside another's comes again.
const DELIVERED_WITHIN: Duration = Duration::from_secs(240);
const DELIVERED: &str = "SELECT count(*) FROM outbox WHERE state = 'delivered'";

#[tokio::test(flavor = "multi_thread")]
async fn a_shops_life_is_booked_to_the_cent() {
    let mut life = Life::new(("20s", "25s")).await;
    for n in 0..3 {
        life.sell(n).await;
    }
    let mut running = life.run(true);
    running.until_within(DELIVERED_WITHIN, DELIVERED, 6).await;
    life.return_one(0).await;
    running.until_within(DELIVERED_WITHIN, DELIVERED, 7).await;
    life.change(0, "discount = 12.34").await;
    running.until_within(DELIVERED_WITHIN, DELIVERED, 8).await;
    life.change(1, "order_status = 2").await;
    life.change(2, "shipping_fee = 15.00").await;
    running.until_within(DELIVERED_WITHIN, DELIVERED, 10).await;
    running.terminate().await.went_well();
    let expected = [
        life.entry(0, "", "228.00"),
        life.entry(0, "-CN1", "-66.00"),
        life.entry(0, "-CN2", "-12.34"),
        life.entry(1, "", "228.00"),
        life.entry(1, "-CN1", "-228.00"),
        life.entry(2, "", "228.00"),
        life.entry(2, "-DN1", "5.00"),
    ];
    assert_eq!(life.books().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_cut_off_it_is_booked_once() {
    let mut life = Life::new(("3s", "8s")).await;
    for n in 0..4 {
        life.sell(n).await;
    }
    let mut from = true;
    for (pass, after) in [900, 1400, 1900, 2600].into_iter().enumerate() {
        let mut running = life.run(from);
        from = false;
        // What has not been told by then is told as it has become.
        running.until("SELECT count(*) FROM outbox", 8).await;
        let cutting = async {
            for _ in 0..after / 300 {
                tokio::time::sleep(Duration::from_millis(300)).await;
                life.wire.cut();
            }
        };
        cutting.await;
        running.kill().await;
        match pass {
            0 => life.return_one(0).await,
            1 => life.change(1, "discount = 20.00").await,
            2 => life.change(2, "order_status = 2").await,
            _ => {}
        }
    }
    // What was claimed when it was killed is looked up once its lease has run out.
    let mut last = life.run(false);
    last.until_within(DELIVERED_WITHIN, DELIVERED, 11).await;
    last.terminate().await.went_well();
    let expected = [
        life.entry(0, "", "228.00"),
        life.entry(0, "-CN1", "-66.00"),
        life.entry(1, "", "228.00"),
        life.entry(1, "-CN1", "-20.00"),
        life.entry(2, "", "228.00"),
        life.entry(2, "-CN1", "-228.00"),
        life.entry(3, "", "228.00"),
    ];
    assert_eq!(life.books().await, expected);
}
