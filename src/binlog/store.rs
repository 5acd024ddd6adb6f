//! The query connection: what the server is, where its binlog stands, what its tables look like.

use std::collections::BTreeMap;
use std::time::Duration;

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{BinlogStreamRequest, Conn, GnoInterval, Row, Sid};
use mysql_common::packets::Tag;

use super::assembler::Assembler;
use super::connect;
use super::ddl;
use super::error::{AHEAD_REMEDY, Definite, PURGED_REMEDY, StoreError, from_driver, from_dump_request};
use super::position::{From, GtidSet, MariaPosition, Parsed, parse};
use super::range::search::Goal;
use super::snapshot::{Lag, Snapshot, quoted};
use super::source::Host;
use super::stream::Stream;
use super::tables::Tables;
use super::variables::{Flavour, Variables};
use crate::change::{ColumnShape, Footprint, Position, TableShape};

/// A connection to the store for questions; it writes nothing.
pub struct Store {
    pub(super) conn: Conn,
    pub(super) variables: Variables,
    pub(super) server: String,
    /// Host and port, for messages.
    pub(super) host: String,
    pub(super) at: Host,
    pub(super) server_id: u32,
    pub(super) heartbeat: Duration,
    pub(super) database: String,
    /// Row images need not be whole.
    pub(super) lenient: bool,
}

impl Store {
    /// What the server is, for people: `MariaDB 10.11.19`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The head of the binlog now: by GTID where the server has them, else by file and offset.
    pub async fn head(&mut self) -> Result<Position, StoreError> {
        match self.variables.flavour() {
            Flavour::MariaDb => Ok(Parsed::MariaDb(self.maria("@@GLOBAL.gtid_binlog_pos").await?).to_position()),
            Flavour::MySql if self.variables.has_gtids() => {
                Ok(Parsed::MySql(self.gtids("@@GLOBAL.gtid_executed").await?).to_position())
            }
            Flavour::MySql => self.file_head().await,
        }
    }

    /// About how many rows these tables have, by the server's own estimate.
    pub async fn about_rows(&mut self, tables: &[String]) -> Result<BTreeMap<String, u64>, StoreError> {
        let database = self.database.clone();
        if self.variables.flavour() == Flavour::MySql && self.variables.version() >= (8, 0) {
            // Else the server writes what it answers into a table of its own, to answer the same for a day.
            let fresh = "SET SESSION information_schema_stats_expiry = 0";
            self.conn.query_drop(fresh).await.map_err(|e| from_driver(&self.host, "ask how long tables are", e))?;
        }
        let sql = "SELECT table_name, coalesce(table_rows, 0) FROM information_schema.tables WHERE table_schema = ?";
        let all: Vec<(String, u64)> = self.rows(sql, (database,)).await?;
        Ok(all.into_iter().filter(|(name, _)| tables.iter().any(|table| self.same_table(table, name))).collect())
    }

    /// The head of the binlog now, in the same kind of position as `like`, so that the two can be compared.
    pub async fn head_like(&mut self, like: &Position) -> Result<Position, StoreError> {
        if matches!(parse(like), Ok(Parsed::File { .. })) { self.file_head().await } else { self.head().await }
    }

    /// The first position that the server still has, in the same kind as `like`.
    pub async fn earliest_like(&mut self, like: &Position) -> Result<Position, StoreError> {
        if matches!(parse(like), Ok(Parsed::File { .. })) { self.first_file().await } else { self.earliest().await }
    }

    /// The position to start at. A given one must be of this server's kind, still in its binlog, not ahead of it and
    /// between two transactions; each fault is definite and says what to do.
    pub async fn resolve(&mut self, from: &From) -> Result<Position, StoreError> {
        self.read_variables().await?;
        self.refuse_unreadable()?;
        match from {
            From::Now => self.head().await,
            From::Earliest => self.earliest().await,
            From::At(position) => {
                let parsed = parse(position).map_err(|error| self.stop(error.to_string(), "correct the position"))?;
                self.validate(&parsed).await?;
                Ok(position.clone())
            }
        }
    }

