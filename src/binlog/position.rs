//! The algebra of positions: GTID sets, MariaDB GTID positions, file and offset.
//!
//! A MySQL position is the set of all transactions that were read, gaps included. A MariaDB position is the last
//! transaction of each replication domain, whose sequence numbers only grow. A file position is an offset between two
//! transactions.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::change::Position;

/// Where a stream starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// At the head of the binlog as it is now.
    Now,
    /// At the first transaction that the server still has.
    Earliest,
    /// After this position.
    At(Position),
}

/// A text that is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no position: use now, earliest, a MySQL GTID set (uuid:1-5), a MariaDB GTID position (0-1-5) or file:offset"
)]
pub struct NoPosition(String);

/// A position, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// All transactions of this set.
    MySql(GtidSet),
    /// Each domain up to this transaction.
    MariaDb(MariaPosition),
    /// All events before this offset.
    File {
        /// The file's name, without a folder.
        name: String,
        /// The first byte not yet read.
        offset: u64,
        /// What tells the file from another of the same name; `None` where a person wrote the position.
        mark: Option<Stamp>,
    },
}

/// What tells a place in a binlog file from the same place in another file of the same name: RESET MASTER begins to count again.
///
/// It stands behind the position as `#<created>-<begins>-<header>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When the file was begun, in seconds of the Unix epoch: the time of its format description.
    pub created: u32,
    /// Where the last event before the place begins.
    pub begins: u64,
    /// A checksum (CRC32) of that event's header.
    pub header: u32,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}-{}-{:08x}", self.created, self.begins, self.header)
    }
}

/// Reads a canonical position (`mysql:…`, `mariadb:…`, `file:<name>:<offset>`).
pub fn parse(position: &Position) -> Result<Parsed, NoPosition> {
    let text = position.0.as_str();
    let parsed = if let Some(set) = text.strip_prefix("mysql:") {
        GtidSet::parse(set).map(Parsed::MySql)
    } else if let Some(gtids) = text.strip_prefix("mariadb:") {
        MariaPosition::parse(gtids).map(Parsed::MariaDb)
    } else {
        text.strip_prefix("file:").and_then(parse_file)
    };
    parsed.ok_or_else(|| NoPosition(text.to_owned()))
}

/// True when everything before `target` is before `at`, too: a superset, each domain at least as far, a later file or
/// offset. Positions of different kinds never reach one another.
pub fn reached(at: &Position, target: &Position) -> bool {
    match (parse(at), parse(target)) {
        (Ok(at), Ok(target)) => at.covers(&target),
        _ => false,
    }
}

/// True when the transaction with this id is before `at`; false for ids that are no GTIDs of the position's kind.
pub fn includes(at: &Position, transaction: &str) -> bool {
    match parse(at) {
        Ok(Parsed::MySql(set)) => GtidSet::parse(transaction).is_some_and(|one| !one.is_empty() && set.covers(&one)),
        Ok(Parsed::MariaDb(at)) => {
            MariaPosition::parse(transaction).is_some_and(|one| !one.0.is_empty() && at.covers(&one))
        }
        _ => false,
    }
}

/// True where this place in a file is not before the position.
pub fn is_beyond(at: &Position, file: &str, offset: u64) -> bool {
    let here = Parsed::File { name: file.to_owned(), offset, mark: None };
    parse(at).is_ok_and(|at| here.covers(&at))
}

/// What stands for the last transaction before a position, where it is not known which that was: the position itself, as
/// transactions are named.
pub fn last_of(position: &Position) -> String {
    let text = position.0.split_once(':').map_or(position.0.as_str(), |(_, rest)| rest);
    text.split_once('#').map_or(text, |(place, _)| place).to_owned()
}

/// True where a transaction's id is a GTID, of either kind.
pub fn is_gtid(transaction: &str) -> bool {
    GtidSet::parse(transaction).is_some_and(|one| !one.is_empty())
        || MariaPosition::parse(transaction).is_some_and(|one| !one.0.is_empty())
}

