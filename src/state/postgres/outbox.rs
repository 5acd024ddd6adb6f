//! The relay's statements: claims and settlements, each a short transaction over any number of entries.

use std::time::Duration;

use futures_util::future::{join, join3};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio_postgres::Row as SqlRow;

use super::link::{Link, all};
use super::lives::{self, Entry, FURTHER, lives};
use super::text::written;
use super::{breaker, damaged, hand, microseconds, now};
use crate::document::Document;
use crate::outbox::{Claimed, Gate, MissingItem, Settled, Transition};
use crate::state::claim::{Claiming, Head};
use crate::state::{Attempt, ClaimTerms, StateError};

/// Entries that [`take_up`] doubts at a time.
const DOUBTED_MAX: i64 = 2_000;

/// See [`crate::state::State::take_up`]: a step of it, over entries behind `after`; answers the last, where there may be more.
pub(super) async fn doubt(
    link: &Link,
    stream: &str,
    look_up_after: Duration,
    after: i64,
) -> Result<Option<i64>, StateError> {
    let at = now(link).await?;
    let from = at.saturating_add(look_up_after).unwrap_or(at);
    let sql = lives!("", "o.state NOT IN ('delivered', 'skipped') AND o.seq > $2 ORDER BY o.seq LIMIT $3 FOR UPDATE");
    let mut entries = lives::find(link, stream, sql, &[&after, &DOUBTED_MAX]).await?;
    let more = i64::try_from(entries.len()).is_ok_and(|count| count >= DOUBTED_MAX);
    let last = entries.last().filter(|_| more).map(|entry| entry.seq);
    entries.retain_mut(|entry| {
        let before = entry.life.clone();
        entry.life.doubt(from);
        entry.life != before
    });
    lives::write(link, &entries).await?;
    Ok(last)
}

/// See [`crate::state::State::claim`].
pub(super) async fn claim(link: &Link, stream: &str, terms: &ClaimTerms) -> Result<Vec<Claimed>, StateError> {
    let at = now(link).await?;
    let (lapsed, due) = join(lapsed(link, stream, at), claimable(link, stream, at, terms.max)).await;
    let (mut lapsed, mut due) = (lapsed?, due?);
    if !lapsed.is_empty() {
        for entry in &mut lapsed {
            entry.life.lapse(at, terms.late_max);
        }
        lives::write(link, &lapsed).await?;
        due = claimable(link, stream, at, terms.max).await?;
    }
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let gate = breaker::change(link, stream, |breaker| breaker.gate(at, terms.lease)).await?;
    let max = match gate {
        Gate::Open => terms.max,
        Gate::Probe => 1,
        Gate::Shut(_) => 0,
    };
    let (mut claimed, mut entries) = (Vec::new(), Vec::new());
    for row in due.iter().take(max) {
        let mut entry = lives::entry(stream, row)?;
        claimed.push(claim_one(stream, row, &mut entry, at, terms, gate == Gate::Probe)?);
        entries.push(entry);
    }
    lives::write(link, &entries).await?;
    Ok(claimed)
}

/// Claims whose lease has run out; those that another relay is at are its to see to.
async fn lapsed(link: &Link, stream: &str, at: Timestamp) -> Result<Vec<Entry>, StateError> {
    let sql = lives!("", "o.state = 'sending' AND o.lease_until_us < $2 FOR UPDATE SKIP LOCKED");
    lives::find(link, stream, sql, &[&at.as_microsecond()]).await
}

/// Entries that may leave: heads of their lanes whose dependency is final, and that no other relay is about to claim.
///
/// In the order of `seq`, so that a long outbox is read only until there are enough: by time, all that is due would be sorted.
/// What is final stays so, and nothing comes before an entry that is there; so what has changed since the statement began
/// can only let more entries leave.
async fn claimable(link: &Link, stream: &str, at: Timestamp, max: usize) -> Result<Vec<SqlRow>, StateError> {
    let sql = lives!(
        ", o.payload, o.fingerprint,
         (SELECT max(b.posting_date) FROM outbox b WHERE b.stream = o.stream AND b.lane = o.lane AND b.seq < o.seq
            AND b.posting_date IS NOT NULL)",
        "o.state NOT IN ('delivered', 'skipped') AND o.state IN ('pending', 'unknown') AND o.not_before_us <= $2
           AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.stream = o.stream AND p.lane = o.lane AND p.seq < o.seq
                             AND p.state NOT IN ('delivered', 'skipped'))
           AND (o.depends_on IS NULL
                OR EXISTS (SELECT 1 FROM outbox d WHERE d.seq = o.depends_on AND d.state IN ('delivered', 'skipped')))
         ORDER BY o.seq LIMIT $3 FOR UPDATE OF o SKIP LOCKED"
    );
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    link.query("look for entries", sql, &[&stream, &at.as_microsecond(), &max]).await
}

fn claim_one(
    stream: &str,
    row: &SqlRow,
    entry: &mut Entry,
    at: Timestamp,
    terms: &ClaimTerms,
    probe: bool,
) -> Result<Claimed, StateError> {
    let (document, posted) = contents(stream, row, entry.seq)?;
    let head = Head { seq: entry.seq, lane: entry.lane.clone(), document, posted };
    let claiming = Claiming { at, number: rand::random_range(1..i64::MAX), probe };
    Ok(terms.take(head, &mut entry.life, &claiming))
}

