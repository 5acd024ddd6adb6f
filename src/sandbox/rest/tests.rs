//! The rules, asked as a client asks.

use super::*;
use crate::sandbox::{Faults, Kind};

fn site() -> Frappe {
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 1);
    config.kind = Kind::Rest;
    Frappe::new(&config)
}

fn ask(site: &mut Frappe, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("authorization", format!("token {}:{}", site.key, site.secret).parse().unwrap());
    let body = Bytes::from(body.to_string());
    let letter = Letter { method, path: path.into(), query: query.into(), headers, body };
    let reply = site.answer(&letter, "2026-11-21T12:00:00Z".parse().unwrap());
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

fn post(site: &mut Frappe, doctype: &str, body: &Value) -> (u16, Value) {
    ask(site, Method::POST, &format!("/api/resource/{doctype}"), body)
}

/// Creates what is expected to be taken, and says its name.
fn made(site: &mut Frappe, doctype: &str, body: &Value) -> Value {
    let (status, answer) = post(site, doctype, body);
    assert_eq!(status, 200, "{answer}");
    answer["data"].clone()
}

fn why(answer: (u16, Value)) -> (u16, String) {
    (answer.0, answer.1["exc_type"].as_str().unwrap_or_default().to_owned())
}

fn taxes() -> Value {
    json!([{"charge_type": "On Net Total", "account_head": "VAT - L", "description": "VAT", "rate": 0}])
}

fn customer(site: &mut Frappe) {
    made(site, "Customer", &json!({"customer_name": "Ada", "customer_type": "Individual", "ledgertap_key": "U1"}));
}

fn order(key: &str) -> Value {
    json!({
        "company": "Ledgertap Trading", "customer": "Ada", "transaction_date": "2026-11-20",
        "delivery_date": "2026-11-20", "currency": "CNY", "po_no": key, "ledgertap_key": key,
        "ledgertap_note": format!("sales_order; order {key}; original {key}"), "docstatus": 1, "taxes": taxes(),
        "items": [{"item_code": "TEA", "qty": 3, "rate": 29.49, "delivery_date": "2026-11-20",
            "item_tax_template": "VAT 13 - L"}],
    })
}

fn invoice(key: &str, order: &Value) -> Value {
    json!({
        "company": "Ledgertap Trading", "customer": "Ada", "set_posting_time": 1, "posting_date": "2026-11-20",
        "due_date": "2026-11-20", "currency": "CNY", "ledgertap_key": key, "docstatus": 1, "taxes": taxes(),
        "ledgertap_note": "sales_order; order S1; original S1",
        "items": [{"item_code": "TEA", "qty": 3, "rate": 29.49, "item_tax_template": "VAT 13 - L",
            "sales_order": order["name"], "so_detail": order["items"][0]["name"], "ledgertap_line": 1}],
    })
}

fn credit(key: &str, against: &Value, pieces: i64, rate: Value) -> Value {
    json!({
        "company": "Ledgertap Trading", "customer": "Ada", "set_posting_time": 1, "posting_date": "2026-11-21",
        "due_date": "2026-11-21", "currency": "CNY", "is_return": 1, "return_against": against["name"],
        "update_outstanding_for_self": 0, "ledgertap_key": key, "docstatus": 1, "taxes": taxes(),
        "ledgertap_note": "credit_note return; order S1; original S1",
        "items": [{"item_code": "TEA", "qty": -pieces, "rate": rate, "item_tax_template": "VAT 13 - L",
            "sales_invoice_item": against["items"][0]["name"]}],
    })
}

fn sold(site: &mut Frappe) -> Value {
    customer(site);
    let order = made(site, "Sales%20Order", &order("S1"));
    made(site, "Sales Invoice", &invoice("S1", &order))
}

fn with(mut body: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut body);
    body
}

#[test]
fn who_may_not_come_in_is_told_so() {
    let site = &mut site();
    for (header, expected) in [(None, 403), (Some("token a:b"), 401), (Some("Basic x"), 401)] {
        let mut headers = axum::http::HeaderMap::new();
        header.map(|h| headers.insert("authorization", h.parse().unwrap()));
        let letter =
            Letter { method: Method::GET, path: WHO_AM_I.into(), query: String::new(), headers, body: Bytes::new() };
        assert_eq!(site.answer(&letter, Timestamp::UNIX_EPOCH).status, expected, "{header:?}");
    }
    assert_eq!(ask(site, Method::GET, WHO_AM_I, &Value::Null).0, 200);
    assert_eq!(why(ask(site, Method::GET, "/api/resource/Lead/1", &Value::Null)), (404, "DoesNotExistError".into()));
    assert_eq!(why(ask(site, Method::DELETE, "/api/resource/Customer/1", &Value::Null)).0, 405);
}

