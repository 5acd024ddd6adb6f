//! The mirror: many rows in few statements.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use futures_util::future::{join, join5};
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

use super::binlog::json;
use super::link::{Link, Params, all};
use super::text::{Texts as _, indexed, written};
use super::{damaged, from_us};
use crate::change::{Changed, Footprint, Lookup, MirrorRow, Row, RowKey, TableId, Value};
use crate::state::mirror::is_written_as;
use crate::state::{MirrorKey, MirrorWrite, RowUnder, StateError};

/// Rows that one statement writes.
const ROWS_MAX: usize = 4_096;

/// Rows that nobody asks for and that are gone through all the same, beside as many as are asked for.
const NEAR_MAX: usize = 64;

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
    let asked = Asked::of(footprint, &lookups);
    let by_key = asked.keyed.ask(
        link,
        stream,
        "SELECT k.n, m.tbl, m.key, m.full_key, m.row FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (n, tbl, key)
         JOIN mirror m ON m.stream = $1 AND m.tbl = k.tbl AND m.key = k.key",
    );
    let by_owner = asked.owned.ask(
        link,
        stream,
        "SELECT k.n, m.tbl, m.key, m.full_key, m.row FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (n, idx, owner)
         JOIN owner w ON w.stream = $1 AND w.idx = k.idx AND w.owner = k.owner
         JOIN mirror m ON m.stream = $1 AND m.tbl = w.tbl AND m.key = w.key",
    );
    let (keyed, owned) = join(by_key, by_owner).await;
    let (keyed, owned) = (keyed?, owned?);
    drop(asked);
    let mut answers: Vec<(Lookup, Vec<MirrorRow>)> = lookups.into_iter().map(|lookup| (lookup, Vec::new())).collect();
    let tables = Named::of(footprint);
    for found in keyed.iter().chain(&owned) {
        let table = tables.id(stream, found.get(1))?;
        let row = mirror_row(stream, footprint, table, key_of(found, 2), found.get(4))?;
        answers[place_of(found)].1.push(row);
    }
    for (_, rows) in &mut answers {
        rows.sort_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
    }
    Ok(answers)
}

/// See [`crate::state::State::keys`].
pub(super) async fn keys(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
    lookups: Vec<Lookup>,
) -> Result<Vec<(Lookup, Vec<MirrorKey>)>, StateError> {
    let asked = Asked::of(footprint, &lookups);
    let by_key = asked.keyed.ask(
        link,
        stream,
        "SELECT k.n, m.tbl, m.key, m.full_key FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (n, tbl, key)
         JOIN mirror m ON m.stream = $1 AND m.tbl = k.tbl AND m.key = k.key",
    );
    let by_owner = asked.owned.ask(
        link,
        stream,
        // Only what is cut has to be looked for in the mirror: 64 bytes of it are a hash.
        "SELECT k.n, w.tbl, w.key,
                CASE WHEN octet_length(w.key) > 64
                     THEN (SELECT m.full_key FROM mirror m WHERE m.stream = $1 AND m.tbl = w.tbl AND m.key = w.key) END
         FROM unnest($2::bigint[], $3::text[], $4::text[]) AS k (n, idx, owner)
         JOIN owner w ON w.stream = $1 AND w.idx = k.idx AND w.owner = k.owner",
    );
    let (keyed, owned) = join(by_key, by_owner).await;
    let (keyed, owned) = (keyed?, owned?);
    drop(asked);
    let mut answers: Vec<(Lookup, Vec<MirrorKey>)> = lookups.into_iter().map(|lookup| (lookup, Vec::new())).collect();
    let tables = Named::of(footprint);
    for found in keyed.iter().chain(&owned) {
        answers[place_of(found)].1.push((tables.id(stream, found.get(1))?, key_of(found, 2)));
    }
    answers.iter_mut().for_each(|(_, keys)| keys.sort());
    Ok(answers)
}

/// See [`crate::state::State::differing`].
pub(super) async fn differing(
    link: &Link,
    stream: &str,
    footprint: &Footprint,
    rows: Vec<(MirrorKey, Option<Row>)>,
) -> Result<Vec<MirrorKey>, StateError> {
    let mut found = Vec::new();
    let mut first = 0;
    for of_table in rows.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
        let table = &footprint.tables[of_table[0].0.0].table;
        let keys: Vec<Cow<'_, str>> = of_table.iter().map(|((_, key), _)| indexed(key)).collect();
        let images = images(link, stream, table, &keys).await?;
        found.extend(images.into_iter().map(|(place, image)| (first + place, image)));
        first += of_table.len();
    }
    let mut there: Vec<Option<&str>> = vec![None; rows.len()];
    for (place, row) in &found {
        there[*place] = Some(row.get(1));
    }
    let (mut differing, mut scratch) = (Vec::new(), Vec::new());
    for (((table, key), row), there) in rows.into_iter().zip(there) {
        let is_so = match (there, &row) {
            // Nearly always the texts are the same.
            (Some(there), Some(row)) => {
                is_written_as(row, there, &mut scratch)
                    || mirror_row(stream, footprint, table, key.clone(), there)?.row == *row
            }
            (there, row) => there.is_none() && row.is_none(),
        };
        if !is_so {
            differing.push((table, key));
        }
    }
    Ok(differing)
}

