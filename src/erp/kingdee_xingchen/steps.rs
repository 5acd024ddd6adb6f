//! How each document is brought in: what is looked up, what is created, and where to go on after an interruption.
//!
//! | document | forms | numbers |
//! |---|---|---|
//! | customer | customer (客户) | its own |
//! | sales order, debit note | sales order (销售订单), then its outbound (销售出库) | its own; its own and `-CK` (出库) |
//! | credit note | return (销售退货) | its own |
//!
//! Each form goes the same way: looked up first where it may be there, created where it is not, read back, audited where it
//! was saved without that, and compared. "Duplicate" is an answer like any other: the form is there, so it is read. A form
//! that is there and says something else is a conflict and is left alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Value, json};

use super::Adapter;
use super::body::{self, Entry, Sold, Source};
use super::classify::Answer;
use super::forms::Form;
use super::read::{Bill, text};
use crate::document::{CreditNote, Customer, DebitNote, Document, Header, SalesOrder};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::{Start, Verdict};

/// Follows an order's number in its outbound's.
pub(super) const OUTBOUND_SUFFIX: &str = "-CK";
/// The most documents whose goods one credit note may take back.
pub(super) const SOLD_BY_MAX: usize = 6;
/// The most requests of one delivery beside those for materials and tokens: a credit note's look-up, its outbounds, create,
/// look at what is there, audit. An order makes twice four, and its outbound may wait for a batch and be in another one before
/// it is saved by itself.
pub(super) const REQUESTS_MAX: u32 = 4 + SOLD_BY_MAX as u32;

pub(super) const CUSTOMER: &str = "/jdy/v2/bd/customer";
const CUSTOMER_DETAIL: &str = "/jdy/v2/bd/customer_detail";
const OPERATE: &str = "/jdy/v2/sys/common_operate";

/// A kind of form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    name: &'static str,
    /// The name of its body.
    pub body: &'static str,
    pub save: &'static str,
    detail: &'static str,
    entity: &'static str,
}

pub(super) const ORDER: Kind = Kind {
    name: "order",
    body: "order",
    save: "/jdy/v2/scm/sal_order",
    detail: "/jdy/v2/scm/sal_order_detail",
    entity: "sal_bill_order",
};
pub(super) const OUTBOUND: Kind = Kind {
    name: "outbound",
    body: "outbound",
    save: "/jdy/v2/scm/sal_out_bound",
    detail: "/jdy/v2/scm/sal_out_bound_detail",
    entity: "sal_bill_outbound",
};
const OUTBOUND_BATCH: &str = "/jdy/v2/scm/sal_out_bound_batch";
pub(super) const INBOUND: Kind = Kind {
    name: "return",
    body: "return",
    save: "/jdy/v2/scm/sal_in_bound",
    detail: "/jdy/v2/scm/sal_in_bound_detail",
    entity: "sal_bill_inbound",
};

/// A form that is there and right.
struct Kept {
    bill: Bill,
    /// True where nothing had to be sent for it.
    found: bool,
}

/// Creates a customer, or changes the one that has its number.
pub(super) async fn customer(
    adapter: &Adapter,
    document: &Document,
    customer: &Customer,
    date: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    let what = format!("customer {}", customer.number);
    let body = |id: Option<&str>| adapter.desk().customer(document, date, id).map_err(rejected);
    if start == Start::Create {
        match adapter.transport.post(CUSTOMER, &body(None)?).await {
            Answer::Done(data) => return Ok(customer_delivered(saved_id(&data), false)),
            Answer::Duplicate(_) => {}
            Answer::NotFound(text) | Answer::Refused(text) => return Err(refused(&what, &text)),
            Answer::Failure(failure) => return Err(failure.verdict(&what)),
        }
    }
    match adapter.transport.get(CUSTOMER_DETAIL, &[("number", &customer.number)]).await {
        Answer::Done(data) => {
            let id = text(&data, "id").map_err(|e| garbled(&what, &e))?;
            if says_the_same(&data, customer) {
                return Ok(customer_delivered(id, true));
            }
            match adapter.transport.post(CUSTOMER, &body(Some(&id))?).await {
                Answer::Done(_) => Ok(customer_delivered(id, false)),
                Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => Err(refused(&what, &text)),
                Answer::Failure(failure) => Err(failure.verdict(&what)),
            }
        }
        Answer::NotFound(_) if start == Start::LookUp => match adapter.transport.post(CUSTOMER, &body(None)?).await {
            Answer::Done(data) => Ok(customer_delivered(saved_id(&data), false)),
            Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => Err(refused(&what, &text)),
            Answer::Failure(failure) => Err(failure.verdict(&what)),
        },
        Answer::NotFound(_) => Err(refused(&what, "it says that the customer exists, and has none with this number")),
        Answer::Duplicate(text) => Err(garbled(&what, &text)),
        Answer::Refused(text) => Err(refused(&what, &text)),
        Answer::Failure(failure) => Err(failure.verdict(&what)),
    }
}

/// What an order and a debit note have in common.
pub(super) struct Sale<'a> {
    pub document: &'a Document,
    pub header: &'a Header,
    pub remark: String,
}

