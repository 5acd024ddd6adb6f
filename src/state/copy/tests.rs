//! What a copy does to whole databases; it is tried by the program in front of a shop, too (`tests/state_copy.rs`).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::*;
use crate::change::{Footprint, Row as Values, TableUse, Value};
use crate::document::{Customer, Document, Item};
use crate::outbox::{EntryState, Lane, NewEntry};
use crate::state::postgres::PostgresState;
use crate::state::postgres::tests::FreshSchema;
use crate::state::sqlite::SqliteState;
use crate::state::{Begin, Commit, MirrorWrite, Named, State};

/// The tables of a schema by its migrations' text: what a copy finds in a catalogue has to be all of them.
fn written_tables(migrations: &[&str]) -> BTreeSet<String> {
    let lines = migrations.iter().flat_map(|text| text.lines());
    let name = |line: &str| line.strip_prefix("CREATE TABLE ")?.split([' ', '(']).next().map(str::to_owned);
    lines.filter_map(name).collect()
}

fn migrations(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/state").join(folder);
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

fn names(tables: &[tables::Table]) -> BTreeSet<String> {
    tables.iter().map(|table| table.name.clone()).collect()
}

/// A value for a column that no constraint refuses.
fn sample(table: &str, column: &tables::Column) -> Cell {
    match (table, column.name.as_str(), column.kind) {
        (_, "owners", _) => Cell::Text(r#"[["order.id","1"]]"#.into()),
        (_, "idx", _) => Cell::Text("order.id".into()),
        (_, "stream" | "name" | "account", _) => Cell::Text("main".into()),
        ("outbox", "state", _) => Cell::Text("parked".into()),
        (_, _, tables::Kind::Text) => Cell::Text("1".into()),
        (_, _, tables::Kind::Int | tables::Kind::Bool) => Cell::Int(1),
    }
}

/// Fills every column of every table of a file with something.
fn fill(path: &Path) {
    let side = side::Side::Sqlite(sqlite::Opened::target(path).unwrap());
    let side::Side::Sqlite(file) = &side else { unreachable!() };
    let found = file.tables().unwrap();
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for table in &found {
        let names: Vec<String> = table.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({marks})", table.name, names.join(", "));
        let cells = table.columns.iter().map(|column| sample(&table.name, column));
        connection.execute(&sql, rusqlite::params_from_iter(cells)).unwrap();
    }
}

/// All rows of a file, table by table.
fn dump(path: &Path) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%' AND name <> ?1";
    let mut statement = connection.prepare(sql).unwrap();
    let tables =
        statement.query_map([tables::HISTORY], |r| r.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
    let rows = |table: &String| {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let row = |r: &rusqlite::Row<'_>| {
            let value = |(at, name): (usize, &String)| format!("{name}={:?}", r.get_ref(at).unwrap());
            Ok(columns.iter().enumerate().map(value).collect::<Vec<_>>().join(" "))
        };
        let mut rows: Vec<String> = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
        rows.sort();
        rows
    };
    tables.iter().map(|table| (table.clone(), rows(table))).collect()
}

#[tokio::test]
async fn every_table_and_column_of_both_schemas_is_copied() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), FreshSchema::new());
    let (first, back) = (folder.path().join("a.db"), folder.path().join("b.db"));
    fill(&first);
    let in_postgres = Place::Postgres(schema.url.clone());
    let copied = copy(&Place::Sqlite(first.clone()), &in_postgres, None).await.unwrap();
    let named: BTreeSet<String> = copied.tables.iter().map(|table| table.table.clone()).collect();
    for kind in ["sqlite", "postgres"] {
        let texts = migrations(kind);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(named, written_tables(&texts), "{kind}");
    }
    assert!(copied.tables.iter().all(|table| table.ok && table.rows == 1), "{copied:?}");
    let again = copy(&in_postgres, &Place::Sqlite(back.clone()), None).await.unwrap();
    assert_eq!(again.tables, copied.tables);
    // Not one value of any column got lost on the way there and back.
    assert_eq!(dump(&back), dump(&first));
    schema.drop().await;
}

