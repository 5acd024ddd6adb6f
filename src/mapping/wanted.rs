//! The same questions put to the store itself: which of its rows answer a lookup, and what its own evaluation of a SELECT is.
//!
//! A mirror that is the store costs a query a lookup, so that it serves a look at some orders and no stream.

use std::collections::BTreeMap;

use crate::change::{Lookup, Row, TableId, TableShape, Value};

use super::bound::{Bound, BoundQuery};
use super::contract::{Kind as OutputKind, ORDER, SOURCES, Source};
use super::datum::Datum;
use super::expr::{Expr, Function, Kind, Slot};
use super::index::{Canon, Index};
use super::refusal::EvalError;
use super::rows::Ask;
use super::settings::{Settings, Variable};
use super::slice::{Loaded, Slice};
use super::written::{Written, literal, quoted};

/// Rows of one table of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which table.
    pub table: TableId,
    /// What the condition calls it.
    pub alias: String,
    /// What its rows meet; others may meet it, too.
    pub condition: String,
}

/// One row of a SELECT's result: outputs by name, as the server prints them.
pub type Printed = BTreeMap<String, Option<String>>;

/// The condition that tells an owner's rows from others.
enum Narrowed {
    /// A column holds this.
    Column(Slot, String),
    /// The expression has to be worked out row by row.
    Expression,
    /// No row is this owner's.
    Never,
}

impl Bound {
    /// Which rows of the store answer these lookups; one of them may be named twice.
    pub fn wanted(&self, lookups: &[Lookup], shapes: &[TableShape]) -> Vec<Wanted> {
        let mut keys: BTreeMap<TableId, Vec<&str>> = BTreeMap::new();
        let mut owners: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for lookup in lookups {
            match lookup {
                Lookup::Row { table, key } => keys.entry(*table).or_default().push(key),
                Lookup::Owned { index, owner } => owners.entry(index).or_default().push(owner.to_string()),
            }
        }
        let mut wanted: Vec<Wanted> =
            keys.into_iter().filter_map(|(table, keys)| self.by_key(table, &keys, shapes)).collect();
        for (index, owners) in owners {
            match source_of(index) {
                Some((source, _)) => {
                    let Some(query) = self.queries.get(source.file) else { continue };
                    for (branch, written) in query.branches.iter().zip(&query.written) {
                        let condition = self.owned_by(query, branch, written, index, &owners, shapes);
                        let (table, alias) = (branch.root().table, written.root.clone());
                        wanted.extend(condition.map(|condition| Wanted { table, alias, condition }));
                    }
                }
                None => wanted.extend(self.by_index(index, &owners, shapes)),
            }
        }
        wanted
    }

    /// A SELECT as the store runs it for these owners, one statement a SELECT of the UNION ALL.
    pub fn selects(&self, index: &'static str, owners: &[String], shapes: &[TableShape]) -> Vec<String> {
        let Some(query) = source_of(index).and_then(|(source, _)| self.queries.get(source.file)) else {
            return Vec::new();
        };
        let branches = query.branches.iter().zip(&query.written);
        let select = |(branch, written): (_, &Written)| {
            let condition = self.owned_by(query, branch, written, index, owners, shapes)?;
            Some(written.select(&[], Some(&condition)))
        };
        branches.filter_map(select).collect()
    }

    /// Statements that give the `id` of the orders that the store prints this number on.
    pub fn orders_numbered(&self, number: &str) -> Vec<String> {
        let Some(query) = self.queries.get(ORDER.file) else { return Vec::new() };
        let of = |written: &Written| {
            let orders = written.select(&["id", "number"], None);
            format!("SELECT id FROM ({orders}) AS orders WHERE number = {}", literal(number))
        };
        query.written.iter().map(of).collect()
    }

    /// Statements that give the `id` of orders: all of them, the newest ones, or the first ones from a key on.
    pub fn orders(&self, which: &Which) -> Vec<String> {
        let Some(query) = self.queries.get(ORDER.file) else { return Vec::new() };
        let of = |(branch, written): (&super::bound::BoundBranch, &Written)| {
            let uses = &self.footprint.tables[branch.root().table];
            let key = |&column: &usize| format!("{}.{}", quoted(&written.root), quoted(&uses.columns[column]));
            let keys: Vec<String> = uses.key.iter().map(key).collect();
            match which {
                Which::All => written.select(&["id"], None),
                Which::Newest(count) => {
                    let order: Vec<String> = keys.iter().map(|key| format!("{key} DESC")).collect();
                    format!("{} ORDER BY {} LIMIT {count}", written.select(&["id"], None), order.join(", "))
                }
                Which::From(at) => {
                    let condition = format!("{} >= {at}", keys[0]);
                    format!("{} ORDER BY {} LIMIT 1", written.select(&["id"], Some(&condition)), keys.join(", "))
                }
            }
        };
        query.branches.iter().zip(&query.written).map(of).collect()
    }

