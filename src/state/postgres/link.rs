//! A connection with the statements that are prepared on it, and the lines that jobs wait in for one.

use std::collections::HashMap;
use std::fmt;
use std::io::Cursor;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::try_join;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, CopyInSink, Row, Statement};

use super::connect::Connector;
use crate::state::StateError;

/// How often a transaction is tried that the server takes back in favour of another.
const TRIES_MAX: u32 = 6;

/// Parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection, and the statements that were prepared on it.
pub(in crate::state) struct Link {
    client: Client,
    prepared: Mutex<HashMap<&'static str, Statement>>,
    /// Nothing was done over it yet that only a new connection may do once more.
    fresh: AtomicBool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("closed", &self.client.is_closed()).finish_non_exhaustive()
    }
}

impl Link {
    pub fn new(client: Client) -> Link {
        Link { client, prepared: Mutex::default(), fresh: AtomicBool::new(true) }
    }

    /// The rows of a statement.
    pub async fn query(
        &self,
        action: &'static str,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<Row>, StateError> {
        let run = async { self.client.query(&self.statement(sql).await?, params).await };
        run.await.map_err(|e| failed(action, &e))
    }

    /// The first row of a statement, where it has one.
    pub async fn first(
        &self,
        action: &'static str,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<Option<Row>, StateError> {
        Ok(self.query(action, sql, params).await?.into_iter().next())
    }

    /// The row of a statement that has one always.
    pub async fn one(&self, action: &'static str, sql: &'static str, params: Params<'_>) -> Result<Row, StateError> {
        let run = async { self.client.query_one(&self.statement(sql).await?, params).await };
        run.await.map_err(|e| failed(action, &e))
    }

    /// Runs a statement; answers how many rows it changed.
    pub async fn execute(
        &self,
        action: &'static str,
        sql: &'static str,
        params: Params<'_>,
    ) -> Result<u64, StateError> {
        let run = async { self.client.execute(&self.statement(sql).await?, params).await };
        run.await.map_err(|e| failed(action, &e))
    }

    /// Begins a COPY into a table.
    pub async fn copy_in(
        &self,
        action: &'static str,
        sql: &'static str,
    ) -> Result<CopyInSink<Cursor<Vec<u8>>>, StateError> {
        let run = async { self.client.copy_in(&self.statement(sql).await?).await };
        run.await.map_err(|e| failed(action, &e))
    }

    /// Runs statements without parameters.
    pub async fn batch(&self, action: &'static str, sql: &str) -> Result<(), StateError> {
        self.client.batch_execute(sql).await.map_err(|e| failed(action, &e))
    }

    /// Runs `work` inside a transaction; again, where the server takes it back in favour of another one.
    pub async fn transaction<T, F, Fut>(&self, work: F) -> Result<T, StateError>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, StateError>>,
    {
        let mut tries = 1;
        loop {
            // The first statement goes out with the BEGIN.
            let done = match try_join(self.batch("begin", "BEGIN"), work()).await {
                Ok(((), value)) => self.batch("commit", "COMMIT").await.map(|()| value),
                Err(error) => Err(error),
            };
            match done {
                Ok(value) => return Ok(value),
                Err(error) => {
                    if !self.client.is_closed() {
                        // It fails only with the connection, which the caller finds out by itself.
                        let _ = self.batch("roll back", "ROLLBACK").await;
                    }
                    if tries == TRIES_MAX || !is_taken_back(&error) {
                        return Err(error);
                    }
                    tries += 1;
                }
            }
        }
    }

    /// True until [`Link::take_up`].
    pub fn is_fresh(&self) -> bool {
        self.fresh.load(Ordering::Acquire)
    }

    /// Notes that what a new connection begins with is done.
    pub fn take_up(&self) {
        self.fresh.store(false, Ordering::Release);
    }

    /// True once nothing more goes over it.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        let known = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = known().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        known().insert(sql, statement.clone());
        Ok(statement)
    }
}

/// A line of jobs, one at a time, for one connection. A job goes on when nobody waits for it any more: so no transaction is
/// ever left half done.
#[derive(Debug, Clone)]
pub(super) struct Line {
    connector: Arc<Connector>,
    link: Arc<tokio::sync::Mutex<Option<Arc<Link>>>>,
    makes: Makes,
}

/// When a line makes its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    /// For whatever job needs one.
    Always,
    /// In [`Line::renew`] only: what was there before belongs to a session that is over.
    OnRenewal,
}

impl Line {
    pub fn new(connector: Arc<Connector>, makes: Makes) -> Line {
        Line { connector, link: Arc::default(), makes }
    }

