//! What is sent, and what is made of answers that a server gives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::document::{
    Amounts, CreditNote, CreditReason, Customer, DebitNote, Header, Line, LineKind, SalesOrder, SoldBy,
};
use crate::erp::Start;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn line(no: u32, sku: &str, quantity: &str, total: &str) -> Line {
    let rate = d("13");
    Line {
        no,
        key: no.to_string().into(),
        kind: LineKind::Goods,
        sku: sku.into(),
        options: None,
        name: "Tea".into(),
        quantity: d(quantity),
        unit: None,
        unit_price: None,
        discount: Decimal::ZERO,
        tax_rate: rate,
        amounts: Amounts::from_total(d(total), Minor::of("CNY").unwrap().included_tax(d(total), rate)),
        sold_by: None,
        extra: BTreeMap::new(),
    }
}

fn header(number: &str, lines: Vec<Line>) -> Header {
    Header {
        number: number.into(),
        order: "S1".into(),
        customer: "U1".into(),
        buyer: None,
        date: date(2026, 11, 20),
        currency: "CNY".into(),
        prices_include_tax: true,
        amounts: lines.iter().map(|l| l.amounts).sum(),
        lines,
        extra: BTreeMap::new(),
    }
}

fn order() -> Document {
    let header = header("S1", vec![line(1, "SKU-A", "3", "113.00"), line(2, "SKU-B", "1", "20.00")]);
    Document::SalesOrder(SalesOrder { header, ship_to: None, tenders: vec![] })
}

fn credit() -> Document {
    let sold = Line { sold_by: Some(SoldBy { document: "S1".into(), line: 2 }), ..line(1, "SKU-B", "1", "20.00") };
    let header = header("S1-CN1", vec![sold, line(2, "SKU-A", "0", "5.00")]);
    Document::CreditNote(CreditNote::over(header, CreditReason::Return, "S1".into()))
}

fn settings() -> Settings {
    Settings::new("https://erp.example", "erp", ("bridge", "geheim".into()))
}

fn rendered(settings: Settings, document: &Document) -> Vec<Rendered> {
    let adapter = Adapter::new(settings, Pace::free()).unwrap();
    adapter.render(document, date(2026, 11, 21)).unwrap()
}

/// Model and method of a request by JSON-RPC, and what it is called with.
fn parts(request: &Rendered) -> (String, Value) {
    let args = &request.body["params"]["args"];
    assert_eq!((request.path.as_str(), &args[2]), ("/jsonrpc", &json!("<password>")));
    (format!("{}.{}", args[3].as_str().unwrap(), args[4].as_str().unwrap()), args[5].clone())
}

/// A row of a `load`, by its fields.
fn row(called: &Value, index: usize) -> BTreeMap<String, String> {
    let texts = |list: &Value| -> Vec<String> { serde_json::from_value(list.clone()).unwrap() };
    texts(&called[0]).into_iter().zip(texts(&called[1][index])).filter(|(_, v)| !v.is_empty()).collect()
}

fn fields(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn an_order_is_loaded_under_its_key_and_invoiced() {
    let requests: Vec<_> = rendered(settings(), &order()).iter().map(parts).collect();
    let names: Vec<&str> = requests.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["sale.order.load", "account.move.load", "account.move.write"]);
    let first = fields(&[
        ("id", "ledgertap.order-S1"),
        ("partner_id/.id", "<id of the partner U1>"),
        ("client_order_ref", "S1"),
        ("date_order", "2026-11-21 12:00:00"),
        ("origin", "sales_order; order S1; original S1; event 2026-11-20"),
        ("order_line/id", "ledgertap.line-1-1-S1"),
        ("order_line/product_id/.id", "<id of the product SKU-A>"),
        ("order_line/name", "Tea"),
        ("order_line/product_uom_qty", "2"),
        ("order_line/product_uom/.id", "<id of the unit of SKU-A>"),
        ("order_line/price_unit", "33.33"),
        ("order_line/tax_id/.id", "<id of the tax of 13 %>"),
    ]);
    assert_eq!(row(&requests[0].1, 0), first);
    let second = row(&requests[0].1, 1);
    let said = ["order_line/id", "order_line/product_uom_qty", "order_line/price_unit"].map(|f| second[f].as_str());
    assert_eq!((said, second.get("id")), (["ledgertap.line-1-2-S1", "1", "33.34"], None));
    let invoice = row(&requests[1].1, 0);
    let said = ["id", "move_type", "ref", "invoice_date", "date"].map(|f| invoice[f].as_str());
    assert_eq!(said, ["ledgertap.invoice-S1", "out_invoice", "S1", "2026-11-21", "2026-11-21"]);
    assert_eq!(invoice.get("reversed_entry_id/.id"), None);
    let commands = &requests[2].1[1]["invoice_line_ids"];
    assert_eq!((&commands[0], commands.as_array().unwrap().len()), (&json!([5, 0, 0]), 4));
    let line = json!([0, 0, {
        "product_id": "<id of the product SKU-A>", "name": "Tea", "quantity": 2,
        "product_uom_id": "<id of the unit of SKU-A>", "price_unit": exact("33.33"),
        "tax_ids": [[6, 0, ["<id of the tax of 13 %>"]]], "sale_line_ids": [[6, 0, ["<id of line-1-1-S1>"]]],
    }]);
    assert_eq!(commands[1], line);
}

