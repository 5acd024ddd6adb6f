//! A changed mapping, against what was told: what it would correct, order by order, and then either as documents or taken
//! over by the ledger without one.
//!
//! It plans by the very code that capture does, from the mirror as it is: the bridge must not be running meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::still::Still;
use crate::capture::Capture;
use crate::config::Config;
use crate::document::{Amounts, Document};
use crate::ledger::Told;
use crate::outbox::Lane;
use crate::state::{AbsorbedOrder, Commit, DirtyKey, OrderRecord, Session, State};

/// Orders that are planned together.
const ORDERS_MAX: usize = 200;

/// What becomes of the differences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuild {
    /// They are shown.
    Show,
    /// They become documents.
    Post,
    /// The ERP is taken to know them, for this reason.
    Absorb(String),
}

/// An order that is planned otherwise than it was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuilt {
    /// As the ledger has it.
    pub before: OrderRecord,
    /// What the documents are the difference to: what was told before those that they take the place of.
    pub base: Told,
    /// As the ledger would have it.
    pub after: OrderRecord,
    /// What would bring the ERP in step, customers that have to be told first included.
    pub documents: Vec<Document>,
}

/// What a rebuild came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilding {
    /// Orders that were told or are held.
    pub orders: u64,
    /// Those of them that are planned otherwise.
    pub differ: u64,
    /// Those that have changed in the store a moment ago: the stream plans them.
    pub settling: u64,
    /// Those of which a person has voided a document: they wait for the store.
    pub voided: u64,
}

/// Plans every order that was told or is held again, or one, with the mapping and the settings of now; `witness` is told of
/// each that differs. Once all of them were posted or absorbed, the mapping is agreed to.
///
/// # Errors
/// A bridge that has the stream, a mapping that needs columns which are not mirrored, an order that is not there.
pub async fn rebuild(
    config: &Config,
    how: &Rebuild,
    only: Option<&str>,
    witness: &mut (dyn FnMut(&Rebuilt) + Send),
) -> anyhow::Result<Rebuilding> {
    let still = Still::hold(config, "rebuild").await?;
    let done = Work::over(&still, how).run(only, witness).await;
    still.end().await;
    done
}

/// Plans these orders as [`rebuild`] does, and posts the differences; those that settle are left to the stream.
///
/// # Errors
/// The state database's, and a row that cannot be evaluated at all.
pub(super) async fn post(
    still: &Still,
    orders: &BTreeSet<String>,
    witness: &mut (dyn FnMut(&Rebuilt) + Send),
) -> anyhow::Result<Rebuilding> {
    let ids = orders.iter().cloned().collect();
    let known = still.state.load_books(ids, Vec::new(), Vec::new()).await?.orders;
    Work::over(still, &Rebuild::Post).some(&known, false, witness).await
}

struct Work<'a> {
    state: &'a dyn State,
    capture: Capture,
    session: &'a Session,
    version: String,
    how: &'a Rebuild,
}

impl<'a> Work<'a> {
    fn over(still: &'a Still, how: &'a Rebuild) -> Work<'a> {
        let version = still.bound.version().to_owned();
        Work { state: still.state.as_ref(), capture: still.capture(), session: &still.session, version, how }
    }

    async fn run(
        &mut self,
        only: Option<&str>,
        witness: &mut (dyn FnMut(&Rebuilt) + Send),
    ) -> anyhow::Result<Rebuilding> {
        let orders = match only {
            None => self.state.orders().await?,
            Some(called) => self.state.orders_called(called).await?,
        };
        if let (Some(called), true) = (only, orders.is_empty()) {
            anyhow::bail!(
                "no order {called} was told or is held; `ledgertap preview --order {called}` shows what the store has"
            );
        }
        let rebuilding = self.some(&orders, only.is_some(), witness).await?;
        if *self.how != Rebuild::Show && only.is_none() {
            let agreed = Some(self.version.clone());
            self.commit(Commit { agreed, ..Commit::default() }).await?;
        }
        Ok(rebuilding)
    }

    /// Does with these orders what is to be done, but for those that settle. An order of which a person has voided a document
    /// waits for the store, unless it is `named`.
    async fn some(
        &mut self,
        orders: &[OrderRecord],
        named: bool,
        witness: &mut (dyn FnMut(&Rebuilt) + Send),
    ) -> anyhow::Result<Rebuilding> {
        let settling = self.state.dirty(usize::MAX).await?.documents;
        let settling: BTreeSet<String> = settling
            .into_iter()
            .filter_map(|(key, _)| match key {
                DirtyKey::Order(id) => Some(id),
                DirtyKey::Customer(_) => None,
            })
            .collect();
        // What is held counts as changed whenever a session begins, unless it was voided: it is no less to be shown.
        let is_settling = |order: &&OrderRecord| order.held.is_none() && settling.contains(&order.id);
        let is_voided = |order: &&OrderRecord| !named && order.held.is_some() && !settling.contains(&order.id);
        // Of one that is only known to be older than the stream there is nothing to say.
        let is_known = |order: &&OrderRecord| order.held.is_some() || !order.older || order.told.was_told();
        let orders: Vec<&OrderRecord> = orders.iter().filter(is_known).collect();
        let count = |is: &dyn Fn(&&OrderRecord) -> bool| orders.iter().filter(|order| is(order)).count() as u64;
        let mut rebuilding = Rebuilding {
            orders: orders.len() as u64,
            differ: 0,
            settling: count(&is_settling),
            voided: count(&is_voided),
        };
        let quiet = orders.iter().filter(|order| !is_settling(order) && !is_voided(order));
        let quiet: Vec<OrderRecord> = quiet.map(|&order| order.clone()).collect();
        for some in quiet.chunks(ORDERS_MAX) {
            self.state.renew(self.session.epoch).await?;
            rebuilding.differ += self.page(some, witness).await?;
        }
        Ok(rebuilding)
    }

    /// Plans some orders, and does with them what is to be done. Answers how many differ.
    async fn page(
        &mut self,
        orders: &[OrderRecord],
        witness: &mut (dyn FnMut(&Rebuilt) + Send),
    ) -> anyhow::Result<u64> {
        let ids: Vec<String> = orders.iter().map(|order| order.id.clone()).collect();
        let commit = self.capture.replan(&ids, Timestamp::now()).await?;
        let rebuilt = rebuilt(orders, &commit);
        rebuilt.iter().for_each(witness);
        match self.how {
            Rebuild::Show => {}
            Rebuild::Post => self.commit(*commit).await?,
            Rebuild::Absorb(reason) => {
                let absorbed = absorbed(&rebuilt, reason);
                let orders = rebuilt.iter().map(without_documents).collect();
                let Commit { hand, superseded, .. } = *commit;
                self.commit(Commit { orders, absorbed, hand, superseded, ..Commit::default() }).await?;
            }
        }
        Ok(rebuilt.len() as u64)
    }

    async fn commit(&self, commit: Commit) -> anyhow::Result<()> {
        let (clock, mapping) = (self.session.clock, self.version.clone());
        self.state.commit(self.session.epoch, Commit { clock, mapping, ..commit }).await?;
        Ok(())
    }
}