#[tokio::test]
async fn a_table_or_column_of_one_side_only_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| sqlite::Opened::target(&folder.path().join(name)).unwrap();
    let ours = open("a.db").tables().unwrap();
    let refused = |source: &[tables::Table], target: &[tables::Table]| {
        tables::parts(source.to_vec(), target.to_vec()).unwrap_err().to_string()
    };
    assert!(refused(&ours[1..], &ours).contains("the source has no such table"));
    assert!(refused(&ours, &ours[1..]).contains("the target has no such table"));
    let mut more = ours.clone();
    let column = tables::Column { name: "hue".into(), kind: tables::Kind::Text, sql_type: "TEXT".into() };
    more[0].columns.push(column.clone());
    assert!(refused(&ours, &more).contains("only one side has its column hue"));
    let stray = tables::Table { name: "stray".into(), columns: vec![column.clone()], key: vec!["hue".into()] };
    let with = [ours.clone(), vec![stray]].concat();
    assert!(refused(&with, &with).contains("it is not known how its rows belong to a stream"));
    let mut numbered = ours.clone();
    let dirty = numbered.iter_mut().find(|table| table.name == "dirty").unwrap();
    dirty.columns.push(tables::Column { name: "entry".into(), kind: tables::Kind::Int, sql_type: "INTEGER".into() });
    assert!(refused(&numbered, &numbered).contains("whose numbers its column entry has"));
    assert_eq!(names(&ours).len(), tables::parts(ours.clone(), ours).unwrap().len());
}

/// Every reference to another table is one whose numbers are known to rise with that table's.
#[test]
fn every_reference_rises_with_the_numbers_that_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let tables = sqlite::Opened::target(&path).unwrap().tables().unwrap();
    let connection = Connection::open(&path).unwrap();
    for table in &tables {
        let mut statement = connection.prepare("SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?1)").unwrap();
        let keys =
            statement.query_map([&table.name], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))).unwrap();
        for (column, to) in keys.map(Result::unwrap) {
            assert_eq!(table.numbering(&column), Some(to.as_str()), "{}.{column}", table.name);
        }
    }
}

fn footprint() -> Footprint {
    let columns = vec!["id".to_owned(), "name".to_owned()];
    Footprint { tables: vec![TableUse { table: "t".into(), columns, key: vec![0] }] }
}

fn entry(lane: &str) -> NewEntry {
    NewEntry {
        lane: Lane::Order(lane.into()),
        document: Document::Customer(Customer { number: lane.into(), name: lane.into(), ..Customer::default() }),
        depends_on: None,
        state: EntryState::Pending,
        not_before: Timestamp::UNIX_EPOCH,
        said: Some(lane.into()),
        cut: "0-1-7".into(),
        changed_at: Timestamp::UNIX_EPOCH,
    }
}

/// A stream whose texts hold what PostgreSQL cannot, or only in another form.
async fn odd(state: &dyn State, texts: &[String]) {
    let begun = state.begin(Begin::new(&footprint(), "v1", Duration::ZERO)).await.unwrap();
    let session = begun.session().unwrap();
    let write = |text: &String| MirrorWrite {
        table: 0,
        key: serde_json::to_string(&[text]).unwrap().into(),
        row: Some(Values::from(vec![Value::Text(text.as_str().into()), Value::Null])),
        owners: vec![("order.id", text.into())],
        changed: None,
    };
    let commit = Commit {
        mirror: texts.iter().map(write).collect(),
        outbox: texts.iter().map(|text| entry(text)).collect(),
        position: Some(crate::change::Position("0-1-7".into())),
        ..Commit::default()
    };
    state.commit(session.epoch, commit).await.unwrap();
    let item = |text: &String| (text.clone(), Item { number: text.clone(), unit: None });
    state.add_items(texts.iter().filter(|text| text.len() < 700).map(item).collect()).await.unwrap();
    state.end(session.epoch).await.unwrap();
}

