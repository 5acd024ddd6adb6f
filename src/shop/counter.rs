//! What customers do: register, order, pay, change their name.

use rust_decimal::Decimal;

use super::order::{Buyer, Order, order_status, pay_status, points_for};
use super::statement::{Columns, NEW_ID, Statement, account_change, aside, on_order, order_action, stock};

/// A user signs up and is given a bonus.
pub(super) fn register(buyer: &Buyer, now: u64) -> Vec<Statement> {
    let user = Columns::default()
        .with("user_id", buyer.user_id)
        .with("user_name", &buyer.name)
        .with("email", &buyer.email)
        .with("mobile_phone", &buyer.mobile)
        .with("user_money", buyer.money)
        .with("pay_points", buyer.points)
        .with("reg_time", now);
    let bonus =
        Columns::default().with("bonus_id", buyer.bonus_id).with("bonus_type_id", 1u8).with("user_id", buyer.user_id);
    vec![aside(user.insert("ecs_users")), aside(bonus.insert("ecs_user_bonus"))]
}

/// An order by the shop's own checkout, as `flow.php?step=done` does it.
///
/// Where the balance covers everything, the header is confirmed and paid before it has a single line.
pub(super) fn place(order: &mut Order, buyer: Option<&mut Buyer>, session: &str, now: u64) -> Vec<Statement> {
    order.add_time = now;
    let mut all = Vec::new();
    let mut payments = Vec::new();
    if let Some(buyer) = buyer {
        if buyer.money < order.surplus {
            let more = order.surplus - buyer.money;
            buyer.money += more;
            all.extend(account_change(buyer.user_id, more, 0, "会员充值", now));
        }
        payments = use_tenders(order, buyer, now);
    }
    order.order_amount = order.due();
    if order.order_amount.is_zero() {
        (order.order_status, order.pay_status) = (order_status::CONFIRMED, pay_status::PAID);
    }
    all.extend(fill_cart(order, session));
    all.push(on_order(header(order).insert("ecs_order_info")).giving_id());
    all.push(on_order(format!(
        "INSERT INTO ecs_order_goods (order_id, goods_id, goods_name, goods_sn, product_id, goods_number, market_price, \
         goods_price, goods_attr, is_real, extension_code, parent_id, is_gift, goods_attr_id) SELECT '{NEW_ID}', goods_id, \
         goods_name, goods_sn, product_id, goods_number, market_price, goods_price, goods_attr, is_real, extension_code, \
         parent_id, is_gift, goods_attr_id FROM ecs_cart WHERE session_id = '{session}' AND rec_type = '0'"
    )));
    all.extend(payments);
    all.extend(stock(order, '-'));
    all.push(aside(format!("DELETE FROM ecs_cart WHERE session_id = '{session}' AND rec_type = '0'")));
    all.push(pay_log(order.order_amount));
    all
}

/// The payment log's row for an order that this visit has made.
pub(super) fn pay_log(amount: Decimal) -> Statement {
    aside(format!(
        "INSERT INTO ecs_pay_log (order_id, order_amount, order_type, is_paid) VALUES ('{NEW_ID}', '{amount:.2}', '0', 0)"
    ))
}

/// The gateway's notification: `order_paid`.
pub(super) fn pay_online(order: &mut Order, now: u64) -> Vec<Statement> {
    order.money_paid = order.order_amount;
    order.order_amount = Decimal::ZERO;
    (order.order_status, order.pay_status) = (order_status::CONFIRMED, pay_status::PAID);
    vec![
        aside(format!("UPDATE ecs_pay_log SET is_paid = '1' WHERE order_id = '{}' AND is_paid = '0'", order.id)),
        on_order(format!(
            "UPDATE ecs_order_info SET order_status = '1', confirm_time = '{now}', pay_status = '2', pay_time = '{now}', \
             money_paid = order_amount, order_amount = 0 WHERE order_id = '{}'",
            order.id
        )),
        order_action(order, "买家", "", now),
    ]
}

/// A user edits the profile.
pub(super) fn rename(buyer: &mut Buyer, name: String, mobile: String) -> Vec<Statement> {
    (buyer.name, buyer.mobile) = (name, mobile);
    let columns = Columns::default().with("user_name", &buyer.name).with("mobile_phone", &buyer.mobile);
    vec![aside(columns.update("ecs_users", &format!("user_id = '{}' LIMIT 1", buyer.user_id)))]
}

