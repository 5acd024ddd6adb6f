//! A body's tree: JSON whose strings are expressions, and whose objects may stand for many or for none.

use minijinja::Value;
use minijinja::value::ValueKind;
use serde_json::{Map, Value as Json};

use super::context::{Context, exact, unknown_text};
use super::expression::{Braces, Expression, Leaf, Part};
use super::figures::{self, decimal, kind};

/// What is wrong, and where in the file (a JSON pointer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) pointer: String,
    pub(super) what: String,
}

/// One value of a body, and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) pointer: String,
    pub(super) is: Is,
}

#[derive(Debug)]
pub(super) enum Is {
    Literal(Json),
    Leaf(Leaf),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// An object that says nothing where all that it has is left out.
    Gathered(Vec<(String, Node)>),
    /// There where the condition holds.
    If(Expression, Box<Node>),
    /// An element for each item.
    For(Each, Box<Node>),
    /// A field list's field with what its sheet says of it.
    Typed(Typed, Box<Node>),
}

/// What is repeated: `line in lines`.
#[derive(Debug)]
pub(super) struct Each {
    /// `None`: the item's own fields by their names.
    pub(super) name: Option<String>,
    pub(super) of: Expression,
}

/// What a sheet says of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) as_type: Option<Type>,
    pub(super) required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Date,
}

/// Reads a body.
///
/// # Errors
/// The first thing that is wrong in it.
pub(super) fn compile(json: &Json, pointer: &str) -> Result<Node, Fault> {
    let is = match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => Is::Literal(json.clone()),
        Json::String(text) => Is::Leaf(Leaf::new(text, Braces::Double).map_err(|what| fault(pointer, what))?),
        Json::Array(items) => Is::Array(elements(items, pointer)?),
        Json::Object(fields) if fields.contains_key("$for") => {
            return Err(fault(pointer, "\"$for\" makes elements of an array: put its object into one"));
        }
        Json::Object(fields) => return conditional(fields, pointer),
    };
    Ok(Node { pointer: pointer.to_owned(), is })
}

fn elements(items: &[Json], pointer: &str) -> Result<Vec<Node>, Fault> {
    let each = items.iter().enumerate().map(|(i, item)| {
        let pointer = format!("{pointer}/{i}");
        let Some((fields, repeated)) = item.as_object().and_then(|fields| Some((fields, fields.get("$for")?))) else {
            return compile(item, &pointer);
        };
        let at = format!("{pointer}/$for");
        let text = repeated.as_str().ok_or_else(|| fault(&at, "must be a text like \"line in lines\""))?;
        let each = Each::named(text).map_err(|what| fault(&at, what))?;
        let is = Is::For(each, Box::new(conditional(fields, &pointer)?));
        Ok(Node { pointer, is })
    });
    each.collect()
}

fn conditional(fields: &Map<String, Json>, pointer: &str) -> Result<Node, Fault> {
    let inner = content(fields, pointer)?;
    let Some(condition) = fields.get("$if") else { return Ok(inner) };
    let at = format!("{pointer}/$if");
    let text = condition.as_str().ok_or_else(|| fault(&at, "must be an expression like \"line.unit\""))?;
    let condition = Expression::new(text).map_err(|what| fault(&at, what))?;
    Ok(Node { pointer: pointer.to_owned(), is: Is::If(condition, Box::new(inner)) })
}

fn content(fields: &Map<String, Json>, pointer: &str) -> Result<Node, Fault> {
    let own: Vec<&String> = fields.keys().filter(|key| key.starts_with('$')).collect();
    if let Some(other) = own.iter().find(|key| !["$for", "$if", "$value"].contains(&key.as_str())) {
        return Err(fault(pointer, format!("\"{other}\" is not known: there are \"$for\", \"$if\" and \"$value\"")));
    }
    match fields.get("$value") {
        Some(value) if fields.len() == own.len() => compile(value, &format!("{pointer}/$value")),
        Some(_) => Err(fault(pointer, "an object with \"$value\" stands for that value and has no fields of its own")),
        None => {
            let fields = fields.iter().filter(|(key, _)| !key.starts_with('$'));
            let fields = fields.map(|(key, json)| Ok((key.clone(), compile(json, &below(pointer, key))?)));
            Ok(Node { pointer: pointer.to_owned(), is: Is::Object(fields.collect::<Result<_, _>>()?) })
        }
    }
}

/// A JSON pointer to a key.
pub(super) fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

pub(super) fn fault(pointer: &str, what: impl Into<String>) -> Fault {
    Fault { pointer: pointer.to_owned(), what: what.into() }
}

impl Each {
    /// `line in lines`.
    pub(super) fn named(text: &str) -> Result<Each, String> {
        let parts = text.split_once(" in ").map(|(name, of)| (name.trim(), of));
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        match parts {
            Some((name, of)) if is_name(name) => Ok(Each { name: Some(name.to_owned()), of: Expression::new(of)? }),
            Some(_) | None => Err(format!("\"{text}\" must be like \"line in lines\"")),
        }
    }
}