/// Rows of a table that the mirror holds, in the second column, each with the place of its key among those that are asked for.
async fn images(
    link: &Link,
    stream: &str,
    table: &str,
    keys: &[Cow<'_, str>],
) -> Result<Vec<(usize, SqlRow)>, StateError> {
    let (Some(first), Some(last)) = (keys.iter().min(), keys.iter().max()) else { return Ok(Vec::new()) };
    // Rows that follow one another are found by going through them, in a tenth of the time that looking for each takes.
    let limit = 2 * keys.len() + NEAR_MAX;
    let sql = "SELECT key, row FROM mirror WHERE stream = $1 AND tbl = $2 AND key >= $3 AND key <= $4 LIMIT $5";
    let rows_max = i64::try_from(limit).unwrap_or(i64::MAX);
    let near = link.query(ACTION, sql, &[&stream, &table, first, last, &rows_max]).await?;
    if near.len() < limit {
        let places: HashMap<&str, usize> = keys.iter().enumerate().map(|(place, key)| (&**key, place)).collect();
        let wanted = |row: SqlRow| Some((*places.get(row.get::<_, &str>(0))?, row));
        return Ok(near.into_iter().filter_map(wanted).collect());
    }
    let sql = "SELECT k.n, m.row FROM unnest($3::text[]) WITH ORDINALITY AS k (key, n)
               JOIN mirror m ON m.stream = $1 AND m.tbl = $2 AND m.key = k.key";
    let found = link.query(ACTION, sql, &[&stream, &table, &keys]).await?;
    Ok(found.into_iter().map(|row| (place_of(&row).saturating_sub(1), row)).collect())
}

/// What is asked, by the kind of question.
struct Asked<'a> {
    keyed: Questions<'a>,
    owned: Questions<'a>,
}

impl<'a> Asked<'a> {
    fn of(footprint: &'a Footprint, lookups: &'a [Lookup]) -> Asked<'a> {
        let (mut keyed, mut owned) = (Questions::default(), Questions::default());
        for (place, lookup) in lookups.iter().enumerate() {
            match lookup {
                Lookup::Row { table, key } => keyed.push(place, &footprint.tables[*table].table, key),
                Lookup::Owned { index, owner } => owned.push(place, index, owner),
            }
        }
        Asked { keyed, owned }
    }
}

/// Questions of one kind, with the places of their answers.
#[derive(Default)]
struct Questions<'a> {
    places: Vec<i64>,
    names: Vec<&'a str>,
    keys: Vec<Cow<'a, str>>,
}

impl<'a> Questions<'a> {
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

/// Tables by their names.
struct Named<'a>(BTreeMap<&'a str, TableId>);

