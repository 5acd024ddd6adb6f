//! The second pass over a part: its transactions, and its documents again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use foldhash::{HashMap, HashSet};
use jiff::Timestamp;

use super::differences::{Compared, Replayed, fields};
use super::plans::Plans;
use super::quiet::Quiet;
use super::{Range, Replaying};
use crate::capture::{Again, Committed};
use crate::change::{Changed, Phase, RowChange, Transaction};
use crate::document::Document;
use crate::ledger::Told;
use crate::outbox::{Lane, SkipHow};
use crate::state::{CustomerRecord, DirtyKey, KeptTold, LoadedBooks, OrderRecord, PlannedEntry, State};

/// Documents that are planned together in the end.
const DOCUMENTS_MAX: usize = 200;

/// The kind of the documents that take a number for an order.
const SALES_ORDER: &str = "sales_order";

/// A pass under way.
pub(super) struct Second {
    state: Arc<dyn State>,
    again: Again,
    plans: Plans,
    committed: Committed,
    done: Replaying,
    /// What came out otherwise, and was not shown yet.
    found: Vec<Replayed>,
    /// Documents that changed, and were not planned since.
    open: BTreeMap<DirtyKey, Timestamp>,
    /// Documents that were planned here.
    planned: HashSet<DirtyKey>,
    /// Orders that come out otherwise: from there on they go by what they are told here.
    differ: BTreeSet<String>,
    /// Orders of whose last plan too little is kept.
    stale: HashSet<String>,
    /// Orders that would be held, with the reason.
    held: HashMap<String, String>,
    /// Documents of customers that were not planned here when they were: an order that tells them may come later.
    awaited: BTreeMap<String, Vec<Arc<PlannedEntry>>>,
    /// The last transaction.
    last: Arc<str>,
    /// When the latest was committed.
    clock: Timestamp,
    /// Of earlier parts, what is let go of in the end.
    spent: Vec<Box<dyn Send>>,
}

/// What is planned with some transactions.
#[derive(Default)]
struct Coming {
    plans: usize,
    documents: Vec<DirtyKey>,
    /// Numbers that orders get.
    numbers: Vec<String>,
}

/// What the ledger has of some orders.
struct Known<'a> {
    orders: HashMap<&'a String, &'a OrderRecord>,
    lacking: HashSet<&'a String>,
}

impl Known<'_> {
    fn of(books: &LoadedBooks) -> Known<'_> {
        Known {
            orders: books.orders.iter().map(|order| (&order.id, order)).collect(),
            lacking: books.lacking.iter().map(|lacks| &lacks.order).collect(),
        }
    }
}

impl Second {
    /// Over rows and records as they were where it begins.
    pub async fn over(state: Arc<dyn State>, mut again: Again, plans: Plans) -> anyhow::Result<Second> {
        for record in plans.customers(state.as_ref()).await? {
            again.put_customer(record);
        }
        Ok(Second {
            state,
            again,
            plans,
            committed: Committed::default(),
            done: Replaying::default(),
            found: Vec::new(),
            open: BTreeMap::new(),
            planned: HashSet::default(),
            differ: BTreeSet::new(),
            stale: HashSet::default(),
            held: HashMap::default(),
            awaited: BTreeMap::new(),
            last: "-".into(),
            clock: Timestamp::UNIX_EPOCH,
            spent: Vec::new(),
        })
    }

    /// Goes on with more of the range.
    pub fn extend(&mut self, plans: Plans) {
        self.plans.extend(plans);
    }

    /// What came out otherwise since it was last asked.
    pub fn take_found(&mut self) -> Vec<Replayed> {
        std::mem::take(&mut self.found)
    }

    /// True where something came out otherwise, or could not be compared.
    pub fn differs(&self) -> bool {
        let Replaying { differ, new, gone, not_comparable, .. } = &self.done;
        [differ, new, gone, not_comparable].iter().any(|count| **count > 0)
    }

    /// True where all that was planned came out the same: a pass that begins here with what the stream told goes on from there.
    fn is_as_told(&self) -> bool {
        !self.differs()
            && self.held.is_empty()
            && self.stale.is_empty()
            && self.awaited.is_empty()
            && self.committed.is_empty()
    }

