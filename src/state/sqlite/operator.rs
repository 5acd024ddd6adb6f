//! What an operator sees: the summary, lists, and one entry's whole history.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};
use rust_decimal::Decimal;

use super::thread::database;
use super::{damaged, from_us, opening, outbox};
use crate::change::Position;
use crate::document::Amounts;
use crate::outbox::{EntryState, SkipHow};
use crate::state::{
    AttemptInfo, EntryFilter, EntryHistory, EntryInfo, Gauges, HeldOrder, LISTED_MAX, StateError, Summary,
};

/// See [`crate::state::State::streams`].
pub(super) fn streams(c: &Connection) -> Result<Vec<String>, StateError> {
    let read = || {
        let mut statement = c.prepare("SELECT name FROM stream ORDER BY name")?;
        let rows = statement.query_map([], |r| r.get(0))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read the streams", e))
}

/// See [`crate::state::State::gauges`].
pub(super) fn gauges(c: &Connection, stream: &str) -> Result<Gauges, StateError> {
    let db = |e| database("read the gauges", e);
    let found: Option<(Option<String>, i64, i64)> = c
        .prepare_cached("SELECT position, clock_us, epoch FROM stream WHERE name = ?1")
        .and_then(|mut s| s.query_row([stream], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional())
        .map_err(db)?;
    let (position, clock, epoch) = match found {
        Some((position, clock, epoch)) => (position.map(Position), (clock != 0).then(|| from_us(clock)), Some(epoch)),
        None => (None, None, None),
    };
    let open =
        "SELECT state, count(*) FROM outbox WHERE stream = ?1 AND state NOT IN ('delivered', 'skipped') GROUP BY state";
    let open = counts(c, open, stream).map_err(db)?;
    let known = |(name, n): (String, u64)| {
        let state = EntryState::parse(&name)
            .ok_or_else(|| damaged(stream, "a state in the outbox", format!("{name} is none")))?;
        Ok((state, n))
    };
    Ok(Gauges {
        position,
        clock,
        epoch,
        open: open.into_iter().map(known).collect::<Result<_, StateError>>()?,
        waiting_since: waiting_since(c, stream).map_err(db)?,
        erp_shut_until: shut_until(c, stream).map_err(db)?,
        held: held_count(c, stream).map_err(db)?,
        settling: settling(c, stream).map_err(db)?,
    })
}

/// See [`crate::state::State::summary`].
pub(super) fn summary(c: &Connection, stream: &str) -> Result<Summary, StateError> {
    let db = |e| database("read the summary", e);
    let found: Option<(Option<String>, i64)> = c
        .query_row("SELECT position, clock_us FROM stream WHERE name = ?1", [stream], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()
        .map_err(db)?;
    let (position, clock) = found.unwrap_or((None, 0));
    let (opened, opened_amounts) = opening::balance(c, stream)?;
    let (absorbed, absorbed_amounts) = opening::absorbed(c, stream)?;
    let (held, warned) = (some_listed(c, stream, "held").map_err(db)?, some_listed(c, stream, "warning").map_err(db)?);
    Ok(Summary {
        stream: stream.to_owned(),
        position: position.map(Position),
        clock: (clock != 0).then(|| from_us(clock)),
        outbox: counts(c, "SELECT state, count(*) FROM outbox WHERE stream = ?1 GROUP BY state", stream).map_err(db)?,
        documents: documents(c, stream).map_err(db)?,
        waiting_since: waiting_since(c, stream).map_err(db)?,
        erp_shut_until: shut_until(c, stream).map_err(db)?,
        settling: settling(c, stream).map_err(db)?,
        told: told(c, stream)?,
        opened,
        opened_amounts,
        absorbed,
        absorbed_amounts,
        held_count: held_count(c, stream).map_err(db)?,
        held,
        warned_count: count(c, "SELECT count(*) FROM ledger_order WHERE stream = ?1 AND warning IS NOT NULL", stream)
            .map_err(db)?,
        warned,
        parked: some(c, stream, EntryState::Parked)?,
        failing: failing(c, stream)?,
    })
}

fn settling(c: &Connection, stream: &str) -> rusqlite::Result<u64> {
    count(c, "SELECT count(*) FROM dirty WHERE stream = ?1", stream)
}

fn held_count(c: &Connection, stream: &str) -> rusqlite::Result<u64> {
    count(
        c,
        "SELECT count(*) FROM ledger_order INDEXED BY ledger_order_held WHERE stream = ?1 AND held IS NOT NULL",
        stream,
    )
}

fn waiting_since(c: &Connection, stream: &str) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT planned_us FROM outbox WHERE stream = ?1 AND state NOT IN ('delivered', 'skipped') ORDER BY seq LIMIT 1";
    Ok(c.query_row(sql, [stream], |r| r.get(0)).optional()?.map(from_us))
}

fn shut_until(c: &Connection, stream: &str) -> rusqlite::Result<Option<Timestamp>> {
    let sql =
        "SELECT e.shut_until_us FROM erp e JOIN stream s ON e.account = coalesce(s.account, s.name) WHERE s.name = ?1";
    Ok(c.query_row(sql, [stream], |r| r.get::<_, Option<i64>>(0)).optional()?.flatten().map(from_us))
}

/// Entries that the relay has failed with and still works on.
fn failing(c: &Connection, stream: &str) -> Result<Vec<EntryInfo>, StateError> {
    let mut failing: Vec<EntryInfo> = Vec::new();
    for state in [EntryState::Pending, EntryState::Unknown] {
        failing.extend(some(c, stream, state)?.into_iter().filter(|e| e.said.is_some()));
    }
    failing.sort_by_key(|e| e.seq);
    failing.truncate(LISTED_MAX);
    Ok(failing)
}

/// See [`crate::state::State::list`].
pub(super) fn list(c: &Connection, stream: &str, filter: &EntryFilter) -> Result<Vec<EntryInfo>, StateError> {
    let states = serde_json::to_string(&filter.states).expect("names are always JSON");
    let max = filter.max.map_or(-1, |max| i64::try_from(max).unwrap_or(i64::MAX));
    let read = || {
        let mut statement = c.prepare(&format!(
            "SELECT {INFO} FROM outbox o LEFT JOIN ledger_entry l ON l.entry = o.seq
             WHERE o.stream = ?1 AND (?2 = '[]' OR o.state IN (SELECT value FROM json_each(?2)))
               AND (?3 IS NULL OR o.kind = ?3) AND (?4 IS NULL OR l.order_no = ?4) AND (?5 IS NULL OR o.number = ?5)
               AND (?6 IS NULL OR o.lane = ?6)
             ORDER BY o.seq LIMIT ?7"
        ))?;
        let rows = statement.query_map(
            params![stream, states, filter.kind, filter.order, filter.number, filter.lane, max],
            entry_info,
        )?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let found = read().map_err(|e| database("read the outbox", e))?;
    found.into_iter().map(|read| read.understood(stream)).collect()
}

/// Some entries in one state.
fn some(c: &Connection, stream: &str, state: EntryState) -> Result<Vec<EntryInfo>, StateError> {
    list(c, stream, &EntryFilter { states: vec![state], max: Some(LISTED_MAX), ..EntryFilter::default() })
}

/// See [`crate::state::State::held`].
pub(super) fn held(c: &Connection, stream: &str) -> Result<Vec<HeldOrder>, StateError> {
    listed(c, stream, "held", -1).map_err(|e| database("read held orders", e))
}

/// See [`crate::state::State::history`].
pub(super) fn history(c: &Connection, stream: &str, seq: i64) -> Result<Option<EntryHistory>, StateError> {
    let read = || {
        c.prepare(&format!(
            "SELECT {INFO}, o.payload, o.fingerprint, o.depends_on, o.not_before_us, o.lease_until_us, o.maybe_sent, o.absent,
                    o.posting_date, o.skip, o.erp_net, o.erp_tax, o.erp_total, o.changed_us
             FROM outbox o LEFT JOIN ledger_entry l ON l.entry = o.seq WHERE o.stream = ?1 AND o.seq = ?2"
        ))?
        .query_row(params![stream, seq], whole)
        .optional()
    };
    let Some(found) = read().map_err(|e| database("read the outbox", e))? else { return Ok(None) };
    let mut history = found.understood(stream)?;
    history.attempts_made = attempts(c, seq).map_err(|e| database("read attempts", e))?;
    Ok(Some(history))
}

/// A history with the texts that have to be understood.
struct Whole {
    entry: Read,
    payload: String,
    posting_date: Option<String>,
    skip: Option<String>,
    erp_amounts: [Option<String>; 3],
    rest: Rest,
}

/// What needs no understanding.
struct Rest {
    fingerprint: String,
    depends_on: Option<i64>,
    not_before: Timestamp,
    lease_until: Option<Timestamp>,
    maybe_sent: bool,
    absent: bool,
    changed_at: Timestamp,
}

fn whole(r: &SqlRow<'_>) -> rusqlite::Result<Whole> {
    let at = |column: usize| INFO_COLUMNS + column;
    Ok(Whole {
        entry: entry_info(r)?,
        payload: r.get(at(0))?,
        posting_date: r.get(at(7))?,
        skip: r.get(at(8))?,
        erp_amounts: [r.get(at(9))?, r.get(at(10))?, r.get(at(11))?],
        rest: Rest {
            fingerprint: r.get(at(1))?,
            depends_on: r.get(at(2))?,
            not_before: from_us(r.get(at(3))?),
            lease_until: r.get::<_, Option<i64>>(at(4))?.map(from_us),
            maybe_sent: r.get(at(5))?,
            absent: r.get(at(6))?,
            changed_at: from_us(r.get(at(12))?),
        },
    })
}

impl Whole {
    fn understood(self, stream: &str) -> Result<EntryHistory, StateError> {
        let seq = self.entry.info.seq;
        let wrong = |what: &str, reason: &str| damaged(stream, format!("the {what} of outbox entry {seq}"), reason);
        let Rest { fingerprint, depends_on, not_before, lease_until, maybe_sent, absent, changed_at } = self.rest;
        let document = match self.payload.as_str() {
            "" => None,
            text => Some(outbox::document(stream, seq, text, &fingerprint)?),
        };
        let amount = |text: &String| text.parse::<Decimal>().map_err(|_| wrong("ERP's amount", "it is not a number"));
        let erp_amounts = match &self.erp_amounts {
            [Some(net), Some(tax), Some(total)] => {
                Some(Amounts { net: amount(net)?, tax: amount(tax)?, total: amount(total)? })
            }
            _ => None,
        };
        let day = |text: String| text.parse().map_err(|_| wrong("posting date", "it is no day"));
        let how = |text: String| SkipHow::parse(&text).ok_or_else(|| wrong("way of skipping", "it is none"));
        Ok(EntryHistory {
            document,
            fingerprint,
            depends_on,
            not_before,
            lease_until,
            maybe_sent,
            absent,
            posting_date: self.posting_date.map(day).transpose()?,
            skip: self.skip.map(how).transpose()?,
            erp_amounts,
            changed_at,
            attempts_made: Vec::new(),
            entry: self.entry.understood(stream)?,
        })
    }
}

fn attempts(c: &Connection, seq: i64) -> rusqlite::Result<Vec<AttemptInfo>> {
    let mut statement =
        c.prepare("SELECT at_us, verdict, duration_us, said FROM attempt WHERE entry = ?1 ORDER BY at_us")?;
    let rows = statement.query_map([seq], |r| {
        let ms = r.get::<_, i64>(2)?.unsigned_abs() / 1000;
        Ok(AttemptInfo { at: from_us(r.get(0)?), verdict: r.get(1)?, ms, said: r.get(3)? })
    })?;
    rows.collect()
}

/// The columns of [`EntryInfo`].
const INFO: &str =
    "o.seq, o.lane, o.kind, l.reason, o.number, coalesce(l.order_no, ''), coalesce(l.total, '0'), o.state,
    o.attempts, o.said, o.reference, o.planned_us, o.delivered_us, o.cut";

/// How many they are.
const INFO_COLUMNS: usize = 14;

/// An entry with the texts that have to be understood.
struct Read {
    state: String,
    total: String,
    info: EntryInfo,
}

impl Read {
    fn understood(self, stream: &str) -> Result<EntryInfo, StateError> {
        let seq = self.info.seq;
        let wrong = |what: &str, found: &str, is: &str| {
            damaged(stream, format!("the {what} of outbox entry {seq}"), format!("\"{found}\" is {is}"))
        };
        let state = EntryState::parse(&self.state).ok_or_else(|| wrong("state", &self.state, "none"))?;
        let total = self.total.parse().map_err(|_| wrong("total", &self.total, "not a number"))?;
        Ok(EntryInfo { state, total, ..self.info })
    }
}

fn entry_info(r: &SqlRow<'_>) -> rusqlite::Result<Read> {
    let info = EntryInfo {
        seq: r.get(0)?,
        lane: r.get(1)?,
        kind: r.get(2)?,
        reason: r.get(3)?,
        number: r.get(4)?,
        order: r.get(5)?,
        total: Decimal::ZERO,
        state: EntryState::Parked,
        attempts: r.get(8)?,
        said: r.get(9)?,
        reference: r.get(10)?,
        planned_at: from_us(r.get(11)?),
        delivered_at: r.get::<_, Option<i64>>(12)?.map(from_us),
        cut: r.get(13)?,
    };
    Ok(Read { state: r.get(7)?, total: r.get(6)?, info })
}

/// Orders with something in this column, and what.
fn some_listed(c: &Connection, stream: &str, column: &str) -> rusqlite::Result<Vec<HeldOrder>> {
    listed(c, stream, column, LISTED_MAX as i64)
}

fn listed(c: &Connection, stream: &str, column: &str, max: i64) -> rusqlite::Result<Vec<HeldOrder>> {
    let mut statement = c.prepare(&format!(
        "SELECT CASE WHEN number = '' THEN id ELSE number END, {column} FROM ledger_order
         WHERE stream = ?1 AND {column} IS NOT NULL ORDER BY id LIMIT ?2",
    ))?;
    let rows = statement.query_map(params![stream, max], |r| Ok(HeldOrder { order: r.get(0)?, reason: r.get(1)? }))?;
    rows.collect()
}

fn counts(c: &Connection, sql: &str, stream: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut statement = c.prepare(sql)?;
    let rows = statement.query_map([stream], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?.unsigned_abs())))?;
    rows.collect()
}

fn documents(c: &Connection, stream: &str) -> rusqlite::Result<BTreeMap<String, u64>> {
    let sql =
        "SELECT coalesce('credit_note_' || reason, kind), count(*) FROM ledger_entry WHERE stream = ?1 GROUP BY 1";
    let mut documents = counts(c, sql, stream)?;
    let customers = count(c, "SELECT count(*) FROM ledger_customer WHERE stream = ?1", stream)?;
    documents.insert("customer".into(), customers);
    Ok(documents)
}

fn count(c: &Connection, sql: &str, stream: &str) -> rusqlite::Result<u64> {
    c.query_row(sql, [stream], |r| r.get::<_, i64>(0)).map(i64::unsigned_abs)
}

/// Adds up in exact decimals: SQLite's own sum would go through floats.
fn told(c: &Connection, stream: &str) -> Result<Amounts, StateError> {
    let read = || {
        let mut statement = c.prepare("SELECT net, tax, total FROM ledger_order WHERE stream = ?1")?;
        let rows = statement
            .query_map([stream], |r| Ok([r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?]))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let mut sum = Amounts::default();
    for texts in read().map_err(|e| database("add up the ledger", e))? {
        let [net, tax, total] = texts.map(|t| t.parse::<Decimal>());
        match (net, tax, total) {
            (Ok(net), Ok(tax), Ok(total)) => sum += Amounts { net, tax, total },
            _ => return Err(damaged(stream, "an amount of the ledger", "it is not a number")),
        }
    }
    Ok(sum)
}
