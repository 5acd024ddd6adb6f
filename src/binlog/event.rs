//! The small events: their codes, and the bodies that we read ourselves.

use super::cursor::{Cursor, Malformed};

/// Event type codes of MySQL (`Log_event_type`) and, from 160 on, MariaDB (`Log_event_type` in its `log_event.h`).
pub(super) mod codes {
    pub const STOP: u8 = 3;
    pub const QUERY: u8 = 2;
    pub const ROTATE: u8 = 4;
    pub const INTVAR: u8 = 5;
    pub const APPEND_BLOCK: u8 = 9;
    pub const DELETE_FILE: u8 = 11;
    pub const RAND: u8 = 13;
    pub const USER_VAR: u8 = 14;
    pub const FORMAT_DESCRIPTION: u8 = 15;
    pub const XID: u8 = 16;
    pub const BEGIN_LOAD_QUERY: u8 = 17;
    pub const EXECUTE_LOAD_QUERY: u8 = 18;
    pub const TABLE_MAP: u8 = 19;
    pub const WRITE_ROWS_V1: u8 = 23;
    pub const UPDATE_ROWS_V1: u8 = 24;
    pub const DELETE_ROWS_V1: u8 = 25;
    pub const INCIDENT: u8 = 26;
    pub const HEARTBEAT: u8 = 27;
    pub const IGNORABLE: u8 = 28;
    pub const ROWS_QUERY: u8 = 29;
    pub const WRITE_ROWS: u8 = 30;
    pub const UPDATE_ROWS: u8 = 31;
    pub const DELETE_ROWS: u8 = 32;
    pub const GTID: u8 = 33;
    pub const ANONYMOUS_GTID: u8 = 34;
    pub const PREVIOUS_GTIDS: u8 = 35;
    pub const TRANSACTION_CONTEXT: u8 = 36;
    pub const VIEW_CHANGE: u8 = 37;
    pub const XA_PREPARE: u8 = 38;
    pub const PARTIAL_UPDATE_ROWS: u8 = 39;
    pub const TRANSACTION_PAYLOAD: u8 = 40;
    pub const HEARTBEAT_V2: u8 = 41;
    pub const GTID_TAGGED: u8 = 42;
    pub const ANNOTATE_ROWS: u8 = 160;
    pub const BINLOG_CHECKPOINT: u8 = 161;
    pub const MARIADB_GTID: u8 = 162;
    pub const MARIADB_GTID_LIST: u8 = 163;
    pub const START_ENCRYPTION: u8 = 164;
    pub const QUERY_COMPRESSED: u8 = 165;
    pub const WRITE_ROWS_COMPRESSED_V1: u8 = 166;
    pub const DELETE_ROWS_COMPRESSED: u8 = 171;
}

/// Header flag: made up by the server for this stream, not in its binlog.
pub(super) const ARTIFICIAL: u16 = 0x20;
/// Header flag: whoever does not know this event may pass over it.
pub(super) const MAY_BE_IGNORED: u16 = 0x80;

/// A statement in the binlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Query<'a> {
    /// The session's default database.
    pub schema: &'a [u8],
    pub sql: &'a [u8],
}

/// Reads a Query event; `skip` is what an Execute_load_query has more before its variables (13 bytes), else 0.
pub(super) fn query(body: &[u8], skip: usize) -> Result<Query<'_>, Malformed> {
    let mut body = Cursor::new(body, "a Query event");
    body.take(8)?;
    let schema = usize::from(body.u8()?);
    body.take(2)?;
    let variables = usize::try_from(body.le(2)?).map_err(|_| body.malformed())?;
    body.take(skip)?;
    body.take(variables)?;
    let schema = body.take(schema)?;
    body.take(1)?;
    Ok(Query { schema, sql: body.rest() })
}

/// Reads a Rotate event: the next file's name and where in it to go on.
pub(super) fn rotate(body: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut body = Cursor::new(body, "a Rotate event");
    Ok((body.le(8)?, body.rest()))
}

/// A MariaDB GTID event; the server id stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MariaGtid {
    pub sequence: u64,
    pub domain: u32,
    /// A single statement follows, without a COMMIT.
    pub standalone: bool,
}

/// Reads a MariaDB GTID event.
pub(super) fn maria_gtid(body: &[u8]) -> Result<MariaGtid, Malformed> {
    let mut body = Cursor::new(body, "a MariaDB GTID event");
    let sequence = body.le(8)?;
    let domain = u32::try_from(body.le(4)?).map_err(|_| body.malformed())?;
    Ok(MariaGtid { sequence, domain, standalone: body.u8()? & 1 != 0 })
}

/// A transaction payload's frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payload<'a> {
    /// True for zstd, false for none.
    pub compressed: bool,
    /// The size of the events within, in bytes.
    pub events_size: u64,
    pub bytes: &'a [u8],
}

/// Reads a Transaction_payload event: typed fields, an end mark, then the bytes.
pub(super) fn payload(body: &[u8]) -> Result<Payload<'_>, Malformed> {
    let mut body = Cursor::new(body, "a Transaction_payload event");
    let (mut size, mut algorithm, mut events_size) = (None, None, None);
    loop {
        let field = body.lenenc()?;
        if field == 0 {
            break;
        }
        let mut value = Cursor::new(body.lenenc_bytes()?, "a Transaction_payload event");
        match field {
            1 => size = Some(value.length()?),
            2 => algorithm = Some(value.lenenc()?),
            3 => events_size = Some(value.lenenc()?),
            _ => {}
        }
    }
    let bytes = body.take(size.ok_or(body.malformed())?)?;
    let compressed = match algorithm {
        Some(0) => true,
        Some(255) => false,
        _ => return Err(body.malformed()),
    };
    let plain = bytes.len() as u64;
    let events_size = if compressed { events_size.ok_or(body.malformed())? } else { plain };
    Ok(Payload { compressed, events_size, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_its_schema_and_text() {
        let mut body = vec![0; 8];
        body.extend([2, 0, 0, 3, 0, 9, 9, 9, b'd', b'b', 0]);
        body.extend(b"BEGIN");
        assert_eq!(query(&body, 0), Ok(Query { schema: b"db", sql: b"BEGIN" }));
        assert!(query(&body[..14], 0).is_err());
    }

    #[test]
    fn a_payload_tells_the_size_of_its_events() {
        let body = [1, 1, 3, 2, 1, 0, 3, 1, 200, 0, 7, 8, 9];
        assert_eq!(payload(&body), Ok(Payload { compressed: true, events_size: 200, bytes: &[7, 8, 9] }));
        assert!(payload(&body[..12]).is_err());
        assert!(payload(&[2, 1, 0, 0]).is_err());
    }
}