    /// Statements that give the least and the greatest key of the tables that orders begin with, where it is one integer.
    pub fn key_ranges(&self, shapes: &[TableShape]) -> Vec<String> {
        let of = |table: TableId| {
            let uses = &self.footprint.tables[table];
            let [key] = uses.key.as_slice() else { return None };
            let column = &uses.columns[*key];
            is_integer(shapes, &uses.table, column).then(|| {
                format!("SELECT MIN({0}) AS low, MAX({0}) AS high FROM {1}", quoted(column), quoted(&uses.table))
            })
        };
        self.order_tables().into_iter().map(of).collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// The rows that a SELECT yields for an owner, as the server would print them.
    ///
    /// # Errors
    /// A value that cannot be used exactly.
    pub fn printed(
        &self,
        index: &'static str,
        owner: &str,
        slice: &mut Slice,
    ) -> Loaded<Result<Vec<Printed>, EvalError>> {
        let Some((source, output)) = source_of(index) else { return Loaded::Ready(Ok(Vec::new())) };
        // `order` of `order.id`, and of `order_line.order_id`.
        let kind = output.strip_suffix("_id").unwrap_or(index.split('.').next().unwrap_or(index));
        let document = format!("{kind} {owner}");
        match Ask::new(self, slice, &document).rows(source, index, owner) {
            Ok(rows) => Loaded::Ready(Ok(rows.iter().map(super::rows::Found::printed).collect())),
            Err(halt) => halt.loaded(),
        }
    }

    /// True for an output that documents take as a number: `1.50` and `1.5` are one.
    pub fn is_number(&self, file: &str, output: &str) -> bool {
        let source = SOURCES.iter().find(|s| s.file == file);
        let found = source.and_then(|s| s.outputs.iter().find(|o| o.name == output));
        found.is_some_and(|o| matches!(o.kind, OutputKind::Number | OutputKind::Flag))
    }

    fn owned_by(
        &self,
        query: &BoundQuery,
        branch: &super::bound::BoundBranch,
        written: &Written,
        index: &'static str,
        owners: &[String],
        shapes: &[TableShape],
    ) -> Option<String> {
        let at = query.source.outputs.iter().position(|o| o.index == Some(index))?;
        let expr = branch.outputs[at].as_ref()?;
        let uses = &self.footprint.tables[branch.root().table];
        let (mut columns, mut worked_out) = (BTreeMap::<usize, Vec<String>>::new(), Vec::new());
        for owner in owners {
            match narrowed(expr, owner) {
                Narrowed::Column(slot, value) => columns.entry(slot.column).or_default().push(value),
                Narrowed::Expression => worked_out.push(literal(owner)),
                Narrowed::Never => {}
            }
        }
        let mut any = Vec::new();
        for (column, values) in columns {
            let name = &uses.columns[column];
            let named = format!("{}.{}", quoted(&written.root), quoted(name));
            any.extend(among(&named, &values, is_integer(shapes, &uses.table, name)));
        }
        if !worked_out.is_empty() {
            let text = written.output(query.source.outputs[at].name)?;
            any.push(format!("({text}) IN ({})", worked_out.join(", ")));
        }
        (!any.is_empty()).then(|| any.join(" OR "))
    }

    fn by_index(&self, name: &'static str, entries: &[String], shapes: &[TableShape]) -> Option<Wanted> {
        let find = |(table, indexes): (TableId, &Vec<Index>)| {
            indexes.iter().find(|index| index.name == name).map(|index| (table, index.clone()))
        };
        let (table, index) = self.indexes.iter().enumerate().find_map(find)?;
        let uses = &self.footprint.tables[table];
        let integers = |at: usize| {
            index.columns[at].1 == Canon::Int
                || is_integer(shapes, &uses.table, self.column(table, index.columns[at].0))
        };
        let condition = if index.columns.len() == 1 {
            among(&quoted(self.column(table, index.columns[0].0)), entries, integers(0))?
        } else {
            let all = entries.iter().filter_map(|entry| {
                let parts: Vec<String> = serde_json::from_str(entry).ok()?;
                let parts = parts.iter().enumerate().map(|(at, part)| {
                    among(&quoted(self.column(table, index.columns[at].0)), std::slice::from_ref(part), integers(at))
                });
                Some(format!("({})", parts.collect::<Option<Vec<_>>>()?.join(" AND ")))
            });
            all.collect::<Vec<_>>().join(" OR ")
        };
        (!condition.is_empty()).then(|| Wanted { table, alias: uses.table.clone(), condition })
    }

    fn by_key(&self, table: TableId, keys: &[&str], shapes: &[TableShape]) -> Option<Wanted> {
        let uses = &self.footprint.tables[table];
        let values = |key: &&str| serde_json::from_str::<Vec<Value>>(key).ok();
        let keys: Vec<Vec<Value>> = keys.iter().filter_map(values).collect();
        let names: Vec<&str> = uses.key.iter().map(|&c| self.column(table, c)).collect();
        let condition = if let [name] = names.as_slice() {
            let texts: Vec<String> = keys.iter().flatten().filter_map(text_of).collect();
            among(&quoted(name), &texts, is_integer(shapes, &uses.table, name))?
        } else {
            let one = |key: &Vec<Value>| {
                let parts = names.iter().zip(key).map(|(name, value)| {
                    among(&quoted(name), &[text_of(value)?], is_integer(shapes, &uses.table, name))
                });
                Some(format!("({})", parts.collect::<Option<Vec<_>>>()?.join(" AND ")))
            };
            keys.iter().filter_map(one).collect::<Vec<_>>().join(" OR ")
        };
        (!condition.is_empty()).then(|| Wanted { table, alias: uses.table.clone(), condition })
    }

    fn column(&self, table: TableId, column: usize) -> &str {
        &self.footprint.tables[table].columns[column]
    }

    /// The index entries by which a row was found, of those that were asked for: its own, or all where its own cannot be said.
    pub fn answers(&self, table: TableId, row: &Row, asked: &[Lookup]) -> Vec<usize> {
        let key = self.footprint.tables[table].key_of(row);
        let owners = self.owners(table, row);
        let fits = |lookup: &Lookup| match lookup {
            Lookup::Row { table: of, key: wanted } => *of == table && *wanted == key,
            Lookup::Owned { index, owner } => match &owners {
                Ok(owners) => owners.iter().any(|o| o.index == *index && o.owner == *owner),
                // The question about it will say what is wrong.
                Err(_) => asked.len() == 1,
            },
        };
        asked.iter().enumerate().filter(|(_, lookup)| fits(lookup)).map(|(i, _)| i).collect()
    }
}

/// Some of the store's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Every one.
    All,
    /// So many of those with the greatest keys.
    Newest(usize),
    /// The first one whose key is this or greater.
    From(i128),
}

