//! What the ERP says of its records: values as its JSON has them, and a sale as it is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::document::{Amounts, Header};
use crate::erp::priced::Entry;

/// The fields of a sale that are read, with those of its invoices.
pub(super) const SALE_FIELDS: [&str; 11] = [
    "state",
    "party.code",
    "currency.code",
    "untaxed_amount",
    "tax_amount",
    "total_amount",
    "invoices.state",
    "invoices.number",
    "invoices.untaxed_amount",
    "invoices.tax_amount",
    "invoices.total_amount",
];
/// What is read of its lines beside, where they are compared.
pub(super) const LINE_FIELDS: [&str; 4] = ["lines.type", "lines.product.code", "lines.quantity", "lines.unit_price"];

/// A sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sale {
    pub id: i64,
    pub state: String,
    pub party: String,
    pub currency: String,
    pub amounts: Amounts,
    pub invoices: Vec<Invoice>,
}

/// An invoice of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invoice {
    pub id: i64,
    pub state: String,
    pub number: Option<String>,
    pub amounts: Amounts,
}

impl Sale {
    /// # Errors
    /// Which field is missing or is not what it should be.
    pub(super) fn read(record: &Value) -> Result<Sale, String> {
        Ok(Sale {
            id: id(record)?,
            state: text(record, "state")?,
            party: code(record, "party").unwrap_or_default(),
            currency: code(record, "currency").unwrap_or_default(),
            amounts: amounts(record)?,
            invoices: related(record, "invoices")?.iter().map(Invoice::read).collect::<Result<_, _>>()?,
        })
    }

    /// What differs from the document; `sign` is −1 where the document takes back.
    ///
    /// # Errors
    /// A sentence with both sides.
    pub(super) fn compare(&self, header: &Header, sign: Decimal) -> Result<(), String> {
        if self.party != header.customer {
            return Err(format!("it is of customer {:?}, and not of {:?}", self.party, header.customer));
        }
        if self.currency != header.currency {
            return Err(format!("it is in {}, and not in {}", self.currency, header.currency));
        }
        compare(self.amounts, header.amounts, sign)
    }
}

impl Invoice {
    /// # Errors
    /// Which field is missing or is not what it should be.
    pub(super) fn read(record: &Value) -> Result<Invoice, String> {
        Ok(Invoice {
            id: id(record)?,
            state: text(record, "state")?,
            number: record.get("number").and_then(Value::as_str).map(String::from),
            amounts: amounts(record)?,
        })
    }

    /// True where it is in the books.
    pub(super) fn is_posted(&self) -> bool {
        matches!(self.state.as_str(), "posted" | "paid")
    }
}

/// The ERP's amounts against ours.
///
/// # Errors
/// A sentence with both.
pub(super) fn compare(theirs: Amounts, ours: Amounts, sign: Decimal) -> Result<(), String> {
    let [net, tax, total] = [theirs.net, theirs.tax, theirs.total].map(|amount| amount * sign);
    match net == ours.net && tax == ours.tax && total == ours.total {
        true => Ok(()),
        false => Err(format!(
            "the ERP has net {net}, tax {tax}, total {total}, and the document net {}, tax {}, total {}",
            ours.net, ours.tax, ours.total
        )),
    }
}

/// The lines of a sale's record against ours, in any order.
///
/// # Errors
/// A sentence about the first product that differs.
pub(super) fn compare_lines(sale: &Value, entries: &[Entry], sign: Decimal) -> Result<(), String> {
    let mut left = BTreeMap::<(String, Decimal, Decimal), i64>::new();
    for entry in entries {
        *left.entry((entry.sku.clone(), entry.quantity * sign, entry.price)).or_default() += 1;
    }
    for record in related(sale, "lines")?.iter().filter(|line| line["type"] == "line") {
        let quantity = record.get("quantity").and_then(number).ok_or("a line has no quantity")?;
        let price = record.get("unit_price").and_then(number).ok_or("a line has no unit price")?;
        let product = code(record, "product").unwrap_or_default();
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

/// An id.
pub(super) fn id(record: &Value) -> Result<i64, String> {
    record.get("id").and_then(Value::as_i64).ok_or_else(|| "a record without an id".to_owned())
}

/// The ids of a list.
pub(super) fn ids(list: &Value) -> Vec<i64> {
    list.as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

/// `invoices.number` is read as `{"invoices.": [{"number": …}, …]}`.
pub(super) fn related<'a>(record: &'a Value, relation: &str) -> Result<&'a [Value], String> {
    let list = record.get(format!("{relation}.")).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| format!("no {relation} in the answer"))
}

