//! The tables of a database as statements move them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::charset::Charset;
use super::column::{bytes_max, give_charset, give_size, is_text};
use super::{Clause, Effect, Existing, Name, Place, Unread};
use crate::change::{ColumnShape, TableShape};

/// Tables by name, of one database.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::binlog) struct Catalogue {
    tables: BTreeMap<String, TableShape>,
    /// The charset of tables that say none, where it is known.
    pub charset: Option<String>,
    /// The engine of tables that name none, where it is known.
    pub engine: Option<String>,
    /// Tables that are known not to be there.
    absent: BTreeSet<String>,
    /// All tables of the database are known: it was empty once.
    whole: bool,
    /// The server logs CREATE TABLE IF NOT EXISTS of a table that is there, too.
    pub logs_kept: bool,
}

/// How many absent tables are remembered at most: temporary ones come and go under names of their own.
const ABSENT_MAX: usize = 10_000;

impl Catalogue {
    /// These tables.
    pub fn of(shapes: &[TableShape]) -> Catalogue {
        let tables = shapes.iter().map(|shape| (shape.table.clone(), shape.clone())).collect();
        Catalogue { tables, ..Catalogue::default() }
    }

    pub fn get(&self, table: &str) -> Option<&TableShape> {
        self.tables.get(table)
    }

    pub fn tables(&self) -> impl Iterator<Item = &TableShape> {
        self.tables.values()
    }

    /// Says what the bytes of text columns really are in, where that is not what the columns say.
    pub fn correct(&mut self, really: &str) {
        let columns = self.tables.values_mut().flat_map(|shape| &mut shape.columns);
        columns.filter(|c| c.charset.is_some()).for_each(|column| column.really = Some(really.to_owned()));
    }

    /// Forgets all tables but these.
    pub fn retain(&mut self, wanted: &dyn Fn(&str) -> bool) {
        self.tables.retain(|name, _| wanted(name));
    }

    /// Forgets a table of which nothing is certain any more.
    pub fn forget(&mut self, table: &str) {
        self.whole &= self.tables.remove(table).is_none();
    }

    /// Does what a statement did. `ours`: is this name of a table of our database? What is done to others is nothing to us;
    /// a table that comes from another database is not known.
    ///
    /// # Errors
    /// Where the statement does not fit the tables as they are: nothing is changed then.
    pub fn apply(&mut self, effect: &Effect, ours: &dyn Fn(&Name) -> bool) -> Result<(), Unread> {
        match effect {
            Effect::Create { table, existing, .. } if ours(table) => {
                if *existing != Existing::Kept || self.lacks(&table.table) {
                    self.create(effect);
                }
            }
            Effect::CreateLike { table, like, existing } if ours(table) => {
                if *existing != Existing::Kept || self.lacks(&table.table) {
                    let shape = self.tables.get(&like.table).filter(|_| ours(like)).cloned();
                    self.put(&table.table, shape);
                }
            }
            Effect::Alter { table, clauses } if ours(table) => self.alter(&table.table, clauses, ours)?,
            Effect::Rename(pairs) => {
                for (old, new) in pairs {
                    let moved = if ours(old) { self.take(&old.table) } else { None };
                    if ours(new) {
                        self.put(&new.table, moved);
                    }
                }
            }
            Effect::Drop(names) => {
                for name in names.iter().filter(|name| ours(name)) {
                    self.take(&name.table);
                }
            }
            Effect::DropDatabase(name) => {
                if ours(&Name { database: Some(name.clone()), table: String::new() }) {
                    self.tables.clear();
                    self.whole = true;
                }
            }
            Effect::Database { name, charset, is_new } => {
                if ours(&Name { database: name.clone(), table: String::new() }) {
                    self.whole |= is_new;
                    self.charset = charset.clone().or(self.charset.take());
                }
            }
            Effect::Create { .. } | Effect::CreateLike { .. } | Effect::Alter { .. } => {}
        }
        Ok(())
    }

    /// True where the table is known not to be there.
    fn lacks(&self, table: &str) -> bool {
        !self.tables.contains_key(table) && (self.whole || self.absent.contains(table) || !self.logs_kept)
    }

    /// The table goes.
    fn take(&mut self, table: &str) -> Option<TableShape> {
        if self.absent.len() >= ABSENT_MAX {
            self.absent.clear();
        }
        self.absent.insert(table.to_owned());
        self.tables.remove(table)
    }

    /// The table is there now; without a shape it is not known what it looks like.
    fn put(&mut self, name: &str, shape: Option<TableShape>) {
        self.absent.remove(name);
        // One that is not known is there all the same.
        self.whole &= shape.is_some();
        match shape {
            Some(mut shape) => {
                encodable_labels(&mut shape);
                drop(self.tables.insert(name.to_owned(), TableShape { table: name.to_owned(), ..shape }));
            }
            None => self.forget(name),
        }
    }