impl Node {
    /// The value in a context; `None` where it is left out.
    pub(super) fn render(&self, context: &Context) -> Result<Option<Json>, Fault> {
        let here = |what: String| fault(&self.pointer, what);
        match &self.is {
            Is::Literal(json) => Ok(Some(json.clone())),
            Is::Leaf(leaf) => leaf.render(context).map_err(here),
            Is::Array(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    item.render_into(context, &mut all)?;
                }
                Ok(Some(Json::Array(all)))
            }
            Is::Object(fields) => object(fields, context).map(|fields| Some(Json::Object(fields))),
            Is::Gathered(fields) => {
                let fields = object(fields, context)?;
                Ok((!fields.is_empty()).then_some(Json::Object(fields)))
            }
            Is::If(condition, inner) => match condition.value(context).map_err(here)?.is_true() {
                true => inner.render(context),
                false => Ok(None),
            },
            Is::For(..) => {
                let mut all = Vec::new();
                self.render_into(context, &mut all)?;
                Ok(Some(Json::Array(all)))
            }
            Is::Typed(typed, inner) => typed.apply(inner.render(context)?).map_err(here),
        }
    }

    /// As elements of an array.
    fn render_into(&self, context: &Context, all: &mut Vec<Json>) -> Result<(), Fault> {
        let Is::For(each, inner) = &self.is else {
            all.extend(self.render(context)?);
            return Ok(());
        };
        let here = |what: String| fault(&self.pointer, what);
        let of = each.of.value(context).map_err(here)?;
        let items: Vec<Value> = match of.kind() {
            ValueKind::Seq | ValueKind::Iterable => of.try_iter().map_err(|e| here(e.to_string()))?.collect(),
            ValueKind::None => Vec::new(),
            _ => return Err(here(format!("a list is wanted to go through, and this is a {}", kind(&of)))),
        };
        let length = items.len();
        for (index, item) in items.into_iter().enumerate() {
            all.extend(inner.render(&context.item(each.name.as_deref(), item, index, length))?);
        }
        Ok(())
    }
}

fn object(fields: &[(String, Node)], context: &Context) -> Result<Map<String, Json>, Fault> {
    let mut object = Map::new();
    for (key, node) in fields {
        if let Some(json) = node.render(context)? {
            object.insert(key.clone(), json);
        }
    }
    Ok(object)
}

impl Leaf {
    fn render(&self, context: &Context) -> Result<Option<Json>, String> {
        match self {
            Leaf::Text(text) => Ok(Some(text.as_str().into())),
            Leaf::Value(expression) => json(&expression.value(context)?),
            Leaf::Mixed(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(literal) => text.push_str(literal),
                        Part::Value(expression) => text.push_str(&in_text(&expression.value(context)?)?),
                    }
                }
                Ok(Some(text.into()))
            }
        }
    }
}

/// Within a text nothing is no letters.
pub(super) fn in_text(value: &Value) -> Result<String, String> {
    match json(value)? {
        None => Ok(String::new()),
        Some(Json::String(text)) => Ok(text),
        Some(Json::Number(number)) => Ok(number.to_string()),
        Some(Json::Bool(is)) => Ok(is.to_string()),
        Some(_) => Err(format!("a {} cannot stand within a text", value.kind())),
    }
}

/// An expression's value as JSON; `None` for none.
pub(super) fn json(value: &Value) -> Result<Option<Json>, String> {
    if let Some(unknown) = unknown_text(value) {
        return Ok(Some(unknown.into()));
    }
    if let Some(number) = decimal(value).map_err(|_| "a float is not exact, and none is sent".to_owned())? {
        return Ok(Some(exact(number)));
    }
    Ok(Some(match value.kind() {
        ValueKind::None => return Ok(None),
        ValueKind::Bool => value.is_true().into(),
        ValueKind::String => value.to_string().into(),
        ValueKind::Seq | ValueKind::Iterable => {
            let items = value.try_iter().map_err(|e| e.to_string())?;
            let items = items.map(|item| Ok(json(&item)?.unwrap_or(Json::Null)));
            Json::Array(items.collect::<Result<_, String>>()?)
        }
        ValueKind::Map => {
            let mut fields = Map::new();
            for key in value.try_iter().map_err(|e| e.to_string())? {
                let inner = value.get_item(&key).map_err(|e| e.to_string())?;
                fields.insert(key.to_string(), json(&inner)?.unwrap_or(Json::Null));
            }
            Json::Object(fields)
        }
        other => return Err(format!("a {other} cannot be sent")),
    }))
}

impl Typed {
    fn apply(self, json: Option<Json>) -> Result<Option<Json>, String> {
        let is_empty = |json: &Json| matches!(json, Json::Null) || json.as_str().is_some_and(str::is_empty);
        let Some(json) = json.filter(|json| !is_empty(json)) else {
            return if self.required { Err("it is required, and is empty".into()) } else { Ok(None) };
        };
        let text = match &json {
            Json::String(text) => text.clone(),
            Json::Number(number) => number.to_string(),
            Json::Bool(is) => is.to_string(),
            Json::Null | Json::Array(_) | Json::Object(_) => {
                return match self.as_type {
                    None => Ok(Some(json)),
                    Some(_) => Err("a text or a number is wanted".into()),
                };
            }
        };
        match self.as_type {
            None => Ok(Some(json)),
            Some(Type::Text) => Ok(Some(text.into())),
            Some(Type::Number) => match figures::parse(text.trim()) {
                Some(number) => Ok(Some(exact(number))),
                None => Err("its type is number, and it is none".into()),
            },
            Some(Type::Date) => match text.parse::<jiff::civil::Date>() {
                Ok(_) => Ok(Some(text.into())),
                Err(_) => Err("its type is date, and it is none like \"2026-11-20\"".into()),
            },
        }
    }
}
