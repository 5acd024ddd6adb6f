//! What an Odoo database needs to be reached, and what is said about it in the config.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret as _, SecretString};

use super::classify::Wire;
use crate::document::Minor;
use crate::erp::http;

/// The deadline of one request: a long order is written and posted in seconds.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What is added to the request's own time before a document that was not answered is looked up: a worker of the server that
/// has begun goes on until its own limit (`limit_time_real`, 120 s in its defaults).
pub const LATE_MARGIN: Duration = Duration::from_secs(100);
/// Requests a minute. A server of one's own has no limit, and one order takes it about a second; hosted ones ask for about one
/// request a second (`rate_limit` in the config).
pub const RATE_PER_MINUTE: u32 = 1200;
/// The SKU under which amounts without pieces are booked (a price allowance, a cent of tax).
pub const ALLOWANCE_SKU: &str = "ALLOWANCE";
/// What external ids begin with.
pub const EXTERNAL_MODULE: &str = "ledgertap";

/// How far invoices and credit notes are brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invoices {
    /// They are posted.
    Post,
    /// They stay drafts for a person.
    Draft,
    /// Orders have none of ours: a person makes them. Credit notes stay drafts.
    None,
}

/// One database, and how to treat it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the server is: scheme, host and port only. `http` only to this machine.
    pub url: String,
    /// The database's name.
    pub database: String,
    /// Who we log in as, by JSON-RPC; by JSON-2 the key says it.
    pub user: String,
    /// The user's password, or an API key of theirs; by JSON-2 a key.
    pub password: SecretString,
    /// How the server is spoken to.
    pub wire: Wire,
    /// What the external ids of our records begin with: their module, which no installed one may be called.
    pub external_module: String,
    /// The internal reference of the service product that carries amounts without pieces.
    pub allowance_sku: String,
    /// The currency of the documents (ISO 4217); one in another is refused.
    pub currency: String,
    /// The id of the tax for a rate in percent, where it is not the only one of that rate.
    pub taxes: BTreeMap<Decimal, i64>,
    /// The short code of the journal that invoices go to; else the ERP's own choice.
    pub journal: Option<String>,
    /// What becomes of invoices.
    pub invoices: Invoices,
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
            wire: Wire::JsonRpc,
            external_module: EXTERNAL_MODULE.into(),
            allowance_sku: ALLOWANCE_SKU.into(),
            currency: "CNY".into(),
            taxes: BTreeMap::new(),
            journal: None,
            invoices: Invoices::Post,
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
        let texts =
            [("database", &self.database), ("allowance_sku", &self.allowance_sku), ("currency", &self.currency)];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(format!("erp.{name} is empty"));
        }
        // It becomes a header.
        if self.database.contains(|c: char| !c.is_ascii_graphic()) {
            return Err(format!("erp.database \"{}\" is no name of a database", self.database));
        }
        let password = self.password.expose_secret();
        match self.wire {
            Wire::JsonRpc if self.user.trim().is_empty() => return Err("erp.user is empty".into()),
            Wire::JsonRpc if password.is_empty() => return Err("erp.password is empty".into()),
            Wire::Json2 if password.is_empty() => return Err("erp.api_key is empty".into()),
            Wire::Json2 if password.contains(|c: char| !c.is_ascii_graphic()) => {
                return Err("erp.api_key holds characters that no key has".into());
            }
            Wire::JsonRpc | Wire::Json2 => {}
        }
        let module = &self.external_module;
        if module.is_empty() || module.contains(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_') {
            return Err(format!("erp.external_module \"{module}\" must be of small letters, digits and _"));
        }
        http::check_times(self.rate_per_minute, self.request_timeout, self.late_max)?;
        self.minor().map(drop)
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
        assert!(refused(Settings { database: "a\nb".into(), ..good.clone() }).contains("erp.database"));
        assert!(refused(Settings { database: String::new(), ..good.clone() }).contains("erp.database"));
        assert!(refused(Settings { user: " ".into(), ..good.clone() }).contains("erp.user"));
        assert!(refused(Settings { password: "".into(), ..good.clone() }).contains("erp.password"));
        assert!(refused(Settings { external_module: "a.b".into(), ..good.clone() }).contains("erp.external_module"));
        assert!(refused(Settings { currency: "XX".into(), ..good.clone() }).contains("ISO 4217"));
        assert!(refused(Settings { rate_per_minute: 0, ..good.clone() }).contains("rate"));
        assert!(refused(Settings { late_max: good.request_timeout, ..good.clone() }).contains("late_max"));
        let keyed = Settings { wire: Wire::Json2, user: String::new(), ..good };
        keyed.check().unwrap();
        assert!(refused(Settings { password: "a b".into(), ..keyed }).contains("erp.api_key"));
    }

    #[test]
    fn the_password_does_not_show() {
        assert!(!format!("{:?}", with_url("https://erp.example")).contains("geheim"));
    }
}