/// True where a transaction's id is a GTID of another kind than the position is made of.
pub fn is_foreign(at: &Position, transaction: &str) -> bool {
    match parse(at) {
        Ok(Parsed::MySql(_)) => is_gtid(transaction) && GtidSet::parse(transaction).is_none(),
        Ok(Parsed::MariaDb(_)) => is_gtid(transaction) && MariaPosition::parse(transaction).is_none(),
        _ => false,
    }
}

/// Whether the transaction with this id, a GTID or a file and the offset of its end, is before the position; `None` where that
/// cannot be told, because they are of different kinds.
pub fn has(at: &Position, transaction: &str) -> Option<bool> {
    match parse(at).ok()? {
        at @ Parsed::File { .. } => parse_file(transaction).map(|end| at.covers(&end)),
        _ => (is_gtid(transaction) && !is_foreign(at, transaction)).then(|| includes(at, transaction)),
    }
}

/// True when two positions are of one kind, so that they can be compared.
pub fn comparable(a: &Position, b: &Position) -> bool {
    match (parse(a), parse(b)) {
        (Ok(a), Ok(b)) => std::mem::discriminant(&a) == std::mem::discriminant(&b),
        _ => false,
    }
}

/// True where the position is a file and an offset.
pub fn is_file(position: &Position) -> bool {
    matches!(parse(position), Ok(Parsed::File { .. }))
}

impl Parsed {
    /// The canonical text.
    pub fn to_position(&self) -> Position {
        Position(match self {
            Parsed::MySql(set) => format!("mysql:{set}"),
            Parsed::MariaDb(position) => format!("mariadb:{position}"),
            Parsed::File { name, offset, mark: None } => format!("file:{name}:{offset}"),
            Parsed::File { name, offset, mark: Some(mark) } => format!("file:{name}:{offset}{mark}"),
        })
    }

    /// See [`reached`].
    pub fn covers(&self, target: &Parsed) -> bool {
        match (self, target) {
            (Parsed::MySql(at), Parsed::MySql(target)) => at.covers(target),
            (Parsed::MariaDb(at), Parsed::MariaDb(target)) => at.covers(target),
            (Parsed::File { name, offset, .. }, Parsed::File { name: target, offset: end, .. }) => {
                match (file_number(name), file_number(target)) {
                    (Some(at), Some(target)) if at != target => at > target,
                    _ => name == target && offset >= end,
                }
            }
            _ => false,
        }
    }
}

/// The number in `mysql-bin.000123`: rotation counts it up, and it outgrows six digits.
pub(super) fn file_number(name: &str) -> Option<u64> {
    name.rsplit_once('.')?.1.parse().ok()
}

impl FromStr for From {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let text = text.trim();
        match text {
            "now" => return Ok(From::Now),
            "earliest" => return Ok(From::Earliest),
            _ => {}
        }
        let canonical = ["mysql:", "mariadb:", "file:"].iter().any(|prefix| text.starts_with(prefix));
        let parsed = if canonical {
            parse(&Position(text.to_owned())).ok()
        } else {
            let set = GtidSet::parse(text).filter(|set| !set.is_empty()).map(Parsed::MySql);
            let gtids = || MariaPosition::parse(text).filter(|p| !p.0.is_empty()).map(Parsed::MariaDb);
            set.or_else(gtids).or_else(|| parse_file(text).filter(is_numbered))
        };
        parsed.map(|parsed| From::At(parsed.to_position())).ok_or_else(|| NoPosition(text.to_owned()))
    }
}

/// A server's own binlog files end in a number; only a position of our own may name another.
fn is_numbered(parsed: &Parsed) -> bool {
    matches!(parsed, Parsed::File { name, .. } if file_number(name).is_some())
}

fn parse_file(text: &str) -> Option<Parsed> {
    let (text, mark) = match text.rsplit_once('#') {
        // A file's own name may have one, too.
        Some((text, mark)) if !mark.contains(':') => (text, Some(parse_stamp(mark)?)),
        _ => (text, None),
    };
    let (name, offset) = text.rsplit_once(':')?;
    let offset = offset.parse().ok()?;
    can_name_a_file(name).then(|| Parsed::File { name: name.to_owned(), offset, mark })
}

/// True for a name that a position can hold, and be read again.
pub(super) fn can_name_a_file(name: &str) -> bool {
    !name.is_empty() && !name.contains([':', '/', '\\', ',']) && !name.contains(char::is_whitespace)
}

