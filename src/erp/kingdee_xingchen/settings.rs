//! What an account needs to be reached, and what is said about it in the config.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use crate::document::Minor;
use crate::erp::{Limit, http};

/// The vendor's longest response: a request that is older has either taken effect or never will.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What is added to the request's own time before a document that was not answered is looked up.
pub const LATE_MARGIN: Duration = Duration::from_secs(5);
/// Requests a minute, below the vendor's 500 an account.
pub const RATE_PER_MINUTE: u32 = 400;
/// How much of the limit may be used at once: a tenth of a minute's requests.
const BURST_DIVISOR: u32 = 10;
/// The most requests a minute that stay below the vendor's 500 in any minute, with what may leave at once on top.
pub(super) const RATE_MAX: u32 = 450;
/// The most rows that the vendor lets one request save.
pub const OUTBOUNDS_TOGETHER_MAX: usize = 500;
/// The SKU under which amounts without pieces are booked (a price allowance, a cent of tax).
pub const ALLOWANCE_SKU: &str = "ALLOWANCE";

/// Where the account's secret comes from, which signs the request for a token.
#[derive(Debug, Clone)]
pub enum AppSecret {
    /// From the config. The vendor changes it every 24 h.
    Fixed(SecretString),
    /// From the application's authorisation for the account, whenever it has changed.
    Fetched {
        /// The id of the authorised instance (`outerInstanceId`).
        outer_instance_id: String,
    },
}

impl From<SecretString> for AppSecret {
    fn from(secret: SecretString) -> AppSecret {
        AppSecret::Fixed(secret)
    }
}

impl From<String> for AppSecret {
    fn from(secret: String) -> AppSecret {
        AppSecret::Fixed(secret.into())
    }
}

impl From<&str> for AppSecret {
    fn from(secret: &str) -> AppSecret {
        AppSecret::Fixed(secret.into())
    }
}

/// Who makes the outbounds of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outbounds {
    /// The bridge, as soon as it has made the order.
    #[default]
    Create,
    /// People, when the goods leave; a return looks for those of its order.
    Find,
}

/// What an amount without pieces becomes (a discount after the sale, a refund that keeps the goods).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allowance {
    /// A return of the service [`Settings::allowance_sku`], one piece of it, without a source.
    #[default]
    ReturnOfService,
    /// Nothing: its document waits for a person who enters it.
    ByHand,
}

/// One account, and how to treat it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://api.kingdee.com`, or the sandbox's address; scheme, host and port only. `http` only to this machine.
    pub url: String,
    /// The application's id on the open platform (`X-Api-ClientID`).
    pub client_id: String,
    /// The application's secret: signs every request.
    pub client_secret: SecretString,
    /// The account's key.
    pub app_key: String,
    /// The account's secret, or where it comes from.
    pub app_secret: AppSecret,
    /// The account's data centre (`X-GW-Router-Addr`, the `domain` of the authorisation); else what the token's answer says.
    pub router_addr: Option<String>,
    /// The warehouse's id, which lines of outbounds and returns must name.
    pub stock_id: String,
    /// Who makes outbounds.
    pub outbounds: Outbounds,
    /// What an amount without pieces becomes.
    pub allowance: Allowance,
    /// The number of the service that carries amounts without pieces.
    pub allowance_sku: String,
    /// The account's currency (ISO 4217); a document in another one is refused.
    pub currency: String,
    /// The deadline of one request.
    pub request_timeout: Duration,
    /// See [`crate::erp::Erp::late_max`].
    pub late_max: Duration,
    /// Requests a minute, tokens included.
    pub rate_per_minute: u32,
    /// The most outbounds that are saved by one request; 1 saves each by itself.
    pub outbounds_together: usize,
    /// The folder with bodies that take the place of ours, if there is one.
    pub bodies: Option<PathBuf>,
}

impl Settings {
    /// An account with the vendor's own limits and this adapter's defaults.
    pub fn new(
        url: impl Into<String>,
        (client_id, client_secret): (impl Into<String>, SecretString),
        (app_key, app_secret): (impl Into<String>, AppSecret),
        stock_id: impl Into<String>,
    ) -> Self {
        Settings {
            url: url.into(),
            client_id: client_id.into(),
            client_secret,
            app_key: app_key.into(),
            app_secret,
            router_addr: None,
            stock_id: stock_id.into(),
            outbounds: Outbounds::default(),
            allowance: Allowance::default(),
            allowance_sku: ALLOWANCE_SKU.into(),
            currency: "CNY".into(),
            request_timeout: REQUEST_TIMEOUT,
            late_max: REQUEST_TIMEOUT + LATE_MARGIN,
            rate_per_minute: RATE_PER_MINUTE,
            outbounds_together: 1,
            bodies: None,
        }
    }

    /// The vendor counts all requests of an account together, tokens included.
    pub fn limit(&self) -> Limit {
        let per_minute = self.rate_per_minute;
        Limit { endpoint: "account", per_minute, burst: (per_minute / BURST_DIVISOR).max(1) }
    }

    /// The address, checked.
    pub(super) fn base(&self) -> Result<Url, String> {
        http::base(
            "erp.url",
            &self.url,
            "erp.client_id, erp.app_key and their secrets",
            "what comes after is the adapter's",
        )
    }

    /// The minor unit of the account's currency.
    pub(super) fn minor(&self) -> Result<Minor, String> {
        Minor::of(&self.currency)
            .ok_or_else(|| format!("erp.currency \"{}\" is no ISO 4217 code: write \"CNY\"", self.currency))
    }

    /// The other fields, checked.
    pub(super) fn check(&self) -> Result<(), String> {
        let texts = [
            ("client_id", &self.client_id),
            ("app_key", &self.app_key),
            ("stock_id", &self.stock_id),
            ("allowance_sku", &self.allowance_sku),
            ("currency", &self.currency),
        ];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(format!("erp.{name} is empty"));
        }
        if let AppSecret::Fetched { outer_instance_id } = &self.app_secret
            && outer_instance_id.trim().is_empty()
        {
            return Err("erp.outer_instance_id is empty".into());
        }
        if !(1..=OUTBOUNDS_TOGETHER_MAX).contains(&self.outbounds_together) {
            return Err(format!("erp.outbounds_together must be 1 to {OUTBOUNDS_TOGETHER_MAX}"));
        }
        http::check_times(self.rate_per_minute, self.request_timeout, self.late_max)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_url(url: &str) -> Settings {
        Settings::new(url, ("1", "s".into()), ("k", "s".into()), "1")
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let good = with_url("https://api.kingdee.com");
        good.check().unwrap();
        assert!(Settings { stock_id: " ".into(), ..good.clone() }.check().unwrap_err().contains("stock_id"));
        assert!(Settings { rate_per_minute: 0, ..good.clone() }.check().is_err());
        assert!(Settings { outbounds_together: 501, ..good.clone() }.check().unwrap_err().contains("1 to 500"));
        assert!(Settings { late_max: good.request_timeout, ..good }.check().unwrap_err().contains("late_max"));
    }

    #[test]
    fn secrets_do_not_show() {
        let shown = format!("{:?}", Settings::new("u", ("1", "geheim".into()), ("k", "geheim".into()), "1"));
        assert!(!shown.contains("geheim"));
    }
}
