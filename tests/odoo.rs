//! Odoo, real servers of the first and the last series, the last by both its wires: each document, each thing that goes wrong, and a
//! shop's whole life through the real program while that is killed and its connections are cut.
//!
//! `scripts/test --all` starts the servers and runs these; their databases stay between runs, so that each test has numbers of its
//! own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use ledgertap::document::{
    CreditNote, CreditReason, Customer, DebitNote, Document, Header, Line, LineKind, SalesOrder, SoldBy,
};
use ledgertap::erp::odoo::{self, Adapter, Invoices, Settings};
use ledgertap::erp::{Delivery, Erp, Needs, Pace, Start, Verdict};

use crate::world::documents::{d, line};
use crate::world::{self, Odoo, Running, Site, SmallShop, Spoken, Wire, Written};

fn day() -> Date {
    jiff::Zoned::now().date()
}

/// An adapter, and the numbers that its test has.
struct World {
    odoo: Odoo,
    adapter: Adapter,
}

impl World {
    fn new(spoken: Spoken) -> World {
        let odoo = Odoo::new(spoken);
        World { adapter: Adapter::new(odoo.settings(odoo.addr), Pace::free()).unwrap(), odoo }
    }

    /// Another adapter for the same numbers.
    fn other(&self, change: impl FnOnce(&mut Settings)) -> Adapter {
        let mut settings = self.odoo.settings(self.odoo.addr);
        change(&mut settings);
        Adapter::new(settings, Pace::free()).unwrap()
    }

    fn number(&self) -> String {
        self.odoo.number(1)
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
        Document::SalesOrder(SalesOrder { header, ship_to: None, tenders: Vec::new() })
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

    /// A line that takes back what a line of the order sold.
    fn back(&self, sold: u32, line: Line) -> Line {
        Line { sold_by: Some(SoldBy { document: self.number().into(), line: sold }), ..line }
    }

    async fn set_up(&self, documents: &[&Document]) {
        for document in documents {
            let mut verdict = deliver(&self.adapter, document, Start::Create).await;
            // Another test's invoice was in its way.
            while let Verdict::NotDone { .. } = verdict {
                verdict = deliver(&self.adapter, document, Start::LookUp).await;
            }
            assert!(matches!(verdict, Verdict::Delivered { found: false, .. }), "{}: {verdict:?}", document.number());
        }
    }
}

async fn deliver(adapter: &Adapter, document: &Document, start: Start) -> Verdict {
    let until = tokio::time::Instant::now() + Duration::from_secs(120);
    adapter.deliver(Delivery { document, posting_date: day(), start, until }).await
}

#[track_caller]
fn found(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Delivered { found, .. } => *found,
        other => panic!("not delivered: {other:?}"),
    }
}

/// An order as it is to be there.
fn order(reference: &str, customer: &str, amounts: [&str; 3]) -> Written {
    Written {
        what: "order".into(),
        reference: reference.into(),
        state: "sale".into(),
        customer: customer.into(),
        amounts: amounts.map(String::from),
        books: None,
    }
}

/// A posted move as it is to be there: with the invoice that it reverses, and the orders that its lines are of.
fn posted(what: &str, reference: &str, customer: &str, amounts: [&str; 3], [reverses, orders]: [&str; 2]) -> Written {
    let moved = if what == "out_refund" { format!("-{}", amounts[2]) } else { amounts[2].to_owned() };
    Written {
        what: what.into(),
        state: "posted".into(),
        books: Some([moved, reverses.into(), orders.into()]),
        ..order(reference, customer, amounts)
    }
}

