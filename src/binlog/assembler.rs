//! Events in, whole transactions out.
//!
//! The assembler is fed every event in order. It keeps the transaction that is being read to itself and hands it out only
//! after its end has been read: XID for InnoDB, a Query `COMMIT` for MyISAM, the statement itself for DDL. The position
//! moves at the same moment and at no other. It does no IO.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use mysql_common::binlog::consts::{BinlogChecksumAlg, BinlogVersion::Version4};
use mysql_common::binlog::events::{BinlogEventFooter, Event, FormatDescriptionEvent, GtidEvent};

use super::cursor::Malformed;
use super::error::{Definite, StoreError};
use super::event::{self, ARTIFICIAL, MAY_BE_IGNORED, codes};
use super::group::{Group, Undecided};
use super::position::{Origin, Parsed};
use super::progress::{Name, Progress, Unfit};
use super::statement::{self, Statement};
use super::table_map::Fault;
use super::tables::{Rows, Tables};
use crate::change::{Batch, Phase, TableId, Transaction};

/// What to do when something happened to a mapped table that is not in the rows.
const RESYNC: &str =
    "the mirror cannot follow it: begin again with a new state database and --from a position after it";

/// Puts events together.
pub(super) struct Assembler {
    /// The server or folder, for messages.
    origin: String,
    tables: Tables,
    progress: Progress,
    file: String,
    /// The end of the last event in `file`.
    offset: u64,
    group: Option<Group>,
    /// Bytes of a transaction payload whose events are still to come.
    payload_left: u64,
    /// XA transactions that were prepared in this stream without mapped rows.
    prepared: HashSet<String>,
    /// Tables that were filled when the head of the binlog was there, until it is passed.
    filled: Option<(Vec<TableId>, Parsed)>,
    xa_name: String,
    ready: Vec<Transaction>,
    ready_rows: usize,
    moved: bool,
}

impl Assembler {
    /// An assembler that stands at `progress`; `file` is where the stream will begin, if that is known.
    pub fn new(origin: &str, tables: Tables, progress: Progress) -> Self {
        let (file, offset) = match &progress {
            Progress::File { name, offset } => (name.clone(), *offset),
            _ => (String::new(), 0),
        };
        Assembler {
            origin: origin.to_owned(),
            tables,
            progress,
            file,
            offset,
            group: None,
            payload_left: 0,
            prepared: HashSet::new(),
            filled: None,
            xa_name: String::new(),
            ready: Vec::new(),
            ready_rows: 0,
            moved: false,
        }
    }

    /// Whole transactions that wait to be taken, and their rows.
    pub fn ready(&self) -> (usize, usize) {
        (self.ready.len(), self.ready_rows)
    }

    /// True when the position has moved since the last batch.
    pub fn moved(&self) -> bool {
        self.moved
    }

    /// True within a transaction.
    pub fn is_open(&self) -> bool {
        self.group.is_some() || self.payload_left > 0
    }

    /// Names the database that the tables are in.
    pub fn set_database(&mut self, name: &str) {
        self.tables.set_database(name);
    }

    /// Notes that the mirror holds no rows of these tables yet, so that dropping or emptying one of them loses nothing.
    pub fn assume_empty(&mut self, tables: &BTreeSet<TableId>) {
        self.tables.assume_empty(tables);
    }

    /// Notes that these tables were filled when the binlog's head was at `head`.
    pub fn assume_filled(&mut self, tables: &[TableId], head: Parsed) {
        self.tables.assume_empty(&tables.iter().copied().collect());
        self.filled = Some((tables.to_vec(), head));
    }

    /// Past the head at which tables were filled, they may hold rows.
    fn look_past_fill(&mut self) {
        let past = |(_, head): &mut (Vec<TableId>, Parsed)| self.progress.to_parsed().covers(head);
        if let Some((tables, _)) = self.filled.take_if(past) {
            self.tables.assume_full(&tables);
        }
    }

    /// Goes on at another place between transactions.
    pub fn start_over(&mut self, progress: Progress) {
        if let Progress::File { name, offset } = &progress {
            (self.file, self.offset) = (name.clone(), *offset);
        }
        self.progress = progress;
        self.moved = false;
    }

    /// Hands out what is whole.
    pub fn take(&mut self) -> Batch {
        self.moved = false;
        self.ready_rows = 0;
        Batch { transactions: std::mem::take(&mut self.ready), position: self.progress.to_position(), shapes: None }
    }

    /// Where the reading is, for messages: server, file and offset.
    pub fn place(&self) -> String {
        if self.file.is_empty() {
            self.origin.clone()
        } else {
            format!("{}, {}:{}", self.origin, self.file, self.offset)
        }
    }

