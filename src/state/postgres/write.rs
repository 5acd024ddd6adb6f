//! Capture's statements that write: a session's beginning, and its commits.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{join, join3, join5};
use jiff::Timestamp;
use tokio_postgres::Row as SqlRow;

use super::binlog::{self, json};
use super::link::{Link, all};
use super::text::{Texts as _, written};
use super::{added, books, damaged, fresh, from_us, lives, microseconds, mirror, now, opening, read, wake};
use crate::change::{Footprint, Position};
use crate::state::footprint::same_footprint;
use crate::state::{Begin, Begun, Commit, DIRTY_MAX, DirtyKey, OrderRecord, RESYNC, Refill, Session, StateError};

/// See [`crate::state::State::begin`].
pub(super) async fn begin(link: &Link, stream: &str, begin: &Begin) -> Result<Begun, StateError> {
    let action = "begin a session";
    let (mut footprint, mapping) = (json(&begin.footprint), &begin.mapping);
    let sql = "INSERT INTO stream (name, epoch, footprint, mapping) VALUES ($1, 0, $2, $3) ON CONFLICT DO NOTHING";
    link.execute(action, sql, &[&stream, &footprint, mapping]).await?;
    // An earlier session's last commit has come to its end, one way or the other, once the row is ours.
    // A session ends with its connection: where the server has dropped that, the lease is nobody's, whoever it names.
    let sql = "SELECT footprint, position IS NOT NULL, mapping <> $2, holder, lease_until_us,
                      connection IS NULL OR EXISTS (
                          SELECT 1 FROM pg_stat_activity a WHERE a.pid = split_part(connection, ' ', 1)::int
                             AND (a.backend_start IS NULL OR connection = a.pid || ' ' || extract(epoch FROM a.backend_start))),
                      coalesce(begun = $3, false)
               FROM stream WHERE name = $1 FOR UPDATE";
    let known = link.one(action, sql, &[&stream, mapping, &RESYNC]).await?;
    let began_at = now(link).await?;
    let until = known.get::<_, Option<i64>>(4).map_or(Timestamp::UNIX_EPOCH, from_us);
    let holder = known.some_text(3).unwrap_or_default();
    if until > began_at && holder != begin.holder && known.get::<_, bool>(5) {
        return Ok(Begun::Waits { holder, until });
    }
    let (started, remapped): (bool, bool) = (known.get(1), known.get(2));
    let mut mirrored = None;
    if started {
        if known.get::<_, bool>(6) && !begin.resync {
            return Err(StateError::Unfinished { stream: stream.to_owned() });
        }
        let known: Footprint = serde_json::from_str(known.get(0)).map_err(|e| damaged(stream, "the footprint", e))?;
        if !begin.resync {
            same_footprint(stream, &known, &begin.footprint)?;
        } else if known != begin.footprint {
            footprint = json(&known);
            mirrored = Some(known);
        }
    } else if !opening::goes_on(link, stream, begin).await? {
        opening::forget(link, stream).await?;
        mirror::empty(link, stream).await?;
        binlog::forget(link, stream).await?;
    }
    // By the clock, so that no state that is restored later comes to the same epoch.
    let sql = "UPDATE stream SET epoch = greatest(epoch + 1, $2), footprint = $3, holder = $5, lease_until_us = $6,
                      connection = (SELECT a.pid || ' ' || extract(epoch FROM a.backend_start) FROM pg_stat_activity a
                                    WHERE a.pid = pg_backend_pid()),
                      agreed = CASE WHEN position IS NULL THEN NULL WHEN mapping <> $4 THEN coalesce(agreed, mapping)
                                    ELSE agreed END,
                      mapping = CASE WHEN position IS NULL THEN $4 ELSE mapping END
               WHERE name = $1 RETURNING epoch, position, clock_us, cut, beginning, unread_before_us";
    let lease = began_at.as_microsecond().saturating_add(microseconds(begin.lease));
    let at = began_at.as_microsecond();
    let row = link.one(action, sql, &[&stream, &at, &footprint, mapping, &written(&begin.holder), &lease]).await?;
    books::look_again(link, stream).await?;
    let kept = binlog::kept(link, stream).await?;
    Ok(Begun::Session(Box::new(Session {
        epoch: row.get(0),
        began_at,
        position: row.get::<_, Option<String>>(1).map(Position),
        beginning: row.get::<_, Option<String>>(4).map(Position),
        unread_before: row.get::<_, Option<i64>>(5).map(from_us),
        clock: from_us(row.get(2)),
        cut: row.get(3),
        dirty: read::dirty(link, stream, DIRTY_MAX).await?,
        waiting: read::waiting(link, stream).await?,
        begun: kept.begun,
        server: kept.server,
        shapes: kept.shapes,
        reindex: started && remapped,
        opening: opening::progress(link, stream).await?,
        mirrored,
    })))
}

