//! How a document is brought in: what is looked up, created, brought into force and compared.
//!
//! Each record of a document goes the same way: what it needs is found, it is looked up where it may be there, created where it
//! is not, read, compared, and confirmed step by step, each step looked at afterwards. What was cut off goes on from what the ERP
//! says. "Duplicate" is an answer like any other: the record is there, so it is read. One that says something else is a conflict
//! and is left alone.
//!
//! Where a record can neither be looked up nor is refused a second time, a create whose outcome is not known is never repeated:
//! the adapter says unknown, and the relay parks the document ([`Guarantee::None`]). One that certainly was not done is repeated
//! within the same delivery, a few times: afterwards it could not be told from one that was.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use super::Adapter;
use super::classify::{Answer, is_so};
use super::entries;
use super::forms::{self, Known, Made, Part, SoldBy};
use super::read::{self, Differs, Expected};
use super::recipe::{Call, Pointer, Record};
use super::settings::Operation;
use super::transport::Request;
use crate::document::{Amounts, Line};
use crate::erp::body::Context;
use crate::erp::bounds;
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::{Delivery, Effect, Failure, Guarantee, Start, Verdict, in_currency};

/// The most documents whose goods one credit note may take back.
pub(super) const SOLD_BY_MAX: usize = 6;
/// The most items that one delivery asks for; what is still unknown then waits for the next attempt.
pub(super) const ITEMS_MAX: usize = 8;
/// How often a create is sent that has no guarantee and was certainly not done.
pub(super) const TRIES_MAX: u32 = 3;
/// The longest wait in between.
const WAIT_MAX: Duration = Duration::from_secs(10);
const ITEMS_AT_ONCE: usize = 4;

/// A record that is there and right.
struct Kept {
    json: Value,
    reference: String,
    /// True where nothing had to be sent for it.
    found: bool,
}

/// Brings a document in.
pub(super) async fn deliver(adapter: &Adapter, delivery: Delivery<'_>) -> Result<Verdict, Verdict> {
    let Delivery { document, posting_date, start, .. } = delivery;
    in_currency(document, &adapter.settings.currency)?;
    let mut look = start == Start::LookUp;
    let (mut references, mut sum, mut all_found, mut first) = (Vec::new(), None, true, true);
    for part in forms::parts(&adapter.settings, document, posting_date) {
        let mut known = Known::default();
        let records = adapter.records(part.operation);
        for (index, record) in records.iter().enumerate() {
            let work = Work { adapter, part: &part, record, first };
            let kept = work.bring_in(&mut known, look).await?;
            first = false;
            // Where the first was there against all expectation, what follows it may be, too.
            look |= kept.found;
            all_found &= kept.found;
            references.push(kept.reference);
            if index == 0 && part.operation != Operation::Customer {
                let amounts = read::amounts(record, &kept.json, part.amounts, adapter.minor);
                sum = match (sum, amounts) {
                    (sum, Some(amounts)) => Some(sum.unwrap_or(Amounts::default()) + amounts),
                    (sum, None) => sum,
                };
            }
            let rows = record.fields.entries.as_ref().and_then(|at| at.of(&kept.json)).and_then(Value::as_array);
            let rows = rows.cloned().unwrap_or_default();
            known.records.push(Made { name: record.name.clone(), record: kept.json, rows });
        }
    }
    Ok(Verdict::Delivered { reference: references.join("+"), amounts: sum, found: all_found })
}

/// One record of a document.
struct Work<'a> {
    adapter: &'a Adapter,
    part: &'a Part<'a>,
    record: &'a Record,
    /// True where the ERP has nothing of the document, unless this record is found.
    first: bool,
}

