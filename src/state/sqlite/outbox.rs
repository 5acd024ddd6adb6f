//! Entries' lives: each is read, changed by a function of [`Life`], and written back.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::thread::database;
use super::{damaged, from_us, now};
use crate::document::Document;
use crate::outbox::{Breaker, Claimed, EntryState, Gate, Life, MissingItem, Rate, Settled, SkipHow, Transition};
use crate::state::claim::{Claiming, Head};
use crate::state::{Attempt, ClaimTerms, Skipped, StateError, Which, said};

/// A life, and what finds it.
pub(super) struct Entry {
    pub seq: i64,
    pub lane: String,
    pub number: String,
    pub life: Life,
}

/// The columns that [`entry`] reads.
const ENTRY: &str =
    "seq, lane, number, state, not_before_us, claim, lease_until_us, claimed_us, maybe_sent, absent, attempts, garbled,
    posting_date, said, waits_for, skip";

/// See [`crate::state::State::take_up`].
pub(super) fn take_up(c: &Connection, stream: &str, look_up_after: Duration) -> Result<(), StateError> {
    let at = now();
    let from = at.saturating_add(look_up_after).unwrap_or(at);
    for mut entry in entries(c, stream, "state NOT IN ('delivered', 'skipped')", &[])? {
        let before = entry.life.clone();
        entry.life.doubt(from);
        if entry.life != before {
            write(c, &entry)?;
        }
    }
    let mut breaker = breaker(c, stream)?;
    if breaker.shut_until.is_some() {
        breaker.shut_until = Some(at);
        write_breaker(c, stream, breaker)?;
    }
    Ok(())
}

/// See [`crate::state::State::claim`].
pub(super) fn claim(c: &Connection, stream: &str, terms: &ClaimTerms) -> Result<Vec<Claimed>, StateError> {
    let at = now();
    let lapsed = entries(c, stream, "state = 'sending' AND lease_until_us < ?2", &[&at.as_microsecond()])?;
    for mut entry in lapsed {
        entry.life.lapse(at, terms.late_max);
        write(c, &entry)?;
    }
    let mut breaker = breaker(c, stream)?;
    let due = claimable(c, stream, at, terms.max).map_err(|e| database("look for entries", e))?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let gate = breaker.gate(at, terms.lease);
    let max = match gate {
        Gate::Open => terms.max,
        Gate::Probe => {
            write_breaker(c, stream, breaker)?;
            1
        }
        Gate::Shut(_) => 0,
    };
    let claim = |seq: i64| claim_one(c, stream, seq, at, terms, gate == Gate::Probe);
    due.into_iter().take(max).map(claim).collect()
}

/// Turns all claims into doubts: nobody else can be at work.
pub(super) fn abandon(c: &Connection, stream: &str, at: Timestamp, late_max: Duration) -> Result<(), StateError> {
    for mut entry in entries(c, stream, "state = 'sending'", &[])? {
        entry.life.abandon(at, late_max);
        write(c, &entry)?;
    }
    Ok(())
}

/// See [`crate::state::State::settle`].
pub(super) fn settle(
    c: &Connection,
    stream: &str,
    claimed: &Claimed,
    transition: &Transition,
    attempt: &Attempt,
) -> Result<Settled, StateError> {
    let at = now();
    let mut breaker = breaker(c, stream)?;
    let before = breaker;
    breaker.note(attempt.health, claimed.probe, &attempt.breaker, at);
    if breaker != before {
        write_breaker(c, stream, breaker)?;
    }
    let Some(mut entry) = entries(c, stream, "seq = ?2", &[&claimed.seq])?.pop() else { return Ok(Settled::Fenced) };
    let settled = entry.life.settle(claimed.claim, transition, claimed.probe, at);
    if settled == Settled::Applied {
        write(c, &entry)?;
    }
    let duration = i64::try_from(attempt.duration.as_micros()).unwrap_or(i64::MAX);
    c.prepare_cached(
        "INSERT OR REPLACE INTO attempt (entry, claim, at_us, duration_us, verdict, said) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .and_then(|mut s| {
        let at = at.as_microsecond();
        s.execute(params![claimed.seq, claimed.claim, at, duration, attempt.verdict, transition.reason()])
    })
    .map_err(|e| database("record an attempt", e))?;
    Ok(settled)
}

