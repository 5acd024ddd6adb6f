//! What came out otherwise, field by field.

use serde_json::Value;

use crate::document::Document;

/// A document that does not come out the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Its kind by name.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// Whose it is: `order:17`.
    pub lane: String,
    /// How it comes out.
    pub compared: Compared,
}

/// How a document comes out.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// With other values in these fields.
    Differs(Vec<Field>),
    /// It was never planned.
    New(Box<Document>),
    /// It would not be planned; with the reason, where its order would be held.
    Gone(Option<String>),
}

/// A field with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its place in the document: `lines[0].amounts.tax`.
    pub path: String,
    /// As it was planned; `None` where it was not there.
    pub stored: Option<Value>,
    /// As it comes out; `None` where it is not there.
    pub now: Option<Value>,
}

/// The fields in which two documents differ.
pub(super) fn fields(stored: &Document, now: &Document) -> Vec<Field> {
    let json = |document: &Document| serde_json::to_value(document).expect("a document is always JSON");
    let mut fields = Vec::new();
    compare("", Some(&json(stored)), Some(&json(now)), &mut fields);
    fields
}

fn compare(path: &str, stored: Option<&Value>, now: Option<&Value>, fields: &mut Vec<Field>) {
    if stored == now {
        return;
    }
    match (stored, now) {
        (Some(Value::Object(stored)), Some(Value::Object(now))) => {
            let names: std::collections::BTreeSet<&String> = stored.keys().chain(now.keys()).collect();
            for name in names {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&inner, stored.get(name), now.get(name), fields);
            }
        }
        (Some(Value::Array(stored)), Some(Value::Array(now))) => {
            for i in 0..stored.len().max(now.len()) {
                compare(&format!("{path}[{i}]"), stored.get(i), now.get(i), fields);
            }
        }
        _ => fields.push(Field { path: path.to_owned(), stored: stored.cloned(), now: now.cloned() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_named() {
        let stored = json!({ "a": 1, "b": [{ "c": "x" }, { "c": "y" }], "d": { "e": null } });
        let now = json!({ "a": 1, "b": [{ "c": "x" }], "d": { "e": "z", "f": 2 } });
        let mut fields = Vec::new();
        compare("", Some(&stored), Some(&now), &mut fields);
        let seen: Vec<_> = fields.into_iter().map(|f| (f.path, f.stored, f.now)).collect();
        let expected = [
            ("b[1]".to_owned(), Some(json!({ "c": "y" })), None),
            ("d.e".into(), Some(json!(null)), Some(json!("z"))),
            ("d.f".into(), None, Some(json!(2))),
        ];
        assert_eq!(seen, expected);
    }
}
