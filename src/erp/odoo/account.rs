//! What documents name of the ERP: its company, journal, taxes and digits, and the records that our numbers stand for.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::classify::Answer;
use super::read::{id, number, of};
use super::settings::Settings;
use super::transport::{Call, Transport};
use crate::erp::Verdict;
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::priced::{Entry, TaxRounding};

/// Where the ERP says no digits, as 19 of prices, its numbers have as many as are sent; so many are enough.
pub(super) const DIGITS_MAX: u32 = 6;

/// The company's own records.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// The server's, 14 to 19.
    pub series: i64,
    pub company: String,
    pub currency: i64,
    pub journal: i64,
    pub rounding: TaxRounding,
    pub price_digits: u32,
    pub quantity_digits: u32,
    /// The taxes of each rate in percent.
    taxes: BTreeMap<Decimal, Vec<i64>>,
}

/// A product as a line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    pub id: i64,
    pub unit: i64,
}

impl Account {
    /// Reads them.
    pub(super) async fn read(transport: &Transport, settings: &Settings) -> Result<Account, Verdict> {
        let what = "the account";
        let series = done(what, transport.series().await)?.as_i64().unwrap_or_default();
        if series < 14 {
            return Err(rejected(format!("the ERP is of series {series}; 14 is the first that is known here")));
        }
        let fields = ["name", "tax_calculation_rounding_method"];
        let companies = search(transport, "res.company", json!([]), &fields).await?;
        let [company] = &companies[..] else {
            return Err(rejected(format!(
                "the bridge's user sees {} companies in the ERP: give it one of its own, with one company",
                companies.len()
            )));
        };
        let rounding = match company["tax_calculation_rounding_method"].as_str() {
            Some("round_globally") => TaxRounding::Document,
            Some(_) | None => TaxRounding::Line,
        };
        let name = settings.currency.as_str();
        let currencies = search(transport, "res.currency", json!([["name", "=", name]]), &[]).await?;
        let currency = currencies.first().and_then(|c| id(c).ok()).ok_or_else(|| {
            rejected(format!("erp.currency: the ERP has no active currency {name}: activate it there"))
        })?;
        Ok(Account {
            series,
            company: company["name"].as_str().unwrap_or_default().to_owned(),
            currency,
            journal: journal(transport, settings).await?,
            rounding,
            price_digits: digits(transport, "price_unit").await?,
            quantity_digits: digits(transport, "product_uom_qty").await?,
            taxes: read_taxes(transport).await?,
        })
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
            [] => Err(format!("the ERP has no tax of {rate} % on sales that is added to the price: add it there")),
            several => Err(format!(
                "the ERP has {} taxes of {rate} % on sales (ids {}): say which in erp.taxes, as in {{ \"{rate}\" = {} }}",
                several.len(),
                several.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
                several[0]
            )),
        }
    }
}

/// The products of the entries by their codes.
pub(super) async fn products_of(
    transport: &Transport,
    entries: &[Entry],
) -> Result<BTreeMap<String, Product>, Verdict> {
    let mut codes: Vec<&str> = entries.iter().map(|e| e.sku.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let found = products(transport, &codes).await?;
    match codes.into_iter().find(|code| !found.contains_key(*code)) {
        None => Ok(found),
        Some(lacking) => Err(Verdict::Lacking {
            item: lacking.to_owned(),
            reason: format!(
                "the ERP has no salable product with the internal reference {lacking}: add it there, or name the right one in the \
                 crosswalk"
            ),
            absent: false,
        }),
    }
}

/// Salable products by their internal references.
pub(super) async fn products(transport: &Transport, codes: &[&str]) -> Result<BTreeMap<String, Product>, Verdict> {
    let domain = json!([["default_code", "in", codes], ["sale_ok", "=", true]]);
    let mut found = BTreeMap::new();
    for record in search(transport, "product.product", domain, &["default_code", "uom_id"]).await? {
        let what = "a product";
        let (Some(code), Some(unit)) = (record["default_code"].as_str(), of(&record, "uom_id")) else {
            return Err(garbled(what, "no internal reference or unit in the answer"));
        };
        let product = Product { id: id(&record).map_err(|e| garbled(what, &e))?, unit };
        if found.insert(code.to_owned(), product).is_some() {
            return Err(rejected(format!(
                "the ERP has two products with the internal reference {code}: they must be unique"
            )));
        }
    }
    Ok(found)
}

/// The internal references of products.
pub(super) async fn codes(transport: &Transport, products: &[i64]) -> Result<BTreeMap<i64, String>, Verdict> {
    let call = Call::on("product.product", "read", products, vec![("fields", json!(["default_code"]))]);
    let records = done("to read products", transport.read(call).await)?;
    let code = |record: &Value| Some((id(record).ok()?, record["default_code"].as_str()?.to_owned()));
    Ok(records.as_array().into_iter().flatten().filter_map(code).collect())
}

/// The units of measure that entries name.
pub(super) async fn units(transport: &Transport, entries: &[Entry]) -> Result<BTreeMap<String, i64>, Verdict> {
    let names: Vec<&String> = entries.iter().filter_map(|e| e.unit.as_ref()).collect();
    unit_ids(transport, &names).await
}

/// The units of these names.
pub(super) async fn unit_ids(transport: &Transport, names: &[&String]) -> Result<BTreeMap<String, i64>, Verdict> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = search(transport, "uom.uom", json!([["name", "in", names]]), &["name"]).await?;
    let mut units = BTreeMap::new();
    for name in names {
        let unit = found.iter().find(|unit| unit["name"].as_str() == Some(name)).ok_or_else(|| {
            rejected(format!("the ERP has no unit of measure \"{name}\": add it there, or correct the mapping"))
        })?;
        units.insert((*name).clone(), id(unit).map_err(|e| garbled("a unit", &e))?);
    }
    Ok(units)
}

