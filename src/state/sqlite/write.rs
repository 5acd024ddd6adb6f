//! The statements that change the state database: each runs inside the writer's transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, params};

use super::thread::database;
use super::{binlog, books, damaged, from_us, now, read};
use crate::change::{Footprint, Position};
use crate::document::{Document, DocumentKind};
use crate::outbox::{Claimed, Dependency, EntryState, MissingItem, NewEntry, Transition, posting_day};
use crate::state::{
    Attempt, ClaimTerms, Commit, DIRTY_MAX, DirtyKey, MirrorWrite, OrderRecord, Session, Settled, StateError,
};

/// See [`crate::state::State::begin`].
pub(super) fn begin(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    mapping: &str,
    late_max: Duration,
) -> Result<Session, StateError> {
    let known: Option<(String, bool, bool)> = c
        .query_row(
            "SELECT footprint, position IS NOT NULL, mapping <> ?2 FROM stream WHERE name = ?1",
            [stream, mapping],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )
        .optional()
        .map_err(|e| database("read the stream", e))?;
    match &known {
        Some((known, true, _)) => {
            let known: Footprint = serde_json::from_str(known).map_err(|e| damaged(stream, "the footprint", e))?;
            same_footprint(stream, &known, footprint)?;
        }
        Some((_, false, _)) => {
            empty_mirror(c, stream).map_err(|e| database("empty the mirror", e))?;
            binlog::forget(c, stream)?;
        }
        None => {}
    }
    let json = serde_json::to_string(footprint).expect("a footprint is always JSON");
    c.execute(
        "INSERT INTO stream (name, epoch, footprint, mapping) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1, footprint = ?2,
             mapping = CASE WHEN position IS NULL THEN ?3 ELSE mapping END",
        params![stream, json, mapping],
    )
    .map_err(|e| database("begin a session", e))?;
    let began_at = now();
    recover(c, stream, began_at, late_max, i64::MAX)?;
    books::look_again(c, stream)?;
    type Fields = (i64, Option<String>, i64, Option<String>);
    let (epoch, position, clock, cut): Fields = c
        .query_row("SELECT epoch, position, clock_us, cut FROM stream WHERE name = ?1", [stream], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })
        .map_err(|e| database("read the stream", e))?;
    let kept = binlog::kept(c, stream)?;
    Ok(Session {
        epoch,
        began_at,
        position: position.map(Position),
        clock: from_us(clock),
        cut,
        dirty: read::dirty(c, stream, DIRTY_MAX)?,
        waiting: waiting(c, stream)?,
        begun: kept.begun,
        server: kept.server,
        shapes: kept.shapes,
        reindex: matches!(known, Some((_, true, true))),
    })
}

/// See [`crate::state::State::commit`].
pub(super) fn commit(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    epoch: i64,
    commit: &Commit,
) -> Result<Vec<i64>, StateError> {
    let latest: i64 = c
        .prepare_cached("SELECT epoch FROM stream WHERE name = ?1")
        .and_then(|mut s| s.query_row([stream], |r| r.get(0)))
        .map_err(|e| database("read the epoch", e))?;
    if latest != epoch {
        return Err(StateError::Fenced { stream: stream.to_owned(), ours: epoch, latest });
    }
    for write in &commit.mirror {
        mirror(c, stream, footprint, write).map_err(|e| database("write the mirror", e))?;
    }
    let seqs = outbox(c, stream, commit).map_err(|e| database("write the outbox", e))?;
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
        "UPDATE stream SET position = coalesce(?2, position), clock_us = ?3, cut = coalesce(?4, cut),
                           mapping = coalesce(?5, mapping) WHERE name = ?1",
    )
    .and_then(|mut s| {
        let position = commit.position.as_ref().map(|p| &p.0);
        s.execute(params![stream, position, commit.clock.as_microsecond(), commit.cut, commit.indexed])
    })
    .map_err(|e| database("move the position", e))?;
    binlog::write(c, stream, commit)?;
    Ok(seqs)
}

/// See [`crate::state::State::claim`].
pub(super) fn claim(c: &Connection, stream: &str, terms: ClaimTerms) -> Result<Vec<Claimed>, StateError> {
    let at = now();
    recover(c, stream, at, terms.late_max, at.as_microsecond())?;
    let mut claimed = Vec::new();
    for seq in claimable(c, stream, at, terms.max).map_err(|e| database("look for entries", e))? {
        claimed.push(claim_one(c, stream, seq, at, &terms)?);
    }
    Ok(claimed)
}

