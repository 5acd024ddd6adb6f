//! Servers of a test's own, for what is global on a server: settings that rows depend on, and purging.

use std::path::PathBuf;

use ledgertap::demo::server::{self, PrivateServer, Program};
use tempfile::TempDir;

/// A server that nobody else uses; it is gone with its holder.
pub struct Own {
    server: PrivateServer,
    _program: Option<TempDir>,
}

impl Own {
    /// A MariaDB, from the packages that `scripts/services` installs.
    pub async fn mariadb(options: &[&str]) -> Own {
        super::mariadb();
        let program = server::find().expect("there is a mariadbd: run scripts/services up");
        let server = PrivateServer::start_with(&program, &[QUICK, options].concat()).await;
        Own { server: server.expect("start a MariaDB"), _program: None }
    }

    /// A MySQL, from the software that `scripts/services` unpacks.
    pub async fn mysql(options: &[&str]) -> Own {
        super::mysql();
        let folder = tempfile::tempdir().expect("make a folder");
        let server = PrivateServer::start_with(&unpacked_mysql(&folder), &[QUICK, options].concat()).await;
        Own { server: server.expect("start a MySQL"), _program: Some(folder) }
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
