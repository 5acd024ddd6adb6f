//! What an S/4HANA system needs to be reached, and what is said about it in the config.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret as _, SecretString};

use crate::document::{CreditReason, Minor};
use crate::erp::http;

/// The deadline of one request: a long order is priced and stored in seconds.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// What is added to the request's own time before a document that was not answered is looked up: a work process that has begun
/// goes on until the system's own limit (`rdisp/max_wprun_time`, 600 s in its defaults).
pub const LATE_MARGIN: Duration = Duration::from_secs(600);
/// Requests a minute; a system of one's own has no limit, and one document takes about three.
pub const RATE_PER_MINUTE: u32 = 600;
/// The product under which amounts without pieces are booked (a price allowance, a cent of tax).
pub const ALLOWANCE_SKU: &str = "ALLOWANCE";
/// The most orders that one `$batch` creates.
pub const ORDERS_TOGETHER_MAX: usize = 50;
/// Digits that a product's number, a type and the like have at most.
const CODE_MAX: usize = 40;

/// Who we are there.
#[derive(Debug, Clone)]
pub enum Auth {
    /// A user and its password in every request.
    Basic {
        /// The communication user.
        user: String,
        /// Its password.
        password: SecretString,
    },
    /// A token for this client, asked for when the last one ends (client credentials, RFC 6749 section 4.4).
    OAuth2 {
        /// Where tokens are asked for.
        token_url: String,
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: SecretString,
        /// What the token is to be good for, where the server wants it said.
        scope: Option<String>,
    },
}

/// Where a business partner keeps the customer's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerKey {
    /// It is the partner's own number, from an external number range: the system refuses a second one.
    Number,
    /// `BusinessPartnerIDByExtSystem`.
    ExternalId,
    /// `SearchTerm1`, which the system keeps in capitals.
    SearchTerm,
}

impl CustomerKey {
    /// The property's name.
    pub fn field(self) -> &'static str {
        match self {
            CustomerKey::Number => "BusinessPartner",
            CustomerKey::ExternalId => "BusinessPartnerIDByExtSystem",
            CustomerKey::SearchTerm => "SearchTerm1",
        }
    }

    /// The most characters of it.
    pub fn length_max(self) -> usize {
        match self {
            CustomerKey::Number => 10,
            CustomerKey::ExternalId | CustomerKey::SearchTerm => 20,
        }
    }
}

/// What a debit note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebitNotes {
    /// A sales order: its goods are delivered.
    Order,
    /// A debit memo request.
    Memo,
}

/// Whether requests that create carry an id under which the system repeats no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestIds {
    /// They have none.
    Off,
    /// They have one; whether it protects is believed once an answer has said so.
    Sent,
    /// They have one, and somebody has seen the system acknowledge it.
    Acknowledged,
}

/// One system, and how to treat it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the system is: scheme, host and port only. `http` only to this machine.
    pub url: String,
    /// The SAP client (`100`), where the address does not say it.
    pub client: Option<String>,
    /// Who we are.
    pub auth: Auth,
    /// The sales area: sales organisation, …
    pub sales_organization: String,
    /// … distribution channel, …
    pub distribution_channel: String,
    /// … and division.
    pub division: String,
    /// The type of orders.
    pub order_type: String,
    /// What debit notes are.
    pub debit_notes: DebitNotes,
    /// Their type; else that of orders, or `DR` for requests.
    pub debit_type: Option<String>,
    /// The type of returns.
    pub return_type: String,
    /// The type of credit memo requests.
    pub credit_type: String,
    /// The order reason (`SDDocumentReason`) for a credit note's reason.
    pub reasons: BTreeMap<String, String>,
    /// The manual price condition, an amount without tax.
    pub price_condition: String,
    /// The tax conditions, for answers that do not say which these are.
    pub tax_conditions: Vec<String>,
    /// The product's tax classification for a rate in percent; without one the product's own stands.
    pub taxes: BTreeMap<Decimal, String>,
    /// The item category of credited amounts without pieces; without one the system's own choice.
    pub value_category: Option<String>,
    /// The product that carries amounts without pieces.
    pub allowance_sku: String,
    /// Where a business partner keeps the customer's number.
    pub customer_key: CustomerKey,
    /// The grouping of new business partners; without one the system's own choice.
    pub grouping: Option<String>,
    /// The country of their addresses.
    pub country: String,
    /// The company code that they are opened in, if in any …
    pub company_code: Option<String>,
    /// … and its reconciliation account.
    pub reconciliation_account: Option<String>,
    /// What kind of tax number a customer's is; without one it is not sent.
    pub tax_number_type: Option<String>,
    /// The header text that says what a document is and for which order; without one it is not sent.
    pub text_id: Option<String>,
    /// The language of texts (`EN`).
    pub language: String,
    /// Whether requests that create have ids.
    pub request_ids: RequestIds,
    /// Whether what belongs together goes in one `$batch`.
    pub batch: bool,
    /// The most orders that one `$batch` creates; 1 creates each by itself.
    pub orders_together: usize,
    /// The currency of the documents (ISO 4217); one in another is refused.
    pub currency: String,
    /// The deadline of one request.
    pub request_timeout: Duration,
    /// See [`crate::erp::Erp::late_max`].
    pub late_max: Duration,
    /// Requests a minute, log-ins included.
    pub rate_per_minute: u32,
    /// The folder with bodies that take the place of ours, if there is one.
    pub bodies: Option<PathBuf>,
}

