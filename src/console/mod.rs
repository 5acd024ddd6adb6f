//! Health and metrics over HTTP, for this machine's own agents.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 while the process's loops live |
//! | `/readyz` | 200 once they do their work and the state database answers; else 503, with a sentence |
//! | `/metrics` | Prometheus' text format: what is in the state database, and what this process has done |
//!
//! It listens on loopback only, and says nothing of customers: numbers, the stream's name and positions. It looks at the state
//! database as an operator does and never changes it.

mod metrics;

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::state::{Gauges, State};
use crate::telemetry::Attempts;

/// How long the state database may take to answer.
const STATE_MAX: Duration = Duration::from_secs(3);

/// What this process has done, and how it stands.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Why its loops are dead.
    pub dead: Option<String>,
    /// Why they do not do their work yet.
    pub not_ready: Option<String>,
    /// Documents delivered since the start.
    pub delivered: u64,
    /// Documents parked since the start.
    pub parked: u64,
    /// Attempts since the start.
    pub attempts: Attempts,
}

/// Asks how the process stands.
pub type Look = Arc<dyn Fn() -> Seen + Send + Sync>;

/// A place to listen at that is taken already.
#[derive(Debug)]
pub struct Listening(std::net::TcpListener);

impl Listening {
    /// Takes it.
    ///
    /// # Errors
    /// Where another has it.
    pub fn at(listen: SocketAddr) -> io::Result<Listening> {
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        Ok(Listening(listener))
    }
}

/// Answers until it is dropped.
#[derive(Debug)]
pub struct Console {
    serving: JoinHandle<io::Result<()>>,
}

impl Drop for Console {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Begins to answer.
///
/// # Errors
/// Where the runtime cannot watch the listener.
pub fn start(at: Listening, stream: &str, state: Arc<dyn State>, look: Look) -> io::Result<Console> {
    let listener = TcpListener::from_std(at.0)?;
    let desk = Desk { stream: stream.into(), state, look };
    let app = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(desk);
    Ok(Console { serving: tokio::spawn(axum::serve(listener, app).into_future()) })
}

#[derive(Clone)]
struct Desk {
    stream: Arc<str>,
    state: Arc<dyn State>,
    look: Look,
}

impl Desk {
    /// What the state database says, or why it says nothing.
    async fn gauges(&self) -> Result<Gauges, String> {
        match tokio::time::timeout(STATE_MAX, self.state.gauges()).await {
            Ok(Ok(gauges)) => Ok(gauges),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the state database has not answered for {STATE_MAX:?}")),
        }
    }
}

async fn healthz(Shared(desk): Shared<Desk>) -> Response {
    match (desk.look)().dead {
        None => (StatusCode::OK, "alive\n").into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn readyz(Shared(desk): Shared<Desk>) -> Response {
    let seen = (desk.look)();
    let answered = match seen.dead.or(seen.not_ready) {
        Some(why) => Err(why),
        None => desk.gauges().await,
    };
    match answered {
        Ok(gauges) => {
            let position = gauges.position.map_or_else(|| "its beginning".to_owned(), |position| position.0);
            (StatusCode::OK, format!("ready: stream {} at {position}\n", desk.stream)).into_response()
        }
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
    }
}

async fn metrics(Shared(desk): Shared<Desk>) -> Response {
    let (seen, gauges) = ((desk.look)(), desk.gauges().await.ok());
    match metrics::text(&desk.stream, &seen, gauges.as_ref(), Timestamp::now()) {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}
