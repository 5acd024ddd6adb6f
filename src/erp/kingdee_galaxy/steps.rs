//! How each document is brought in: what is looked up, what is saved, and where to go on after an interruption.
//!
//! | document | forms | numbers |
//! |---|---|---|
//! | customer | customer (客户) | its own |
//! | sales order, debit note | sales order (销售订单), then its outbound (销售出库单) | its own; its own and `-CK` (出库) |
//! | credit note with goods | return (销售退货单) | its own |
//! | credit note without | receivable (应收单) or other receivable (其他应收单), negative | its own |
//!
//! Each form goes the same way: looked up first where it may be there, saved where it is not, read back and compared while it is not in
//! force, and then brought from `FDocumentStatus` A or D by a submission to B and by an audit to C. "Duplicate" is an answer like any
//! other: the form is there, so it is read. A form that is there and says something else is a conflict and is left alone. A step that
//! is refused is looked at again: it may have been done meanwhile by a request that came late, or by a person.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Adapter;
use super::classify::Answer;
use super::form::{Form, ORDER, OUTBOUND};
use super::forms::{CUSTOMER, Paper, Sheet, as_it_is, credit_form, outbound_number};
use super::lines::{Entry, Sold, Source};
use super::read::{self, Bill, Status};
use super::transport::{Call, literal};
use crate::document::{Customer, Header};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::{Start, Verdict, bounds};

/// The most documents whose goods one credit note may take back.
const SOLD_BY_MAX: usize = 6;
/// A form is in force after two steps; one that is at another place than was thought takes one more look each.
const STEPS_MAX: usize = 4;
/// Shorter texts of a customer's stand in sentences by chance.
const REDACTED_MIN: usize = 3;

const CUSTOMER_KEYS: [&str; 7] =
    ["FCUSTID", "FNumber", "FDocumentStatus", "FName", "FTEL", "FADDRESS", "FTAXREGISTERCODE"];

/// A form that is there and right.
struct Kept {
    bill: Bill,
    /// True where nothing had to be sent for it.
    found: bool,
}

/// A customer as it is in the ERP.
struct Known {
    id: String,
    number: String,
    status: Status,
    /// Name, telephone, address, tax number.
    texts: [Option<String>; 4],
}

/// Creates a customer, or changes the one that has its number.
pub(super) async fn customer(adapter: &Adapter, paper: CustomerPaper<'_>) -> Result<Verdict, Verdict> {
    bring_customer(adapter, paper).await.map_err(|verdict| without(paper.customer, verdict))
}

/// A customer, and the document that it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct CustomerPaper<'a> {
    pub document: &'a crate::document::Document,
    pub customer: &'a Customer,
    pub date: jiff::civil::Date,
}

async fn bring_customer(adapter: &Adapter, paper: CustomerPaper<'_>) -> Result<Verdict, Verdict> {
    let number = &paper.customer.number;
    let what = format!("customer {number}");
    // Looked up whether it may be there or not: one that is there is changed, and a change is a document of its own.
    let mut there = find_customer(adapter, number).await?;
    let mut sent = false;
    if there.is_none() {
        match save_customer(adapter, paper, None).await? {
            Answer::Done(result) | Answer::Partly(result) => {
                numbered(&what, &result, number)?;
                let saved = find_customer(adapter, number).await?;
                let known = saved.ok_or_else(|| unseen(&what))?;
                advance(adapter, CUSTOMER, &what, &known.id, known.status).await?;
                return Ok(customer_delivered(known.id, false));
            }
            Answer::Duplicate(text) => {
                there = find_customer(adapter, number).await?;
                if there.is_none() {
                    return Err(hidden(adapter, CUSTOMER, &what, number, &text).await);
                }
            }
            answer => return Err(failed(&what, answer).absent()),
        }
    }
    let Some(mut known) = there else { return Err(unseen(&what)) };
    if known.number != *number {
        let reason = format!("the ERP takes \"{}\" for the number of {what}: give one of them another", known.number);
        return Err(Verdict::Conflict { reason });
    }
    let is_changed = !says(&known, paper.customer);
    if !is_changed && known.status == Status::Audited {
        return Ok(customer_delivered(known.id, true));
    }
    let _alone = adapter.shelf(number).write().await;
    if is_changed {
        known.status = opened(adapter, &what, &known).await?;
        match save_customer(adapter, paper, Some(&known.id)).await? {
            Answer::Done(_) | Answer::Partly(_) => sent = true,
            answer => return Err(failed(&what, answer)),
        }
        known.status = Status::Saved;
    } else if known.status == Status::Draft {
        done(&what, save_customer(adapter, paper, Some(&known.id)).await?)?;
        (known.status, sent) = (Status::Saved, true);
    }
    sent |= advance(adapter, CUSTOMER, &what, &known.id, known.status).await?;
    Ok(customer_delivered(known.id, !sent))
}

