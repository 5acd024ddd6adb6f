//! Moves: invoices and credit notes, drafts until they are posted, and then not to be changed.
//!
//! The journal items of receivables and of taxes are not kept: a move has the lines that it shows. Two rules are this sandbox's own,
//! for a real server leaves them to people: a credit note names what it credits, and no more is credited than was invoiced.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::base::Base;
use super::booked::Remark;
use super::raised::Raised;
use super::records::{Cell, Record};

/// The shop's order that a move is for, as its narration says; no field of the ERP's.
pub(super) const SHOP_ORDER: &str = "ledger order";

/// What may be written on a posted move.
const FREE: [&str; 4] = ["ref", "narration", "invoice_origin", "invoice_date_due"];

impl Base {
    pub(super) fn move_defaults(&mut self, cells: &mut BTreeMap<&'static str, Cell>) {
        let today = self.moment()[..10].to_owned();
        cells.insert("state", Cell::Text("draft".into()));
        let unnamed = if self.schema.series >= 19 { Cell::Empty } else { Cell::Text("/".into()) };
        cells.entry("name").or_insert(unnamed);
        cells.entry("date").or_insert(Cell::Text(today));
        cells.entry("move_type").or_insert(Cell::Text("entry".into()));
        cells.insert("company_id", Cell::One(super::COMPANY_ID));
        cells.entry("currency_id").or_insert(Cell::One(super::CURRENCY_ID));
        let is_sale = matches!(cells.get("move_type"), Some(Cell::Text(kind)) if kind.starts_with("out_"));
        // Until 15 an import does not look at the type.
        let journal = if is_sale && self.schema.series >= 16 { super::JOURNAL_ID } else { super::MISC_JOURNAL_ID };
        cells.entry("journal_id").or_insert(Cell::One(journal));
    }

    fn move_of(&self, line: &Record) -> &Record {
        let of = line.one("move_id").and_then(|id| self.records.get("account.move", id));
        of.expect("a line's move is there as long as the line is")
    }

    pub(super) fn may_change_lines(&self, line: &Record) -> Result<(), Raised> {
        match self.move_of(line).text("state") {
            "posted" => Err(Raised::user("You cannot delete or change an item linked to a posted entry.")),
            _ => Ok(()),
        }
    }

