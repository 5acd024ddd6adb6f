//! A person's side: what is let go on, named, taken out and looked at.

use super::*;

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

/// A customer who is parked twice over, and what depends on him, not in the order of what it depends on.
async fn a_parked_customer(w: &World) {
    let buyer = || Lane::Customer("U1".into());
    let of = |lane: Lane, number: &str, on: usize| NewEntry {
        document: sales_order(number),
        ..entry(lane, number, Some(Dependency::New(on)))
    };
    let outbox = vec![
        entry(buyer(), "U1", None),
        entry(buyer(), "U1", None),
        of(order("1"), "A", 1),
        of(order("2"), "B", 0),
        of(order("3"), "C", 0),
    ];
    let customers = vec![CustomerRecord { id: "U1".into(), number: "U1".into(), ..CustomerRecord::default() }];
    let commit = Commit { outbox, customers, customer_entries: vec![1], ..Commit::default() };
    w.state.commit(w.session.epoch, commit).await.unwrap();
    let claimed = w.state.claim(terms(1)).await.unwrap().remove(0);
    let _ = w.state.settle(&claimed, park("no such region", None), attempt()).await.unwrap();
}

/// All that a person can see of the entries and the ledger, and whether plans have to be made again.
async fn seen(w: &World) -> (Vec<EntryInfo>, Summary, LoadedBooks) {
    let books = w.state.load_books(vec!["1".into()], vec!["U1".into()], vec!["A".into()]).await.unwrap();
    (w.state.entries().await.unwrap(), w.state.summary().await.unwrap(), books)
}

fn named(skipped: &[Skipped]) -> Vec<(&str, EntryState)> {
    skipped.iter().map(|s| (s.number.as_str(), s.state)).collect()
}

pub async fn a_rehearsed_skip_says_what_is_done_and_does_nothing(w: World) {
    a_parked_customer(&w).await;
    let before = seen(&w).await;
    for which in [Which::All, Which::Numbers(vec!["U1".into()]), Which::Entries(vec![before.0[0].seq])] {
        let by_hand = w.state.would_skip(which.clone(), SkipHow::ByHand).await.unwrap();
        assert_eq!(named(&by_hand), [("U1", EntryState::Skipped)], "{which:?}");
        let void = w.state.would_skip(which.clone(), SkipHow::Void).await.unwrap();
        let (skipped, parked) = (EntryState::Skipped, EntryState::Parked);
        let all = [("U1", skipped), ("U1", skipped), ("A", parked), ("B", parked), ("C", parked)];
        assert_eq!(named(&void), all, "{which:?}");
        assert!(void.is_sorted_by_key(|s| s.seq));
    }
    for none in [Which::Numbers(vec!["A".into(), "NOPE".into()]), Which::Entries(vec![before.0[1].seq, -1])] {
        assert_eq!(w.state.would_skip(none.clone(), SkipHow::Void).await.unwrap(), [], "{none:?} is not parked");
    }
    assert_eq!(seen(&w).await, before);
    let rehearsed = w.state.would_skip(Which::All, SkipHow::Void).await.unwrap();
    assert_eq!(w.state.skip(Which::All, SkipHow::Void, "a robot".into()).await.unwrap(), rehearsed);
    let (entries, _, books) = seen(&w).await;
    let said: Vec<_> = entries.iter().map(|e| (e.state, e.said.as_deref().unwrap_or_default())).collect();
    let why = "U1 was voided: a robot";
    let dependent = "it depends on a document that is not to be in the ERP: U1 was voided: a robot";
    let (skipped, parked) = (EntryState::Skipped, EntryState::Parked);
    let expected = [(skipped, "a robot"), (skipped, why), (parked, dependent), (parked, dependent), (parked, dependent)];
    assert_eq!(said, expected);
    assert_eq!((books.customers[0].fingerprint.as_str(), books.hand), ("", before.2.hand + 1));
}

pub async fn what_is_parked_already_stays_as_it_is_when_what_it_depends_on_is_voided(w: World) {
    let stored = w.commit(vec![entry(Lane::Customer("U1".into()), "U1", None)]).await;
    let claimed = w.state.claim(terms(1)).await.unwrap().remove(0);
    let told = NewEntry { document: sales_order("A"), ..entry(order("1"), "A", Some(Dependency::Stored(stored[0]))) };
    let parked = NewEntry { state: EntryState::Parked, said: Some("look at it".into()), ..told };
    w.commit(vec![parked]).await;
    let _ = w.state.settle(&claimed, park("no such region", None), attempt()).await.unwrap();
    let customer = || Which::Numbers(vec!["U1".into()]);
    let rehearsed = w.state.would_skip(customer(), SkipHow::Void).await.unwrap();
    assert_eq!(named(&rehearsed), [("U1", EntryState::Skipped)]);
    assert_eq!(w.state.skip(customer(), SkipHow::Void, "a robot".into()).await.unwrap(), rehearsed);
    assert_eq!(w.state.entries().await.unwrap()[1].said.as_deref(), Some("look at it"));
}

