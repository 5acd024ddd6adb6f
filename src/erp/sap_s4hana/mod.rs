//! SAP S/4HANA, by the OData 2.0 services that it calls A2X.
//!
//! A document of ours is written as:
//!
//! - a **sales order**: a sales order (`API_SALES_ORDER_SRV`), created whole with its items and their prices;
//! - a **debit note**: a sales order of its own type, or a debit memo request ([`DebitNotes`]);
//! - a **credit note**: goods that come back are a customer return (`API_CUSTOMER_RETURN_SRV`); allowances, and all of a
//!   cancellation, whose goods never left, a credit memo request (`API_CREDIT_MEMO_REQUEST_SRV`). A note that has both becomes
//!   both. Items name the items that sold what they take back;
//! - a **customer**: a business partner with the role of a customer and the sales area of the settings (`partner.rs`).
//!
//! Nothing that was told is edited there: orders are not changed, nor are items rejected. Invoices and credit memos come of
//! these documents by the system's own billing.
//!
//! # How sure it is that a document exists once
//! A sales document's own number is the system's. Ours is its `PurchaseOrderByCustomer`, of 35 characters, which may be there twice.
//! So a document can be looked up ([`Guarantee::Probe`]), what was created is read back by that number, and two of them are a
//! conflict that a person sees. Between a look-up that finds nothing and a create, a request that was given up may still take effect:
//! that is what [`Erp::late_max`] is for, and why it is long here (a work process runs for up to 600 s).
//!
//! SAP Gateway can do better. A request with a `RequestID` (32 hexadecimal digits) and a `RepeatabilityCreation` is executed once, and
//! answered again when it is repeated; then the answer has `RepeatabilityResult: accepted`. Where that header is absent, the ids are
//! ignored and protect nothing. Whether they do depends on how the system is set up (its idempotency framework needs housekeeping
//! jobs), and shows only in the answer to a create. Hence:
//!
//! - The id is derived from the account, the entity set and our number. It is the same whenever the same document is created
//!   again, in another process and after a restart. The time of creation is the posting date, which does not change either.
//! - The vendor says that a repeated request is answered with its first outcome, *a refusal too*. Who adds the missing product
//!   would get the old refusal again. So the id also counts refusals (the generation): after a refusal that the system acknowledged the
//!   next create of this document has the next id. The count is kept in memory; after a restart it begins anew, and a document that
//!   was looked up tries two ids in one delivery. Ids are only ever tried in this order, and the next one only after a definite
//!   refusal of the one before, so at most one of them is ever executed to the end.
//! - The guarantee is [`Guarantee::Unique`] where an answer of this process has acknowledged an id; before the first answer where the
//!   config says that somebody has seen it (`request_ids = "acknowledged"`). One create without the header takes it back to
//!   [`Guarantee::Probe`]. Orders that are created together in a `$batch` have no ids, so they have `Probe`.
//! - Results are kept there for hours, not for good: ids close the gap between look-up and create, and are no substitute for looking.
//!
//! A customer whose number is the business partner's own, from an external number range, is unique in any case.
//!
//! # What this stands on
//! From the vendor's API reference: services, entity sets, properties and their lengths; deep insert; `$batch` and its changesets;
//! entity tags (412, 428); the token against forged requests; `RequestID`, `RepeatabilityCreation` and `RepeatabilityResult`; errors.
//! From others' code: bodies of orders, returns and credit memo requests with `PMP0` and `ReferenceSDDocument`; business partners with
//! `FLCU00` and `FLCU01`.
//!
//! Assumptions, to be tried on a real system before it is trusted with books:
//! 1. The price condition (`PMP0`) may be entered by hand, is for an amount without tax, supersedes the product's price, also where
//!    that is zero and where the item refers to another, and takes `ConditionQuantity` pieces without a unit. Amounts are
//!    `ConditionRateValue × pieces / ConditionQuantity`, rounded; the tax is the net's, rounded for each item. If not, the first
//!    document ends as a conflict with both numbers: nothing is hidden.
//! 2. Item numbers that are sent are kept; a return may hold an item of a service that refers to nothing, and so may a credit memo
//!    request. An item with more than one number for a line (free goods, bills of material) is a conflict.
//! 3. A value item (`G2W`) counts no pieces as credited, and keeps the product of the item that it refers to.
//! 4. The tax rate follows from the tax classifications of customer and product; [`Settings::taxes`] may say the product's, by
//!    rate.
//! 5. `to_Text` is there in all four services, with the text's id of the settings (`TX01`).
//! 6. A business partner may be created without a city; `SearchTerm1` is kept in capitals, and `BusinessPartnerIDByExtSystem` as it
//!    is.
//! 7. A filter by `PurchaseOrderByCustomer` finds what was committed before it was asked; it may ignore capitals.
//! 8. What is refused with a 4xx was rolled back. Codes of locks are those of `classify.rs`.
//! 9. The token against forged requests is good for all services of a session.
//! 10. A time of creation without a zone is UTC's, and may lie days before or after the request.

