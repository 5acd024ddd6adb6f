//! Documents built from a slice of the mirror equal those built from the whole store, whatever happened in between.
//!
//! A store of five tables is changed at random (inserts, updates, re-parenting, changed keys, deletes) in batches. One side
//! keeps a mirror and owner indexes by nothing but [`Slice::writes`], as the state database does. The other side computes
//! each document from the store's rows by hand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::change::{Lookup, MirrorRow, Row, RowChange, RowKey, TableId, Value};
use crate::document::{LineKind, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine};
use crate::mapping::{Bound, Loaded, Slice, Write};

use super::*;

const KEYS: i64 = 5;

/// One change to one table, with small numbers so that rows meet.
#[derive(Debug, Clone)]
struct Step {
    table: usize,
    key: i64,
    /// A change of the key, where it is not the same.
    new_key: i64,
    parent: i64,
    amount: i64,
    delete: bool,
}

fn step() -> impl Strategy<Value = Step> {
    (0..TABLES.len(), 1..=KEYS, 1..=KEYS, 1..=KEYS, 0..1000i64, prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(table, key, other, parent, amount, delete, moves)| Step {
            table,
            key,
            new_key: if moves { other } else { key },
            parent,
            amount,
            delete,
        })
}

const TABLES: [&str; 5] = ["shop_orders", "shop_lines", "shop_refunds", "shop_refund_lines", "shop_regions"];

/// A row as the store has it: key, parent, amount.
type Rows = BTreeMap<i64, (i64, i64)>;

#[derive(Default)]
struct Store {
    tables: [Rows; 5],
}

impl Store {
    /// Applies a step as a store would, and says what its binlog says.
    fn apply(&mut self, step: &Step, bound: &Bound) -> Option<RowChange> {
        let rows = &mut self.tables[step.table];
        let before = rows.get(&step.key).copied();
        if step.delete && before.is_none() || step.new_key != step.key && rows.contains_key(&step.new_key) {
            return None;
        }
        let key_after = if before.is_some() { step.new_key } else { step.key };
        rows.remove(&step.key);
        let after = (!step.delete).then_some((step.parent, step.amount));
        if let Some(after) = after {
            rows.insert(key_after, after);
        }
        let table = bound.footprint().tables.iter().position(|t| t.table == TABLES[step.table]).unwrap();
        let image = |key: i64, row: (i64, i64)| image(bound, table, key, row);
        Some(RowChange { table, before: before.map(|r| image(step.key, r)), after: after.map(|r| image(key_after, r)) })
    }

    /// An order by hand, from all rows.
    fn order(&self, id: i64) -> Option<OrderView> {
        let [orders, lines, refunds, refund_lines, regions] = &self.tables;
        let &(region, amount) = orders.get(&id).filter(|o| o.1 % 7 != 0)?;
        let name = |id: i64| regions.get(&id).map(|_| format!("r{id}"));
        let city = regions.get(&region);
        let ship_to = [city.and_then(|c| name(c.0)), city.and_then(|_| name(region))];
        let ship_to = ship_to.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let mut view_lines: Vec<ViewLine> = lines
            .iter()
            .filter(|(_, l)| l.0 == id)
            .map(|(&key, l)| line(&key.to_string(), l.1, LineKind::Goods))
            .collect();
        if amount != 0 {
            view_lines.push(line("shipping", amount, LineKind::Shipping));
        }
        let refunds = refunds.iter().filter(|(_, r)| r.0 == id).map(|(&refund, r)| RefundView {
            id: refund.to_string(),
            included: false,
            amount: Decimal::new(r.1, 2),
            lines: refund_lines.iter().filter(|(_, l)| l.0 == refund).map(|(&l, row)| refund_line(l, row.1)).collect(),
        });
        Some(OrderView {
            id: id.to_string(),
            number: format!("N{id}"),
            customer: region.to_string(),
            date: date(2026, 11, 20),
            currency: "CNY".into(),
            state: OrderState::Posted,
            ship_to: Some(ship_to).filter(|s| !s.is_empty()),
            prices_include_tax: true,
            lines: view_lines,
            discount: Decimal::ZERO,
            goods_total: None,
            total: Decimal::new(amount, 2),
            refunds: refunds.collect(),
            tenders: Vec::new(),
            extra: BTreeMap::new(),
            warnings: Vec::new(),
        })
    }
}

fn line(key: &str, amount: i64, kind: LineKind) -> ViewLine {
    let goods = kind == LineKind::Goods;
    ViewLine {
        key: key.into(),
        kind,
        sku: if goods { "S".into() } else { "SHIPPING".into() },
        options: None,
        name: if goods { "n".into() } else { "SHIPPING".into() },
        quantity: if goods { Decimal::from(amount) } else { Decimal::ONE },
        amount: Decimal::new(amount, 2),
        tax: Tax::Included { rate: Decimal::from(13) },
        shipped: Decimal::ZERO,
        extra: BTreeMap::new(),
    }
}

fn refund_line(id: i64, amount: i64) -> RefundLineView {
    let quantity = Decimal::from(amount);
    RefundLineView { id: id.to_string(), line: None, sku: "S".into(), quantity, amount: None, tax: None }
}

