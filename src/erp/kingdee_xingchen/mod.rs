//! Kingdee Cloud Xingchen V2 (金蝶云星辰 V2).
//!
//! The ERP keeps an order, the outbound that ships it, and returns that name entries of the outbound (never of the order).
//! A document of ours is written as:
//!
//! - a **sales order** and a **debit note**: an order, audited as it is saved, and its outbound (`<number>-CK`), whose entries
//!   name the order's. The outbound is what is invoiced and what returns refer to. With [`Outbounds::Find`] people make the
//!   outbounds;
//! - a **credit note**: a return; its pieces name the entries of the outbounds that sold them, ours or people's, and an amount
//!   without pieces is a service line ([`Settings::allowance_sku`], quantity 1) that names nothing, or is left to people
//!   ([`Allowance`]);
//! - a **customer**: a customer; a second one with the same number changes the first.
//!
//! Each form's number is ours and the ERP refuses a second one (1030002002), hence [`Guarantee::Unique`]. The remark says
//! in a fixed order what the form is, for which order of the shop, and which sales order it belongs to:
//! `credit_note return; order 2024061512345; original 2024061512345`.
//!
//! # What this stands on
//! From the vendor's documentation and client libraries: addresses, the envelope, signatures, `bill_no`, `customer_number`,
//! `operation_key`, `material_entity` with `material_id`, `unit_id`, `qty`, `is_free`, `tax_price`, `cess`, `cus_bill_no`,
//! `stock_id`, `src_bill_type_id`, `src_inter_id`, `src_entry_id`; the detail calls by `number` or `id`; the list of outbounds by
//! `customer_id`, `start_bill_date` and pages; `common_operate`; `material_detail` and `store_detail`; 30 s and 500 requests a
//! minute. From programs that others run against it: `push_app_authorize` (POST, `{}`) with `appKey`, `appSecret`, `domain` and
//! `status` (1 is in force), the stale secret's 1030002006, `bill_status` `C` and `Z`, and that a reference that the ERP cannot use
//! is dropped without a word: each entry is read back, and one without its source is a conflict.
//!
//! Assumptions, to be tried on a real account before it is trusted with books:
//! 1. Amounts are computed per entry as in `body.rs`, and unit prices keep ten digits. If not, the first document ends as a
//!    conflict with both numbers: nothing is hidden.
//! 2. Detail answers name fields as in `read.rs`, `comment` and `remark` come back as they were sent, and `return_qty` of an
//!    outbound's entry counts what has come back.
//! 3. A service line in a return needs no source. (No form of this ERP is a plain price adjustment.) Who would rather not rest
//!    on it leaves such amounts to people: `allowance = "by-hand"`.
//! 4. `addr`, and `mobile` and `email` of the first contact, are taken when a customer is saved, and saving by `id` replaces
//!    the contacts. They are read back encrypted, so a customer that has any is saved again rather than compared.
//! 5. `contact_address` of an order takes one line of text.
//! 6. `sal_out_bound_batch` takes `{"rows": [...]}`, each as one outbound is saved, and answers with the rows' own numbers. It is
//!    used only where `erp.outbounds_together` says so, and that is off by default for as long as nobody has tried it; what it
//!    does not save is saved by itself (`batch.rs`).
//! 7. A return may take back goods without naming a source, as one that a person enters does: pieces of an order that was in the
//!    ERP before the books were opened.
//! 8. 1030002002 for a customer means its number. A name that must be unique there shows as a refusal that says so.
//! 9. Detail answers of outbounds and returns name their entries' sources as they were sent (`src_inter_id`, `src_entry_id`). Where
//!    they leave the fields out, nothing is compared, and no outbound of a person's is found.
//! 10. The list of outbounds takes `search`, and finds by it what carries the order's number in its number or remark; where
//!     it does not, the customer's outbounds from the order's date on are looked through.
//! 11. `close_status` of an order is `C` once it has been closed, and `check_type` of a material is `3` for a service.
//! 12. The vendor's client libraries give 30 characters for `number` of a detail call; a longer number is held before anything is
//!     sent.

mod batch;
mod body;
mod check;
mod classify;
mod forms;
mod login;
mod materials;
mod outbounds;
mod read;
mod settings;
pub(super) mod sign;
mod steps;
mod transport;

pub use classify::{Answer, classify};
pub use settings::{
    ALLOWANCE_SKU, Allowance, AppSecret, LATE_MARGIN, Outbounds, RATE_PER_MINUTE, REQUEST_TIMEOUT, Settings,
};

use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;

use super::body::{Bodies, Rendered};
use super::{Checkup, Delivery, Erp, Guarantee, Needs, Pace, Verdict, bounds, in_currency};
use crate::document::{Document, DocumentKind, Minor};
use body::Account;
use forms::Desk;
use materials::Materials;
use steps::Sale;
use transport::Transport;

/// The most requests of one delivery. Look-ups, saves, what is read back, audits and tokens need a dozen; the rest is for
/// materials, what sold returned goods, and looking for people's outbounds, which go on at the next attempt.
const REQUESTS_MAX: u32 = 26;
/// The most characters of a form's number: the vendor's client libraries give 30 for `number` of a detail call.
const NUMBER_MAX: usize = 30;
/// The most characters of a customer's number (assumption).
const CUSTOMER_NUMBER_MAX: usize = 80;
const KIND: &str = "kingdee-xingchen";

/// One Xingchen account.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    transport: Transport,
    materials: Materials,
    outbounds: outbounds::Outbounds,
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
        let (materials, outbounds) = (Materials::default(), outbounds::Outbounds::default());
        let adapter = Adapter { settings, minor, transport, materials, outbounds, bodies };
        // Every body is tried, those too that these settings do not use.
        let (desk, every) = (adapter.desk(), Account { allowance: Allowance::default(), ..adapter.account() });
        let desk = Desk { account: every, outbounds: Outbounds::Create, ..desk };
        crate::erp::body::check(&adapter.settings.currency, |document, date| desk.render(document, date))?;
        Ok(adapter)
    }

    fn account(&self) -> Account<'_> {
        let Settings { allowance_sku, allowance, .. } = &self.settings;
        Account { minor: self.minor, allowance_sku, allowance: *allowance }
    }

    fn desk(&self) -> Desk<'_> {
        let Settings { stock_id, outbounds, .. } = &self.settings;
        Desk { bodies: &self.bodies, stock_id, account: self.account(), outbounds: *outbounds }
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
        REQUESTS_MAX
    }

    fn account(&self) -> String {
        format!("{} {} app_key {}", self.kind(), self.settings.url.trim_end_matches('/'), self.settings.app_key)
    }

    fn number_max(&self, kind: DocumentKind) -> usize {
        match kind {
            DocumentKind::SalesOrder | DocumentKind::DebitNote => NUMBER_MAX - steps::OUTBOUND_SUFFIX.len(),
            DocumentKind::CreditNote => NUMBER_MAX,
            DocumentKind::Customer => CUSTOMER_NUMBER_MAX,
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
        bounds::deliver(delivery, self.try_deliver(delivery)).await
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        in_currency(document, &self.settings.currency).map_err(Verdict::sentence)?;
        self.desk().render(document, posting_date)
    }

    async fn check(&self, needs: &Needs) -> Result<Checkup, String> {
        check::check(self, needs).await
    }
}
