//! Data-quality rules: conditions over a document's fields, in the mapping's own SQL, that a document has to meet before it
//! leaves.
//!
//! A rule is kept where its condition is TRUE. Where it is FALSE, or unknown because a value is missing, the rule holds the
//! order, parks the document, or warns.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::change::Value;
use crate::document::{Document, DocumentKind, Header, Line, LineKind};
use crate::mapping::{Condition, Field, FieldKind, MappingError};

/// A rule as the config has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// What errors call it: `rules[2].require`.
    pub label: String,
    /// The documents that it is for; all where it is `None`.
    pub on: Option<DocumentKind>,
    /// True where it is asked of each line, not of the document.
    pub each_line: bool,
    /// The condition.
    pub require: String,
    /// What becomes of a document that does not meet it.
    pub otherwise: Otherwise,
    /// What the operator reads then.
    pub message: String,
}

/// What becomes of a document that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Otherwise {
    /// It goes, and the order shows a warning.
    Warn,
    /// It is in the outbox, and waits for a person.
    Park,
    /// It is none: the order is held until the store changes.
    Hold,
}

/// A rule that is ready to judge.
#[derive(Debug, Clone)]
pub struct Rule {
    text: RuleText,
    condition: Condition,
    fields: Vec<Field>,
}

/// A rule that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What becomes of it.
    pub otherwise: Otherwise,
    /// The rule's own message, with the document's number and the line.
    pub message: String,
}

/// Fields of every document.
const OF_DOCUMENT: &[(&str, FieldKind)] = &[
    ("kind", FieldKind::Text),
    ("number", FieldKind::Text),
    ("order_number", FieldKind::Text),
    ("original", FieldKind::Text),
    ("reason", FieldKind::Text),
    ("customer", FieldKind::Text),
    ("buyer", FieldKind::Text),
    ("ship_to", FieldKind::Text),
    ("date", FieldKind::Date),
    ("currency", FieldKind::Text),
    ("line_count", FieldKind::Number),
    ("pieces", FieldKind::Number),
    ("goods", FieldKind::Number),
    ("shipping", FieldKind::Number),
    ("fees", FieldKind::Number),
    ("discount", FieldKind::Number),
    ("net", FieldKind::Number),
    ("tax", FieldKind::Number),
    ("total", FieldKind::Number),
];

/// Fields of a line, in rules for each line.
const OF_LINE: &[(&str, FieldKind)] = &[
    ("line_key", FieldKind::Text),
    ("line_kind", FieldKind::Text),
    ("sku", FieldKind::Text),
    ("options", FieldKind::Text),
    ("name", FieldKind::Text),
    ("quantity", FieldKind::Number),
    ("unit_price", FieldKind::Number),
    ("tax_rate", FieldKind::Number),
    ("line_discount", FieldKind::Number),
    ("line_net", FieldKind::Number),
    ("line_tax", FieldKind::Number),
    ("line_total", FieldKind::Number),
];

