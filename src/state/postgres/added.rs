//! A commit's new outbox entries and what they tell the ledger: all of them in a few statements.

use std::borrow::Cow;
use std::collections::BTreeMap;

use futures_util::future::join3;

use super::binlog::json;
use super::link::{Link, all};
use super::text::written;
use crate::document::{Document, DocumentKind};
use crate::outbox::{Dependency, Lane, Life, NewEntry};
use crate::state::said::NEWER_CUSTOMER;
use crate::state::{Commit, StateError};

const ACTION: &str = "write the outbox";

/// Draws sequence numbers for new entries, in order.
pub(super) async fn draw(link: &Link, entries: usize) -> Result<Vec<i64>, StateError> {
    if entries == 0 {
        return Ok(Vec::new());
    }
    let count = i64::try_from(entries).unwrap_or(i64::MAX);
    let sql = "SELECT nextval('outbox_seq_seq') FROM generate_series(1, $1::bigint)";
    let drawn = link.query(ACTION, sql, &[&count]).await?;
    let mut seqs: Vec<i64> = drawn.iter().map(|row| row.get(0)).collect();
    seqs.sort_unstable();
    Ok(seqs)
}

/// Adds a commit's entries under these sequence numbers, planned at `at` (microseconds).
pub(super) async fn write(link: &Link, stream: &str, commit: &Commit, seqs: &[i64], at: i64) -> Result<(), StateError> {
    let written = join3(
        entries(link, stream, commit, seqs, at),
        supersede(link, stream, commit, seqs),
        ledger_entries(link, stream, commit, seqs),
    );
    let (a, b, c) = written.await;
    all([a, b, c]).map(|_| ())
}

async fn entries(link: &Link, stream: &str, commit: &Commit, seqs: &[i64], at: i64) -> Result<(), StateError> {
    let before: BTreeMap<usize, String> = commit.told_before.iter().rev().map(|(i, told)| (*i, json(told))).collect();
    let born = |entry: &NewEntry| Life::born(entry.state, entry.not_before, entry.said.clone());
    let lives: Vec<Life> = commit.outbox.iter().map(born).collect();
    let of = |entry: &NewEntry| match entry.depends_on {
        None => None,
        Some(Dependency::Stored(seq)) => Some(seq),
        Some(Dependency::New(index)) => Some(seqs[index]),
    };
    let new = &commit.outbox;
    let lanes: Vec<String> = new.iter().map(|e| written(&e.lane.name()).into_owned()).collect();
    let kinds: Vec<&str> = new.iter().map(|e| e.document.kind().as_str()).collect();
    let numbers: Vec<Cow<'_, str>> = new.iter().map(|e| written(e.document.number())).collect();
    let payloads: Vec<String> = new.iter().map(|e| json(&e.document)).collect();
    let fingerprints: Vec<String> = new.iter().map(|e| e.document.fingerprint()).collect();
    let depends: Vec<Option<i64>> = new.iter().map(of).collect();
    let states: Vec<&str> = lives.iter().map(|l| l.state.as_str()).collect();
    let not_before: Vec<i64> = lives.iter().map(|l| l.not_before.as_microsecond()).collect();
    let maybe_sent: Vec<bool> = lives.iter().map(|l| l.maybe_sent).collect();
    let absent: Vec<bool> = lives.iter().map(|l| l.absent).collect();
    let said: Vec<Option<Cow<'_, str>>> = lives.iter().map(|l| l.said.as_deref().map(written)).collect();
    let cuts: Vec<&str> = new.iter().map(|e| e.cut.as_str()).collect();
    let changed: Vec<i64> = new.iter().map(|e| e.changed_at.as_microsecond()).collect();
    let told: Vec<Option<&str>> = (0..new.len()).map(|i| before.get(&i).map(String::as_str)).collect();
    let sql =
        "INSERT INTO outbox (stream, planned_us, seq, lane, kind, number, payload, fingerprint, depends_on, state,
                                   not_before_us, maybe_sent, absent, said, cut, changed_us, told_before)
               SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::bigint[], $10::text[], $11::bigint[], $12::bool[], $13::bool[], $14::text[], $15::text[],
                   $16::bigint[], $17::text[])";
    link.execute(
        ACTION,
        sql,
        &[
            &stream,
            &at,
            &seqs,
            &lanes,
            &kinds,
            &numbers,
            &payloads,
            &fingerprints,
            &depends,
            &states,
            &not_before,
            &maybe_sent,
            &absent,
            &said,
            &cuts,
            &changed,
            &told,
        ],
    )
    .await
    .map(|_| ())
}

