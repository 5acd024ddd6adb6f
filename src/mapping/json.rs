//! JSON_EXTRACT and JSON_UNQUOTE, of scalars: texts, integers, TRUE and FALSE.

use serde_json::Value;

use super::datum::Datum;
use super::expr::Function;

const PATH: &str = "a JSON path is written as '$.name' or '$.list[0]'";

/// Calls a function of JSON documents; NULL where an argument is, and where the path finds nothing.
pub(super) fn call(function: Function, args: &[Datum]) -> Result<Datum, &'static str> {
    if args.iter().any(|a| matches!(a, Datum::Null)) {
        return Ok(Datum::Null);
    }
    let text = args[0].to_text().ok_or("a JSON document is wanted here")?;
    let value: Value = serde_json::from_str(&text).map_err(|_| "this is no JSON document")?;
    if function == Function::JsonUnquote {
        return unquoted(&value).map(Datum::text);
    }
    let path = args[1].to_text().ok_or(PATH)?;
    let mut at = &value;
    for step in steps(&path)? {
        let found = match (&step, at) {
            (Step::Member(name), Value::Object(members)) => members.get(name),
            (Step::Item(index), Value::Array(items)) => items.get(*index),
            // A value that is no array is an array of itself.
            (Step::Item(0), other) => Some(other),
            _ => None,
        };
        match found {
            Some(found) => at = found,
            None => return Ok(Datum::Null),
        }
    }
    Ok(Datum::text(at.to_string()))
}

/// A scalar without its quotes.
fn unquoted(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) => Ok(value.to_string()),
        Value::Null => Err("servers differ in a JSON null: write JSON that leaves the member out"),
        Value::Number(n) if n.is_i64() || n.is_u64() => Ok(n.to_string()),
        Value::Number(_) => Err("servers differ in JSON numbers with a fraction: keep them as texts"),
        Value::Array(_) | Value::Object(_) => Err("servers differ in JSON arrays and objects: name a member of them"),
    }
}

enum Step {
    Member(String),
    Item(usize),
}

/// The steps of `$.name[0]."other name"`.
fn steps(path: &str) -> Result<Vec<Step>, &'static str> {
    let mut rest = path.strip_prefix('$').ok_or(PATH)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix(".\"") {
            let (name, after) = quoted.split_once('"').filter(|(name, _)| !name.contains('\\')).ok_or(PATH)?;
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else if let Some(plain) = rest.strip_prefix('.') {
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            let (name, after) = plain.split_at(end);
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || !name.chars().all(word) {
                return Err(PATH);
            }
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else {
            let (index, after) = rest.strip_prefix('[').and_then(|r| r.split_once(']')).ok_or(PATH)?;
            steps.push(Step::Item(index.parse().map_err(|_| PATH)?));
            rest = after;
        }
    }
    Ok(steps)
}

/// Why this is no path that can be followed, if so.
pub(super) fn wrong_path(path: &str) -> Option<&'static str> {
    steps(path).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_items_are_found() {
        let document = Datum::text(r#"{"a": {"b c": ["x", 5, 1.5, null, true]}}"#);
        let get = |path: &str| {
            let found = call(Function::JsonExtract, &[document.clone(), Datum::text(path)])?;
            call(Function::JsonUnquote, &[found])
        };
        assert_eq!(get("$.a.\"b c\"[0]"), Ok(Datum::text("x")));
        assert_eq!(get("$.a.\"b c\"[1]"), Ok(Datum::text("5")));
        assert_eq!(get("$.a.\"b c\"[4]"), Ok(Datum::text("true")));
        assert_eq!(get("$.a.x"), Ok(Datum::Null));
        assert!(get("$.a.\"b c\"[2]").is_err());
        assert!(get("$.a").is_err());
        assert!(get("$.*").is_err());
    }
}
