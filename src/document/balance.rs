//! The control that every order passes before it becomes a document: its parts add up to what the store says.

use std::fmt;

use rust_decimal::Decimal;

use super::money::Minor;
use super::view::{LineKind, OrderView, ViewLine};

/// Why an order is held, in one sentence with the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imbalance(String);

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why an order of which a stream knows no lines is held.
pub const NO_LINES: &str =
    "it has no lines yet, or they are older than the stream's beginning and have not changed since";

/// Checks the parts of an order against its control totals.
///
/// Amounts with more digits than the currency may differ from the control total by half a minor unit each at most: lines, and
/// the discount.
///
/// # Errors
/// An [`Imbalance`] that names the first control that fails.
pub fn check_balance(order: &OrderView, minor: Minor) -> Result<(), Imbalance> {
    for line in &order.lines {
        check_line(line, minor)?;
    }
    if !order.lines.iter().any(|l| l.kind == LineKind::Goods && !l.quantity.is_zero()) {
        return Err(Imbalance(NO_LINES.into()));
    }
    let goods = sum(order, LineKind::Goods);
    let uneven = order.lines.iter().filter(|l| !minor.holds(l.amount)).count();
    let tolerance = minor.half() * Decimal::from(uneven);
    if let Some(control) = order.goods_total
        && (goods - control).abs() > tolerance
    {
        return Err(Imbalance(format!("lines add up to {}, store says {}", minor.print(goods), minor.print(control))));
    }
    let (shipping, fees) = (sum(order, LineKind::Shipping), sum(order, LineKind::Fee));
    let total = goods + shipping + fees - order.discount;
    // An untaxed discount gets its tax as the lines do.
    let of_discount = if minor.holds(order.discount) { Decimal::ZERO } else { minor.half() };
    if (total - order.total).abs() > tolerance + of_discount {
        return Err(Imbalance(format!(
            "lines {} + shipping {} + fees {} − discount {} = {}, store says {}",
            minor.print(goods),
            minor.print(shipping),
            minor.print(fees),
            minor.print(order.discount),
            minor.print(total),
            minor.print(order.total)
        )));
    }
    if minor.round(order.total) < Decimal::ZERO {
        return Err(Imbalance(format!("its total is negative, {}", minor.print(order.total))));
    }
    if order.discount > goods {
        return Err(Imbalance(format!(
            "the discount {} exceeds the lines, {}",
            minor.print(order.discount),
            minor.print(goods)
        )));
    }
    if order.discount < Decimal::ZERO {
        return Err(Imbalance(format!("the discount is negative, {}", minor.print(order.discount))));
    }
    Ok(())
}

fn check_line(line: &ViewLine, minor: Minor) -> Result<(), Imbalance> {
    let (amount, tax) = (line.amount, line.tax.stated());
    if amount < Decimal::ZERO {
        return Err(Imbalance(format!("line {} has a negative amount, {}", line.key, minor.print(amount))));
    }
    if line.quantity < Decimal::ZERO {
        return Err(Imbalance(format!("line {} has a negative quantity, {}", line.key, line.quantity.normalize())));
    }
    if !pieces_fit(line.quantity) {
        return Err(Imbalance(format!("line {} has {} pieces: {PIECES_LIMIT}", line.key, line.quantity)));
    }
    if line.quantity.is_zero() && !amount.is_zero() {
        return Err(Imbalance(format!(
            "line {} has an amount of {} for a quantity of zero",
            line.key,
            minor.print(amount)
        )));
    }
    if tax < Decimal::ZERO || tax > amount {
        return Err(Imbalance(format!(
            "line {} has a tax of {} in an amount of {}",
            line.key,
            minor.print(tax),
            minor.print(amount)
        )));
    }
    Ok(())
}

/// Why a number of pieces is none that can be worked with.
pub const PIECES_LIMIT: &str = "less than 1000000000, with six decimals at most, can be kept exactly";

/// Whether prices can be worked out of a number of pieces without more digits than there are.
pub fn pieces_fit(quantity: Decimal) -> bool {
    let few_digits = quantity.scale() <= 6 || quantity.normalize().scale() <= 6;
    few_digits && quantity.abs() < Decimal::new(1_000_000_000, 0)
}

