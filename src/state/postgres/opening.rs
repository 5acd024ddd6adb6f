//! What the ledger holds without documents: the opening of the books, and what a person let it take over.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use tokio_postgres::Row as SqlRow;

use super::binlog::json;
use super::damaged;
use super::link::Link;
use super::text::{Texts as _, written};
use crate::document::Amounts;
use crate::state::{AbsorbedOrder, Begin, Commit, OpenedOrder, StateError, Undocumented};

/// How far it has come; `None` where none is under way.
pub(super) async fn progress(link: &Link, stream: &str) -> Result<Option<String>, StateError> {
    let row = link.one("read the opening", "SELECT opening FROM stream WHERE name = $1", &[&stream]).await?;
    Ok(row.some_text(0))
}

/// True where one is under way that this session can go on with.
pub(super) async fn goes_on(link: &Link, stream: &str, begin: &Begin) -> Result<bool, StateError> {
    let sql = "SELECT coalesce(opening, '') <> '' AND mapping = $2 AND footprint = $3 FROM stream WHERE name = $1";
    let row = link.one("read the opening", sql, &[&stream, &begin.mapping, &json(&begin.footprint)]).await?;
    Ok(row.get(0))
}

/// Forgets one that does not go on.
pub(super) async fn forget(link: &Link, stream: &str) -> Result<(), StateError> {
    for sql in [
        "UPDATE stream SET opening = NULL WHERE name = $1",
        "DELETE FROM ledger_opening WHERE stream = $1",
        "DELETE FROM ledger_order WHERE stream = $1",
        "DELETE FROM dirty WHERE stream = $1",
    ] {
        link.execute("forget the last opening", sql, &[&stream]).await?;
    }
    Ok(())
}

/// Writes a commit's part of it. A position ends it.
pub(super) async fn write(link: &Link, stream: &str, commit: &Commit) -> Result<(), StateError> {
    let action = "write the opening";
    if !commit.opened.is_empty() {
        let ids: Vec<_> = commit.opened.iter().map(|o| written(&o.order)).collect();
        let numbers: Vec<_> = commit.opened.iter().map(|o| written(&o.number)).collect();
        let references: Vec<_> = commit.opened.iter().map(|o| o.reference.as_deref().map(written)).collect();
        let texts = |of: fn(&Amounts) -> Decimal| -> Vec<String> {
            commit.opened.iter().map(|o| of(&o.amounts).to_string()).collect()
        };
        let (net, tax, total) = (texts(|a| a.net), texts(|a| a.tax), texts(|a| a.total));
        let sql = "INSERT INTO ledger_opening (stream, order_id, order_no, reference, net, tax, total, mapping)
                   SELECT $1, o.*, $2 FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS o
                   ON CONFLICT (stream, order_id) DO UPDATE SET order_no = excluded.order_no, reference = excluded.reference,
                       net = excluded.net, tax = excluded.tax, total = excluded.total, mapping = excluded.mapping";
        link.execute(action, sql, &[&stream, &commit.mapping, &ids, &numbers, &references, &net, &tax, &total]).await?;
    }
    if !commit.absorbed.is_empty() {
        let ids: Vec<_> = commit.absorbed.iter().map(|o| written(&o.order)).collect();
        let numbers: Vec<_> = commit.absorbed.iter().map(|o| written(&o.number)).collect();
        let reasons: Vec<_> = commit.absorbed.iter().map(|o| written(&o.reason)).collect();
        let texts = |of: fn(&Amounts) -> Decimal| -> Vec<String> {
            commit.absorbed.iter().map(|o| of(&o.amounts).to_string()).collect()
        };
        let (net, tax, total) = (texts(|a| a.net), texts(|a| a.tax), texts(|a| a.total));
        let sql = "INSERT INTO ledger_absorbed (stream, order_id, order_no, reason, net, tax, total, mapping, at_us)
                   SELECT $1, a.*, $2, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                   FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS a";
        link.execute(action, sql, &[&stream, &commit.mapping, &ids, &numbers, &reasons, &net, &tax, &total]).await?;
    }
    if let Some(agreed) = &commit.agreed {
        link.execute(action, "UPDATE stream SET agreed = $2 WHERE name = $1", &[&stream, agreed]).await?;
    }
    if let Some(at) = commit.unread_before {
        let sql = "UPDATE stream SET unread_before_us = $2 WHERE name = $1";
        link.execute(action, sql, &[&stream, &at.as_microsecond()]).await?;
    }
    match (&commit.opening, &commit.position) {
        (Some(opening), None) => {
            link.execute(action, "UPDATE stream SET opening = $2 WHERE name = $1", &[&stream, opening]).await?;
        }
        (_, Some(_)) => {
            let sql = "UPDATE stream SET opening = NULL WHERE name = $1 AND opening IS NOT NULL";
            link.execute(action, sql, &[&stream]).await?;
        }
        (None, None) => {}
    }
    Ok(())
}