/// See [`crate::state::State::renew`].
pub(super) async fn renew(link: &Link, stream: &str, epoch: i64, lease: Duration) -> Result<(), StateError> {
    let sql = "UPDATE stream SET lease_until_us = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $3
               WHERE name = $1 AND epoch = $2";
    if link.execute("renew the lease", sql, &[&stream, &epoch, &microseconds(lease)]).await? == 1 {
        return Ok(());
    }
    let row = link.one("read the epoch", "SELECT epoch FROM stream WHERE name = $1", &[&stream]).await?;
    Err(StateError::Fenced { stream: stream.to_owned(), ours: epoch, latest: row.get(0) })
}

/// See [`crate::state::State::end`].
pub(super) async fn end(link: &Link, stream: &str, epoch: i64) -> Result<(), StateError> {
    let sql =
        "UPDATE stream SET lease_until_us = NULL, holder = NULL, connection = NULL WHERE name = $1 AND epoch = $2";
    link.execute("give the lease back", sql, &[&stream, &epoch]).await.map(|_| ())
}

/// What a commit belongs to.
#[derive(Debug, Clone)]
pub(super) struct Ours {
    pub footprint: Footprint,
    pub epoch: i64,
    pub lease: Duration,
}

/// See [`crate::state::State::commit`]. What is taken for `fresh` is not looked up in the mirror.
pub(super) async fn commit(
    link: &Link,
    woken: &str,
    stream: &str,
    ours: &Ours,
    commit: &Commit,
    fresh: bool,
) -> Result<Vec<i64>, StateError> {
    let sql = "SELECT epoch, hand, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM stream
               WHERE name = $1 FOR UPDATE";
    let read = async { link.one("read the epoch", sql, &[&stream]).await };
    let (read, drawn) = join(read, added::draw(link, commit.outbox.len())).await;
    let (row, seqs) = (read?, drawn?);
    let (latest, hand): (i64, i64) = (row.get(0), row.get(1));
    if latest != ours.epoch {
        return Err(StateError::Fenced { stream: stream.to_owned(), ours: ours.epoch, latest });
    }
    if commit.hand.is_some_and(|read| read != hand) {
        return Err(StateError::Moved { stream: stream.to_owned() });
    }
    for (order, from) in &commit.superseded {
        lives::supersede(link, stream, order, *from).await?;
    }
    if let Some(refill) = &commit.refill {
        make_room(link, stream, refill).await?;
    }
    let outbox = async {
        if seqs.is_empty() {
            return Ok(());
        }
        let added = added::write(link, stream, commit, &seqs, row.get(2));
        let (a, b, c) = join3(added, customers(link, stream, commit, &seqs), wake::notify(link, woken)).await;
        all([a, b, c]).map(|_| ())
    };
    let mirrored = async {
        match fresh && fresh::can_take(&commit.mirror) {
            true => fresh::write(link, stream, &ours.footprint, &commit.mirror).await,
            false => mirror::write(link, stream, &ours.footprint, &commit.mirror).await,
        }
    };
    // The mirror last: the server is busy with the others while its rows are put together.
    let parts = join5(
        join3(
            binlog::write(link, stream, commit),
            opening::write(link, stream, commit),
            position(link, stream, ours.lease, commit),
        ),
        orders(link, stream, &commit.orders),
        settle_times(link, stream, commit),
        outbox,
        mirrored,
    );
    let ((a, b, c), d, e, f, g) = parts.await;
    all([a, b, c, d, e, f, g])?;
    Ok(seqs)
}

