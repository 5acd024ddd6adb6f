//! The statements that only read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};
use rust_decimal::Decimal;

use super::thread::database;
use super::{damaged, from_us};
use crate::change::{Footprint, Lookup, MirrorRow, Position, Row, TableId, Value};
use crate::document::Amounts;
use crate::outbox::EntryState;
use crate::state::{
    CustomerRecord, DirtyKey, DirtyPage, EntryInfo, HeldOrder, LISTED_MAX, LoadedBooks, OrderRecord, StateError,
    Summary,
};

/// See [`crate::state::State::load`].
pub(super) fn mirror(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    lookups: Vec<Lookup>,
) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError> {
    let mut answers = Vec::with_capacity(lookups.len());
    for lookup in lookups {
        let rows = match &lookup {
            Lookup::Row { table, key } => by_key(c, stream, footprint, *table, key)?.into_iter().collect(),
            Lookup::Owned { index, owner } => owned(c, stream, footprint, index, owner)?,
        };
        answers.push((lookup, rows));
    }
    Ok(answers)
}

/// See [`crate::state::State::mirrored`].
pub(super) fn mirrored(c: &Connection, stream: &str, footprint: &Footprint) -> Result<BTreeSet<TableId>, StateError> {
    let mut mirrored = BTreeSet::new();
    for (id, table) in footprint.tables.iter().enumerate() {
        let found: bool = c
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM mirror WHERE stream = ?1 AND tbl = ?2)",
                params![stream, table.table],
                |r| r.get(0),
            )
            .map_err(|e| database("read the mirror", e))?;
        if found {
            mirrored.insert(id);
        }
    }
    Ok(mirrored)
}

/// See [`crate::state::State::rows`].
pub(super) fn rows(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    table: TableId,
    after: Option<&str>,
    rows_max: usize,
) -> Result<Vec<MirrorRow>, StateError> {
    let name = &footprint.tables[table].table;
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT key, row FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key > ?3 ORDER BY key LIMIT ?4",
        )?;
        let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![stream, name, after.unwrap_or_default(), limit], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let found = read().map_err(|e| database("read the mirror", e))?;
    found.into_iter().map(|(key, json)| mirror_row(stream, footprint, table, key, &json)).collect()
}

/// See [`crate::state::State::told_by`].
pub(super) fn told_by(c: &Connection, stream: &str) -> Result<Option<String>, StateError> {
    let sql = "SELECT mapping FROM stream WHERE name = ?1 AND EXISTS (SELECT 1 FROM ledger_entry WHERE stream = ?1)";
    c.query_row(sql, [stream], |r| r.get(0)).optional().map_err(|e| database("read the mapping's version", e))
}

/// See [`crate::state::State::load_books`].
pub(super) fn books(
    c: &Connection,
    stream: &str,
    orders: Vec<String>,
    customers: Vec<String>,
    numbers: Vec<String>,
) -> Result<LoadedBooks, StateError> {
    let mut books = LoadedBooks::default();
    for id in orders {
        let found = c
            .prepare_cached(
                "SELECT id, number, told, held, waits_for, older, warning FROM ledger_order WHERE stream = ?1 AND id = ?2",
            )
            .and_then(|mut s| s.query_row(params![stream, id], order_fields).optional())
            .map_err(|e| database("read the ledger", e))?;
        books.orders.push(match found {
            Some(fields) => order_record(stream, fields)?,
            None => OrderRecord { id, ..OrderRecord::default() },
        });
    }
    for number in numbers {
        let order = c
            .prepare_cached(
                "SELECT l.order_id FROM outbox o JOIN ledger_entry l ON l.entry = o.seq
                 WHERE o.stream = ?1 AND o.kind = 'sales_order' AND o.number = ?2 AND o.kind <> 'customer'",
            )
            .and_then(|mut s| s.query_row(params![stream, number], |r| r.get(0)).optional())
            .map_err(|e| database("read the ledger", e))?;
        books.numbers.push((number, order));
    }
    for id in customers {
        let found = c
            .prepare_cached("SELECT number, fingerprint, entry FROM ledger_customer WHERE stream = ?1 AND id = ?2")
            .and_then(|mut s| {
                s.query_row(params![stream, id], |r| {
                    Ok(CustomerRecord {
                        id: id.clone(),
                        number: r.get(0)?,
                        fingerprint: r.get(1)?,
                        entry: Some(r.get(2)?),
                        account: None,
                    })
                })
                .optional()
            })
            .map_err(|e| database("read the ledger", e))?;
        let account = c
            .prepare_cached("SELECT account FROM account_map WHERE stream = ?1 AND id = ?2")
            .and_then(|mut s| s.query_row(params![stream, id], |r| r.get(0)).optional())
            .map_err(|e| database("read the account map", e))?;
        let record = found.unwrap_or(CustomerRecord { id, ..CustomerRecord::default() });
        books.customers.push(CustomerRecord { account, ..record });
    }
    Ok(books)
}