    /// Takes a pass over the next part, which began with what the stream told, for its own way through it. False where that is
    /// not what it would have come to.
    pub fn take_over(&mut self, mut next: Second) -> bool {
        if !self.is_as_told() || !next.is_as_told() || next.again.contradicts(&self.again) {
            return false;
        }
        next.again.inherit(&mut self.again);
        self.open.retain(|key, _| !next.planned.contains(key));
        next.open.append(&mut self.open);
        if next.planned.len() < self.planned.len() {
            std::mem::swap(&mut next.planned, &mut self.planned);
        }
        next.planned.extend(self.planned.drain());
        next.done.add(&self.done);
        let before = std::mem::replace(self, next);
        self.spent.extend(before.spent);
        self.spent.push(before.again.into_spent());
        true
    }

    /// The documents of some transactions; what the next ones will need is loaded meanwhile.
    pub async fn take(&mut self, transactions: &[Transaction], next: Option<&[Transaction]>) -> anyhow::Result<()> {
        let now = self.coming(transactions, 0);
        self.again.foresee(changes(transactions), &now.documents, &now.numbers).await?;
        let foreseen = match next {
            Some(next) => {
                let then = self.coming(next, now.plans);
                Some(self.again.foresee_meanwhile(changes(next), &then.documents, &then.numbers).await?)
            }
            None => None,
        };
        for transaction in transactions {
            self.last = transaction.id.clone();
            self.clock = self.clock.max(transaction.committed_at);
            self.transaction(transaction).await?;
        }
        if let Some(foreseen) = foreseen {
            self.again.take_in(foreseen).await?;
        }
        Ok(())
    }

    /// Plans what is left; lanes that are planned `later` stay open, and what had not been quiet for `settle` where a range ends
    /// before the stream.
    pub async fn end(
        &mut self,
        range: &Range,
        mut later: HashSet<Lane>,
        settle: Duration,
        quiet: Option<Quiet>,
    ) -> anyhow::Result<()> {
        // Their cuts are of transactions that nothing mapped is in any more.
        let rest = self.plans.rest(range, &mut later);
        self.plans.put_back(rest);
        self.plan_until(None).await?;
        if range.to != range.until {
            // A commit's time may be up to a second later than it says.
            let settled = self.clock.saturating_sub(settle + Duration::from_secs(1)).unwrap_or(Timestamp::MIN);
            self.open.retain(|_, since| *since <= settled);
        }
        let last = self.last.clone();
        self.plan_open(&last, &later, quiet).await?;
        for (id, entries) in std::mem::take(&mut self.awaited) {
            for entry in entries {
                self.gone(&Lane::Customer(id.clone()), &entry);
            }
        }
        Ok(())
    }

    /// Takes what nobody needs any more: nobody has to wait until it is gone either.
    pub fn spend(&mut self, what: impl Send + 'static) {
        self.spent.push(Box::new(what));
    }

    /// What it came to, and the orders that differ.
    pub fn done(self, range: &Range) -> (Replaying, BTreeSet<String>) {
        let (from, to, held) = (range.from.to_string(), range.to.to_string(), self.held.len() as u64);
        let done = Replaying { from, to, held, ..self.done };
        let mut spent = self.spent;
        spent.push(self.again.into_spent());
        // Millions of rows: nobody has to wait until they are gone.
        std::thread::spawn(move || drop(spent));
        (done, self.differ)
    }

    /// What is planned again with transactions that come after so many plans.
    fn coming(&self, transactions: &[Transaction], plans: usize) -> Coming {
        let ids: HashSet<&str> = transactions.iter().map(|t| &*t.id).collect();
        let (mut documents, mut coming) = (BTreeSet::new(), Coming::default());
        for entry in self.plans.upcoming(usize::MAX).skip(plans).take_while(|entry| ids.contains(entry.cut.as_str())) {
            coming.plans += 1;
            documents.insert(key(&entry.lane));
            if entry.kind == SALES_ORDER {
                coming.numbers.push(entry.number.to_string());
            }
        }
        coming.documents = documents.into_iter().collect();
        coming
    }

