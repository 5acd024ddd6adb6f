//! Archived binlog files: what their heads say, which of them a range needs, and whether any is missing.

use std::ops::Range;
use std::path::PathBuf;

use crate::binlog::bounds::{Bounds, MISSING};
use crate::binlog::error::{Definite, StoreError};
use crate::binlog::file::{BinlogFile, FileReader, listed};
use crate::binlog::position::{GtidSet, MariaPosition, Parsed, Stamp, file_number};
use crate::binlog::progress::Progress;
use crate::binlog::tables::Tables;
use crate::change::Footprint;

/// Events at the most that stand before a file's first transaction.
const HEAD_EVENTS_MAX: usize = 8;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub file: BinlogFile,
    /// When it was begun, in seconds of the Unix epoch.
    pub created: i64,
    /// All that had happened before it; `None` where it does not say so.
    pub before: Option<Parsed>,
}

/// Why a range cannot be read from these files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub what: String,
    pub remedy: &'static str,
}

impl Gap {
    fn new(what: impl Into<String>, remedy: &'static str) -> Gap {
        Gap { what: what.into(), remedy }
    }

    /// At a place.
    pub fn at(self, place: &str) -> StoreError {
        Definite::new(place, self.what, self.remedy).into()
    }
}

const EARLIER: &str = "name the archived files before them, too, or begin later";
const OTHERS: &str = "name the files of the server that the stream reads, or of one of its replicas";

/// The heads of the files that are meant, in order.
pub(super) fn heads(paths: &[PathBuf]) -> Result<Vec<Head>, StoreError> {
    listed(paths)?.into_iter().map(head).collect()
}

fn head(file: BinlogFile) -> Result<Head, StoreError> {
    let tables = Tables::new(&Footprint::default(), &[], None, false);
    let progress = Progress::File { name: file.name.clone(), offset: 4, mark: None };
    let mut reader = FileReader::from(vec![file.clone()], tables, progress)?.of_a_copy();
    reader.assembler.watch();
    let (mut created, mut before) = (None, None);
    for _ in 0..HEAD_EVENTS_MAX {
        if before.is_some() || reader.assembler.is_open() || !reader.one()? {
            break;
        }
        created = created.or(reader.assembler.created());
        before = reader.assembler.watched().before;
    }
    let created = created.map(i64::from).ok_or_else(|| {
        let place = format!("{}, {}", file.folder(), file.name);
        Definite::new(place, "the file has no first event", "copy the file again, completely")
    })?;
    Ok(Head { file, created, before })
}

/// The files that a range needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    pub files: Range<usize>,
    /// The range is known to end within them.
    pub complete: bool,
}

/// Which files hold the transactions that are in `to` and not in `from`.
pub(super) fn choose(from: &Parsed, to: &Parsed, heads: &[Head]) -> Result<Chosen, Gap> {
    if let (Parsed::File { name, .. }, Parsed::File { name: end, mark, .. }) = (from, to) {
        return choose_by_name(name, (end, *mark), heads);
    }
    let bounds = Bounds::new(from, to);
    let mut first = None;
    for (index, head) in heads.iter().enumerate() {
        let before = known(head, to)?;
        if bounds.missing(before, from).is_empty() {
            first = Some(index);
        }
    }
    let Some(first) = first else {
        let before = heads.first().and_then(|head| head.before.as_ref());
        let missing = before.map_or(String::new(), |before| bounds.missing(before, from));
        let name = heads.first().map_or("", |head| &head.file.name);
        return Err(Gap::new(
            format!("the archived files begin after the position {}: {missing} came before {name}", from.to_position()),
            EARLIER,
        ));
    };
    let end = heads[first + 1..].iter().position(|head| head.before.as_ref().is_some_and(|b| bounds.is_before(b)));
    Ok(Chosen { files: first..end.map_or(heads.len(), |end| first + 1 + end), complete: end.is_some() })
}

fn known<'a>(head: &'a Head, to: &Parsed) -> Result<&'a Parsed, Gap> {
    let name = &head.file.name;
    match &head.before {
        Some(before) if std::mem::discriminant(before) == std::mem::discriminant(to) => Ok(before),
        Some(_) => Err(Gap::new(format!("{name} is of another kind of server than {}", to.to_position()), OTHERS)),
        None => Err(Gap::new(
            format!("{name} does not say which GTIDs come before it"),
            "give the range as file:offset, or name files of a server with GTIDs",
        )),
    }
}