fn parse_stamp(text: &str) -> Option<Stamp> {
    let mut parts = text.split('-');
    let (created, begins, header) = (parts.next()?, parts.next()?, parts.next()?);
    let mark = Stamp {
        created: created.parse().ok()?,
        begins: begins.parse().ok()?,
        header: u32::from_str_radix(header, 16).ok()?,
    };
    parts.next().is_none().then_some(mark)
}

/// The origin of MySQL transactions: the server's UUID and, from 8.4 on, an optional tag (empty without).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The server's UUID.
    pub uuid: [u8; 16],
    /// The tag in lower case; empty without.
    pub tag: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(36);
        for (i, byte) in self.uuid.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        f.write_str(&text)?;
        if !self.tag.is_empty() {
            write!(f, ":{}", self.tag)?;
        }
        Ok(())
    }
}

/// Disjoint, sorted, not touching: first and last transaction number of each run.
type Runs = Vec<(u64, u64)>;

/// A set of MySQL transactions, as `@@gtid_executed` prints it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GtidSet(BTreeMap<Origin, Runs>);

impl GtidSet {
    /// Reads `uuid:1-5:7,uuid:tag:1-3`; blanks are ignored, the empty text is the empty set.
    pub fn parse(text: &str) -> Option<GtidSet> {
        let mut set = GtidSet::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let mut pieces = part.split(':').map(str::trim);
            let uuid = parse_uuid(pieces.next()?)?;
            let mut origin = Origin { uuid, tag: String::new() };
            let mut runs = 0;
            for piece in pieces {
                if piece.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                    origin.tag = parse_tag(piece)?;
                    continue;
                }
                let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
                let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
                if first == 0 || last < first || last >= i64::MAX as u64 {
                    return None;
                }
                set.add_run(&origin, first, last);
                runs += 1;
            }
            if runs == 0 {
                return None;
            }
        }
        Some(set)
    }

    /// True without any transaction.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each origin with its runs of transaction numbers, first and last.
    pub fn runs(&self) -> impl Iterator<Item = (&Origin, &[(u64, u64)])> {
        self.0.iter().map(|(origin, runs)| (origin, runs.as_slice()))
    }

    /// Adds one transaction; false when it was there already.
    pub fn add(&mut self, origin: &Origin, number: u64) -> bool {
        // The common case, and cheap: the next one of a known origin.
        if let Some(last) = self.0.get_mut(origin).and_then(|runs| runs.last_mut())
            && last.1 + 1 == number
        {
            last.1 = number;
            return true;
        }
        let there = self.has(origin, number);
        if !there {
            self.add_run(origin, number, number);
        }
        !there
    }

    /// True where this transaction is in the set.
    pub fn has(&self, origin: &Origin, number: u64) -> bool {
        self.0.get(origin).is_some_and(|runs| runs.iter().any(|run| run.0 <= number && number <= run.1))
    }

    /// How many transactions it is.
    pub fn count(&self) -> u64 {
        self.0.values().flatten().map(|(first, last)| last - first + 1).sum()
    }

    /// The transactions that are in both.
    pub fn common(&self, other: &GtidSet) -> GtidSet {
        self.minus(&self.minus(other))
    }

    /// Adds the transactions of another set.
    pub fn extend(&mut self, other: &GtidSet) {
        for (origin, runs) in &other.0 {
            runs.iter().for_each(|&(first, last)| self.add_run(origin, first, last));
        }
    }

    /// The transactions of servers (or tags of them) that `other` has any of.
    pub fn known_to(&self, other: &GtidSet) -> GtidSet {
        let known = self.0.iter().filter(|(origin, _)| other.0.contains_key(origin));
        GtidSet(known.map(|(origin, runs)| (origin.clone(), runs.clone())).collect())
    }

    /// True when every transaction of `other` is in this set.
    pub fn covers(&self, other: &GtidSet) -> bool {
        other.minus(self).is_empty()
    }

    /// The transactions of this set that are not in `other`.
    pub fn minus(&self, other: &GtidSet) -> GtidSet {
        let mut left = GtidSet::default();
        for (origin, runs) in &self.0 {
            let cuts = other.0.get(origin).map_or(&[][..], Vec::as_slice);
            for &(first, last) in runs {
                let mut next = first;
                for &(cut, end) in cuts.iter().filter(|c| c.1 >= first && c.0 <= last) {
                    if cut > next {
                        left.add_run(origin, next, cut - 1);
                    }
                    next = next.max(end + 1);
                }
                if next <= last {
                    left.add_run(origin, next, last);
                }
            }
        }
        left
    }

    pub(super) fn add_run(&mut self, origin: &Origin, mut first: u64, mut last: u64) {
        let runs = self.0.entry(origin.clone()).or_default();
        let from = runs.partition_point(|run| run.1 + 1 < first);
        let to = runs.partition_point(|run| run.0 <= last + 1);
        if from < to {
            first = first.min(runs[from].0);
            last = last.max(runs[to - 1].1);
        }
        runs.splice(from..to, [(first, last)]);
    }
}

