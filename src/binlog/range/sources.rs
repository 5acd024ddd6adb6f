//! Where transactions come from, and what a place means there.

use std::path::PathBuf;

use jiff::Timestamp;

use super::archive::{self, Chosen, Gap, Head};
use super::place::Place;
use super::reading::Range;
use super::search::{Goal, Spot, in_file};
use crate::binlog::bounds::{Bounds, MISSING};
use crate::binlog::error::{Definite, PURGED_REMEDY, StoreError, Transient};
use crate::binlog::file::{BinlogFile, FileReader};
use crate::binlog::position::{self, GtidSet, MariaPosition, Parsed, file_number, parse};
use crate::binlog::settle::Definitions;
use crate::binlog::store::Store;
use crate::binlog::tables::Tables;
use crate::binlog::variables::Flavour;
use crate::change::{Footprint, Position, TableShape};

/// Where transactions come from: archived binlog files first, then the live server.
pub struct Sources<'a> {
    /// The live server; `None` to read files alone.
    pub store: Option<&'a mut Store>,
    /// Archived files that follow one another, or folders of them, plain or compressed; empty to read the server alone.
    pub files: &'a [PathBuf],
    /// The database that the mapped tables are in, for files that are read alone; `None` for the first that has rows of one.
    pub database: Option<&'a str>,
}

/// A place before all that there is.
const EARLIEST: &str = "give a later time, or name archived files that reach further back";
const NO_SOURCE: &str = "name binlog files, a folder of them, or a server";
const KINDS: &str = "give it in that kind, or as file:offset or a time";

impl<'a> Sources<'a> {
    /// The position that a place means, in the kind of `like`: a stream's own position. It is at a transaction boundary.
    ///
    /// A time is looked for by the times at which files were begun, then by the transactions in one of them; one that is later
    /// than everything is the end of what there is. Of GTIDs only those of servers (in MariaDB: domains) are named that `like`
    /// names, too.
    ///
    /// # Errors
    /// A position of another kind, or within a transaction: the boundaries before and after it are named. A time before
    /// everything that there is.
    pub async fn resolve(&mut self, place: &Place, like: &Position) -> Result<Position, StoreError> {
        let like = parse_at(like)?;
        let heads = self.heads().await?;
        let parsed = match place {
            Place::At(position)
                if position::comparable(position, &like.to_position()) && !position::is_file(position) =>
            {
                // As it was given, be it of another server: then it does not fit the stream's.
                return Ok(position.clone());
            }
            Place::At(position) => self.at(parse_at(position)?, &like, &heads).await?,
            Place::Time(time) => self.time(*time, &like, &heads).await?,
            Place::Earliest => match (heads.first(), &mut self.store) {
                (Some(first), _) => first.beginning(&like)?,
                (None, Some(store)) => {
                    let earliest = store.earliest_like(&like.to_position()).await?;
                    parse_at(&earliest)?
                }
                (None, None) => return Err(self.no_source()),
            },
            Place::Now => match (&mut self.store, heads.last()) {
                (Some(store), _) => {
                    let head = store.head_like(&like.to_position()).await?;
                    parse_at(&head)?
                }
                (None, Some(last)) => {
                    searched(last, Goal::End).await?.like(&like).map_err(|gap| gap.at(&last.place()))?
                }
                (None, None) => return Err(self.no_source()),
            },
        };
        Ok(known(parsed, &like).to_position())
    }

