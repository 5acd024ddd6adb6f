//! Events as borrowed views: header, codes, and the bodies of the small ones.

use std::borrow::Cow;

use mysql_common::binlog::BinlogCtx;
use mysql_common::binlog::consts::BinlogVersion::Version4;
use mysql_common::binlog::events::{FormatDescriptionEvent, GtidEvent};
use mysql_common::io::ParseBuf;
use mysql_common::proto::MyDeserialize;

use super::charset::{self, Charset};
use super::cursor::{Cursor, Malformed};
use super::position::Origin;
use super::progress::Name;

/// The frame that every event begins with (`Log_event_header`, version 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// When the statement began, or the transaction was committed, in seconds of the Unix epoch.
    pub seconds: u32,
    /// The event's type.
    pub code: u8,
    /// The server that wrote it first.
    pub server_id: u32,
    /// The whole event, header and checksum included, in bytes.
    pub size: u32,
    /// Where it ends in its file, the lower 32 bits; 0 within a payload and where the server made it up.
    pub log_pos: u32,
    pub flags: u16,
}

impl Header {
    /// How long it is, in bytes.
    pub const BYTES: usize = 19;

    pub fn read(b: &[u8; Header::BYTES]) -> Header {
        let four = |i: usize| u32::from_le_bytes([b[i], b[i + 1], b[i + 2], b[i + 3]]);
        Header {
            seconds: four(0),
            code: b[4],
            server_id: four(5),
            size: four(9),
            log_pos: four(13),
            flags: u16::from_le_bytes([b[17], b[18]]),
        }
    }

    pub fn to_bytes(self) -> [u8; Header::BYTES] {
        let mut b = [0; Header::BYTES];
        b[0..4].copy_from_slice(&self.seconds.to_le_bytes());
        b[4] = self.code;
        b[5..9].copy_from_slice(&self.server_id.to_le_bytes());
        b[9..13].copy_from_slice(&self.size.to_le_bytes());
        b[13..17].copy_from_slice(&self.log_pos.to_le_bytes());
        b[17..19].copy_from_slice(&self.flags.to_le_bytes());
        b
    }

    /// True where the server made the event up for this stream: it is not in the binlog.
    pub fn is_made_up(&self) -> bool {
        self.log_pos == 0 || self.flags & ARTIFICIAL != 0
    }
}

/// One event, its checksum checked and cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event<'a> {
    pub header: Header,
    /// What follows the header.
    pub body: &'a [u8],
}

/// The checksum of an event (CRC32) over its parts: header and body, a format description's algorithm included. The mark of a
/// file that is still open does not count, because it is taken away when the file is closed.
pub(super) fn checksum(header: &[u8; Header::BYTES], parts: &[&[u8]]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    let mut header = *header;
    header[17] &= !(IN_USE as u8);
    sum.update(&header);
    parts.iter().for_each(|part| sum.update(part));
    sum.finalize()
}

/// When a file was begun by a starting server, in seconds of the Unix epoch; 0 where it was begun otherwise. `body` is a format
/// description's.
pub(super) fn created(body: &[u8]) -> Result<u32, Malformed> {
    let mut body = Cursor::new(body, "a format description");
    body.take(2 + 50)?;
    u32::try_from(body.le(4)?).map_err(|_| body.malformed())
}

/// The version of the server that wrote a file (`9.7.4`, `10.11.19-MariaDB-log`). `body` is a format description's.
pub(super) fn server_version(body: &[u8]) -> Result<String, Malformed> {
    let mut body = Cursor::new(body, "a format description");
    body.take(2)?;
    let text = body.take(50)?;
    let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
    Ok(String::from_utf8_lossy(&text[..end]).into_owned())
}

/// What a format description says of the frames of the events that follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// Each event ends in a CRC32.
    pub sums: bool,
}

/// The fixed part of a format description: version, server, creation, header length.
const FORMAT_FIXED_BYTES: usize = 2 + 50 + 4 + 1;
/// The checksum's algorithm and the checksum at a format description's end.
const FORMAT_SUM_BYTES: usize = 1 + 4;

