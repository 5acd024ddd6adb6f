//! What the staff does in ECShop's `admin/order.php`.

use rust_decimal::Decimal;

use super::counter::{header, pay_log};
use super::order::{Buyer, Order, order_status, pay_status, shipping_status};
use super::statement::{Columns, NEW_ID, Statement, account_change, aside, give_back, on_order, order_action, stock};

const STAFF: &str = "admin";

/// An order entered by hand: invalid and empty at first, then its lines, its address, its fees; last it is confirmed.
pub(super) fn place_by_staff(order: &mut Order, now: u64) -> Vec<Statement> {
    order.add_time = now;
    order.order_status = order_status::INVALID;
    let empty = Columns::default()
        .with("order_sn", &order.sn)
        .with("user_id", order.user_id.unwrap_or_default())
        .with("add_time", now)
        .with("order_status", order.order_status)
        .with("shipping_status", order.shipping_status)
        .with("pay_status", order.pay_status)
        .with("referer", "管理员添加");
    let mut all = vec![on_order(empty.insert("ecs_order_info")).giving_id(), pay_log(Decimal::ZERO)];
    let mut goods_amount = Decimal::ZERO;
    for line in &order.lines {
        goods_amount += line.price * Decimal::from(line.number);
        let columns = Columns::default()
            .with("order_id", NEW_ID)
            .with("goods_id", line.article.id)
            .with("goods_name", &line.article.name)
            .with("goods_sn", &line.article.sn)
            .with("goods_number", line.number)
            .with("market_price", line.article.market_price)
            .with("goods_price", line.price)
            .with("goods_attr", "")
            .with("is_real", 1u8);
        all.push(on_order(columns.insert("ecs_order_goods")));
        all.push(on_order(update(NEW_ID, Columns::default().with("goods_amount", goods_amount))));
        all.push(on_order(recompute_due(NEW_ID)));
    }
    all.extend(stock(order, '-'));
    let address = &order.address;
    let address = Columns::default()
        .with("consignee", &address.consignee)
        .with("country", 1u8)
        .with("province", address.province.id)
        .with("city", address.city.id)
        .with("address", &address.street)
        .with("mobile", &address.mobile)
        .with("email", &address.email);
    all.push(on_order(update(NEW_ID, address)));
    let shipping = Columns::default().with("shipping_id", order.shipping.0).with("shipping_name", order.shipping.1);
    all.push(on_order(update(NEW_ID, shipping.with("shipping_fee", order.shipping_fee))));
    all.push(on_order(recompute_due(NEW_ID)));
    all.push(on_order(update(NEW_ID, Columns::default().with("pay_id", 1u8).with("pay_name", "银行汇款"))));
    order.order_amount = order.due();
    all.push(on_order(update(NEW_ID, amounts(order))));
    order.order_status = order_status::CONFIRMED;
    all.push(on_order(update(NEW_ID, Columns::default().with("order_status", 1u8).with("confirm_time", now))));
    all
}

/// The staff notes a payment: what is due is added to what was paid.
pub(super) fn note_payment(order: &mut Order, now: u64) -> Vec<Statement> {
    let mut columns = Columns::default();
    if order.order_status == order_status::UNCONFIRMED {
        order.order_status = order_status::CONFIRMED;
        columns = columns.with("order_status", order.order_status).with("confirm_time", now);
    }
    order.money_paid += order.order_amount;
    order.order_amount = Decimal::ZERO;
    order.pay_status = pay_status::PAID;
    let columns = columns
        .with("pay_status", order.pay_status)
        .with("pay_time", now)
        .with("money_paid", order.money_paid)
        .with("order_amount", order.order_amount);
    vec![on_order(update(order.id, columns)), order_action(order, STAFF, "收到付款", now)]
}

