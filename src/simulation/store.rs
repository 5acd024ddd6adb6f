//! A small shop, what it knows that its orders come to, and the binlog of what it does.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::dice::Dice;
use super::wire::Signal;
use crate::change::{Batch, ColumnShape, Phase, Position, Row, RowChange, TableShape, Transaction, Value};
use crate::mapping::{Bound, Mapping};

const FILES: [(&str, &str); 6] = [
    ("profile.toml", "time_zone = \"+08:00\"\ncurrency = \"CNY\"\ntax_rate = \"13\"\nsettle = \"2s\"\n"),
    ("customer.sql", "SELECT CONCAT('U', u.id) AS id, u.name AS name FROM users u"),
    (
        "order.sql",
        "SELECT o.id, o.code AS number, CONCAT('U', o.user_id) AS customer_id, o.at AS placed_at, o.state, o.discount,
                o.ship AS shipping, o.total
         FROM orders o",
    ),
    ("order_line.sql", "SELECT l.id, l.order_id, l.sku, l.name, l.qty AS quantity, l.amount FROM order_lines l"),
    ("refund.sql", "SELECT r.id, r.order_id, FALSE AS included, r.amount FROM refunds r"),
    ("refund_line.sql", "SELECT l.id, l.refund_id, l.line_id, l.sku, l.qty AS quantity, l.amount FROM refund_lines l"),
];

const TABLES: [(&str, &[(&str, &str)]); 5] = [
    (
        "order_lines",
        &[
            ("id", "int"),
            ("order_id", "int"),
            ("sku", "varchar"),
            ("name", "varchar"),
            ("qty", "int"),
            ("amount", "decimal"),
        ],
    ),
    (
        "orders",
        &[
            ("id", "int"),
            ("code", "varchar"),
            ("user_id", "int"),
            ("at", "datetime"),
            ("state", "varchar"),
            ("discount", "decimal"),
            ("ship", "decimal"),
            ("total", "decimal"),
        ],
    ),
    (
        "refund_lines",
        &[
            ("id", "int"),
            ("refund_id", "int"),
            ("line_id", "int"),
            ("sku", "varchar"),
            ("qty", "int"),
            ("amount", "decimal"),
        ],
    ),
    ("refunds", &[("id", "int"), ("order_id", "int"), ("amount", "decimal")]),
    ("users", &[("id", "int"), ("name", "varchar")]),
];

/// The shop's mapping, bound to its tables.
pub(super) static BOUND: LazyLock<Arc<Bound>> = LazyLock::new(|| {
    let files: BTreeMap<String, String> = FILES.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    let shape = |(table, columns): &(&str, &[(&str, &str)])| TableShape {
        table: (*table).to_owned(),
        engine: "InnoDB".into(),
        columns: columns.iter().map(|(name, data_type)| column(name, data_type)).collect(),
        key: vec!["id".into()],
        ..TableShape::default()
    };
    let shapes: Vec<TableShape> = TABLES.iter().map(shape).collect();
    let mapping = Mapping::from_files(&files, &toml::Table::new()).expect("the mapping has no fault");
    Arc::new(mapping.bind(&shapes).expect("the mapping fits the tables"))
});

fn column(name: &str, data_type: &str) -> ColumnShape {
    let charset = (data_type == "varchar").then(|| "utf8mb4".to_owned());
    ColumnShape { name: name.into(), data_type: data_type.into(), charset, nullable: true, ..ColumnShape::default() }
}

/// What the store has committed; read from any place on, again and again.
pub(super) struct Binlog {
    log: Mutex<Vec<Transaction>>,
    /// How coarse its times are.
    resolution_us: u32,
    head: Signal,
}

impl Binlog {
    pub fn new(resolution_us: u32) -> Binlog {
        Binlog { log: Mutex::default(), resolution_us, head: Signal::default() }
    }

    fn commit(&self, changes: Vec<RowChange>, now: Timestamp) {
        let mut log = self.log();
        let us = now.as_microsecond();
        let committed_at = Timestamp::from_microsecond(us - us % i64::from(self.resolution_us)).unwrap_or(now);
        let id: Arc<str> = format!("0-1-{}", log.len() + 1).into();
        let resolution_us = self.resolution_us;
        log.push(Transaction { id, committed_at, resolution_us, changes, phase: Phase::Whole, logged: None });
        self.head.set(log.len() as u64);
    }

    /// How many transactions there are.
    pub fn head(&self) -> usize {
        usize::try_from(self.head.get()).unwrap_or(usize::MAX)
    }

    /// Waits until there are more than so many.
    pub async fn longer_than(&self, transactions: usize) {
        self.head.until(|head| head > transactions as u64).await;
    }

    /// At most `max` transactions from a position on.
    pub fn batch(&self, from: usize, max: usize) -> Batch {
        let transactions: Vec<Transaction> = self.log().iter().skip(from).take(max).cloned().collect();
        let position = position(from + transactions.len());
        Batch { transactions, position, shapes: None }
    }

