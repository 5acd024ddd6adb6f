//! What is sent, kept in `requests/`, and what is made of answers that a server gives.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::document::{Amounts, Customer, samples};
use crate::erp::Start;

const DAY: Date = date(2026, 11, 30);

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn settings() -> Settings {
    let app = ("100001_CzBVep/E6Q4zWH2ix+wRNluApcrvFDle", "geheim".into());
    Settings::new("https://erp.example", ("65f0", "bridge"), app, ("100", "CK001"))
}

fn render(settings: Settings, document: &Document) -> Vec<Rendered> {
    Adapter::new(settings, Pace::free()).unwrap().render(document, DAY).unwrap()
}

/// An order whose first line's tax is a cent off, whose second is a gift, and whose third costs less than a cent a piece.
fn awkward() -> Document {
    let Document::SalesOrder(mut order) = samples(DocumentKind::SalesOrder, "CNY").remove(1) else { panic!() };
    let header = &mut order.header;
    header.buyer = Some("王; 小明".into());
    header.lines[0].quantity = d("1");
    header.lines[0].amounts = Amounts::from_total(d("100.00"), d("11.51"));
    header.lines[1].amounts = Amounts::from_total(d("0.00"), d("0.00"));
    header.lines[2].quantity = d("3.500");
    header.lines[2].amounts = Amounts::from_total(d("0.01"), d("0.00"));
    header.amounts = header.lines.iter().map(|line| line.amounts).sum();
    Document::SalesOrder(order)
}