impl fmt::Display for GtidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous: Option<&Origin> = None;
        for (origin, runs) in &self.0 {
            match previous {
                // Tags of one server share its UUID, as the server prints them.
                Some(p) if p.uuid == origin.uuid => write!(f, ":{}", origin.tag)?,
                Some(_) => write!(f, ",{origin}")?,
                None => write!(f, "{origin}")?,
            }
            for (first, last) in runs {
                if first == last { write!(f, ":{first}")? } else { write!(f, ":{first}-{last}")? }
            }
            previous = Some(origin);
        }
        Ok(())
    }
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let hex: Vec<u8> = text.bytes().filter(|&b| b != b'-').collect();
    if hex.len() != 32 || !(text.len() == 32 || text.len() == 36) {
        return None;
    }
    let mut uuid = [0; 16];
    for (byte, pair) in uuid.iter_mut().zip(hex.chunks(2)) {
        let digit = |b: u8| char::from(b).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(uuid)
}

/// A tag is at most 32 letters, digits and underscores; the server folds it to lower case.
fn parse_tag(text: &str) -> Option<String> {
    let plain = text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    plain.then(|| text.to_ascii_lowercase())
}

/// A MariaDB position: for each domain the server id and sequence number of its last transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MariaPosition(pub BTreeMap<u32, (u32, u64)>);

impl MariaPosition {
    /// Reads `0-1-5,1-2-9`; the empty text is the position before everything.
    pub fn parse(text: &str) -> Option<MariaPosition> {
        let mut domains = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let mut pieces = part.split('-');
            let (domain, server, sequence) = (pieces.next()?, pieces.next()?, pieces.next()?);
            if pieces.next().is_some() {
                return None;
            }
            let value = (server.parse().ok()?, sequence.parse().ok()?);
            if domains.insert(domain.parse().ok()?, value).is_some() {
                return None;
            }
        }
        Some(MariaPosition(domains))
    }

    /// True when every domain of `other` has come at least as far here.
    pub fn covers(&self, other: &MariaPosition) -> bool {
        other.minus(self).0.is_empty()
    }

    /// The domains of this position that `other` has not come as far in.
    pub fn minus(&self, other: &MariaPosition) -> MariaPosition {
        let ahead = |domain: &u32, sequence: u64| other.0.get(domain).is_none_or(|at| at.1 < sequence);
        MariaPosition(self.0.iter().filter(|(d, v)| ahead(d, v.1)).map(|(d, v)| (*d, *v)).collect())
    }
}

impl fmt::Display for MariaPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (domain, (server, sequence))) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{domain}-{server}-{sequence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const U: &str = "434510fa-e6db-11f1-93d7-02fc00000001";

    fn set(text: &str) -> GtidSet {
        GtidSet::parse(&text.replace('U', U)).unwrap()
    }

    fn at(text: &str) -> Position {
        Position(text.replace('U', U))
    }