/// The orders that a commit plans otherwise than they were told, with their documents.
pub(super) fn rebuilt(orders: &[OrderRecord], commit: &Commit) -> Vec<Rebuilt> {
    let mut documents: BTreeMap<&str, Vec<Document>> = BTreeMap::new();
    let mut customers: Vec<Document> = Vec::new();
    for entry in &commit.outbox {
        match &entry.lane {
            Lane::Customer(_) => customers.push(entry.document.clone()),
            Lane::Order(id) => {
                let all = documents.entry(id).or_default();
                all.append(&mut customers);
                all.push(entry.document.clone());
            }
        }
    }
    let mut bases: BTreeMap<&Lane, &Told> =
        commit.told_before.iter().map(|(entry, told)| (&commit.outbox[*entry].lane, told)).collect();
    let after: BTreeMap<&str, &OrderRecord> = commit.orders.iter().map(|order| (order.id.as_str(), order)).collect();
    let mut rebuilt = Vec::new();
    for before in orders {
        let after = after.get(before.id.as_str()).copied().unwrap_or(before);
        let documents = documents.remove(before.id.as_str()).unwrap_or_default();
        if !documents.is_empty() || before.held != after.held {
            let base = bases.remove(&Lane::Order(before.id.clone())).unwrap_or(&before.told).clone();
            rebuilt.push(Rebuilt { before: before.clone(), base, after: after.clone(), documents });
        }
    }
    rebuilt
}

/// What the ledger takes over of each order.
fn absorbed(rebuilt: &[Rebuilt], reason: &str) -> Vec<AbsorbedOrder> {
    let planned = rebuilt.iter().filter(|order| !order.documents.is_empty());
    let one = |order: &Rebuilt| {
        let (mut amounts, before): (Amounts, _) = (order.after.told.amounts(), order.base.amounts());
        amounts -= before;
        AbsorbedOrder {
            order: order.after.id.clone(),
            number: order.after.number.clone(),
            reason: reason.to_owned(),
            amounts,
        }
    };
    planned.map(one).collect()
}

/// The order as the ledger has it where the ERP is taken to know the difference: no document of it ever sold anything, nor
/// took a number.
fn without_documents(order: &Rebuilt) -> OrderRecord {
    let mut after = order.after.clone();
    let made: BTreeSet<&str> = order.documents.iter().map(Document::number).collect();
    let Told { orders, credit_notes, debit_notes, .. } = order.base;
    after.told.credit_notes = credit_notes;
    after.told.debit_notes = debit_notes;
    after.told.orders = after.told.orders.min(orders.max(1));
    for line in &mut after.told.lines {
        line.sold.retain(|sold| !made.contains(&*sold.document));
        line.origin.take_if(|origin| made.contains(&*origin.document));
    }
    if made.contains(after.told.original.as_str()) {
        // The ERP has the order under a number of its own, and its customer, too.
        after.told.original.clone_from(&after.number);
        after.told.customer.clear();
    }
    after
}