mod batch;
mod classify;
mod forms;
mod items;
mod login;
mod partner;
mod read;
mod services;
mod settings;
mod steps;
#[cfg(test)]
mod tests;
mod transport;

pub use classify::{Answer, Told, classify};
pub use settings::{
    ALLOWANCE_SKU, Auth, CustomerKey, DebitNotes, LATE_MARGIN, ORDERS_TOGETHER_MAX, RATE_PER_MINUTE, REQUEST_TIMEOUT,
    RequestIds, Settings,
};

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use super::body::{Bodies, Rendered};
use super::{Checkup, Delivery, Erp, Guarantee, Needs, Pace, Verdict, bounds, in_currency};
use crate::document::{Document, DocumentKind, Minor};
use forms::Desk;
use services::{CREDIT, DEBIT, Kind, ORDER, PARTNER_SET, PARTNERS, RETURN};
use transport::{REQUESTS_MAX, RequestId, Transport};

const KIND: &str = "sap-s4hana";
/// The most characters of a purchase order number.
const NUMBER_MAX: usize = 35;
/// How many refused documents are remembered.
const REFUSALS_MAX: usize = 10_000;

/// One system.
pub struct Adapter {
    settings: Settings,
    minor: Minor,
    transport: Transport,
    bodies: Bodies,
    memory: Mutex<Memory>,
}

/// What this process has seen of requests' ids.
#[derive(Default)]
struct Memory {
    /// Whether the last create with an id was acknowledged.
    acknowledged: Option<bool>,
    /// How often a document was refused, by entity set and number.
    refusals: BTreeMap<(&'static str, String), u32>,
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
        let adapter = Adapter { settings, minor, transport, bodies, memory: Mutex::default() };
        super::body::check(&adapter.settings.currency, |document, date| adapter.desk().render(document, date))?;
        Ok(adapter)
    }

    fn desk(&self) -> Desk<'_> {
        Desk { bodies: &self.bodies, settings: &self.settings, minor: self.minor }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id under which a document is created now, and which generation of it that is.
    fn request_id(&self, set: &'static str, number: &str, date: Date) -> (u32, Option<RequestId>) {
        if self.settings.request_ids == RequestIds::Off {
            return (0, None);
        }
        let generation = self.memory().refusals.get(&(set, number.to_owned())).copied().unwrap_or_default();
        let digest = Sha256::digest(format!("{}\n{set}\n{number}\n{generation}", self.account()));
        let id = digest.iter().take(16).map(|byte| format!("{byte:02X}")).collect();
        (generation, Some(RequestId { id, created: format!("{date}T00:00:00") }))
    }

    /// Notes that a document was refused under the id of this generation.
    fn refused(&self, set: &'static str, number: &str, generation: u32) {
        let mut memory = self.memory();
        if memory.refusals.len() >= REFUSALS_MAX {
            memory.refusals.pop_first();
        }
        let count = memory.refusals.entry((set, number.to_owned())).or_default();
        *count = (*count).max(generation + 1);
    }

    /// Notes whether a create with an id was acknowledged.
    fn note(&self, with_id: bool, acknowledged: bool) {
        if !with_id {
            return;
        }
        let before = self.memory().acknowledged.replace(acknowledged);
        let believed = before.unwrap_or(self.settings.request_ids == RequestIds::Acknowledged);
        if believed && !acknowledged {
            tracing::warn!("the ERP does not acknowledge the id of a request: documents have the guarantee probe");
        }
    }

    /// True where documents of this kind are created together, without ids.
    fn goes_together(&self, kind: Kind) -> bool {
        kind == ORDER && self.settings.orders_together > 1
    }

    fn by_id(&self) -> Guarantee {
        let seen = self.memory().acknowledged;
        match (self.settings.request_ids, seen) {
            (RequestIds::Off, _) | (_, Some(false)) | (RequestIds::Sent, None) => Guarantee::Probe,
            (RequestIds::Sent, Some(true)) | (RequestIds::Acknowledged, Some(true) | None) => Guarantee::Unique,
        }
    }

    async fn try_deliver(&self, delivery: Delivery<'_>) -> Result<Verdict, Verdict> {
        let Delivery { document, posting_date: date, start, .. } = delivery;
        in_currency(document, &self.settings.currency)?;
        match document {
            Document::Customer(customer) => partner::customer(self, document, customer, date, start).await,
            Document::SalesOrder(_) | Document::DebitNote(_) | Document::CreditNote(_) => {
                steps::document(self, document, date, start).await
            }
        }
    }

