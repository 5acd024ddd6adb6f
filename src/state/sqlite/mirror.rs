//! The mirror's rows, read by their keys, their owners, and in order.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};

use super::along::along;
use super::thread::database;
use super::{damaged, from_us};
use crate::change::{Footprint, Lookup, MirrorRow, OwnerKey, Row, RowKey, TableId, Value};
use crate::state::mirror::is_written_as;
use crate::state::{MirrorKey, RowUnder, StateError};

/// See [`crate::state::State::load`].
pub(super) fn load(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    lookups: Vec<Lookup>,
) -> Result<Vec<(Lookup, Vec<MirrorRow>)>, StateError> {
    let mut answers = Vec::with_capacity(lookups.len());
    for lookup in lookups {
        let rows = match &lookup {
            Lookup::Row { table, key } => by_key(c, stream, footprint, *table, key)?.into_iter().collect(),
            Lookup::Owned { index, owner } => owned(c, stream, footprint, index, owner)?,
        };
        answers.push((lookup, rows));
    }
    Ok(answers)
}

/// See [`crate::state::State::keys`].
pub(super) fn keys(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    lookups: Vec<Lookup>,
) -> Result<Vec<(Lookup, Vec<MirrorKey>)>, StateError> {
    let mut answers: Vec<(Lookup, Vec<MirrorKey>)> = lookups.into_iter().map(|lookup| (lookup, Vec::new())).collect();
    let mut owned: BTreeMap<&'static str, (Vec<usize>, Vec<OwnerKey>)> = BTreeMap::new();
    for (at, (lookup, found)) in answers.iter_mut().enumerate() {
        match lookup {
            Lookup::Row { table, key } => {
                found.extend(image(c, stream, footprint, *table, key, |_| (*table, key.clone()))?);
            }
            Lookup::Owned { index, owner } => {
                let (places, owners) = owned.entry(*index).or_default();
                places.push(at);
                owners.push(owner.clone());
            }
        }
    }
    for (index, (places, owners)) in owned {
        for (at, found) in places.into_iter().zip(owned_keys(c, stream, footprint, index, &owners)?) {
            answers[at].1 = found;
        }
    }
    Ok(answers)
}

/// See [`crate::state::State::differing`].
pub(super) fn differing(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    rows: Vec<(MirrorKey, Option<Row>)>,
) -> Result<Vec<MirrorKey>, StateError> {
    let mut of_table: BTreeMap<TableId, (Vec<RowKey>, Vec<Option<Row>>)> = BTreeMap::new();
    for ((table, key), row) in rows {
        let (keys, rows) = of_table.entry(table).or_default();
        keys.push(key);
        rows.push(row);
    }
    let mut differing = Vec::new();
    for (table, (keys, rows)) in of_table {
        // A row that is found is as it should be, or it is taken for one that was read otherwise.
        let mut found: Vec<Option<Result<(), String>>> = vec![None; keys.len()];
        let mut scratch = Vec::new();
        let mut read = || {
            let mut statement = c.prepare_cached(
                "SELECT key, row FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key >= ?3 ORDER BY key",
            )?;
            along(&mut statement, [stream, &footprint.tables[table].table], &keys, |of, there| {
                let there = there.get_ref(1)?.as_str()?;
                // Nearly always the texts are the same.
                let is_so = rows[of].as_ref().is_some_and(|row| is_written_as(row, there, &mut scratch));
                found[of] = Some(if is_so { Ok(()) } else { Err(there.to_owned()) });
                Ok(())
            })
        };
        read().map_err(|e| database("read the mirror", e))?;
        for ((key, row), found) in keys.into_iter().zip(rows).zip(found) {
            let is_so = match (found, &row) {
                (None, None) | (Some(Ok(())), Some(_)) => true,
                (Some(Err(there)), Some(row)) => mirror_row(stream, footprint, table, key.clone(), &there)?.row == *row,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if !is_so {
                differing.push((table, key));
            }
        }
    }
    Ok(differing)
}

/// See [`crate::state::State::mirrored`].
pub(super) fn mirrored(c: &Connection, stream: &str, footprint: &Footprint) -> Result<BTreeSet<TableId>, StateError> {
    let mut mirrored = BTreeSet::new();
    for (id, table) in footprint.tables.iter().enumerate() {
        let found: bool = c
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM mirror WHERE stream = ?1 AND tbl = ?2)",
                params![stream, table.table],
                |r| r.get(0),
            )
            .map_err(|e| database("read the mirror", e))?;
        if found {
            mirrored.insert(id);
        }
    }
    Ok(mirrored)
}

/// See [`crate::state::State::rows`].
pub(super) fn rows(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    table: TableId,
    after: Option<&str>,
    rows_max: usize,
) -> Result<Vec<MirrorRow>, StateError> {
    let name = &footprint.tables[table].table;
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT key, row FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key > ?3 ORDER BY key LIMIT ?4",
        )?;
        let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![stream, name, after.unwrap_or_default(), limit], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let found = read().map_err(|e| database("read the mirror", e))?;
    found.into_iter().map(|(key, json)| mirror_row(stream, footprint, table, key.into(), &json)).collect()
}

