//! What every adapter must do, against the sandbox of its kind: each document once and to the cent, whichever of its requests
//! meets whatever goes wrong.
//!
//! A kind needs no more here than its line at the end. The adapter is made from the sandbox's own `[erp]` block, as the program
//! makes it. What the books must hold after a bad day is what they hold after a good one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use ledgertap::bridge;
use ledgertap::config::{self, ErpConfig};
use ledgertap::document::{Amounts, CreditNote, CreditReason, Document, DocumentKind, Line, LineKind};
use ledgertap::erp::{Delivery, Erp, Guarantee, Needs, Start, Verdict};
use ledgertap::sandbox::{self, Act, Booked, Fault, Faults, Kind, Sandbox};
use tokio::time::{Instant, sleep};

use crate::world::documents::{
    allowance, credit, customer, d, day, debit, from, header, line, one_back, order, order_of, soon,
};

/// How long a request may take, and by when it has taken effect: short, so that what is held is soon over.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(900), Duration::from_millis(1200));
/// More than an adapter needs to get a document home on a bad day: of twenty requests three go wrong.
const TRIES_MAX: usize = 50;

/// How many sandboxes share the cases of one document.
const PARTS: usize = 4;

/// Orders that are brought home at the same time on a bad day.
const LANES: u32 = 16;
/// What befalls a request that changes something.
const OF_WRITES: [Fault; 12] = [
    Fault::HoldAfter,
    Fault::Late,
    Fault::HoldBefore,
    Fault::ResetAfter,
    Fault::ResetBefore,
    Fault::Throttle,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::Unavailable,
    Fault::Html,
    Fault::ExpireTokens,
    Fault::Draft,
];
/// What befalls a request that only reads, or asks for a session.
const OF_READS: [Fault; 7] = [
    Fault::HoldBefore,
    Fault::ResetBefore,
    Fault::Throttle,
    Fault::ErrorBefore,
    Fault::Html,
    Fault::ExpireTokens,
    Fault::Slow,
];

/// What is tried: a kind, and where it can be several, which of its versions.
#[derive(Clone, Copy)]
struct Subject {
    kind: Kind,
    version: Option<&'static str>,
    /// Without it the ERP refuses no second document of a number.
    unique: bool,
}

impl From<Kind> for Subject {
    fn from(kind: Kind) -> Subject {
        Subject { kind, version: None, unique: true }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.version.unwrap_or_default())
    }
}

/// A sandbox, and the config of an adapter that fits it.
struct World {
    sandbox: Sandbox,
    config: ErpConfig,
}

impl World {
    async fn of(kind: Subject) -> World {
        World::with(kind, |_| {}).await
    }

    async fn with(kind: Subject, change: impl FnOnce(&mut sandbox::Config)) -> World {
        let mut wanted = sandbox::Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 5);
        (wanted.kind, wanted.unique) = (kind.kind, kind.unique);
        wanted.version = kind.version.map(String::from);
        (wanted.request_timeout, wanted.late_max) = PATIENCE;
        change(&mut wanted);
        let sandbox = sandbox::start(wanted).await.unwrap();
        let config = resolved(&sandbox.erp_block());
        World { sandbox, config }
    }

    /// An adapter that knows nothing of what was before.
    fn adapter(&self) -> Arc<dyn Erp> {
        bridge::open_erp(&self.config).unwrap()
    }

    /// The books without what differs from one day to the next.
    fn books(&self) -> Vec<Booked> {
        let books = self.sandbox.books();
        assert_eq!(books.duplicates, 0);
        let mut documents = books.documents;
        for document in &mut documents {
            (document.stored_at_ms, document.arrival) = (0, 0);
        }
        documents.sort_by(|a, b| (&a.kind, &a.number).cmp(&(&b.kind, &b.number)));
        documents
    }
}

fn resolved(erp: &str) -> ErpConfig {
    let text = format!(
        "[store]\nurl = \"mysql://root@127.0.0.1/shop\"\nmapping = \"ecshop\"\n[state]\nurl = \"sqlite:x.db\"\n\
         [relay]\nrate_per_minute = 1000000\n{erp}"
    );
    let config = config::parse("shop.toml", &text, &|_| None).unwrap_or_else(|e| panic!("{e}\n{erp}"));
    config.erp().unwrap_or_else(|e| panic!("{e}\n{erp}")).clone()
}

async fn deliver(adapter: &dyn Erp, document: &Document, start: Start) -> Verdict {
    adapter.deliver(Delivery { document, posting_date: day(), start, until: soon() }).await
}

