//! Events in, whole transactions out.
//!
//! The assembler is fed every event in order. It keeps the transaction that is being read to itself and hands it out only
//! after its end has been read: XID for InnoDB, a Query `COMMIT` for MyISAM, the statement itself for DDL. The position
//! moves at the same moment and at no other.
//!
//! A transaction that outgrows a [`Chunk`] waits in a spool, and comes out in parts once its end has been read; the
//! position stays at its start until the last part is taken. That file is all the IO that is done here.

mod ranges;
mod statements;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::bounds::{Bounds, Side};
use super::calm::Calm;
use super::compressed;
use super::cursor::Malformed;
use super::drain::{Drain, End, Undrained};
use super::error::{AHEAD_REMEDY, Definite, StoreError};
use super::event::{self, Event, Header, MAY_BE_IGNORED, codes};
use super::every::Described;
use super::group::{CHUNK, Chunk, Group};
use super::position::{Parsed, Stamp, can_name_a_file};
use super::progress::{Name, Progress};
use super::settle::Definitions;
use super::stop::{RESYNC, Stop, beheaded, torn, unspooled};
use super::stream::Limits;
use super::tables::Tables;
use super::watch::Watch;
use crate::change::{Batch, Logged, Phase, Place, TableId, Transaction};

/// Puts events together.
pub(super) struct Assembler {
    /// The server or folder, for messages.
    origin: String,
    tables: Tables,
    progress: Progress,
    file: String,
    /// The end of the last event in `file`.
    offset: u64,
    /// And where it begins.
    begins: u64,
    /// When the file was begun; `None` before its format description.
    created: Option<u32>,
    /// The last event's header.
    header: Option<Header>,
    /// The event that must come first: it is the last that was read before.
    expected: Option<Stamp>,
    /// Everything before this offset is passed over: the protocol cannot ask for a start past 4 GiB.
    begins_at: u64,
    group: Option<Group>,
    /// Where it begins, or the event that is read now.
    group_begins: u64,
    payload: Payload,
    /// What is whole and goes out by itself; nothing is fed until it is out.
    alone: Option<Alone>,
    chunk: Chunk,
    /// Whole tables are read: places and statements are kept, too.
    logs: bool,
    /// Tables that were filled when the head of the binlog was there, until it is passed.
    filled: Option<(Vec<TableId>, Parsed)>,
    calm: Calm,
    /// Only this much of the binlog is wanted.
    bounds: Option<Bounds>,
    /// The events of this side of it are passed over, until the next transaction begins.
    passing: Option<Side>,
    /// Where the boundaries between transactions are looked for.
    watch: Option<Watch>,
    ready: Vec<Transaction>,
    ready_rows: usize,
    ready_bytes: usize,
    moved: bool,
}

/// What is not handed out together with other transactions, so that the position can wait for it.
enum Alone {
    /// A transaction that is too large for memory, in parts.
    Parts(Box<Drain>),
    /// The end of a prepared XA transaction, whose rows the receiver has.
    XaCommit(End, Arc<str>),
}

/// Whether the events come out of a transaction payload.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Payload {
    None,
    Open,
    /// One from before the start: what is in it has been read.
    Passing,
    /// Its transaction's end was read, with this time and what it prepares; only the payload's own end may follow.
    Ended(u32, Option<Arc<str>>),
}

impl Assembler {
    /// An assembler that stands at `progress`.
    pub fn new(origin: &str, tables: Tables, progress: Progress) -> Self {
        let (file, offset) = match &progress {
            // Where it is marked the reading begins at the event before, to see that it is the same.
            Progress::File { name, mark: Some(mark), .. } => (name.clone(), mark.begins),
            Progress::File { name, offset, .. } => (name.clone(), *offset),
            _ => (String::new(), 0),
        };
        let (logs, expected) = (tables.keeps_statements_of("").is_some(), expected(&progress));
        Assembler {
            origin: origin.to_owned(),
            tables,
            progress,
            file,
            offset,
            begins: offset,
            created: None,
            header: None,
            expected,
            begins_at: 0,
            group: None,
            group_begins: offset,
            payload: Payload::None,
            alone: None,
            chunk: CHUNK,
            logs,
            filled: None,
            calm: Calm::default(),
            bounds: None,
            passing: None,
            watch: None,
            ready: Vec::new(),
            ready_rows: 0,
            ready_bytes: 0,
            moved: false,
        }
    }