/// See [`crate::state::State::retry`].
pub(super) fn retry(c: &Connection, stream: &str, numbers: Option<&[String]>) -> Result<Vec<String>, StateError> {
    let parked = parked(c, stream).map_err(|e| database("read parked entries", e))?;
    let wanted = parked.into_iter().filter(|(_, number, _)| numbers.is_none_or(|wanted| wanted.contains(number)));
    go_on(c, wanted).map_err(|e| database("retry parked entries", e))
}

/// See [`crate::state::State::release`].
pub(super) fn release(c: &Connection, stream: &str, items: &[MissingItem]) -> Result<Vec<String>, StateError> {
    let names: BTreeSet<String> = items.iter().map(MissingItem::name).collect();
    let parked = parked(c, stream).map_err(|e| database("read parked entries", e))?;
    let wanted = parked.into_iter().filter(|(_, _, awaited)| awaited.as_ref().is_some_and(|item| names.contains(item)));
    go_on(c, wanted).map_err(|e| database("release parked entries", e))
}

/// Parked entries: sequence number, number, and the item that they wait for.
type Parked = (i64, String, Option<String>);

fn parked(c: &Connection, stream: &str) -> rusqlite::Result<Vec<Parked>> {
    let mut statement = c.prepare_cached(
        "SELECT seq, number, waits_for FROM outbox
         WHERE stream = ?1 AND state = 'parked' AND state NOT IN ('delivered', 'skipped') ORDER BY seq",
    )?;
    statement.query_map([stream], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect()
}

/// Lets parked entries go on, as doubts. Their past failures are their history's; deadline, counts and posting date, which no ERP
/// has taken, begin anew.
fn go_on(c: &Connection, entries: impl Iterator<Item = Parked>) -> rusqlite::Result<Vec<String>> {
    let mut numbers = Vec::new();
    for (seq, number, _) in entries {
        c.execute("DELETE FROM attempt WHERE entry = ?1 AND verdict = 'garbled'", [seq])?;
        c.execute(
            "UPDATE outbox SET state = 'unknown', maybe_sent = 1, attempts = 0, claimed_us = NULL, posting_date = NULL,
                    not_before_us = ?2, waits_for = NULL
             WHERE seq = ?1",
            params![seq, now().as_microsecond()],
        )?;
        numbers.push(number);
    }
    Ok(numbers)
}

/// See [`crate::state::State::settle`].
pub(super) fn settle(
    c: &Connection,
    seq: i64,
    claim: i64,
    transition: &Transition,
    attempt: &Attempt,
) -> Result<Settled, StateError> {
    let at = now().as_microsecond();
    let (mut not_before, mut reference, mut amounts, mut delivered) = (at, None, None, None);
    let mut awaited = None;
    match transition {
        Transition::Deliver { reference: r, amounts: a } => {
            (reference, amounts, delivered) = (Some(r.as_str()), *a, Some(at));
        }
        Transition::Retry { not_before: n, .. } | Transition::Doubt { not_before: n, .. } => {
            not_before = n.as_microsecond();
        }
        Transition::Park { waits_for, .. } => awaited = waits_for.as_ref().map(MissingItem::name),
    }
    let changed = c
        .prepare_cached(
            "UPDATE outbox SET state = ?3, not_before_us = ?4, said = ?5, reference = ?6, erp_net = ?7, erp_tax = ?8,
                    erp_total = ?9, delivered_us = ?10, waits_for = ?11, lease_until_us = NULL
             WHERE seq = ?1 AND claim = ?2 AND state = 'sending'",
        )
        .and_then(|mut s| {
            s.execute(params![
                seq,
                claim,
                transition.state().as_str(),
                not_before,
                transition.reason(),
                reference,
                amounts.map(|a| a.net.to_string()),
                amounts.map(|a| a.tax.to_string()),
                amounts.map(|a| a.total.to_string()),
                delivered,
                awaited
            ])
        })
        .map_err(|e| database("settle an entry", e))?;
    let duration = i64::try_from(attempt.duration.as_micros()).unwrap_or(i64::MAX);
    c.prepare_cached(
        "INSERT OR REPLACE INTO attempt (entry, claim, at_us, duration_us, verdict, said) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .and_then(|mut s| s.execute(params![seq, claim, at, duration, attempt.verdict, transition.reason()]))
    .map_err(|e| database("record an attempt", e))?;
    Ok(if changed == 1 { Settled::Applied } else { Settled::Fenced })
}

fn empty_mirror(c: &Connection, stream: &str) -> rusqlite::Result<()> {
    c.execute("DELETE FROM owner WHERE stream = ?1", [stream])?;
    c.execute("DELETE FROM mirror WHERE stream = ?1", [stream])?;
    Ok(())
}

fn same_footprint(stream: &str, known: &Footprint, now: &Footprint) -> Result<(), StateError> {
    if known == now {
        return Ok(());
    }
    let columns = |f: &Footprint| -> BTreeMap<String, Vec<String>> {
        f.tables.iter().map(|t| (t.table.clone(), t.columns.clone())).collect()
    };
    let (known, now) = (columns(known), columns(now));
    let new: Vec<String> = now
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |c| (table, c)))
        .filter(|(table, column)| !known.get(*table).is_some_and(|k| k.contains(column)))
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    let what = if new.is_empty() { "other columns or keys than before".to_owned() } else { new.join(", ") };
    Err(StateError::Footprint { stream: stream.to_owned(), what })
}

