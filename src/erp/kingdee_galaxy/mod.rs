//! Kingdee Cloud Galaxy (金蝶云星空, K3Cloud).
//!
//! The ERP keeps an order, the outbound that ships it, and returns that name entries of the outbound. A document of ours is written as:
//!
//! - a **sales order** and a **debit note**: an order, and its outbound (`<number>-CK`), whose entries name the order's. The outbound is
//!   what is invoiced and what returns refer to;
//! - a **credit note**: a return, whose pieces name the outbound's entries and whose amounts without pieces are rows of a service
//!   ([`Settings::allowance_sku`], quantity 1) that name nothing; where nothing comes back, a negative receivable or other receivable
//!   ([`Settings::adjustments`]). Its numbers are ours and positive; the sign is this ERP's;
//! - a **customer**: a customer; one with the same number is opened again (反审核), changed and audited.
//!
//! A form is saved, submitted and audited in three requests, and each delivery goes on from its `FDocumentStatus`. Its number
//! (`FBillNo`, `FNumber`) is ours and the ERP refuses a second one, hence [`Guarantee::Unique`]. The remark says in a fixed order what
//! the form is, for which order of the shop, and which sales order it belongs to:
//! `credit_note return; order 2024061512345; original 2024061512345`. What several deliveries save of one form at the same time goes in
//! one `BatchSave` ([`Settings::saves_together`]) and is taken apart by `DIndex`.
//!
//! # What a look-up can be trusted with
//! A number is looked up by `ExecuteBillQuery`, which also reads the form's total and its rows: by the keys under which they are saved,
//! where `View` has names of its own that no document lists. What it does not find is not there, *or* the user may not see it. So an
//! empty answer is never taken for a proof: the form is saved under its number, and the ERP, which holds numbers unique whoever may see
//! them, refuses that where it is there. Then `View` is asked as a second opinion, and the document is parked with the remedy. Nothing is
//! doubled; but it cannot be compared, and a return finds no goods to take back, until the user has the data permission.
//!
//! # What this stands on
//! From the vendor's documentation: addresses, the envelope with `MsgCode` and `DIndex`, `IsDeleteEntry` (which is true unless it is said
//! otherwise, so that an update drops the rows that it leaves out: it is always said), `Save`, `BatchSave`, `Submit`, `Audit`, `UnAudit`,
//! `View`, `ExecuteBillQuery`. From several third parties: both log-ins, the fields of forms, the links to sources.
//!
//! Assumptions, to be tried on a real account before it is trusted with books:
//! 1. Amounts are computed per entry as in `lines.rs`, and unit prices keep `erp.price_digits`. If not, the first document ends as a
//!    conflict with both numbers, saved and not in force: nothing is hidden.
//! 2. `FBillNo` and `FNumber` are taken where the form's numbering rule lets them be entered by hand, and are unique among all
//!    organisations and users. A number that the ERP makes up instead is a conflict.
//! 3. Keys of queries are those of `form.rs`; `FReturnQty` of an outbound's entry counts what has come back.
//! 4. A row of a service in a return, and a row of goods that the ERP had before the books were opened, need no source.
//! 5. Receivables take negative quantities and amounts, and `FNoTaxAmountFor_D`, `FTAXAMOUNTFOR_D` and `FALLAMOUNTFOR_D` as they are sent.
//! 6. `X-Api-Timestamp` counts seconds (`erp.timestamp`); a session is known by `kdservice-sessionid` alone.
//! 7. What is saved again by its `FID` alone leaves a put-away draft (Z) as it is, but for its status.
//! 8. A customer in force that documents use can be opened again, and meanwhile documents that name it are refused: who changes it waits
//!    for them, and they for it, within one process. It has no field for an e-mail address.
//! 9. A session that is lost, a form that somebody has open (`MsgCode` 13) and too many calls (14) are said before anything is done.
//! 10. An item's unit for sales is the unit that its pieces are counted in.
//! 11. A form that a workflow approves cannot be audited by a call: it is parked, and goes on once it is approved.

mod classify;
mod form;
mod forms;
mod items;
mod lines;
mod read;
mod settings;
mod sign;
mod steps;
#[cfg(test)]
mod tests;
mod transport;

