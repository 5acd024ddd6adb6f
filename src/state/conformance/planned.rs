//! Plans read back, and delivered documents that go back on their way.

use super::*;

pub async fn a_stream_s_beginning_is_its_first_position(w: World) {
    assert_eq!((&w.session.position, &w.session.beginning), (&None, &None));
    let again = async || w.state.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap().session().unwrap();
    let mut session = w.session.clone();
    w.state.commit(session.epoch, Commit { opening: Some("{}".into()), ..Commit::default() }).await.unwrap();
    for position in ["mariadb:0-1-7", "mariadb:0-1-9"] {
        let position = Some(Position(position.into()));
        w.state.commit(session.epoch, Commit { position, ..Commit::default() }).await.unwrap();
        w.state.commit(session.epoch, Commit::default()).await.unwrap();
        session = again().await;
        assert_eq!(session.beginning.as_ref().unwrap().0, "mariadb:0-1-7");
    }
    assert_eq!(session.position.unwrap().0, "mariadb:0-1-9");
}

fn told(original: &str) -> Told {
    Told { original: original.into(), ..Told::default() }
}

pub async fn plans_are_read_back_newest_first(w: World) {
    assert_eq!(w.state.planned(None, 9).await.unwrap(), []);
    let at = |second| Timestamp::from_second(second).unwrap();
    let buyer = || Lane::Customer("U1".into());
    let sale = |id: &str, cut: &str| NewEntry {
        document: sales_order(id),
        cut: cut.into(),
        changed_at: at(7),
        ..entry(order(id), id, None)
    };
    let commit = Commit {
        outbox: vec![entry(buyer(), "U1", None), sale("A", "0-1-8"), sale("B", "0-1-9")],
        told_before: vec![(1, told("before A"))],
        ..Commit::default()
    };
    let seqs = w.state.commit(w.session.epoch, commit).await.unwrap();
    let planned = w.state.planned(None, 9).await.unwrap();
    let before = |e: &PlannedEntry| e.told_before.as_ref().map(|kept| kept.read().unwrap());
    let seen = |e: &PlannedEntry| (e.seq, e.lane.clone(), e.kind.clone(), e.number.clone(), before(e), e.cut.clone());
    let expected = [
        (seqs[2], order("B"), "sales_order".into(), "B".into(), None, "0-1-9".into()),
        (seqs[1], order("A"), "sales_order".into(), "A".into(), Some(told("before A")), "0-1-8".into()),
        (seqs[0], buyer(), "customer".into(), "U1".into(), None, "0-1-7".into()),
    ];
    assert_eq!(planned.iter().map(seen).collect::<Vec<_>>(), expected);
    let a = &planned[1];
    assert_eq!((a.state, a.skip, a.pruned, a.changed_at, a.delivered_at), (EntryState::Pending, None, false, at(7), None));
    assert_eq!(a.fingerprint, sales_order("A").fingerprint());
    let page = w.state.planned(Some(seqs[2]), 1).await.unwrap();
    assert_eq!(page, planned[1..2]);

    let before = w.state.customers_before(vec!["U1".into(), "U2".into()], seqs[1]).await.unwrap();
    let fingerprint = customer("U1").fingerprint();
    let told =
        CustomerRecord { id: "U1".into(), number: "U1".into(), fingerprint, entry: Some(seqs[0]), account: None };
    assert_eq!(before, std::slice::from_ref(&told));
    assert_eq!(w.state.customers_before(vec!["U1".into()], seqs[0]).await.unwrap(), []);
    for claimed in w.state.claim(terms(9)).await.unwrap() {
        let _ = w.state.settle(&claimed, delivered(), attempt()).await.unwrap();
    }
    assert!(w.state.planned(None, 9).await.unwrap().iter().all(|e| e.delivered_at.is_some()));
    assert_eq!(w.state.customers_before(vec!["U1".into()], seqs[1]).await.unwrap(), [told]);
}

pub async fn orders_of_which_some_was_absorbed_are_told_from_the_others(w: World) {
    let absorbed = |order: &str, total: i64| AbsorbedOrder {
        order: order.into(),
        number: format!("N{order}"),
        reason: "by Li".into(),
        amounts: Amounts::from_total(Decimal::new(total, 2), Decimal::ZERO),
    };
    let all = vec![absorbed("7", 100), absorbed("7", -100), absorbed("9", 5)];
    for absorbed in all.clone() {
        let commit = Commit { absorbed: vec![absorbed], ..Commit::default() };
        w.state.commit(w.session.epoch, commit).await.unwrap();
    }
    let asked = |orders: &[&str]| w.state.absorbed_of(orders.iter().map(|&order| order.to_owned()).collect());
    assert_eq!(asked(&[]).await.unwrap(), BTreeSet::new());
    assert_eq!(asked(&["8", "70", ""]).await.unwrap(), BTreeSet::new());
    assert_eq!(asked(&["9", "8", "7", "7"]).await.unwrap(), BTreeSet::from(["7".to_owned(), "9".to_owned()]));
    assert_eq!(w.state.undocumented("7").await.unwrap().absorbed, all[..2]);
}

