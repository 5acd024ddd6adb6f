//! Sales and invoices: their amounts, and the steps from one state to the next.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use sha2::{Digest, Sha256};

use super::model::{INVOICE_STEPS, Model, SALE_STEPS};
use super::series::Series;
use super::store::{FIRST, Refusal, Store, USER};
use super::value::Data;

/// The currency's digits.
const DIGITS: u32 = 2;
/// The first year that has periods; the last is the next.
const FIRST_YEAR: i16 = 2000;
/// The lines' field for the line of the sale that they come from, which nobody sees.
pub(super) const SALE_LINE: &str = "_sale_line";
/// The invoices' field for the sequence that numbered them.
const SEQUENCE: &str = "_sequence";

/// What lines come to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub net: Decimal,
    pub tax: Decimal,
}

impl Sums {
    pub(super) fn total(self) -> Decimal {
        self.net + self.tax
    }
}

impl Store {
    /// A field that follows from others.
    pub(super) fn computed(&self, model: &str, id: i64, name: &str) -> Data {
        let ids = |ids: BTreeSet<i64>| Data::List(ids.into_iter().map(Data::Int).collect());
        match (model, name) {
            (_, "rec_name") => Data::Text(self.rec_name(model, id)),
            ("sale.sale", "invoices") => ids(self.invoices(id)),
            ("account.invoice", "sales") => ids(self.sales(id)),
            ("sale.line" | "account.invoice.line", "amount") => Data::Decimal(self.line(model, id).net),
            _ => {
                let (lines, by) = match model {
                    "sale.sale" => ("sale.line", "sale"),
                    _ => ("account.invoice.line", "invoice"),
                };
                let sums = self.sums(lines, &self.children(lines, by, id));
                Data::Decimal(match name {
                    "untaxed_amount" => sums.net,
                    "tax_amount" => sums.tax,
                    _ => sums.total(),
                })
            }
        }
    }

    /// What lines come to, each rounded by itself.
    pub(super) fn sums(&self, model: &str, lines: &[i64]) -> Sums {
        lines
            .iter()
            .map(|line| self.line(model, *line))
            .fold(Sums::default(), |a, b| Sums { net: a.net + b.net, tax: a.tax + b.tax })
    }

    /// What one line comes to.
    pub(super) fn line(&self, model: &str, id: i64) -> Sums {
        if self.text(model, id, "type") != "line" {
            return Sums::default();
        }
        let number = |name: &str| self.get(model, id, name).number().unwrap_or_default();
        let exact = number("quantity") * number("unit_price");
        Sums { net: rounded(exact), tax: self.rates(model, id).into_iter().map(|rate| rounded(exact * rate)).sum() }
    }

    /// The rates of a line's taxes, as parts of one.
    pub(super) fn rates(&self, model: &str, line: i64) -> Vec<Decimal> {
        let taxes = self.get(model, line, "taxes").ids().unwrap_or_default();
        taxes.into_iter().filter_map(|tax| self.get("account.tax", tax, "rate").number()).collect()
    }

    pub(super) fn invoices(&self, sale: i64) -> BTreeSet<i64> {
        let lines = self.children("sale.line", "sale", sale);
        let of = lines.into_iter().flat_map(|line| self.children("account.invoice.line", SALE_LINE, line));
        of.filter_map(|line| self.get("account.invoice.line", line, "invoice").as_int()).collect()
    }

    pub(super) fn sales(&self, invoice: i64) -> BTreeSet<i64> {
        let lines = self.children("account.invoice.line", "invoice", invoice);
        let of = lines.into_iter().filter_map(|line| self.get("account.invoice.line", line, SALE_LINE).as_int());
        of.filter_map(|line| self.get("sale.line", line, "sale").as_int()).collect()
    }

