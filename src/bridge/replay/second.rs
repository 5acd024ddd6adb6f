//! The second pass: the range's transactions, and its documents again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::differences::{Compared, Replayed, fields};
use super::plans::Plans;
use super::span::Span;
use super::{Range, Replaying, Witness};
use crate::bridge::still::Still;
use crate::capture::{Again, Committed};
use crate::change::{Batch, Changed, Phase, RowChange, Transaction};
use crate::document::Document;
use crate::ledger::Told;
use crate::outbox::{Lane, SkipHow};
use crate::state::{CustomerRecord, DirtyKey, OrderRecord, PlannedEntry};

/// What orders were told before is loaded for so many entries at once.
const FORESEEN: usize = 1_000;

/// Documents that are planned together in the end.
const DOCUMENTS_MAX: usize = 200;

/// The kind of the documents that take a number for an order.
const SALES_ORDER: &str = "sales_order";

/// A pass under way.
pub(super) struct Second<'a> {
    still: &'a Still,
    again: Again,
    plans: Plans,
    witness: &'a mut dyn Witness,
    committed: Committed,
    done: Replaying,
    /// What orders were told before plans that come next, by the plan's first entry.
    told: HashMap<i64, Told>,
    /// Documents that changed, and were not planned since.
    open: BTreeMap<DirtyKey, Timestamp>,
    /// Orders that were planned here.
    planned: HashSet<String>,
    /// Orders that come out otherwise: from there on they go by what they are told here.
    differ: BTreeSet<String>,
    /// Orders of whose last plan too little is kept.
    stale: HashSet<String>,
    /// Orders that would be held, with the reason.
    held: HashMap<String, String>,
    /// Documents of customers that were not planned here when they were: an order that tells them may come later.
    awaited: BTreeMap<String, Vec<PlannedEntry>>,
}

/// What is planned with a batch.
#[derive(Default)]
struct Coming {
    plans: usize,
    documents: Vec<DirtyKey>,
    /// Numbers that orders get.
    numbers: Vec<String>,
}