    pub(super) fn may_write_move(
        of: &Record,
        changes: &[(&'static str, Cell)],
        names_lines: bool,
    ) -> Result<(), Raised> {
        if of.text("state") != "posted" {
            return Ok(());
        }
        let fixed = changes.iter().find(|(name, _)| !FREE.contains(name));
        match (fixed, names_lines) {
            (None, false) => Ok(()),
            _ => Err(Raised::user(
                "You cannot do this modification on a posted journal entry, you can just change some non legal fields. You must \
                 reset it to draft.",
            )),
        }
    }

    pub(super) fn after_move_line(&mut self, id: i64) -> Result<(), Raised> {
        let line = self.records.get("account.move.line", id).ok_or_else(|| Raised::missing("account.move.line", id))?;
        self.may_change_lines(line)
    }

    pub(super) fn after_move(&mut self, id: i64) -> Result<(), Raised> {
        let of = self.records.get("account.move", id).ok_or_else(|| Raised::missing("account.move", id))?;
        let kind = of.text("move_type");
        let journal = of.one("journal_id").and_then(|id| self.records.get("account.journal", id));
        let journal = journal.map_or("", |journal| journal.text("type"));
        let wanted = match kind {
            "out_invoice" | "out_refund" | "out_receipt" => "sale",
            "in_invoice" | "in_refund" | "in_receipt" => "purchase",
            _ => journal,
        };
        if journal != wanted {
            let text = format!("Cannot create an invoice of type {kind} with a journal having {journal} as type.");
            return Err(Raised::validation(text));
        }
        let order = Remark::read(of.text("narration")).order.map(str::to_owned);
        if kind == "out_refund" {
            self.names_what_it_credits(of, order.as_deref())?;
        }
        self.records.set("account.move", id, [(SHOP_ORDER, order.map_or(Cell::Empty, Cell::Text))]);
        Ok(())
    }

    fn names_what_it_credits(&self, note: &Record, order: Option<&str>) -> Result<(), Raised> {
        let reversed = note.one("reversed_entry_id").and_then(|id| self.records.get("account.move", id));
        if let Some(reversed) = reversed {
            return match (reversed.text("move_type"), reversed.one("partner_id") == note.one("partner_id")) {
                ("out_invoice", true) => Ok(()),
                _ => Err(Raised::validation("A credit note reverses an invoice of the same customer.")),
            };
        }
        let origin = note.text("invoice_origin");
        let is_there = !origin.is_empty() && self.records.all("sale.order").any(|(_, o)| o.text("name") == origin);
        match is_there || order.is_some_and(|order| self.by_hand.contains_key(order)) {
            true => Ok(()),
            false => {
                Err(Raised::validation("A credit note must say which invoice it reverses, or of which order it is."))
            }
        }
    }

    /// `action_post`.
    pub(super) fn post(&mut self, id: i64) -> Result<(), Raised> {
        let of = self.records.get("account.move", id).ok_or_else(|| Raised::missing("account.move", id))?;
        if of.text("state") != "draft" {
            return Err(Raised::user(format!("The entry {} (id {id}) must be in draft.", of.text("name"))));
        }
        let lines = self.children("account.move", id, "invoice_line_ids");
        if lines.is_empty() {
            return Err(Raised::user("You need to add a line before posting."));
        }
        let kind = of.text("move_type").to_owned();
        if kind != "entry" && of.one("partner_id").is_none() {
            return Err(Raised::user(
                "The field 'Customer' is required, please complete it to validate the Customer Invoice.",
            ));
        }
        if of.number("amount_total").is_sign_negative() && !of.number("amount_total").is_zero() {
            return Err(Raised::user(
                "You cannot validate an invoice with a negative total amount. You should create a credit note instead.",
            ));
        }
        if kind == "out_refund" {
            self.is_covered(of, &lines)?;
        }
        let today = self.moment()[..10].to_owned();
        let date = match of.text("invoice_date") {
            "" => today,
            date => date.to_owned(),
        };
        let (name, of_date) = (of.text("name").to_owned(), of.text("date").to_owned());
        let name = if matches!(name.as_str(), "" | "/") { self.next_name(&kind, &of_date) } else { name };
        let values = [("state", "posted".to_owned()), ("invoice_date", date), ("name", name)];
        self.records.set("account.move", id, values.map(|(field, text)| (field, Cell::Text(text))));
        Ok(())
    }

    /// Until 14 by month, later by year.
    fn next_name(&mut self, kind: &str, date: &str) -> String {
        let prefix = if kind == "out_refund" { "RINV" } else { "INV" };
        let (start, width) = match self.schema.series {
            ..=14 => (format!("{prefix}/{}/{}/", &date[..4], &date[5..7]), 4),
            _ => (format!("{prefix}/{}/", &date[..4]), 5),
        };
        let last = self.last_names.entry(start.clone()).or_default();
        *last += 1;
        format!("{start}{last:0width$}")
    }

    /// No more comes back than was sold, in pieces and in amount.
    fn is_covered(&self, note: &Record, lines: &[i64]) -> Result<(), Raised> {
        let order = note.text(SHOP_ORDER);
        let by_hand = self.by_hand.get(order).copied();
        let mut wanted = BTreeMap::<(i64, i64), Decimal>::new();
        for line in lines.iter().filter_map(|id| self.records.get("account.move.line", *id)) {
            let product = line.one("product_id").unwrap_or_default();
            let is_service = self.records.get("product.product", product).is_some_and(|p| p.text("type") == "service");
            let sold = line.many("sale_line_ids").iter().filter_map(|id| self.records.get("sale.order.line", *id));
            let orders: BTreeSet<i64> = sold.filter_map(|sold| sold.one("order_id")).collect();
            if orders.is_empty() && !is_service && by_hand.is_none() {
                let text = format!("{}: a line that takes goods back says which line sold them.", line.text("name"));
                return Err(Raised::user(text));
            }
            for order in orders {
                *wanted.entry((order, product)).or_default() += line.number("quantity");
            }
        }
        for ((order, product), quantity) in wanted {
            let (sold, returned) = self.sold_and_returned(order, product);
            if returned + quantity > sold {
                let name = self.name_of("product.product", product);
                let left = (sold - returned).normalize();
                return Err(Raised::user(format!(
                    "{name}: {} is more than the {left} that can be taken back.",
                    quantity.normalize()
                )));
            }
        }
        let (sold, credited) = self.invoiced_and_credited(order);
        let sold = sold + by_hand.unwrap_or_default();
        let total = note.number("amount_total");
        if credited + total > sold {
            let text = format!("{total} on top of {credited} is more than the {sold} that was invoiced for {order}.");
            return Err(Raised::user(text));
        }
        Ok(())
    }

    /// Totals of what is posted for an order of the shop.
    fn invoiced_and_credited(&self, order: &str) -> (Decimal, Decimal) {
        let (mut sold, mut credited) = (Decimal::ZERO, Decimal::ZERO);
        let found = self.records.found("account.move", SHOP_ORDER, order).expect("it is indexed");
        for of in found.into_iter().filter_map(|id| self.records.get("account.move", id)) {
            match (of.text("state"), of.text("move_type")) {
                ("posted", "out_invoice") => sold += of.number("amount_total"),
                ("posted", "out_refund") => credited += of.number("amount_total"),
                _ => {}
            }
        }
        (sold, credited)
    }

    /// `button_draft` and `button_cancel`.
    pub(super) fn set_move(&mut self, id: i64, from: &[&str], to: &str) -> Result<(), Raised> {
        let of = self.records.get("account.move", id).ok_or_else(|| Raised::missing("account.move", id))?;
        match from.contains(&of.text("state")) {
            true => {
                self.records.set("account.move", id, [("state", Cell::Text(to.to_owned()))]);
                Ok(())
            }
            false if to == "draft" => Err(Raised::user("Only posted/cancelled journal entries can be reset to draft.")),
            false => Err(Raised::user("Only draft journal entries can be cancelled.")),
        }
    }
}
