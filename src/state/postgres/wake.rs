//! Wakes relays, on whichever machine they are: NOTIFY in the transaction that gives them work, LISTEN where they wait.
//!
//! It is a hint. A relay that hears nothing looks again by itself within seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tracing::{debug, warn};

use super::connect::Connector;
use super::link::{Link, failed};
use crate::outbox::Backoff;
use crate::state::StateError;

/// One channel for all; the payload names schema and stream.
const CHANNEL: &str = "ledgertap";

/// Between attempts to listen again.
const AGAIN: Backoff = Backoff { first: Duration::from_millis(250), max: Duration::from_secs(15) };

/// How often a listening connection is tried, for one that was lost in silence.
const ALIVE_EVERY: Duration = Duration::from_secs(20);

/// What wakes this stream's relays.
pub(super) fn payload(schema: &str, stream: &str) -> String {
    format!("{schema}.{stream}")
}

/// Wakes them once the transaction has committed.
pub(super) async fn notify(link: &Link, payload: &str) -> Result<(), StateError> {
    link.execute("wake the relays", "SELECT pg_notify('ledgertap', $1)", &[&payload]).await.map(|_| ())
}

/// Listens until it is dropped.
#[derive(Debug)]
pub(super) struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listener {
    pub fn start(connector: Arc<Connector>, payload: String, wake: Arc<Notify>) -> Listener {
        Listener(tokio::spawn(listen(connector, payload.into(), wake)).abort_handle())
    }
}

async fn listen(connector: Arc<Connector>, payload: Arc<str>, wake: Arc<Notify>) {
    let mut failures = 0;
    loop {
        match listen_once(&connector, &payload, &wake, &mut failures).await {
            StateError::Lost { source, .. } => debug!(%source, "cannot listen for work, will look for it"),
            error if failures == 0 => warn!(%error, "cannot listen for work, will look for it"),
            error => debug!(%error, "cannot listen for work, will look for it"),
        }
        tokio::time::sleep(AGAIN.wait(failures, rand::random_range(0..1000))).await;
        failures += 1;
    }
}

/// Listens until that fails; answers why.
async fn listen_once(connector: &Connector, payload: &Arc<str>, wake: &Arc<Notify>, failures: &mut u32) -> StateError {
    let (ours, heard) = (payload.clone(), wake.clone());
    let on_notification = Box::new(move |notification: tokio_postgres::Notification| {
        if notification.payload() == &*ours {
            heard.notify_one();
        }
    });
    let client = match connector.open(on_notification).await {
        Ok(client) => client,
        Err(error) => return error,
    };
    if let Err(error) = client.batch_execute(&format!("LISTEN {CHANNEL}")).await {
        return failed("listen", &error);
    }
    *failures = 0;
    // Of what happened before, nothing was heard.
    wake.notify_one();
    loop {
        tokio::time::sleep(ALIVE_EVERY).await;
        if let Err(error) = client.batch_execute("").await {
            return failed("listen", &error);
        }
    }
}
