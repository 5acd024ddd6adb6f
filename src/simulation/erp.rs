//! An ERP account with a network before it: answers come late or never, requests take effect late, and now and then nobody
//! is there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::dice::Dice;
use super::wire::Gate;
use crate::document::{Document, DocumentKind};
use crate::erp::{Checkup, Delivery, Erp, Guarantee, Needs, Rendered, Start, Verdict};

/// The deadline of a request.
const REQUEST_MAX: Duration = Duration::from_secs(5);

/// A look-up, a create, and reading back.
const REQUESTS_MAX: u32 = 3;

/// How long after the claim a request may take effect.
pub(super) const LATE_MAX: Duration = Duration::from_secs(30);

/// A document in the ERP's books.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Booked {
    pub document: Document,
    pub posted: Date,
    pub at: Instant,
}

/// The account.
pub(super) struct Account {
    books: Mutex<Vec<Booked>>,
    guarantee: Guarantee,
    /// How much later than [`LATE_MAX`] a request may take effect, against the assumption.
    beyond: Duration,
    /// Requests that have not taken effect yet.
    under_way: AtomicU64,
    down: AtomicBool,
    calm: AtomicBool,
    /// So many requests in a thousand go well.
    well: u64,
    dice: Dice,
    pub faults: super::Counts,
}

impl Account {
    pub fn new(guarantee: Guarantee, beyond: Duration, dice: Dice, faults: super::Counts) -> Account {
        let (down, calm, well) = (AtomicBool::new(false), AtomicBool::new(false), dice.pick(&[400, 700, 950]));
        Account {
            books: Mutex::default(),
            guarantee,
            beyond,
            under_way: AtomicU64::new(0),
            down,
            calm,
            well,
            dice,
            faults,
        }
    }

    pub fn books(&self) -> Vec<Booked> {
        self.lock().clone()
    }

    /// Nobody is there, or is again.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// From now on all goes well.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
        self.set_down(false);
    }

    /// True while a request is on its way that will take effect.
    pub fn awaits_effects(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Booked>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, document: &Document) -> Vec<Booked> {
        let same = |b: &&Booked| (b.document.kind(), b.document.number()) == (document.kind(), document.number());
        self.lock().iter().filter(same).cloned().collect()
    }

    /// Books a document; false where it is refused because there is one with its number.
    fn book(&self, document: Document, posted: Date) -> bool {
        let there = !self.find(&document).is_empty();
        if document.kind() == DocumentKind::Customer && there {
            let mut books = self.lock();
            let same =
                |b: &&mut Booked| (b.document.kind(), b.document.number()) == (document.kind(), document.number());
            books.iter_mut().filter(same).for_each(|b| b.document = document.clone());
            return true;
        }
        if there && self.guarantee == Guarantee::Unique {
            return false;
        }
        self.lock().push(Booked { document, posted, at: Instant::now() });
        true
    }

    /// What happens to a request on its way.
    fn fate(&self) -> Fate {
        if self.down.load(Ordering::Relaxed) {
            return Fate::Refused;
        }
        if self.calm.load(Ordering::Relaxed) || self.dice.chance(self.well) {
            return Fate::Answered;
        }
        self.dice.pick(&[
            Fate::Refused,
            Fate::Throttled,
            Fate::Unavailable,
            Fate::LostBefore,
            Fate::LostAfter,
            Fate::LostAfter,
            Fate::Late,
            Fate::Late,
            Fate::GarbledBefore,
            Fate::GarbledAfter,
            Fate::Failed,
        ])
    }
}

/// What happens to a request on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    /// Nobody takes the connection.
    Refused,
    /// 429.
    Throttled,
    /// 503: nothing was done.
    Unavailable,
    /// 500, after it was done.
    Failed,
    LostBefore,
    LostAfter,
    /// It takes effect long after the caller has given up.
    Late,
    GarbledBefore,
    GarbledAfter,
}

/// What the caller sees of a request.
enum Answer<T> {
    Said(T),
    Refused,
    Throttled(Duration),
    Unavailable,
    Failed,
    Garbled,
    Nothing,
}

/// An adapter in one relay's process.
pub(super) struct Adapter {
    pub account: Arc<Account>,
    pub gate: Gate,
}

