//! `ledgertap shop`, the real program: it sells in an empty database, once, and says what came of it.

use std::process::{Command, Output, Stdio};

use ledgertap::shop::store_totals;
use mysql_async::prelude::Queryable;
use rust_decimal::Decimal;

use crate::world;

#[tokio::test]
async fn it_makes_its_tables_sells_once_and_says_what_it_sold() {
    let store = world::fresh_database(&world::mysql(), "shop_command").await;
    let made = shop(&store, &["--orders", "0"]).await;
    assert_eq!(made.status.code(), Some(0), "{}", error(&made));
    let other_engine = shop(&store, &["--engine", "myisam", "--orders", "5"]).await;
    assert_eq!(other_engine.status.code(), Some(2), "the tables are InnoDB's: {}", error(&other_engine));

    let sold = shop(&store, &["--orders", "5", "--per-second", "50"]).await;
    assert_eq!(sold.status.code(), Some(0), "{}", error(&sold));
    let totals = store_totals(&store).await.expect("the store answers");
    let line = format!("posted and not taken back: {}", totals.values().sum::<Decimal>());
    let out = String::from_utf8_lossy(&sold.stdout);
    assert!(out.contains(&line) && out.contains("5 orders"), "{line} is not in {out}");

    let again = shop(&store, &["--orders", "5"]).await;
    assert_eq!(again.status.code(), Some(2));
    assert!(error(&again).contains("exists already"), "{}", error(&again));
    assert_eq!(store_totals(&store).await.expect("the store answers"), totals, "a refusal changes nothing");
}

#[tokio::test]
async fn it_keeps_out_of_a_database_with_other_tables() {
    let store = world::fresh_database(&world::mariadb(), "shop_command").await;
    let mut conn = mysql_async::Conn::from_url(&store).await.expect("connect");
    conn.query_drop("CREATE TABLE ecs_mine (id int)").await.expect("a table");
    let refused = shop(&store, &["--orders", "1"]).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(error(&refused).contains("ecs_mine"), "{}", error(&refused));
    let tables: Vec<String> = conn.query("SHOW TABLES").await.expect("the store answers");
    assert_eq!(tables, ["ecs_mine"]);
}

#[tokio::test]
async fn what_cannot_be_reached_is_one_sentence() {
    for url in ["mysql://shop:secret@127.0.0.1:1/ecshop", "mysql://shop:secret@127.0.0.1:1", "shop:secret"] {
        let refused = shop(url, &[]).await;
        assert_eq!(refused.status.code(), Some(2), "{url}");
        let said = error(&refused);
        assert!(said.lines().count() == 1 && !said.contains("secret"), "{said}");
    }
}

async fn shop(store: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
    command.arg("shop").args(args).env("LEDGERTAP_SHOP_URL", store).stdin(Stdio::null());
    tokio::task::spawn_blocking(move || command.output()).await.expect("it is waited for").expect("the program starts")
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