/// A customer's newer entry takes the place of one that is parked: what waits for that one waits for the newer.
async fn supersede(link: &Link, stream: &str, commit: &Commit, seqs: &[i64]) -> Result<(), StateError> {
    let customers = commit.outbox.iter().zip(seqs).filter(|(e, _)| e.document.kind() == DocumentKind::Customer);
    let newest: BTreeMap<String, i64> = customers.map(|(e, seq)| (e.lane.name(), *seq)).collect();
    if newest.is_empty() {
        return Ok(());
    }
    let lanes: Vec<Cow<'_, str>> = newest.keys().map(|lane| written(lane)).collect();
    let newest: Vec<i64> = newest.values().copied().collect();
    let parked = "SELECT p.seq, n.seq FROM unnest($2::text[], $3::bigint[]) AS n (lane, seq)
                  JOIN outbox p ON p.stream = $1 AND p.lane = n.lane AND p.seq < n.seq
                   AND p.state = 'parked' AND p.state NOT IN ('delivered', 'skipped')";
    let rows = link.query(ACTION, parked, &[&stream, &lanes, &newest]).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let (old, new): (Vec<i64>, Vec<i64>) = rows.iter().map(|row| (row.get::<_, i64>(0), row.get::<_, i64>(1))).unzip();
    let move_on = "UPDATE outbox o SET depends_on = s.new FROM unnest($2::bigint[], $3::bigint[]) AS s (old, new)
                   WHERE o.stream = $1 AND o.depends_on = s.old AND o.state NOT IN ('delivered', 'skipped')";
    link.execute(ACTION, move_on, &[&stream, &old, &new]).await?;
    let skip = "UPDATE outbox SET state = 'skipped', skip = 'superseded', said = $3
                WHERE stream = $1 AND seq = ANY($2) AND state = 'parked'";
    link.execute(ACTION, skip, &[&stream, &old, &NEWER_CUSTOMER]).await.map(|_| ())
}

async fn ledger_entries(link: &Link, stream: &str, commit: &Commit, seqs: &[i64]) -> Result<(), StateError> {
    let told: Vec<_> = commit
        .outbox
        .iter()
        .zip(seqs)
        .filter_map(|(entry, seq)| match (&entry.lane, entry.document.header()) {
            (Lane::Order(id), Some(header)) => Some((*seq, id, header, entry)),
            _ => None,
        })
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let reason = |entry: &NewEntry| match &entry.document {
        Document::CreditNote(note) => Some(note.reason.as_str()),
        _ => None,
    };
    let entries: Vec<i64> = told.iter().map(|(seq, ..)| *seq).collect();
    let orders: Vec<_> = told.iter().map(|(_, id, ..)| written(id)).collect();
    let order_numbers: Vec<_> = told.iter().map(|(_, _, header, _)| written(&header.order)).collect();
    let numbers: Vec<_> = told.iter().map(|(_, _, header, _)| written(&header.number)).collect();
    let kinds: Vec<&str> = told.iter().map(|(.., entry)| entry.document.kind().as_str()).collect();
    let reasons: Vec<Option<&str>> = told.iter().map(|(.., entry)| reason(entry)).collect();
    let nets: Vec<String> = told.iter().map(|(_, _, header, _)| header.amounts.net.to_string()).collect();
    let taxes: Vec<String> = told.iter().map(|(_, _, header, _)| header.amounts.tax.to_string()).collect();
    let totals: Vec<String> = told.iter().map(|(_, _, header, _)| header.amounts.total.to_string()).collect();
    let cuts: Vec<&str> = told.iter().map(|(.., entry)| entry.cut.as_str()).collect();
    let sql = "INSERT INTO ledger_entry (stream, mapping, entry, order_id, order_no, number, kind, reason, net, tax, total, cut)
               SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                                            $9::text[], $10::text[], $11::text[], $12::text[])";
    link.execute(
        "write the ledger",
        sql,
        &[
            &stream,
            &commit.mapping,
            &entries,
            &orders,
            &order_numbers,
            &numbers,
            &kinds,
            &reasons,
            &nets,
            &taxes,
            &totals,
            &cuts,
        ],
    )
    .await
    .map(|_| ())
}
