//! `kind = "kingdee-xingchen"`.

use serde::Deserialize;

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::kingdee_xingchen::{Adapter, LATE_MARGIN, REQUEST_TIMEOUT, Settings};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    client_id: Option<String>,
    client_secret: Option<String>,
    app_key: Option<String>,
    app_secret: Option<String>,
    router_addr: Option<String>,
    stock_id: Option<String>,
    allowance_sku: Option<String>,
    outbounds_together: Option<usize>,
}

pub(super) fn resolve(block: &Block<'_>) -> Result<ErpConfig, ConfigError> {
    let raw: Raw = block.own()?;
    let mut settings = Settings::new(
        block.url()?,
        (
            block.required("client_id", raw.client_id.as_ref())?,
            block.secret("client_secret", raw.client_secret.as_ref())?,
        ),
        (block.required("app_key", raw.app_key.as_ref())?, block.secret("app_secret", raw.app_secret.as_ref())?),
        block.required("stock_id", raw.stock_id.as_ref())?,
    );
    settings.router_addr = block.text("router_addr", raw.router_addr.as_ref())?;
    if let Some(sku) = block.text("allowance_sku", raw.allowance_sku.as_ref())? {
        settings.allowance_sku = sku;
    }
    if let Some(currency) = block.currency()? {
        settings.currency = currency;
    }
    (settings.request_timeout, settings.late_max) = block.times(REQUEST_TIMEOUT, LATE_MARGIN)?;
    settings.outbounds_together = raw.outbounds_together.unwrap_or(settings.outbounds_together);
    settings.rate_per_minute = block.rate.unwrap_or(settings.rate_per_minute);
    settings.bodies = block.bodies()?;
    Adapter::new(settings.clone(), Pace::free()).map_err(|message| block.refused(message))?;
    Ok(ErpConfig::KingdeeXingchen(settings))
}
