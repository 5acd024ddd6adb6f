//! What becomes of each order: chosen from the seed before the shop opens.

use rand::Rng;
use rand::seq::SliceRandom as _;

use super::model::Op;

/// Who orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Guest,
    Member,
    /// Either, by chance.
    Anyone,
}

/// How it is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    Online,
    OnDelivery,
    /// The account's balance covers it: paid before it has a line.
    Balance,
}

/// One order's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Story {
    pub ops: Vec<Op>,
    pub who: Who,
    pub payment: Payment,
    /// For a story with [`Op::Merge`]: which order it swallows.
    pub swallows: Option<usize>,
    /// Waits to be swallowed.
    pub is_swallowed: bool,
}

/// Every kind of story, the most telling first. As many as there are orders for are told at least once.
fn kinds() -> Vec<Vec<Story>> {
    use Op::{
        Cancel, Discount, FewerGoods, Merge, MoreGoods, Pay, PayAgain, Place, PlaceByStaff, Raise, Receive, Refund,
        Return, Ship,
    };
    let member = |ops: &[Op]| vec![Story::of(ops, Who::Member, Payment::Online)];
    let guest = |ops: &[Op]| vec![Story::of(ops, Who::Guest, Payment::Online)];
    let anyone = |ops: &[Op]| vec![Story::of(ops, Who::Anyone, Payment::Online)];
    let swallowed = Story { is_swallowed: true, ..Story::of(&[Place], Who::Member, Payment::Online) };
    vec![
        member(&[Place, Pay, Ship, Return]),
        member(&[Place, Pay, Ship, Discount, Refund]),
        anyone(&[Place, Pay, Cancel]),
        anyone(&[Place, Pay, Raise, PayAgain, Ship]),
        guest(&[Place, Pay, Ship]),
        vec![swallowed, Story::of(&[Place, Merge, Pay, Ship], Who::Member, Payment::Online)],
        anyone(&[Place, Pay, FewerGoods, Refund, Ship]),
        anyone(&[Place, Pay, MoreGoods, PayAgain, Ship]),
        anyone(&[Place, Cancel]),
        anyone(&[PlaceByStaff, Pay, Ship]),
        anyone(&[Place]),
        vec![Story::of(&[Place, Ship, Receive], Who::Anyone, Payment::OnDelivery)],
        vec![Story::of(&[Place, Ship], Who::Member, Payment::Balance)],
        guest(&[Place, Pay, Ship, Return]),
        anyone(&[Place, Pay, Ship, Discount, Refund, Discount, Refund]),
        member(&[Place, Pay, Discount, Refund, Ship, Return]),
        anyone(&[Place, MoreGoods, Pay, Ship]),
        anyone(&[Place, Discount, Pay]),
        vec![Story::of(&[Place, Ship, Discount, Refund, Return], Who::Member, Payment::Balance)],
        anyone(&[PlaceByStaff, Pay, FewerGoods, Refund, Raise, PayAgain, Ship, Return]),
        anyone(&[Place, Pay, Raise, PayAgain, Discount, Refund, Cancel]),
    ]
}

/// `count` stories in a shuffled order: each kind once as far as there is room, and more than half quite plain.
pub(super) fn stories(count: usize, rng: &mut impl Rng) -> Vec<Story> {
    let kinds = kinds();
    let mut all: Vec<Story> = kinds.iter().flatten().take(count).cloned().collect();
    while all.len() < count {
        if rng.random_bool(0.6) {
            let ops: &[Op] = if rng.random_bool(0.8) { &[Op::Place, Op::Pay, Op::Ship] } else { &[Op::Place, Op::Pay] };
            all.push(Story::of(ops, Who::Anyone, Payment::Online));
        } else {
            all.extend(kinds[rng.random_range(0..kinds.len())].iter().cloned());
        }
    }
    all.truncate(count);
    all.shuffle(rng);
    pair(&mut all);
    all
}

impl Story {
    fn of(ops: &[Op], who: Who, payment: Payment) -> Self {
        Story { ops: ops.to_vec(), who, payment, swallows: None, is_swallowed: false }
    }
}

/// Gives each merging story an order to swallow that is placed before it; one without stays as it is.
fn pair(all: &mut [Story]) {
    let mut waiting: Vec<usize> = (0..all.len()).filter(|&i| all[i].is_swallowed).collect();
    let merging: Vec<usize> = (0..all.len()).filter(|&i| all[i].ops.contains(&Op::Merge)).collect();
    for i in merging {
        match waiting.pop() {
            Some(j) => {
                let (first, last) = (i.min(j), i.max(j));
                if i != last {
                    all.swap(i, j);
                }
                all[last].swallows = Some(first);
            }
            None => all[i].ops.retain(|&op| op != Op::Merge),
        }
    }
    for i in waiting {
        all[i].is_swallowed = false;
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn forty_orders_show_everything() {
        for seed in 0..50 {
            let all = stories(40, &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(all.len(), 40);
            for op in
                [Op::Return, Op::Discount, Op::Cancel, Op::Raise, Op::Merge, Op::FewerGoods, Op::MoreGoods, Op::Receive]
            {
                assert!(all.iter().any(|s| s.ops.contains(&op)), "seed {seed} has no {op}");
            }
            assert!(all.iter().any(|s| s.who == Who::Guest), "seed {seed} has no guest");
        }
    }

    #[test]
    fn a_merge_has_an_earlier_order_of_its_own_to_swallow() {
        for (seed, count) in (0..200).flat_map(|seed| [(seed, 6), (seed, 7), (seed, 40), (seed, 113)]) {
            let all = stories(count, &mut ChaCha8Rng::seed_from_u64(seed));
            let swallowed: Vec<usize> = all.iter().filter_map(|s| s.swallows).collect();
            let mut once = swallowed.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), swallowed.len(), "seed {seed}, {count} orders: an order is swallowed twice");
            for (i, story) in all.iter().enumerate() {
                assert_eq!(story.ops.contains(&Op::Merge), story.swallows.is_some());
                assert!(story.swallows.is_none_or(|j| j < i && all[j].is_swallowed), "seed {seed}, {count} orders");
                assert_eq!(story.is_swallowed, swallowed.contains(&i), "seed {seed}, {count} orders");
            }
        }
    }
}
