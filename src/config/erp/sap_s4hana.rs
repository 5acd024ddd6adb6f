//! `kind = "sap-s4hana"`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::sap_s4hana::{
    Adapter, Auth, CustomerKey, DebitNotes, LATE_MARGIN, REQUEST_TIMEOUT, RequestIds, Settings,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    client: Option<String>,
    user: Option<String>,
    password: Option<String>,
    token_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
    sales_organization: Option<String>,
    distribution_channel: Option<String>,
    division: Option<String>,
    order_type: Option<String>,
    debit_notes: Option<String>,
    debit_type: Option<String>,
    return_type: Option<String>,
    credit_type: Option<String>,
    reasons: Option<BTreeMap<String, String>>,
    price_condition: Option<String>,
    tax_conditions: Option<Vec<String>>,
    taxes: Option<BTreeMap<String, String>>,
    value_category: Option<String>,
    allowance_sku: Option<String>,
    customer_key: Option<String>,
    grouping: Option<String>,
    country: Option<String>,
    company_code: Option<String>,
    reconciliation_account: Option<String>,
    tax_number_type: Option<String>,
    text_id: Option<String>,
    language: Option<String>,
    request_ids: Option<String>,
    batch: Option<bool>,
    orders_together: Option<usize>,
}

pub(super) fn resolve(block: &Block<'_>) -> Result<ErpConfig, ConfigError> {
    let raw: Raw = block.own()?;
    let auth = auth(block, &raw)?;
    let area = [
        block.required("sales_organization", raw.sales_organization.as_ref())?,
        block.required("distribution_channel", raw.distribution_channel.as_ref())?,
        block.required("division", raw.division.as_ref())?,
    ];
    let mut settings = Settings::new(block.url()?, auth, [&area[0], &area[1], &area[2]]);
    let text = |key, value: &Option<String>| block.text(key, value.as_ref());
    for (key, value, to) in [
        ("order_type", &raw.order_type, &mut settings.order_type),
        ("return_type", &raw.return_type, &mut settings.return_type),
        ("credit_type", &raw.credit_type, &mut settings.credit_type),
        ("price_condition", &raw.price_condition, &mut settings.price_condition),
        ("allowance_sku", &raw.allowance_sku, &mut settings.allowance_sku),
        ("country", &raw.country, &mut settings.country),
        ("language", &raw.language, &mut settings.language),
    ] {
        if let Some(said) = text(key, value)? {
            *to = said;
        }
    }
    for (key, value, to) in [
        ("client", &raw.client, &mut settings.client),
        ("debit_type", &raw.debit_type, &mut settings.debit_type),
        ("grouping", &raw.grouping, &mut settings.grouping),
        ("company_code", &raw.company_code, &mut settings.company_code),
        ("reconciliation_account", &raw.reconciliation_account, &mut settings.reconciliation_account),
        ("tax_number_type", &raw.tax_number_type, &mut settings.tax_number_type),
    ] {
        *to = text(key, value)?;
    }
    // An empty text leaves these out.
    for (value, to) in [(raw.value_category, &mut settings.value_category), (raw.text_id, &mut settings.text_id)] {
        if let Some(said) = value {
            *to = Some(said).filter(|said| !said.is_empty());
        }
    }
    settings.reasons = raw.reasons.unwrap_or_default();
    settings.tax_conditions = raw.tax_conditions.unwrap_or(settings.tax_conditions);
    settings.taxes = block.by_rate("taxes", raw.taxes, "\"1\"")?;
    settings.debit_notes = match raw.debit_notes.as_deref() {
        None | Some("order") => DebitNotes::Order,
        Some("memo") => DebitNotes::Memo,
        Some(other) => return Err(unknown(block, "debit_notes", other, "\"order\" or \"memo\"")),
    };
    settings.customer_key = match raw.customer_key.as_deref() {
        None | Some("external-id") => CustomerKey::ExternalId,
        Some("number") => CustomerKey::Number,
        Some("search-term") => CustomerKey::SearchTerm,
        Some(other) => {
            return Err(unknown(block, "customer_key", other, "\"external-id\", \"number\" or \"search-term\""));
        }
    };
    settings.request_ids = match raw.request_ids.as_deref() {
        None | Some("sent") => RequestIds::Sent,
        Some("acknowledged") => RequestIds::Acknowledged,
        Some("off") => RequestIds::Off,
        Some(other) => return Err(unknown(block, "request_ids", other, "\"sent\", \"acknowledged\" or \"off\"")),
    };
    if let Some(currency) = block.currency()? {
        settings.currency = currency;
    }
    settings.batch = raw.batch.unwrap_or(settings.batch);
    settings.orders_together = raw.orders_together.unwrap_or(settings.orders_together);
    (settings.request_timeout, settings.late_max) = block.times(REQUEST_TIMEOUT, LATE_MARGIN)?;
    settings.rate_per_minute = block.rate.unwrap_or(settings.rate_per_minute);
    settings.bodies = block.bodies()?;
    Adapter::new(settings.clone(), Pace::free()).map_err(|message| block.refused(message))?;
    Ok(ErpConfig::SapS4hana(Box::new(settings)))
}