    /// Holds no more than this in memory.
    #[cfg(test)]
    pub fn with_chunk(mut self, chunk: Chunk) -> Self {
        self.chunk = chunk;
        self
    }

    /// True when a transaction waits to be taken.
    pub fn is_ready(&self) -> bool {
        self.alone.is_some() || !self.ready.is_empty()
    }

    /// True when a batch of these limits is full. Then nothing is to be fed before it has been taken.
    pub fn is_full(&self, limits: &Limits) -> bool {
        let (transactions, rows) = (self.ready.len(), self.ready_rows);
        self.alone.is_some()
            || limits.reached((transactions, rows))
            || self.ready_bytes >= self.chunk.bytes
            || self.is_at_barrier()
            || self.is_at_end()
            || (self.calm.is_kept() && transactions > 0)
    }

    /// Hands out one transaction at a time for so long after one of very many rows, by the binlog's own clock.
    pub fn keep_calm(&mut self, settle: Duration) {
        self.calm = Calm::of(settle);
    }

    /// True when the position has moved since the last batch.
    pub fn moved(&self) -> bool {
        self.moved
    }

    /// True within a transaction.
    pub fn is_open(&self) -> bool {
        self.group.is_some() || self.payload != Payload::None
    }

    /// Reads the file from its beginning, and passes over everything before the start.
    pub fn read_from_beginning(&mut self) {
        (self.begins_at, self.offset) = (self.offset, 4);
    }

    /// Notes what is known of tables beside what they look like.
    pub fn settle(&mut self, definitions: &Definitions) {
        self.tables.pending.clone_from(&definitions.pending);
        if let Some(charset) = &definitions.charset {
            self.tables.shapes.set_charset(charset);
        }
        if let Some(charset) = &definitions.really {
            self.tables.shapes.set_really(charset);
        }
    }

    /// True where a mapped table's definition has to be read again before anything follows.
    pub fn is_at_barrier(&self) -> bool {
        self.tables.barrier && !self.is_open()
    }

    /// Goes on without reading it again: rows that do not describe themselves stop the stream.
    pub fn pass_barrier(&mut self) {
        self.tables.barrier = false;
    }

    /// Names the database that the tables are in.
    pub fn set_database(&mut self, name: &str) {
        self.tables.set_database(name);
    }

    /// True where a statement was met that makes, changes, renames or drops tables, be they mapped or not.
    pub fn met_statements(&self) -> bool {
        self.tables.met_statements
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
        if let Progress::File { name, offset, mark } = &progress {
            let offset = mark.map_or(*offset, |mark| mark.begins);
            (self.file, self.offset) = (name.clone(), offset);
        }
        self.expected = expected(&progress);
        self.progress = progress;
        self.moved = false;
    }

    /// The file that is being read, as far as it is known.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where the last event ended in it.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes on with another file from its beginning; what is unfinished waits for what its format description says.
    pub fn turn_to(&mut self, file: &str) {
        file.clone_into(&mut self.file);
        (self.offset, self.created) = (4, None);
    }

    /// Hands out what is whole: transactions, or the next part of one that is too large for one batch.
    pub fn take(&mut self) -> Result<Batch, StoreError> {
        self.moved = false;
        self.calm.taken();
        (self.ready_rows, self.ready_bytes) = (0, 0);
        let mut transactions = std::mem::take(&mut self.ready);
        if transactions.is_empty()
            && let Some(alone) = self.alone.take()
        {
            transactions.push(self.next_part(alone)?);
        }
        // Within a transaction the position stands before it, and tables may be after.
        let shapes = if self.is_open() || self.alone.is_some() { None } else { self.tables.take_shapes() };
        Ok(Batch { transactions, position: self.progress.to_position(), shapes })
    }

