//! Plans as the outbox has kept them, and delivered documents that go back on their way.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::outbox::{self, Entry};
use super::thread::database;
use super::{damaged, from_us, now};
use crate::outbox::{EntryState, Lane, SkipHow};
use crate::state::planned::{Found, redelivered};
use crate::state::{CustomerRecord, KeptTold, PlannedEntry, Redelivered, StateError};

/// See [`crate::state::State::planned`].
pub(super) fn planned(
    c: &Connection,
    stream: &str,
    before: Option<i64>,
    entries_max: usize,
) -> Result<Vec<PlannedEntry>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT seq, lane, kind, number, fingerprint, state, skip, told_before, payload = '', cut, changed_us,
                    delivered_us
             FROM outbox WHERE stream = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
        )?;
        let max = i64::try_from(entries_max).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![stream, before.unwrap_or(i64::MAX), max], |r| entry(stream, r))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let found = read().map_err(|e| database("read the outbox", e))?;
    found.into_iter().collect()
}

fn entry(stream: &str, r: &SqlRow<'_>) -> rusqlite::Result<Result<PlannedEntry, StateError>> {
    let seq: i64 = r.get(0)?;
    let text = |column: usize| r.get_ref(column).and_then(|value| Ok(value.as_str()?));
    let or_null = |column: usize| r.get_ref(column).and_then(|value| Ok(value.as_str_or_null()?));
    let wrong = |what: &str| damaged(stream, format!("the {what} of outbox entry {seq}"), "it is none");
    let how = or_null(6)?;
    let (lane, state, skip) = (Lane::parse(text(1)?), EntryState::parse(text(5)?), how.and_then(SkipHow::parse));
    Ok(match (lane, state) {
        (None, _) => Err(wrong("lane")),
        (_, None) => Err(wrong("state")),
        _ if skip.is_none() && how.is_some() => Err(wrong("way of skipping")),
        (Some(lane), Some(state)) => Ok(PlannedEntry {
            seq,
            lane,
            kind: text(2)?.into(),
            number: text(3)?.into(),
            fingerprint: r.get(4)?,
            state,
            skip,
            told_before: or_null(7)?.map(KeptTold::new),
            pruned: r.get(8)?,
            cut: text(9)?.into(),
            changed_at: from_us(r.get(10)?),
            delivered_at: r.get::<_, Option<i64>>(11)?.map(from_us),
        }),
    })
}

/// See [`crate::state::State::customers_before`].
pub(super) fn customers_before(
    c: &Connection,
    stream: &str,
    customers: Vec<String>,
    from: i64,
) -> Result<Vec<CustomerRecord>, StateError> {
    let mut before = Vec::with_capacity(customers.len());
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
            before.push(CustomerRecord { id, number, fingerprint, entry: Some(seq), account: None });
        }
    }
    Ok(before)
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