fn choose_by_name(from: &str, (to, mark): (&str, Option<Stamp>), heads: &[Head]) -> Result<Chosen, Gap> {
    let number = |head: &Head| file_number(&head.file.name);
    let find = |name: &str| heads.iter().position(|head| head.file.name == name);
    let Some(first) = find(from) else {
        // What comes after all of them is the server's.
        if file_number(from).is_some() && heads.iter().all(|head| number(head) < file_number(from)) {
            return Ok(Chosen { files: heads.len()..heads.len(), complete: false });
        }
        let name = heads.first().map_or("", |head| &head.file.name);
        return Err(Gap::new(
            format!("the range begins in {from}, which is not among the archived files; they begin with {name}"),
            EARLIER,
        ));
    };
    let end = find(to).filter(|end| *end >= first);
    if let (Some(end), Some(mark)) = (end, mark)
        && heads[end].created != i64::from(mark.created)
    {
        return Err(Gap::new(
            format!("{to} is not the binlog file that the range's end is of, though it has its name"),
            OTHERS,
        ));
    }
    let files = first..end.map_or(heads.len(), |end| end + 1);
    for pair in heads[files.clone()].windows(2) {
        if let (Some(this), Some(next)) = (number(&pair[0]), number(&pair[1]))
            && next != this + 1
        {
            let (this, next) = (&pair[0].file.name, &pair[1].file.name);
            return Err(Gap::new(format!("after {this} comes {next}, which does not follow it"), MISSING));
        }
    }
    Ok(Chosen { files, complete: end.is_some() })
}

/// What proves that files are of another server than the range: `begin` is what had happened before the first of them, `end` all
/// that had after the last.
pub(super) fn stranger(from: &Parsed, to: &Parsed, begin: &Parsed, end: &Parsed) -> Option<Gap> {
    let what = match (from, to, begin, end) {
        (Parsed::MySql(from), Parsed::MySql(to), Parsed::MySql(begin), Parsed::MySql(end)) => {
            let mut known = to.clone();
            known.extend(from);
            let held = end.minus(begin);
            if held.is_empty() || held.known_to(&known) != GtidSet::default() {
                return None;
            }
            format!("the archived files are of another server: they hold {held}, of which the position knows no server")
        }
        (Parsed::MariaDb(from), Parsed::MariaDb(to), Parsed::MariaDb(begin), Parsed::MariaDb(end)) => {
            let held = end.minus(begin);
            if held.0.is_empty() || held.0.keys().any(|domain| to.0.contains_key(domain)) {
                return other_history(&[from, to], &[begin, end]);
            }
            format!(
                "the archived files are of another server: they hold transactions up to {held}, of no domain of the position"
            )
        }
        _ => return None,
    };
    Some(Gap::new(what, OTHERS))
}