/// Searches and reads in one request.
pub(super) async fn search(
    transport: &Transport,
    model: &str,
    domain: Value,
    fields: &[&str],
) -> Result<Vec<Value>, Verdict> {
    let fields: Vec<&str> = fields.iter().copied().chain(["id"]).collect();
    let call = Call::on_model(model, "search_read", vec![("domain", domain), ("fields", json!(fields))]);
    match done(&format!("to look for {model}"), transport.read(call).await)? {
        Value::Array(records) => Ok(records),
        _ => Err(garbled(model, "no list in the answer")),
    }
}

/// Those of an order's field; an invoice's has the same.
async fn digits(transport: &Transport, field: &str) -> Result<u32, Verdict> {
    let parameters = vec![("allfields", json!([field])), ("attributes", json!(["digits"]))];
    let answer = transport.read(Call::on_model("sale.order.line", "fields_get", parameters)).await;
    let fields = done("the account", answer)?;
    let digits = fields[field].pointer("/digits/1").and_then(Value::as_u64).and_then(|d| u32::try_from(d).ok());
    Ok(digits.unwrap_or(DIGITS_MAX).min(DIGITS_MAX))
}

async fn journal(transport: &Transport, settings: &Settings) -> Result<i64, Verdict> {
    let found = search(transport, "account.journal", json!([["type", "=", "sale"]]), &["code"]).await?;
    let journal = match &settings.journal {
        None => found.first(),
        Some(code) => found.iter().find(|journal| journal["code"].as_str() == Some(code)),
    };
    let journal = journal.ok_or_else(|| match &settings.journal {
        None => rejected("the ERP has no journal of sales: install its chart of accounts".into()),
        Some(code) => rejected(format!("erp.journal: the ERP has no journal of sales with the short code {code}")),
    })?;
    id(journal).map_err(|e| garbled("a journal", &e))
}

/// Taxes on sales that are a percentage on top.
async fn read_taxes(transport: &Transport) -> Result<BTreeMap<Decimal, Vec<i64>>, Verdict> {
    let domain = json!([["type_tax_use", "=", "sale"], ["amount_type", "=", "percent"], ["price_include", "=", false]]);
    let mut taxes = BTreeMap::<Decimal, Vec<i64>>::new();
    for tax in search(transport, "account.tax", domain, &["amount"]).await? {
        let Some(percent) = tax.get("amount").and_then(number) else { continue };
        taxes.entry(percent.normalize()).or_default().push(id(&tax).map_err(|e| garbled("a tax", &e))?);
    }
    Ok(taxes)
}

/// What a request gave that is to give something.
pub(super) fn done(what: &str, answer: Answer) -> Result<Value, Verdict> {
    match answer {
        Answer::Done(value) => Ok(value),
        answer => Err(failed(what, answer)),
    }
}

/// What a request that gave nothing means for the document.
pub(super) fn failed(what: &str, answer: Answer) -> Verdict {
    match answer {
        Answer::Done(_) => garbled(what, "an answer that was not expected"),
        Answer::Refused(text) => refused(what, &text),
        Answer::Failure(failure) => failure.verdict(what),
    }
}
