//! What is taken and what is refused, over both wires.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method};

use super::*;
use crate::sandbox::{Faults, Kind};

const PARTNER: &str = "ledgertap.partner-U1";

fn odoo(series: u8) -> Odoo {
    let mut config = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 1);
    (config.kind, config.version) = (Kind::Odoo, Some(series.to_string()));
    Odoo::new(&config)
}

fn sent(odoo: &mut Odoo, path: &str, headers: &[(&'static str, &str)], body: &Value) -> (u16, Value) {
    let mut all = HeaderMap::new();
    all.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        all.insert(*name, HeaderValue::from_str(value).unwrap());
    }
    let letter = Letter {
        method: Method::POST,
        path: path.into(),
        query: String::new(),
        headers: all,
        body: Bytes::from(body.to_string()),
    };
    let reply = odoo.answer(&letter, Timestamp::now());
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

fn rpc(odoo: &mut Odoo, service: &str, method: &str, args: Value) -> Value {
    let params = json!({"service": service, "method": method, "args": args});
    let (status, body) =
        sent(odoo, "/jsonrpc", &[], &json!({"jsonrpc": "2.0", "method": "call", "id": 7, "params": params}));
    assert_eq!((status, &body["id"]), (200, &json!(7)));
    body
}

/// Calls by JSON-RPC: the result, or the exception's class and text.
fn call(odoo: &mut Odoo, model: &str, method: &str, ordered: Value) -> Result<Value, (String, String)> {
    let password = odoo.password.clone();
    let body = rpc(odoo, "object", "execute_kw", json!([DATABASE, USER_ID, password, model, method, ordered, {}]));
    match body.get("error") {
        None => Ok(body["result"].clone()),
        Some(error) => {
            assert!(body.get("result").is_none(), "{body}");
            let text = |key: &str| error["data"][key].as_str().unwrap().to_owned();
            Err((text("name"), text("message")))
        }
    }
}

/// The id that an import gives, or its first message.
fn load(odoo: &mut Odoo, model: &str, fields: Value, data: Value) -> Result<i64, String> {
    let result = call(odoo, model, "load", json!([fields, data])).unwrap();
    match result["ids"][0].as_i64() {
        Some(id) => Ok(id),
        None => {
            assert_eq!(result["ids"], false);
            Err(result["messages"][0]["message"].as_str().unwrap().to_owned())
        }
    }
}

fn partner(odoo: &mut Odoo) -> i64 {
    load(odoo, "res.partner", json!(["id", "name", "ref"]), json!([[PARTNER, "王", "U1"]])).unwrap()
}

fn product(odoo: &mut Odoo, code: &str) -> i64 {
    let found = call(odoo, "product.product", "search", json!([[["default_code", "=", code]]])).unwrap();
    found[0].as_i64().unwrap()
}

fn order_columns(odoo: &Odoo) -> Value {
    let (unit, taxes) = (odoo.base.schema.unit(), odoo.base.schema.taxes());
    json!([
        "id",
        "partner_id/.id",
        "client_order_ref",
        "date_order",
        "origin",
        "order_line/id",
        "order_line/product_id/.id",
        "order_line/name",
        "order_line/product_uom_qty",
        format!("order_line/{unit}/.id"),
        "order_line/price_unit",
        format!("order_line/{taxes}/.id"),
    ])
}

/// Two lines: two of A for 33.33 each, and one of B for 0.335, which prices of two digits make 0.34.
fn order_rows(odoo: &mut Odoo) -> Value {
    let partner = partner(odoo).to_string();
    let [a, b] = ["A", "B"].map(|code| product(odoo, code).to_string());
    let remark = "sales_order; order S1; original S1";
    json!([
        [
            "ledgertap.order-S1",
            partner,
            "S1",
            "2024-06-15 12:00:00",
            remark,
            "ledgertap.line-1",
            a,
            "茶",
            "2",
            "1",
            "33.33",
            "1"
        ],
        ["", "", "", "", "", "ledgertap.line-2", b, "B", "1", "1", "0.335", ""],
    ])
}

fn order(odoo: &mut Odoo) -> i64 {
    let (columns, rows) = (order_columns(odoo), order_rows(odoo));
    load(odoo, "sale.order", columns, rows).unwrap()
}

/// A draft of this type and number, with what else its head says.
fn draft(odoo: &mut Odoo, kind: &str, number: &str, more: &[(&str, &str)]) -> Result<i64, String> {
    let partner = partner(odoo).to_string();
    let remark = "x; order S1; original S1";
    let mut cells = vec![
        ("id", format!("ledgertap.{number}")),
        ("move_type", kind.into()),
        ("partner_id/.id", partner),
        ("ref", number.into()),
        ("narration", remark.into()),
        ("journal_id/.id", "1".into()),
    ];
    for (name, value) in more {
        cells.retain(|(column, _)| column != name);
        cells.push((name, (*value).into()));
    }
    let (columns, row): (Vec<&str>, Vec<String>) = cells.into_iter().unzip();
    load(odoo, "account.move", json!(columns), json!([row]))
}

/// Writes one line into a draft, and posts it.
fn posted(odoo: &mut Odoo, id: i64, mut line: Value, price: &str) -> Result<Value, (String, String)> {
    line["price_unit"] = serde_json::from_str(price).unwrap();
    line["tax_ids"] = json!([[6, 0, [1]]]);
    let lines = json!({"invoice_line_ids": [[5, 0, 0], [0, 0, line]]});
    call(odoo, "account.move", "write", json!([[id], lines])).unwrap();
    call(odoo, "account.move", "action_post", json!([[id]]))
}

fn read(odoo: &mut Odoo, model: &str, id: i64, fields: Value) -> Value {
    call(odoo, model, "read", json!([[id], fields])).unwrap()[0].clone()
}

#[test]
fn who_is_not_known_is_not_let_in() {
    let mut odoo = odoo(14);
    let password = odoo.password.clone();
    let version = rpc(&mut odoo, "common", "version", json!([]));
    assert_eq!(version["result"]["server_version_info"][0], 14);
    let log_in = |odoo: &mut Odoo, database: &str, password: &str| {
        let body = rpc(odoo, "common", "authenticate", json!([database, LOGIN, password, {}]));
        body.get("result").cloned().unwrap_or_else(|| body["error"]["data"]["name"].clone())
    };
    assert_eq!(log_in(&mut odoo, DATABASE, &password), USER_ID);
    assert_eq!(log_in(&mut odoo, "other", &password), "psycopg2.OperationalError");
    assert_eq!(log_in(&mut odoo, DATABASE, "guess"), false);
    let wrong = json!([DATABASE, USER_ID, "guess", "res.partner", "search", [[]]]);
    let denied = rpc(&mut odoo, "object", "execute_kw", wrong);
    assert_eq!(denied["error"]["data"]["name"], "odoo.exceptions.AccessDenied");
    for _ in 2..FAILURES_MAX {
        assert_eq!(log_in(&mut odoo, DATABASE, "guess"), false);
    }
    assert_eq!(log_in(&mut odoo, DATABASE, &password), "odoo.exceptions.AccessDenied", "it is locked");
    assert_eq!(sent(&mut odoo, "/json/2/res.partner/search", &[], &json!({})).0, 404, "14 has no such place");
}

#[test]
fn by_json_2_everything_has_a_name_and_a_status() {
    let mut odoo = odoo(19);
    let key = format!("Bearer {}", odoo.password);
    let mut asked = |path: &str, key: &str, body: Value| {
        let (status, answer) = sent(&mut odoo, &format!("/json/2/{path}"), &[("authorization", key)], &body);
        (status, answer.get("name").map_or(answer.clone(), Value::clone))
    };
    let load = json!({"fields": ["id", "name"], "data": [["x.y", "王"]], "context": {"lang": "en_US"}});
    assert_eq!(asked("res.partner/load", &key, load), (200, json!({"ids": [2], "messages": [], "nextrow": 0})));
    assert_eq!(
        asked("res.partner/read", &key, json!({"ids": [2], "fields": ["ref"]})),
        (200, json!([{"id": 2, "ref": false}]))
    );
    for (path, body, status, name) in [
        ("res.partner/load", json!({"fields": []}), 422, "werkzeug.exceptions.UnprocessableEntity"),
        (
            "res.partner/load",
            json!({"fields": [], "data": [], "ids": [1]}),
            422,
            "werkzeug.exceptions.UnprocessableEntity",
        ),
        ("res.partner/write", json!({"ids": [2], "values": {}}), 422, "werkzeug.exceptions.UnprocessableEntity"),
        ("res.partner/leap", json!({}), 404, "werkzeug.exceptions.NotFound"),
        ("res.friend/read", json!({}), 404, "werkzeug.exceptions.NotFound"),
        ("ir.model.data/search_read", json!({"domain": []}), 403, "odoo.exceptions.AccessError"),
        ("ir.model.data/check_object_reference", json!({"module": "l", "xml_id": "none"}), 500, "builtins.ValueError"),
        ("account.tax/write", json!({"ids": [1], "vals": {}}), 403, "odoo.exceptions.AccessError"),
        ("res.partner/_write", json!({"ids": [2]}), 403, "odoo.exceptions.AccessError"),
        ("account.move/action_post", json!({"ids": [99]}), 404, "odoo.exceptions.MissingError"),
        ("res.partner/read", json!({"ids": [2], "fields": ["x"]}), 500, "builtins.ValueError"),
    ] {
        assert_eq!(asked(path, &key, body), (status, json!(name)), "{path}");
    }
    let (status, name) = asked("res.partner/search", "Bearer guess", json!({"domain": []}));
    assert_eq!((status, name), (401, json!("werkzeug.exceptions.Unauthorized")));
    let elsewhere = [("authorization", key.as_str()), ("x-odoo-database", "other")];
    let page = sent(&mut odoo, "/json/2/res.partner/search", &elsewhere, &json!({"domain": []}));
    assert_eq!(page, (404, Value::Null));
}

#[test]
fn what_is_not_there_has_its_exception() {
    let mut odoo = odoo(14);
    for (model, method, ordered, class) in [
        ("res.friend", "search", json!([[]]), "odoo.exceptions.UserError"),
        ("res.partner", "leap", json!([]), "builtins.AttributeError"),
        ("sale.order", "_create_invoices", json!([[1]]), "odoo.exceptions.AccessError"),
        ("res.partner", "read", json!([[1], ["nick"]]), "builtins.ValueError"),
        ("res.partner", "search", json!([[["nick", "=", 1]]]), "builtins.ValueError"),
        ("res.partner", "search", json!([[["name", "~", 1]]]), "builtins.ValueError"),
        ("res.partner", "search", json!([[["parent_id.nick", "=", 1]]]), "builtins.ValueError"),
        ("res.partner", "search", json!([]), "builtins.TypeError"),
        ("res.partner", "load", json!([["nick"], [["x"]]]), "builtins.KeyError"),
        ("sale.order", "load", json!([["order_line/tax_ids/.id"], [["1"]]]), "builtins.KeyError"),
        ("res.partner", "create", json!([{"nick": "x"}]), "builtins.ValueError"),
        ("res.partner", "create", json!([{"name": 7}]), "builtins.ValueError"),
        ("res.partner", "create", json!([{"ref": "x"}]), "odoo.exceptions.ValidationError"),
        ("res.partner", "create", json!([{"name": "x", "parent_id": 99}]), "odoo.exceptions.MissingError"),
        ("res.partner", "write", json!([[1], {"name": false}]), "odoo.exceptions.ValidationError"),
        ("account.journal", "create", json!([{"name": "x"}]), "odoo.exceptions.AccessError"),
        ("ir.model.data", "create", json!([{"name": "x"}]), "odoo.exceptions.AccessError"),
        (
            "sale.order",
            "create",
            json!([{"partner_id": 1, "order_line": [[0, 0, {"name": "x"}]]}]),
            "odoo.exceptions.ValidationError",
        ),
    ] {
        let raised = call(&mut odoo, model, method, ordered.clone()).unwrap_err();
        assert_eq!(raised.0, class, "{model}.{method}{ordered}: {}", raised.1);
    }
    assert_eq!((odoo.base.records.all("res.partner").count(), odoo.base.records.all("sale.order").count()), (1, 0));
    assert!(odoo.base.rejected > 0);
}

#[test]
fn an_import_is_all_or_nothing_and_the_same_again_is_the_same() {
    let mut odoo = odoo(14);
    let first = partner(&mut odoo);
    assert_eq!(partner(&mut odoo), first);
    let fields = json!(["id", "name", "ref"]);
    let said =
        load(&mut odoo, "res.partner", fields.clone(), json!([["l.a", "a", ""], ["l.b", "", "U2"]])).unwrap_err();
    assert!(said.contains("mandatory") && said.contains("(name)"), "{said}");
    assert_eq!(odoo.base.records.all("res.partner").count(), 2, "the company's and ours");
    let id = order(&mut odoo);
    assert_eq!(order(&mut odoo), id);
    let (columns, rows) = (order_columns(&odoo), order_rows(&mut odoo));
    for (column, cell, expected) in [
        (1, "99", "No matching record found for database id '99' in field 'Customer'"),
        (3, "15.06.2024", "does not seem to be a valid datetime"),
        (6, "99", "in field 'Product'"),
        (7, "", "(name)"),
        (8, "two", "'two' does not seem to be a number for field 'Quantity'"),
        (9, "", "accountable"),
        (11, "9", "in field 'Taxes'"),
    ] {
        let mut rows = rows.clone();
        rows[0][0] = json!("ledgertap.order-S2");
        (rows[0][5], rows[1][5]) = (json!("ledgertap.line-3"), json!("ledgertap.line-4"));
        rows[0][column] = json!(cell);
        let said = load(&mut odoo, "sale.order", columns.clone(), rows).unwrap_err();
        assert!(said.contains(expected), "{said}");
    }
    assert_eq!(odoo.base.records.all("sale.order.line").count(), 2);
    let taken = load(&mut odoo, "sale.order", json!(["id", "client_order_ref"]), json!([[PARTNER, "S3"]])).unwrap_err();
    assert!(taken.contains("res.partner"), "{taken}");
    // Lines of an invoice have no name to be known by.
    let invoice = draft(&mut odoo, "out_invoice", "S1", &[]).unwrap();
    let product = product(&mut odoo, "A").to_string();
    let columns = json!(["id", "invoice_line_ids/id", "invoice_line_ids/product_id/.id", "invoice_line_ids/name"]);
    for lines in [1, 2] {
        let row = json!([["ledgertap.S1", "ledgertap.x", product, "A"]]);
        assert_eq!(load(&mut odoo, "account.move", columns.clone(), row), Ok(invoice));
        assert_eq!(odoo.base.records.all("account.move.line").count(), lines);
    }
}

#[test]
fn external_ids_are_told_also_where_their_table_is_hidden() {
    let mut old = odoo(14);
    let mut new = odoo(19);
    for odoo in [&mut old, &mut new] {
        let (id, series) = (order(odoo), odoo.series());
        let told = |odoo: &mut Odoo, name: &str| {
            call(odoo, "ir.model.data", "check_object_reference", json!(["ledgertap", name]))
        };
        assert_eq!(told(odoo, "order-S1"), Ok(json!(["sale.order", id])));
        assert_eq!(told(odoo, "order-S9").unwrap_err().1, "External ID not found in the system: ledgertap.order-S9");
        let lines = read(odoo, "sale.order", id, json!(["order_line"]))["order_line"].clone();
        let about = call(odoo, "sale.order.line", "get_metadata", json!([lines])).unwrap();
        let second = if series == 14 { json!(false) } else { json!("ledgertap.line-2") };
        assert_eq!([&about[0]["xmlid"], &about[1]["xmlid"]], [&json!("ledgertap.line-1"), &second]);
        let table = call(odoo, "ir.model.data", "search_count", json!([[["module", "=", "ledgertap"]]]));
        assert_eq!(table.is_ok(), series == 14, "{table:?}");
        let unknown = load(odoo, "res.partner", json!(["id", "name"]), json!([["ledgertap.x", "x"]]));
        assert!(unknown.is_ok(), "{unknown:?}");
    }
    let raised = |odoo: &mut Odoo| call(odoo, "res.partner", "load", json!([["nick"], [["x"]]])).unwrap_err();
    let said = |class: &str, text: &str| (class.to_owned(), text.to_owned());
    assert_eq!(raised(&mut old), said("builtins.KeyError", "nick"));
    assert_eq!(raised(&mut new), said("builtins.ValueError", "Invalid field name 'nick'"));
    assert_eq!(call(&mut new, "res.partner", "read", json!([[99], ["name"]])), Ok(json!([])));
    let digits = json!([["price_unit", "product_uom_qty"], ["digits"]]);
    let digits = call(&mut new, "sale.order.line", "fields_get", digits).unwrap();
    assert_eq!(digits, json!({"price_unit": {"digits": false}, "product_uom_qty": {"digits": [16, 2]}}));
}

#[test]
fn amounts_are_the_servers_own() {
    let mut odoo = odoo(14);
    let id = order(&mut odoo);
    let fields = json!(["amount_untaxed", "amount_tax", "amount_total", "partner_id", "currency_id", "order_line"]);
    let there = read(&mut odoo, "sale.order", id, fields);
    // 66.66 and 8.67; 0.34 and nothing: an empty cell is no tax.
    let said = ["amount_untaxed", "amount_tax", "amount_total"].map(|field| there[field].to_string());
    assert_eq!(said, ["67.0", "8.6700000000000001", "75.67"]);
    assert_eq!((&there["partner_id"], &there["currency_id"]), (&json!([2, "王"]), &json!([1, "CNY"])));
    let digits = call(&mut odoo, "sale.order.line", "fields_get", json!([["price_unit"], ["digits"]])).unwrap();
    assert_eq!(digits, json!({"price_unit": {"digits": [16, 2]}}));
    let line = read(&mut odoo, "sale.order.line", 2, json!(["price_unit", "display_type", "tax_id"]));
    assert_eq!(line.to_string(), r#"{"display_type":false,"id":2,"price_unit":0.34,"tax_id":[]}"#);
    let taxes = json!([[["type_tax_use", "=", "sale"], ["price_include", "=", false]], ["amount"]]);
    let found = call(&mut odoo, "account.tax", "search_read", taxes).unwrap();
    assert_eq!(found.to_string(), r#"[{"amount":13.0,"id":1},{"amount":0.0,"id":2}]"#);
    let count = |odoo: &mut Odoo, domain: Value| call(odoo, "res.currency", "search_count", json!([domain])).unwrap();
    assert_eq!(count(&mut odoo, json!([])), 1, "what is not active is not found");
    assert_eq!(count(&mut odoo, json!([["active", "in", [true, false]]])), 2);
    assert_eq!(count(&mut odoo, json!(["|", ["name", "ilike", "cn"], "!", ["id", ">", 0]])), 1);
}

#[test]
fn what_is_confirmed_or_posted_stays_so() {
    let mut odoo = odoo(14);
    let id = order(&mut odoo);
    assert_eq!(call(&mut odoo, "sale.order", "action_confirm", json!([[id]])), Ok(json!(true)));
    let there = read(&mut odoo, "sale.order", id, json!(["state", "name", "date_order"]));
    assert_eq!((&there["state"], &there["name"]), (&json!("sale"), &json!("S00001")));
    assert_ne!(there["date_order"], "2024-06-15 12:00:00", "it is dated to the moment");
    let refused =
        |result: Result<Value, (String, String)>| assert_eq!(result.unwrap_err().0, "odoo.exceptions.UserError");
    refused(call(&mut odoo, "sale.order", "write", json!([[id], {"order_line": [[5, 0, 0]]}])));
    refused(call(&mut odoo, "sale.order", "unlink", json!([[id]])));

    let product = product(&mut odoo, "A");
    let line = json!({"product_id": product, "name": "茶", "quantity": 2, "sale_line_ids": [[6, 0, [1]]]});
    let invoice = draft(&mut odoo, "out_invoice", "S1", &[("date", "2024-06-15")]).unwrap();
    refused(call(&mut odoo, "account.move", "action_post", json!([[invoice]])));
    assert_eq!(posted(&mut odoo, invoice, line.clone(), "33.33"), Ok(json!(format!("account.move({invoice},)"))));
    let there = read(&mut odoo, "account.move", invoice, json!(["state", "name", "amount_total"]));
    let expected =
        json!({"id": invoice, "state": "posted", "name": "INV/2024/06/0001", "amount_total": there["amount_total"]});
    assert_eq!(there, expected);
    refused(call(&mut odoo, "account.move", "action_post", json!([[invoice]])));
    let of = |domain: Value| json!([domain]);
    let found = call(&mut odoo, "account.move", "search", of(json!([["line_ids.sale_line_ids.order_id", "=", id]])));
    assert_eq!(found, Ok(json!([invoice])));
    for values in
        [json!({"invoice_line_ids": [[5, 0, 0]]}), json!({"invoice_date": "2024-06-16"}), json!({"partner_id": 1})]
    {
        refused(call(&mut odoo, "account.move", "write", json!([[invoice], values])));
    }
    refused(call(&mut odoo, "account.move.line", "write", json!([[1], {"quantity": 3}])));
    assert_eq!(
        call(&mut odoo, "account.move", "write", json!([[invoice], {"partner_id": 2, "ref": "S1"}])),
        Ok(json!(true))
    );
    assert_eq!(draft(&mut odoo, "out_invoice", "S1", &[("date", "2024-06-15")]), Ok(invoice), "the same again");
    assert_eq!(call(&mut odoo, "account.move", "button_draft", json!([[invoice]])), Ok(Value::Null));
}

#[test]
fn no_more_comes_back_than_was_sold() {
    let mut odoo = odoo(14);
    let id = order(&mut odoo);
    call(&mut odoo, "sale.order", "action_confirm", json!([[id]])).unwrap();
    let (a, service) = (product(&mut odoo, "A"), product(&mut odoo, "ALLOWANCE"));
    let line = |product: i64, quantity: u32| json!({"product_id": product, "quantity": quantity});
    let linked = |quantity: u32| {
        let mut line = line(a, quantity);
        line["sale_line_ids"] = json!([[6, 0, [1]]]);
        line
    };
    let invoice = draft(&mut odoo, "out_invoice", "S1", &[]).unwrap();
    posted(&mut odoo, invoice, linked(2), "10").unwrap();
    let reversed = invoice.to_string();
    let reverses = [("reversed_entry_id/.id", reversed.as_str())];
    assert!(draft(&mut odoo, "out_refund", "R", &[]).unwrap_err().contains("must say which invoice"));
    assert!(draft(&mut odoo, "out_refund", "R", &[("journal_id/.id", "3")]).unwrap_err().contains("general"));
    let mut refund = |number: &str, line: Value, price: &str| {
        let id = draft(&mut odoo, "out_refund", number, &reverses).unwrap();
        posted(&mut odoo, id, line, price).map_err(|(_, text)| text)
    };
    refund("R1", linked(1), "10").unwrap();
    assert!(refund("R2", line(a, 1), "1").unwrap_err().contains("which line sold them"));
    assert!(refund("R3", linked(2), "1").unwrap_err().contains("more than the 1 "));
    assert!(refund("R4", line(service, 1), "10.01").unwrap_err().contains("more than the 22.60"));
    refund("R5", line(service, 1), "10").unwrap();
    odoo.add_order("S9", Decimal::TEN);
    let by_hand = [("narration", "x; order S9; original S9")];
    for (number, price, is_taken) in [("H1", "8", true), ("H2", "1", false)] {
        let id = draft(&mut odoo, "out_refund", number, &by_hand).unwrap();
        assert_eq!(posted(&mut odoo, id, line(a, 1), price).is_ok(), is_taken, "{number}");
    }
    let counted: Vec<String> = odoo.booked().into_iter().filter(|b| b.counts).map(|b| b.number).collect();
    assert_eq!(counted, ["S1", "R1", "R5", "H1"]);
}