/// See [`crate::state::State::orders`].
pub(super) fn orders(c: &Connection, stream: &str) -> Result<Vec<OrderRecord>, StateError> {
    let read = || {
        let mut statement = c.prepare(
            "SELECT id, number, told, held, waits_for, older, warning FROM ledger_order WHERE stream = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([stream], order_fields)?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let fields = read().map_err(|e| database("read the ledger", e))?;
    fields.into_iter().map(|f| order_record(stream, f)).collect()
}

/// See [`crate::state::State::next_due`].
pub(super) fn next_due(c: &Connection, stream: &str) -> Result<Option<Timestamp>, StateError> {
    let due: Option<i64> = c
        .prepare_cached(
            "SELECT min(due) FROM (
                SELECT * FROM (
                    SELECT not_before_us AS due FROM outbox o INDEXED BY outbox_waiting
                    WHERE stream = ?1 AND state IN ('pending', 'unknown')
                      AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.stream = o.stream AND p.lane = o.lane AND p.seq < o.seq
                                        AND p.state NOT IN ('delivered', 'skipped'))
                      AND (depends_on IS NULL
                           OR EXISTS (SELECT 1 FROM outbox d WHERE d.seq = o.depends_on AND d.state IN ('delivered', 'skipped')))
                    ORDER BY not_before_us LIMIT 1)
                UNION ALL
                SELECT min(lease_until_us) FROM outbox WHERE stream = ?1 AND state = 'sending')",
        )
        .and_then(|mut s| s.query_row([stream], |r| r.get(0)))
        .map_err(|e| database("look for the next entry", e))?;
    Ok(due.map(from_us))
}

/// See [`crate::state::State::summary`].
pub(super) fn summary(c: &Connection, stream: &str) -> Result<Summary, StateError> {
    let db = |e| database("read the summary", e);
    let found: Option<(Option<String>, i64)> = c
        .query_row("SELECT position, clock_us FROM stream WHERE name = ?1", [stream], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()
        .map_err(db)?;
    let (position, clock) = found.unwrap_or((None, 0));
    let (held, warned) = (listed(c, stream, "held").map_err(db)?, listed(c, stream, "warning").map_err(db)?);
    Ok(Summary {
        stream: stream.to_owned(),
        position: position.map(Position),
        clock: (clock != 0).then(|| from_us(clock)),
        outbox: counts(c, "SELECT state, count(*) FROM outbox WHERE stream = ?1 GROUP BY state", stream).map_err(db)?,
        documents: documents(c, stream).map_err(db)?,
        settling: count(c, "SELECT count(*) FROM dirty WHERE stream = ?1", stream).map_err(db)?,
        told: told(c, stream)?,
        held_count: count(c, "SELECT count(*) FROM ledger_order WHERE stream = ?1 AND held IS NOT NULL", stream)
            .map_err(db)?,
        held,
        warned_count: count(c, "SELECT count(*) FROM ledger_order WHERE stream = ?1 AND warning IS NOT NULL", stream)
            .map_err(db)?,
        warned,
        parked: entries(c, stream, Some(EntryState::Parked))?,
        failing: failing(c, stream)?,
    })
}

/// Entries that the relay has failed with and still works on.
fn failing(c: &Connection, stream: &str) -> Result<Vec<EntryInfo>, StateError> {
    let mut failing: Vec<EntryInfo> = Vec::new();
    for state in [EntryState::Pending, EntryState::Unknown] {
        failing.extend(entries(c, stream, Some(state))?.into_iter().filter(|e| e.said.is_some()));
    }
    failing.sort_by_key(|e| e.seq);
    failing.truncate(LISTED_MAX);
    Ok(failing)
}

/// See [`crate::state::State::entries`].
pub(super) fn entries(c: &Connection, stream: &str, only: Option<EntryState>) -> Result<Vec<EntryInfo>, StateError> {
    let read = || {
        let mut statement = c.prepare(
            "SELECT o.seq, o.lane, o.kind, l.reason, o.number, coalesce(l.order_no, ''), coalesce(l.total, '0'), o.state,
                    o.attempts, o.said, o.reference, o.planned_us, o.delivered_us, o.cut
             FROM outbox o LEFT JOIN ledger_entry l ON l.entry = o.seq
             WHERE o.stream = ?1 AND (?2 IS NULL OR o.state = ?2) ORDER BY o.seq LIMIT ?3",
        )?;
        let limit = if only.is_some() { i64::try_from(LISTED_MAX).unwrap_or(i64::MAX) } else { -1 };
        let rows = statement.query_map(params![stream, only.map(EntryState::as_str), limit], entry_info)?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read the outbox", e))
}

fn by_key(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    table: usize,
    key: &str,
) -> Result<Option<MirrorRow>, StateError> {
    let name = &footprint.tables[table].table;
    let json: Option<String> = c
        .prepare_cached("SELECT row FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key = ?3")
        .and_then(|mut s| s.query_row(params![stream, name, key], |r| r.get(0)).optional())
        .map_err(|e| database("read the mirror", e))?;
    json.map(|json| mirror_row(stream, footprint, table, key.to_owned(), &json)).transpose()
}

fn owned(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    index: &str,
    owner: &str,
) -> Result<Vec<MirrorRow>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT m.tbl, m.key, m.row FROM owner w JOIN mirror m ON m.stream = w.stream AND m.tbl = w.tbl AND m.key = w.key
             WHERE w.stream = ?1 AND w.idx = ?2 AND w.owner = ?3",
        )?;
        let rows = statement.query_map(params![stream, index, owner], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let rows = read().map_err(|e| database("read the mirror", e))?;
    rows.into_iter()
        .map(|(name, key, json)| {
            let table =
                footprint.tables.iter().position(|t| t.table == name).ok_or_else(|| {
                    damaged(stream, format!("the owner index {index}"), format!("unknown table {name}"))
                })?;
            mirror_row(stream, footprint, table, key, &json)
        })
        .collect()
}

fn mirror_row(
    stream: &str,
    footprint: &Footprint,
    table: usize,
    key: String,
    json: &str,
) -> Result<MirrorRow, StateError> {
    let name = &footprint.tables[table].table;
    let what = || format!("row {key} of {name}");
    let values: Vec<Value> = serde_json::from_str(json).map_err(|e| damaged(stream, what(), e))?;
    if values.len() != footprint.tables[table].columns.len() {
        return Err(damaged(stream, what(), format!("it has {} columns", values.len())));
    }
    let row: Row = values.into();
    Ok(MirrorRow { table, key, row })
}

type OrderFields = (String, String, String, Option<String>, Option<String>, bool, Option<String>);

fn order_fields(r: &SqlRow<'_>) -> rusqlite::Result<OrderFields> {
    Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?))
}