pub async fn what_is_not_the_first_of_its_plan_cannot_be_voided(w: World) {
    let parked = |id: &str, number: &str| NewEntry {
        state: EntryState::Parked,
        document: sales_order(number),
        ..entry(order(id), number, None)
    };
    let commit = Commit {
        outbox: vec![parked("1", "A"), parked("2", "B")],
        orders: ["1", "2"].map(|id| OrderRecord { id: id.into(), ..OrderRecord::default() }).to_vec(),
        told_before: vec![(0, Told::default())],
        ..Commit::default()
    };
    w.state.commit(w.session.epoch, commit).await.unwrap();
    let before = seen(&w).await;
    // A could be; the two together cannot.
    let refused = [
        w.state.would_skip(Which::All, SkipHow::Void).await.unwrap_err(),
        w.state.skip(Which::All, SkipHow::Void, "x".into()).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(&error, StateError::NotVoid { number, .. } if number == "B"), "{error}");
    }
    assert_eq!(seen(&w).await, before);
    let alone = w.state.skip(Which::Numbers(vec!["A".into()]), SkipHow::Void, "x".into()).await.unwrap();
    assert_eq!(named(&alone), [("A", EntryState::Skipped)]);
    assert_eq!(w.state.held().await.unwrap()[0].reason, "A was voided: x");
}

pub async fn gauges_agree_with_what_an_operator_sees(w: World) {
    assert_eq!(w.beside("nobody's").await.gauges().await.unwrap(), Gauges::default());
    let begun = Gauges { epoch: Some(w.session.epoch), ..Gauges::default() };
    assert_eq!((w.state.gauges().await.unwrap(), w.state.position().await.unwrap()), (begun.clone(), None));
    let held = |id: &str, held: Option<&str>| OrderRecord {
        id: id.into(),
        held: held.map(Into::into),
        ..OrderRecord::default()
    };
    let at = Timestamp::from_second(40).unwrap();
    let commit = Commit {
        position: Some(Position("mariadb:0-1-7".into())),
        clock: at,
        orders: vec![held("1", Some("no lines")), held("2", None), held("3", Some("no total"))],
        dirty: vec![(DirtyKey::Order("4".into()), at), (DirtyKey::Customer("4".into()), at)],
        outbox: ["1", "2", "3", "4"].map(|id| entry(order(id), id, None)).to_vec(),
        ..Commit::default()
    };
    w.state.commit(w.session.epoch, commit).await.unwrap();
    let claimed = w.state.claim(ClaimTerms { lease: Duration::from_secs(3600), ..terms(3) }).await.unwrap();
    let _ = w.state.settle(&claimed[0], delivered(), attempt()).await.unwrap();
    let _ = w.state.settle(&claimed[1], park("no", None), attempt()).await.unwrap();
    let open = [(EntryState::Pending, 1), (EntryState::Sending, 1), (EntryState::Parked, 1)];
    let planned = w.state.entries().await.unwrap()[1].planned_at;
    let expected = Gauges {
        position: Some(Position("mariadb:0-1-7".into())),
        clock: Some(at),
        open: open.into(),
        waiting_since: Some(planned),
        held: 2,
        settling: 2,
        ..begun
    };
    assert_eq!(w.state.gauges().await.unwrap(), expected);
    assert_eq!(w.state.position().await.unwrap(), expected.position);
    // The credentials are refused: nothing leaves for a while.
    let refused = Attempt { health: Health::Refused, ..attempt() };
    let _ = w.state.settle(&claimed[2], retry(), refused).await.unwrap();
    let (gauges, summary) = (w.state.gauges().await.unwrap(), w.state.summary().await.unwrap());
    assert!(gauges.erp_shut_until.is_some_and(|until| until > planned), "{gauges:?}");
    assert_eq!(gauges.open, [(EntryState::Pending, 2), (EntryState::Parked, 1)].into());
    let of_gauges = (gauges.position, gauges.clock, gauges.waiting_since, gauges.erp_shut_until, gauges.held);
    assert_eq!(
        of_gauges,
        (summary.position, summary.clock, summary.waiting_since, summary.erp_shut_until, summary.held_count)
    );
    assert_eq!(gauges.settling, summary.settling);
    // Another stream's are its own.
    assert_eq!(w.beside("nobody's").await.gauges().await.unwrap(), Gauges::default());
}