/// Where one differs, and is meant to: `RECORD_REQUESTS=1 cargo test --lib kingdee_galaxy`.
#[test]
fn the_requests_are_those_that_were_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/erp/kingdee_galaxy/requests");
    let mut cases = vec![("order-awkward".to_owned(), settings(), awkward())];
    let kinds = [
        ("customer", DocumentKind::Customer),
        ("order", DocumentKind::SalesOrder),
        ("credit", DocumentKind::CreditNote),
        ("debit", DocumentKind::DebitNote),
    ];
    for (name, kind) in kinds {
        for (i, sample) in samples(kind, "CNY").into_iter().enumerate() {
            cases.push((format!("{name}-{}", i + 1), settings(), sample));
        }
    }
    let other = Settings {
        adjustments: Adjustments::OtherReceivable,
        expense_item: Some("FYXM01".into()),
        unit: Some("Pcs".into()),
        ..settings()
    };
    cases.push(("credit-2-other-receivable".into(), other, samples(DocumentKind::CreditNote, "CNY").remove(1)));
    for (name, settings, document) in cases {
        let requests: Vec<Value> = render(settings, &document)
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
fn a_unit_is_the_lines_own_then_the_settings_then_the_items() {
    let units = |settings: Settings, document: &Document| -> Vec<Value> {
        let request = render(settings, document).remove(0);
        let rows = request.body["data"]["Model"]["FSaleOrderEntry"].as_array().unwrap().clone();
        rows.into_iter().map(|row| row["FUnitID"]["FNumber"].clone()).collect()
    };
    let [plain, full] = &samples(DocumentKind::SalesOrder, "CNY")[..] else { panic!() };
    assert_eq!(units(settings(), plain), ["<unit of TEA-500>", "<unit of CUP>", "<unit of SHIPPING>"]);
    assert_eq!(units(settings(), full), ["BAG", "BAG", "<unit of SHIPPING>"]);
    let pieces = Settings { unit: Some("Pcs".into()), ..settings() };
    assert_eq!(units(pieces, full), ["BAG", "BAG", "Pcs"]);
}

#[test]
fn custom_fields_need_no_rust() {
    let folder = tempfile::tempdir().unwrap();
    let mut body: Value = serde_json::from_str(include_str!("../../../schema/erp/kingdee-galaxy/order.json")).unwrap();
    body["Model"]["F_SHOP"] = "{{ extra_shop }}".into();
    fs::write(folder.path().join("order.json"), body.to_string()).unwrap();
    let Document::SalesOrder(mut order) = samples(DocumentKind::SalesOrder, "CNY").remove(0) else { panic!() };
    order.header.extra.insert("extra_shop".into(), "north".into());
    let own = Settings { bodies: Some(folder.path().to_owned()), ..settings() };
    let rendered = render(own, &Document::SalesOrder(order));
    assert_eq!(rendered[0].body["data"]["Model"]["F_SHOP"], "north");
}

/// A server that gives these answers, one a connection, and keeps what it was sent: the call's name, then headers and body.
async fn server(answers: Vec<(u16, String)>) -> (String, Arc<Mutex<Vec<(String, String)>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    tokio::spawn(async move {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
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
            let text = String::from_utf8_lossy(&text).into_owned();
            let call = text.split(".common.kdsvc").next().and_then(|head| head.rsplit('.').next()).unwrap_or_default();
            seen.lock().unwrap().push((call.to_owned(), text));
            let answer =
                format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

/// A world of scripted answers.
struct World {
    adapter: Adapter,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl World {
    async fn of(login: Login, answers: &[&str]) -> World {
        let (url, asked) = server(answers.iter().map(|body| (200, (*body).to_owned())).collect()).await;
        let settings = Settings { url, login, ..settings() };
        World { adapter: Adapter::new(settings, Pace::free()).unwrap(), asked }
    }

    async fn deliver(&self, document: &Document, start: Start) -> Verdict {
        let until = tokio::time::Instant::now() + Duration::from_secs(60);
        self.adapter.deliver(Delivery { document, posting_date: DAY, start, until }).await
    }

    fn calls(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(call, _)| call.clone()).collect()
    }
}

fn customer() -> Document {
    Document::Customer(Customer { number: "U1".into(), name: "王小明".into(), ..Customer::default() })
}

/// A receivable of 113.00, which is one form.
fn allowance() -> Document {
    samples(DocumentKind::CreditNote, "CNY").remove(1)
}

fn row(status: &str) -> String {
    format!("[[7,\"SAMPLE-1-CN2\",\"{status}\",\"A\",\"U1001\",-113.0,8,\"1*\",-113.0,-13.0,-1]]")
}

const DONE: &str = r#"{"Result":{"ResponseStatus":{"IsSuccess":true,"Errors":[],"SuccessEntitys":[{"Id":7,"Number":"","DIndex":0}],"MsgCode":0}}}"#;
const LOST: &str = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"Errors":[{"FieldName":null,"Message":"会话信息已丢失，请重新登录","DIndex":0}],"MsgCode":1}}}"#;
const DUPLICATE: &str = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"Errors":[{"FieldName":"FBillNo","Message":"违反字段唯一性要求","DIndex":0}],"SuccessEntitys":[],"MsgCode":11}}}"#;
const REFUSED: &str = r#"{"Result":{"ResponseStatus":{"IsSuccess":false,"Errors":[{"FieldName":"","Message":"不允许","DIndex":0}],"SuccessEntitys":[],"MsgCode":12}}}"#;
const SESSION: &str = r#"{"LoginResultType":1,"KDSVCSessionId":"s-1"}"#;
const ITEM: &str = r#"[["ALLOWANCE","C","A","Pcs","Pcs"]]"#;