fn order_record(
    stream: &str,
    (id, number, told, held, waits_for, older, warning): OrderFields,
) -> Result<OrderRecord, StateError> {
    let told = serde_json::from_str(&told).map_err(|e| damaged(stream, format!("the ledger of order {id}"), e))?;
    Ok(OrderRecord { id, number, told, held, waits_for, older, warning })
}

fn entry_info(r: &SqlRow<'_>) -> rusqlite::Result<EntryInfo> {
    let (state, total): (String, String) = (r.get(7)?, r.get(6)?);
    Ok(EntryInfo {
        seq: r.get(0)?,
        lane: r.get(1)?,
        kind: r.get(2)?,
        reason: r.get(3)?,
        number: r.get(4)?,
        order: r.get(5)?,
        total: total.parse().unwrap_or_default(),
        state: EntryState::parse(&state).unwrap_or(EntryState::Parked),
        attempts: r.get(8)?,
        said: r.get(9)?,
        reference: r.get(10)?,
        planned_at: from_us(r.get(11)?),
        delivered_at: r.get::<_, Option<i64>>(12)?.map(from_us),
        cut: r.get(13)?,
    })
}

/// Orders with something in this column, and what.
fn listed(c: &Connection, stream: &str, column: &str) -> rusqlite::Result<Vec<HeldOrder>> {
    let mut statement = c.prepare(&format!(
        "SELECT CASE WHEN number = '' THEN id ELSE number END, {column} FROM ledger_order
         WHERE stream = ?1 AND {column} IS NOT NULL ORDER BY id LIMIT ?2",
    ))?;
    let rows = statement
        .query_map(params![stream, LISTED_MAX as i64], |r| Ok(HeldOrder { order: r.get(0)?, reason: r.get(1)? }))?;
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

/// See [`crate::state::State::dirty`].
pub(super) fn dirty(c: &Connection, stream: &str, documents_max: usize) -> Result<DirtyPage, StateError> {
    let run = || {
        let mut statement = c.prepare_cached(
            "SELECT kind, id, since_us FROM dirty WHERE stream = ?1 ORDER BY since_us, kind, id LIMIT ?2",
        )?;
        let rows = statement.query_map(
            params![stream, i64::try_from(documents_max).unwrap_or(i64::MAX).saturating_add(1)],
            |r| {
                let (kind, id, since): (String, String, i64) = (r.get(0)?, r.get(1)?, r.get(2)?);
                let key = if kind == "customer" { DirtyKey::Customer(id) } else { DirtyKey::Order(id) };
                Ok((key, from_us(since)))
            },
        )?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let mut documents = run().map_err(|e| database("read settle times", e))?;
    let more_from = documents.get(documents_max).map(|(_, since)| *since);
    documents.truncate(documents_max);
    Ok(DirtyPage { documents, more_from })
}