    /// What these tables look like now; a table that does not exist, or that the account does not see, is left out.
    pub async fn shapes(&mut self, tables: &[String]) -> Result<Vec<TableShape>, StoreError> {
        let mut shapes = Vec::new();
        for table in tables {
            let engine = "SELECT table_collation, engine FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";
            let found: Vec<(Option<String>, Option<String>)> =
                self.rows(engine, (self.database.clone(), table.clone())).await?;
            let Some((collation, engine)) = found.into_iter().next() else { continue };
            let columns = "SELECT column_name, LOWER(data_type), column_type, character_set_name, is_nullable, collation_name \
                 FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position";
            type Line = (String, String, String, Option<String>, String, Option<String>);
            let columns: Vec<Line> = self.rows(columns, (self.database.clone(), table.clone())).await?;
            let column = |(name, data_type, column_type, charset, nullable, collation)| {
                let shape = column_shape((name, data_type, column_type, charset, nullable));
                ColumnShape { collation, ..shape }
            };
            let (key, unique) = self.keys(table).await?;
            shapes.push(TableShape {
                table: table.clone(),
                engine: engine.unwrap_or_default(),
                columns: columns.into_iter().map(column).collect(),
                key,
                charset: collation.as_deref().and_then(ddl::charset_of_collation),
                unique,
            });
        }
        Ok(shapes)
    }

    /// Opens the binlog at a position, on a connection of its own. The position is checked as [`Store::resolve`] does.
    pub async fn stream(
        &mut self,
        position: &Position,
        footprint: &Footprint,
        shapes: &[TableShape],
    ) -> Result<Stream, StoreError> {
        let tables = Tables::new(footprint, shapes, Some(&self.database), self.variables.folds_table_names());
        self.open(position, tables).await
    }

    /// Opens the binlog at a position for these tables.
    pub(super) async fn open(&mut self, position: &Position, tables: Tables) -> Result<Stream, StoreError> {
        self.resolve(&From::At(position.clone())).await?;
        let parsed = parse(position).map_err(|error| self.stop(error.to_string(), "correct the position"))?;
        self.dump(self.server_id, parsed, tables).await
    }

    /// Asks for the binlog from a position that has been looked at, as the server that has this id.
    pub(super) async fn dump(&self, id: u32, parsed: Parsed, tables: Tables) -> Result<Stream, StoreError> {
        let failed = |error| from_driver(&self.host, "open the binlog", error);
        let mut conn = connect::conn(&self.at).await.map_err(failed)?;
        for statement in session(&parsed, self.heartbeat) {
            conn.query_drop(statement).await.map_err(failed)?;
        }
        let request = BinlogStreamRequest::new(id);
        let mut far = false;
        let events = match &parsed {
            Parsed::MySql(set) => conn.get_binlog_stream(request.with_gtid().with_gtid_set(sids(set))).await,
            Parsed::MariaDb(_) => conn.get_binlog_stream(request).await,
            Parsed::File { name, offset, mark } => {
                // From the event before: the stream sees that it is the one that was read.
                let mut from = mark.map_or(*offset, |mark| mark.begins);
                if from > u64::from(u32::MAX) {
                    (from, far) = (4, true);
                }
                conn.get_binlog_stream(request.with_filename(name.as_bytes()).with_pos(from)).await
            }
        };
        let events = events.map_err(|error| from_dump_request(&self.host, error))?;
        let mut assembler = Assembler::new(&self.host, tables, parsed.into());
        if far {
            assembler.read_from_beginning();
        }
        Ok(Stream::new(events, assembler, &self.host).with_heartbeat(self.heartbeat))
    }

    /// Opens a reader of rows that are as of `position` or newer, on a connection of its own. The position is checked as
    /// [`Store::resolve`] does, and what is before it is waited for: a minute at most.
    pub async fn snapshot(&mut self, position: &Position) -> Result<Snapshot, StoreError> {
        self.resolve(&From::At(position.clone())).await?;
        let lag = match (self.variables.flavour(), parse(position)) {
            // What is being written to the binlog holds its lock, so the end of the file lies behind the position.
            (Flavour::MariaDb, _) => Lag::Until(self.parsed_file_head().await?),
            (Flavour::MySql, Ok(Parsed::MySql(_))) => Lag::None,
            (Flavour::MySql, _) => Lag::For(self.variables.commit_lag()),
        };
        Snapshot::open(&self.at, lag).await
    }

