//! What a body's expressions can name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::figures;
use crate::document::{Amounts, Customer, Document, Header, Line};

/// Names of the mapping's own outputs: what a document has none of is none, and no mistake.
const EXTRA: &str = "extra_";

/// A document's fields by the names that they have in `schema/documents/`, its `kind` and the `posting_date`, and what the
/// adapter adds.
///
/// All but customers have the same names: what a kind lacks (`reason` of a sales order) is none. An `extra_…` of the mapping
/// is reached as `extra.extra_batch`, and directly: `extra_batch` is the document's, `line.extra_batch` the line's.
#[derive(Debug, Clone)]
pub struct Context(Arc<Scope>);

#[derive(Debug, Default, Clone)]
struct Scope {
    own: BTreeMap<String, Value>,
    around: Option<Arc<Scope>>,
}

/// A JSON object within an expression.
#[derive(Debug)]
struct Fields(BTreeMap<String, Value>);

/// What only the ERP knows: every name below it is there, and each stands for itself.
#[derive(Debug)]
struct Unknown(String);

/// The key of an object that stands for what only the ERP knows.
const UNKNOWN: &str = "$unknown";

/// What the ERP will have answered ("the order"): `{{ it.name }}` becomes `<name of the order>`.
pub fn unknown(what: &str) -> Json {
    json!({ UNKNOWN: what })
}

/// What is shown of a value that only the ERP knows.
pub(super) fn unknown_text(value: &Value) -> Option<String> {
    value.downcast_object_ref::<Unknown>().map(|unknown| super::placeholder(&unknown.0))
}

impl Object for Unknown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Value::from_object(Unknown(format!("{key} of {}", self.0))))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::placeholder(&self.0))
    }
}

/// A number as JSON, digit by digit.
pub fn exact(number: Decimal) -> Json {
    serde_json::from_str(&number.to_string()).expect("a decimal's text is a JSON number")
}

impl Context {
    /// Of no document.
    pub fn empty() -> Context {
        Context(Arc::default())
    }

    /// A document that is posted on a day.
    pub fn of(document: &Document, posting_date: Date) -> Context {
        let mut fields = match document {
            Document::Customer(customer) => customer_fields(customer),
            Document::SalesOrder(_) | Document::CreditNote(_) | Document::DebitNote(_) => header_fields(document),
        };
        fields.insert("kind".into(), document.kind().as_str().into());
        fields.insert("posting_date".into(), posting_date.to_string().into());
        let own = fields.into_iter().map(|(name, json)| (name, value(&json))).collect();
        Context(Arc::new(Scope { own, around: None }))
    }

    /// With something that the adapter adds: ids, settings, entries. JSON's null is none, and its numbers are exact.
    #[must_use]
    pub fn with(mut self, name: &str, added: impl Into<Json>) -> Context {
        Arc::make_mut(&mut self.0).own.insert(name.to_owned(), value(&added.into()));
        self
    }

    /// With a loop's item: by its name, or its fields by theirs where it has none.
    pub(super) fn item(&self, name: Option<&str>, item: Value, index: usize, length: usize) -> Context {
        let mut own = BTreeMap::new();
        match (name, item.downcast_object_ref::<Fields>()) {
            (Some(name), _) => drop(own.insert(name.to_owned(), item)),
            (None, Some(fields)) => own.clone_from(&fields.0),
            (None, None) => {}
        }
        let about = json!({"index": index + 1, "first": index == 0, "last": index + 1 == length, "length": length});
        own.insert("loop".into(), value(&about));
        Context(Arc::new(Scope { own, around: Some(self.0.clone()) }))
    }

    pub(super) fn root(&self) -> Value {
        Value::from_dyn_object(self.0.clone())
    }

    /// Of a dotted name the first part that is not there, and what there is beside it; what has no fields lacks none.
    pub(super) fn lacks(&self, dotted: &str) -> Option<(String, String)> {
        let mut at = self.root();
        let mut walked = String::new();
        for part in dotted.split('.') {
            if !walked.is_empty() {
                walked.push('.');
            }
            walked.push_str(part);
            match at.get_attr(part) {
                Ok(found) if !found.is_undefined() => at = found,
                _ if at.kind() != ValueKind::Map => return None,
                Ok(_) | Err(_) => {
                    let names = at.try_iter().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned));
                    return Some((walked, names.collect::<Vec<_>>().join(", ")));
                }
            }
        }
        None
    }
}

