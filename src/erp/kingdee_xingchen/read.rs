//! What the ERP says of a form that it keeps, and whether that is our document.
//!
//! Names of fields are those of the vendor's detail calls as third parties list them (`material_entity[].all_amount`,
//! `tax_amount`, `comment`, `return_qty`, `src_inter_id`, `src_entry_id`, `bill_status` with `C` for audited and `Z` for not):
//! assumptions until a real account has been asked. Numbers are taken from JSON numbers or from their text.

use rust_decimal::Decimal;
use serde_json::Value;

use super::body::Source;
use crate::document::{Amounts, Header, Minor};
use crate::erp::http::quote;
use crate::erp::marked::{self, Mark, Marked};

/// `bill_status` of a form that is in force, and of one that is saved and not yet.
const AUDITED: &str = "C";
const NOT_AUDITED: &str = "Z";
/// What stands for no id.
const NO_ID: &str = "0";
/// `close_status` of an order of which nothing more will be shipped (assumption).
const CLOSED: &str = "C";

/// What has become of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    /// Saved, and without effect.
    Saved,
    /// In force.
    Audited,
    /// Something else, which the ERP calls so (作废, as a rule).
    Other(String),
}

/// An order, outbound or return as it is in the ERP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bill {
    pub id: String,
    /// Its number there.
    pub number: String,
    pub status: Status,
    /// True for an order that a person has closed.
    pub closed: bool,
    pub customer: String,
    /// The customer's id, where the form says it.
    pub customer_id: Option<String>,
    /// Its date, as the ERP writes it.
    pub date: Option<String>,
    /// The form's own total, where it states one.
    pub total: Option<Decimal>,
    pub entries: Vec<BillEntry>,
}

/// One of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BillEntry {
    pub id: String,
    /// Which line of our document it is for; `None` where the row is not ours.
    pub mark: Option<Mark>,
    pub reference: Reference,
    pub quantity: Decimal,
    pub returned: Decimal,
    pub total: Decimal,
    pub tax: Decimal,
}

/// The entry of an earlier form that a row names as its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// The answer has no such field.
    Unsaid,
    /// It names none.
    Nothing,
    /// It names this one.
    Entry(Source),
}

impl Bill {
    /// Reads a detail's `data`.
    ///
    /// # Errors
    /// Names the field that is missing or no number.
    pub(super) fn read(data: &Value, minor: Minor) -> Result<Bill, String> {
        let rows = match data.get("material_entity") {
            Some(Value::Array(rows)) => rows,
            Some(_) | None => return Err("the form has no material_entity".into()),
        };
        Ok(Bill {
            id: text(data, "id")?,
            number: text(data, "bill_no")?,
            status: match text(data, "bill_status")?.as_str() {
                AUDITED => Status::Audited,
                NOT_AUDITED => Status::Saved,
                other => Status::Other(quote(other)),
            },
            closed: data.get("close_status").and_then(Value::as_str) == Some(CLOSED),
            customer: text(data, "customer_number")?,
            customer_id: text(data, "customer_id").ok(),
            date: text(data, "bill_date").ok(),
            total: optional(data, "total_amount")?.map(|total| minor.round(total)),
            entries: rows.iter().map(|row| BillEntry::read(row, minor)).collect::<Result<_, _>>()?,
        })
    }

    /// The sums of the rows, as the ERP computed them.
    pub(super) fn amounts(&self) -> Amounts {
        self.entries.iter().map(|e| Amounts::from_total(e.total, e.tax)).sum()
    }

    /// The rows as sources, in their order.
    pub(super) fn sources(&self) -> Vec<Source> {
        self.entries.iter().map(|e| Source { bill: self.id.clone(), entry: e.id.clone() }).collect()
    }

    /// True for a form that is in force.
    pub(super) fn is_audited(&self) -> bool {
        self.status == Status::Audited
    }

    /// Looks whether each entry still names its source: the ERP saves a row whose reference it cannot use, and drops the
    /// reference without a word (third-party notes).
    ///
    /// # Errors
    /// The line whose entry names none.
    pub(super) fn compare_references(&self, has_source: impl Fn(Mark) -> bool) -> Result<(), String> {
        let lost = |entry: &&BillEntry| entry.reference == Reference::Nothing && entry.mark.is_some_and(&has_source);
        match self.entries.iter().find(lost).and_then(|entry| entry.mark) {
            None => Ok(()),
            Some(mark) => Err(format!(
                "the entry for line {} names no source there: delete the form in the ERP, then `ledgertap outbox retry`",
                mark.line
            )),
        }
    }

    /// Compares with what the document says: customer, total, tax, and each line's pieces and amounts.
    ///
    /// # Errors
    /// What differs, in numbers.
    pub(super) fn compare(&self, header: &Header) -> Result<(), String> {
        if self.customer != header.customer {
            return Err(format!("its customer is {}, ours is {}", self.customer, header.customer));
        }
        let amounts = self.amounts();
        if let Some(total) = self.total.filter(|t| *t != amounts.total) {
            return Err(format!("its total is {total}, but its entries add up to {}", amounts.total));
        }
        let rows = self.entries.iter();
        marked::compare(
            header,
            rows.map(|row| Marked { mark: row.mark, quantity: row.quantity, total: row.total, tax: row.tax }),
        )
    }
}