/// The same place in a domain, written by different servers.
fn other_history(ours: &[&MariaPosition], theirs: &[&MariaPosition]) -> Option<Gap> {
    let mut pairs = ours.iter().flat_map(|ours| theirs.iter().map(move |theirs| (ours, theirs)));
    pairs.find_map(|(ours, theirs)| {
        let (domain, ours) = ours.0.iter().find(|(domain, ours)| {
            theirs.0.get(domain).is_some_and(|theirs| theirs.1 == ours.1 && theirs.0 != ours.0)
        })?;
        let theirs = theirs.0.get(domain)?;
        let what = format!(
            "the archived files are of another history: they have {domain}-{}-{} where the position has {domain}-{}-{}",
            theirs.0, theirs.1, ours.0, ours.1
        );
        Some(Gap::new(what, OTHERS))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const U: &str = "11111111-1111-1111-1111-111111111111";
    const V: &str = "22222222-2222-2222-2222-222222222222";

    fn at(text: &str) -> Parsed {
        let text = text.replace('U', U).replace('V', V);
        crate::binlog::position::parse(&crate::change::Position(text)).unwrap()
    }

    fn archive(befores: &[&str]) -> Vec<Head> {
        let named = |(index, before): (usize, &&str)| Head {
            file: BinlogFile { path: PathBuf::from("/a"), name: format!("b.{:06}", index + 3) },
            created: 100 * i64::try_from(index).unwrap(),
            before: (!before.is_empty()).then(|| at(before)),
        };
        befores.iter().enumerate().map(named).collect()
    }

    fn chosen(from: &str, to: &str, heads: &[Head]) -> Result<(usize, usize, bool), String> {
        let chosen = choose(&at(from), &at(to), heads).map_err(|gap| gap.what)?;
        Ok((chosen.files.start, chosen.files.end, chosen.complete))
    }

    #[test]
    fn files_before_and_behind_a_range_are_left_alone() {
        let heads = archive(&["mysql:", "mysql:U:1-4", "mysql:U:1-8", "mysql:U:1-12"]);
        assert_eq!(chosen("mysql:U:1-5", "mysql:U:1-11", &heads), Ok((1, 3, true)));
        assert_eq!(chosen("mysql:U:1-8", "mysql:U:1-20", &heads), Ok((2, 4, false)));
        assert_eq!(chosen("mysql:", "mysql:U:1-4", &heads), Ok((0, 1, true)));
        assert_eq!(chosen("mysql:U:1-30", "mysql:U:1-40", &heads), Ok((3, 4, false)));
        let heads = archive(&["mariadb:0-1-4", "mariadb:0-1-8,1-1-3", "mariadb:0-2-12,1-1-9"]);
        assert_eq!(chosen("mariadb:0-1-4", "mariadb:0-1-8", &heads), Ok((0, 1, true)));
        assert_eq!(chosen("mariadb:0-1-5,1-1-3", "mariadb:0-2-12,1-1-10", &heads), Ok((0, 3, false)));
        assert_eq!(chosen("mariadb:0-1-8,1-1-3", "mariadb:0-2-12,1-1-8", &heads), Ok((1, 2, true)));
    }

    #[test]
    fn an_archive_that_begins_too_late_has_a_gap_before_it() {
        let heads = archive(&["mysql:U:1-4,V:1-9", "mysql:U:1-8,V:1-9"]);
        let gap = chosen("mysql:U:1-2", "mysql:U:1-6", &heads).unwrap_err();
        assert!(
            gap.contains(&format!("begin after the position mysql:{U}:1-2: {U}:3-4 came before b.000003")),
            "{gap}"
        );
        // What another server wrote is no part of the range.
        assert_eq!(chosen("mysql:U:1-4", "mysql:U:1-6", &heads), Ok((0, 1, true)));
        let gap = chosen("mariadb:0-1-2", "mariadb:0-1-9", &archive(&["mariadb:0-1-4"])).unwrap_err();
        assert!(gap.contains("0-1-4 came before"), "{gap}");
        assert!(chosen("mariadb:0-1-2", "mariadb:0-1-9", &heads).unwrap_err().contains("another kind"));
        assert!(chosen("mysql:U:1", "mysql:U:1-9", &archive(&[""])).unwrap_err().contains("does not say"));
    }

    #[test]
    fn files_are_found_by_name_where_positions_are_files() {
        let mut heads = archive(&["", "", ""]);
        assert_eq!(chosen("file:b.000003:4", "file:b.000004:9", &heads), Ok((0, 2, true)));
        assert_eq!(chosen("file:b.000004:4", "file:b.000006:4", &heads), Ok((1, 3, false)));
        assert_eq!(chosen("file:b.000006:4", "file:b.000007:4", &heads), Ok((3, 3, false)));
        assert!(chosen("file:b.000002:4", "file:b.000004:9", &heads).unwrap_err().contains("b.000002, which is not"));
        let other = chosen("file:b.000003:4", "file:b.000004:9#7-4-00000001", &heads).unwrap_err();
        assert!(other.contains("b.000004 is not the binlog file"), "{other}");
        heads.remove(1);
        assert!(chosen("file:b.000003:4", "file:b.000005:9", &heads).unwrap_err().contains("does not follow"));
    }

    #[test]
    fn files_of_another_server_are_told_where_that_can_be_proven() {
        let told = |from: &str, to: &str, begin: &str, end: &str| {
            stranger(&at(from), &at(to), &at(begin), &at(end)).map(|gap| gap.what).unwrap_or_default()
        };
        assert!(told("mysql:U:1", "mysql:U:1-9", "mysql:", "mysql:V:1-5").contains("of another server"));
        assert_eq!(told("mysql:U:1", "mysql:U:1-9", "mysql:", "mysql:U:1-3,V:1-5"), "");
        assert_eq!(told("mysql:U:1", "mysql:U:1-9", "mysql:V:1-5", "mysql:V:1-5"), "");
        assert!(told("mariadb:0-1-1", "mariadb:0-1-9", "mariadb:", "mariadb:7-1-5").contains("of another server"));
        assert!(told("mariadb:0-1-1", "mariadb:0-1-9", "mariadb:", "mariadb:0-2-9").contains("0-2-9 where"));
        assert_eq!(told("mariadb:0-1-1", "mariadb:0-1-9", "mariadb:", "mariadb:0-2-7"), "");
    }
}
