//! What an operator sees: the summary, lists, and one entry's whole history.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tokio_postgres::Row as SqlRow;

use super::link::Link;
use super::text::{Texts as _, written};
use super::{damaged, from_us, opening, outbox};
use crate::change::Position;
use crate::document::Amounts;
use crate::outbox::{EntryState, SkipHow};
use crate::state::{
    AttemptInfo, EntryFilter, EntryHistory, EntryInfo, Gauges, HeldOrder, LISTED_MAX, StateError, Summary,
};

const ACTION: &str = "read the summary";

/// A statement whose rows [`entry_info`] reads; further columns begin at [`FURTHER`].
macro_rules! entries {
    ($further:literal, $rest:literal) => {
        concat!(
            "SELECT o.seq, o.lane, o.kind, l.reason, o.number, coalesce(l.order_no, ''), coalesce(l.total, '0'), o.state,
                    o.attempts, o.said, o.reference, o.planned_us, o.delivered_us, o.cut",
            $further,
            " FROM outbox o LEFT JOIN ledger_entry l ON l.entry = o.seq WHERE o.stream = $1 AND ",
            $rest
        )
    };
}

/// The first column behind those of [`EntryInfo`].
const FURTHER: usize = 14;

/// See [`crate::state::State::streams`].
pub(super) async fn streams(link: &Link) -> Result<Vec<String>, StateError> {
    let rows = link.query("read the streams", "SELECT name FROM stream ORDER BY name", &[]).await?;
    Ok(rows.iter().map(|row| row.text(0)).collect())
}

/// See [`crate::state::State::gauges`].
pub(super) async fn gauges(link: &Link, stream: &str) -> Result<Gauges, StateError> {
    const ACTION: &str = "read the gauges";
    let sql = "SELECT s.position, s.clock_us, s.epoch,
            (SELECT e.shut_until_us FROM erp e WHERE e.account = coalesce(s.account, s.name)),
            (SELECT count(*) FROM ledger_order WHERE stream = $1 AND held IS NOT NULL),
            (SELECT count(*) FROM dirty WHERE stream = $1),
            (SELECT planned_us FROM outbox WHERE stream = $1 AND state NOT IN ('delivered', 'skipped') ORDER BY seq LIMIT 1)
        FROM stream s WHERE s.name = $1";
    let Some(row) = link.first(ACTION, sql, &[&stream]).await? else { return Ok(Gauges::default()) };
    let sql =
        "SELECT state, count(*) FROM outbox WHERE stream = $1 AND state NOT IN ('delivered', 'skipped') GROUP BY state";
    let mut open = BTreeMap::new();
    for found in link.query(ACTION, sql, &[&stream]).await? {
        let name = found.text(0);
        let state = EntryState::parse(&name)
            .ok_or_else(|| damaged(stream, "a state in the outbox", format!("{name} is none")))?;
        open.insert(state, found.get::<_, i64>(1).unsigned_abs());
    }
    let clock: i64 = row.get(1);
    Ok(Gauges {
        position: row.some_text(0).map(Position),
        clock: (clock != 0).then(|| from_us(clock)),
        epoch: Some(row.get(2)),
        open,
        waiting_since: row.get::<_, Option<i64>>(6).map(from_us),
        erp_shut_until: row.get::<_, Option<i64>>(3).map(from_us),
        held: row.get::<_, i64>(4).unsigned_abs(),
        settling: row.get::<_, i64>(5).unsigned_abs(),
    })
}

