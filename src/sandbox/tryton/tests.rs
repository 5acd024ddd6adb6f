//! Answers as real servers gave them, word by word.

use axum::http::{HeaderMap, Method};

use super::*;
use crate::sandbox::{Faults, Kind};

/// A server, and somebody who is logged in.
struct Client {
    office: Tryton,
    headers: HeaderMap,
    path: String,
}

impl Client {
    fn of(version: &str) -> Client {
        let mut config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 1);
        (config.kind, config.version) = (Kind::Tryton, Some(version.to_owned()));
        let path = Series::of(Some(version)).path(DATABASE);
        let mut client = Client { office: Tryton::new(&config), headers: HeaderMap::new(), path };
        client.headers.insert("content-type", HeaderValue::from_static("application/json"));
        let login = json!([LOGIN, {"password": client.office.gate.password}, "en"]);
        let session = client.ask("common.db.login", login);
        let token = session["result"][1].as_str().unwrap_or_else(|| panic!("{session}"));
        let session = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("bridge:2:{token}"));
        client.headers.insert("authorization", format!("Session {session}").parse().unwrap());
        client
    }

    fn send(&mut self, body: &Value) -> Reply {
        let letter = Letter {
            method: Method::POST,
            path: self.path.clone(),
            query: String::new(),
            headers: self.headers.clone(),
            body: body.to_string().into(),
        };
        self.office.answer(&letter, Timestamp::now())
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let reply = self.send(&json!({"id": 1, "method": method, "params": params}));
        serde_json::from_str(&reply.body).unwrap_or_else(|_| Value::from(reply.status))
    }

    /// What is refused, by its first words.
    fn refused(&mut self, method: &str, params: Value) -> String {
        let answer = self.ask(method, params);
        match answer.pointer("/error/1/0").or_else(|| answer.pointer("/error/0")) {
            Some(text) => text.as_str().unwrap_or_default().to_owned(),
            None => answer.to_string(),
        }
    }

    /// A party with an address, and a sale of three pieces with what is said beside or instead.
    fn sale(&mut self, change: Value) -> Value {
        let ctx = json!({"company": 1});
        let found = json!([[["code", "=", "U7"]], 0, null, null, ["addresses"], ctx]);
        if self.ask("model.party.party.search_read", found.clone())["result"] == json!([]) {
            let party = json!({"code": "U7", "name": "Ann", "addresses": [["create", [{"street": "s"}]]]});
            self.ask("model.party.party.create", json!([[party], ctx]));
        }
        let party = self.ask("model.party.party.search_read", found)["result"][0].clone();
        let product = json!([[["code", "in", ["A"]]], 0, null, null, ["code"], ctx]);
        let product = self.ask("model.product.product.search_read", product)["result"][0]["id"].clone();
        let mut line = json!({
            "type": "line", "product": product, "description": "Tea", "quantity": 3, "unit": 1,
            "unit_price": {"__class__": "Decimal", "decimal": "33.333"}, "taxes": [["add", [1]]],
        });
        let mut sale = json!({
            "company": 1, "party": party["id"], "currency": 1, "invoice_address": party["addresses"][0],
            "reference": "X", "web_shop": 1, "web_id": "X",
        });
        for (name, value) in change.as_object().unwrap() {
            let fields = if line.get(name).is_some() { &mut line } else { &mut sale };
            fields[name] = value.clone();
        }
        sale["lines"] = json!([["create", [line]]]);
        json!([[sale], ctx])
    }

    fn step(&mut self, step: &str, id: i64) -> Value {
        self.ask(&format!("model.{step}"), json!([[id], {"company": 1}]))
    }

    fn invoiced(&mut self, change: Value) -> i64 {
        let sale = self.sale(change);
        let id = self.ask("model.sale.sale.create", sale)["result"][0].as_i64().unwrap();
        self.step("sale.sale.quote", id);
        self.step("sale.sale.confirm", id);
        let read = self.ask("model.sale.sale.read", json!([[id], ["invoices", "state"], {}]));
        assert_eq!(read["result"][0]["state"], "processing", "{read}");
        read["result"][0]["invoices"][0].as_i64().unwrap()
    }
}