#[tokio::test]
async fn a_form_goes_on_from_its_status() {
    for (status, expected) in
        [("A", &["Submit", "Audit"][..]), ("D", &["Submit", "Audit"]), ("B", &["Audit"]), ("C", &[])]
    {
        let row = row(status);
        let world = World::of(Login::Signature, &[&row, DONE, DONE]).await;
        let verdict = world.deliver(&allowance(), Start::LookUp).await;
        let Verdict::Delivered { reference, amounts, found } = verdict else { panic!("{status}: {verdict:?}") };
        assert_eq!((reference.as_str(), found), ("7", expected.is_empty()), "{status}");
        assert_eq!(amounts.map(|a| (a.total, a.tax)), Some((d("113.00"), d("13.00"))));
        assert_eq!(world.calls()[1..], *expected, "{status}");
    }
    // One that was put away is saved as it is, without touching its rows.
    let (draft, saved) = (row("Z"), row("A"));
    let world = World::of(Login::Signature, &[&draft, DONE, &saved, DONE, DONE]).await;
    let verdict = world.deliver(&allowance(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Delivered { found: false, .. }), "{verdict:?}");
    assert_eq!(world.calls(), ["ExecuteBillQuery", "Save", "ExecuteBillQuery", "Submit", "Audit"]);
    let (_, sent) = world.asked.lock().unwrap()[1].clone();
    assert!(
        sent.ends_with(r#"{"data":{"IsDeleteEntry":"false","Model":{"FID":7}},"formid":"AR_receivable"}"#),
        "{sent}"
    );
}

#[tokio::test]
async fn a_refused_step_that_was_done_meanwhile_is_no_refusal() {
    let row = row("A");
    let world = World::of(Login::Signature, &[&row, REFUSED, r#"[["B"]]"#, REFUSED, r#"[["C"]]"#]).await;
    let verdict = world.deliver(&allowance(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Delivered { .. }), "{verdict:?}");
    let world = World::of(Login::Signature, &[&row, REFUSED, r#"[["A"]]"#]).await;
    let Verdict::Rejected { reason, absent } = world.deliver(&allowance(), Start::LookUp).await else { panic!() };
    assert_eq!((reason.as_str(), absent), ("the ERP refuses to submit receivable SAMPLE-1-CN2: 12 不允许", false));
}

#[tokio::test]
async fn a_number_that_is_there_and_not_shown_is_parked_and_never_doubled() {
    let seen = r#"{"Result":{"ResponseStatus":{"IsSuccess":true},"Result":{"Id":7}}}"#;
    for (view, expected) in [(seen, "no query shows it to bridge"), (REFUSED, "shows bridge no such form")] {
        let world = World::of(Login::Signature, &["[]", ITEM, DUPLICATE, "[]", view]).await;
        let Verdict::Conflict { reason } = world.deliver(&allowance(), Start::LookUp).await else { panic!() };
        assert!(reason.contains(expected) && reason.contains("数据权限"), "{reason}");
        assert_eq!(world.calls(), ["ExecuteBillQuery", "ExecuteBillQuery", "Save", "ExecuteBillQuery", "View"]);
    }
}

#[tokio::test]
async fn a_number_that_the_erp_made_up_is_a_conflict() {
    let other = DONE.replace("\"Number\":\"\"", "\"Number\":\"AR00000001\"");
    let world = World::of(Login::Signature, &[ITEM, &other]).await;
    let Verdict::Conflict { reason } = world.deliver(&allowance(), Start::Create).await else { panic!() };
    assert!(reason.contains("AR00000001") && reason.contains("编码规则"), "{reason}");
}

#[tokio::test]
async fn another_total_is_left_as_it_is() {
    let row = row("A").replace("-13.0", "-12.99");
    let world = World::of(Login::Signature, &[ITEM, DONE, &row]).await;
    let Verdict::Conflict { reason } = world.deliver(&allowance(), Start::Create).await else { panic!() };
    assert!(reason.ends_with("its tax is 12.99, ours is 13.00"), "{reason}");
    assert_eq!(world.calls(), ["ExecuteBillQuery", "Save", "ExecuteBillQuery"]);
}

#[tokio::test]
async fn a_lost_session_is_opened_once_more_and_then_given_up() {
    let row = row("C");
    let world = World::of(Login::Session, &[SESSION, LOST, SESSION, &row]).await;
    let verdict = world.deliver(&allowance(), Start::LookUp).await;
    assert!(matches!(verdict, Verdict::Delivered { found: true, .. }), "{verdict:?}");
    let (_, login) = world.asked.lock().unwrap()[0].clone();
    assert!(login.contains("{\"parameters\":[\"65f0\",\"bridge\",\"100001_CzBV"), "{login}");
    let (_, last) = world.asked.lock().unwrap()[3].clone();
    assert!(last.to_ascii_lowercase().contains("kdservice-sessionid: s-1"), "{last}");

    let world = World::of(Login::Session, &[SESSION, LOST, SESSION, LOST, SESSION]).await;
    for _ in 0..2 {
        let Verdict::Unauthorised { reason } = world.deliver(&allowance(), Start::LookUp).await else { panic!() };
        assert!(reason.contains("just opened") && reason.contains("clock"), "{reason}");
    }
    assert_eq!(world.calls(), ["LoginBySign", "ExecuteBillQuery", "LoginBySign", "ExecuteBillQuery"]);
}

#[tokio::test]
async fn refused_credentials_are_not_tried_again_at_once() {
    let refused = r#"{"LoginResultType":0,"Message":"密码错误"}"#;
    let world = World::of(Login::Session, &[refused, refused]).await;
    for _ in 0..3 {
        let Verdict::Unauthorised { reason } = world.deliver(&customer(), Start::Create).await else { panic!() };
        assert!(reason.contains("密码错误") && reason.contains("erp.app_secret"), "{reason}");
        assert!(!reason.contains("geheim"), "{reason}");
    }
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn each_request_says_who_sends_it() {
    let world = World::of(Login::Signature, &["[]", DONE, r#"[[7,"U1","C","王小明",null,null,null]]"#]).await;
    let verdict = world.deliver(&customer(), Start::Create).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "7".into(), amounts: None, found: false });
    let (_, asked) = world.asked.lock().unwrap()[1].clone();
    let asked = asked.to_ascii_lowercase();
    for header in
        ["x-api-clientid: 100001", "x-api-auth-version: 2.0", "x-api-signheaders: x-api-timestamp,x-api-nonce"]
    {
        assert!(asked.contains(header), "{header}");
    }
    for name in ["x-api-timestamp", "x-api-nonce", "x-api-signature", "x-kd-appkey", "x-kd-appdata", "x-kd-signature"] {
        assert!(asked.contains(&format!("\r\n{name}: ")), "{name}");
    }
}

#[tokio::test]
async fn a_customer_in_force_is_opened_before_it_is_changed() {
    let there = r#"[[7,"U1","C","王大明",null,null,null]]"#;
    let world = World::of(Login::Signature, &[there, DONE, DONE, DONE, DONE]).await;
    let verdict = world.deliver(&customer(), Start::Create).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "7".into(), amounts: None, found: false });
    assert_eq!(world.calls(), ["ExecuteBillQuery", "UnAudit", "Save", "Submit", "Audit"]);
    let same = there.replace("大", "小");
    let world = World::of(Login::Signature, &[&same]).await;
    let verdict = world.deliver(&customer(), Start::LookUp).await;
    assert_eq!(verdict, Verdict::Delivered { reference: "7".into(), amounts: None, found: true });
}

#[tokio::test]
async fn what_a_customer_says_stays_out_of_reasons() {
    let refused = REFUSED.replace("不允许", "客户名称“王小明”已存在");
    let world = World::of(Login::Signature, &["[]", &refused]).await;
    let Verdict::Rejected { reason, absent } = world.deliver(&customer(), Start::Create).await else { panic!() };
    assert_eq!((reason.as_str(), absent), ("the ERP refuses customer U1: 12 客户名称“***”已存在", true));
}

#[tokio::test]
async fn a_page_is_no_answer_and_a_late_claim_sends_nothing() {
    let world = World::of(Login::Signature, &["<html>Sign in</html>"]).await;
    let verdict = world.deliver(&customer(), Start::Create).await;
    assert!(matches!(verdict, Verdict::Garbled { .. }), "{verdict:?}");
    let world = World::of(Login::Signature, &[ITEM, DONE]).await;
    let document = &allowance();
    let until = tokio::time::Instant::now();
    let delivery = Delivery { document, posting_date: DAY, start: Start::Create, until };
    let verdict = world.adapter.deliver(delivery).await;
    assert!(matches!(verdict, Verdict::Unknown { .. }), "{verdict:?}");
    assert!(!world.calls().contains(&"Save".to_owned()));
}