/// See [`crate::state::State::retry`].
pub(super) fn retry(c: &Connection, stream: &str, which: &Which) -> Result<Vec<String>, StateError> {
    go_on(c, stream, |entry| which.has(entry.seq, &entry.number))
}

/// See [`crate::state::State::release`].
pub(super) fn release(c: &Connection, stream: &str, items: &[MissingItem]) -> Result<Vec<String>, StateError> {
    go_on(c, stream, |entry| entry.life.waits_for.as_ref().is_some_and(|item| items.contains(item)))
}

fn go_on(c: &Connection, stream: &str, wanted: impl Fn(&Entry) -> bool) -> Result<Vec<String>, StateError> {
    let at = now();
    let mut numbers = Vec::new();
    for mut entry in parked(c, stream)?.into_iter().filter(wanted) {
        entry.life.retry(at);
        write(c, &entry)?;
        numbers.push(entry.number);
    }
    if !numbers.is_empty() {
        touch(c, stream)?;
    }
    Ok(numbers)
}

/// See [`crate::state::State::skip`].
pub(super) fn skip(
    c: &Connection,
    stream: &str,
    which: &Which,
    how: SkipHow,
    reason: &str,
) -> Result<Vec<Skipped>, StateError> {
    let mut skipped: Vec<Skipped> = Vec::new();
    for mut entry in parked(c, stream)?.into_iter().filter(|e| which.has(e.seq, &e.number)) {
        // It may have gone with one before it.
        if skipped.iter().any(|s| s.seq == entry.seq) {
            continue;
        }
        entry.life.skip(how, reason);
        write(c, &entry)?;
        skipped.push(seen(&entry));
        if how == SkipHow::Void {
            void(c, stream, &entry, reason, &mut skipped)?;
        }
    }
    if !skipped.is_empty() {
        touch(c, stream)?;
    }
    Ok(skipped)
}

/// See [`crate::state::State::would_skip`].
pub(super) fn would_skip(
    c: &Connection,
    stream: &str,
    which: &Which,
    how: SkipHow,
) -> Result<Vec<Skipped>, StateError> {
    let mark = |sql| c.execute_batch(sql).map_err(|e| database("rehearse a skip", e));
    mark("SAVEPOINT rehearsal")?;
    let skipped = skip(c, stream, which, how, "");
    mark("ROLLBACK TO rehearsal; RELEASE rehearsal")?;
    skipped
}

/// Takes back what an entry has told, with all that follows it in its lane.
fn void(
    c: &Connection,
    stream: &str,
    voided: &Entry,
    reason: &str,
    skipped: &mut Vec<Skipped>,
) -> Result<(), StateError> {
    let why = said::voided(&voided.number, reason);
    let mut gone = vec![voided.seq];
    let later = "lane = ?2 AND seq > ?3 AND state NOT IN ('delivered', 'skipped')";
    for mut entry in entries(c, stream, later, &[&voided.lane, &voided.seq])? {
        if entry.life.follow(SkipHow::Void, &why) {
            write(c, &entry)?;
            gone.push(entry.seq);
            skipped.push(seen(&entry));
        }
    }
    let mut dependents = Vec::new();
    for seq in &gone {
        let waiting = "depends_on = ?2 AND state NOT IN ('delivered', 'skipped')";
        dependents.extend(entries(c, stream, waiting, &[seq])?);
    }
    dependents.sort_by_key(|entry| entry.seq);
    for mut entry in dependents {
        // One that is parked already stays as it is, and may be skipped in the same breath.
        if entry.life.park(&said::dependent(&why)) {
            write(c, &entry)?;
            skipped.push(seen(&entry));
        }
    }
    take_back(c, stream, voided, &why)
}

