//! The statements that change the state database: each runs inside the writer's transaction.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::thread::database;
use super::{binlog, books, damaged, from_us, now, opening, outbox, read};
use crate::change::{Footprint, Position};
use crate::document::{Document, DocumentKind};
use crate::outbox::{Dependency, Life, NewEntry};
use crate::state::footprint::same_footprint;
use crate::state::said::NEWER_CUSTOMER;
use crate::state::{Begin, Commit, DIRTY_MAX, DirtyKey, MirrorWrite, OrderRecord, RESYNC, Refill, Session, StateError};

/// See [`crate::state::State::begin`].
pub(super) fn begin(c: &Connection, stream: &str, begin: &Begin) -> Result<Session, StateError> {
    let Begin { footprint, mapping, late_max, .. } = begin;
    let known: Option<(String, bool, bool, bool)> = c
        .query_row(
            "SELECT footprint, position IS NOT NULL, mapping <> ?2, begun IS ?3 FROM stream WHERE name = ?1",
            [stream, mapping.as_str(), RESYNC],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        )
        .optional()
        .map_err(|e| database("read the stream", e))?;
    let mut mirrored = None;
    match &known {
        Some((_, true, _, true)) if !begin.resync => {
            return Err(StateError::Unfinished { stream: stream.to_owned() });
        }
        Some((known, true, ..)) => {
            let known: Footprint = serde_json::from_str(known).map_err(|e| damaged(stream, "the footprint", e))?;
            if !begin.resync {
                same_footprint(stream, &known, footprint)?;
            }
            mirrored = (known != *footprint).then_some(known);
        }
        Some((_, false, ..)) if opening::goes_on(c, stream, begin)? => {}
        Some((_, false, ..)) => {
            opening::forget(c, stream)?;
            empty_mirror(c, stream).map_err(|e| database("empty the mirror", e))?;
            binlog::forget(c, stream)?;
        }
        None => {}
    }
    // By the clock, so that no copy of this file that is restored later comes to the same epoch.
    let began_at = now();
    let json = serde_json::to_string(mirrored.as_ref().unwrap_or(footprint)).expect("a footprint is always JSON");
    c.execute(
        "INSERT INTO stream (name, epoch, footprint, mapping) VALUES (?1, ?4, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET epoch = max(epoch + 1, ?4), footprint = ?2,
             agreed = CASE WHEN position IS NULL THEN NULL WHEN mapping <> ?3 THEN coalesce(agreed, mapping) ELSE agreed END,
             mapping = CASE WHEN position IS NULL THEN ?3 ELSE mapping END",
        params![stream, json, mapping, began_at.as_microsecond()],
    )
    .map_err(|e| database("begin a session", e))?;
    outbox::abandon(c, stream, began_at, *late_max)?;
    books::look_again(c, stream)?;
    type Fields = (i64, Option<String>, i64, Option<String>, Option<String>, Option<i64>);
    let (epoch, position, clock, cut, beginning, unread_before): Fields = c
        .query_row(
            "SELECT epoch, position, clock_us, cut, beginning, unread_before_us FROM stream WHERE name = ?1",
            [stream],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)),
        )
        .map_err(|e| database("read the stream", e))?;
    let kept = binlog::kept(c, stream)?;
    Ok(Session {
        epoch,
        began_at,
        position: position.map(Position),
        beginning: beginning.map(Position),
        unread_before: unread_before.map(from_us),
        clock: from_us(clock),
        cut,
        dirty: read::dirty(c, stream, DIRTY_MAX)?,
        waiting: waiting(c, stream)?,
        begun: kept.begun,
        server: kept.server,
        shapes: kept.shapes,
        reindex: matches!(known, Some((_, true, true, _))),
        opening: opening::progress(c, stream)?,
        mirrored,
    })
}

/// Refuses a session that is not the latest; answers how often a person has changed the outbox.
pub(super) fn keeps(c: &Connection, stream: &str, epoch: i64) -> Result<i64, StateError> {
    let (latest, hand): (i64, i64) = c
        .prepare_cached("SELECT epoch, hand FROM stream WHERE name = ?1")
        .and_then(|mut s| s.query_row([stream], |r| Ok((r.get(0)?, r.get(1)?))))
        .map_err(|e| database("read the epoch", e))?;
    match latest == epoch {
        true => Ok(hand),
        false => Err(StateError::Fenced { stream: stream.to_owned(), ours: epoch, latest }),
    }
}

