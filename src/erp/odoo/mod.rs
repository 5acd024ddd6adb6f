//! Odoo, series 14 to 19, over JSON-RPC (`/jsonrpc`) or, from 19 on, JSON-2 (`/json/2`).
//!
//! A document of ours is written as:
//!
//! - a **sales order** and a **debit note**: a sales order (`sale.order`), confirmed, and its invoice (`account.move`), posted
//!   ([`Invoices`]), each line of which is linked to the order's;
//! - a **credit note**: a credit note (`account.move`, `out_refund`) that reverses the original's invoice, its lines linked to the
//!   lines that sold the pieces. Amounts without pieces are a piece of a service ([`Settings::allowance_sku`]) and linked to none.
//!   Goods that come back are booked into stock by a person, as with the ERP's own credit notes;
//! - a **customer**: a partner, our number being its reference.
//!
//! Our number is the order's customer reference and the move's reference, which the ERP does not hold unique. What it does is the
//! external id (`ir.model.data`, module and name): each record is created by `load` under one made of our number (`keys.rs`), and
//! `load` of the same id again changes that record. So every document is [`Guarantee::Unique`].
//!
//! # What this stands on
//! The servers' own source (`odoo/http.py`, `odoo/models.py`, the modules `sale` and `account`; of 19 `addons/rpc`), and real servers of
//! series 14 and 19, the latter by both wires, that `tests/odoo.rs` runs against. 15 to 18 have been read about, and not run; the
//! sandbox plays them. What a caller would not expect, of 14 where nothing is said:
//! 1. By JSON-RPC errors come with HTTP 200; a result of none has no `result` at all; `load` says what it refuses in a result.
//! 2. An order's lines have external ids of their own, so that a second `load` changes them. Those of an invoice lose theirs on the
//!    way, and a second `load` doubles them (not in 19). So a move is loaded without lines, and they are written in place of any that
//!    there are.
//! 3. A move that is loaded without lines goes to the journal of miscellaneous operations unless its journal is said (19 takes the
//!    first of sales).
//! 4. Prices have two digits unless "Product Price" of the decimal accuracy says otherwise; what is sent beyond is rounded away. In 19
//!    they have as many as are sent.
//! 5. Confirming dates an order to the moment; it is dated again afterwards.
//! 6. An order's currency is its pricelist's, and not the company's.
//! 7. A posted credit note is not reconciled with its invoice by itself, and makes the order say "to invoice" again.
//! 8. Whoever writes a draft move locks the journal's last one. What was in the way of another is tried again by the server, but `load`
//!    is not, and says so among its refusals; and the lines of a move are tried again without what the first try took out of them, and
//!    refused ("Missing required account").
//! 9. Parameters have other names in some models.
//! 10. A refusal by the database repeats the row; sums of amounts have the last digits of binary fractions.
//! 11. Of 19: whoever does not administer its users may not read the table of external ids (`external.rs`). A new company's tax is
//!     rounded globally. Reading a record that is gone gives nothing, as in 14, and no error.
//! 12. Of 19 by JSON-2, from its source: where the database has a replica (`db_replica_host`), it answers what only reads, and may be
//!     behind what was written; by JSON-RPC the database itself does.

mod account;
mod classify;
mod external;
mod forms;
mod keys;
mod read;
mod settings;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod transport;

pub use classify::{Answer, Wire, classify};
pub use settings::{ALLOWANCE_SKU, EXTERNAL_MODULE, Invoices, LATE_MARGIN, RATE_PER_MINUTE, REQUEST_TIMEOUT, Settings};

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
use account::{Account, DIGITS_MAX};
use external::External;
use forms::{Form, Forms, KIND};
use transport::{REQUESTS_MAX, Transport};

/// The most characters of a number: the ERP has no limit of its own; a reference that a person can read has one.
const NUMBER_MAX: usize = 80;
/// Digits of quantities in a new database, and until 18 of prices.
const DIGITS: u32 = 2;

/// `float_round` and `account.tax.compute_all`.
static ARITHMETIC: Arithmetic = Arithmetic {
    halves: RoundingStrategy::MidpointAwayFromZero,
    taxed: Taxed::Amount,
    by_line: "set \"Rounding Method\" in its accounting settings to \"Round per Line\"",
    finer: "change \"Product Unit of Measure\" in its decimal accuracy",
};

