//! What the store says about one order or one customer: evaluates the SELECTs for one owner.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use smol_str::SmolStr;

use crate::document::{
    Customer, CustomerView, LineKind, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine,
};

use super::bound::Bound;
use super::contract::{CUSTOMER, ORDER, ORDER_LINE, REFUND, REFUND_LINE};
use super::datum::Datum;
use super::refusal::EvalError;
use super::rows::{Ask, Found, Halt};
use super::settings::{Settings, is_currency, is_rate};
use super::slice::{Loaded, Slice};

impl Bound {
    /// An order as the store says it now; `None` where the store has no such order.
    ///
    /// # Errors
    /// A value that cannot be used exactly, an output that is NULL and must not be, or two rows with one id.
    pub fn order(&self, id: &str, slice: &mut Slice) -> Loaded<Result<Option<OrderView>, EvalError>> {
        let document = format!("order {id}");
        let mut ask = Ask::new(self, slice, &document);
        let headers = ask.rows(&ORDER, "order.id", id);
        let lines = ask.rows(&ORDER_LINE, "order_line.order_id", id);
        let refunds = ask.refunds(id);
        let warnings = std::mem::take(&mut ask.warnings);
        let header = match single(headers) {
            Err(halt) => return halt.loaded(),
            Ok(None) => return Loaded::Ready(Ok(None)),
            Ok(Some(header)) => header,
        };
        finish(lines.and_then(|lines| {
            let refunds = refunds?;
            let mut view = order_view(&header, &lines, refunds, &self.settings)?;
            view.warnings = warnings.into_iter().collect();
            Ok(Some(view))
        }))
    }

    /// The order that a refund belongs to; `None` where the store has no such refund.
    ///
    /// # Errors
    /// As [`Bound::order`].
    pub fn order_of_refund(&self, refund: &str, slice: &mut Slice) -> Loaded<Result<Option<String>, EvalError>> {
        let document = format!("refund {refund}");
        let rows = Ask::new(self, slice, &document).rows(&REFUND, "refund.id", refund);
        finish(single(rows).and_then(|row| row.map(|r| r.key("order_id")).transpose().map_err(Halt::from)))
    }

    /// A customer as the store says it now; `None` where the store has no such customer.
    ///
    /// # Errors
    /// As [`Bound::order`].
    pub fn customer(&self, id: &str, slice: &mut Slice) -> Loaded<Result<Option<CustomerView>, EvalError>> {
        let document = format!("customer {id}");
        let rows = Ask::new(self, slice, &document).rows(&CUSTOMER, "customer.id", id);
        finish(single(rows).and_then(|row| row.map(|r| customer_view(&r)).transpose().map_err(Halt::from)))
    }
}

fn finish<T>(result: Result<T, Halt>) -> Loaded<Result<T, EvalError>> {
    match result {
        Ok(value) => Loaded::Ready(Ok(value)),
        Err(halt) => halt.loaded(),
    }
}

impl Ask<'_> {
    fn refunds(&mut self, order: &str) -> Result<Vec<RefundView>, Halt> {
        let mut refunds = Vec::new();
        let mut missing = false;
        for row in self.rows(&REFUND, "refund.order_id", order)? {
            let id: String = row.key("id")?;
            match self.rows(&REFUND_LINE, "refund_line.refund_id", &id) {
                Ok(lines) => refunds.push(refund_view(id, &row, &lines, &self.bound.settings)?),
                Err(Halt::Missing) => missing = true,
                Err(error) => return Err(error),
            }
        }
        if missing {
            return Err(Halt::Missing);
        }
        refunds.sort_by_cached_key(|r| sort_key(&r.id));
        if let Some(twice) = refunds.windows(2).find(|w| w[0].id == w[1].id) {
            let what = format!("refund.sql yields two rows for refund {}", twice[0].id);
            return Err(Halt::Error(self.without_place(&REFUND, what)));
        }
        Ok(refunds)
    }
}

fn single<'a>(rows: Result<Vec<Found<'a>>, Halt>) -> Result<Option<Found<'a>>, Halt> {
    let mut rows = rows?;
    if let Some(second) = rows.get(1) {
        return Err(Halt::Error(second.error("id", "is the id of two rows")));
    }
    Ok(rows.pop())
}

fn customer_view(row: &Found<'_>) -> Result<CustomerView, EvalError> {
    let id: String = row.key("id")?;
    let customer = Customer {
        number: row.text("number").unwrap_or_else(|| id.clone()),
        name: row.key("name")?,
        email: row.text("email"),
        phone: row.text("phone"),
        address: row.text("address"),
        tax_id: row.text("tax_id"),
        extra: row.extras(),
    };
    let guest = !matches!(row.value("guest"), Datum::Null) && row.flag("guest")?;
    Ok(CustomerView { id, guest, customer })
}

