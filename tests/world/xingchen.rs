//! A sandbox of Kingdee Xingchen with an adapter that fits it, and documents to deliver.

use std::time::Duration;

use ledgertap::document::{Amounts, Document};
use ledgertap::erp::kingdee_xingchen::{Adapter, Settings};
use ledgertap::erp::{Delivery, Erp, Pace, Start, Verdict};
use ledgertap::sandbox::{Config, Faults, Sandbox, start};
use serde_json::Value;

use super::documents::{day, soon};

/// A sandbox and an adapter that fits it.
pub struct World {
    pub sandbox: Sandbox,
    pub adapter: Adapter,
    settings: Settings,
}

impl World {
    pub async fn new() -> World {
        World::with(|_| {}, |_| {}).await
    }

    /// With a client that gives up after 300 ms, and an ERP that is done by 600 ms.
    pub async fn impatient() -> World {
        World::with(
            |config| {
                config.request_timeout = Duration::from_millis(900);
                config.late_max = Duration::from_millis(1300);
            },
            |_| {},
        )
        .await
    }

    pub async fn with(config: impl FnOnce(&mut Config), settings: impl FnOnce(&mut Settings)) -> World {
        let mut wanted = Config::new("127.0.0.1:0".parse().unwrap(), Faults::none(), 1);
        config(&mut wanted);
        let times = (wanted.request_timeout, wanted.late_max);
        let sandbox = start(wanted).await.unwrap();
        let mut fitting = fitting_settings(&sandbox, times);
        settings(&mut fitting);
        World { adapter: Adapter::new(fitting.clone(), Pace::free()).unwrap(), sandbox, settings: fitting }
    }

    /// What the adapter was made with: another one is another process.
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// What a person does in the ERP's windows.
    #[track_caller]
    pub fn by_hand(&self, act: &str, details: Value) -> Value {
        self.sandbox.by_hand(act, &details).unwrap()
    }

    pub async fn deliver(&self, document: &Document, start: Start) -> Verdict {
        self.adapter.deliver(Delivery { document, posting_date: day(), start, until: soon() }).await
    }

    pub async fn create(&self, document: &Document) -> Verdict {
        self.deliver(document, Start::Create).await
    }

    pub async fn look_up(&self, document: &Document) -> Verdict {
        self.deliver(document, Start::LookUp).await
    }

    /// Delivers what is expected to go well.
    pub async fn set_up(&self, documents: &[&Document]) {
        for document in documents {
            let verdict = self.create(document).await;
            assert!(matches!(verdict, Verdict::Delivered { .. }), "{}: {verdict:?}", document.number());
        }
    }

    pub fn count(&self, kind: &str) -> u64 {
        self.sandbox.books().documents_by_kind().get(kind).copied().unwrap_or_default()
    }

    pub fn requests(&self) -> u64 {
        self.sandbox.books().requests
    }
}

pub fn fitting_settings(sandbox: &Sandbox, (request_timeout, late_max): (Duration, Duration)) -> Settings {
    let block: toml::Table = sandbox.erp_block().parse().unwrap();
    let get = |name: &str| block["erp"][name].as_str().unwrap().to_owned();
    assert_eq!(get("kind"), "kingdee-xingchen");
    let client = (get("client_id"), get("client_secret").into());
    let mut settings = Settings::new(get("url"), client, (get("app_key"), get("app_secret").into()), get("stock_id"));
    (settings.request_timeout, settings.late_max) = (request_timeout, late_max);
    settings.rate_per_minute = 1_000_000;
    settings
}

#[track_caller]
pub fn delivered(verdict: &Verdict) -> (&str, Option<Amounts>, bool) {
    match verdict {
        Verdict::Delivered { reference, amounts, found } => (reference, *amounts, *found),
        other => panic!("not delivered: {other:?}"),
    }
}

#[track_caller]
pub fn rejected(verdict: Verdict) -> String {
    match verdict {
        Verdict::Rejected { reason, .. } => reason,
        other => panic!("not rejected: {other:?}"),
    }
}

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Tries that are enough on any day.
const TRIES_MAX: usize = 400;

/// What a relay does, without its patience: waits as long as it must, looks up, and goes on.
pub async fn bring_home(adapter: &Adapter, document: &Document) -> Verdict {
    let (mut start, mut last) = (Start::Create, None);
    for _ in 0..TRIES_MAX {
        let verdict = adapter.deliver(Delivery { document, posting_date: day(), start, until: soon() }).await;
        let wait = match &verdict {
            Verdict::Unknown { .. } | Verdict::Garbled { .. } => adapter.late_max(),
            Verdict::NotDone { retry_after, .. } => retry_after.unwrap_or(Duration::from_millis(20)),
            Verdict::Delivered { .. }
            | Verdict::Rejected { .. }
            | Verdict::Lacking { .. }
            | Verdict::Conflict { .. }
            | Verdict::Unauthorised { .. } => return verdict,
        };
        // What the adapter looks for again in minutes, after many tries in vain, is here all the while.
        tokio::time::sleep(wait.min(WAIT_MAX)).await;
        (start, last) = (Start::LookUp, Some(verdict));
    }
    panic!("{} is not there after {TRIES_MAX} tries: {last:?}", document.number());
}
