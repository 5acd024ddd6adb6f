//! What a person does to the outbox: each is one transaction that holds the stream's row, so that no commit falls between.

use super::link::Link;
use super::lives::{self, Entry, lives};
use super::text::written;
use super::{binlog::json, damaged, now};
use crate::ledger::Told;
use crate::outbox::SkipHow;
use crate::state::{Skipped, StateError, Which, said};

/// Lets parked entries go on.
pub(super) async fn go_on(
    link: &Link,
    stream: &str,
    wanted: impl Fn(&Entry) -> bool,
) -> Result<Vec<String>, StateError> {
    hold(link, stream).await?;
    let at = now(link).await?;
    let mut entries: Vec<Entry> = parked(link, stream).await?.into_iter().filter(wanted).collect();
    for entry in &mut entries {
        entry.life.retry(at);
    }
    lives::write(link, &entries).await?;
    if !entries.is_empty() {
        touch(link, stream).await?;
    }
    Ok(entries.into_iter().map(|entry| entry.number).collect())
}

/// See [`crate::state::State::retry`].
pub(super) async fn retry(link: &Link, stream: &str, which: &Which) -> Result<Vec<String>, StateError> {
    go_on(link, stream, |entry| which.has(entry.seq, &entry.number)).await
}

/// See [`crate::state::State::skip`].
pub(super) async fn skip(
    link: &Link,
    stream: &str,
    which: &Which,
    how: SkipHow,
    reason: &str,
) -> Result<Vec<Skipped>, StateError> {
    hold(link, stream).await?;
    let mut skipped: Vec<Skipped> = Vec::new();
    for mut entry in parked(link, stream).await?.into_iter().filter(|e| which.has(e.seq, &e.number)) {
        // It may have gone with one before it.
        if skipped.iter().any(|s| s.seq == entry.seq) {
            continue;
        }
        entry.life.skip(how, reason);
        skipped.push(seen(&entry));
        let entry = [entry];
        lives::write(link, &entry).await?;
        if how == SkipHow::Void {
            void(link, stream, &entry[0], reason, &mut skipped).await?;
        }
    }
    if !skipped.is_empty() {
        touch(link, stream).await?;
    }
    Ok(skipped)
}

/// See [`crate::state::State::would_skip`].
pub(super) async fn would_skip(
    link: &Link,
    stream: &str,
    which: &Which,
    how: SkipHow,
) -> Result<Vec<Skipped>, StateError> {
    const ACTION: &str = "rehearse a skip";
    link.batch(ACTION, "SAVEPOINT rehearsal").await?;
    let skipped = skip(link, stream, which, how, "").await;
    link.batch(ACTION, "ROLLBACK TO SAVEPOINT rehearsal; RELEASE SAVEPOINT rehearsal").await?;
    skipped
}

/// Takes back what an entry has told, with all that follows it in its lane.
async fn void(
    link: &Link,
    stream: &str,
    voided: &Entry,
    reason: &str,
    skipped: &mut Vec<Skipped>,
) -> Result<(), StateError> {
    let why = said::voided(&voided.number, reason);
    let sql =
        lives!("", "o.lane = $2 AND o.seq > $3 AND o.state NOT IN ('delivered', 'skipped') ORDER BY o.seq FOR UPDATE");
    let mut later = lives::find(link, stream, sql, &[&written(&voided.lane), &voided.seq]).await?;
    later.retain_mut(|entry| entry.life.follow(SkipHow::Void, &why));
    skipped.extend(later.iter().map(seen));
    lives::write(link, &later).await?;
    let gone: Vec<i64> = std::iter::once(voided.seq).chain(later.iter().map(|entry| entry.seq)).collect();
    let sql = lives!(
        "",
        "o.depends_on = ANY($2) AND o.depends_on IS NOT NULL AND o.state NOT IN ('delivered', 'skipped')
         ORDER BY o.seq FOR UPDATE"
    );
    let mut dependents = lives::find(link, stream, sql, &[&gone]).await?;
    let reason = said::dependent(&why);
    // One that is parked already stays as it is, and may be skipped in the same breath.
    dependents.retain_mut(|entry| entry.life.park(&reason));
    skipped.extend(dependents.iter().map(seen));
    lives::write(link, &dependents).await?;
    take_back(link, stream, voided, &why).await
}

/// The ledger as if an entry had never been told.
async fn take_back(link: &Link, stream: &str, voided: &Entry, why: &str) -> Result<(), StateError> {
    if let Some(customer) = voided.lane.strip_prefix("customer:") {
        let sql = "UPDATE ledger_customer SET fingerprint = '' WHERE stream = $1 AND id = $2";
        return link.execute("take back a customer", sql, &[&stream, &written(customer)]).await.map(|_| ());
    }
    let sql = "SELECT told_before FROM outbox WHERE seq = $1";
    let before: Option<String> = link.one("read the ledger before a document", sql, &[&voided.seq]).await?.get(0);
    let (Some(before), Some(order)) = (before, voided.lane.strip_prefix("order:")) else {
        return Err(said::not_void(&voided.number));
    };
    let told: Told = serde_json::from_str(&before)
        .map_err(|e| damaged(stream, format!("the ledger before {}", voided.number), e))?;
    let amounts = told.amounts();
    let [net, tax, total] = [amounts.net, amounts.tax, amounts.total].map(|a| a.to_string());
    let action = "take back an order";
    let sql =
        "UPDATE ledger_order SET told = $3, net = $4, tax = $5, total = $6, held = $7, waits_for = NULL, voided = true
               WHERE stream = $1 AND id = $2";
    link.execute(action, sql, &[&stream, &written(order), &json(&told), &net, &tax, &total, &written(why)]).await?;
    let sql = "DELETE FROM ledger_entry WHERE entry IN
                   (SELECT seq FROM outbox WHERE stream = $1 AND lane = $2 AND seq >= $3)";
    link.execute(action, sql, &[&stream, &written(&voided.lane), &voided.seq]).await.map(|_| ())
}

fn seen(entry: &Entry) -> Skipped {
    Skipped { seq: entry.seq, number: entry.number.clone(), state: entry.life.state }
}

/// Keeps commits out until the end of the transaction.
pub(super) async fn hold(link: &Link, stream: &str) -> Result<(), StateError> {
    let sql = "SELECT 1 FROM stream WHERE name = $1 FOR UPDATE";
    link.query("hold the stream", sql, &[&stream]).await.map(|_| ())
}

/// Plans that read the outbox before this are made again.
pub(super) async fn touch(link: &Link, stream: &str) -> Result<(), StateError> {
    let sql = "UPDATE stream SET hand = hand + 1 WHERE name = $1";
    link.execute("note a change by hand", sql, &[&stream]).await.map(|_| ())
}

async fn parked(link: &Link, stream: &str) -> Result<Vec<Entry>, StateError> {
    let sql = lives!("", "o.state = 'parked' AND o.state NOT IN ('delivered', 'skipped') ORDER BY o.seq FOR UPDATE");
    lives::find(link, stream, sql, &[]).await
}
