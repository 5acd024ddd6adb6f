//! What the ERP says of a form that it keeps, and whether that is our document.
//!
//! A query answers with a row for each entry, the form's own fields repeated in each. Numbers are taken from JSON numbers or from
//! their text.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::form::Form;
use super::lines::{Entry, Source};
use crate::document::{Amounts, Header, Minor};
use crate::erp::marked::{self, Mark, Marked};

/// In `FCancelStatus`: the form was voided (作废).
const VOIDED: &str = "B";

/// How far a form has come (`FDocumentStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Z: put away without a check.
    Draft,
    /// A: saved.
    Saved,
    /// B: submitted.
    Submitted,
    /// C: audited, and in force.
    Audited,
    /// D: opened again.
    Reopened,
}

impl Status {
    /// # Errors
    /// Where there is no such status.
    pub(super) fn read(text: &str) -> Result<Status, String> {
        match text {
            "Z" => Ok(Status::Draft),
            "A" => Ok(Status::Saved),
            "B" => Ok(Status::Submitted),
            "C" => Ok(Status::Audited),
            "D" => Ok(Status::Reopened),
            other => Err(format!("FDocumentStatus is \"{}\"", crate::erp::http::quote(other))),
        }
    }
}

/// A form as it is in the ERP; amounts and quantities are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bill {
    pub id: String,
    pub number: String,
    pub status: Status,
    pub is_voided: bool,
    pub customer: String,
    /// The form's own total.
    pub total: Decimal,
    pub entries: Vec<BillEntry>,
}

/// One of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BillEntry {
    pub id: String,
    /// Which line of our document it is for; `None` where the row is not ours.
    pub mark: Option<Mark>,
    pub quantity: Decimal,
    pub returned: Decimal,
    pub total: Decimal,
    pub tax: Decimal,
}

/// Reads what a query over [`Form::keys`] found of one number; `None` where that is nothing.
///
/// # Errors
/// What is missing or no number, or that there are several forms of the number.
pub(super) fn bill(form: &Form, rows: &Value, minor: Minor) -> Result<Option<Bill>, String> {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut read: Option<Bill> = None;
    for row in rows {
        let row = Row { form, row: row.as_array().map(Vec::as_slice).unwrap_or_default() };
        let bill = read.get_or_insert(row.head(minor)?);
        let id = row.text("FID")?;
        if bill.id != id {
            return Err(format!("the ERP has two of this number, with the ids {} and {id}: delete one there", bill.id));
        }
        bill.entries.push(row.entry(minor)?);
    }
    Ok(read)
}

/// One row of a query, in the order of the form's keys.
struct Row<'a> {
    form: &'a Form,
    row: &'a [Value],
}

impl Row<'_> {
    fn head(&self, minor: Minor) -> Result<Bill, String> {
        Ok(Bill {
            id: self.text("FID")?,
            number: self.text("FBillNo")?,
            status: Status::read(&self.text("FDocumentStatus")?)?,
            is_voided: self.text("FCancelStatus").is_ok_and(|status| status == VOIDED),
            customer: self.text(self.form.customer)?,
            total: minor.round(self.signed(self.decimal(self.form.total)?)),
            entries: Vec::new(),
        })
    }

    fn entry(&self, minor: Minor) -> Result<BillEntry, String> {
        let optional = |name: Option<&'static str>| name.map(|name| self.decimal(name)).transpose();
        Ok(BillEntry {
            id: self.text(self.form.entry)?,
            mark: self.text(self.form.note).ok().and_then(|note| Mark::parse(&note)),
            quantity: optional(self.form.quantity)?.map_or(Decimal::ONE, |quantity| self.signed(quantity)),
            returned: optional(self.form.returned)?.unwrap_or_default(),
            total: minor.round(self.signed(self.decimal(self.form.amount)?)),
            tax: minor.round(self.signed(self.decimal(self.form.tax)?)),
        })
    }

    fn signed(&self, value: Decimal) -> Decimal {
        if self.form.is_negative { -value } else { value }
    }

    fn value(&self, name: &str) -> &Value {
        let at = self.form.keys().iter().position(|key| *key == name);
        at.and_then(|at| self.row.get(at)).unwrap_or(&Value::Null)
    }

    fn text(&self, name: &str) -> Result<String, String> {
        text(self.value(name)).ok_or_else(|| format!("the field {name} is missing"))
    }

    fn decimal(&self, name: &str) -> Result<Decimal, String> {
        decimal(self.value(name)).ok_or_else(|| format!("the field {name} is no number"))
    }
}

