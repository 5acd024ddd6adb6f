//! A SQLite connection on a thread of its own, fed by a queue of jobs.
//!
//! The writer commits in groups: all jobs that wait run in one transaction, each under a savepoint, and are answered after
//! the one durable commit. So capture and the relay share what a commit costs, and a job that fails takes nothing of the
//! others with it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::state::StateError;

/// Jobs that may wait for a thread; senders wait beyond that.
const QUEUE_MAX: usize = 1024;

/// Jobs that share a commit.
const GROUP_MAX: usize = 256;

/// How SQLite calls it where the log or its index cannot grow.
const NO_ROOM: [i32; 2] = [rusqlite::ffi::SQLITE_IOERR_WRITE, rusqlite::ffi::SQLITE_IOERR_SHMSIZE];

type Answer = Box<dyn FnOnce(Result<(), StateError>) + Send>;
/// Given the connection inside a transaction, or why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, &Arc<rusqlite::Error>>) -> Option<Answer> + Send>;

/// The sending end of a connection's thread; the thread ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Thread {
    jobs: SyncSender<Job>,
    /// The file, for people.
    path: Arc<str>,
}

impl Thread {
    /// A thread whose jobs are committed in groups.
    pub fn writer(connection: Connection) -> Thread {
        let path = path_of(&connection);
        let (jobs, queue) = sync_channel(QUEUE_MAX);
        std::thread::spawn(move || {
            while let Some(group) = next_group(&queue) {
                run_group(&connection, group);
            }
        });
        Thread { jobs, path }
    }

    /// A thread whose jobs only read, each in a transaction of its own.
    pub fn reader(connection: Connection) -> Thread {
        let path = path_of(&connection);
        let (jobs, queue) = sync_channel::<Job>(QUEUE_MAX);
        std::thread::spawn(move || {
            while let Ok(job) = queue.recv() {
                let answer = match connection.execute_batch("BEGIN DEFERRED") {
                    Ok(()) => {
                        let answer = job(Ok(&connection));
                        // Nothing was written: an error here loses nothing, and the next job meets it.
                        let _ = connection.execute_batch("COMMIT");
                        answer
                    }
                    Err(error) => job(Err(&Arc::new(error))),
                };
                if let Some(answer) = answer {
                    answer(Ok(()));
                }
            }
        });
        Thread { jobs, path }
    }

    /// Runs `work` on the thread and answers once it is committed.
    pub async fn run<T, F>(&self, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StateError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |connection| match connection.map_err(refused).and_then(work) {
            Ok(value) => Some(Box::new(move |committed: Result<(), StateError>| {
                // The asker may have gone away; its work stands.
                let _ = tell.send(committed.map(|()| value));
            }) as Answer),
            Err(error) => {
                let _ = tell.send(Err(error));
                None
            }
        });
        let jobs = self.jobs.clone();
        match jobs.try_send(job) {
            Ok(()) => {}
            Err(std::sync::mpsc::TrySendError::Full(job)) => {
                tokio::task::spawn_blocking(move || jobs.send(job))
                    .await
                    .map_err(|_| StateError::Stopped)?
                    .map_err(|_| StateError::Stopped)?;
            }
            Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(StateError::Stopped),
        }
        told.await.map_err(|_| StateError::Stopped)?.map_err(|error| placed(error, &self.path))
    }
}

fn next_group(queue: &Receiver<Job>) -> Option<Vec<Job>> {
    let mut group = vec![queue.recv().ok()?];
    while group.len() < GROUP_MAX {
        match queue.try_recv() {
            Ok(job) => group.push(job),
            Err(_) => break,
        }
    }
    Some(group)
}

fn run_group(connection: &Connection, group: Vec<Job>) {
    let mut answers: Vec<Answer> = Vec::with_capacity(group.len());
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE").map_err(Arc::new) {
        for job in group {
            // Its asker is told by the job itself.
            let _ = job(Err(&error));
        }
        return;
    }
    for job in group {
        let saved = run(connection, "SAVEPOINT job").is_ok();
        match job(Ok(connection)) {
            Some(answer) => {
                if saved {
                    let _ = run(connection, "RELEASE job");
                }
                answers.push(answer);
            }
            None if saved => {
                let _ = connection.execute_batch("ROLLBACK TO job; RELEASE job");
            }
            None => {
                let _ = connection.execute_batch("ROLLBACK");
            }
        }
    }
    let committed = connection.execute_batch("COMMIT").map_err(Arc::new);
    if committed.is_err() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    for answer in answers {
        answer(match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(StateError::Database { action: "commit", source: Box::new(error.clone()) }),
        });
    }
}

/// Runs a statement that each job needs: it is parsed once.
fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn refused(error: &Arc<rusqlite::Error>) -> StateError {
    StateError::Database { action: "begin", source: Box::new(error.clone()) }
}

fn path_of(connection: &Connection) -> Arc<str> {
    connection.path().unwrap_or_default().into()
}

/// Says where, if it is the disk that fails.
pub(in crate::state) fn placed(error: StateError, path: &str) -> StateError {
    match error {
        StateError::Database { action, source } if is_full(source.as_ref()) => {
            StateError::Full { path: path.to_owned(), action, source }
        }
        other => other,
    }
}

/// True where an error, or what it comes from, is that there is no room to write: a disk that is full, or a quota or limit
/// that is used up, which SQLite calls a failed write.
pub(in crate::state) fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let shared = error.downcast_ref::<Arc<rusqlite::Error>>().map(AsRef::as_ref);
    let said = shared.or_else(|| error.downcast_ref::<rusqlite::Error>()).and_then(rusqlite::Error::sqlite_error);
    let full = |said: &rusqlite::ffi::Error| {
        said.code == rusqlite::ErrorCode::DiskFull || NO_ROOM.contains(&said.extended_code)
    };
    said.is_some_and(full) || error.source().is_some_and(is_full)
}

/// Wraps what SQLite said.
pub(in crate::state) fn database(action: &'static str, error: rusqlite::Error) -> StateError {
    StateError::Database { action, source: Box::new(error) }
}
