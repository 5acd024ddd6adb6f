//! What one piece costs: the price with the fewest digits that gives a line's amount.

use rust_decimal::{Decimal, RoundingStrategy};

use super::money::Minor;

/// Digits of a unit price after the point, beyond the minor unit's, that are tried.
const MORE_DIGITS: [u32; 5] = [0, 2, 4, 6, 8];

impl Minor {
    /// The price with the fewest digits whose product with `quantity` rounds to `amount`; `None` where `quantity` is zero or no
    /// price of eight digits below the minor unit does it.
    pub fn unit_price(self, quantity: Decimal, amount: Decimal) -> Option<Decimal> {
        if quantity == Decimal::ONE {
            return Some(amount.normalize());
        }
        let exact = amount.checked_div(quantity)?;
        MORE_DIGITS.iter().find_map(|more| {
            let price = exact.round_dp_with_strategy(self.digits() + more, RoundingStrategy::MidpointAwayFromZero);
            (price.checked_mul(quantity).map(|p| self.round(p)) == Some(amount)).then(|| price.normalize())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    #[test]
    fn as_few_digits_as_give_the_amount() {
        let cent = Minor::with_digits(2);
        for (quantity, amount, price) in [
            ("3", "30.00", Some("10")),
            ("1", "19.90", Some("19.9")),
            ("3", "10.00", Some("3.3333")),
            ("3", "10.01", Some("3.3367")),
            ("700", "10.01", Some("0.0143")),
            ("0.5", "1.25", Some("2.5")),
            ("3", "0.00", Some("0")),
            ("0", "10.00", None),
            ("3000000000000", "10.01", None),
        ] {
            assert_eq!(cent.unit_price(d(quantity), d(amount)), price.map(d), "{quantity} for {amount}");
        }
        assert_eq!(Minor::with_digits(0).unit_price(d("3"), d("100")), Some(d("33.33")));
    }

    proptest! {
        #[test]
        fn the_price_gives_the_amount(units in 0i64..100_000_000, quantity in 1u32..10_000, digits in 0u32..4) {
            let (minor, amount) = (Minor::with_digits(digits), Decimal::new(units, digits));
            let price = minor.unit_price(quantity.into(), amount).expect("eight digits more are enough");
            prop_assert_eq!(minor.round(price * Decimal::from(quantity)), amount);
        }
    }
}
