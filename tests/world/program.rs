//! The real program, run with a config of its own.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::Kept;

/// How long a run may take before it counts as hung.
const RUN_MAX: Duration = Duration::from_secs(60);

/// A config, a state database and whatever else a run leaves behind, in a folder of their own.
pub struct Site {
    /// The store's URL.
    pub store: String,
    /// A profile or a folder.
    pub mapping: String,
    /// The `[erp]` block.
    pub erp: String,
    /// More lines of the `[store]` block.
    pub more: String,
    /// More lines of the `[store.profile]` block.
    pub profile: String,
    /// More blocks.
    pub blocks: String,
    /// What stands before the first block.
    pub head: String,
    /// Where its state is.
    pub kept: Kept,
    folder: TempDir,
}

impl Site {
    /// A site whose ERP is at a port where nothing listens.
    pub fn new(store: &str) -> Site {
        let folder = tempfile::tempdir().expect("make a folder");
        Site {
            store: store.into(),
            mapping: "ecshop".into(),
            erp: erp_at("127.0.0.1:9"),
            more: String::new(),
            profile: String::new(),
            blocks: String::new(),
            head: String::new(),
            kept: Kept::File(folder.path().join("ledgertap.db")),
            folder,
        }
    }

    /// A file of this site.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its state database, where that is a file.
    pub fn state(&self) -> PathBuf {
        self.path("ledgertap.db")
    }

    /// The config as it is.
    pub fn config(&self) -> String {
        format!(
            "{}[store]\nurl = '{}'\nmapping = '{}'\n{}\n[store.profile]\nsettle = '50ms'\n{}\n[state]\nurl = '{}'\n{}\n\
             [relay]\nrate_per_minute = 600000\nbackoff = '20ms'\nbackoff_max = '100ms'\nitems_again = '200ms'\n{}",
            self.head,
            self.store,
            self.mapping,
            self.more,
            self.profile,
            self.kept.url(),
            self.erp,
            self.blocks
        )
    }

    /// Runs the program to its end.
    pub async fn run(&self, args: &[&str]) -> Ended {
        self.start(args).end().await
    }

    /// Starts the program with this config.
    pub fn start(&self, args: &[&str]) -> Running {
        std::fs::write(self.path("shop.toml"), self.config()).expect("write the config");
        self.start_as_it_is(args)
    }

    /// Starts the program with whatever config lies there.
    pub fn start_as_it_is(&self, args: &[&str]) -> Running {
        let config = self.path("shop.toml").display().to_string();
        start_with(&[&["--log-format", "json"], args, &["--config", &config]].concat(), self.kept.clone())
    }

    /// What `status --json` says.
    pub async fn status(&self) -> Value {
        let ended = self.run(&["status", "--json"]).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        serde_json::from_str(&ended.stdout).expect("status is JSON")
    }
}

/// An `[erp]` block with made-up credentials.
pub fn erp_at(address: &str) -> String {
    format!(
        "[erp]\nkind = 'kingdee-xingchen'\nurl = 'http://{address}'\nclient_id = '1'\nclient_secret = 'hush-1'\n\
         app_key = 'k'\napp_secret = 'hush-2'\nstock_id = '7'\nrequest_timeout = '300ms'\nlate_max = '400ms'\n"
    )
}

/// Starts the program; `state` is the file that [`Running::until`] looks into.
pub fn start(args: &[&str], state: &Path) -> Running {
    start_with(args, Kept::File(state.to_owned()))
}

fn start_with(args: &[&str], kept: Kept) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ledgertap"))
        .args(args)
        .env_remove("LEDGERTAP_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("start the program");
    let (mut stderr, said) = (child.stderr.take().expect("it is piped"), Said::default());
    let keep = said.clone();
    let listening = tokio::spawn(async move {
        let mut part = vec![0; 1 << 12];
        while let Ok(n @ 1..) = stderr.read(&mut part).await {
            keep.lock().expect("nobody panics with it").extend_from_slice(&part[..n]);
        }
    });
    Running { child, kept, said, listening }
}

/// All of its standard error so far.
type Said = Arc<Mutex<Vec<u8>>>;

/// A program that runs.
pub struct Running {
    child: Child,
    kept: Kept,
    said: Said,
    listening: JoinHandle<()>,
}

impl Running {
    /// Waits until a number that a query of the state database gives is reached.
    pub async fn until(&mut self, query: &str, wanted: i64) {
        self.until_within(RUN_MAX, query, wanted).await;
    }

    /// The same, for no longer than `max`.
    pub async fn until_within(&mut self, max: Duration, query: &str, wanted: i64) {
        let began = Instant::now();
        let mut found = None;
        while found < Some(wanted) {
            assert!(began.elapsed() < max, "{query} gives {found:?}, not {wanted}: {}", self.said());
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the program ended with {status} while {query} gave {found:?}: {}", self.said());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            found = self.kept.number(query).await;
        }
    }

    /// The most memory that it has had at once, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let pid = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says it");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Waits until it has said something so many times, on its standard error.
    pub async fn until_said(&mut self, part: &str, times: usize) {
        let began = Instant::now();
        loop {
            let said = self.said();
            if said.matches(part).count() >= times {
                return;
            }
            assert!(began.elapsed() < RUN_MAX, "{part} is not {times} times in: {said}");
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the program ended with {status} before it said {part}: {said}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What it has said so far on its standard error.
    fn said(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().expect("nobody panics with it")).into_owned()
    }

    /// Kills it, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("kill the program");
    }

    /// Asks it to stop, as an init system does.
    pub async fn terminate(self) -> Ended {
        self.signal("TERM").await;
        self.end().await
    }

    /// Sends it a signal by its name.
    pub async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().await.expect("send a signal");
        assert!(sent.success());
    }

    /// Waits for its end.
    pub async fn end(self) -> Ended {
        let output = tokio::time::timeout(RUN_MAX, self.child.wait_with_output()).await;
        let output = output.expect("it ends in time").expect("it runs");
        self.listening.await.expect("it is heard to its end");
        let said = self.said.lock().expect("nobody panics with it");
        Ended::new(output.status, &output.stdout, &said)
    }
}

/// How the program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

impl Ended {
    fn new(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Ended {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let ended = Ended { code: status.code(), stdout: text(stdout), stderr: text(stderr) };
        for secret in ["hush-", "geheim"] {
            assert!(!ended.stdout.contains(secret) && !ended.stderr.contains(secret), "a secret shows: {ended:?}");
        }
        ended
    }

    /// Checks the exit code, and that exactly one sentence was said that has all `parts`; log lines aside.
    pub fn says(&self, code: i32, parts: &[&str]) {
        let lines: Vec<&str> = self.stderr.lines().filter(|l| !l.starts_with('{')).collect();
        assert_eq!((self.code, lines.len()), (Some(code), 1), "{}\n{}", self.stderr, self.stdout);
        assert!(lines[0].starts_with("ledgertap: "), "{}", lines[0]);
        for part in parts {
            assert!(lines[0].contains(part), "{part} is not in: {}", lines[0]);
        }
    }

    /// Checks that it ended well and complained of nothing.
    pub fn went_well(&self) {
        let complaints: Vec<&str> = self.stderr.lines().filter(|l| !l.starts_with('{')).collect();
        assert_eq!((self.code, complaints), (Some(0), vec![]), "{}\n{}", self.stderr, self.stdout);
    }
}
