//! Any ERP with a REST API: what is asked, sent and understood stands in the config alone.
//!
//! The config says for each document (`[erp.customer]`, `[erp.order]`, `[erp.return]`, `[erp.allowance]`, `[erp.debit]`) how it is
//! created, looked up, read and confirmed, and where the ERP's own reference, amounts and rows stand; and for all of them who we
//! are (`[erp.auth]`), what answers mean (`[erp.answers]`) and how prices are written (`[erp.prices]`). Addresses and headers are
//! templates in the language of [`body`](super::body), values in addresses percent-encoded; every request goes to `erp.url`'s host
//! (a token's alone may come from another). All templates are tried with samples when the adapter is made.
//!
//! # How sure it makes us
//! A record whose create has an idempotency header that the ERP honours, or whose duplicates the ERP refuses (and which can be
//! looked up, to compare it), is [`Guarantee::Unique`]; one that can be looked up is [`Guarantee::Probe`]; any other is
//! [`Guarantee::None`]: a create whose outcome is not known is not repeated, and its document waits for a person. A document has
//! the weakest of its records.
//!
//! # What this stands on
//! HTTP (RFC 9110), JSON pointers (RFC 6901), OAuth 2.0 client credentials (RFC 6749). What the config says of the ERP is believed:
//! 1. A status that it calls throttled, unauthorised or rejected has changed nothing.
//! 2. An idempotency key is honoured for as long as a document may be repeated (`relay.deadline`, and a person's `outbox retry`).
//! 3. A probe sees what was stored before it was asked.
//! 4. Only the amounts that `fields` names are compared.
//!
//! `schema/erp/rest/examples/erpnext.toml` is a whole config, for ERPNext; the sandbox of this kind speaks as that does.

mod classify;
mod entries;
mod forms;
mod read;
mod recipe;
mod settings;
mod steps;
#[cfg(test)]
mod tests;
mod transport;

pub use classify::{Answer, classify};
pub use settings::{
    ALLOWANCE_SKU, Answers, Auth, Call, Condition, Confirm, Fields, Header, LATE_MARGIN, NUMBER_MAX, OAuth2, Operation,
    Prices, RATE_PER_MINUTE, REQUEST_TIMEOUT, Record, Settings, Sold, TaxBy,
};

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use serde_json::Value;

use super::body::{Bodies, Context, Rendered, placeholder};
use super::{Checkup, Delivery, Erp, Guarantee, Needs, Pace, Verdict, bounds, http, in_currency};
use crate::document::{Document, DocumentKind, Minor};
use entries::Ruling;
use recipe::Recipes;
use transport::{Request, Transport};

const KIND: &str = "rest";
/// A token at the start, and a refused token's successor with the request repeated.
const TOKEN_REQUESTS_MAX: u32 = 3;

/// One ERP.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    recipes: Recipes,
    bodies: Bodies,
    transport: Transport,
    requests_max: u32,
    /// The items met so far, as the ERP described them.
    items: Mutex<BTreeMap<String, Value>>,
}

