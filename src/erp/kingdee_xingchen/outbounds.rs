//! Outbounds (销售出库) that people have made of an order: found, and what of them can still come back.
//!
//! The ERP's list of outbounds knows no filter by source. So an order's are looked for in two lists, that of a search for the
//! order's number (which people's outbounds carry in their number or remark, as a rule) and that of its customer's outbounds
//! from its date on; which of them are the order's is seen in each one's entries, by the source that they name. One that
//! has been read is remembered with the row that listed it and with the orders that it ships: for an order that is not among
//! them it is read again only when that row has changed. A list is read in bounded steps, from where the last one ended.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Value;

use super::Adapter;
use super::body::{Sold, Source};
use super::classify::Answer;
use super::read::{Bill, BillEntry, Reference, text};
use super::steps::{self, OUTBOUND};
use crate::erp::Verdict;
use crate::erp::failure::{garbled, refused, rejected};
use crate::erp::marked::Mark;

/// The most outbounds of one order.
const OUTBOUNDS_MAX: usize = 8;
/// The most outbounds that one delivery reads, and the most pages of lists.
const READ_MAX: usize = 8;
const PAGES_MAX: usize = 3;
/// Rows a page (100 is the most that similar lists take).
const PAGE_ROWS: usize = 100;
/// The most pages of a customer's outbounds that are looked through for one order.
const CUSTOMER_PAGES_MAX: u32 = 50;
/// The most outbounds, and the most orders, that are remembered.
const REMEMBERED_MAX: usize = 100_000;
/// So many attempts in a row may go on at once where one was not enough; then it is tried as seldom as what has not left.
const ROUNDS_MAX: u32 = 60;
/// How often goods that have not left are looked for.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// What is known of the account's outbounds. It saves requests, and nothing rests on it.
#[derive(Default)]
pub(super) struct Outbounds(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// What has been read, by its id.
    looked_at: HashMap<String, LookedAt>,
    /// An order's by its id.
    found: BTreeMap<String, BTreeSet<String>>,
    /// The page of its customer's list that comes next.
    pages: BTreeMap<String, u32>,
    /// How often the search for an order's had to be put off.
    rounds: BTreeMap<String, u32>,
}

/// An outbound that has been read.
struct LookedAt {
    /// Hash of the row that listed it.
    row: u64,
    /// The ids of the orders that its entries name.
    orders: BTreeSet<String>,
}

/// A list of outbounds.
enum List<'a> {
    /// Those in which the ERP finds an order's number.
    Search(&'a str),
    /// A customer's from a day on.
    Customer { id: &'a str, from: &'a str },
}

/// How much of a delivery's requests is left for the search.
struct Budget<'a> {
    reads: usize,
    pages: usize,
    order: &'a Bill,
    seen: &'a Outbounds,
}

/// The outbounds of `order`, in force or not; looked for until `enough` says so, else as far as the lists go.
pub(super) async fn of_order(
    adapter: &Adapter,
    order: &Bill,
    enough: impl Fn(&[Bill]) -> bool,
) -> Result<Vec<Bill>, Verdict> {
    let mut budget = Budget { reads: READ_MAX, pages: PAGES_MAX, order, seen: &adapter.outbounds };
    let mut found = Vec::new();
    for id in adapter.outbounds.found(&order.id) {
        budget.read()?;
        match read(adapter, &id).await? {
            Some(bill) if refers_to(&bill, order) => found.push(bill),
            Some(_) | None => adapter.outbounds.lock().found.entry(order.id.clone()).or_default().retain(|i| *i != id),
        }
    }
    if enough(&found) {
        return Ok(found);
    }
    look_through(adapter, order, List::Search(&order.number), &mut found, &mut budget).await?;
    if enough(&found) {
        adapter.outbounds.done(&order.id);
        return Ok(found);
    }
    let (Some(id), Some(from)) = (&order.customer_id, &order.date) else { return Ok(found) };
    look_through(adapter, order, List::Customer { id, from }, &mut found, &mut budget).await?;
    Ok(found)
}

