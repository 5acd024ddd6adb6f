//! The example that ships, what it sends, and what is said of mistakes.

use std::fs;
use std::path::PathBuf;

use jiff::civil::{Date, date};
use serde_json::{Value, json};

use super::*;
use crate::config::parse;
use crate::document::{Amounts, Document, DocumentKind, Line, Minor, samples};
use crate::erp::rest::{Answer, classify};
use crate::erp::{Effect, Erp as _, Failure, Guarantee, Reply};

const ERPNEXT: &str = include_str!("../../../../schema/erp/rest/examples/erpnext.toml");
const DAY: Date = date(2026, 11, 30);

/// A small ERP of which everything is said, and the rest is as usual.
const SMALL: &str = r#"
[store]
url = "mysql://root@127.0.0.1/shop"
mapping = "ecshop"
[state]
url = "sqlite:x.db"
[erp]
kind = "rest"
url = "https://erp.example"
currency = "EUR"
[erp.auth]
kind = "bearer"
token = "${TOKEN}"
[erp.headers]
X-Tenant = "${TENANT}"
[erp.customer]
create = { url = "/customers" }
[erp.order]
idempotency_header = "Idempotency-Key"
create = { url = "/orders", headers = { Idempotency-Key = "{{ key }}" } }
fields = { reference = "/id", total = "/total" }
[erp.return]
create = { url = "/credits" }
probe = { url = "/credits?ref={{ key }}", list = "/items" }
fields = { reference = "/id", total = "/total" }
[erp.debit]
like = "order"
"#;

fn resolved(text: &str) -> Result<Settings, String> {
    let environment = |name: &str| Some(format!("geheim-{name}"));
    let config = parse("shop.toml", text, &environment).map_err(|e| e.to_string())?;
    match config.erp().cloned().map_err(|e| e.to_string())? {
        ErpConfig::Rest(settings) => Ok(*settings),
        other => Err(format!("it is {other:?}")),
    }
}

fn adapter(text: &str) -> Adapter {
    Adapter::new(resolved(text).unwrap(), Pace::free()).unwrap()
}

#[test]
fn what_is_said_is_taken_and_the_rest_is_as_usual() {
    let settings = resolved(SMALL).unwrap();
    assert_eq!(settings.answers, Answers::default());
    assert_eq!(settings.headers["X-Tenant"], Header { text: "geheim-TENANT".into(), secret: true });
    assert!(!format!("{settings:?}").contains("geheim"), "no secret shows");
    assert_eq!(settings.late_max, REQUEST_TIMEOUT + LATE_MARGIN);
    let adapter = adapter(SMALL);
    let guarantees =
        [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote]
            .map(|kind| adapter.guarantee(kind));
    assert_eq!(guarantees, [Guarantee::None, Guarantee::Unique, Guarantee::Probe, Guarantee::Unique]);
    let rendered = adapter.render(&samples(DocumentKind::SalesOrder, "EUR")[0], DAY).unwrap();
    assert_eq!((rendered.len(), rendered[0].method, rendered[0].path.as_str()), (1, "POST", "/orders"));
    assert_eq!(rendered[0].body["lines"][0]["total"].to_string(), "226.00");
}

#[test]
fn the_example_promises_that_nothing_is_there_twice() {
    let adapter = adapter(ERPNEXT);
    assert_eq!(adapter.account(), "rest https://erp.example.com");
    for kind in [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote] {
        assert_eq!(adapter.guarantee(kind), Guarantee::Unique, "{kind:?}");
    }
    assert!((20..60).contains(&adapter.requests_max()), "{}", adapter.requests_max());
}