impl BillEntry {
    fn read(row: &Value, minor: Minor) -> Result<BillEntry, String> {
        Ok(BillEntry {
            id: text(row, "id")?,
            mark: row.get("comment").and_then(Value::as_str).and_then(Mark::parse),
            reference: Reference::read(row),
            quantity: decimal(row, "qty")?,
            returned: optional(row, "return_qty")?.unwrap_or_default(),
            total: minor.round(decimal(row, "all_amount")?),
            tax: minor.round(decimal(row, "tax_amount")?),
        })
    }
}

impl Reference {
    fn read(row: &Value) -> Reference {
        match (row.get("src_inter_id"), row.get("src_entry_id")) {
            (None, _) | (_, None) => Reference::Unsaid,
            (Some(_), Some(_)) => match (text(row, "src_inter_id"), text(row, "src_entry_id")) {
                (Ok(bill), Ok(entry)) if bill != NO_ID && entry != NO_ID => Reference::Entry(Source { bill, entry }),
                _ => Reference::Nothing,
            },
        }
    }
}

/// A field as text; ids may come as numbers.
pub(super) fn text(fields: &Value, name: &str) -> Result<String, String> {
    match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(_) | None => Err(format!("the field {name} is missing")),
    }
}

fn decimal(fields: &Value, name: &str) -> Result<Decimal, String> {
    optional(fields, name)?.ok_or_else(|| format!("the field {name} is missing"))
}

fn optional(fields: &Value, name: &str) -> Result<Option<Decimal>, String> {
    let text = match fields.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(format!("the field {name} is no number"));
        }
    };
    let value = text.parse().or_else(|_| Decimal::from_scientific(&text));
    value.map(Some).map_err(|_| format!("the field {name} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_come_as_numbers_text_and_powers_of_ten() {
        let cent = Minor::of("CNY").unwrap();
        let row = |qty: &str| -> Value {
            serde_json::from_str(&format!(
                r#"{{"id":7,"qty":{qty},"all_amount":10.0,"tax_amount":"1.15","comment":"1*"}}"#
            ))
            .unwrap()
        };
        for qty in ["2", "2.000", "\"2\"", "2e0"] {
            let entry = BillEntry::read(&row(qty), cent).unwrap();
            assert_eq!(entry.quantity, Decimal::TWO);
            assert_eq!((entry.id.as_str(), entry.total.to_string().as_str()), ("7", "10.00"));
            assert_eq!(entry.mark, Some(Mark { line: 1, value_only: true }));
        }
        assert_eq!(BillEntry::read(&row("true"), cent).unwrap_err(), "the field qty is no number");
        assert_eq!(BillEntry::read(&json!({}), cent).unwrap_err(), "the field id is missing");
        assert_eq!(Bill::read(&json!({"id": "1"}), cent).unwrap_err(), "the form has no material_entity");
    }

    fn bill(status: &str, row: Value) -> Result<Bill, String> {
        let mut row = row;
        for (name, value) in [("id", "7"), ("qty", "1"), ("all_amount", "1"), ("tax_amount", "0"), ("comment", "1")] {
            row[name] = value.into();
        }
        let data = json!({"id": 1, "bill_no": "S1", "bill_status": status, "close_status": "C", "customer_number": "U",
            "material_entity": [row]});
        Bill::read(&data, Minor::of("CNY").unwrap())
    }

    #[test]
    fn a_form_is_in_force_only_where_the_erp_says_so() {
        let status = |text| bill(text, json!({})).map(|bill| bill.status);
        assert_eq!(status("C"), Ok(Status::Audited));
        assert_eq!(status("Z"), Ok(Status::Saved));
        assert_eq!(status("I"), Ok(Status::Other("I".into())));
        assert_eq!(status(""), Err("the field bill_status is missing".into()));
        assert!(bill("C", json!({})).unwrap().closed);
    }

    #[test]
    fn a_reference_that_was_dropped_is_seen() {
        let reference = |row: Value| bill("C", row).unwrap().entries.remove(0).reference;
        let named = json!({"src_inter_id": 8, "src_entry_id": "9"});
        assert_eq!(reference(named), Reference::Entry(Source { bill: "8".into(), entry: "9".into() }));
        for row in [json!({"src_inter_id": null, "src_entry_id": ""}), json!({"src_inter_id": 0, "src_entry_id": "0"})]
        {
            assert_eq!(reference(row.clone()), Reference::Nothing);
            let bill = bill("C", row).unwrap();
            assert!(bill.compare_references(|_| true).unwrap_err().contains("line 1 names no source"));
            assert_eq!(bill.compare_references(|_| false), Ok(()));
        }
        assert_eq!(reference(json!({})), Reference::Unsaid);
        assert_eq!(bill("C", json!({})).unwrap().compare_references(|_| true), Ok(()));
    }
}
