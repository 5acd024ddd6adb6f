//! Values as the protocol's JSON has them: numbers, dates and decimals are kept apart, and none becomes another.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value, json};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Data {
    None,
    Bool(bool),
    Int(i64),
    /// A JSON number with a point or an exponent.
    Float(Decimal),
    Decimal(Decimal),
    Text(String),
    Date(Date),
    /// One of the protocol's other classes, which no field here takes.
    Other(String),
    List(Vec<Data>),
    Dict(BTreeMap<String, Data>),
}

impl Data {
    /// What JSON says; none where a value of a class is not one (a 13th month).
    pub(super) fn decode(value: &Value) -> Option<Data> {
        Some(match value {
            Value::Null => Data::None,
            Value::Bool(flag) => Data::Bool(*flag),
            Value::Number(number) => decode_number(&number.to_string())?,
            Value::String(text) => Data::Text(text.clone()),
            Value::Array(values) => Data::List(values.iter().map(Data::decode).collect::<Option<_>>()?),
            Value::Object(fields) => decode_object(fields)?,
        })
    }

    pub(super) fn encode(&self) -> Value {
        match self {
            Data::None => Value::Null,
            Data::Bool(flag) => Value::Bool(*flag),
            Data::Int(number) => json!(number),
            Data::Float(number) => encode_float(*number),
            Data::Decimal(number) => json!({"__class__": "Decimal", "decimal": number.to_string()}),
            Data::Text(text) | Data::Other(text) => json!(text),
            Data::Date(day) => json!({"__class__": "date", "year": day.year(), "month": day.month(), "day": day.day()}),
            Data::List(values) => values.iter().map(Data::encode).collect(),
            Data::Dict(fields) => {
                Value::Object(fields.iter().map(|(name, value)| (name.clone(), value.encode())).collect())
            }
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Data::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_date(&self) -> Option<Date> {
        match self {
            Data::Date(day) => Some(*day),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Data]> {
        match self {
            Data::List(values) => Some(values),
            _ => None,
        }
    }

    /// The number of any of the three that are one.
    pub(super) fn number(&self) -> Option<Decimal> {
        match self {
            Data::Int(number) => Some(Decimal::from(*number)),
            Data::Float(number) | Data::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    /// Whole numbers, where all are.
    pub(super) fn ids(&self) -> Option<Vec<i64>> {
        self.as_list()?.iter().map(Data::as_int).collect()
    }

    /// What Python takes for true.
    pub(super) fn is_set(&self) -> bool {
        match self {
            Data::None | Data::Bool(false) => false,
            Data::Text(text) => !text.is_empty(),
            Data::List(values) => !values.is_empty(),
            _ => true,
        }
    }

    /// Where the two can be compared.
    pub(super) fn order(&self, other: &Data) -> Option<Ordering> {
        match (self, other) {
            (Data::Text(a), Data::Text(b)) => Some(a.cmp(b)),
            (Data::Date(a), Data::Date(b)) => Some(a.cmp(b)),
            (Data::Bool(a), Data::Bool(b)) => Some(a.cmp(b)),
            (a, b) => Some(a.number()?.cmp(&b.number()?)),
        }
    }

    /// How Python calls what it is.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Data::None => "NoneType",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Float(_) => "float",
            Data::Decimal(_) => "Decimal",
            Data::Text(_) => "str",
            Data::Date(_) => "date",
            Data::Other(_) => "another class",
            Data::List(_) => "list",
            Data::Dict(_) => "dict",
        }
    }
}

fn decode_number(text: &str) -> Option<Data> {
    if text.contains(['.', 'e', 'E']) {
        return text.parse().or_else(|_| Decimal::from_scientific(text)).ok().map(Data::Float);
    }
    text.parse().ok().map(Data::Int)
}

fn decode_object(fields: &Map<String, Value>) -> Option<Data> {
    let part = |name: &str| fields.get(name).and_then(Value::as_i64);
    Some(match fields.get("__class__").and_then(Value::as_str) {
        Some("date") => {
            let (year, month, day) = (part("year")?, part("month")?, part("day")?);
            Data::Date(Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?)
        }
        Some("Decimal") => {
            let text = fields.get("decimal")?.as_str()?;
            Data::Decimal(text.parse().or_else(|_| Decimal::from_scientific(text)).ok()?)
        }
        Some(class @ ("datetime" | "time" | "timedelta" | "bytes")) => Data::Other(class.to_owned()),
        Some(_) | None => {
            let decoded = fields.iter().map(|(name, value)| Some((name.clone(), Data::decode(value)?)));
            Data::Dict(decoded.collect::<Option<_>>()?)
        }
    })
}

/// `3.0` for three, as Python writes it.
fn encode_float(number: Decimal) -> Value {
    let mut text = number.normalize().to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_goes_there_and_back() {
        for text in [
            r#"{"__class__":"Decimal","decimal":"12.5000"}"#,
            r#"{"__class__":"date","day":5,"month":2,"year":2026}"#,
            "3.0",
            "-7",
            r#"[null,true,"茶"]"#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(Data::decode(&value).unwrap().encode(), value, "{text}");
        }
        let whole = Data::decode(&json!({"__class__": "Decimal", "decimal": "3"})).unwrap();
        assert_ne!(whole, Data::Int(3));
        assert_eq!(Data::decode(&json!({"__class__": "date", "year": 2026, "month": 13, "day": 1})), None);
        assert_eq!(Data::decode(&json!({"__class__": "Decimal", "decimal": "x"})), None);
    }
}
