//! A PostgreSQL of a test's own, durable as in production, and its synchronous standby; both are killed and promoted here.

use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// How long a server may take to answer, to catch up or to be promoted.
const READY_MAX: Duration = Duration::from_secs(60);

/// A primary and perhaps a standby; they are gone with their holder.
pub struct OwnPostgres {
    primary: Node,
    standby: Option<Node>,
}

/// One server.
struct Node {
    data: PathBuf,
    port: u16,
    options: String,
    _folder: TempDir,
}

impl OwnPostgres {
    /// A primary alone.
    pub async fn alone() -> OwnPostgres {
        let primary = Node::new();
        primary.initialise();
        primary.start();
        OwnPostgres { primary, standby: None }
    }

    /// A primary whose commits wait until the standby has them on its disk.
    pub async fn with_standby() -> OwnPostgres {
        let mut own = OwnPostgres::alone().await;
        own.stand_by(Node::new()).await;
        own
    }

    /// A primary alone that speaks TLS with this certificate and its key, as PEM.
    pub async fn with_tls(certificate: &str, key: &str) -> OwnPostgres {
        let mut primary = Node::new();
        primary.initialise();
        primary.own("server.crt", certificate);
        primary.own("server.key", key);
        primary.options.push_str(" -c ssl=on");
        primary.start();
        OwnPostgres { primary, standby: None }
    }

    /// Where the servers listen, the primary of the beginning first.
    pub fn addrs(&self) -> Vec<SocketAddr> {
        [Some(&self.primary), self.standby.as_ref()].into_iter().flatten().map(Node::addr).collect()
    }

    /// The URL of whichever server takes writes.
    pub fn url(&self) -> String {
        url_of(&self.addrs())
    }

    /// A connection to the server that takes writes now.
    pub async fn client(&self) -> Client {
        self.primary.client().await
    }

    /// Crashes the primary, as a killed machine would, and starts it again.
    pub async fn restart_immediate(&mut self) {
        self.kill();
        self.primary.start();
        self.primary.client().await;
    }

    /// Crashes the primary.
    pub fn kill(&mut self) {
        self.primary.stop("immediate");
    }

    /// Waits until the standby has everything that the primary has.
    pub async fn until_in_step(&self) {
        let Some(standby) = &self.standby else { return };
        let begun = Instant::now();
        let client = self.primary.client().await;
        let in_step = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum') \
                       AND flush_lsn >= pg_current_wal_flush_lsn()";
        loop {
            let row = client.query_one(in_step, &[]).await.expect("the primary answers");
            if row.get::<_, i64>(0) > 0 {
                return;
            }
            assert!(begun.elapsed() < READY_MAX, "the standby does not follow: {}", standby.log_tail());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Crashes the primary for good and makes the standby the server that takes writes. A new standby comes to where the old
    /// primary was.
    pub async fn promote(&mut self) {
        let standby = self.standby.take().expect("there is a standby");
        self.primary.stop("immediate");
        standby.control(&["promote", "-w", "-t", "60"]);
        let port = self.primary.port;
        // The old primary's files go with it: nobody may ever start it again.
        self.primary = standby;
        self.stand_by(Node::at(port)).await;
    }

    /// From now on commits wait for this standby, too.
    async fn stand_by(&mut self, standby: Node) {
        let client = self.primary.client().await;
        standby.copy(&self.primary);
        standby.start();
        // After the copy: the standby, once promoted, must wait for nobody.
        for statement in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
            client.batch_execute(statement).await.expect("the primary waits for its standby");
        }
        self.standby = Some(standby);
        self.until_in_step().await;
    }
}

/// The URL of the one of these addresses that takes writes.
pub fn url_of(addrs: &[SocketAddr]) -> String {
    let hosts: Vec<String> = addrs.iter().map(ToString::to_string).collect();
    format!("postgres://postgres@{}/postgres?target_session_attrs=read-write", hosts.join(","))
}

impl Node {
    fn new() -> Node {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        Node::at(free.expect("find a free port").port())
    }