    fn next_part(&mut self, alone: Alone) -> Result<Transaction, StoreError> {
        let mut drain = match alone {
            Alone::XaCommit(end, xid) => {
                self.pass(&end.name).map_err(|stop| self.locate(stop))?;
                return Ok(Transaction { phase: Phase::XaCommit(xid), ..end.whole(Vec::new()) });
            }
            Alone::Parts(drain) => drain,
        };
        match drain.next(&mut self.tables, self.chunk) {
            Ok((part, false)) => {
                self.alone = Some(Alone::Parts(drain));
                Ok(part)
            }
            Ok((part, true)) => {
                self.pass(&drain.end.name).map_err(|stop| self.locate(stop))?;
                Ok(part)
            }
            Err(Undrained::Spool(error)) => Err(self.locate(unspooled(&error))),
            Err(Undrained::Rows(place, fault)) => {
                self.offset = place;
                Err(self.locate(fault.into()))
            }
        }
    }

    /// Where the reading is, for messages: server, file and offset.
    pub fn place(&self) -> String {
        if self.file.is_empty() {
            self.origin.clone()
        } else {
            format!("{}, {}:{}", self.origin, self.file, self.offset)
        }
    }

    /// True where the rows of this event are needed. `head` is its body's beginning, at least 8 bytes of it.
    pub fn wants(&self, code: u8, head: &[u8]) -> bool {
        match code {
            codes::WRITE_ROWS_V1..=codes::DELETE_ROWS_V1
            | codes::WRITE_ROWS..=codes::DELETE_ROWS
            | codes::PARTIAL_UPDATE_ROWS
            | codes::WRITE_ROWS_COMPRESSED_V1..=codes::DELETE_ROWS_COMPRESSED => {
                self.passing.is_none() && !matches!(self.tables.wants(head), Ok(false))
            }
            other => !event::passes(other),
        }
    }

    /// Takes the next event, its checksum checked. After an error the assembler is not to be used again. The events within
    /// a transaction payload follow through [`Assembler::feed_inner`], then [`Assembler::close_payload`].
    pub fn feed(&mut self, event: Event<'_>) -> Result<(), StoreError> {
        let header = event.header;
        if self.payload != Payload::None {
            return Err(self.locate(Malformed("a compressed transaction").into()));
        }
        self.advance(&header);
        if self.is_before_the_start(&header).map_err(|stop| self.locate(stop))? {
            if header.code == codes::TRANSACTION_PAYLOAD {
                self.payload = Payload::Passing;
            }
            return Ok(());
        }
        if self.passes_over(event).map_err(|stop| self.locate(stop))? {
            return Ok(());
        }
        self.dispatch(event).map_err(|stop| self.locate(stop))?;
        let silent = matches!(header.code, codes::HEARTBEAT | codes::HEARTBEAT_V2 | codes::ROTATE);
        if !header.is_made_up() && !silent && !self.is_open() && self.alone.is_none() {
            self.moved |= self.progress.move_to(&self.file, self.offset, self.mark());
        }
        Ok(())
    }

    /// True for the event that was the last read before this stream began, and is asked for again to see that it is the same.
    fn is_before_the_start(&mut self, header: &Header) -> Result<bool, Stop> {
        if header.code == codes::FORMAT_DESCRIPTION {
            self.created = Some(header.seconds);
        }
        let in_file = !header.is_made_up() && !matches!(header.code, codes::FORMAT_DESCRIPTION | codes::ROTATE);
        if in_file && self.begins < self.begins_at {
            return Ok(true);
        }
        let Some(expected) = self.expected else { return Ok(false) };
        let other = || {
            Stop::new(
                "this is not the binlog file that the position is of, though it has its name (RESET MASTER begins to count again)",
                AHEAD_REMEDY,
            )
        };
        if self.created.is_some_and(|created| created != expected.created) {
            return Err(other());
        }
        if header.code == codes::FORMAT_DESCRIPTION && !header.is_made_up() && self.begins == expected.begins {
            // The position is right behind the file's first event.
            self.expected = None;
        }
        if header.is_made_up() || header.code == codes::FORMAT_DESCRIPTION {
            return Ok(false);
        }
        if self.begins != expected.begins || self.stamp().is_none_or(|stamp| stamp != expected) {
            return Err(other());
        }
        self.expected = None;
        Ok(true)
    }

