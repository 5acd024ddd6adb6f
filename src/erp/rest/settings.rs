//! What the config says of an ERP that is reached by config alone.
//!
//! Most of it is read as it is written: these types are both what the file says and what the adapter is made of, so that a
//! key that nobody knows is refused where it stands. Templates and pointers are read by `recipe.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::document::Minor;
use crate::erp::http;

/// How long a request may take.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What is added to the request's own time before a document that was not answered is looked up.
pub const LATE_MARGIN: Duration = Duration::from_secs(5);
/// Requests a minute, where nothing is said.
pub const RATE_PER_MINUTE: u32 = 300;
/// The SKU under which amounts without pieces are booked.
pub const ALLOWANCE_SKU: &str = "ALLOWANCE";
/// The most characters of a number, where nothing is said.
pub const NUMBER_MAX: usize = 80;

/// An ERP, and how to speak with it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port; `http` only to this machine.
    pub url: String,
    /// Tells accounts at the same address apart (a tenant, a company), where a header or a body chooses one.
    pub account: Option<String>,
    /// The account's currency (ISO 4217); a document in another one is refused.
    pub currency: String,
    /// Who we are.
    pub auth: Auth,
    /// Headers of every request, by name.
    pub headers: BTreeMap<String, Header>,
    /// What answers mean.
    pub answers: Answers,
    /// How lines become entries.
    pub prices: Prices,
    /// False where the config says that the ERP states no totals: nothing is compared then.
    pub totals: bool,
    /// Texts that templates name as `values.…`.
    pub values: BTreeMap<String, String>,
    /// How each document is brought in.
    pub operations: BTreeMap<Operation, Record>,
    /// How an item is looked up, where it is.
    pub item: Option<Call>,
    /// What `check` asks, where it asks.
    pub check: Option<Call>,
    /// The most characters of a document's number.
    pub number_max: usize,
    /// The deadline of one request.
    pub request_timeout: Duration,
    /// See [`crate::erp::Erp::late_max`].
    pub late_max: Duration,
    /// Requests a minute, tokens included.
    pub rate_per_minute: u32,
    /// The folder with bodies.
    pub bodies: Option<PathBuf>,
}

/// What is brought in by one table of the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `[erp.customer]`.
    Customer,
    /// `[erp.order]`: a sales order.
    Order,
    /// `[erp.return]`: a credit note; without `[erp.allowance]` its amounts without pieces, too.
    Return,
    /// `[erp.allowance]`: the amounts without pieces of a credit note.
    Allowance,
    /// `[erp.debit]`: a debit note.
    Debit,
}

impl Operation {
    /// Every one.
    pub const ALL: [Operation; 5] =
        [Operation::Customer, Operation::Order, Operation::Return, Operation::Allowance, Operation::Debit];

    /// The table's name, and that of the body that ships.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Customer => "customer",
            Operation::Order => "order",
            Operation::Return => "return",
            Operation::Allowance => "allowance",
            Operation::Debit => "debit",
        }
    }
}

/// How we say who we are.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Not at all.
    None,
    /// A user and a password.
    Basic {
        /// The user's name.
        user: String,
        /// And password.
        password: SecretString,
    },
    /// A token that does not change.
    Bearer(SecretString),
    /// A header.
    Header {
        /// Its name.
        name: String,
        /// Its whole value.
        value: SecretString,
    },
    /// Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4).
    OAuth2(OAuth2),
}

/// Where tokens come from.
#[derive(Debug, Clone)]
pub struct OAuth2 {
    /// The token endpoint; of all addresses this one alone may be on another host.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: SecretString,
    /// What the token is to be good for.
    pub scope: Option<String>,
    /// True where id and secret stand in the body (`client_secret_post`) and not in a header.
    pub in_body: bool,
}

/// A header's value. One that holds a secret is no template.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Header {
    /// The value, or a template of it.
    pub text: String,
    /// True where it came from the environment: it is taken as it is, and never shown.
    pub secret: bool,
}