/// Every status with every exception that Frappe is known to answer with.
#[test]
fn the_example_knows_what_frappe_answers() {
    let answers = resolved(ERPNEXT).unwrap().answers;
    let of = |effect, status, exception: &str| {
        let body =
            json!({"exc_type": exception, "exception": format!("frappe.exceptions.{exception}: no")}).to_string();
        let reply = Reply::Response { status, retry_after: None, body: body.as_bytes() };
        match classify(&answers, effect, &reply) {
            Answer::Done(_) => "done",
            Answer::Duplicate(_) => "duplicate",
            Answer::NotFound(_) => "not found",
            Answer::Refused(text) if text.ends_with(&format!("frappe.exceptions.{exception}: no")) => "refused",
            Answer::Refused(_) => "refused without a word",
            Answer::Failure(Failure::NotDone { .. }) => "not done",
            Answer::Failure(Failure::Unknown(_)) => "unknown",
            Answer::Failure(Failure::SessionRefused(_) | Failure::Unauthorised(_)) => "unauthorised",
            Answer::Failure(Failure::NotSent(_) | Failure::Garbled(_)) => "garbled",
        }
    };
    for (status, exception, read, write) in [
        (417, "ValidationError", "refused", "refused"),
        (417, "MandatoryError", "refused", "refused"),
        (417, "LinkValidationError", "refused", "refused"),
        (417, "UniqueValidationError", "duplicate", "duplicate"),
        (417, "TimestampMismatchError", "not done", "not done"),
        (409, "DuplicateEntryError", "duplicate", "duplicate"),
        (404, "DoesNotExistError", "not found", "not found"),
        (401, "AuthenticationError", "unauthorised", "unauthorised"),
        (403, "PermissionError", "unauthorised", "unauthorised"),
        (429, "RateLimitExceededError", "not done", "not done"),
        (500, "OperationalError", "not done", "unknown"),
        (502, "", "not done", "unknown"),
        (503, "SessionStopped", "not done", "unknown"),
        (301, "", "garbled", "garbled"),
        (200, "", "done", "done"),
    ] {
        let said = [Effect::Read, Effect::Write].map(|effect| of(effect, status, exception));
        assert_eq!(said, [read, write], "{status} {exception}");
    }
}

/// An order of a price that is no number of cents, of a gift, and of half a piece.
fn awkward() -> Document {
    let Document::SalesOrder(mut order) = samples(DocumentKind::SalesOrder, "CNY").remove(1) else { panic!() };
    let cents = |total: &str| {
        let total = total.parse().unwrap();
        Amounts::from_total(total, Minor::of("CNY").unwrap().included_tax(total, 13.into()))
    };
    let lines = &mut order.header.lines;
    let line = |line: &Line, quantity: &str, total| Line {
        quantity: quantity.parse().unwrap(),
        amounts: cents(total),
        name: "Tee „grün“ / 茶".into(),
        ..line.clone()
    };
    lines[0] = line(&lines[0], "3", "100.00");
    lines[1] = line(&lines[1], "1", "0.00");
    lines[2] = line(&lines[2], "0.5", "9.99");
    order.header.amounts = order.header.lines.iter().map(|line| line.amounts).sum();
    order.header.number = "S 1/ä".into();
    Document::SalesOrder(order)
}

