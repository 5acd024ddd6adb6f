//! The binlog's files: how old they are, and which of them a position lies in.
//!
//! A file's age is the time of its first event, which a replication connection is sent for the asking. The file that a position
//! needs is the last one at whose beginning nothing had happened that the position does not have.

use std::time::Duration;

use futures_util::StreamExt as _;
use mysql_async::BinlogStreamRequest;
use mysql_async::prelude::Queryable as _;
use rand::Rng as _;

use super::retention::{Logs, Place};
use crate::binlog::connect::{self, Read};
use crate::binlog::error::{StoreError, Transient, from_driver, from_dump_request, is_privilege};
use crate::binlog::event::codes;
use crate::binlog::position::{GtidSet, Parsed, parse};
use crate::binlog::store::Store;
use crate::change::Position;

/// How long a server may take to send a file's first event.
const FIRST_EVENT_WAIT_MAX: Duration = Duration::from_secs(10);

impl Store {
    pub(super) async fn logs(&mut self, position: Option<&Position>) -> Logs {
        let now = self.value("UNIX_TIMESTAMP()").await.ok().and_then(|text| text.split('.').next()?.parse().ok());
        let files = self.files().await.unwrap_or_default();
        let mut logs =
            Logs { now: now.unwrap_or_default(), bytes: files.iter().map(|(_, size)| size).sum(), ..Logs::default() };
        if let Some((oldest, _)) = files.first() {
            logs.oldest = match self.began(oldest).await {
                Ok(at) => Some(Ok(at)),
                Err(StoreError::Transient(_)) => None,
                Err(StoreError::Definite(error)) if is_privilege(&error) => None,
                Err(StoreError::Definite(error)) => {
                    Some(Err((error.to_string(), "the bridge reads the binlog in this way".to_owned())))
                }
            };
        }
        if let Some(position) = position {
            logs.place = Some(self.place(position, &files).await);
        }
        logs
    }

    async fn place(&mut self, position: &Position, files: &[(String, u64)]) -> Place {
        match self.must_have(Read { position, server: None, begun: None }).await {
            Ok(()) => {}
            Err(StoreError::Definite(error)) => {
                return Place::Lost(format!("the stream's position: {}", error.what()), error.remedy().to_owned());
            }
            Err(StoreError::Transient(_)) => return Place::Unseen,
        }
        let Ok(Some(needed)) = self.needed(position, files).await else { return Place::Unseen };
        match files.get(needed + 1) {
            None => Place::Written,
            Some((next, _)) => self.began(next).await.map_or(Place::Unseen, Place::Closed),
        }
    }

    /// The index of the file that holds what comes after the position.
    async fn needed(&mut self, position: &Position, files: &[(String, u64)]) -> Result<Option<usize>, StoreError> {
        let parsed = match parse(position) {
            Ok(Parsed::File { name, .. }) => return Ok(files.iter().position(|(file, _)| *file == name)),
            Ok(parsed) => parsed,
            Err(_) => return Ok(None),
        };
        // Files before `covered` begin with nothing that the position lacks.
        let (mut covered, mut end) = (0, files.len());
        while covered < end {
            let middle = covered.midpoint(end);
            if parsed.covers(&self.at_beginning(&files[middle].0, &parsed).await?) {
                covered = middle + 1;
            } else {
                end = middle;
            }
        }
        Ok(covered.checked_sub(1))
    }

    /// All that had happened when the file was begun.
    pub(in crate::binlog) async fn at_beginning(&mut self, file: &str, like: &Parsed) -> Result<Parsed, StoreError> {
        let file = file.replace('\\', "\\\\").replace('\'', "''");
        if matches!(like, Parsed::MariaDb(_)) {
            return Ok(Parsed::MariaDb(self.maria(&format!("BINLOG_GTID_POS('{file}', 4)")).await?));
        }
        let events: Vec<mysql_async::Row> = self.rows(&format!("SHOW BINLOG EVENTS IN '{file}' LIMIT 3"), ()).await?;
        let text =
            |row: &mysql_async::Row, i: usize| row.get_opt::<String, _>(i).and_then(Result::ok).unwrap_or_default();
        let before =
            events.iter().find(|row| text(row, 2) == "Previous_gtids").and_then(|row| GtidSet::parse(&text(row, 5)));
        let before = before.ok_or_else(|| {
            self.stop(format!("{file} does not say which GTIDs come before it"), "please report this server")
        });
        Ok(Parsed::MySql(before?))
    }

    /// When a file was begun, in seconds of the Unix epoch. The dump has an id of its own: with the bridge's it would end the
    /// bridge's.
    pub(in crate::binlog) async fn began(&self, file: &str) -> Result<i64, StoreError> {
        let first = tokio::time::timeout(FIRST_EVENT_WAIT_MAX, self.first_event(file)).await;
        first.unwrap_or_else(|_| Err(Transient::new(&self.host, "the server sends no binlog").into()))
    }

    async fn first_event(&self, file: &str) -> Result<i64, StoreError> {
        let failed = |error| from_driver(&self.host, "open the binlog", error);
        let mut conn = connect::conn(&self.at).await.map_err(failed)?;
        conn.query_drop("SET @master_binlog_checksum = @@global.binlog_checksum, @mariadb_slave_capability = 4")
            .await
            .map_err(failed)?;
        let id = rand::rng().random_range(0xc000_0000..=0xffff_fffe);
        let request = BinlogStreamRequest::new(id).with_filename(file.as_bytes()).with_pos(4);
        let mut events = conn.get_binlog_stream(request).await.map_err(|error| from_dump_request(&self.host, error))?;
        while let Some(event) = events.next().await {
            let header = event.map_err(failed)?.header();
            if header.event_type_raw() == codes::FORMAT_DESCRIPTION {
                return Ok(i64::from(header.timestamp()));
            }
        }
        Err(Transient::new(&self.host, "the server ended the binlog at once").into())
    }
}