/// What a relay does: waits as long as it must, looks up, and goes on. The verdicts that it met on the way come with the last.
async fn bring_home(adapter: &dyn Erp, document: &Document) -> (Verdict, Vec<Verdict>) {
    let (mut start, mut met) = (Start::Create, Vec::new());
    for _ in 0..TRIES_MAX {
        let verdict = deliver(adapter, document, start).await;
        let wait = match &verdict {
            Verdict::Unknown { .. } | Verdict::Garbled { .. } => adapter.late_max(),
            Verdict::NotDone { retry_after, .. } => retry_after.unwrap_or(Duration::from_millis(20)),
            Verdict::Delivered { .. }
            | Verdict::Rejected { .. }
            | Verdict::Lacking { .. }
            | Verdict::Conflict { .. }
            | Verdict::Unauthorised { .. } => return (verdict, met),
        };
        met.push(verdict);
        sleep(wait).await;
        start = Start::LookUp;
    }
    panic!("{} is not there after {TRIES_MAX} tries: {met:#?}", document.number());
}

#[track_caller]
fn delivered(document: &Document, verdict: &Verdict) -> bool {
    let Verdict::Delivered { reference, amounts, found } = verdict else {
        panic!("{} is not delivered: {verdict:?}", document.number())
    };
    assert!(!reference.is_empty());
    assert_eq!(*amounts, document.header().map(|h| h.amounts), "{}: as the ERP says", document.number());
    *found
}

/// A shop's whole life: sold, partly returned, discounted afterwards, more sold, that cancelled, both at once, the customer
/// renamed, and all the rest cancelled, so that nothing is left.
fn life() -> Vec<Document> {
    let Document::Customer(mut renamed) = customer() else { unreachable!() };
    renamed.name = "王晓明 Żółć".into();
    let rest = vec![
        from(line(1, "A 茶/1", "1", "33.34"), "S1", 1),
        from(line(2, "B", "1", "13.00"), "S1", 2),
        from(Line { kind: LineKind::Shipping, ..line(3, "SHIPPING", "1", "10.00") }, "S1", 3),
        from(line(4, "A 茶/1", "0", "3.30"), "S1-D1", 2),
    ];
    vec![
        customer(),
        order(),
        one_back("S1-C1", "33.33"),
        allowance("S1-C2", "5.00"),
        debit("S1-D1", vec![line(1, "B", "2", "40.00"), line(2, "A 茶/1", "0", "3.30")]),
        credit("S1-C3", CreditReason::Cancellation, vec![from(line(1, "B", "2", "40.00"), "S1-D1", 1)]),
        credit(
            "S1-C4",
            CreditReason::Return,
            vec![from(line(1, "A 茶/1", "1", "33.33"), "S1", 1), from(line(2, "B", "0", "2.00"), "S1", 2)],
        ),
        Document::Customer(renamed),
        credit("S1-C5", CreditReason::Cancellation, rest),
    ]
}

