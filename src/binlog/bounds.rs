//! What of a binlog lies in a range: the transactions that are in its end and not in its beginning.
//!
//! The assembler asks at each transaction's start on which side of the range it lies, and passes over those outside. Bounds by
//! GTID also hold files against what their heads say of the transactions before them, so that none is missing in between.

use std::collections::BTreeSet;

use super::position::{GtidSet, MariaPosition, Parsed, Stamp};
use super::progress::{Name, Progress, Unfit};
use super::stop::Stop;
use super::table_map::Fault;

/// On which side of a range a transaction lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// In it.
    Within,
    /// Before it, or read already.
    Before,
    /// Not in its end.
    Beyond,
}

/// A range's ends, and what of it is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bounds {
    MySql {
        needed: GtidSet,
        /// How many of them have not come.
        left: u64,
    },
    MariaDb {
        to: MariaPosition,
        /// The domains that have not come as far as `to`.
        open: BTreeSet<u32>,
        /// How far each domain had come in the file that is read.
        in_file: MariaPosition,
    },
    File {
        name: String,
        offset: u64,
        mark: Option<Stamp>,
    },
}

/// What to do where transactions of a range are missing.
pub(super) const MISSING: &str = "name all archived files that lie between, in the order in which they were written";

impl Bounds {
    /// The transactions that are in `to` and not in `from`, which is of the same kind and in `to`.
    pub fn new(from: &Parsed, to: &Parsed) -> Bounds {
        match (from, to) {
            (Parsed::MySql(from), Parsed::MySql(to)) => {
                let needed = to.minus(from);
                Bounds::MySql { left: needed.count(), needed }
            }
            (Parsed::MariaDb(from), Parsed::MariaDb(to)) => {
                let open = to.minus(from).0.into_keys().collect();
                Bounds::MariaDb { to: to.clone(), open, in_file: from.clone() }
            }
            (_, Parsed::File { name, offset, mark }) => {
                Bounds::File { name: name.clone(), offset: *offset, mark: *mark }
            }
            (_, Parsed::MySql(_)) => Bounds::MySql { needed: GtidSet::default(), left: 0 },
            (_, Parsed::MariaDb(to)) => {
                Bounds::MariaDb { to: to.clone(), open: BTreeSet::new(), in_file: MariaPosition::default() }
            }
        }
    }

    /// Where a transaction lies that begins here.
    pub fn side(&mut self, name: &Name, at: &Progress) -> Result<Side, Fault> {
        match (self, name, at) {
            (Bounds::MySql { needed, .. }, Name::MySql(origin, number), Progress::MySql(read)) => {
                let side = if needed.has(origin, *number) { Side::Within } else { Side::Beyond };
                Ok(if read.has(origin, *number) { Side::Before } else { side })
            }
            (
                Bounds::MariaDb { to, open, in_file },
                &Name::MariaDb { domain, server, sequence },
                Progress::MariaDb(read),
            ) => {
                let here = in_file.0.insert(domain, (server, sequence)).unwrap_or((server, 0));
                let Some(&end) = to.0.get(&domain) else { return Ok(Side::Beyond) };
                let last = read.0.get(&domain).copied().unwrap_or((server, 0));
                if let Some(other) =
                    [last, end].into_iter().find(|known| known.1 == sequence && known.0 != server && sequence > 0)
                {
                    let (expected, found) = (gtid(domain, other), gtid(domain, (server, sequence)));
                    return Err(Fault::new(
                        format!(
                            "{found} stands where the position has {expected}: this is the binlog of another history"
                        ),
                        "name the files of the server that the stream reads, or of its replicas",
                    ));
                }
                if sequence <= last.1 {
                    // Read from another file, or before the beginning; going back within a file is something else.
                    if sequence <= here.1 && here.1 >= last.1 {
                        let (this, last) = (gtid(domain, (server, sequence)), gtid(domain, here));
                        return Err(Unfit::OutOfOrder(format!("{this} after {last}")).into());
                    }
                    return Ok(Side::Before);
                }
                if sequence > end.1 {
                    if !open.contains(&domain) {
                        return Ok(Side::Beyond);
                    }
                    let [end, last, this] = [end, last, (server, sequence)].map(|at| gtid(domain, at));
                    return Err(Fault::new(
                        format!("the range ends with {end}, which is not there: after {last} comes {this}"),
                        "check the position that the range ends with, and that these are the binlogs of its server",
                    ));
                }
                Ok(Side::Within)
            }
            // What has no GTID where the position is made of them stops at its end.
            _ => Ok(Side::Within),
        }
    }

