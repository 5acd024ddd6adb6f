//! What documents name of the ERP: its company, currency, taxes, and the records that a document's numbers stand for.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::classify::Answer;
use super::read::{id, ids, number};
use super::settings::Settings;
use super::steps::failed;
use super::transport::Transport;
use crate::erp::Verdict;
use crate::erp::failure::{garbled, rejected};
use crate::erp::priced::{Entry, TaxRounding};

/// The company's own records.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub company: i64,
    pub currency: i64,
    pub rounding: TaxRounding,
    pub web_shop: Option<i64>,
    pub payment_term: Option<i64>,
    /// The taxes of each rate in percent.
    taxes: BTreeMap<Decimal, Vec<i64>>,
}

/// A product as a line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    pub id: i64,
    pub unit: i64,
}

/// A customer as a sale names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    pub id: i64,
    pub address: Option<i64>,
}

impl Account {
    /// Reads them.
    pub(super) async fn read(transport: &Transport, settings: &Settings) -> Result<Account, Verdict> {
        let what = "the account";
        let preferences = done(what, transport.read("model.res.user.get_preferences", json!([true, {}])).await)?;
        let company = preferences.get("company").and_then(Value::as_i64).ok_or_else(|| {
            rejected(format!("the user {} has no company in the ERP: give it one in its preferences", settings.user))
        })?;
        let context = json!({"company": company});
        let configuration = transport.read("model.account.configuration.read", json!([[1], ["tax_rounding"], context]));
        let rounding = match done(what, configuration.await)?.pointer("/0/tax_rounding").and_then(Value::as_str) {
            Some("line") => TaxRounding::Line,
            Some("document") => TaxRounding::Document,
            other => return Err(garbled(what, &format!("tax_rounding is {other:?}"))),
        };
        let one = async |model: &str, field: &str, value: &str, key: &str| -> Result<i64, Verdict> {
            let found = search(transport, company, model, json!([[field, "=", value]]), &[]).await?;
            match &found[..] {
                [one] => id(one).map_err(|e| garbled(what, &e)),
                [] => Err(rejected(format!("{key}: the ERP has no {model} called \"{value}\""))),
                _ => Err(rejected(format!("{key}: the ERP has {} of {model} called \"{value}\"", found.len()))),
            }
        };
        let currency = one("currency.currency", "code", &settings.currency, "erp.currency").await?;
        let web_shop = match &settings.web_shop {
            Some(name) => Some(one("web.shop", "name", name, "erp.web_shop").await?),
            None => None,
        };
        let payment_term = match &settings.payment_term {
            Some(name) => Some(one("account.invoice.payment_term", "name", name, "erp.payment_term").await?),
            None => None,
        };
        let taxes = read_taxes(transport, company).await?;
        Ok(Account { company, currency, rounding, web_shop, payment_term, taxes })
    }