async fn make_room(link: &Link, stream: &str, refill: &Refill) -> Result<(), StateError> {
    let action = "make room in the mirror";
    for sql in [
        "DELETE FROM owner WHERE stream = $1 AND tbl = ANY($2)",
        "DELETE FROM mirror WHERE stream = $1 AND tbl = ANY($2)",
    ] {
        link.execute(action, sql, &[&stream, &refill.tables]).await?;
    }
    let sql = "UPDATE stream SET footprint = $2 WHERE name = $1";
    link.execute(action, sql, &[&stream, &json(&refill.footprint)]).await.map(|_| ())
}

async fn position(link: &Link, stream: &str, lease: Duration, commit: &Commit) -> Result<(), StateError> {
    let sql = "UPDATE stream SET position = coalesce($2, position), clock_us = $3, cut = coalesce($4, cut),
                      beginning = CASE WHEN position IS NULL OR begun = 'resync' THEN coalesce($2, beginning)
                                       ELSE beginning END,
                      mapping = coalesce($5, mapping), begun = CASE WHEN $6 THEN $7 ELSE begun END,
                      server = coalesce($8, server),
                      lease_until_us = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + $9
               WHERE name = $1";
    let position = commit.position.as_ref().map(|p| &p.0);
    let moved = commit.position.is_some() || commit.begun.is_some();
    let server = commit.server.as_ref().map(json);
    let (clock, lease) = (commit.clock.as_microsecond(), microseconds(lease));
    link.execute(
        "move the position",
        sql,
        &[&stream, &position, &clock, &commit.cut, &commit.indexed, &moved, &commit.begun, &server, &lease],
    )
    .await
    .map(|_| ())
}

async fn customers(link: &Link, stream: &str, commit: &Commit, seqs: &[i64]) -> Result<(), StateError> {
    if commit.customers.is_empty() {
        return Ok(());
    }
    let told = commit.customers.iter().zip(&commit.customer_entries);
    let told: BTreeMap<&str, _> = told.map(|(record, entry)| (record.id.as_str(), (record, seqs[*entry]))).collect();
    let ids: Vec<_> = told.keys().map(|id| written(id)).collect();
    let numbers: Vec<_> = told.values().map(|(record, _)| written(&record.number)).collect();
    let fingerprints: Vec<&str> = told.values().map(|(record, _)| record.fingerprint.as_str()).collect();
    let entries: Vec<i64> = told.values().map(|(_, seq)| *seq).collect();
    let sql = "INSERT INTO ledger_customer (stream, id, number, fingerprint, entry)
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
               ON CONFLICT (stream, id) DO UPDATE SET number = excluded.number, fingerprint = excluded.fingerprint,
                   entry = excluded.entry";
    link.execute("write the ledger", sql, &[&stream, &ids, &numbers, &fingerprints, &entries]).await.map(|_| ())
}

