//! A part of the binlog: from the live server, from archived files, from the one and then the other; and what is refused.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _, Unit};
use ledgertap::binlog::{Definitions, FileReader, Limits, Place, Range, Source, Sources, Store, StoreError, position};
use ledgertap::change::{Footprint, Position, TableUse, Value};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use tempfile::TempDir;

use crate::world::{self, Own};

/// A shop on a server of its own, and a folder for its binlog files.
struct Shop {
    own: Own,
    conn: Conn,
    store: Store,
    archive: TempDir,
    is_mysql: bool,
}

/// One moment, in both kinds of position.
#[derive(Debug, Clone)]
struct Moment {
    gtids: Position,
    file: Position,
}

impl Moment {
    fn both(&self) -> [&Position; 2] {
        [&self.gtids, &self.file]
    }
}

impl Shop {
    async fn on(own: Own) -> Shop {
        let url = world::fresh_database(&own.root(), "ranges").await;
        let mut conn = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
        for table in ["orders (id INT PRIMARY KEY)", "noise (id INT AUTO_INCREMENT PRIMARY KEY)"] {
            conn.query_drop(format!("CREATE TABLE {table}")).await.unwrap();
        }
        let store = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap();
        let is_mysql = store.server().starts_with("MySQL");
        Shop { own, conn, store, archive: tempfile::tempdir().unwrap(), is_mysql }
    }

    async fn run(&mut self, statements: &[&str]) {
        for statement in statements {
            self.conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    }

    /// Orders, each in a transaction of its own with some that nobody maps around it.
    async fn sell(&mut self, ids: &[i64]) {
        for id in ids {
            self.run(&["INSERT INTO noise VALUES ()", &format!("INSERT INTO orders VALUES ({id})")]).await;
        }
        self.run(&["INSERT INTO noise VALUES ()"]).await;
    }

    async fn store_database(&mut self) -> String {
        self.conn.query_first("SELECT database()").await.unwrap().unwrap()
    }

    async fn moment(&mut self) -> Moment {
        let file = self.store.head_like(&Position("file:x:4".into())).await.unwrap();
        Moment { gtids: self.store.head().await.unwrap(), file }
    }

    /// The names of the server's files.
    async fn files(&mut self) -> Vec<String> {
        let files: Vec<mysql_async::Row> = self.conn.query("SHOW BINARY LOGS").await.unwrap();
        files.iter().map(|row| row.get(0).unwrap()).collect()
    }

    /// Puts files away, by their index.
    async fn keep(&mut self, which: std::ops::Range<usize>) -> Vec<PathBuf> {
        let names = self.files().await;
        let to = |name: &String| self.archive.path().join(name);
        for name in &names[which] {
            std::fs::copy(self.own.binlogs().join(name), to(name)).unwrap();
        }
        vec![self.archive.path().to_owned()]
    }

    /// Forgets all files but the one that is written.
    async fn purge(&mut self) {
        let last = self.files().await.pop().unwrap();
        self.purge_to(&last).await;
    }

    /// Forgets all files before this one. A server keeps what it still sends to someone, be he gone.
    async fn purge_to(&mut self, first: &str) {
        let dumps = "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'";
        let begun = Instant::now();
        while self.files().await[0] != first {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?} are not purged", self.files().await);
            for dump in self.conn.query::<u64, _>(dumps).await.unwrap() {
                let _ = self.conn.query_drop(format!("KILL {dump}")).await;
            }
            self.run(&[&format!("PURGE BINARY LOGS TO '{first}'")]).await;
        }
    }

    /// What a place means by the server, or by files and then the server.
    async fn means(&mut self, files: &[PathBuf], place: &Place, like: &Position) -> Result<Position, StoreError> {
        Sources { store: Some(&mut self.store), files, database: None }.resolve(place, like).await
    }

    /// The orders of a range, read from files and then the server.
    async fn both(&mut self, files: &[PathBuf], from: &Position, to: &Position) -> Result<Vec<i64>, StoreError> {
        let sources = Sources { store: Some(&mut self.store), files, database: None };
        read(sources, from, to).await
    }
}

