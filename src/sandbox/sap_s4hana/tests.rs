//! How strict it is.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue};

use super::super::Faults;
use super::*;

const ORDERS: &str = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder";
const RETURNS: &str = "/sap/opu/odata/sap/API_CUSTOMER_RETURN_SRV/A_CustomerReturn";
const CREDITS: &str = "/sap/opu/odata/sap/API_CREDIT_MEMO_REQUEST_SRV/A_CreditMemoRequest";
const PARTNER: &str = "/sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner";

/// A client that is logged in.
struct Client {
    office: S4hana,
    headers: HeaderMap,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn letter(method: Method, path: &str, headers: HeaderMap, body: &str) -> Letter {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Letter { method, path: path.into(), query: query.into(), headers, body: Bytes::from(body.to_owned()) }
}

impl Client {
    fn new() -> Client {
        let config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 1);
        let mut client = Client { office: S4hana::new(&config), headers: HeaderMap::new() };
        let block = client.office.erp_block("");
        let password = block.lines().find_map(|line| line.strip_prefix("password = \"")).unwrap().trim_end_matches('"');
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("BRIDGE:{password}"));
        client.header("authorization", &format!("Basic {basic}"));
        client.office.add_customer("U1", "Grace");
        client
    }

    fn header(&mut self, name: &'static str, value: &str) {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }

    /// Fetches a token against forged requests.
    fn open(mut self) -> Client {
        let mut headers = self.headers.clone();
        headers.insert("x-csrf-token", HeaderValue::from_static("Fetch"));
        let reply = self.office.answer(&letter(Method::GET, &format!("{ROOT}{PARTNERS}/"), headers, ""), now());
        let said = |name| reply.headers.iter().find(|(n, _)| *n == name).unwrap().1.clone();
        self.header("cookie", said("set-cookie").split(';').next().unwrap());
        self.header("x-csrf-token", &said("x-csrf-token"));
        self.header("content-type", "application/json");
        self
    }

    fn send(&mut self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.office.answer(&letter(method, path, self.headers.clone(), &body), now());
        (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
    }

    fn post(&mut self, path: &str, body: &Value) -> (u16, String) {
        let (status, said) = self.send(Method::POST, path, body);
        (status, said.pointer("/error/code").and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

fn order(number: &str, text: &str) -> Value {
    json!({
        "SalesOrderType": "OR", "SalesOrganization": "1010", "DistributionChannel": "10", "OrganizationDivision": "00",
        "SoldToParty": "1000001", "PurchaseOrderByCustomer": number, "TransactionCurrency": "CNY",
        "SalesOrderDate": "/Date(1795996800000)/",
        "to_Text": [{"Language": "EN", "LongTextID": "TX01", "LongText": text}],
        "to_Item": [{"SalesOrderItem": "10", "Material": "TEA", "RequestedQuantity": "3", "ProductTaxClassification1": "1",
            "to_PricingElement": [{"ConditionType": "PMP0", "ConditionRateValue": "10.00", "ConditionCurrency": "CNY",
                "ConditionQuantity": "3"}]}],
    })
}

fn takes_back(path: &str, kind: &str, pieces: &str, net: &str) -> Value {
    let item = path.rsplit("A_").next().unwrap().to_owned();
    let body = order("S1-C1", "credit_note return; order S1; original S1").to_string();
    let mut body: Value =
        serde_json::from_str(&body.replace("SalesOrderItem", &format!("{item}Item")).replace("SalesOrder", &item))
            .unwrap();
    body[format!("{item}Type")] = kind.into();
    let line = &mut body["to_Item"][0];
    (line["RequestedQuantity"], line["ReferenceSDDocument"]) = (pieces.into(), "5000000002".into());
    line["ReferenceSDDocumentItem"] = "10".into();
    line["to_PricingElement"][0]["ConditionRateValue"] = net.into();
    line["to_PricingElement"][0]["ConditionQuantity"] = "1".into();
    body
}

#[test]
fn who_is_not_known_and_what_may_be_forged_stays_outside() {
    let mut client = Client::new();
    assert_eq!(client.post(ORDERS, &order("S1", "x")).0, 403, "no token");
    let mut client = client.open();
    assert_eq!(client.post(ORDERS, &order("S1", "x")).0, 201);
    client.header("cookie", "SAP_SESSIONID_S4H_100=other");
    let reply = client.office.answer(&letter(Method::POST, ORDERS, client.headers.clone(), "{}"), now());
    assert_eq!((reply.status, reply.headers[0].1.as_str()), (403, "Required"));
    client.header("authorization", "Basic QlJJREdFOng=");
    assert_eq!(client.send(Method::GET, ORDERS, &Value::Null).0, 401);
    let mut late = Client::new().open();
    let later = now().checked_add(Duration::from_secs(25 * 3600)).unwrap();
    let reply = late.office.answer(&letter(Method::POST, ORDERS, late.headers.clone(), "{}"), later);
    assert_eq!(reply.status, 403, "the session has ended");
    assert_eq!(late.send(Method::GET, "/sap/opu/odata/sap/API_OTHER/A_B", &Value::Null).0, 403);
}

#[test]
fn an_order_is_priced_taxed_and_found() {
    let mut client = Client::new().open();
    assert_eq!(client.post(ORDERS, &order("S1", "sales_order; order S1; original S1")).0, 201);
    let query = "$filter=PurchaseOrderByCustomer%20eq%20's1'%20and%20SalesOrganization%20eq%20'1010'&$expand=to_Item,to_Item/to_PricingElement";
    let (status, found) = client.send(Method::GET, &format!("{ORDERS}?{query}"), &Value::Null);
    assert_eq!(status, 200);
    let order = &found["d"]["results"][0];
    assert_eq!((&order["SalesOrder"], &order["TotalNetAmount"]), (&json!("5000000002"), &json!("10.00")));
    let item = &order["to_Item"]["results"][0];
    assert_eq!(
        (&item["NetAmount"], &item["to_PricingElement"]["results"][2]["ConditionAmount"]),
        (&json!("10.00"), &json!("1.30"))
    );
    assert!(order["to_Text"]["__deferred"].is_object());
    assert_eq!(client.send(Method::GET, &format!("{ORDERS}?$filter=Secret%20eq%20'1'"), &Value::Null).0, 400);
    assert_eq!(client.send(Method::GET, &format!("{ORDERS}('5000000002')"), &Value::Null).0, 200);
    assert_eq!(client.send(Method::GET, &format!("{ORDERS}('7')"), &Value::Null).0, 404);
}

#[test]
fn what_an_order_must_hold() {
    let mut client = Client::new().open();
    for (pointer, value, code) in [
        ("/SalesOrderType", json!("ZZ"), "V1/311"),
        ("/SalesOrganization", json!("2020"), "V1/313"),
        ("/SoldToParty", json!("17"), "VP/199"),
        ("/TransactionCurrency", json!("USD"), "V1/451"),
        ("/to_Item", json!([]), "V1/351"),
        ("/to_Item/0/Material", json!("UNKNOWN-1"), "V1/382"),
        ("/to_Item/0/RequestedQuantity", json!("0"), "V1/461"),
        ("/to_Item/0/RequestedQuantity", json!("1.0001"), "V1/461"),
        ("/to_Item/0/RequestedQuantity", json!(3), "/IWBEP/CM_MGW_RT/020"),
        ("/to_Item/0/ProductTaxClassification1", json!("9"), "V1/599"),
        ("/to_Item/0/to_PricingElement/0/ConditionType", json!("PPR0"), "VK/090"),
        ("/to_Item/0/to_PricingElement/0/ConditionQuantity", json!("100000"), "VK/034"),
        ("/PurchaseOrderByCustomer", json!("x".repeat(36)), "/IWBEP/CM_MGW_RT/020"),
        ("/SalesOrderDate", json!("2026-11-30"), "/IWBEP/CM_MGW_RT/020"),
        ("/to_Text/0/LongTextID", json!("ZZZZ"), "TD/600"),
    ] {
        let mut body = order("S1", "x");
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(client.post(ORDERS, &body), (400, code.to_owned()), "{pointer}");
    }
    let mut body = order("S1", "x");
    body["Colour"] = "red".into();
    assert_eq!(client.post(ORDERS, &body).1, "/IWBEP/CM_MGW_RT/020");
    let mut body = order("S1", "x");
    let twice = body["to_Item"][0].clone();
    body["to_Item"].as_array_mut().unwrap().push(twice);
    assert_eq!(client.post(ORDERS, &body).1, "V1/333");
    assert_eq!((client.office.booked().len(), client.office.refusals().rejected), (1, 17));
}

#[test]
fn more_is_never_credited_than_was_sold() {
    let mut client = Client::new().open();
    assert_eq!(client.post(ORDERS, &order("S1", "sales_order; order S1; original S1")).0, 201);
    assert_eq!(client.post(RETURNS, &takes_back(RETURNS, "CBRE", "4", "1.00")), (400, "V1/557".into()));
    assert_eq!(client.post(RETURNS, &takes_back(RETURNS, "CBRE", "1", "10.01")), (400, "V1/558".into()));
    assert_eq!(client.post(RETURNS, &takes_back(RETURNS, "CBRE", "2", "2.00")).0, 201);
    assert_eq!(client.post(CREDITS, &takes_back(CREDITS, "CR", "2", "1.00")), (400, "V1/557".into()));
    let mut value = takes_back(CREDITS, "CR", "1", "3.00");
    value["to_Item"][0]["CreditMemoRequestItemCategory"] = "G2W".into();
    assert_eq!(client.post(CREDITS, &value).0, 201);
    for (field, other, code) in [
        ("ReferenceSDDocument", "", "V1/555"),
        ("ReferenceSDDocument", "1", "V1/302"),
        ("ReferenceSDDocumentItem", "20", "V1/302"),
        ("Material", "CUP", "V1/556"),
    ] {
        let mut body = takes_back(RETURNS, "CBRE", "1", "1.00");
        body["to_Item"][0][field] = other.into();
        assert_eq!(client.post(RETURNS, &body), (400, code.into()), "{field}");
    }
    let totals: Vec<Decimal> = client.office.booked().iter().filter(|b| b.counts).map(|b| b.total).collect();
    assert_eq!(totals, ["11.30", "7.91"].map(|t| t.parse::<Decimal>().unwrap()), "a return and a memo are one note");
}

#[test]
fn a_partner_is_changed_under_its_tag() {
    let mut client = Client::new().open();
    let path = format!("{PARTNER}('1000001')");
    let body = json!({"OrganizationBPName1": "Ada"});
    assert_eq!(client.send(Method::PATCH, &path, &body).0, 428);
    client.header("if-match", "W/\"'9'\"");
    assert_eq!(client.send(Method::PATCH, &path, &body).0, 412);
    let (_, there) = client.send(Method::GET, &path, &Value::Null);
    client.header("if-match", there["d"]["__metadata"]["etag"].as_str().unwrap());
    assert_eq!(client.send(Method::PATCH, &path, &json!({"BusinessPartnerCategory": "1"})).0, 400);
    assert_eq!(client.send(Method::PATCH, &path, &body).0, 204);
    assert_eq!(client.send(Method::PATCH, &path, &body).0, 412, "its tag is another now");
    assert_eq!(client.office.booked()[0].name.as_deref(), Some("Ada"));
}

#[test]
fn a_request_of_an_id_is_answered_as_it_was_the_first_time() {
    let mut client = Client::new().open();
    client.header("requestid", &"A".repeat(32));
    assert_eq!(client.post(ORDERS, &order("S1", "x")).0, 400, "without a time");
    client.header("repeatabilitycreation", "2026-11-30T00:00:00");
    assert_eq!(client.post(ORDERS, &order("S1", "x")).0, 201);
    assert_eq!(client.post(ORDERS, &order("S2", "x")).0, 201);
    assert_eq!(client.office.booked().iter().filter(|b| b.counts).count(), 1);
    client.header("requestid", &"B".repeat(32));
    let mut unknown = order("S3", "x");
    unknown["to_Item"][0]["Material"] = "UNKNOWN-3".into();
    assert_eq!(client.post(ORDERS, &unknown).0, 400);
    client.office.add_item("UNKNOWN-3");
    assert_eq!(client.post(ORDERS, &unknown).0, 400, "the first answer stands");
    client.header("requestid", &"C".repeat(32));
    assert_eq!(client.post(ORDERS, &unknown).0, 201);
}

#[test]
fn a_changeset_is_done_whole_or_not_at_all() {
    let mut client = Client::new().open();
    client.header("content-type", "multipart/mixed; boundary=b");
    let change = |body: &Value| {
        let body = body.to_string();
        format!(
            "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\nPOST A_SalesOrder \
             HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}\r\n",
            body.len()
        )
    };
    let set = |changes: &str| format!("--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{changes}--c--\r\n");
    let mut bad = order("S2", "x");
    bad["SalesOrderType"] = "ZZ".into();
    let both = set(&format!("{}{}", change(&order("S1", "x")), change(&bad)));
    let one = set(&change(&order("S3", "x")));
    let path = ORDERS.replace("A_SalesOrder", "$batch");
    let whole = format!("{both}{one}--b--\r\n");
    let reply = client.office.answer(&letter(Method::POST, &path, client.headers.clone(), &whole), now());
    assert_eq!(reply.status, 202);
    let statuses: Vec<&str> = reply.body.split("HTTP/1.1 ").skip(1).map(|part| &part[..3]).collect();
    assert_eq!(statuses, ["400", "201"], "{}", reply.body);
    let numbers: Vec<String> = client.office.booked().into_iter().filter(|b| b.counts).map(|b| b.number).collect();
    assert_eq!(numbers, ["S3"]);
    let cut = client.office.answer(&letter(Method::POST, &path, client.headers.clone(), &whole[..200]), now());
    assert_eq!(cut.status, 400);
}
