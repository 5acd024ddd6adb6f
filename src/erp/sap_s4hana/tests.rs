//! What is sent, and what is made of answers that a system gives.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::document::{Amounts, CreditReason, Customer, samples};
use crate::erp::Start;

const DAY: Date = date(2026, 11, 30);

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn settings(url: &str) -> Settings {
    let auth = Auth::Basic { user: "BRIDGE".into(), password: "geheim".into() };
    Settings { client: Some("100".into()), ..Settings::new(url, auth, ["1010", "10", "00"]) }
}

fn full() -> Settings {
    Settings {
        debit_notes: DebitNotes::Memo,
        customer_key: CustomerKey::Number,
        grouping: Some("BP02".into()),
        company_code: Some("1010".into()),
        reconciliation_account: Some("12100000".into()),
        tax_number_type: Some("CN0".into()),
        reasons: [("return".to_owned(), "102".to_owned()), ("discount".to_owned(), "005".to_owned())].into(),
        taxes: [(d("13"), "1".to_owned())].into(),
        ..settings("https://s4.example")
    }
}

fn rendered(settings: Settings, document: &Document) -> Result<Vec<Rendered>, String> {
    Adapter::new(settings, Pace::free()).unwrap().render(document, DAY)
}

/// An order whose first line's tax is a cent off, whose second is a gift, and whose third costs less than a cent a piece.
fn awkward() -> Document {
    let Document::SalesOrder(mut order) = samples(DocumentKind::SalesOrder, "CNY").remove(1) else { panic!() };
    let header = &mut order.header;
    header.buyer = Some("王; 小明".into());
    header.customer = "U'1".into();
    header.lines[0].quantity = d("3");
    header.lines[0].name = "茶".repeat(50).into();
    header.lines[0].amounts = Amounts::from_total(d("100.00"), d("11.50"));
    header.lines[1].amounts = Amounts::from_total(d("0.00"), d("0.00"));
    header.lines[2].quantity = d("3.500");
    header.lines[2].amounts = Amounts::from_total(d("0.01"), d("0.00"));
    header.amounts = header.lines.iter().map(|line| line.amounts).sum();
    Document::SalesOrder(order)
}

/// A note with goods and an allowance.
fn both(reason: CreditReason) -> Document {
    let mut notes = samples(DocumentKind::CreditNote, "CNY");
    let (Document::CreditNote(adjusted), Document::CreditNote(mut note)) = (notes.remove(1), notes.remove(0)) else {
        panic!()
    };
    note.reason = reason;
    note.header.lines.extend(adjusted.header.lines);
    note.header.lines[1].no = 2;
    note.header.amounts = note.header.lines.iter().map(|line| line.amounts).sum();
    Document::CreditNote(note)
}

fn cases() -> Vec<(String, Settings, Document)> {
    let mut cases = Vec::new();
    let kinds = [
        ("customer", DocumentKind::Customer),
        ("order", DocumentKind::SalesOrder),
        ("credit", DocumentKind::CreditNote),
        ("debit", DocumentKind::DebitNote),
    ];
    for (name, kind) in kinds {
        for (i, sample) in samples(kind, "CNY").into_iter().enumerate() {
            cases.push((format!("{name}-{}", i + 1), settings("https://s4.example"), sample.clone()));
            cases.push((format!("{name}-{}-full", i + 1), full(), sample));
        }
    }
    cases.push(("order-awkward".into(), settings("https://s4.example"), awkward()));
    cases.push(("credit-both".into(), full(), both(CreditReason::Return)));
    cases.push(("credit-cancelled".into(), full(), both(CreditReason::Cancellation)));
    cases
}

/// Where one differs, and is meant to: `RECORD_REQUESTS=1 cargo test --lib sap_s4hana`.
#[test]
fn the_requests_are_those_that_were_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/erp/sap_s4hana/requests");
    for (name, settings, document) in cases() {
        let requests: Vec<Value> = rendered(settings, &document)
            .unwrap()
            .into_iter()
            .map(|r| json!({"method": r.method, "path": r.path, "body": r.body}))
            .collect();
        let said = serde_json::to_string_pretty(&requests).unwrap() + "\n";
        let file = folder.join(format!("{name}.json"));
        if std::env::var_os("RECORD_REQUESTS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&file, &said).unwrap();
        }
        assert_eq!(said, fs::read_to_string(&file).unwrap_or_default(), "{}", file.display());
    }
}