    /// Opens the transactions that are in `to` and not in `from`, in the binlog's order. `definitions` is what the mapped tables
    /// look like at `from` ([`Sources::definitions`]).
    ///
    /// # Errors
    /// What is missing, before the archived files, among them, between them and the server, or behind them; files of another
    /// server; a `to` that is before `from`, or of another kind.
    pub async fn open(
        self,
        from: &Position,
        to: &Position,
        footprint: &Footprint,
        definitions: &Definitions,
    ) -> Result<Range<'a>, StoreError> {
        let folds = self.store.as_ref().is_some_and(|store| store.variables.folds_table_names());
        let database = self.store.as_ref().map(|store| store.database.clone());
        let database = database.as_deref().or(self.database);
        let tables = Tables::new(footprint, &definitions.shapes, database, folds);
        self.open_tables(from, to, tables, definitions).await
    }

    /// What these tables look like at `from`, as [`Store::definitions`] says; what was changed since is looked for in the files,
    /// too. Without a server what is `known` is all.
    ///
    /// # Errors
    /// As [`Store::definitions`] and [`Sources::open`].
    pub async fn definitions(
        &mut self,
        from: &Position,
        tables: &[String],
        known: Option<&[TableShape]>,
    ) -> Result<Definitions, StoreError> {
        let Some(store) = self.store.as_deref_mut() else {
            return Ok(Definitions { shapes: known.unwrap_or_default().to_vec(), ..Definitions::default() });
        };
        // Files are read in a fraction of the time, and the server is left alone.
        store.definitions_through(self.files, from, tables, known).await
    }

    /// As [`Sources::open`], of any tables.
    pub(in crate::binlog) async fn open_tables(
        mut self,
        from: &Position,
        to: &Position,
        tables: Tables,
        definitions: &Definitions,
    ) -> Result<Range<'a>, StoreError> {
        let (from, to) = (parse_at(from)?, parse_at(to)?);
        ordered(&from, &to).map_err(|gap| gap.at("the range"))?;
        if Bounds::new(&from, &to).is_reached(&from.clone().into()) {
            return Ok(Range::empty(from, to));
        }
        let heads = self.heads().await?;
        let (files, unproven) =
            if heads.is_empty() { (Vec::new(), None) } else { self.chosen(&from, &to, &heads).await? };
        if files.is_empty() {
            let Some(store) = self.store.take() else { return Err(self.no_source()) };
            store.validate(&from).await.map_err(for_a_range)?;
            store.must_reach(&to).await?;
            return Range::of_server(store, from, to, tables, definitions).await;
        }
        let mut reader = FileReader::from(files, tables, from.clone().into())?.of_a_copy();
        reader.assembler.settle(definitions);
        if self.store.is_some() {
            reader = reader.ask_for_definitions();
        }
        if matches!(from, Parsed::File { .. }) {
            reader = reader.start_at(&from.to_position())?;
        }
        reader.assembler.keep_within(Bounds::new(&from, &to));
        Ok(Range::of_files(reader, self.store, &from, to, unproven))
    }

    fn no_source(&self) -> StoreError {
        Definite::new("the range", "there is nothing to read it from", NO_SOURCE).into()
    }

    async fn heads(&self) -> Result<Vec<Head>, StoreError> {
        if self.files.is_empty() {
            return Ok(Vec::new());
        }
        let paths = self.files.to_vec();
        blocking(move || archive::heads(&paths)).await?
    }

    /// A position, in the kind of `like`.
    async fn at(&mut self, parsed: Parsed, like: &Parsed, heads: &[Head]) -> Result<Parsed, StoreError> {
        let Parsed::File { name, offset, .. } = &parsed else {
            let (position, like) = (parsed.to_position(), like.to_position());
            let what = format!("the position {position} is of another kind than the stream's, {like}");
            return Err(Definite::new("the range", what, KINDS).into());
        };
        let by_file = matches!(like, Parsed::File { .. });
        if let Some(head) = heads.iter().find(|head| head.file.name == *name) {
            let spot = searched(head, Goal::Offset(*offset)).await?;
            return if by_file { Ok(parsed) } else { spot.like(like).map_err(|gap| gap.at(&head.place())) };
        }
        let Some(store) = &mut self.store else {
            let what = format!("{name} is not among the archived files");
            return Err(Definite::new("the range", what, "name it, too, or give another position").into());
        };
        store.validate(&parsed).await.map_err(for_a_range)?;
        if by_file {
            return Ok(parsed);
        }
        if store.variables.flavour() == Flavour::MariaDb {
            let text = name.replace('\\', "\\\\").replace('\'', "''");
            return Ok(Parsed::MariaDb(store.maria(&format!("BINLOG_GTID_POS('{text}', {offset})")).await?));
        }
        let (spot, place) = (store.search(name, Goal::Offset(*offset)).await?, store.host.clone());
        spot.like(like).map_err(|gap| gap.at(&place))
    }

    /// The boundary before the first transaction that was committed at a time or later.
    async fn time(&mut self, time: Timestamp, like: &Parsed, heads: &[Head]) -> Result<Parsed, StoreError> {
        let mut end = None;
        if let Some(first) = heads.first() {
            let begun: Vec<i64> = heads.iter().map(|head| head.created).collect();
            let in_file = begun_before(&begun, time).or(first.is_the_beginning().then_some(0));
            let in_file = in_file.ok_or_else(|| too_early(time, first.created).at(&first.place()))?;
            for head in &heads[in_file..] {
                let spot = searched(head, Goal::Time(time)).await?;
                let found = spot.found;
                let parsed = spot.like(like).map_err(|gap| gap.at(&head.place()))?;
                if found {
                    return Ok(parsed);
                }
                end = Some(parsed);
            }
        }
        match (&mut self.store, end) {
            (Some(store), end) => store.at_time(time, like, end).await,
            (None, Some(end)) => Ok(end),
            (None, None) => Err(self.no_source()),
        }
    }

    /// The archived files that are to be read; none where all of the range is behind them. What is not proven of them yet is to
    /// be where they end before the range does.
    async fn chosen(
        &mut self,
        from: &Parsed,
        to: &Parsed,
        heads: &[Head],
    ) -> Result<(Vec<BinlogFile>, Option<Unproven>), StoreError> {
        let place = heads[0].file.folder();
        let Chosen { files, complete } = archive::choose(from, to, heads).map_err(|gap| gap.at(&place))?;
        let last = &heads[heads.len() - 1];
        let wanted: Vec<BinlogFile> = heads[files].iter().map(|head| head.file.clone()).collect();
        if complete {
            return Ok((wanted, None));
        }
        let by_file = matches!(to, Parsed::File { .. });
        let unproven = Unproven { from: from.clone(), begin: heads[0].before.clone(), last: last.clone() };
        // To look for the end of the only file that is read is to read it twice.
        if !by_file && wanted.len() == 1 {
            return Ok((wanted, Some(unproven)));
        }
        let end = if by_file { None } else { unproven.end(to).await? };
        if end.as_ref().is_some_and(|end| Bounds::new(from, to).is_before(end)) {
            return Ok((wanted, None));
        }
        let ends = |end: &Parsed| format!("the archived files end at {}", end.to_position());
        let Some(store) = &mut self.store else {
            return match end {
                Some(end) => {
                    let what = format!("{}, before the end of the range, {}", ends(&end), to.to_position());
                    Err(Definite::new(place, what, LATER).into())
                }
                // Where a file ends is seen when it is read.
                None if !wanted.is_empty() => Ok((wanted, None)),
                None => {
                    let what = format!("the archived files end with {}, before the range", last.file.name);
                    Err(Definite::new(place, what, LATER).into())
                }
            };
        };
        match end {
            Some(end) => {
                let read = joined(from, to, &end);
                let gap = store.validate(&read).await.err();
                if let Some(StoreError::Definite(error)) = gap {
                    return Err(
                        Definite::new(&store.host, format!("{}, and {}", ends(&read), error.what()), MISSING).into()
                    );
                }
                gap.map_or(Ok(()), Err)?;
            }
            None if !wanted.is_empty() => store.follows_file(last).await?,
            None => {}
        }
        store.must_reach(to).await?;
        Ok((wanted, None))
    }
}

