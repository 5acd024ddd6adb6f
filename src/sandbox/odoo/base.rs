//! The database: what every model can do (`odoo/models.py`), before its own rules have their say.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::domain::{self, decimal};
use super::raised::Raised;
use super::records::{Cell, Record, Records};
use super::schema::{Field, Model, Schema, Type};
use super::shown;

/// A product whose reference starts so is not in the catalogue until it is added.
const UNKNOWN_PREFIX: &str = "UNKNOWN";

/// The values of a record as a client writes them.
pub(super) type Values = Map<String, Value>;

/// One database.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub schema: std::sync::Arc<Schema>,
    pub records: Records,
    pub now: Timestamp,
    /// Orders that people have entered under the ERP's own numbers: their totals by the shop's.
    pub by_hand: BTreeMap<String, Decimal>,
    pub services: Vec<String>,
    pub added: BTreeSet<String>,
    pub rejected: u64,
    /// Of moves, by what their numbers begin with.
    pub last_names: BTreeMap<String, u64>,
    /// Lines are being written for what they are of, which is added up afterwards.
    pub in_lines: bool,
}

impl Base {
    pub(super) fn model(&self, name: &str) -> Result<&Model, Raised> {
        self.schema.model(name).ok_or_else(|| Raised::user(format!("Object {name} doesn't exist")))
    }

    fn field(&self, model: &str, name: &str) -> Result<Field, Raised> {
        let found = self.model(model)?.field(name).copied();
        found.ok_or_else(|| {
            let of = if self.schema.series >= 19 { "" } else { "model " };
            Raised::value(format!("Invalid field '{name}' on {of}'{model}'"))
        })
    }

    /// A field's value, and the model that it leads to.
    pub(super) fn value(&self, model: &str, id: i64, name: &str) -> (Cell, Option<&'static str>) {
        let Some(field) = self.schema.model(model).and_then(|model| model.field(name)) else {
            return (Cell::Empty, None);
        };
        let stored = || self.records.get(model, id).map_or(Cell::Empty, |record| record.get(name).clone());
        match field.holds {
            _ if name == "id" => (Cell::Int(id), None),
            _ if name == "display_name" => (Cell::Text(self.name_of(model, id)), None),
            Type::Children(to, _) => (Cell::Many(self.children(model, id, name)), Some(to)),
            Type::Many(to) if name == "invoice_ids" => (Cell::Many(self.invoices_of(id)), Some(to)),
            Type::One(to) | Type::Many(to) => (stored(), Some(to)),
            Type::Flag => (if stored() == Cell::Empty { Cell::Flag(false) } else { stored() }, None),
            Type::Float(_) | Type::Exact | Type::Money => {
                (if stored() == Cell::Empty { Cell::Number(Decimal::ZERO) } else { stored() }, None)
            }
            _ => (stored(), None),
        }
    }

    /// The lines of a record, the oldest first.
    pub(super) fn children(&self, model: &str, id: i64, field: &str) -> Vec<i64> {
        match self.schema.model(model).and_then(|model| model.field(field)).map(|field| field.holds) {
            Some(Type::Children(of, inverse)) => {
                self.records.found(of, inverse, &id.to_string()).expect("parents are indexed")
            }
            _ => Vec::new(),
        }
    }

    /// The moves whose lines are of an order's.
    fn invoices_of(&self, order: i64) -> Vec<i64> {
        let lines = self.children("sale.order", order, "order_line");
        let moves: BTreeSet<i64> =
            lines.into_iter().flat_map(|line| self.billed(line)).filter_map(|line| line.one("move_id")).collect();
        moves.into_iter().collect()
    }

    /// The moves' lines of an order's line.
    pub(super) fn billed(&self, line: i64) -> impl Iterator<Item = &Record> {
        let found = self.records.found("account.move.line", "sale_line_ids", &line.to_string());
        found.expect("they are indexed").into_iter().filter_map(|id| self.records.get("account.move.line", id))
    }

    /// What a record is called.
    pub(super) fn name_of(&self, model: &str, id: i64) -> String {
        let Some(record) = self.records.get(model, id) else { return String::new() };
        match (model, record.text("default_code")) {
            ("product.product", code) if !code.is_empty() => format!("[{code}] {}", record.text("name")),
            _ => record.text("name").to_owned(),
        }
    }