async fn an_order_and_its_notes_are_booked_once_each(spoken: Spoken) {
    let world = World::new(spoken);
    let all = [
        world.customer(),
        world.order(),
        world.credit("CN1", CreditReason::Return, vec![world.back(1, line(1, "SKU-A", "1", "33.33"))]),
        world.credit("CN2", CreditReason::Discount, vec![line(1, "SKU-B", "0", "5.00")]),
        Document::DebitNote(DebitNote {
            header: world.header(
                format!("{}-DN1", world.number()),
                vec![line(1, "SKU-B", "2", "40.00"), line(2, "SKU-A", "0", "3.30")],
            ),
            original: world.number(),
        }),
    ];
    world.set_up(&all.each_ref()).await;
    for document in &all {
        let verdict = deliver(&world.adapter, document, Start::LookUp).await;
        assert!(found(&verdict), "{}: {verdict:?}", document.number());
        let Verdict::Delivered { amounts, .. } = verdict else { unreachable!() };
        assert_eq!(amounts, document.header().map(|h| h.amounts), "{}", document.number());
    }
    let (number, customer) = (world.number(), format!("C{}", world.number()));
    let (cn1, cn2, dn1) = (format!("{number}-CN1"), format!("{number}-CN2"), format!("{number}-DN1"));
    let (whole, more) = (["115.05", "14.95", "130.00"], ["38.32", "4.98", "43.30"]);
    let expected = [
        order(&number, &customer, whole),
        posted("out_invoice", &number, &customer, whole, ["", &number]),
        posted("out_refund", &cn1, &customer, ["29.50", "3.83", "33.33"], [&number, &number]),
        posted("out_refund", &cn2, &customer, ["4.42", "0.58", "5.00"], [&number, ""]),
        order(&dn1, &customer, more),
        posted("out_invoice", &dn1, &customer, more, ["", &dn1]),
    ];
    assert_eq!(world.odoo.written().await, expected);
    let invoice = world.odoo.text("SELECT name FROM account_move WHERE ref = $1", &number).await;
    let remark = world.odoo.text("SELECT narration FROM account_move WHERE ref = $1", &cn1).await;
    let said = format!("credit_note return; order {number}; original {number}; invoice {invoice}");
    // HTML from 15 on.
    assert_eq!(remark, if spoken.series >= 15 { format!("<p>{said}</p>") } else { said });
    let dated = "SELECT o.date_order::date || ' ' || m.invoice_date || ' ' || m.date FROM sale_order o JOIN account_move m ON m.ref = \
                 o.client_order_ref WHERE m.ref = $1";
    assert_eq!(world.odoo.text(dated, &number).await, vec![day().to_string(); 3].join(" "));
}