    fn at(port: u16) -> Node {
        // PostgreSQL's own user may not enter every temporary folder, and a socket's path must be short.
        let folder = tempfile::Builder::new().prefix("ledgertap-pg-").tempdir_in("/var/tmp").expect("make a folder");
        give_to_postgres(folder.path());
        // A standby that has lost its primary looks for it at once, and a crashed primary sees a dead peer soon.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c timezone=UTC -c fsync=on \
             -c synchronous_commit=on -c full_page_writes=on -c wal_level=replica -c hot_standby=on -c max_wal_senders=4 \
             -c wal_retrieve_retry_interval=200ms -c wal_receiver_status_interval=1s -c shared_buffers=32MB \
             -c max_connections=60"
        );
        Node { data: folder.path().join("data"), port, options, _folder: folder }
    }

    fn addr(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    fn initialise(&self) {
        let data = self.data.display().to_string();
        run("initdb", &["-D", &data, "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8", "--no-sync"]);
    }

    /// Puts a file into its data that is nobody else's.
    fn own(&self, name: &str, text: &str) {
        let path = self.data.join(name);
        std::fs::write(&path, text).expect("write a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("shut a file");
        give_to_postgres(&path);
    }

    /// Becomes a standby of a server that runs.
    fn copy(&self, primary: &Node) {
        let (data, port) = (self.data.display().to_string(), primary.port.to_string());
        run(
            "pg_basebackup",
            &[
                "-D",
                &data,
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ],
        );
    }

    fn start(&self) {
        let log = self.log().display().to_string();
        let options = &self.options;
        let started = pg_ctl(&self.data, &["-l", &log, "-w", "-t", "60", "-o", options, "start"]);
        assert!(started.status.success(), "PostgreSQL does not start: {}", self.log_tail());
    }

    fn stop(&self, mode: &str) {
        self.control(&["-m", mode, "-w", "stop"]);
    }

    fn control(&self, args: &[&str]) {
        let done = pg_ctl(&self.data, args);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "pg_ctl {args:?}: {said} {}", self.log_tail());
    }

    /// Waits until it answers.
    async fn client(&self) -> Client {
        let begun = Instant::now();
        let url = url_of(&[self.addr()]);
        loop {
            match tokio_postgres::connect(&url, NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return client;
                }
                Err(error) => assert!(begun.elapsed() < READY_MAX, "{url}: {error}; {}", self.log_tail()),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> PathBuf {
        self.data.with_file_name("log")
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(5).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.data.join("postmaster.pid").exists() {
            // Its data goes with it: there is nothing to shut down for.
            pg_ctl(&self.data, &["-m", "immediate", "-w", "stop"]);
        }
    }
}

fn pg_ctl(data: &Path, args: &[&str]) -> Output {
    let data = data.display().to_string();
    command("pg_ctl", &[&["-D", &data, "-s"], args].concat())
}

fn run(name: &str, args: &[&str]) {
    let done = command(name, args);
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Runs a program of PostgreSQL's, which refuses to be root.
fn command(name: &str, args: &[&str]) -> Output {
    let program = program(name);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // A server keeps what it inherits: its output must not be a pipe that somebody reads to its end.
    let said = tempfile::tempfile().expect("make a file");
    let errors = said.try_clone().expect("share a file");
    let status = command
        .args(args)
        .current_dir("/var/tmp")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .status()
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    Output { status, stdout: Vec::new(), stderr: read_from_start(said) }
}

fn read_from_start(mut file: std::fs::File) -> Vec<u8> {
    use std::io::{Read as _, Seek as _};
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).expect("read back what was said");
    bytes
}

/// On the search path, or the newest that packages put where no path leads.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|p| p.is_file());
    on_path.or_else(|| newest(name)).unwrap_or_else(|| panic!("there is no {name}: run scripts/services up postgres"))
}

fn newest(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let found = versions.map(|v| v.path()).filter(|v| v.join("bin").join(name).is_file());
    let version = |path: &PathBuf| path.file_name().and_then(|v| v.to_str()?.parse::<u32>().ok());
    Some(found.max_by_key(version)?.join("bin").join(name))
}

/// Where we are root, its own user must have it.
fn give_to_postgres(path: &Path) {
    if is_root() {
        let given = Command::new("chown").arg("postgres").arg(path).status();
        assert!(given.is_ok_and(|s| s.success()), "give {} to postgres", path.display());
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}
