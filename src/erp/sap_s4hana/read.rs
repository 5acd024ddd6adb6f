//! What the system says of a document that it keeps, and whether that is ours.
//!
//! Amounts come as texts. `NetAmount` of an item is without tax; the tax is `TaxAmount` where a release has it, else what the tax
//! conditions in force of the item add up to: those of the class `D`, or of the settings' types where an answer names no class.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::items::{is_value, line_of};
use super::services::Kind;
use crate::document::{Amounts, Line};

/// The class of tax conditions.
const TAX_CLASS: &str = "D";

/// A document as it is in the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub id: String,
    pub sold_to: String,
    pub currency: String,
    /// The document's own sum without tax, where it states one.
    pub net: Option<Decimal>,
    pub items: Vec<Item>,
}

/// One of its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// As the system writes it.
    pub id: String,
    pub number: u32,
    pub sku: String,
    pub quantity: Decimal,
    pub net: Decimal,
    pub tax: Decimal,
    /// True where a person has refused it there: it is delivered and invoiced no more.
    pub rejected: bool,
}

/// The entities of an answer that can have several.
///
/// # Errors
/// Where it is none, or is only a part of them.
pub(super) fn results(data: &Value) -> Result<&[Value], String> {
    match data {
        Value::Array(entities) => Ok(entities),
        Value::Object(fields) if fields.contains_key("__next") => Err("it is given in pages".into()),
        Value::Object(fields) => match fields.get("results") {
            Some(Value::Array(entities)) => Ok(entities),
            Some(_) | None => Err("it has no results".into()),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err("it has no results".into()),
    }
}

/// What was expanded.
pub(super) fn expanded<'a>(entity: &'a Value, name: &str) -> Result<&'a [Value], String> {
    let data = entity.get(name).ok_or_else(|| format!("the field {name} is missing"))?;
    results(data).map_err(|e| format!("{name}: {e}"))
}

impl Record {
    /// Reads a document with its items and their pricing.
    ///
    /// # Errors
    /// Names the field that is missing or no number.
    pub(super) fn read(kind: Kind, entity: &Value, tax_conditions: &[String]) -> Result<Record, String> {
        let items = expanded(entity, "to_Item")?;
        Ok(Record {
            id: text(entity, kind.key)?.to_owned(),
            sold_to: text(entity, "SoldToParty")?.to_owned(),
            currency: text(entity, "TransactionCurrency")?.to_owned(),
            net: optional(entity, "TotalNetAmount")?,
            items: items.iter().map(|item| Item::read(kind, item, tax_conditions)).collect::<Result<_, _>>()?,
        })
    }

    /// The sums of the items, as the system computed them.
    pub(super) fn amounts(&self) -> Amounts {
        self.items.iter().map(|item| Amounts { net: item.net, tax: item.tax, total: item.net + item.tax }).sum()
    }

    /// Compares with what these lines say: customer, currency, sums, and each line's pieces and amounts.
    ///
    /// # Errors
    /// What differs, in numbers.
    pub(super) fn compare<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a Line> + Clone,
        sold_to: &str,
        currency: &str,
    ) -> Result<(), String> {
        if !same_number(&self.sold_to, sold_to) {
            return Err(format!("its customer is {}, ours is {sold_to}", self.sold_to));
        }
        if self.currency != currency {
            return Err(format!("it is in {}, ours is in {currency}", self.currency));
        }
        if let Some(item) = self.items.iter().find(|item| item.rejected) {
            return Err(format!("its item {} was rejected there", item.id));
        }
        let (theirs, ours): (_, Amounts) = (self.amounts(), lines.clone().into_iter().map(|l| l.amounts).sum());
        if let Some(net) = self.net.filter(|net| *net != theirs.net) {
            return Err(format!("its net is {net}, but its items add up to {}", theirs.net));
        }
        if theirs.total != ours.total {
            return Err(format!("its total is {}, ours is {}", theirs.total, ours.total));
        }
        if theirs.tax != ours.tax {
            return Err(format!("its tax is {}, ours is {}", theirs.tax, ours.tax));
        }
        let mut found = self.by_line();
        for line in lines {
            let ours = (line.quantity.normalize(), line.amounts.net, line.amounts.tax);
            match found.remove(&line.no) {
                Some(theirs) if theirs == ours => {}
                Some((quantity, net, tax)) => {
                    return Err(format!(
                        "line {} there is {quantity} for {net} and {tax} of tax, ours is {} for {} and {}",
                        line.no, ours.0, ours.1, ours.2
                    ));
                }
                None => return Err(format!("it has no item for line {}", line.no)),
            }
        }
        match found.keys().next() {
            Some(line) => Err(format!("it has an item for line {line}, which ours has not")),
            None => Ok(()),
        }
    }

    fn by_line(&self) -> BTreeMap<u32, (Decimal, Decimal, Decimal)> {
        let mut lines = BTreeMap::<u32, (Decimal, Decimal, Decimal)>::new();
        for item in &self.items {
            let line = lines.entry(line_of(item.number)).or_default();
            if !is_value(item.number) {
                line.0 = (line.0 + item.quantity).normalize();
            }
            line.1 += item.net;
            line.2 += item.tax;
        }
        lines
    }

    /// The item that sold a line: its pieces, else its amount.
    pub(super) fn item_of(&self, line: u32) -> Option<&Item> {
        self.items.iter().filter(|item| line_of(item.number) == line).min_by_key(|item| item.number)
    }
}

