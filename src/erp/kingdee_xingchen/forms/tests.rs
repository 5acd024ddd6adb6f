//! Every request as it is sent, kept in `requests/`: what a change of a body does is seen in review.

use std::fs;
use std::path::PathBuf;

use jiff::civil::date;

use super::*;
use crate::document::{Amounts, DocumentKind, Minor, samples};
use crate::erp::kingdee_xingchen::settings::Allowance;

const DAY: Date = date(2026, 11, 30);

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn render(document: &Document, date: Date) -> Result<Vec<Rendered>, String> {
    render_with(&Bodies::new("kingdee-xingchen", FILES, None).unwrap(), document, date)
}

fn render_with(bodies: &Bodies, document: &Document, date: Date) -> Result<Vec<Rendered>, String> {
    let account =
        Account { minor: Minor::of("CNY").unwrap(), allowance_sku: "ALLOWANCE", allowance: Allowance::default() };
    Desk { bodies, stock_id: "7", account, outbounds: Outbounds::Create }.render(document, date)
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

fn cases() -> Vec<(String, Document)> {
    let mut cases = Vec::new();
    let kinds = [
        ("customer", DocumentKind::Customer),
        ("order", DocumentKind::SalesOrder),
        ("credit", DocumentKind::CreditNote),
        ("debit", DocumentKind::DebitNote),
    ];
    for (name, kind) in kinds {
        for (i, sample) in samples(kind, "CNY").into_iter().enumerate() {
            cases.push((format!("{name}-{}", i + 1), sample));
        }
    }
    cases.push(("order-awkward".into(), awkward()));
    cases
}

/// Where one differs, and is meant to: `RECORD_REQUESTS=1 cargo test --lib kingdee`.
#[test]
fn the_requests_are_those_that_were_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/erp/kingdee_xingchen/requests");
    for (name, document) in cases() {
        let requests: Vec<Value> = render(&document, DAY)
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
fn a_customer_that_is_there_is_named_by_its_id() {
    let bodies = Bodies::new("kingdee-xingchen", FILES, None).unwrap();
    let account =
        Account { minor: Minor::of("CNY").unwrap(), allowance_sku: "ALLOWANCE", allowance: Allowance::default() };
    let desk = Desk { bodies: &bodies, stock_id: "7", account, outbounds: Outbounds::Find };
    let body = desk.customer(&samples(DocumentKind::Customer, "CNY")[0], DAY, Some("4711")).unwrap();
    assert_eq!(body, json!({"id": "4711", "number": "U1001", "name": "Ada Sample", "ignore_warn": false}));
    let rendered = desk.render(&samples(DocumentKind::SalesOrder, "CNY")[0], DAY).unwrap();
    let paths: Vec<_> = rendered.iter().map(|r| r.path.as_str()).collect();
    assert_eq!(paths, ["/jdy/v2/scm/sal_order"], "the outbound is made by people");
}

#[test]
fn custom_fields_need_no_rust() {
    let folder = tempfile::tempdir().unwrap();
    let own = FILES.iter().find(|file| file.name == "order").unwrap().text;
    let mut order: Value = serde_json::from_str(own).unwrap();
    order["F_SHOP"] = "{{ extra_shop }}".into();
    order["material_entity"][0]["F_BATCH"] = "{{ entry.line.extra_batch }}".into();
    fs::write(folder.path().join("order.json"), order.to_string()).unwrap();
    let bodies = Bodies::new("kingdee-xingchen", FILES, Some(folder.path())).unwrap();
    let Document::SalesOrder(mut sold) = samples(DocumentKind::SalesOrder, "CNY").remove(0) else { panic!() };
    sold.header.extra.insert("extra_shop".into(), "north".into());
    sold.header.lines[1].extra.insert("extra_batch".into(), "B7".into());
    let plain = render(&Document::SalesOrder(sold.clone()), DAY).unwrap();
    let mut rendered = render_with(&bodies, &Document::SalesOrder(sold), DAY).unwrap();
    let form = rendered[0].body.as_object_mut().unwrap();
    assert_eq!(form.remove("F_SHOP"), Some("north".into()));
    let rows = form["material_entity"].as_array_mut().unwrap();
    let batches: Vec<_> = rows.iter_mut().map(|row| row.as_object_mut().unwrap().remove("F_BATCH")).collect();
    assert_eq!(batches, [None, Some("B7".into()), None]);
    assert_eq!(rendered, plain);
}
