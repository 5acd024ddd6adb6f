//! The rows that a query chooses from, by their keys.

use serde_json::{Value, json};

use super::account::{Account, CURRENCY, ORGANIZATION, STOCK, UNIT, exact};
use super::form::Refusal;
use super::query::{Query, Row};
use super::records::{Bill, Customer, Entity};

const CUSTOMER: &[&str] =
    &["FCUSTID", "FNumber", "FDocumentStatus", "FUseOrgId.FNumber", "FName", "FTEL", "FADDRESS", "FTAXREGISTERCODE"];
const ITEM: &[&str] =
    &["FNumber", "FDocumentStatus", "FForbidStatus", "FUseOrgId.FNumber", "FSaleUnitId.FNumber", "FBaseUnitId.FNumber"];
const RECORD: &[&str] = &["FNumber", "FUseOrgId.FNumber"];

/// A form's own keys, and those of its rows.
fn keys(entity: Entity) -> &'static [&'static str] {
    match entity {
        Entity::Order => &[
            "FID",
            "FBillNo",
            "FDocumentStatus",
            "FCancelStatus",
            "FCustId.FNumber",
            "FBillAllAmount",
            "FSaleOrderEntry_FEntryID",
            "FEntryNote",
            "FAllAmount",
            "FEntryTaxAmount",
            "FQty",
            "FMaterialId.FNumber",
        ],
        Entity::Outbound => &[
            "FID",
            "FBillNo",
            "FDocumentStatus",
            "FCancelStatus",
            "FCustomerID.FNumber",
            "FBillAllAmount",
            "FEntity_FEntryID",
            "FEntrynote",
            "FAllAmount",
            "FEntryTaxAmount",
            "FRealQty",
            "FMaterialID.FNumber",
            "FReturnQty",
        ],
        Entity::Return => &[
            "FID",
            "FBillNo",
            "FDocumentStatus",
            "FCancelStatus",
            "FRetcustId.FNumber",
            "FBillAllAmount",
            "FEntity_FEntryID",
            "FNote",
            "FAllAmount",
            "FEntryTaxAmount",
            "FRealQty",
            "FMaterialId.FNumber",
        ],
        Entity::Receivable => &[
            "FID",
            "FBillNo",
            "FDocumentStatus",
            "FCancelStatus",
            "FCUSTOMERID.FNumber",
            "FALLAMOUNTFOR",
            "FEntityDetail_FEntryID",
            "FComment",
            "FALLAMOUNTFOR_D",
            "FTAXAMOUNTFOR_D",
            "FPriceQty",
            "FMATERIALID.FNumber",
        ],
        Entity::OtherReceivable => &[
            "FID",
            "FBillNo",
            "FDocumentStatus",
            "FCancelStatus",
            "FCONTACTUNIT.FNumber",
            "FAMOUNTFOR",
            "FEntity_FEntryID",
            "FCOMMENT",
            "FAMOUNTFOR_D",
            "FTAXAMOUNTFOR",
        ],
    }
}

/// The answer to a query.
pub(super) fn answer(account: &Account, query: &Query) -> Result<Value, Refusal> {
    if let Some(entity) = Entity::of(&query.form) {
        return query.answer(keys(entity), bills(account, entity, query));
    }
    match query.form.as_str() {
        "BD_Customer" => query.answer(CUSTOMER, account.customers.iter().map(customer).collect()),
        "BD_MATERIAL" => {
            let asked = query.any_of("FNumber").iter().filter(|number| account.has_item(number));
            query.answer(ITEM, asked.map(|number| item(number)).collect())
        }
        "BD_STOCK" => query.answer(RECORD, vec![record(STOCK)]),
        "BD_UNIT" => query.answer(RECORD, vec![record(UNIT)]),
        "BD_Currency" => query.answer(RECORD, vec![record(CURRENCY)]),
        "ORG_Organizations" => query.answer(RECORD, vec![record(ORGANIZATION)]),
        other => Err(Refusal::parameter(format!("业务对象{other}不存在"))),
    }
}

fn bills(account: &Account, entity: Entity, query: &Query) -> Vec<Row> {
    let rows = |bill: &Bill| bill_rows(account, bill);
    match (query.wanted("FBillNo"), query.wanted("FID")) {
        (Some(number), _) => account.bills_of(entity, number).flat_map(rows).collect(),
        (None, Some(id)) => {
            let bill = id.parse().ok().and_then(|id| account.bill(id)).filter(|bill| bill.entity == entity);
            bill.map(rows).unwrap_or_default()
        }
        (None, None) => account.bills.iter().filter(|bill| bill.entity == entity).flat_map(rows).collect(),
    }
}

/// A row for each entry; one without entries has one of its head.
fn bill_rows(account: &Account, bill: &Bill) -> Vec<Row> {
    let keys = keys(bill.entity);
    let sign = if bill.entity.is_receivable() { -rust_decimal::Decimal::ONE } else { rust_decimal::Decimal::ONE };
    let head = [
        json!(bill.id),
        json!(bill.number),
        json!(bill.status.letter()),
        json!("A"),
        json!(bill.customer),
        exact(sign * bill.total()),
    ];
    let row = |rest: Vec<Value>| -> Row {
        keys.iter().map(|key| key.to_ascii_lowercase()).zip(head.iter().cloned().chain(rest)).collect()
    };
    if bill.entries.is_empty() {
        return vec![row(vec![])];
    }
    let entry = |entry: &super::records::Entry| {
        row(vec![
            json!(entry.id),
            json!(entry.note),
            exact(sign * entry.amount),
            exact(sign * entry.tax),
            exact(sign * entry.quantity),
            json!(entry.sku),
            exact(account.taken(entry.id)),
        ])
    };
    bill.entries.iter().map(entry).collect()
}

fn customer(customer: &Customer) -> Row {
    let values = [
        json!(customer.id),
        json!(customer.number),
        json!(customer.status.letter()),
        json!(ORGANIZATION),
        json!(customer.name),
        json!(customer.phone),
        json!(customer.address),
        json!(customer.tax_id),
    ];
    named(CUSTOMER, values)
}

fn item(number: &str) -> Row {
    named(ITEM, [number, "C", "A", ORGANIZATION, UNIT, UNIT].map(Value::from))
}

fn record(number: &str) -> Row {
    named(RECORD, [number, ORGANIZATION].map(Value::from))
}

fn named(keys: &[&str], values: impl IntoIterator<Item = Value>) -> Row {
    keys.iter().map(|key| key.to_ascii_lowercase()).zip(values).collect()
}
