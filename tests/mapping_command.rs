//! `mapping check`, `contract` and `verify`, and that the store's answers are ours on every shop that a profile ships for.

use std::path::Path;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{self, Ended, SmallShop};

async fn mapping(args: &[&str]) -> Ended {
    world::start(&[&["mapping"], args].concat(), Path::new("/nowhere")).end().await
}

/// A mapping that extends another.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("make a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("write a file");
    }
    folder
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().expect("it is text")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_mapping_is_a_line_with_its_place() {
    let wrong = folder(&[
        ("profile.toml", "extends = 'ecshop'\n"),
        (
            "refund.sql",
            "SELECT b.back_id AS id,\n  b.order_id, TRUE AS included, CONCATT('0') AS amount FROM ecs_back_order b LIMIT 3",
        ),
    ]);
    let told = mapping(&["check", path(&wrong)]).await;
    assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""));
    let lines: Vec<&str> = told.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{}", told.stderr);
    let place = format!("{}/refund.sql:2:", path(&wrong));
    assert!(lines[0].starts_with(&place) && lines[0].contains("LIMIT is not supported"), "{}", lines[0]);

    let shop = SmallShop::on(&world::mariadb()).await;
    let wrong = folder(&[("profile.toml", "extends = 'ecshop'\n[columns.'order.sql']\nship_to = 'o.nowhere'\n")]);
    let told = mapping(&["check", path(&wrong), "--store", &shop.url]).await;
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(
        told.stderr.contains("profile.toml:3:12: the table `ecs_order_info`") && told.stderr.contains("`nowhere`"),
        "{}",
        told.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_is_mirrored_and_what_a_change_concerns() {
    for root in [world::mariadb(), world::mysql()] {
        let shop = SmallShop::on(&root).await;
        let told = mapping(&["check", "ecshop", "--store", &shop.url]).await;
        told.went_well();
        for line in [
            "  zone +08:00, currency CNY, tax 13 %",
            "order.sql",
            "  LEFT JOIN ecs_region: one row by its key (region_id)",
            "ecs_region (InnoDB), key region_id",
            "  lookup of order.sql: a changed row concerns no document (with follow = [\"ecs_region\"] it does)",
            "  first table of order_line.sql: a changed row concerns its order",
            "  read as it is at the stream's first start",
            "the mapping's 6 tables, columns and keys are in the store",
        ] {
            assert!(told.stdout.lines().any(|l| l == line), "{line} is not in:\n{}", told.stdout);
        }
    }
    let told = mapping(&["check", "woocommerce"]).await;
    told.went_well();
    assert!(told.stdout.contains("\n  subquery over wp_wc_order_addresses\n"), "{}", told.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_is_a_table() {
    let told = mapping(&["contract"]).await;
    told.went_well();
    let total = told.stdout.lines().find(|l| l.starts_with("order.sql        total")).expect("it has the total");
    assert!(total.contains(" yes ") && total.contains("the control total of the order"), "{total}");
    let told = mapping(&["contract", "--json"]).await;
    let json: Value = serde_json::from_str(&told.stdout).expect("it is JSON");
    let owners: Vec<&str> = json.as_array().unwrap().iter().filter_map(|o| o["owner"].as_str()).collect();
    assert_eq!(
        owners,
        ["customer.id", "order.id", "order_line.order_id", "refund.id", "refund.order_id", "refund_line.refund_id"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_store_says_otherwise_is_found() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = SmallShop::on(&root).await;
        for id in 1..=3 {
            shop.sell(id, "SKU-1").await;
        }
        let good = folder(&[(
            "profile.toml",
            "extends = 'ecshop'\n[columns.'order.sql']\nship_to = 'LEFT(o.consignee, 1)'\n",
        )]);
        let told = mapping(&["verify", "--store", &shop.url, "--mapping", path(&good)]).await;
        told.went_well();
        let end = "\n0 values differ, 0 documents are refused\n0 of 3 orders would be held\n";
        assert!(told.stdout.ends_with(end), "{}", told.stdout);
        assert!(told.stdout.contains("3 orders, ") && told.stdout.contains(": 3 of customer.sql, 3 of order.sql, "));

        // Texts of which the profile says wrongly what they are in: the server counts other letters.
        let text = "extends = 'ecshop'\ncharset = 'latin1'\n[columns.'order.sql']\nship_to = 'LEFT(o.consignee, 1)'\n";
        let wrong = folder(&[("profile.toml", text)]);
        let told = mapping(&["verify", "--store", &shop.url, "--mapping", path(&wrong), "--order", "2", "SN3"]).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        let differ: Vec<&str> = told.stdout.lines().filter(|l| l.starts_with("DIFF ")).collect();
        assert_eq!(differ.len(), 2, "{}", told.stdout);
        assert!(differ[0].starts_with("DIFF order.sql: `2`, `ship_to`: the store says '"), "{}", differ[0]);
        assert!(told.stdout.contains("\n2 values differ, "), "{}", told.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_would_be_held_are_told_by_cause() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = SmallShop::on(&root).await;
        for id in 1..=6 {
            shop.sell(id, "SKU-1").await;
        }
        for statement in [
            "UPDATE ecs_order_info SET goods_amount = 199.99 WHERE order_id = 1",
            "UPDATE ecs_order_info SET goods_amount = 201.5 WHERE order_id = 2",
            "UPDATE ecs_order_info SET zipcode = '0 piece' WHERE order_id IN (1, 2, 3)",
        ] {
            shop.sql(statement).await;
        }
        let text = "extends = 'ecshop'\n[columns.'order.sql']\nfee = 'o.zipcode'\n";
        let cut = folder(&[("profile.toml", text)]);
        let url = shop.url.clone();
        let args = ["verify", "--store", &url, "--mapping", path(&cut)];
        let told = mapping(&args).await;
        told.went_well();
        let end = "\n0 values differ, 0 documents are refused\n2 of 6 orders would be held\n  they do not add up, or are \
                   being written just now: lines add up to …, store says … (2 orders, e.g. order 1): lines add up to 200.00, \
                   store says 199.99\n";
        assert!(told.stdout.ends_with(end), "{}", told.stdout);
        let warned: Vec<&str> = told.stdout.lines().filter(|l| l.starts_with("warning ")).collect();
        assert!(
            warned.iter().any(|l| l.starts_with("warning profile.toml:3:8: a text is cut to the number")),
            "{warned:?}"
        );
        assert!(warned[0].ends_with(" orders, e.g. order 1)"), "{warned:?}");

        shop.sql("DELETE FROM ecs_users WHERE user_id IN (4, 5)").await;
        let told = mapping(&args).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        let cause =
            "  its customer is not in the store (no row of customer.sql has this id) (2 orders, e.g. order 4)\n";
        assert!(
            told.stdout.contains(cause) && told.stdout.contains("\n4 of 6 orders would be held\n"),
            "{}",
            told.stdout
        );
        let text = "extends = 'ecshop'\n[columns.'order.sql']\nnumber = \"NULLIF(o.order_sn, 'SN6')\"\n";
        let null = folder(&[("profile.toml", text)]);
        let told = mapping(&["verify", "--store", &shop.url, "--mapping", path(&null), "--order", "6"]).await;
        assert_eq!(told.code, Some(1), "{told:?}");
        let cause = "\n1 of 1 orders would be held\n  profile.toml:3:11: `number` is NULL or empty (order 6)\n";
        assert!(told.stdout.ends_with(cause), "{}", told.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_the_zone_s_name_is_asked_at_both_its_offsets() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = SmallShop::on(&root).await;
        for (id, at) in [(1, 1_768_500_000), (2, 1_784_100_000)] {
            shop.sell(id, "SKU-1").await;
            shop.sql(&format!("UPDATE ecs_order_info SET add_time = {at} WHERE order_id = {id}")).await;
        }
        let zone = folder(&[("profile.toml", "extends = 'ecshop'\ntime_zone = 'Europe/Paris'\n")]);
        let told = mapping(&["verify", "--store", &shop.url, "--mapping", path(&zone)]).await;
        told.went_well();
        let note = told.stdout.lines().find(|l| l.starts_with("note: ")).unwrap_or_default();
        assert!(note.contains("Europe/Paris") && note.contains("mysql_tzinfo_to_sql"), "{}", told.stdout);
        assert!(note.contains("; 1 values of another time of the year agree at +0"), "{}", told.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_on_the_command_line_is_said() {
    let nowhere = folder(&[]);
    let config = format!("{}/ledgertap.toml", path(&nowhere));
    let file = ["--config", config.as_str()];
    let end = ["or a config (--config FILE; `ledgertap init` writes one)", "ledgertap.toml is not there"];
    let told = mapping(&[&["check"], &file[..]].concat()).await;
    told.says(2, &["name a profile or a folder (ledgertap mapping check FOLDER), ", end[0], end[1]]);
    let told = mapping(&[&["verify", "--store", "mysql://u@h/d"], &file[..]].concat()).await;
    told.says(2, &["give --store and --mapping, ", end[0], end[1]]);
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_quietly() {
    for args in
        [&["mapping", "contract"][..], &["mapping", "check", "woocommerce"], &["sandbox", "--listen", "127.0.0.1:0"]]
    {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_ledgertap"));
        let told = program.args(args).stdout(writer).output().expect("it runs");
        assert_eq!((told.status.code(), String::from_utf8_lossy(&told.stderr).as_ref()), (Some(0), ""), "{args:?}");
    }
}

/// Each shop with its whole history.
const SHOPS: [(&str, &str); 12] = [
    ("ecshop-2.7", "ecshop"),
    ("ecshop-2.7-gbk", "ecshop"),
    ("ecshop-2.8", "ecshop"),
    ("ecshop-4", "ecshop-4"),
    ("magento2", "magento2"),
    ("opencart", "opencart"),
    ("opencart-3", "opencart-3"),
    ("prestashop", "prestashop"),
    ("prestashop-1.7", "prestashop-1.7"),
    ("shops", "shops"),
    ("woocommerce", "woocommerce"),
    ("woocommerce-posts", "woocommerce-posts"),
];

async fn every_shop_agrees(root: &str) {
    for (shop, profile) in SHOPS {
        let url = world::fresh_database(root, "verify").await;
        let mut conn = Conn::new(Opts::from_url(&url).expect("it is a URL")).await.expect("connect");
        conn.query_drop("SET sql_mode = '', time_zone = '+00:00'").await.expect("set the mode");
        for file in ["tables.sql", "history.sql"] {
            let text = std::fs::read_to_string(format!("tests/stores/{shop}/{file}")).expect("read the shop's file");
            let mut result = conn.query_iter(text).await.unwrap_or_else(|e| panic!("{shop}/{file}: {e}"));
            while !result.is_empty() {
                drop(result.collect::<mysql_async::Row>().await.unwrap_or_else(|e| panic!("{shop}/{file}: {e}")));
            }
            drop(result);
        }
        let told = mapping(&["verify", "--store", &url, "--mapping", profile, "--all"]).await;
        told.went_well();
        assert!(told.stdout.contains("\n0 values differ, 0 documents are refused"), "{shop}: {}", told.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shop_s_select_is_evaluated_as_mariadb_does() {
    every_shop_agrees(&world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shop_s_select_is_evaluated_as_mysql_does() {
    every_shop_agrees(&world::mysql()).await;
}
