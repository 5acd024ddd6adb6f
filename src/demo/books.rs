//! Store, ledger and ERP side by side, order by order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde::Serialize;

use super::{Options, engine_name};
use crate::document::{Amounts, Minor};
use crate::sandbox::Books;
use crate::state::{OrderRecord, Summary};

/// What the simulated shop sells in.
const CURRENCY: &str = "CNY";

/// What the demo shows at its end.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `live` or `recorded`.
    pub source: &'static str,
    /// The store's server, or the one that was recorded.
    pub server: String,
    /// The storage engine of the shop's tables.
    pub engine: String,
    /// Seed of shop and faults.
    pub seed: u64,
    /// Orders in the shop's own model.
    pub orders: usize,
    /// Sales orders in the ERP.
    pub sales_orders: u64,
    /// Customers in the ERP.
    pub customers: u64,
    /// Credit notes in the ERP, by reason.
    pub credit_notes: CreditNotes,
    /// Debit notes in the ERP.
    pub debit_notes: u64,
    /// Orders that are held.
    pub held: u64,
    /// Documents that are parked.
    pub parked: u64,
    /// What the shop is worth by its own model.
    pub store_total: Decimal,
    /// What the ERP was told.
    pub ledger_total: Decimal,
    /// What the ERP's books come to.
    pub erp_total: Decimal,
    /// The sum of the absolute differences of all orders, between any two of the three.
    pub difference: Decimal,
    /// Orders that do not agree: number, model, store, ledger, ERP.
    pub disagreements: Vec<Disagreement>,
    /// Documents that are in the ERP more than once.
    pub erp_duplicates: u64,
    /// Faults that the ERP made, by name.
    pub faults: BTreeMap<String, u64>,
    /// From the store's commit to the ERP's answer, settle time included; null when recorded.
    pub latency_ms: Option<Latency>,
    /// The profile's settle time, which every latency includes.
    pub settle_ms: u64,
    /// How long the whole took.
    pub seconds: Decimal,
}

/// Credit notes by reason.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct CreditNotes {
    /// Goods came back.
    #[serde(rename = "return")]
    pub returned: u64,
    /// The same goods for less.
    pub discount: u64,
    /// Goods that never left.
    pub cancellation: u64,
}

/// Milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Latency {
    /// The median.
    pub p50: Decimal,
    /// Ninety-nine of a hundred are below.
    pub p99: Decimal,
}

/// An order on which the books do not agree.
#[derive(Debug, Clone, Serialize)]
pub struct Disagreement {
    /// The order's number.
    pub order: String,
    /// By the shop's own model.
    pub model: Decimal,
    /// By plain SQL in the store.
    pub store: Option<Decimal>,
    /// By the ledger.
    pub ledger: Decimal,
    /// By the ERP's books.
    pub erp: Decimal,
}

/// The four accounts of what every order is worth.
#[derive(Debug)]
pub struct Accounts<'a> {
    /// The shop's own model.
    pub model: &'a BTreeMap<String, Decimal>,
    /// Plain SQL in the store; `None` when recorded.
    pub store: Option<&'a BTreeMap<String, Decimal>>,
    /// The ledger.
    pub ledger: &'a [OrderRecord],
    /// The ERP's books.
    pub erp: &'a Books,
}

/// What is compared and what came of it.
#[derive(Debug)]
pub struct Compared {
    /// By the model.
    pub store_total: Decimal,
    /// Told.
    pub ledger_total: Decimal,
    /// Booked.
    pub erp_total: Decimal,
    /// See [`Report::difference`].
    pub difference: Decimal,
    /// See [`Report::disagreements`].
    pub disagreements: Vec<Disagreement>,
}