    /// The tax of a rate in percent; none for a rate of zero that the ERP has no tax for.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(super) fn tax(&self, rate: Decimal, settings: &Settings) -> Result<Option<i64>, String> {
        let rate = rate.normalize();
        if let Some((_, id)) = settings.taxes.iter().find(|(percent, _)| percent.normalize() == rate) {
            return Ok(Some(*id));
        }
        match self.taxes.get(&rate).map_or(&[][..], Vec::as_slice) {
            [one] => Ok(Some(*one)),
            [] if rate.is_zero() => Ok(None),
            [] => Err(format!("the ERP has no tax of {rate} % on sales: add it there")),
            several => Err(format!(
                "the ERP has {} taxes of {rate} % on sales (ids {}): say which in erp.taxes, as in {{ \"{rate}\" = {} }}",
                several.len(),
                several.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
                several[0]
            )),
        }
    }

    /// The products of the entries by their codes.
    pub(super) async fn products(
        &self,
        transport: &Transport,
        entries: &[Entry],
    ) -> Result<BTreeMap<String, Product>, Verdict> {
        let mut codes: Vec<&str> = entries.iter().map(|e| e.sku.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let found = products(transport, self.company, &codes).await?;
        match codes.into_iter().find(|code| !found.contains_key(*code)) {
            None => Ok(found),
            Some(lacking) => Err(Verdict::Lacking {
                item: lacking.to_owned(),
                reason: format!(
                    "the ERP has no salable product with the code {lacking}: add it there, or name the right one in the crosswalk"
                ),
                absent: false,
            }),
        }
    }

    /// The units of measure that entries name, by symbol or name.
    pub(super) async fn units(
        &self,
        transport: &Transport,
        entries: &[Entry],
    ) -> Result<BTreeMap<String, i64>, Verdict> {
        let names: Vec<&String> = entries.iter().filter_map(|e| e.unit.as_ref()).collect();
        self.unit_ids(transport, &names).await
    }

    /// The units of these names or symbols.
    pub(super) async fn unit_ids(
        &self,
        transport: &Transport,
        names: &[&String],
    ) -> Result<BTreeMap<String, i64>, Verdict> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let domain = json!(["OR", ["symbol", "in", names], ["name", "in", names]]);
        let found = search(transport, self.company, "product.uom", domain, &["symbol", "name"]).await?;
        let mut units = BTreeMap::new();
        for name in names {
            let is = |unit: &&Value| ["symbol", "name"].iter().any(|f| unit[*f].as_str() == Some(name));
            let unit = found.iter().find(is).ok_or_else(|| {
                rejected(format!("the ERP has no unit of measure \"{name}\": add it there, or correct the mapping"))
            })?;
            units.insert((*name).clone(), id(unit).map_err(|e| garbled("a unit", &e))?);
        }
        Ok(units)
    }

    /// The party with a number.
    pub(super) async fn party(&self, transport: &Transport, number: &str) -> Result<Option<Party>, Verdict> {
        let found =
            search(transport, self.company, "party.party", json!([["code", "=", number]]), &["addresses"]).await?;
        let Some(party) = found.first() else { return Ok(None) };
        let address = ids(&party["addresses"]).first().copied();
        Ok(Some(Party { id: id(party).map_err(|e| garbled("a party", &e))?, address }))
    }
}

/// Salable products by their codes.
pub(super) async fn products(
    transport: &Transport,
    company: i64,
    codes: &[&str],
) -> Result<BTreeMap<String, Product>, Verdict> {
    let domain = json!([["code", "in", codes], ["salable", "=", true]]);
    let mut found = BTreeMap::new();
    for record in search(transport, company, "product.product", domain, &["code", "default_uom"]).await? {
        let what = "a product";
        let (Some(code), Some(unit)) = (record["code"].as_str(), record["default_uom"].as_i64()) else {
            return Err(garbled(what, "no code or unit in the answer"));
        };
        let product = Product { id: id(&record).map_err(|e| garbled(what, &e))?, unit };
        if found.insert(code.to_owned(), product).is_some() {
            return Err(rejected(format!("the ERP has two products with the code {code}: codes must be unique")));
        }
    }
    Ok(found)
}

/// Searches and reads in one request.
pub(super) async fn search(
    transport: &Transport,
    company: i64,
    model: &str,
    domain: Value,
    fields: &[&str],
) -> Result<Vec<Value>, Verdict> {
    let fields: Vec<&str> = fields.iter().copied().chain(["id"]).collect();
    let params = json!([domain, 0, null, null, fields, {"company": company}]);
    let answer = transport.read(&format!("model.{model}.search_read"), params).await;
    match done(&format!("to look for {model}"), answer)? {
        Value::Array(records) => Ok(records),
        _ => Err(garbled(model, "no list in the answer")),
    }
}

/// What a request gave that is to give something.
pub(super) fn done(what: &str, answer: Answer) -> Result<Value, Verdict> {
    match answer {
        Answer::Done(value) => Ok(value),
        answer => Err(failed(what, answer)),
    }
}

/// Taxes on sales that are a percentage on top.
async fn read_taxes(transport: &Transport, company: i64) -> Result<BTreeMap<Decimal, Vec<i64>>, Verdict> {
    let domain = json!([["type", "=", "percentage"], ["parent", "=", null], ["company", "=", company]]);
    let mut taxes = BTreeMap::<Decimal, Vec<i64>>::new();
    for tax in search(transport, company, "account.tax", domain, &["rate", "group.kind"]).await? {
        let bought = tax.pointer("/group./kind").and_then(Value::as_str) == Some("purchase");
        let Some(rate) = tax.get("rate").and_then(number).filter(|_| !bought) else { continue };
        let percent = (rate * Decimal::ONE_HUNDRED).normalize();
        taxes.entry(percent).or_default().push(id(&tax).map_err(|e| garbled("a tax", &e))?);
    }
    Ok(taxes)
}
