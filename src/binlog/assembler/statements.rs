//! Statements among the events: a transaction's frame, what moves tables, and XA's two phases.

use std::sync::Arc;

use super::{Alone, Assembler};
use crate::binlog::ddl;
use crate::binlog::event;
use crate::binlog::group::Mark;
use crate::binlog::progress::Name;
use crate::binlog::statement::{self, Statement};
use crate::binlog::stop::{Stop, unfollowed};
use crate::change::{Phase, Transaction};

impl Assembler {
    pub(super) fn on_query(&mut self, query: event::Query<'_>, seconds: u32) -> Result<(), Stop> {
        // Nearly every statement in a binlog is one of these two, to the letter.
        match query.sql {
            b"BEGIN" => {
                self.group.get_or_insert_default().begun = true;
                return Ok(());
            }
            b"COMMIT" => {
                self.is_within()?;
                return self.end(seconds, None);
            }
            _ => {}
        }
        let (sql, schema) = (query.session.text(query.sql), String::from_utf8_lossy(query.schema));
        self.look_past_fill();
        if self.group.as_ref().is_some_and(|group| group.alters_nothing) {
            return self.end_statement(seconds);
        }
        let statement = self.follow(&sql, &schema, query.session);
        if let Some(stop) = unfollowed(&statement, &sql) {
            return Err(stop);
        }
        if statement.continues() {
            self.is_within()?;
        }
        match statement {
            Statement::Begin | Statement::XaStart => self.group.get_or_insert_default().begun = true,
            Statement::Commit => return self.end(seconds, None),
            Statement::Rollback => {
                if let Some(group) = &mut self.group {
                    group.roll_back(Mark::default(), &self.tables)?;
                }
                return self.end(seconds, None);
            }
            Statement::Savepoint(name) => self.group.get_or_insert_default().set_savepoint(name),
            Statement::RollbackTo(name) => {
                if let Some(group) = &mut self.group {
                    group.roll_back_to(&name, &self.tables)?;
                }
            }
            Statement::XaEnd => {}
            Statement::XaCommit(name) => return self.end_xa(&name, true, seconds),
            Statement::XaRollback(name) => return self.end_xa(&name, false, seconds),
            Statement::Harmless => {
                if self.tables.keeps_statements_of(&schema) == Some(true) {
                    let group = self.group.get_or_insert_default();
                    let before = group.changes.len();
                    let logged = group.logged.get_or_insert_default();
                    logged.statements.push((before, schema.into_owned(), sql.into_owned()));
                }
                return self.end_statement(seconds);
            }
            Statement::Touches(_) | Statement::Rewrites { .. } | Statement::TakesColumn { .. } => {}
        }
        Ok(())
    }

    /// What a statement means; one of tables moves what they look like.
    pub(super) fn follow(&mut self, sql: &str, schema: &str, session: event::Session) -> Statement {
        if !ddl::may_move(sql) {
            return statement::classify(sql, schema, &self.tables);
        }
        let name = self.group.as_ref().and_then(|group| group.name.as_ref()).unwrap_or(&Name::None);
        let id = name.to_id(&self.file, self.offset);
        // Where a backslash is no escape, quotes stand elsewhere than they seem to.
        let sql = if session.has_plain_backslashes() { sql.replace('\\', "\u{fffd}") } else { sql.to_owned() };
        let followed = self.tables.follow(&sql, schema, &id);
        followed.unwrap_or_else(|| statement::classify(&sql, schema, &self.tables))
    }

    /// A statement outside BEGIN and COMMIT is a transaction of its own.
    fn end_statement(&mut self, seconds: u32) -> Result<(), Stop> {
        if self.group.as_ref().is_none_or(|group| !group.begun) { self.end(seconds, None) } else { Ok(()) }
    }

    /// Rows of a prepared transaction wait for what becomes of it, which may come much later and from another session.
    pub(super) fn on_xa_prepare(&mut self, body: &[u8], seconds: u32) -> Result<(), Stop> {
        self.is_within()?;
        let (one_phase, name) = event::xa_prepare(body)?;
        self.end(seconds, (!one_phase).then(|| xid(&name)))
    }

    /// `XA COMMIT` and `XA ROLLBACK` are transactions of their own, without rows.
    fn end_xa(&mut self, name: &str, commits: bool, seconds: u32) -> Result<(), Stop> {
        let group = self.group.take().unwrap_or_default();
        self.note_end(&group, seconds)?;
        let (mut end, xid) = (self.end_of(&group, seconds, None)?, xid(name));
        end.logged = self.logs.then(|| Box::new(self.logged_here()));
        if commits {
            self.progress.clone().pass(&end.name, &self.file, self.offset, self.mark())?;
            self.calm.note(usize::MAX, end.committed_at);
            self.alone = Some(Alone::XaCommit(end, xid));
        } else {
            self.pass(&end.name)?;
            self.ready.push(Transaction { phase: Phase::XaRollback(xid), ..end.whole(Vec::new()) });
        }
        Ok(())
    }
}

/// An XA transaction's name, the same from a statement as from an event.
fn xid(name: &str) -> Arc<str> {
    let plain: String = name.trim().chars().filter(|c| !c.is_whitespace()).collect();
    plain.to_ascii_lowercase().into()
}