impl From<String> for Header {
    fn from(text: String) -> Header {
        Header { text, secret: false }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.secret {
            true => f.write_str("\"***\""),
            false => write!(f, "{:?}", self.text),
        }
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// GET, POST, PUT or PATCH; without it GET, or POST where it has a body.
    pub method: Option<String>,
    /// Path and query below the account's address, a template whose values are percent-encoded.
    pub url: String,
    /// Headers beside those of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, Header>,
    /// The name of a body, or a body itself (it begins with `{` or `[`).
    pub body: Option<String>,
    /// Where the record stands in the answer, where it is not where `erp.answers.record` says.
    pub record: Option<String>,
    /// Where a list of records stands in the answer: none is absent, one is found, more are a conflict.
    pub list: Option<String>,
}

/// A record of the ERP that a document becomes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// What it is called, in templates of what follows and in reasons; the table's own name where it is the first.
    pub name: Option<String>,
    /// The key that it has there, a template; `{{ number }}` where nothing is said.
    pub key: Option<String>,
    /// Creates it.
    pub create: Call,
    /// True where the ERP refuses a second one with the same key, with an answer that `duplicate` knows.
    #[serde(default)]
    pub refuses_duplicates: bool,
    /// The header of `create` by which the ERP knows a request that it has had.
    pub idempotency_header: Option<String>,
    /// Looks it up by our key.
    pub probe: Option<Call>,
    /// Reads it whole, by the ERP's `reference`, where probe and create do not answer with it.
    pub read: Option<Call>,
    /// Changes a customer that is there.
    pub update: Option<Call>,
    /// What brings it into force, step by step.
    #[serde(default)]
    pub confirm: Vec<Confirm>,
    /// Where things stand in it.
    #[serde(default)]
    pub fields: Fields,
    /// What must be the same in it, by pointer: templates (`"/customer" = "{{ customer }}"`).
    #[serde(default)]
    pub same: BTreeMap<String, String>,
    /// The same in each row of `fields.entries`, with `entry` (`"/qty" = "{{ entry.quantity }}"`).
    #[serde(default)]
    pub same_entries: BTreeMap<String, String>,
    /// The same in each row of `fields.lines`, with `line`.
    #[serde(default)]
    pub same_lines: BTreeMap<String, String>,
    /// True where the ERP states its amounts below zero.
    #[serde(default)]
    pub negative: bool,
    /// What it says when it is not in force any more.
    #[serde(default)]
    pub cancelled: Vec<Condition>,
    /// What is looked up before anything else, by the name that templates call it (`found.…`).
    #[serde(default)]
    pub find: BTreeMap<String, Call>,
    /// What sold the goods that it takes back.
    pub sold: Option<Sold>,
    /// The records that follow.
    #[serde(default)]
    pub then: Vec<Record>,
}

/// A step of a record that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// See [`Call`].
    pub method: Option<String>,
    /// See [`Call`].
    pub url: String,
    /// See [`Call`].
    #[serde(default)]
    pub headers: BTreeMap<String, Header>,
    /// See [`Call`].
    pub body: Option<String>,
    /// See [`Call`].
    pub record: Option<String>,
    /// What the record says once it is done.
    pub done: Condition,
}

/// Where things stand in a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// The ERP's own name or id for it.
    pub reference: Option<String>,
    /// The total, with tax.
    pub total: Option<String>,
    /// The tax.
    pub tax: Option<String>,
    /// The amount without tax.
    pub net: Option<String>,
    /// A list with a row for each line of the document.
    pub lines: Option<String>,
    /// A list with a row for each entry.
    pub entries: Option<String>,
}

/// Where rows that sold something are found: asked for each document that a line names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sold {
    /// Looks up the record of `{{ document }}`.
    pub probe: Call,
    /// Reads it whole, where `probe` does not answer with it.
    pub read: Option<Call>,
    /// Its reference.
    pub reference: String,
    /// The list of its rows.
    pub rows: String,
    /// In a row: the number of our line.
    pub line: String,
    /// In a row: the unit price, above which no piece of it is credited.
    pub price: Option<String>,
}

/// How lines become entries, whose amounts the ERP computes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prices {
    /// Whether unit prices of entries include tax.
    pub include_tax: bool,
    /// Digits of a unit price after the point.
    pub digits: u32,
    /// Where tax comes from.
    pub tax: TaxBy,
    /// The item that carries amounts without pieces.
    pub allowance_sku: String,
    /// The most entries of a record, where the ERP takes no more: a document of more is refused before anything is sent.
    pub entries_max: Option<usize>,
}

impl Default for Prices {
    fn default() -> Self {
        Prices {
            include_tax: false,
            digits: 2,
            tax: TaxBy::Given,
            allowance_sku: ALLOWANCE_SKU.into(),
            entries_max: None,
        }
    }
}

/// Where a record's tax comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaxBy {
    /// From us.
    Given,
    /// The ERP works it out for each entry.
    Entry,
}

/// What answers mean: whichever condition holds first, in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// Our credentials, or what they may do, are refused; nothing was done.
    pub unauthorised: Vec<Condition>,
    /// Nothing was done, and it may be sent again.
    pub throttled: Vec<Condition>,
    /// A record with our key is there.
    pub duplicate: Vec<Condition>,
    /// There is no such record.
    pub not_found: Vec<Condition>,
    /// Done.
    pub ok: Vec<Condition>,
    /// Refused for its content; nothing was done.
    pub rejected: Vec<Condition>,
    /// Where an answer says what is wrong; the first that is there is quoted.
    pub message: Vec<String>,
    /// Where the record stands in an answer.
    pub record: String,
}