#[test]
fn amounts_are_its_own() {
    let site = &mut site();
    let invoice = sold(site);
    let said = ["net_total", "total_taxes_and_charges", "grand_total"].map(|name| invoice[name].to_string());
    assert_eq!(said, ["88.47", "11.5", "99.97"]);
    let name = invoice["name"].as_str().unwrap().to_owned();
    let (_, read) = ask(site, Method::GET, &format!("/api/resource/Sales%20Invoice/{name}"), &Value::Null);
    assert_eq!(read["data"], invoice);
}

#[test]
fn what_is_not_as_it_must_be_is_refused_by_its_name() {
    let site = &mut site();
    customer(site);
    for (change, expected) in [
        (json!({"customer": "Bob"}), "LinkValidationError"),
        (json!({"customer": null}), "MandatoryError"),
        (json!({"company": "Other"}), "LinkValidationError"),
        (json!({"transaction_date": "20.11.2026"}), "InvalidDates"),
        (json!({"delivery_date": "2026-11-19"}), "ValidationError"),
        (json!({"items": []}), "MandatoryError"),
        (json!({"docstatus": 2}), "DocstatusTransitionError"),
        (json!({"docstatus": "1"}), "ValidationError"),
        (json!({"color": "red"}), "ValidationError"),
        (json!({"currency": "EUR"}), "ValidationError"),
        (json!({"taxes": []}), "ValidationError"),
    ] {
        let body = with(order("S1"), |body| {
            change.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        });
        assert_eq!(why(post(site, "Sales Order", &body)), (417, expected.into()), "{change}");
    }
    for (name, value, expected) in [
        ("item_code", json!("UNKNOWN-1"), "LinkValidationError"),
        ("qty", json!("3"), "ValidationError"),
        ("qty", json!(-1), "ValidationError"),
        ("rate", json!(-1), "ValidationError"),
        ("rate", Value::Null, "MandatoryError"),
        ("item_tax_template", json!("VAT 7 - L"), "LinkValidationError"),
    ] {
        let body = with(order("S1"), |body| body["items"][0][name] = value.clone());
        assert_eq!(why(post(site, "Sales Order", &body)), (417, expected.into()), "{name} {value}");
    }
    assert_eq!(site.refusals().rejected, 17);
    site.add_item("UNKNOWN-1");
    made(site, "Sales Order", &with(order("S1"), |body| body["items"][0]["item_code"] = "UNKNOWN-1".into()));
}

#[test]
fn a_key_is_there_once() {
    let site = &mut site();
    let invoice_of = sold(site);
    assert_eq!(
        why(post(site, "Sales Order", &with(order("S1"), |o| o["po_no"] = Value::Null))).1,
        "UniqueValidationError"
    );
    assert_eq!(why(post(site, "Sales Order", &with(order("S2"), |o| o["po_no"] = "S1".into()))).1, "ValidationError");
    assert_eq!(
        why(post(site, "Customer", &json!({"customer_name": "Bob", "ledgertap_key": "U1"}))).1,
        "UniqueValidationError"
    );
    let twin = made(site, "Customer", &json!({"customer_name": "Ada", "ledgertap_key": "U2"}));
    assert_eq!(twin["name"], "Ada - 1");
    let again = post(site, "Sales Invoice", &credit("S1", &invoice_of, 1, json!(29.49)));
    assert_eq!(why(again).1, "UniqueValidationError");
    assert_eq!(site.refusals().duplicates, 3);
}

#[test]
fn a_list_is_filtered_and_has_no_rows() {
    let site = &mut site();
    sold(site);
    let list = |site: &mut Frappe, query: &str| {
        ask(site, Method::GET, &format!("/api/resource/Sales%20Order?{query}"), &Value::Null)
    };
    let filters = "filters=%5B%5B%22ledgertap_key%22,%22=%22,%22S1%22%5D%5D";
    let (_, found) = list(site, &format!("{filters}&fields=[\"name\",\"docstatus\"]&limit_page_length=2"));
    assert_eq!(found["data"], json!([{"name": "SAL-ORD-2026-00002", "docstatus": 1}]));
    assert_eq!(list(site, "filters=[[\"ledgertap_key\",\"=\",\"S9\"]]").1["data"], json!([]));
    assert_eq!(why(list(site, "fields=[\"items\"]")), (417, "DataError".into()));
    assert_eq!(why(list(site, "filters=[[\"x\",\"=\",1]]")), (417, "DataError".into()));
    assert_eq!(why(list(site, "filters=x")), (417, "ValidationError".into()));
}

