//! What capture reads of the ledger and of the documents that changed.

use std::collections::BTreeMap;

use futures_util::future::join5;
use jiff::Timestamp;
use tokio_postgres::Row as SqlRow;

use super::link::{Link, all};
use super::text::{Texts as _, written};
use super::{damaged, from_us};
use crate::change::Position;
use crate::state::{CustomerRecord, DirtyKey, DirtyPage, Lacking, LoadedBooks, OrderRecord, StateError};

const ACTION: &str = "read the ledger";

/// Statements that answer what [`order_record`] reads.
macro_rules! orders {
    ($rest:literal) => {
        concat!("SELECT o.id, o.number, o.told, o.held, o.waits_for, o.older, o.warning FROM ledger_order o ", $rest)
    };
}

/// See [`crate::state::State::position`].
pub(super) async fn position(link: &Link, stream: &str) -> Result<Option<Position>, StateError> {
    let row = link.first("read the stream", "SELECT position FROM stream WHERE name = $1", &[&stream]).await?;
    Ok(row.and_then(|row| row.some_text(0)).map(Position))
}

/// See [`crate::state::State::told_by`].
pub(super) async fn told_by(link: &Link, stream: &str) -> Result<Option<String>, StateError> {
    let sql = "SELECT coalesce(agreed, mapping) FROM stream WHERE name = $1
                 AND (EXISTS (SELECT 1 FROM ledger_entry WHERE stream = $1)
                      OR EXISTS (SELECT 1 FROM ledger_opening WHERE stream = $1))";
    Ok(link.first("read the mapping's version", sql, &[&stream]).await?.map(|row| row.get(0)))
}

/// See [`crate::state::State::load_books`].
pub(super) async fn books(
    link: &Link,
    stream: &str,
    orders: Vec<String>,
    customers: Vec<String>,
    numbers: Vec<String>,
) -> Result<LoadedBooks, StateError> {
    // It is read first: what a person changes after that is seen by the commit.
    let hand = link.first("read the stream", "SELECT hand FROM stream WHERE name = $1", &[&stream]).await?;
    let ask = async |sql: &'static str, keys: &[String]| match keys.is_empty() {
        true => Ok(Vec::new()),
        false => link.query(ACTION, sql, &[&stream, &keys.iter().map(|key| written(key)).collect::<Vec<_>>()]).await,
    };
    let answers = join5(
        ask(orders!("WHERE o.stream = $1 AND o.id = ANY($2)"), &orders),
        ask(
            "SELECT substr(o.lane, 7), o.seq, o.told_before
             FROM unnest($2::text[]) AS k (id) JOIN outbox o ON o.stream = $1 AND o.lane = 'order:' || k.id
             WHERE o.state NOT IN ('delivered', 'skipped') AND o.state = 'parked' AND o.absent AND o.told_before IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.stream = o.stream AND p.lane = o.lane AND p.seq < o.seq
                                 AND p.state NOT IN ('delivered', 'skipped'))",
            &orders,
        ),
        ask(
            "SELECT o.number, l.order_id FROM unnest($2::text[]) AS k (number)
             JOIN outbox o ON o.stream = $1 AND o.kind = 'sales_order' AND o.number = k.number AND o.kind <> 'customer'
                          AND o.state <> 'skipped'
             JOIN ledger_entry l ON l.entry = o.seq",
            &numbers,
        ),
        ask("SELECT id, number, fingerprint, entry FROM ledger_customer WHERE stream = $1 AND id = ANY($2)", &customers),
        ask("SELECT id, account FROM account_map WHERE stream = $1 AND id = ANY($2)", &customers),
    );
    let (a, b, c, d, e) = answers.await;
    let [found_orders, lacking, found_numbers, found_customers, accounts]: [Vec<SqlRow>; 5] =
        all([a, b, c, d, e])?.try_into().unwrap_or_default();
    let mut by_id = BTreeMap::new();
    for row in &found_orders {
        let record = order_record(stream, row)?;
        by_id.insert(record.id.clone(), record);
    }
    let order = |id: String| by_id.get(&id).cloned().unwrap_or_else(|| OrderRecord { id, ..OrderRecord::default() });
    let told_under: BTreeMap<String, String> = found_numbers.iter().map(|row| (row.text(0), row.text(1))).collect();
    let number = |number: String| {
        let order = told_under.get(&number).cloned();
        (number, order)
    };
    Ok(LoadedBooks {
        hand: hand.map_or(0, |row| row.get(0)),
        orders: orders.into_iter().map(order).collect(),
        customers: customer_records(customers, &found_customers, &accounts),
        numbers: numbers.into_iter().map(number).collect(),
        lacking: lacking.iter().map(|row| lacking_order(stream, row)).collect::<Result<_, _>>()?,
    })
}

fn lacking_order(stream: &str, row: &SqlRow) -> Result<Lacking, StateError> {
    let order = row.text(0);
    let told = serde_json::from_str(row.get(2))
        .map_err(|e| damaged(stream, format!("the ledger of order {order} before"), e))?;
    Ok(Lacking { order, from: row.get(1), told })
}

