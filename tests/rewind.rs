//! Rewind reads forward: the mirror as it was at any earlier position, from the live server and from copied files, after a random
//! history.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledgertap::binlog::Place;
use ledgertap::bridge;
use ledgertap::config;
use ledgertap::sandbox::{self, Faults};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rusqlite::Connection;

use crate::crash::seed;
use crate::world::{Own, Site, SmallShop};

/// How often the mirror is copied.
const NOTES: usize = 7;

/// Statements between two copies.
const STATEMENTS: usize = 40;

/// Rows of a large transaction, doubled so often.
const DOUBLED: u32 = 11;

/// How rows are found, whatever a server's optimizer thinks of small tables: a look at all of them waits for those that are
/// prepared.
const BY_KEY: &str = "FORCE INDEX (PRIMARY)";

/// Table and key, and the row as JSON.
type Mirror = BTreeMap<(String, String), String>;

#[tokio::test(flavor = "multi_thread")]
async fn a_random_history_is_rewound_on_mariadb() {
    history(Own::mariadb(&["--binlog-row-metadata=NO_LOG"]).await, "").await;
    history(Own::mariadb(&["--binlog-row-metadata=FULL", "--log-bin-compress=ON"]).await, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_random_history_is_rewound_on_mysql() {
    history(Own::mysql(&[]).await, "").await;
    // Without GTIDs: by files and offsets.
    history(Own::mysql(&["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]).await, "file:").await;
}

/// A shop whose rows change in any way.
struct Chaos {
    shop: SmallShop,
    dice: StdRng,
    /// XA transactions: name, and how many copies of the mirror there were when it was prepared.
    prepared: Vec<(String, usize)>,
    /// Of those that were committed: how many there were then, too.
    spans: Vec<(usize, usize)>,
    notes: usize,
    last: u32,
    large: u32,
}

impl Chaos {
    fn id(&mut self) -> u32 {
        // One that has been given, so that a changed key never takes a new row's place.
        self.dice.random_range(0..=self.last)
    }

    fn new_id(&mut self) -> u32 {
        self.last += 1;
        self.last
    }

    async fn act(&mut self) {
        let (id, other) = (self.id(), self.id());
        match self.dice.random_range(0..100) {
            0..25 => {
                let new = self.new_id();
                self.shop.sell(new, "A-1").await;
            }
            25..45 => {
                let name = self.text();
                self.shop
                    .sql(&format!(
                        "UPDATE ecs_users {BY_KEY} SET email = '{name}' WHERE user_id BETWEEN {id} AND {id} + 3"
                    ))
                    .await;
            }
            45..60 => {
                let sql = format!("UPDATE ecs_order_info SET discount = discount + 1.5 WHERE order_id = {id}");
                self.shop.sql(&sql).await;
            }
            60..68 => self.shop.sql(&format!("DELETE FROM ecs_order_goods WHERE order_id = {id}")).await,
            68..74 => self.shop.sql(&format!("DELETE FROM ecs_users WHERE user_id = {id}")).await,
            // A key that changes, onto one that was deleted perhaps, and back.
            74..84 => {
                self.shop.sql(&format!("UPDATE IGNORE ecs_users SET user_id = {other} WHERE user_id = {id}")).await
            }
            84..90 => {
                self.shop.sql("BEGIN").await;
                let sql = format!("UPDATE IGNORE ecs_order_info SET order_id = order_id + 1000 WHERE order_id = {id}");
                self.shop.sql(&sql).await;
                self.shop.sql(&format!("DELETE FROM ecs_order_info WHERE order_id = {other}")).await;
                self.shop
                    .sql(&format!("UPDATE IGNORE ecs_order_info SET order_id = {other} WHERE order_id = {id} + 1000"))
                    .await;
                self.shop.sql("COMMIT").await;
            }
            90..93 => self.shop.sql("FLUSH BINARY LOGS").await,
            93..97 => self.prepare().await,
            _ => self.end_prepared().await,
        }
    }

    fn text(&mut self) -> String {
        ["王小明", "O''Neill", "a\\\\b", "", "客户", "😀"][self.dice.random_range(0..6)].to_owned()
    }

    /// One that waits for its end on no connection.
    async fn prepare(&mut self) {
        if self.prepared.len() > 1 {
            return self.end_prepared().await;
        }
        let id = 20_000 + self.new_id();
        let name = format!("x{id}");
        let mut conn = Conn::new(Opts::from_url(&self.shop.url).unwrap()).await.unwrap();
        for sql in [
            "SET sql_mode = ''".to_owned(),
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED".to_owned(),
            format!("XA START '{name}'"),
            format!("INSERT INTO ecs_users (user_id, user_name, email) VALUES ({id}, '{name}', '')"),
            format!("UPDATE ecs_users SET email = 'again' WHERE user_id = {id}"),
            format!("XA END '{name}'"),
            format!("XA PREPARE '{name}'"),
        ] {
            conn.query_drop(&sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        }
        conn.disconnect().await.unwrap();
        self.prepared.push((name, self.notes));
    }

    async fn end_prepared(&mut self) {
        let Some((name, since)) = self.prepared.pop() else { return };
        let commits = self.dice.random_bool(0.8);
        let sql = format!("XA {} '{name}'", if commits { "COMMIT" } else { "ROLLBACK" });
        let mut conn = Conn::new(Opts::from_url(&self.shop.url).unwrap()).await.unwrap();
        // The server may not have noticed yet that its connection is gone.
        let mut tries = 0;
        while let Err(error) = conn.query_drop(&sql).await {
            tries += 1;
            assert!(tries < 100, "{sql}: {error}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        if commits {
            self.spans.push((since, self.notes));
        }
    }

    /// More rows than one step of the stream takes.
    async fn large(&mut self) {
        self.large += 1;
        let base = self.large * 100_000;
        self.shop.sql("BEGIN").await;
        let sql = format!("INSERT INTO ecs_users (user_id, user_name, email) VALUES ({base}, '客{base}', '')");
        self.shop.sql(&sql).await;
        for i in 0..DOUBLED {
            let more = 1 << i;
            self.shop
                .sql(&format!(
                    "INSERT INTO ecs_users (user_id, user_name, email) SELECT user_id + {more}, CONCAT('客', user_id + {more}), email FROM ecs_users \
                     {BY_KEY} WHERE user_id BETWEEN {base} AND {base} + {more} - 1"
                ))
                .await;
        }
        self.shop
            .sql(&format!(
                "DELETE ecs_users FROM ecs_users {BY_KEY} WHERE user_id BETWEEN {base} + 500 AND {base} + 99999"
            ))
            .await;
        self.shop
            .sql(&format!(
                "UPDATE ecs_users {BY_KEY} SET email = 'x@x.example' WHERE user_id < 10000 OR user_id >= 100000"
            ))
            .await;
        self.shop.sql("COMMIT").await;
    }
}

async fn history(server: Own, kind: &str) {
    let seed = seed();
    println!("rewind: repeat with LEDGERTAP_TEST_SEED={seed}");
    let listen = "127.0.0.1:0".parse().unwrap();
    let sandbox = sandbox::start(sandbox::Config::new(listen, Faults::none(), 1)).await.unwrap();
    let shop = SmallShop::on(&server.root()).await;
    let mut site = Site::new(&shop.url);
    site.erp = sandbox.erp_block();
    let mut chaos = Chaos {
        shop,
        dice: StdRng::seed_from_u64(seed),
        prepared: Vec::new(),
        spans: Vec::new(),
        notes: 0,
        last: 0,
        large: 0,
    };
    let from = chaos.shop.from.clone();
    assert!(from.starts_with(kind), "{from}");
    // What is prepared keeps its own rows locked, and no gaps between them.
    chaos.shop.sql("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await;
    // MariaDB 11.8 waits for the row behind a range as well: that is none of the prepared ones.
    chaos.shop.sql("INSERT INTO ecs_users (user_id, user_name, email) VALUES (19999, 'x', '')").await;
    site.run(&["run", "--from", "now", "--once"]).await.went_well();
    let mut notes: Vec<(String, Mirror)> = Vec::new();
    for note in 0..NOTES {
        for _ in 0..STATEMENTS {
            chaos.act().await;
        }
        if note % 3 == 1 {
            chaos.large().await;
        }
        // Nothing that was prepared before every other copy is committed after it: those are always rewound to.
        while note % 2 == 0 && !chaos.prepared.is_empty() {
            chaos.end_prepared().await;
        }
        catch_up(&site).await;
        notes.push((site.status().await["position"].as_str().unwrap().to_owned(), mirror(&site)));
        chaos.notes = notes.len();
        for _ in 0..2 {
            let i = chaos.dice.random_range(0..notes.len());
            let files = chaos.dice.random_bool(0.5).then(|| copied(&server, &site, note));
            is_rewound(&site, &chaos, &notes, i, files.as_slice()).await;
        }
    }
    // The server has no more than its last file.
    chaos.shop.sql("FLUSH BINARY LOGS").await;
    chaos.shop.sell(80_000, "A-1").await;
    // The stream itself is not held up by what goes.
    let ended = site.run(&["run", "--once"]).await;
    assert!(ended.stderr.contains("\"stopped\""), "{}", ended.stderr);
    // The stream, which may go by files and offsets, has to be in it, too.
    catch_up(&site).await;
    let place = site.status().await["position"].as_str().unwrap().to_owned();
    let files = copied(&server, &site, NOTES);
    let mut conn = server.conn().await;
    let last: Vec<mysql_async::Row> = conn.query("SHOW BINARY LOGS").await.unwrap();
    let last: String = last.last().unwrap().get(0).unwrap();
    conn.query_drop(format!("PURGE BINARY LOGS TO '{last}'")).await.unwrap();
    let gone = rewind(&site, &notes[0].0, &[]).await.unwrap_err();
    assert!(gone.contains("binlog") || gone.contains("GTID") || gone.contains("purged"), "{gone}");
    for i in 0..notes.len() {
        let is_rewound = is_rewound(&site, &chaos, &notes, i, std::slice::from_ref(&files)).await;
        assert!(is_rewound || i % 2 == 1, "the copy {i}");
    }

    // What changes rows without naming them cannot be taken back: the bridge passes it where the mirror holds none of them.
    chaos.shop.sql("TRUNCATE TABLE ecs_back_goods").await;
    chaos.shop.sell(90_000, "A-1").await;
    while !chaos.prepared.is_empty() {
        chaos.end_prepared().await;
    }
    catch_up(&site).await;
    let refused = rewind(&site, &place, &[]).await.unwrap_err();
    assert!(refused.contains("TRUNCATE") && refused.contains("ecs_back_goods") && refused.contains(':'), "{refused}");
}

/// Reads to the head. What random orders come to, the ERP may refuse.
async fn catch_up(site: &Site) {
    let ended = site.run(&["run", "--once"]).await;
    let read = ended.code == Some(0) || ended.stderr.contains("document parked");
    assert!(read, "{}", ended.stderr);
}

/// The mirror is rewound to the `i`th copy from the last, and is that; false where it may be refused, and is.
async fn is_rewound(site: &Site, chaos: &Chaos, notes: &[(String, Mirror)], i: usize, files: &[PathBuf]) -> bool {
    let (place, there) = &notes[i];
    let prepared_before = chaos.spans.iter().any(|(since, until)| *since <= i && i < *until);
    match rewind(site, place, files).await {
        Ok(found) => {
            let differs = there.iter().filter(|(key, row)| found.get(*key) != Some(row));
            let differs: Vec<_> = differs.chain(found.iter().filter(|(key, _)| !there.contains_key(*key))).collect();
            assert!(differs.is_empty() && !prepared_before, "{place} of {}: {differs:?}", notes.len());
            true
        }
        Err(error) => {
            assert!(prepared_before && error.contains("was prepared before"), "{place}: {error}");
            false
        }
    }
}

async fn rewind(site: &Site, place: &str, files: &[PathBuf]) -> Result<Mirror, String> {
    let config = config::load(&site.path("shop.toml")).map_err(|e| e.to_string())?;
    let place: Place = place.parse().unwrap();
    bridge::rewound(&config, &place, files).await.map_err(|e| format!("{e:#}"))
}

fn mirror(site: &Site) -> Mirror {
    let database = Connection::open(site.state()).unwrap();
    let mut statement = database.prepare("SELECT tbl, key, row FROM mirror").unwrap();
    let rows = statement.query_map([], |r| Ok(((r.get(0)?, r.get(1)?), r.get(2)?))).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

/// The server's binlog files, in a folder of their own.
fn copied(server: &Own, site: &Site, note: usize) -> PathBuf {
    let folder = site.path(&format!("binlogs-{note}"));
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(server.binlogs()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains("bin") && name.rsplit_once('.').is_some_and(|(_, end)| end.bytes().all(|b| b.is_ascii_digit()))
        {
            std::fs::copy(&path, folder.join(name)).unwrap();
        }
    }
    folder
}