    /// Opens several of them, that read at the same time; fewer, where the server gives no more connections.
    pub async fn snapshots(&mut self, position: &Position, count: usize) -> Result<Vec<Snapshot>, StoreError> {
        // What one could wait for, all can read.
        let mut all = vec![self.snapshot(position).await?];
        while all.len() < count {
            match Snapshot::open(&self.at, Lag::None).await {
                Ok(more) => all.push(more),
                Err(error) => {
                    tracing::warn!(%error, connections = all.len(), "no more connections to read by");
                    break;
                }
            }
        }
        Ok(all)
    }

    pub(super) async fn read_variables(&mut self) -> Result<(), StoreError> {
        let all: Vec<(String, String)> = self.rows("SHOW GLOBAL VARIABLES", ()).await?;
        self.variables = all.into_iter().collect();
        Ok(())
    }

    pub(super) fn refuse_unreadable(&self) -> Result<(), StoreError> {
        // To look at a binlog it need only be there.
        let required = if self.lenient { vec![self.variables.log_bin()] } else { self.variables.required().to_vec() };
        match required.into_iter().find(|finding| !finding.ok) {
            None => Ok(()),
            Some(finding) => Err(self.stop(finding.what, &finding.remedy)),
        }
    }

    async fn file_head(&mut self) -> Result<Position, StoreError> {
        Ok(self.parsed_file_head().await?.to_position())
    }

    pub(super) async fn parsed_file_head(&mut self) -> Result<Parsed, StoreError> {
        let rows: Vec<Row> = self.rows(self.status_statement(), ()).await?;
        let head = rows.first().and_then(|row| {
            let name = row.get_opt::<String, _>(0)?.ok()?;
            Some(Parsed::File { name, offset: row.get_opt::<u64, _>(1)?.ok()?, mark: None })
        });
        head.ok_or_else(|| self.stop("the server does not say where its binlog ends", "check that log_bin is on"))
    }