    async fn try_check(&self, needs: &Needs) -> Result<Checkup, Verdict> {
        let Settings { url, sales_organization, distribution_channel, division, allowance_sku, .. } = &self.settings;
        self.transport.open(ORDER.service).await.map_err(|failure| failure.verdict("the log-in"))?;
        let area = format!("{sales_organization}/{distribution_channel}/{division}");
        let mut checkup = Checkup::new(format!("logged in at {url}, sales area {area}"));
        checkup.guaranteed(|kind| (self.guarantee(kind), self.why(kind)));
        let mut sets = vec![(ORDER.service, ORDER.set, ORDER.key), (RETURN.service, RETURN.set, RETURN.key)];
        sets.extend([(CREDIT.service, CREDIT.set, CREDIT.key), (PARTNERS, PARTNER_SET, "BusinessPartner")]);
        if self.settings.debit_notes == DebitNotes::Memo {
            sets.push((DEBIT.service, DEBIT.set, DEBIT.key));
        }
        for (service, set, key) in sets {
            let below = services::query(set, &[("$top", "1"), ("$select", key)]);
            let read = steps::done(service, self.transport.get(service, &below).await);
            checkup.found(format!("service {service}"), read.map(|_| "it answers".into()).map_err(Verdict::sentence));
        }
        let items: Vec<&str> = needs.items.iter().map(String::as_str).chain([allowance_sku.as_str()]).collect();
        let sold = steps::sold_here(self, &items).await?;
        match sold.contains(allowance_sku) {
            true => checkup.good(format!("product {allowance_sku} is sold here")),
            false => checkup.wrong(
                format!(
                    "erp.allowance_sku: {sales_organization}/{distribution_channel} sells no product {allowance_sku}"
                ),
                "add a service with this number (MM01, with the sales view)",
            ),
        }
        for rate in &needs.rates {
            match self.settings.taxes.get(&rate.normalize()) {
                Some(class) => {
                    checkup.good(format!("tax of {rate} %: products are sent with the tax classification {class}"))
                }
                None => checkup.good(format!("tax of {rate} %: by each product's own tax classification")),
            }
        }
        checkup.good(format!(
            "prices are entered by hand as {}: try one document of each kind before it is trusted, for prices, taxes and item numbers \
             are as the system is set up",
            self.settings.price_condition
        ));
        Ok(checkup)
    }

    /// What a guarantee rests on.
    fn why(&self, kind: DocumentKind) -> String {
        if kind == DocumentKind::Customer && self.settings.customer_key == CustomerKey::Number {
            return "the number is the business partner's own".into();
        }
        let why = match (self.settings.request_ids, self.guarantee(kind)) {
            (RequestIds::Off, _) => "requests have no ids (erp.request_ids), and numbers may be there twice",
            (_, Guarantee::Unique) => "the system repeats no request of an id",
            (RequestIds::Acknowledged, _) if self.goes_together(ORDER) => "orders are created together, without ids",
            (RequestIds::Sent | RequestIds::Acknowledged, _) => {
                "requests have ids, and no answer of the system has acknowledged one yet; once a document shows that it does, \
                 erp.request_ids = \"acknowledged\" says so"
            }
        };
        why.into()
    }
}

#[async_trait]
impl Erp for Adapter {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantee(&self, kind: DocumentKind) -> Guarantee {
        match kind {
            DocumentKind::Customer if self.settings.customer_key == CustomerKey::Number => Guarantee::Unique,
            DocumentKind::SalesOrder if self.goes_together(ORDER) => Guarantee::Probe,
            DocumentKind::DebitNote if self.settings.debit_notes == DebitNotes::Order && self.goes_together(ORDER) => {
                Guarantee::Probe
            }
            DocumentKind::Customer | DocumentKind::SalesOrder | DocumentKind::CreditNote | DocumentKind::DebitNote => {
                self.by_id()
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
        let Settings { url, client, sales_organization, distribution_channel, division, .. } = &self.settings;
        let client = client.as_ref().map(|client| format!(" client {client}")).unwrap_or_default();
        let area = format!("{sales_organization}/{distribution_channel}/{division}");
        format!("{KIND} {}{client} sales area {area}", url.trim_end_matches('/'))
    }

    fn number_max(&self, kind: DocumentKind) -> usize {
        match kind {
            DocumentKind::Customer => self.settings.customer_key.length_max(),
            DocumentKind::SalesOrder | DocumentKind::CreditNote | DocumentKind::DebitNote => NUMBER_MAX,
        }
    }

    async fn has_item(&self, number: &str) -> Option<bool> {
        steps::sold_here(self, &[number]).await.ok().map(|sold| sold.contains(number))
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        bounds::deliver(delivery, self.try_deliver(delivery)).await
    }

    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String> {
        in_currency(document, &self.settings.currency).map_err(Verdict::sentence)?;
        self.desk().render(document, posting_date)
    }

    async fn check(&self, needs: &Needs) -> Result<Checkup, String> {
        self.try_check(needs).await.map_err(Verdict::sentence)
    }
}
