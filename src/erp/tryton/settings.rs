//! What a Tryton database needs to be reached, and what is said about it in the config.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret as _, SecretString};

use crate::document::Minor;
use crate::erp::http;

/// The deadline of one request: confirming a long order and posting its invoice takes seconds.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What is added to the request's own time before a document that was not answered is looked up: a worker of the server that
/// has begun goes on, for a minute in its own defaults (`[request] timeout`).
pub const LATE_MARGIN: Duration = Duration::from_secs(35);
/// Requests a minute. The server has no limit of its own, and one order takes it about a second.
pub const RATE_PER_MINUTE: u32 = 1200;
/// The SKU under which amounts without pieces are booked (a price allowance, a cent of tax).
pub const ALLOWANCE_SKU: &str = "ALLOWANCE";
/// Digits of a unit price after the point (`price_decimal` of the server's `[product]`).
pub const PRICE_DIGITS: u32 = 4;

/// What becomes of the invoice that a confirmed sale makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invoices {
    /// It is dated and posted.
    Post,
    /// It stays a draft for a person.
    Leave,
}

/// Whether a sale makes its shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shipments {
    /// As soon as it is processed.
    Order,
    /// A person makes it.
    Manual,
}

/// What happens where invoices of a later date are posted: the ERP numbers them in the order of their dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceDates {
    /// The invoice is dated as late as the last one, and says the date of the event.
    Forward,
    /// The ERP refuses it, and a person decides.
    Exact,
}

/// One database, and how to treat it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the server is: scheme, host and port only. `http` only to this machine.
    pub url: String,
    /// The database's name.
    pub database: String,
    /// Who we log in as.
    pub user: String,
    /// The user's password.
    pub password: SecretString,
    /// The name of the web shop (module `web_shop`) whose orders these are; without it nothing stops a late duplicate.
    pub web_shop: Option<String>,
    /// The code of the service product that carries amounts without pieces.
    pub allowance_sku: String,
    /// The currency of the documents (ISO 4217); one in another is refused.
    pub currency: String,
    /// The id of the tax for a rate in percent, where it is not the only one of that rate.
    pub taxes: BTreeMap<Decimal, i64>,
    /// The name of the payment term; else the ERP's own default.
    pub payment_term: Option<String>,
    /// What becomes of invoices.
    pub invoices: Invoices,
    /// Whether sales make shipments.
    pub shipments: Shipments,
    /// What happens to an invoice that comes after a later one.
    pub invoice_dates: InvoiceDates,
    /// Names of the warnings that are passed over (`invoice_payment_term`).
    pub warnings: Vec<String>,
    /// Digits of a unit price after the point.
    pub price_digits: u32,
    /// The deadline of one request.
    pub request_timeout: Duration,
    /// See [`crate::erp::Erp::late_max`].
    pub late_max: Duration,
    /// Requests a minute, log-ins included.
    pub rate_per_minute: u32,
    /// The folder with bodies that take the place of ours, if there is one.
    pub bodies: Option<PathBuf>,
}

impl Settings {
    /// A database with this adapter's defaults.
    pub fn new(
        url: impl Into<String>,
        database: impl Into<String>,
        (user, password): (impl Into<String>, SecretString),
    ) -> Self {
        Settings {
            url: url.into(),
            database: database.into(),
            user: user.into(),
            password,
            web_shop: None,
            allowance_sku: ALLOWANCE_SKU.into(),
            currency: "CNY".into(),
            taxes: BTreeMap::new(),
            payment_term: None,
            invoices: Invoices::Post,
            shipments: Shipments::Order,
            invoice_dates: InvoiceDates::Forward,
            warnings: Vec::new(),
            price_digits: PRICE_DIGITS,
            request_timeout: REQUEST_TIMEOUT,
            late_max: REQUEST_TIMEOUT + LATE_MARGIN,
            rate_per_minute: RATE_PER_MINUTE,
            bodies: None,
        }
    }

    /// The address, checked.
    pub(super) fn base(&self) -> Result<Url, String> {
        http::base("erp.url", &self.url, "erp.user and erp.password", "write erp.database")
    }

    /// The minor unit of the documents' currency.
    pub(super) fn minor(&self) -> Result<Minor, String> {
        Minor::of(&self.currency)
            .ok_or_else(|| format!("erp.currency \"{}\" is no ISO 4217 code: write \"EUR\"", self.currency))
    }

    /// The other fields, checked.
    pub(super) fn check(&self) -> Result<(), String> {
        let texts = [("user", &self.user), ("allowance_sku", &self.allowance_sku), ("currency", &self.currency)];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(format!("erp.{name} is empty"));
        }
        if self.password.expose_secret().is_empty() {
            return Err("erp.password is empty".into());
        }
        // It becomes a part of the address as it stands.
        if self.database.is_empty()
            || self.database.contains(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c))
        {
            return Err(format!("erp.database \"{}\" is no name of a database: letters, digits, _ - .", self.database));
        }
        if self.user.contains(':') {
            return Err("erp.user must not hold a colon".into());
        }
        http::check_times(self.rate_per_minute, self.request_timeout, self.late_max)?;
        if !(self.minor()?.digits()..=10).contains(&self.price_digits) {
            return Err("erp.price_digits must be between the currency's digits and 10".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_url(url: &str) -> Settings {
        Settings::new(url, "erp", ("bridge", "geheim".into()))
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let good = with_url("https://erp.example");
        good.check().unwrap();
        let refused = |settings: Settings| settings.check().unwrap_err();
        assert!(refused(Settings { database: "erp/rpc".into(), ..good.clone() }).contains("erp.database"));
        assert!(refused(Settings { user: "a:b".into(), ..good.clone() }).contains("colon"));
        assert!(refused(Settings { user: " ".into(), ..good.clone() }).contains("erp.user"));
        assert!(refused(Settings { password: "".into(), ..good.clone() }).contains("erp.password"));
        assert!(refused(Settings { currency: "XX".into(), ..good.clone() }).contains("ISO 4217"));
        assert!(refused(Settings { price_digits: 1, ..good.clone() }).contains("price_digits"));
        assert!(refused(Settings { rate_per_minute: 0, ..good.clone() }).contains("rate"));
        assert!(refused(Settings { late_max: good.request_timeout, ..good }).contains("late_max"));
    }

    #[test]
    fn the_password_does_not_show() {
        assert!(!format!("{:?}", with_url("https://erp.example")).contains("geheim"));
    }
}