/// A user, or a client of an identity provider's.
fn auth(block: &Block<'_>, raw: &Raw) -> Result<Auth, ConfigError> {
    let Some(url) = &raw.token_url else {
        let idle = [("client_id", &raw.client_id), ("client_secret", &raw.client_secret), ("scope", &raw.scope)];
        if let Some((key, _)) = idle.iter().find(|(_, value)| value.is_some()) {
            return Err(block.at.error(&format!("erp.{key}"), "is for OAuth 2.0: write erp.token_url too"));
        }
        let user = block.required("user", raw.user.as_ref())?;
        return Ok(Auth::Basic { user, password: block.secret("password", raw.password.as_ref())? });
    };
    for (key, value) in [("user", &raw.user), ("password", &raw.password)] {
        if value.is_some() {
            return Err(block.at.error(&format!("erp.{key}"), "is not used with erp.token_url: leave it away"));
        }
    }
    Ok(Auth::OAuth2 {
        token_url: block.required("token_url", Some(url))?,
        client_id: block.required("client_id", raw.client_id.as_ref())?,
        client_secret: block.secret("client_secret", raw.client_secret.as_ref())?,
        scope: block.text("scope", raw.scope.as_ref())?,
    })
}

fn unknown(block: &Block<'_>, key: &str, value: &str, known: &str) -> ConfigError {
    block.at.error(&format!("erp.{key}"), format!("\"{value}\" is not known: write {known}"))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::config::parse;

    const GOOD: &str = r#"
[store]
url = "mysql://root@127.0.0.1/shop"
mapping = "ecshop"
[state]
url = "sqlite:x.db"
[erp]
kind = "sap-s4hana"
url = "https://s4.example"
client = "100"
user = "BRIDGE"
password = "geheim"
sales_organization = "1010"
distribution_channel = "10"
division = "00"
debit_notes = "memo"
customer_key = "number"
request_ids = "acknowledged"
reasons = { return = "001" }
taxes = { "13.0" = "1", "0" = "0" }
text_id = ""
batch = true
"#;

    fn resolved(text: &str) -> Result<Settings, String> {
        match parse("x.toml", text, &|_| None)
            .map_err(|error| error.to_string())?
            .erp()
            .map_err(|error| error.to_string())?
        {
            ErpConfig::SapS4hana(settings) => Ok(settings.as_ref().clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_whole_block() {
        let settings = resolved(GOOD).unwrap();
        assert_eq!((settings.debit_notes, settings.customer_key), (DebitNotes::Memo, CustomerKey::Number));
        assert_eq!((settings.request_ids, settings.batch), (RequestIds::Acknowledged, true));
        assert_eq!((settings.text_id, settings.value_category.as_deref()), (None, Some("G2W")));
        assert_eq!(settings.taxes.get(&Decimal::from(13)).map(String::as_str), Some("1"));
        let oauth = GOOD
            .replace("user = \"BRIDGE\"", "token_url = \"https://idp.example/token\"\nclient_id = \"x\"")
            .replace("password", "client_secret");
        assert!(matches!(resolved(&oauth).unwrap().auth, Auth::OAuth2 { .. }));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_key() {
        for (from, to, expected) in [
            ("\"memo\"", "\"invoice\"", "erp.debit_notes: \"invoice\" is not known: write \"order\" or \"memo\""),
            ("\"number\"", "\"ref\"", "erp.customer_key: \"ref\" is not known"),
            ("\"acknowledged\"", "\"yes\"", "erp.request_ids: \"yes\" is not known"),
            ("\"13.0\"", "\"full\"", "erp.taxes: \"full\" is no rate in percent"),
            ("division = \"00\"", "", "erp.division: is missing"),
            ("user = \"BRIDGE\"", "", "erp.user: is missing"),
            ("user = \"BRIDGE\"", "user = \"BRIDGE\"\nscope = \"x\"", "erp.scope: is for OAuth 2.0"),
            ("user = \"BRIDGE\"", "user = \"BRIDGE\"\ntoken_url = \"https://x\"", "erp.user: is not used"),
            ("client = \"100\"", "client = \"1\"", "erp.client \"1\" is no SAP client"),
            ("batch = true", "orders_together = 0", "erp.orders_together must be 1 to 50"),
            ("https://", "http://", "must be https"),
            ("batch", "stock_id", "those are the keys of sap-s4hana"),
        ] {
            let said = resolved(&GOOD.replace(from, to)).unwrap_err();
            assert!(said.contains(expected) && !said.contains("geheim"), "{said}");
        }
    }
}
