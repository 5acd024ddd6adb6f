//! The block `[erp]`: keys that every ERP has, and those of its kind, each kind in a file of its own.
//!
//! A new kind is a file here, a line in [`KINDS`], and a variant of [`ErpConfig`], which `bridge::open_erp` opens.

mod kingdee_galaxy;
mod kingdee_xingchen;
mod odoo;
mod rest;
mod sap_s4hana;
mod tryton;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ConfigError;
use super::raw;
use super::resolved::Place;
use crate::erp;

/// The ERP account, by kind.
#[derive(Debug, Clone)]
pub enum ErpConfig {
    /// Kingdee Cloud Galaxy.
    KingdeeGalaxy(Box<erp::kingdee_galaxy::Settings>),
    /// Kingdee Cloud Xingchen V2.
    KingdeeXingchen(erp::kingdee_xingchen::Settings),
    /// Odoo.
    Odoo(erp::odoo::Settings),
    /// Any ERP with a REST API, by config alone.
    Rest(Box<erp::rest::Settings>),
    /// SAP S/4HANA.
    SapS4hana(Box<erp::sap_s4hana::Settings>),
    /// Tryton.
    Tryton(erp::tryton::Settings),
}

impl ErpConfig {
    /// The currency that the account keeps its books in (ISO 4217).
    pub fn currency(&self) -> &str {
        match self {
            ErpConfig::KingdeeGalaxy(settings) => &settings.currency,
            ErpConfig::KingdeeXingchen(settings) => &settings.currency,
            ErpConfig::Odoo(settings) => &settings.currency,
            ErpConfig::Rest(settings) => &settings.currency,
            ErpConfig::SapS4hana(settings) => &settings.currency,
            ErpConfig::Tryton(settings) => &settings.currency,
        }
    }
}

/// Resolves the block of one kind.
type Resolve = fn(&Block<'_>) -> Result<ErpConfig, ConfigError>;

/// Every kind by its name.
const KINDS: &[(&str, Resolve)] = &[
    ("kingdee-galaxy", kingdee_galaxy::resolve),
    ("kingdee-xingchen", kingdee_xingchen::resolve),
    ("odoo", odoo::resolve),
    ("rest", rest::resolve),
    ("sap-s4hana", sap_s4hana::resolve),
    ("tryton", tryton::resolve),
];

/// The keys that every kind has, as [`Common`] reads them.
const COMMON: [&str; 6] = ["kind", "url", "currency", "request_timeout", "late_max", "bodies"];

/// What stands beside the config file for bodies, where the config does not say it.
const BODIES: &str = "erp";

#[derive(Debug, Deserialize)]
struct Common {
    kind: String,
    url: String,
    currency: Option<String>,
    request_timeout: Option<String>,
    late_max: Option<String>,
    bodies: Option<String>,
}

/// The block as the file says it.
struct Block<'a> {
    at: &'a Place<'a>,
    text: &'a str,
    common: Common,
    /// Requests a minute, where `[relay]` says it.
    rate: Option<u32>,
}

/// Checks what the file says of the ERP's account.
pub(super) fn resolve(at: &Place<'_>, text: &str, rate: Option<u32>) -> Result<ErpConfig, ConfigError> {
    let common: Common = raw::read_block(at.file, text, "erp", &[])?;
    match KINDS.iter().find(|(name, _)| *name == common.kind) {
        Some((_, resolve)) => resolve(&Block { at, text, common, rate }),
        None => {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            let what = format!("\"{}\" is not known: this version has {}", common.kind, names.join(", "));
            Err(at.error("erp.kind", what))
        }
    }
}

impl Block<'_> {
    /// The kind's own keys; `T` refuses those that it does not know.
    fn own<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        raw::read_block(self.at.file, self.text, "erp", &COMMON).map_err(|error| {
            if !error.message.starts_with("unknown field") {
                return error;
            }
            let (kind, common) = (&self.common.kind, COMMON.join(", "));
            ConfigError {
                message: format!("{}; those are the keys of {kind}, beside {common}", error.message),
                ..error
            }
        })
    }

    /// `erp.url`.
    fn url(&self) -> Result<String, ConfigError> {
        self.at.text("erp.url", &self.common.url)
    }

    /// `erp.currency`, where it is said.
    fn currency(&self) -> Result<Option<String>, ConfigError> {
        self.text("currency", self.common.currency.as_ref())
    }

    /// `erp.request_timeout` and `erp.late_max`; without the latter the former and a margin.
    fn times(&self, request: Duration, margin: Duration) -> Result<(Duration, Duration), ConfigError> {
        let common = &self.common;
        let request = self.at.duration("erp.request_timeout", common.request_timeout.as_ref(), request)?;
        let late_max = self.at.duration("erp.late_max", common.late_max.as_ref(), request + margin)?;
        Ok((request, late_max))
    }

    /// The folder with bodies that take the place of the kind's own: `erp.bodies`, else `erp` beside the config, if there.
    fn bodies(&self) -> Result<Option<PathBuf>, ConfigError> {
        let Some(written) = &self.common.bodies else {
            return Ok(Some(self.at.beside(BODIES)).filter(|folder| folder.is_dir()));
        };
        let folder = self.at.path(written);
        match folder.is_dir() {
            true => Ok(Some(folder)),
            false => {
                let what = format!(
                    "{} is no folder: make it, and put the bodies in it that differ from the ERP's own, or leave the key away",
                    folder.display()
                );
                Err(self.at.error("erp.bodies", what))
            }
        }
    }

    /// A key of the kind's own.
    fn text(&self, key: &str, value: Option<&String>) -> Result<Option<String>, ConfigError> {
        value.map(|text| self.at.text(&format!("erp.{key}"), text)).transpose()
    }

    /// A key that must be there.
    fn required(&self, key: &str, value: Option<&String>) -> Result<String, ConfigError> {
        self.text(key, value)?.ok_or_else(|| self.at.error(&format!("erp.{key}"), "is missing"))
    }

    /// A key that must be there and is never shown.
    fn secret(&self, key: &str, value: Option<&String>) -> Result<SecretString, ConfigError> {
        self.required(key, value).map(SecretString::from)
    }

    /// A table with something for each tax rate in percent; `example` is what stands for one.
    fn by_rate<T>(
        &self,
        key: &str,
        table: Option<BTreeMap<String, T>>,
        example: &str,
    ) -> Result<BTreeMap<Decimal, T>, ConfigError> {
        let by_rate = |(percent, value): (String, T)| match percent.parse::<Decimal>() {
            Ok(rate) => Ok((rate.normalize(), value)),
            Err(_) => {
                let what = format!("\"{percent}\" is no rate in percent: write {{ \"13\" = {example} }}");
                Err(self.at.error(&format!("erp.{key}"), what))
            }
        };
        table.unwrap_or_default().into_iter().map(by_rate).collect()
    }

    /// What an adapter says of its settings.
    fn refused(&self, message: String) -> ConfigError {
        ConfigError { place: self.at.file.to_owned(), message }
    }
}
