//! The forms as they are sent: the bodies of `schema/erp/kingdee-xingchen/`, over the document and its entries.
//!
//! Beside the document's own fields a form names `bill_no`, `remark`, `stock_id` and `entries`, an entry `material_id`, `unit_id`,
//! `sku`, `quantity` (of the entry), `price` (with tax), `rate` (percent), `mark`, `source.bill` and `source.entry` (none without
//! one), and `line`, the document's line that it is for; a customer `id`, none for a new one.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::body::{self, Account, Entry, Material, Sold, Source};
use super::settings::Outbounds;
use super::steps::{self, Kind, Sale};
use crate::document::{CreditNote, Document, Header};
use crate::erp::body::{Bodies, BodyFile, Context, Rendered, exact, line_fields, placeholder};

/// What ships.
pub(super) const FILES: &[BodyFile] = &[
    BodyFile { name: "customer", text: include_str!("../../../schema/erp/kingdee-xingchen/customer.json") },
    BodyFile { name: "order", text: include_str!("../../../schema/erp/kingdee-xingchen/order.json") },
    BodyFile { name: "outbound", text: include_str!("../../../schema/erp/kingdee-xingchen/outbound.json") },
    BodyFile { name: "return", text: include_str!("../../../schema/erp/kingdee-xingchen/return.json") },
];

/// What all forms of an account are written with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk<'a> {
    pub bodies: &'a Bodies,
    /// The warehouse's id.
    pub stock_id: &'a str,
    pub account: Account<'a>,
    /// Who makes outbounds.
    pub outbounds: Outbounds,
}

/// A form of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<'a> {
    pub document: &'a Document,
    pub header: &'a Header,
    /// The form's own number.
    pub number: &'a str,
    /// What it is and for which order.
    pub remark: &'a str,
    pub date: Date,
    pub entries: &'a [Entry],
    pub materials: &'a BTreeMap<String, Material>,
}

impl Desk<'_> {
    /// A customer's form; with `id` it changes that customer.
    pub(super) fn customer(&self, document: &Document, date: Date, id: Option<&str>) -> Result<Value, String> {
        self.bodies.render("customer", &Context::of(document, date).with("id", json!(id)))
    }

    /// A sales order (销售订单).
    pub(super) fn order(&self, form: &Form<'_>) -> Result<Value, String> {
        self.form(steps::ORDER, form, form.entries.iter().map(|entry| (entry, None)))
    }

    /// An outbound (销售出库) of the order whose entries are `sources`, in the order of the form's own.
    pub(super) fn outbound(&self, form: &Form<'_>, sources: &[Source]) -> Result<Value, String> {
        self.form(steps::OUTBOUND, form, form.entries.iter().zip(sources.iter().map(Some)))
    }

    /// A return (销售退货).
    pub(super) fn inbound(&self, form: &Form<'_>) -> Result<Value, String> {
        self.form(steps::INBOUND, form, form.entries.iter().map(|entry| (entry, entry.source.as_ref())))
    }

    fn form<'e>(
        &self,
        kind: Kind,
        form: &Form<'_>,
        entries: impl Iterator<Item = (&'e Entry, Option<&'e Source>)>,
    ) -> Result<Value, String> {
        let line = |entry: &Entry| form.header.lines.iter().find(|line| line.no == entry.mark.line).map(line_fields);
        let entries = entries.map(|(entry, source)| {
            let material = &form.materials[&entry.sku];
            json!({
                "material_id": material.id,
                "unit_id": entry.unit.as_ref().unwrap_or(&material.unit),
                "sku": entry.sku,
                "quantity": exact(entry.quantity.normalize()),
                "price": exact(entry.price.normalize()),
                "rate": exact(entry.rate.normalize()),
                "mark": entry.mark.note(),
                "source": {"bill": source.map(|s| &s.bill), "entry": source.map(|s| &s.entry)},
                "line": line(entry),
            })
        });
        let context = Context::of(form.document, form.date)
            .with("bill_no", form.number)
            .with("remark", form.remark)
            .with("stock_id", self.stock_id)
            .with("entries", entries.collect::<Value>());
        self.bodies.render(kind.body, &context)
    }

    /// See [`crate::erp::Erp::render`].
    pub(super) fn render(&self, document: &Document, date: Date) -> Result<Vec<Rendered>, String> {
        match document {
            Document::Customer(_) => Ok(vec![Rendered::post(steps::CUSTOMER, self.customer(document, date, None)?)]),
            Document::SalesOrder(order) => self.render_sale(&Sale::of_order(document, order, date), date),
            Document::DebitNote(note) => self.render_sale(&Sale::of_debit(document, note, date), date),
            Document::CreditNote(note) => self.render_credit(document, note, date),
        }
    }

    fn render_sale(&self, sale: &Sale<'_>, date: Date) -> Result<Vec<Rendered>, String> {
        let (document, header) = (sale.document, sale.header);
        let entries = &body::sold_entries(&header.lines, self.account)?[..];
        let (materials, outbound) = (&unknown_materials(entries), steps::outbound_number(&header.number));
        let form = Form { document, header, number: &header.number, remark: &sale.remark, date, entries, materials };
        let order = Rendered::post(steps::ORDER.save, self.order(&form)?);
        if self.outbounds == Outbounds::Find {
            return Ok(vec![order]);
        }
        let sources: Vec<Source> = (1..=entries.len())
            .map(|n| Source {
                bill: placeholder("id of the order"),
                entry: placeholder(&format!("id of its entry {n}")),
            })
            .collect();
        let outbound = self.outbound(&Form { number: &outbound, ..form }, &sources)?;
        Ok(vec![order, Rendered::post(steps::OUTBOUND.save, outbound)])
    }

    fn render_credit(&self, document: &Document, note: &CreditNote, date: Date) -> Result<Vec<Rendered>, String> {
        let header = &note.header;
        let mut sold = BTreeMap::<_, Vec<Sold>>::new();
        for line in &header.lines {
            let Some(by) = &line.sold_by else { continue };
            let bill = placeholder(&format!("id of the outbound {}", steps::outbound_number(&by.document)));
            let entry = placeholder(&format!("id of its entry for line {}", by.line));
            let open = sold.entry((by.document.to_string(), by.line)).or_default();
            open.push(Sold { source: Source { bill, entry }, open: line.quantity.max(Decimal::ZERO) });
        }
        let entries = &body::credited_entries(&header.lines, self.account, &sold)?[..];
        let (materials, remark) = (&unknown_materials(entries), &body::credit_remark(note, date));
        let form = Form { document, header, number: &header.number, remark, date, entries, materials };
        Ok(vec![Rendered::post(steps::INBOUND.save, self.inbound(&form)?)])
    }
}

fn unknown_materials(entries: &[Entry]) -> BTreeMap<String, Material> {
    let of = |sku: &String| Material {
        id: placeholder(&format!("id of the material {sku}")),
        unit: placeholder(&format!("id of the unit of {sku}")),
    };
    entries.iter().map(|entry| (entry.sku.clone(), of(&entry.sku))).collect()
}

#[cfg(test)]
mod tests;