    /// Takes an event out of a transaction payload. Such events carry no position and no checksum of their own.
    pub fn feed_inner(&mut self, event: Event<'_>) -> Result<(), StoreError> {
        if self.payload == Payload::Passing {
            return Ok(());
        }
        let fits = self.payload == Payload::Open && event.header.log_pos == 0;
        let mine = !matches!(
            event.header.code,
            codes::TRANSACTION_PAYLOAD | codes::ROTATE | codes::FORMAT_DESCRIPTION | codes::START_ENCRYPTION
        );
        if !fits || !mine {
            return Err(self.locate(Malformed("a compressed transaction").into()));
        }
        self.dispatch(event).map_err(|stop| self.locate(stop))
    }

    /// The payload's events are all read, and were as many bytes as announced.
    pub fn close_payload(&mut self) -> Result<(), StoreError> {
        if self.payload == Payload::Passing {
            self.payload = Payload::None;
            return Ok(());
        }
        let Payload::Ended(seconds, prepares) = std::mem::replace(&mut self.payload, Payload::None) else {
            return Err(self.locate(Malformed("a compressed transaction").into()));
        };
        self.end(seconds, prepares).map_err(|stop| self.locate(stop))?;
        if self.alone.is_none() {
            self.moved |= self.progress.move_to(&self.file, self.offset, self.mark());
        }
        Ok(())
    }

    fn locate(&self, Stop(fault): Stop) -> StoreError {
        Definite::new(self.place(), fault.what, fault.remedy).about(fault.column).into()
    }

    fn dispatch(&mut self, event: Event<'_>) -> Result<(), Stop> {
        let Event { header, body } = event;
        match header.code {
            codes::TABLE_MAP => Ok(self.tables.learn(body)?),
            codes::WRITE_ROWS_V1..=codes::DELETE_ROWS_V1
            | codes::WRITE_ROWS..=codes::DELETE_ROWS
            | codes::PARTIAL_UPDATE_ROWS
            | codes::WRITE_ROWS_COMPRESSED_V1..=codes::DELETE_ROWS_COMPRESSED => self.on_rows(header.code, body),
            codes::XID => {
                self.is_within()?;
                self.end(header.seconds, None)
            }
            codes::QUERY => self.on_query(event::query(body, 0)?, header.seconds),
            codes::EXECUTE_LOAD_QUERY => self.on_query(event::query(body, 13)?, header.seconds),
            codes::GTID | codes::GTID_TAGGED | codes::ANONYMOUS_GTID => self.on_gtid(header.code, body),
            codes::MARIADB_GTID => self.on_maria_gtid(body, header.server_id),
            codes::ROTATE => self.on_rotate(event),
            codes::FORMAT_DESCRIPTION => self.on_format(event),
            codes::TRANSACTION_PAYLOAD => {
                self.payload = Payload::Open;
                Ok(())
            }
            codes::XA_PREPARE => self.on_xa_prepare(body, header.seconds),
            codes::PREVIOUS_GTIDS | codes::MARIADB_GTID_LIST if !header.is_made_up() => self.on_head(header.code, body),
            codes::INCIDENT => Err(Stop::new("the server reports that it lost events (an incident)", RESYNC)),
            codes::QUERY_COMPRESSED => {
                let packed = event::query(body, 0)?;
                let sql = compressed::event_part(packed.sql).ok_or(Malformed("a compressed Query event"))?;
                self.on_query(event::Query { sql: &sql, ..packed }, header.seconds)
            }
            other if event::passes(other) || header.flags & MAY_BE_IGNORED != 0 => Ok(()),
            other => Err(Stop::new(
                format!("an event of type {other} is not known and may carry rows"),
                "please report this server; until then set it so that it does not write such events",
            )),
        }
    }

