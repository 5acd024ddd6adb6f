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
//! that is there and says something else, or that is neither saved nor in force, is a conflict and is left alone.
//!
//! Where people make the outbounds ([`Outbounds::Find`]), an order ends with itself, and a return looks for what they have made
//! (`outbounds.rs`); the same where the bridge makes them and finds that a person has been quicker.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::Adapter;
use super::body::{self, Entry, Sold, Source};
use super::classify::Answer;
use super::forms::Form;
use super::outbounds::{self, Shipped};
use super::read::{Bill, Status, text};
use super::settings::Outbounds;
use crate::document::{CreditNote, Customer, DebitNote, Document, Header, SalesOrder};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::marked::Mark;
use crate::erp::{Start, Verdict};

/// Follows an order's number in its outbound's.
pub(super) const OUTBOUND_SUFFIX: &str = "-CK";
/// The most documents whose goods one credit note may take back.
pub(super) const SOLD_BY_MAX: usize = 6;
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
    let by_people = adapter.settings.outbounds == Outbounds::Find;
    let (mut order, mut outbound) = (None, None);
    if start == Start::LookUp {
        order = find(adapter, ORDER, header, &header.number).await?;
        if order.is_some() && !by_people {
            outbound = find(adapter, OUTBOUND, header, &number).await?;
        }
    }
    match (&order, &outbound) {
        (Some(order), Some(outbound)) => return Ok(sold(order, outbound)),
        (Some(order), None) if by_people => return Ok(ordered(order)),
        (Some(_) | None, _) => {}
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
            if by_people {
                return Ok(ordered(&order));
            }
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
            if order.bill.closed {
                return Err(Verdict::Conflict {
                    reason: format!(
                        "order {} is closed in the ERP and has no outbound {number}: open it there again (反关闭), then `ledgertap \
                         outbox retry`",
                        header.number
                    ),
                });
            }
            match adapter.transport.post_outbound(OUTBOUND.save, OUTBOUND_BATCH, body).await {
                Answer::Refused(text) => return shipped_by_people(adapter, &order, &text).await,
                answer => saved(adapter, OUTBOUND, header, &number, answer).await?,
            }
        }
    };
    Ok(sold(&order, &outbound))
}

/// What the ERP's refusal to ship an order means: a person may have shipped it before us, under another number.
async fn shipped_by_people(adapter: &Adapter, order: &Kept, text: &str) -> Result<Verdict, Verdict> {
    let bill = &order.bill;
    let found = outbounds::of_order(adapter, bill, |found| Shipped::of(bill, found).is_complete()).await?;
    let shipped = Shipped::of(bill, &found);
    match (found.is_empty(), shipped.is_complete()) {
        (true, _) => {
            Err(refused(&format!("outbound {} of order {}", outbound_number(&bill.number), bill.number), text))
        }
        (false, false) => Err(shipped.rest_awaited()),
        (false, true) => {
            let ids: Vec<&str> =
                std::iter::once(&bill.id).chain(found.iter().map(|b| &b.id)).map(String::as_str).collect();
            Ok(Verdict::Delivered { reference: ids.join("+"), amounts: Some(bill.amounts()), found: order.found })
        }
    }
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
    let entries = match entries_of(adapter, header).await {
        Ok(entries) => entries,
        Err(verdict) => {
            // What has been taken back already may have been by this very document.
            if let (Start::Create, Verdict::Rejected { .. }) = (start, &verdict)
                && let Some(kept) = find(adapter, INBOUND, header, &header.number).await?
            {
                return Ok(delivered(kept));
            }
            return Err(verdict.absent());
        }
    };
    let materials = adapter.materials.of(&adapter.transport, &entries).await.map_err(Verdict::absent)?;
    let remark = &body::credit_remark(note, date);
    let (number, entries, materials) = (&header.number, &entries[..], &materials);
    let form = Form { document, header, number, remark, date, entries, materials };
    let body = adapter.desk().inbound(&form).map_err(|e| rejected(e).absent())?;
    Ok(delivered(first(adapter, INBOUND, header, &header.number, &body).await?))
}

/// A return's entries, of which the ERP has enough that was sold.
async fn entries_of(adapter: &Adapter, header: &Header) -> Result<Vec<Entry>, Verdict> {
    let sold = entries_that_sold(adapter, header).await?;
    body::credited_entries(&header.lines, adapter.account(), &sold).map_err(rejected)
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
    look_up_by(adapter, kind, ("number", number)).await
}