/// Compares the accounts order by order; net and tax of ledger and ERP, too.
pub fn compare(accounts: &Accounts<'_>) -> Compared {
    let ledger: BTreeMap<&str, Amounts> =
        accounts.ledger.iter().map(|o| (o.number.as_str(), o.told.amounts())).collect();
    let erp = booked(accounts.erp);
    let mut orders: BTreeSet<&str> = accounts.model.keys().map(String::as_str).collect();
    orders.extend(ledger.keys());
    orders.extend(erp.keys().map(String::as_str));
    orders.extend(accounts.store.into_iter().flatten().map(|(number, _)| number.as_str()));
    let mut compared = Compared {
        store_total: accounts.model.values().sum(),
        ledger_total: ledger.values().map(|a| a.total).sum(),
        erp_total: erp.values().map(|a| a.total).sum(),
        difference: Decimal::ZERO,
        disagreements: Vec::new(),
    };
    for order in orders {
        let model = accounts.model.get(order).copied().unwrap_or_default();
        let store = accounts.store.map(|s| s.get(order).copied().unwrap_or_default());
        let told = ledger.get(order).copied().unwrap_or_default();
        let booked = erp.get(order).copied().unwrap_or_default();
        let off = (model - told.total).abs()
            + store.map_or(Decimal::ZERO, |s| (s - model).abs())
            + (told.total - booked.total).abs()
            + (told.net - booked.net).abs()
            + (told.tax - booked.tax).abs();
        if !off.is_zero() {
            compared.difference += off;
            let (ledger, erp) = (told.total, booked.total);
            compared.disagreements.push(Disagreement { order: order.to_owned(), model, store, ledger, erp });
        }
    }
    compared
}

/// The ERP's books by the shop's order number: orders and debit notes less credit notes.
fn booked(books: &Books) -> BTreeMap<String, Amounts> {
    let mut sums: BTreeMap<String, Amounts> = BTreeMap::new();
    for document in books.documents.iter().filter(|d| d.counts) {
        let amounts = Amounts { net: document.net, tax: document.tax, total: document.total };
        let signed = if document.kind == "credit_note" { -amounts } else { amounts };
        // A document that names no order is nobody's: it shows as a difference under its own number.
        let order = document.reference.clone().unwrap_or_else(|| document.number.clone());
        if document.kind != "customer" {
            *sums.entry(order).or_default() += signed;
        }
    }
    sums
}

/// The ERP's credit notes by reason.
pub fn credit_notes(books: &Books) -> CreditNotes {
    let count = |reason: &str| {
        let mine = |d: &&crate::sandbox::Booked| d.kind == "credit_note" && d.reason.as_deref() == Some(reason);
        books.documents.iter().filter(mine).count() as u64
    };
    CreditNotes { returned: count("return"), discount: count("discount"), cancellation: count("cancellation") }
}

impl Report {
    /// What the comparison says; the counts come with [`Report::count`].
    pub(super) fn new(
        source: &'static str,
        server: &str,
        options: &Options,
        compared: &Compared,
        orders: usize,
    ) -> Report {
        Report {
            source,
            server: server.to_owned(),
            engine: engine_name(options.engine).to_owned(),
            seed: options.seed,
            orders,
            sales_orders: 0,
            customers: 0,
            credit_notes: CreditNotes::default(),
            debit_notes: 0,
            held: 0,
            parked: 0,
            store_total: compared.store_total,
            ledger_total: compared.ledger_total,
            erp_total: compared.erp_total,
            difference: compared.difference,
            disagreements: compared.disagreements.clone(),
            erp_duplicates: 0,
            faults: BTreeMap::new(),
            latency_ms: None,
            settle_ms: u64::try_from(options.settle.as_millis()).unwrap_or(u64::MAX),
            seconds: Decimal::ZERO,
        }
    }

    /// True only when every order agrees to the cent and nothing is doubled, held or parked.
    pub fn agrees(&self) -> bool {
        self.disagreements.is_empty()
            && self.difference.is_zero()
            && self.erp_duplicates == 0
            && self.held == 0
            && self.parked == 0
    }