/// A row in the footprint's columns.
fn image(bound: &Bound, table: TableId, key: i64, (parent, amount): (i64, i64)) -> Row {
    let shape = &bound.footprint().tables[table];
    shape
        .columns
        .iter()
        .map(|column| match (shape.table.as_str(), column.as_str()) {
            ("shop_orders", "id") => Value::UInt(key.unsigned_abs()),
            (_, "id") => Value::Int(key),
            (_, "region_id" | "user_id" | "order_id" | "refund_id" | "parent_id") => Value::Int(parent),
            ("shop_regions", "name") => Value::text(format!("r{key}")),
            (_, "name") => Value::text("n"),
            (_, "code") => Value::text(format!("N{key}")),
            (_, "at") => Value::Time("2026-11-20 00:00:00".into()),
            (_, "state") => Value::text("posted"),
            (_, "sku") => Value::text("S"),
            (_, "hidden") => Value::Int(i64::from(amount % 7 == 0)),
            (_, "qty") => Value::Int(amount),
            _ => Value::Decimal(Decimal::new(amount, 2)),
        })
        .collect()
}

/// A state database: the mirror and its owner indexes, written by [`Slice::writes`] alone.
#[derive(Default)]
struct State {
    rows: BTreeMap<(TableId, RowKey), Row>,
    owned: BTreeMap<(&'static str, String), BTreeSet<(TableId, RowKey)>>,
}

impl State {
    fn answer(&self, lookup: &Lookup) -> Vec<MirrorRow> {
        let row = |id: &(TableId, RowKey)| {
            self.rows.get(id).map(|row| MirrorRow { table: id.0, key: id.1.clone(), row: row.clone() })
        };
        match lookup {
            Lookup::Row { table, key } => row(&(*table, key.clone())).into_iter().collect(),
            Lookup::Owned { index, owner } => {
                self.owned.get(&(*index, owner.to_string())).into_iter().flatten().filter_map(row).collect()
            }
        }
    }

    fn commit(&mut self, slice: &Slice) {
        for Write { table, key, row, owners, .. } in slice.writes() {
            let id = (table, key);
            self.owned.values_mut().for_each(|ids| ids.retain(|other| *other != id));
            match row {
                None => drop(self.rows.remove(&id)),
                Some(row) => {
                    for owner in owners {
                        self.owned.entry((owner.index, owner.owner.to_string())).or_default().insert(id.clone());
                    }
                    self.rows.insert(id, row);
                }
            }
        }
    }

    /// An order from a slice, which is filled as it asks.
    fn order(&self, bound: &Bound, slice: &mut Slice, id: i64) -> Option<OrderView> {
        loop {
            if let Loaded::Ready(order) = bound.order(&id.to_string(), slice) {
                return order.unwrap();
            }
            for lookup in slice.missing().clone() {
                let rows = self.answer(&lookup);
                slice.fill(lookup, rows);
            }
        }
    }
}

/// The mapping of the tests, its customers being the orders' regions.
fn bound() -> Bound {
    let order = files()["order.sql"].replace("o.user_id AS", "o.region_id AS");
    bind(&with("order.sql", &order)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn incremental_is_from_scratch(batches in prop::collection::vec(prop::collection::vec(step(), 1..12), 1..8)) {
        let bound = bound();
        let (mut store, mut state) = (Store::default(), State::default());
        for batch in &batches {
            let mut slice = Slice::new();
            for step in batch {
                let Some(change) = store.apply(step, &bound) else { continue };
                slice.apply(&bound, &change).unwrap();
                for id in 1..=KEYS {
                    prop_assert_eq!(state.order(&bound, &mut slice, id), store.order(id), "order {} after {:?}", id, step);
                }
            }
            state.commit(&slice);
        }
    }

    #[test]
    fn a_restarted_slice_gives_the_same_writes(batch in prop::collection::vec(step(), 1..30)) {
        let bound = bound();
        let (mut store, state) = (Store::default(), State::default());
        let changes: Vec<_> = batch.iter().filter_map(|s| store.apply(s, &bound)).collect();
        let mut slice = Slice::new();
        let mut writes = Vec::new();
        for _ in 0..2 {
            slice.restart();
            changes.iter().for_each(|c| slice.apply(&bound, c).unwrap());
            state.order(&bound, &mut slice, 1);
            let all: Vec<Write> = slice.writes().collect();
            assert!(all.is_sorted_by(|a, b| (a.table, &a.key) < (b.table, &b.key)));
            writes.push(all);
        }
        prop_assert_eq!(&writes[0], &writes[1]);
        let left: BTreeSet<_> = writes[0].iter().filter(|w| w.row.is_some()).map(|w| (w.table, w.key.clone())).collect();
        prop_assert_eq!(left.len(), store.tables.iter().map(BTreeMap::len).sum::<usize>());
    }
}

#[test]
fn every_changed_document_is_touched_by_the_images_of_its_change() {
    let bound = bound();
    let touched = |table, row: &Row| match bound.touched(table, row, &mut Slice::new()) {
        Loaded::Ready(touched) => touched.unwrap(),
        Loaded::Missing => panic!("no row has to be looked up"),
    };
    let lines = bound.footprint().tables.iter().position(|t| t.table == "shop_lines").unwrap();
    let (before, after) = (image(&bound, lines, 1, (2, 5)), image(&bound, lines, 1, (3, 5)));
    assert_eq!(touched(lines, &before).orders, ["2"]);
    assert_eq!(touched(lines, &after).orders, ["3"]);
    let refund_lines = bound.footprint().tables.iter().position(|t| t.table == "shop_refund_lines").unwrap();
    let found = touched(refund_lines, &image(&bound, refund_lines, 1, (4, 5)));
    assert_eq!((found.refunds, found.orders), (vec!["4".to_owned()], vec![]));
    let regions = bound.footprint().tables.iter().position(|t| t.table == "shop_regions").unwrap();
    assert_eq!(touched(regions, &image(&bound, regions, 1, (4, 5))), Default::default());
}
