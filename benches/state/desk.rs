//! An ERP that costs nothing.

use std::time::Duration;

use async_trait::async_trait;
use jiff::civil::Date;
use ledgertap::document::{Document, DocumentKind};
use ledgertap::erp::{Checkup, Delivery, Erp, Guarantee, Needs, Rendered, Verdict};

const PATIENCE: Duration = Duration::from_secs(10);

/// An ERP inside this process that takes every document with one request, and its time for that.
pub struct Desk {
    pub takes: Duration,
}

#[async_trait]
impl Erp for Desk {
    fn kind(&self) -> &'static str {
        "desk"
    }

    fn guarantee(&self, _: DocumentKind) -> Guarantee {
        Guarantee::Unique
    }

    fn late_max(&self) -> Duration {
        PATIENCE
    }

    fn request_max(&self) -> Duration {
        PATIENCE
    }

    fn requests_max(&self) -> u32 {
        1
    }

    fn account(&self) -> String {
        "desk".into()
    }

    fn number_max(&self, _: DocumentKind) -> usize {
        64
    }

    async fn has_item(&self, _: &str) -> Option<bool> {
        Some(true)
    }

    async fn deliver(&self, _: Delivery<'_>) -> Verdict {
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        Verdict::Delivered { reference: "7".into(), amounts: None, found: false }
    }

    fn render(&self, _: &Document, _: Date) -> Result<Vec<Rendered>, String> {
        Ok(Vec::new())
    }

    async fn check(&self, _: &Needs) -> Result<Checkup, String> {
        Ok(Checkup::new("simulated"))
    }
}