pub use classify::{Answer, classify};
pub use settings::{
    ALLOWANCE_SKU, APP_PATH, Adjustments, BillTypes, Clock, LATE_MARGIN, Login, RATE_PER_MINUTE, REQUEST_TIMEOUT,
    Settings,
};

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use rust_decimal::Decimal;
use tokio::sync::RwLock;

use super::body::{self, Rendered};
use super::{Checkup, Delivery, Erp, Guarantee, Needs, Pace, Verdict, bounds, in_currency};
use crate::document::{Document, DocumentKind, Minor};
use forms::{Desk, KIND, OUTBOUND_SUFFIX, Paper, credit_form};
use items::Items;
use lines::Ruling;
use steps::{CustomerPaper, done};
use transport::{REQUESTS_MAX, Transport, literal};

/// The most characters of a form's or a customer's number (assumption).
const NUMBER_MAX: usize = 80;
/// Customers that may be opened at the same time, by chance of their numbers.
const SHELVES: u64 = 64;

/// One account.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    transport: Transport,
    items: Items,
    desk: Desk,
    shelves: Vec<RwLock<()>>,
}

impl Adapter {
    /// Prepares an adapter; sends nothing. Its requests leave as `pace` lets them.
    ///
    /// # Errors
    /// A sentence about the setting or the body that is wrong.
    pub fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        let minor = settings.minor()?;
        let transport = Transport::new(settings.clone(), pace)?;
        let desk = Desk::new(&settings)?;
        let shelves = (0..SHELVES).map(|_| RwLock::default()).collect();
        let adapter = Adapter { settings, minor, transport, items: Items::default(), desk, shelves };
        body::check(&adapter.settings.currency, |document, date| adapter.render(document, date))?;
        Ok(adapter)
    }

    /// What is held in common by who names the customer, and alone by who opens it: meanwhile the ERP refuses its documents. Other
    /// processes' documents are not held up.
    fn shelf(&self, customer: &str) -> &RwLock<()> {
        let mut hasher = DefaultHasher::new();
        customer.hash(&mut hasher);
        &self.shelves[(hasher.finish() % SHELVES) as usize]
    }

    fn ruling(&self) -> Ruling<'_> {
        Ruling {
            minor: self.minor,
            price_digits: self.settings.price_digits,
            allowance_sku: &self.settings.allowance_sku,
        }
    }

    async fn try_deliver(&self, delivery: Delivery<'_>) -> Result<Verdict, Verdict> {
        let Delivery { document, posting_date: date, start, .. } = delivery;
        in_currency(document, &self.settings.currency)?;
        let header = match document {
            Document::Customer(customer) => {
                return steps::customer(self, CustomerPaper { document, customer, date }).await;
            }
            Document::SalesOrder(order) => &order.header,
            Document::CreditNote(note) => &note.header,
            Document::DebitNote(note) => &note.header,
        };
        let paper = Paper { document, header, date };
        let _shelf = self.shelf(&header.customer).read().await;
        match credit_form(document, self.settings.adjustments) {
            Some(form) => steps::credit(self, &paper, form, start).await,
            None => steps::sale(self, &paper, start).await,
        }
    }

    /// Whether the account has a record of this number.
    async fn has(&self, form: &str, filter: &str, number: &str) -> Result<bool, Verdict> {
        let filter = format!("{filter}FNumber={}", literal(number));
        let rows =
            done(&format!("to look for {form}"), self.transport.query(form, &["FNumber"], &filter, "FNumber").await)?;
        Ok(rows.as_array().is_some_and(|rows| !rows.is_empty()))
    }

    async fn try_check(&self, needs: &Needs) -> Result<Checkup, Verdict> {
        let Settings { url, app_path, acct_id, user, organization, stock, currency_number, .. } = &self.settings;
        let of_organization = format!("FUseOrgId.FNumber={} and ", literal(organization));
        let records = [
            ("erp.organization", "ORG_Organizations", "", organization),
            ("erp.stock", "BD_STOCK", &of_organization, stock),
            ("erp.currency_number", "BD_Currency", "", currency_number),
        ];
        let units = needs.units.iter().chain(&self.settings.unit);
        let records = records.into_iter().chain(units.map(|unit| ("unit of measure", "BD_UNIT", "", unit)));
        let mut checkup = Checkup::new(format!("logged in at {url}{app_path}, data centre {acct_id}, as {user}"));
        checkup.guaranteed(|kind| {
            (
                self.guarantee(kind),
                "the ERP refuses a second form with the same number, also to who may not see the first".into(),
            )
        });
        for (what, form, filter, number) in records {
            match self.has(form, filter, number).await {
                Ok(true) => checkup.good(format!("{what} {number} is there")),
                Ok(false) => checkup.wrong(
                    format!("{what}: no {number} in {form}"),
                    format!("take its number (编码) from the ERP's list, and let {user} see it"),
                ),
                Err(Verdict::Rejected { reason, .. }) => checkup.wrong(format!("{what} {number}"), reason),
                Err(verdict) => return Err(verdict),
            }
        }
        self.check_service(&mut checkup).await?;
        for rate in needs.rates.iter().filter(|rate| rate.is_sign_negative() || **rate > Decimal::ONE_HUNDRED) {
            checkup.wrong(format!("tax of {rate} %"), "the ERP takes 0 to 100: correct the mapping");
        }
        let credits = form::of_adjustments(self.settings.adjustments);
        for form in [&form::ORDER, &form::OUTBOUND, &form::RETURN, credits] {
            // Nothing has this number; a key that the ERP does not know is said, and a form that the user may not read.
            let answer = self.transport.query(form.id, &form.keys(), "FBillNo=' '", form.entry).await;
            let read = done(&format!("to read {}", form.id), answer).map(|_| "can be read".to_owned());
            checkup.found(format!("the form {}", form.id), read.map_err(Verdict::sentence));
        }
        checkup.good(format!(
            "not to be seen from here: that {user} has the data permission (数据权限) for all of these forms, without which a document \
             whose saving was not answered is parked instead of found, and never doubled; that their numbering rules (编码规则) let \
             numbers be entered; and that prices keep {} digits",
            self.settings.price_digits
        ));
        Ok(checkup)
    }

    async fn check_service(&self, checkup: &mut Checkup) -> Result<(), Verdict> {
        let sku = &self.settings.allowance_sku;
        let found = items::look_up(&self.transport, &self.settings, &[sku.as_str()]).await?.remove(sku);
        match found.unwrap_or_else(|| Err("is not there".into())) {
            Ok(unit) => checkup.good(format!("service {sku} is there, in {unit}")),
            Err(why) => checkup.wrong(
                format!("erp.allowance_sku: the item {sku} {why}"),
                format!(
                    "add a service (物料属性: 服务) with this number, audit it, and assign it to the organisation {}",
                    self.settings.organization
                ),
            ),
        }
        Ok(())
    }
}

