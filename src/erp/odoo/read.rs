//! What the ERP says of its records: values as its JSON has them, an order and a move as they are.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::classify::without_row;
use crate::document::{Amounts, Header, Minor};
use crate::erp::priced::Entry;

/// The fields of an order that are read.
pub(super) const ORDER_FIELDS: [&str; 10] = [
    "name",
    "state",
    "partner_id",
    "currency_id",
    "client_order_ref",
    "date_order",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "order_line",
];
/// The fields of a move that are read.
pub(super) const MOVE_FIELDS: [&str; 10] = [
    "name",
    "state",
    "partner_id",
    "currency_id",
    "ref",
    "move_type",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "invoice_line_ids",
];

/// An order, or a move: an invoice or a credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub id: i64,
    /// The ERP's own number.
    pub name: String,
    pub state: String,
    pub partner: i64,
    pub currency: String,
    /// Our number.
    pub reference: String,
    /// Of an order, its date and time.
    pub date: String,
    /// Of a move, what it is.
    pub move_type: String,
    pub amounts: Amounts,
    pub lines: Vec<i64>,
}

impl Record {
    /// # Errors
    /// Which field is missing or is not what it should be.
    pub(super) fn read(record: &Value, minor: Minor) -> Result<Record, String> {
        let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let state = text("state");
        if state.is_empty() {
            return Err("no state in the answer".into());
        }
        let reference = if record.get("ref").is_some() { text("ref") } else { text("client_order_ref") };
        Ok(Record {
            id: id(record)?,
            name: text("name"),
            state,
            partner: of(record, "partner_id").unwrap_or_default(),
            currency: record.pointer("/currency_id/1").and_then(Value::as_str).unwrap_or_default().to_owned(),
            reference,
            date: text("date_order"),
            move_type: text("move_type"),
            amounts: amounts(record, minor)?,
            lines: ids(record.get("order_line").or_else(|| record.get("invoice_line_ids")).unwrap_or(&Value::Null)),
        })
    }

    /// What differs from the document beside its lines.
    ///
    /// # Errors
    /// A sentence with both sides.
    pub(super) fn compare(&self, header: &Header, partner: i64) -> Result<(), String> {
        if self.reference != header.number {
            return Err(format!("its reference is {:?}, and not {:?}", self.reference, header.number));
        }
        if self.partner != partner {
            return Err(format!("it is of the partner with id {}, and not {partner}", self.partner));
        }
        if self.currency != header.currency {
            return Err(format!(
                "it is in {}, and not in {}: the customer's pricelist decides that there",
                self.currency, header.currency
            ));
        }
        let (theirs, ours) = (self.amounts, header.amounts);
        match theirs == ours {
            true => Ok(()),
            false => Err(format!(
                "the ERP has net {}, tax {}, total {}, and the document net {}, tax {}, total {}",
                theirs.net, theirs.tax, theirs.total, ours.net, ours.tax, ours.total
            )),
        }
    }
}

/// Lines against ours, in any order; `codes` are those of products by id.
///
/// # Errors
/// A sentence about the first product that differs.
pub(super) fn compare_lines(records: &[Value], codes: &BTreeMap<i64, String>, entries: &[Entry]) -> Result<(), String> {
    let mut left = BTreeMap::<(String, Decimal, Decimal), i64>::new();
    for entry in entries {
        *left.entry((entry.sku.clone(), entry.quantity, entry.price)).or_default() += 1;
    }
    for record in records.iter().filter(|record| !is_text(record)) {
        let quantity = ["product_uom_qty", "quantity"].iter().find_map(|f| number(record.get(*f)?));
        let quantity = quantity.ok_or("a line has no quantity")?;
        let price = record.get("price_unit").and_then(number).ok_or("a line has no unit price")?;
        let product = of(record, "product_id").and_then(|id| codes.get(&id).cloned()).unwrap_or_default();
        *left.entry((product, quantity.normalize(), price.normalize())).or_default() -= 1;
    }
    match left.into_iter().find(|(_, count)| *count != 0) {
        None => Ok(()),
        Some(((product, quantity, price), count)) => Err(format!(
            "{} a line of {product}, {quantity} at {price}",
            if count > 0 { "the ERP lacks" } else { "the document lacks" }
        )),
    }
}

/// A heading or a note among the lines.
fn is_text(record: &Value) -> bool {
    matches!(record.get("display_type").and_then(Value::as_str), Some("line_section" | "line_subsection" | "line_note"))
}

/// Why `load` gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another transaction was in its way; the same may be sent again.
    Busy(String),
    /// What it has against the content.
    Content(String),
}

/// What PostgreSQL says of another transaction: `load` tries nothing again, and answers with it.
const BUSY: [&str; 3] = ["could not serialize access", "deadlock detected", "could not obtain lock"];

