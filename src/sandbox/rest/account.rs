//! The ERP's own records and rules, as ERPNext has them: names by series, unique custom fields, references that exist, drafts that
//! are submitted, returns that stay within what was sold.
//!
//! From the source of ERPNext and Frappe: the exceptions' names and statuses; that a return has the customer and company of what it
//! is against, is not dated before it, and takes back of a row no more than it sold and at no higher rate; that a billed order is
//! submitted. That a row's tax is rounded by itself is a setting there. That a credit is never more than what was billed of the
//! shop's order, and that goods without a source come back only where a person has entered their order, is this sandbox's own.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::form::{Form, Refusal};
use super::records::{CustomerRecord, Doc, DocType, Note, Row, Status};

pub(super) const COMPANY: &str = "Ledgertap Trading";
const TAX_ACCOUNT: &str = "VAT - L";
const CURRENCY: &str = "CNY";
/// Item tax templates: `VAT 13 - L`.
const TAX_RATES: [&str; 2] = ["13", "0"];
/// An item whose code starts so is not there until it is added.
const UNKNOWN_PREFIX: &str = "UNKNOWN";
const RATE_DIGITS: u32 = 2;
const QUANTITY_DIGITS: u32 = 3;

const CUSTOMER_FIELDS: &[&str] =
    &["customer_name", "customer_type", "tax_id", "email_id", "mobile_no", "ledgertap_key"];
const ORDER_FIELDS: &[&str] = &[
    "company",
    "customer",
    "transaction_date",
    "delivery_date",
    "currency",
    "po_no",
    "ignore_pricing_rule",
    "disable_rounded_total",
    "ledgertap_key",
    "ledgertap_note",
    "items",
    "taxes",
    "docstatus",
];
const INVOICE_FIELDS: &[&str] = &[
    "company",
    "customer",
    "set_posting_time",
    "posting_date",
    "posting_time",
    "due_date",
    "currency",
    "update_stock",
    "is_return",
    "return_against",
    "update_outstanding_for_self",
    "ignore_pricing_rule",
    "disable_rounded_total",
    "ledgertap_key",
    "ledgertap_note",
    "items",
    "taxes",
    "docstatus",
];
const ORDER_ROW_FIELDS: &[&str] =
    &["item_code", "item_name", "qty", "uom", "rate", "delivery_date", "item_tax_template", "ledgertap_line"];
const INVOICE_ROW_FIELDS: &[&str] = &[
    "item_code",
    "item_name",
    "qty",
    "uom",
    "rate",
    "item_tax_template",
    "sales_order",
    "so_detail",
    "sales_invoice_item",
    "ledgertap_line",
];

/// One site.
#[derive(Debug, Clone)]
pub(super) struct Account {
    unique: bool,
    services: Vec<String>,
    added: BTreeSet<String>,
    /// Orders that people have entered, under whatever names, by the shop's own numbers.
    by_hand: BTreeMap<String, Decimal>,
    last: u64,
    arrivals: u64,
    pub customers: Vec<CustomerRecord>,
    pub docs: Vec<Doc>,
    /// Where they are, by name.
    customer_names: HashMap<String, usize>,
    names: HashMap<String, usize>,
    /// By unique key.
    keys: HashMap<(&'static str, String), usize>,
}

impl Account {
    pub(super) fn new(unique: bool, services: Vec<String>) -> Self {
        Account {
            unique,
            services,
            added: BTreeSet::new(),
            by_hand: BTreeMap::new(),
            last: 0,
            arrivals: 0,
            customers: Vec::new(),
            docs: Vec::new(),
            customer_names: HashMap::new(),
            names: HashMap::new(),
            keys: HashMap::new(),
        }
    }

    pub(super) fn add_item(&mut self, code: &str) {
        self.added.insert(code.to_owned());
    }

    pub(super) fn add_order(&mut self, order: &str, total: Decimal) {
        self.by_hand.insert(order.to_owned(), total);
    }

