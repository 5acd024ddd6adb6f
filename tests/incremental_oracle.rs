//! Incremental is the same as from scratch: random changes to random tables of each shipped profile, and after every
//! transaction the documents that were worked out again because of it are what the store's own SELECTs say of all of them.
//!
//! Lookup tables are followed here, so that a change that was missed anywhere shows. `LEDGERTAP_INCREMENTAL_SEED` repeats a run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use ledgertap::binlog::{Limits, Source, Store, Stream, position};
use ledgertap::change::{ColumnShape, Position, TableShape};
use ledgertap::mapping::{Bound, Loaded, Mapping, Printed, Slice};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Row as ServerRow, Value as ServerValue};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

use crate::world;

/// Each profile with the shop whose tables it gets.
const SHOPS: &[(&str, &str)] = &[
    ("ecshop-4", "ecshop-4"),
    ("magento2", "magento2"),
    ("opencart", "opencart"),
    ("prestashop-1.7", "prestashop-1.7"),
    ("shops", "shops"),
    ("woocommerce", "woocommerce"),
    ("woocommerce-posts", "woocommerce-posts"),
];
const TRANSACTIONS: usize = 60;
const STATEMENTS_MAX: usize = 12;
/// Keys are few, so that rows meet.
const KEY_MAX: i64 = 4;
/// Percent of all answers that we may refuse: random texts are dates and states too seldom.
const REFUSED_MAX: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_what_the_store_says_on_mariadb() {
    all(&world::mariadb()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_is_what_the_store_says_on_mysql() {
    all(&world::mysql()).await;
}

async fn all(root: &str) {
    let seed = std::env::var("LEDGERTAP_INCREMENTAL_SEED").ok().and_then(|s| s.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| rand::rng().random());
    println!("LEDGERTAP_INCREMENTAL_SEED={seed}");
    for &(profile, shop) in SHOPS {
        let mut trial = Trial::on(root, profile, shop, seed).await;
        for _ in 0..TRANSACTIONS {
            trial.transaction().await;
        }
        let Tally { compared, refused, reasons } = &trial.tally;
        println!("{profile}: {compared} answers compared, {refused} refused {reasons:?}");
        assert!(*compared > TRANSACTIONS * 10, "{profile}: {compared} answers are too few");
        assert!(refused * 100 <= REFUSED_MAX * (compared + refused), "{profile}: {refused} refused: {reasons:?}");
    }
}

#[derive(Default)]
struct Tally {
    compared: usize,
    refused: usize,
    reasons: BTreeMap<String, usize>,
}

/// What one SELECT says of one owner.
type Answer = Result<Vec<Printed>, String>;

struct Trial {
    profile: String,
    conn: Conn,
    store: Store,
    stream: Stream,
    at: Position,
    bound: Bound,
    shapes: Vec<TableShape>,
    /// The mirror: everything came through the stream.
    slice: Slice,
    /// By index and owner; only what a change has touched is worked out again.
    answers: BTreeMap<(&'static str, String), Answer>,
    texts: Vec<String>,
    dice: ChaCha8Rng,
    tally: Tally,
    written: Vec<String>,
}

impl Trial {
    async fn on(root: &str, profile: &str, shop: &str, seed: u64) -> Trial {
        let url = world::fresh_database(root, "incremental").await;
        let mut conn = Conn::new(Opts::from_url(&url).unwrap()).await.unwrap();
        conn.query_drop("SET NAMES utf8mb4").await.unwrap();
        conn.query_drop("SET sql_mode = '', foreign_key_checks = 0").await.unwrap();
        let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stores").join(shop).join("tables.sql");
        let text: String = std::fs::read_to_string(tables).unwrap();
        let text: Vec<&str> = text.lines().filter(|l| !l.starts_with("--")).collect();
        for statement in text.join("\n").split(";\n").map(str::trim).filter(|s| !s.is_empty()) {
            conn.query_drop(statement.trim_end_matches(';')).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
        }
        let plain = Mapping::load(profile, &toml::Table::new()).unwrap();
        let follow = toml::Value::from(plain.tables());
        let mapping = Mapping::load(profile, &toml::Table::from_iter([("follow".to_owned(), follow)])).unwrap();
        let mut store = Store::connect(&Source::from_url(&url).unwrap()).await.unwrap();
        let shapes = store.shapes(&mapping.tables()).await.unwrap();
        let bound = mapping.bind(&shapes).unwrap();
        let at = store.head().await.unwrap();
        let stream = store.stream(&at, bound.footprint(), &shapes).await.unwrap();
        let zone = format!("SET time_zone = '{}'", mapping.settings().zone_name());
        if conn.query_drop(zone).await.is_err() {
            // The server has no names of zones; what the SELECTs make of times is tried elsewhere.
            conn.query_drop("SET time_zone = '+00:00'").await.unwrap();
        }
        for (name, literal) in mapping.settings().literals() {
            conn.query_drop(format!("SET @{name} = {literal}")).await.unwrap();
        }
        let texts = literals(profile);
        let dice = ChaCha8Rng::seed_from_u64(seed);
        let (slice, answers, tally, written) = (Slice::new(), BTreeMap::new(), Tally::default(), Vec::new());
        let profile = profile.to_owned();
        Trial { profile, conn, store, stream, at, bound, shapes, slice, answers, texts, dice, tally, written }
    }

    async fn transaction(&mut self) {
        self.conn.query_drop("BEGIN").await.unwrap();
        for _ in 0..self.dice.random_range(1..=STATEMENTS_MAX) {
            let statement = self.statement();
            self.conn.query_drop(&statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
            self.written.push(statement);
        }
        self.conn.query_drop("COMMIT").await.unwrap();
        let head = self.store.head().await.unwrap();
        let mut dirty = Dirty::default();
        while !position::reached(&self.at, &head) {
            let reading = self.stream.next(&Limits { transactions: 100, rows: 10_000 });
            let batch =
                tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the head is near").unwrap();
            for change in batch.transactions.iter().flat_map(|t| &t.changes) {
                self.touched(change.table, change.before.as_ref(), &mut dirty);
                self.slice.apply(&self.bound, change).unwrap();
                self.touched(change.table, change.after.as_ref(), &mut dirty);
            }
            self.at = batch.position;
        }
        self.work_out(&dirty);
        self.compare().await;
    }

    fn touched(&mut self, table: usize, row: Option<&ledgertap::change::Row>, dirty: &mut Dirty) {
        let Some(row) = row else { return };
        let touched = ask(&mut self.slice, |s| self.bound.touched(table, row, s)).unwrap();
        dirty.orders.extend(touched.orders);
        dirty.refunds.extend(touched.refunds);
        dirty.customers.extend(touched.customers);
    }

    /// Works out again what was touched, and nothing else.
    fn work_out(&mut self, dirty: &Dirty) {
        let of = |index: &'static str, owners: &BTreeSet<String>| -> Vec<(&'static str, String)> {
            owners.iter().map(|owner| (index, owner.clone())).collect()
        };
        let mut all = of("customer.id", &dirty.customers);
        for index in ["order.id", "order_line.order_id", "refund.order_id"] {
            all.extend(of(index, &dirty.orders));
        }
        all.extend(of("refund_line.refund_id", &dirty.refunds));
        for (index, owner) in all {
            let answer = ask(&mut self.slice, |s| self.bound.printed(index, &owner, s)).map_err(|e| e.what);
            self.answers.insert((index, owner), answer);
        }
    }

    async fn compare(&mut self) {
        let keys: Vec<_> = self.answers.keys().cloned().collect();
        let mut of: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        keys.into_iter().for_each(|(index, owner)| of.entry(index).or_default().push(owner));
        for (index, owners) in of {
            let (file, owner_output) = index.split_once('.').unwrap();
            let mut said: BTreeMap<String, Vec<Printed>> = BTreeMap::new();
            for select in self.bound.selects(index, &owners, &self.shapes) {
                for row in rows(&mut self.conn, &select).await {
                    let owner = row[owner_output].clone().unwrap_or_default();
                    said.entry(owner).or_default().push(self.plain(file, row));
                }
            }
            for owner in owners {
                let theirs = sorted(said.remove(&owner).unwrap_or_default());
                match self.answers[&(index, owner.clone())].clone() {
                    Err(what) => {
                        self.tally.refused += 1;
                        *self.tally.reasons.entry(what).or_default() += 1;
                    }
                    Ok(ours) => {
                        self.tally.compared += 1;
                        let ours = sorted(ours.into_iter().map(|row| self.plain(file, row)).collect());
                        assert_eq!(
                            ours,
                            theirs,
                            "{}: {index} {owner}, ours and the store's, after:\n{}",
                            self.profile,
                            self.written.join(";\n")
                        );
                    }
                }
            }
        }
    }

    /// A row without what only shows: a number's zeros at its end.
    fn plain(&self, file: &str, row: Printed) -> Printed {
        let file = format!("{file}.sql");
        let plain = |(name, value): (String, Option<String>)| {
            let number = self.bound.is_number(&file, &name);
            let value = value.map(|v| match v.parse::<Decimal>() {
                Ok(n) if number => n.normalize().to_string(),
                _ => v,
            });
            (name, value)
        };
        row.into_iter().map(plain).collect()
    }

    /// One statement on one of the tables.
    fn statement(&mut self) -> String {
        let table = self.dice.random_range(0..self.bound.footprint().tables.len());
        let uses = self.bound.footprint().tables[table].clone();
        let shape = self.shapes.iter().find(|s| s.table == uses.table).unwrap().clone();
        let columns: Vec<&ColumnShape> =
            uses.columns.iter().map(|c| shape.columns.iter().find(|s| s.name == *c).unwrap()).collect();
        let condition: Vec<String> =
            uses.key.iter().map(|&k| format!("`{}` = {}", columns[k].name, self.value(columns[k], true))).collect();
        match self.dice.random_range(0..10) {
            0..6 => {
                let values: Vec<String> =
                    columns.iter().enumerate().map(|(i, c)| self.value(c, uses.key.contains(&i))).collect();
                let names: Vec<String> = columns.iter().map(|c| format!("`{}`", c.name)).collect();
                // What the profile says of a table without a key has to be true.
                if shape.key.is_empty() {
                    let key: Vec<String> = uses.key.iter().map(|&k| format!("{} = {}", names[k], values[k])).collect();
                    return format!(
                        "INSERT INTO `{0}` ({1}) SELECT {2} FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM `{0}` WHERE {3})",
                        uses.table,
                        names.join(", "),
                        values.join(", "),
                        key.join(" AND ")
                    );
                }
                format!("REPLACE INTO `{}` ({}) VALUES ({})", uses.table, names.join(", "), values.join(", "))
            }
            6..9 if !shape.key.is_empty() => {
                let column = *columns.choose(&mut self.dice).unwrap();
                let value = self.value(column, uses.key.iter().any(|&k| columns[k].name == column.name));
                format!(
                    "UPDATE IGNORE `{}` SET `{}` = {value} WHERE {}",
                    uses.table,
                    column.name,
                    condition.join(" AND ")
                )
            }
            _ => format!("DELETE FROM `{}` WHERE {}", uses.table, condition.join(" AND ")),
        }
    }

    fn value(&mut self, column: &ColumnShape, key: bool) -> String {
        if column.nullable && !key && self.dice.random_ratio(1, 8) {
            return "NULL".to_owned();
        }
        let some = |dice: &mut ChaCha8Rng, of: &[&str]| (*of.choose(dice).unwrap()).to_owned();
        match column.data_type.as_str() {
            t if t.ends_with("int") => self.dice.random_range(i64::from(key)..=KEY_MAX).to_string(),
            "decimal" | "double" | "float" => some(&mut self.dice, &["0", "1", "2", "1.5", "10", "19.99", "119"]),
            "datetime" | "timestamp" => {
                format!("'2026-01-0{} 10:00:00'", self.dice.random_range(1..=9))
            }
            "date" => "'2026-01-02'".to_owned(),
            "enum" | "set" => format!("'{}'", column.labels.choose(&mut self.dice).unwrap()),
            "json" => "'{\"a\": 1}'".to_owned(),
            // MySQL gives no answer at all where a text is no JSON.
            _ if column.name.contains("options") => {
                format!("'{{\"product_calculations\": \"{}\"}}'", self.dice.random_range(0..2))
            }
            _ if key => format!("'{}'", self.dice.random_range(1..=KEY_MAX)),
            _ => {
                let text = self.texts.choose(&mut self.dice).unwrap();
                let length = column.size.first().map_or(usize::MAX, |n| *n as usize);
                let cut: String = text.chars().take(length).collect();
                format!("'{}'", cut.trim_end().replace('\'', "''").replace('\\', "\\\\"))
            }
        }
    }
}

#[derive(Default)]
struct Dirty {
    orders: BTreeSet<String>,
    refunds: BTreeSet<String>,
    customers: BTreeSet<String>,
}

/// Everything came through the stream: what is missing is not there.
fn ask<T>(slice: &mut Slice, mut question: impl FnMut(&mut Slice) -> Loaded<T>) -> T {
    loop {
        if let Loaded::Ready(answer) = question(slice) {
            return answer;
        }
        for lookup in slice.missing().clone() {
            slice.fill(lookup, Vec::new());
        }
    }
}

fn sorted(mut rows: Vec<Printed>) -> Vec<Printed> {
    rows.sort();
    rows
}

async fn rows(conn: &mut Conn, select: &str) -> Vec<Printed> {
    let rows: Vec<ServerRow> = conn.query(select).await.unwrap_or_else(|e| panic!("{select}: {e}"));
    let print = |v: &ServerValue| match v {
        ServerValue::NULL => None,
        ServerValue::Bytes(bytes) => Some(String::from_utf8(bytes.clone()).unwrap()),
        other => panic!("the text protocol yields text, not {other:?}"),
    };
    let row = |row: ServerRow| {
        let names: Vec<String> = row.columns_ref().iter().map(|c| c.name_str().into_owned()).collect();
        names.into_iter().zip(row.unwrap_raw().iter().map(|v| print(v.as_ref().unwrap()))).collect()
    };
    rows.into_iter().map(row).collect()
}

/// The texts that the profile's SELECTs compare with, and some others.
fn literals(profile: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/stores");
    let mut texts: BTreeSet<String> =
        ["1", "2", "3", "19", "3.50", "", "Ann", "a b", "北京", "10 pieces"].map(str::to_owned).into();
    for of in [profile, profile.split('-').next().unwrap()] {
        let Ok(files) = std::fs::read_dir(folder.join(of)) else { continue };
        for file in files.flatten().filter(|f| f.path().extension().is_some_and(|e| e == "sql")) {
            let text = std::fs::read_to_string(file.path()).unwrap();
            let code: Vec<&str> = text.lines().map(|l| l.split("--").next().unwrap()).collect();
            texts.extend(code.join("\n").split('\'').skip(1).step_by(2).map(str::to_owned));
        }
    }
    texts.into_iter().collect()
}