    /// Notes that a transaction of the range has come.
    pub fn passed(&mut self, name: &Name) {
        match (self, name) {
            (Bounds::MySql { left, .. }, Name::MySql(..)) => *left = left.saturating_sub(1),
            (Bounds::MariaDb { to, open, .. }, Name::MariaDb { domain, sequence, .. })
                if to.0.get(domain).is_some_and(|end| sequence >= &end.1) =>
            {
                open.remove(domain);
            }
            _ => {}
        }
    }

    /// True where everything of the range has come.
    pub fn is_reached(&self, at: &Progress) -> bool {
        match self {
            Bounds::MySql { left, .. } => *left == 0,
            Bounds::MariaDb { open, .. } => open.is_empty(),
            Bounds::File { name, offset, .. } => match at {
                Progress::File { name: file, offset: here, .. } if file == name => here >= offset,
                Progress::File { .. } => {
                    let end = Parsed::File { name: name.clone(), offset: *offset, mark: None };
                    at.to_parsed().covers(&end)
                }
                _ => false,
            },
        }
    }

    /// Takes what a file's head says of the transactions before it: those of the range must have been read.
    pub fn begin_file(&mut self, before: &Parsed, at: &Progress) -> Result<(), Stop> {
        let missing = self.missing(before, &at.to_parsed());
        if let (Bounds::MariaDb { in_file, .. }, Parsed::MariaDb(before)) = (&mut *self, before) {
            in_file.clone_from(before);
        }
        if missing.is_empty() {
            return Ok(());
        }
        let what = match before {
            Parsed::MariaDb(_) => format!("transactions up to {missing} came before this file and were not read"),
            _ => format!("the transactions {missing} came before this file and were not read"),
        };
        Err(Stop::new(what, MISSING))
    }

    /// The transactions of the range that are in `before` and were not read; of a MariaDB domain the last of them.
    pub fn missing(&self, before: &Parsed, read: &Parsed) -> String {
        match (self, before, read) {
            (Bounds::MySql { needed, .. }, Parsed::MySql(before), Parsed::MySql(read)) => {
                before.common(needed).minus(read).to_string()
            }
            (Bounds::MariaDb { open, .. }, Parsed::MariaDb(before), Parsed::MariaDb(read)) => {
                let needed = before.0.iter().filter(|(domain, _)| open.contains(domain));
                MariaPosition(needed.map(|(d, at)| (*d, *at)).collect()).minus(read).to_string()
            }
            _ => String::new(),
        }
    }

    /// True where all of the range had happened at `place`.
    pub fn is_before(&self, place: &Parsed) -> bool {
        match (self, place) {
            (Bounds::MySql { needed, .. }, Parsed::MySql(place)) => place.covers(needed),
            (Bounds::MariaDb { to, open, .. }, Parsed::MariaDb(place)) => {
                let end = |domain: &u32| to.0.get(domain).map_or(0, |end| end.1);
                open.iter().all(|domain| place.0.get(domain).is_some_and(|at| at.1 >= end(domain)))
            }
            _ => false,
        }
    }

    /// Refuses an end that lies within the transaction that was read from `begins` to `ends`.
    pub fn crossed(&self, file: &str, begins: u64, ends: u64) -> Result<(), Stop> {
        match self {
            Bounds::File { name, offset, .. } if name == file && begins < *offset && *offset < ends => {
                Err(within(*offset, begins, ends))
            }
            _ => Ok(()),
        }
    }
}

/// A position that lies within a transaction, and where it could stand.
pub(super) fn within(offset: u64, begins: u64, ends: u64) -> Stop {
    Stop::new(
        format!("the offset {offset} lies within a transaction, which begins at {begins} and ends at {ends}"),
        format!("give the offset between two transactions: {begins}, or {ends}"),
    )
}