/// Files of which it is seen where they end, and whether they are the store's at all, when they have been read.
pub(super) struct Unproven {
    from: Parsed,
    /// What had happened before the first of them.
    begin: Option<Parsed>,
    last: Head,
}

impl Unproven {
    /// All that had happened after them, where they say it.
    ///
    /// # Errors
    /// What proves that they are of another server, where the range does not end in them.
    pub(super) async fn end(&self, to: &Parsed) -> Result<Option<Parsed>, StoreError> {
        let end = searched(&self.last, Goal::End).await?.gtids;
        if let (Some(begin), Some(end)) = (&self.begin, &end)
            && !Bounds::new(&self.from, to).is_before(end)
            && let Some(gap) = archive::stranger(&self.from, to, begin, end)
        {
            return Err(gap.at(&self.last.file.folder()));
        }
        Ok(end)
    }
}

fn parse_at(position: &Position) -> Result<Parsed, StoreError> {
    parse(position).map_err(|error| Definite::new("the range", error.to_string(), "correct the position").into())
}

/// What to do where files end too early.
pub(super) const LATER: &str = "name the archived files that follow, too, or the server that has them";

/// A refusal of a position, with what can be done about it where a part of the binlog is wanted.
pub(super) fn for_a_range(error: StoreError) -> StoreError {
    match error {
        StoreError::Definite(error) if error.remedy() == PURGED_REMEDY => {
            let remedy = "name archived files that hold it, or begin later";
            Definite::new(error.place(), error.what(), remedy).into()
        }
        other => other,
    }
}

