//! The documents as they are sent: the bodies of `schema/erp/sap-s4hana/`, over the document and its items.
//!
//! Beside the document's own fields a sales document's body names `document_type`, `sales_organization`, `distribution_channel`,
//! `division`, `sold_to`, `order_reason`, `remark`, `text_id`, `language`, `price_condition` and `entries`; an entry `item`, `sku`,
//! `unit`, `quantity`, `price` (without tax, for `per` pieces), `per`, `rate` (percent), `tax_class`, `category`, `source.document` and
//! `source.item` (none without one), and `line`, the document's line that it is for. A customer's names `partner` (its number where
//! that is ours), `grouping`, `country`, `language`, `name_1` and `name_2`, `street_1` and `street_2`, `tax_number_type`,
//! `company_code`, `reconciliation_account`, `currency` and the sales area.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::items::{self, Entry, Source};
use super::services::{CREDIT, DEBIT, Kind, ORDER, PARTNER_SET, PARTNERS, RETURN, ROOT};
use super::settings::{CustomerKey, DebitNotes, Settings};
use crate::document::{CreditNote, CreditReason, Customer, Document, Header, Line, Minor};
use crate::erp::body::{Bodies, BodyFile, Context, Rendered, exact, line_fields, placeholder};

/// What ships.
pub(super) const FILES: &[BodyFile] = &[
    BodyFile { name: "customer", text: include_str!("../../../schema/erp/sap-s4hana/customer.json") },
    BodyFile { name: "order", text: include_str!("../../../schema/erp/sap-s4hana/order.json") },
    BodyFile { name: "debit_memo", text: include_str!("../../../schema/erp/sap-s4hana/debit_memo.json") },
    BodyFile { name: "return", text: include_str!("../../../schema/erp/sap-s4hana/return.json") },
    BodyFile { name: "credit_memo", text: include_str!("../../../schema/erp/sap-s4hana/credit_memo.json") },
];
const NAME_MAX: usize = 40;
const STREET_MAX: usize = 60;

/// What all documents of a system are written with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk<'a> {
    pub bodies: &'a Bodies,
    pub settings: &'a Settings,
    pub minor: Minor,
}

/// One document of the system's, for a document of ours or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Form<'a> {
    pub kind: Kind,
    pub document: &'a Document,
    pub header: &'a Header,
    pub lines: Vec<&'a Line>,
    pub document_type: &'a str,
    /// The order reason, if there is one.
    pub reason: Option<&'a str>,
    /// What it is and for which order.
    pub remark: String,
    pub date: Date,
}

impl Form<'_> {
    /// What an operator calls it.
    pub(super) fn what(&self) -> String {
        format!("{} {}", self.kind.name, self.header.number)
    }
}

impl<'a> Desk<'a> {
    /// What a document becomes; nothing for a customer.
    pub(super) fn forms<'d>(&'d self, document: &'d Document, date: Date) -> Vec<Form<'d>> {
        let settings = self.settings;
        let whole = |header: &'d Header, kind: Kind, document_type: &'d str, remark: String| Form {
            kind,
            document,
            header,
            lines: header.lines.iter().collect(),
            document_type,
            reason: None,
            remark,
            date,
        };
        match document {
            Document::Customer(_) => Vec::new(),
            Document::SalesOrder(order) => {
                let said = remark("sales_order", &order.header, &order.header.number, date);
                vec![whole(&order.header, ORDER, &settings.order_type, said)]
            }
            Document::DebitNote(note) => {
                let kind = match settings.debit_notes {
                    DebitNotes::Order => ORDER,
                    DebitNotes::Memo => DEBIT,
                };
                let said = remark("debit_note", &note.header, &note.original, date);
                vec![whole(&note.header, kind, settings.debit_type(), said)]
            }
            Document::CreditNote(note) => self.credit(document, note, date),
        }
    }

