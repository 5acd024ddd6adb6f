//! Entries' lives: many are read, each is changed by a function of [`Life`], and all are written back in one statement.

use std::borrow::Cow;

use jiff::Timestamp;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

use super::link::Link;
use super::text::{Texts as _, written};
use super::{damaged, from_us};
use crate::outbox::{EntryState, Life, MissingItem, SkipHow};
use crate::state::StateError;
use crate::state::said::SUPERSEDED;

/// A life, and what finds it.
pub(super) struct Entry {
    pub seq: i64,
    pub lane: String,
    pub number: String,
    pub life: Life,
}

/// A statement whose rows [`entry`] reads; further columns begin at [`FURTHER`].
macro_rules! lives {
    ($further:literal, $rest:literal) => {
        concat!(
            "SELECT o.seq, o.lane, o.number, o.state, o.not_before_us, o.claim, o.lease_until_us, o.claimed_us, o.maybe_sent,
                    o.absent, o.attempts, o.garbled, o.posting_date, o.said, o.waits_for, o.skip",
            $further,
            " FROM outbox o WHERE o.stream = $1 AND ",
            $rest
        )
    };
}
pub(super) use lives;

/// The first column behind those of a life.
pub(super) const FURTHER: usize = 16;

/// Entries that a statement of `lives!` finds.
pub(super) async fn find(
    link: &Link,
    stream: &str,
    sql: &'static str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Entry>, StateError> {
    let params: Vec<&(dyn ToSql + Sync)> =
        std::iter::once(&stream as &(dyn ToSql + Sync)).chain(values.iter().copied()).collect();
    let rows = link.query("read the outbox", sql, &params).await?;
    rows.iter().map(|row| entry(stream, row)).collect()
}

/// Reads a row of `lives!`.
pub(super) fn entry(stream: &str, row: &SqlRow) -> Result<Entry, StateError> {
    let seq: i64 = row.get(0);
    let wrong = |what: &str| damaged(stream, format!("the {what} of outbox entry {seq}"), "it is none");
    let at = |column: usize| row.get::<_, Option<i64>>(column).map(from_us);
    let state = EntryState::parse(row.get(3)).ok_or_else(|| wrong("state"))?;
    let posting_date = row.get::<_, Option<&str>>(12).map(|day| day.parse().map_err(|_| wrong("posting date")));
    let waits_for = row.some_text(14).map(|item| MissingItem::parse(&item).ok_or_else(|| wrong("awaited item")));
    let skip = row.get::<_, Option<&str>>(15).map(|how| SkipHow::parse(how).ok_or_else(|| wrong("way of skipping")));
    let life = Life {
        state,
        not_before: from_us(row.get(4)),
        claim: row.get(5),
        lease_until: at(6),
        first_claimed_at: at(7),
        maybe_sent: row.get(8),
        absent: row.get(9),
        attempts: row.get::<_, i32>(10).cast_unsigned(),
        garbled: row.get::<_, i32>(11).cast_unsigned(),
        posting_date: posting_date.transpose()?,
        said: row.some_text(13),
        waits_for: waits_for.transpose()?,
        skip: skip.transpose()?,
        ..Life::born(state, Timestamp::UNIX_EPOCH, None)
    };
    Ok(Entry { seq, lane: row.text(1), number: row.text(2), life })
}