/// A user puts money on the account.
pub(super) fn deposit(buyer: &mut Buyer, amount: Decimal, now: u64) -> Vec<Statement> {
    buyer.money += amount;
    account_change(buyer.user_id, amount, 0, "会员充值", now)
}

/// `ecs_order_info` as the checkout and the merge INSERT it.
pub(super) fn header(order: &Order) -> Columns {
    let paid_time = if order.pay_status == pay_status::PAID { order.add_time } else { 0 };
    let address = &order.address;
    Columns::default()
        .with("order_sn", &order.sn)
        .with("user_id", order.user_id.unwrap_or_default())
        .with("order_status", order.order_status)
        .with("shipping_status", order.shipping_status)
        .with("pay_status", order.pay_status)
        .with("consignee", &address.consignee)
        .with("country", 1u8)
        .with("province", address.province.id)
        .with("city", address.city.id)
        .with("address", &address.street)
        .with("mobile", &address.mobile)
        .with("email", &address.email)
        .with("shipping_id", order.shipping.0)
        .with("shipping_name", order.shipping.1)
        .with("pay_id", 1 + u8::from(order.is_cod))
        .with("pay_name", if order.is_cod { "货到付款" } else { "支付宝" })
        .with("goods_amount", order.goods_amount)
        .with("shipping_fee", order.shipping_fee)
        .with("insure_fee", order.insure_fee)
        .with("pay_fee", order.pay_fee)
        .with("pack_fee", order.pack_fee)
        .with("card_fee", order.card_fee)
        .with("money_paid", order.money_paid)
        .with("surplus", order.surplus)
        .with("integral", order.points)
        .with("integral_money", order.points_money)
        .with("bonus", order.bonus)
        .with("bonus_id", order.bonus_id)
        .with("order_amount", order.order_amount)
        .with("referer", "本站")
        .with("add_time", order.add_time)
        .with("confirm_time", paid_time)
        .with("pay_time", paid_time)
        .with("agency_id", 0u8)
        .with("inv_type", "")
        .with("tax", order.tax)
        .with("discount", order.discount)
}

/// Takes balance, points and bonus from the buyer's account.
fn use_tenders(order: &mut Order, buyer: &mut Buyer, now: u64) -> Vec<Statement> {
    let why = format!("支付订单 {}", order.sn);
    let mut all = Vec::new();
    if !order.surplus.is_zero() {
        buyer.money -= order.surplus;
        all.extend(account_change(buyer.user_id, -order.surplus, 0, &why, now));
    }
    order.points_money = order.points_money.min(Decimal::new(i64::from(buyer.points), 2));
    order.points = points_for(order.points_money);
    if order.points > 0 {
        buyer.points -= order.points;
        all.extend(account_change(buyer.user_id, Decimal::ZERO, -i64::from(order.points), &why, now));
    }
    if order.bonus_id > 0 {
        buyer.bonus_is_free = false;
        all.push(aside(format!(
            "UPDATE ecs_user_bonus SET order_id = '{NEW_ID}', used_time = '{now}' WHERE bonus_id = '{}' LIMIT 1",
            order.bonus_id
        )));
    }
    all
}

fn fill_cart(order: &Order, session: &str) -> Vec<Statement> {
    let user_id = order.user_id.unwrap_or_default();
    let touch = Columns::default()
        .with("sesskey", session)
        .with("expiry", order.add_time)
        .with("userid", user_id)
        .with("ip", "127.0.0.1")
        .with("user_name", "")
        .with("user_rank", 0u8)
        .with("discount", Decimal::ONE)
        .with("email", "");
    let mut all = vec![aside(touch.insert("ecs_sessions"))];
    for line in &order.lines {
        let columns = Columns::default()
            .with("user_id", user_id)
            .with("session_id", session)
            .with("goods_id", line.article.id)
            .with("goods_sn", &line.article.sn)
            .with("goods_name", &line.article.name)
            .with("market_price", line.article.market_price)
            .with("goods_price", line.price)
            .with("goods_number", line.number)
            .with("goods_attr", "")
            .with("is_real", 1u8);
        all.push(aside(columns.insert("ecs_cart")));
    }
    all
}
