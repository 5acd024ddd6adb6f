//! The adapter against a server that answers by a script: what is asked in which order, and what is made of the answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::*;
use crate::document::samples;
use crate::erp::Start;

/// The tables of a config.
const ORDER: &str = r#"
[customer]
create = { url = "/customers", body = '{ "no": "{{ key }}", "name": "{{ name }}" }' }
update = { method = "PUT", url = "/customers/{{ reference }}", body = '{ "name": "{{ name }}" }' }
probe = { url = "/customers?no={{ key }}", list = "/rows" }
fields = { reference = "/id" }
[order]
create = { url = "/orders", body = '{ "no": "{{ key }}", "total": "{{ amounts.total }}" }' }
fields = { reference = "/id", total = "/sums/total", tax = "/sums/tax", lines = "/rows" }
same_lines = { "/sku" = "{{ line.sku }}" }
same = { "/no" = "{{ key }}" }
[return]
create = { url = "/credits" }
fields = { reference = "/id", total = "/total" }
[debit]
create = { url = "/debits" }
fields = { reference = "/id", total = "/total" }
"#;

fn operations(tables: &str) -> BTreeMap<Operation, Record> {
    let tables: BTreeMap<String, Record> = toml::from_str(tables).unwrap();
    let named = |name: &str| Operation::ALL.into_iter().find(|operation| operation.as_str() == name).unwrap();
    tables.into_iter().map(|(name, record)| (named(&name), record)).collect()
}

fn settings(url: &str, tables: &str) -> Settings {
    Settings {
        url: url.into(),
        account: None,
        currency: "CNY".into(),
        auth: Auth::Bearer("geheim-token".into()),
        headers: BTreeMap::new(),
        answers: Answers::default(),
        prices: Prices::default(),
        totals: true,
        values: BTreeMap::new(),
        operations: operations(tables),
        item: None,
        check: None,
        number_max: NUMBER_MAX,
        request_timeout: Duration::from_secs(2),
        late_max: Duration::from_secs(3),
        rate_per_minute: 60_000,
        bodies: None,
    }
}

/// A server that gives one answer after the other, and keeps what it was asked. A status of 0 hangs up.
struct Script {
    url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Script {
    async fn of(answers: &[(u16, &str)]) -> Script {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut left: VecDeque<(u16, String)> = answers.iter().map(|(s, b)| (*s, (*b).to_owned())).collect();
        let keep = heard.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read(&mut stream).await else { continue };
                keep.lock().unwrap().push(request);
                let (status, body) = left.pop_front().unwrap_or((500, "the script is at its end".into()));
                if status == 0 {
                    continue;
                }
                let more = if status == 429 { "retry-after: 1\r\n" } else { "" };
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
            }
        });
        Script { url, heard }
    }

    fn adapter(&self, change: impl FnOnce(&mut Settings)) -> Adapter {
        self.adapter_of(ORDER, change)
    }

    fn adapter_of(&self, tables: &str, change: impl FnOnce(&mut Settings)) -> Adapter {
        let mut settings = settings(&self.url, tables);
        change(&mut settings);
        Adapter::new(settings, Pace::free()).unwrap()
    }

    /// Method, path and body of each request.
    fn heard(&self) -> Vec<String> {
        let short = |request: &String| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1");
            if body.is_empty() { line.to_owned() } else { format!("{line} {body}") }
        };
        self.heard.lock().unwrap().iter().map(short).collect()
    }

    fn header(&self, nth: usize, name: &str) -> Option<String> {
        let heard = self.heard.lock().unwrap();
        let lines = heard[nth].split_once("\r\n\r\n").unwrap().0.lines();
        let mut pairs = lines.filter_map(|line| line.split_once(": "));
        pairs.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned())
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut all = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.ok()?;
        all.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let length =
            text.to_lowercase().lines().find_map(|l| l.strip_prefix("content-length: ")?.parse::<usize>().ok());
        match text.split_once("\r\n\r\n") {
            Some((_, body)) if body.len() >= length.unwrap_or(0) => return Some(text),
            _ if count == 0 => return None,
            _ => {}
        }
    }
}

fn order() -> Document {
    samples(DocumentKind::SalesOrder, "CNY").remove(0)
}