impl Default for Answers {
    fn default() -> Self {
        let of = |statuses: &[i64]| vec![Condition::status(statuses)];
        let asked_to_wait = Condition { retry_after: true, ..Condition::status(&[503]) };
        Answers {
            unauthorised: of(&[401, 403]),
            throttled: vec![Condition::status(&[429]), asked_to_wait],
            duplicate: of(&[409]),
            not_found: of(&[404]),
            ok: of(&[200, 201, 204]),
            rejected: of(&[400, 413, 422]),
            message: ["/message", "/error/message", "/error_description", "/error", "/detail", "/title"]
                .map(String::from)
                .into(),
            record: String::new(),
        }
    }
}

/// A condition on an answer or on a record: all that it says must hold. A number alone is a status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// One of these statuses; any where there are none.
    pub statuses: Vec<i64>,
    /// The answer says how long to wait.
    pub retry_after: bool,
    /// Something stands here, and is not null.
    pub at: Option<String>,
    /// It is one of these texts, numbers or truths.
    pub is: Vec<Value>,
    /// It is a text that holds one of these.
    pub contains: Vec<String>,
}

impl Condition {
    /// One of these statuses.
    pub fn status(statuses: &[i64]) -> Condition {
        Condition { statuses: statuses.to_vec(), ..Condition::default() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCondition {
    #[serde(default)]
    status: Many<i64>,
    #[serde(default)]
    retry_after: bool,
    at: Option<String>,
    #[serde(default)]
    is: Many<Scalar>,
    #[serde(default)]
    contains: Many<String>,
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Condition;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status, or a condition like { status = 409, at = \"/code\", is = \"taken\" }")
            }
            fn visit_i64<E>(self, status: i64) -> Result<Condition, E> {
                Ok(Condition::status(&[status]))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
                let written = WrittenCondition::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Condition {
                    statuses: written.status.0,
                    retry_after: written.retry_after,
                    at: written.at,
                    is: written.is.0.into_iter().map(|scalar| scalar.0).collect(),
                    contains: written.contains.0,
                })
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// One, or a list of them.
struct Many<T>(Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(std::marker::PhantomData<T>);
        impl<T: DeserializeOwned> Read<T> {
            fn one<E: serde::de::Error>(value: impl Into<Value>) -> Result<Many<T>, E> {
                serde_json::from_value(value.into()).map(|one| Many(vec![one])).map_err(E::custom)
            }
        }
        impl<'de, T: DeserializeOwned> Visitor<'de> for Read<T> {
            type Value = Many<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, or a list of them")
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Many<T>, E> {
                Self::one(value)
            }
            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Many<T>, E> {
                Self::one(value)
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Many<T>, E> {
                Self::one(value)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Many<T>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Many)
            }
        }
        deserializer.deserialize_any(Read(std::marker::PhantomData))
    }
}

/// A text, a whole number or a truth.
struct Scalar(Value);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            value @ (Value::String(_) | Value::Bool(_)) => Ok(Scalar(value)),
            Value::Number(number) if number.is_i64() => Ok(Scalar(Value::Number(number))),
            _ => Err(D::Error::custom("a text, a whole number, true or false is wanted")),
        }
    }
}

impl Settings {
    /// The address, checked.
    pub(super) fn base(&self) -> Result<Url, String> {
        http::base("erp.url", &self.url, "[erp.auth]", "paths stand in the url of each request")
    }

    /// The minor unit of the account's currency.
    pub(super) fn minor(&self) -> Result<Minor, String> {
        Minor::of(&self.currency)
            .ok_or_else(|| format!("erp.currency \"{}\" is no ISO 4217 code: write \"EUR\"", self.currency))
    }

    /// The other fields, checked.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(missing) = [Operation::Customer, Operation::Order, Operation::Return, Operation::Debit]
            .into_iter()
            .find(|operation| !self.operations.contains_key(operation))
        {
            return Err(format!(
                "[erp.{}] is missing: customer, order, return and debit say how each document is brought in; one that is \
                 brought in as another is says like = \"order\"",
                missing.as_str()
            ));
        }
        if self.prices.allowance_sku.trim().is_empty() {
            return Err("erp.prices.allowance_sku is empty".into());
        }
        if self.prices.digits > 10 {
            return Err("erp.prices.digits must be 0 to 10".into());
        }
        if self.number_max == 0 {
            return Err("erp.number_max must be at least 1".into());
        }
        http::check_times(self.rate_per_minute, self.request_timeout, self.late_max)?;
        Ok(())
    }
}
