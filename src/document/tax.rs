//! Tax that prices include, and how a line is written so that an ERP that taxes by itself arrives at the same cent.
//!
//! An ERP of this kind multiplies quantity and price, rounds, and takes `rate / (100 + rate)` of the result as tax, again
//! rounded. The ledger does the same for each line it tells. When the last part of a line is credited, its tax is what
//! remains of the line's tax; by the rounding of the earlier parts that may differ by a cent or two from what the ERP would
//! compute. [`parts_for_tax`] then writes the line in two parts whose rounding makes up for it.

use rust_decimal::Decimal;

use super::money::Minor;

impl Minor {
    /// The tax that `total` includes at `rate` percent, rounded to the minor unit, half away from zero.
    pub fn included_tax(self, total: Decimal, rate: Decimal) -> Decimal {
        let exact = || total * rate / (Decimal::ONE_HUNDRED + rate);
        self.included_units(total, rate).unwrap_or_else(|| self.round(exact()))
    }

    /// The same in integers, which is several times as fast; `None` where 128 bits do not hold them.
    fn included_units(self, total: Decimal, rate: Decimal) -> Option<Decimal> {
        let units = self.units(total)?;
        let hundred = 100i128.checked_mul(10i128.checked_pow(rate.scale())?)?;
        let of = hundred.checked_add(rate.mantissa())?.checked_mul(2)?;
        let twice = units.checked_mul(rate.mantissa())?.checked_mul(2)?;
        let rounded = twice.checked_add(units.signum() * (of / 2))? / of;
        Some(Decimal::from_i128_with_scale(rounded, self.digits()))
    }
}

/// A part of a line as an ERP entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxedPart {
    /// Pieces; zero for a part that has only value.
    pub quantity: Decimal,
    /// Its amount with tax.
    pub total: Decimal,
}

/// How far a part may be moved to mend the rounding, in minor units.
const SHIFT_MAX: i64 = 100;

impl Minor {
    /// Parts of a line that add up to `quantity` and `total`, and whose included taxes at `rate` add up to `tax`.
    ///
    /// One part nearly always. Otherwise two: pieces at two prices, or (for a single piece) the piece and an amount without
    /// pieces. `None` where no two parts do it: a few cents, or a tax that is not this rate's.
    pub fn parts_for_tax(
        self,
        quantity: Decimal,
        total: Decimal,
        tax: Decimal,
        rate: Decimal,
    ) -> Option<Vec<TaxedPart>> {
        if self.included_tax(total, rate) == tax {
            return Some(vec![TaxedPart { quantity, total }]);
        }
        let one = Decimal::ONE;
        let second = if quantity > one { one } else { Decimal::ZERO };
        let middle = if quantity > one { self.round(total / quantity) } else { Decimal::ZERO };
        for step in 1..=SHIFT_MAX {
            let moved = middle + Decimal::new(step, self.digits());
            let rest = total - moved;
            if rest > Decimal::ZERO && self.included_tax(rest, rate) + self.included_tax(moved, rate) == tax {
                return Some(vec![
                    TaxedPart { quantity: quantity - second, total: rest },
                    TaxedPart { quantity: second, total: moved },
                ]);
            }
        }
        None
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
    fn thirteen_percent_of_a_hundred_and_thirteen() {
        assert_eq!(CENT.included_tax(d("113.00"), d("13")), d("13.00"));
        assert_eq!(CENT.included_tax(d("0.04"), d("13")), d("0.00"));
        assert_eq!(CENT.included_tax(d("19.99"), d("0")), d("0.00"));
        assert_eq!(Minor::with_digits(0).included_tax(d("1100"), d("10")), d("100"));
        assert_eq!(Minor::with_digits(3).included_tax(d("1.000"), d("5")), d("0.048"));
    }

    #[test]
    fn a_tax_of_another_rate_is_refused() {
        assert_eq!(CENT.parts_for_tax(d("1"), d("100.00"), d("50.00"), d("13")), None);
        assert_eq!(CENT.parts_for_tax(d("1"), d("100.00"), d("0.01"), d("0")), None);
        assert_eq!(CENT.parts_for_tax(d("0"), d("0.01"), d("0.01"), d("13")), None);
    }

    /// A cent above: two pieces at two prices; of a single piece, the piece and an amount.
    #[test]
    fn a_line_in_two_parts() {
        let part = |quantity: &str, total: &str| TaxedPart { quantity: d(quantity), total: d(total) };
        assert_eq!(CENT.included_tax(d("10.00"), d("13")), d("1.15"));
        let two = CENT.parts_for_tax(d("3"), d("10.00"), d("1.16"), d("13")).unwrap();
        assert_eq!(two, [part("2", "6.65"), part("1", "3.35")]);
        let one = CENT.parts_for_tax(d("1"), d("10.00"), d("1.16"), d("13")).unwrap();
        assert_eq!(one, [part("1", "9.78"), part("0", "0.22")]);
    }

    proptest! {
        #[test]
        fn integers_and_decimals_give_the_same_tax(units in -10_000_000_000i64..10_000_000_000, digits in 0u32..5, rate in 0i64..10_000, scale in 0u32..3) {
            let (minor, total, rate) = (Minor::with_digits(digits), Decimal::new(units, digits), Decimal::new(rate, scale));
            let exact = minor.round(total * rate / (Decimal::ONE_HUNDRED + rate));
            prop_assert_eq!(minor.included_tax(total, rate), exact);
            prop_assert_eq!(minor.included_units(total, rate), Some(exact));
            // With digits below the minor unit there are no integers.
            let finer = total + Decimal::new(3, digits + 1);
            let exact = minor.round(finer * rate / (Decimal::ONE_HUNDRED + rate));
            prop_assert_eq!(minor.included_tax(finer, rate), exact);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { max_global_rejects: 1_000_000, ..ProptestConfig::default() })]

        #[test]
        fn a_unit_off_is_mended_in_two_parts(
            units in 100i64..10_000_000,
            digits in 0u32..4,
            quantity in 1u32..50,
            off in -1i64..=1,
            rate in prop::sample::select(vec![3i64, 6, 9, 13, 19, 25]),
        ) {
            let minor = Minor::with_digits(digits);
            let (total, rate, quantity) = (Decimal::new(units, digits), Decimal::from(rate), Decimal::from(quantity));
            let exact = total * rate / (Decimal::ONE_HUNDRED + rate);
            let tax = minor.included_tax(total, rate) + Decimal::new(off, digits);
            // Two roundings reach less than one unit from the exact tax; only such a tax can be asked for.
            prop_assume!((tax - exact).abs() < minor.unit() * d("0.85") && total / quantity > Decimal::new(100, digits));
            let parts = minor.parts_for_tax(quantity, total, tax, rate).expect("two parts reach it");
            prop_assert_eq!(parts.iter().map(|p| p.quantity).sum::<Decimal>(), quantity);
            prop_assert_eq!(parts.iter().map(|p| p.total).sum::<Decimal>(), total);
            prop_assert_eq!(parts.iter().map(|p| minor.included_tax(p.total, rate)).sum::<Decimal>(), tax);
        }
    }
}
