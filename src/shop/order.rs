//! An order and its buyer as the simulator knows them, with ECShop's arithmetic; pure.

use rust_decimal::Decimal;

use super::catalogue::{Article, Region};

/// `order_status`.
pub(super) mod order_status {
    pub const UNCONFIRMED: u8 = 0;
    pub const CONFIRMED: u8 = 1;
    pub const CANCELLED: u8 = 2;
    pub const INVALID: u8 = 3;
    pub const RETURNED: u8 = 4;
    pub const SPLIT: u8 = 5;
    pub const PART_SPLIT: u8 = 6;
}

/// `shipping_status`.
pub(super) mod shipping_status {
    pub const NONE: u8 = 0;
    pub const SHIPPED: u8 = 1;
    pub const RECEIVED: u8 = 2;
    pub const IN_PROGRESS: u8 = 5;
}

/// `pay_status`.
pub(super) mod pay_status {
    pub const UNPAID: u8 = 0;
    pub const PAID: u8 = 2;
}

/// A registered user.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub user_id: u32,
    pub name: String,
    pub mobile: String,
    pub email: String,
    pub money: Decimal,
    pub points: u32,
    pub bonus_id: u32,
    pub bonus_value: Decimal,
    pub bonus_is_free: bool,
}

/// Where an order goes.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub consignee: String,
    pub mobile: String,
    pub email: String,
    pub province: Region,
    pub city: Region,
    pub street: String,
}

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub article: Article,
    pub number: u32,
    pub price: Decimal,
}

/// `ecs_order_info` with its lines.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub sn: String,
    /// `order_id`; zero until the store has given it.
    pub id: u32,
    /// `None` for a guest.
    pub user_id: Option<u32>,
    pub address: Address,
    pub lines: Vec<Line>,
    pub goods_amount: Decimal,
    pub discount: Decimal,
    pub tax: Decimal,
    pub shipping_fee: Decimal,
    pub insure_fee: Decimal,
    pub pay_fee: Decimal,
    pub pack_fee: Decimal,
    pub card_fee: Decimal,
    pub shipping: (u8, &'static str),
    pub is_cod: bool,
    pub money_paid: Decimal,
    pub surplus: Decimal,
    pub points: u32,
    pub points_money: Decimal,
    pub bonus: Decimal,
    pub bonus_id: u32,
    pub order_amount: Decimal,
    pub order_status: u8,
    pub shipping_status: u8,
    pub pay_status: u8,
    pub add_time: u64,
}

impl Order {
    /// Σ price × number.
    pub fn lines_total(&self) -> Decimal {
        self.lines.iter().map(|l| l.price * Decimal::from(l.number)).sum()
    }

    /// What the order costs, by its header.
    pub fn total(&self) -> Decimal {
        self.goods_amount - self.discount
            + self.tax
            + self.shipping_fee
            + self.insure_fee
            + self.pay_fee
            + self.pack_fee
            + self.card_fee
    }

    /// What is still to be paid once all tenders are taken off; negative where too much was paid.
    pub fn due(&self) -> Decimal {
        self.total() - self.money_paid - self.surplus - self.points_money - self.bonus
    }

    /// What the books must say: the total of an order that is confirmed (or being shipped) and paid, else nothing.
    pub fn posted_total(&self) -> Decimal {
        if self.is_posted() { self.total() } else { Decimal::ZERO }
    }

    /// Confirmed or being shipped, and paid.
    pub fn is_posted(&self) -> bool {
        use order_status::{CONFIRMED, PART_SPLIT, SPLIT};
        [CONFIRMED, SPLIT, PART_SPLIT].contains(&self.order_status) && self.pay_status == pay_status::PAID
    }

    /// Uses bonus, then points, then balance for what `money_paid` leaves open, as ECShop's `step=money` does: what is not
    /// needed is let go. Leaves `order_amount` at what is still due.
    pub fn settle_tenders(&mut self) {
        let mut due = self.total() - self.money_paid;
        if due <= Decimal::ZERO {
            (self.bonus, self.bonus_id) = (Decimal::ZERO, 0);
        } else {
            due = (due - self.bonus).max(Decimal::ZERO);
        }
        let over = due.max(Decimal::ZERO);
        self.points_money = self.points_money.min(over);
        self.points = points_for(self.points_money);
        self.surplus = self.surplus.min(over - self.points_money);
        self.order_amount = due - self.points_money - self.surplus;
    }
}

/// A point is worth a fen.
pub(super) fn points_for(money: Decimal) -> u32 {
    use rust_decimal::prelude::ToPrimitive as _;
    (money * Decimal::ONE_HUNDRED).to_u32().expect("points fit the column")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::super::basket::Chance;
    use super::super::settings::Engine;
    use super::super::story::Payment;
    use super::*;

    /// 100.00 of goods, 30.00 of it from the balance, the rest paid.
    fn paid_order() -> Order {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut order = Chance::new(Engine::MyIsam).order("1".into(), None, Payment::Online, true, &mut rng);
        order.goods_amount = Decimal::from(100);
        order.shipping_fee = Decimal::ZERO;
        (order.surplus, order.money_paid) = (Decimal::from(30), Decimal::from(70));
        order
    }

    #[test]
    fn a_small_discount_comes_out_of_the_balance() {
        let mut order = paid_order();
        order.discount = Decimal::from(10);
        order.settle_tenders();
        assert_eq!((order.surplus, order.order_amount), (Decimal::from(20), Decimal::ZERO));
        assert_eq!(order.due(), order.order_amount);
    }

    #[test]
    fn a_large_discount_frees_the_tenders_and_is_owed_back() {
        let mut order = paid_order();
        order.discount = Decimal::from(35);
        order.settle_tenders();
        assert_eq!((order.surplus, order.order_amount), (Decimal::ZERO, Decimal::from(-5)));
        assert_eq!(order.due(), order.order_amount);
    }

    #[test]
    fn only_confirmed_and_paid_orders_are_in_the_books() {
        let mut order = paid_order();
        assert_eq!(order.posted_total(), Decimal::ZERO);
        (order.order_status, order.pay_status) = (order_status::SPLIT, pay_status::PAID);
        assert_eq!(order.posted_total(), Decimal::from(100));
        order.order_status = order_status::RETURNED;
        assert_eq!(order.posted_total(), Decimal::ZERO);
    }
}