    async fn transaction(&mut self, transaction: &Transaction) -> anyhow::Result<()> {
        let id = transaction.id.clone();
        if self.plans.has(&id) {
            self.plan_until(Some(&id)).await?;
        }
        let by = Changed { transaction: id.clone(), at: transaction.committed_at };
        let is_part = matches!(transaction.phase, Phase::Part);
        for change in &*self.committed.take(transaction)? {
            self.done.changes += 1;
            self.change(&by, change).await?;
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
        for key in self.again.change(by.clone(), change).await? {
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
    async fn plan(&mut self, entries: Vec<Arc<PlannedEntry>>) -> anyhow::Result<()> {
        let Some(cut) = entries.first().map(|entry| Arc::from(entry.cut.as_str())) else { return Ok(()) };
        let mut stored: BTreeMap<Lane, Vec<Arc<PlannedEntry>>> = BTreeMap::new();
        for entry in entries {
            stored.entry(entry.lane.clone()).or_default().push(entry);
        }
        let mut documents = Vec::with_capacity(stored.len());
        let (mut kept, mut all) = (BTreeMap::new(), true);
        for (lane, entries) in stored {
            self.open.remove(&key(&lane));
            self.planned.insert(key(&lane));
            if let Lane::Order(id) = &lane
                && !self.differ.contains(id)
            {
                let Some(told) = told_before(&entries[0])? else {
                    self.done.not_comparable += entries.len() as u64;
                    self.stale.insert(id.clone());
                    all = false;
                    continue;
                };
                self.stale.remove(id);
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
    fn believe(
        &mut self,
        stored: &mut BTreeMap<Lane, Vec<Arc<PlannedEntry>>>,
        planned: &BTreeMap<Lane, Vec<Document>>,
    ) {
        let unplanned = |lane: &Lane| matches!(lane, Lane::Customer(_)) && !planned.contains_key(lane);
        let lanes: Vec<Lane> = stored.keys().filter(|lane| unplanned(lane)).cloned().collect();
        for lane in lanes {
            let (Lane::Customer(id), Some(entries)) = (&lane, stored.remove(&lane)) else { continue };
            self.done.not_comparable += entries.len() as u64;
            for entry in entries {
                let (number, fingerprint) = (entry.number.to_string(), entry.fingerprint.clone());
                let entry = Some(entry.seq);
                self.again.put_customer(CustomerRecord { id: id.clone(), number, fingerprint, entry, account: None });
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

    async fn compare(
        &mut self,
        mut stored: BTreeMap<Lane, Vec<Arc<PlannedEntry>>>,
        mut planned: BTreeMap<Lane, Vec<Document>>,
    ) -> anyhow::Result<()> {
        let lanes: BTreeSet<Lane> = stored.keys().chain(planned.keys()).cloned().collect();
        for lane in lanes {
            let entries = stored.remove(&lane).unwrap_or_default();
            let now = planned.remove(&lane).unwrap_or_default();
            let voided = entries.last().is_some_and(|entry| entry.skip == Some(SkipHow::Void));
            self.compare_lane(&lane, entries, now).await?;
            if let (Lane::Customer(id), true) = (&lane, voided) {
                self.again.put_customer(CustomerRecord { id: id.clone(), ..CustomerRecord::default() });
            }
        }
        Ok(())
    }

    async fn compare_lane(
        &mut self,
        lane: &Lane,
        entries: Vec<Arc<PlannedEntry>>,
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
        let history = self.state.history(entry.seq).await?;
        let Some(stored) = history.and_then(|history| history.document) else {
            self.done.not_comparable += 1;
            return Ok(());
        };
        self.done.differ += 1;
        self.found(lane, &entry.kind, &entry.number, Compared::Differs(fields(&stored, now)));
        Ok(())
    }

    /// A document of a customer that was told earlier.
    fn awaited(&mut self, lane: &Lane, document: &Document) -> Option<Arc<PlannedEntry>> {
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
        self.found.push(Replayed { kind: kind.to_owned(), number: number.to_owned(), lane: lane.name(), compared });
    }

    /// Plans what changed last and was never planned since, unless the stream has it still before it. Orders of which nothing is to be
    /// told are found by `quiet`, where there is one.
    async fn plan_open(
        &mut self,
        cut: &Arc<str>,
        later: &HashSet<Lane>,
        mut quiet: Option<Quiet>,
    ) -> anyhow::Result<()> {
        let settling = self.state.dirty(usize::MAX).await?.documents;
        let settling: HashSet<DirtyKey> = settling.into_iter().map(|(key, _)| key).collect();
        let open = std::mem::take(&mut self.open);
        let mut open: Vec<_> = open.into_iter().filter(|(key, _)| !later.contains(&lane(key))).collect();
        let (mut settles, mut looked_at) = (HashSet::default(), HashSet::default());
        for some in open.chunks(DOCUMENTS_MAX) {
            let orders: Vec<String> = some.iter().filter_map(|(key, _)| order_of(key)).cloned().collect();
            let absorbed = self.state.absorbed_of(orders.clone()).await?;
            let now = self.now(orders, &settling, &absorbed).await?;
            // What is held counts as changed whenever a session begins.
            let held: HashSet<&String> = now.orders.iter().filter(|o| o.held.is_some()).map(|o| &o.id).collect();
            let is_held = |key: &DirtyKey| order_of(key).is_some_and(|id| held.contains(id));
            let waits = some.iter().filter(|(key, _)| settling.contains(key) && !is_held(key));
            settles.extend(waits.map(|(key, _)| key.clone()));
            self.put_back(&now.orders, &absorbed);
            if let Some(quiet) = &mut quiet {
                let now = Known::of(&now);
                let here = some.iter().filter(|(key, _)| !settles.contains(key));
                let orders: Vec<_> =
                    here.filter_map(|(key, since)| Some((self.alone(order_of(key)?, &now)?, *since))).collect();
                looked_at.extend(orders.iter().map(|(record, _)| record.id.clone()));
                quiet.look_at(orders).await;
            }
        }
        if let Some(quiet) = quiet {
            let loud = quiet.end().await?;
            looked_at.retain(|id| !loud.contains(id));
        }
        open.retain(|(key, _)| !settles.contains(key) && order_of(key).is_none_or(|id| !looked_at.contains(id)));
        for some in open.chunks(DOCUMENTS_MAX) {
            let planned = self.plan_now(some.to_vec(), cut).await?;
            self.compare(BTreeMap::new(), planned).await?;
        }
        Ok(())
    }

    /// An order's record, if that is all that planning it goes by.
    fn alone(&mut self, id: &String, now: &Known<'_>) -> Option<OrderRecord> {
        if self.held.contains_key(id) || now.lacking.contains(id) {
            return None;
        }
        let none = || OrderRecord { id: id.clone(), ..OrderRecord::default() };
        let record = self.again.known(id).or_else(|| now.orders.get(id).copied());
        Some(record.cloned().unwrap_or_else(none))
    }

    /// What the ledger has of those of some orders whose records here say too little, or may not be gone on from.
    async fn now(
        &mut self,
        orders: Vec<String>,
        settling: &HashSet<DirtyKey>,
        absorbed: &BTreeSet<String>,
    ) -> anyhow::Result<LoadedBooks> {
        let mut asked = orders;
        asked.retain(|id| {
            let settles = !settling.is_empty() && settling.contains(&DirtyKey::Order(id.clone()));
            settles || absorbed.contains(id) || self.stale.contains(id) || self.again.known(id).is_none()
        });
        Ok(if asked.is_empty() {
            LoadedBooks::default()
        } else {
            self.state.load_books(asked, Vec::new(), Vec::new()).await?
        })
    }

    /// Takes the ledger's own records for orders of which some was absorbed, or of which too little is kept.
    fn put_back(&mut self, now: &[OrderRecord], absorbed: &BTreeSet<String>) {
        for now in now.iter().filter(|now| !self.differ.contains(&now.id)) {
            let other = self.planned.contains(&DirtyKey::Order(now.id.clone()))
                && absorbed.contains(&now.id)
                && self.again.known(&now.id).is_some_and(|known| known.told != now.told);
            if other || self.stale.contains(&now.id) {
                self.again.put_order(OrderRecord { held: None, waits_for: None, ..now.clone() });
            }
        }
    }
}

/// What its order was told before an entry; `None` where that is kept no more.
fn told_before(entry: &PlannedEntry) -> anyhow::Result<Option<Told>> {
    let read = entry.told_before.as_ref().map(KeptTold::read).transpose();
    read.with_context(|| {
        format!(
            "state database: the ledger before outbox entry {} cannot be read back; it was changed by hand or is damaged: restore a \
             backup",
            entry.seq
        )
    })
}

/// The changes that any SELECT can see.
fn changes(transactions: &[Transaction]) -> impl Iterator<Item = &RowChange> + Clone {
    transactions.iter().flat_map(|t| &t.changes).filter(|change| change.before != change.after)
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