    /// Fills in what the state database and the ERP know.
    pub fn count(&mut self, summary: &Summary, books: &Books) {
        let kinds = books.documents_by_kind();
        let kind = |name: &str| kinds.get(name).copied().unwrap_or_default();
        self.sales_orders = kind("sales_order");
        self.customers = kind("customer");
        self.debit_notes = kind("debit_note");
        self.credit_notes = credit_notes(books);
        self.erp_duplicates = books.duplicates;
        self.faults.clone_from(&books.faults);
        self.held = summary.held_count;
        self.parked = summary.outbox.get("parked").copied().unwrap_or_default();
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let minor = Minor::of(CURRENCY).expect("the demo's currency has cents");
        let _ = writeln!(
            out,
            "the books after {} orders ({} on {}, {} s)",
            self.orders, self.engine, self.server, self.seconds
        );
        let _ = writeln!(out, "  store   {:>14}", minor.round(self.store_total));
        let _ = writeln!(out, "  ledger  {:>14}", minor.round(self.ledger_total));
        let _ = writeln!(out, "  ERP     {:>14}", minor.round(self.erp_total));
        let _ = writeln!(out, "  difference over all orders, to the cent: {}", minor.round(self.difference));
        let notes = &self.credit_notes;
        let _ = writeln!(
            out,
            "documents in the ERP: {} customers, {} sales orders, {} credit notes ({} returns, {} discounts, {} cancellations), {} debit notes",
            self.customers,
            self.sales_orders,
            notes.returned + notes.discount + notes.cancellation,
            notes.returned,
            notes.discount,
            notes.cancellation,
            self.debit_notes
        );
        let _ = writeln!(out, "held {}, parked {}, doubled {}", self.held, self.parked, self.erp_duplicates);
        if !self.faults.is_empty() {
            let faults: Vec<String> = self.faults.iter().map(|(name, n)| format!("{n} {name}")).collect();
            let _ = writeln!(out, "faults survived: {}", faults.join(", "));
        }
        if let Some(latency) = &self.latency_ms {
            let _ = writeln!(
                out,
                "from the store's commit to the ERP's answer: p50 {} ms, p99 {} ms (of which {} ms settle)",
                latency.p50, latency.p99, self.settle_ms
            );
        }
        for d in &self.disagreements {
            let store = d.store.map_or("-".to_owned(), |s| s.to_string());
            let _ =
                writeln!(out, "  {}: model {}, store {store}, ledger {}, ERP {}", d.order, d.model, d.ledger, d.erp);
        }
        let _ = writeln!(out, "{}", if self.agrees() { "every order agrees" } else { "the books do NOT agree" });
        out
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::sandbox::Faults;
    use crate::shop::Engine;

    const ORDER: &str = "2026110100001";

    /// Three accounts that say the same: 113.00 sold, 11.30 taken back.
    struct World {
        model: BTreeMap<String, Decimal>,
        store: BTreeMap<String, Decimal>,
        ledger: Vec<OrderRecord>,
        erp: Books,
        summary: Summary,
    }

    type Spoil<'a> = &'a dyn Fn(&mut World);

    impl World {
        fn that_agrees() -> World {
            let worth = BTreeMap::from([(ORDER.to_owned(), Decimal::new(10170, 2))]);
            let told = json!({"original": ORDER, "customer": "U1", "currency": "CNY", "date": null, "orders": 1,
                "credit_notes": 1, "debit_notes": 0, "lines": [{"key": "1", "kind": "goods", "sku": "A", "name": "A",
                "tax_rate": "13", "quantity": "1", "list": "113.00", "sold": [],
                "amounts": {"net": "90.00", "tax": "11.70", "total": "101.70"}}]});
            let record = OrderRecord {
                id: "1".into(),
                number: ORDER.into(),
                told: serde_json::from_value(told).expect("a record of the ledger"),
                held: None,
                waits_for: None,
                older: false,
                warning: None,
            };
            let erp = json!({"duplicates": 0, "refused_duplicates": 0, "rejected": 0, "requests": 9, "faults": {},
                "documents": [booked("sales_order", "100.00", "13.00", "113.00"), booked("credit_note", "10.00", "1.30", "11.30")]});
            World {
                model: worth.clone(),
                store: worth,
                ledger: vec![record],
                erp: serde_json::from_value(erp).expect("the ERP's books"),
                summary: Summary::default(),
            }
        }

        fn report(&self) -> Report {
            let options = Options {
                store: None,
                recorded: false,
                engine: Engine::InnoDb,
                orders: 1,
                seed: 1,
                faults: Faults::none(),
                settle: Duration::ZERO,
            };
            let accounts =
                Accounts { model: &self.model, store: Some(&self.store), ledger: &self.ledger, erp: &self.erp };
            let mut report = Report::new("live", "none", &options, &compare(&accounts), self.model.len());
            report.count(&self.summary, &self.erp);
            report
        }
    }

    fn booked(kind: &str, net: &str, tax: &str, total: &str) -> serde_json::Value {
        json!({"kind": kind, "number": format!("{kind} 1"), "customer": "U1", "reference": ORDER, "original": null,
            "reason": "discount", "counts": true, "audited": true, "lines": [], "net": net, "tax": tax, "total": total,
            "stored_at_ms": 0, "arrival": 1})
    }

    #[test]
    fn equal_accounts_agree() {
        let report = World::that_agrees().report();
        assert!(report.agrees(), "{}", report.text());
        assert_eq!((report.store_total, report.erp_total), (Decimal::new(10170, 2), Decimal::new(10170, 2)));
        assert_eq!((report.sales_orders, report.credit_notes.discount), (1, 1));
    }

    /// Nothing may make up for what is off: not another account, not another order.
    #[test]
    fn whatever_is_off_by_a_cent_does_not_agree() {
        let cent = Decimal::new(1, 2);
        let other = || ("another".to_owned(), cent);
        let breaks: [(&str, Spoil<'_>); 9] = [
            ("the model", &|w| *w.model.get_mut(ORDER).expect("it is there") += cent),
            ("the store", &|w| *w.store.get_mut(ORDER).expect("it is there") += cent),
            ("the ledger", &|w| w.ledger[0].told.lines[0].amounts.total += cent),
            ("the ERP", &|w| w.erp.documents[0].total += cent),
            ("the ERP's tax alone", &|w| {
                w.erp.documents[0].tax += cent;
                w.erp.documents[0].net -= cent;
            }),
            ("an order that was never told", &|w| {
                w.model.extend([other()]);
                w.store.extend([other()]);
            }),
            ("an order that the model does not have", &|w| w.store.extend([other()])),
            ("a document that names no order", &|w| w.erp.documents[1].reference = None),
            ("two orders whose faults cancel out", &|w| {
                *w.store.get_mut(ORDER).expect("it is there") -= cent;
                w.store.extend([other()]);
            }),
        ];
        for (what, spoil) in breaks {
            let mut world = World::that_agrees();
            spoil(&mut world);
            let report = world.report();
            assert!(!report.agrees(), "{what}: {}", report.text());
            assert!(report.difference >= cent && !report.disagreements.is_empty(), "{what}: {}", report.text());
            assert!(report.text().contains("do NOT agree"), "{what}");
        }
    }

    #[test]
    fn nothing_may_be_doubled_held_or_parked() {
        let breaks: [(&str, Spoil<'_>); 3] = [
            ("doubled", &|w| w.erp.duplicates = 1),
            ("held", &|w| w.summary.held_count = 1),
            ("parked", &|w| w.summary.outbox.extend([("parked".to_owned(), 1)])),
        ];
        for (what, spoil) in breaks {
            let mut world = World::that_agrees();
            spoil(&mut world);
            assert!(!world.report().agrees(), "{what}");
        }
    }
}
