//! Customers: business partners with the role of a customer and our sales area.
//!
//! A new one is created whole, and read back. One that is there is read with its address, its addresses' numbers and its tax numbers, and compared
//! with what the body would create: what differs is changed, each entity under the tag that it was read with, and what the body
//! does not say is left alone. Who else changed it meanwhile is met by a stale tag: it is read again.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::Adapter;
use super::batch::Change;
use super::classify::Answer;
use super::read::{expanded, results, text};
use super::services::{PARTNER_SET, PARTNERS, entity, literal, query};
use super::settings::CustomerKey;
use super::steps::done;
use crate::document::{Customer, Document};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::{Start, Verdict};

/// How often a partner is read again that somebody else is changing.
const ROUNDS_MAX: usize = 5;
/// Shorter texts of a customer's stand in sentences by chance.
const REDACTED_MIN: usize = 3;
/// What only a new partner is told.
const FIXED: [&str; 3] = ["BusinessPartner", "BusinessPartnerCategory", "BusinessPartnerGrouping"];
/// What the system keeps in capitals.
const CAPITALS: [&str; 2] = ["SearchTerm1", "SearchTerm2"];
/// A tag that matches whatever is there, for entities that come without one.
const ANY: &str = "*";

/// An entity below another, by the name that leads to it.
struct Below {
    name: &'static str,
    set: &'static str,
    keys: &'static [&'static str],
    /// The property by which one of several is told; else the first is meant.
    told_by: Option<&'static str>,
    below: &'static [Below],
}

const NUMBER_KEYS: &[&str] = &["AddressID", "Person", "OrdinalNumber"];
const TREE: &[Below] = &[
    Below {
        name: "to_BusinessPartnerAddress",
        set: "A_BusinessPartnerAddress",
        keys: &["BusinessPartner", "AddressID"],
        told_by: None,
        below: &[
            Below {
                name: "to_EmailAddress",
                set: "A_AddressEmailAddress",
                keys: NUMBER_KEYS,
                told_by: None,
                below: &[],
            },
            Below { name: "to_PhoneNumber", set: "A_AddressPhoneNumber", keys: NUMBER_KEYS, told_by: None, below: &[] },
        ],
    },
    Below {
        name: "to_BusinessPartnerTax",
        set: "A_BusinessPartnerTaxNumber",
        keys: &["BusinessPartner", "BPTaxType"],
        told_by: Some("BPTaxType"),
        below: &[],
    },
];
const EXPAND: &str = "to_BusinessPartnerAddress,to_BusinessPartnerAddress/to_EmailAddress,\
                      to_BusinessPartnerAddress/to_PhoneNumber,to_BusinessPartnerTax";

/// The customer's number in the system: who an order is sold to.
pub(super) async fn sold_to(adapter: &Adapter, number: &str) -> Result<String, Verdict> {
    let select = format!("BusinessPartner,Customer,{}", adapter.settings.customer_key.field());
    let options = [("$select", select.as_str())];
    let found = find(adapter, number, &options).await?.ok_or_else(|| {
        rejected(format!(
            "the ERP has no business partner with {number} as its {}: add it there, then retry",
            adapter.settings.customer_key.field()
        ))
    })?;
    match text(&found, "Customer") {
        Ok(customer) => Ok(customer.to_owned()),
        Err(_) => Err(rejected(format!(
            "the business partner of {number} is no customer: give it the roles FLCU00 and FLCU01 there, then retry"
        ))),
    }
}

/// Creates a customer, or changes the one that has its number.
pub(super) async fn customer(
    adapter: &Adapter,
    document: &Document,
    customer: &Customer,
    date: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    bring(adapter, document, customer, date, start).await.map_err(|verdict| without(customer, verdict))
}