/// Turns claims whose lease ended before `lease_before_us` into doubts.
fn recover(
    c: &Connection,
    stream: &str,
    at: Timestamp,
    late_max: Duration,
    lease_before_us: i64,
) -> Result<(), StateError> {
    let not_before = at.saturating_add(late_max).unwrap_or(at);
    c.prepare_cached(
        "UPDATE outbox SET state = 'unknown', not_before_us = ?2, lease_until_us = NULL,
                said = 'the bridge stopped, or its lease ran out, while the request was on its way'
         WHERE stream = ?1 AND state = 'sending' AND lease_until_us < ?3",
    )
    .and_then(|mut s| s.execute(params![stream, not_before.as_microsecond(), lease_before_us]))
    .map_err(|e| database("recover leases", e))?;
    Ok(())
}

fn waiting(c: &Connection, stream: &str) -> Result<Vec<(String, String)>, StateError> {
    let read = || {
        let mut statement = c.prepare(
            "SELECT id, waits_for FROM ledger_order WHERE stream = ?1 AND held IS NOT NULL AND waits_for IS NOT NULL",
        )?;
        let rows = statement.query_map([stream], |r| Ok((r.get(0)?, r.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read held orders", e))
}

fn mirror(c: &Connection, stream: &str, footprint: &Footprint, write: &MirrorWrite) -> rusqlite::Result<()> {
    let table = &footprint.tables[write.table].table;
    c.prepare_cached("DELETE FROM owner WHERE stream = ?1 AND tbl = ?2 AND key = ?3")?
        .execute(params![stream, table, write.key])?;
    let Some(row) = &write.row else {
        c.prepare_cached("DELETE FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key = ?3")?
            .execute(params![stream, table, write.key])?;
        return Ok(());
    };
    let json = serde_json::to_string(row).expect("a row is always JSON");
    c.prepare_cached("INSERT OR REPLACE INTO mirror (stream, tbl, key, row) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![stream, table, write.key, json])?;
    for (index, owner) in &write.owners {
        c.prepare_cached("INSERT OR REPLACE INTO owner (stream, idx, owner, tbl, key) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![stream, index, owner, table, write.key])?;
    }
    Ok(())
}

fn outbox(c: &Connection, stream: &str, commit: &Commit) -> rusqlite::Result<Vec<i64>> {
    let at = now().as_microsecond();
    let mut seqs = Vec::with_capacity(commit.outbox.len());
    for entry in &commit.outbox {
        let depends_on = match entry.depends_on {
            None => None,
            Some(Dependency::Stored(seq)) => Some(seq),
            Some(Dependency::New(index)) => Some(seqs[index]),
        };
        let payload = serde_json::to_string(&entry.document).expect("a document is always JSON");
        c.prepare_cached(
            "INSERT INTO outbox (stream, lane, kind, number, payload, fingerprint, depends_on, state, not_before_us,
                                 maybe_sent, cut, changed_us, planned_us, said)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            stream,
            entry.lane.name(),
            entry.document.kind().as_str(),
            entry.document.number(),
            payload,
            entry.document.fingerprint(),
            depends_on,
            entry.state.as_str(),
            entry.not_before.as_microsecond(),
            entry.state == EntryState::Unknown,
            entry.cut,
            entry.changed_at.as_microsecond(),
            at,
            entry.said
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
    c.prepare_cached(
        "UPDATE outbox SET depends_on = ?1 WHERE stream = ?2 AND state NOT IN ('delivered', 'skipped') AND depends_on IN
            (SELECT seq FROM outbox WHERE stream = ?2 AND lane = ?3 AND seq < ?1 AND state = 'parked'
                                      AND state NOT IN ('delivered', 'skipped'))",
    )?
    .execute(params![seq, stream, lane])?;
    c.prepare_cached(
        "UPDATE outbox SET state = 'skipped', said = 'superseded by a newer state of the customer'
         WHERE stream = ?2 AND lane = ?3 AND seq < ?1 AND state = 'parked' AND state NOT IN ('delivered', 'skipped')",
    )?
    .execute(params![seq, stream, lane])?;
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

/// Entries that may leave: heads of their lanes whose dependency is final.
///
/// In the order of `seq`, so that a long outbox is read only until there are enough: by time, all that is due would be sorted.
fn claimable(c: &Connection, stream: &str, at: Timestamp, max: usize) -> rusqlite::Result<Vec<i64>> {
    let mut statement = c.prepare_cached(
        "SELECT seq FROM outbox o INDEXED BY outbox_open
         WHERE stream = ?1 AND state NOT IN ('delivered', 'skipped') AND state IN ('pending', 'unknown') AND not_before_us <= ?2
           AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.stream = o.stream AND p.lane = o.lane AND p.seq < o.seq
                             AND p.state NOT IN ('delivered', 'skipped'))
           AND (depends_on IS NULL
                OR EXISTS (SELECT 1 FROM outbox d WHERE d.seq = o.depends_on AND d.state IN ('delivered', 'skipped')))
         ORDER BY seq LIMIT ?3",
    )?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    statement.query_map(params![stream, at.as_microsecond(), max], |r| r.get(0))?.collect()
}

fn claim_one(c: &Connection, stream: &str, seq: i64, at: Timestamp, terms: &ClaimTerms) -> Result<Claimed, StateError> {
    let lease_until = at.saturating_add(terms.lease).unwrap_or(at);
    type Fields = (bool, u32, u32, String, String, Option<String>);
    let (maybe_sent, before, garbled, lane, payload, posted): Fields = c
        .prepare_cached(
            "SELECT maybe_sent, attempts, (SELECT count(*) FROM attempt WHERE entry = seq AND verdict = 'garbled'), lane, payload,
                    posting_date
             FROM outbox WHERE seq = ?1",
        )
        .and_then(|mut s| {
            s.query_row([seq], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)))
        })
        .map_err(|e| database("claim an entry", e))?;
    let document: Document = serde_json::from_str(&payload)
        .map_err(|e| damaged(stream, format!("the document of outbox entry {seq}"), e))?;
    let day = |text: String| -> Result<Date, StateError> {
        text.parse().map_err(|e| damaged(stream, format!("the posting date of outbox entry {seq}"), e))
    };
    let posting_date = match posted {
        Some(posted) => day(posted)?,
        None => {
            let before: Option<String> = c
                .prepare_cached("SELECT max(posting_date) FROM outbox WHERE stream = ?1 AND lane = ?2 AND seq < ?3")
                .and_then(|mut s| s.query_row(params![stream, lane, seq], |r| r.get(0)))
                .map_err(|e| database("claim an entry", e))?;
            let today = terms.zone.to_datetime(at).date();
            let event = document.header().map_or(today, |header| header.date);
            posting_day(event, terms.closed_until, before.map(day).transpose()?)
        }
    };
    let (claim, first): (i64, i64) = c
        .prepare_cached(
            "UPDATE outbox SET state = 'sending', claim = claim + 1, claimed_us = coalesce(claimed_us, ?2),
                    lease_until_us = ?3, maybe_sent = 1, attempts = attempts + 1, posting_date = ?4
             WHERE seq = ?1 RETURNING claim, claimed_us",
        )
        .and_then(|mut s| {
            s.query_row(
                params![seq, at.as_microsecond(), lease_until.as_microsecond(), posting_date.to_string()],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
        })
        .map_err(|e| database("claim an entry", e))?;
    Ok(Claimed {
        seq,
        claim,
        lane,
        document,
        posting_date,
        maybe_sent,
        attempts: before,
        garbled,
        first_claimed_at: from_us(first),
        lease_until,
    })
}