/// How many orders the opening balance has, and their amounts.
pub(super) async fn balance(link: &Link, stream: &str) -> Result<(u64, Amounts), StateError> {
    let sql = "SELECT count(*), coalesce(sum(net::numeric), 0)::text, coalesce(sum(tax::numeric), 0)::text,
                      coalesce(sum(total::numeric), 0)::text FROM ledger_opening WHERE stream = $1";
    sum(link, stream, sql).await
}

/// How many differences were taken over, and their amounts.
pub(super) async fn absorbed(link: &Link, stream: &str) -> Result<(u64, Amounts), StateError> {
    let sql = "SELECT count(*), coalesce(sum(net::numeric), 0)::text, coalesce(sum(tax::numeric), 0)::text,
                      coalesce(sum(total::numeric), 0)::text FROM ledger_absorbed WHERE stream = $1";
    sum(link, stream, sql).await
}

async fn sum(link: &Link, stream: &str, sql: &'static str) -> Result<(u64, Amounts), StateError> {
    let row = link.one("add up what has no document", sql, &[&stream]).await?;
    let [Ok(net), Ok(tax), Ok(total)] = [1, 2, 3].map(|at| row.text(at).parse::<Decimal>()) else {
        return Err(damaged(stream, "an amount without a document", "it is not a number"));
    };
    Ok((row.get::<_, i64>(0).unsigned_abs(), Amounts { net, tax, total }))
}

/// See [`crate::state::State::undocumented`].
pub(super) async fn undocumented(link: &Link, stream: &str, order: &str) -> Result<Undocumented, StateError> {
    let action = "read what has no document";
    let sql = "SELECT order_no, reference, net, tax, total FROM ledger_opening WHERE stream = $1 AND order_id = $2";
    let opened = link.first(action, sql, &[&stream, &written(order)]).await?;
    let sql = "SELECT order_no, reason, net, tax, total FROM ledger_absorbed WHERE stream = $1 AND order_id = $2 ORDER BY at_us";
    let absorbed = link.query(action, sql, &[&stream, &written(order)]).await?;
    let mut found = Undocumented::default();
    if let Some(row) = opened {
        let (order, number, reference) = (order.to_owned(), row.text(0), row.some_text(1));
        found.opened = Some(OpenedOrder { order, number, reference, amounts: amounts(stream, &row)? });
    }
    for row in absorbed {
        let (order, number, reason) = (order.to_owned(), row.text(0), row.text(1));
        found.absorbed.push(AbsorbedOrder { order, number, reason, amounts: amounts(stream, &row)? });
    }
    Ok(found)
}

/// See [`crate::state::State::absorbed_of`].
pub(super) async fn absorbed_of(link: &Link, stream: &str, orders: &[String]) -> Result<BTreeSet<String>, StateError> {
    let asked: Vec<_> = orders.iter().map(|order| written(order)).collect();
    let sql = "SELECT DISTINCT order_id FROM ledger_absorbed WHERE stream = $1 AND order_id = ANY($2)";
    let rows = link.query("read what has no document", sql, &[&stream, &asked]).await?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

/// Net, tax and total of a row, from its third column on.
fn amounts(stream: &str, row: &SqlRow) -> Result<Amounts, StateError> {
    match [2, 3, 4].map(|at| row.text(at).parse::<Decimal>()) {
        [Ok(net), Ok(tax), Ok(total)] => Ok(Amounts { net, tax, total }),
        _ => Err(damaged(stream, "an amount without a document", "it is not a number")),
    }
}
