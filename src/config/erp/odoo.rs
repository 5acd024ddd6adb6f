//! `kind = "odoo"`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::odoo::{Adapter, Invoices, LATE_MARGIN, REQUEST_TIMEOUT, Settings, Wire};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    database: Option<String>,
    api: Option<String>,
    user: Option<String>,
    password: Option<String>,
    api_key: Option<String>,
    external_module: Option<String>,
    allowance_sku: Option<String>,
    taxes: Option<BTreeMap<String, i64>>,
    journal: Option<String>,
    invoices: Option<String>,
}

pub(super) fn resolve(block: &Block<'_>) -> Result<ErpConfig, ConfigError> {
    let raw: Raw = block.own()?;
    let wire = match raw.api.as_deref() {
        None | Some("json-rpc") => Wire::JsonRpc,
        Some("json-2") => Wire::Json2,
        Some(other) => return Err(unknown(block, "api", other, "\"json-rpc\" or \"json-2\"")),
    };
    let login = match wire {
        Wire::JsonRpc => {
            let user = block.required("user", raw.user.as_ref())?;
            (user, block.secret("password", raw.password.as_ref())?)
        }
        Wire::Json2 => (String::new(), block.secret("api_key", raw.api_key.as_ref())?),
    };
    let idle = match wire {
        Wire::JsonRpc => [("api_key", &raw.api_key)].to_vec(),
        Wire::Json2 => [("user", &raw.user), ("password", &raw.password)].to_vec(),
    };
    if let Some((key, _)) = idle.into_iter().find(|(_, value)| value.is_some()) {
        let what = match wire {
            Wire::JsonRpc => "is for api = \"json-2\": by json-rpc write it as the password",
            Wire::Json2 => "is not used with api = \"json-2\": the key says whose it is",
        };
        return Err(block.at.error(&format!("erp.{key}"), what));
    }
    let mut settings = Settings::new(block.url()?, block.required("database", raw.database.as_ref())?, login);
    settings.wire = wire;
    settings.journal = block.text("journal", raw.journal.as_ref())?;
    if let Some(sku) = block.text("allowance_sku", raw.allowance_sku.as_ref())? {
        settings.allowance_sku = sku;
    }
    if let Some(module) = block.text("external_module", raw.external_module.as_ref())? {
        settings.external_module = module;
    }
    if let Some(currency) = block.currency()? {
        settings.currency = currency;
    }
    settings.taxes = block.by_rate("taxes", raw.taxes, "1")?;
    settings.invoices = match raw.invoices.as_deref() {
        None | Some("post") => Invoices::Post,
        Some("draft") => Invoices::Draft,
        Some("none") => Invoices::None,
        Some(other) => return Err(unknown(block, "invoices", other, "\"post\", \"draft\" or \"none\"")),
    };
    (settings.request_timeout, settings.late_max) = block.times(REQUEST_TIMEOUT, LATE_MARGIN)?;
    settings.rate_per_minute = block.rate.unwrap_or(settings.rate_per_minute);
    settings.bodies = block.bodies()?;
    Adapter::new(settings.clone(), Pace::free()).map_err(|message| block.refused(message))?;
    Ok(ErpConfig::Odoo(settings))
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
kind = "odoo"
url = "https://erp.example"
database = "erp"
user = "bridge"
password = "${SECRET}"
currency = "EUR"
taxes = { "13" = 1, "5.5" = 4 }
invoices = "draft"
journal = "WEB"
"#;

    fn resolved(text: &str) -> Result<Settings, String> {
        let environment = |_: &str| Some("geheim".to_owned());
        let config = parse("shop.toml", text, &environment).map_err(|e| e.to_string())?;
        match config.erp().cloned().map_err(|e| e.to_string())? {
            ErpConfig::Odoo(settings) => Ok(settings),
            other => Err(format!("it is {other:?}")),
        }
    }

    #[test]
    fn the_block_is_taken() {
        let settings = resolved(GOOD).unwrap();
        assert_eq!((settings.invoices, settings.wire), (Invoices::Draft, Wire::JsonRpc));
        assert_eq!((settings.journal.as_deref(), settings.currency.as_str()), (Some("WEB"), "EUR"));
        assert_eq!(settings.taxes, [("13", 1), ("5.5", 4)].map(|(rate, id)| (rate.parse().unwrap(), id)).into());
        assert_eq!(settings.late_max, REQUEST_TIMEOUT + LATE_MARGIN);
        let keyed = GOOD.replace("user = \"bridge\"\npassword", "api = \"json-2\"\napi_key");
        assert_eq!(resolved(&keyed).unwrap().wire, Wire::Json2);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        for (from, to, expected) in [
            ("\"draft\"", "\"paid\"", "erp.invoices: \"paid\" is not known: write \"post\", \"draft\" or \"none\""),
            ("\"5.5\"", "\"five\"", "erp.taxes: \"five\" is no rate in percent"),
            ("database = \"erp\"", "", "erp.database: is missing"),
            ("user = \"bridge\"", "", "erp.user: is missing"),
            ("user = \"bridge\"", "user = \"bridge\"\napi_key = \"x\"", "erp.api_key: is for api = \"json-2\""),
            ("user = \"bridge\"", "api = \"json-2\"\napi_key = \"x\"", "erp.password: is not used"),
            ("user = \"bridge\"", "api = \"xml-rpc\"", "erp.api: \"xml-rpc\" is not known"),
            ("https://", "http://", "must be https"),
            ("journal", "stock_id", "those are the keys of odoo"),
        ] {
            let said = resolved(&GOOD.replace(from, to)).unwrap_err();
            assert!(said.contains(expected) && !said.contains("geheim"), "{said}");
        }
    }
}