    pub(super) fn status_statement(&self) -> &'static str {
        match self.variables.flavour() {
            Flavour::MySql if self.variables.version() >= (8, 2) => "SHOW BINARY LOG STATUS",
            _ => "SHOW MASTER STATUS",
        }
    }

    async fn earliest(&mut self) -> Result<Position, StoreError> {
        if self.variables.flavour() == Flavour::MySql && self.variables.has_gtids() {
            return Ok(Parsed::MySql(self.gtids("@@GLOBAL.gtid_purged").await?).to_position());
        }
        let first = self.first_file().await?;
        if let (Flavour::MariaDb, Ok(Parsed::File { name, .. })) = (self.variables.flavour(), parse(&first)) {
            let at_start = format!("BINLOG_GTID_POS('{}', 4)", name.replace('\'', "''"));
            return Ok(Parsed::MariaDb(self.maria(&at_start).await?).to_position());
        }
        Ok(first)
    }

    async fn first_file(&mut self) -> Result<Position, StoreError> {
        let Some((name, _)) = self.files().await?.into_iter().next() else {
            return Err(self.stop("the server lists no binlog files", "check that log_bin is on"));
        };
        Ok(Parsed::File { name, offset: 4, mark: None }.to_position())
    }

    pub(super) async fn validate(&mut self, parsed: &Parsed) -> Result<(), StoreError> {
        match parsed {
            Parsed::MySql(set) => self.validate_gtids(set).await,
            Parsed::MariaDb(position) => self.validate_maria(position).await,
            Parsed::File { name, offset, .. } => self.validate_file(name, *offset).await,
        }
    }

    async fn validate_gtids(&mut self, set: &GtidSet) -> Result<(), StoreError> {
        if self.variables.flavour() != Flavour::MySql || !self.variables.has_gtids() {
            let what = format!("the position is a MySQL GTID set, and {} has none", self.server);
            return Err(self.stop(what, OTHER_KIND));
        }
        let purged = self.gtids("@@GLOBAL.gtid_purged").await?.minus(set);
        if !purged.is_empty() {
            return Err(self.stop(
                format!("the position is purged: transactions {purged} are no longer in the binlog"),
                PURGED_REMEDY,
            ));
        }
        let ahead = set.minus(&self.gtids("@@GLOBAL.gtid_executed").await?);
        if !ahead.is_empty() {
            return Err(
                self.stop(format!("the position is ahead of the server, which never executed {ahead}"), AHEAD_REMEDY)
            );
        }
        Ok(())
    }

    async fn validate_maria(&mut self, position: &MariaPosition) -> Result<(), StoreError> {
        if self.variables.flavour() != Flavour::MariaDb {
            let what = format!("the position is a MariaDB GTID position, and the server is {}", self.server);
            return Err(self.stop(what, OTHER_KIND));
        }
        let ahead = self.never_written(position).await?.join(",");
        if !ahead.is_empty() {
            return Err(
                self.stop(format!("the position is ahead of the server, which never wrote {ahead}"), AHEAD_REMEDY)
            );
        }
        if let Parsed::MariaDb(earliest) = self.parsed_earliest().await? {
            let purged = earliest.minus(position);
            if !purged.0.is_empty() {
                let what = format!("the position is purged: the binlog begins after {purged}");
                return Err(self.stop(what, PURGED_REMEDY));
            }
        }
        Ok(())
    }

    async fn parsed_earliest(&mut self) -> Result<Parsed, StoreError> {
        let earliest = self.earliest().await?;
        parse(&earliest).map_err(|error| self.stop(error.to_string(), "please report this server"))
    }

    async fn validate_file(&mut self, name: &str, offset: u64) -> Result<(), StoreError> {
        let files = self.files().await?;
        let place = format!("{}, {name}:{offset}", self.host);
        let stop = |what: &str, remedy: &str| Err(Definite::new(&place, what, remedy).into());
        let Some((_, size)) = files.iter().find(|(known, _)| known == name) else {
            return stop("the position is purged, or of another server: there is no such binlog file", PURGED_REMEDY);
        };
        if offset > *size {
            return stop(&format!("the position is ahead of the server, whose file ends at {size}"), AHEAD_REMEDY);
        }
        if offset == *size || offset == 4 {
            return Ok(());
        }
        // A file's name stands in the statement as text: the server takes no placeholder there.
        let quoted = name.replace('\\', "\\\\").replace('\'', "''");
        let events: Result<Vec<Row>, _> =
            self.conn.query(format!("SHOW BINLOG EVENTS IN '{quoted}' FROM {offset} LIMIT 1")).await;
        let event = match events {
            Err(mysql_async::Error::Server(error)) if error.code == 1220 => None,
            Err(error) => return Err(from_driver(&place, "look at the position", error)),
            Ok(rows) => rows.into_iter().next(),
        };
        let field = |i: usize| event.as_ref().and_then(|row| row.get_opt::<String, _>(i)?.ok()).unwrap_or_default();
        let start = event.as_ref().and_then(|row| row.get_opt::<u64, _>(1)?.ok());
        let what = match start == Some(offset) {
            true if begins_transaction(&field(2), &field(5)) => return Ok(()),
            true => "the position lies within a transaction",
            false => "the position is not at an event's start",
        };
        match self.search(name, Goal::Offset(offset)).await {
            Err(StoreError::Definite(error)) => stop(what, error.remedy()),
            Err(error) => Err(error),
            Ok(_) => stop(what, "give the offset between two transactions: SHOW BINLOG EVENTS lists them"),
        }
    }

    pub(super) async fn files(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<Row> = self.rows("SHOW BINARY LOGS", ()).await?;
        Ok(rows.iter().filter_map(|row| Some((row.get_opt(0)?.ok()?, row.get_opt(1)?.ok()?))).collect())
    }

    /// The key that tells a table's rows apart (the primary one, or the first unique one without NULLs), and every unique key.
    async fn keys(&mut self, table: &str) -> Result<(Vec<String>, Vec<Vec<String>>), StoreError> {
        let keys = "SELECT index_name, column_name, nullable, sub_part FROM information_schema.statistics \
             WHERE table_schema = ? AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index";
        type Part = (String, Option<String>, Option<String>, Option<u64>);
        let parts: Vec<Part> = self.rows(keys, (self.database.clone(), table.to_owned())).await?;
        // Whether a part may be NULL, and the columns; no columns where a part is an expression or a prefix.
        type Columns = (bool, Option<Vec<String>>);
        let mut indexes: BTreeMap<(bool, String), Columns> = BTreeMap::new();
        for (index, column, nullable, prefix) in parts {
            let (null, columns) =
                indexes.entry((index != "PRIMARY", index)).or_insert_with(|| (false, Some(Vec::new())));
            *null |= nullable.as_deref() == Some("YES");
            match (columns.as_mut(), column.filter(|_| prefix.is_none())) {
                (Some(columns), Some(column)) => columns.push(column),
                _ => *columns = None,
            }
        }
        let plain = indexes.into_values().filter_map(|(null, columns)| Some((null, columns?)));
        let plain: Vec<(bool, Vec<String>)> = plain.collect();
        let key = plain.iter().find(|(null, _)| !null).map(|(_, columns)| columns.clone());
        Ok((key.unwrap_or_default(), plain.into_iter().map(|(_, columns)| columns).collect()))
    }

    pub(super) async fn gtids(&mut self, expression: &str) -> Result<GtidSet, StoreError> {
        let text = self.value(expression).await?;
        GtidSet::parse(&text)
            .ok_or_else(|| self.stop(format!("{expression} is no GTID set"), "please report this server"))
    }

    pub(super) async fn maria(&mut self, expression: &str) -> Result<MariaPosition, StoreError> {
        let text = self.value(expression).await?;
        let parsed = MariaPosition::parse(&text);
        parsed.ok_or_else(|| self.stop(format!("{expression} is no GTID position"), "please report this server"))
    }

    pub(super) async fn value(&mut self, expression: &str) -> Result<String, StoreError> {
        let rows: Vec<Option<String>> = self.rows(&format!("SELECT {expression}"), ()).await?;
        Ok(rows.into_iter().next().flatten().unwrap_or_default())
    }

    pub(super) async fn rows<T, P>(&mut self, statement: &str, parameters: P) -> Result<Vec<T>, StoreError>
    where
        T: FromRow + Send + 'static,
        P: Into<mysql_async::Params> + Send,
    {
        let parameters = parameters.into();
        let rows: Result<Vec<Row>, _> = match parameters {
            mysql_async::Params::Empty => self.conn.query(statement).await,
            parameters => self.conn.exec(statement, parameters).await,
        };
        let rows = rows.map_err(|error| from_driver(&self.host, "query the server", error))?;
        let typed: Result<Vec<T>, _> = rows.into_iter().map(T::from_row_opt).collect();
        typed.map_err(|_| self.stop("the server answered a query in another form", "please report this server"))
    }

    /// A table of the mapped database, as a statement names it.
    pub(super) fn name_of(&self, table: &str) -> String {
        format!("{}.{}", quoted(&self.database), quoted(table))
    }

    pub(super) fn stop(&self, what: impl Into<String>, remedy: &str) -> StoreError {
        Definite::new(&self.host, what, remedy).into()
    }
}