impl Scope {
    fn get(&self, name: &str) -> Option<Value> {
        self.own.get(name).cloned().or_else(|| extra_of(&self.own, name)).or_else(|| self.around.as_ref()?.get(name))
    }

    fn names(&self, into: &mut Vec<String>) {
        into.extend(self.own.keys().cloned());
        if let Some(around) = &self.around {
            around.names(into);
        }
    }
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        self.get(name).or_else(|| name.starts_with(EXTRA).then(|| Value::from(())))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names = Vec::new();
        self.names(&mut names);
        names.sort();
        names.dedup();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }
}

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let found = self.0.get(name).cloned().or_else(|| extra_of(&self.0, name));
        found.or_else(|| name.starts_with(EXTRA).then(|| Value::from(())))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().map(|name| Value::from(name.as_str())).collect())
    }
}

fn extra_of(fields: &BTreeMap<String, Value>, name: &str) -> Option<Value> {
    let extra = fields.get("extra").filter(|_| name.starts_with(EXTRA))?;
    extra.downcast_object_ref::<Fields>()?.0.get(name).cloned()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(is) => Value::from(*is),
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => match figures::parse(&number.to_string()) {
            Some(number) => figures::value(number),
            None => Value::from(minijinja::Error::new(
                minijinja::ErrorKind::InvalidOperation,
                "a number has more digits than can be computed with: give it as text",
            )),
        },
        Json::Array(items) => items.iter().map(value).collect(),
        Json::Object(fields) if fields.len() == 1 && fields.contains_key(UNKNOWN) => {
            Value::from_object(Unknown(fields[UNKNOWN].as_str().unwrap_or_default().to_owned()))
        }
        Json::Object(fields) => {
            Value::from_object(Fields(fields.iter().map(|(name, json)| (name.clone(), value(json))).collect()))
        }
    }
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn customer_fields(customer: &Customer) -> Map<String, Json> {
    let Customer { number, name, email, phone, address, tax_id, extra } = customer;
    object(json!({
        "number": number, "name": name, "email": email, "phone": phone, "address": address, "tax_id": tax_id,
        "extra": extra,
    }))
}

fn header_fields(document: &Document) -> Map<String, Json> {
    let Some(header) = document.header() else { return Map::new() };
    let Header { number, order, customer, buyer, date, currency, prices_include_tax, lines, amounts, extra } = header;
    let mut fields = object(json!({
        "number": number, "order": order, "customer": customer, "buyer": buyer, "date": date.to_string(),
        "currency": currency, "prices_include_tax": prices_include_tax, "extra": extra,
        "lines": lines.iter().map(line_fields).collect::<Vec<_>>(), "amounts": amounts_fields(amounts),
        "ship_to": null, "tenders": [], "reason": null, "original": null, "by_quantity": null, "by_value": null,
    }));
    let mut set = |name: &str, json: Json| drop(fields.insert(name.to_owned(), json));
    match document {
        Document::Customer(_) => {}
        Document::SalesOrder(order) => {
            set("ship_to", json!(order.ship_to));
            let tenders = order.tenders.iter().map(|t| json!({"kind": t.kind, "amount": exact(t.amount)}));
            set("tenders", tenders.collect());
        }
        Document::CreditNote(note) => {
            set("reason", note.reason.as_str().into());
            set("original", json!(note.original));
            set("by_quantity", amounts_fields(&note.by_quantity));
            set("by_value", amounts_fields(&note.by_value));
        }
        Document::DebitNote(note) => set("original", json!(note.original)),
    }
    fields
}

/// A line's fields by the names that they have in `schema/documents/`.
pub fn line_fields(line: &Line) -> Json {
    let Line {
        no,
        key,
        kind,
        sku,
        options,
        name,
        quantity,
        unit,
        unit_price,
        discount,
        tax_rate,
        amounts,
        sold_by,
        extra,
    } = line;
    let sold_by = sold_by.as_ref().map(|sold| json!({"document": &*sold.document, "line": sold.line}));
    json!({
        "no": no, "key": &**key, "kind": kind, "sku": &**sku, "options": options.as_deref(), "name": &**name,
        "quantity": exact(*quantity), "unit": unit, "unit_price": unit_price.map(exact), "discount": exact(*discount),
        "tax_rate": exact(*tax_rate), "amounts": amounts_fields(amounts), "sold_by": sold_by, "extra": extra,
    })
}

fn amounts_fields(amounts: &Amounts) -> Json {
    let Amounts { net, tax, total } = *amounts;
    json!({"net": exact(net), "tax": exact(tax), "total": exact(total)})
}
