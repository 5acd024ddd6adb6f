//! The mirror: many rows in few statements.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{join, join3};
use tokio_postgres::Row as SqlRow;

use super::damaged;
use super::link::{Link, all};
use super::text::{Texts as _, indexed, written};
use crate::change::{Footprint, Lookup, MirrorRow, Row, RowKey, TableId, Value};
use crate::state::{MirrorWrite, StateError};

/// Rows that one statement writes.
const ROWS_MAX: usize = 4_096;

/// Bytes of rows that one statement writes, unless a single row has more.
const BYTES_MAX: usize = 16 << 20;

const ACTION: &str = "read the mirror";

/// See [`crate::state::State::load`].
pub(super) async fn load(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
    lookups: Vec<Lookup>,
) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError> {
    let mut answers: Vec<(Lookup, Vec<MirrorRow>)> = lookups.into_iter().map(|lookup| (lookup, Vec::new())).collect();
    let (keyed, owned) = {
        let (mut keyed, mut owned) = (Asked::default(), Asked::default());
        for (index, (lookup, _)) in answers.iter().enumerate() {
            match lookup {
                Lookup::Row { table, key } => keyed.push(index, &footprint.tables[*table].table, key),
                Lookup::Owned { index: name, owner } => owned.push(index, name, owner),
            }
        }
        let by_key = keyed.ask(
            link,
            stream,
            "SELECT k.n, m.tbl, m.key, m.full_key, m.row FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (n, tbl, key)
             JOIN mirror m ON m.stream = $1 AND m.tbl = k.tbl AND m.key = k.key",
        );
        let by_owner = owned.ask(
            link,
            stream,
            "SELECT k.n, m.tbl, m.key, m.full_key, m.row FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (n, idx, owner)
             JOIN owner w ON w.stream = $1 AND w.idx = k.idx AND w.owner = k.owner
             JOIN mirror m ON m.stream = $1 AND m.tbl = w.tbl AND m.key = w.key",
        );
        let (keyed, owned) = join(by_key, by_owner).await;
        (keyed?, owned?)
    };
    let tables: BTreeMap<&str, TableId> =
        footprint.tables.iter().enumerate().map(|(id, table)| (table.table.as_str(), id)).collect();
    for found in keyed.iter().chain(&owned) {
        let name: &str = found.get(1);
        let unknown = || damaged(stream, "the owner index", format!("it names the unknown table {name}"));
        let table = *tables.get(name).ok_or_else(unknown)?;
        let row = mirror_row(stream, footprint, table, key_of(found, 2), found.get(4))?;
        let answer = usize::try_from(found.get::<_, i64>(0)).unwrap_or_default();
        answers[answer].1.push(row);
    }
    for (_, rows) in &mut answers {
        rows.sort_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
    }
    Ok(answers)
}

/// Questions of one kind, with the places of their answers.
#[derive(Default)]
struct Asked<'a> {
    places: Vec<i64>,
    names: Vec<&'a str>,
    keys: Vec<Cow<'a, str>>,
}

impl<'a> Asked<'a> {
    fn push(&mut self, place: usize, name: &'a str, key: &'a str) {
        self.places.push(i64::try_from(place).unwrap_or(i64::MAX));
        self.names.push(name);
        self.keys.push(indexed(key));
    }

    async fn ask(&self, link: &Link, stream: &str, sql: &'static str) -> Result<Vec<SqlRow>, StateError> {
        match self.places.is_empty() {
            true => Ok(Vec::new()),
            false => link.query(ACTION, sql, &[&stream, &self.places, &self.names, &self.keys]).await,
        }
    }
}

/// See [`crate::state::State::mirrored`].
pub(super) async fn mirrored(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
) -> Result<BTreeSet<TableId>, StateError> {
    let names: Vec<&str> = footprint.tables.iter().map(|table| table.table.as_str()).collect();
    let sql = "SELECT t.n FROM unnest($2::text[]) WITH ORDINALITY AS t (tbl, n)
               WHERE EXISTS (SELECT 1 FROM mirror m WHERE m.stream = $1 AND m.tbl = t.tbl)";
    let rows = link.query(ACTION, sql, &[&stream, &names]).await?;
    let id = |row: &SqlRow| usize::try_from(row.get::<_, i64>(0) - 1).ok();
    Ok(rows.iter().filter_map(id).collect())
}

