//! Tax that prices include, and how a line is written so that an ERP that taxes by itself arrives at the same cent.
//!
//! An ERP of this kind multiplies quantity and price, rounds, and takes `rate / (100 + rate)` of the result as tax, again
//! rounded. The ledger does the same for each line it tells. When the last part of a line is credited, its tax is what
//! remains of the line's tax; by the rounding of the earlier parts that may differ by a cent or two from what the ERP would
//! compute. [`parts_for_tax`] then writes the line in two parts whose rounding makes up for it.

use rust_decimal::Decimal;

use super::money::{MINOR_DIGITS, round_minor};

/// The tax that `total` includes at `rate` percent, rounded to the minor unit.
pub fn included_tax(total: Decimal, rate: Decimal) -> Decimal {
    round_minor(total * rate / (Decimal::ONE_HUNDRED + rate))
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

/// Parts of a line that add up to `quantity` and `total`, and whose included taxes at `rate` add up to `tax`.
///
/// One part nearly always. Otherwise two: pieces at two prices, or (for a single piece) the piece and an amount without
/// pieces. `None` where no two parts do it: a few cents, or a tax that is not this rate's.
pub fn parts_for_tax(quantity: Decimal, total: Decimal, tax: Decimal, rate: Decimal) -> Option<Vec<TaxedPart>> {
    if included_tax(total, rate) == tax {
        return Some(vec![TaxedPart { quantity, total }]);
    }
    let one = Decimal::ONE;
    let second = if quantity > one { one } else { Decimal::ZERO };
    let middle = if quantity > one { round_minor(total / quantity) } else { Decimal::ZERO };
    for step in 1..=SHIFT_MAX {
        for shift in [Decimal::new(step, MINOR_DIGITS), Decimal::new(-step, MINOR_DIGITS)] {
            let moved = middle + shift;
            let rest = total - moved;
            if moved > Decimal::ZERO
                && rest > Decimal::ZERO
                && included_tax(rest, rate) + included_tax(moved, rate) == tax
            {
                return Some(vec![
                    TaxedPart { quantity: quantity - second, total: rest },
                    TaxedPart { quantity: second, total: moved },
                ]);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    #[test]
    fn thirteen_percent_of_a_hundred_and_thirteen() {
        assert_eq!(included_tax(d("113.00"), d("13")), d("13.00"));
        assert_eq!(included_tax(d("0.04"), d("13")), d("0.00"));
        assert_eq!(included_tax(d("19.99"), d("0")), d("0.00"));
    }

    #[test]
    fn a_tax_of_another_rate_is_refused() {
        assert_eq!(parts_for_tax(d("1"), d("100.00"), d("50.00"), d("13")), None);
        assert_eq!(parts_for_tax(d("1"), d("100.00"), d("0.01"), d("0")), None);
    }

    proptest! {
        #[test]
        fn a_cent_off_is_mended_in_two_parts(cents in 100i64..10_000_000, quantity in 1u32..50, off in -1i64..=1, rate in prop::sample::select(vec![3i64, 6, 9, 13, 19, 25])) {
            let (total, rate, quantity) = (Decimal::new(cents, 2), Decimal::from(rate), Decimal::from(quantity));
            let exact = total * rate / (Decimal::ONE_HUNDRED + rate);
            let tax = included_tax(total, rate) + Decimal::new(off, 2);
            // Two roundings reach less than one cent from the exact tax; only such a tax can be asked for.
            prop_assume!((tax - exact).abs() < d("0.0085") && total / quantity > Decimal::ONE);
            let parts = parts_for_tax(quantity, total, tax, rate).expect("two parts reach it");
            prop_assert_eq!(parts.iter().map(|p| p.quantity).sum::<Decimal>(), quantity);
            prop_assert_eq!(parts.iter().map(|p| p.total).sum::<Decimal>(), total);
            prop_assert_eq!(parts.iter().map(|p| included_tax(p.total, rate)).sum::<Decimal>(), tax);
        }
    }
}