    /// A step of sales or invoices: a button, to a person.
    pub(super) fn step(
        &mut self,
        model: &'static Model,
        ids: &[i64],
        step: &str,
        today: Date,
        now_ms: i64,
    ) -> Result<(), Refusal> {
        self.must_be_there(model, ids, "read")?;
        for id in ids {
            let state = self.text(model.name, *id, "state");
            let from = SALE_STEPS.iter().chain(&INVOICE_STEPS).find(|(name, from)| {
                *name == step && (model.name == "sale.sale") == SALE_STEPS.iter().any(|(_, of)| of == from)
            });
            let starts = from.is_some_and(|(_, from)| from.contains(&state.as_str()));
            // A sale without lines has no button for a quotation, to a server that minds.
            let is_empty = step == "quote" && self.children("sale.line", "sale", *id).is_empty();
            let is_refused = !starts || (is_empty && self.series.minds_the_state());
            let is_posted = matches!(state.as_str(), "posted" | "paid");
            match (model.name, step) {
                // Asked of one that is posted, it is nothing.
                ("account.invoice", "draft") if matches!(state.as_str(), "validated" | "cancelled") => {
                    self.set_state(model, *id, "draft");
                }
                ("account.invoice", "draft") => {}
                ("account.invoice", "cancel") if is_posted && !self.series.minds_the_state() => {
                    let name = self.rec_name(model.name, *id);
                    return Err(Refusal::User(format!(
                        "You cannot cancel customer invoice \"{name}\" because it is posted and company setup does not allow it."
                    )));
                }
                _ if is_refused && self.series.minds_the_state() => {
                    let name = self.rec_name(model.name, *id);
                    return Err(Refusal::User(format!(
                        "You can not call \"{step}\" on \"{name}\" of \"{}\".",
                        model.label
                    )));
                }
                _ if is_refused => {}
                ("sale.sale", "quote") => self.quote(model, *id)?,
                ("sale.sale", "process") => self.process(*id, now_ms),
                ("account.invoice", "post") => self.post(model, *id, today)?,
                (_, "validate_invoice") => self.set_state(model, *id, "validated"),
                (_, "draft") => self.set_state(model, *id, "draft"),
                (_, "confirm") => self.set_state(model, *id, "confirmed"),
                _ => self.set_state(model, *id, "cancelled"),
            }
        }
        Ok(())
    }

    fn set_state(&mut self, model: &Model, id: i64, state: &str) {
        let name = if model.name == "sale.sale" { "sale.sale" } else { "account.invoice" };
        self.set(name, id, "state", Data::Text(state.to_owned()));
    }

    fn quote(&mut self, model: &Model, id: i64) -> Result<(), Refusal> {
        if !self.get(model.name, id, "invoice_address").is_set() {
            let name = self.rec_name(model.name, id);
            return Err(Refusal::User(format!(
                "To get a quote for sale \"{name}\" you must enter an invoice address."
            )));
        }
        if !self.get(model.name, id, "number").is_set() {
            let number = self.next_number("sale.sale");
            self.set("sale.sale", id, "number", Data::Text(number.to_string()));
        }
        self.set_state(model, id, "quotation");
        Ok(())
    }

    /// Invoices what is not invoiced yet.
    fn process(&mut self, sale: i64, now_ms: i64) {
        let mut open = Vec::new();
        let (mut is_worth_it, is_by_order) = (false, self.text("sale.sale", sale, "invoice_method") == "order");
        for line in self.children("sale.line", "sale", sale) {
            let quantity = |model: &str, line: i64| self.get(model, line, "quantity").number().unwrap_or_default();
            let invoiced = self.children("account.invoice.line", SALE_LINE, line).into_iter();
            let ordered = quantity("sale.line", line);
            let rest = ordered - invoiced.map(|line| quantity("account.invoice.line", line)).sum::<Decimal>();
            is_worth_it |= !ordered.is_zero();
            if !rest.is_zero() && is_by_order {
                open.push((line, rest));
            }
        }
        let state = if is_worth_it { "processing" } else { "done" };
        self.set("sale.sale", sale, "state", Data::Text(state.to_owned()));
        if open.is_empty() {
            return;
        }
        let mut values = vec![("type", Data::Text("out".to_owned())), ("state", Data::Text("draft".to_owned()))];
        for name in ["company", "party", "invoice_address", "currency", "payment_term"] {
            values.push((name, self.get("sale.sale", sale, name).clone()));
        }
        let invoice = self.add_in_turn("account.invoice", &values, now_ms);
        for (line, rest) in open {
            let mut values = vec![
                ("invoice", Data::Int(invoice)),
                ("quantity", Data::Float(rest)),
                ("origin", Data::Text(format!("sale.line,{line}"))),
                (SALE_LINE, Data::Int(line)),
            ];
            for name in ["type", "product", "description", "unit", "unit_price", "taxes"] {
                values.push((name, self.get("sale.line", line, name).clone()));
            }
            self.add("account.invoice.line", &values);
        }
    }