/// A delivery note is written, then the parcel leaves.
pub(super) fn ship(order: &mut Order, now: u64) -> Vec<Statement> {
    let delivery_sn = format!("D{}", order.sn);
    (order.order_status, order.shipping_status) = (order_status::SPLIT, shipping_status::IN_PROGRESS);
    let mut all =
        vec![aside(delivery(order, &delivery_sn, now).with("status", 2u8).insert("ecs_delivery_order")).giving_id()];
    for line in &order.lines {
        let columns = Columns::default()
            .with("delivery_id", NEW_ID)
            .with("goods_id", line.article.id)
            .with("goods_name", &line.article.name)
            .with("goods_sn", &line.article.sn)
            .with("is_real", 1u8)
            .with("send_number", line.number)
            .with("goods_attr", "");
        all.push(aside(columns.insert("ecs_delivery_goods")));
    }
    let split =
        Columns::default().with("order_status", order.order_status).with("shipping_status", order.shipping_status);
    all.push(on_order(update(order.id, split)));
    all.push(order_action(order, STAFF, "生成发货单", now));
    all.push(on_order(format!(
        "UPDATE ecs_order_goods SET send_number = goods_number WHERE order_id = '{}'",
        order.id
    )));
    let invoice_no = format!("SF{}", order.sn);
    let left = Columns::default().with("invoice_no", &invoice_no).with("status", 0u8);
    all.push(aside(left.update("ecs_delivery_order", &format!("delivery_id = '{NEW_ID}'"))));
    order.shipping_status = shipping_status::SHIPPED;
    let shipped = Columns::default()
        .with("shipping_status", order.shipping_status)
        .with("shipping_time", now)
        .with("invoice_no", &invoice_no);
    all.push(on_order(update(order.id, shipped)));
    all.push(order_action(order, STAFF, "", now));
    all
}

/// A parcel paid on delivery has arrived: paid, though `money_paid` stays as it is.
pub(super) fn receive(order: &mut Order, now: u64) -> Vec<Statement> {
    (order.shipping_status, order.pay_status) = (shipping_status::RECEIVED, pay_status::PAID);
    let columns = Columns::default()
        .with("shipping_status", order.shipping_status)
        .with("pay_status", order.pay_status)
        .with("pay_time", now);
    vec![on_order(update(order.id, columns)), order_action(order, STAFF, "收货确认", now)]
}

/// `step=money`: one UPDATE rewrites every amount. The caller has set the new discount or fee.
pub(super) fn reprice(order: &mut Order, buyer: Option<&mut Buyer>, now: u64) -> Vec<Statement> {
    let (surplus, points, bonus_id) = (order.surplus, order.points, order.bonus_id);
    order.settle_tenders();
    let mut all = vec![on_order(update(order.id, amounts(order))), open_pay_log(order)];
    if let Some(buyer) = buyer {
        let why = format!("修改订单 {}", order.sn);
        let (money, points) = (surplus - order.surplus, points - order.points);
        if !money.is_zero() {
            buyer.money += money;
            all.extend(account_change(buyer.user_id, money, 0, &why, now));
        }
        if points > 0 {
            buyer.points += points;
            all.extend(account_change(buyer.user_id, Decimal::ZERO, i64::from(points), &why, now));
        }
        if bonus_id != order.bonus_id {
            buyer.bonus_is_free = true;
            all.push(aside(format!(
                "UPDATE ecs_user_bonus SET used_time = 0, order_id = 0 WHERE bonus_id = '{bonus_id}' LIMIT 1"
            )));
        }
    }
    all.extend(reopen_if_due(order));
    all
}

/// `step=edit_goods`: each line, then the goods' sum, then what is due. The caller has changed the lines.
pub(super) fn rewrite_lines(order: &mut Order) -> Vec<Statement> {
    let mut all = Vec::new();
    for line in &order.lines {
        all.push(on_order(format!(
            "UPDATE ecs_order_goods SET goods_price = '{:.2}', goods_number = '{}', goods_attr = '' WHERE order_id = '{}' AND \
             goods_id = '{}' LIMIT 1",
            line.price, line.number, order.id, line.article.id
        )));
    }
    order.goods_amount = order.lines_total();
    order.order_amount = order.due();
    all.push(on_order(update(order.id, Columns::default().with("goods_amount", order.goods_amount))));
    all.push(on_order(recompute_due(order.id)));
    all.push(open_pay_log(order));
    all.extend(reopen_if_due(order));
    all
}

/// What was paid too much goes back: onto the account of a user, by hand to a guest.
pub(super) fn refund(order: &mut Order, buyer: Option<&mut Buyer>, now: u64) -> Vec<Statement> {
    let back = -order.order_amount;
    let mut all = Vec::new();
    if let Some(buyer) = buyer {
        buyer.money += back;
        all.extend(account_change(buyer.user_id, back, 0, &format!("订单退款:{}", order.sn), now));
    }
    order.money_paid -= back;
    order.order_amount = Decimal::ZERO;
    let columns = Columns::default().with("money_paid", order.money_paid).with("order_amount", order.order_amount);
    all.push(on_order(update(order.id, columns)));
    all
}