    /// Takes the next event. After an error the assembler is not to be used again.
    pub fn feed(&mut self, event: &Event) -> Result<(), StoreError> {
        self.check_payload(event)?;
        if self.payload_left == 0 {
            self.check_sum(event)?;
        }
        let header = event.header();
        let inner = self.payload_left > 0;
        self.payload_left = self.payload_left.saturating_sub(u64::from(header.event_size()));
        if let Err(error) = self.dispatch(event) {
            return Err(self.locate(error));
        }
        let made_up = header.log_pos() == 0 || header.flags_raw() & ARTIFICIAL != 0;
        let code = header.event_type_raw();
        let silent = matches!(code, codes::HEARTBEAT | codes::HEARTBEAT_V2 | codes::ROTATE);
        if !inner && !made_up && !silent && self.group.is_none() && self.payload_left == 0 {
            self.moved |= self.progress.move_to(&self.file, self.offset);
        }
        Ok(())
    }

    fn locate(&self, error: Stop) -> StoreError {
        let Stop(fault) = error;
        Definite::new(self.place(), fault.what, fault.remedy).into()
    }

    /// Events within a payload carry no position of their own. Anything else before they are complete means that the
    /// payload could not be decompressed.
    fn check_payload(&self, event: &Event) -> Result<(), StoreError> {
        let header = event.header();
        let fits = header.log_pos() == 0 && u64::from(header.event_size()) <= self.payload_left;
        if self.payload_left == 0 || fits {
            return Ok(());
        }
        let what = "a compressed transaction could not be decompressed completely";
        let remedy = "check the binlog with mysqlbinlog; if the server can read it, please report this";
        Err(Definite::new(self.place(), what, remedy).into())
    }

    fn check_sum(&self, event: &Event) -> Result<(), StoreError> {
        if event.footer().get_checksum_alg() != Ok(Some(BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32)) {
            return Ok(());
        }
        let Some(expected) = event.checksum() else { return Ok(()) };
        if event.calc_checksum(BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32) == u32::from_le_bytes(expected) {
            return Ok(());
        }
        let what = "an event's checksum is wrong";
        let remedy = "check the server's disk and the binlog with mysqlbinlog --verify-binlog-checksum";
        Err(Definite::new(self.place(), what, remedy).into())
    }

    fn dispatch(&mut self, event: &Event) -> Result<(), Stop> {
        let header = event.header();
        let (code, body) = (header.event_type_raw(), event.data());
        self.advance(code, header.log_pos(), header.flags_raw());
        match code {
            codes::TABLE_MAP => Ok(self.tables.learn(body)?),
            codes::WRITE_ROWS_V1..=codes::DELETE_ROWS_V1
            | codes::WRITE_ROWS..=codes::DELETE_ROWS
            | codes::PARTIAL_UPDATE_ROWS
            | codes::WRITE_ROWS_COMPRESSED_V1..=codes::DELETE_ROWS_COMPRESSED => self.on_rows(code, body),
            codes::XID => self.end(header.timestamp()),
            codes::QUERY => self.on_query(event::query(body, 0)?, header.timestamp()),
            codes::EXECUTE_LOAD_QUERY => self.on_query(event::query(body, 13)?, header.timestamp()),
            codes::GTID | codes::GTID_TAGGED | codes::ANONYMOUS_GTID => self.on_gtid(event),
            codes::MARIADB_GTID => self.on_maria_gtid(body, header.server_id()),
            codes::ROTATE => self.on_rotate(event),
            codes::FORMAT_DESCRIPTION => self.on_format(),
            codes::TRANSACTION_PAYLOAD => {
                self.payload_left = event::payload(body)?.events_size;
                Ok(())
            }
            codes::XA_PREPARE => self.on_xa_prepare(body, header.timestamp()),
            codes::INCIDENT => Err(Stop::new("the server reports that it lost events (an incident)", RESYNC)),
            codes::QUERY_COMPRESSED => Err(Stop::new(
                "a statement was logged compressed, so that it cannot be told whether it concerns a mapped table",
                "set log_bin_compress=OFF on the server",
            )),
            other if passes(other) || header.flags_raw() & MAY_BE_IGNORED != 0 => Ok(()),
            other => Err(Stop::new(
                format!("an event of type {other} is not known and may carry rows"),
                "please report this server; until then set it so that it does not write such events",
            )),
        }
    }

