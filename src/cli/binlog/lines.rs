//! Transactions as lines.

use std::fmt::Write as _;

use crate::binlog::{Described, position, print};
use crate::change::{Logged, Phase, Position, Row, RowChange, Transaction};

/// Makes lines, in a buffer that is used again.
pub(super) struct Lines {
    json: bool,
    text: String,
}

/// What all lines of a transaction have.
struct Common<'a> {
    position: &'a str,
    file: &'a str,
    gtid: Option<&'a str>,
    time: String,
}

impl Lines {
    pub(super) fn new(json: bool) -> Lines {
        Lines { json, text: String::new() }
    }

    /// The lines of a transaction, or of a part of one.
    pub(super) fn of(&mut self, transaction: &Transaction, at: &Position, tables: &[Described]) -> &str {
        self.text.clear();
        let none = Logged::default();
        let logged = transaction.logged.as_deref().unwrap_or(&none);
        let gtid = position::is_gtid(&transaction.id).then_some(&*transaction.id);
        let time = transaction.committed_at.to_string();
        let common = Common { position: &at.0, file: &logged.file, gtid, time };
        let mut places = logged.places.iter().peekable();
        let mut statements = logged.statements.iter().peekable();
        let mut offset = logged.end;
        for (i, change) in transaction.changes.iter().enumerate() {
            while let Some((_, database, sql)) = statements.next_if(|(before, ..)| *before <= i) {
                self.statement(&common, logged.end, database, sql);
            }
            while let Some(place) = places.next_if(|place| place.change <= i) {
                offset = place.begins;
            }
            if let Some(table) = tables.get(change.table) {
                self.row(&common, offset, table, change);
            }
        }
        for (_, database, sql) in statements {
            self.statement(&common, logged.end, database, sql);
        }
        self.end(&common, logged.end, transaction);
        &self.text
    }

    fn row(&mut self, common: &Common<'_>, offset: u64, table: &Described, change: &RowChange) {
        let op = match (&change.before, &change.after) {
            (None, _) => "insert",
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
        };
        let image = |row: &Option<Row>| row.as_ref().map(|row| object(table, row));
        let (before, after) = (image(&change.before), image(&change.after));
        if self.json {
            self.open(common, offset);
            let (db, name) = (print::text(&table.database), print::text(&table.table));
            let _ = write!(self.text, r#","db":{db},"table":{name},"op":"{op}""#);
            let (before, after) = (before.as_deref().unwrap_or("null"), after.as_deref().unwrap_or("null"));
            let _ = writeln!(self.text, r#","before":{before},"after":{after}}}"#);
        } else {
            self.lead(common, offset);
            let both = [before, after].into_iter().flatten().collect::<Vec<_>>().join(" -> ");
            let _ = writeln!(self.text, "{}.{} {op} {both}", table.database, table.table);
        }
    }

    fn statement(&mut self, common: &Common<'_>, offset: u64, database: &str, sql: &str) {
        if self.json {
            self.open(common, offset);
            let (db, sql) = (print::text(database), print::text(sql));
            let _ = writeln!(self.text, r#","db":{db},"op":"statement","statement":{sql}}}"#);
        } else {
            self.lead(common, offset);
            let _ = writeln!(self.text, "{database} statement {sql}");
        }
    }

    fn end(&mut self, common: &Common<'_>, offset: u64, transaction: &Transaction) {
        let (op, xid) = match &transaction.phase {
            Phase::Whole | Phase::LastPart => ("commit", None),
            // Its end is still to come.
            Phase::Part => return,
            Phase::Prepared { xid, .. } => ("prepare", Some(xid)),
            Phase::XaCommit(xid) => ("xa_commit", Some(xid)),
            Phase::XaRollback(xid) => ("xa_rollback", Some(xid)),
        };
        if self.json {
            self.open(common, offset);
            let _ = write!(self.text, r#","op":"{op}""#);
            if let Some(xid) = xid {
                let _ = write!(self.text, r#","xid":{}"#, print::text(xid));
            }
            self.text.push_str("}\n");
        } else {
            self.lead(common, offset);
            let _ = writeln!(self.text, "{op} {}", xid.map_or("", |xid| xid));
        }
    }

    fn open(&mut self, common: &Common<'_>, offset: u64) {
        let gtid = common.gtid.map_or_else(|| "null".to_owned(), print::text);
        let (position, file) = (print::text(common.position), print::text(common.file));
        let _ = write!(
            self.text,
            r#"{{"position":{position},"file":{file},"offset":{offset},"gtid":{gtid},"time":"{}""#,
            common.time
        );
    }

    fn lead(&mut self, common: &Common<'_>, offset: u64) {
        let gtid = common.gtid.unwrap_or("-");
        let _ = write!(self.text, "{} {}:{offset} {gtid} ", common.time, common.file);
    }
}

fn object(table: &Described, row: &Row) -> String {
    let mut text = String::from("{");
    for (name, value) in table.columns.iter().zip(row.iter()) {
        let Some(value) = print::json(value) else { continue };
        if text.len() > 1 {
            text.push(',');
        }
        let _ = write!(text, "{}:{value}", print::text(name));
    }
    text.push('}');
    text
}