    /// Goods that come back are a return; allowances, and goods that never left, a credit memo request.
    fn credit<'d>(&'d self, document: &'d Document, note: &'d CreditNote, date: Date) -> Vec<Form<'d>> {
        let header = &note.header;
        let comes_back = |line: &&Line| note.reason == CreditReason::Return && !line.quantity.is_zero();
        let (back, off): (Vec<&Line>, Vec<&Line>) = header.lines.iter().partition(comes_back);
        let remark = remark(&format!("credit_note {}", note.reason.as_str()), header, &note.original, date);
        let form = |kind, lines: Vec<&'d Line>, document_type| Form {
            kind,
            document,
            header,
            lines,
            document_type,
            reason: self.settings.reasons.get(note.reason.as_str()).map(String::as_str),
            remark: remark.clone(),
            date,
        };
        let forms = [form(RETURN, back, &self.settings.return_type), form(CREDIT, off, &self.settings.credit_type)];
        // A note without lines is one that cannot be written, and no note that is there already.
        let empty = header.lines.is_empty();
        forms.into_iter().filter(|form| !form.lines.is_empty() || (empty && form.kind == CREDIT)).collect()
    }

    /// The items of a form; `source` says what a line of a credit note refers to.
    pub(super) fn entries(
        &self,
        form: &Form<'_>,
        source: impl Fn(&Line) -> Option<Source>,
    ) -> Result<Vec<Entry>, String> {
        items::entries(form.lines.iter().copied(), self.minor, &self.settings.allowance_sku, source)
    }

    /// The body that creates a form.
    pub(super) fn document(&self, form: &Form<'_>, entries: &[Entry], sold_to: &str) -> Result<Value, String> {
        let settings = self.settings;
        let line = |entry: &Entry| form.lines.iter().find(|line| line.no == entry.line).map(|line| line_fields(line));
        let entries = entries.iter().map(|entry| {
            let source = entry.source.as_ref();
            json!({
                "item": entry.item.to_string(),
                "sku": entry.sku,
                "unit": entry.unit,
                "quantity": exact(entry.quantity),
                "price": exact(entry.price),
                "per": exact(entry.per),
                "rate": exact(entry.rate.normalize()),
                "tax_class": settings.taxes.get(&entry.rate.normalize()),
                "category": settings.value_category.as_ref().filter(|_| entry.value_only()),
                "source": {"document": source.map(|s| &s.document), "item": source.map(|s| &s.item)},
                "line": line(entry),
            })
        });
        let context = self
            .area(Context::of(form.document, form.date))
            .with("document_type", form.document_type)
            .with("sold_to", sold_to)
            .with("order_reason", form.reason)
            .with("remark", form.remark.as_str())
            .with("text_id", settings.text_id.as_deref())
            .with("price_condition", settings.price_condition.as_str())
            .with("entries", entries.collect::<Value>());
        self.bodies.render(form.kind.body, &context)
    }

    /// The body that creates a customer, and that one that is there is compared with.
    pub(super) fn customer(&self, document: &Document, customer: &Customer, date: Date) -> Result<Value, String> {
        let settings = self.settings;
        let own = (settings.customer_key == CustomerKey::Number).then_some(customer.number.as_str());
        let (name_1, name_2) = cut(&customer.name, NAME_MAX);
        let street = customer.address.as_deref().map(|address| cut(address, STREET_MAX));
        let context = self
            .area(Context::of(document, date))
            .with("partner", own)
            .with("grouping", settings.grouping.as_deref())
            .with("country", settings.country.as_str())
            .with("currency", settings.currency.as_str())
            .with("name_1", name_1)
            .with("name_2", cut(name_2, NAME_MAX).0)
            .with("street_1", street.map(|(first, _)| first))
            .with("street_2", street.map(|(_, rest)| cut(rest, NAME_MAX).0))
            .with("tax_number_type", settings.tax_number_type.as_deref())
            .with("company_code", settings.company_code.as_deref())
            .with("reconciliation_account", settings.reconciliation_account.as_deref());
        self.bodies.render("customer", &context)
    }

    fn area(&self, context: Context) -> Context {
        let settings = self.settings;
        context
            .with("sales_organization", settings.sales_organization.as_str())
            .with("distribution_channel", settings.distribution_channel.as_str())
            .with("division", settings.division.as_str())
            .with("language", settings.language.as_str())
    }

    /// See [`crate::erp::Erp::render`].
    pub(super) fn render(&self, document: &Document, date: Date) -> Result<Vec<Rendered>, String> {
        if let Document::Customer(customer) = document {
            let body = self.customer(document, customer, date)?;
            return Ok(vec![Rendered::post(format!("{ROOT}{PARTNERS}/{PARTNER_SET}"), body)]);
        }
        let source = |line: &Line| {
            let sold = line.sold_by.as_ref()?;
            Some(Source {
                document: placeholder(&format!("number of the document of {}", sold.document)),
                item: placeholder(&format!("its item for line {}", sold.line)),
                sku: line.sku.to_string(),
            })
        };
        let forms = self.forms(document, date);
        forms
            .iter()
            .map(|form| {
                let entries = self.entries(form, source)?;
                let sold_to = placeholder(&format!("number of the customer {}", form.header.customer));
                Ok(Rendered::post(form.kind.path(), self.document(form, &entries, &sold_to)?))
            })
            .collect()
    }
}

/// What fits, and the rest.
fn cut(text: &str, max: usize) -> (&str, &str) {
    let at = text.char_indices().nth(max).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
}

fn remark(kind: &str, header: &Header, original: &str, posting: Date) -> String {
    let mut remark = format!("{kind}; order {}; original {original}", header.order);
    if posting != header.date {
        remark = format!("{remark}; event {}", header.date);
    }
    match &header.buyer {
        Some(buyer) => format!("{remark}; buyer {}", buyer.replace("; ", ", ")),
        None => remark,
    }
}
