//! Kingdee Xingchen's credentials: secrets that the vendor replaces, and a clock that signatures do not fit.

use std::time::Duration;

use jiff::SignedDuration;
use ledgertap::erp::kingdee_xingchen::AppSecret;
use ledgertap::erp::{Erp, Needs, Start, Verdict};
use ledgertap::sandbox::{Act, Fault};
use serde_json::{Value, json};

use crate::world::documents::{customer, d, one_back, order};
use crate::world::xingchen::{World, delivered};

/// A world whose adapter fetches the account's secret.
async fn fetching() -> World {
    let with = |settings: &mut ledgertap::erp::kingdee_xingchen::Settings| {
        settings.app_secret = AppSecret::Fetched { outer_instance_id: "500000000000000001".into() };
    };
    let world = World::with(
        |config| (config.request_timeout, config.late_max) = (Duration::from_millis(900), Duration::from_millis(1300)),
        with,
    )
    .await;
    assert_eq!(world.by_hand("authorise", Value::Null)["outer_instance_id"], "500000000000000001");
    world
}

#[tokio::test]
async fn a_secret_is_fetched_once_and_kept() {
    let world = fetching().await;
    world.set_up(&[&customer(), &order(), &one_back("S1-C1", "33.33")]).await;
    assert_eq!(world.sandbox.requests(Act::Login), 2, "one for the secret, one for the token");
    let said = world.adapter.check(&Needs::default()).await.unwrap();
    assert!(said.to_string().contains("app_secret is fetched"), "{said}");
}

/// The secret and the token end between any two requests of a delivery.
#[tokio::test]
async fn a_rotation_in_the_middle_of_a_delivery_loses_and_doubles_nothing() {
    for (act, requests) in [(Act::Write, 3), (Act::Read, 5)] {
        for nth in 0..requests {
            let world = fetching().await;
            world.set_up(&[&customer()]).await;
            world.by_hand("rotate_secret", Value::Null);
            world.sandbox.inject_nth(act, nth, Fault::ExpireTokens);
            world.set_up(&[&order(), &one_back("S1-C1", "33.33")]).await;
            let books = world.sandbox.books();
            assert_eq!(books.faults.get("expire_tokens"), Some(&1), "{act:?} {nth}");
            assert_eq!((books.duplicates, books.refused_duplicates, books.rejected), (0, 0, 0), "{act:?} {nth}");
            assert_eq!((books.documents.len(), books.totals()["S1"]), (4, d("96.67")), "{act:?} {nth}");
            assert_eq!(world.sandbox.requests(Act::Login), 4, "{act:?} {nth}: each was asked for anew, once");
        }
    }
}

/// The same with answers that are lost on the way: what is looked up is there once.
#[tokio::test]
async fn a_rotation_while_an_answer_is_lost_doubles_nothing() {
    let world = fetching().await;
    world.set_up(&[&customer()]).await;
    world.by_hand("rotate_secret", Value::Null);
    world.sandbox.inject("/sal_order", Fault::ResetAfter);
    let verdict = world.create(&order()).await;
    assert!(matches!(verdict, Verdict::Unknown { .. }), "{verdict:?}");
    world.sandbox.end_sessions();
    delivered(&world.look_up(&order()).await);
    let books = world.sandbox.books();
    assert_eq!((books.documents.len(), books.duplicates, books.refused_duplicates), (3, 0, 0));
}

#[tokio::test]
async fn a_secret_that_is_replaced_before_its_token_is_fetched_again() {
    let world = fetching().await;
    world.sandbox.inject("/kingdee_auth_token", Fault::Html);
    let verdict = world.create(&customer()).await;
    assert!(matches!(verdict, Verdict::Garbled { .. }), "{verdict:?}");
    world.by_hand("rotate_secret", Value::Null);
    delivered(&world.create(&customer()).await);
    assert_eq!(world.sandbox.requests(Act::Login), 5, "secret, no token; stale, secret, token");
}

#[tokio::test]
async fn two_tokens_a_minute_and_no_more() {
    let world = fetching().await;
    world.set_up(&[&customer()]).await;
    for rotations in 1..=2 {
        world.by_hand("rotate_secret", Value::Null);
        world.sandbox.end_sessions();
        let verdict = world.look_up(&customer()).await;
        match (rotations, verdict) {
            (1, verdict) => drop(delivered(&verdict).0.to_owned()),
            (_, Verdict::NotDone { reason, retry_after: Some(wait) }) => {
                assert!(reason.contains("two requests") && wait > Duration::from_secs(50), "{reason} {wait:?}");
            }
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!(world.sandbox.requests(Act::Login), 4);
}

#[tokio::test]
async fn a_secret_of_the_config_that_is_stale_says_what_to_do_and_is_left_alone() {
    let world = World::new().await;
    world.set_up(&[&customer()]).await;
    world.by_hand("rotate_secret", Value::Null);
    world.set_up(&[&order()]).await;
    world.sandbox.end_sessions();
    let before = world.requests();
    for start in [Start::Create, Start::LookUp, Start::LookUp] {
        let Verdict::Unauthorised { reason } = world.deliver(&one_back("S1-C1", "33.33"), start).await else {
            panic!()
        };
        assert!(reason.contains("every 24 h") && reason.contains("erp.outer_instance_id"), "{reason}");
    }
    assert_eq!(world.requests() - before, 2, "the refused request, and one for a token");
}

#[tokio::test]
async fn an_instance_that_is_not_ours_is_said_and_not_hammered() {
    let world =
        World::with(|_| {}, |settings| settings.app_secret = AppSecret::Fetched { outer_instance_id: "7".into() })
            .await;
    for _ in 0..3 {
        let Verdict::Unauthorised { reason } = world.create(&customer()).await else { panic!() };
        assert!(reason.contains("erp.outer_instance_id has 0 authorisations"), "{reason}");
    }
    assert_eq!(world.requests(), 1);
}

#[tokio::test]
async fn a_clock_that_is_off_is_said_with_how_much_and_what_to_do() {
    for (ahead, said) in [(-630, "clock is 10 min 2"), (7230, "clock is 2 h")] {
        let world = World::with(|config| config.clock_ahead = SignedDuration::from_secs(ahead), |_| {}).await;
        for _ in 0..3 {
            let Verdict::Unauthorised { reason } = world.create(&customer()).await else { panic!() };
            let side = if ahead < 0 { "ahead of the ERP's" } else { "behind the ERP's" };
            assert!(reason.contains(said) && reason.contains(side), "{reason}");
            assert!(reason.contains("set the clock") && reason.contains("519"), "{reason}");
        }
        let error = world.adapter.check(&Needs::default()).await.unwrap_err();
        assert!(error.contains(said), "{error}");
        assert_eq!(world.requests(), 1, "a clock is not set right by asking again");
    }
    let world = World::with(|config| config.clock_ahead = SignedDuration::from_secs(240), |_| {}).await;
    world.set_up(&[&customer()]).await;
}

#[tokio::test]
async fn neither_secrets_nor_tokens_show() {
    let world = fetching().await;
    world.sandbox.inject("/push_app_authorize", Fault::ErrorBefore);
    let first = world.create(&customer()).await;
    let wrong = World::with(|_| {}, |settings| settings.client_secret = "hush-hush".into()).await;
    let second = wrong.create(&customer()).await;
    let shown = format!(
        "{first:?} {second:?} {:?} {}",
        wrong.adapter.check(&Needs::default()).await,
        json!(wrong.adapter.account())
    );
    assert!(!shown.contains("hush-hush") && !shown.contains("appSecret"), "{shown}");
}
