//! What capture reads and writes.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Entry, Mirrored, Stream};
use crate::change::{Lookup, MirrorRow};
use crate::document::{Document, DocumentKind};
use crate::outbox::{Dependency, EntryState, Life, NewEntry, SkipHow};
use crate::state::{
    Begin, Begun, Commit, CustomerRecord, DIRTY_MAX, DirtyKey, DirtyPage, EntryInfo, Lacking, LoadedBooks, MirrorKey,
    MirrorWrite, OrderRecord, RESYNC, Refill, RowUnder, Session, StateError, said,
};

impl Stream {
    pub(super) fn begin(
        &mut self,
        name: &str,
        begin: Begin,
        now: Timestamp,
        embedded: bool,
    ) -> Result<Begun, StateError> {
        if let Some(until) = self.lease_until.filter(|until| *until > now && self.holder != begin.holder) {
            return Ok(Begun::Waits { holder: self.holder.clone(), until });
        }
        let mut mirrored = None;
        if self.position.is_some() {
            if self.begun.as_deref() == Some(RESYNC) && !begin.resync {
                return Err(StateError::Unfinished { stream: name.to_owned() });
            }
            if !begin.resync {
                self.same_footprint(name, &begin)?;
            }
            mirrored = (self.footprint != begin.footprint).then(|| self.footprint.clone());
        } else if self.opening.as_deref().unwrap_or_default().is_empty()
            || self.mapping != begin.mapping
            || self.footprint != begin.footprint
        {
            self.opening = None;
            self.opened.clear();
            self.orders.clear();
            self.dirty.clear();
            self.mirror.clear();
            self.owners.clear();
            self.prepared.clear();
            (self.begun, self.server, self.shapes) = (None, None, None);
            self.mapping.clone_from(&begin.mapping);
        }
        let reindex = self.mapping != begin.mapping;
        if reindex {
            self.agreed.get_or_insert_with(|| self.mapping.clone());
        }
        if mirrored.is_none() {
            self.footprint = begin.footprint;
        }
        self.epoch = (self.epoch + 1).max(now.as_microsecond());
        self.holder = begin.holder;
        self.lease = begin.lease;
        self.lease_until = now.checked_add(begin.lease).ok();
        if embedded {
            let under_way = self.outbox.values_mut().filter(|e| e.life.state == EntryState::Sending);
            under_way.for_each(|e| e.life.abandon(now, begin.late_max));
        }
        for order in self.orders.values().filter(|o| o.held.is_some() && !self.voided.contains(&o.id)) {
            self.dirty.entry(DirtyKey::Order(order.id.clone())).or_insert(self.clock);
        }
        let waiting = self.orders.values().filter(|o| o.held.is_some());
        Ok(Begun::Session(Box::new(Session {
            epoch: self.epoch,
            began_at: now,
            position: self.position.clone(),
            beginning: self.beginning.clone(),
            unread_before: self.unread_before,
            clock: self.clock,
            cut: self.cut.clone(),
            dirty: self.dirty(DIRTY_MAX),
            waiting: waiting.filter_map(|o| Some((o.id.clone(), o.waits_for.clone()?))).collect(),
            begun: self.begun.clone(),
            server: self.server.clone(),
            shapes: self.shapes.clone(),
            reindex,
            opening: self.opening.clone(),
            mirrored,
        })))
    }

    /// The mirror's tables are counted anew, and those that are to be refilled are forgotten.
    fn make_room(&mut self, Refill { footprint, tables }: Refill) {
        let place = |table: usize| {
            let name = &self.footprint.tables[table].table;
            let stays = !tables.contains(name);
            footprint.tables.iter().position(|t| stays && t.table == *name)
        };
        let moved = |(table, key): MirrorKey| Some((place(table)?, key));
        let mirror = std::mem::take(&mut self.mirror).into_iter();
        self.mirror = mirror.filter_map(|(id, row)| Some((moved(id)?, row))).collect();
        let owners = std::mem::take(&mut self.owners).into_iter();
        self.owners = owners.map(|(of, ids)| (of, ids.into_iter().filter_map(moved).collect())).collect();
        self.footprint = footprint;
    }