    pub(super) fn lose_line(&mut self, key: &str) {
        for doc in self.docs.iter_mut().filter(|doc| doc.key.as_deref() == Some(key)) {
            doc.rows.pop();
        }
    }

    pub(super) fn item(&self, code: &str) -> Result<Value, Refusal> {
        match self.has_item(code) {
            true => Ok(json!({"name": code, "item_code": code, "item_name": code, "disabled": 0})),
            false => Err(Refusal::not_found("Item", code)),
        }
    }

    fn has_item(&self, code: &str) -> bool {
        !code.starts_with(UNKNOWN_PREFIX) || self.added.contains(code)
    }

    // --- customers

    pub(super) fn create_customer(&mut self, body: &Value, now_ms: i64) -> Result<Value, Refusal> {
        let form = Form::of(body, CUSTOMER_FIELDS)?;
        let customer_name = form.required_text("customer_name")?;
        match form.text("customer_type")? {
            None | Some("Company" | "Individual" | "Partnership") => {}
            Some(_) => return Err(Refusal::invalid("Customer Type must be Company, Individual or Partnership")),
        }
        for name in ["tax_id", "email_id", "mobile_no"] {
            form.text(name)?;
        }
        if form.text("email_id")?.is_some_and(|email| !email.contains('@')) {
            return Err(Refusal::new(417, "InvalidEmailAddressError", "email_id is not a valid Email Address"));
        }
        let key = form.text("ledgertap_key")?;
        self.check_key("Customer", key)?;
        let mut name = customer_name.to_owned();
        let mut count = 0;
        while self.customer_names.contains_key(&name) {
            count += 1;
            name = format!("{customer_name} - {count}");
        }
        let at = self.customers.len();
        self.customer_names.insert(name.clone(), at);
        if let Some(key) = key {
            self.keys.entry(("Customer", key.to_owned())).or_insert(at);
        }
        let arrival = self.next_arrival();
        let fields = body.as_object().cloned().unwrap_or_default();
        let key = key.map(String::from);
        self.customers.push(CustomerRecord { name, key, fields, stored_at_ms: now_ms, arrival });
        Ok(self.customers[at].json())
    }

    pub(super) fn change_customer(&mut self, name: &str, body: &Value) -> Result<Value, Refusal> {
        let at = *self.customer_names.get(name).ok_or_else(|| Refusal::not_found("Customer", name))?;
        let form = Form::of(body, &["customer_name", "customer_type", "tax_id"])?;
        for name in ["customer_name", "customer_type", "tax_id"] {
            form.text(name)?;
        }
        for (field, value) in body.as_object().into_iter().flatten() {
            self.customers[at].fields.insert(field.clone(), value.clone());
        }
        Ok(self.customers[at].json())
    }

    pub(super) fn customer(&self, name: &str) -> Result<Value, Refusal> {
        let at = self.customer_names.get(name).ok_or_else(|| Refusal::not_found("Customer", name))?;
        Ok(self.customers[*at].json())
    }

    fn check_key(&self, doctype: &'static str, key: Option<&str>) -> Result<(), Refusal> {
        match key {
            Some(key) if self.unique && self.keys.contains_key(&(doctype, key.to_owned())) => {
                Err(Refusal::taken("ledgertap_key"))
            }
            Some(_) | None => Ok(()),
        }
    }

    // --- orders and invoices