async fn of_files(files: &[PathBuf], from: &Position, to: &Position) -> Result<Vec<i64>, StoreError> {
    read(Sources { store: None, files, database: None }, from, to).await
}

/// What a place means by files alone.
async fn by_files(files: &[PathBuf], place: &Place, like: &Position) -> Result<Position, StoreError> {
    Sources { store: None, files, database: None }.resolve(place, like).await
}

async fn read(sources: Sources<'_>, from: &Position, to: &Position) -> Result<Vec<i64>, StoreError> {
    let mut range = sources.open(from, to, &footprint(), &Definitions::default()).await?;
    let ids = drain(&mut range).await?;
    assert!(position::reached(range.position(), to), "{} is not {to}", range.position());
    assert!(position::reached(to, range.position()), "{} is not {to}", range.position());
    Ok(ids)
}

async fn drain(range: &mut Range<'_>) -> Result<Vec<i64>, StoreError> {
    let mut ids = Vec::new();
    while let Some(batch) = range.next(&Limits { transactions: 2, rows: 100 }).await? {
        for change in batch.transactions.iter().flat_map(|transaction| &transaction.changes) {
            match &change.after.as_ref().expect("orders are inserted")[0] {
                Value::Int(id) => ids.push(*id),
                other => panic!("{other:?} is no id"),
            }
        }
    }
    Ok(ids)
}

fn footprint() -> Footprint {
    let uses = TableUse { table: "orders".into(), columns: vec!["id".into()], key: vec![0] };
    Footprint { tables: vec![uses] }
}

async fn servers() -> [Shop; 2] {
    [Shop::on(Own::mariadb(&[]).await).await, Shop::on(Own::mysql(&[]).await).await]
}

