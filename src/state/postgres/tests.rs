//! What is PostgreSQL's alone: connections, schemas, and the server that goes away.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connect::Connector;
use super::*;
use crate::change::{TableUse, Value};
use crate::document::{Customer, Document};
use crate::outbox::{EntryState, Lane, NewEntry};
use crate::state::{MirrorWrite, Session};

/// A schema that no other test has.
pub(in crate::state) struct FreshSchema {
    /// The state database's URL.
    pub url: String,
    name: String,
}

impl FreshSchema {
    /// Names one; whoever opens it makes it.
    pub fn new() -> FreshSchema {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("t_{since}_{}_{count}", std::process::id());
        FreshSchema { url: format!("{}?schema={name}", server()), name }
    }

    /// The same with connections that a test finds on the server.
    pub fn named(&self) -> String {
        format!("{}&application_name=ledgertap%20{}", self.url, self.name)
    }

    /// A connection beside the state's own.
    pub async fn client(&self) -> tokio_postgres::Client {
        let connector = Connector::new(Address::parse(&self.url).unwrap()).unwrap();
        connector.open(Box::new(|_| ())).await.unwrap()
    }

    /// Takes it off the server.
    pub async fn drop(self) {
        self.client().await.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.name)).await.unwrap();
    }
}

/// The URL of the server: from the environment, else from what `scripts/services` wrote down.
fn server() -> String {
    let name = "LEDGERTAP_TEST_POSTGRES";
    if let Ok(url) = std::env::var(name) {
        return url;
    }
    let home = std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into());
    let room = std::env::var_os("LEDGERTAP_SERVICES").map(PathBuf::from);
    let file = room.unwrap_or_else(|| PathBuf::from(home).join(".cache/ledgertap-services")).join("env");
    let lines = std::fs::read_to_string(&file).unwrap_or_default();
    let url = lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    url.unwrap_or_else(|| panic!("{name} is neither set nor in {}: run scripts/services up postgres", file.display()))
        .to_owned()
}

fn footprint() -> Footprint {
    let columns = vec!["id".to_owned(), "name".to_owned()];
    Footprint { tables: vec![TableUse { table: "t".into(), columns, key: vec![0] }] }
}

async fn session(state: &PostgresState) -> Session {
    state.begin(Begin::new(&footprint(), "v1", Duration::ZERO)).await.unwrap().session().unwrap()
}

fn held_by(holder: &str, lease: Duration) -> Begin {
    Begin { holder: holder.into(), lease, ..Begin::new(&footprint(), "v1", Duration::ZERO) }
}

fn news(ids: impl IntoIterator<Item = i64>) -> Commit {
    let entry = |id: i64| NewEntry {
        lane: Lane::Order(id.to_string()),
        document: Document::Customer(Customer { number: id.to_string(), ..Customer::default() }),
        depends_on: None,
        state: EntryState::Pending,
        not_before: Timestamp::UNIX_EPOCH,
        said: None,
        cut: "0-1-7".into(),
        changed_at: Timestamp::UNIX_EPOCH,
    };
    Commit { outbox: ids.into_iter().map(entry).collect(), ..Commit::default() }
}

fn terms(max: usize) -> ClaimTerms {
    let zone = jiff::tz::TimeZone::UTC;
    ClaimTerms { max, lease: Duration::from_secs(60), late_max: Duration::ZERO, zone, closed_until: None }
}

/// Ends every other connection to a schema.
async fn end_connections(schema: &FreshSchema) {
    let client = schema.client().await;
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE application_name = 'ledgertap ' || current_schema() AND pid <> pg_backend_pid()";
    client.query(sql, &[]).await.unwrap();
}

