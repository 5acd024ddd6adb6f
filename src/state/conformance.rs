//! One suite for every state database: what [`State`]'s contract says, tried.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::memory::MemoryState;
use super::postgres::PostgresState;
use super::postgres::tests::FreshSchema;
use super::sqlite::SqliteState;
use super::*;
use crate::change::{Row, TableUse, Value};
use crate::document::{Customer, Document};
use crate::outbox::{Backoff, BreakerPolicy, Dependency, Health, Lane, NewEntry};

const LATE_MAX: Duration = Duration::from_millis(30);
const LEASE: Duration = Duration::from_millis(40);

fn footprint() -> Footprint {
    let columns = vec!["id".to_owned(), "name".to_owned()];
    Footprint { tables: vec![TableUse { table: "t".into(), columns, key: vec![0] }] }
}

fn customer(number: &str) -> Document {
    Document::Customer(Customer {
        number: number.into(),
        name: "张伟".into(),
        email: None,
        phone: None,
        address: None,
        ..Customer::default()
    })
}

fn entry(lane: Lane, number: &str, depends_on: Option<Dependency>) -> NewEntry {
    NewEntry {
        lane,
        document: customer(number),
        depends_on,
        state: EntryState::Pending,
        not_before: Timestamp::UNIX_EPOCH,
        said: None,
        cut: "0-1-7".into(),
        changed_at: Timestamp::UNIX_EPOCH,
    }
}

fn order(id: &str) -> Lane {
    Lane::Order(id.into())
}

fn terms(max: usize) -> ClaimTerms {
    ClaimTerms { max, lease: LEASE, late_max: LATE_MAX, zone: TimeZone::UTC, closed_until: None }
}

fn park(reason: &str, waits_for: Option<MissingItem>) -> Transition {
    Transition::Park { reason: reason.to_owned(), waits_for, absent: false, wait: Duration::ZERO }
}

fn attempt() -> Attempt {
    let pause = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(1) };
    let breaker = BreakerPolicy { failures_max: 3, pause, refused: Duration::from_secs(60) };
    Attempt { verdict: "tried", duration: Duration::from_millis(3), health: Health::Silent, breaker }
}

fn delivered() -> Transition {
    Transition::Deliver { reference: "77".into(), amounts: None }
}

fn retry() -> Transition {
    Transition::Retry { wait: Duration::ZERO, reason: "busy".into() }
}

type OtherStream = Box<dyn Fn(&str) -> BoxFuture<'static, Arc<dyn State>> + Send + Sync>;

struct World {
    state: Arc<dyn State>,
    session: Session,
    /// The same database, bound to another stream.
    other: OtherStream,
}

impl World {
    async fn commit(&self, outbox: Vec<NewEntry>) -> Vec<i64> {
        let commit = Commit { outbox, ..Commit::default() };
        self.state.commit(self.session.epoch, commit).await.unwrap()
    }

    async fn beside(&self, stream: &str) -> Arc<dyn State> {
        (self.other)(stream).await
    }

    async fn claim_numbers(&self, max: usize) -> Vec<String> {
        let claimed = self.state.claim(terms(max)).await.unwrap();
        claimed.iter().map(|c| c.document.number().to_owned()).collect()
    }
}

/// A test of the suite over a fresh SQLite file.
async fn over_sqlite(test: impl AsyncFn(World)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let state: Arc<dyn State> = Arc::new(SqliteState::open(&path, "main").unwrap());
    let session = state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
    let other = move |stream: &str| -> BoxFuture<'static, Arc<dyn State>> {
        let state: Arc<dyn State> = Arc::new(SqliteState::open_beside(&path, stream).unwrap());
        Box::pin(async { state })
    };
    test(World { state, session, other: Box::new(other) }).await;
}

/// The same over a fresh schema of a PostgreSQL server.
async fn over_postgres(test: impl AsyncFn(World)) {
    let schema = FreshSchema::new();
    let url = schema.url.clone();
    let state: Arc<dyn State> = Arc::new(PostgresState::open(&url, "main").await.unwrap());
    let session = state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
    let other = move |stream: &str| -> BoxFuture<'static, Arc<dyn State>> {
        let (url, stream) = (url.clone(), stream.to_owned());
        Box::pin(async move { Arc::new(PostgresState::open_beside(&url, &stream).await.unwrap()) as Arc<dyn State> })
    };
    test(World { state, session, other: Box::new(other) }).await;
    schema.drop().await;
}