/// The ledger as if an entry had never been told.
fn take_back(c: &Connection, stream: &str, voided: &Entry, why: &str) -> Result<(), StateError> {
    if let Some(customer) = voided.lane.strip_prefix("customer:") {
        c.execute(
            "UPDATE ledger_customer SET fingerprint = '' WHERE stream = ?1 AND id = ?2",
            params![stream, customer],
        )
        .map_err(|e| database("take back a customer", e))?;
        return Ok(());
    }
    let before: Option<String> = c
        .query_row("SELECT told_before FROM outbox WHERE seq = ?1", [voided.seq], |r| r.get(0))
        .map_err(|e| database("read the ledger before a document", e))?;
    let (Some(before), Some(order)) = (before, voided.lane.strip_prefix("order:")) else {
        return Err(said::not_void(&voided.number));
    };
    let told: crate::ledger::Told = serde_json::from_str(&before)
        .map_err(|e| damaged(stream, format!("the ledger before {}", voided.number), e))?;
    let amounts = told.amounts();
    let amounts = [amounts.net, amounts.tax, amounts.total].map(|a| a.to_string());
    c.execute(
        "UPDATE ledger_order SET told = ?3, net = ?4, tax = ?5, total = ?6, held = ?7, waits_for = NULL, voided = 1
         WHERE stream = ?1 AND id = ?2",
        params![stream, order, before, amounts[0], amounts[1], amounts[2], why],
    )
    .and_then(|_| {
        c.execute(
            "DELETE FROM ledger_entry WHERE entry IN (SELECT seq FROM outbox WHERE stream = ?1 AND lane = ?2 AND seq >= ?3)",
            params![stream, voided.lane, voided.seq],
        )
    })
    .map_err(|e| database("take back an order", e))?;
    Ok(())
}

/// Takes out what a newer plan takes the place of: all of the order's documents from `from` on.
pub(super) fn supersede(c: &Connection, stream: &str, order: &str, from: i64) -> Result<(), StateError> {
    let later = "lane = ?2 AND seq >= ?3 AND state NOT IN ('delivered', 'skipped')";
    let lane = format!("order:{order}");
    for mut entry in entries(c, stream, later, &[&lane, &from])? {
        entry.life.follow(SkipHow::Superseded, said::SUPERSEDED);
        write(c, &entry)?;
        c.execute("DELETE FROM ledger_entry WHERE entry = ?1", [entry.seq])
            .map_err(|e| database("take back a document", e))?;
    }
    Ok(())
}

/// See [`crate::state::State::reserve`].
pub(super) fn reserve(
    c: &Connection,
    stream: &str,
    endpoint: &str,
    rate: Rate,
    requests: u32,
) -> Result<Duration, StateError> {
    let run = || {
        let account = account(c, stream)?;
        let arrival: Option<i64> = c
            .prepare_cached("SELECT arrival_us FROM pace WHERE account = ?1 AND endpoint = ?2")?
            .query_row(params![account, endpoint], |r| r.get(0))
            .optional()?;
        let (next, wait) = rate.reserve(arrival.map(from_us), requests, now());
        c.prepare_cached("INSERT OR REPLACE INTO pace (account, endpoint, arrival_us) VALUES (?1, ?2, ?3)")?
            .execute(params![account, endpoint, next.as_microsecond()])?;
        Ok(wait)
    };
    run().map_err(|e| database("reserve requests", e))
}

