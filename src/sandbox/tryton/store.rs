//! The records: kept by model and id, changed within a transaction that is undone where anything in it is refused.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::domain::{self, Domain};
use super::model::{self, Kind, Model};
use super::series::Series;
use super::value::Data;

/// The one company, its currency, and the one user's id's neighbours.
pub(super) const FIRST: i64 = 1;
/// The user that a bridge is.
pub(super) const USER: i64 = 2;
/// Beside a record's fields, and seen by nobody: when it came, in milliseconds since 1970, and as which.
pub(super) const STORED_AT: &str = "_stored_at";
pub(super) const ARRIVAL: &str = "_arrival";
/// An item whose number starts so is not in the catalogue until it is added.
const UNKNOWN_PREFIX: &str = "UNKNOWN";
const SEQUENCES: &str = "_sequence";

/// Why a request is not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// A `UserError`.
    User(String),
    /// The same, of something that is there already.
    Duplicate(String),
    /// A `UserWarning`, until it is skipped.
    Warning { key: String, text: String },
    /// A fault of a Python program.
    Fault(String),
    /// A method that is not to be called from outside.
    Forbidden,
    /// The last parameter is no context.
    NoContext,
    /// A log-in that asks for more.
    Login(&'static str, &'static str),
}

impl Refusal {
    pub(super) fn unknown(name: &str) -> Refusal {
        Refusal::Fault(format!("'{name}'"))
    }
}

pub(super) type Record = BTreeMap<&'static str, Data>;

/// One database.
#[derive(Clone)]
pub(super) struct Store {
    pub series: Series,
    pub has_web_shop: bool,
    /// Codes of products that are services.
    pub services: Vec<String>,
    /// What is in the catalogue although its number says that it is not.
    pub added: Vec<String>,
    /// Orders that people have entered, under whatever numbers, by the shop's own.
    pub by_hand: BTreeMap<String, Decimal>,
    tables: BTreeMap<&'static str, BTreeMap<i64, Record>>,
    /// Which records of a model name which in a field.
    links: BTreeMap<(&'static str, &'static str, i64), BTreeSet<i64>>,
    /// Not taken back with what is undone: numbers of records have gaps.
    last_ids: BTreeMap<&'static str, i64>,
    arrivals: i64,
    /// What was there before the change, newest last.
    undo: Vec<(&'static str, i64, Option<Record>)>,
}

impl Store {
    /// A database as its administrator leaves it.
    pub(super) fn new(series: Series, has_web_shop: bool, services: Vec<String>) -> Store {
        let mut store = Store {
            series,
            has_web_shop,
            services,
            added: Vec::new(),
            by_hand: BTreeMap::new(),
            tables: BTreeMap::new(),
            links: BTreeMap::new(),
            last_ids: BTreeMap::new(),
            arrivals: 0,
            undo: Vec::new(),
        };
        let text = |text: &str| Data::Text(text.to_owned());
        let first = Data::Int(FIRST);
        store.add("currency.currency", &[("name", text("Renminbi")), ("code", text("CNY"))]);
        store.add("currency.currency", &[("name", text("US Dollar")), ("code", text("USD"))]);
        store.add("party.party", &[("name", text("The Company")), ("code", text("1")), ("active", Data::Bool(true))]);
        store.add("company.company", &[("party", first.clone()), ("currency", first.clone())]);
        store.add("res.user", &[("name", text("Administrator")), ("login", text("admin"))]);
        store.add("res.user", &[("name", text("Bridge")), ("login", text("bridge")), ("company", first.clone())]);
        for (name, symbol, digits) in [("Unit", "u", 0), ("Kilogram", "kg", 2), ("Gram", "g", 2), ("Meter", "m", 2)] {
            store.add("product.uom", &[("name", text(name)), ("symbol", text(symbol)), ("digits", Data::Int(digits))]);
        }
        store.add("account.tax.group", &[("name", text("Bought")), ("kind", text("purchase"))]);
        for (percent, group) in [(13, None), (9, None), (6, None), (3, None), (0, None), (13, Some(FIRST))] {
            let rate = Decimal::new(percent, 2).normalize();
            let tax = [
                ("name", Data::Text(format!("VAT {percent} %"))),
                ("type", text("percentage")),
                ("rate", Data::Decimal(rate)),
                ("group", group.map_or(Data::None, Data::Int)),
                ("company", first.clone()),
                ("active", Data::Bool(true)),
            ];
            store.add("account.tax", &tax);
        }
        store.add("account.configuration", &[("tax_rounding", text("line"))]);
        store.add("account.invoice.payment_term", &[("name", text("Direct")), ("active", Data::Bool(true))]);
        store.add("web.shop", &[("name", text("Shop")), ("company", first.clone()), ("currency", first)]);
        store.undo.clear();
        store
    }

    /// The model of that name.
    pub(super) fn model(&self, name: &str) -> Result<&'static Model, Refusal> {
        model::find(name, self.has_web_shop).ok_or_else(|| Refusal::unknown(name))
    }