impl Work<'_> {
    async fn bring_in(&self, known: &mut Known, look: bool) -> Result<Kept, Verdict> {
        let absent = |verdict: Verdict| if self.first && !look { verdict.absent() } else { verdict };
        self.find(known).await.map_err(absent)?;
        self.sold(known).await.map_err(absent)?;
        let context = self.context(known)?;
        if look {
            match (&self.record.probe, self.record.idempotent) {
                (Some(probe), _) => {
                    if let Some(json) = self.look_up(probe, &context).await? {
                        return self.kept(json, known, true).await;
                    }
                }
                // The ERP knows the request again: to send it once more is to look it up.
                (None, true) => {}
                (None, false) => return Err(self.cannot_be_asked()),
            }
        }
        self.items(known).await.map_err(|verdict| if self.first { verdict.absent() } else { verdict })?;
        let context = self.context(known)?;
        let (json, found) = self.create(&context, look).await?;
        self.kept(json, known, found).await
    }

    fn context(&self, known: &Known) -> Result<Context, Verdict> {
        let context = self.part.context(&self.adapter.settings, self.adapter.ruling(), self.record, known);
        context.map_err(|e| if self.first { rejected(e).absent() } else { rejected(e) })
    }

    /// What the document is called there.
    fn what(&self) -> String {
        format!("{} {}", self.record.name, self.part.document.number())
    }

    /// Looks up what the config says is needed.
    async fn find(&self, known: &mut Known) -> Result<(), Verdict> {
        for (name, call) in &self.record.find {
            if known.found.contains_key(name) {
                continue;
            }
            let context = self.part.plain(&self.adapter.settings).with("found", known.found.clone());
            let what = format!("{name} of {}", self.what());
            match self.ask(call, &context, &what).await? {
                Some(json) => drop(known.found.insert(name.clone(), json)),
                None => {
                    return Err(rejected(format!(
                        "the ERP does not find the {what} ({}): see to it there, then `ledgertap outbox retry`",
                        call.place
                    )));
                }
            }
        }
        Ok(())
    }

    /// Looks up what sold the goods, and makes the entries.
    async fn sold(&self, known: &mut Known) -> Result<(), Verdict> {
        let lines = &self.part.lines;
        if lines.is_empty() || !known.entries.is_empty() {
            return Ok(());
        }
        if let Some(sold) = &self.record.sold {
            let documents = self.part.documents_that_sold();
            if documents.len() > SOLD_BY_MAX {
                let count = documents.len();
                return Err(rejected(format!(
                    "it takes back goods of {count} documents; {SOLD_BY_MAX} is the most: enter it by hand"
                )));
            }
            for document in documents {
                let context = self.part.plain(&self.adapter.settings).with("document", document);
                let what = format!("{document}, which sold what comes back");
                let found = self.ask(&sold.probe, &context, &what).await?;
                let lacking = || rejected(format!("{what}, is not in the ERP: retry after it is there"));
                let mut record = found.ok_or_else(lacking)?;
                let reference = sold.reference.text(&record).map_err(|e| garbled(&what, &e))?;
                if let Some(read) = &sold.read {
                    let context = forms::there(&context, reference.as_str(), record);
                    record = self.ask(read, &context, &what).await?.ok_or_else(lacking)?;
                }
                let rows = match sold.rows.of(&record) {
                    Some(Value::Array(rows)) => rows.iter(),
                    _ => return Err(garbled(&what, &format!("there is no list at {}", sold.rows.shown()))),
                };
                let mut by_line = serde_json::Map::new();
                for row in rows {
                    if let Ok(line) = sold.line.text(row) {
                        by_line.entry(line).or_insert_with(|| row.clone());
                    }
                }
                let document = document.to_owned();
                known.sold.push(SoldBy { document, reference: reference.into(), record, rows: by_line });
            }
        }
        let price = self.record.sold.as_ref().and_then(|sold| sold.price.as_ref());
        let price_max = |line: &Line| {
            let row = known.row_that_sold(line)?;
            read::decimal(price?, &row).ok().flatten()
        };
        known.entries = entries::entries(lines, self.adapter.ruling(), price_max).map_err(rejected)?;
        Ok(())
    }

    /// Looks up the items that are not known yet.
    async fn items(&self, known: &mut Known) -> Result<(), Verdict> {
        let Some(call) = &self.adapter.recipes.item else { return Ok(()) };
        let wanted: BTreeSet<&str> = known.entries.iter().map(|entry| entry.sku.as_str()).collect();
        let mut unknown = Vec::new();
        {
            let cache = self.adapter.items.lock().expect("nothing panics while it is locked");
            for sku in wanted {
                match cache.get(sku) {
                    Some(item) => drop(known.items.insert(sku.to_owned(), item.clone())),
                    None => unknown.push(sku),
                }
            }
        }
        let mut failure = None;
        for some in unknown[..unknown.len().min(ITEMS_MAX)].chunks(ITEMS_AT_ONCE) {
            let answers = join_all(some.iter().map(|sku| look_up_item(self.adapter, call, sku))).await;
            for (sku, answer) in some.iter().zip(answers) {
                match answer {
                    Ok(Some(item)) => {
                        let mut cache = self.adapter.items.lock().expect("nothing panics while it is locked");
                        cache.insert((*sku).to_owned(), item.clone());
                        known.items.insert((*sku).to_owned(), item);
                    }
                    Ok(None) => failure = Some(lacking(sku)),
                    Err(verdict) => failure = Some(verdict),
                }
            }
        }
        match failure {
            Some(verdict) => Err(verdict),
            None if unknown.len() > ITEMS_MAX => Err(Verdict::NotDone {
                reason: format!("{} items are still to be looked up", unknown.len() - ITEMS_MAX),
                retry_after: Some(Duration::ZERO),
            }),
            None => Ok(()),
        }
    }

    /// The record, if it is there; whole.
    async fn look_up(&self, probe: &Call, context: &Context) -> Result<Option<Value>, Verdict> {
        let what = self.what();
        let Some(json) = self.ask(probe, context, &what).await? else { return Ok(None) };
        match &self.record.read {
            Some(read) => self.read(read, context, json).await.map(Some),
            None => Ok(Some(json)),
        }
    }

    async fn read(&self, read: &Call, context: &Context, json: Value) -> Result<Value, Verdict> {
        let what = self.what();
        let reference = self.reference(&json).map_err(|e| garbled(&what, &e))?;
        let context = forms::there(context, reference, json);
        let read = self.ask(read, &context, &what).await?;
        read.ok_or_else(|| Verdict::Unknown { reason: format!("the ERP has found {what}, and cannot read it") })
    }

    /// One record; `None` where there is none, a conflict where there are several.
    async fn ask(&self, call: &Call, context: &Context, what: &str) -> Result<Option<Value>, Verdict> {
        let answer = self.adapter.send(call, context).await.map_err(rejected)?;
        one(call, answer, what)
    }

    /// Creates it, or finds that it is there.
    async fn create(&self, context: &Context, looked: bool) -> Result<(Value, bool), Verdict> {
        let what = self.what();
        let own = |verdict: Verdict| if self.first { verdict.absent() } else { verdict };
        let request = self.adapter.request(&self.record.create, context).map_err(|e| own(rejected(e)))?;
        match self.send_create(&request).await {
            Answer::Done(json) => Ok((self.created(&json, context).await?, false)),
            Answer::Duplicate(text) => {
                let found = match &self.record.probe {
                    Some(probe) => self.look_up(probe, context).await?,
                    None => None,
                };
                let unknown = || Verdict::Unknown {
                    reason: format!("the ERP says that {what} is there, and it is not found: {text}"),
                };
                found.map(|json| (json, true)).ok_or_else(unknown)
            }
            Answer::NotFound(text) | Answer::Refused(text) => {
                // Whichever rule an ERP looks at first: it may well be there.
                let found = match &self.record.probe {
                    Some(probe) if !looked => self.look_up(probe, context).await.map_err(|_| refused(&what, &text))?,
                    Some(_) | None => None,
                };
                found.map(|json| (json, true)).ok_or_else(|| own(refused(&what, &text)))
            }
            Answer::Failure(failure) => Err(failure.verdict(&what)),
        }
    }

    async fn send_create(&self, request: &Request) -> Answer {
        for attempt in 1.. {
            let answer = self.adapter.transport.send(request).await;
            let wait = match &answer {
                Answer::Failure(Failure::NotDone { retry_after, .. }) => retry_after.unwrap_or(Duration::from_secs(1)),
                Answer::Failure(Failure::NotSent(_)) => Duration::from_secs(1),
                _ => return answer,
            };
            let in_time = tokio::time::Instant::now() + wait < bounds::until();
            if self.record.guarantee != Guarantee::None || attempt >= TRIES_MAX || wait > WAIT_MAX || !in_time {
                return answer;
            }
            tokio::time::sleep(wait).await;
        }
        unreachable!("the attempts end");
    }

    /// What was created, read back.
    async fn created(&self, answer: &Value, context: &Context) -> Result<Value, Verdict> {
        let what = self.what();
        let json = self.record.create.record.of(answer).cloned().unwrap_or_default();
        match &self.record.read {
            Some(read) if self.reference(&json).is_ok() => return self.read(read, context, json).await,
            None if self.is_readable(&json) => return Ok(json),
            Some(_) | None => {}
        }
        let Some(probe) = &self.record.probe else {
            return Err(Verdict::Unknown {
                reason: format!(
                    "{what} is created, and the answer to {} does not hold all that fields and same name",
                    self.record.create.place
                ),
            });
        };
        let found = self.look_up(probe, context).await?;
        found.ok_or_else(|| Verdict::Unknown {
            reason: format!("the ERP says that {what} is created, and does not find it"),
        })
    }

    /// Whether all that is to be compared is there.
    fn is_readable(&self, json: &Value) -> bool {
        let fields = &self.record.fields;
        let amounts = [&fields.total, &fields.tax, &fields.net, &fields.lines, &fields.entries];
        let compared = amounts.into_iter().flatten().filter(|_| self.part.operation != Operation::Customer);
        let all = fields.reference.iter().chain(compared).chain(self.record.same.iter().map(|(at, _)| at));
        all.into_iter().all(|at: &Pointer| at.of(json).is_some())
    }

    /// Compares a record that is there, brings it into force, and a customer up to date.
    async fn kept(&self, json: Value, known: &Known, found: bool) -> Result<Kept, Verdict> {
        let context = self.context(known)?;
        self.compare(&json, &context, known)?;
        let (json, confirmed) = self.confirm(json, &context, known).await?;
        let reference = self.reference(&json).unwrap_or_else(|_| self.part.document.number().to_owned());
        let updated = found && self.update(&json, &reference, &context).await?;
        Ok(Kept { json, reference, found: found && !confirmed && !updated })
    }

    fn compare(&self, json: &Value, context: &Context, known: &Known) -> Result<(), Verdict> {
        let (lines, entries) = (self.part.lines(known), self.part.entries(self.adapter.ruling(), known));
        let expected = Expected { amounts: self.part.amounts, lines: &lines, entries: &entries };
        let expected = (self.part.operation != Operation::Customer).then_some(expected);
        let what = self.what();
        read::compare(self.record, json, context, expected, self.adapter.minor).map_err(|differs| match differs {
            Differs::Content(text) => Verdict::Conflict { reason: format!("{what} is in the ERP, but {text}") },
            Differs::Unread(text) => garbled(&what, &text),
        })
    }

    /// Takes it through the steps that it has not taken; true where one had to be.
    async fn confirm(&self, mut json: Value, context: &Context, known: &Known) -> Result<(Value, bool), Verdict> {
        let mut sent = false;
        for (call, done) in &self.record.confirm {
            if is_so(&json, done) {
                continue;
            }
            let what = format!("to confirm {}", self.what());
            let reference = self.reference(&json).map_err(|e| garbled(&what, &e))?;
            let there = forms::there(context, reference.as_str(), json.clone());
            let answer = self.adapter.send(call, &there).await.map_err(rejected)?;
            let refusal = match answer {
                Answer::Done(answer) => {
                    let own = call.record.of(&answer).filter(|own| is_so(own, done) && self.is_readable(own));
                    match own {
                        Some(own) => json = own.clone(),
                        None => json = self.again(context, json).await?,
                    }
                    None
                }
                // What an earlier request of ours was still at may have been done meanwhile, and is refused a second time.
                Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => {
                    json = self.again(context, json).await?;
                    Some(refused(&what, &text))
                }
                Answer::Failure(failure) => return Err(failure.verdict(&what)),
            };
            if !is_so(&json, done) {
                let reason =
                    format!("{} is not what it should be after it was confirmed ({})", self.what(), call.place);
                return Err(refusal.unwrap_or(Verdict::Unknown { reason }));
            }
            self.compare(&json, context, known)?;
            sent = true;
        }
        Ok((json, sent))
    }

    /// Reads a record again.
    async fn again(&self, context: &Context, json: Value) -> Result<Value, Verdict> {
        if let Some(read) = &self.record.read {
            return self.read(read, context, json).await;
        }
        let found = match &self.record.probe {
            Some(probe) => self.look_up(probe, context).await?,
            None => None,
        };
        found.ok_or_else(|| Verdict::Unknown { reason: format!("{} is not found any more", self.what()) })
    }

    /// Makes a customer that is there say what we have; true where it did not.
    async fn update(&self, json: &Value, reference: &str, context: &Context) -> Result<bool, Verdict> {
        let Some(update) = &self.record.update else { return Ok(false) };
        let what = self.what();
        let there = forms::there(context, reference, json.clone());
        let request = self.adapter.request(update, &there).map_err(rejected)?;
        if request.body.as_ref().is_some_and(|body| read::says_already(json, body)) {
            return Ok(false);
        }
        match self.adapter.transport.send(&request).await {
            Answer::Done(_) => Ok(true),
            Answer::Duplicate(text) | Answer::NotFound(text) | Answer::Refused(text) => Err(refused(&what, &text)),
            Answer::Failure(failure) => Err(failure.verdict(&what)),
        }
    }

    fn reference(&self, json: &Value) -> Result<String, String> {
        match &self.record.fields.reference {
            Some(at) => at.text(json),
            None => Err("the config does not say where a reference stands".into()),
        }
    }

    fn cannot_be_asked(&self) -> Verdict {
        Verdict::Conflict {
            reason: format!(
                "{} may be in the ERP, which can neither be asked for it nor knows a repeated request: look for it there; enter it \
                 where it is missing, then `ledgertap outbox skip --by-hand`; or skip it with `--void`",
                self.what()
            ),
        }
    }
}

