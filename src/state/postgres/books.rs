//! What a person says of accounts and items, and what waits for that.

use std::collections::{BTreeMap, BTreeSet};

use super::link::Link;
use super::text::{Texts as _, written};
use super::{damaged, outbox};
use crate::document::Item;
use crate::outbox::MissingItem;
use crate::state::{Attachment, CustomerRecord, Named, StateError};

/// See [`crate::state::State::items`].
pub(super) async fn items(link: &Link, stream: &str) -> Result<BTreeMap<String, Item>, StateError> {
    let rows =
        link.query("read the items", "SELECT sku, item, unit FROM item_map WHERE stream = $1", &[&stream]).await?;
    Ok(rows.iter().map(|row| (row.text(0), Item { number: row.text(1), unit: row.some_text(2) })).collect())
}

/// See [`crate::state::State::add_items`].
pub(super) async fn add_items(
    link: &Link,
    stream: &str,
    items: &BTreeMap<String, Item>,
) -> Result<Vec<String>, StateError> {
    let skus: Vec<_> = items.keys().map(|sku| written(sku)).collect();
    let numbers: Vec<_> = items.values().map(|item| written(&item.number)).collect();
    let units: Vec<_> = items.values().map(|item| item.unit.as_deref().map(written)).collect();
    let sql =
        "INSERT INTO item_map (stream, sku, item, unit) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
               ON CONFLICT (stream, sku) DO UPDATE SET item = excluded.item, unit = excluded.unit";
    link.execute("write the items", sql, &[&stream, &skus, &numbers, &units]).await?;
    // What the ERP lacks under another number may be the very item.
    let lacking = awaited_items(link, stream).await?.into_iter().filter(|item| matches!(item, MissingItem::Item(_)));
    let named = items.keys().cloned().map(MissingItem::Sku);
    outbox::release(link, stream, &named.chain(lacking).collect::<Vec<_>>()).await
}

/// See [`crate::state::State::accounts`].
pub(super) async fn accounts(link: &Link, stream: &str) -> Result<Vec<CustomerRecord>, StateError> {
    let sql = "SELECT k.id, coalesce(l.number, ''), coalesce(l.fingerprint, ''), l.entry, a.account
               FROM (SELECT id FROM ledger_customer WHERE stream = $1 UNION SELECT id FROM account_map WHERE stream = $1) k
               LEFT JOIN ledger_customer l ON l.stream = $1 AND l.id = k.id
               LEFT JOIN account_map a ON a.stream = $1 AND a.id = k.id
               ORDER BY k.id";
    let rows = link.query("read the accounts", sql, &[&stream]).await?;
    let record = |row: &tokio_postgres::Row| CustomerRecord {
        id: row.text(0),
        number: row.text(1),
        fingerprint: row.get(2),
        entry: row.get(3),
        account: row.some_text(4),
    };
    Ok(rows.iter().map(record).collect())
}

/// See [`crate::state::State::add_accounts`].
pub(super) async fn add_accounts(
    link: &Link,
    stream: &str,
    accounts: &BTreeMap<String, String>,
) -> Result<(), StateError> {
    let ids: Vec<_> = accounts.keys().map(|id| written(id)).collect();
    let numbers: Vec<_> = accounts.values().map(|account| written(account)).collect();
    let sql = "INSERT INTO account_map (stream, id, account) SELECT $1, * FROM unnest($2::text[], $3::text[])
               ON CONFLICT (stream, id) DO UPDATE SET account = excluded.account";
    link.execute("write the accounts", sql, &[&stream, &ids, &numbers]).await.map(|_| ())
}

/// Has held orders looked at again, as if they had changed when the stream was last: what held them may be another config's.
pub(super) async fn look_again(link: &Link, stream: &str) -> Result<(), StateError> {
    let sql = "INSERT INTO dirty (stream, kind, id, since_us)
               SELECT o.stream, 'order', o.id, s.clock_us FROM ledger_order o JOIN stream s ON s.name = o.stream
               WHERE o.stream = $1 AND o.held IS NOT NULL AND NOT o.voided
               ON CONFLICT DO NOTHING";
    link.execute("look again at held orders", sql, &[&stream]).await.map(|_| ())
}

/// See [`crate::state::State::awaited_items`].
pub(super) async fn awaited_items(link: &Link, stream: &str) -> Result<BTreeSet<MissingItem>, StateError> {
    let sql = "SELECT DISTINCT waits_for FROM outbox WHERE stream = $1 AND waits_for IS NOT NULL AND state = 'parked'";
    let rows = link.query("read the outbox", sql, &[&stream]).await?;
    let wrong = || damaged(stream, "what an outbox entry waits for", "it is no item");
    rows.iter().map(|row| MissingItem::parse(&row.text(0)).ok_or_else(wrong)).collect()
}

/// See [`crate::state::State::forget`].
pub(super) async fn forget(link: &Link, stream: &str, named: &Named) -> Result<bool, StateError> {
    let (sql, key) = match named {
        Named::Account(customer) => ("DELETE FROM account_map WHERE stream = $1 AND id = $2", customer),
        Named::Item(sku) => ("DELETE FROM item_map WHERE stream = $1 AND sku = $2", sku),
    };
    Ok(link.execute("forget what was named", sql, &[&stream, &written(key)]).await? > 0)
}

/// See [`crate::state::State::attach`].
pub(super) async fn attach(link: &Link, attachment: &Attachment) -> Result<(), StateError> {
    let Attachment { stream, account, names_stream } = attachment;
    let sql = "UPDATE stream SET account = $2, names_stream = $3 WHERE name = $1";
    link.execute("note the ERP account", sql, &[stream, &written(account), names_stream]).await.map(|_| ())
}

/// See [`crate::state::State::attached_to`].
pub(super) async fn attached_to(link: &Link, stream: &str, account: &str) -> Result<Vec<Attachment>, StateError> {
    let sql = "SELECT name, account, names_stream FROM stream WHERE account = $1 AND name <> $2 ORDER BY name";
    let rows = link.query("read the streams", sql, &[&written(account), &stream]).await?;
    let attachment =
        |row: &tokio_postgres::Row| Attachment { stream: row.get(0), account: row.text(1), names_stream: row.get(2) };
    Ok(rows.iter().map(attachment).collect())
}
