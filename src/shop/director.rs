//! Who does what next: picks visits by chance, keeps orders and accounts as they go, and writes the model; pure.

use std::collections::{BTreeSet, VecDeque};

use jiff::{Timestamp, tz};
use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

use super::basket::{Chance, mobile, share};
use super::model::{Model, ModelOrder, Op};
use super::order::{Buyer, Order, pay_status};
use super::settings::ShopConfig;
use super::statement::Statement;
use super::story::{Payment, Story, Who, stories};
use super::{backoffice, counter};

/// PHP's `time() - date('Z')` in a shop whose zone is Asia/Shanghai.
const ZONE_SECONDS: i64 = 8 * 3600;
/// A posted order is left alone until so many others were placed.
const CORRECTION_LAG_ORDERS: usize = 20;
/// With so many orders waiting for their next step, new ones come seldom.
const WAITING_ORDERS_MAX: usize = 8;
const BUYERS_MAX: u32 = 150;

/// One thing that somebody does, as statements that are still to be sent.
#[derive(Debug)]
pub(super) struct Visit {
    pub op: Op,
    /// The order, by its place in the sequence of placements.
    pub case: Option<usize>,
    /// The order that this visit swallows.
    pub swallowed: Option<usize>,
    pub statements: VecDeque<Statement>,
    /// The orders whose header or lines it writes; the one that it is about comes first.
    pub order_sns: Vec<String>,
    /// What the store's INSERT gave.
    pub new_id: Option<u64>,
    /// It takes (a part of) a posted order back, or adds to it.
    pub is_correction: bool,
}

/// One order that was placed.
struct Case {
    order: Order,
    next: usize,
    is_busy: bool,
    placed_as: usize,
}

/// The whole shop, without its store.
pub(super) struct Director {
    rng: ChaCha8Rng,
    chance: Chance,
    /// Epoch seconds by the shop's own clock.
    clock: i64,
    stories: Vec<Story>,
    cases: Vec<Case>,
    /// Cases that have a next step.
    live: Vec<usize>,
    buyers: Vec<Buyer>,
    errands: VecDeque<Op>,
    is_open: bool,
    used_sns: BTreeSet<String>,
    pub model: Model,
}

