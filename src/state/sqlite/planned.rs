//! Plans as the outbox has kept them, and delivered documents that go back on their way.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::along::PAST_MAX;
use super::outbox::{self, Entry};
use super::thread::database;
use super::{damaged, from_us, now};
use crate::outbox::{EntryState, Lane, SkipHow};
use crate::state::planned::{Found, redelivered};
use crate::state::{CustomerRecord, PlannedEntry, Redelivered, StateError, ToldBefore};

/// See [`crate::state::State::planned`].
pub(super) fn planned(
    c: &Connection,
    stream: &str,
    before: Option<i64>,
    entries_max: usize,
) -> Result<Vec<PlannedEntry>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT seq, lane, kind, number, fingerprint, state, skip, told_before IS NOT NULL, payload = '', cut, changed_us,
                    delivered_us
             FROM outbox WHERE stream = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
        )?;
        let max = i64::try_from(entries_max).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![stream, before.unwrap_or(i64::MAX), max], fields)?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let found = read().map_err(|e| database("read the outbox", e))?;
    found.into_iter().map(|fields| entry(stream, fields)).collect()
}

/// An entry with the texts that have to be understood: lane, state, way of skipping.
type Fields = (PlannedEntry, String, String, Option<String>);

fn fields(r: &SqlRow<'_>) -> rusqlite::Result<Fields> {
    let entry = PlannedEntry {
        seq: r.get(0)?,
        lane: Lane::Order(String::new()),
        kind: r.get(2)?,
        number: r.get(3)?,
        fingerprint: r.get(4)?,
        state: EntryState::Parked,
        skip: None,
        first: r.get(7)?,
        pruned: r.get(8)?,
        cut: r.get(9)?,
        changed_at: from_us(r.get(10)?),
        delivered_at: r.get::<_, Option<i64>>(11)?.map(from_us),
    };
    Ok((entry, r.get(1)?, r.get(5)?, r.get(6)?))
}

fn entry(stream: &str, (entry, lane, state, skip): Fields) -> Result<PlannedEntry, StateError> {
    let wrong = |what: &str| damaged(stream, format!("the {what} of outbox entry {}", entry.seq), "it is none");
    let skip = skip.map(|how| SkipHow::parse(&how).ok_or_else(|| wrong("way of skipping"))).transpose()?;
    Ok(PlannedEntry {
        lane: Lane::parse(&lane).ok_or_else(|| wrong("lane"))?,
        state: EntryState::parse(&state).ok_or_else(|| wrong("state"))?,
        skip,
        ..entry
    })
}

/// See [`crate::state::State::told_before`].
pub(super) fn told_before(
    c: &Connection,
    stream: &str,
    orders: &[i64],
    customers: Vec<String>,
    from: i64,
) -> Result<ToldBefore, StateError> {
    let mut before = ToldBefore::default();
    for (seq, json) in kept(c, stream, orders).map_err(|e| database("read the ledger before a document", e))? {
        let told = serde_json::from_str(&json)
            .map_err(|e| damaged(stream, format!("the ledger before outbox entry {seq}"), e))?;
        before.orders.insert(seq, told);
    }
    for id in customers {
        let lane = Lane::Customer(id.clone()).name();
        // What is open is found by its lane; of the rest, what was ever sent.
        let found = c
            .prepare_cached(
                "SELECT seq, number, fingerprint FROM
                    (SELECT seq, number, fingerprint, skip FROM outbox
                     WHERE stream = ?1 AND lane = ?2 AND seq < ?3 AND posting_date IS NOT NULL
                     UNION ALL
                     SELECT seq, number, fingerprint, skip FROM outbox
                     WHERE stream = ?1 AND lane = ?2 AND seq < ?3 AND state NOT IN ('delivered', 'skipped'))
                 WHERE skip IS NOT 'void' ORDER BY seq DESC LIMIT 1",
            )
            .and_then(|mut s| {
                s.query_row(params![stream, lane, from], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()
            })
            .map_err(|e| database("read a customer before", e))?;
        if let Some((seq, number, fingerprint)) = found {
            before.customers.push(CustomerRecord { id, number, fingerprint, entry: Some(seq), account: None });
        }
    }
    Ok(before)
}

/// What is kept with some entries of what was told before them, as JSON. Entries that lie near one another, as they do where all of
/// a time are asked for, are read in one go.
fn kept(c: &Connection, stream: &str, entries: &[i64]) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut wanted = entries.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let (mut left, mut found) = (wanted.as_slice(), Vec::with_capacity(wanted.len()));
    // By the sequence number, whatever other index there is.
    let mut statement =
        c.prepare_cached("SELECT seq, told_before FROM outbox WHERE seq >= ?1 AND +stream = ?2 ORDER BY seq")?;
    while let Some(next) = left.first() {
        let mut rows = statement.query(params![next, stream])?;
        let mut past = 0;
        while past <= PAST_MAX {
            let Some(row) = rows.next()? else { return Ok(found) };
            let seq: i64 = row.get(0)?;
            left = &left[left.partition_point(|wanted| *wanted < seq)..];
            match left.first() {
                None => return Ok(found),
                Some(wanted) if *wanted == seq => {
                    found.extend(row.get::<_, Option<String>>(1)?.map(|json| (seq, json)));
                    past = 0;
                }
                Some(_) => past += 1,
            }
        }
    }
    Ok(found)
}

/// See [`crate::state::State::redeliver`].
pub(super) fn redeliver(
    c: &Connection,
    stream: &str,
    wanted: &[i64],
    look_up_after: Duration,
) -> Result<Redelivered, StateError> {
    let Some(first) = wanted.iter().min() else { return Ok(Redelivered::default()) };
    let done = redelivered(wanted, &found(c, stream, *first)?);
    let at = now();
    let from = at.saturating_add(look_up_after).unwrap_or(at);
    for (seq, _) in &done.entries {
        let lives: Vec<Entry> = outbox::entries(c, stream, "seq = ?2", &[seq])?;
        for mut entry in lives {
            entry.life.redeliver(from);
            outbox::write(c, &entry)?;
            c.prepare_cached(
                "UPDATE outbox SET reference = NULL, erp_net = NULL, erp_tax = NULL, erp_total = NULL, delivered_us = NULL
                 WHERE seq = ?1",
            )
            .and_then(|mut s| s.execute([entry.seq]))
            .map_err(|e| database("doubt a document", e))?;
        }
    }
    if !done.entries.is_empty() {
        outbox::touch(c, stream)?;
    }
    Ok(done)
}

fn found(c: &Connection, stream: &str, first: i64) -> Result<Vec<Found>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT seq, lane, number, state, payload = '' FROM outbox
             WHERE stream = ?1 AND seq >= ?2
               AND (state IN ('delivered', 'sending') OR (kind = 'customer' AND state = 'skipped' AND skip = ?3))
             ORDER BY seq",
        )?;
        let rows = statement.query_map(params![stream, first, SkipHow::ByHand.as_str()], |r| {
            let state = match r.get::<_, String>(3)?.as_str() {
                "sending" => EntryState::Sending,
                "skipped" => EntryState::Skipped,
                _ => EntryState::Delivered,
            };
            Ok(Found { seq: r.get(0)?, lane: r.get(1)?, number: r.get(2)?, state, pruned: r.get(4)? })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read the outbox", e))
}
