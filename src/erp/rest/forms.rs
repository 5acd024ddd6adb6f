//! What templates and bodies can name: the document, and what was found, sold and made on the way.
//!
//! Beside the document's own names there are `key` (of the record), `values` (the config's own texts), `taxes` (what the lines come
//! to by rate: `rate`, `net`, `tax`, `total`), `found` (what `find` looked up), `records` (those of the same document before this
//! one), `sold` (for each document that sold what comes back: `document`, `reference`, `record`), and `entries`: `no` of the line,
//! `pieces` (whether it has any), `sku`, `name`, `unit`, `quantity`, `price`, `amount`, `rate`, `tax` (where the ERP works it
//! out), `line`, `item` (what the ERP says of it), `sold` (the row that sold it) and `rows` (its row in each record before, by the
//! record's name). A line has `item` and `sold`, too. Where the record is there already, `reference` and `record` are.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::entries::{self, Entry, Ruling};
use super::recipe::Record;
use super::settings::{Operation, Settings, TaxBy};
use crate::document::{Amounts, CreditNote, Document, Line};
use crate::erp::body::{BodyFile, Context, exact, line_fields, unknown};

/// What ships.
pub(super) const FILES: &[BodyFile] = &[
    BodyFile { name: "customer", text: include_str!("../../../schema/erp/rest/customer.json") },
    BodyFile { name: "order", text: include_str!("../../../schema/erp/rest/order.json") },
    BodyFile { name: "return", text: include_str!("../../../schema/erp/rest/return.json") },
    BodyFile { name: "allowance", text: include_str!("../../../schema/erp/rest/allowance.json") },
    BodyFile { name: "debit", text: include_str!("../../../schema/erp/rest/debit.json") },
];

/// What of a document one table of the config brings in: all of it, or half of a credit note.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    pub operation: Operation,
    pub document: &'a Document,
    pub date: Date,
    pub lines: Vec<Line>,
    pub amounts: Amounts,
}

/// The parts of a document, in the order in which they are brought in.
pub(super) fn parts<'a>(settings: &Settings, document: &'a Document, date: Date) -> Vec<Part<'a>> {
    let part = |operation, lines: Vec<Line>| {
        let amounts = lines.iter().map(|line| line.amounts).sum();
        Part { operation, document, date, lines, amounts }
    };
    let all = |operation| {
        let lines = document.header().map(|header| header.lines.clone()).unwrap_or_default();
        vec![part(operation, lines)]
    };
    match document {
        Document::Customer(_) => all(Operation::Customer),
        Document::SalesOrder(_) => all(Operation::Order),
        Document::DebitNote(_) => all(Operation::Debit),
        Document::CreditNote(_) if !settings.operations.contains_key(&Operation::Allowance) => all(Operation::Return),
        Document::CreditNote(CreditNote { header, .. }) => {
            let (values, pieces) = header.lines.iter().cloned().partition(|line| line.quantity.is_zero());
            let halves = [part(Operation::Return, pieces), part(Operation::Allowance, values)];
            halves.into_iter().filter(|half| !half.lines.is_empty()).collect()
        }
    }
}

/// What was learnt on the way.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub found: Map<String, Value>,
    pub items: Map<String, Value>,
    pub sold: Vec<SoldBy>,
    pub records: Vec<Made>,
    pub entries: Vec<Entry>,
}

/// A record that sold something.
#[derive(Debug, Clone)]
pub(super) struct SoldBy {
    pub document: String,
    pub reference: Value,
    pub record: Value,
    /// By our line's number.
    pub rows: Map<String, Value>,
}

/// A record of the same document.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub name: String,
    pub record: Value,
    /// A row for each entry, where the config says where they stand.
    pub rows: Vec<Value>,
}

