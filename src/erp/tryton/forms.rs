//! What is sent: the bodies of `schema/erp/tryton/`, over the document and its entries.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::lines::{self, Entry, Ruling};
use super::read::date;
use super::settings::{Settings, Shipments};
use super::steps::form;
use crate::document::{Document, Header};
use crate::erp::body::{Bodies, BodyFile, Context, Rendered, exact, placeholder};

/// The kind's name.
pub(super) const KIND: &str = "tryton";

pub(super) const FILES: &[BodyFile] = &[
    BodyFile { name: "customer", text: include_str!("../../../schema/erp/tryton/customer.json") },
    BodyFile { name: "sale", text: include_str!("../../../schema/erp/tryton/sale.json") },
    BodyFile { name: "invoice", text: include_str!("../../../schema/erp/tryton/invoice.json") },
];

/// A document as a sale.
#[derive(Debug, Clone, Copy)]
pub(super) struct SaleForm<'a> {
    pub document: &'a Document,
    pub header: &'a Header,
    /// −1 where it takes back.
    pub sign: Decimal,
    /// The number of the sales order that it belongs to.
    pub original: Option<&'a str>,
    pub posting: Date,
}

/// What a sale names of the ERP.
pub(super) struct Terms<'a> {
    pub company: Value,
    pub currency: Value,
    pub party: Value,
    pub address: Value,
    pub payment_term: Value,
    pub web_shop: Value,
    pub origin: Value,
    pub product: &'a (dyn Fn(&Entry) -> Value + Sync),
    pub unit: &'a (dyn Fn(&Entry) -> Value + Sync),
    pub tax: &'a (dyn Fn(&Entry) -> Value + Sync),
}

/// The adapter's bodies.
#[derive(Debug)]
pub(super) struct Forms {
    bodies: Bodies,
    shipments: Shipments,
    has_shop: bool,
}

impl Forms {
    /// # Errors
    /// A sentence about the body that is wrong, with file and place.
    pub(super) fn new(settings: &Settings) -> Result<Forms, String> {
        let bodies = Bodies::new(KIND, FILES, settings.bodies.as_deref())?;
        Ok(Forms { bodies, shipments: settings.shipments, has_shop: settings.web_shop.is_some() })
    }

    pub(super) fn customer(&self, document: &Document, day: Date) -> Result<Value, String> {
        self.bodies.render("customer", &Context::of(document, day))
    }

    pub(super) fn sale(&self, form: &SaleForm<'_>, entries: &[Entry], terms: &Terms<'_>) -> Result<Value, String> {
        let entries: Vec<Value> = entries
            .iter()
            .map(|entry| {
                json!({
                    "sku": entry.sku,
                    "name": entry.name,
                    "quantity": exact(entry.quantity * form.sign),
                    "price": exact(entry.price),
                    "rate": exact(entry.rate),
                    "product_id": (terms.product)(entry),
                    "unit_id": (terms.unit)(entry),
                    "tax_id": (terms.tax)(entry),
                })
            })
            .collect();
        let shipment_method = match self.shipments {
            Shipments::Order => "order",
            Shipments::Manual => "manual",
        };
        let context = Context::of(form.document, form.posting)
            .with("entries", entries)
            .with("remark", remark(form, &[]))
            .with("sale_date", date(form.posting))
            .with("shipment_method", shipment_method)
            .with("company_id", terms.company.clone())
            .with("currency_id", terms.currency.clone())
            .with("party_id", terms.party.clone())
            .with("address_id", terms.address.clone())
            .with("payment_term_id", terms.payment_term.clone())
            .with("web_shop_id", terms.web_shop.clone())
            .with("web_id", self.has_shop.then_some(form.header.number.as_str()))
            .with("origin", terms.origin.clone());
        self.bodies.render("sale", &context)
    }

    /// What is written into the invoice before it is posted; `originals` are the numbers of those that it corrects.
    pub(super) fn invoice(&self, form: &SaleForm<'_>, day: Date, originals: &[String]) -> Result<Value, String> {
        let context = Context::of(form.document, day)
            .with("invoice_date", date(day))
            .with("originals", json!(originals))
            .with("remark", remark(&SaleForm { posting: day, ..*form }, originals));
        self.bodies.render("invoice", &context)
    }

    /// The requests of a document, without what only the ERP knows.
    pub(super) fn render(
        &self,
        document: &Document,
        day: Date,
        settings: &Settings,
        ruling: Ruling<'_>,
    ) -> Result<Vec<Rendered>, String> {
        let path = format!("/{}/rpc/", settings.database);
        let call = |method: &str, ids: Option<&str>, body: Value| {
            let params = match ids {
                Some(id) => json!([[placeholder(id)], body, {}]),
                None => json!([[body], {}]),
            };
            Rendered::post(path.clone(), json!({"id": 1, "method": method, "params": params}))
        };
        let Some(header) = document.header() else {
            return Ok(vec![call("model.party.party.create", None, self.customer(document, day)?)]);
        };
        let form = form(document, header, day);
        let entries = lines::entries(&header.lines, ruling)?;
        let unknown = |what: String| Value::from(placeholder(&what));
        let of = |what: &str, is: bool| if is { unknown(what.to_owned()) } else { Value::Null };
        let terms = Terms {
            company: unknown("id of the company".into()),
            currency: unknown(format!("id of the currency {}", header.currency)),
            party: unknown(format!("id of the party {}", header.customer)),
            address: unknown("id of its first address".into()),
            payment_term: of("id of the payment term", settings.payment_term.is_some()),
            web_shop: of("id of the web shop", self.has_shop),
            origin: match form.original {
                Some(original) => format!("sale.sale,{}", placeholder(&format!("id of the sale {original}"))).into(),
                None => Value::Null,
            },
            product: &|entry| unknown(format!("id of the product {}", entry.sku)),
            unit: &|entry| match &entry.unit {
                Some(unit) => unknown(format!("id of the unit {unit}")),
                None => unknown(format!("id of the unit of {}", entry.sku)),
            },
            tax: &|entry| of(&format!("id of the tax of {} %", entry.rate.normalize()), !entry.rate.is_zero()),
        };
        let originals: Vec<String> =
            form.original.map(|o| placeholder(&format!("number of the invoice of {o}"))).into_iter().collect();
        Ok(vec![
            call("model.sale.sale.create", None, self.sale(&form, &entries, &terms)?),
            call("model.account.invoice.write", Some("id of its invoice"), self.invoice(&form, day, &originals)?),
        ])
    }
}

/// What it is, for which order and of which sales order, which invoices it corrects, and what does not show otherwise: the buyer
/// where many share the customer, and the event's own date where it is posted on another.
fn remark(form: &SaleForm<'_>, originals: &[String]) -> String {
    let header = form.header;
    let kind = match form.document {
        Document::CreditNote(note) => format!("credit_note {}", note.reason.as_str()),
        other => other.kind().as_str().to_owned(),
    };
    let original = form.original.unwrap_or(&header.number);
    let mut remark = format!("{kind}; order {}; original {original}", header.order);
    if !originals.is_empty() {
        remark = format!("{remark}; invoice {}", originals.join(", "));
    }
    if form.posting != header.date {
        remark = format!("{remark}; event {}", header.date);
    }
    match &header.buyer {
        Some(buyer) => format!("{remark}; buyer {}", buyer.replace("; ", ", ")),
        None => remark,
    }
}