fn customer_records(asked: Vec<String>, found: &[SqlRow], accounts: &[SqlRow]) -> Vec<CustomerRecord> {
    let accounts: BTreeMap<String, String> = accounts.iter().map(|row| (row.text(0), row.text(1))).collect();
    let found: BTreeMap<String, &SqlRow> = found.iter().map(|row| (row.text(0), row)).collect();
    asked
        .into_iter()
        .map(|id| {
            let account = accounts.get(&id).cloned();
            match found.get(&id) {
                Some(row) => CustomerRecord {
                    id,
                    number: row.text(1),
                    fingerprint: row.get(2),
                    entry: Some(row.get(3)),
                    account,
                },
                None => CustomerRecord { id, account, ..CustomerRecord::default() },
            }
        })
        .collect()
}

/// See [`crate::state::State::orders`].
pub(super) async fn orders(link: &Link, stream: &str) -> Result<Vec<OrderRecord>, StateError> {
    let rows = link.query(ACTION, orders!("WHERE o.stream = $1 ORDER BY o.id"), &[&stream]).await?;
    rows.iter().map(|row| order_record(stream, row)).collect()
}

/// See [`crate::state::State::orders_called`].
pub(super) async fn orders_called(link: &Link, stream: &str, called: &str) -> Result<Vec<OrderRecord>, StateError> {
    let sql = orders!("WHERE o.stream = $1 AND (o.id = $2 OR o.number = $2) ORDER BY o.id");
    let rows = link.query(ACTION, sql, &[&stream, &written(called)]).await?;
    rows.iter().map(|row| order_record(stream, row)).collect()
}

fn order_record(stream: &str, row: &SqlRow) -> Result<OrderRecord, StateError> {
    let id = row.text(0);
    let told = serde_json::from_str(row.get(2)).map_err(|e| damaged(stream, format!("the ledger of order {id}"), e))?;
    Ok(OrderRecord {
        id,
        number: row.text(1),
        told,
        held: row.some_text(3),
        waits_for: row.some_text(4),
        older: row.get(5),
        warning: row.some_text(6),
    })
}

/// Orders that are held because their customer is not in the mirror: order, customer.
pub(super) async fn waiting(link: &Link, stream: &str) -> Result<Vec<(String, String)>, StateError> {
    let sql = "SELECT id, waits_for FROM ledger_order WHERE stream = $1 AND held IS NOT NULL AND waits_for IS NOT NULL
               ORDER BY id";
    let rows = link.query("read held orders", sql, &[&stream]).await?;
    Ok(rows.iter().map(|row| (row.text(0), row.text(1))).collect())
}

/// See [`crate::state::State::dirty`].
pub(super) async fn dirty(link: &Link, stream: &str, documents_max: usize) -> Result<DirtyPage, StateError> {
    let sql = "SELECT kind, id, since_us FROM dirty WHERE stream = $1 ORDER BY since_us, kind, id LIMIT $2";
    let max = i64::try_from(documents_max).unwrap_or(i64::MAX).saturating_add(1);
    let rows = link.query("read settle times", sql, &[&stream, &max]).await?;
    let document = |row: &SqlRow| -> (DirtyKey, Timestamp) {
        let key = if row.get::<_, &str>(0) == "customer" { DirtyKey::Customer } else { DirtyKey::Order };
        (key(row.text(1)), from_us(row.get(2)))
    };
    let mut documents: Vec<_> = rows.iter().map(document).collect();
    let more_from = documents.get(documents_max).map(|(_, since)| *since);
    documents.truncate(documents_max);
    Ok(DirtyPage { documents, more_from })
}

/// See [`crate::state::State::next_due`].
pub(super) async fn next_due(link: &Link, stream: &str) -> Result<Option<Timestamp>, StateError> {
    let sql = "SELECT min(due) FROM (
        (SELECT greatest(not_before_us,
                        (SELECT e.shut_until_us FROM erp e JOIN stream s ON e.account = coalesce(s.account, s.name)
                         WHERE s.name = $1)) AS due
         FROM outbox o
         WHERE stream = $1 AND state IN ('pending', 'unknown')
           AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.stream = o.stream AND p.lane = o.lane AND p.seq < o.seq
                             AND p.state NOT IN ('delivered', 'skipped'))
           AND (depends_on IS NULL
                OR EXISTS (SELECT 1 FROM outbox d WHERE d.seq = o.depends_on AND d.state IN ('delivered', 'skipped')))
         ORDER BY not_before_us LIMIT 1)
        UNION ALL
        SELECT min(lease_until_us) FROM outbox WHERE stream = $1 AND state = 'sending') AS dues";
    let row = link.one("look for the next entry", sql, &[&stream]).await?;
    Ok(row.get::<_, Option<i64>>(0).map(from_us))
}