async fn bring(
    adapter: &Adapter,
    document: &Document,
    customer: &Customer,
    date: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    let what = format!("customer {}", customer.number);
    let body = adapter.desk().customer(document, customer, date).map_err(rejected)?;
    let (mut created, mut changed) = (false, false);
    for _ in 0..ROUNDS_MAX {
        let there = match find(adapter, &customer.number, &[("$expand", EXPAND)]).await? {
            Some(there) => there,
            None if created => {
                let reason = format!("the ERP says that {what} is created, and does not find it");
                return Err(Verdict::Unknown { reason });
            }
            None => {
                create(adapter, &what, customer, &body, date, start).await?;
                // The answer may be an earlier request's, which said something else of the customer.
                (created, changed) = (true, true);
                continue;
            }
        };
        let id = text(&there, "BusinessPartner").map_err(|e| garbled(&what, &e))?;
        let changes = changes(&body, &there).map_err(|e| garbled(&what, &e))?;
        if changes.is_empty() {
            return Ok(Verdict::Delivered { reference: id.to_owned(), amounts: None, found: !changed });
        }
        match adapter.transport.change(PARTNERS, &changes).await {
            Answer::Done(_) => {
                return Ok(Verdict::Delivered { reference: id.to_owned(), amounts: None, found: false });
            }
            // In part, perhaps: what is left shows when it is read.
            Answer::Stale(_) => changed = true,
            Answer::Refused(text) | Answer::Forged(text) => return Err(refused(&format!("to change {what}"), &text)),
            Answer::Failure(failure) => return Err(failure.verdict(&format!("to change {what}"))),
        }
    }
    let reason = format!("{what}: somebody else is changing it");
    Err(Verdict::NotDone { reason, retry_after: None })
}

async fn create(
    adapter: &Adapter,
    what: &str,
    customer: &Customer,
    body: &Value,
    date: Date,
    start: Start,
) -> Result<(), Verdict> {
    let mut tries = if start == Start::LookUp { 2 } else { 1 };
    loop {
        tries -= 1;
        let (generation, id) = adapter.request_id(PARTNER_SET, &customer.number, date);
        let made = adapter.transport.post(PARTNERS, PARTNER_SET, body, id.as_ref()).await;
        match made.answer {
            Answer::Done(_) => {
                adapter.note(id.is_some(), made.acknowledged);
                return Ok(());
            }
            Answer::Refused(text) => {
                if made.acknowledged {
                    adapter.refused(PARTNER_SET, &customer.number, generation);
                }
                if !made.acknowledged || tries == 0 {
                    return Err(refused(what, &text).absent());
                }
            }
            Answer::Stale(text) | Answer::Forged(text) => return Err(refused(what, &text)),
            Answer::Failure(failure) => return Err(failure.verdict(what)),
        }
    }
}

/// The business partner of our number, if it is there.
async fn find(adapter: &Adapter, number: &str, options: &[(&str, &str)]) -> Result<Option<Value>, Verdict> {
    let what = format!("customer {number}");
    let key = adapter.settings.customer_key;
    let wanted = match key {
        CustomerKey::Number | CustomerKey::ExternalId => number.to_owned(),
        CustomerKey::SearchTerm => number.to_uppercase(),
    };
    let filter = format!("{} eq {}", key.field(), literal(&wanted));
    let mut all = vec![("$filter", filter.as_str()), ("$top", "3")];
    all.extend(options);
    let data = done(&what, adapter.transport.get(PARTNERS, &query(PARTNER_SET, &all)).await)?;
    let is_ours = |partner: &&Value| text(partner, key.field()).is_ok_and(|there| there == wanted);
    let partners = results(&data).map_err(|e| garbled(&what, &e))?;
    match partners.iter().filter(is_ours).collect::<Vec<_>>()[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        ref several => Err(Verdict::Conflict {
            reason: format!(
                "the ERP has {} business partners with {number} as their {}: leave it to one of them",
                several.len(),
                key.field()
            ),
        }),
    }
}

/// What makes the partner that is there say what the body says.
///
/// # Errors
/// Names the field that is missing in what is there.
fn changes(body: &Value, there: &Value) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    let id = text(there, "BusinessPartner")?;
    let path = entity(PARTNER_SET, &[("BusinessPartner", id)]);
    changes.extend(change(&path, body, there, &FIXED));
    below(TREE, &path, body, there, &mut changes)?;
    Ok(changes)
}