impl<'a> Sale<'a> {
    pub(super) fn of_order(document: &'a Document, order: &'a SalesOrder, date: Date) -> Sale<'a> {
        Sale { document, header: &order.header, remark: body::order_remark(order, date) }
    }

    pub(super) fn of_debit(document: &'a Document, note: &'a DebitNote, date: Date) -> Sale<'a> {
        Sale { document, header: &note.header, remark: body::debit_remark(note, date) }
    }
}

/// Creates an order and its outbound, or what of them is missing.
pub(super) async fn sale(adapter: &Adapter, sale: Sale<'_>, date: Date, start: Start) -> Result<Verdict, Verdict> {
    let Sale { document, header, remark } = sale;
    let number = outbound_number(&header.number);
    let (mut order, mut outbound) = (None, None);
    if start == Start::LookUp {
        order = find(adapter, ORDER, header, &header.number).await?;
        if order.is_some() {
            outbound = find(adapter, OUTBOUND, header, &number).await?;
        }
    }
    if let (Some(order), Some(outbound)) = (&order, &outbound) {
        return Ok(sold(order, outbound));
    }
    let entries = body::sold_entries(&header.lines, adapter.account()).map_err(rejected)?;
    let materials = adapter.materials.of(&adapter.transport, &entries).await;
    let materials = materials.map_err(|verdict| if order.is_none() { verdict.absent() } else { verdict })?;
    let number_of_order = &header.number;
    let (entries, materials) = (&entries[..], &materials);
    let form = Form { document, header, number: number_of_order, remark: &remark, date, entries, materials };
    let order = match order {
        Some(order) => order,
        None => {
            let body = adapter.desk().order(&form).map_err(|e| rejected(e).absent())?;
            let order = first(adapter, ORDER, header, &header.number, &body).await?;
            if order.found {
                // It was there against all expectation: its outbound may be too.
                outbound = find(adapter, OUTBOUND, header, &number).await?;
            }
            order
        }
    };
    let outbound = match outbound {
        Some(outbound) => outbound,
        None => {
            let sources = sources_of(&order.bill, entries);
            let body = adapter.desk().outbound(&Form { number: &number, ..form }, &sources).map_err(rejected)?;
            let answer = adapter.transport.post_outbound(OUTBOUND.save, OUTBOUND_BATCH, body).await;
            saved(adapter, OUTBOUND, header, &number, answer).await?
        }
    };
    Ok(sold(&order, &outbound))
}

/// Creates a return.
pub(super) async fn credit(
    adapter: &Adapter,
    document: &Document,
    note: &CreditNote,
    date: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    let header = &note.header;
    let delivered = |kept: Kept| Verdict::Delivered {
        reference: kept.bill.id.clone(),
        amounts: Some(kept.bill.amounts()),
        found: kept.found,
    };
    if start == Start::LookUp
        && let Some(kept) = find(adapter, INBOUND, header, &header.number).await?
    {
        return Ok(delivered(kept));
    }
    let sold = entries_that_sold(adapter, header).await?;
    let entries = body::credited_entries(&header.lines, adapter.account(), &sold).map_err(rejected)?;
    let materials = adapter.materials.of(&adapter.transport, &entries).await.map_err(Verdict::absent)?;
    let remark = &body::credit_remark(note, date);
    let (number, entries, materials) = (&header.number, &entries[..], &materials);
    let form = Form { document, header, number, remark, date, entries, materials };
    let body = adapter.desk().inbound(&form).map_err(|e| rejected(e).absent())?;
    Ok(delivered(first(adapter, INBOUND, header, &header.number, &body).await?))
}

/// The number of an order's outbound.
pub(super) fn outbound_number(order: &str) -> String {
    format!("{order}{OUTBOUND_SUFFIX}")
}

/// The form, if it is there.
async fn find(adapter: &Adapter, kind: Kind, header: &Header, number: &str) -> Result<Option<Kept>, Verdict> {
    match look_up(adapter, kind, number).await? {
        Some(bill) => checked(adapter, kind, header, number, Kept { bill, found: true }).await.map(Some),
        None => Ok(None),
    }
}

/// Creates the first form of a document: where the ERP refuses to save it, it has nothing of the document.
async fn first(adapter: &Adapter, kind: Kind, header: &Header, number: &str, body: &Value) -> Result<Kept, Verdict> {
    let what = format!("{} {number}", kind.name);
    match adapter.transport.post(kind.save, body).await {
        Answer::NotFound(text) | Answer::Refused(text) => Err(refused(&what, &text).absent()),
        Answer::Failure(failure) => Err(failure.verdict(&what).absent()),
        answer => saved(adapter, kind, header, number, answer).await,
    }
}

