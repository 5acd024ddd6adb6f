//! Creating, writing and deleting records: what each field takes, and what must be so afterwards.
//!
//! The server forgives some wrong types (a number for a text, a float for a decimal); nothing here does.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::model::{Field, Initial, Kind, Model};
use super::series::Series;
use super::store::{FIRST, Record, Refusal, Store};
use super::value::Data;

/// What may still be changed of an invoice that is in the books, since series 7.0.
const CHANGEABLE: [&str; 3] = ["description", "reference", "comment"];
/// Models whose records have a place in the books.
const IN_TURN: [&str; 2] = ["party.party", "sale.sale"];

type Fields = BTreeMap<String, Data>;

impl Store {
    /// `create`: a list of records.
    pub(super) fn create(&mut self, model: &'static Model, values: &Data, now_ms: i64) -> Result<Vec<i64>, Refusal> {
        let records = values.as_list().ok_or_else(|| Refusal::Fault(no_copy(values)))?;
        let mut ids = Vec::with_capacity(records.len());
        for record in records {
            let id = self.create_one(model, dict(record)?, None, now_ms)?;
            self.balance(model, id)?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// `write`: the same values for each of the records.
    pub(super) fn write(
        &mut self,
        model: &'static Model,
        ids: &[i64],
        values: &Data,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        let values = dict(values)?;
        self.must_be_there(model, ids, "write to")?;
        for id in ids {
            if model.name == "account.invoice" {
                let changes =
                    values.keys().any(|name| self.series == Series::V6_0 || !CHANGEABLE.contains(&name.as_str()));
                self.must_be_open(*id, changes)?;
            }
            self.apply(model, *id, values, now_ms)?;
            self.balance(model, *id)?;
        }
        Ok(())
    }

    /// `delete`.
    pub(super) fn delete(&mut self, model: &'static Model, ids: &[i64]) -> Result<(), Refusal> {
        self.must_be_there(model, ids, "delete")?;
        for id in ids {
            let state = self.text(model.name, *id, "state");
            match model.name {
                "sale.sale" if state != "cancelled" => {
                    let name = self.rec_name(model.name, *id);
                    return Err(Refusal::User(format!("To delete sale \"{name}\" you must cancel it.")));
                }
                "account.invoice" => self.must_be_open(*id, true)?,
                _ => {}
            }
            for field in model.fields {
                if let Kind::Many(of, by) = field.kind {
                    self.children(of, by, *id).into_iter().for_each(|child| self.remove(of, child));
                }
            }
            self.remove(model.name, *id);
        }
        Ok(())
    }

    /// Records that are named must be there.
    pub(super) fn must_be_there(&self, model: &Model, ids: &[i64], to: &str) -> Result<(), Refusal> {
        match ids.iter().find(|id| self.record(model.name, **id).is_none()) {
            None => Ok(()),
            Some(gone) => Err(Refusal::User(format!(
                "You are trying to {to} records \"{gone}\" of \"{}\" that {}.",
                model.label,
                self.series.gone()
            ))),
        }
    }

    fn must_be_open(&self, invoice: i64, changes: bool) -> Result<(), Refusal> {
        let state = self.text("account.invoice", invoice, "state");
        if !changes || matches!(state.as_str(), "draft" | "validated") {
            return Ok(());
        }
        let name = self.rec_name("account.invoice", invoice);
        Err(Refusal::User(format!("You cannot modify invoice \"{name}\" because it is posted, paid or cancelled.")))
    }

    fn create_one(
        &mut self,
        model: &'static Model,
        values: &Fields,
        parent: Option<(&'static str, i64)>,
        now_ms: i64,
    ) -> Result<i64, Refusal> {
        let mut first: Vec<(&'static str, Data)> = Vec::new();
        for field in model.fields {
            match field.initial {
                Initial::None => {}
                Initial::Text(text) => first.push((field.name, Data::Text(text.to_owned()))),
                Initial::True => first.push((field.name, Data::Bool(true))),
                Initial::False => first.push((field.name, Data::Bool(false))),
                Initial::First => first.push((field.name, Data::Int(FIRST))),
            }
        }
        if let Some((by, parent)) = parent {
            first.push((by, Data::Int(parent)));
        }
        if model.name == "party.party" && !values.get("code").is_some_and(Data::is_set) {
            let code = self.next_number("party.party") + 1;
            first.push(("code", Data::Text(code.to_string())));
        }
        let id = match IN_TURN.contains(&model.name) {
            true => self.add_in_turn(model.name, &first, now_ms),
            false => self.add(model.name, &first),
        };
        let is_own_code = |name: &str, value: &Data| model.name == "party.party" && name == "code" && !value.is_set();
        let given = values.iter().filter(|(name, value)| !is_own_code(name, value));
        self.apply(model, id, &given.map(|(name, value)| (name.clone(), value.clone())).collect(), now_ms)?;
        Ok(id)
    }

    /// Writes fields; the lists of other records last, since those look at this one.
    fn apply(&mut self, model: &'static Model, id: i64, values: &Fields, now_ms: i64) -> Result<(), Refusal> {
        let mut lists = Vec::new();
        let mut fields = Vec::with_capacity(values.len());
        for (name, value) in values {
            fields.push((model.field(name).ok_or_else(|| Refusal::unknown(name))?, value));
        }
        // What is refused for its choice is named by what else the record holds.
        fields.sort_by_key(|(field, _)| matches!(field.kind, Kind::Choice(_) | Kind::Reference(_)));
        for (field, value) in fields {
            match field.kind {
                Kind::Many(of, by) => lists.push((of, by, value)),
                Kind::Set(of) => self.change_set(model, id, field, of, value)?,
                _ => {
                    let value = self.taken(model, id, field, value)?;
                    self.set(model.name, id, field.name, value);
                }
            }
        }
        for (of, by, value) in lists {
            self.change_list(self.model(of)?, by, id, value, now_ms)?;
        }
        self.validate(model, id)
    }

    /// A value as the field keeps it.
    fn taken(&self, model: &Model, id: i64, field: &Field, value: &Data) -> Result<Data, Refusal> {
        let option = |value: &str| {
            let place = self.place(model, id);
            let text = format!(
                "The value \"{value}\" for field \"{}\" {place} is not one of the allowed options.",
                field.label
            );
            Err(Refusal::User(text))
        };
        match (field.kind, value) {
            (Kind::Computed | Kind::ComputedSet(_) | Kind::State, _) => {
                Err(Refusal::Fault(format!("('Not implemented: \"%s.%s\"', '{}', '{}')", model.name, field.name)))
            }
            (_, Data::None) => Ok(Data::None),
            (Kind::Char, Data::Text(text)) if self.series.strips() => Ok(Data::Text(text.trim().to_owned())),
            (Kind::Char | Kind::Text, Data::Text(_))
            | (Kind::Bool, Data::Bool(_))
            | (Kind::Date, Data::Date(_))
            | (Kind::Numeric(_), Data::Decimal(_)) => Ok(value.clone()),
            (Kind::Quantity, Data::Int(_) | Data::Float(_)) => Ok(Data::Float(value.number().unwrap_or_default())),
            (Kind::Choice(options), Data::Text(text)) => match options.contains(&text.as_str()) {
                true => Ok(value.clone()),
                false => option(text),
            },
            (Kind::One(of), Data::Int(wanted)) => match self.record(of, *wanted) {
                Some(_) => Ok(value.clone()),
                None => Err(Refusal::User(format!(
                    "The value \"{wanted}\" for field \"{}\" in \"{}\" does not exist.",
                    field.label, model.label
                ))),
            },
            (Kind::One(_), Data::Text(text)) => {
                Err(Refusal::Fault(format!("invalid literal for int() with base 10: '{text}'")))
            }
            (Kind::Reference(models), Data::Text(text)) => {
                let (named, id) = text
                    .split_once(',')
                    .ok_or_else(|| Refusal::Fault("not enough values to unpack (expected 2, got 1)".to_owned()))?;
                let is_id = id.parse::<i64>().is_ok();
                match models.contains(&named) {
                    true if is_id => Ok(value.clone()),
                    true => Err(Refusal::Fault(format!("invalid literal for int() with base 10: '{id}'"))),
                    false => option(named),
                }
            }
            (_, value) => Err(Refusal::Fault(format!(
                "the field {} of {} does not take a {}",
                field.name,
                model.name,
                value.class()
            ))),
        }
    }

    /// `[["add", ids], ["remove", ids]]`.
    fn change_set(
        &mut self,
        model: &'static Model,
        id: i64,
        field: &'static Field,
        of: &str,
        actions: &Data,
    ) -> Result<(), Refusal> {
        let Data::List(mut set) = self.value(model, id, field.name)? else { return Ok(()) };
        for action in actions.as_list().ok_or_else(|| Refusal::unknown(actions.class()))? {
            let (name, parts) = action_of(action)?;
            let ids = parts.first().and_then(Data::ids).unwrap_or_default();
            match name {
                "add" => {
                    if let Some(gone) = ids.iter().find(|id| self.record(of, **id).is_none()) {
                        return Err(Refusal::User(match self.series {
                            Series::V8_0 => "A tax can be added only once to a sale line.".to_owned(),
                            Series::V6_0 | Series::V7_0 => {
                                format!("The value \"{gone}\" for field \"Tax\" in \"Sale Line - Tax\" does not exist.")
                            }
                        }));
                    }
                    set.extend(ids.into_iter().map(Data::Int));
                }
                "remove" => set.retain(|one| one.as_int().is_none_or(|one| !ids.contains(&one))),
                other => return Err(Refusal::unknown(other)),
            }
        }
        self.set(model.name, id, field.name, Data::List(set));
        Ok(())
    }

    /// `[["create", [values, …]], ["write", ids, values], ["delete", ids]]`.
    fn change_list(
        &mut self,
        of: &'static Model,
        by: &'static str,
        parent: i64,
        actions: &Data,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        for action in actions.as_list().ok_or_else(|| Refusal::unknown(actions.class()))? {
            let (name, parts) = action_of(action)?;
            let ids = parts.first().and_then(Data::ids).unwrap_or_default();
            match (name, parts) {
                ("create", [Data::List(records)]) => {
                    for record in records {
                        self.create_one(of, dict(record)?, Some((by, parent)), now_ms)?;
                    }
                }
                ("write", [Data::List(_), values]) => self.write(of, &ids, values, now_ms)?,
                ("delete", [Data::List(_)]) => self.delete(of, &ids)?,
                (other, _) => return Err(Refusal::unknown(other)),
            }
        }
        Ok(())
    }

    /// What must be so of a record.
    fn validate(&self, model: &'static Model, id: i64) -> Result<(), Refusal> {
        let is_set = |name: &str| self.get(model.name, id, name).is_set();
        let has = |name: &str| *self.get(model.name, id, name) != Data::None;
        let is_line = model.name == "sale.line" && self.text(model.name, id, "type") == "line";
        for field in model.fields {
            let is_needed = field.required
                || (is_line && matches!(field.name, "quantity" | "unit_price"))
                || (is_line && field.name == "unit" && has("product"))
                || (field.name == "web_id" && is_set("web_shop"));
            let is_there = if matches!(field.kind, Kind::Char) { is_set(field.name) } else { has(field.name) };
            if is_needed && !is_there {
                let place = match field.kind {
                    Kind::One(_) if field.required => format!("in \"{}\"", model.label),
                    _ => self.place(model, id),
                };
                let text = format!("A value is required for field \"{}\" {place}.", field.label);
                return Err(Refusal::User(text));
            }
            self.check_digits(model, id, field)?;
        }
        match model.name {
            "party.party" => self.check_code(id),
            "sale.sale" => self.check_addresses(model, id).and_then(|()| self.check_web_id(id)),
            _ => Ok(()),
        }
    }

    fn check_digits(&self, model: &Model, id: i64, field: &Field) -> Result<(), Refusal> {
        let value = self.get(model.name, id, field.name);
        let Some(number) = value.number() else { return Ok(()) };
        let digits = match field.kind {
            Kind::Numeric(digits) => digits,
            Kind::Quantity => {
                let unit = self.get(model.name, id, "unit").as_int().unwrap_or_default();
                let digits = self.get("product.uom", unit, "digits").as_int();
                digits.and_then(|digits| u32::try_from(digits).ok()).unwrap_or_default()
            }
            _ => return Ok(()),
        };
        if number.normalize().scale() <= digits {
            return Ok(());
        }
        let (value, limit) = match (self.series, value) {
            (Series::V8_0, _) => (format!("'{number}'"), format!("(None, {digits})")),
            (Series::V7_0, _) => (format!("'{number}'"), digits.to_string()),
            (Series::V6_0, Data::Decimal(_)) => (format!("Decimal('{number}')"), digits.to_string()),
            (Series::V6_0, _) => (number.to_string(), digits.to_string()),
        };
        let place = self.place(model, id);
        Err(Refusal::User(format!(
            "The number of digits in the value \"{value}\" for field \"{}\" {place} exceeds the limit of \"{limit}\".",
            field.label
        )))
    }

    fn check_code(&self, id: i64) -> Result<(), Refusal> {
        let code = self.get("party.party", id, "code");
        match self.all("party.party").any(|(other, record)| other != id && record.get("code") == Some(code)) {
            true => Err(Refusal::Duplicate("The code on party must be unique.".to_owned())),
            false => Ok(()),
        }
    }

    fn check_addresses(&self, model: &Model, id: i64) -> Result<(), Refusal> {
        let party = self.get(model.name, id, "party");
        for name in ["invoice_address", "shipment_address"] {
            let Some(address) = self.get(model.name, id, name).as_int() else { continue };
            if self.get("party.address", address, "party") == party {
                continue;
            }
            let label = model.field(name).map(|field| field.label).unwrap_or_default();
            let place = self.place(model, id);
            let value = match self.series {
                Series::V6_0 => "The value".to_owned(),
                Series::V7_0 | Series::V8_0 => format!("The value \"{}\"", self.rec_name("party.address", address)),
            };
            let text = format!("{value} for field \"{label}\" {place} is not valid according to its domain.");
            return Err(Refusal::User(text));
        }
        Ok(())
    }

    fn check_web_id(&self, id: i64) -> Result<(), Refusal> {
        let (shop, number) = (self.get("sale.sale", id, "web_shop"), self.get("sale.sale", id, "web_id"));
        let by_shop = self.series.web_id_is_unique_by_shop();
        if !number.is_set() || (by_shop && !shop.is_set()) {
            return Ok(());
        }
        let is_same = |record: &Record| {
            record.get("web_id") == Some(number) && (!by_shop || record.get("web_shop") == Some(shop))
        };
        match self.all("sale.sale").any(|(other, record)| other != id && is_same(record)) {
            true if by_shop => Err(Refusal::Duplicate("The web ID on the sale must be unique per shop.".to_owned())),
            true => Err(Refusal::Duplicate("The web ID on the sale must be unique.".to_owned())),
            false => Ok(()),
        }
    }

    fn place(&self, model: &Model, id: i64) -> String {
        self.series.place(&self.rec_name(model.name, id), model.label)
    }

    /// Never more is taken back than was sold: of an order in all, and of each product.
    ///
    /// The server has no such rule. A bridge that broke it would be told by its accountants.
    fn balance(&self, model: &Model, id: i64) -> Result<(), Refusal> {
        let sale = match model.name {
            "sale.sale" => id,
            "sale.line" => self.get(model.name, id, "sale").as_int().unwrap_or_default(),
            _ => return Ok(()),
        };
        let total = |sale: i64| self.sums("sale.line", &self.children("sale.line", "sale", sale)).total();
        if total(sale) >= Decimal::ZERO {
            return Ok(());
        }
        let refused = |what: &str| Err(Refusal::User(format!("{what}: nothing is credited beyond what was sold.")));
        let Some(original) = self.origin(sale) else {
            let order = super::booked::Remark::read(&self.text("sale.sale", sale, "description")).order;
            let Some(sold) = order.as_ref().and_then(|order| self.by_hand.get(order)) else {
                return refused("The sale takes back and has no origin");
            };
            let taken: Decimal = self
                .in_force()
                .filter(|other| self.origin(*other).is_none() && self.order(*other) == order)
                .map(total)
                .sum();
            return if sold + taken < Decimal::ZERO { refused("The order's total is exceeded") } else { Ok(()) };
        };
        let family: Vec<i64> =
            self.in_force().filter(|other| *other == original || self.origin(*other) == Some(original)).collect();
        if family.iter().copied().map(total).sum::<Decimal>() < Decimal::ZERO {
            return refused("The order's total is exceeded");
        }
        let mut pieces = BTreeMap::<i64, Decimal>::new();
        for line in family.iter().flat_map(|sale| self.children("sale.line", "sale", *sale)) {
            if let Some(product) = self.get("sale.line", line, "product").as_int() {
                *pieces.entry(product).or_default() +=
                    self.get("sale.line", line, "quantity").number().unwrap_or_default();
            }
        }
        let is_goods = |product: i64| self.text("product.product", product, "type") == "goods";
        match pieces.into_iter().any(|(product, quantity)| quantity < Decimal::ZERO && is_goods(product)) {
            true => refused("More pieces come back than went out"),
            false => Ok(()),
        }
    }

    /// Sales that are not cancelled.
    fn in_force(&self) -> impl Iterator<Item = i64> {
        let is_cancelled = |record: &Record| record.get("state").and_then(Data::as_text) == Some("cancelled");
        self.all("sale.sale").filter(move |(_, record)| !is_cancelled(record)).map(|(id, _)| id)
    }

    /// The sale that this one has its origin in.
    pub(super) fn origin(&self, sale: i64) -> Option<i64> {
        let origin = self.get("sale.sale", sale, "origin").as_text()?.strip_prefix("sale.sale,")?.parse().ok()?;
        self.record("sale.sale", origin).map(|_| origin)
    }
}

fn dict(value: &Data) -> Result<&Fields, Refusal> {
    match value {
        Data::Dict(fields) => Ok(fields),
        other => Err(Refusal::Fault(no_copy(other))),
    }
}

fn no_copy(value: &Data) -> String {
    format!("'{}' object has no attribute 'copy'", value.class())
}

fn action_of(action: &Data) -> Result<(&str, &[Data]), Refusal> {
    match action.as_list() {
        Some([Data::Text(name), parts @ ..]) => Ok((name, parts)),
        _ => Err(Refusal::Fault("0".to_owned())),
    }
}