/// Reads a list, and of each outbound in it whether it is the order's.
async fn look_through(
    adapter: &Adapter,
    order: &Bill,
    list: List<'_>,
    found: &mut Vec<Bill>,
    budget: &mut Budget<'_>,
) -> Result<(), Verdict> {
    let seen = &adapter.outbounds;
    // What a search has too many hits for, the customer's list has too.
    let (first, most) = match list {
        List::Search(_) => (1, 1),
        List::Customer { .. } => (seen.lock().pages.get(&order.id).copied().unwrap_or(1), CUSTOMER_PAGES_MAX),
    };
    for page in first..=most {
        if let List::Customer { .. } = list {
            seen.lock().pages.insert(order.id.clone(), page);
        }
        budget.page()?;
        let (rows, last) = rows(adapter, &list, page).await?;
        for row in &rows {
            let id = text(row, "id").map_err(|e| garbled("the list of outbounds", &e))?;
            let hash = hash(row);
            if found.iter().any(|bill| bill.id == id) || seen.is_anothers(&id, hash, &order.id) {
                continue;
            }
            budget.read()?;
            let Some(bill) = read(adapter, &id).await? else { continue };
            seen.look_at(&bill, hash);
            if refers_to(&bill, order) {
                if found.len() >= OUTBOUNDS_MAX {
                    return Err(rejected(format!(
                        "order {} has more than {OUTBOUNDS_MAX} outbounds in the ERP: enter it by hand",
                        order.number
                    )));
                }
                seen.remember(&order.id, &bill.id);
                found.push(bill);
            }
        }
        if last {
            break;
        }
        if page == CUSTOMER_PAGES_MAX {
            return Err(too_many(order));
        }
    }
    if let List::Customer { .. } = list {
        seen.done(&order.id);
    }
    Ok(())
}

fn too_many(order: &Bill) -> Verdict {
    rejected(format!(
        "the customer of order {} has more than {} outbounds since its date, too many to look through for those of the order: give \
         the outbound the number {}, or enter the document by hand",
        order.number,
        CUSTOMER_PAGES_MAX as usize * PAGE_ROWS,
        steps::outbound_number(&order.number)
    ))
}

/// One page of a list, and whether it is the last one.
async fn rows(adapter: &Adapter, list: &List<'_>, page: u32) -> Result<(Vec<Value>, bool), Verdict> {
    let what = "the list of outbounds";
    let (page_text, page_rows) = (page.to_string(), PAGE_ROWS.to_string());
    let mut query = vec![("page", page_text.as_str()), ("page_size", page_rows.as_str())];
    match list {
        List::Search(number) => query.push(("search", number)),
        List::Customer { id, from } => query.extend([("customer_id", *id), ("start_bill_date", *from)]),
    }
    let data = match adapter.transport.get(OUTBOUND.save, &query).await {
        Answer::Done(data) => data,
        Answer::NotFound(_) => return Ok((Vec::new(), true)),
        Answer::Duplicate(text) | Answer::Refused(text) => return Err(refused(what, &text)),
        Answer::Failure(failure) => return Err(failure.verdict(what)),
    };
    let Some(rows) = data.get("rows").and_then(Value::as_array) else {
        return Err(garbled(what, "it has no rows"));
    };
    // Fewer rows a page may come than were asked for: only the count, or a page without any, says that it was the last one.
    let (count, so_far) = (data.get("count").and_then(Value::as_u64), u64::from(page) * rows.len() as u64);
    let last = rows.is_empty() || count.is_some_and(|count| count <= so_far);
    Ok((rows.clone(), last))
}

async fn read(adapter: &Adapter, id: &str) -> Result<Option<Bill>, Verdict> {
    steps::look_up_by(adapter, OUTBOUND, ("id", id)).await
}

fn refers_to(bill: &Bill, order: &Bill) -> bool {
    orders_of(bill).any(|id| *id == order.id)
}

