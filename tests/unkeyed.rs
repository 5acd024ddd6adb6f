//! Tables without a key: the profile says what tells their rows apart, and a first start holds it to its word.

use ledgertap::binlog::{Source, Store, StoreError};
use ledgertap::change::{Row, TableUse};
use ledgertap::sandbox::{self, Faults};
use rusqlite::Connection;

use crate::world::{self, Site, SmallShop};

const BACK_GOODS: &str = "INSERT INTO ecs_back_goods (rec_id, back_id, goods_id, send_number) VALUES ";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_without_a_key_is_read_by_the_one_that_the_profile_declares() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = SmallShop::on(&root).await;
        shop.sql("ALTER TABLE ecs_back_goods MODIFY rec_id MEDIUMINT UNSIGNED NULL, DROP PRIMARY KEY").await;
        shop.sell(1, "SKU-1").await;
        shop.sql(&format!("{BACK_GOODS}(1, 9, 1, 1), (2, 9, 1, 1), (3, 9, 1, 1)")).await;
        let config = sandbox::Config::new(([127, 0, 0, 1], 0).into(), Faults::none(), 7);
        let sandbox = sandbox::start(config).await.unwrap();
        let url = shop.url.clone();
        let site = |profile: &str| {
            let mut site = Site::new(&url);
            (site.erp, site.profile) = (sandbox.erp_block(), profile.to_owned());
            site
        };
        let run = ["run", "--from", "now", "--once"];
        let refused = site("");
        let why = "the table `ecs_back_goods` has neither a primary key nor a unique key without NULLs, so that its rows cannot \
                   be told apart: map another table, or say in profile.toml which columns do: [keys] ecs_back_goods = [\"…\"]";
        refused.run(&run).await.says(2, &[why]);
        let checked = refused.run(&["check"]).await;
        assert!(checked.stdout.contains(why) || checked.stderr.contains(why), "{checked:?}");

        let declared = "keys = { ecs_back_goods = ['rec_id'] }";
        let first = site(declared);
        first.run(&run).await.went_well();
        let mirrored = |site: &Site| -> i64 {
            let state = Connection::open(site.state()).unwrap();
            let sql = "SELECT count(*) FROM mirror WHERE tbl = 'ecs_back_goods'";
            state.query_row(sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(mirrored(&first), 3);
        shop.sql("UPDATE ecs_back_goods SET send_number = 2 WHERE rec_id = 2").await;
        shop.sql("DELETE FROM ecs_back_goods WHERE rec_id = 3").await;
        first.run(&["run", "--once"]).await.went_well();
        assert_eq!(mirrored(&first), 2);

        shop.sql(&format!("{BACK_GOODS}(2, 8, 1, 5)")).await;
        let alike = ["two rows of the table `ecs_back_goods` are alike in the columns that [keys] says", "primary key"];
        site(declared).run(&run).await.says(1, &alike);
        site("keys = { ecs_back_goods = ['rec_id', 'back_id'] }").run(&run).await.went_well();
        shop.sql(&format!("{BACK_GOODS}(NULL, 7, 1, 1)")).await;
        let no_key = ["a row of the table `ecs_back_goods` has NULL in `rec_id`", "[keys]"];
        site("keys = { ecs_back_goods = ['rec_id', 'back_id'] }").run(&run).await.says(1, &no_key);
    }
}

/// Wherever a chunk ends, rows that are alike are found out.
#[tokio::test(flavor = "multi_thread")]
async fn no_chunk_ends_between_rows_that_are_alike() {
    for root in [world::mariadb(), world::mysql()] {
        let mut shop = SmallShop::on(&root).await;
        shop.sql("CREATE TABLE t (a INT NOT NULL, b VARCHAR(9) NOT NULL)").await;
        shop.sql("INSERT INTO t VALUES (2, 'x'), (1, 'y'), (1, 'x'), (3, 'ä'), (1, 'Ä'), (3, 'a')").await;
        // Two of them are alike by their collation: a chunk of no more would never end.
        for rows_max in 2..=7 {
            let mut rows: Vec<String> =
                read(&shop, rows_max).await.unwrap().iter().map(|row| format!("{row:?}")).collect();
            rows.sort();
            rows.dedup();
            assert_eq!(rows.len(), 6, "by {rows_max}");
        }
        shop.sql("INSERT INTO t VALUES (1, 'y')").await;
        for rows_max in 1..=8 {
            let error = read(&shop, rows_max).await.unwrap_err().to_string();
            assert!(error.contains("two rows of the table `t` are alike"), "by {rows_max}: {error}");
        }
    }
}

async fn read(shop: &SmallShop, rows_max: usize) -> Result<Vec<Row>, StoreError> {
    let mut store = Store::connect(&Source::from_url(&shop.url).unwrap()).await.unwrap();
    let shape = store.shapes(&["t".to_owned()]).await.unwrap().remove(0);
    let uses = TableUse { table: "t".into(), columns: vec!["a".into(), "b".into()], key: vec![0, 1] };
    let head = store.head().await.unwrap();
    let mut snapshot = store.snapshot(&head).await.unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let chunk = snapshot.chunk(&uses, &shape, after.as_ref(), rows_max).await?;
        all.extend(chunk.rows);
        after = chunk.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