impl Settings {
    /// A system with this adapter's defaults.
    pub fn new(url: impl Into<String>, auth: Auth, [organization, channel, division]: [&str; 3]) -> Self {
        Settings {
            url: url.into(),
            client: None,
            auth,
            sales_organization: organization.into(),
            distribution_channel: channel.into(),
            division: division.into(),
            order_type: "OR".into(),
            debit_notes: DebitNotes::Order,
            debit_type: None,
            return_type: "CBRE".into(),
            credit_type: "CR".into(),
            reasons: BTreeMap::new(),
            price_condition: "PMP0".into(),
            tax_conditions: vec!["TTX1".into(), "MWST".into()],
            taxes: BTreeMap::new(),
            value_category: Some("G2W".into()),
            allowance_sku: ALLOWANCE_SKU.into(),
            customer_key: CustomerKey::ExternalId,
            grouping: None,
            country: "CN".into(),
            company_code: None,
            reconciliation_account: None,
            tax_number_type: None,
            text_id: Some("TX01".into()),
            language: "EN".into(),
            request_ids: RequestIds::Sent,
            batch: false,
            orders_together: 1,
            currency: "CNY".into(),
            request_timeout: REQUEST_TIMEOUT,
            late_max: REQUEST_TIMEOUT + LATE_MARGIN,
            rate_per_minute: RATE_PER_MINUTE,
            bodies: None,
        }
    }

    /// The address, checked.
    pub(super) fn base(&self) -> Result<Url, String> {
        http::base("erp.url", &self.url, "erp.user and erp.password", "the services' paths are the adapter's")
    }

    /// The minor unit of the documents' currency.
    pub(super) fn minor(&self) -> Result<Minor, String> {
        Minor::of(&self.currency)
            .ok_or_else(|| format!("erp.currency \"{}\" is no ISO 4217 code: write \"EUR\"", self.currency))
    }

    /// The type of debit notes.
    pub(super) fn debit_type(&self) -> &str {
        match (&self.debit_type, self.debit_notes) {
            (Some(own), _) => own,
            (None, DebitNotes::Order) => &self.order_type,
            (None, DebitNotes::Memo) => "DR",
        }
    }