/// `party.code` is read as `{"party.": {"code": …}}`.
pub(super) fn code(record: &Value, relation: &str) -> Option<String> {
    record.get(format!("{relation}."))?.get("code")?.as_str().map(String::from)
}

/// A number of the ERP's: `{"__class__": "Decimal", "decimal": "12.50"}`, or a JSON number.
pub(super) fn number(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::Object(fields) => fields.get("decimal")?.as_str()?.to_owned(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => return None,
    };
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}

/// A date as the ERP's JSON has it.
pub(super) fn date(date: Date) -> Value {
    json!({"__class__": "date", "year": date.year(), "month": date.month(), "day": date.day()})
}

/// The other way round.
pub(super) fn read_date(value: &Value) -> Option<Date> {
    let part = |name: &str| value.get(name).and_then(Value::as_i64);
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

fn text(record: &Value, name: &str) -> Result<String, String> {
    record.get(name).and_then(Value::as_str).map(String::from).ok_or_else(|| format!("no {name} in the answer"))
}

fn amounts(record: &Value) -> Result<Amounts, String> {
    let amount = |name: &str| record.get(name).and_then(number).ok_or_else(|| format!("no {name} in the answer"));
    Ok(Amounts { net: amount("untaxed_amount")?, tax: amount("tax_amount")?, total: amount("total_amount")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn decimal(text: &str) -> Value {
        json!({"__class__": "Decimal", "decimal": text})
    }

    #[test]
    fn numbers_keep_each_digit() {
        for (value, expected) in [
            (decimal("12.5000"), Some("12.5000")),
            (serde_json::from_str("-1.0").unwrap(), Some("-1.0")),
            (serde_json::from_str("1e-05").unwrap(), Some("0.00001")),
            (json!("7"), None),
            (Value::Null, None),
        ] {
            assert_eq!(number(&value), expected.map(d), "{value}");
        }
    }

    #[test]
    fn dates_go_there_and_back() {
        let day: Date = "2026-11-20".parse().unwrap();
        assert_eq!(read_date(&date(day)), Some(day));
        assert_eq!(read_date(&json!({"year": 2026, "month": 13, "day": 1})), None);
    }

    #[test]
    fn a_sale_is_read_and_compared() {
        let record = json!({
            "id": 7, "state": "draft", "party.": {"id": 2, "code": "U7"}, "currency.": {"id": 1, "code": "CNY"},
            "untaxed_amount": decimal("-100.00"), "tax_amount": decimal("-13.00"), "total_amount": decimal("-113.00"),
            "invoices.": [{
                "id": 3, "state": "posted", "number": "2026-1",
                "untaxed_amount": decimal("-100.00"), "tax_amount": decimal("-13.00"), "total_amount": decimal("-113.00"),
            }],
        });
        let sale = Sale::read(&record).unwrap();
        assert_eq!((sale.id, sale.party.as_str(), sale.invoices.len()), (7, "U7", 1));
        let ours = Amounts::from_total(d("113"), d("13"));
        compare(sale.amounts, ours, -Decimal::ONE).unwrap();
        let said = compare(sale.amounts, Amounts::from_total(d("113"), d("13.01")), -Decimal::ONE).unwrap_err();
        assert!(said.contains("tax 13.00") && said.contains("tax 13.01"), "{said}");
        assert!(Sale::read(&json!({"id": 7})).unwrap_err().contains("state"));
    }

    #[test]
    fn lines_are_compared_in_any_order() {
        let entry = |sku: &str, quantity: &str, price: &str| Entry {
            line: 1,
            part: 1,
            pieces: true,
            sku: sku.into(),
            name: String::new(),
            unit: None,
            quantity: d(quantity),
            price: d(price),
            rate: d("13"),
        };
        let record = |sku: &str, quantity: &str, price: &str| {
            let quantity = serde_json::from_str::<Value>(quantity).unwrap();
            json!({"type": "line", "product.": {"code": sku}, "quantity": quantity, "unit_price": decimal(price)})
        };
        let entries = [entry("A", "2", "5"), entry("B", "1", "7.25")];
        let title = json!({"type": "title", "product.": null, "quantity": null, "unit_price": null});
        let records = [record("B", "1.0", "7.2500"), title, record("A", "2.0", "5.0000")];
        let sale = json!({"lines.": records});
        compare_lines(&sale, &entries, Decimal::ONE).unwrap();
        assert!(compare_lines(&sale, &entries, -Decimal::ONE).is_err());
        let said = compare_lines(&json!({"lines.": records[..1]}), &entries, Decimal::ONE).unwrap_err();
        assert_eq!(said, "the ERP lacks a line of A, 2 at 5");
    }
}
