//! Exact amounts: rounding to the minor unit, and spreading an amount by largest remainder.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A currency's minor unit: how many digits after the point its amounts have (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minor {
    digits: u32,
}

impl Minor {
    /// Digits after the point, at most four.
    pub(super) const fn with_digits(digits: u32) -> Minor {
        Minor { digits }
    }

    /// Digits after the point.
    pub const fn digits(self) -> u32 {
        self.digits
    }

    /// The smallest amount: a cent, a yen, a fils.
    pub fn unit(self) -> Decimal {
        Decimal::new(1, self.digits)
    }

    /// Half of it: what a sub-unit remainder of one line may be.
    pub fn half(self) -> Decimal {
        Decimal::new(5, self.digits + 1)
    }

    /// Rounds to the minor unit, half away from zero, as accountants and ERPs do.
    pub fn round(self, amount: Decimal) -> Decimal {
        if amount.scale() == self.digits {
            return amount;
        }
        let mut rounded = amount.round_dp_with_strategy(self.digits, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(self.digits);
        rounded
    }

    /// The whole minor units of an amount, towards zero.
    pub fn floor(self, amount: Decimal) -> Decimal {
        amount.round_dp_with_strategy(self.digits, RoundingStrategy::ToZero)
    }

    /// True where the amount has no digits below the minor unit.
    pub fn holds(self, amount: Decimal) -> bool {
        amount.scale() <= self.digits || self.round(amount) == amount
    }

    /// The amount in print: with the minor unit's digits, or more where it has more; zero without a sign.
    pub fn print(self, mut amount: Decimal) -> Decimal {
        if amount.is_zero() {
            return Decimal::new(0, self.digits);
        }
        amount.rescale(amount.scale().max(self.digits));
        amount
    }
}

/// Net, tax and total; `net + tax = total` always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
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
    pub fn in_print(self, minor: Minor) -> Self {
        Amounts { net: minor.print(self.net), tax: minor.print(self.tax), total: minor.print(self.total) }
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
        Amounts { net: self.net - other.net, tax: self.tax - other.tax, total: self.total - other.total }
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

impl Minor {
    /// Spreads `amount` (whole minor units) over `weights` by largest remainder: the shares add up to `amount` exactly, and none
    /// differs from its exact share by a whole minor unit. Ties go to the earlier weight.
    ///
    /// Weights must not be negative. `None` where all are zero and the amount is not, or where a product has more digits than
    /// 128 bits hold.
    pub fn allocate(self, amount: Decimal, weights: &[Decimal]) -> Option<Vec<Decimal>> {
        if amount.is_zero() {
            return Some(vec![Decimal::ZERO; weights.len()]);
        }
        // Integers: remainders are compared exactly.
        let scale = weights.iter().map(Decimal::scale).max()?;
        let weigh = |w: &Decimal| w.mantissa().checked_mul(10i128.checked_pow(scale - w.scale())?);
        let weights: Vec<i128> = weights.iter().map(weigh).collect::<Option<_>>()?;
        let sum: i128 = weights.iter().try_fold(0i128, |sum, w| sum.checked_add(*w))?;
        if sum == 0 {
            return None;
        }
        let units = self.units(amount)?;
        let mut shares = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        let mut missing = units;
        for (i, weight) in weights.iter().enumerate() {
            let product = units.checked_mul(*weight)?;
            let share = product / sum;
            remainders.push(((product % sum).abs(), i));
            missing -= share;
            shares.push(share);
        }
        remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        // Fewer units are missing than there are shares with a remainder: each of them lost less than one.
        for &(_, i) in remainders.iter().take(usize::try_from(missing.abs()).ok()?) {
            shares[i] += units.signum();
        }
        Some(shares.into_iter().map(|share| Decimal::from_i128_with_scale(share, self.digits)).collect())
    }

    /// An amount counted in minor units; `None` where it has digits below them.
    pub(super) fn units(self, amount: Decimal) -> Option<i128> {
        match self.digits.checked_sub(amount.scale()) {
            Some(missing) => amount.mantissa().checked_mul(10i128.checked_pow(missing)?),
            None => self.holds(amount).then(|| self.round(amount).mantissa()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    const CENT: Minor = Minor::with_digits(2);

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(CENT.round(d("1.005")).to_string(), "1.01");
        assert_eq!(CENT.round(d("-1.005")).to_string(), "-1.01");
        assert_eq!(CENT.round(d("1.0049")).to_string(), "1.00");
        assert_eq!(CENT.round(d("3")).to_string(), "3.00");
        assert_eq!(Minor::with_digits(0).round(d("10.5")).to_string(), "11");
        assert_eq!(Minor::with_digits(3).round(d("1.0005")).to_string(), "1.001");
    }

    #[test]
    fn what_is_below_the_minor_unit_is_seen() {
        assert!(CENT.holds(d("1.10")) && CENT.holds(d("1.100")) && CENT.holds(d("7")));
        assert!(!CENT.holds(d("1.101")) && !Minor::with_digits(0).holds(d("1.1")));
        assert_eq!((CENT.unit(), CENT.half(), CENT.digits()), (d("0.01"), d("0.005"), 2));
        assert_eq!(
            (CENT.print(d("5")).to_string(), CENT.print(d("5.125")).to_string()),
            ("5.00".into(), "5.125".into())
        );
        assert_eq!(CENT.print(-d("0.000")).to_string(), "0.00");
    }

    #[test]
    fn amounts_are_counted_in_units() {
        for (amount, units) in [
            ("1.5", Some(150)),
            ("1.50", Some(150)),
            ("1.500", Some(150)),
            ("2", Some(200)),
            ("-2", Some(-200)),
            ("1.505", None),
        ] {
            assert_eq!(CENT.units(d(amount)), units, "{amount}");
        }
        assert_eq!(CENT.floor(d("-1.239")), d("-1.23"));
    }

    #[test]
    fn ten_over_three_equal_lines() {
        let shares = CENT.allocate(d("10.00"), &[d("5"), d("5"), d("5")]).unwrap();
        assert_eq!(shares, [d("3.34"), d("3.33"), d("3.33")]);
        assert_eq!(CENT.allocate(d("-0.02"), &[d("5"), d("0"), d("5")]).unwrap(), [d("-0.01"), d("0"), d("-0.01")]);
        assert_eq!(CENT.allocate(d("1"), &[d("0"), d("0")]), None);
        assert_eq!(CENT.allocate(d("10.00"), &[d("1"), d("0.50")]).unwrap(), [d("6.67"), d("3.33")]);
        assert_eq!(CENT.allocate(d("1"), &[]), None);
        assert_eq!(CENT.allocate(d("0"), &[d("0")]), Some(vec![d("0")]));
        assert_eq!(Minor::with_digits(0).allocate(d("100"), &[d("1"), d("2")]).unwrap(), [d("33"), d("67")]);
    }

    #[test]
    fn amounts_add_and_take_away_in_all_three() {
        let a = Amounts { net: d("1"), tax: d("2"), total: d("3") };
        let b = Amounts { net: d("10"), tax: d("20"), total: d("30") };
        assert_eq!(a + b, Amounts { net: d("11"), tax: d("22"), total: d("33") });
        assert_eq!(b - a, Amounts { net: d("9"), tax: d("18"), total: d("27") });
        let mut c = b;
        c += a;
        c -= b;
        assert_eq!((c, -(-a)), (a, a));
        assert_eq!([a, b].into_iter().sum::<Amounts>(), a + b);
        assert_eq!(Amounts::from_total(d("113"), d("13")), Amounts { net: d("100"), tax: d("13"), total: d("113") });
        for zero_but in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)].map(|(n, t, x)| [n, t, x].map(Decimal::from)) {
            let [net, tax, total] = zero_but;
            let zero = [net, tax, total].iter().all(Decimal::is_zero);
            assert_eq!(Amounts { net, tax, total }.is_zero(), zero);
        }
        assert_eq!(a.in_print(CENT).total.to_string(), "3.00");
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_near(
            units in -1_000_000i64..1_000_000,
            digits in 0u32..4,
            weights in prop::collection::vec(0u32..100_000, 1..12),
        ) {
            let minor = Minor::with_digits(digits);
            let amount = Decimal::new(units, digits);
            let weights: Vec<Decimal> = weights.into_iter().map(|w| Decimal::new(w.into(), 2)).collect();
            let sum: Decimal = weights.iter().copied().sum();
            match minor.allocate(amount, &weights) {
                None => prop_assert!(sum.is_zero() && !amount.is_zero()),
                Some(shares) => {
                    prop_assert_eq!(shares.iter().copied().sum::<Decimal>(), amount);
                    for (share, weight) in shares.iter().zip(&weights) {
                        let exact = if sum.is_zero() { Decimal::ZERO } else { amount * weight / sum };
                        prop_assert!((share - exact).abs() < minor.unit() || share == &exact, "{} {}", share, exact);
                        prop_assert!(minor.holds(*share));
                    }
                }
            }
        }
    }
}