fn exact(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_credit_note_reverses_the_invoice_and_names_the_lines_that_sold() {
    let requests: Vec<_> = rendered(settings(), &credit()).iter().map(parts).collect();
    let names: Vec<&str> = requests.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["account.move.load", "account.move.write"]);
    let said = row(&requests[0].1, 0);
    let head = ["id", "move_type", "ref", "reversed_entry_id/.id", "narration"].map(|f| said[f].as_str());
    let remark = "credit_note return; order S1; original S1; invoice <number of the invoice of S1>; event 2026-11-20";
    assert_eq!(head, ["ledgertap.refund-S1-CN1", "out_refund", "S1-CN1", "<id of the invoice of S1>", remark]);
    let lines = &requests[1].1[1]["invoice_line_ids"];
    let sold = [1, 2].map(|i| (lines[i][2]["product_id"].clone(), lines[i][2].get("sale_line_ids").cloned()));
    let expected = [
        (json!("<id of the product SKU-B>"), Some(json!([[6, 0, ["<id of line-2-1-S1>"]]]))),
        (json!("<id of the product ALLOWANCE>"), None),
    ];
    assert_eq!(sold, expected);
}

#[test]
fn by_json_2_the_same_is_said_with_the_names_of_19() {
    let settings = Settings { wire: Wire::Json2, user: String::new(), ..settings() };
    let requests = rendered(settings, &order());
    let paths: Vec<&str> = requests.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(paths, ["/json/2/sale.order/load", "/json/2/account.move/load", "/json/2/account.move/write"]);
    let first = row(&json!([requests[0].body["fields"], requests[0].body["data"]]), 0);
    assert!(first.contains_key("order_line/tax_ids/.id") && !first.contains_key("order_line/tax_id/.id"), "{first:?}");
    assert_eq!(requests[2].body["ids"], json!(["<id of invoice-S1>"]));
    assert!(!format!("{requests:?}").contains("geheim"));
}

#[test]
fn a_debit_note_is_an_order_of_its_own_and_a_customer_a_partner() {
    let header = header("S1-DN1", vec![line(1, "SKU-A", "1", "5.00")]);
    let note = Document::DebitNote(DebitNote { header, original: "S1".into() });
    let leave = Settings { invoices: Invoices::None, ..settings() };
    let requests: Vec<_> = rendered(leave, &note).iter().map(parts).collect();
    assert_eq!(requests.len(), 1);
    assert_eq!(row(&requests[0].1, 0)["origin"], "debit_note; order S1; original S1; event 2026-11-20");
    let customer = Document::Customer(Customer { number: "U1".into(), name: "Grace".into(), ..Customer::default() });
    let requests: Vec<_> = rendered(settings(), &customer).iter().map(parts).collect();
    let expected = fields(&[("id", "ledgertap.partner-U1"), ("name", "Grace"), ("ref", "U1")]);
    assert_eq!(row(&requests[0].1, 0), expected);
}

/// A server that gives these answers, one a connection, and keeps what it was asked.
async fn server(answers: Vec<(u16, String)>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    tokio::spawn(async move {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let n = stream.read(&mut buffer).await.unwrap();
                text.extend_from_slice(&buffer[..n]);
                let said = String::from_utf8_lossy(&text).to_ascii_lowercase();
                let Some(head) = said.find("\r\n\r\n") else { continue };
                let length = said.split("content-length: ").nth(1).and_then(|t| t.split('\r').next()?.parse().ok());
                if n == 0 || text.len() >= head + 4 + length.unwrap_or(0usize) {
                    break;
                }
            }
            seen.lock().unwrap().push(String::from_utf8_lossy(&text).into_owned());
            let answer =
                format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

async fn deliver(adapter: &Adapter, until: tokio::time::Instant) -> Verdict {
    let customer = Document::Customer(Customer { number: "U1".into(), name: "Grace".into(), ..Customer::default() });
    let delivery = Delivery { document: &customer, posting_date: date(2026, 11, 21), start: Start::Create, until };
    adapter.deliver(delivery).await
}

fn soon() -> tokio::time::Instant {
    tokio::time::Instant::now() + Duration::from_secs(60)
}

async fn json_2(answers: Vec<(u16, &str)>) -> (Adapter, Arc<Mutex<Vec<String>>>) {
    let (url, asked) = server(answers.into_iter().map(|(status, body)| (status, body.to_owned())).collect()).await;
    let settings = Settings { url, wire: Wire::Json2, user: String::new(), ..settings() };
    (Adapter::new(settings, Pace::free()).unwrap(), asked)
}

#[tokio::test]
async fn by_json_2_the_key_is_a_header() {
    let (adapter, asked) = json_2(vec![(200, r#"{"ids": [7], "messages": []}"#)]).await;
    let verdict = deliver(&adapter, soon()).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "7".into(), amounts: None, found: false });
    let asked = asked.lock().unwrap()[0].to_ascii_lowercase();
    assert!(asked.starts_with("post /json/2/res.partner/load "), "{asked}");
    assert!(asked.contains("authorization: bearer geheim") && asked.contains("x-odoo-database: erp"), "{asked}");
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again_at_once() {
    let denied = r#"{"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey", "debug": "x"}"#;
    let (adapter, asked) = json_2(vec![(401, denied), (401, denied)]).await;
    for _ in 0..3 {
        let Verdict::Unauthorised { reason } = deliver(&adapter, soon()).await else { panic!("not refused") };
        assert!(reason.contains("erp.api_key") && !reason.contains("geheim"), "{reason}");
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_page_is_no_answer_and_a_late_claim_sends_nothing() {
    let (adapter, _) = json_2(vec![(200, "<html>Sign in</html>")]).await;
    let verdict = deliver(&adapter, soon()).await;
    assert!(matches!(verdict, Verdict::Garbled { .. }), "{verdict:?}");
    let (adapter, asked) = json_2(vec![(200, "{}")]).await;
    let verdict = deliver(&adapter, tokio::time::Instant::now()).await;
    assert!(matches!(verdict, Verdict::Unknown { .. }), "{verdict:?}");
    assert!(asked.lock().unwrap().is_empty());
}