impl<'a> Second<'a> {
    pub fn over(still: &'a Still, mut again: Again, mut plans: Plans, witness: &'a mut dyn Witness) -> Second<'a> {
        for record in std::mem::take(&mut plans.customers) {
            again.put_customer(record);
        }
        Second {
            still,
            again,
            plans,
            witness,
            committed: Committed::default(),
            done: Replaying::default(),
            told: HashMap::new(),
            open: BTreeMap::new(),
            planned: HashSet::new(),
            differ: BTreeSet::new(),
            stale: HashSet::new(),
            held: HashMap::new(),
            awaited: BTreeMap::new(),
        }
    }

    /// Answers what it came to, and the orders that differ.
    pub async fn run(mut self, span: &mut Span, range: &Range) -> anyhow::Result<(Replaying, BTreeSet<String>)> {
        let mut pass = span.open(self.still, &range.from, &range.to).await?;
        let mut last: Arc<str> = "-".into();
        let mut next = pass.next().await?;
        while let Some(batch) = next {
            let now = self.of_batch(&batch, 0);
            self.again.foresee(changes(&batch), &now.documents, &now.numbers).await?;
            next = pass.next().await?;
            // The state database reads for the next while this one is planned.
            let foreseen = match &next {
                Some(next) => {
                    let then = self.of_batch(next, now.plans);
                    Some(self.again.foresee_meanwhile(changes(next), &then.documents, &then.numbers)?)
                }
                None => None,
            };
            for transaction in batch.transactions {
                last = transaction.id.clone();
                self.transaction(transaction).await?;
            }
            if let Some(foreseen) = foreseen {
                self.again.take_in(foreseen).await?;
            }
        }
        // Their cuts are of transactions that nothing mapped is in any more.
        let rest = self.plans.rest(range);
        self.plans.put_back(rest);
        self.plan_until(None).await?;
        self.plan_open(&last).await?;
        for (id, entries) in std::mem::take(&mut self.awaited) {
            for entry in entries {
                self.gone(&Lane::Customer(id.clone()), &entry);
            }
        }
        self.done.held = self.held.len() as u64;
        (self.done.from, self.done.to) = (range.from.to_string(), range.to.to_string());
        Ok((self.done, self.differ))
    }

    /// What is planned again with a batch that comes after so many plans.
    fn of_batch(&self, batch: &Batch, plans: usize) -> Coming {
        let ids: HashSet<&str> = batch.transactions.iter().map(|t| &*t.id).collect();
        let (mut documents, mut coming) = (BTreeSet::new(), Coming::default());
        for entry in self.plans.upcoming(usize::MAX).skip(plans).take_while(|entry| ids.contains(entry.cut.as_str())) {
            coming.plans += 1;
            documents.insert(key(&entry.lane));
            if entry.kind == SALES_ORDER {
                coming.numbers.push(entry.number.clone());
            }
        }
        coming.documents = documents.into_iter().collect();
        coming
    }

    async fn transaction(&mut self, transaction: Transaction) -> anyhow::Result<()> {
        let id = transaction.id.clone();
        if self.plans.has(&id) {
            self.plan_until(Some(&id)).await?;
        }
        let by = Changed { transaction: id.clone(), at: transaction.committed_at };
        let is_part = matches!(transaction.phase, Phase::Part);
        for change in self.committed.take(transaction)? {
            self.done.changes += 1;
            self.change(&by, &change).await?;
        }
        while !is_part && self.plans.next_cut() == Some(&*id) {
            let entries = self.plans.take();
            self.plan(entries).await?;
        }
        Ok(())
    }

    async fn change(&mut self, by: &Changed, change: &RowChange) -> anyhow::Result<()> {
        // An UPDATE of columns that no SELECT uses.
        if change.before == change.after {
            return Ok(());
        }
        let mut touched = BTreeSet::new();
        if let Some(row) = &change.before {
            touched.extend(self.again.touched(change.table, row).await?);
        }
        self.again.change(by.clone(), change)?;
        if let Some(row) = &change.after {
            touched.extend(self.again.touched(change.table, row).await?);
        }
        for key in touched {
            self.open.insert(key, by.at);
        }
        Ok(())
    }

    /// Plans all that was planned before this cut, and was not met.
    async fn plan_until(&mut self, cut: Option<&str>) -> anyhow::Result<()> {
        while self.plans.next_cut().is_some() && self.plans.next_cut() != cut {
            let entries = self.plans.take();
            self.plan(entries).await?;
        }
        Ok(())
    }

    /// Plans again what was planned together.
    async fn plan(&mut self, entries: Vec<PlannedEntry>) -> anyhow::Result<()> {
        let Some(cut) = entries.first().map(|entry| Arc::from(entry.cut.as_str())) else { return Ok(()) };
        self.load_told(&entries).await?;
        let mut stored: BTreeMap<Lane, Vec<PlannedEntry>> = BTreeMap::new();
        for entry in entries {
            stored.entry(entry.lane.clone()).or_default().push(entry);
        }
        let mut documents = Vec::with_capacity(stored.len());
        let (mut kept, mut all) = (BTreeMap::new(), true);
        for (lane, entries) in stored {
            self.open.remove(&key(&lane));
            let first = entries[0].seq;
            if let Lane::Order(id) = &lane
                && !self.differ.contains(id)
            {
                let Some(told) = self.told.remove(&first) else {
                    self.done.not_comparable += entries.len() as u64;
                    self.stale.insert(id.clone());
                    all = false;
                    continue;
                };
                self.stale.remove(id);
                self.planned.insert(id.clone());
                // What was planned was neither held nor older than the stream.
                self.again.put_order(OrderRecord { id: id.clone(), told, ..OrderRecord::default() });
            }
            documents.push((key(&lane), entries[0].changed_at));
            kept.insert(lane, entries);
        }
        let planned = self.plan_now(documents, &cut).await?;
        if !all {
            self.believe(&mut kept, &planned);
        }
        self.compare(kept, planned).await
    }

    /// Takes customers for told as they were: the order that told them cannot be planned.
    fn believe(&mut self, stored: &mut BTreeMap<Lane, Vec<PlannedEntry>>, planned: &BTreeMap<Lane, Vec<Document>>) {
        let unplanned = |lane: &Lane| matches!(lane, Lane::Customer(_)) && !planned.contains_key(lane);
        let lanes: Vec<Lane> = stored.keys().filter(|lane| unplanned(lane)).cloned().collect();
        for lane in lanes {
            let (Lane::Customer(id), Some(entries)) = (&lane, stored.remove(&lane)) else { continue };
            self.done.not_comparable += entries.len() as u64;
            for PlannedEntry { seq, number, fingerprint, .. } in entries {
                let id = id.clone();
                self.again.put_customer(CustomerRecord { id, number, fingerprint, entry: Some(seq), account: None });
            }
        }
    }

    /// Plans documents from the rows of now.
    async fn plan_now(
        &mut self,
        documents: Vec<(DirtyKey, Timestamp)>,
        cut: &Arc<str>,
    ) -> anyhow::Result<BTreeMap<Lane, Vec<Document>>> {
        let mut planned: BTreeMap<Lane, Vec<Document>> = BTreeMap::new();
        if documents.is_empty() {
            return Ok(planned);
        }
        let commit = self.again.plan(documents, cut).await?;
        for entry in commit.outbox {
            planned.entry(entry.lane).or_default().push(entry.document);
        }
        for order in commit.orders {
            match order.held {
                Some(why) => drop(self.held.insert(order.id, why)),
                None => drop(self.held.remove(&order.id)),
            }
        }
        Ok(planned)
    }

    /// What orders were told before these plans, and before those that come next.
    async fn load_told(&mut self, entries: &[PlannedEntry]) -> anyhow::Result<()> {
        if entries.iter().all(|entry| !entry.first || self.told.contains_key(&entry.seq)) {
            return Ok(());
        }
        let coming = entries.iter().chain(self.plans.upcoming(FORESEEN));
        let seqs: Vec<i64> = coming.filter(|entry| entry.first).map(|entry| entry.seq).collect();
        self.told.extend(self.still.state.told_before(seqs, Vec::new(), 0).await?.orders);
        Ok(())
    }

    async fn compare(
        &mut self,
        mut stored: BTreeMap<Lane, Vec<PlannedEntry>>,
        mut planned: BTreeMap<Lane, Vec<Document>>,
    ) -> anyhow::Result<()> {
        let lanes: BTreeSet<Lane> = stored.keys().chain(planned.keys()).cloned().collect();
        for lane in lanes {
            let entries = stored.remove(&lane).unwrap_or_default();
            let now = planned.remove(&lane).unwrap_or_default();
            let last = entries.last().cloned();
            self.compare_lane(&lane, entries, now).await?;
            if let (Lane::Customer(id), Some(PlannedEntry { skip: Some(SkipHow::Void), .. })) = (&lane, last) {
                self.again.put_customer(CustomerRecord { id: id.clone(), ..CustomerRecord::default() });
            }
        }
        Ok(())
    }

    async fn compare_lane(
        &mut self,
        lane: &Lane,
        entries: Vec<PlannedEntry>,
        mut now: Vec<Document>,
    ) -> anyhow::Result<()> {
        let mut unmet = Vec::new();
        for entry in entries {
            let is_it = |d: &Document| d.kind().as_str() == entry.kind && d.number() == entry.number;
            match now.iter().position(is_it) {
                Some(i) => self.compare_one(lane, &entry, &now.remove(i)).await?,
                None => unmet.push(entry),
            }
        }
        for entry in unmet {
            // One under another number.
            match now.iter().position(|d| d.kind().as_str() == entry.kind) {
                Some(i) => self.compare_one(lane, &entry, &now.remove(i)).await?,
                None => match lane {
                    Lane::Customer(id) => self.awaited.entry(id.clone()).or_default().push(entry),
                    Lane::Order(_) => self.gone(lane, &entry),
                },
            }
        }
        for document in now {
            if let Some(entry) = self.awaited(lane, &document) {
                self.compare_one(lane, &entry, &document).await?;
                continue;
            }
            self.done.new += 1;
            let (kind, number) = (document.kind().as_str(), document.number().to_owned());
            self.found(lane, kind, &number, Compared::New(Box::new(document)));
        }
        Ok(())
    }

    async fn compare_one(&mut self, lane: &Lane, entry: &PlannedEntry, now: &Document) -> anyhow::Result<()> {
        if entry.fingerprint == now.fingerprint() {
            self.done.same += 1;
            return Ok(());
        }
        let history = self.still.state.history(entry.seq).await?;
        let Some(stored) = history.and_then(|history| history.document) else {
            self.done.not_comparable += 1;
            return Ok(());
        };
        self.done.differ += 1;
        self.found(lane, &entry.kind, &entry.number, Compared::Differs(fields(&stored, now)));
        Ok(())
    }

    /// A document of a customer that was told earlier.
    fn awaited(&mut self, lane: &Lane, document: &Document) -> Option<PlannedEntry> {
        let Lane::Customer(id) = lane else { return None };
        let entries = self.awaited.get_mut(id).filter(|entries| !entries.is_empty())?;
        let fingerprint = document.fingerprint();
        let same = entries.iter().position(|entry| entry.fingerprint == fingerprint);
        Some(entries.remove(same.unwrap_or_default()))
    }

    fn gone(&mut self, lane: &Lane, entry: &PlannedEntry) {
        self.done.gone += 1;
        let why = match lane {
            Lane::Order(id) => self.held.get(id).cloned(),
            Lane::Customer(_) => None,
        };
        self.found(lane, &entry.kind, &entry.number, Compared::Gone(why));
    }

    fn found(&mut self, lane: &Lane, kind: &str, number: &str, compared: Compared) {
        if let Lane::Order(id) = lane {
            self.differ.insert(id.clone());
        }
        let replayed = Replayed { kind: kind.to_owned(), number: number.to_owned(), lane: lane.name(), compared };
        self.witness.replayed(&replayed);
    }

    /// Plans what changed last and was never planned since, unless the stream has it still before it.
    async fn plan_open(&mut self, cut: &Arc<str>) -> anyhow::Result<()> {
        let settling = self.still.state.dirty(usize::MAX).await?.documents;
        let settling: HashSet<DirtyKey> = settling.into_iter().map(|(key, _)| key).collect();
        let open = std::mem::take(&mut self.open);
        let later = |key: &DirtyKey| self.plans.later.contains(&lane(key));
        let open: Vec<_> = open.into_iter().filter(|(key, _)| !later(key)).collect();
        for some in open.chunks(DOCUMENTS_MAX) {
            let of_orders = some.iter().filter_map(|(key, _)| order_of(key)).cloned().collect();
            let orders = self.still.state.load_books(of_orders, Vec::new(), Vec::new()).await?.orders;
            let mut settles: HashSet<DirtyKey> =
                some.iter().map(|(key, _)| key).filter(|key| settling.contains(key)).cloned().collect();
            for order in orders {
                if order.held.is_some() {
                    // What is held counts as changed whenever a session begins.
                    settles.remove(&DirtyKey::Order(order.id.clone()));
                }
                self.put_back(order).await?;
            }
            let documents = some.iter().filter(|(key, _)| !settles.contains(key)).cloned().collect();
            let planned = self.plan_now(documents, cut).await?;
            self.compare(BTreeMap::new(), planned).await?;
        }
        Ok(())
    }

    /// Takes the ledger's own record for an order of which some was absorbed, or of which too little is kept.
    async fn put_back(&mut self, now: OrderRecord) -> anyhow::Result<()> {
        if self.differ.contains(&now.id) {
            return Ok(());
        }
        let stale = self.stale.contains(&now.id);
        let other = self.planned.contains(&now.id) && self.again.order(&now.id).await?.told != now.told;
        if stale || (other && !self.still.state.undocumented(&now.id).await?.absorbed.is_empty()) {
            self.again.put_order(OrderRecord { held: None, waits_for: None, ..now });
        }
        Ok(())
    }
}

/// The changes of a batch that any SELECT can see.
fn changes(batch: &Batch) -> impl Iterator<Item = &RowChange> + Clone {
    batch.transactions.iter().flat_map(|t| &t.changes).filter(|change| change.before != change.after)
}

fn key(lane: &Lane) -> DirtyKey {
    match lane {
        Lane::Customer(id) => DirtyKey::Customer(id.clone()),
        Lane::Order(id) => DirtyKey::Order(id.clone()),
    }
}

fn lane(key: &DirtyKey) -> Lane {
    match key {
        DirtyKey::Customer(id) => Lane::Customer(id.clone()),
        DirtyKey::Order(id) => Lane::Order(id.clone()),
    }
}

fn order_of(key: &DirtyKey) -> Option<&String> {
    match key {
        DirtyKey::Order(id) => Some(id),
        DirtyKey::Customer(_) => None,
    }
}