async fn a_customer_is_created_found_and_changed(spoken: Spoken) {
    let world = World::new(spoken);
    world.set_up(&[&world.customer()]).await;
    assert!(found(&deliver(&world.adapter, &world.customer(), Start::LookUp).await));
    let Document::Customer(mut renamed) = world.customer() else { unreachable!() };
    (renamed.name, renamed.phone) = ("王晓明".into(), Some("13900000000".into()));
    let number = renamed.number.clone();
    let renamed = Document::Customer(renamed);
    assert!(!found(&deliver(&world.adapter, &renamed, Start::LookUp).await));
    assert!(found(&deliver(&world.adapter, &renamed, Start::LookUp).await));
    let query = "SELECT string_agg(name || '; ' || phone || '; ' || email || '; ' || street, ', ') FROM res_partner WHERE ref = $1";
    let said = world.odoo.text(query, &number).await;
    assert_eq!(said, "王晓明; 13900000000; xm@example.cn; 北京市 朝阳区 1号 #2");
    // One whom a person has archived is not made a second time, and what they buy waits for a person.
    let archive = "UPDATE res_partner SET active = false WHERE ref = $1 RETURNING 'archived'";
    assert_eq!(world.odoo.text(archive, &number).await, "archived");
    match deliver(&world.adapter, &renamed, Start::LookUp).await {
        Verdict::Delivered { found: true, .. } => {}
        // 19 does not say which record it is.
        Verdict::Rejected { reason, absent: false } => assert!(reason.contains("archived"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let verdict = deliver(&world.adapter, &world.order(), Start::Create).await;
    assert!(matches!(verdict, Verdict::Rejected { .. }), "{verdict:?}");
    assert_eq!(world.odoo.text("SELECT count(*)::text FROM res_partner WHERE ref = $1", &number).await, "1");
    assert_eq!(world.odoo.written().await.len(), 0);
}

async fn what_was_begun_is_ended_from_where_it_is(spoken: Spoken) {
    let world = World::new(spoken);
    world.set_up(&[&world.customer()]).await;
    let none = world.other(|s| s.invoices = Invoices::None);
    assert!(!found(&deliver(&none, &world.order(), Start::Create).await));
    assert!(found(&deliver(&none, &world.order(), Start::LookUp).await));
    assert_eq!(world.odoo.written().await.len(), 1);
    let draft = world.other(|s| s.invoices = Invoices::Draft);
    assert!(!found(&deliver(&draft, &world.order(), Start::LookUp).await));
    assert!(found(&deliver(&draft, &world.order(), Start::LookUp).await));
    let states = |all: Vec<Written>| all.into_iter().map(|w| w.state).collect::<Vec<_>>();
    assert_eq!(states(world.odoo.written().await), ["sale", "draft"]);
    assert!(!found(&deliver(&world.adapter, &world.order(), Start::LookUp).await));
    assert_eq!(states(world.odoo.written().await), ["sale", "posted"]);
}

async fn another_content_under_the_same_number_is_a_conflict(spoken: Spoken) {
    let world = World::new(spoken);
    world.set_up(&[&world.customer(), &world.order()]).await;
    let before = world.odoo.written().await;
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
    assert_eq!(world.odoo.written().await, before);
}

async fn what_the_erp_lacks_is_named_before_anything_is_there(spoken: Spoken) {
    let world = World::new(spoken);
    let lacking = world.order_of(vec![line(1, "SKU-NONE", "1", "10.00")]);
    let verdict = deliver(&world.adapter, &world.order(), Start::Create).await;
    let Verdict::Rejected { reason, absent: true } = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("no partner with the reference"), "{reason}");
    world.set_up(&[&world.customer()]).await;
    let verdict = deliver(&world.adapter, &lacking, Start::Create).await;
    assert!(matches!(&verdict, Verdict::Lacking { item, absent: true, .. } if item == "SKU-NONE"), "{verdict:?}");
    let odd = world.order_of(vec![Line { tax_rate: d("17"), ..line(1, "SKU-A", "1", "10.00") }]);
    assert!(matches!(deliver(&world.adapter, &odd, Start::Create).await, Verdict::Rejected { absent: true, .. }));
    assert_eq!(world.adapter.has_item("SKU-A").await, Some(true));
    assert_eq!(world.adapter.has_item("SKU-NONE").await, Some(false));
    assert_eq!(world.odoo.written().await, []);
}

async fn refused_credentials_are_not_tried_again_at_once(spoken: Spoken) {
    let world = World::new(spoken);
    let wire = Wire::to(world.odoo.addr).await;
    let mut settings = world.odoo.settings(wire.addr());
    settings.password = "geheim".into();
    let adapter = Adapter::new(settings, Pace::free()).unwrap();
    let refused = async || {
        let verdict = deliver(&adapter, &world.customer(), Start::Create).await;
        let Verdict::Unauthorised { reason } = verdict else { panic!("{verdict:?}") };
        let secret = if spoken.wire == odoo::Wire::Json2 { "erp.api_key" } else { "erp.password" };
        assert!(reason.contains(secret) && !reason.contains("geheim"), "{reason}");
    };
    refused().await;
    let after_one = wire.bytes();
    refused().await;
    assert_eq!(wire.bytes(), after_one);
    assert!(adapter.check(&Needs::default()).await.is_err());
}

async fn check_says_what_is_there(spoken: Spoken) {
    let world = World::new(spoken);
    let said = world.adapter.check(&Needs::of([&world.order()])).await.unwrap();
    assert!(said.is_good(), "{said}");
    let said = said.to_string();
    assert!(
        said.contains(&format!("Odoo {}", spoken.series))
            && said.contains("rounded by line")
            && said.contains("unique"),
        "{said}"
    );
    let needs = Needs { rates: [d("99")].into(), units: ["Ell".to_owned()].into(), ..Needs::default() };
    let said = world.adapter.check(&needs).await.unwrap().to_string();
    assert!(said.contains("FIX  tax of 99 % on sales") && said.contains("FIX  unit of measure \"Ell\""), "{said}");
    let wrong = world.other(|s| s.journal = Some("NONE".into())).check(&Needs::default()).await.unwrap_err();
    assert!(wrong.contains("erp.journal") && wrong.contains("NONE"), "{wrong}");
}

/// A cut connection leaves order and invoice in any state; what is looked up then goes on from there.
async fn cut_anywhere_it_is_booked_once(spoken: Spoken) {
    let world = World::new(spoken);
    world.set_up(&[&world.customer()]).await;
    let wire = Wire::to(world.odoo.addr).await;
    let mut settings = world.odoo.settings(wire.addr());
    settings.request_timeout = Duration::from_secs(5);
    let adapter = Adapter::new(settings, Pace::free()).unwrap();
    let order = world.order();
    let mut start = Start::Create;
    let mut cuts = 0;
    loop {
        let delivery = deliver(&adapter, &order, start);
        // Less often each time, until it is through; one that falls between two requests is not felt.
        let cutting = async {
            loop {
                tokio::time::sleep(Duration::from_millis(30 + 60 * cuts)).await;
                wire.cut();
            }
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
        assert!(cuts < 60, "it does not come through");
    }
    assert!(cuts > 2, "it was cut {cuts} times");
    let written = world.odoo.written().await;
    let said: Vec<_> = written.iter().map(|w| (w.what.as_str(), w.state.as_str(), w.amounts[2].as_str())).collect();
    assert_eq!(said, [("order", "sale", "130.00"), ("out_invoice", "posted", "130.00")]);
}

/// A shop's orders in the real program.
struct Life {
    odoo: Odoo,
    wire: Wire,
    shop: SmallShop,
    site: Site,
}

impl Life {
    /// With a bridge that waits so long for an answer, and for what was not answered.
    async fn new(spoken: Spoken, times: (&str, &str)) -> Life {
        let odoo = Odoo::new(spoken);
        let (wire, shop) = (Wire::to(odoo.addr).await, SmallShop::on(&world::mariadb()).await);
        let mut site = Site::new(&shop.url);
        // The ERP's day: by Shanghai's, documents would be of tomorrow for a third of each day, which it warns of.
        site.profile = "time_zone = '+00:00'".into();
        site.erp = odoo.block(wire.addr(), times);
        Life { odoo, wire, shop, site }
    }

    /// Sells three of A at 66.00 and one of B at 20.00, with freight of 10.00: 228.00 in all.
    async fn sell(&mut self, n: u32) {
        let (id, number) = (self.odoo.base + n, self.odoo.number(n));
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
        let id = self.odoo.base + n;
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
        let id = self.odoo.base + n;
        self.shop.sql(&format!("UPDATE ecs_order_info SET {what} WHERE order_id = {id}")).await;
    }

    fn run(&self, from: bool) -> Running {
        let args: &[&str] = if from { &["run", "--from", &self.shop.from] } else { &["run"] };
        self.site.start(args)
    }

    /// What is booked, by our number: what it is, its total, the invoice that it reverses and the orders that its lines are of.
    async fn books(&self) -> Vec<[String; 5]> {
        let written = self.odoo.written().await;
        let row = |w: Written| {
            assert_eq!(w.state, if w.what == "order" { "sale" } else { "posted" }, "{w:?}");
            let [moved, reverses, orders] =
                w.books.unwrap_or_else(|| [w.amounts[2].clone(), String::new(), String::new()]);
            assert_eq!(moved.trim_start_matches('-'), w.amounts[2]);
            [w.what, w.reference, moved, reverses, orders]
        };
        written.into_iter().map(row).collect()
    }

    /// Waits until so many documents are delivered.
    async fn delivered(&self, wanted: i64) {
        let began = Instant::now();
        while self.site.kept.number(DELIVERED).await < Some(wanted) {
            assert!(began.elapsed() < DELIVERED_WITHIN, "not {wanted} are delivered: {}", self.site.status().await);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// An order and its invoice.
    fn sold(&self, n: u32, suffix: &str, total: &str) -> Vec<[String; 5]> {
        let number = format!("{}{suffix}", self.odoo.number(n));
        vec![
            ["order", &number, total, "", ""].map(String::from),
            ["out_invoice", &number, total, "", &number].map(String::from),
        ]
    }

    /// A credit note over pieces, or over an amount.
    fn credited(&self, n: u32, suffix: &str, total: &str, pieces: bool) -> Vec<[String; 5]> {
        let original = self.odoo.number(n);
        let (number, orders) = (format!("{original}{suffix}"), if pieces { original.as_str() } else { "" });
        vec![["out_refund", &number, total, &original, orders].map(String::from)]
    }
}

/// A claim's lease, and time for the rest.
const DELIVERED_WITHIN: Duration = Duration::from_secs(240);
const DELIVERED: &str = "SELECT count(*) FROM outbox WHERE state = 'delivered'";

async fn a_shops_life_is_booked_to_the_cent(spoken: Spoken) {
    let mut life = Life::new(spoken, ("20s", "25s")).await;
    for n in 0..3 {
        life.sell(n).await;
    }
    let running = life.run(true);
    life.delivered(6).await;
    life.return_one(0).await;
    life.delivered(7).await;
    life.change(0, "discount = 12.34").await;
    life.delivered(8).await;
    life.change(1, "order_status = 2").await;
    life.change(2, "shipping_fee = 15.00").await;
    life.delivered(10).await;
    running.terminate().await.went_well();
    let expected = [
        life.sold(0, "", "228.00"),
        life.credited(0, "-CN1", "-66.00", true),
        life.credited(0, "-CN2", "-12.34", false),
        life.sold(1, "", "228.00"),
        life.credited(1, "-CN1", "-228.00", true),
        life.sold(2, "", "228.00"),
        life.sold(2, "-DN1", "5.00"),
    ];
    assert_eq!(life.books().await, expected.concat());
}

async fn killed_and_cut_off_it_is_booked_once(spoken: Spoken) {
    let mut life = Life::new(spoken, ("3s", "8s")).await;
    for n in 0..4 {
        life.sell(n).await;
    }
    let mut from = true;
    for (pass, after) in [900, 1400, 1900, 2600].into_iter().enumerate() {
        let running = life.run(from);
        from = false;
        for _ in 0..after / 300 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            life.wire.cut();
        }
        running.kill().await;
        match pass {
            0 => life.return_one(0).await,
            1 => life.change(1, "discount = 20.00").await,
            2 => life.change(2, "order_status = 2").await,
            _ => {}
        }
    }
    // What was claimed when it was killed is looked up once its lease has run out.
    let last = life.run(false);
    life.delivered(11).await;
    last.terminate().await.went_well();
    let expected = [
        life.sold(0, "", "228.00"),
        life.credited(0, "-CN1", "-66.00", true),
        life.sold(1, "", "228.00"),
        life.credited(1, "-CN1", "-20.00", false),
        life.sold(2, "", "228.00"),
        life.credited(2, "-CN1", "-228.00", true),
        life.sold(3, "", "228.00"),
    ];
    assert_eq!(life.books().await, expected.concat());
}

/// All of the above, by each wire of each server: functions of [`Spoken`].
macro_rules! over_all {
    ($($name:ident)*) => {
        over_all!(odoo_14, 14, JsonRpc, $($name)*);
        over_all!(odoo_19_by_json_rpc, 19, JsonRpc, $($name)*);
        over_all!(odoo_19_by_json_2, 19, Json2, $($name)*);
    };
    ($of:ident, $series:literal, $wire:ident, $($name:ident)*) => {
        mod $of {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread")]
            #[ignore = "needs Odoo: scripts/test --all"]
            async fn $name() {
                super::$name(Spoken { series: $series, wire: odoo::Wire::$wire }).await;
            })*
        }
    };
}

over_all! {
    an_order_and_its_notes_are_booked_once_each
    a_customer_is_created_found_and_changed
    what_was_begun_is_ended_from_where_it_is
    another_content_under_the_same_number_is_a_conflict
    what_the_erp_lacks_is_named_before_anything_is_there
    refused_credentials_are_not_tried_again_at_once
    check_says_what_is_there
    cut_anywhere_it_is_booked_once
    a_shops_life_is_booked_to_the_cent
    killed_and_cut_off_it_is_booked_once
}