    pub(super) fn create(
        &mut self,
        doctype: DocType,
        body: &Value,
        today: &str,
        now_ms: i64,
    ) -> Result<Value, Refusal> {
        let known = match doctype {
            DocType::SalesOrder => ORDER_FIELDS,
            DocType::SalesInvoice => INVOICE_FIELDS,
        };
        let form = Form::of(body, known)?;
        let key = form.text("ledgertap_key")?;
        let mut doc = self.read(doctype, &form, today)?;
        let status = Status::of(form.integer("docstatus")?.unwrap_or_default());
        doc.status = match status {
            Some(Status::Cancelled) | None => {
                return Err(Refusal::new(417, "DocstatusTransitionError", "Cannot change docstatus from 0 to 2"));
            }
            Some(status) => status,
        };
        self.validate(&doc)?;
        // The database is what holds a field unique: it speaks last.
        self.check_key(doctype.name(), key)?;
        doc.stored_at_ms = now_ms;
        doc.arrival = self.next_arrival();
        doc.name = format!("{}-2026-{:05}", doctype.series(), doc.arrival);
        let at = self.docs.len();
        self.names.insert(doc.name.clone(), at);
        if let Some(key) = key {
            self.keys.entry((doctype.name(), key.to_owned())).or_insert(at);
        }
        self.docs.push(doc);
        Ok(self.docs[at].json())
    }

    /// Submits or cancels; nothing else of a document changes here.
    pub(super) fn change(&mut self, doctype: DocType, name: &str, body: &Value) -> Result<Value, Refusal> {
        let at = self.find(doctype, name)?;
        let form = Form::of(body, &["docstatus"])?;
        let wanted = form.integer("docstatus")?.ok_or_else(|| Refusal::invalid("nothing is changed"))?;
        let wanted = Status::of(wanted).ok_or_else(|| Refusal::invalid("Invalid docstatus"))?;
        match (self.docs[at].status, wanted) {
            (Status::Draft, Status::Submitted) => self.validate(&self.docs[at])?,
            (Status::Draft, Status::Draft) | (Status::Submitted, Status::Submitted) => {}
            (Status::Submitted, Status::Cancelled) => {
                if let Some(other) = self.docs.iter().find(|doc| doc.is_in_force() && doc.refers_to(&self.docs[at])) {
                    let text = format!("Cannot cancel because submitted {} exists", other.name);
                    return Err(Refusal::new(417, "LinkExistsError", text));
                }
            }
            (Status::Cancelled, _) => return Err(Refusal::invalid("Cannot edit cancelled document")),
            (from, to) => {
                let text = format!("Cannot change docstatus from {} to {}", from.number(), to.number());
                return Err(Refusal::new(417, "DocstatusTransitionError", text));
            }
        }
        self.docs[at].status = wanted;
        Ok(self.docs[at].json())
    }

    pub(super) fn doc(&self, doctype: DocType, name: &str) -> Result<Value, Refusal> {
        Ok(self.docs[self.find(doctype, name)?].json())
    }

    fn find(&self, doctype: DocType, name: &str) -> Result<usize, Refusal> {
        let at = self.names.get(name).filter(|at| self.docs[**at].doctype == doctype);
        at.copied().ok_or_else(|| Refusal::not_found(doctype.name(), name))
    }

    /// Those whose fields are as wanted, as lists of a list view: without their rows.
    pub(super) fn list(
        &self,
        doctype: &str,
        filters: &[(String, Value)],
        fields: &[String],
        limit: usize,
    ) -> Result<Value, Refusal> {
        let key = filters.iter().find(|(field, _)| field == "ledgertap_key").and_then(|(_, key)| key.as_str());
        let known = [DocType::SalesOrder, DocType::SalesInvoice].into_iter().find(|known| known.name() == doctype);
        let all: Vec<Map<String, Value>> = match (known, doctype) {
            (Some(known), _) => {
                let docs = self.docs.iter().filter(|doc| doc.doctype == known);
                docs.filter(|doc| key.is_none() || doc.key.as_deref() == key).map(Doc::header).collect()
            }
            (None, "Customer") => {
                let customers = self.customers.iter();
                customers.filter(|c| key.is_none() || c.key.as_deref() == key).map(CustomerRecord::header).collect()
            }
            (None, other) => return Err(Refusal::not_found("DocType", other)),
        };
        let mut found = Vec::new();
        for header in all {
            let is = |(field, wanted): &(String, Value)| header.get(field).map(|value| value == wanted);
            let mut matches = filters.iter().map(is);
            match matches.try_fold(true, |all, one| one.map(|one| all && one)) {
                Some(true) => {}
                Some(false) => continue,
                None => return Err(Refusal::new(417, "DataError", "Field not permitted in query")),
            }
            let chosen: Option<Map<String, Value>> =
                fields.iter().map(|field| Some((field.clone(), header.get(field)?.clone()))).collect();
            let chosen = chosen.ok_or_else(|| Refusal::new(417, "DataError", "Field not permitted in query"))?;
            found.push(Value::Object(chosen));
        }
        found.truncate(limit);
        Ok(Value::Array(found))
    }

