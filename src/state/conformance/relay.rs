//! The relay's side: what is claimed, when, and what a settlement does.

use super::*;

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

pub async fn an_account_s_requests_are_counted_together(w: World) {
    let rate = Rate { per_minute: 60, burst: 2 };
    let other = w.beside("other").await;
    let attachment = |stream: &str| Attachment { stream: stream.into(), account: "k 1".into(), names_stream: true };
    w.state.attach(attachment("main")).await.unwrap();
    let session = other.begin(Begin::new(&footprint(), "v1", LATE_MAX)).await.unwrap();
    assert!(session.session().is_some());
    other.attach(attachment("other")).await.unwrap();
    assert_eq!(w.state.reserve("account", rate, 2).await.unwrap(), Duration::ZERO);
    let wait = other.reserve("account", rate, 3).await.unwrap();
    assert!(wait > Duration::from_millis(2_500) && wait <= Duration::from_secs(3), "{wait:?}");
    assert_eq!(other.reserve("elsewhere", rate, 2).await.unwrap(), Duration::ZERO, "another endpoint");
}