/// The same over a database in memory, which the simulation uses.
async fn over_memory(test: impl AsyncFn(World)) {
    let state = Arc::new(MemoryState::new("main", Timestamp::now(), 7, true));
    let session = state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
    let beside = state.clone();
    let other = move |stream: &str| -> BoxFuture<'static, Arc<dyn State>> {
        let other: Arc<dyn State> = Arc::new(beside.connect(stream));
        Box::pin(async move { other })
    };
    test(World { state, session, other: Box::new(other) }).await;
}

macro_rules! suite {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::over_sqlite(super::suite::$name).await;
            })*
        }
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::over_memory(super::suite::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::over_postgres(super::suite::$name).await;
            })*
        }
    };
}

suite! {
    a_commit_is_read_back_whole
    an_older_session_cannot_commit
    a_lane_goes_one_at_a_time_and_in_order
    a_dependency_waits_for_its_entry
    a_lease_that_ran_out_becomes_a_doubt_and_fences_its_relay
    maybe_sent_is_never_taken_back
    a_parked_entry_stops_its_lane_only
    a_parked_entry_goes_on_as_a_doubt_when_told_to
    a_customers_newer_state_takes_the_place_of_a_parked_one
    what_waits_for_another_entry_is_not_due
    a_failed_commit_leaves_nothing
    other_columns_than_the_mirror_holds_are_refused
    another_mapping_has_the_owners_worked_out_again_until_that_is_done
    a_start_that_was_broken_off_leaves_nothing
    what_belongs_to_the_position_moves_with_it
    prepared_rows_wait_until_their_transaction_ends
    dirty_documents_come_by_the_time_of_their_change
    a_posting_date_is_fixed_at_the_first_claim
    what_waits_for_an_item_goes_on_once_it_is_named
    an_entry_may_be_parked_from_the_beginning
    a_new_session_looks_again_at_held_orders
    accounts_and_items_are_kept
    streams_of_one_account_see_each_other
}

#[tokio::test]
async fn a_new_session_over_a_file_doubts_what_was_under_way() {
    over_sqlite(suite::a_new_session_doubts_what_was_under_way).await;
}

#[tokio::test]
async fn a_new_session_over_a_server_leaves_claims_to_their_relays() {
    over_postgres(suite::a_new_session_leaves_claims_to_their_relays).await;
}

mod suite {
    use super::*;

    pub async fn a_posting_date_is_fixed_at_the_first_claim(w: World) {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let told = |number: &str| NewEntry { document: sales_order(number), ..entry(order("1"), number, None) };
        w.commit(vec![told("A"), told("B")]).await;
        // The documents' own date is 2026-11-23.
        let closed = |closed: Option<&str>| ClaimTerms { closed_until: closed.map(day), ..terms(1) };
        let claim = async |c: Option<&str>| w.state.claim(closed(c)).await.unwrap().remove(0);
        let first = claim(Some("2026-11-30")).await;
        assert_eq!(first.posting_date, day("2026-12-01"));
        let _ = w.state.settle(&first, retry(), attempt()).await.unwrap();
        let again = claim(None).await;
        assert_eq!(again.posting_date, day("2026-12-01"), "it was fixed");
        let _ = w.state.settle(&again, delivered(), attempt()).await.unwrap();
        let second = claim(None).await;
        assert_eq!(second.posting_date, day("2026-12-01"), "not before the document that it follows");
        w.commit(vec![NewEntry { document: sales_order("C"), ..entry(order("2"), "C", None) }]).await;
        let third = claim(None).await;
        assert_eq!(third.posting_date, day("2026-11-23"), "the event's own day");
        // The ERP has closed that month, and a person has said so: what it has not taken gets another day.
        let parked = park("the period is closed", None);
        let _ = w.state.settle(&third, parked, attempt()).await.unwrap();
        w.state.retry(Which::All).await.unwrap();
        assert_eq!(claim(Some("2026-11-30")).await.posting_date, day("2026-12-01"));
    }