/// Cancels an order, paid or not: its amounts paid and its tenders are gone from the row afterwards.
pub(super) fn cancel(order: &mut Order, buyer: Option<&mut Buyer>, now: u64) -> Vec<Statement> {
    order.order_status = order_status::CANCELLED;
    order.pay_status = pay_status::UNPAID;
    let paid = std::mem::take(&mut order.money_paid);
    order.order_amount = paid;
    let columns = Columns::default()
        .with("order_status", order.order_status)
        .with("to_buyer", "缺货")
        .with("pay_status", order.pay_status)
        .with("pay_time", 0u8)
        .with("money_paid", order.money_paid)
        .with("order_amount", order.order_amount);
    let mut all = vec![on_order(update(order.id, columns))];
    all.extend(undo_payment(order, buyer, paid, "取消订单", now));
    all
}

/// Takes the whole order back: about eight commits.
pub(super) fn take_back(order: &mut Order, buyer: Option<&mut Buyer>, now: u64) -> Vec<Statement> {
    order.order_status = order_status::RETURNED;
    (order.pay_status, order.shipping_status) = (pay_status::UNPAID, shipping_status::NONE);
    let paid = std::mem::take(&mut order.money_paid);
    order.order_amount = paid;
    let columns = Columns::default()
        .with("order_status", order.order_status)
        .with("pay_status", order.pay_status)
        .with("shipping_status", order.shipping_status)
        .with("money_paid", order.money_paid)
        .with("invoice_no", "")
        .with("order_amount", order.order_amount);
    let mut all = vec![on_order(update(order.id, columns))];
    all.extend(undo_payment(order, buyer, paid, "退货", now));
    let back = delivery(order, &format!("D{}", order.sn), now).with("return_time", now);
    all.push(aside(back.insert("ecs_back_order")).giving_id());
    all.push(aside(format!(
        "INSERT INTO ecs_back_goods (back_id, goods_id, product_id, product_sn, goods_name, goods_sn, is_real, send_number, \
         goods_attr) SELECT '{NEW_ID}', g.goods_id, g.product_id, g.product_sn, g.goods_name, g.goods_sn, g.is_real, \
         g.send_number, g.goods_attr FROM ecs_delivery_goods g JOIN ecs_delivery_order d ON d.delivery_id = g.delivery_id \
         WHERE d.order_id = '{}' AND d.status IN (0, 2)",
        order.id
    )));
    all.push(aside(format!(
        "UPDATE ecs_delivery_order SET status = 1 WHERE status IN (0, 2) AND order_id = '{}'",
        order.id
    )));
    all.push(on_order(format!("UPDATE ecs_order_goods SET send_number = 0 WHERE order_id = '{}'", order.id)));
    all
}

/// Makes one order of two unpaid ones of a user: `order` becomes the new one, under the number `sn`; both rows are deleted.
pub(super) fn merge(order: &mut Order, from: &Order, sn: &str, buyer: &mut Buyer, now: u64) -> Vec<Statement> {
    let both = format!("'{}', '{}'", from.id, order.id);
    order.sn = sn.to_owned();
    order.add_time = now;
    order.goods_amount += from.goods_amount;
    order.discount += from.discount;
    order.points += from.points;
    order.points_money += from.points_money;
    order.surplus += from.surplus;
    order.lines.extend(from.lines.iter().cloned());
    order.order_amount = order.due();
    let mut all = vec![
        on_order(header(order).insert("ecs_order_info")).giving_id(),
        on_order(format!("UPDATE ecs_order_goods SET order_id = '{NEW_ID}' WHERE order_id IN ({both})")),
        pay_log(order.order_amount),
        on_order(format!("DELETE FROM ecs_order_info WHERE order_id IN ({both})")),
        aside(format!("DELETE FROM ecs_pay_log WHERE order_id IN ({both})")),
    ];
    if from.bonus_id > 0 {
        buyer.bonus_is_free = true;
        all.push(aside(format!(
            "UPDATE ecs_user_bonus SET order_id = 0, used_time = 0 WHERE bonus_id = '{}' LIMIT 1",
            from.bonus_id
        )));
    }
    all
}

/// `update_order`.
fn update(order_id: impl std::fmt::Display, columns: Columns) -> String {
    columns.update("ecs_order_info", &format!("order_id = '{order_id}'"))
}

