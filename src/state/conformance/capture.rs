//! Capture's side: sessions, commits, and what is read back of them.

use super::*;

pub async fn a_commit_is_read_back_whole(w: World) {
    let row: Row = vec![Value::Int(1), Value::text("x")].into();
    let write =
        MirrorWrite { table: 0, key: "[1]".into(), row: Some(row.clone()), owners: vec![("order.id", "7".into())], changed: None };
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
    let gone = MirrorWrite { table: 0, key: "[1]".into(), row: None, owners: vec![], changed: None };
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

pub async fn a_mirror_is_made_for_other_columns_by_a_resync_and_by_nothing_else_meanwhile(w: World) {
    let write = |row: Vec<Value>, owner: &str| MirrorWrite {
        table: 0,
        key: "[1]".into(),
        row: Some(row.into()),
        owners: vec![("customer.id", owner.into())],
        changed: None,
    };
    let position = Some(Position("mariadb:0-1-7".into()));
    let mirror = vec![write(vec![Value::Int(1), Value::text("x")], "U1")];
    w.state.commit(w.session.epoch, Commit { mirror, position: position.clone(), ..Commit::default() }).await.unwrap();
    let mut wider = footprint();
    wider.tables[0].columns.push("price".into());
    let resync = |footprint: &Footprint| Begin { resync: true, ..Begin::new(footprint, "v2", LATE_MAX) };
    let session = w.state.begin(resync(&wider)).await.unwrap().session().unwrap();
    assert_eq!(session.mirrored, Some(footprint()));
    // Nothing was done: what the mirror holds is as it was.
    let session = w.state.begin(resync(&footprint())).await.unwrap().session().unwrap();
    assert_eq!((session.mirrored, w.state.rows(0, None, 9).await.unwrap().len()), (None, 1));

    let session = w.state.begin(resync(&wider)).await.unwrap().session().unwrap();
    let refill = Some(Refill { footprint: wider.clone(), tables: vec!["t".into()] });
    let begun = Some(RESYNC.to_owned());
    w.state.commit(session.epoch, Commit { refill, begun, ..Commit::default() }).await.unwrap();
    assert!(w.state.rows(0, None, 9).await.unwrap().is_empty());
    for of in [&footprint(), &wider] {
        let refused = w.state.begin(Begin::new(of, "v2", LATE_MAX)).await.unwrap_err();
        assert!(matches!(refused, StateError::Unfinished { .. }) && refused.to_string().contains("`ledgertap resync`"));
    }
    let session = w.state.begin(resync(&wider)).await.unwrap().session().unwrap();
    assert_eq!((session.mirrored, session.begun.as_deref()), (None, Some(RESYNC)));
    let mirror = vec![write(vec![Value::Int(1), Value::text("x"), Value::Null], "U2")];
    let position = Some(Position("mariadb:0-1-9".into()));
    w.state.commit(session.epoch, Commit { mirror, position: position.clone(), ..Commit::default() }).await.unwrap();
    let session = w.state.begin(Begin::new(&wider, "v2", LATE_MAX)).await.unwrap().session().unwrap();
    // What was before it cannot be rewound to.
    assert_eq!((session.begun, session.mirrored, session.beginning), (None, None, position));
    let owned = |owner: &str| Lookup::Owned { index: "customer.id", owner: owner.into() };
    let found = w.state.load(vec![owned("U1"), owned("U2")]).await.unwrap();
    assert_eq!(found.iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [0, 1]);
}

pub async fn another_mapping_has_the_owners_worked_out_again_until_that_is_done(w: World) {
    let row: Row = vec![Value::Int(1), Value::text("x")].into();
    let write = |owner: &str| MirrorWrite {
        table: 0,
        key: "[1]".into(),
        row: Some(row.clone()),
        owners: vec![("customer.id", owner.into())],
        changed: None,
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
    let mirror = vec![MirrorWrite { table: 0, key: "[1]".into(), row: Some(row), owners, changed: None }];
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

pub async fn a_row_says_which_transaction_left_it_so(w: World) {
    let row = |name: &str| -> Option<Row> { Some(vec![Value::Int(1), Value::text(name)].into()) };
    let at = Timestamp::from_second(100).unwrap();
    let write = |name: &str, changed: Option<Changed>| {
        let owners = vec![("order.id", "7".into()), ("refund.id", "9".into())];
        let mirror = vec![MirrorWrite { table: 0, key: "[1]".into(), row: row(name), owners, changed }];
        Commit { mirror, ..Commit::default() }
    };
    let by = |transaction: &str| Some(Changed { transaction: transaction.into(), at });
    let changed = async || w.state.under("order.id", "7").await.unwrap()[0].changed.clone();
    w.state.commit(w.session.epoch, write("a", None)).await.unwrap();
    assert_eq!(changed().await, None, "it was only read");
    w.state.commit(w.session.epoch, write("b", by("0-1-7"))).await.unwrap();
    let expected = Some(("0-1-7".to_owned(), at));
    assert_eq!(changed().await, expected);
    w.state.commit(w.session.epoch, write("b", by("0-1-8"))).await.unwrap();
    assert_eq!(changed().await, expected, "it was so before");
    w.state.commit(w.session.epoch, write("c", None)).await.unwrap();
    assert_eq!(changed().await, expected, "what works out owners changes no row");
    let owners = [("order.id", "7"), ("refund.id", "9")].map(|(i, o)| (i.to_owned(), o.to_owned())).to_vec();
    let found = RowUnder { table: "t".into(), key: "[1]".into(), owners, changed: expected };
    assert_eq!(w.state.under("order.id", "7").await.unwrap(), std::slice::from_ref(&found));
    assert_eq!(rows_of_order(w.state.as_ref(), "7").await.unwrap(), [found]);
    assert_eq!(w.state.under("order.id", "8").await.unwrap(), []);
}

pub async fn rows_are_found_by_their_keys_and_compared_where_they_are(w: World) {
    // Longer than an index of PostgreSQL's takes.
    let long = format!("[\"{}\"]", "x".repeat(4_000));
    let row = |name: &str| -> Option<Row> { Some(vec![Value::Int(1), Value::text(name)].into()) };
    let write = |key: &str, name: &str| {
        let owners = vec![("order.id", "7".into())];
        MirrorWrite { table: 0, key: key.into(), row: row(name), owners, changed: None }
    };
    let mirror = vec![write("[1]", "a"), write("[2]", "b"), write(&long, "c")];
    w.state.commit(w.session.epoch, Commit { mirror, ..Commit::default() }).await.unwrap();

    let owned = |owner: &str| Lookup::Owned { index: "order.id", owner: owner.into() };
    let one = |key: &str| Lookup::Row { table: 0, key: key.into() };
    let keys = |keys: &[&str]| keys.iter().map(|key| (0, RowKey::from(*key))).collect::<Vec<_>>();
    let lookups = vec![owned("7"), one("[2]"), owned("8"), one("[9]")];
    let mut found = w.state.keys(lookups.clone()).await.unwrap();
    found.iter_mut().for_each(|(_, keys)| keys.sort());
    let expected = [keys(&[&long, "[1]", "[2]"]), keys(&["[2]"]), keys(&[]), keys(&[])];
    assert_eq!(found, lookups.into_iter().zip(expected).collect::<Vec<_>>());

    let said = |key: &str, row: Option<Row>| ((0, RowKey::from(key)), row);
    let as_it_is = vec![said("[1]", row("a")), said(&long, row("c")), said("[9]", None), said("[2]", row("b"))];
    assert_eq!(w.state.differing(as_it_is).await.unwrap(), []);
    let otherwise = vec![said("[1]", row("A")), said("[2]", None), said(&long, row("c")), said("[9]", row("a"))];
    assert_eq!(w.state.differing(otherwise).await.unwrap(), keys(&["[1]", "[2]", "[9]"]));
    assert_eq!(w.state.differing(vec![]).await.unwrap(), []);

    // Far from one another, and near.
    let mirror = (1000..1300).map(|i| write(&format!("[{i}]"), "m")).collect();
    w.state.commit(w.session.epoch, Commit { mirror, ..Commit::default() }).await.unwrap();
    for step in [150, 3, 1] {
        let said: Vec<_> = (1000..1301).step_by(step).map(|i| said(&format!("[{i}]"), row("m"))).collect();
        assert_eq!(w.state.differing(said).await.unwrap(), keys(&["[1300]"]), "{step}");
        let said: Vec<_> = (1001..1300).step_by(step).map(|i| ((0, RowKey::from(format!("[{i}]"))), None)).collect();
        let all: Vec<MirrorKey> = said.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!(w.state.differing(said).await.unwrap(), all, "{step}");
    }
}

pub async fn an_opening_goes_on_until_there_is_a_position(w: World) {
    let begin = async |mapping: &str| {
        let begun = w.state.begin(Begin::new(&footprint(), mapping, LATE_MAX)).await.unwrap();
        begun.session().unwrap()
    };
    let row: Row = vec![Value::Int(1), Value::text("x")].into();
    let amounts = Amounts { net: Decimal::ONE, tax: Decimal::ZERO, total: Decimal::ONE };
    let opened = OpenedOrder { order: "7".into(), number: "N7".into(), reference: None, amounts };
    let commit = || Commit {
        mirror: vec![MirrorWrite { table: 0, key: "[1]".into(), row: Some(row.clone()), owners: vec![], changed: None }],
        orders: vec![OrderRecord { id: "7".into(), number: "N7".into(), ..OrderRecord::default() }],
        opening: Some("far".into()),
        opened: vec![opened.clone()],
        mapping: "v1".into(),
        ..Commit::default()
    };
    let balance = async || {
        let summary = w.state.summary().await.unwrap();
        (w.state.mirrored().await.unwrap().len(), summary.opened, summary.opened_amounts.total)
    };
    w.state.commit(w.session.epoch, commit()).await.unwrap();
    let again = begin("v1").await;
    assert_eq!((again.opening.as_deref(), balance().await), (Some("far"), (1, 1, Decimal::ONE)));
    let other = begin("v2").await;
    assert_eq!((other.opening, balance().await), (None, (0, 0, Decimal::ZERO)), "another mapping begins anew");
    assert_eq!(w.state.orders().await.unwrap(), []);
    w.state.commit(other.epoch, commit()).await.unwrap();
    let forget = Commit { opening: Some(String::new()), ..Commit::default() };
    w.state.commit(other.epoch, forget).await.unwrap();
    let anew = begin("v2").await;
    assert_eq!((anew.opening.as_deref(), balance().await), (None, (0, 0, Decimal::ZERO)), "it was given up");
    w.state.commit(anew.epoch, commit()).await.unwrap();
    let position = Some(Position("mariadb:0-1-7".into()));
    w.state.commit(anew.epoch, Commit { position, ..Commit::default() }).await.unwrap();
    let over = begin("v2").await;
    assert_eq!((over.opening, balance().await), (None, (1, 1, Decimal::ONE)));
}

pub async fn rows_that_are_taken_for_new_are_written_whether_they_are_or_not(w: World) {
    let at = Timestamp::from_second(100).unwrap();
    let write = |key: &str, name: &str, owners: &[&str]| MirrorWrite {
        table: 0,
        key: key.into(),
        row: Some(vec![Value::Int(1), Value::text(format!("{name} \0"))].into()),
        owners: owners.iter().map(|owner| ("order.id", (*owner).into())).collect(),
        changed: Some(Changed { transaction: name.into(), at }),
    };
    let fresh = async |epoch, mirror: Vec<MirrorWrite>| {
        let commit = Commit { mirror, fresh: true, opening: Some("far".into()), ..Commit::default() };
        w.state.commit(epoch, commit).await
    };
    let found = async |owner: &str| -> Vec<(RowKey, Option<String>)> {
        let under = w.state.under("order.id", owner).await.unwrap();
        under.into_iter().map(|row| (row.key, row.changed.map(|(transaction, _)| transaction))).collect()
    };
    let row = |key: &str, cut: &str| (RowKey::from(key), Some(cut.to_owned()));
    let (long, text) = (format!("[\"{}\"]", "张".repeat(900)), "nul \0, one \u{1}");
    let some = vec![write("[2]", "a", &["7"]), write(&long, "a", &["7", text, "7"]), write("[2]", "b", &["7", "8"])];
    fresh(w.session.epoch, some).await.unwrap();
    assert_eq!(found("8").await, [row("[2]", "b")], "the last write of a row counts");
    assert_eq!(found(text).await.len(), 1);
    let rows = w.state.rows(0, None, 9).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), [long.as_str(), "[2]"]);
    assert_eq!(rows[0].row, write(&long, "a", &[]).row.unwrap());

    // One is there, and another one goes.
    let gone = MirrorWrite { row: None, owners: vec![], ..write(&long, "d", &[]) };
    fresh(w.session.epoch, vec![write("[2]", "c", &["9"]), write("[3]", "c", &["9"])]).await.unwrap();
    fresh(w.session.epoch, vec![write("[4]", "d", &["9"]), gone]).await.unwrap();
    assert_eq!(found("9").await, [row("[2]", "c"), row("[3]", "c"), row("[4]", "d")]);
    assert_eq!((found("7").await, found("8").await, found(text).await), (vec![], vec![], vec![]));
    assert_eq!(w.state.rows(0, None, 9).await.unwrap().len(), 3);

    let later = w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
    let error = fresh(w.session.epoch, vec![write("[5]", "e", &["9"])]).await.unwrap_err();
    assert!(matches!(error, StateError::Fenced { .. }), "{error}");
    fresh(later.epoch, vec![write("[5]", "e", &["10"])]).await.unwrap();
    assert_eq!((found("9").await.len(), found("10").await), (3, vec![row("[5]", "e")]));
}