    /// The ids of the records that meet a domain, in the order of their ids.
    pub(super) fn search(&mut self, model: &str, given: &BTreeMap<&str, Value>) -> Result<Vec<i64>, Raised> {
        self.model(model)?;
        let domain = given.get("domain").cloned().unwrap_or_else(|| json!([]));
        let clause = domain::read(self, model, &domain)?;
        if model == "product.product" {
            for code in clause.keys("default_code").unwrap_or_default() {
                self.stock(&code);
            }
        }
        let has_active = self.model(model)?.field("active").is_some() && !clause.names("active");
        let names = self.model(model)?.fields.iter().map(|field| field.name);
        let plain = names.filter_map(|name| Some((name, clause.keys(name)?))).find_map(|(name, keys)| {
            let found: Option<BTreeSet<i64>> = keys
                .iter()
                .map(|key| self.records.found(model, name, key))
                .collect::<Option<Vec<_>>>()
                .map(|ids| ids.into_iter().flatten().collect());
            found
        });
        let candidates: Vec<i64> = match plain {
            Some(ids) => ids.into_iter().collect(),
            None => self.records.all(model).map(|(id, _)| id).collect(),
        };
        let is_active = |id: i64| !has_active || self.value(model, id, "active").0 == Cell::Flag(true);
        let mut found: Vec<i64> =
            candidates.into_iter().filter(|id| is_active(*id) && clause.holds(self, model, *id)).collect();
        match given.get("order").and_then(Value::as_str) {
            None | Some("" | "id" | "id asc") => {}
            Some("id desc") => found.reverse(),
            Some(other) => return Err(Raised::user(format!("the sandbox sorts by id alone, and not by \"{other}\""))),
        }
        let offset = given.get("offset").and_then(Value::as_u64).unwrap_or_default();
        let limit = given.get("limit").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let bound = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Ok(found.into_iter().skip(bound(offset)).take(bound(limit)).collect())
    }

    /// Every product is in the catalogue but those that are called unknown.
    pub(super) fn stock(&mut self, code: &str) {
        let is_there = !self.records.found("product.product", "default_code", code).unwrap_or_default().is_empty();
        if is_there || (code.starts_with(UNKNOWN_PREFIX) && !self.added.contains(code)) {
            return;
        }
        let is_service = self.services.iter().any(|service| service == code);
        let goods = if self.schema.series >= 18 { "consu" } else { "product" };
        let values = [
            ("name", Cell::Text(code.to_owned())),
            ("default_code", Cell::Text(code.to_owned())),
            ("uom_id", Cell::One(super::UNIT_ID)),
            ("sale_ok", Cell::Flag(true)),
            ("list_price", Cell::Number(Decimal::ONE)),
            ("taxes_id", Cell::Many(vec![super::TAX_ID])),
            ("type", Cell::Text(if is_service { "service" } else { goods }.into())),
            ("active", Cell::Flag(true)),
        ];
        self.records.add("product.product", values.into(), self.now.as_millisecond());
    }

    /// `check_object_reference`: model and id of an external id, the id only where there is such a record.
    pub(super) fn referenced(&self, given: &BTreeMap<&str, Value>) -> Result<Value, Raised> {
        let text = |name: &str| given.get(name).and_then(Value::as_str).unwrap_or_default();
        let external = format!("{}.{}", text("module"), text("xml_id"));
        let (_, model, id) = self
            .named(&external)
            .ok_or_else(|| Raised::value(format!("External ID not found in the system: {external}")))?;
        let is_there = self.records.get(&model, id).is_some();
        Ok(json!([model, if is_there { json!(id) } else { json!(false) }]))
    }

    /// `get_metadata`: the external ids of records. 14 knows that of one of them.
    pub(super) fn metadata(&self, model: &str, ids: &[i64]) -> Value {
        let external = |id: i64| -> Vec<Value> {
            let found = self.records.found("ir.model.data", "res_id", &id.to_string()).expect("it is indexed");
            let records = found.into_iter().filter_map(|id| self.records.get("ir.model.data", id));
            let named =
                |record: &Record| json!({"xmlid": format!("{}.{}", record.text("module"), record.text("name"))});
            records.filter(|record| record.text("model") == model).map(named).collect()
        };
        let mut told = false;
        ids.iter()
            .map(|id| {
                let mut all = external(*id);
                if self.schema.series <= 14 && told {
                    all.clear();
                }
                told |= !all.is_empty();
                let first = all.first().map_or(json!(false), |first| first["xmlid"].clone());
                match self.schema.series {
                    ..=14 => json!({"id": id, "xmlid": first}),
                    15.. => json!({"id": id, "xmlid": first, "xmlids": all}),
                }
            })
            .collect()
    }