/// A field as text; ids come as numbers. None where it is empty.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    let text = text(value)?;
    text.trim().parse().or_else(|_| Decimal::from_scientific(text.trim())).ok()
}

impl Bill {
    /// The sums of the rows, as the ERP computed them.
    pub(super) fn amounts(&self) -> Amounts {
        self.entries.iter().map(|e| Amounts::from_total(e.total, e.tax)).sum()
    }

    /// The rows as sources, in their order.
    pub(super) fn sources(&self) -> impl Iterator<Item = Source> {
        self.entries.iter().map(|e| Source { bill: self.id.clone(), number: self.number.clone(), entry: e.id.clone() })
    }

    /// The rows' ids in the order of our entries: by the mark, and where a line has several, by their place.
    pub(super) fn sources_of(&self, entries: &[Entry]) -> Vec<Source> {
        let mut by_mark = BTreeMap::<_, Vec<Source>>::new();
        let rows: Vec<_> = self.entries.iter().zip(self.sources()).collect();
        for (entry, source) in rows.iter().rev() {
            by_mark.entry(entry.mark).or_default().push(source.clone());
        }
        let mut place = rows.into_iter().map(|(_, source)| source);
        entries
            .iter()
            .filter_map(|entry| {
                let next = place.next();
                by_mark.get_mut(&Some(entry.mark)).and_then(Vec::pop).or(next)
            })
            .collect()
    }

