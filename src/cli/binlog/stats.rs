//! Totals by table, and the largest transactions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::binlog::Described;
use crate::change::{Logged, Phase, Transaction};

/// How many of the largest transactions are named.
const LARGEST_MAX: usize = 10;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Stats {
    tables: BTreeMap<(String, String), Count>,
    transactions: u64,
    statements: u64,
    /// The largest, first.
    largest: Vec<Large>,
    /// The one whose parts are being read.
    open: Large,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    events: u64,
    rows: u64,
    bytes: u64,
}

#[derive(Debug, Default, Clone)]
struct Large {
    id: String,
    file: String,
    end: u64,
    rows: u64,
    bytes: u64,
}

impl Stats {
    pub(super) fn add(&mut self, transaction: &Transaction, tables: &[Described]) {
        let none = Logged::default();
        let logged = transaction.logged.as_deref().unwrap_or(&none);
        self.statements += logged.statements.len() as u64;
        let rows = transaction.changes.len();
        for (i, place) in logged.places.iter().enumerate() {
            let until = logged.places.get(i + 1).map_or(rows, |next| next.change);
            let Some(table) = transaction.changes.get(place.change).and_then(|change| tables.get(change.table)) else {
                continue;
            };
            let count = self.tables.entry((table.database.clone(), table.table.clone())).or_default();
            count.events += 1;
            count.rows += until.saturating_sub(place.change) as u64;
            count.bytes += place.bytes as u64;
        }
        self.open.rows += rows as u64;
        self.open.bytes += logged.places.iter().map(|place| place.bytes as u64).sum::<u64>();
        if transaction.phase == Phase::Part {
            return;
        }
        self.transactions += 1;
        let open = std::mem::take(&mut self.open);
        let whole = Large { id: transaction.id.to_string(), file: logged.file.to_string(), end: logged.end, ..open };
        let at = self.largest.partition_point(|other| other.bytes >= whole.bytes);
        self.largest.insert(at, whole);
        self.largest.truncate(LARGEST_MAX);
    }

    pub(super) fn to_json(&self) -> String {
        let tables: Vec<_> = self
            .tables
            .iter()
            .map(|((db, table), c)| json!({"db": db, "table": table, "events": c.events, "rows": c.rows, "bytes": c.bytes}))
            .collect();
        let largest: Vec<_> = self
            .largest
            .iter()
            .map(|l| json!({"id": l.id, "file": l.file, "end": l.end, "rows": l.rows, "bytes": l.bytes}))
            .collect();
        let all = json!({
            "transactions": self.transactions,
            "statements": self.statements,
            "tables": tables,
            "largest": largest,
        });
        format!("{all}\n")
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{} transactions, {} statements", self.transactions, self.statements);
        let _ = writeln!(text, "{:>10} {:>12} {:>15}  table", "events", "rows", "bytes");
        let mut tables: Vec<_> = self.tables.iter().collect();
        tables.sort_by_key(|(_, count)| std::cmp::Reverse(count.bytes));
        for ((database, table), count) in tables {
            let _ = writeln!(text, "{:>10} {:>12} {:>15}  {database}.{table}", count.events, count.rows, count.bytes);
        }
        let _ = writeln!(text, "largest transactions:");
        for large in &self.largest {
            let Large { id, file, end, rows, bytes } = large;
            let _ = writeln!(text, "{rows:>23} {bytes:>15}  {id} (ends at {file}:{end})");
        }
        text
    }
}
