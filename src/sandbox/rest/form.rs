//! A request's JSON, read strictly. The real server takes what it does not know and turns texts into numbers where it can; here
//! a name that is none and a value of another type are refused, so that a mistake in a config shows.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    /// The name of the exception.
    pub exception: &'static str,
    pub text: String,
}

impl Refusal {
    pub(super) fn new(status: u16, exception: &'static str, text: impl Into<String>) -> Refusal {
        Refusal { status, exception, text: text.into() }
    }

    /// Anything that is wrong with the content.
    pub(super) fn invalid(text: impl Into<String>) -> Refusal {
        Refusal::new(417, "ValidationError", text)
    }

    pub(super) fn missing(what: &str) -> Refusal {
        Refusal::new(417, "MandatoryError", format!("{what} is mandatory"))
    }

    /// A reference to what is not there.
    pub(super) fn no_link(what: &str, value: &str) -> Refusal {
        Refusal::new(417, "LinkValidationError", format!("Could not find {what}: {value}"))
    }

    pub(super) fn not_found(doctype: &str, name: &str) -> Refusal {
        Refusal::new(404, "DoesNotExistError", format!("{doctype} {name} not found"))
    }

    /// The value of a unique field is there already.
    pub(super) fn taken(field: &str) -> Refusal {
        Refusal::new(417, "UniqueValidationError", format!("{field} must be unique"))
    }
}

/// An object of a request.
#[derive(Debug, Clone)]
pub(super) struct Form<'a> {
    fields: &'a Map<String, Value>,
    place: String,
}

impl<'a> Form<'a> {
    pub(super) fn of(body: &'a Value, known: &[&str]) -> Result<Self, Refusal> {
        match body {
            Value::Object(fields) => Form { fields, place: String::new() }.only(known),
            _ => Err(Refusal::invalid("the body is no object")),
        }
    }

    fn only(self, known: &[&str]) -> Result<Self, Refusal> {
        match self.fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(other) => Err(Refusal::invalid(format!("{}{other} is no field of it", self.place))),
            None => Ok(self),
        }
    }

    /// An optional text; an empty one counts as missing.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() > 140 && name != "ledgertap_note" => {
                Err(Refusal::new(417, "CharacterLengthExceededError", format!("{}{name} is too long", self.place)))
            }
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty())),
            Some(_) => Err(self.wrong(name, "a text")),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name)?.ok_or_else(|| Refusal::missing(&format!("{}{name}", self.place)))
    }

    /// A whole number.
    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => number.as_i64().map(Some).ok_or_else(|| self.wrong(name, "a whole number")),
            Some(_) => Err(self.wrong(name, "a whole number")),
        }
    }

    /// A box that is ticked or not: 1 or 0.
    pub(super) fn ticked(&self, name: &str) -> Result<bool, Refusal> {
        match self.integer(name)? {
            None | Some(0) => Ok(false),
            Some(1) => Ok(true),
            Some(_) => Err(self.wrong(name, "0 or 1")),
        }
    }

    /// A JSON number, exactly.
    pub(super) fn required_number(&self, name: &str) -> Result<Decimal, Refusal> {
        match self.fields.get(name) {
            None | Some(Value::Null) => Err(Refusal::missing(&format!("{}{name}", self.place))),
            Some(Value::Number(number)) => number.to_string().parse().map_err(|_| self.wrong(name, "a number")),
            Some(_) => Err(self.wrong(name, "a number")),
        }
    }

    pub(super) fn required_date(&self, name: &str) -> Result<&'a str, Refusal> {
        let text = self.required_text(name)?;
        match text.parse::<jiff::civil::Date>() {
            Ok(_) => Ok(text),
            Err(_) => Err(Refusal::new(417, "InvalidDates", format!("{}{name} is no date", self.place))),
        }
    }

    pub(super) fn rows(&self, name: &str, known: &[&str]) -> Result<Vec<Form<'a>>, Refusal> {
        let rows = match self.fields.get(name) {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(rows)) => rows,
            Some(_) => return Err(self.wrong(name, "a list")),
        };
        let row = |(i, row): (usize, &'a Value)| match row {
            Value::Object(fields) => Form { fields, place: format!("Row #{}: ", i + 1) }.only(known),
            _ => Err(self.wrong(name, "a list of objects")),
        };
        rows.iter().enumerate().map(row).collect()
    }

    /// What is wrong with a row.
    pub(super) fn invalid(&self, text: impl std::fmt::Display) -> Refusal {
        Refusal::invalid(format!("{}{text}", self.place))
    }

    pub(super) fn no_link(&self, what: &str, value: &str) -> Refusal {
        Refusal::no_link(&format!("{}{what}", self.place), value)
    }

    fn wrong(&self, name: &str, wanted: &str) -> Refusal {
        Refusal::invalid(format!("{}{name} must be {wanted}", self.place))
    }
}
