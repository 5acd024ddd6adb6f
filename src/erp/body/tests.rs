//! What bodies become, and how a wrong one is refused.

use jiff::civil::date;
use serde_json::{Value, json};

use super::*;
use crate::document::DocumentKind;

fn order() -> Context {
    let sample = samples(DocumentKind::SalesOrder, "EUR").remove(1);
    Context::of(&sample, date(2026, 11, 30)).with("stock", "7").with("rate", exact(rust_decimal::Decimal::new(150, 2)))
}

fn render(body: &str) -> Result<String, String> {
    render_in(body, &order())
}

fn render_in(body: &str, context: &Context) -> Result<String, String> {
    let body = compile("b.json".into(), body)?;
    let rendered = Bodies { bodies: BTreeMap::from([("b".to_owned(), body)]) }.render("b", context);
    rendered.map(|json| json.to_string())
}

#[test]
fn a_value_stays_what_it_is() {
    for (body, expected) in [
        (r#"{"a": "{{ number }}"}"#, r#"{"a":"SAMPLE-1"}"#),
        (r#"{"a": "no {{ number }} of {{ date }}"}"#, r#"{"a":"no SAMPLE-1 of 2026-11-20"}"#),
        (
            r#"{"a": "literal", "b": 1.10, "c": null, "d": true, "e": []}"#,
            r#"{"a":"literal","b":1.10,"c":null,"d":true,"e":[]}"#,
        ),
        (r#"{"a": "{{ amounts.total }}", "b": "{{ amounts.total|text }}"}"#, r#"{"a":452.00,"b":"452.00"}"#),
        (
            r#"{"a": "{{ rate }}", "b": "{{ rate|short }}", "c": "{{ '12.30'|number }}"}"#,
            r#"{"a":1.50,"b":1.5,"c":12.30}"#,
        ),
        (r#"{"a": "{{ reason }}", "b": ["{{ reason }}", 1], "c": "[{{ reason }}]"}"#, r#"{"b":[1],"c":"[]"}"#),
        (
            r#"{"a": "{{ prices_include_tax }}", "b": "{{ lines[1].sku }}", "c": "{{ stock }}"}"#,
            r#"{"a":true,"b":"CUP","c":"7"}"#,
        ),
        (r#"{"a": "{{ tenders }}", "b": "{{ lines|length }}"}"#, r#"{"a":[{"amount":10,"kind":"points"}],"b":3}"#),
        (r#"{"a": "{{ -1.50 }}", "b": "{{ [1, 2.0] }}", "c": "{{ 3 }}"}"#, r#"{"a":-1.50,"b":[1,2.0],"c":3}"#),
        (
            r#"["{{ kind }}", "{{ posting_date|date('%Y%m%d') }}", "{{ date|millis }}"]"#,
            r#"["sales_order","20261130",1795132800000]"#,
        ),
        (r#""{{ extra_gift }}{{ extra.extra_gift }}{{ lines[0].extra_batch }}x""#, r#""x""#),
    ] {
        assert_eq!(render(body).unwrap(), expected, "{body}");
    }
}

#[test]
fn figures_are_exact_and_compare_with_what_is_written() {
    for (expression, expected) in [
        ("0.1|plus(0.2)", "0.3"),
        ("amounts.net|minus(amounts.tax)|neg", "-348.00"),
        ("lines[0].quantity|times(1.005)|round(2)", "2.01"),
        ("rate|round(3)", "1.500"),
        ("-2.5|round(0)", "-3"),
        ("lines[0].quantity > 1.99 and lines[0].quantity >= 2 and not lines[0].quantity > 2", "true"),
        ("amounts.total == 452", "true"),
        ("amounts.total == 452.0 and amounts.total != -452", "true"),
        ("lines[0].no == 1 and (lines[1].no) == 2", "true"),
        ("'yes' if lines[2].discount else 'no'", "\"no\""),
        ("number|left(3)|lower", "\"sam\""),
        ("original|default(number)|replace('-', '')", "\"SAMPLE1\""),
        ("[order, reason, buyer]|join(' / ')", "\"SAMPLE-1 / Ada Sample\""),
        ("'a' ~ rate", "\"a1.50\""),
        ("nope|default('x')", "\"x\""),
        ("reason.code if reason else none is none", "true"),
        ("ship_to is none or ship_to is defined", "true"),
        ("'}}' if '{{' else '1'", "\"}}\""),
        ("12345678901234567.89|plus(0)", "12345678901234567.89"),
    ] {
        let body = json!([format!("{{{{ {expression} }}}}")]).to_string();
        assert_eq!(render(&body).unwrap(), format!("[{expected}]"), "{expression}");
    }
}

#[test]
fn objects_repeat_and_depend() {
    let body = r#"{"rows": [
        {"$for": "line in lines", "$if": "line.kind == 'goods'", "no": "{{ loop.index }}", "sku": "{{ line.sku }}", "order": "{{ order }}"},
        {"$for": "line in lines", "$if": "loop.last", "$value": [0, "{{ line.sku }}"]},
        {"$for": "x in reason", "never": 1},
        {"$if": "rate > 2", "never": 1}
    ], "if": {"$if": "reason", "x": 1}, "then": {"$if": "buyer", "x": {"y": "{{ reason }}"}}}"#;
    let expected = json!({"rows": [
        {"no": 1, "sku": "TEA-500", "order": "SAMPLE-1"}, {"no": 2, "sku": "CUP", "order": "SAMPLE-1"}, [0, "SHIPPING"]
    ], "then": {"x": {}}});
    assert_eq!(render(body).unwrap(), expected.to_string());
}

#[test]
fn extra_columns_are_reached_both_ways_and_none_where_there_are_none() {
    let Document::SalesOrder(mut order) = samples(DocumentKind::SalesOrder, "CNY").remove(0) else { panic!() };
    order.header.extra.insert("extra_gift".into(), "card".into());
    order.header.lines[0].extra.insert("extra_batch".into(), "B7".into());
    let context = Context::of(&Document::SalesOrder(order), date(2026, 11, 30));
    let body = r#"{"F_GIFT": "{{ extra_gift }}", "x_gift": "{{ extra.extra_gift }}", "rows": [
        {"$for": "line in lines", "F_BATCH": "{{ line.extra_batch }}", "x": "{{ line.extra.extra_batch }}", "g": "{{ extra_gift }}"}
    ]}"#;
    let expected = json!({"F_GIFT": "card", "x_gift": "card", "rows": [
        {"F_BATCH": "B7", "x": "B7", "g": "card"}, {"g": "card"}, {"g": "card"}
    ]});
    assert_eq!(render_in(body, &context).unwrap(), expected.to_string());
    assert!(
        render_in(r#"["{{ line.nope }}"]"#, &context).unwrap_err().contains("`line` is not known; there are amounts")
    );
}

#[test]
fn a_field_list_is_the_object_that_it_describes() {
    let list = r#"[
        {"field": "FBillNo", "value": "{number}", "label": "单据编号", "type": "text", "required": true},
        {"field": "FDate", "value": "{posting_date}", "type": "date"},
        {"field": "FCustId.FNumber", "value": "{customer}", "label": "客户"},
        {"field": "FCustId.FName", "value": "{buyer}"},
        {"field": "FNote.FText", "value": "{reason}"},
        {"field": "FUnfilled", "label": "备注", "type": "text"},
        {"field": "FID", "value": 0},
        {"field": "FTotal", "value": "{amounts.total}", "type": "text"},
        {"field": "FStock", "value": "{{ stock }}", "type": "number"},
        {"field": "FFinance", "fields": [{"field": "FCurr.FNumber", "value": "{currency}"}]},
        {"field": "FSaleOrderEntry", "each": "lines", "fields": [
            {"field": "FMaterialId.FNumber", "value": "{sku}"},
            {"field": "FQty", "value": "{quantity}"},
            {"field": "FNote", "value": "{number} {loop.index}"}
        ]},
        {"field": "FPlan", "each": "line in lines", "fields": [{"field": "FNo", "value": "{line.no}"}]}
    ]"#;
    let row = |sku: &str, quantity: u32, note: &str| json!({"FMaterialId": {"FNumber": sku}, "FQty": quantity, "FNote": note});
    let expected = json!({
        "FBillNo": "SAMPLE-1", "FDate": "2026-11-30", "FCustId": {"FNumber": "U1001", "FName": "Ada Sample"}, "FID": 0,
        "FTotal": "452.00", "FStock": 7, "FFinance": {"FCurr": {"FNumber": "EUR"}},
        "FSaleOrderEntry": [row("TEA-500", 2, "SAMPLE-1 1"), row("CUP", 1, "SAMPLE-1 2"), row("SHIPPING", 1, "SAMPLE-1 3")],
        "FPlan": [{"FNo": 1}, {"FNo": 2}, {"FNo": 3}],
    });
    assert_eq!(render(list).unwrap(), expected.to_string());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (body, expected) in [
        ("{\"a\": 1,\n \"b\": }", "b.json:2:7: is no JSON: expected value"),
        (r#"{"a": {"b/c": "{{ nope }}"}}"#, "b.json: /a/b~1c: `nope` is not known; there are amounts, buyer"),
        (r#"["{{ amounts.gross }}"]"#, "b.json: /0: `amounts.gross` is not known; there are net, tax, total"),
        (r#"["{{ amounts.gross.x }} y"]"#, "b.json: /0: `amounts.gross` is not known"),
        (r#"["{{ knid == 'sales_order' }}"]"#, "b.json: /0: `knid` is not known"),
        (r#"["{{ number if number else nope }}"]"#, "b.json: /0: `nope` is not known"),
        (r#"["{{ [nope] }}"]"#, "b.json: /0: `nope` is not known"),
        (r#"["{{ number.x }}"]"#, "b.json: /0: `number.x` names something that is not there"),
        (r#"[{"$for": "line in rows"}]"#, "b.json: /0: `rows` is not known"),
        (r#"[{"$for": "line in number"}]"#, "b.json: /0: a list is wanted to go through, and this is a string"),
        (r#"{"$for": "line in lines"}"#, "b.json: \"$for\" makes elements of an array"),
        (r#"[{"$for": "lines"}]"#, "b.json: /0/$for: \"lines\" must be like \"line in lines\""),
        (r#"[{"$form": "x"}]"#, "b.json: /0: \"$form\" is not known: there are \"$for\""),
        (r#"[{"$value": 1, "x": 1}]"#, "b.json: /0: an object with \"$value\" stands for that value"),
        (r#"["{{ number "]"#, "b.json: /0: a {{ without its }}"),
        (r#"["{{ }}"]"#, "b.json: /0: there is no expression between the braces"),
        (r#"["{% if x %}"]"#, "b.json: /0: {% is not known here: a condition is \"$if\""),
        (r#"["{{ number + }}"]"#, "b.json: /0: `number +`: syntax error"),
        (r#"["{{ number|loud }}"]"#, "b.json: /0: `number|loud`: unknown filter"),
        (r#"["{{ amounts.net + amounts.tax }}"]"#, "amounts are computed with |plus(…)"),
        (r#"["{{ amounts.net|plus('1') }}"]"#, "a number is wanted, and this is text: |number reads it"),
        (r#"["{{ number|number }}"]"#, "|number wants a text like \"12.50\""),
        (r#"["{{ number|date('%Y') }}"]"#, "a date is wanted"),
        (r#"["{{ date|date('%Q') }}"]"#, "|date wants a form like '%Y%m%d'"),
        (r#"["{{ lines }} x"]"#, "b.json: /0: a sequence cannot stand within a text"),
        (r#"{"$if": "reason", "x": 1}"#, "b.json: it says nothing at all for this document"),
        (
            r#"[{"field": "F", "value": "{number}", "widht": 3}]"#,
            "b.json: /0: \"widht\" is not known: a field has field, value",
        ),
        (r#"[{"field": "F", "value": "{nope}"}]"#, "b.json: /0/value: `nope` is not known"),
        (r#"[{"field": "F", "value": "{reason}", "required": true}]"#, "b.json: /0: it is required, and is empty"),
        (r#"[{"field": "F", "required": true}]"#, "b.json: /0: is required, and has no \"value\""),
        (
            r#"[{"field": "F", "value": "{number}", "type": "number"}]"#,
            "b.json: /0: its type is number, and it is none",
        ),
        (r#"[{"field": "F", "value": "x", "type": "date"}]"#, "b.json: /0: its type is date, and it is none"),
        (
            r#"[{"field": "F", "value": "x", "type": "money"}]"#,
            "b.json: /0/type: \"money\" is not known: write text, number or date",
        ),
        (r#"[{"field": "F", "value": 1}, {"field": "F", "value": 2}]"#, "b.json: /1/field: F is there twice"),
        (
            r#"[{"field": "F", "value": 1}, {"field": "F.G", "value": 2}]"#,
            "b.json: /1/field: F has a value of its own already",
        ),
        (r#"[{"field": "F..G", "value": 1}]"#, "b.json: /0/field: must be a name"),
        (r#"[{"field": "F", "each": "lines"}]"#, "b.json: /0: has \"each\" and no \"fields\""),
        (
            r#"[{"field": "F", "each": "lines", "fields": [{"field": "G", "value": "{skew}"}]}]"#,
            "b.json: /0/fields/0/value: `skew` is not known",
        ),
    ] {
        let said = render(body).unwrap_err();
        assert!(said.contains(expected), "{body}\n  {said}\n  should contain {expected}");
        assert!(!said.contains('\n') && !said.contains("Ada"), "{said}");
    }
}

#[test]
fn a_float_is_neither_computed_with_nor_sent() {
    let float = Context::of(&samples(DocumentKind::Customer, "EUR")[0], date(2026, 11, 30));
    // An operator on integers of the language's own is the one way to a float.
    let said = render_in(r#"["{{ [1]|length|times(1) }}"]"#, &float);
    assert_eq!(said.unwrap(), "[1]");
    let error = figures::decimal(&minijinja::Value::from(0.5)).unwrap_err();
    assert!(error.to_string().contains("a float is not exact"));
}

const OWN: [BodyFile; 2] =
    [BodyFile { name: "order", text: r#"{"n": "{{ number }}"}"# }, BodyFile { name: "return", text: "{}" }];

#[test]
fn a_folder_s_file_takes_the_place_of_ours_and_no_other_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let here = folder.path().display().to_string();
    let new = || Bodies::new("some-erp", &OWN, Some(folder.path()));
    assert_eq!(
        Bodies::new("some-erp", &OWN, None).unwrap().render("order", &order()).unwrap(),
        json!({"n": "SAMPLE-1"})
    );
    write("order.json", "\u{feff}{\"n\": \"{{ number }}\", \"F_X\": \"{{ order }}\"}");
    write(".order.json.swp", "");
    assert_eq!(new().unwrap().render("order", &order()).unwrap(), json!({"n": "SAMPLE-1", "F_X": "SAMPLE-1"}));
    write("order.json", "{\"n\": }");
    assert_eq!(new().unwrap_err(), format!("{here}/order.json:1:7: is no JSON: expected value"));
    std::fs::rename(folder.path().join("order.json"), folder.path().join("orders.json")).unwrap();
    let expected =
        "some-erp has no such body: there are order.json, return.json; rename it, or take it out of the folder";
    assert_eq!(new().unwrap_err(), format!("{here}/orders.json: {expected}"));
}

#[test]
fn what_ships_says_where_it_is() {
    let own = [BodyFile { name: "order", text: "{\"n\": \"{{ nope }}\"}" }];
    let said = Bodies::new("some-erp", &own, None).unwrap().render("order", &order()).unwrap_err();
    assert!(said.starts_with("schema/erp/some-erp/order.json: /n: `nope` is not known"), "{said}");
}

/// The names in an expression are those of the schemas.
#[test]
fn a_context_has_every_field_of_the_documents() {
    for kind in [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote] {
        let schema = crate::document::schema(kind);
        let names =
            |schema: &Value| -> Vec<String> { schema["properties"].as_object().unwrap().keys().cloned().collect() };
        for currency in ["EUR", "JPY", "KWD"] {
            for sample in samples(kind, currency) {
                let context = Context::of(&sample, date(2026, 11, 30));
                for name in names(&schema) {
                    assert_eq!(context.lacks(&name), None, "{kind:?}");
                }
                for name in schema["$defs"].get("Line").map(names).unwrap_or_default() {
                    let body = format!(r#"[{{"$for": "line in lines", "x": "{{{{ line.{name} }}}}"}}]"#);
                    render_in(&body, &context).unwrap();
                }
            }
        }
    }
}

#[test]
fn samples_add_up() {
    use crate::document::{Amounts, Minor};
    for currency in ["EUR", "JPY", "KWD"] {
        let minor = Minor::of(currency).unwrap();
        for kind in [DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote] {
            for sample in samples(kind, currency) {
                let header = sample.header().unwrap();
                let sum: Amounts = header.lines.iter().map(|line| line.amounts).sum();
                assert_eq!(header.amounts, sum);
                assert_eq!(sum.net + sum.tax, sum.total);
                assert!(minor.holds(sum.tax));
            }
        }
    }
}

proptest::proptest! {
    /// Whatever amount a document has is sent with the same digits.
    #[test]
    fn amounts_keep_their_digits(cents in proptest::prelude::any::<i64>(), digits in 0u32..6, n in 0i64..1000) {
        let (amount, n) = (rust_decimal::Decimal::new(cents, digits), rust_decimal::Decimal::from(n));
        let context = order().with("a", exact(amount)).with("n", exact(n));
        let shown = render_in(r#"["{{ a }}", "{{ a|text }}", "{{ a|plus(n)|minus(n) }}", "{{ a > n }}"]"#, &context).unwrap();
        proptest::prop_assert_eq!(shown, format!("[{amount},\"{amount}\",{amount},{}]", amount > n));
    }

    /// No text makes the reader fail in another way than with a sentence.
    #[test]
    fn any_text_is_a_body_or_a_sentence(text in "[ -~{}%|'\"茶]{0,24}") {
        for braces in [expression::Braces::Double, expression::Braces::Single] {
            if let Err(said) = expression::Leaf::new(&text, braces) {
                proptest::prop_assert!(!said.is_empty());
            }
        }
    }
}