    fn read(&mut self, doctype: DocType, form: &Form<'_>, today: &str) -> Result<Doc, Refusal> {
        if form.required_text("company")? != COMPANY {
            return Err(Refusal::no_link("Company", form.required_text("company")?));
        }
        let customer = form.required_text("customer")?;
        if !self.customer_names.contains_key(customer) {
            return Err(Refusal::no_link("Customer", customer));
        }
        if form.text("currency")?.is_some_and(|currency| currency != CURRENCY) {
            return Err(Refusal::invalid("Conversion rate cannot be 0 or 1 for another currency"));
        }
        for name in ["ignore_pricing_rule", "disable_rounded_total", "update_outstanding_for_self"] {
            form.ticked(name)?;
        }
        let is_return = form.ticked("is_return")?;
        let date = match doctype {
            DocType::SalesOrder => {
                let (date, delivery) = (form.required_date("transaction_date")?, form.required_date("delivery_date")?);
                if delivery < date {
                    return Err(Refusal::invalid("Expected Delivery Date should be after Sales Order Date"));
                }
                date
            }
            DocType::SalesInvoice if form.ticked("set_posting_time")? => form.required_date("posting_date")?,
            // Without the box ticked it is today's, whatever was sent.
            DocType::SalesInvoice => today,
        };
        if doctype == DocType::SalesInvoice {
            form.text("posting_time")?;
            if form.required_date("due_date")? < date {
                return Err(Refusal::invalid("Due Date cannot be before Posting Date"));
            }
            if form.ticked("update_stock")? {
                return Err(Refusal::invalid("this sandbox keeps no stock: update_stock must be 0"));
            }
        }
        for tax in form.rows("taxes", &["charge_type", "account_head", "description", "rate"])? {
            if tax.required_text("charge_type")? != "On Net Total" || !tax.required_number("rate")?.is_zero() {
                return Err(tax.invalid("the rate is the item tax template's: On Net Total with a rate of 0"));
            }
            tax.required_text("description")?;
            if tax.required_text("account_head")? != TAX_ACCOUNT {
                return Err(tax.no_link("Account Head", tax.required_text("account_head")?));
            }
        }
        let is_taxed = !form.rows("taxes", &["charge_type", "account_head", "description", "rate"])?.is_empty();
        let known = if doctype == DocType::SalesOrder { ORDER_ROW_FIELDS } else { INVOICE_ROW_FIELDS };
        let rows = form.rows("items", known)?;
        if rows.is_empty() {
            return Err(Refusal::missing("items"));
        }
        let rows = rows.iter().map(|row| self.read_row(doctype, row, is_return, is_taxed)).collect::<Result<_, _>>()?;
        Ok(Doc {
            doctype,
            name: String::new(),
            key: form.text("ledgertap_key")?.map(String::from),
            customer: customer.to_owned(),
            date: date.to_owned(),
            note: form.text("ledgertap_note")?.unwrap_or_default().to_owned(),
            po_no: form.text("po_no")?.map(String::from),
            is_return,
            return_against: form.text("return_against")?.map(String::from),
            status: Status::Draft,
            rows,
            stored_at_ms: 0,
            arrival: 0,
        })
    }

