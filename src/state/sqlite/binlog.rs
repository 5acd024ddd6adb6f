//! What is kept of the binlog beside the position: whose it is, tables' shapes, a transaction half applied, prepared rows.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::damaged;
use super::thread::database;
use crate::change::{RowChange, ServerIdentity, TableShape};
use crate::state::{Commit, PreparedPart, StateError};

/// What [`crate::state::Session`] says of the binlog.
pub(super) struct Kept {
    pub begun: Option<String>,
    pub server: Option<ServerIdentity>,
    pub shapes: Option<Vec<TableShape>>,
}

/// Reads what is kept.
pub(super) fn kept(c: &Connection, stream: &str) -> Result<Kept, StateError> {
    let (begun, server): (Option<String>, Option<String>) = c
        .query_row("SELECT begun, server FROM stream WHERE name = ?1", [stream], |r| Ok((r.get(0)?, r.get(1)?)))
        .map_err(|e| database("read the stream", e))?;
    let shapes: Option<String> = c
        .query_row("SELECT shapes FROM shape WHERE stream = ?1 ORDER BY seq DESC LIMIT 1", [stream], |r| r.get(0))
        .optional()
        .map_err(|e| database("read the tables' shapes", e))?;
    Ok(Kept {
        begun,
        server: server.map(|text| parsed(stream, "the server's identity", &text)).transpose()?,
        shapes: shapes.map(|text| parsed(stream, "the tables' shapes", &text)).transpose()?,
    })
}

/// Forgets what belongs to a position, for a stream that begins anew.
pub(super) fn forget(c: &Connection, stream: &str) -> Result<(), StateError> {
    let run = || {
        c.execute("UPDATE stream SET begun = NULL, server = NULL WHERE name = ?1", [stream])?;
        c.execute("DELETE FROM shape WHERE stream = ?1", [stream])?;
        c.execute("DELETE FROM prepared WHERE stream = ?1", [stream])
    };
    run().map(|_| ()).map_err(|e| database("forget the last beginning", e))
}

/// Writes a commit's part of it.
pub(super) fn write(c: &Connection, stream: &str, commit: &Commit) -> Result<(), StateError> {
    let server = commit.server.as_ref().map(json);
    let moved = commit.position.is_some() || commit.begun.is_some();
    c.prepare_cached(
        "UPDATE stream SET begun = CASE WHEN ?2 THEN ?3 ELSE begun END, server = coalesce(?4, server) WHERE name = ?1",
    )
    .and_then(|mut s| s.execute(params![stream, moved, commit.begun, server]))
    .map_err(|e| database("write the stream", e))?;
    if let (Some(position), Some(shapes)) = (&commit.position, &commit.shapes) {
        c.prepare_cached("INSERT INTO shape (stream, position, shapes) VALUES (?1, ?2, ?3)")
            .and_then(|mut s| s.execute(params![stream, position.0, json(shapes)]))
            .map_err(|e| database("write the tables' shapes", e))?;
    }
    if commit.prepared_void {
        c.execute("DELETE FROM prepared WHERE stream = ?1", [stream])
            .map_err(|e| database("forget prepared rows", e))?;
    }
    for PreparedPart { xid, part, changes } in &commit.prepared {
        if *part == 0 {
            end(c, stream, xid)?;
        }
        c.prepare_cached("INSERT INTO prepared (stream, xid, part, changes) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut s| s.execute(params![stream, xid, part, json(changes)]))
            .map_err(|e| database("write prepared rows", e))?;
    }
    commit.xa_ended.iter().try_for_each(|xid| end(c, stream, xid))
}

/// See [`crate::state::State::prepared`].
pub(super) fn prepared(
    c: &Connection,
    stream: &str,
    xid: &str,
    part: u32,
) -> Result<Option<Vec<RowChange>>, StateError> {
    let text: Option<String> = c
        .prepare_cached("SELECT changes FROM prepared WHERE stream = ?1 AND xid = ?2 AND part = ?3")
        .and_then(|mut s| s.query_row(params![stream, xid, part], |r| r.get(0)).optional())
        .map_err(|e| database("read prepared rows", e))?;
    text.map(|text| parsed(stream, "prepared rows", &text)).transpose()
}

fn end(c: &Connection, stream: &str, xid: &str) -> Result<(), StateError> {
    c.prepare_cached("DELETE FROM prepared WHERE stream = ?1 AND xid = ?2")
        .and_then(|mut s| s.execute(params![stream, xid]))
        .map(|_| ())
        .map_err(|e| database("end an XA transaction", e))
}

fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("what is kept is always JSON")
}

fn parsed<T: DeserializeOwned>(stream: &str, what: &str, text: &str) -> Result<T, StateError> {
    serde_json::from_str(text).map_err(|e| damaged(stream, what, e))
}
