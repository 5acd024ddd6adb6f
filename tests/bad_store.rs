//! Stores that cannot be followed, and positions that cannot be started from: each ends in one sentence with its place and
//! remedy, and once it is mended the next start goes on where the last one was.

use ledgertap::sandbox::{self, Faults, Sandbox};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row};

use crate::world::{self, Own, Site, SmallShop};

async fn sandbox() -> Sandbox {
    let listen = "127.0.0.1:0".parse().expect("an address");
    sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.expect("start a sandbox")
}

/// A shop and a site with a good ERP.
async fn site_on(root: &str) -> (SmallShop, Site, Sandbox) {
    let shop = SmallShop::on(root).await;
    let sandbox = sandbox().await;
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    (shop, site, sandbox)
}

/// The orders in the ERP, each once.
fn orders(sandbox: &Sandbox) -> Vec<String> {
    let books = sandbox.books();
    assert_eq!(books.duplicates, 0);
    let mut orders: Vec<String> =
        books.documents.into_iter().filter(|d| d.kind == "sales_order").filter_map(|d| d.reference).collect();
    orders.sort();
    orders
}

/// The URL of the same database for another account.
fn as_user(url: &str, account: &str) -> String {
    let opts = Opts::from_url(url).expect("it is a URL");
    let database = opts.db_name().expect("it names a database");
    format!("mysql://{account}@{}:{}/{database}", opts.ip_or_hostname(), opts.tcp_port())
}