    pub async fn a_new_session_looks_again_at_held_orders(w: World) {
        let held = |id: &str, reason: Option<&str>| OrderRecord {
            id: id.into(),
            held: reason.map(Into::into),
            ..OrderRecord::default()
        };
        let commit = Commit {
            orders: vec![held("1", Some("its number is too long")), held("2", None)],
            clock: Timestamp::from_second(40).unwrap(),
            position: Some(Position("mariadb:0-1-7".into())),
            ..Commit::default()
        };
        w.state.commit(w.session.epoch, commit).await.unwrap();
        assert!(w.state.dirty(9).await.unwrap().documents.is_empty());
        let session = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!(session.dirty.documents, [(DirtyKey::Order("1".into()), Timestamp::from_second(40).unwrap())]);
    }

    pub async fn what_waits_for_an_item_goes_on_once_it_is_named(w: World) {
        w.commit(vec![entry(order("1"), "A", None), entry(order("2"), "B", None), entry(order("3"), "C", None)]).await;
        let waits = [Some(MissingItem::Sku("X:1".into())), Some(MissingItem::Item("M".into())), None];
        for (claimed, waits_for) in w.state.claim(terms(9)).await.unwrap().iter().zip(waits.clone()) {
            let parked = park("no item", waits_for);
            let _ = w.state.settle(claimed, parked, attempt()).await.unwrap();
        }
        let awaited: Vec<MissingItem> = w.state.awaited_items().await.unwrap().into_iter().collect();
        assert_eq!(awaited, waits.into_iter().flatten().collect::<Vec<_>>());
        let release = async |item| w.state.release(vec![item]).await.unwrap();
        assert!(release(MissingItem::Sku("M".into())).await.is_empty());
        assert_eq!(release(MissingItem::Sku("X:1".into())).await, ["A"]);
        assert_eq!(w.claim_numbers(9).await, ["A"]);
        assert_eq!(w.state.awaited_items().await.unwrap().len(), 1);
        // Naming it is enough.
        let again = w.state.claim(terms(9)).await.unwrap();
        assert!(again.is_empty(), "A is under its claim");
        // A person lets it go on all the same.
        w.state.retry(Which::Numbers(vec!["B".into()])).await.unwrap();
        assert!(w.state.awaited_items().await.unwrap().is_empty());
    }

    pub async fn an_entry_may_be_parked_from_the_beginning(w: World) {
        let parked = |number: &str| NewEntry {
            state: EntryState::Parked,
            said: Some("look at it".into()),
            document: sales_order(number),
            ..entry(order("1"), number, None)
        };
        w.commit(vec![parked("A"), NewEntry { document: sales_order("B"), ..entry(order("1"), "B", None) }]).await;
        assert!(w.claim_numbers(9).await.is_empty());
        assert_eq!(w.state.summary().await.unwrap().parked[0].said.as_deref(), Some("look at it"));
        w.state.retry(Which::All).await.unwrap();
        assert_eq!(w.claim_numbers(9).await, ["A"]);
    }

