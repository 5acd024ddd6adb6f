//! What a person says of accounts and items, and what waits for that.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::thread::database;
use super::{damaged, outbox};
use crate::document::Item;
use crate::outbox::MissingItem;
use crate::state::{Attachment, CustomerRecord, Named, StateError};

/// See [`crate::state::State::items`].
pub(super) fn items(c: &Connection, stream: &str) -> Result<BTreeMap<String, Item>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached("SELECT sku, item, unit FROM item_map WHERE stream = ?1")?;
        let rows = statement.query_map([stream], |r| Ok((r.get(0)?, Item { number: r.get(1)?, unit: r.get(2)? })))?;
        rows.collect::<rusqlite::Result<BTreeMap<_, _>>>()
    };
    read().map_err(|e| database("read the items", e))
}

/// See [`crate::state::State::add_items`].
pub(super) fn add_items(
    c: &Connection,
    stream: &str,
    items: &BTreeMap<String, Item>,
) -> Result<Vec<String>, StateError> {
    for (sku, item) in items {
        c.prepare_cached("INSERT OR REPLACE INTO item_map (stream, sku, item, unit) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| s.execute(params![stream, sku, item.number, item.unit]))
            .map_err(|e| database("write the items", e))?;
    }
    // What the ERP lacks under another number may be the very item.
    let lacking = awaited_items(c, stream)?.into_iter().filter(|item| matches!(item, MissingItem::Item(_)));
    let named = items.keys().cloned().map(MissingItem::Sku);
    release(c, stream, &named.chain(lacking).collect::<Vec<_>>())
}

/// See [`crate::state::State::accounts`].
pub(super) fn accounts(c: &Connection, stream: &str) -> Result<Vec<CustomerRecord>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT k.id, coalesce(l.number, ''), coalesce(l.fingerprint, ''), l.entry, a.account
             FROM (SELECT id FROM ledger_customer WHERE stream = ?1 UNION SELECT id FROM account_map WHERE stream = ?1) k
             LEFT JOIN ledger_customer l ON l.stream = ?1 AND l.id = k.id
             LEFT JOIN account_map a ON a.stream = ?1 AND a.id = k.id
             ORDER BY k.id",
        )?;
        let rows = statement.query_map([stream], |r| {
            Ok(CustomerRecord {
                id: r.get(0)?,
                number: r.get(1)?,
                fingerprint: r.get(2)?,
                entry: r.get(3)?,
                account: r.get(4)?,
            })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read the accounts", e))
}

/// See [`crate::state::State::add_accounts`].
pub(super) fn add_accounts(
    c: &Connection,
    stream: &str,
    accounts: &BTreeMap<String, String>,
) -> Result<(), StateError> {
    for (id, account) in accounts {
        c.prepare_cached("INSERT OR REPLACE INTO account_map (stream, id, account) VALUES (?1, ?2, ?3)")
            .and_then(|mut s| s.execute(params![stream, id, account]))
            .map_err(|e| database("write the accounts", e))?;
    }
    Ok(())
}

/// Has held orders looked at again, as if they had changed when the stream was last: what held them may be another config's.
pub(super) fn look_again(c: &Connection, stream: &str) -> Result<(), StateError> {
    c.execute(
        "INSERT OR IGNORE INTO dirty (stream, kind, id, since_us)
         SELECT o.stream, 'order', o.id, s.clock_us FROM ledger_order o INDEXED BY ledger_order_held JOIN stream s ON s.name = o.stream
         WHERE o.stream = ?1 AND o.held IS NOT NULL AND NOT o.voided",
        [stream],
    )
    .map_err(|e| database("look again at held orders", e))?;
    Ok(())
}

/// See [`crate::state::State::awaited_items`].
pub(super) fn awaited_items(c: &Connection, stream: &str) -> Result<BTreeSet<MissingItem>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT DISTINCT waits_for FROM outbox WHERE stream = ?1 AND waits_for IS NOT NULL AND state = 'parked'",
        )?;
        let rows = statement.query_map([stream], |r| r.get::<_, String>(0))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let names = read().map_err(|e| database("read the outbox", e))?;
    let parse = |name: String| {
        MissingItem::parse(&name).ok_or_else(|| damaged(stream, "what an outbox entry waits for", "it is no item"))
    };
    names.into_iter().map(parse).collect()
}

/// See [`crate::state::State::release`].
pub(super) fn release(c: &Connection, stream: &str, items: &[MissingItem]) -> Result<Vec<String>, StateError> {
    outbox::release(c, stream, items)
}

/// See [`crate::state::State::forget`].
pub(super) fn forget(c: &Connection, stream: &str, named: &Named) -> Result<bool, StateError> {
    let (sql, key) = match named {
        Named::Account(customer) => ("DELETE FROM account_map WHERE stream = ?1 AND id = ?2", customer),
        Named::Item(sku) => ("DELETE FROM item_map WHERE stream = ?1 AND sku = ?2", sku),
    };
    Ok(c.execute(sql, [stream, key]).map_err(|e| database("forget what was named", e))? > 0)
}

/// See [`crate::state::State::attach`].
pub(super) fn attach(c: &Connection, attachment: &Attachment) -> Result<(), StateError> {
    let Attachment { stream, account, names_stream } = attachment;
    c.execute(
        "UPDATE stream SET account = ?2, names_stream = ?3 WHERE name = ?1",
        params![stream, account, names_stream],
    )
    .map_err(|e| database("note the ERP account", e))?;
    Ok(())
}

/// See [`crate::state::State::attached_to`].
pub(super) fn attached_to(c: &Connection, stream: &str, account: &str) -> Result<Vec<Attachment>, StateError> {
    let read = || {
        let mut statement =
            c.prepare_cached("SELECT name, account, names_stream FROM stream WHERE account = ?1 AND name <> ?2")?;
        let rows = statement.query_map([account, stream], |r| {
            Ok(Attachment { stream: r.get(0)?, account: r.get(1)?, names_stream: r.get(2)? })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|e| database("read the streams", e))
}
