//! Tryton, series 6.0 to 8.2, over JSON-RPC.
//!
//! A document of ours is written as:
//!
//! - a **sales order** and a **debit note**: a sale, quoted, confirmed and processed, and the invoice that comes of it, dated and
//!   posted ([`Invoices`]);
//! - a **credit note**: a sale with negative quantities whose origin is the original sale, as the ERP's own return is, and the
//!   credit note that comes of it, which names the original's invoices. Amounts without pieces are a negative piece of a
//!   service ([`Settings::allowance_sku`]);
//! - a **customer**: a party with its code.
//!
//! Our number is the sale's and the invoice's `reference`; the ERP gives both numbers of their own. `reference` is not unique, so
//! a sale alone has the guarantee [`Guarantee::Probe`]. With the module `web_shop` and [`Settings::web_shop`] our number is its
//! `web_id` too, of which the database admits one a shop: [`Guarantee::Unique`]. A party's code is unique always.
//!
//! # What this stands on
//! The server's own source (`trytond/protocols`, the modules `sale`, `account_invoice`, `web_shop`), and real servers, of series 8.0, 7.0 and 6.0,
//! that `tests/tryton.rs` runs against. What it says there, and a caller would not expect:
//! 1. Errors of the application come with HTTP 200, as texts in the user's language: no refusal is told from another by
//!    its words. A refused create is looked up.
//! 2. A record is created as it is sent: nothing that the client would fill in (address, unit, taxes) comes by itself.
//! 3. Confirming commits first and processes then; a server that is stopped in between leaves a sale confirmed.
//! 4. Invoices are numbered in the order of their dates: one that is dated before the last is refused ([`InvoiceDates`]).
//! 5. Tax is rounded by document unless its accounting configuration says otherwise; shops print it by line.
//! 6. A warning is an error until it is skipped, by its name and records; it is passed over only where the config says so.
//! 7. Invoices are numbered without gaps, under a lock that is not waited for: two that are posted at the same moment get in each
//!    other's way, and one of them is a 503. Ours are posted one at a time.
//! 8. Posting an invoice renders its report before it answers: it is the slowest request by far.
//! 9. A database that cannot be reached is a 404, as is one that is not there.
//! 10. A step that a sale's or an invoice's state does not allow is refused since 8.0; before, it is answered as if it had been
//!     done, and nothing is. The state is read afterwards.
//! 11. In 6.0 a warning cannot be skipped by a method, and its key is another. A method that is not there is a 403.
//! 12. Since 8.0 an answer of more than 1400 bytes says that it is compressed, to who did not ask for it too, and is not.

mod account;
mod classify;
mod forms;
mod read;
mod settings;
mod steps;
mod transport;

pub use classify::{Answer, classify};
pub use settings::{
    ALLOWANCE_SKU, InvoiceDates, Invoices, LATE_MARGIN, PRICE_DIGITS, RATE_PER_MINUTE, REQUEST_TIMEOUT, Settings,
    Shipments,
};

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use rust_decimal::RoundingStrategy;
use tokio::sync::Mutex;

use super::body::Rendered;
use super::known::Known;
use super::priced::{Arithmetic, Ruling, TaxRounding, Taxed};
use super::{Checkup, Delivery, Erp, Guarantee, Needs, Pace, Verdict, bounds, in_currency};
use crate::document::{Document, DocumentKind, Minor};
use account::Account;
use forms::{Forms, KIND};
use transport::{REQUESTS_MAX, Transport};

/// The most characters of a number: the ERP has no limit of its own; a code that a person can read has one.
const NUMBER_MAX: usize = 80;

/// `currency.round` and `account.tax.compute`.
static ARITHMETIC: Arithmetic = Arithmetic {
    halves: RoundingStrategy::MidpointNearestEven,
    taxed: Taxed::Product,
    by_line: "set \"Tax Rounding\" in its accounting configuration to \"Per Line\"",
    finer: "give the unit of measure more digits",
};

/// One database.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    transport: Transport,
    forms: Forms,
    known: Known<Account>,
    /// Held by who posts: invoices are numbered one at a time, and the ERP refuses who would have to wait.
    posting: Mutex<()>,
}