/// What to do about a position of another kind of server.
const OTHER_KIND: &str = "name the server that the position was read from; for a first start give a position of this server's kind \
     with --from; a stream that has run already goes on at this server after `ledgertap resync`";

/// What the dump's session must say before it asks for the binlog.
fn session(position: &Parsed, heartbeat: Duration) -> Vec<String> {
    let period = heartbeat.as_nanos();
    let mut all = vec![
        "SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum"
            .to_owned(),
        format!("SET @master_heartbeat_period = {period}, @source_heartbeat_period = {period}"),
        // While a large transaction is taken in we do not read, and the server must not take that for a dead connection.
        "SET SESSION net_write_timeout = 31536000".to_owned(),
        // Without this MariaDB turns its own events into dummies; MySQL does not look at it.
        "SET @mariadb_slave_capability = 4".to_owned(),
    ];
    if let Parsed::MariaDb(position) = position {
        all.push(format!("SET @slave_connect_state = '{position}', @slave_gtid_strict_mode = 1"));
        all.push("SET @slave_gtid_ignore_duplicates = 0".to_owned());
    }
    all
}

fn sids(set: &GtidSet) -> Vec<Sid<'static>> {
    let sid = |(origin, runs): (&super::position::Origin, &[(u64, u64)])| {
        let intervals = runs.iter().map(|&(first, last)| GnoInterval::new(first, last + 1)).collect();
        let sid = Sid::new(origin.uuid).with_intervals(intervals);
        match Tag::new(origin.tag.clone()) {
            Ok(tag) if !origin.tag.is_empty() => sid.with_tag(tag),
            _ => sid,
        }
    };
    set.runs().map(sid).collect()
}

/// Can a transaction begin at an event that SHOW BINLOG EVENTS calls so?
fn begins_transaction(event: &str, info: &str) -> bool {
    match event {
        "Query" => {
            let statement =
                info.strip_prefix("use ").and_then(|rest| rest.split_once("; ")).map_or(info, |(_, sql)| sql);
            let mut words = statement.split_whitespace();
            match (words.next(), words.next()) {
                (Some("XA"), Some(verb)) => verb != "END",
                (Some("COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE"), _) => false,
                _ => true,
            }
        }
        "Gtid" | "Anonymous_Gtid" | "Gtid_tagged_log_event" | "Previous_gtids" | "Gtid_list" | "Rotate" | "Stop" => {
            true
        }
        "Format_desc" | "Binlog_checkpoint" | "Heartbeat" | "Start_encryption" | "Incident" => true,
        _ => false,
    }
}

