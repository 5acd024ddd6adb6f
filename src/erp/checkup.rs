//! What an account is asked before anything is sent to it, and what it answered.

use std::collections::BTreeSet;
use std::fmt;

use rust_decimal::Decimal;

use super::Guarantee;
use crate::document::{Document, DocumentKind};

/// Every kind of document.
const KINDS: [DocumentKind; 4] =
    [DocumentKind::Customer, DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];

/// What documents need in the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Tax rates in percent.
    pub rates: BTreeSet<Decimal>,
    /// Units of measure by name.
    pub units: BTreeSet<String>,
    /// Items by number.
    pub items: BTreeSet<String>,
}

impl Needs {
    /// What these documents need.
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Document>) -> Needs {
        let mut needs = Needs::default();
        for line in documents.into_iter().filter_map(Document::header).flat_map(|header| &header.lines) {
            needs.rates.insert(line.tax_rate.normalize());
            needs.units.extend(line.unit.clone());
            needs.items.insert(line.sku.to_string());
        }
        needs
    }
}

/// What was found in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkup {
    /// Where the log-in went, and as whom; without secrets.
    pub account: String,
    /// How sure the ERP makes us of each kind of document, and why.
    pub guarantees: Vec<Guaranteed>,
    /// What was looked at, in order.
    pub findings: Vec<Finding>,
}

/// How sure the ERP makes us of one kind of document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guaranteed {
    /// Of which.
    pub kind: DocumentKind,
    /// The weakest of the calls that it needs.
    pub guarantee: Guarantee,
    /// What it rests on.
    pub why: String,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is, and how it stands.
    pub what: String,
    /// What to do about it, where something must be done.
    pub remedy: Option<String>,
}

impl Checkup {
    /// Logged in; nothing looked at yet.
    pub fn new(account: impl Into<String>) -> Checkup {
        Checkup { account: account.into(), guarantees: Vec::new(), findings: Vec::new() }
    }

    /// Says of each kind what its guarantee is, and what it rests on.
    pub fn guaranteed(&mut self, guarantee: impl Fn(DocumentKind) -> (Guarantee, String)) {
        self.guarantees = KINDS
            .map(|kind| {
                let (guarantee, why) = guarantee(kind);
                Guaranteed { kind, guarantee, why }
            })
            .to_vec();
    }

    /// Something is as it must be.
    pub fn good(&mut self, what: impl Into<String>) {
        self.findings.push(Finding { what: what.into(), remedy: None });
    }

    /// Something is missing, or not as it must be.
    pub fn wrong(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding { what: what.into(), remedy: Some(remedy.into()) });
    }

    /// Notes what an adapter says of a thing: that it is there, or one sentence with the remedy in it.
    pub fn found(&mut self, what: impl Into<String>, found: Result<String, String>) {
        match found {
            Ok(how) => self.good(format!("{}: {how}", what.into())),
            Err(remedy) => self.wrong(what, remedy),
        }
    }

    /// True where nothing must be done.
    pub fn is_good(&self) -> bool {
        self.findings.iter().all(|finding| finding.remedy.is_none())
    }
}

/// A line for each thing, as `ledgertap check` writes them.
impl fmt::Display for Checkup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ok   {}", self.account)?;
        for Guaranteed { kind, guarantee, why } in &self.guarantees {
            writeln!(f, "ok   guarantee of {}: {guarantee}: {why}", kind.as_str())?;
        }
        for finding in &self.findings {
            match &finding.remedy {
                None => writeln!(f, "ok   {}", finding.what)?,
                Some(remedy) => writeln!(f, "FIX  {}: {remedy}", finding.what)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::samples;

    #[test]
    fn needs_are_those_of_the_lines() {
        let orders = samples(DocumentKind::SalesOrder, "EUR");
        let needs = Needs::of(&orders);
        let lines: Vec<_> = orders.iter().filter_map(Document::header).flat_map(|header| &header.lines).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| needs.items.contains(&*line.sku)));
        assert!(lines.iter().all(|line| needs.rates.contains(&line.tax_rate)));
        assert_eq!(Needs::of(&samples(DocumentKind::Customer, "EUR")), Needs::default());
    }

    #[test]
    fn it_is_good_where_nothing_must_be_done() {
        let mut checkup = Checkup::new("logged in");
        checkup.good("a warehouse");
        checkup.found("a tax", Ok("id 7".into()));
        assert!(checkup.is_good());
        checkup.found("a unit", Err("add it there".into()));
        assert!(!checkup.is_good());
        assert_eq!(
            checkup.to_string(),
            "ok   logged in\nok   a warehouse\nok   a tax: id 7\nFIX  a unit: add it there\n"
        );
    }
}
