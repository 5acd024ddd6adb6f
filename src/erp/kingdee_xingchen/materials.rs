//! Material numbers (SKUs) to the ids that forms must name; asked for once each.
//!
//! `material_detail?number=` and its `id` and `base_unit_id` are in the vendor's documentation of that call. A material's id
//! never changes, so what is known is kept for the process's life.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use super::body::{Entry, Material};
use super::classify::Answer;
use super::read::text;
use super::transport::Transport;
use crate::erp::Verdict;
use crate::erp::failure::{garbled, refused};

/// The most materials that one delivery asks for; what is still unknown then waits for the next attempt.
pub(super) const LOOK_UPS_MAX: usize = 8;
const AT_ONCE: usize = 4;
const DETAIL: &str = "/jdy/v2/bd/material_detail";

/// The materials met so far.
#[derive(Default)]
pub(super) struct Materials {
    known: Mutex<BTreeMap<String, Material>>,
}

impl Materials {
    /// The materials of all entries.
    pub(super) async fn of(
        &self,
        transport: &Transport,
        entries: &[Entry],
    ) -> Result<BTreeMap<String, Material>, Verdict> {
        let wanted: BTreeSet<&str> = entries.iter().map(|e| e.sku.as_str()).collect();
        let (mut found, unknown) = self.split(&wanted);
        let now = &unknown[..unknown.len().min(LOOK_UPS_MAX)];
        let mut failure = None;
        for some in now.chunks(AT_ONCE) {
            let answers = join_all(some.iter().map(|sku| look_up(transport, sku))).await;
            for (sku, answer) in some.iter().zip(answers) {
                match answer {
                    Ok(material) => {
                        self.known.lock().expect("no panic while locked").insert(sku.to_string(), material.clone());
                        found.insert(sku.to_string(), material);
                    }
                    Err(verdict) => failure = Some(verdict),
                }
            }
        }
        match failure {
            Some(verdict) => Err(verdict),
            None if found.len() < wanted.len() => Err(Verdict::NotDone {
                reason: format!("{} materials are still to be looked up", wanted.len() - found.len()),
                retry_after: Some(Duration::ZERO),
            }),
            None => Ok(found),
        }
    }

    fn split<'a>(&self, wanted: &BTreeSet<&'a str>) -> (BTreeMap<String, Material>, Vec<&'a str>) {
        let known = self.known.lock().expect("no panic while locked");
        let mut found = BTreeMap::new();
        let mut unknown = Vec::new();
        for &sku in wanted {
            match known.get(sku) {
                Some(material) => drop(found.insert(sku.to_owned(), material.clone())),
                None => unknown.push(sku),
            }
        }
        (found, unknown)
    }
}

/// Asks for one.
pub(super) async fn look_up(transport: &Transport, sku: &str) -> Result<Material, Verdict> {
    let data = detail(transport, sku).await?;
    let field = |name: &str| text(&data, name).map_err(|e| garbled(&format!("material {sku}"), &e));
    Ok(Material { id: field("id")?, unit: field("base_unit_id")? })
}

/// What the ERP says of a material.
pub(super) async fn detail(transport: &Transport, sku: &str) -> Result<Value, Verdict> {
    let what = format!("material {sku}");
    match transport.get(DETAIL, &[("number", sku)]).await {
        Answer::Done(data) => Ok(data),
        Answer::NotFound(_) => Err(Verdict::Lacking {
            item: sku.to_owned(),
            absent: false,
            reason: format!(
                "the ERP has no material with the number {sku}: add it there (基础资料 › 商品, with this number as 商品编码), or say \
                 with `ledgertap products add` what it is called there; then it goes on by itself"
            ),
        }),
        Answer::Duplicate(text) => Err(garbled(&what, &text)),
        Answer::Refused(text) => Err(refused(&what, &text)),
        Answer::Failure(failure) => Err(failure.verdict(&what)),
    }
}