    /// Numbers an invoice and puts it into the books.
    fn post(&mut self, model: &Model, id: i64, today: Date) -> Result<(), Refusal> {
        if !self.get(model.name, id, "invoice_date").is_set() {
            self.set("account.invoice", id, "invoice_date", Data::Date(today));
        }
        let date = self.get(model.name, id, "invoice_date").as_date().unwrap_or(today);
        let name = self.rec_name(model.name, id);
        if date > today && self.series.warns_of_the_future() {
            self.warn(
                "invoice_date_future",
                id,
                format!("The invoices \"{name}\" have an invoice date in the future."),
            )?;
        }
        if self.series.warns_of_taxes() {
            self.warn_of_taxes(id, &name)?;
        }
        let years = FIRST_YEAR..=today.year() + 1;
        if !years.contains(&date.year()) {
            let company = if self.series == Series::V6_0 { "" } else { " and company \"The Company\"" };
            let day = american(date);
            return Err(Refusal::User(format!(
                "To continue, you must create a period for the date \"{day}\"{company}."
            )));
        }
        self.number(id, date, &name)?;
        if self.get(model.name, id, "payment_term").is_set() && date < today {
            let (name, day) = (self.rec_name(model.name, id), american(date));
            let text = format!("The invoice \"{name}\" generates a payment date \"{day}\" in the past.");
            self.warn("invoice_payment_term", id, text)?;
        }
        self.set_state(model, id, "posted");
        Ok(())
    }

    /// A number without gaps, in the order of dates.
    fn number(&mut self, id: i64, date: Date, name: &str) -> Result<(), Refusal> {
        let lines = self.children("account.invoice.line", "invoice", id);
        let takes_back = lines.iter().all(|line| self.line("account.invoice.line", *line).net <= Decimal::ZERO)
            && self.sums("account.invoice.line", &lines).total() < Decimal::ZERO;
        let (called, prefix) = if takes_back { ("Credit notes", "CN") } else { ("Invoices", "") };
        let sequence = format!("{called} {}", date.year());
        let of = Data::Text(sequence.clone());
        let is_later = |record: &super::store::Record| {
            record.get(SEQUENCE) == Some(&of) && record.get("invoice_date").and_then(Data::as_date) > Some(date)
        };
        if let Some((later, _)) = self.all("account.invoice").rfind(|(_, record)| is_later(record)) {
            let (later, day) = (self.rec_name("account.invoice", later), american(date));
            let what = if self.series == Series::V6_0 { "accounting" } else { "invoice" };
            let an = if what == "invoice" { "an invoice date" } else { "an accounting date" };
            return Err(Refusal::User(format!(
                "To number the invoice \"{name}\", you must set {an} after \"{day}\" because the sequence \"{sequence}\" has already \
                 been used for invoice \"{later}\"."
            )));
        }
        let number = self.next_number(&sequence);
        self.set("account.invoice", id, SEQUENCE, of);
        self.set("account.invoice", id, "number", Data::Text(format!("{prefix}{}-{number}", date.year())));
        Ok(())
    }

    /// Every product is sold at 13 % here.
    fn warn_of_taxes(&mut self, id: i64, name: &str) -> Result<(), Refusal> {
        let standard = Data::List(vec![Data::Int(FIRST)]);
        let other = |line: &i64| *self.get("account.invoice.line", *line, "taxes") != standard;
        let Some(line) = self.children("account.invoice.line", "invoice", id).into_iter().find(other) else {
            return Ok(());
        };
        let of = |field: &str| self.get("account.invoice.line", line, field);
        let product = self.text("product.product", of("product").as_int().unwrap_or_default(), "code");
        let quantity = of("quantity").number().unwrap_or_default().normalize();
        self.warn(
            "invoice_taxes",
            id,
            format!("The invoice \"{name}\" does not have the default taxes for {quantity} u [{product}] @ {name}."),
        )
    }

    /// A warning of an invoice, unless it was skipped; skipped once, it is asked again the next time.
    fn warn(&mut self, called: &str, invoice: i64, text: String) -> Result<(), Refusal> {
        let key = match self.series {
            Series::V6_0 => format!("{called}_{invoice}"),
            Series::V7_0 | Series::V8_0 => {
                let digest = Sha256::digest(format!("account.invoice,{invoice}"));
                format!("{}.{called}", digest.iter().take(16).map(|b| format!("{b:02x}")).collect::<String>())
            }
        };
        let name = Data::Text(key.clone());
        let is_skipped = |record: &super::store::Record| {
            record.get("name") == Some(&name) && record.get("user") == Some(&Data::Int(USER))
        };
        let skipped: Vec<i64> =
            self.all("res.user.warning").filter(|(_, record)| is_skipped(record)).map(|(id, _)| id).collect();
        if skipped.is_empty() {
            return Err(Refusal::Warning { key, text });
        }
        for id in skipped {
            if *self.get("res.user.warning", id, "always") != Data::Bool(true) {
                self.remove("res.user.warning", id);
            }
        }
        Ok(())
    }
}

/// The currency's rounding: halves to even.
pub(super) fn rounded(amount: Decimal) -> Decimal {
    let mut amount = amount.round_dp_with_strategy(DIGITS, RoundingStrategy::MidpointNearestEven);
    amount.rescale(DIGITS);
    amount
}

/// As the messages of a user who speaks American English have it.
fn american(date: Date) -> String {
    date.strftime("%m/%d/%Y").to_string()
}