fn customer() -> Document {
    samples(DocumentKind::Customer, "CNY").remove(0)
}

async fn deliver(adapter: &Adapter, document: &Document, start: Start) -> Verdict {
    let until = Instant::now() + Duration::from_secs(60);
    adapter.deliver(Delivery { document, posting_date: date(2026, 11, 21), start, until }).await
}

/// The sample order as this ERP would have it.
fn kept(change: impl FnOnce(&mut Value)) -> String {
    let Document::SalesOrder(order) = order() else { panic!() };
    let rows: Vec<Value> = order.header.lines.iter().map(|line| json!({"sku": &*line.sku})).collect();
    let mut kept = json!({"id": 7, "no": "SAMPLE-1", "sums": {"total": "452.00", "tax": 52}, "rows": rows});
    change(&mut kept);
    kept.to_string()
}

fn with_probe() -> String {
    ORDER.replace("[order]", "[order]\nprobe = { url = \"/orders?no={{ key }}\", list = \"/rows\" }")
}

#[test]
fn what_looks_changes_nothing() {
    for method in ["PUT", "PATCH"] {
        let tables =
            with_probe().replace("{ url = \"/orders?no", &format!("{{ method = \"{method}\", url = \"/orders?no"));
        let refused = Adapter::new(settings("http://127.0.0.1:1", &tables), Pace::free()).err().unwrap();
        assert!(refused.contains(&format!("order.probe.method: {method} changes something")), "{refused}");
    }
}