impl Format {
    /// Reads a format description with everything that follows its header, the checksum included.
    pub fn read(body: &[u8]) -> Result<Format, Malformed> {
        const WHAT: &str = "a format description";
        let mut fixed = Cursor::new(body, WHAT);
        let version = fixed.le(2)?;
        fixed.take(50 + 4)?;
        let header = fixed.u8()?;
        if version != 4 || usize::from(header) != Header::BYTES || body.len() < FORMAT_FIXED_BYTES + FORMAT_SUM_BYTES {
            return Err(Malformed("a format description of a server older than MySQL 5.6"));
        }
        match body[body.len() - FORMAT_SUM_BYTES] {
            sums @ (0 | 1) => Ok(Format { sums: sums == 1 }),
            _ => Err(Malformed("a format description with a checksum that is not known")),
        }
    }
}

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
    pub const UPDATE_ROWS_COMPRESSED_V1: u8 = 167;
    pub const WRITE_ROWS_COMPRESSED: u8 = 169;
    pub const UPDATE_ROWS_COMPRESSED: u8 = 170;
    pub const DELETE_ROWS_COMPRESSED: u8 = 171;
}

/// Header flag: the file that this format description begins is still open, or its server crashed.
pub(super) const IN_USE: u16 = 0x1;
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
    /// What the session had set that the statement depends on.
    pub session: Session,
}

/// A session's settings, as far as the reading of its statements depends on them (`Query_event`'s status variables).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Session {
    /// `sql_mode`.
    mode: u64,
    /// A collation of `character_set_client`; 0 where none is said.
    client: u16,
}

impl Session {
    fn read(variables: &[u8]) -> Session {
        let mut session = Session::default();
        // A kind that is not known ends the reading: its length is not known, either. These two stand near the beginning.
        let _ = session.take(Cursor::new(variables, "a session's settings"));
        session
    }

