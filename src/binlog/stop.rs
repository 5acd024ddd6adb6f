//! Why a stream stops: what happened, and what a person can do about it.

use super::group::Undecided;
use super::progress::Unfit;
use super::statement::{self, Statement};
use super::table_map::Fault;

/// What to do when something happened to a mapped table that is not in the rows.
pub(super) const RESYNC: &str = "the mirror cannot follow it: `ledgertap resync` reads the tables again (--dry-run shows what differs), and the stream goes on \
     after it";

/// Why the stream stops; the assembler adds the place.
pub(super) struct Stop(pub Fault);

impl Stop {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
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
        Fault::new(what, "run `ledgertap resync`, which reads the tables again")
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

/// What is said of a position where nothing can begin.
pub(super) const LIES_WITHIN: &str = "the position lies within";

pub(super) fn beheaded() -> Stop {
    Stop::new(
        format!("a part of a transaction came without its start: {LIES_WITHIN} a transaction"),
        "start again with --from and a position between two transactions",
    )
}

pub(super) fn torn() -> Stop {
    Stop::new(
        "a transaction breaks off without an end",
        "check that server's binlog with mysqlbinlog; `ledgertap resync` goes on behind it",
    )
}

pub(super) fn unspooled(error: &std::io::Error) -> Stop {
    Stop::new(
        format!("a large transaction could not be kept in a temporary file: {error}"),
        "make room in the folder that TMPDIR names (by default /tmp); it needs as much as the transaction has in the binlog",
    )
}

/// Why a statement cannot be followed; `None` where it can.
pub(super) fn unfollowed(statement: &Statement, sql: &str) -> Option<Stop> {
    let words = || statement::first_words(sql);
    match statement {
        Statement::Touches(table) => {
            Some(Stop::new(format!("a statement changed `{table}` without row events ({} …)", words()), RESYNC))
        }
        Statement::Rewrites { table, column } => {
            let what = format!(
                "a statement may have rewritten values of the column `{column}`, which the mapping uses, of `{table}` without row \
                 events ({} …)",
                words()
            );
            Some(Stop(Fault::new(what, RESYNC).about(table, column)))
        }
        Statement::TakesColumn { table, column } => {
            let what = format!(
                "a statement took the column `{column}`, which the mapping uses, from `{table}` ({} …)",
                words()
            );
            let remedy = "give the column back, or map another one, and run `ledgertap resync`";
            Some(Stop(Fault::new(what, remedy).about(table, column)))
        }
        _ => None,
    }
}
