//! A request's JSON, read strictly: what is missing or of another type is refused with the vendor's codes.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::account::Refusal;

/// Digits of a unit price after the point.
const PRICE_DIGITS_MAX: u32 = 10;

/// An object of a request, and where in it we are.
#[derive(Clone)]
pub(super) struct Form<'a> {
    fields: &'a Map<String, Value>,
    place: String,
}

impl<'a> Form<'a> {
    pub(super) fn of(body: &'a Value) -> Result<Self, Refusal> {
        match body {
            Value::Object(fields) => Ok(Form { fields, place: String::new() }),
            _ => Err(Refusal { code: 1030002001, text: "the body is no object".into() }),
        }
    }

    /// An optional text; an empty one counts as missing.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|t| !t.trim().is_empty())),
            Some(_) => Err(self.wrong(name, "text")),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing(&self.name(name)))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.wrong(name, "true or false")),
        }
    }

    /// A JSON number, exactly; text that looks like one is of the wrong type.
    pub(super) fn number(&self, name: &str) -> Result<Option<Decimal>, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => {
                let value: Decimal = number.to_string().parse().map_err(|_| self.bad(name, "is out of range"))?;
                match value.scale() {
                    0..=PRICE_DIGITS_MAX => Ok(Some(value)),
                    _ => Err(self.bad(name, "has more than ten digits after the point")),
                }
            }
            Some(_) => Err(self.wrong(name, "a number")),
        }
    }

    pub(super) fn required_number(&self, name: &str) -> Result<Decimal, Refusal> {
        self.number(name)?.ok_or_else(|| Refusal::missing(&self.name(name)))
    }

    pub(super) fn rows(&self, name: &str) -> Result<Vec<Form<'a>>, Refusal> {
        let rows = match self.fields.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(rows)) => rows,
            Some(_) => return Err(self.wrong(name, "a list")),
        };
        let row = |(i, row): (usize, &'a Value)| match row {
            Value::Object(fields) => Ok(Form { fields, place: format!("{}[{i}].", self.name(name)) }),
            _ => Err(self.wrong(name, "a list of objects")),
        };
        rows.iter().enumerate().map(row).collect()
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<&'a str>, Refusal> {
        match self.fields.get(name) {
            Some(Value::Array(items)) => {
                items.iter().map(|i| i.as_str().ok_or_else(|| self.wrong(name, "a list of texts"))).collect()
            }
            _ => Err(Refusal::missing(&self.name(name))),
        }
    }

    /// A refusal of this field's value.
    pub(super) fn bad(&self, name: &str, why: &str) -> Refusal {
        Refusal { code: 1030002006, text: format!("{} {why}", self.name(name)) }
    }

    fn wrong(&self, name: &str, wanted: &str) -> Refusal {
        Refusal { code: 1030002001, text: format!("{} must be {wanted}", self.name(name)) }
    }

    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.place)
    }
}
