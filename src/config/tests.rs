//! A test for each way in which a config can be wrong.

use std::path::PathBuf;

use super::*;

const GOOD: &str = r#"
[store]
url = "mysql://tap:${STORE_PASSWORD}@db.example:3306/ecshop"
mapping = "ecshop"
[state]
url = "sqlite:ledgertap.db"
[erp]
kind = "kingdee-xingchen"
url = "https://api.kingdee.com"
client_id = "1"
client_secret = "${SECRET}"
app_key = "k"
app_secret = "${SECRET}"
stock_id = "7"
[relay]
concurrency = 4
rate_per_minute = 400
"#;

fn environment(name: &str) -> Option<String> {
    match name {
        "STORE_PASSWORD" => Some("hunter2".into()),
        "BARE_PASSWORD" => Some("hunter2/s3cret".into()),
        "SECRET" => Some("s3cret".into()),
        _ => None,
    }
}

fn error(change: impl Fn(&str) -> String) -> String {
    let config = parse("shop.toml", &change(GOOD), &environment);
    config.and_then(|config| config.erp().cloned()).expect_err("it is refused").to_string()
}

#[test]
fn the_documented_file_is_taken() {
    let config = parse("shop.toml", GOOD, &environment).unwrap();
    assert_eq!(config.stream, "main");
    assert_eq!(config.state, StateUrl::Sqlite("ledgertap.db".into()));
    assert_eq!(config.relay.concurrency, 4);
    assert_eq!((config.store.heartbeat.as_secs(), config.store.probe.map(|every| every.as_secs())), (5, Some(60)));
    assert_eq!((config.keep.map(|keep| keep.as_secs()), config.console), (Some(90 * 86_400), None));
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn old_payloads_may_be_kept_for_ever_and_the_console_listens_on_loopback() {
    let keep = |text: &str| {
        let config = parse("shop.toml", &format!("{GOOD}[outbox]\nkeep = '{text}'\n"), &environment);
        config.unwrap().keep.map(|keep| keep.as_secs())
    };
    assert_eq!([keep("0s"), keep("30d"), keep("12h")], [None, Some(30 * 86_400), Some(12 * 3600)]);
    for listen in ["127.0.0.1:9187", "[::1]:9187", "127.1.2.3:80"] {
        let config = parse("shop.toml", &format!("{GOOD}[console]\nlisten = '{listen}'\n"), &environment).unwrap();
        assert_eq!(config.console.map(|at| at.to_string()).as_deref(), Some(listen));
    }
}

#[test]
fn every_wrong_file_is_one_sentence_with_its_place() {
    let swap = |from: &'static str, to: &'static str| move |good: &str| good.replace(from, to);
    type Case = (Box<dyn Fn(&str) -> String>, &'static str);
    let cases: Vec<Case> = vec![
        (
            Box::new(|good| format!("{good}[console]\nlisten = '0.0.0.0:9187'\n")),
            "shop.toml: console.listen: 0.0.0.0 is not a loopback address",
        ),
        (
            Box::new(|good| format!("{good}[outbox]\nkeep = '90 days'\n")),
            "shop.toml: outbox.keep: must be a duration like",
        ),
        (
            Box::new(|good| format!("{good}[books]\nsales_order = 'X'\n")),
            "shop.toml: books.sales_order: \"X\" must have {order} in it once",
        ),
        (
            Box::new(|good| format!("{good}[books]\nclosed_until = 'October'\n")),
            "shop.toml: books.closed_until: must be a day like \"2026-10-31\"",
        ),
        (
            Box::new(|good| format!("{good}[customers]\npolicy = 'some'\n")),
            "shop.toml: customers.policy: \"some\" is not known: write \"on-first-order\" or \"all\"",
        ),
        (
            Box::new(|good| format!("{good}[customers]\npolicy = 'all'\nshared = 'W'\n")),
            "shop.toml: customers.shared: takes the place of customers.policy",
        ),
        (
            Box::new(|good| format!("{good}[customers]\nguests = ' '\n")),
            "shop.toml: customers.guests: must be a customer's number in the ERP",
        ),
        (
            Box::new(|good| format!("{good}[customers]\nshared = 'W'\nguests = 'G'\n")),
            "shop.toml: customers.guests: says nothing beside customers.shared",
        ),
        (
            Box::new(|good| format!("{good}[customers]\nnumber = 'U'\n")),
            "shop.toml: customers.number: \"U\" must have {customer} in it once",
        ),
        (
            Box::new(|good| format!("{good}[products]\nunknown = 'drop'\n")),
            "shop.toml: products.unknown: \"drop\" is not known: write \"pass\"",
        ),
        (
            Box::new(|good| format!("{good}[[rules]]\nrequire = 'total > 0'\notherwise = 'shout'\nmessage = 'x'\n")),
            "shop.toml: rules[1].otherwise: \"shout\" is not known: write hold, park or warn",
        ),
        (
            Box::new(|good| {
                format!("{good}[[rules]]\non = 'bill'\nrequire = 'total > 0'\notherwise = 'hold'\nmessage = 'x'\n")
            }),
            "shop.toml: rules[1].on: \"bill\" is not known: write sales_order",
        ),
        (
            Box::new(|good| {
                format!("{good}[[rules]]\neach = 'row'\nrequire = 'total > 0'\notherwise = 'hold'\nmessage = 'x'\n")
            }),
            "shop.toml: rules[1].each: \"row\" is not known: write document or line",
        ),
        (
            Box::new(|good| format!("{good}[[rules]]\nrequire = 'total > 0'\notherwise = 'hold'\nmessage = ''\n")),
            "shop.toml: rules[1].message: is empty",
        ),
        (
            Box::new(swap("concurrency = 4", "concurency = 4")),
            "shop.toml:16:1: unknown field `concurency`, expected one of",
        ),
        (Box::new(swap("[relay]", "[relais]")), "shop.toml:15:2: unknown field `relais`"),
        (Box::new(swap("concurrency = 4", "concurrency = \"4\"")), "shop.toml:16:15: invalid type: string"),
        (
            Box::new(swap("app_secret = \"${SECRET}\"", "app_secret = 987654321")),
            "shop.toml:13:14: invalid type: integer, expected a string",
        ),
        (Box::new(swap("concurrency = 4", "concurrency = 0")), "shop.toml: relay.concurrency: must be 1 to 256"),
        (Box::new(swap("url = \"sqlite:ledgertap.db\"", "")), "shop.toml:5:1: missing field `url`"),
        (Box::new(swap("[state]\nurl = \"sqlite:ledgertap.db\"", "")), "shop.toml: state: is missing: add [state]"),
        (
            Box::new(|good| format!("{}[relay]", good.split("[erp]").next().unwrap_or_default())),
            "shop.toml: erp: is missing: add the block",
        ),
        (
            Box::new(swap("\"${SECRET}\"", "\"${NONE}\"")),
            "shop.toml: erp.client_secret: needs the environment variable NONE",
        ),
        (Box::new(swap("sqlite:ledgertap.db", "sqlite:")), "shop.toml: state.url: must look like sqlite:ledgertap.db"),
        (Box::new(swap("sqlite:ledgertap.db", "postgres:x")), "shop.toml: state.url: must look like sqlite:"),
        (Box::new(swap("mysql://tap", "postgres://tap")), "shop.toml: store.url: must look like mysql://"),
        (
            Box::new(swap("${STORE_PASSWORD}", "${NOPE}")),
            "store.url: needs the environment variable NOPE, which is not set",
        ),
        (
            Box::new(swap("${STORE_PASSWORD}", "${BARE_PASSWORD}")),
            "store.url: the value of BARE_PASSWORD has characters that must be percent-encoded",
        ),
        (Box::new(swap("${STORE_PASSWORD}", "${NOPE")), "store.url: has a ${ without its }"),
        (Box::new(swap("kingdee-xingchen", "sap")), "shop.toml: erp.kind: \"sap\" is not known"),
        (
            Box::new(swap("https://api.kingdee.com", "http://api.kingdee.com")),
            "shop.toml: erp.url \"http://api.kingdee.com\" must be https",
        ),
        (Box::new(swap("https://api.kingdee.com", "api")), "shop.toml: erp.url is not a URL"),
        (Box::new(swap("stock_id = \"7\"", "")), "shop.toml: erp.stock_id: is missing"),
        (
            Box::new(swap("stock_id = \"7\"", "stock_id = \"7\"\nstock = \"8\"")),
            "shop.toml:15:1: unknown field `stock`, expected one of `client_id`",
        ),
        (
            Box::new(swap("stock_id = \"7\"", "stock = \"7\"")),
            "those are the keys of kingdee-xingchen, beside kind, url, currency, request_timeout, late_max, bodies",
        ),
        (
            Box::new(swap("stock_id = \"7\"", "stock_id = \"7\"\nbodies = \"no/such/folder\"")),
            "shop.toml: erp.bodies: no/such/folder is no folder: make it",
        ),
        (
            Box::new(swap("stock_id = \"7\"", "stock_id = \"7\"\nrequest_timeout = \"soon\"")),
            "shop.toml: erp.request_timeout: must be a duration like",
        ),
        (
            Box::new(swap("mapping = \"ecshop\"", "mapping = \"\"")),
            "shop.toml: store.mapping: must be a profile's name",
        ),
        (
            Box::new(swap("mapping = \"ecshop\"", "mapping = \"ecshop\"\nheartbeat = \"500ms\"")),
            "shop.toml: store.heartbeat: must be \"1s\" to \"60s\"",
        ),
        (
            Box::new(swap("mapping = \"ecshop\"", "mapping = \"ecshop\"\nheartbeat = \"2m\"")),
            "shop.toml: store.heartbeat: must be \"1s\" to \"60s\"",
        ),
        (
            Box::new(swap("mapping = \"ecshop\"", "mapping = \"ecshop\"\nheartbeat = 5")),
            "shop.toml:5:13: invalid type: integer",
        ),
        (
            Box::new(swap("mapping = \"ecshop\"", "mapping = \"ecshop\"\nprobe = \"10ms\"")),
            "shop.toml: store.probe: must be \"100ms\" or more",
        ),
        (Box::new(swap("[store]", "stream = \"a b\"\n[store]")), "shop.toml: stream: must be letters"),
        (Box::new(swap("concurrency = 4", "backoff = \"0s\"")), "shop.toml: relay.backoff: must be above zero"),
        (Box::new(swap("[store]", "[store")), "shop.toml:2:7: "),
    ];
    for (change, expected) in cases {
        let said = error(change);
        assert!(said.contains(expected), "{said}\n  should contain {expected}");
        assert!(
            !said.contains("hunter2") && !said.contains("s3cret") && !said.contains("987") && !said.contains('\n'),
            "{said}"
        );
    }
}

#[test]
fn heartbeat_and_probe_can_be_set() {
    let text = GOOD.replace("mapping = \"ecshop\"", "mapping = \"ecshop\"\nheartbeat = \"1s\"\nprobe = \"0s\"");
    let config = parse("shop.toml", &text, &environment).unwrap();
    assert_eq!((config.store.heartbeat.as_secs(), config.store.probe), (1, None));
}

#[test]
fn a_store_needs_none_of_the_erp_s_secrets() {
    let nothing = |_: &str| None;
    assert!(parse("shop.toml", &GOOD.replace("${STORE_PASSWORD}", "x"), &nothing).is_ok());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, "[store]\nurl = 'mysql://tap:${NOT_SET_ANYWHERE}@db/shop'\nmapping = 'ecshop'\n").unwrap();
    assert_eq!(load_mapping(&file).unwrap().0, "ecshop");
    assert!(load_store(&file).unwrap_err().to_string().contains("NOT_SET_ANYWHERE"));
    std::fs::write(&file, "[store]\nurl = 'mysql://tap@db/shop'\nmapping = 'ecshop'\n").unwrap();
    assert_eq!(load_store(&file).unwrap().mapping, "ecshop");
}

#[test]
fn paths_are_seen_from_the_config_s_folder_or_else_from_where_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.toml").display().to_string();
    let read = |mapping: &str| {
        let text = GOOD.replace("mapping = \"ecshop\"", &format!("mapping = \"{mapping}\""));
        let config = parse(&file, &text, &environment).unwrap();
        (PathBuf::from(config.store.mapping), config.state)
    };
    let state = StateUrl::Sqlite(folder.path().join("ledgertap.db"));
    assert_eq!(read("mapping"), ("mapping".into(), state.clone()));
    std::fs::create_dir(folder.path().join("mapping")).unwrap();
    assert_eq!(read("mapping"), (folder.path().join("mapping"), state.clone()));
    // A profile's name stays one, and what is only seen from here stays that.
    std::fs::create_dir(folder.path().join("ecshop")).unwrap();
    assert_eq!(read("ecshop"), ("ecshop".into(), state.clone()));
    assert_eq!(read("schema/stores/ecshop"), ("schema/stores/ecshop".into(), state.clone()));
    std::fs::create_dir_all(folder.path().join("schema/stores/ecshop")).unwrap();
    assert_eq!(read("schema/stores/ecshop"), (folder.path().join("schema/stores/ecshop"), state.clone()));
    assert_eq!(read("/opt/mapping"), ("/opt/mapping".into(), state));
}

