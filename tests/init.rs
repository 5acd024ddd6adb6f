//! `init`: every shop that a profile ships for is known by its tables, and what is written can be used at once.

use std::path::Path;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts};
use tempfile::TempDir;

use crate::world::{self, Ended};

/// A database with a shop's tables, and more statements.
struct Shop {
    url: String,
    conn: Conn,
    out: TempDir,
}

impl Shop {
    async fn empty(root: &str) -> Shop {
        let url = world::fresh_database(root, "init").await;
        let mut conn = Conn::new(Opts::from_url(&url).expect("it is a URL")).await.expect("connect");
        conn.query_drop("SET sql_mode = ''").await.expect("set the mode");
        Shop { url, conn, out: tempfile::tempdir().expect("make a folder") }
    }

    /// The tables of a shop, their names beginning otherwise.
    async fn add(&mut self, shop: &str, written: &str, prefix: &str) {
        let text = std::fs::read_to_string(format!("tests/stores/{shop}/tables.sql")).expect("read the shop's tables");
        let text = text.replace(&format!("CREATE TABLE {written}"), &format!("CREATE TABLE {prefix}"));
        self.run(&text.replace(&format!("CREATE TABLE `{written}"), &format!("CREATE TABLE `{prefix}"))).await;
    }

    async fn run(&mut self, statements: &str) {
        let mut result = self.conn.query_iter(statements).await.unwrap_or_else(|e| panic!("{statements}: {e}"));
        while !result.is_empty() {
            drop(result.collect::<mysql_async::Row>().await.expect("run a statement"));
        }
    }

    async fn init(&self, args: &[&str]) -> Ended {
        let out = self.out.path().join("shop");
        let args = [&["init", "--store", &self.url, "--out", out.to_str().expect("it is text")], args].concat();
        world::start(&args, Path::new("/nowhere")).end().await
    }

    fn written(&self, name: &str) -> String {
        std::fs::read_to_string(self.out.path().join("shop").join(name)).expect("it was written")
    }
}

