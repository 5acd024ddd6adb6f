//! A request's JSON, read strictly: what is missing or of another type is refused with the vendor's codes.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// Digits of a unit price after the point: the currency's precision of prices.
const PRICE_DIGITS_MAX: u32 = 6;

/// A refusal in the application's envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// `MsgCode`.
    pub code: i64,
    pub field: Option<String>,
    pub text: String,
}

impl Refusal {
    /// A field's content.
    pub(super) fn of(field: &str, text: impl Into<String>) -> Refusal {
        Refusal { code: 11, field: Some(field.to_owned()), text: text.into() }
    }

    /// Something that the status does not allow.
    pub(super) fn status(text: impl Into<String>) -> Refusal {
        Refusal { code: 12, field: None, text: text.into() }
    }

    pub(super) fn parameter(text: impl Into<String>) -> Refusal {
        Refusal { code: 8, field: None, text: text.into() }
    }

    pub(super) fn not_found(text: impl Into<String>) -> Refusal {
        Refusal { code: 10, field: None, text: text.into() }
    }

    pub(super) fn duplicate(field: &str, number: &str) -> Refusal {
        Refusal::of(field, format!("违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。"))
    }

    pub(super) fn is_duplicate(&self) -> bool {
        self.text.starts_with("违反字段唯一性要求")
    }
}

/// An object of a request.
#[derive(Clone, Copy)]
pub(super) struct Form<'a>(&'a Map<String, Value>);

impl<'a> Form<'a> {
    pub(super) fn of(name: &str, value: &'a Value) -> Result<Self, Refusal> {
        value.as_object().map(Form).ok_or_else(|| Refusal::parameter(format!("{name} is no object")))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// An optional text; an empty one counts as missing.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.trim().is_empty())),
            Some(_) => Err(Refusal::of(name, "must be a text")),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A date, `2024-06-15`.
    pub(super) fn date(&self, name: &str) -> Result<(), Refusal> {
        let text = self.required_text(name)?;
        let is_date = text.parse::<jiff::civil::Date>().is_ok();
        if is_date { Ok(()) } else { Err(Refusal::of(name, format!("\"{text}\" is no date"))) }
    }

    /// `true`, or its text.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(Refusal::of(name, "must be true or false")),
        }
    }

    /// An id; none where it is new.
    pub(super) fn id(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let id = match self.0.get(name) {
            None | Some(Value::Null) => Some(0),
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        id.map(|id| (id != 0).then_some(id)).ok_or_else(|| Refusal::of(name, "is no id"))
    }

    /// A JSON number, exactly.
    pub(super) fn number(&self, name: &str) -> Result<Decimal, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Err(missing(name)),
            Some(Value::Number(number)) => number.to_string().parse().map_err(|_| Refusal::of(name, "is out of range")),
            Some(_) => Err(Refusal::of(name, "must be a number")),
        }
    }

    pub(super) fn price(&self, name: &str) -> Result<Decimal, Refusal> {
        let price = self.number(name)?;
        match price.normalize().scale() {
            0..=PRICE_DIGITS_MAX if !price.is_sign_negative() => Ok(price),
            _ => Err(Refusal::of(name, "is negative, or has more digits than the currency's prices")),
        }
    }

    /// The number of a record that this names.
    pub(super) fn reference(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let value = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(fields)) => {
                fields.iter().find(|(key, _)| key.eq_ignore_ascii_case("FNumber")).map(|(_, value)| value)
            }
            Some(_) => None,
        };
        match value {
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            _ => Err(Refusal::of(name, "must be an object with FNumber")),
        }
    }

    /// The same of a record that must be this one.
    pub(super) fn names(&self, name: &str, wanted: &str) -> Result<(), Refusal> {
        match self.reference(name)?.ok_or_else(|| missing(name))? {
            found if found == wanted => Ok(()),
            other => Err(Refusal::of(name, format!("基础资料[{other}]不存在"))),
        }
    }

    pub(super) fn object(&self, name: &str) -> Result<Form<'a>, Refusal> {
        let value = self.0.get(name).ok_or_else(|| missing(name))?;
        value.as_object().map(Form).ok_or_else(|| Refusal::of(name, "must be an object"))
    }

    pub(super) fn rows(&self, name: &str) -> Result<Vec<Form<'a>>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(rows)) => rows
                .iter()
                .map(|row| row.as_object().map(Form).ok_or_else(|| Refusal::of(name, "must be a list of objects")))
                .collect(),
            Some(_) => Err(Refusal::of(name, "must be a list")),
        }
    }
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal { code: 9, field: Some(name.to_owned()), text: format!("字段“{name}”是必填项") }
}