#[test]
fn a_file_that_is_not_there_says_how_to_name_one() {
    let said = load(Path::new("/nowhere/shop.toml")).unwrap_err().to_string();
    assert!(said.starts_with("/nowhere/shop.toml: cannot be read (") && said.ends_with("--config FILE"), "{said}");
}

#[test]
fn a_crosswalk_is_a_csv_or_a_toml_file() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        read_items(&path).map_err(|e| e.to_string().replace(&folder.path().display().to_string(), "."))
    };
    let items = read("a.csv", "\u{feff}sku, item ,unit\nA-1,M-1,\n\"B,2\",M-2,箱\n").unwrap();
    let shown = |items: &std::collections::BTreeMap<String, crate::document::Item>| {
        items.iter().map(|(sku, item)| format!("{sku} {} {:?}", item.number, item.unit)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&items), ["A-1 M-1 None", "B,2 M-2 Some(\"箱\")"]);
    let toml = read("a.toml", "[items]\nA-1 = 'M-1'\n'B,2' = { item = 'M-2', unit = '箱' }\n").unwrap();
    assert_eq!(items, toml);
    for (text, error) in [
        ("sku,number\nA,1\n", "./b.csv:1: has no column `item`: its first line must be sku,item"),
        ("sku,item\nA\n", "./b.csv:2: has 1 fields, and the first line 2"),
        ("sku,item\nA,1\nB,\n", "./b.csv:3: has no item"),
        ("sku,item\nA,1\nA,2\n", "./b.csv:3: the SKU A is there twice"),
        ("", "./b.csv:1: has no column `sku`: its first line must be sku,item"),
    ] {
        assert_eq!(read("b.csv", text).unwrap_err(), error);
    }
    assert!(read("b.toml", "items = 3").unwrap_err().starts_with("./b.toml: "));
    let accounts = folder.path().join("accounts.csv");
    std::fs::write(&accounts, "customer,account\nU1,K1\nU1,K2\n").unwrap();
    assert!(
        read_accounts(&accounts).unwrap_err().to_string().ends_with("accounts.csv:3: the customer U1 is there twice")
    );
}
