//! Items (物料) by their numbers: whether they are there and may be sold, and the unit that they are counted in.
//!
//! All that a form names are asked for at once. What is usable is kept for the process's life: its unit never changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::lines::Entry;
use super::read::text;
use super::settings::Settings;
use super::steps::done;
use super::transport::{Transport, literal};
use crate::erp::Verdict;
use crate::erp::failure::garbled;

const FORM: &str = "BD_MATERIAL";
const KEYS: [&str; 5] = ["FNumber", "FDocumentStatus", "FForbidStatus", "FSaleUnitId.FNumber", "FBaseUnitId.FNumber"];
/// In `FDocumentStatus`.
const AUDITED: &str = "C";
/// In `FForbidStatus`: may be used.
const ALLOWED: &str = "A";
/// So many numbers are asked for at once: a filter is a text of bounded length.
const NUMBERS_MAX: usize = 100;

/// The items met so far, each with the number of its unit.
#[derive(Default)]
pub(super) struct Items(Mutex<BTreeMap<String, String>>);

impl Items {
    /// The units of all entries' items.
    pub(super) async fn of(
        &self,
        transport: &Transport,
        settings: &Settings,
        entries: &[Entry],
    ) -> Result<BTreeMap<String, String>, Verdict> {
        let wanted: BTreeSet<&str> = entries.iter().map(|entry| entry.sku.as_str()).collect();
        let (mut units, unknown) = self.split(&wanted);
        for some in unknown.chunks(NUMBERS_MAX) {
            let found = look_up(transport, settings, some).await?;
            for number in some {
                let unit = found.get(*number).cloned().unwrap_or_else(|| Err("is not there".into()));
                let unit = unit.map_err(|why| lacking(number, &settings.organization, &why))?;
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((*number).to_owned(), unit.clone());
                units.insert((*number).to_owned(), unit);
            }
        }
        Ok(units)
    }

    fn split<'a>(&self, wanted: &BTreeSet<&'a str>) -> (BTreeMap<String, String>, Vec<&'a str>) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (there, unknown): (Vec<&str>, Vec<&str>) = wanted.iter().partition(|number| known.contains_key(**number));
        (there.into_iter().map(|number| (number.to_owned(), known[number].clone())).collect(), unknown)
    }
}

/// By number the unit, or why it cannot be used.
pub(super) async fn look_up(
    transport: &Transport,
    settings: &Settings,
    numbers: &[&str],
) -> Result<BTreeMap<String, Result<String, String>>, Verdict> {
    let what = "to look for items";
    let list: Vec<String> = numbers.iter().map(|number| literal(number)).collect();
    let organization = literal(&settings.organization);
    let filter = format!("FUseOrgId.FNumber={organization} and FNumber in ({})", list.join(","));
    let rows = done(what, transport.query(FORM, &KEYS, &filter, "FNumber").await)?;
    let mut found = BTreeMap::new();
    for row in rows.as_array().into_iter().flatten() {
        let field = |at: usize| row.get(at).and_then(text);
        let number = field(0).ok_or_else(|| garbled(what, "an item without a number"))?;
        found.insert(number, usable(&field));
    }
    Ok(found)
}

fn usable(field: &impl Fn(usize) -> Option<String>) -> Result<String, String> {
    if field(1).as_deref() != Some(AUDITED) {
        return Err("is not audited".into());
    }
    if field(2).is_some_and(|status| status != ALLOWED) {
        return Err("is forbidden".into());
    }
    field(3).or_else(|| field(4)).ok_or_else(|| "has no unit of measure".into())
}

fn lacking(number: &str, organization: &str, why: &str) -> Verdict {
    Verdict::Lacking {
        item: number.to_owned(),
        absent: false,
        reason: format!(
            "the ERP's item {number} {why} in the organisation {organization}: add it there (基础管理 › 物料, with this number as 编码, \
             audited, and assigned to the organisation), or say with `ledgertap products add` what it is called there; then it goes \
             on by itself"
        ),
    }
}