/// A stored document, which must be what was planned.
pub(super) fn document(stream: &str, seq: i64, payload: &str, fingerprint: &str) -> Result<Document, StateError> {
    let what = || format!("the document of outbox entry {seq}");
    let document: Document = serde_json::from_str(payload).map_err(|e| damaged(stream, what(), e))?;
    match document.fingerprint() == fingerprint {
        true => Ok(document),
        false => Err(damaged(stream, what(), "its content is not what was planned")),
    }
}

/// The document, as it was planned, and the posting date of the lane's entries before it.
fn contents(stream: &str, row: &SqlRow, seq: i64) -> Result<(Document, Option<Date>), StateError> {
    let document = document(stream, seq, row.get(FURTHER), row.get(FURTHER + 1))?;
    let before: Option<&str> = row.get(FURTHER + 2);
    let before = before.map(|day| day.parse().map_err(|e| damaged(stream, "a posting date", e))).transpose()?;
    Ok((document, before))
}

/// A settlement that waits for its turn.
#[derive(Debug, Clone)]
pub(super) struct Settlement {
    pub seq: i64,
    pub claim: i64,
    pub probe: bool,
    pub transition: Transition,
    pub attempt: Attempt,
}

/// What became of a group of settlements.
pub(super) struct SettledGroup {
    /// Of each, in order.
    pub settled: Vec<Settled>,
    /// True where an entry waited for one of those that became final.
    pub frees: bool,
}

/// See [`crate::state::State::settle`].
pub(super) async fn settle(link: &Link, stream: &str, group: &[Settlement]) -> Result<SettledGroup, StateError> {
    let at = now(link).await?;
    let seqs: Vec<i64> = group.iter().map(|one| one.seq).collect();
    let sql = lives!("", "o.seq = ANY($2) ORDER BY o.seq FOR UPDATE");
    let noted = breaker::change(link, stream, |breaker| {
        for one in group {
            breaker.note(one.attempt.health, one.probe, &one.attempt.breaker, at);
        }
    });
    let (found, noted) = join(lives::find(link, stream, sql, &[&seqs]), noted).await;
    let mut entries = found?;
    noted?;
    let (mut settled, mut freed) = (Vec::new(), Vec::new());
    let mut known = Vec::new();
    for one in group {
        let Ok(found) = entries.binary_search_by_key(&one.seq, |entry| entry.seq) else {
            settled.push(Settled::Fenced);
            continue;
        };
        known.push(one);
        let entry = &mut entries[found];
        settled.push(entry.life.settle(one.claim, &one.transition, one.probe, at));
        if settled.last() == Some(&Settled::Applied) && entry.life.state.is_final() {
            freed.push((entry.lane.clone(), entry.seq));
        }
    }
    let applied = |seq: i64| group.iter().zip(&settled).any(|(one, s)| one.seq == seq && *s == Settled::Applied);
    entries.retain(|entry| applied(entry.seq));
    let done = join3(lives::write(link, &entries), record(link, &known, at), frees(link, stream, &freed));
    let (written, recorded, frees) = done.await;
    all([written, recorded])?;
    Ok(SettledGroup { settled, frees: frees? })
}

async fn record(link: &Link, group: &[&Settlement], at: Timestamp) -> Result<(), StateError> {
    // A claim that is settled twice in a group is one attempt.
    let mut last = std::collections::BTreeMap::new();
    for one in group {
        last.insert((one.seq, one.claim), *one);
    }
    let entries: Vec<i64> = last.keys().map(|(seq, _)| *seq).collect();
    let claims: Vec<i64> = last.keys().map(|(_, claim)| *claim).collect();
    let durations: Vec<i64> = last.values().map(|one| microseconds(one.attempt.duration)).collect();
    let verdicts: Vec<&str> = last.values().map(|one| one.attempt.verdict).collect();
    let said: Vec<_> = last.values().map(|one| one.transition.reason().map(written)).collect();
    let sql = "INSERT INTO attempt (at_us, entry, claim, duration_us, verdict, said)
               SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
               ON CONFLICT (entry, claim) DO UPDATE SET at_us = excluded.at_us, duration_us = excluded.duration_us,
                   verdict = excluded.verdict, said = excluded.said";
    let at = at.as_microsecond();
    link.execute("record attempts", sql, &[&at, &entries, &claims, &durations, &verdicts, &said]).await.map(|_| ())
}

/// True where an entry waits for one of these.
async fn frees(link: &Link, stream: &str, freed: &[(String, i64)]) -> Result<bool, StateError> {
    if freed.is_empty() {
        return Ok(false);
    }
    let lanes: Vec<_> = freed.iter().map(|(lane, _)| written(lane)).collect();
    let seqs: Vec<i64> = freed.iter().map(|(_, seq)| *seq).collect();
    let sql = "SELECT EXISTS (SELECT 1 FROM unnest($2::text[], $3::bigint[]) AS f (lane, seq)
                              JOIN outbox p ON p.stream = $1 AND p.lane = f.lane AND p.seq > f.seq
                               AND p.state NOT IN ('delivered', 'skipped'))
                   OR EXISTS (SELECT 1 FROM outbox p WHERE p.depends_on = ANY($3) AND p.depends_on IS NOT NULL
                               AND p.state NOT IN ('delivered', 'skipped'))";
    Ok(link.one("look for entries", sql, &[&stream, &lanes, &seqs]).await?.get(0))
}

/// See [`crate::state::State::release`].
pub(super) async fn release(link: &Link, stream: &str, items: &[MissingItem]) -> Result<Vec<String>, StateError> {
    hand::go_on(link, stream, |entry| entry.life.waits_for.as_ref().is_some_and(|item| items.contains(item))).await
}
