//! Search domains: leaves of path, operator and value, joined by `&`, `|` and `!` in front of what they join.

use rust_decimal::Decimal;
use serde_json::Value;

use super::base::Base;
use super::raised::Raised;
use super::records::Cell;
use super::schema::Type;

/// A condition.
#[derive(Debug, Clone)]
pub(super) enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Not(Box<Clause>),
    Leaf { path: Vec<String>, operator: Operator, value: Value },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    In,
    NotIn,
    Less,
    Greater,
    AtMost,
    AtLeast,
    Like,
    ILike,
}

impl Operator {
    fn of(text: &str) -> Option<Operator> {
        Some(match text {
            "=" => Operator::Equal,
            "!=" => Operator::Unequal,
            "in" => Operator::In,
            "not in" => Operator::NotIn,
            "<" => Operator::Less,
            ">" => Operator::Greater,
            "<=" => Operator::AtMost,
            ">=" => Operator::AtLeast,
            "like" => Operator::Like,
            "ilike" => Operator::ILike,
            _ => return None,
        })
    }
}

/// Reads a domain of a model, and checks that its fields are there.
pub(super) fn read(base: &Base, model: &str, domain: &Value) -> Result<Clause, Raised> {
    let items = match domain {
        Value::Array(items) => &items[..],
        Value::Null | Value::Bool(false) => &[],
        _ => return Err(Raised::value(format!("Invalid domain: {domain}"))),
    };
    let mut rest = items.iter();
    let mut clauses = Vec::new();
    while rest.len() > 0 {
        clauses.push(clause(base, model, &mut rest)?);
    }
    Ok(Clause::All(clauses))
}

fn clause(base: &Base, model: &str, rest: &mut std::slice::Iter<'_, Value>) -> Result<Clause, Raised> {
    let item = rest.next().ok_or_else(|| Raised::value("Domain is syntactically not correct"))?;
    let mut next = || clause(base, model, rest);
    match item {
        Value::String(joint) if joint == "&" => Ok(Clause::All(vec![next()?, next()?])),
        Value::String(joint) if joint == "|" => Ok(Clause::Any(vec![next()?, next()?])),
        Value::String(joint) if joint == "!" => Ok(Clause::Not(Box::new(next()?))),
        Value::Array(leaf) => self::leaf(base, model, leaf),
        _ => Err(Raised::value(format!("Invalid leaf {item}"))),
    }
}

fn leaf(base: &Base, model: &str, leaf: &[Value]) -> Result<Clause, Raised> {
    let invalid = || Raised::value(format!("Invalid leaf {}", Value::from(leaf.to_vec())));
    let [Value::String(path), Value::String(operator), value] = leaf else { return Err(invalid()) };
    let operator = Operator::of(operator).ok_or_else(invalid)?;
    if matches!(operator, Operator::In | Operator::NotIn) && !value.is_array() {
        return Err(invalid());
    }
    let path: Vec<String> = path.split('.').map(str::to_owned).collect();
    let mut at = Some(model);
    for name in &path {
        let field = at.and_then(|model| base.schema.model(model)).and_then(|model| model.field(name));
        let field = field.ok_or_else(|| {
            Raised::value(format!("Invalid field {model}.{} in leaf {}", path.join("."), Value::from(leaf.to_vec())))
        })?;
        at = match field.holds {
            Type::One(to) | Type::Children(to, _) | Type::Many(to) => Some(to),
            _ => None,
        };
    }
    Ok(Clause::Leaf { path, operator, value: value.clone() })
}

impl Clause {
    /// Whether it says anything of this field.
    pub(super) fn names(&self, field: &str) -> bool {
        match self {
            Clause::All(clauses) | Clause::Any(clauses) => clauses.iter().any(|clause| clause.names(field)),
            Clause::Not(clause) => clause.names(field),
            Clause::Leaf { path, .. } => path[0] == field,
        }
    }