    fn advance(&mut self, header: &Header) {
        if header.is_made_up() || matches!(header.code, codes::HEARTBEAT | codes::HEARTBEAT_V2) {
            return;
        }
        // The header has 32 bits; past 4 GiB the rest is counted along.
        let counted = self.offset & !0xffff_ffff | u64::from(header.log_pos);
        let wrapped = counted < self.offset && self.offset & 0xffff_ffff > 0x8000_0000;
        self.offset = if wrapped { counted + (1 << 32) } else { counted };
        self.begins = self.offset.saturating_sub(u64::from(header.size));
        self.header = Some(*header);
        if self.group.is_none() {
            self.group_begins = self.begins;
        }
    }

    /// What tells this place from the same one in another file, where the position is a file's.
    fn mark(&self) -> Option<Stamp> {
        matches!(self.progress, Progress::File { .. }).then(|| self.stamp()).flatten()
    }

    fn stamp(&self) -> Option<Stamp> {
        let header = self.header?;
        let created = if header.code == codes::FORMAT_DESCRIPTION { Some(header.seconds) } else { self.created };
        let header = event::checksum(&header.to_bytes(), &[]);
        created.map(|created| Stamp { created, begins: self.begins, header })
    }

    fn on_rows(&mut self, code: u8, body: &[u8]) -> Result<(), Stop> {
        if !self.tables.wants(body)? {
            return Ok(());
        }
        self.is_within()?;
        let group = self.group.get_or_insert_default();
        group.touched.extend(self.tables.table_of(body));
        let full = group.is_full(self.chunk);
        if self.logs {
            let logged = group.logged.get_or_insert_default();
            logged.bytes += body.len() as u64;
            if !full {
                let change = group.changes.len();
                logged.places.push(Place { change, begins: self.begins, bytes: body.len() });
            }
        }
        if full {
            return group.spill(code, self.begins, body).map_err(|error| unspooled(&error));
        }
        group.bytes += body.len();
        Ok(self.tables.rows(code, body, &mut group.changes)?)
    }

    /// Refuses what only stands within a transaction where none has begun: what of it came before would be missing.
    fn is_within(&self) -> Result<(), Stop> {
        if self.group.is_some() { Ok(()) } else { Err(beheaded()) }
    }

    fn on_gtid(&mut self, code: u8, body: &[u8]) -> Result<(), Stop> {
        let gtid = event::gtid(code, body)?;
        self.start(Group { name: Some(gtid.name), committed_us: gtid.committed_us, ..Group::default() })
    }

    fn on_maria_gtid(&mut self, body: &[u8], server: u32) -> Result<(), Stop> {
        let gtid = event::maria_gtid(body)?;
        let name = Name::MariaDb { domain: gtid.domain, server, sequence: gtid.sequence };
        let (begun, alters_nothing) = (!gtid.standalone, gtid.alters_nothing);
        self.start(Group { name: Some(name), begun, alters_nothing, ..Group::default() })
    }

    fn start(&mut self, group: Group) -> Result<(), Stop> {
        if self.group.is_some() {
            return Err(torn());
        }
        if let (Some(bounds), Some(name)) = (&mut self.bounds, &group.name) {
            let side = bounds.side(name, &self.progress)?;
            self.passing = Some(side).filter(|side| *side != Side::Within);
        }
        self.group = self.passing.is_none().then_some(group);
        Ok(())
    }

    fn logged_here(&self) -> Logged {
        Logged { file: self.file.as_str().into(), begins: self.group_begins, end: self.offset, ..Logged::default() }
    }

    /// The tables that were met, where whole tables are read.
    pub fn described(&self) -> &[Described] {
        self.tables.described()
    }

    fn on_rotate(&mut self, event: Event<'_>) -> Result<(), Stop> {
        let (offset, name) = event::rotate(event.body)?;
        let made_up = event.header.is_made_up();
        let name = String::from_utf8_lossy(event::without_checksum(event, name)).into_owned();
        if self.group.is_some() && !made_up {
            return Err(torn());
        }
        if matches!(self.progress, Progress::File { .. }) && !can_name_a_file(&name) {
            return Err(Malformed("a Rotate event").into());
        }
        self.tables.forget();
        if made_up && name == self.file {
            return Ok(());
        }
        if self.begins_at > 0 && name != self.file {
            self.begins_at = 0;
        }
        self.file = name;
        self.offset = offset;
        self.created = None;
        if !made_up {
            self.moved |= self.progress.move_to(&self.file, offset, None);
        }
        Ok(())
    }

