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
use crate::change::{Changed, Row, TableUse, Value};
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

/// Each test of a subject's file, over each database.
macro_rules! suite {
    ($($subject:ident { $($name:ident)* })*) => {
        $(mod $subject;)*
        suite! { @over sqlite over_sqlite $($subject { $($name)* })* }
        suite! { @over memory over_memory $($subject { $($name)* })* }
        suite! { @over postgres over_postgres $($subject { $($name)* })* }
    };
    (@over $database:ident $over:ident $($subject:ident { $($name:ident)* })*) => {
        mod $database {
            $($(#[tokio::test]
            async fn $name() {
                super::$over(super::$subject::$name).await;
            })*)*
        }
    };
}

suite! {
    capture {
        a_commit_is_read_back_whole
        an_older_session_cannot_commit
        a_failed_commit_leaves_nothing
        other_columns_than_the_mirror_holds_are_refused
        a_mirror_is_made_for_other_columns_by_a_resync_and_by_nothing_else_meanwhile
        another_mapping_has_the_owners_worked_out_again_until_that_is_done
        a_start_that_was_broken_off_leaves_nothing
        what_belongs_to_the_position_moves_with_it
        prepared_rows_wait_until_their_transaction_ends
        dirty_documents_come_by_the_time_of_their_change
        a_new_session_looks_again_at_held_orders
        a_row_says_which_transaction_left_it_so
        rows_are_found_by_their_keys_and_compared_where_they_are
        an_opening_goes_on_until_there_is_a_position
        rows_that_are_taken_for_new_are_written_whether_they_are_or_not
    }
    relay {
        a_lane_goes_one_at_a_time_and_in_order
        a_dependency_waits_for_its_entry
        a_lease_that_ran_out_becomes_a_doubt_and_fences_its_relay
        maybe_sent_is_never_taken_back
        a_parked_entry_stops_its_lane_only
        what_waits_for_another_entry_is_not_due
        a_posting_date_is_fixed_at_the_first_claim
        a_customers_newer_state_takes_the_place_of_a_parked_one
        an_entry_may_be_parked_from_the_beginning
        an_account_s_requests_are_counted_together
    }
    hand {
        a_parked_entry_goes_on_as_a_doubt_when_told_to
        what_waits_for_an_item_goes_on_once_it_is_named
        accounts_and_items_are_kept
        streams_of_one_account_see_each_other
        a_rehearsed_skip_says_what_is_done_and_does_nothing
        what_is_parked_already_stays_as_it_is_when_what_it_depends_on_is_voided
        what_is_not_the_first_of_its_plan_cannot_be_voided
        gauges_agree_with_what_an_operator_sees
    }
    planned {
        a_stream_s_beginning_is_its_first_position
        plans_are_read_back_newest_first
        what_was_delivered_goes_back_with_what_follows_it
        orders_of_which_some_was_absorbed_are_told_from_the_others
        what_a_person_has_entered_for_a_customer_is_not_overwritten
        what_cannot_be_sent_again_is_named
    }
}

#[tokio::test]
async fn a_new_session_over_a_file_doubts_what_was_under_way() {
    over_sqlite(relay::a_new_session_doubts_what_was_under_way).await;
}

#[tokio::test]
async fn a_new_session_over_a_server_leaves_claims_to_their_relays() {
    over_postgres(relay::a_new_session_leaves_claims_to_their_relays).await;
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
