//! The adapter of SAP S/4HANA against its sandbox, where the suite that every adapter passes has no case: batches, tokens, memo
//! requests, and a system that ignores the ids of requests.

use std::time::Duration;

use futures_util::future::join_all;
use ledgertap::config::{self, ErpConfig};
use ledgertap::document::{CreditReason, Document, DocumentKind};
use ledgertap::erp::sap_s4hana::{Adapter, Auth, CustomerKey, DebitNotes, RequestIds, Settings};
use ledgertap::erp::{Delivery, Erp, Guarantee, Needs, Pace, Start, Verdict};
use ledgertap::sandbox::{self, Act, Fault, Faults, Kind, Sandbox};

use crate::world::documents::{
    allowance, credit, customer, d, day, debit, from, line, one_back, order, order_of, soon,
};

/// A sandbox and an adapter that fits it.
struct World {
    sandbox: Sandbox,
    settings: Settings,
    adapter: Adapter,
}

impl World {
    async fn new(settings: impl FnOnce(&mut Settings)) -> World {
        World::with(|_| {}, settings).await
    }

    async fn with(config: impl FnOnce(&mut sandbox::Config), change: impl FnOnce(&mut Settings)) -> World {
        let mut wanted = sandbox::Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 3);
        wanted.kind = Kind::SapS4hana;
        config(&mut wanted);
        let sandbox = sandbox::start(wanted).await.unwrap();
        let text = format!(
            "[store]\nurl = \"mysql://root@127.0.0.1/shop\"\nmapping = \"ecshop\"\n[state]\nurl = \"sqlite:x.db\"\n{}",
            sandbox.erp_block()
        );
        let config = config::parse("shop.toml", &text, &|_| None).unwrap();
        let ErpConfig::SapS4hana(settings) = config.erp().unwrap() else { panic!() };
        let mut settings = settings.as_ref().clone();
        settings.rate_per_minute = 1_000_000;
        change(&mut settings);
        let adapter = Adapter::new(settings.clone(), Pace::free()).unwrap();
        World { sandbox, settings, adapter }
    }

    /// With a client that gives up after 400 ms, and a system that is done by 800 ms.
    fn impatient(config: &mut sandbox::Config) {
        (config.request_timeout, config.late_max) = (Duration::from_millis(400), Duration::from_millis(800));
    }

    /// One that knows nothing of what was before.
    fn fresh(&self) -> Adapter {
        Adapter::new(self.settings.clone(), Pace::free()).unwrap()
    }

    async fn create(&self, document: &Document) -> Verdict {
        deliver(&self.adapter, document, Start::Create).await
    }

    async fn set_up(&self, documents: &[Document]) {
        for document in documents {
            delivered(document, &self.create(document).await);
        }
    }
}

async fn deliver(adapter: &Adapter, document: &Document, start: Start) -> Verdict {
    adapter.deliver(Delivery { document, posting_date: day(), start, until: soon() }).await
}

#[track_caller]
fn delivered(document: &Document, verdict: &Verdict) {
    let Verdict::Delivered { amounts, .. } = verdict else { panic!("{}: {verdict:?}", document.number()) };
    assert_eq!(*amounts, document.header().map(|h| h.amounts), "{}", document.number());
}

fn renamed(name: &str) -> Document {
    let Document::Customer(mut customer) = customer() else { unreachable!() };
    customer.name = name.into();
    customer.email = Some("new@example.cn".into());
    customer.phone = Some("1390000".into());
    customer.address = Some("上海市 浦东新区 2号".into());
    Document::Customer(customer)
}

#[tokio::test]
async fn a_customers_changes_are_one_batch_or_several_requests() {
    for (batch, expected) in [(true, 1), (false, 4)] {
        let world = World::new(|settings| settings.batch = batch).await;
        world.set_up(&[customer()]).await;
        let writes = world.sandbox.requests(Act::Write);
        world.set_up(&[renamed("王晓明")]).await;
        assert_eq!(world.sandbox.requests(Act::Write) - writes, expected, "batch = {batch}");
        let verdict = deliver(&world.fresh(), &renamed("王晓明"), Start::LookUp).await;
        assert!(matches!(verdict, Verdict::Delivered { found: true, .. }), "{verdict:?}");
        assert_eq!(world.sandbox.books().find("customer", "U7").unwrap().name.as_deref(), Some("王晓明"));
    }
}

