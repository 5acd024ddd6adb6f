//! What is sent: the bodies of `schema/erp/odoo/`, over the document and its entries.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::classify::Wire;
use super::settings::{Invoices, Settings};
use super::transport::{Call, Who};
use super::{keys, table};
use crate::document::{Document, Header};
use crate::erp::body::{Bodies, BodyFile, Context, Rendered, exact, placeholder};
use crate::erp::priced::{self, Entry, Ruling};

/// The kind's name.
pub(super) const KIND: &str = "odoo";

const FILES: &[BodyFile] = &[
    BodyFile { name: "customer", text: include_str!("../../../schema/erp/odoo/customer.json") },
    BodyFile { name: "order", text: include_str!("../../../schema/erp/odoo/order.json") },
    BodyFile { name: "move", text: include_str!("../../../schema/erp/odoo/move.json") },
    BodyFile { name: "move_lines", text: include_str!("../../../schema/erp/odoo/move_lines.json") },
];

/// A document with its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    pub document: &'a Document,
    pub header: &'a Header,
    pub posting: Date,
}

/// What an order and its invoice name of the ERP.
pub(super) struct Terms<'a> {
    pub series: i64,
    pub partner: Value,
    pub product: &'a (dyn Fn(&Entry) -> Value + Sync),
    pub unit: &'a (dyn Fn(&Entry) -> Value + Sync),
    pub tax: &'a (dyn Fn(&Entry) -> Value + Sync),
}

/// What a move names beside.
#[derive(Default)]
pub(super) struct MoveTerms {
    pub journal: Value,
    pub currency: Value,
    /// The invoice that it corrects: id and number.
    pub reversed: Value,
    pub reversed_number: Option<String>,
    /// The order's own number there.
    pub origin: Value,
}

/// The adapter's bodies.
#[derive(Debug)]
pub(super) struct Forms {
    bodies: Bodies,
    module: String,
}

impl Forms {
    /// # Errors
    /// A sentence about the body that is wrong, with file and place.
    pub(super) fn new(settings: &Settings) -> Result<Forms, String> {
        let bodies = Bodies::new(KIND, FILES, settings.bodies.as_deref())?;
        Ok(Forms { bodies, module: settings.external_module.clone() })
    }

    /// The customer's fields.
    pub(super) fn customer(&self, document: &Document, day: Date) -> Result<Value, String> {
        let context = Context::of(document, day).with("external_id", self.external(&keys::partner(document.number())));
        self.bodies.render("customer", &context)
    }

    /// The order's fields, with its lines.
    pub(super) fn order(&self, form: &Form<'_>, entries: &[Entry], terms: &Terms<'_>) -> Result<Value, String> {
        let context = self
            .context(form, entries, terms, &|_| Value::Null)
            .with("external_id", self.external(&keys::order(&form.header.number)))
            .with("remark", form.remark(None));
        self.bodies.render("order", &context)
    }

    /// An invoice's or a credit note's own fields.
    pub(super) fn head(&self, form: &Form<'_>, partner: Value, terms: &MoveTerms) -> Result<Value, String> {
        let context = Context::of(form.document, form.posting)
            .with("external_id", self.external(&form.move_key()))
            .with("move_type", form.move_type())
            .with("journal_id", terms.journal.clone())
            .with("currency_id", terms.currency.clone())
            .with("partner_id", partner)
            .with("reversed_id", terms.reversed.clone())
            .with("origin", terms.origin.clone())
            .with("remark", form.remark(terms.reversed_number.as_deref()));
        self.bodies.render("move", &context)
    }

    /// What writes its lines in place of any that are there: sent twice, it gives the same.
    pub(super) fn lines(
        &self,
        form: &Form<'_>,
        entries: &[Entry],
        terms: &Terms<'_>,
        sold: &(dyn Fn(&Entry) -> Value + Sync),
    ) -> Result<Value, String> {
        let body = self.bodies.render("move_lines", &self.context(form, entries, terms, sold))?;
        let Value::Array(lines) = body else { return Err("move_lines.json: it is no list".into()) };
        let mut commands = vec![json!([5, 0, 0])];
        commands.extend(lines.into_iter().map(|line| json!([0, 0, line])));
        Ok(json!({"invoice_line_ids": commands}))
    }

    fn context(
        &self,
        form: &Form<'_>,
        entries: &[Entry],
        terms: &Terms<'_>,
        sold: &(dyn Fn(&Entry) -> Value + Sync),
    ) -> Context {
        let number = &form.header.number;
        let entries: Vec<Value> = entries
            .iter()
            .map(|entry| {
                let tax = (terms.tax)(entry);
                json!({
                    "external_id": self.external(&keys::line_of(number, entry)),
                    "sku": entry.sku,
                    "name": entry.name,
                    "quantity": exact(entry.quantity),
                    "price": exact(entry.price),
                    "rate": exact(entry.rate),
                    "product_id": (terms.product)(entry),
                    "unit_id": (terms.unit)(entry),
                    "tax_cell": if tax.is_null() { json!("") } else { tax.clone() },
                    "tax_id": tax,
                    "sale_line_id": sold(entry),
                })
            })
            .collect();
        Context::of(form.document, form.posting)
            .with("series", terms.series)
            .with("partner_id", terms.partner.clone())
            .with("entries", entries)
    }

    /// With the module before it.
    fn external(&self, key: &str) -> String {
        format!("{}.{key}", self.module)
    }

