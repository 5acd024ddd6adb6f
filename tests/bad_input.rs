//! Command lines, configs and state databases that are wrong: one sentence, its place, its remedy, and nothing done.

use std::process::Command;

use ledgertap::sandbox::{self, Faults};

use crate::world::{self, Site, SmallShop};

#[tokio::test]
async fn a_first_start_says_where_to_begin() {
    let site = Site::new("mysql://root@127.0.0.1:1/shop");
    let remedy = "say where to begin with --from now, --from earliest or --from POSITION";
    site.run(&["run"]).await.says(2, &["this stream has not run yet", remedy]);
    let nonsense = site.run(&["run", "--from", "yesterday"]).await;
    nonsense.says(2, &["--from", "yesterday", "now, earliest"]);
}

#[tokio::test]
async fn a_wrong_config_is_one_sentence_with_its_place() {
    let site = Site::new("mysql://tap:geheim@127.0.0.1:1/shop");
    let good = site.config();
    let cases: [(&str, &str, &[&str]); 7] = [
        ("backoff =", "bakcoff =", &["shop.toml:", "unknown field `bakcoff`"]),
        ("mysql://", "mysq://", &["shop.toml: store.url: ", "mysql://user:${PASSWORD}@host:3306/database"]),
        ("127.0.0.1:1/shop", "127.0.0.1:x/shop", &["store", "URL", "mysql://user:password@host:port/database"]),
        ("/shop'", "/'", &["the store's URL", "names no database"]),
        ("geheim", "${NO_SUCH_VARIABLE}", &["store.url: ", "NO_SUCH_VARIABLE, which is not set"]),
        ("http://127", "http://user:geheim@127", &["shop.toml: erp.url", "must not hold"]),
        ("late_max = '400ms'", "late_max = '100ms'", &["shop.toml: erp.late_max must be longer"]),
    ];
    for (part, instead, said) in cases {
        assert!(good.contains(part), "{part}");
        std::fs::write(site.path("shop.toml"), good.replace(part, instead)).expect("write the config");
        site.start_as_it_is(&["run", "--from", "now"]).end().await.says(2, said);
    }
    std::fs::remove_file(site.path("shop.toml")).expect("remove the config");
    let missing = site.start_as_it_is(&["run", "--from", "now"]).end().await;
    missing.says(2, &["shop.toml: cannot be read", "--config FILE"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_another_bridge_has_is_left_alone() {
    let shop = SmallShop::on(&world::mariadb()).await;
    let site = Site::new(&shop.url);
    let mut first = site.start(&["run", "--from", &shop.from]);
    first.until("SELECT count(*) FROM stream WHERE position IS NOT NULL", 1).await;
    let second = site.run(&["run", "--once"]).await;
    second.says(2, &[&site.state().display().to_string(), "in use by another ledgertap", "stop that one first"]);
    assert!(site.status().await["position"].is_string(), "status reads beside it");
    first.terminate().await.went_well();
    site.run(&["run", "--once"]).await.went_well();
}

#[tokio::test]
async fn a_state_that_is_none_is_refused_as_it_is() {
    let site = Site::new("mysql://root@127.0.0.1:1/shop");
    let path = site.state().display().to_string();
    let run = ["run", "--from", "now"];
    site.run(&["status"]).await.says(2, &[&path, "there is no state database", "the first `ledgertap run` makes it"]);
    assert!(!site.state().exists(), "status makes nothing");

    std::fs::write(site.state(), "a letter to the accountant, which is not a database\n".repeat(99)).expect("write it");
    let before = std::fs::read(site.state()).expect("read it");
    site.run(&run).await.says(2, &[&path, "not a database", "check the path"]);
    site.run(&["status"]).await.says(2, &[&path, "not a database"]);
    assert_eq!(std::fs::read(site.state()).expect("read it"), before);

    std::fs::remove_file(site.state()).expect("remove it");
    std::fs::create_dir(site.state()).expect("make a folder");
    site.run(&run).await.says(2, &[&path, "cannot open", "check the path"]);
    std::fs::remove_dir(site.state()).expect("remove it");

    std::fs::remove_file(site.path("ledgertap.db.lock")).expect("remove it");
    std::fs::create_dir(site.path("ledgertap.db.lock")).expect("make a folder");
    site.run(&run).await.says(2, &[&path, "cannot open", "check the path"]);
}

#[tokio::test]
async fn a_state_of_a_newer_version_is_refused() {
    let site = Site::new("mysql://root@127.0.0.1:1/shop");
    site.run(&["run", "--from", "now"]).await.says(2, &["Connection refused"]);
    let database = rusqlite::Connection::open(site.state()).expect("open it");
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
                 VALUES (99, 'of_tomorrow', '2030-01-01T00:00:00Z', '1')";
    database.execute(newer, []).expect("write it");
    drop(database);
    let path = site.state().display().to_string();
    let refused = site.run(&["run", "--from", "now"]).await;
    refused.says(2, &[&path, "does not fit this version of ledgertap", "its schema is version 99", "or a newer one"]);
}

#[tokio::test]
async fn a_sandbox_needs_a_port_of_its_own() {
    let listen = "127.0.0.1:0".parse().expect("an address");
    let first = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.expect("start a sandbox");
    let site = Site::new("");
    let address = first.addr().to_string();
    let second = world::start(&["sandbox", "--listen", &address], &site.state()).end().await;
    second.says(2, &[&address, "cannot listen", "choose another --listen"]);
    first.stop().await;
}

#[tokio::test]
async fn a_sandbox_is_of_a_kind_and_version_that_there_is() {
    let site = Site::new("");
    let run = async |kind: &str, version: &str| {
        let arguments = ["sandbox", "--listen", "127.0.0.1:0", "--kind", kind, "--erp-version", version];
        world::start(&arguments, &site.state()).end().await
    };
    run("tryton", "5.0").await.says(2, &["--erp-version", "no version 5.0 of tryton", "6.0, 7.0, 8.0"]);
    run("kingdee-xingchen", "2").await.says(2, &["--erp-version", "kingdee-xingchen"]);
    let unknown = run("navision", "1").await;
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown.stderr.contains("no sandbox of the kind \"navision\"; there are kingdee-galaxy"),
        "{}",
        unknown.stderr
    );
}

#[tokio::test]
async fn a_demo_on_a_store_that_is_not_there_says_so() {
    let site = Site::new("");
    let demo = world::start(&["demo", "--once", "--store", "mysql://root:geheim@127.0.0.1:1"], &site.state());
    demo.end().await.says(2, &["127.0.0.1:1", "Connection refused", "check --store"]);
}

#[test]
fn a_wrong_command_line_is_exit_code_2() {
    let program = |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_ledgertap")).args(args).output().expect("it runs");
    for args in [&["rnu"][..], &["run", "--form", "now"], &["sandbox", "--faults", "many"], &[]] {
        assert_eq!(program(args).status.code(), Some(2), "{args:?}");
    }
}