fn below(tree: &[Below], parent: &str, body: &Value, there: &Value, changes: &mut Vec<Change>) -> Result<(), String> {
    for branch in tree {
        let ours = body.get(branch.name).and_then(Value::as_array).into_iter().flatten();
        let theirs = expanded(there, branch.name)?;
        for (i, ours) in ours.enumerate() {
            let same = |there: &&Value| branch.told_by.is_some_and(|key| there.get(key) == ours.get(key));
            let found = match branch.told_by {
                Some(_) => theirs.iter().find(same),
                None => theirs.get(i),
            };
            let Some(found) = found else {
                let path = format!("{parent}/{}", branch.name);
                changes.push(Change { method: "POST", path, etag: None, body: ours.clone() });
                continue;
            };
            let key = |name: &&'static str| {
                let value = found.get(*name).and_then(Value::as_str);
                value.map(|value| (*name, value)).ok_or_else(|| format!("{}: the field {name} is missing", branch.set))
            };
            let keys = branch.keys.iter().map(key).collect::<Result<Vec<_>, String>>()?;
            let path = entity(branch.set, &keys);
            changes.extend(change(&path, ours, found, branch.keys));
            below(branch.below, &path, ours, found, changes)?;
        }
    }
    Ok(())
}

/// The change of one entity, if it differs.
fn change(path: &str, ours: &Value, there: &Value, fixed: &[&str]) -> Option<Change> {
    let differing: Map<String, Value> = ours
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| !value.is_array() && !value.is_object() && !fixed.contains(&name.as_str()))
        .filter(|(name, value)| !is_same(name, value, there.get(name.as_str())))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if differing.is_empty() {
        return None;
    }
    let etag = there.pointer("/__metadata/etag").and_then(Value::as_str).unwrap_or(ANY);
    Some(Change { method: "PATCH", path: path.to_owned(), etag: Some(etag.to_owned()), body: Value::Object(differing) })
}

fn is_same(name: &str, ours: &Value, there: Option<&Value>) -> bool {
    match (ours, there.unwrap_or(&Value::Null)) {
        (Value::String(ours), Value::String(there)) if CAPITALS.contains(&name) => {
            ours.to_uppercase() == there.to_uppercase()
        }
        (Value::String(ours), Value::Null) => ours.is_empty(),
        (ours, there) => ours == there,
    }
}