impl Settings {
    /// The SELECTs' variables, each with what it holds as an SQL literal.
    pub fn literals(&self) -> Vec<(String, String)> {
        let of = |(name, value): (&String, &Variable)| match value {
            Variable::Integer(number) => (name.clone(), number.to_string()),
            Variable::Text(text) => (name.clone(), literal(text)),
        };
        let offset = ("clock_offset".to_owned(), self.clock_offset.to_string());
        std::iter::once(offset).chain(self.variables.iter().map(of)).collect()
    }
}

/// The SELECT whose output fills an index of owners, and that output's name.
fn source_of(index: &str) -> Option<(&'static Source, &'static str)> {
    SOURCES.iter().find_map(|source| {
        let output = source.outputs.iter().find(|o| o.index == Some(index))?;
        Some((*source, output.name))
    })
}

/// Looks for the one column that an owner is made of, so that the store can use its index.
fn narrowed(expr: &Expr<Slot>, owner: &str) -> Narrowed {
    match &expr.kind {
        Kind::Column(slot) => Narrowed::Column(*slot, owner.to_owned()),
        Kind::Call(Function::CastChar, args) => narrowed(&args[0], owner),
        Kind::Call(Function::Concat, args) => {
            let fixed = |arg: &Expr<Slot>| matches!(&arg.kind, Kind::Literal(Datum::Text(_)));
            let Some(at) = args.iter().position(|a| !fixed(a)) else { return Narrowed::Expression };
            if !args[at + 1..].iter().all(fixed) {
                return Narrowed::Expression;
            }
            let text = |args: &[Expr<Slot>]| -> String {
                args.iter()
                    .map(|a| if let Kind::Literal(Datum::Text(s)) = &a.kind { s.to_string() } else { String::new() })
                    .collect()
            };
            let inner = owner.strip_prefix(&text(&args[..at])).and_then(|o| o.strip_suffix(&text(&args[at + 1..])));
            inner.map_or(Narrowed::Never, |inner| narrowed(&args[at], inner))
        }
        _ => Narrowed::Expression,
    }
}

/// `name IN (…)`; `None` where no value can be in the column.
fn among(name: &str, values: &[String], integer: bool) -> Option<String> {
    let whole = |v: &&String| v.parse::<i128>().is_ok_and(|n| n.to_string() == **v);
    let list: Vec<String> = if integer {
        values.iter().filter(whole).cloned().collect()
    } else {
        values.iter().map(|v| literal(v)).collect()
    };
    (!list.is_empty()).then(|| format!("{name} IN ({})", list.join(", ")))
}

fn is_integer(shapes: &[TableShape], table: &str, column: &str) -> bool {
    let shape = shapes.iter().find(|s| s.table == table);
    let found = shape.and_then(|s| s.columns.iter().find(|c| c.name.eq_ignore_ascii_case(column)));
    found.is_some_and(|c| ["tinyint", "smallint", "mediumint", "int", "bigint"].contains(&c.data_type.as_str()))
}

/// The text by which the store finds a key's value again.
fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Int(i) => i.to_string(),
        Value::UInt(u) => u.to_string(),
        Value::Decimal(d) => d.to_string(),
        Value::Text(s) => s.to_string(),
        Value::Time(s) | Value::BigDecimal(s) => s.to_string(),
        Value::Null | Value::Double(_) | Value::Float(_) | Value::Bytes(_) | Value::Garbled(_) | Value::Absent => {
            return None;
        }
    })
}