/// See [`crate::state::State::under`].
pub(super) fn under(c: &Connection, stream: &str, index: &str, owner: &str) -> Result<Vec<RowUnder>, StateError> {
    type Fields = (String, String, String, Option<String>, Option<i64>);
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT m.tbl, m.key, m.owners, m.cut, m.changed_us FROM owner w
             JOIN mirror m ON m.stream = w.stream AND m.tbl = w.tbl AND m.key = w.key
             WHERE w.stream = ?1 AND w.idx = ?2 AND w.owner = ?3 ORDER BY m.tbl, m.key",
        )?;
        let fields = |r: &SqlRow<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?));
        statement.query_map([stream, index, owner], fields)?.collect::<rusqlite::Result<Vec<Fields>>>()
    };
    let found = read().map_err(|e| database("read the mirror", e))?;
    let row = |(table, key, owners, cut, at): Fields| {
        let wrong = |e| damaged(stream, format!("the owners of row {key} of {table}"), e);
        let owners = serde_json::from_str(&owners).map_err(wrong)?;
        Ok(RowUnder { table, key: key.into(), owners, changed: cut.zip(at.map(from_us)) })
    };
    found.into_iter().map(row).collect()
}

fn by_key(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    table: usize,
    key: &str,
) -> Result<Option<MirrorRow>, StateError> {
    let read = |json: &str| mirror_row(stream, footprint, table, key.into(), json);
    image(c, stream, footprint, table, key, read)?.transpose()
}

/// What `read` makes of the row with this key, as it is stored.
fn image<T>(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    table: usize,
    key: &str,
    read: impl FnOnce(&str) -> T,
) -> Result<Option<T>, StateError> {
    let name = &footprint.tables[table].table;
    c.prepare_cached("SELECT row FROM mirror WHERE stream = ?1 AND tbl = ?2 AND key = ?3")
        .and_then(|mut s| s.query_row([stream, name, key], |r| Ok(read(r.get_ref(0)?.as_str()?))).optional())
        .map_err(|e| database("read the mirror", e))
}

/// By owner, the keys of the rows that they have in an index.
fn owned_keys(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    index: &str,
    owners: &[OwnerKey],
) -> Result<Vec<Vec<MirrorKey>>, StateError> {
    let mut found: Vec<Vec<MirrorKey>> = vec![Vec::new(); owners.len()];
    let mut unknown = None;
    let mut read = || {
        let mut statement = c.prepare_cached(
            "SELECT owner, tbl, key FROM owner WHERE stream = ?1 AND idx = ?2 AND owner >= ?3 ORDER BY owner, tbl, key",
        )?;
        along(&mut statement, [stream, index], owners, |of, row| {
            let name = row.get_ref(1)?.as_str()?;
            match footprint.tables.iter().position(|t| t.table == name) {
                Some(table) => found[of].push((table, row.get_ref(2)?.as_str()?.into())),
                None => unknown = Some(name.to_owned()),
            }
            Ok(())
        })
    };
    read().map_err(|e| database("read the mirror", e))?;
    match unknown {
        Some(name) => Err(strange(stream, index, &name)),
        None => Ok(found),
    }
}

fn owned(
    c: &Connection,
    stream: &str,
    footprint: &Footprint,
    index: &str,
    owner: &str,
) -> Result<Vec<MirrorRow>, StateError> {
    let read = || {
        let mut statement = c.prepare_cached(
            "SELECT m.tbl, m.key, m.row FROM owner w JOIN mirror m ON m.stream = w.stream AND m.tbl = w.tbl AND m.key = w.key
             WHERE w.stream = ?1 AND w.idx = ?2 AND w.owner = ?3",
        )?;
        let rows = statement.query_map(params![stream, index, owner], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, String>(2)?))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    let rows = read().map_err(|e| database("read the mirror", e))?;
    rows.into_iter()
        .map(|(name, key, json)| {
            let table =
                footprint.tables.iter().position(|t| t.table == name).ok_or_else(|| strange(stream, index, &name))?;
            mirror_row(stream, footprint, table, key.into(), &json)
        })
        .collect()
}

fn strange(stream: &str, index: &str, table: &str) -> StateError {
    damaged(stream, format!("the owner index {index}"), format!("unknown table {table}"))
}

fn mirror_row(
    stream: &str,
    footprint: &Footprint,
    table: usize,
    key: RowKey,
    json: &str,
) -> Result<MirrorRow, StateError> {
    let name = &footprint.tables[table].table;
    let what = || format!("row {key} of {name}");
    let values: Vec<Value> = serde_json::from_str(json).map_err(|e| damaged(stream, what(), e))?;
    if values.len() != footprint.tables[table].columns.len() {
        return Err(damaged(stream, what(), format!("it has {} columns", values.len())));
    }
    let row: Row = values.into();
    Ok(MirrorRow { table, key, row })
}