fn gtid(domain: u32, (server, sequence): (u32, u64)) -> String {
    format!("{domain}-{server}-{sequence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binlog::position::Origin;

    const U: &str = "11111111-1111-1111-1111-111111111111";

    fn set(text: &str) -> Parsed {
        Parsed::MySql(GtidSet::parse(&text.replace('U', U)).unwrap())
    }

    fn maria(text: &str) -> Parsed {
        Parsed::MariaDb(MariaPosition::parse(text).unwrap())
    }

    fn sides(from: &Parsed, to: &Parsed, names: &[Name]) -> (String, bool) {
        let (mut bounds, mut at) = (Bounds::new(from, to), Progress::from(from.clone()));
        assert!(bounds.begin_file(&maria(""), &at).is_ok());
        let mut all = String::new();
        for name in names {
            match bounds.side(name, &at) {
                Ok(Side::Within) => {
                    all.push('+');
                    assert_eq!(at.pass(name, "b", 9, None), Ok(true));
                    bounds.passed(name);
                }
                Ok(Side::Before) => all.push('<'),
                Ok(Side::Beyond) => all.push('>'),
                Err(fault) => all.push_str(&fault.what),
            }
        }
        (all, bounds.is_reached(&at))
    }

    fn mysql(numbers: &[u64]) -> Vec<Name> {
        let origin = Origin { uuid: [0x11; 16], tag: String::new() };
        numbers.iter().map(|&number| Name::MySql(origin.clone(), number)).collect()
    }

    fn in_domain(domain: u32, sequences: &[u64]) -> Vec<Name> {
        sequences.iter().map(|&sequence| Name::MariaDb { domain, server: 1, sequence }).collect()
    }

    #[test]
    fn a_set_has_its_own_transactions_in_whatever_order() {
        let (from, to) = (set("U:1-3"), set("U:1-5:7"));
        assert_eq!(sides(&from, &to, &mysql(&[2, 3, 4, 6, 7])), ("<<+>+".to_owned(), false));
        assert_eq!(sides(&from, &to, &mysql(&[4, 6, 7, 7, 5, 8])), ("+>+<+>".to_owned(), true));
        assert!(sides(&to, &to, &[]).1);
    }

    #[test]
    fn a_domain_ends_where_the_range_does() {
        let (from, to) = (maria("0-1-3"), maria("0-1-5,2-1-1"));
        assert_eq!(sides(&from, &to, &in_domain(0, &[2, 3, 4, 5, 6])), ("<<++>".to_owned(), false));
        let both = [in_domain(0, &[5]), in_domain(7, &[1]), in_domain(2, &[1])].concat();
        assert_eq!(sides(&from, &to, &both), ("+>+".to_owned(), true));
        assert!(sides(&from, &to, &in_domain(0, &[4, 6])).0.contains("after 0-1-4 comes 0-1-6"));
        assert!(sides(&from, &to, &in_domain(0, &[4, 5, 4])).0.contains("0-1-4 after 0-1-5"));
        let other = Name::MariaDb { domain: 0, server: 2, sequence: 3 };
        assert!(sides(&from, &to, &[other]).0.contains("0-2-3 stands where the position has 0-1-3"));
    }

    #[test]
    fn what_a_file_leaves_out_is_missing() {
        let gap = |from: &Parsed, to: &Parsed, before: &Parsed| {
            let begun = Bounds::new(from, to).begin_file(before, &from.clone().into());
            begun.err().map(|Stop(fault)| fault.what)
        };
        let (from, to) = (set("U:1-3"), set("U:1-9"));
        assert_eq!(gap(&from, &to, &set("U:1-3:11")), None);
        assert!(gap(&from, &to, &set("U:1-5")).unwrap().contains(&format!("{U}:4-5")));
        let (from, to) = (maria("0-1-3"), maria("0-1-9"));
        assert_eq!(gap(&from, &to, &maria("0-1-3,4-1-8")), None);
        assert!(gap(&from, &to, &maria("0-1-5")).unwrap().contains("up to 0-1-5"));
    }

    #[test]
    fn an_end_within_a_transaction_names_its_ends() {
        let to = Parsed::File { name: "b.000002".into(), offset: 700, mark: None };
        let bounds = Bounds::new(&to, &to);
        assert!(bounds.crossed("b.000002", 500, 700).is_ok() && bounds.crossed("b.000001", 500, 900).is_ok());
        let Stop(fault) = bounds.crossed("b.000002", 500, 900).unwrap_err();
        assert!(fault.remedy.contains("500, or 900"), "{}", fault.remedy);
    }
}