#[test]
fn what_a_sale_must_hold() {
    let mut client = Client::of("8.0");
    for (change, expected) in [
        (json!({"party": 999_999}), "The value \"999999\" for field \"Party\" in \"Sale\" does not exist."),
        (json!({"party": "x"}), "invalid literal for int() with base 10: 'x'"),
        (json!({"foo": 1}), "'foo'"),
        (
            json!({"invoice_method": "never"}),
            "The value \"never\" for field \"Invoice Method\" in record \"[X]\" of \"Sale\" is not one of the allowed options.",
        ),
        (json!({"web_id": null}), "A value is required for field \"Web ID\" in record \"[X]\" of \"Sale\"."),
        (
            json!({"quantity": 1.5}),
            "The number of digits in the value \"'1.5'\" for field \"Quantity\" in record \"2 u [A] @ [X]\" of \"Sale Line\" exceeds \
             the limit of \"(None, 0)\".",
        ),
        (
            json!({"unit_price": {"__class__": "Decimal", "decimal": "1.23456"}}),
            "The number of digits in the value \"'1.23456'\" for field \"Unit Price\" in record \"3 u [A] @ [X]\" of \"Sale Line\" \
             exceeds the limit of \"(None, 4)\".",
        ),
        (json!({"unit_price": 1.5}), "the field unit_price of sale.line does not take a float"),
        (json!({"quantity": -1}), "The sale takes back and has no origin: nothing is credited beyond what was sold."),
    ] {
        let sale = client.sale(change);
        assert_eq!(client.refused("model.sale.sale.create", sale), expected);
    }
    let sale = client.sale(json!({}));
    assert!(client.ask("model.sale.sale.create", sale.clone())["result"].is_array());
    assert_eq!(client.refused("model.sale.sale.create", sale), "The web ID on the sale must be unique per shop.");
    assert_eq!(client.office.booked().iter().filter(|b| b.kind == "sales_order").count(), 1);
}

#[test]
fn a_step_out_of_turn_is_refused_since_8_0_and_ignored_before() {
    for (version, expected) in [
        ("8.0", json!("You can not call \"confirm\" on \"[X]\" of \"Sale\".")),
        ("7.0", Value::Null),
        ("6.0", Value::Null),
    ] {
        let mut client = Client::of(version);
        let sale = client.sale(json!({}));
        let id = client.ask("model.sale.sale.create", sale)["result"][0].as_i64().unwrap();
        let answer = client.step("sale.sale.confirm", id);
        assert_eq!(answer.pointer("/error/1/0").unwrap_or(&Value::Null), &expected, "{version}: {answer}");
        let read = client.ask("model.sale.sale.read", json!([[id], ["state", "total_amount"], {}]));
        let total = json!({"__class__": "Decimal", "decimal": "113.00"});
        assert_eq!(read["result"][0], json!({"id": id, "state": "draft", "total_amount": total}));
    }
}

#[test]
fn a_posted_invoice_is_numbered_in_turn_and_stays_as_it_is() {
    let mut client = Client::of("8.0");
    let date = |day: u32| json!({"invoice_date": {"__class__": "date", "year": 2024, "month": 3, "day": day}});
    let invoice = client.invoiced(json!({}));
    client.ask("model.account.invoice.write", json!([[invoice], date(2), {}]));
    assert_eq!(client.step("account.invoice.post", invoice)["result"], Value::Null);
    let read = client.ask("model.account.invoice.read", json!([[invoice], ["number", "state", "sales"], {}]));
    assert_eq!(read["result"][0], json!({"id": invoice, "number": "2024-1", "state": "posted", "sales": [1]}));
    let write = json!([[invoice], date(3), {}]);
    let said = client.refused("model.account.invoice.write", write);
    assert_eq!(said, "You cannot modify invoice \"2024-1\" because it is posted, paid or cancelled.");
    let earlier = client.invoiced(json!({"reference": "Y", "web_id": "Y"}));
    client.ask("model.account.invoice.write", json!([[earlier], date(1), {}]));
    assert_eq!(
        client.refused("model.account.invoice.post", json!([[earlier], {}])),
        format!(
            "To number the invoice \"({earlier})\", you must set an invoice date after \"03/01/2024\" because the sequence \
             \"Invoices 2024\" has already been used for invoice \"2024-1\"."
        )
    );
}