impl Item {
    fn read(kind: Kind, entity: &Value, tax_conditions: &[String]) -> Result<Item, String> {
        let id = text(entity, kind.item)?;
        let tax = match optional(entity, "TaxAmount")? {
            Some(tax) => tax,
            None => taxes(expanded(entity, "to_PricingElement")?, tax_conditions)?,
        };
        Ok(Item {
            number: id.parse().map_err(|_| format!("the item {id} has no number"))?,
            id: id.to_owned(),
            sku: text(entity, "Material")?.to_owned(),
            quantity: decimal(entity, "RequestedQuantity")?,
            net: decimal(entity, "NetAmount")?,
            tax,
            rejected: entity.get("SalesDocumentRjcnReason").and_then(Value::as_str).is_some_and(|r| !r.is_empty()),
        })
    }
}

fn taxes(elements: &[Value], tax_conditions: &[String]) -> Result<Decimal, String> {
    let mut sum = Decimal::ZERO;
    for element in elements {
        let is_tax = match element.get("ConditionClass").and_then(Value::as_str) {
            Some(class) => class == TAX_CLASS,
            None => {
                let kind = element.get("ConditionType").and_then(Value::as_str).unwrap_or_default();
                tax_conditions.iter().any(|condition| condition == kind)
            }
        };
        let set = |name: &str| match element.get(name) {
            Some(Value::Bool(is)) => *is,
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) | None => false,
        };
        if is_tax && !set("ConditionInactiveReason") && !set("ConditionIsForStatistics") {
            sum += decimal(element, "ConditionAmount")?;
        }
    }
    Ok(sum)
}

/// Numbers are the same with and without zeros before them.
fn same_number(a: &str, b: &str) -> bool {
    let bare = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
        true => text.trim_start_matches('0').to_owned(),
        false => text.to_owned(),
    };
    bare(a) == bare(b)
}

/// A field that must be there.
pub(super) fn text<'a>(entity: &'a Value, name: &str) -> Result<&'a str, String> {
    match entity.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) | None => Err(format!("the field {name} is missing")),
    }
}

fn decimal(entity: &Value, name: &str) -> Result<Decimal, String> {
    optional(entity, name)?.ok_or_else(|| format!("the field {name} is missing"))
}