impl Director {
    pub fn new(config: &ShopConfig) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        let stories = stories(usize::try_from(config.orders).expect("a 32-bit count"), &mut rng);
        let chance = Chance::new(config.engine);
        let buyers = (1..=(config.orders / 4).clamp(6, BUYERS_MAX)).map(|id| chance.buyer(id, &mut rng)).collect();
        Director {
            rng,
            chance,
            clock: config.opens_at.as_second(),
            stories,
            cases: Vec::new(),
            live: Vec::new(),
            buyers,
            errands: VecDeque::from([Op::Register]),
            is_open: false,
            used_sns: BTreeSet::new(),
            model: Model::default(),
        }
    }

    /// How many orders were placed, or are just being placed.
    pub fn placed(&self) -> usize {
        self.cases.len()
    }

    /// Which of the two connections goes on.
    pub fn coin(&mut self) -> usize {
        usize::from(self.rng.random_bool(0.5))
    }

    /// The next thing that happens, or nothing for now.
    pub fn next_visit(&mut self) -> Option<Visit> {
        if let Some(errand) = self.errands.pop_front() {
            return Some(self.errand(errand));
        }
        if !self.is_open {
            return None;
        }
        let ready: Vec<usize> = self.live.iter().copied().filter(|&c| self.is_ready(c)).collect();
        let may_place = self.cases.len() < self.stories.len();
        let chance = if ready.len() < WAITING_ORDERS_MAX { 0.5 } else { 0.1 };
        if may_place && (ready.is_empty() || self.rng.random_bool(chance)) {
            return Some(self.place());
        }
        if ready.is_empty() {
            return None;
        }
        let case = ready[self.rng.random_range(0..ready.len())];
        Some(self.step(case))
    }

    /// The last statement of a visit is committed.
    pub fn finish(&mut self, visit: &Visit) {
        *self.model.ops.entry(visit.op).or_default() += 1;
        if visit.op == Op::Register {
            self.is_open = true;
        }
        let Some(index) = visit.case else { return };
        if matches!(visit.op, Op::Place | Op::PlaceByStaff | Op::Merge) {
            let id = visit.new_id.expect("the visit inserted an order");
            self.cases[index].order.id = u32::try_from(id).expect("order_id is a mediumint");
        }
        if let Some(from) = visit.swallowed {
            let into = self.cases[index].order.sn.clone();
            for sn in &visit.order_sns[1..] {
                let gone = self.model.orders.get_mut(sn).expect("it was placed");
                gone.merged_into = Some(into.clone());
                gone.ops.push(visit.op);
            }
            self.cases[from].is_busy = false;
        }
        let case = &mut self.cases[index];
        case.is_busy = false;
        case.next += 1;
        record(&mut self.model, &case.order, visit.op);
        let ops = &self.stories[index].ops;
        while ops.get(case.next).is_some_and(|&op| is_needless(op, &case.order)) {
            case.next += 1;
        }
        if case.next == ops.len() {
            self.live.retain(|&c| c != index);
        }
    }

    /// A statement of the visit that wrote an order's header or lines is committed.
    pub fn committed(&mut self, visit: &Visit, at: Timestamp) {
        for sn in &visit.order_sns {
            self.model.orders.entry(sn.clone()).or_default().commits.push(at);
        }
    }

    /// The model, once nothing is left to happen.
    pub fn close(&mut self) -> Model {
        let names = self.buyers.iter().map(|b| (format!("U{}", b.user_id), b.name.clone()));
        self.model.users = names.collect();
        std::mem::take(&mut self.model)
    }

    fn is_ready(&self, index: usize) -> bool {
        let case = &self.cases[index];
        let Some(&op) = self.stories[index].ops.get(case.next) else { return false };
        let all_placed = self.cases.len() == self.stories.len();
        let rested = all_placed || self.cases.len() >= case.placed_as + CORRECTION_LAG_ORDERS;
        let swallowable = match (op, self.stories[index].swallows) {
            (Op::Merge, Some(from)) => !self.cases[from].is_busy && self.cases[from].order.id > 0,
            _ => true,
        };
        !case.is_busy && swallowable && (rested || !(op.is_correction() && case.order.is_posted()))
    }

    fn place(&mut self) -> Visit {
        let index = self.cases.len();
        let story = self.stories[index].clone();
        let buyer = match (story.who, story.swallows) {
            (_, Some(from)) => self.buyer_of(from),
            (Who::Guest, _) => None,
            (Who::Anyone, _) if self.rng.random_bool(0.2) => None,
            (Who::Anyone | Who::Member, _) => Some(self.rng.random_range(0..self.buyers.len())),
        };
        let now = self.tick();
        let sn = self.new_sn();
        let by_staff = story.ops[0] == Op::PlaceByStaff;
        let is_plain = by_staff || story.is_swallowed || story.swallows.is_some();
        let payment: Payment = story.payment;
        let who = buyer.map(|b| &self.buyers[b]);
        let mut order = self.chance.order(sn, who, payment, is_plain, &mut self.rng);
        let session = format!("{:032x}", self.rng.random::<u128>());
        let statements = if by_staff {
            backoffice::place_by_staff(&mut order, now)
        } else {
            counter::place(&mut order, buyer.map(|b| &mut self.buyers[b]), &session, now)
        };
        let visit = Visit::on(index, story.ops[0], &order, statements);
        self.live.push(index);
        self.cases.push(Case { order, next: 0, is_busy: true, placed_as: index });
        self.plan_errands();
        visit
    }

    fn step(&mut self, index: usize) -> Visit {
        let op = self.stories[index].ops[self.cases[index].next];
        let now = self.tick();
        if op == Op::Merge {
            return self.merge(index, now);
        }
        let buyer = self.buyer_of(index);
        let buyer = buyer.map(|b| &mut self.buyers[b]);
        let case = &mut self.cases[index];
        case.is_busy = true;
        let order = &mut case.order;
        let is_correction = op.is_correction() && order.is_posted();
        let statements = match op {
            Op::Pay if order.user_id.is_some() => counter::pay_online(order, now),
            Op::Pay | Op::PayAgain => backoffice::note_payment(order, now),
            Op::Ship => backoffice::ship(order, now),
            Op::Receive => backoffice::receive(order, now),
            Op::Discount => {
                order.discount += share(order.goods_amount, self.rng.random_range(20..100)).max(Decimal::new(1, 2));
                backoffice::reprice(order, buyer, now)
            }
            Op::Raise => {
                order.shipping_fee += Decimal::new(self.rng.random_range(600..1_500), 2);
                backoffice::reprice(order, buyer, now)
            }
            Op::FewerGoods => {
                take_from_lines(order, &mut self.rng);
                backoffice::rewrite_lines(order)
            }
            Op::MoreGoods => {
                let line = self.rng.random_range(0..order.lines.len());
                order.lines[line].number += self.rng.random_range(1..=2);
                backoffice::rewrite_lines(order)
            }
            Op::Refund => backoffice::refund(order, buyer, now),
            Op::Cancel => backoffice::cancel(order, buyer, now),
            Op::Return => backoffice::take_back(order, buyer, now),
            Op::Register | Op::Place | Op::PlaceByStaff | Op::Merge | Op::Rename | Op::Balance => {
                unreachable!("{op} is no step of an order that exists")
            }
        };
        Visit { is_correction, ..Visit::on(index, op, order, statements) }
    }

    fn merge(&mut self, index: usize, now: u64) -> Visit {
        let from = self.stories[index].swallows.expect("a merging story swallows an order");
        let buyer = self.buyer_of(index).expect("only users' orders are merged");
        let sn = self.new_sn();
        let gone = self.cases[from].order.clone();
        self.cases[from].is_busy = true;
        let case = &mut self.cases[index];
        case.is_busy = true;
        let old_sn = case.order.sn.clone();
        let statements = backoffice::merge(&mut case.order, &gone, &sn, &mut self.buyers[buyer], now);
        let mut visit = Visit::on(index, Op::Merge, &case.order, statements);
        visit.order_sns.extend([old_sn, gone.sn]);
        visit.swallowed = Some(from);
        visit
    }

    fn errand(&mut self, op: Op) -> Visit {
        let now = self.tick();
        let someone = self.rng.random_range(0..self.buyers.len());
        let statements = match op {
            Op::Register => self.buyers.iter().flat_map(|b| counter::register(b, now)).collect(),
            Op::Rename => {
                // Somebody whom the books know already.
                let known = (0..self.cases.len()).filter(|&c| self.cases[c].order.is_posted());
                let buyer = known.rev().find_map(|c| self.buyer_of(c)).unwrap_or(someone);
                let name = format!("{}{}", self.chance.person(&mut self.rng), 1_000 + self.cases.len());
                counter::rename(&mut self.buyers[buyer], name, mobile(&mut self.rng))
            }
            _ => {
                let amount = Decimal::new(self.rng.random_range(5_000..50_000), 2);
                counter::deposit(&mut self.buyers[someone], amount, now)
            }
        };
        Visit {
            op,
            case: None,
            swallowed: None,
            statements: statements.into(),
            order_sns: Vec::new(),
            new_id: None,
            is_correction: false,
        }
    }

    /// Two renames, and a deposit now and then.
    fn plan_errands(&mut self) {
        let (placed, all) = (self.cases.len(), self.stories.len());
        if placed == all.div_ceil(2) || placed == all {
            self.errands.push_back(Op::Rename);
        }
        if placed % 7 == 3 {
            self.errands.push_back(Op::Balance);
        }
    }

    fn buyer_of(&self, case: usize) -> Option<usize> {
        let user_id = self.cases[case].order.user_id?;
        self.buyers.iter().position(|b| b.user_id == user_id)
    }

    /// Some seconds later, as ECShop's `gmtime()` gives it.
    fn tick(&mut self) -> u64 {
        self.clock += self.rng.random_range(5..90);
        u64::try_from(self.clock - ZONE_SECONDS).expect("the shop opens after 1970")
    }

    /// The day and five digits; another draw where the number is taken.
    fn new_sn(&mut self) -> String {
        let now = Timestamp::from_second(self.clock).expect("a time within the calendar");
        let zone = tz::Offset::from_seconds(i32::try_from(ZONE_SECONDS).expect("eight hours")).expect("a real offset");
        let day = zone.to_datetime(now).date().strftime("%Y%m%d").to_string();
        loop {
            let sn = format!("{day}{:05}", self.rng.random_range(1..100_000));
            if self.used_sns.insert(sn.clone()) {
                return sn;
            }
        }
    }
}

