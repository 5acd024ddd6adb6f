//! The search for a boundary between two transactions, in one binlog file: by a time, by an offset, or to the file's end.

use jiff::Timestamp;
use rand::Rng as _;

use crate::binlog::assembler::Assembler;
use crate::binlog::bounds::within;
use crate::binlog::error::{Definite, StoreError};
use crate::binlog::file::{BinlogFile, FileReader};
use crate::binlog::position::{Parsed, file_number};
use crate::binlog::progress::{Name, Progress};
use crate::binlog::stop::Stop;
use crate::binlog::store::Store;
use crate::binlog::tables::Tables;
use crate::change::Footprint;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::binlog) enum Goal {
    /// The start of the first transaction that was committed then or later.
    Time(Timestamp),
    /// This offset.
    Offset(u64),
    /// The end of the last transaction.
    End,
}

/// A boundary between two transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::binlog) struct Spot {
    pub file: String,
    pub offset: u64,
    /// All that had happened there; `None` where the binlog has no GTIDs.
    pub gtids: Option<Parsed>,
    /// What was looked for is here; otherwise it is the end of what there is.
    pub found: bool,
}

/// A search under way.
struct Search {
    goal: Goal,
    spot: Spot,
    /// The offset is a boundary; what had happened before the file has not been read yet.
    there: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looked {
    On,
    Over,
}

impl Search {
    fn new(file: &str, goal: Goal) -> Search {
        let spot = Spot { file: file.to_owned(), offset: 4, gtids: None, found: false };
        Search { there: goal == Goal::Offset(4), goal, spot }
    }

    /// Looks at what the last event was.
    fn look(&mut self, assembler: &mut Assembler) -> Result<Looked, Stop> {
        let (seen, open) = (assembler.watched(), assembler.is_open());
        if let Some(before) = seen.before {
            self.spot.gtids.get_or_insert(before);
        }
        if self.there && (open || seen.ended.is_some() || self.spot.gtids.is_some()) {
            return Ok(self.found());
        }
        let turned = assembler.file() != self.spot.file;
        let end = if turned { assembler.last_end() } else { assembler.offset() };
        if let Some(ended) = &seen.ended {
            match self.goal {
                Goal::Time(time) if ended.latest_us >= time.as_microsecond() => return Ok(self.found()),
                Goal::Offset(offset) if ended.begins < offset && offset < ended.ends => {
                    return Err(within(offset, ended.begins, ended.ends));
                }
                _ => self.pass(&ended.name),
            }
        }
        if let Goal::Offset(offset) = self.goal
            && !open
            && !self.there
        {
            if end > offset {
                return Err(not_at_a_start(offset, self.spot.offset, end));
            }
            self.there = end == offset;
        }
        if !open && !turned {
            self.spot.offset = end.max(self.spot.offset);
        }
        if self.there && (turned || self.spot.gtids.is_some()) {
            return Ok(self.found());
        }
        Ok(if turned { Looked::Over } else { Looked::On })
    }

    fn found(&mut self) -> Looked {
        self.spot.found = true;
        if let Goal::Offset(offset) = self.goal {
            self.spot.offset = offset;
        }
        Looked::Over
    }

    fn pass(&mut self, name: &Name) {
        match (&mut self.spot.gtids, name) {
            (Some(Parsed::MySql(set)), Name::MySql(origin, number)) => drop(set.add(origin, *number)),
            (Some(Parsed::MariaDb(at)), &Name::MariaDb { domain, server, sequence }) => {
                at.0.insert(domain, (server, sequence));
            }
            _ => {}
        }
    }

    /// Nothing more is there.
    fn over(mut self) -> Result<Spot, Stop> {
        if let Goal::Offset(offset) = self.goal {
            if !self.there {
                let what = format!(
                    "the offset {offset} is behind the last whole transaction, which ends at {}",
                    self.spot.offset
                );
                return Err(Stop::new(what, format!("give an offset of {} at the most", self.spot.offset)));
            }
            let _ = self.found();
        }
        Ok(self.spot)
    }
}

fn not_at_a_start(offset: u64, before: u64, after: u64) -> Stop {
    Stop::new(
        format!("the offset {offset} is not at an event's start, but between {before} and {after}"),
        format!("give the offset between two transactions: {before}, or {after}"),
    )
}

/// Searches a file on disk; where it breaks off, it ends.
pub(in crate::binlog) fn in_file(file: &BinlogFile, goal: Goal) -> Result<Spot, StoreError> {
    let mut search = Search::new(&file.name, goal);
    let progress = Progress::File { name: file.name.clone(), offset: 4, mark: None };
    let mut reader = FileReader::from(vec![file.clone()], no_tables(), progress)?.of_a_copy();
    reader.assembler.watch();
    let place = format!("{}, {}", file.folder(), file.name);
    let stop = |Stop(fault): Stop| StoreError::from(Definite::new(&place, fault.what, fault.remedy));
    while reader.one()? {
        if search.look(&mut reader.assembler).map_err(stop)? == Looked::Over {
            return Ok(search.spot);
        }
    }
    search.over().map_err(stop)
}

/// The offsets around one that is none between two transactions, as a remedy; `None` where it is one.
pub(in crate::binlog) fn boundaries(file: &BinlogFile, offset: u64) -> Option<String> {
    match in_file(file, Goal::Offset(offset)) {
        Err(StoreError::Definite(error)) => Some(error.remedy().to_owned()),
        _ => None,
    }
}

fn no_tables() -> Tables {
    Tables::new(&Footprint::default(), &[], None, false)
}

/// A server id of our own for a look beside the bridge: with the bridge's it would end the bridge's stream.
pub(in crate::binlog) fn id_of_a_look() -> u32 {
    rand::rng().random_range(0xc000_0000..=0xffff_fffe)
}

impl Store {
    /// Searches one of the server's files, up to where it ends now.
    pub(in crate::binlog) async fn search(&mut self, file: &str, goal: Goal) -> Result<Spot, StoreError> {
        let head = self.parsed_file_head().await?;
        let mut search = Search::new(file, goal);
        let start = Parsed::File { name: file.to_owned(), offset: 4, mark: None };
        let mut stream = self.dump(id_of_a_look(), start, no_tables()).await?;
        stream.assembler.watch();
        let place = format!("{}, {file}", self.host);
        let stop = |Stop(fault): Stop| StoreError::from(Definite::new(&place, fault.what, fault.remedy));
        loop {
            stream.one().await?;
            if search.look(&mut stream.assembler).map_err(stop)? == Looked::Over {
                return Ok(search.spot);
            }
            let (name, offset) = (stream.assembler.file(), stream.assembler.offset());
            if let Parsed::File { name: last, offset: end, .. } = &head
                && (name == last && offset >= *end || file_number(name) > file_number(last))
            {
                return search.over().map_err(stop);
            }
        }
    }
}