fn optional(entity: &Value, name: &str) -> Result<Option<Decimal>, String> {
    match entity.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => {
            text.trim().parse().map(Some).map_err(|_| format!("the field {name} is no number"))
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("the field {name} is no number"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::{DocumentKind, samples};
    use crate::erp::sap_s4hana::services::ORDER;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn item(number: &str, quantity: &str, net: &str, tax: &str) -> Value {
        json!({"SalesOrderItem": number, "Material": "TEA", "RequestedQuantity": quantity, "NetAmount": net,
        "SalesDocumentRjcnReason": "", "to_PricingElement": {"results": [
            {"ConditionType": "PMP0", "ConditionClass": "B", "ConditionAmount": net, "ConditionInactiveReason": ""},
            {"ConditionType": "TTX1", "ConditionClass": "D", "ConditionAmount": tax, "ConditionInactiveReason": ""},
            {"ConditionType": "TTX1", "ConditionClass": "D", "ConditionAmount": "9.99", "ConditionInactiveReason": "X"},
            {"ConditionType": "PCIP", "ConditionClass": "B", "ConditionAmount": "3.00", "ConditionIsForStatistics": true},
        ]}})
    }

    fn order(items: Vec<Value>) -> Value {
        json!({"SalesOrder": "5", "SoldToParty": "17", "TransactionCurrency": "CNY", "TotalNetAmount": "400.00",
            "to_Item": {"results": items}})
    }

    fn sample() -> Value {
        order(vec![
            item("10", "2.000", "200.00", "26.00"),
            item("000020", "1", "100.00", "13.00"),
            item("30", "1", "99.00", "12.87"),
            item("35", "1", "1.00", "0.13"),
        ])
    }

    fn read(entity: &Value) -> Result<Record, String> {
        Record::read(ORDER, entity, &["MWST".to_owned()])
    }

    fn lines() -> Vec<Line> {
        samples(DocumentKind::SalesOrder, "CNY")[0].header().unwrap().lines.clone()
    }

    #[test]
    fn tax_is_what_conditions_in_force_add_up_to() {
        let record = read(&sample()).unwrap();
        assert_eq!(record.amounts(), Amounts { net: d("400"), tax: d("52"), total: d("452") });
        assert_eq!((record.items[1].number, record.items[1].id.as_str()), (20, "000020"));
        let named = json!([{"ConditionType": "MWST", "ConditionAmount": "1.5"}, {"ConditionType": "X", "ConditionAmount": "7"}]);
        assert_eq!(taxes(named.as_array().unwrap(), &["MWST".to_owned()]), Ok(d("1.5")));
        let mut own = sample();
        own["to_Item"]["results"][0]["TaxAmount"] = "1.00".into();
        assert_eq!(read(&own).unwrap().items[0].tax, d("1.00"));
    }

    #[test]
    fn a_document_is_compared_line_by_line() {
        let compare = |entity: &Value| read(entity).unwrap().compare(&lines(), "0000000017", "CNY");
        assert_eq!(compare(&sample()), Ok(()));
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut entity = sample();
            change(&mut entity);
            compare(&entity).unwrap_err()
        };
        assert_eq!(changed(&|e| e["SoldToParty"] = "18".into()), "its customer is 18, ours is 0000000017");
        assert_eq!(changed(&|e| e["TransactionCurrency"] = "EUR".into()), "it is in EUR, ours is in CNY");
        assert_eq!(
            changed(&|e| e["TotalNetAmount"] = "1.00".into()),
            "its net is 1.00, but its items add up to 400.00"
        );
        let first = |name: &'static str, value: &'static str| {
            changed(&move |e| e["to_Item"]["results"][0][name] = value.into())
        };
        assert_eq!(first("SalesDocumentRjcnReason", "61"), "its item 10 was rejected there");
        assert_eq!(
            first("RequestedQuantity", "3"),
            "line 1 there is 3 for 200.00 and 26.00 of tax, ours is 2 for 200.00 and 26.00"
        );
        assert_eq!(first("TaxAmount", "25.00"), "its total is 451.00, ours is 452.00");
        let lost = order(vec![item("10", "2", "300.00", "39.00"), item("20", "1", "100.00", "13.00")]);
        assert!(compare(&lost).unwrap_err().contains("line 1 there is 2 for 300.00"));
        let foreign = changed(&|e| e["to_Item"]["results"][3]["SalesOrderItem"] = "100".into());
        assert_eq!(foreign, "line 3 there is 1 for 99.00 and 12.87 of tax, ours is 1 for 100.00 and 13.00");
        let record = read(&sample()).unwrap();
        assert_eq!((record.item_of(3).unwrap().number, record.item_of(4)), (30, None));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let without = |pointer: &str, name: &str| {
            let mut entity = sample();
            entity.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
            read(&entity).unwrap_err()
        };
        assert_eq!(without("", "SoldToParty"), "the field SoldToParty is missing");
        assert_eq!(without("", "to_Item"), "the field to_Item is missing");
        assert_eq!(without("/to_Item", "results"), "to_Item: it has no results");
        assert_eq!(without("/to_Item/results/0", "NetAmount"), "the field NetAmount is missing");
        let mut paged = sample();
        paged["to_Item"]["__next"] = "https://s4.example/?$skiptoken=1".into();
        assert_eq!(read(&paged).unwrap_err(), "to_Item: it is given in pages");
        let mut float = sample();
        float["to_Item"]["results"][0]["NetAmount"] = json!(200);
        assert_eq!(read(&float).unwrap_err(), "the field NetAmount is no number");
    }
}