impl<'a> Named<'a> {
    fn of(footprint: &'a Footprint) -> Named<'a> {
        Named(footprint.tables.iter().enumerate().map(|(id, table)| (table.table.as_str(), id)).collect())
    }

    fn id(&self, stream: &str, name: &str) -> Result<TableId, StateError> {
        let unknown = || damaged(stream, "the owner index", format!("it names the unknown table {name}"));
        self.0.get(name).copied().ok_or_else(unknown)
    }
}

/// Which question an answer is to; in the first column.
fn place_of(found: &SqlRow) -> usize {
    usize::try_from(found.get::<_, i64>(0)).unwrap_or_default()
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

/// See [`crate::state::State::under`].
pub(super) async fn under(link: &Link, stream: &str, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError> {
    let sql = "SELECT m.key, m.full_key, m.tbl, m.owners, m.cut, m.changed_us FROM owner w
               JOIN mirror m ON m.stream = w.stream AND m.tbl = w.tbl AND m.key = w.key
               WHERE w.stream = $1 AND w.idx = $2 AND w.owner = $3 ORDER BY m.tbl, m.key";
    let found = link.query(ACTION, sql, &[&stream, &index, &indexed(owner)]).await?;
    let row = |row: &SqlRow| {
        let (table, key) = (row.text(2), key_of(row, 0));
        let wrong = |e| damaged(stream, format!("the owners of row {key} of {table}"), e);
        let owners = serde_json::from_str(row.get(3)).map_err(wrong)?;
        let changed = row.some_text(4).zip(row.get::<_, Option<i64>>(5).map(from_us));
        Ok(RowUnder { table, key, owners, changed })
    };
    found.iter().map(row).collect()
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

/// Rows that are written together.
#[derive(Default)]
struct Rows<'a> {
    tables: Vec<&'a str>,
    keys: Vec<Cow<'a, str>>,
    /// What is to stand there; none where the row is gone.
    images: Vec<Option<Image<'a>>>,
    bytes: usize,
}

/// A row as it is stored.
struct Image<'a> {
    full_key: Option<Cow<'a, str>>,
    json: String,
    owners: Owners<'a>,
    changed: Option<&'a Changed>,
}

/// A row's entries in the owner index: index and owner, as they are stored.
type Owners<'a> = BTreeSet<(Cow<'a, str>, Cow<'a, str>)>;

impl<'a> Rows<'a> {
    fn push(&mut self, table: &'a str, full: &'a str, write: &'a MirrorWrite) {
        let key = indexed(full);
        let image = write.row.as_ref().map(|row| Image {
            full_key: (*key != *full).then(|| written(full)),
            json: json(row),
            changed: write.changed.as_ref(),
            owners: write.owners.iter().map(|(index, owner)| ((*index).into(), indexed(owner))).collect(),
        });
        self.bytes += image.as_ref().map_or(0, |image| image.json.len());
        self.tables.push(table);
        self.keys.push(key);
        self.images.push(image);
    }

    async fn write(self, link: &Link, stream: &str) -> Result<(), StateError> {
        if self.tables.is_empty() {
            return Ok(());
        }
        // Most rows keep their owners, and new ones have none: only what differs is written.
        let sql = "SELECT r.n, m.owners FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS r (tbl, key, n)
                   JOIN mirror m ON m.stream = $1 AND m.tbl = r.tbl AND m.key = r.key";
        let found = link.query("write the mirror", sql, &[&stream, &self.tables, &self.keys]).await?;
        let mut before: Vec<Option<&str>> = vec![None; self.tables.len()];
        for row in &found {
            let place = usize::try_from(row.get::<_, i64>(0) - 1).unwrap_or_default();
            before[place] = Some(row.get(1));
        }
        Changes::of(stream, &self, &before)?.send(link, stream).await
    }
}

/// What becomes of rows and of their entries in the owner index.
#[derive(Default)]
struct Changes<'a> {
    new: Images<'a>,
    changed: Images<'a>,
    gone: Columns<'a, 2>,
    owned: Columns<'a, 4>,
    disowned: Columns<'a, 4>,
}

/// Rows, column by column.
#[derive(Default)]
struct Images<'a> {
    at: Columns<'a, 2>,
    full_keys: Vec<Option<&'a str>>,
    rows: Vec<&'a str>,
    owners: Vec<String>,
    cuts: Vec<Option<&'a str>>,
    changed: Vec<Option<i64>>,
}

