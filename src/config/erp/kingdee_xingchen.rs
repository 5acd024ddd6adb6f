//! `kind = "kingdee-xingchen"`.

use serde::Deserialize;

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::kingdee_xingchen::{Adapter, Allowance, AppSecret, LATE_MARGIN, Outbounds, REQUEST_TIMEOUT, Settings};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    client_id: Option<String>,
    client_secret: Option<String>,
    app_key: Option<String>,
    app_secret: Option<String>,
    outer_instance_id: Option<String>,
    router_addr: Option<String>,
    stock_id: Option<String>,
    outbounds: Option<String>,
    allowance: Option<String>,
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
        (block.required("app_key", raw.app_key.as_ref())?, app_secret(block, &raw)?),
        block.required("stock_id", raw.stock_id.as_ref())?,
    );
    settings.router_addr = block.text("router_addr", raw.router_addr.as_ref())?;
    settings.outbounds = match raw.outbounds.as_deref() {
        None | Some("create") => Outbounds::Create,
        Some("find") => Outbounds::Find,
        Some(other) => return Err(unknown(block, "outbounds", other, "\"create\" or \"find\"")),
    };
    settings.allowance = match raw.allowance.as_deref() {
        None | Some("return-of-service") => Allowance::ReturnOfService,
        Some("by-hand") => Allowance::ByHand,
        Some(other) => return Err(unknown(block, "allowance", other, "\"return-of-service\" or \"by-hand\"")),
    };
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

/// The account's secret, in exactly one of the two ways.
fn app_secret(block: &Block<'_>, raw: &Raw) -> Result<AppSecret, ConfigError> {
    match (&raw.app_secret, &raw.outer_instance_id) {
        (Some(_), Some(_)) => Err(block.at.error(
            "erp.outer_instance_id",
            "is beside app_secret: leave one of them away (with outer_instance_id the secret is fetched whenever it has changed)",
        )),
        (None, None) => Err(block.at.error(
            "erp.app_secret",
            "is missing, or in its place outer_instance_id, with which it is fetched: the vendor changes it every 24 h",
        )),
        (Some(secret), None) => Ok(AppSecret::Fixed(block.secret("app_secret", Some(secret))?)),
        (None, Some(id)) => {
            Ok(AppSecret::Fetched { outer_instance_id: block.required("outer_instance_id", Some(id))? })
        }
    }
}

fn unknown(block: &Block<'_>, key: &str, value: &str, known: &str) -> ConfigError {
    block.at.error(&format!("erp.{key}"), format!("\"{value}\" is not known: write {known}"))
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
kind = "kingdee-xingchen"
url = "https://api.kingdee.com"
client_id = "1"
client_secret = "${SECRET}"
app_key = "k"
outer_instance_id = "509"
stock_id = "7"
outbounds = "find"
allowance = "by-hand"
"#;

    fn resolved(text: &str) -> Result<Settings, String> {
        let environment = |_: &str| Some("geheim".to_owned());
        let config = parse("shop.toml", text, &environment).map_err(|e| e.to_string())?;
        match config.erp().cloned().map_err(|e| e.to_string())? {
            ErpConfig::KingdeeXingchen(settings) => Ok(settings),
            other => Err(format!("it is {other:?}")),
        }
    }

    #[test]
    fn the_block_is_taken() {
        let settings = resolved(GOOD).unwrap();
        assert!(matches!(&settings.app_secret, AppSecret::Fetched { outer_instance_id } if outer_instance_id == "509"));
        assert_eq!((settings.outbounds, settings.allowance), (Outbounds::Find, Allowance::ByHand));
        let plain = GOOD.replace("outer_instance_id = \"509\"", "app_secret = \"${SECRET}\"");
        let plain = plain.replace("outbounds = \"find\"\nallowance = \"by-hand\"", "");
        let settings = resolved(&plain).unwrap();
        assert!(matches!(&settings.app_secret, AppSecret::Fixed(_)));
        assert_eq!((settings.outbounds, settings.allowance), (Outbounds::Create, Allowance::ReturnOfService));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        let id = "outer_instance_id = \"509\"";
        for (from, to, expected) in [
            (id, "", "erp.app_secret: is missing, or in its place outer_instance_id"),
            (
                id,
                "outer_instance_id = \"509\"\napp_secret = \"${SECRET}\"",
                "erp.outer_instance_id: is beside app_secret",
            ),
            (id, "outer_instance_id = \"\"", "erp.outer_instance_id"),
            ("\"find\"", "\"push\"", "erp.outbounds: \"push\" is not known: write \"create\" or \"find\""),
            ("\"by-hand\"", "\"guess\"", "erp.allowance: \"guess\" is not known: write \"return-of-service\""),
            ("app_key = \"k\"", "", "erp.app_key: is missing"),
        ] {
            let said = resolved(&GOOD.replace(from, to)).unwrap_err();
            assert!(said.contains(expected) && !said.contains("geheim"), "{said}");
        }
    }
}
