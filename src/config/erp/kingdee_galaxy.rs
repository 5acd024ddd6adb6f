//! `kind = "kingdee-galaxy"`.

use serde::Deserialize;

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::kingdee_galaxy::{
    Adapter, Adjustments, BillTypes, Clock, LATE_MARGIN, Login, REQUEST_TIMEOUT, Settings,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    app_path: Option<String>,
    acct_id: Option<String>,
    user: Option<String>,
    app_id: Option<String>,
    app_secret: Option<String>,
    login: Option<String>,
    timestamp: Option<String>,
    lcid: Option<u32>,
    organization: Option<String>,
    stock: Option<String>,
    unit: Option<String>,
    currency_number: Option<String>,
    exchange_type: Option<String>,
    #[serde(default)]
    bill_types: RawBillTypes,
    adjustments: Option<String>,
    expense_item: Option<String>,
    allowance_sku: Option<String>,
    price_digits: Option<u32>,
    saves_together: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBillTypes {
    order: Option<String>,
    outbound: Option<String>,
    r#return: Option<String>,
    receivable: Option<String>,
    other_receivable: Option<String>,
}

pub(super) fn resolve(block: &Block<'_>) -> Result<ErpConfig, ConfigError> {
    let raw: Raw = block.own()?;
    let mut settings = Settings::new(
        block.url()?,
        (block.required("acct_id", raw.acct_id.as_ref())?, block.required("user", raw.user.as_ref())?),
        (block.required("app_id", raw.app_id.as_ref())?, block.secret("app_secret", raw.app_secret.as_ref())?),
        (block.required("organization", raw.organization.as_ref())?, block.required("stock", raw.stock.as_ref())?),
    );
    settings.login = match raw.login.as_deref() {
        None | Some("signature") => Login::Signature,
        Some("session") => Login::Session,
        Some(other) => return Err(unknown(block, "login", other, "\"signature\" or \"session\"")),
    };
    settings.clock = match raw.timestamp.as_deref() {
        None | Some("seconds") => Clock::Seconds,
        Some("milliseconds") => Clock::Milliseconds,
        Some(other) => return Err(unknown(block, "timestamp", other, "\"seconds\" or \"milliseconds\"")),
    };
    settings.adjustments = match raw.adjustments.as_deref() {
        None | Some("receivable") => Adjustments::Receivable,
        Some("other-receivable") => Adjustments::OtherReceivable,
        Some(other) => return Err(unknown(block, "adjustments", other, "\"receivable\" or \"other-receivable\"")),
    };
    settings.unit = block.text("unit", raw.unit.as_ref())?;
    settings.expense_item = block.text("expense_item", raw.expense_item.as_ref())?;
    let BillTypes { order, outbound, returned, receivable, other_receivable } = &mut settings.bill_types;
    let types = &raw.bill_types;
    let texts = [
        ("app_path", &raw.app_path, &mut settings.app_path),
        ("currency_number", &raw.currency_number, &mut settings.currency_number),
        ("exchange_type", &raw.exchange_type, &mut settings.exchange_type),
        ("allowance_sku", &raw.allowance_sku, &mut settings.allowance_sku),
        ("bill_types.order", &types.order, order),
        ("bill_types.outbound", &types.outbound, outbound),
        ("bill_types.return", &types.r#return, returned),
        ("bill_types.receivable", &types.receivable, receivable),
        ("bill_types.other_receivable", &types.other_receivable, other_receivable),
    ];
    for (key, said, setting) in texts {
        if let Some(text) = block.text(key, said.as_ref())? {
            *setting = text;
        }
    }
    if let Some(currency) = block.currency()? {
        if raw.currency_number.is_none() && currency != settings.currency {
            let what = format!("is missing: the account's number of {currency} (系统 › 币别)");
            return Err(block.at.error("erp.currency_number", what));
        }
        settings.currency = currency;
    }
    settings.lcid = raw.lcid.unwrap_or(settings.lcid);
    settings.price_digits = raw.price_digits.unwrap_or(settings.price_digits);
    settings.saves_together = raw.saves_together.unwrap_or(settings.saves_together);
    (settings.request_timeout, settings.late_max) = block.times(REQUEST_TIMEOUT, LATE_MARGIN)?;
    settings.rate_per_minute = block.rate.unwrap_or(settings.rate_per_minute);
    settings.bodies = block.bodies()?;
    Adapter::new(settings.clone(), Pace::free()).map_err(|message| block.refused(message))?;
    Ok(ErpConfig::KingdeeGalaxy(Box::new(settings)))
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
kind = "kingdee-galaxy"
url = "https://erp.example"
acct_id = "65f0a1b2c3d4e5"
user = "bridge"
app_id = "100001_CzBVep/E6Q4zWH2ix+wRNluApcrvFDle"
app_secret = "${SECRET}"
organization = "100"
stock = "CK001"
login = "session"
timestamp = "milliseconds"
adjustments = "other-receivable"
bill_types = { return = "XSTHD07_SYS" }
currency = "USD"
currency_number = "PRE007"
price_digits = 4
"#;

    fn resolved(text: &str) -> Result<Settings, String> {
        let environment = |_: &str| Some("geheim".to_owned());
        let config = parse("shop.toml", text, &environment).map_err(|e| e.to_string())?;
        match config.erp().cloned().map_err(|e| e.to_string())? {
            ErpConfig::KingdeeGalaxy(settings) => Ok(*settings),
            other => Err(format!("it is {other:?}")),
        }
    }

    #[test]
    fn the_block_is_taken() {
        let settings = resolved(GOOD).unwrap();
        assert_eq!((settings.login, settings.clock), (Login::Session, Clock::Milliseconds));
        assert_eq!(settings.adjustments, Adjustments::OtherReceivable);
        assert_eq!((settings.currency.as_str(), settings.currency_number.as_str()), ("USD", "PRE007"));
        assert_eq!(settings.bill_types.returned, "XSTHD07_SYS");
        assert_eq!(settings.bill_types.order, "XSDD01_SYS");
        assert_eq!((settings.price_digits, settings.app_path.as_str()), (4, "/k3cloud"));
        assert_eq!(settings.late_max, REQUEST_TIMEOUT + LATE_MARGIN);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        for (from, to, expected) in [
            ("\"session\"", "\"password\"", "erp.login: \"password\" is not known: write \"signature\" or \"session\""),
            ("\"milliseconds\"", "\"days\"", "erp.timestamp: \"days\" is not known"),
            ("\"other-receivable\"", "\"cash\"", "erp.adjustments: \"cash\" is not known"),
            ("acct_id = \"65f0a1b2c3d4e5\"", "", "erp.acct_id: is missing"),
            ("stock = \"CK001\"", "", "erp.stock: is missing"),
            ("currency_number = \"PRE007\"", "", "erp.currency_number: is missing"),
            ("100001_CzBV", "100001_", "erp.app_id must be as the authorisation shows it"),
            ("price_digits = 4", "price_digits = 11", "erp.price_digits must be 2 to 10"),
            ("return = ", "refund = ", "refund"),
            ("https://", "http://", "must be https"),
            ("login", "stock_id", "those are the keys of kingdee-galaxy"),
        ] {
            let said = resolved(&GOOD.replace(from, to)).unwrap_err();
            assert!(said.contains(expected) && !said.contains("geheim"), "{said}");
        }
    }
}