/// A column as information_schema prints it: name, type's name, type, charset, whether it may be NULL.
pub(super) type ColumnLine = (String, String, String, Option<String>, String);

pub(super) fn column_shape((name, data_type, column_type, charset, nullable): ColumnLine) -> ColumnShape {
    let labelled = matches!(data_type.as_str(), "enum" | "set");
    ColumnShape {
        really: None,
        collation: None,
        name,
        unsigned: column_type.contains(" unsigned") && !labelled,
        labels: if labelled { labels(&column_type) } else { Vec::new() },
        size: size(&data_type, &column_type),
        nullable: nullable.eq_ignore_ascii_case("YES"),
        charset: charset.map(|name| ddl::charset_named(&name)),
        data_type,
    }
}

/// The numbers in `decimal(10,2)`, of types whose values depend on them.
fn size(data_type: &str, column_type: &str) -> Vec<u32> {
    let sized = [
        "char",
        "varchar",
        "binary",
        "varbinary",
        "bit",
        "time",
        "datetime",
        "timestamp",
        "vector",
        "decimal",
        "float",
        "double",
    ];
    let inside = column_type.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    // An integer's width shows where zeros fill it up.
    let filled = data_type.ends_with("int") && column_type.ends_with(" zerofill");
    let Some(inside) = inside.filter(|_| filled || sized.contains(&data_type)) else { return Vec::new() };
    inside.split(',').filter_map(|number| number.trim().parse().ok()).collect()
}

/// The labels in `enum('a','b''c')`.
fn labels(column_type: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut chars = column_type.chars().skip_while(|&c| c != '\'').peekable();
    while chars.next_if_eq(&'\'').is_some() {
        let mut label = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\'' if chars.next_if_eq(&'\'').is_none() => break,
                '\\' => label.extend(chars.next().map(|c| match c {
                    'n' => '\n',
                    'r' => '\r',
                    '0' => '\0',
                    other => other,
                })),
                c => label.push(c),
            }
        }
        labels.push(label);
        chars.next_if_eq(&',');
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_unquoted() {
        assert_eq!(labels("enum('a','b''c','','逗,号','back\\\\slash')"), ["a", "b'c", "", "逗,号", "back\\slash"]);
        assert!(labels("int(11)").is_empty());
    }

    #[test]
    fn a_charset_has_one_name_whatever_the_server_calls_it() {
        let charset = |name: Option<&str>| {
            let line = |text: &str| text.to_owned();
            column_shape((line("a"), line("varchar"), line("varchar(9)"), name.map(line), line("YES"))).charset
        };
        let said = [Some("utf8"), Some("utf8mb3"), Some("utf8mb4"), None].map(charset);
        assert_eq!(said.each_ref().map(Option::as_deref), [Some("utf8mb3"), Some("utf8mb3"), Some("utf8mb4"), None]);
    }

    #[test]
    fn a_transaction_begins_at_its_gtid_or_begin_only() {
        assert!(begins_transaction("Gtid", "BEGIN GTID 0-1-2") && begins_transaction("Query", "BEGIN"));
        assert!(begins_transaction("Gtid_tagged_log_event", "SET @@SESSION.GTID_NEXT= '…:tag:2'"));
        assert!(
            begins_transaction("Query", "XA COMMIT X'31',X'',1")
                && begins_transaction("Query", "use `s`; CREATE TABLE t")
        );
        for (event, info) in [
            ("Query", "COMMIT"),
            ("Query", "SAVEPOINT `a`"),
            ("Query", "use `shop`; SAVEPOINT `a`"),
            ("Query", "ROLLBACK TO `a`"),
            ("Query", "XA END X'31',X'',1"),
            ("XA_prepare", "XA PREPARE X'31',X'',1"),
            ("Table_map", ""),
            ("Write_rows_v1", ""),
            ("Xid", ""),
            ("Annotate_rows", ""),
        ] {
            assert!(!begins_transaction(event, info), "{event} {info}");
        }
    }
}