/// See [`crate::state::State::summary`].
pub(super) async fn summary(link: &Link, stream: &str) -> Result<Summary, StateError> {
    let counts = async |sql: &'static str| -> Result<BTreeMap<String, u64>, StateError> {
        let rows = link.query(ACTION, sql, &[&stream]).await?;
        Ok(rows.iter().map(|row| (row.text(0), row.get::<_, i64>(1).unsigned_abs())).collect())
    };
    let count = async |sql: &'static str| -> Result<u64, StateError> {
        Ok(link.one(ACTION, sql, &[&stream]).await?.get::<_, i64>(0).unsigned_abs())
    };
    let time = async |sql: &'static str| -> Result<_, StateError> {
        let found = link.first(ACTION, sql, &[&stream]).await?;
        Ok(found.and_then(|row| row.get::<_, Option<i64>>(0)).map(from_us))
    };
    let sql = "SELECT position, clock_us FROM stream WHERE name = $1";
    let found = link.first(ACTION, sql, &[&stream]).await?;
    let (position, clock): (Option<String>, i64) = found.map_or((None, 0), |row| (row.get(0), row.get(1)));
    let mut documents = counts(
        "SELECT coalesce('credit_note_' || reason, kind), count(*) FROM ledger_entry WHERE stream = $1 GROUP BY 1",
    )
    .await?;
    let customers = count("SELECT count(*) FROM ledger_customer WHERE stream = $1").await?;
    documents.insert("customer".into(), customers);
    let (opened, opened_amounts) = opening::balance(link, stream).await?;
    let (absorbed, absorbed_amounts) = opening::absorbed(link, stream).await?;
    Ok(Summary {
        stream: stream.to_owned(),
        position: position.map(Position),
        clock: (clock != 0).then(|| from_us(clock)),
        outbox: counts("SELECT state, count(*) FROM outbox WHERE stream = $1 GROUP BY state").await?,
        documents,
        waiting_since: time(
            "SELECT planned_us FROM outbox WHERE stream = $1 AND state NOT IN ('delivered', 'skipped') ORDER BY seq LIMIT 1",
        )
        .await?,
        erp_shut_until: time(
            "SELECT e.shut_until_us FROM erp e JOIN stream s ON e.account = coalesce(s.account, s.name) WHERE s.name = $1",
        )
        .await?,
        settling: count("SELECT count(*) FROM dirty WHERE stream = $1").await?,
        told: told(link, stream).await?,
        opened,
        opened_amounts,
        absorbed,
        absorbed_amounts,
        held_count: count("SELECT count(*) FROM ledger_order WHERE stream = $1 AND held IS NOT NULL").await?,
        held: listed(link, stream, HELD, some_max()).await?,
        warned_count: count("SELECT count(*) FROM ledger_order WHERE stream = $1 AND warning IS NOT NULL").await?,
        warned: listed(link, stream, WARNED, some_max()).await?,
        parked: some(link, stream, EntryState::Parked).await?,
        failing: failing(link, stream).await?,
    })
}

fn some_max() -> Option<i64> {
    i64::try_from(LISTED_MAX).ok()
}

/// Entries that the relay has failed with and still works on.
async fn failing(link: &Link, stream: &str) -> Result<Vec<EntryInfo>, StateError> {
    let mut failing: Vec<EntryInfo> = Vec::new();
    for state in [EntryState::Pending, EntryState::Unknown] {
        failing.extend(some(link, stream, state).await?.into_iter().filter(|e| e.said.is_some()));
    }
    failing.sort_by_key(|e| e.seq);
    failing.truncate(LISTED_MAX);
    Ok(failing)
}

/// See [`crate::state::State::list`].
pub(super) async fn list(link: &Link, stream: &str, filter: &EntryFilter) -> Result<Vec<EntryInfo>, StateError> {
    let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
    let max = filter.max.map(|max| i64::try_from(max).unwrap_or(i64::MAX));
    let [order, number, lane] =
        [&filter.order, &filter.number, &filter.lane].map(|wanted| wanted.as_deref().map(written));
    let sql = entries!(
        "",
        "(cardinality($2::text[]) = 0 OR o.state = ANY($2::text[])) AND ($3::text IS NULL OR o.kind = $3)
           AND ($4::text IS NULL OR l.order_no = $4) AND ($5::text IS NULL OR o.number = $5)
           AND ($6::text IS NULL OR o.lane = $6)
         ORDER BY o.seq LIMIT $7::bigint"
    );
    let rows =
        link.query("read the outbox", sql, &[&stream, &states, &filter.kind, &order, &number, &lane, &max]).await?;
    rows.iter().map(|row| entry_info(stream, row)).collect()
}

/// Some entries in one state.
async fn some(link: &Link, stream: &str, state: EntryState) -> Result<Vec<EntryInfo>, StateError> {
    list(link, stream, &EntryFilter { states: vec![state], max: Some(LISTED_MAX), ..EntryFilter::default() }).await
}

/// See [`crate::state::State::held`].
pub(super) async fn held(link: &Link, stream: &str) -> Result<Vec<HeldOrder>, StateError> {
    listed(link, stream, HELD, None).await
}

/// See [`crate::state::State::history`].
pub(super) async fn history(link: &Link, stream: &str, seq: i64) -> Result<Option<EntryHistory>, StateError> {
    let action = "read the outbox";
    let sql = entries!(
        ", o.payload, o.fingerprint, o.depends_on, o.not_before_us, o.lease_until_us, o.maybe_sent, o.absent, o.posting_date,
           o.skip, o.erp_net, o.erp_tax, o.erp_total, o.changed_us",
        "o.seq = $2"
    );
    let Some(row) = link.first(action, sql, &[&stream, &seq]).await? else { return Ok(None) };
    let document = match row.get::<_, &str>(FURTHER) {
        "" => None,
        text => Some(outbox::document(stream, seq, text, row.get(FURTHER + 1))?),
    };
    let sql = "SELECT at_us, verdict, duration_us, said FROM attempt WHERE entry = $1 ORDER BY at_us";
    let attempts = link.query(action, sql, &[&seq]).await?;
    let attempt = |row: &SqlRow| AttemptInfo {
        at: from_us(row.get(0)),
        verdict: row.get(1),
        ms: row.get::<_, i64>(2).unsigned_abs() / 1000,
        said: row.some_text(3),
    };
    Ok(Some(EntryHistory { document, attempts_made: attempts.iter().map(attempt).collect(), ..whole(stream, &row)? }))
}