    /// A new file. One that a starting server began takes back what its predecessor left unfinished: the server crashed
    /// within that transaction, and has rolled it back.
    fn on_format(&mut self, event: Event<'_>) -> Result<(), Stop> {
        let began = event::created(event.body)? != 0 && !event.header.is_made_up();
        if let Some(group) = self.group.take() {
            if !began {
                return Err(torn());
            }
            if !group.is_transactional(&self.tables) {
                let what =
                    "the server crashed within a transaction, and a table without transactions has kept a part of it";
                return Err(Stop::new(what, RESYNC));
            }
            let place = self.place();
            tracing::warn!(%place, "the server crashed within a transaction, which it has rolled back: passed over");
        }
        self.tables.forget();
        self.tables.set_server(&event::server_version(event.body)?);
        Ok(())
    }

    /// The transaction is whole; with `prepares` it waits for its XA COMMIT.
    fn end(&mut self, seconds: u32, prepares: Option<Arc<str>>) -> Result<(), Stop> {
        if self.payload == Payload::Open {
            self.payload = Payload::Ended(seconds, prepares);
            return Ok(());
        }
        let mut group = self.group.take().unwrap_or_default();
        self.note_end(&group, seconds)?;
        if group.changes.is_empty() && group.spool.is_none() && group.logged.is_none() && prepares.is_none() {
            // Most transactions of a shop are of tables that nobody maps: no word is made of them.
            return self.pass(group.name.as_ref().unwrap_or(&Name::None));
        }
        let mut end = self.end_of(&group, seconds, prepares)?;
        end.logged = group.logged.take().or_else(|| self.logs.then(Box::default));
        if let Some(logged) = &mut end.logged {
            let Logged { bytes, places, statements, .. } = std::mem::take(&mut **logged);
            **logged = Logged { bytes, places, statements, ..self.logged_here() };
        }
        self.calm.note(if group.spool.is_some() { usize::MAX } else { group.changes.len() }, end.committed_at);
        if let Some(spool) = group.spool.take() {
            // Whatever keeps it from following is said before anything of it leaves.
            self.progress.clone().pass(&end.name, &self.file, self.offset, self.mark())?;
            let spool = spool.read().map_err(|error| unspooled(&error))?;
            self.alone = Some(Alone::Parts(Box::new(Drain::new(end, group.changes, spool))));
            return Ok(());
        }
        self.pass(&end.name)?;
        self.ready_rows += group.changes.len();
        self.ready_bytes += group.bytes;
        self.ready.push(end.whole(group.changes));
        Ok(())
    }

    fn pass(&mut self, name: &Name) -> Result<(), Stop> {
        self.tables.trim();
        if let Some(bounds) = &mut self.bounds {
            bounds.passed(name);
        }
        self.moved |= self.progress.pass(name, &self.file, self.offset, self.mark())?;
        Ok(())
    }

    fn end_of(&self, group: &Group, seconds: u32, prepares: Option<Arc<str>>) -> Result<End, Stop> {
        let name = group.name.clone().unwrap_or(Name::None);
        let (committed_at, resolution_us) = match group.committed_us {
            Some(us) => (Timestamp::from_microsecond(us), 1),
            None => (Timestamp::from_second(i64::from(seconds)), 1_000_000),
        };
        Ok(End {
            id: name.to_id(&self.file, self.offset),
            name,
            committed_at: committed_at.map_err(|_| Malformed("a commit time"))?,
            resolution_us,
            prepares,
            logged: None,
        })
    }
}

/// The event that a stream from here must begin with.
fn expected(progress: &Progress) -> Option<Stamp> {
    match progress {
        Progress::File { mark, .. } => *mark,
        _ => None,
    }
}

#[cfg(test)]
mod kinds;
#[cfg(test)]
mod tests;