impl Visit {
    fn on(case: usize, op: Op, order: &Order, statements: Vec<Statement>) -> Self {
        Visit {
            op,
            case: Some(case),
            swallowed: None,
            statements: statements.into(),
            order_sns: vec![order.sn.clone()],
            new_id: None,
            is_correction: false,
        }
    }
}

/// Brings the model's entry up to the order.
fn record(model: &mut Model, order: &Order, op: Op) {
    let entry: &mut ModelOrder = model.orders.entry(order.sn.clone()).or_default();
    entry.posted_total = order.posted_total();
    entry.was_posted |= order.is_posted();
    entry.customer = match order.user_id {
        Some(user_id) => format!("U{user_id}"),
        None => format!("G{}", order.id),
    };
    entry.ops.push(op);
}

/// True for what the order as it stands gives no cause to do.
fn is_needless(op: Op, order: &Order) -> bool {
    match op {
        Op::Refund => order.order_amount >= Decimal::ZERO,
        Op::PayAgain => order.pay_status == pay_status::PAID,
        _ => false,
    }
}

/// One piece less of the first line that has several, else a lower price for one line.
fn take_from_lines(order: &mut Order, rng: &mut impl Rng) {
    if let Some(line) = order.lines.iter_mut().find(|l| l.number > 1) {
        line.number -= 1;
    } else {
        let line = rng.random_range(0..order.lines.len());
        let price = order.lines[line].price;
        order.lines[line].price = price - share(price, 80).max(Decimal::new(1, 2));
    }
}