pub async fn what_a_person_has_entered_for_a_customer_is_not_overwritten(w: World) {
    let buyer = || Lane::Customer("U1".into());
    let old = w.commit(vec![entry(buyer(), "U1", None)]).await[0];
    let claimed = w.state.claim(terms(9)).await.unwrap();
    let _ = w.state.settle(&claimed[0], delivered(), attempt()).await.unwrap();
    let new = w.commit(vec![entry(buyer(), "U1", None), entry(order("A"), "A", None)]).await;
    for claimed in w.state.claim(terms(9)).await.unwrap() {
        let what = if claimed.seq == new[0] { park("look at it", None) } else { delivered() };
        let _ = w.state.settle(&claimed, what, attempt()).await.unwrap();
    }
    w.state.skip(Which::Entries(vec![new[0]]), SkipHow::ByHand, "by Li".into()).await.unwrap();
    let done = w.state.redeliver(vec![old, new[1]], Duration::ZERO).await.unwrap();
    assert_eq!((done.entries, done.by_hand), (vec![(new[1], "A".to_owned())], vec!["U1".to_owned()]));
}

pub async fn what_was_delivered_goes_back_with_what_follows_it(w: World) {
    let amounts = Some(Amounts::from_total(Decimal::ONE, Decimal::ZERO));
    let deliver = || Transition::Deliver { reference: "77".into(), amounts };
    let lanes = [("1", "A1"), ("1", "A2"), ("2", "B1"), ("3", "C1")];
    let seqs = w.commit(lanes.map(|(id, number)| entry(order(id), number, None)).to_vec()).await;
    let mut posted = Vec::new();
    for _ in 0..2 {
        for claimed in w.state.claim(terms(9)).await.unwrap() {
            posted.push((claimed.seq, claimed.posting_date));
            let _ = w.state.settle(&claimed, deliver(), attempt()).await.unwrap();
        }
    }
    let hand = w.state.load_books(vec![], vec![], vec![]).await.unwrap().hand;
    assert_eq!(w.state.redeliver(vec![], Duration::ZERO).await.unwrap(), Redelivered::default());
    let done = w.state.redeliver(vec![seqs[0], seqs[2], -1], Duration::ZERO).await.unwrap();
    let named: Vec<&str> = done.entries.iter().map(|(_, number)| number.as_str()).collect();
    assert_eq!((named, done.pruned.len(), done.busy.len()), (vec!["A1", "A2", "B1"], 0, 0));
    assert_eq!(w.state.load_books(vec![], vec![], vec![]).await.unwrap().hand, hand + 1);
    let entries = w.state.entries().await.unwrap();
    let seen: Vec<_> = entries.iter().map(|e| (e.state, e.reference.is_some(), e.delivered_at.is_some())).collect();
    let doubted = (EntryState::Unknown, false, false);
    assert_eq!(seen, [doubted, doubted, doubted, (EntryState::Delivered, true, true)]);
    assert_eq!(w.state.history(seqs[0]).await.unwrap().unwrap().erp_amounts, None);
    assert_eq!(w.state.redeliver(seqs[..3].to_vec(), Duration::ZERO).await.unwrap(), Redelivered::default(), "they are on their way");

    let claimed = w.state.claim(terms(9)).await.unwrap();
    assert_eq!(claimed.iter().map(|c| c.seq).collect::<Vec<_>>(), [seqs[0], seqs[2]], "a lane goes one at a time");
    assert!(claimed.iter().all(|c| c.maybe_sent && c.attempts == 0));
    let dates: Vec<_> = claimed.iter().map(|c| (c.seq, c.posting_date)).collect();
    assert!(dates.iter().all(|date| posted.contains(date)), "posted on the same day: {dates:?}");
    let _ = w.state.settle(&claimed[0], Transition::Deliver { reference: "78".into(), amounts }, attempt()).await.unwrap();
    let first = w.state.history(seqs[0]).await.unwrap().unwrap();
    assert_eq!((first.entry.reference.as_deref(), first.erp_amounts), (Some("78"), amounts));
    let _ = w.state.settle(&claimed[1], park("no", None), attempt()).await.unwrap();
    assert_eq!(w.claim_numbers(9).await, ["A2"]);
    // B1 is parked: it is for a person, who lets it go on or skips it.
    let skipped = w.state.skip(Which::Entries(vec![seqs[2]]), SkipHow::ByHand, "it is there".into()).await.unwrap();
    assert_eq!(skipped.len(), 1);
    assert_eq!(w.state.redeliver(vec![seqs[2]], Duration::ZERO).await.unwrap(), Redelivered::default(), "what is skipped stays so");
    let busy = w.state.redeliver(vec![seqs[0]], Duration::ZERO).await.unwrap();
    assert_eq!((busy.busy, busy.entries.len()), (vec!["A1".to_owned()], 0));
}

pub async fn what_cannot_be_sent_again_is_named(w: World) {
    let seqs = w.commit(vec![entry(order("1"), "A1", None), entry(order("2"), "B1", None)]).await;
    for claimed in w.state.claim(terms(9)).await.unwrap() {
        let _ = w.state.settle(&claimed, delivered(), attempt()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_eq!(w.state.prune(Duration::ZERO, 9).await.unwrap(), 2);
    let later = w.commit(vec![entry(order("1"), "A2", None)]).await;
    let claimed = w.state.claim(terms(9)).await.unwrap().remove(0);
    let _ = w.state.settle(&claimed, delivered(), attempt()).await.unwrap();
    let done = w.state.redeliver(vec![seqs[0], seqs[1], later[0]], Duration::ZERO).await.unwrap();
    assert_eq!(done.entries, [(later[0], "A2".to_owned())]);
    assert_eq!(done.pruned, ["A1", "B1"]);
    assert!(w.state.planned(None, 9).await.unwrap()[1..].iter().all(|e| e.pruned && e.state == EntryState::Delivered));
}
