//! Orders: quotations until they are confirmed.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::base::Base;
use super::raised::Raised;
use super::records::{Cell, Record};

impl Base {
    pub(super) fn order_defaults(&mut self, cells: &mut BTreeMap<&'static str, Cell>) {
        let number = self.records.next_id("sale.order number");
        let name = Cell::Text(format!("S{number:05}"));
        if !matches!(cells.get("name"), Some(Cell::Text(_))) {
            cells.insert("name", name);
        }
        cells.insert("state", Cell::Text("draft".into()));
        cells.entry("date_order").or_insert(Cell::Text(self.moment()));
        cells.insert("company_id", Cell::One(super::COMPANY_ID));
        cells.insert("currency_id", Cell::One(super::CURRENCY_ID));
    }

    /// Now, as the ERP writes it: in UTC, without a zone.
    pub(super) fn moment(&self) -> String {
        self.now.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    pub(super) fn order_of(&self, line: &Record) -> &Record {
        let order = line.one("order_id").and_then(|id| self.records.get("sale.order", id));
        order.expect("a line's order is there as long as the line is")
    }

    pub(super) fn may_write_order(
        order: &Record,
        changes: &[(&'static str, Cell)],
        names_lines: bool,
    ) -> Result<(), Raised> {
        match order.text("state") {
            "done" if !changes.is_empty() || names_lines => {
                Err(Raised::user("It is forbidden to modify a locked order."))
            }
            "sale" if changes.iter().any(|(name, _)| *name == "partner_id") => {
                Err(Raised::user("The customer of a confirmed order cannot be changed."))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn may_write_order_line(&self, line: &Record, changes: &[(&'static str, Cell)]) -> Result<(), Raised> {
        let is_product = |(name, _): &(&'static str, Cell)| *name == "product_id";
        match self.order_of(line).text("state") {
            "done" if !changes.is_empty() => Err(Raised::user(
                "It is forbidden to modify the following fields in a locked order:\nQuantity\nUnit Price",
            )),
            "sale" if changes.iter().any(is_product) => {
                Err(Raised::user("You cannot modify the product of this order line."))
            }
            _ => Ok(()),
        }
    }

    /// `action_confirm`: dates it to the moment.
    pub(super) fn confirm(&mut self, id: i64) -> Result<(), Raised> {
        let order = self.records.get("sale.order", id).ok_or_else(|| Raised::missing("sale.order", id))?;
        match order.text("state") {
            "draft" | "sent" => {}
            // Until 16 it is confirmed again.
            "sale" if self.schema.series <= 16 => {}
            other if self.schema.series <= 16 => {
                let text = format!("It is not allowed to confirm an order in the following states: {other}");
                return Err(Raised::user(text));
            }
            _ => return Err(Raised::user("Some orders are not in a state requiring confirmation.")),
        }
        let moment = self.moment();
        self.records.set("sale.order", id, [("state", Cell::Text("sale".into())), ("date_order", Cell::Text(moment))]);
        Ok(())
    }

    /// `action_cancel` and `action_draft`.
    pub(super) fn set_order(&mut self, id: i64, from: &[&str], to: &str) -> Result<(), Raised> {
        let order = self.records.get("sale.order", id).ok_or_else(|| Raised::missing("sale.order", id))?;
        if from.contains(&order.text("state")) {
            self.records.set("sale.order", id, [("state", Cell::Text(to.to_owned()))]);
        }
        Ok(())
    }

    /// Pieces of an order's product: sold by posted invoices, and taken back by posted credit notes.
    pub(super) fn sold_and_returned(&self, order: i64, product: i64) -> (Decimal, Decimal) {
        let (mut sold, mut returned) = (Decimal::ZERO, Decimal::ZERO);
        for line in self.children("sale.order", order, "order_line") {
            for billed in self.billed(line).filter(|billed| billed.one("product_id") == Some(product)) {
                let of = billed.one("move_id").and_then(|id| self.records.get("account.move", id));
                match of.map(|of| (of.text("state"), of.text("move_type"))) {
                    Some(("posted", "out_invoice")) => sold += billed.number("quantity"),
                    Some(("posted", "out_refund")) => returned += billed.number("quantity"),
                    Some(_) | None => {}
                }
            }
        }
        (sold, returned)
    }
}