    fn log(&self) -> MutexGuard<'_, Vec<Transaction>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The position behind so many transactions.
pub(super) fn position(transactions: usize) -> Position {
    Position(format!("simulated:{transactions}"))
}

/// How many transactions lie before a position.
pub(super) fn offset(position: Option<&Position>) -> usize {
    position.and_then(|p| p.0.strip_prefix("simulated:")?.parse().ok()).unwrap_or_default()
}

#[derive(Clone)]
struct Line {
    id: i64,
    sku: &'static str,
    pieces: i64,
    price: i64,
}

impl Line {
    fn amount(&self) -> i64 {
        self.pieces * self.price
    }
}

/// An order as the shop knows it. Amounts are in cents.
#[derive(Clone)]
pub(super) struct Order {
    id: i64,
    user: i64,
    state: &'static str,
    lines: Vec<Line>,
    discount: i64,
    shipping: i64,
    refunded: i64,
    posted: bool,
    at: String,
}

impl Order {
    fn goods(&self) -> i64 {
        self.lines.iter().map(Line::amount).sum()
    }

    fn total(&self) -> i64 {
        self.goods() - self.discount + self.shipping
    }

    /// What the books have to say of it.
    pub fn worth(&self) -> Decimal {
        let worth = if self.state == "posted" { self.total() - self.refunded } else { 0 };
        Decimal::new(worth, 2)
    }

    /// Its number.
    pub fn number(&self) -> String {
        format!("S{}", self.id)
    }

    fn row(&self) -> Row {
        let cents = |amount| Value::Decimal(Decimal::new(amount, 2));
        // In the order of the footprint's columns.
        row(
            "orders",
            &[
                ("id", Value::Int(self.id)),
                ("code", Value::text(self.number())),
                ("user_id", Value::Int(self.user)),
                ("at", Value::Time(self.at.as_str().into())),
                ("state", Value::text(self.state)),
                ("discount", cents(self.discount)),
                ("ship", cents(self.shipping)),
                ("total", cents(self.total())),
            ],
        )
    }
}

/// The shop.
pub(super) struct Shop {
    dice: Dice,
    log: Arc<Binlog>,
    pub orders: Vec<Order>,
    pub users: BTreeMap<i64, String>,
    last_id: i64,
    /// Steps of what it is doing, one a transaction.
    steps: Vec<Vec<RowChange>>,
}

const SKUS: [&str; 4] = ["TEA", "CUP", "POT", "SPOON"];

impl Shop {
    pub fn new(dice: Dice, log: Arc<Binlog>) -> Shop {
        Shop { dice, log, orders: Vec::new(), users: BTreeMap::new(), last_id: 0, steps: Vec::new() }
    }

    /// Does one thing; its rows are committed by [`Shop::commit_next`], step by step.
    pub fn act(&mut self, orders_max: usize, now: Timestamp) {
        if self.orders.is_empty() || (self.orders.len() < orders_max && self.dice.chance(350)) {
            return self.sell(now);
        }
        let index = usize::try_from(self.dice.below(self.orders.len() as u64)).unwrap_or_default();
        let (before, mut order) = (self.orders[index].clone(), self.orders[index].clone());
        match order.state {
            "open" if self.dice.chance(700) => order.state = "posted",
            "posted" => self.change(&mut order),
            // It is sold all the same.
            "cancelled" if before.posted && self.dice.chance(300) => order.state = "posted",
            _ => return self.rename(),
        }
        order.posted |= order.state == "posted";
        self.step("orders", Some(before.row()), Some(order.row()));
        self.orders[index] = order;
    }

    /// Commits the next step; false where there is none.
    pub fn commit_next(&mut self, now: Timestamp) -> bool {
        if self.steps.is_empty() {
            return false;
        }
        // Now and then two steps are one transaction.
        let together = if self.dice.chance(300) { 2 } else { 1 };
        let changes: Vec<RowChange> = self.steps.drain(..together.min(self.steps.len())).flatten().collect();
        self.log.commit(changes, now);
        true
    }

    fn sell(&mut self, now: Timestamp) {
        let user = 1 + i64::try_from(self.dice.below(3)).unwrap_or_default();
        if let std::collections::btree_map::Entry::Vacant(vacant) = self.users.entry(user) {
            let name = vacant.insert(format!("customer {user}")).clone();
            self.step("users", None, Some(user_row(user, &name)));
        }
        let id = self.next_id();
        let at = jiff::tz::TimeZone::fixed(jiff::tz::offset(8)).to_datetime(now);
        let mut order = Order {
            id,
            user,
            state: self.dice.pick(&["open", "posted", "posted"]),
            lines: Vec::new(),
            discount: 0,
            shipping: self.dice.pick(&[0, 0, 999, 1200]),
            refunded: 0,
            posted: false,
            at: at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        };
        order.posted = order.state == "posted";
        let header = self.steps.len();
        for _ in 0..self.dice.between(1, 4) {
            self.add_line(&mut order);
        }
        order.discount = self.discount(&order);
        // The header comes first, as in most shops: until the lines are there the order does not balance.
        self.steps.insert(header, vec![change("orders", None, Some(order.row()))]);
        self.orders.push(order);
    }

