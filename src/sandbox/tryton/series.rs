//! What differs from one series to the next, as far as a caller sees it.

/// A series of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Series {
    V6_0,
    V7_0,
    V8_0,
}

impl Series {
    /// As [`crate::sandbox::Config::version`] names them, the newest last.
    pub(super) const NAMES: [&'static str; 3] = ["6.0", "7.0", "8.0"];

    /// The one of that name; the newest where none is named.
    pub(super) fn of(version: Option<&str>) -> Series {
        match version {
            Some("6.0") => Series::V6_0,
            Some("7.0") => Series::V7_0,
            Some(_) | None => Series::V8_0,
        }
    }

    /// Where it answers requests about a database.
    pub(super) fn path(self, database: &str) -> String {
        match self {
            Series::V6_0 | Series::V7_0 => format!("/{database}/"),
            Series::V8_0 => format!("/{database}/rpc/"),
        }
    }

    /// The status for a body that is no request.
    pub(super) fn unreadable(self) -> u16 {
        match self {
            Series::V6_0 | Series::V7_0 => 500,
            Series::V8_0 => 400,
        }
    }

    /// Whether a step that a record's state does not allow is refused; older series answer as if it were done, and do nothing.
    pub(super) fn minds_the_state(self) -> bool {
        self >= Series::V8_0
    }

    /// Whether texts of one line lose the blanks around them.
    pub(super) fn strips(self) -> bool {
        self >= Series::V7_0
    }

    /// Whether a number of the shop is unique in each web shop, and not in all together.
    pub(super) fn web_id_is_unique_by_shop(self) -> bool {
        self >= Series::V8_0
    }

    /// Whether a warning is skipped by a method of its own; else by creating a record.
    pub(super) fn has_skip(self) -> bool {
        self >= Series::V7_0
    }

    /// Whether it warns of an invoice of a later day.
    pub(super) fn warns_of_the_future(self) -> bool {
        self >= Series::V7_0
    }

    /// Whether it warns of lines that have other taxes than their products.
    pub(super) fn warns_of_taxes(self) -> bool {
        self >= Series::V8_0
    }

    /// What a missing record is said to do.
    pub(super) fn gone(self) -> &'static str {
        match self {
            Series::V6_0 => "don't exist anymore",
            Series::V7_0 | Series::V8_0 => "don't exist",
        }
    }

    /// How a message names a record of a model.
    pub(super) fn place(self, record: &str, model: &str) -> String {
        match self {
            Series::V6_0 => format!("in \"{model}\""),
            Series::V7_0 => format!("in \"{record}\" of \"{model}\""),
            Series::V8_0 => format!("in record \"{record}\" of \"{model}\""),
        }
    }
}