    fn advance(&mut self, code: u8, log_pos: u32, flags: u16) {
        if log_pos == 0 || flags & ARTIFICIAL != 0 || matches!(code, codes::HEARTBEAT | codes::HEARTBEAT_V2) {
            return;
        }
        // The header has 32 bits; past 4 GiB the rest is counted along.
        let counted = self.offset & !0xffff_ffff | u64::from(log_pos);
        let wrapped = counted < self.offset && self.offset & 0xffff_ffff > 0x8000_0000;
        self.offset = if wrapped { counted + (1 << 32) } else { counted };
    }

    fn on_rows(&mut self, code: u8, body: &[u8]) -> Result<(), Stop> {
        let mut outside = Vec::new();
        let changes = self.group.as_mut().map_or(&mut outside, |group| &mut group.changes);
        match self.tables.rows(code, body, changes)? {
            Rows::Decoded if self.group.is_none() => Err(Stop::new(
                "rows came without a transaction's start: the position lies within a transaction",
                "start again with --from and a position between two transactions",
            )),
            Rows::Decoded | Rows::PassedOver => Ok(()),
        }
    }

    fn on_gtid(&mut self, event: &Event) -> Result<(), Stop> {
        let gtid = event.read_event::<GtidEvent>().map_err(|_| Malformed("a GTID event"))?;
        let name = if event.header().event_type_raw() == codes::ANONYMOUS_GTID {
            Name::None
        } else {
            let tag = gtid.tag().map(|tag| tag.as_str().to_owned()).unwrap_or_default();
            Name::MySql(Origin { uuid: gtid.sid(), tag }, gtid.gno())
        };
        let committed_us = i64::try_from(gtid.immediate_commit_timestamp()).ok().filter(|&us| us > 0);
        self.start(Group { name: Some(name), committed_us, ..Group::default() })
    }

    fn on_maria_gtid(&mut self, body: &[u8], server: u32) -> Result<(), Stop> {
        let gtid = event::maria_gtid(body)?;
        let name = Name::MariaDb { domain: gtid.domain, server, sequence: gtid.sequence };
        self.start(Group { name: Some(name), begun: !gtid.standalone, ..Group::default() })
    }

    fn start(&mut self, group: Group) -> Result<(), Stop> {
        if self.group.is_some() {
            return Err(torn());
        }
        self.group = Some(group);
        Ok(())
    }

    fn on_query(&mut self, query: event::Query<'_>, seconds: u32) -> Result<(), Stop> {
        let (sql, schema) = (String::from_utf8_lossy(query.sql), String::from_utf8_lossy(query.schema));
        self.look_past_fill();
        match statement::classify(&sql, &schema, &self.tables) {
            Statement::Begin | Statement::XaStart => self.group.get_or_insert_default().begun = true,
            Statement::Commit => return self.end(seconds),
            Statement::Rollback => {
                if let Some(group) = &mut self.group {
                    group.roll_back(0, &self.tables)?;
                }
                return self.end(seconds);
            }
            Statement::Savepoint(name) => self.group.get_or_insert_default().set_savepoint(name),
            Statement::RollbackTo(name) => {
                if let Some(group) = &mut self.group {
                    group.roll_back_to(&name, &self.tables)?;
                }
            }
            Statement::XaEnd => {
                self.xa_name = sql.trim_end().splitn(3, char::is_whitespace).nth(2).unwrap_or_default().to_owned()
            }
            Statement::XaCommit(name) => return self.on_xa_commit(&name, seconds),
            Statement::XaRollback(name) => {
                self.prepared.remove(&name);
                return self.end_statement(seconds, true);
            }
            Statement::Harmless => return self.end_statement(seconds, false),
            Statement::Touches(table) => {
                let what =
                    format!("a statement changed `{table}` without row events ({} …)", statement::first_words(&sql));
                return Err(Stop::new(what, RESYNC));
            }
            Statement::TakesColumn { table, column } => {
                let what = format!(
                    "a statement took the column `{column}`, which the mapping uses, from `{table}` ({} …)",
                    statement::first_words(&sql)
                );
                return Err(Stop::new(
                    what,
                    "give the column back, or map another one, and begin again with a new state database",
                ));
            }
        }
        Ok(())
    }

    /// A statement outside BEGIN and COMMIT is a transaction of its own.
    fn end_statement(&mut self, seconds: u32, always: bool) -> Result<(), Stop> {
        if always || self.group.as_ref().is_none_or(|group| !group.begun) { self.end(seconds) } else { Ok(()) }
    }

    fn on_xa_prepare(&mut self, body: &[u8], seconds: u32) -> Result<(), Stop> {
        let one_phase = body.first() == Some(&1);
        if one_phase {
            return self.end(seconds);
        }
        if let Some(change) = self.group.as_ref().and_then(|group| group.changes.first()) {
            let what =
                format!("an XA transaction with rows of table `{}` was prepared", self.tables.name(change.table));
            return Err(Stop::new(
                what,
                "XA on mapped tables is not followed yet: after its end, begin again with a new state database",
            ));
        }
        self.prepared.insert(std::mem::take(&mut self.xa_name));
        self.end(seconds)
    }

