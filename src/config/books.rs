//! What the config says of the books: numbers, closed months, customers, items, rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ConfigError;
use super::raw::{RawBooks, RawCustomers, RawProducts, RawRule};
use super::resolved::Place;
use crate::capture::{Customers, Known, Otherwise, Policy, RuleText};
use crate::document::{Crosswalk, DocumentKind, Item};
use crate::ledger::{Numbering, Templates};

/// The books' settings.
#[derive(Debug, Clone, Default)]
pub struct BooksConfig {
    /// How documents are numbered.
    pub templates: Templates,
    /// The last day that is closed: nothing is posted on it or before.
    pub closed_until: Option<Date>,
    /// Which customers are told, and whose account orders go to.
    pub customers: Customers,
    /// The store's items in the ERP.
    pub products: ProductsConfig,
    /// What documents have to meet.
    pub rules: Vec<RuleText>,
    /// What becomes of the orders that the store has at a first start; `None` where nothing is said.
    pub opening: Option<OpeningConfig>,
}

/// How the books are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpeningConfig {
    /// The orders of before are not read.
    None,
    /// The ERP knows all orders.
    Baseline,
    /// The ERP knows the orders before this day.
    PostSince(Date),
    /// The ERP knows the orders of this file.
    Import(PathBuf),
}

/// Where the crosswalk comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductsConfig {
    /// A CSV or TOML file.
    pub file: Option<PathBuf>,
    /// See [`Crosswalk::strict`].
    pub strict: bool,
    /// See [`Crosswalk::unit`].
    pub unit: Option<String>,
}

impl ProductsConfig {
    /// The crosswalk as its file is now.
    ///
    /// # Errors
    /// Where the file cannot be read or used, with file and line.
    pub fn crosswalk(&self) -> Result<Crosswalk, ConfigError> {
        let items = match &self.file {
            Some(file) => read_items(file)?,
            None => BTreeMap::new(),
        };
        Ok(Crosswalk { items, strict: self.strict, unit: self.unit.clone() })
    }
}

/// Checks what the file says of the books.
pub(super) fn resolve(
    at: &Place<'_>,
    stream: &str,
    books: RawBooks,
    customers: RawCustomers,
    products: RawProducts,
    rules: Vec<RawRule>,
) -> Result<BooksConfig, ConfigError> {
    let defaults = Templates::default();
    let templates = Templates {
        sales_order: books.sales_order.unwrap_or(defaults.sales_order),
        again: books.again.unwrap_or(defaults.again),
        credit_note: books.credit_note.unwrap_or(defaults.credit_note),
        debit_note: books.debit_note.unwrap_or(defaults.debit_note),
    };
    // The ERP's limit is known later; a template that is none shows here.
    Numbering::new(&templates, stream, usize::MAX)
        .map_err(|e| at.error(&format!("books.{}", e.name), e.message.clone()))?;
    let closed_until = books.closed_until.map(|text| {
        text.parse::<Date>().map_err(|_| at.error("books.closed_until", "must be a day like \"2026-10-31\""))
    });
    Ok(BooksConfig {
        templates,
        closed_until: closed_until.transpose()?,
        opening: books.opening.map(|text| resolve_opening(at, &text)).transpose()?,
        customers: resolve_customers(at, stream, customers)?,
        products: resolve_products(at, products)?,
        rules: rules.into_iter().enumerate().map(|(i, rule)| resolve_rule(at, i, rule)).collect::<Result<_, _>>()?,
    })
}

fn resolve_opening(at: &Place<'_>, text: &str) -> Result<OpeningConfig, ConfigError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["none"] => Ok(OpeningConfig::None),
        ["baseline"] => Ok(OpeningConfig::Baseline),
        ["post-since", day] => match day.parse() {
            Ok(day) => Ok(OpeningConfig::PostSince(day)),
            Err(_) => Err(at.error("books.opening", format!("\"{day}\" is no day: write \"post-since 2026-10-31\""))),
        },
        ["import", ..] => Ok(OpeningConfig::Import(at.path(text["import".len()..].trim()))),
        _ => {
            let what = format!(
                "\"{text}\" is not known: write \"baseline\", \"post-since DAY\", \"import FILE.csv\" or \"none\""
            );
            Err(at.error("books.opening", what))
        }
    }
}