    fn take(&mut self, mut variables: Cursor<'_>) -> Result<(), Malformed> {
        while !variables.is_empty() {
            match variables.u8()? {
                0 => drop(variables.take(4)?),
                1 => self.mode = variables.le(8)?,
                // The catalogue's name, with and without a zero behind it, and the time zone's.
                2 => {
                    let length = usize::from(variables.u8()?);
                    variables.take(length + 1)?;
                }
                5 | 6 => {
                    let length = usize::from(variables.u8()?);
                    variables.take(length)?;
                }
                3 => drop(variables.take(4)?),
                4 => {
                    self.client = u16::try_from(variables.le(2)?).unwrap_or(0);
                    variables.take(4)?;
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// True where a backslash in a text is one (`NO_BACKSLASH_ESCAPES`).
    pub fn has_plain_backslashes(self) -> bool {
        self.mode & (1 << 20) != 0
    }

    /// A statement as text; what is not of its charset, or of one that is not known, is replaced by U+FFFD.
    pub fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        let named = charset::of_collation(u64::from(self.client));
        let text = match named.map(Charset::named) {
            // Only what all charsets share can be told.
            Some(None) => {
                let plain = |byte: &u8| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' };
                Some(Cow::Owned(bytes.iter().map(plain).collect()))
            }
            Some(Some(Charset::Binary)) | None => None,
            Some(Some(known)) => known.decode(bytes),
        };
        text.unwrap_or_else(|| String::from_utf8_lossy(bytes))
    }
}

/// Reads a Query event; `skip` is what an Execute_load_query has more before its variables (13 bytes), else 0.
pub(super) fn query(body: &[u8], skip: usize) -> Result<Query<'_>, Malformed> {
    let mut body = Cursor::new(body, "a Query event");
    body.take(8)?;
    let schema = usize::from(body.u8()?);
    body.take(2)?;
    let variables = usize::try_from(body.le(2)?).map_err(|_| body.malformed())?;
    body.take(skip)?;
    let session = Session::read(body.take(variables)?);
    let schema = body.take(schema)?;
    body.take(1)?;
    Ok(Query { schema, sql: body.rest(), session })
}

/// Reads a Rotate event: the next file's name and where in it to go on.
pub(super) fn rotate(body: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut body = Cursor::new(body, "a Rotate event");
    let offset = body.le(8)?;
    // Offsets are counted on from here, and no file is so long.
    if offset > i64::MAX as u64 { Err(body.malformed()) } else { Ok((offset, body.rest())) }
}

/// A MariaDB GTID event; the server id stands in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MariaGtid {
    pub sequence: u64,
    pub domain: u32,
    /// A single statement follows, without a COMMIT.
    pub standalone: bool,
    /// It is an ALTER that begins here or was given up (`binlog_alter_two_phase`): the table is as it was. Where it ends the
    /// statement is logged once more.
    pub alters_nothing: bool,
}

/// Reads a MariaDB GTID event.
pub(super) fn maria_gtid(body: &[u8]) -> Result<MariaGtid, Malformed> {
    let mut body = Cursor::new(body, "a MariaDB GTID event");
    let sequence = body.le(8)?;
    let domain = u32::try_from(body.le(4)?).map_err(|_| body.malformed())?;
    let flags = body.u8()?;
    let extra = extra_flags(flags, body).unwrap_or(0);
    Ok(MariaGtid {
        sequence,
        domain,
        standalone: flags & 1 != 0,
        alters_nothing: extra & (START_ALTER | ROLLBACK_ALTER) != 0,
    })
}

/// `FL_START_ALTER_E1` and `FL_ROLLBACK_ALTER_E1` of MariaDB 10.8 and newer.
const START_ALTER: u8 = 2;
const ROLLBACK_ALTER: u8 = 8;

/// They stand behind the group commit's number (flag 2) and the XA transaction's name (flags 64 and 128); where there are none,
/// zeros do.
fn extra_flags(flags: u8, mut rest: Cursor<'_>) -> Result<u8, Malformed> {
    if flags & 2 != 0 {
        rest.take(8)?;
    }
    if flags & (64 | 128) != 0 {
        rest.take(4)?;
        let name = usize::from(rest.u8()?) + usize::from(rest.u8()?);
        rest.take(name)?;
    }
    rest.u8()
}

/// A MySQL GTID event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gtid {
    pub name: Name,
    /// When the transaction was committed, in microseconds of the Unix epoch; from MySQL 8.0.1 on.
    pub committed_us: Option<i64>,
}

/// Reads a GTID event, tagged or anonymous ones too (`Gtid_log_event`).
pub(super) fn gtid(code: u8, body: &[u8]) -> Result<Gtid, Malformed> {
    if code == codes::GTID_TAGGED {
        return tagged_gtid(body);
    }
    let mut body = Cursor::new(body, "a GTID event");
    body.take(1)?;
    let uuid: [u8; 16] = body.take(16)?.try_into().map_err(|_| body.malformed())?;
    let number = body.le(8)?;
    let name = match code {
        codes::ANONYMOUS_GTID => Name::None,
        _ if is_gtid_number(number) => Name::MySql(Origin { uuid, tag: String::new() }, number),
        _ => return Err(body.malformed()),
    };
    // The logical clock (1 + 8 + 8), then from 8.0.1 on the commit time in 7 bytes, whose top bit says that another follows.
    let committed = body.take(17).and_then(|_| body.le(7)).map_or(0, |us| us & !(1 << 55));
    Ok(Gtid { name, committed_us: i64::try_from(committed).ok().filter(|&us| us > 0) })
}

/// Numbers count from 1 and end below 2⁶³ (`GNO_END`).
fn is_gtid_number(number: u64) -> bool {
    (1..i64::MAX as u64).contains(&number)
}

