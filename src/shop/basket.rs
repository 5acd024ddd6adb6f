//! Chance: who the users are, and what they put into their baskets.

use rand::Rng;
use rand::seq::IndexedRandom as _;
use rust_decimal::Decimal;

use super::catalogue::{
    Article, CHINA, GIVEN_NAMES, RARE_GIVEN_NAME, Region, SHIPPING, STREETS, SURNAMES, articles, regions,
};
use super::order::{Address, Buyer, Line, Order, order_status, pay_status, points_for, shipping_status};
use super::settings::Engine;
use super::story::Payment;

/// How many different articles an order has at most.
const LINES_MAX: usize = 5;

/// What chance draws from.
pub(super) struct Chance {
    articles: Vec<Article>,
    /// A city after its province.
    cities: Vec<(Region, Region)>,
    has_rare_names: bool,
}

impl Chance {
    pub fn new(engine: Engine) -> Self {
        let regions = regions();
        let provinces: Vec<Region> = regions.iter().copied().filter(|r| r.parent == CHINA.id).collect();
        let cities =
            |p: &Region| regions.iter().copied().filter(|c| c.parent == p.id).map(|c| (*p, c)).collect::<Vec<_>>();
        let cities = provinces.iter().flat_map(cities).collect();
        Chance { articles: articles(), cities, has_rare_names: engine == Engine::InnoDb }
    }

    /// A user; the id makes the name unique.
    pub fn buyer(&self, user_id: u32, rng: &mut impl Rng) -> Buyer {
        Buyer {
            user_id,
            name: format!("{}{user_id}", self.person(rng)),
            mobile: mobile(rng),
            email: if rng.random_bool(0.7) { format!("user{user_id}@example.com") } else { String::new() },
            money: Decimal::new(rng.random_range(0..500_000), 2),
            points: rng.random_range(0..5_000),
            bonus_id: user_id,
            bonus_value: Decimal::from(10),
            bonus_is_free: true,
        }
    }

    /// An order that has not been placed yet.
    pub fn order(
        &self,
        sn: String,
        buyer: Option<&Buyer>,
        payment: Payment,
        is_plain: bool,
        rng: &mut impl Rng,
    ) -> Order {
        let shipping = *SHIPPING.choose(rng).expect("there are ways to ship");
        let mut order = Order {
            sn,
            id: 0,
            user_id: buyer.map(|b| b.user_id),
            address: self.address(buyer, rng),
            lines: self.lines(rng),
            goods_amount: Decimal::ZERO,
            discount: Decimal::ZERO,
            tax: Decimal::ZERO,
            shipping_fee: Decimal::new(shipping.2, 2),
            insure_fee: Decimal::ZERO,
            pay_fee: Decimal::ZERO,
            pack_fee: Decimal::ZERO,
            card_fee: Decimal::ZERO,
            shipping: (shipping.0, shipping.1),
            is_cod: payment == Payment::OnDelivery,
            money_paid: Decimal::ZERO,
            surplus: Decimal::ZERO,
            points: 0,
            points_money: Decimal::ZERO,
            bonus: Decimal::ZERO,
            bonus_id: 0,
            order_amount: Decimal::ZERO,
            order_status: order_status::UNCONFIRMED,
            shipping_status: shipping_status::NONE,
            pay_status: pay_status::UNPAID,
            add_time: 0,
        };
        order.goods_amount = order.lines_total();
        if !is_plain {
            add_fees(&mut order, rng);
        }
        match (payment, buyer) {
            (Payment::Balance, _) => order.surplus = order.total(),
            (Payment::Online, Some(buyer)) if !is_plain => add_tenders(&mut order, buyer, rng),
            (Payment::Online | Payment::OnDelivery, _) => {}
        }
        order
    }

    /// A family name and a given name.
    pub fn person(&self, rng: &mut impl Rng) -> String {
        let given = if self.has_rare_names && rng.random_bool(0.1) {
            RARE_GIVEN_NAME
        } else {
            GIVEN_NAMES.choose(rng).expect("there are names")
        };
        format!("{}{given}", SURNAMES.choose(rng).expect("there are names"))
    }

    fn address(&self, buyer: Option<&Buyer>, rng: &mut impl Rng) -> Address {
        let (province, city) = *self.cities.choose(rng).expect("there are cities");
        let street = STREETS.choose(rng).expect("there are streets");
        Address {
            consignee: self.person(rng),
            mobile: mobile(rng),
            email: buyer.map(|b| b.email.clone()).unwrap_or_default(),
            province,
            city,
            street: format!("{street}{}号", rng.random_range(1..400)),
        }
    }

    fn lines(&self, rng: &mut impl Rng) -> Vec<Line> {
        let count = rng.random_range(1..=LINES_MAX);
        let line = |article: &Article, rng: &mut _| {
            // Members' prices have odd fen.
            let price = article.price - Decimal::new(Rng::random_range(rng, 0..100), 2);
            Line { article: article.clone(), number: Rng::random_range(rng, 1..=4), price }
        };
        let chosen: Vec<&Article> = self.articles.choose_multiple(rng, count).collect();
        chosen.into_iter().map(|article| line(article, rng)).collect()
    }
}

/// A mobile number from the range that is set aside for fiction.
pub(super) fn mobile(rng: &mut impl Rng) -> String {
    format!("100{:08}", rng.random_range(0..100_000_000u32))
}

/// `per_mille` thousandths of an amount, to the fen.
pub(super) fn share(amount: Decimal, per_mille: i64) -> Decimal {
    (amount * Decimal::new(per_mille, 3)).round_dp(2)
}

fn add_fees(order: &mut Order, rng: &mut impl Rng) {
    let goods = order.goods_amount;
    if rng.random_bool(0.25) {
        order.discount = share(goods, rng.random_range(10..80));
    }
    if rng.random_bool(0.2) {
        order.tax = share(goods - order.discount, 60);
    }
    if rng.random_bool(0.2) {
        order.insure_fee = share(goods, 10);
    }
    if rng.random_bool(0.15) {
        order.pack_fee = Decimal::from(5);
    }
    if rng.random_bool(0.1) {
        order.card_fee = Decimal::new(350, 2);
    }
    if order.is_cod || rng.random_bool(0.2) {
        order.pay_fee = share(goods, 6);
    }
}

/// Tenders cover at most a quarter, so that a later refund never exceeds what was paid in money.
fn add_tenders(order: &mut Order, buyer: &Buyer, rng: &mut impl Rng) {
    let total = order.total();
    if buyer.bonus_is_free && total > Decimal::from(200) && rng.random_bool(0.3) {
        (order.bonus, order.bonus_id) = (buyer.bonus_value, buyer.bonus_id);
    }
    if rng.random_bool(0.2) {
        order.points_money = share(total, 50).min(Decimal::new(i64::from(buyer.points), 2));
        order.points = points_for(order.points_money);
    }
    if rng.random_bool(0.2) {
        order.surplus = share(total, 100).min(buyer.money);
    }
}