    #[test]
    fn a_transaction_is_before_a_position_or_after_it() {
        let at = |text: &str| Position(text.to_owned());
        let uuid = "434510fa-e6db-11f1-93d7-02fc00000001";
        let mysql = at(&format!("mysql:{uuid}:1-5"));
        for (position, id, before) in [
            (&at("mariadb:0-1-5"), "0-1-5", Some(true)),
            (&at("mariadb:0-1-5"), "0-1-6", Some(false)),
            (&at("mariadb:0-1-5"), "binlog.000001:4", None),
            (&mysql, &format!("{uuid}:5"), Some(true)),
            (&mysql, &format!("{uuid}:6"), Some(false)),
            (&mysql, "0-1-5", None),
            (&at("file:binlog.000009:400"), "binlog.000009:400", Some(true)),
            (&at("file:binlog.000009:400"), "binlog.000010:4", Some(false)),
            (&at("file:binlog.000009:400#1-4-0000000a"), "binlog.000009:401", Some(false)),
            (&at("file:binlog.000009:400"), "0-1-5", None),
        ] {
            assert_eq!(has(position, id), before, "{position} {id}");
        }
    }

    #[test]
    fn a_set_prints_as_the_server_prints_it() {
        for (text, canonical) in [
            ("", ""),
            ("U:1-5", "U:1-5"),
            ("U:5:1-3:4", "U:1-5"),
            ("U:7:1-5", "U:1-5:7"),
            ("U:shop:1-3, U:9", "U:9:shop:1-3"),
            ("U:1:Shop:4-5:2", "U:1:shop:2:4-5"),
        ] {
            assert_eq!(set(text).to_string(), canonical.replace('U', U), "{text}");
        }
    }

    #[test]
    fn a_set_grows_in_any_order() {
        let origin = Origin { uuid: parse_uuid(U).unwrap(), tag: String::new() };
        let mut grown = GtidSet::default();
        for number in [3, 1, 2, 9, 7, 8, 5] {
            assert!(grown.add(&origin, number));
        }
        assert!(!grown.add(&origin, 8));
        assert_eq!(grown, set("U:1-3:5:7-9"));
    }

    #[test]
    fn sets_are_subtracted_run_by_run() {
        assert_eq!(set("U:1-10").minus(&set("U:3-4:7")), set("U:1-2:5-6:8-10"));
        assert_eq!(set("U:5-6").minus(&set("U:1-10")), set(""));
        assert_eq!(set("U:a:1-2").minus(&set("U:1-10")), set("U:a:1-2"));
    }

    #[test]
    fn reached_is_a_superset_a_later_sequence_or_a_later_offset() {
        for (here, target, yes) in [
            ("mysql:U:1-5", "mysql:U:1-5", true),
            ("mysql:U:1-5", "mysql:U:2:4", true),
            ("mysql:U:1-3:5", "mysql:U:1-5", false),
            ("mysql:U:1-5", "mysql:", true),
            ("mariadb:0-1-5,1-1-2", "mariadb:0-9-5", true),
            ("mariadb:0-1-5", "mariadb:0-1-5,1-1-2", false),
            ("file:b.000009:900", "file:b.000010:4", false),
            ("file:b.1000000:4", "file:b.999999:77", true),
            ("file:b.000009:900", "file:b.000009:900", true),
            ("file:b.000009:900", "mariadb:0-1-5", false),
            ("nonsense", "nonsense", false),
        ] {
            assert_eq!(reached(&at(here), &at(target)), yes, "{here} {target}");
        }
    }

    #[test]
    fn a_start_is_read_in_every_form() {
        let from = |text: &str| text.replace('U', U).parse::<From>();
        assert_eq!(from("now"), Ok(From::Now));
        assert_eq!(from("earliest"), Ok(From::Earliest));
        for (text, canonical) in [
            ("U:1-5", "mysql:U:1-5"),
            ("mysql:U:1-5", "mysql:U:1-5"),
            ("mysql:", "mysql:"),
            ("0-1-5,1-2-9", "mariadb:0-1-5,1-2-9"),
            ("mysql-bin.000001:154", "file:mysql-bin.000001:154"),
            ("file:mysql-bin.000001:154", "file:mysql-bin.000001:154"),
        ] {
            assert_eq!(from(text), Ok(From::At(at(canonical))), "{text}");
        }
        for bad in ["", "soon", "U", "U:0", "U:5-1", "0-1", "0-1-5,0-1-6", "mysql-bin.000001", "a b:4", "../x:4"] {
            assert!(from(bad).is_err(), "{bad}");
        }
    }
}
