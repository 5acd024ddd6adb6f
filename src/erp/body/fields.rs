//! A field list: a body in the form of a sheet, as who sets up an ERP hands it over.

use serde_json::{Map, Value as Json};

use super::expression::{Braces, Expression, Leaf};
use super::template::{Each, Fault, Is, Node, Type, Typed, below, fault};

/// What a field of a list may say; what is not of these is a mistake. The last four are for people.
const KEYS: [&str; 10] =
    ["field", "value", "each", "fields", "type", "required", "label", "name", "description", "comment"];

/// Reads a list into the object that it describes.
///
/// # Errors
/// The first thing that is wrong in it.
pub(super) fn compile(list: &[Json], pointer: &str) -> Result<Node, Fault> {
    let mut root = Vec::new();
    for (i, field) in list.iter().enumerate() {
        let at = format!("{pointer}/{i}");
        let Json::Object(keys) = field else {
            return Err(fault(&at, "must be an object like {\"field\": \"FBillNo\", \"value\": \"{number}\"}"));
        };
        if let Some(other) = keys.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(fault(&at, format!("\"{other}\" is not known: a field has {}", KEYS.join(", "))));
        }
        let path = text(keys, "field", &at)?.ok_or_else(|| fault(&at, "has no \"field\""))?;
        if let Some(node) = value(keys, &at)? {
            let parts: Vec<&str> = path.split('.').collect();
            insert(&mut root, &parts, node, &at)?;
        }
    }
    Ok(Node { pointer: pointer.to_owned(), is: Is::Gathered(root) })
}

/// True where an array is one.
pub(super) fn is_list(json: &Json) -> bool {
    json.as_array().is_some_and(|items| items.first().is_some_and(|first| first.get("field").is_some()))
}

fn text<'a>(keys: &'a Map<String, Json>, key: &str, at: &str) -> Result<Option<&'a str>, Fault> {
    match keys.get(key) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(fault(&below(at, key), "must be a text")),
    }
}

fn value(keys: &Map<String, Json>, at: &str) -> Result<Option<Node>, Fault> {
    let typed = typed(keys, at)?;
    let inner = match (keys.get("value"), keys.get("fields")) {
        (Some(_), Some(_)) => return Err(fault(at, "has both \"value\" and \"fields\": it is one or the other")),
        (Some(json), None) => Some(leaf(json, &below(at, "value"))?),
        (None, Some(Json::Array(fields))) => Some(nested(keys, fields, at)?),
        (None, Some(_)) => return Err(fault(&below(at, "fields"), "must be an array of fields")),
        (None, None) if keys.contains_key("each") => return Err(fault(at, "has \"each\" and no \"fields\"")),
        // A sheet names fields that nobody fills.
        (None, None) if typed.required => return Err(fault(at, "is required, and has no \"value\"")),
        (None, None) => None,
    };
    Ok(inner.map(|inner| match typed.as_type.is_some() || typed.required {
        true => Node { pointer: at.to_owned(), is: Is::Typed(typed, Box::new(inner)) },
        false => inner,
    }))
}

fn leaf(json: &Json, pointer: &str) -> Result<Node, Fault> {
    let is = match json {
        Json::String(text) => Is::Leaf(Leaf::new(text, Braces::Single).map_err(|what| fault(pointer, what))?),
        Json::Null | Json::Bool(_) | Json::Number(_) => Is::Literal(json.clone()),
        Json::Array(_) | Json::Object(_) => {
            return Err(fault(pointer, "must be a text, a number, true or false; \"fields\" holds what is nested"));
        }
    };
    Ok(Node { pointer: pointer.to_owned(), is })
}

fn nested(keys: &Map<String, Json>, fields: &[Json], at: &str) -> Result<Node, Fault> {
    let inner = compile(fields, &below(at, "fields"))?;
    let Some(each) = text(keys, "each", at)? else { return Ok(inner) };
    let each = match each.contains(" in ") {
        true => Each::named(each),
        false => Expression::new(each).map(|of| Each { name: None, of }),
    };
    let each = each.map_err(|what| fault(&below(at, "each"), what))?;
    Ok(Node { pointer: at.to_owned(), is: Is::For(each, Box::new(inner)) })
}

fn typed(keys: &Map<String, Json>, at: &str) -> Result<Typed, Fault> {
    let as_type = match text(keys, "type", at)? {
        None => None,
        Some("text") => Some(Type::Text),
        Some("number") => Some(Type::Number),
        Some("date") => Some(Type::Date),
        Some(other) => {
            return Err(fault(&below(at, "type"), format!("\"{other}\" is not known: write text, number or date")));
        }
    };
    match keys.get("required") {
        None => Ok(Typed { as_type, required: false }),
        Some(Json::Bool(required)) => Ok(Typed { as_type, required: *required }),
        Some(_) => Err(fault(&below(at, "required"), "must be true or false")),
    }
}

/// Puts a field where its dotted name says.
fn insert(into: &mut Vec<(String, Node)>, path: &[&str], node: Node, at: &str) -> Result<(), Fault> {
    let Some((first, rest)) = path.split_first().filter(|(first, _)| !first.is_empty()) else {
        return Err(fault(&below(at, "field"), "must be a name, or names with dots between them"));
    };
    let place = into.iter().position(|(name, _)| name == first);
    match (place, rest.is_empty()) {
        (None, true) => into.push(((*first).to_owned(), node)),
        (None, false) => {
            let mut inner = Vec::new();
            insert(&mut inner, rest, node, at)?;
            into.push(((*first).to_owned(), Node { pointer: at.to_owned(), is: Is::Gathered(inner) }));
        }
        (Some(_), true) => return Err(fault(&below(at, "field"), format!("{first} is there twice"))),
        (Some(place), false) => match &mut into[place].1.is {
            Is::Gathered(inner) => insert(inner, rest, node, at)?,
            _ => return Err(fault(&below(at, "field"), format!("{first} has a value of its own already"))),
        },
    }
    Ok(())
}