impl Adapter {
    /// Sends a request that does `effect` in the ERP when it arrives, which the caller's end does not take back.
    async fn request<T: Send + 'static>(
        &self,
        claimed: Instant,
        effect: impl FnOnce(&Account) -> T + Send + 'static,
    ) -> Answer<T> {
        let account = self.account.clone();
        let fate = account.fate();
        account.faults.erp(fate != Fate::Answered);
        let latency = account.dice.ms(5, 400);
        let (send, answer) = oneshot::channel();
        let arrives = match fate {
            Fate::Late => {
                let last = LATE_MAX.saturating_sub(claimed.elapsed() + Duration::from_millis(1)) + account.beyond;
                let first = u64::try_from(last.as_millis()).unwrap_or_default() / 2;
                account.dice.ms(first, first * 2 + 1)
            }
            _ => latency / 2,
        };
        let works = !matches!(
            fate,
            Fate::Refused | Fate::Throttled | Fate::Unavailable | Fate::LostBefore | Fate::GarbledBefore
        );
        if works {
            account.under_way.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                tokio::time::sleep(arrives).await;
                account.under_way.fetch_sub(1, Ordering::Relaxed);
                let _ = send.send(effect(&account));
            });
        }
        let said = async {
            let said = match fate {
                Fate::Answered => answer.await.map_or(Answer::Nothing, Answer::Said),
                Fate::Refused => Answer::Refused,
                Fate::Throttled => Answer::Throttled(self.account.dice.ms(500, 8000)),
                Fate::Unavailable => Answer::Unavailable,
                Fate::Failed => answer.await.map_or(Answer::Nothing, |_| Answer::Failed),
                Fate::GarbledBefore => Answer::Garbled,
                Fate::GarbledAfter => answer.await.map_or(Answer::Nothing, |_| Answer::Garbled),
                Fate::LostBefore | Fate::LostAfter | Fate::Late => std::future::pending().await,
            };
            tokio::time::sleep(latency / 2).await;
            said
        };
        let said = tokio::time::timeout(REQUEST_MAX, said).await.unwrap_or(Answer::Nothing);
        self.gate.open().await;
        said
    }

    async fn look_up(&self, delivery: &Delivery<'_>, claimed: Instant) -> Result<Option<Verdict>, Verdict> {
        self.gate.open().await;
        let document = delivery.document.clone();
        let found = match self.request(claimed, move |account| account.find(&document)).await {
            Answer::Said(found) => found,
            Answer::Throttled(wait) => return Err(not_done("asked to wait", Some(wait))),
            Answer::Garbled => return Err(Verdict::Garbled { reason: "no answer of the ERP's".into() }),
            Answer::Refused | Answer::Unavailable | Answer::Failed | Answer::Nothing => {
                return Err(not_done("not looked up", None));
            }
        };
        let document = delivery.document;
        match found.as_slice() {
            [] => Ok(None),
            [one] if one.document == *document => {
                let amounts = document.header().map(|header| header.amounts);
                Ok(Some(Verdict::Delivered { reference: document.number().to_owned(), amounts, found: true }))
            }
            [_] if document.kind() == DocumentKind::Customer => Ok(None),
            found => {
                self.account.faults.conflict(document.number(), found.len());
                Ok(Some(Verdict::Conflict { reason: "another document has this number".into() }))
            }
        }
    }

    /// Creates the document; `None` where the ERP says that it is there.
    async fn create(&self, delivery: &Delivery<'_>, claimed: Instant) -> Result<(), Verdict> {
        self.gate.open().await;
        if Instant::now() >= delivery.until {
            return Err(not_done("too late to send anything", None));
        }
        let (document, posted) = (delivery.document.clone(), delivery.posting_date);
        match self.request(claimed, move |account| account.book(document, posted)).await {
            // Refused as a duplicate or not: it is there, and is read back.
            Answer::Said(_) => Ok(()),
            Answer::Refused | Answer::Unavailable => Err(not_done("nobody is there", None)),
            Answer::Throttled(wait) => Err(not_done("asked to wait", Some(wait))),
            Answer::Garbled => Err(Verdict::Garbled { reason: "no answer of the ERP's".into() }),
            Answer::Failed | Answer::Nothing => Err(Verdict::Unknown { reason: "no answer".into() }),
        }
    }
}

#[async_trait]
impl Erp for Adapter {
    fn kind(&self) -> &'static str {
        "simulated"
    }

    fn guarantee(&self, _kind: DocumentKind) -> Guarantee {
        self.account.guarantee
    }

    fn late_max(&self) -> Duration {
        LATE_MAX
    }

    fn request_max(&self) -> Duration {
        REQUEST_MAX
    }

    fn requests_max(&self) -> u32 {
        REQUESTS_MAX
    }

    fn account(&self) -> String {
        "simulated".into()
    }

    fn number_max(&self, _kind: DocumentKind) -> usize {
        80
    }

    async fn has_item(&self, _number: &str) -> Option<bool> {
        None
    }

    async fn deliver(&self, delivery: Delivery<'_>) -> Verdict {
        // The relay gives so long from the claim on.
        let claimed = delivery.until - REQUEST_MAX * REQUESTS_MAX;
        if delivery.start == Start::LookUp {
            match self.look_up(&delivery, claimed).await {
                Ok(Some(verdict)) | Err(verdict) => return verdict,
                Ok(None) => {}
            }
        }
        if let Err(verdict) = self.create(&delivery, claimed).await {
            return verdict;
        }
        match self.look_up(&delivery, claimed).await {
            Ok(Some(Verdict::Delivered { reference, amounts, .. })) => {
                Verdict::Delivered { reference, amounts, found: false }
            }
            Ok(Some(verdict)) => verdict,
            Ok(None) => Verdict::Unknown { reason: "created and not found".into() },
            Err(_) => Verdict::Unknown { reason: "created and not read back".into() },
        }
    }

    fn render(&self, _: &Document, _: Date) -> Result<Vec<Rendered>, String> {
        Ok(Vec::new())
    }

    async fn check(&self, _: &Needs) -> Result<Checkup, String> {
        Ok(Checkup::new("simulated"))
    }
}

fn not_done(reason: &str, retry_after: Option<Duration>) -> Verdict {
    Verdict::NotDone { reason: reason.into(), retry_after }
}