    /// Records as JSON; without `fields`, all of them. What is not there is left out.
    pub(super) fn read(&self, model: &str, ids: &[i64], fields: Option<&Value>) -> Result<Value, Raised> {
        let mut wanted = Vec::new();
        for name in fields.and_then(Value::as_array).into_iter().flatten() {
            let name =
                name.as_str().ok_or_else(|| Raised::value(format!("Invalid field {name} on model '{model}'")))?;
            wanted.push(self.field(model, name)?);
        }
        if wanted.is_empty() {
            wanted.clone_from(&self.model(model)?.fields);
        }
        let mut rows = Vec::new();
        for id in ids.iter().filter(|id| self.records.get(model, **id).is_some()) {
            let mut row = Map::from_iter([("id".to_owned(), json!(id))]);
            for field in &wanted {
                let (cell, to) = self.value(model, *id, field.name);
                let named = |id: i64| json!([id, self.name_of(to.unwrap_or_default(), id)]);
                row.insert(field.name.to_owned(), shown::json(field.holds, &cell, &named));
            }
            rows.push(Value::Object(row));
        }
        Ok(Value::Array(rows))
    }

    pub(super) fn fields_get(&self, model: &str, given: &BTreeMap<&str, Value>) -> Result<Value, Raised> {
        let names = |key: &str| -> Option<Vec<&str>> {
            given.get(key)?.as_array().map(|list| list.iter().filter_map(Value::as_str).collect())
        };
        let (fields, attributes) = (names("allfields"), names("attributes"));
        let is_wanted = |list: &Option<Vec<&str>>, name: &str| list.as_ref().is_none_or(|list| list.contains(&name));
        let mut found = Map::new();
        for field in self.model(model)?.fields.iter().filter(|field| is_wanted(&fields, field.name)) {
            let mut about = shown::description(field);
            about.retain(|name, _| is_wanted(&attributes, name));
            found.insert(field.name.to_owned(), Value::Object(about));
        }
        Ok(Value::Object(found))
    }

    /// A new record; its id.
    pub(super) fn create(&mut self, model: &str, values: &Values) -> Result<i64, Raised> {
        self.may_change(model)?;
        let name = self.model(model)?.name;
        let mut cells = BTreeMap::new();
        for (key, value) in values.iter().filter(|(key, _)| *key != "id") {
            let field = self.field(name, key)?;
            if !field.computed && !matches!(field.holds, Type::Children(..)) {
                let was = Cell::Many(Vec::new());
                cells.insert(field.name, self.cell(name, &field, value, &was)?);
            }
        }
        self.add_defaults(name, &mut cells)?;
        let model_of = self.model(name)?;
        let lacking = |field: &&Field| {
            field.required && field.name != "id" && matches!(cells.get(field.name), None | Some(Cell::Empty))
        };
        if let Some(field) = model_of.fields.iter().find(lacking) {
            return Err(Raised::mandatory(field.label, field.name));
        }
        let id = self.records.add(name, cells, self.now.as_millisecond());
        if let Some(Value::String(external)) = values.get("id") {
            self.name_record(external, name, id)?;
        }
        self.write_children(name, id, values)?;
        self.after(name, id)?;
        Ok(id)
    }