#[test]
fn a_requests_id_is_the_same_until_it_is_refused() {
    let adapter = Adapter::new(settings("https://s4.example"), Pace::free()).unwrap();
    let again = Adapter::new(settings("https://s4.example"), Pace::free()).unwrap();
    let of = |adapter: &Adapter, number: &str| adapter.request_id("A_SalesOrder", number, DAY);
    let (generation, id) = of(&adapter, "S1");
    let id = id.unwrap();
    assert_eq!((generation, id.id.len(), id.created.as_str()), (0, 32, "2026-11-30T00:00:00"));
    assert!(id.id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    assert_eq!(of(&again, "S1").1.as_ref(), Some(&id), "in another process");
    assert_ne!(of(&adapter, "S2").1.as_ref(), Some(&id));
    assert_ne!(adapter.request_id("A_CustomerReturn", "S1", DAY).1.as_ref(), Some(&id));
    adapter.refused("A_SalesOrder", "S1", 0);
    adapter.refused("A_SalesOrder", "S1", 0);
    let (generation, next) = of(&adapter, "S1");
    assert_eq!(generation, 1, "counted once");
    assert_ne!(next, Some(id));
    let without = Settings { request_ids: RequestIds::Off, ..settings("https://s4.example") };
    assert_eq!(of(&Adapter::new(without, Pace::free()).unwrap(), "S1"), (0, None));
}

#[test]
fn the_guarantee_is_what_was_said_and_seen() {
    let with = |settings: Settings| Adapter::new(settings, Pace::free()).unwrap();
    let order = |adapter: &Adapter| adapter.guarantee(DocumentKind::SalesOrder);
    let base = || settings("https://s4.example");
    let sent = with(base());
    assert_eq!(order(&sent), Guarantee::Probe);
    sent.note(false, false);
    assert_eq!(order(&sent), Guarantee::Probe);
    sent.note(true, true);
    assert_eq!(order(&sent), Guarantee::Unique);
    sent.note(true, false);
    assert_eq!(order(&sent), Guarantee::Probe);
    let said = with(Settings { request_ids: RequestIds::Acknowledged, ..base() });
    assert_eq!(order(&said), Guarantee::Unique);
    said.note(true, false);
    assert_eq!((order(&said), said.guarantee(DocumentKind::Customer)), (Guarantee::Probe, Guarantee::Probe));
    let off = with(Settings { request_ids: RequestIds::Off, customer_key: CustomerKey::Number, ..base() });
    assert_eq!((order(&off), off.guarantee(DocumentKind::Customer)), (Guarantee::Probe, Guarantee::Unique));
    let together = with(Settings { request_ids: RequestIds::Acknowledged, orders_together: 5, ..base() });
    let said =
        [DocumentKind::SalesOrder, DocumentKind::DebitNote, DocumentKind::CreditNote].map(|k| together.guarantee(k));
    assert_eq!(said, [Guarantee::Probe, Guarantee::Probe, Guarantee::Unique]);
    assert_eq!((off.number_max(DocumentKind::Customer), off.number_max(DocumentKind::SalesOrder)), (10, 35));
}

/// A canned answer: its head's lines after the status, and its body.
type Canned = (u16, &'static str, String);

/// A server that gives these answers, one a connection, and keeps what it was asked.
async fn server(answers: Vec<Canned>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    tokio::spawn(async move {
        for (status, head, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let n = stream.read(&mut buffer).await.unwrap();
                text.extend_from_slice(&buffer[..n]);
                let said = String::from_utf8_lossy(&text).to_ascii_lowercase();
                let Some(head) = said.find("\r\n\r\n") else { continue };
                let length = said[..head].split("content-length: ").nth(1);
                let length = length.and_then(|t| t.split('\r').next()?.parse().ok()).unwrap_or(0usize);
                if n == 0 || text.len() >= head + 4 + length {
                    break;
                }
            }
            seen.lock().unwrap().push(String::from_utf8_lossy(&text).into_owned());
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status} x\r\n{head}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

const TOKEN: &str = "x-csrf-token: abc==\r\nset-cookie: SAP_SESSIONID=s1; path=/\r\n";
const REQUIRED: &str = "x-csrf-token: Required\r\n";

fn ok(body: &str) -> Canned {
    (200, "content-type: application/json\r\n", body.to_owned())
}

fn token() -> Canned {
    (200, TOKEN, r#"{"d":{"EntitySets":[]}}"#.to_owned())
}

fn other_token() -> Canned {
    (200, "x-csrf-token: def==\r\nset-cookie: SAP_SESSIONID=s2; path=/\r\n", r#"{"d":{"EntitySets":[]}}"#.to_owned())
}

fn none() -> Canned {
    ok(r#"{"d":{"results":[]}}"#)
}

fn error(status: u16, head: &'static str, code: &str) -> Canned {
    (status, head, json!({"error": {"code": code, "message": {"lang": "en", "value": "It is not so"}}}).to_string())
}

/// The customer as it is read back.
fn there() -> Canned {
    partner("W/\"1\"", "Grace Hopper", "CN")
}

fn partner(etag: &str, name: &str, country: &str) -> Canned {
    let found = json!({"d": {"results": [{
        "__metadata": {"etag": etag}, "BusinessPartner": "17", "BusinessPartnerIDByExtSystem": "U1", "Customer": "17",
        "OrganizationBPName1": name, "OrganizationBPName2": "", "SearchTerm1": "U1",
        "to_BusinessPartnerAddress": {"results": [{"BusinessPartner": "17", "AddressID": "22", "Country": country,
            "Language": "EN", "to_EmailAddress": {"results": []}, "to_PhoneNumber": {"results": []}}]},
        "to_BusinessPartnerTax": {"results": []},
    }]}});
    ok(&found.to_string())
}

fn customer() -> Document {
    Document::Customer(Customer { number: "U1".into(), name: "Grace Hopper".into(), ..Customer::default() })
}

async fn deliver_to(adapter: &Adapter, document: &Document, start: Start) -> Verdict {
    let until = tokio::time::Instant::now() + Duration::from_secs(60);
    adapter.deliver(Delivery { document, posting_date: DAY, start, until }).await
}

/// The requests' first lines.
fn lines(asked: &Mutex<Vec<String>>) -> Vec<String> {
    let asked = asked.lock().unwrap();
    asked.iter().map(|text| text.lines().next().unwrap_or_default().replace(" HTTP/1.1", "")).collect()
}

#[tokio::test]
async fn a_customer_is_looked_for_and_created_with_a_token_and_its_cookies() {
    let created = (201, "repeatabilityresult: accepted\r\n", r#"{"d":{"BusinessPartner":"17"}}"#.to_owned());
    let (url, asked) = server(vec![none(), token(), created, there()]).await;
    let adapter = Adapter::new(settings(&url), Pace::free()).unwrap();
    let verdict = deliver_to(&adapter, &customer(), Start::Create).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "17".into(), amounts: None, found: false });
    assert_eq!(adapter.guarantee(DocumentKind::Customer), Guarantee::Unique, "it was acknowledged");
    let said = lines(&asked);
    let root = "/sap/opu/odata/sap/API_BUSINESS_PARTNER/";
    assert!(said[0].starts_with(&format!("GET {root}A_BusinessPartner?$filter=BusinessPartnerIDByExtSystem%20eq%20")));
    assert!(said[0].ends_with("&sap-client=100"), "{}", said[0]);
    assert_eq!(
        said[1..3],
        [format!("GET {root}?sap-client=100"), format!("POST {root}A_BusinessPartner?sap-client=100")]
    );
    let post = asked.lock().unwrap()[2].to_ascii_lowercase();
    for header in [
        "x-csrf-token: abc==",
        "cookie: sap_sessionid=s1",
        "repeatabilitycreation: 2026-11-30t00:00:00",
        "requestid: ",
        "accept: application/json",
        "content-type: application/json",
    ] {
        assert!(post.contains(header), "{header} in {post}");
    }
    assert!(post.contains("authorization: basic "), "{post}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_again_once() {
    let refused = || (403, REQUIRED, "CSRF token validation failed".to_owned());
    let created = (201, "", r#"{"d":{"BusinessPartner":"17"}}"#.to_owned());
    let (url, asked) = server(vec![none(), token(), refused(), other_token(), created, there()]).await;
    let adapter = Adapter::new(settings(&url), Pace::free()).unwrap();
    let verdict = deliver_to(&adapter, &customer(), Start::Create).await;
    assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    assert_eq!(lines(&asked).len(), 6);
    let (url, asked) = server(vec![none(), token(), refused(), token(), refused(), none()]).await;
    let adapter = Adapter::new(settings(&url), Pace::free()).unwrap();
    let Verdict::NotDone { reason, .. } = deliver_to(&adapter, &customer(), Start::Create).await else { panic!() };
    assert!(reason.contains("a token that was just fetched is refused"), "{reason}");
    assert_eq!(lines(&asked).len(), 5);
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again_at_once() {
    let (url, asked) = server(vec![(401, "", "<html>BRIDGE geheim</html>".into()), none()]).await;
    let adapter = Adapter::new(settings(&url), Pace::free()).unwrap();
    for _ in 0..3 {
        let Verdict::Unauthorised { reason } = deliver_to(&adapter, &customer(), Start::Create).await else { panic!() };
        assert!(reason.contains("erp.password") && !reason.contains("geheim"), "{reason}");
    }
    assert_eq!(lines(&asked).len(), 1);
}

#[tokio::test]
async fn an_oauth_2_token_is_kept_and_replaced_once_where_it_is_refused() {
    let issued = |token: &str| ok(&json!({"access_token": token, "expires_in": 3600}).to_string());
    let answers = vec![issued("one"), none(), (401, "", String::new()), issued("two"), none(), none()];
    let (url, asked) = server(answers).await;
    let auth = Auth::OAuth2 {
        token_url: format!("{url}/oauth/token"),
        client_id: "bridge".into(),
        client_secret: "geheim".into(),
        scope: Some("API".into()),
    };
    let adapter = Adapter::new(Settings { auth, ..settings(&url) }, Pace::free()).unwrap();
    assert_eq!(adapter.has_item("TEA").await, Some(false));
    assert_eq!(adapter.has_item("TEA").await, Some(false), "with another token");
    assert_eq!(adapter.has_item("TEA").await, Some(false));
    let asked = asked.lock().unwrap();
    let first: Vec<&str> = asked.iter().map(|text| text.split(['?', ' ']).nth(1).unwrap()).collect();
    let (tokens, products) = ("/oauth/token", "/sap/opu/odata/sap/API_PRODUCT_SRV/A_ProductSalesDelivery");
    assert_eq!(first, [tokens, products, products, tokens, products, products]);
    assert!(asked[0].ends_with("grant_type=client_credentials&scope=API"));
    let bearers: Vec<bool> = asked.iter().map(|text| text.to_ascii_lowercase().contains("bearer two")).collect();
    assert_eq!(bearers, [false, false, false, false, true, true]);
}

#[tokio::test]
async fn a_page_is_no_answer_and_a_late_claim_sends_nothing() {
    let (url, _) = server(vec![ok("<html>Sign in</html>")]).await;
    let verdict = deliver_to(&Adapter::new(settings(&url), Pace::free()).unwrap(), &customer(), Start::Create).await;
    assert!(matches!(verdict, Verdict::Garbled { .. }), "{verdict:?}");
    let (url, asked) = server(vec![none(), token(), none()]).await;
    let adapter = Adapter::new(settings(&url), Pace::free()).unwrap();
    let until = tokio::time::Instant::now();
    let document = customer();
    let late = Delivery { document: &document, posting_date: DAY, start: Start::Create, until };
    let verdict = adapter.deliver(late).await;
    assert!(matches!(verdict, Verdict::Unknown { .. }), "{verdict:?}");
    assert!(lines(&asked).iter().all(|line| line.starts_with("GET ")));
}

#[tokio::test]
async fn what_was_refused_under_an_id_is_tried_under_the_next_one_after_a_look() {
    let accepted = "repeatabilityresult: accepted\r\n";
    let created = (201, accepted, r#"{"d":{"BusinessPartner":"17"}}"#.to_owned());
    let refusal = || error(400, accepted, "R11/123");
    let (url, asked) = server(vec![none(), token(), refusal(), none(), refusal(), created, there()]).await;
    let adapter = Adapter::new(settings(&url), Pace::free()).unwrap();
    let first = deliver_to(&adapter, &customer(), Start::Create).await;
    assert!(matches!(first, Verdict::Rejected { absent: true, .. }), "{first:?}");
    let again = deliver_to(&adapter, &customer(), Start::LookUp).await;
    assert!(matches!(again, Verdict::Delivered { .. }), "{again:?}");
    let asked = asked.lock().unwrap();
    let ids: Vec<String> = asked
        .iter()
        .filter_map(|text| text.to_ascii_lowercase().split("requestid: ").nth(1).map(|rest| rest[..32].to_owned()))
        .collect();
    assert_eq!(ids.len(), 3);
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[tokio::test]
async fn a_stale_partner_is_read_again_and_changed_in_one_batch() {
    let parts = |parts: &[&str]| {
        let inner: String = parts
            .iter()
            .map(|status| format!("--i\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {status}\r\n\r\n\r\n"))
            .collect();
        let body = format!("--b\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n{inner}--i--\r\n\r\n--b--\r\n");
        (202, "content-type: multipart/mixed; boundary=b\r\n", body)
    };
    let stale = (
        202,
        "content-type: multipart/mixed; boundary=b\r\n",
        "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 412 Precondition Failed\r\n\r\n{}\r\n--b--\r\n"
            .to_owned(),
    );
    let done = parts(&["204 No Content", "204 No Content"]);
    let (url, asked) =
        server(vec![partner("W/\"1\"", "Ada", "DE"), token(), stale, partner("W/\"2\"", "Ada", "DE"), done]).await;
    let adapter = Adapter::new(Settings { batch: true, ..settings(&url) }, Pace::free()).unwrap();
    let verdict = deliver_to(&adapter, &customer(), Start::Create).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "17".into(), amounts: None, found: false });
    let asked = asked.lock().unwrap();
    let batch = &asked[4];
    assert!(batch.starts_with("POST /sap/opu/odata/sap/API_BUSINESS_PARTNER/$batch?sap-client=100 "), "{batch}");
    for line in ["PATCH A_BusinessPartner('17') HTTP/1.1", "If-Match: W/\"2\"", "Content-ID: 2", "\"Country\":\"CN\""] {
        assert!(batch.contains(line), "{line} in {batch}");
    }
}