impl Rule {
    /// Reads a rule. `extras` are the mapping's outputs called `extra_…`: of orders, and of their lines.
    ///
    /// # Errors
    /// Every fault of the condition, with the rule's label, line and column.
    pub fn read(text: RuleText, extras: [&[String]; 2]) -> Result<Rule, MappingError> {
        let field = |(name, kind): &(&'static str, FieldKind)| Field { name: (*name).into(), kind: *kind };
        let extra = |name: &String| Field { name: name.clone().into(), kind: FieldKind::Text };
        let mut fields: Vec<Field> = OF_DOCUMENT.iter().map(field).collect();
        if text.each_line {
            fields.extend(OF_LINE.iter().map(field));
            fields.extend(extras[1].iter().map(extra));
        }
        let known = |name: &String| fields.iter().any(|f| f.name == name.as_str());
        let of_order: Vec<Field> = extras[0].iter().filter(|name| !known(name)).map(extra).collect();
        fields.extend(of_order);
        let condition = Condition::parse(&text.label, &text.require, &fields)?;
        Ok(Rule { text, condition, fields })
    }

    fn is_for(&self, document: &Document) -> bool {
        document.header().is_some() && self.text.on.is_none_or(|kind| kind == document.kind())
    }

    /// What the document breaks of this rule.
    fn judge(&self, document: &Document) -> Option<Violation> {
        let header = document.header().filter(|_| self.is_for(document))?;
        if !self.text.each_line {
            return self.judge_one(document, header, None);
        }
        header.lines.iter().find_map(|line| self.judge_one(document, header, Some(line)))
    }

    fn judge_one(&self, document: &Document, header: &Header, line: Option<&Line>) -> Option<Violation> {
        let used: Vec<&str> = self.condition.fields().collect();
        let value = |field: &Field| match used.contains(&field.name.as_ref()) {
            true => value(document, header, line, &field.name),
            false => Value::Absent,
        };
        let values: Vec<Value> = self.fields.iter().map(value).collect();
        let at = line.map_or(String::new(), |line| format!(", line {} ({})", line.key, line.sku));
        let RuleText { otherwise, message, .. } = &self.text;
        match self.condition.holds(&values) {
            Ok(Some(true)) => None,
            Ok(_) => Some(Violation { otherwise: *otherwise, message: format!("{message} ({}{at})", header.number) }),
            // What cannot be judged must not leave unseen.
            Err(error) => {
                let message = format!("the rule \"{message}\" cannot be judged ({}{at}): {error}", header.number);
                Some(Violation { otherwise: (*otherwise).max(Otherwise::Park), message })
            }
        }
    }
}

/// What the document breaks, the gravest first.
pub fn violations(rules: &[Rule], document: &Document) -> Vec<Violation> {
    let mut violations: Vec<Violation> = rules.iter().filter_map(|rule| rule.judge(document)).collect();
    violations.sort_by_key(|v| std::cmp::Reverse(v.otherwise));
    violations
}

fn value(document: &Document, header: &Header, line: Option<&Line>, name: &str) -> Value {
    let of_kind =
        |kind: LineKind| -> Decimal { header.lines.iter().filter(|l| l.kind == kind).map(|l| l.amounts.total).sum() };
    match name {
        "kind" => Value::text(document.kind().as_str()),
        "number" => Value::text(header.number.as_str()),
        "order_number" => Value::text(header.order.as_str()),
        "original" => text(original(document)),
        "reason" => text(reason(document)),
        "customer" => Value::text(header.customer.as_str()),
        "buyer" => text(header.buyer.as_deref()),
        "ship_to" => text(ship_to(document)),
        "date" => Value::Time(header.date.to_string().into()),
        "currency" => Value::text(header.currency.as_str()),
        "line_count" => Value::UInt(header.lines.len() as u64),
        "pieces" => {
            let goods = header.lines.iter().filter(|l| l.kind == LineKind::Goods);
            Value::Decimal(goods.map(|l| l.quantity).sum())
        }
        "goods" => Value::Decimal(of_kind(LineKind::Goods)),
        "shipping" => Value::Decimal(of_kind(LineKind::Shipping)),
        "fees" => Value::Decimal(of_kind(LineKind::Fee)),
        "discount" => Value::Decimal(header.lines.iter().map(|l| l.discount).sum()),
        "net" => Value::Decimal(header.amounts.net),
        "tax" => Value::Decimal(header.amounts.tax),
        "total" => Value::Decimal(header.amounts.total),
        _ => line.and_then(|line| value_of_line(line, name)).unwrap_or_else(|| extra(&header.extra, name)),
    }
}

fn value_of_line(line: &Line, name: &str) -> Option<Value> {
    Some(match name {
        "line_key" => Value::text(line.key.clone()),
        "line_kind" => Value::text(match line.kind {
            LineKind::Goods => "goods",
            LineKind::Shipping => "shipping",
            LineKind::Fee => "fee",
        }),
        "sku" => Value::text(line.sku.clone()),
        "options" => text(line.options.as_deref()),
        "name" => Value::text(line.name.clone()),
        "quantity" => Value::Decimal(line.quantity),
        "unit_price" => line.unit_price.map_or(Value::Null, |price| Value::Decimal(price.round_dp(8))),
        "tax_rate" => Value::Decimal(line.tax_rate),
        "line_discount" => Value::Decimal(line.discount),
        "line_net" => Value::Decimal(line.amounts.net),
        "line_tax" => Value::Decimal(line.amounts.tax),
        "line_total" => Value::Decimal(line.amounts.total),
        _ => Value::text(line.extra.get(name)?.as_str()),
    })
}

fn text(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::text)
}

fn extra(extra: &BTreeMap<String, String>, name: &str) -> Value {
    text(extra.get(name).map(String::as_str))
}

fn original(document: &Document) -> Option<&str> {
    match document {
        Document::CreditNote(note) => Some(&note.original),
        Document::DebitNote(note) => Some(&note.original),
        Document::SalesOrder(_) | Document::Customer(_) => None,
    }
}

fn reason(document: &Document) -> Option<&str> {
    match document {
        Document::CreditNote(note) => Some(note.reason.as_str()),
        Document::DebitNote(_) | Document::SalesOrder(_) | Document::Customer(_) => None,
    }
}

fn ship_to(document: &Document) -> Option<&str> {
    match document {
        Document::SalesOrder(order) => order.ship_to.as_deref(),
        Document::CreditNote(_) | Document::DebitNote(_) | Document::Customer(_) => None,
    }
}
