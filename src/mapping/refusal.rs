//! What is wrong with a mapping, or with a value that it met, and where.

use std::fmt;

use crate::change::Row;

use super::expr::Slot;

/// A place in a file, counted from 1; line 0 stands for the whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub line: u32,
    pub column: u32,
    /// In the settings' file, where a column is said otherwise than in the SELECT's.
    pub in_settings: bool,
}

/// The lines of an overridden column count from here, so that the parser's own places tell them from the SELECT's.
const SETTINGS_LINES: u64 = 1 << 24;

impl Place {
    /// Where a span of the parser starts.
    pub fn of(span: sqlparser::tokenizer::Span) -> Place {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let in_settings = span.start.line >= SETTINGS_LINES;
        let line = if in_settings { span.start.line - SETTINGS_LINES } else { span.start.line };
        Place { line: number(line), column: number(span.start.column), in_settings }
    }

    /// The same place, of the settings' file.
    pub fn in_settings(self) -> Place {
        Place { in_settings: true, ..self }
    }

    /// A place in an overridden column that begins here.
    pub fn shift(self, at: sqlparser::tokenizer::Location) -> sqlparser::tokenizer::Location {
        let column = if at.line == 1 { at.column + u64::from(self.column) - 1 } else { at.column };
        let line = SETTINGS_LINES + u64::from(self.line) + at.line.max(1) - 1;
        sqlparser::tokenizer::Location { line, column }
    }

    /// The file that the place is in, of a SELECT's.
    pub fn file(self, select: &str) -> &str {
        if self.in_settings { super::settings::FILE } else { select }
    }

    /// The place of a byte in a text.
    pub fn at_byte(text: &str, byte: usize) -> Place {
        let before = &text[..byte.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { line: number(line), column: number(column), in_settings: false }
    }
}

/// One thing that is wrong with a mapping, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file's name within the mapping.
    pub file: String,
    /// Counted from 1; 0 where the fault has no line.
    pub line: u32,
    /// Counted from 1; 0 where the fault has no line.
    pub column: u32,
    /// The fault and the remedy, in one sentence.
    pub what: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            write!(f, "{}: {}", self.file, self.what)
        } else {
            write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)
        }
    }
}

/// Everything that is wrong with a mapping, one [`Refusal`] a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingError {
    /// Never empty; in the order of the files.
    pub refusals: Vec<Refusal>,
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, refusal) in self.refusals.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            refusal.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for MappingError {}

/// Collects the refusals of one mapping.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// What the names of the mapping's own files begin with.
    home: String,
    file: String,
    found: Vec<Refusal>,
}

impl Refusals {
    /// Of a mapping whose own files are called so.
    pub fn at(home: &str) -> Refusals {
        Refusals { home: home.to_owned(), ..Refusals::default() }
    }

    /// What follows is about the mapping's own settings.
    pub fn enter_settings(&mut self) {
        self.file = format!("{}{}", self.home, super::settings::FILE);
    }

    /// What follows is about this file.
    pub fn enter(&mut self, file: &str) {
        self.file = file.to_owned();
    }

    /// Records a fault in the present file.
    pub fn add(&mut self, place: Place, what: impl Into<String>) {
        let refusal = Refusal {
            file: if place.in_settings { format!("{}{}", self.home, super::settings::FILE) } else { self.file.clone() },
            line: place.line,
            column: place.column,
            what: what.into(),
        };
        if !self.found.contains(&refusal) {
            self.found.push(refusal);
        }
    }

    /// How many there are so far.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// The error, if anything was refused.
    pub fn finish(self) -> Result<(), MappingError> {
        if self.found.is_empty() { Ok(()) } else { Err(MappingError { refusals: self.found }) }
    }
}

/// A row holds a value that the mapping cannot use exactly: its document is held.
///
/// It names the expression and the document, and never a value of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvalError {
    /// The SELECT's file.
    pub file: String,
    /// Line of the expression, from 1.
    pub line: u32,
    /// Column of the expression, from 1.
    pub column: u32,
    /// The first table of the SELECT's FROM.
    pub table: String,
    /// Which document: `order 17`, `customer U3`; `row [17]` where a row's owner was asked for.
    pub document: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EvalError { file, line, column, table, document, what } = self;
        write!(f, "{file}:{line}:{column}: {what} ({document}, table {table})")
    }
}

impl std::error::Error for EvalError {}

/// An [`EvalError`] before anyone has said in which file, and for which document.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub place: Place,
    pub what: String,
    /// The row and the column that are to blame, where one is.
    pub row: Option<(Slot, Row)>,
}

impl Fault {
    pub fn new(place: Place, what: impl Into<String>) -> Fault {
        Fault { place, what: what.into(), row: None }
    }
}