    fn same_footprint(&self, name: &str, begin: &Begin) -> Result<(), StateError> {
        if self.footprint == begin.footprint {
            return Ok(());
        }
        let known = |table: &str, column: &String| {
            self.footprint.tables.iter().any(|t| t.table == table && t.columns.contains(column))
        };
        let all = begin.footprint.tables.iter().flat_map(|t| t.columns.iter().map(move |c| (t.table.as_str(), c)));
        let new: Vec<String> =
            all.filter(|(table, column)| !known(table, column)).map(|(t, c)| format!("{t}.{c}")).collect();
        Err(StateError::Footprint { stream: name.to_owned(), what: new.join(", ") })
    }

    /// Refuses a session that is not the latest, and extends the lease of one that is.
    pub(super) fn keeps(&mut self, name: &str, epoch: i64, now: Timestamp) -> Result<(), StateError> {
        if self.epoch != epoch {
            return Err(StateError::Fenced { stream: name.to_owned(), ours: epoch, latest: self.epoch });
        }
        self.lease_until = now.checked_add(self.lease).ok();
        Ok(())
    }

    pub(super) fn look_up(&self, lookup: &Lookup) -> Vec<MirrorRow> {
        let found = |key: &MirrorKey| {
            let there = self.mirror.get(key)?;
            Some(MirrorRow { table: key.0, key: key.1.clone(), row: there.row.clone() })
        };
        match lookup {
            Lookup::Row { table, key } => found(&(*table, key.clone())).into_iter().collect(),
            Lookup::Owned { index, owner } => {
                self.owners.get(&(*index, owner.clone())).into_iter().flatten().filter_map(found).collect()
            }
        }
    }

    pub(super) fn under(&self, index: &str, owner: &str) -> Vec<RowUnder> {
        let found = self.owners.iter().find(|((i, o), _)| *i == index && o == owner);
        let row = |key: &MirrorKey| {
            let there = self.mirror.get(key)?;
            let owners = there.owners.iter().map(|(index, owner)| ((*index).to_owned(), owner.to_string())).collect();
            let changed = there.changed.as_ref().map(|c| (c.transaction.to_string(), c.at));
            Some(RowUnder { table: self.footprint.tables[key.0].table.clone(), key: key.1.clone(), owners, changed })
        };
        found.into_iter().flat_map(|(_, keys)| keys).filter_map(row).collect()
    }

    pub(super) fn dirty(&self, documents_max: usize) -> DirtyPage {
        let mut documents: Vec<_> = self.dirty.iter().map(|(key, since)| (key.clone(), *since)).collect();
        documents.sort_by(|(a, at), (b, bt)| (at, a).cmp(&(bt, b)));
        let more_from = documents.get(documents_max).map(|(_, since)| *since);
        documents.truncate(documents_max);
        DirtyPage { documents, more_from }
    }

    pub(super) fn books(&self, orders: Vec<String>, customers: Vec<String>, numbers: Vec<String>) -> LoadedBooks {
        let order = |id: &String| {
            let none = || OrderRecord { id: id.clone(), ..OrderRecord::default() };
            self.orders.get(id).cloned().unwrap_or_else(none)
        };
        LoadedBooks {
            lacking: orders.iter().filter_map(|id| self.lacking(id)).collect(),
            orders: orders.iter().map(order).collect(),
            customers: customers.iter().map(|id| self.customer(id)).collect(),
            numbers: numbers.into_iter().map(|number| (number.clone(), self.told_under(&number))).collect(),
            hand: self.hand,
        }
    }

    pub(super) fn customer(&self, id: &str) -> CustomerRecord {
        let none = || CustomerRecord { id: id.to_owned(), ..CustomerRecord::default() };
        let record = self.customers.get(id).cloned().unwrap_or_else(none);
        CustomerRecord { account: self.accounts.get(id).cloned(), ..record }
    }