async fn save_customer(adapter: &Adapter, paper: CustomerPaper<'_>, id: Option<&str>) -> Result<Answer, Verdict> {
    let data = adapter.desk.customer(&adapter.settings, paper.document, paper.date, id);
    let data = data.map_err(|e| if id.is_none() { rejected(e).absent() } else { rejected(e) })?;
    Ok(adapter.transport.save(CUSTOMER, data).await)
}

async fn find_customer(adapter: &Adapter, number: &str) -> Result<Option<Known>, Verdict> {
    let what = format!("customer {number}");
    let organization = literal(&adapter.settings.organization);
    let filter = format!("FUseOrgId.FNumber={organization} and FNumber={}", literal(number));
    let rows = done(&what, adapter.transport.query(CUSTOMER, &CUSTOMER_KEYS, &filter, "FCUSTID").await)?;
    let Some(row) = rows.get(0) else { return Ok(None) };
    let field = |at: usize| row.get(at).and_then(read::text);
    let needed =
        |at: usize| field(at).ok_or_else(|| garbled(&what, &format!("the field {} is missing", CUSTOMER_KEYS[at])));
    Ok(Some(Known {
        id: needed(0)?,
        number: needed(1)?,
        status: Status::read(&needed(2)?).map_err(|e| garbled(&what, &e))?,
        texts: [field(3), field(4), field(5), field(6)],
    }))
}

/// Whether it has what the document says of it.
fn says(known: &Known, customer: &Customer) -> bool {
    let Customer { number: _, name, email: _, phone, address, tax_id, extra } = customer;
    let ours = [Some(name), phone.as_ref(), address.as_ref(), tax_id.as_ref()];
    // What a body of one's own makes of other fields is not read back.
    let same =
        |(theirs, ours): (&Option<String>, Option<&String>)| ours.is_none_or(|ours| theirs.as_ref() == Some(ours));
    extra.is_empty() && known.texts.iter().zip(ours).all(same)
}

/// A customer in force is opened again before it is changed.
async fn opened(adapter: &Adapter, what: &str, known: &Known) -> Result<Status, Verdict> {
    match known.status {
        Status::Draft | Status::Saved | Status::Reopened => Ok(known.status),
        Status::Submitted | Status::Audited => {
            advance(adapter, CUSTOMER, what, &known.id, known.status).await?;
            let answer = adapter.transport.operate(Call::UnAudit, CUSTOMER, &known.id).await;
            done(&format!("to open {what} again"), answer)?;
            Ok(Status::Reopened)
        }
    }
}