async fn root(server: &Own) -> Conn {
    Conn::new(Opts::from_url(&server.root()).expect("it is a URL")).await.expect("connect")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_named_and_not_shown() {
    for server in [world::mariadb(), world::mysql()] {
        let (mut shop, mut site, sandbox) = site_on(&server).await;
        shop.sell(1, "A-1").await;
        site.store = as_user(&shop.url, "root:geheim");
        let refused = site.run(&["run", "--once", "--from", &shop.from]).await;
        refused.says(2, &["127.0.0.1:", "refused the user name or the password", "correct the user and password"]);
        site.store = shop.url.clone();
        site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
        assert_eq!(orders(&sandbox), ["SN1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_requires_tls_is_not_taken_for_a_wrong_password() {
    for server in [world::mariadb(), world::mysql()] {
        let (mut shop, mut site, _sandbox) = site_on(&server).await;
        let user = shop.account();
        shop.sql(&format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'geheim' REQUIRE SSL")).await;
        shop.sql(&format!("GRANT ALL ON *.* TO '{user}'@'%'")).await;
        site.store = as_user(&shop.url, &format!("{user}:geheim"));
        site.run(&["run", "--from", "now"]).await.says(2, &["requires TLS (REQUIRE SSL)", "?ssl-mode=required"]);
        let url = site.store.clone();
        site.store = format!("{url}?ssl-mode=required");
        let checked = site.run(&["check"]).await;
        // A server without TLS says so.
        assert!(!checked.stdout.contains("REQUIRE SSL"), "{}", checked.stdout);
        site.store = format!("{url}?ssl-ca=/nope.pem");
        site.run(&["run", "--from", "now"]).await.says(2, &["the file /nope.pem that ssl-ca names cannot be read"]);
        shop.sql(&format!("DROP USER '{user}'@'%'")).await;
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_one_sentence() {
    let mut site = Site::new("mysql://root@127.0.0.1:1/shop");
    let remedy = "check that the server runs and that store.url names its host and port";
    site.run(&["run", "--from", "now"]).await.says(2, &["127.0.0.1:1: ", "Connection refused", remedy]);
    site.store = "mysql://tap:geheim@no-such-host.invalid/shop?ssl-mode=disabled".into();
    site.run(&["run", "--from", "now"]).await.says(2, &["no-such-host.invalid:3306: ", remedy]);
    let checked = site.run(&["check"]).await;
    assert_eq!(checked.code, Some(1));
    let line = checked.stdout.lines().find(|l| l.starts_with("FIX  the store: ")).expect("the store is named");
    assert_eq!(line.matches("no-such-host.invalid").count(), 1, "{line}");
    assert!(line.contains(remedy), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_a_binlog_is_refused() {
    let server = Own::mariadb(&["--skip-log-bin"]).await;
    let (_shop, site, _sandbox) = site_on(&server.root()).await;
    let refused = site.run(&["run", "--from", "now"]).await;
    refused.says(2, &["127.0.0.1:", "the binlog is off (log_bin=OFF)", "set log_bin in the server's configuration"]);
    let checked = site.run(&["check"]).await;
    assert_eq!(checked.code, Some(1));
    assert!(checked.stdout.contains("FIX  the binlog is off (log_bin=OFF): set log_bin"), "{}", checked.stdout);
}

async fn settings_and_purges(server: Own) {
    let (mut shop, site, sandbox) = site_on(&server.root()).await;
    let mut admin = root(&server).await;
    let wrong = [("binlog_format", "STATEMENT", "ROW"), ("binlog_row_image", "MINIMAL", "FULL")];
    for (name, bad, good) in wrong {
        admin.query_drop(format!("SET GLOBAL {name} = '{bad}'")).await.expect("set it");
        let refused = site.run(&["run", "--from", "now"]).await;
        refused.says(2, &["127.0.0.1:", &format!("{name} is {bad}"), &format!("SET GLOBAL {name} = '{good}'")]);
        let checked = site.run(&["check"]).await;
        assert_eq!(checked.code, Some(1));
        assert!(checked.stdout.contains(&format!("FIX  {name} is {bad}")), "{}", checked.stdout);
        admin.query_drop(format!("SET GLOBAL {name} = '{good}'")).await.expect("set it");
    }

    shop.sell(1, "A-1").await;
    site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
    let before = site.status().await;
    shop.sell(2, "A-1").await;
    purge(&mut admin).await;

    let late = site.run(&["run", "--once"]).await;
    late.says(1, &["127.0.0.1:", "the position is purged", "start with --from", "`ledgertap resync`"]);
    assert_eq!(site.status().await, before, "nothing is touched");
    let never_began = Site::new(&shop.url);
    let refused = never_began.run(&["run", "--once", "--from", &shop.from]).await;
    refused.says(2, &["127.0.0.1:", "the position is purged", "start with --from", "`ledgertap resync`"]);
    assert_eq!(orders(&sandbox), ["SN1"]);
}

/// Leaves the server with no binlog older than now.
pub async fn purge(admin: &mut Conn) {
    admin.query_drop("FLUSH BINARY LOGS").await.expect("a new file");
    loop {
        let files: Vec<Row> = admin.query("SHOW BINARY LOGS").await.expect("list them");
        let last: String = files.last().expect("there is one").get(0).expect("it has a name");
        if files.len() == 1 {
            return;
        }
        // A stream that has just ended may hold an old file for a moment.
        admin.query_drop(format!("PURGE BINARY LOGS TO '{last}'")).await.expect("purge");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_images_and_purged_positions_on_mariadb() {
    settings_and_purges(Own::mariadb(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_images_and_purged_positions_on_mysql() {
    settings_and_purges(Own::mysql(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_or_column_is_named_with_the_select() {
    for server in [world::mariadb(), world::mysql()] {
        let (mut shop, site, sandbox) = site_on(&server).await;
        let run = ["run", "--once", "--from", &shop.from.clone()];
        shop.sql("RENAME TABLE ecs_back_goods TO elsewhere").await;
        let place = "the mapping: ecshop/refund_line.sql:";
        site.run(&run).await.says(2, &[place, "the store has no table `ecs_back_goods`", "table_prefix"]);
        shop.sql("RENAME TABLE elsewhere TO ecs_back_goods").await;
        shop.sql("ALTER TABLE ecs_back_goods DROP COLUMN send_number").await;
        site.run(&run).await.says(2, &["refund_line.sql:6:12: ", "`send_number`"]);
        let checked = site.run(&["check"]).await;
        let expected = "FIX  the mapping against the store's tables: ecshop/refund_line.sql:6:12: ";
        assert!(checked.code == Some(1) && checked.stdout.contains(expected), "{}", checked.stdout);

        shop.sql("ALTER TABLE ecs_back_goods ADD COLUMN send_number SMALLINT UNSIGNED").await;
        let from = shop.head().await;
        shop.sell(1, "A-1").await;
        site.run(&["run", "--once", "--from", &from]).await.went_well();
        assert_eq!(orders(&sandbox), ["SN1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_names_a_column_that_is_not_there_has_file_line_and_column() {
    let (shop, mut site, _sandbox) = site_on(&world::mariadb()).await;
    let folder = site.path("ours");
    std::fs::create_dir(&folder).expect("make the folder");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/stores/ecshop")).expect("list it") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("read it").replace("g.send_number AS", "g.send_numbers AS");
        std::fs::write(folder.join(path.file_name().expect("it has a name")), text).expect("write it");
    }
    site.mapping = folder.display().to_string();
    let place = format!("the mapping: {}/order_line.sql:10:3: ", folder.display());
    let refused = site.run(&["run", "--from", &shop.from]).await;
    refused.says(2, &[&place, "`send_numbers`", "did you mean `send_number`?"]);
    site.mapping = "ecshopp".into();
    site.run(&["run", "--from", "now"]).await.says(2, &["the mapping: ecshopp: ", "neither a profile", "ecshop"]);
    // A check of the rest says nothing of tables that nobody knows, nor of an ERP that does not answer.
    site.erp = world::erp_at("127.0.0.1:9");
    let checked = site.run(&["check"]).await;
    let said = |part: &str| checked.stdout.contains(part);
    assert!(said("FIX  the mapping: ") && said("FIX  erp ") && said("\nok   store "), "{}", checked.stdout);
    assert!(!said("mapped tables") && !said("GRANT") && !said("guarantee of"), "{}", checked.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_within_an_event_or_a_transaction_is_refused() {
    for server in [world::mariadb(), world::mysql()] {
        let (mut shop, site, sandbox) = site_on(&server).await;
        let mut conn = Conn::new(Opts::from_url(&shop.url).expect("it is a URL")).await.expect("connect");
        shop.sell(1, "A-1").await;
        let files: Vec<Row> = conn.query("SHOW BINARY LOGS").await.expect("list them");
        let file: String = files.last().expect("there is one").get(0).expect("it has a name");
        let events: Vec<Row> = conn.query(format!("SHOW BINLOG EVENTS IN '{file}'")).await.expect("list them");
        let commit = events.iter().find(|e| e.get::<String, _>(2).as_deref() == Some("Xid")).expect("a commit");
        let at: u64 = commit.get(1).expect("it has an offset");
        let between = "give the offset between two transactions";
        let within_event = site.run(&["run", "--once", "--from", &format!("{file}:{}", at + 5)]).await;
        within_event.says(2, &[&format!("{file}:{}", at + 5), "not at an event's start", between]);
        let within_transaction = site.run(&["run", "--once", "--from", &format!("{file}:{at}")]).await;
        within_transaction.says(2, &[&format!("{file}:{at}"), "within a transaction", between]);
        assert!(site.status().await["position"].is_null());
        site.run(&["run", "--once", "--from", &shop.from]).await.went_well();
        assert_eq!(orders(&sandbox), ["SN1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_prints_the_grants_that_are_missing() {
    for server in [world::mariadb(), world::mysql()] {
        let (mut shop, mut site, _sandbox) = site_on(&server).await;
        let database = shop.url.rsplit('/').next().expect("it names a database").to_owned();
        let user = shop.account();
        shop.sql(&format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'geheim'")).await;
        shop.sql(&format!("GRANT SELECT ON `{database}`.* TO '{user}'@'%'")).await;
        site.store = as_user(&shop.url, &format!("{user}:geheim"));
        let replication = [
            format!("GRANT REPLICATION SLAVE ON *.* TO '{user}'@'%';"),
            format!("GRANT {} ON *.* TO '{user}'@'%';", world::monitor(&server)),
        ];
        let checked = site.run(&["check"]).await;
        assert_eq!(checked.code, Some(1));
        assert_eq!(fixes(&checked.stdout), replication, "{}", checked.stdout);
        // MySQL tells only who asks for the binlog itself, when the run has begun.
        let code = if server == world::mysql() { 1 } else { 2 };
        site.run(&["run", "--once", "--from", "now"]).await.says(code, &["lacks a privilege", "run `ledgertap check`"]);

        for grant in &replication {
            shop.sql(grant).await;
        }
        shop.sql(&format!("REVOKE SELECT ON `{database}`.* FROM '{user}'@'%'")).await;
        let checked = site.run(&["check"]).await;
        let login = format!("; GRANT SELECT ON `{database}`.* TO '{user}'@'%';");
        assert!(checked.code == Some(1) && checked.stdout.contains(&login), "{}", checked.stdout);
        shop.sql(&format!("GRANT SELECT ON `{database}`.ecs_users TO '{user}'@'%'")).await;
        let checked = site.run(&["check"]).await;
        assert_eq!(checked.code, Some(1));
        let others = ["ecs_back_goods", "ecs_back_order", "ecs_order_goods", "ecs_order_info", "ecs_region"];
        let grants: Vec<String> =
            others.iter().map(|t| format!("GRANT SELECT ON `{database}`.`{t}` TO '{user}'@'%';")).collect();
        assert_eq!(fixes(&checked.stdout)[0], grants.join(" "), "{}", checked.stdout);

        for grant in &grants {
            shop.sql(grant).await;
        }
        let checked = site.run(&["check"]).await;
        checked.went_well();
        let tables = ["back_goods", "back_order", "order_goods", "order_info", "region", "users"];
        let select = tables.map(|t| format!("     GRANT SELECT ON `{database}`.`ecs_{t}` TO '{user}'@'%';\n"));
        let both = format!("GRANT REPLICATION SLAVE, {} ON *.* TO '{user}'@'%';\n", world::monitor(&server));
        let end = format!("the least that the account needs:\n     {both}{}all is ready\n", select.concat());
        assert!(checked.stdout.ends_with(&end), "{}", checked.stdout);
        site.run(&["run", "--once", "--from", "now"]).await.went_well();
        shop.sql(&format!("DROP USER '{user}'@'%'")).await;
    }
}

/// The remedies of all FIX lines.
fn fixes(report: &str) -> Vec<String> {
    let lines = report.lines().filter_map(|l| l.strip_prefix("FIX  "));
    lines.filter_map(|l| Some(l.split_once(": ")?.1.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_is_dropped_while_it_streams_stops_with_its_place() {
    for server in [world::mariadb(), world::mysql()] {
        let (mut shop, site, sandbox) = site_on(&server).await;
        let mut running = site.start(&["run", "--from", &shop.from]);
        shop.sell(1, "A-1").await;
        running.until("SELECT count(*) FROM outbox WHERE state = 'delivered'", 2).await;
        shop.sql("ALTER TABLE ecs_order_info DROP COLUMN discount").await;
        shop.sell(2, "A-1").await;
        let stopped = running.end().await;
        let remedy = "give the column back";
        stopped.says(1, &["127.0.0.1:", ", binlog.", "`ecs_order_info`", "`discount` is used at order.sql:", remedy]);
        let status = site.status().await;
        assert_eq!(orders(&sandbox), ["SN1"]);
        let again = site.run(&["run", "--once"]).await;
        assert_eq!(again.code, Some(2), "{}", again.stderr);
        assert!(again.stderr.contains("order.sql:") && again.stderr.contains("`discount`"), "{}", again.stderr);
        assert_eq!(site.status().await, status, "nothing is touched");
    }
}