/// The one sentence that a range was refused with.
#[track_caller]
fn refused<T: std::fmt::Debug>(read: Result<T, StoreError>, parts: &[&str]) {
    let error = match read {
        Err(StoreError::Definite(error)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    };
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_is_the_same_from_the_server_and_from_files() {
    for mut shop in servers().await {
        shop.sell(&[1]).await;
        let first = shop.moment().await;
        shop.sell(&[2]).await;
        if shop.is_mysql {
            shop.run(&["SET gtid_next = 'AUTOMATIC:till', binlog_transaction_compression = ON"]).await;
            shop.run(&["INSERT INTO orders VALUES (3)", "SET gtid_next = 'AUTOMATIC'"]).await;
        } else {
            shop.run(&["SET gtid_domain_id = 5", "INSERT INTO orders VALUES (3)", "SET gtid_domain_id = 7"]).await;
        }
        shop.run(&["FLUSH BINARY LOGS"]).await;
        shop.sell(&[4]).await;
        let second = shop.moment().await;
        shop.sell(&[5]).await;
        shop.run(&["FLUSH BINARY LOGS"]).await;
        shop.sell(&[6]).await;
        let third = shop.moment().await;
        shop.sell(&[7]).await;
        let files = shop.files().await.len();
        let all = shop.keep(0..files).await;
        for kind in 0..2 {
            let [first, second, third] = [&first, &second, &third].map(|moment| moment.both()[kind]);
            assert_eq!(shop.both(&[], first, second).await.unwrap(), [2, 3, 4]);
            assert_eq!(shop.both(&[], first, third).await.unwrap(), [2, 3, 4, 5, 6]);
            assert!(shop.both(&[], second, second).await.unwrap().is_empty());
            assert_eq!(of_files(&all, first, second).await.unwrap(), [2, 3, 4]);
            assert_eq!(of_files(&all, second, third).await.unwrap(), [5, 6]);
            assert_eq!(shop.both(&all, first, third).await.unwrap(), [2, 3, 4, 5, 6]);
        }
        // What was archived is gone at the server, which goes on where that ends.
        for kept in [0..files - 1, 0..files] {
            let _ = std::fs::remove_file(all[0].join(&shop.files().await[files - 1]));
            let some = shop.keep(kept).await;
            let head = shop.moment().await;
            for kind in 0..2 {
                let ends = [&first, &second, &head].map(|moment| moment.both()[kind]);
                assert_eq!(shop.both(&some, ends[0], ends[2]).await.unwrap(), [2, 3, 4, 5, 6, 7]);
                assert_eq!(shop.both(&some, ends[0], ends[1]).await.unwrap(), [2, 3, 4]);
            }
        }
        shop.purge().await;
        let head = shop.moment().await;
        for kind in 0..2 {
            let ends = [&first, &second, &head].map(|moment| moment.both()[kind]);
            assert_eq!(shop.both(&all, ends[0], ends[2]).await.unwrap(), [2, 3, 4, 5, 6, 7]);
            refused(shop.both(&[], ends[0], ends[1]).await, &["is purged", "name archived files that hold it"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_before_the_first_transaction_that_is_not_earlier() {
    for mut shop in servers().await {
        let begin = shop.moment().await;
        shop.sell(&[1]).await;
        shop.run(&["FLUSH BINARY LOGS"]).await;
        // Where commits are told by the second they are made to lie apart.
        let now: Timestamp = Timestamp::now().round(Unit::Second).unwrap() + 100.seconds();
        let mut times = Vec::new();
        for id in 2..5 {
            let then = now + (100 * id).seconds();
            if shop.is_mysql {
                let micros: i64 =
                    shop.conn.query_first("SELECT floor(unix_timestamp(now(6)) * 1000000)").await.unwrap().unwrap();
                times.push(Timestamp::from_microsecond(micros).unwrap());
            } else {
                shop.run(&[&format!("SET timestamp = {}", then.as_second())]).await;
                times.push(then);
            }
            shop.sell(&[id]).await;
        }
        shop.run(&["SET timestamp = DEFAULT"]).await;
        let end = shop.moment().await;
        let files = shop.files().await.len();
        let all = shop.keep(0..files).await;
        let late = Place::Time(now + 9_000.seconds());
        for kind in 0..2 {
            let [begin, end] = [&begin, &end].map(|moment| moment.both()[kind]);
            for (index, time) in times.iter().enumerate() {
                let place = Place::Time(*time);
                let meant = shop.means(&[], &place, end).await.unwrap();
                assert_eq!(by_files(&all, &place, end).await.unwrap(), meant);
                assert_eq!(shop.means(&all[..1], &place, end).await.unwrap(), meant);
                let (before, after) = ((1..2 + index as i64).collect::<Vec<_>>(), 2 + index as i64..5);
                assert_eq!(shop.both(&[], begin, &meant).await.unwrap(), before, "{time} is {meant}");
                assert_eq!(of_files(&all, &meant, end).await.unwrap(), after.collect::<Vec<_>>(), "{time} is {meant}");
            }
            // Whatever the server wrote there by itself.
            for meant in [shop.means(&all, &late, end).await.unwrap(), by_files(&all, &late, end).await.unwrap()] {
                assert!(shop.both(&[], end, &meant).await.unwrap().is_empty(), "{meant} is not {end}");
            }
            // Nothing came before the first file.
            let early = Place::Time("2001-02-03T04:05:06Z".parse().unwrap());
            let first = by_files(&all, &early, end).await.unwrap();
            assert_eq!(of_files(&all, &first, end).await.unwrap(), [1, 2, 3, 4]);
            assert_eq!(by_files(&all, &Place::Now, end).await.unwrap(), by_files(&all, &late, end).await.unwrap());
            let earliest = by_files(&all, &Place::Earliest, end).await.unwrap();
            assert_eq!(of_files(&all, &earliest, end).await.unwrap(), [1, 2, 3, 4]);
        }
        shop.purge().await;
        shop.run(&["FLUSH BINARY LOGS"]).await;
        shop.purge().await;
        for like in end.both() {
            let early = Place::Time("2001-02-03T04:05:06Z".parse().unwrap());
            refused(shop.means(&[], &early, like).await, &["what is there begins at 20", "give a later time"]);
            assert!(shop.means(&all, &early, like).await.is_ok());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_offset_is_a_gtid_position_where_the_streams_is() {
    for mut shop in servers().await {
        shop.sell(&[1]).await;
        shop.run(&["FLUSH BINARY LOGS"]).await;
        shop.sell(&[2]).await;
        let here = shop.moment().await;
        shop.run(&["INSERT INTO orders VALUES (3)"]).await;
        let next = shop.moment().await;
        let all = {
            let files = shop.files().await.len();
            shop.keep(0..files).await
        };
        let at = |position: &Position| Place::At(position.clone());
        for files in [&[][..], &all] {
            assert_eq!(shop.means(files, &at(&here.file), &here.gtids).await.unwrap(), here.gtids);
            assert_eq!(shop.means(files, &at(&here.file), &here.file).await.unwrap(), here.file);
            assert_eq!(shop.means(files, &at(&here.gtids), &next.gtids).await.unwrap(), here.gtids);
            refused(shop.means(files, &at(&here.gtids), &here.file).await, &["is of another kind"]);
        }
        assert_eq!(by_files(&all, &at(&here.file), &here.gtids).await.unwrap(), here.gtids);

        // Within a transaction, and within an event.
        let (file, begins) = here.file.0.strip_prefix("file:").unwrap().rsplit_once(':').unwrap();
        let ends = next.file.0.rsplit_once(':').unwrap().1;
        let events: Vec<mysql_async::Row> = shop.conn.query(format!("SHOW BINLOG EVENTS IN '{file}'")).await.unwrap();
        let commit = events.iter().rfind(|event| event.get::<String, _>(2).as_deref() == Some("Xid")).unwrap();
        let commit: u64 = commit.get(1).unwrap();
        let named = format!("give the offset between two transactions: {begins}, or {ends}");
        for offset in [commit, commit + 3] {
            let within = Position(format!("file:{file}:{offset}"));
            for like in next.both() {
                refused(shop.means(&[], &at(&within), like).await, &[&named, file, &offset.to_string()]);
                refused(by_files(&all, &at(&within), like).await, &[&named, file, "lies within a transaction"]);
            }
            refused(of_files(&all, &here.file, &within).await, &[&named]);
            let path = all[0].join(file);
            let begun = FileReader::open(&path, &footprint(), &[]).unwrap().start_at(&within);
            refused(begun.and_then(|mut reader| reader.next(&Limits::default())), &[&named]);
        }
        let behind = Place::At(Position(format!("file:{file}:{}", 1 << 30)));
        refused(by_files(&all, &behind, &next.gtids).await, &[&format!("which ends at {ends}")]);
        refused(shop.means(&[], &behind, &next.gtids).await, &["ahead of the server"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_refused() {
    for mut shop in servers().await {
        let begin = shop.moment().await;
        for id in 1..6 {
            shop.sell(&[id]).await;
            shop.run(&["FLUSH BINARY LOGS"]).await;
        }
        let end = shop.moment().await;
        let files = shop.files().await;
        let all = shop.keep(0..files.len()).await;
        let path = |index: usize| all[0].join(&files[index]);
        let (first, last) = (files.len() - 6, files.len() - 1);
        let paths = |which: &[usize]| which.iter().map(|index| path(first + index)).collect::<Vec<_>>();
        for kind in 0..2 {
            let [begin, end] = [&begin, &end].map(|moment| moment.both()[kind]);
            let by_gtid = kind == 0;
            let says = |gtid: &'static str, file: &'static str| if by_gtid { gtid } else { file };

            assert_eq!(of_files(&paths(&[0, 1, 2, 3, 4, 5]), begin, end).await.unwrap(), [1, 2, 3, 4, 5]);
            let gap = of_files(&paths(&[0, 2, 3, 4, 5]), begin, end).await;
            refused(
                gap,
                &[says("came before this file and were not read", "which does not follow it"), "name all archived"],
            );
            let late = of_files(&paths(&[1, 2, 3, 4, 5]), begin, end).await;
            refused(late, &[says("begin after the position", "which is not among"), "or begin later"]);
            let short = of_files(&paths(&[0, 1, 2]), begin, end).await;
            refused(short, &["the archived files end at", "before the end of the range", "or the server"]);
            refused(of_files(&all, end, begin).await, &["is before its beginning", "exchange the two"]);
            assert_eq!(shop.both(&paths(&[0, 1]), begin, end).await.unwrap(), [1, 2, 3, 4, 5]);
        }
        refused(of_files(&all, &begin.gtids, &end.file).await, &["of another kind than its beginning"]);
        let nothing: &[PathBuf] = &[];
        refused(of_files(nothing, &begin.gtids, &end.gtids).await, &["nothing to read it from"]);

        // A copy that was made while the file was written.
        let torn = tempfile::tempdir().unwrap();
        let bytes = std::fs::read(path(first + 2)).unwrap();
        let name = torn.path().join(&files[first + 2]);
        std::fs::write(&name, &bytes[..bytes.len() - 150]).unwrap();
        let copied = [path(first), path(first + 1), name];
        for kind in 0..2 {
            let [begin, end] = [&begin, &end].map(|moment| moment.both()[kind]);
            assert_eq!(shop.both(&copied, begin, end).await.unwrap(), [1, 2, 3, 4, 5]);
        }

        // The server has forgotten what lies between.
        shop.purge_to(&files[last - 1]).await;
        for kind in 0..2 {
            let [begin, end] = [&begin, &end].map(|moment| moment.both()[kind]);
            assert_eq!(shop.both(&paths(&[0, 1, 2, 3]), begin, end).await.unwrap(), [1, 2, 3, 4, 5]);
            let gap = shop.both(&paths(&[0, 1]), begin, end).await;
            refused(gap, &["the archived files end", "name all archived"]);
        }
        shop.run(&["TRUNCATE orders"]).await;
        let emptied = shop.moment().await;
        let all = {
            let files = shop.files().await.len();
            shop.keep(0..files).await
        };
        for kind in 0..2 {
            let [end, emptied] = [&end, &emptied].map(|moment| moment.both()[kind]);
            refused(shop.both(&[], end, emptied).await, &["changed `orders` without row events", &files[last]]);
            refused(of_files(&all, end, emptied).await, &["changed `orders` without row events", &files[last]]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_another_server_are_refused() {
    let mut ours = Shop::on(Own::mysql(&[]).await).await;
    let mut theirs = Shop::on(Own::mysql(&[]).await).await;
    refused(
        mixed(&mut ours, &mut theirs).await,
        &["are of another server", "they hold", "name the files of the server"],
    );
    // By file and offset it is told by when a file of the same name was begun.
    let begin = ours.moment().await;
    ours.run(&["FLUSH BINARY LOGS"]).await;
    let (end, files) = (ours.moment().await, vec![theirs.archive.path().to_owned()]);
    refused(ours.both(&files, &begin.file, &end.file).await, &["is not the binlog file that is meant"]);
    let foreign = theirs.moment().await.gtids;
    let meant = ours.means(&[], &Place::At(foreign.clone()), &end.gtids).await.unwrap();
    assert_eq!(meant, foreign);
    refused(ours.both(&[], &meant, &end.gtids).await, &["its beginning has", "which its end"]);

    let mut ours = Shop::on(Own::mariadb(&[]).await).await;
    let mut theirs = Shop::on(Own::mariadb(&["--gtid-domain-id=9"]).await).await;
    refused(mixed(&mut ours, &mut theirs).await, &["are of another server", "9-71-", "of no domain of the position"]);
    let mut ours = Shop::on(Own::mariadb(&[]).await).await;
    let mut theirs = Shop::on(Own::mariadb(&["--server-id=72"]).await).await;
    refused(mixed(&mut ours, &mut theirs).await, &["7-72-", "7-71-", "another history"]);
}

/// A range of one shop, from the files of another.
async fn mixed(ours: &mut Shop, theirs: &mut Shop) -> Result<Vec<i64>, StoreError> {
    let mut moments = Vec::new();
    for shop in [ours, theirs] {
        shop.run(&["DELETE FROM orders"]).await;
        let begin = shop.moment().await;
        shop.sell(&[1, 2, 3]).await;
        moments.push((begin, shop.moment().await, shop.keep(0..1).await));
    }
    let (begin, end, _) = &moments[0];
    of_files(&moments[1].2, &begin.gtids, &end.gtids).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replicas_files_take_over_from_its_primarys() {
    let mariadb = (Own::mariadb(&[]).await, Own::mariadb(&["--server-id=72", "--log-slave-updates"]).await);
    let mysql = (Own::mysql(&[]).await, Own::mysql(&["--server-id=72"]).await);
    for (primary, replica) in [mariadb, mysql] {
        replica.follow(&primary).await;
        let mut shop = Shop::on(primary).await;
        let begin = shop.moment().await;
        shop.sell(&[1, 2]).await;
        replica.until_in_step(&shop.own).await;
        replica.promote().await;
        let at_primary = {
            let files = shop.files().await.len();
            shop.keep(0..files).await
        };
        let database = shop.store_database().await;
        let url = format!("{}/{database}", replica.root());
        let mut after = Shop {
            conn: Conn::new(Opts::from_url(&url).unwrap()).await.unwrap(),
            store: Store::connect(&Source::from_url(&url).unwrap()).await.unwrap(),
            archive: tempfile::tempdir().unwrap(),
            is_mysql: shop.is_mysql,
            own: replica,
        };
        after.sell(&[3]).await;
        let end = after.moment().await;
        let at_replica = {
            let files = after.files().await.len();
            after.keep(0..files).await
        };
        assert_eq!(of_files(&at_replica, &begin.gtids, &end.gtids).await.unwrap(), [1, 2, 3]);
        let both = [at_primary.clone(), at_replica].concat();
        assert_eq!(of_files(&both, &begin.gtids, &end.gtids).await.unwrap(), [1, 2, 3]);
        assert_eq!(after.both(&at_primary, &begin.gtids, &end.gtids).await.unwrap(), [1, 2, 3]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_known_where_rows_do_not_name_their_columns() {
    let bare = &["--binlog-row-metadata=MINIMAL"];
    for mut shop in [Shop::on(Own::mariadb(bare).await).await, Shop::on(Own::mysql(bare).await).await] {
        let begin = shop.moment().await;
        let before = shop.store.shapes(&["orders".to_owned()]).await.unwrap();
        shop.sell(&[1]).await;
        shop.run(&["FLUSH BINARY LOGS", "ALTER TABLE orders ADD COLUMN shop INT DEFAULT 9 FIRST"]).await;
        let altered = shop.moment().await;
        for (id, sql) in [(2, "FLUSH BINARY LOGS"), (3, "FLUSH BINARY LOGS"), (4, "SELECT 1")] {
            shop.run(&[&format!("INSERT INTO orders (id) VALUES ({id})"), sql]).await;
        }
        let (end, files) = (shop.moment().await, shop.files().await.len());
        let all = shop.keep(0..files - 1).await;
        shop.purge().await;
        for kind in 0..2 {
            let [begin, altered, end] = [&begin, &altered, &end].map(|moment| moment.both()[kind]);
            // The server says what they look like, where the files do not say that it has changed since.
            for (from, known, ids) in [(altered, None, &[2, 3, 4][..]), (begin, Some(&before[..]), &[1, 2, 3, 4])] {
                let tables = ["orders".to_owned()];
                let mut sources = Sources { store: Some(&mut shop.store), files: &all, database: None };
                let known = sources.definitions(from, &tables, known).await.unwrap();
                assert!(known.shapes.len() == 1 && known.pending.is_empty(), "{known:?}");
                let mut range = sources.open(from, end, &footprint(), &known).await.unwrap();
                assert_eq!(drain(&mut range).await.unwrap(), ids);
            }
            let mut sources = Sources { store: Some(&mut shop.store), files: &all, database: None };
            let known = sources.definitions(begin, &["orders".to_owned()], None).await.unwrap();
            assert!(known.shapes.is_empty() && known.pending.contains_key("orders"), "{known:?}");
        }
    }
}
