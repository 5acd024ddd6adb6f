//! Kingdee Cloud Xingchen V2 (金蝶云星辰 V2).
//!
//! The ERP keeps an order, the outbound that ships it, and returns that name entries of the outbound (never of the order).
//! A document of ours is written as:
//!
//! - a **sales order** and a **debit note**: an order, audited as it is saved, and its outbound (`<number>-CK`), whose entries
//!   name the order's. The outbound is what is invoiced and what returns refer to;
//! - a **credit note**: a return; its pieces name the outbound's entries, and an amount without pieces is a service line
//!   ([`Settings::allowance_sku`], quantity 1) that names nothing;
//! - a **customer**: a customer; a second one with the same number changes the first.
//!
//! Each form's number is ours and the ERP refuses a second one (1030002002), hence [`Guarantee::Unique`]. The remark says
//! in a fixed order what the form is, for which order of the shop, and which sales order it belongs to:
//! `credit_note return; order 2024061512345; original 2024061512345`.
//!
//! # What this stands on
//! From the vendor's documentation: addresses, the envelope, signatures, `bill_no`, `customer_number`, `operation_key`,
//! `material_entity` with `material_id`, `unit_id`, `qty`, `is_free`, `tax_price`, `cess`, `cus_bill_no`, `stock_id`,
//! `src_bill_type_id`, `src_inter_id`, `src_entry_id`; the detail calls by `number`; `common_operate`; `material_detail`
//! and `store_detail`; 30 s and 500 requests a minute.
//!
//! Assumptions, to be tried on a real account before it is trusted with books:
//! 1. Amounts are computed per entry as in `body.rs`, and unit prices keep ten digits. If not, the first document ends as a
//!    conflict with both numbers: nothing is hidden.
//! 2. Detail answers name fields as in `read.rs`, `comment` and `remark` come back as they were sent, and `return_qty` of an
//!    outbound's entry counts what has come back.
//! 3. A service line in a return needs no source. (No form of this ERP is a plain price adjustment.)
//! 4. `addr`, and `mobile` and `email` of the first contact, are taken when a customer is saved, and saving by `id` replaces
//!    the contacts. They are read back encrypted, so a customer that has any is saved again rather than compared.
//! 5. `contact_address` of an order takes one line of text.
//! 6. `sal_out_bound_batch` takes `{"rows": [...]}`, each as one outbound is saved, and answers with the rows' own numbers. It is
//!    used only where `erp.outbounds_together` says so; what it does not save is saved by itself.
//! 7. A return may take back goods without naming a source, as one that a person enters does: pieces of an order that was in the
//!    ERP before the books were opened.
//! 8. 1030002002 for a customer means its number. A name that must be unique there shows as a refusal that says so.
//!
//! Credentials that rotate (`push_app_authorize`) are not followed yet: a stale `app_secret` is answered with
//! [`Verdict::Unauthorised`] and the remedy.

mod body;
mod classify;
mod forms;
mod materials;
mod read;
mod settings;
pub(super) mod sign;
mod steps;
mod transport;

pub use classify::{Answer, classify};
pub use settings::{ALLOWANCE_SKU, LATE_MARGIN, RATE_PER_MINUTE, REQUEST_TIMEOUT, Settings};

use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::body::{Bodies, Rendered};
use super::{Checkup, Delivery, Erp, Guarantee, Needs, Pace, Verdict, http, in_currency};
use crate::document::{Document, DocumentKind, Minor};
use forms::Desk;
use materials::Materials;
use steps::Sale;
use transport::Transport;

/// A token at the start, and a refused token's successor with the request repeated.
const TOKEN_REQUESTS_MAX: u32 = 3;
/// The most characters of a form's or a customer's number (assumption).
const NUMBER_MAX: usize = 80;
const KIND: &str = "kingdee-xingchen";
const STORE_DETAIL: &str = "/jdy/v2/bd/store_detail";

/// One Xingchen account.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    transport: Transport,
    materials: Materials,
    bodies: Bodies,
}