    fn read_row(&mut self, doctype: DocType, row: &Form<'_>, is_return: bool, is_taxed: bool) -> Result<Row, Refusal> {
        let item = row.required_text("item_code")?;
        if !self.has_item(item) {
            return Err(row.no_link("Item Code", item));
        }
        let round =
            |value: Decimal, digits| value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        let quantity = round(row.required_number("qty")?, QUANTITY_DIGITS);
        match is_return {
            true if quantity >= Decimal::ZERO => return Err(row.invalid("Quantity must be negative number")),
            false if quantity <= Decimal::ZERO => return Err(row.invalid("Quantity must be positive")),
            true | false => {}
        }
        let rate = round(row.required_number("rate")?, RATE_DIGITS);
        if rate.is_sign_negative() && !rate.is_zero() {
            return Err(row.invalid("Rate cannot be negative"));
        }
        if doctype == DocType::SalesOrder {
            row.required_date("delivery_date")?;
        }
        row.text("uom")?;
        let template = row.required_text("item_tax_template")?;
        let percent = template.strip_prefix("VAT ").and_then(|rest| rest.strip_suffix(" - L"));
        let percent = percent.filter(|percent| TAX_RATES.contains(percent));
        let percent = percent.ok_or_else(|| row.no_link("Item Tax Template", template))?;
        let tax_rate: Decimal = percent.parse().unwrap_or_default();
        if !is_taxed && !tax_rate.is_zero() {
            return Err(row.invalid("its tax has no row in Sales Taxes and Charges"));
        }
        let amount = round(quantity * rate, 2);
        self.last += 1;
        Ok(Row {
            name: format!("{:010x}", 0x00a1_0000_0000 + self.last),
            item: item.to_owned(),
            item_name: row.text("item_name")?.unwrap_or(item).to_owned(),
            quantity,
            rate,
            amount,
            tax_rate,
            tax: round(amount * tax_rate / Decimal::ONE_HUNDRED, 2),
            line: row.integer("ledgertap_line")?,
            order_row: self.order_row(row)?,
            invoice_row: row.text("sales_invoice_item")?.map(String::from),
        })
    }

    /// The order's row that a row bills: order and row, or neither.
    fn order_row(&self, row: &Form<'_>) -> Result<Option<String>, Refusal> {
        let (order, detail) = (row.text("sales_order")?, row.text("so_detail")?);
        let (order, detail) = match (order, detail) {
            (None, None) => return Ok(None),
            (Some(order), Some(detail)) => (order, detail),
            (order, _) => return Err(row.no_link("Sales Order Item", order.unwrap_or("without an order"))),
        };
        let at = self.find(DocType::SalesOrder, order).map_err(|_| row.no_link("Sales Order", order))?;
        match self.docs[at].rows.iter().any(|sold| sold.name == detail) {
            true => Ok(Some(detail.to_owned())),
            false => Err(row.no_link("Sales Order Item", detail)),
        }
    }

    // --- rules

    fn validate(&self, doc: &Doc) -> Result<(), Refusal> {
        match (doc.doctype, doc.is_return) {
            (DocType::SalesOrder, _) => self.validate_order(doc),
            (DocType::SalesInvoice, false) => self.validate_bill(doc),
            (DocType::SalesInvoice, true) => {
                if let Some(against) = &doc.return_against {
                    self.validate_return(doc, against)?;
                }
                self.validate_credit(doc)
            }
        }
    }

    fn validate_order(&self, doc: &Doc) -> Result<(), Refusal> {
        let same = |other: &&Doc| {
            other.doctype == DocType::SalesOrder
                && other.name != doc.name
                && other.customer == doc.customer
                && doc.po_no.is_some()
                && other.po_no == doc.po_no
                && other.status != Status::Cancelled
        };
        match self.docs.iter().find(same) {
            Some(other) => Err(Refusal::invalid(format!(
                "Sales Order {} already exists against Customer's Purchase Order {}",
                other.name,
                doc.po_no.as_deref().unwrap_or_default()
            ))),
            None => Ok(()),
        }
    }