    /// Ends a transaction: what was done stays, or is as if it had never been.
    pub(super) fn end<T>(&mut self, outcome: &Result<T, Refusal>) {
        let undo = std::mem::take(&mut self.undo);
        if outcome.is_ok() {
            return;
        }
        for (model, id, before) in undo.into_iter().rev() {
            self.exchange(model, id, before);
        }
    }

    /// All records of a model, by id.
    pub(super) fn all(&self, model: &str) -> impl DoubleEndedIterator<Item = (i64, &Record)> {
        self.tables.get(model).into_iter().flatten().map(|(id, record)| (*id, record))
    }

    pub(super) fn record(&self, model: &str, id: i64) -> Option<&Record> {
        self.tables.get(model)?.get(&id)
    }

    /// What a record holds; nothing where there is no such record or field.
    pub(super) fn get(&self, model: &str, id: i64, name: &str) -> &Data {
        self.record(model, id).and_then(|record| record.get(name)).unwrap_or(&Data::None)
    }

    pub(super) fn text(&self, model: &str, id: i64, name: &str) -> String {
        self.get(model, id, name).as_text().unwrap_or_default().to_owned()
    }

    /// The records of a model that name this one in a field.
    pub(super) fn children(&self, model: &str, by: &str, id: i64) -> Vec<i64> {
        self.links.get(&(model, by, id)).into_iter().flatten().copied().collect()
    }