/// The orders that a form's entries name as their sources, by id.
fn orders_of(bill: &Bill) -> impl Iterator<Item = &String> {
    bill.entries.iter().filter_map(|e| match &e.reference {
        Reference::Entry(source) => Some(&source.bill),
        Reference::Unsaid | Reference::Nothing => None,
    })
}

fn hash(row: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.to_string().hash(&mut hasher);
    hasher.finish()
}

impl Outbounds {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self, order: &str) -> Vec<String> {
        self.lock().found.get(order).into_iter().flatten().cloned().collect()
    }

    fn remember(&self, order: &str, outbound: &str) {
        let mut seen = self.lock();
        if seen.found.len() >= REMEMBERED_MAX {
            seen.found.clear();
        }
        seen.found.entry(order.to_owned()).or_default().insert(outbound.to_owned());
    }

    /// Counts an attempt that was not enough.
    fn round(&self, order: &str) -> u32 {
        let mut seen = self.lock();
        let rounds = seen.rounds.entry(order.to_owned()).or_default();
        *rounds += 1;
        *rounds
    }

    /// The order's customer's list has been read to its end.
    fn done(&self, order: &str) {
        let mut seen = self.lock();
        seen.pages.remove(order);
        seen.rounds.remove(order);
    }

    /// Whether an outbound has been read as `row` lists it, and ships nothing of this order.
    fn is_anothers(&self, outbound: &str, row: u64, order: &str) -> bool {
        let seen = self.lock();
        seen.looked_at.get(outbound).is_some_and(|known| known.row == row && !known.orders.contains(order))
    }

    fn look_at(&self, outbound: &Bill, row: u64) {
        let mut seen = self.lock();
        if seen.looked_at.len() >= REMEMBERED_MAX {
            seen.looked_at.clear();
        }
        seen.looked_at.insert(outbound.id.clone(), LookedAt { row, orders: orders_of(outbound).cloned().collect() });
    }
}

impl Budget<'_> {
    fn read(&mut self) -> Result<(), Verdict> {
        self.reads = self.reads.checked_sub(1).ok_or_else(|| self.put_off())?;
        Ok(())
    }

    fn page(&mut self) -> Result<(), Verdict> {
        self.pages = self.pages.checked_sub(1).ok_or_else(|| self.put_off())?;
        Ok(())
    }

    /// Puts the rest off to the next attempt, which goes on from here.
    fn put_off(&self) -> Verdict {
        let order = self.order;
        let retry_after = match self.seen.round(&order.id) {
            0..=ROUNDS_MAX => Duration::ZERO,
            _ => LOOK_AGAIN,
        };
        Verdict::NotDone {
            reason: format!("outbounds of order {} are still being looked for", order.number),
            retry_after: Some(retry_after),
        }
    }
}

/// An order's goods: what was ordered, what of it has left, and what of that can still come back.
pub(super) struct Shipped<'a> {
    order: &'a Bill,
    outbounds: &'a [Bill],
    /// The line of the document by the id of the order's entry.
    marks: BTreeMap<&'a str, Mark>,
}

/// The pieces of one line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pieces {
    pub ordered: Decimal,
    pub left: Decimal,
    pub open: Decimal,
}