impl Part<'_> {
    /// What templates see for a record.
    ///
    /// # Errors
    /// What is wrong with the record's key.
    pub(super) fn context(
        &self,
        settings: &Settings,
        ruling: Ruling<'_>,
        record: &Record,
        known: &Known,
    ) -> Result<Context, String> {
        let context = self.plain(settings).with("found", known.found.clone());
        let key = record.key.render(&context, str::to_owned)?;
        let records = known.records.iter().map(|made| (made.name.clone(), made.record.clone()));
        let sold = known.sold.iter();
        let sold = sold.map(|s| json!({"document": s.document, "reference": s.reference, "record": s.record}));
        Ok(context
            .with("key", key)
            .with("records", records.collect::<Map<_, _>>())
            .with("sold", sold.collect::<Value>())
            .with("lines", self.lines(known))
            .with("entries", self.entries(ruling, known)))
    }

    /// The lines as templates see them.
    pub(super) fn lines(&self, known: &Known) -> Vec<Value> {
        let lines = self.lines.iter().map(|line| {
            let mut fields = line_fields(line);
            fields["item"] = known.items.get(&*line.sku).cloned().unwrap_or_default();
            fields["sold"] = known.row_that_sold(line).unwrap_or_default();
            fields
        });
        lines.collect()
    }

    /// The entries as templates see them.
    pub(super) fn entries(&self, ruling: Ruling<'_>, known: &Known) -> Vec<Value> {
        let entries = known.entries.iter().enumerate().map(|(i, entry)| {
            let line = self.lines.iter().find(|line| line.no == entry.line);
            let sold = line.filter(|_| entry.pieces).and_then(|line| known.row_that_sold(line));
            let row = |made: &Made| (made.name.clone(), made.rows.get(i).cloned().unwrap_or_default());
            json!({
                "no": entry.line,
                "pieces": entry.pieces,
                "sku": entry.sku,
                "name": entry.name,
                "unit": entry.unit,
                "quantity": exact(entry.quantity),
                "price": exact(entry.price),
                "amount": exact(entry.amount),
                "rate": exact(entry.rate),
                "tax": (ruling.prices.tax == TaxBy::Entry).then(|| exact(ruling.tax(entry))),
                "line": line.map(line_fields),
                "item": known.items.get(&entry.sku),
                "sold": sold,
                "rows": known.records.iter().map(row).collect::<Map<_, _>>(),
            })
        });
        entries.collect()
    }

    /// What is known of it before anything was asked.
    pub(super) fn plain(&self, settings: &Settings) -> Context {
        let amounts = |a: &Amounts| json!({"net": exact(a.net), "tax": exact(a.tax), "total": exact(a.total)});
        let taxes = entries::taxes(&self.lines).into_iter().map(|(rate, sum)| {
            let mut fields = amounts(&sum);
            fields["rate"] = exact(rate);
            fields
        });
        let context = Context::of(self.document, self.date).with("values", values(settings));
        match self.document {
            Document::Customer(_) => context,
            _ => context.with("amounts", amounts(&self.amounts)).with("taxes", taxes.collect::<Value>()),
        }
    }

    /// What stands for all that only the ERP can say.
    pub(super) fn unknown(&self, settings: &Settings, ruling: Ruling<'_>, records: &[Record]) -> Result<Known, String> {
        let mut known = Known::default();
        for record in records {
            for (name, _) in &record.find {
                known.found.insert(name.clone(), unknown(name));
            }
            if record.sold.is_some() {
                let mut documents: Vec<&str> = self.documents_that_sold();
                documents.retain(|document| !known.sold.iter().any(|sold| sold.document == *document));
                known.sold.extend(documents.into_iter().map(|document| self.unknown_sale(document)));
            }
        }
        if !self.lines.is_empty() {
            known.entries = entries::entries(&self.lines, ruling, |_| None)?;
        }
        if settings.item.is_some() {
            let skus = known.entries.iter().map(|entry| &entry.sku);
            known.items = skus.map(|sku| (sku.clone(), unknown(&format!("the item {sku}")))).collect();
        }
        Ok(known)
    }

    fn unknown_sale(&self, document: &str) -> SoldBy {
        let lines = self.lines.iter().filter_map(|line| line.sold_by.as_ref()).filter(|by| &*by.document == document);
        SoldBy {
            document: document.to_owned(),
            reference: unknown(&format!("reference of what sold {document}")),
            record: unknown(&format!("what sold {document}")),
            rows: lines.map(|by| (by.line.to_string(), unknown(&format!("row {} of {document}", by.line)))).collect(),
        }
    }

    /// The numbers of the documents whose goods come back or cost less.
    pub(super) fn documents_that_sold(&self) -> Vec<&str> {
        let sold_by = self.lines.iter().filter_map(|line| line.sold_by.as_ref());
        let mut documents: Vec<&str> = sold_by.map(|by| &*by.document).collect();
        documents.sort_unstable();
        documents.dedup();
        documents
    }
}

impl Known {
    /// The row of the ERP that sold a line's pieces.
    pub(super) fn row_that_sold(&self, line: &Line) -> Option<Value> {
        let by = line.sold_by.as_ref()?;
        let sale = self.sold.iter().find(|sale| sale.document == *by.document)?;
        sale.rows.get(&by.line.to_string()).cloned()
    }

    /// Adds a record that only the ERP knows.
    pub(super) fn with_unknown(&mut self, record: &Record) {
        let whole = format!("the {}", record.name);
        let count = if record.fields.entries.is_some() { self.entries.len() } else { 0 };
        let rows = (1..=count).map(|n| unknown(&format!("row {n} of {whole}"))).collect();
        self.records.push(Made { name: record.name.clone(), record: unknown(&whole), rows });
    }
}

/// The config's own texts.
pub(super) fn values(settings: &Settings) -> Value {
    settings.values.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect::<Map<_, _>>().into()
}

/// A call of a record that is there.
pub(super) fn there(context: &Context, reference: impl Into<Value>, record: Value) -> Context {
    context.clone().with("reference", reference.into()).with("record", record)
}