    fn change(&mut self, order: &mut Order) {
        // What was refunded in part is not edited any more.
        let editable = order.refunded == 0;
        match self.dice.below(10) {
            0..3 if editable => order.discount = self.discount(order),
            3 if editable => self.add_line(order),
            4 | 5 if editable => {
                let index = usize::try_from(self.dice.below(order.lines.len() as u64)).unwrap_or_default();
                let before = line_row(order, &order.lines[index]);
                order.lines[index].pieces = self.dice.between(1, 6).cast_signed();
                order.discount = order.discount.min(order.goods() / 2);
                let after = line_row(order, &order.lines[index]);
                self.step("order_lines", Some(before), Some(after));
            }
            6 => order.shipping = self.dice.pick(&[0, 500, 999, 1200, 3000]),
            7 => order.state = "cancelled",
            8 => order.state = "returned",
            _ if order.discount == 0 && editable => self.refund(order),
            _ => order.shipping += 1,
        }
    }

    /// Some pieces of a line come back, or money alone.
    fn refund(&mut self, order: &mut Order) {
        let refund = self.next_id();
        let line = self.dice.pick(&(0..order.lines.len()).collect::<Vec<_>>());
        let line = order.lines[line].clone();
        let pieces = self.dice.between(0, line.pieces.cast_unsigned() + 1).cast_signed();
        let amount = if pieces == 0 { order.goods() / 5 } else { pieces * line.price };
        let cents = Value::Decimal(Decimal::new(amount, 2));
        order.refunded += amount;
        let header = row(
            "refunds",
            &[("id", Value::Int(refund)), ("order_id", Value::Int(order.id)), ("amount", cents.clone())],
        );
        let mut rows = vec![change("refunds", None, Some(header))];
        if pieces > 0 {
            let id = self.next_id();
            let values = [
                ("id", Value::Int(id)),
                ("refund_id", Value::Int(refund)),
                ("line_id", Value::Int(line.id)),
                ("sku", Value::text(line.sku)),
                ("qty", Value::Int(pieces)),
                ("amount", cents),
            ];
            rows.push(change("refund_lines", None, Some(row("refund_lines", &values))));
        }
        self.steps.push(rows);
    }

    fn rename(&mut self) {
        let users: Vec<i64> = self.users.keys().copied().collect();
        let user = self.dice.pick(&users);
        let name = format!("customer {user}, {}", self.dice.below(1000));
        let before = self.users.insert(user, name.clone()).unwrap_or_default();
        self.step("users", Some(user_row(user, &before)), Some(user_row(user, &name)));
    }

    fn discount(&self, order: &Order) -> i64 {
        let most = u64::try_from(order.goods() / 2).unwrap_or_default();
        if self.dice.chance(500) { 0 } else { self.dice.between(0, most + 1).cast_signed() }
    }

    fn add_line(&mut self, order: &mut Order) {
        let (id, sku) = (self.next_id(), self.dice.pick(&SKUS));
        let (pieces, price) = (self.dice.between(1, 5).cast_signed(), self.dice.between(100, 20_000).cast_signed());
        let line = Line { id, sku, pieces, price };
        self.step("order_lines", None, Some(line_row(order, &line)));
        order.lines.push(line);
    }

    fn step(&mut self, table: &str, before: Option<Row>, after: Option<Row>) {
        self.steps.push(vec![change(table, before, after)]);
    }

    fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }
}

fn line_row(order: &Order, line: &Line) -> Row {
    let values = [
        ("id", Value::Int(line.id)),
        ("order_id", Value::Int(order.id)),
        ("sku", Value::text(line.sku)),
        ("name", Value::text(line.sku)),
        ("qty", Value::Int(line.pieces)),
        ("amount", Value::Decimal(Decimal::new(line.amount(), 2))),
    ];
    row("order_lines", &values)
}

fn user_row(id: i64, name: &str) -> Row {
    row("users", &[("id", Value::Int(id)), ("name", Value::text(name))])
}

/// The values of a row in the order of the footprint's columns.
fn row(table: &str, values: &[(&str, Value)]) -> Row {
    let uses = BOUND.footprint().tables.iter().find(|t| t.table == table).expect("the table is mapped");
    let value = |column: &String| values.iter().find(|(name, _)| name == column).expect("the column has a value");
    uses.columns.iter().map(|column| value(column).1.clone()).collect()
}

fn change(table: &str, before: Option<Row>, after: Option<Row>) -> RowChange {
    let table = BOUND.footprint().tables.iter().position(|t| t.table == table).expect("the table is mapped");
    RowChange { table, before, after }
}