/// Saves an order and its outbound, or what of them is missing, and brings both into force.
pub(super) async fn sale(adapter: &Adapter, paper: &Paper<'_>, start: Start) -> Result<Verdict, Verdict> {
    let header = paper.header;
    let number = outbound_number(&header.number);
    let (mut order, mut outbound) = (None, None);
    if start == Start::LookUp {
        order = look_up(adapter, &ORDER, &header.number).await?;
        if order.is_some() {
            outbound = look_up(adapter, &OUTBOUND, &number).await?;
        }
    }
    let work = Work { adapter, paper };
    let absent = |verdict: Verdict, is_absent: bool| if is_absent { verdict.absent() } else { verdict };
    let is_new = order.is_none();
    let written = match (&order, &outbound) {
        (Some(_), Some(_)) => None,
        _ => Some(work.written(adapter.ruling().entries(&header.lines)).await.map_err(|v| absent(v, is_new))?),
    };
    let (entries, units) = written.unwrap_or_default();
    let sheet = Sheet { form: &ORDER, number: &header.number, entries: &entries, units: &units };
    let order = work.keep(&sheet, &[], order, true).await?;
    if is_new && order.found {
        // It was there against all expectation: its outbound may be too.
        outbound = look_up(adapter, &OUTBOUND, &number).await?;
    }
    let sources = order.bill.sources_of(&entries);
    let outbound = work.keep(&Sheet { form: &OUTBOUND, number: &number, ..sheet }, &sources, outbound, false).await?;
    Ok(Verdict::Delivered {
        reference: format!("{}+{}", order.bill.id, outbound.bill.id),
        amounts: Some(outbound.bill.amounts()),
        found: order.found && outbound.found,
    })
}

/// Saves a return or a negative receivable, and brings it into force.
pub(super) async fn credit(
    adapter: &Adapter,
    paper: &Paper<'_>,
    form: &'static Form,
    start: Start,
) -> Result<Verdict, Verdict> {
    let header = paper.header;
    let there = match start {
        Start::LookUp => look_up(adapter, form, &header.number).await?,
        Start::Create => None,
    };
    let work = Work { adapter, paper };
    let (entries, units) = match there {
        Some(_) => Default::default(),
        None => {
            let sold = entries_that_sold(adapter, header).await?;
            let none = Vec::new();
            let of = |document: &str, line: u32| &sold.get(&(document.to_owned(), line)).unwrap_or(&none)[..];
            // What is not left may have been taken by this very note.
            let entries = adapter.ruling().returned(&header.lines, of).map_err(|refusal| {
                bounds::may_be_there();
                rejected(refusal)
            })?;
            work.written(Ok(entries)).await.map_err(Verdict::absent)?
        }
    };
    let sheet = Sheet { form, number: &header.number, entries: &entries, units: &units };
    let kept = work.keep(&sheet, &[], there, true).await?;
    Ok(Verdict::Delivered { reference: kept.bill.id.clone(), amounts: Some(kept.bill.amounts()), found: kept.found })
}

/// One document's delivery.
#[derive(Clone, Copy)]
struct Work<'a> {
    adapter: &'a Adapter,
    paper: &'a Paper<'a>,
}

/// Entries, and the units of their items.
type Written = (Vec<Entry>, BTreeMap<String, String>);