    fn create(&mut self, effect: &Effect) {
        let Effect::Create { table, columns, charset, engine, key, existing } = effect else { return };
        // One that is known already was described to us as it is after this statement.
        let known = self.tables.get(&table.table).filter(|_| *existing != Existing::Replaced);
        let told = known.and_then(|known| known.charset.as_ref());
        let charset = charset.as_ref().or(self.charset.as_ref()).or(told).cloned();
        let engine = engine.as_ref().or(self.engine.as_ref()).cloned().unwrap_or_default();
        let mut shape = TableShape {
            table: table.table.clone(),
            engine,
            key: key.clone(),
            charset: charset.clone(),
            ..TableShape::default()
        };
        for column in columns {
            let mut column = column.clone();
            default_charset(&mut column, charset.as_ref());
            shape.columns.push(column);
        }
        not_null(&mut shape);
        // A text whose charset is not known must not pass for bytes.
        let is_whole = shape.columns.iter().all(|c| !is_text(&c.data_type) || c.charset.is_some());
        self.put(&table.table, is_whole.then_some(shape));
    }

    fn alter(&mut self, name: &str, clauses: &[Clause], ours: &dyn Fn(&Name) -> bool) -> Result<(), Unread> {
        let Some(mut shape) = self.tables.get(name).cloned() else { return Ok(()) };
        let mut target = Some(name.to_owned());
        // The default charset counts for columns of the same statement, wherever it stands.
        for clause in clauses {
            if let Clause::Charset(charset) | Clause::Convert(charset) = clause {
                shape.charset = Some(charset.clone());
            }
        }
        // Names in a statement are those before it: a dropped name may be given again in the same breath, and two columns may
        // change names. What a column goes behind is called as it is after it.
        let (drops, mut others): (Vec<&Clause>, Vec<&Clause>) =
            clauses.iter().partition(|c| matches!(c, Clause::Drop(_)));
        for clause in drops {
            change(&mut shape, clause)?;
        }
        // MODIFY IF EXISTS of what is not there does nothing; without it the server would have refused.
        let is_there = |name: &str| shape.columns.iter().any(|c| c.name.eq_ignore_ascii_case(name));
        others.retain(|clause| !matches!(clause, Clause::Change { old, .. } if !is_there(old)));
        rename_columns(&mut shape, &others);
        for clause in others {
            match clause {
                Clause::RenameTable(new) => target = ours(new).then(|| new.table.clone()),
                other => change(&mut shape, other)?,
            }
        }
        not_null(&mut shape);
        self.take(name);
        if let Some(target) = target {
            self.put(&target, Some(shape));
        }
        Ok(())
    }
}

/// Gives columns their new names, all at once.
fn rename_columns(shape: &mut TableShape, clauses: &[&Clause]) {
    let renames: Vec<(&String, &String)> = clauses
        .iter()
        .filter_map(|clause| match clause {
            Clause::RenameColumn { old, new } => Some((old, new)),
            Clause::Change { old, column, .. } => Some((old, &column.name)),
            _ => None,
        })
        .collect();
    let names = shape.columns.iter_mut().map(|column| &mut column.name).chain(&mut shape.key);
    for name in names {
        if let Some((_, new)) = renames.iter().find(|(old, _)| old.eq_ignore_ascii_case(name)) {
            (*new).clone_into(name);
        }
    }
}

const TEXTS: [&str; 4] = ["tinytext", "text", "mediumtext", "longtext"];

/// A label's characters that its column's charset does not have are question marks.
fn encodable_labels(shape: &mut TableShape) {
    for column in shape.columns.iter_mut().filter(|c| !c.labels.is_empty()) {
        let Some(charset) = column.charset.as_deref().and_then(Charset::named) else { continue };
        for label in &mut column.labels {
            *label = label.chars().map(|c| if charset.has(c) { c } else { '?' }).collect();
        }
    }
}

fn default_charset(column: &mut ColumnShape, charset: Option<&String>) {
    if is_text(&column.data_type) && column.charset.is_none() {
        give_charset(column, charset.cloned());
    }
    // Blanks at a label's end do not count, where it is text.
    if column.charset.as_deref() != Some("binary") {
        column.labels.iter_mut().for_each(|label| label.truncate(label.trim_end_matches(' ').len()));
    }
    give_size(column);
}

/// A key's columns hold no NULL.
fn not_null(shape: &mut TableShape) {
    for column in &mut shape.columns {
        column.nullable &= !shape.key.iter().any(|key| key.eq_ignore_ascii_case(&column.name));
    }
}