async fn orders(link: &Link, stream: &str, records: &[OrderRecord]) -> Result<(), StateError> {
    if records.is_empty() {
        return Ok(());
    }
    let last: BTreeMap<&str, &OrderRecord> = records.iter().map(|record| (record.id.as_str(), record)).collect();
    let records: Vec<&OrderRecord> = last.into_values().collect();
    let ids: Vec<_> = records.iter().map(|r| written(&r.id)).collect();
    let numbers: Vec<_> = records.iter().map(|r| written(&r.number)).collect();
    let told: Vec<String> = records.iter().map(|r| json(&r.told)).collect();
    let amounts: Vec<_> = records.iter().map(|r| r.told.amounts()).collect();
    let nets: Vec<String> = amounts.iter().map(|a| a.net.to_string()).collect();
    let taxes: Vec<String> = amounts.iter().map(|a| a.tax.to_string()).collect();
    let totals: Vec<String> = amounts.iter().map(|a| a.total.to_string()).collect();
    let held: Vec<_> = records.iter().map(|r| r.held.as_deref().map(written)).collect();
    let waits: Vec<_> = records.iter().map(|r| r.waits_for.as_deref().map(written)).collect();
    let older: Vec<bool> = records.iter().map(|r| r.older).collect();
    let warnings: Vec<_> = records.iter().map(|r| r.warning.as_deref().map(written)).collect();
    let sql = "INSERT INTO ledger_order (stream, id, number, told, net, tax, total, held, waits_for, older, warning)
               SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                                        $9::text[], $10::bool[], $11::text[])
               ON CONFLICT (stream, id) DO UPDATE SET number = excluded.number, told = excluded.told, net = excluded.net,
                   tax = excluded.tax, total = excluded.total, held = excluded.held, waits_for = excluded.waits_for,
                   older = excluded.older, warning = excluded.warning, voided = false";
    link.execute(
        "write the ledger",
        sql,
        &[&stream, &ids, &numbers, &told, &nets, &taxes, &totals, &held, &waits, &older, &warnings],
    )
    .await
    .map(|_| ())
}

async fn settle_times(link: &Link, stream: &str, commit: &Commit) -> Result<(), StateError> {
    let action = "write settle times";
    if let Some(at) = commit.dirty_not_after {
        let sql = "UPDATE dirty SET since_us = $2 WHERE stream = $1 AND since_us > $2";
        link.execute(action, sql, &[&stream, &at.as_microsecond()]).await?;
    }
    if !commit.clean.is_empty() {
        let (kinds, ids): (Vec<_>, Vec<_>) = commit.clean.iter().map(dirty_name).unzip();
        let sql = "DELETE FROM dirty d USING unnest($2::text[], $3::text[]) AS c (kind, id)
                   WHERE d.stream = $1 AND d.kind = c.kind AND d.id = c.id";
        link.execute(action, sql, &[&stream, &kinds, &ids]).await?;
    }
    if !commit.dirty.is_empty() {
        let last: BTreeMap<&DirtyKey, i64> =
            commit.dirty.iter().map(|(key, since)| (key, since.as_microsecond())).collect();
        let (kinds, ids): (Vec<_>, Vec<_>) = last.keys().map(|key| dirty_name(key)).unzip();
        let since: Vec<i64> = last.into_values().collect();
        let sql = "INSERT INTO dirty (stream, kind, id, since_us)
                   SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[])
                   ON CONFLICT (stream, kind, id) DO UPDATE SET since_us = excluded.since_us";
        link.execute(action, sql, &[&stream, &kinds, &ids, &since]).await?;
    }
    Ok(())
}

fn dirty_name(key: &DirtyKey) -> (&'static str, std::borrow::Cow<'_, str>) {
    match key {
        DirtyKey::Customer(id) => ("customer", written(id)),
        DirtyKey::Order(id) => ("order", written(id)),
    }
}

/// See [`crate::state::State::prune`].
pub(super) async fn prune(link: &Link, stream: &str, age: Duration, entries_max: usize) -> Result<usize, StateError> {
    let action = "forget old payloads";
    let before = now(link).await?.saturating_sub(age).unwrap_or(Timestamp::MIN).as_microsecond();
    let max = i64::try_from(entries_max).unwrap_or(i64::MAX);
    let sql = "UPDATE outbox SET payload = '', told_before = NULL WHERE seq IN (
                   SELECT seq FROM outbox WHERE stream = $1 AND state IN ('delivered', 'skipped') AND payload <> ''
                     AND planned_us < $2 AND coalesce(delivered_us, planned_us) < $2
                   ORDER BY planned_us LIMIT $3 FOR UPDATE SKIP LOCKED)
               RETURNING seq";
    let rows: Vec<SqlRow> = link.query(action, sql, &[&stream, &before, &max]).await?;
    let seqs: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    link.execute(action, "DELETE FROM attempt WHERE entry = ANY($1)", &[&seqs]).await?;
    Ok(seqs.len())
}
