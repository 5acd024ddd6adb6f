//! What an account needs to be reached, and what is said about it in the config.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use crate::document::Minor;
use crate::erp::http;

/// The deadline of one request. The vendor documents none of its own; a long form is saved in a few seconds.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What is added to the request's own time before a document that was not answered is looked up: IIS lets a request run for 110 s
/// unless it is told otherwise.
pub const LATE_MARGIN: Duration = Duration::from_secs(100);
/// Requests a minute. The vendor limits calls by licence (`MsgCode` 14) and says no number.
pub const RATE_PER_MINUTE: u32 = 600;
/// The most forms that one request saves.
pub const SAVES_TOGETHER_MAX: usize = 100;
/// The number of the service under which amounts without pieces are booked (a price allowance, a cent of tax).
pub const ALLOWANCE_SKU: &str = "ALLOWANCE";
/// Below the host, where the site is.
pub const APP_PATH: &str = "/k3cloud";
/// Digits of a unit price that an account keeps unless its currency says otherwise.
const PRICE_DIGITS: u32 = 6;
const PRICE_DIGITS_MAX: u32 = 10;
/// Simplified Chinese.
const LCID: u32 = 2052;

/// How requests say who sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// Each by its own signatures (`X-Api-…`, `X-Kd-…`); nothing expires.
    Signature,
    /// By a session that `LoginBySign` opens.
    Session,
}

/// What `X-Api-Timestamp` counts. The vendor's SDKs disagree: the one for Python counts seconds, that for .NET milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
}

/// The form of a price allowance without goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustments {
    /// A negative receivable (应收单, `AR_receivable`).
    Receivable,
    /// A negative other receivable (其他应收单, `AR_OtherRecAble`).
    OtherReceivable,
}

/// The numbers of bill types (单据类型).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillTypes {
    /// Of a sales order.
    pub order: String,
    /// Of an outbound.
    pub outbound: String,
    /// Of a return.
    pub returned: String,
    /// Of a receivable.
    pub receivable: String,
    /// Of an other receivable.
    pub other_receivable: String,
}

impl Default for BillTypes {
    /// Those that an account comes with.
    fn default() -> Self {
        BillTypes {
            order: "XSDD01_SYS".into(),
            outbound: "XSCKD01_SYS".into(),
            returned: "XSTHD01_SYS".into(),
            receivable: "YSD01_SYS".into(),
            other_receivable: "QTYSD01_SYS".into(),
        }
    }
}