    pub async fn accounts_and_items_are_kept(w: World) {
        let item = |number: &str, unit: Option<&str>| Item { number: number.into(), unit: unit.map(Into::into) };
        let items: BTreeMap<String, Item> =
            [("A".into(), item("M1", Some("BOX"))), ("B".into(), item("M2", None))].into();
        w.state.add_items(items.clone()).await.unwrap();
        assert_eq!(w.state.items().await.unwrap(), items);
        w.commit(vec![entry(order("1"), "S1", None)]).await;
        let claimed = w.state.claim(terms(9)).await.unwrap().remove(0);
        let parked = park("no item", Some(MissingItem::Sku("B".into())));
        let _ = w.state.settle(&claimed, parked, attempt()).await.unwrap();
        let released = w.state.add_items([("B".into(), item("M3", None))].into()).await.unwrap();
        assert_eq!(released, ["S1"]);
        assert_eq!(w.state.items().await.unwrap()["B"].number, "M3");

        w.state
            .add_accounts([("U1".to_owned(), "K-1".to_owned()), ("U9".to_owned(), "K-9".to_owned())].into())
            .await
            .unwrap();
        let told = |id: &str| CustomerRecord {
            id: id.into(),
            number: id.into(),
            fingerprint: "f".into(),
            ..Default::default()
        };
        let commit = Commit {
            customers: vec![told("U1"), told("U2")],
            customer_entries: vec![0, 1],
            outbox: vec![
                entry(Lane::Customer("U1".into()), "U1", None),
                entry(Lane::Customer("U2".into()), "U2", None),
            ],
            ..Commit::default()
        };
        w.state.commit(w.session.epoch, commit).await.unwrap();
        let seen = |c: &CustomerRecord| (c.id.clone(), c.number.clone(), c.account.clone());
        let line = |id: &str, number: &str, account: Option<&str>| (id.into(), number.into(), account.map(Into::into));
        let expected: [(String, String, Option<String>); 3] =
            [line("U1", "U1", Some("K-1")), line("U2", "U2", None), line("U9", "", Some("K-9"))];
        assert_eq!(w.state.accounts().await.unwrap().iter().map(seen).collect::<Vec<_>>(), expected);
        let asked = ["U1", "U2", "U9", "U7"].map(str::to_owned).to_vec();
        let books = w.state.load_books(vec![], asked, vec![]).await.unwrap().customers;
        let accounts: Vec<Option<&str>> = books.iter().map(|c| c.account.as_deref()).collect();
        assert_eq!(accounts, [Some("K-1"), None, Some("K-9"), None]);
        for (named, was) in
            [(Named::Account("U1".into()), true), (Named::Account("U1".into()), false), (Named::Item("A".into()), true)]
        {
            assert_eq!(w.state.forget(named).await.unwrap(), was);
        }
        assert_eq!((w.state.accounts().await.unwrap().len(), w.state.items().await.unwrap().len()), (3, 1));
    }

    pub async fn streams_of_one_account_see_each_other(w: World) {
        let ours = Attachment { stream: "main".into(), account: "erp 1".into(), names_stream: true };
        assert_eq!(w.state.attached_to("erp 1".into()).await.unwrap(), []);
        w.state.attach(ours.clone()).await.unwrap();
        assert_eq!(w.state.attached_to("erp 1".into()).await.unwrap(), [], "not with itself");
        let other = w.beside("other").await;
        other.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!(other.attached_to("erp 1".into()).await.unwrap(), [ours]);
        assert_eq!(other.attached_to("erp 2".into()).await.unwrap(), []);
    }

    pub async fn dirty_documents_come_by_the_time_of_their_change(w: World) {
        let at = |second| Timestamp::from_second(second).unwrap();
        let document = |i: i64| DirtyKey::Order(i.to_string());
        let dirty = [(3, 30), (1, 10), (2, 20), (4, 20)].map(|(i, second)| (document(i), at(second)));
        w.state.commit(w.session.epoch, Commit { dirty: dirty.to_vec(), ..Commit::default() }).await.unwrap();
        let page = w.state.dirty(2).await.unwrap();
        assert_eq!(page.documents, [(document(1), at(10)), (document(2), at(20))]);
        assert_eq!(page.more_from, Some(at(20)));
        let commit = Commit {
            dirty_not_after: Some(at(15)),
            dirty: vec![(document(1), at(40))],
            clean: vec![document(4)],
            ..Commit::default()
        };
        w.state.commit(w.session.epoch, commit).await.unwrap();
        let page = w.state.dirty(9).await.unwrap();
        assert_eq!(page.documents, [(document(2), at(15)), (document(3), at(15)), (document(1), at(40))]);
        assert_eq!(page.more_from, None);
    }