    /// An order is billed once it is submitted, by its own customer, and not for more than it says.
    fn validate_bill(&self, doc: &Doc) -> Result<(), Refusal> {
        for row in &doc.rows {
            let Some(sold) = &row.order_row else { continue };
            let orders = self.docs.iter().filter(|other| other.doctype == DocType::SalesOrder);
            let found =
                orders.flat_map(|order| order.rows.iter().map(move |row| (order, row))).find(|(_, r)| r.name == *sold);
            let Some((order, order_row)) = found else { return Err(Refusal::no_link("Sales Order Item", sold)) };
            if !order.is_in_force() {
                return Err(Refusal::invalid(format!("Sales Order {} is not submitted", order.name)));
            }
            if order.customer != doc.customer || order_row.item != row.item {
                return Err(Refusal::invalid(format!("the row of {} is another customer's or item's", order.name)));
            }
            let others =
                self.docs.iter().filter(|other| other.is_in_force() && !other.is_return && other.name != doc.name);
            let billed = others.flat_map(|other| &other.rows).filter(|other| other.order_row.as_ref() == Some(sold));
            let billed: Decimal = billed.map(|other| other.amount).sum();
            if billed + row.amount > order_row.amount {
                return Err(Refusal::invalid(format!("Cannot overbill for Item {} of {}", row.item, order.name)));
            }
        }
        Ok(())
    }

    fn validate_return(&self, doc: &Doc, against: &str) -> Result<(), Refusal> {
        let at = self.find(DocType::SalesInvoice, against).map_err(|_| Refusal::no_link("Return Against", against))?;
        let sold = &self.docs[at];
        if sold.is_return || !sold.is_in_force() || sold.customer != doc.customer {
            return Err(Refusal::invalid(format!(
                "{against} is not a submitted Sales Invoice of the same customer and company"
            )));
        }
        if doc.date < sold.date {
            return Err(Refusal::invalid(format!("Posting timestamp must be after {}", sold.date)));
        }
        let mut taken = BTreeMap::<&str, Decimal>::new();
        for row in &doc.rows {
            let Some(of) = &row.invoice_row else { continue };
            let found = sold.rows.iter().find(|sold| sold.name == *of && sold.item == row.item);
            let found = found.ok_or_else(|| {
                Refusal::invalid(format!("Returned Item {} does not exist in Sales Invoice {against}", row.item))
            })?;
            if row.rate > found.rate {
                let text = format!("Rate of {} cannot be greater than the rate used in {against}", row.item);
                return Err(Refusal::invalid(text));
            }
            let back = taken.entry(of.as_str()).or_insert_with(|| self.taken_back(of, &doc.name));
            *back -= row.quantity;
            if *back > found.quantity {
                return Err(Refusal::new(
                    417,
                    "StockOverReturnError",
                    format!("Cannot return more than {} for Item {}", found.quantity, row.item),
                ));
            }
        }
        Ok(())
    }

    /// How many pieces of an invoice's row came back by other returns.
    fn taken_back(&self, row: &str, but: &str) -> Decimal {
        let returns = self.docs.iter().filter(|doc| doc.is_return && doc.is_in_force() && doc.name != but);
        let rows = returns.flat_map(|doc| &doc.rows).filter(|back| back.invoice_row.as_deref() == Some(row));
        -rows.map(|back| back.quantity).sum::<Decimal>()
    }

