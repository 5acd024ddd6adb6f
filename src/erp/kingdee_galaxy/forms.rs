//! The forms as they are sent: the bodies of `schema/erp/kingdee-galaxy/`, over the document and its entries.
//!
//! Beside the document's own fields a form names `bill_no`, `bill_type`, `remark`, `organization`, `stock`, `currency_number`,
//! `exchange_type`, `expense_item` and `entries`; an entry `sku`, `unit`, `quantity`, `price` (with tax), `rate` (percent), `net`,
//! `tax`, `total`, `mark`, `source.bill`, `source.number` and `source.entry` (none without one), and `line`, the document's line that
//! it is for. A customer names `id` (0 for a new one), `organization` and `currency_number`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::form::{self, Form, ORDER, OUTBOUND, RETURN};
use super::lines::{Entry, Ruling, Sold, Source};
use super::settings::{Adjustments, Settings};
use super::transport::{Call, operation};
use crate::document::{Document, Header};
use crate::erp::body::{Bodies, BodyFile, Context, Rendered, exact, line_fields, placeholder};

/// The kind's name.
pub(super) const KIND: &str = "kingdee-galaxy";
/// Follows an order's number in its outbound's.
pub(super) const OUTBOUND_SUFFIX: &str = "-CK";
/// The form of a customer.
pub(super) const CUSTOMER: &str = "BD_Customer";

const FILES: &[BodyFile] = &[
    BodyFile { name: "customer", text: include_str!("../../../schema/erp/kingdee-galaxy/customer.json") },
    BodyFile { name: "order", text: include_str!("../../../schema/erp/kingdee-galaxy/order.json") },
    BodyFile { name: "outbound", text: include_str!("../../../schema/erp/kingdee-galaxy/outbound.json") },
    BodyFile { name: "return", text: include_str!("../../../schema/erp/kingdee-galaxy/return.json") },
    BodyFile { name: "receivable", text: include_str!("../../../schema/erp/kingdee-galaxy/receivable.json") },
    BodyFile {
        name: "other_receivable",
        text: include_str!("../../../schema/erp/kingdee-galaxy/other_receivable.json"),
    },
];

/// The number of an order's outbound.
pub(super) fn outbound_number(order: &str) -> String {
    format!("{order}{OUTBOUND_SUFFIX}")
}

/// A document with its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paper<'a> {
    pub document: &'a Document,
    pub header: &'a Header,
    pub date: Date,
}

impl Paper<'_> {
    /// What it is, for which order of the shop, and which sales order it belongs to, in a fixed order; with the event's own date
    /// where it is posted on another, and the buyer's name where many share the customer.
    fn remark(&self) -> String {
        let (kind, original) = match self.document {
            Document::Customer(_) | Document::SalesOrder(_) => ("sales_order".to_owned(), &self.header.number),
            Document::DebitNote(note) => ("debit_note".to_owned(), &note.original),
            Document::CreditNote(note) => (format!("credit_note {}", note.reason.as_str()), &note.original),
        };
        let mut remark = format!("{kind}; order {}; original {original}", self.header.order);
        if self.date != self.header.date {
            remark = format!("{remark}; event {}", self.header.date);
        }
        match &self.header.buyer {
            Some(buyer) => format!("{remark}; buyer {}", buyer.replace("; ", ", ")),
            None => remark,
        }
    }
}

/// One form of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub form: &'static Form,
    /// The form's own number.
    pub number: &'a str,
    pub entries: &'a [Entry],
    /// Items' units.
    pub units: &'a BTreeMap<String, String>,
}

/// The adapter's bodies.
#[derive(Debug)]
pub(super) struct Desk {
    bodies: Bodies,
}

impl Desk {
    /// # Errors
    /// A sentence about the body that is wrong, with file and place.
    pub(super) fn new(settings: &Settings) -> Result<Desk, String> {
        Ok(Desk { bodies: Bodies::new(KIND, FILES, settings.bodies.as_deref())? })
    }

    /// A customer; with `id` it changes that one.
    pub(super) fn customer(
        &self,
        settings: &Settings,
        document: &Document,
        date: Date,
        id: Option<&str>,
    ) -> Result<Value, String> {
        let context = Context::of(document, date)
            .with("id", number_of(id.unwrap_or("0")))
            .with("organization", settings.organization.as_str())
            .with("currency_number", settings.currency_number.as_str());
        self.bodies.render("customer", &context)
    }

    /// What is saved; `sources` are what its entries come from where they do not say so themselves.
    pub(super) fn sheet(
        &self,
        settings: &Settings,
        paper: &Paper<'_>,
        sheet: &Sheet<'_>,
        sources: &[Source],
    ) -> Result<Value, String> {
        let line = |entry: &Entry| paper.header.lines.iter().find(|line| line.no == entry.mark.line).map(line_fields);
        let entries = sheet.entries.iter().enumerate().map(|(at, entry)| {
            let source = entry.source.as_ref().or_else(|| sources.get(at));
            json!({
                "sku": entry.sku,
                "unit": unit(settings, entry, sheet.units),
                "quantity": exact(entry.quantity),
                "price": exact(entry.price),
                "rate": exact(entry.rate),
                "net": exact(entry.amounts.net),
                "tax": exact(entry.amounts.tax),
                "total": exact(entry.amounts.total),
                "mark": entry.mark.note(),
                "source": {
                    "bill": source.map(|source| &source.bill),
                    "number": source.map(|source| &source.number),
                    "entry": source.map(|source| &source.entry),
                },
                "line": line(entry),
            })
        });
        let context = Context::of(paper.document, paper.date)
            .with("bill_no", sheet.number)
            .with("bill_type", bill_type(settings, sheet.form))
            .with("remark", paper.remark())
            .with("organization", settings.organization.as_str())
            .with("stock", settings.stock.as_str())
            .with("currency_number", settings.currency_number.as_str())
            .with("exchange_type", settings.exchange_type.as_str())
            .with("expense_item", json!(settings.expense_item))
            .with("entries", entries.collect::<Value>());
        self.bodies.render(sheet.form.body, &context)
    }

