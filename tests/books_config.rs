//! What the config says of the books: numbers, closed months, customers and their accounts, items, rules. On a small shop, with
//! the real program and the sandbox.

use ledgertap::sandbox::Booked;

use crate::world::{self, Site};

#[tokio::test(flavor = "multi_thread")]
async fn numbers_follow_the_templates_and_a_number_that_is_too_long_holds_its_order() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    site.blocks = "[books]\nsales_order = 'SO/{stream}/{order}'\ncredit_note = '{order}-红{n}'\n".to_owned();
    shop.sell(1, "A-1").await;
    shop.sql("UPDATE ecs_order_info SET discount = 20.00 WHERE order_id = 1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    assert!(sandbox.books().find("sales_order", "SO/main/SN1").is_some());
    shop.sql("UPDATE ecs_order_info SET discount = 30.00 WHERE order_id = 1").await;
    shop.sell(2, "A-1").await;
    shop.sql(&format!("UPDATE ecs_order_info SET order_sn = '{}' WHERE order_id = 2", "9".repeat(20))).await;
    site.blocks = format!("[books]\nsales_order = '{}{{order}}'\n", "X".repeat(70));
    site.run(&["run", "--once"]).await.went_well();
    let status = site.status().await;
    let reason = status["held"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("has 90 characters, and the ERP takes 27 at most: shorten the templates"), "{reason}");
    // The remedy is enough: the shop need not touch the order.
    site.blocks.clear();
    site.run(&["run", "--once"]).await.went_well();
    assert!(sandbox.books().find("sales_order", &"9".repeat(20)).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_in_a_closed_month_is_posted_in_the_next_open_one() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    // The shop's order is of 2026-05-28.
    site.blocks = "[books]\nclosed_until = '2026-05-31'\n".to_owned();
    shop.sell(1, "A-1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let database = rusqlite::Connection::open(site.state()).unwrap();
    let row = |column: &str| -> String {
        let sql = format!("SELECT {column} FROM outbox WHERE kind = 'sales_order'");
        database.query_row(&sql, [], |r| r.get(0)).unwrap()
    };
    assert_eq!(
        (row("posting_date"), row("json_extract(payload, '$.date')")),
        ("2026-06-01".into(), "2026-05-29".into())
    );
    assert!(sandbox.books().find("sales_order", "SN1").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_account_of_the_whole_shop_with_the_buyers_name_on_each_document() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    site.blocks = "[customers]\nshared = 'WEBSHOP'\n".to_owned();
    shop.sell(1, "A-1").await;
    sandbox.add_customer("WEBSHOP", "Web shop");
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let books = sandbox.books();
    let order = books.find("sales_order", "SN1").unwrap();
    assert_eq!((order.customer.as_str(), books.documents_by_kind()["customer"]), ("WEBSHOP", 1));
    assert_eq!(told(&site, "buyer"), "客户1");
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_share_an_account_and_imported_accounts_are_left_as_they_are() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mariadb()).await;
    site.blocks = "[customers]\nguests = 'GUESTS'\n".to_owned();
    std::fs::write(site.path("accounts.csv"), "customer,account\nU1,K-0001\n").unwrap();
    let file = site.path("accounts.csv").display().to_string();
    let imported = site.run(&["customers", "import", &file]).await;
    imported.went_well();
    sandbox.add_customer("K-0001", "A customer of the ERP's own");
    sandbox.add_customer("GUESTS", "Guests");
    shop.sell(1, "A-1").await;
    shop.sell(2, "A-1").await;
    shop.sql("UPDATE ecs_order_info SET user_id = 0 WHERE order_id = 2").await;
    shop.sql("UPDATE ecs_users SET user_name = '改名' WHERE user_id = 1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let books = sandbox.books();
    assert_eq!(books.find("sales_order", "SN1").unwrap().customer, "K-0001");
    assert_eq!(books.find("sales_order", "SN2").unwrap().customer, "GUESTS");
    assert_eq!(books.find("customer", "K-0001").unwrap().name.as_deref(), Some("A customer of the ERP's own"));
    assert_eq!(books.documents_by_kind()["customer"], 2);
    let exported = site.run(&["customers", "export"]).await.stdout;
    assert_eq!(exported, "customer,account,how\nU1,K-0001,imported\n");
    // What is exported can be imported as it is; what ledgertap told stays its own.
    std::fs::write(&file, exported).unwrap();
    site.run(&["customers", "import", &file]).await.went_well();
    std::fs::write(&file, "customer,account,how\nU1,K-0001,imported\nU9,U9,told\n").unwrap();
    assert!(site.run(&["customers", "import", &file]).await.stdout.starts_with("1 customers have accounts"));
    assert_eq!(site.run(&["customers", "forget", "U1"]).await.stdout, "U1 is forgotten\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_customers_are_told_where_the_config_says_so() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    site.blocks = "[customers]\npolicy = 'all'\n".to_owned();
    let user = |id: u32| format!("INSERT INTO ecs_users (user_id, user_name, email) VALUES ({id}, '客户{id}', '')");
    shop.sql(&user(7)).await;
    let from = shop.head().await;
    shop.sql(&user(8)).await;
    site.run(&["run", "--once", "--from", &from]).await.went_well();
    let books = sandbox.books();
    // One that was there before the stream began, and one that came after.
    assert!(books.find("customer", "U7").is_some() && books.find("customer", "U8").is_some(), "{books:?}");
    assert_eq!(books.documents.len(), 2);
}

/// The store moves a told order to another customer: the ERP keeps the first, and the operator is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_to_another_customer_warns() {
    let (sandbox, mut shop, site) = world::small_shop(&world::mysql()).await;
    shop.sell(1, "A-1").await;
    shop.sell(2, "A-1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    shop.sql("UPDATE ecs_order_info SET user_id = 2, discount = 50.00 WHERE order_id = 1").await;
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(sandbox.books().find("credit_note", "SN1-CN1").unwrap().customer, "U1");
    let status = site.status().await;
    let warning = status["warned"][0]["reason"].as_str().unwrap();
    assert!(warning.contains("the store has it under the customer U2 now, and the ERP under U1"), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_sku_parks_its_order_and_adding_it_releases_it() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    std::fs::write(site.path("skus.csv"), "sku,item,unit\nA-1,M-0001,\n").unwrap();
    site.blocks = "[products]\ncrosswalk = 'skus.csv'\nunknown = 'park'\n".to_owned();
    shop.sell(1, "A-1").await;
    shop.sell(2, "B-2").await;
    shop.sell(3, "C-3").await;
    let mut running = site.start(&["run", "--from", &shop.from]);
    running.until("SELECT count(*) FROM outbox WHERE state = 'parked'", 2).await;
    let said: Vec<String> = site.status().await["parked"].as_array().unwrap().iter().map(said).collect();
    assert_eq!(
        said,
        ["B-2", "C-3"].map(|sku| format!(
            "the crosswalk has no item for the SKU {sku}: add it with `ledgertap products add '{sku}' ITEM`, or in the file that \
             products.crosswalk names; then it goes on by itself"
        ))
    );
    let sku = |order: &str| sandbox.books().find("sales_order", order).map(|o: &Booked| o.lines[0].sku.clone());
    assert_eq!((sku("SN1"), sku("SN2")), (Some("M-0001".into()), None));
    // One by the command beside the running bridge, one in the config's file.
    let added = site.run(&["products", "add", "B-2", "M-0002"]).await;
    assert_eq!(added.stdout, "1 items are named\nSN2 waited for one of them and goes on\n");
    std::fs::write(site.path("skus.csv"), "sku,item,unit\nA-1,M-0001,\nC-3,M-0003,\n").unwrap();
    running.until("SELECT count(*) FROM outbox WHERE kind = 'sales_order' AND state = 'delivered'", 3).await;
    assert_eq!((sku("SN2"), sku("SN3")), (Some("M-0002".into()), Some("M-0003".into())));
    running.terminate().await.went_well();
    let exported = site.run(&["products", "export"]).await.stdout;
    assert_eq!(exported, "sku,item,unit\nA-1,M-0001,\nB-2,M-0002,\nC-3,M-0003,\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_the_erp_lacks_parks_its_order_until_the_erp_has_it() {
    let (sandbox, mut shop, site) = world::small_shop(&world::mariadb()).await;
    shop.sell(1, "UNKNOWN-1").await;
    let mut running = site.start(&["run", "--from", &shop.from]);
    running.until("SELECT count(*) FROM outbox WHERE state = 'parked'", 1).await;
    let parked = site.status().await["parked"][0].clone();
    assert!(said(&parked).starts_with("the ERP has no material with the number UNKNOWN-1: add it there"), "{parked}");
    sandbox.add_item("UNKNOWN-1");
    running.until("SELECT count(*) FROM outbox WHERE kind = 'sales_order' AND state = 'delivered'", 1).await;
    // Another one is there under another number.
    shop.sell(2, "UNKNOWN-2").await;
    running.until("SELECT count(*) FROM outbox WHERE state = 'parked'", 1).await;
    let added = site.run(&["products", "add", "UNKNOWN-2", "M-2"]).await;
    assert_eq!(added.stdout, "1 items are named\nSN2 waited for one of them and goes on\n");
    running.until("SELECT count(*) FROM outbox WHERE kind = 'sales_order' AND state = 'delivered'", 2).await;
    running.terminate().await.went_well();
    assert_eq!(sandbox.books().find("sales_order", "SN2").unwrap().lines[0].sku, "M-2");
    assert_eq!(site.run(&["products", "forget", "UNKNOWN-2"]).await.stdout, "UNKNOWN-2 is forgotten\n");
    let twice = site.run(&["products", "forget", "UNKNOWN-2"]).await;
    assert_eq!((twice.code, twice.stdout.as_str()), (Some(1), "UNKNOWN-2 was not named\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_hold_park_and_warn_with_their_own_words() {
    let (sandbox, mut shop, mut site) = world::small_shop(&world::mysql()).await;
    site.blocks = "[[rules]]\nrequire = \"ship_to <> ''\"\notherwise = 'hold'\nmessage = 'nobody to ship to'\n\
                   [[rules]]\nrequire = 'total <= 1000'\notherwise = 'park'\nmessage = 'look at large orders first'\n\
                   [[rules]]\non = 'any'\neach = 'line'\nrequire = \"sku NOT LIKE 'OLD%'\"\notherwise = 'warn'\n\
                   message = 'an old SKU'\n"
        .to_owned();
    shop.sell(1, "A-1").await;
    shop.sell(2, "OLD-2").await;
    shop.sell(3, "A-1").await;
    shop.sell(4, "A-1").await;
    shop.sql("UPDATE ecs_order_goods SET goods_price = 2000.00 WHERE order_id = 3").await;
    shop.sql("UPDATE ecs_order_info SET goods_amount = 2000.00 WHERE order_id = 3").await;
    shop.sql("UPDATE ecs_order_info SET consignee = '' WHERE order_id = 4").await;
    let ended = site.run(&["run", "--once", "--from", &shop.from]).await;
    assert_eq!(ended.code, Some(1), "one is parked: {}", ended.stderr);
    let status = site.status().await;
    assert_eq!(status["held"][0]["reason"], "nobody to ship to (SN4)");
    assert_eq!(said(&status["parked"][0]), "look at large orders first (SN3)");
    assert_eq!(status["warned"][0]["reason"], "an old SKU (SN2, line 2 (OLD-2))");
    let there = |order: &str| sandbox.books().find("sales_order", order).is_some();
    assert_eq!(["SN1", "SN2", "SN3", "SN4"].map(there), [true, true, false, false]);
    // An order that a rule holds tells no customer.
    assert!(sandbox.books().find("customer", "U4").is_none());
    // A person has looked at the large one; the other mends itself in the store.
    site.run(&["outbox", "retry", "SN3"]).await.went_well();
    shop.sql("UPDATE ecs_order_info SET consignee = '王小明' WHERE order_id = 4").await;
    site.run(&["run", "--once"]).await.went_well();
    assert!(there("SN3") && there("SN4"));
    // The warning stays while the shop goes on with the order.
    shop.sql("UPDATE ecs_order_goods SET send_number = 1 WHERE order_id = 2").await;
    site.run(&["run", "--once"]).await.went_well();
    assert_eq!(site.status().await["warned"][0]["reason"], "an old SKU (SN2, line 2 (OLD-2))");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_cannot_be_understood_stops_the_start_with_its_place() {
    let (_sandbox, shop, mut site) = world::small_shop(&world::mysql()).await;
    site.blocks = "[[rules]]\nrequire = 'totl > 0'\notherwise = 'hold'\nmessage = 'x'\n".to_owned();
    let ended = site.run(&["run", "--once", "--from", &shop.from]).await;
    assert_ne!(ended.code, Some(0));
    assert!(
        ended.stderr.contains("rules[1].require:1:1") && ended.stderr.contains("did you mean `total`"),
        "{}",
        ended.stderr
    );
    let check = site.run(&["check"]).await;
    assert!(check.stdout.contains("FIX  the books' settings: ") && check.code == Some(1), "{}", check.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_streams_of_one_account_must_have_their_names_in_their_numbers() {
    let (_sandbox, shop, mut site) = world::small_shop(&world::mysql()).await;
    let stream = |site: &mut Site, name: &str, block: &str| {
        site.blocks = format!("{block}\n");
        site.head = format!("stream = '{name}'\n");
    };
    stream(&mut site, "north", "");
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    stream(&mut site, "south", "");
    let wrong = "the streams south and north write into the same ERP account";
    let ended = site.run(&["run", "--once", "--from", &shop.from]).await;
    ended.says(2, &[wrong, "put {stream} into every template under [books] of both"]);
    let check = site.run(&["check"]).await;
    assert!(check.code == Some(1) && check.stdout.contains(wrong), "{}", check.stdout);
    let named = "[books]\nsales_order = '{stream}-{order}'\nagain = '{stream}-{order}-R{n}'\n\
                 credit_note = '{stream}-{order}-CN{n}'\ndebit_note = '{stream}-{order}-DN{n}'\n\
                 [customers]\nnumber = '{stream}-{customer}'\n";
    stream(&mut site, "south", named);
    site.run(&["run", "--once", "--from", &shop.from]).await.says(2, &[wrong]);
    stream(&mut site, "north", named);
    site.run(&["run", "--once"]).await.went_well();
    stream(&mut site, "south", named);
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
}

#[tokio::test]
async fn the_schemas_are_printed_as_they_stand_in_their_files() {
    for document in ["customer", "sales-order", "credit-note", "debit-note"] {
        let printed = world::start(&["documents", "schema", document], std::path::Path::new("none")).end().await;
        let file = format!("{}/schema/documents/{document}.json", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Ok(printed.stdout), std::fs::read_to_string(&file).map_err(|e| format!("{file}: {e}")));
    }
}

fn said(entry: &serde_json::Value) -> String {
    entry["said"].as_str().unwrap_or_default().to_owned()
}

/// A field of the one sales order's document.
fn told(site: &Site, field: &str) -> String {
    let database = rusqlite::Connection::open(site.state()).unwrap();
    let sql = format!("SELECT json_extract(payload, '$.{field}') FROM outbox WHERE kind = 'sales_order'");
    database.query_row(&sql, [], |r| r.get(0)).unwrap()
}