/// Everything once, and nothing is left; a second delivery of each finds it, and a look-up too.
async fn a_good_day(kind: Subject) {
    let world = World::of(kind).await;
    let adapter = world.adapter();
    assert_eq!(adapter.kind(), kind.kind.as_str());
    let checkup = adapter.check(&Needs::of(&life())).await.unwrap_or_else(|e| panic!("check: {e}"));
    assert!(checkup.is_good(), "{checkup}");
    let guarantees: Vec<_> = checkup.guarantees.iter().map(|g| (g.kind, g.guarantee)).collect();
    let kinds = [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    assert_eq!(guarantees, kinds.map(|kind| (kind, adapter.guarantee(kind))));
    for document in life() {
        let verdict = deliver(&*adapter, &document, Start::Create).await;
        assert!(!delivered(&document, &verdict), "{} was there", document.number());
    }
    let books = world.books();
    assert!(books.iter().all(|document| document.audited), "{books:#?}");
    assert_eq!(world.sandbox.books().totals()["S1"], d("0"), "{books:#?}");
    let amounts = |number: &str| {
        let found =
            books.iter().find(|b| b.counts && b.number == number).unwrap_or_else(|| panic!("{number}: {books:#?}"));
        Amounts { net: found.net, tax: found.tax, total: found.total }
    };
    for document in life().iter().filter(|document| document.kind() != DocumentKind::Customer) {
        assert_eq!(Some(amounts(document.number())), document.header().map(|h| h.amounts), "{}", document.number());
    }
    let named = books.iter().find(|b| b.kind == "customer").expect("the customer is there");
    assert_eq!(named.name.as_deref(), Some("王晓明 Żółć"));
    assert!(books.iter().flat_map(|b| &b.lines).any(|line| line.sku == "A 茶/1"));
    for document in books.iter().filter(|b| b.kind == "credit_note" || b.kind == "debit_note") {
        assert_eq!(document.reference.as_deref(), Some("S1"), "{document:#?}");
    }

    // Documents that are there, by an adapter that knows nothing of it: found, and nothing is written.
    let fresh = world.adapter();
    let unchanged: Vec<Document> = life().into_iter().filter(|document| *document != customer()).collect();
    let writes = world.sandbox.requests(Act::Write);
    for document in &unchanged {
        assert!(delivered(document, &deliver(&*fresh, document, Start::LookUp).await), "{}", document.number());
    }
    assert_eq!(world.sandbox.requests(Act::Write), writes, "a look-up wrote something");
    // Created a second time, where the ERP minds: the order is found, and what takes from others is at least not done again.
    for document in unchanged.iter().filter(|document| adapter.guarantee(document.kind()) == Guarantee::Unique) {
        let verdict = deliver(&*fresh, document, Start::Create).await;
        match document.kind() {
            DocumentKind::CreditNote if matches!(verdict, Verdict::Rejected { .. }) => {}
            // What a customer is may be said again.
            DocumentKind::Customer => drop(delivered(document, &verdict)),
            _ => assert!(delivered(document, &verdict), "{}", document.number()),
        }
    }
    assert_eq!(world.books(), books);
}

/// Each request of each document meets each fault, one at a time.
async fn a_fault_at_each_request(kind: Subject) {
    let (life, unhurried) = (Arc::new(life()), Arc::new(unhurried(kind).await));
    let parts = (0..life.len()).flat_map(|at| (0..PARTS).map(move |part| (at, part)));
    // Tasks of their own: one that makes an adapter must not keep others from reading their answers in time.
    let each = parts.map(|(at, part)| {
        let (life, unhurried) = (life.clone(), unhurried.clone());
        tokio::spawn(async move { faults_of(kind, &life[..at], &life[at], &unhurried[at], part).await })
    });
    for part in join_all(each).await {
        if let Err(failed) = part {
            std::panic::resume_unwind(failed.into_panic());
        }
    }
}

/// How a document goes where nothing goes wrong.
struct Unhurried {
    /// What its adapter asks, log-ins included.
    requests: [(Act, u64); 3],
    /// The books afterwards.
    books: Vec<Booked>,
}

/// Each document by an adapter of its own, which must log in first.
async fn unhurried(kind: Subject) -> Vec<Unhurried> {
    let long = (Duration::from_secs(30), Duration::from_secs(35));
    let world = World::with(kind, |config| (config.request_timeout, config.late_max) = long).await;
    let count = || [Act::Login, Act::Read, Act::Write].map(|act| (act, world.sandbox.requests(act)));
    let mut seen = Vec::new();
    for document in life() {
        let before = count();
        let _ = delivered(&document, &deliver(&*world.adapter(), &document, Start::Create).await);
        let mut requests = count();
        requests.iter_mut().zip(before).for_each(|((_, now), (_, before))| *now -= before);
        assert!(requests[2].1 > 0, "{} was written without a request that writes", document.number());
        seen.push(Unhurried { requests, books: world.books() });
    }
    seen
}

/// Each [`PARTS`]th case of a document, in a sandbox of its own: most of the time is waiting.
async fn faults_of(kind: Subject, before: &[Document], document: &Document, unhurried: &Unhurried, part: usize) {
    let world = World::of(kind).await;
    let adapter = tokio::task::block_in_place(|| world.adapter());
    for earlier in before {
        let _ = delivered(earlier, &bring_home(&*adapter, earlier).await.0);
    }
    let earlier = world.sandbox.backup();
    let faults = |act| if act == Act::Write { &OF_WRITES[..] } else { &OF_READS[..] };
    let cases = unhurried.requests.into_iter().flat_map(|(act, count)| {
        (0..count).flat_map(move |nth| faults(act).iter().map(move |fault| (act, nth, *fault)))
    });
    for (act, nth, fault) in cases.skip(part).step_by(PARTS).collect::<Vec<_>>() {
        world.sandbox.restore(&earlier);
        let place = format!("{kind} {}: {fault:?} at {act:?} {nth}", document.number());
        world.sandbox.inject_nth(act, nth, fault);
        let adapter = tokio::task::block_in_place(|| world.adapter());
        let (verdict, met) = bring_home(&*adapter, document).await;
        assert!(matches!(verdict, Verdict::Delivered { .. }), "{place}: {verdict:?} after {met:#?}");
        assert_eq!(world.books(), unhurried.books, "{place}: {met:#?}");
        // Where the machine is slow, something else may come before.
        let befell = world.sandbox.take_back() == 0;
        assert!(befell || !met.is_empty(), "{place}: it never came to that request");
        if befell {
            promises_no_more_than_is_known(act, fault, &met, &place);
        }
    }
}

/// Where it may have been done, it must not be called not done. (Other verdicts may come beside, where the machine is slow.)
fn promises_no_more_than_is_known(act: Act, fault: Fault, met: &[Verdict], place: &str) {
    let perhaps = matches!(
        fault,
        Fault::HoldAfter | Fault::Late | Fault::HoldBefore | Fault::ResetAfter | Fault::ErrorAfter | Fault::Html
    );
    let doubts = |v: &Verdict| matches!(v, Verdict::Unknown { .. } | Verdict::Garbled { .. });
    assert!(act != Act::Write || !perhaps || met.iter().any(doubts), "{place}: {met:?}");
}

/// Asked too often, the ERP says so, and everything gets there all the same.
async fn too_many_requests(kind: Subject) {
    let world = World::with(kind, |config| config.requests_per_second = Some(12)).await;
    let (adapter, mut throttled) = (world.adapter(), Vec::new());
    for document in life() {
        let (verdict, met) = bring_home(&*adapter, &document).await;
        let _ = delivered(&document, &verdict);
        throttled.extend(met);
    }
    let waits = |v: &Verdict| matches!(v, Verdict::NotDone { .. });
    assert!(!throttled.is_empty() && throttled.iter().all(waits), "{throttled:?}");
    assert_eq!(world.sandbox.books().totals()["S1"], d("0"));
    assert_eq!(world.books().len(), world.sandbox.books().documents.len());
}

/// What the ERP cannot take is refused with a reason, and leaves nothing behind.
async fn refused(kind: Subject) {
    let world = World::of(kind).await;
    let adapter = world.adapter();
    let _ = delivered(&customer(), &deliver(&*adapter, &customer(), Start::Create).await);
    let unknown = order_of("S7", vec![line(1, "UNKNOWN-7", "1", "5.00")]);
    match deliver(&*adapter, &unknown, Start::Create).await {
        Verdict::Lacking { item, absent: true, .. } => assert_eq!(item, "UNKNOWN-7"),
        Verdict::Rejected { reason, absent: true } => assert!(reason.contains("UNKNOWN-7"), "{reason}"),
        other => panic!("an item that is not there: {other:?}"),
    }
    let mut dollars = order();
    if let Document::SalesOrder(order) = &mut dollars {
        order.header.currency = "USD".into();
    }
    let Verdict::Rejected { reason, absent: true } = deliver(&*adapter, &dollars, Start::Create).await else {
        panic!()
    };
    assert!(reason.contains("USD"), "{reason}");
    // What may have been sent before may be there all the same.
    let again = deliver(&*adapter, &dollars, Start::LookUp).await;
    assert!(matches!(again, Verdict::Rejected { absent: false, .. }), "{again:?}");
    // A credit note of an order that was never told.
    match deliver(&*adapter, &one_back("S1-C1", "33.33"), Start::Create).await {
        Verdict::Rejected { reason, .. } => assert!(!reason.contains("王"), "{reason}"),
        other => panic!("a return of what was never sold: {other:?}"),
    }
    assert_eq!(world.books().len(), 1, "{:#?}", world.books());
    world.sandbox.add_item("UNKNOWN-7");
    let _ = delivered(&unknown, &deliver(&*world.adapter(), &unknown, Start::LookUp).await);
}

/// More is never credited than was sold.
async fn too_much_back(kind: Subject) {
    let world = World::of(kind).await;
    let adapter = world.adapter();
    for document in [customer(), order()] {
        let _ = delivered(&document, &deliver(&*adapter, &document, Start::Create).await);
    }
    let many = credit("S1-C1", CreditReason::Return, vec![from(line(1, "A 茶/1", "4", "99.00"), "S1", 1)]);
    let dear = allowance("S1-C2", "130.01");
    let before = world.books();
    for document in [many, dear] {
        let verdict = deliver(&*adapter, &document, Start::Create).await;
        assert!(matches!(verdict, Verdict::Rejected { .. }), "{}: {verdict:?}", document.number());
    }
    assert_eq!(world.books().iter().filter(|b| b.counts).count(), before.iter().filter(|b| b.counts).count());
}

/// A document under our number that is not the same is a conflict, whether in amount or in its lines.
async fn not_the_same(kind: Subject) {
    let world = World::of(kind).await;
    let adapter = world.adapter();
    for document in [customer(), order()] {
        let _ = delivered(&document, &deliver(&*adapter, &document, Start::Create).await);
    }
    let dearer = order_of("S1", vec![line(1, "A 茶/1", "3", "130.01")]);
    let other = order_of("S1", vec![line(1, "A 茶/1", "4", "100.00"), line(2, "B", "1", "30.00")]);
    // As many lines, for the same money in all: other pieces, or the money on another line.
    let freight = || Line { kind: LineKind::Shipping, ..line(3, "SHIPPING", "1", "10.00") };
    let pieces = order_of("S1", vec![line(1, "A 茶/1", "4", "100.00"), line(2, "B", "1", "20.00"), freight()]);
    let moved = order_of("S1", vec![line(1, "A 茶/1", "3", "20.00"), line(2, "B", "1", "100.00"), freight()]);
    for document in [&dearer, &other, &pieces, &moved] {
        let verdict = deliver(&*adapter, document, Start::LookUp).await;
        assert!(matches!(verdict, Verdict::Conflict { .. }), "{verdict:?}");
    }
    let books = world.books();
    world.sandbox.lose_line("S1");
    let verdict = deliver(&*adapter, &order(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Conflict { .. }), "a line is missing: {verdict:?}");
    assert_eq!(world.books().len(), books.len());
}

/// Wrong credentials are said, not hammered, and not shown.
async fn wrong_credentials(kind: Subject) {
    let world = World::of(kind).await;
    let block = world.sandbox.erp_block();
    let is_secret = |line: &&str| {
        let key = line.split('=').next().unwrap_or_default();
        ["secret", "password", "key", "token"].iter().any(|name| key.contains(name)) && line.contains(" = \"")
    };
    let secrets: Vec<&str> = block.lines().filter(is_secret).collect();
    assert!(!secrets.is_empty(), "{block}");
    for secret in secrets {
        let key = secret.split('=').next().unwrap_or_default().trim();
        let adapter =
            bridge::open_erp(&resolved(&block.replace(secret, &format!("{key} = \"d3Jvbmc4Hush\"")))).unwrap();
        let before = world.sandbox.books().requests;
        for _ in 0..5 {
            let verdict = deliver(&*adapter, &customer(), Start::Create).await;
            let Verdict::Unauthorised { reason } = verdict else { panic!("{key}: {verdict:?}") };
            assert!(!reason.contains("d3Jvbmc4Hush"), "{key}: {reason}");
        }
        let asked = world.sandbox.books().requests - before;
        assert!(asked <= 4, "{key}: {asked} requests: accounts get locked");
        let said = adapter.check(&Needs::default()).await.unwrap_err();
        assert!(said.contains("credentials") && !said.contains("d3Jvbmc4Hush"), "{key}: {said}");
    }
    assert!(world.books().is_empty());
}

/// The claims that a relay relies on.
async fn bounds(kind: Subject) {
    let world = World::of(kind).await;
    let adapter = world.adapter();
    assert!(adapter.late_max() > adapter.request_max());
    for kind in [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote] {
        assert!(adapter.number_max(kind) >= 8, "{kind:?}");
    }
    let _ = delivered(&customer(), &deliver(&*adapter, &customer(), Start::Create).await);
    let lines = (1..=8).map(|no| line(no, &format!("SKU-{no}"), "1", "1.00")).collect();
    let before = world.sandbox.books().requests;
    let order_of_many = order_of("S3", lines);
    let _ = delivered(&order_of_many, &bring_home(&*world.adapter(), &order_of_many).await.0);
    assert!(world.sandbox.books().requests - before <= u64::from(adapter.requests_max()) * 2);

    // A claim that has run out changes nothing any more.
    let late = Delivery { document: &order(), posting_date: day(), start: Start::Create, until: Instant::now() };
    let verdict = adapter.deliver(late).await;
    assert!(!matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    assert!(!world.books().iter().any(|b| b.number == "S1"));
}

/// A document of more lines than the ERP takes at once gets there in another way, or is refused before anything of it is there.
async fn very_many_lines(kind: Subject) {
    let long = (Duration::from_secs(60), Duration::from_secs(65));
    let world = World::with(kind, |config| (config.request_timeout, config.late_max) = long).await;
    let adapter = world.adapter();
    let _ = delivered(&customer(), &deliver(&*adapter, &customer(), Start::Create).await);
    let order = order_of("S8", (1..=1_001).map(|no| line(no, "B", "1", "1.13")).collect());
    match deliver(&*adapter, &order, Start::Create).await {
        Verdict::Rejected { reason, absent } => {
            assert!(reason.contains("1001") && absent, "{reason}");
            assert_eq!(world.books().len(), 1);
        }
        verdict => {
            let _ = delivered(&order, &verdict);
            assert_eq!(world.sandbox.books().totals()["S8"], d("1131.13"));
        }
    }
}

/// Orders with a return and a discount each, several lanes at once, on a day when everything goes wrong now and then.
async fn a_bad_day(kind: Subject) {
    let world = World::with(kind, |config| config.faults = Faults::rough()).await;
    let adapter = world.adapter();
    let _ = delivered(&customer(), &bring_home(&*adapter, &customer()).await.0);
    let lane = |n: u32| {
        let adapter = &adapter;
        async move {
            let order = format!("R{n}");
            let note = |suffix: &str, line: Line| {
                let header = header(&format!("{order}-{suffix}"), &order, vec![from(line, &order, 1)]);
                Document::CreditNote(CreditNote::over(header, CreditReason::Return, order.clone()))
            };
            let lines = vec![line(1, "A", "3", "100.00"), line(2, "B", "1", "20.00")];
            for document in
                [order_of(&order, lines), note("C1", line(1, "A", "1", "33.33")), note("C2", line(1, "A", "0", "6.67"))]
            {
                let _ = delivered(&document, &bring_home(&**adapter, &document).await.0);
            }
        }
    };
    join_all((1..=LANES).map(lane)).await;
    let books = world.sandbox.books();
    assert_eq!((books.duplicates, books.totals().len()), (0, LANES as usize));
    assert!(books.totals().values().all(|total| *total == d("80.00")), "{:?}", books.totals());
    assert!(books.documents.iter().all(|document| document.audited));
    assert!(books.faults.len() > 5, "the day was not bad: {:?}", books.faults);
}

/// The whole suite for one kind.
macro_rules! conforms {
    ($name:ident, $kind:expr) => {
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn each_document_once_on_a_good_day() {
                a_good_day($kind.into()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn each_document_once_with_a_fault_at_each_request() {
                a_fault_at_each_request($kind.into()).await;
            }

            #[tokio::test]
            async fn asked_too_often_it_is_waited_for() {
                too_many_requests($kind.into()).await;
            }

            #[tokio::test]
            async fn what_is_refused_leaves_nothing_behind() {
                refused($kind.into()).await;
            }

            #[tokio::test]
            async fn more_is_never_credited_than_was_sold() {
                too_much_back($kind.into()).await;
            }

            #[tokio::test]
            async fn what_is_not_the_same_is_a_conflict() {
                not_the_same($kind.into()).await;
            }

            #[tokio::test]
            async fn wrong_credentials_are_not_hammered() {
                wrong_credentials($kind.into()).await;
            }

            #[tokio::test]
            async fn very_many_lines_are_split_or_refused() {
                very_many_lines($kind.into()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn each_document_once_on_a_bad_day() {
                a_bad_day($kind.into()).await;
            }

            #[tokio::test]
            async fn bounds_hold() {
                bounds($kind.into()).await;
            }
        }
    };
}

conforms!(kingdee_galaxy, Kind::KingdeeGalaxy);
conforms!(kingdee_xingchen, Kind::KingdeeXingchen);
conforms!(odoo_14, Subject { version: Some("14"), ..Kind::Odoo.into() });
conforms!(odoo_19, Subject { version: Some("19"), ..Kind::Odoo.into() });
conforms!(rest, Kind::Rest);
conforms!(sap_s4hana, Kind::SapS4hana);
conforms!(tryton, Kind::Tryton);
conforms!(tryton_6_0, Subject { version: Some("6.0"), ..Kind::Tryton.into() });
conforms!(tryton_without_web_shop, Subject { unique: false, ..Kind::Tryton.into() });