/// All of `from`, and what is in `to` and had happened at `end`.
fn joined(from: &Parsed, to: &Parsed, end: &Parsed) -> Parsed {
    match (from, to, end) {
        (Parsed::MySql(from), Parsed::MySql(to), Parsed::MySql(end)) => {
            let mut joined = from.clone();
            joined.extend(&to.common(end));
            Parsed::MySql(joined)
        }
        (Parsed::MariaDb(from), Parsed::MariaDb(to), Parsed::MariaDb(end)) => {
            let mut joined = from.clone();
            for (domain, target) in &to.0 {
                let least = end.0.get(domain).map(|end| if end.1 < target.1 { *end } else { *target });
                let behind = |at: &(u32, u64)| joined.0.get(domain).is_none_or(|here| here.1 < at.1);
                if let Some(least) = least.filter(behind) {
                    joined.0.insert(*domain, least);
                }
            }
            Parsed::MariaDb(joined)
        }
        _ => from.clone(),
    }
}

/// Refuses an end that is before the beginning.
fn ordered(from: &Parsed, to: &Parsed) -> Result<(), Gap> {
    let (begin, end) = (from.to_position(), to.to_position());
    if std::mem::discriminant(from) != std::mem::discriminant(to) {
        let what = format!("its end {end} is of another kind than its beginning {begin}");
        return Err(Gap { what, remedy: "give both in the same kind" });
    }
    if to.covers(from) {
        return Ok(());
    }
    let what = match (from, to) {
        (Parsed::MySql(from), Parsed::MySql(to)) if !to.minus(from).is_empty() => {
            format!("its beginning has {}, which its end {end} has not", from.minus(to))
        }
        (Parsed::MariaDb(from), Parsed::MariaDb(to)) if !to.minus(from).0.is_empty() => {
            format!("its beginning has come to {}, its end only to {end}", from.minus(to))
        }
        _ => format!("its end {end} is before its beginning {begin}"),
    };
    Err(Gap { what, remedy: "exchange the two, or correct them" })
}

/// What of a position is of servers or domains that `like` names; all of it where that names none.
fn known(position: Parsed, like: &Parsed) -> Parsed {
    match (position, like) {
        (Parsed::MySql(set), Parsed::MySql(like)) if !like.is_empty() => Parsed::MySql(set.known_to(like)),
        (Parsed::MariaDb(at), Parsed::MariaDb(like)) if !like.0.is_empty() => {
            let of_its = at.0.into_iter().filter(|(domain, _)| like.0.contains_key(domain));
            Parsed::MariaDb(MariaPosition(of_its.collect()))
        }
        (position, _) => position,
    }
}

/// The last of some files that was begun before a time, in seconds of the Unix epoch: transactions of that second may be in it.
fn begun_before(begun: &[i64], time: Timestamp) -> Option<usize> {
    begun.partition_point(|begun| *begun < time.as_second()).checked_sub(1)
}