impl<'a> Shipped<'a> {
    pub(super) fn of(order: &'a Bill, outbounds: &'a [Bill]) -> Shipped<'a> {
        let marks = order.entries.iter().filter_map(|e| Some((e.id.as_str(), e.mark?))).collect();
        Shipped { order, outbounds, marks }
    }

    /// Pieces by line.
    pub(super) fn pieces(&self) -> BTreeMap<u32, Pieces> {
        let mut lines = BTreeMap::<u32, Pieces>::new();
        for entry in &self.order.entries {
            if let Some(mark) = entry.mark.filter(|m| !m.value_only) {
                lines.entry(mark.line).or_default().ordered += entry.quantity;
            }
        }
        for (_, entry, line) in self.in_force() {
            let pieces = lines.entry(line).or_default();
            pieces.left += entry.quantity;
            pieces.open += entry.quantity - entry.returned;
        }
        lines
    }

    /// Entries that sold each line, from which goods can come back.
    pub(super) fn sold(&self) -> BTreeMap<u32, Vec<Sold>> {
        let mut sold = BTreeMap::<u32, Vec<Sold>>::new();
        for (bill, entry, line) in self.in_force() {
            let source = Source { bill: bill.id.clone(), entry: entry.id.clone() };
            sold.entry(line).or_default().push(Sold { source, open: entry.quantity - entry.returned });
        }
        sold
    }

    /// Whether all of the order has left.
    pub(super) fn is_complete(&self) -> bool {
        self.pieces().values().all(|pieces| pieces.left >= pieces.ordered)
    }

    /// Where so many pieces of a line cannot come back yet and may later: what to do, and that it is waited for.
    pub(super) fn awaited(&self, line: u32, wanted: Decimal) -> Option<Verdict> {
        let pieces = self.pieces().remove(&line).unwrap_or_default();
        let may_leave = (pieces.ordered - pieces.left).max(Decimal::ZERO);
        if pieces.open >= wanted || pieces.open + may_leave < wanted {
            return None;
        }
        let number = &self.order.number;
        let said = format!(
            "{} of {} pieces of line {line} of order {number} have left by the ERP's outbounds, and {} are to come back",
            pieces.left.normalize(),
            pieces.ordered.normalize(),
            wanted.normalize()
        );
        if self.order.closed {
            return Some(
                rejected(format!(
                    "{said}, but the order is closed there: where they never left, nothing is to be taken back; then `ledgertap \
                     outbox skip --by-hand`"
                ))
                .absent(),
            );
        }
        Some(self.wait(&format!(
            "{said}: audit the outbound that is made from the order; where the goods will never leave, close the order there and \
             settle this with `ledgertap outbox skip --by-hand`"
        )))
    }

    /// Waits for people, who have begun to ship the order.
    pub(super) fn rest_awaited(&self) -> Verdict {
        let number = &self.order.number;
        self.wait(&format!(
            "people have made outbounds of order {number} in the ERP, and not of all of it: let them make the rest"
        ))
    }

    fn wait(&self, said: &str) -> Verdict {
        let drafts: Vec<&str> = self.outbounds.iter().filter(|b| !b.is_audited()).map(|b| b.number.as_str()).collect();
        let drafts = match drafts[..] {
            [] => String::new(),
            _ => format!(" ({} not audited: {})", drafts.len(), drafts.join(", ")),
        };
        Verdict::NotDone {
            reason: format!("{said}{drafts}; it is looked for every {} min", LOOK_AGAIN.as_secs() / 60),
            retry_after: Some(LOOK_AGAIN),
        }
    }

    /// The entries in force that shipped goods of the order, with the line of the document.
    fn in_force(&self) -> impl Iterator<Item = (&Bill, &BillEntry, u32)> {
        let audited = self.outbounds.iter().filter(|bill| bill.is_audited());
        audited.flat_map(|bill| bill.entries.iter().map(move |entry| (bill, entry))).filter_map(|(bill, entry)| {
            let mark = match &entry.reference {
                Reference::Entry(source) if source.bill == self.order.id => *self.marks.get(source.entry.as_str())?,
                Reference::Entry(_) => return None,
                Reference::Unsaid | Reference::Nothing => entry.mark?,
            };
            (!mark.value_only).then_some((bill, entry, mark.line))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erp::kingdee_xingchen::read::Status;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn entry(id: &str, mark: Option<&str>, reference: Reference, quantity: &str, returned: &str) -> BillEntry {
        BillEntry {
            id: id.into(),
            mark: mark.and_then(Mark::parse),
            reference,
            quantity: d(quantity),
            returned: d(returned),
            total: d("0"),
            tax: d("0"),
        }
    }

    fn bill(id: &str, status: Status, entries: Vec<BillEntry>) -> Bill {
        Bill {
            id: id.into(),
            number: format!("N{id}"),
            status,
            closed: false,
            customer: "U".into(),
            customer_id: None,
            date: None,
            total: None,
            entries,
        }
    }

    fn from(entry: &str) -> Reference {
        Reference::Entry(Source { bill: "1".into(), entry: entry.into() })
    }

    /// Three of line 1 and two of line 2 are ordered, and a cent without pieces.
    fn order() -> Bill {
        let none = Reference::Unsaid;
        let entries = vec![
            entry("11", Some("1"), none.clone(), "3", "0"),
            entry("12", Some("2"), none.clone(), "2", "0"),
            entry("13", Some("2*"), none, "1", "0"),
        ];
        bill("1", Status::Audited, entries)
    }

    #[test]
    fn people_s_entries_are_our_lines_by_the_entry_that_they_name() {
        let order = order();
        let other = Reference::Entry(Source { bill: "9".into(), entry: "11".into() });
        let outbounds = [
            bill(
                "2",
                Status::Audited,
                vec![entry("21", None, from("11"), "2", "1"), entry("22", None, other, "7", "0")],
            ),
            bill(
                "3",
                Status::Audited,
                vec![entry("31", None, from("11"), "1", "0"), entry("32", None, from("13"), "1", "0")],
            ),
            bill("4", Status::Saved, vec![entry("41", None, from("12"), "2", "0")]),
        ];
        let shipped = Shipped::of(&order, &outbounds);
        let pieces =
            |ordered: &str, left: &str, open: &str| Pieces { ordered: d(ordered), left: d(left), open: d(open) };
        assert_eq!(shipped.pieces(), [(1, pieces("3", "3", "2")), (2, pieces("2", "0", "0"))].into());
        let sold = shipped.sold();
        assert_eq!(sold.keys().collect::<Vec<_>>(), [&1]);
        let entries: Vec<_> =
            sold[&1].iter().map(|s| (s.source.bill.as_str(), s.source.entry.as_str(), s.open)).collect();
        assert_eq!(entries, [("2", "21", d("1")), ("3", "31", d("1"))]);
        assert!(!shipped.is_complete());
    }

    #[test]
    fn what_has_not_left_is_waited_for_and_what_has_come_back_is_not() {
        let order = order();
        let outbounds = [bill("2", Status::Audited, vec![entry("21", None, from("11"), "3", "2")])];
        let shipped = Shipped::of(&order, &outbounds);
        assert_eq!(shipped.awaited(1, d("1")), None, "there is one");
        assert_eq!(shipped.awaited(1, d("2")), None, "two have come back: waiting brings no other");
        let Some(Verdict::NotDone { reason, retry_after: Some(LOOK_AGAIN) }) = shipped.awaited(2, d("1")) else {
            panic!()
        };
        assert!(reason.starts_with("0 of 2 pieces of line 2 of order N1 have left"), "{reason}");
        let draft = [bill("4", Status::Saved, vec![entry("41", None, from("12"), "2", "0")])];
        let Some(Verdict::NotDone { reason, .. }) = Shipped::of(&order, &draft).awaited(2, d("2")) else { panic!() };
        assert!(reason.contains("(1 not audited: N4)"), "{reason}");
        let closed = Bill { closed: true, ..order };
        let Some(Verdict::Rejected { reason, absent: true }) = Shipped::of(&closed, &draft).awaited(2, d("2")) else {
            panic!()
        };
        assert!(reason.contains("closed there"), "{reason}");
    }

    #[test]
    fn our_own_outbound_is_known_by_its_marks_where_it_names_no_source() {
        let (order, unsaid) = (order(), Reference::Unsaid);
        let entries = vec![entry("21", Some("1"), unsaid.clone(), "3", "0"), entry("22", Some("2"), unsaid, "2", "0")];
        assert!(Shipped::of(&order, &[bill("2", Status::Audited, entries)]).is_complete());
    }
}