#[test]
fn a_warning_is_skipped_once_by_its_key() {
    for (version, key_end) in [("8.0", ".invoice_payment_term"), ("7.0", ".invoice_payment_term"), ("6.0", "_1")] {
        let mut client = Client::of(version);
        let invoice = client.invoiced(json!({"payment_term": 1}));
        let past = json!({"invoice_date": {"__class__": "date", "year": 2024, "month": 3, "day": 1}});
        client.ask("model.account.invoice.write", json!([[invoice], past, {}]));
        let warned = client.step("account.invoice.post", invoice);
        assert_eq!(warned["error"][0], "UserWarning", "{version}: {warned}");
        let key = warned["error"][1][0].as_str().unwrap().to_owned();
        assert!(key.ends_with(key_end), "{key}");
        assert_eq!(
            warned["error"][1][1],
            "The invoice \"2024-1\" generates a payment date \"03/01/2024\" in the past."
        );
        let skipped = client.ask("model.res.user.warning.skip", json!([key, false, {}]));
        if version == "6.0" {
            assert_eq!(skipped, json!(403));
            client.ask("model.res.user.warning.create", json!([[{"user": 2, "name": key, "always": false}], {}]));
        }
        assert_eq!(client.step("account.invoice.post", invoice)["result"], Value::Null);
        assert!(client.office.store.all("res.user.warning").next().is_none(), "{version}: it is skipped once");
    }
}

#[test]
fn the_way_in_is_each_series_own() {
    let ask = |version: &str, path: &str| {
        let mut client = Client::of(version);
        client.path = path.to_owned();
        client.send(&json!({"id": 1, "method": "model.res.user.get_preferences", "params": [true, {}]})).status
    };
    assert_eq!(["/erp/rpc/", "/erp/", "/other/rpc/", "/"].map(|path| ask("8.0", path)), [200, 405, 404, 405]);
    assert_eq!(["/erp/rpc/", "/erp/", "/other/"].map(|path| ask("6.0", path)), [405, 200, 404]);
    let mut client = Client::of("8.0");
    assert_eq!(client.send(&json!([1])).status, 400);
    assert_eq!(client.ask("model.party.party.read", json!([[1], ["name"]])), json!(422));
    assert_eq!(client.ask("model.party.party.frobnicate", json!([[1], {}])), json!(403));
    assert_eq!(client.refused("model.party.nothing.read", json!([[1], ["name"], {}])), "'party.nothing'");
    assert_eq!(client.refused("model.party.party.read", json!([[1], ["nome"], {}])), "'nome'");
    let said = client.refused("model.party.party.read", json!([[99], ["name"], {}]));
    assert_eq!(said, "You are trying to read records \"99\" of \"Party\" that don't exist.");
    // With a key too many there is no envelope.
    let params = json!([[1], ["name"], {}]);
    let bare = client.send(&json!({"id": 1, "jsonrpc": "2.0", "method": "model.party.party.read", "params": params}));
    assert_eq!(bare.body, r#"[{"id":1,"name":"The Company"}]"#);
    client.headers.remove("authorization");
    let shut = client.send(&json!({"id": 1, "method": "model.party.party.read", "params": [[1], ["name"], {}]}));
    assert_eq!((shut.status, shut.body.as_str()), (401, ""));
    let wrong = json!({"id": 1, "method": "common.db.login", "params": [LOGIN, {"password": "x"}, "en"]});
    let answers: Vec<u16> = (0..8).map(|_| client.send(&wrong).status).collect();
    assert_eq!(answers, [401, 401, 401, 401, 401, 401, 429, 429]);
}
