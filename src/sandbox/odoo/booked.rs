//! The books as people want to see them.
//!
//! What is known of the shop's order numbers and of debit notes stands in the remarks (an order's source, a move's narration): `kind
//! [reason]; order X; original Y`.

use rust_decimal::Decimal;

use super::base::Base;
use super::records::Record;
use crate::sandbox::books::{Booked, BookedLine};

/// What a client wrote beside a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remark<'a> {
    pub kind: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub order: Option<&'a str>,
    pub original: Option<&'a str>,
}

impl<'a> Remark<'a> {
    pub(super) fn read(text: &'a str) -> Remark<'a> {
        let mut parts = text.split("; ");
        let first = parts.next().unwrap_or_default();
        let (kind, reason) = match first.split_once(' ') {
            Some((kind, reason)) => (Some(kind), Some(reason)),
            None => (Some(first).filter(|first| !first.is_empty()), None),
        };
        let mut remark = Remark { kind, reason, ..Remark::default() };
        for part in parts {
            match part.split_once(' ') {
                Some(("order", order)) => remark.order = Some(order),
                Some(("original", original)) => remark.original = Some(original),
                Some(_) | None => {}
            }
        }
        remark
    }
}

impl Base {
    /// Partners with a reference, orders and moves.
    pub(super) fn booked(&self) -> Vec<Booked> {
        let partners = self.records.all("res.partner").filter(|(_, partner)| !partner.text("ref").is_empty());
        let partners = partners.map(|(_, partner)| Booked {
            number: partner.text("ref").into(),
            customer: partner.text("ref").into(),
            name: Some(partner.text("name").into()),
            ..document("customer", partner)
        });
        let orders = self.records.all("sale.order").map(|(id, order)| {
            let remark = Remark::read(order.text("origin"));
            let kind = if remark.kind == Some("debit_note") { "debit_note" } else { "sales_order" };
            let is_on = matches!(order.text("state"), "sale" | "done");
            Booked {
                number: order.text("client_order_ref").into(),
                audited: is_on,
                counts: is_on,
                lines: self.booked_lines("sale.order.line", &self.children("sale.order", id, "order_line")),
                ..self.documented(kind, order, &remark)
            }
        });
        let moves = self.records.all("account.move").map(|(id, of)| {
            let remark = Remark::read(of.text("narration"));
            let is_note = of.text("move_type") == "out_refund";
            let is_on = of.text("state") == "posted";
            Booked {
                number: of.text("ref").into(),
                audited: is_on,
                counts: is_on && is_note,
                lines: self.booked_lines("account.move.line", &self.children("account.move", id, "invoice_line_ids")),
                ..self.documented(if is_note { "credit_note" } else { "invoice" }, of, &remark)
            }
        });
        partners.chain(orders).chain(moves).collect()
    }

    fn documented(&self, kind: &str, record: &Record, remark: &Remark<'_>) -> Booked {
        let partner = record.one("partner_id").and_then(|id| self.records.get("res.partner", id));
        Booked {
            customer: partner.map_or("", |partner| partner.text("ref")).into(),
            reference: remark.order.map(str::to_owned),
            original: remark.original.map(str::to_owned),
            reason: remark.reason.map(str::to_owned),
            net: record.number("amount_untaxed"),
            tax: record.number("amount_tax"),
            total: record.number("amount_total"),
            ..document(kind, record)
        }
    }

    fn booked_lines(&self, model: &str, ids: &[i64]) -> Vec<BookedLine> {
        let lines = ids.iter().filter_map(|id| self.records.get(model, *id));
        lines.map(|line| self.line(line)).collect()
    }

    fn line(&self, line: &Record) -> BookedLine {
        let product = line.one("product_id").and_then(|id| self.records.get("product.product", id));
        let sold = line.many("sale_line_ids").first().and_then(|id| self.records.get("sale.order.line", *id));
        let quantity = if line.values.contains_key("quantity") { "quantity" } else { "product_uom_qty" };
        BookedLine {
            sku: product.map_or("", |product| product.text("default_code")).into(),
            quantity: line.number(quantity),
            price: line.number("price_unit"),
            amount: line.number("price_total"),
            tax: line.number("price_tax"),
            comment: line.text("name").into(),
            source: sold.map(|sold| self.order_of(sold).text("client_order_ref").to_owned()),
        }
    }
}

fn document(kind: &str, record: &Record) -> Booked {
    let zero = Decimal::new(0, super::CENTS);
    Booked {
        kind: kind.into(),
        audited: true,
        net: zero,
        tax: zero,
        total: zero,
        stored_at_ms: record.stored_at_ms,
        arrival: record.arrival,
        ..Booked::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_says_what_it_is_for() {
        let remark = Remark::read("credit_note return; order S1; original S1-D1; invoice INV/1; event 2026-11-20");
        let expected =
            Remark { kind: Some("credit_note"), reason: Some("return"), order: Some("S1"), original: Some("S1-D1") };
        assert_eq!(remark, expected);
        assert_eq!(Remark::read(""), Remark::default());
    }
}