/// See [`crate::state::State::commit`].
pub(super) fn commit(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    epoch: i64,
    commit: &Commit,
) -> Result<Vec<i64>, StateError> {
    let hand = keeps(c, stream, epoch)?;
    if commit.hand.is_some_and(|read| read != hand) {
        return Err(StateError::Moved { stream: stream.to_owned() });
    }
    for (order, from) in &commit.superseded {
        outbox::supersede(c, stream, order, *from)?;
    }
    if let Some(refill) = &commit.refill {
        make_room(c, stream, refill).map_err(|e| database("make room in the mirror", e))?;
    }
    mirror(c, stream, footprint, &commit.mirror)?;
    let seqs = add(c, stream, commit).map_err(|e| database("write the outbox", e))?;
    for order in &commit.orders {
        ledger_order(c, stream, order).map_err(|e| database("write the ledger", e))?;
    }
    for (customer, &entry) in commit.customers.iter().zip(&commit.customer_entries) {
        c.prepare_cached("INSERT OR REPLACE INTO ledger_customer (stream, id, number, fingerprint, entry) VALUES (?1, ?2, ?3, ?4, ?5)")
            .and_then(|mut s| s.execute(params![stream, customer.id, customer.number, customer.fingerprint, seqs[entry]]))
            .map_err(|e| database("write the ledger", e))?;
    }
    settle_times(c, stream, commit).map_err(|e| database("write settle times", e))?;
    c.prepare_cached(
        "UPDATE stream SET position = coalesce(?2, position), clock_us = ?3, cut = coalesce(?4, cut), mapping = coalesce(?5, mapping),
                           beginning = iif(position IS NULL OR begun IS 'resync', coalesce(?2, beginning), beginning)
         WHERE name = ?1",
    )
    .and_then(|mut s| {
        let position = commit.position.as_ref().map(|p| &p.0);
        s.execute(params![stream, position, commit.clock.as_microsecond(), commit.cut, commit.indexed])
    })
    .map_err(|e| database("move the position", e))?;
    binlog::write(c, stream, commit)?;
    opening::write(c, stream, commit)?;
    Ok(seqs)
}

fn make_room(c: &Connection, stream: &str, refill: &Refill) -> rusqlite::Result<()> {
    for table in &refill.tables {
        c.execute("DELETE FROM owner WHERE stream = ?1 AND tbl = ?2", [stream, table])?;
        c.execute("DELETE FROM mirror WHERE stream = ?1 AND tbl = ?2", [stream, table])?;
    }
    let footprint = serde_json::to_string(&refill.footprint).expect("a footprint is always JSON");
    c.execute("UPDATE stream SET footprint = ?2 WHERE name = ?1", [stream, &footprint]).map(|_| ())
}

fn empty_mirror(c: &Connection, stream: &str) -> rusqlite::Result<()> {
    c.execute("DELETE FROM owner WHERE stream = ?1", [stream])?;
    c.execute("DELETE FROM mirror WHERE stream = ?1", [stream])?;
    Ok(())
}