/// The id that `load` gave its record.
///
/// # Errors
/// What it said where it refused, without the row that a database repeats.
pub(super) fn loaded(result: &Value) -> Result<i64, Refusal> {
    if let Some(id) = result.pointer("/ids/0").and_then(Value::as_i64) {
        return Ok(id);
    }
    let messages = result.get("messages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let said: Vec<String> =
        messages.iter().filter_map(|message| message.get("message")?.as_str()).map(without_row).collect();
    let said = if said.is_empty() { "it gives no reason".into() } else { said.join("; ") };
    Err(if BUSY.iter().any(|busy| said.contains(busy)) { Refusal::Busy(said) } else { Refusal::Content(said) })
}

/// An id.
pub(super) fn id(record: &Value) -> Result<i64, String> {
    record.get("id").and_then(Value::as_i64).ok_or_else(|| "a record without an id".to_owned())
}

/// The id of `[id, name]`, or of an id alone.
pub(super) fn of(record: &Value, field: &str) -> Option<i64> {
    let value = record.get(field)?;
    value.as_i64().or_else(|| value.get(0)?.as_i64())
}

/// The ids of a list.
pub(super) fn ids(list: &Value) -> Vec<i64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// A JSON number, digit by digit.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    let Value::Number(number) = value else { return None };
    let text = number.to_string();
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

fn amounts(record: &Value, minor: Minor) -> Result<Amounts, String> {
    let amount = |name: &str| match record.get(name).and_then(number) {
        Some(amount) => Ok(clean(amount, minor)),
        None => Err(format!("no {name} in the answer")),
    };
    Ok(Amounts { net: amount("amount_untaxed")?, tax: amount("amount_tax")?, total: amount("amount_total")? })
}

/// Sums of binary fractions are off by their last digits: 2.3000000000000003.
fn clean(amount: Decimal, minor: Minor) -> Decimal {
    let rounded = minor.round(amount);
    if (rounded - amount).abs() < Decimal::new(1, 9) { rounded } else { amount }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn json_of(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn minor() -> Minor {
        Minor::of("CNY").unwrap()
    }

    #[test]
    fn numbers_keep_each_digit_but_for_what_binary_adds() {
        assert_eq!(number(&json_of("12.5000")), Some(d("12.5000")));
        assert_eq!(number(&json_of("1e-05")), Some(d("0.00001")));
        assert_eq!(number(&json!("7")), None);
        assert_eq!(clean(d("2.3000000000000003"), minor()), d("2.30"));
        assert_eq!(clean(d("2.301"), minor()), d("2.301"));
    }

    #[test]
    fn an_order_is_read() {
        let record = json_of(
            r#"{"id":7,"name":"S00007","state":"draft","partner_id":[8,"x"],"currency_id":[7,"CNY"],"client_order_ref":"S1",
                "date_order":"2026-11-20 12:00:00","amount_untaxed":100.0,"amount_tax":13.000000000000002,"amount_total":113.0,
                "order_line":[1,2]}"#,
        );
        let order = Record::read(&record, minor()).unwrap();
        assert_eq!((order.id, order.partner, &order.lines[..]), (7, 8, &[1, 2][..]));
        assert_eq!(order.amounts, Amounts { net: d("100"), tax: d("13"), total: d("113") });
        assert_eq!((order.currency.as_str(), order.reference.as_str()), ("CNY", "S1"));
        assert!(Record::read(&json!({"id": 7}), minor()).unwrap_err().contains("state"));
    }

    #[test]
    fn lines_are_compared_in_any_order() {
        let entry = |sku: &str, quantity: &str, price: &str| Entry {
            line: 1,
            part: 1,
            sku: sku.into(),
            name: String::new(),
            unit: None,
            pieces: true,
            quantity: d(quantity),
            price: d(price),
            rate: d("13"),
        };
        let entries = [entry("A", "2", "5"), entry("B", "1", "7.25")];
        let codes = BTreeMap::from([(1, "A".to_owned()), (2, "B".to_owned())]);
        let records = [
            json_of(r#"{"product_id":[2,"[B] x"],"quantity":1.0,"price_unit":7.25,"display_type":"product"}"#),
            json_of(r#"{"product_id":false,"quantity":0.0,"price_unit":0.0,"display_type":"line_note"}"#),
            json_of(r#"{"product_id":[1,"[A] x"],"product_uom_qty":2.0,"price_unit":5.0,"display_type":false}"#),
        ];
        compare_lines(&records, &codes, &entries).unwrap();
        let said = compare_lines(&records[..1], &codes, &entries).unwrap_err();
        assert_eq!(said, "the ERP lacks a line of A, 2 at 5");
    }

    #[test]
    fn a_refused_load_says_why_and_not_for_whom() {
        assert_eq!(loaded(&json!({"ids": [7], "messages": []})), Ok(7));
        let refused = json!({"ids": false, "messages": [
            {"type": "error", "message": "violates \"x\"\nDETAIL:  Failing row contains (王)."}, {"message": "and this"},
        ]});
        assert_eq!(loaded(&refused), Err(Refusal::Content("violates \"x\"; and this".into())));
        assert_eq!(loaded(&Value::Null), Err(Refusal::Content("it gives no reason".into())));
        let busy = "could not serialize access due to concurrent update";
        assert_eq!(loaded(&json!({"messages": [{"message": busy}]})), Err(Refusal::Busy(busy.into())));
    }
}
