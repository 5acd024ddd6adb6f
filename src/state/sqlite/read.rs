//! The statements that only read.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::thread::database;
use super::{damaged, from_us};
use crate::change::{Footprint, Lookup, MirrorRow, Row, TableId, Value};
use crate::state::{CustomerRecord, DirtyKey, DirtyPage, Lacking, LoadedBooks, OrderRecord, RowUnder, StateError};

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

/// See [`crate::state::State::under`].
pub(super) fn under(c: &Connection, stream: &str, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError> {
    type Fields = (String, String, String, Option<String>, Option<i64>);
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT m.tbl, m.key, m.owners, m.cut, m.changed_us FROM owner w
             JOIN mirror m ON m.stream = w.stream AND m.tbl = w.tbl AND m.key = w.key
             WHERE w.stream = ?1 AND w.idx = ?2 AND w.owner = ?3 ORDER BY m.tbl, m.key",
        )?;
        let fields = |r: &SqlRow<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?));
        statement.query_map([stream, index, owner], fields)?.collect::<rusqlite::Result<Vec<Fields>>>()
    };
    let found = read().map_err(|e| database("read the mirror", e))?;
    let row = |(table, key, owners, cut, at): Fields| {
        let wrong = |e| damaged(stream, format!("the owners of row {key} of {table}"), e);
        let owners = serde_json::from_str(&owners).map_err(wrong)?;
        Ok(RowUnder { table, key, owners, changed: cut.zip(at.map(from_us)) })
    };
    found.into_iter().map(row).collect()
}

/// See [`crate::state::State::told_by`].
pub(super) fn told_by(c: &Connection, stream: &str) -> Result<Option<String>, StateError> {
    let sql = "SELECT coalesce(agreed, mapping) FROM stream WHERE name = ?1
                 AND (EXISTS (SELECT 1 FROM ledger_entry WHERE stream = ?1)
                      OR EXISTS (SELECT 1 FROM ledger_opening WHERE stream = ?1))";
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
    let hand = c
        .prepare_cached("SELECT hand FROM stream WHERE name = ?1")
        .and_then(|mut s| s.query_row([stream], |r| r.get(0)).optional())
        .map_err(|e| database("read the stream", e))?;
    let mut books = LoadedBooks { hand: hand.unwrap_or_default(), ..LoadedBooks::default() };
    for id in orders {
        let found = c
            .prepare_cached(
                "SELECT id, number, told, held, waits_for, older, warning FROM ledger_order WHERE stream = ?1 AND id = ?2",
            )
            .and_then(|mut s| s.query_row(params![stream, id], order_fields).optional())
            .map_err(|e| database("read the ledger", e))?;
        books.orders.push(match found {
            Some(fields) => order_record(stream, fields)?,
            None => OrderRecord { id: id.clone(), ..OrderRecord::default() },
        });
        books.lacking.extend(lacking(c, stream, id)?);
    }
    for number in numbers {
        let order = c
            .prepare_cached(
                "SELECT l.order_id FROM outbox o JOIN ledger_entry l ON l.entry = o.seq
                 WHERE o.stream = ?1 AND o.kind = 'sales_order' AND o.number = ?2 AND o.kind <> 'customer' AND o.state <> 'skipped'",
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

/// The order's documents that wait in vain; see [`Lacking`].
fn lacking(c: &Connection, stream: &str, order: String) -> Result<Option<Lacking>, StateError> {
    let found: Option<(i64, String)> = c
        .prepare_cached(
            "SELECT seq, told_before FROM outbox o
             WHERE stream = ?1 AND lane = ?2 AND state NOT IN ('delivered', 'skipped') AND state = 'parked' AND absent
               AND told_before IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.stream = o.stream AND p.lane = o.lane AND p.seq < o.seq
                                 AND p.state NOT IN ('delivered', 'skipped'))",
        )
        .and_then(|mut s| {
            s.query_row(params![stream, format!("order:{order}")], |r| Ok((r.get(0)?, r.get(1)?))).optional()
        })
        .map_err(|e| database("read the outbox", e))?;
    let Some((from, before)) = found else { return Ok(None) };
    let told =
        serde_json::from_str(&before).map_err(|e| damaged(stream, format!("the ledger of order {order} before"), e))?;
    Ok(Some(Lacking { order, from, told }))
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

/// See [`crate::state::State::orders_called`].
pub(super) fn orders_called(c: &Connection, stream: &str, called: &str) -> Result<Vec<OrderRecord>, StateError> {
    let read = || {
        let mut statement = c.prepare(
            "SELECT id, number, told, held, waits_for, older, warning FROM ledger_order
             WHERE stream = ?1 AND (id = ?2 OR number = ?2) ORDER BY id",
        )?;
        let rows = statement.query_map(params![stream, called], order_fields)?;
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
                SELECT max(due, coalesce((SELECT e.shut_until_us FROM erp e JOIN stream s ON e.account = coalesce(s.account, s.name)
                                          WHERE s.name = ?1), 0)) AS due FROM (
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