/// `update_order_amount`.
fn recompute_due(order_id: impl std::fmt::Display) -> String {
    format!(
        "UPDATE ecs_order_info SET order_amount = goods_amount - discount + tax + shipping_fee + insure_fee + pay_fee + pack_fee \
         + card_fee - money_paid - surplus - integral_money - bonus WHERE order_id = '{order_id}' LIMIT 1"
    )
}

/// Every amount of the header, as `step=money` writes them.
fn amounts(order: &Order) -> Columns {
    Columns::default()
        .with("goods_amount", order.goods_amount)
        .with("discount", order.discount)
        .with("tax", order.tax)
        .with("shipping_fee", order.shipping_fee)
        .with("insure_fee", order.insure_fee)
        .with("pay_fee", order.pay_fee)
        .with("pack_fee", order.pack_fee)
        .with("card_fee", order.card_fee)
        .with("money_paid", order.money_paid)
        .with("surplus", order.surplus)
        .with("integral", order.points)
        .with("integral_money", order.points_money)
        .with("bonus_id", order.bonus_id)
        .with("bonus", order.bonus)
        .with("order_amount", order.order_amount)
}

/// `update_pay_log`, for what is now open.
fn open_pay_log(order: &Order) -> Statement {
    let amount = order.order_amount.max(Decimal::ZERO);
    aside(format!(
        "INSERT INTO ecs_pay_log (order_id, order_amount, order_type, is_paid) VALUES ('{}', '{amount:.2}', '0', 0)",
        order.id
    ))
}

/// A paid order that has become dearer is unpaid again.
fn reopen_if_due(order: &mut Order) -> Option<Statement> {
    if order.pay_status != pay_status::PAID || order.order_amount <= Decimal::ZERO {
        return None;
    }
    order.pay_status = pay_status::UNPAID;
    let columns = Columns::default().with("pay_status", order.pay_status).with("pay_time", 0u8);
    Some(on_order(update(order.id, columns)))
}

/// What cancelling and taking back have in common: the refund, the history, the stock, and the tenders.
fn undo_payment(
    order: &mut Order,
    mut buyer: Option<&mut Buyer>,
    paid: Decimal,
    note: &str,
    now: u64,
) -> Vec<Statement> {
    let mut all = Vec::new();
    let why = format!("{note} {}", order.sn);
    if let Some(buyer) = buyer.as_deref_mut()
        && paid > Decimal::ZERO
    {
        buyer.money += paid;
        all.extend(account_change(buyer.user_id, paid, 0, &why, now));
    }
    all.push(order_action(order, STAFF, note, now));
    all.extend(stock(order, '+'));
    if let Some(buyer) = buyer {
        all.extend(give_back(order, buyer, &why, now));
        if !order.surplus.is_zero() {
            order.order_amount = Decimal::ZERO;
            all.push(on_order(update(order.id, Columns::default().with("order_amount", order.order_amount))));
        }
    }
    (order.bonus, order.bonus_id) = (Decimal::ZERO, 0);
    (order.points, order.points_money, order.surplus) = (0, Decimal::ZERO, Decimal::ZERO);
    let columns = Columns::default()
        .with("bonus_id", order.bonus_id)
        .with("bonus", order.bonus)
        .with("integral", order.points)
        .with("integral_money", order.points_money)
        .with("surplus", order.surplus);
    all.push(on_order(update(order.id, columns)));
    all
}

/// A delivery's columns, which a returned one repeats.
fn delivery(order: &Order, delivery_sn: &str, now: u64) -> Columns {
    let address = &order.address;
    Columns::default()
        .with("delivery_sn", delivery_sn)
        .with("order_sn", &order.sn)
        .with("order_id", order.id)
        .with("add_time", order.add_time)
        .with("shipping_id", order.shipping.0)
        .with("shipping_name", order.shipping.1)
        .with("user_id", order.user_id.unwrap_or_default())
        .with("action_user", STAFF)
        .with("consignee", &address.consignee)
        .with("address", &address.street)
        .with("country", 1u8)
        .with("province", address.province.id)
        .with("city", address.city.id)
        .with("email", &address.email)
        .with("mobile", &address.mobile)
        .with("insure_fee", order.insure_fee)
        .with("shipping_fee", order.shipping_fee)
        .with("update_time", now)
}