/// See [`crate::state::State::rows`]. Of keys that are too long for an index, the order is that of their heads and hashes.
pub(super) async fn rows(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
    table: TableId,
    after: Option<&str>,
    rows_max: usize,
) -> Result<Vec<MirrorRow>, StateError> {
    let name = &footprint.tables[table].table;
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let sql = "SELECT key, full_key, row FROM mirror WHERE stream = $1 AND tbl = $2 AND key > $3 ORDER BY key LIMIT $4";
    let found = link.query(ACTION, sql, &[&stream, name, &indexed(after.unwrap_or_default()), &limit]).await?;
    found.iter().map(|row| mirror_row(stream, footprint, table, key_of(row, 0), row.get(2))).collect()
}

/// Empties the mirror of a stream that has not started.
pub(super) async fn empty(link: &Link, stream: &str) -> Result<(), StateError> {
    for sql in ["DELETE FROM owner WHERE stream = $1", "DELETE FROM mirror WHERE stream = $1"] {
        link.execute("empty the mirror", sql, &[&stream]).await?;
    }
    Ok(())
}

/// Writes rows with their owners.
pub(super) async fn write(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
    writes: &[MirrorWrite],
) -> Result<(), StateError> {
    // The last of several writes of a row counts; in order, so that what lies together is written together.
    let last: BTreeMap<(&str, &str), &MirrorWrite> = writes
        .iter()
        .map(|write| ((footprint.tables[write.table].table.as_str(), write.key.as_str()), write))
        .collect();
    let mut rows = Rows::default();
    for ((table, key), write) in last {
        rows.push(table, key, write);
        if rows.tables.len() >= ROWS_MAX || rows.bytes >= BYTES_MAX {
            std::mem::take(&mut rows).write(link, stream).await?;
        }
    }
    rows.write(link, stream).await
}

/// Rows that are written together, column by column.
#[derive(Default)]
struct Rows<'a> {
    /// All of them.
    tables: Vec<&'a str>,
    keys: Vec<Cow<'a, str>>,
    /// Those that are there.
    kept_tables: Vec<&'a str>,
    kept_keys: Vec<Cow<'a, str>>,
    full_keys: Vec<Option<Cow<'a, str>>>,
    images: Vec<String>,
    /// Those that are gone.
    gone_tables: Vec<&'a str>,
    gone_keys: Vec<Cow<'a, str>>,
    /// By index, owner, table and key.
    owners: BTreeSet<Owner<'a>>,
    bytes: usize,
}

type Owner<'a> = (Cow<'a, str>, Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

impl<'a> Rows<'a> {
    fn push(&mut self, table: &'a str, full: &'a str, write: &'a MirrorWrite) {
        let key = indexed(full);
        self.tables.push(table);
        self.keys.push(key.clone());
        let Some(row) = &write.row else {
            self.gone_tables.push(table);
            self.gone_keys.push(key);
            return;
        };
        let image = serde_json::to_string(row).expect("a row is always JSON");
        self.bytes += image.len();
        self.images.push(image);
        self.full_keys.push((*key != *full).then(|| written(full)));
        for (index, owner) in &write.owners {
            self.owners.insert(((*index).into(), indexed(owner), table.into(), key.clone()));
        }
        self.kept_tables.push(table);
        self.kept_keys.push(key);
    }

