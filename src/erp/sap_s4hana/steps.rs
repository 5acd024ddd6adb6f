//! How each document is brought in: what is looked up, what is created, and what is read back.
//!
//! A document is found by our number, which is the customer's purchase order number there; the system lets several have the same.
//! So what was created is read back by that number too, and not by its own: a second one shows at once. One of ours is compared
//! with what is there by customer, sums and lines, and two are a person's. As the system would not refuse the second, every document
//! is looked for before it is created, also one that was never sent: a person may have entered it meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::classify::Answer;
use super::forms::Form;
use super::items::{Entry, Source};
use super::read::{Record, results, text};
use super::services::{self, DEBIT, Kind, ORDER, PRODUCTS, SALES_SET};
use super::settings::DebitNotes;
use super::{Adapter, partner};
use crate::document::{Document, Line};
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::{Failure, Start, Verdict, bounds};

/// The most documents that one credit note may refer to.
const SOLD_BY_MAX: usize = 6;
/// Products that are asked for at once.
const PRODUCTS_AT_ONCE: usize = 20;
/// With how many ids a document is created in one delivery, where an earlier one of it was refused.
const GENERATIONS_AT_ONCE: u32 = 2;

/// A document that is there and right.
struct Kept {
    record: Record,
    /// True where nothing had to be sent for it.
    found: bool,
}

/// The documents that a note refers to, by our numbers.
type Originals = BTreeMap<String, Record>;

/// Brings in all that a document becomes, or what of it is missing.
pub(super) async fn document(
    adapter: &Adapter,
    document: &Document,
    date: Date,
    start: Start,
) -> Result<Verdict, Verdict> {
    let desk = adapter.desk();
    let forms = desk.forms(document, date);
    let header = document.header().expect("all but customers have a header");
    let mut there = Vec::with_capacity(forms.len());
    for form in &forms {
        there.push(find(adapter, form.kind, &header.number).await?);
    }
    let mut absent = there.iter().all(Option::is_none);
    if !absent {
        bounds::may_be_there();
    }
    let verdict = |verdict: Verdict, absent: bool| if absent { verdict.absent() } else { verdict };
    let sold_to = partner::sold_to(adapter, &header.customer).await.map_err(|v| verdict(v, absent))?;
    let originals = match there.contains(&None) {
        true => originals(adapter, &forms).await.map_err(|v| verdict(v, absent))?,
        false => Originals::new(),
    };
    let mut kept = Vec::with_capacity(forms.len());
    for (form, there) in forms.iter().zip(there) {
        let one = match there {
            Some(record) => checked(adapter, form, &sold_to, Kept { record, found: true })?,
            None => {
                let made = create(adapter, form, &originals, &sold_to, start).await.map_err(|v| verdict(v, absent))?;
                let record = match made {
                    Some(record) => record,
                    None => read_back(adapter, form).await?,
                };
                checked(adapter, form, &sold_to, Kept { record, found: false })?
            }
        };
        absent = false;
        kept.push(one);
    }
    let ids: Vec<&str> = kept.iter().map(|k| k.record.id.as_str()).collect();
    Ok(Verdict::Delivered {
        reference: ids.join("+"),
        amounts: Some(kept.iter().map(|k| k.record.amounts()).sum()),
        found: kept.iter().all(|k| k.found),
    })
}

/// Creates one; answers it where it has been read already.
async fn create(
    adapter: &Adapter,
    form: &Form<'_>,
    originals: &Originals,
    sold_to: &str,
    start: Start,
) -> Result<Option<Record>, Verdict> {
    let what = form.what();
    let desk = adapter.desk();
    let sources = sources(form, originals).map_err(rejected)?;
    let entries = desk.entries(form, |line| sources.get(&line.no).cloned()).map_err(rejected)?;
    let body = desk.document(form, &entries, sold_to).map_err(rejected)?;
    let number = &form.header.number;
    // What was refused under an id is refused under it again: whoever mended that needs another.
    let mut tries = if start == Start::LookUp { GENERATIONS_AT_ONCE } else { 1 };
    loop {
        tries -= 1;
        let (generation, id) = adapter.request_id(form.kind.set, number, form.date);
        let made = adapter.transport.create(form.kind, &body, id.as_ref()).await;
        match made.answer {
            Answer::Done(_) => {
                adapter.note(id.is_some() && !adapter.goes_together(form.kind), made.acknowledged);
                return Ok(None);
            }
            Answer::Refused(_) if made.acknowledged && tries > 0 => {
                adapter.refused(form.kind.set, number, generation);
            }
            Answer::Refused(text) => {
                if made.acknowledged {
                    adapter.refused(form.kind.set, number, generation);
                }
                return Err(why_refused(adapter, &what, &text, &entries).await);
            }
            Answer::Stale(text) | Answer::Forged(text) => return Err(refused(&what, &text)),
            Answer::Failure(failure) => return Err(failure.verdict(&what)),
        }
    }
}