/// One database.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    transport: Transport,
    forms: Forms,
    external: External,
    known: Known<Account>,
    /// Held by who posts an invoice, and where drafts have numbers by who writes one.
    moves: Mutex<()>,
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
        let external = External::new(settings.external_module.clone());
        let adapter =
            Adapter { settings, minor, transport, forms, external, known: Known::default(), moves: Mutex::default() };
        super::body::check(&adapter.settings.currency, |document, date| adapter.render(document, date))?;
        Ok(adapter)
    }

    fn ruling(&self, account: &Account) -> Ruling<'_> {
        Ruling {
            minor: self.minor,
            arithmetic: &ARITHMETIC,
            rounding: account.rounding,
            price_digits: account.price_digits,
            quantity_digits: Some(account.quantity_digits),
            allowance_sku: &self.settings.allowance_sku,
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
            (_, Some(header)) => steps::document(self, &Form { document, header, posting: posting_date }, start).await,
            (_, None) => unreachable!("all but customers have a header"),
        }
    }

    async fn try_check(&self, needs: &Needs) -> Result<Checkup, Verdict> {
        let account = self.known_account().await?;
        let Settings { url, database, allowance_sku, taxes, external_module, .. } = &self.settings;
        let mut checkup = Checkup::new(format!(
            "logged in at {url}, database {database}, Odoo {}, company {}",
            account.series, account.company
        ));
        checkup.guaranteed(|kind| {
            (
                self.guarantee(kind),
                format!("external ids {external_module}.… are unique, and each record is loaded under its own"),
            )
        });
        // Without the right to look them up nothing can be sent.
        self.external.find(&self.transport, &["check".into()]).await?;
        checkup.good("external ids can be looked up");
        match account::products(&self.transport, &[allowance_sku.as_str()]).await?.is_empty() {
            false => checkup.good(format!("service {allowance_sku} is there")),
            true => checkup.wrong(
                format!(
                    "erp.allowance_sku: the ERP has no salable product with the internal reference {allowance_sku}"
                ),
                "add a service with it",
            ),
        }
        for rate in taxes.keys().chain(&needs.rates).collect::<BTreeSet<_>>() {
            let found = account.tax(*rate, &self.settings);
            let said = |id: Option<i64>| id.map_or_else(|| "none is needed".to_owned(), |id| format!("id {id}"));
            checkup.found(format!("tax of {rate} % on sales"), found.map(said));
        }
        for unit in &needs.units {
            let found = account::unit_ids(&self.transport, &[unit]).await;
            checkup.found(
                format!("unit of measure \"{unit}\""),
                found.map(|_| "is there".into()).map_err(Verdict::sentence),
            );
        }
        checkup.good(format!("prices have {} digits", account.price_digits));
        match account.rounding {
            TaxRounding::Line => checkup.good("tax is rounded by line"),
            TaxRounding::Document => checkup.wrong(
                "tax is rounded globally, so that orders of several lines will be refused now and then",
                "set \"Rounding Method\" to \"Round per Line\" in the accounting settings",
            ),
        }
        Ok(checkup)
    }
}

#[async_trait]
impl Erp for Adapter {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantee(&self, _: DocumentKind) -> Guarantee {
        Guarantee::Unique
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
        let Settings { url, database, external_module, .. } = &self.settings;
        format!("{KIND} {} database {database} module {external_module}", url.trim_end_matches('/'))
    }

    fn number_max(&self, _: DocumentKind) -> usize {
        NUMBER_MAX
    }

    async fn has_item(&self, number: &str) -> Option<bool> {
        let found = account::products(&self.transport, &[number]).await.ok()?;
        Some(!found.is_empty())
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        bounds::deliver(delivery, self.try_deliver(delivery)).await
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        let ruling = Ruling {
            minor: self.minor,
            arithmetic: &ARITHMETIC,
            rounding: TaxRounding::Line,
            price_digits: match self.settings.wire {
                Wire::JsonRpc => DIGITS.max(self.minor.digits()),
                Wire::Json2 => DIGITS_MAX,
            },
            quantity_digits: Some(DIGITS),
            allowance_sku: &self.settings.allowance_sku,
        };
        self.forms.render(document, posting_date, &self.settings, ruling)
    }

    async fn check(&self, needs: &Needs) -> Result<Checkup, String> {
        self.try_check(needs).await.map_err(Verdict::sentence)
    }
}