    /// Changes records.
    pub(super) fn write(&mut self, model: &str, ids: &[i64], values: &Values) -> Result<(), Raised> {
        self.may_change(model)?;
        let name = self.model(model)?.name;
        for id in ids {
            let record = self.records.get(name, *id).ok_or_else(|| Raised::missing(name, *id))?.clone();
            let mut changes = Vec::new();
            for (key, value) in values.iter().filter(|(key, _)| *key != "id") {
                let field = self.field(name, key)?;
                if field.computed || matches!(field.holds, Type::Children(..)) {
                    continue;
                }
                let cell = self.cell(name, &field, value, record.get(field.name))?;
                if cell == Cell::Empty && field.required {
                    return Err(Raised::mandatory(field.label, field.name));
                }
                if cell != *record.get(field.name) {
                    changes.push((field.name, cell));
                }
            }
            self.may_write(name, &record, &changes, values)?;
            self.records.set(name, *id, changes);
            self.write_children(name, *id, values)?;
            self.after(name, *id)?;
        }
        Ok(())
    }

    pub(super) fn unlink(&mut self, model: &str, ids: &[i64]) -> Result<(), Raised> {
        self.may_change(model)?;
        let name = self.model(model)?.name;
        for id in ids {
            let record = self.records.get(name, *id).ok_or_else(|| Raised::missing(name, *id))?.clone();
            self.may_unlink(name, &record)?;
            let lists: Vec<&'static str> = self.model(name)?.fields.iter().map(|field| field.name).collect();
            for list in lists {
                if let Type::Children(of, _) = self.field(name, list)?.holds {
                    self.children(name, *id, list).into_iter().for_each(|child| self.records.remove(of, child));
                }
            }
            self.records.remove(name, *id);
            let named = |record: &Record| record.text("model") == name && record.get("res_id") == &Cell::Int(*id);
            let names: Vec<i64> =
                self.records.all("ir.model.data").filter(|(_, r)| named(r)).map(|(id, _)| id).collect();
            names.into_iter().for_each(|id| self.records.remove("ir.model.data", id));
        }
        Ok(())
    }

    fn may_change(&self, model: &str) -> Result<(), Raised> {
        let model = self.model(model)?;
        match model.writable {
            true => Ok(()),
            false => Err(Raised::access(format!(
                "You are not allowed to modify '{}' ({}) records.\n\nContact your administrator to request access if necessary.",
                model.label, model.name
            ))),
        }
    }

    /// Lists of lines, as commands.
    fn write_children(&mut self, model: &'static str, id: i64, values: &Values) -> Result<(), Raised> {
        for (key, value) in values {
            let field = self.field(model, key)?;
            let Type::Children(of, inverse) = field.holds else { continue };
            let commands = match value {
                Value::Array(commands) => &commands[..],
                Value::Bool(false) | Value::Null => &[],
                _ => return Err(Raised::value(format!("Wrong value for {model}.{key}: {value}"))),
            };
            self.in_lines = true;
            let written =
                commands.iter().try_for_each(|command| self.command(of, inverse, (model, id, field.name), command));
            self.in_lines = false;
            written?;
        }
        Ok(())
    }

    fn command(
        &mut self,
        of: &'static str,
        inverse: &'static str,
        (model, id, list): (&'static str, i64, &'static str),
        command: &Value,
    ) -> Result<(), Raised> {
        let wrong = || Raised::value(format!("Wrong value for {model}.{list}: {command}"));
        let code = command.get(0).and_then(Value::as_i64).ok_or_else(wrong)?;
        let child = || command.get(1).and_then(Value::as_i64).ok_or_else(wrong);
        let values = || command.get(2).and_then(Value::as_object).ok_or_else(wrong);
        let own = if code == 0 { Vec::new() } else { self.children(model, id, list) };
        let is_own = |child: i64| if own.contains(&child) { Ok(child) } else { Err(Raised::missing(of, child)) };
        match code {
            0 => {
                let mut values = values()?.clone();
                values.insert(inverse.to_owned(), json!(id));
                self.create(of, &values).map(drop)
            }
            1 => self.write(of, &[is_own(child()?)?], values()?),
            2 | 3 => self.unlink(of, &[is_own(child()?)?]),
            5 => self.unlink(of, &own),
            _ => Err(wrong()),
        }
    }