#[tokio::test]
async fn originals_are_read_in_one_batch() {
    let world = World::new(|settings| settings.batch = true).await;
    world.set_up(&[customer(), order(), debit("S1-D1", vec![line(1, "B", "2", "40.00")])]).await;
    let lines = vec![from(line(1, "A 茶/1", "1", "33.33"), "S1", 1), from(line(2, "B", "2", "40.00"), "S1-D1", 1)];
    let note = credit("S1-C1", CreditReason::Return, lines);
    let (reads, writes) = (world.sandbox.requests(Act::Read), world.sandbox.requests(Act::Write));
    world.set_up(&[note]).await;
    // The look for it, the customer, both originals together, and what was created.
    assert_eq!(world.sandbox.requests(Act::Read) - reads, 4);
    assert_eq!(world.sandbox.requests(Act::Write) - writes, 1);
    let books = world.sandbox.books();
    let booked = books.find("credit_note", "S1-C1").unwrap();
    let sources: Vec<_> = booked.lines.iter().filter_map(|line| line.source.as_deref()).collect();
    assert_eq!(sources, ["S1", "S1-D1"]);
}

/// An order that is there against what was known, and is refused before anything leaves.
#[tokio::test]
async fn what_is_there_already_is_not_called_absent() {
    let world = World::with(|_| {}, |_| {}).await;
    let order = |number: &str| order_of(number, vec![line(1, "A", "1", "5.00")]);
    world.set_up(&[customer(), order("T1")]).await;
    let absent = async |number: &str| {
        let Document::SalesOrder(mut order) = order(number) else { unreachable!() };
        order.header.customer = "NOBODY".into();
        match world.create(&Document::SalesOrder(order)).await {
            Verdict::Rejected { absent, .. } => absent,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((absent("T1").await, absent("T2").await), (false, true));
}

/// Several orders in one request, one of which the system does not take: that one alone is refused.
#[tokio::test]
async fn orders_are_created_together_and_refused_apart() {
    let world =
        World::with(|config| config.delay = Duration::from_millis(40), |settings| settings.orders_together = 20).await;
    world.set_up(&[customer()]).await;
    assert_eq!(world.adapter.guarantee(DocumentKind::SalesOrder), Guarantee::Probe);
    let sku = |n: u32| if n == 5 { "UNKNOWN-5".to_owned() } else { format!("SKU-{n}") };
    let orders: Vec<Document> =
        (1..=12).map(|n| order_of(&format!("T{n}"), vec![line(1, &sku(n), "2", "20.00")])).collect();
    let writes = world.sandbox.requests(Act::Write);
    let verdicts = join_all(orders.iter().map(|order| world.create(order))).await;
    for (order, verdict) in orders.iter().zip(&verdicts) {
        match order.number() {
            "T5" => assert!(matches!(verdict, Verdict::Lacking { absent: true, .. }), "{verdict:?}"),
            _ => delivered(order, verdict),
        }
    }
    // Two alone, the rest together or in a few parts, and the one that is refused by itself again.
    assert!(world.sandbox.requests(Act::Write) - writes <= 6, "they went together");
    let books = world.sandbox.books();
    assert_eq!((books.documents_by_kind()["sales_order"], books.duplicates), (11, 0));
}

/// A batch whose answer is lost may have been done: each of its orders is looked up, and created once.
#[tokio::test]
async fn a_batch_that_was_not_answered_is_looked_up() {
    for fault in [Fault::ResetAfter, Fault::ResetBefore, Fault::ErrorAfter, Fault::Html, Fault::ExpireTokens] {
        let world = World::with(World::impatient, |settings| settings.orders_together = 20).await;
        world.set_up(&[customer(), order_of("T0", vec![line(1, "A", "1", "5.00")])]).await;
        let orders: Vec<Document> =
            (1..=6).map(|n| order_of(&format!("T{n}"), vec![line(1, "A", "1", "5.00")])).collect();
        world.sandbox.inject("$batch", fault);
        let verdicts = join_all(orders.iter().map(|order| world.create(order))).await;
        for (order, verdict) in orders.iter().zip(verdicts) {
            if matches!(verdict, Verdict::Delivered { .. }) {
                continue;
            }
            assert!(matches!(verdict, Verdict::Unknown { .. } | Verdict::Garbled { .. }), "{fault:?}: {verdict:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
            delivered(order, &deliver(&world.fresh(), order, Start::LookUp).await);
        }
        let books = world.sandbox.books();
        assert_eq!((books.documents_by_kind()["sales_order"], books.duplicates), (7, 0), "{fault:?}");
    }
}

/// A create takes effect after it was given up and after a look that finds nothing: the system repeats no request of an id, and
/// where it ignores ids, the second one shows.
#[tokio::test]
async fn a_request_that_takes_effect_late_meets_its_own_id() {
    for unique in [true, false] {
        let slow = |config: &mut sandbox::Config| {
            (config.request_timeout, config.late_max) = (Duration::from_millis(400), Duration::from_millis(2400));
            config.unique = unique;
        };
        let world = World::with(slow, |_| {}).await;
        world.set_up(&[customer()]).await;
        let expected = if unique { Guarantee::Unique } else { Guarantee::Probe };
        assert_eq!(world.adapter.guarantee(DocumentKind::SalesOrder), expected);
        world.sandbox.inject_nth(Act::Write, 0, Fault::Late);
        let given_up = deliver(&world.fresh(), &order(), Start::Create).await;
        assert!(matches!(given_up, Verdict::Unknown { .. }), "{given_up:?}");
        // Sooner than a relay would, which waits for `late_max`.
        delivered(&order(), &deliver(&world.fresh(), &order(), Start::LookUp).await);
        tokio::time::sleep(Duration::from_millis(2400)).await;
        let verdict = deliver(&world.fresh(), &order(), Start::LookUp).await;
        match world.sandbox.books().documents_by_kind()["sales_order"] {
            1 => delivered(&order(), &verdict),
            2 if !unique => assert!(matches!(verdict, Verdict::Conflict { .. }), "{verdict:?}"),
            count => panic!("unique = {unique}: {count}, {verdict:?}"),
        }
    }
}

#[tokio::test]
async fn two_of_one_number_are_a_conflict() {
    let world = World::with(|config| config.unique = false, |_| {}).await;
    world.set_up(&[customer()]).await;
    world.set_up(&[order()]).await;
    assert_eq!(world.person().await, 201);
    let verdict = deliver(&world.fresh(), &order(), Start::LookUp).await;
    let Verdict::Conflict { reason } = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("2 documents with the purchase order number S1"), "{reason}");
    assert_eq!(world.sandbox.books().duplicates, 1);
}

impl World {
    /// Somebody else enters an order with the number of ours; the status of the answer.
    async fn person(&self) -> u16 {
        let Auth::Basic { user, password } = &self.settings.auth else { panic!() };
        let password = secrecy::ExposeSecret::expose_secret(password).to_owned();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let service = format!("{}/sap/opu/odata/sap/API_SALES_ORDER_SRV/", self.settings.url);
        let fetched = client.get(&service).basic_auth(user, Some(&password)).header("x-csrf-token", "Fetch");
        let fetched = fetched.send().await.unwrap();
        let header = |name: &str| fetched.headers()[name].to_str().unwrap().to_owned();
        let cookie = header("set-cookie").split(';').next().unwrap().to_owned();
        let body = serde_json::json!({
            "SalesOrderType": "OR", "SalesOrganization": "1010", "DistributionChannel": "10", "OrganizationDivision": "00",
            "SoldToParty": "1000001", "PurchaseOrderByCustomer": "S1", "TransactionCurrency": "CNY",
            "to_Item": [{"Material": "A", "RequestedQuantity": "1"}],
        });
        let posted = client
            .post(format!("{service}A_SalesOrder"))
            .basic_auth(user, Some(&password))
            .header("x-csrf-token", header("x-csrf-token"))
            .header("cookie", cookie)
            .header("content-type", "application/json")
            .body(body.to_string());
        posted.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_debit_note_can_be_a_memo_request_and_be_taken_back() {
    let world = World::new(|settings| settings.debit_notes = DebitNotes::Memo).await;
    let lines = vec![from(line(1, "B", "1", "20.00"), "S1-D1", 1), from(line(2, "B", "0", "3.30"), "S1-D1", 2)];
    world
        .set_up(&[
            customer(),
            order(),
            debit("S1-D1", vec![line(1, "B", "2", "40.00"), line(2, "A 茶/1", "0", "3.30")]),
            credit("S1-C1", CreditReason::Cancellation, lines),
        ])
        .await;
    let books = world.sandbox.books();
    assert_eq!(books.totals()["S1"], d("150.00"));
    assert_eq!(books.find("debit_note", "S1-D1").unwrap().total, d("43.30"));
}

#[tokio::test]
async fn a_cancellation_is_a_credit_memo_request_and_a_return_is_not() {
    let world = World::new(|_| {}).await;
    world.set_up(&[customer(), order()]).await;
    let paths = |document: &Document| -> Vec<String> {
        world.adapter.render(document, day()).unwrap().into_iter().map(|r| r.path).collect()
    };
    let rest = vec![from(line(1, "B", "1", "20.00"), "S1", 2)];
    let (back, off) = (one_back("S1-C1", "33.33"), credit("S1-C2", CreditReason::Cancellation, rest));
    let path = |end: &str| vec![format!("/sap/opu/odata/sap/{end}")];
    assert_eq!(paths(&back), path("API_CUSTOMER_RETURN_SRV/A_CustomerReturn"));
    assert_eq!(paths(&off), path("API_CREDIT_MEMO_REQUEST_SRV/A_CreditMemoRequest"));
    world.set_up(&[back, off, allowance("S1-C3", "1.00")]).await;
    let books = world.sandbox.books();
    let value = &books.find("credit_note", "S1-C3").unwrap().lines[0];
    assert_eq!((value.sku.as_str(), value.source.as_deref(), value.comment.as_str()), ("B", Some("S1"), "15"));
}

#[tokio::test]
async fn with_an_oauth_2_client_there_is_no_user() {
    let world = World::with(|config| config.session_life = Duration::from_secs(3600), |_| {}).await;
    let secret = |name: &str| {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(format!("ledgertap sandbox {name} 3"));
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect::<String>()
    };
    let auth = |secret: String| Auth::OAuth2 {
        token_url: format!("{}/oauth/token", world.settings.url),
        client_id: "bridge".into(),
        client_secret: secret.into(),
        scope: None,
    };
    let good = Settings { auth: auth(secret("sap client secret")), ..world.settings.clone() };
    let adapter = Adapter::new(good, Pace::free()).unwrap();
    delivered(&customer(), &deliver(&adapter, &customer(), Start::Create).await);
    world.sandbox.end_sessions();
    delivered(&order(), &deliver(&adapter, &order(), Start::Create).await);
    assert!(adapter.check(&Needs::default()).await.unwrap().is_good());
    let bad = Adapter::new(Settings { auth: auth("wrong".into()), ..world.settings.clone() }, Pace::free()).unwrap();
    let asked = world.sandbox.books().requests;
    for _ in 0..4 {
        let verdict = deliver(&bad, &order(), Start::LookUp).await;
        assert!(matches!(verdict, Verdict::Unauthorised { .. }), "{verdict:?}");
    }
    assert_eq!(world.sandbox.books().requests - asked, 1);
}

#[tokio::test]
async fn the_customers_number_can_be_the_partners_own_or_a_search_term() {
    for key in [CustomerKey::Number, CustomerKey::SearchTerm] {
        let world = World::new(|settings| settings.customer_key = key).await;
        world.set_up(&[customer(), renamed("王晓明"), order()]).await;
        let books = world.sandbox.books();
        assert_eq!(books.documents_by_kind()["customer"], 1, "{key:?}");
        let verdict = deliver(&world.fresh(), &order(), Start::LookUp).await;
        assert!(matches!(verdict, Verdict::Delivered { found: true, .. }), "{verdict:?}");
    }
}

#[tokio::test]
async fn a_service_that_is_not_active_and_a_wrong_client_are_said() {
    let needs = Needs::of(&[order()]);
    let world = World::new(|settings| settings.client = Some("200".into())).await;
    let said = world.adapter.check(&needs).await.unwrap_err();
    assert!(said.contains("sap-client"), "{said}");
    let world = World::new(|settings| settings.sales_organization = "2020".into()).await;
    let found = world.adapter.check(&needs).await.unwrap();
    let wrong: Vec<_> = found.findings.iter().filter(|f| f.remedy.is_some()).map(|f| f.what.as_str()).collect();
    assert_eq!(wrong, ["erp.allowance_sku: 2020/10 sells no product ALLOWANCE"]);
    let off = World::new(|settings| settings.request_ids = RequestIds::Off).await;
    let found = off.adapter.check(&needs).await.unwrap();
    assert!(found.is_good(), "{found:?}");
    assert!(found.guarantees.iter().all(|g| g.guarantee == Guarantee::Probe && g.why.contains("no ids")), "{found:?}");
}