fn sum(order: &OrderView, kind: LineKind) -> Decimal {
    order.lines.iter().filter(|l| l.kind == kind).map(|l| l.amount).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::super::{OrderState, Tax};
    use super::*;

    fn d(s: &str) -> Decimal {
        s.parse().unwrap()
    }

    fn line(kind: LineKind, amount: &str) -> ViewLine {
        ViewLine {
            key: "7".into(),
            kind,
            sku: "A".into(),
            options: None,
            name: "x".into(),
            quantity: Decimal::ONE,
            amount: d(amount),
            tax: Tax::Included { rate: d("13") },
            shipped: Decimal::ZERO,
            extra: BTreeMap::new(),
        }
    }

    /// An order of such goods, less a discount, with its two controls.
    fn order(goods: &[&str], discount: &str, controls: (Option<&str>, &str)) -> OrderView {
        OrderView {
            id: "1".into(),
            number: "S1".into(),
            customer: "U1".into(),
            date: date(2026, 11, 20),
            currency: "CNY".into(),
            state: OrderState::Posted,
            ship_to: None,
            prices_include_tax: true,
            lines: goods.iter().map(|amount| line(LineKind::Goods, amount)).collect(),
            discount: d(discount),
            goods_total: controls.0.map(d),
            total: d(controls.1),
            refunds: vec![],
            tenders: vec![],
            extra: BTreeMap::new(),
            warnings: vec![],
        }
    }

    fn fault(order: &OrderView) -> String {
        match check_balance(order, Minor::of("CNY").unwrap()) {
            Ok(()) => String::new(),
            Err(imbalance) => imbalance.to_string(),
        }
    }

    #[test]
    fn each_control_has_its_sentence_and_half_a_cent_for_each_line_that_needs_it() {
        type Case = (&'static [&'static str], &'static str, (Option<&'static str>, &'static str), &'static str);
        let cases: [Case; 16] = [
            (&["297.00"], "0", (Some("297.00"), "297.00"), ""),
            (&["297.00"], "0", (Some("297.01"), "297.00"), "lines add up to 297.00, store says 297.01"),
            (&["297.00"], "0", (Some("296.99"), "297.00"), "lines add up to 297.00, store says 296.99"),
            // Whole cents have no tolerance, two uneven lines have a cent.
            (&["1.005", "1.005"], "0", (Some("2.02"), "2.02"), ""),
            (&["1.005", "1.005"], "0", (Some("2.00"), "2.00"), ""),
            (&["1.005", "1.005"], "0", (Some("2.021"), "2.01"), "lines add up to 2.010, store says 2.021"),
            (&["1.005", "1.00"], "0", (None, "2.01"), ""),
            (
                &["1.005", "1.00"],
                "0",
                (None, "2.011"),
                "lines 2.005 + shipping 0.00 + fees 0.00 − discount 0.00 = 2.005, store says 2.011",
            ),
            // A discount has half a cent of its own where it has more digits than the currency.
            (&["10.00"], "1.005", (None, "9.00"), ""),
            (&["10.00"], "1.005", (None, "8.99"), ""),
            (
                &["10.00"],
                "1.005",
                (None, "8.989"),
                "lines 10.00 + shipping 0.00 + fees 0.00 − discount 1.005 = 8.995, store says 8.989",
            ),
            (
                &["10.00"],
                "1.00",
                (None, "9.001"),
                "lines 10.00 + shipping 0.00 + fees 0.00 − discount 1.00 = 9.00, store says 9.001",
            ),
            (&["10.00"], "10.00", (None, "0.00"), ""),
            (&["10.00"], "-1.00", (None, "11.00"), "the discount is negative, -1.00"),
            (&["10.00"], "12.00", (None, "-2.00"), "its total is negative, -2.00"),
            (&[], "0", (None, "0.00"), NO_LINES),
        ];
        for (goods, discount, controls, sentence) in cases {
            assert_eq!(fault(&order(goods, discount, controls)), sentence, "{goods:?} {discount} {controls:?}");
        }
    }

    #[test]
    fn charges_count_and_a_discount_is_on_goods_alone() {
        let mut order = order(&["10.00"], "0", (Some("10.00"), "13.50"));
        order.lines.push(line(LineKind::Shipping, "3.00"));
        order.lines.push(line(LineKind::Fee, "0.50"));
        assert_eq!(fault(&order), "");
        order.total = d("13.49");
        let said = "lines 10.00 + shipping 3.00 + fees 0.50 − discount 0.00 = 13.50, store says 13.49";
        assert_eq!(fault(&order), said);
        (order.discount, order.total) = (d("10.01"), d("3.49"));
        assert_eq!(fault(&order), "the discount 10.01 exceeds the lines, 10.00");
    }

    #[test]
    fn a_line_that_cannot_be_is_named() {
        let with = |change: fn(&mut ViewLine)| {
            let mut order = order(&["10.00"], "0", (None, "10.00"));
            change(&mut order.lines[0]);
            fault(&order)
        };
        let stated = |tax: &str| Tax::Stated { rate: d("13"), tax: d(tax) };
        assert_eq!(with(|l| l.amount = d("-1")), "line 7 has a negative amount, -1.00");
        assert_eq!(with(|l| l.quantity = d("-1.0")), "line 7 has a negative quantity, -1");
        assert_eq!(with(|l| l.quantity = d("0")), "line 7 has an amount of 10.00 for a quantity of zero");
        let limit = |pieces: &str| format!("line 7 has {pieces} pieces: {PIECES_LIMIT}");
        assert_eq!(with(|l| l.quantity = d("1000000000")), limit("1000000000"));
        assert_eq!(with(|l| l.quantity = d("0.0000001")), limit("0.0000001"));
        assert_eq!(with(|l| l.quantity = d("999999999.9999990")), "");
        let mut order = order(&["10.00"], "0", (None, "10.00"));
        for (tax, sentence) in [
            ("10.01", "line 7 has a tax of 10.01 in an amount of 10.00"),
            ("10.00", ""),
            ("0", ""),
            ("-0.01", "line 7 has a tax of -0.01 in an amount of 10.00"),
        ] {
            order.lines[0].tax = stated(tax);
            assert_eq!(fault(&order), sentence);
        }
        // A line of nothing beside others: a row that was emptied, and a gift.
        order.lines[0].tax = stated("0");
        order.lines.push(ViewLine { quantity: Decimal::ZERO, ..line(LineKind::Goods, "0") });
        order.lines.push(line(LineKind::Goods, "0"));
        assert_eq!(fault(&order), "");
    }
}