#[tokio::test]
async fn a_schema_that_a_newer_version_wrote_is_refused() {
    let schema = FreshSchema::new();
    drop(PostgresState::open(&schema.url, "main").await.unwrap());
    let newer = "INSERT INTO refinery_schema_history VALUES (99, 'later', '2026-01-01T00:00:00Z', '7')";
    schema.client().await.batch_execute(newer).await.unwrap();
    for opened in
        [PostgresState::open(&schema.url, "main").await, PostgresState::open_beside(&schema.url, "main").await]
    {
        let error = opened.unwrap_err();
        assert!(matches!(error, StateError::Version { .. }), "{error}");
    }
    schema.drop().await;
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_made_by_a_bridge_only() {
    let schema = FreshSchema::new();
    let error = PostgresState::open_beside(&schema.url, "main").await.unwrap_err();
    assert!(matches!(error, StateError::Missing { .. }), "{error}");
    let both = tokio::join!(PostgresState::open(&schema.url, "a"), PostgresState::open(&schema.url, "b"));
    let _ = (both.0.unwrap(), both.1.unwrap());
    PostgresState::open_beside(&schema.url, "main").await.unwrap();
    schema.drop().await;
}

#[tokio::test]
async fn a_role_that_may_only_write_rows_is_enough_once_the_schema_is_there() {
    let schema = FreshSchema::new();
    drop(PostgresState::open(&schema.url, "main").await.unwrap());
    let (name, role) = (&schema.name, format!("r_{}", schema.name));
    let client = schema.client().await;
    client
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {name} TO {role};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO {role};"
        ))
        .await
        .unwrap();
    let url = schema.url.replace("postgres://postgres@", &format!("postgres://{role}@"));
    let state = PostgresState::open(&url, "main").await.unwrap();
    let ours = session(&state).await;
    assert_eq!(state.commit(ours.epoch, news([1])).await.unwrap().len(), 1);
    drop(state);
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role};")).await.unwrap();
    schema.drop().await;
}

/// A server that answers every connection with one error.
async fn refusing(code: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut startup = [0; 1024];
            let _ = socket.read(&mut startup).await.unwrap();
            let fields = format!("SFATAL\0VFATAL\0C{code}\0Mno\0\0");
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            let answer = [b"E".as_slice(), &length, fields.as_bytes()].concat();
            socket.write_all(&answer).await.unwrap();
        }
    });
    format!("postgres://u:s3cret@127.0.0.1:{port}/d")
}