    async fn write(self, link: &Link, stream: &str) -> Result<(), StateError> {
        if self.tables.is_empty() {
            return Ok(());
        }
        let action = "write the mirror";
        let upsert = async {
            if self.kept_tables.is_empty() {
                return Ok(Vec::new());
            }
            let sql = "INSERT INTO mirror (stream, tbl, key, full_key, row)
                       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
                       ON CONFLICT (stream, tbl, key) DO UPDATE SET row = excluded.row WHERE mirror.row <> excluded.row";
            link.query(action, sql, &[&stream, &self.kept_tables, &self.kept_keys, &self.full_keys, &self.images]).await
        };
        let delete = async {
            if self.gone_tables.is_empty() {
                return Ok(Vec::new());
            }
            let sql = "DELETE FROM mirror m USING unnest($2::text[], $3::text[]) AS g (tbl, key)
                       WHERE m.stream = $1 AND m.tbl = g.tbl AND m.key = g.key";
            link.query(action, sql, &[&stream, &self.gone_tables, &self.gone_keys]).await
        };
        // Most rows keep their owners: only what differs is written.
        let owners = async {
            let sql = "SELECT w.idx, w.owner, w.tbl, w.key FROM unnest($2::text[], $3::text[]) AS r (tbl, key)
                       JOIN owner w ON w.stream = $1 AND w.tbl = r.tbl AND w.key = r.key";
            link.query(action, sql, &[&stream, &self.tables, &self.keys]).await
        };
        let (upserted, deleted, found) = join3(upsert, delete, owners).await;
        let found = all([upserted, deleted, found])?.pop().unwrap_or_default();
        self.write_owners(link, stream, &found).await
    }

    async fn write_owners(&self, link: &Link, stream: &str, found: &[SqlRow]) -> Result<(), StateError> {
        let found: BTreeSet<Owner<'_>> = found
            .iter()
            .map(|row| {
                let column = |i: usize| Cow::Borrowed(row.get::<_, &str>(i));
                (column(0), column(1), column(2), column(3))
            })
            .collect();
        let gone = Columns::of(found.iter().filter(|owner| !self.owners.contains(*owner)));
        let new = Columns::of(self.owners.iter().filter(|owner| !found.contains(*owner)));
        if !gone.0[0].is_empty() {
            let sql = "DELETE FROM owner w USING unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS g (idx, owner, tbl, key)
                       WHERE w.stream = $1 AND w.idx = g.idx AND w.owner = g.owner AND w.tbl = g.tbl AND w.key = g.key";
            gone.send(link, stream, sql).await?;
        }
        if !new.0[0].is_empty() {
            let sql = "INSERT INTO owner (stream, idx, owner, tbl, key)
                       SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])";
            new.send(link, stream, sql).await?;
        }
        Ok(())
    }
}

/// Owners, column by column, as they are stored.
struct Columns<'a>([Vec<&'a str>; 4]);

impl<'a> Columns<'a> {
    fn of(owners: impl Iterator<Item = &'a Owner<'a>>) -> Columns<'a> {
        let mut columns = Columns(Default::default());
        for (index, owner, table, key) in owners {
            for (column, value) in columns.0.iter_mut().zip([index, owner, table, key]) {
                column.push(value);
            }
        }
        columns
    }

    async fn send(&self, link: &Link, stream: &str, sql: &'static str) -> Result<(), StateError> {
        let [index, owner, table, key] = &self.0;
        link.execute("write the mirror", sql, &[&stream, index, owner, table, key]).await.map(|_| ())
    }
}

/// The whole key, of a row whose key is in `column` and behind it.
fn key_of(row: &SqlRow, column: usize) -> RowKey {
    row.some_text(column + 1).unwrap_or_else(|| row.text(column))
}

fn mirror_row(
    stream: &str,
    footprint: &Footprint,
    table: TableId,
    key: RowKey,
    json: &str,
) -> Result<MirrorRow, StateError> {
    let what = || format!("row {key} of {}", footprint.tables[table].table);
    let values: Vec<Value> = serde_json::from_str(json).map_err(|e| damaged(stream, what(), e))?;
    if values.len() != footprint.tables[table].columns.len() {
        return Err(damaged(stream, what(), format!("it has {} columns", values.len())));
    }
    let row: Row = values.into();
    Ok(MirrorRow { table, key, row })
}
