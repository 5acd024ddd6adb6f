//! What the store says about one order or one customer: evaluates the SELECTs for one owner.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::change::{Row, Value, row_key};
use crate::document::{
    Customer, CustomerView, LineKind, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine,
};

use super::bound::{Bound, BoundBranch, BoundQuery, locate};
use super::contract::{CUSTOMER, ORDER, ORDER_LINE, REFUND, REFUND_LINE, Source};
use super::datum::Datum;
use super::eval::Scope;
use super::refusal::{EvalError, Fault};
use super::settings::{Settings, is_currency, is_rate};
use super::slice::{Loaded, Slice};
use super::temporal;

impl Bound {
    /// An order as the store says it now; `None` where the store has no such order.
    ///
    /// # Errors
    /// A value that cannot be used exactly, an output that is NULL and must not be, or two rows with one id.
    pub fn order(&self, id: &str, slice: &mut Slice) -> Loaded<Result<Option<OrderView>, EvalError>> {
        let document = format!("order {id}");
        let mut ask = Ask { bound: self, slice, document: &document };
        let headers = ask.rows(&ORDER, "order.id", id);
        let lines = ask.rows(&ORDER_LINE, "order_line.order_id", id);
        let refunds = ask.refunds(id);
        let header = match single(headers) {
            Err(halt) => return halt.loaded(),
            Ok(None) => return Loaded::Ready(Ok(None)),
            Ok(Some(header)) => header,
        };
        finish(lines.and_then(|lines| {
            let refunds = refunds?;
            Ok(Some(order_view(&header, &lines, refunds, &self.settings)?))
        }))
    }

    /// The order that a refund belongs to; `None` where the store has no such refund.
    ///
    /// # Errors
    /// As [`Bound::order`].
    pub fn order_of_refund(&self, refund: &str, slice: &mut Slice) -> Loaded<Result<Option<String>, EvalError>> {
        let document = format!("refund {refund}");
        let rows = Ask { bound: self, slice, document: &document }.rows(&REFUND, "refund.id", refund);
        finish(single(rows).and_then(|row| row.map(|r| r.key("order_id")).transpose().map_err(Halt::from)))
    }

    /// A customer as the store says it now; `None` where the store has no such customer.
    ///
    /// # Errors
    /// As [`Bound::order`].
    pub fn customer(&self, id: &str, slice: &mut Slice) -> Loaded<Result<Option<CustomerView>, EvalError>> {
        let document = format!("customer {id}");
        let rows = Ask { bound: self, slice, document: &document }.rows(&CUSTOMER, "customer.id", id);
        finish(single(rows).and_then(|row| row.map(|r| customer_view(&r)).transpose().map_err(Halt::from)))
    }
}

/// Why an evaluation stopped.
enum Halt {
    Missing,
    Error(EvalError),
}

impl From<EvalError> for Halt {
    fn from(error: EvalError) -> Halt {
        Halt::Error(error)
    }
}

impl Halt {
    fn loaded<T>(self) -> Loaded<Result<T, EvalError>> {
        match self {
            Halt::Missing => Loaded::Missing,
            Halt::Error(error) => Loaded::Ready(Err(error)),
        }
    }
}

fn finish<T>(result: Result<T, Halt>) -> Loaded<Result<T, EvalError>> {
    match result {
        Ok(value) => Loaded::Ready(Ok(value)),
        Err(halt) => halt.loaded(),
    }
}

/// A question about one document.
struct Ask<'a> {
    bound: &'a Bound,
    slice: &'a mut Slice,
    document: &'a str,
}

impl<'a> Ask<'a> {
    /// The rows that a SELECT yields for one owner. Every lookup that is missing is noted before it stops.
    fn rows(&mut self, source: &Source, index: &'static str, owner: &str) -> Result<Vec<Found<'a>>, Halt> {
        let Some(query) = self.bound.queries.get(source.file) else { return Ok(Vec::new()) };
        let Loaded::Ready(candidates) = self.slice.owned(index, owner) else { return Err(Halt::Missing) };
        let owner_at = query.source.outputs.iter().position(|o| o.index == Some(index)).unwrap_or_default();
        let mut found = Vec::new();
        let mut halt = None;
        for ((table, _), root) in candidates {
            for branch in query.branches.iter().filter(|b| b.root().table == table) {
                match self.row(query, branch, owner_at, owner, &root) {
                    Ok(row) => found.extend(row),
                    Err(Halt::Missing) => halt = Some(Halt::Missing),
                    Err(error) => halt = halt.or(Some(error)),
                }
            }
        }
        halt.map_or(Ok(found), Err)
    }

    /// One row of FROM, if it is this owner's and WHERE holds.
    fn row(
        &mut self,
        query: &'a BoundQuery,
        branch: &'a BoundBranch,
        owner_at: usize,
        owner: &str,
        root: &Row,
    ) -> Result<Option<Found<'a>>, Halt> {
        let error = |fault| Halt::Error(locate(query.source, branch, self.document.to_owned(), fault));
        let settings = &self.bound.settings;
        let alone = [Some(root.clone())];
        let scope = Scope::over(&alone, settings);
        for condition in &branch.root_filter {
            if !scope.holds(condition).map_err(error)? {
                return Ok(None);
            }
        }
        let Some(owner_expr) = &branch.outputs[owner_at] else { return Ok(None) };
        if scope.eval(owner_expr).map_err(error)?.to_text().as_deref() != Some(owner) {
            return Ok(None);
        }
        let Some(rows) = self.join(query, branch, root)? else { return Ok(None) };
        let error = |fault| Halt::Error(locate(query.source, branch, self.document.to_owned(), fault));
        let scope = Scope::over(&rows, settings);
        if let Some(filter) = &branch.filter
            && !scope.holds(filter).map_err(error)?
        {
            return Ok(None);
        }
        let values: Result<Vec<Datum>, Fault> =
            branch.outputs.iter().map(|o| o.as_ref().map_or(Ok(Datum::Null), |e| scope.eval(e))).collect();
        let values = values.map_err(error)?;
        Ok(Some(Found { query, branch, values, document: self.document.to_owned() }))
    }