fn change(shape: &mut TableShape, clause: &Clause) -> Result<(), Unread> {
    let find = |shape: &TableShape, name: &str| shape.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name));
    match clause {
        Clause::Add { column, place, keeps_existing } => {
            if find(shape, &column.name).is_some() {
                return if *keeps_existing { Ok(()) } else { Err(Unread) };
            }
            let mut column = column.clone();
            default_charset(&mut column, shape.charset.as_ref());
            shape.columns.push(column);
            let last = shape.columns.len() - 1;
            put_at(shape, last, place)?;
        }
        Clause::Change { column, place, .. } => {
            // It has its new name already.
            let Some(at) = find(shape, &column.name) else { return Ok(()) };
            let mut column = column.clone();
            default_charset(&mut column, shape.charset.as_ref());
            shape.columns[at] = column;
            put_at(shape, at, place)?;
        }
        Clause::Drop(name) => {
            shape.columns.retain(|c| !c.name.eq_ignore_ascii_case(name));
            shape.key.retain(|key| !key.eq_ignore_ascii_case(name));
        }
        Clause::Key(columns) => shape.key.clone_from(columns),
        Clause::DropKey => shape.key.clear(),
        Clause::Convert(charset) => {
            for column in shape.columns.iter_mut().filter(|c| is_text(&c.data_type) && c.charset.is_some()) {
                let grows = bytes_max(charset) > column.charset.as_deref().map_or(1, bytes_max);
                if let Some(larger) = TEXTS.iter().position(|t| *t == column.data_type).filter(|_| grows) {
                    // As many characters as before must fit.
                    TEXTS[(larger + 1).min(TEXTS.len() - 1)].clone_into(&mut column.data_type);
                }
                give_charset(column, Some(charset.clone()));
            }
        }
        Clause::Engine(engine) => shape.engine.clone_from(engine),
        // All at once, before.
        Clause::RenameColumn { .. } => {}
        Clause::Charset(_)
        | Clause::RenameTable(_)
        | Clause::MovesRows
        | Clause::MovesRowsOf(_)
        | Clause::Computes(_) => {}
    }
    Ok(())
}

fn put_at(shape: &mut TableShape, at: usize, place: &Place) -> Result<(), Unread> {
    let target = match place {
        Place::Stay => return Ok(()),
        Place::First => 0,
        Place::After(name) => {
            let column = shape.columns.remove(at);
            let after = shape.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name)).ok_or(Unread)?;
            shape.columns.insert(after + 1, column);
            return Ok(());
        }
    };
    let column = shape.columns.remove(at);
    shape.columns.insert(target, column);
    Ok(())
}

/// True where a column's stored values print the same after this change of its definition, whatever they are.
pub(in crate::binlog) fn keeps_values(before: &ColumnShape, after: &ColumnShape) -> bool {
    const INTS: [&str; 5] = ["tinyint", "smallint", "mediumint", "int", "bigint"];
    const BLOBS: [&str; 4] = ["tinyblob", "blob", "mediumblob", "longblob"];
    // NULLs would become something else.
    if before.nullable && !after.nullable {
        return false;
    }
    let rank = |kinds: &[&str], name: &str| kinds.iter().position(|kind| *kind == name);
    let grows = |kinds: &[&str]| match (rank(kinds, &before.data_type), rank(kinds, &after.data_type)) {
        (Some(before), Some(after)) => Some(before <= after),
        _ => None,
    };
    if let Some(grows) = grows(&INTS) {
        return grows && before.unsigned == after.unsigned;
    }
    if let Some(grows) = grows(&BLOBS) {
        return grows;
    }
    // A charset that holds all of the other's characters, and prints them the same.
    let same_text = before.charset == after.charset
        || (before.charset.as_deref() == Some("utf8mb3") && after.charset.as_deref() == Some("utf8mb4"))
        || (before.charset.as_deref() == Some("ascii") && after.charset.is_some());
    let size = |column: &ColumnShape| column.size.first().copied();
    match (before.data_type.as_str(), after.data_type.as_str()) {
        ("varchar", "varchar") => same_text && matches!((size(before), size(after)), (Some(b), Some(a)) if b <= a),
        // What CHAR cuts from the end VARCHAR keeps: it was cut already.
        ("char", "char" | "varchar") => {
            same_text && matches!((size(before), size(after)), (Some(b), Some(a)) if b <= a)
        }
        ("varchar", "text" | "mediumtext" | "longtext") => same_text && size(before).is_some_and(|b| b <= 16_383),
        ("varbinary", "varbinary") => matches!((size(before), size(after)), (Some(b), Some(a)) if b <= a),
        ("decimal", "decimal") => match (before.size.as_slice(), after.size.as_slice()) {
            ([bp, bs], [ap, at]) => bs == at && bp <= ap && before.unsigned == after.unsigned,
            _ => false,
        },
        ("enum", "enum") | ("set", "set") => same_text && after.labels.starts_with(&before.labels),
        (a, b) if TEXTS.contains(&a) || TEXTS.contains(&b) => same_text && grows(&TEXTS) == Some(true),
        (a, b) => a == b && before.size == after.size && before.unsigned == after.unsigned,
    }
}