/// Reads back what was saved.
async fn saved(adapter: &Adapter, kind: Kind, header: &Header, number: &str, answer: Answer) -> Result<Kept, Verdict> {
    let what = format!("{} {number}", kind.name);
    let found = match answer {
        Answer::Done(_) => false,
        Answer::Duplicate(_) => true,
        Answer::NotFound(text) | Answer::Refused(text) => return Err(refused(&what, &text)),
        Answer::Failure(failure) => return Err(failure.verdict(&what)),
    };
    match look_up(adapter, kind, number).await? {
        Some(bill) => checked(adapter, kind, header, number, Kept { bill, found }).await,
        None => Err(Verdict::Unknown { reason: format!("the ERP says that {what} is saved, and does not find it") }),
    }
}

async fn look_up(adapter: &Adapter, kind: Kind, number: &str) -> Result<Option<Bill>, Verdict> {
    let what = format!("{} {number}", kind.name);
    match adapter.transport.get(kind.detail, &[("number", number)]).await {
        Answer::Done(data) => Bill::read(&data, adapter.minor).map(Some).map_err(|e| garbled(&what, &e)),
        Answer::NotFound(_) => Ok(None),
        Answer::Duplicate(text) => Err(garbled(&what, &text)),
        Answer::Refused(text) => Err(refused(&what, &text)),
        Answer::Failure(failure) => Err(failure.verdict(&what)),
    }
}

/// Compares, and audits what was saved without that.
async fn checked(adapter: &Adapter, kind: Kind, header: &Header, number: &str, kept: Kept) -> Result<Kept, Verdict> {
    let what = format!("{} {number}", kind.name);
    kept.bill
        .compare(header)
        .map_err(|differs| Verdict::Conflict { reason: format!("{what} is in the ERP already, but {differs}") })?;
    if kept.bill.audited {
        return Ok(kept);
    }
    let body = json!({"entity_number": kind.entity, "numbers": [number], "operate_type": "audit"});
    match adapter.transport.post(OPERATE, &body).await {
        Answer::Done(_) => Ok(Kept { found: false, ..kept }),
        Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => {
            Err(refused(&format!("to audit {what}"), &text))
        }
        Answer::Failure(failure) => Err(failure.verdict(&format!("to audit {what}"))),
    }
}

/// The order's entries in the order of ours: by the mark, and where a line has several, by their place.
fn sources_of(order: &Bill, entries: &[Entry]) -> Vec<Source> {
    let mut by_mark = BTreeMap::<_, Vec<Source>>::new();
    for (entry, source) in order.entries.iter().zip(order.sources()).rev() {
        by_mark.entry(entry.mark).or_default().push(source);
    }
    let mut place = order.sources().into_iter();
    entries
        .iter()
        .filter_map(|entry| {
            let next = place.next();
            by_mark.get_mut(&Some(entry.mark)).and_then(Vec::pop).or(next)
        })
        .collect()
}

/// The entries that sold what the note takes back, from the outbounds that the ERP has.
async fn entries_that_sold(adapter: &Adapter, header: &Header) -> Result<BTreeMap<(String, u32), Vec<Sold>>, Verdict> {
    let returned = header.lines.iter().filter(|l| !l.quantity.is_zero());
    let documents: BTreeSet<&str> = returned.filter_map(|l| l.sold_by.as_ref()).map(|s| &*s.document).collect();
    if documents.len() > SOLD_BY_MAX {
        return Err(rejected(format!(
            "it takes back goods of {} documents; {SOLD_BY_MAX} is the most: enter it by hand",
            documents.len()
        )));
    }
    let mut sold = BTreeMap::<(String, u32), Vec<Sold>>::new();
    for document in documents {
        let number = outbound_number(document);
        let bill = look_up(adapter, OUTBOUND, &number).await?.ok_or_else(|| {
            rejected(format!(
                "outbound {number}, whose goods it takes back, is not in the ERP: retry after it is there"
            ))
        })?;
        for (entry, source) in bill.entries.iter().zip(bill.sources()) {
            if let Some(mark) = entry.mark.filter(|m| !m.value_only) {
                let open = entry.quantity - entry.returned;
                sold.entry((document.to_owned(), mark.line)).or_default().push(Sold { source, open });
            }
        }
    }
    Ok(sold)
}

fn sold(order: &Kept, outbound: &Kept) -> Verdict {
    Verdict::Delivered {
        reference: format!("{}+{}", order.bill.id, outbound.bill.id),
        amounts: Some(outbound.bill.amounts()),
        found: order.found && outbound.found,
    }
}

fn says_the_same(data: &Value, customer: &Customer) -> bool {
    let same = |fields: &Value, name: &str, ours: &Option<String>| match ours {
        Some(ours) => fields.get(name).and_then(Value::as_str) == Some(ours),
        None => true,
    };
    let contact = data.pointer("/bomentity/0").unwrap_or(&Value::Null);
    data.get("name").and_then(Value::as_str) == Some(&customer.name)
        && same(data, "addr", &customer.address)
        && same(contact, "mobile", &customer.phone)
        && same(contact, "email", &customer.email)
}

fn saved_id(data: &Value) -> String {
    match data.pointer("/ids/0") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        Some(_) | None => String::new(),
    }
}

fn customer_delivered(reference: String, found: bool) -> Verdict {
    Verdict::Delivered { reference, amounts: None, found }
}