/// The shop, what its tables begin with, and the profile.
const SHOPS: [(&str, &str, &str); 8] = [
    ("ecshop-2.7-gbk", "ecs_", "ecshop"),
    ("ecshop-4", "ecs_", "ecshop-4"),
    ("opencart", "oc_", "opencart"),
    ("opencart-3", "oc_", "opencart-3"),
    ("prestashop", "ps_", "prestashop"),
    ("prestashop-1.7", "ps_", "prestashop-1.7"),
    ("woocommerce", "wp_", "woocommerce"),
    ("woocommerce-posts", "wp_", "woocommerce-posts"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_shop_is_known_by_its_tables() {
    for (i, (tables, written, profile)) in SHOPS.into_iter().enumerate() {
        let mut shop = Shop::empty(&if i % 2 == 0 { world::mariadb() } else { world::mysql() }).await;
        shop.add(tables, written, "my1_").await;
        let told = shop.init(&[]).await;
        told.went_well();
        assert!(told.stdout.contains(&format!("tables my1_…: profile {profile}\n")), "{tables}: {}", told.stdout);
        assert!(told.stdout.contains("GRANT REPLICATION SLAVE, ") && told.stdout.contains("`my1_"), "{}", told.stdout);
        let text = shop.written("mapping/profile.toml");
        assert!(text.contains(&format!("\nextends = \"{profile}\"\n")) && text.contains("\ntable_prefix = \"my1_\"\n"));
        let folder = shop.out.path().join("shop/mapping");
        let args = ["mapping", "check", folder.to_str().expect("it is text"), "--store", &shop.url];
        let checked = world::start(&args, Path::new("/nowhere")).end().await;
        checked.went_well();
        shop.init(&[]).await.says(2, &["shop/ledgertap.toml: the file is there already and stays"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_s_own_settings_say_its_zone_and_where_orders_are() {
    let mut shop = Shop::empty(&world::mariadb()).await;
    shop.add("magento2", "", "").await;
    shop.run("CREATE TABLE core_config_data (path varchar(255), value text); INSERT INTO core_config_data VALUES ('general/locale/timezone', 'Europe/Berlin')").await;
    shop.init(&[]).await.went_well();
    let profile = shop.written("mapping/profile.toml");
    assert!(profile.contains("\ntime_zone = \"Europe/Berlin\"\n"), "{profile}");
    assert!(profile.contains("\n# currency = \"USD\"\n# tax_rate = \"0\"\n"), "{profile}");
    assert!(shop.written("ledgertap.toml").contains("\ncurrency = \"USD\" "));
    // The whole config is understood, but for what only the operator knows.
    let config = shop.out.path().join("shop/ledgertap.toml");
    let args = ["check", "--config", config.to_str().expect("it is text")];
    let checked = world::start(&args, Path::new("/nowhere")).end().await;
    let fixes: Vec<&str> = checked.stdout.lines().filter(|l| l.starts_with("FIX  the ERP: ")).collect();
    assert_eq!(fixes.len(), 1, "{}", checked.stdout);
    assert!(
        fixes[0].ends_with("erp.client_secret: needs the environment variable KINGDEE_CLIENT_SECRET, which is not set")
    );
    assert!(checked.stdout.contains("tables, columns and keys are in the store\n") && checked.code == Some(1));
    // What shows a mapping needs no ERP at all.
    let verified = world::start(&[&["mapping", "verify"], &args[1..]].concat(), Path::new("/nowhere")).end().await;
    verified.went_well();
    let checked = world::start(&[&["mapping", "check"], &args[1..]].concat(), Path::new("/nowhere")).end().await;
    checked.went_well();

    for (said, profile) in [("yes", "woocommerce"), ("no", "woocommerce-posts")] {
        let mut shop = Shop::empty(&world::mysql()).await;
        shop.add("woocommerce-posts", "wp_", "wp_").await;
        let hpos = std::fs::read_to_string("tests/stores/woocommerce/tables.sql").expect("read the shop's tables");
        for table in hpos.split("CREATE TABLE ").filter(|t| t.starts_with("wp_wc_")) {
            let table = table.split("\n\n").next().expect("it is not empty");
            shop.run(&format!("CREATE TABLE {table}")).await;
        }
        shop.run(&format!(
            "CREATE TABLE wp_options (option_name varchar(191), option_value longtext); \
             INSERT INTO wp_options VALUES ('woocommerce_custom_orders_table_enabled', '{said}')"
        ))
        .await;
        let told = shop.init(&[]).await;
        told.went_well();
        assert!(told.stdout.contains(&format!(": profile {profile}\n")), "{}", told.stdout);
        assert!(told.stdout.contains(&format!("woocommerce_custom_orders_table_enabled is {said} in wp_options")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_one_s_own_has_a_beginning() {
    let shop = Shop::empty(&world::mariadb()).await;
    let told = shop.init(&["--profile", "none"]).await;
    told.went_well();
    assert!(
        told.stdout.contains("shop/mapping: put the store's tables and columns into its SELECTs\n"),
        "{}",
        told.stdout
    );
    assert!(shop.written("mapping/order_line.sql").contains("MAX(CASE WHEN m.k = 'sku' THEN m.v END) AS sku"));
    let config = shop.out.path().join("shop/ledgertap.toml");
    let args = ["mapping", "check", "--config", config.to_str().expect("it is text")];
    // What is refused is only what nobody else can know.
    let checked = world::start(&args, Path::new("/nowhere")).end().await;
    assert_eq!(checked.code, Some(2), "{checked:?}");
    assert!(checked.stderr.contains("time_zone") && checked.stderr.lines().all(|l| l.contains("mapping/profile.toml")));
    shop.init(&["--profile", "none"]).await.says(2, &["the file is there already and stays"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_a_shop_or_with_several_is_refused() {
    let mut shop = Shop::empty(&world::mariadb()).await;
    shop.init(&[]).await.says(2, &["holds no storefront that a profile ships for (ECShop 3 or 4, ", "--profile none"]);
    shop.init(&["--profile", "nix"]).await.says(2, &["--profile nix: there is no such profile: name one of ecshop"]);
    shop.init(&["--profile", "shops"]).await.says(2, &["it is an example", "extends = \"shops\""]);
    shop.add("ecshop-2.7", "ecs_", "p_").await;
    shop.run("DROP TABLE p_order_goods").await;
    let in_part = "(profile ecshop, tables p_…), in part: there are p_back_goods, p_back_order, ";
    shop.init(&[]).await.says(2, &[in_part, "not there, or not granted: p_order_goods. GRANT the account SELECT on"]);
    shop.add("ecshop-2.7", "ecs_", "a_").await;
    shop.add("opencart", "oc_", "b_").await;
    shop.init(&[]).await.says(
        2,
        &[
            "holds several storefronts: choose one of ECShop 2.7 or 2.8 (--profile ecshop --table-prefix 'a_'), OpenCart 4 \
             (--profile opencart --table-prefix 'b_')",
        ],
    );
    shop.init(&["--profile", "magento2"]).await.says(2, &["holds another storefront than that: ECShop 2.7 or 2.8"]);
    let told = shop.init(&["--table-prefix", "a_"]).await;
    told.went_well();
    assert!(told.stdout.starts_with("found ECShop 2.7 or 2.8, tables a_…: profile ecshop\n"), "{}", told.stdout);
    // No shop's password is in what was written.
    assert!(!shop.written("ledgertap.toml").contains("geheim"));
}