impl Adapter {
    /// Prepares an adapter; sends nothing. Its requests leave as `pace` lets them.
    ///
    /// # Errors
    /// A sentence about the setting or the body that is wrong.
    pub fn new(settings: Settings, pace: Pace) -> Result<Self, String> {
        let minor = settings.minor()?;
        let transport = Transport::new(settings.clone(), pace)?;
        let bodies = Bodies::new(KIND, forms::FILES, settings.bodies.as_deref())?;
        let adapter = Adapter { settings, minor, transport, materials: Materials::default(), bodies };
        crate::erp::body::check(&adapter.settings.currency, |document, date| adapter.desk().render(document, date))?;
        Ok(adapter)
    }

    fn account(&self) -> body::Account<'_> {
        body::Account { minor: self.minor, allowance_sku: &self.settings.allowance_sku }
    }

    fn desk(&self) -> Desk<'_> {
        Desk { bodies: &self.bodies, stock_id: &self.settings.stock_id, account: self.account() }
    }

    async fn try_deliver(&self, delivery: Delivery<'_>) -> Result<Verdict, Verdict> {
        let Delivery { document, posting_date: date, start, .. } = delivery;
        in_currency(document, &self.settings.currency)?;
        match document {
            Document::Customer(customer) => steps::customer(self, document, customer, date, start).await,
            Document::SalesOrder(order) => steps::sale(self, Sale::of_order(document, order, date), date, start).await,
            Document::DebitNote(note) => steps::sale(self, Sale::of_debit(document, note, date), date, start).await,
            Document::CreditNote(note) => steps::credit(self, document, note, date, start).await,
        }
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
        steps::REQUESTS_MAX + materials::LOOK_UPS_MAX as u32 + TOKEN_REQUESTS_MAX
    }

    fn account(&self) -> String {
        format!("{} {} app_key {}", self.kind(), self.settings.url.trim_end_matches('/'), self.settings.app_key)
    }

    fn number_max(&self, kind: DocumentKind) -> usize {
        match kind {
            DocumentKind::SalesOrder | DocumentKind::DebitNote => NUMBER_MAX - steps::OUTBOUND_SUFFIX.len(),
            DocumentKind::Customer | DocumentKind::CreditNote => NUMBER_MAX,
        }
    }

    async fn has_item(&self, number: &str) -> Option<bool> {
        match materials::look_up(&self.transport, number).await {
            Ok(_) => Some(true),
            Err(Verdict::Lacking { .. }) => Some(false),
            Err(_) => None,
        }
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        match http::within(delivery.until, self.try_deliver(delivery)).await {
            Ok(verdict) | Err(verdict) => verdict,
        }
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        in_currency(document, &self.settings.currency).map_err(Verdict::sentence)?;
        self.desk().render(document, posting_date)
    }

    async fn check(&self, needs: &Needs) -> Result<Checkup, String> {
        let Settings { url, stock_id, allowance_sku, .. } = &self.settings;
        let store = self.transport.get(STORE_DETAIL, &[("id", stock_id)]).await;
        if let Answer::Failure(failure) = store {
            return Err(failure.verdict("the ERP").sentence());
        }
        let mut checkup = Checkup::new(format!("logged in at {url}"));
        checkup.guaranteed(|kind| (self.guarantee(kind), "it refuses a second form with the same number".into()));
        match store {
            Answer::Done(_) => checkup.good(format!("warehouse {stock_id} is there")),
            Answer::NotFound(_) => checkup.wrong(
                format!("erp.stock_id: the ERP has no warehouse with the id {stock_id}"),
                "take the id from the ERP's list of warehouses",
            ),
            Answer::Duplicate(text) | Answer::Refused(text) => checkup.wrong("erp.stock_id", text),
            Answer::Failure(_) => unreachable!("it was returned above"),
        }
        let service = materials::look_up(&self.transport, allowance_sku).await;
        checkup
            .found(format!("service {allowance_sku}"), service.map(|_| "is there".into()).map_err(Verdict::sentence));
        for rate in needs.rates.iter().filter(|rate| rate.is_sign_negative() || **rate > Decimal::ONE_HUNDRED) {
            checkup.wrong(format!("tax of {rate} %"), "the ERP takes 0 to 100: correct the mapping");
        }
        Ok(checkup)
    }
}