/// See [`crate::state::State::prune`].
pub(super) fn prune(c: &Connection, stream: &str, age: Duration, entries_max: usize) -> Result<usize, StateError> {
    let before = now().saturating_sub(age).unwrap_or(Timestamp::MIN).as_microsecond();
    let max = i64::try_from(entries_max).unwrap_or(i64::MAX);
    let run = || {
        let seqs: Vec<i64> = c
            .prepare_cached(
                "SELECT seq FROM outbox WHERE stream = ?1 AND state IN ('delivered', 'skipped') AND payload <> ''
                   AND planned_us < ?2 AND coalesce(delivered_us, planned_us) < ?2 ORDER BY planned_us LIMIT ?3",
            )?
            .query_map(params![stream, before, max], |r| r.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for seq in &seqs {
            c.prepare_cached("UPDATE outbox SET payload = '', told_before = NULL WHERE seq = ?1")?.execute([seq])?;
            c.prepare_cached("DELETE FROM attempt WHERE entry = ?1")?.execute([seq])?;
        }
        Ok(seqs.len())
    };
    run().map_err(|e| database("forget old payloads", e))
}

fn seen(entry: &Entry) -> Skipped {
    Skipped { seq: entry.seq, number: entry.number.clone(), state: entry.life.state }
}

/// Plans that read the outbox before this are made again.
pub(super) fn touch(c: &Connection, stream: &str) -> Result<(), StateError> {
    c.execute("UPDATE stream SET hand = hand + 1 WHERE name = ?1", [stream])
        .map(|_| ())
        .map_err(|e| database("note a change by hand", e))
}

fn parked(c: &Connection, stream: &str) -> Result<Vec<Entry>, StateError> {
    entries(c, stream, "state = 'parked' AND state NOT IN ('delivered', 'skipped')", &[])
}

/// Entries that pass a condition, by number.
pub(super) fn entries(
    c: &Connection,
    stream: &str,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<Entry>, StateError> {
    let read = || {
        let mut statement =
            c.prepare_cached(&format!("SELECT {ENTRY} FROM outbox WHERE stream = ?1 AND {condition} ORDER BY seq"))?;
        let values: Vec<&dyn rusqlite::ToSql> =
            std::iter::once(&stream as &dyn rusqlite::ToSql).chain(values.iter().copied()).collect();
        let rows = statement.query_map(values.as_slice(), fields)?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let rows = read().map_err(|e| database("read the outbox", e))?;
    rows.into_iter().map(|fields| entry(stream, fields)).collect()
}

/// An entry with the texts that have to be understood.
struct Fields {
    entry: Entry,
    state: String,
    posting_date: Option<String>,
    waits_for: Option<String>,
    skip: Option<String>,
}

fn fields(r: &SqlRow<'_>) -> rusqlite::Result<Fields> {
    let life = Life {
        not_before: from_us(r.get(4)?),
        claim: r.get(5)?,
        lease_until: r.get::<_, Option<i64>>(6)?.map(from_us),
        first_claimed_at: r.get::<_, Option<i64>>(7)?.map(from_us),
        maybe_sent: r.get(8)?,
        absent: r.get(9)?,
        attempts: r.get(10)?,
        garbled: r.get(11)?,
        said: r.get(13)?,
        ..Life::born(EntryState::Pending, Timestamp::UNIX_EPOCH, None)
    };
    Ok(Fields {
        entry: Entry { seq: r.get(0)?, lane: r.get(1)?, number: r.get(2)?, life },
        state: r.get(3)?,
        posting_date: r.get(12)?,
        waits_for: r.get(14)?,
        skip: r.get(15)?,
    })
}

fn entry(stream: &str, fields: Fields) -> Result<Entry, StateError> {
    let mut entry = fields.entry;
    let wrong = |what: &str, seq: i64| damaged(stream, format!("the {what} of outbox entry {seq}"), "it is none");
    entry.life.state = EntryState::parse(&fields.state).ok_or_else(|| wrong("state", entry.seq))?;
    if let Some(text) = fields.posting_date {
        entry.life.posting_date = Some(text.parse().map_err(|_| wrong("posting date", entry.seq))?);
    }
    if let Some(text) = fields.waits_for {
        entry.life.waits_for = Some(MissingItem::parse(&text).ok_or_else(|| wrong("awaited item", entry.seq))?);
    }
    if let Some(text) = fields.skip {
        entry.life.skip = Some(SkipHow::parse(&text).ok_or_else(|| wrong("way of skipping", entry.seq))?);
    }
    Ok(entry)
}

pub(super) fn write(c: &Connection, entry: &Entry) -> Result<(), StateError> {
    let life = &entry.life;
    let us = |at: Option<Timestamp>| at.map(|at| at.as_microsecond());
    let amounts = life.amounts.map(|a| [a.net, a.tax, a.total].map(|a| a.to_string()));
    let amount = |i: usize| amounts.as_ref().map(|a| a[i].as_str());
    c.prepare_cached(
        "UPDATE outbox SET state = ?2, not_before_us = ?3, claim = ?4, lease_until_us = ?5, claimed_us = ?6, maybe_sent = ?7,
                absent = ?8, attempts = ?9, garbled = ?10, posting_date = ?11, said = ?12, waits_for = ?13, skip = ?14,
                reference = coalesce(?15, reference), erp_net = coalesce(?16, erp_net), erp_tax = coalesce(?17, erp_tax),
                erp_total = coalesce(?18, erp_total), delivered_us = coalesce(?19, delivered_us)
         WHERE seq = ?1",
    )
    .and_then(|mut s| {
        s.execute(params![
            entry.seq,
            life.state.as_str(),
            life.not_before.as_microsecond(),
            life.claim,
            us(life.lease_until),
            us(life.first_claimed_at),
            life.maybe_sent,
            life.absent,
            life.attempts,
            life.garbled,
            life.posting_date.map(|d| d.to_string()),
            life.said,
            life.waits_for.as_ref().map(MissingItem::name),
            life.skip.map(SkipHow::as_str),
            life.reference,
            amount(0),
            amount(1),
            amount(2),
            us(life.delivered_at),
        ])
    })
    .map(|_| ())
    .map_err(|e| database("write an entry", e))
}

/// The ERP account of the stream; a stream that is not attached yet has one of its own.
fn account(c: &Connection, stream: &str) -> rusqlite::Result<String> {
    c.prepare_cached("SELECT coalesce(account, name) FROM stream WHERE name = ?1")?.query_row([stream], |r| r.get(0))
}

fn breaker(c: &Connection, stream: &str) -> Result<Breaker, StateError> {
    let read = || {
        c.prepare_cached(
            "SELECT e.failures, e.shut_until_us FROM erp e JOIN stream s ON e.account = coalesce(s.account, s.name) WHERE s.name = ?1",
        )?
        .query_row([stream], |r| {
            Ok(Breaker { failures: r.get(0)?, shut_until: r.get::<_, Option<i64>>(1)?.map(from_us) })
        })
        .optional()
    };
    Ok(read().map_err(|e| database("read the ERP's breaker", e))?.unwrap_or_default())
}

fn write_breaker(c: &Connection, stream: &str, breaker: Breaker) -> Result<(), StateError> {
    let run = || {
        let account = account(c, stream)?;
        let until = breaker.shut_until.map(|at| at.as_microsecond());
        c.prepare_cached("INSERT OR REPLACE INTO erp (account, failures, shut_until_us) VALUES (?1, ?2, ?3)")?
            .execute(params![account, breaker.failures, until])
    };
    run().map(|_| ()).map_err(|e| database("write the ERP's breaker", e))
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

fn claim_one(
    c: &Connection,
    stream: &str,
    seq: i64,
    at: Timestamp,
    terms: &ClaimTerms,
    probe: bool,
) -> Result<Claimed, StateError> {
    let missing = || damaged(stream, format!("outbox entry {seq}"), "it is gone");
    let mut entry = entries(c, stream, "seq = ?2", &[&seq])?.pop().ok_or_else(missing)?;
    let (document, posted) = contents(c, stream, &entry)?;
    let head = Head { seq, lane: entry.lane.clone(), document, posted };
    let claiming = Claiming { at, number: rand::random_range(1..i64::MAX), probe };
    let claimed = terms.take(head, &mut entry.life, &claiming);
    write(c, &entry)?;
    Ok(claimed)
}

/// A stored document, which must be what was planned.
pub(super) fn document(stream: &str, seq: i64, payload: &str, fingerprint: &str) -> Result<Document, StateError> {
    let what = || format!("the document of outbox entry {seq}");
    let document: Document = serde_json::from_str(payload).map_err(|e| damaged(stream, what(), e))?;
    match document.fingerprint() == fingerprint {
        true => Ok(document),
        false => Err(damaged(stream, what(), "its content is not what was planned")),
    }
}

/// The document, as it was planned, and the posting date of the lane's entries before it.
fn contents(c: &Connection, stream: &str, entry: &Entry) -> Result<(Document, Option<Date>), StateError> {
    let (payload, fingerprint): (String, String) = c
        .prepare_cached("SELECT payload, fingerprint FROM outbox WHERE seq = ?1")
        .and_then(|mut s| s.query_row([entry.seq], |r| Ok((r.get(0)?, r.get(1)?))))
        .map_err(|e| database("claim an entry", e))?;
    let document = document(stream, entry.seq, &payload, &fingerprint)?;
    let before: Option<String> = c
        .prepare_cached("SELECT max(posting_date) FROM outbox WHERE stream = ?1 AND lane = ?2 AND seq < ?3 AND posting_date IS NOT NULL")
        .and_then(|mut s| s.query_row(params![stream, entry.lane, entry.seq], |r| r.get(0)))
        .map_err(|e| database("claim an entry", e))?;
    let before = before.map(|day| day.parse().map_err(|e| damaged(stream, "a posting date", e))).transpose()?;
    Ok((document, before))
}
