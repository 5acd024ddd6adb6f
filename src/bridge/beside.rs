//! What runs beside the loops: the console, and the forgetting of what is old.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{debug, info};

use crate::config::Config;
use crate::console::{self, Console, Listening, Look, Seen};
use crate::relay::Progress;
use crate::state::State;

/// Entries whose payloads are forgotten in one step: a few milliseconds of the state database's time.
const FORGOTTEN_MAX: usize = 200;

/// The pause between two steps, in which others have the state database.
const STEP_PAUSE: Duration = Duration::from_millis(50);

/// How often it is looked for what is old.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// The same where very little is kept.
const LOOK_AGAIN_MIN: Duration = Duration::from_millis(200);

/// What is to run beside the loops.
pub(super) struct Beside {
    stream: String,
    listening: Option<Listening>,
    keep: Option<Duration>,
}

/// It ends with its holder.
pub(super) struct Running {
    _console: Option<Console>,
    forgetting: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.forgetting {
            task.abort();
        }
    }
}

impl Beside {
    /// Takes the console's port.
    ///
    /// # Errors
    /// Where another has it.
    pub fn open(config: &Config) -> anyhow::Result<Beside> {
        let listen = |at| {
            Listening::at(at).with_context(|| {
                format!("cannot listen at {at}, which console.listen names: stop what has the port, or name another")
            })
        };
        let listening = config.console.map(listen).transpose()?;
        Ok(Beside { stream: config.stream.clone(), listening, keep: config.keep })
    }

    /// Starts it: the console over the loops that this process has, the forgetting where it has the right one.
    ///
    /// # Errors
    /// Where the runtime cannot watch the console's port.
    pub fn start(
        self,
        state: &Arc<dyn State>,
        relay: Option<watch::Receiver<Progress>>,
        leads: Option<watch::Receiver<bool>>,
    ) -> anyhow::Result<Running> {
        let forgetting = match (&relay, self.keep) {
            (Some(_), Some(keep)) => Some(tokio::spawn(forget(state.clone(), keep))),
            _ => None,
        };
        let console = |at| console::start(at, &self.stream, state.clone(), look(relay, leads));
        let console = self.listening.map(console).transpose().context("start the console")?;
        Ok(Running { _console: console, forgetting })
    }
}

/// How the process stands, by what its loops say.
fn look(relay: Option<watch::Receiver<Progress>>, leads: Option<watch::Receiver<bool>>) -> Look {
    Arc::new(move || {
        let ended = relay.as_ref().is_some_and(|relay| relay.has_changed().is_err());
        let progress = relay.as_ref().map(|relay| relay.borrow().clone());
        let waits = leads.as_ref().is_some_and(|leads| !*leads.borrow());
        let not_ready = match &progress {
            _ if waits => {
                Some("capture has no session: another one has the stream's lease, or the state database is not reached")
            }
            Some(progress) if !progress.ready => Some("the relay has not taken up its work yet"),
            _ => None,
        };
        let Progress { delivered, parked, attempts, .. } = progress.unwrap_or_default();
        let dead = ended.then(|| "the relay has ended".to_owned());
        Seen { dead, not_ready: not_ready.map(str::to_owned), delivered, parked, attempts }
    })
}

/// Forgets what has been final for longer than `keep`, in small steps, again and again.
async fn forget(state: Arc<dyn State>, keep: Duration) {
    loop {
        let mut forgotten = 0;
        loop {
            match state.prune(keep, FORGOTTEN_MAX).await {
                Ok(0) => break,
                Ok(entries) => forgotten += entries,
                Err(error) => {
                    debug!(%error, "could not forget what is old, will try again");
                    break;
                }
            }
            tokio::time::sleep(STEP_PAUSE).await;
        }
        if forgotten > 0 {
            info!(documents = forgotten, ?keep, "payloads and attempts of old documents forgotten");
        }
        tokio::time::sleep(keep.clamp(LOOK_AGAIN_MIN, LOOK_AGAIN)).await;
    }
}
