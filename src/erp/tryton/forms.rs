//! What is sent: the bodies of `schema/erp/tryton/`, over the document and its entries.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::read::date;
use super::settings::{Settings, Shipments};
use super::steps::form;
use crate::document::{Document, Header};
use crate::erp::body::{Bodies, BodyFile, Context, Rendered, exact, placeholder};
use crate::erp::priced::{self, Entry, Ruling};

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
        let entries = priced::entries(&header.lines, ruling)?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::document::{Amounts, CreditNote, CreditReason, Customer, Line, LineKind, Minor, SalesOrder};
    use crate::erp::priced::TaxRounding;
    use crate::erp::tryton::ARITHMETIC;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn line(no: u32, quantity: &str, net: &str, tax: &str) -> Line {
        Line {
            no,
            key: no.to_string().into(),
            kind: LineKind::Goods,
            sku: "A".into(),
            options: Some("green".into()),
            name: "Tea".into(),
            quantity: d(quantity),
            unit: None,
            unit_price: None,
            discount: Decimal::ZERO,
            tax_rate: d("13"),
            amounts: Amounts { net: d(net), tax: d(tax), total: d(net) + d(tax) },
            sold_by: None,
            extra: BTreeMap::new(),
        }
    }

    fn header(number: &str, lines: Vec<Line>) -> Header {
        Header {
            number: number.into(),
            order: "S1".into(),
            customer: "U7".into(),
            buyer: None,
            date: "2026-11-20".parse().unwrap(),
            currency: "CNY".into(),
            prices_include_tax: true,
            amounts: lines.iter().map(|l| l.amounts).sum(),
            lines,
            extra: BTreeMap::new(),
        }
    }

    fn rendered(document: &Document) -> Vec<Value> {
        let mut settings = Settings::new("https://erp.example", "erp", ("bridge", "geheim".into()));
        settings.web_shop = Some("Shop".into());
        let minor = Minor::of("CNY").unwrap();
        let ruling = Ruling {
            minor,
            arithmetic: &ARITHMETIC,
            rounding: TaxRounding::Line,
            price_digits: 4,
            quantity_digits: None,
            allowance_sku: "ALLOWANCE",
        };
        let forms = Forms::new(&settings).unwrap();
        let requests = forms.render(document, "2026-11-21".parse().unwrap(), &settings, ruling).unwrap();
        assert!(requests.iter().all(|r| (r.method, r.path.as_str()) == ("POST", "/erp/rpc/")));
        requests.into_iter().map(|r| r.body).collect()
    }

    fn day(day: u32) -> Value {
        json!({"__class__": "date", "year": 2026, "month": 11, "day": day})
    }

    #[test]
    fn an_order_is_a_sale_and_what_its_invoice_is_given() {
        let order = SalesOrder {
            header: header("S1", vec![line(1, "3", "100.00", "13.00")]),
            ship_to: Some("Ann, Beijing".into()),
            tenders: vec![],
        };
        let sale = json!({
            "company": "<id of the company>", "party": "<id of the party U7>", "currency": "<id of the currency CNY>",
            "invoice_address": "<id of its first address>", "shipment_address": "<id of its first address>",
            "sale_date": day(21), "reference": "S1", "comment": "Ann, Beijing",
            "description": "sales_order; order S1; original S1; event 2026-11-20",
            "web_shop": "<id of the web shop>", "web_id": "S1", "invoice_method": "order", "shipment_method": "order",
            "lines": [["create", [{
                "type": "line", "product": "<id of the product A>", "description": "Tea (green)", "quantity": 3,
                "unit": "<id of the unit of A>", "unit_price": {"__class__": "Decimal", "decimal": "33.333"},
                "taxes": [["add", ["<id of the tax of 13 %>"]]],
            }]]],
        });
        let invoice = json!({
            "invoice_date": day(21), "reference": "S1",
            "description": "sales_order; order S1; original S1; event 2026-11-20",
        });
        let expected = [
            json!({"id": 1, "method": "model.sale.sale.create", "params": [[sale], {}]}),
            json!({"id": 1, "method": "model.account.invoice.write", "params": [["<id of its invoice>"], invoice, {}]}),
        ];
        assert_eq!(rendered(&Document::SalesOrder(order)), expected);
    }

    #[test]
    fn a_credit_note_is_a_sale_of_less_than_nothing() {
        let header = header("S1-CN1", vec![line(1, "1", "33.33", "4.33"), line(2, "0", "5.00", "0.65")]);
        let note = CreditNote::over(header, CreditReason::Return, "S1".into());
        let requests = rendered(&Document::CreditNote(note));
        let sale = &requests[0]["params"][0][0];
        let lines = sale.pointer("/lines/0/1").and_then(Value::as_array).unwrap();
        let said: Vec<[&Value; 3]> =
            lines.iter().map(|l| [&l["product"], &l["quantity"], &l["unit_price"]["decimal"]]).collect();
        assert_eq!(sale["origin"], "sale.sale,<id of the sale S1>");
        assert_eq!(said[0], [&json!("<id of the product A>"), &json!(-1), &json!("33.33")]);
        assert_eq!(said[1], [&json!("<id of the product ALLOWANCE>"), &json!(-1), &json!("5")]);
        let description =
            "credit_note return; order S1; original S1; invoice <number of the invoice of S1>; event 2026-11-20";
        assert_eq!(requests[1]["params"][1]["description"], description);
    }

    #[test]
    fn a_customer_has_an_address_whatever_is_known() {
        let bare = Customer { number: "U7".into(), name: "Ann".into(), ..Customer::default() };
        let party = json!({
            "code": "U7", "name": "Ann", "addresses": [["create", [{"invoice": true, "delivery": true}]]],
        });
        assert_eq!(rendered(&Document::Customer(bare.clone()))[0]["params"], json!([[party], {}]));
        let known = Customer { phone: Some("1".into()), tax_id: Some("T".into()), ..bare };
        let party = &rendered(&Document::Customer(known))[0]["params"][0][0];
        assert_eq!(party["contact_mechanisms"], json!([["create", [{"type": "phone", "value": "1"}]]]));
        assert_eq!(party["identifiers"], json!([["create", [{"code": "T"}]]]));
    }
}
