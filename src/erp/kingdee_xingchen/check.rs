//! What is looked at in an account before anything is sent to it: what is missing there, and how it is written to.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::classify::Answer;
use super::read::text;
use super::settings::{Allowance, AppSecret, Outbounds, RATE_MAX, Settings};
use super::{Adapter, materials};
use crate::document::DocumentKind;
use crate::erp::{Checkup, Erp as _, Needs, Verdict};

const STORE_DETAIL: &str = "/jdy/v2/bd/store_detail";
/// The list of units of measure (from a program that others run against it).
const UNITS: &str = "/jdy/v2/bd/measure_unit";
const UNITS_PAGE_ROWS: usize = 100;
const UNITS_PAGES_MAX: u32 = 10;
/// `check_type` of a material that is a service (assumption; 1 is goods).
const SERVICE: &str = "3";

/// See [`crate::erp::Erp::check`].
pub(super) async fn check(adapter: &Adapter, needs: &Needs) -> Result<Checkup, String> {
    let Settings { url, stock_id, allowance_sku, .. } = &adapter.settings;
    let store = adapter.transport.get(STORE_DETAIL, &[("id", stock_id)]).await;
    if let Answer::Failure(failure) = store {
        return Err(failure.verdict("the ERP").sentence());
    }
    let mut checkup = Checkup::new(format!("logged in at {url}"));
    checkup.guaranteed(|kind| (adapter.guarantee(kind), why(kind).into()));
    match store {
        Answer::Done(_) => checkup.good(format!("warehouse {stock_id} is there")),
        Answer::NotFound(_) => checkup.wrong(
            format!("erp.stock_id: the ERP has no warehouse with the id {stock_id}"),
            "take the id, not the number, from the ERP's list of warehouses (基础资料 › 仓库)",
        ),
        Answer::Duplicate(text) | Answer::Refused(text) => checkup.wrong("erp.stock_id", text),
        Answer::Failure(failure) => checkup.wrong("erp.stock_id", failure.verdict("the warehouse").sentence()),
    }
    checkup.found(format!("service {allowance_sku}"), service(adapter).await);
    units(adapter, needs, &mut checkup).await;
    for rate in needs.rates.iter().filter(|rate| rate.is_sign_negative() || **rate > Decimal::ONE_HUNDRED) {
        checkup.wrong(format!("tax of {rate} %"), "the ERP takes 0 to 100: correct the mapping");
    }
    chosen(&adapter.settings).into_iter().for_each(|said| checkup.good(said));
    Ok(checkup)
}

/// What a kind's guarantee rests on.
fn why(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Customer => "it refuses a second customer with the same number (1030002002)",
        DocumentKind::SalesOrder => {
            "it refuses a second form with the same number (bill_no, 1030002002), the outbound's as the order's"
        }
        DocumentKind::CreditNote => "it refuses a second form with the same number (bill_no of the return, 1030002002)",
        DocumentKind::DebitNote => {
            "it refuses a second form with the same number, as of sales orders: it is a supplementary order"
        }
    }
}

/// The service that carries amounts without pieces.
async fn service(adapter: &Adapter) -> Result<String, String> {
    let sku = &adapter.settings.allowance_sku;
    let data = materials::detail(&adapter.transport, sku).await.map_err(|verdict| match verdict {
        Verdict::Lacking { reason, .. } => {
            format!("{reason}; make it a service (商品类别 服务), or correct erp.allowance_sku")
        }
        verdict => verdict.sentence(),
    })?;
    if text(&data, "base_unit_id").is_err() {
        return Err("it has no unit of measure in the ERP: give it one (基本单位)".into());
    }
    match text(&data, "check_type") {
        Ok(kind) if kind != SERVICE => Err(format!(
            "it is no service in the ERP (its check_type is {kind}), and a return of it would move stock: name a service (商品类别 \
             服务) in erp.allowance_sku"
        )),
        Ok(_) => Ok("is there".into()),
        Err(_) => Ok("is there; see that it is a service, the ERP does not say it".into()),
    }
}

/// The units that documents name, which must be the ERP's ids.
async fn units(adapter: &Adapter, needs: &Needs, checkup: &mut Checkup) {
    if needs.units.is_empty() {
        return;
    }
    let known = match read_units(adapter).await {
        Ok(known) => known,
        Err(said) => return checkup.good(format!("units are not looked at: {said}")),
    };
    for unit in &needs.units {
        let by_name = known.iter().find(|(_, name)| *name == unit).map(|(id, _)| id);
        match (known.contains_key(unit), by_name) {
            (true, _) => checkup.good(format!("unit {unit} is there")),
            (false, Some(id)) => {
                checkup.wrong(format!("unit {unit}"), format!("that is its name: the mapping must say its id, {id}"));
            }
            (false, None) => checkup.wrong(
                format!("unit {unit}"),
                "the ERP has no unit with this id: add one (基础资料 › 计量单位), or correct the mapping",
            ),
        }
    }
}

/// Names of units by id.
async fn read_units(adapter: &Adapter) -> Result<BTreeMap<String, String>, String> {
    let (mut known, size) = (BTreeMap::new(), UNITS_PAGE_ROWS.to_string());
    for page in 1..=UNITS_PAGES_MAX {
        let data = match adapter.transport.get(UNITS, &[("page", &page.to_string()), ("page_size", &size)]).await {
            Answer::Done(data) => data,
            Answer::NotFound(text) | Answer::Duplicate(text) | Answer::Refused(text) => return Err(text),
            Answer::Failure(failure) => return Err(failure.verdict("the list of units").sentence()),
        };
        let rows = data.get("rows").and_then(Value::as_array).ok_or("the list of units has no rows")?;
        known.extend(rows.iter().filter_map(|row| Some((text(row, "id").ok()?, text(row, "name").ok()?))));
        if rows.is_empty() || data.get("count").and_then(Value::as_u64).is_some_and(|count| count <= known.len() as u64)
        {
            break;
        }
    }
    Ok(known)
}

/// How documents are written, where it may be chosen.
fn chosen(settings: &Settings) -> Vec<String> {
    let rate = settings.rate_per_minute;
    let mut said = vec![
        match &settings.app_secret {
            AppSecret::Fixed(_) => {
                "app_secret is the config's, and the vendor changes it every 24 h: outer_instance_id in its place has it fetched"
            }
            AppSecret::Fetched { .. } => "app_secret is fetched whenever the vendor has changed it",
        }
        .to_owned(),
        match settings.outbounds {
            Outbounds::Create => "outbounds are made with their orders",
            Outbounds::Find => "outbounds are people's, and a return waits until its goods have left by them",
        }
        .to_owned(),
        match settings.allowance {
            Allowance::ReturnOfService => "amounts without pieces are returns of the service",
            Allowance::ByHand => "amounts without pieces are left to people",
        }
        .to_owned(),
    ];
    if rate > RATE_MAX {
        said.push(format!(
            "{rate} requests a minute are more than the {RATE_MAX} that leave room below the vendor's 500 an account"
        ));
    }
    said
}