    /// The other fields, checked.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_login()?;
        let areas = [
            ("sales_organization", &self.sales_organization, 4),
            ("distribution_channel", &self.distribution_channel, 2),
            ("division", &self.division, 2),
            ("order_type", &self.order_type, 4),
            ("return_type", &self.return_type, 4),
            ("credit_type", &self.credit_type, 4),
            ("price_condition", &self.price_condition, 4),
            ("allowance_sku", &self.allowance_sku, CODE_MAX),
            ("country", &self.country, 3),
            ("language", &self.language, 2),
        ];
        for (name, text, max) in areas {
            if text.trim().is_empty() {
                return Err(format!("erp.{name} is empty"));
            }
            if text.chars().count() > max {
                return Err(format!("erp.{name} \"{text}\" has more than {max} characters"));
            }
        }
        if let Some(other) = self.reasons.keys().find(|name| !REASONS.iter().any(|r| r.as_str() == name.as_str())) {
            return Err(format!("erp.reasons: \"{other}\" is no reason: write return, discount or cancellation"));
        }
        if self.company_code.is_some() != self.reconciliation_account.is_some() {
            return Err("erp.company_code and erp.reconciliation_account go together: write both or none".into());
        }
        if !(1..=ORDERS_TOGETHER_MAX).contains(&self.orders_together) {
            return Err(format!("erp.orders_together must be 1 to {ORDERS_TOGETHER_MAX}"));
        }
        http::check_times(self.rate_per_minute, self.request_timeout, self.late_max)?;
        self.minor().map(drop)
    }

    fn check_login(&self) -> Result<(), String> {
        let (name, secret) = match &self.auth {
            Auth::Basic { user, password } => {
                // RFC 7617: a colon would end the name.
                if user.trim().is_empty() || user.contains([':', '\r', '\n']) {
                    return Err("erp.user is empty, or holds a colon".into());
                }
                ("password", password)
            }
            Auth::OAuth2 { client_id, client_secret, .. } => {
                if client_id.trim().is_empty() {
                    return Err("erp.client_id is empty".into());
                }
                token_url(self)?;
                ("client_secret", client_secret)
            }
        };
        if secret.expose_secret().is_empty() {
            return Err(format!("erp.{name} is empty"));
        }
        match &self.client {
            Some(client) if client.len() != 3 || !client.bytes().all(|b| b.is_ascii_digit()) => {
                Err(format!("erp.client \"{client}\" is no SAP client: it has three digits"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

const REASONS: [CreditReason; 3] = [CreditReason::Return, CreditReason::Discount, CreditReason::Cancellation];

/// Where tokens are asked for, checked; `None` without OAuth 2.0.
pub(super) fn token_url(settings: &Settings) -> Result<Option<Url>, String> {
    let Auth::OAuth2 { token_url, .. } = &settings.auth else { return Ok(None) };
    let url = Url::parse(token_url).map_err(|e| format!("erp.token_url is not a URL: {e}"))?;
    let mut origin = url.clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    http::base("erp.token_url", origin.as_str(), "erp.client_id and erp.client_secret", "a path may follow")?;
    Ok(Some(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic() -> Auth {
        Auth::Basic { user: "BRIDGE".into(), password: "geheim".into() }
    }

    fn oauth2(token_url: &str) -> Auth {
        let (token_url, client_id) = (token_url.to_owned(), "bridge".to_owned());
        Auth::OAuth2 { token_url, client_id, client_secret: "geheim".into(), scope: None }
    }

    fn with(auth: Auth) -> Settings {
        Settings::new("https://s4.example", auth, ["1010", "10", "00"])
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let good = with(basic());
        good.check().unwrap();
        with(oauth2("https://idp.example/oauth/token?tenant=a")).check().unwrap();
        let refused = |settings: Settings| settings.check().unwrap_err();
        assert!(refused(with(oauth2("http://idp.example/token"))).contains("erp.token_url"));
        assert!(refused(with(oauth2("token"))).contains("erp.token_url is not a URL"));
        let auth = Auth::Basic { user: "a:b".into(), password: "x".into() };
        assert!(refused(with(auth)).contains("erp.user"));
        assert!(refused(Settings { client: Some("1000".into()), ..good.clone() }).contains("erp.client"));
        assert!(refused(Settings { sales_organization: "10100".into(), ..good.clone() }).contains("4 characters"));
        assert!(refused(Settings { division: " ".into(), ..good.clone() }).contains("erp.division is empty"));
        let reasons = BTreeMap::from([("refund".to_owned(), "001".to_owned())]);
        assert!(refused(Settings { reasons, ..good.clone() }).contains("return, discount or cancellation"));
        assert!(refused(Settings { company_code: Some("1010".into()), ..good.clone() }).contains("go together"));
        assert!(refused(Settings { orders_together: 0, ..good.clone() }).contains("1 to 50"));
        assert!(refused(Settings { currency: "XX".into(), ..good.clone() }).contains("ISO 4217"));
        assert!(refused(Settings { rate_per_minute: 0, ..good.clone() }).contains("rate"));
        assert!(refused(Settings { late_max: good.request_timeout, ..good }).contains("late_max"));
    }

    #[test]
    fn a_debit_notes_type_follows_from_what_it_is() {
        let orders = Settings { order_type: "ZWEB".into(), ..with(basic()) };
        assert_eq!(orders.debit_type(), "ZWEB");
        let memos = Settings { debit_notes: DebitNotes::Memo, ..orders };
        assert_eq!(memos.debit_type(), "DR");
        assert_eq!(Settings { debit_type: Some("ZDR".into()), ..memos }.debit_type(), "ZDR");
    }

    #[test]
    fn secrets_do_not_show() {
        let shown = format!("{:?} {:?}", with(basic()), with(oauth2("https://idp.example")));
        assert!(!shown.contains("geheim"));
    }
}