/// One account, and how to treat it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the server is: scheme, host and port only. `http` only to this machine.
    pub url: String,
    /// Where the site is below the host: `/k3cloud`.
    pub app_path: String,
    /// The data centre's id (账套).
    pub acct_id: String,
    /// The integration user, as the authorisation of the third-party system names it.
    pub user: String,
    /// The application's id: `229973_Xedp…`.
    pub app_id: String,
    /// The application's secret.
    pub app_secret: SecretString,
    /// How requests say who sends them.
    pub login: Login,
    /// What the timestamp of a signed request counts.
    pub clock: Clock,
    /// The language of messages: 2052 Chinese, 1033 English.
    pub lcid: u32,
    /// The organisation's number, for whom all is sold, shipped and settled.
    pub organization: String,
    /// The warehouse's number, which outbounds and returns name.
    pub stock: String,
    /// The number of the unit of measure of items that have none of their own here; else the item's own for sales.
    pub unit: Option<String>,
    /// The currency that documents are in (ISO 4217); one in another is refused.
    pub currency: String,
    /// That currency's number in the account (`PRE001`).
    pub currency_number: String,
    /// The number of the type of exchange rates.
    pub exchange_type: String,
    /// The numbers of bill types.
    pub bill_types: BillTypes,
    /// The form of a price allowance without goods.
    pub adjustments: Adjustments,
    /// The number of the expense item that other receivables name, if they must.
    pub expense_item: Option<String>,
    /// The number of the service that carries amounts without pieces.
    pub allowance_sku: String,
    /// Digits of a unit price after the point that the account keeps (the currency's 单价精度).
    pub price_digits: u32,
    /// The most forms that one request saves; 1 saves each by itself.
    pub saves_together: usize,
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
    /// An account in renminbi with this adapter's defaults: data centre and user, application and secret, organisation and stock.
    pub fn new(
        url: impl Into<String>,
        (acct_id, user): (impl Into<String>, impl Into<String>),
        (app_id, app_secret): (impl Into<String>, SecretString),
        (organization, stock): (impl Into<String>, impl Into<String>),
    ) -> Self {
        Settings {
            url: url.into(),
            app_path: APP_PATH.into(),
            acct_id: acct_id.into(),
            user: user.into(),
            app_id: app_id.into(),
            app_secret,
            login: Login::Signature,
            clock: Clock::Seconds,
            lcid: LCID,
            organization: organization.into(),
            stock: stock.into(),
            unit: None,
            currency: "CNY".into(),
            currency_number: "PRE001".into(),
            exchange_type: "HLTX01_SYS".into(),
            bill_types: BillTypes::default(),
            adjustments: Adjustments::Receivable,
            expense_item: None,
            allowance_sku: ALLOWANCE_SKU.into(),
            price_digits: PRICE_DIGITS,
            saves_together: 1,
            request_timeout: REQUEST_TIMEOUT,
            late_max: REQUEST_TIMEOUT + LATE_MARGIN,
            rate_per_minute: RATE_PER_MINUTE,
            bodies: None,
        }
    }

    /// The address, checked.
    pub(super) fn base(&self) -> Result<Url, String> {
        http::base("erp.url", &self.url, "erp.user and erp.app_secret", "write erp.app_path")
    }

    /// The minor unit of the documents' currency.
    pub(super) fn minor(&self) -> Result<Minor, String> {
        Minor::of(&self.currency)
            .ok_or_else(|| format!("erp.currency \"{}\" is no ISO 4217 code: write \"CNY\"", self.currency))
    }

    /// The other fields, checked.
    pub(super) fn check(&self) -> Result<(), String> {
        let texts = [
            ("acct_id", &self.acct_id),
            ("user", &self.user),
            ("organization", &self.organization),
            ("stock", &self.stock),
            ("currency_number", &self.currency_number),
            ("exchange_type", &self.exchange_type),
            ("allowance_sku", &self.allowance_sku),
            ("bill_types.order", &self.bill_types.order),
            ("bill_types.outbound", &self.bill_types.outbound),
            ("bill_types.return", &self.bill_types.returned),
            ("bill_types.receivable", &self.bill_types.receivable),
            ("bill_types.other_receivable", &self.bill_types.other_receivable),
        ];
        if let Some((name, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(format!("erp.{name} is empty"));
        }
        self.check_login()?;
        if self.price_digits < self.minor()?.digits() || self.price_digits > PRICE_DIGITS_MAX {
            return Err(format!(
                "erp.price_digits must be {} to {PRICE_DIGITS_MAX}: what the account's currency says as its precision of prices",
                self.minor()?.digits()
            ));
        }
        if !(1..=SAVES_TOGETHER_MAX).contains(&self.saves_together) {
            return Err(format!("erp.saves_together must be 1 to {SAVES_TOGETHER_MAX}"));
        }
        http::check_times(self.rate_per_minute, self.request_timeout, self.late_max)?;
        Ok(())
    }

    /// What becomes a header or a part of a path.
    fn check_login(&self) -> Result<(), String> {
        let path = &self.app_path;
        let is_path = path.starts_with('/') && path.len() > 1 && !path.ends_with('/');
        if !is_path || path.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_./".contains(c)) {
            return Err(format!(
                "erp.app_path \"{path}\" must begin with a slash and end without one: write \"{APP_PATH}\""
            ));
        }
        if self.app_id.is_empty() || self.app_id.contains(|c: char| !c.is_ascii_graphic()) {
            return Err("erp.app_id is no id of an application: write it as the authorisation shows it".into());
        }
        if self.app_secret.expose_secret().trim().is_empty() {
            return Err("erp.app_secret is empty".into());
        }
        if self.user.contains(',') || self.acct_id.contains(',') || self.organization.contains(',') {
            return Err(
                "erp.acct_id, erp.user and erp.organization must not have a comma: they are sent in one list".into()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Settings {
        Settings::new("https://erp.example", ("62a9", "bridge"), ("2299_abc", "geheim".into()), ("100", "CK001"))
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        good().check().unwrap();
        let refused = |settings: Settings| settings.check().unwrap_err();
        assert!(refused(Settings { stock: " ".into(), ..good() }).contains("erp.stock"));
        assert!(refused(Settings { app_path: "k3cloud/".into(), ..good() }).contains("erp.app_path"));
        assert!(refused(Settings { app_path: "/a b".into(), ..good() }).contains("erp.app_path"));
        assert!(refused(Settings { app_id: "a b".into(), ..good() }).contains("erp.app_id"));
        assert!(refused(Settings { app_secret: "".into(), ..good() }).contains("erp.app_secret"));
        assert!(refused(Settings { user: "a,b".into(), ..good() }).contains("comma"));
        assert!(refused(Settings { currency: "XX".into(), ..good() }).contains("ISO 4217"));
        assert!(refused(Settings { price_digits: 1, ..good() }).contains("2 to 10"));
        assert!(refused(Settings { saves_together: 101, ..good() }).contains("1 to 100"));
        assert!(refused(Settings { rate_per_minute: 0, ..good() }).contains("rate"));
        assert!(refused(Settings { late_max: REQUEST_TIMEOUT, ..good() }).contains("late_max"));
        let types = BillTypes { returned: String::new(), ..BillTypes::default() };
        assert!(refused(Settings { bill_types: types, ..good() }).contains("erp.bill_types.return is empty"));
    }

    #[test]
    fn the_secret_does_not_show() {
        assert!(!format!("{:?}", good()).contains("geheim"));
    }
}
