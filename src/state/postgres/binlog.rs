//! What is kept of the binlog beside the position: whose it is, tables' shapes, a transaction half applied, prepared rows.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::damaged;
use super::link::Link;
use super::text::written;
use crate::change::{RowChange, ServerIdentity, TableShape};
use crate::state::{Commit, PreparedPart, StateError};

/// What [`crate::state::Session`] says of the binlog.
pub(super) struct Kept {
    pub begun: Option<String>,
    pub server: Option<ServerIdentity>,
    pub shapes: Option<Vec<TableShape>>,
}

/// Reads what is kept.
pub(super) async fn kept(link: &Link, stream: &str) -> Result<Kept, StateError> {
    let row = link.one("read the stream", "SELECT begun, server FROM stream WHERE name = $1", &[&stream]).await?;
    let (begun, server): (Option<String>, Option<String>) = (row.get(0), row.get(1));
    let sql = "SELECT shapes FROM shape WHERE stream = $1 ORDER BY seq DESC LIMIT 1";
    let shapes: Option<String> = link.first("read the tables' shapes", sql, &[&stream]).await?.map(|row| row.get(0));
    Ok(Kept {
        begun,
        server: server.map(|text| parsed(stream, "the server's identity", &text)).transpose()?,
        shapes: shapes.map(|text| parsed(stream, "the tables' shapes", &text)).transpose()?,
    })
}

/// Forgets what belongs to a position, for a stream that begins anew.
pub(super) async fn forget(link: &Link, stream: &str) -> Result<(), StateError> {
    for sql in [
        "UPDATE stream SET begun = NULL, server = NULL WHERE name = $1",
        "DELETE FROM shape WHERE stream = $1",
        "DELETE FROM prepared WHERE stream = $1",
    ] {
        link.execute("forget the last beginning", sql, &[&stream]).await?;
    }
    Ok(())
}

/// Writes a commit's shapes and prepared rows.
pub(super) async fn write(link: &Link, stream: &str, commit: &Commit) -> Result<(), StateError> {
    if let (Some(position), Some(shapes)) = (&commit.position, &commit.shapes) {
        let sql = "INSERT INTO shape (stream, position, shapes) VALUES ($1, $2, $3)";
        link.execute("write the tables' shapes", sql, &[&stream, &position.0, &json(shapes)]).await?;
    }
    if commit.prepared_void {
        link.execute("forget prepared rows", "DELETE FROM prepared WHERE stream = $1", &[&stream]).await?;
    }
    for PreparedPart { xid, part, changes } in &commit.prepared {
        if *part == 0 {
            end(link, stream, std::slice::from_ref(xid)).await?;
        }
        let sql = "INSERT INTO prepared (stream, xid, part, changes) VALUES ($1, $2, $3, $4)";
        let part = part.cast_signed();
        link.execute("write prepared rows", sql, &[&stream, &written(xid), &part, &json(changes)]).await?;
    }
    if commit.xa_ended.is_empty() {
        return Ok(());
    }
    end(link, stream, &commit.xa_ended).await
}

/// See [`crate::state::State::prepared`].
pub(super) async fn prepared(
    link: &Link,
    stream: &str,
    xid: &str,
    part: u32,
) -> Result<Option<Vec<RowChange>>, StateError> {
    let sql = "SELECT changes FROM prepared WHERE stream = $1 AND xid = $2 AND part = $3";
    let found = link.first("read prepared rows", sql, &[&stream, &written(xid), &part.cast_signed()]).await?;
    found.map(|row| parsed(stream, "prepared rows", row.get(0))).transpose()
}

async fn end(link: &Link, stream: &str, xids: &[String]) -> Result<(), StateError> {
    let xids: Vec<_> = xids.iter().map(|xid| written(xid)).collect();
    let sql = "DELETE FROM prepared WHERE stream = $1 AND xid = ANY($2)";
    link.execute("end an XA transaction", sql, &[&stream, &xids]).await.map(|_| ())
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("what is kept is always JSON")
}

fn parsed<T: DeserializeOwned>(stream: &str, what: &str, text: &str) -> Result<T, StateError> {
    serde_json::from_str(text).map_err(|e| damaged(stream, what, e))
}