impl<'a> Changes<'a> {
    fn of(stream: &str, rows: &'a Rows<'a>, before: &[Option<&'a str>]) -> Result<Changes<'a>, StateError> {
        let mut changes = Changes::default();
        for (place, image) in rows.images.iter().enumerate() {
            let (table, key) = (rows.tables[place], &*rows.keys[place]);
            let owners = image.as_ref().map(|image| &image.owners);
            let kept = owners.map(json).unwrap_or_default();
            if before[place].is_none_or(|before| before != kept) {
                changes.own(stream, [table, key], before[place], owners)?;
            }
            match (image, before[place]) {
                (Some(image), None) => changes.new.push([table, key], image, kept),
                (Some(image), Some(_)) => changes.changed.push([table, key], image, kept),
                (None, Some(_)) => changes.gone.push([table.into(), key.into()]),
                (None, None) => {}
            }
        }
        Ok(changes)
    }

    fn own(
        &mut self,
        stream: &str,
        [table, key]: [&'a str; 2],
        before: Option<&'a str>,
        owners: Option<&'a Owners<'a>>,
    ) -> Result<(), StateError> {
        let unreadable = |e| damaged(stream, format!("the owners of row {key} of {table}"), e);
        let before = before.map(serde_json::from_str::<Vec<[String; 2]>>).transpose().map_err(unreadable)?;
        let before = before.unwrap_or_default();
        let had = |index: &str, owner: &str| before.iter().any(|[i, o]| i == index && o == owner);
        for (index, owner) in owners.into_iter().flatten().filter(|(index, owner)| !had(index, owner)) {
            self.owned.push([index.as_ref(), owner, table, key].map(Cow::Borrowed));
        }
        let has = |index: &str, owner: &str| owners.into_iter().flatten().any(|(i, o)| i == index && o == owner);
        for [index, owner] in before.into_iter().filter(|[index, owner]| !has(index, owner)) {
            self.disowned.push([Cow::Owned(index), Cow::Owned(owner), table.into(), key.into()]);
        }
        Ok(())
    }

    async fn send(self, link: &Link, stream: &str) -> Result<(), StateError> {
        let insert = "INSERT INTO mirror (stream, tbl, key, full_key, row, owners, cut, changed_us)
                      SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])";
        let update = "UPDATE mirror m SET row = g.row, owners = g.owners, cut = CASE WHEN m.row <> g.row THEN coalesce(g.cut, m.cut) ELSE coalesce(m.cut, g.cut) END,
                          changed_us = CASE WHEN m.row <> g.row THEN coalesce(g.changed_us, m.changed_us)
                                            ELSE coalesce(m.changed_us, g.changed_us) END
                      FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])
                          AS g (tbl, key, full_key, row, owners, cut, changed_us)
                      WHERE m.stream = $1 AND m.tbl = g.tbl AND m.key = g.key 
                        AND (m.row <> g.row OR m.owners <> g.owners OR (m.cut IS NULL AND g.cut IS NOT NULL))";
        let delete = "DELETE FROM mirror m USING unnest($2::text[], $3::text[]) AS g (tbl, key)
                      WHERE m.stream = $1 AND m.tbl = g.tbl AND m.key = g.key";
        let own = "INSERT INTO owner (stream, idx, owner, tbl, key)
                   SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])";
        let disown = "DELETE FROM owner w USING unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS g (idx, owner, tbl, key)
                      WHERE w.stream = $1 AND w.idx = g.idx AND w.owner = g.owner AND w.tbl = g.tbl AND w.key = g.key";
        let sent = join5(
            self.new.send(link, stream, insert),
            self.changed.send(link, stream, update),
            self.gone.send(link, stream, delete),
            self.owned.send(link, stream, own),
            self.disowned.send(link, stream, disown),
        );
        let (a, b, c, d, e) = sent.await;
        all([a, b, c, d, e]).map(|_| ())
    }
}

impl<'a> Images<'a> {
    fn push(&mut self, at: [&'a str; 2], image: &'a Image<'a>, owners: String) {
        self.at.push(at.map(Cow::Borrowed));
        self.full_keys.push(image.full_key.as_deref());
        self.rows.push(&image.json);
        self.owners.push(owners);
        self.cuts.push(image.changed.map(|changed| &*changed.transaction));
        self.changed.push(image.changed.map(|changed| changed.at.as_microsecond()));
    }

    async fn send(&self, link: &Link, stream: &str, sql: &'static str) -> Result<(), StateError> {
        let [tables, keys] = &self.at.0;
        if tables.is_empty() {
            return Ok(());
        }
        let params: Params<'_> =
            &[&stream, tables, keys, &self.full_keys, &self.rows, &self.owners, &self.cuts, &self.changed];
        link.execute("write the mirror", sql, params).await.map(|_| ())
    }
}

/// Texts, column by column.
struct Columns<'a, const N: usize>([Vec<Cow<'a, str>>; N]);

impl<const N: usize> Default for Columns<'_, N> {
    fn default() -> Self {
        Columns(std::array::from_fn(|_| Vec::new()))
    }
}

impl<'a, const N: usize> Columns<'a, N> {
    fn push(&mut self, row: [Cow<'a, str>; N]) {
        for (column, value) in self.0.iter_mut().zip(row) {
            column.push(value);
        }
    }

    async fn send(&self, link: &Link, stream: &str, sql: &'static str) -> Result<(), StateError> {
        if self.0[0].is_empty() {
            return Ok(());
        }
        let columns = self.0.iter().map(|column| column as &(dyn ToSql + Sync));
        let params: Vec<&(dyn ToSql + Sync)> = std::iter::once(&stream as &(dyn ToSql + Sync)).chain(columns).collect();
        link.execute("write the mirror", sql, &params).await.map(|_| ())
    }
}

/// The whole key, of a row whose key is in `column` and behind it.
fn key_of(row: &SqlRow, column: usize) -> RowKey {
    row.some_text(column + 1).unwrap_or_else(|| row.text(column)).into()
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
