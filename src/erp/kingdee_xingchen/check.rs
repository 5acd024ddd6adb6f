//! What `ledgertap check` says of an account: what is missing there, how it is written to, and how sure each document is.

use super::classify::Answer;
use super::read::text;
use super::settings::{Allowance, AppSecret, Outbounds, RATE_MAX, Settings};
use super::{Adapter, materials};
use crate::document::DocumentKind;
use crate::erp::{Erp as _, Verdict};

const STORE_DETAIL: &str = "/jdy/v2/bd/store_detail";
/// `check_type` of a material that is a service (assumption; 1 is goods).
const SERVICE: &str = "3";

pub(super) async fn check(adapter: &Adapter) -> Result<String, String> {
    let Settings { url, stock_id, allowance_sku, .. } = &adapter.settings;
    let mut missing = Vec::new();
    if !has_warehouse(adapter).await? {
        missing.push(format!(
            "erp.stock_id: the ERP has no warehouse with the id {stock_id} (基础资料 › 仓库; the id, not the number)"
        ));
    }
    missing.extend(service(adapter).await?);
    if !missing.is_empty() {
        return Err(missing.join("; "));
    }
    let mut said = vec![format!("logged in at {url}; warehouse {stock_id} and service {allowance_sku} are there")];
    said.extend(adapter.transport.clock_is_off());
    said.push(written(&adapter.settings));
    said.push(guarantees(adapter));
    Ok(said.join("; "))
}

async fn has_warehouse(adapter: &Adapter) -> Result<bool, String> {
    match adapter.transport.get(STORE_DETAIL, &[("id", &adapter.settings.stock_id)]).await {
        Answer::Done(_) => Ok(true),
        Answer::NotFound(_) => Ok(false),
        Answer::Duplicate(text) | Answer::Refused(text) => Err(text),
        Answer::Failure(failure) => Err(failure.verdict("the ERP").sentence()),
    }
}

/// What is wrong with the service that carries amounts without pieces.
async fn service(adapter: &Adapter) -> Result<Option<String>, String> {
    let sku = &adapter.settings.allowance_sku;
    let data = match materials::detail(&adapter.transport, sku).await {
        Ok(data) => data,
        Err(Verdict::Lacking { reason, .. }) => {
            return Ok(Some(format!("erp.allowance_sku: {reason}; make it a service (商品类别 服务)")));
        }
        Err(verdict) => return Err(verdict.sentence()),
    };
    if text(&data, "base_unit_id").is_err() {
        return Ok(Some(format!("erp.allowance_sku: {sku} has no unit of measure in the ERP: give it one (基本单位)")));
    }
    Ok(match text(&data, "check_type") {
        Ok(kind) if kind != SERVICE => Some(format!(
            "erp.allowance_sku: {sku} is no service in the ERP (its check_type is {kind}): a return of it would move stock; name a \
             service (商品类别 服务)"
        )),
        // Where the ERP does not say it, nothing can be said.
        Ok(_) | Err(_) => None,
    })
}

/// How documents are written, where it may be chosen.
fn written(settings: &Settings) -> String {
    let secret = match &settings.app_secret {
        AppSecret::Fixed(_) => {
            "app_secret is the config's, and the vendor changes it every 24 h: outer_instance_id has it fetched"
        }
        AppSecret::Fetched { .. } => "app_secret is fetched whenever it has changed",
    };
    let outbounds = match settings.outbounds {
        Outbounds::Create => "outbounds are made with their orders",
        Outbounds::Find => "outbounds are people's, and a return waits until its goods have left by them",
    };
    let allowance = match settings.allowance {
        Allowance::ReturnOfService => "amounts without pieces are returns of the service",
        Allowance::ByHand => "amounts without pieces are left to people",
    };
    let rate = settings.rate_per_minute;
    let pace = match rate > RATE_MAX {
        true => format!(
            "{rate} requests a minute are more than the {RATE_MAX} that leave room below the vendor's 500 an account"
        ),
        false => format!("{rate} requests a minute"),
    };
    [secret, outbounds, allowance, &pace].join("; ")
}

/// Each kind's guarantee, and why.
fn guarantees(adapter: &Adapter) -> String {
    let of = |kind: DocumentKind, name: &str, why: &str| format!("{name}: {} ({why})", adapter.guarantee(kind));
    [
        of(DocumentKind::Customer, "customers", "the ERP refuses a second one of a number, 1030002002"),
        of(DocumentKind::SalesOrder, "sales orders", "bill_no is ours, for the outbound too"),
        of(DocumentKind::CreditNote, "credit notes", "bill_no of the return"),
        of(DocumentKind::DebitNote, "debit notes", "as sales orders"),
    ]
    .join(", ")
}