#[tokio::test]
async fn what_is_created_is_compared_with_the_answer() {
    let script = Script::of(&[(201, &kept(|_| {}))]).await;
    let adapter = script.adapter(|_| {});
    let verdict = deliver(&adapter, &order(), Start::Create).await;
    let amounts = order().header().map(|header| header.amounts);
    assert_eq!(verdict, Verdict::Delivered { reference: "7".into(), amounts, found: false });
    assert_eq!(script.heard(), [r#"POST /orders {"no":"SAMPLE-1","total":452.00}"#]);
    assert_eq!(script.header(0, "authorization").as_deref(), Some("Bearer geheim-token"));
    assert_eq!(script.header(0, "content-type").as_deref(), Some("application/json"));
}

#[tokio::test]
async fn what_differs_is_a_conflict() {
    for (change, said) in [
        (kept(|k| k["sums"]["total"] = json!("452.01")), "its total is 452.01, ours is 452.00"),
        (kept(|k| k["sums"]["tax"] = json!(51.99)), "its tax is 51.99, ours is 52.00"),
        (kept(|k| k["no"] = json!("S2")), "it says something else than we do at /no"),
        (kept(|k| drop(k["rows"].as_array_mut().unwrap().pop())), "it has 2 rows, ours has 3"),
        (kept(|k| k["rows"][1]["sku"] = json!("X")), "row 2 says something else than we do at /sku"),
    ] {
        let script = Script::of(&[(200, &change)]).await;
        let verdict = deliver(&script.adapter(|_| {}), &order(), Start::Create).await;
        let Verdict::Conflict { reason } = verdict else { panic!("{said}: {verdict:?}") };
        assert!(reason.contains(said), "{reason}");
    }
}

/// Without a probe and without an idempotency header, what is not known to have failed is not sent again.
#[tokio::test]
async fn an_ambiguous_create_without_a_guarantee_is_never_repeated() {
    let adapter_kind = Guarantee::None;
    for (answers, requests) in [
        (&[(0, "")][..], 1),
        (&[(500, "{}")], 1),
        (&[(504, "<html>")], 1),
        (&[(200, "<html>captive</html>")], 1),
        (&[(202, "{}")], 1),
        (&[(302, "")], 1),
        (&[(201, "{}")], 1),
    ] {
        let script = Script::of(answers).await;
        let adapter = script.adapter(|_| {});
        assert_eq!(adapter.guarantee(DocumentKind::SalesOrder), adapter_kind);
        let verdict = deliver(&adapter, &order(), Start::Create).await;
        assert!(matches!(verdict, Verdict::Unknown { .. } | Verdict::Garbled { .. }), "{answers:?}: {verdict:?}");
        // The relay parks it before it comes to this; should it not, nothing is sent.
        let verdict = deliver(&adapter, &order(), Start::LookUp).await;
        assert!(matches!(&verdict, Verdict::Conflict { reason } if reason.contains("--by-hand")), "{verdict:?}");
        assert_eq!(script.heard().len(), requests);
    }
}

/// What was certainly not done is sent again at once: later it could not be told from what was.
#[tokio::test]
async fn a_throttled_create_without_a_guarantee_is_sent_again_at_once() {
    let script = Script::of(&[(429, "{}"), (201, &kept(|_| {}))]).await;
    let verdict = deliver(&script.adapter(|_| {}), &order(), Start::Create).await;
    assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    let script = Script::of(&[(429, "{}")]).await;
    let probed = script.adapter_of(&with_probe(), |_| {});
    let verdict = deliver(&probed, &order(), Start::Create).await;
    assert!(matches!(verdict, Verdict::NotDone { retry_after: Some(_), .. }), "{verdict:?}");
    assert_eq!(script.heard().len(), 1, "a document that can be looked up waits in the outbox");
}

#[tokio::test]
async fn a_list_that_is_asked_for_has_none_one_or_too_many() {
    let one = format!("{{\"rows\":[{}]}}", kept(|_| {}));
    let two = format!("{{\"rows\":[{0},{0}]}}", kept(|_| {}));
    let script =
        Script::of(&[(200, &one), (200, r#"{"rows":[]}"#), (201, "{}"), (200, &one), (200, &two), (200, "{}")]).await;
    let adapter = script.adapter_of(&with_probe(), |_| {});
    assert_eq!(adapter.guarantee(DocumentKind::SalesOrder), Guarantee::Probe);
    let verdict = deliver(&adapter, &order(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Delivered { found: true, .. }), "{verdict:?}");
    // Absent, so created; the answer says nothing, so it is asked for again.
    let verdict = deliver(&adapter, &order(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Delivered { found: false, .. }), "{verdict:?}");
    let verdict = deliver(&adapter, &order(), Start::LookUp).await;
    assert!(matches!(&verdict, Verdict::Conflict { reason } if reason.contains("2 records")), "{verdict:?}");
    let verdict = deliver(&adapter, &order(), Start::LookUp).await;
    assert!(matches!(&verdict, Verdict::Garbled { reason } if reason.contains("no list at /rows")), "{verdict:?}");
    let heard = script.heard();
    assert_eq!((heard.len(), heard[0].as_str()), (6, "GET /orders?no=SAMPLE-1"));
}

#[tokio::test]
async fn a_refusal_may_hide_that_it_is_there() {
    let one = format!("{{\"rows\":[{}]}}", kept(|_| {}));
    let script = Script::of(&[(422, r#"{"message":"order no is taken"}"#), (200, &one)]).await;
    let verdict = deliver(&script.adapter_of(&with_probe(), |_| {}), &order(), Start::Create).await;
    assert!(matches!(verdict, Verdict::Delivered { found: true, .. }), "{verdict:?}");
    let script = Script::of(&[(422, r#"{"message":"no customer U1001"}"#), (200, r#"{"rows":[]}"#)]).await;
    let verdict = deliver(&script.adapter_of(&with_probe(), |_| {}), &order(), Start::Create).await;
    let refused = "the ERP refuses order SAMPLE-1: HTTP 422: no customer U1001".to_owned();
    assert_eq!(verdict, Verdict::Rejected { reason: refused, absent: true });
}

#[tokio::test]
async fn the_same_request_again_is_the_look_up_of_an_idempotent_create() {
    let tables = ORDER
        .replace("url = \"/orders\"", "url = \"/orders\", headers = { Idempotency-Key = \"{{ key }} ä\" }")
        .replace("[order]", "[order]\nidempotency_header = \"idempotency-key\"");
    let script = Script::of(&[(0, ""), (201, &kept(|_| {}))]).await;
    let adapter = script.adapter_of(&tables, |_| {});
    assert_eq!(adapter.guarantee(DocumentKind::SalesOrder), Guarantee::Unique);
    assert!(matches!(deliver(&adapter, &order(), Start::Create).await, Verdict::Unknown { .. }));
    let verdict = deliver(&adapter, &order(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    let heard = script.heard();
    assert_eq!(heard[0], heard[1]);
    assert_eq!(script.header(1, "idempotency-key").as_deref(), Some("SAMPLE-1 ä"), "the template's own letters");
}

#[tokio::test]
async fn a_customer_that_is_there_is_changed_where_it_differs() {
    let there = r#"{"rows":[{"id":5,"no":"U1001","name":"Ada Sample"}]}"#;
    let other = r#"{"rows":[{"id":5,"no":"U1001","name":"A. Sample"}]}"#;
    let script = Script::of(&[(409, "{}"), (200, there), (200, other), (200, "{}")]).await;
    let adapter = script.adapter(|_| {});
    let found = |found| Verdict::Delivered { reference: "5".into(), amounts: None, found };
    assert_eq!(deliver(&adapter, &customer(), Start::Create).await, found(true));
    assert_eq!(deliver(&adapter, &customer(), Start::LookUp).await, found(false));
    assert_eq!(script.heard()[3], r#"PUT /customers/5 {"name":"Ada Sample"}"#);
}

#[tokio::test]
async fn what_an_answer_repeats_of_us_is_not_shown() {
    let body = r#"{"message":"Ada Sample with Bearer geheim-token may not"}"#;
    let script = Script::of(&[(422, body), (200, r#"{"rows":[]}"#)]).await;
    let verdict = deliver(&script.adapter(|_| {}), &customer(), Start::Create).await;
    let Verdict::Rejected { reason, .. } = verdict else { panic!("{verdict:?}") };
    assert!(!reason.contains("Ada") && !reason.contains("geheim"), "{reason}");
}

#[tokio::test]
async fn credentials_that_are_refused_are_not_tried_again_for_a_minute() {
    let script = Script::of(&[(401, "{}")]).await;
    let adapter = script.adapter(|_| {});
    for _ in 0..3 {
        let verdict = deliver(&adapter, &order(), Start::Create).await;
        assert!(matches!(&verdict, Verdict::Unauthorised { reason } if reason.contains("[erp.auth]")), "{verdict:?}");
    }
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_token_is_kept_until_it_is_refused() {
    let token = |n: u32| format!("{{\"access_token\":\"t{n}\",\"expires_in\":3600}}");
    let (first, second, kept) = (token(1), token(2), kept(|_| {}));
    let tokens = Script::of(&[(200, &first), (200, &second), (400, r#"{"error":"invalid_client"}"#)]).await;
    let script = Script::of(&[(201, &kept), (401, "{}"), (201, &kept), (401, "{}"), (401, "{}")]).await;
    let adapter = script.adapter(|settings| {
        settings.auth = Auth::OAuth2(OAuth2 {
            token_url: format!("{}/token", tokens.url),
            client_id: "me".into(),
            client_secret: "geheim/1".into(),
            scope: Some("books write".into()),
            in_body: false,
        });
    });
    for _ in 0..2 {
        let verdict = deliver(&adapter, &order(), Start::Create).await;
        assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    }
    let sent = [0, 1, 2].map(|nth| script.header(nth, "authorization").unwrap());
    assert_eq!(sent, ["Bearer t1", "Bearer t1", "Bearer t2"]);
    assert_eq!(tokens.heard()[0], "POST /token grant_type=client%5Fcredentials&scope=books%20write");
    assert_eq!(tokens.header(0, "authorization").as_deref(), Some("Basic bWU6Z2VoZWltJTJGMQ=="));
    let verdict = deliver(&adapter, &order(), Start::Create).await;
    assert!(matches!(&verdict, Verdict::Unauthorised { reason } if reason.contains("invalid_client")), "{verdict:?}");
    assert_eq!((script.heard().len(), tokens.heard().len()), (4, 3));
    let _ = deliver(&adapter, &order(), Start::Create).await;
    assert_eq!((script.heard().len(), tokens.heard().len()), (4, 3), "refused for a minute");
}

#[tokio::test]
async fn a_number_that_would_be_another_address_is_refused_before_anything_is_sent() {
    let script = Script::of(&[]).await;
    let tables = ORDER.replace("\"/orders\"", "\"/orders/{{ number }}/new?x={{ number }}\"");
    let adapter = script.adapter_of(&tables, |_| {});
    for number in ["..", "."] {
        let Document::SalesOrder(mut order) = order() else { panic!() };
        order.header.number = number.into();
        let verdict = deliver(&adapter, &Document::SalesOrder(order), Start::Create).await;
        assert!(matches!(&verdict, Verdict::Rejected { reason, absent: true } if reason.contains("another address")));
    }
    assert!(script.heard().is_empty());
    let Document::SalesOrder(mut order) = order() else { panic!() };
    order.header.number = "a/../b?c=d&e ü%".into();
    let rendered = adapter.render(&Document::SalesOrder(order), date(2026, 11, 21)).unwrap();
    let encoded = "a%2F..%2Fb%3Fc%3Dd%26e%20%C3%BC%25";
    assert_eq!(rendered[0].path, format!("/orders/{encoded}/new?x={encoded}"));
}

#[tokio::test]
async fn a_note_with_pieces_and_amounts_may_become_two_records() {
    let tables = format!(
        "{ORDER}[allowance]\nkey = \"{{{{ number }}}}-A\"\ncreate = {{ url = \"/allowances\" }}\nfields = {{ reference = \"/id\", \
         total = \"/total\" }}\n"
    );
    let Document::CreditNote(mut note) = samples(DocumentKind::CreditNote, "CNY").remove(0) else { panic!() };
    let mut value = note.header.lines[0].clone();
    (value.no, value.quantity, value.unit_price) = (2, rust_decimal::Decimal::ZERO, None);
    note.header.lines.push(value);
    note.header.amounts = note.header.lines.iter().map(|line| line.amounts).sum();
    let script = Script::of(&[(201, r#"{"id":"C","total":113}"#), (201, r#"{"id":"A","total":"113.0"}"#)]).await;
    let adapter = script.adapter_of(&tables, |_| {});
    let amounts = Some(note.header.amounts);
    let verdict = deliver(&adapter, &Document::CreditNote(note), Start::Create).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "C+A".into(), amounts, found: false });
    let heard = script.heard();
    assert!(heard[0].contains(r#""number":"SAMPLE-1-CN1","order""#), "{}", heard[0]);
    assert!(heard[1].starts_with("POST /allowances") && heard[1].contains("SAMPLE-1-CN1-A"), "{}", heard[1]);
}

#[tokio::test]
async fn an_item_that_is_not_there_is_waited_for() {
    let item: Call = toml::from_str("url = \"/items/{{ sku }}\"").unwrap();
    let script = Script::of(&[(404, "{}"), (404, "{}"), (404, "{}"), (404, "{}"), (200, "{}"), (500, "{}")]).await;
    let adapter = script.adapter(|settings| settings.item = Some(item));
    let verdict = deliver(&adapter, &order(), Start::Create).await;
    let Verdict::Lacking { absent: true, reason, .. } = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("ledgertap products add"), "{reason}");
    assert_eq!(script.heard().len(), 3, "three items, and no order");
    assert_eq!(adapter.has_item("A/1").await, Some(false));
    assert_eq!(script.heard()[3], "GET /items/A%2F1");
    assert_eq!((adapter.has_item("B").await, adapter.has_item("B").await), (Some(true), None));
}

#[tokio::test]
async fn check_says_what_is_promised_and_what_that_means() {
    let script = Script::of(&[(200, "{}"), (404, "{}"), (403, "{}")]).await;
    let adapter = script.adapter(|settings| {
        settings.check = Some(toml::from_str("url = \"/me\"").unwrap());
        settings.item = Some(toml::from_str("url = \"/items/{{ sku }}\"").unwrap());
        settings.totals = false;
    });
    let checkup = adapter.check(&Needs::default()).await.unwrap();
    assert!(!checkup.is_good());
    let said = checkup.to_string();
    for part in [
        "guarantee of customer: probe: erp.customer.probe looks it up",
        "guarantee of sales_order: none: erp.order has neither",
        "never sent again",
        "totals = \"none\": the ERP's own totals",
        "FIX  item ALLOWANCE",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let refused = adapter.check(&Needs::default()).await.unwrap_err();
    assert!(refused.contains("the ERP refuses the credentials"), "{refused}");
}

#[test]
fn secrets_do_not_show() {
    let mut settings = settings("https://erp.example", ORDER);
    settings.headers.insert("X-Key".into(), Header { text: "geheim".into(), secret: true });
    let shown = format!("{settings:?}");
    assert!(!shown.contains("geheim"), "{shown}");
}