#[tokio::test]
async fn a_refusal_is_for_good_and_a_server_that_starts_is_not() {
    for (code, transient) in [("28P01", false), ("28000", false), ("3D000", false), ("57P03", true), ("53300", true)] {
        let error = PostgresState::open(&refusing(code).await, "main").await.unwrap_err();
        assert_eq!(error.is_transient(), transient, "{code}: {error}");
        assert!(error.to_string().contains("127.0.0.1:"), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    // The server itself says so, too.
    let stranger = server().replace("postgres@", "nobody-of-ours@");
    let error = PostgresState::open(&stranger, "main").await.unwrap_err();
    assert!(matches!(error, StateError::Refused { .. }) && error.to_string().contains("nobody-of-ours"), "{error}");
}

#[tokio::test]
async fn the_next_host_is_asked_where_one_is_not_reached() {
    let schema = FreshSchema::new();
    // Nothing listens on port 1.
    let nobody = "postgres://postgres@127.0.0.1:1/postgres";
    let error = PostgresState::open(nobody, "main").await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("127.0.0.1:1"), "{error}");
    let both = schema.url.replace("@127.0.0.1", "@127.0.0.1:1,127.0.0.1");
    PostgresState::open(&both, "main").await.unwrap();
    schema.drop().await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_unless_the_url_says_so() {
    let error = PostgresState::open(&format!("{}?sslmode=require", server()), "main").await.unwrap_err();
    assert!(matches!(error, StateError::Refused { .. }) && error.to_string().contains("TLS"), "{error}");
    let missing = format!("{}?sslmode=require&sslrootcert=/no/such/file.pem", server());
    let error = PostgresState::open(&missing, "main").await.unwrap_err();
    assert!(error.to_string().contains("/no/such/file.pem"), "{error}");
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_named() {
    let schema = FreshSchema::new();
    let read_only = "&target_session_attrs=any&options=-c%20default_transaction_read_only%3Don";
    let error = PostgresState::open(&format!("{}{read_only}", schema.url), "main").await.unwrap_err();
    assert!(error.to_string().contains("takes no writes"), "{error}");
    let standby = "&options=-c%20default_transaction_read_only%3Don";
    let error = PostgresState::open(&format!("{}{standby}", schema.url), "main").await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("does not allow writes"), "{error}");
}

#[tokio::test]
async fn schemas_and_streams_keep_apart() {
    let (here, there) = (FreshSchema::new(), FreshSchema::new());
    let one = PostgresState::open(&here.url, "one").await.unwrap();
    let two = PostgresState::open(&here.url, "two").await.unwrap();
    let far = PostgresState::open(&there.url, "one").await.unwrap();
    for (state, ids) in [(&one, 1..=1), (&two, 2..=3), (&far, 4..=7)] {
        let ours = session(state).await;
        state.commit(ours.epoch, news(ids)).await.unwrap();
    }
    for (state, expected) in [(&one, vec!["1"]), (&two, vec!["2", "3"]), (&far, vec!["4", "5", "6", "7"])] {
        let claimed = state.claim(terms(9)).await.unwrap();
        assert_eq!(claimed.iter().map(|c| c.document.number()).collect::<Vec<_>>(), expected);
        assert_eq!(state.entries().await.unwrap().len(), expected.len());
    }
    drop((one, two, far));
    here.drop().await;
    there.drop().await;
}

#[tokio::test]
async fn a_session_ends_with_its_connection_and_begins_again() {
    let schema = FreshSchema::new();
    let state = PostgresState::open(&schema.named(), "main").await.unwrap();
    let first = session(&state).await;
    state.commit(first.epoch, news([1])).await.unwrap();
    end_connections(&schema).await;
    let error = state.commit(first.epoch, news([2])).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    // Nothing brings the old session back.
    let error = state.commit(first.epoch, news([2])).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let second = session(&state).await;
    assert!(second.epoch > first.epoch);
    let error = state.commit(first.epoch, news([2])).await.unwrap_err();
    assert!(matches!(error, StateError::Fenced { .. }), "{error}");
    state.commit(second.epoch, news([3])).await.unwrap();
    let numbers: Vec<String> = state.entries().await.unwrap().into_iter().map(|e| e.number).collect();
    assert_eq!(numbers, ["1", "3"]);
    drop(state);
    schema.drop().await;
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_is_waited_for() {
    let schema = FreshSchema::new();
    let old = PostgresState::open(&schema.url, "main").await.unwrap();
    session(&old).await;
    // A commit on its way, whose bridge is gone.
    let dying = schema.client().await;
    dying.batch_execute("BEGIN; UPDATE stream SET position = 'mariadb:0-1-9'").await.unwrap();
    let state = Arc::new(PostgresState::open(&schema.url, "main").await.unwrap());
    let next = tokio::spawn({
        let state = state.clone();
        async move { session(&state).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!next.is_finished());
    dying.batch_execute("COMMIT").await.unwrap();
    assert_eq!(next.await.unwrap().position.unwrap().0, "mariadb:0-1-9");
    drop((old, state, dying));
    schema.drop().await;
}

#[tokio::test]
async fn a_living_lease_is_waited_for_and_a_lease_given_back_is_not() {
    let schema = FreshSchema::new();
    let (a, b) = (
        PostgresState::open(&schema.url, "main").await.unwrap(),
        PostgresState::open(&schema.url, "main").await.unwrap(),
    );
    let hour = Duration::from_secs(3600);
    let ours = a.begin(held_by("host-a:1", hour)).await.unwrap().session().unwrap();
    let Begun::Waits { holder, until } = b.begin(held_by("host-b:1", hour)).await.unwrap() else {
        panic!("two have it")
    };
    assert_eq!(holder, "host-a:1");
    assert!(until > ours.began_at + Duration::from_secs(3500));
    a.renew(ours.epoch).await.unwrap();
    // Its own holder need not wait.
    let ours = a.begin(held_by("host-a:1", hour)).await.unwrap().session().unwrap();
    a.end(ours.epoch).await.unwrap();
    let theirs = b.begin(held_by("host-b:1", Duration::from_millis(1))).await.unwrap().session().unwrap();
    assert!(matches!(a.renew(ours.epoch).await, Err(StateError::Fenced { .. })));
    a.end(ours.epoch).await.unwrap();
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(a.begin(held_by("host-a:1", hour)).await.unwrap().session().unwrap().epoch > theirs.epoch);
    drop((a, b));
    schema.drop().await;
}

#[tokio::test]
async fn the_lease_of_a_process_that_died_is_nobodys() {
    let schema = FreshSchema::new();
    let a = PostgresState::open(&schema.url, "main").await.unwrap();
    let b = PostgresState::open(&schema.url, "main").await.unwrap();
    let hour = Duration::from_secs(3600);
    let _ = a.begin(held_by("host-a:1", hour)).await.unwrap().session().unwrap();
    assert!(matches!(b.begin(held_by("host-b:1", hour)).await.unwrap(), Begun::Waits { .. }));
    // As a process that is killed: its connections are closed, and nothing is given back.
    drop(a);
    let begun = async {
        while let Begun::Waits { .. } = b.begin(held_by("host-b:1", hour)).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), begun).await.unwrap();
    schema.drop().await;
}

#[tokio::test]
async fn a_relay_that_connects_again_doubts_what_waits() {
    let schema = FreshSchema::new();
    let state = PostgresState::open(&schema.named(), "main").await.unwrap();
    state.take_up(Duration::ZERO).await.unwrap();
    let ours = session(&state).await;
    state.commit(ours.epoch, news([1, 2])).await.unwrap();
    assert!(!state.claim(terms(1)).await.unwrap()[0].maybe_sent);
    end_connections(&schema).await;
    let claimed = loop {
        match state.claim(terms(1)).await {
            Ok(claimed) => break claimed,
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    };
    assert_eq!((claimed[0].document.number(), claimed[0].maybe_sent), ("2", true));
    drop(state);
    schema.drop().await;
}

#[tokio::test]
async fn relays_of_many_machines_share_the_work_and_wake_one_another() {
    let schema = FreshSchema::new();
    let capture = PostgresState::open(&schema.url, "main").await.unwrap();
    let ours = session(&capture).await;
    let mut relays = Vec::new();
    for _ in 0..4 {
        relays.push(Arc::new(PostgresState::open(&schema.url, "main").await.unwrap()));
    }
    let wake = relays[0].wake();
    wake.notified().await;
    capture.commit(ours.epoch, news(1..=200)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), wake.notified()).await.unwrap();
    let work = relays.iter().cloned().map(|relay| async move {
        let mut numbers = Vec::new();
        loop {
            let claimed = relay.claim(terms(7)).await.unwrap();
            if claimed.is_empty() {
                return numbers;
            }
            let settle = claimed.iter().map(|c| {
                let attempt = Attempt {
                    verdict: "tried",
                    duration: Duration::ZERO,
                    health: crate::outbox::Health::Up,
                    breaker: crate::outbox::BreakerPolicy {
                        failures_max: 3,
                        pause: crate::outbox::Backoff { first: Duration::ZERO, max: Duration::ZERO },
                        refused: Duration::ZERO,
                    },
                };
                relay.settle(c, Transition::Deliver { reference: "7".into(), amounts: None }, attempt)
            });
            for settled in futures_util::future::join_all(settle).await {
                assert_eq!(settled.unwrap(), Settled::Applied);
            }
            numbers.extend(claimed.into_iter().map(|c| c.document.number().parse::<i64>().unwrap()));
        }
    });
    let mut delivered: Vec<i64> = futures_util::future::join_all(work).await.into_iter().flatten().collect();
    delivered.sort_unstable();
    assert_eq!(delivered, (1..=200).collect::<Vec<_>>());
    drop((relays, capture));
    schema.drop().await;
}

#[tokio::test]
async fn texts_that_postgres_cannot_hold_are_kept() {
    texts_are_kept(false).await;
    texts_are_kept(true).await;
}

async fn texts_are_kept(fresh: bool) {
    let schema = FreshSchema::new();
    let state = PostgresState::open(&schema.url, "main").await.unwrap();
    let ours = session(&state).await;
    let (odd, long) = ("a\0b\u{1}".to_owned(), "钥".repeat(3_000));
    let row: crate::change::Row = vec![Value::Int(1), Value::text("\0")].into();
    let write = |key: &str, owner: &str| MirrorWrite {
        table: 0,
        key: key.into(),
        row: Some(row.clone()),
        owners: vec![("order.id", owner.into())],
        changed: None,
    };
    let record =
        OrderRecord { id: odd.clone(), number: odd.clone(), held: Some(odd.clone()), ..OrderRecord::default() };
    let commit = Commit {
        mirror: vec![write(&odd, &odd), write(&long, &long), write(&format!("{long}2"), &format!("{long}2"))],
        fresh,
        orders: vec![record.clone()],
        ..Commit::default()
    };
    state.commit(ours.epoch, commit).await.unwrap();
    let keyed = |key: &str| MirrorRow { table: 0, key: key.into(), row: row.clone() };
    for text in [&odd, &long] {
        let asked =
            [Lookup::Row { table: 0, key: text.into() }, Lookup::Owned { index: "order.id", owner: text.into() }];
        let expected = asked.clone().map(|lookup| (lookup, vec![keyed(text)]));
        assert_eq!(state.load(asked.to_vec()).await.unwrap(), expected);
    }
    let mut after = None;
    let mut keys = Vec::new();
    while let Some(row) = state.rows(0, after.take(), 1).await.unwrap().pop() {
        keys.push(row.key.clone());
        after = Some(row.key);
    }
    keys.sort();
    assert_eq!(keys, [odd.clone(), long.clone(), format!("{long}2")]);
    assert_eq!(state.load_books(vec![odd.clone()], vec![], vec![]).await.unwrap().orders, [record]);
    assert_eq!(state.summary().await.unwrap().held[0].order, odd);
    drop(state);
    schema.drop().await;
}