    /// The rows of FROM; `None` where an inner join finds nothing.
    fn join(&mut self, query: &BoundQuery, branch: &BoundBranch, root: &Row) -> Result<Option<Vec<Option<Row>>>, Halt> {
        let settings = &self.bound.settings;
        let mut rows = vec![Some(root.clone())];
        let mut pending: Vec<usize> = Vec::new();
        for (at, table) in branch.tables.iter().enumerate().skip(1) {
            let Some(join) = &table.join else { continue };
            let mut waits = false;
            join.key.iter().for_each(|e| e.columns(&mut |slot, _| waits |= pending.contains(&slot.from)));
            let mut key = Vec::with_capacity(join.key.len());
            if !waits {
                let scope = Scope::over(&rows, settings);
                for expr in &join.key {
                    let value =
                        scope.eval(expr).map_err(|f| locate(query.source, branch, self.document.to_owned(), f))?;
                    key.extend(match value {
                        Datum::Int(i) => Some(Value::Int(i)),
                        Datum::UInt(u) => Some(Value::UInt(u)),
                        _ => None,
                    });
                }
            }
            let found = if waits {
                Loaded::Missing
            } else if key.len() < join.key.len() {
                Loaded::Ready(None)
            } else {
                self.slice.row(table.table, row_key(&key.iter().collect::<Vec<_>>()))
            };
            match found {
                Loaded::Ready(None) if !join.left => return Ok(None),
                Loaded::Ready(row) => rows.push(row),
                Loaded::Missing => {
                    pending.push(at);
                    rows.push(None);
                }
            }
        }
        if pending.is_empty() { Ok(Some(rows)) } else { Err(Halt::Missing) }
    }

