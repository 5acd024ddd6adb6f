//! `ledgertap binlog --follow` on a folder that is being written.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};

use crate::world::Own;

/// A folder that a server goes on writing: files come, and old ones are purged, also while none is looked at.
#[tokio::test(flavor = "multi_thread")]
async fn a_followed_folder_may_lose_its_oldest_files() {
    let server = Own::mariadb(&[]).await;
    let mut shop = shop_on(&server).await;
    shop.query_drop("FLUSH BINARY LOGS").await.unwrap();
    let (mut following, lines) = followed(&server.binlogs());
    for i in 1..=4 {
        shop.query_drop(format!("INSERT INTO orders VALUES ({i})")).await.unwrap();
        let inserted = lines.recv_timeout(Duration::from_secs(30)).expect("the row is printed");
        assert!(inserted.contains(&format!("\"after\":{{\"id\":{i}}}")), "{inserted}");
        // What has been read goes in the same moment in which another file comes.
        let files: Vec<(String, u64)> = shop.query("SHOW BINARY LOGS").await.unwrap();
        shop.query_drop(format!("PURGE BINARY LOGS TO '{}'", files.last().unwrap().0)).await.unwrap();
        shop.query_drop("FLUSH BINARY LOGS").await.unwrap();
    }
    following.kill().unwrap();
    following.wait().unwrap();
}

/// A copy that goes on being written, as `mysqlbinlog --raw --stop-never` writes it: the next file is there before its first
/// byte is.
#[tokio::test(flavor = "multi_thread")]
async fn a_followed_folder_may_have_a_file_that_has_not_begun() {
    let server = Own::mariadb(&[]).await;
    let mut shop = shop_on(&server).await;
    shop.query_drop("INSERT INTO orders VALUES (1)").await.unwrap();
    shop.query_drop("FLUSH BINARY LOGS").await.unwrap();
    let files: Vec<(String, u64)> = shop.query("SHOW BINARY LOGS").await.unwrap();
    let [.., (first, _), (second, _)] = &files[..] else { panic!("{files:?}") };
    let folder = tempfile::tempdir().unwrap();
    let copy = |name: &str| std::fs::copy(server.binlogs().join(name), folder.path().join(name)).unwrap();
    copy(first);
    std::fs::write(folder.path().join(second), "").unwrap();
    let (mut following, lines) = followed(folder.path());
    let inserted = lines.recv_timeout(Duration::from_secs(30)).expect("the first row is printed");
    assert!(inserted.contains("\"after\":{\"id\":1}"), "{inserted}");
    shop.query_drop("INSERT INTO orders VALUES (2)").await.unwrap();
    shop.query_drop("FLUSH BINARY LOGS").await.unwrap();
    copy(second);
    let inserted = lines.recv_timeout(Duration::from_secs(30)).expect("the second row is printed");
    assert!(inserted.contains("\"after\":{\"id\":2}"), "{inserted}");
    following.kill().unwrap();
    following.wait().unwrap();
}

/// The program as it follows a folder, and the rows that it prints.
fn followed(folder: &Path) -> (Child, mpsc::Receiver<String>) {
    let mut following = Command::new(env!("CARGO_BIN_EXE_ledgertap"));
    let following = following.arg("binlog").arg(folder).args(["--follow", "--json", "--tables", "shop.orders"]);
    let mut following = following.stdout(Stdio::piped()).spawn().expect("run the program");
    let (send, lines) = mpsc::channel();
    let printed = BufReader::new(following.stdout.take().unwrap()).lines().map_while(Result::ok);
    std::thread::spawn(move || {
        printed.filter(|line| line.contains("\"op\":\"insert\"")).try_for_each(|l| send.send(l))
    });
    (following, lines)
}

/// A connection to an empty shop.
async fn shop_on(server: &Own) -> Conn {
    let mut conn = Conn::new(Opts::from_url(&server.root()).unwrap()).await.unwrap();
    for statement in ["CREATE DATABASE shop", "USE shop", "CREATE TABLE orders (id INT PRIMARY KEY)"] {
        conn.query_drop(statement).await.unwrap();
    }
    conn
}
