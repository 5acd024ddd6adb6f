//! What each model does with its own records: defaults, what may be changed when, and what follows from a change.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::base::{Base, Values, round};
use super::raised::Raised;
use super::records::{Cell, Record};
use super::schema::Type;

type Cells = BTreeMap<&'static str, Cell>;

impl Base {
    /// What a client did not say; what it said to be nothing stays nothing.
    pub(super) fn add_defaults(&mut self, model: &'static str, cells: &mut Cells) -> Result<(), Raised> {
        match model {
            "sale.order" => self.order_defaults(cells),
            "account.move" => self.move_defaults(cells),
            "sale.order.line" => {
                let (unit, taxes) = (self.schema.unit(), self.schema.taxes());
                self.line_defaults(cells, "product_uom_qty", unit, taxes);
                accountable(cells, unit)?;
            }
            "account.move.line" => {
                self.line_defaults(cells, "quantity", "product_uom_id", "tax_ids");
                if self.schema.series >= 16 {
                    cells.entry("display_type").or_insert_with(|| Cell::Text("product".into()));
                }
            }
            "res.partner" => {
                cells.entry("active").or_insert(Cell::Flag(true));
            }
            _ => {}
        }
        Ok(())
    }

    /// What the product says of a line.
    fn line_defaults(&self, cells: &mut Cells, quantity: &'static str, unit: &'static str, taxes: &'static str) {
        let product = match cells.get("product_id") {
            Some(Cell::One(id)) => self.records.get("product.product", *id).map(|record| (*id, record)),
            _ => None,
        };
        if let Some((id, product)) = product {
            let name = Cell::Text(self.name_of("product.product", id));
            cells.entry("name").or_insert(name);
            cells.entry("price_unit").or_insert_with(|| product.get("list_price").clone());
            cells.entry(unit).or_insert_with(|| product.get("uom_id").clone());
            cells.entry(taxes).or_insert_with(|| product.get("taxes_id").clone());
        }
        let is_text = matches!(cells.get("display_type"), Some(Cell::Text(kind)) if kind != "product");
        cells.entry(quantity).or_insert(Cell::Number(if is_text { Decimal::ZERO } else { Decimal::ONE }));
        cells.entry("price_unit").or_insert(Cell::Number(Decimal::ZERO));
    }

    /// Whether a record may be changed so.
    pub(super) fn may_write(
        &self,
        model: &'static str,
        record: &Record,
        changes: &[(&'static str, Cell)],
        values: &Values,
    ) -> Result<(), Raised> {
        let names_lines = values.iter().any(|(name, value)| {
            let field = self.schema.model(model).and_then(|model| model.field(name));
            matches!(field.map(|field| field.holds), Some(Type::Children(..))) && value != &Value::Bool(false)
        });
        match model {
            "account.move" => Base::may_write_move(record, changes, names_lines),
            "account.move.line" if !changes.is_empty() => self.may_change_lines(record),
            "sale.order" => Base::may_write_order(record, changes, names_lines),
            "sale.order.line" => self.may_write_order_line(record, changes),
            _ => Ok(()),
        }
    }

    pub(super) fn may_unlink(&self, model: &'static str, record: &Record) -> Result<(), Raised> {
        match (model, record.text("state")) {
            ("account.move", "posted") => Err(Raised::user("You cannot delete an entry which has been posted once.")),
            ("account.move.line", _) => self.may_change_lines(record),
            ("sale.order", "sale" | "done" | "sent") => Err(Raised::user(
                "You can not delete a sent quotation or a confirmed sales order. You must first cancel it.",
            )),
            ("sale.order.line", _) => match self.order_of(record).text("state") {
                "sale" | "done" => Err(Raised::user(
                    "You can not remove an order line once the sales order is confirmed.\nYou should rather set the quantity to 0.",
                )),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// What follows from a change.
    pub(super) fn after(&mut self, model: &'static str, id: i64) -> Result<(), Raised> {
        match model {
            "sale.order" => self.add_up("sale.order", id, "order_line"),
            "sale.order.line" => {
                let taxes = self.schema.taxes();
                self.price("sale.order.line", id, "product_uom_qty", taxes);
                if !self.in_lines {
                    let order = self.parent("sale.order.line", id, "order_id");
                    self.add_up("sale.order", order, "order_line");
                }
            }
            "account.move" => {
                self.after_move(id)?;
                self.add_up("account.move", id, "invoice_line_ids");
            }
            "account.move.line" => {
                self.after_move_line(id)?;
                self.price("account.move.line", id, "quantity", "tax_ids");
                if !self.in_lines {
                    let of = self.parent("account.move.line", id, "move_id");
                    self.add_up("account.move", of, "invoice_line_ids");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn parent(&self, model: &str, id: i64, field: &str) -> i64 {
        self.records.get(model, id).and_then(|record| record.one(field)).unwrap_or_default()
    }

    /// A line's amounts: taxes are percentages on top, each rounded for the line.
    fn price(&mut self, model: &'static str, id: i64, quantity: &str, taxes: &str) {
        let Some(line) = self.records.get(model, id) else { return };
        let off = Decimal::ONE - line.number("discount") / Decimal::ONE_HUNDRED;
        let net = round(line.number(quantity) * line.number("price_unit") * off, super::CENTS);
        let percents = line.many(taxes).iter().filter_map(|tax| self.records.get("account.tax", *tax));
        let tax: Decimal =
            percents.map(|tax| round(net * tax.number("amount") / Decimal::ONE_HUNDRED, super::CENTS)).sum();
        let amounts = [("price_subtotal", net), ("price_tax", tax), ("price_total", net + tax)];
        self.records.set(model, id, amounts.map(|(name, amount)| (name, Cell::Number(amount))));
    }

    /// The amounts of an order or a move.
    fn add_up(&mut self, model: &'static str, id: i64, lines: &str) {
        let Some(of) = self.schema.model(model).and_then(|model| model.field(lines)) else { return };
        let Type::Children(of, _) = of.holds else { return };
        let lines = self.children(model, id, lines);
        let sum = |field: &str| -> Decimal {
            let amounts = lines.iter().filter_map(|id| self.records.get(of, *id)).map(|line| line.number(field));
            round(amounts.sum(), super::CENTS)
        };
        let (net, tax) = (sum("price_subtotal"), sum("price_tax"));
        let amounts = [("amount_untaxed", net), ("amount_tax", tax), ("amount_total", net + tax)];
        self.records.set(model, id, amounts.map(|(name, amount)| (name, Cell::Number(amount))));
    }
}

/// A line of an order is a product with its unit, or a text.
fn accountable(cells: &Cells, unit: &str) -> Result<(), Raised> {
    let is_text = matches!(cells.get("display_type"), Some(Cell::Text(_)));
    let has = |field: &str| matches!(cells.get(field), Some(Cell::One(_)));
    match (is_text, has("product_id"), has(unit)) {
        (false, true, true) | (true, false, false) => Ok(()),
        (false, ..) => Err(Raised::validation(
            "The operation cannot be completed: Missing required fields on accountable sale order line.",
        )),
        (true, ..) => Err(Raised::validation(
            "The operation cannot be completed: Forbidden values on non-accountable sale order line",
        )),
    }
}
