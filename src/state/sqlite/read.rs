//! The statements that only read.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::thread::database;
use super::{damaged, from_us};
use crate::change::Position;
use crate::state::{CustomerRecord, DirtyKey, DirtyPage, Lacking, LoadedBooks, OrderRecord, StateError};

/// See [`crate::state::State::position`].
pub(super) fn position(c: &Connection, stream: &str) -> Result<Option<Position>, StateError> {
    let position: Option<Option<String>> = c
        .prepare_cached("SELECT position FROM stream WHERE name = ?1")
        .and_then(|mut s| s.query_row([stream], |r| r.get(0)).optional())
        .map_err(|e| database("read the stream", e))?;
    Ok(position.flatten().map(Position))
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
    books.numbers = told_under(c, stream, numbers).map_err(|e| database("read the ledger", e))?;
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

/// By number, the order that was told under it.
fn told_under(c: &Connection, stream: &str, numbers: Vec<String>) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut statement = c.prepare_cached(
        "SELECT l.order_id FROM outbox o JOIN ledger_entry l ON l.entry = o.seq
         WHERE o.stream = ?1 AND o.kind = 'sales_order' AND o.number = ?2 AND o.kind <> 'customer' AND o.state <> 'skipped'",
    )?;
    let mut order = |number: &str| statement.query_row([stream, number], |r| r.get(0)).optional();
    numbers.into_iter().map(|number| order(&number).map(|order| (number, order))).collect()
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