    pub async fn a_commit_is_read_back_whole(w: World) {
        let row: Row = vec![Value::Int(1), Value::text("x")].into();
        let write =
            MirrorWrite { table: 0, key: "[1]".into(), row: Some(row.clone()), owners: vec![("order.id", "7".into())] };
        let record =
            OrderRecord { id: "7".into(), number: "N7".into(), held: Some("why".into()), ..OrderRecord::default() };
        let since = Timestamp::from_second(100).unwrap();
        let commit = Commit {
            position: Some(Position("mariadb:0-1-7".into())),
            clock: since,
            mirror: vec![write],
            orders: vec![record.clone()],
            dirty: vec![(DirtyKey::Order("7".into()), since)],
            ..Commit::default()
        };
        w.state.commit(w.session.epoch, commit).await.unwrap();
        let by_key = Lookup::Row { table: 0, key: "[1]".into() };
        let owned = Lookup::Owned { index: "order.id", owner: "7".into() };
        let none = Lookup::Owned { index: "order.id", owner: "8".into() };
        let expected = MirrorRow { table: 0, key: "[1]".into(), row };
        let answers = w.state.load(vec![by_key.clone(), owned.clone(), none.clone()]).await.unwrap();
        assert_eq!(
            answers,
            [(by_key.clone(), vec![expected.clone()]), (owned.clone(), vec![expected]), (none, vec![])]
        );
        let books = w.state.load_books(vec!["7".into(), "8".into()], vec![], vec![]).await.unwrap();
        assert_eq!(books.orders, [record, OrderRecord { id: "8".into(), ..OrderRecord::default() }]);
        let again = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!(again.position, Some(Position("mariadb:0-1-7".into())));
        let page = DirtyPage { documents: vec![(DirtyKey::Order("7".into()), since)], more_from: None };
        assert_eq!((again.clock, again.dirty), (since, page));
        assert_eq!(w.state.mirrored().await.unwrap(), BTreeSet::from([0]));
        let gone = MirrorWrite { table: 0, key: "[1]".into(), row: None, owners: vec![] };
        let commit = Commit { mirror: vec![gone], clean: vec![DirtyKey::Order("7".into())], ..Commit::default() };
        w.state.commit(again.epoch, commit).await.unwrap();
        assert_eq!(
            w.state.load(vec![by_key.clone(), owned.clone()]).await.unwrap(),
            [(by_key, vec![]), (owned, vec![])]
        );
        assert_eq!(w.state.summary().await.unwrap().settling, 0);
    }

    pub async fn an_older_session_cannot_commit(w: World) {
        let later = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        let commit = Commit { outbox: vec![entry(order("1"), "A", None)], ..Commit::default() };
        let error = w.state.commit(w.session.epoch, commit.clone()).await.unwrap_err();
        assert!(matches!(error, StateError::Fenced { ours, latest, .. } if ours < latest), "{error}");
        assert!(w.state.entries().await.unwrap().is_empty());
        w.state.commit(later.epoch, commit).await.unwrap();
    }

    pub async fn a_lane_goes_one_at_a_time_and_in_order(w: World) {
        w.commit(vec![entry(order("1"), "A1", None), entry(order("1"), "A2", None), entry(order("2"), "B1", None)])
            .await;
        let claimed = w.state.claim(terms(9)).await.unwrap();
        assert_eq!(claimed.iter().map(|c| c.document.number()).collect::<Vec<_>>(), ["A1", "B1"]);
        assert!(w.claim_numbers(9).await.is_empty());
        assert_eq!(w.state.settle(&claimed[0], delivered(), attempt()).await.unwrap(), Settled::Applied);
        assert_eq!(w.claim_numbers(9).await, ["A2"]);
    }

    pub async fn a_dependency_waits_for_its_entry(w: World) {
        let buyer = Lane::Customer("U1".into());
        let seqs = w.commit(vec![entry(buyer, "U1", None), entry(order("1"), "A", Some(Dependency::New(0)))]).await;
        w.commit(vec![entry(order("2"), "B", Some(Dependency::Stored(seqs[0])))]).await;
        let claimed = w.state.claim(terms(9)).await.unwrap();
        assert_eq!(claimed.len(), 1);
        let _ = w.state.settle(&claimed[0], delivered(), attempt()).await.unwrap();
        assert_eq!(w.claim_numbers(9).await, ["A", "B"]);
    }

