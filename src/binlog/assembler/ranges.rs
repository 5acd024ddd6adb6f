//! A part of the binlog: what lies outside is passed over, and where transactions begin and end is told.

use super::Assembler;
use crate::binlog::bounds::{Bounds, Side};
use crate::binlog::compressed;
use crate::binlog::cursor::Malformed;
use crate::binlog::event::{self, Event, codes};
use crate::binlog::group::Group;
use crate::binlog::heads;
use crate::binlog::progress::{Name, Progress};
use crate::binlog::stop::Stop;
use crate::binlog::tables::Tables;
use crate::binlog::watch::{Ended, Watch};
use crate::change::Position;

impl Assembler {
    /// Takes the transactions of a range only.
    pub fn keep_within(&mut self, bounds: Bounds) {
        self.bounds = Some(bounds);
    }

    /// True where a range ends, and everything of it has been fed.
    pub fn is_at_end(&self) -> bool {
        self.bounds.as_ref().is_some_and(|bounds| bounds.is_reached(&self.progress))
    }

    /// Looks for the boundaries between transactions.
    pub fn watch(&mut self) {
        self.watch = Some(Watch::default());
    }

    /// What was seen since it was last asked.
    pub fn watched(&mut self) -> Watch {
        self.watch.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Where the position is.
    pub fn position(&self) -> Position {
        self.progress.to_position()
    }

    /// True where the position is a file's.
    pub fn is_by_file(&self) -> bool {
        matches!(self.progress, Progress::File { .. })
    }

    /// When the file that is read was begun, in seconds of the Unix epoch.
    pub fn created(&self) -> Option<u32> {
        self.created
    }

    /// Where the last event ended in the file that it was in.
    pub fn last_end(&self) -> u64 {
        self.begins + self.header.map_or(0, |header| u64::from(header.size))
    }

    /// What is known of tables, for whoever reads on.
    pub fn into_tables(mut self) -> Tables {
        self.tables.forget();
        self.tables
    }

    /// True for an event of a transaction outside the range, which is done with.
    pub(super) fn passes_over(&mut self, event: Event<'_>) -> Result<bool, Stop> {
        let Some(side) = self.passing else { return Ok(false) };
        match event.header.code {
            codes::TABLE_MAP
            | codes::WRITE_ROWS_V1..=codes::DELETE_ROWS_V1
            | codes::WRITE_ROWS..=codes::DELETE_ROWS
            | codes::PARTIAL_UPDATE_ROWS
            | codes::WRITE_ROWS_COMPRESSED_V1..=codes::DELETE_ROWS_COMPRESSED
            | codes::XID
            | codes::XA_PREPARE => {}
            codes::TRANSACTION_PAYLOAD => self.payload = super::Payload::Passing,
            codes::QUERY => self.pass_statement(side, event::query(event.body, 0)?),
            codes::EXECUTE_LOAD_QUERY => self.pass_statement(side, event::query(event.body, 13)?),
            codes::QUERY_COMPRESSED => {
                let packed = event::query(event.body, 0)?;
                let sql = compressed::event_part(packed.sql).ok_or(Malformed("a compressed Query event"))?;
                self.pass_statement(side, event::Query { sql: &sql, ..packed });
            }
            codes::ROTATE | codes::FORMAT_DESCRIPTION | codes::STOP => {
                self.passing = None;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A statement outside the range. One before it is in what is known of tables at its beginning; one that is not in its end
    /// changes what the rows that follow look like, be they in it.
    fn pass_statement(&mut self, side: Side, query: event::Query<'_>) {
        if side == Side::Beyond && !matches!(query.sql, b"BEGIN" | b"COMMIT") {
            let (sql, schema) = (query.session.text(query.sql), String::from_utf8_lossy(query.schema));
            let _ = self.follow(&sql, &schema, query.session);
        }
    }

    /// A file's head says what had happened before it.
    pub(super) fn on_head(&mut self, code: u8, body: &[u8]) -> Result<(), Stop> {
        if self.bounds.is_none() && self.watch.is_none() {
            return Ok(());
        }
        let before = heads::before(code, body)?;
        if let Some(bounds) = &mut self.bounds {
            bounds.begin_file(&before, &self.progress)?;
        }
        if let Some(watch) = &mut self.watch {
            watch.before = Some(before);
        }
        Ok(())
    }

    /// The transaction ends here.
    pub(super) fn note_end(&mut self, group: &Group, seconds: u32) -> Result<(), Stop> {
        if let Some(bounds) = &self.bounds {
            bounds.crossed(&self.file, self.group_begins, self.offset)?;
        }
        if let Some(watch) = &mut self.watch {
            let latest = i64::from(seconds) * 1_000_000 + 999_999;
            watch.ended = Some(Ended {
                name: group.name.clone().unwrap_or(Name::None),
                latest_us: group.committed_us.unwrap_or(latest),
                begins: self.group_begins,
                ends: self.offset,
            });
        }
        Ok(())
    }
}
