//! Orders that changed after their last documents, and of which nothing is to be told: nearly all of them, for shops note on an order
//! that it was shipped, and much else. Each is looked at by itself, many at once; the others are planned in their order.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Context as _;
use foldhash::HashSet;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::past::Images;
use crate::bridge::still::Still;
use crate::capture::Again;
use crate::change::RowChange;
use crate::state::{DirtyKey, OrderRecord};

/// Times that one who looks is given some orders before he has looked at those that he was given before.
const GIVEN: usize = 2;

/// An order, as it was told, and when it changed last.
pub(super) type Changed = (OrderRecord, Timestamp);

/// Those who look.
pub(super) struct Quiet {
    lookers: VecDeque<Looker>,
}

/// One of them: what he is given, and what he has found in the end.
type Looker = (mpsc::Sender<Vec<Changed>>, JoinHandle<anyhow::Result<Vec<String>>>);

impl Quiet {
    /// Over the mirror as it is where all that was met ends.
    pub fn of(still: &Still, images: &Images, at_once: usize) -> Quiet {
        let looker = |_| {
            let (send, given) = mpsc::channel(GIVEN);
            (send, tokio::spawn(look(images.in_the_end(still), given)))
        };
        Quiet { lookers: (0..at_once).map(looker).collect() }
    }

    /// Gives some orders to whoever's turn it is.
    pub async fn look_at(&mut self, orders: Vec<Changed>) {
        if orders.is_empty() {
            return;
        }
        // One who takes no more has failed: he says why in the end.
        if let Some((send, _)) = self.lookers.front() {
            let _ = send.send(orders).await;
        }
        self.lookers.rotate_left(1);
    }

    /// The orders of which something may be to be told.
    pub async fn end(mut self) -> anyhow::Result<HashSet<String>> {
        let mut loud = HashSet::default();
        for (send, task) in self.lookers.drain(..) {
            drop(send);
            loud.extend(task.await.context("a look at what changed last")??);
        }
        Ok(loud)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.lookers.iter().for_each(|(_, task)| task.abort());
    }
}

async fn look(mut again: Again, mut given: mpsc::Receiver<Vec<Changed>>) -> anyhow::Result<Vec<String>> {
    // What is planned here goes nowhere.
    let (mut loud, cut): (_, Arc<str>) = (Vec::new(), "-".into());
    while let Some(orders) = given.recv().await {
        let keys: Vec<DirtyKey> = orders.iter().map(|(record, _)| DirtyKey::Order(record.id.clone())).collect();
        again.foresee(std::iter::empty::<&RowChange>(), &keys, &[]).await?;
        for (record, since) in orders {
            let id = record.id.clone();
            if !again.comes_to_nothing(record, since, &cut).await? {
                loud.push(id);
            }
        }
    }
    Ok(loud)
}