    fn on_xa_commit(&mut self, name: &str, seconds: u32) -> Result<(), Stop> {
        if self.prepared.remove(name) {
            return self.end_statement(seconds, true);
        }
        Err(Stop::new(
            "an XA transaction was committed that was prepared before this stream began, and may have had mapped rows",
            "start again with --from and a position before its XA PREPARE and a new state database",
        ))
    }

    fn on_rotate(&mut self, event: &Event) -> Result<(), Stop> {
        let (offset, name) = event::rotate(event.data())?;
        let header = event.header();
        let made_up = header.log_pos() == 0 || header.flags_raw() & ARTIFICIAL != 0;
        let name = String::from_utf8_lossy(without_checksum(event, name)).into_owned();
        if self.group.is_some() && !made_up {
            return Err(torn());
        }
        self.tables.forget();
        if made_up && name == self.file {
            return Ok(());
        }
        self.file = name;
        self.offset = offset;
        if !made_up {
            self.moved |= self.progress.move_to(&self.file, offset);
        }
        Ok(())
    }

    fn on_format(&mut self) -> Result<(), Stop> {
        if self.group.is_some() {
            return Err(torn());
        }
        self.tables.forget();
        Ok(())
    }

    /// The transaction is whole.
    fn end(&mut self, seconds: u32) -> Result<(), Stop> {
        let group = self.group.take().unwrap_or_default();
        let name = group.name.unwrap_or(Name::None);
        if self.payload_left == 0 {
            self.moved |= self.progress.pass(&name, &self.file, self.offset)?;
        } else {
            return Err(Stop::new("a compressed transaction goes on after its end", "please report this server"));
        }
        if group.changes.is_empty() {
            return Ok(());
        }
        let (committed_at, resolution_us) = match group.committed_us {
            Some(us) => (Timestamp::from_microsecond(us), 1),
            None => (Timestamp::from_second(i64::from(seconds)), 1_000_000),
        };
        self.ready_rows += group.changes.len();
        self.ready.push(Transaction {
            id: name.to_id(&self.file, self.offset),
            committed_at: committed_at.map_err(|_| Malformed("a commit time"))?,
            resolution_us,
            changes: group.changes,
            phase: Phase::Whole,
        });
        Ok(())
    }
}

/// Why the stream stops; [`Assembler::feed`] adds the place.
struct Stop(Fault);

impl Stop {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Stop(Fault::new(what, remedy))
    }
}

impl<T: Into<Fault>> From<T> for Stop {
    fn from(fault: T) -> Self {
        Stop(fault.into())
    }
}

impl From<Undecided> for Fault {
    fn from(Undecided(table): Undecided) -> Self {
        let what = format!("a transaction with rows of table `{table}` was rolled back, and its engine is not known");
        Fault::new(what, "begin again with a new state database")
    }
}

impl From<Unfit> for Fault {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Nameless => Fault::new(
                "a transaction has no GTID of the position's kind",
                "leave GTIDs on at the server, or start again with --from file:offset",
            ),
            Unfit::OutOfOrder(which) => Fault::new(
                format!("a sequence number does not follow its domain's last ({which})"),
                "set gtid_strict_mode=ON on the server, give each writer its own gtid_domain_id, and start again with --from",
            ),
        }
    }
}

fn torn() -> Stop {
    Stop::new(
        "a transaction breaks off without an end",
        "check that server's binlog with mysqlbinlog, then begin again with a new state database",
    )
}

/// Events that cannot change mapped rows.
fn passes(code: u8) -> bool {
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
fn without_checksum<'a>(event: &Event, name: &'a [u8]) -> &'a [u8] {
    let crc = BinlogChecksumAlg::BINLOG_CHECKSUM_ALG_CRC32;
    let Some((plain, _)) = name.split_last_chunk::<4>() else { return name };
    if event.footer().get_checksum_alg() == Ok(Some(crc)) {
        return name;
    }
    let mut bytes = Vec::new();
    let with_sums = FormatDescriptionEvent::new(Version4).with_footer(BinlogEventFooter::new(crc));
    let read = event.write(Version4, &mut bytes).and_then(|()| Event::read(&with_sums, bytes.as_slice()));
    let glued = read.is_ok_and(|e| e.checksum() == Some(e.calc_checksum(crc).to_le_bytes()));
    if glued { plain } else { name }
}

#[cfg(test)]
mod tests;