impl Work<'_> {
    async fn written(&self, entries: Result<Vec<Entry>, String>) -> Result<Written, Verdict> {
        let entries = entries.map_err(rejected)?;
        // An other receivable names no items.
        let names_items = credit_form(self.paper.document, self.adapter.settings.adjustments)
            .is_none_or(|form| form.quantity.is_some());
        let units = match names_items {
            true => self.adapter.items.of(&self.adapter.transport, &self.adapter.settings, &entries).await?,
            false => BTreeMap::new(),
        };
        Ok((entries, units))
    }

    /// Saves the form where it is not there, compares it, and brings it into force. Where the ERP refuses to save the first of a
    /// document, it has nothing of it.
    async fn keep(
        &self,
        sheet: &Sheet<'_>,
        sources: &[Source],
        there: Option<Bill>,
        is_first: bool,
    ) -> Result<Kept, Verdict> {
        let Work { adapter, paper } = self;
        let what = format!("{} {}", sheet.form.name, sheet.number);
        let (mut bill, mut found) = match there {
            Some(bill) => (bill, true),
            None => self.saved(sheet, sources, &what, is_first).await?,
        };
        let compared = |bill: &Bill| {
            bill.compare(sheet.number, paper.header)
                .map_err(|differs| Verdict::Conflict { reason: format!("{what} is in the ERP, but {differs}") })
        };
        compared(&bill)?;
        if bill.status == Status::Draft {
            found = false;
            done(&what, adapter.transport.save(sheet.form.id, as_it_is(&bill.id)).await)?;
            bill = look_up(adapter, sheet.form, sheet.number).await?.ok_or_else(|| unseen(&what))?;
            compared(&bill)?;
        }
        let sent = advance(adapter, sheet.form.id, &what, &bill.id, bill.status).await?;
        Ok(Kept { bill, found: found && !sent })
    }

    /// Saves it and reads it back; says whether it was there already.
    async fn saved(
        &self,
        sheet: &Sheet<'_>,
        sources: &[Source],
        what: &str,
        is_first: bool,
    ) -> Result<(Bill, bool), Verdict> {
        let Work { adapter, paper } = self;
        let absent = |verdict: Verdict| if is_first { verdict.absent() } else { verdict };
        let data = adapter.desk.sheet(&adapter.settings, paper, sheet, sources).map_err(|e| absent(rejected(e)))?;
        let duplicate = match adapter.transport.save(sheet.form.id, data).await {
            Answer::Done(result) | Answer::Partly(result) => {
                numbered(what, &result, sheet.number)?;
                None
            }
            Answer::Duplicate(text) => Some(text),
            answer => return Err(absent(failed(what, answer))),
        };
        match (look_up(adapter, sheet.form, sheet.number).await?, duplicate) {
            (Some(bill), duplicate) => Ok((bill, duplicate.is_some())),
            (None, None) => Err(unseen(what)),
            (None, Some(text)) => Err(hidden(adapter, sheet.form.id, what, sheet.number, &text).await),
        }
    }
}

/// The form of this number, if the ERP shows one.
async fn look_up(adapter: &Adapter, form: &Form, number: &str) -> Result<Option<Bill>, Verdict> {
    let what = format!("{} {number}", form.name);
    let filter = format!("FBillNo={}", literal(number));
    let rows = done(&what, adapter.transport.query(form.id, &form.keys(), &filter, form.entry).await)?;
    read::bill(form, &rows, adapter.minor).map_err(|e| garbled(&what, &e))
}

/// Brings what is saved into force; answers whether anything was sent for that.
async fn advance(adapter: &Adapter, form: &str, what: &str, id: &str, mut status: Status) -> Result<bool, Verdict> {
    let mut sent = false;
    for _ in 0..STEPS_MAX {
        let (call, verb, next) = match status {
            Status::Saved | Status::Reopened => (Call::Submit, "submit", Status::Submitted),
            Status::Submitted => (Call::Audit, "audit", Status::Audited),
            Status::Audited => return Ok(sent),
            Status::Draft => return Err(garbled(what, "it is a draft again after it was saved")),
        };
        sent = true;
        match adapter.transport.operate(call, form, id).await {
            Answer::Done(_) => status = next,
            Answer::Failure(failure) => return Err(failure.verdict(&format!("to {verb} {what}"))),
            answer => {
                // It may be there already.
                let now = status_of(adapter, form, what, id).await?;
                if now == status {
                    return Err(failed(&format!("to {verb} {what}"), answer));
                }
                status = now;
            }
        }
    }
    Err(Verdict::Unknown { reason: format!("{what}: its status changes while it is brought into force") })
}

