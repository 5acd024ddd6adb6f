//! The ERP's items on documents that leave, and parked documents that wait for an item.
//!
//! A document goes with the ERP's own item numbers. The crosswalk that says them is read again whenever it lacks a SKU, and
//! while something waits: adding an item, in the config's file, by `ledgertap products add` or in the ERP itself, lets the
//! documents go on.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info};

use crate::document::{Crosswalk, Document, UnknownItem};
use crate::erp::Erp;
use crate::outbox::MissingItem;
use crate::state::{State, StateError};

/// Reads the config's crosswalk as it is now; `None` where its file cannot be used at the moment.
#[derive(Clone)]
pub struct CrosswalkSource(Arc<dyn Fn() -> Option<Crosswalk> + Send + Sync>);

impl CrosswalkSource {
    /// From what reads it.
    pub fn new(read: impl Fn() -> Option<Crosswalk> + Send + Sync + 'static) -> CrosswalkSource {
        CrosswalkSource(Arc::new(read))
    }
}

impl Default for CrosswalkSource {
    fn default() -> Self {
        CrosswalkSource::new(|| Some(Crosswalk::default()))
    }
}

impl fmt::Debug for CrosswalkSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CrosswalkSource")
    }
}

/// The most items that the ERP is asked for at once: what is delivered meanwhile needs its requests.
const ASKED_MAX: usize = 20;

/// How often what waits for a SKU is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

pub(super) struct Items {
    state: Arc<dyn State>,
    erp: Arc<dyn Erp>,
    source: CrosswalkSource,
    /// How often the ERP is asked for items.
    ask_again: Duration,
    known: RwLock<Arc<Crosswalk>>,
    /// How many items it was asked for so far.
    asked: AtomicUsize,
}

impl Items {
    pub fn new(state: Arc<dyn State>, erp: Arc<dyn Erp>, source: CrosswalkSource, ask_again: Duration) -> Items {
        Items { state, erp, source, ask_again, known: RwLock::default(), asked: AtomicUsize::new(0) }
    }

    /// The document as it goes to the ERP.
    pub async fn written(&self, document: &Document) -> Result<Result<Document, UnknownItem>, StateError> {
        let known = self.known();
        match known.written(document) {
            Ok(written) => Ok(Ok(written)),
            Err(_) => Ok(self.read().await?.written(document)),
        }
    }

    /// Reads the crosswalk again.
    pub async fn read(&self) -> Result<Arc<Crosswalk>, StateError> {
        let before = self.known();
        let base = (self.source.0)().unwrap_or_else(|| (*before).clone());
        let read = Arc::new(base.with(self.state.items().await?));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = read.clone();
        Ok(read)
    }

    fn known(&self) -> Arc<Crosswalk> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go on what waits for items that are known by now. Where `ask` is false, the ERP is not asked.
    pub async fn release(&self, ask: bool) -> Result<(), StateError> {
        let awaited = self.state.awaited_items().await?;
        if awaited.is_empty() {
            return Ok(());
        }
        let before = self.known();
        let crosswalk = self.read().await?;
        // Under another crosswalk, what the ERP lacked may be called otherwise: it is tried again.
        let changed = crosswalk != before;
        let (skus, items): (Vec<_>, Vec<_>) = awaited.into_iter().partition(|item| matches!(item, MissingItem::Sku(_)));
        let known = |item: &MissingItem| matches!(item, MissingItem::Sku(sku) if crosswalk.item(sku).is_some());
        let mut there: Vec<MissingItem> = skus.into_iter().filter(known).collect();
        if changed {
            there.extend(items.iter().cloned());
        }
        self.go_on(there).await?;
        if ask && !changed {
            self.ask_for(items).await?;
        }
        Ok(())
    }

    /// Asks the ERP for some of the items that it lacked, going round from one time to the next.
    async fn ask_for(&self, items: Vec<MissingItem>) -> Result<(), StateError> {
        let from = self.asked.fetch_add(ASKED_MAX.min(items.len()), Ordering::Relaxed);
        let count = items.len();
        for item in items.into_iter().cycle().skip(if count == 0 { 0 } else { from % count }).take(count.min(ASKED_MAX))
        {
            if let MissingItem::Item(number) = &item
                && self.erp.has_item(number).await == Some(true)
            {
                self.go_on(vec![item]).await?;
            }
        }
        Ok(())
    }

    async fn go_on(&self, items: Vec<MissingItem>) -> Result<(), StateError> {
        if items.is_empty() {
            return Ok(());
        }
        let names: BTreeSet<String> = items.iter().map(MissingItem::name).collect();
        let released = self.state.release(items).await?;
        info!(items = ?names, documents = released.len(), "items are known now, parked documents go on");
        Ok(())
    }

    /// Does so again and again, until it is dropped.
    pub async fn watch(&self) {
        let mut asked = Instant::now();
        loop {
            tokio::time::sleep(LOOK_AGAIN.min(self.ask_again)).await;
            let ask = asked.elapsed() >= self.ask_again;
            if ask {
                asked = Instant::now();
            }
            if let Err(error) = self.release(ask).await {
                debug!(%error, "could not look for items that documents wait for");
            }
        }
    }
}

/// Why a document with an unknown SKU is parked, and how to add it.
pub(super) fn unknown(item: &UnknownItem) -> String {
    let sku = &item.sku;
    format!(
        "the crosswalk has no item for the SKU {sku}: add it with `ledgertap products add '{sku}' ITEM`, or in the file that \
         products.crosswalk names; then it goes on by itself"
    )
}
