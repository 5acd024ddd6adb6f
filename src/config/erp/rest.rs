//! `kind = "rest"`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};

use super::{Block, ErpConfig};
use crate::config::ConfigError;
use crate::erp::Pace;
use crate::erp::rest::{
    Adapter, Answers, Auth, Call, Header, LATE_MARGIN, NUMBER_MAX, OAuth2, Operation, Prices, RATE_PER_MINUTE,
    REQUEST_TIMEOUT, Record, Settings,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    account: Option<String>,
    auth: Option<RawAuth>,
    #[serde(default)]
    headers: BTreeMap<String, Header>,
    #[serde(default)]
    answers: Answers,
    #[serde(default)]
    prices: Prices,
    totals: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    number_max: Option<usize>,
    customer: Option<Table>,
    order: Option<Table>,
    #[serde(rename = "return")]
    returns: Option<Table>,
    allowance: Option<Table>,
    debit: Option<Table>,
    item: Option<Call>,
    check: Option<Call>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAuth {
    kind: String,
    user: Option<String>,
    password: Option<String>,
    token: Option<String>,
    name: Option<String>,
    secret: Option<String>,
    token_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
    credentials: Option<String>,
}

/// A table of a document: its record, or `like = "order"`.
#[derive(Debug)]
enum Table {
    Own(Box<Record>),
    Like(String),
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Hands the first key back to who reads a record.
        struct Rest<'k, A> {
            first: Option<&'k str>,
            map: A,
        }
        impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, A> {
            type Error = A::Error;
            fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
                match self.first.take() {
                    Some(first) => seed.deserialize(de::value::StrDeserializer::new(first)).map(Some),
                    None => self.map.next_key_seed(seed),
                }
            }
            fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
                self.map.next_value_seed(seed)
            }
        }
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Table;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table with create, or with like")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table, A::Error> {
                match map.next_key::<String>()? {
                    Some(key) if key == "like" => {
                        let like = map.next_value()?;
                        match map.next_key::<String>()? {
                            None => Ok(Table::Like(like)),
                            Some(other) => Err(de::Error::custom(format!("`like` says it all: {other} is too much"))),
                        }
                    }
                    key => {
                        let rest = Rest { first: key.as_deref(), map };
                        Record::deserialize(de::value::MapAccessDeserializer::new(rest))
                            .map(|r| Table::Own(Box::new(r)))
                    }
                }
            }
        }
        deserializer.deserialize_map(Read)
    }
}

pub(super) fn resolve(block: &Block<'_>) -> Result<ErpConfig, ConfigError> {
    let raw: Raw = block.own()?;
    let currency = block.currency()?.ok_or_else(|| block.at.error("erp.currency", "is missing: write \"EUR\""))?;
    let auth = match &raw.auth {
        Some(raw) => auth(block, raw)?,
        None => return Err(block.at.error("erp.auth", "is missing: write kind = \"none\" where nobody is asked")),
    };
    let totals = match raw.totals.as_deref() {
        None | Some("compare") => true,
        Some("none") => false,
        Some(other) => return Err(unknown(block, "totals", other, "\"compare\" or \"none\"")),
    };
    let tables = [
        (Operation::Customer, raw.customer),
        (Operation::Order, raw.order),
        (Operation::Return, raw.returns),
        (Operation::Allowance, raw.allowance),
        (Operation::Debit, raw.debit),
    ];
    let (request_timeout, late_max) = block.times(REQUEST_TIMEOUT, LATE_MARGIN)?;
    let mut settings = Settings {
        url: block.url()?,
        account: block.text("account", raw.account.as_ref())?,
        currency,
        auth,
        headers: raw.headers,
        answers: raw.answers,
        prices: raw.prices,
        totals,
        values: raw.values,
        operations: operations(block, tables)?,
        item: raw.item,
        check: raw.check,
        number_max: raw.number_max.unwrap_or(NUMBER_MAX),
        request_timeout,
        late_max,
        rate_per_minute: block.rate.unwrap_or(RATE_PER_MINUTE),
        bodies: block.bodies()?,
    };
    put_secrets_in(block, &mut settings)?;
    Adapter::new(settings.clone(), Pace::free()).map_err(|message| block.refused(message))?;
    Ok(ErpConfig::Rest(Box::new(settings)))
}