impl Adapter {
    /// Prepares an adapter; sends nothing. Its requests leave as `pace` lets them.
    ///
    /// # Errors
    /// A sentence about the setting or the body that is wrong.
    pub fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        let minor = settings.minor()?;
        let transport = Transport::new(settings.clone(), pace)?;
        let forms = Forms::new(&settings)?;
        let adapter = Adapter { settings, minor, transport, forms, known: Known::default(), posting: Mutex::default() };
        super::body::check(&adapter.settings.currency, |document, date| adapter.render(document, date))?;
        Ok(adapter)
    }

    fn ruling(&self, rounding: TaxRounding) -> Ruling<'_> {
        let Settings { price_digits, allowance_sku, .. } = &self.settings;
        Ruling {
            minor: self.minor,
            arithmetic: &ARITHMETIC,
            rounding,
            price_digits: *price_digits,
            // A unit's own.
            quantity_digits: None,
            allowance_sku,
        }
    }

    async fn known_account(&self) -> Result<Arc<Account>, Verdict> {
        self.known.get(Account::read(&self.transport, &self.settings)).await
    }

    async fn try_deliver(&self, delivery: Delivery<'_>) -> Result<Verdict, Verdict> {
        let Delivery { document, posting_date, start, .. } = delivery;
        in_currency(document, &self.settings.currency)?;
        match (document, document.header()) {
            (Document::Customer(customer), _) => steps::customer(self, document, customer, posting_date, start).await,
            (_, Some(header)) => steps::sale(self, &steps::form(document, header, posting_date), start).await,
            (_, None) => unreachable!("all but customers have a header"),
        }
    }

    async fn try_check(&self, needs: &Needs) -> Result<Checkup, Verdict> {
        let account = self.known_account().await?;
        let Settings { url, database, allowance_sku, web_shop, taxes, .. } = &self.settings;
        let mut checkup = Checkup::new(format!("logged in at {url}, database {database}"));
        checkup.guaranteed(|kind| (self.guarantee(kind), self.guaranteed_by(kind)));
        if let Some(name) = web_shop {
            checkup.good(format!("web shop {name} is there"));
        }
        match account::products(&self.transport, account.company, &[allowance_sku.as_str()]).await?.is_empty() {
            false => checkup.good(format!("service {allowance_sku} is there")),
            true => checkup.wrong(
                format!("erp.allowance_sku: the ERP has no salable product with the code {allowance_sku}"),
                "add a service with it",
            ),
        }
        for rate in taxes.keys().chain(&needs.rates).collect::<BTreeSet<_>>() {
            let found = account.tax(*rate, &self.settings);
            let said = |id: Option<i64>| id.map_or_else(|| "none is needed".to_owned(), |id| format!("id {id}"));
            checkup.found(format!("tax of {rate} % on sales"), found.map(said));
        }
        for unit in &needs.units {
            let found = account.unit_ids(&self.transport, &[unit]).await;
            checkup.found(
                format!("unit of measure \"{unit}\""),
                found.map(|_| "is there".into()).map_err(Verdict::sentence),
            );
        }
        match account.rounding {
            TaxRounding::Line => checkup.good("tax is rounded by line"),
            TaxRounding::Document => checkup.wrong(
                "tax is rounded by document, so that orders of several lines will be refused now and then",
                "set \"Tax Rounding\" to \"Per Line\" in the accounting configuration",
            ),
        }
        Ok(checkup)
    }

    /// What a document's guarantee rests on.
    fn guaranteed_by(&self, kind: DocumentKind) -> String {
        match (kind, &self.settings.web_shop) {
            (DocumentKind::Customer, _) => "party codes are unique".into(),
            (_, Some(_)) => "a sale's web shop and id are unique together".into(),
            (_, None) => {
                "a sale's reference is looked up before anything is sent, and is not unique: with erp.web_shop it would be".into()
            }
        }
    }
}

#[async_trait]
impl Erp for Adapter {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantee(&self, kind: DocumentKind) -> Guarantee {
        match kind {
            DocumentKind::Customer => Guarantee::Unique,
            DocumentKind::SalesOrder | DocumentKind::CreditNote | DocumentKind::DebitNote => {
                if self.settings.web_shop.is_some() { Guarantee::Unique } else { Guarantee::Probe }
            }
        }
    }

    fn late_max(&self) -> Duration {
        self.settings.late_max
    }

    fn request_max(&self) -> Duration {
        self.settings.request_timeout
    }

    fn requests_max(&self) -> u32 {
        REQUESTS_MAX
    }

    fn account(&self) -> String {
        let Settings { url, database, web_shop, .. } = &self.settings;
        let shop = web_shop.as_ref().map(|name| format!(" web shop {name}")).unwrap_or_default();
        format!("{KIND} {} database {database}{shop}", url.trim_end_matches('/'))
    }

    fn number_max(&self, _: DocumentKind) -> usize {
        NUMBER_MAX
    }

    async fn has_item(&self, number: &str) -> Option<bool> {
        let account = self.known_account().await.ok()?;
        let found = account::products(&self.transport, account.company, &[number]).await.ok()?;
        Some(!found.is_empty())
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        bounds::deliver(delivery, self.try_deliver(delivery)).await
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        self.forms.render(document, posting_date, &self.settings, self.ruling(TaxRounding::Line))
    }

    async fn check(&self, needs: &Needs) -> Result<Checkup, String> {
        self.try_check(needs).await.map_err(Verdict::sentence)
    }
}