#[async_trait]
impl Erp for Adapter {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantee(&self, kind: DocumentKind) -> Guarantee {
        match kind {
            DocumentKind::Customer | DocumentKind::SalesOrder | DocumentKind::CreditNote | DocumentKind::DebitNote => {
                Guarantee::Unique
            }
        }
    }

    fn late_max(&self) -> Duration {
        self.settings.late_max
    }

    fn request_max(&self) -> Duration {
        self.settings.request_timeout
    }

    fn requests_max(&self) -> u32 {
        REQUESTS_MAX
    }

    fn account(&self) -> String {
        let Settings { url, acct_id, .. } = &self.settings;
        format!("{KIND} {} acct_id {acct_id}", url.trim_end_matches('/'))
    }

    fn number_max(&self, kind: DocumentKind) -> usize {
        match kind {
            DocumentKind::SalesOrder | DocumentKind::DebitNote => NUMBER_MAX - OUTBOUND_SUFFIX.len(),
            DocumentKind::Customer | DocumentKind::CreditNote => NUMBER_MAX,
        }
    }

    async fn has_item(&self, number: &str) -> Option<bool> {
        let found = items::look_up(&self.transport, &self.settings, &[number]).await.ok()?;
        Some(found.get(number).is_some_and(Result::is_ok))
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        bounds::deliver(delivery, self.try_deliver(delivery)).await
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        in_currency(document, &self.settings.currency).map_err(Verdict::sentence)?;
        self.desk.render(&self.settings, self.ruling(), document, posting_date)
    }

    async fn check(&self, needs: &Needs) -> Result<Checkup, String> {
        self.try_check(needs).await.map_err(Verdict::sentence)
    }
}
