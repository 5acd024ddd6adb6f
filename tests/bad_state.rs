//! State databases that a person, a newer version or an accident has been at: refused, and never guessed at.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use tokio::process::Command;

use crate::world::{self, Over, Site, SmallShop, over_both};

/// A stream that has told one order.
async fn told(over: Over) -> (ledgertap::sandbox::Sandbox, SmallShop, Site) {
    let (sandbox, mut shop, site) = world::small_shop_over(over, &world::mariadb()).await;
    shop.sell(1, "A-1").await;
    assert_eq!(site.run(&["run", "--once", "--from", &shop.from]).await.code, Some(0));
    (sandbox, shop, site)
}

/// Every command that opens it.
const COMMANDS: &[&[&str]] = &[
    &["run", "--once"],
    &["status"],
    &["held"],
    &["parked"],
    &["trace", "SN1"],
    &["outbox", "list"],
    &["outbox", "show", "SN1"],
    &["outbox", "retry", "--all"],
    &["outbox", "skip", "SN1", "--by-hand", "--reason", "x"],
    &["customers", "export"],
];

over_both! {
    one_of_a_newer_version_is_left_alone
    one_of_an_older_version_is_brought_up_to_date_by_the_run_alone
    another_streams_is_not_taken_for_an_empty_one
    a_document_that_was_changed_by_hand_is_not_sent
    what_cannot_be_understood_is_named
}

async fn one_of_a_newer_version_is_left_alone(over: Over) {
    let (_sandbox, _shop, site) = told(over).await;
    site.kept.sql("INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES (99, 'later', '2027-01-01T00:00:00Z', '1')").await;
    for command in COMMANDS {
        let refused = site.run(command).await;
        refused.says(2, &["does not fit this version", "its schema is version 99", "a newer one"]);
    }
    let checked = site.run(&["check"]).await;
    assert!(checked.stdout.contains("FIX  the state database: ") && checked.code == Some(1), "{}", checked.stdout);
}

async fn one_of_an_older_version_is_brought_up_to_date_by_the_run_alone(over: Over) {
    let (_sandbox, _shop, site) = told(over).await;
    site.kept
        .sql("DELETE FROM refinery_schema_history WHERE version = (SELECT max(version) FROM refinery_schema_history)")
        .await;
    for command in &COMMANDS[1..] {
        site.run(command)
            .await
            .says(2, &["was written by an older version", "keep a copy of it", "`ledgertap run` once"]);
    }
    let checked = site.run(&["check"]).await;
    assert!(checked.stdout.lines().any(|l| l.starts_with("ok   state database") && l.contains("keep a copy of it")));
}

async fn another_streams_is_not_taken_for_an_empty_one(over: Over) {
    let (_sandbox, _shop, mut site) = told(over).await;
    site.head = "stream = 'north'\n".into();
    for command in COMMANDS[1..].iter().filter(|command| command[0] != "customers") {
        site.run(command).await.says(2, &["stream \"north\" is not in this state database, which has main"]);
    }
}

async fn a_document_that_was_changed_by_hand_is_not_sent(over: Over) {
    let (sandbox, mut shop, mut site) = told(over).await;
    site.blocks = "[[rules]]\non = 'sales_order'\nrequire = 'FALSE'\notherwise = 'park'\nmessage = 'look'\n".into();
    shop.sell(2, "A-1").await;
    assert_eq!(site.run(&["run", "--once"]).await.code, Some(1));
    site.kept.sql("UPDATE outbox SET payload = replace(payload, '200.00', '2.00') WHERE number = 'SN2'").await;
    assert_eq!(site.run(&["outbox", "retry", "SN2"]).await.code, Some(0));
    let parts = ["the document of outbox entry 4 of stream \"main\"", "not what was planned", "restore a backup"];
    site.run(&["run", "--once"]).await.says(1, &parts);
    site.run(&["outbox", "show", "SN2"]).await.says(1, &parts);
    site.run(&["trace", "SN2"]).await.says(1, &parts);
    assert!(!sandbox.books().documents.iter().any(|document| document.number == "SN2"));
}

async fn what_cannot_be_understood_is_named(over: Over) {
    let (_sandbox, _shop, site) = told(over).await;
    // Neither database would take it otherwise.
    let unchecked = match over {
        Over::Sqlite => "PRAGMA ignore_check_constraints = ON",
        Over::Postgres => "ALTER TABLE outbox DROP CONSTRAINT outbox_state_check",
    };
    let nonsense = format!("{unchecked}; UPDATE outbox SET state = 'nonsense' WHERE number = 'SN1'");
    let cases = [
        (
            nonsense.as_str(),
            "UPDATE outbox SET state = 'delivered' WHERE number = 'SN1'",
            &["outbox", "list"][..],
            "the state of outbox entry 2 of stream \"main\" cannot be read back (\"nonsense\" is none)",
        ),
        (
            "UPDATE ledger_entry SET total = 'much' WHERE number = 'SN1'",
            "UPDATE ledger_entry SET total = '200.00' WHERE number = 'SN1'",
            &["outbox", "show", "SN1"],
            "the total of outbox entry 2",
        ),
        (
            "UPDATE outbox SET posting_date = 'soon' WHERE number = 'SN1'",
            "UPDATE outbox SET posting_date = NULL WHERE number = 'SN1'",
            &["outbox", "show", "SN1"],
            "the posting date of outbox entry 2",
        ),
        (
            "UPDATE outbox SET erp_net = '1,5' WHERE number = 'SN1'",
            "UPDATE outbox SET erp_net = NULL WHERE number = 'SN1'",
            &["trace", "SN1"],
            "the ERP's amount of outbox entry 2",
        ),
        (
            "UPDATE ledger_order SET told = '{' WHERE id = '1'",
            "SELECT 1",
            &["trace", "SN1"],
            "the ledger of order 1 of stream \"main\"",
        ),
    ];
    for (harm, mend, command, said) in cases {
        site.kept.sql(harm).await;
        site.run(command).await.says(1, &[said, "restore a backup"]);
        site.kept.sql(mend).await;
    }
}

/// As root nothing is read-only: the program is run as nobody.
#[tokio::test(flavor = "multi_thread")]
async fn one_that_must_not_be_written_is_refused() {
    let (_sandbox, _shop, site) = told(Over::Sqlite).await;
    let mode = |path: &std::path::Path, bits: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).expect("set permissions");
    };
    let program = site.path("ledgertap");
    std::fs::copy(env!("CARGO_BIN_EXE_ledgertap"), &program).expect("copy the program");
    mode(&program, 0o755);
    std::fs::write(site.path("shop.toml"), site.config()).expect("write the config");
    mode(&site.path("shop.toml"), 0o644);
    mode(program.parent().expect("it has a folder"), 0o755);
    mode(&site.state(), 0o444);
    let file = site.state().display().to_string();
    for command in [&["run", "--once"][..], &["status"], &["outbox", "retry", "--all"]] {
        let mut run = Command::new("setpriv");
        run.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program).args(command);
        let ended =
            run.arg("--config").arg(site.path("shop.toml")).stdin(Stdio::null()).output().await.expect("run it");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{command:?}: {said}");
        assert!(said.contains("cannot open state database") && said.contains(&file), "{command:?}: {said}");
        assert!(said.contains("permissions"), "{command:?}: {said}");
    }
}