fn tagged_gtid(body: &[u8]) -> Result<Gtid, Malformed> {
    const WHAT: Malformed = Malformed("a tagged GTID event");
    let format = FormatDescriptionEvent::new(Version4);
    let context = BinlogCtx::new(body.len() + Header::BYTES, &format, codes::GTID_TAGGED);
    let gtid = GtidEvent::deserialize(context, &mut ParseBuf(body)).map_err(|_| WHAT)?;
    if !is_gtid_number(gtid.gno()) {
        return Err(WHAT);
    }
    let tag = gtid.tag().map(|tag| tag.as_str().to_owned()).unwrap_or_default();
    let committed = i64::try_from(gtid.immediate_commit_timestamp()).ok();
    Ok(Gtid {
        name: Name::MySql(Origin { uuid: gtid.sid(), tag }, gtid.gno()),
        committed_us: committed.filter(|&us| us > 0),
    })
}

/// Reads an XA prepare event: whether it commits in one phase, and the transaction's name as statements print it.
pub(super) fn xa_prepare(body: &[u8]) -> Result<(bool, String), Malformed> {
    let mut body = Cursor::new(body, "an XA prepare event");
    let one_phase = body.u8()? != 0;
    let format = body.le(4)?;
    let length = |n: u64| usize::try_from(n).map_err(|_| Malformed("an XA prepare event"));
    let (global, branch) = (length(body.le(4)?)?, length(body.le(4)?)?);
    let (global, branch) = (body.take(global)?, body.take(branch)?);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    Ok((one_phase, format!("X'{}',X'{}',{format}", hex(global), hex(branch))))
}

/// A transaction payload's frame: what stands before its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payload {
    /// True for zstd, false for none.
    pub compressed: bool,
    /// The size of the events within, in bytes.
    pub events_size: u64,
    /// The size of what follows the frame, in bytes.
    pub size: u64,
    /// The frame's own size, in bytes.
    pub frame: usize,
}

/// The most bytes that a payload's frame can have: three fields and an end mark, and room for fields to come.
pub(super) const PAYLOAD_FRAME_BYTES_MAX: usize = 256;

/// Reads the frame of a Transaction_payload event: typed fields, an end mark.
pub(super) fn payload(body: &[u8]) -> Result<Payload, Malformed> {
    let whole = body.len();
    let mut body = Cursor::new(body, "a Transaction_payload event");
    let (mut size, mut algorithm, mut events_size) = (None, None, None);
    loop {
        let field = body.lenenc()?;
        if field == 0 {
            break;
        }
        let mut value = Cursor::new(body.lenenc_bytes()?, "a Transaction_payload event");
        match field {
            1 => size = Some(value.lenenc()?),
            2 => algorithm = Some(value.lenenc()?),
            3 => events_size = Some(value.lenenc()?),
            _ => {}
        }
    }
    let size = size.ok_or(body.malformed())?;
    let compressed = match algorithm {
        Some(0) => true,
        Some(255) => false,
        _ => return Err(body.malformed()),
    };
    let events_size = if compressed { events_size.ok_or(body.malformed())? } else { size };
    Ok(Payload { compressed, events_size, size, frame: whole - body.rest().len() })
}

/// Events that cannot change mapped rows.
pub(super) fn passes(code: u8) -> bool {
    matches!(
        code,
        codes::STOP
            | codes::INTVAR
            | codes::APPEND_BLOCK
            | codes::DELETE_FILE
            | codes::RAND
            | codes::USER_VAR
            | codes::BEGIN_LOAD_QUERY
            | codes::HEARTBEAT
            | codes::IGNORABLE
            | codes::ROWS_QUERY
            | codes::PREVIOUS_GTIDS
            | codes::TRANSACTION_CONTEXT
            | codes::VIEW_CHANGE
            | codes::HEARTBEAT_V2
            | codes::ANNOTATE_ROWS
            | codes::BINLOG_CHECKPOINT
            | codes::MARIADB_GTID_LIST
            | codes::START_ENCRYPTION
    )
}

