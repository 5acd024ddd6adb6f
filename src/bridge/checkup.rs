//! The ERP's account, looked at before anything is sent to it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;

use super::open_erp;
use crate::config::Config;
use crate::document::{Document, Item, UnknownItem};
pub use crate::erp::Checkup;
use crate::erp::Needs;

/// So many items are asked for: each is a request.
const ITEMS_MAX: usize = 50;

/// Logs in and reads: what the account says of itself, and whether it has what these documents need. `items` are those of the
/// state database, by which the ERP's own numbers are said. The kind's name comes with it.
///
/// # Errors
/// Where the account's settings cannot work, or nothing can be looked at.
pub async fn check_erp(
    config: &Config,
    items: BTreeMap<String, Item>,
    documents: &[Document],
) -> anyhow::Result<(&'static str, Checkup)> {
    let erp = open_erp(config.erp()?)?;
    let crosswalk = config.books.products.crosswalk()?.with(items);
    let (mut written, mut unknown) = (Vec::new(), BTreeSet::new());
    for document in documents {
        match crosswalk.written(document) {
            Ok(document) => written.push(document),
            Err(UnknownItem { sku, .. }) => drop(unknown.insert(sku)),
        }
    }
    let needs = Needs::of(&written);
    let mut checkup = erp.check(&needs).await.map_err(|said| anyhow!("erp {}: {said}", erp.kind()))?;
    for sku in unknown {
        checkup.wrong(
            format!("the crosswalk has no item for the SKU {sku}"),
            format!("add it with `ledgertap products add '{sku}' ITEM`"),
        );
    }
    let (mut there, mut unsaid) = (0, 0);
    for item in needs.items.iter().take(ITEMS_MAX) {
        match erp.has_item(item).await {
            Some(true) => there += 1,
            Some(false) => checkup.wrong(
                format!("item {item}: the ERP has none with this number"),
                "add it there, or say with `ledgertap products add` what it is called there",
            ),
            None => unsaid += 1,
        }
    }
    if there > 0 {
        checkup.good(format!("{there} items of the documents are there"));
    }
    if unsaid > 0 {
        checkup.good(format!("{unsaid} items of the documents could not be looked up"));
    }
    if needs.items.len() > ITEMS_MAX {
        checkup.good(format!("{} more items of the documents were not looked up", needs.items.len() - ITEMS_MAX));
    }
    Ok((erp.kind(), checkup))
}