fn resolve_customers(at: &Place<'_>, stream: &str, raw: RawCustomers) -> Result<Customers, ConfigError> {
    let policy = match (raw.policy.as_deref(), raw.shared) {
        (None | Some("on-first-order"), None) => Policy::OnFirstOrder,
        (Some("all"), None) => Policy::All,
        (None, Some(number)) => Policy::Shared(filled(at, "customers.shared", number)?),
        (Some(_), Some(_)) => {
            return Err(at.error("customers.shared", "takes the place of customers.policy: write one of the two"));
        }
        (Some(other), None) => {
            let what = format!(
                "\"{other}\" is not known: write \"on-first-order\" or \"all\", or shared = \"NUMBER\" for one account of all"
            );
            return Err(at.error("customers.policy", what));
        }
    };
    if raw.guests.is_some() && matches!(policy, Policy::Shared(_)) {
        return Err(at.error("customers.guests", "says nothing beside customers.shared, which guests share, too"));
    }
    let guests = raw.guests.map(|number| filled(at, "customers.guests", number)).transpose()?;
    let template = raw.number.unwrap_or_else(|| CUSTOMER.to_owned());
    let number = template.replace("{stream}", stream);
    let number = match number.split_once(CUSTOMER) {
        Some((before, after)) if !format!("{before}{after}").contains(['{', '}', ' ']) => (before.into(), after.into()),
        _ => {
            let what = format!("\"{template}\" must have {{customer}} in it once, as in \"{{stream}}-{{customer}}\"");
            return Err(at.error("customers.number", what));
        }
    };
    Ok(Customers { policy, guests, number, number_max: None })
}

/// Where the mapping's number of a customer stands in the template of the ERP's.
const CUSTOMER: &str = "{customer}";

fn filled(at: &Place<'_>, key: &str, number: String) -> Result<String, ConfigError> {
    if number.trim().is_empty() { Err(at.error(key, "must be a customer's number in the ERP")) } else { Ok(number) }
}

fn resolve_products(at: &Place<'_>, raw: RawProducts) -> Result<ProductsConfig, ConfigError> {
    let strict = match raw.unknown.as_deref() {
        None | Some("pass") => false,
        Some("park") => true,
        Some(other) => {
            let what = format!("\"{other}\" is not known: write \"pass\" (a SKU is its item's number) or \"park\"");
            return Err(at.error("products.unknown", what));
        }
    };
    let file = raw.crosswalk.map(|written| at.path(&written));
    Ok(ProductsConfig { file, strict, unit: raw.unit })
}

fn resolve_rule(at: &Place<'_>, index: usize, raw: RawRule) -> Result<RuleText, ConfigError> {
    let label = |key: &str| format!("rules[{}].{key}", index + 1);
    let kinds = [DocumentKind::SalesOrder, DocumentKind::CreditNote, DocumentKind::DebitNote];
    let on = match raw.on.as_deref() {
        None => Some(DocumentKind::SalesOrder),
        Some("any") => None,
        Some(name) => match kinds.into_iter().find(|kind| kind.as_str() == name) {
            Some(kind) => Some(kind),
            None => {
                let what = format!("\"{name}\" is not known: write sales_order, credit_note, debit_note or any");
                return Err(at.error(&label("on"), what));
            }
        },
    };
    let each_line = match raw.each.as_deref() {
        None | Some("document") => false,
        Some("line") => true,
        Some(other) => {
            return Err(at.error(&label("each"), format!("\"{other}\" is not known: write document or line")));
        }
    };
    let otherwise = match raw.otherwise.as_str() {
        "hold" => Otherwise::Hold,
        "park" => Otherwise::Park,
        "warn" => Otherwise::Warn,
        other => {
            return Err(at.error(&label("otherwise"), format!("\"{other}\" is not known: write hold, park or warn")));
        }
    };
    if raw.message.trim().is_empty() {
        return Err(at.error(&label("message"), "is empty: say what is wrong and what to do"));
    }
    Ok(RuleText { label: label("require"), on, each_line, require: raw.require, otherwise, message: raw.message })
}

/// Reads a crosswalk: a CSV file with the columns `sku`, `item` and perhaps `unit`, or a TOML file with a table `[items]`.
///
/// # Errors
/// Where it cannot be read or used, with file and line.
pub fn read_items(path: &Path) -> Result<BTreeMap<String, Item>, ConfigError> {
    if path.extension().is_some_and(|e| e == "toml") {
        return read_items_toml(path);
    }
    let mut items = BTreeMap::new();
    for Row { place, values } in read_csv(path, &["sku", "item"], &["unit"])? {
        let [Some(sku), Some(number), unit] = &values[..] else { unreachable!("the columns are there") };
        let item = Item { number: number.clone(), unit: unit.clone() };
        if items.insert(sku.clone(), item).is_some() {
            return Err(ConfigError { place, message: format!("the SKU {sku} is there twice") });
        }
    }
    Ok(items)
}