/// Where one differs, and is meant to: `RECORD_REQUESTS=1 cargo test --lib config::erp::rest`.
#[test]
fn the_example_s_requests_are_those_that_were_recorded() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/erp/rest/requests");
    let kinds = [
        ("customer", DocumentKind::Customer),
        ("order", DocumentKind::SalesOrder),
        ("credit", DocumentKind::CreditNote),
        ("debit", DocumentKind::DebitNote),
    ];
    let samples = kinds.iter().flat_map(|(name, kind)| {
        samples(*kind, "CNY").into_iter().enumerate().map(move |(i, sample)| (format!("{name}-{}", i + 1), sample))
    });
    let adapter = adapter(ERPNEXT);
    for (name, document) in samples.chain([("order-awkward".to_owned(), awkward())]) {
        let requests = adapter.render(&document, DAY).unwrap().into_iter();
        let requests: Vec<Value> =
            requests.map(|r| json!({"method": r.method, "path": r.path, "body": r.body})).collect();
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
fn what_is_wrong_is_said_with_its_place() {
    for (from, to, expected) in [
        ("[erp.debit]\nlike = \"order\"", "", "[erp.debit] is missing"),
        ("like = \"order\"", "like = \"sale\"", "erp.debit.like: \"sale\" is no table"),
        ("like = \"order\"", "like = \"order\"\nnegative = true", "`like` says it all"),
        ("currency = \"EUR\"", "", "erp.currency: is missing"),
        ("currency = \"EUR\"", "currency = \"Euro\"", "no ISO 4217 code"),
        ("https://erp", "http://erp", "must be https"),
        ("kind = \"bearer\"", "kind = \"jwt\"", "erp.auth.kind: \"jwt\" is not known"),
        ("kind = \"bearer\"", "kind = \"none\"", "erp.auth.token: is not used with kind = \"none\""),
        ("[erp.auth]", "[erp.author]", "those are the keys of rest"),
        (
            "total = \"/total\" }\n[erp.return]",
            "total = \"/total\", sum = \"/x\" }\n[erp.return]",
            "unknown field `sum`",
        ),
        (
            "total = \"/total\" }\n[erp.return]",
            "total = \"total\" }\n[erp.return]",
            "erp.order.fields.total: \"total\" is no JSON pointer",
        ),
        (", total = \"/total\" }\n[erp.return]", " }\n[erp.return]", "write erp.totals = \"none\""),
        ("list = \"/items\"", "list = \"/items~\"", "erp.return.probe.list"),
        (
            "{{ key }}\" } }",
            "{{ keys }}\" } }",
            "erp.order.create.headers.Idempotency-Key: `keys` is not known; there are ",
        ),
        ("?ref={{ key }}", "?ref={{ order_no }}", "erp.return.probe.url: `order_no` is not known"),
        (
            "headers = { Idempotency-Key = \"{{ key }}\" }",
            "headers = { Idempotency-Key = \"1\" }",
            "is the same for every document",
        ),
        (
            "idempotency_header = \"Idempotency-Key\"",
            "idempotency_header = \"X-Key\"",
            "erp.order.create has no header X-Key",
        ),
        (
            "[erp.return]",
            "[erp.return]\nrefuses_duplicates = true\nupdate = { url = \"/x\" }",
            "erp.return.update: only a customer",
        ),
        (
            "[erp.customer]",
            "[erp.customer]\nrefuses_duplicates = true",
            "erp.customer.refuses_duplicates needs erp.customer.probe",
        ),
        ("X-Tenant", "\"X Tenant\"", "erp.headers: \"X Tenant\" is no header's name"),
        ("X-Tenant", "Content-Length", "is the connection's own"),
        ("X-Tenant", "Authorization", "is written by [erp.auth]"),
        ("\"${TENANT}\"", "\"${TENANT}{{ key }}\"", "holds a template and a secret"),
        ("\"/customers\"", "\"https://other.example/customers\"", "is not at https://erp.example"),
        ("\"/customers\"", "\"//other.example/customers\"", "must be a path below erp.url"),
        ("\"/customers\"", "\"customers\"", "must be a path below erp.url"),
        ("\"/customers\"", "\"/customers?key=${KEY}\"", "no secret is read into one"),
        ("\"/customers\"", "\"/customers\", method = \"DELETE\"", "erp.customer.create.method: \"DELETE\""),
        ("\"/customers\"", "\"/customers\", method = \"GET\"", "GET has no body"),
        ("\"/customers\"", "\"/customers\", body = \"buyer\"", "buyer.json is not there"),
        ("\"/customers\"", "\"/customers\", body = \"{ x\"", "erp.customer.create.body:1:3: is no JSON"),
        (
            "\"/customers\"",
            "\"/customers\", body = '{ \"a\": \"{{ nam }}\" }'",
            "erp.customer.create.body: /a: `nam` is not known",
        ),
        (
            "[erp.auth]",
            "[erp.answers]\nduplicate = [999]\n[erp.auth]",
            "erp.answers.duplicate[0]: 999 is no HTTP status",
        ),
        ("[erp.auth]", "[erp.answers]\nduplicate = [{ is = 1 }]\n[erp.auth]", "need `at`"),
        ("[erp.auth]", "[erp.answers]\nduplicate = [{ at = \"x\" }]\n[erp.auth]", "is no JSON pointer"),
        ("[erp.auth]", "[erp.answers]\nduplicate = [{ code = 1 }]\n[erp.auth]", "unknown field `code`"),
        ("[erp.auth]", "[erp.answers]\nok = []\n[erp.auth]", "nothing would ever be delivered"),
        ("[erp.auth]", "[erp.prices]\ntax = \"maybe\"\n[erp.auth]", "unknown variant `maybe`"),
    ] {
        let text = SMALL.replace(from, to);
        assert_ne!(text, SMALL, "{from} is not there");
        let said = resolved(&text).unwrap_err();
        assert!(said.contains(expected) && !said.contains("geheim"), "{to}: {said}");
    }
}

#[test]
fn the_account_s_address_may_stand_before_a_path() {
    let text = SMALL.replace("\"/customers\"", "\"https://erp.example/customers\"");
    let rendered = adapter(&text).render(&samples(DocumentKind::Customer, "EUR")[0], DAY).unwrap();
    assert_eq!(rendered[0].path, "/customers");
}

/// What a person copies from the README works.
#[test]
fn the_readme_s_block_is_a_config() {
    let readme = include_str!("../../../../schema/erp/rest/README.md");
    let blocks = readme.split("```toml\n").filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    let block = blocks.into_iter().find(|block| block.contains("kind = \"rest\"")).expect("the README has a block");
    let (rest_of_file, _) = SMALL.split_once("[erp]").unwrap();
    let adapter = adapter(&format!("{rest_of_file}{block}"));
    let kinds = [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote];
    assert_eq!(kinds.map(|kind| adapter.guarantee(kind)), [Guarantee::Probe, Guarantee::Unique, Guarantee::Unique]);
}
