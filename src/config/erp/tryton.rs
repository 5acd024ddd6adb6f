//! `kind = "tryton"`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
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
    for (percent, id) in raw.taxes.unwrap_or_default() {
        let rate = percent.parse::<Decimal>().map_err(|_| {
            block.at.error("erp.taxes", format!("\"{percent}\" is no rate in percent: write {{ \"13\" = 1 }}"))
        })?;
        settings.taxes.insert(rate, id);
    }
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
