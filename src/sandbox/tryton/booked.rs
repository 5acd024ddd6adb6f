//! What is in the database, in the books' common form.
//!
//! What it knows of the shop's orders it reads from the descriptions (`kind [reason]; order X; original Y`), as an accountant
//! would have to.

use rust_decimal::Decimal;

use super::store::{ARRIVAL, STORED_AT, Store};
use super::trade::rounded;
use super::value::Data;
use crate::sandbox::books::{Booked, BookedLine};

/// A description of the form `kind [reason]; order X; original Y`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remark {
    pub kind: Option<String>,
    pub reason: Option<String>,
    pub order: Option<String>,
    pub original: Option<String>,
}

impl Remark {
    pub(super) fn read(text: &str) -> Remark {
        let mut parts = text.split("; ");
        let mut words = parts.next().unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(String::from);
        let mut remark = Remark { kind: words.next(), reason: words.next(), ..Remark::default() };
        for part in parts {
            match part.split_once(' ') {
                Some(("order", number)) => remark.order = Some(number.to_owned()),
                Some(("original", number)) => remark.original = Some(number.to_owned()),
                Some(_) | None => {}
            }
        }
        remark
    }
}

impl Store {
    /// Customers, sales and invoices.
    pub(super) fn booked(&self) -> Vec<Booked> {
        let ids = |model| self.all(model).map(|(id, _)| id).collect::<Vec<_>>();
        let customers = ids("party.party").into_iter().filter(|id| self.get("party.party", *id, ARRIVAL).is_set());
        let mut booked: Vec<Booked> = customers.map(|id| self.customer(id)).collect();
        booked.extend(ids("sale.sale").into_iter().map(|id| self.sale(id)));
        booked.extend(ids("account.invoice").into_iter().map(|id| self.invoice(id)));
        booked
    }

    /// The sales of this number of the shop's.
    pub(super) fn sales_of(&self, number: &str) -> Vec<i64> {
        let ids: Vec<i64> = self.all("sale.sale").map(|(id, _)| id).collect();
        ids.into_iter().filter(|id| self.number_of(*id) == number).collect()
    }

    /// The shop's order that a sale is of.
    pub(super) fn order(&self, sale: i64) -> Option<String> {
        Remark::read(&self.text("sale.sale", sale, "description")).order
    }

    fn number_of(&self, sale: i64) -> String {
        let text = |name: &str| self.text("sale.sale", sale, name);
        [text("web_id"), text("reference"), text("number")]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    fn entry(&self, model: &'static str, id: i64) -> Booked {
        let number = |name: &str| self.get(model, id, name).as_int().unwrap_or_default();
        let party = self.get(model, id, "party").as_int().unwrap_or_default();
        Booked {
            customer: self.text("party.party", party, "code"),
            stored_at_ms: number(STORED_AT),
            arrival: u64::try_from(number(ARRIVAL)).unwrap_or_default(),
            ..Booked::default()
        }
    }

    fn customer(&self, id: i64) -> Booked {
        let code = self.text("party.party", id, "code");
        let zero = Decimal::new(0, 2);
        Booked {
            kind: "customer".to_owned(),
            number: code.clone(),
            customer: code,
            name: Some(self.text("party.party", id, "name")),
            audited: true,
            net: zero,
            tax: zero,
            total: zero,
            ..self.entry("party.party", id)
        }
    }

    fn sale(&self, id: i64) -> Booked {
        let remark = Remark::read(&self.text("sale.sale", id, "description"));
        let lines = self.children("sale.line", "sale", id);
        let sums = self.sums("sale.line", &lines);
        let state = self.text("sale.sale", id, "state");
        let kind = match remark.kind.as_deref() {
            Some(kind @ ("sales_order" | "debit_note" | "credit_note")) => kind,
            _ if sums.total() < Decimal::ZERO => "credit_note",
            _ => "sales_order",
        };
        let sign = if kind == "credit_note" { -Decimal::ONE } else { Decimal::ONE };
        let is_processed = matches!(state.as_str(), "processing" | "done");
        let is_posted =
            |invoice: &i64| self.get("account.invoice", *invoice, "state") == &Data::Text("posted".to_owned());
        let number = self.number_of(id);
        let source = self.origin(id).map(|origin| self.number_of(origin));
        Booked {
            kind: kind.to_owned(),
            reference: Some(remark.order.unwrap_or_else(|| number.clone())),
            number,
            original: remark.original,
            reason: remark.reason,
            counts: is_processed || state == "confirmed",
            audited: is_processed && self.invoices(id).iter().all(is_posted),
            lines: lines.into_iter().map(|line| self.booked_line("sale.line", line, sign, source.clone())).collect(),
            net: sums.net * sign,
            tax: sums.tax * sign,
            total: sums.total() * sign,
            ..self.entry("sale.sale", id)
        }
    }

    fn invoice(&self, id: i64) -> Booked {
        let text = |name: &str| self.text("account.invoice", id, name);
        let remark = Remark::read(&text("description"));
        let lines = self.children("account.invoice.line", "invoice", id);
        let sums = self.sums("account.invoice.line", &lines);
        let sign = if sums.total() < Decimal::ZERO { -Decimal::ONE } else { Decimal::ONE };
        Booked {
            kind: "invoice".to_owned(),
            number: self.rec_name("account.invoice", id).split(" [").next().unwrap_or_default().to_owned(),
            reference: remark.order,
            original: remark.original,
            reason: remark.reason,
            audited: text("state") == "posted",
            lines: lines.into_iter().map(|line| self.booked_line("account.invoice.line", line, sign, None)).collect(),
            net: sums.net * sign,
            tax: sums.tax * sign,
            total: sums.total() * sign,
            ..self.entry("account.invoice", id)
        }
    }

    fn booked_line(&self, model: &'static str, id: i64, sign: Decimal, source: Option<String>) -> BookedLine {
        let number = |name: &str| self.get(model, id, name).number().unwrap_or_default();
        let product = self.get(model, id, "product").as_int().unwrap_or_default();
        let (sums, rate) = (self.line(model, id), self.rates(model, id).into_iter().sum::<Decimal>());
        BookedLine {
            sku: self.text("product.product", product, "code"),
            quantity: (number("quantity") * sign).normalize(),
            price: rounded(number("unit_price") * (Decimal::ONE + rate)),
            amount: sums.total() * sign,
            tax: sums.tax * sign,
            comment: self.text(model, id, "description"),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read() {
        let text = |text: &str| Some(text.to_owned());
        let remark = Remark::read("credit_note return; order S1; original S1; invoice 2024-1; event 2024-06-14");
        let expected =
            Remark { kind: text("credit_note"), reason: text("return"), order: text("S1"), original: text("S1") };
        assert_eq!(remark, expected);
        assert_eq!(Remark::read(""), Remark::default());
    }
}