#[tokio::test]
async fn odd_texts_and_long_keys_survive_the_way_there_and_back() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), FreshSchema::new());
    let (first, back) = (folder.path().join("a.db"), folder.path().join("b.db"));
    // A long order has a lane that is indexed, so not all are as long as a row's key may be.
    let texts =
        ["a\0b\u{1}".to_owned(), "\u{1}0".into(), "\0".into(), "钥".repeat(300), format!("{}\0", "y".repeat(900))];
    odd(&SqliteState::open(&first, "main").unwrap(), &texts).await;
    let in_postgres = Place::Postgres(schema.url.clone());
    let there = copy(&Place::Sqlite(first.clone()), &in_postgres, None).await.unwrap();
    let again = copy(&in_postgres, &Place::Sqlite(back.clone()), None).await.unwrap();
    assert!(there.is_whole() && again.tables == there.tables, "{there:?}\n{again:?}");
    let (before, after) = (dump(&first), dump(&back));
    for (table, rows) in before.iter().filter(|(table, _)| *table != "mirror") {
        assert_eq!(Some(rows), after.get(table), "{table}");
    }
    // The mirror's owners are a set.
    assert_eq!(before["mirror"], after["mirror"]);

    let beside = PostgresState::open(&schema.url, "main").await.unwrap();
    let old = SqliteState::open(&back, "main").unwrap();
    for text in &texts {
        let found = beside.under("order.id", text).await.unwrap();
        assert_eq!(found.len(), 1, "{text:?}");
        assert_eq!(found[0].key, serde_json::to_string(&[text]).unwrap());
        assert_eq!(old.under("order.id", text).await.unwrap()[0].key, found[0].key);
    }
    let (here, far) = (old.entries().await.unwrap(), beside.entries().await.unwrap());
    assert_eq!(here.iter().map(|e| &e.number).collect::<Vec<_>>(), far.iter().map(|e| &e.number).collect::<Vec<_>>());
    schema.drop().await;
}

#[tokio::test]
async fn streams_meet_in_one_database_with_numbers_that_go_on_behind_all() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), FreshSchema::new());
    let path = |name: &str| folder.path().join(name);
    let texts: Vec<String> = (0..600).map(|n| n.to_string()).collect();
    for name in ["north", "south"] {
        odd(&SqliteState::open(&path(name), name).unwrap(), &texts).await;
    }
    let together = Place::Postgres(schema.url.clone());
    let north = copy(&Place::Sqlite(path("north")), &together, None).await.unwrap();
    let south = copy(&Place::Sqlite(path("south")), &together, Some("south")).await.unwrap();
    assert_eq!((north.renumbered, south.renumbered), (false, true));
    let state = PostgresState::open(&schema.url, "south").await.unwrap();
    let begun = state.begin(Begin::new(&footprint(), "v1", Duration::ZERO)).await.unwrap().session().unwrap();
    let commit = Commit { outbox: vec![entry("new")], ..Commit::default() };
    assert_eq!(state.commit(begun.epoch, commit).await.unwrap(), [1_201]);
    state.end(begun.epoch).await.unwrap();
    // Each can be taken out of there alone, and goes on in a file, too.
    let out = copy(&together, &Place::Sqlite(path("out")), Some("south")).await.unwrap();
    assert_eq!((out.renumbered, out.streams), (false, vec!["south".to_owned()]));
    let alone = SqliteState::open(&path("out"), "south").unwrap();
    let begun = alone.begin(Begin::new(&footprint(), "v1", Duration::ZERO)).await.unwrap().session().unwrap();
    let commit = Commit { outbox: vec![entry("newer")], ..Commit::default() };
    assert_eq!(alone.commit(begun.epoch, commit).await.unwrap(), [1_202]);
    assert_eq!(alone.streams().await.unwrap(), ["south"]);
    let taken = copy(&Place::Sqlite(path("south")), &together, None).await.unwrap_err().to_string();
    assert!(taken.contains("TO has stream \"south\" already"), "{taken}");
    schema.drop().await;
}

#[tokio::test]
async fn a_copy_between_two_of_a_kind_is_the_same() {
    let (folder, a, b) = (tempfile::tempdir().unwrap(), FreshSchema::new(), FreshSchema::new());
    let (first, second) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let texts = ["a\0b".to_owned(), "y".repeat(900)];
    odd(&SqliteState::open(&first, "main").unwrap(), &texts).await;
    let file = copy(&Place::Sqlite(first.clone()), &Place::Sqlite(second.clone()), None).await.unwrap();
    assert_eq!(dump(&first), dump(&second));
    let there = copy(&Place::Sqlite(first), &Place::Postgres(a.url.clone()), None).await.unwrap();
    let further = copy(&Place::Postgres(a.url.clone()), &Place::Postgres(b.url.clone()), None).await.unwrap();
    let sums = |copied: &Copied| -> BTreeMap<String, (u64, String)> {
        copied.tables.iter().map(|t| (t.table.clone(), (t.rows, t.checksum.clone()))).collect()
    };
    assert_eq!(sums(&there), sums(&further));
    assert!(file.is_whole());
    a.drop().await;
    b.drop().await;
}

