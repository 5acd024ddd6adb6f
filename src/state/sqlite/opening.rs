//! What the ledger holds without documents: the opening of the books, and what a person let it take over.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use rust_decimal::Decimal;

use super::thread::database;
use super::{damaged, now};
use crate::document::Amounts;
use crate::state::{AbsorbedOrder, Begin, Commit, OpenedOrder, StateError, Undocumented};

/// How far it has come; `None` where none is under way.
pub(super) fn progress(c: &Connection, stream: &str) -> Result<Option<String>, StateError> {
    c.query_row("SELECT opening FROM stream WHERE name = ?1", [stream], |r| r.get(0))
        .map_err(|e| database("read the opening", e))
}

/// True where one is under way that this session can go on with.
pub(super) fn goes_on(c: &Connection, stream: &str, begin: &Begin) -> Result<bool, StateError> {
    let footprint = serde_json::to_string(&begin.footprint).expect("a footprint is always JSON");
    let sql = "SELECT coalesce(opening, '') <> '' AND mapping = ?2 AND footprint = ?3 FROM stream WHERE name = ?1";
    let found = c.query_row(sql, params![stream, begin.mapping, footprint], |r| r.get(0)).optional();
    Ok(found.map_err(|e| database("read the opening", e))?.unwrap_or_default())
}

/// Forgets one that does not go on.
pub(super) fn forget(c: &Connection, stream: &str) -> Result<(), StateError> {
    let run = || {
        c.execute("UPDATE stream SET opening = NULL WHERE name = ?1", [stream])?;
        for table in ["ledger_opening", "ledger_order", "dirty"] {
            c.execute(&format!("DELETE FROM {table} WHERE stream = ?1"), [stream])?;
        }
        Ok(())
    };
    run().map_err(|e| database("forget the last opening", e))
}

/// Writes a commit's part of it. A position ends it.
pub(super) fn write(c: &Connection, stream: &str, commit: &Commit) -> Result<(), StateError> {
    let action = |e| database("write the opening", e);
    for order in &commit.opened {
        let [net, tax, total] = [order.amounts.net, order.amounts.tax, order.amounts.total].map(|a| a.to_string());
        c.prepare_cached(
            "INSERT OR REPLACE INTO ledger_opening (stream, order_id, order_no, reference, net, tax, total, mapping)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .and_then(|mut s| {
            s.execute(params![stream, order.order, order.number, order.reference, net, tax, total, commit.mapping])
        })
        .map_err(action)?;
    }
    for absorbed in &commit.absorbed {
        let [net, tax, total] =
            [absorbed.amounts.net, absorbed.amounts.tax, absorbed.amounts.total].map(|a| a.to_string());
        c.prepare_cached(
            "INSERT INTO ledger_absorbed (stream, order_id, order_no, at_us, reason, net, tax, total, mapping)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .and_then(|mut s| {
            let (order, number, at) = (&absorbed.order, &absorbed.number, now().as_microsecond());
            s.execute(params![stream, order, number, at, absorbed.reason, net, tax, total, commit.mapping])
        })
        .map_err(action)?;
    }
    if let Some(agreed) = &commit.agreed {
        c.execute("UPDATE stream SET agreed = ?2 WHERE name = ?1", [stream, agreed]).map_err(action)?;
    }
    if let Some(at) = commit.unread_before {
        let sql = "UPDATE stream SET unread_before_us = ?2 WHERE name = ?1";
        c.execute(sql, params![stream, at.as_microsecond()]).map_err(action)?;
    }
    let change = match (&commit.opening, &commit.position) {
        (Some(opening), None) => c
            .prepare_cached("UPDATE stream SET opening = ?2 WHERE name = ?1")
            .and_then(|mut s| s.execute(params![stream, opening])),
        (_, Some(_)) => c
            .prepare_cached("UPDATE stream SET opening = NULL WHERE name = ?1 AND opening IS NOT NULL")
            .and_then(|mut s| s.execute([stream])),
        (None, None) => return Ok(()),
    };
    change.map(|_| ()).map_err(action)
}

/// How many orders the opening balance has, and their amounts.
pub(super) fn balance(c: &Connection, stream: &str) -> Result<(u64, Amounts), StateError> {
    sum(c, stream, "SELECT net, tax, total FROM ledger_opening WHERE stream = ?1")
}

/// How many differences were taken over, and their amounts.
pub(super) fn absorbed(c: &Connection, stream: &str) -> Result<(u64, Amounts), StateError> {
    sum(c, stream, "SELECT net, tax, total FROM ledger_absorbed WHERE stream = ?1")
}

fn sum(c: &Connection, stream: &str, sql: &str) -> Result<(u64, Amounts), StateError> {
    let read = || {
        let mut statement = c.prepare(sql)?;
        let rows = statement
            .query_map([stream], |r| Ok([r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?]))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let (mut orders, mut sum) = (0, Amounts::default());
    for texts in read().map_err(|e| database("add up what has no document", e))? {
        orders += 1;
        sum += amounts(stream, texts)?;
    }
    Ok((orders, sum))
}

/// See [`crate::state::State::undocumented`].
pub(super) fn undocumented(c: &Connection, stream: &str, order: &str) -> Result<Undocumented, StateError> {
    type Fields = (String, Option<String>, [String; 3]);
    let fields = |r: &Row<'_>| Ok((r.get(0)?, r.get(1)?, [r.get(2)?, r.get(3)?, r.get(4)?]));
    let read = |sql: &str| {
        let mut statement = c.prepare(sql)?;
        statement.query_map([stream, order], fields)?.collect::<rusqlite::Result<Vec<Fields>>>()
    };
    let failed = |e| database("read what has no document", e);
    let opened =
        read("SELECT order_no, reference, net, tax, total FROM ledger_opening WHERE stream = ?1 AND order_id = ?2");
    let absorbed = read(
        "SELECT order_no, reason, net, tax, total FROM ledger_absorbed WHERE stream = ?1 AND order_id = ?2 ORDER BY at_us",
    );
    let mut found = Undocumented::default();
    for (number, reference, texts) in opened.map_err(failed)? {
        let amounts = amounts(stream, texts)?;
        found.opened = Some(OpenedOrder { order: order.to_owned(), number, reference, amounts });
    }
    for (number, reason, texts) in absorbed.map_err(failed)? {
        let (order, reason, amounts) = (order.to_owned(), reason.unwrap_or_default(), amounts(stream, texts)?);
        found.absorbed.push(AbsorbedOrder { order, number, reason, amounts });
    }
    Ok(found)
}

/// See [`crate::state::State::absorbed_of`].
pub(super) fn absorbed_of(c: &Connection, stream: &str, orders: Vec<String>) -> Result<BTreeSet<String>, StateError> {
    let failed = |e| database("read what has no document", e);
    let sql = "SELECT 1 FROM ledger_absorbed WHERE stream = ?1 AND order_id = ?2";
    let mut statement = c.prepare_cached(sql).map_err(failed)?;
    let mut absorbed = BTreeSet::new();
    for order in orders {
        if statement.exists([stream, &order]).map_err(failed)? {
            absorbed.insert(order);
        }
    }
    Ok(absorbed)
}

fn amounts(stream: &str, texts: [String; 3]) -> Result<Amounts, StateError> {
    match texts.map(|text| text.parse::<Decimal>()) {
        [Ok(net), Ok(tax), Ok(total)] => Ok(Amounts { net, tax, total }),
        _ => Err(damaged(stream, "an amount without a document", "it is not a number")),
    }
}