/// Reads an account map: a CSV file with the columns `customer` (the key in the store) and `account` (the number in the ERP). Rows
/// whose column `how` is `told` are passed over.
///
/// # Errors
/// Where it cannot be read or used, with file and line.
pub fn read_accounts(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut accounts = BTreeMap::new();
    for Row { place, values } in read_csv(path, &["customer", "account"], &["how"])? {
        let [Some(customer), Some(account), how] = &values[..] else { unreachable!("the columns are there") };
        // What ledgertap told is its own to keep, and stands in an export for the reader.
        if how.as_deref() == Some("told") {
            continue;
        }
        if accounts.insert(customer.clone(), account.clone()).is_some() {
            return Err(ConfigError { place, message: format!("the customer {customer} is there twice") });
        }
    }
    Ok(accounts)
}

/// Reads which orders an ERP knows: a CSV file with the columns `order` (the shop's number) and `total`, and, where they are
/// known, `tax` and `reference` (the ERP's own number).
///
/// # Errors
/// Where it cannot be read or used, with file and line.
pub fn read_known_orders(path: &Path) -> Result<BTreeMap<String, Known>, ConfigError> {
    let mut known = BTreeMap::new();
    for Row { place, values } in read_csv(path, &["order", "total"], &["tax", "reference"])? {
        let [Some(order), Some(total), tax, reference] = &values[..] else { unreachable!("the columns are there") };
        let amount = |what: &str, text: &str| {
            Decimal::from_str_exact(text).map_err(|_| ConfigError {
                place: place.clone(),
                message: format!("the {what} \"{text}\" is no amount like 129.90"),
            })
        };
        let total = amount("total", total)?;
        let tax = tax.as_deref().map(|text| amount("tax", text)).transpose()?;
        if known.insert(order.clone(), Known { reference: reference.clone(), total, tax }).is_some() {
            return Err(ConfigError { place, message: format!("the order {order} is there twice") });
        }
    }
    Ok(known)
}

fn read_items_toml(path: &Path) -> Result<BTreeMap<String, Item>, ConfigError> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        items: BTreeMap<String, Written>,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(String),
        Whole { item: String, unit: Option<String> },
    }
    let place = path.display().to_string();
    let error = |message: String| ConfigError { place: place.clone(), message };
    let text = std::fs::read_to_string(path).map_err(|e| error(format!("cannot be read ({e})")))?;
    let file: File = toml::from_str(&text).map_err(|e| error(e.message().to_owned()))?;
    let item = |written| match written {
        Written::Number(number) => Item { number, unit: None },
        Written::Whole { item, unit } => Item { number: item, unit },
    };
    Ok(file.items.into_iter().map(|(sku, written)| (sku, item(written))).collect())
}

struct Row {
    place: String,
    values: Vec<Option<String>>,
}

/// The rows of a CSV file with a head, in the order of the columns asked for; an empty field is none.
fn read_csv(path: &Path, needed: &[&str], possible: &[&str]) -> Result<Vec<Row>, ConfigError> {
    let file = path.display().to_string();
    let error = |line: Option<u64>, message: String| ConfigError {
        place: line.map_or(file.clone(), |line| format!("{file}:{line}")),
        message,
    };
    let text = std::fs::read(path).map_err(|e| error(None, format!("cannot be read ({e})")))?;
    // Spreadsheets put a mark before the first column.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let head = reader.headers().map_err(|e| error(Some(1), e.to_string()))?.clone();
    let at = |name: &&str| head.iter().position(|h| h.eq_ignore_ascii_case(name));
    let columns: Vec<Option<usize>> = needed.iter().chain(possible).map(at).collect();
    if let Some(missing) = needed.iter().zip(&columns).find(|(_, at)| at.is_none()).map(|(name, _)| name) {
        let names = needed.join(",");
        return Err(error(Some(1), format!("has no column `{missing}`: its first line must be {names}")));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| error(e.position().map(csv::Position::line), csv_fault(&e)))?;
        let line = record.position().map(csv::Position::line);
        let field = |at: &Option<usize>| at.and_then(|at| record.get(at)).filter(|f| !f.is_empty()).map(str::to_owned);
        let values: Vec<Option<String>> = columns.iter().map(field).collect();
        if let Some(name) = needed.iter().zip(&values).find(|(_, value)| value.is_none()).map(|(name, _)| name) {
            return Err(error(line, format!("has no {name}")));
        }
        rows.push(Row { place: error(line, String::new()).place, values });
    }
    Ok(rows)
}

fn csv_fault(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, and the first line {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "is no UTF-8: save the file as UTF-8".to_owned(),
        _ => error.to_string(),
    }
}