fn too_early(time: Timestamp, begun: i64) -> Gap {
    let begun = Timestamp::from_second(begun).unwrap_or(Timestamp::UNIX_EPOCH);
    Gap { what: format!("what is there begins at {begun}, too late for {time}"), remedy: EARLIEST }
}

async fn searched(head: &Head, goal: Goal) -> Result<Spot, StoreError> {
    let file = head.file.clone();
    blocking(move || in_file(&file, goal)).await?
}

/// Runs what reads files where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Transient::new("the range", "the reading of the files was given up").into())
}

impl Head {
    fn place(&self) -> String {
        format!("{}, {}", self.file.folder(), self.file.name)
    }

    /// True where nothing came before it.
    fn is_the_beginning(&self) -> bool {
        match &self.before {
            Some(Parsed::MySql(set)) => set.is_empty() && file_number(&self.file.name) == Some(1),
            Some(Parsed::MariaDb(at)) => at.0.is_empty(),
            _ => false,
        }
    }

    fn beginning(&self, like: &Parsed) -> Result<Parsed, StoreError> {
        let spot = Spot { file: self.file.name.clone(), offset: 4, gtids: self.before.clone(), found: true };
        spot.like(like).map_err(|gap| gap.at(&self.place()))
    }
}

impl Spot {
    /// As a position of the kind of `like`.
    fn like(self, like: &Parsed) -> Result<Parsed, Gap> {
        match (self.gtids, like) {
            (_, Parsed::File { .. }) => Ok(Parsed::File { name: self.file, offset: self.offset, mark: None }),
            (Some(gtids), like) if std::mem::discriminant(&gtids) == std::mem::discriminant(like) => Ok(gtids),
            _ => {
                let what = format!("{} does not say GTIDs of the kind of {}", self.file, like.to_position());
                Err(Gap { what, remedy: "check that it is of the server that the stream reads" })
            }
        }
    }
}

impl Store {
    /// As [`Sources::time`]; `archived` is where the archived files end, all of which is earlier.
    async fn at_time(
        &mut self,
        time: Timestamp,
        like: &Parsed,
        archived: Option<Parsed>,
    ) -> Result<Parsed, StoreError> {
        let files = self.files().await?;
        // As `begun_before`, asking for as few files as that takes.
        let (mut begun, mut end) = (0, files.len());
        while begun < end {
            let middle = begun.midpoint(end);
            if self.began(&files[middle].0).await? < time.as_second() {
                begun = middle + 1;
            } else {
                end = middle;
            }
        }
        if let (0, Some((first, _))) = (begun, files.first()) {
            // All that was archived is earlier, and what the server has is later.
            if let Some(archived) = archived {
                return Ok(archived);
            }
            let is_the_beginning = match like {
                Parsed::File { .. } => file_number(first) == Some(1),
                Parsed::MySql(_) => self.at_beginning(first, like).await? == Parsed::MySql(GtidSet::default()),
                Parsed::MariaDb(_) => {
                    self.at_beginning(first, like).await? == Parsed::MariaDb(MariaPosition::default())
                }
            };
            if !is_the_beginning {
                return Err(too_early(time, self.began(first).await?).at(&self.host));
            }
        }
        let mut last = None;
        for (name, _) in &files[begun.saturating_sub(1)..] {
            let spot = self.search(name, Goal::Time(time)).await?;
            let found = spot.found;
            let parsed = spot.like(like).map_err(|gap| gap.at(&self.host))?;
            if found {
                return Ok(parsed);
            }
            last = Some(parsed);
        }
        last.ok_or_else(|| self.stop("the server lists no binlog files", "check that log_bin is on"))
    }

    /// Refuses a range's end that this server has not come to, or that is of another server's file.
    pub(super) async fn must_reach(&mut self, to: &Parsed) -> Result<(), StoreError> {
        self.validate(to).await.map_err(for_a_range)?;
        match to {
            Parsed::File { name, mark: Some(mark), .. } => self.must_have_begun(name, i64::from(mark.created)).await,
            _ => Ok(()),
        }
    }