/// The form with this `number` or `id`.
pub(super) async fn look_up_by(adapter: &Adapter, kind: Kind, by: (&str, &str)) -> Result<Option<Bill>, Verdict> {
    let what = format!("{} {}", kind.name, by.1);
    match adapter.transport.get(kind.detail, &[by]).await {
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
        .and_then(|()| kept.bill.compare_references(|mark| has_source(kind, header, mark)))
        .map_err(|differs| Verdict::Conflict { reason: format!("{what} is in the ERP already, but {differs}") })?;
    match &kept.bill.status {
        Status::Audited => return Ok(kept),
        Status::Saved => {}
        Status::Other(status) => {
            return Err(Verdict::Conflict {
                reason: format!(
                    "{what} is in the ERP already, but its status is {status}, neither saved nor in force: put it in force there, or \
                     delete it, then `ledgertap outbox retry`"
                ),
            });
        }
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

/// Whether an entry of such a form must name its source: an outbound's always, a return's for goods that a form of ours sold.
fn has_source(kind: Kind, header: &Header, mark: Mark) -> bool {
    match kind.entity {
        "sal_bill_outbound" => true,
        "sal_bill_inbound" => {
            let line = header.lines.iter().find(|line| line.no == mark.line);
            !mark.value_only && line.is_some_and(|line| line.sold_by.is_some() && !line.quantity.is_zero())
        }
        _ => false,
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
    let mut wanted = BTreeMap::<&str, BTreeMap<u32, Decimal>>::new();
    for line in header.lines.iter().filter(|line| !line.quantity.is_zero()) {
        if let Some(by) = &line.sold_by {
            *wanted.entry(&*by.document).or_default().entry(by.line).or_default() += line.quantity;
        }
    }
    if wanted.len() > SOLD_BY_MAX {
        return Err(rejected(format!(
            "it takes back goods of {} documents; {SOLD_BY_MAX} is the most: enter it by hand",
            wanted.len()
        )));
    }
    let mut sold = BTreeMap::new();
    for (document, lines) in wanted {
        let of = lines_that_sold(adapter, document, &lines).await?;
        sold.extend(of.into_iter().map(|(line, entries)| ((document.to_owned(), line), entries)));
    }
    Ok(sold)
}

/// The entries that sold these pieces of an order's lines: of our own outbound, or else of those that people have made.
async fn lines_that_sold(
    adapter: &Adapter,
    number: &str,
    wanted: &BTreeMap<u32, Decimal>,
) -> Result<BTreeMap<u32, Vec<Sold>>, Verdict> {
    let own_number = outbound_number(number);
    let own = match adapter.settings.outbounds {
        Outbounds::Create => look_up(adapter, OUTBOUND, &own_number).await?.filter(Bill::is_audited),
        Outbounds::Find => None,
    };
    let of_own = own.as_ref().map(own_entries).unwrap_or_default();
    if wanted.iter().all(|(line, pieces)| open(&of_own, *line) >= *pieces) {
        return Ok(of_own);
    }
    let Some(order) = look_up(adapter, ORDER, number).await? else {
        return match own {
            Some(_) => Ok(of_own),
            None => Err(rejected(format!(
                "neither order {number}, whose goods it takes back, nor its outbound {own_number} is in the ERP: retry after it is \
                 there"
            ))),
        };
    };
    let is_enough = |found: &[Bill]| {
        let sold = Shipped::of(&order, found).sold();
        wanted.iter().all(|(line, pieces)| open(&sold, *line) >= *pieces)
    };
    let mut found = outbounds::of_order(adapter, &order, is_enough).await?;
    found.extend(own.filter(|own| found.iter().all(|bill| bill.id != own.id)).into_iter().collect::<Vec<_>>());
    let shipped = Shipped::of(&order, &found);
    match wanted.iter().find_map(|(line, pieces)| shipped.awaited(*line, *pieces)) {
        Some(verdict) => Err(verdict),
        None => Ok(shipped.sold()),
    }
}

/// The entries of our own outbound by line.
fn own_entries(bill: &Bill) -> BTreeMap<u32, Vec<Sold>> {
    let mut sold = BTreeMap::<u32, Vec<Sold>>::new();
    for (entry, source) in bill.entries.iter().zip(bill.sources()) {
        if let Some(mark) = entry.mark.filter(|m| !m.value_only) {
            let open = entry.quantity - entry.returned;
            sold.entry(mark.line).or_default().push(Sold { source, open });
        }
    }
    sold
}

fn open(sold: &BTreeMap<u32, Vec<Sold>>, line: u32) -> Decimal {
    sold.get(&line).into_iter().flatten().map(|sold| sold.open).sum()
}

/// An order whose outbounds people make.
fn ordered(order: &Kept) -> Verdict {
    Verdict::Delivered { reference: order.bill.id.clone(), amounts: Some(order.bill.amounts()), found: order.found }
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
