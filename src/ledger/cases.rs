//! The worked cases of `tests/books/`: small files that an accountant can read, each an order's life with the documents that
//! come of it. `tests/books/README.md` has the words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::*;
use crate::document::{
    Amounts, Document, LineKind, Minor, OrderState, OrderView, RefundLineView, RefundView, Tax, ViewLine,
};

/// The fewest cases that the folder has.
const CASES_MIN: usize = 60;

#[test]
fn the_worked_cases_come_out_as_written() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/books"));
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of worked cases is there")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "txt"))
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Err(what) = Case::run(&std::fs::read_to_string(path).unwrap()) {
            wrong.push(format!("{name}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n\n{}", wrong.len(), files.len(), wrong.join("\n\n"));
    assert!(files.len() >= CASES_MIN, "only {} cases", files.len());
}

/// A case under way.
struct Case {
    view: OrderView,
    /// The rate of lines that name none.
    rate: Decimal,
    shipping: Option<Charge>,
    fee: Option<Charge>,
    lines: Vec<Goods>,
    /// In the file's tax mode.
    discount: Decimal,
    says: Option<Decimal>,
    today: Date,
    told: Told,
    minor: Minor,
    numbering: Numbering,
}

#[derive(Clone)]
struct Charge {
    amount: Decimal,
    tax: Option<Decimal>,
}

#[derive(Clone)]
struct Goods {
    key: String,
    sku: String,
    quantity: Decimal,
    amount: Decimal,
    rate: Decimal,
    tax: Option<Decimal>,
    options: Option<String>,
    shipped: Decimal,
}

impl Case {
    fn run(text: &str) -> Result<(), String> {
        let mut lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()).peekable();
        let mut case = loop {
            let (n, line) = lines.next().ok_or("it has no order")?;
            if let Some(rest) = line.strip_prefix("order ") {
                break Case::order(rest).map_err(|e| format!("line {}: {e}", n + 1))?;
            }
        };
        let mut dirty = false;
        while let Some((n, line)) = lines.next() {
            let at = |e: String| format!("line {}: {e}\n  {line}", n + 1);
            if let Some(first) = line.strip_prefix("= ") {
                let mut expected = vec![first.trim_end().to_owned()];
                while let Some((_, more)) = lines.next_if(|(_, l)| l.starts_with("= ") || l.starts_with(' ')) {
                    expected.push(
                        more.strip_prefix("= ")
                            .map_or_else(|| format!("    {}", more.trim()), |m| m.trim_end().to_owned()),
                    );
                }
                let made = case.look();
                if made != expected {
                    let (made, expected) = (made.join("\n  "), expected.join("\n  "));
                    return Err(at(format!("expected\n  {expected}\nmade\n  {made}")));
                }
                dirty = false;
            } else {
                case.directive(line.trim()).map_err(at)?;
                dirty = true;
            }
        }
        if dirty { Err("it ends with a change and says no document of it".into()) } else { Ok(()) }
    }

    /// `S1 of 2026-11-20 in CNY, prices with 13 % tax`
    fn order(rest: &str) -> Result<Case, String> {
        let (head, prices) = rest.split_once(", prices ").ok_or("the order says nothing of its prices")?;
        let words: Vec<&str> = head.split(' ').collect();
        let [number, "of", date, "in", currency] = words[..] else { return Err("order N of DATE in CURRENCY".into()) };
        let with_tax = prices.starts_with("with ");
        let rate = prices.split(' ').nth(1).ok_or("no rate")?;
        let date: Date = date.parse().map_err(|_| format!("{date} is no date"))?;
        let view = OrderView {
            id: "1".into(),
            number: number.into(),
            customer: "U1".into(),
            date,
            currency: currency.into(),
            state: OrderState::Open,
            ship_to: None,
            prices_include_tax: with_tax,
            lines: Vec::new(),
            discount: Decimal::ZERO,
            goods_total: None,
            total: Decimal::ZERO,
            refunds: Vec::new(),
            tenders: Vec::new(),
            extra: BTreeMap::new(),
            warnings: Vec::new(),
        };
        Ok(Case {
            view,
            rate: decimal(rate)?,
            shipping: None,
            fee: None,
            lines: Vec::new(),
            discount: Decimal::ZERO,
            says: None,
            today: date,
            told: Told::default(),
            // Held, where it is no currency; but the file's own numbers need some digits.
            minor: Minor::of(currency).or(Minor::of("EUR")).ok_or("no currency")?,
            numbering: Numbering::default(),
        })
    }

    fn directive(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').ok_or("what is this?")?;
        match word {
            "on" => {
                let (date, _) = rest.split_once(':').ok_or("on DATE: what happens")?;
                self.today = date.parse().map_err(|_| format!("{date} is no date"))?;
            }
            "line" => self.line(rest)?,
            "lines" => self.lines_again(rest)?,
            "no" => self.no(rest)?,
            "shipping" => self.shipping = charge(rest)?,
            "fee" => self.fee = charge(rest)?,
            "discount" => self.discount = decimal(rest)?,
            "state" => self.view.state = OrderState::parse(rest).ok_or("no such state")?,
            "store" => self.says = Some(decimal(rest.strip_prefix("says ").ok_or("store says AMOUNT")?)?),
            "customer" => self.view.customer = rest.into(),
            "currency" => self.view.currency = rest.into(),
            "refund" => self.refund(rest)?,
            "numbers" => {
                let max = rest.strip_prefix("at most ").and_then(|n| n.parse().ok()).ok_or("numbers at most N")?;
                self.numbering = Numbering::new(&Templates::default(), "main", max).map_err(|e| e.to_string())?;
            }
            _ => return Err(format!("{word:?} is no word of a case")),
        }
        Ok(())
    }

    /// `1: 2 TEA at 50.00, 9 % tax, options red, shipped 1`
    fn line(&mut self, rest: &str) -> Result<(), String> {
        let (key, rest) = rest.split_once(": ").ok_or("line KEY: …")?;
        let mut parts = rest.split(", ");
        let words: Vec<&str> = parts.next().unwrap_or_default().split(' ').collect();
        let (quantity, sku, amount) = match words[..] {
            [quantity, sku, "at", price] => (decimal(quantity)?, sku, decimal(price)? * decimal(quantity)?),
            [quantity, sku, "for", amount] => (decimal(quantity)?, sku, decimal(amount)?),
            _ => return Err("line KEY: PIECES SKU at PRICE".into()),
        };
        let mut line = Goods {
            key: key.into(),
            sku: sku.into(),
            quantity,
            amount,
            rate: self.rate,
            tax: None,
            options: None,
            shipped: Decimal::ZERO,
        };
        for part in parts {
            match part.split(' ').collect::<Vec<_>>()[..] {
                [rate, "%", "tax"] => line.rate = decimal(rate)?,
                ["tax", tax] => line.tax = Some(decimal(tax)?),
                ["options", ..] => line.options = part.strip_prefix("options ").map(str::to_owned),
                ["shipped", pieces] => line.shipped = decimal(pieces)?,
                _ => return Err(format!("{part:?} is nothing of a line")),
            }
        }
        match self.lines.iter_mut().find(|l| l.key == line.key) {
            Some(known) => *known = line,
            None => self.lines.push(line),
        }
        Ok(())
    }

    /// `again: 1 as 11, 2 as 12`
    fn lines_again(&mut self, rest: &str) -> Result<(), String> {
        for pair in rest.strip_prefix("again: ").ok_or("lines again: OLD as NEW")?.split(", ") {
            let (old, new) = pair.split_once(" as ").ok_or("OLD as NEW")?;
            self.lines.iter_mut().find(|l| l.key == old).ok_or("no such line")?.key = new.into();
        }
        Ok(())
    }

    fn no(&mut self, rest: &str) -> Result<(), String> {
        match rest.split(' ').collect::<Vec<_>>()[..] {
            ["line", key] => self.lines.retain(|l| l.key != key),
            ["refund", id] => self.view.refunds.retain(|r| r.id != id),
            ["shipping"] => self.shipping = None,
            ["fee"] => self.fee = None,
            _ => return Err("no line KEY, no refund ID, no shipping, no fee".into()),
        }
        Ok(())
    }

    /// `R1 of 50.00, in the rows: 1 of line 1 for 50.00, 2 TEA for 9.00`
    fn refund(&mut self, rest: &str) -> Result<(), String> {
        let (head, lines) = rest.split_once(": ").unwrap_or((rest, ""));
        let (head, included) = match head.strip_suffix(", in the rows") {
            Some(head) => (head, true),
            None => (head, false),
        };
        let (id, amount) = head.split_once(" of ").ok_or("refund ID of AMOUNT")?;
        let mut refund = RefundView { id: id.into(), included, amount: decimal(amount)?, lines: Vec::new() };
        for (n, part) in lines.split(", ").filter(|p| !p.is_empty()).enumerate() {
            let (what, amount) = match part.split_once(" for ") {
                Some((what, amount)) => (what, Some(decimal(amount)?)),
                None => (part, None),
            };
            let (quantity, line, sku) = match what.split(' ').collect::<Vec<_>>()[..] {
                [quantity, "of", "line", key] => (decimal(quantity)?, Some(key.to_owned()), String::new()),
                [quantity, sku] => (decimal(quantity)?, None, sku.to_owned()),
                _ => return Err(format!("{part:?} is nothing of a refund")),
            };
            refund.lines.push(RefundLineView { id: n.to_string(), line, sku, quantity, amount, tax: None });
        }
        self.view.refunds.retain(|r| r.id != id);
        self.view.refunds.push(refund);
        Ok(())
    }

    /// What the ledger makes of the order as it is now.
    fn look(&mut self) -> Vec<String> {
        self.state();
        let context = Context {
            customer: format!("K{}", self.view.customer),
            buyer: None,
            event_date: self.today,
            numbering: &self.numbering,
        };
        match plan(&self.told, &self.view, &context) {
            Outcome::Nothing => vec!["nothing".into()],
            Outcome::Noted(told) => {
                self.told = told;
                vec!["nothing".into()]
            }
            Outcome::Held(held) => vec![format!("held: {held}")],
            Outcome::Planned(plan) => {
                self.told = plan.told;
                plan.documents.iter().flat_map(written).collect()
            }
        }
    }

    /// The view of the store's rows.
    fn state(&mut self) {
        let view = &self.view;
        let with_tax = |amount: Decimal, tax: Option<Decimal>, rate: Decimal| match (tax, view.prices_include_tax) {
            (None, true) => (amount, Tax::Included { rate }),
            (Some(tax), true) => (amount, Tax::Stated { rate, tax }),
            (tax, false) => {
                let tax = tax.unwrap_or(amount * rate / Decimal::ONE_HUNDRED);
                (amount + tax, Tax::Stated { rate, tax })
            }
        };
        let mut lines: Vec<ViewLine> = Vec::new();
        for line in &self.lines {
            let (amount, tax) = with_tax(line.amount, line.tax, line.rate);
            lines.push(ViewLine {
                key: line.key.as_str().into(),
                kind: LineKind::Goods,
                sku: line.sku.as_str().into(),
                options: line.options.as_deref().map(Into::into),
                name: line.sku.to_lowercase().into(),
                quantity: line.quantity,
                amount,
                tax,
                shipped: line.shipped,
                extra: BTreeMap::new(),
            });
        }
        let charges = [("shipping", LineKind::Shipping, &self.shipping), ("fee", LineKind::Fee, &self.fee)];
        for (key, kind, charge) in charges {
            let Some(Charge { amount, tax }) = charge else { continue };
            let (amount, tax) = with_tax(*amount, *tax, self.rate);
            lines.push(ViewLine {
                key: key.into(),
                kind,
                sku: key.to_uppercase().into(),
                options: None,
                name: key.into(),
                quantity: Decimal::ONE,
                amount,
                tax,
                shipped: Decimal::ZERO,
                extra: BTreeMap::new(),
            });
        }
        // Untaxed, it takes as much tax off as the goods that it is spread over have.
        let goods = || lines.iter().filter(|l| l.kind == LineKind::Goods);
        let gross: Decimal = goods().map(|l| l.amount).sum();
        let net = gross - goods().map(|l| l.tax.stated()).sum::<Decimal>();
        let one_rate = goods().all(|l| l.tax.rate() == self.rate);
        let discount = match view.prices_include_tax || net.is_zero() || one_rate {
            true => with_tax(self.discount, None, self.rate).0,
            false => self.discount * gross / net,
        };
        let sum: Decimal = lines.iter().map(|l| l.amount).sum();
        let total = self.says.unwrap_or_else(|| self.minor.round(sum - discount));
        (self.view.lines, self.view.discount, self.view.total) = (lines, discount, total);
    }
}