/// An owner that no value of its row is: PostgreSQL has lost it for good, and a file would look for it in vain.
#[tokio::test]
async fn an_owner_that_is_lost_is_refused_and_nothing_is_written() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), FreshSchema::new());
    let path = folder.path().join("a.db");
    let state = PostgresState::open(&schema.url, "main").await.unwrap();
    odd(&state, &["z".repeat(900)]).await;
    let emptied = "UPDATE mirror SET row = '[null,null]'";
    schema.client().await.batch_execute(emptied).await.unwrap();
    let error = copy(&Place::Postgres(schema.url.clone()), &Place::Sqlite(path.clone()), None).await.unwrap_err();
    assert!(matches!(error, CopyError::Cut { .. }), "{error}");
    assert!(dump(&path).values().all(Vec::is_empty));
    schema.drop().await;
}

#[tokio::test]
async fn a_live_lease_or_claim_is_named() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), FreshSchema::new());
    let state = PostgresState::open(&schema.url, "main").await.unwrap();
    let begin = Begin {
        holder: "host a".into(),
        lease: Duration::from_secs(60),
        ..Begin::new(&footprint(), "v1", Duration::ZERO)
    };
    let session = state.begin(begin).await.unwrap().session().unwrap();
    let commit = Commit { outbox: vec![entry("1")], ..Commit::default() };
    state.commit(session.epoch, commit).await.unwrap();
    let (from, to) = (Place::Postgres(schema.url.clone()), Place::Sqlite(folder.path().join("a.db")));
    let refused = copy(&from, &to, None).await.unwrap_err();
    assert!(refused.is_refusal() && refused.to_string().contains("host a captures stream \"main\""), "{refused}");
    state.end(session.epoch).await.unwrap();
    let zone = jiff::tz::TimeZone::UTC;
    let lease = Duration::from_secs(60);
    let terms = crate::state::ClaimTerms { max: 1, lease, late_max: Duration::ZERO, zone, closed_until: None };
    assert_eq!(state.claim(terms).await.unwrap().len(), 1);
    let refused = copy(&from, &to, None).await.unwrap_err();
    assert!(matches!(refused, CopyError::Relayed { .. }), "{refused}");
    schema.drop().await;
}

#[tokio::test]
async fn what_a_person_named_before_the_first_run_counts_as_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.db"), folder.path().join("b.db"));
    for path in [&a, &b] {
        let state = SqliteState::open(path, "main").unwrap();
        state.add_accounts([("7".to_owned(), "K-7".to_owned())].into()).await.unwrap();
    }
    let (a, b) = (Place::Sqlite(a), Place::Sqlite(b));
    let error = copy(&a, &b, None).await.unwrap_err().to_string();
    assert!(error.contains("already (table account_map)"), "{error}");
    let Place::Sqlite(path) = &b else { unreachable!() };
    let state = SqliteState::open(path, "main").unwrap();
    assert!(state.forget(Named::Account("7".into())).await.unwrap());
    drop(state);
    assert_eq!(copy(&a, &b, None).await.unwrap().streams, ["main"]);
}

/// A server that writes something else than it was given.
#[tokio::test]
async fn what_lies_there_otherwise_is_shown_and_taken_back() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), FreshSchema::new());
    let path = folder.path().join("a.db");
    odd(&SqliteState::open(&path, "main").unwrap(), &["1".to_owned()]).await;
    drop(PostgresState::open(&schema.url, "main").await.unwrap());
    let client = schema.client().await;
    let meddle =
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.item := ''X''; RETURN NEW; END';
                  CREATE TRIGGER meddle BEFORE INSERT ON item_map FOR EACH ROW EXECUTE FUNCTION meddle()";
    client.batch_execute(meddle).await.unwrap();
    let copied = copy(&Place::Sqlite(path), &Place::Postgres(schema.url.clone()), None).await.unwrap();
    let wrong: Vec<&str> = copied.tables.iter().filter(|t| !t.ok).map(|t| t.table.as_str()).collect();
    assert_eq!((copied.is_whole(), wrong), (false, vec!["item_map"]));
    let left = client.query_one("SELECT (SELECT count(*) FROM stream) + (SELECT count(*) FROM outbox)", &[]).await;
    assert_eq!(left.unwrap().get::<_, i64>(0), 0);
    schema.drop().await;
}