    /// Credits of an order of the shop never exceed what was billed of it.
    fn validate_credit(&self, doc: &Doc) -> Result<(), Refusal> {
        let order = Note::read(&doc.note).order.ok_or_else(|| Refusal::missing("ledgertap_note (naming the order)"))?;
        let by_hand = self.by_hand.get(order).copied();
        let is_service = |item: &String| self.services.contains(item);
        let is_loose = |row: &Row| row.invoice_row.is_none() && !is_service(&row.item);
        // Goods of several invoices cannot be returned against one of them: they come back against none.
        let is_of_several = doc.return_against.is_none() && self.bills_of(order) > 1;
        if by_hand.is_none() && !is_of_several && doc.rows.iter().any(is_loose) {
            return Err(Refusal::invalid("goods come back that no Sales Invoice sold"));
        }
        let of_order = |other: &&Doc| {
            other.doctype == DocType::SalesInvoice
                && other.is_in_force()
                && other.name != doc.name
                && Note::read(&other.note).order == Some(order)
        };
        let billed: Decimal = self.docs.iter().filter(of_order).map(Doc::total).sum();
        match billed + by_hand.unwrap_or_default() + doc.total() < Decimal::ZERO {
            true => Err(Refusal::invalid(format!("{} is more than what is left of {order}", -doc.total()))),
            false => Ok(()),
        }
    }

    fn bills_of(&self, order: &str) -> usize {
        let bills = self.docs.iter().filter(|doc| doc.doctype == DocType::SalesInvoice && !doc.is_return);
        bills.filter(|doc| doc.is_in_force() && Note::read(&doc.note).order == Some(order)).count()
    }

    fn next_arrival(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }
}

impl CustomerRecord {
    fn header(&self) -> Map<String, Value> {
        let mut fields: Map<String, Value> =
            CUSTOMER_FIELDS.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        fields.extend(self.fields.clone());
        fields.insert("name".into(), self.name.as_str().into());
        fields.insert("docstatus".into(), 0.into());
        fields
    }

    fn json(&self) -> Value {
        let mut fields = self.header();
        fields.insert("doctype".into(), "Customer".into());
        Value::Object(fields)
    }
}

impl Doc {
    fn refers_to(&self, other: &Doc) -> bool {
        self.return_against.as_ref() == Some(&other.name)
            || self.rows.iter().any(|row| other.rows.iter().any(|sold| row.order_row.as_ref() == Some(&sold.name)))
    }

    fn header(&self) -> Map<String, Value> {
        let date = match self.doctype {
            DocType::SalesOrder => "transaction_date",
            DocType::SalesInvoice => "posting_date",
        };
        let fields = json!({
            "name": self.name,
            "docstatus": self.status.number(),
            "company": COMPANY,
            "customer": self.customer,
            date: self.date,
            "currency": CURRENCY,
            "po_no": self.po_no,
            "is_return": i64::from(self.is_return),
            "return_against": self.return_against,
            "net_total": exact(self.net()),
            "total_taxes_and_charges": exact(self.tax()),
            "grand_total": exact(self.total()),
            "ledgertap_key": self.key,
            "ledgertap_note": self.note,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    fn json(&self) -> Value {
        let row = |(i, row): (usize, &Row)| {
            json!({
                "doctype": self.doctype.row_name(),
                "name": row.name,
                "idx": i + 1,
                "item_code": row.item,
                "item_name": row.item_name,
                "qty": exact(row.quantity),
                "rate": exact(row.rate),
                "amount": exact(row.amount),
                "net_amount": exact(row.amount),
                "item_tax_template": format!("VAT {} - L", row.tax_rate),
                "so_detail": row.order_row,
                "sales_invoice_item": row.invoice_row,
                "ledgertap_line": row.line.unwrap_or_default(),
            })
        };
        let mut fields = self.header();
        fields.insert("doctype".into(), self.doctype.name().into());
        fields.insert("items".into(), self.rows.iter().enumerate().map(row).collect());
        Value::Object(fields)
    }
}

/// A number as JSON, as Python writes it: `113.0`.
fn exact(number: Decimal) -> Value {
    let text = number.normalize().to_string();
    let text = if text.contains('.') { text } else { format!("{text}.0") };
    serde_json::from_str(&text).unwrap_or_default()
}