/// The system repeats what it does not like: not in a reason.
fn without(customer: &Customer, verdict: Verdict) -> Verdict {
    let Customer { number: _, name, email, phone, address, tax_id, extra } = customer;
    let mut own: Vec<&str> = [email, phone, address, tax_id]
        .into_iter()
        .flatten()
        .chain([name])
        .chain(extra.values())
        .map(String::as_str)
        .filter(|text| text.chars().count() >= REDACTED_MIN || !text.is_ascii())
        .collect();
    own.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let clean = |mut reason: String| {
        for text in &own {
            reason = reason.replace(text, "***");
        }
        reason
    };
    match verdict {
        Verdict::Rejected { reason, absent } => Verdict::Rejected { reason: clean(reason), absent },
        Verdict::NotDone { reason, retry_after } => Verdict::NotDone { reason: clean(reason), retry_after },
        Verdict::Unknown { reason } => Verdict::Unknown { reason: clean(reason) },
        Verdict::Garbled { reason } => Verdict::Garbled { reason: clean(reason) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body() -> Value {
        json!({
            "BusinessPartnerCategory": "2", "BusinessPartnerIDByExtSystem": "u1", "OrganizationBPName1": "Grace",
            "OrganizationBPName2": "", "SearchTerm1": "u1", "to_BusinessPartnerRole": [{"BusinessPartnerRole": "FLCU01"}],
            "to_BusinessPartnerAddress": [{"Country": "CN", "StreetName": "1 Main",
                "to_EmailAddress": [{"EmailAddress": "g@x.example"}], "to_PhoneNumber": [{"PhoneNumber": "1"}]}],
            "to_BusinessPartnerTax": [{"BPTaxType": "CN0", "BPTaxNumber": "9"}],
        })
    }

    fn there() -> Value {
        json!({
            "__metadata": {"etag": "W/\"1\""}, "BusinessPartner": "17", "Customer": "17", "BusinessPartnerCategory": "1",
            "BusinessPartnerIDByExtSystem": "u1", "OrganizationBPName1": "Grace", "OrganizationBPName2": null,
            "SearchTerm1": "U1",
            "to_BusinessPartnerAddress": {"results": [{"__metadata": {"etag": "W/\"2\""}, "BusinessPartner": "17",
                "AddressID": "22", "Country": "CN", "StreetName": "1 Main",
                "to_EmailAddress": {"results": [{"AddressID": "22", "Person": "", "OrdinalNumber": "1",
                    "EmailAddress": "g@x.example"}]},
                "to_PhoneNumber": {"results": [{"AddressID": "22", "Person": "", "OrdinalNumber": "1",
                    "PhoneNumber": "1"}]}}]},
            "to_BusinessPartnerTax": {"results": [{"BusinessPartner": "17", "BPTaxType": "CN0", "BPTaxNumber": "9"}]},
        })
    }

    fn at(value: &mut Value, pointer: &str, to: Value) {
        *value.pointer_mut(pointer).unwrap() = to;
    }

    #[test]
    fn what_says_the_same_is_left_alone() {
        assert_eq!(changes(&body(), &there()), Ok(vec![]));
    }

    #[test]
    fn what_differs_is_changed_under_the_tag_that_it_was_read_with() {
        let mut there = there();
        at(&mut there, "/OrganizationBPName1", "Ada".into());
        at(&mut there, "/to_BusinessPartnerAddress/results/0/StreetName", "2 Side".into());
        at(&mut there, "/to_BusinessPartnerAddress/results/0/to_EmailAddress/results", json!([]));
        at(&mut there, "/to_BusinessPartnerAddress/results/0/to_PhoneNumber/results/0/PhoneNumber", "2".into());
        at(&mut there, "/to_BusinessPartnerTax/results/0/BPTaxType", "CN5".into());
        let said: Vec<_> = changes(&body(), &there)
            .unwrap()
            .into_iter()
            .map(|c| (c.method, c.path, c.etag.unwrap_or_default(), c.body))
            .collect();
        let address = "A_BusinessPartnerAddress(BusinessPartner='17',AddressID='22')";
        let phone = "A_AddressPhoneNumber(AddressID='22',Person='',OrdinalNumber='1')";
        let expected = [
            ("PATCH", "A_BusinessPartner('17')".into(), "W/\"1\"".into(), json!({"OrganizationBPName1": "Grace"})),
            ("PATCH", address.into(), "W/\"2\"".into(), json!({"StreetName": "1 Main"})),
            ("POST", format!("{address}/to_EmailAddress"), String::new(), json!({"EmailAddress": "g@x.example"})),
            ("PATCH", phone.into(), "*".into(), json!({"PhoneNumber": "1"})),
            (
                "POST",
                "A_BusinessPartner('17')/to_BusinessPartnerTax".into(),
                String::new(),
                json!({"BPTaxType": "CN0", "BPTaxNumber": "9"}),
            ),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn what_was_not_expanded_is_no_partner_without() {
        let mut there = there();
        at(&mut there, "/to_BusinessPartnerTax", json!({"__deferred": {"uri": "x"}}));
        assert_eq!(changes(&body(), &there).unwrap_err(), "to_BusinessPartnerTax: it has no results");
    }

    #[test]
    fn a_reason_names_nobody() {
        let customer =
            Customer { number: "U1".into(), name: "王".into(), address: Some("1 Main".into()), ..Customer::default() };
        let verdict = without(&customer, rejected("王 at 1 Main is not known (U1)".into()));
        assert_eq!(verdict, rejected("*** at *** is not known (U1)".into()));
    }
}
