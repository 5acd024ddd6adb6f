//! Servers of a test's own, for what is global on a server: settings that rows depend on, and purging.

use std::net::SocketAddr;
use std::path::PathBuf;

use ledgertap::demo::server::{self, PrivateServer, Program};
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use tempfile::TempDir;

/// A server that nobody else uses; it is gone with its holder.
pub struct Own {
    server: PrivateServer,
    is_mysql: bool,
    _program: Option<TempDir>,
}

impl Own {
    /// A MariaDB, from the packages that `scripts/services` installs.
    pub async fn mariadb(options: &[&str]) -> Own {
        super::mariadb();
        let program = server::find().expect("there is a mariadbd: run scripts/services up");
        let server = PrivateServer::start_with(&program, &[QUICK, options].concat()).await;
        Own { server: server.expect("start a MariaDB"), is_mysql: false, _program: None }
    }

    /// A MySQL, from the software that `scripts/services` unpacks.
    pub async fn mysql(options: &[&str]) -> Own {
        super::mysql();
        let folder = tempfile::tempdir().expect("make a folder");
        let server = PrivateServer::start_with(&unpacked_mysql(&folder), &[QUICK, options].concat()).await;
        Own { server: server.expect("start a MySQL"), is_mysql: true, _program: Some(folder) }
    }

    /// Kills it, as a crash would; its files stay until it is dropped.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Kills it, and starts it again over the same files at the same port.
    pub async fn restart(&mut self) {
        self.server.restart().await.expect("start it again");
    }

    /// The folder with its binlog files.
    pub fn binlogs(&self) -> PathBuf {
        self.server.binlogs()
    }

    /// Its URL as root, without a database.
    pub fn root(&self) -> String {
        self.server.url()
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        let opts = Opts::from_url(&self.root()).expect("it is a URL");
        SocketAddr::from(([127, 0, 0, 1], opts.tcp_port()))
    }

    /// Makes the account `tap` with the least that a bridge needs, and answers a database's URL as that account.
    pub async fn as_tap(&self, url: &str) -> String {
        let monitor = if self.is_mysql { "REPLICATION CLIENT" } else { "BINLOG MONITOR" };
        let database = url.rsplit('/').next().expect("it names a database");
        self.run(&[
            "CREATE USER tap@'%' IDENTIFIED BY 'geheim'",
            &format!("GRANT REPLICATION SLAVE, {monitor} ON *.* TO tap@'%'"),
            &format!("GRANT SELECT ON `{database}`.* TO tap@'%'"),
        ])
        .await;
        url.replace("root@", "tap:geheim@")
    }

    /// Becomes a replica of another, from its first transaction on, by GTID.
    pub async fn follow(&self, primary: &Own) {
        let port = primary.addr().port();
        let to = if self.is_mysql {
            format!(
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={port}, SOURCE_USER='root', \
                 SOURCE_AUTO_POSITION=1, SOURCE_SSL=0, GET_SOURCE_PUBLIC_KEY=1"
            )
        } else {
            format!(
                "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='root', \
                 MASTER_USE_GTID=slave_pos"
            )
        };
        self.run(&[&to, if self.is_mysql { "START REPLICA" } else { "START SLAVE" }, "SET GLOBAL read_only = 1"]).await;
    }

    /// Waits until it has executed all that the other has now.
    pub async fn until_in_step(&self, primary: &Own) {
        let (position, wait) = match self.is_mysql {
            true => ("SELECT @@GLOBAL.gtid_executed", "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, 60)"),
            false => ("SELECT @@GLOBAL.gtid_binlog_pos", "SELECT MASTER_GTID_WAIT(?, 60)"),
        };
        let there: Option<String> = primary.conn().await.query_first(position).await.expect("the primary answers");
        let waited: Option<i64> = self.conn().await.exec_first(wait, (there,)).await.expect("the replica answers");
        assert_eq!(waited, Some(0), "the replica does not follow");
    }

    /// Executes what it has heard of its primary, and hears no more of it.
    pub async fn stop_hearing(&self) {
        self.run(&[if self.is_mysql { "STOP REPLICA IO_THREAD" } else { "STOP SLAVE IO_THREAD" }]).await;
    }

    /// Hears of its primary again.
    pub async fn hear_again(&self) {
        self.run(&[if self.is_mysql { "START REPLICA IO_THREAD" } else { "START SLAVE IO_THREAD" }]).await;
    }

    /// Follows nobody any more, and is written to.
    pub async fn promote(&self) {
        let statements = match self.is_mysql {
            true => ["STOP REPLICA", "RESET REPLICA ALL", "SET GLOBAL read_only = 0"],
            false => ["STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only = 0"],
        };
        self.run(&statements).await;
    }

    /// A connection as root, without a database.
    pub async fn conn(&self) -> Conn {
        super::init();
        Conn::new(Opts::from_url(&self.root()).expect("it is a URL")).await.expect("connect")
    }

    /// Runs statements, each for itself, on one connection.
    pub async fn run(&self, statements: &[&str]) {
        let mut conn = self.conn().await;
        for statement in statements {
            conn.query_drop(*statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
    }
}

/// Two commits a disk's turn would be all that these tests measure.
const QUICK: &[&str] = &["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"];

/// A program that runs the unpacked server with the folders it was unpacked to.
fn unpacked_mysql(folder: &TempDir) -> Program {
    use std::os::unix::fs::PermissionsExt as _;
    let room = super::services_room().join("mysql");
    let (run, usr) = (room.join("run"), room.join("software/usr"));
    assert!(run.is_file(), "{} is missing: run scripts/services up mysql", run.display());
    let path: PathBuf = folder.path().join("mysqld");
    let script = format!(
        "#!/bin/sh\nexec '{}' sbin/mysqld \"$@\" '--basedir={usr}' '--lc-messages-dir={usr}/share/mysql' \
         '--character-sets-dir={usr}/share/mysql/charsets' '--plugin-dir={usr}/lib/mysql/plugin'\n",
        run.display(),
        usr = usr.display()
    );
    std::fs::write(&path, script).expect("write the program");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("make it a program");
    Program::mysql(path)
}
