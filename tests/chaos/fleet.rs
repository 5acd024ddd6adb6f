//! The processes of a run: the real program, started again by its supervisor whenever it ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

/// How soon a supervisor sees that its process has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How soon it starts it again.
const START_AGAIN: Duration = Duration::from_millis(300);

/// How long a process that was asked to stop may take.
const STOP_MAX: Duration = Duration::from_secs(30);

/// What a process may end by itself with before it has come to work: what it needs was away, or went away just then.
const REASONS: &[&str] = &["check that the server runs", "the connection failed", "state database"];

/// What one that has come to work has said.
const AT_WORK: &[&str] = &["binlog stream open", "document delivered"];

/// A process and its supervisor.
pub struct Member {
    name: String,
    args: Vec<String>,
    log: PathBuf,
    run: Mutex<Run>,
    /// Held by a fault that has it in hand.
    pub hand: tokio::sync::Mutex<()>,
}

struct Run {
    child: Option<Child>,
    /// How long the log was when it was started.
    said_before: usize,
    /// False once it is to stop for good.
    supervised: bool,
    /// How it ended by itself.
    ended: Vec<String>,
}

/// All of them.
pub struct Fleet {
    members: Vec<Arc<Member>>,
    supervisors: Vec<JoinHandle<()>>,
}

impl Fleet {
    /// Starts a process for each name, with its arguments.
    pub fn start(folder: &Path, named: &[(String, Vec<String>)]) -> Fleet {
        let members: Vec<Arc<Member>> = named.iter().map(|(name, args)| Member::start(folder, name, args)).collect();
        let supervisors = members.iter().map(|m| tokio::spawn(supervise(m.clone()))).collect();
        Fleet { members, supervisors }
    }

    /// Those whose name begins so.
    pub fn called(&self, beginning: &str) -> Vec<Arc<Member>> {
        self.members.iter().filter(|m| m.name.starts_with(beginning)).cloned().collect()
    }

    /// Checks that none has ended by itself for a reason that no fault explains; answers how many did for one that does.
    pub fn sound(&self) -> usize {
        let ends = self
            .members
            .iter()
            .flat_map(|m| m.lock().ended.iter().map(|e| format!("{}: {e}", m.name)).collect::<Vec<_>>());
        let ends: Vec<String> = ends.collect();
        for end in &ends {
            let is_explained =
                !AT_WORK.iter().any(|work| end.contains(work)) && REASONS.iter().any(|r| end.contains(r));
            assert!(is_explained, "a process ended by itself: {end}");
        }
        ends.len()
    }

    /// Asks all to stop, as an init system does, and checks that they end well.
    pub async fn stop(mut self) {
        for supervisor in self.supervisors.drain(..) {
            supervisor.abort();
        }
        for member in &self.members {
            member.lock().supervised = false;
            member.signal("-TERM");
        }
        for member in &self.members {
            let status = member.end().await;
            assert!(status.success(), "{} ended with {status}: {}", member.name, member.log_tail());
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for supervisor in &self.supervisors {
            supervisor.abort();
        }
        for member in &self.members {
            let mut run = member.run.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            run.supervised = false;
            if let Some(mut child) = run.child.take() {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

impl Member {
    fn start(folder: &Path, name: &str, args: &[String]) -> Arc<Member> {
        let run = Run { child: None, said_before: 0, supervised: true, ended: Vec::new() };
        let member = Member {
            name: name.to_owned(),
            args: args.to_vec(),
            log: folder.join(format!("{name}.log")),
            run: Mutex::new(run),
            hand: tokio::sync::Mutex::new(()),
        };
        member.spawn(&mut member.lock());
        Arc::new(member)
    }

    /// The number of its process.
    pub fn pid(&self) -> Option<u32> {
        self.lock().child.as_ref().map(Child::id)
    }

    /// Kills it, standing still or not, and starts it again.
    pub fn kill(&self) {
        let mut run = self.lock();
        if let Some(mut child) = run.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
        self.spawn(&mut run);
    }

    /// Lets it stand still for so long, if it is not killed meanwhile. True where the process that stood still went on.
    pub async fn stop_for(&self, length: Duration) -> bool {
        let before = self.pid();
        self.signal("-STOP");
        tokio::time::sleep(length).await;
        self.signal("-CONT");
        before.is_some() && self.pid() == before
    }

    /// The end of what it said.
    pub fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(12).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    fn spawn(&self, run: &mut Run) {
        let log = File::options().create(true).append(true).open(&self.log).expect("open its log");
        let said_before = usize::try_from(log.metadata().expect("it is there").len()).expect("it is short");
        let child = Command::new(env!("CARGO_BIN_EXE_ledgertap"))
            .args(&self.args)
            .env("LEDGERTAP_LOG", "info")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("share the log"))
            .stderr(log)
            .spawn()
            .expect("start the program");
        run.child = Some(child);
        run.said_before = said_before;
    }

    fn signal(&self, signal: &str) {
        let run = self.lock();
        let Some(child) = &run.child else { return };
        // It may have ended just now: its supervisor sees it.
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
        sent.expect("send a signal");
    }

    /// Notes an end that nobody asked for; true where it is to be started again.
    fn look(&self) -> bool {
        let mut run = self.lock();
        if !run.supervised {
            return false;
        }
        let Some(status) = run.child.as_mut().and_then(|c| c.try_wait().expect("it can be asked")) else {
            return run.child.is_none();
        };
        run.child = None;
        let log = std::fs::read(&self.log).expect("it has a log");
        let said = format!("{status}: {}", String::from_utf8_lossy(&log[run.said_before..]));
        run.ended.push(said);
        true
    }

    async fn end(&self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) =
                self.lock().child.as_mut().expect("it was started").try_wait().expect("it can be asked")
            {
                return status;
            }
            assert!(begun.elapsed() < STOP_MAX, "{} did not stop within {STOP_MAX:?}: {}", self.name, self.log_tail());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Run> {
        self.run.lock().expect("nobody panics with it")
    }
}

async fn supervise(member: Arc<Member>) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        if member.look() {
            tokio::time::sleep(START_AGAIN).await;
            let mut run = member.lock();
            // Whoever killed it meanwhile has started it, too.
            if run.child.is_none() && run.supervised {
                member.spawn(&mut run);
            }
        }
    }
}