    fn refunds(&mut self, order: &str) -> Result<Vec<RefundView>, Halt> {
        let mut refunds = Vec::new();
        let mut missing = false;
        for row in self.rows(&REFUND, "refund.order_id", order)? {
            let id = row.key("id")?;
            match self.rows(&REFUND_LINE, "refund_line.refund_id", &id) {
                Ok(lines) => refunds.push(refund_view(id, &row, &lines)?),
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

    fn without_place(&self, source: &Source, what: String) -> EvalError {
        let branch = &self.bound.queries[source.file].branches[0];
        locate(source, branch, self.document.to_owned(), Fault::new(super::refusal::Place::default(), what))
    }
}

/// One row of a SELECT's result.
struct Found<'a> {
    query: &'a BoundQuery,
    branch: &'a BoundBranch,
    values: Vec<Datum>,
    document: String,
}

impl Found<'_> {
    /// A text that may be missing; an empty one is.
    fn text(&self, name: &str) -> Option<String> {
        self.value(name).to_text().map(|t| t.to_string()).filter(|t| !t.is_empty())
    }

    /// A text that is there and not empty.
    fn key(&self, name: &str) -> Result<String, EvalError> {
        self.text(name).ok_or_else(|| self.error(name, "is NULL or empty"))
    }

    /// A number that may be NULL, as the server prints it.
    fn number(&self, name: &str) -> Result<Option<Decimal>, EvalError> {
        match self.value(name) {
            Datum::Null => Ok(None),
            Datum::Decimal(n) => Ok(Some(n.shown())),
            value => {
                value.to_decimal().map(Some).ok_or_else(|| self.error(name, "is not a number from beginning to end"))
            }
        }
    }

    fn required_number(&self, name: &str) -> Result<Decimal, EvalError> {
        self.number(name)?.ok_or_else(|| self.error(name, "is NULL"))
    }

    fn flag(&self, name: &str) -> Result<bool, EvalError> {
        match self.number(name)? {
            Some(n) if n.is_zero() => Ok(false),
            Some(n) if n == Decimal::ONE => Ok(true),
            _ => Err(self.error(name, "is neither 0 nor 1")),
        }
    }

    fn day(&self, name: &str) -> Result<Date, EvalError> {
        let printed = self.value(name).to_text();
        printed.and_then(|p| temporal::day(&p)).ok_or_else(|| self.error(name, "is no date"))
    }

    fn value(&self, name: &str) -> &Datum {
        let position = self.query.source.position(name);
        position.map_or(&Datum::Null, |p| &self.values[p])
    }

    fn error(&self, name: &str, what: &str) -> EvalError {
        let expr = self.query.source.position(name).and_then(|p| self.branch.outputs[p].as_ref());
        let place = expr.map(|e| e.place).unwrap_or_default();
        locate(self.query.source, self.branch, self.document.clone(), Fault::new(place, format!("`{name}` {what}")))
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
    let id = row.key("id")?;
    let customer = Customer {
        number: row.text("number").unwrap_or_else(|| id.clone()),
        name: row.key("name")?,
        email: row.text("email"),
        phone: row.text("phone"),
        address: row.text("address"),
    };
    Ok(CustomerView { id, customer })
}

fn order_view(
    header: &Found<'_>,
    rows: &[Found<'_>],
    refunds: Vec<RefundView>,
    settings: &Settings,
) -> Result<OrderView, EvalError> {
    let state = header.value("state").to_text().and_then(|s| OrderState::parse(&s));
    let currency = header.text("currency").unwrap_or_else(|| settings.currency.clone());
    if !is_currency(&currency) {
        return Err(header.error("currency", "is no ISO 4217 code"));
    }
    let mut lines = rows.iter().map(|r| line_view(r, settings)).collect::<Result<Vec<_>, _>>()?;
    lines.extend(service(header, "shipping", LineKind::Shipping, &settings.shipping_sku, settings)?);
    lines.extend(service(header, "fee", LineKind::Fee, &settings.fee_sku, settings)?);
    lines.sort_by_cached_key(|l| sort_key(&l.key));
    if lines.windows(2).any(|w| w[0].key == w[1].key) {
        let row = rows.first().unwrap_or(header);
        return Err(row.error("id", "is the id of two lines of the order"));
    }
    Ok(OrderView {
        id: header.key("id")?,
        number: header.key("number")?,
        customer: header.key("customer_id")?,
        date: header.day("placed_at")?,
        currency,
        state: state.ok_or_else(|| header.error("state", "is not one of open, posted, cancelled, returned"))?,
        ship_to: header.text("ship_to"),
        lines,
        discount: header.number("discount")?.unwrap_or_default(),
        goods_total: header.number("goods_total")?,
        total: header.required_number("total")?,
        refunds,
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
    Ok(ViewLine {
        key: row.key("id")?,
        kind: LineKind::Goods,
        sku: row.key("sku")?,
        name: row.text("name").unwrap_or_default(),
        quantity: row.required_number("quantity")?,
        amount: row.required_number("amount")?,
        tax: row.number("tax")?.map_or(Tax::Included { rate }, |tax| Tax::Stated { rate, tax }),
        shipped: row.number("shipped")?.unwrap_or_default(),
    })
}

/// A charge of the header as a line of its own, where there is one.
fn service(
    header: &Found<'_>,
    name: &str,
    kind: LineKind,
    sku: &str,
    settings: &Settings,
) -> Result<Option<ViewLine>, EvalError> {
    let amount = header.number(name)?.unwrap_or_default();
    Ok((!amount.is_zero()).then(|| ViewLine {
        key: name.to_owned(),
        kind,
        sku: sku.to_owned(),
        name: sku.to_owned(),
        quantity: Decimal::ONE,
        amount,
        tax: Tax::Included { rate: settings.tax_rate },
        shipped: Decimal::ZERO,
    }))
}

fn refund_view(id: String, row: &Found<'_>, lines: &[Found<'_>]) -> Result<RefundView, EvalError> {
    let mut views = Vec::with_capacity(lines.len());
    for line in lines {
        views.push(RefundLineView {
            id: line.key("id")?,
            line: line.text("line_id"),
            sku: line.key("sku")?,
            quantity: line.required_number("quantity")?,
            amount: line.number("amount")?.unwrap_or_default(),
        });
    }
    views.sort_by_cached_key(|l| sort_key(&l.id));
    Ok(RefundView { id, included: row.flag("included")?, amount: row.required_number("amount")?, lines: views })
}

/// Numeric keys by their number, then the others by their text.
fn sort_key(key: &str) -> (bool, u64, String) {
    match key.parse() {
        Ok(number) => (false, number, key.to_owned()),
        Err(_) => (true, 0, key.to_owned()),
    }
}
