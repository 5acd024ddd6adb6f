//! The right side's other end: one folder an ERP, all behind [`Erp`].
//!
//! An adapter writes a [`Document`] down in its ERP's own form over as many calls as that takes, and answers with a
//! [`Verdict`]. It keeps no memory of what was delivered: where it may have been here before ([`Start::LookUp`]) it asks the
//! ERP and resumes from what the ERP says. What an answer means is decided in one total, pure function an ERP
//! (`classify.rs`); `relay::decide` turns verdicts into transitions. What its requests say stands in files that an operator can
//! replace ([`body`]).

pub mod body;
mod bounds;
mod checkup;
mod failure;
mod http;
mod joined;
pub mod kingdee_galaxy;
pub mod kingdee_xingchen;
mod known;
mod marked;
pub mod odoo;
mod pace;
mod priced;
pub mod rest;
pub mod sap_s4hana;
pub mod tryton;

pub use body::Rendered;
pub use checkup::{Checkup, Finding, Guaranteed, Needs};
pub use failure::{Effect, Failure};
pub use http::Reply;
pub use joined::Joined;
pub use pace::{Limit, Pace};

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use tokio::time::Instant;

use crate::document::{Amounts, Document, DocumentKind};

/// How sure the ERP makes us that a document exists once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarantee {
    /// Neither refused twice nor found by our key: an ambiguous create is parked.
    None,
    /// Can be looked up by our key, but a late duplicate is not refused.
    Probe,
    /// The ERP refuses a second document with our key.
    Unique,
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Guarantee::None => "none",
            Guarantee::Probe => "probe",
            Guarantee::Unique => "unique",
        })
    }
}

/// What the adapter may assume about the document before its first call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// No request for it has ever left: create it.
    Create,
    /// It may be in the ERP, whole or in part: look it up before anything is sent.
    LookUp,
}

/// Refuses a document in another currency than the account's.
fn in_currency(document: &Document, currency: &str) -> Result<(), Verdict> {
    match document.header() {
        Some(header) if header.currency != currency => Err(Verdict::Rejected {
            absent: false,
            reason: format!(
                "it is in {}, and the account keeps its books in {currency}: set erp.currency to the account's currency, or give \
                 the mapping's orders theirs (the output or the setting `currency`), then `ledgertap outbox retry`",
                header.currency
            ),
        }),
        Some(_) | None => Ok(()),
    }
}

impl Verdict {
    /// What it says to a person who asked for no document.
    fn sentence(self) -> String {
        match self {
            Verdict::Delivered { reference, .. } => reference,
            Verdict::Unauthorised { reason } => format!("the ERP refuses the credentials: {reason}"),
            Verdict::NotDone { reason, .. }
            | Verdict::Unknown { reason }
            | Verdict::Rejected { reason, .. }
            | Verdict::Lacking { reason, .. }
            | Verdict::Conflict { reason }
            | Verdict::Garbled { reason } => reason,
        }
    }

    /// The same, said before anything of the document was in the ERP.
    pub fn absent(mut self) -> Verdict {
        if let Verdict::Rejected { absent, .. } | Verdict::Lacking { absent, .. } = &mut self {
            *absent = true;
        }
        self
    }
}

/// One document on its way.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// What to deliver.
    pub document: &'a Document,
    /// The date on which it is posted in the ERP.
    pub posting_date: Date,
    /// Whether it may be there already.
    pub start: Start,
    /// No request may leave after this: someone else may be at work on it then.
    pub until: Instant,
}

/// What the ERP's answers mean for one document. Reasons are sentences for an operator, without customer data or secrets.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is there, whole, and its own total equals ours.
    Delivered {
        /// The ERP's own reference (its internal id, or ids joined by `+`).
        reference: String,
        /// The ERP's own amounts as read back; `None` for a customer.
        amounts: Option<Amounts>,
        /// True where it was already there and nothing had to be sent.
        found: bool,
    },
    /// Nothing was done by the last request; the same may be sent again after a while.
    NotDone {
        /// What the ERP said.
        reason: String,
        /// How long the ERP asks us to wait.
        retry_after: Option<Duration>,
    },
    /// The last request may or may not have been done: look before sending again.
    Unknown {
        /// What happened.
        reason: String,
    },
    /// The ERP refuses the content; sending it again changes nothing.
    Rejected {
        /// What the ERP said, and what to do.
        reason: String,
        /// True where the ERP certainly has nothing of the document.
        absent: bool,
    },
    /// The ERP lacks an item that the document names: the document waits until a person has added it.
    Lacking {
        /// The item's number.
        item: String,
        /// What the ERP said, and how to add it.
        reason: String,
        /// True where the ERP certainly has nothing of the document.
        absent: bool,
    },
    /// A document with our key is there, and it is not ours or not the same.
    Conflict {
        /// What differs.
        reason: String,
    },
    /// Our credentials are refused: nothing was done, and hammering locks accounts.
    Unauthorised {
        /// What the ERP said, and what to do.
        reason: String,
    },
    /// The answer is none that this ERP gives (HTML from a proxy, an empty body): look before sending again, and give up
    /// after a few.
    Garbled {
        /// What was answered, shortened.
        reason: String,
    },
}

/// An ERP account.
///
/// # Contract
/// - `deliver` never sends a create for a document that it has not looked up when `start` is [`Start::LookUp`].
/// - `Delivered` is answered only after the ERP's own total was read back and equals the document's.
/// - Each request ends within [`Erp::request_max`]; `deliver` makes at most [`Erp::requests_max`] of them, and none that can
///   change anything leaves after [`Delivery::until`], which is looked at right before it does: a process that was stopped for
///   longer than its lease must not go on where it was.
/// - `deliver` may be dropped at any await point (then the outcome is unknown).
#[async_trait]
pub trait Erp: Send + Sync {
    /// The kind's name in the config (`kingdee-xingchen`).
    fn kind(&self) -> &'static str;

    /// The weakest guarantee of the calls that a document of this kind needs.
    fn guarantee(&self, kind: DocumentKind) -> Guarantee;

    /// How long after it was sent a request may still take effect in the ERP: its longest request time and a margin.
    fn late_max(&self) -> Duration;

    /// The deadline of a single request.
    fn request_max(&self) -> Duration;

    /// The most requests that one `deliver` makes, look-ups included.
    fn requests_max(&self) -> u32;

    /// The account that documents go to, the same for two streams exactly where their documents meet; without secrets.
    fn account(&self) -> String;

    /// The most characters that the number of a document of this kind may have.
    fn number_max(&self, kind: DocumentKind) -> usize;

    /// Whether the ERP has an item of this number; `None` where that cannot be told now.
    async fn has_item(&self, number: &str) -> Option<bool>;

    /// Brings one document into the ERP.
    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict;

    /// The requests that would bring a document into the ERP, nothing of it being there: as `deliver` sends them, but for what
    /// only the ERP knows, which [`placeholder`](body::placeholder)s stand for. Nothing is sent.
    ///
    /// # Errors
    /// One sentence: what of the document the ERP's forms do not take, or what is wrong with a body, with file and place.
    fn render(&self, document: &Document, posting_date: Date) -> Result<Vec<Rendered>, String>;

    /// Logs in and reads: which documents have which guarantee and why, and what is missing there, of the settings and of what
    /// documents need. Items are not looked up ([`Erp::has_item`]).
    ///
    /// # Errors
    /// One sentence that says why nothing can be looked at, and what to do.
    async fn check(&self, needs: &Needs) -> Result<Checkup, String>;
}