/// What was just created.
async fn read_back(adapter: &Adapter, form: &Form<'_>) -> Result<Record, Verdict> {
    find(adapter, form.kind, &form.header.number).await?.ok_or_else(|| Verdict::Unknown {
        reason: format!("the ERP says that {} is created, and does not find it", form.what()),
    })
}

fn checked(adapter: &Adapter, form: &Form<'_>, sold_to: &str, kept: Kept) -> Result<Kept, Verdict> {
    match kept.record.compare(form.lines.iter().copied(), sold_to, &adapter.settings.currency) {
        Ok(()) => Ok(kept),
        Err(differs) => {
            let (what, id) = (form.what(), &kept.record.id);
            Err(Verdict::Conflict { reason: format!("{what} is in the ERP as {id}, but {differs}") })
        }
    }
}

/// The document of our number, if it is there.
async fn find(adapter: &Adapter, kind: Kind, number: &str) -> Result<Option<Record>, Verdict> {
    let below = kind.find(number, &adapter.settings.sales_organization);
    one(adapter, kind, number, adapter.transport.get(kind.service, &below).await)
}

fn one(adapter: &Adapter, kind: Kind, number: &str, answer: Answer) -> Result<Option<Record>, Verdict> {
    let what = format!("{} {number}", kind.name);
    let data = done(&what, answer)?;
    // The system compares without capitals.
    let is_ours = |entity: &&serde_json::Value| text(entity, "PurchaseOrderByCustomer") == Ok(number);
    let entities = results(&data).map_err(|e| garbled(&what, &e))?;
    match entities.iter().filter(is_ours).collect::<Vec<_>>()[..] {
        [] => Ok(None),
        [entity] => {
            Record::read(kind, entity, &adapter.settings.tax_conditions).map(Some).map_err(|e| garbled(&what, &e))
        }
        ref several => {
            let ids: Vec<&str> = several.iter().filter_map(|entity| text(entity, kind.key).ok()).collect();
            Err(Verdict::Conflict {
                reason: format!(
                    "the ERP has {} documents with the purchase order number {number} ({}): leave it to one of them",
                    several.len(),
                    ids.join(", ")
                ),
            })
        }
    }
}

