//! A SQLite connection on a thread of its own, fed by a queue of jobs.
//!
//! The writer commits in groups: all jobs that wait run in one transaction, each under a savepoint, and are answered after
//! the one durable commit. So capture and the relay share what a commit costs, and a job that fails takes nothing of the
//! others with it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::state::StateError;

/// Jobs that may wait for a thread; senders wait beyond that.
const QUEUE_MAX: usize = 1024;

/// Jobs that share a commit.
const GROUP_MAX: usize = 256;

type Answer = Box<dyn FnOnce(Result<(), StateError>) + Send>;
/// Given the connection inside a transaction, or why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, &rusqlite::Error>) -> Option<Answer> + Send>;

/// The sending end of a connection's thread; the thread ends with the last of them.
#[derive(Debug, Clone)]
pub(super) struct Thread {
    jobs: SyncSender<Job>,
}

impl Thread {
    /// A thread whose jobs are committed in groups.
    pub fn writer(connection: Connection) -> Thread {
        let (jobs, queue) = sync_channel(QUEUE_MAX);
        std::thread::spawn(move || {
            while let Some(group) = next_group(&queue) {
                run_group(&connection, group);
            }
        });
        Thread { jobs }
    }

    /// A thread whose jobs only read, each in a transaction of its own.
    pub fn reader(connection: Connection) -> Thread {
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
                    Err(error) => job(Err(&error)),
                };
                if let Some(answer) = answer {
                    answer(Ok(()));
                }
            }
        });
        Thread { jobs }
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
        told.await.map_err(|_| StateError::Stopped)?
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
    if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
        for job in group {
            // Its asker is told by the job itself.
            let _ = job(Err(&error));
        }
        return;
    }
    for job in group {
        let saved = connection.execute_batch("SAVEPOINT job").is_ok();
        match job(Ok(connection)) {
            Some(answer) => {
                if saved {
                    let _ = connection.execute_batch("RELEASE job");
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
    let committed = connection.execute_batch("COMMIT");
    if committed.is_err() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    let said = committed.as_ref().err().map(ToString::to_string);
    for answer in answers {
        answer(match &said {
            None => Ok(()),
            Some(said) => Err(StateError::Database { action: "commit", source: said.clone().into() }),
        });
    }
}

fn refused(error: &rusqlite::Error) -> StateError {
    StateError::Database { action: "begin", source: error.to_string().into() }
}

/// Wraps what SQLite said.
pub(super) fn database(action: &'static str, error: rusqlite::Error) -> StateError {
    StateError::Database { action, source: Box::new(error) }
}