    /// Adds a record as it is.
    pub(super) fn add(&mut self, model: &'static str, values: &[(&'static str, Data)]) -> i64 {
        let id = self.last_ids.entry(model).or_default();
        *id += 1;
        let id = *id;
        self.put(model, id, values.iter().cloned().collect());
        id
    }

    /// Adds one that has a place in the books.
    pub(super) fn add_in_turn(&mut self, model: &'static str, values: &[(&'static str, Data)], now_ms: i64) -> i64 {
        self.arrivals += 1;
        let mut values = values.to_vec();
        values.extend([(STORED_AT, Data::Int(now_ms)), (ARRIVAL, Data::Int(self.arrivals))]);
        self.add(model, &values)
    }

    /// Sets a field as it is.
    pub(super) fn set(&mut self, model: &'static str, id: i64, name: &'static str, value: Data) {
        if let Some(mut record) = self.record(model, id).cloned() {
            record.insert(name, value);
            self.put(model, id, record);
        }
    }

    pub(super) fn remove(&mut self, model: &'static str, id: i64) {
        let before = self.exchange(model, id, None);
        self.undo.push((model, id, before));
    }

    fn put(&mut self, model: &'static str, id: i64, record: Record) {
        let before = self.exchange(model, id, Some(record));
        self.undo.push((model, id, before));
    }

    /// Puts a record, or none, in the place of what is there.
    fn exchange(&mut self, model: &'static str, id: i64, record: Option<Record>) -> Option<Record> {
        for (name, value) in record.iter().flatten() {
            if let Data::Int(to) = value {
                self.links.entry((model, name, *to)).or_default().insert(id);
            }
        }
        let left: Vec<(&'static str, i64)> = self
            .record(model, id)
            .into_iter()
            .flatten()
            .filter(|(name, value)| record.as_ref().is_none_or(|record| record.get(*name) != Some(value)))
            .filter_map(|(name, value)| Some((*name, value.as_int()?)))
            .collect();
        for (name, to) in left {
            if let Some(from) = self.links.get_mut(&(model, name, to)) {
                from.remove(&id);
            }
        }
        let table = self.tables.entry(model).or_default();
        match record {
            Some(record) => table.insert(id, record),
            None => table.remove(&id),
        }
    }

    /// The next number of a sequence without gaps.
    pub(super) fn next_number(&mut self, sequence: &str) -> i64 {
        let name = Data::Text(sequence.to_owned());
        let found = self.all(SEQUENCES).find(|(_, record)| record.get("name") == Some(&name)).map(|(id, _)| id);
        let id = found.unwrap_or_else(|| self.add(SEQUENCES, &[("name", name), ("next", Data::Int(1))]));
        let number = self.get(SEQUENCES, id, "next").as_int().unwrap_or(1);
        self.set(SEQUENCES, id, "next", Data::Int(number + 1));
        number
    }

    /// What a field of a record says, whether it is kept or follows from others.
    pub(super) fn value(&self, model: &Model, id: i64, name: &str) -> Result<Data, Refusal> {
        if name == "id" {
            return Ok(Data::Int(id));
        }
        let field = model.field(name).ok_or_else(|| Refusal::unknown(name))?;
        Ok(match field.kind {
            Kind::Computed | Kind::ComputedSet(_) => self.computed(model.name, id, name),
            Kind::Many(of, by) => Data::List(self.children(of, by, id).into_iter().map(Data::Int).collect()),
            Kind::Set(_) => match self.get(model.name, id, name) {
                Data::None => Data::List(Vec::new()),
                set => set.clone(),
            },
            _ => self.get(model.name, id, name).clone(),
        })
    }

    /// `read`: `a.b` comes as `{"a.": {"b": …}}`.
    pub(super) fn read(&self, model: &Model, id: i64, names: &[&str]) -> Result<Value, Refusal> {
        let mut fields = Map::new();
        let mut related = BTreeMap::<&str, Vec<&str>>::new();
        for name in names.iter().chain(&["id"]) {
            match name.split_once('.') {
                Some((relation, name)) => related.entry(relation).or_default().push(name),
                None => drop(fields.insert((*name).to_owned(), self.value(model, id, name)?.encode())),
            }
        }
        for (relation, names) in related {
            let target = self.target(model, relation)?;
            let value = match self.value(model, id, relation)? {
                Data::Int(id) => self.read(target, id, &names)?,
                Data::List(ids) => ids
                    .iter()
                    .filter_map(Data::as_int)
                    .map(|id| self.read(target, id, &names))
                    .collect::<Result<_, _>>()?,
                _ => Value::Null,
            };
            fields.insert(format!("{relation}."), value);
        }
        Ok(Value::Object(fields))
    }

    /// The model that a field leads to.
    pub(super) fn target(&self, model: &Model, name: &str) -> Result<&'static Model, Refusal> {
        match model.field(name).ok_or_else(|| Refusal::unknown(name))?.kind {
            Kind::One(of) | Kind::Set(of) | Kind::ComputedSet(of) | Kind::Many(of, _) => self.model(of),
            _ => Err(Refusal::Fault(format!("'{}' object has no attribute 'get_target'", model.name))),
        }
    }

    /// The ids that a domain lets through, in the order that is asked for.
    pub(super) fn search(&mut self, model: &Model, domain: &Data, order: &Data) -> Result<Vec<i64>, Refusal> {
        let domain = Domain::read(domain)?;
        if model.name == "product.product" {
            self.list_products(&domain.texts("code"));
        }
        let mut found = Vec::new();
        let ids: Vec<i64> = self.all(model.name).map(|(id, _)| id).collect();
        for id in ids {
            if domain.admits(self, model, id)? {
                found.push(id);
            }
        }
        if matches!(model.name, "sale.sale" | "account.invoice") {
            found.reverse();
        }
        for by in order.as_list().unwrap_or_default().iter().rev() {
            let by = by.as_list().unwrap_or_default();
            let name = by.first().and_then(Data::as_text).unwrap_or_default();
            let is_descending = by.get(1).and_then(Data::as_text).is_some_and(|way| way.starts_with("DESC"));
            let mut keyed = Vec::with_capacity(found.len());
            for id in found {
                keyed.push((self.value(model, id, name)?, id));
            }
            keyed.sort_by(|a, b| domain::rank(&a.0, &b.0, is_descending));
            found = keyed.into_iter().map(|(_, id)| id).collect();
        }
        Ok(found)
    }

    /// Everything that is asked for is in the catalogue, but what is called unknown.
    fn list_products(&mut self, codes: &[&str]) {
        for code in codes {
            let is_unknown = code.starts_with(UNKNOWN_PREFIX) && !self.added.iter().any(|added| added == code);
            let code = Data::Text((*code).to_owned());
            if is_unknown || self.all("product.product").any(|(_, record)| record.get("code") == Some(&code)) {
                continue;
            }
            let is_service = self.services.iter().any(|service| Some(service.as_str()) == code.as_text());
            let kind = Data::Text(if is_service { "service" } else { "goods" }.to_owned());
            let product = [
                ("name", code.clone()),
                ("code", code),
                ("type", kind),
                ("default_uom", Data::Int(FIRST)),
                ("salable", Data::Bool(true)),
                ("active", Data::Bool(true)),
            ];
            self.add("product.product", &product);
        }
    }

    /// How messages name a record.
    pub(super) fn rec_name(&self, model: &str, id: i64) -> String {
        let text = |name: &str| self.text(model, id, name);
        match model {
            "sale.sale" | "account.invoice" => {
                let (number, reference) = (text("number"), text("reference"));
                match (number.as_str(), reference.as_str(), model) {
                    ("", _, "account.invoice") | ("", "", _) => format!("({id})"),
                    ("", reference, _) => format!("[{reference}]"),
                    (number, "", _) => number.to_owned(),
                    (number, reference, _) => format!("{number} [{reference}]"),
                }
            }
            "sale.line" => {
                let one = |name: &str| self.get(model, id, name).as_int().unwrap_or_default();
                let digits = self.get("product.uom", one("unit"), "digits").as_int().unwrap_or_default();
                let quantity = self.get(model, id, "quantity").number().unwrap_or_default();
                let quantity = quantity.round_dp(digits.try_into().unwrap_or_default()).normalize();
                let product = self.text("product.product", one("product"), "code");
                let unit = self.text("product.uom", one("unit"), "symbol");
                format!("{quantity} {unit} [{product}] @ {}", self.rec_name("sale.sale", one("sale")))
            }
            "party.address" => {
                let party = self.get(model, id, "party").as_int().unwrap_or_default();
                format!("{}, {}", self.text("party.party", party, "name"), text("street"))
            }
            _ => match text("name") {
                name if name.is_empty() => id.to_string(),
                name => name,
            },
        }
    }
}