    pub async fn a_lease_that_ran_out_becomes_a_doubt_and_fences_its_relay(w: World) {
        w.commit(vec![entry(order("1"), "A", None)]).await;
        let first = w.state.claim(terms(1)).await.unwrap().remove(0);
        assert!(!first.maybe_sent);
        let second = loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(again) = w.state.claim(terms(1)).await.unwrap().pop() {
                break again;
            }
        };
        assert!(Timestamp::now() >= first.lease_until + LATE_MAX);
        assert!(second.maybe_sent && second.claim != first.claim);
        assert_eq!(w.state.settle(&first, delivered(), attempt()).await.unwrap(), Settled::Fenced);
        assert_eq!(w.state.settle(&second, delivered(), attempt()).await.unwrap(), Settled::Applied);
    }

    pub async fn a_new_session_doubts_what_was_under_way(w: World) {
        w.commit(vec![entry(order("1"), "A", None)]).await;
        let claimed = w.state.claim(ClaimTerms { lease: Duration::from_secs(3600), ..terms(1) }).await.unwrap();
        let began = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap().began_at;
        let entries = w.state.entries().await.unwrap();
        assert_eq!(entries[0].state, EntryState::Unknown);
        assert!(w.state.next_due().await.unwrap().unwrap() >= began + LATE_MAX);
        assert_eq!(w.state.settle(&claimed[0], delivered(), attempt()).await.unwrap(), Settled::Fenced);
    }

    pub async fn a_new_session_leaves_claims_to_their_relays(w: World) {
        w.commit(vec![entry(order("1"), "A", None)]).await;
        let claimed = w.state.claim(ClaimTerms { lease: Duration::from_secs(3600), ..terms(1) }).await.unwrap();
        let _ = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!(w.state.entries().await.unwrap()[0].state, EntryState::Sending);
        assert_eq!(w.state.settle(&claimed[0], delivered(), attempt()).await.unwrap(), Settled::Applied);
    }

    pub async fn maybe_sent_is_never_taken_back(w: World) {
        w.commit(vec![entry(order("1"), "A", None)]).await;
        for sent in [false, true, true] {
            let claimed = w.state.claim(terms(1)).await.unwrap().remove(0);
            assert_eq!(claimed.maybe_sent, sent);
            let _ = w.state.settle(&claimed, retry(), attempt()).await.unwrap();
        }
    }

    pub async fn a_parked_entry_stops_its_lane_only(w: World) {
        w.commit(vec![entry(order("1"), "A1", None), entry(order("1"), "A2", None), entry(order("2"), "B1", None)])
            .await;
        let claimed = w.state.claim(terms(1)).await.unwrap().remove(0);
        let _ = w.state.settle(&claimed, park("no such SKU", None), attempt()).await.unwrap();
        assert_eq!(w.claim_numbers(9).await, ["B1"]);
        let summary = w.state.summary().await.unwrap();
        assert_eq!(summary.parked[0].said.as_deref(), Some("no such SKU"));
    }

    pub async fn what_waits_for_another_entry_is_not_due(w: World) {
        let at = |s: i64| Timestamp::from_second(4_000_000_000 + s).unwrap();
        let later = |lane: Lane, number: &str, s: i64, depends_on: Option<Dependency>| NewEntry {
            not_before: at(s),
            ..entry(lane, number, depends_on)
        };
        let (first, second) = (later(order("1"), "A1", 50, None), later(order("1"), "A2", 10, None));
        let dependent = later(order("2"), "B1", 20, Some(Dependency::New(0)));
        w.commit(vec![first, second, dependent]).await;
        assert_eq!(w.state.next_due().await.unwrap(), Some(at(50)));
        w.commit(vec![later(order("3"), "C1", 40, None)]).await;
        assert_eq!(w.state.next_due().await.unwrap(), Some(at(40)));
        w.commit(vec![entry(order("4"), "D1", None)]).await;
        let claimed = w.state.claim(terms(9)).await.unwrap().remove(0);
        assert_eq!(w.state.next_due().await.unwrap(), Some(claimed.lease_until));
        let _ = w.state.settle(&claimed, delivered(), attempt()).await.unwrap();
        assert_eq!(w.state.next_due().await.unwrap(), Some(at(40)));
    }

    pub async fn a_parked_entry_goes_on_as_a_doubt_when_told_to(w: World) {
        w.commit(vec![entry(order("1"), "A", None), entry(order("2"), "B", None)]).await;
        for claimed in w.state.claim(terms(9)).await.unwrap() {
            let _ = w.state.settle(&claimed, park("no", None), attempt()).await.unwrap();
        }
        assert_eq!(w.state.retry(Which::Numbers(vec!["A".into(), "C".into()])).await.unwrap(), ["A"]);
        let again = w.state.claim(terms(9)).await.unwrap().remove(0);
        assert_eq!((again.document.number(), again.maybe_sent, again.attempts), ("A", true, 0));
        assert_eq!(w.state.retry(Which::All).await.unwrap(), ["B"]);
    }

    pub async fn a_customers_newer_state_takes_the_place_of_a_parked_one(w: World) {
        let buyer = Lane::Customer("U1".into());
        let seqs = w.commit(vec![entry(buyer.clone(), "U1", None)]).await;
        let claimed = w.state.claim(terms(1)).await.unwrap().remove(0);
        w.commit(vec![entry(order("1"), "A", Some(Dependency::Stored(seqs[0])))]).await;
        let _ = w.state.settle(&claimed, park("bad e-mail", None), attempt()).await.unwrap();
        assert!(w.claim_numbers(9).await.is_empty());
        w.commit(vec![entry(buyer, "U1", None)]).await;
        let newer = w.state.claim(terms(9)).await.unwrap();
        assert_eq!(newer.iter().map(|c| c.document.number()).collect::<Vec<_>>(), ["U1"], "the order waits for it");
        let _ = w.state.settle(&newer[0], delivered(), attempt()).await.unwrap();
        assert_eq!(w.claim_numbers(9).await, ["A"]);
    }

    pub async fn a_failed_commit_leaves_nothing(w: World) {
        let mut twice = entry(order("1"), "A", None);
        twice.document = sales_order("A");
        let commit = Commit {
            position: Some(Position("mariadb:0-1-9".into())),
            outbox: vec![twice.clone(), twice],
            ..Commit::default()
        };
        let error = w.state.commit(w.session.epoch, commit).await.unwrap_err();
        assert!(error.to_string().to_lowercase().contains("unique"), "{error}");
        let summary = w.state.summary().await.unwrap();
        assert_eq!((summary.position, summary.outbox.len()), (None, 0));
    }

    pub async fn other_columns_than_the_mirror_holds_are_refused(w: World) {
        let commit = Commit { position: Some(Position("mariadb:0-1-7".into())), ..Commit::default() };
        w.state.commit(w.session.epoch, commit).await.unwrap();
        let mut wider = footprint();
        wider.tables[0].columns.push("price".into());
        let error = w.state.begin(Begin::new(&wider, "v2", LATE_MAX)).await.unwrap_err();
        assert!(error.to_string().contains("t.price"), "{error}");
    }

    pub async fn another_mapping_has_the_owners_worked_out_again_until_that_is_done(w: World) {
        let row: Row = vec![Value::Int(1), Value::text("x")].into();
        let write = |owner: &str| MirrorWrite {
            table: 0,
            key: "[1]".into(),
            row: Some(row.clone()),
            owners: vec![("customer.id", owner.into())],
        };
        let position = Some(Position("mariadb:0-1-7".into()));
        let commit = |mirror| Commit { mirror, position: position.clone(), ..Commit::default() };
        w.state.commit(w.session.epoch, commit(vec![write("U1")])).await.unwrap();
        assert!(!w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap().reindex);
        assert!(w.state.begin(Begin::new(&footprint(), "v2", LATE_MAX)).await.unwrap().session().unwrap().reindex);
        // It was not done.
        let session = w.state.begin(Begin::new(&footprint(), "v2", LATE_MAX)).await.unwrap().session().unwrap();
        assert!(session.reindex);
        let rows = w.state.rows(0, None, 10).await.unwrap();
        assert_eq!((rows.len(), rows[0].key.as_str()), (1, "[1]"));
        assert_eq!(w.state.rows(0, Some("[1]".into()), 10).await.unwrap(), []);
        let done = Commit { indexed: Some("v2".into()), ..commit(vec![write("U2")]) };
        w.state.commit(session.epoch, done).await.unwrap();
        assert!(!w.state.begin(Begin::new(&footprint(), "v2", LATE_MAX)).await.unwrap().session().unwrap().reindex);
        let owned = |owner: &str| Lookup::Owned { index: "customer.id", owner: owner.into() };
        let found = w.state.load(vec![owned("U1"), owned("U2")]).await.unwrap();
        assert_eq!(found.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [0, 1]);
    }

    pub async fn a_start_that_was_broken_off_leaves_nothing(w: World) {
        let row: Row = vec![Value::Int(1), Value::text("x")].into();
        let owners = vec![("customer.id", "U1".into())];
        let mirror = vec![MirrorWrite { table: 0, key: "[1]".into(), row: Some(row), owners }];
        w.state.commit(w.session.epoch, Commit { mirror: mirror.clone(), ..Commit::default() }).await.unwrap();
        let mut wider = footprint();
        wider.tables[0].columns.push("price".into());
        let again = w.state.begin(Begin::new(&wider, "v2", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!(again.position, None);
        let by_key = Lookup::Row { table: 0, key: "[1]".into() };
        let owned = Lookup::Owned { index: "customer.id", owner: "U1".into() };
        let found = async || w.state.load(vec![by_key.clone(), owned.clone()]).await.unwrap();
        assert!(found().await.iter().all(|(_, rows)| rows.is_empty()));

        // What a whole start has filled stays.
        let again = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        let position = Some(Position("mariadb:0-1-7".into()));
        w.state.commit(again.epoch, Commit { position, mirror, ..Commit::default() }).await.unwrap();
        let _ = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert!(found().await.iter().all(|(_, rows)| rows.len() == 1));
    }

    pub async fn what_belongs_to_the_position_moves_with_it(w: World) {
        let server = ServerIdentity { flavour: "mysql".into(), id: "3e11fa47".into() };
        let shape = TableShape {
            unique: Vec::new(),
            table: "t".into(),
            engine: "InnoDB".into(),
            columns: vec![],
            key: vec!["id".into()],
            charset: None,
        };
        let commit = Commit {
            position: Some(Position("mysql:".into())),
            begun: Some("3e11fa47:9".into()),
            server: Some(server.clone()),
            shapes: Some(vec![shape.clone()]),
            ..Commit::default()
        };
        w.state.commit(w.session.epoch, commit).await.unwrap();
        // A tick moves no position, and leaves all that as it is.
        w.state.commit(w.session.epoch, Commit::default()).await.unwrap();
        let again = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!(again.begun.as_deref(), Some("3e11fa47:9"));
        assert_eq!((again.server, again.shapes), (Some(server.clone()), Some(vec![shape])));
        let last = Commit { position: Some(Position("mysql:x".into())), shapes: Some(vec![]), ..Commit::default() };
        w.state.commit(again.epoch, last).await.unwrap();
        let again = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
        assert_eq!((again.begun, again.server, again.shapes), (None, Some(server), Some(vec![])));
    }

    pub async fn prepared_rows_wait_until_their_transaction_ends(w: World) {
        let row = |i: i64| -> Row { vec![Value::Int(i), Value::text("x")].into() };
        let change = |i: i64| RowChange { table: 0, before: Some(row(i)), after: None };
        let part = |part: u32, i: i64| PreparedPart { xid: "X'31'".into(), part, changes: vec![change(i)] };
        let commit = |prepared: Vec<PreparedPart>| Commit { prepared, ..Commit::default() };
        let ask = async |n: u32| w.state.prepared("X'31'", n).await.unwrap();
        assert_eq!(ask(0).await, None);
        w.state.commit(w.session.epoch, commit(vec![part(0, 1), part(1, 2)])).await.unwrap();
        assert_eq!((ask(0).await, ask(1).await, ask(2).await), (Some(vec![change(1)]), Some(vec![change(2)]), None));
        // Read again after a restart: its first part begins it anew.
        w.state.commit(w.session.epoch, commit(vec![part(0, 3)])).await.unwrap();
        assert_eq!((ask(0).await, ask(1).await), (Some(vec![change(3)]), None));
        let ended = Commit { xa_ended: vec!["X'31'".into(), "never seen".into()], ..Commit::default() };
        w.state.commit(w.session.epoch, ended).await.unwrap();
        assert_eq!(ask(0).await, None);
    }
}

fn sales_order(number: &str) -> Document {
    let header = crate::document::Header {
        number: number.into(),
        order: number.into(),
        customer: "U1".into(),
        buyer: None,
        date: jiff::civil::date(2026, 11, 23),
        currency: "CNY".into(),
        prices_include_tax: true,
        lines: vec![],
        amounts: Amounts::from_total(Decimal::ONE, Decimal::ZERO),
        extra: Default::default(),
    };
    Document::SalesOrder(crate::document::SalesOrder { header, ship_to: None, tenders: vec![] })
}