/// Writes lives back.
pub(super) async fn write(link: &Link, entries: &[Entry]) -> Result<(), StateError> {
    if entries.is_empty() {
        return Ok(());
    }
    let us = |at: Option<Timestamp>| at.map(|at| at.as_microsecond());
    let seqs: Vec<i64> = entries.iter().map(|e| e.seq).collect();
    let lives: Vec<&Life> = entries.iter().map(|e| &e.life).collect();
    let states: Vec<&str> = lives.iter().map(|l| l.state.as_str()).collect();
    let not_before: Vec<i64> = lives.iter().map(|l| l.not_before.as_microsecond()).collect();
    let claims: Vec<i64> = lives.iter().map(|l| l.claim).collect();
    let leases: Vec<Option<i64>> = lives.iter().map(|l| us(l.lease_until)).collect();
    let claimed: Vec<Option<i64>> = lives.iter().map(|l| us(l.first_claimed_at)).collect();
    let maybe_sent: Vec<bool> = lives.iter().map(|l| l.maybe_sent).collect();
    let absent: Vec<bool> = lives.iter().map(|l| l.absent).collect();
    let attempts: Vec<i32> = lives.iter().map(|l| l.attempts.cast_signed()).collect();
    let garbled: Vec<i32> = lives.iter().map(|l| l.garbled.cast_signed()).collect();
    let days: Vec<Option<String>> = lives.iter().map(|l| l.posting_date.map(|day| day.to_string())).collect();
    let said: Vec<Option<Cow<'_, str>>> = lives.iter().map(|l| l.said.as_deref().map(written)).collect();
    let item = |l: &&Life| l.waits_for.as_ref().map(|item| written(&item.name()).into_owned());
    let waits: Vec<Option<String>> = lives.iter().map(item).collect();
    let skips: Vec<Option<&str>> = lives.iter().map(|l| l.skip.map(SkipHow::as_str)).collect();
    let references: Vec<Option<Cow<'_, str>>> = lives.iter().map(|l| l.reference.as_deref().map(written)).collect();
    let nets: Vec<Option<String>> = lives.iter().map(|l| l.amounts.map(|a| a.net.to_string())).collect();
    let taxes: Vec<Option<String>> = lives.iter().map(|l| l.amounts.map(|a| a.tax.to_string())).collect();
    let totals: Vec<Option<String>> = lives.iter().map(|l| l.amounts.map(|a| a.total.to_string())).collect();
    let delivered: Vec<Option<i64>> = lives.iter().map(|l| us(l.delivered_at)).collect();
    let sql = "UPDATE outbox o SET state = l.state, not_before_us = l.not_before, claim = l.claim, lease_until_us = l.lease,
                      claimed_us = l.claimed, maybe_sent = l.maybe_sent, absent = l.absent, attempts = l.attempts,
                      garbled = l.garbled, posting_date = l.day, said = l.said, waits_for = l.waits, skip = l.skip,
                      reference = coalesce(l.reference, o.reference), erp_net = coalesce(l.net, o.erp_net),
                      erp_tax = coalesce(l.tax, o.erp_tax), erp_total = coalesce(l.total, o.erp_total),
                      delivered_us = coalesce(l.delivered, o.delivered_us)
               FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bool[],
                           $8::bool[], $9::int[], $10::int[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
                           $16::text[], $17::text[], $18::text[], $19::bigint[])
                   AS l (seq, state, not_before, claim, lease, claimed, maybe_sent, absent, attempts, garbled, day, said, waits,
                         skip, reference, net, tax, total, delivered)
               WHERE o.seq = l.seq";
    link.execute(
        "write entries",
        sql,
        &[
            &seqs,
            &states,
            &not_before,
            &claims,
            &leases,
            &claimed,
            &maybe_sent,
            &absent,
            &attempts,
            &garbled,
            &days,
            &said,
            &waits,
            &skips,
            &references,
            &nets,
            &taxes,
            &totals,
            &delivered,
        ],
    )
    .await
    .map(|_| ())
}

/// Takes out what a newer plan takes the place of: all of the order's documents from `from` on.
pub(super) async fn supersede(link: &Link, stream: &str, order: &str, from: i64) -> Result<(), StateError> {
    let lane = format!("order:{order}");
    let sql =
        lives!("", "o.lane = $2 AND o.seq >= $3 AND o.state NOT IN ('delivered', 'skipped') ORDER BY o.seq FOR UPDATE");
    let mut entries = find(link, stream, sql, &[&written(&lane), &from]).await?;
    for entry in &mut entries {
        entry.life.follow(SkipHow::Superseded, SUPERSEDED);
    }
    write(link, &entries).await?;
    let seqs: Vec<i64> = entries.iter().map(|entry| entry.seq).collect();
    link.execute("take back a document", "DELETE FROM ledger_entry WHERE entry = ANY($1)", &[&seqs]).await.map(|_| ())
}
