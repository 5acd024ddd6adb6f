//! Statements as text, the way ECShop's PHP sends them: every value a quoted literal.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::order::{Buyer, Order};

/// Stands in a statement for the id that the visit's own INSERT was given.
pub(super) const NEW_ID: &str = "{new id}";

/// One statement of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub sql: String,
    /// It INSERTs the row whose id later statements of the visit need as [`NEW_ID`].
    pub gives_id: bool,
    /// It writes `ecs_order_info` or `ecs_order_goods`: what an order's documents are made of.
    pub about_order: bool,
}

/// A statement beside the order itself.
pub(super) fn aside(sql: impl Into<String>) -> Statement {
    Statement { sql: sql.into(), gives_id: false, about_order: false }
}

/// A statement on the order's header or lines.
pub(super) fn on_order(sql: impl Into<String>) -> Statement {
    Statement { sql: sql.into(), gives_id: false, about_order: true }
}

impl Statement {
    /// The same, giving the visit's id.
    pub fn giving_id(self) -> Self {
        Statement { gives_id: true, ..self }
    }
}

/// A column's value.
pub(super) enum Literal {
    Text(String),
    Number(u64),
    Money(Decimal),
}

macro_rules! literal_from {
    ($($from:ty => $make:expr),+ $(,)?) => { $(impl From<$from> for Literal { fn from(v: $from) -> Self { $make(v) } })+ };
}

literal_from!(
    &str => |v: &str| Literal::Text(v.to_owned()),
    &String => |v: &String| Literal::Text(v.clone()),
    String => Literal::Text,
    u8 => |v| Literal::Number(u64::from(v)),
    u32 => |v| Literal::Number(u64::from(v)),
    u64 => Literal::Number,
    Decimal => Literal::Money,
);

impl Literal {
    fn sql(&self) -> String {
        match self {
            Literal::Text(t) => format!("'{}'", t.replace('\\', "\\\\").replace('\'', "\\'")),
            Literal::Number(n) => format!("'{n}'"),
            Literal::Money(m) => format!("'{m:.2}'"),
        }
    }
}

/// Columns with their values, in ECShop's `autoExecute` style.
#[derive(Default)]
pub(super) struct Columns(Vec<(&'static str, Literal)>);

impl Columns {
    pub fn with(mut self, column: &'static str, value: impl Into<Literal>) -> Self {
        self.0.push((column, value.into()));
        self
    }

    pub fn insert(&self, table: &str) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        let values: Vec<String> = self.0.iter().map(|(_, v)| v.sql()).collect();
        format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))
    }

    pub fn update(&self, table: &str, condition: &str) -> String {
        let mut sql = format!("UPDATE {table} SET ");
        for (i, (name, value)) in self.0.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            write!(sql, "{comma}{name} = {}", value.sql()).expect("writing to a String");
        }
        write!(sql, " WHERE {condition}").expect("writing to a String");
        sql
    }
}

/// `log_account_change`: a log row and the user's new balance and points, two statements.
pub(super) fn account_change(user_id: u32, money: Decimal, points: i64, why: &str, now: u64) -> Vec<Statement> {
    let log = format!(
        "INSERT INTO ecs_account_log (user_id, user_money, frozen_money, rank_points, pay_points, change_time, change_desc, \
         change_type) VALUES ('{user_id}', '{money:.2}', '0', '0', '{points}', '{now}', '{why}', '99')"
    );
    let user = format!(
        "UPDATE ecs_users SET user_money = user_money + ('{money:.2}'), frozen_money = frozen_money + ('0'), \
         rank_points = rank_points + ('0'), pay_points = pay_points + ('{points}') WHERE user_id = '{user_id}' LIMIT 1"
    );
    vec![aside(log), aside(user)]
}

/// `order_action`: the order's own history.
pub(super) fn order_action(order: &Order, who: &str, note: &str, now: u64) -> Statement {
    let columns = Columns::default()
        .with("order_id", order.id)
        .with("action_user", who)
        .with("order_status", order.order_status)
        .with("shipping_status", order.shipping_status)
        .with("pay_status", order.pay_status)
        .with("action_note", note)
        .with("log_time", now);
    aside(columns.insert("ecs_order_action"))
}

/// Takes the goods out of stock (`sign` `-`) or puts them back (`+`).
pub(super) fn stock(order: &Order, sign: char) -> Vec<Statement> {
    let sql = |id: u32, n: u32| {
        format!("UPDATE ecs_goods SET goods_number = goods_number {sign} '{n}' WHERE goods_id = '{id}' LIMIT 1")
    };
    order.lines.iter().map(|l| aside(sql(l.article.id, l.number))).collect()
}

/// Gives the balance, points and bonus that the order used back to the buyer's account.
pub(super) fn give_back(order: &Order, buyer: &mut Buyer, why: &str, now: u64) -> Vec<Statement> {
    let mut all = Vec::new();
    let Some(user_id) = order.user_id else { return all };
    if !order.surplus.is_zero() {
        buyer.money += order.surplus;
        all.extend(account_change(user_id, order.surplus, 0, why, now));
    }
    if order.points > 0 {
        buyer.points += order.points;
        all.extend(account_change(user_id, Decimal::ZERO, i64::from(order.points), why, now));
    }
    if order.bonus_id > 0 {
        buyer.bonus_is_free = true;
        all.push(aside(format!(
            "UPDATE ecs_user_bonus SET order_id = 0, used_time = 0 WHERE bonus_id = '{}' LIMIT 1",
            order.bonus_id
        )));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_money_has_two_digits() {
        let columns = Columns::default().with("a", "O'Brien\\").with("b", Decimal::new(5, 1)).with("c", 7u32);
        assert_eq!(columns.insert("t"), r"INSERT INTO t (a, b, c) VALUES ('O\'Brien\\', '0.50', '7')");
        assert_eq!(
            columns.update("t", "id = '1'"),
            r"UPDATE t SET a = 'O\'Brien\\', b = '0.50', c = '7' WHERE id = '1'"
        );
    }
}
