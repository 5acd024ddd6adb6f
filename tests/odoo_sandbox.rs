//! Odoo's adapter against its sandbox, where the suite of all ERPs does not look: the series between the first and the last, and
//! what an order is dated.

use std::sync::Arc;

use ledgertap::bridge;
use ledgertap::config;
use ledgertap::document::{Amounts, Document};
use ledgertap::erp::{Delivery, Erp, Needs, Start, Verdict};
use ledgertap::sandbox::{self, Act, Fault, Faults, Kind, Sandbox};
use serde_json::{Value, json};

use crate::world::documents::{allowance, customer, day, debit, line, one_back, order, order_of, soon};

struct World {
    sandbox: Sandbox,
    adapter: Arc<dyn Erp>,
    password: String,
}

impl World {
    async fn of(series: u8) -> World {
        let mut wanted = sandbox::Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 5);
        (wanted.kind, wanted.version) = (Kind::Odoo, Some(series.to_string()));
        let sandbox = sandbox::start(wanted).await.unwrap();
        let block = sandbox.erp_block();
        let text = format!(
            "[store]\nurl = \"mysql://root@127.0.0.1/shop\"\nmapping = \"ecshop\"\n[state]\nurl = \"sqlite:x.db\"\n{block}"
        );
        let config = config::parse("shop.toml", &text, &|_| None).unwrap();
        let adapter = bridge::open_erp(config.erp().unwrap()).unwrap();
        let secret = ["password = \"", "api_key = \""].iter().find_map(|key| block.split(key).nth(1)).unwrap();
        let password = secret.split('"').next().unwrap().to_owned();
        World { sandbox, adapter, password }
    }

    async fn deliver(&self, document: &Document, start: Start) -> Verdict {
        self.adapter.deliver(Delivery { document, posting_date: day(), start, until: soon() }).await
    }

    /// What the server says by JSON-RPC.
    async fn ask(&self, model: &str, method: &str, ordered: Value) -> Value {
        let args = json!(["sandbox", 2, self.password, model, method, ordered, {}]);
        let params = json!({"service": "object", "method": "execute_kw", "args": args});
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params});
        let url = format!("http://{}/jsonrpc", self.sandbox.addr());
        let client = reqwest::Client::new().post(url).header("content-type", "application/json");
        let text = client.body(request.to_string()).send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["result"].clone()
    }

    async fn dated(&self) -> Value {
        let domain = json!([["client_order_ref", "=", "S1"]]);
        let found = self.ask("sale.order", "search_read", json!([domain, ["state", "date_order"]])).await;
        assert_eq!(found[0]["state"], "sale");
        found[0]["date_order"].clone()
    }
}

#[track_caller]
fn delivered(verdict: Verdict) -> Option<Amounts> {
    match verdict {
        Verdict::Delivered { amounts, .. } => amounts,
        other => panic!("{other:?}"),
    }
}

/// An order that is there against what was known, and is refused before anything leaves.
#[tokio::test]
async fn what_is_there_already_is_not_called_absent() {
    for series in [14, 19] {
        let world = World::of(series).await;
        for document in [customer(), order()] {
            let _ = delivered(world.deliver(&document, Start::Create).await);
        }
        let unknown = |number: &str| order_of(number, vec![line(1, "UNKNOWN-7", "1", "5.00")]);
        let absent = async |number: &str| match world.deliver(&unknown(number), Start::Create).await {
            Verdict::Rejected { absent, .. } | Verdict::Lacking { absent, .. } => absent,
            other => panic!("{other:?}"),
        };
        assert_eq!((absent("S1").await, absent("S2").await), (false, true), "{series}");
    }
}

#[tokio::test]
async fn each_series_between_is_spoken_to() {
    for series in 15..=18 {
        let world = World::of(series).await;
        let said = world.adapter.check(&Needs::default()).await.unwrap().account;
        assert!(said.contains(&format!("Odoo {series}")), "{said}");
        for document in [customer(), order(), one_back("S1-C1", "33.33"), allowance("S1-C2", "5.00")] {
            let amounts = delivered(world.deliver(&document, Start::Create).await);
            assert_eq!(amounts, document.header().map(|h| h.amounts), "{series}");
            delivered(world.deliver(&document, Start::LookUp).await);
        }
        assert_eq!(world.sandbox.books().totals()["S1"].to_string(), "91.67");
    }
}

/// The first of a bridge's documents reads the account, too; in 19 external ids are looked up one by one.
#[tokio::test]
async fn a_delivery_takes_no_more_requests_than_it_may() {
    let mut taken = Vec::new();
    for series in [14, 19] {
        let world = World::of(series).await;
        delivered(world.deliver(&customer(), Start::Create).await);
        for document in [order(), one_back("S1-C1", "33.33"), debit("S1-D1", vec![line(1, "B", "1", "5.00")])] {
            let requests = || [Act::Read, Act::Write].map(|act| world.sandbox.requests(act)).iter().sum::<u64>();
            let before = requests();
            delivered(world.deliver(&document, Start::Create).await);
            taken.push(requests() - before);
        }
        assert!(taken.iter().all(|taken| *taken <= u64::from(world.adapter.requests_max())), "{taken:?}");
    }
    assert_eq!(taken, [21, 11, 14, 24, 15, 17]);
}

/// Confirming dates an order to the moment, also where nobody hears of it.
#[tokio::test]
async fn an_order_keeps_the_day_on_which_it_is_posted_whatever_is_cut_off() {
    let confirm_and_date = [1, 2];
    for nth in confirm_and_date {
        let world = World::of(14).await;
        delivered(world.deliver(&customer(), Start::Create).await);
        world.sandbox.inject_nth(Act::Write, nth, Fault::ErrorAfter);
        let verdict = world.deliver(&order(), Start::Create).await;
        assert!(matches!(verdict, Verdict::Unknown { .. }), "{verdict:?}");
        delivered(world.deliver(&order(), Start::LookUp).await);
        assert_eq!(world.dated().await, "2024-06-15 12:00:00", "cut off at request {nth}");
        let writes = world.sandbox.requests(Act::Write);
        delivered(world.deliver(&order(), Start::LookUp).await);
        assert_eq!(world.sandbox.requests(Act::Write), writes);
    }
}
