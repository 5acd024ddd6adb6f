//! Entities as trees, how a request asks for them, and how they are written.

use serde_json::{Map, Value, json};

use super::odata::{Refusal, Wanted};

/// An entity with what is below it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    /// Its entity set.
    pub set: &'static str,
    pub keys: Vec<(&'static str, String)>,
    /// Its properties, keys included.
    pub fields: Map<String, Value>,
    /// Counts its changes, where it has a tag.
    pub version: Option<u64>,
    /// By the name that leads there.
    pub below: Vec<(&'static str, Vec<Node>)>,
    /// Below these names there is one at most.
    pub single: bool,
}

impl Node {
    pub(super) fn new(set: &'static str, keys: &[(&'static str, &str)], fields: Map<String, Value>) -> Node {
        let mut node = Node { set, fields, ..Node::default() };
        for (name, value) in keys {
            node.keys.push((name, (*value).to_owned()));
            node.fields.insert((*name).to_owned(), (*value).into());
        }
        node
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn children(&self, name: &str) -> &[Node] {
        self.below.iter().find(|(n, _)| *n == name).map_or(&[], |(_, nodes)| nodes)
    }

    pub(super) fn children_mut(&mut self, name: &'static str) -> &mut Vec<Node> {
        if !self.below.iter().any(|(n, _)| *n == name) {
            self.below.push((name, Vec::new()));
        }
        let at = self.below.iter().position(|(n, _)| *n == name).expect("it was just put there");
        &mut self.below[at].1
    }

    /// The tag that a change must name.
    pub(super) fn etag(&self) -> Option<String> {
        self.version.map(|version| format!("W/\"'{version:014}'\""))
    }

    /// The entity of this set and these keys, here or below.
    pub(super) fn find_mut(&mut self, set: &str, keys: &[(String, String)]) -> Option<&mut Node> {
        if self.is(set, keys) {
            return Some(self);
        }
        self.below.iter_mut().flat_map(|(_, nodes)| nodes).find_map(|node| node.find_mut(set, keys))
    }

    /// True where that is here or below.
    pub(super) fn holds(&self, set: &str, keys: &[(String, String)]) -> bool {
        self.is(set, keys) || self.below.iter().flat_map(|(_, nodes)| nodes).any(|node| node.holds(set, keys))
    }

    /// True for the entity of this set and these keys; a single key needs no name.
    pub(super) fn is(&self, set: &str, keys: &[(String, String)]) -> bool {
        let same = |(name, value): &(String, String)| {
            self.keys.iter().any(|(n, v)| (name.is_empty() || n == name) && v == value)
        };
        self.set == set && self.keys.len() == keys.len() && keys.iter().all(same)
    }

    fn uri(&self, service: &str) -> String {
        let keys: Vec<String> = match &self.keys[..] {
            [(_, value)] => vec![format!("'{value}'")],
            several => several.iter().map(|(name, value)| format!("{name}='{value}'")).collect(),
        };
        format!("{service}/{}({})", self.set, keys.join(","))
    }

    /// The entity as JSON; what is not expanded is a link.
    pub(super) fn json(&self, service: &str, wanted: &Wanted) -> Value {
        let uri = self.uri(service);
        let mut about = json!({"id": uri, "uri": uri, "type": format!("{}Type", self.set)});
        if let Some(etag) = self.etag() {
            about["etag"] = etag.into();
        }
        let mut fields = Map::from_iter([("__metadata".to_owned(), about)]);
        let selected = |name: &str| wanted.select.is_empty() || wanted.select.iter().any(|s| s == name);
        fields.extend(self.fields.iter().filter(|(name, _)| selected(name)).map(|(n, v)| (n.clone(), v.clone())));
        for (name, nodes) in &self.below {
            let found = match wanted.below(name) {
                Some(inner) if self.single => nodes.first().map_or(Value::Null, |node| node.json(service, &inner)),
                Some(inner) => json!({"results": nodes.iter().map(|n| n.json(service, &inner)).collect::<Vec<_>>()}),
                None if selected(name) => json!({"__deferred": {"uri": format!("{uri}/{name}")}}),
                None => continue,
            };
            fields.insert((*name).to_owned(), found);
        }
        Value::Object(fields)
    }
}

/// What a property holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
    /// A text of so many characters.
    Text(usize),
    /// A number, as a text.
    Decimal,
    /// `/Date(…)/`.
    Date,
}

/// What an entity that is created may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub set: &'static str,
    pub fields: &'static [(&'static str, Is)],
    pub below: &'static [(&'static str, &'static Shape)],
}

impl Shape {
    /// The properties that a body holds, checked one by one.
    pub(super) fn fields(&self, body: &Value) -> Result<Map<String, Value>, Refusal> {
        let body = body.as_object().ok_or_else(|| Refusal::bad("the body is no entity"))?;
        let mut fields = Map::new();
        for (name, value) in body {
            if self.below.iter().any(|(n, _)| n == name) {
                continue;
            }
            let Some((_, is)) = self.fields.iter().find(|(n, _)| n == name) else {
                return Err(Refusal::bad(&format!("Property '{name}' is invalid for {}", self.set)));
            };
            let fits = match (is, value) {
                (_, Value::Null) => true,
                (Is::Text(max), Value::String(text)) => text.chars().count() <= *max,
                (Is::Decimal, Value::String(text)) => text.parse::<rust_decimal::Decimal>().is_ok(),
                (Is::Date, Value::String(text)) => {
                    let digits = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/"));
                    digits.is_some_and(|digits| digits.parse::<i64>().is_ok())
                }
                (_, Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => false,
            };
            if !fits {
                return Err(Refusal::bad(&format!("Error when reading property '{name}' of {}", self.set)));
            }
            fields.insert(name.clone(), value.clone());
        }
        Ok(fields)
    }

    /// What a body holds below a name.
    pub(super) fn below<'a>(&self, body: &'a Value, name: &str) -> Result<Vec<&'a Value>, Refusal> {
        match body.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items.iter().collect()),
            Some(one @ Value::Object(fields)) => match fields.get("results") {
                Some(Value::Array(items)) => Ok(items.iter().collect()),
                Some(_) => Err(Refusal::bad(&format!("'{name}' is no collection"))),
                None => Ok(vec![one]),
            },
            Some(_) => Err(Refusal::bad(&format!("'{name}' is no entity"))),
        }
    }
}
