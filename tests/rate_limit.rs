//! An ERP account's limit is one for all relays that share a state database.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::world;

/// Requests a minute, of which a tenth may leave at once.
const RATE: u32 = 1800;
const BURST: f64 = RATE as f64 / 10.0;

/// Enough for more requests than two relays could send at once that know nothing of each other: each is a customer and an
/// order, five requests together.
const ORDERS: u32 = 80;

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_keep_to_one_limit() {
    let (sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    for id in 1..=ORDERS {
        shop.sell(id, "SKU-1").await;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let state = format!("{}?schema=t_rate_{now}", world::postgres());
    let config = site.config().replace(&format!("sqlite:{}", site.state().display()), &state);
    let config = config.replace("rate_per_minute = 600000", &format!("rate_per_minute = {RATE}"));
    std::fs::write(site.path("shop.toml"), config).unwrap();
    site.start_as_it_is(&["run", "--role", "capture", "--once", "--from", &shop.from]).end().await.went_well();

    let before = sandbox.books().requests;
    let begun = Instant::now();
    let relays = [(), ()].map(|()| site.start_as_it_is(&["run", "--role", "relay", "--once"]));
    let mut delivered = Vec::new();
    for relay in relays {
        let ended = relay.end().await;
        ended.went_well();
        delivered.push(ended.stderr.matches("document delivered").count());
    }
    let (took, requests) = (begun.elapsed(), sandbox.books().requests - before);

    assert!(delivered.iter().all(|&n| n > 0), "both were at work: {delivered:?}");
    assert_eq!(sandbox.books().documents_by_kind()["sales_order"], u64::from(ORDERS));
    assert!(requests as f64 > 2.0 * BURST, "{requests} requests show nothing");
    let allowed = BURST + f64::from(RATE) / 60.0 * took.as_secs_f64();
    println!("rate_limit: {requests} requests in {took:.1?}, {allowed:.0} allowed");
    assert!(requests as f64 <= allowed, "{requests} requests in {took:?}, and {allowed} are allowed");
}
