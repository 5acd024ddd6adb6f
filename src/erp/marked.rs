//! Rows of a form that say which line of our document they are for: how they are marked, and how they are compared with it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::document::Header;

/// Follows the line's number in the mark of a row that has no pieces.
const VALUE_MARK: char = '*';

/// The document's line that a row is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    /// The line's number.
    pub line: u32,
    /// True for an amount without pieces.
    pub value_only: bool,
}

impl Mark {
    /// As it stands in the row's note.
    pub fn note(self) -> String {
        if self.value_only { format!("{}{VALUE_MARK}", self.line) } else { self.line.to_string() }
    }

    /// `None` where the note is none of ours.
    pub fn parse(note: &str) -> Option<Mark> {
        let (number, value_only) = match note.trim().strip_suffix(VALUE_MARK) {
            Some(number) => (number, true),
            None => (note.trim(), false),
        };
        Some(Mark { line: number.parse().ok()?, value_only })
    }
}

/// A row as the ERP has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marked {
    /// `None` where the row is not ours.
    pub mark: Option<Mark>,
    /// Pieces, or one for an amount without pieces.
    pub quantity: Decimal,
    /// With tax.
    pub total: Decimal,
    /// The tax in it.
    pub tax: Decimal,
}

/// Pieces, total and tax.
type Sums = (Decimal, Decimal, Decimal);

/// Compares rows with the document: total, tax, and each line's pieces and amounts.
///
/// # Errors
/// What differs, in numbers.
pub(super) fn compare(header: &Header, rows: impl Iterator<Item = Marked> + Clone) -> Result<(), String> {
    let total: Decimal = rows.clone().map(|row| row.total).sum();
    if total != header.amounts.total {
        return Err(format!("its total is {total}, ours is {}", header.amounts.total));
    }
    let tax: Decimal = rows.clone().map(|row| row.tax).sum();
    if tax != header.amounts.tax {
        return Err(format!("its tax is {tax}, ours is {}", header.amounts.tax));
    }
    let theirs = by_line(rows)?;
    for line in &header.lines {
        let ours = (line.quantity.normalize(), line.amounts.total, line.amounts.tax);
        match theirs.get(&line.no) {
            Some(found) if *found == ours => {}
            Some((quantity, total, tax)) => {
                return Err(format!(
                    "line {} there is {quantity} for {total} with {tax} of tax, ours is {} for {} with {}",
                    line.no, ours.0, ours.1, ours.2
                ));
            }
            None => return Err(format!("it has no entry for line {}", line.no)),
        }
    }
    match theirs.len() == header.lines.len() {
        true => Ok(()),
        false => Err(format!("it has {} lines, ours has {}", theirs.len(), header.lines.len())),
    }
}

fn by_line(rows: impl Iterator<Item = Marked>) -> Result<BTreeMap<u32, Sums>, String> {
    let mut lines = BTreeMap::<u32, Sums>::new();
    for row in rows {
        let mark = row.mark.ok_or("it has an entry without our mark")?;
        let line = lines.entry(mark.line).or_default();
        if !mark.value_only {
            line.0 = (line.0 + row.quantity).normalize();
        }
        line.1 += row.total;
        line.2 += row.tax;
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_written() {
        for mark in [Mark { line: 7, value_only: false }, Mark { line: 12, value_only: true }] {
            assert_eq!(Mark::parse(&mark.note()), Some(mark));
        }
        assert_eq!(Mark::parse(" 3* "), Some(Mark { line: 3, value_only: true }));
        assert_eq!([Mark::parse(""), Mark::parse("*"), Mark::parse("3 pcs"), Mark::parse("-1")], [None; 4]);
    }
}