fn whole(stream: &str, row: &SqlRow) -> Result<EntryHistory, StateError> {
    let entry = entry_info(stream, row)?;
    let seq = entry.seq;
    let wrong = |what: &str, reason: &str| damaged(stream, format!("the {what} of outbox entry {seq}"), reason);
    let amount = |i: usize| {
        let parsed = row.get::<_, Option<&str>>(FURTHER + i).map(|text| text.parse::<Decimal>());
        parsed.transpose().map_err(|_| wrong("ERP's amount", "it is not a number"))
    };
    let erp_amounts = match (amount(9)?, amount(10)?, amount(11)?) {
        (Some(net), Some(tax), Some(total)) => Some(Amounts { net, tax, total }),
        _ => None,
    };
    let day = |text: &str| text.parse().map_err(|_| wrong("posting date", "it is no day"));
    let how = |text: &str| SkipHow::parse(text).ok_or_else(|| wrong("way of skipping", "it is none"));
    Ok(EntryHistory {
        entry,
        document: None,
        fingerprint: row.get(FURTHER + 1),
        depends_on: row.get(FURTHER + 2),
        not_before: from_us(row.get(FURTHER + 3)),
        lease_until: row.get::<_, Option<i64>>(FURTHER + 4).map(from_us),
        maybe_sent: row.get(FURTHER + 5),
        absent: row.get(FURTHER + 6),
        posting_date: row.get::<_, Option<&str>>(FURTHER + 7).map(day).transpose()?,
        skip: row.get::<_, Option<&str>>(FURTHER + 8).map(how).transpose()?,
        erp_amounts,
        changed_at: from_us(row.get(FURTHER + 12)),
        attempts_made: Vec::new(),
    })
}

fn entry_info(stream: &str, row: &SqlRow) -> Result<EntryInfo, StateError> {
    let seq: i64 = row.get(0);
    let (state, total): (&str, &str) = (row.get(7), row.get(6));
    let wrong = |what: &str, found: &str, is: &str| {
        damaged(stream, format!("the {what} of outbox entry {seq}"), format!("\"{found}\" is {is}"))
    };
    Ok(EntryInfo {
        seq,
        lane: row.text(1),
        kind: row.get(2),
        reason: row.some_text(3),
        number: row.text(4),
        order: row.text(5),
        total: total.parse().map_err(|_| wrong("total", total, "not a number"))?,
        state: EntryState::parse(state).ok_or_else(|| wrong("state", state, "none"))?,
        attempts: row.get::<_, i32>(8).cast_unsigned(),
        said: row.some_text(9),
        reference: row.some_text(10),
        planned_at: from_us(row.get(11)),
        delivered_at: row.get::<_, Option<i64>>(12).map(from_us),
        cut: row.get(13),
    })
}

const HELD: &str = "SELECT CASE WHEN number = '' THEN id ELSE number END, held FROM ledger_order
                    WHERE stream = $1 AND held IS NOT NULL ORDER BY id LIMIT $2::bigint";
const WARNED: &str = "SELECT CASE WHEN number = '' THEN id ELSE number END, warning FROM ledger_order
                      WHERE stream = $1 AND warning IS NOT NULL ORDER BY id LIMIT $2::bigint";

/// Orders and what is said of them.
async fn listed(link: &Link, stream: &str, sql: &'static str, max: Option<i64>) -> Result<Vec<HeldOrder>, StateError> {
    let rows = link.query(ACTION, sql, &[&stream, &max]).await?;
    Ok(rows.iter().map(|row| HeldOrder { order: row.text(0), reason: row.text(1) }).collect())
}

async fn told(link: &Link, stream: &str) -> Result<Amounts, StateError> {
    let sql = "SELECT coalesce(sum(net::numeric), 0)::text, coalesce(sum(tax::numeric), 0)::text,
                      coalesce(sum(total::numeric), 0)::text
               FROM ledger_order WHERE stream = $1";
    let row = link.one("add up the ledger", sql, &[&stream]).await?;
    let amount = |i: usize| row.get::<_, &str>(i).parse::<Decimal>();
    match (amount(0), amount(1), amount(2)) {
        (Ok(net), Ok(tax), Ok(total)) => Ok(Amounts { net, tax, total }),
        _ => Err(damaged(stream, "an amount of the ledger", "it is not a number")),
    }
}
