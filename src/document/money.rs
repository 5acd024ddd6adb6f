//! Exact amounts: rounding to the minor unit, and spreading an amount by largest remainder.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// Digits of the minor unit. Every currency of this slice has two.
pub const MINOR_DIGITS: u32 = 2;

/// Rounds to the minor unit, half away from zero, as accountants and ERPs do.
pub fn round_minor(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp_with_strategy(MINOR_DIGITS, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(MINOR_DIGITS);
    rounded
}

fn in_print(mut amount: Decimal) -> Decimal {
    if amount.scale() < MINOR_DIGITS {
        amount.rescale(MINOR_DIGITS);
    }
    amount
}

/// Net, tax and total; `net + tax = total` always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amounts {
    /// Without tax.
    pub net: Decimal,
    /// The tax.
    pub tax: Decimal,
    /// With tax.
    pub total: Decimal,
}

impl Amounts {
    /// From a total and the tax that it includes.
    pub fn from_total(total: Decimal, tax: Decimal) -> Self {
        Amounts { net: total - tax, tax, total }
    }

    /// With the minor unit's digits, where there are fewer.
    #[must_use]
    pub fn in_print(self) -> Self {
        Amounts { net: in_print(self.net), tax: in_print(self.tax), total: in_print(self.total) }
    }

    /// True where all three are zero.
    pub fn is_zero(&self) -> bool {
        self.net.is_zero() && self.tax.is_zero() && self.total.is_zero()
    }
}

impl Add for Amounts {
    type Output = Amounts;
    fn add(self, other: Amounts) -> Amounts {
        Amounts { net: self.net + other.net, tax: self.tax + other.tax, total: self.total + other.total }
    }
}

impl Neg for Amounts {
    type Output = Amounts;
    fn neg(self) -> Amounts {
        Amounts { net: -self.net, tax: -self.tax, total: -self.total }
    }
}

impl Sub for Amounts {
    type Output = Amounts;
    fn sub(self, other: Amounts) -> Amounts {
        self + -other
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Amounts) {
        *self = *self + other;
    }
}

impl SubAssign for Amounts {
    fn sub_assign(&mut self, other: Amounts) {
        *self = *self - other;
    }
}

impl Sum for Amounts {
    fn sum<I: Iterator<Item = Amounts>>(amounts: I) -> Amounts {
        amounts.fold(Amounts::default(), Add::add)
    }
}

/// Spreads `amount` (in minor units) over `weights` by largest remainder: the shares add up to `amount` exactly, and none
/// differs from its exact share by a whole minor unit. Ties go to the earlier weight.
///
/// Weights must not be negative. `None` where all are zero and the amount is not, or where a product has more digits than
/// a [`Decimal`] holds.
pub fn allocate(amount: Decimal, weights: &[Decimal]) -> Option<Vec<Decimal>> {
    let unit = Decimal::new(1, MINOR_DIGITS);
    if amount.is_zero() {
        return Some(vec![Decimal::ZERO; weights.len()]);
    }
    let sum: Decimal = weights.iter().copied().sum();
    if sum.is_zero() {
        return None;
    }
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (i, weight) in weights.iter().enumerate() {
        let exact = amount.checked_mul(*weight)?.checked_div(sum)?;
        let floor = exact.abs().round_dp_with_strategy(MINOR_DIGITS, RoundingStrategy::ToZero);
        remainders.push((exact.abs() - floor, i));
        shares.push(if amount.is_sign_negative() { -floor } else { floor });
    }
    let mut missing = amount - shares.iter().copied().sum::<Decimal>();
    let step = if missing.is_sign_negative() { -unit } else { unit };
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, i) in remainders.iter().cycle() {
        if missing.is_zero() {
            break;
        }
        if !weights[i].is_zero() {
            shares[i] += step;
            missing -= step;
        }
    }
    Some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(round_minor(d("1.005")).to_string(), "1.01");
        assert_eq!(round_minor(d("-1.005")).to_string(), "-1.01");
        assert_eq!(round_minor(d("3")).to_string(), "3.00");
    }

    #[test]
    fn ten_over_three_equal_lines() {
        let shares = allocate(d("10.00"), &[d("5"), d("5"), d("5")]).unwrap();
        assert_eq!(shares, [d("3.34"), d("3.33"), d("3.33")]);
        assert_eq!(allocate(d("1"), &[d("0"), d("0")]), None);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_near(cents in -1_000_000i64..1_000_000, weights in prop::collection::vec(0u32..100_000, 1..12)) {
            let amount = Decimal::new(cents, 2);
            let weights: Vec<Decimal> = weights.into_iter().map(|w| Decimal::new(w.into(), 2)).collect();
            let sum: Decimal = weights.iter().copied().sum();
            match allocate(amount, &weights) {
                None => prop_assert!(sum.is_zero() && !amount.is_zero()),
                Some(shares) => {
                    prop_assert_eq!(shares.iter().copied().sum::<Decimal>(), amount);
                    for (share, weight) in shares.iter().zip(&weights) {
                        let exact = if sum.is_zero() { Decimal::ZERO } else { amount * weight / sum };
                        prop_assert!((share - exact).abs() < Decimal::new(101, 4), "{} {}", share, exact);
                    }
                }
            }
        }
    }
}