    /// Refuses a server that has neither an archived file any more nor the one that follows it, or another file of its name.
    async fn follows_file(&mut self, archived: &Head) -> Result<(), StoreError> {
        let (files, archived, created) = (self.files().await?, &archived.file.name, archived.created);
        if files.iter().any(|(name, _)| name == archived) {
            return self.must_have_begun(archived, created).await;
        }
        let next = file_number(archived).map(|number| number + 1);
        if files.iter().any(|(name, _)| file_number(name) == next) {
            return Ok(());
        }
        let first = files.first().map_or("none", |(name, _)| name);
        let what = format!("the archived files end with {archived}, and the server's begin with {first}");
        Err(self.stop(what, MISSING))
    }

    /// Refuses a file that was begun at another time than the one of its name that is meant.
    async fn must_have_begun(&mut self, name: &str, created: i64) -> Result<(), StoreError> {
        if self.began(name).await? == created {
            return Ok(());
        }
        let what = format!("its {name} is not the binlog file that is meant, though it has its name");
        Err(self.stop(what, "name the server that the files and positions are of"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const U: &str = "11111111-1111-1111-1111-111111111111";
    const V: &str = "22222222-2222-2222-2222-222222222222";

    fn at(text: &str) -> Parsed {
        parse_at(&Position(text.replace('U', U).replace('V', V))).unwrap()
    }

    #[test]
    fn the_file_before_a_time_may_hold_what_was_committed_then() {
        let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
        assert_eq!(begun_before(&[10, 20, 30], at(20)), Some(0));
        assert_eq!(begun_before(&[10, 20, 30], at(21)), Some(1));
        assert_eq!(begun_before(&[10, 20, 30], at(99)), Some(2));
        assert_eq!(begun_before(&[10, 20, 30], at(10)), None);
    }

    #[test]
    fn an_end_holds_its_beginning() {
        let wrong = |from: &str, to: &str| ordered(&at(from), &at(to)).err().map(|gap| gap.what).unwrap_or_default();
        for (from, to) in [("mysql:U:1-3", "mysql:U:1-3"), ("mariadb:", "mariadb:0-1-1"), ("file:b.1:4", "file:b.2:4")]
        {
            assert_eq!(wrong(from, to), "");
        }
        assert!(
            wrong("mysql:U:1-3", "mysql:U:1-2")
                .ends_with("is before its beginning mysql:11111111-1111-1111-1111-111111111111:1-3")
        );
        assert!(wrong("mysql:U:1-3", "mysql:U:1-2,V:1").starts_with(&format!("its beginning has {U}:3, which")));
        assert!(wrong("mariadb:0-1-3,1-1-1", "mariadb:0-1-9").starts_with("its beginning has come to 1-1-1, "));
        assert!(wrong("file:b.000002:9", "file:b.000002:4").contains("is before"));
        assert!(wrong("file:b.000002:9", "mariadb:0-1-1").contains("of another kind"));
    }

    #[test]
    fn what_files_hold_of_a_range_joins_its_beginning() {
        let joined = |from: &str, to: &str, end: &str| joined(&at(from), &at(to), &at(end));
        assert_eq!(joined("mysql:U:1-3", "mysql:U:1-9", "mysql:U:1-5,V:1-7"), at("mysql:U:1-5"));
        assert_eq!(
            joined("mariadb:0-1-3,1-1-4", "mariadb:0-1-9,1-1-6", "mariadb:0-2-5,1-1-8,3-1-1"),
            at("mariadb:0-2-5,1-1-6")
        );
        assert_eq!(joined("mariadb:0-1-3", "mariadb:0-1-9", "mariadb:0-1-2"), at("mariadb:0-1-3"));
        assert_eq!(known(at("mysql:U:1-5,V:1-7"), &at("mysql:U:1")), at("mysql:U:1-5"));
        assert_eq!(known(at("mariadb:0-1-5,2-1-1"), &at("mariadb:0-1-1")), at("mariadb:0-1-5"));
    }
}
