//! Domains: which records a search finds.

use std::cmp::Ordering;

use super::model::Model;
use super::store::{Refusal, Store};
use super::value::Data;

/// `[clause, …]`, `["OR", …]`, `["AND", …]`, each within each.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Domain {
    All(Vec<Domain>),
    Any(Vec<Domain>),
    Clause { name: String, operator: Operator, value: Data },
}

/// How a field's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    In,
    NotIn,
    Less,
    AtMost,
    More,
    AtLeast,
    Like,
    Ilike,
}

const OPERATORS: [(&str, Operator); 10] = [
    ("=", Operator::Is),
    ("!=", Operator::IsNot),
    ("in", Operator::In),
    ("not in", Operator::NotIn),
    ("<", Operator::Less),
    ("<=", Operator::AtMost),
    (">", Operator::More),
    (">=", Operator::AtLeast),
    ("like", Operator::Like),
    ("ilike", Operator::Ilike),
];

impl Domain {
    pub(super) fn read(data: &Data) -> Result<Domain, Refusal> {
        let parts = data.as_list().ok_or_else(|| fault("a domain is a list"))?;
        let (is_any, parts) = match parts {
            [Data::Text(word), rest @ ..] if word == "OR" || word == "AND" => (word == "OR", rest),
            [Data::Text(name), Data::Text(operator), value, ..] => return Domain::clause(name, operator, value),
            [Data::Text(_), ..] => return Err(fault("not enough values to unpack")),
            parts => (false, parts),
        };
        let parts = parts.iter().map(Domain::read).collect::<Result<_, _>>()?;
        Ok(if is_any { Domain::Any(parts) } else { Domain::All(parts) })
    }

    fn clause(name: &str, operator: &str, value: &Data) -> Result<Domain, Refusal> {
        let known = OPERATORS.iter().find(|(text, _)| *text == operator);
        let (_, operator) = known.ok_or_else(|| fault(&format!("the operator {operator} is not known")))?;
        if matches!(operator, Operator::In | Operator::NotIn) && value.as_list().is_none() {
            return Err(fault("a list is expected after in"));
        }
        Ok(Domain::Clause { name: name.to_owned(), operator: *operator, value: value.clone() })
    }

    /// The texts that a field is compared with.
    pub(super) fn texts(&self, field: &str) -> Vec<&str> {
        match self {
            Domain::All(parts) | Domain::Any(parts) => parts.iter().flat_map(|part| part.texts(field)).collect(),
            Domain::Clause { name, value: Data::Text(text), .. } if name == field => vec![text],
            Domain::Clause { name, value: Data::List(list), .. } if name == field => {
                list.iter().filter_map(Data::as_text).collect()
            }
            Domain::Clause { .. } => Vec::new(),
        }
    }