    /// Compares with what the document says: number, customer, total, tax, and each line's pieces and amounts.
    ///
    /// # Errors
    /// What differs, in numbers.
    pub(super) fn compare(&self, number: &str, header: &Header) -> Result<(), String> {
        if self.number != number {
            return Err(format!("the ERP takes \"{}\" for the same number, and it is not ours", self.number));
        }
        if self.is_voided {
            return Err("it was voided there".into());
        }
        if self.customer != header.customer {
            return Err(format!("its customer is {}, ours is {}", self.customer, header.customer));
        }
        let amounts = self.amounts();
        if self.total != amounts.total {
            return Err(format!("its total is {}, but its entries add up to {}", self.total, amounts.total));
        }
        let rows = self.entries.iter();
        marked::compare(
            header,
            rows.map(|row| Marked { mark: row.mark, quantity: row.quantity, total: row.total, tax: row.tax }),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::form::{ORDER, OUTBOUND, of_adjustments};
    use super::super::settings::Adjustments;
    use super::*;
    use crate::document::{Document, DocumentKind, Line, samples};
    use serde_json::json;

    fn cent() -> Minor {
        Minor::of("CNY").unwrap()
    }

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    /// An order for `U1` of lines at 13 %: pieces, total and tax of each.
    fn header(lines: &[(&str, &str, &str)]) -> Header {
        let Document::SalesOrder(order) = samples(DocumentKind::SalesOrder, "CNY").remove(0) else {
            panic!("no order")
        };
        let plain = order.header.lines[0].clone();
        let line = |(at, (quantity, total, tax)): (usize, &(&str, &str, &str))| Line {
            no: u32::try_from(at).unwrap() + 1,
            quantity: d(quantity),
            amounts: Amounts::from_total(d(total), d(tax)),
            ..plain.clone()
        };
        let lines: Vec<Line> = lines.iter().enumerate().map(line).collect();
        let amounts = lines.iter().map(|line| line.amounts).sum();
        Header { customer: "U1".into(), lines, amounts, ..order.header }
    }

    #[test]
    fn rows_are_one_form() {
        let rows = json!([
            [100, "S1-CK", "C", "A", "U1", 30.0, 7, "1", 20.0, "2.30", "2.000", 1],
            [100, "S1-CK", "C", "A", "U1", 30.0, 8, "2*", 1e1, 1.15, 1, 0],
        ]);
        let bill = bill(&OUTBOUND, &rows, cent()).unwrap().unwrap();
        assert_eq!((bill.id.as_str(), bill.status, bill.total), ("100", Status::Audited, d("30.00")));
        let said: Vec<_> = bill.entries.iter().map(|e| (e.id.as_str(), e.mark, e.quantity, e.returned)).collect();
        let mark = |line, value_only| Some(Mark { line, value_only });
        assert_eq!(said, [("7", mark(1, false), d("2"), d("1")), ("8", mark(2, true), d("1"), d("0"))]);
        assert_eq!((bill.amounts().total.to_string(), bill.amounts().tax.to_string()), ("30.00".into(), "3.45".into()));
    }

    #[test]
    fn what_is_credited_is_positive() {
        let rows = json!([[9, "N1", "A", "A", "U1", -5.0, 3, "1*", -5.0, -0.58, -1]]);
        let bill = bill(of_adjustments(Adjustments::Receivable), &rows, cent()).unwrap().unwrap();
        assert_eq!((bill.total, bill.entries[0].tax, bill.entries[0].quantity), (d("5.00"), d("0.58"), d("1")));
    }

    #[test]
    fn what_is_missing_has_a_name() {
        assert_eq!(bill(&ORDER, &json!([]), cent()), Ok(None));
        let row = json!([1, "S1", "A", "A", "U1", 10, 2, "1", 10, 1.15, 1]);
        let read = |rows: Value| bill(&ORDER, &rows, cent()).unwrap_err();
        let without = |at: usize| {
            let mut row = row.clone();
            row[at] = Value::Null;
            read(json!([row]))
        };
        assert_eq!(without(0), "the field FID is missing");
        assert_eq!(without(4), "the field FCustId.FNumber is missing");
        assert_eq!(without(5), "the field FBillAllAmount is no number");
        assert_eq!(without(9), "the field FEntryTaxAmount is no number");
        let mut other = row.clone();
        other[0] = json!(2);
        assert!(read(json!([row, other])).contains("two of this number"));
        let mut strange = row.clone();
        strange[2] = json!("X");
        assert_eq!(read(json!([strange])), "FDocumentStatus is \"X\"");
    }

    #[test]
    fn differences_are_said_in_numbers() {
        let rows = json!([
            [1, "S1", "A", "A", "U1", 30, 2, "1", 10, 1.15, 1],
            [1, "S1", "A", "A", "U1", 30, 3, "2", 20, 2.30, 2],
        ]);
        let bill = bill(&ORDER, &rows, cent()).unwrap().unwrap();
        let ours = header(&[("1", "10.00", "1.15"), ("2", "20.00", "2.30")]);
        assert_eq!(bill.compare("S1", &ours), Ok(()));
        let said = |bill: &Bill, number: &str, ours: &Header| bill.compare(number, ours).unwrap_err();
        assert!(said(&bill, "s1", &ours).contains("\"S1\""));
        let other = Header { customer: "U2".into(), ..ours.clone() };
        assert_eq!(said(&bill, "S1", &other), "its customer is U1, ours is U2");
        assert_eq!(said(&bill, "S1", &header(&[("1", "10.00", "1.15")])), "its total is 30.00, ours is 10.00");
        let moved = header(&[("1", "11.00", "1.15"), ("2", "19.00", "2.30")]);
        assert!(said(&bill, "S1", &moved).starts_with("line 1 there is 1 for 10.00"));
        let voided = Bill { is_voided: true, ..bill.clone() };
        assert_eq!(said(&voided, "S1", &ours), "it was voided there");
        let mut lost = bill.clone();
        lost.entries.pop();
        assert_eq!(said(&lost, "S1", &ours), "its total is 30.00, but its entries add up to 10.00");
        let mut foreign = bill;
        foreign.entries[1].mark = None;
        assert_eq!(said(&foreign, "S1", &ours), "it has an entry without our mark");
    }
}
