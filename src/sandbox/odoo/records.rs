//! Records in memory: found by what is often asked for, and put back as they were where a request fails.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::Decimal;

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// What the ERP shows as `false`.
    Empty,
    Flag(bool),
    Int(i64),
    Number(Decimal),
    Text(String),
    One(i64),
    Many(Vec<i64>),
}

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub values: BTreeMap<&'static str, Cell>,
    pub stored_at_ms: i64,
    /// Counts what is created, from 1.
    pub arrival: u64,
}

/// The fields by whose value records are found without looking at each.
const INDEXED: [(&str, &str); 10] = [
    ("ir.model.data", "name"),
    ("ir.model.data", "res_id"),
    ("res.partner", "ref"),
    ("product.product", "default_code"),
    ("sale.order", "client_order_ref"),
    ("sale.order.line", "order_id"),
    ("account.move", "ref"),
    ("account.move", super::invoice::SHOP_ORDER),
    ("account.move.line", "move_id"),
    ("account.move.line", "sale_line_ids"),
];

/// All records.
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    tables: BTreeMap<&'static str, BTreeMap<i64, Record>>,
    index: HashMap<(&'static str, &'static str, String), BTreeSet<i64>>,
    /// What records were before this request, the first change first.
    undo: Vec<(&'static str, i64, Option<Record>)>,
    /// Never given out twice, even where a request failed.
    last_ids: BTreeMap<&'static str, i64>,
    arrivals: u64,
}

impl Record {
    pub(super) fn get(&self, field: &str) -> &Cell {
        self.values.get(field).unwrap_or(&Cell::Empty)
    }

    pub(super) fn text(&self, field: &str) -> &str {
        match self.get(field) {
            Cell::Text(text) => text,
            _ => "",
        }
    }

    pub(super) fn number(&self, field: &str) -> Decimal {
        match self.get(field) {
            Cell::Number(number) => *number,
            Cell::Int(number) => Decimal::from(*number),
            _ => Decimal::ZERO,
        }
    }

    pub(super) fn one(&self, field: &str) -> Option<i64> {
        match self.get(field) {
            Cell::One(id) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn many(&self, field: &str) -> &[i64] {
        match self.get(field) {
            Cell::Many(ids) => ids,
            _ => &[],
        }
    }
}

impl Cell {
    /// As the index has it, each of several.
    fn keys(&self) -> Vec<String> {
        match self {
            Cell::Text(text) => vec![text.clone()],
            Cell::One(id) | Cell::Int(id) => vec![id.to_string()],
            Cell::Many(ids) => ids.iter().map(i64::to_string).collect(),
            Cell::Empty | Cell::Flag(_) | Cell::Number(_) => Vec::new(),
        }
    }
}

impl Records {
    /// Begins a request.
    pub(super) fn begin(&mut self) {
        self.undo.clear();
    }

    /// Puts everything back as it was when it began.
    pub(super) fn roll_back(&mut self) {
        while let Some((model, id, was)) = self.undo.pop() {
            self.exchange(model, id, was);
        }
    }

    pub(super) fn get(&self, model: &str, id: i64) -> Option<&Record> {
        self.tables.get(model)?.get(&id)
    }

    /// All of a model, by id.
    pub(super) fn all(&self, model: &str) -> impl Iterator<Item = (i64, &Record)> {
        self.tables.get(model).into_iter().flatten().map(|(id, record)| (*id, record))
    }

    /// Those with this value in an indexed field; `None` where it is not indexed.
    pub(super) fn found(&self, model: &str, field: &str, key: &str) -> Option<Vec<i64>> {
        let (model, field) = INDEXED.into_iter().find(|indexed| *indexed == (model, field))?;
        let found = self.index.get(&(model, field, key.to_owned()));
        Some(found.into_iter().flatten().copied().collect())
    }

    pub(super) fn next_id(&mut self, model: &'static str) -> i64 {
        let last = self.last_ids.entry(model).or_default();
        *last += 1;
        *last
    }

    /// A new record.
    pub(super) fn add(&mut self, model: &'static str, values: BTreeMap<&'static str, Cell>, now_ms: i64) -> i64 {
        let id = self.next_id(model);
        self.arrivals += 1;
        let record = Record { values, stored_at_ms: now_ms, arrival: self.arrivals };
        self.keep(model, id, Some(record));
        id
    }

    /// Changes a record.
    pub(super) fn set(&mut self, model: &'static str, id: i64, values: impl IntoIterator<Item = (&'static str, Cell)>) {
        let Some(mut record) = self.get(model, id).cloned() else { return };
        record.values.extend(values);
        self.keep(model, id, Some(record));
    }

    pub(super) fn remove(&mut self, model: &'static str, id: i64) {
        self.keep(model, id, None);
    }

    fn keep(&mut self, model: &'static str, id: i64, record: Option<Record>) {
        let was = self.exchange(model, id, record);
        self.undo.push((model, id, was));
    }

    fn exchange(&mut self, model: &'static str, id: i64, record: Option<Record>) -> Option<Record> {
        let table = self.tables.entry(model).or_default();
        let was = match record.clone() {
            Some(record) => table.insert(id, record),
            None => table.remove(&id),
        };
        for (_, field) in INDEXED.into_iter().filter(|(of, _)| *of == model) {
            let keys = |record: &Option<Record>| record.as_ref().map_or(Vec::new(), |record| record.get(field).keys());
            for key in keys(&was) {
                if let Some(ids) = self.index.get_mut(&(model, field, key)) {
                    ids.remove(&id);
                }
            }
            for key in keys(&record) {
                self.index.entry((model, field, key)).or_default().insert(id);
            }
        }
        was
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_as_if_it_never_was() {
        let mut records = Records::default();
        let named = |name: &str| BTreeMap::from([("ref", Cell::Text(name.into()))]);
        let id = records.add("res.partner", named("U1"), 0);
        records.begin();
        records.set("res.partner", id, named("U2"));
        let other = records.add("res.partner", named("U1"), 0);
        assert_eq!(records.found("res.partner", "ref", "U1"), Some(vec![other]));
        records.roll_back();
        assert_eq!(records.found("res.partner", "ref", "U1"), Some(vec![id]));
        assert_eq!(records.found("res.partner", "ref", "U2"), Some(vec![]));
        assert_eq!(records.found("res.partner", "name", "x"), None);
        assert_eq!(records.all("res.partner").count(), 1);
        assert_eq!(records.add("res.partner", named("U3"), 0), other + 1);
    }
}