    pub(super) fn admits(&self, store: &Store, model: &Model, id: i64) -> Result<bool, Refusal> {
        match self {
            Domain::All(parts) => {
                for part in parts {
                    if !part.admits(store, model, id)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Domain::Any(parts) => {
                for part in parts {
                    if part.admits(store, model, id)? {
                        return Ok(true);
                    }
                }
                Ok(parts.is_empty())
            }
            Domain::Clause { name, operator, value } => compare(store, model, id, name, *operator, value),
        }
    }
}

fn compare(store: &Store, model: &Model, id: i64, name: &str, op: Operator, wanted: &Data) -> Result<bool, Refusal> {
    if let Some((relation, rest)) = name.split_once('.') {
        let target = store.target(model, relation)?;
        return match store.value(model, id, relation)? {
            Data::Int(id) => compare(store, target, id, rest, op, wanted),
            Data::List(ids) => {
                for id in ids.iter().filter_map(Data::as_int) {
                    if compare(store, target, id, rest, op, wanted)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Ok(holds(&Data::None, op, wanted)),
        };
    }
    match store.value(model, id, name)? {
        // A list of records is compared record by record.
        Data::List(list) if op != Operator::IsNot && op != Operator::NotIn => {
            Ok(list.iter().any(|one| holds(one, op, wanted)))
        }
        Data::List(list) => Ok(list.iter().all(|one| holds(one, op, wanted))),
        value => Ok(holds(&value, op, wanted)),
    }
}

fn holds(value: &Data, operator: Operator, wanted: &Data) -> bool {
    let is_same = |wanted: &Data| match (value, wanted) {
        (Data::None, Data::None) => true,
        (value, wanted) => value.order(wanted) == Some(Ordering::Equal),
    };
    let among = || wanted.as_list().unwrap_or_default().iter().any(is_same);
    let stands = |allowed: &[Ordering]| value.order(wanted).is_some_and(|order| allowed.contains(&order));
    match operator {
        Operator::Is => is_same(wanted),
        Operator::IsNot => !is_same(wanted),
        Operator::In => among(),
        Operator::NotIn => !among(),
        Operator::Less => stands(&[Ordering::Less]),
        Operator::AtMost => stands(&[Ordering::Less, Ordering::Equal]),
        Operator::More => stands(&[Ordering::Greater]),
        Operator::AtLeast => stands(&[Ordering::Greater, Ordering::Equal]),
        Operator::Like | Operator::Ilike => match (value.as_text(), wanted.as_text()) {
            (Some(text), Some(pattern)) if operator == Operator::Ilike => {
                is_like(&text.to_lowercase(), &pattern.to_lowercase())
            }
            (Some(text), Some(pattern)) => is_like(text, pattern),
            _ => false,
        },
    }
}

/// `%` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('%');
    let Some(mut left) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return left.is_empty() };
    for piece in middle {
        match left.find(piece) {
            Some(at) => left = &left[at + piece.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

/// In which order two values come: what is empty comes as the largest, as PostgreSQL has it.
pub(super) fn rank(a: &Data, b: &Data, is_descending: bool) -> Ordering {
    let rising = match (a, b) {
        (Data::None, Data::None) => Ordering::Equal,
        (Data::None, _) => Ordering::Greater,
        (_, Data::None) => Ordering::Less,
        (a, b) => a.order(b).unwrap_or(Ordering::Equal),
    };
    if is_descending { rising.reverse() } else { rising }
}

fn fault(text: &str) -> Refusal {
    Refusal::Fault(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::series::Series;
    use super::*;

    fn found(domain: Value) -> Result<Vec<i64>, Refusal> {
        let mut store = Store::new(Series::V8_0, true, Vec::new());
        let model = store.model("account.tax").unwrap();
        store.search(model, &Data::decode(&domain).unwrap(), &Data::None)
    }

    #[test]
    fn a_domain_is_what_it_says() {
        assert_eq!(found(json!([])).unwrap().len(), 6);
        assert_eq!(found(json!([["group.kind", "=", "purchase"]])).unwrap(), [6]);
        assert_eq!(found(json!([["group", "=", null], ["name", "like", "VAT 1%"]])).unwrap(), [1]);
        assert_eq!(found(json!(["OR", ["id", "in", [2]], [["id", ">", 4], ["id", "<=", 5]]])).unwrap(), [2, 5]);
        assert_eq!(found(json!([["nome", "=", 1]])), Err(Refusal::unknown("nome")));
        assert!(matches!(found(json!([["name", "~", 1]])), Err(Refusal::Fault(_))));
        assert!(matches!(found(json!("name")), Err(Refusal::Fault(_))));
    }

    #[test]
    fn a_pattern_is_matched_to_its_end() {
        for (text, pattern, expected) in [
            ("abc", "abc", true),
            ("abcd", "abc", false),
            ("xaby", "%ab%", true),
            ("ab", "%b", true),
            ("abc", "%b", false),
        ] {
            assert_eq!(is_like(text, pattern), expected, "{text} {pattern}");
        }
    }
}