    /// See [`crate::erp::Erp::render`].
    pub(super) fn render(
        &self,
        settings: &Settings,
        ruling: Ruling<'_>,
        document: &Document,
        date: Date,
    ) -> Result<Vec<Rendered>, String> {
        let Some(header) = document.header() else {
            return Ok(saved(settings, CUSTOMER, "customer", self.customer(settings, document, date, None)?));
        };
        let paper = Paper { document, header, date };
        match credit_form(document, settings.adjustments) {
            Some(form) => self.render_credit(settings, ruling, &paper, form),
            None => self.render_sale(settings, ruling, &paper),
        }
    }

    fn render_sale(&self, settings: &Settings, ruling: Ruling<'_>, paper: &Paper<'_>) -> Result<Vec<Rendered>, String> {
        let entries = &ruling.entries(&paper.header.lines)?[..];
        let (units, outbound) = (&unknown_units(entries), outbound_number(&paper.header.number));
        let sources: Vec<Source> = (1..=entries.len())
            .map(|n| Source {
                bill: placeholder("id of the order"),
                number: paper.header.number.clone(),
                entry: placeholder(&format!("id of its entry {n}")),
            })
            .collect();
        let order = Sheet { form: &ORDER, number: &paper.header.number, entries, units };
        let mut requests = saved(settings, ORDER.id, ORDER.name, self.sheet(settings, paper, &order, &[])?);
        let outbound = Sheet { form: &OUTBOUND, number: &outbound, ..order };
        let data = self.sheet(settings, paper, &outbound, &sources)?;
        requests.extend(saved(settings, OUTBOUND.id, OUTBOUND.name, data));
        Ok(requests)
    }

    fn render_credit(
        &self,
        settings: &Settings,
        ruling: Ruling<'_>,
        paper: &Paper<'_>,
        form: &'static Form,
    ) -> Result<Vec<Rendered>, String> {
        let mut sold = BTreeMap::<(String, u32), Vec<Sold>>::new();
        for line in &paper.header.lines {
            let Some(by) = &line.sold_by else { continue };
            let number = outbound_number(&by.document);
            let source = Source {
                bill: placeholder(&format!("id of the outbound {number}")),
                entry: placeholder(&format!("id of its entry for line {}", by.line)),
                number,
            };
            let open = sold.entry((by.document.to_string(), by.line)).or_default();
            open.push(Sold { source, open: line.quantity.max(Decimal::ZERO) });
        }
        let none = Vec::new();
        let of = |document: &str, line: u32| &sold.get(&(document.to_owned(), line)).unwrap_or(&none)[..];
        let entries = &ruling.returned(&paper.header.lines, of)?[..];
        let units = &unknown_units(entries);
        let sheet = Sheet { form, number: &paper.header.number, entries, units };
        Ok(saved(settings, form.id, form.name, self.sheet(settings, paper, &sheet, &[])?))
    }
}

/// The form of a credit note: a return where goods come back, and what the settings say where only money does; none for anything
/// else.
pub(super) fn credit_form(document: &Document, adjustments: Adjustments) -> Option<&'static Form> {
    match document {
        Document::CreditNote(note) => Some(match note.header.lines.iter().any(|line| !line.quantity.is_zero()) {
            true => &RETURN,
            false => form::of_adjustments(adjustments),
        }),
        Document::Customer(_) | Document::SalesOrder(_) | Document::DebitNote(_) => None,
    }
}

/// What brings a new form into force.
fn saved(settings: &Settings, form: &str, name: &str, data: Value) -> Vec<Rendered> {
    let id = placeholder(&format!("id of the {name}"));
    let request = |call: Call, body: Value| Rendered::post(call.path(settings), body);
    vec![
        request(Call::Save, json!({"formid": form, "data": data})),
        request(Call::Submit, operation(form, &id)),
        request(Call::Audit, operation(form, &id)),
    ]
}

fn bill_type<'s>(settings: &'s Settings, form: &Form) -> &'s str {
    let types = &settings.bill_types;
    match form.body {
        "order" => &types.order,
        "outbound" => &types.outbound,
        "return" => &types.returned,
        "receivable" => &types.receivable,
        _ => &types.other_receivable,
    }
}

/// The line's own unit, else that of the settings, else the item's.
fn unit<'e>(settings: &'e Settings, entry: &'e Entry, units: &'e BTreeMap<String, String>) -> Option<&'e String> {
    let of_settings = settings.unit.as_ref().filter(|_| !entry.mark.value_only);
    entry.unit.as_ref().or(of_settings).or_else(|| units.get(&entry.sku))
}

fn unknown_units(entries: &[Entry]) -> BTreeMap<String, String> {
    entries.iter().map(|entry| (entry.sku.clone(), placeholder(&format!("unit of {}", entry.sku)))).collect()
}

/// What saves a form as it is: an update without fields, that leaves its entries alone.
pub(super) fn as_it_is(id: &str) -> Value {
    json!({"IsDeleteEntry": "false", "Model": {"FID": number_of(id)}})
}

/// An id as the ERP writes it: a number.
fn number_of(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}