fn waiting(c: &Connection, stream: &str) -> Result<Vec<(String, String)>, StateError> {
    let read = || {
        let mut statement = c.prepare(
            "SELECT id, waits_for FROM ledger_order INDEXED BY ledger_order_held
             WHERE stream = ?1 AND held IS NOT NULL AND waits_for IS NOT NULL",
        )?;
        let rows = statement.query_map([stream], |r| Ok((r.get(0)?, r.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read held orders", e))
}

/// Writes rows with their owners; the statements are looked up once for all of them.
fn mirror(c: &Connection, stream: &str, footprint: &Footprint, writes: &[MirrorWrite]) -> Result<(), StateError> {
    let failed = |e| database("write the mirror", e);
    let mut rows = Rows::of(c).map_err(failed)?;
    for write in writes {
        let place = [stream, footprint.tables[write.table].table.as_str(), write.key.as_str()];
        let owners: Owners<'_> = match &write.row {
            Some(_) => {
                write.owners.iter().map(|(index, owner)| (Cow::from(*index), Cow::from(owner.as_str()))).collect()
            }
            None => Owners::new(),
        };
        let kept = serde_json::to_string(&owners).expect("owners are always JSON");
        let Some(before) = rows.put(place, write, &kept).map_err(failed)? else {
            rows.own(place, owners.iter()).map_err(failed)?;
            continue;
        };
        if before != kept {
            let [_, table, key] = place;
            let wrong = |e| damaged(stream, format!("the owners of row {key} of {table}"), e);
            let before: Owners<'_> = serde_json::from_str(&before).map_err(wrong)?;
            rows.disown(place, before.difference(&owners)).map_err(failed)?;
            rows.own(place, owners.difference(&before)).map_err(failed)?;
        }
    }
    Ok(())
}

/// What writes mirror rows.
struct Rows<'c> {
    insert: CachedStatement<'c>,
    owners: CachedStatement<'c>,
    update: CachedStatement<'c>,
    delete: CachedStatement<'c>,
    own: CachedStatement<'c>,
    disown: CachedStatement<'c>,
}

/// A row's stream, table and key.
type Place<'a> = [&'a str; 3];

impl<'c> Rows<'c> {
    fn of(c: &'c Connection) -> rusqlite::Result<Rows<'c>> {
        let prepare = |sql| c.prepare_cached(sql);
        Ok(Rows {
            insert: prepare(
                "INSERT INTO mirror (stream, tbl, key, row, owners, cut, changed_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT DO NOTHING",
            )?,
            owners: prepare("SELECT owners FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key = ?3")?,
            update: prepare(
                "UPDATE mirror SET row = ?4, owners = ?5, cut = iif(row <> ?4, coalesce(?6, cut), coalesce(cut, ?6)),
                        changed_us = iif(row <> ?4, coalesce(?7, changed_us), coalesce(changed_us, ?7))
                 WHERE stream = ?1 AND tbl = ?2 AND key = ?3",
            )?,
            delete: prepare("DELETE FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key = ?3")?,
            own: prepare("INSERT INTO owner (stream, idx, owner, tbl, key) VALUES (?1, ?2, ?3, ?4, ?5)")?,
            disown: prepare(
                "DELETE FROM owner WHERE stream = ?1 AND idx = ?2 AND owner = ?3 AND tbl = ?4 AND key = ?5",
            )?,
        })
    }

    /// Puts a row in its place, or takes it out; answers the owners that it had, where it was there.
    fn put(&mut self, place: Place<'_>, write: &MirrorWrite, owners: &str) -> rusqlite::Result<Option<String>> {
        let [stream, table, key] = place;
        let cut = write.changed.as_ref().map(|changed| &*changed.transaction);
        let at = write.changed.as_ref().map(|changed| changed.at.as_microsecond());
        let image = write.row.as_ref().map(|row| serde_json::to_string(row).expect("a row is always JSON"));
        // Most rows of a catch-up are new, and are under nothing yet.
        if let Some(image) = &image
            && self.insert.execute(params![stream, table, key, image, owners, cut, at])? == 1
        {
            return Ok(None);
        }
        let before = self.owners.query_row(place, |r| r.get(0)).optional()?;
        match &image {
            Some(image) => self.update.execute(params![stream, table, key, image, owners, cut, at])?,
            None => self.delete.execute(place)?,
        };
        Ok(before)
    }

    fn own<'a>(&mut self, place: Place<'_>, owners: impl Iterator<Item = &'a Owner<'a>>) -> rusqlite::Result<()> {
        under(&mut self.own, place, owners)
    }

    fn disown<'a>(&mut self, place: Place<'_>, owners: impl Iterator<Item = &'a Owner<'a>>) -> rusqlite::Result<()> {
        under(&mut self.disown, place, owners)
    }
}

fn under<'a>(
    statement: &mut CachedStatement<'_>,
    [stream, table, key]: Place<'_>,
    owners: impl Iterator<Item = &'a Owner<'a>>,
) -> rusqlite::Result<()> {
    for (index, owner) in owners {
        statement.execute([stream, index, owner, table, key])?;
    }
    Ok(())
}

/// An entry in the owner index: index and owner.
type Owner<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A row's entries in the owner index.
type Owners<'a> = BTreeSet<Owner<'a>>;

fn add(c: &Connection, stream: &str, commit: &Commit) -> rusqlite::Result<Vec<i64>> {
    let at = now().as_microsecond();
    let mut seqs = Vec::with_capacity(commit.outbox.len());
    for (index, entry) in commit.outbox.iter().enumerate() {
        let life = Life::born(entry.state, entry.not_before, entry.said.clone());
        let before = commit.told_before.iter().find(|(first, _)| *first == index);
        let before = before.map(|(_, told)| serde_json::to_string(told).expect("a ledger record is always JSON"));
        let depends_on = match entry.depends_on {
            None => None,
            Some(Dependency::Stored(seq)) => Some(seq),
            Some(Dependency::New(index)) => Some(seqs[index]),
        };
        let payload = serde_json::to_string(&entry.document).expect("a document is always JSON");
        c.prepare_cached(
            "INSERT INTO outbox (stream, lane, kind, number, payload, fingerprint, depends_on, state, not_before_us,
                                 maybe_sent, cut, changed_us, planned_us, said, absent, told_before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            stream,
            entry.lane.name(),
            entry.document.kind().as_str(),
            entry.document.number(),
            payload,
            entry.document.fingerprint(),
            depends_on,
            life.state.as_str(),
            life.not_before.as_microsecond(),
            life.maybe_sent,
            entry.cut,
            entry.changed_at.as_microsecond(),
            at,
            life.said,
            life.absent,
            before
        ])?;
        let seq = c.last_insert_rowid();
        if entry.document.kind() == DocumentKind::Customer {
            supersede(c, stream, seq, &entry.lane.name())?;
        }
        ledger_entry(c, stream, seq, entry, &commit.mapping)?;
        seqs.push(seq);
    }
    Ok(seqs)
}

