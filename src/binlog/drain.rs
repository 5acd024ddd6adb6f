//! A transaction that is whole and too large for memory, on its way out in parts.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::group::Chunk;
use super::progress::Name;
use super::spool::SpoolReader;
use super::table_map::Fault;
use super::tables::Tables;
use crate::change::{Logged, Phase, Place, RowChange, Transaction};

/// What is said of a transaction at its end.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub name: Name,
    pub id: Arc<str>,
    pub committed_at: Timestamp,
    pub resolution_us: u32,
    /// The XA transaction that this end prepares.
    pub prepares: Option<Arc<str>>,
    /// How it was logged, where that is kept.
    pub logged: Option<Box<Logged>>,
}

impl End {
    /// A transaction of all these changes.
    pub fn whole(mut self, changes: Vec<RowChange>) -> Transaction {
        let phase = self.prepares.clone().map_or(Phase::Whole, |xid| Phase::Prepared { xid, part: 0 });
        let logged = self.logged.take();
        self.step(changes, phase, logged)
    }

    fn step(&self, changes: Vec<RowChange>, phase: Phase, logged: Option<Box<Logged>>) -> Transaction {
        Transaction {
            id: self.id.clone(),
            committed_at: self.committed_at,
            resolution_us: self.resolution_us,
            changes,
            phase,
            logged,
        }
    }
}

/// The rows that are still to be handed out.
pub(super) struct Drain {
    pub end: End,
    /// The rows before the spool's; empty once handed out.
    head: Vec<RowChange>,
    spool: SpoolReader,
    part: u32,
    body: Vec<u8>,
}

/// Why a part could not be read.
pub(super) enum Undrained {
    /// The spool's file failed.
    Spool(io::Error),
    /// The rows of the event that ends here cannot be read exactly.
    Rows(u64, Fault),
}

impl Drain {
    pub fn new(end: End, head: Vec<RowChange>, spool: SpoolReader) -> Drain {
        Drain { end, head, spool, part: 0, body: Vec::new() }
    }

    /// The next part, and whether it is the last.
    pub fn next(&mut self, tables: &mut Tables, chunk: Chunk) -> Result<(Transaction, bool), Undrained> {
        let mut places = Vec::new();
        let changes = if self.head.is_empty() {
            self.read(tables, chunk, &mut places)?
        } else {
            places = self.end.logged.as_mut().map(|l| std::mem::take(&mut l.places)).unwrap_or_default();
            std::mem::take(&mut self.head)
        };
        let last = self.spool.is_at_end();
        let part = self.part;
        self.part += 1;
        let phase = match &self.end.prepares {
            Some(xid) => Phase::Prepared { xid: xid.clone(), part },
            None if !last => Phase::Part,
            None if part == 0 => Phase::Whole,
            None => Phase::LastPart,
        };
        let logged = self.end.logged.as_mut().map(|logged| {
            let statements = std::mem::take(&mut logged.statements);
            Box::new(Logged { places, statements, ..(**logged).clone() })
        });
        Ok((self.end.step(changes, phase, logged), last))
    }

    fn read(
        &mut self,
        tables: &mut Tables,
        chunk: Chunk,
        places: &mut Vec<Place>,
    ) -> Result<Vec<RowChange>, Undrained> {
        let (mut changes, mut bytes) = (Vec::new(), 0);
        while changes.len() < chunk.rows && bytes < chunk.bytes {
            let Some(event) = self.spool.next(&mut self.body).map_err(Undrained::Spool)? else { break };
            let from = changes.len();
            tables.rows(event.code, &self.body, &mut changes).map_err(|fault| Undrained::Rows(event.place, fault))?;
            bytes += self.body.len();
            if self.end.logged.is_some() {
                places.push(Place { change: from, begins: event.place, bytes: self.body.len() });
            }
            if event.undone {
                let undone = changes.split_off(from);
                changes.extend(undone.into_iter().filter(|c| tables.is_transactional(c.table) == Some(false)));
            }
        }
        Ok(changes)
    }
}
