//! Settlements wait in a queue: all that come while a transaction runs share the next one.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::link::Line;
use super::outbox::{self, Settlement};
use super::wake;
use crate::outbox::Settled;
use crate::state::StateError;

/// Settlements that may wait; senders wait beyond that.
const QUEUE_MAX: usize = 1024;

/// Settlements that share a transaction.
const GROUP_MAX: usize = 256;

/// A settlement and who waits for it.
type Waiting = (Settlement, oneshot::Sender<Result<Settled, StateError>>);

/// The sending end of the queue; what settles ends with it.
#[derive(Debug, Clone)]
pub(super) struct Settler(mpsc::Sender<Waiting>);

impl Settler {
    /// Settles over a line.
    pub fn start(line: Line, stream: Arc<str>, woken: Arc<str>) -> Settler {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        tokio::spawn(run(waiting, line, stream, woken));
        Settler(queue)
    }

    /// Settles; answers once that is durable.
    pub async fn settle(&self, settlement: Settlement) -> Result<Settled, StateError> {
        let (tell, told) = oneshot::channel();
        self.0.send((settlement, tell)).await.map_err(|_| StateError::Stopped)?;
        told.await.map_err(|_| StateError::Stopped)?
    }
}

async fn run(mut waiting: mpsc::Receiver<Waiting>, line: Line, stream: Arc<str>, woken: Arc<str>) {
    let mut group = Vec::new();
    while waiting.recv_many(&mut group, GROUP_MAX).await > 0 {
        let (settlements, askers): (Vec<_>, Vec<_>) = group.drain(..).unzip();
        // Whoever asks may have gone away; the settlement stands.
        match together(&line, &stream, &woken, settlements.clone()).await {
            Ok(settled) => {
                for (asker, settled) in askers.into_iter().zip(settled) {
                    let _ = asker.send(Ok(settled));
                }
            }
            // What one of them met, each is told for itself.
            Err(StateError::Lost { action, source }) => {
                let source = source.to_string();
                for asker in askers {
                    let _ = asker.send(Err(StateError::Lost { action, source: source.clone().into() }));
                }
            }
            Err(_) => {
                for (asker, settlement) in askers.into_iter().zip(settlements) {
                    let alone = together(&line, &stream, &woken, vec![settlement]).await;
                    let _ = asker.send(alone.and_then(|settled| settled.into_iter().next().ok_or(StateError::Stopped)));
                }
            }
        }
    }
}

async fn together(
    line: &Line,
    stream: &Arc<str>,
    woken: &Arc<str>,
    group: Vec<Settlement>,
) -> Result<Vec<Settled>, StateError> {
    let (stream, woken) = (stream.clone(), woken.clone());
    line.run(move |link| async move {
        link.transaction(|| async {
            let done = outbox::settle(&link, &stream, &group).await?;
            if done.frees {
                wake::notify(&link, &woken).await?;
            }
            Ok(done.settled)
        })
        .await
    })
    .await
}