    /// The texts and ids of which one must be a field's, where the condition is so plain.
    pub(super) fn keys(&self, wanted: &str) -> Option<Vec<String>> {
        match self {
            Clause::All(clauses) => clauses.iter().find_map(|clause| clause.keys(wanted)),
            Clause::Leaf { path, operator, value } if path.len() == 1 && path[0] == wanted => match operator {
                Operator::Equal => key(value).map(|key| vec![key]),
                Operator::In => value.as_array()?.iter().map(key).collect(),
                _ => None,
            },
            Clause::Any(_) | Clause::Not(_) | Clause::Leaf { .. } => None,
        }
    }

    /// Whether a record meets it.
    pub(super) fn holds(&self, base: &Base, model: &str, id: i64) -> bool {
        match self {
            Clause::All(clauses) => clauses.iter().all(|clause| clause.holds(base, model, id)),
            Clause::Any(clauses) => clauses.iter().any(|clause| clause.holds(base, model, id)),
            Clause::Not(clause) => !clause.holds(base, model, id),
            Clause::Leaf { path, operator, value } => {
                let cells = reached(base, model, id, path);
                match operator {
                    Operator::Unequal => !cells.iter().any(|cell| equals(cell, value)),
                    Operator::NotIn => !cells.iter().any(|cell| is_among(cell, value)),
                    operator => cells.iter().any(|cell| meets(cell, *operator, value)),
                }
            }
        }
    }
}

fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What stands at the end of a path; lists fall apart.
fn reached(base: &Base, model: &str, id: i64, path: &[String]) -> Vec<Cell> {
    let Some((first, rest)) = path.split_first() else { return vec![Cell::One(id)] };
    let (cell, to) = base.value(model, id, first);
    match (cell, to) {
        (Cell::Many(ids), Some(to)) if !ids.is_empty() => {
            ids.iter().flat_map(|id| reached(base, to, *id, rest)).collect()
        }
        (Cell::One(id), Some(to)) => reached(base, to, id, rest),
        (Cell::Many(_), _) => vec![Cell::Empty],
        (cell, _) => vec![if rest.is_empty() { cell } else { Cell::Empty }],
    }
}

fn meets(cell: &Cell, operator: Operator, value: &Value) -> bool {
    let ordering = || match cell {
        Cell::Text(text) => value.as_str().map(|other| text.as_str().cmp(other)),
        Cell::Int(_) | Cell::One(_) | Cell::Number(_) => Some(number(cell)?.cmp(&decimal(value)?)),
        Cell::Empty | Cell::Flag(_) | Cell::Many(_) => None,
    };
    let part = |fold: fn(&str) -> String| match (cell, value) {
        (Cell::Text(text), Value::String(part)) => fold(text).contains(&fold(part)),
        _ => false,
    };
    match operator {
        Operator::Equal => equals(cell, value),
        Operator::Unequal => !equals(cell, value),
        Operator::In => is_among(cell, value),
        Operator::NotIn => !is_among(cell, value),
        Operator::Less => ordering().is_some_and(|o| o.is_lt()),
        Operator::Greater => ordering().is_some_and(|o| o.is_gt()),
        Operator::AtMost => ordering().is_some_and(|o| o.is_le()),
        Operator::AtLeast => ordering().is_some_and(|o| o.is_ge()),
        Operator::Like => part(str::to_owned),
        Operator::ILike => part(str::to_lowercase),
    }
}

fn is_among(cell: &Cell, values: &Value) -> bool {
    values.as_array().into_iter().flatten().any(|value| equals(cell, value))
}

fn equals(cell: &Cell, value: &Value) -> bool {
    match (cell, value) {
        (Cell::Flag(is), Value::Bool(other)) => is == other,
        (Cell::Empty, Value::Bool(false) | Value::Null) => true,
        (Cell::Text(text), Value::String(other)) => text == other,
        (_, Value::Number(_)) => number(cell).is_some_and(|number| decimal(value) == Some(number)),
        _ => false,
    }
}

fn number(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Int(number) | Cell::One(number) => Some(Decimal::from(*number)),
        Cell::Empty | Cell::Flag(_) | Cell::Text(_) | Cell::Many(_) => None,
    }
}

/// A JSON number, digit by digit.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    let Value::Number(number) = value else { return None };
    let text = number.to_string();
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}