fn auth(block: &Block<'_>, raw: &RawAuth) -> Result<Auth, ConfigError> {
    let given = [
        ("user", raw.user.is_some()),
        ("password", raw.password.is_some()),
        ("token", raw.token.is_some()),
        ("name", raw.name.is_some()),
        ("secret", raw.secret.is_some()),
        ("token_url", raw.token_url.is_some()),
        ("client_id", raw.client_id.is_some()),
        ("client_secret", raw.client_secret.is_some()),
        ("scope", raw.scope.is_some()),
        ("credentials", raw.credentials.is_some()),
    ];
    let only = |known: &[&str]| match given.iter().find(|(key, given)| *given && !known.contains(key)) {
        Some((key, _)) => {
            Err(block.at.error(&format!("erp.auth.{key}"), format!("is not used with kind = \"{}\"", raw.kind)))
        }
        None => Ok(()),
    };
    match raw.kind.as_str() {
        "none" => only(&[]).map(|()| Auth::None),
        "basic" => {
            only(&["user", "password"])?;
            let user = block.required("auth.user", raw.user.as_ref())?;
            Ok(Auth::Basic { user, password: block.secret("auth.password", raw.password.as_ref())? })
        }
        "bearer" => {
            only(&["token"])?;
            block.secret("auth.token", raw.token.as_ref()).map(Auth::Bearer)
        }
        "header" => {
            only(&["name", "secret"])?;
            let name = block.required("auth.name", raw.name.as_ref())?;
            Ok(Auth::Header { name, value: block.secret("auth.secret", raw.secret.as_ref())? })
        }
        "oauth2" => {
            only(&["token_url", "client_id", "client_secret", "scope", "credentials"])?;
            let in_body = match raw.credentials.as_deref() {
                None | Some("header") => false,
                Some("body") => true,
                Some(other) => return Err(unknown(block, "auth.credentials", other, "\"header\" or \"body\"")),
            };
            Ok(Auth::OAuth2(OAuth2 {
                token_url: block.required("auth.token_url", raw.token_url.as_ref())?,
                client_id: block.required("auth.client_id", raw.client_id.as_ref())?,
                client_secret: block.secret("auth.client_secret", raw.client_secret.as_ref())?,
                scope: block.text("auth.scope", raw.scope.as_ref())?,
                in_body,
            }))
        }
        other => Err(unknown(block, "auth.kind", other, "\"none\", \"basic\", \"bearer\", \"header\" or \"oauth2\"")),
    }
}

fn operations(
    block: &Block<'_>,
    tables: [(Operation, Option<Table>); 5],
) -> Result<BTreeMap<Operation, Record>, ConfigError> {
    let (mut operations, mut likes) = (BTreeMap::new(), Vec::new());
    for (operation, table) in tables {
        match table {
            Some(Table::Own(record)) => drop(operations.insert(operation, *record)),
            Some(Table::Like(name)) => likes.push((operation, name)),
            None => {}
        }
    }
    for (operation, name) in likes {
        let other = Operation::ALL.into_iter().find(|other| other.as_str() == name);
        let Some(record) = other.and_then(|other| operations.get(&other)).cloned() else {
            let key = format!("erp.{}.like", operation.as_str());
            return Err(block.at.error(&key, format!("\"{name}\" is no table with a create of its own")));
        };
        let record = Record { name: record.name.or(Some(name)), ..record };
        operations.insert(operation, record);
    }
    Ok(operations)
}

/// Puts the environment's values in place of `${NAME}` in all headers.
fn put_secrets_in(block: &Block<'_>, settings: &mut Settings) -> Result<(), ConfigError> {
    fn of_record<'r>(place: &str, record: &'r mut Record, into: &mut Vec<(String, &'r mut Header)>) {
        let Record { create, probe, read, update, confirm, find, sold, then, .. } = record;
        let mut calls = vec![("create".to_owned(), &mut create.headers)];
        let named = [("probe", probe), ("read", read), ("update", update)];
        calls.extend(named.into_iter().filter_map(|(name, c)| Some((name.to_owned(), &mut c.as_mut()?.headers))));
        let steps = confirm.iter_mut().enumerate();
        calls.extend(steps.map(|(i, step)| (format!("confirm[{i}]"), &mut step.headers)));
        calls.extend(find.iter_mut().map(|(name, call)| (format!("find.{name}"), &mut call.headers)));
        if let Some(sold) = sold {
            calls.push(("sold.probe".to_owned(), &mut sold.probe.headers));
            calls.extend(sold.read.as_mut().map(|call| ("sold.read".to_owned(), &mut call.headers)));
        }
        for (name, headers) in calls {
            let headers = headers.iter_mut();
            into.extend(headers.map(|(header, value)| (format!("{place}.{name}.headers.{header}"), value)));
        }
        for (i, then) in then.iter_mut().enumerate() {
            of_record(&format!("{place}.then[{i}]"), then, into);
        }
    }
    let mut all: Vec<(String, &mut Header)> = Vec::new();
    all.extend(settings.headers.iter_mut().map(|(name, value)| (format!("headers.{name}"), value)));
    for (name, call) in [("item", &mut settings.item), ("check", &mut settings.check)] {
        let headers = call.iter_mut().flat_map(|call| call.headers.iter_mut());
        all.extend(headers.map(|(header, value)| (format!("{name}.headers.{header}"), value)));
    }
    for (operation, record) in &mut settings.operations {
        of_record(operation.as_str(), record, &mut all);
    }
    for (key, value) in all {
        if !value.text.contains("${") {
            continue;
        }
        if value.text.contains("{{") {
            let what = "holds a template and a secret: a header has one of them";
            return Err(block.at.error(&format!("erp.{key}"), what));
        }
        let text = block.text(&key, Some(&value.text))?.unwrap_or_default();
        *value = Header { text, secret: true };
    }
    Ok(())
}

fn unknown(block: &Block<'_>, key: &str, value: &str, known: &str) -> ConfigError {
    block.at.error(&format!("erp.{key}"), format!("\"{value}\" is not known: write {known}"))
}

#[cfg(test)]
mod tests;