    fn told_under(&self, number: &str) -> Option<String> {
        let told =
            |e: &&Entry| e.info.kind == "sales_order" && e.info.number == number && e.life.state != EntryState::Skipped;
        self.outbox.values().find(told)?.lane.strip_prefix("order:").map(str::to_owned)
    }

    fn lacking(&self, order: &str) -> Option<Lacking> {
        let head = self.lane(&format!("order:{order}")).next()?;
        let told = head.told_before.clone().filter(|_| head.life.state == EntryState::Parked && head.life.absent)?;
        Some(Lacking { order: order.to_owned(), from: head.seq, told })
    }

    /// What is not final in a lane, in its order.
    pub(super) fn lane<'a>(&'a self, lane: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let lane = lane.to_owned();
        self.outbox.values().filter(move |e| e.lane == lane && !e.life.state.is_final())
    }

    pub(super) fn commit(
        &mut self,
        name: &str,
        epoch: i64,
        commit: Commit,
        now: Timestamp,
        last_seq: &mut i64,
    ) -> Result<Vec<i64>, StateError> {
        self.keeps(name, epoch, now)?;
        if commit.hand.is_some_and(|read| read != self.hand) {
            return Err(StateError::Moved { stream: name.to_owned() });
        }
        for (order, from) in &commit.superseded {
            let lane = format!("order:{order}");
            for entry in self.outbox.values_mut().filter(|e| e.lane == lane && e.seq >= *from) {
                entry.life.follow(SkipHow::Superseded, said::SUPERSEDED);
            }
        }
        if let Some(refill) = commit.refill {
            self.make_room(refill);
        }
        for write in commit.mirror {
            self.mirror(write);
        }
        let seqs = self.add(commit.outbox, &commit.told_before, now, last_seq)?;
        for order in commit.orders {
            self.voided.remove(&order.id);
            self.orders.insert(order.id.clone(), order);
        }
        for (customer, entry) in commit.customers.into_iter().zip(commit.customer_entries) {
            let record = CustomerRecord { entry: Some(seqs[entry]), account: None, ..customer };
            self.customers.insert(record.id.clone(), record);
        }
        if let Some(latest) = commit.dirty_not_after {
            self.dirty.values_mut().for_each(|since| *since = latest.min(*since));
        }
        self.dirty.retain(|key, _| !commit.clean.contains(key));
        self.dirty.extend(commit.dirty);
        self.unread_before = commit.unread_before.or(self.unread_before);
        if commit.prepared_void {
            self.prepared.clear();
        }
        if commit.position.is_some() && (self.position.is_none() || self.begun.as_deref() == Some(RESYNC)) {
            self.beginning.clone_from(&commit.position);
        }
        if commit.position.is_some() || commit.begun.is_some() {
            self.begun = commit.begun;
        }
        if commit.position.is_some() && commit.shapes.is_some() {
            self.shapes = commit.shapes;
        }
        self.clock = commit.clock;
        self.position = commit.position.or(self.position.take());
        self.cut = commit.cut.or(self.cut.take());
        self.server = commit.server.or(self.server.take());
        self.opening = commit.opening.or(self.opening.take()).filter(|_| self.position.is_none());
        self.opened.extend(commit.opened);
        self.absorbed.extend(commit.absorbed);
        self.agreed = commit.agreed.or(self.agreed.take());
        if let Some(mapping) = commit.indexed {
            self.mapping = mapping;
        }
        for part in commit.prepared {
            if part.part == 0 {
                self.prepared.retain(|(xid, _), _| *xid != part.xid);
            }
            self.prepared.insert((part.xid, part.part), part.changes);
        }
        self.prepared.retain(|(xid, _), _| !commit.xa_ended.contains(xid));
        Ok(seqs)
    }

    fn mirror(&mut self, write: MirrorWrite) {
        let key = (write.table, write.key);
        let mut before = None;
        if let Some(there) = self.mirror.remove(&key) {
            before = Some((there.row, there.changed));
            for owner in there.owners {
                self.owners.entry(owner).or_default().remove(&key);
            }
        }
        let Some(row) = write.row else { return };
        for owner in &write.owners {
            self.owners.entry(owner.clone()).or_default().insert(key.clone());
        }
        let changed = match before {
            Some((same, changed)) if same == row => changed.or(write.changed),
            Some((_, changed)) => write.changed.or(changed),
            None => write.changed,
        };
        self.mirror.insert(key, Mirrored { row, owners: write.owners, changed });
    }

    fn add(
        &mut self,
        outbox: Vec<NewEntry>,
        told_before: &[(usize, crate::ledger::Told)],
        now: Timestamp,
        last_seq: &mut i64,
    ) -> Result<Vec<i64>, StateError> {
        let mut seqs: Vec<i64> = Vec::with_capacity(outbox.len());
        for (index, new) in outbox.into_iter().enumerate() {
            let (kind, number) = (new.document.kind(), new.document.number());
            let taken = |e: &Entry| {
                e.info.kind == kind.as_str() && e.info.number == number && e.life.state != EntryState::Skipped
            };
            if kind != DocumentKind::Customer && self.outbox.values().any(taken) {
                let source = format!("UNIQUE: there is a {} {number} already", kind.as_str()).into();
                return Err(StateError::Database { action: "write the outbox", source });
            }
            *last_seq += 1;
            let depends_on = new.depends_on.map(|on| match on {
                Dependency::Stored(seq) => seq,
                Dependency::New(index) => seqs[index],
            });
            let mut entry = Entry::new(*last_seq, new, depends_on, now);
            entry.told_before = told_before.iter().find(|(first, _)| *first == index).map(|(_, told)| told.clone());
            if kind == DocumentKind::Customer {
                self.supersede(&entry);
            }
            seqs.push(entry.seq);
            self.outbox.insert(entry.seq, entry);
        }
        Ok(seqs)
    }

    /// A customer's newer entry takes the place of one that is parked: what waits for that one waits for the newer.
    fn supersede(&mut self, newer: &Entry) {
        let parked = |e: &&mut Entry| e.lane == newer.lane && e.life.state == EntryState::Parked;
        let mut gone = Vec::new();
        for entry in self.outbox.values_mut().filter(parked) {
            entry.life.skip(SkipHow::Superseded, said::NEWER_CUSTOMER);
            gone.push(entry.seq);
        }
        let waits = |e: &&mut Entry| !e.life.state.is_final() && e.depends_on.is_some_and(|on| gone.contains(&on));
        self.outbox.values_mut().filter(waits).for_each(|e| e.depends_on = Some(newer.seq));
    }
}