impl Adapter {
    /// Prepares an adapter; sends nothing. Its requests leave as `pace` lets them.
    ///
    /// # Errors
    /// A sentence about the setting, the template or the body that is wrong.
    pub fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        settings.check()?;
        let minor = settings.minor()?;
        let recipes = Recipes::new(&settings)?;
        let requests_max = requests_max(&recipes);
        let transport = Transport::new(&settings, requests_max, pace)?;
        let bodies = Bodies::with(KIND, forms::FILES, &recipes.written, settings.bodies.as_deref())?;
        let items = Mutex::default();
        let adapter = Adapter { settings, minor, recipes, bodies, transport, requests_max, items };
        super::body::check(&adapter.settings.currency, |document, date| adapter.try_out(document, date))?;
        Ok(adapter)
    }

    fn ruling(&self) -> Ruling<'_> {
        Ruling { minor: self.minor, prices: &self.settings.prices }
    }

    fn records(&self, operation: Operation) -> &[recipe::Record] {
        self.recipes.operations.get(&operation).map_or(&[], Vec::as_slice)
    }

    fn operations(kind: DocumentKind) -> &'static [Operation] {
        match kind {
            DocumentKind::Customer => &[Operation::Customer],
            DocumentKind::SalesOrder => &[Operation::Order],
            DocumentKind::CreditNote => &[Operation::Return, Operation::Allowance],
            DocumentKind::DebitNote => &[Operation::Debit],
        }
    }

    /// A request over a context.
    fn request(&self, call: &recipe::Call, context: &Context) -> Result<Request, String> {
        Ok(Request {
            effect: call.effect,
            method: call.method.clone(),
            url: call.url(self.transport.base(), context)?,
            headers: call.headers(context)?,
            body: call.body.as_ref().map(|body| self.bodies.render(body, context)).transpose()?,
        })
    }

    async fn send(&self, call: &recipe::Call, context: &Context) -> Result<Answer, String> {
        Ok(self.transport.send(&self.request(call, context)?).await)
    }

    /// The requests that bring a document in, and those beside them, so that no template is tried for the first time when a
    /// document is on its way.
    fn try_out(&self, document: &Document, date: Date) -> Result<Vec<Rendered>, String> {
        let mut rendered = Vec::new();
        for part in forms::parts(&self.settings, document, date) {
            let records = self.records(part.operation);
            let mut known = part.unknown(&self.settings, self.ruling(), records)?;
            for record in records {
                let context = part.context(&self.settings, self.ruling(), record, &known)?;
                let reference = placeholder(&format!("reference of the {}", record.name));
                let there = forms::there(&context, reference, super::body::unknown(&format!("the {}", record.name)));
                self.try_looks(&part, record, &known, (&context, &there))?;
                rendered.push(self.rendered(&record.create, &context)?);
                for (step, _) in &record.confirm {
                    rendered.push(self.rendered(step, &there)?);
                }
                if let Some(update) = &record.update {
                    self.rendered(update, &there)?;
                }
                known.with_unknown(record);
            }
        }
        let item = Context::empty().with("sku", "SAMPLE").with("values", forms::values(&self.settings));
        if let Some(call) = &self.recipes.item {
            self.request(call, &item)?;
        }
        if let Some(call) = &self.recipes.check {
            self.request(call, &Context::empty().with("values", forms::values(&self.settings)))?;
        }
        Ok(rendered)
    }

    fn try_looks(
        &self,
        part: &forms::Part<'_>,
        record: &recipe::Record,
        known: &forms::Known,
        (context, there): (&Context, &Context),
    ) -> Result<(), String> {
        let plain = part.plain(&self.settings);
        let mut found = serde_json::Map::new();
        for (name, call) in &record.find {
            self.request(call, &plain.clone().with("found", found.clone()))?;
            found.insert(name.clone(), super::body::unknown(name));
        }
        for (call, context) in [(&record.probe, context), (&record.read, there)] {
            if let Some(call) = call {
                self.request(call, context)?;
            }
        }
        if let Some(sold) = &record.sold {
            let context = plain.with("document", "SAMPLE-1");
            self.request(&sold.probe, &context)?;
            if let Some(read) = &sold.read {
                self.request(read, &forms::there(&context, "SAMPLE", super::body::unknown("what sold it")))?;
            }
        }
        record.same.iter().try_for_each(|(_, text)| text.render(context, str::to_owned).map(drop))?;
        let (lines, entries) = (part.lines(known), part.entries(self.ruling(), known));
        for (same, name, rows) in [(&record.same_lines, "line", lines), (&record.same_entries, "entry", entries)] {
            for row in rows {
                let context = context.clone().with(name, row);
                same.iter().try_for_each(|(_, text)| text.render(&context, str::to_owned).map(drop))?;
            }
        }
        Ok(())
    }

    fn rendered(&self, call: &recipe::Call, context: &Context) -> Result<Rendered, String> {
        let request = self.request(call, context)?;
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Rendered {
            method: call.method_name(),
            path: format!("{}{query}", request.url.path()),
            body: request.body.unwrap_or_default(),
        })
    }

    /// The records of a kind of document.
    fn records_of(&self, kind: DocumentKind) -> impl Iterator<Item = &recipe::Record> {
        Adapter::operations(kind).iter().flat_map(|operation| self.records(*operation))
    }
}

/// The most requests that one document takes.
fn requests_max(recipes: &Recipes) -> u32 {
    let of = |operation: &Operation| -> usize {
        let records = recipes.operations.get(operation).map_or(&[][..], Vec::as_slice);
        records
            .iter()
            .map(|record| {
                let look = usize::from(record.probe.is_some()) + usize::from(record.read.is_some());
                let sold = record.sold.as_ref().map_or(0, |sold| 1 + usize::from(sold.read.is_some()));
                let tries = if record.guarantee == Guarantee::None { steps::TRIES_MAX as usize } else { 1 };
                let confirm = record.confirm.len() * (1 + look);
                let update = usize::from(record.update.is_some());
                record.find.len() + sold * steps::SOLD_BY_MAX + 2 * look + tries + confirm + update
            })
            .sum()
    };
    let credit = of(&Operation::Return) + of(&Operation::Allowance);
    let most = [Operation::Customer, Operation::Order, Operation::Debit].iter().map(of).max().unwrap_or_default();
    let items = if recipes.item.is_some() { 2 * steps::ITEMS_MAX } else { 0 };
    u32::try_from(most.max(credit) + items).unwrap_or(u32::MAX).saturating_add(TOKEN_REQUESTS_MAX)
}