#[test]
fn a_draft_is_submitted_once_and_checked_again() {
    let site = &mut site();
    customer(site);
    let draft = made(site, "Sales Order", &with(order("S1"), |order| order["docstatus"] = 0.into()));
    let refused = post(site, "Sales Invoice", &invoice("S1", &draft));
    assert_eq!(why(refused), (417, "ValidationError".into()), "an order that is not submitted");
    let path = format!("/api/resource/Sales Order/{}", draft["name"].as_str().unwrap());
    let set = |site: &mut Frappe, status: i64| ask(site, Method::PUT, &path, &json!({"docstatus": status}));
    assert_eq!(set(site, 2).0, 417);
    assert_eq!(set(site, 1).1["data"]["docstatus"], 1);
    assert_eq!(set(site, 1).0, 200);
    assert_eq!(why(set(site, 0)), (417, "DocstatusTransitionError".into()));
    let billed = made(site, "Sales Invoice", &invoice("S1", &draft));
    assert_eq!(why(post(site, "Sales Invoice", &invoice("S2", &draft))).0, 417, "billed already");
    assert_eq!(why(set(site, 2)), (417, "LinkExistsError".into()));
    assert_eq!(billed["docstatus"], 1);
    assert_eq!(ask(site, Method::PUT, &path, &json!({"po_no": "x"})).0, 417);
}

#[test]
fn a_return_stays_within_what_was_sold() {
    let site = &mut site();
    let sold = sold(site);
    let mut refused = |change: &dyn Fn(&mut Value), text: &str| {
        let (status, answer) = post(site, "Sales Invoice", &with(credit("C", &sold, 1, json!(29.49)), change));
        assert_eq!(status, 417, "{text}: {answer}");
        assert!(answer["exception"].as_str().unwrap().contains(text), "{answer}");
    };
    refused(&|c| c["items"][0]["qty"] = 1.into(), "negative");
    refused(&|c| c["items"][0]["qty"] = (-4).into(), "Cannot return more than 3");
    refused(&|c| c["items"][0]["rate"] = json!(29.5), "Rate");
    refused(&|c| c["items"][0]["item_code"] = "CUP".into(), "does not exist in Sales Invoice");
    refused(&|c| c["posting_date"] = "2026-11-19".into(), "after");
    refused(&|c| c["return_against"] = "X".into(), "Could not find Return Against");
    refused(&|c| c["items"][0]["sales_invoice_item"] = Value::Null, "no Sales Invoice sold");
    refused(&|c| c["ledgertap_note"] = "by hand".into(), "ledgertap_note");
    let first = made(site, "Sales Invoice", &credit("C1", &sold, 2, json!(29.49)));
    assert_eq!(first["grand_total"].to_string(), "-66.65");
    assert_eq!(why(post(site, "Sales Invoice", &credit("C2", &sold, 2, json!(29.49)))).1, "StockOverReturnError");
    assert_eq!(why(post(site, "Sales Invoice", &credit("C2", &first, 1, json!(1)))).1, "ValidationError");
    let allowance = with(credit("C3", &sold, 1, json!(29.48)), |c| {
        c["items"][0]["item_code"] = "ALLOWANCE".into();
        c["items"][0]["sales_invoice_item"] = Value::Null;
    });
    let dear = with(allowance.clone(), |c| c["items"][0]["rate"] = json!(29.51));
    assert_eq!(why(post(site, "Sales Invoice", &dear)).1, "ValidationError", "more than is left of the order");
    made(site, "Sales Invoice", &allowance);
    let booked: Vec<_> = site.booked().into_iter().map(|b| (b.kind, b.number, b.total.to_string())).collect();
    let of = |kind: &str, number: &str, total: &str| (kind.to_owned(), number.to_owned(), total.to_owned());
    let expected = [
        of("customer", "U1", "0.00"),
        of("sales_order", "S1", "99.97"),
        of("invoice", "S1", "99.97"),
        of("credit_note", "C1", "66.65"),
        of("credit_note", "C3", "33.31"),
    ];
    assert_eq!(booked, expected);
    site.add_order("S9", Decimal::TEN);
    let loose = with(allowance, |c| {
        c["ledgertap_note"] = "credit_note return; order S9; original S9".into();
        c["ledgertap_key"] = "C9".into();
        c["return_against"] = Value::Null;
        c["items"][0]["item_code"] = "TEA".into();
        c["items"][0]["rate"] = json!(8.85);
    });
    made(site, "Sales Invoice", &loose);
}

#[test]
fn the_block_is_the_example_s_own() {
    let site = site();
    let block = site.erp_block("http://127.0.0.1:1");
    assert!(
        block.starts_with("currency = \"CNY\"") && block.contains(&site.secret) && !block.contains("${"),
        "{block}"
    );
}