/// A customer's newer entry takes the place of one that is parked: what waits for that one waits for the newer.
fn supersede(c: &Connection, stream: &str, seq: i64, lane: &str) -> rusqlite::Result<()> {
    // Looked for first, by the lane: what depends on an entry is looked for among all that is open.
    let parked: bool = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_lane WHERE stream = ?1 AND lane = ?2 AND seq < ?3
                              AND state = 'parked' AND state NOT IN ('delivered', 'skipped'))",
        )?
        .query_row(params![stream, lane, seq], |r| r.get(0))?;
    if !parked {
        return Ok(());
    }
    c.prepare_cached(
        "UPDATE outbox SET depends_on = ?1 WHERE stream = ?2 AND state NOT IN ('delivered', 'skipped') AND depends_on IN
            (SELECT seq FROM outbox WHERE stream = ?2 AND lane = ?3 AND seq < ?1 AND state = 'parked'
                                      AND state NOT IN ('delivered', 'skipped'))",
    )?
    .execute(params![seq, stream, lane])?;
    c.prepare_cached(
        "UPDATE outbox SET state = 'skipped', skip = 'superseded', said = ?4
         WHERE stream = ?2 AND lane = ?3 AND seq < ?1 AND state = 'parked' AND state NOT IN ('delivered', 'skipped')",
    )?
    .execute(params![seq, stream, lane, NEWER_CUSTOMER])?;
    Ok(())
}

fn ledger_entry(c: &Connection, stream: &str, seq: i64, entry: &NewEntry, mapping: &str) -> rusqlite::Result<()> {
    let (Some(header), crate::outbox::Lane::Order(order_id)) = (entry.document.header(), &entry.lane) else {
        return Ok(());
    };
    let reason = match &entry.document {
        Document::CreditNote(note) => Some(note.reason.as_str()),
        _ => None,
    };
    c.prepare_cached(
        "INSERT INTO ledger_entry (entry, stream, order_id, order_no, number, kind, reason, net, tax, total, cut, mapping)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        seq,
        stream,
        order_id,
        header.order,
        header.number,
        entry.document.kind().as_str(),
        reason,
        header.amounts.net.to_string(),
        header.amounts.tax.to_string(),
        header.amounts.total.to_string(),
        entry.cut,
        mapping
    ])?;
    Ok(())
}

fn ledger_order(c: &Connection, stream: &str, order: &OrderRecord) -> rusqlite::Result<()> {
    let amounts = order.told.amounts();
    let told = serde_json::to_string(&order.told).expect("a ledger record is always JSON");
    c.prepare_cached(
        "INSERT OR REPLACE INTO ledger_order (stream, id, number, told, net, tax, total, held, waits_for, older, warning)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        stream,
        order.id,
        order.number,
        told,
        amounts.net.to_string(),
        amounts.tax.to_string(),
        amounts.total.to_string(),
        order.held,
        order.waits_for,
        order.older,
        order.warning
    ])?;
    Ok(())
}

fn settle_times(c: &Connection, stream: &str, commit: &Commit) -> rusqlite::Result<()> {
    if let Some(at) = commit.dirty_not_after {
        c.prepare_cached("UPDATE dirty SET since_us = ?2 WHERE stream = ?1 AND since_us > ?2")?
            .execute(params![stream, at.as_microsecond()])?;
    }
    for key in &commit.clean {
        let (kind, id) = dirty_name(key);
        c.prepare_cached("DELETE FROM dirty WHERE stream = ?1 AND kind = ?2 AND id = ?3")?
            .execute(params![stream, kind, id])?;
    }
    for (key, since) in &commit.dirty {
        let (kind, id) = dirty_name(key);
        c.prepare_cached("INSERT OR REPLACE INTO dirty (stream, kind, id, since_us) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![stream, kind, id, since.as_microsecond()])?;
    }
    Ok(())
}

fn dirty_name(key: &DirtyKey) -> (&'static str, &str) {
    match key {
        DirtyKey::Customer(id) => ("customer", id),
        DirtyKey::Order(id) => ("order", id),
    }
}
