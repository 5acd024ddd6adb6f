//! Plans as the outbox has kept them, and delivered documents that go back on their way.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_postgres::Row as SqlRow;

use super::link::Link;
use super::lives::{self, lives};
use super::text::{Texts as _, written};
use super::{damaged, from_us, hand, now};
use crate::outbox::{EntryState, Lane, SkipHow};
use crate::state::planned::{Found, redelivered};
use crate::state::{CustomerRecord, KeptTold, PlannedEntry, Redelivered, StateError};

/// See [`crate::state::State::planned`].
pub(super) async fn planned(
    link: &Link,
    stream: &str,
    before: Option<i64>,
    entries_max: usize,
) -> Result<Vec<PlannedEntry>, StateError> {
    let sql = "SELECT seq, lane, kind, number, fingerprint, state, skip, told_before, payload = '', cut, changed_us,
                      delivered_us
               FROM outbox WHERE stream = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
    let max = i64::try_from(entries_max).unwrap_or(i64::MAX);
    let rows = link.query("read the outbox", sql, &[&stream, &before.unwrap_or(i64::MAX), &max]).await?;
    rows.iter().map(|row| entry(stream, row)).collect()
}

fn entry(stream: &str, row: &SqlRow) -> Result<PlannedEntry, StateError> {
    let seq: i64 = row.get(0);
    let wrong = |what: &str| damaged(stream, format!("the {what} of outbox entry {seq}"), "it is none");
    let skip = row.get::<_, Option<&str>>(6).map(|how| SkipHow::parse(how).ok_or_else(|| wrong("way of skipping")));
    Ok(PlannedEntry {
        seq,
        lane: Lane::parse(&row.text(1)).ok_or_else(|| wrong("lane"))?,
        kind: row.get::<_, &str>(2).into(),
        number: row.text(3).into(),
        fingerprint: row.get(4),
        state: EntryState::parse(row.get(5)).ok_or_else(|| wrong("state"))?,
        skip: skip.transpose()?,
        told_before: row.get::<_, Option<&str>>(7).map(KeptTold::new),
        pruned: row.get(8),
        cut: row.get::<_, &str>(9).into(),
        changed_at: from_us(row.get(10)),
        delivered_at: row.get::<_, Option<i64>>(11).map(from_us),
    })
}

/// See [`crate::state::State::customers_before`].
pub(super) async fn customers_before(
    link: &Link,
    stream: &str,
    customers: &[String],
    from: i64,
) -> Result<Vec<CustomerRecord>, StateError> {
    let lane = |id: &str| written(&Lane::Customer(id.to_owned()).name()).into_owned();
    let lanes: BTreeMap<String, &String> = customers.iter().map(|id| (lane(id), id)).collect();
    let asked: Vec<&String> = lanes.keys().collect();
    // What is open is found by its lane; of the rest, what was ever sent.
    let sql = "SELECT DISTINCT ON (lane) lane, seq, number, fingerprint FROM
                  (SELECT lane, seq, number, fingerprint, skip FROM outbox
                   WHERE stream = $1 AND lane = ANY($2) AND seq < $3 AND posting_date IS NOT NULL
                   UNION ALL
                   SELECT lane, seq, number, fingerprint, skip FROM outbox
                   WHERE stream = $1 AND lane = ANY($2) AND seq < $3 AND state NOT IN ('delivered', 'skipped')) AS told
               WHERE skip IS DISTINCT FROM 'void' ORDER BY lane, seq DESC";
    let rows = link.query("read customers before", sql, &[&stream, &asked, &from]).await?;
    let record = |row: &SqlRow| {
        Some(CustomerRecord {
            id: (*lanes.get(row.get::<_, &str>(0))?).clone(),
            entry: Some(row.get(1)),
            number: row.text(2),
            fingerprint: row.get(3),
            account: None,
        })
    };
    Ok(rows.iter().filter_map(record).collect())
}

/// See [`crate::state::State::redeliver`].
pub(super) async fn redeliver(
    link: &Link,
    stream: &str,
    wanted: &[i64],
    look_up_after: Duration,
) -> Result<Vec<Redelivered>, StateError> {
    let Some(first) = wanted.iter().min() else { return Ok(Vec::new()) };
    hand::hold(link, stream).await?;
    // Locked before they are looked at: none of them is claimed meanwhile.
    let sql = "SELECT seq, lane, number, state, payload = '' FROM outbox
               WHERE stream = $1 AND seq >= $2
                 AND (state IN ('delivered', 'sending', 'pending', 'unknown')
                      OR (kind = 'customer' AND state = 'skipped' AND skip = $3))
               ORDER BY seq FOR UPDATE";
    let rows = link.query("read the outbox", sql, &[&stream, first, &SkipHow::ByHand.as_str()]).await?;
    let found: Vec<Found> = rows.iter().filter_map(found).collect();
    let done = redelivered(wanted, &found);
    let seqs: Vec<i64> = done.entries.iter().map(|(seq, _)| *seq).collect();
    let at = now(link).await?;
    let from = at.saturating_add(look_up_after).unwrap_or(at);
    let sql = lives!("", "o.seq = ANY($2) ORDER BY o.seq");
    let mut entries = lives::find(link, stream, sql, &[&seqs]).await?;
    for entry in &mut entries {
        entry.life.redeliver(from);
    }
    lives::write(link, &entries).await?;
    let sql =
        "UPDATE outbox SET reference = NULL, erp_net = NULL, erp_tax = NULL, erp_total = NULL, delivered_us = NULL
               WHERE seq = ANY($1)";
    link.execute("doubt documents", sql, &[&seqs]).await?;
    if !seqs.is_empty() {
        hand::touch(link, stream).await?;
    }
    Ok(vec![done])
}

fn found(row: &SqlRow) -> Option<Found> {
    let counts = |s: &EntryState| matches!(s, EntryState::Delivered | EntryState::Sending | EntryState::Skipped);
    let state = EntryState::parse(row.get(3)).filter(counts)?;
    Some(Found { seq: row.get(0), lane: row.text(1), number: row.text(2), state, pruned: row.get(4) })
}
