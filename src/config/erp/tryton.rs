//! `kind = "tryton"`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::tryton::{Adapter, InvoiceDates, Invoices, LATE_MARGIN, REQUEST_TIMEOUT, Settings, Shipments};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    database: Option<String>,
    user: Option<String>,
    password: Option<String>,
    web_shop: Option<String>,
    allowance_sku: Option<String>,
    taxes: Option<BTreeMap<String, i64>>,
    payment_term: Option<String>,
    invoices: Option<String>,
    shipments: Option<String>,
    invoice_dates: Option<String>,
    warnings: Option<Vec<String>>,
    price_digits: Option<u32>,
}

pub(super) fn resolve(block: &Block<'_>) -> Result<ErpConfig, ConfigError> {
    let raw: Raw = block.own()?;
    let mut settings = Settings::new(
        block.url()?,
        block.required("database", raw.database.as_ref())?,
        (block.required("user", raw.user.as_ref())?, block.secret("password", raw.password.as_ref())?),
    );
    settings.web_shop = block.text("web_shop", raw.web_shop.as_ref())?;
    settings.payment_term = block.text("payment_term", raw.payment_term.as_ref())?;
    if let Some(sku) = block.text("allowance_sku", raw.allowance_sku.as_ref())? {
        settings.allowance_sku = sku;
    }
    if let Some(currency) = block.currency()? {
        settings.currency = currency;
    }
    settings.taxes = block.by_rate("taxes", raw.taxes, "1")?;
    let choice = |key: &str, value: &Option<String>, known: [&str; 2]| match value.as_deref() {
        None => Ok(0),
        Some(value) => known.iter().position(|k| *k == value).ok_or_else(|| {
            let what = format!("\"{value}\" is not known: write \"{}\" or \"{}\"", known[0], known[1]);
            block.at.error(&format!("erp.{key}"), what)
        }),
    };
    settings.invoices = [Invoices::Post, Invoices::Leave][choice("invoices", &raw.invoices, ["post", "leave"])?];
    settings.shipments =
        [Shipments::Order, Shipments::Manual][choice("shipments", &raw.shipments, ["order", "manual"])?];
    settings.invoice_dates = [InvoiceDates::Forward, InvoiceDates::Exact]
        [choice("invoice_dates", &raw.invoice_dates, ["forward", "exact"])?];
    settings.warnings = raw.warnings.unwrap_or_default();
    settings.price_digits = raw.price_digits.unwrap_or(settings.price_digits);
    (settings.request_timeout, settings.late_max) = block.times(REQUEST_TIMEOUT, LATE_MARGIN)?;
    settings.rate_per_minute = block.rate.unwrap_or(settings.rate_per_minute);
    settings.bodies = block.bodies()?;
    Adapter::new(settings.clone(), Pace::free()).map_err(|message| block.refused(message))?;
    Ok(ErpConfig::Tryton(settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    const GOOD: &str = r#"
[store]
url = "mysql://root@127.0.0.1/shop"
mapping = "ecshop"
[state]
url = "sqlite:x.db"
[erp]
kind = "tryton"
url = "https://erp.example"
database = "erp"
user = "bridge"
password = "${SECRET}"
currency = "EUR"
web_shop = "Shop"
taxes = { "13" = 1, "5.5" = 4 }
invoices = "leave"
invoice_dates = "exact"
warnings = ["invoice_taxes"]
"#;

    fn resolved(text: &str) -> Result<Settings, String> {
        let environment = |_: &str| Some("geheim".to_owned());
        let config = parse("shop.toml", text, &environment).map_err(|e| e.to_string())?;
        match config.erp().cloned().map_err(|e| e.to_string())? {
            ErpConfig::Tryton(settings) => Ok(settings),
            other => Err(format!("it is {other:?}")),
        }
    }

    #[test]
    fn the_block_is_taken() {
        let settings = resolved(GOOD).unwrap();
        assert_eq!((settings.invoices, settings.shipments), (Invoices::Leave, Shipments::Order));
        assert_eq!(settings.invoice_dates, InvoiceDates::Exact);
        assert_eq!((settings.web_shop.as_deref(), settings.currency.as_str()), (Some("Shop"), "EUR"));
        assert_eq!(settings.taxes, [("13", 1), ("5.5", 4)].map(|(rate, id)| (rate.parse().unwrap(), id)).into());
        assert_eq!(settings.late_max, REQUEST_TIMEOUT + LATE_MARGIN);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        for (from, to, expected) in [
            ("\"leave\"", "\"paid\"", "erp.invoices: \"paid\" is not known: write \"post\" or \"leave\""),
            ("\"5.5\"", "\"five\"", "erp.taxes: \"five\" is no rate in percent"),
            ("database = \"erp\"", "", "erp.database: is missing"),
            ("https://", "http://", "must be https"),
            ("web_shop", "stock_id", "those are the keys of tryton"),
        ] {
            let said = resolved(&GOOD.replace(from, to)).unwrap_err();
            assert!(said.contains(expected) && !said.contains("geheim"), "{said}");
        }
    }
}