fn charge(rest: &str) -> Result<Option<Charge>, String> {
    let (amount, tax) = match rest.split_once(", tax ") {
        Some((amount, tax)) => (amount, Some(decimal(tax)?)),
        None => (rest, None),
    };
    Ok(Some(Charge { amount: decimal(amount)?, tax }))
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

/// A document in the words of a case.
fn written(document: &Document) -> Vec<String> {
    let header = document.header().expect("no customers here");
    let Amounts { tax, total, .. } = header.amounts;
    let mut head = match document {
        Document::SalesOrder(_) => "sales order ".to_owned(),
        Document::CreditNote(_) => "credit note ".to_owned(),
        Document::DebitNote(_) | Document::Customer(_) => "debit note ".to_owned(),
    };
    let _ = write!(head, "{} of {}", header.number, header.date);
    if let Document::CreditNote(note) = document {
        let _ = write!(head, " for {}", note.reason.as_str());
    }
    let _ = write!(head, ": {total}, tax {tax}");
    let lines = header.lines.iter().map(|line| {
        let pieces = if line.quantity.is_zero() { String::new() } else { format!("{} ", line.quantity) };
        format!("    line {}: {pieces}{} {}, tax {}", line.key, line.sku, line.amounts.total, line.amounts.tax)
    });
    std::iter::once(head).chain(lines).collect()
}