/// What a reason must not show: who buys, and where they live.
fn private(document: &Document) -> Vec<&str> {
    let some = |text: &Option<String>| text.is_some();
    let texts: Vec<&str> = match document {
        Document::Customer(customer) => {
            let more = [&customer.email, &customer.phone, &customer.address, &customer.tax_id];
            let more = more.into_iter().filter(|text| some(text)).flatten().map(String::as_str);
            std::iter::once(customer.name.as_str()).chain(more).collect()
        }
        Document::SalesOrder(order) => order.ship_to.iter().chain(&order.header.buyer).map(String::as_str).collect(),
        Document::CreditNote(_) | Document::DebitNote(_) => {
            document.header().and_then(|header| header.buyer.as_deref()).into_iter().collect()
        }
    };
    texts.into_iter().filter(|text| text.chars().count() > 1).collect()
}

/// The verdict with its sentence passed through `clean`.
fn worded(verdict: Verdict, clean: impl FnOnce(String) -> String) -> Verdict {
    match verdict {
        Verdict::Delivered { .. } => verdict,
        Verdict::NotDone { reason, retry_after } => Verdict::NotDone { reason: clean(reason), retry_after },
        Verdict::Unknown { reason } => Verdict::Unknown { reason: clean(reason) },
        Verdict::Rejected { reason, absent } => Verdict::Rejected { reason: clean(reason), absent },
        Verdict::Lacking { item, reason, absent } => Verdict::Lacking { item, reason: clean(reason), absent },
        Verdict::Conflict { reason } => Verdict::Conflict { reason: clean(reason) },
        Verdict::Unauthorised { reason } => Verdict::Unauthorised { reason: clean(reason) },
        Verdict::Garbled { reason } => Verdict::Garbled { reason: clean(reason) },
    }
}

#[async_trait]
impl Erp for Adapter {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantee(&self, kind: DocumentKind) -> Guarantee {
        self.records_of(kind).map(|record| record.guarantee).min().unwrap_or(Guarantee::None)
    }

    fn late_max(&self) -> Duration {
        self.settings.late_max
    }

    fn request_max(&self) -> Duration {
        self.settings.request_timeout
    }

    fn requests_max(&self) -> u32 {
        self.requests_max
    }

    fn account(&self) -> String {
        let url = self.settings.url.trim_end_matches('/');
        match &self.settings.account {
            Some(account) => format!("{KIND} {url} account {account}"),
            None => format!("{KIND} {url}"),
        }
    }

    fn number_max(&self, _: DocumentKind) -> usize {
        self.settings.number_max
    }

    async fn has_item(&self, number: &str) -> Option<bool> {
        let call = self.recipes.item.as_ref()?;
        steps::look_up_item(self, call, number).await.ok().map(|item| item.is_some())
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        let verdict = bounds::deliver(delivery, steps::deliver(self, delivery)).await;
        worded(verdict, |text| http::redacted(text, &private(delivery.document)))
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        in_currency(document, &self.settings.currency).map_err(Verdict::sentence)?;
        self.try_out(document, posting_date)
    }

    async fn check(&self, _: &Needs) -> Result<Checkup, String> {
        let url = &self.settings.url;
        let mut checkup = Checkup::new(match &self.recipes.check {
            Some(call) => {
                let values = Context::empty().with("values", forms::values(&self.settings));
                match self.send(call, &values).await? {
                    Answer::Done(_) => format!("{url} answers"),
                    Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => {
                        return Err(format!("{}: {text}", call.place));
                    }
                    Answer::Failure(failure) => return Err(failure.verdict(&call.place).sentence()),
                }
            }
            None => format!("{url}, which is not asked: the config has no [erp.check]"),
        });
        checkup.guaranteed(|kind| match self.records_of(kind).min_by_key(|record| record.guarantee) {
            Some(record) => (record.guarantee, record.why.clone()),
            None => (Guarantee::None, "the config does not say how it is brought in".into()),
        });
        match self.settings.totals {
            true => checkup.good("the ERP's own totals are compared before a document counts as delivered"),
            false => checkup.good(
                "erp.totals = \"none\": the ERP's own totals are not compared, so a document counts as delivered whatever the ERP has \
                 made of it",
            ),
        }
        if let Some(call) = &self.recipes.item {
            let sku = &self.settings.prices.allowance_sku;
            match steps::look_up_item(self, call, sku).await.map_err(Verdict::sentence)? {
                Some(_) => checkup.good(format!("item {sku} is there")),
                None => checkup.wrong(
                    format!("item {sku}"),
                    "the ERP has none: add a service with this number, or say another in erp.prices.allowance_sku",
                ),
            }
        }
        Ok(checkup)
    }
}