impl Entry {
    fn new(seq: i64, new: NewEntry, depends_on: Option<i64>, now: Timestamp) -> Entry {
        let header = new.document.header();
        let reason = match &new.document {
            Document::CreditNote(note) => Some(note.reason.as_str().to_owned()),
            _ => None,
        };
        let info = EntryInfo {
            seq,
            lane: new.lane.name(),
            kind: new.document.kind().as_str().to_owned(),
            reason,
            number: new.document.number().to_owned(),
            order: header.map(|h| h.order.clone()).unwrap_or_default(),
            total: header.map(|h| h.amounts.total).unwrap_or_default(),
            state: new.state,
            attempts: 0,
            said: None,
            reference: None,
            planned_at: now,
            delivered_at: None,
            cut: new.cut,
        };
        Entry {
            seq,
            lane: new.lane.name(),
            fingerprint: new.document.fingerprint(),
            document: Some(Arc::new(new.document)),
            info,
            depends_on,
            life: Life::born(new.state, new.not_before, new.said),
            changed_at: new.changed_at,
            told_before: None,
            attempts: Vec::new(),
        }
    }

    /// True where it is an entry of the ledger.
    pub(super) fn told(&self) -> bool {
        self.info.kind != DocumentKind::Customer.as_str()
    }
}