    /// What a client wrote, as the field keeps it.
    fn cell(&self, model: &str, field: &Field, value: &Value, was: &Cell) -> Result<Cell, Raised> {
        let wrong = || Raised::value(format!("Wrong value for {model}.{}: {value}", field.name));
        let is_empty = matches!(value, Value::Null | Value::Bool(false));
        let text = || value.as_str().map(str::to_owned).ok_or_else(wrong);
        Ok(match field.holds {
            Type::Flag => Cell::Flag(value.as_bool().unwrap_or_default()),
            Type::Many(to) => Cell::Many(self.linked(to, value, was).ok_or_else(wrong)??),
            Type::Float(_) | Type::Exact | Type::Money if is_empty => Cell::Number(Decimal::ZERO),
            Type::Exact => Cell::Number(decimal(value).ok_or_else(wrong)?),
            Type::Float(digits) => Cell::Number(round(decimal(value).ok_or_else(wrong)?, digits)),
            Type::Money => Cell::Number(round(decimal(value).ok_or_else(wrong)?, super::CENTS)),
            _ if is_empty || value == "" => Cell::Empty,
            Type::Char | Type::Text | Type::Html => Cell::Text(text()?),
            Type::Int => Cell::Int(value.as_i64().ok_or_else(wrong)?),
            Type::Day => {
                let text = text()?;
                text.parse::<jiff::civil::Date>().map_err(|_| wrong())?;
                Cell::Text(text)
            }
            Type::Moment => {
                let text = text()?;
                jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", &text).map_err(|_| wrong())?;
                Cell::Text(text)
            }
            Type::Choice(choices) => match text()? {
                text if choices.contains(&text.as_str()) => Cell::Text(text),
                _ => return Err(wrong()),
            },
            Type::One(to) => {
                let id = value.as_i64().ok_or_else(wrong)?;
                Cell::One(self.existing(to, id)?)
            }
            Type::Children(..) => return Err(wrong()),
        })
    }

    /// Commands of a list of references.
    fn linked(&self, to: &'static str, value: &Value, was: &Cell) -> Option<Result<Vec<i64>, Raised>> {
        let mut ids = match was {
            Cell::Many(ids) => ids.clone(),
            _ => Vec::new(),
        };
        if matches!(value, Value::Null | Value::Bool(false)) {
            return Some(Ok(Vec::new()));
        }
        for command in value.as_array()? {
            match command.get(0)?.as_i64()? {
                3 => {
                    let gone = command.get(1)?.as_i64()?;
                    ids.retain(|id| *id != gone);
                }
                4 => ids.push(command.get(1)?.as_i64()?),
                5 => ids.clear(),
                6 => ids = command.get(2)?.as_array()?.iter().map(Value::as_i64).collect::<Option<_>>()?,
                _ => return None,
            }
        }
        Some(ids.into_iter().map(|id| self.existing(to, id)).collect())
    }

    /// Nothing may refer to what is not there.
    fn existing(&self, model: &'static str, id: i64) -> Result<i64, Raised> {
        match self.records.get(model, id) {
            Some(_) => Ok(id),
            None => Err(Raised::missing(model, id)),
        }
    }

    /// Where an external id leads: the record that says so, the model and the id.
    pub(super) fn named(&self, external: &str) -> Option<(i64, String, i64)> {
        let (module, name) = external.split_once('.')?;
        let found = self.records.found("ir.model.data", "name", name).expect("names are indexed");
        found.into_iter().find_map(|id| {
            let record = self.records.get("ir.model.data", id).filter(|record| record.text("module") == module)?;
            match record.get("res_id") {
                Cell::Int(of) => Some((id, record.text("model").to_owned(), *of)),
                _ => None,
            }
        })
    }

    /// Gives a record its external id, which no other has.
    pub(super) fn name_record(&mut self, external: &str, model: &'static str, id: i64) -> Result<(), Raised> {
        if self.named(external).is_some() {
            return Err(Raised::validation(
                "The operation cannot be completed: You cannot have multiple records with the same external ID in the same module!",
            ));
        }
        let (module, name) = external
            .split_once('.')
            .ok_or_else(|| Raised::value(format!("\"{external}\" is no external id with its module")))?;
        let values = [
            ("module", Cell::Text(module.to_owned())),
            ("name", Cell::Text(name.to_owned())),
            ("model", Cell::Text(model.to_owned())),
            ("res_id", Cell::Int(id)),
        ];
        self.records.add("ir.model.data", values.into(), self.now.as_millisecond());
        Ok(())
    }
}

/// Half away from zero, as the ERP does.
pub(super) fn round(number: Decimal, digits: u32) -> Decimal {
    let mut rounded = number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(digits);
    rounded
}
