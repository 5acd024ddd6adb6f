//! The sandbox by itself: the vendor's limit of requests, a fault plan of one endpoint, and the page of its books.

use ledgertap::sandbox::{self, Config, Faults, Kind, Sandbox};
use reqwest::{Client, Method};

use crate::world;

async fn started(change: impl FnOnce(&mut Config)) -> (Sandbox, Client) {
    world::init();
    let mut config = Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 1);
    change(&mut config);
    let client = Client::builder().no_proxy().build().expect("a client");
    (sandbox::start(config).await.expect("start a sandbox"), client)
}

async fn status(sandbox: &Sandbox, client: &Client, method: Method, path: &str, body: &str) -> u16 {
    let url = format!("http://{}{path}", sandbox.addr());
    let request = client.request(method, url).header("content-type", "application/json").body(body.to_owned());
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_minute_has_as_many_requests_as_the_vendor_says() {
    let kind = Kind::KingdeeXingchen;
    let (sandbox, client) = started(|config| config.requests_per_minute = kind.requests_per_minute()).await;
    for request in 1..=500 {
        let answered = status(&sandbox, &client, Method::GET, "/jdy/v2/bd/customer_detail", "").await;
        assert_ne!(answered, 429, "request {request}");
    }
    assert_eq!(status(&sandbox, &client, Method::GET, "/jdy/v2/bd/customer_detail", "").await, 429);
    // Its books are for people.
    assert_eq!(status(&sandbox, &client, Method::GET, "/books", "").await, 200);
    assert_eq!(status(&sandbox, &client, Method::GET, "/", "").await, 200);
}

#[tokio::test]
async fn a_plan_of_one_endpoint_leaves_the_others_alone() {
    let plan = |plan: &str| plan.parse::<Faults>().expect("a plan");
    let (sandbox, client) = started(|config| config.faults = plan("error_before@sal_order=1000")).await;
    assert_eq!(status(&sandbox, &client, Method::POST, "/jdy/v2/scm/sal_order", "{}").await, 500);
    assert_ne!(status(&sandbox, &client, Method::POST, "/jdy/v2/bd/customer", "{}").await, 500);

    // Where each request goes to one path, the method is the endpoint.
    let (sandbox, client) = started(|config| {
        (config.kind, config.faults) = (Kind::Tryton, plan("unavailable@sale.sale.create=1000"));
    })
    .await;
    for (method, unavailable) in [("model.sale.sale.create", true), ("model.sale.sale.quote", false)] {
        let body = format!(r#"{{"id": 1, "method": "{method}", "params": []}}"#);
        let answered = status(&sandbox, &client, Method::POST, "/erp/", &body).await;
        assert_eq!(answered == 503, unavailable, "{method}: {answered}");
    }
}