    /// A line whose connection is there already.
    pub fn with(connector: Arc<Connector>, link: Link) -> Line {
        Line { connector, link: Arc::new(tokio::sync::Mutex::new(Some(Arc::new(link)))), makes: Makes::Always }
    }

    /// Runs a job over the connection.
    pub async fn run<T, F, Fut>(&self, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Link>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, StateError>> + Send + 'static,
    {
        self.start(false, work).await
    }

    /// Runs a job over a connection that was not taken up yet, which takes the place of one that was.
    pub async fn renew<T, F, Fut>(&self, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Link>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, StateError>> + Send + 'static,
    {
        self.start(true, work).await
    }

    async fn start<T, F, Fut>(&self, renew: bool, work: F) -> Result<T, StateError>
    where
        T: Send + 'static,
        F: FnOnce(Arc<Link>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, StateError>> + Send + 'static,
    {
        let line = self.clone();
        let job = tokio::spawn(async move {
            let mut held = line.link.lock().await;
            if held.as_ref().is_some_and(|link| link.is_closed() || renew && !link.is_fresh()) {
                *held = None;
            }
            let link = match &*held {
                Some(link) => link.clone(),
                None if renew || line.makes == Makes::Always => {
                    held.insert(Arc::new(line.connector.connect().await?)).clone()
                }
                None => return Err(no_session()),
            };
            let done = work(link).await;
            if done.as_ref().is_err_and(StateError::is_transient) {
                *held = None;
            }
            done
        });
        job.await.map_err(|_| StateError::Stopped)?
    }
}

fn no_session() -> StateError {
    StateError::Lost { action: "go on with the session", source: "its connection is gone; a new session begins".into() }
}

/// What the server said of a statement.
#[derive(Debug)]
struct Said {
    text: String,
    code: SqlState,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.text, self.code.code())
    }
}

impl std::error::Error for Said {}

/// What became of a statement: lost with its connection, or refused by the server. The server's detail, which may repeat a
/// row's values, is left out.
pub(in crate::state) fn failed(action: &'static str, error: &tokio_postgres::Error) -> StateError {
    let said = error.as_db_error().map(|e| Said { text: e.message().to_owned(), code: e.code().clone() });
    match said {
        Some(said) if !error.as_db_error().is_some_and(ends_the_connection) => {
            StateError::Database { action, source: Box::new(said) }
        }
        Some(said) => StateError::Lost { action, source: Box::new(said) },
        None if is_broken(error) => StateError::Lost { action, source: chain(error).into() },
        None => StateError::Database { action, source: chain(error).into() },
    }
}

/// The answers of statements that went out together, or the first error. What failed only because another statement of the same
/// transaction had failed says nothing.
pub(super) fn all<T>(answers: impl IntoIterator<Item = Result<T, StateError>>) -> Result<Vec<T>, StateError> {
    let (mut done, mut first) = (Vec::new(), None);
    for answer in answers {
        match answer {
            Ok(value) => done.push(value),
            Err(error) if first.is_none() || first.as_ref().is_some_and(is_aftermath) => first = Some(error),
            Err(_) => {}
        }
    }
    first.map_or(Ok(done), Err)
}

fn is_aftermath(error: &StateError) -> bool {
    said(error).is_some_and(|said| said.code == SqlState::IN_FAILED_SQL_TRANSACTION)
}

fn said(error: &StateError) -> Option<&Said> {
    let StateError::Database { source, .. } = error else { return None };
    source.downcast_ref()
}

/// True where a row that was to be new is there.
pub(super) fn is_there_already(error: &StateError) -> bool {
    said(error).is_some_and(|said| said.code == SqlState::UNIQUE_VIOLATION)
}

/// An error with its sources.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// True where the server ends the connection with it, is about to, or is none that takes writes any more.
pub(super) fn ends_the_connection(error: &DbError) -> bool {
    let code = error.code();
    let gone = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    gone.contains(code) || code.code().starts_with("08") || matches!(error.severity(), "FATAL" | "PANIC")
}

fn is_broken(error: &tokio_postgres::Error) -> bool {
    use std::error::Error as _;
    error.is_closed() || error.source().is_some_and(|source| source.is::<std::io::Error>())
}

/// True where the server undid a transaction for the sake of another, or somebody cancelled a statement of it.
fn is_taken_back(error: &StateError) -> bool {
    let again = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::QUERY_CANCELED];
    said(error).is_some_and(|said| again.contains(&said.code))
}