/// The documents that sold what these forms take back.
async fn originals(adapter: &Adapter, forms: &[Form<'_>]) -> Result<Originals, Verdict> {
    let lines = forms.iter().flat_map(|form| form.lines.iter());
    let numbers: BTreeSet<&str> = lines.filter_map(|line| line.sold_by.as_ref()).map(|sold| &*sold.document).collect();
    if numbers.len() > SOLD_BY_MAX {
        return Err(rejected(format!(
            "it takes back from {} documents; {SOLD_BY_MAX} is the most: enter it by hand",
            numbers.len()
        )));
    }
    let numbers: Vec<&str> = numbers.into_iter().collect();
    let mut found = those(adapter, ORDER, &numbers).await?;
    let missing: Vec<&str> = numbers.iter().copied().filter(|number| !found.contains_key(*number)).collect();
    if adapter.settings.debit_notes == DebitNotes::Memo {
        found.extend(those(adapter, DEBIT, &missing).await?);
    }
    match missing.iter().find(|number| !found.contains_key(**number)) {
        Some(number) => Err(rejected(format!(
            "the document of {number}, from which it takes back, is not in the ERP: retry after it is there"
        ))),
        None => Ok(found),
    }
}

async fn those(adapter: &Adapter, kind: Kind, numbers: &[&str]) -> Result<Originals, Verdict> {
    let organization = &adapter.settings.sales_organization;
    let below: Vec<String> = numbers.iter().map(|number| kind.find(number, organization)).collect();
    let answers = adapter.transport.get_all(kind.service, &below).await;
    let mut found = Originals::new();
    for (number, answer) in numbers.iter().zip(answers) {
        if let Some(record) = one(adapter, kind, number, answer)? {
            found.insert((*number).to_owned(), record);
        }
    }
    Ok(found)
}

/// What each line refers to.
fn sources(form: &Form<'_>, originals: &Originals) -> Result<BTreeMap<u32, Source>, String> {
    let mut sources = BTreeMap::new();
    for line in &form.lines {
        let Some(sold) = &line.sold_by else { continue };
        let document = &originals[&*sold.document];
        let item = document.item_of(sold.line).ok_or_else(|| missing(line, &document.id))?;
        if line.quantity > item.quantity {
            return Err(format!(
                "line {} takes back {} of {}, but item {} of {} sold {}",
                line.no,
                line.quantity.normalize(),
                line.sku,
                item.id,
                document.id,
                item.quantity.normalize()
            ));
        }
        let source = Source { document: document.id.clone(), item: item.id.clone(), sku: item.sku.clone() };
        sources.insert(line.no, source);
    }
    Ok(sources)
}

fn missing(line: &Line, document: &str) -> String {
    let sold = line.sold_by.as_ref().map_or(0, |sold| sold.line);
    format!("line {} takes back from line {sold} of {document}, which has no item for it in the ERP", line.no)
}

/// A refusal, by what it is for: the system says that a product is missing in several ways.
async fn why_refused(adapter: &Adapter, what: &str, said: &str, entries: &[Entry]) -> Verdict {
    let skus: BTreeSet<&str> = entries.iter().map(|entry| entry.sku.as_str()).collect();
    let skus: Vec<&str> = skus.into_iter().collect();
    let Ok(sold) = sold_here(adapter, &skus).await else { return refused(what, said) };
    match skus.iter().find(|sku| !sold.contains(**sku)) {
        Some(sku) => {
            let settings = &adapter.settings;
            let (organization, channel) = (&settings.sales_organization, &settings.distribution_channel);
            Verdict::Lacking {
                item: (*sku).to_owned(),
                absent: false,
                reason: format!(
                    "the ERP does not sell a product {sku} in {organization}/{channel}: add it there (MM01, with the sales view), or \
                     say with `ledgertap products add` what it is called there; then it goes on by itself"
                ),
            }
        }
        None => refused(what, said),
    }
}

/// Those of the products that the sales organisation sells.
pub(super) async fn sold_here(adapter: &Adapter, skus: &[&str]) -> Result<BTreeSet<String>, Verdict> {
    let settings = &adapter.settings;
    let mut sold = BTreeSet::new();
    for some in skus.chunks(PRODUCTS_AT_ONCE) {
        let any: Vec<String> = some.iter().map(|sku| format!("Product eq {}", services::literal(sku))).collect();
        let filter = format!(
            "ProductSalesOrg eq {} and ProductDistributionChnl eq {} and ({})",
            services::literal(&settings.sales_organization),
            services::literal(&settings.distribution_channel),
            any.join(" or ")
        );
        let below = services::query(SALES_SET, &[("$filter", &filter), ("$select", "Product")]);
        let data = done("the products", adapter.transport.get(PRODUCTS, &below).await)?;
        let products = results(&data).map_err(|e| garbled("the products", &e))?;
        sold.extend(products.iter().filter_map(|product| text(product, "Product").ok()).map(str::to_owned));
    }
    Ok(sold)
}

/// What a read gave.
pub(super) fn done(what: &str, answer: Answer) -> Result<serde_json::Value, Verdict> {
    match answer {
        Answer::Done(data) => Ok(data),
        // A service or a field that is not there is no document that is not there.
        Answer::Refused(text) => Err(rejected(format!(
            "the ERP refuses to read {what}: {text}; is its service active, and does the user have the authorisation?"
        ))),
        Answer::Stale(text) | Answer::Forged(text) => Err(garbled(what, &text)),
        Answer::Failure(Failure::SessionRefused(reason)) => Err(Verdict::Unauthorised { reason }),
        Answer::Failure(failure) => Err(failure.verdict(what)),
    }
}