fn order_view(
    header: &Found<'_>,
    rows: &[Found<'_>],
    mut refunds: Vec<RefundView>,
    settings: &Settings,
) -> Result<OrderView, EvalError> {
    let state = header.value("state").to_text().and_then(|s| OrderState::parse(&s));
    let currency = header.text("currency").unwrap_or_else(|| settings.currency.clone());
    if !is_currency(&currency) {
        return Err(header.error("currency", "is no ISO 4217 code"));
    }
    let mut lines = rows.iter().map(|r| line_view(r, settings)).collect::<Result<Vec<_>, _>>()?;
    let goods_total = header.number("goods_total")?.map(|total| {
        let untaxed = lines.iter().filter(|l| !settings.prices_include_tax && l.kind == LineKind::Goods);
        total + untaxed.map(|l| l.tax.stated()).sum::<Decimal>()
    });
    lines.extend(service(header, ["shipping", "shipping_tax"], LineKind::Shipping, &settings.shipping_sku, settings)?);
    lines.extend(service(header, ["fee", "fee_tax"], LineKind::Fee, &settings.fee_sku, settings)?);
    lines.sort_by_cached_key(|l| sort_key(&l.key));
    if lines.windows(2).any(|w| w[0].key == w[1].key) {
        let row = rows.first().unwrap_or(header);
        return Err(row.error("id", "is the id of two lines of the order"));
    }
    if !settings.prices_include_tax {
        tax_refunds(&mut refunds, &lines, settings);
    }
    let discount = taxed_discount(header.number("discount")?.unwrap_or_default(), &lines, settings);
    Ok(OrderView {
        id: header.key("id")?,
        number: header.key("number")?,
        customer: header.key("customer_id")?,
        date: header.day("placed_at")?,
        currency,
        state: state.ok_or_else(|| header.error("state", "is not one of open, posted, cancelled, returned"))?,
        ship_to: header.text("ship_to"),
        prices_include_tax: settings.prices_include_tax,
        lines,
        discount,
        goods_total,
        total: header.required_number("total")?,
        refunds,
        tenders: header.tenders()?,
        extra: header.extras(),
        warnings: Vec::new(),
    })
}

fn line_view(row: &Found<'_>, settings: &Settings) -> Result<ViewLine, EvalError> {
    let rate = row.number("tax_rate")?.unwrap_or(settings.tax_rate);
    if !is_rate(&rate) {
        return Err(row.error("tax_rate", "is no percentage between 0 and 100"));
    }
    if matches!(row.value("name"), Datum::Null) {
        return Err(row.error("name", "is NULL"));
    }
    let kind = match row.text::<SmolStr>("kind").as_deref() {
        None | Some("goods") => LineKind::Goods,
        Some("shipping") => LineKind::Shipping,
        Some("fee") => LineKind::Fee,
        Some(_) => return Err(row.error("kind", "is not one of goods, shipping, fee")),
    };
    let (amount, tax) = with_tax(row.required_number("amount")?, row.number("tax")?, rate, settings);
    // Freight and fees are booked under the profile's service items where the mapping names none.
    let sku = match (row.text("sku"), kind) {
        (Some(sku), _) => sku,
        (None, LineKind::Shipping) => SmolStr::from(&settings.shipping_sku),
        (None, LineKind::Fee) => SmolStr::from(&settings.fee_sku),
        (None, LineKind::Goods) => row.key("sku")?,
    };
    Ok(ViewLine {
        key: row.key("id")?,
        kind,
        sku,
        options: row.text("options"),
        name: row.text("name").unwrap_or_default(),
        quantity: row.required_number("quantity")?,
        amount,
        tax,
        shipped: row.number("shipped")?.unwrap_or_default(),
        extra: row.extras(),
    })
}

/// A charge of the header as a line of its own, where there is one.
fn service(
    header: &Found<'_>,
    [name, tax_name]: [&str; 2],
    kind: LineKind,
    sku: &str,
    settings: &Settings,
) -> Result<Option<ViewLine>, EvalError> {
    let amount = header.number(name)?.unwrap_or_default();
    if amount.is_zero() {
        return Ok(None);
    }
    let tax = header.number(tax_name)?;
    let rate = tax.map_or(settings.tax_rate, |tax| rate_of(amount, tax, settings));
    if !is_rate(&rate) {
        return Err(header.error(tax_name, "is more tax than the amount can include"));
    }
    let (amount, tax) = with_tax(amount, tax, rate, settings);
    Ok(Some(ViewLine {
        key: name.into(),
        kind,
        sku: sku.into(),
        options: None,
        name: sku.into(),
        quantity: Decimal::ONE,
        amount,
        tax,
        shipped: Decimal::ZERO,
        extra: BTreeMap::new(),
    }))
}

/// An amount with its tax, of one that is written as the profile says.
fn with_tax(amount: Decimal, tax: Option<Decimal>, rate: Decimal, settings: &Settings) -> (Decimal, Tax) {
    match tax {
        Some(tax) if settings.prices_include_tax => (amount, Tax::Stated { rate, tax }),
        None if settings.prices_include_tax => (amount, Tax::Included { rate }),
        stated => {
            let tax = stated.unwrap_or_else(|| amount * rate / Decimal::ONE_HUNDRED);
            (amount + tax, Tax::Stated { rate, tax })
        }
    }
}

/// The header's discount with its tax: untaxed, it takes as much tax off as the goods that it is spread over have.
fn taxed_discount(discount: Decimal, lines: &[ViewLine], settings: &Settings) -> Decimal {
    if settings.prices_include_tax || discount.is_zero() {
        return discount;
    }
    let goods = || lines.iter().filter(|l| l.kind == LineKind::Goods);
    let gross: Decimal = goods().map(|l| l.amount).sum();
    let net = gross - goods().map(|l| l.tax.stated()).sum::<Decimal>();
    let one_rate = goods().all(|l| l.tax.rate() == settings.tax_rate);
    let at_one_rate = || with_tax(discount, None, settings.tax_rate, settings).0;
    let shared = || discount.checked_mul(gross)?.checked_div(net);
    if one_rate { at_one_rate() } else { shared().unwrap_or_else(at_one_rate) }
}

/// The rate of a charge whose tax is stated: the profile's where it gives that tax to the cent, else what the two amounts
/// come to.
fn rate_of(amount: Decimal, tax: Decimal, settings: &Settings) -> Decimal {
    let net = if settings.prices_include_tax { amount - tax } else { amount };
    let usual = net * settings.tax_rate / Decimal::ONE_HUNDRED;
    if tax.is_zero() {
        Decimal::ZERO
    } else if (usual - tax).abs() <= Decimal::new(1, 2) || net.is_zero() {
        settings.tax_rate
    } else {
        (tax * Decimal::ONE_HUNDRED / net).round_dp(2)
    }
}

/// Adds their tax to untaxed amounts of a refund that state none: the share of the line's, or else the profile's rate.
fn tax_refunds(refunds: &mut [RefundView], lines: &[ViewLine], settings: &Settings) {
    let untaxed = refunds.iter_mut().flat_map(|r| &mut r.lines).filter(|l| l.tax.is_none());
    for refunded in untaxed {
        let Some(amount) = refunded.amount else { continue };
        let line = lines.iter().find(|line| refunded.line.as_deref() == Some(&*line.key));
        let tax = match line.map(|line| (line.amount - line.tax.stated(), line.tax)) {
            Some((net, tax)) if !net.is_zero() => amount * tax.stated() / net,
            _ => amount * settings.tax_rate / Decimal::ONE_HUNDRED,
        };
        refunded.amount = Some(amount + tax);
    }
}

fn refund_view(id: String, row: &Found<'_>, lines: &[Found<'_>], settings: &Settings) -> Result<RefundView, EvalError> {
    let mut views = Vec::with_capacity(lines.len());
    for line in lines {
        let (of_line, tax) = (line.text("line_id"), line.number("tax")?);
        // Where its tax is not stated, it is the share of a line's that is known later.
        let amount = line.number("amount")?.map(|amount| match settings.prices_include_tax {
            true => amount,
            false => amount + tax.unwrap_or_default(),
        });
        views.push(RefundLineView {
            id: line.key("id")?,
            // What came back is found by the line, and only without one by the SKU.
            sku: if of_line.is_some() { line.text("sku").unwrap_or_default() } else { line.key("sku")? },
            line: of_line,
            quantity: line.required_number("quantity")?,
            amount,
            tax,
        });
    }
    views.sort_by_cached_key(|l| sort_key(&l.id));
    Ok(RefundView { id, included: row.flag("included")?, amount: row.required_number("amount")?, lines: views })
}

/// Numeric keys by their number, then the others by their text.
fn sort_key(key: &str) -> (bool, u64, String) {
    match key.parse() {
        // Nearly every key is a plain number, which needs no text beside it.
        Ok(number) if !key.starts_with(['0', '+']) => (false, number, String::new()),
        Ok(number) => (false, number, key.to_owned()),
        Err(_) => (true, 0, key.to_owned()),
    }
}