    /// The requests of a document, without what only the ERP knows.
    pub(super) fn render(
        &self,
        document: &Document,
        day: Date,
        settings: &Settings,
        ruling: Ruling<'_>,
    ) -> Result<Vec<Rendered>, String> {
        let user = placeholder(&format!("id of the user {}", settings.user));
        let who = Who { database: &settings.database, user: user.into(), password: "<password>" };
        let rendered = |call: Call<'_>| {
            let (path, body) = call.request(settings.wire, &who);
            Rendered::post(path, body)
        };
        let Some(header) = document.header() else {
            let record = self.customer(document, day)?;
            return Ok(vec![rendered(Call::on_model("res.partner", "load", table::load(&record)?))]);
        };
        let form = Form { document, header, posting: day };
        let entries = priced::entries(&header.lines, ruling)?;
        let unknown = |what: String| Value::from(placeholder(&what));
        let terms = Terms {
            series: if settings.wire == Wire::Json2 { 19 } else { 14 },
            partner: unknown(format!("id of the partner {}", header.customer)),
            product: &|entry| unknown(format!("id of the product {}", entry.sku)),
            unit: &|entry| match &entry.unit {
                Some(unit) => unknown(format!("id of the unit {unit}")),
                None => unknown(format!("id of the unit of {}", entry.sku)),
            },
            tax: &|entry| match entry.rate.is_zero() {
                true => Value::Null,
                false => unknown(format!("id of the tax of {} %", entry.rate.normalize())),
            },
        };
        let mut requests = Vec::new();
        if !form.is_refund() {
            let record = self.order(&form, &entries, &terms)?;
            requests.push(rendered(Call::on_model("sale.order", "load", table::load(&record)?)));
        }
        if form.is_refund() || settings.invoices != Invoices::None {
            let original = form.original().map(|number| format!("the invoice of {number}"));
            let of_move = MoveTerms {
                journal: unknown("id of the journal".into()),
                currency: unknown(format!("id of the currency {}", header.currency)),
                reversed: match &original {
                    Some(what) if form.is_refund() => unknown(format!("id of {what}")),
                    Some(_) | None => Value::Null,
                },
                reversed_number: original.map(|what| placeholder(&format!("number of {what}"))),
                origin: unknown(format!("number of the order {}", form.original().unwrap_or(&header.number))),
            };
            let record = self.head(&form, terms.partner.clone(), &of_move)?;
            requests.push(rendered(Call::on_model("account.move", "load", table::load(&record)?)));
            let sold = |entry: &Entry| match form.sold(entry) {
                Some(keys) => unknown(format!("id of {}", keys[0])),
                None => Value::Null,
            };
            let lines = self.lines(&form, &entries, &terms, &sold)?;
            let id = placeholder(&format!("id of {}", form.move_key()));
            requests.push(rendered(Call::write("account.move", id, lines)));
        }
        Ok(requests)
    }
}

impl Form<'_> {
    pub(super) fn is_refund(&self) -> bool {
        matches!(self.document, Document::CreditNote(_))
    }

    /// The number of the sales order that it belongs to.
    pub(super) fn original(&self) -> Option<&str> {
        match self.document {
            Document::CreditNote(note) => Some(&note.original),
            Document::DebitNote(note) => Some(&note.original),
            Document::SalesOrder(_) | Document::Customer(_) => None,
        }
    }

    pub(super) fn move_type(&self) -> &'static str {
        if self.is_refund() { "out_refund" } else { "out_invoice" }
    }

    /// The key of its invoice, or of the credit note that it is.
    pub(super) fn move_key(&self) -> String {
        let number = &self.header.number;
        if self.is_refund() { keys::refund(number) } else { keys::invoice(number) }
    }

    /// The keys that the order's line of an entry may have, the likeliest first; none where the entry is no pieces.
    pub(super) fn sold(&self, entry: &Entry) -> Option<Vec<String>> {
        if !self.is_refund() {
            return Some(vec![keys::line_of(&self.header.number, entry)]);
        }
        let line = self.header.lines.iter().find(|line| line.no == entry.line).filter(|_| entry.pieces)?;
        let sold = line.sold_by.as_ref()?;
        Some(vec![keys::line(&sold.document, sold.line, entry.part), keys::line(&sold.document, sold.line, 1)])
    }

    /// What it is, for which order and of which sales order, which invoice it corrects, and what does not show otherwise: the
    /// buyer where many share the customer, and the event's own date where it is posted on another.
    fn remark(&self, invoice: Option<&str>) -> String {
        let header = self.header;
        let kind = match self.document {
            Document::CreditNote(note) => format!("credit_note {}", note.reason.as_str()),
            other => other.kind().as_str().to_owned(),
        };
        let original = self.original().unwrap_or(&header.number);
        let mut remark = format!("{kind}; order {}; original {original}", header.order);
        if let Some(invoice) = invoice {
            remark = format!("{remark}; invoice {invoice}");
        }
        if self.posting != header.date {
            remark = format!("{remark}; event {}", header.date);
        }
        match &header.buyer {
            Some(buyer) => format!("{remark}; buyer {}", buyer.replace("; ", ", ")),
            None => remark,
        }
    }
}

/// A positive rate has a tax; one of zero has one where the ERP does.
pub(super) fn rates(entries: &[Entry]) -> Vec<Decimal> {
    let mut rates: Vec<Decimal> = entries.iter().map(|entry| entry.rate.normalize()).collect();
    rates.sort_unstable();
    rates.dedup();
    rates
}