/// A server's first made-up Rotate has its checksum still glued to the file's name, because nothing has said yet that
/// there are checksums; it is told by the checksum being right.
pub(super) fn without_checksum<'a>(event: Event<'a>, name: &'a [u8]) -> &'a [u8] {
    let (Some((plain, glued)), Some(summed)) = (name.split_last_chunk::<4>(), event.body.len().checked_sub(4)) else {
        return name;
    };
    let sum = checksum(&event.header.to_bytes(), &[&event.body[..summed]]);
    if event.header.is_made_up() && sum == u32::from_le_bytes(*glued) { plain } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_its_schema_and_text() {
        let mut body = vec![0; 8];
        body.extend([2, 0, 0, 3, 0, 9, 9, 9, b'd', b'b', 0]);
        body.extend(b"BEGIN");
        assert_eq!(query(&body, 0), Ok(Query { schema: b"db", sql: b"BEGIN", session: Session::default() }));
        assert!(query(&body[..14], 0).is_err());
    }

    #[test]
    fn a_statement_is_read_in_its_sessions_charset() {
        // Flags, NO_BACKSLASH_ESCAPES, the catalogue std, increments, gbk_chinese_ci.
        let variables = [
            &[0, 1, 2, 3, 4, 1, 0, 0, 0x10, 0, 0, 0, 0, 0, 6, 3, b's', b't', b'd', 3, 1, 0, 1, 0][..],
            &[4, 28, 0, 28, 0, 8, 0, 200, 9],
        ]
        .concat();
        let session = Session::read(&variables);
        assert_eq!(session, Session { mode: 1 << 20, client: 28 });
        assert!(session.has_plain_backslashes());
        assert_eq!(session.text(b"\xb1\xb1\xbe\xa9"), "北京");
        assert_eq!(Session::default().text("北京".as_bytes()), "北京");
        assert_eq!(Session { mode: 0, client: 13 }.text("aé".as_bytes()), "a\u{fffd}\u{fffd}");
        assert_eq!(Session::read(&variables[..8]), Session::default());
    }

    #[test]
    fn a_payload_tells_the_size_of_its_events() {
        let body = [1, 1, 3, 2, 1, 0, 3, 1, 200, 0, 7, 8, 9];
        assert_eq!(payload(&body), Ok(Payload { compressed: true, events_size: 200, size: 3, frame: 10 }));
        assert!(payload(&body[..9]).is_err());
        assert!(payload(&[2, 1, 0, 0]).is_err());
    }

    #[test]
    fn a_header_is_written_as_it_was_read() {
        let header = Header { seconds: 7, code: 19, server_id: 0xdead_beef, size: 99, log_pos: 1234, flags: 0x21 };
        assert_eq!(Header::read(&header.to_bytes()), header);
        assert!(header.is_made_up() && !Header { flags: 1, ..header }.is_made_up());
    }

    #[test]
    fn an_alter_in_two_phases_is_told() {
        let gtid = |flags: u8, rest: &[u8]| {
            let body = [&[7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, flags], rest].concat();
            let gtid = maria_gtid(&body).unwrap();
            (gtid.sequence, gtid.standalone, gtid.alters_nothing)
        };
        assert_eq!(gtid(1, &[0; 6]), (7, true, false));
        assert_eq!(gtid(1, &[2, 0, 0, 0, 0, 0]), (7, true, true));
        assert_eq!(gtid(1, &[4, 6, 0, 0, 0, 0, 0, 0, 0]), (7, true, false));
        assert_eq!(gtid(1, &[8, 6, 0, 0, 0, 0, 0, 0, 0]), (7, true, true));
        assert_eq!(gtid(3, &[2, 2, 2, 2, 2, 2, 2, 2]), (7, true, false));
        assert_eq!(gtid(3, &[0, 0, 0, 0, 0, 0, 0, 0, 2]), (7, true, true));
        assert_eq!(gtid(64, &[1, 0, 0, 0, 1, 1, 2, 2, 0]), (7, false, false));
    }

    #[test]
    fn an_xa_transaction_is_named_as_in_statements() {
        let body = [0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, b'a', b'b', 0xff];
        assert_eq!(xa_prepare(&body), Ok((false, "X'6162',X'ff',1".to_owned())));
        assert!(xa_prepare(&body[..15]).is_err());
    }
}