async fn status_of(adapter: &Adapter, form: &str, what: &str, id: &str) -> Result<Status, Verdict> {
    let key = if form == CUSTOMER { CUSTOMER_KEYS[0] } else { "FID" };
    let filter = format!("{key}={}", literal(id));
    let rows = done(what, adapter.transport.query(form, &["FDocumentStatus"], &filter, key).await)?;
    let status = rows.pointer("/0/0").and_then(read::text).ok_or_else(|| unseen(what))?;
    Status::read(&status).map_err(|e| garbled(what, &e))
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
        let bill = look_up(adapter, &OUTBOUND, &number).await?.ok_or_else(|| {
            rejected(format!(
                "outbound {number}, whose goods it takes back, is not in the ERP, or the user {} may not see it: retry when it is",
                adapter.settings.user
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

/// Refuses what was saved under a number that the ERP made up: it could not be found again.
fn numbered(what: &str, result: &Value, number: &str) -> Result<(), Verdict> {
    let given = result.pointer("/ResponseStatus/SuccessEntitys/0/Number").and_then(Value::as_str);
    match given.filter(|given| !given.is_empty() && *given != number) {
        None => Ok(()),
        Some(given) => Err(Verdict::Conflict {
            reason: format!(
                "the ERP saved {what} under the number {given}: let numbers be entered by hand in the form's numbering rule \
                 (编码规则), delete {given} there, and retry"
            ),
        }),
    }
}

/// What was saved and is not found.
fn unseen(what: &str) -> Verdict {
    Verdict::Unknown { reason: format!("the ERP says that {what} is saved, and does not find it") }
}

/// A number is there, and a query does not show it: a second opinion says which of its reasons it has.
async fn hidden(adapter: &Adapter, form: &str, what: &str, number: &str, refusal: &str) -> Verdict {
    let user = &adapter.settings.user;
    match adapter.transport.view(form, number).await {
        Answer::Failure(failure) => failure.verdict(what),
        Answer::Done(_) => Verdict::Conflict {
            reason: format!(
                "{what} is in the ERP, and no query shows it to {user}, so that it cannot be compared: give that user the data \
                 permission (数据权限) for it, then retry"
            ),
        },
        Answer::Partly(_) | Answer::Duplicate(_) | Answer::NotFound(_) | Answer::Refused(_) => Verdict::Conflict {
            reason: format!(
                "the ERP refuses the number of {what} ({refusal}) and shows {user} no such form: it is another organisation's, or \
                 that user lacks the data permission (数据权限) for it"
            ),
        },
    }
}

fn customer_delivered(reference: String, found: bool) -> Verdict {
    Verdict::Delivered { reference, amounts: None, found }
}

/// The ERP repeats what it does not like: not in a reason.
fn without(customer: &Customer, verdict: Verdict) -> Verdict {
    let Customer { number: _, name, email, phone, address, tax_id, extra } = customer;
    let own: Vec<&str> = [email, phone, address, tax_id]
        .into_iter()
        .flatten()
        .chain([name])
        .chain(extra.values())
        .map(String::as_str)
        .filter(|text| text.chars().count() >= REDACTED_MIN)
        .collect();
    let clean = |reason: String| own.iter().fold(reason, |reason, text| reason.replace(text, "***"));
    match verdict {
        Verdict::Rejected { reason, absent } => Verdict::Rejected { reason: clean(reason), absent },
        Verdict::Conflict { reason } => Verdict::Conflict { reason: clean(reason) },
        Verdict::Unknown { reason } => Verdict::Unknown { reason: clean(reason) },
        Verdict::NotDone { reason, retry_after } => Verdict::NotDone { reason: clean(reason), retry_after },
        Verdict::Garbled { reason } => Verdict::Garbled { reason: clean(reason) },
        other @ (Verdict::Delivered { .. } | Verdict::Lacking { .. } | Verdict::Unauthorised { .. }) => other,
    }
}

/// What a request gave that is to give something.
pub(super) fn done(what: &str, answer: Answer) -> Result<Value, Verdict> {
    match answer {
        Answer::Done(value) => Ok(value),
        answer => Err(failed(what, answer)),
    }
}

/// What a request that gave nothing means for the document.
pub(super) fn failed(what: &str, answer: Answer) -> Verdict {
    match answer {
        Answer::Done(_) => garbled(what, "an answer that was not expected"),
        Answer::Partly(_) => Verdict::Unknown { reason: format!("{what}: the ERP says that a part of it is done") },
        Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => refused(what, &text),
        Answer::Failure(failure) => failure.verdict(what),
    }
}