/// The item, if the ERP has it.
pub(super) async fn look_up_item(adapter: &Adapter, call: &Call, sku: &str) -> Result<Option<Value>, Verdict> {
    let context = Context::empty().with("sku", sku).with("values", forms::values(&adapter.settings));
    let answer = adapter.send(call, &context).await.map_err(rejected)?;
    one(call, answer, &format!("the item {sku}"))
}

pub(super) fn lacking(sku: &str) -> Verdict {
    Verdict::Lacking {
        item: sku.to_owned(),
        absent: false,
        reason: format!(
            "the ERP has no item {sku}: add it there, or say with `ledgertap products add` what it is called there; then it goes on \
             by itself"
        ),
    }
}

/// The record in an answer to a look-up.
fn one(call: &Call, answer: Answer, what: &str) -> Result<Option<Value>, Verdict> {
    debug_assert_eq!(call.effect, Effect::Read);
    let json = match answer {
        Answer::Done(json) => json,
        Answer::NotFound(_) => return Ok(None),
        Answer::Duplicate(text) => return Err(garbled(what, &text)),
        Answer::Refused(text) => return Err(refused(what, &text)),
        Answer::Failure(failure) => return Err(failure.verdict(what)),
    };
    let Some(list) = &call.list else { return Ok(call.record.of(&json).cloned()) };
    match list.of(&json) {
        Some(Value::Array(records)) => match &records[..] {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            several => Err(Verdict::Conflict {
                reason: format!(
                    "the ERP has {} records for {what}: cancel all but one there, then `ledgertap outbox retry`",
                    several.len()
                ),
            }),
        },
        Some(_) | None => Err(garbled(what, &format!("there is no list at {} ({})", list.shown(), call.place))),
    }
}
