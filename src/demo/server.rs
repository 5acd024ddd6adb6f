//! A private MariaDB or MySQL for the demo: in a temporary directory, on a free loopback port, gone with its holder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mysql_async::prelude::Queryable as _;
use tempfile::TempDir;

/// How long a server may take to answer after its start.
const START_MAX: Duration = Duration::from_secs(60);

/// A running private server; dropping it stops the server and deletes its files.
#[derive(Debug)]
pub struct PrivateServer {
    child: Child,
    program: Program,
    options: Vec<String>,
    port: u16,
    folder: TempDir,
}

/// A server program found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    path: PathBuf,
    mariadb: bool,
}

/// Looks for `mariadbd`, then `mysqld`, on the search path and where packages put servers.
pub fn find() -> Option<Program> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|p| std::env::split_paths(&p).collect()).unwrap_or_default();
    folders.extend(["/usr/sbin", "/usr/local/sbin", "/usr/local/mysql/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    ["mariadbd", "mysqld"].iter().find_map(|name| {
        let path = folders.iter().map(|f| f.join(name)).find(|p| p.is_file())?;
        // A `mysqld` may be MariaDB under its old name.
        let version = Command::new(&path).args(["--no-defaults", "--version"]).output().ok()?;
        let mariadb = String::from_utf8_lossy(&version.stdout).contains("MariaDB");
        Some(Program { path, mariadb })
    })
}

impl Program {
    /// A MySQL server program that is kept where no search finds it.
    pub fn mysql(path: PathBuf) -> Program {
        Program { path, mariadb: false }
    }
}

impl PrivateServer {
    /// Makes a data directory, starts the server and waits until it answers.
    ///
    /// # Errors
    /// What the program said, where it does not start.
    pub async fn start(program: &Program) -> anyhow::Result<PrivateServer> {
        PrivateServer::start_with(program, &[]).await
    }

    /// As [`PrivateServer::start`], with options that override those of the demo.
    ///
    /// # Errors
    /// What the program said, where it does not start.
    pub async fn start_with(program: &Program, options: &[&str]) -> anyhow::Result<PrivateServer> {
        let folder =
            tempfile::Builder::new().prefix("ledgertap-demo-").tempdir().context("make a temporary directory")?;
        initialise(program, folder.path())?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).context("find a free port")?.port();
        let child = launch(program, folder.path(), port, options)?;
        let options = options.iter().map(|&o| o.to_owned()).collect();
        let mut server = PrivateServer { child, program: program.clone(), options, port, folder };
        server.wait().await?;
        Ok(server)
    }

    /// Kills the server, starts it again over the same files at the same port, and waits until it answers.
    ///
    /// # Errors
    /// What the program said, where it does not start.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill();
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        self.child = launch(&self.program, self.folder.path(), self.port, &options)?;
        self.wait().await
    }

    /// The server's URL as its superuser, without a database.
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}", self.port)
    }

    /// The folder of its binlog files.
    pub fn binlogs(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Kills the server without a word, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    async fn wait(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + START_MAX;
        loop {
            let options = mysql_async::Opts::from_url(&format!("{}?prefer_socket=false", self.url()))?;
            if let Ok(mut connection) = mysql_async::Conn::new(options).await {
                connection.query_drop("SELECT 1").await?;
                return Ok(connection.disconnect().await?);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the private store server ended with {status}: {}", log_tail(self.folder.path()));
            }
            if Instant::now() > until {
                bail!("the private store server does not answer: {}", log_tail(self.folder.path()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // Its data goes with it: there is nothing to shut down for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn initialise(program: &Program, folder: &Path) -> anyhow::Result<()> {
    let data = format!("--datadir={}", folder.join("data").display());
    // A server that starts clears its temporary folder, of other servers' tables too.
    let temporary = format!("--tmpdir={}", folder.display());
    let mut command = if program.mariadb {
        let beside = |name: &str| program.path.with_file_name(name);
        let names = ["mariadb-install-db", "mysql_install_db"];
        let found = names.iter().flat_map(|n| [beside(n), Path::new("/usr/bin").join(n)]).find(|p| p.is_file());
        let mut command = Command::new(found.unwrap_or_else(|| "mariadb-install-db".into()));
        command.args([
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            &data,
            &temporary,
        ]);
        command
    } else {
        let mut command = Command::new(&program.path);
        command.args(["--no-defaults", "--initialize-insecure", "--secure-file-priv=", &data, &temporary]);
        command
    };
    as_root(&mut command);
    let done = command.stdin(Stdio::null()).output().context("initialise a private store server")?;
    if !done.status.success() {
        bail!("cannot initialise a private store server: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

fn launch(program: &Program, folder: &Path, port: u16, options: &[&str]) -> anyhow::Result<Child> {
    let log = std::fs::File::create(folder.join("log")).context("make the server's log")?;
    let path = |name: &str| folder.join(name).display().to_string();
    let mut command = Command::new(&program.path);
    command.args([
        "--no-defaults".to_owned(),
        format!("--datadir={}", path("data")),
        format!("--socket={}", path("s.sock")),
        format!("--tmpdir={}", folder.display()),
        format!("--pid-file={}", path("pid")),
        format!("--port={port}"),
        "--bind-address=127.0.0.1".into(),
        "--server-id=71".into(),
        "--log-bin=binlog".into(),
        "--binlog-format=ROW".into(),
        "--binlog-row-image=FULL".into(),
        "--binlog-row-metadata=FULL".into(),
    ]);
    if program.mariadb {
        command.args(["--gtid-domain-id=7", "--skip-name-resolve"]);
    } else {
        command.args(["--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--mysqlx=OFF", "--secure-file-priv="]);
    }
    as_root(&mut command);
    command
        .args(options)
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("share the server's log")?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("start {}", program.path.display()))
}

/// Servers refuse to run as root unless told to; for a throwaway one on loopback that is fine.
fn as_root(command: &mut Command) {
    let root = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    if root {
        command.arg("--user=root");
    }
}

fn log_tail(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}
